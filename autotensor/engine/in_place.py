"""Views and writing in place: how a write reaches the history of all that shares the memory.

An in-place operator is computed out of place, copied into the memory, and the Tensor takes over the
new history (``take_over``).  A view remembers how it was made (``View.step``); a write through it
gives its base a new node, whose gradient is that of the base outside of what the view shows
(``_outside``) plus that of what was written (``_inside``).  Other views notice by the storage's
``generation`` and replay themselves.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.graph import Edge, parent_of, record
from autotensor.engine.modes import modes
from autotensor.engine.storage import Storage, View, storage_of
from autotensor.engine.tensor import Tensor, method, wrap
from autotensor.machine.error_state import silent
from autotensor.overlaps import clear, unlock

__all__ = [
    "assign", "in_place", "keep_output", "need_castable", "need_writable", "refuse_unseen",
    "share_memory", "take_over",
]  # fmt: skip


def share_memory(out: Tensor, call: Callable[..., Any], source: Tensor, *rest: Any) -> None:
    """Ties ``out``, which is ``call(source, *rest)``, to ``source`` if it is a view of it, so that
    a write to either is seen by both."""
    if not np.may_share_memory(out.array, source.array):
        return
    storage = out._storage = storage_of(source)
    before = source.view_of
    base = source if before is None else before.base
    out.view_of = View(base, lambda base: call(base, *rest), storage.generation, before)


def in_place(compute: Callable[..., Any], name: str | None = None) -> Callable[..., Tensor]:
    """The in-place form of an operator: ``add_`` for ``add``, which writes into its first argument.

    The value is computed (and recorded) out of place, copied into the memory, and the Tensor takes
    over the new history.  So every in-place operator has the derivative of the ordinary one, and a
    write through a view reaches the history of its base.
    """
    title = name or compute.__name__ + "_"

    def write(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        before = input
        if modes().grad_enabled and any(
            isinstance(one, Tensor) and one.requires_grad for one in (input, *args)
        ):
            before = _as_it_was(input)
            args = tuple(before if one is input else one for one in args)
        return assign(input, compute(before, *args, **kwargs), title)

    return named(write, title, compute)


def named(form: Any, title: str, compute: Callable[..., Any]) -> Any:
    form.__name__ = form.__qualname__ = title
    form.__module__ = compute.__module__
    form.__doc__ = (
        f"In-place form of ``{compute.__name__.strip('_')}``; returns this Tensor.\n\n"
        + inspect.cleandoc(compute.__doc__ or "")
    )
    form.__wrapped__ = compute  # where ``inspect.signature`` and ``help`` find the arguments
    return form


@method
def detach_(input: Tensor) -> Tensor:
    """Takes this Tensor out of the graph, in place.

    Raises:
        RuntimeError: it is a view.

    Example:

        >>> x = at.ones(2, requires_grad=True)
        >>> y = x * 2
        >>> y.detach_().requires_grad
        False
    """
    if input.view_of is not None:
        raise RuntimeError("detach_: cannot detach a view in place; use detach()")
    input.node = None
    input._requires_grad = False
    return input


OUTPUT_MAY_CHANGE = {"erfinv", "max_pool", "pow"}
"""Operators whose output PyTorch lets be written to, for its rules do not need it; ours may."""


def _as_it_was(tensor: Tensor) -> Tensor:
    """A stand-in for ``tensor`` with a copy of its values: a rule may need them after the write."""
    before = wrap(tensor.array.copy(), tensor.made_by)
    before._storage = Storage()  # not the node's, whose output lies in the memory to be written
    before._requires_grad = tensor._requires_grad
    return before


def keep_output(tensor: Tensor) -> None:
    """Before a write to what one of ``OUTPUT_MAY_CHANGE`` made: gives its rule a copy."""
    base = tensor if tensor.view_of is None else tensor.view_of.base
    node, array = base.node, base.array
    if node is None or node.output is not array or node.name not in OUTPUT_MAY_CHANGE:
        return
    if node.edges and not (node.storage and node.storage.written > node.number):
        node.output = kept = array.copy()
        storage_of(base, shared=False)
        node.storage = None  # its output no longer lies in the memory to be written
        node.edges = [
            (parent, rule, tuple(kept if one is array else one for one in saved))
            for parent, rule, saved in node.edges
        ]


def assign(target: Tensor, value: Any, name: str) -> Tensor:
    """Writes ``value`` into the memory of ``target`` and gives ``target`` its history."""
    if not isinstance(target, Tensor):
        raise TypeError(f"{name}: input must be a Tensor, got {type(target).__name__}")
    if not isinstance(value, Tensor):
        value = wrap(np.asarray(value))
    array = target.array
    if value.array.shape != array.shape:
        raise RuntimeError(
            f"{name}: the result has shape {value.array.shape}, which does not fit in the Tensor "
            f"of shape {array.shape} that it should be written to"
        )
    need_castable(target, value, name)
    need_writable(target, name)
    enabled, view = modes().grad_enabled, target.view_of
    recording = enabled and (target.requires_grad or value._requires_grad)
    if recording or (enabled and view is not None and view.base._requires_grad):
        refuse_unseen(target, name)
    keep_output(target)
    silent().run(np.copyto, array, value.array, "unsafe")
    if recording:
        take_over(target, value, name)
    target.mark_written()
    return target


def need_castable(target: Tensor, value: Tensor, name: str) -> None:
    """Refuses a write of numbers to a Tensor whose dtype is not of their kind or a wider one."""
    if dtypes.category(value.array.dtype) > dtypes.category(target.array.dtype):
        raise RuntimeError(
            f"{name}: the result has dtype {value.array.dtype}, which cannot be written to a "
            f"Tensor of dtype {target.array.dtype}; convert one of them first"
        )


def need_writable(target: Tensor, name: str) -> None:
    """Refuses a write to memory that is read-only, or that a guard minds."""
    if not (target.array.flags.writeable or unlock(target)):
        raise RuntimeError(
            f"{name}: the Tensor shares memory between its elements (expand) or is read-only; "
            "clone() it before writing"
        )
    for guard in modes().write_guards:
        guard(target, name)


def refuse_unseen(target: Tensor, name: str) -> None:
    """Refuses to record a write to ``target`` where its base's gradient would not know of it."""
    base = target if target.view_of is None else target.view_of.base
    # A view with a gradient of a base without a node comes from a leaf, maybe one between them.
    if any(one._requires_grad and not (one.node and base.node) for one in (base, target)):
        what = "a leaf Tensor" if base is target else "a view of a leaf Tensor"
        raise RuntimeError(
            f"{name}: {what} that requires grad is being written in place; do it under no_grad(), "
            "or on a clone()"
        )
    if base._requires_grad and not target._requires_grad:
        raise RuntimeError(
            f"{name}: a view that was made under no_grad() is being written with gradients "
            "enabled, and the gradient of its base would not know; do both in the same mode"
        )
    if target.array.dtype.kind != "f":
        raise RuntimeError(
            f"{name}: a Tensor of dtype {target.array.dtype} cannot hold a value that requires grad"
        )
    if target.view_of is not None:
        target.view_of.replay()  # raises if it cannot be made again


