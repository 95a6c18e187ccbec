"""Adam and its descendants: AdamW, Adamax, NAdam, RAdam."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from autotensor import Tensor
from autotensor.extend import in_blocks
from nn.optim.blocks import mix_in, mix_in_square, objective_gradient, scratch, subtract_scaled
from nn.optim.optimizer import Descent, Group, Optimizer, options, options_of, scalar

__all__ = ["Adam", "AdamW", "Adamax", "NAdam", "RAdam"]


class _AdamLike(Optimizer):
    """What Adam and its descendants check."""

    _checked: ClassVar[tuple[str, ...]] = ("lr", "eps", "weight_decay", "betas")
    _numbers: ClassVar[tuple[str, ...]] = ("step",)
    _alike: ClassVar[tuple[str, ...]] = ("exp_avg", "exp_avg_sq")
    _fading: ClassVar[tuple[str, ...]] = ("exp_avg",)
    _fading_squares: ClassVar[tuple[str, ...]] = ("exp_avg_sq",)


Means = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def _settings(group: Group) -> tuple[float, float, float, float, Means]:
    """lr, eps, β₁, β₂, and what begins a formula: it takes the gradient into the means m and v.

    Its result is the gradient with what of the weights is added to it.  With
    ``decoupled_weight_decay`` the weights shrink to 1 − lr · weight_decay of what they were
    instead.
    """
    lr, eps, weight_decay = options(group, "lr", "eps", "weight_decay")
    beta1, beta2 = map(float, group["betas"])
    maximize, shrink = group["maximize"], 1.0
    if group["decoupled_weight_decay"]:
        weight_decay, shrink = 0.0, 1 - lr * weight_decay

    def update_means(p: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray) -> np.ndarray:
        g = objective_gradient(p, g, weight_decay, maximize)
        if shrink != 1:
            np.multiply(p, shrink, out=p)
        mix_in(m, g, 1 - beta1)
        mix_in_square(v, g, beta2)
        return g

    return lr, eps, beta1, beta2, update_means


class Adam(_AdamLike):
    """Steps scaled by running means of the gradient and of its square.

    With the gradient g (plus ``weight_decay`` · p, and negated first to ``maximize``), in step t::

        m = β₁ · m + (1 − β₁) · g
        v = β₂ · v + (1 − β₂) · g²
        p = p − lr · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + eps)

    ``amsgrad`` puts the largest v so far in place of v.  With ``decoupled_weight_decay`` the
    gradient stays as it is, and p = (1 − lr · weight_decay) · p comes before the step.

    Kingma & Ba, Adam: a method for stochastic optimization, 2015; amsgrad: Reddi et al., On the
    convergence of Adam and beyond, 2018.

    Args:
        params: parameters, or groups of them; see ``Optimizer``, also for the other options.
        lr: learning rate.
        betas: (β₁, β₂), each in [0, 1).
        eps, weight_decay, amsgrad, maximize, decoupled_weight_decay: as above.

    Raises:
        ValueError: a negative rate, ``eps`` or decay, or betas outside [0, 1).

    Example:

        >>> p = at.tensor([1.0, -100.0], requires_grad=True)
        >>> optimizer = optim.Adam([p], lr=0.1)
        >>> (p * p).sum().backward()
        >>> optimizer.step()  # the first step has the length lr, however large the gradient
        >>> p.detach()
        tensor([  0.9000, -99.9000])
        >>> model = nn.Linear(3, 1)
        >>> optimizer = optim.Adam(
        ...     [{"params": [model.weight]}, {"params": [model.bias], "lr": 0.01}], lr=0.001
        ... )
        >>> [group["lr"] for group in optimizer.param_groups]
        [0.001, 0.01]
    """

    separable = "elements"
    _alike = (*_AdamLike._alike, "max_exp_avg_sq")
    _optional = ("max_exp_avg_sq",)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        super().__init__(params, options_of(locals(), maximize="foreach"))

    def check(self, options: Group) -> None:
        super().check(options)
        for name, value in (("lr", options["lr"]), ("betas[0]", options["betas"][0])):
            if options["foreach"] and isinstance(value, Tensor):
                raise ValueError(
                    f"{name} as a Tensor is not supported for capturable=False and foreach=True"
                )

    def descend(self, param: Tensor, grad: np.ndarray, group: Group) -> None:
        Adam._descent(self, group)(param, grad)

    def _descent(self, group: Group) -> Descent:
        lr, eps, beta1, beta2, update_means = _settings(group)
        names = ["exp_avg", "exp_avg_sq"]
        if group["amsgrad"]:
            names.append("max_exp_avg_sq")

        def descend(param: Tensor, grad: np.ndarray) -> None:
            state, t = self._next_step(param, *names)
            root = math.sqrt(1 - beta2**t)
            rate = lr * root / (1 - beta1**t)

            def formula(
                p: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray, *largest: np.ndarray
            ) -> None:
                update_means(p, g, m, v)
                if largest:
                    v = np.maximum(largest[0], v, out=largest[0])
                # lr / c₁ · m / (√v / √c₂ + eps), with √c₂ taken out of the fraction: one pass less.
                step = np.sqrt(v, out=scratch(p))
                np.add(step, eps * root, out=step)
                np.divide(m, step, out=step)
                subtract_scaled(p, step, rate)

            in_blocks(formula, param.array, grad, *[state[name].array for name in names])

        return descend


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters directly.

    First p = (1 − lr · weight_decay) · p, then the step of Adam with the bare gradient.

    Loshchilov & Hutter, Decoupled weight decay regularization, 2019.  Arguments as ``Adam``.

    Raises:
        ValueError: a negative rate, ``eps`` or decay, or betas outside [0, 1).

    Example:

        >>> p = at.tensor([1.0], requires_grad=True)
        >>> optimizer = optim.AdamW([p], lr=0.1, weight_decay=0.5)
        >>> p.grad = at.zeros(1)  # nothing to learn: only the decay, 1 - 0.1 · 0.5
        >>> optimizer.step()
        >>> p.detach()
        tensor([0.9500])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(params, **options_of(locals()), decoupled_weight_decay=True)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        super().load_state_dict(state_dict)
        for group in self.param_groups:  # whatever it says: it may come from an Adam
            group["decoupled_weight_decay"] = True


class Adamax(_AdamLike):
    """Adam with a running maximum in place of the mean of squares.

    With the gradient g (plus ``weight_decay`` · p, and negated first to ``maximize``), in step t::

        m = β₁ · m + (1 − β₁) · g
        u = max(β₂ · u, |g| + eps)
        p = p − lr / (1 − β₁ᵗ) · m / u

    Kingma & Ba, Adam: a method for stochastic optimization, 2015.  Arguments as ``Adam``.

    Raises:
        ValueError: a negative rate, ``eps`` or decay, or betas outside [0, 1).

    Example:

        >>> p = at.tensor([1.0, -100.0], requires_grad=True)
        >>> optimizer = optim.Adamax([p], lr=0.1)
        >>> (p * p).sum().backward()
        >>> optimizer.step()
        >>> p.detach()
        tensor([  0.9000, -99.9000])
    """

    separable = "elements"
    _alike = ("exp_avg", "exp_inf")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        super().__init__(params, options_of(locals()))

    def descend(self, param: Tensor, grad: np.ndarray, group: Group) -> None:
        lr, eps, weight_decay = options(group, "lr", "eps", "weight_decay")
        beta1, beta2 = map(float, group["betas"])
        maximize = group["maximize"]
        state, t = self._next_step(param, "exp_avg", "exp_inf")
        rate = lr / (1 - beta1**t)

        def formula(p: np.ndarray, g: np.ndarray, m: np.ndarray, u: np.ndarray) -> None:
            g = objective_gradient(p, g, weight_decay, maximize)
            mix_in(m, g, 1 - beta1)
            size = np.abs(g, out=scratch(p))
            np.add(size, eps, out=size)
            np.multiply(u, beta2, out=u)
            np.maximum(u, size, out=u)
            subtract_scaled(p, np.divide(m, u, out=size), rate)

        in_blocks(formula, param.array, grad, state["exp_avg"].array, state["exp_inf"].array)


class NAdam(_AdamLike):
    """Adam with Nesterov's momentum: the step looks ahead to the mean of the next one.

    With the gradient g (plus ``weight_decay`` · p, and negated first to ``maximize``), in step t::

        μₜ = β₁ · (1 − ½ · 0.96^(t · momentum_decay))
        m, v as in Adam
        m̂ = μₜ₊₁ · m / (1 − μ₁ ⋯ μₜ₊₁) + (1 − μₜ) · g / (1 − μ₁ ⋯ μₜ)
        p = p − lr · m̂ / (√(v / (1 − β₂ᵗ)) + eps)

    Dozat, Incorporating Nesterov momentum into Adam, 2016.  Other arguments as ``Adam``.

    Raises:
        ValueError: a negative rate, ``eps`` or decay, or betas outside [0, 1).

    Example:

        >>> p = at.tensor([3.0], requires_grad=True)
        >>> optimizer = optim.NAdam([p], lr=0.1)
        >>> for _ in range(100):
        ...     optimizer.zero_grad()
        ...     loss = (p - 1).square().sum()
        ...     loss.backward()
        ...     optimizer.step()
        >>> bool(abs(p - 1) < 0.1)
        True
    """

    separable = "elements"
    _checked = (*_AdamLike._checked, "momentum_decay")
    _numbers = ("step", "mu_product")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, options_of(locals(), maximize="foreach"))

    def descend(self, param: Tensor, grad: np.ndarray, group: Group) -> None:
        lr, eps, beta1, beta2, update_means = _settings(group)
        (momentum_decay,) = options(group, "momentum_decay")
        state, t = self._next_step(param, "exp_avg", "exp_avg_sq")
        mu, ahead = (beta1 * (1 - 0.5 * 0.96 ** (step * momentum_decay)) for step in (t, t + 1))
        if "mu_product" not in state:
            state["mu_product"] = scalar(1)
        state["mu_product"].array *= mu
        product = float(state["mu_product"])
        correction = 1 - beta2**t
        rate_now = lr * (1 - mu) / (1 - product)
        rate_ahead = lr * ahead / (1 - product * ahead)

        def formula(p: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray) -> None:
            g = update_means(p, g, m, v)
            height = np.divide(v, correction, out=scratch(p, 2))
            np.sqrt(height, out=height)
            np.add(height, eps, out=height)
            for direction, rate in ((g, rate_now), (m, rate_ahead)):
                subtract_scaled(p, np.divide(direction, height, out=scratch(p)), rate)

        in_blocks(formula, param.array, grad, state["exp_avg"].array, state["exp_avg_sq"].array)


class RAdam(_AdamLike):
    """Adam that does not trust its mean of squares before that rests on enough steps.

    With m and v as in Adam, ρ∞ = 2 / (1 − β₂) − 1 and, in step t, ρ = ρ∞ − 2t · β₂ᵗ / (1 − β₂ᵗ)::

        p = p − lr · m / (1 − β₁ᵗ) · r · √(1 − β₂ᵗ) / (√v + eps)        where ρ > 5
        p = p − lr · m / (1 − β₁ᵗ)                                      elsewhere
        r = √( (ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ) )

    Liu et al., On the variance of the adaptive learning rate and beyond, 2020.  Arguments as
    ``Adam``.

    Raises:
        ValueError: a negative rate, ``eps`` or decay, or betas outside [0, 1).

    Example:

        >>> p = at.tensor([1.0, -100.0], requires_grad=True)
        >>> optimizer = optim.RAdam([p], lr=0.1)
        >>> (p * p / 2).sum().backward()
        >>> optimizer.step()  # as yet by the mean of gradients alone
        >>> p.detach()
        tensor([  0.9000, -90.0000])
    """

    separable = "elements"

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(
            params,
            options_of(locals(), maximize="foreach", decoupled_weight_decay="differentiable"),
        )

    def descend(self, param: Tensor, grad: np.ndarray, group: Group) -> None:
        lr, eps, beta1, beta2, update_means = _settings(group)
        state, t = self._next_step(param, "exp_avg", "exp_avg_sq")
        correction = 1 - beta2**t
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * t * beta2**t / correction
        rate = lr / (1 - beta1**t)
        trusted = length > 5
        if trusted:
            share = (length - 4) * (length - 2) / ((longest - 4) * (longest - 2))
            rate *= math.sqrt(share * longest / length * correction)

        def formula(p: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray) -> None:
            update_means(p, g, m, v)
            if not trusted:
                subtract_scaled(p, m, rate)
                return
            height = np.sqrt(v, out=scratch(p))
            np.add(height, eps, out=height)
            subtract_scaled(p, np.divide(m, height, out=height), rate)

        in_blocks(formula, param.array, grad, state["exp_avg"].array, state["exp_avg_sq"].array)
