"""A decorator that goes around every step of what it decorates, whatever kind of function that is.

The body of a generator runs between the steps of whoever uses it, that of a coroutine between those
of an event loop.  What is to hold inside the body alone goes on and off at each step.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from types import CoroutineType, coroutine
from typing import Any

__all__ = ["decorated"]

Within = Callable[..., Any]
"""``within(step, *args)`` is ``step(*args)`` with something around it."""


def decorated(function: Callable[..., Any], within: Within) -> Any:
    """``function``, all of whose body runs ``within``: a generator function, a coroutine function,
    an asynchronous generator function or any other."""
    return functools.wraps(function)(_around(function, within))


def _around(function: Callable[..., Any], within: Within) -> Callable[..., Any]:
    if inspect.isgeneratorfunction(function):

        def generator(*args: Any, **kwargs: Any) -> Any:
            return (yield from _steps(function(*args, **kwargs), within))

        return generator
    if inspect.iscoroutinefunction(function):

        async def task(*args: Any, **kwargs: Any) -> Any:
            return await _awaited(function(*args, **kwargs), within)

        return task
    if inspect.isasyncgenfunction(function):

        async def source(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            steps = function(*args, **kwargs)
            resume, given = steps.asend, None
            while True:
                try:
                    value = await _awaited(resume(given), within)
                except StopAsyncIteration:
                    return
                try:
                    resume, given = steps.asend, (yield value)
                except GeneratorExit:
                    await _awaited(steps.aclose(), within)
                    raise
                except BaseException as error:
                    resume, given = steps.athrow, error

        return source

    def call(*args: Any, **kwargs: Any) -> Any:
        result = within(function, *args, **kwargs)
        # Its body has not begun yet.
        return _awaited(result, within) if result.__class__ is CoroutineType else result

    return call


def _steps(steps: Any, within: Within) -> Iterator[Any]:
    """Runs a generator, or a coroutine, ``within``."""
    resume, given = steps.send, None
    while True:
        try:
            value = within(resume, given)
        except StopIteration as end:
            return end.value
        try:
            resume, given = steps.send, (yield value)
        except GeneratorExit:
            within(steps.close)
            raise
        except BaseException as error:
            resume, given = steps.throw, error


@coroutine
def _awaited(steps: Any, within: Within) -> Any:
    return (yield from _steps(steps, within))
