"""All random generators of a program: found, read, and taken back to where they were."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

import autotensor as at
from autotensor import Tensor
from nn.data.sources import kind_of, read_source, write_source

__all__ = ["random_state", "set_random_state"]

MOST = 1000
"""In a list or dict so many things are looked at; more are samples, not layers."""
LIMIT = 100_000
"""So many things are looked at in all."""
CLOSED = (Tensor, np.ndarray, str, bytes, bytearray, int, float, complex, type, ModuleType, range,
          BuiltinFunctionType, type(None))  # fmt: skip
"""What has no generators within."""
OURS = ("autotensor", "nn", "numpy", "builtins", "functools", "collections")
"""Their code draws from no generator that is a global name."""


def random_state(**things: Any) -> dict[str, Any]:
    """Where all random generators stand, for ``set_random_state``.

    Those are the default generator of autotensor, Python's ``random``, ``numpy.random``, and every
    ``autotensor.Generator``, ``numpy.random.Generator``, ``RandomState`` and ``random.Random`` that
    ``things`` hold, at any depth: as attributes, in lists and dicts, in what functions enclose, and
    as global names in the code of functions and classes of your own.

    Args:
        **things: where to look, by name, such as ``model=model, loader=loader``.

    Returns:
        A state for each, by its place, such as ``"loader.sampler.generator"``; ``autotensor.save``
        can write it.

    Example:

        >>> from nn.training import random_state, set_random_state
        >>> state = random_state()
        >>> first = at.rand(3), np.random.rand(3)
        >>> set_random_state(state)
        >>> second = at.rand(3), np.random.rand(3)
        >>> bool((first[0] == second[0]).all()), bool((first[1] == second[1]).all())
        (True, True)
    """
    return states_of(generators_in(things))


def set_random_state(state: Mapping[str, Any], **things: Any) -> None:
    """Takes the generators to where ``random_state`` found them.

    Args:
        state: what ``random_state`` gave.
        **things: as there.  A generator that is only here, or only in ``state``, is left alone.

    Raises:
        ValueError: a state that is none.

    Example:

        >>> from nn.training import random_state, set_random_state
        >>> generator = at.Generator().manual_seed(1)
        >>> state = random_state(mine=generator)
        >>> first = at.rand(3, generator=generator)
        >>> set_random_state(state, mine=generator)
        >>> bool((at.rand(3, generator=generator) == first).all())
        True
    """
    take_to(state, generators_in(things))


def states_of(generators: Mapping[str, Any]) -> dict[str, Any]:
    """The state of each."""
    return {place: read_source(one) for place, one in generators.items()}


def take_to(states: Mapping[str, Any], generators: Mapping[str, Any]) -> None:
    """Takes each to its state; where one is refused, none."""
    before = states_of(generators)
    try:
        for place in generators.keys() & states.keys():
            write_source(generators[place], states[place])
    except (TypeError, ValueError, RuntimeError, KeyError) as error:
        for place, state in before.items():
            write_source(generators[place], state)
        raise ValueError(f"set_random_state: the state of {place} is none: {error}") from error


def generators_in(things: Mapping[str, Any]) -> dict[str, Any]:
    """Every generator that there is, by its place."""
    found: dict[str, Any] = {
        "autotensor.default_generator": at.default_generator,
        "random": importlib.import_module("random"),
    }
    # Who has not loaded it, has drawn nothing from it.
    if "numpy.random" in sys.modules:
        found["numpy.random"] = sys.modules["numpy.random"]
    known = {id(one) for one in found.values()}
    seen: dict[int, Any] = {}
    waiting = [*things.items()][::-1]
    while waiting and len(seen) < LIMIT:
        place, thing = waiting.pop()
        if isinstance(thing, CLOSED) or id(thing) in seen:
            continue
        seen[id(thing)] = thing  # alive, so that no other one gets its number
        if kind_of(thing) is not None:
            if id(thing) not in known:
                known.add(id(thing))
                found[place] = thing
            continue
        waiting += reversed(list(_within(place, thing)))
    return found


def _within(place: str, thing: Any) -> Iterator[tuple[str, Any]]:
    """What a thing consists of, by place."""
    if isinstance(thing, Mapping):
        if len(thing) <= MOST:
            yield from ((f"{place}[{key!r}]", one) for key, one in thing.items())
    elif isinstance(thing, (list, tuple, set, frozenset)):
        if len(thing) <= MOST:
            yield from ((f"{place}[{at}]", one) for at, one in enumerate(thing))
    elif isinstance(thing, FunctionType):
        yield from _of_function(place, thing)
        return
    elif isinstance(thing, MethodType):
        yield f"{place}.__self__", thing.__self__
        yield f"{place}.__func__", thing.__func__
        return
    elif isinstance(thing, partial):
        yield f"{place}.func", thing.func
        yield f"{place}.args", (*thing.args, *thing.keywords.values())
    yield from _of_object(place, thing)


def _of_object(place: str, thing: Any) -> Iterator[tuple[str, Any]]:
    for name, value in list(getattr(thing, "__dict__", {}).items()):
        yield f"{place}.{name}", value
    for cls in type(thing).__mro__:
        for name in _slots(cls):
            if hasattr(thing, name):
                yield f"{place}.{name}", getattr(thing, name)
        if cls.__module__.partition(".")[0] not in OURS:
            for name, value in vars(cls).items():
                if isinstance(value, FunctionType):
                    yield from _of_function(f"{cls.__qualname__}.{name}", value)
                elif kind_of(value) is not None:
                    yield f"{cls.__qualname__}.{name}", value


def _slots(cls: type) -> tuple[str, ...]:
    if cls.__module__.partition(".")[0] in OURS[2:]:
        return ()
    slots = vars(cls).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


def _of_function(place: str, function: FunctionType) -> Iterator[tuple[str, Any]]:
    names = function.__code__.co_freevars
    for name, cell in zip(names, function.__closure__ or (), strict=True):
        try:
            yield f"{place}.{name}", cell.cell_contents
        except ValueError:  # nothing is in it yet
            continue
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    yield f"{place}.__defaults__", defaults
    if function.__module__ is None or function.__module__.partition(".")[0] not in OURS:
        yield from _globals_of(function)


def _globals_of(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """The generators, and the functions of the same file, that its code has the names of."""
    for name in function.__code__.co_names:
        value = function.__globals__.get(name)
        if isinstance(value, FunctionType):
            wanted = value.__module__ == function.__module__
        else:
            wanted = kind_of(value) is not None and not isinstance(value, ModuleType)
        if wanted:
            yield f"{function.__module__}.{name}", value
