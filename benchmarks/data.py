"""The samples that all libraries work on: MNIST's digits, and points on three spirals.

The driver reads MNIST once and leaves it as plain arrays in a folder. Workers take their batches
from there, so a peer's process never imports this project.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.workloads import Workload

MEAN, STD = 0.1307, 0.3081
"""Of MNIST's training pixels, from 0 to 1."""

Batch = tuple[NDArray[np.float32], NDArray[np.int64]]
"""Images ``(N, 1, H, W)`` or points ``(N, 2)``, and the class of each."""


@dataclass(frozen=True)
class Data:
    """MNIST's training part.

    Attributes:
        images: uint8 ``(N, 28, 28)``.
        labels: int64 ``(N,)``.
        mnist: the folder of the original files; None: the subset bundled with the package.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    mnist: str | None

    def batches(self, workload: Workload) -> list[Batch]:
        """Different batches, ready for training."""
        if workload.model == "spiral":
            return [spiral(workload.batch)] * workload.batches
        size, side = workload.batch, workload.side
        return [
            (normalised(resized(self.images[part], side)), np.array(self.labels[part]))
            for start in range(0, size * workload.batches, size)
            for part in [np.arange(start, start + size) % len(self.labels)]
        ]


def save(folder: Path, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
    np.save(folder / "images.npy", images)
    np.save(folder / "labels.npy", labels)


def load(folder: Path, mnist: str | None) -> Data:
    # Mapped, so that the few samples a workload needs are all that a worker holds in memory.
    images = np.load(folder / "images.npy", mmap_mode="r")
    labels = np.load(folder / "labels.npy", mmap_mode="r")
    return Data(images, labels, mnist)


def normalised(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pixels ``(N, H, W)`` from 0 to 255 → ``(N, 1, H, W)`` with mean 0 and deviation 1."""
    return ((images[:, None] / np.float32(255) - np.float32(MEAN)) / np.float32(STD)).astype(
        np.float32
    )


def resized(images: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Larger images show the digit many times, smaller ones its upper left part."""
    times = -(-side // images.shape[1])
    return np.tile(images, (1, times, times))[:, :side, :side]


def spiral(points: int) -> Batch:
    """Points along three spiral arms that start at the middle; which arm is each on?"""
    rng = np.random.default_rng(0)
    arms = np.arange(points) % 3
    radius = rng.uniform(0, 1, points)
    angle = 4 * radius + 2 * np.pi / 3 * arms + rng.normal(0, 0.1, points)
    places = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return places.astype(np.float32), arms.astype(np.int64)
