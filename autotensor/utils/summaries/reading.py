"""What is given to ``SummaryWriter``, as arrays: Tensors of ours and of others, arrays, numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor.engine.tensor import Tensor, raw
from autotensor.remedies import type_name

__all__ = ["array_of", "number_of", "real_of", "text_of"]


def array_of(values: Any, caller: str, argument: str) -> np.ndarray:
    """An array of numbers or bools; a TypeError for anything else."""
    if isinstance(values, Tensor):
        return raw(values.detach())
    try:
        if hasattr(values, "detach"):  # a Tensor of PyTorch's, which may want a gradient
            values = values.detach()
        array = np.asarray(values)
    except (TypeError, ValueError) as error:  # such as lists of unequal length
        raise TypeError(f"{caller}: {argument} cannot be read as an array: {error}") from error
    if array.dtype.kind not in "biufc":
        raise TypeError(
            f"{caller}: {argument} must be a Tensor, an array or numbers, got {type_name(values)} "
            f"{values!r:.60}"
        )
    return array


def real_of(values: Any, caller: str, argument: str) -> np.ndarray:
    """An array of numbers that are not complex."""
    array = array_of(values, caller, argument)
    if array.dtype.kind == "c":
        raise TypeError(
            f"{caller}: {argument} is complex, which cannot be shown; give its abs(), real or imag"
        )
    return array


def number_of(value: Any, caller: str, argument: str) -> float:
    """One number."""
    array = real_of(value, caller, argument)
    if array.size != 1:
        raise TypeError(f"{caller}: {argument} must be one number, got shape {array.shape}")
    return float(array.reshape(()))


def text_of(value: Any, caller: str, argument: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{caller}: {argument} must be a str, got {type_name(value)}")
    return value
