"""Translation with a packed bidirectional encoder, Bahdanau attention and teacher forcing."""

import random

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset

SOS_token, EOS_token, PAD_token = 1, 2, 0


class Lang:
    def __init__(self, name):
        self.name = name
        self.word2index = {}
        self.index2word = {0: "PAD", 1: "SOS", 2: "EOS"}
        self.n_words = 3

    def addSentence(self, sentence):
        for word in sentence.split(" "):
            if word not in self.word2index:
                self.word2index[word] = self.n_words
                self.index2word[self.n_words] = word
                self.n_words += 1


pairs = [
    ("je suis froid", "i am cold"),
    ("tu es la", "you are here"),
    ("il est grand", "he is tall"),
    ("nous sommes la", "we are here"),
    ("je suis grand et froid", "i am tall and cold"),
    ("il est la et froid", "he is here and cold"),
    ("elle danse", "she dances"),
    ("elle est grande et danse", "she is tall and dances"),
] * 2
input_lang, output_lang = Lang("fra"), Lang("eng")
for a, b in pairs:
    input_lang.addSentence(a)
    output_lang.addSentence(b)


class PairDataset(Dataset):
    def __len__(self):
        return len(pairs)

    def __getitem__(self, index):
        source, target = pairs[index]
        src = [input_lang.word2index[w] for w in source.split(" ")] + [EOS_token]
        tgt = [output_lang.word2index[w] for w in target.split(" ")] + [EOS_token]
        return torch.LongTensor(src), torch.LongTensor(tgt)


def collate_fn(batch):
    batch.sort(key=lambda x: len(x[0]), reverse=True)
    src, tgt = zip(*batch)
    lengths = torch.tensor([len(s) for s in src])
    return pad_sequence(src, padding_value=PAD_token), lengths, pad_sequence(tgt)


class Encoder(nn.Module):
    def __init__(self, vocab, emb_dim, hid_dim):
        super().__init__()
        self.embedding = nn.Embedding(vocab, emb_dim, padding_idx=PAD_token)
        self.rnn = nn.GRU(emb_dim, hid_dim, bidirectional=True)
        self.fc = nn.Linear(hid_dim * 2, hid_dim)
        self.dropout = nn.Dropout(0.1)

    def forward(self, src, src_len):
        embedded = self.dropout(self.embedding(src))
        packed_embedded = pack_padded_sequence(embedded, src_len.to("cpu"))
        packed_outputs, hidden = self.rnn(packed_embedded)
        outputs, _ = pad_packed_sequence(packed_outputs)
        hidden = torch.tanh(self.fc(torch.cat((hidden[-2, :, :], hidden[-1, :, :]), dim=1)))
        return outputs, hidden


class Attention(nn.Module):
    def __init__(self, hid_dim):
        super().__init__()
        self.attn = nn.Linear(hid_dim * 3, hid_dim)
        self.v = nn.Linear(hid_dim, 1, bias=False)

    def forward(self, hidden, encoder_outputs, mask):
        src_len = encoder_outputs.shape[0]
        hidden = hidden.unsqueeze(1).repeat(1, src_len, 1)
        encoder_outputs = encoder_outputs.permute(1, 0, 2)
        energy = torch.tanh(self.attn(torch.cat((hidden, encoder_outputs), dim=2)))
        attention = self.v(energy).squeeze(2)
        attention = attention.masked_fill(mask == 0, -1e10)
        return F.softmax(attention, dim=1)


class Decoder(nn.Module):
    def __init__(self, vocab, emb_dim, hid_dim, attention):
        super().__init__()
        self.output_dim = vocab
        self.attention = attention
        self.embedding = nn.Embedding(vocab, emb_dim)
        self.rnn = nn.GRU((hid_dim * 2) + emb_dim, hid_dim)
        self.fc_out = nn.Linear((hid_dim * 3) + emb_dim, vocab)

    def forward(self, input, hidden, encoder_outputs, mask):
        embedded = self.embedding(input.unsqueeze(0))
        a = self.attention(hidden, encoder_outputs, mask).unsqueeze(1)
        weighted = torch.bmm(a, encoder_outputs.permute(1, 0, 2)).permute(1, 0, 2)
        output, hidden = self.rnn(torch.cat((embedded, weighted), dim=2), hidden.unsqueeze(0))
        assert (output == hidden).all()
        prediction = self.fc_out(
            torch.cat((output.squeeze(0), weighted.squeeze(0), embedded.squeeze(0)), dim=1)
        )
        return prediction, hidden.squeeze(0), a.squeeze(1)


class Seq2Seq(nn.Module):
    def __init__(self, encoder, decoder, device):
        super().__init__()
        self.encoder, self.decoder, self.device = encoder, decoder, device

    def create_mask(self, src):
        return (src != PAD_token).permute(1, 0)

    def forward(self, src, src_len, trg, teacher_forcing_ratio=0.5):
        batch_size = src.shape[1]
        trg_len = trg.shape[0]
        outputs = torch.zeros(trg_len, batch_size, self.decoder.output_dim).to(self.device)
        encoder_outputs, hidden = self.encoder(src, src_len)
        input = torch.full((batch_size,), SOS_token, dtype=torch.long, device=self.device)
        mask = self.create_mask(src)
        for t in range(trg_len):
            output, hidden, _ = self.decoder(input, hidden, encoder_outputs, mask)
            outputs[t] = output
            teacher_force = random.random() < teacher_forcing_ratio
            top1 = output.argmax(1)
            input = trg[t] if teacher_force else top1
        return outputs


def init_weights(m):
    for name, param in m.named_parameters():
        if "weight" in name:
            nn.init.normal_(param.data, mean=0, std=0.1)
        else:
            nn.init.constant_(param.data, 0)


device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
attn = Attention(12)
model = Seq2Seq(
    Encoder(input_lang.n_words, 8, 12), Decoder(output_lang.n_words, 8, 12, attn), device
).to(device)
model.apply(init_weights)
print(f"The model has {sum(p.numel() for p in model.parameters() if p.requires_grad):,} parameters")
optimizer = optim.Adam(model.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss(ignore_index=PAD_token)
iterator = DataLoader(PairDataset(), batch_size=4, shuffle=True, collate_fn=collate_fn)
for epoch in range(5):
    model.train()
    epoch_loss = 0
    for src, src_len, trg in iterator:
        optimizer.zero_grad()
        output = model(src.to(device), src_len, trg.to(device))
        loss = criterion(output.view(-1, output.shape[-1]), trg.view(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        epoch_loss += loss.item()
    print(f"Epoch: {epoch + 1:02} | Train Loss: {epoch_loss / len(iterator):.3f}")
model.eval()
with torch.no_grad():
    src, src_len, trg = next(iter(DataLoader(PairDataset(), batch_size=1, collate_fn=collate_fn)))
    output = model(src, src_len, trg, 0)
    print(" ".join(output_lang.index2word[i.item()] for i in output.argmax(2).squeeze(1)))
