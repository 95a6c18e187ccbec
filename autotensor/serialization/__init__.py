"""Saving and loading: nested dicts and lists of Tensors, arrays and plain values as ``.npz``.

A file is an ordinary NumPy archive.  Every array is an entry under its own name, so
``numpy.load("lenet.npz")["conv1.weight"]`` works without this package.  Memory that several Tensors
share is one entry, under the name of the first.  How the values are nested, and everything that is
not an array, stands as JSON in the entry ``__structure__.json``.  There is no pickle in it: to load
a file never runs code from it.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from typing import IO, Any

import numpy as np

from autotensor.device import device, need_cpu
from autotensor.machine.files import replacing
from autotensor.serialization.archive import read_archive, write_archive
from autotensor.serialization.values import Packing, Unpacking

__all__ = ["load", "save"]

File = str | os.PathLike[str] | IO[bytes]


def save(
    obj: Any,
    f: File,
    pickle_module: Any = None,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Writes ``obj`` to ``f`` so that ``load(f)`` gives it back exactly.

    ``obj`` is a Tensor, Parameter, ndarray, number, str, bytes, bool, None, path, range, dtype or
    device; or a container of such, nested at will: a dict of any kind, list, tuple, named tuple,
    set, deque, or namespace (``argparse.Namespace``, ``SimpleNamespace``).  So it may be a state
    dict, an optimizer's, or a whole checkpoint ``{"model": ..., "args": args, "epoch": 3}``.  Kept
    are values, shapes, dtypes, the order and type of keys, ``requires_grad``, and which Tensors are
    the same or share memory.  Not kept are gradients and the graph.  A named tuple comes back as
    one of a class of its own, equal to the one saved.

    A file appears whole or not at all: it is written beside its place under another name, forced to
    the disk and then moved there, so neither a crash nor a power cut can leave half a file where a
    good one was.  What a killed ``save`` to the same path has left beside it is removed.

    Args:
        obj: what to save.
        f: the path, taken as it is (nothing is appended), or a file open for writing bytes.
        pickle_module, pickle_protocol, _use_new_zipfile_serialization, _disable_byteorder_record:
            accepted, without effect: there is no pickle, and one format.

    Raises:
        TypeError: something in ``obj`` cannot be stored, such as a whole module, whose class is
            code (PyTorch pickles all it can); nothing has been written.
        ValueError: ``obj`` contains itself; nothing has been written.
        FileNotFoundError: the folder of ``f`` does not exist.

    Example:

        >>> import io
        >>> file = io.BytesIO()  # or a path
        >>> model = nn.Linear(2, 1)
        >>> at.save({"model": model.state_dict(), "epoch": 3}, file)
        >>> _ = file.seek(0)
        >>> checkpoint = at.load(file)
        >>> checkpoint["epoch"], list(checkpoint["model"])
        (3, ['weight', 'bias'])
    """
    packing = Packing(os.fspath(f) if isinstance(f, (str, os.PathLike)) else "path")
    structure = packing.packed(obj)
    if isinstance(f, (str, os.PathLike)):
        with replacing(os.fspath(f)) as file:
            write_archive(file, structure, packing.arrays)
    elif isinstance(f, io.TextIOBase) or not hasattr(f, "write"):
        kind = type(f).__qualname__
        order = "; the order is save(obj, f)" if isinstance(obj, (str, os.PathLike)) else ""
        raise TypeError(
            f"save: f must be a path or a file open for writing bytes, got {kind}{order}"
        )
    else:
        write_archive(f, structure, packing.arrays)


def load(
    f: File,
    map_location: str | device | Mapping[str, str] | Callable[[Any, str], Any] | None = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    max_bytes: int | None = None,
) -> Any:
    """What ``save`` wrote to ``f``.

    A file from elsewhere can neither run code nor take more memory than ``max_bytes``: what it
    claims is counted before anything is allocated.

    Args:
        f: the path, or a file open for reading bytes that can seek.
        map_location: ``"cpu"``, where everything is anyway; or, as in PyTorch, a dict from places
            to places or a function of a storage and a place, of which nothing is asked.
        pickle_module, weights_only, mmap: accepted, without effect: there is no pickle, no file
            runs code, and everything is read at once.
        max_bytes: how much memory the values may take.  If None, 64 MiB or, where that is more,
            six times the size of the file and eighteen times that of what is no array in it.  What
            ``save`` writes fits into that; a file that was compressed afterwards may not.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged, not one that ``save`` wrote, or would take more than
            ``max_bytes``.
        RuntimeError: ``map_location`` is not the CPU.

    Example:

        >>> import io
        >>> file = io.BytesIO()  # or a path
        >>> at.save(nn.Linear(2, 1).state_dict(), file)
        >>> _ = file.seek(0)
        >>> model = nn.Linear(2, 1)
        >>> model.load_state_dict(at.load(file))
        <All keys matched successfully>
    """
    _need_cpu(map_location)
    _need_count(max_bytes)
    if isinstance(f, (str, os.PathLike)):
        path = os.fspath(f)
        if not os.path.exists(path):
            raise FileNotFoundError(f"load: there is no file {path}")
        if not os.path.isfile(path) and not os.path.isdir(path):
            raise ValueError(
                f"load: {path} is a pipe or a device; read it, and load from io.BytesIO(bytes)"
            )
        with open(path, "rb") as file:
            return read_archive(file, path, _value_of, max_bytes)
    if isinstance(f, io.TextIOBase) or not (hasattr(f, "read") and hasattr(f, "seek")):
        kind = type(f).__qualname__
        raise TypeError(
            f"load: f must be a path or a file open for reading bytes that can seek, got {kind}"
        )
    return read_archive(f, getattr(f, "name", "the file"), _value_of, max_bytes)


def _value_of(structure: Any, read: Any) -> Any:
    return Unpacking(read).unpack(structure)


def _need_count(max_bytes: Any) -> None:
    if max_bytes is None:
        return
    if not isinstance(max_bytes, (int, np.integer)) or isinstance(max_bytes, bool):
        kind = type(max_bytes).__name__
        raise TypeError(f"load: max_bytes must be an int, the bytes of memory allowed, got {kind}")
    if max_bytes <= 0:
        raise ValueError(f"load: max_bytes must be positive, got {max_bytes}")


def _need_cpu(map_location: Any) -> None:
    if isinstance(map_location, Mapping):
        map_location = map_location.get("cpu")
    if isinstance(map_location, (str, device)):  # a device can be called, too: as a decorator
        need_cpu(map_location)
    elif map_location is not None and not callable(map_location):
        kind = type(map_location).__name__
        raise TypeError(
            f"load: map_location must be a device, a name of one, a dict or a function, got {kind}"
        )
