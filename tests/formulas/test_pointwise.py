"""Elementwise operators, one element at a time with Python's own numbers and its math module."""

from __future__ import annotations

import itertools
import math
import operator
import struct
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autotensor as at

INF, NAN = math.inf, math.nan
SPREAD = [-7.5, -2.5, -1.75, -1.0, -0.5, -0.1, 0.3, 0.5, 1.0, 1.5, 2.5, 3.25, 7.0]
SMALL = [-0.99, -0.6, -0.1, 0.01, 0.4, 0.95]
POSITIVE = [0.01, 0.3, 1.0, 1.5, 20.0]
ABOVE_1 = [1.0, 1.25, 3.0, 40.0]
PAIRS = list(itertools.product(SPREAD, SPREAD))


def double(values: Any) -> at.Tensor:
    return at.tensor(values, dtype=at.float64)


def same(found: at.Tensor, expected: Any, atol: float = 1e-15) -> None:
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-13, atol=atol)


def both(pairs: list[Any] = PAIRS) -> tuple[at.Tensor, ...]:
    return tuple(double(one) for one in zip(*pairs, strict=True))


# -- one argument ----------------------------------------------------------------------------------


OF_ONE: dict[str, tuple[Callable[[float], float], list[float]]] = {
    "abs": (abs, SPREAD),
    "acos": (math.acos, SMALL),
    "acosh": (math.acosh, ABOVE_1),
    "angle": (lambda x: math.pi if x < 0 else 0.0, SPREAD),
    "asin": (math.asin, SMALL),
    "asinh": (math.asinh, SPREAD),
    "atan": (math.atan, SPREAD),
    "atanh": (math.atanh, SMALL),
    "ceil": (math.ceil, SPREAD),
    "cos": (math.cos, SPREAD),
    "cosh": (math.cosh, SPREAD),
    "deg2rad": (lambda x: x / 180 * math.pi, SPREAD),
    "exp": (math.exp, SPREAD),
    "exp2": (lambda x: 2.0**x, SPREAD),
    "expm1": (math.expm1, [*SPREAD, 1e-12, -1e-12]),
    "floor": (math.floor, SPREAD),
    "frac": (lambda x: x - math.trunc(x), SPREAD),
    "log": (math.log, POSITIVE),
    "log10": (math.log10, POSITIVE),
    "log1p": (math.log1p, [*SMALL, 1e-12, -1e-12]),
    "log2": (math.log2, POSITIVE),
    "logit": (lambda x: math.log(x) - math.log1p(-x), [0.01, 0.3, 0.5, 0.9]),
    "neg": (operator.neg, SPREAD),
    "positive": (float, SPREAD),
    "rad2deg": (lambda x: x / math.pi * 180, SPREAD),
    "reciprocal": (lambda x: 1 / x, SPREAD),
    "relu": (lambda x: max(x, 0.0), SPREAD),
    "round": (round, [*SPREAD, 0.0, 3.5, 4.5]),  # halves to even, as Python does
    "rsqrt": (lambda x: 1 / math.sqrt(x), POSITIVE),
    "sigmoid": (lambda x: 1 / (1 + math.exp(-x)), [*SPREAD, -40.0, 40.0]),
    "sign": (lambda x: (x > 0) - (x < 0), [*SPREAD, 0.0]),
    "signbit": (lambda x: math.copysign(1, x) < 0, [*SPREAD, 0.0, -0.0]),
    "sin": (math.sin, SPREAD),
    "sinh": (math.sinh, SPREAD),
    "sqrt": (math.sqrt, POSITIVE),
    "square": (lambda x: x * x, SPREAD),
    "tan": (math.tan, SPREAD),
    "tanh": (math.tanh, SPREAD),
    "trunc": (math.trunc, SPREAD),
}


@pytest.mark.parametrize("name", OF_ONE)
def test_of_one(name: str) -> None:
    plain, values = OF_ONE[name]
    same(getattr(at, name)(double(values)), [plain(x) for x in values], atol=0)


@pytest.mark.parametrize("decimals", [-2, -1, 0, 1, 2])
def test_rounding_to_decimals_takes_halves_to_even(decimals: int) -> None:
    # Halves that are exact in binary at each of these places.
    values = [125.0, 135.0, -45.0, 250.0, 350.0, 0.5, 1.5, 0.25, 0.75, -0.125, 0.375, 7.3, 81.67]
    expected = [float(round(x, decimals)) for x in values]
    same(at.round(double(values), decimals=decimals), expected)
    same(at.special.round(double(values), decimals=decimals), expected)


