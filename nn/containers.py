"""Modules that hold other modules, or Parameters: in a chain, in a list, under names."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from itertools import groupby
from typing import TYPE_CHECKING, Any, NoReturn, Self

from autotensor import Parameter, Tensor
from nn.module import Module
from nn.registered import MODULE

__all__ = ["ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]


class _List(Module):
    """A Python list whose elements are attributes of the module, in the order of ``_names``."""

    _holds = "modules"

    def _names(self) -> list[str]:
        return [name for name, kind in self._kinds.items() if kind == MODULE]

    def _name_at(self, index: Any) -> str:
        """The name of the element at ``index``, which may count from the end."""
        names = self._names()
        position = operator.index(index)
        if not -len(names) <= position < len(names):
            raise IndexError(f"index {position} is out of range for {len(names)} {self._holds}")
        return names[position]

    def __len__(self) -> int:
        return len(self._names())

    def __iter__(self) -> Iterator[Any]:
        return (getattr(self, name) for name in self._names())

    def __getitem__(self, index: int | slice) -> Any:
        """The element at ``index``; a slice gives a list of the same kind, numbered anew."""
        if isinstance(index, slice):
            made: Any = type(self)
            return made(list(self)[index])
        return getattr(self, self._name_at(index))

    def extend(self, values: Iterable[Any]) -> Self:
        raise NotImplementedError

    def __iadd__(self, other: Iterable[Any]) -> Self:
        return self.extend(other)


class _ListOfModules(_List):
    """A list of modules that are registered as ``"0"``, ``"1"``, …"""

    def _renumber(self, modules: Iterable[Module]) -> None:
        """Holds just these modules from now on, named by their position."""
        modules = list(modules)
        for module in modules:
            if not isinstance(module, Module):
                raise TypeError(f"{type(self).__name__}: {_type_of(module)} is not a Module")
        for name in self._names():
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
                f"{_type_of(modules)}"
            )
        for module in list(modules):
            self.append(module)
        return self

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


class Sequential(_ListOfModules):
    """A chain: each module gets the output of the one before it.

    ``Sequential(first, second)`` names them ``"0"``, ``"1"``;
    ``Sequential(OrderedDict(hidden=first, out=second))`` as given.

    Raises:
        TypeError: something that is no Module.

    Example:

        >>> net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
        >>> net(at.ones(5, 4)).shape, net[0].weight.shape, len(net[:2])
        (torch.Size([5, 2]), torch.Size([8, 4]), 2)
        >>> net.append(nn.Softmax(dim=1))
        Sequential(
          (0): Linear(in_features=4, out_features=8, bias=True)
          (1): ReLU()
          (2): Linear(in_features=8, out_features=2, bias=True)
          (3): Softmax(dim=1)
        )
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            for name, module in args[0].items():
                self.add_module(name, module)
        else:
            self.extend(args)

    def forward(self, input: Tensor) -> Tensor:
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
                f"add operator supports only objects of Sequential class, but {_type_of(other)} is "
                "given"
            )
        return Sequential(*self, *other)

    def __mul__(self, times: int) -> Sequential:
        """The same modules ``times`` times in a row; they share their parameters.

        Example:

            >>> layer = nn.Linear(4, 4)
            >>> len(nn.Sequential(layer, nn.ReLU()) * 3)
            6
        """
        return Sequential(*list(self) * _times(times))

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Self:
        self._renumber(list(self) * _times(times))
        return self


