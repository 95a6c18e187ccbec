"""The file: an ``.npz`` archive with a structure beside its arrays, written and read."""

from __future__ import annotations

import json
import struct
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

import numpy as np

from autotensor.serialization.arrays import read_array
from autotensor.serialization.budget import Budget, FormatError, structure_cost
from autotensor.serialization.entries import LOCAL, Content, Entry
from autotensor.serialization.opened import Opened

__all__: list[str] = []  # helpers, which no package shows

STRUCTURE = "__structure__.json"
FORMAT = {"format": "autotensor", "version": 1}

ALIGNED = 64
"""Bytes: arrays in a file begin at a multiple of so many."""
GAP = struct.Struct("<2H")
WIDE = struct.Struct("<2H2Q")
"""What ``zipfile`` adds to an entry that may be larger than 4 GiB."""

Entries = dict[str, tuple[Entry, int]]
"""Each entry by its name, with the place of its content."""


def write_archive(file: IO[bytes], structure: Any, arrays: dict[str, np.ndarray]) -> None:
    """Writes the arrays under their names, and the structure beside them."""
    text = json.dumps(FORMAT | {"value": structure}, allow_nan=False)
    with zipfile.ZipFile(file, "w") as archive:
        # A ZipInfo without a time: the same content gives the same bytes.
        archive.writestr(zipfile.ZipInfo(STRUCTURE), text)
        for name, array in arrays.items():
            with aligned_entry(archive, f"{name}.npy") as entry:
                np.save(entry, array, allow_pickle=False)


@contextmanager
def aligned_entry(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    """An entry to write, whose content begins where numbers of any kind can lie when the file is
    mapped into memory; what fills the gap is marked as PyTorch marks it."""
    info = zipfile.ZipInfo(name)
    place: Any = archive.fp
    begin = place.tell() + LOCAL.size + len(name.encode()) + WIDE.size + GAP.size
    gap = -begin % ALIGNED
    info.extra = GAP.pack(0x4246, gap) + b"Z" * gap
    with archive.open(info, "w", force_zip64=True) as entry:
        yield entry
    info.extra = b""  # the table needs none


def read_archive(opened: Opened, entries: Entries, value_of: Callable[[Any, Any], Any]) -> Any:
    """What ``save`` wrote: what ``value_of`` makes of its structure and a reader of arrays."""
    structure = _structure(Content(opened.file, *entries[STRUCTURE]), opened.budget)
    times_read = Counter({STRUCTURE: 1})
    _count_arrays(opened, [entry for entry, _ in entries.values() if entry.name != STRUCTURE])

    def read(name: str) -> np.ndarray:
        entry = f"{name}.npy"
        if entry not in entries:
            raise FormatError(f"is damaged: it speaks of an entry {entry!r}, which it has not")
        if times_read[entry]:
            opened.budget.take(entries[entry][0].size, f"one more copy of the entry {entry!r}")
        times_read[entry] += 1
        return read_array(Content(opened.file, *entries[entry]), opened.memory)

    value = value_of(structure, read)
    if over := [name for name in entries if not times_read[name]]:
        raise FormatError(f"is damaged: nothing in it speaks of its entry {over[0]!r}")
    return value


def read_arrays(opened: Opened, entries: Entries) -> dict[str, np.ndarray]:
    """The arrays of an archive that is nothing but those, by their names."""
    _count_arrays(opened, [entry for entry, _ in entries.values()])
    return {
        name.removesuffix(".npy"): read_array(Content(opened.file, *place), opened.memory)
        for name, place in entries.items()
    }


def _count_arrays(opened: Opened, arrays: list[Entry]) -> None:
    """Counts what all arrays take; where they are mapped, that is no memory."""
    if arrays and opened.memory is None:
        largest = max(arrays, key=lambda entry: (entry.size, entry.name)).name
        what = f"{len(arrays)} arrays, the largest in the entry {largest!r}"
        opened.budget.take(sum(entry.size for entry in arrays), what)


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
