"""Per-thread switches: whether a graph is recorded, and whether anomalies are looked for."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from autotensor.machine.threads import on_new_stack

__all__ = [
    "detect_anomaly",
    "enable_grad",
    "inference_mode",
    "is_anomaly_enabled",
    "is_grad_enabled",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
]

Called = TypeVar("Called", bound=Callable[..., Any])


class _Modes(threading.local):
    grad_enabled: bool = True
    anomaly: bool = False
    check_nan: bool = True
    write_guards: tuple[Callable[[Any, str], None], ...] = ()
    """Asked before a Tensor is written in place; one that minds raises.  ``vmap`` sets them."""
    pack: Callable[[Any], None] | None = None
    """Called with each node that is recorded; ``saved_tensors_hooks`` sets it."""
    waiting: tuple[tuple[int, Callable[[bool], None]], ...] = ()
    """What is to be called at the end of a walk, with the number of ``calls`` it was asked in."""
    calls: int = 0
    """How many calls of ``call_out`` this thread is in."""


modes = _Modes()
watched: list[bool] = []
"""Holds something as soon as any thread has looked for anomalies or has hung hooks on what is saved
for ``backward``.  Recording an operator asks this first, because asking a thread's own modes takes
30 ns of its 1,400."""


DEEP = 50
"""So many calls of ``call_out`` inside each other have one stack."""


def call_out(function: Callable[..., Any], *args: Any) -> Any:
    """``function(*args)``, a hook or the backward of a Function, called during a walk.

    It may begin another walk, with more such calls; so that they do not overflow the stack however
    deep they are, some go on in a new thread, with the modes of this one.
    """
    modes.calls += 1
    try:
        if modes.calls < DEEP:
            return function(*args)
        return on_new_stack(_call_in, vars(modes), function, *args)
    finally:
        modes.calls -= 1


def _call_in(settings: dict[str, Any], function: Callable[..., Any], *args: Any) -> Any:
    vars(modes).update(settings, calls=0)
    return function(*args)


def is_grad_enabled() -> bool:
    """Whether operators record a graph in this thread."""
    return modes.grad_enabled


def is_anomaly_enabled() -> bool:
    """Whether ``backward`` looks for NaN in this thread."""
    return modes.anomaly


class _Switch:
    """A context manager and decorator that sets some of ``modes`` and puts them back."""

    def __init__(self, **settings: bool) -> None:
        self._settings = settings
        self._before: list[dict[str, bool]] = []

    def __enter__(self) -> None:
        self._before.append({name: getattr(modes, name) for name in self._settings})
        for name, value in self._settings.items():
            setattr(modes, name, value)

    def __exit__(self, *error: object) -> None:
        for name, value in self._before.pop().items():
            setattr(modes, name, value)

    def __call__(self, function: Called) -> Called:
        settings = self._settings
        if inspect.isgeneratorfunction(function):
            # The body of a generator runs between its caller's steps: each step is switched.
            @functools.wraps(function)
            def generator(*args: Any, **kwargs: Any) -> Any:
                steps = function(*args, **kwargs)
                resume, given = steps.send, None
                while True:
                    try:
                        with _Switch(**settings):
                            value = resume(given)
                    except StopIteration as end:
                        return end.value
                    try:
                        resume, given = steps.send, (yield value)
                    except GeneratorExit:
                        with _Switch(**settings):
                            steps.close()
                        raise
                    except BaseException as error:
                        resume, given = steps.throw, error

            return generator  # type: ignore[return-value]

        @functools.wraps(function)
        def switched(*args: Any, **kwargs: Any) -> Any:
            with _Switch(**settings):
                return function(*args, **kwargs)

        return switched  # type: ignore[return-value]


class no_grad(_Switch):
    """Inside it nothing is recorded: ``with no_grad(): …`` or ``@no_grad()``, or ``@no_grad``."""

    def __new__(cls, function: Any = None) -> Any:
        return cls()(function) if callable(function) else super().__new__(cls)

    def __init__(self) -> None:
        self._settings, self._before = {"grad_enabled": False}, []


class inference_mode(no_grad):
    """``no_grad`` under PyTorch's other name; ``inference_mode(False)`` records."""

    def __init__(self, mode: bool = True) -> None:
        _Switch.__init__(self, grad_enabled=not mode)


class enable_grad(no_grad):
    """Inside it a graph is recorded, also within ``no_grad``."""

    def __init__(self) -> None:
        _Switch.__init__(self, grad_enabled=True)


class set_grad_enabled(_Switch):
    """``set_grad_enabled(mode)`` acts at once; as a context manager it is undone at the end."""

    def __init__(self, mode: bool) -> None:
        super().__init__(grad_enabled=bool(mode))
        self._before.append({"grad_enabled": modes.grad_enabled})
        modes.grad_enabled = bool(mode)

    def __enter__(self) -> None:
        pass

    def __call__(self, function: Called) -> Called:
        self.__exit__()
        return super().__call__(function)


class detect_anomaly(_Switch):
    """Inside it operators remember where they were called, and ``backward`` stops at a NaN.

    The error names the operator whose derivative first gave NaN and shows where it was recorded.
    Slow: for finding mistakes.
    """

    def __init__(self, check_nan: bool = True) -> None:
        super().__init__(anomaly=True, check_nan=check_nan)
        watched.append(True)


class set_detect_anomaly(_Switch):
    """``detect_anomaly`` that acts at once, with the mode given."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        if not isinstance(mode, bool):
            raise TypeError(f"set_detect_anomaly: mode must be a bool, got {type(mode).__name__}")
        super().__init__(anomaly=mode, check_nan=check_nan)
        watched.append(True)
        super().__enter__()

    def __enter__(self) -> None:
        pass
