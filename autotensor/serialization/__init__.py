"""Saving and loading: nested dicts and lists of Tensors, arrays and plain values as ``.npz``.

A file is an ordinary NumPy archive.  Every array is an entry under its own name, so
``numpy.load("lenet.npz")["conv1.weight"]`` works without this package.  Memory that several Tensors
share is one entry, under the name of the first.  How the values are nested, and everything that is
not an array, stands as JSON in the entry ``__structure__.json``.  There is no pickle in it: to load
a file never runs code from it.

Files of others are read by their content, and written by their suffix: PyTorch's, NumPy's, and
those of safetensors.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from typing import IO, Any

import numpy as np

from autotensor.device import device, need_cpu
from autotensor.engine.tensor import Tensor
from autotensor.machine.files import replacing
from autotensor.serialization.archive import write_archive
from autotensor.serialization.contents import read_opened
from autotensor.serialization.listed import (
    add_safe_globals,
    clear_safe_globals,
    get_safe_globals,
    safe_globals,
)
from autotensor.serialization.opened import FromHere, Opened
from autotensor.serialization.safetensors_files import writer_of_safetensors
from autotensor.serialization.torch_writing import Pickle, write_legacy, write_zipped
from autotensor.serialization.values import Packing

__all__ = [
    "add_safe_globals", "clear_safe_globals", "get_safe_globals", "load", "safe_globals", "save",
]  # fmt: skip

File = str | os.PathLike[str] | IO[bytes]

TORCH = (".pt", ".pth", ".pt.tar", ".pth.tar")
"""Suffixes of PyTorch's files."""

GOES_BACK = (io.BytesIO, io.BufferedWriter, io.BufferedRandom, io.FileIO)
"""Files that are written to again further ahead, as an archive wants, unless they only append.
Others may say that they can seek and then refuse, as gzip's: they get everything at once."""


