"""Derivatives of a function at a point, with the names of ``torch.autograd.functional``.

``derivatives`` has the same as functions of functions, which nest; both are a ``Linearization``.
The results stand in a graph only with ``create_graph=True``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autotensor.creation import ones_like
from autotensor.engine.backward import as_list
from autotensor.engine.modes import enable_grad, is_grad_enabled, set_grad_enabled
from autotensor.engine.tensor import Tensor
from autotensor.operators.faces import face
from autotensor.transforms.linearization import Linearization

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Func = Callable[..., Any]
Tensors = Tensor | tuple[Tensor, ...]


# -- a function at a point -------------------------------------------------------------------------


class _Run(Linearization):
    """``func`` evaluated at ``inputs``: one Tensor or a tuple, as is its ``value``."""

    what = "the output"  # that is differentiated
    like_what = "output"  # what the vector in front of the Jacobian must be like
    last = True  # whether its derivatives are what the caller gets

    def __init__(self, name: str, func: Func, inputs: Any, strict: bool) -> None:
        self.name = name
        self.strict = strict
        given = self._tensors(inputs, "the inputs")
        if is_grad_enabled():  # create_graph: a graph is made, whoever waits at its end
            given = _wanting(given) if isinstance(given, Tensor) else tuple(map(_wanting, given))
        super().__init__(given)
        with enable_grad():
            self.end_in(self.evaluate(func))
        # With a graph, ``strict`` is also about what the derivatives depend on.
        self._must_depend = strict and self.last and is_grad_enabled()
        self._outside = self._outside or self._must_depend

    def evaluate(self, func: Func) -> Tensors:
        self.value = self._tensors(func(*self.inputs), "what the function returns")
        return self.value

    def _alive(self, value: Tensor) -> Tensor:
        if self._must_depend and not value.requires_grad:
            raise RuntimeError(
                f"{self.name}: the Jacobian is independent of the inputs, which strict=True "
                "forbids with create_graph=True"
            )
        return super()._alive(value)

    def _tensors(self, given: Any, what: str) -> Tensors:
        if isinstance(given, Tensor):
            return given
        if not isinstance(given, tuple) or not all(isinstance(one, Tensor) for one in given):
            raise TypeError(
                f"{self.name}: {what} must be a Tensor or a tuple of Tensors, got "
                f"{type(given).__name__}"
            )
        return tuple(given)

    def _need(self, found: Sequence[Any], what: str) -> None:
        """If ``strict``, nothing in ``found`` may be None."""
        for position, one in enumerate(found):
            if one is None and self.strict:
                raise RuntimeError(f"{self.name}: {what} {position}, which strict=True forbids")

    def pulled(self, gradients: Sequence[Tensor]) -> list[Any]:
        """``pull`` of what must depend on the inputs, if ``strict``."""
        found = self.pull(gradients)
        self._need(found, f"{self.what} is independent of input")
        return found

    def vjp(self, v: Any) -> Any:
        return self.like_inputs(self.pulled(_vector(self.name, v, self.outputs, self.like_what)))

    def jvp(self, v: Any) -> Any:
        found = self.push()(_vector(self.name, v, self.inputs, "input"))
        if self.strict:
            self.pulled([ones_like(one) for one in self.outputs])
            self._need(found, "no input determines output")
        return self.like_outputs(found)

    def jacobian(self, strategy: str) -> Any:
        found = self.columns() if strategy == "forward-mode" else self.rows()
        for number, row in enumerate(found):
            self._need(row, f"output {number} is independent of input")
        return self.like_jacobian(found)


class _InnerRun(_Run):
    last = False


class _GradientRun(_InnerRun):
    """The gradients of ``func`` by all ``inputs``, evaluated; its value comes along."""

    what = "the gradient of the function"
    like_what = "input"

    def evaluate(self, func: Func) -> Tensors:
        run = _InnerRun(self.name, func, tuple(self.inputs), self.strict)
        self.value = run.value
        if not isinstance(self.value, Tensor) or self.value.numel() != 1:
            raise RuntimeError(
                f"{self.name}: the function must return a Tensor with a single element"
            )
        return run.like_inputs(run.pulled([ones_like(self.value)]))


def _wanting(tensor: Tensor) -> Tensor:
    if tensor.requires_grad or not tensor.is_floating_point():
        return tensor
    return tensor.detach().requires_grad_()


def _vector(name: str, v: Any, like: Sequence[Tensor], what: str) -> list[Tensor]:
    """``v`` as a list of Tensors that match ``like``; 1 for None, if that is a single number."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(
                f"{name}: v can be left out only if the {what} is one Tensor with one element"
            )
        return [ones_like(like[0].detach())]
    given = as_list(v)
    if len(given) != len(like):
        raise RuntimeError(f"{name}: v has {len(given)} Tensors, but there are {len(like)} {what}s")
    for position, (one, other) in enumerate(zip(given, like, strict=True)):
        if one.shape != other.shape:
            raise RuntimeError(
                f"{name}: entry {position} of v has shape {one.shape}, but that {what} has shape "
                f"{other.shape}"
            )
    return given


