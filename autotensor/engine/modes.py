"""Switches: whether a graph is recorded, and whether anomalies are looked for.

Every thread and every task of asyncio has its own: ``autotensor/machine/scopes.py`` says how.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from autotensor.machine.scopes import Scope, Settings, generator_around
from autotensor.machine.stepwise import decorated
from autotensor.machine.threads import on_new_stack

__all__ = [
    "enable_grad", "inference_mode", "is_anomaly_enabled", "is_grad_enabled",
    "is_inference_mode_enabled", "no_grad", "set_grad_enabled",
]  # fmt: skip

Called = TypeVar("Called", bound=Callable[..., Any])


class _Modes(Settings):
    grad_enabled: bool
    inference: bool
    anomaly: Any
    """What looks at each node that is recorded and each gradient that a rule gives, or None;
    ``detect_anomaly`` sets it."""
    write_guards: tuple[Callable[[Any, str], None], ...]
    """Asked before a Tensor is written in place; one that minds raises.  ``vmap`` sets them."""
    pack: Callable[[Any], None] | None
    """Called with each node that is recorded; ``saved_tensors_hooks`` sets it."""
    unhooked: str | None
    """Why no such hooks may be hung on; ``disable_saved_tensors_hooks`` sets it."""


_START = {
    "grad_enabled": True, "inference": False, "anomaly": None, "write_guards": (), "pack": None,
    "unhooked": None,
}  # fmt: skip
scope = Scope("autotensor's modes", _Modes(None, None, _START))
modes = scope.now
"""``modes()`` are those that hold here and now."""


class _Walks(threading.local):
    waiting: tuple[tuple[int, Callable[[bool], None]], ...] = ()
    """What is to be called at the end of a walk, with the number of ``calls`` it was asked in."""
    calls: int = 0
    """How many calls of ``call_out`` this thread is in."""


walks = _Walks()
watched: list[bool] = []
"""Holds something as soon as any thread has looked for anomalies or has hung hooks on what is saved
for ``backward``.  Recording an operator asks this first, because asking for the modes takes 20 ns
of its 1,400."""


DEEP = 50
"""So many calls of ``call_out`` inside each other have one stack."""


def call_out(function: Callable[..., Any], *args: Any) -> Any:
    """``function(*args)``, a hook or the backward of a Function, called during a walk.

    It may begin another walk, with more such calls; so that they do not overflow the stack however
    deep they are, some go on in a new thread, with the modes of this one.
    """
    walks.calls += 1
    try:
        if walks.calls < DEEP:
            return function(*args)
        return on_new_stack(_call_in, walks.waiting, function, *args)
    finally:
        walks.calls -= 1


def _call_in(waiting: Any, function: Callable[..., Any], *args: Any) -> Any:
    walks.waiting, walks.calls = waiting, 0
    return function(*args)


def is_grad_enabled() -> bool:
    """Whether operators record a graph here: in this thread, task and generator.

    Example:

        >>> with at.no_grad():
        ...     at.is_grad_enabled()
        False
    """
    return modes().grad_enabled


def is_anomaly_enabled() -> bool:
    """Whether ``detect_anomaly`` holds here.

    Example:

        >>> with at.autograd.detect_anomaly(check_nan=True):
        ...     at.is_anomaly_enabled()
        True
    """
    return modes().anomaly is not None


def is_inference_mode_enabled() -> bool:
    """Whether ``inference_mode`` holds here.

    Example:

        >>> with at.inference_mode():
        ...     at.is_inference_mode_enabled()
        True
    """
    return modes().inference


class Switch:
    """A context manager and decorator that sets some of the modes and puts them back.

    In the body of a generator it holds only while that runs.
    """

    def __init__(self, **settings: Any) -> None:
        self._settings = settings

    def __enter__(self) -> Any:
        scope.enter(self, self._settings, generator_around(sys._getframe(1)))

    def __exit__(self, *error: object) -> None:
        scope.leave(self)

    def __call__(self, function: Called) -> Called:
        if inspect.isclass(function):
            raise TypeError(
                f"{type(self).__name__}: {function.__name__} is a class; decorate those of its "
                "methods that are to run so"
            )
        if not callable(function):
            raise TypeError(f"{type(self).__name__}: expected a function, got {function!r}")

        def within(step: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            with self:
                return step(*args, **kwargs)

        return decorated(function, within)


class no_grad(Switch):
    """Inside it nothing is recorded: ``with no_grad(): …`` or ``@no_grad()``, or ``@no_grad``.

    In the body of a generator it holds while that runs; in PyTorch also for who asks for the next
    value.

    Example:

        >>> w = at.tensor(1.0, requires_grad=True)
        >>> (w * w).backward()
        >>> with at.no_grad():
        ...     _ = w.sub_(0.1 * w.grad)  # a step of gradient descent
        >>> w
        tensor(0.8000, requires_grad=True)
    """

    def __new__(cls, mode: Any = None) -> Any:  # the name that inference_mode's has
        return cls()(mode) if callable(mode) else super().__new__(cls)

    def __init__(self) -> None:
        self._settings = {"grad_enabled": False}


class inference_mode(no_grad):
    """``no_grad`` under PyTorch's other name; ``inference_mode(False)`` records.

    So ``enable_grad`` within it records as well, which in PyTorch has no effect there.

    Example:

        >>> w = at.ones(2, requires_grad=True)
        >>> @at.inference_mode()
        ... def predict(x):
        ...     return w * x
        >>> predict(at.ones(2)).requires_grad
        False
    """

    def __init__(self, mode: bool = True) -> None:
        Switch.__init__(self, grad_enabled=not mode, inference=bool(mode))


class enable_grad(no_grad):
    """Inside it a graph is recorded, also within ``no_grad``.

    Example:

        >>> x = at.ones(1, requires_grad=True)
        >>> with at.no_grad():
        ...     with at.enable_grad():
        ...         y = x * 2
        >>> y.requires_grad
        True
    """

    def __init__(self) -> None:
        Switch.__init__(self, grad_enabled=True)


class AtOnce(Switch):
    """A Switch that is set when it is made; as a context manager it is undone at the end."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._before = modes()
        scope.change(settings)
        self._changed = modes()

    def _undo(self) -> None:
        if modes() is self._changed:  # else something else has come upon it
            scope.go_back(self._before)

    def __enter__(self) -> None:
        self._undo()
        scope.enter(self, self._settings, generator_around(sys._getframe(1)))

    def __call__(self, function: Called) -> Called:
        self._undo()
        return super().__call__(function)


class set_grad_enabled(AtOnce):
    """``set_grad_enabled(mode)`` acts at once; as a context manager it is undone at the end.

    Example:

        >>> x = at.ones(1, requires_grad=True)
        >>> training = False
        >>> with at.set_grad_enabled(training):
        ...     y = x * 2
        >>> y.requires_grad
        False
    """

    def __init__(self, mode: bool) -> None:
        super().__init__(grad_enabled=bool(mode))
