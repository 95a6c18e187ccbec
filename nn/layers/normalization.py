"""Layers that give values mean 0 and variance 1 or length 1, then a learned scale and shift."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import autotensor as at
from autotensor import Parameter, Tensor
from autotensor.extend import Function
from nn import init
from nn.layers.arguments import keep_whole, listed, make_parameters, need_divisible, settings, whole
from nn.layers.base import Face, WithBias
from nn.module import Module

if TYPE_CHECKING:
    from autotensor.types import Device, DType, Ints


class _Affine(WithBias):
    """What these layers share: a learned ``weight`` and ``bias``, each None where not wanted."""

    eps: float
    weight: Parameter
    bias: Parameter

    def _make_affine(self, shape: tuple[int, ...], affine: bool, bias: bool, dtype: Any) -> None:
        weights = shape if affine else None
        make_parameters(self, dtype, weight=weights, bias=weights if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight 1 and bias 0: no scale and no shift."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)


class _Tracking(_Affine, bare=("num_features",), settings=("eps", "momentum", "affine")):
    """Normalization of channels, with running statistics; see ``BatchNorm2d``."""

    momentum: float | None
    affine: bool
    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    shapes: tuple[str, ...]
    _version = 2

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Device | None = None,
        dtype: DType | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(eps=eps, momentum=momentum, affine=affine, device=device)
        if isinstance(num_features, (list, tuple)) and len(num_features) == 1:
            (num_features,) = num_features  # a shape, as LayerNorm takes it
        self.num_features = whole(self, "num_features", num_features, 0)
        self.track_running_stats = track_running_stats
        weights = (self.num_features,) if affine else None
        make_parameters(self, dtype, weight=weights, bias=weights if bias else None)
        for name in ("running_mean", "running_var"):
            statistic = at.empty(self.num_features, dtype=dtype) if track_running_stats else None
            self.register_buffer(name, statistic)
        self.register_buffer("num_batches_tracked", at.tensor(0) if track_running_stats else None)
        self.reset_parameters()

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, local_metadata: dict[str, Any], *rest: Any
    ) -> None:
        # Before version 2 batches were not counted.
        if self.track_running_stats and (local_metadata.get("version") or 1) < 2:
            state_dict.setdefault(f"{prefix}num_batches_tracked", self.num_batches_tracked)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)

    def reset_running_stats(self) -> None:
        """Mean 0, variance 1, no batches seen."""
        if self.track_running_stats:
            init.zeros_(self.running_mean)
            init.ones_(self.running_var)
            init.zeros_(self.num_batches_tracked)

    def reset_parameters(self) -> None:
        """Weight 1 and bias 0, and the running statistics as at the start."""
        self.reset_running_stats()
        super().reset_parameters()

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim not in [shape.count(",") + 1 for shape in self.shapes]:
            raise ValueError(
                f"{type(self).__name__}: expected input of shape {' or '.join(self.shapes)}, "
                f"got {input.shape}"
            )

    def extra_repr(self) -> str:
        return listed(super().extra_repr(), settings(self, "track_running_stats"))


class _BatchNorm(_Tracking):
    """Normalization over the batch; see ``BatchNorm2d``."""

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        # In training, statistics that are not tracked are left alone.
        used = self.track_running_stats or not self.training
        mean, variance = (self.running_mean, self.running_var) if used else (None, None)
        own = self.training or (mean is None and variance is None)
        counts = self.training and self.track_running_stats
        momentum = self.momentum if counts else 0.0
        if momentum is None:  # the plain average of all batches
            momentum = 1.0 / (self.num_batches_tracked.item() + 1)
        out = at.batch_norm(input, mean, variance, self.weight, self.bias, own, momentum, self.eps)
        if counts:
            self.num_batches_tracked.add_(1)
        return out


class BatchNorm1d(_BatchNorm, shapes=("(N, C)", "(N, C, L)")):
    """``(N, C) → (N, C)`` or ``(N, C, L) → (N, C, L)``; see ``BatchNorm2d``.

    Example:

        >>> layer = nn.BatchNorm1d(2)
        >>> layer(at.tensor([[1.0, 10.0], [3.0, 30.0]])).detach()  # each column by itself
        tensor([[-1.0000, -1.0000],
                [ 1.0000,  1.0000]])
        >>> layer.running_mean  # a tenth of the way to 2 and 20
        tensor([0.2000, 2.0000])
        >>> layer.eval()(at.tensor([[0.2, 2.0]])).detach().round(decimals=3) + 0.0  # now they count
        tensor([[0., 0.]])
    """


class BatchNorm2d(_BatchNorm, shapes=("(N, C, H, W)",)):
    """``(input - mean) / √(variance + eps) · weight + bias`` for each channel.

    ``(N, C, H, W) → (N, C, H, W)``.  In training mean and variance are those of the batch, and the
    running ones move towards them; in evaluation the running ones are used.

    Args:
        num_features: C.
        momentum: how far each batch moves the running statistics; None for their plain average
            over all batches.
        affine: whether there are weight and bias; ``bias=False`` leaves out the bias alone.
        track_running_stats: if False, the statistics of the batch are used in evaluation too.
        dtype: that of parameters and statistics; the default dtype if None.

    Attributes:
        weight, bias: ``(C)``, 1 and 0 at the start; or None.
        running_mean, running_var: ``(C)``, 0 and 1 at the start; or None.
        num_batches_tracked: int64, how many batches they have seen; or None.

    Raises:
        ValueError: in ``forward``, an input of another shape; in training one value per channel.
        RuntimeError: in ``forward``, another number of channels.

    Example:

        >>> layer = nn.BatchNorm2d(6)
        >>> layer
        BatchNorm2d(6, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
        >>> x = at.arange(8 * 6 * 4 * 4.0).reshape(8, 6, 4, 4)
        >>> y = layer(x)
        >>> at.allclose(y.mean(dim=(0, 2, 3)), at.zeros(6), atol=1e-5), layer.num_batches_tracked
        (True, tensor(1))
    """


class BatchNorm3d(_BatchNorm, shapes=("(N, C, D, H, W)",)):
    """``(N, C, D, H, W) → (N, C, D, H, W)``; see ``BatchNorm2d``.

    Example:

        >>> nn.BatchNorm3d(3, affine=False)(at.randn(2, 3, 4, 8, 8)).shape
        torch.Size([2, 3, 4, 8, 8])
    """


MANY = 1 << 12
"""SyncBatchNorm counts by this, and what is left."""


class SyncBatchNorm(_BatchNorm):
    """Batch normalization over the batches of all processes: ``(N, C, *) → (N, C, *)``.

    In training, mean and variance are those of what all processes of ``process_group`` (all, if
    None) were given together, however it is divided among them; gradients go to all of them.  With
    one process it is a ``BatchNorm`` of any number of dimensions.

    Raises:
        ValueError: an input without channels.

    Example:

        >>> layer = nn.SyncBatchNorm(2)
        >>> layer(at.tensor([[1.0, 10.0], [3.0, 30.0]])).detach()
        tensor([[-1.0000, -1.0000],
                [ 1.0000,  1.0000]])
        >>> net = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6))
        >>> type(nn.SyncBatchNorm.convert_sync_batchnorm(net)[1]).__name__
        'SyncBatchNorm'
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: Any = None,
        device: Device | None = None,
        dtype: DType | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias
        )
        self.process_group = process_group

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim < 2:
            raise ValueError(f"SyncBatchNorm: expected input of shape (N, C, *), got {input.shape}")

    def forward(self, input: Tensor) -> Tensor:
        alone = not at.distributed.is_initialized() or (
            at.distributed.get_world_size(self.process_group) == 1
        )
        statistics = self.training or self.running_mean is None
        return super().forward(input) if alone or not statistics else self._of_all(input)

    def _of_all(self, input: Tensor) -> Tensor:
        """``forward`` with the statistics of all processes."""
        self._check_input_dim(input)
        channels = input.shape[1]
        if channels != self.num_features:
            raise ValueError(
                f"SyncBatchNorm: expected {self.num_features} channels, got input of shape "
                f"{input.shape}"
            )
        group = self.process_group
        shape = (1, -1, *[1] * (input.ndim - 2))
        dims = [dim for dim in range(input.ndim) if dim != 1]
        # float16 has too few digits for sums.
        values = input.float() if input.dtype == at.float16 else input
        # As two numbers, so that float32 counts many exactly.
        own = at.tensor(divmod(input.numel() // max(channels, 1), MANY), dtype=values.dtype)
        sums = _summed_over_processes(at.cat([values.sum(dims), own]), group)
        many, few = sums[-2:].tolist()
        count = many * MANY + few
        if count <= 1:
            raise ValueError(
                "SyncBatchNorm: expected more than 1 value per channel of all processes together "
                f"when training, got input of shape {input.shape}"
            )
        mean = sums[:-2] / count
        centered = values - mean.reshape(shape)
        variance = _summed_over_processes((centered * centered).sum(dims), group) / count
        out = centered * (variance + self.eps).rsqrt().reshape(shape)
        if self.weight is not None:
            out = out * self.weight.reshape(shape)
        if self.bias is not None:
            out = out + self.bias.reshape(shape)
        if self.training and self.track_running_stats:
            self._follow(mean.detach(), variance.detach() * (count / (count - 1)))
        return out.to(input.dtype)

    def _follow(self, mean: Tensor, variance: Tensor) -> None:
        """Moves the running statistics towards those of a batch; of its variance the estimate
        without bias."""
        batches = self.num_batches_tracked
        batches.add_(1)
        momentum = self.momentum
        if momentum is None:  # the plain average of all batches
            momentum = 1.0 / batches.item()
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), momentum)
        self.running_var.lerp_(variance.to(self.running_var.dtype), momentum)

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Module:
        """``module`` with a SyncBatchNorm in the place of every batch norm; they share the
        parameters and statistics."""
        converted = module
        if isinstance(module, _BatchNorm):
            converted = cls(
                module.num_features, module.eps, module.momentum, module.affine,
                module.track_running_stats, process_group, bias=module.bias is not None,
            )  # fmt: skip
            converted._parameters.update(module._parameters)
            converted._buffers.update(module._buffers)
            converted.training = module.training
        for name, child in module.named_children():
            converted.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return converted