def test_mantissas_and_exponents() -> None:
    values = [*SPREAD, 0.0, 1e300, -5e-324]
    mantissa, exponent = at.frexp(double(values))
    expected = [math.frexp(x) for x in values]
    assert mantissa.tolist() == [one[0] for one in expected]
    assert exponent.tolist() == [one[1] for one in expected]
    assert exponent.dtype == at.int32
    x, y = at.ldexp(double(SPREAD), double([5.0])), at.ldexp(double(SPREAD), double([-3.0]))
    assert x.tolist() == [math.ldexp(one, 5) for one in SPREAD]
    assert y.tolist() == [math.ldexp(one, -3) for one in SPREAD]


def test_tests_of_single_elements() -> None:
    x = double([1.0, NAN, INF, -INF, 0.0])
    assert at.isnan(x).tolist() == [False, True, False, False, False]
    assert at.isinf(x).tolist() == [False, False, True, True, False]
    assert at.isposinf(x).tolist() == [False, False, True, False, False]
    assert at.isneginf(x).tolist() == [False, False, False, True, False]
    assert at.isfinite(x).tolist() == [True, False, False, False, True]
    assert at.isreal(x).tolist() == [True] * 5


def test_what_replaces_nan_and_infinities() -> None:
    x, most = double([NAN, INF, -INF, 2.0]), float(np.finfo(np.float64).max)
    assert at.nan_to_num(x).tolist() == [0.0, most, -most, 2.0]
    assert at.nan_to_num(x, 7.0).tolist() == [7.0, most, -most, 2.0]
    assert at.nan_to_num(x, posinf=5.0, neginf=-6.0).tolist() == [0.0, 5.0, -6.0, 2.0]


# -- two arguments ---------------------------------------------------------------------------------


def remainder(x: float, y: float) -> float:
    """With the sign of y, as Python's."""
    return x % y


OF_TWO: dict[str, Callable[[float, float], Any]] = {
    "add": operator.add,
    "atan2": math.atan2,
    "copysign": math.copysign,
    "div": operator.truediv,
    "eq": operator.eq,
    "floor_divide": operator.floordiv,
    "fmax": max,
    "fmin": min,
    "fmod": math.fmod,  # with the sign of x
    "ge": operator.ge,
    "gt": operator.gt,
    "hypot": math.hypot,
    "le": operator.le,
    "logaddexp": lambda x, y: math.log(math.exp(x) + math.exp(y)),
    "logaddexp2": lambda x, y: math.log2(2**x + 2**y),
    "logical_and": lambda x, y: bool(x) and bool(y),
    "logical_or": lambda x, y: bool(x) or bool(y),
    "logical_xor": lambda x, y: bool(x) != bool(y),
    "lt": operator.lt,
    "maximum": max,
    "minimum": min,
    "mul": operator.mul,
    "ne": operator.ne,
    "nextafter": math.nextafter,
    "remainder": remainder,
    "sub": operator.sub,
}


@pytest.mark.parametrize("name", OF_TWO)
def test_of_two(name: str) -> None:
    pairs = [*PAIRS, (0.0, 1.0), (0.0, -1.0)]
    x, y = both(pairs)
    same(getattr(at, name)(x, y), [OF_TWO[name](a, b) for a, b in pairs])


@pytest.mark.parametrize(
    ("symbol", "plain"),
    [
        (operator.mod, remainder),
        (operator.floordiv, operator.floordiv),
        (operator.truediv, operator.truediv),
        (operator.sub, operator.sub),
    ],
)
def test_python_s_operators_in_both_orders(symbol: Any, plain: Any) -> None:
    x = double(SPREAD)
    for number in (2.0, -3.0):
        same(symbol(x, number), [plain(a, number) for a in SPREAD])
        same(symbol(number, x), [plain(number, a) for a in SPREAD])


def test_truth_values_count_0_alone_as_false() -> None:
    x, y = double([0.0, 0.0, 2.0, -1.0]), double([0.0, 3.0, 0.0, 5.0])
    assert at.logical_and(x, y).tolist() == [False, False, False, True]
    assert at.logical_or(x, y).tolist() == [False, True, True, True]
    assert at.logical_xor(x, y).tolist() == [False, True, True, False]
    assert at.logical_not(x).tolist() == [True, True, False, False]


