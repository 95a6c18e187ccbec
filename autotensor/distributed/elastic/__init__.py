"""What scripts import of ``torch.distributed.elastic``: ``record``."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

__all__ = ["record"]

Function = TypeVar("Function", bound=Callable[..., Any])


def record(fn: Function, error_handler: Any = None) -> Function:
    """Calls ``fn``.  PyTorch's writes errors to a file, for the process that has started this one;
    here an error ends all ranks, and its traceback says in which.

    Args:
        fn: the script's ``main``.
        error_handler: without effect.

    Example:

        >>> from autotensor.distributed.elastic.multiprocessing.errors import record
        >>> @record
        ... def main():
        ...     return "trained"
        >>> main()
        'trained'
    """

    @wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        return fn(*args, **kwargs)

    return call  # type: ignore[return-value]  # the same signature
