"""What stands in ``torch.autograd``: gradients, functions with a backward of their own, checks."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from autotensor.autograd import graph as graph
from autotensor.creation import ones_like
from autotensor.engine import backward as engine_backward
from autotensor.engine import modes as grad_mode
from autotensor.engine.graph import Edge, parent_of, record
from autotensor.engine.modes import enable_grad, inference_mode, no_grad, set_grad_enabled
from autotensor.engine.tensor import Tensor
from autotensor.extend import function as function
from autotensor.extend.function import Function, FunctionContext, once_differentiable
from autotensor.extend.gradcheck import GradcheckError, gradcheck, gradgradcheck
from autotensor.importing import published
from autotensor.operators.structure.joining import stack
from autotensor.seeing.anomalies import detect_anomaly, set_detect_anomaly
from autotensor.transforms import point_derivatives as functional

__all__ = [
    "Function", "FunctionContext", "GradcheckError", "Variable", "backward", "detect_anomaly",
    "enable_grad", "function", "functional", "grad", "grad_mode", "gradcheck", "gradgradcheck",
    "graph", "inference_mode", "no_grad", "once_differentiable", "set_detect_anomaly",
    "set_grad_enabled",
]  # fmt: skip


class _IsTensor(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=_IsTensor):
    """The values of ``data`` as a leaf: what one wrote before PyTorch 0.4.  Every Tensor is an
    instance of it.  ``volatile=True``, which had kept a graph from being recorded, warns only.

    Raises:
        TypeError: ``data`` is no Tensor, a flag no bool.

    Example:

        >>> from autotensor.autograd import Variable
        >>> x = Variable(at.ones(2), requires_grad=True)
        >>> x, isinstance(x, Variable)
        (tensor([1., 1.], requires_grad=True), True)
    """

    def __new__(
        cls, data: Tensor | None = None, requires_grad: bool = False, volatile: bool = False
    ) -> Any:
        if data is None:
            data = Tensor([])
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable: data must be a Tensor, got {type(data).__name__}")
        for argument, value in (("requires_grad", requires_grad), ("volatile", volatile)):
            if not isinstance(value, bool):
                kind = type(value).__name__
                raise TypeError(f"Variable: {argument} must be a bool, got {kind}")
        if volatile:
            warnings.warn(
                "Variable: volatile has had no effect since PyTorch 0.4; write `with "
                "autotensor.no_grad():` around what shall not be recorded",
                stacklevel=2,
            )
        return data.detach().requires_grad_(requires_grad)


@overload
def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: dict[Any, Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> dict[Any, Tensor]: ...
@overload
def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor, ...]: ...
def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor] | dict[Any, Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> Any:
    """``autotensor.grad`` with all arguments of PyTorch's.

    With ``allow_unused``, None for what is not used.  Of a dict of ``inputs``, a dict.

    Args:
        only_inputs: accepted, and says nothing: nothing is ever added to the ``grad`` of leaves.
        is_grads_batched: ``grad_outputs`` have one more dimension in front, of several gradients to
            go back with, and so have the results.

    Raises:
        RuntimeError: as ``autotensor.grad``.
        ValueError: ``allow_unused=False`` with ``materialize_grads``.

    Example:

        >>> x = at.tensor([1.0, 2.0, 3.0], requires_grad=True)
        >>> rows = at.eye(3)
        >>> at.autograd.grad(x**2, x, rows, is_grads_batched=True)  # the Jacobian
        (tensor([[2., 0., 0.],
                [0., 4., 0.],
                [0., 0., 6.]]),)
    """
    if not only_inputs:
        warnings.warn(
            "grad: only_inputs=False says nothing; backward() adds to the grad of all leaves",
            FutureWarning,
            stacklevel=2,
        )
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "grad: materialize_grads gives zeros for inputs that are not used, which "
            "allow_unused=False forbids; leave one of them out"
        )
    if isinstance(inputs, dict):
        found = grad(
            outputs, list(inputs.values()), grad_outputs, retain_graph, create_graph, True,
            allow_unused, is_grads_batched, materialize_grads,
        )  # fmt: skip
        return dict(zip(inputs, found, strict=True))
    outputs, inputs = _tensors_at(outputs), _tensors_at(inputs)

    def back(given: Any, retain: bool | None) -> tuple[Any, ...]:
        return engine_backward.grad(
            outputs, inputs, given, retain, create_graph, allow_unused, False, materialize_grads
        )

    if not is_grads_batched:
        return back(grad_outputs, retain_graph)
    several = engine_backward.as_list(() if grad_outputs is None else grad_outputs)
    count = len(several[0]) if several and several[0] is not None else 0
    if not count or any(one is None or len(one) != count for one in several):
        raise RuntimeError(
            "grad: with is_grads_batched each of grad_outputs must be a batch of gradients, all "
            "of the same number"
        )
    rows = [
        back([one[index] for one in several], True if index < count - 1 else retain_graph)
        for index in range(count)
    ]
    stacked: list[Any] = [
        None if column[0] is None else stack(column) for column in zip(*rows, strict=True)
    ]
    return tuple(stacked)


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | dict[Any, Tensor] | None = None,
) -> None:
    """Adds the gradients of the sum of ``tensors`` to the ``grad`` of every leaf behind them, in
    one way back.

    Args:
        grad_tensors: a gradient for each, of its shape; None for a scalar's 1.
        retain_graph, create_graph, inputs: as for ``Tensor.backward``.

    Raises:
        RuntimeError: as ``Tensor.backward``.

    Example:

        >>> x = at.tensor(2.0, requires_grad=True)
        >>> at.autograd.backward([x * 3, x**2])
        >>> x.grad  # 3 + 4
        tensor(7.)
    """
    if isinstance(inputs, dict):
        inputs = list(inputs.values())
    roots, inputs = _tensors_at(tensors), None if inputs is None else _tensors_at(inputs)
    given = [None] * len(roots) if grad_tensors is None else engine_backward.as_list(grad_tensors)
    if len(given) != len(roots):
        raise RuntimeError(f"backward: got {len(given)} grad_tensors for {len(roots)} tensors")
    if len(roots) == 1:
        engine_backward.backward(roots[0], given[0], retain_graph, create_graph, inputs)
        return
    edges = [_edge(root, one) for root, one in zip(roots, given, strict=True)]
    if edges:
        # A number that has just these gradients.
        total = record(np.zeros(()), "backward", edges)
        engine_backward.backward(total, None, retain_graph, create_graph, inputs)


def _tensors_at(places: Any) -> list[Any]:
    """Tensors or GradientEdges, one or several, as a list of Tensors."""
    if isinstance(places, graph.GradientEdge):
        places = (places,)
    return [graph.tensor_at(one) for one in engine_backward.as_list(places)]


def _edge(root: Any, gradient: Tensor | None) -> Edge:
    """What takes a gradient, 1 for None, to ``root``."""
    if not isinstance(root, Tensor):
        raise TypeError(f"backward: expected Tensors, got {type(root).__name__}")
    if not root.requires_grad:
        raise RuntimeError(
            f"backward: the Tensor of shape {root.shape} does not require grad and has no grad_fn"
        )
    if gradient is None:
        if root.numel() != 1:
            raise RuntimeError(
                "backward: a gradient can be left out only for a scalar, not for shape "
                f"{root.shape}"
            )
        gradient = ones_like(root)
    if gradient.shape != root.shape:
        raise RuntimeError(
            f"backward: a gradient of shape {gradient.shape} for a Tensor of shape {root.shape}"
        )
    return parent_of(root), _given, (gradient,)


def _given(g: Any, weight: Any) -> Any:
    # A copy, which the walk may add to.
    return weight * 1


# ``autograd.gradcheck`` is the function, and the module is imported under the same name: so it has
# to be there, or its import would put it in the function's place.
sys.modules[f"{__name__}.gradcheck"] = sys.modules[GradcheckError.__module__]

published(__name__, __all__)
