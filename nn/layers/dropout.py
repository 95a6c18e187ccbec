"""Dropout: what a layer computed is left out at random, so that no unit relies on another."""

from __future__ import annotations

import autotensor as at
from autotensor import Tensor
from nn.layers.arguments import settings
from nn.module import Module


class _Dropout(Module):
    """A probability, and whether to write into the input."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0.0 <= p <= 1.0:
            raise ValueError(
                f"{type(self).__name__}: p must be a probability between 0 and 1, got {p}"
            )
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        return settings(self, "p", "inplace")


class Dropout(_Dropout):
    """In training each element becomes 0 with probability ``p``, else is divided by ``1 - p``.

    ``(*) → (*)``.  In evaluation it gives back its input.

    Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014.
    """

    def forward(self, input: Tensor) -> Tensor:
        return at.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_Dropout):
    """``Dropout`` of whole channels: ``(N, C, L) → (N, C, L)`` or ``(C, L) → (C, L)``."""

    def forward(self, input: Tensor) -> Tensor:
        return at.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_Dropout):
    """``Dropout`` of whole channels: ``(N, C, H, W) → (N, C, H, W)``."""

    def forward(self, input: Tensor) -> Tensor:
        return at.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_Dropout):
    """``Dropout`` of whole channels: ``(N, C, D, H, W) → (N, C, D, H, W)``."""

    def forward(self, input: Tensor) -> Tensor:
        return at.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropout):
    """Dropout for ``SELU``: what is dropped becomes its lower limit; mean and variance are kept.

    Klambauer et al., "Self-Normalizing Neural Networks", 2017.
    """

    def forward(self, input: Tensor) -> Tensor:
        return at.alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(_Dropout):
    """``AlphaDropout`` of whole channels: ``(N, C, *) → (N, C, *)``."""

    def forward(self, input: Tensor) -> Tensor:
        return at.feature_alpha_dropout(input, self.p, self.training, self.inplace)
