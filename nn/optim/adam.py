"""Adam and AdamW."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autotensor import from_numpy
from autotensor.threads import in_blocks
from nn.optim.blocks import objective_gradient, scratch
from nn.optim.optimizer import Group, Optimizer, check_at_least_zero

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    """Steps scaled by running means of the gradient and of its square.

    With the gradient g (plus ``weight_decay`` · p, and negated first to ``maximize``), in step t::

        m = β₁ · m + (1 − β₁) · g
        v = β₂ · v + (1 − β₂) · g²
        p = p − lr · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + eps)

    ``amsgrad`` puts the largest v so far in place of v.

    Kingma & Ba, Adam: a method for stochastic optimization, 2015; amsgrad: Reddi et al., On the
    convergence of Adam and beyond, 2018.

    Args:
        params: parameters, or groups of them; see ``Optimizer``.
        lr: learning rate.
        betas: (β₁, β₂), each in [0, 1).
        eps, weight_decay, amsgrad, maximize: as above.
    """

    decoupled = False
    """Whether weight decay shrinks the parameters directly, apart from the gradient."""

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check(self, options: Group) -> None:
        check_at_least_zero(options, "lr", "learning rate")
        check_at_least_zero(options, "eps", "epsilon value")
        check_at_least_zero(options, "weight_decay", "weight_decay value")
        betas = options["betas"]
        if not isinstance(betas, (tuple, list)) or len(betas) != 2:
            raise TypeError(f"betas must be a pair of numbers, got {betas!r}")
        for index, beta in enumerate(betas):
            if not 0 <= beta < 1:
                raise ValueError(
                    f"Invalid beta parameter at index {index}: {beta}; it must be in [0, 1)"
                )

    def update(self, group: Group) -> None:
        # Python floats do not widen float32 arrays; a float64 from a schedule would.
        lr, eps, weight_decay = (float(group[name]) for name in ("lr", "eps", "weight_decay"))
        beta1, beta2 = (float(beta) for beta in group["betas"])
        in_gradient = 0.0 if self.decoupled else weight_decay
        shrink = 1 - lr * weight_decay if self.decoupled else 1.0
        amsgrad, maximize = group["amsgrad"], group["maximize"]

        def descend(
            p: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray, *largest: np.ndarray
        ) -> None:
            step = scratch(p)
            g = objective_gradient(p, g, in_gradient, maximize)
            if shrink != 1:
                np.multiply(p, shrink, out=p)
            np.subtract(g, m, out=step)
            np.multiply(step, 1 - beta1, out=step)
            np.add(m, step, out=m)
            np.multiply(g, g, out=step)
            np.multiply(step, 1 - beta2, out=step)
            np.multiply(v, beta2, out=v)
            np.add(v, step, out=v)
            if largest:
                v = np.maximum(largest[0], v, out=largest[0])
            # lr / c₁ · m / (√v / √c₂ + eps), with √c₂ taken out of the fraction: one pass less.
            np.sqrt(v, out=step)
            np.add(step, eps * root, out=step)
            np.divide(m, step, out=step)
            np.multiply(step, rate, out=step)
            np.subtract(p, step, out=p)

        for param in group["params"]:
            grad = param.grad
            if grad is None:
                continue
            state = self.state[param]
            if not state:
                state["step"] = 0
                state["exp_avg"] = from_numpy(np.zeros_like(param.array))
                state["exp_avg_sq"] = from_numpy(np.zeros_like(param.array))
            if amsgrad and "max_exp_avg_sq" not in state:
                state["max_exp_avg_sq"] = from_numpy(np.zeros_like(param.array))
            state["step"] += 1
            root = math.sqrt(1 - beta2 ** state["step"])
            rate = lr * root / (1 - beta1 ** state["step"])
            means = [state["exp_avg"].array, state["exp_avg_sq"].array]
            if amsgrad:
                means.append(state["max_exp_avg_sq"].array)
            in_blocks(descend, param.array, grad.array, *means)
            param.mark_written()


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters directly.

    First p = (1 − lr · weight_decay) · p, then the step of Adam with the bare gradient.

    Loshchilov & Hutter, Decoupled weight decay regularization, 2019.  Arguments as ``Adam``.
    """

    decoupled = True

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)
