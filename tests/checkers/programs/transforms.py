"""Transforms of one's own beside those of the library, and batches that are mixed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import autotensor as at
from autotensor import Tensor
from nn.data import DataLoader, IterableDataset, transforms


class AddNoise:
    def __init__(self, std: float = 0.1) -> None:
        self.std = std

    def __call__(self, image: Tensor) -> Tensor:
        return (image + self.std * at.randn_like(image)).clamp(0, 1)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(std={self.std})"


class Stream(IterableDataset[Tensor]):
    def __init__(self, count: int, change: Callable[[Tensor], Tensor]) -> None:
        self.count = count
        self.change = change

    def __iter__(self) -> Iterator[Tensor]:
        for index in range(self.count):
            yield self.change(at.full((3, 8, 8), index / self.count))


def main() -> float:
    at.manual_seed(0)
    steps: list[Callable[[Tensor], Tensor]] = [
        transforms.Resize((6, 6)),
        transforms.RandomCrop(4, padding=1),
        AddNoise(0.05),
    ]
    change = transforms.Compose(steps)
    means: list[float] = []
    for batch in DataLoader(Stream(6, change), batch_size=3):
        mixed, *_ = transforms.mixup(batch, at.tensor([0, 1, 2]), 0.2, 3)
        means.append(mixed.mean().item())
    print(change, means)
    return sum(means) / len(means)


if __name__ == "__main__":
    main()
