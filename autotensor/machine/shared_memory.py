"""Memory that several processes see, and that is gone with the last of those who hold it.

It has no name in the file system, so that a process that is killed leaves nothing behind.  On Linux
it is an anonymous file (``memfd_create``), on other systems of that family a temporary file without
a name.  On Windows it is a mapping that the system keeps while any process has it open.
``sending.py`` brings it to other processes.

Much of it is in small pieces, the biases and statistics of a model, and a process may have but so
many open files: small arrays lie in one block together.
"""

from __future__ import annotations

import mmap
import os
import sys
import threading
import weakref
from typing import Any

import numpy as np

__all__ = ["Block", "allocate", "block_under", "offset_in"]

_ALIGNMENT = 64
_SMALL, _TOGETHER = 1 << 16, 1 << 20
"""Bytes: what is at most so large goes into a block of that size, with others."""

# From Python 3.13 on a mapping need not keep a file descriptor of its own beside ours.
_ALONE: dict[str, Any] = {"trackfd": False} if sys.version_info >= (3, 13) else {}


class Block(mmap.mmap):
    """A piece of shared memory, mapped into this process once.

    Attributes:
        fd: its file; -1 on Windows.
        key: what tells it from others.
    """

    fd: int = -1
    key: Any = None

    def __del__(self, close: Any = os.close) -> None:
        if self.fd >= 0:
            close(self.fd)


class _Known:
    """The blocks of this process, and the one for small arrays.  A process that is forked takes a
    fresh one, lest two give out the same place."""

    def __init__(self) -> None:
        self.by_key: weakref.WeakValueDictionary[Any, Block] = weakref.WeakValueDictionary()
        self.begin()

    def begin(self) -> None:
        self.lock = threading.RLock()
        self.open: Block | None = None
        self.used = 0


_known = _Known()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_known.begin)


def allocate(count: int) -> tuple[Block, int]:
    """So many bytes: the block, and where in it they begin.

    Raises:
        RuntimeError: there is no memory left.
    """
    try:
        if count > _SMALL:
            return _new(count), 0
        with _known.lock:
            if _known.open is None or _known.used + count > _TOGETHER:
                _known.open, _known.used = _new(_TOGETHER), 0
            offset = _known.used
            _known.used += -(-max(count, 1) // _ALIGNMENT) * _ALIGNMENT
            return _known.open, offset
    except OSError as error:
        raise RuntimeError(f"share_memory_: no shared memory of {count} bytes: {error}") from error


def block_under(array: np.ndarray) -> Block | None:
    """The block in which ``array`` lies; None for memory of this process alone."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    base = base.obj if isinstance(base, memoryview) else base
    return base if isinstance(base, Block) else None


def offset_in(block: Block, array: np.ndarray) -> int:
    """How many bytes after the start of the block the first element of ``array`` lies."""
    start = np.frombuffer(block, np.uint8, 1)
    return array.__array_interface__["data"][0] - start.__array_interface__["data"][0]


if sys.platform == "win32":

    def _new(size: int) -> Block:
        return named(f"autotensor-{os.getpid()}-{os.urandom(8).hex()}", size)

    def named(name: str, size: int) -> Block:
        """The block of that name, which is made if there is none."""
        with _known.lock:
            block = _known.by_key.get(name)
            if block is None:
                block = _known.by_key[name] = Block(-1, size, tagname=name)
                block.key = name
            return block

else:

    def _new(size: int) -> Block:
        if hasattr(os, "memfd_create"):
            fd = os.memfd_create("autotensor")
        else:
            import tempfile

            with tempfile.TemporaryFile() as file:
                fd = os.dup(file.fileno())
        try:
            if hasattr(os, "posix_fallocate"):
                # Reserved now: with too little memory a write later on would end the process.
                os.posix_fallocate(fd, 0, size)
            else:
                os.ftruncate(fd, size)
        except BaseException:
            os.close(fd)
            raise
        return mapped(fd)

    def mapped(fd: int) -> Block:
        """The block of an open file, which belongs to it from now on."""
        facts = os.fstat(fd)
        key = facts.st_dev, facts.st_ino
        with _known.lock:
            block = _known.by_key.get(key)
            if block is not None:
                if block.fd != fd:  # given twice as this process began
                    os.close(fd)
                return block
            block = _known.by_key[key] = Block(fd, facts.st_size, **_ALONE)
            block.fd, block.key = fd, key
            return block