@pytest.mark.parametrize("name", ["maximum", "minimum", "fmax", "fmin"])
def test_nan_wins_or_loses(name: str) -> None:
    x, y = double([NAN, 1.0, NAN]), double([1.0, NAN, NAN])
    expected = [NAN] * 3 if name.endswith("imum") else [1.0, 1.0, NAN]
    np.testing.assert_array_equal(getattr(at, name)(x, y).numpy(), expected)


INTEGERS = [-7, -4, -1, 2, 3, 8]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("bitwise_and", operator.and_),
        ("bitwise_or", operator.or_),
        ("bitwise_xor", operator.xor),
        ("floor_divide", operator.floordiv),
        ("fmod", lambda x, y: x - y * math.trunc(x / y)),
        ("gcd", math.gcd),
        ("lcm", math.lcm),
        ("remainder", operator.mod),
    ],
)
def test_integers(name: str, plain: Callable[[int, int], int]) -> None:
    pairs = list(itertools.product(INTEGERS, INTEGERS))
    x, y = (at.tensor(one) for one in zip(*pairs, strict=True))
    found = getattr(at, name)(x, y)
    assert found.tolist() == [plain(a, b) for a, b in pairs]
    assert found.dtype == at.int64


def test_shifts_and_turned_bits() -> None:
    x = at.tensor(INTEGERS)
    assert at.bitwise_left_shift(x, 2).tolist() == (x << 2).tolist() == [n << 2 for n in INTEGERS]
    assert at.bitwise_right_shift(x, 1).tolist() == (x >> 1).tolist() == [n >> 1 for n in INTEGERS]
    assert at.bitwise_not(x).tolist() == [~n for n in INTEGERS]
    assert at.bitwise_not(at.tensor([True, False])).tolist() == [False, True]


@pytest.mark.parametrize("mode", [None, "floor", "trunc"])
def test_quotients_are_rounded_as_asked(mode: str | None) -> None:
    of: Callable[[float, float], float] = {
        None: operator.truediv,
        "floor": operator.floordiv,
        "trunc": lambda a, b: math.trunc(a / b),
    }[mode]
    x, y = both()
    same(at.div(x, y, rounding_mode=mode), [of(a, b) for a, b in PAIRS])
    pairs = list(itertools.product(INTEGERS, INTEGERS))
    x, y = (at.tensor(one) for one in zip(*pairs, strict=True))
    found = at.div(x, y, rounding_mode=mode)
    np.testing.assert_allclose(found.numpy(), [of(a, b) for a, b in pairs], rtol=1e-6)
    assert found.dtype == (at.float32 if mode is None else at.int64)


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("exponent", [0, 0.0, [0.0, 0.0, 0.0]])
def test_a_constant_power_has_the_gradient_zero_whatever_comes_back(
    exponent: Any, create_graph: bool
) -> None:
    x = at.tensor([2.0, 0.0, math.inf], requires_grad=True)
    power = x ** (at.tensor(exponent) if isinstance(exponent, list) else exponent)
    given = at.tensor([math.inf, math.nan, 1.0])
    (slope,) = at.autograd.grad(power, x, given, create_graph=create_graph)
    assert slope.tolist() == [0, 0, 0]


def test_powers() -> None:
    pairs = [(x, y) for x in POSITIVE for y in (-2.0, -0.5, 0.0, 0.5, 2.0, 3.0)]
    x, y = both(pairs)
    same(at.pow(x, y), [a**b for a, b in pairs])
    same(2 ** double(SPREAD), [2**b for b in SPREAD])
    for exponent in (0, 1, 2, 3, -1, 0.5):
        same(double(POSITIVE) ** exponent, [a**exponent for a in POSITIVE])
    assert (at.tensor([2, -3]) ** 3).tolist() == [8, -27]
    raised = at.float_power(at.tensor([2, 3]), -2)
    same(raised, [2.0**-2, 3.0**-2])
    assert raised.dtype == at.float64


def test_steps_at_0() -> None:
    found = at.heaviside(double([-2.0, 0.0, 3.0, 0.0]), double([5.0, 5.0, 5.0, -1.0]))
    assert found.tolist() == [0.0, 5.0, 1.0, -1.0]


