"""Calling a module with other parameters than its own."""

from __future__ import annotations

from typing import Any

from autotensor import Tensor
from nn.module import Module

__all__ = ["functional_call"]

MISSING = object()


def functional_call(
    module: Module,
    parameters_and_buffers: dict[str, Tensor],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """``module(*args, **kwargs)`` with other Tensors in the place of its parameters and buffers.

    The module has its own again afterwards.  What it assigned to these names in the call, such as
    running statistics, then stands in ``parameters_and_buffers``.  A parametrized weight is given
    as ``parametrizations.<name>.original``; given under its own name it is taken as it is.

    Args:
        parameters_and_buffers: by dotted name.
        args: a tuple; anything else is the only argument.
        tie_weights: whether a Tensor that the module has under several names is replaced under
            all of them.
        strict: refuse names that are missing here or there.

    Raises:
        TypeError: not a Tensor.
        AttributeError: there is no such sub-module.
        ValueError: different Tensors for names that are tied.
        RuntimeError: with ``strict``, names are missing or unexpected.
    """
    given = dict(parameters_and_buffers)
    if tie_weights:
        given = _tied(module, given)
    if strict:
        _check_names(module, given)
    places = {key: _place(module, key, tensor) for key, tensor in given.items()}
    own = {key: values.get(name, MISSING) for key, (values, name) in places.items()}
    positional = args if isinstance(args, tuple) else () if args is None else (args,)
    try:
        for key, (values, name) in places.items():
            values[name] = given[key]
        return module(*positional, **(kwargs or {}))
    finally:
        for key, (values, name) in places.items():
            if key in parameters_and_buffers:
                parameters_and_buffers[key] = values[name]
            if own[key] is MISSING:
                del values[name]
            else:
                values[name] = own[key]


def _place(module: Module, key: str, tensor: Any) -> tuple[dict[str, Any], str]:
    """The dict where ``tensor`` is to stand for a while, and its name there."""
    path, _, name = key.rpartition(".")
    owner = module.get_submodule(path)
    before = owner.__dict__.get(name, getattr(type(owner), name, None))
    if not isinstance(tensor, Tensor):
        raise TypeError(f"functional_call: {key!r} must be a Tensor, got {tensor!r}")
    # A property: what is parametrized.
    if not isinstance(before, (Tensor, property, type(None))):
        raise TypeError(f"functional_call: the attribute {key!r} is not a Tensor, but {before!r}")
    return owner.__dict__, name


def _named_tensors(module: Module) -> dict[str, Tensor]:
    parameters = dict(module.named_parameters(remove_duplicate=False))
    return {**parameters, **dict(module.named_buffers(remove_duplicate=False))}


def _tied(module: Module, given: dict[str, Tensor]) -> dict[str, Tensor]:
    """``given``, and the same under the other names of the same Tensor."""
    names: dict[Tensor, list[str]] = {}
    for name, tensor in _named_tensors(module).items():
        names.setdefault(tensor, []).append(name)
    complete = dict(given)
    for together in names.values():
        values = {id(given[name]): given[name] for name in together if name in given}
        if len(values) > 1:
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(together)}, which are "
                "tied. Consider using tie_weights=False"
            )
        for value in values.values():
            complete.update(dict.fromkeys(together, value))
    return complete


def _check_names(module: Module, given: dict[str, Tensor]) -> None:
    own = _named_tensors(module)
    problems = []
    for kind, names in (
        ("Unexpected", [name for name in given if name not in own]),
        ("Missing", [name for name in own if name not in given]),
    ):
        if names:
            problems.append(f"{kind} key(s): {', '.join(map(repr, names))}.")
    if problems:
        raise RuntimeError(
            f"Error(s) in reparametrizing for {type(module).__name__}:\n\t" + "\n\t".join(problems)
        )
