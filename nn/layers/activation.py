"""Activation functions as layers: each holds the settings of the function of that name.

All keep the shape, ``(*) → (*)``, unless another is given.
"""

from __future__ import annotations

from typing import Any

import autotensor as at
import nn.functional as F
from autotensor import Tensor
from nn import init
from nn.layers.arguments import listed, make_parameters, need_cpu, settings, whole
from nn.module import Module


class _Activation(Module):
    """Shows the settings named in ``shown``, and ``inplace`` where it is set."""

    shown: tuple[str, ...] = ()
    inplace = False

    def extra_repr(self) -> str:
        return listed(settings(self, *self.shown), "inplace=True" if self.inplace else "")


class _InPlace(_Activation):
    """``inplace=True`` writes the result into the memory of the input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


class _Shrink(_Activation):
    """A function that gives 0 near 0."""

    def extra_repr(self) -> str:
        return f"{self.lambd}"


class _AlongDim(_Activation):
    """A function along dimension ``dim``."""

    shown = ("dim",)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim


# -- bent lines ------------------------------------------------------------------------------------


class ReLU(_InPlace):
    """``max(input, 0)``."""

    def forward(self, input: Tensor) -> Tensor:
        return F.relu(input, self.inplace)


class LeakyReLU(_InPlace):
    """``input`` where positive, else ``negative_slope · input``."""

    shown = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        return F.leaky_relu(input, self.negative_slope, self.inplace)


class RReLU(_InPlace):
    """``LeakyReLU`` whose slope is drawn anew for each element, uniform in [lower, upper).

    In evaluation it is ``(lower + upper) / 2``.
    """

    shown = ("lower", "upper")

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.lower = lower
        self.upper = upper

    def forward(self, input: Tensor) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)


class PReLU(_Activation):
    """``input`` where positive, else ``weight · input``: ``(N, C, *) → (N, C, *)``.

    Args:
        num_parameters: 1, or C for a slope of each channel.
        init: the slope at the start.

    Attributes:
        weight: ``(num_parameters)``.
    """

    shown = ("num_parameters",)

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        need_cpu(self, device)
        self.num_parameters = whole(self, "num_parameters", num_parameters)
        self.init = init
        make_parameters(self, dtype, weight=(self.num_parameters,))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Sets all slopes as at the start."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)


class Hardtanh(_InPlace):
    """``input`` kept within ``[min_val, max_val]``."""

    shown: tuple[str, ...] = ("min_val", "max_val")

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__(inplace)
        # The last two are PyTorch's old names of the first two.
        min_val = min_val if min_value is None else min_value
        max_val = max_val if max_value is None else max_value
        if not min_val < max_val:
            raise ValueError(
                f"Hardtanh: min_val must be below max_val, got {min_val} and {max_val}"
            )
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, input: Tensor) -> Tensor:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)


class ReLU6(Hardtanh):
    """``min(max(input, 0), 6)``."""

    shown = ()

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)


class Hardsigmoid(_InPlace):
    """``relu6(input + 3) / 6``."""

    def extra_repr(self) -> str:
        return ""  # as in PyTorch

    def forward(self, input: Tensor) -> Tensor:
        return F.hardsigmoid(input, self.inplace)


class Hardswish(_InPlace):
    """``input · relu6(input + 3) / 6``."""

    def extra_repr(self) -> str:
        return ""  # as in PyTorch

    def forward(self, input: Tensor) -> Tensor:
        return F.hardswish(input, self.inplace)


class Threshold(_InPlace):
    """``input`` where it is above ``threshold``, else ``value``."""

    shown = ("threshold", "value")

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.threshold = threshold
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return F.threshold(input, self.threshold, self.value, self.inplace)


class Hardshrink(_Shrink):
    """``input``, and 0 where ``|input| <= lambd``."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return F.hardshrink(input, self.lambd)


