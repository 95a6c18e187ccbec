"""The walk back through the graph: reverse-mode automatic differentiation.

``visit`` is the heart of it.  It goes through the nodes in *reverse topological order*, with no
recursion and no search beforehand: a node is numbered as it is recorded, so its inputs have smaller
numbers, and going from the newest to the oldest visits every consumer of a value before its
producer.  At each node it

1. takes the gradient that has been added up for the node's output,
2. runs the hooks there and keeps the gradient, where that was asked for,
3. reads what the rules have saved, refusing what was overwritten since,
4. applies each edge's rule, a vector-Jacobian product (VJP),
5. undoes broadcasting and casting, so that the gradient fits what it belongs to,
6. adds it to what is pending for the parent, and
7. lets go of the saved values, unless the graph is retained.

``g`` and the saved values are raw arrays, so a rule runs as plain NumPy; when a graph of the
derivative itself is wanted (``create_graph=True``) the *same* rule is given Tensors, and the
operators in it record themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np

from autotensor.engine.graph import Bundle, Node, parent_of
from autotensor.engine.hooks import attend, awaited, finish, run_hooks
from autotensor.engine.modes import enable_grad, modes, walks, watched
from autotensor.engine.tensor import Tensor, method, raw, wrap
from autotensor.kernels.sums import add_up
from autotensor.machine.error_state import ignored, numpy_errors
from autotensor.machine.threads import one_at_a_time
from autotensor.overlaps import touched

__all__ = [
    "as_list",
    "backward",
    "first_gradients",
    "fitted",
    "grad",
    "overwritten",
    "visit",
    "walk",
]

Gradients = dict[Any, Any]
"""By node or leaf: arrays, or Tensors with ``create_graph``."""
Heap = list[tuple[int, Node]]
"""Nodes behind their numbers with a minus: the newest comes first."""


# -- the walk --------------------------------------------------------------------------------------


def visit(
    pending: Gradients, heap: Heap, retain_graph: bool, create_graph: bool, wanted: Any = None
) -> tuple[Gradients, set[Any]]:
    """Goes back from what is ``pending``, see the head of this file.

    All steps stand in one function, because a call for each would cost as much as a small rule.

    Args:
        pending: the gradients to begin with.
        heap: the nodes among them.
        wanted: the set of nodes and leaves to find gradients for; None means every leaf.

    Returns:
        The gradient of each leaf (or wanted thing) reached, and the set of those whose array is
        borrowed: also in use elsewhere, to be copied before anyone may write to it.
    """
    needed, useful = (None, None) if wanted is None else _on_the_way(pending, heap, wanted)
    found, borrowed = dict[Any, Any](), set(pending)
    while heap:
        g = pending.pop(node := heappop(heap)[1])
        if node.notes is not None:
            g = attend(node, g, create_graph, pending if wanted is None else None)
        if node.value is not None and not create_graph:
            node.gradient = g if g.base is None else g.copy()
        if wanted is not None and node in wanted:
            found[node] = g
            borrowed.add(node)
        if needed is not None and node not in needed:
            continue
        edges, number, output, behind = node.edges, node.number, node.output, []
        holds_values = output is not None
        if edges is None or (holds_values and node.storage and node.storage.written > number):
            raise _unusable(node)
        for parent, rule, saved in edges:
            behind.append(parent)
            if useful is not None and parent not in useful:
                continue
            given: Any = saved and []
            for one in saved:
                if not isinstance(one, Tensor):
                    own = create_graph and one is output is not None
                    given.append(wrap(one, node) if own else one)
                    continue
                holds_values = True
                if (its := one._storage) and its.written > number and touched(one, number):
                    raise overwritten(node, "an input", one.array)
                given.append(one if create_graph else one.array)
            gradient = rule(g, *given) if given else rule(g)
            if gradient is None:
                continue
            of = parent if parent.__class__ is Node else parent.array
            if create_graph or gradient.shape != of.shape or gradient.dtype is not of.dtype:
                gradient = fitted(gradient, of.shape, of.dtype)
            if watched and modes().anomaly is not None:
                modes().anomaly.derived(node, rule, g, given, gradient)

            previous = pending.get(parent)
            if previous is None:
                pending[parent] = gradient
                if parent.__class__ is Node:
                    heappush(heap, (-parent.number, parent))
                # A rule gives a fresh array, or passes on the one it got, or a view of it.
                if create_graph or gradient is g or gradient.base is not None or type(g) is Bundle:
                    borrowed.add(parent)
            elif create_graph or parent in borrowed or not previous.shape:  # 0-d, or a Bundle
                pending[parent] = previous + gradient
                borrowed.discard(parent)
            else:
                np.add(previous, gradient, out=previous)
        if holds_values and not retain_graph:
            node.past, node.edges, node.output = behind, None, None
    for leaf in pending:
        if leaf.hooks is not None:
            _replace(leaf, pending, borrowed, create_graph)
    return found | pending, borrowed


def walk(
    roots: Sequence[Tensor],
    gradients: Sequence[Any],
    retain_graph: bool,
    create_graph: bool,
    wanted: Iterable[Any] | None = None,
) -> tuple[Gradients, set[Any]]:
    """``visit`` from several ``roots``, with one of ``gradients`` for each."""
    pending: Gradients = {}
    for root, gradient in zip(roots, gradients, strict=True):
        parent = parent_of(root)
        pending[parent] = pending[parent] + gradient if parent in pending else gradient
    heap = [(-one.number, one) for one in pending if one.__class__ is Node]
    heapify(heap)
    token = numpy_errors.set(ignored)
    try:
        only = None if wanted is None else set(wanted)
        if not create_graph:
            return visit(pending, heap, retain_graph, False, only)
        with enable_grad():
            return visit(pending, heap, retain_graph, True, only)
    finally:
        numpy_errors.reset(token)


def _on_the_way(pending: Gradients, heap: Heap, wanted: set[Any]) -> tuple[set[Any], set[Any]]:
    """The nodes through which a gradient reaches something wanted, and these with what is wanted;
    what is pending for others is dropped."""
    reached = {root for root in pending if root.__class__ is Node}
    stack = list(reached)
    while stack:
        for parent, _, _ in stack.pop().edges or ():
            if parent.__class__ is Node and parent not in reached:
                reached.add(parent)
                stack.append(parent)
    needed: set[Any] = set()
    for node in sorted(reached, key=lambda one: one.number):
        # What is wanted itself may be freed: nobody goes through it.
        if node.edges is None:
            needed |= {node} - wanted
        elif any(p in needed or p in wanted for p, _, _ in node.edges):
            needed.add(node)
    useful = needed | wanted
    for root in [one for one in pending if one not in useful]:
        del pending[root]
    heap[:] = [entry for entry in heap if entry[1] in useful]
    heapify(heap)
    return needed, useful


def unbroadcast(gradient: Any, shape: Any) -> Any:
    """Sums ``gradient`` over the dimensions along which a value of ``shape`` was broadcast."""
    extra = len(gradient.shape) - len(shape)
    if extra > 0:
        gradient = _total(gradient, tuple(range(extra)), False)
    pairs = enumerate(zip(gradient.shape[-len(shape) :], shape, strict=False))
    stretched = tuple(axis for axis, (have, want) in pairs if want == 1 and have != 1)
    if stretched and extra >= 0:
        gradient = _total(gradient, stretched, True)
    return gradient if gradient.shape == shape else gradient.reshape(shape)


def _total(gradient: Any, dims: tuple[int, ...], keepdim: bool) -> Any:
    if isinstance(gradient, Tensor):
        return gradient.sum(dims, keepdim)
    return add_up(gradient, dims, keepdim)


def fitted(gradient: Any, shape: Any, dtype: Any) -> Any:
    """``gradient`` in the shape and dtype of what it belongs to."""
    if raw(gradient).shape != shape:
        gradient = unbroadcast(gradient, shape)
    if raw(gradient).dtype == dtype:
        return gradient
    return gradient.to(dtype) if isinstance(gradient, Tensor) else gradient.astype(dtype)


def _replace(leaf: Tensor, found: Gradients, borrowed: set[Any], create_graph: bool) -> None:
    """Puts what the hooks of ``leaf`` make of its gradient in that one's place."""
    before = found[leaf]
    found[leaf] = run_hooks(leaf.hooks or {}, before, create_graph, f"leaf {leaf.shape}")
    if found[leaf] is not before:
        borrowed.add(leaf)


