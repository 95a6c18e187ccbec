"""Adafactor: adaptive steps that remember rows and columns instead of elements."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autotensor import Tensor, finfo, from_numpy
from nn.arguments import parts_of
from nn.optim.blocks import mix_in, subtract_scaled
from nn.optim.optimizer import Group, Optimizer, State, need_shape, options, options_of


class Adafactor(Optimizer):
    """Adam's scaling with the mean square of a matrix kept as one column and one row.

    With the gradient g of shape (…, R, C) (negated first to ``maximize``), in step t, with
    w = t^beta2_decay and RMS the root of the mean square::

        r = r + w · (mean of g² over C − r)         (…, R, 1)
        c = c + w · (mean of g² over R − c)         (…, 1, C)
        v = r · c / max(mean of r, ε₁)              of vectors: v = v + w · (g² − v)
        u = g / max(√v, ε₁)
        p = (1 − lr · weight_decay) · p
        p = p − max(ε₂, RMS(p)) · min(lr, 1/√t) · u / max(1, RMS(u) / d)

    where RMS(p) is that of p before it shrinks.  As in PyTorch, lr is the largest relative step,
    and ε₁ is applied at the end.

    Shazeer & Stern, Adafactor: adaptive learning rates with sublinear memory cost, 2018.

    Args:
        params: parameters, or groups of them; see ``Optimizer``, also for the other options.
        lr: largest relative step.
        beta2_decay: at most 0.
        eps: (ε₁, ε₂); ε₁ None stands for the machine precision of the parameter's dtype.
        d: how far the root of the mean square of u may go, at least 1.
        weight_decay, maximize: as above.

    Raises:
        ValueError: an option out of range.

    Example:

        >>> p = at.ones(4, 3, requires_grad=True)
        >>> optimizer = optim.Adafactor([p])
        >>> (p * p).sum().backward()
        >>> optimizer.step()
        >>> state = optimizer.state[p]
        >>> state["row_var"].shape, state["col_var"].shape, bool((p < 1).all())
        (torch.Size([4, 1]), torch.Size([1, 3]), True)
    """

    _checked = ("lr", "weight_decay")
    _numbers = ("step",)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, options_of(locals()))

    def check(self, options: Group) -> None:
        super().check(options)
        if not options["beta2_decay"] <= 0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {options['beta2_decay']}")
        first, second = options["eps"]
        if first is not None and not first >= 0:
            raise ValueError(f"epsilon1 should be >= 0 but is: {first}")
        if not second >= 0:
            raise ValueError(f"epsilon2 should be >= 0 but is: {second}")
        if not options["d"] >= 1:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {options['d']}")

    def _check_state(self, about: str, param: Tensor, kept: Mapping[str, Any]) -> None:
        super()._check_state(about, param, kept)
        shape = tuple(param.shape)
        expected = {"variance": shape}
        if param.ndim >= 2:
            rows, columns = shape[-2:]
            expected = {
                "row_var": (*shape[:-2], rows, 1), "col_var": (*shape[:-2], 1, columns),
            }  # fmt: skip
        if not kept.keys().isdisjoint({"step", *expected}):
            parts_of(about, kept, "step", *expected)
        for name, needed in expected.items():
            if name in kept:
                need_shape(about, name, kept[name], needed)

    def descend(self, param: Tensor, grad: np.ndarray, group: Group) -> None:
        lr, beta2_decay, d, weight_decay = options(group, "lr", "beta2_decay", "d", "weight_decay")
        first, second = group["eps"]
        first = finfo(param.dtype).eps if first is None else float(first)
        p = param.array
        state, t = self._next_step(param)
        rate = max(float(second), _rms(p)) * min(lr, 1 / math.sqrt(t))
        if weight_decay:
            np.multiply(p, 1 - lr * weight_decay, out=p)
        u = _mean_square(state, grad, t**beta2_decay, first)
        np.maximum(u, first * first, out=u)
        np.sqrt(u, out=u)
        np.divide(grad, u, out=u)
        rate /= max(1.0, _rms(u) / d)
        subtract_scaled(p, u, -rate if group["maximize"] else rate)


def _rms(values: np.ndarray) -> float:
    return float(np.linalg.norm(values)) / math.sqrt(max(1, values.size))


def _mean_square(state: State, grad: np.ndarray, weight: float, smallest: float) -> np.ndarray:
    """A new array with the running mean of grad², or its estimate from rows and columns."""
    square = np.multiply(grad, grad, out=np.empty_like(grad))
    if grad.ndim < 2:
        if "variance" not in state:
            state["variance"] = from_numpy(np.zeros_like(grad))
        mix_in(state["variance"].array, square, weight)
        np.copyto(square, state["variance"].array)
        return square
    for name, axis in (("row_var", -1), ("col_var", -2)):
        mean = square.mean(axis, keepdims=True)
        if name not in state:
            state[name] = from_numpy(np.zeros_like(mean))
        mix_in(state[name].array, mean, weight)
    rows, columns = state["row_var"].array, state["col_var"].array
    np.multiply(rows, columns, out=square)
    return np.divide(square, np.maximum(rows.mean(-2, keepdims=True), smallest), out=square)
