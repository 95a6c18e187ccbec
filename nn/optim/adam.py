"""Adam and its descendants: AdamW, Adamax, NAdam, RAdam."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autotensor import Tensor
from autotensor.threads import in_blocks
from nn.optim.blocks import blend, blend_square, objective_gradient, scratch
from nn.optim.optimizer import (
    Group,
    Optimizer,
    State,
    check_at_least_zero,
    check_betas,
    numbers,
    zeros,
)

__all__ = ["Adam", "AdamW", "Adamax", "NAdam", "RAdam"]


class _AdamLike(Optimizer):
    """What Adam and its descendants share: two running means, and two ways to decay weights."""

    def check(self, options: Group) -> None:
        check_at_least_zero(options, "lr", "Invalid learning rate")
        check_at_least_zero(options, "eps", "Invalid epsilon value")
        check_at_least_zero(options, "weight_decay", "Invalid weight_decay value")
        check_betas(options)

    def first_state(self, param: Tensor, group: Group) -> State:
        return {"step": 0, "exp_avg": zeros(param), "exp_avg_sq": zeros(param)}


def _decays(group: Group) -> tuple[float, float]:
    """What of the weights is added to the gradient, and what they shrink to: one of them or none.

    With ``decoupled_weight_decay`` the weights shrink to 1 − lr · weight_decay of what they were.
    """
    lr, weight_decay = numbers(group, "lr", "weight_decay")
    return (0.0, 1 - lr * weight_decay) if group["decoupled_weight_decay"] else (weight_decay, 1.0)


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
        params: parameters, or groups of them; see ``Optimizer``.
        lr: learning rate.
        betas: (β₁, β₂), each in [0, 1).
        eps, weight_decay, amsgrad, maximize, decoupled_weight_decay: as above.
        foreach, capturable, differentiable, fused: see ``Optimizer``.
    """

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
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def check(self, options: Group) -> None:
        super().check(options)
        if options["foreach"]:
            named = {"lr": options["lr"], "betas[0]": options["betas"][0]}
            for name, value in named.items():
                if isinstance(value, Tensor):
                    raise ValueError(
                        f"{name} as a Tensor is not supported for capturable=False and foreach=True"
                    )

    def update(self, group: Group) -> None:
        lr, eps = numbers(group, "lr", "eps")
        beta1, beta2 = (float(beta) for beta in group["betas"])
        in_gradient, shrink = _decays(group)
        amsgrad, maximize = group["amsgrad"], group["maximize"]

        def descend(
            p: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray, *largest: np.ndarray
        ) -> None:
            g = objective_gradient(p, g, in_gradient, maximize)
            if shrink != 1:
                p *= shrink
            blend(m, g, 1 - beta1)
            blend_square(v, g, beta2)
            if largest:
                v = np.maximum(largest[0], v, out=largest[0])
            # lr / c₁ · m / (√v / √c₂ + eps), with √c₂ taken out of the fraction: one pass less.
            step = scratch(p)
            np.sqrt(v, out=step)
            step += eps * root
            np.divide(m, step, out=step)
            step *= rate
            p -= step

        for param, grad, state in self.due(group):
            root = math.sqrt(1 - beta2 ** state["step"])
            rate = lr * root / (1 - beta1 ** state["step"])
            means = [state["exp_avg"].array, state["exp_avg_sq"].array]
            if amsgrad:
                if "max_exp_avg_sq" not in state:
                    state["max_exp_avg_sq"] = zeros(param)
                means.append(state["max_exp_avg_sq"].array)
            in_blocks(descend, param.array, grad.array, *means)


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters directly.

    First p = (1 − lr · weight_decay) · p, then the step of Adam with the bare gradient.

    Loshchilov & Hutter, Decoupled weight decay regularization, 2019.  Arguments as ``Adam``.
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
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )


class Adamax(_AdamLike):
    """Adam with a running maximum in place of the mean of squares.

    With the gradient g (plus ``weight_decay`` · p, and negated first to ``maximize``), in step t::

        m = β₁ · m + (1 − β₁) · g
        u = max(β₂ · u, |g| + eps)
        p = p − lr / (1 − β₁ᵗ) · m / u

    Kingma & Ba, Adam: a method for stochastic optimization, 2015.  Arguments as ``Adam``.
    """

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
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def first_state(self, param: Tensor, group: Group) -> State:
        return {"step": 0, "exp_avg": zeros(param), "exp_inf": zeros(param)}

    def update(self, group: Group) -> None:
        lr, eps, weight_decay = numbers(group, "lr", "eps", "weight_decay")
        beta1, beta2 = (float(beta) for beta in group["betas"])
        maximize = group["maximize"]

        def descend(p: np.ndarray, g: np.ndarray, m: np.ndarray, u: np.ndarray) -> None:
            g = objective_gradient(p, g, weight_decay, maximize)
            blend(m, g, 1 - beta1)
            step = scratch(p)
            np.abs(g, out=step)
            step += eps
            u *= beta2
            np.maximum(u, step, out=u)
            np.divide(m, u, out=step)
            step *= rate
            p -= step

        for param, grad, state in self.due(group):
            rate = lr / (1 - beta1 ** state["step"])
            in_blocks(
                descend, param.array, grad.array, state["exp_avg"].array, state["exp_inf"].array
            )


