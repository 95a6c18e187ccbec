"""Twenty-four mistakes that a type checker should find.  Not to be run.

Each stands in a line of its own, marked.  ``test_checkers.py`` counts those that are found, and
that nothing else is.
"""

from __future__ import annotations

import autotensor as at
import nn
import nn.functional as F
from autotensor import Tensor
from nn import optim
from nn.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.fc = nn.Linear(inputs, outputs)
        self.lstm = nn.LSTM(outputs, outputs)
        self.conv = nn.Conv2d(1, 2, kernal_size=3)  # mistake
        self.wide = nn.Linear(inputs, "16")  # mistake

    def forward(self, x: Tensor) -> Tensor:
        x = self.fc(x).sofmax(dim=-1)  # mistake
        out, hidden = self.lstm(x)
        hidden.mean()  # mistake
        return self.fcc(out)  # mistake


def values() -> None:
    x = at.randn(4, 3)
    at.zeros(2, 3, dtyp=at.float64)  # mistake
    at.zero(2, 3)  # mistake
    x.sum(axes=1)  # mistake
    x.reshape("4", 3)  # mistake
    x.view(3, 4).transpose(0)  # mistake
    x.requires_grads = True  # mistake
    at.cat(x, x)  # mistake
    at.matmul(x)  # mistake
    x.max(dim=1).value  # mistake
    x + "1"  # mistake
    x.add_(1, alhpa=2)  # mistake
    x.shape.sum()  # mistake
    x.unsqueeze()  # mistake
    at.linalg.inverse(x)  # mistake


def training(net: Net, x: Tensor) -> float:
    optimizer = optim.Adam(net.parameters(), learning_rate=1e-3)  # mistake
    other = optim.SDG(net.parameters(), lr=0.1)  # mistake
    loader = DataLoader(TensorDataset(x, x), batchsize=2)  # mistake
    loss = F.cross_entropy(net(x), [0, 1, 2, 0])  # mistake
    optimizer.zero_grads()  # mistake
    for first, second in loader:
        loss = loss + F.mse_loss(net(first), second)
    other.step()
    loss.backward()
    return loss.item()
