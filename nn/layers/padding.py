"""Padding: one general layer for each kind, and its faces for one, two and three dimensions."""

from __future__ import annotations

from typing import Any

import autotensor as at
from autotensor import Tensor
from autotensor.operators.arguments import numbers, spatial_input
from nn.module import Module

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]

ANY = -(2**63)
"""Negative padding, too, which cuts off."""


class _Pad(Module):
    """Adds positions on both sides of the last ``ndim`` dimensions."""

    ndim: int
    mode: str

    def __init__(self, padding: Any) -> None:
        super().__init__()
        name = type(self).__name__
        self.padding = numbers(padding, 2 * self.ndim, name, "padding", ANY)

    def forward(self, input: Tensor) -> Tensor:
        spatial_input(input, self.ndim, type(self).__name__)
        return at.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Pad):
    """Filled with a number; the input may have any dimensions before the padded ones."""

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return at.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    """Adds ``value`` on both sides: ``(*, L) → (*, L')``; see ``ConstantPad2d``."""

    ndim = 1


class ConstantPad2d(_ConstantPad):
    """Adds ``value`` around images: ``(*, H, W) → (*, H', W')``.

    Args:
        padding: ``(left, right, top, bottom)``, or one int for all; negative ones cut off.
    """

    ndim = 2


class ConstantPad3d(_ConstantPad):
    """Adds ``value`` around volumes: ``(*, D, H, W) → (*, D', H', W')``.

    ``padding`` is ``(left, right, top, bottom, front, back)``, or one int for all.
    """

    ndim = 3


class _ZeroPad(_ConstantPad):
    """Filled with 0."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad1d(_ZeroPad):
    """Adds zeros on both sides: ``(*, L) → (*, L')``; see ``ConstantPad2d``."""

    ndim = 1


class ZeroPad2d(_ZeroPad):
    """Adds zeros around images: ``(*, H, W) → (*, H', W')``; see ``ConstantPad2d``."""

    ndim = 2


class ZeroPad3d(_ZeroPad):
    """Adds zeros around volumes: ``(*, D, H, W) → (*, D', H', W')``; see ``ConstantPad3d``."""

    ndim = 3


class ReflectionPad1d(_Pad):
    """Mirrors the input at its ends: ``(N, C, L) → (N, C, L')``; N may be left out."""

    ndim = 1
    mode = "reflect"


class ReflectionPad2d(_Pad):
    """Mirrors images at their edges, which are not repeated: ``(N, C, H, W) → (N, C, H', W')``.

    ``padding`` is ``(left, right, top, bottom)``, each less than the size, or one int for all.
    """

    ndim = 2
    mode = "reflect"


class ReflectionPad3d(_Pad):
    """Mirrors volumes at their faces: ``(N, C, D, H, W) → (N, C, D', H', W')``."""

    ndim = 3
    mode = "reflect"


class ReplicationPad1d(_Pad):
    """Repeats the values at the ends: ``(N, C, L) → (N, C, L')``; N may be left out."""

    ndim = 1
    mode = "replicate"


class ReplicationPad2d(_Pad):
    """Repeats the values of the edges: ``(N, C, H, W) → (N, C, H', W')``.

    ``padding`` is ``(left, right, top, bottom)``, or one int for all.
    """

    ndim = 2
    mode = "replicate"


class ReplicationPad3d(_Pad):
    """Repeats the values of the faces: ``(N, C, D, H, W) → (N, C, D', H', W')``."""

    ndim = 3
    mode = "replicate"


class CircularPad1d(_Pad):
    """Goes on at the other end: ``(N, C, L) → (N, C, L')``; N may be left out."""

    ndim = 1
    mode = "circular"


class CircularPad2d(_Pad):
    """Goes on at the opposite edge: ``(N, C, H, W) → (N, C, H', W')``.

    ``padding`` is ``(left, right, top, bottom)``, each at most the size, or one int for all.
    """

    ndim = 2
    mode = "circular"


class CircularPad3d(_Pad):
    """Goes on at the opposite face: ``(N, C, D, H, W) → (N, C, D', H', W')``."""

    ndim = 3
    mode = "circular"
