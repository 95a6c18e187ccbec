"""A function evaluated for the sake of its derivatives: what ``func`` and ``autograd.functional``
are made of.

The function gets *stand-ins* for its inputs, so that a derivative by an input means by this use of
it alone, however the input is connected otherwise.  That is all it takes for transforms to nest:
the stand-in of an input that is itself in a graph is in that graph too, and the derivatives found
are recorded if anything outside of the evaluation is there to be differentiated by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autotensor.engine.backward import walk
from autotensor.engine.graph import Node, parent_of
from autotensor.engine.modes import enable_grad, modes
from autotensor.engine.storage import clock
from autotensor.engine.tensor import Tensor, wrap
from autotensor.operators.structure.shapes import stack

__all__ = ["Evaluation"]


class Evaluation:
    """One call of a function, and the ways through its graph.

    Args:
        inputs: what to differentiate by.
        follow: whether derivatives may be recorded; by default if gradients are enabled here.

    Attributes:
        inputs: their stand-ins.
        outputs: what the function gave; set by the caller, who knows its Tensors.
    """

    def __init__(self, inputs: Sequence[Tensor], follow: bool | None = None) -> None:
        self._follow = modes.grad_enabled if follow is None else follow
        # All that is recorded from now on has a higher number.
        self._start = next(clock)
        self._leaves: list[Tensor] = []
        self.inputs = [self._stand_in(one) for one in inputs]
        self._wanted = [parent_of(one) for one in self.inputs]
        self._outputs: list[Tensor] = []
        self._active: list[int] = []
        self._outside = False

    def _stand_in(self, tensor: Tensor) -> Tensor:
        if self._follow and tensor.requires_grad:
            with enable_grad():
                return tensor.view(tensor.shape)
        return self._leaf(tensor.detach())

    def _leaf(self, tensor: Tensor) -> Tensor:
        self._leaves.append(tensor.requires_grad_())
        return tensor

    def call(self, function: Callable[..., Any]) -> Any:
        """``function(*stand-ins)``, recorded."""
        with enable_grad():
            return function(*self.inputs)

    @property
    def outputs(self) -> list[Tensor]:
        return self._outputs

    @outputs.setter
    def outputs(self, outputs: list[Tensor]) -> None:
        self._outputs = outputs
        self._active = [index for index, one in enumerate(outputs) if one.requires_grad]
        self._retire()
        self._outside = self._follow and self._reaches_out(outputs)

    def _retire(self) -> None:
        """Marks own leaves: nobody outside waits for a gradient there."""
        for leaf in self._leaves:
            leaf.__class__ = _Retired
        self._leaves = []

    def _reaches_out(self, tensors: Sequence[Tensor]) -> bool:
        """Whether some of ``tensors`` were computed from what requires a gradient outside."""
        stack = []
        for one in tensors:
            if one.node is not None:
                stack.append(one.node)
            elif _awaits_gradient(one):
                return True
        seen = set(stack)
        while stack:
            node = stack.pop()
            if node.number < self._start or node.edges is None:
                return True
            for parent, _, _ in node.edges:
                if parent.__class__ is not Node:
                    if _awaits_gradient(parent):
                        return True
                elif parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
        return False

    def close(self, value: Any) -> Any:
        """``value`` as the caller may have it: a Tensor that depends on nothing outside, without
        its graph."""
        if not isinstance(value, Tensor) or not value.requires_grad:
            return value
        return self._alive(value) if self._follow else value.detach()

    def _alive(self, value: Tensor) -> Tensor:
        return value if self._reaches_out([value]) else value.detach()

    # -- the ways through the graph ----------------------------------------------------------------

    def back(self, gradients: Sequence[Tensor], retain: bool = False) -> list[Any]:
        """The gradient of each input, given those of the outputs; None where it does not matter."""
        return self._through(
            [self._outputs[index] for index in self._active],
            [gradients[index] for index in self._active],
            self._wanted,
            retain,
        )

    def _through(
        self, roots: list[Tensor], gradients: list[Tensor], wanted: list[Any], retain: bool
    ) -> list[Any]:
        create = modes.grad_enabled and (
            self._outside or any(one.requires_grad for one in gradients)
        )
        cast = [
            one if one.dtype == root.dtype else one.to(root.dtype)
            for one, root in zip(gradients, roots, strict=True)
        ]
        first = cast if create else [one.array for one in cast]
        found, borrowed = walk(roots, first, retain or self._outside or create, create, wanted)
        if create:
            return [self._alive(found[one]) if one in found else None for one in wanted]
        return [_as_tensor(found.get(one), one in borrowed) for one in wanted]

    def jacobian(self) -> list[list[Any]]:
        """For each output and input the derivatives, of shape ``(*output, *input)``, row by row;
        None where an output does not depend on an input."""
        found = []
        for index, output in enumerate(self._outputs):
            seeds = [wrap(np.zeros(one.shape, one.dtype)) for one in self._outputs]
            rows: list[list[Any]] = []
            if index in self._active:
                for element in np.ndindex(output.shape):
                    # Nobody keeps a seed that is not recorded, but a recorded one stays in a graph.
                    seeds[index] = wrap(_one_hot(output, element))
                    rows.append(self._through([output], [seeds[index]], self._wanted, retain=True))
            found.append([_stacked(column, output.shape) for column in self._columns(rows)])
        return found

    def _columns(self, rows: list[list[Any]]) -> list[list[Any]]:
        if not rows:
            return [[] for _ in self.inputs]
        columns = []
        for source, column in zip(self.inputs, zip(*rows, strict=True), strict=True):
            known = [one for one in column if one is not None]
            zeros = wrap(np.zeros(source.shape, source.dtype))
            columns.append([zeros if one is None else one for one in column] if known else [])
        return columns

    def tangents(self) -> Callable[[Sequence[Tensor]], list[Any]]:
        """A function from tangents of the inputs to those of the outputs (None for zero).

        The gradient of the inputs is a linear function of the gradient ``u`` of the outputs, Jᵀ u.
        So its own gradient by ``u``, given ``t``, is J t: two ways back make one forward.
        """
        roots = [self._outputs[index] for index in self._active]
        starts = [self._leaf(wrap(np.zeros(one.shape, one.dtype))) for one in roots]
        with enable_grad():
            found, _ = walk(roots, starts, True, True, self._wanted)
        pulled: list[Any] = [found.get(one) for one in self._wanted]
        places = [
            place for place, one in enumerate(pulled) if one is not None and one.requires_grad
        ]
        self._retire()

        def push(tangents: Sequence[Tensor]) -> list[Any]:
            pushed = iter(
                self._through(
                    [pulled[place] for place in places],
                    [tangents[place] for place in places],
                    list(starts),
                    retain=True,
                )
            )
            return [
                next(pushed) if index in self._active else None
                for index in range(len(self._outputs))
            ]

        return push


class _Retired(Tensor):
    """A leaf of an evaluation that is over.  Graphs may still lead to it, and it still requires a
    gradient, for a checkpoint may have to record once more what was computed from it."""

    __slots__ = ()


def _awaits_gradient(leaf: Tensor) -> bool:
    return leaf.requires_grad and leaf.__class__ is not _Retired


def _as_tensor(gradient: Any, borrowed: bool) -> Any:
    if gradient is None:
        return None
    # NumPy makes bare scalars of 0-d results: those become arrays again.
    return wrap(np.array(gradient) if borrowed or not gradient.shape else gradient)


def _one_hot(like: Tensor, element: tuple[int, ...]) -> np.ndarray:
    array = np.zeros(like.shape, like.dtype)
    array[element] = 1
    return array


def _stacked(column: list[Any], shape: tuple[int, ...]) -> Any:
    if not column:
        return None
    whole = stack(column)
    return whole.reshape(*shape, *whole.shape[1:])