def save(
    obj: Any,
    f: File,
    pickle_module: Any = None,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Writes ``obj`` to ``f`` so that ``load(f)`` gives it back.

    ``obj`` is a Tensor, Parameter, ndarray, number, str, bytes, bool, None, path, range, dtype or
    device; or a container of such, nested at will: a dict of any kind, list, tuple, named tuple,
    set, deque, or namespace (``argparse.Namespace``, ``SimpleNamespace``).  So it may be a state
    dict, an optimizer's, or a whole checkpoint ``{"model": ..., "args": args, "epoch": 3}``.  Kept
    are values, shapes, dtypes, the order and type of keys, ``requires_grad``, which Tensors are the
    same or share memory, and the attributes of an OrderedDict, such as ``_metadata`` of a state
    dict.  Not kept are gradients, the graph, attributes of Tensors, and which lists are the same.
    A named tuple comes back as one of a class of its own, equal to the one saved.

    The suffix of ``f``, or of the name of an open file, says which kind of file it is:

    - ``.npz``, any other, or none: the format of this library, a NumPy archive that holds all of
      the above.
    - ``.pt``, ``.pth`` (also before ``.tar``): PyTorch's.  ``torch.load(f)`` reads it; what is no
      Tensor, container, number or text, such as an ndarray or a namespace, only with
      ``weights_only=False``, as if PyTorch had written it.  Named tuples are refused.
    - ``.safetensors``, by the package of that name (the extra ``safetensors``): a dict of Tensors
      by names and nothing else.  Its attribute ``metadata``, a dict of text, goes along; without
      one, ``{"format": "pt"}`` does.  Memory that is shared is written for each.
    - ``.npy``: one Tensor or array, as ``numpy.save`` does.

    A file appears whole or not at all: it is written beside its place under another name, forced to
    the disk and then moved there, so neither a crash nor a power cut can leave half a file where a
    good one was.  What a killed ``save`` to the same path has left beside it is removed.

    Args:
        obj: what to save.
        f: the path, taken as it is (nothing is appended), or a file open for writing bytes, which
            gets it where it stands.
        pickle_module, pickle_protocol, _disable_byteorder_record: accepted, without effect.
        _use_new_zipfile_serialization: False writes PyTorch's files as its versions before 1.6
            read them; other files are not concerned.

    Raises:
        TypeError: something in ``obj`` cannot be stored, such as a whole module, whose class is
            code (PyTorch pickles all it can), or not in that kind of file; nothing was written.
        ValueError: ``obj`` contains itself; nothing has been written.
        FileNotFoundError: the folder of ``f`` does not exist.
        ModuleNotFoundError: the package safetensors is missing.

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
    is_path = isinstance(f, (str, os.PathLike))
    if not is_path and (isinstance(f, io.TextIOBase) or not hasattr(f, "write")):
        kind = type(f).__qualname__
        order = "; the order is save(obj, f)" if isinstance(obj, (str, os.PathLike)) else ""
        raise TypeError(
            f"save: f must be a path or a file open for writing bytes, got {kind}{order}"
        )
    name = os.fspath(f) if isinstance(f, (str, os.PathLike)) else getattr(f, "name", "")
    write = _writer_of(obj, name if isinstance(name, str) else "", _use_new_zipfile_serialization)
    if isinstance(f, (str, os.PathLike)):
        with replacing(os.fspath(f)) as file:
            write(file)
    elif isinstance(f, GOES_BACK) and "a" not in str(getattr(f, "mode", "")) and f.seekable():
        here: Any = FromHere(f)
        write(here)
    else:
        whole = io.BytesIO()
        write(whole)
        f.write(whole.getvalue())


def _writer_of(obj: Any, name: str, is_zipped: bool) -> Callable[[IO[bytes]], object]:
    """What writes ``obj`` to a file of that name; what cannot be written is refused here."""
    suffixes = name.lower()
    if suffixes.endswith(".npy"):
        return _writer_of_array(obj)
    if suffixes.endswith(".safetensors"):
        return writer_of_safetensors(obj)
    is_torch = suffixes.endswith(TORCH)
    packing = Packing(name or "path")
    structure = packing.packed(obj)
    if not is_torch:
        return lambda file: write_archive(file, structure, packing.arrays)
    pickle = Pickle(packing, is_legacy=not is_zipped)
    told = pickle.told(structure)
    write = write_zipped if is_zipped else write_legacy
    return lambda file: write(file, told, pickle.storages)


def _writer_of_array(obj: Any) -> Callable[[IO[bytes]], object]:
    array = obj.array if isinstance(obj, Tensor) else obj
    if not isinstance(array, (np.ndarray, np.generic)) or array.dtype.hasobject:
        kind = type(obj).__qualname__
        if isinstance(array, (np.ndarray, np.generic)):
            kind = f"an array of dtype {array.dtype}"
        raise TypeError(f"save: a .npy file holds one Tensor of numbers, got {kind}; save to .npz")
    return lambda file: np.save(file, array, allow_pickle=False)


def load(
    f: File,
    map_location: str | device | Mapping[str, str] | Callable[[Any, str], Any] | None = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    max_bytes: int | None = None,
    encoding: str = "utf-8",
) -> Any:
    """What ``save`` wrote to ``f``, or PyTorch, NumPy or safetensors; the content says which.

    A file from elsewhere can neither run code nor take more memory than ``max_bytes``: what it
    claims is counted before anything is allocated.

    - What ``save`` wrote comes back as it was.
    - A file of PyTorch's, zip or older: Tensors and Parameters, which share memory as they did,
      containers, numbers, text, dtypes and devices, arrays of NumPy, namespaces and paths.
      Anything else it names is refused by that name, also with ``weights_only=False``: that would
      be code.
      PyTorch need not be there.  What lay on another device is on the CPU.
    - A ``.npz`` that NumPy wrote: a dict of Tensors.  A ``.npy``: one Tensor.
    - ``.safetensors``, by the package of that name (the extra ``safetensors``): an OrderedDict of
      Tensors; what the file says besides, a dict of text, is its attribute ``metadata``.

    Numbers of dtype bfloat16, float8_e4m3fn or float8_e5m2, which NumPy lacks, come as float32,
    exactly; PyTorch keeps their dtype.  Other dtypes that no Tensor has here, such as complex and
    wide unsigned ones, are refused.

    Args:
        f: the path, or a file open for reading bytes that can seek, which is read from where it
            stands.  Of PyTorch's files of before 1.6 there may be several, one behind the other:
            it then stands behind the one that was read.
        map_location: ``"cpu"``, where everything is anyway; or, as in PyTorch, a dict from places
            to places, which must leave the CPU where it is, or a function of a storage and a place,
            of which nothing is asked.
        pickle_module, weights_only: accepted, without effect: no file runs code.
        mmap: arrays lie in the file, which must be a path, and are read when they are used; what is
            written to them stays in this process.  Checksums are not compared then.  Arrays that
            must be converted (bfloat16, another byte order), or that do not lie where their numbers
            can be used, are read.
        max_bytes: how much memory the values may take.  If None, 64 MiB or, where that is more,
            six times the size of the file and eighteen times that of what is no array in it.  What
            ``save`` writes fits into that; a file that was compressed afterwards may not.
        encoding: of the text in a file that PyTorch wrote under Python 2; ``"bytes"`` gives it as
            bytes.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged, none of those kinds, holds what cannot be read, would take
            more than ``max_bytes``, or cannot be mapped although ``mmap`` says so.
        RuntimeError: ``map_location`` is not the CPU.
        ModuleNotFoundError: the package safetensors is missing.

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
    _need_encoding(encoding)
    if isinstance(f, (str, os.PathLike)):
        path = os.fspath(f)
        if not os.path.exists(path):
            raise FileNotFoundError(f"load: there is no file {path}")
        if not os.path.isfile(path) and not os.path.isdir(path):
            raise ValueError(
                f"load: {path} is a pipe or a device; read it, and load from io.BytesIO(bytes)"
            )
        with open(path, "rb") as file:
            return read_opened(Opened(file, path, max_bytes, bool(mmap), False, encoding))
    if isinstance(f, io.TextIOBase) or not (hasattr(f, "read") and hasattr(f, "seek")):
        kind = type(f).__qualname__
        raise TypeError(
            f"load: f must be a path or a file open for reading bytes that can seek, got {kind}"
        )
    if mmap:
        raise ValueError("load: mmap=True needs the path of a file, and f is an open one")
    return read_opened(Opened(f, getattr(f, "name", "the file"), max_bytes, False, True, encoding))


def _need_count(max_bytes: Any) -> None:
    if max_bytes is None:
        return
    if not isinstance(max_bytes, (int, np.integer)) or isinstance(max_bytes, bool):
        kind = type(max_bytes).__name__
        raise TypeError(f"load: max_bytes must be an int, the bytes of memory allowed, got {kind}")
    if max_bytes <= 0:
        raise ValueError(f"load: max_bytes must be positive, got {max_bytes}")


def _need_encoding(encoding: Any) -> None:
    if not isinstance(encoding, str):
        kind = type(encoding).__name__
        raise TypeError(f"load: encoding must be a str, as 'latin1' or 'bytes', got {kind}")
    try:
        "".encode("utf-8" if encoding == "bytes" else encoding)
    except LookupError:
        raise ValueError(
            f"load: Python knows no encoding {encoding!r}; expected one as 'utf-8' or 'latin1', or "
            "'bytes'"
        ) from None


def _need_cpu(map_location: Any) -> None:
    if isinstance(map_location, Mapping):
        need_cpu(map_location.get("cpu"))
        return
    if isinstance(map_location, (str, device)):  # a device can be called, too: as a decorator
        need_cpu(map_location)
    elif map_location is not None and not callable(map_location):
        kind = type(map_location).__name__
        raise TypeError(
            f"load: map_location must be a device, a name of one, a dict or a function, got {kind}"
        )
