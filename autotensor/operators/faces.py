"""Faces: public functions that are one implementation, as ``conv1d``, ``conv2d`` and ``conv3d``,
and Python's operators, which are functions under other names."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, ParamSpec, TypeVar

from autotensor.array_likes import answers
from autotensor.doors import NUMBERS
from autotensor.engine.in_place import in_place, named
from autotensor.engine.tensor import Tensor, method

__all__ = ["face", "python_operator"]

P = ParamSpec("P")
R = TypeVar("R")


def face(shared: Callable[P, Any], **fixed: Any) -> Callable[[Callable[[], R]], Callable[P, R]]:
    """Declares a public function: ``shared`` with its keyword-only arguments ``fixed``, of which
    ``name``, for messages, is that of the function below unless it is given.

    The other arguments of ``shared`` are the public ones, with the keyword-only ones that stand
    before ``name``; of these ``fixed`` may give other defaults.  The function below gives name,
    docstring and what is returned.

    A face does not call ``shared``.  It is a copy with other defaults, so it costs nothing, and
    Python's messages about missing arguments have the right name.  What is fixed goes by names that
    nobody can write, so that no caller gives it.

    Example:

        >>> from autotensor.extend import face
        >>> def _repeated(input, *, name, ndim):
        ...     return f"{name}: {ndim} times {input}"
        >>> @face(_repeated, ndim=2)
        ... def twice():
        ...     '''The public docstring.'''
        >>> twice("x")
        'twice: 2 times x'
    """
    assert isinstance(shared, FunctionType)
    code = shared.__code__
    names, last = code.co_varnames, code.co_argcount + code.co_kwonlyargcount
    first = names.index("name")
    keys = {name: f"<{name}>" for name in names[first:last]}
    hidden = code.replace(co_varnames=tuple(keys.get(name, name) for name in names))
    context = (shared.__globals__, None, shared.__defaults__, shared.__closure__)

    def declare(described: Callable[[], Any]) -> Any:
        name = described.__name__
        settings = (shared.__kwdefaults__ or {}) | {"name": name} | fixed
        copy = FunctionType(hidden, *context)
        copy.__kwdefaults__ = {keys.get(key, key): value for key, value in settings.items()}
        copy.__name__ = copy.__qualname__ = name
        copy.__doc__ = described.__doc__
        copy.__annotations__ = shared.__annotations__ | described.__annotations__
        # ``inspect.signature`` looks here: the public arguments alone.
        public = code.replace(co_kwonlyargcount=first - code.co_argcount)
        shown = FunctionType(public, *context)
        shown.__kwdefaults__ = settings
        shown.__annotations__ = copy.__annotations__
        copy.__dict__["__wrapped__"] = shown
        return copy

    return declare


def python_operator(symbol: str, alone: bool = False) -> Callable[[Any], Any]:
    """Declares that Python's operator ``symbol`` on Tensors is the function below: ``__add__``,
    with ``__radd__`` (``2 + x``) and ``__iadd__`` (``x += 2``), unless it stands ``alone``."""

    def declare(compute: Any) -> Any:
        method(compute, f"__{symbol}__")
        if not alone:
            method(lambda self, other: compute(other, self), f"__r{symbol}__")
            method(_augmented(compute, symbol), f"__i{symbol}__")
        return compute

    return declare


def _augmented(compute: Any, symbol: str) -> Any:
    """``x += other``; where ``other`` answers for itself, Python puts its answer at ``x``."""
    title, reflected = f"__i{symbol}__", f"__r{symbol}__"
    write = in_place(compute, title)

    def form(self: Tensor, other: Any) -> Any:
        if not isinstance(other, (Tensor, *NUMBERS)) and answers(other, reflected):
            return NotImplemented
        return write(self, other)

    return named(form, title, compute)
