"""Dropout: elements, or whole channels, left out at random.

All draw from the default generator, which ``manual_seed`` seeds.  In the formulas ``g`` is the
gradient of the output.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from autotensor.engine.in_place import assign
from autotensor.engine.tensor import raw
from autotensor.operators.arguments import need_float, need_tensor
from autotensor.random import uniform_array

__all__ = [
    "alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout",
]  # fmt: skip

# What selu tends to for large negative input: -scale · alpha of that function.
SELU_FLOOR = -1.0507009873554804934193349852946 * 1.6732632423543772848170429916717


def _kept(like: np.ndarray, shape: tuple[int, ...], p: float) -> np.ndarray:
    """False with probability ``p``, else True, in the memory order of ``like``."""
    if p == 1:
        return np.zeros(shape, np.bool_)
    # In the memory order of ``like``, so that the product walks both from end to end.
    order = sorted(range(like.ndim), key=lambda axis: -like.strides[axis])
    drawn = uniform_array([shape[axis] for axis in order], like.dtype)
    return (drawn >= p).transpose(np.argsort(order))


def _check(input: Any, p: float, training: bool, name: str) -> None:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"{name}: p must be a probability between 0 and 1, got {p}")
    need_tensor(input, name)
    if training:
        need_float(input, None, name)


def _by_channel(shape: tuple[int, ...], name: str) -> tuple[int, ...]:
    """``(N, C, 1, …)`` of ``(N, C, *)``."""
    if len(shape) < 2:
        raise RuntimeError(f"{name}: expected input of shape (N, C, *), got {shape}")
    return shape[:2] + (1,) * (len(shape) - 2)


def _dropout(
    input: Any, shape: tuple[int, ...], p: float, training: bool, inplace: bool, name: str
) -> Any:
    """``shape`` is that of the draws: 1 where neighbours share their fate."""
    if not training or p == 0:
        return input
    array = raw(input)
    factor = 1 / (1 - p) if p < 1 else 0.0
    out = input * np.multiply(_kept(array, shape, float(p)), factor, dtype=array.dtype)
    return assign(input, out, f"{name}_") if inplace else out


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Each element becomes 0 with probability ``p``, else is divided by ``1 - p``.

    So the expected value stays the same; with ``training=False`` it is ``input`` itself.
    d input = g with the same zeros and the same factor.

    Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014.
    """
    _check(input, p, training, "dropout")
    return _dropout(input, tuple(input.shape), p, training, inplace, "dropout")


def _dropout_channels(
    input: Any, p: float, training: bool, inplace: bool, name: str, one_sample: bool
) -> Any:
    """``dropout`` of whole channels; of ``(C, *)`` if ``input`` is one sample without a batch."""
    if one_sample:
        shape = tuple(input.shape[:1]) + (1,) * (input.ndim - 1)
    elif training:
        shape = _by_channel(tuple(input.shape), name)
    else:
        return input
    return _dropout(input, shape, p, training, inplace, name)


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """``dropout`` of whole channels of ``(N, C, L)`` or ``(C, L)``."""
    _check(input, p, training, "dropout1d")
    if input.ndim not in (2, 3):
        raise RuntimeError(
            f"dropout1d: expected input of shape (N, C, L) or (C, L), got {tuple(input.shape)}"
        )
    return _dropout_channels(input, p, training, inplace, "dropout1d", input.ndim == 2)


def _warn_of_shape(name: str, input: Any, expected: str, meaning: str) -> None:
    warnings.warn(
        f"{name}: expected input of shape {expected}, got {tuple(input.shape)}; {meaning}",
        UserWarning,
        stacklevel=3,
    )


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """``dropout`` of whole channels of ``(N, C, H, W)``.

    Other shapes count as ``(N, C, *)``, with a warning: three dimensions are not one sample.
    """
    _check(input, p, training, "dropout2d")
    if input.ndim != 4:
        _warn_of_shape("dropout2d", input, "(N, C, H, W)", "it is taken as (N, C, *)")
    return _dropout_channels(input, p, training, inplace, "dropout2d", False)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """``dropout`` of whole channels of ``(N, C, D, H, W)`` or ``(C, D, H, W)``.

    Other shapes count as ``(C, *)``, with a warning.
    """
    _check(input, p, training, "dropout3d")
    if input.ndim not in (4, 5):
        shapes = "(N, C, D, H, W) or (C, D, H, W)"
        _warn_of_shape("dropout3d", input, shapes, "it is taken as (C, *)")
    return _dropout_channels(input, p, training, inplace, "dropout3d", input.ndim != 5)


def _alpha_dropout(
    input: Any, shape: tuple[int, ...], p: float, training: bool, inplace: bool, name: str
) -> Any:
    if not training or p == 0:
        return input
    array = raw(input)
    if p == 1:
        out = input * np.zeros(shape, array.dtype)
    else:
        kept = _kept(array, shape, float(p))
        scale = 1 / math.sqrt((1 - p) * (1 + p * SELU_FLOOR**2))
        shift = -scale * p * SELU_FLOOR
        factor = np.multiply(kept, scale, dtype=array.dtype)
        out = input * factor + np.where(kept, shift, scale * SELU_FLOOR + shift).astype(array.dtype)
    return assign(input, out, f"{name}_") if inplace else out


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Dropout for ``selu``: each element becomes that function's lower limit with probability p.

    Then all are scaled and shifted: ``a · x + b``, such that mean 0 and variance 1 are kept.
    d input = a · g where the element was kept, else 0.

    Klambauer et al., "Self-Normalizing Neural Networks", 2017.
    """
    _check(input, p, training, "alpha_dropout")
    return _alpha_dropout(input, tuple(input.shape), p, training, inplace, "alpha_dropout")


def feature_alpha_dropout(
    input: Any, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Any:
    """``alpha_dropout`` of whole channels of ``(N, C, *)``."""
    _check(input, p, training, "feature_alpha_dropout")
    if not training:
        return input
    shape = _by_channel(tuple(input.shape), "feature_alpha_dropout")
    return _alpha_dropout(input, shape, p, training, inplace, "feature_alpha_dropout")
