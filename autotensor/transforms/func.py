"""Functions made of functions, as in ``torch.func``: derivatives that nest.

    grad(loss)(parameters, x)                  # the gradient by the first argument
    vmap(grad(loss), (None, 0))(parameters, xs)  # one gradient for each sample
    hessian(f)(x), jacrev(f)(x), jvp(f, (x,), (v,)), hvp(f, (x,), (v,))

An argument may be a tree: nested dicts, lists and tuples of Tensors, as the parameters of a network
are.  A result stands in the graph just if something outside of the function requires a gradient;
so transforms can be put into each other, and into ``backward``, in any order.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from autotensor.creation import ones, zeros
from autotensor.engine.tensor import Tensor
from autotensor.operators.structure.shapes import stack
from autotensor.transforms.evaluation import Evaluation
from autotensor.transforms.trees import Structure, tree_flatten
from autotensor.transforms.vmap import vmap

__all__ = [
    "functional_call", "grad", "grad_and_value", "hessian", "hvp", "jacfwd", "jacobian", "jacrev",
    "jvp", "linearize", "stack_module_state", "value_and_grad", "vjp", "vmap",
]  # fmt: skip

Argnums = int | tuple[int, ...]


# -- evaluating a function -------------------------------------------------------------------------


class _Call:
    """A function evaluated on trees: the ``Evaluation``, and the structures around it."""

    def __init__(
        self, name: str, func: Callable[..., Any], picked: Any, rest: Callable[[Any], Any],
        has_aux: bool,
    ) -> None:  # fmt: skip
        leaves, self.inputs = tree_flatten(picked)
        _need_tensors(leaves, f"{name}: the arguments to differentiate by")
        self.evaluation = Evaluation(leaves)
        returned = self.evaluation.call(lambda *ins: func(*rest(self.inputs.rebuild(ins))))
        aux = None
        if has_aux:
            if not isinstance(returned, tuple) or len(returned) != 2:
                raise RuntimeError(
                    f"{name}: with has_aux=True the function must return a tuple (output, aux), "
                    f"got {type(returned).__name__}"
                )
            returned, aux = returned
        outputs, self.structure = tree_flatten(returned)
        _need_tensors(outputs, f"{name}: what the function returns")
        if name in ("vjp", "jacrev"):
            _need_floats(outputs, name)
        self.evaluation.outputs = outputs
        self.value = self.structure.rebuild(map(self.evaluation.close, outputs))
        found, structure = tree_flatten(aux)
        self.aux = structure.rebuild(map(self.evaluation.close, found))
        self._has_aux = has_aux

    def with_aux(self, *results: Any) -> Any:
        """What a transform returns: the results, and what the function gave besides its output."""
        given = (*results, self.aux) if self._has_aux else results
        return given if len(given) > 1 else given[0]

    def like_inputs(self, gradients: Sequence[Any]) -> Any:
        return self.inputs.rebuild(_filled(gradients, self.evaluation.inputs))

    def like_outputs(self, tangents: Sequence[Any]) -> Any:
        return self.structure.rebuild(_filled(tangents, self.evaluation.outputs))


def _need_tensors(values: Sequence[Any], what: str) -> None:
    for one in values:
        if not isinstance(one, Tensor):
            raise ValueError(f"{what} must be Tensors, got {type(one).__name__}")


def _need_floats(outputs: Sequence[Tensor], name: str) -> None:
    for one in outputs:
        if not one.is_floating_point():
            raise RuntimeError(
                f"{name}: what the function returns must be of a floating-point dtype, got "
                f"{one.dtype}"
            )


def _filled(values: Sequence[Any], like: Sequence[Tensor]) -> list[Tensor]:
    """``values`` with zeros for None."""
    return [
        zeros(source.shape, dtype=source.dtype) if one is None else one
        for one, source in zip(values, like, strict=True)
    ]


def _called_on(
    name: str, func: Callable[..., Any], argnums: Argnums, has_aux: bool, args: Any, kwargs: Any
) -> _Call:
    """``func(*args, **kwargs)``, to be differentiated by the arguments ``argnums``."""
    positions = _positions(argnums, len(args), name)
    if isinstance(argnums, int):
        picked = args[positions[0]]
    else:
        picked = tuple(args[position] for position in positions)

    def replaced(picked: Any) -> list[Any]:
        all_of_them = list(args)
        given = (picked,) if isinstance(argnums, int) else picked
        for position, one in zip(positions, given, strict=True):
            all_of_them[position] = one
        return all_of_them

    return _Call(name, functools.partial(func, **kwargs), picked, replaced, has_aux)


def _positions(argnums: Argnums, count: int, name: str) -> list[int]:
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


def _like(func: Callable[..., Any]) -> Callable[[Callable[..., Any]], Any]:
    # Not the attributes: those of a Module are its parameters.
    return functools.wraps(func, updated=())


# -- gradients -------------------------------------------------------------------------------------


def grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Any:
    """A function that gives the gradient of ``func``, which gives a scalar Tensor.

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
    both = _gradient_of("grad", func, argnums, has_aux)

    @_like(func)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        call, found = both(args, kwargs)
        return call.with_aux(found)

    return gradient


