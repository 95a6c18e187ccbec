"""Between values and their form in the file, which is JSON.

Numbers, strings, None and lists are themselves in JSON.  Anything else is an object whose first key
says what it is: ``{"tensor": "conv1.weight"}``, ``{"tuple": [0.9, 0.999]}``, ``{"dict": [[key,
value], ...]}``.  Pairs, because JSON would turn the keys of an object into strings.

Reading makes values of the kinds listed here, and nothing else: no class is looked up by its name.
"""

from __future__ import annotations

import argparse
import base64
import functools
import math
import pathlib
import re
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from autotensor import facts
from autotensor.creation import from_numpy
from autotensor.device import device
from autotensor.engine.storage import storage_of
from autotensor.engine.tensor import Tensor
from autotensor.facts import Size, dtype
from autotensor.parameter import Parameter
from autotensor.serialization.memory import at_place, places_of

__all__: list[str] = []  # helpers, which no package shows

Keys = tuple[Any, ...]
"""What leads to a value from the top."""

# -- kinds of values -------------------------------------------------------------------------------

DTYPES = {one.name: one for one in vars(facts).values() if isinstance(one, dtype)}
SINGLE: dict[Any, tuple[str, Callable[[Any], Any], Callable[[Any], Any]]] = {
    complex: ("complex", repr, complex),
    bytes: ("bytes", lambda value: _text_of(value), lambda text: _bytes_of(text)),
    bytearray: (
        "bytearray",
        lambda value: _text_of(value),
        lambda text: bytearray(_bytes_of(text)),
    ),
    range: (
        "range",
        lambda value: [value.start, value.stop, value.step],
        lambda ends: range(*ends),
    ),
    pathlib.PurePath: ("path", str, pathlib.Path),
    np.dtype: ("numpy.dtype", lambda value: value.name, np.dtype),
    dtype: ("dtype", lambda value: value.name, DTYPES.__getitem__),
    Size: ("Size", list, Size),
    device: ("device", str, device),
}
"""Kinds of values without parts: their word in the file, how to write and how to read them."""

FACTORIES = {kind.__name__: kind for kind in (int, float, bool, str, list, dict, set, tuple)}
"""What a defaultdict may make its values with."""

ITEMS: dict[str, Callable[[list[Any]], Any]] = {
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "deque": deque,
}
"""Kinds that are made of a list of values."""

PAIRS: dict[str, Callable[[Iterable[tuple[Any, Any]]], Any]] = {
    "dict": dict,
    "ordered_dict": OrderedDict,
    "counter": lambda pairs: Counter(dict(pairs)),
    "namespace": lambda pairs: _with_attributes(argparse.Namespace(), pairs),
    "simple_namespace": lambda pairs: _with_attributes(SimpleNamespace(), pairs),
}
"""Kinds that are made of pairs of a key and a value."""

WORDS = {
    tuple: "tuple",
    set: "set",
    frozenset: "frozenset",
    deque: "deque",
    dict: "dict",
    OrderedDict: "ordered_dict",
    Counter: "counter",
    defaultdict: "defaultdict",
    argparse.Namespace: "namespace",
    SimpleNamespace: "simple_namespace",
}
"""The word in the file for a container other than a list."""


def _with_attributes(value: Any, pairs: Iterable[tuple[Any, Any]]) -> Any:
    vars(value).update(pairs)
    return value


