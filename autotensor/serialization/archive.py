"""The file: an ``.npz`` archive with a structure beside its arrays, written and read."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from typing import IO, Any

import numpy as np

__all__: list[str] = []  # helpers, which no package shows

STRUCTURE = "__structure__.json"
FORMAT = {"format": "autotensor", "version": 1}


def write_archive(file: IO[bytes], structure: Any, arrays: dict[str, np.ndarray]) -> None:
    """Writes the arrays under their names, and the structure beside them."""
    text = json.dumps(FORMAT | {"value": structure}, allow_nan=False)
    with zipfile.ZipFile(file, "w") as archive:
        # A ZipInfo without a time: the same content gives the same bytes.
        archive.writestr(zipfile.ZipInfo(STRUCTURE), text)
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as entry:
                np.save(entry, array, allow_pickle=False)


class _FormatError(Exception):
    """What is wrong with a file, as a sentence that goes on after its name."""


def read_archive(file: IO[bytes], name: Any, value_of: Callable[[Any, Any], Any]) -> Any:
    """The value in ``file``: what ``value_of`` makes of its structure and a reader of arrays."""
    start = file.read(6)
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            return _value_in(archive, value_of)
    except zipfile.BadZipFile as error:
        raise ValueError(f"load: {name} {_no_archive(start)} ({error})") from None
    except _FormatError as problem:
        raise ValueError(f"load: {name} {problem}") from None
    except (OSError, MemoryError):
        raise
    except Exception as error:
        # Bytes from elsewhere can break the readers of zip, npy and JSON in any way they like.
        raise ValueError(f"load: {name} is damaged ({type(error).__name__}: {error})") from error


def _value_in(archive: Any, value_of: Callable[[Any, Any], Any]) -> Any:
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

    return value_of(head["value"], read)


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
