"""Which arrays share memory: it is stored once, and shared again when it is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autotensor.engine import dtypes

__all__: list[str] = []  # helpers, which no package shows

Layout = tuple[int, tuple[int, ...], tuple[int, ...], str]
"""Where an array lies in memory: offset in bytes, shape, strides in bytes, dtype."""


class Place(NamedTuple):
    """The array that holds another one's memory, and where in it that lies; None: it is all."""

    whole: np.ndarray
    layout: Layout | None


class _Extent(NamedTuple):
    """The bytes from ``low`` to ``high``, which are those of an array of the given number."""

    low: int
    high: int
    number: int


def places_of(arrays: Sequence[np.ndarray]) -> list[Place]:
    """For each array what to store of it: itself, or a place in what it shares memory with."""
    places = [Place(array, None) for array in arrays]
    for group in _overlapping(arrays):
        members = [arrays[extent.number] for extent in group]
        low, high = min(one.low for one in group), max(one.high for one in group)
        if len({_identity(array) for array in members}) == 1:
            whole, all_of_it = members[0], True
        else:
            whole, all_of_it = _covering(members, low, high), False
        for extent in group:
            array = arrays[extent.number]
            layout = (extent.low - low + _first_element(array), array.shape, array.strides)
            alike = all_of_it or _identity(array) == _identity(whole)
            places[extent.number] = Place(whole, None if alike else (*layout, array.dtype.str))
    return places


def _overlapping(arrays: Sequence[np.ndarray]) -> list[list[_Extent]]:
    """Groups of two and more arrays, each of which overlaps with another one of its group."""
    extents = sorted(
        _Extent(*np.lib.array_utils.byte_bounds(array), number)
        for number, array in enumerate(arrays)
        if array.size
    )
    groups: list[list[_Extent]] = []
    high = 0
    for extent in extents:
        if not groups or extent.low >= high:
            groups.append([])
        groups[-1].append(extent)
        high = max(high, extent.high)
    # Which array comes first decides under whose name the memory is stored.
    return [sorted(group, key=lambda one: one.number) for group in groups if len(group) > 1]


def _identity(array: np.ndarray) -> Any:
    return array.ctypes.data, array.shape, array.strides, array.dtype


def _first_element(array: np.ndarray) -> int:
    """How far the first element lies behind the lowest: strides may be negative."""
    backwards = zip(array.shape, array.strides, strict=True)
    return sum((size - 1) * -stride for size, stride in backwards if stride < 0)


def _covering(members: list[np.ndarray], low: int, high: int) -> np.ndarray:
    """One of the arrays that covers the memory from ``low`` to ``high``; else just its bytes."""
    for array in members:
        contiguous = array.flags.c_contiguous or array.flags.f_contiguous
        if contiguous and np.lib.array_utils.byte_bounds(array) == (low, high):
            return array

    return np.asarray(_Bytes(low, high - low, members))


class _Bytes:
    """So many bytes at an address, as NumPy asks for them."""

    def __init__(self, address: int, count: int, owners: Any) -> None:
        self.owners = owners  # alive as long as their memory is read
        self.__array_interface__ = {
            "data": (address, True),
            "shape": (count,),
            "typestr": "|u1",
            "version": 3,
        }


def at_place(whole: np.ndarray, layout: Any) -> np.ndarray:
    """The array at a place in the memory of ``whole``; refused if it lies outside of it."""
    offset, shape, strides, kind = layout
    dtype = dtypes.canonical(np.dtype(kind), "load")
    # Of a contiguous array this is a view in the order of its memory.
    memory = whole.ravel(order="K")
    return np.ndarray(tuple(shape), dtype, memory, offset, tuple(strides))
