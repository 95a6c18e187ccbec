"""Files that appear whole or not at all, whatever kills the process that writes them."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

__all__: list[str] = []  # helpers, which no package shows


@contextmanager
def replacing(path: str, name_of: Callable[[IO[bytes]], str] | None = None) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of ``path`` when all is written, and not before.

    It is written beside its place under another name, forced to the disk, and renamed; then the
    folder is forced to the disk as well, so that a power cut cannot lose the new name.  What killed
    writers of this file have left there is removed.

    Args:
        path: the file.
        name_of: given what was written, says under which name in the folder it is to stand.

    Example:

        >>> import os, tempfile
        >>> from autotensor.extend import replacing
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "data")
        ...     with replacing(path) as file:
        ...         _ = file.write(b"all of it")
        ...         print(os.path.exists(path))
        ...     print(os.path.exists(path))
        False
        True
    """
    # Through a link, the file behind it is replaced and the link stays.
    path = os.path.realpath(path)
    folder, name = os.path.split(path)
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"save: the folder {folder} does not exist")
    if os.path.exists(path) and not os.path.isfile(path):
        # A device or a pipe is written to, in one piece, and never replaced; a folder says here
        # that it is one.
        with open(path, "wb") as device:
            whole = io.BytesIO()
            yield whole
            device.write(whole.getbuffer())
        return
    beside = os.path.join(folder, f".{name}.{os.urandom(4).hex()}.tmp")
    try:
        with open(beside, "x+b") as file:
            _lock(file)
            remove_left_over(folder, name)
            yield file
            file.flush()
            os.fsync(file.fileno())
            final = path if name_of is None else os.path.join(folder, name_of(file))
            # Still open, so that its lock says until the end that somebody is at work.
            if os.name != "nt":
                os.replace(beside, final)
        if os.name == "nt":
            os.replace(beside, final)
    except BaseException:
        with contextlib.suppress(OSError):
            os.remove(beside)
        raise
    sync_folder(folder)


def sync_folder(folder: str | os.PathLike[str]) -> None:
    """Forces to the disk which names a folder has; where the system cannot, nothing happens.

    Example:

        >>> import tempfile
        >>> from autotensor.extend import sync_folder
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sync_folder(folder)
    """
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(number)
    except OSError:  # nor do all file systems know this
        pass
    finally:
        os.close(number)


def remove_left_over(folder: str | os.PathLike[str], name: str | None = None) -> None:
    """Removes what killed writers of ``name`` have left in ``folder``, or those of any file.

    What a living process is writing is locked by it, and stays.

    Example:

        >>> import os, tempfile
        >>> from autotensor.extend import remove_left_over
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     open(os.path.join(folder, ".data.0123abcd.tmp"), "wb").close()
        ...     remove_left_over(folder, "data")
        ...     os.listdir(folder)
        []
    """
    wanted = (
        r"\.(.+)\.[0-9a-f]{8}\.tmp" if name is None else rf"\.{re.escape(name)}\.[0-9a-f]{{8}}\.tmp"
    )
    try:
        found = [one.path for one in os.scandir(folder) if re.fullmatch(wanted, one.name)]
    except OSError:
        return
    for path in found:
        with contextlib.suppress(OSError), open(path, "r+b") as file:
            if _lock(file):
                os.remove(path)


def _lock(file: IO[bytes]) -> bool:
    """Locks a file for as long as it is open, unless another process has; whether that went."""
    fcntl: Any
    try:
        import fcntl
    except ImportError:  # Windows, where a file that is open cannot be removed
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # some file systems have no locks: better left over than taken away
        return False
    return True
