"""Activation functions as layers: each holds the settings of the function of that name.

All keep the shape, ``(*) → (*)``, unless another is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import autotensor as at
import nn.functional as F
from autotensor import Parameter, Tensor
from nn import init
from nn.arguments import need_one_of
from nn.layers.arguments import keep, keep_whole, listed, make_parameters, refuse, settings
from nn.layers.base import Face

if TYPE_CHECKING:
    from autotensor.types import Device, DType


class _Activation(Face):
    """Shows the settings named in ``shown``, and ``inplace`` where it is set."""

    shown: tuple[str, ...] = ()
    inplace = False

    def extra_repr(self) -> str:
        return listed(settings(self, *self.shown), "inplace=True" if self.inplace else "")


class _Plain(_Activation):
    """A function without settings."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return self._compute(input)


class _InPlace(_Activation):
    """``inplace=True`` writes the result into the memory of the input."""

    inplace: bool

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace=inplace)

    def forward(self, input: Tensor) -> Tensor:
        return self._compute(input, self.inplace)


class _Silent(_InPlace):
    """Shows nothing, as in PyTorch."""

    def extra_repr(self) -> str:
        return ""


class _WithAlpha(_InPlace, shown=("alpha",)):
    """A function that nears ``-alpha`` on the left."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        return self._compute(input, self.alpha, self.inplace)


class _Shrink(Face, bare=("lambd",)):
    """A function that gives 0 near 0."""

    lambd: float

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__(lambd=lambd)

    def forward(self, input: Tensor) -> Tensor:
        return self._compute(input, self.lambd)


class _AlongDim(_Activation, shown=("dim",)):
    """A function along dimension ``dim``."""

    dim: int | None

    def __init__(self, dim: int | None = None) -> None:
        super().__init__(dim=dim)

    def forward(self, input: Tensor) -> Tensor:
        return self._compute(input, self.dim)


# -- bent lines ------------------------------------------------------------------------------------


class ReLU(_InPlace, compute=F.relu):
    """``max(input, 0)``.

    Example:

        >>> nn.ReLU()(at.tensor([-2.0, 0.0, 3.0]))
        tensor([0., 0., 3.])
        >>> nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
        Sequential(
          (0): Linear(in_features=2, out_features=8, bias=True)
          (1): ReLU()
          (2): Linear(in_features=8, out_features=1, bias=True)
        )
    """


class LeakyReLU(_InPlace, shown=("negative_slope",)):
    """``input`` where positive, else ``negative_slope · input``.

    Example:

        >>> nn.LeakyReLU(0.1)(at.tensor([-10.0, 5.0]))
        tensor([-1.,  5.])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        return F.leaky_relu(input, self.negative_slope, self.inplace)


class RReLU(_InPlace, shown=("lower", "upper")):
    """``LeakyReLU`` whose slope is drawn anew for each element, uniform in [lower, upper).

    In evaluation it is ``(lower + upper) / 2``.

    Example:

        >>> layer = nn.RReLU(0.25, 0.75)
        >>> y = layer(-at.ones(1000))
        >>> bool((y.max() <= -0.25) & (y.min() >= -0.75)), layer.eval()(at.tensor([-8.0]))
        (True, tensor([-4.]))
    """

    lower: float
    upper: float

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> None:
        super().__init__(inplace)
        keep(self, lower=lower, upper=upper)

    def forward(self, input: Tensor) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)


