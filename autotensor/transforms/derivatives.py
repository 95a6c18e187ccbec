"""Functions made of functions, as in ``torch.func``: derivatives that nest.

    grad(loss)(parameters, x)                  # the gradient by the first argument
    vmap(grad(loss), (None, 0))(parameters, xs)  # one gradient for each sample
    hessian(f)(x), jacrev(f)(x), jvp(f, (x,), (v,)), hvp(f, (x,), (v,))

An argument may be a tree: nested dicts, lists and tuples of Tensors, as the parameters of a network
are.  A result stands in the graph just if something outside of the function requires a gradient;
so transforms can be put into each other, and into ``backward``, in any order.  A Tensor that the
function writes to, and that was there before, keeps the values alone, by the same rule; PyTorch
refuses such a write.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from autotensor.creation import ones
from autotensor.engine.modes import enable_grad, is_grad_enabled, set_grad_enabled
from autotensor.engine.tensor import Tensor
from autotensor.transforms.draws import Draws
from autotensor.transforms.linearization import Linearization
from autotensor.transforms.trees import Structure, tree_flatten, tree_leaves

__all__ = [
    "grad", "grad_and_value", "hessian", "hvp", "jacfwd", "jacobian", "jacrev", "jvp", "linearize",
    "value_and_grad", "vjp",
]  # fmt: skip

Func = Callable[..., Any]
Argnums = int | tuple[int, ...]
Trees = tuple[Any, ...]


# -- linearizing a function ------------------------------------------------------------------------

_FORWARD = "jacfwd", "jvp", "linearize"
"""Those that PyTorch computes in forward mode, where a function may write to its arguments."""


class _LinearizedCall(Linearization):
    """``func(*args, **kwargs)``, to be differentiated by the arguments ``argnums``.

    Attributes:
        value, aux: what the function gave, as the caller may have it.
    """

    def __init__(
        self, name: str, func: Any, argnums: Argnums, has_aux: bool, args: Trees, kwargs: Any
    ) -> None:
        self._name = name
        single = isinstance(argnums, int)
        positions = _argument_positions(argnums, len(args), name)
        picked = [args[position] for position in positions]
        chosen = picked[0] if single else tuple(picked)
        _need_tensors(tree_leaves(chosen), f"{name}: the arguments to differentiate by")
        super().__init__(chosen, written=name in _FORWARD)
        stand_ins = self.input_structure.rebuild(self.inputs)
        arguments = list(args)
        for position, one in zip(positions, [stand_ins] if single else stand_ins, strict=True):
            arguments[position] = one
        with enable_grad(), self.watching_writes():
            returned = func(*arguments, **kwargs)
        aux = None
        if has_aux:
            if not isinstance(returned, tuple) or len(returned) != 2:
                raise RuntimeError(
                    f"{name}: with has_aux=True the function must return a tuple (output, aux), "
                    f"got {type(returned).__name__}"
                )
            returned, aux = returned
        _need_tensors(tree_leaves(returned), f"{name}: what the function returns")
        self.end_in(returned)
        self.value = self.closed(returned)
        self.aux = self.closed(aux)
        self.let_go()
        self._has_aux = has_aux

    def with_aux(self, *results: Any) -> Any:
        """What a transform returns: the results, and what the function gave besides its output."""
        given = (*results, self.aux) if self._has_aux else results
        return given if len(given) > 1 else given[0]

    def need_floats(self) -> None:
        for one in self.outputs:
            if not one.is_floating_point():
                raise RuntimeError(
                    f"{self._name}: what the function returns must be of a floating-point dtype, "
                    f"got {one.dtype}"
                )

    def gradient(self) -> Any:
        """That of a scalar output by the chosen arguments."""
        kind = self.output_structure.kind
        if kind is not None:
            raise RuntimeError(
                f"{self._name}: the function must return one Tensor, got {kind.__name__}; with "
                "has_aux=True it may return (output, aux)"
            )
        output = self.outputs[0]
        if output.ndim:
            raise RuntimeError(
                f"{self._name}: the function must return a scalar, got a Tensor of shape "
                f"{output.shape}; did you forget .sum()?"
            )
        return self.like_inputs(self.pull([ones((), dtype=output.dtype)]))


def _transformed(
    name: str, func: Any, argnums: Argnums, has_aux: bool, result: Callable[[_LinearizedCall], Any]
) -> Any:
    """A function with the arguments of ``func`` that gives what ``result`` makes of a call."""

    # Not the attributes: those of a Module are its parameters.
    @functools.wraps(func, updated=())
    def transformed(*args: Any, **kwargs: Any) -> Any:
        return result(_LinearizedCall(name, func, argnums, has_aux, args, kwargs))

    return transformed


def _need_tensors(values: Sequence[Any], what: str) -> None:
    for one in values:
        if not isinstance(one, Tensor):
            raise ValueError(f"{what} must be Tensors, got {type(one).__name__}")


def _argument_positions(argnums: Argnums, count: int, name: str) -> list[int]:
    given = (argnums,) if isinstance(argnums, int) else argnums
    if not isinstance(given, tuple) or not all(type(one) is int for one in given):
        raise RuntimeError(f"{name}: argnums must be an int or a tuple of ints, got {argnums!r}")
    if not given:
        raise RuntimeError(f"{name}: argnums must not be empty")
    for one in given:
        if not -count <= one < count:
            raise RuntimeError(
                f"{name}: argnums is {argnums}, but there are {count} positional arguments"
            )
    positions = [one % count for one in given]
    if len(set(positions)) != len(positions):
        raise RuntimeError(f"{name}: argnums must all be different, got {argnums}")
    return positions


# -- gradients -------------------------------------------------------------------------------------


def grad(func: Func, argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that gives the gradient of ``func``, which gives a scalar Tensor.

    ``func`` may write to Tensors that were there before, where PyTorch refuses it; these keep the
    values, and no graph.

    Args:
        argnums: by which arguments, counted from 0; for a tuple there is a tuple of gradients.
        has_aux: ``func`` returns ``(output, aux)``, and its gradient ``(gradient, aux)``.

    Raises:
        RuntimeError: the output is no scalar, or no such argument.

    Example:
        >>> import autotensor as at
        >>> at.func.grad(at.func.grad(at.sin))(at.tensor(0.0))
        tensor(-0.)
    """
    return _transformed("grad", func, argnums, has_aux, lambda call: call.with_aux(call.gradient()))


