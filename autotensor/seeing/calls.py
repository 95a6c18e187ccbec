"""Which functions of this library a program calls, and how much its products of matrices compute.

Python itself tells of every call (``sys.setprofile``) while somebody watches; else nothing of this
costs anything.  A program calls ``F.relu`` or ``x @ w``; what these call in turn is our affair and
no call of the program's, but the operators among it say how much is computed.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, Protocol

import numpy as np

__all__ = ["CallWatcher", "profiled", "watched_calls"]

DECLARED = "operator.<locals>.declare.<locals>.call"
"""What the engine makes of a declared operator."""


class CallWatcher(Protocol):
    """Who is told of calls; by ``watched_calls``."""

    def begun(self, name: str, arguments: dict[str, Any]) -> None:
        """The program calls the function ``name``."""

    def ended(self, result: Any) -> None:
        """That has returned, or raised, which gives None."""

    def computed(self, multiply_adds: int) -> None:
        """An operator has computed a product of matrices or a convolution."""


def _of_matrices(values: Sequence[np.ndarray], output: np.ndarray) -> int:
    return output.size * values[0].shape[-1]


def _of_rows(values: Sequence[np.ndarray], output: np.ndarray) -> int:
    return output.size * values[1].shape[-1]


def _of_windows(values: Sequence[np.ndarray], output: np.ndarray) -> int:
    """Each output is a sum over what its slice of the weight holds."""
    return output.size * math.prod(values[1].shape[1:])


def _of_spread_windows(values: Sequence[np.ndarray], output: np.ndarray) -> int:
    """Each input goes into so many sums."""
    return values[0].size * math.prod(values[1].shape[1:])


def _of_weights(values: Sequence[np.ndarray], output: np.ndarray) -> int:
    return values[1].size * math.prod(output.shape[1:])


WORK: dict[str, Callable[[Sequence[np.ndarray], np.ndarray], int]] = {
    "matmul": _of_matrices,
    "linear": _of_rows,
    "conv": _of_windows,
    "conv_transpose": _of_spread_windows,
    "conv_weight": _of_weights,
}
"""By operator, how many multiplications with an addition it takes; all other products of matrices
(``einsum``, attention, recurrent nets…) are made of these."""


TITLES = {"true_divide": "div"}
"""What a program calls by another name, mostly: by ``/``."""


@contextmanager
def watched_calls(watcher: CallWatcher, around: Any) -> Iterator[None]:
    """Inside it ``watcher`` is told of the calls of this thread.

    Args:
        watcher: is told of the calls by the program, and not of those that happen within another
            such call: a function that is handed to one of ours is part of that call.
        around: what runs functions of the program as its own parts, ``Module.__call__``: it is no
            such call itself, and what is called within is.  Its package counts as this library.
    """
    with profiled(_Calls(watcher, around).see):
        yield


@contextmanager
def profiled(see: Callable[[FrameType, str, Any], None]) -> Iterator[None]:
    """Inside it Python tells ``see`` of every call of this thread, in place of who is told now."""
    before: Any = sys.getprofile()
    # Where it is no function, it is the profiler of the standard library.
    paused = before is not None and not callable(before)
    if paused:
        before.disable()
    sys.setprofile(see)
    try:
        yield
    finally:
        sys.setprofile(None if paused else before)
        if paused:
            before.enable()


class _Calls:
    """Sorts out what Python tells."""

    def __init__(self, watcher: CallWatcher, around: Any) -> None:
        self.watcher = watcher
        self.around = around.__code__
        self.ours = tuple({f"{one.partition('.')[0]}." for one in (__name__, around.__module__)})
        self.waiting: list[tuple[FrameType, bool]] = []
        """The frames now running of ``around``, and of calls by the program, which say True."""
        self.known: dict[CodeType, bool] = {}

    def see(self, frame: FrameType, event: str, result: Any) -> None:
        if event == "call":
            self._begins(frame)
        elif event == "return":
            self._ends(frame, result)

    def _is_ours(self, frame: FrameType | None) -> bool:
        if frame is None:
            return False
        found = self.known.get(frame.f_code)
        if found is None:
            home = frame.f_globals.get("__name__") or ""
            found = self.known[frame.f_code] = f"{home}.".startswith(self.ours)
        return found

    def _begins(self, frame: FrameType) -> None:
        if frame.f_code is self.around:
            self.waiting.append((frame, False))
        elif self._is_ours(frame) and not self._is_ours(frame.f_back):
            within = bool(self.waiting) and self.waiting[-1][1]
            if not within:
                self.waiting.append((frame, True))
                arguments = dict(frame.f_locals)
                self.watcher.begun(_name_of(frame, arguments), arguments)

    def _ends(self, frame: FrameType, result: Any) -> None:
        code = frame.f_code
        if code.co_qualname == DECLARED and self._is_ours(frame) and result is not None:
            found = frame.f_locals
            work = WORK.get(found["name"])
            if work is not None and isinstance(found.get("output"), np.ndarray):
                self.watcher.computed(work(found["values"], found["output"]))
        if self.waiting and self.waiting[-1][0] is frame and self.waiting.pop()[1]:
            self.watcher.ended(result)


def _name_of(frame: FrameType, arguments: dict[str, Any]) -> str:
    """What the program calls: behind a door, or made of a declaration, a function says its name."""
    name = frame.f_code.co_name
    if name in ("door", "call") and isinstance(arguments.get("name"), str):
        name = arguments["name"]
    name = name.strip("_")
    return TITLES.get(name, name)
