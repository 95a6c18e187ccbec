"""Padding: one general layer for each kind, and its faces for one, two and three dimensions."""

from __future__ import annotations

from typing import Any

import autotensor as at
from autotensor import Tensor
from autotensor.extend import spatial_input
from nn.layers.arguments import wholes
from nn.layers.base import Face

ANY = -(2**63)
"""Negative padding, too, which cuts off."""


class _Pad(Face, bare=("padding",)):
    """Adds positions on both sides of the last ``ndim`` dimensions."""

    padding: tuple[int, ...]

    mode: str

    def __init__(self, padding: Any) -> None:
        super().__init__(padding=wholes(self, "padding", padding, ANY, 2 * self.ndim))

    def forward(self, input: Tensor) -> Tensor:
        spatial_input(input, self.ndim, type(self).__name__)
        return at.pad(input, self.padding, self.mode)


class _ConstantPad(_Pad, bare=(), settings=("padding", "value")):
    """Filled with a number; the input may have any dimensions before the padded ones."""

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return at.pad(input, self.padding, "constant", self.value)


class ConstantPad1d(_ConstantPad, ndim=1):
    """Adds ``value`` on both sides: ``(*, L) → (*, L')``; see ``ConstantPad2d``.

    Example:

        >>> nn.ConstantPad1d((1, 2), 7.0)(at.tensor([[1.0, 2.0]]))
        tensor([[7., 1., 2., 7., 7.]])
    """


class ConstantPad2d(_ConstantPad, ndim=2):
    """Adds ``value`` around images: ``(*, H, W) → (*, H', W')``.

    Args:
        padding: ``(left, right, top, bottom)``, or one int for all; negative ones cut off.

    Example:

        >>> nn.ConstantPad2d((1, 0, 0, 1), 7.0)(at.tensor([[1.0, 2.0], [3.0, 4.0]]))
        tensor([[7., 1., 2.],
                [7., 3., 4.],
                [7., 7., 7.]])
        >>> nn.ConstantPad2d(2, 0.0)(at.ones(8, 3, 32, 32)).shape
        torch.Size([8, 3, 36, 36])
    """


class ConstantPad3d(_ConstantPad, ndim=3):
    """Adds ``value`` around volumes: ``(*, D, H, W) → (*, D', H', W')``.

    ``padding`` is ``(left, right, top, bottom, front, back)``, or one int for all.

    Example:

        >>> nn.ConstantPad3d((1, 1, 2, 2, 0, 3), 0.0)(at.ones(2, 4, 8, 8)).shape
        torch.Size([2, 7, 12, 10])
    """


class _ZeroPad(_ConstantPad, bare=("padding",), settings=()):
    """Filled with 0."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)


class ZeroPad1d(_ZeroPad, ndim=1):
    """Adds zeros on both sides: ``(*, L) → (*, L')``; see ``ConstantPad2d``.

    Example:

        >>> nn.ZeroPad1d((1, 2))(at.tensor([[1.0, 2.0]]))
        tensor([[0., 1., 2., 0., 0.]])
    """


class ZeroPad2d(_ZeroPad, ndim=2):
    """Adds zeros around images: ``(*, H, W) → (*, H', W')``; see ``ConstantPad2d``.

    Example:

        >>> nn.ZeroPad2d(1)(at.tensor([[5.0]]))
        tensor([[0., 0., 0.],
                [0., 5., 0.],
                [0., 0., 0.]])
    """


class ZeroPad3d(_ZeroPad, ndim=3):
    """Adds zeros around volumes: ``(*, D, H, W) → (*, D', H', W')``; see ``ConstantPad3d``.

    Example:

        >>> nn.ZeroPad3d(1)(at.ones(2, 4, 8, 8)).shape
        torch.Size([2, 6, 10, 10])
    """


class ReflectionPad1d(_Pad, ndim=1, mode="reflect"):
    """Mirrors the input at its ends: ``(N, C, L) → (N, C, L')``; N may be left out.

    Example:

        >>> nn.ReflectionPad1d(2)(at.tensor([[1.0, 2.0, 3.0]]))
        tensor([[3., 2., 1., 2., 3., 2., 1.]])
    """


class ReflectionPad2d(_Pad, ndim=2, mode="reflect"):
    """Mirrors images at their edges, which are not repeated: ``(N, C, H, W) → (N, C, H', W')``.

    ``padding`` is ``(left, right, top, bottom)``, each less than the size, or one int for all.

    Example:

        >>> nn.ReflectionPad2d((1, 0, 1, 0))(at.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
        tensor([[[4., 3., 4.],
                 [2., 1., 2.],
                 [4., 3., 4.]]])
    """


class ReflectionPad3d(_Pad, ndim=3, mode="reflect"):
    """Mirrors volumes at their faces: ``(N, C, D, H, W) → (N, C, D', H', W')``.

    Example:

        >>> nn.ReflectionPad3d(1)(at.ones(2, 3, 4, 8, 8)).shape
        torch.Size([2, 3, 6, 10, 10])
    """


class ReplicationPad1d(_Pad, ndim=1, mode="replicate"):
    """Repeats the values at the ends: ``(N, C, L) → (N, C, L')``; N may be left out.

    Example:

        >>> nn.ReplicationPad1d(2)(at.tensor([[1.0, 2.0, 3.0]]))
        tensor([[1., 1., 1., 2., 3., 3., 3.]])
    """


class ReplicationPad2d(_Pad, ndim=2, mode="replicate"):
    """Repeats the values of the edges: ``(N, C, H, W) → (N, C, H', W')``.

    ``padding`` is ``(left, right, top, bottom)``, or one int for all.

    Example:

        >>> nn.ReplicationPad2d((1, 0, 1, 0))(at.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
        tensor([[[1., 1., 2.],
                 [1., 1., 2.],
                 [3., 3., 4.]]])
    """


class ReplicationPad3d(_Pad, ndim=3, mode="replicate"):
    """Repeats the values of the faces: ``(N, C, D, H, W) → (N, C, D', H', W')``.

    Example:

        >>> nn.ReplicationPad3d(1)(at.ones(2, 3, 4, 8, 8)).shape
        torch.Size([2, 3, 6, 10, 10])
    """


class CircularPad1d(_Pad, ndim=1, mode="circular"):
    """Goes on at the other end: ``(N, C, L) → (N, C, L')``; N may be left out.

    Example:

        >>> nn.CircularPad1d(2)(at.tensor([[1.0, 2.0, 3.0]]))
        tensor([[2., 3., 1., 2., 3., 1., 2.]])
    """


class CircularPad2d(_Pad, ndim=2, mode="circular"):
    """Goes on at the opposite edge: ``(N, C, H, W) → (N, C, H', W')``.

    ``padding`` is ``(left, right, top, bottom)``, each at most the size, or one int for all.

    Example:

        >>> nn.CircularPad2d((1, 0, 1, 0))(at.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
        tensor([[[4., 3., 4.],
                 [2., 1., 2.],
                 [4., 3., 4.]]])
    """


class CircularPad3d(_Pad, ndim=3, mode="circular"):
    """Goes on at the opposite face: ``(N, C, D, H, W) → (N, C, D', H', W')``.

    Example:

        >>> nn.CircularPad3d(1)(at.ones(2, 3, 4, 8, 8)).shape
        torch.Size([2, 3, 6, 10, 10])
    """
