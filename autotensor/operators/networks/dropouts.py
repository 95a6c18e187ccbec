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
from autotensor.kernels.windows import memory_order
from autotensor.keywords import also_called
from autotensor.operators.arguments import need_float, need_shape, need_tensor
from autotensor.random import uniform_array

__all__ = [
    "alpha_dropout", "alpha_dropout_", "dropout", "dropout1d", "dropout2d", "dropout3d", "dropout_",
    "feature_alpha_dropout", "feature_alpha_dropout_", "feature_dropout", "feature_dropout_",
]  # fmt: skip

# What selu tends to for large negative input: -scale · alpha of that function.
SELU_FLOOR = -1.0507009873554804934193349852946 * 1.6732632423543772848170429916717


def _check_dropout(input: Any, p: float, training: bool, name: str) -> None:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"{name}: p must be a probability between 0 and 1, got {p}")
    need_tensor(input, name)
    if training and 0 < p < 1:  # else nothing is drawn or divided, and integers stay such
        need_float(input, None, name)


def _drawn_mask(like: np.ndarray, shape: tuple[int, ...], p: float) -> np.ndarray:
    """False with probability ``p``, else True, in the memory order of ``like``."""
    if p == 1:
        return np.zeros(shape, np.bool_)
    # In the memory order of ``like``, so that the product walks both from end to end.
    order, back = memory_order(like.strides)
    drawn = uniform_array([shape[axis] for axis in order], like.dtype)
    return (drawn >= p).transpose(back)


def _dropped(
    input: Any, p: float, training: bool, inplace: bool, name: str, own: int, alpha: bool = False
) -> Any:
    """``input`` with elements left out, or whole channels.

    The first ``own`` dimensions have a fate of their own, the others share it: of ``(N, C, *)``
    that is 2, of one sample ``(C, *)`` 1.  What is left out becomes 0, or with ``alpha`` the lower
    limit of ``selu``.
    """
    if not training:
        return input
    if own > max(input.ndim, 1):
        need_shape(input, False, "(N, C, *)", name)
    if p == 0:
        return input
    array, inplace = raw(input), bool(inplace)  # before anything is drawn
    shape = array.shape[:own] + (1,) * (array.ndim - own)
    kept = _drawn_mask(array, shape, float(p))
    factor = 1 / (1 - p) if p < 1 else 0.0
    if alpha and p < 1:
        factor = 1 / math.sqrt((1 - p) * (1 + p * SELU_FLOOR**2))
    out = input * np.multiply(kept, array.dtype.type(factor), dtype=array.dtype)
    if alpha and p < 1:
        shift = -factor * p * SELU_FLOOR
        out = out + np.where(kept, shift, factor * SELU_FLOOR + shift).astype(array.dtype)
    return assign(input, out, f"{name}_") if inplace else out


@also_called(train="training")
def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Each element becomes 0 with probability ``p``, else is divided by ``1 - p``.

    So the expected value stays the same; with ``training=False`` it is ``input`` itself.
    d input = g / (1 - p) where kept, else 0.

    Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014.

    ``(*) → (*)``.

    Raises:
        ValueError: ``p`` is no probability.

    Example:

        >>> x = at.ones(1000, requires_grad=True)
        >>> y = F.dropout(x, p=0.75)
        >>> y.unique().tolist(), bool(abs(y.mean() - 1) < 0.5)
        ([0.0, 4.0], True)
        >>> y.sum().backward()
        >>> bool((x.grad == y).all())
        True
        >>> F.dropout(x, training=False) is x
        True
    """
    _check_dropout(input, p, training, "dropout")
    return _dropped(input, p, training, inplace, "dropout", input.ndim)


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """``dropout`` of whole channels of ``(N, C, L)`` or ``(C, L)``.

    Raises:
        ValueError: ``p`` is no probability.
        RuntimeError: another number of dimensions.

    Example:

        >>> y = F.dropout1d(at.ones(100, 3, 4))
        >>> bool((y == y[..., :1]).all()), y.unique()  # all or nothing in every channel
        (True, tensor([0., 2.]))
    """
    _check_dropout(input, p, training, "dropout1d")
    need_shape(input, input.ndim in (2, 3), "(N, C, L) or (C, L)", "dropout1d")
    return _dropped(input, p, training, inplace, "dropout1d", input.ndim - 1)


def _warn_of_shape(name: str, input: Any, expected: str, meaning: str) -> None:
    warnings.warn(
        f"{name}: expected input of shape {expected}, got {input.shape}; {meaning}", stacklevel=4
    )


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """``dropout`` of whole channels of ``(N, C, H, W)``.

    Other shapes count as ``(N, C, *)``, with a warning: three dimensions are not one sample.

    Raises:
        ValueError: ``p`` is no probability.

    Example:

        >>> y = F.dropout2d(at.ones(50, 3, 4, 4), p=0.2)
        >>> bool((y == y[..., :1, :1]).all()), y.unique()  # all or nothing in every channel
        (True, tensor([0.0000, 1.2500]))
    """
    _check_dropout(input, p, training, "dropout2d")
    if input.ndim != 4:
        _warn_of_shape("dropout2d", input, "(N, C, H, W)", "it is taken as (N, C, *)")
    return _dropped(input, p, training, inplace, "dropout2d", 2)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """``dropout`` of whole channels of ``(N, C, D, H, W)`` or ``(C, D, H, W)``.

    Other shapes count as ``(C, *)``, with a warning.

    Raises:
        ValueError: ``p`` is no probability.

    Example:

        >>> y = F.dropout3d(at.ones(50, 3, 4, 4, 4))
        >>> bool((y == y[..., :1, :1, :1]).all()), y.unique()
        (True, tensor([0., 2.]))
    """
    _check_dropout(input, p, training, "dropout3d")
    if input.ndim not in (4, 5):
        shapes = "(N, C, D, H, W) or (C, D, H, W)"
        _warn_of_shape("dropout3d", input, shapes, "it is taken as (C, *)")
    return _dropped(input, p, training, inplace, "dropout3d", 2 if input.ndim == 5 else 1)


@also_called(train="training")
def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Dropout for ``selu``: each element becomes that function's lower limit with probability p.

    Then all are scaled and shifted: ``a · x + b``, such that mean 0 and variance 1 are kept.
    d input = a · g where kept, else 0.

    Klambauer et al., "Self-Normalizing Neural Networks", 2017.

    ``(*) → (*)``.

    Raises:
        ValueError: ``p`` is no probability.

    Example:

        >>> y = F.alpha_dropout(at.zeros(1000), training=True)
        >>> y.unique()  # what was dropped and what was kept
        tensor([-0.7792,  0.7792])
        >>> y = F.alpha_dropout(at.randn(10000), training=True)
        >>> bool(abs(y.mean()) < 0.2), bool(abs(y.var() - 1) < 0.2)
        (True, True)
    """
    _check_dropout(input, p, training, "alpha_dropout")
    return _dropped(input, p, training, inplace, "alpha_dropout", input.ndim, alpha=True)


