"""What parts of networks are called: dotted names from the outermost living Module on.

``autotensor`` asks when it shows a graph, and is told here how.  Nothing is noted down while
networks are built or run: who asks waits while all living objects are looked through.
"""

from __future__ import annotations

import gc
import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import autotensor as at
from autotensor import Tensor
from autotensor.extend import see_networks, wrap
from nn.modes import left_as_it_was
from nn.module import Module

__all__ = ["names", "register", "run"]

Names = dict[int, tuple[Module, str]]


def names(leaves: Iterable[Tensor], modules: Iterable[Module] = ()) -> Names:
    """By identity, the outermost Module that a Tensor or Module is in, and its dotted name there.

    Of several outermost Modules the one with most of what is asked for comes first: a network
    before another that was made of its layers.  What is shared has its first name.
    """
    called = list(modules)
    wanted = {id(one) for one in [*leaves, *called]}
    living = {id(one): one for one in [*_living(), *called]}
    inside: dict[int, list[Module]] = {}
    near: list[Module] = []
    for module in living.values():
        for _, part in Module.named_children(module):
            inside.setdefault(id(part), []).append(module)
        if id(module) in wanted or any(id(one) in wanted for _, one in _own(module)):
            near.append(module)
    found = [_below(root, wanted) for root in _outermost(near, inside)]
    named: Names = {}
    for one in sorted(found, key=len, reverse=True):
        named = one | named
    return named


def _living() -> Iterator[Module]:
    """All Modules there are."""
    # Not by isinstance, which asks an object for its class, and some answer with code of their own.
    kinds: dict[type, bool] = {}
    for one in gc.get_objects():
        kind = type(one)
        known = kinds.get(kind)
        if known is None:
            known = kinds[kind] = issubclass(kind, Module)
        if known:
            yield one


def _own(module: Module) -> Iterator[tuple[str, Tensor]]:
    """Parameters and buffers of a Module itself."""
    yield from Module.named_parameters(module, recurse=False)
    yield from Module.named_buffers(module, recurse=False)


def _outermost(modules: Iterable[Module], inside: Mapping[int, list[Module]]) -> list[Module]:
    """Those that some are in, directly or not, and that are in no other."""
    seen: dict[int, Module] = {}
    stack = list(modules)
    while stack:
        module = stack.pop()
        if id(module) not in seen:
            seen[id(module)] = module
            stack += inside.get(id(module), [])
    return [module for module in seen.values() if not inside.get(id(module))]


def _below(root: Module, wanted: set[int]) -> Names:
    """What of ``wanted`` is in ``root``, or is it, with its first name."""
    found: Names = {}
    for path, module in Module.named_modules(root):
        if id(module) in wanted:
            found.setdefault(id(module), (root, path))
        for name, one in _own(module):
            if id(one) in wanted:
                found.setdefault(id(one), (root, f"{path}.{name}" if path else name))
    return found


def run(model: Module, inputs: Any) -> tuple[Any, dict[str, Tensor]]:
    """One forward pass with its graph; the model is afterwards as it was.

    Args:
        inputs: a Tensor, a tuple or list of positional arguments, or a dict of keyword arguments.

    Returns:
        What the model gives; and by the names of its arguments the Tensors at which its graph
        begins.  It was given copies, which require a gradient so that they are in the graph.
    """
    args: Any = ()
    kwargs: Any = {}
    if isinstance(inputs, Mapping):
        kwargs = dict(inputs)
    else:
        args = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    try:
        given = inspect.signature(model.forward).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        given = {}  # the call says what is wrong
    called = {id(one): name for name, one in given.items() if isinstance(one, Tensor)}
    for name, several in given.items():
        if isinstance(several, (tuple, list)):
            called |= {id(one): f"{name}[{at}]" for at, one in enumerate(several)}
    shown: dict[str, Tensor] = {}

    with left_as_it_was(model), at.enable_grad():
        args, kwargs = (_stand_in(one, called, shown) for one in (args, kwargs))
        result = model(*args, **kwargs)
    return result, shown


def _stand_in(value: Any, called: Mapping[int, str], shown: dict[str, Tensor]) -> Any:
    """A copy of what a model is given, with each Tensor in ``shown`` under its name."""
    if isinstance(value, (tuple, list)):
        parts = [_stand_in(one, called, shown) for one in value]
        return value._make(parts) if hasattr(value, "_make") else type(value)(parts)
    if isinstance(value, Mapping):
        return {key: _stand_in(one, called, shown) for key, one in value.items()}
    if not isinstance(value, Tensor) or not value.is_floating_point():
        return value
    copy = value.detach().requires_grad_().clone()
    # Not the copy itself, for the model may write to it.
    name = called.get(id(value), f"input {len(shown) + 1}")
    shown[name] = wrap(value.array, copy.node)
    return copy


def register() -> None:
    """Tells ``autotensor`` how to look at networks."""
    see_networks(Module, names, run)
