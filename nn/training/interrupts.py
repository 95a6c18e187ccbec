"""Ctrl-C while a model is trained: stops between two steps, not in one."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any, Self

__all__: list[str] = []  # helpers, which no package shows


class Interrupts:
    """Inside of ``with``, the first Ctrl-C only notes that somebody ``asked``; the second stops.

    So it is in the main thread, where signals arrive, unless the program has a handler of its own.
    Of several, one within the other, the innermost is asked; afterwards each restores what was
    there before.
    """

    def __init__(self, verbose: bool) -> None:
        self.asked = False
        self.verbose = verbose
        self._before: Any = None
        self._placed = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = before = signal.getsignal(signal.SIGINT)
            nested = isinstance(getattr(before, "__self__", None), Interrupts)
            if before is signal.default_int_handler or nested:
                self._placed = True
                signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Somebody else may have put another handler in its place meanwhile: that one stays.
        if self._placed and signal.getsignal(signal.SIGINT) == self._handle:
            signal.signal(signal.SIGINT, self._before)
        if kind is None and self.asked:
            raise KeyboardInterrupt("stopped by Ctrl-C after training")

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt("stopped at once, perhaps within a step")
        self.asked = True
        if self.verbose:
            # It may have come while something was being printed.
            with contextlib.suppress(RuntimeError):
                print("\nstopping after this step; Ctrl-C again stops at once", file=sys.stderr)
