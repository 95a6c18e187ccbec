"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autotensor import from_numpy
from autotensor.threads import in_blocks
from nn.optim.blocks import objective_gradient, scratch
from nn.optim.optimizer import Group, Optimizer, check_at_least_zero

__all__ = ["SGD"]


class SGD(Optimizer):
    """Gradient descent, with momentum on request.

    With the gradient g (plus ``weight_decay`` · p, and negated first to ``maximize``)::

        b = momentum · b + (1 − dampening) · g      b = g in the first step
        p = p − lr · b                              with nesterov p − lr · (g + momentum · b)

    Sutskever et al., On the importance of initialization and momentum in deep learning, 2013; as in
    PyTorch the learning rate is outside of b.

    Args:
        params: parameters, or groups of them; see ``Optimizer``.
        lr: learning rate.
        momentum, dampening, weight_decay, nesterov, maximize: as above.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check(self, options: Group) -> None:
        check_at_least_zero(options, "lr", "learning rate")
        check_at_least_zero(options, "momentum", "momentum value")
        check_at_least_zero(options, "weight_decay", "weight_decay value")
        if options["nesterov"] and (options["momentum"] <= 0 or options["dampening"] != 0):
            raise ValueError(
                "Nesterov momentum requires a momentum and zero dampening, got momentum "
                f"{options['momentum']} and dampening {options['dampening']}"
            )

    def update(self, group: Group) -> None:
        # Python floats do not widen float32 arrays; a float64 from a schedule would.
        lr = float(group["lr"])
        momentum = float(group["momentum"])
        weight_decay = float(group["weight_decay"])
        nesterov, maximize = group["nesterov"], group["maximize"]

        def descend(p: np.ndarray, g: np.ndarray) -> None:
            step = scratch(p)
            np.multiply(uphill(p, g), lr, out=step)
            np.subtract(p, step, out=p)

        def descend_with_momentum(p: np.ndarray, g: np.ndarray, b: np.ndarray) -> None:
            step = scratch(p)
            g = uphill(p, g)
            np.multiply(b, momentum, out=b)
            if share != 1:
                np.multiply(g, share, out=step)
                np.add(b, step, out=b)
            else:
                np.add(b, g, out=b)
            if nesterov:
                np.multiply(b, momentum, out=step)
                np.add(step, g, out=step)
                np.multiply(step, lr, out=step)
            else:
                np.multiply(b, lr, out=step)
            np.subtract(p, step, out=p)

        def uphill(p: np.ndarray, g: np.ndarray) -> np.ndarray:
            return objective_gradient(p, g, weight_decay, maximize)

        for param in group["params"]:
            grad = param.grad
            if grad is None:
                continue
            if momentum:
                state = self.state[param]
                share = 1.0 - group["dampening"]
                if state.get("momentum_buffer") is None:
                    state["momentum_buffer"] = from_numpy(np.zeros_like(param.array))
                    share = 1.0
                buffer = state["momentum_buffer"].array
                in_blocks(descend_with_momentum, param.array, grad.array, buffer)
            else:
                in_blocks(descend, param.array, grad.array)
            param.mark_written()
