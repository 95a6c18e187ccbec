"""Toy speech recognition: residual CNN and BiGRU, CTC loss, one-cycle schedule, greedy decoding."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
import torch.utils.data as data


class TextTransform:
    def __init__(self):
        self.char_map = {c: i + 1 for i, c in enumerate(" abcdef")}
        self.index_map = {i: c for c, i in self.char_map.items()}

    def text_to_int(self, text):
        return [self.char_map[c] for c in text]

    def int_to_text(self, labels):
        return "".join(self.index_map[i] for i in labels)


text_transform = TextTransform()


class Spoken(data.Dataset):
    def __init__(self, n=16):
        rng = np.random.RandomState(17)
        self.items = []
        voice = rng.randn(8, 6)
        for _ in range(n):
            text = "".join(rng.choice(list("abcdef"), size=rng.randint(2, 4)))
            frames = [voice[i] for i in text_transform.text_to_int(text) for _ in range(5)]
            frames = np.array(frames) + 0.2 * rng.randn(len(frames), 6)
            self.items.append((torch.Tensor(frames.T), text))

    def __getitem__(self, n):
        return self.items[n]

    def __len__(self):
        return len(self.items)


def data_processing(batch):
    spectrograms, labels, input_lengths, label_lengths = [], [], [], []
    for spec, utterance in batch:
        spectrograms.append(spec.transpose(0, 1))
        label = torch.Tensor(text_transform.text_to_int(utterance.lower()))
        labels.append(label)
        input_lengths.append(spec.shape[1] // 2)
        label_lengths.append(len(label))
    spectrograms = (
        nn.utils.rnn.pad_sequence(spectrograms, batch_first=True).unsqueeze(1).transpose(2, 3)
    )
    labels = nn.utils.rnn.pad_sequence(labels, batch_first=True)
    return spectrograms, labels, input_lengths, label_lengths


class CNNLayerNorm(nn.Module):
    def __init__(self, n_feats):
        super(CNNLayerNorm, self).__init__()
        self.layer_norm = nn.LayerNorm(n_feats)

    def forward(self, x):
        x = x.transpose(2, 3).contiguous()  # (batch, channel, time, feature)
        x = self.layer_norm(x)
        return x.transpose(2, 3).contiguous()  # (batch, channel, feature, time)


class ResidualCNN(nn.Module):
    def __init__(self, channels, kernel, dropout, n_feats):
        super(ResidualCNN, self).__init__()
        self.cnn1 = nn.Conv2d(channels, channels, kernel, 1, padding=kernel // 2)
        self.cnn2 = nn.Conv2d(channels, channels, kernel, 1, padding=kernel // 2)
        self.dropout1 = nn.Dropout(dropout)
        self.layer_norm1 = CNNLayerNorm(n_feats)
        self.layer_norm2 = CNNLayerNorm(n_feats)

    def forward(self, x):
        residual = x
        x = self.cnn1(self.dropout1(F.gelu(self.layer_norm1(x))))
        x = self.cnn2(self.dropout1(F.gelu(self.layer_norm2(x))))
        x += residual
        return x


class SpeechRecognitionModel(nn.Module):
    def __init__(self, rnn_dim, n_class, n_feats, stride=2, dropout=0.1):
        super(SpeechRecognitionModel, self).__init__()
        n_feats = n_feats // 2
        self.cnn = nn.Conv2d(1, 4, 3, stride=stride, padding=3 // 2)
        self.rescnn_layers = nn.Sequential(*[ResidualCNN(4, 3, dropout, n_feats) for _ in range(1)])
        self.fully_connected = nn.Linear(n_feats * 4, rnn_dim)
        self.birnn = nn.GRU(
            input_size=rnn_dim,
            hidden_size=rnn_dim,
            num_layers=1,
            batch_first=True,
            bidirectional=True,
        )
        self.classifier = nn.Sequential(
            nn.Linear(rnn_dim * 2, rnn_dim),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(rnn_dim, n_class),
        )

    def forward(self, x):
        x = self.cnn(x)
        x = self.rescnn_layers(x)
        sizes = x.size()
        x = x.view(sizes[0], sizes[1] * sizes[2], sizes[3])  # (batch, feature, time)
        x = x.transpose(1, 2)  # (batch, time, feature)
        x = self.fully_connected(x)
        x, _ = self.birnn(F.gelu(x))
        return self.classifier(x)


class IterMeter(object):
    """keeps track of total iterations"""

    def __init__(self):
        self.val = 0

    def step(self):
        self.val += 1

    def get(self):
        return self.val


def GreedyDecoder(output, blank_label=0, collapse_repeated=True):
    arg_maxes = torch.argmax(output, dim=2)
    decodes = []
    for args in arg_maxes:
        decode = []
        for j, index in enumerate(args):
            if index != blank_label:
                if collapse_repeated and j != 0 and index == args[j - 1]:
                    continue
                decode.append(index.item())
        decodes.append(text_transform.int_to_text(decode))
    return decodes


def main(learning_rate=5e-3, batch_size=4, epochs=5):
    hparams = {"rnn_dim": 12, "n_class": 8, "n_feats": 6, "stride": 2, "dropout": 0.1}
    use_cuda = torch.cuda.is_available()
    torch.manual_seed(7)
    device = torch.device("cuda" if use_cuda else "cpu")
    kwargs = {"num_workers": 1, "pin_memory": True} if use_cuda else {}
    train_loader = data.DataLoader(
        dataset=Spoken(),
        batch_size=batch_size,
        shuffle=True,
        collate_fn=lambda x: data_processing(x),
        **kwargs,
    )
    model = SpeechRecognitionModel(**hparams).to(device)
    print("Num Model Parameters", sum([param.nelement() for param in model.parameters()]))
    optimizer = optim.AdamW(model.parameters(), learning_rate)
    criterion = nn.CTCLoss(blank=0, zero_infinity=True).to(device)
    scheduler = optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=learning_rate,
        steps_per_epoch=int(len(train_loader)),
        epochs=epochs,
        anneal_strategy="linear",
    )
    iter_meter = IterMeter()
    for epoch in range(1, epochs + 1):
        model.train()
        for batch_idx, _data in enumerate(train_loader):
            spectrograms, labels, input_lengths, label_lengths = _data
            spectrograms, labels = spectrograms.to(device), labels.to(device)
            optimizer.zero_grad()
            output = model(spectrograms)  # (batch, time, n_class)
            output = F.log_softmax(output, dim=2)
            output = output.transpose(0, 1)  # (time, batch, n_class)
            loss = criterion(output, labels, input_lengths, label_lengths)
            loss.backward()
            optimizer.step()
            scheduler.step()
            iter_meter.step()
        print("Epoch {} step {} Loss {:.6f}".format(epoch, iter_meter.get(), loss.item()))
    model.eval()
    with torch.no_grad():
        spectrograms, labels, input_lengths, label_lengths = next(iter(train_loader))
        print(GreedyDecoder(F.log_softmax(model(spectrograms), dim=2)))


if __name__ == "__main__":
    main()
