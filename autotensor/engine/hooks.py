"""TODO."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor.engine.graph import Node
from autotensor.engine.modes import set_grad_enabled
from autotensor.engine.storage import clock
from autotensor.engine.tensor import Tensor, wrap

__all__: list[str] = []


def _attend(node: Node, g: Any, create_graph: bool) -> Any:
    """Runs the hooks of ``node`` and keeps its gradient where that was asked for."""
    notes = node.notes
    assert notes is not None
    if "hooks" in notes:
        g = _run_hooks(notes["hooks"], g, create_graph, repr(node))
    if "retain" in notes:
        tensor = notes["retain"]()
        if tensor is not None:
            kept = g if create_graph else wrap(np.array(g))
            tensor._grad = kept if tensor._grad is None else tensor._grad + kept
    return g


def _run_hooks(hooks: dict[int, Any], gradient: Any, create_graph: bool, where: str) -> Any:
    for hook in list(hooks.values()):
        given = gradient if isinstance(gradient, Tensor) else wrap(np.asarray(gradient))
        with set_grad_enabled(create_graph):
            result = hook(given)
        if result is None:
            continue
        if not isinstance(result, Tensor) or result.shape != given.shape:
            raise RuntimeError(
                f"a hook on {where} must return None or a Tensor of shape {given.shape}, "
                f"got {getattr(result, 'shape', type(result).__name__)}"
            )
        gradient = result if create_graph else result.array
    return gradient


class RemovableHandle:
    """What registering a hook returns: ``remove()`` takes the hook off again."""

    def __init__(self, hooks: dict[int, Any], key: int) -> None:
        self._hooks = hooks
        self._key = key

    def remove(self) -> None:
        self._hooks.pop(self._key, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


def add_hook(hooks: dict[int, Any], hook: Callable[..., Any]) -> RemovableHandle:
    """Puts ``hook`` last in ``hooks``."""
    key = next(clock)
    hooks[key] = hook
    return RemovableHandle(hooks, key)


def register_hook(tensor: Tensor, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
    """Calls ``hook(gradient)`` whenever the gradient of this Tensor is computed.

    What it returns, unless None, takes the gradient's place.
    """
    if not tensor.requires_grad:
        raise RuntimeError("register_hook: the Tensor does not require grad, so it would never run")
    if tensor.grad_fn is not None:
        return add_hook(tensor.grad_fn.note("hooks", {}), hook)
    if tensor.hooks is None:
        tensor.hooks = {}
    return add_hook(tensor.hooks, hook)


def retain_grad(tensor: Tensor) -> None:
    """Makes ``backward`` fill ``grad`` of this Tensor although it is not a leaf."""
    if not tensor.requires_grad:
        raise RuntimeError("retain_grad: the Tensor does not require grad")
    if tensor.grad_fn is not None:
        tensor.grad_fn.note("retain", weakref.ref(tensor))
