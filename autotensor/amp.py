"""Mixed precision, the names of ``torch.amp``: every Tensor keeps its dtype here.

``autocast`` is accepted and changes nothing, so that float32 is computed as float32.  PyTorch does
the same where there is no GPU to compute on, and with float64 everywhere; its ``autocast("cpu")``
computes float32 as bfloat16, which NumPy has not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import ContextDecorator
from typing import Any

import numpy as np

from autotensor.device import device as Device
from autotensor.engine.modes import no_grad
from autotensor.engine.tensor import Tensor, raw
from autotensor.importing import list_public

__all__ = [
    "GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available",
    "is_autocast_enabled",
]  # fmt: skip


LARGEST = float(np.finfo(np.float32).max)
"""Of a scale: float32 could not hold a larger one, and no loss either."""


class autocast(ContextDecorator):
    """A context and a decorator that changes no dtype.

    Args:
        device_type: the name of a device, such as ``'cuda'``.
        dtype, enabled, cache_enabled: as in PyTorch, without effect.

    Raises:
        TypeError: ``device_type`` is no string.
        RuntimeError: no device has that name.

    Example:

        >>> with at.autocast("cpu", enabled=False):
        ...     (at.ones(2, 2) @ at.ones(2, 2)).dtype
        torch.float32
    """

    def __init__(
        self,
        device_type: str,
        dtype: Any = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        if not isinstance(device_type, str):
            raise TypeError(
                "autocast: device_type must be a string such as 'cuda', got "
                f"{type(device_type).__name__}"
            )
        self.device = Device(device_type).type

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *error: object) -> None:
        pass


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """False: every Tensor keeps its dtype, within ``autocast`` too.

    Example:

        >>> with at.autocast("cpu"):
        ...     at.is_autocast_enabled("cuda")
        False
    """
    return False


def is_autocast_available(device_type: str) -> bool:
    """False.

    Example:

        >>> at.amp.is_autocast_available("cpu")
        False
    """
    return False


def custom_fwd(
    fwd: Callable[..., Any] | None = None, *, device_type: str, cast_inputs: Any = None
) -> Any:
    """``fwd``; without it, a decorator that gives back what it gets.

    Example:

        >>> @at.amp.custom_fwd(device_type="cuda")
        ... def forward(ctx, x):
        ...     return 2 * x
        >>> forward(None, at.ones(1))
        tensor([2.])
    """
    return (lambda function: function) if fwd is None else fwd


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str) -> Any:
    """``bwd``; without it, a decorator that gives back what it gets.

    Example:

        >>> def backward(ctx, g):
        ...     return 2 * g
        >>> at.amp.custom_bwd(backward, device_type="cuda") is backward
        True
    """
    return (lambda function: function) if bwd is None else bwd


class GradScaler:
    """Scales the loss so that small gradients do not vanish in float16, and undoes it in the step.

    ``scaler.scale(loss).backward(); scaler.step(optimizer); scaler.update()``.  A step in which a
    gradient is infinite or NaN is left out, and the scale made smaller.

    Args:
        device: enabled is the scaler only for ``'cpu'``; for another device it does nothing, and
            ``step`` is the optimizer's, as in PyTorch where that device is not there.
        init_scale: the scale at first.
        growth_factor, growth_interval: after so many steps in a row without an infinite gradient,
            the scale is multiplied by the factor.
        backoff_factor: what it is multiplied by after an infinite one.
        enabled: whether to do anything.

    Source: Micikevicius et al., Mixed precision training, 2018.

    Example:

        >>> w = at.ones(1, requires_grad=True)
        >>> optimizer = optim.SGD([w], lr=0.1)
        >>> scaler = at.amp.GradScaler("cpu", init_scale=1024)
        >>> scaler.scale((w * 3).sum()).backward()
        >>> w.grad  # 3 · 1024
        tensor([3072.])
        >>> _ = scaler.step(optimizer)  # undoes that
        >>> scaler.update()
        >>> w
        tensor([0.7000], requires_grad=True)
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if growth_factor <= 1 or backoff_factor >= 1:
            raise ValueError(
                "GradScaler: growth_factor must be above 1 and backoff_factor below, got "
                f"{growth_factor} and {backoff_factor}"
            )
        self._enabled = enabled and Device(device).type == "cpu"
        self._scale = float(init_scale)
        self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
        self._growth_interval, self._growth_tracker = growth_interval, 0
        self._forget()

    def _forget(self) -> None:
        #: By optimizer, since the last update: what was called last, and whether all was finite.
        self._stages: defaultdict[int, str] = defaultdict(str)
        self._finite: dict[int, bool] = {}

    def scale(self, outputs: Any) -> Any:
        """``outputs``, a Tensor or an iterable of them, times the scale.

        Example:

            >>> scaler = at.amp.GradScaler("cpu", init_scale=8)
            >>> scaler.scale(at.tensor(0.5))
            tensor(4.)
        """
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            return outputs * self._scale
        if isinstance(outputs, Iterable):
            scaled = map(self.scale, outputs)
            return type(outputs)(scaled) if isinstance(outputs, (list, tuple)) else scaled
        raise ValueError(f"scale: expected Tensors or an iterable of them, got {outputs!r}")

    def unscale_(self, optimizer: Any) -> None:
        """Divides the gradients of the optimizer's parameters by the scale: to clip them, say.

        Raises:
            RuntimeError: called twice, or after ``step``, without ``update`` in between.

        Example:

            >>> w = at.ones(2, requires_grad=True)
            >>> optimizer = optim.SGD([w], lr=0.1)
            >>> scaler = at.amp.GradScaler("cpu")
            >>> scaler.scale((w * at.tensor([3.0, 4.0])).sum()).backward()
            >>> scaler.unscale_(optimizer)
            >>> nn.utils.clip_grad_norm_([w], max_norm=1.0)  # the norm before
            tensor(5.)
        """
        if not self._enabled:
            return
        stage = self._stages[id(optimizer)]
        if stage:
            raise RuntimeError(
                "unscale_: it has been called for this optimizer since the last update()"
                if stage == "unscaled"
                else "unscale_: step() has been called for this optimizer; call update() first"
            )
        checks = []
        with no_grad():
            for group in optimizer.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        parameter.grad.mul_(1.0 / self._scale)
                        checks.append(bool(np.isfinite(raw(parameter.grad)).all()))
        self._stages[id(optimizer)] = "unscaled"
        if checks:
            self._finite[id(optimizer)] = all(checks)

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Undoes the scale, if that is not done, and then ``optimizer.step(*args, **kwargs)``.

        That is left out, and None given back, where a gradient is not finite.

        Raises:
            RuntimeError: called twice without ``update`` in between, with a closure, or where no
                parameter has a gradient.

        Example:

            >>> w = at.ones(1, requires_grad=True)
            >>> optimizer = optim.SGD([w], lr=0.1)
            >>> scaler = at.amp.GradScaler("cpu")
            >>> scaler.scale(w * float("inf")).backward()
            >>> scaler.step(optimizer)  # is left out
            >>> w
            tensor([1.], requires_grad=True)
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("step: a closure is not supported while the scaler is enabled")
        if self._stages[id(optimizer)] == "stepped":
            raise RuntimeError("step: it has been called since the last update()")
        if not self._stages[id(optimizer)]:
            self.unscale_(optimizer)
        if id(optimizer) not in self._finite:
            raise RuntimeError(
                "step: no parameter of this optimizer has a gradient; call scale(loss).backward() "
                "before"
            )
        done = optimizer.step(*args, **kwargs) if self._finite[id(optimizer)] else None
        self._stages[id(optimizer)] = "stepped"
        return done

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Once after each step: makes the scale larger or smaller, or ``new_scale``.

        Raises:
            RuntimeError: nothing was done since the last time.

        Example:

            >>> w = at.ones(1, requires_grad=True)
            >>> optimizer = optim.SGD([w], lr=0.1)
            >>> scaler = at.amp.GradScaler("cpu", init_scale=16)
            >>> scaler.scale(w * float("inf")).backward()
            >>> _ = scaler.step(optimizer)
            >>> scaler.update()
            >>> scaler.get_scale()  # half of it, for the gradient was infinite
            8.0
        """
        if not self._enabled:
            return
        if new_scale is not None:
            self._scale = float(new_scale)
        elif not self._finite:
            raise RuntimeError("update: no step() or unscale_() since the last update()")
        elif not all(self._finite.values()):
            self._scale, self._growth_tracker = self._scale * self._backoff_factor, 0
        else:
            self._growth_tracker += 1
            if self._growth_tracker == self._growth_interval:
                self._growth_tracker = 0
                larger = self._scale * self._growth_factor
                if larger <= LARGEST:
                    self._scale = larger
        self._forget()

    def is_enabled(self) -> bool:
        """Whether it does anything.

        Example:

            >>> at.amp.GradScaler("cpu").is_enabled(), at.amp.GradScaler("cuda").is_enabled()
            (True, False)
        """
        return self._enabled

    def get_scale(self) -> float:
        """The scale; 1 if disabled.

        Example:

            >>> at.amp.GradScaler("cpu").get_scale() == 2**16
            True
        """
        return self._scale if self._enabled else 1.0

    def get_growth_factor(self) -> float:
        """See the class.

        Example:

            >>> at.amp.GradScaler("cpu").get_growth_factor()
            2.0
        """
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """See the class.

        Example:

            >>> scaler = at.amp.GradScaler("cpu")
            >>> scaler.set_growth_factor(4.0)
            >>> scaler.get_growth_factor()
            4.0
        """
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """See the class.

        Example:

            >>> at.amp.GradScaler("cpu").get_backoff_factor()
            0.5
        """
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """See the class.

        Example:

            >>> scaler = at.amp.GradScaler("cpu")
            >>> scaler.set_backoff_factor(0.25)
            >>> scaler.get_backoff_factor()
            0.25
        """
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """See the class."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """See the class."""
        self._growth_interval = new_interval

    def state_dict(self) -> dict[str, Any]:
        """The scale and its settings, for ``load_state_dict``; empty if disabled.

        Example:

            >>> scaler = at.amp.GradScaler("cpu", init_scale=8)
            >>> scaler.state_dict()["scale"]
            8.0
        """
        if not self._enabled:
            return {}
        return {
            "scale": self._scale,
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what ``state_dict`` gave.

        Raises:
            RuntimeError: it is empty: it came from a disabled scaler.
            TypeError, ValueError: not what ``state_dict`` gives.  Nothing was changed then.

        Example:

            >>> scaler, other = at.amp.GradScaler("cpu", init_scale=8), at.amp.GradScaler("cpu")
            >>> other.load_state_dict(scaler.state_dict())
            >>> other.get_scale()
            8.0
        """
        if not self._enabled:
            return
        if not isinstance(state_dict, Mapping):
            got = type(state_dict).__name__
            raise TypeError(f"GradScaler.load_state_dict: expected a dict, got {got}")
        if not state_dict:
            raise RuntimeError(
                "load_state_dict: the dict is empty; was it saved from a disabled GradScaler?"
            )
        kept = {}
        for name, here in self.state_dict().items():
            if name not in state_dict:
                raise ValueError(
                    f"GradScaler.load_state_dict: the state has no {name!r}, only "
                    f"{list(state_dict)}"
                )
            value = state_dict[name]
            single = not isinstance(value, Tensor) or value.numel() == 1
            if not isinstance(value, (int, float, np.number, Tensor)) or not single:
                raise TypeError(
                    f"GradScaler.load_state_dict: {name!r} must be a number, got "
                    f"{type(value).__name__} {value!r}"
                )
            kept[f"_{name.removeprefix('_')}"] = type(here)(value)
        self.__dict__.update(kept)


list_public(__name__)
