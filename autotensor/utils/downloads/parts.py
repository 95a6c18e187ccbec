"""What has come of a file so far: it outlives the process, and another one goes on from there."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

__all__ = ["Note", "Part", "opened"]


class Note(NamedTuple):
    """Where the bytes of a part are from, for who goes on with it."""

    url: str = ""
    validator: str = ""
    """What the server calls this version of the file; "" where it does not say."""
    total: int | None = None
    """How long the whole is to be."""


class Part:
    """A file that grows, ``NAME.part``, and ``NAME.part.json`` beside it with its note.

    The note is written before the first byte that it is about, and bytes are only ever added, so
    the two agree whenever the process is killed.
    """

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self.path = path
        self._beside = path.with_name(f"{path.name}.json")
        self.size = os.fstat(descriptor).st_size
        self.note = self._read() if self.size else Note()

    def _read(self) -> Note:
        try:
            with open(self._beside, "rb") as file:
                found = json.loads(file.read(1 << 16))
            url, validator, total = found["url"], found["validator"], found["total"]
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return Note()
        right = isinstance(url, str) and isinstance(validator, str)
        right = right and (total is None or type(total) is int)
        # A line break would add a header of its own to the request.
        return Note(url, validator, total) if right and validator.isprintable() else Note()

    def begin(self, note: Note) -> None:
        """Forgets what there is: the bytes that come now are those of ``note``."""
        os.ftruncate(self._descriptor, 0)
        self.size = 0
        self.note = note
        with open(self._beside, "w", encoding="utf-8") as file:
            json.dump(note._asdict(), file)

    def add(self, piece: bytes) -> None:
        os.lseek(self._descriptor, self.size, os.SEEK_SET)
        rest = memoryview(piece)
        while rest:
            written = os.write(self._descriptor, rest)
            self.size += written
            rest = rest[written:]

    def drop(self) -> None:
        """Forgets it all."""
        os.ftruncate(self._descriptor, 0)
        self.size = 0
        self.note = Note()

    def place(self, target: Path) -> None:
        """Gives the whole its name, in one step, when it is safe on the disk."""
        os.fsync(self._descriptor)
        if os.name == "nt":  # which renames no file that is open
            os.close(self._descriptor)
            self._descriptor = -1
        os.replace(self.path, target)
        with suppress(OSError):
            os.unlink(self._beside)
        with suppress(OSError):  # not every system opens folders
            folder = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def close(self, keep: bool) -> None:
        """Closes the file; removes what there is of it if that is nothing, or not to be kept."""
        if self._descriptor >= 0:
            # Not by name where it has been placed: another part may bear that now.
            placed = not os.fstat(self._descriptor).st_nlink or not self._named()
            os.close(self._descriptor)
            self._descriptor = -1
            if not placed and not (keep and self.size):
                for path in (self.path, self._beside):
                    with suppress(OSError):
                        os.unlink(path)

    def _named(self) -> bool:
        with suppress(OSError):
            return os.path.samestat(os.fstat(self._descriptor), os.stat(self.path))
        return False


@contextmanager
def opened(path: Path, keep: bool) -> Iterator[Part]:
    """The part ``path``, new or as it was left; what stays incomplete is kept if ``keep``.

    Raises:
        OSError: it cannot be written, is a link, or no file.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is no regular file; remove it")
    part = Part(descriptor, path)
    try:
        yield part
    finally:
        part.close(keep)
