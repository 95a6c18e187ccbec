"""What is registered in a Module, as PyTorch shows it: dicts of one kind; and who is told of it.

A Module keeps the values as attributes and, in ``_kinds``, what each of them is.  A ``Registered``
looks at that: ``module._parameters``, ``module._buffers``, ``module._modules``.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, KeysView, MutableMapping, ValuesView
from collections.abc import Set as AbstractSet
from copy import deepcopy
from typing import Any

from autotensor.extend import RemovableHandle, add_hook

__all__ = [
    "BUFFER", "BUFFERS", "MODULE", "PARAMETER", "TRANSIENT", "Registered", "TransientNames",
    "as_watched", "register_module_buffer_registration_hook",
    "register_module_module_registration_hook", "register_module_parameter_registration_hook",
    "registered_view",
]  # fmt: skip

# What a registered attribute is.  The words also stand in error messages.
PARAMETER = "parameter"
BUFFER = "buffer"
TRANSIENT = "non-persistent buffer"
MODULE = "module"
BUFFERS = (BUFFER, TRANSIENT)

Kinds = tuple[str, ...]


class Registered(MutableMapping[str, Any]):
    """The values of one kind in a Module by name; what is changed here is changed there.

    ``keys``, ``values`` and ``items`` are those of the moment, so the mapping may be changed in a
    loop over them.
    """

    __slots__ = ("_kinds", "_module")

    def __init__(self, module: Any, kinds: Kinds) -> None:
        self._module = module
        self._kinds = kinds

    def _now(self) -> dict[str, Any]:
        return dict(self._module._registered(*self._kinds))

    def __contains__(self, name: object) -> bool:
        return self._module._kinds.get(name) in self._kinds

    def __getitem__(self, name: str) -> Any:
        if name not in self:
            raise KeyError(name)
        behind = self._module._behind
        return behind[name] if name in behind else self._module.__dict__[name]

    def __setitem__(self, name: str, value: Any) -> None:
        kept = self._module._kinds.get(name)
        self._module._keep(kept if kept in self._kinds else self._kinds[0], name, value)

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        delattr(self._module, name)

    def __len__(self) -> int:
        return len(self._now())

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._now())

    def keys(self) -> KeysView[str]:
        return self._now().keys()

    def values(self) -> ValuesView[Any]:
        return self._now().values()

    def items(self) -> ItemsView[str, Any]:
        return self._now().items()

    def popitem(self) -> tuple[str, Any]:
        """Takes the last pair out."""
        if not self:
            raise KeyError("popitem(): there is nothing")
        name = next(reversed(self))
        return name, self.pop(name)

    def copy(self) -> dict[str, Any]:
        """A dict of its own with what is here now."""
        return self._now()

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return deepcopy(self._now(), memo)

    def __reduce__(self) -> Any:
        return dict, (self._now(),)

    def __or__(self, other: Any) -> dict[str, Any]:
        return self._now() | dict(other)

    def __ror__(self, other: Any) -> dict[str, Any]:
        return dict(other) | self._now()

    def __ior__(self, other: Any) -> Registered:
        self.update(other)
        return self

    def __repr__(self) -> str:
        return repr(self._now())


def registered_view(*kinds: str) -> Any:
    """An attribute that shows a Module's values of these kinds; what is assigned replaces them."""

    def replace(module: Any, values: Any) -> None:
        view, new = Registered(module, kinds), dict(values)
        view.clear()
        view.update(new)

    return property(lambda module: Registered(module, kinds), replace)


class TransientNames(AbstractSet[str]):
    """The names of a Module's buffers that are not saved; ``add`` and ``discard`` change that."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def __contains__(self, name: object) -> bool:
        return self._module._kinds.get(name) == TRANSIENT

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self._module._registered(TRANSIENT)))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        return repr(set(self))

    @classmethod
    def _from_iterable(cls, names: Any) -> Any:
        return set(names)

    def add(self, name: str) -> None:
        if self._module._kinds.get(name) == BUFFER:
            self._module._kinds[name] = TRANSIENT

    def discard(self, name: str) -> None:
        if name in self:
            self._module._kinds[name] = BUFFER


# -- who is told of it -----------------------------------------------------------------------------

_watching: dict[str, dict[int, Callable[..., Any]]] = {PARAMETER: {}, BUFFER: {}, MODULE: {}}


def as_watched(kind: str, module: Any, name: str, value: Any) -> Any:
    """``value``, or what a hook on registering gives in its place."""
    for hook in list(_watching[BUFFER if kind in BUFFERS else kind].values()):
        replaced = hook(module, name, value)
        value = value if replaced is None else replaced
    return value


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls ``hook(module, name, param)`` whenever any module is given a parameter.

    What it returns, unless None, is registered in its place.

    Example:

        >>> from nn.modules.module import register_module_parameter_registration_hook
        >>> handle = register_module_parameter_registration_hook(
        ...     lambda module, name, param: print(name, tuple(param.shape))
        ... )
        >>> layer = nn.Linear(2, 3)
        weight (3, 2)
        bias (3,)
        >>> handle.remove()
    """
    return add_hook(_watching[PARAMETER], hook)


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls ``hook(module, name, buffer)`` whenever any module is given a buffer.

    What it returns, unless None, is registered in its place.

    Example:

        >>> from nn.modules.module import register_module_buffer_registration_hook
        >>> handle = register_module_buffer_registration_hook(
        ...     lambda module, name, buffer: print(name)
        ... )
        >>> nn.Module().register_buffer("mean", at.zeros(3))
        mean
        >>> handle.remove()
    """
    return add_hook(_watching[BUFFER], hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls ``hook(module, name, submodule)`` whenever any module is given a sub-module.

    What it returns, unless None, is registered in its place.

    Example:

        >>> from nn.modules.module import register_module_module_registration_hook
        >>> handle = register_module_module_registration_hook(
        ...     lambda module, name, submodule: print(name, submodule)
        ... )
        >>> net = nn.Sequential(nn.ReLU(), nn.Tanh())
        0 ReLU()
        1 Tanh()
        >>> handle.remove()
    """
    return add_hook(_watching[MODULE], hook)
