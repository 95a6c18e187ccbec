"""Changing the size of images, and trading channels for pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import autotensor as at
from autotensor import Tensor
from nn.layers.arguments import keep, whole
from nn.layers.base import Computed, Face

if TYPE_CHECKING:
    from autotensor.types import Ints


class Upsample(Face):
    """Interpolation: ``(N, C, L)``, ``(N, C, H, W)`` or ``(N, C, D, H, W)`` with other sizes.

    Args:
        size: the sizes wanted, an int or one for each dimension.
        scale_factor: instead, the factors by which sizes grow.
        mode: ``'nearest'``, ``'linear'``, ``'bilinear'``, ``'bicubic'`` or ``'trilinear'``.
        align_corners: whether the outermost pixels of input and output stand at the same place.
        recompute_scale_factor: see ``nn.functional.interpolate``, as for all the others.

    Raises:
        ValueError, TypeError, RuntimeError, NotImplementedError: in ``forward``, settings that do
            not fit the input.

    Example:

        >>> nn.Upsample(scale_factor=2)(at.tensor([[[1.0, 3.0]]]))
        tensor([[[1., 1., 3., 3.]]])
        >>> nn.Upsample(size=3, mode="linear", align_corners=True)(at.tensor([[[1.0, 3.0]]]))
        tensor([[[1., 2., 3.]]])
    """

    name: str
    size: Any
    mode: str
    align_corners: bool | None

    def __init__(
        self,
        size: Any = None,
        scale_factor: Any = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        name = type(self).__name__
        super().__init__(name=name, size=size, mode=mode, align_corners=align_corners)
        if isinstance(scale_factor, tuple):
            self.scale_factor: Any = tuple(float(factor) for factor in scale_factor)
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        return at.interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners,
            self.recompute_scale_factor,
        )  # fmt: skip

    def extra_repr(self) -> str:
        given = "size" if self.scale_factor is None else "scale_factor"
        return f"{given}={getattr(self, given)!r}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """``Upsample`` of images by their nearest pixel: ``(N, C, H, W) → (N, C, H', W')``.

    Example:

        >>> nn.UpsamplingNearest2d(scale_factor=2)(at.tensor([[[[1.0, 2.0]]]]))
        tensor([[[[1., 1., 2., 2.],
                  [1., 1., 2., 2.]]]])
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """``Upsample`` of images between four pixels, with corners aligned.

    Example:

        >>> nn.UpsamplingBilinear2d(size=(3, 3))(at.tensor([[[[1.0, 3.0], [5.0, 7.0]]]]))
        tensor([[[[1., 2., 3.],
                  [3., 4., 5.],
                  [5., 6., 7.]]]])
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)


class PixelShuffle(Computed, compute=at.pixel_shuffle, settings=("upscale_factor",)):
    """Channels become pixels: ``(*, C·r², H, W) → (*, C, H·r, W·r)``, r = ``upscale_factor``.

    Example:

        >>> nn.PixelShuffle(2)(at.tensor([1.0, 2.0, 3.0, 4.0]).reshape(4, 1, 1))
        tensor([[[1., 2.],
                 [3., 4.]]])
        >>> nn.PixelShuffle(2)(at.ones(8, 12, 16, 16)).shape
        torch.Size([8, 3, 32, 32])
    """

    upscale_factor: int

    def __init__(self, upscale_factor: int) -> None:
        super().__init__(upscale_factor=whole(self, "upscale_factor", upscale_factor))


class PixelUnshuffle(Computed, compute=at.pixel_unshuffle, settings=("downscale_factor",)):
    """Pixels become channels: ``(*, C, H·r, W·r) → (*, C·r², H, W)``, r = ``downscale_factor``.

    Example:

        >>> nn.PixelUnshuffle(2)(at.ones(8, 3, 32, 32)).shape
        torch.Size([8, 12, 16, 16])
    """

    downscale_factor: int

    def __init__(self, downscale_factor: int) -> None:
        super().__init__(downscale_factor=whole(self, "downscale_factor", downscale_factor))


class ChannelShuffle(Computed, compute=at.channel_shuffle, settings=("groups",)):
    """``(N, C, *) → (N, C, *)`` with the channels of ``groups`` groups dealt out in turn.

    Example:

        >>> nn.ChannelShuffle(2)(at.arange(6.0).reshape(1, 6, 1)).flatten()
        tensor([0., 3., 1., 4., 2., 5.])
    """

    groups: int

    def __init__(self, groups: int) -> None:
        super().__init__(groups=whole(self, "groups", groups))


class _SlidingWindow(Computed):
    """Windows that are moved over an image, with the settings of a convolution."""

    kernel_size: int
    dilation: int
    padding: int
    stride: int

    def __init__(
        self, kernel_size: Ints, dilation: Ints = 1, padding: Ints = 0, stride: Ints = 1
    ) -> None:
        super().__init__()
        keep(self, kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride)


class Unfold(
    _SlidingWindow, compute=at.unfold, settings=("kernel_size", "dilation", "padding", "stride")
):
    """The blocks that a sliding window sees, as columns: ``(N, C, H, W) → (N, C·K, L)``.

    K positions of a window, L windows; the settings are those of a convolution.

    Example:

        >>> nn.Unfold(2)(at.arange(9.0).reshape(1, 1, 3, 3))[0, :, 0]  # the first window
        tensor([0., 1., 3., 4.])
        >>> nn.Unfold(3, padding=1)(at.ones(8, 5, 10, 10)).shape
        torch.Size([8, 45, 100])
    """


class Fold(
    _SlidingWindow,
    compute=at.fold,
    settings=("output_size", "kernel_size", "dilation", "padding", "stride"),
):
    """Adds blocks up where ``Unfold`` took them from: ``(N, C·K, L) → (N, C, H, W)``.

    Args:
        output_size: ``(H, W)``.
        others: as for ``Unfold``.

    Example:

        >>> nn.Fold(output_size=3, kernel_size=2)(at.ones(1, 4, 4))  # windows that see each place
        tensor([[[[1., 2., 1.],
                  [2., 4., 2.],
                  [1., 2., 1.]]]])
    """

    def __init__(
        self,
        output_size: Any,
        kernel_size: Ints,
        dilation: Ints = 1,
        padding: Ints = 0,
        stride: Ints = 1,
    ) -> None:
        super().__init__(kernel_size, dilation, padding, stride)
        self.output_size = output_size
