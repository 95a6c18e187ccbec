"""Which kind a file is, by its content, and the reader for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor.creation import from_numpy
from autotensor.engine.tensor import Tensor
from autotensor.serialization.archive import STRUCTURE, read_archive, read_arrays
from autotensor.serialization.arrays import read_array
from autotensor.serialization.budget import FormatError
from autotensor.serialization.entries import check_entries, read_table, whole_file
from autotensor.serialization.foreign_dtypes import is_known
from autotensor.serialization.opened import Opened
from autotensor.serialization.safetensors_files import header_of, read_safetensors
from autotensor.serialization.torch_reading import LEGACY, read_legacy, read_zipped
from autotensor.serialization.values import Unpacking

__all__: list[str] = []  # helpers, which no package shows

OTHERS = {
    b"\x89HDF": "is an HDF5 file, as Keras writes; read it with h5py, and give its arrays to "
    "load_state_dict",
    b"\x1f\x8b": "is compressed by gzip; open it with gzip.open, and load from that",
    b"GGUF": "is a file of llama.cpp's, whose numbers are quantized",
    b"\x80": "is a pickle, which load does not read: that could run code; PyTorch's own files and "
    "NumPy's are read",
}
"""What to say of files that begin so."""


def read_opened(opened: Opened) -> Any:
    """The value in a file; ValueError, with its name, whatever is wrong with it."""
    name, size = opened.name, opened.size
    try:
        return _value_in(opened)
    except FormatError as problem:
        raise ValueError(f"load: {name} {problem}") from None
    except (OSError, ModuleNotFoundError):
        raise
    except RecursionError:
        raise ValueError(f"load: {name} nests its values deeper than Python follows") from None
    except MemoryError:
        raise MemoryError(
            f"load: {name} is {size} bytes long, and there is not enough memory for what it holds"
        ) from None
    except Exception as error:
        # Values from elsewhere can break what they are made with in any way they like.
        raise ValueError(f"load: {name} is damaged ({type(error).__name__}: {error})") from error


def _value_in(opened: Opened) -> Any:
    start = opened.start(512)
    if start.startswith(b"PK"):
        return _value_in_archive(opened)
    if start.startswith(b"\x93NUMPY"):
        if opened.memory is None:
            opened.budget.take(opened.size, "the array")
        return tensor_on(read_array(whole_file(opened.file, opened.size), opened.memory))
    if start.startswith(b"\x80") and LEGACY in start[:32]:
        return read_legacy(opened)
    if header_of(opened):
        return read_safetensors(opened)
    problem = _no_file_of_ours(start)
    if opened.begin:
        problem += f"; it was read from byte {opened.begin} on, where it stood: seek(0) goes back"
    raise FormatError(problem)


def _value_in_archive(opened: Opened) -> Any:
    table, end = read_table(opened.file, opened.size, opened.budget)
    names = [entry.name for entry in table]
    read = _reader_of(names)
    return read(opened, check_entries(opened.file, table, end))


def _reader_of(names: list[str]) -> Callable[[Opened, Any], Any]:
    if STRUCTURE in names:
        return lambda opened, entries: read_archive(
            opened, entries, lambda structure, read: Unpacking(read).unpack(structure)
        )
    folders = [name[:-8] for name in names if name.endswith("/data.pkl") and name.count("/") == 1]
    if len(folders) == 1:
        folder = folders[0]
        if f"{folder}constants.pkl" in names or any(f"{folder}code/" in one for one in names):
            raise FormatError(
                "is a program of TorchScript's, which is code; in PyTorch: "
                "torch.save(torch.jit.load(path).state_dict(), 'weights.pt')"
            )
        return lambda opened, entries: read_zipped(opened, entries, folder)
    if all(name.endswith(".npy") for name in names):
        return lambda opened, entries: {
            name: tensor_on(array, f"[{name!r}]")
            for name, array in read_arrays(opened, entries).items()
        }
    raise FormatError("is a zip archive of something else")


def tensor_on(array: np.ndarray, place: str = "the top") -> Tensor:
    """A Tensor with the numbers of an array out of a file of NumPy's."""
    if not is_known(array.dtype.name):
        raise FormatError(
            f"holds, at {place}, an array of dtype {array.dtype}, which no Tensor has; read it "
            "with numpy.load, and convert it"
        )
    if not array.dtype.isnative:  # written by a machine of the other byte order
        array = array.astype(array.dtype.newbyteorder("="))
    return from_numpy(array)


def _no_file_of_ours(start: bytes) -> str:
    if start[257:262] == b"ustar":
        return (
            "is a tar archive; of PyTorch's, those before version 0.2 were: load it there, and "
            "save it anew"
        )
    for sign, words in OTHERS.items():
        if start.startswith(sign):
            return words
    if not start:
        return "is empty"
    return "is not an .npz file, nor one of the others that load reads: .npy, .pt, .safetensors"
