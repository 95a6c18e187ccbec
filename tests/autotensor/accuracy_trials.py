"""What ``accuracy_table.py`` tries: formulas over whole ranges, and arrays hard to add up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import autotensor as at
from tests.autotensor.cases.base import functions
from tests.autotensor.public import OPERATORS

#: Operators that only move, pick, compare, count or round what they are given, or draw numbers:
#: their values have no error of their own.
EXACT = {
    "abs", "absolute", "adaptive_max_pool1d", "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d", "adaptive_max_pool2d_with_indices", "adaptive_max_pool3d",
    "adaptive_max_pool3d_with_indices", "adjoint", "all", "allclose", "alpha_dropout",
    "alpha_dropout_", "amax", "amin", "aminmax", "angle", "any", "argmax", "argmin", "argsort",
    "argwhere", "as_strided", "as_strided_scatter", "atleast_1d", "atleast_2d", "atleast_3d",
    "bincount",
    "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift",
    "bitwise_xor", "block_diag", "broadcast_shapes", "broadcast_tensors", "broadcast_to",
    "bucketize", "cartesian_prod", "cat", "ceil", "channel_shuffle", "chunk", "clamp",
    "clamp_max", "clamp_min", "clip", "clone", "column_stack", "combinations", "concat",
    "concatenate", "conj", "conj_physical", "constant_pad_nd", "contiguous", "copysign",
    "count_nonzero", "cummax", "cummin", "detach", "diag", "diag_embed", "diagflat", "diagonal",
    "diagonal_scatter", "dropout", "dropout1d", "dropout2d", "dropout3d", "dropout_", "dsplit",
    "dstack", "embedding", "embedding_renorm_", "empty_strided", "eq", "equal", "expand",
    "expand_as",
    "feature_alpha_dropout", "feature_alpha_dropout_", "feature_dropout", "feature_dropout_",
    "fill", "fix", "flatten", "flip", "fliplr", "flipud", "floor", "floor_divide", "fmax",
    "fmin", "frac", "fractional_max_pool2d", "fractional_max_pool2d_with_indices",
    "fractional_max_pool3d", "fractional_max_pool3d_with_indices", "frexp", "gather", "gcd",
    "ge", "getitem", "greater", "greater_equal", "gt", "gumbel_softmax", "hardshrink",
    "hardtanh", "hardtanh_", "heaviside", "histc", "histogram", "histogramdd", "hsplit",
    "hstack", "index_copy", "index_fill", "index_put", "index_select", "is_nonzero",
    "is_same_size", "is_tensor", "isclose", "isfinite", "isin", "isinf", "isnan", "isneginf",
    "isposinf", "isreal", "kthvalue", "lcm", "le", "less", "less_equal", "linalg.diagonal",
    "linalg.matrix_rank", "logical_and", "logical_not", "logical_or", "logical_xor", "lt",
    "lu_unpack", "masked_fill", "masked_scatter", "masked_select", "max", "max_pool1d",
    "max_pool1d_with_indices", "max_pool2d", "max_pool2d_with_indices", "max_pool3d",
    "max_pool3d_with_indices", "max_unpool1d", "max_unpool2d", "max_unpool3d", "maximum",
    "median", "meshgrid", "min", "min_pool1d", "min_pool2d", "min_pool3d", "minimum", "mode",
    "moveaxis", "movedim", "msort", "nan_to_num", "nanmedian", "narrow", "narrow_copy", "ne",
    "neg", "negative", "nextafter", "nonzero", "not_equal", "one_hot", "pad", "pca_lowrank",
    "permute", "pixel_shuffle", "pixel_unshuffle", "positive", "put", "ravel", "real", "relu",
    "relu6", "repeat", "repeat_interleave", "reshape", "reshape_as", "resolve_conj",
    "resolve_neg", "roll", "rot90", "round", "row_stack", "rrelu", "rrelu_", "scatter",
    "searchsorted", "select", "select_scatter", "sgn", "sign", "signbit", "slice_scatter",
    "sort", "special.round", "split", "split_with_sizes", "squeeze", "stack", "svd_lowrank",
    "swapaxes", "swapdims", "t", "take", "take_along_dim", "tensor_split", "threshold",
    "threshold_", "tile", "to", "topk", "transpose", "tril", "triu", "trunc", "unbind",
    "unflatten", "unfold", "unique", "unique_consecutive", "unravel_index", "unsafe_chunk",
    "unsafe_split", "unsqueeze", "view", "view_as", "vsplit", "vstack", "where",
}  # fmt: skip

#: PyTorch gives complex numbers.
COMPLEX = {"linalg.eig", "linalg.eigvals"}

#: The operators that the page has a row for.
COMPUTING = OPERATORS - EXACT - COMPLEX


def found(library: Any, name: str) -> Callable[..., Any]:
    """An operator of either library: ``special.ndtr``, ``exp``, ``gelu``."""
    room, _, short = name.rpartition(".")
    place = getattr(library, room) if room else library
    function = getattr(place, short, None) or getattr(functions(library), short)
    return function  # type: ignore[no-any-return]


# -- formulas --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Formula:
    """An elementwise operator, and the same in numbers of any length (``m`` is ``mpmath``)."""

    names: str
    formula: Callable[..., Any]
    inputs: tuple[np.ndarray, ...]
    call: Callable[..., Any] = lambda f, *x: f(*x)
    slopes: tuple[Callable[..., Any], ...] = ()
    """The derivatives, where differences of the formula are slow or not wanted."""
    digits: int = 160
    wanted: tuple[int, ...] | None = None
    """By which arguments to differentiate, if not by all."""
    size: Callable[..., Any] | None = None
    """The sum of absolute terms, of absolute arguments, where errors are compared with that instead
    of with the value."""


def points(count: int, low: float = 1e-38, high: float = 1e38, middle: float = 120) -> np.ndarray:
    """Positive numbers of every size, and more of them up to ``middle``."""
    even = np.linspace(middle / count, middle * 1.0001, count)
    return np.sort(np.concatenate([np.geomspace(low, high, count), even[even < high]]))


def both(positive: np.ndarray) -> np.ndarray:
    return np.concatenate([-positive[::-1], positive])


def pairs(count: int, low: float, high: float, first: str = "±", second: str = "±") -> Any:
    """Numbers of every size against numbers of every size, and of the same size."""
    draw = np.random.default_rng(5)
    span = (np.log(low), np.log(high))
    far = np.exp(draw.uniform(*span, (2, count)))
    near = draw.uniform(0.01, min(high, 20), (2, count))
    one, two = np.concatenate([far, near, [near[0], near[0] * 1.01]], axis=1)
    signs = draw.choice([-1, 1], (2, one.size))
    one = one * signs[0] if first == "±" else one
    two = two * signs[1] if second == "±" else two
    return one, two


def formulas(count: int) -> Iterator[Formula]:
    """Every elementwise operator, with about 2 to 4 times ``count`` inputs over its range."""
    positive = points(count)
    full = both(positive)
    inner = np.concatenate([np.geomspace(1e-38, 0.5, count), 1 - np.geomspace(1e-7, 0.5, count)])
    unit = both(np.sort(inner))
    turns = full[np.abs(full) < 1e5]

    def one(names: str, formula: Any, inputs: Any = full, **settings: Any) -> Formula:
        return Formula(names, formula, (inputs,), **settings)

    def sigmoid(m: Any, x: Any) -> Any:
        return 1 / (1 + m.exp(-x)) if x > 0 else m.exp(x) / (1 + m.exp(x))

    def softplus(m: Any, x: Any) -> Any:
        return x + m.log1p(m.exp(-x)) if x > 0 else m.log1p(m.exp(x))

    def normal(m: Any, x: Any) -> Any:
        return m.erfc(-x / m.sqrt(2)) / 2

    def sigmoid_slope(m: Any, x: Any) -> Any:
        return m.exp(-abs(x)) / (1 + m.exp(-abs(x))) ** 2

    yield one("exp", lambda m, x: m.exp(x))
    yield one("exp2 special.exp2", lambda m, x: m.power(2, x))
    yield one("expm1 special.expm1", lambda m, x: m.expm1(x))
    yield one("log", lambda m, x: m.log(x), positive)
    yield one("log2", lambda m, x: m.log(x, 2), positive)
    yield one("log10", lambda m, x: m.log(x, 10), positive)
    above = np.concatenate([unit, positive[positive > 1]])
    yield one("log1p special.log1p", lambda m, x: m.log1p(x), above)
    yield one("sigmoid special.expit", sigmoid, slopes=(sigmoid_slope,))
    yield one("logsigmoid", lambda m, x: -softplus(m, -x))
    yield one("softplus", softplus)
    yield one("sqrt", lambda m, x: m.sqrt(x), positive)
    yield one("rsqrt", lambda m, x: 1 / m.sqrt(x), positive)
    yield one("reciprocal", lambda m, x: 1 / x)
    yield one("square", lambda m, x: x * x)
    yield one("deg2rad", lambda m, x: x * m.pi / 180)
    yield one("rad2deg", lambda m, x: x * 180 / m.pi)
    yield one("sin", lambda m, x: m.sin(x), turns)
    yield one("cos", lambda m, x: m.cos(x), turns)
    yield one("tan", lambda m, x: m.tan(x), turns)
    yield one("sinh", lambda m, x: m.sinh(x))
    yield one("cosh", lambda m, x: m.cosh(x))
    yield one("tanh", lambda m, x: m.tanh(x), slopes=(lambda m, x: 1 / m.cosh(x) ** 2,))
    yield one("asin arcsin", lambda m, x: m.asin(x), unit)
    yield one("acos arccos", lambda m, x: m.acos(x), unit)
    yield one("atan arctan", lambda m, x: m.atan(x))
    yield one("asinh arcsinh", lambda m, x: m.asinh(x))
    beyond = np.concatenate([1 + np.geomspace(1e-6, 1, count), points(count, 2)])
    yield one("acosh arccosh", lambda m, x: m.acosh(x), beyond)
    yield one("atanh arctanh", lambda m, x: m.atanh(x), unit)
    bell = (lambda m, x: m.exp(-x * x) * 2 / m.sqrt(m.pi),)
    yield one("erf special.erf", lambda m, x: m.erf(x), slopes=bell)
    yield one("erfc special.erfc", lambda m, x: m.erfc(x))
    yield one("special.erfcx", lambda m, x: m.exp(x * x) * m.erfc(x))
    yield one(
        "erfinv special.erfinv",
        lambda m, x: m.erfinv(x),
        both(np.sort(np.concatenate([np.geomspace(1e-30, 0.5, 40), inner[inner > 0.5][::8]]))),
        slopes=(lambda m, x: m.exp(m.erfinv(x) ** 2) * m.sqrt(m.pi) / 2,),
        digits=40,
    )
    density = (lambda m, x: m.exp(-x * x / 2) / m.sqrt(2 * m.pi),)
    yield one("special.ndtr", normal, slopes=density)
    yield one(
        "special.log_ndtr",
        lambda m, x: m.log(normal(m, x)) if x < 0 else m.log1p(-normal(m, -x)),
    )

    def quantile(m: Any, p: Any) -> Any:
        if p > 0.5:
            return -quantile(m, 1 - p)
        start = -m.sqrt(-2 * m.log(2 * p)) if p < 0.02 else m.sqrt(2) * m.erfinv(2 * p - 1)
        if p >= 0.02:
            return start
        for _ in range(60):  # Newton's steps on the logarithm, which is concave
            ratio = normal(m, start) * m.sqrt(2 * m.pi) * m.exp(start * start / 2)
            step = m.log(normal(m, start) / p) * ratio
            start -= step
            if abs(step) < abs(start) * m.mpf(10) ** (4 - m.mp.dps):
                break
        return start

    yield one(
        "special.ndtri",
        quantile,
        np.concatenate([np.geomspace(1e-37, 0.5, 80), inner[inner > 0.5][::8]]),
        slopes=(lambda m, p: m.sqrt(2 * m.pi) * m.exp(quantile(m, p) ** 2 / 2),),
        digits=40,
    )
    odds = inner[inner > 0]
    yield one("logit special.logit", lambda m, x: m.log(x) - m.log1p(-x), odds)
    yield one("special.entr", lambda m, x: -x * m.log(x), positive)
    yield one("sinc special.sinc", lambda m, x: m.sinpi(x) / (m.pi * x), turns)
    gammas = both(points(count, 1e-38, 1e5, 30))
    yield one(
        "lgamma special.gammaln",
        lambda m, x: m.log(abs(m.gamma(x))) if x < 1e4 else m.loggamma(x),
        gammas[gammas != np.rint(gammas)],
        slopes=(lambda m, x: m.digamma(x),),
        digits=50,
    )
    psi = both(points(count // 2, 1e-38, 1e15, 30))
    psi = psi[(psi != np.rint(psi)) & (psi > -1e5)]
    yield one(
        "digamma special.digamma special.psi",
        lambda m, x: m.digamma(x),
        psi,
        slopes=(lambda m, x: m.psi(1, x),),
        digits=50,
    )
    for order in (1, 2, 4):
        yield one(
            "polygamma special.polygamma",
            lambda m, x, n=order: m.psi(n, x),
            np.concatenate([np.linspace(-4.7, -0.1, 24), points(count // 8, 1e-6, 1e6, 30)]),
            call=lambda f, x, n=order: f(n, x),
            slopes=(lambda m, x, n=order: m.psi(n + 1, x),),
            digits=40,
        )
    yield one(
        "mvlgamma special.multigammaln",
        lambda m, x: 1.5 * m.log(m.pi) + sum(m.loggamma(x - m.mpf(j) / 2) for j in range(3)),
        1.001 + points(count // 2, 1e-2, 1e4, 30),
        call=lambda f, x: f(x, 3),
        slopes=(lambda m, x: sum(m.digamma(x - m.mpf(j) / 2) for j in range(3)),),
        digits=40,
    )
    yield Formula(
        "special.zeta",
        lambda m, s, q: m.zeta(s, q),
        (np.repeat([1.1, 1.5, 2, 3, 4.7, 9, 20], 12), np.tile(points(6, 0.01, 1e4, 30), 7)),
        slopes=(lambda m, s, q: None,) * 2,  # PyTorch has no derivative
        digits=90,
        wanted=(),
    )
    shapes = np.repeat([0.1, 0.5, 1, 2.5, 9, 40, 300], 8)
    near = shapes * np.tile([0.1, 0.4, 0.8, 0.95, 1, 1.1, 1.5, 3], 7)
    for name, ends in (
        ("igamma special.gammainc", lambda a, z: (a, 0, z)),
        ("igammac special.gammaincc", lambda a, z: (a, z)),
    ):
        sign = 1 if name.endswith("gammainc") else -1
        yield Formula(
            name,
            lambda m, a, z, ends=ends: m.gammainc(*ends(a, z), regularized=True),
            (shapes, near),
            slopes=(
                lambda m, a, z: None,  # PyTorch has no derivative
                lambda m, a, z, sign=sign: sign * m.exp((a - 1) * m.log(z) - z - m.loggamma(a)),
            ),
            digits=60,
            wanted=(1,),
        )
    bessels = both(points(count // 2, 1e-18, 700, 60))
    scaled = both(points(count // 2, 1e-18, 1e4, 60))

    def bessel(m: Any, n: int, x: Any) -> Any:
        return m.besseli(n, x)

    def bessel_slope(m: Any, n: int, x: Any) -> Any:
        return (m.besseli(n - 1, x) + m.besseli(n + 1, x)) / 2

    for n in (0, 1):
        yield one(
            f"i0 special.i0 special.i{n}" if n == 0 else "special.i1",
            lambda m, x, n=n: bessel(m, n, x),
            bessels,
            slopes=(lambda m, x, n=n: bessel_slope(m, n, x),),
            digits=60,
        )
        yield one(
            f"special.i{n}e",
            lambda m, x, n=n: m.exp(-abs(x)) * bessel(m, n, x),
            scaled,
            slopes=(
                lambda m, x, n=n: (
                    m.exp(-abs(x)) * (bessel_slope(m, n, x) - m.sign(x) * bessel(m, n, x))
                ),
            ),
            digits=60,
        )

    # -- activations --
    alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
    yield one("silu", lambda m, x: x * sigmoid(m, x))
    yield one("mish", lambda m, x: x * m.tanh(softplus(m, x)))
    yield one("gelu", lambda m, x: x * normal(m, x))
    yield one(
        "gelu",
        lambda m, x: x * sigmoid(m, 2 * m.sqrt(2 / m.pi) * (x + m.mpf(0.044715) * x**3)),
        call=lambda f, x: f(x, approximate="tanh"),
    )
    yield one("elu elu_", lambda m, x: x if x > 0 else m.expm1(x))
    yield one(
        "celu celu_", lambda m, x: x if x > 0 else 2 * m.expm1(x / 2), call=lambda f, x: f(x, 2.0)
    )
    yield one("selu selu_", lambda m, x: m.mpf(scale) * (x if x > 0 else m.mpf(alpha) * m.expm1(x)))
    yield one("hardsigmoid", lambda m, x: min(max(x + 3, 0), 6) / 6)
    yield one("hardswish", lambda m, x: x * min(max(x + 3, 0), 6) / 6)
    yield one("leaky_relu leaky_relu_", lambda m, x: x if x > 0 else x * m.mpf(0.01))
    yield one("softsign", lambda m, x: x / (1 + abs(x)))
    yield one("tanhshrink", lambda m, x: x - m.tanh(x))
    yield one("softshrink", lambda m, x: m.sign(x) * max(abs(x) - 0.5, 0))

    # -- of two --
    wide, plus = pairs(count, 1e-30, 1e30), pairs(count, 1e-30, 1e30, "+", "+")
    modest = pairs(count, 1e-12, 1e12)
    yield Formula("add", lambda m, x, y: x + y, wide)
    yield Formula("sub subtract", lambda m, x, y: x - y, wide)
    yield Formula("rsub", lambda m, x, y: y - x, wide)
    yield Formula("mul multiply", lambda m, x, y: x * y, modest)
    yield Formula("div divide true_divide", lambda m, x, y: x / y, modest)
    yield Formula("atan2 arctan2", lambda m, y, x: m.atan2(y, x), wide)
    yield Formula("hypot", lambda m, x, y: m.sqrt(x * x + y * y), wide)
    sums = pairs(count, 1e-6, 80)
    yield Formula(
        "logaddexp",
        lambda m, x, y: max(x, y) + m.log1p(m.exp(-abs(x - y))),
        sums,
        slopes=(lambda m, x, y: sigmoid(m, x - y), lambda m, x, y: sigmoid(m, y - x)),
    )
    yield Formula(
        "logaddexp2",
        lambda m, x, y: max(x, y) + m.log1p(m.power(2, -abs(x - y))) / m.ln2,
        sums,
        slopes=(
            lambda m, x, y: sigmoid(m, (x - y) * m.ln2),
            lambda m, x, y: sigmoid(m, (y - x) * m.ln2),
        ),
    )
    yield Formula("xlogy special.xlogy", lambda m, x, y: x * m.log(y), (modest[0], plus[1]))
    yield Formula("special.xlog1py", lambda m, x, y: x * m.log1p(y), (modest[0], plus[1]))
    powers = (
        np.exp(np.linspace(-85, 85, 3 * count)),
        np.tile([0.5, -1, 2.5, 1, -0.01, 7], count // 2),
    )
    yield Formula("pow", lambda m, x, y: m.power(x, y), powers)
    yield Formula("float_power", lambda m, x, y: m.power(x, y), powers)
    for exponent in (2, 3, -1, 0.5, -2.5):
        yield Formula(
            "pow",
            lambda m, x, e=exponent: m.power(x, e),
            (positive,),
            call=lambda f, x, e=exponent: f(x, e),
        )
    rests = pairs(count, 1e-3, 1e6)
    yield Formula(
        "fmod",
        lambda m, x, y: m.sign(x) * m.fmod(abs(x), abs(y)),
        rests,
        slopes=(lambda m, x, y: 1, lambda m, x, y: -m.sign(x * y) * m.floor(abs(x / y))),
    )
    yield Formula(
        "remainder",
        lambda m, x, y: x - y * m.floor(x / y),
        rests,
        slopes=(lambda m, x, y: 1, lambda m, x, y: -m.floor(x / y)),
    )
    exponents = np.tile([-20.0, 3, 0, 11, 30], wide[0].size // 5 + 1)[: wide[0].size]
    yield Formula("ldexp", lambda m, x, y: x * m.power(2, y), (modest[0], exponents))
    thirds = (*modest, modest[1][::-1])
    yield Formula("addcmul", lambda m, x, y, z: x + y * z, thirds, size=lambda x, y, z: x + y * z)
    yield Formula("addcdiv", lambda m, x, y, z: x + y / z, thirds, size=lambda x, y, z: x + y / z)
    share = np.tile([0.1, 0.9, 0.3, 1, 0], modest[0].size // 5 + 1)[: modest[0].size]
    yield Formula(
        "lerp", lambda m, x, y, w: x + w * (y - x), (*plus, share), size=lambda x, y, w: x + y
    )
    yield Formula(
        "prelu",
        lambda m, x, w: x if x > 0 else x * w,
        (full, np.array([0.25])),
        slopes=(lambda m, x, w: 1 if x > 0 else w, lambda m, x, w: None),
    )

    # -- losses, element by element --
    def each(f: Any, *x: Any, **settings: Any) -> Any:
        return f(*x, reduction="none", **settings)

    yield Formula("mse_loss", lambda m, x, y: (x - y) ** 2, modest, each)
    yield Formula("l1_loss", lambda m, x, y: abs(x - y), modest, each)
    for name in ("huber_loss", "smooth_l1_loss"):
        yield Formula(
            name,
            lambda m, x, y: (x - y) ** 2 / 2 if abs(x - y) < 1 else abs(x - y) - 0.5,
            modest,
            each,
        )
    chance = (np.tile(np.sort(inner), 2), np.random.default_rng(3).uniform(0, 1, 2 * inner.size))
    yield Formula(
        "binary_cross_entropy",
        lambda m, x, y: -y * max(m.log(x), -100) - (1 - y) * max(m.log1p(-x), -100),
        (np.maximum(chance[0], 1e-30), chance[1]),
        each,
        (lambda m, x, y: (x - y) / (x * (1 - x)), lambda m, x, y: m.log1p(-x) - m.log(x)),
    )
    labels = np.tile([0, 1, 0.25], full.size // 3 + 1)[: full.size]
    yield Formula(
        "binary_cross_entropy_with_logits",
        lambda m, x, y: (1 - y) * x + softplus(m, -x),
        (full, labels),
        each,
        (lambda m, x, y: sigmoid(m, x) - y, lambda m, x, y: -x),
    )
    yield Formula(
        "soft_margin_loss",
        lambda m, x, y: softplus(m, -x * y),
        (full, np.sign(labels - 0.5)),
        each,
        (lambda m, x, y: -y * sigmoid(m, -x * y), lambda m, x, y: None),
        wanted=(0,),
    )
    yield Formula(
        "kl_div", lambda m, x, y: y * (m.log(y) - x), (-plus[0][: plus[1].size], plus[1]), each
    )
    yield Formula("poisson_nll_loss", lambda m, x, y: m.exp(x) - y * x, (modest[0], plus[1]), each)
    spread = np.exp(np.linspace(-11, 40, modest[0].size))
    yield Formula(
        "gaussian_nll_loss",
        lambda m, x, y, v: (m.log(v) + (x - y) ** 2 / v) / 2,
        (*modest, spread),
        each,
    )


# -- sums and other operators of whole arrays ------------------------------------------------------


@dataclass(frozen=True)
class Whole:
    """An operator of whole arrays, on arrays of several kinds.

    What it gives is compared with PyTorch in float64, and the error with ``scale``: ``"each"``
    element of that, its ``"largest"``, or the sum of absolute ``"terms"``: what the operator gives
    for absolute values.
    """

    names: str
    kinds: dict[str, tuple[np.ndarray, ...]]
    scale: str = "largest"
    call: Callable[..., Any] = lambda f, *x: f(*x)


def wholes(long: int) -> Iterator[Whole]:
    """Reductions, scans, normalizations and products, up to ``long`` elements along a dimension."""
    draw = np.random.default_rng(1)

    def normal(*shape: int) -> np.ndarray:
        return draw.standard_normal(shape)

    signs = normal(3, long, 2)
    around_one = np.exp(0.002 * normal(3, long, 2))
    sizes = {
        "normal": (signs,),
        "positive": (np.abs(signs) + 0.1,),
        "ones": (np.ones((3, long, 2)),),
        "around 10⁴": (1e4 + signs,),
        "huge": (1e30 * (signs + 0.1),),
        "tiny": (1e-30 * (signs + 0.1),),
        "mixed": (np.exp(8 * normal(3, long, 2)) * np.sign(signs),),
    }
    dims = (None, 0, 1, 2, -1)

    def over(f: Any, x: Any, dim: int | None, **settings: Any) -> Any:
        return f(x, **settings) if dim is None else f(x, dim=dim, **settings)

    for dim in dims:
        for name in ("sum nansum", "mean nanmean"):
            yield Whole(name, sizes, "terms", lambda f, x, d=dim: over(f, x, d))
        for name in ("var", "std", "var_mean", "std_mean"):
            yield Whole(name, sizes, call=lambda f, x, d=dim: over(f, x, d))
        yield Whole("norm linalg.vector_norm", sizes, call=lambda f, x, d=dim: over(f, x, d))
        if dim is None:
            continue
        yield Whole("prod", {"around 1": (around_one,)}, "each", lambda f, x, d=dim: over(f, x, d))
        calm = {name: sizes[name] for name in ("normal", "positive", "ones", "around 10⁴", "huge")}
        for name in (
            "logsumexp special.logsumexp softmax special.softmax log_softmax special.log_softmax",
            "softmin normalize",
        ):
            yield Whole(name, calm, call=lambda f, x, d=dim: over(f, x, d))
        yield Whole("cumsum", sizes, "terms", lambda f, x, d=dim: over(f, x, d))
        # PyTorch's derivative for huge values is wrong in float64 too.
        near = {name: arrays for name, arrays in calm.items() if name != "huge"}
        yield Whole("logcumsumexp", near, call=lambda f, x, d=dim: over(f, x, d))
        yield Whole(
            "trapezoid trapz cumulative_trapezoid",
            sizes,
            "terms",
            lambda f, x, d=dim: over(f, x, d),
        )
        yield Whole(
            "cumprod", {"around 1": (around_one,)}, "each", lambda f, x, d=dim: over(f, x, d)
        )
    for order in (1, 3, 0.5):
        yield Whole("norm linalg.vector_norm", sizes, call=lambda f, x, p=order: f(x, p))
    flat = {name: (arrays[0].reshape(6, -1),) for name, arrays in sizes.items()}
    yield Whole("linalg.norm linalg.matrix_norm", flat)
    two = {name: (x, x[::-1] + abs(x).mean() * normal(*x.shape)) for name, (x,) in flat.items()}
    yield Whole("dist pairwise_distance cosine_similarity", two)
    few = {name: (x[:, :5000], y[:, :5000]) for name, (x, y) in two.items()}
    yield Whole("cdist", few)
    yield Whole("pdist", {name: (x,) for name, (x, _) in few.items()})
    yield Whole("cov corrcoef", {name: (x,) for name, (x, _) in few.items() if name != "ones"})
    yield Whole("sum_to_size", flat, "terms", lambda f, x: f(x, (1, x.shape[1])))
    shaped = {
        name: (x[0][:, : 4 * (long // 4)].reshape(6, 4, -1),)
        for name, x in flat.items()
        if name not in ("ones", "mixed")
    }
    yield Whole("layer_norm rms_norm", shaped, call=lambda f, x: f(x, x.shape[-1:]))
    yield Whole("group_norm", shaped, call=lambda f, x: f(x, 2))
    yield Whole("instance_norm", shaped)
    yield Whole("batch_norm", shaped, call=lambda f, x: f(x, None, None, training=True))
    yield Whole("local_response_norm", shaped, call=lambda f, x: f(x, 3))
    products = {"normal": 1.0, "huge": 1e15, "tiny": 1e-15}

    def product(names: str, *shapes: tuple[int, ...], **settings: Any) -> Whole:
        kinds = {
            kind: tuple(size * normal(*one) for one in shapes) for kind, size in products.items()
        }
        kinds["positive"] = tuple(np.abs(normal(*one)) for one in shapes)
        return Whole(names, kinds, "terms", **settings)

    deep = max(long // 20, 8)
    yield product("matmul linalg.matmul mm", (7, deep), (deep, 5))
    yield product("matmul linalg.matmul bmm", (2, 7, deep), (2, deep, 5))
    yield product("mv matmul", (7, deep), (deep,))
    yield product("dot vdot inner linalg.vecdot", (long,), (long,))
    yield product("outer ger kron", (30,), (40,))
    yield Whole(
        "cross linalg.cross",
        {kind: (size * normal(100, 3), size * normal(100, 3)) for kind, size in products.items()},
    )
    yield product("addmm", (7, 5), (7, deep), (deep, 5))
    yield product("addmv", (7,), (7, deep), (deep,))
    yield product("addr", (7, 5), (7,), (5,))
    yield product("addbmm", (7, 5), (9, 7, deep), (9, deep, 5))
    yield product("baddbmm", (9, 7, 5), (9, 7, deep), (9, deep, 5))
    yield product("linear", (70, deep), (5, deep), (5,))
    yield product("einsum", (7, 4, deep), (deep, 5), call=lambda f, x, y: f("abk,kc->abc", x, y))
    yield product("tensordot", (7, 9, deep // 4), (9, deep // 4, 5))
    yield product("conv1d", (3, 4, deep), (5, 4, 7), (5,))
    yield product("conv2d", (3, 16, 20, 20), (5, 16, 3, 3), (5,))
    yield product("conv3d", (2, 4, 9, 9, 9), (5, 4, 3, 3, 3), (5,))
    yield product("conv_transpose1d", (3, 4, deep), (4, 5, 7), (5,))
    yield product("conv_transpose2d", (3, 16, 20, 20), (16, 5, 3, 3), (5,))
    yield product("conv_transpose3d", (2, 4, 9, 9, 9), (4, 5, 3, 3, 3), (5,))
    yield product("avg_pool2d", (3, 4, 64, 64), call=lambda f, x: f(x, 32))
    yield product("adaptive_avg_pool2d", (3, 4, 250, 250), call=lambda f, x: f(x, 1))
    yield product("trace", (1000, 1000))
    scores = {
        "normal": (3 * normal(500, 30),), "large": (40 * normal(500, 30),),
        "around 10⁴": (1e4 + normal(500, 30),),
    }  # fmt: skip
    labels = np.arange(500) % 30
    yield Whole("cross_entropy nll_loss", scores, call=lambda f, x: f(x, labels_of(x, labels)))
    for length in (500, deep):
        yield Whole(
            "scaled_dot_product_attention",
            {
                kind: tuple(size * normal(2, length, 8) for _ in range(3))
                for kind, size in (("normal", 1.0), ("large", 6.0))
            },
        )


def labels_of(like: Any, labels: np.ndarray) -> Any:
    """``labels`` as a Tensor of the library of ``like``."""
    if isinstance(like, at.Tensor):
        return at.tensor(labels)
    return like.new_tensor(labels).long()
