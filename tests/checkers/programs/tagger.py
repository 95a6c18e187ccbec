"""An LSTM tagger over sequences of several lengths, packed, with an embedding."""

from __future__ import annotations

import autotensor as at
import nn
import nn.functional as F
from autotensor import Tensor
from nn import optim
from nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


class Tagger(nn.Module):
    def __init__(self, words: int, tags: int, width: int = 8) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, width, padding_idx=0)
        self.lstm = nn.LSTM(width, width, num_layers=2, batch_first=True, bidirectional=True)
        self.cell = nn.GRUCell(2 * width, width)
        self.out = nn.Linear(2 * width, tags)

    def forward(self, sentences: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(
            self.embed(sentences), lengths, batch_first=True, enforce_sorted=False
        )
        states, (h, c) = self.lstm(packed)
        padded, _ = pad_packed_sequence(states, batch_first=True)
        assert h.shape == c.shape
        return self.out(padded)

    def last_state(self, sentence: Tensor) -> Tensor:
        states, _ = self.lstm(self.embed(sentence).unsqueeze(0))
        state = at.zeros(1, 8)
        for step in states.unbind(dim=1):
            state = self.cell(step, state)
        return state


def main() -> float:
    at.manual_seed(0)
    lines = [[1, 2, 3], [4, 5], [2, 3, 4, 5]]
    sentences = pad_sequence([at.tensor(line) for line in lines], batch_first=True)
    lengths = at.tensor([len(line) for line in lines])
    tags = (sentences % 2).masked_fill(sentences == 0, -100)
    model = Tagger(words=6, tags=2)
    optimizer = optim.SGD(model.parameters(), lr=0.5, momentum=0.9, nesterov=True)
    losses: list[float] = []
    for _ in range(5):
        optimizer.zero_grad()
        scores = model(sentences, lengths)
        loss = F.cross_entropy(scores.transpose(1, 2), tags, ignore_index=-100)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(model.last_state(sentences[0]).shape, [f"{loss:.3f}" for loss in losses])
    return losses[-1]


if __name__ == "__main__":
    main()