class Softshrink(_Shrink):
    """``input`` moved towards 0 by ``lambd``, and 0 where ``|input| <= lambd``."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        if lambd < 0:
            raise ValueError(f"Softshrink: lambd must be at least 0, got {lambd}")
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return F.softshrink(input, self.lambd)


# -- with exponentials -----------------------------------------------------------------------------


class Sigmoid(_Activation):
    """``1 / (1 + e^-input)``."""

    def forward(self, input: Tensor) -> Tensor:
        return F.sigmoid(input)


class LogSigmoid(_Activation):
    """``ln sigmoid(input)``."""

    def forward(self, input: Tensor) -> Tensor:
        return F.logsigmoid(input)


class Tanh(_Activation):
    """Hyperbolic tangent."""

    def forward(self, input: Tensor) -> Tensor:
        return F.tanh(input)


class ELU(_InPlace):
    """``input`` where positive, else ``alpha · (e^input - 1)``."""

    shown = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        return F.elu(input, self.alpha, self.inplace)


class CELU(_InPlace):
    """``input`` where positive, else ``alpha · (e^(input / alpha) - 1)``."""

    shown = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        if alpha == 0:
            raise ValueError(f"CELU: alpha must not be 0, got {alpha}")
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        return F.celu(input, self.alpha, self.inplace)


class SELU(_InPlace):
    """``scale · elu(input, alpha)`` with the constants that keep mean 0 and variance 1."""

    def forward(self, input: Tensor) -> Tensor:
        return F.selu(input, self.inplace)


class GELU(_Activation):
    """``input · Φ(input)``, Φ the standard normal distribution function.

    Args:
        approximate: ``'none'`` computes Φ exactly, ``'tanh'`` by a formula with tanh.
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        if approximate not in ("none", "tanh"):
            raise ValueError(f"GELU: approximate must be 'none' or 'tanh', got {approximate!r}")
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(_InPlace):
    """``input · sigmoid(input)``, also called swish."""

    def forward(self, input: Tensor) -> Tensor:
        return F.silu(input, self.inplace)


class Mish(_InPlace):
    """``input · tanh(softplus(input))``."""

    def forward(self, input: Tensor) -> Tensor:
        return F.mish(input, self.inplace)


class Softplus(_Activation):
    """``ln(1 + e^(beta · input)) / beta``; ``input`` itself where ``beta · input > threshold``."""

    shown = ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        return F.softplus(input, self.beta, self.threshold)


# -- others ----------------------------------------------------------------------------------------


class Atan(_Activation):
    """Inverse tangent; not among PyTorch's layers."""

    def forward(self, input: Tensor) -> Tensor:
        return at.atan(input)


class Softsign(_Activation):
    """``input / (1 + |input|)``."""

    def forward(self, input: Tensor) -> Tensor:
        return F.softsign(input)


class Tanhshrink(_Activation):
    """``input - tanh(input)``."""

    def forward(self, input: Tensor) -> Tensor:
        return F.tanhshrink(input)


class Softmax(_AlongDim):
    """``e^input / Σ e^input`` along ``dim``, which must be given: 1 for scores ``(N, C)``."""

    def forward(self, input: Tensor) -> Tensor:
        return F.softmax(input, self.dim)


class Softmax2d(_Activation):
    """``Softmax`` over the channels of ``(N, C, H, W)`` or ``(C, H, W)``."""

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4):
            raise ValueError(
                "Softmax2d: expected input of shape (N, C, H, W) or (C, H, W), "
                f"got {tuple(input.shape)}"
            )
        return F.softmax(input, -3)


class LogSoftmax(_AlongDim):
    """``input - ln Σ e^input`` along ``dim``, which must be given: 1 for scores ``(N, C)``."""

    def forward(self, input: Tensor) -> Tensor:
        return F.log_softmax(input, self.dim)


class Softmin(_AlongDim):
    """``softmax(-input)`` along ``dim``, which must be given."""

    def forward(self, input: Tensor) -> Tensor:
        return F.softmin(input, self.dim)


class GLU(_Activation):
    """``a · sigmoid(b)``, a and b the halves along ``dim``: ``(*, 2n, *) → (*, n, *)``."""

    shown = ("dim",)

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.glu(input, self.dim)
