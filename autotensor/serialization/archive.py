"""The file: an ``.npz`` archive with a structure beside its arrays, written and read."""

from __future__ import annotations

import json
import os
import zipfile
from collections import Counter
from collections.abc import Callable
from typing import IO, Any

import numpy as np

from autotensor.serialization.arrays import read_array
from autotensor.serialization.budget import Budget, FormatError, structure_cost
from autotensor.serialization.entries import Content, check_entries, read_table

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


def read_archive(
    file: IO[bytes], name: Any, value_of: Callable[[Any, Any], Any], max_bytes: int | None
) -> Any:
    """The value in ``file``: what ``value_of`` makes of its structure and a reader of arrays."""
    file.seek(0)
    start = file.read(6)
    size = file.seek(0, os.SEEK_END)
    if size is None:  # of a file whose seek does not say where it is
        size = file.tell()
    try:
        if not start.startswith(b"PK"):
            raise FormatError(_no_archive(start))
        return _value_in(file, size, value_of, Budget(max_bytes, size))
    except FormatError as problem:
        raise ValueError(f"load: {name} {problem}") from None
    except OSError:
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


def _value_in(
    file: IO[bytes], size: int, value_of: Callable[[Any, Any], Any], budget: Budget
) -> Any:
    table, end = read_table(file, size, budget)
    names = [entry.name for entry in table]
    if STRUCTURE not in names:
        raise FormatError(_foreign(names))
    entries = check_entries(file, table, end)
    structure = _structure(Content(file, *entries[STRUCTURE]), budget)
    arrays = sorted((entry.size, name) for name, (entry, _) in entries.items() if name != STRUCTURE)
    if arrays:
        what = f"{len(arrays)} arrays, the largest in the entry {arrays[-1][1]!r}"
        budget.take(sum(size for size, _ in arrays), what)
    times_read = Counter({STRUCTURE: 1})

    def read(name: str) -> np.ndarray:
        entry = f"{name}.npy"
        if entry not in entries:
            raise FormatError(f"is damaged: it speaks of an entry {entry!r}, which it has not")
        if times_read[entry]:
            budget.take(entries[entry][0].size, f"one more copy of the entry {entry!r}")
        times_read[entry] += 1
        return read_array(Content(file, *entries[entry]))

    value = value_of(structure, read)
    if over := [name for name in entries if not times_read[name]]:
        raise FormatError(f"is damaged: nothing in it speaks of its entry {over[0]!r}")
    return value


def _structure(content: Content, budget: Budget) -> Any:
    budget.allow_structure(content.entry.packed)
    budget.take(content.left, f"the entry {STRUCTURE!r}")
    text = b"".join(content.pieces())
    budget.take(structure_cost(text), "the values that are no arrays")
    try:
        head = json.loads(text, parse_constant=_no_number)
    except ValueError as error:
        raise content.wrong(f"is no JSON ({error})") from None
    if not isinstance(head, dict) or "format" not in head:
        raise content.wrong("does not say which format this is")
    if head["format"] != FORMAT["format"]:
        raise FormatError(f"holds something else: format {str(head['format'])[:100]!r}")
    version = head.get("version")
    if version != FORMAT["version"] or type(version) is not int:
        raise FormatError(
            f"has version {str(version)[:100]} of its format, but this autotensor reads version "
            f"{FORMAT['version']}"
        )
    if "value" not in head:
        raise content.wrong("holds no value")
    return head["value"]


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _no_archive(start: bytes) -> str:
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
