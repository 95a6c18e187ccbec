"""Reads TensorBoard's files without TensorBoard, for tests: an oracle with code of its own."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

POLYNOMIAL = 0x1EDC6F41
"""Castagnoli's, of degree 32, the highest power left out; the writer has its mirror image."""


def mirrored(value: int, width: int) -> int:
    return int(f"{value:0{width}b}"[::-1], 2)


def masked_crc(data: bytes) -> int:
    """CRC-32C by long division, bit by bit, then masked as records have it."""
    rest = 0xFFFFFFFF
    for byte in data:
        rest ^= mirrored(byte, 8) << 24
        for _ in range(8):
            rest = (rest << 1 ^ (POLYNOMIAL if rest >> 31 else 0)) & 0xFFFFFFFF
    crc = mirrored(rest, 32) ^ 0xFFFFFFFF
    return ((crc >> 15) + (crc % 2**15) * 2**17 + 0xA282EAD8) % 2**32


def records(path: Path, check: bool = True) -> Iterator[bytes]:
    """The whole records of a file.  Half a one at the end, or a wrong sum, is a ValueError."""
    data, at = path.read_bytes(), 0
    while at < len(data):
        if at + 12 > len(data):
            raise ValueError(f"{path}: a length is cut off")
        size, sum_of_size = struct.unpack_from("<QI", data, at)
        body = data[at + 12 : at + 12 + size]
        if at + 16 + size > len(data):
            raise ValueError(f"{path}: a record is cut off")
        (sum_of_body,) = struct.unpack_from("<I", data, at + 12 + size)
        if check and (masked_crc(data[at : at + 8]), masked_crc(body)) != (
            sum_of_size,
            sum_of_body,
        ):
            raise ValueError(f"{path}: a checksum is wrong")
        yield body
        at += 16 + size


def fields(message: bytes) -> dict[int, list[Any]]:
    """The fields of a message by number: ints, floats, and bytes for what has a length."""
    found: dict[int, list[Any]] = {}
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value += (byte % 128) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        number, kind = divmod(varint(), 8)
        if kind == 0:
            value: Any = varint()
        elif kind == 2:
            size = varint()
            value, at = message[at : at + size], at + size
        else:
            form = {1: "<d", 5: "<f"}[kind]
            (value,) = struct.unpack_from(form, message, at)
            at += struct.calcsize(form)
        found.setdefault(number, []).append(value)
    return found


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("events.out.tfevents.*"))


def written(folder: Path, check: bool = True) -> list[tuple[str, int, float]]:
    """Every number in the files of a folder, as (tag, step, value), in TensorBoard's order."""
    found = []
    for path in files(folder):
        events = [fields(one) for one in records(path, check)]
        if not events:  # killed before anything was written
            continue
        first, *rest = events
        assert first[3] == [b"brain.Event:2"]
        for event in rest:
            (step,) = event.get(2, [0])
            if 7 in event:
                assert fields(event[7][0]) == {1: [1]}
                found.append(("", step, 0.0))
            for summary in event.get(5, []):
                for value in map(fields, fields(summary)[1]):
                    found.append((value[1][0].decode(), step, value[2][0]))
    return found


def shown(folder: Path, check: bool = True) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard shows: a start at a step takes away all from that step on."""
    found: dict[str, list[tuple[int, float]]] = {}
    for tag, step, value in written(folder, check):
        if tag:
            found.setdefault(tag, []).append((step, value))
        else:
            found = {name: [one for one in old if one[0] < step] for name, old in found.items()}
    return found