class _Summed(Function):
    """``Σ input`` over the processes of a group, in each of them; so is its gradient."""

    @staticmethod
    def forward(ctx: Any, input: Tensor, group: Any) -> Tensor:
        ctx.group = group
        total = input.detach().clone()
        at.distributed.all_reduce(total, group=group)
        return total

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None]:
        return _summed_over_processes(grad_output, ctx.group), None


def _summed_over_processes(input: Tensor, group: Any) -> Tensor:
    """The sum over all processes of ``group``, differentiable to any order."""
    total: Tensor = _Summed.apply(input, group)
    return total


class _InstanceNorm(_Tracking):
    """Normalization of each channel of each sample; see ``InstanceNorm2d``."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Device | None = None,
        dtype: DType | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias
        )

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        one_sample = input.ndim == self.shapes[1].count(",") + 1
        channels = input.shape[0 if one_sample else 1]
        if channels != self.num_features:
            unlike = (
                f"{type(self).__name__}: expected {self.num_features} channels, got input of shape "
                f"{input.shape}"
            )
            if self.affine:
                raise ValueError(unlike)
            warnings.warn(f"{unlike}; without affine it makes no difference", stacklevel=3)
        out = at.instance_norm(
            input.unsqueeze(0) if one_sample else input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return out.squeeze(0) if one_sample else out


class InstanceNorm1d(_InstanceNorm, shapes=("(N, C, L)", "(C, L)")):
    """``(N, C, L) → (N, C, L)`` or ``(C, L) → (C, L)``; see ``InstanceNorm2d``.

    Example:

        >>> x = at.tensor([[[1.0, 3.0]], [[100.0, 300.0]]])  # each sample by itself
        >>> nn.InstanceNorm1d(1)(x)
        tensor([[[-1.0000,  1.0000]],
        <BLANKLINE>
                [[-1.0000,  1.0000]]])
    """


class InstanceNorm2d(_InstanceNorm):
    """``(input - mean) / √(variance + eps) · weight + bias`` for each channel of each sample.

    ``(N, C, H, W) → (N, C, H, W)`` or ``(C, H, W) → (C, H, W)``.  As ``BatchNorm2d``, but mean and
    variance are those of one sample; by default without weight, bias and running statistics.  With
    ``track_running_stats`` evaluation uses the running ones.

    Ulyanov, Vedaldi and Lempitsky, "Instance Normalization", 2016.

    Raises:
        ValueError: in ``forward``, an input of another shape, or one value per channel.

    Example:

        >>> layer = nn.InstanceNorm2d(3)
        >>> y = layer(at.randn(8, 3, 32, 32) * 5 + 2)
        >>> at.allclose(y.mean(dim=(2, 3)), at.zeros(8, 3), atol=1e-4), list(layer.parameters())
        (True, [])
    """

    shapes = ("(N, C, H, W)", "(C, H, W)")


class InstanceNorm3d(_InstanceNorm, shapes=("(N, C, D, H, W)", "(C, D, H, W)")):
    """``(N, C, D, H, W) → (N, C, D, H, W)``, or the same without N; see ``InstanceNorm2d``.

    Example:

        >>> nn.InstanceNorm3d(3, affine=True)(at.randn(2, 3, 4, 8, 8)).shape
        torch.Size([2, 3, 4, 8, 8])
    """


def _normalized_sizes(layer: Module, normalized_shape: Ints) -> tuple[int, ...]:
    sizes = normalized_shape if isinstance(normalized_shape, (tuple, list)) else (normalized_shape,)
    return tuple(whole(layer, "normalized_shape", size, 0) for size in sizes)


class LayerNorm(_Affine, bare=("normalized_shape",), settings=("eps", "elementwise_affine")):
    """``(input - mean) / √(variance + eps) · weight + bias`` over the last dimensions.

    ``(*, *normalized_shape) → (*, *normalized_shape)``; the same in training and evaluation.

    Attributes:
        weight, bias: ``normalized_shape``, 1 and 0 at the start; None without
            ``elementwise_affine``, the bias also with ``bias=False``.

    Raises:
        RuntimeError: in ``forward``, an input whose last sizes are not ``normalized_shape``.

    Example:

        >>> layer = nn.LayerNorm(2)
        >>> layer
        LayerNorm((2,), eps=1e-05, elementwise_affine=True, bias=True)
        >>> layer(at.tensor([[1.0, 3.0], [100.0, 300.0]])).detach()
        tensor([[-1.0000,  1.0000],
                [-1.0000,  1.0000]])
        >>> nn.LayerNorm((3, 32, 32))(at.ones(8, 3, 32, 32)).shape
        torch.Size([8, 3, 32, 32])
    """

    elementwise_affine: bool

    def __init__(
        self,
        normalized_shape: Ints,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(eps=eps, elementwise_affine=elementwise_affine, device=device)
        self.normalized_shape = _normalized_sizes(self, normalized_shape)
        self._make_affine(self.normalized_shape, elementwise_affine, bias, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return at.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)


class RMSNorm(Face, bare=("normalized_shape",), settings=("eps", "elementwise_affine")):
    """``input / √(mean(input²) + eps) · weight`` over the last dimensions.

    ``(*, *normalized_shape) → (*, *normalized_shape)``; as ``LayerNorm``, but nothing is subtracted
    or added.

    Args:
        eps: the smallest step from 1 of the dtype of the input if None.

    Attributes:
        weight: ``normalized_shape``, 1 at the start; None without ``elementwise_affine``.

    Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.

    Raises:
        RuntimeError: in ``forward``, an input whose last sizes are not ``normalized_shape``.

    Example:

        >>> layer = nn.RMSNorm(2)
        >>> layer(at.tensor([[1.0, 7.0], [-3.0, -3.0]])).detach()  # divided by 5 and by 3
        tensor([[ 0.2000,  1.4000],
                [-1.0000, -1.0000]])
    """

    eps: float | None
    elementwise_affine: bool
    weight: Parameter

    def __init__(
        self,
        normalized_shape: Ints,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(eps=eps, elementwise_affine=elementwise_affine, device=device)
        self.normalized_shape = _normalized_sizes(self, normalized_shape)
        make_parameters(self, dtype, weight=self.normalized_shape if elementwise_affine else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight 1: no scale.

        Example:

            >>> layer = nn.RMSNorm(2)
            >>> _ = nn.init.zeros_(layer.weight)
            >>> layer.reset_parameters()
            >>> layer.weight.tolist()
            [1.0, 1.0]
        """
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, x: Tensor) -> Tensor:
        return at.rms_norm(x, self.normalized_shape, self.weight, self.eps)


