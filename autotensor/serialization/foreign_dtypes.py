"""Dtypes that other libraries store and NumPy lacks: which of them come as float32, exactly."""

from __future__ import annotations

import functools

import numpy as np

from autotensor.facts import SHOWN

__all__: list[str] = []  # helpers, which no package shows

WIDENED = {"bfloat16": 2, "float8_e4m3fn": 1, "float8_e5m2": 1}
"""Those whose every number is one of float32, and the bytes of one."""

_KNOWN = frozenset((*WIDENED, *(dtype.name for dtype in SHOWN)))


@functools.cache
def itemsize_of(name: str) -> int:
    """The bytes of one element of a dtype by its name."""
    return WIDENED.get(name) or np.dtype(name).itemsize


def is_known(name: str) -> bool:
    """Whether a Tensor can hold the numbers of a dtype, as they are or as float32."""
    return name in _KNOWN


def why_not(name: str) -> str:
    """What to say of a dtype that no Tensor can have."""
    remedy = "convert it there"
    if name.startswith("complex"):
        remedy = "store its real and imaginary parts there (torch.view_as_real)"
    elif name.startswith("uint"):
        remedy = f"convert it there, to int{min(64, 2 * int(name[4:] or 0))}"
    elif name.startswith(("qint", "quint")):
        remedy = "dequantize it there"
    return f"an array of dtype {name}, which PyTorch has and Tensors here have not; {remedy}"


def decoded(line: np.ndarray, name: str, is_big: bool = False) -> np.ndarray:
    """A line of bytes as numbers of the dtype ``name``, widened where NumPy lacks that.

    On the memory of ``line`` where nothing had to be changed.
    """
    if name not in WIDENED:
        dtype = np.dtype(name)
        numbers = line.view(dtype.newbyteorder(">" if is_big else "<"))
        if not numbers.flags.aligned or not numbers.dtype.isnative:
            return numbers.astype(dtype)
        return _as_bool(numbers, line) if name == "bool" else numbers
    if name == "bfloat16":
        numbers = line.view(np.dtype(np.uint16).newbyteorder(">" if is_big else "<"))
        # The upper half of a float32.
        return (numbers.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return _table(name)[line]


def _as_bool(numbers: np.ndarray, line: np.ndarray) -> np.ndarray:
    """NumPy takes any byte for a bool, and then adds them up wrongly."""
    return numbers if not line.size or line.max() <= 1 else line.astype(bool)


@functools.cache
def _table(name: str) -> np.ndarray:
    """The 256 numbers of a kind of 8 bits."""
    codes = np.arange(256, dtype=np.uint16)
    if name == "float8_e5m2":  # the upper half of a float16
        return (codes << np.uint16(8)).view(np.float16).astype(np.float32)
    # One bit of sign, four of the exponent, three of the fraction; Micikevicius et al., FP8 formats
    # for deep learning, 2022.
    exponent, fraction = (codes >> 3) & 15, codes & 7
    values = np.where(exponent == 0, fraction, fraction + 8.0) * 2.0 ** (
        np.maximum(exponent, 1) - 10.0
    )
    values[[127, 255]] = np.nan  # and no infinities
    return np.where(codes < 128, values, -values).astype(np.float32)
