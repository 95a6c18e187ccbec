"""What scripts ask of ``torch.cuda.amp``: mixed precision on a device that is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autotensor import amp
from autotensor.importing import list_public

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]


class autocast(amp.autocast):
    """``amp.autocast('cuda')``, which changes no dtype.

    Example:

        >>> with at.cuda.amp.autocast():
        ...     (at.ones(2) * 2).dtype
        torch.float32
    """

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """``amp.GradScaler('cuda')``: disabled, for there is no such device.

    Example:

        >>> scaler = at.cuda.amp.GradScaler()
        >>> scaler.is_enabled()  # there is no GPU
        False
    """

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        super().__init__(
            "cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled
        )


def custom_fwd(fwd: Callable[..., Any] | None = None, *, cast_inputs: Any = None) -> Any:
    """``fwd``; without it, a decorator that gives back what it gets.

    Example:

        >>> @at.cuda.amp.custom_fwd
        ... def forward(ctx, x):
        ...     return 2 * x
        >>> forward(None, at.ones(1))
        tensor([2.])
    """
    return amp.custom_fwd(fwd, device_type="cuda", cast_inputs=cast_inputs)


def custom_bwd(bwd: Callable[..., Any]) -> Any:
    """``bwd``.

    Example:

        >>> @at.cuda.amp.custom_bwd
        ... def backward(ctx, g):
        ...     return 2 * g
        >>> backward(None, at.ones(1))
        tensor([2.])
    """
    return bwd


list_public(__name__)
