"""Arrays in NumPy's format ``.npy``: what the header claims is held against what is there."""

from __future__ import annotations

import ast
import math
import re
import warnings
from typing import Any

import numpy as np

from autotensor.serialization.entries import Content
from autotensor.serialization.opened import as_numbers

__all__: list[str] = []  # helpers, which no package shows

LONGEST = 10_000
"""Bytes of the longest header that is read, as in NumPy."""

USUAL = re.compile(
    r"\{'descr': '([<>|=]?[?biufcSUVmMO][0-9]*(?:\[\w+\])?)', "
    r"'fortran_order': (True|False), 'shape': \(([0-9, ]*)\), \} *\n"
)
"""The header as NumPy writes it for all but structured dtypes."""


def read_array(content: Content, memory: np.ndarray | None = None) -> np.ndarray:
    """The array that an entry holds; no memory is taken that the entry does not fill.

    Where the whole file is in ``memory``, the array lies there.
    """
    shape, is_fortran, dtype = _header(content)
    needed = math.prod(shape) * dtype.itemsize
    if needed != content.left:
        raise content.wrong(
            f"claims shape {shape} and dtype {dtype}, which are {needed} bytes, but has "
            f"{content.left}"
        )
    if memory is not None and content.line_in(memory).size:
        line = content.line_in(memory)
    else:
        line = content.line()
    if not needed:
        return np.empty(shape, dtype, order="F" if is_fortran else "C")
    return as_numbers(line, dtype).reshape(shape, order="F" if is_fortran else "C")


def _header(content: Content) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    magic = content.read(min(8, content.left))
    if magic[:6] != b"\x93NUMPY" or magic[6:] not in (b"\1\0", b"\2\0", b"\3\0"):
        raise content.wrong("is no array of NumPy's format 1.0, 2.0 or 3.0")
    length = int.from_bytes(content.read(2 if magic[6] == 1 else 4), "little")
    if length > LONGEST:
        raise content.wrong(f"has a header of {length} bytes; {LONGEST} are enough for any array")
    text = content.read(length).decode("utf-8" if magic[6] == 3 else "latin-1")
    try:
        dtype, is_fortran, shape = _fields(text)
    except Exception:  # a header can break the parser of Python in any way it likes
        raise content.wrong(f"has a header that is none: {text[:100]!r}") from None
    if dtype.hasobject:
        raise content.wrong(
            f"is an array of Python objects (dtype {dtype}), a pickle, which could run code"
        )
    if len(shape) > 64 or math.prod(one for one in shape if one) >= 2**62:
        raise content.wrong(f"claims a shape that no array can have: {str(shape)[:100]}")
    return shape, is_fortran, dtype


def _fields(text: str) -> tuple[np.dtype[Any], bool, tuple[int, ...]]:
    if usual := USUAL.fullmatch(text):
        descr, order, numbers = usual.groups()
        shape = tuple(int(one) for one in numbers.split(",") if one.strip())
        return np.dtype(descr), order == "True", shape
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        head = ast.literal_eval(text.strip())
        dtype = np.lib.format.descr_to_dtype(head["descr"])
    is_fortran, shape = head["fortran_order"], head["shape"]
    whole = type(shape) is tuple and all(type(one) is int and one >= 0 for one in shape)
    if len(head) != 3 or type(is_fortran) is not bool or not whole:
        raise ValueError
    return dtype, is_fortran, shape
