"""A file that is being read: how long it is, what it may take, and whether it is memory."""

from __future__ import annotations

import mmap
import os
from typing import IO, Any

import numpy as np

from autotensor.serialization.budget import Budget

__all__: list[str] = []  # helpers, which no package shows


class FromHere:
    """What follows in a file from where it stands, as a file of its own that begins at 0."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.begin = file.tell()

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        self.file.seek(place + self.begin if whence == os.SEEK_SET else place, whence)
        return self.tell()

    def tell(self) -> int:
        return self.file.tell() - self.begin

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


class Opened:
    """A file open for reading, from where it stands.

    Attributes:
        file: where its bytes come from, counted from there.
        name: what messages call it.
        is_stream: whether more may follow behind the value, as it may in what others opened.
        begin: where it stood.
        encoding: of the text of Python 2 in it.
        size: its bytes from there on.
        budget: what reading it may take.
        memory: all of it as a line of bytes that the system reads when they are used, if it was
            to be mapped; what is written there stays in this process.
    """

    def __init__(
        self,
        file: IO[bytes],
        name: Any,
        max_bytes: int | None,
        mapped: bool = False,
        is_stream: bool = False,
        encoding: str = "utf-8",
    ) -> None:
        here: Any = FromHere(file)
        self.begin = here.begin
        self.is_stream = is_stream
        self.encoding = encoding
        self.name = name
        self.size = max(0, here.seek(0, os.SEEK_END))
        self.file: IO[bytes] = here if self.begin else file
        self.budget = Budget(max_bytes, self.size)
        self.memory: np.ndarray | None = None
        if mapped and self.size:
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
