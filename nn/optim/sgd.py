"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autotensor import Tensor, from_numpy
from autotensor.extend import in_blocks
from nn.optim.blocks import objective_gradient, scratch, subtract_scaled
from nn.optim.optimizer import Descent, Group, Optimizer, options, options_of

__all__ = ["SGD"]


class SGD(Optimizer):
    """Gradient descent, with momentum on request.

    With the gradient g (plus ``weight_decay`` · p, and negated first to ``maximize``)::

        b = momentum · b + (1 − dampening) · g      b = g in the first step
        p = p − lr · b                              with nesterov p − lr · (g + momentum · b)

    Sutskever et al., On the importance of initialization and momentum in deep learning, 2013; as in
    PyTorch the learning rate is outside of b.

    Args:
        params: parameters, or groups of them; see ``Optimizer``, also for the other options.
        lr: learning rate.
        momentum, dampening, weight_decay, nesterov, maximize: as above.

    Raises:
        ValueError: a negative rate, momentum or decay; ``nesterov`` without momentum.

    Example:

        >>> p = at.tensor([1.0, 2.0], requires_grad=True)
        >>> optimizer = optim.SGD([p], lr=0.1, momentum=0.5)
        >>> for _ in range(2):
        ...     optimizer.zero_grad()
        ...     (p * p / 2).sum().backward()  # the gradient is p
        ...     optimizer.step()
        ...     print(p.detach())
        tensor([0.9000, 1.8000])
        tensor([0.7600, 1.5200])
    """

    separable = "elements"
    _checked = ("lr", "momentum", "weight_decay")
    _alike = _optional = _fading = ("momentum_buffer",)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(params, options_of(locals()))

    def check(self, options: Group) -> None:
        super().check(options)
        if options["nesterov"] and (options["momentum"] <= 0 or options["dampening"] != 0):
            raise ValueError(
                "Nesterov momentum requires a momentum and zero dampening, got momentum "
                f"{options['momentum']} and dampening {options['dampening']}"
            )

    def descend(self, param: Tensor, grad: np.ndarray, group: Group) -> None:
        SGD._descent(self, group)(param, grad)

    def _descent(self, group: Group) -> Descent:
        lr, momentum, weight_decay = options(group, "lr", "momentum", "weight_decay")
        nesterov, maximize = group["nesterov"], group["maximize"]
        later = 1.0 - float(group["dampening"])

        def plain(p: np.ndarray, g: np.ndarray) -> None:
            subtract_scaled(p, objective_gradient(p, g, weight_decay, maximize), lr)

        def at_first(p: np.ndarray, g: np.ndarray, b: np.ndarray) -> None:
            with_momentum(p, g, b, 1.0)

        def with_momentum(
            p: np.ndarray, g: np.ndarray, b: np.ndarray, share: float = later
        ) -> None:
            g = objective_gradient(p, g, weight_decay, maximize)
            np.multiply(b, momentum, out=b)
            np.add(b, g if share == 1 else np.multiply(g, share, out=scratch(p)), out=b)
            if nesterov:
                step = np.multiply(b, momentum, out=scratch(p))
                np.add(step, g, out=step)
                np.multiply(step, lr, out=step)
            else:
                step = np.multiply(b, lr, out=scratch(p))
            np.subtract(p, step, out=p)

        def descend(param: Tensor, grad: np.ndarray) -> None:
            if not momentum:
                in_blocks(plain, param.array, grad)
                return
            state = self.state[param]
            formula: Callable[..., None] = with_momentum
            if state.get("momentum_buffer") is None:
                state["momentum_buffer"] = from_numpy(np.zeros_like(param.array))
                formula = at_first
            in_blocks(formula, param.array, grad, state["momentum_buffer"].array)

        return descend
