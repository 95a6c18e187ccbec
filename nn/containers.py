"""Modules that hold other modules: in a chain, in a list, under names."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from itertools import groupby
from typing import Any, Self

from nn.module import MODULE, Module

__all__ = ["ModuleDict", "ModuleList", "Sequential"]


class _Numbered(Module):
    """A list of modules that are registered as ``"0"``, ``"1"``, …"""

    def __len__(self) -> int:
        return sum(1 for _ in self._registered(MODULE))

    def __iter__(self) -> Iterator[Module]:
        return (module for _, module in self._registered(MODULE))

    def _name_at(self, index: Any) -> str:
        """The name of the module at ``index``, which may count from the end."""
        names = [name for name, _ in self._registered(MODULE)]
        position = operator.index(index)
        if not -len(names) <= position < len(names):
            raise IndexError(f"index {position} is out of range for {len(names)} modules")
        return names[position]

    def _renumber(self, modules: Iterable[Module]) -> None:
        """Holds just these modules from now on, named by their position."""
        modules = list(modules)
        for module in modules:
            if not isinstance(module, Module):
                raise TypeError(f"{type(self).__name__}: {_kind_of(module)} is not a Module")
        for name in [name for name, _ in self._registered(MODULE)]:
            delattr(self, name)
        for position, module in enumerate(modules):
            self.add_module(str(position), module)

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._name_at(index), module)

    def __delitem__(self, index: int | slice) -> None:
        if not isinstance(index, slice):
            self._name_at(index)
        modules = list(self)
        del modules[index]
        self._renumber(modules)

    def append(self, module: Module) -> Self:
        """Adds ``module`` at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Adds every one of ``modules`` at the end."""
        if not isinstance(modules, Iterable):
            raise TypeError(
                f"{type(self).__name__}.extend should be called with an iterable of modules, got "
                f"{_kind_of(modules)}"
            )
        for module in list(modules):
            self.append(module)
        return self

    def __iadd__(self, other: Iterable[Module]) -> Self:
        return self.extend(other)

    def insert(self, index: int, module: Module) -> Self:
        """Puts ``module`` before the one at ``index``."""
        modules = list(self)
        if not -len(modules) <= index <= len(modules):
            raise IndexError(f"index {index} is out of range for {len(modules)} modules")
        modules.insert(index, module)
        self._renumber(modules)
        return self

    def pop(self, key: int | slice) -> Any:
        """Takes the module at ``key`` out and returns it."""
        taken = self[key]
        del self[key]
        return taken

    def __getitem__(self, index: Any) -> Any:
        return self.__dict__[self._name_at(index)]


class Sequential(_Numbered):
    """A chain: each module gets the output of the one before it.

    ``Sequential(first, second)`` names them ``"0"``, ``"1"``;
    ``Sequential(OrderedDict(hidden=first, out=second))`` as given.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            for name, module in args[0].items():
                self.add_module(name, module)
        else:
            self.extend(args)

    def forward(self, input: Any) -> Any:
        values = self.__dict__
        for name, kind in self._kinds.items():
            if kind == MODULE:
                input = values[name](input)
        return input

    def __getitem__(self, index: int | slice) -> Any:
        """The module at ``index``; a slice gives a Sequential of the same modules and names."""
        if isinstance(index, slice):
            return type(self)(OrderedDict(list(self._registered(MODULE))[index]))
        return super().__getitem__(index)

    def __add__(self, other: Sequential) -> Sequential:
        if not isinstance(other, Sequential):
            raise TypeError(
                f"add operator supports only objects of Sequential class, but {_kind_of(other)} is "
                "given"
            )
        return Sequential(*self, *other)

    def __mul__(self, times: int) -> Sequential:
        """The same modules ``times`` times in a row; they share their parameters."""
        return Sequential(*list(self) * _times(times))

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Self:
        self._renumber(list(self) * _times(times))
        return self


class ModuleList(_Numbered):
    """A Python list whose modules are registered.  It has no ``forward``: index it in your own."""

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __getitem__(self, index: int | slice) -> Any:
        """The module at ``index``; a slice gives a ModuleList, numbered anew."""
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return super().__getitem__(index)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def _repr_children(self) -> list[str]:
        """Neighbours that look the same are shown once: ``(0-2): 3 x Linear(…)``."""
        lines = []
        start = 0
        for text, same in groupby(self, repr):
            count = len(list(same))
            end = start + count - 1
            lines.append(
                f"({start}): {text}" if count == 1 else f"({start}-{end}): {count} x {text}"
            )
            start += count
        return lines


class ModuleDict(Module):
    """A Python dict whose modules are registered under its keys, in the order they came."""

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        self._check_key(key)
        return self.__dict__[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        self._check_key(key)
        delattr(self, key)

    def __len__(self) -> int:
        return len(self.keys())

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __contains__(self, key: object) -> bool:
        return key in self.keys()

    def _check_key(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)

    def _modules(self) -> dict[str, Module]:
        return dict(self._registered(MODULE))

    def keys(self) -> KeysView[str]:
        return self._modules().keys()

    def values(self) -> ValuesView[Module]:
        return self._modules().values()

    def items(self) -> ItemsView[str, Module]:
        return self._modules().items()

    def clear(self) -> None:
        """Takes all modules out."""
        for key in self.keys():
            del self[key]

    def pop(self, key: str) -> Module:
        """Takes the module under ``key`` out and returns it."""
        module = self[key]
        del self[key]
        return module

    def update(
        self, modules: Mapping[str, Module] | ModuleDict | Iterable[tuple[str, Module]]
    ) -> None:
        """Takes over every module of a mapping, or of pairs ``(key, module)``."""
        if isinstance(modules, (Mapping, ModuleDict)):
            pairs: Iterable[Any] = modules.items()
        elif isinstance(modules, Iterable):
            pairs = modules
        else:
            raise TypeError(
                "ModuleDict.update should be called with an iterable of key/value pairs, got "
                f"{_kind_of(modules)}"
            )
        for position, pair in enumerate(pairs):
            if not isinstance(pair, (tuple, list)) or len(pair) != 2:
                raise ValueError(
                    f"ModuleDict.update: element {position} must be a pair (key, module), "
                    f"got {pair!r}"
                )
            key, module = pair
            self[key] = module


def _kind_of(thing: object) -> str:
    return type(thing).__name__


def _times(times: int) -> int:
    if not isinstance(times, int):
        raise TypeError(f"Sequential can be multiplied by an int only, got {_kind_of(times)}")
    if times <= 0:
        raise ValueError(f"Sequential must be multiplied by at least 1, got {times}")
    return times
