"""A function linearized at a point: VJPs, JVPs and Jacobians from one call of it.

This is what ``derivatives`` (``torch.func``) and ``point_derivatives``
(``torch.autograd.functional``) are made of.

The function gets *stand-ins* for its inputs, so that a derivative by an input means by this use of
it alone, however the input is connected otherwise.  That is all it takes for transforms to nest:
the stand-in of an input that is itself in a graph is in that graph too, and the derivatives found
are recorded if anything outside of the call is there to be differentiated by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np

from autotensor.creation import zeros
from autotensor.engine.backward import walk
from autotensor.engine.graph import Node, parent_of, record
from autotensor.engine.modes import enable_grad, modes, scope
from autotensor.engine.storage import clock, storage_of
from autotensor.engine.tensor import Tensor, wrap
from autotensor.operators.structure.joining import stack
from autotensor.transforms.trees import tree_flatten


class Linearization:
    """The inputs and outputs of one call of a function, and the ways through its graph.

    Who makes one calls the function with the stand-ins, while gradients are enabled, and hands what
    it returns to ``end_in``.

    Args:
        inputs: what to differentiate by: a tree of Tensors.  Derivatives by them may be recorded
            if gradients are enabled here.
        written: let the function write to its arguments in place, as in PyTorch's forward mode;
            that writes to ``inputs``.

    Attributes:
        inputs: their stand-ins, the leaves of the tree ``input_structure``.
        outputs: what the function gave, the leaves of the tree ``output_structure``.
    """

    def __init__(self, inputs: Any, written: bool = False) -> None:
        self._written = written
        self._follow = modes().grad_enabled
        # All that is recorded from now on has a higher number.
        self._start = next(clock)
        self._leaves: list[Tensor] = []
        self._targets: dict[int, ref[Tensor]] = {}
        leaves, self.input_structure = tree_flatten(inputs)
        self.inputs = [self._stand_in(one) for one in leaves]
        self._wanted = [parent_of(one) for one in self.inputs]

    def _stand_in(self, tensor: Tensor) -> Tensor:
        if self._follow and tensor.requires_grad:
            with enable_grad():
                return tensor.view(tensor.shape)
        leaf = self._leaf(tensor.detach())
        if not self._written:
            return leaf
        computed = record(leaf.array, "alias", ((leaf, _unchanged, ()),))
        computed._storage = storage_of(leaf)
        return computed

    def _leaf(self, tensor: Tensor) -> Tensor:
        self._leaves.append(tensor.requires_grad_())
        return tensor

    def end_in(self, returned: Any) -> None:
        """Takes what the function returned: a tree of Tensors."""
        self.outputs, self.output_structure = tree_flatten(returned)
        self._active = [index for index, one in enumerate(self.outputs) if one.requires_grad]
        self._retire()
        self._outside = self._follow and self._reaches_out(self.outputs)

    def _retire(self) -> None:
        """Marks own leaves: nobody outside waits for a gradient there."""
        for leaf in self._leaves:
            leaf.__class__ = _Retired
        self._leaves = []

    def _reaches_out(self, tensors: Sequence[Tensor]) -> bool:
        """Whether some of ``tensors`` were computed from what requires a gradient outside."""
        behind = {parent_of(one) for one in tensors}
        seen = set()
        while behind:
            one = behind.pop()
            seen.add(one)
            if one.__class__ is not Node:
                if one.requires_grad and one.__class__ is not _Retired:
                    return True
            elif one.number < self._start:
                if _leads_out(one):
                    return True
            else:
                behind |= set(one.parents) - seen
        return False

    @contextmanager
    def watching_writes(self) -> Iterator[None]:
        """Around the call of a function that may write to what was there before."""
        scope.enter(self, {"write_guards": (*modes().write_guards, self._note_write)})
        try:
            yield
        except BaseException:
            self._retire()
            self._let_go_of_targets()
            raise
        finally:
            scope.leave(self)

    def _note_write(self, target: Tensor, name: str) -> None:
        base = target if target.view_of is None else target.view_of.base
        self._targets[id(base)] = ref(base)

    def let_go(self) -> None:
        """Takes what the function has written to, and what is still there, out of a graph that
        leads to nothing but own leaves.  It keeps its values."""
        self.outputs = [self._apart(one) for one in self.outputs]
        self._let_go_of_targets()

    def _let_go_of_targets(self) -> None:
        for alive in self._targets.values():
            base = alive()
            if base is not None and base.requires_grad and not self._reaches_out([base]):
                base.node = None
                base._requires_grad = False
                storage_of(base).generation += 1  # tells its views
        self._targets.clear()

    def _apart(self, output: Tensor) -> Tensor:
        """``output``, or if it was written to, a Tensor in its place in the graph."""
        base = output if output.view_of is None else output.view_of.base
        if not output.requires_grad or id(base) not in self._targets or output.made_by is None:
            return output
        twin = wrap(output.array, output.made_by)
        twin._storage = output._storage
        return twin

    # -- what the caller gets ----------------------------------------------------------------------

    def closed(self, tree: Any) -> Any:
        """``tree`` as the caller may have it: Tensors that depend on nothing outside, without their
        graph."""
        leaves, structure = tree_flatten(tree)
        return structure.rebuild(map(self._close, leaves))

    def _close(self, value: Any) -> Any:
        if not isinstance(value, Tensor) or not value.requires_grad:
            return value
        return self._alive(value) if self._follow else value.detach()

    def _alive(self, value: Tensor) -> Tensor:
        return value if self._reaches_out([value]) else value.detach()

    def like_inputs(self, found: Sequence[Any], in_front: tuple[int, ...] = ()) -> Any:
        """One value for each input, of its shape and more ``in_front``, as a tree; None is zero."""
        return self.input_structure.rebuild(_filled(found, self.inputs, in_front))

    def like_outputs(self, found: Sequence[Any]) -> Any:
        """One value for each output, as a tree; None is zero."""
        return self.output_structure.rebuild(_filled(found, self.outputs))

    def like_jacobian(self, rows: Sequence[Sequence[Any]]) -> Any:
        """One value for each output and input: a tree of trees; None is zero."""
        return self.output_structure.rebuild(
            self.like_inputs(row, output.shape)
            for row, output in zip(rows, self.outputs, strict=True)
        )

    # -- the ways through the graph ----------------------------------------------------------------

    def pull(self, gradients: Sequence[Tensor], retain: bool = False) -> list[Any]:
        """The VJP: the gradient of each input, given those of the outputs; None where it does not
        matter."""
        roots = [self.outputs[index] for index in self._active]
        given = [gradients[index] for index in self._active]
        return self._through(roots, given, self._wanted, retain)

    def _through(
        self, roots: list[Tensor], gradients: list[Tensor], wanted: list[Any], retain: bool
    ) -> list[Any]:
        reached = self._outside or any(one.requires_grad for one in gradients)
        create = modes().grad_enabled and reached
        pairs = zip(gradients, roots, strict=True)
        cast = [one if one.dtype == root.dtype else one.to(root.dtype) for one, root in pairs]
        first = cast if create else [one.array for one in cast]
        found, borrowed = walk(roots, first, retain or self._outside or create, create, wanted)
        if create:
            return [self._alive(found[one]) if one in found else None for one in wanted]
        return [_wrapped(found.get(one), one in borrowed) for one in wanted]

    def push(self) -> Callable[[Sequence[Tensor]], list[Any]]:
        """The JVP: a function from tangents of the inputs to those of the outputs (None for zero).

        The gradient of the inputs is a linear function of the gradient ``u`` of the outputs, Jᵀ u.
        So its own gradient by ``u``, given ``t``, is J t: two ways back make one forward.
        """
        roots = [self.outputs[index] for index in self._active]
        starts = [self._leaf(wrap(np.zeros(one.shape, one.dtype))) for one in roots]
        with enable_grad():
            found, _ = walk(roots, starts, True, True, self._wanted)
        pulled = enumerate(found.get(one) for one in self._wanted)
        ends = {at: one for at, one in pulled if one is not None and one.requires_grad}
        self._retire()

        def push(tangents: Sequence[Tensor]) -> list[Any]:
            given = [tangents[at] for at in ends]
            found = self._through(list(ends.values()), given, list(starts), retain=True)
            pushed = dict(zip(self._active, found, strict=True))
            return [pushed.get(index) for index in range(len(self.outputs))]

        return push

    def rows(self) -> list[list[Any]]:
        """The Jacobian by VJPs, row by row: for each output and input the derivatives, of shape
        ``(*output, *input)``; None where an output does not depend on an input."""
        found: list[list[Any]] = []
        for index, output in enumerate(self.outputs):
            # Nobody keeps a seed that is not recorded, but a recorded one stays in a graph.
            rows = [
                self._through([output], [seed], self._wanted, retain=True)
                for seed in (_one_hots(output) if index in self._active else ())
            ]
            sources = enumerate(self.inputs)
            found.append([_stacked_rows(rows, at, output, source) for at, source in sources])
        return found

    def columns(self) -> list[list[Tensor]]:
        """The same by JVPs, column by column, with zeros for None."""
        push = self.push()
        by_input = []
        for position, source in enumerate(self.inputs):
            tangents = [zeros(one.shape, dtype=one.dtype) for one in self.inputs]
            pushed = []
            for one_hot in _one_hots(source):
                tangents[position] = one_hot
                pushed.append(_filled(push(tangents), self.outputs))
            outputs = enumerate(self.outputs)
            by_input.append([_stacked_columns(pushed, at, one, source) for at, one in outputs])
        return [[column[number] for column in by_input] for number in range(len(self.outputs))]


_ends: WeakKeyDictionary[Node, ref[Tensor]] = WeakKeyDictionary()
"""For nodes that were asked about, a leaf that they lead to."""


def _leads_out(node: Node) -> bool:
    """Whether ``node``, which is older than a linearization, leads to a leaf that somebody waits
    for; that of another linearization, which ``vjp_fn`` keeps, leads to retired leaves alone."""
    behind, seen = [node], {node}
    while behind:
        one: Any = behind.pop()
        if one.__class__ is Node:
            known = _ends.get(one)
            new = set(one.parents) - seen
            behind += new
            seen |= new
            one = None if known is None else known()
        if one is not None and one.requires_grad and one.__class__ is not _Retired:
            _ends[node] = ref(one)
            return True
    return False


def _unchanged(g: Any) -> Any:
    return g


class _Retired(Tensor):
    """A leaf of a linearization that is over.  Graphs may still lead to it, and it still requires a
    gradient, for a checkpoint may have to record once more what was computed from it."""

    __slots__ = ()


def _wrapped(gradient: Any, borrowed: bool) -> Any:
    if gradient is None:
        return None
    # NumPy makes bare scalars of 0-d results: those become arrays again.
    return wrap(np.array(gradient) if borrowed or not gradient.shape else gradient)


def _filled(
    values: Sequence[Any], like: Sequence[Tensor], in_front: tuple[int, ...] = ()
) -> list[Tensor]:
    """``values`` with zeros for None."""
    return [
        zeros(in_front + source.shape, dtype=source.dtype) if one is None else one
        for one, source in zip(values, like, strict=True)
    ]


def _one_hots(like: Tensor) -> Iterator[Tensor]:
    """For each element a Tensor that is 1 there and else 0."""
    for element in np.ndindex(like.shape):
        array = np.zeros(like.shape, like.dtype)
        array[element] = 1
        yield wrap(array)


def _stacked_rows(rows: list[Any], at: int, output: Tensor, source: Tensor) -> Tensor | None:
    derivatives = [row[at] for row in rows]
    if all(one is None for one in derivatives):
        return None
    return stack(_filled(derivatives, [source] * len(rows))).reshape(output.shape + source.shape)


def _stacked_columns(columns: list[Any], at: int, output: Tensor, source: Tensor) -> Tensor:
    shape = output.shape + source.shape
    derivatives = [column[at] for column in columns]
    return stack(derivatives, -1).reshape(shape) if columns else zeros(shape, dtype=output.dtype)
