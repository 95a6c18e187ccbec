"""First values for parameters.  Every function writes into its Tensor and returns it.

Nothing here is recorded.  ``generator`` is an ``autotensor.Generator``; without one the default
generator is drawn from, which ``autotensor.manual_seed`` seeds.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Container
from typing import TYPE_CHECKING, Any

import numpy as np

from autotensor import Generator, Tensor
from autotensor.extend import normal_array, published, uniform_array
from nn.arguments import refuse, rng_of

# Before these, the variance of a layer's output should be that of its input.
_CONVOLUTIONS = [f"{name}{ndim}d" for name in ("conv", "conv_transpose") for ndim in (1, 2, 3)]
_LINEAR = ["linear", "sigmoid", *_CONVOLUTIONS]
_GAINS = {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4, **dict.fromkeys(_LINEAR, 1.0)}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """How much larger weights should be because of the nonlinearity after them.

    1 for linear layers and sigmoid, 5/3 for tanh, √2 for relu, √(2 / (1 + param²)) for leaky_relu
    with negative slope ``param`` (0.01 unless given), 3/4 for selu.

    Raises:
        ValueError: an unknown ``nonlinearity``, or a ``param`` that is no number.

    Example:

        >>> nn.init.calculate_gain("linear"), round(nn.init.calculate_gain("relu"), 4)
        (1.0, 1.4142)
        >>> nn.init.calculate_gain("leaky_relu", 0.0) == nn.init.calculate_gain("relu")
        True
    """
    if nonlinearity == "leaky_relu":
        param = 0.01 if param is None else param
        if isinstance(param, bool) or not isinstance(param, (int, float)):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2 / (1 + param**2))
    if nonlinearity not in _GAINS:
        known = ", ".join(sorted([*_GAINS, "leaky_relu"]))
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}; expected one of {known}")
    return _GAINS[nonlinearity]


def _need_writable(tensor: Tensor) -> None:
    if not tensor.array.flags.writeable:
        raise ValueError("the Tensor lies on read-only memory; fill a clone() of it")


def _with_values(tensor: Tensor, values: Any) -> Tensor:
    _need_writable(tensor)
    tensor.array[...] = values
    tensor.mark_written()
    return tensor


def _need_tensor(tensor: Tensor, caller: str) -> None:
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{caller}: expected a Tensor, got {type(tensor).__name__}")


def _need_floating_point(tensor: Tensor, caller: str) -> None:
    _need_tensor(tensor, caller)
    message = f"random values need a floating-point Tensor, got dtype {tensor.dtype}"
    refuse(caller, not tensor.is_floating_point(), message, TypeError)
    _need_writable(tensor)  # before anything is drawn


def _need_ndim(tensor: Tensor, allowed: Container[int], caller: str, expected: str) -> None:
    _need_tensor(tensor, caller)
    message = f"only tensors with {expected} dimensions are supported, got {tensor.shape}"
    refuse(caller, tensor.ndim not in allowed, message)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fills ``tensor`` with ``val``.

    Raises:
        TypeError: ``tensor`` is no Tensor.

    Example:

        >>> bias = nn.Linear(2, 3).bias
        >>> nn.init.constant_(bias, 0.5)
        Parameter containing:
        tensor([0.5000, 0.5000, 0.5000], requires_grad=True)
    """
    _need_tensor(tensor, "constant_")
    return _with_values(tensor, val)


def zeros_(tensor: Tensor) -> Tensor:
    """Fills ``tensor`` with 0.

    Raises:
        TypeError: ``tensor`` is no Tensor.

    Example:

        >>> layer = nn.Linear(2, 3)
        >>> nn.init.zeros_(layer.bias) is layer.bias, layer.bias.tolist()
        (True, [0.0, 0.0, 0.0])
    """
    _need_tensor(tensor, "zeros_")
    return _with_values(tensor, 0)


def ones_(tensor: Tensor) -> Tensor:
    """Fills ``tensor`` with 1.

    Raises:
        TypeError: ``tensor`` is no Tensor.

    Example:

        >>> nn.init.ones_(at.empty(2, 3))
        tensor([[1., 1., 1.],
                [1., 1., 1.]])
    """
    _need_tensor(tensor, "ones_")
    return _with_values(tensor, 1)