# -- three arguments -------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [None, 0.5, -3])
def test_sums_with_a_factor(factor: float | None) -> None:
    k = 1 if factor is None else factor
    alpha, value = ({} if factor is None else {name: factor} for name in ("alpha", "value"))
    x, y = both()
    same(at.add(x, y, **alpha), [a + k * b for a, b in PAIRS])
    same(at.sub(x, y, **alpha), [a - k * b for a, b in PAIRS])
    same(at.rsub(x, y, **alpha), [b - k * a for a, b in PAIRS])
    z = y + 0.25
    same(at.addcmul(x, y, z, **value), [a + k * b * (b + 0.25) for a, b in PAIRS])
    same(at.addcdiv(x, y, z, **value), [a + k * b / (b + 0.25) for a, b in PAIRS])


@pytest.mark.parametrize("weight", [0.0, 0.25, 0.5, 0.75, 1.0, 2.0, -1.0])
def test_on_the_way_from_one_to_another(weight: float) -> None:
    x, y = both()
    expected = [a + weight * (b - a) for a, b in PAIRS]
    np.testing.assert_allclose(at.lerp(x, y, weight).numpy(), expected, rtol=1e-12, atol=1e-14)
    found = at.lerp(x, y, at.full_like(x, weight))
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12, atol=1e-14)


def test_bounds() -> None:
    x = double(SPREAD)
    same(at.clamp(x, -1.0, 2.5), [min(max(a, -1.0), 2.5) for a in SPREAD])
    same(at.clamp(x, max=0.5), [min(a, 0.5) for a in SPREAD])
    same(at.clamp_min(x, -0.5), [max(a, -0.5) for a in SPREAD])
    same(at.clamp_max(x, -0.5), [min(a, -0.5) for a in SPREAD])
    same(at.clamp(x, 2.0, 1.0), [1.0] * len(SPREAD))  # the upper bound has the last word
    low, high = double([0.0] * 13), double([1.0] * 13)
    same(at.clip(x, low, high), [min(max(a, 0.0), 1.0) for a in SPREAD])
    same(at.where(x > 0, x, -1.0), [a if a > 0 else -1.0 for a in SPREAD])


@pytest.mark.parametrize("settings", [{}, {"rtol": 0.1}, {"atol": 0.5}, {"rtol": 0.0, "atol": 0.0}])
def test_what_is_close_counts_the_second_for_the_relative_part(settings: dict[str, float]) -> None:
    rtol, atol = settings.get("rtol", 1e-5), settings.get("atol", 1e-8)
    steps = (0.0, 5e-9, 2e-8, 9e-6, 1.1e-5, 0.09, 0.105, 0.49, 0.51)
    pairs = [(y * (1 + r) + r, y) for y in (0.0, 1.0, -3.0) for r in steps]
    pairs += [(1.0, 1.105), (1.105, 1.0), (INF, INF), (INF, -INF), (INF, 1.0), (NAN, NAN)]

    def near(x: float, y: float) -> bool:
        return x == y or (math.isfinite(x) and abs(x - y) <= atol + rtol * abs(y))

    x, y = both(pairs)
    expected = [near(a, b) for a, b in pairs]
    assert at.isclose(x, y, **settings).tolist() == expected
    assert at.isclose(x, y, **settings, equal_nan=True).tolist() == [*expected[:-1], True]
    assert at.allclose(x[:1], y[:1], **settings)
    assert not at.allclose(x, y, **settings)


def test_isclose_of_integers_is_exact_and_nothing_finite_is_close_to_infinity() -> None:
    large = 2**53
    x, y = at.tensor([large, large, -large]), at.tensor([large + 1, large, large])
    assert at.isclose(x, y, rtol=0, atol=0.5).tolist() == [False, True, False]
    assert at.isclose(x, y, rtol=0, atol=1).tolist() == [True, True, False]
    x, y = at.tensor([math.inf, 1.0, -1e9]), at.tensor([1.0, math.inf, 1e9])
    assert at.isclose(x, y, rtol=0, atol=math.inf).tolist() == [False, False, True]


# -- special functions -----------------------------------------------------------------------------


def bessel(n: int, x: float) -> float:
    """The power series, until its terms no longer count."""
    terms = [(x / 2) ** n / math.factorial(n)]
    for k in range(1, 120):
        terms.append(terms[-1] * (x / 2) ** 2 / (k * (k + n)))
    return math.fsum(terms)


def zeta(s: float, x: float) -> float:
    """The first terms, and Euler and Maclaurin's formula for the rest."""
    far = x + 20
    rest = far ** (1 - s) / (s - 1) + far**-s / 2
    rising = s * far ** (-s - 1)
    for k, bernoulli in enumerate((1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66), 1):
        rest += bernoulli / math.factorial(2 * k) * rising
        rising *= (s + 2 * k - 1) * (s + 2 * k) / far**2
    return math.fsum((x + k) ** -s for k in range(20)) + rest