def grad_and_value(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Any:
    """``grad`` whose function gives ``(gradient, value)``, or ``(gradient, (value, aux))``."""
    both = _gradient_of("grad_and_value", func, argnums, has_aux)

    @_like(func)
    def gradient_and_value(*args: Any, **kwargs: Any) -> Any:
        call, found = both(args, kwargs)
        return found, call.with_aux(call.value)

    return gradient_and_value


def value_and_grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Any:
    """``grad_and_value`` in the order of JAX: ``(value, gradient)``, or ``((value, aux),
    gradient)``."""
    both = _gradient_of("value_and_grad", func, argnums, has_aux)

    @_like(func)
    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        call, found = both(args, kwargs)
        return call.with_aux(call.value), found

    return value_and_gradient


def _gradient_of(name: str, func: Callable[..., Any], argnums: Argnums, has_aux: bool) -> Any:
    def both(args: Any, kwargs: Any) -> tuple[_Call, Any]:
        call = _called_on(name, func, argnums, has_aux, args, kwargs)
        outputs = call.evaluation.outputs
        if call.structure.kind is not None:
            raise RuntimeError(
                f"{name}: the function must return one Tensor, got {call.structure.kind.__name__}; "
                "with has_aux=True it may return (output, aux)"
            )
        if outputs[0].ndim:
            raise RuntimeError(
                f"{name}: the function must return a scalar, got a Tensor of shape "
                f"{outputs[0].shape}; did you forget .sum()?"
            )
        one = ones((), dtype=outputs[0].dtype)
        return call, call.like_inputs(call.evaluation.back([one]))

    return both


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """``(func(*primals), vjp_fn)``: ``vjp_fn(cotangents)`` is the vector-Jacobian product vᵀ J.

    ``vjp_fn`` takes what is like the output and gives a tuple of what is like each argument; it may
    be called any number of times.  With ``has_aux`` what the function gives besides its output
    comes third.
    """
    call = _all_of("vjp", func, primals, has_aux)

    def vjp_fn(*cotangents: Any) -> Any:
        given = cotangents[0] if len(cotangents) == 1 else cotangents
        leaves = _alike(given, call.structure, call.evaluation.outputs, "vjp_fn: cotangents")
        return call.like_inputs(call.evaluation.back(leaves, retain=True))

    return call.with_aux(call.value, vjp_fn)


def jvp(
    func: Callable[..., Any],
    primals: tuple[Any, ...],
    tangents: tuple[Any, ...],
    *,
    strict: bool = False,
    has_aux: bool = False,
) -> Any:
    """``(func(*primals), J t)``: how the output changes as the arguments move along ``tangents``.

    By two ways back through the graph, for this library has no forward mode: about three times the
    cost of a gradient.

    Args:
        strict: raise where an output does not depend on the arguments, instead of giving zeros.
        has_aux: ``func`` returns ``(output, aux)``; ``aux`` comes third.
    """
    _need_tuples("jvp", primals, tangents)
    call = _all_of("jvp", func, primals, has_aux)
    leaves = _alike(tangents, call.inputs, call.evaluation.inputs, "jvp: tangents")
    pushed = call.evaluation.tangents()(leaves)
    if strict and any(one is None for one in pushed):
        raise RuntimeError("jvp: with strict=True each output must depend on the arguments")
    return call.with_aux(call.value, call.like_outputs(pushed))


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """``(func(*primals), jvp_fn)``: ``jvp_fn(*tangents)`` is J t, without evaluating ``func``
    again."""
    call = _all_of("linearize", func, primals, has_aux=False)
    push = call.evaluation.tangents()

    def jvp_fn(*tangents: Any) -> Any:
        leaves = _alike(tangents, call.inputs, call.evaluation.inputs, "jvp_fn: tangents")
        return call.like_outputs(push(leaves))

    return call.value, jvp_fn


def hvp(func: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
    """The product of the Hessian of ``func``, which gives a scalar, and ``tangents``.

    The Hessian itself, n times as large, is never made.  As it is symmetric, this is the gradient
    of ``grad(func)`` weighted by the tangents.  One tree for one argument, a tuple for several.
    """
    _need_tuples("hvp", primals, tangents)
    everything = tuple(range(len(primals)))
    _, product = vjp(grad(func, everything), *primals)
    found = product(tuple(tangents))
    return found[0] if len(primals) == 1 else found


def _all_of(name: str, func: Callable[..., Any], primals: Any, has_aux: bool) -> _Call:
    if not primals:
        raise RuntimeError(f"{name}: there are no arguments to differentiate by")
    return _Call(name, func, tuple(primals), lambda given: given, has_aux)


def _need_tuples(name: str, primals: Any, tangents: Any) -> None:
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple):
            raise RuntimeError(
                f"{name}: {what} must be a tuple, one for each argument of the function, got "
                f"{type(given).__name__}"
            )


def _alike(tree: Any, structure: Structure, like: Sequence[Tensor], what: str) -> list[Tensor]:
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
    func: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
) -> Any:
    """A function that gives the Jacobian of ``func``, one way back for each element of its output.

    For an output of shape ``(*m)`` and an argument of shape ``(*n)`` it has shape ``(*m, *n)``:
    J[i, j] = d output[i] / d argument[j].  A tree of outputs gives a tree of them, with a tree of
    arguments in each place.  ``chunk_size`` is accepted: here each row is computed by itself.
    """
    _need_chunk(chunk_size, "jacrev")

    @_like(func)
    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        call = _called_on("jacrev", func, argnums, has_aux, args, kwargs)
        evaluation = call.evaluation
        rows = [
            call.inputs.rebuild(
                zeros(output.shape + source.shape, dtype=source.dtype) if one is None else one
                for one, source in zip(row, evaluation.inputs, strict=True)
            )
            for row, output in zip(evaluation.jacobian(), evaluation.outputs, strict=True)
        ]
        return call.with_aux(call.structure.rebuild(rows))

    return jacobian_of


