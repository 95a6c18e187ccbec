"""``_foreach_…``: an operator on each Tensor of a list, as optimizers written for PyTorch call it.

``_foreach_mul_(params, 0.9)`` is ``for p in params: p.mul_(0.9)``: there is no device here that
would be faster with all at once.  What stands beside the list is a number or a 0-d Tensor for all,
or a list with one for each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autotensor.doors import not_a_tensor
from autotensor.elsewhere import FOREACH
from autotensor.engine.tensor import Tensor
from autotensor.linalg import vector_norm

_VALUE_BY_NAME = ("addcmul", "addcdiv")
"""Their number comes last here, and by name in the method."""


def _for_each(name: str, act: Callable[..., Any]) -> Any:
    def call(self: Sequence[Tensor], *args: Any, **kwargs: Any) -> Sequence[Any]:
        found = tuple(
            act(one, *(_at(arg, position) for arg in args),
                **{key: _at(arg, position) for key, arg in kwargs.items()})
            for position, one in enumerate(_checked(name, self, *args, *kwargs.values()))
        )  # fmt: skip
        return self if name.endswith("_") else found

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"``{name.removeprefix('_foreach_')}`` of each Tensor of a list."
    return call


def _at(argument: Any, position: int) -> Any:
    return argument[position] if isinstance(argument, (list, tuple)) else argument


def _checked(name: str, tensors: Any, *others: Any) -> Sequence[Tensor]:
    """All that could be refused is refused before the first Tensor is written."""
    if not isinstance(tensors, (list, tuple)):
        raise TypeError(f"{name}: self must be a list of Tensors, got {type(tensors).__name__}")
    if not tensors:
        raise RuntimeError(f"{name}: Tensor list must have at least one tensor")
    for one in tensors:
        if not isinstance(one, Tensor):
            raise not_a_tensor(name, "an element of self", one, "a Tensor")
    for other in others:
        if isinstance(other, (list, tuple)) and len(other) != len(tensors):
            raise RuntimeError(
                f"{name}: the lists must be of the same length, got {len(tensors)} and {len(other)}"
            )
    return tensors


def _method(name: str) -> Callable[..., Any]:
    def act(tensor: Tensor, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 3 and name.rstrip("_") in _VALUE_BY_NAME:
            first, second, value = args
            return getattr(tensor, name)(first, second, value=value, **kwargs)
        return getattr(tensor, name)(*args, **kwargs)

    return act


_OTHERWISE: dict[str, Callable[..., Any]] = {
    "_foreach_norm": vector_norm,
    "_foreach_maximum_": Tensor.clamp_min_,
    "_foreach_minimum_": Tensor.clamp_max_,
}
"""Those that are no method of the same name."""

globals().update(
    {
        name: _for_each(name, _OTHERWISE.get(name) or _method(name.removeprefix("_foreach_")))
        for name in FOREACH
    }
)
