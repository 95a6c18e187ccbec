"""Functions that NumPy lacks."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor.kernels.special_functions import erf as erf_array
from autotensor.kernels.tails import gamma_shift
from tests.helpers import TOLERANCES, compare

POINTS = np.concatenate(
    [
        np.linspace(-7, 7, 20001),
        np.linspace(0.99, 1.01, 2001),
        np.logspace(-300, 0, 601),
        -np.logspace(-300, 0, 601),
    ]
)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_erf_is_right_to_the_last_digits(dtype: type) -> None:
    points = POINTS.astype(dtype)
    expected = np.array([math.erf(float(x)) for x in points])
    units = np.spacing(np.abs(expected).astype(dtype)).astype(np.float64)
    error = np.abs(erf_array(points).astype(np.float64) - expected) / units
    # The standard library's own last unit is in here.
    assert error.max() <= (3 if dtype is np.float64 else 2)


def test_erf_at_the_ends() -> None:
    ends = erf_array(np.array([0.0, -0.0, np.inf, -np.inf, 1e300, 6.5]))
    np.testing.assert_array_equal(ends, [0, 0, 1, -1, 1, 1])
    assert np.signbit(ends[1])
    assert np.isnan(at.erf(at.tensor(float("nan"))).item())
    assert erf_array(np.float64(0.5)).shape == ()


def test_erf_of_other_dtypes(torch: ModuleType) -> None:
    half = POINTS[::50].astype(np.float16)
    ours = at.erf(at.tensor(half))
    assert ours.dtype == at.float16
    np.testing.assert_allclose(
        ours.numpy().astype(float),
        torch.erf(torch.from_numpy(half)).numpy().astype(float),
        rtol=1e-3,
    )
    assert at.erf(at.tensor([1, 2])).dtype == at.float32


# -- digits, against what is not PyTorch -----------------------------------------------------------

EULER = 0.577215664901532861


def spread(low: float, high: float, count: int = 400) -> np.ndarray:
    return np.random.default_rng(0).uniform(low, high, count)


KNOWN: dict[str, tuple[Callable[[Any], Any], Callable[[float], float], np.ndarray]] = {
    "erfc": (at.erfc, math.erfc, np.concatenate([spread(-6, 26.5), spread(0.4, 0.6)])),
    # What erfc gives, times e^(x²) in two steps, so that neither is out of range.
    "erfcx": (
        at.special.erfcx,
        lambda x: math.erfc(x) * math.exp(x * x / 2) * math.exp(x * x / 2),
        spread(-5, 10),
    ),
    "ndtr": (at.special.ndtr, lambda x: 0.5 * math.erfc(-x * math.sqrt(0.5)), spread(-5, 8)),
    "ndtri": (at.special.ndtri, NormalDist().inv_cdf, spread(1e-3, 1)),
    "ndtri far out": (at.special.ndtri, NormalDist().inv_cdf, 10.0 ** spread(-300, -3)),
    "lgamma": (
        at.lgamma,
        math.lgamma,
        np.concatenate(
            [spread(0, 0.9), spread(2.2, 12), 10.0 ** spread(-300, 300), -np.arange(0.3, 12)]
        ),
    ),
    "lgamma by its zeros": (
        at.lgamma,
        # From Taylor's series at 1, and at 2, where it has another zero.
        lambda x: (
            (x - 1) * (-EULER + (x - 1) * math.pi**2 / 12)
            if x < 1.5
            else (x - 2) * (1 - EULER + (x - 2) * (math.pi**2 / 12 - 0.5))
        ),
        np.concatenate([1 + spread(-1e-8, 1e-8), 2 + spread(-1e-8, 1e-8)]),
    ),
    "digamma": (
        at.digamma,
        # At whole numbers it is a sum.
        lambda n: math.fsum([-EULER, *(1 / k for k in range(1, int(n)))]),
        np.arange(1.0, 60.0),
    ),
    "trigamma": (
        lambda x: at.polygamma(1, x),
        lambda n: math.fsum([math.pi**2 / 6, *(-1 / k**2 for k in range(1, int(n)))]),
        np.arange(1.0, 30.0),
    ),
    "polygamma 3": (
        lambda x: at.polygamma(3, x),
        lambda n: math.fsum([math.pi**4 / 15, *(-6 / k**4 for k in range(1, int(n)))]),
        np.arange(1.0, 4.0),
    ),
    "polygamma 2 below 0": (
        # At -n - 1/2: the value at 1/2, -14 ζ(3), and what recurrence adds.
        lambda x: at.polygamma(2, x),
        lambda x: math.fsum(
            [-14 * 1.2020569031595942, *(-2 / (k + 0.5) ** 3 for k in range(round(x - 0.5), 0))]
        ),
        -np.arange(0.5, 3.0),
    ),
    "zeta": (
        lambda q: at.special.zeta(at.tensor(2.0, dtype=at.float64), q),
        lambda n: math.fsum([math.pi**2 / 6, *(-1 / k**2 for k in range(1, int(n)))]),
        np.arange(1.0, 30.0),
    ),
    "i0": (
        at.i0,
        lambda x: math.fsum(((x / 2) ** k / math.factorial(k)) ** 2 for k in range(100)),
        spread(-40, 40, 100),
    ),
    "i1": (
        at.special.i1,
        lambda x: math.fsum(
            ((x / 2) ** k / math.factorial(k)) ** 2 * (x / 2) / (k + 1) for k in range(100)
        ),
        spread(-40, 40, 100),
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_right_to_the_last_digits(name: str) -> None:
    function, expected, points = KNOWN[name]
    found = function(at.tensor(points)).numpy()
    np.testing.assert_allclose(found, [expected(x) for x in points.tolist()], rtol=5e-14)
    single = function(at.tensor(points[:3]).float())
    assert single.dtype == at.float32


def test_inverses_undo() -> None:
    y = at.tensor(10.0 ** spread(-300, -0.4))
    np.testing.assert_allclose(at.special.ndtr(at.special.ndtri(y)), y, rtol=1e-12)
    x = at.tensor(np.concatenate([spread(-3, 3), spread(-1e-9, 1e-9)]))
    np.testing.assert_allclose(at.erfinv(at.erf(x)), x, rtol=1e-10)
    assert at.erfinv(at.tensor([-1.0, 1.0, 1.5])).tolist()[:2] == [-math.inf, math.inf]


# -- autotensor.special ----------------------------------------------------------------------------

NAMESPACE: dict[str, np.ndarray] = {
    "digamma": spread(20, 40, 9), "entr": np.array([0.0, 0.5, 2.0]), "erf": spread(-2, 2, 9),
    "erfc": spread(-2, 2, 9), "erfcx": spread(-4, 9, 9), "erfinv": spread(-0.9, 0.9, 9),
    "exp2": spread(-2, 2, 9), "expit": spread(-2, 2, 9), "expm1": spread(-2, 2, 9),
    "gammaln": spread(20, 40, 9), "i0": spread(-30, 30, 20), "i0e": spread(-30, 30, 20),
    "i1": spread(-30, 30, 20), "i1e": spread(-30, 30, 20), "log1p": spread(-0.5, 2, 9),
    "log_ndtr": spread(-30, 5, 20), "logit": spread(0.1, 0.9, 9), "ndtr": spread(-9, 9, 20),
    "ndtri": spread(0.01, 0.99, 20), "psi": spread(20, 40, 9), "round": spread(-3, 3, 9),
    "sinc": spread(-3, 3, 9),
}  # fmt: skip
SEVERAL: dict[str, Callable[[Any, Any], Any]] = {
    "gammainc": lambda special, x: special.gammainc(x[:3].detach(), x[3:6]),
    "gammaincc": lambda special, x: special.gammaincc(x[:3].detach(), x[3:6]),
    "log_softmax": lambda special, x: special.log_softmax(x, 0),
    "logsumexp": lambda special, x: special.logsumexp(x, 0),
    "multigammaln": lambda special, x: special.multigammaln(x + 20, 2),
    "polygamma": lambda special, x: special.polygamma(2, x),
    "softmax": lambda special, x: special.softmax(x, 0),
    "xlog1py": lambda special, x: special.xlog1py(x[:3], x[3:6]),
    "xlogy": lambda special, x: special.xlogy(x[:3], x[3:6]),
    "zeta": lambda special, x: special.zeta(x[:3].detach() + 1, x[3:6]),
}


def test_the_namespace_is_tried() -> None:
    assert set(at.special.__all__) == {*NAMESPACE, *SEVERAL}


@pytest.mark.parametrize("name", NAMESPACE)
def test_namespace_of_one_argument(torch: ModuleType, name: str) -> None:
    points = NAMESPACE[name]
    # PyTorch's own functions and derivatives are right to 13 digits here.
    compare(
        torch,
        lambda lib, x: getattr(lib.special, name)(x),
        points,
        order=0 if name == "entr" else 2,
        tolerance=1e-11,
    )
    tolerance = 2e-4 if name in ("ndtri", "log_ndtr") else None  # of PyTorch's float32
    compare(
        torch,
        lambda lib, x: getattr(lib.special, name)(x),
        points.astype(np.float32),
        order=0,
        tolerance=tolerance,
    )
    for dtype in ("int64", "bool", "float16"):
        few = np.array([0, 1]).astype(dtype)
        compare(
            torch,
            lambda lib, x: getattr(lib.special, name)(x),
            few,
            order=0,
            tolerance=TOLERANCES["float16"] if dtype == "float16" else None,
        )


@pytest.mark.parametrize("name", SEVERAL)
def test_namespace_of_more_arguments(torch: ModuleType, name: str) -> None:
    compare(torch, lambda lib, x: SEVERAL[name](lib.special, x), spread(0.3, 2, 6))


@pytest.mark.parametrize("name", ["entr", "erfcx", "i0e", "i1", "i1e", "log_ndtr", "ndtr", "ndtri"])
def test_derivatives_of_the_namespace(name: str) -> None:
    low, high = (0.1, 0.9) if name in ("entr", "ndtri") else (-2.0, 2.0)
    x = at.tensor(spread(low, high, 5)).requires_grad_()
    function = getattr(at.special, name)
    assert at.gradcheck(function, [x])
    assert at.gradgradcheck(function, [x])


def test_derivatives_of_every_order() -> None:
    """The third and fourth derivatives, of the one before by differences."""
    for function, at_0 in (
        # Odd orders vanish; sinc⁽⁴⁾(0) = π⁴/5, I₀⁽⁴⁾(0) = 3/8.
        (at.sinc, [1, 0, -(math.pi**2) / 3, 0, math.pi**4 / 5]),
        (at.i0, [1, 0, 0.5, 0, 0.375]),
        (at.special.i1, [0, 0.5, 0, 0.375, 0]),
    ):
        x = at.tensor(0.0, dtype=at.float64, requires_grad=True)
        y = function(x)
        for expected in at_0:
            assert y.item() == pytest.approx(expected, abs=1e-14)
            (y,) = at.grad(y, x, create_graph=True)


SHAPES = at.tensor([0.02, 0.4, 1.0, 2.5, 30.0, 300.0], dtype=at.float64)


@pytest.mark.parametrize("name", ["gammainc", "gammaincc"])
def test_derivatives_of_the_incomplete_gamma_functions(name: str) -> None:
    function = getattr(at.special, name)
    for factor in (0.6, 1.0, 1.5):
        a, z = SHAPES.clone().requires_grad_(), (SHAPES * factor).requires_grad_()
        assert at.gradcheck(function, [a, z])
        assert at.gradgradcheck(lambda z: function(SHAPES, z), [z])
    slope = at.grad(function(a, z).sum(), a, create_graph=True)[0]
    with pytest.raises(NotImplementedError, match="gammainc: there is no second derivative"):
        slope.sum().backward()


def test_ends_of_the_incomplete_gamma_functions(torch: ModuleType) -> None:
    edges = np.array([0.0, 0.5, 3.0, 150.0, np.inf, np.nan, -1.0])
    a, z = (one.ravel().copy() for one in np.meshgrid(edges, edges))
    # PyTorch gives 0 or 1 for NaN, too, where the other one is at an end.
    clear = ~((a == z) & ~np.isfinite(a)) & ~((a == 0) & (z == 0)) & ~np.isnan(a + z)
    for name in ("gammainc", "gammaincc"):
        ours = getattr(at.special, name)(at.tensor(a), at.tensor(z)).numpy()
        theirs = getattr(torch.special, name)(torch.tensor(a), torch.tensor(z)).numpy()
        # PyTorch's of large shapes has 10 digits.
        np.testing.assert_allclose(ours[clear], theirs[clear], rtol=1e-9, err_msg=name)
        assert np.isnan(ours[np.isnan(a + z)]).all()


@pytest.mark.parametrize("wide", [at.float32, at.float64])
def test_the_second_derivative_of_log_ndtr_far_on_the_left(wide: at.dtype) -> None:
    """With t = -x the first is t + 1/t - 2/t³ …, the second -1 + 1/t² - 6/t⁴ + 50/t⁶ …."""
    for t in (100.0, 1e4, 1e6, 1e8, 1e15):
        x = at.tensor(-t, dtype=wide, requires_grad=True)
        (slope,) = at.grad(at.special.log_ndtr(x), x, create_graph=True)
        (bend,) = at.grad(slope, x)
        rounding = 4 * at.finfo(wide).eps
        assert slope.item() == pytest.approx(t + 1 / t - 2 / t**3 + 10 / t**5, rel=rounding)
        assert bend.item() == pytest.approx(-1 + 1 / t**2 - 6 / t**4 + 50 / t**6, rel=rounding)
    x = at.tensor([-3.5, -3.0, -2.5, 0.0, 2.0], dtype=at.float64, requires_grad=True)
    assert at.gradgradcheck(at.special.log_ndtr, x)


def test_bessel_functions_of_the_largest_numbers() -> None:
    """``e^-x Iₙ(x)`` is nearly 1 / √(2πx), and its derivative rounds to 0."""
    most = float(np.finfo(np.float64).max)
    x = at.tensor([most, -most], dtype=at.float64, requires_grad=True)
    assert at.i0(x).tolist() == [math.inf, math.inf]
    assert at.special.i1(x).tolist() == [math.inf, -math.inf]
    for function, sign in ((at.special.i0e, 1), (at.special.i1e, -1)):
        found = function(x)
        expected = np.array([1, sign]) / math.sqrt(2 * math.pi) / math.sqrt(most)
        np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-15)
        assert at.grad(found.sum(), x)[0].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("a", "away", "lower", "upper"),
    [
        (2.0**20, 0, 0.50012986402425621759, 0.49987013597574378241),
        (2.0**20, -4, 0.000031022568838399902465, 0.9999689774311616),
        (2.0**20, 4, 0.9999676704703619923, 0.000032329529638007703923),
        (2.0**40, 0, 0.5000001268203355158, 0.4999998731796644842),
        (2.0**40, -8, 6.2199488243137956989e-16, 0.99999999999999937801),
        (2.0**40, 8, 0.9999999999999993778, 6.2219724772130983027e-16),
        (2.0**52, 1, 0.84134474606854295754, 0.15865525393145704246),
        (2.0**52, -1, 0.15865525393145704246, 0.84134474606854295754),
        (2.0**1000, 0, 0.5, 0.5),
        (2.0**1000, -1e300, 0.0, 1.0),
        (2.0**20, 2.0**20, 1.0, 0.0),
    ],
)
def test_incomplete_gamma_functions_of_many(
    a: float, away: float, lower: float, upper: float
) -> None:
    """At so many standard deviations from the middle; integrals with 60 digits."""
    both = (at.tensor(one, dtype=at.float64) for one in (a, max(a + away * math.sqrt(a), 0)))
    shape, z = both
    assert at.special.gammainc(shape, z).item() == pytest.approx(lower, rel=2e-14)
    assert at.special.gammaincc(shape, z).item() == pytest.approx(upper, rel=2e-14)


@pytest.mark.parametrize("count", [2.0**10, 2.0**40, 2.0**50])
def test_the_slope_of_an_incomplete_gamma_function_of_many(count: float) -> None:
    """The density at ``z = a + u √a``, by series in 1/√a: the normal one, whose height is 1/√(2πa),
    times ``e^(-u³/(6√a) …)``; at z = a exactly ``e^(-1/(12 a)) / √(2πa)`` but for terms in 1/a³."""
    a, z = (at.tensor(count, dtype=at.float64, requires_grad=True) for _ in range(2))
    for function, sign in ((at.special.gammainc, 1), (at.special.gammaincc, -1)):
        (slope,) = at.grad(function(a, z), z, create_graph=True)
        height = math.exp(-1 / (12 * count) + 1 / (360 * count**3)) / math.sqrt(2 * math.pi * count)
        assert slope.item() == pytest.approx(sign * height, rel=1e-14)
        (bend,) = at.grad(slope, z, create_graph=True)
        assert bend.item() == pytest.approx(-sign * height / count, rel=1e-13)
        single = (at.tensor(count, dtype=at.float32, requires_grad=True) for _ in range(2))
        a_single, z_single = single
        (slope,) = at.grad(function(a_single, z_single), z_single)
        assert slope.item() == pytest.approx(sign * height, rel=1e-6)
    end = at.tensor(math.inf, requires_grad=True)
    assert at.grad(at.special.gammainc(at.tensor(3.0), end), end)[0] == 0


@pytest.mark.parametrize(
    ("count", "away", "slope"),
    [
        (2.0**20, -4, -1.28241772398266824e-7),
        (2.0**40, 0, -3.80461006547415652e-7),
        (2.0**40, 4, -1.27632802297853844e-10),
        (2.0**50, -1, -7.21128957632258391e-9),
    ],
)
def test_how_large_shapes_move_their_tails(count: float, away: float, slope: float) -> None:
    """Differences of integrals with 60 digits; a quantile moves by the slope over the density."""
    z = at.tensor(count + away * math.sqrt(count), dtype=at.float64, requires_grad=True)
    a = at.tensor(count, dtype=at.float64, requires_grad=True)
    by_a, density = at.grad(at.special.gammainc(a, z), (a, z))
    assert by_a.item() == pytest.approx(slope, rel=2e-14)
    assert at.grad(at.special.gammaincc(a, z), a)[0].item() == pytest.approx(-slope, rel=2e-14)
    shift = gamma_shift(np.array(count), z.detach().numpy())
    assert shift == pytest.approx(-slope / density.item(), rel=2e-14)


def test_zeta_has_no_derivative_by_its_first_argument() -> None:
    s = at.tensor([2.0, 3.0], requires_grad=True)
    with pytest.raises(NotImplementedError, match="zeta: there is no derivative by input"):
        at.special.zeta(s, at.ones(2)).sum().backward()


@pytest.mark.parametrize("name", ["lgamma", "digamma", "i0", "erfinv", "erfc", "sinc"])
def test_poles_and_ends(torch: ModuleType, name: str) -> None:
    points = np.array([0.0, -0.0, -1.0, 1.0, np.inf, np.nan])
    compare(torch, lambda lib, x: getattr(lib, name)(x), points, order=0)


def test_refused() -> None:
    x = at.ones(2)
    with pytest.raises(RuntimeError, match="polygamma: n must not be negative"):
        at.polygamma(-1, x)
    with pytest.raises(TypeError, match="polygamma: n must be an int"):
        at.polygamma(1.5, x)
    with pytest.raises(RuntimeError, match="mvlgamma: p must be at least 1"):
        at.mvlgamma(x, 0)
    with pytest.raises(TypeError, match="sinc: input must be a Tensor"):
        at.sinc([1.0])
