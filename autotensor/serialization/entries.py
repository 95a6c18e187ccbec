"""The entries of a zip archive, read with suspicion.

A zip archive says everything several times, and readers differ in what they believe: an entry may
be named twice, lie inside of another one, or be larger than it says.  Here the file must be nothing
but its entries, one behind the other, and the table of them; and both must agree.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

import numpy as np

from autotensor.serialization.budget import Budget, FormatError

__all__: list[str] = []  # helpers, which no package shows

# The records, as PKWARE's APPNOTE 6.3 has them in its sections 4.3.7 to 4.3.16.
END = struct.Struct("<4s4H2LH")
LOCATOR = struct.Struct("<4sLQL")
END_64 = struct.Struct("<4sQ2H2L4Q")
CENTRAL = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")

ENCRYPTED, DESCRIPTOR, UTF8 = 0x2041, 0x8, 0x800
STORED, DEFLATED = 0, 8
FULL = 0xFFFFFFFF  # the real number stands in a field of 64 bits
PIECE = 2**18
ENTRY = 500
"""Bytes in memory for what is known of an entry."""


class Entry(NamedTuple):
    """What the table of an archive says of one entry."""

    name: str
    flags: int
    method: int
    crc: int | None
    """Its checksum; None where it has none."""
    packed: int
    """Bytes in the file."""
    size: int
    """Bytes when unpacked."""
    place: int
    raw_name: bytes


def read_table(file: IO[bytes], size: int, budget: Budget) -> tuple[list[Entry], int]:
    """All entries as the table has them, unchecked, and where the table begins."""
    count, length, start, end = _end_of(file, size)
    if start + length != end or count * CENTRAL.size > length:
        raise FormatError(
            f"is truncated or damaged, or joined to something else: its table of {count} entries "
            f"is said to be {length} bytes from byte {start} on, and ends at byte {end}"
        )
    budget.take(length + count * ENTRY, f"the table of its {count} entries")
    table = _at(file, start, length)
    entries = []
    place = 0
    for _ in range(count):
        entry, place = _entry_at(table, place)
        entries.append(entry)
    if place != length:
        raise FormatError(f"is damaged: its table holds more than the {count} entries it speaks of")
    return entries, start


def _at(file: IO[bytes], place: int, count: int) -> bytes:
    file.seek(place)
    parts = []
    while count and (part := file.read(min(count, 2**20))):
        parts.append(part)
        count -= len(part)
    if count:
        raise FormatError("is truncated or damaged: it ends too early")
    return b"".join(parts)


def _end_of(file: IO[bytes], size: int) -> tuple[int, int, int, int]:
    """Of the table: how many entries, how many bytes, from where, and where it must end."""
    end = size - END.size
    if end < 0:
        raise FormatError("is truncated or damaged: it ends too early")
    signature, disk, table_disk, here, count, length, start, comment = END.unpack(
        _at(file, end, END.size)
    )
    if signature != b"PK\5\6" or comment:
        raise FormatError("is truncated or damaged, or something stands behind its end")
    if end >= LOCATOR.size + END_64.size:
        locator = LOCATOR.unpack(_at(file, end - LOCATOR.size, LOCATOR.size))
        if locator[0] == b"PK\6\7":
            end -= LOCATOR.size + END_64.size
            wide = END_64.unpack(_at(file, end, END_64.size))
            narrow = (disk, table_disk, here, count, length, start)
            limits = (0xFFFF,) * 4 + (FULL,) * 2
            agree = (
                one in (other, limit)
                for one, other, limit in zip(narrow, wide[4:], limits, strict=True)
            )
            if wide[0] != b"PK\6\6" or wide[1] != END_64.size - 12 or not all(agree):
                raise FormatError("is damaged: its two records of the end disagree")
            if locator[2] != end:
                raise FormatError("is damaged: its record of the end is not where it is said to be")
            disk, table_disk, here, count, length, start = wide[4:]
    if disk or table_disk or here != count:
        raise FormatError("is damaged, or one part of an archive of several files")
    return count, length, start, end


def _entry_at(table: bytes, place: int) -> tuple[Entry, int]:
    begin = place + CENTRAL.size
    if begin > len(table):
        raise FormatError("is damaged: its table of entries ends too early")
    (signature, _, _, flags, method, _, _, crc, packed, size, name, extra, comment, *_, offset) = (
        CENTRAL.unpack_from(table, place)
    )
    end = begin + name + extra + comment
    if signature != b"PK\1\2" or end > len(table):
        raise FormatError("is damaged: its table of entries is none")
    raw_name = table[begin : begin + name]
    try:
        text = raw_name.decode("utf-8" if flags & UTF8 else "cp437")
    except UnicodeDecodeError:
        raise FormatError(
            f"is damaged: its entry {raw_name!r} has a name that is no text"
        ) from None
    if comment:
        raise FormatError(f"is damaged: its entry {text!r} has a comment, which save never writes")
    wide = _wide_numbers(table[begin + name : end], text)
    size, packed, offset = (
        next(wide, one) if one == FULL else one for one in (size, packed, offset)
    )
    return Entry(text, flags, method, crc, packed, size, offset, raw_name), end


def _wide_numbers(extra: bytes, name: str) -> Iterator[int]:
    """The numbers of 64 bits in the extra field with the mark 1."""
    place = 0
    while place + 4 <= len(extra):
        mark, length = struct.unpack_from("<2H", extra, place)
        content = extra[place + 4 : place + 4 + length]
        if len(content) != length:
            raise FormatError(f"is damaged: its entry {name!r} has a broken extra field")
        if mark == 1:
            yield from (one for (one,) in struct.iter_unpack("<Q", content[: length // 8 * 8]))
            return
        place += 4 + length


def whole_file(file: IO[bytes], size: int) -> Content:
    """A file that is one thing, as if it were the only entry of an archive."""
    return Content(file, Entry("", 0, STORED, None, size, size, 0, b""), 0)


def check_entries(file: IO[bytes], entries: list[Entry], end: int) -> dict[str, tuple[Entry, int]]:
    """Each entry by its name, with the place of its content.

    They must fill the file up to ``end`` without a gap or an overlap, be named once each, and say
    of themselves what the table says of them.
    """
    found: dict[str, tuple[Entry, int]] = {}
    place = 0
    for entry in sorted(entries, key=lambda one: one.place):
        if entry.name in found:
            raise FormatError(f"is damaged: it has two entries of the name {entry.name!r}")
        if entry.flags & ENCRYPTED:
            raise FormatError(f"has the entry {entry.name!r} encrypted, which load cannot read")
        if entry.method not in (STORED, DEFLATED):
            raise FormatError(
                f"has the entry {entry.name!r} compressed by method {entry.method}; load reads "
                "what is stored (0) or deflated (8)"
            )
        if entry.place != place:
            what = "overlaps with another" if entry.place < place else "has something before it"
            raise FormatError(
                f"is damaged: its entry {entry.name!r} {what}: it is said to begin at byte "
                f"{entry.place}, not at {place}"
            )
        if entry.place + LOCAL.size + entry.packed > end:
            raise FormatError(f"is truncated or damaged: its entry {entry.name!r} goes beyond it")
        content = _content_of(file, entry)
        place = content + entry.packed
        if entry.flags & DESCRIPTOR:
            place += _descriptor(file, entry, place, end)
        found[entry.name] = entry, content
    if place != end:
        raise FormatError(
            f"is damaged: its entries end at byte {place}, and the table of them begins at {end}"
        )
    return found


def _content_of(file: IO[bytes], entry: Entry) -> int:
    """Where the content begins, behind what the entry says of itself, which must be the same."""
    head = _at(file, entry.place, LOCAL.size)
    signature, _, flags, method, _, _, crc, packed, size, name, extra = LOCAL.unpack(head)
    same = signature == b"PK\3\4" and (flags, method) == (entry.flags, entry.method)
    if same and not flags & DESCRIPTOR:
        numbers = packed in (entry.packed, FULL) and size in (entry.size, FULL)
        same = crc == entry.crc and numbers
    if not same or _at(file, entry.place + LOCAL.size, name) != entry.raw_name:
        raise FormatError(
            f"is damaged: its entry {entry.name!r} says something else of itself than the table"
        )
    return entry.place + LOCAL.size + name + extra


def _descriptor(file: IO[bytes], entry: Entry, place: int, end: int) -> int:
    """How long the record behind the content is: written to a pipe, sizes are known last."""
    after = _at(file, place, max(0, min(24, end - place)))
    for form in ("<LQQ", "<LLL"):
        if form == "<LLL" and max(entry.packed, entry.size) > FULL:
            continue
        numbers = struct.pack(form, entry.crc, entry.packed, entry.size)
        for record in (b"PK\7\x08" + numbers, numbers):
            if after.startswith(record):
                return len(record)
    raise FormatError(f"is damaged: its entry {entry.name!r} does not end as the table says")


class Content:
    """The bytes of an entry, in their order; at their end, length and checksum must be right."""

    def __init__(self, file: IO[bytes], entry: Entry, place: int) -> None:
        file.seek(place)
        self.file = file
        self.entry = entry
        self.place = place
        self.waiting = entry.packed  # bytes in the file, not yet read
        self.left = entry.size
        self.crc = 0
        self.inflate: Any = zlib.decompressobj(-15) if entry.method == DEFLATED else None
        self.tail = b""

    def read(self, count: int) -> bytes:
        """The next ``count`` bytes: all of them, so ask for no more than fit into memory."""
        if count > self.left:
            raise self.wrong("ends too early")
        parts = []
        missing = count
        while missing and (part := self._some(missing)):
            parts.append(part)
            missing -= len(part)
        if missing:
            raise self.wrong("ends too early")
        found = b"".join(parts)
        self.left -= count
        self.crc = zlib.crc32(found, self.crc)
        return found

    def pieces(self) -> Iterator[bytes]:
        """All the rest, in pieces, checked at the end."""
        while self.left:
            yield self.read(min(PIECE, self.left))
        if self._some(1) or self.waiting or (self.inflate and not self.inflate.eof):
            raise self.wrong(f"is longer than the {self.entry.size} bytes it is said to have")
        if self.crc != self.entry.crc and self.entry.crc is not None:
            raise self.wrong("has another checksum (CRC-32)")

    def line(self) -> np.ndarray:
        """All the rest as a fresh line of bytes; count them with the budget before."""
        line = np.empty(self.left, np.uint8)
        start = 0
        if self.inflate is None and hasattr(self.file, "readinto"):
            start = self._straight_into(line)
        for piece in self.pieces():
            line[start : start + len(piece)] = np.frombuffer(piece, np.uint8)
            start += len(piece)
        return line

    def _straight_into(self, line: np.ndarray) -> int:
        """Reads what is stored as it is where it is to be, and says how much that was."""
        whole: Any = line.data
        file: Any = self.file  # which has ``readinto``
        start = 0
        while start < len(line) and self.waiting:
            part = whole[start : start + min(PIECE, self.waiting)]
            count = file.readinto(part)
            if not count:
                break  # ``pieces`` will find that something is missing
            self.crc = zlib.crc32(part[:count], self.crc)
            start += count
            self.waiting -= count
            self.left -= count
        return start

    def line_in(self, memory: np.ndarray) -> np.ndarray:
        """All the rest where it lies in ``memory``, which is the whole file; no checksum then."""
        if self.inflate is not None:
            raise FormatError(
                f"has the entry {self.entry.name!r} compressed, which cannot be mapped; load "
                "without mmap=True"
            )
        if self.entry.packed != self.entry.size:
            raise self.wrong("is stored as it is, and yet has two sizes")
        end = self.place + self.entry.size
        return memory[end - self.left : end]

    def wrong(self, what: str) -> FormatError:
        it = f"its entry {self.entry.name!r}" if self.entry.name else "it"
        return FormatError(f"is damaged: {it} {what}")

    def _some(self, most: int) -> bytes:
        """At least one of the next bytes and at most so many; none at the end."""
        if self.inflate is None:
            return self._from_file(most)
        while not self.inflate.eof:
            fresh = self.tail or self._from_file(PIECE)
            try:
                found: bytes = self.inflate.decompress(fresh, most)
            except zlib.error as error:
                raise self.wrong(f"cannot be unpacked ({error})") from None
            self.tail = self.inflate.unconsumed_tail
            if found or not fresh:
                return found
        if self.inflate.unused_data:
            raise self.wrong("goes on behind its end")
        return b""

    def _from_file(self, most: int) -> bytes:
        found = self.file.read(min(most, self.waiting))
        self.waiting -= len(found)
        return found
