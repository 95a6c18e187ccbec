"""Doors: whatever goes wrong inside a public function, its caller reads who refuses, and what.

Most arguments are checked where they enter, in words of their own.  For all that nobody thought of,
an error on its way out of the library passes a door, which puts the name of the function before
Python's or NumPy's words and what it was called with behind them, and lets no AttributeError,
OverflowError or MemoryError out: to the user these are a TypeError or a RuntimeError.  An error out
of a function of the user's, such as a hook, is left alone.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from opcode import opmap
from types import FunctionType
from typing import Any

import numpy as np

__all__ = ["explained", "place_doors"]

_OURS = tuple(
    os.path.join(os.path.dirname(os.path.dirname(__file__)), name, "")
    for name in ("autotensor", "nn")
)
_NUMPYS = os.path.join(os.path.dirname(np.__file__), "")
_PYTHONS = (os.path.join(os.path.dirname(os.__file__), ""), "<frozen ")
_RAISE = opmap["RAISE_VARARGS"]

_KEPT = (TypeError, IndexError, NotImplementedError, RuntimeError, ValueError)
_ACCIDENTS = (*_KEPT, AssertionError, ArithmeticError, AttributeError, LookupError, MemoryError)

_HOT = frozenset({
    "add_", "copy_", "detach", "dim", "div_", "flatten", "getitem", "item", "linear", "mul_",
    "numel", "permute", "relu", "requires_grad_", "reshape", "size", "squeeze", "sub_", "transpose",
    "unsqueeze", "view", "zero_", "zero_grad",
})  # fmt: skip
"""What a step of training calls often and is soon done: a door would cost it 100 ns a call."""

_CALLED_BY_PYTHON = ("__contains__", "__getitem__", "__init__")

_doors: dict[Any, Any] = {}


def explained(
    error: Exception,
    name: str,
    names: Sequence[str],
    args: Sequence[Any],
    more: Mapping[str, Any],
    prefix: bool = True,
) -> Exception:
    """What to raise for ``error``, caught where ``name`` was called: itself, or a better one.

    Args:
        names: what the first of ``args`` are called.
        more: what was given by keyword.
        prefix: whether an error raised on purpose, but by something else, gets the name in front.
    """
    trace: Any = error.__traceback__
    inside = trace.tb_next is not None
    file = _OURS[0]
    while trace.tb_next is not None:
        trace = trace.tb_next
        file = trace.tb_frame.f_code.co_filename
        python = file.startswith(_PYTHONS) and "site-packages" not in file
        if not python and not file.startswith((*_OURS, _NUMPYS)):
            return error  # out of a function of the user's
    words = str(error)
    if not isinstance(error, _ACCIDENTS) or (not inside and "() " in words):
        return error  # the latter are Python's own words about the arguments
    if file.startswith(_OURS) and trace.tb_frame.f_code.co_code[trace.tb_lasti] == _RAISE:
        named = rf"(?<![a-z_]){re.escape(name.strip('_'))}_?(?!\w)"
        if prefix and isinstance(error, _KEPT) and not re.search(named, words, re.IGNORECASE):
            error.args = (f"{name}: {words}", *error.args[1:])
        return error
    keys = [*names[: len(args)], *[""] * (len(args) - len(names)), *more]
    given = zip(keys, map(_brief, [*args, *more.values()]), strict=True)
    what = ", ".join(" ".join(pair).strip() for pair in given) or "nothing"
    kind = TypeError if isinstance(error, AttributeError) else RuntimeError
    kind = next((one for one in _KEPT if isinstance(error, one)), kind)
    better = kind(f"{name}: {words} (called with {what})")
    better.__cause__ = error
    return better


def _brief(value: Any) -> str:
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{type(value).__name__} of shape {value.shape} and dtype {value.dtype}"
    plain = isinstance(value, (str, bytes, int, float, complex, type(None)))
    return repr(value)[:40] if plain else type(value).__name__


def _with_door(function: Any) -> Any:
    """``function`` behind a door; a method says the name of its class."""
    name, own = function.__name__, function.__globals__["__name__"]
    # The declared operators have one inside.
    if own == "autotensor.engine.operator" or name in _HOT or "has_door" in function.__dict__:
        return function
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    hidden = int(names[:1] == ("self",))

    def door(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            title = type(args[0]).__name__ if hidden and args else name
            raise explained(error, title, names[hidden:], args[hidden:], kwargs)  # noqa: B904

    # What functools.wraps would do, in a tenth of its time.
    door.__module__, door.__doc__ = function.__module__, function.__doc__
    door.__name__, door.__qualname__ = name, function.__qualname__
    door.__dict__.update(function.__dict__, __wrapped__=function, has_door=True)
    return door


def place_doors(package: str, names: Iterable[str]) -> None:
    """Puts public functions of a package, and the methods of its classes, behind doors."""
    shown = vars(sys.modules[package])
    for name in names:
        found = shown.get(name)
        if isinstance(found, FunctionType) and name[0] != "_":
            door = _doors[found] = _doors.get(found) or _with_door(found)
            for place in (shown, vars(sys.modules[found.__module__])):
                if place.get(name) is found:
                    place[name] = door
        for owner in found.__mro__ if isinstance(found, type) else ():
            if owner.__module__.startswith(("nn.", "autotensor.")):
                _place_on_methods(owner)


def _place_on_methods(owner: type) -> None:
    """``__call__`` of a Module is the door of its ``forward``."""
    for name, found in list(vars(owner).items()):
        if (name[0] != "_" and name != "forward") or name in _CALLED_BY_PYTHON:
            if isinstance(found, FunctionType):
                setattr(owner, name, _with_door(found))
            elif isinstance(found, classmethod):
                setattr(owner, name, classmethod(_with_door(found.__func__)))
