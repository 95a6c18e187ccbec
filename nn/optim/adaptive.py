"""Optimizers with a rate of its own for every element: Adagrad, RMSprop, Adadelta and Rprop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autotensor import Tensor, from_numpy
from autotensor.extend import in_blocks
from nn.optim.blocks import mix_in, mix_in_square, objective_gradient, scratch, subtract_scaled
from nn.optim.optimizer import Group, Optimizer, options, options_of, scalar


class Adagrad(Optimizer):
    """Steps scaled by the sum of all squared gradients so far.

    With the gradient g (plus ``weight_decay`` · p, and negated first to ``maximize``), in step t::

        s = s + g²                                  at first initial_accumulator_value
        p = p − lr / (1 + (t − 1) · lr_decay) · g / (√s + eps)

    Duchi et al., Adaptive subgradient methods for online learning and stochastic optimization,
    2011.

    Args:
        params: parameters, or groups of them; see ``Optimizer``, also for the other options.
        lr: learning rate.
        lr_decay, weight_decay, eps, maximize: as above.
        initial_accumulator_value: where s begins, the same for all groups.

    Raises:
        ValueError: a negative option.

    Example:

        >>> p = at.tensor([1.0], requires_grad=True)
        >>> optimizer = optim.Adagrad([p], lr=0.1)
        >>> for _ in range(2):
        ...     p.grad = at.tensor([5.0])
        ...     optimizer.step()
        ...     print(round(p.item(), 4))  # less by 0.1, then by 0.1 / √2
        0.9
        0.8293
    """

    separable = "elements"
    _checked = ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")
    _numbers, _alike = ("step",), ("sum",)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(params, options_of(locals(), eps="weight_decay"))

    def add_param_group(self, param_group: Group) -> None:
        super().add_param_group(param_group)
        first = float(self.defaults["initial_accumulator_value"])
        for param in self.param_groups[-1]["params"]:
            total = from_numpy(np.full_like(param.array, first))
            self.state[param] = {"step": scalar(0), "sum": total}

    def descend(self, param: Tensor, grad: np.ndarray, group: Group) -> None:
        lr, lr_decay, eps, weight_decay = options(group, "lr", "lr_decay", "eps", "weight_decay")
        maximize = group["maximize"]
        state, t = self._next_step(param, "sum")
        rate = lr / (1 + (t - 1) * lr_decay)

        def formula(p: np.ndarray, g: np.ndarray, s: np.ndarray) -> None:
            g = objective_gradient(p, g, weight_decay, maximize)
            step = np.multiply(g, g, out=scratch(p))
            np.add(s, step, out=s)
            np.sqrt(s, out=step)
            np.add(step, eps, out=step)
            np.divide(g, step, out=step)
            subtract_scaled(p, step, rate)

        in_blocks(formula, param.array, grad, state["sum"].array)


class RMSprop(Optimizer):
    """Steps scaled by a running mean of the squared gradient.

    With the gradient g (plus ``weight_decay`` · p, and negated first to ``maximize``)::

        v = alpha · v + (1 − alpha) · g²
        b = momentum · b + g / (√v + eps)           without momentum b = g / (√v + eps)
        p = p − lr · b

    ``centered`` puts the variance v − m² in place of v, with m the running mean of g.

    Hinton, Neural networks for machine learning, lecture 6, 2012; centered: Graves, Generating
    sequences with recurrent neural networks, 2013.

    Args:
        params: parameters, or groups of them; see ``Optimizer``, also for the other options.
        lr: learning rate.
        alpha, eps, weight_decay, momentum, centered, maximize: as above.

    Raises:
        ValueError: a negative option.

    Example:

        >>> p = at.tensor([1.0], requires_grad=True)
        >>> optimizer = optim.RMSprop([p], lr=0.1, alpha=0.75)
        >>> p.grad = at.tensor([5.0])
        >>> optimizer.step()  # √(0.25 · 25) = 2.5: twice the rate
        >>> p.detach()
        tensor([0.8000])
    """

    separable = "elements"
    _checked = ("lr", "eps", "momentum", "weight_decay", "alpha")
    _numbers, _alike = ("step",), ("square_avg", "momentum_buffer", "grad_avg")
    _fading, _fading_squares = ("momentum_buffer", "grad_avg"), ("square_avg",)
    _optional = ("momentum_buffer", "grad_avg")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, options_of(locals(), momentum="alpha", centered="weight_decay"))

    def descend(self, param: Tensor, grad: np.ndarray, group: Group) -> None:
        lr, alpha, eps = options(group, "lr", "alpha", "eps")
        weight_decay, momentum = options(group, "weight_decay", "momentum")
        centered, maximize = group["centered"], group["maximize"]
        names = ["square_avg"]
        if momentum:
            names.append("momentum_buffer")
        if centered:
            names.append("grad_avg")
        state, _ = self._next_step(param, *names)

        def formula(p: np.ndarray, g: np.ndarray, v: np.ndarray, *others: np.ndarray) -> None:
            g = objective_gradient(p, g, weight_decay, maximize)
            mix_in_square(v, g, alpha)
            if centered:
                mean = others[-1]
                mix_in(mean, g, 1 - alpha)
                height = np.multiply(mean, mean, out=scratch(p))
                np.subtract(v, height, out=height)
                np.sqrt(height, out=height)
            else:
                height = np.sqrt(v, out=scratch(p))
            np.add(height, eps, out=height)
            step = np.divide(g, height, out=height)
            if momentum:
                b = others[0]
                np.multiply(b, momentum, out=b)
                step = np.add(b, step, out=b)
            subtract_scaled(p, step, lr)

        in_blocks(formula, param.array, grad, *[state[name].array for name in names])


class Adadelta(Optimizer):
    """Steps whose size follows from the steps before, in the units of the parameters.

    With the gradient g (plus ``weight_decay`` · p, and negated first to ``maximize``)::

        v = rho · v + (1 − rho) · g²
        d = √(u + eps) / √(v + eps) · g
        u = rho · u + (1 − rho) · d²
        p = p − lr · d

    Zeiler, ADADELTA: an adaptive learning rate method, 2012.

    Args:
        params: parameters, or groups of them; see ``Optimizer``, also for the other options.
        lr: learning rate.
        rho: in [0, 1].
        eps, weight_decay, maximize: as above.

    Raises:
        ValueError: a negative option, or ``rho`` outside [0, 1].

    Example:

        >>> p = at.tensor([3.0], requires_grad=True)
        >>> optimizer = optim.Adadelta([p])
        >>> (p * p).sum().backward()
        >>> optimizer.step()
        >>> optimizer.state[p]["step"], bool(p < 3)
        (tensor(1.), True)
    """

    separable = "elements"
    _checked = ("lr", "rho", "eps", "weight_decay")
    _numbers, _alike = ("step",), ("square_avg", "acc_delta")
    _fading_squares = _alike

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, options_of(locals(), maximize="foreach", capturable="foreach"))

    def descend(self, param: Tensor, grad: np.ndarray, group: Group) -> None:
        lr, rho, eps, weight_decay = options(group, "lr", "rho", "eps", "weight_decay")
        maximize = group["maximize"]
        state, _ = self._next_step(param, "square_avg", "acc_delta")

        def formula(p: np.ndarray, g: np.ndarray, v: np.ndarray, u: np.ndarray) -> None:
            g = objective_gradient(p, g, weight_decay, maximize)
            mix_in_square(v, g, rho)
            height = np.add(v, eps, out=scratch(p))
            np.sqrt(height, out=height)
            step = np.add(u, eps, out=scratch(p, 2))
            np.sqrt(step, out=step)
            np.divide(step, height, out=step)
            np.multiply(step, g, out=step)
            mix_in_square(u, step, rho)
            subtract_scaled(p, step, lr)

        in_blocks(formula, param.array, grad, state["square_avg"].array, state["acc_delta"].array)


class Rprop(Optimizer):
    """Steps by the sign of the gradient alone, each element with a size of its own.

    With the gradient g (negated first to ``maximize``) and that of the step before, g′::

        s = etaplus · s     where g · g′ > 0        at first s = lr
        s = etaminus · s    where g · g′ < 0; there g = 0
        s                   is kept between the two step sizes
        p = p − s · sign(g)     sign(NaN) = 0

    For gradients of the whole data: with batches the signs change by chance.

    Riedmiller & Braun, A direct adaptive method for faster backpropagation learning: the RPROP
    algorithm, 1993.

    Args:
        params: parameters, or groups of them; see ``Optimizer``, also for the other options.
        lr: first step size.
        etas: (etaminus, etaplus), with 0 < etaminus < 1 < etaplus.
        step_sizes: the smallest and the largest.
        maximize: as above.

    Raises:
        ValueError: etas that do not lie around 1.

    Example:

        >>> p = at.tensor([1.0], requires_grad=True)
        >>> optimizer = optim.Rprop([p], lr=0.1)
        >>> for gradient in (7.0, 0.01, -3.0, -2.0):  # only signs count
        ...     p.grad = at.tensor([gradient])
        ...     optimizer.step()
        ...     print(round(p.item(), 4))
        0.9
        0.78
        0.78
        0.84
    """

    separable = "elements"
    _checked = ("lr",)
    _numbers, _alike = ("step",), ("prev", "step_size")

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
                locals(), foreach="capturable", maximize="capturable", differentiable="capturable"
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
        state, _ = self._next_step(param, "prev")
        if "step_size" not in state:
            (lr,) = options(group, "lr")
            state["step_size"] = from_numpy(np.full_like(param.array, lr))

        def formula(p: np.ndarray, g: np.ndarray, before: np.ndarray, size: np.ndarray) -> None:
            g = objective_gradient(p, g, 0, maximize)
            factor = np.multiply(g, before, out=scratch(p))
            agreed, turned = factor > 0, factor < 0
            np.copyto(before, g)
            before[turned] = 0
            factor.fill(1)  # also where ∞ · 0 is NaN
            factor[agreed] = etaplus
            factor[turned] = etaminus
            np.multiply(size, factor, out=size)
            np.clip(size, smallest, largest, out=size)
            step = np.sign(before, out=factor)
            step[np.isnan(before)] = 0  # what has no direction goes nowhere
            np.multiply(step, size, out=step)
            np.subtract(p, step, out=p)

        in_blocks(formula, param.array, grad, state["prev"].array, state["step_size"].array)
