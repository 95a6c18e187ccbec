"""Choosing element by element between two Tensors: where, masked_fill."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.operator import function_only, has_in_place, operator
from autotensor.engine.tensor import Tensor, method, raw, wrap
from autotensor.kernels.elementwise import chosen
from autotensor.operators.arguments import (
    fitted,
    need_one_number,
    need_tensor,
    number_if_scalar,
)
from autotensor.operators.structure.copying import to
from autotensor.operators.structure.indexing import nonzero

__all__ = ["masked_fill", "where"]


@operator(
    input=lambda g, condition: where(condition, g, 0.0),
    other=lambda g, condition: where(condition, 0.0, g),
)
def _where(condition: Any, input: Any, other: Any) -> Any:
    """Value and derivative of ``where``."""
    # Inside a rule a 0-d array may be a bare scalar, whose dtype must not get lost.
    input, other = (
        np.asarray(one) if isinstance(one, np.generic) else one for one in (input, other)
    )
    dtype = dtypes.promoted(input, other)
    one, two = (
        fitted(value, dtype, "where")
        if isinstance(value, int) and dtype.kind != "f"
        else np.asarray(value, dtype)
        for value in (input, other)
    )
    return chosen(condition, one, two)


@function_only
def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """``input where condition, else other``, the three broadcast; ``condition`` is bool, or with a
    warning uint8.

    d input = g where condition, else 0, d other = 0 where condition, else g.  With ``condition``
    alone, the tuple of indices of what is not 0, ``nonzero(condition, as_tuple=True)``.

    Three shapes that broadcast to ``(*)`` give ``(*)``.

    Raises:
        TypeError: ``condition`` is no Tensor.
        RuntimeError: ``condition`` is not of bools, or the shapes do not broadcast.

    Example:

        >>> x = at.tensor([-2.0, 3.0], requires_grad=True)
        >>> y = at.where(x > 0, x, 0.1 * x)  # a leaky ReLU
        >>> y.sum().backward()
        >>> y, x.grad
        (tensor([-0.2000,  3.0000], grad_fn=<WhereBackward0>), tensor([0.1000, 1.0000]))
    """
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    if input is None or other is None:
        raise TypeError("where: expected both of input and other, or neither")
    kind = need_tensor(condition, "where", "condition").dtype
    if kind == np.uint8:
        warnings.warn("where: condition is of uint8; use bool", UserWarning, stacklevel=2)
        condition, kind = wrap(raw(condition).astype(np.bool_)), np.bool_
    if kind != np.bool_:
        raise RuntimeError(f"where: condition must be a bool Tensor, got dtype {kind}")
    if isinstance(condition, Tensor):  # not inside a rule, so a scalar of NumPy is a number
        input, other = (number_if_scalar(one) for one in (input, other))
    try:
        return _where(condition, input, other)
    except ValueError:
        shapes = ", ".join(str(np.shape(raw(one))) for one in (condition, input, other))
        raise RuntimeError(
            f"where: condition, input and other of shapes {shapes} do not broadcast"
        ) from None


@has_in_place
def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """``input`` with ``value`` (a number or 0-d Tensor) where ``mask`` (bool) is true.

    d input = 0 where mask, else g, d value = Σ (g where mask, else 0).

    ``(*)`` and a mask that broadcasts to it give ``(*)``.

    Raises:
        RuntimeError: ``mask`` is not of bools, or a ``value`` with dimensions.

    Example:

        >>> scores = at.tensor([[1.0, 2.0, 3.0]])
        >>> hidden = at.tensor([False, False, True])
        >>> scores.masked_fill(hidden, float("-inf")).exp()
        tensor([[2.7183, 7.3891, 0.0000]])
    """
    if getattr(mask, "dtype", None) != np.bool_:
        raise RuntimeError(
            f"masked_fill: mask must be a bool Tensor, got {getattr(mask, 'dtype', type(mask))}"
        )
    need_one_number(value, "masked_fill", "value")
    if isinstance(value, (int, float)):
        value = wrap(fitted(value, input.dtype, "masked_fill"))
    return to(where(mask, value, input), input.dtype)


def _where_not(self: Tensor, condition: Any, other: Any) -> Tensor:
    """``where(condition, self, other)``.

    Example:

        >>> x = at.tensor([1.0, -2.0, 3.0])
        >>> x.where(x > 0, 0.0)
        tensor([1., 0., 3.])
    """
    return where(condition, self, other)


method(_where_not, "where")
