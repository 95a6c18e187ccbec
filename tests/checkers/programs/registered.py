"""What is registered by name: buffers, modules in dicts; and what a loader holds."""

from __future__ import annotations

import autotensor as torch
from autotensor import Tensor, nn
from autotensor.utils.data import DataLoader, TensorDataset


class Encoding(nn.Module):
    def __init__(self, width: int, longest: int = 16) -> None:
        super().__init__()
        places = torch.arange(longest).unsqueeze(1) / 10 ** torch.linspace(0, 1, width)
        self.register_buffer("pe", places.sin().unsqueeze(0))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.pe[:, : x.size(1)]


class Model(nn.Module):
    def __init__(self, words: int = 8, width: int = 4) -> None:
        super().__init__()
        self.transformer = nn.ModuleDict(
            {
                "wte": nn.Embedding(words, width),
                "pe": Encoding(width),
                "h": nn.ModuleList([nn.Linear(width, width) for _ in range(2)]),
            }
        )
        self.head = nn.Linear(width, words, bias=False)

    def forward(self, index: Tensor) -> Tensor:
        x = self.transformer.pe(self.transformer.wte(index))
        for block in self.transformer.h:
            x = torch.tanh(block(x))
        return self.head(x)


def main() -> float:
    torch.manual_seed(0)
    loader = DataLoader(TensorDataset(torch.randint(8, (6, 5))), batch_size=2)
    model, total = Model(), 0.0
    for (batch,) in loader:
        total += model(torch.flip(batch, dims=[1])).mean().item()
    return total / len(loader.dataset)


if __name__ == "__main__":
    print(main())
