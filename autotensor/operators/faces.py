"""Faces: public functions that are one implementation, as ``conv1d``, ``conv2d`` and ``conv3d``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from inspect import Parameter, Signature, signature
from types import FunctionType
from typing import Any

__all__ = ["face"]


def face(shared: Callable[..., Any], **fixed: Any) -> Callable[[Callable[[], Any]], Any]:
    """Declares a public function: ``shared`` with its keyword-only arguments ``fixed``, of which
    ``name``, for messages, is that of the function below unless it is given.

    The other arguments of ``shared`` are the public ones.  The function below gives name, docstring
    and what is returned.

    A face does not call ``shared``.  It is a copy with other defaults, so it costs nothing, and
    Python's messages about missing arguments have the right name.
    """
    assert isinstance(shared, FunctionType)

    def declare(described: Callable[[], Any]) -> Any:
        name = described.__name__
        copy = FunctionType(
            shared.__code__, shared.__globals__, name, shared.__defaults__, shared.__closure__
        )
        copy.__kwdefaults__ = (shared.__kwdefaults__ or {}) | {"name": name} | fixed
        copy.__qualname__, copy.__doc__ = name, described.__doc__
        returned = described.__annotations__["return"]
        copy.__annotations__ = shared.__annotations__ | {"return": returned}
        copy.__dict__["__signature__"] = _public(shared).replace(return_annotation=returned)
        return copy

    return declare


@functools.cache
def _public(shared: Callable[..., Any]) -> Signature:
    """The signature of ``shared`` without what is fixed."""
    arguments = signature(shared).parameters.values()
    return Signature([one for one in arguments if one.kind is not Parameter.KEYWORD_ONLY])
