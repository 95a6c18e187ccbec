"""Muon: momentum with every direction of a matrix at the same length."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autotensor import Tensor, zeros_like
from autotensor.extend import product
from nn.optim.blocks import mix_in, subtract_scaled
from nn.optim.optimizer import Group, Optimizer, State, options, options_of


class Muon(Optimizer):
    """Momentum for matrices, whose singular values are all brought near 1.

    With the gradient g of a parameter p of shape (R, C)::

        b = momentum · b + (1 − momentum) · g
        u = momentum · b + (1 − momentum) · g       without nesterov u = b
        o = u / |u|, then ns_steps times o = a · o + (b′ · (o oᵀ) + c · (o oᵀ)²) o
        p = (1 − lr · weight_decay) · p − lr · √max(1, R / C) · o

    with (a, b′, c) the ``ns_coefficients``.  Every round applies a · s + b′ · s³ + c · s⁵ to the
    singular values s of u and leaves its singular vectors alone.

    PyTorch iterates in bfloat16, which NumPy does not have.  Here it is the parameter's own
    precision, at least float32; so results agree with PyTorch's to about 1 % of a step.

    Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024; the other factor:
    Liu et al., Muon is scalable for LLM training, 2025.

    Args:
        params: matrices, or groups of them; see ``Optimizer``.  Biases, embeddings and the like
            belong to another optimizer.
        lr: learning rate.
        weight_decay, momentum, nesterov, ns_coefficients, ns_steps: as above.
        eps: the least |u| to divide by.
        adjust_lr_fn: ``"original"`` (or None) for the factor above, ``"match_rms_adamw"`` for
            0.2 · √max(R, C), with which rates tuned for AdamW can be used.

    Raises:
        ValueError: an option out of range, or a parameter that is no matrix.

    Example:

        >>> p = at.zeros(3, 3, requires_grad=True)
        >>> optimizer = optim.Muon([p], lr=0.1, weight_decay=0.0)
        >>> p.grad = at.tensor([[100.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 10.0]])
        >>> optimizer.step()  # all directions alike: about -0.1
        >>> bool((abs(p.diagonal() + 0.1) < 0.05).all())
        True
    """

    _checked = ("lr", "momentum", "weight_decay")
    _alike = _fading = ("momentum_buffer",)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        super().__init__(params, options_of(locals()))

    def check(self, options: Group) -> None:
        super().check(options)
        if options["adjust_lr_fn"] not in (None, "original", "match_rms_adamw"):
            raise ValueError(
                f"Adjust learning rate function {options['adjust_lr_fn']} is not supported; "
                "expected 'original' or 'match_rms_adamw'"
            )
        if options["ns_steps"] >= 100:
            raise ValueError(
                "Number of steps must be less than 100 for computational efficiency, got "
                f"ns_steps={options['ns_steps']}"
            )
        if len(options["ns_coefficients"]) != 3:
            raise ValueError(
                "Coefficients must be a tuple of exactly 3 values, got ns_coefficients="
                f"{options['ns_coefficients']}"
            )
        for param in options["params"]:
            if param.ndim != 2:
                raise ValueError(
                    "Muon only supports 2D parameters whereas we found a parameter with size: "
                    f"{param.shape}"
                )

    def descend(self, param: Tensor, grad: np.ndarray, group: Group) -> None:
        lr, weight_decay, momentum = options(group, "lr", "weight_decay", "momentum")
        p = param.array
        b = self.remembered_momentum(param).array
        mix_in(b, grad, 1 - momentum)
        direction = b
        if group["nesterov"]:
            direction = grad.copy()
            mix_in(direction, b, momentum)
        rows, columns = p.shape
        if group["adjust_lr_fn"] == "match_rms_adamw":
            rate = lr * 0.2 * math.sqrt(max(rows, columns))
        else:
            rate = lr * math.sqrt(max(1, rows / columns)) if columns else lr
        np.multiply(p, 1 - lr * weight_decay, out=p)
        subtract_scaled(p, _orthogonal(direction, group), rate)

    def remembered_momentum(self, param: Tensor) -> Tensor:
        state: State = self.state[param]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = zeros_like(param)
        return state["momentum_buffer"]


def _orthogonal(direction: np.ndarray, group: Group) -> np.ndarray:
    """``direction`` with its singular values near 1, by the iteration in the class's docstring."""
    a, b, c = (float(coefficient) for coefficient in group["ns_coefficients"])
    wide = direction.T if direction.shape[0] > direction.shape[1] else direction
    o = wide.astype(np.promote_types(wide.dtype, np.float32))
    o /= max(float(np.linalg.norm(o)), float(group["eps"]))
    for _ in range(group["ns_steps"]):
        gram = product(o, o.T)
        o = a * o + product(b * gram + c * product(gram, gram), o)
    return o if wide is direction else o.T
