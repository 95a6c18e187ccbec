"""How a block of shared memory comes to another process: as an open file, or by its name.

A pickle cannot hold an open file.  It holds where to ask for it, and a word that nobody can guess;
a thread of the process that sends hands the file to who comes with that word, over a socket.  On
Linux that has no name in the file system either.  A process that is just being started is given
the file as it starts, and on Windows a name is enough.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from typing import Any

from autotensor.machine.shared_memory import Block

__all__ = ["receive", "send", "wait_at_exit"]

_WAIT = 5.0
"""Seconds for which a process that ends waits for others to fetch what it has sent them."""

_PATIENCE = 30.0
"""Seconds after which who asks, or is asked, takes the other for dead."""


def _gone(error: BaseException) -> RuntimeError:
    return RuntimeError(
        "a Tensor in shared memory did not arrive: the process that sent it has ended; get() what "
        f"it sends before you join() it, or let it wait for you ({type(error).__name__}: {error})"
    )


if sys.platform == "win32":
    from autotensor.machine.shared_memory import named

    def send(block: Block) -> Any:
        """What to pickle for another process to ``receive``."""
        return block.key, len(block)

    def receive(handle: Any) -> Block:
        """The block that another process sent.

        Raises:
            RuntimeError: it is not there any more.
        """
        from multiprocessing.shared_memory import SharedMemory

        name, size = handle
        try:
            held = SharedMemory(name)  # or ``named`` would make a new one
        except OSError as error:
            raise _gone(error) from error
        block = named(name, size)
        held.close()
        return block

    def wait_at_exit() -> None:
        """Does nothing."""

else:
    from autotensor.machine.shared_memory import mapped

    class _Office:
        """What this process has sent and nobody has fetched, and the thread that hands it out."""

        def __init__(self) -> None:
            self.begin()

        def begin(self) -> None:
            self.lock = threading.Lock()
            self.waiting: dict[bytes, Block] = {}
            self.address: str | None = None
            self.listener: Any = None

        def begin_in_child(self) -> None:
            if self.listener is not None:
                self.listener.close()
            self.begin()

        def leave(self, block: Block) -> tuple[str, bytes]:
            """Where to ask for a block, and the word to say."""
            word = os.urandom(16)
            with self.lock:
                if self.address is None:
                    self.open()
                self.waiting[word] = block
            assert self.address is not None
            return self.address, word

        def open(self) -> None:
            import socket
            import tempfile

            name = f"autotensor-{os.getpid()}-{os.urandom(8).hex()}"
            folder = "\0" if sys.platform == "linux" else f"{tempfile.gettempdir()}/"
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(folder + name)
            self.listener.listen(128)
            self.address = folder + name
            threading.Thread(target=self.serve, args=(self.listener,), daemon=True).start()

        def serve(self, listener: Any) -> None:
            import signal
            import socket

            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # they are not for us
            while True:
                try:
                    visitor, _ = listener.accept()
                except OSError:
                    return
                try:
                    with visitor:
                        visitor.settimeout(_PATIENCE)
                        word = visitor.recv(16, socket.MSG_WAITALL)
                        socket.send_fds(visitor, [b"."], [self.waiting[word].fd])
                        del self.waiting[word]  # not before it is on its way
                except (OSError, KeyError):
                    continue  # who came is gone, or is nobody we know

    _given: weakref.WeakKeyDictionary[Any, dict[int, Any]] = weakref.WeakKeyDictionary()
    """What processes that are being started have been given, by file."""

    _office = _Office()
    os.register_at_fork(after_in_child=_office.begin_in_child)

    def send(block: Block) -> Any:
        """What to pickle for another process to ``receive``."""
        from multiprocessing import context, reduction

        beginning: Any = context.get_spawning_popen()
        if beginning is None:
            return _office.leave(block)
        given = _given.setdefault(beginning, {})  # each file once, or Python refuses
        if block.fd not in given:
            given[block.fd] = reduction.DupFd(block.fd)
        return given[block.fd]

    def receive(handle: Any) -> Block:
        """The block that another process sent.

        Raises:
            RuntimeError: it is not there any more.
        """
        import socket

        if not isinstance(handle, tuple):
            return mapped(handle.detach())
        address, word = handle
        try:
            with socket.socket(socket.AF_UNIX) as asker:
                asker.settimeout(_PATIENCE)
                asker.connect(address)
                asker.sendall(word)
                _, files, _, _ = socket.recv_fds(asker, 1, 1)
        except OSError as error:
            raise _gone(error) from error
        if not files:
            raise _gone(EOFError("it was fetched before, or its sender is ending"))
        os.set_inheritable(files[0], False)
        return mapped(files[0])

    def wait_at_exit() -> None:
        """From now on a process that others have started waits until what it sent has arrived."""
        from multiprocessing import util

        _wait_at_exit(_office)
        util.register_after_fork(_office, _wait_at_exit)  # a fork forgets what was to be done

    def _wait_at_exit(office: _Office) -> None:
        from multiprocessing import util

        # Queues wait for their threads at -5, before this.
        util.Finalize(None, _wait_for_receivers, (office,), exitpriority=-10)

    def _wait_for_receivers(office: _Office) -> None:
        import time
        from multiprocessing import parent_process

        parent, end = parent_process(), time.monotonic() + _WAIT
        while office.waiting and time.monotonic() < end and parent and parent.is_alive():
            time.sleep(0.002)
