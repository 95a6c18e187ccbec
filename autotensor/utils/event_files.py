"""TensorBoard's files, byte by byte: messages, records with checksums, and files that survive.

A file is a row of records.  A record is its length (8 bytes), a checksum of that (4), the content,
and a checksum of that (4), all little-endian.  The checksum is CRC-32C, turned by 15 bits, plus a
constant.  The content is an ``Event`` in the encoding of Protocol Buffers: a field is its number
and its kind, as one varint, and its value.

Sources: TensorFlow, ``core/lib/io/record_writer.h`` and ``core/util/event.proto``; Protocol
Buffers, "Encoding"; Castagnoli, Bräuer and Herrmann, "Optimization of Cyclic Redundancy-Check
Codes with 24 and 32 Parity Bits", IEEE Transactions on Communications 41, 1993.
"""

from __future__ import annotations

import functools
import itertools
import os
import re
import socket
import struct
import threading
import time
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from autotensor.machine.appending import append

__all__: list[str] = []  # helpers, which no package shows

VERSION = b"brain.Event:2"
MOST_WAITING = 1 << 28
"""Bytes that wait for room on the disk at most."""
_NUMBERS = itertools.count()


# -- messages --------------------------------------------------------------------------------------


def varint(value: int) -> bytes:
    """Seven bits to a byte, the lowest first; negative numbers have 64 bits."""
    value &= (1 << 64) - 1
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)


def integer(number: int, value: int) -> bytes:
    """Field ``number`` with an integer."""
    return varint(number << 3) + varint(value)


def double(number: int, value: float) -> bytes:
    return varint(number << 3 | 1) + struct.pack("<d", value)


def single(number: int, value: float) -> bytes:
    """Rounded to 32 bits; infinite where those cannot hold it."""
    with np.errstate(over="ignore"):
        return varint(number << 3 | 5) + np.array(value).astype("<f4").tobytes()


def content(number: int, value: bytes | str) -> bytes:
    """Field ``number`` with a text, bytes, or another message."""
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def doubles(number: int, values: Iterable[float]) -> bytes:
    return content(number, np.asarray(values, "<f8").tobytes())


def singles(number: int, values: Any) -> bytes:
    """Rounded to 32 bits, one after the other."""
    with np.errstate(over="ignore"):
        return content(number, np.asarray(values, "<f4").tobytes())


def integers(number: int, values: Any) -> bytes:
    """One after the other."""
    return content(number, b"".join(map(varint, np.asarray(values).ravel().tolist())))


def event(what: bytes, step: int | None, walltime: float | None) -> bytes:
    """An ``Event``: when, at which step, and what."""
    moment = double(1, time.time() if walltime is None else walltime)
    return moment + (b"" if step is None else integer(2, step)) + what


# -- records ---------------------------------------------------------------------------------------


def _remainders() -> list[int]:
    """CRC-32C of each byte: what is left of it, divided by Castagnoli's polynomial."""
    found = list(range(256))
    for _ in range(8):
        found = [one >> 1 ^ (0x82F63B78 if one & 1 else 0) for one in found]
    return found


_REMAINDERS = _remainders()
WIDTH = 64
LONG = 2048
"""From so many bytes on, rows of ``WIDTH`` are divided beside each other, which is faster."""


def _after_rows(data: bytes, rest: int) -> int:
    """What is left of ``rest`` and rows of bytes.

    A remainder is linear: that of a row behind another is its own, and that of the other with as
    many zeros behind it.
    """
    rows = np.frombuffer(data, np.uint8).reshape(-1, WIDTH)
    table = np.array(_REMAINDERS, np.uint32)
    left = np.zeros(len(rows), np.uint32)
    for column in rows.T:
        left = table[(left ^ column) & 255] ^ left >> 8
    low, second, third, high = _past_a_row()
    for own in left.tolist():
        rest = (
            low[rest & 255] ^ second[rest >> 8 & 255] ^ third[rest >> 16 & 255] ^ high[rest >> 24]
        )
        rest ^= own
    return rest


