"""What scripts ask of a compiler: functions and Modules run as they are written.

The names of ``torch.compiler``, and ``torch.compile``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from autotensor.importing import list_public

__all__ = [
    "allow_in_graph", "assume_constant_result", "compile", "cudagraph_mark_step_begin", "disable",
    "is_compiling", "is_dynamo_compiling", "is_exporting", "list_backends", "reset",
]  # fmt: skip

Function = TypeVar("Function", bound=Callable[..., Any])


@overload
def compile(
    model: Function,
    *,
    fullgraph: bool = ...,
    dynamic: bool | None = ...,
    backend: str | Callable[..., Any] | None = ...,
    mode: str | None = ...,
    options: dict[str, Any] | None = ...,
    disable: bool = ...,
) -> Function: ...
@overload
def compile(
    model: None = None,
    *,
    fullgraph: bool = ...,
    dynamic: bool | None = ...,
    backend: str | Callable[..., Any] | None = ...,
    mode: str | None = ...,
    options: dict[str, Any] | None = ...,
    disable: bool = ...,
) -> Callable[[Function], Function]: ...
def compile(
    model: Any = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str | Callable[..., Any] | None = "inductor",
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    name: str | None = None,
    disable: bool = False,
    recompile_limit: int | None = None,
    isolate_recompiles: bool = False,
    shapes_spec: Any = None,
) -> Any:
    """``model``, a Module or a function, unchanged: there is no compiler.

    Also a decorator, bare or with PyTorch's settings, which say nothing here.

    Nor is a step recorded and replayed: a replay would not notice what Python does in between, such
    as another learning rate, and would bring 1.2 at most for a net as small as 784-128-10.  The
    site's page "Kernels and threads" has the measurements.

    Example:

        >>> @at.compile
        ... def double(x):
        ...     return 2 * x
        >>> double(at.ones(2))
        tensor([2., 2.])
    """
    if model is None:
        return compile
    if not callable(model):
        raise RuntimeError(f"compile: expected a Module or a function, got {type(model).__name__}")
    return model


def disable(
    fn: Any = None, recursive: bool = True, *, reason: str | None = None, wrapper: Any = None
) -> Any:
    """``fn``; without it, a decorator that gives back what it gets.

    Example:

        >>> @at.compiler.disable
        ... def double(x):
        ...     return 2 * x
        >>> double(at.ones(2))
        tensor([2., 2.])
    """
    return (lambda function: function) if fn is None else fn


def allow_in_graph(fn: Function) -> Function:
    """``fn``.

    Example:

        >>> at.compiler.allow_in_graph(at.exp) is at.exp
        True
    """
    return fn


def assume_constant_result(fn: Function) -> Function:
    """``fn``, which is called each time.

    Example:

        >>> @at.compiler.assume_constant_result
        ... def size():
        ...     return 3
        >>> size()
        3
    """
    return fn


def reset() -> None:
    """Nothing is kept that could be forgotten.

    Example:

        >>> at.compiler.reset()
    """


def cudagraph_mark_step_begin() -> None:
    """Nothing is recorded that could begin.

    Example:

        >>> at.compiler.cudagraph_mark_step_begin()
    """


def list_backends(exclude_tags: tuple[str, ...] = ()) -> list[str]:
    """None at all.

    Example:

        >>> at.compiler.list_backends()
        []
    """
    return []


def is_compiling() -> bool:
    """False."""
    return False


def is_dynamo_compiling() -> bool:
    """False."""
    return False


def is_exporting() -> bool:
    """False."""
    return False


def _assert(condition: Any, message: str) -> None:
    """Raises AssertionError with ``message`` where ``condition`` does not hold."""
    assert condition, message


list_public(__name__)
