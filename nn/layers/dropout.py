"""Dropout: what a layer computed is left out at random, so that no unit relies on another."""

from __future__ import annotations

import numpy as np

import autotensor as at
from autotensor import Tensor
from nn.arguments import need
from nn.layers.arguments import refuse
from nn.layers.base import Face


class _Dropout(Face, settings=("p", "inplace")):
    """A probability, and whether to write into the input."""

    p: float
    inplace: bool

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        need(type(self).__name__, "p", p, (int, float, np.number), "a number")
        refuse(self, not 0.0 <= p <= 1.0, f"p must be a probability between 0 and 1, got {p}")
        super().__init__(p=p, inplace=inplace)

    def forward(self, input: Tensor) -> Tensor:
        return self._compute(input, self.p, self.training, self.inplace)


class Dropout(_Dropout, compute=at.dropout):
    """In training each element becomes 0 with probability ``p``, else is divided by ``1 - p``.

    ``(*) → (*)``.  In evaluation it gives back its input.

    Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014.

    Raises:
        ValueError: ``p`` is no probability.

    Example:

        >>> layer = nn.Dropout(0.75)
        >>> layer(at.ones(1000)).unique()
        tensor([0., 4.])
        >>> layer.eval()(at.ones(3))
        tensor([1., 1., 1.])
    """


class Dropout1d(_Dropout, compute=at.dropout1d):
    """``Dropout`` of whole channels: ``(N, C, L) → (N, C, L)`` or ``(C, L) → (C, L)``.

    Example:

        >>> y = nn.Dropout1d()(at.ones(100, 3, 4))
        >>> bool((y == y[..., :1]).all()), y.unique()  # all or nothing in every channel
        (True, tensor([0., 2.]))
    """


class Dropout2d(_Dropout, compute=at.dropout2d):
    """``Dropout`` of whole channels: ``(N, C, H, W) → (N, C, H, W)``.

    Example:

        >>> y = nn.Dropout2d(0.2)(at.ones(50, 3, 4, 4))
        >>> bool((y == y[..., :1, :1]).all()), y.unique()
        (True, tensor([0.0000, 1.2500]))
    """


class Dropout3d(_Dropout, compute=at.dropout3d):
    """``Dropout`` of whole channels: ``(N, C, D, H, W) → (N, C, D, H, W)``.

    Example:

        >>> y = nn.Dropout3d()(at.ones(50, 3, 4, 4, 4))
        >>> bool((y == y[..., :1, :1, :1]).all()), y.unique()
        (True, tensor([0., 2.]))
    """


class AlphaDropout(_Dropout, compute=at.alpha_dropout):
    """Dropout for ``SELU``: what is dropped becomes its lower limit; mean and variance are kept.

    Klambauer et al., "Self-Normalizing Neural Networks", 2017.

    Example:

        >>> y = nn.AlphaDropout(0.5)(at.randn(10000))
        >>> bool(abs(y.mean()) < 0.2), bool(abs(y.var() - 1) < 0.2)
        (True, True)
    """


class FeatureAlphaDropout(_Dropout, compute=at.feature_alpha_dropout):
    """``AlphaDropout`` of whole channels: ``(N, C, *) → (N, C, *)``.

    Example:

        >>> y = nn.FeatureAlphaDropout(0.5)(at.zeros(10, 100, 3))
        >>> y.unique(), bool((y == y[..., :1]).all())
        (tensor([-0.7792,  0.7792]), True)
    """


DROPOUTS = (_Dropout,)
"""Every kind, for those who treat them alike."""