class ModuleList(_ListOfModules):
    """A Python list whose modules are registered.  It has no ``forward``: index it in your own.

    Raises:
        TypeError: something that is no Module.

    Example:

        >>> heads = nn.ModuleList(nn.Linear(4, 2) for _ in range(3))
        >>> heads
        ModuleList(
          (0-2): 3 x Linear(in_features=4, out_features=2, bias=True)
        )
        >>> at.stack([head(at.ones(5, 4)) for head in heads]).shape
        torch.Size([3, 5, 2])
        >>> len(list(heads.parameters()))
        6
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def _repr_children(self) -> list[str]:
        """Neighbours that look the same are shown once: ``(0-2): 3 x Linear(…)``."""
        lines = []
        start = 0
        for text, same in groupby(self, repr):
            count = len(list(same))
            end = start + count - 1
            place, times = (f"{start}-{end}", f"{count} x ") if count > 1 else (start, "")
            lines.append(f"({place}): {times}{text}")
            start += count
        return lines


class _Dict(Module):
    """A Python dict whose values are attributes of the module, under the same names."""

    def keys(self) -> KeysView[str]:
        raise NotImplementedError

    def __getitem__(self, key: str) -> Any:
        if key not in self:
            raise KeyError(key)
        return getattr(self, key)

    def __len__(self) -> int:
        return len(self.keys())

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __contains__(self, key: object) -> bool:
        return key in self.keys()

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        delattr(self, key)

    def clear(self) -> None:
        """Takes everything out."""
        for key in list(self.keys()):
            del self[key]

    def _take_over(self: Any, pairs: Iterable[Any], name: str) -> None:
        """Puts in every one of ``pairs`` ``(key, value)``; ``name`` is that of the class."""
        for position, pair in enumerate(pairs):
            if not isinstance(pair, (tuple, list)) or len(pair) != 2:
                raise ValueError(
                    f"{name}.update: element {position} must be a pair (key, value), got {pair!r}"
                )
            self[pair[0]] = pair[1]


if TYPE_CHECKING:

    class _Part(Module):
        """For type checkers: a layer, or a list of layers."""

        def __iter__(self) -> Iterator[Any]: ...
        def __getitem__(self, index: int | slice) -> Any: ...
        def __len__(self) -> int: ...


class ModuleDict(_Dict):
    """A Python dict whose modules are registered under its keys, in the order they came.

    Raises:
        TypeError: something that is no Module.

    Example:

        >>> choices = nn.ModuleDict({"relu": nn.ReLU(), "tanh": nn.Tanh()})
        >>> choices["relu"](at.tensor([-1.0, 2.0])), list(choices)
        (tensor([0., 2.]), ['relu', 'tanh'])
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    if TYPE_CHECKING:
        # modules.key is modules["key"].
        def __getattr__(self, name: str) -> _Part: ...  # type: ignore[override]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def keys(self) -> KeysView[str]:
        return dict(self._registered(MODULE)).keys()

    def values(self) -> ValuesView[Module]:
        return dict(self._registered(MODULE)).values()

    def items(self) -> ItemsView[str, Module]:
        return dict(self._registered(MODULE)).items()

    def pop(self, key: str) -> Module:
        """Takes the module under ``key`` out and returns it.

        Example:

            >>> choices = nn.ModuleDict({"relu": nn.ReLU(), "tanh": nn.Tanh()})
            >>> choices.pop("tanh"), list(choices)
            (Tanh(), ['relu'])
        """
        module = self[key]
        del self[key]
        return module

    def update(
        self, modules: Mapping[str, Module] | ModuleDict | Iterable[tuple[str, Module]]
    ) -> None:
        """Takes over every module of a mapping, or of pairs ``(key, module)``.

        Example:

            >>> choices = nn.ModuleDict({"relu": nn.ReLU()})
            >>> choices.update({"tanh": nn.Tanh()})
            >>> list(choices)
            ['relu', 'tanh']
        """
        if not isinstance(modules, Iterable):
            raise TypeError(
                "ModuleDict.update should be called with an iterable of key/value pairs, got "
                f"{_type_of(modules)}"
            )
        pairs = modules.items() if isinstance(modules, (Mapping, ModuleDict)) else modules
        self._take_over(pairs, "ModuleDict")


class ParameterList(_List):
    """A Python list whose Parameters are registered.

    Tensors become Parameters when they are put in; other objects are kept as they are.

    Example:

        >>> weights = nn.ParameterList([at.ones(2), at.ones(2, 3)])
        >>> [tuple(weight.shape) for weight in weights], isinstance(weights[0], nn.Parameter)
        ([(2,), (2, 3)], True)
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    _holds = "parameters"

    def _names(self) -> list[str]:
        return [str(position) for position in range(self._size)]

    def __setitem__(self, index: int, value: Any) -> None:
        setattr(self, self._name_at(index), _as_parameter(value))

    def append(self, value: Any) -> Self:
        """Adds ``value`` at the end.

        Example:

            >>> weights = nn.ParameterList([at.ones(2)])
            >>> len(weights.append(at.ones(3)))
            2
        """
        setattr(self, str(self._size), _as_parameter(value))
        self._size += 1
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Adds every one of ``values`` at the end.

        Example:

            >>> weights = nn.ParameterList([at.ones(2)])
            >>> len(weights.extend([at.ones(3), at.ones(4)]))
            3
        """
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(
                "ParameterList.extend should be called with an iterable, but got "
                f"{_type_of(values)}"
            )
        for value in list(values):
            self.append(value)
        return self

    def extra_repr(self) -> str:
        return _described(enumerate(self))

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError("ParameterList should not be called.")


