"""What all losses share: how ``reduction`` is read, and how the elements' losses become one.

``reduction`` is ``'mean'`` (of all values, weighted where there are weights), ``'sum'``, or
``'none'`` for the loss of each element.  PyTorch's outdated ``size_average`` and ``reduce`` stand
in their places and mean what they mean there.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autotensor.operators.reductions.reductions import mean, sum
from autotensor.remedies import type_name


def read_reduction(
    name: str, reduction: Any, size_average: Any = None, reduce: Any = None, *more: str
) -> str:
    """The reduction meant by the three arguments; refuses what is none.

    ``more`` are further reductions that this loss knows.

    Example:

        >>> from autotensor.extend import read_reduction
        >>> read_reduction("my_loss", "sum")
        'sum'
        >>> read_reduction("my_loss", "batchmean", None, None, "batchmean")  # knows one more
        'batchmean'
    """
    if size_average is None and reduce is None:
        known = ("mean", "sum", "none", *more)
        if reduction not in known:
            raise ValueError(
                f"{name}: reduction must be one of {', '.join(map(repr, known))}, got {reduction!r}"
            )
        return reduction
    for argument, value in (("size_average", size_average), ("reduce", reduce)):
        if hasattr(value, "shape") and not isinstance(value, np.bool_):
            remedy = f"; make the loss first, then call it: nn.{name}()(input, target)"
            raise TypeError(
                f"{name}: {argument} must be a bool or None, got {type_name(value)}"
                f"{remedy if name[0].isupper() else ''}"
            )
        if value is not None and not isinstance(value, (bool, np.bool_)):
            raise TypeError(
                f"{name}: {argument} must be a bool or None, got {value!r}; "
                f"a reduction is given by name: reduction={value!r}"
            )
    meant = "mean" if size_average is None or size_average else "sum"
    if reduce is not None and not reduce:
        meant = "none"
    warnings.warn(
        f"{name}: size_average and reduce are outdated; use reduction={meant!r} instead",
        stacklevel=4,
    )
    return meant


def reduced_loss(loss: Any, reduction: str) -> Any:
    """The mean or the sum of the elements' losses, or these themselves."""
    if reduction == "mean":
        return mean(loss)
    return sum(loss) if reduction == "sum" else loss


def divided(loss: Any, count: Any) -> Any:
    """``loss / count``; the mean of nothing is NaN, without NumPy's warning."""
    return loss / float(count) if count else loss * float("nan")