def _text_of(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes_of(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


@functools.lru_cache(maxsize=256)
def _named_tuple(name: str, fields: tuple[str, ...]) -> Any:
    """A class of named tuples, which need not be that of the one who saved it."""
    return namedtuple(name, fields)


# -- writing ---------------------------------------------------------------------------------------


class Packing:
    """Takes a value apart into its structure and its ``arrays`` by entry name."""

    def __init__(self, file: Any = "path") -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self.inside: set[int] = set()  # the containers around the value at hand
        self.file = file if isinstance(file, str) else "path"
        self.tensors: dict[int, tuple[int, Tensor, dict[str, Any]]] = {}

    def packed(self, value: Any) -> Any:
        """The structure of ``value``; ``arrays`` holds what it speaks of."""
        structure = self.pack(value, ())
        self.share_memory()
        return structure

    def pack(self, value: Any, path: Keys) -> Any:
        kind = type(value)
        if value is None or kind in (bool, int, str):
            return value
        if kind is float:
            return value if math.isfinite(value) else {"float": repr(value)}
        if isinstance(value, Tensor):
            return self.pack_tensor(value, path)
        if kind is np.ndarray or isinstance(value, np.generic):
            return {"array" if kind is np.ndarray else "scalar": self.store(value, path)}
        for known, (word, write, _) in SINGLE.items():
            if kind is known or (
                known in (pathlib.PurePath, np.dtype) and isinstance(value, known)
            ):
                return {word: write(value)}
        if kind is list or kind in WORDS or (isinstance(value, tuple) and hasattr(kind, "_fields")):
            if id(value) in self.inside:
                raise ValueError(f"save: at {place_of(path)}: the {_kind(value)} contains itself")
            self.inside.add(id(value))
            packed = self.pack_parts(value, path)
            self.inside.remove(id(value))
            return packed
        remedy = _remedy(value, path, self.file)
        raise TypeError(f"save: at {place_of(path)}: cannot store {_kind(value)}{remedy}")

    def pack_tensor(self, value: Tensor, path: Keys) -> Any:
        if id(value) in self.tensors:
            return {"same": self.tensors[id(value)][0]}
        word = "parameter" if isinstance(value, Parameter) else "tensor"
        packed: dict[str, Any] = {word: self.store(value.array, path)}
        if value.requires_grad:
            packed["requires_grad"] = True
        self.tensors[id(value)] = (len(self.tensors), value, packed)
        return packed

    def pack_parts(self, value: Any, path: Keys) -> Any:
        kind = type(value)
        word = WORDS.get(kind)
        if word in PAIRS or word == "defaultdict":
            items = value if isinstance(value, dict) else vars(value)
            pairs = [
                [self.pack_key(key, path), self.pack(one, (*path, key))]
                for key, one in items.items()
            ]
            if word not in PAIRS:
                return self.with_factory(value, pairs, path)
            packed: dict[str, Any] = {word: pairs}
            if word == "ordered_dict" and vars(value):  # ``_metadata`` of a state dict
                attributes = vars(value).items()
                packed["attributes"] = [[key, self.pack(one, path)] for key, one in attributes]
            return packed
        if word in ("set", "frozenset"):
            # In an order of their own: that of sets of strings differs between two runs.
            return {word: sorted((self.pack_key(one, path) for one in value), key=repr)}
        parts = [self.pack(one, (*path, index)) for index, one in enumerate(value)]
        if kind is list:
            return parts
        if word is None:
            return {"named_tuple": parts, "name": kind.__name__, "fields": list(kind._fields)}
        limit = getattr(value, "maxlen", None)  # of a deque
        return {word: parts} if limit is None else {word: parts, "maxlen": limit}

    def with_factory(self, value: Any, pairs: list[Any], path: Keys) -> Any:
        factory = value.default_factory
        if factory is not None and FACTORIES.get(getattr(factory, "__name__", "")) is not factory:
            raise TypeError(
                f"save: at {place_of(path)}: cannot store a defaultdict that makes its values with "
                f"{factory!r}, which is code; save dict(value) instead"
            )
        return {"defaultdict": pairs, "factory": factory and factory.__name__}

    def pack_key(self, key: Any, path: Keys) -> Any:
        """A key of a dict, or an element of a set."""
        kind = type(key)
        if kind in (tuple, frozenset):
            parts = [self.pack_key(one, path) for one in key]
            return {WORDS[kind]: parts if kind is tuple else sorted(parts, key=repr)}
        plain = (
            type(None),
            bool,
            int,
            float,
            str,
            np.generic,
            np.dtype,
            dtype,
            pathlib.PurePath,
            device,
        )
        if isinstance(key, plain) or kind in (bytes, complex, range):
            return self.pack(key, (*path, key))
        raise TypeError(
            f"save: at {place_of(path)}: cannot store the key {key!r} ({_kind(key)}); keys and "
            "elements of sets must be str, bytes, numbers, None, paths, or tuples of such"
        )

    def store(self, array: Any, path: Keys) -> str:
        """Keeps ``array`` under a name of its own, after its place: ``model.conv1.weight``."""
        if array.dtype.hasobject:
            raise TypeError(
                f"save: at {place_of(path)}: cannot store an array of Python objects "
                f"(dtype {array.dtype}); convert it to numbers first"
            )
        # What a zip archive would change or cannot hold in a name does not belong in one.
        plain = re.sub(r"[\\\0-\x1f\ud800-\udfff]", "_", ".".join(map(str, path))) or "data"
        name, count = plain, 1
        while name in self.arrays:  # {"a.b": x, "a": {"b": y}}
            count += 1
            name = f"{plain} ({count})"
        self.arrays[name] = np.asarray(array)
        return name

    def share_memory(self) -> None:
        """Stores memory that several Tensors share once, under the name of one of them."""
        stored = list(self.tensors.values())
        places = places_of([tensor.array for _, tensor, _ in stored])
        names: dict[int, str] = {}
        for (_, tensor, packed), place in zip(stored, places, strict=True):
            if place.whole is tensor.array and place.layout is None:
                names.setdefault(id(place.whole), next(iter(packed.values())))
        for (_, _, packed), (whole, layout) in zip(stored, places, strict=True):
            word, own = next(iter(packed.items()))
            if id(whole) not in names:
                # The bytes that no single Tensor covers.
                names[id(whole)] = self.store(whole, ("shared memory",))
            if names[id(whole)] != own:
                del self.arrays[own]
                packed[word] = names[id(whole)]
            if layout is not None:
                packed["layout"] = layout


def place_of(path: Keys) -> str:
    return "".join(f"[{key!r}]" for key in path) or "the top"


def _kind(value: Any) -> str:
    return type(value).__qualname__


def _remedy(value: Any, path: Keys, file: str) -> str:
    if hasattr(value, "state_dict") and not isinstance(value, type):
        name = "scheduler" if hasattr(value, "get_last_lr") else "model"
        name = "optimizer" if hasattr(value, "param_groups") else name
        where = repr(file) if file != "path" else file
        loaded = f"autotensor.load({where})" + "".join(f"[{key!r}]" for key in path)
        kept = f"autotensor.save({name}.state_dict(), {where})"
        if path:
            kept = f"checkpoint{''.join(f'[{key!r}]' for key in path)} = {name}.state_dict()"
        return (
            ": a file holds values and no code; save its state_dict() instead, and load that into "
            f"a new one:\n    {kept}\n    {name}.load_state_dict({loaded})"
        )
    if isinstance(value, np.ndarray):
        return ", a subclass of ndarray; convert it with numpy.asarray"
    for base, remedy in ((dict, "dict(value)"), (list, "list(value)"), (tuple, "tuple(value)")):
        if isinstance(value, base):
            return f", a subclass of {base.__name__}; save {remedy} instead"
    if hasattr(value, "get_state"):
        return "; save its get_state() instead"
    if isinstance(value, (str, int)) and hasattr(value, "value"):
        return "; save its .value instead"
    hint = "" if callable(value) or not hasattr(value, "__dict__") else "; save vars(value) instead"
    return (
        f"{hint}; expected Tensors, ndarrays, numbers, strings, bytes, bools, None, paths, dtypes, "
        "or dicts, lists, tuples, sets and namespaces of such"
    )


# -- reading ---------------------------------------------------------------------------------------


class Unpacking:
    """Makes the value again that a structure describes; ``read(name)`` gives its arrays."""

    def __init__(self, read: Callable[[str], np.ndarray]) -> None:
        self.read = read
        self.tensors: list[Tensor] = []
        self.memory: dict[str, Tensor] = {}

    def unpack(self, packed: Any) -> Any:
        if isinstance(packed, list):
            # In its own place, so that the two forms of a value are never both there in full.
            for index, one in enumerate(packed):
                packed[index] = self.unpack(one)
            return packed
        if not isinstance(packed, dict):
            return packed
        match packed:
            case {"tensor": name, **rest}:
                return self.made(self.tensor(name, rest).requires_grad_(_wants_grad(rest)))
            case {"parameter": name, **rest}:
                return self.made(Parameter(self.tensor(name, rest), _wants_grad(rest)))
            case {"same": int(number)} if 0 <= number < len(self.tensors):
                return self.tensors[number]
            case {"array": name}:
                return self.read(name)
            case {"scalar": name}:
                return self.read(name)[()]
            case {"float": text}:
                return float(text)
            case {"named_tuple": parts, "name": name, "fields": fields}:
                return _named_tuple(name, tuple(fields))(*self.unpack(parts))
            case {"deque": parts, "maxlen": limit}:
                return deque(self.unpack(parts), limit)
            case {"ordered_dict": pairs, "attributes": attributes}:
                return _with_attributes(OrderedDict(self.pairs(pairs)), self.pairs(attributes))
            case {"defaultdict": pairs, "factory": factory}:
                return defaultdict(factory and FACTORIES[factory], self.pairs(pairs))
        word, content = next(iter(packed.items()), ("", []))
        if word in ITEMS:
            return ITEMS[word](self.unpack(content))
        if word in PAIRS:
            return PAIRS[word](self.pairs(content))
        for known, _, made_of in SINGLE.values():
            if word == known:
                return made_of(content)
        raise ValueError(f"unknown kind of value {', '.join(map(repr, packed))}")

    def pairs(self, packed: list[Any]) -> Iterator[tuple[Any, Any]]:
        for index, (key, one) in enumerate(packed):
            packed[index] = None  # as above
            yield self.unpack(key), self.unpack(one)

    def tensor(self, name: str, rest: dict[str, Any]) -> Tensor:
        """The Tensor on the entry ``name``; further ones share its memory and its writes."""
        known = self.memory.get(name)
        if known is None:
            array = self.read(name)
            if not array.dtype.isnative:  # written by a machine of the other byte order
                array = array.astype(array.dtype.newbyteorder("="))
            known = self.memory[name] = from_numpy(array)
            if "layout" not in rest:
                return known
        array = at_place(known.array, rest["layout"]) if "layout" in rest else known.array
        another = from_numpy(array)
        another._storage = storage_of(known)
        return another

    def made(self, tensor: Tensor) -> Tensor:
        self.tensors.append(tensor)
        return tensor


def _wants_grad(rest: dict[str, Any]) -> bool:
    return bool(rest.get("requires_grad", False))