class PReLU(_Activation, shown=("num_parameters",)):
    """``input`` where positive, else ``weight · input``: ``(N, C, *) → (N, C, *)``.

    Args:
        num_parameters: 1, or C for a slope of each channel.
        init: the slope at the start.

    Attributes:
        weight: ``(num_parameters)``.

    Example:

        >>> layer = nn.PReLU(2, init=0.5)  # a slope for each of two channels
        >>> layer(at.tensor([[-1.0, -2.0], [3.0, -4.0]])).sum().backward()
        >>> layer.weight.grad
        tensor([-1., -6.])
    """

    init: float
    num_parameters: int
    weight: Parameter

    def __init__(
        self,
        num_parameters: int = 1,
        init: float = 0.25,
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(device=device, init=init)
        keep_whole(self, 0, num_parameters=num_parameters)
        make_parameters(self, dtype, weight=(self.num_parameters,))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Sets all slopes as at the start.

        Example:

            >>> layer = nn.PReLU(init=0.25)
            >>> _ = nn.init.zeros_(layer.weight)
            >>> layer.reset_parameters()
            >>> layer.weight.tolist()
            [0.25]
        """
        init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)


class Hardtanh(_InPlace, shown=("min_val", "max_val")):
    """``input`` kept within ``[min_val, max_val]``.

    Example:

        >>> nn.Hardtanh(-2.0, 2.0)(at.tensor([-3.0, 0.5, 3.0]))
        tensor([-2.0000,  0.5000,  2.0000])
    """

    min_val: float
    max_val: float

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
        message = f"min_val must be below max_val, got {min_val} and {max_val}"
        refuse(self, not min_val < max_val, message)
        keep(self, min_val=min_val, max_val=max_val)

    def forward(self, input: Tensor) -> Tensor:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)


class ReLU6(Hardtanh, shown=()):
    """``min(max(input, 0), 6)``.

    Example:

        >>> nn.ReLU6()(at.tensor([-1.0, 3.0, 9.0]))
        tensor([0., 3., 6.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)


class Hardsigmoid(_Silent, compute=F.hardsigmoid):
    """``relu6(input + 3) / 6``.

    Example:

        >>> nn.Hardsigmoid()(at.tensor([-4.0, 0.0, 1.5, 3.0]))
        tensor([0.0000, 0.5000, 0.7500, 1.0000])
    """


class Hardswish(_Silent, compute=F.hardswish):
    """``input · relu6(input + 3) / 6``.

    Example:

        >>> nn.Hardswish()(at.tensor([-1.5, 1.5, 3.0]))
        tensor([-0.3750,  1.1250,  3.0000])
    """


class Threshold(_InPlace, shown=("threshold", "value")):
    """``input`` where it is above ``threshold``, else ``value``.

    Example:

        >>> nn.Threshold(1.0, -7.0)(at.tensor([0.5, 1.0, 1.5]))
        tensor([-7.0000, -7.0000,  1.5000])
    """

    threshold: float
    value: float

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(inplace)
        keep(self, threshold=threshold, value=value)

    def forward(self, input: Tensor) -> Tensor:
        return F.threshold(input, self.threshold, self.value, self.inplace)


class Hardshrink(_Shrink, compute=F.hardshrink):
    """``input``, and 0 where ``|input| <= lambd``.

    Example:

        >>> nn.Hardshrink()(at.tensor([-2.0, 0.3, 0.7]))
        tensor([-2.0000,  0.0000,  0.7000])
    """


class Softshrink(_Shrink, compute=F.softshrink):
    """``input`` moved towards 0 by ``lambd``, and 0 where ``|input| <= lambd``.

    Example:

        >>> nn.Softshrink()(at.tensor([-2.0, 0.25, 1.5]))
        tensor([-1.5000,  0.0000,  1.0000])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__(lambd)
        refuse(self, lambd < 0, f"lambd must be at least 0, got {lambd}")


# -- with exponentials -----------------------------------------------------------------------------


class Sigmoid(_Plain, compute=F.sigmoid):
    """``1 / (1 + e^-input)``.

    Example:

        >>> nn.Sigmoid()(at.tensor([-2.0, 0.0, 100.0]))
        tensor([0.1192, 0.5000, 1.0000])
    """


class LogSigmoid(_Plain, compute=F.logsigmoid):
    """``ln sigmoid(input)``.

    Example:

        >>> nn.LogSigmoid()(at.tensor([0.0, -50.0]))
        tensor([ -0.6931, -50.0000])
    """


class Tanh(_Plain, compute=F.tanh):
    """Hyperbolic tangent.

    Example:

        >>> nn.Tanh()(at.tensor([-1.0, 0.0, 100.0]))
        tensor([-0.7616,  0.0000,  1.0000])
    """


class ELU(_WithAlpha, compute=F.elu):
    """``input`` where positive, else ``alpha · (e^input - 1)``.

    Example:

        >>> nn.ELU()(at.tensor([-100.0, -1.0, 2.0]))
        tensor([-1.0000, -0.6321,  2.0000])
    """


class CELU(_WithAlpha, compute=F.celu):
    """``input`` where positive, else ``alpha · (e^(input / alpha) - 1)``.

    Example:

        >>> nn.CELU(2.0)(at.tensor([-100.0, -2.0, 3.0]))
        tensor([-2.0000, -1.2642,  3.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(alpha, inplace)
        refuse(self, alpha == 0, f"alpha must not be 0, got {alpha}")


class SELU(_InPlace, compute=F.selu):
    """``scale · elu(input, alpha)`` with the constants that keep mean 0 and variance 1.

    Example:

        >>> nn.SELU()(at.tensor([-100.0, 0.0, 1.0]))
        tensor([-1.7581,  0.0000,  1.0507])
    """


class GELU(_Activation):
    """``input · Φ(input)``, Φ the standard normal distribution function.

    Args:
        approximate: ``'none'`` computes Φ exactly, ``'tanh'`` by a formula with tanh.

    Example:

        >>> nn.GELU()(at.tensor([-1.0, 0.0, 1.0])), nn.GELU(approximate="tanh")(at.tensor([1.0]))
        (tensor([-0.1587,  0.0000,  0.8413]), tensor([0.8412]))
    """

    approximate: str

    def __init__(self, approximate: str = "none") -> None:
        super().__init__(approximate=approximate)
        need_one_of(type(self).__name__, "approximate", approximate, ("none", "tanh"))

    def forward(self, input: Tensor) -> Tensor:
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(_InPlace, compute=F.silu):
    """``input · sigmoid(input)``, also called swish.

    Example:

        >>> nn.SiLU()(at.tensor([-1.0, 0.0, 100.0]))
        tensor([ -0.2689,   0.0000, 100.0000])
    """


class Mish(_InPlace, compute=F.mish):
    """``input · tanh(softplus(input))``.

    Example:

        >>> nn.Mish()(at.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.3034,  0.0000,  0.8651])
    """


class Softplus(_Activation, shown=("beta", "threshold")):
    """``ln(1 + e^(beta · input)) / beta``; ``input`` itself where ``beta · input > threshold``.

    Example:

        >>> nn.Softplus()(at.tensor([0.0, 50.0]))
        tensor([ 0.6931, 50.0000])
    """

    beta: float
    threshold: float

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__(beta=beta, threshold=threshold)

    def forward(self, input: Tensor) -> Tensor:
        return F.softplus(input, self.beta, self.threshold)


# -- others ----------------------------------------------------------------------------------------


class Atan(_Plain, compute=at.atan):
    """Inverse tangent; not among PyTorch's layers.

    Example:

        >>> nn.Atan()(at.tensor([-1.0, 0.0, 1.0])) / at.pi  # a quarter of it
        tensor([-0.2500,  0.0000,  0.2500])
    """


class Softsign(_Plain, compute=F.softsign):
    """``input / (1 + |input|)``.

    Example:

        >>> nn.Softsign()(at.tensor([-3.0, 0.0, 1.0]))
        tensor([-0.7500,  0.0000,  0.5000])
    """


class Tanhshrink(_Plain, compute=F.tanhshrink):
    """``input - tanh(input)``.

    Example:

        >>> nn.Tanhshrink()(at.tensor([-10.0, 0.0, 1.0]))
        tensor([-9.0000,  0.0000,  0.2384])
    """


class Softmax(_AlongDim, compute=F.softmax):
    """``e^input / Σ e^input`` along ``dim``, which must be given: 1 for scores ``(N, C)``.

    Example:

        >>> nn.Softmax(dim=1)(at.log(at.tensor([[1.0, 3.0], [2.0, 2.0]])))
        tensor([[0.2500, 0.7500],
                [0.5000, 0.5000]])
    """


class Softmax2d(_Plain):
    """``Softmax`` over the channels of ``(N, C, H, W)`` or ``(C, H, W)``.

    Raises:
        ValueError: in ``forward``, another number of dimensions.

    Example:

        >>> nn.Softmax2d()(at.zeros(2, 4, 8, 8))[0, :, 0, 0]  # four classes at each pixel
        tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4):
            raise ValueError(
                f"Softmax2d: expected input of shape (N, C, H, W) or (C, H, W), got {input.shape}"
            )
        return F.softmax(input, -3)


class LogSoftmax(_AlongDim, compute=F.log_softmax):
    """``input - ln Σ e^input`` along ``dim``, which must be given: 1 for scores ``(N, C)``.

    Example:

        >>> nn.LogSoftmax(dim=1)(at.zeros(2, 4)).exp()
        tensor([[0.2500, 0.2500, 0.2500, 0.2500],
                [0.2500, 0.2500, 0.2500, 0.2500]])
    """


class Softmin(_AlongDim, compute=F.softmin):
    """``softmax(-input)`` along ``dim``, which must be given.

    Example:

        >>> nn.Softmin(dim=0)(-at.log(at.tensor([1.0, 3.0])))
        tensor([0.2500, 0.7500])
    """


class GLU(_AlongDim, compute=F.glu):
    """``a · sigmoid(b)``, a and b the halves along ``dim``: ``(*, 2n, *) → (*, n, *)``.

    Example:

        >>> nn.GLU()(at.tensor([6.0, 8.0, 0.0, 100.0])), nn.GLU(dim=1)(at.ones(8, 10, 5)).shape
        (tensor([3., 8.]), torch.Size([8, 5, 5]))
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__(dim)
