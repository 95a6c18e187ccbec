"""Saving and loading: nested dicts and lists of Tensors, arrays and plain values as ``.npz``.

A file is an ordinary NumPy archive.  Every array is an entry under its own name, so
``numpy.load("lenet.npz")["conv1.weight"]`` works without this package.  How the values are nested,
and everything that is not an array, stands as JSON in the entry ``__structure__.json``.  There is
no pickle in it: to load a file never runs code from it.
"""

from __future__ import annotations

import io
import math
import os
import re
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import numpy as np

from autotensor.creation import from_numpy
from autotensor.engine.tensor import Tensor, method
from autotensor.parameter import Parameter

# zipfile and json are imported where they are used: programs that never save need not wait.

__all__ = ["load", "save"]

STRUCTURE = "__structure__.json"
FORMAT = {"format": "autotensor", "version": 1}

File = str | os.PathLike[str] | IO[bytes]


def save(obj: Any, f: File) -> None:
    """Writes ``obj`` to ``f`` so that ``load(f)`` gives it back exactly.

    ``obj`` is a Tensor, Parameter, ndarray, NumPy scalar, str, int, float, bool or None, or a dict,
    OrderedDict, list or tuple of such, nested at will: a state dict, an optimizer's, or a whole
    checkpoint ``{"model": ..., "optimizer": ..., "epoch": 3}``.  Kept are values, shapes, dtypes,
    the order and type of keys, and ``requires_grad``; not kept are gradients, the graph, and
    whether two Tensors share memory.

    A file appears whole or not at all: it is written beside its place under another name and then
    moved there, so a crash cannot leave half a file where a good one was.

    Args:
        obj: what to save.
        f: the path, taken as it is (nothing is appended), or a file open for writing bytes.

    Raises:
        TypeError: something in ``obj`` cannot be stored (PyTorch pickles all it can); nothing has
            been written.
        ValueError: ``obj`` contains itself; nothing has been written.
        FileNotFoundError: the folder of ``f`` does not exist.
    """
    packing = _Packing()
    structure = packing.pack(obj, ())
    if isinstance(f, (str, os.PathLike)):
        with _replacing(os.fspath(f)) as file:
            _write_archive(file, structure, packing.arrays)
    elif isinstance(f, io.TextIOBase) or not hasattr(f, "write"):
        raise TypeError(f"save: f must be a path or a file open for writing bytes, got {_kind(f)}")
    else:
        _write_archive(f, structure, packing.arrays)


def load(f: File) -> Any:
    """What ``save`` wrote to ``f``.

    Args:
        f: the path, or a file open for reading bytes that can seek.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged, or not one that ``save`` wrote.
    """
    if isinstance(f, (str, os.PathLike)):
        path = os.fspath(f)
        if not os.path.exists(path):
            raise FileNotFoundError(f"load: there is no file {path}")
        with open(path, "rb") as file:
            return _read_archive(file, path)
    if isinstance(f, io.TextIOBase) or not (hasattr(f, "read") and hasattr(f, "seek")):
        raise TypeError(
            f"load: f must be a path or a file open for reading bytes that can seek, got {_kind(f)}"
        )
    return _read_archive(f, getattr(f, "name", "the file"))


# -- between values and their form in the file -----------------------------------------------------
#
# Numbers, strings, None and lists are themselves in JSON.  Anything else is an object with one key
# that says what it is: {"tensor": "conv1.weight"}, {"tuple": [0.9, 0.999]}, {"dict": [[key, value],
# ...]}.  Pairs, because JSON would turn the keys of an object into strings.