# -- what is public --------------------------------------------------------------------------------


def _product(
    func: Func,
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
    *,
    name: str,
    run: type[_Run],
    product: Func,
) -> tuple[Any, Any]:
    """The value of ``func``, and the ``product`` of ``v`` and what ``run`` linearizes."""
    with set_grad_enabled(create_graph):
        linearized = run(name, func, inputs, strict)
        found = product(linearized, v)
        return linearized.closed(linearized.value), found


# The body of a face is its docstring; the value is that of what it is a face of.
@face(_product, run=_Run, product=_Run.vjp)
def vjp() -> tuple[Any, Any]:  # type: ignore[empty-body]
    """``(func(*inputs), vᵀ J)``, J the Jacobian of ``func``.

    Args:
        func: takes Tensors, gives a Tensor or a tuple.
        inputs: a Tensor or a tuple of them.
        v: like the output; may be left out if that is a single number.
        create_graph: record all of it, so that it can be differentiated by the inputs, and requires
            grad also if those do not.
        strict: raise where an output does not depend on an input, instead of giving zeros; with
            ``create_graph`` also where the Jacobian does not.

    Raises:
        TypeError, RuntimeError: ``v`` is not like the output, or is missing where that is not a
            single number.

    Example:

        >>> a = at.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        >>> v = at.tensor([0.0, 0.0, 1.0])
        >>> at.autograd.functional.vjp(lambda x: a @ x, at.ones(2), v)
        (tensor([ 3.,  7., 11.]), tensor([5., 6.]))
    """


@face(_product, run=_Run, product=_Run.jvp)
def jvp() -> tuple[Any, Any]:  # type: ignore[empty-body]
    """``(func(*inputs), J v)``; ``v`` is like the inputs.  Else as ``vjp``.

    Example:

        >>> a = at.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        >>> v = at.tensor([0.0, 1.0])
        >>> at.autograd.functional.jvp(lambda x: a @ x, at.ones(2), v)  # J v: column 1
        (tensor([ 3.,  7., 11.]), tensor([2., 4., 6.]))
    """


@face(_product, run=_GradientRun, product=_Run.vjp)
def hvp() -> tuple[Any, Any]:  # type: ignore[empty-body]
    """``(func(*inputs), H v)``, H the Hessian of ``func``; it is symmetric: the same as ``vhp``.

    Raises:
        RuntimeError: the function does not give a single number.

    Example:

        >>> x, v = at.tensor([1.0, 2.0]), at.tensor([1.0, 1.0])
        >>> at.autograd.functional.hvp(lambda x: (x**3).sum(), x, v)  # 6 x
        (tensor(9.), tensor([ 6., 12.]))
    """


@face(_product, run=_GradientRun, product=_Run.vjp)
def vhp() -> tuple[Any, Any]:  # type: ignore[empty-body]
    """``(func(*inputs), vᵀ H)``, H the Hessian of ``func``; ``v`` is like the inputs.

    Raises:
        RuntimeError: the function does not give a single number.

    Example:

        >>> x, v = at.tensor([1.0, 2.0]), at.tensor([1.0, 0.0])
        >>> at.autograd.functional.vhp(lambda x: x.prod() ** 2, x, v)  # of x²y²: 2y², 4xy
        (tensor(4.), tensor([8., 8.]))
    """


def jacobian(
    func: Func,
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Tensor | Any:
    """J, of shape ``(*output, *input)``; nested tuples for several outputs, inputs or both.

    ``strategy`` is ``'reverse-mode'``, row by row, or ``'forward-mode'``, column by column;
    ``vectorize`` is accepted and changes nothing.

    Raises:
        RuntimeError, TypeError: the function gives something other than Tensors; with ``strict``,
            something does not depend on the inputs.

    Example:

        >>> x, y = at.tensor([1.0, 2.0]), at.tensor([3.0, 4.0])
        >>> by_x, by_y = at.autograd.functional.jacobian(lambda x, y: x * y, (x, y))
        >>> by_x
        tensor([[3., 0.],
                [0., 4.]])
        >>> by_y
        tensor([[1., 0.],
                [0., 2.]])
    """
    if strategy not in ("reverse-mode", "forward-mode"):
        raise ValueError(
            f"jacobian: strategy must be 'reverse-mode' or 'forward-mode', got {strategy!r}"
        )
    with set_grad_enabled(create_graph):
        return _Run("jacobian", func, inputs, strict).jacobian(strategy)


def hessian(
    func: Func,
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Tensor | Any:
    """The second derivatives of ``func``, which gives a single number: for one input of shape
    ``(*input, *input)``, for several a tuple of tuples.

    Raises:
        RuntimeError: the function does not give a single number.

    Example:

        >>> at.autograd.functional.hessian(lambda x: (x**3).sum(), at.tensor([1.0, 2.0]))
        tensor([[ 6.,  0.],
                [ 0., 12.]])
    """
    with set_grad_enabled(create_graph):
        rows = _GradientRun("hessian", func, inputs, strict).jacobian(outer_jacobian_strategy)
        return rows if isinstance(inputs, tuple) else rows[0]