def take_over(target: Tensor, value: Tensor, name: str) -> None:
    """Gives ``target`` the history of ``value``; a view passes it on to its base.  What no gradient
    passes through leaves a Tensor in the graph, with zeros for what it was."""
    if value._requires_grad and value.node is None:
        value = record(value.array, name, ((value, lambda g: g, ()),))
    storage_of(target, shared=False).generation += 1
    if (view := target.view_of) is None and value._requires_grad:
        target.move_to(value.node)
        target._requires_grad = True
        return
    base, replay = (view.base, view.replay()) if view else (target, lambda base: base)
    edges: list[Edge] = []
    if base._requires_grad:
        edges.append((parent_of(base), _outside, (replay, base.array)))
    if value._requires_grad:
        edges.append((parent_of(value), _inside, (replay,)))
    base.move_to(record(base.array, name, edges).node)
    base._requires_grad = True
    target.refresh()


def _inside(g: Any, replay: Callable[[Any], Any]) -> Any:
    """The part of ``g`` that a view shows."""
    return replay(g)


def _outside(g: Any, replay: Callable[[Any], Any], like: np.ndarray) -> Any:
    """``g`` with zeros where a view shows it."""
    if isinstance(g, Tensor):
        return g.masked_fill(wrap(_outside(np.ones_like(g.array), replay, like) == 0), 0)
    # The layout of the written memory, because ``replay`` must give a view of this copy.
    rest = np.empty_like(like)
    rest[...] = g
    region = replay(rest)
    if not np.may_share_memory(region, rest):
        index = replay(np.arange(rest.size).reshape(rest.shape))
        rest = np.array(g)
        rest.reshape(-1)[index] = 0
        return rest
    clear(region)
    return rest
