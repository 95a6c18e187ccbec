"""Keywords: what a function is given by name, under the other names that PyTorch has for it too.

PyTorch's functions take ``axis`` for ``dim`` and more of NumPy's names (``OTHER_NAMES``), here and
there a name of their own (``@also_called``), and settings such as ``out`` that many of them share
(``@setting``).  None of these stands in a signature, and none costs anything until it is used:
where Python refuses a keyword as unexpected, ``in_other_words`` looks what it may mean.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import numbers
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any, NamedTuple, NoReturn

__all__ = [
    "MISSING", "also_called", "completed", "in_older_order", "in_other_words", "names_of",
    "open_to_others", "parameters", "refuse_unknown", "setting", "takes", "unexpected",
]  # fmt: skip

OTHER_NAMES = {
    "A": ("input", "x", "a"),
    "dim": ("axis",),
    "input": ("x", "a", "x1", "self"),
    "keepdim": ("keepdims",),
    "other": ("x2",),
}
"""For what PyTorch's functions call an argument: what else they all take for it."""

_MAIN_NAMES = {
    name: [main for main, others in OTHER_NAMES.items() if name in others]
    for name in itertools.chain(*OTHER_NAMES.values())
}


class nothing:
    """What messages call an argument that is not given."""

    def __repr__(self) -> str:
        return "nothing"


MISSING: Any = nothing()
"""The default of an argument that has none, where Python is not to be the one who says so."""


# -- what a function takes -------------------------------------------------------------------------


class Names(NamedTuple):
    """The names of a function's arguments; ``rest`` is that of its ``*args``, or None, and
    ``others`` has its own other names."""

    positional: tuple[str, ...]
    rest: str | None
    by_name: tuple[str, ...]
    others: Mapping[str, str]

    def all(self) -> tuple[str, ...]:
        return (*self.positional, *([self.rest] if self.rest else []), *self.by_name)


def parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the positional parameters, read off the code: inspect costs too much here."""
    code = function.__code__
    return code.co_varnames[: code.co_argcount]


@functools.cache
def names_of(function: Callable[..., Any]) -> Names:
    """What a public function takes by name, read off what it wraps."""
    inner: Any = function
    others = getattr(inner, "other_names", {})
    while hasattr(inner, "__wrapped__"):
        inner = inner.__wrapped__
        others = others or getattr(inner, "other_names", {})
    code = inner.__code__
    start = code.co_argcount
    end = start + code.co_kwonlyargcount
    rest = code.co_varnames[end] if code.co_flags & inspect.CO_VARARGS else None
    return Names(code.co_varnames[:start], rest, code.co_varnames[start:end], others)


def also_called(**names: str) -> Callable[[Any], Any]:
    """Says of a function which other names it takes: ``@also_called(sections="indices")`` that
    ``sections`` is ``indices``."""

    def declare(function: Any) -> Any:
        function.other_names = names
        return function

    return declare


def open_to_others(function: Any) -> Any:
    """Says of a function that its last parameter is for callers who use other words: ``**others``
    is for keywords that ``in_other_words`` reads, where there is no door, and ``*older`` for the
    arguments of ``in_older_order``.  Nobody is shown it, nor that a default is ``MISSING``."""
    code = function.__code__
    hidden = inspect.CO_VARARGS if "older" in code.co_varnames else inspect.CO_VARKEYWORDS
    public = code.replace(co_flags=code.co_flags & ~hidden)
    defaults = tuple(one for one in function.__defaults__ or () if one is not MISSING)
    shown = FunctionType(public, function.__globals__, None, defaults)
    shown.__kwdefaults__ = function.__kwdefaults__
    shown.__annotations__ = dict(function.__annotations__)
    for one in ("others", "older"):
        shown.__annotations__.pop(one, None)
    function.__wrapped__ = shown
    return function


# -- calling it so ---------------------------------------------------------------------------------


def unexpected(error: Exception) -> bool:
    """Whether Python raised ``error`` where it was caught, about a keyword that is unknown."""
    trace = error.__traceback__
    here = isinstance(error, TypeError) and trace is not None and trace.tb_next is None
    return here and "unexpected keyword argument" in str(error)


def refuse_unknown(name: str, key: str, known: Sequence[str]) -> NoReturn:
    """Raises the TypeError for a keyword that means nothing."""
    names = ", ".join(one for one in known if one != "self") or "none"
    raise TypeError(f"{name}: unexpected keyword argument {key!r}; the arguments are {names}")


def in_other_words(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Any:
    """``function(*args, **kwargs)``, where keywords may be its other names, and settings.

    Of ``args``, those that are ``MISSING`` were not given.
    Raises:
        TypeError: a keyword means nothing here, or the same as another argument that is given.
    """
    names, name = names_of(function), function.__name__
    if any(one is MISSING for one in args):
        by_name = zip(names.positional, args, strict=False)
        kwargs = {key: one for key, one in by_name if one is not MISSING} | dict(kwargs)
        args = ()
    given = set(names.positional[: len(args)])
    if names.rest and len(args) > len(names.positional):
        given.add(names.rest)
    plain: dict[str, Any] = {}
    for key, value in kwargs.items():
        main = _meant_by(key, function, names)
        if main is None:
            refuse_unknown(name, key, names.all())
        if main in given:
            also = "" if main == key else f", as {key!r} too"
            raise TypeError(f"{name}: argument {main!r} is given twice{also}")
        given.add(main)
        plain[main] = value
    said = next((key for key in plain if key not in names.all()), None)
    if said is not None:
        return _settings[said].carry_out(function, plain.pop(said), args, plain)
    if names.rest not in plain:
        return function(*args, **plain)
    several = plain.pop(names.rest)
    before = names.positional[len(args) :]
    placed = [plain.pop(one) for one in before if one in plain]
    return function(*args, *placed, several, **plain)


def takes(function: Callable[..., Any], key: str) -> bool:
    """Whether a public function takes the keyword ``key``, be it another name or a setting."""
    return _meant_by(key, function, names_of(function)) is not None


def _meant_by(key: str, function: Any, names: Names) -> str | None:
    """The name of the argument, or of the setting, that ``key`` is; None if it is none."""
    known = names.all()
    everywhere = _MAIN_NAMES.get(key, ())
    own = [names.others.get(one) for one in (key, *everywhere)]
    for main in (key, *own, *everywhere):
        if main in known:
            return main
    return key if key in _settings and _settings[key].taken_by(function) else None


def in_older_order(function: Callable[..., Any], *args: Any) -> Any:
    """``add(input, alpha, other)`` and its like: what stands last now once stood second, and not
    by name.  Scripts from before PyTorch 1.5 call it so.  Of two factors the first may stand alone,
    ``x.addmm(beta, mat1, mat2)``, and a function has it before all, ``addmm(beta, x, alpha, …)``.
    """
    names = names_of(function)
    factors, count = names.by_name, len(names.positional)
    if len(factors) > 1 and isinstance(args[0], numbers.Real):
        args = (args[1], args[0], *args[2:])
    given = factors[: len(args) - count]
    if len(args) != count + len(given) or not all(map(_is_factor, args[1 : 1 + len(given)])):
        raise TypeError(
            f"{function.__name__}: takes {count} arguments besides "
            f"{' and '.join(f'{one}=' for one in factors)}, but {len(args)} were given"
        )
    order = (names.positional[0], *given, *names.positional[1:])
    meant = dict(zip(order, args, strict=True))
    warnings.warn(
        f"{function.__name__}: called as ({', '.join(order)}), an order given up by PyTorch; write "
        f"{', '.join(f'{one}={meant[one]!r}' for one in given)} at the end instead",
        stacklevel=4,
    )
    return function(**meant)


def _is_factor(value: Any) -> bool:
    """Whether ``value`` is a number, be it one of NumPy's or a Tensor without dimensions."""
    return isinstance(value, numbers.Real) or getattr(value, "ndim", None) == 0


class _Setting(NamedTuple):
    taken_by: Callable[[Any], bool]
    carry_out: Callable[[Any, Any, tuple[Any, ...], dict[str, Any]], Any]


_settings: dict[str, _Setting] = {}


def setting(name: str, taken_by: Callable[[Any], bool]) -> Callable[[Any], Any]:
    """Declares a keyword that the functions for which ``taken_by`` is true take beside their own.

    The function below is called with such a function, what is given for the setting, and the
    function's other arguments; it gives what the call shall give.
    """

    def declare(carry_out: Any) -> Any:
        _settings[name] = _Setting(taken_by, carry_out)
        return carry_out

    return declare


def completed(
    name: str, names: Sequence[str], fill: tuple[Any, ...], args: tuple[Any, ...], kwargs: Any
) -> tuple[Any, ...]:
    """``args`` with keywords, all of them known, put in their places and defaults filled in."""
    complete = [*args, *fill[len(args) :]]
    if len(complete) > len(names):
        raise TypeError(f"{name}: takes {len(names)} arguments but {len(args)} were given")
    for key, value in kwargs.items():
        if key in names[: len(args)]:
            raise TypeError(f"{name}: argument {key!r} is given twice")
        complete[names.index(key)] = value
    for position, value in enumerate(complete):
        if value is MISSING:
            raise TypeError(f"{name}: argument {names[position]!r} is missing")
    return tuple(complete)
