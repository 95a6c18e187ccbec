"""Sequence to sequence with nn.Transformer: learns to turn sequences round."""

import math

import numpy as np
import torch
from torch import nn


class PositionalEncoding(nn.Module):
    def __init__(self, width, longest=20):
        super().__init__()
        position = torch.arange(longest).unsqueeze(1)
        rate = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
        pe = torch.zeros(longest, 1, width)
        pe[:, 0, 0::2] = torch.sin(position * rate)
        pe[:, 0, 1::2] = torch.cos(position * rate)
        self.register_buffer("pe", pe)

    def forward(self, x):
        return x + self.pe[: x.size(0)]


class Translator(nn.Module):
    def __init__(self, symbols=8, width=12):
        super().__init__()
        self.embed = nn.Embedding(symbols, width)
        self.position = PositionalEncoding(width)
        self.transformer = nn.Transformer(
            width, 3, 1, 1, dim_feedforward=20, dropout=0.0, norm_first=True
        )
        self.out = nn.Linear(width, symbols)
        self.scale = math.sqrt(width)

    def forward(self, source, target):
        mask = nn.Transformer.generate_square_subsequent_mask(len(target))
        source, target = (self.position(self.embed(one) * self.scale) for one in (source, target))
        return self.out(self.transformer(source, target, tgt_mask=mask))


def losses(steps):
    draw = np.random.default_rng(8)
    model = Translator()
    criterion = nn.NLLLoss()
    optimizer = torch.optim.RAdam(model.parameters(), lr=1e-2)
    scheduler = torch.optim.lr_scheduler.SequentialLR(
        optimizer,
        [
            torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, total_iters=10),
            torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.99),
        ],
        milestones=[10],
    )
    for _ in range(steps):
        source = torch.tensor(draw.integers(1, 8, (6, 5)))
        target = torch.cat((torch.zeros(1, 5, dtype=torch.long), source.flip(0)))
        logits = model(source, target[:-1])
        loss = criterion(logits.log_softmax(-1).reshape(-1, 8), target[1:].reshape(-1))
        for p in model.parameters():
            p.grad = None
        loss.backward()
        optimizer.step()
        scheduler.step()
        yield loss.item()


if __name__ == "__main__":
    for loss in losses(50):
        print(loss)
