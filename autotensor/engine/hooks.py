"""Hooks: functions of the user's that see, and may replace, a gradient on its way back."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor.engine.graph import Node
from autotensor.engine.modes import call_out, set_grad_enabled
from autotensor.engine.storage import clock
from autotensor.engine.tensor import Tensor, method, raw, wrap

__all__ = ["RemovableHandle", "add_hook", "attend", "run_hooks"]


class RemovableHandle:
    """What registering a hook returns: ``remove()`` takes the hook off again.

    Attributes:
        id: the hook's number, under which ``hooks`` has it, and each of ``extra_dict``.
    """

    def __init__(self, hooks: dict[int, Any], *, extra_dict: Any = ()) -> None:
        extra = [extra_dict] if isinstance(extra_dict, dict) else extra_dict or ()
        self.id = next(clock)
        self._dicts = (hooks, *extra)

    def remove(self) -> None:
        for one in self._dicts:
            one.pop(self.id, None)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


def add_hook(hooks: dict[int, Any], hook: Any) -> RemovableHandle:
    """Puts ``hook`` last in ``hooks``."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


@method
def register_hook(self: Tensor, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
    """Calls ``hook(gradient)`` whenever the gradient of this Tensor is computed.

    What it returns, unless None, takes the gradient's place.
    """
    if not self.requires_grad:
        raise RuntimeError("register_hook: the Tensor does not require grad, so it would never run")
    if self.grad_fn is not None:
        return add_hook(self.grad_fn.note("hooks", {}), hook)
    self.hooks = self.hooks or {}
    return add_hook(self.hooks, hook)


@method
def retain_grad(self: Tensor) -> None:
    """Makes ``backward`` fill ``grad`` of this Tensor although it is not a leaf."""
    if not self.requires_grad:
        raise RuntimeError("retain_grad: the Tensor does not require grad")
    if self.grad_fn is not None:
        self.grad_fn.note("retain", weakref.ref(self))


def attend(node: Node, g: Any, create_graph: bool) -> Any:
    """Runs the hooks of ``node`` and keeps its gradient where that was asked for."""
    notes = node.notes or {}
    if "hooks" in notes:
        g = run_hooks(notes["hooks"], g, create_graph, repr(node))
    tensor = notes["retain"]() if "retain" in notes else None
    if tensor is not None:
        kept = g if create_graph else wrap(np.array(g))
        tensor._grad = kept if tensor._grad is None else tensor._grad + kept
    return g


def run_hooks(hooks: dict[int, Any], gradient: Any, create_graph: bool, where: str) -> Any:
    """``gradient`` as the hooks, one after the other, leave it."""
    for hook in list(hooks.values()):
        given = gradient if isinstance(gradient, Tensor) else wrap(np.asarray(gradient))
        with set_grad_enabled(create_graph):
            result = call_out(hook, given)
        if result is None:
            continue
        if not isinstance(result, Tensor) or result.shape != given.shape:
            raise RuntimeError(
                f"a hook on {where} must return None or a Tensor of shape {given.shape}, "
                f"got {getattr(result, 'shape', type(result).__name__)}"
            )
        gradient = result if create_graph else raw(result)
    return gradient
