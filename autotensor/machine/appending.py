"""Files that grow by whole pieces, whatever kills the process or fills the disk."""

from __future__ import annotations

import contextlib
import errno
import os

__all__: list[str] = []  # helpers, which no package shows


def append(path: str | os.PathLike[str], piece: bytes, size: int, sync: bool = False) -> int:
    """Puts ``piece`` at the end of a file, in one write: whole or not at all.

    Args:
        path: the file.  It is there: where it has vanished, the error says so.
        piece: what is added.
        size: how many bytes the file must have now, so that nobody writes behind something that
            was lost or is not theirs.
        sync: force it to the disk, where a power cut cannot lose it.

    Returns:
        How many bytes the file has now.

    Raises:
        OSError: the piece cannot be written; the file is what it was.

    Example:

        >>> import os, tempfile
        >>> from autotensor.extend import append
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "log")
        ...     open(path, "wb").close()
        ...     size = append(path, b"one line", 0)
        ...     os.path.getsize(path) == size
        True
    """
    number = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
    try:
        if (there := os.fstat(number).st_size) != size:
            words = f"has {there} bytes instead of {size}: something else has written to it"
            raise OSError(errno.ESTALE, words, os.fspath(path))
        try:
            rest = memoryview(piece)
            while rest:  # a disk that is nearly full takes a part of it
                rest = rest[os.write(number, rest) :]
            if sync:
                os.fsync(number)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(number, size)
            raise
    finally:
        os.close(number)
    return size + len(piece)
