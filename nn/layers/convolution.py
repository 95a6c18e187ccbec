"""Convolutions: one general layer, and its faces for one, two and three dimensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import autotensor as at
from autotensor import Tensor
from autotensor.extend import need_cpu, spatial_input
from nn.arguments import need_one_of
from nn.layers.arguments import (
    keep_whole,
    listed,
    make_parameters,
    need_divisible,
    refuse,
    settings,
    wholes,
)
from nn.layers.base import WithBias

if TYPE_CHECKING:
    from autotensor.types import Device, DType, Ints

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _Kernels(WithBias):
    """What all convolutions have: kernels over ``ndim`` dimensions, in groups of channels."""

    in_channels: int
    out_channels: int
    groups: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]

    convolve: Callable[..., Tensor]
    transposed = False

    def __init__(
        self, in_channels: int, out_channels: int, groups: int, bias: bool, dtype: Any, **sizes: Any
    ) -> None:
        super().__init__()
        keep_whole(self, 0, in_channels=in_channels, out_channels=out_channels)
        keep_whole(self, groups=groups)
        for argument, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            need_divisible(self, argument, channels, "groups", groups)
        for argument, size in sizes.items():
            setattr(self, argument, wholes(self, argument, size))
        self.padding: Any = None
        self.output_padding = (0,) * self.ndim
        self.padding_mode = "zeros"
        biases = (self.out_channels,) if bias else None
        make_parameters(self, dtype, weight=self._weight_shape(), bias=biases)
        self.reset_parameters()

    @property
    def _reversed_padding_repeated_twice(self) -> tuple[int, ...]:
        """How much to add before and after each dimension, the last dimension first, as for pad."""
        if self.padding == "valid":
            return (0, 0) * self.ndim
        if self.padding == "same":
            spans = [d * (k - 1) for k, d in zip(self.kernel_size, self.dilation, strict=True)]
            return tuple(side for n in reversed(spans) for side in (n // 2, n - n // 2))
        return tuple(side for n in reversed(self.padding) for side in (n, n))

    def _weight_shape(self) -> tuple[int, ...]:
        rows, columns = self.out_channels, self.in_channels
        if self.transposed:
            rows, columns = columns, rows
        return (rows, columns // self.groups, *self.kernel_size)

    def extra_repr(self) -> str:
        zeros, ones = (0,) * self.ndim, (1,) * self.ndim
        usual = {"padding": zeros, "dilation": ones, "output_padding": zeros, "groups": 1}
        return listed(
            f"{self.in_channels}, {self.out_channels}",
            settings(self, "kernel_size", "stride", **usual),
            "bias=False" if self.bias is None else "",
            settings(self, padding_mode="zeros"),
        )


class _Conv(_Kernels):
    """Convolution over ``ndim`` dimensions; see ``Conv2d``."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Ints,
        stride: Ints = 1,
        padding: Ints | str = 0,
        dilation: Ints = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        need_cpu(device)
        need_one_of(type(self).__name__, "padding_mode", padding_mode, PADDING_MODES)
        super().__init__(
            in_channels, out_channels, groups, bias, dtype,
            kernel_size=kernel_size, stride=stride, dilation=dilation,
        )  # fmt: skip
        self.padding_mode = padding_mode
        if isinstance(padding, str):
            message = f"padding must be 'same', 'valid' or ints, got {padding!r}"
            refuse(self, padding not in ("same", "valid"), message)
            uneven = padding == "same" and max(self.stride) > 1
            refuse(self, uneven, f"padding='same' needs stride 1, got stride {self.stride}")
            self.padding = padding
        else:
            self.padding = wholes(self, "padding", padding, 0)

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The layer with another weight and bias; a subclass that overrides it is this layer."""
        padding = self.padding
        if self.padding_mode != "zeros":
            input = at.pad(input, self._reversed_padding_repeated_twice, self.padding_mode)
            padding = 0
        return type(self).convolve(
            input, weight, bias, self.stride, padding, self.dilation, self.groups
        )

    def forward(self, input: Tensor) -> Tensor:
        if self.padding_mode != "zeros":
            return self._conv_forward(input, self.weight, self.bias)
        # At once, because a call would cost every step.
        return type(self).convolve(
            input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        if "_conv_forward" in vars(cls) and cls.forward is _Conv.forward:
            cls.forward = _by_conv_forward  # type: ignore[method-assign]


def _by_conv_forward(self: _Conv, input: Tensor) -> Tensor:
    return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Conv, ndim=1, convolve=at.conv1d):
    """Convolution over one dimension: ``(N, C_in, L) → (N, C_out, L')``; see ``Conv2d``.

    Example:

        >>> layer = nn.Conv1d(16, 33, kernel_size=3, stride=2)
        >>> layer
        Conv1d(16, 33, kernel_size=(3,), stride=(2,))
        >>> layer(at.ones(20, 16, 50)).shape
        torch.Size([20, 33, 24])
    """


class Conv2d(_Conv, ndim=2, convolve=at.conv2d):
    """Convolution of images: ``(N, C_in, H, W) → (N, C_out, H', W')``; N may be left out.

    ``H' = ⌊(H + 2·padding - dilation·(kernel_size - 1) - 1) / stride⌋ + 1``, and W' likewise.

    Args:
        in_channels, out_channels: C_in and C_out.
        kernel_size, stride, dilation: an int, or one for each of the two dimensions.
        padding: the same, on each side; ``'valid'`` for none; ``'same'`` for as many outputs as
            inputs (stride 1).
        groups: the channels are cut into so many groups that do not see each other.
        bias: whether to add one for each output channel.
        padding_mode: what the padding holds: ``'zeros'``, or values of the input: mirrored
            (``'reflect'``), those of the edge (``'replicate'``), or going round (``'circular'``).
        device: the CPU, the only one there is.
        dtype: that of the parameters; the default dtype if None.

    Attributes:
        weight: ``(C_out, C_in / groups, *kernel_size)``, uniform within ±1/√(what one output sees).
        bias: ``(C_out)``, likewise; None without bias.

    Raises:
        ValueError: channels that cannot be divided into ``groups``; an unknown ``padding_mode``.
        RuntimeError: in ``forward``, an input of another shape or dtype, or one smaller than the
            kernel.

    Example:

        >>> layer = nn.Conv2d(3, 6, kernel_size=5)
        >>> layer
        Conv2d(3, 6, kernel_size=(5, 5), stride=(1, 1))
        >>> layer(at.ones(8, 3, 32, 32)).shape, layer.weight.shape, layer.bias.shape
        (torch.Size([8, 6, 28, 28]), torch.Size([6, 3, 5, 5]), torch.Size([6]))
        >>> nn.Conv2d(3, 6, 5, stride=2, padding=2)(at.ones(3, 32, 32)).shape
        torch.Size([6, 16, 16])
        >>> nn.Conv2d(6, 6, 3, padding="same", groups=6)(at.ones(8, 6, 28, 28)).shape  # depthwise
        torch.Size([8, 6, 28, 28])
    """


class Conv3d(_Conv, ndim=3, convolve=at.conv3d):
    """Convolution over three dimensions: ``(N, C_in, D, H, W) → (N, C_out, D', H', W')``.

    See ``Conv2d``.

    Example:

        >>> layer = nn.Conv3d(3, 8, kernel_size=(1, 3, 3), padding=(0, 1, 1))
        >>> layer(at.ones(2, 3, 4, 16, 16)).shape
        torch.Size([2, 8, 4, 16, 16])
    """


class _ConvTranspose(_Kernels):
    """Transposed convolution over ``ndim`` dimensions; see ``ConvTranspose2d``."""

    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Ints,
        stride: Ints = 1,
        padding: Ints | str = 0,
        output_padding: Ints = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Ints = 1,
        padding_mode: str = "zeros",
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        need_cpu(device)
        refuse(self, padding_mode != "zeros", f"padding_mode must be 'zeros', got {padding_mode!r}")
        super().__init__(
            in_channels, out_channels, groups, bias, dtype,
            kernel_size=kernel_size, stride=stride, dilation=dilation,
        )  # fmt: skip
        self.padding = wholes(self, "padding", padding, 0)
        self.output_padding = wholes(self, "output_padding", output_padding, 0)

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        extra = self.output_padding if output_size is None else self._extra(input, output_size)
        return type(self).convolve(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups,
            self.dilation,
        )  # fmt: skip

    def _extra(self, input: Tensor, output_size: Any) -> tuple[int, ...]:
        """The output_padding that gives ``output_size``."""
        name = type(self).__name__
        before = 2 if spatial_input(input, self.ndim, name) else 1
        wanted = tuple(output_size)
        wanted = wanted[before:] if len(wanted) == before + self.ndim else wanted
        if len(wanted) != self.ndim:
            raise ValueError(
                f"{name}: output_size must have {self.ndim} or {before + self.ndim} elements for "
                f"an input of shape {input.shape}, got {tuple(output_size)}"
            )
        least = tuple(
            (n - 1) * s - 2 * p + d * (k - 1) + 1
            for n, s, p, d, k in zip(
                input.shape[before:], self.stride, self.padding, self.dilation, self.kernel_size,
                strict=True,
            )
        )  # fmt: skip
        extra = tuple(size - n for size, n in zip(wanted, least, strict=True))
        if any(not 0 <= e < s for e, s in zip(extra, self.stride, strict=True)):
            most = tuple(n + s - 1 for n, s in zip(least, self.stride, strict=True))
            raise ValueError(
                f"{name}: output_size must lie between {least} and {most} for an input of shape "
                f"{input.shape}, got {wanted}"
            )
        return extra


class ConvTranspose1d(_ConvTranspose, ndim=1, convolve=at.conv_transpose1d):
    """Transposed convolution: ``(N, C_in, L) → (N, C_out, L')``; see ``ConvTranspose2d``.

    Example:

        >>> layer = nn.ConvTranspose1d(16, 8, kernel_size=4, stride=2, padding=1)
        >>> layer(at.ones(20, 16, 50)).shape
        torch.Size([20, 8, 100])
    """


class ConvTranspose2d(_ConvTranspose, ndim=2, convolve=at.conv_transpose2d):
    """Transposed convolution of images, which enlarges: ``(N, C_in, H, W) → (N, C_out, H', W')``.

    ``H' = (H - 1)·stride - 2·padding + dilation·(kernel_size - 1) + output_padding + 1``; or call
    it as ``layer(input, output_size)``, which chooses the output_padding.

    Args:
        output_padding: positions added at the end of each dimension, fewer than the stride.
        others: as for ``Conv2d``.

    Attributes:
        weight: ``(C_in, C_out / groups, *kernel_size)``.
        bias: ``(C_out)``; None without bias.

    Raises:
        ValueError: an ``output_size`` that no padding gives; channels that cannot be divided.
        RuntimeError: in ``forward``, an input of another shape or dtype.

    Example:

        >>> down = nn.Conv2d(3, 16, 3, stride=2, padding=1)
        >>> up = nn.ConvTranspose2d(16, 3, 3, stride=2, padding=1)
        >>> x = at.ones(8, 3, 12, 12)
        >>> down(x).shape, up(down(x)).shape, up(down(x), output_size=(12, 12)).shape
        (torch.Size([8, 16, 6, 6]), torch.Size([8, 3, 11, 11]), torch.Size([8, 3, 12, 12]))
    """


class ConvTranspose3d(_ConvTranspose, ndim=3, convolve=at.conv_transpose3d):
    """Transposed convolution: ``(N, C_in, D, H, W) → (N, C_out, D', H', W')``.

    See ``ConvTranspose2d``.

    Example:

        >>> nn.ConvTranspose3d(16, 4, kernel_size=2, stride=2)(at.ones(2, 16, 4, 8, 8)).shape
        torch.Size([2, 4, 8, 16, 16])
    """


CONVOLUTIONS = (_Conv,)
"""Every kind, for those who treat them alike; ``TRANSPOSED`` has those that widen."""
TRANSPOSED = (_ConvTranspose,)