def digamma(x: float) -> float:
    """By its recurrence and the asymptotic series."""
    below = 0.0
    while x < 15:
        below, x = below + 1 / x, x + 1
    parts = ((1 / 12, 2), (-1 / 120, 4), (1 / 252, 6), (-1 / 240, 8), (1 / 132, 10))
    return math.log(x) - 1 / (2 * x) - sum(c / x**k for c, k in parts) - below


ARGUMENTS = [-3.0, -1.2, -0.4, 0.05, 0.7, 1.0, 2.5, 4.0]
SPECIAL: dict[str, tuple[Callable[[float], float], list[float]]] = {
    "digamma": (digamma, [0.05, 0.7, 1.0, 2.5, 30.0]),
    "entr": (lambda x: -x * math.log(x), POSITIVE),
    "erf": (math.erf, ARGUMENTS),
    "erfc": (math.erfc, [*ARGUMENTS, 9.0]),
    "erfcx": (lambda x: math.exp(x * x) * math.erfc(x), ARGUMENTS),
    "exp2": (lambda x: 2.0**x, ARGUMENTS),
    "expit": (lambda x: 1 / (1 + math.exp(-x)), ARGUMENTS),
    "expm1": (math.expm1, ARGUMENTS),
    "gammaln": (math.lgamma, [-2.5, -0.3, *POSITIVE]),
    "i0": (lambda x: bessel(0, x), [*ARGUMENTS, 12.0, -35.0]),
    "i0e": (lambda x: math.exp(-abs(x)) * bessel(0, x), [*ARGUMENTS, 12.0, -35.0]),
    "i1": (lambda x: bessel(1, x), [*ARGUMENTS, 12.0, -35.0]),
    "i1e": (lambda x: math.exp(-abs(x)) * bessel(1, x), [*ARGUMENTS, 12.0, -35.0]),
    "log1p": (math.log1p, [-0.9, 0.0, 3.0]),
    "log_ndtr": (lambda x: math.log(math.erfc(-x / math.sqrt(2)) / 2), ARGUMENTS),
    "ndtr": (lambda x: math.erfc(-x / math.sqrt(2)) / 2, ARGUMENTS),
    "psi": (digamma, [0.05, 1.0, 2.5]),
    "sinc": (lambda x: math.sin(math.pi * x) / (math.pi * x), [-2.0, -0.5, 0.1, 1.5]),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_special_functions(name: str) -> None:
    plain, values = SPECIAL[name]
    found = getattr(at.special, name)(double(values))
    np.testing.assert_allclose(found.numpy(), list(map(plain, values)), rtol=2e-12, atol=1e-14)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_derivatives_of_the_gamma_function(n: int) -> None:
    x = [0.3, 1.0, 2.5, 10.0]
    # ψ⁽ⁿ⁾(x) = (-1)ⁿ⁺¹ n! ζ(n + 1, x)
    expected = [
        digamma(one) if n == 0 else (-1) ** (n + 1) * math.factorial(n) * zeta(n + 1, one)
        for one in x
    ]
    for found in (at.polygamma(n, double(x)), at.special.polygamma(n, double(x))):
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("power", [20, 23, 24, 25, 26, 60, 171, 172, 200])
def test_zeta_of_a_high_power_is_the_sum_of_its_terms(power: int) -> None:
    """Each exactly, as a fraction; far out they no longer count."""
    for x in (-20.5, -7.25, -1.5, -1.4375, -0.5, -0.3125, 0.5, 1.75, 12.0):
        exact = sum(1 / (Fraction(x) + k) ** power for k in range(120))
        found = at.special.zeta(double(float(power)), double(x)).item()
        assert found == pytest.approx(float(exact), rel=1e-12, abs=0)
        whole = (-1) ** power * math.factorial(power - 1) * exact
        expected = float(whole) if abs(whole) < 1.7e308 else INF if whole > 0 else -INF
        found = at.polygamma(power - 1, double(x)).item()
        assert found == pytest.approx(expected, rel=1e-12, abs=0)
    assert math.isnan(at.polygamma(300, double(1e3)).item())  # 300! times less than a double holds


def test_zeta() -> None:
    pairs = [(s, x) for s in (1.5, 2.0, 4.0) for x in (0.5, 1.0, 7.0)]
    s, x = both(pairs)
    found = at.special.zeta(s, x)
    np.testing.assert_allclose(found.numpy(), [zeta(*pair) for pair in pairs], rtol=1e-12)
    assert at.special.zeta(double(2.0), double(1.0)).item() == pytest.approx(math.pi**2 / 6)


def test_the_incomplete_gamma_functions() -> None:
    """Of whole shapes a sum, ``Q(n, z) = e^-z Σ zᵏ/k!`` over k < n; of 1/2 the error function."""
    pairs = [(float(n), z) for n in (1, 2, 5, 40, 160) for z in (0.1, 0.7, 4.0, 39.0, 161.0, 300.0)]
    upper = [
        math.fsum(math.exp(k * math.log(z) - z - math.lgamma(k + 1)) for k in range(int(n)))
        for n, z in pairs
    ]
    lower = [
        math.fsum(
            math.exp(k * math.log(z) - z - math.lgamma(k + 1)) for k in range(int(n), int(n) + 900)
        )
        for n, z in pairs
    ]
    n, z = both(pairs)
    np.testing.assert_allclose(at.special.gammaincc(n, z).numpy(), upper, rtol=2e-12)
    np.testing.assert_allclose(at.special.gammainc(n, z).numpy(), lower, rtol=2e-12)
    half = [1e-6, 0.3, 1.4, 1.6, 9.0]
    found = at.special.gammainc(double(0.5), double(half))
    np.testing.assert_allclose(found.numpy(), [math.erf(math.sqrt(x)) for x in half], rtol=1e-14)
    found = at.special.gammaincc(double(0.5), double(half))
    np.testing.assert_allclose(found.numpy(), [math.erfc(math.sqrt(x)) for x in half], rtol=1e-14)


@pytest.mark.parametrize("p", [1, 2, 3])
def test_the_gamma_function_of_several_dimensions(p: int) -> None:
    x = [1.5, 2.0, 7.25]
    expected = [
        p * (p - 1) / 4 * math.log(math.pi) + sum(math.lgamma(one - j / 2) for j in range(p))
        for one in x
    ]
    same(at.mvlgamma(double(x), p), expected)
    same(at.special.multigammaln(double(x), p), expected)


def test_inverses_undo() -> None:
    y = [-0.999, -0.5, 0.0, 1e-9, 0.3, 0.9999]
    back = [math.erf(one) for one in at.special.erfinv(double(y)).tolist()]
    np.testing.assert_allclose(back, y, rtol=1e-13)
    p = [1e-8, 0.02, 0.5, 0.8, 0.999]
    points = at.special.ndtri(double(p)).tolist()
    np.testing.assert_allclose([math.erfc(-x / math.sqrt(2)) / 2 for x in points], p, rtol=1e-12)
    odds = at.special.logit(double(p)).tolist()
    np.testing.assert_allclose([1 / (1 + math.exp(-x)) for x in odds], p, rtol=1e-12)
    same(at.logit(double([0.0, 0.5, 1.0]), 0.1), [math.log(1 / 9), 0.0, math.log(9)])


def test_logarithms_times_0_are_0() -> None:
    x, y = double([0.0, 0.0, 2.0, 2.0, 0.0]), double([0.0, 3.0, 3.0, 0.5, NAN])
    for found, expected in (
        (at.xlogy(x, y), [0, 0, 2 * math.log(3), 2 * math.log(0.5), NAN]),
        (at.special.xlogy(x, 2.0), [0, 0, 2 * math.log(2), 2 * math.log(2), 0]),
        (at.special.xlog1py(x, y), [0, 0, 2 * math.log(4), 2 * math.log(1.5), NAN]),
    ):
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-13)
    assert at.special.entr(double([0.0, -1.0, 1.0])).tolist() == [0, -INF, 0]
    assert at.sinc(double([0.0, 1.0, 2.0])).numpy() == pytest.approx([1, 0, 0], abs=1e-15)


def test_bits_of_the_next_number() -> None:
    up = at.nextafter(at.tensor([1.0]), at.tensor([2.0])).item()
    assert struct.pack(">f", up).hex() == "3f800001"


def test_the_incomplete_gamma_functions_in_place() -> None:
    for name, expected in (("igamma_", 1 - math.exp(-2)), ("igammac_", math.exp(-2))):
        x = double([1.0])
        assert getattr(x, name)(double([2.0])) is x
        assert x.item() == pytest.approx(expected, rel=1e-14)
