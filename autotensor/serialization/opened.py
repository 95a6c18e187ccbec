"""A file that is being read: how long it is, what it may take, and whether it is memory."""

from __future__ import annotations

import mmap
import os
from typing import IO, Any

import numpy as np

from autotensor.serialization.budget import Budget

__all__: list[str] = []  # helpers, which no package shows


class Opened:
    """A file open for reading, from its beginning.

    Attributes:
        file: where its bytes come from.
        name: what messages call it.
        size: its bytes.
        budget: what reading it may take.
        memory: all of it as a line of bytes that the system reads when they are used, if it was
            to be mapped; what is written there stays in this process.
    """

    def __init__(self, file: IO[bytes], name: Any, max_bytes: int | None, mapped: bool) -> None:
        self.file = file
        self.name = name
        size = file.seek(0, os.SEEK_END)
        if size is None:  # of a file whose seek does not say where it is
            size = file.tell()
        self.size = size
        self.budget = Budget(max_bytes, size)
        self.memory: np.ndarray | None = None
        if mapped and size:
            private = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
            self.memory = np.frombuffer(private, np.uint8)

    def start(self, count: int) -> bytes:
        """The first bytes, fewer than ``count`` of a shorter file."""
        self.file.seek(0)
        return self.file.read(count)


def as_numbers(line: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    """A line of bytes as numbers: on its memory, or a copy where that is not aligned for them."""
    numbers = line.view(dtype)
    return numbers if numbers.flags.aligned else numbers.copy()
