"""Faces: public functions that are one implementation, as ``conv1d``, ``conv2d`` and ``conv3d``."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

__all__ = ["face"]


def face(shared: Callable[..., Any], **fixed: Any) -> Callable[[Callable[[], Any]], Any]:
    """Declares a public function: ``shared`` with its keyword-only arguments ``fixed``, of which
    ``name``, for messages, is that of the function below unless it is given.

    The other arguments of ``shared`` are the public ones, among them the keyword-only ones that
    stand before ``name``.  The function below gives name, docstring and what is returned.

    A face does not call ``shared``.  It is a copy with other defaults, so it costs nothing, and
    Python's messages about missing arguments have the right name.
    """
    assert isinstance(shared, FunctionType)
    code = shared.__code__
    context = (shared.__globals__, None, shared.__defaults__, shared.__closure__)
    keywords = code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount]
    public = keywords.index("name")

    def declare(described: Callable[[], Any]) -> Any:
        name = described.__name__
        copy = FunctionType(code, *context)
        copy.__kwdefaults__ = (shared.__kwdefaults__ or {}) | {"name": name} | fixed
        copy.__name__ = copy.__qualname__ = name
        copy.__doc__ = described.__doc__
        copy.__annotations__ = shared.__annotations__ | described.__annotations__
        # ``inspect.signature`` looks here: the public arguments alone.
        shown = FunctionType(code.replace(co_kwonlyargcount=public), *context)
        shown.__kwdefaults__ = shared.__kwdefaults__
        shown.__annotations__ = copy.__annotations__
        copy.__dict__["__wrapped__"] = shown
        return copy

    return declare