class _Packing:
    """Takes a value apart into its structure and its ``arrays`` by entry name."""

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self.inside: set[int] = set()  # the containers around the value at hand

    def pack(self, value: Any, path: tuple[Any, ...]) -> Any:
        kind = type(value)
        if value is None or kind in (bool, int, str):
            return value
        if kind is float:
            return value if math.isfinite(value) else {"float": repr(value)}
        if kind in (dict, OrderedDict, list, tuple):
            return self.pack_container(value, path)
        if isinstance(value, Tensor):
            name = self.store(value.array, path)
            packed = {"parameter" if isinstance(value, Parameter) else "tensor": name}
            return packed | {"requires_grad": True} if value.requires_grad else packed
        if kind is np.ndarray or isinstance(value, np.generic):
            return {"array" if kind is np.ndarray else "scalar": self.store(value, path)}
        raise TypeError(f"save: at {_place(path)}: cannot store {_kind(value)}{_remedy(value)}")

    def pack_container(self, value: Any, path: tuple[Any, ...]) -> Any:
        if id(value) in self.inside:
            raise ValueError(f"save: at {_place(path)}: the {_kind(value)} contains itself")
        self.inside.add(id(value))
        if isinstance(value, dict):
            items = [
                [self.pack_key(key, path), self.pack(one, (*path, key))]
                for key, one in value.items()
            ]
            packed: Any = {"ordered_dict" if isinstance(value, OrderedDict) else "dict": items}
        else:
            items = [self.pack(one, (*path, index)) for index, one in enumerate(value)]
            packed = {"tuple": items} if isinstance(value, tuple) else items
        self.inside.remove(id(value))
        return packed

    def pack_key(self, key: Any, path: tuple[Any, ...]) -> Any:
        if key is not None and type(key) not in (bool, int, float, str):
            raise TypeError(
                f"save: at {_place(path)}: cannot store the key {key!r} ({_kind(key)}); "
                "keys must be str, int, float, bool or None"
            )
        return self.pack(key, path)

    def store(self, array: Any, path: tuple[Any, ...]) -> str:
        """Keeps ``array`` under a name of its own, after its place: ``model.conv1.weight``."""
        if array.dtype.hasobject:
            raise TypeError(
                f"save: at {_place(path)}: cannot store an array of Python objects "
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


def _unpack(packed: Any, read: Any) -> Any:
    """The value with the structure ``packed``; ``read(name)`` gives its arrays."""
    if isinstance(packed, list):
        return [_unpack(one, read) for one in packed]
    if not isinstance(packed, dict):
        return packed
    match packed:
        case {"tensor": name, **rest}:
            return from_numpy(read(name)).requires_grad_(rest.get("requires_grad", False))
        case {"parameter": name, **rest}:
            return Parameter(from_numpy(read(name)), rest.get("requires_grad", False))
        case {"array": name}:
            return read(name)
        case {"scalar": name}:
            return read(name)[()]
        case {"float": text}:
            return float(text)
        case {"tuple": items}:
            return tuple(_unpack(one, read) for one in items)
        case {"dict": items}:
            return {_unpack(key, read): _unpack(one, read) for key, one in items}
        case {"ordered_dict": items}:
            return OrderedDict((_unpack(key, read), _unpack(one, read)) for key, one in items)
    raise ValueError(f"unknown kind of value {', '.join(map(repr, packed))}")


def _place(path: tuple[Any, ...]) -> str:
    return "".join(f"[{key!r}]" for key in path) or "the top"


def _kind(value: Any) -> str:
    return type(value).__qualname__


def _remedy(value: Any) -> str:
    if hasattr(value, "state_dict"):
        return "; save its state_dict() instead"
    if isinstance(value, np.ndarray):
        return ", a subclass of ndarray; convert it with numpy.asarray"
    return (
        "; expected Tensors, ndarrays, numbers, strings, bools, None, or dicts, lists and tuples "
        "of such"
    )


# -- the file --------------------------------------------------------------------------------------


@contextmanager
def _replacing(path: str) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of ``path`` when all is written, and not before."""
    # Through a link, the file behind it is replaced and the link stays.
    path = os.path.realpath(path)
    folder, name = os.path.split(path)
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"save: the folder {folder} does not exist")
    if os.path.exists(path) and not os.path.isfile(path):
        # A device or a pipe is written to, in one piece, and never replaced; a folder says here
        # that it is one.
        with open(path, "wb") as device:
            whole = io.BytesIO()
            yield whole
            device.write(whole.getbuffer())
        return
    beside = os.path.join(folder, f".{name}.{os.urandom(4).hex()}.tmp")
    try:
        with open(beside, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        if os.path.exists(beside):
            os.remove(beside)
        raise


def _write_archive(file: IO[bytes], structure: Any, arrays: dict[str, np.ndarray]) -> None:
    import json
    import zipfile

    text = json.dumps(FORMAT | {"value": structure}, allow_nan=False)
    with zipfile.ZipFile(file, "w") as archive:
        # A ZipInfo without a time: the same content gives the same bytes.
        archive.writestr(zipfile.ZipInfo(STRUCTURE), text)
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as entry:
                np.save(entry, array, allow_pickle=False)


class _FormatError(Exception):
    """What is wrong with a file, as a sentence that goes on after its name."""


def _read_archive(file: IO[bytes], name: Any) -> Any:
    import zipfile

    start = file.read(6)
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            return _value_in(archive)
    except zipfile.BadZipFile as error:
        raise ValueError(f"load: {name} {_no_archive(start)} ({error})") from None
    except _FormatError as problem:
        raise ValueError(f"load: {name} {problem}") from None
    except (OSError, MemoryError):
        raise
    except Exception as error:
        # Bytes from elsewhere can break the readers of zip, npy and JSON in any way they like.
        raise ValueError(f"load: {name} is damaged ({type(error).__name__}: {error})") from error


def _value_in(archive: Any) -> Any:
    import json

    entries = archive.namelist()
    if STRUCTURE not in entries:
        raise _FormatError(_foreign(entries))
    head = json.loads(archive.read(STRUCTURE))
    if head["format"] != FORMAT["format"]:
        raise _FormatError(f"holds something else: format {head['format']!r}")
    if head["version"] != FORMAT["version"]:
        raise _FormatError(
            f"has version {head['version']} of its format, but this autotensor reads version "
            f"{FORMAT['version']}"
        )

    def read(name: str) -> np.ndarray:
        # To the end of its entry, where the archive compares the checksum.
        with archive.open(f"{name}.npy") as entry:
            return np.lib.format.read_array(entry, allow_pickle=False)

    return _unpack(head["value"], read)


def _no_archive(start: bytes) -> str:
    if start.startswith(b"PK"):
        return "is truncated or damaged"
    if start.startswith(b"\x93NUMPY"):
        return "holds one bare array, which numpy.load reads"
    if start.startswith(b"\x80"):
        return "is a pickle, which load does not read: that could run code"
    return "is not an .npz file" if start else "is empty"


def _foreign(entries: list[str]) -> str:
    if any(entry.endswith("data.pkl") for entry in entries):
        return (
            "was written by PyTorch; load it there and save its arrays with numpy.savez, "
            "whose files numpy.load reads"
        )
    if entries and all(entry.endswith(".npy") for entry in entries):
        return "was not written by autotensor.save; numpy.load reads its arrays"
    return "is a zip archive of something else"


# -- copies and pickles of Tensors -----------------------------------------------------------------


@method
def __deepcopy__(self: Tensor, memo: dict[int, Any]) -> Tensor:
    if not self.is_leaf:
        raise RuntimeError(
            "only leaf Tensors (created by the user) can be deep-copied; "
            "call detach() first to copy the values"
        )
    copied = type(self).__new__(type(self))
    memo[id(self)] = copied
    copied.__setstate__(self.__getstate__())
    copied.array = self.array.copy()
    if self._grad is not None:
        copied._grad = __deepcopy__(self._grad, memo)
    return copied


@method
def __getstate__(self: Tensor) -> dict[str, Any]:
    if not self.is_leaf:
        raise RuntimeError("only leaf Tensors can be pickled; call detach() first")
    state = dict(getattr(self, "__dict__", {}))
    return state | {"array": self.array, "requires_grad": self._requires_grad}