def grad_and_value(func: Func, argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """``grad`` whose function gives ``(gradient, value)``, or ``(gradient, (value, aux))``.

    Raises:
        RuntimeError: the function does not give a single number.

    Example:

        >>> def loss(w):
        ...     return (w**2).sum()
        >>> at.func.grad_and_value(loss)(at.tensor([1.0, 2.0]))
        (tensor([2., 4.]), tensor(5.))
    """

    def result(call: _LinearizedCall) -> Any:
        return call.gradient(), call.with_aux(call.value)

    return _transformed("grad_and_value", func, argnums, has_aux, result)


def value_and_grad(func: Func, argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """``grad_and_value`` in the order of JAX: ``(value, gradient)``, or ``((value, aux),
    gradient)``.

    Raises:
        RuntimeError: the function does not give a single number.

    Example:

        >>> def loss(w, x, y):
        ...     return ((x @ w - y) ** 2).mean(), x @ w
        >>> w, x, y = at.tensor([2.0]), at.tensor([[1.0], [3.0]]), at.tensor([1.0, 3.0])
        >>> (value, predicted), gradient = at.func.value_and_grad(loss, has_aux=True)(w, x, y)
        >>> value, predicted, gradient
        (tensor(5.), tensor([2., 6.]), tensor([10.]))
    """

    def result(call: _LinearizedCall) -> Any:
        return call.with_aux(call.value), call.gradient()

    return _transformed("value_and_grad", func, argnums, has_aux, result)


def vjp(func: Func, *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """``(func(*primals), vjp_fn)``: ``vjp_fn(cotangents)`` is the vector-Jacobian product vᵀ J.

    ``vjp_fn`` takes what is like the output and gives a tuple of what is like each argument; it may
    be called any number of times, unless with ``retain_graph=False``; its result stands in no graph
    with ``create_graph=False``.  With ``has_aux`` what the function gives besides its output comes
    third.

    Raises:
        RuntimeError, ValueError: the function gives something other than Tensors, or ``vjp_fn`` is
            given something that is not like the output.

    Example:

        >>> a = at.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        >>> y, pull = at.func.vjp(lambda x: a @ x, at.ones(2))
        >>> y
        tensor([ 3.,  7., 11.])
        >>> pull(at.tensor([1.0, 0.0, 0.0]))  # aᵀ v: the first row of a
        (tensor([1., 2.]),)
    """
    call = _all_of("vjp", func, primals, has_aux)
    call.need_floats()

    def vjp_fn(
        *cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None
    ) -> Any:
        given = cotangents[0] if len(cotangents) == 1 else cotangents
        leaves = _fitting(given, call.output_structure, call.outputs, "vjp_fn: cotangents")
        with set_grad_enabled(is_grad_enabled() and create_graph is not False):
            return call.like_inputs(call.pull(leaves, retain=retain_graph))

    return call.with_aux(call.value, vjp_fn)


def jvp(
    func: Func, primals: Trees, tangents: Trees, *, strict: bool = False, has_aux: bool = False
) -> tuple[Any, ...]:
    """``(func(*primals), J t)``: how the output changes as the arguments move along ``tangents``.

    By two ways back through the graph, for this library has no forward mode: about three times the
    cost of a gradient.  So what ``func`` computes under ``no_grad`` counts as constant; in PyTorch
    it does not.

    Args:
        strict: raise where an output does not depend on the arguments, instead of giving zeros.
        has_aux: ``func`` returns ``(output, aux)``; ``aux`` comes third.

    Raises:
        RuntimeError, TypeError: ``primals`` and ``tangents`` are not like each other.

    Example:

        >>> position = at.tensor([1.0, 2.0])
        >>> velocity = at.tensor([1.0, 0.5])
        >>> at.func.jvp(lambda x: x**2, (position,), (velocity,))  # x², and how fast it grows
        (tensor([1., 4.]), tensor([2., 2.]))
    """
    _need_tuples("jvp", primals, tangents)
    call = _all_of("jvp", func, primals, has_aux)
    leaves = _fitting(tangents, call.input_structure, call.inputs, "jvp: tangents")
    pushed = call.push()(leaves)
    if strict and any(one is None for one in pushed):
        raise RuntimeError("jvp: with strict=True each output must depend on the arguments")
    return call.with_aux(call.value, call.like_outputs(pushed))


def linearize(func: Func, *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """``(func(*primals), jvp_fn)``: ``jvp_fn(*tangents)`` is J t, without evaluating ``func``
    again.

    Example:

        >>> y, push = at.func.linearize(lambda x: x**2, at.tensor([1.0, 2.0]))
        >>> push(at.tensor([1.0, 0.0])), push(at.tensor([0.0, 1.0]))
        (tensor([2., 0.]), tensor([0., 4.]))
    """
    call = _all_of("linearize", func, primals, has_aux=False)
    push = call.push()

    def jvp_fn(*tangents: Any) -> Any:
        leaves = _fitting(tangents, call.input_structure, call.inputs, "jvp_fn: tangents")
        return call.like_outputs(push(leaves))

    return call.value, jvp_fn


def hvp(func: Func, primals: Trees, tangents: Trees) -> Any:
    """The product of the Hessian of ``func``, which gives a scalar, and ``tangents``.

    The Hessian itself, n times as large, is never made.  As it is symmetric, this is the gradient
    of ``grad(func)`` weighted by the tangents.  One tree for one argument, a tuple for several.

    The result is like the arguments: ``(*)`` for ``(*)``.

    Raises:
        RuntimeError: the function does not give a single number.

    Example:

        >>> def f(x):
        ...     return (x**3).sum()
        >>> at.func.hvp(f, (at.tensor([1.0, 2.0]),), (at.tensor([1.0, 1.0]),))  # 6 x
        tensor([ 6., 12.])
    """
    _need_tuples("hvp", primals, tangents)
    everything = tuple(range(len(primals)))
    _, product = vjp(grad(func, everything), *primals)
    found = product(tuple(tangents))
    return found[0] if len(primals) == 1 else found


def _all_of(name: str, func: Func, primals: Any, has_aux: bool) -> _LinearizedCall:
    if not primals:
        raise RuntimeError(f"{name}: there are no arguments to differentiate by")
    return _LinearizedCall(name, func, tuple(range(len(primals))), has_aux, primals, {})


def _need_tuples(name: str, primals: Any, tangents: Any) -> None:
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple):
            raise RuntimeError(
                f"{name}: {what} must be a tuple, one for each argument of the function, got "
                f"{type(given).__name__}"
            )


def _fitting(tree: Any, structure: Structure, like: Sequence[Tensor], what: str) -> list[Tensor]:
    """The leaves of ``tree``, which must have this structure and these shapes."""
    leaves, given = tree_flatten(tree)
    if given != structure:
        raise RuntimeError(f"{what} must have the structure {structure}, got {given}")
    for one, source in zip(leaves, like, strict=True):
        if not isinstance(one, Tensor):
            raise RuntimeError(f"{what} must be Tensors, got {type(one).__name__}")
        if one.shape != source.shape:
            raise RuntimeError(f"{what} must have shape {source.shape}, got {one.shape}")
    return leaves


# -- matrices of derivatives -----------------------------------------------------------------------


def jacrev(
    func: Func, argnums: Argnums = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Callable[..., Any]:
    """A function that gives the Jacobian of ``func``, one way back for each element of its output.

    For an output of shape ``(*m)`` and an argument of shape ``(*n)`` it has shape ``(*m, *n)``:
    J[i, j] = d output[i] / d argument[j].  A tree of outputs gives a tree of them, with a tree of
    arguments in each place.  ``chunk_size`` is accepted: here each row is computed by itself.

    Raises:
        RuntimeError, ValueError: the function gives something other than Tensors of floating point.

    Example:

        >>> def polar(p):
        ...     r, angle = p
        ...     return at.stack([r * angle.cos(), r * angle.sin()])
        >>> at.func.jacrev(polar)(at.tensor([2.0, 0.0]))
        tensor([[1., 0.],
                [0., 2.]])
        >>> at.func.jacrev(lambda x: x.exp())(at.zeros(2, 3)).shape
        torch.Size([2, 3, 2, 3])
    """
    _need_chunk(chunk_size, "jacrev")

    def result(call: _LinearizedCall) -> Any:
        call.need_floats()
        return call.with_aux(call.like_jacobian(call.rows()))

    return _transformed("jacrev", func, argnums, has_aux, result)


jacobian = jacrev


def jacfwd(
    func: Func,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    chunk_size: int | None = None,
    randomness: str = "error",
) -> Callable[..., Any]:
    """``jacrev`` column by column: for functions of few elements with many in the output.

    Each column is a ``jvp``; the function is evaluated once, so that all columns have the same
    random numbers.  ``chunk_size`` is accepted and changes nothing.

    Args:
        randomness: ``'error'`` refuses random numbers; ``'same'`` and ``'different'`` allow them.

    ``(*m)`` of ``(*n)`` gives ``(*m, *n)``.

    Raises:
        RuntimeError, ValueError: the function gives something other than Tensors of floating point,
            or draws random numbers in ``'error'`` mode.

    Example:

        >>> def curve(t):
        ...     return at.stack([t, t**2, t**3])
        >>> at.func.jacfwd(curve)(at.tensor(2.0))
        tensor([ 1.,  4., 12.])
    """
    _need_chunk(chunk_size, "jacfwd")
    Draws(randomness, "jacfwd")  # refuses another one

    def result(call: _LinearizedCall) -> Any:
        return call.with_aux(call.like_jacobian(call.columns()))

    columns = _transformed("jacfwd", func, argnums, has_aux, result)

    @functools.wraps(func, updated=())
    def watched(*args: Any, **kwargs: Any) -> Any:
        with Draws(randomness, "jacfwd").watched():
            return columns(*args, **kwargs)

    return watched


def hessian(func: Func, argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that gives the second derivatives of ``func``: ``jacrev(jacrev(func))``.

    A number of ``(*n)`` gives ``(*n, *n)``.

    Example:

        >>> def f(x):
        ...     return x[0] ** 2 * x[1]
        >>> at.func.hessian(f)(at.tensor([3.0, 5.0]))  # 2y, 2x, 2x, 0
        tensor([[10.,  6.],
                [ 6.,  0.]])
    """
    return jacrev(jacrev(func, argnums), argnums)


def _need_chunk(chunk_size: int | None, name: str) -> None:
    if chunk_size is not None and not (isinstance(chunk_size, int) and chunk_size > 0):
        raise ValueError(f"{name}: chunk_size must be a positive int or None, got {chunk_size!r}")
