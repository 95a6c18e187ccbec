"""Rearranging images: into the blocks that windows see and back, and channels into pixels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.operator import operator
from autotensor.kernels.windows import Windows, place
from autotensor.operators.arguments import (
    int_of,
    need_floating,
    need_least_dims,
    need_tensor,
    numbers,
)
from autotensor.operators.structure.copying import apart

__all__ = ["channel_shuffle", "fold", "pixel_shuffle", "pixel_unshuffle", "unfold"]


@operator(input=lambda g, windows: _add_up(g, windows))
def _take_apart(input: Any, windows: Any) -> Any:
    """What each window sees: ``(N, C, *S)`` to ``(N, C, K, *S')``; padding is 0.

    d input = add_up(g).
    """
    padded = windows.padded(input, 0)
    out = np.empty((*input.shape[:2], windows.area, *windows.out), input.dtype)
    for position, spot in enumerate(windows.places):
        out[:, :, position] = padded[spot]
    return out


@operator(input=lambda g, windows: _take_apart(g, windows))
def _add_up(input: Any, windows: Any) -> Any:
    """Each block added where its window stands: ``(N, C, K, *S')`` to ``(N, C, *S)``.

    d input = take_apart(g).
    """
    out = np.zeros((*input.shape[:2], *windows.padded_sizes), input.dtype)
    for position, spot in enumerate(windows.places):
        out[spot] += input[:, :, position]
    return out[windows.inner]


def _need_batch(input: Any, ndim: int, expected: str, name: str) -> None:
    """Raises unless ``input`` has ``ndim`` dimensions; the batch, the first, may be 0 or absent."""
    need_tensor(input, name)
    need_floating(input, name, dtypes.bool)
    if input.ndim not in (ndim - 1, ndim) or 0 in input.shape[1 - ndim :]:
        raise RuntimeError(f"{name}: input must have shape {expected}, got {input.shape}")


def _block_windows(
    name: str, sizes: tuple[int, ...], kernel_size: Any, dilation: Any, padding: Any, stride: Any
) -> Windows:
    pads = numbers(padding, 2, name, "padding", 0)
    kernel = numbers(kernel_size, 2, name, "kernel_size", 1)
    steps = numbers(stride, 2, name, "stride", 1)
    spread = numbers(dilation, 2, name, "dilation", 1)
    windows = place(sizes, kernel, steps, tuple((p, p) for p in pads), spread)
    windows.check(name, sizes)
    return windows


def unfold(
    input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Any:
    """The blocks that a sliding window sees, as columns: ``(N, C, H, W)`` to ``(N, C·K, L)``.

    ``K`` = K_h · K_w positions of a window, ``L`` = H' · W' windows (sizes as for ``conv2d``);
    ``(C, H, W)`` gives ``(C·K, L)``.  A convolution is ``weight.reshape(O, -1) @ unfold(input)``.

    Args:
        kernel_size, dilation, stride: an int, or one for each dimension.
        padding: zeros on each side.

    d input = fold(g, size, kernel_size, dilation, padding, stride): size is (H, W).

    Raises:
        RuntimeError: the shape or the sizes do not fit.

    Example:

        >>> x = at.arange(9.0).reshape(1, 1, 3, 3)
        >>> F.unfold(x, 2)  # the four corners of each of the four windows
        tensor([[[0., 1., 3., 4.],
                 [1., 2., 4., 5.],
                 [3., 4., 6., 7.],
                 [4., 5., 7., 8.]]])
        >>> weight = at.ones(5, 3, 2, 2)
        >>> (weight.reshape(5, -1) @ F.unfold(at.ones(8, 3, 9, 9), 2)).reshape(8, 5, 8, 8).shape
        torch.Size([8, 5, 8, 8])
    """
    _need_batch(input, 4, "(N, C, H, W) or (C, H, W), with C, H and W not 0", "unfold")
    if input.ndim == 3:
        return unfold(input.unsqueeze(0), kernel_size, dilation, padding, stride).squeeze(0)
    windows = _block_windows("unfold", input.shape[2:], kernel_size, dilation, padding, stride)
    count, channels = input.shape[:2]
    shape = (count, channels * windows.area, math.prod(windows.out))
    return _take_apart(input, windows).reshape(shape)


def fold(
    input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0,
    stride: Any = 1,
) -> Any:  # fmt: skip
    """Blocks, the columns of ``unfold``, added up: ``(N, C·K, L)`` to ``(N, C, H, W)``.

    Where blocks overlap their values are summed, so this is the transpose of ``unfold``, not its
    inverse.  ``(C·K, L)`` gives ``(C, H, W)``.

    Args:
        output_size: ``(H, W)``.
        others: as for ``unfold``.

    d input = unfold(g, kernel_size, dilation, padding, stride).

    Raises:
        RuntimeError: C·K cannot be divided by the kernel's positions, or L is not the number of
            windows.

    Example:

        >>> blocks = at.ones(1, 4, 4)  # four windows of 2 × 2
        >>> F.fold(blocks, output_size=3, kernel_size=2)  # how many windows see each place
        tensor([[[[1., 2., 1.],
                  [2., 4., 2.],
                  [1., 2., 1.]]]])
    """
    _need_batch(input, 3, "(N, C·K, L) or (C·K, L), with C·K and L not 0", "fold")
    if input.ndim == 2:
        batch = input.unsqueeze(0)
        return fold(batch, output_size, kernel_size, dilation, padding, stride).squeeze(0)
    sizes = numbers(output_size, 2, "fold", "output_size", 1)
    windows = _block_windows("fold", sizes, kernel_size, dilation, padding, stride)
    count, columns, blocks = input.shape
    if columns % windows.area:
        raise RuntimeError(
            f"fold: dimension 1 of input {input.shape} must be divisible by the "
            f"{windows.area} positions of a window of {windows.kernel}"
        )
    if blocks != math.prod(windows.out):
        raise RuntimeError(
            f"fold: input of shape {input.shape} has {blocks} blocks, but there are "
            f"{' × '.join(map(str, windows.out))} = {math.prod(windows.out)} windows of "
            f"{windows.kernel} in {sizes}"
        )
    shape = (count, columns // windows.area, windows.area, *windows.out)
    return _add_up(input.reshape(shape), windows)


# -- channels and pixels ---------------------------------------------------------------------------


def _checked_factor(input: Any, factor: Any, name: str, argument: str) -> int:
    """``factor`` as an int of Python; raises unless it is at least 1 and ``input`` an image."""
    need_least_dims(input, 3, name)
    factor = int_of(factor, name, argument)
    if factor < 1:
        raise RuntimeError(f"{name}: {argument} must be at least 1, got {factor}")
    return factor


def _need_divisible(input: Any, channels: int, by: int, what: str, name: str) -> None:
    if channels % by:
        raise RuntimeError(
            f"{name}: the {channels} channels of input {input.shape} must be divisible by {what}, "
            f"{by}"
        )


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """Channels become pixels: ``(*, C·r², H, W)`` to ``(*, C, H·r, W·r)``, r = ``upscale_factor``.

    Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel
    Convolutional Neural Network" (2016).  d input = pixel_unshuffle(g, upscale_factor).

    Raises:
        RuntimeError: fewer than 3 dimensions, or channels that cannot be divided by r².

    Example:

        >>> x = at.tensor([1.0, 2.0, 3.0, 4.0]).reshape(4, 1, 1)
        >>> F.pixel_shuffle(x, 2)
        tensor([[[1., 2.],
                 [3., 4.]]])
        >>> F.pixel_shuffle(at.ones(8, 12, 16, 16), 2).shape
        torch.Size([8, 3, 32, 32])
    """
    r = _checked_factor(input, upscale_factor, "pixel_shuffle", "upscale_factor")
    *batch, channels, height, width = input.shape
    _need_divisible(input, channels, r * r, "the square of upscale_factor", "pixel_shuffle")
    split = input.reshape((*batch, channels // (r * r), r, r, height, width))
    n = len(batch)
    turned = split.permute((*range(n + 1), n + 3, n + 1, n + 4, n + 2))
    return apart(turned.reshape((*batch, channels // (r * r), height * r, width * r)), input)


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """Pixels become channels: ``(*, C, H·r, W·r)`` to ``(*, C·r², H, W)``, the way back from
    ``pixel_shuffle``.  d input = pixel_shuffle(g, downscale_factor).

    Raises:
        RuntimeError: fewer than 3 dimensions, or sizes that cannot be divided by r.

    Example:

        >>> F.pixel_unshuffle(at.tensor([[[1.0, 2.0], [3.0, 4.0]]]), 2).flatten()
        tensor([1., 2., 3., 4.])
        >>> F.pixel_unshuffle(at.ones(8, 3, 32, 32), 2).shape
        torch.Size([8, 12, 16, 16])
    """
    r = _checked_factor(input, downscale_factor, "pixel_unshuffle", "downscale_factor")
    *batch, channels, height, width = input.shape
    if height % r or width % r:
        raise RuntimeError(
            f"pixel_unshuffle: height and width of input {input.shape} must be divisible "
            f"by downscale_factor, {r}"
        )
    split = input.reshape((*batch, channels, height // r, r, width // r, r))
    n = len(batch)
    turned = split.permute((*range(n + 1), n + 2, n + 4, n + 1, n + 3))
    return apart(turned.reshape((*batch, channels * r * r, height // r, width // r)), input)


def channel_shuffle(input: Any, groups: int) -> Any:
    """``(N, C, *)`` with the channels of ``groups`` groups dealt out in turn.

    Channel ``i·groups + j`` of the output is channel ``j·C/groups + i`` of the input.  Zhang et
    al., "ShuffleNet" (2018).  d input = channel_shuffle(g, C / groups).

    Raises:
        RuntimeError: fewer than 3 dimensions, or channels that do not divide into ``groups``.

    Example:

        >>> F.channel_shuffle(at.arange(6.0).reshape(1, 6, 1), 2).flatten()  # of 0 1 2 and 3 4 5
        tensor([0., 3., 1., 4., 2., 5.])
    """
    count = _checked_factor(input, groups, "channel_shuffle", "groups")
    channels = input.shape[1]
    _need_divisible(input, channels, count, "groups", "channel_shuffle")
    split = input.reshape((input.shape[0], count, channels // count, *input.shape[2:]))
    return apart(split.transpose(1, 2).reshape(input.shape), input)