def _laid_out(gradient: Any, array: np.ndarray) -> np.ndarray:
    """A copy of the ``gradient`` of a leaf in that one's layout, for who asks for a ``view`` of it:
    in the order in which ``array`` lies in memory, row by row where that has gaps."""
    result = np.empty_like(array)
    if result.strides != array.strides:
        result = np.empty(array.shape, array.dtype)
    np.copyto(result, gradient)
    return result


# -- what stops it ---------------------------------------------------------------------------------


def _unusable(node: Node) -> RuntimeError:
    if node.edges is not None:
        return overwritten(node, "its output", node.output)
    return RuntimeError(
        f"backward: the graph behind {node!r} was already used and its saved values are freed; "
        "pass retain_graph=True to the first backward() or grad() if you need to go through it "
        "again"
    )


def overwritten(node: Node, what: str, array: Any, caller: str = "backward") -> RuntimeError:
    return RuntimeError(
        f"{caller}: {node!r} needs {what} (shape {array.shape}) as it was, but an in-place "
        "operation has modified it since; use the out-of-place form, or write to a clone()"
    )


# -- the ways in -----------------------------------------------------------------------------------


@method
def backward(
    self: Tensor,
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
        inputs: add up only in these Tensors; those that are no leaves retain their gradients from
            then on, as by ``retain_grad``.

    Raises:
        RuntimeError: this Tensor does not require grad, or is no scalar and has no ``gradient``, or
            its graph was freed, or a saved value was overwritten in place.

    Example:

        >>> w = at.tensor([1.0, 2.0], requires_grad=True)
        >>> loss = (w**2).sum()
        >>> loss.backward()
        >>> w.grad
        tensor([2., 4.])
        >>> (w * 3).backward(at.tensor([1.0, 10.0]))
        >>> w.grad  # added to what was there
        tensor([ 5., 34.])
    """
    if awaited and walks.waiting:
        finish(None)
    retain_graph = create_graph if retain_graph is None else retain_graph
    if self.view_of is not None:
        self.refresh()
    everyday = gradient is None and inputs is None and not create_graph
    if everyday and self._requires_grad and self.array.size == 1:
        start = np.empty(self.array.shape, self.array.dtype)
        start.fill(1)
        token = numpy_errors.set(ignored)
        try:
            node = self.node
            heap = [] if node is None else [(-node.number, node)]
            found, borrowed = visit({node or self: start}, heap, retain_graph, False)
        finally:
            numpy_errors.reset(token)
    else:
        first = first_gradients((self,), (gradient,), create_graph, "backward")
        wanted = None
        if inputs is not None:
            targets = as_list(inputs)
            if not targets:
                raise RuntimeError("backward: inputs is empty; leave it out to fill every leaf")
            _need_inputs(targets, "backward")
            for one in targets:
                one.retain_grad()  # for good, as in PyTorch; leaves are filled anyway
            wanted = [parent_of(one) for one in targets]
        found, borrowed = walk((self,), first, retain_graph, create_graph, wanted)
        found = {leaf: total for leaf, total in found.items() if leaf.__class__ is not Node}
    with one_at_a_time[0]:  # two threads may have come to the same leaf
        for leaf, total in found.items():
            if not leaf._requires_grad:  # frozen since it was used
                continue
            before = leaf._grad
            if create_graph:
                with enable_grad():  # never the Tensor that another leaf has, or that was given
                    leaf._grad = total.clone() if before is None else before + total
            elif before is None:
                array = leaf.array
                # NumPy makes bare scalars of 0-d results: those become arrays again.
                if leaf in borrowed or not total.shape or total.strides != array.strides:
                    total = _laid_out(total, array)
                leaf._grad = wrap(total)
            elif before.node is not None:
                leaf._grad = wrap(np.asarray(before.array + total))
            else:
                np.add(before.array, total, out=before.array)
                if before._storage is not None:
                    before.mark_written()
    if awaited and walks.waiting:
        finish(True, create_graph)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
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

    Example:

        >>> x = at.tensor(2.0, requires_grad=True)
        >>> y = x**3
        >>> (slope,) = at.autograd.grad(y, x, create_graph=True)
        >>> (curvature,) = at.autograd.grad(slope, x)
        >>> slope.item(), curvature.item(), x.grad
        (12.0, 12.0, None)
    """
    if is_grads_batched:
        raise NotImplementedError("grad: is_grads_batched is not supported; loop over the batch")
    outs, ins = as_list(outputs), as_list(inputs)
    given: list[Any] = [None] * len(outs) if grad_outputs is None else as_list(grad_outputs)
    if len(given) != len(outs):
        raise RuntimeError(f"grad: got {len(given)} grad_outputs for {len(outs)} outputs")
    if allow_unused is None:
        allow_unused = materialize_grads
    if not ins:
        raise RuntimeError("grad: inputs is empty; name what to differentiate by")
    _need_inputs(ins, "grad")
    first = first_gradients(outs, given, create_graph, "grad")
    wanted = [parent_of(one) for one in ins]
    keep = create_graph if retain_graph is None else retain_graph
    if awaited and walks.waiting:
        finish(None)
    found, borrowed = walk(outs, first, keep, create_graph, wanted)
    results: list[Tensor | None] = []
    for position, (one, parent) in enumerate(zip(ins, wanted, strict=True)):
        total = found.get(parent)
        if total is not None:
            copy = parent in borrowed or not total.shape
            results.append(total if create_graph else wrap(np.array(total) if copy else total))
            borrowed.add(parent)
        elif allow_unused:
            zeros = wrap(np.zeros_like(one.array)).requires_grad_(create_graph)
            results.append(zeros if materialize_grads else None)
        else:
            raise RuntimeError(
                f"grad: input {position} of shape {one.shape} was not used to compute the "
                "outputs; pass allow_unused=True if None is what you want there"
            )
    if awaited and walks.waiting:
        finish(False, create_graph)
    return tuple(results)


def first_gradients(
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
        shape, dtype = output.array.shape, output.array.dtype
        if gradient is None:
            if output.array.size != 1:
                raise RuntimeError(
                    f"{caller}: a gradient can be left out only for a scalar, but the output has "
                    f"shape {shape}; reduce it, e.g. with .sum(), or pass its gradient"
                )
            gradient = wrap(np.ones(shape, dtype))
        if not isinstance(gradient, Tensor):
            raise TypeError(
                f"{caller}: the gradient must be a Tensor or None, got {type(gradient).__name__}"
            )
        if gradient.array.shape != shape:
            raise RuntimeError(
                f"{caller}: the gradient has shape {gradient.array.shape} but the output has "
                f"shape {shape}"
            )
        first.append(gradient if create_graph else gradient.array.astype(dtype, copy=False))
    return first


def as_list(tensors: Any) -> list[Any]:
    """A Tensor as the only thing in a list, or several as a list."""
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


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
