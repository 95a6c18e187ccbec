"""Networks as functions of their parameters: ``functional_call``, and ensembles for ``vmap``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from autotensor.engine.tensor import Tensor
from autotensor.operators.structure.joining import stack

__all__ = ["functional_call", "replace_all_batch_norm_modules_", "stack_module_state"]


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

    The module's own are back afterwards, even after an error.  What stands for a parametrized value
    itself, ``weight``, is used as it is and gets its gradient; PyTorch writes its ``right_inverse``
    to the parametrization, which no gradient passes.

    Args:
        parameter_and_buffer_dicts: Tensors by dotted name, in one dict or in several.
        args: a tuple of arguments, or the only one.
        tie_weights: what is shared under several names in the module is replaced under all.
        strict: demand that every parameter and buffer is given, under one of its names, and nothing
            else; without it a name that the module does not use goes unnoticed, as in PyTorch.

    Raises:
        ValueError: a name in two dicts, or two values for what is shared.
        RuntimeError: with ``strict``, names that are missing or unknown.
        AttributeError: there is no such sub-module.
        TypeError: a name of what is no Tensor.

    Example:

        >>> layer = nn.Linear(2, 1, bias=False)
        >>> w = {"weight": at.tensor([[3.0, 4.0]])}
        >>> at.func.functional_call(layer, w, (at.ones(1, 2),))
        tensor([[7.]])
        >>> def loss(w):
        ...     return at.func.functional_call(layer, w, (at.ones(1, 2),)).sum()
        >>> at.func.grad(loss)(w)
        {'weight': tensor([[1., 1.]])}
    """
    if args is None:
        args = ()
    elif not isinstance(args, tuple):
        args = (args,)
    given = _one_dict(parameter_and_buffer_dicts)
    own = dict(module.named_parameters(remove_duplicate=False))
    own |= module.named_buffers(remove_duplicate=False)
    replaced = _tied(given, own) if tie_weights else given
    if strict:
        _need_all(replaced, own)
    slots = {name: _slot_of(module, name) for name in replaced}
    before = {name: values.get(last, _NOTHING) for name, (values, last) in slots.items()}
    for name, (values, last) in slots.items():
        values[last] = replaced[name]
    try:
        return module(*args, **(kwargs or {}))
    finally:
        for name, (values, last) in slots.items():
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
    counts = Counter(name for one in dicts for name in one)
    twice = [name for name, times in counts.items() if times > 1]
    if twice:
        raise ValueError(f"functional_call: {twice} appear in several of the dicts")
    return {name: value for one in dicts for name, value in one.items()}


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


def _slot_of(module: Any, name: str) -> tuple[dict[str, Any], str]:
    """The dict that holds what has this dotted name, and its name there."""
    path, _, last = name.rpartition(".")
    owner = module.get_submodule(path)
    values = vars(owner)
    before = values.get(last, getattr(type(owner), last, None))
    # A property computes a parametrized weight; it lets a value under its own name take its place.
    if not isinstance(before, (Tensor, property, type(None))):
        raise TypeError(f"functional_call: {name!r} is no Tensor in the module, but {before!r}")
    return values, last


def replace_all_batch_norm_modules_(root: Any) -> Any:
    """Takes the running statistics from all batch normalizations within ``root``, which from now on
    normalize by each batch alone: so ``vmap`` has nothing that its samples would write together.

    Returns ``root`` itself.

    Example:

        >>> model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
        >>> at.func.replace_all_batch_norm_modules_(model)[1].running_mean is None
        True
    """
    for module in root.modules():
        # By name, for networks stand above this package.
        if any(kind.__name__ == "_BatchNorm" for kind in type(module).__mro__):
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """``(parameters, buffers)`` of several models of one class, stacked by name.

    For ``vmap`` over models: ``vmap(call)(parameters, buffers, x)`` with a ``call`` that does
    ``functional_call(models[0], (parameters, buffers), x)``.  The stacked parameters are new
    leaves.

    Raises:
        RuntimeError: no models, or of several classes, modes, or settings of ``requires_grad``.

    Example:

        >>> models = [nn.Linear(2, 1) for _ in range(5)]
        >>> parameters, buffers = at.func.stack_module_state(models)
        >>> parameters["weight"].shape
        torch.Size([5, 1, 2])
        >>> def call(parameters, buffers, x):
        ...     return at.func.functional_call(models[0], (parameters, buffers), (x,))
        >>> at.vmap(call, (0, 0, None))(parameters, buffers, at.ones(3, 2)).shape
        torch.Size([5, 3, 1])
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
