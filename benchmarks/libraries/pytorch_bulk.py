"""PyTorch's DataLoader where its data set fetches a whole batch at once.

Few write it so, but it is PyTorch's own way to load arrays that are in memory, and far faster than
one sample at a time: both are shown.
"""

from __future__ import annotations

import torch
from torch.utils.data import BatchSampler, DataLoader, RandomSampler

from benchmarks.data import MEAN, STD, Data
from benchmarks.libraries import Step
from benchmarks.libraries.pytorch import Digits, to_array
from benchmarks.workloads import Workload

__all__ = ["make", "to_array", "version"]

version = torch.__version__


class Batches(Digits):
    def __getitem__(self, indices: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
        images = self.images[indices].unsqueeze(1).float().div_(255)
        return images.sub_(MEAN).div_(STD), self.labels[indices]


def make(workload: Workload, data: Data, threads: int | None) -> Step:
    if threads is not None:
        torch.set_num_threads(threads)
    digits = Batches(data)
    sampler = BatchSampler(RandomSampler(digits), workload.batch, drop_last=False)
    loader = DataLoader(digits, sampler=sampler, batch_size=None)

    def step() -> int:
        seen = 0
        for images, _labels in loader:
            seen += len(images)
        return seen

    return step
