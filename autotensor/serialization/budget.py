"""How much memory a file may take, counted before any of it is taken."""

from __future__ import annotations

import sysconfig

import numpy as np

__all__: list[str] = []  # helpers, which no package shows

FLOOR = 64 * 2**20
"""What any file may take, in bytes."""

HEADERS_ARE_LARGE = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
"""Whether an object takes 16 bytes more, as in free-threaded Python."""

OF_FILE, OF_STRUCTURE = 6, 26 if HEADERS_ARE_LARGE else 18
"""How many times its size a file may take, and how many times more its structure: a list is four
characters there and 68 bytes in memory.  With these, what ``save`` writes is always read."""

WORDS = {
    "deque": 640,
    "namespace": 160,
    "named_tuple": 5000,  # a class of its own
    "parameter": 400,
    "set": 220,
    "simple_namespace": 160,
    "tensor": 400,
    "array": 120,
}
"""What a value takes above its JSON, by the word for its kind, in bytes; measured."""


class FormatError(Exception):
    """What is wrong with a file, as a sentence that goes on after its name."""


class Budget:
    """So many bytes that reading may take; what would take more is refused, and told of."""

    def __init__(self, limit: int | None, size: int) -> None:
        self.size = size
        self.limit = max(FLOOR, OF_FILE * size) if limit is None else limit
        self.is_given = limit is not None
        self.taken = 0

    def allow_structure(self, stored: int) -> None:
        """The structure takes ``stored`` bytes of the file."""
        if not self.is_given:
            self.limit = max(self.limit, OF_FILE * self.size + OF_STRUCTURE * stored)

    def take(self, count: int, what: str) -> None:
        """Counts ``count`` bytes for ``what``; call it before they are allocated."""
        self.taken += count
        if self.taken <= self.limit:
            return
        allowed = (
            "as max_bytes allows" if self.is_given else f"as a file of {_words(self.size)} may"
        )
        raise FormatError(
            f"would take at least {_words(self.taken)} of memory, {_words(count)} of that for "
            f"{what}, not {_words(self.limit)} {allowed}; if you trust the file, give "
            f"load(…, max_bytes={self.taken}) or more"
        )


def _words(count: int) -> str:
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"


def structure_cost(text: bytes) -> int:
    """The bytes that the values of a JSON text will take, its own among them; rather too many."""
    cost = len(text) + 72 * text.count(b"[") + 200 * text.count(b"{") + 9 * text.count(b",")
    cost += 26 * text.count(b'"') + 30 * _long_numbers(text)
    if HEADERS_ARE_LARGE:
        cost += 16 * (text.count(b",") + text.count(b"[") + text.count(b"{") + text.count(b'"'))
    if b"\\u" in text or not text.isascii():
        cost += 3 * len(text)  # one wide character makes all of its string wide
    counts = {word: text.count(f'"{word}"'.encode()) for word in WORDS}
    return cost + sum(WORDS[word] * count for word, count in counts.items())


_DIGITS = np.zeros(256, bool)
_DIGITS[[*b"0123456789.-+eE"]] = True


def _long_numbers(text: bytes) -> int:
    """How many numbers of three characters and more: shorter ones Python has ready."""
    found = 0
    for start in range(0, len(text), 2**20):
        digit = _DIGITS[np.frombuffer(text[start : start + 2**20 + 3], np.uint8)]
        found += int((~digit[:-3] & digit[1:-2] & digit[2:-1] & digit[3:]).sum())
    return found + 1