jacobian = jacrev


def jacfwd(
    func: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    chunk_size: int | None = None,
    randomness: str = "error",
) -> Any:
    """``jacrev`` column by column: for functions of few elements with many in the output.

    Each column is a ``jvp``; the function is evaluated once.  ``chunk_size`` and ``randomness`` are
    accepted and change nothing.
    """
    _need_chunk(chunk_size, "jacfwd")

    @_like(func)
    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        call = _called_on("jacfwd", func, argnums, has_aux, args, kwargs)
        evaluation = call.evaluation
        columns = columns_of(evaluation)
        rows = [
            call.inputs.rebuild(columns[position][number] for position in range(len(columns)))
            for number in range(len(evaluation.outputs))
        ]
        return call.with_aux(call.structure.rebuild(rows))

    return jacobian_of


def columns_of(evaluation: Evaluation) -> list[list[Tensor]]:
    """For each input and output the Jacobian, by columns."""
    push = evaluation.tangents()
    still = [zeros(one.shape, dtype=one.dtype) for one in evaluation.inputs]
    found = []
    for position, source in enumerate(evaluation.inputs):
        pushed = []
        for element in range(source.numel()):
            moved = zeros(source.numel(), dtype=source.dtype)
            moved[element] = 1
            tangents = list(still)
            tangents[position] = moved.reshape(source.shape)
            pushed.append(_filled(push(tangents), evaluation.outputs))
        found.append(
            [
                _side_by_side([column[number] for column in pushed], output, source)
                for number, output in enumerate(evaluation.outputs)
            ]
        )
    return found


def _side_by_side(columns: list[Tensor], output: Tensor, source: Tensor) -> Tensor:
    shape = output.shape + source.shape
    return stack(columns, -1).reshape(shape) if columns else zeros(shape, dtype=output.dtype)


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Any:
    """A function that gives the second derivatives of ``func``: ``jacrev(jacrev(func))``."""
    return jacrev(jacrev(func, argnums), argnums)


def _need_chunk(chunk_size: int | None, name: str) -> None:
    if chunk_size is not None and not (isinstance(chunk_size, int) and chunk_size > 0):
        raise ValueError(f"{name}: chunk_size must be a positive int or None, got {chunk_size!r}")


