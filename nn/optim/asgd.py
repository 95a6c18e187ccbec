"""Averaged stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autotensor import Tensor
from autotensor.extend import in_blocks
from nn.optim.blocks import mix_in, objective_gradient, subtract_scaled
from nn.optim.optimizer import Group, Optimizer, options, options_of, scalar


class ASGD(Optimizer):
    """Gradient descent with fading steps, and on the side the average of its last parameters.

    With the gradient g (plus ``weight_decay`` · p, and negated first to ``maximize``), in step t::

        p = (1 − lambd · η) · p − η · g             at first η = lr
        a = a + μ · (p − a)                         a = p as long as μ = 1
        η = lr / (1 + lambd · lr · t)^alpha
        μ = 1 / max(1, t − t0)

    The average a is the state ``"ax"`` of a parameter.

    Polyak & Juditsky, Acceleration of stochastic approximation by averaging, 1992.

    Args:
        params: parameters, or groups of them; see ``Optimizer``, also for the other options.
        lr: learning rate.
        lambd, alpha, weight_decay, maximize: as above.
        t0: the step in which averaging begins.

    Raises:
        ValueError: a negative option.

    Example:

        >>> p = at.tensor([1.0], requires_grad=True)
        >>> optimizer = optim.ASGD([p], lr=0.5, lambd=0.0, t0=0)
        >>> for gradient in (1.0, 1.0, 1.0):
        ...     p.grad = at.tensor([gradient])
        ...     optimizer.step()
        >>> p.detach(), optimizer.state[p]["ax"]  # the last one; the mean of the last two
        (tensor([-0.5000]), tensor([-0.2500]))
    """

    separable = "elements"
    _checked = ("lr", "weight_decay")
    _numbers, _alike = ("step", "eta", "mu"), ("ax",)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        super().__init__(params, options_of(locals()))

    def descend(self, param: Tensor, grad: np.ndarray, group: Group) -> None:
        lr, lambd, alpha, t0 = options(group, "lr", "lambd", "alpha", "t0")
        (weight_decay,) = options(group, "weight_decay")
        maximize = group["maximize"]
        state, t = self._next_step(param, "ax")
        if "eta" not in state:
            state["eta"], state["mu"] = scalar(lr), scalar(1)
        eta, mu = float(state["eta"]), float(state["mu"])

        def formula(p: np.ndarray, g: np.ndarray, average: np.ndarray) -> None:
            g = objective_gradient(p, g, weight_decay, maximize)
            np.multiply(p, 1 - lambd * eta, out=p)
            subtract_scaled(p, g, eta)
            if mu == 1:
                np.copyto(average, p)
            else:
                mix_in(average, p, mu)

        in_blocks(formula, param.array, grad, state["ax"].array)
        state["eta"].array.fill(lr / (1 + lambd * lr * t) ** alpha)
        state["mu"].array.fill(1 / max(1, t - t0))
