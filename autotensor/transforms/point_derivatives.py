"""Derivatives of a function at a point, with the names of ``torch.autograd.functional``.

``derivatives`` has the same as functions of functions, which nest; both are a ``Linearization``.
The results stand in a graph only with ``create_graph=True``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autotensor.creation import ones_like
from autotensor.engine.modes import enable_grad, set_grad_enabled
from autotensor.engine.tensor import Tensor
from autotensor.transforms.linearization import Linearization

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Tensors = Tensor | tuple[Tensor, ...]


def vjp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """``(func(*inputs), vᵀ J)``, J the Jacobian of ``func``.

    Args:
        func: takes Tensors, gives a Tensor or a tuple.
        inputs: a Tensor or a tuple of them.
        v: like the output; may be left out if that is a single number.
        create_graph: record all of it, so that it can be differentiated by the inputs.
        strict: raise where an output does not depend on an input, instead of giving zeros.
    """
    with set_grad_enabled(create_graph):
        run = _Run("vjp", func, inputs, create_graph, strict)
        weights = _vector("vjp", v, run.outputs, "output")
        found = run.pull(weights)
        run.need(found, "the output is independent of input")
        return run.closed(run.returned), run.like_inputs(found)


def jvp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """``(func(*inputs), J v)``; ``v`` is like the inputs.  Else as ``vjp``."""
    with set_grad_enabled(create_graph):
        run = _Run("jvp", func, inputs, create_graph, strict)
        found = run.push()(_vector("jvp", v, run.inputs, "input"))
        if strict:
            reached = run.pull([ones_like(one) for one in run.outputs])
            run.need(reached, "the output is independent of input")
            run.need(found, "no input determines output")
        return run.closed(run.returned), run.like_outputs(found)


def jacobian(
    func: Callable[..., Any],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """J, of shape ``(*output, *input)``; nested tuples for several outputs, inputs or both.

    ``strategy`` is ``'reverse-mode'``, row by row, or ``'forward-mode'``, column by column;
    ``vectorize`` is accepted and changes nothing.
    """
    if strategy not in ("reverse-mode", "forward-mode"):
        raise ValueError(
            f"jacobian: strategy must be 'reverse-mode' or 'forward-mode', got {strategy!r}"
        )
    with set_grad_enabled(create_graph):
        return _Run("jacobian", func, inputs, create_graph, strict).jacobian(strategy)


def hessian(
    func: Callable[..., Any],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of ``func``, which gives a single number: for one input of shape
    ``(*input, *input)``, for several a tuple of tuples."""
    with set_grad_enabled(create_graph):
        run = _run_of_gradient("hessian", func, inputs, create_graph, strict)
        rows = run.jacobian(outer_jacobian_strategy)
        return rows if isinstance(inputs, tuple) else rows[0]


def hvp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """``(func(*inputs), H v)``, H the Hessian of ``func``; it is symmetric: the same as ``vhp``."""
    return _hessian_product("hvp", func, inputs, v, create_graph, strict)


def vhp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """``(func(*inputs), vᵀ H)``, H the Hessian of ``func``; ``v`` is like the inputs."""
    return _hessian_product("vhp", func, inputs, v, create_graph, strict)


def _hessian_product(
    name: str, func: Any, inputs: Any, v: Any, create_graph: bool, strict: bool
) -> tuple[Any, Any]:
    with set_grad_enabled(create_graph):
        run = _run_of_gradient(name, func, inputs, create_graph, strict)
        weights = _vector(name, v, run.inputs, "input")
        found = run.pull(weights)
        run.need(found, "the gradient of the function is independent of input")
        return run.closed(run.along), run.like_inputs(found)


def _run_of_gradient(
    name: str, func: Callable[..., Any], inputs: Any, create_graph: bool, strict: bool
) -> _Run:
    """The gradients of ``func`` by all ``inputs``, evaluated; its value comes along."""

    def gradient(*stand_ins: Tensor) -> tuple[Tensor, ...]:
        run = _Run(name, func, stand_ins, create_graph=True, strict=strict)
        if not isinstance(run.returned, Tensor) or run.returned.numel() != 1:
            raise RuntimeError(f"{name}: the function must return a Tensor with a single element")
        found = run.pull([ones_like(run.returned)])
        run.need(found, "the output is independent of input")
        return (*run.like_inputs(found), run.returned)

    return _Run(name, gradient, inputs, create_graph, strict, and_value=True)


class _Run(Linearization):
    """``func`` evaluated at ``inputs``: one Tensor or a tuple, as is what it ``returned``.

    With ``and_value`` the last output only comes ``along``, not to be differentiated.
    """

    def __init__(
        self,
        name: str,
        func: Callable[..., Any],
        inputs: Any,
        create_graph: bool,
        strict: bool,
        and_value: bool = False,
    ) -> None:
        self.name = name
        self.strict = strict
        super().__init__(self._tensors(inputs, "the inputs"), follow=create_graph)
        with enable_grad():
            returned = func(*self.inputs)
        self.along = returned[-1] if and_value else None
        if and_value:
            returned = returned[:-1]
        self.returned = self._tensors(returned, "what the function returns")
        self.end_in(self.returned)

    def _tensors(self, given: Any, what: str) -> Tensors:
        if isinstance(given, Tensor):
            return given
        if not isinstance(given, tuple) or not all(isinstance(one, Tensor) for one in given):
            raise TypeError(
                f"{self.name}: {what} must be a Tensor or a tuple of Tensors, got "
                f"{type(given).__name__}"
            )
        return tuple(given)

    def need(self, found: Sequence[Any], what: str) -> None:
        """If ``strict``, nothing in ``found`` may be None."""
        for position, one in enumerate(found):
            if one is None and self.strict:
                raise RuntimeError(f"{self.name}: {what} {position}, which strict=True forbids")

    def jacobian(self, strategy: str) -> Any:
        found = self.columns() if strategy == "forward-mode" else self.rows()
        for number, row in enumerate(found):
            self.need(row, f"output {number} is independent of input")
        return self.like_jacobian(found)


def _vector(name: str, v: Any, like: Sequence[Tensor], what: str) -> list[Tensor]:
    """``v`` as a list of Tensors that match ``like``; 1 for None, if that is a single number."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(
                f"{name}: v can be left out only if the {what} is one Tensor with one element"
            )
        return [ones_like(like[0].detach())]
    given = [v] if isinstance(v, Tensor) else list(v)
    if len(given) != len(like):
        raise RuntimeError(f"{name}: v has {len(given)} Tensors, but there are {len(like)} {what}s")
    for position, (one, other) in enumerate(zip(given, like, strict=True)):
        if one.shape != other.shape:
            raise RuntimeError(
                f"{name}: entry {position} of v has shape {one.shape}, but that {what} has shape "
                f"{other.shape}"
            )
    return given
