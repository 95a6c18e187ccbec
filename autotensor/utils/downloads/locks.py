"""A lock on a file's name among processes, which the system takes away from a holder that dies."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["locked"]

_WITHOUT_LOCKS = {
    getattr(errno, name, None) for name in ("ENOLCK", "ENOSYS", "EOPNOTSUPP", "ENOTSUP", "EINVAL")
}
"""What a file system says that knows no locks."""

if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _release(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextmanager
def locked(path: Path, deadline: float) -> Iterator[bool]:
    """Holds the lock ``path``, a file made for it and removed afterwards.

    Yields whether there is a lock: False where the file system knows none.

    Raises:
        RuntimeError: another process held it until ``deadline``, of ``time.monotonic``.

    Example:

        >>> import pathlib, tempfile, time
        >>> from autotensor.utils.downloads.locks import locked
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with locked(pathlib.Path(folder) / "data.lock", time.monotonic() + 5):
        ...         print("nobody else is here")
        nobody else is here
    """
    wait = 0.02
    while True:
        # For reading: a lock that another user's process left behind will do.
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT, 0o666)
        try:
            state = _state(descriptor, path)
            if state != "busy":
                break
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if time.monotonic() >= deadline:
            raise RuntimeError(f"download: another process still holds {path}")
        time.sleep(wait)
        wait = min(2 * wait, 0.5)
    try:
        yield state == "held"
    finally:
        # Removed while it is held: who waits for it sees that its name is gone, and begins anew.
        # Windows removes no file that others have open; the last of them does.
        with suppress(OSError):
            if state == "held" and sys.platform != "win32":
                os.unlink(path)
        if state == "held":
            _release(descriptor)
        os.close(descriptor)
        with suppress(OSError):
            if state != "held" or sys.platform == "win32":
                os.unlink(path)


def _state(descriptor: int, path: Path) -> str:
    """``"held"`` from now on, ``"busy"`` elsewhere, or ``"impossible"`` here."""
    try:
        _try(descriptor)
    except OSError as error:
        if isinstance(error, (BlockingIOError, PermissionError)) or error.errno == errno.EDEADLK:
            return "busy"
        if error.errno in _WITHOUT_LOCKS:
            return "impossible"
        raise
    with suppress(FileNotFoundError):
        if os.path.samestat(os.fstat(descriptor), os.stat(path)):
            return "held"
    return "busy"  # its last holder has removed the name in between
