"""What scripts ask of ``torch.fx``: ``wrap``, which marks a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from autotensor.importing import on_demand

__all__ = ["wrap"]

Function = TypeVar("Function", bound=str | Callable[..., object])


def wrap(fn_or_name: Function) -> Function:
    """``fn_or_name``: no program is read here that could be told to leave it whole.

    Example:

        >>> @at.fx.wrap
        ... def double(x):
        ...     return 2 * x
        >>> double(at.ones(2))
        tensor([2., 2.])
    """
    if not callable(fn_or_name) and not isinstance(fn_or_name, str):
        raise RuntimeError(
            f"wrap: expected a function or its name, got {type(fn_or_name).__name__}"
        )
    return fn_or_name


if not TYPE_CHECKING:
    __getattr__, __dir__ = on_demand(__name__)
