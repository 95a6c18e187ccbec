"""TODO."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np

from autotensor.engine.graph import Bundle, Node, parent_of
from autotensor.engine.hooks import _attend, _run_hooks
from autotensor.engine.modes import enable_grad, modes
from autotensor.engine.tensor import Tensor, raw, wrap
from autotensor.machine.error_state import ignored, numpy_errors

__all__ = ["backward", "grad", "walk"]


def unbroadcast(gradient: Any, shape: Any) -> Any:
    """Sums ``gradient`` over the dimensions along which a value of ``shape`` was broadcast."""
    given = gradient.shape
    extra = len(given) - len(shape)
    total = _total if gradient.__class__ is np.ndarray else type(gradient).sum
    if extra > 0:
        gradient = total(gradient, tuple(range(extra)), False)
    stretched = tuple(
        axis
        for axis, (have, want) in enumerate(zip(gradient.shape[-len(shape) :], shape, strict=False))
        if want == 1 and have != 1
    )
    if stretched and extra >= 0:
        gradient = total(gradient, stretched, True)
    return gradient if gradient.shape == shape else gradient.reshape(shape)


def _total(gradient: Any, dims: tuple[int, ...], keepdim: bool) -> np.ndarray:
    # NumPy's annotations know keepdims only as a literal.
    return np.add.reduce(gradient, axis=dims, keepdims=keepdim)  # type: ignore[call-overload]


def walk(
    roots: Sequence[Tensor],
    gradients: Sequence[Any],
    retain_graph: bool,
    create_graph: bool,
    wanted: Sequence[Any] | None = None,
) -> tuple[dict[Any, Any], set[Any]]:
    """Takes the gradients of ``roots`` back through the graph.

    Args:
        gradients: one for each root; arrays, or Tensors with ``create_graph``.
        wanted: the nodes and leaves to find gradients for; None means every leaf.

    Returns:
        The gradient of each leaf (or wanted thing) reached, and the set of those whose array is
        borrowed: also in use elsewhere, to be copied before anyone may write to it.
    """
    needed: Any = None
    captured: Any = None
    if wanted is not None:
        captured = set(wanted)
        needed = _on_the_way(roots, captured)
    pending: dict[Any, Any] = {}
    borrowed: set[Any] = set()
    found: dict[Any, Any] = {}
    heap: list[tuple[int, Node]] = []
    for root, gradient in zip(roots, gradients, strict=True):
        parent = root if root.node is None else root.node
        if parent in pending:
            pending[parent] = pending[parent] + gradient
        elif needed is None or parent in needed or parent in captured:
            pending[parent] = gradient
            borrowed.add(parent)
            if parent.__class__ is Node:
                heappush(heap, (-parent.number, parent))
    anomaly = modes.anomaly
    token = numpy_errors.set(ignored)
    try:
        while heap:
            node = heappop(heap)[1]
            g = pending.pop(node)
            if node.notes is not None:
                g = _attend(node, g, create_graph)
            if captured is not None:
                if node in captured:
                    found[node] = g
                    borrowed.add(node)
                if node not in needed:
                    continue
            edges = node.edges
            if edges is None:
                raise RuntimeError(
                    f"backward: the graph behind {node!r} was already used and its saved values "
                    "are freed; pass retain_graph=True to the first backward() or grad() if you "
                    "need to go through it again"
                )
            number = node.number
            output = node.output
            kept = output is not None
            if kept and node.storage is not None and node.storage.written > number:
                raise _overwritten(node, "its output", output)
            for parent, rule, saved in edges:
                if needed is not None and parent not in needed and parent not in captured:
                    continue
                if saved:
                    values = []
                    for value in saved:
                        if isinstance(value, Tensor):
                            kept = True
                            if value.storage is not None and value.storage.written > number:
                                raise _overwritten(node, "an input", value.array)
                            if not create_graph:
                                value = value.array
                        elif create_graph and value is output and output is not None:
                            value = wrap(output)
                            value.node = node
                            value._requires_grad = True
                        values.append(value)
                    gradient = rule(g, *values)
                else:
                    gradient = rule(g)
                if gradient is None:
                    continue
                if parent.__class__ is Node:
                    shape, dtype = parent.shape, parent.dtype
                else:
                    shape, dtype = parent.array.shape, parent.array.dtype
                if gradient.shape != shape:
                    gradient = unbroadcast(gradient, shape)
                if gradient.dtype is not dtype and gradient.dtype != dtype:
                    gradient = (
                        gradient.to(dtype)
                        if isinstance(gradient, Tensor)
                        else gradient.astype(dtype)
                    )
                if anomaly:
                    _look_for_nan(node, gradient)
                previous = pending.get(parent)
                if previous is None:
                    pending[parent] = gradient
                    if parent.__class__ is Node:
                        heappush(heap, (-parent.number, parent))
                    # A rule gives a fresh array, or passes on the one it got (or one of a Bundle),
                    # or a view of it.
                    if (
                        gradient is g
                        or create_graph
                        or gradient.base is not None
                        or g.__class__ is Bundle
                    ):
                        borrowed.add(parent)
                elif parent in borrowed or not previous.shape:  # a bare scalar or a Bundle
                    pending[parent] = previous + gradient
                    if not create_graph:
                        borrowed.discard(parent)
                else:
                    np.add(previous, gradient, out=previous)
            if kept and not retain_graph:
                node.edges = None
                node.output = None
        for leaf, gradient in pending.items():
            if leaf.hooks is not None:
                replaced = _run_hooks(leaf.hooks, gradient, create_graph, f"leaf {leaf.shape}")
                if replaced is not gradient:
                    gradient = replaced
                    borrowed.add(leaf)
            found[leaf] = gradient
    finally:
        numpy_errors.reset(token)
    return found, borrowed


def _on_the_way(roots: Sequence[Tensor], wanted: set[Any]) -> set[Any]:
    """The nodes through which a gradient reaches something wanted."""
    reached = {root.node for root in roots if root.node is not None}
    stack = list(reached)
    while stack:
        for parent, _, _ in stack.pop().edges or ():
            if parent.__class__ is Node and parent not in reached:
                reached.add(parent)
                stack.append(parent)
    needed: set[Any] = set()
    for node in sorted(reached, key=lambda one: one.number):
        if node.edges is None or any(p in needed or p in wanted for p, _, _ in node.edges):
            needed.add(node)
    return needed


def _overwritten(node: Node, what: str, array: Any) -> RuntimeError:
    return RuntimeError(
        f"backward: {node!r} needs {what} (shape {array.shape}) as it was, but an in-place "
        "operation has modified it since; use the out-of-place form, or write to a clone()"
    )


def _look_for_nan(node: Node, gradient: Any) -> None:
    array = raw(gradient)
    if modes.check_nan and isinstance(array, np.ndarray) and np.isnan(array).any():
        trace = (node.notes or {}).get("trace")
        where = f"; it was recorded here:\n{trace}" if trace else ""
        raise RuntimeError(f"backward: {node!r} returned nan values{where}")


def _first_gradients(
    outputs: Sequence[Tensor], given: Sequence[Any], create_graph: bool, caller: str
) -> list[Any]:
    """What the walk starts from: the gradients given, or 1 for each one-element output."""
    first = []
    for output, gradient in zip(outputs, given, strict=True):
        if not isinstance(output, Tensor):
            raise TypeError(f"{caller}: expected a Tensor, got {type(output).__name__}")
        if not output.requires_grad:
            raise RuntimeError(
                f"{caller}: the Tensor of shape {output.shape} does not require grad and has no "
                "grad_fn; set requires_grad=True on an input before computing it"
            )
        array = output.array
        if gradient is None:
            if array.size != 1:
                raise RuntimeError(
                    f"{caller}: a gradient can be left out only for a scalar, but the output has "
                    f"shape {array.shape}; reduce it, e.g. with .sum(), or pass its gradient"
                )
            start = np.empty(array.shape, array.dtype)
            start.fill(1)
            first.append(wrap(start) if create_graph else start)
            continue
        if not isinstance(gradient, Tensor):
            raise TypeError(
                f"{caller}: the gradient must be a Tensor or None, got {type(gradient).__name__}"
            )
        if gradient.array.shape != array.shape:
            raise RuntimeError(
                f"{caller}: the gradient has shape {gradient.array.shape} but the output has "
                f"shape {array.shape}"
            )
        first.append(gradient if create_graph else gradient.array.astype(array.dtype, copy=False))
    return first


def _need_inputs(inputs: Sequence[Any], caller: str) -> None:
    """Refuses inputs that no gradient can go to."""
    for position, one in enumerate(inputs):
        if not isinstance(one, Tensor):
            raise TypeError(
                f"{caller}: input {position} must be a Tensor, got {type(one).__name__}"
            )
        if not one.requires_grad:
            raise RuntimeError(
                f"{caller}: input {position} of shape {one.shape} does not require grad"
            )


def backward(
    tensor: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Adds the gradient of this Tensor to the ``grad`` of every leaf that it was computed from.

    Args:
        gradient: the gradient of some scalar with respect to this Tensor, same shape; may be left
            out for a scalar, where it is 1.
        retain_graph: keep what the operators saved, so that the graph can be used again; by
            default the value of ``create_graph``.
        create_graph: record the derivative itself, so that it can be differentiated.
        inputs: add up only in these Tensors.

    Raises:
        RuntimeError: this Tensor does not require grad, or is no scalar and has no ``gradient``, or
            its graph was freed, or a saved value was overwritten in place.
    """
    if retain_graph is None:
        retain_graph = create_graph
    if tensor.view_of is not None:
        tensor.refresh()
    if gradient is None and not create_graph and tensor._requires_grad and tensor.array.size == 1:
        start = np.empty(tensor.array.shape, tensor.array.dtype)
        start.fill(1)
        first = [start]
    else:
        first = _first_gradients((tensor,), (gradient,), create_graph, "backward")
    wanted = None
    if inputs is not None:
        targets = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        if not targets:
            raise RuntimeError("backward: inputs is empty; leave it out to fill every leaf")
        _need_inputs(targets, "backward")
        wanted = [parent_of(one) for one in targets]
    if create_graph:
        with enable_grad():
            found, borrowed = walk((tensor,), first, retain_graph, True, wanted)
    else:
        found, borrowed = walk((tensor,), first, retain_graph, False, wanted)
    if wanted is not None:
        found = {
            target: found[parent]
            for target, parent in zip(targets, wanted, strict=True)
            if parent in found
        }
        borrowed = set(found)
    for leaf, total in found.items():
        before = leaf._grad
        if create_graph:
            leaf._grad = total if before is None else before + total
        elif before is None:
            # NumPy makes bare scalars of 0-d results: those become arrays again.
            leaf._grad = wrap(np.array(total) if leaf in borrowed or not total.shape else total)
        elif before.node is not None:
            leaf._grad = wrap(np.asarray(before.array + total))
        else:
            np.add(before.array, total, out=before.array)
            if before.storage is not None:
                before.mark_written()


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of the sum of ``outputs`` (weighted by ``grad_outputs``) by each input.

    Nothing is added to any ``grad``.

    Args:
        outputs, inputs: a Tensor or several; inputs may be leaves or computed.
        grad_outputs: one gradient for each output, same shape; None for a scalar's 1.
        retain_graph, create_graph: as for ``backward``.
        allow_unused: give None for an input that the outputs do not depend on, instead of raising.
        materialize_grads: give zeros instead of None.

    Raises:
        RuntimeError: as ``backward``; or an input does not require grad, or is unused.
    """
    if is_grads_batched:
        raise NotImplementedError("grad: is_grads_batched is not supported; loop over the batch")
    outs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    ins = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if isinstance(grad_outputs, Tensor) or grad_outputs is None:
        given: list[Any] = [grad_outputs] * len(outs) if grad_outputs is None else [grad_outputs]
    else:
        given = list(grad_outputs)
    if len(given) != len(outs):
        raise RuntimeError(f"grad: got {len(given)} grad_outputs for {len(outs)} outputs")
    if allow_unused is None:
        allow_unused = materialize_grads
    _need_inputs(ins, "grad")
    if retain_graph is None:
        retain_graph = create_graph
    first = _first_gradients(outs, given, create_graph, "grad")
    wanted = [parent_of(one) for one in ins]
    if create_graph:
        with enable_grad():
            found, borrowed = walk(outs, first, retain_graph, True, wanted)
    else:
        found, borrowed = walk(outs, first, retain_graph, False, wanted)
    results: list[Tensor | None] = []
    given_out: set[Any] = set()
    for position, (one, parent) in enumerate(zip(ins, wanted, strict=True)):
        total = found.get(parent)
        if total is None:
            if not allow_unused:
                raise RuntimeError(
                    f"grad: input {position} of shape {one.shape} was not used to compute the "
                    "outputs; pass allow_unused=True if None is what you want there"
                )
            results.append(wrap(np.zeros_like(one.array)) if materialize_grads else None)
        elif create_graph:
            results.append(total)
        else:
            copy = parent in borrowed or parent in given_out or not total.shape
            results.append(wrap(np.array(total) if copy else total))
            given_out.add(parent)
    return tuple(results)
