"""A bidirectional LSTM that tags the words of sentences of several lengths."""

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


class Tagger(nn.Module):
    def __init__(self, words=20, tags=4, size=6, hidden=5):
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.lstm = nn.LSTM(size, hidden, num_layers=2, batch_first=True, bidirectional=True)
        self.tag = nn.Linear(2 * hidden, tags)

    def forward(self, sentences, lengths):
        packed = pack_padded_sequence(
            self.embedding(sentences), lengths, batch_first=True, enforce_sorted=False
        )
        out, _ = self.lstm(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        return self.tag(out)


def losses(steps):
    draw = np.random.default_rng(2)
    counts = [7, 3, 5, 1, 6]
    sentences = pad_sequence(
        [torch.tensor(draw.integers(1, 20, n)) for n in counts], batch_first=True
    )
    tags = pad_sequence(
        [torch.tensor(draw.integers(0, 4, n)) for n in counts], batch_first=True, padding_value=-100
    )
    lengths = torch.tensor(counts)
    model = Tagger()
    criterion = nn.CrossEntropyLoss(ignore_index=-100)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=5e-3)
    for _ in range(steps):
        optimizer.zero_grad()
        scores = model(sentences, lengths)
        loss = criterion(scores.transpose(1, 2), tags)
        loss.backward()
        torch.nn.utils.clip_grad_value_(model.parameters(), 0.5)
        optimizer.step()
        yield loss.item()
    mask = tags != -100
    yield (scores.argmax(-1)[mask] == tags[mask]).double().mean().item()


if __name__ == "__main__":
    for loss in losses(50):
        print(loss)
