"""Sizes that differ from input to input: one trace shows a number, several show a rule.

A model is traced with inputs of several sizes.  A number that differs from trace to trace is a
``Size``; ``explained`` says how it follows from sizes of inputs and of values: as one of them, or
as a sum of products of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import combinations, combinations_with_replacement
from typing import Any

__all__ = ["Size", "Sum", "divided", "explained", "size_of"]

MOST_PARTS = 32


class Size:
    """A number that differs: its values in all traces.  Counts as a number as far as it can."""

    __slots__ = ("values",)

    def __init__(self, values: Sequence[int]) -> None:
        self.values = tuple(values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Size) and self.values == other.values

    def __hash__(self) -> int:
        return hash(self.values)

    def __repr__(self) -> str:
        return "/".join(map(str, self.values))

    def __add__(self, other: Any) -> Any:
        return _each(lambda a, b: a + b, self, other)

    __radd__ = __add__

    def __mul__(self, other: Any) -> Any:
        return _each(lambda a, b: a * b, self, other)

    __rmul__ = __mul__

    def __sub__(self, other: Any) -> Any:
        return _each(lambda a, b: a - b, self, other)

    def __rsub__(self, other: Any) -> Any:
        return _each(lambda a, b: b - a, self, other)

    def __neg__(self) -> Any:
        return 0 - self

    def __floordiv__(self, other: Any) -> Any:
        return _each(lambda a, b: a // b, self, other)


def _each(compute: Callable[[int, int], int], one: Size, other: Any) -> Any:
    others = other.values if isinstance(other, Size) else (other,) * len(one.values)
    return size_of([compute(a, b) for a, b in zip(one.values, others, strict=True)])


def size_of(values: Sequence[int]) -> int | Size:
    """The number that all ``values`` are, or a Size."""
    return values[0] if len(set(values)) == 1 else Size(values)


class Sum(list[tuple[Fraction, tuple[Any, ...]]]):
    """``Σ factor · product of sizes``; the empty product is 1."""


def _products(known: Iterable[tuple[Any, Size]], degree: int) -> list[tuple[tuple[Any, ...], Any]]:
    """Products of up to ``degree`` of the sizes, by what they are of."""
    found = []
    for count in range(1, degree + 1):
        for chosen in combinations_with_replacement(list(known), count):
            value: Any = 1
            for _, size in chosen:
                value = value * size
            found.append((tuple(name for name, _ in chosen), value))
    return found


def _solved(columns: list[Sequence[int]], wanted: Sequence[int]) -> list[Fraction] | None:
    """The factors with which ``columns`` add up to ``wanted``, if there is exactly one solution."""
    rows = [[Fraction(c[i]) for c in columns] + [Fraction(wanted[i])] for i in range(len(wanted))]
    count = len(columns)
    for at in range(count):
        pivot = next((i for i in range(at, len(rows)) if rows[i][at]), None)
        if pivot is None:
            return None
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = [x / rows[at][at] for x in rows[at]]
        for i in range(len(rows)):
            if i != at and rows[i][at]:
                rows[i] = [x - rows[i][at] * y for x, y in zip(rows[i], rows[at], strict=True)]
    if any(row[-1] for row in rows[count:]):
        return None
    return [rows[at][-1] for at in range(count)]


def explained(size: Size, known: Sequence[tuple[Any, Size]], degree: int = 3) -> Sum | None:
    """How ``size`` follows from ``known``, pairs of a name and a Size; None if it does not.

    The fewest and simplest terms that hold in all traces, with at least one trace more than there
    are factors to find.
    """
    for name, one in known:
        if one == size:
            return Sum([(Fraction(1), (name,))])
    ones = [1] * len(size.values)
    products = [(names, one) for names, one in _products(known, degree) if isinstance(one, Size)]
    for names, one in products:
        found = _solved([one.values, ones], size.values)
        if found and len(set(one.values)) > 2:
            return Sum([(found[0], names), (found[1], ())])
    for (names, one), (more, other) in combinations(products, 2):
        found = _solved([one.values, other.values, ones], size.values)
        if found and len(set(size.values)) > 3:
            return Sum([(found[0], names), (found[1], more), (found[2], ())])
    return None


def divided(size: Size, known: Sequence[tuple[Any, Size]]) -> tuple[Any, int, int] | None:
    """``(name, plus, by)`` where ``size`` is ``(known size + plus) // by``: what a stride or a pool
    leaves of it.  None if it is no such part of any, or may be several."""
    found = []
    for name, one in known:
        for by in range(2, MOST_PARTS + 1) if len(set(one.values)) > 3 else ():
            least = [by * part - n for part, n in zip(size.values, one.values, strict=True)]
            if max(least) < min(least) + by:
                found += [(name, plus, by) for plus in range(max(least), min(least) + by)]
    alike = {(plus, by) for _, plus, by in found}
    return found[0] if len(alike) == 1 else None