class GroupNorm(_Affine, bare=("num_groups", "num_channels"), settings=("eps", "affine")):
    """``(input - mean) / √(variance + eps) · weight + bias`` over groups of channels.

    ``(N, C, *) → (N, C, *)``, C = ``num_channels``; mean and variance are those of one sample.

    Attributes:
        weight, bias: ``(C)``, 1 and 0 at the start; None without ``affine``.

    Raises:
        ValueError: channels that do not divide into groups.
        RuntimeError: in ``forward``, another number of channels.

    Example:

        >>> layer = nn.GroupNorm(2, 4)
        >>> layer(at.tensor([[1.0, 3.0, 10.0, 30.0]])).detach()  # of two channels each
        tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
        >>> nn.GroupNorm(3, 6)(at.ones(8, 6, 32, 32)).shape
        torch.Size([8, 6, 32, 32])
    """

    affine: bool
    num_groups: int
    num_channels: int

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Device | None = None,
        dtype: DType | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(eps=eps, affine=affine, device=device)
        keep_whole(self, num_groups=num_groups)
        keep_whole(self, 0, num_channels=num_channels)
        need_divisible(self, "num_channels", self.num_channels, "num_groups", self.num_groups)
        self._make_affine((self.num_channels,), affine, bias, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return at.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)


class LocalResponseNorm(Face, bare=("size",), settings=("alpha", "beta", "k")):
    """``input / (k + alpha · mean of input² over size channels around)^beta``.

    ``(N, C, *) → (N, C, *)``.

    Example:

        >>> layer = nn.LocalResponseNorm(size=3, alpha=3.0, beta=1.0)
        >>> layer(at.tensor([1.0, 2.0, 0.0]).reshape(1, 3, 1)).flatten()  # 1/6, 2/6, 0
        tensor([0.1667, 0.3333, 0.0000])
    """

    size: int
    alpha: float
    beta: float
    k: float

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__(size=size, alpha=alpha, beta=beta, k=k)

    def forward(self, input: Tensor) -> Tensor:
        return at.local_response_norm(input, self.size, self.alpha, self.beta, self.k)


BATCH_NORMS = (_BatchNorm,)
"""Every kind, for those who treat them alike."""