class NAdam(_AdamLike):
    """Adam with Nesterov's momentum: the step looks ahead to the mean of the next one.

    With the gradient g (plus ``weight_decay`` · p, and negated first to ``maximize``), in step t::

        μₜ = β₁ · (1 − ½ · 0.96^(t · momentum_decay))
        m, v as in Adam
        m̂ = μₜ₊₁ · m / (1 − μ₁ ⋯ μₜ₊₁) + (1 − μₜ) · g / (1 − μ₁ ⋯ μₜ)
        p = p − lr · m̂ / (√(v / (1 − β₂ᵗ)) + eps)

    Dozat, Incorporating Nesterov momentum into Adam, 2016.  Other arguments as ``Adam``.
    """

    counters = ("step", "mu_product")

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
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def check(self, options: Group) -> None:
        super().check(options)
        check_at_least_zero(options, "momentum_decay", "Invalid momentum_decay value")

    def first_state(self, param: Tensor, group: Group) -> State:
        return {**super().first_state(param, group), "mu_product": 1.0}

    def update(self, group: Group) -> None:
        lr, eps, momentum_decay = numbers(group, "lr", "eps", "momentum_decay")
        beta1, beta2 = (float(beta) for beta in group["betas"])
        in_gradient, shrink = _decays(group)
        maximize = group["maximize"]

        def descend(p: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray) -> None:
            g = objective_gradient(p, g, in_gradient, maximize)
            if shrink != 1:
                p *= shrink
            blend(m, g, 1 - beta1)
            blend_square(v, g, beta2)
            root = scratch(p)
            np.divide(v, correction, out=root)
            np.sqrt(root, out=root)
            root += eps
            for direction, rate in ((g, rate_now), (m, rate_ahead)):
                step = scratch(p, 2)
                np.multiply(direction, rate, out=step)
                step /= root
                p -= step

        def mu_at(step: int) -> float:
            return beta1 * (1 - 0.5 * 0.96 ** (step * momentum_decay))

        for param, grad, state in self.due(group):
            mu, ahead = mu_at(state["step"]), mu_at(state["step"] + 1)
            state["mu_product"] *= mu
            correction = 1 - beta2 ** state["step"]
            rate_now = lr * (1 - mu) / (1 - state["mu_product"])
            rate_ahead = lr * ahead / (1 - state["mu_product"] * ahead)
            in_blocks(
                descend, param.array, grad.array, state["exp_avg"].array, state["exp_avg_sq"].array
            )


class RAdam(_AdamLike):
    """Adam that does not trust its mean of squares before that rests on enough steps.

    With m and v as in Adam, ρ∞ = 2 / (1 − β₂) − 1 and, in step t, ρ = ρ∞ − 2t · β₂ᵗ / (1 − β₂ᵗ)::

        p = p − lr · m / (1 − β₁ᵗ) · r · √(1 − β₂ᵗ) / (√v + eps)        where ρ > 5
        p = p − lr · m / (1 − β₁ᵗ)                                      elsewhere
        r = √( (ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ) )

    Liu et al., On the variance of the adaptive learning rate and beyond, 2020.  Arguments as
    ``Adam``.
    """

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
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def update(self, group: Group) -> None:
        lr, eps = numbers(group, "lr", "eps")
        beta1, beta2 = (float(beta) for beta in group["betas"])
        in_gradient, shrink = _decays(group)
        maximize = group["maximize"]
        longest = 2 / (1 - beta2) - 1

        def descend(p: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray) -> None:
            g = objective_gradient(p, g, in_gradient, maximize)
            if shrink != 1:
                p *= shrink
            blend(m, g, 1 - beta1)
            blend_square(v, g, beta2)
            step = scratch(p)
            if trusted:
                np.sqrt(v, out=step)
                step += eps
                np.divide(m, step, out=step)
                step *= rate
            else:
                np.multiply(m, rate, out=step)
            p -= step

        for param, grad, state in self.due(group):
            count = state["step"]
            correction = 1 - beta2**count
            length = longest - 2 * count * beta2**count / correction
            rate = lr / (1 - beta1**count)
            trusted = length > 5
            if trusted:
                share = (length - 4) * (length - 2) / ((longest - 4) * (longest - 2))
                rate *= math.sqrt(share * longest / length * correction)
            in_blocks(
                descend, param.array, grad.array, state["exp_avg"].array, state["exp_avg_sq"].array
            )
