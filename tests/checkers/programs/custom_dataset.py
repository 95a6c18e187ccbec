"""A data set of one's own, a collate function, samplers and transforms."""

from __future__ import annotations

import numpy as np

import autotensor as at
from autotensor import Tensor
from nn import data
from nn.data import DataLoader, Dataset, WeightedRandomSampler, transforms


class Squares(Dataset[tuple[Tensor, int]]):
    def __init__(self, count: int, size: int = 8) -> None:
        rng = np.random.default_rng(0)
        self.pictures = rng.random((count, 1, size, size), dtype=np.float32)
        self.labels = [int(label) for label in rng.integers(0, 3, count)]
        self.transform = transforms.Compose(
            [transforms.RandomHorizontalFlip(p=0.5), transforms.Normalize([0.5], [0.5])]
        )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture: Tensor = self.transform(at.from_numpy(self.pictures[index]))
        return picture, self.labels[index]


def stacked(samples: list[tuple[Tensor, int]]) -> tuple[Tensor, Tensor]:
    pictures, labels = zip(*samples, strict=True)
    return at.stack(pictures), at.tensor(labels)


def main() -> Tensor:
    dataset = Squares(12)
    weights = [1.0 if label == 0 else 2.0 for _, label in dataset]
    sampler = WeightedRandomSampler(weights, num_samples=len(dataset), replacement=True)
    loader = DataLoader(dataset, batch_size=4, sampler=sampler, collate_fn=stacked)
    mean = at.zeros(1, 8, 8)
    for pictures, labels in loader:
        assert pictures.shape == (len(labels), 1, 8, 8)
        mean += pictures.mean(dim=0) / len(loader)
    half = data.Subset(dataset, range(0, len(dataset), 2))
    first, label = half[0]
    print(first.shape, label, mean.norm().item())
    return mean


if __name__ == "__main__":
    main()