class ParameterDict(_Dict):
    """A Python dict whose Parameters are registered under its keys, in the order they came.

    Tensors become Parameters when they are put in; other objects are kept as they are.

    Raises:
        TypeError: a key that is no string.

    Example:

        >>> weights = nn.ParameterDict({"left": at.ones(2), "right": at.zeros(3)})
        >>> list(weights), weights["right"]
        (['left', 'right'], Parameter containing:
        tensor([0., 0., 0.], requires_grad=True))
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}  # a set that keeps its order
        if parameters is not None:
            self.update(parameters)

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise TypeError(
                f"a key of a ParameterDict must be a string, got {key!r} of type {_type_of(key)}"
            )
        setattr(self, key, _as_parameter(value))
        self._keys[key] = None

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        del self._keys[key]

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._keys)

    def keys(self) -> KeysView[str]:
        return self._keys.keys()

    def values(self) -> Iterator[Any]:
        return (self[key] for key in self._keys)

    def items(self) -> Iterator[tuple[str, Any]]:
        return ((key, self[key]) for key in self._keys)

    def copy(self) -> ParameterDict:
        """Another ParameterDict with the same Parameters.

        Example:

            >>> weights = nn.ParameterDict({"left": at.ones(2)})
            >>> weights.copy()["left"] is weights["left"]
            True
        """
        return ParameterDict(self.items())

    def get(self, key: str, default: Any = None) -> Any:
        """What stands under ``key``, or ``default``.

        Example:

            >>> weights = nn.ParameterDict({"left": at.ones(2)})
            >>> weights.get("left").shape, weights.get("right", "none")
            (torch.Size([2]), 'none')
        """
        return self[key] if key in self else default  # noqa: SIM401

    def setdefault(self, key: str, default: Any = None) -> Any:
        """What stands under ``key``; ``default``, put there first, where there is nothing.

        Example:

            >>> weights = nn.ParameterDict({"left": at.ones(2)})
            >>> weights.setdefault("left", at.zeros(2)).tolist(), list(weights)
            ([1.0, 1.0], ['left'])
        """
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str) -> Any:
        """Takes what stands under ``key`` out and returns it.

        Example:

            >>> weights = nn.ParameterDict({"left": at.ones(2), "right": at.zeros(3)})
            >>> weights.pop("left").shape, list(weights)
            (torch.Size([2]), ['right'])
        """
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Takes the last pair ``(key, value)`` out and returns it.

        Example:

            >>> weights = nn.ParameterDict({"left": at.ones(2), "right": at.zeros(3)})
            >>> weights.popitem()[0], list(weights)
            ('right', ['left'])
        """
        if not self._keys:
            raise KeyError("popitem: the ParameterDict is empty")
        key = next(reversed(self._keys))
        return key, self.pop(key)

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """A new ParameterDict with ``default`` under each of ``keys``.

        Example:

            >>> weights = nn.ParameterDict().fromkeys(["left", "right"], at.ones(2))
            >>> list(weights)
            ['left', 'right']
        """
        return ParameterDict((key, default) for key in keys)

    def update(self, parameters: Any) -> None:
        """Takes over everything of a mapping, or of pairs ``(key, value)``.

        As in PyTorch, the keys of a mapping that promises no order are sorted.

        Example:

            >>> weights = nn.ParameterDict({"left": at.ones(2)})
            >>> weights.update({"right": at.zeros(3)})
            >>> list(weights)
            ['left', 'right']
        """
        if not isinstance(parameters, Iterable) or isinstance(parameters, Tensor):
            raise TypeError(
                "ParameterDict.update should be called with an iterable of key/value pairs, but "
                f"got {_type_of(parameters)}"
            )
        if isinstance(parameters, (OrderedDict, ParameterDict)):
            parameters = parameters.items()
        elif isinstance(parameters, Mapping):
            parameters = sorted(parameters.items(), key=operator.itemgetter(0))
        self._take_over(parameters, "ParameterDict")

    def __or__(self, other: Any) -> ParameterDict:
        both = self.copy()
        both.update(other)
        return both

    def __ror__(self, other: Any) -> ParameterDict:
        return ParameterDict(other) | self

    def __ior__(self, other: Any) -> Self:
        self.update(other)
        return self

    def extra_repr(self) -> str:
        return _described(self.items())

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError("ParameterDict should not be called.")


def _as_parameter(value: Any) -> Any:
    """A Tensor as a Parameter that shares its memory; anything else as it is."""
    plain = isinstance(value, Tensor) and not isinstance(value, Parameter)
    return Parameter(value) if plain else value


def _described(items: Iterable[tuple[object, Any]]) -> str:
    """What ``repr`` shows of a list or dict of Parameters: a line for each."""
    lines = []
    for name, value in items:
        if isinstance(value, Tensor):
            kind = "Parameter" if isinstance(value, Parameter) else "Tensor"
            sizes = "x".join(str(size) for size in value.shape)
            what = f"{kind} containing: [{value.dtype!r} of size {sizes}]"
        else:
            what = f"Object of type: {_type_of(value)}"
        lines.append(f"  ({name}): {what}")
    return "\n".join(lines)


def _type_of(thing: object) -> str:
    return type(thing).__name__


def _times(times: int) -> int:
    if not isinstance(times, int):
        raise TypeError(f"Sequential can be multiplied by an int only, got {_type_of(times)}")
    if times <= 0:
        raise ValueError(f"Sequential must be multiplied by at least 1, got {times}")
    return times