def uniform_(
    tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Values uniform in [a, b).

    Raises:
        TypeError: ``tensor`` is no Tensor, or one of integers.
        ValueError: ``a`` above ``b``.

    Example:

        >>> weight = nn.init.uniform_(at.empty(100, 100), -2.0, 3.0)
        >>> bool((weight >= -2).all() & (weight < 3).all()), bool(abs(weight.mean() - 0.5) < 0.2)
        (True, True)
    """
    _need_floating_point(tensor, "uniform_")
    refuse("uniform_", a > b, f"a must not be above b, got a={a} and b={b}")
    return _with_values(tensor, uniform_array(tensor.shape, tensor.dtype, generator, a, b))


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Normal values with mean ``mean`` and standard deviation ``std``.

    Raises:
        TypeError: ``tensor`` is no Tensor, or one of integers.
        ValueError: a negative ``std``.

    Example:

        >>> weight = nn.init.normal_(at.empty(200, 200), mean=5.0, std=2.0)
        >>> weight.mean().round(), weight.std().round()
        (tensor(5.), tensor(2.))
    """
    _need_floating_point(tensor, "normal_")
    refuse("normal_", std < 0, f"std must not be negative, got {std}")
    return _with_values(tensor, normal_array(tensor.shape, tensor.dtype, generator) * std + mean)


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Normal values with all outside [a, b] drawn again.

    Rejection sampling; far from the mean or in a narrow interval the proposals are exponential or
    uniform, because fewer are then refused (C. P. Robert, Simulation of truncated normal variables,
    1995).

    Raises:
        TypeError: ``tensor`` is no Tensor, or one of integers.

    Example:

        >>> weight = nn.init.trunc_normal_(at.empty(200, 200), std=1.0, a=-1.0, b=1.0)
        >>> bool(weight.abs().max() <= 1), bool(weight.std() < 0.6)
        (True, True)
    """
    _need_floating_point(tensor, "trunc_normal_")
    wrong = not (std > 0 and math.isfinite(mean))
    refuse("trunc_normal_", wrong, f"std must be positive and mean finite, got {std} and {mean}")
    refuse("trunc_normal_", a >= b, f"a must be below b, got a={a} and b={b}")
    low, high = (a - mean) / std, (b - mean) / std
    peak = min(max(0.0, low), high)  # where the density in [low, high] is highest
    # With d = |x - peak| the density falls as exp(-slope · d) · exp(-d²/2): the first factor can be
    # drawn from directly, the second is the chance to keep a draw.
    slope, width = abs(peak), high - low
    area = -math.expm1(-slope * width) / slope if slope else width
    # Of normal proposals, the interval's mass is kept; of these, that mass · √(2π) · exp(peak²/2) /
    # area.  Compared as logarithms, because exp overflows.
    direct = 0.5 * math.log(2 * math.pi) + peak**2 / 2 > math.log(area)
    values = np.empty(tensor.array.size)
    missing = np.arange(values.size)
    while missing.size:
        if direct:
            part = uniform_array(missing.size, np.float64, generator) * area
            distance = -np.log1p(-slope * part) / slope if slope else part
            drawn = high - distance if peak < 0 else low + distance
            level = uniform_array(missing.size, np.float64, generator)
            kept = level <= np.exp(-((drawn - peak) ** 2) / 2)
        else:
            drawn = normal_array(missing.size, np.float64, generator)
            kept = (low <= drawn) & (drawn <= high)
        values[missing[kept]] = drawn[kept]
        missing = missing[~kept]
    # Rounding must not carry a value across a bound.
    return _with_values(tensor, np.clip(values * std + mean, a, b).reshape(tensor.shape))


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix, also into a matrix that is not square.

    Raises:
        ValueError: ``tensor`` is no matrix.

    Example:

        >>> nn.init.eye_(at.empty(2, 3))
        tensor([[1., 0., 0.],
                [0., 1., 0.]])
    """
    _need_ndim(tensor, (2,), "eye_", "2")
    return _with_values(tensor, np.eye(tensor.shape[0], tensor.shape[1]))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """The convolution weight (C_out, C_in, k, …) that passes as many channels as it can unchanged.

    With ``groups``, each group of output channels does.

    Raises:
        ValueError: no 3, 4 or 5 dimensions, or outputs that do not divide into ``groups``.

    Example:

        >>> weight = nn.init.dirac_(at.empty(2, 2, 3))
        >>> x = at.tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]])
        >>> F.conv1d(x, weight, padding=1)  # the same again
        tensor([[[1., 2., 3.],
                 [4., 5., 6.]]])
    """
    _need_ndim(tensor, (3, 4, 5), "dirac_", "3, 4, or 5")
    outputs, inputs, *kernel = tensor.shape
    if outputs % groups:
        raise ValueError(f"dirac_: dim 0 must be divisible by groups, got {outputs} and {groups}")
    per_group = outputs // groups
    passed = np.arange(min(per_group, inputs))
    values = np.zeros(tensor.shape)
    for group in range(groups):
        first = group * per_group
        middle: tuple[Any, ...] = tuple(size // 2 for size in kernel)
        values[(first + passed, passed, *middle)] = 1
    return _with_values(tensor, values)


# Names with an underscore that programs for PyTorch call all the same: these, and ``_no_grad_…``.


def _calculate_fan_in_and_fan_out(
    tensor: Tensor, caller: str = "_calculate_fan_in_and_fan_out"
) -> tuple[int, int]:
    """(inputs to one output, outputs from one input) of a weight (out, in, k, …)."""
    _need_tensor(tensor, caller)
    if tensor.ndim < 2:
        raise ValueError(
            f"{caller}: fan in and fan out can not be computed for a tensor with fewer than 2 "
            f"dimensions, got shape {tensor.shape}"
        )
    outputs, inputs, *kernel = tensor.shape
    return inputs * math.prod(kernel), outputs * math.prod(kernel)


def _calculate_correct_fan(
    tensor: Tensor, mode: str, caller: str = "_calculate_correct_fan"
) -> int:
    """The inputs to one output for ``"fan_in"``, the outputs from one input for ``"fan_out"``."""
    fans = _calculate_fan_in_and_fan_out(tensor, caller)
    modes = ("fan_in", "fan_out")
    if not isinstance(mode, str) or mode.lower() not in modes:
        raise ValueError(f"{caller}: mode {mode} not supported, please use one of fan_in, fan_out")
    return fans[modes.index(mode.lower())]


def _no_grad_uniform_(
    tensor: Tensor, a: float, b: float, generator: Generator | None = None
) -> Tensor:
    return uniform_(tensor, a, b, generator)


def _no_grad_normal_(
    tensor: Tensor, mean: float, std: float, generator: Generator | None = None
) -> Tensor:
    return normal_(tensor, mean, std, generator)


def _no_grad_trunc_normal_(
    tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Generator | None = None
) -> Tensor:
    return trunc_normal_(tensor, mean, std, a, b, generator)


def _no_grad_fill_(tensor: Tensor, val: float) -> Tensor:
    return constant_(tensor, val)


def _no_grad_zero_(tensor: Tensor) -> Tensor:
    return zeros_(tensor)


def _uniform_with_std(tensor: Tensor, std: float, generator: Generator | None) -> Tensor:
    bound = math.sqrt(3) * std
    return uniform_(tensor, -bound, bound, generator)


def _xavier_std(tensor: Tensor, gain: float, caller: str) -> float:
    _need_floating_point(tensor, caller)
    return gain * math.sqrt(2 / sum(_calculate_fan_in_and_fan_out(tensor, caller)))


def xavier_uniform_(
    tensor: Tensor, gain: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Uniform in ±gain · √(6 / (fan_in + fan_out)) (Glorot & Bengio, 2010).

    Raises:
        ValueError: fewer than two dimensions.

    Example:

        >>> weight = nn.init.xavier_uniform_(at.empty(200, 400))  # the bound is √(6 / 600) = 0.1
        >>> bool(weight.abs().max() <= 0.1), bool(weight.max() > 0.09)
        (True, True)
    """
    return _uniform_with_std(tensor, _xavier_std(tensor, gain, "xavier_uniform_"), generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal with standard deviation gain · √(2 / (fan_in + fan_out)) (Glorot & Bengio, 2010).

    Raises:
        ValueError: fewer than two dimensions.

    Example:

        >>> weight = nn.init.xavier_normal_(at.empty(300, 500))  # √(2 / 800) = 0.05
        >>> weight.std().round(decimals=2)
        tensor(0.0500)
    """
    return normal_(tensor, 0.0, _xavier_std(tensor, gain, "xavier_normal_"), generator)


def _kaiming_std(
    tensor: Tensor, a: float, mode: str, nonlinearity: str, caller: str
) -> float | None:
    """The standard deviation; None where there is nothing to fill."""
    _need_tensor(tensor, caller)
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=4)
        return None
    _need_floating_point(tensor, caller)
    fan = _calculate_correct_fan(tensor, mode, caller)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Uniform in ±gain · √(3 / fan), with the gain of ``nonlinearity`` (He et al., 2015).

    Args:
        a: the negative slope of leaky_relu.
        mode: ``"fan_in"`` keeps variances going forward, ``"fan_out"`` going backward.

    Raises:
        ValueError: fewer than two dimensions, an unknown ``mode`` or ``nonlinearity``.

    Example:

        >>> conv = nn.Conv2d(6, 16, 10)  # each output has 600 inputs: √2 · √(3 / 600) = 0.1
        >>> weight = nn.init.kaiming_uniform_(conv.weight, nonlinearity="relu")
        >>> bool(weight.abs().max() <= 0.1), bool(weight.max() > 0.09)
        (True, True)
    """
    std = _kaiming_std(tensor, a, mode, nonlinearity, "kaiming_uniform_")
    return tensor if std is None else _uniform_with_std(tensor, std, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Normal with standard deviation gain / √fan; arguments as ``kaiming_uniform_``.

    Raises:
        ValueError: fewer than two dimensions, an unknown ``mode`` or ``nonlinearity``.

    Example:

        >>> weight = nn.init.kaiming_normal_(at.empty(300, 800), nonlinearity="relu")  # √(2 / 800)
        >>> weight.std().round(decimals=2)
        tensor(0.0500)
        >>> y = F.relu(at.randn(100, 800) @ weight.T)  # the mean of squares stays about 1
        >>> bool(abs(y.square().mean() - 1) < 0.2)
        True
    """
    std = _kaiming_std(tensor, a, mode, nonlinearity, "kaiming_normal_")
    return tensor if std is None else normal_(tensor, 0.0, std, generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """A random matrix with orthonormal rows or columns, whichever are fewer, times ``gain``.

    Further dimensions count as columns.  From the QR decomposition of a normal matrix; with the
    signs of R's diagonal taken into Q, every orthogonal matrix is equally likely (Mezzadri, 2007;
    Saxe et al., 2014).

    Raises:
        ValueError: fewer than two dimensions.

    Example:

        >>> weight = nn.init.orthogonal_(at.empty(3, 5))
        >>> at.allclose(weight @ weight.T, at.eye(3), atol=1e-5)
        True
    """
    _need_floating_point(tensor, "orthogonal_")
    message = f"only tensors with 2 or more dimensions are supported, got {tensor.shape}"
    refuse("orthogonal_", tensor.ndim < 2, message)
    if tensor.array.size == 0:
        return tensor
    rows = tensor.shape[0]
    columns = tensor.array.size // rows
    tall = (max(rows, columns), min(rows, columns))
    q, r = np.linalg.qr(normal_array(tall, np.float64, generator))
    q *= np.sign(np.diag(r))
    return _with_values(tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape))


def sparse_(
    tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None
) -> Tensor:
    """Normal values with the share ``sparsity`` of every column set to 0 (Martens, 2010).

    Raises:
        ValueError: ``tensor`` is no matrix.

    Example:

        >>> weight = nn.init.sparse_(at.empty(10, 3), sparsity=0.3)
        >>> (weight == 0).sum(dim=0)  # in each column
        tensor([3, 3, 3])
    """
    _need_ndim(tensor, (2,), "sparse_", "2")
    refuse("sparse_", not 0 <= sparsity <= 1, f"sparsity must be between 0 and 1, got {sparsity}")
    normal_(tensor, 0.0, std, generator)
    rows, columns = tensor.shape
    rng = rng_of(generator)
    for column in range(columns):
        tensor.array[rng.permutation(rows)[: math.ceil(sparsity * rows)], column] = 0
    return tensor


def _outdated(name: str) -> Callable[..., Any]:
    """What a name without the underscore at its end meant before PyTorch 0.4."""
    form = globals().get(f"{name}_")
    if form is None or name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    @functools.wraps(form)
    def outdated(*args: Any, **kwargs: Any) -> Any:
        warnings.warn(
            f"nn.init.{name} is now deprecated in favor of nn.init.{name}_.",
            FutureWarning,
            stacklevel=2,
        )
        return form(*args, **kwargs)

    return outdated


globals()["__all__"] = published(__name__)
if not TYPE_CHECKING:
    __getattr__ = _outdated