@functools.cache
def _past_a_row() -> list[list[int]]:
    """What becomes of each byte of a remainder by a row of zeros behind it."""
    left = np.arange(256, dtype=np.uint32) << np.array([[0], [8], [16], [24]], np.uint32)
    table = np.array(_REMAINDERS, np.uint32)
    for _ in range(WIDTH):
        left = table[left & 255] ^ left >> 8
    return left.tolist()


def checksum(data: bytes) -> int:
    """The CRC-32C of ``data``, masked as records have it."""
    rows = len(data) // WIDTH if len(data) >= LONG else 0
    rest = _after_rows(data[: rows * WIDTH], 0xFFFFFFFF) if rows else 0xFFFFFFFF
    for byte in data[rows * WIDTH :]:
        rest = _REMAINDERS[(rest ^ byte) & 255] ^ rest >> 8
    rest ^= 0xFFFFFFFF
    return ((rest >> 15 | rest << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    sums = (struct.pack("<I", checksum(part)) for part in (length, data))
    return length + next(sums) + data + next(sums)


# -- files -----------------------------------------------------------------------------------------


class EventFile:
    """The events of one folder, each in the file as soon as it is added.

    Where a file cannot be written, what it lacks waits, and comes when there is room again; that is
    said once, by a warning.  Where it has vanished or was changed, a new one is begun beside it.

    Args:
        folder: is made when the first event comes.
        suffix: what is put behind the name of the file.
        purge_step: events from this step on, in older files of the folder, are not shown.
    """

    def __init__(self, folder: str, suffix: str = "", purge_step: int | None = None) -> None:
        self.folder = folder
        self.waiting: list[bytes] = []
        self._suffix = suffix
        self._purge_step = purge_step
        self._path = ""
        self._size = 0
        self._told: set[str] = set()
        self._lock = threading.Lock()

    def add(self, message: bytes) -> None:
        piece = record(message)
        with self._lock:
            if self.waiting and sum(map(len, self.waiting)) + len(piece) > MOST_WAITING:
                self._tell("lost", f"more than {MOST_WAITING >> 20} MiB wait; new entries are lost")
                return
            self.waiting.append(piece)
            self._write()

    def write(self, sync: bool = False) -> None:
        """Writes what waits; if ``sync``, a power cut cannot lose it either."""
        with self._lock:
            self._write(sync)

    def _write(self, sync: bool = False) -> None:
        try:
            if not self._path:
                self._begin()
            for again in (False, True):
                try:
                    while self.waiting:
                        self._size = append(self._path, self.waiting[0], self._size)
                        del self.waiting[0]
                    if sync:
                        append(self._path, b"", self._size, sync=True)
                    break
                except OSError:
                    if again or self._whole():
                        raise
                    self._begin()
        except OSError as error:
            words = f"cannot be written ({error.strerror or error}); the entries wait in memory"
            self._tell("waiting", words)

    def _whole(self) -> bool:
        return os.path.isfile(self._path) and os.path.getsize(self._path) == self._size

    def _begin(self) -> None:
        """A new file: its name comes behind those of all that are there, as its events do."""
        os.makedirs(self.folder, exist_ok=True)
        found = (
            re.match(r"events\.out\.tfevents\.(\d+)\.", one) for one in os.listdir(self.folder)
        )
        moment = max([int(time.time()), *(int(one[1]) + 1 for one in found if one)])
        process = f"{socket.gethostname()}.{os.getpid()}.{next(_NUMBERS)}"
        name = f"events.out.tfevents.{moment:010d}.{process}{self._suffix}"
        head = record(event(content(3, VERSION), None, None))
        if self._purge_step is not None:
            start = content(7, integer(1, 1))  # a SessionLog whose status is START
            head += record(event(start, self._purge_step, None))
        path = os.path.join(self.folder, name)
        open(path, "xb").close()
        try:
            self._size = append(path, head, 0)
        except OSError:
            os.remove(path)
            raise
        # A file that takes over from one that vanished must hide nothing of this run.
        self._path, self._purge_step = path, None

    def _tell(self, what: str, words: str) -> None:
        if what not in self._told:
            self._told.add(what)
            message = f"SummaryWriter: {self._path or self.folder} {words}"
            warnings.warn(message, RuntimeWarning, stacklevel=5)