# -- networks as functions -------------------------------------------------------------------------


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: dict[str, Tensor] | Sequence[dict[str, Tensor]],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """``module(*args, **kwargs)`` with other values in the place of parameters and buffers.

    The module's own are back afterwards, even after an error.

    Args:
        parameter_and_buffer_dicts: Tensors by dotted name, in one dict or in several.
        args: a tuple of arguments, or the only one.
        tie_weights: what is shared under several names in the module is replaced under all.
        strict: demand that every parameter and buffer is given, and nothing else; without it a
            name that the module does not use goes unnoticed, as in PyTorch.

    Raises:
        ValueError: a name in two dicts, or two values for what is shared.
        RuntimeError: with ``strict``, names that are missing or unknown.
        AttributeError: there is no such sub-module.
        TypeError: a name of what is no Tensor.
    """
    given = _one_dict(parameter_and_buffer_dicts)
    own = _named_state(module, remove_duplicate=False)
    if strict:
        _need_all(given, own)
    replaced = _tied(given, own) if tie_weights else given
    places = {name: _place(module, name) for name in replaced}
    before = {name: values.get(last, _NOTHING) for name, (values, last) in places.items()}
    for name, (values, last) in places.items():
        values[last] = replaced[name]
    try:
        return module(*(args if isinstance(args, tuple) else () if args is None else (args,)),
                      **(kwargs or {}))  # fmt: skip
    finally:
        for name, (values, last) in places.items():
            if name in given:
                # A buffer may have been replaced by a new value, as by ``self.steps = steps + 1``.
                given[name] = values[last]
            if before[name] is _NOTHING:
                del values[last]
            else:
                values[last] = before[name]


_NOTHING = object()


def _one_dict(dicts: Any) -> dict[str, Tensor]:
    if isinstance(dicts, dict):
        return dicts
    if not isinstance(dicts, (list, tuple)) or not all(isinstance(one, dict) for one in dicts):
        raise ValueError(
            "functional_call: expected a dict of Tensors, or a list or tuple of such dicts, got "
            f"{type(dicts).__name__}"
        )
    twice = [name for name, times in Counter(name for one in dicts for name in one).items()
             if times > 1]  # fmt: skip
    if twice:
        raise ValueError(f"functional_call: {twice} appear in several of the dicts")
    return {name: value for one in dicts for name, value in one.items()}


def _named_state(module: Any, remove_duplicate: bool) -> dict[str, Tensor]:
    return {
        **dict(module.named_parameters(remove_duplicate=remove_duplicate)),
        **dict(module.named_buffers(remove_duplicate=remove_duplicate)),
    }


def _need_all(given: dict[str, Tensor], own: dict[str, Tensor]) -> None:
    missing = [name for name in own if name not in given]
    unexpected = [name for name in given if name not in own]
    if missing or unexpected:
        raise RuntimeError(f"functional_call: missing keys {missing}, unexpected keys {unexpected}")


def _tied(given: dict[str, Tensor], own: dict[str, Tensor]) -> dict[str, Tensor]:
    """``given``, and the same values under the other names of what they replace."""
    names: dict[int, list[str]] = {}
    for name, value in own.items():
        names.setdefault(id(value), []).append(name)
    replaced = dict(given)
    for shared in names.values():
        said = [name for name in shared if name in given]
        if len({id(given[name]) for name in said}) > 1:
            raise ValueError(
                f"functional_call: {said} are one Tensor in the module, but got different values; "
                "pass one of them, or tie_weights=False"
            )
        if said:
            replaced.update(dict.fromkeys(shared, given[said[0]]))
    return replaced


def _place(module: Any, name: str) -> tuple[dict[str, Any], str]:
    """The dict that holds what has this dotted name, and its name there."""
    path, _, last = name.rpartition(".")
    owner = module.get_submodule(path)
    values = vars(owner)
    before = values.get(last, getattr(type(owner), last, None))
    # A property computes a parametrized weight; it lets a value under its own name take its place.
    if not isinstance(before, (Tensor, property, type(None))):
        raise TypeError(f"functional_call: {name!r} is no Tensor in the module, but {before!r}")
    return values, last


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """``(parameters, buffers)`` of several models of one class, stacked by name.

    For ``vmap`` over models: ``vmap(call)(parameters, buffers, x)`` with a ``call`` that does
    ``functional_call(models[0], (parameters, buffers), x)``.  The stacked parameters are new
    leaves.

    Raises:
        RuntimeError: no models, or of several classes, modes, or settings of ``requires_grad``.
    """
    models = list(models)
    if not models:
        raise RuntimeError("stack_module_state: expected at least one model")
    if len({model.training for model in models}) > 1:
        raise RuntimeError("stack_module_state: some models are training, others evaluating")
    if len({type(model) for model in models}) > 1:
        raise RuntimeError("stack_module_state: the models must be of one class")
    parameters = [dict(model.named_parameters()) for model in models]
    buffers = [dict(model.named_buffers()) for model in models]
    return _stacked_leaves(parameters), _stacked_leaves(buffers)


def _stacked_leaves(states: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    found = {}
    for name in states[0]:
        several = [state[name] for state in states]
        wanted = {one.requires_grad for one in several}
        if len(wanted) > 1:
            raise RuntimeError(f"stack_module_state: {name} requires grad in some models only")
        found[name] = stack(several).detach().requires_grad_(wanted.pop())
    return found
