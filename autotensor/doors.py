"""Doors: whatever goes wrong inside a public function, its caller reads who refuses, and what.

Most arguments are checked where they enter, in words of their own.  For all that nobody thought of,
an error on its way out of the library passes a door, which puts the name of the function before
Python's or NumPy's words and what it was called with behind them, and lets no AttributeError,
OverflowError or MemoryError out: to the user these are a TypeError or a RuntimeError.  An error out
of a function of the user's, such as a hook, is left alone, and so is the AttributeError of an
object of ours from which an attribute of its own was taken.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterable, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from autotensor.keywords import in_other_words, names_of, refuse_unknown, unexpected
from autotensor.remedies import to_get_a_tensor, type_name

__all__ = [
    "ARRAYS", "HOT", "NUMBERS", "behind_door", "explained", "not_a_tensor", "place_doors",
    "refused", "undefined",
]  # fmt: skip

_OURS = ("autotensor.", "nn.")
_LIBRARIES = sys.stdlib_module_names | {"autotensor", "nn", "numpy", "PIL"}
_PYTHONS = ("__add__", "__contains__", "__delitem__", "__getitem__", "__init__", "__setitem__")

_KEPT = (TypeError, IndexError, NotImplementedError, RuntimeError, ValueError)
_ACCIDENTS = (*_KEPT, AssertionError, ArithmeticError, AttributeError, LookupError, MemoryError)

HOT = frozenset({
    "Size.__add__", "Size.__getitem__", "Tensor.backward", "Tensor.detach", "Tensor.dim",
    "Tensor.item", "Tensor.mark_written", "Tensor.move_to", "Tensor.numel", "Tensor.refresh",
    "Tensor.requires_grad_", "Tensor.size", "add_", "copy_", "descend", "div_", "flatten",
    "forward", "getitem", "linear", "matmul", "mul_", "permute", "remembered", "reshape", "squeeze",
    "sub_", "transpose", "unsqueeze", "zero_grad",
})  # fmt: skip
"""What a step of training calls often and is soon done: a door would cost it 100 ns a call.  That
of ``forward`` is ``Module.__call__``, and the operators that the engine declares have one inside.
"""


def explained(error: Exception, name: str, args: Any, more: Any, prefix: bool = True) -> Exception:
    """What to raise for ``error``, caught where ``name`` was called with ``args`` and, by keyword,
    ``more``: itself, or a better one.

    An error raised on purpose, but by something else, gets the name in front if ``prefix``.

    Example:

        >>> from autotensor.extend import explained
        >>> try:
        ...     np.ones(2).reshape(3)
        ... except ValueError as error:
        ...     print(explained(error, "halve", (3,), {}))
        halve: cannot reshape array of size 2 into shape (3,) (called with 3)
    """
    from opcode import opmap  # which takes half a millisecond to import

    trace: Any = error.__traceback__
    words, home = str(error), _OURS[0]
    if not isinstance(error, _ACCIDENTS) or (trace.tb_next is None and "() " in words):
        if words.startswith("_"):  # of a class behind the public ones
            error.args = (name + words[words.index("()") :],)
        return error  # these are Python's own words about the arguments
    while trace.tb_next is not None:
        trace = trace.tb_next
        home = trace.tb_frame.f_globals.get("__name__", "")
        if home.partition(".")[0] not in _LIBRARIES:
            return error  # out of a function of the user's
    # Nobody asks for the truth value, or the length, of a Tensor on purpose.
    worded = home.startswith(_OURS) and home != "autotensor.engine.tensor"
    if worded and trace.tb_frame.f_code.co_code[trace.tb_lasti] == opmap["RAISE_VARARGS"]:
        named = rf"(?<![a-z_]){re.escape(name.strip('_'))}_?(?!\w)"
        if prefix and isinstance(error, _KEPT) and not re.search(named, words, re.IGNORECASE):
            error.args = (f"{name}: {words}", *error.args[1:])
        return error
    if isinstance(error, AttributeError) and _lacks_its_own(error, trace, (*args, *more.values())):
        return error
    given = [*map(_brief, args), *(f"{key} {_brief(value)}" for key, value in more.items())]
    kept = (one for one in _KEPT if isinstance(error, one))
    kind: Any = next(kept, TypeError if isinstance(error, AttributeError) else RuntimeError)
    if re.match(rf"(\w+\.__init__|{re.escape(name)})\(\) ", words):  # Python's own, from within
        words = words.partition("() ")[2]
    better = kind(f"{name}: {words} (called with {', '.join(given) or 'nothing'})")
    better.__cause__ = error
    return better


def _lacks_its_own(error: AttributeError, trace: Any, given: tuple[Any, ...]) -> bool:
    """Whether a method looked for what its object has lost, rather than for what none given has."""
    at_fault = error.obj
    own = at_fault is not None and trace.tb_frame.f_locals.get("self") is at_fault
    public = not (error.name or "_").startswith("_")
    return own and public and all(one is not at_fault for one in given)


def _brief(value: Any) -> str:
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{type(value).__name__} of shape {value.shape} and dtype {value.dtype}"
    plain = isinstance(value, (str, bytes, int, float, complex, type(None)))
    return repr(value)[:40] if plain else type(value).__name__


@functools.cache  # one door for all names of a function
def behind_door(function: Any, is_method: bool = False) -> Any:
    """``function`` behind a door; a method, but of Tensor, says its class."""
    name = function.__name__
    if name in HOT or function.__qualname__ in HOT or "has_door" in function.__dict__:
        return function

    def door(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            title = type(args[0]).__name__ if is_method and args else name
            if not unexpected(error):
                # Not "from error": ``explained`` has set the cause, or it is the error itself.
                raise explained(error, title, args[is_method:], kwargs)  # noqa: B904
        if is_method:
            names = names_of(function)
            wrong = next((key for key in kwargs if key not in names.all()), "")
            if wrong or names.rest is None:
                refuse_unknown(title, wrong, names.all())
            return function(*args, kwargs.pop(names.rest), **kwargs)  # Tensor(data=[1, 2])
        return in_other_words(door, args, kwargs)

    # What functools.wraps would do, in a tenth of its time.
    door.__module__, door.__doc__ = function.__module__, function.__doc__
    door.__name__, door.__qualname__ = name, function.__qualname__
    door.__dict__.update(function.__dict__, __wrapped__=function, has_door=True)
    return door


def _is_declared(function: Any) -> bool:
    """Whether the engine made a function of a declaration."""
    return function.__globals__["__name__"] == "autotensor.engine.operator"


def place_doors(package: str, names: Iterable[str]) -> None:
    """Puts public functions of a package, and the methods of its classes, behind doors.

    Example:

        >>> import sys, types
        >>> from autotensor.extend import place_doors
        >>> def half(x):
        ...     return x / 2
        >>> library = sys.modules["library"] = types.ModuleType("library")
        >>> library.half, half.__module__ = half, "library"
        >>> place_doors("library", ["half"])
        >>> library.half(at.ones(1)), library.half.has_door
        (tensor([0.5000]), True)
        >>> _ = sys.modules.pop("library")
    """
    shown = vars(sys.modules[package])
    for name, found in [(name, shown.get(name)) for name in names if name[0] != "_"]:
        if isinstance(found, FunctionType):
            home = vars(sys.modules[found.__module__])
            door = behind_door(found, False)
            if _is_declared(found):  # operators call each other, and are methods, without one
                if door.__module__ == found.__module__:
                    door.__module__ = package  # where pickle finds it
                home = shown
            for place in (shown, home):
                if place.get(name) is found:
                    place[name] = door
        for owner in found.__mro__ if isinstance(found, type) else ():
            _place_on_methods(owner)


@functools.cache  # once for each class
def _place_on_methods(owner: type) -> None:
    ours = owner.__module__.startswith(_OURS)
    for name, found in list(vars(owner).items()) if ours else ():
        if name[0] != "_" or name in _PYTHONS:
            if isinstance(found, FunctionType) and not _is_declared(found):
                says_class = name == "__init__" or owner.__name__ != "Tensor"
                setattr(owner, name, behind_door(found, says_class))
            elif isinstance(found, (classmethod, staticmethod)):
                setattr(owner, name, type(found)(behind_door(found.__func__)))


# -- where operators are declared ------------------------------------------------------------------

ARRAYS = (np.generic, np.ndarray)
NUMBERS = (*ARRAYS, int, float, type(None))
"""What an operator takes beside Tensors."""


def not_a_tensor(
    name: str, argument: str, value: Any, wanted: str = "a Tensor or a number"
) -> TypeError:
    """What to raise for an argument that is none of these, or not what is ``wanted`` of them."""
    got = f"got {type_name(value)}{to_get_a_tensor(value)}"
    return TypeError(f"{name}: {argument} must be {wanted}, {got}")


def undefined(name: str, *arrays: Any) -> RuntimeError:
    """What to raise where a ufunc has no loop for the dtypes of ``arrays``."""
    kinds = " and ".join(dict.fromkeys(str(np.asarray(array).dtype) for array in arrays))
    return RuntimeError(f"{name}: not defined for dtype {kinds}; convert first, e.g. with .float()")


def refused(error: Exception, name: str, names: Sequence[str], x: Any, y: Any) -> Exception:
    """What to raise where NumPy raised ``error``, or ``_alike`` did."""
    if str(error).startswith(f"{name}: "):
        return error
    for value, argument in ((x, names[0]), (y, names[1])):
        if not isinstance(value, NUMBERS):
            return not_a_tensor(name, argument, value)
    if isinstance(error, TypeError) or any(np.asarray(one).dtype.kind in "SU" for one in (x, y)):
        return undefined(name, x, y)
    try:
        np.broadcast_shapes(np.shape(x), np.shape(y))
    except ValueError:
        return RuntimeError(
            f"{name}: {names[0]} of shape {np.shape(x)} and {names[1]} of shape {np.shape(y)} do "
            "not broadcast; dimensions, counted from the last, must be equal or 1"
        )
    return RuntimeError(f"{name}: {error}")
