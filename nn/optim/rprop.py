"""Resilient backpropagation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autotensor import Tensor, from_numpy
from autotensor.machine.threads import in_blocks
from nn.optim.blocks import objective_gradient, scratch
from nn.optim.optimizer import Group, Optimizer, advance, options, options_of

__all__ = ["Rprop"]


class Rprop(Optimizer):
    """Steps by the sign of the gradient alone, each element with a size of its own.

    With the gradient g (negated first to ``maximize``) and that of the step before, g′::

        s = etaplus · s     where g · g′ > 0        at first s = lr
        s = etaminus · s    where g · g′ < 0; there g = 0
        s                   is kept between the two step sizes
        p = p − s · sign(g)

    For gradients of the whole data: with batches the signs change by chance.

    Riedmiller & Braun, A direct adaptive method for faster backpropagation learning: the RPROP
    algorithm, 1993.

    Args:
        params: parameters, or groups of them; see ``Optimizer``, also for the other options.
        lr: first step size.
        etas: (etaminus, etaplus), with 0 < etaminus < 1 < etaplus.
        step_sizes: the smallest and the largest.
        maximize: as above.
    """

    _checked = ("lr",)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(
            params,
            options_of(
                locals(),
                before=dict.fromkeys(("foreach", "maximize", "differentiable"), "capturable"),
            ),
        )

    def check(self, options: Group) -> None:
        super().check(options)
        low, high = options["etas"]
        if not 0 < low < 1 < high:
            raise ValueError(
                f"Invalid eta values: {low}, {high}; expected 0 < etaminus < 1 < etaplus"
            )

    def descend(self, param: Tensor, grad: np.ndarray, group: Group) -> None:
        etaminus, etaplus = (float(eta) for eta in group["etas"])
        smallest, largest = (float(size) for size in group["step_sizes"])
        maximize = group["maximize"]
        state = self.remembered(param, "prev")
        if "step_size" not in state:
            (lr,) = options(group, "lr")
            state["step_size"] = from_numpy(np.full_like(param.array, lr))
        advance(state)

        def formula(p: np.ndarray, g: np.ndarray, before: np.ndarray, size: np.ndarray) -> None:
            g = objective_gradient(p, g, 0, maximize)
            agreement = np.multiply(g, before, out=scratch(p))
            turned = agreement < 0
            np.copyto(before, g)
            before[turned] = 0
            agreement[agreement > 0] = etaplus
            agreement[turned] = etaminus
            agreement[agreement == 0] = 1
            np.multiply(size, agreement, out=size)
            np.clip(size, smallest, largest, out=size)
            step = np.sign(before, out=agreement)
            np.multiply(step, size, out=step)
            np.subtract(p, step, out=p)

        in_blocks(formula, param.array, grad, state["prev"].array, state["step_size"].array)