@also_called(train="training")
def feature_alpha_dropout(
    input: Any, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Any:
    """``alpha_dropout`` of whole channels of ``(N, C, *)``.  Differentiated as ``alpha_dropout``.

    Raises:
        ValueError: ``p`` is no probability.
        RuntimeError: fewer than two dimensions.

    Example:

        >>> y = F.feature_alpha_dropout(at.randn(10, 3, 50), training=True)
        >>> y.shape, bool(((y == y[..., :1]).all(-1) == (y[..., 0] == y[..., 1])).all())
        (torch.Size([10, 3, 50]), True)
    """
    _check_dropout(input, p, training, "feature_alpha_dropout")
    return _dropped(input, p, training, inplace, "feature_alpha_dropout", 2, alpha=True)


def feature_dropout(input: Any, p: float, train: bool) -> Any:
    """``dropout`` of whole channels of ``(N, C, *)``.  Differentiated as ``dropout``.

    Raises:
        ValueError: ``p`` is no probability.

    Example:

        >>> y = at.feature_dropout(at.ones(100, 3, 7), 0.5, train=True)
        >>> bool((y == y[..., :1]).all()), y.unique()
        (True, tensor([0., 2.]))
    """
    _check_dropout(input, p, train, "feature_dropout")
    return _dropped(input, p, train, False, "feature_dropout", 2)


# -- in place --------------------------------------------------------------------------------------


def dropout_(input: Any, p: float, train: bool) -> Any:
    """In-place form of ``dropout``.

    Example:

        >>> x = at.ones(1000)
        >>> at.dropout_(x, 0.5, train=True) is x, x.unique()
        (True, tensor([0., 2.]))
    """
    return dropout(input, p, train, True)


def alpha_dropout_(input: Any, p: float, train: bool) -> Any:
    """In-place form of ``alpha_dropout``.

    Example:

        >>> x = at.zeros(1000)
        >>> at.alpha_dropout_(x, 0.5, train=True) is x, x.unique()
        (True, tensor([-0.7792,  0.7792]))
    """
    return alpha_dropout(input, p, train, True)


def feature_alpha_dropout_(input: Any, p: float, train: bool) -> Any:
    """In-place form of ``feature_alpha_dropout``.

    Example:

        >>> x = at.zeros(10, 100, 3)
        >>> at.feature_alpha_dropout_(x, 0.5, train=True) is x, x.unique()
        (True, tensor([-0.7792,  0.7792]))
    """
    return feature_alpha_dropout(input, p, train, True)


def feature_dropout_(input: Any, p: float, train: bool) -> Any:
    """In-place form of ``feature_dropout``.

    Example:

        >>> x = at.ones(10, 100, 3)
        >>> at.feature_dropout_(x, 0.5, train=True) is x, x.unique()
        (True, tensor([0., 2.]))
    """
    _check_dropout(input, p, train, "feature_dropout_")
    return _dropped(input, p, train, True, "feature_dropout", 2)
