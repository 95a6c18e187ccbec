"""What is not about gradients, against PyTorch: dtypes, NaN and infinity, refusals."""

from __future__ import annotations

import itertools
import operator
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
from tests.autotensor.cases.elementwise import BINARY, NOT_DIFFERENTIABLE, UNARY
from tests.helpers import REFUSALS, array_of, attempt, compare

DTYPES = ["float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"]
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -2.5, np.inf, -np.inf, np.nan, 1e30, -1e-30])
COMPARISONS = [
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "not_equal",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
]
LOGICAL = ["logical_and", "logical_or", "logical_xor"]
BITWISE = ["bitwise_and", "bitwise_or", "bitwise_xor"]
INTEGERS = ["bitwise_left_shift", "bitwise_right_shift", "gcd", "lcm"]


# -- dtypes ----------------------------------------------------------------------------------------


def sample(dtype: str, shape: tuple[int, ...] = (3,)) -> np.ndarray:
    return np.asarray(np.arange(1, 1 + int(np.prod(shape))).reshape(shape)).astype(dtype)


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "==": operator.eq,
    "<": operator.lt,
    "&": operator.and_,
    "^": operator.xor,
}


@pytest.mark.parametrize("sign", ARITHMETIC)
@pytest.mark.parametrize("shapes", [((3,), (3,)), ((3,), ()), ((), (3,)), ((), ())], ids=str)
def test_promotion_of_two_tensors(torch: ModuleType, sign: str, shapes: Any) -> None:
    for left, right in itertools.product(DTYPES, DTYPES):
        if sign == "-" and "bool" in (left, right):
            continue  # refused there; here NumPy's rules hold, and it refuses two bools
        compare(
            torch,
            lambda lib, a, b: ARITHMETIC[sign](a, b),
            sample(left, shapes[0]),
            sample(right, shapes[1]),
            order=0,
            tolerance=2e-3 if "float16" in (left, right) else None,
        )


@pytest.mark.parametrize("sign", ARITHMETIC)
@pytest.mark.parametrize("number", [2, 2.5, True, -1, 300], ids=str)
def test_promotion_with_numbers(torch: ModuleType, sign: str, number: Any) -> None:
    for dtype, shape in itertools.product(DTYPES, [(3,), ()]):
        if number in (300, -1) and dtype in ("uint8", "int8", "bool"):
            continue  # does not fit: nothing that a program should rest on
        if "bool" in (dtype, type(number).__name__) and sign in ("-", "**"):
            continue  # refused there, or of odd dtype
        array = sample(dtype, shape)
        tolerance = 2e-3 if dtype == "float16" else None
        compare(
            torch, lambda lib, a: ARITHMETIC[sign](a, number), array, order=0, tolerance=tolerance
        )
        if sign == "**" and number == -1:
            continue
        compare(
            torch, lambda lib, a: ARITHMETIC[sign](number, a), array, order=0, tolerance=tolerance
        )


def test_result_type(torch: ModuleType) -> None:
    for left, right in itertools.product(DTYPES, DTYPES):
        mine = at.result_type(at.from_numpy(sample(left)), at.from_numpy(sample(right)))
        theirs = torch.result_type(torch.from_numpy(sample(left)), torch.from_numpy(sample(right)))
        assert str(theirs) == str(mine), (left, right)


@pytest.mark.parametrize(
    "name",
    [
        *UNARY, "isnan", "isinf", "isfinite", "isposinf", "isneginf", "isreal", "signbit",
        "logical_not", "bitwise_not",
    ],
)  # fmt: skip
def test_unary_operators_on_every_dtype(torch: ModuleType, name: str) -> None:
    for dtype in DTYPES:
        if dtype == "bool" and name in ("relu", "square"):
            continue  # refused there, or of odd dtype
        array = np.array([0, 1, 1] if name in ("acos", "asin", "atanh") else [0, 1, 2]).astype(
            dtype
        )
        compare(
            torch,
            lambda lib, a: getattr(lib, name)(a),
            array,
            order=0,
            tolerance=2e-3 if dtype == "float16" else None,
        )


@pytest.mark.parametrize("name", [*COMPARISONS, *LOGICAL, *BITWISE, *INTEGERS, *BINARY])
def test_binary_operators_on_every_dtype(torch: ModuleType, name: str) -> None:
    for left, right in itertools.product(DTYPES, DTYPES):
        if name in ("sub", "subtract", "rsub", "pow") and "bool" in (left, right):
            continue  # as above
        compare(
            torch,
            lambda lib, a, b: getattr(lib, name)(a, b),
            sample(left),
            sample(right)[::-1].copy(),
            order=0,
            tolerance=2e-3 if "float16" in (left, right) else None,
        )


X, Y = np.array([6.0, -9.0, 0.0, np.nan]), np.array([4.0, 6.0, -0.0, 1.0])
WHOLE = np.array([1, -2, 3, 0])
BEYOND: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "isclose": (lambda lib, a, b: lib.isclose(a, b), (X, X + 1e-9)),
    "isclose, infinite": (
        lambda lib, a, b: lib.isclose(a, b, equal_nan=True),
        (np.array([np.inf, np.inf, np.nan, 1.0]), np.array([np.inf, -np.inf, np.nan, np.inf])),
    ),
    "isclose, ints": (lambda lib, a, b: lib.isclose(a, b, rtol=0.3), (WHOLE, WHOLE + 1)),
    "isclose, exactly": (lambda lib, a, b: lib.isclose(a, b, 0, 0), (WHOLE, WHOLE[::-1].copy())),
    "isclose, bools": (lambda lib, a, b: lib.isclose(a > 0, b > 0), (X, Y)),
    "isclose, two dtypes": (lambda lib, a, b: lib.isclose(a, b), (X, WHOLE)),
    "isclose, negative": (lambda lib, a: lib.isclose(a, a, atol=-1), (X,)),
    "isclose, shapes": (lambda lib, a: lib.isclose(a, a[:3]), (X,)),
    "allclose": (lambda lib, a, b: lib.allclose(a, b), (X[:3], X[:3] * (1 + 1e-6))),
    "allclose, not": (lambda lib, a, b: lib.allclose(a, b), (X, X)),
    "isin": (lambda lib, a, b: lib.isin(a, b), (WHOLE.reshape(2, 2), np.array([3, 0, 9]))),
    "isin, inverted": (lambda lib, a, b: lib.isin(a, b, invert=True), (WHOLE, WHOLE[:2])),
    "isin, number": (lambda lib, a: lib.isin(a, 3), (WHOLE,)),
    "isin, in a number": (lambda lib, a: lib.isin(3, a), (WHOLE,)),
    "isin, mixed": (lambda lib, a, b: lib.isin(a, b), (WHOLE, np.array([1.0, 2.5]))),
    "isin, numbers": (lambda lib: lib.isin(1, 2), ()),
    "heaviside": (lambda lib, a, b: lib.heaviside(a, b), (X, Y[:1])),
    "heaviside, ints": (lambda lib, a, b: lib.heaviside(a, b), (WHOLE, WHOLE + 5)),
    "heaviside, two dtypes": (lambda lib, a, b: lib.heaviside(a, b), (WHOLE, Y)),
    "shift": (lambda lib, a: (a << 2, a >> 1, 2 << a.abs(), 64 >> a.abs()), (WHOLE,)),
    "shift too far": (lambda lib, a: (a << 64, a >> 64, a << -1, a >> -1), (WHOLE,)),
    "shift floats": (lambda lib, a: a << 1, (X,)),
    "frexp": (
        lambda lib, a: tuple(lib.frexp(a)),
        (np.array([0.0, -0.0, 1.0, -3.5, 1e-310, 1e300]),),
    ),
    "frexp, float16": (lambda lib, a: tuple(lib.frexp(a)), (X[:3].astype(np.float16),)),
    "ldexp far": (
        lambda lib, a, b: lib.ldexp(a, b),
        (np.array([1e-300, 1.0, -3.0]), np.array([1900, -1074, 1022])),
    ),
    "negative powers of ints": (
        lambda lib, a, b: a**b,
        (np.array([2, 1, -1, -1, 0, 3]), np.array([-1, -2, -2, -3, -1, 2])),
    ),
    "large quotients": (
        lambda lib, a: lib.div(a, 3, rounding_mode="trunc"),
        (np.array([2**62 + 1, -(2**62) - 1, 7, -7]),),
    ),
    "float_power": (lambda lib, a: lib.float_power(a, 2), (WHOLE.astype(np.float32),)),
    "float_power of a number": (lambda lib, a: lib.float_power(2, a), (WHOLE,)),
    "addcmul of ints": (lambda lib, a: lib.addcmul(a, a, a, value=2), (WHOLE,)),
    "addcmul of two dtypes": (lambda lib, a, b: lib.addcmul(a, a, b), (WHOLE, X)),
    "addcdiv of ints": (lambda lib, a: lib.addcdiv(a, a, a + 5), (WHOLE,)),
    "lerp of two dtypes": (lambda lib, a, b: lib.lerp(a, b, 0.5), (X, Y.astype(np.float32))),
    "lerp, 0-d weight": (
        lambda lib, a, b, w: lib.lerp(a, b, w),
        (X.astype(np.float32), Y.astype(np.float32), np.array(0.25)),
    ),
    "positive of bools": (lambda lib, a: lib.positive(a > 0), (X,)),
    "round to tens": (lambda lib, a: lib.round(a, decimals=-1), (np.array([15.0, 25.0, -7.0]),)),
    "where alone": (lambda lib, a: lib.where(a), (WHOLE.reshape(2, 2),)),
    "where of 0-d": (lambda lib, a: lib.where(a), (np.array(True),)),
    "where as a method": (lambda lib, a, b: a.where(a > 0, b), (X, Y)),
    "small questions": (
        lambda lib, a, b: (
            lib.is_tensor(a), lib.is_tensor(1), lib.is_same_size(a, b), lib.is_same_size(a, a[:2]),
            a[0].is_nonzero(), lib.is_floating_point(a),
        ),
        (X, Y),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BEYOND)
def test_beyond_the_tables(torch: ModuleType, name: str) -> None:
    function, arrays = BEYOND[name]
    compare(torch, function, *arrays, order=0)


#: In place: the numbers to start from, and what follows them.
IN_PLACE: dict[str, tuple[Any, ...]] = {
    **{
        name: (np.linspace(low, high, 5),)
        for name, (low, high) in UNARY.items()
        if hasattr(at.Tensor, f"{name}_") and name != "nan_to_num"
    },
    "addcdiv": (X[:3], Y[:3] + 1, Y[:3] + 2), "addcmul": (X[:3], Y[:3], Y[:3] + 2),
    "atan2": (X, Y), "bitwise_left_shift": (WHOLE, 2), "bitwise_right_shift": (WHOLE, 1),
    "clamp_max": (X, 1.0), "clamp_min": (X, 1.0), "copysign": (X, Y), "eq": (X, 6.0),
    "fill": (X, 2.5), "float_power": (Y, 2), "gcd": (WHOLE, WHOLE + 6), "ge": (X, Y),
    "heaviside": (WHOLE, WHOLE + 1), "hypot": (X, Y), "lcm": (WHOLE, WHOLE + 6),
    "ldexp": (X, np.abs(WHOLE)), "le": (X, Y), "lerp": (X, Y, 0.25), "logical_and": (X, Y),
    "logical_not": (X,), "logical_or": (X, Y), "logical_xor": (X, Y), "lt": (X, Y),
    "mvlgamma": (Y + 20, 2), "nan_to_num": (X, 2.0), "ne": (X, Y), "nextafter": (X, Y),
    "polygamma": (Y + 20, 2), "true_divide": (X, 2.0), "xlogy": (X, Y + 1),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_forms(torch: ModuleType, name: str) -> None:
    first, *others = IN_PLACE[name]

    def function(lib: Any, x: Any, *rest: Any) -> Any:
        z = x * 1
        assert getattr(z, name + "_")(*rest) is z
        return z

    # In place, PyTorch lacks the derivatives of the inverse hyperbolic functions.
    lacking = name.startswith("a") and name.endswith(("sinh", "cosh", "tanh"))
    order = 0 if lacking or name in NOT_DIFFERENTIABLE else 1
    compare(torch, function, first, constants=others, order=order)


REDUCTIONS = [
    "sum", "mean", "prod", "max", "min", "amax", "amin", "argmax", "argmin", "any", "all", "var",
    "std", "softmax", "log_softmax", "logsumexp", "cumsum", "count_nonzero",
]  # fmt: skip
NEEDS_DIM = {"softmax", "log_softmax", "logsumexp", "cumsum"}


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_on_every_dtype(torch: ModuleType, name: str) -> None:
    for dtype in DTYPES:
        if (name.startswith("arg") and dtype == "bool") or (
            name in ("any", "all") and dtype == "uint8"
        ):
            continue  # refused there, or of odd dtype
        array = np.array([[1, 0, 2], [3, 1, 1]]).astype(dtype)
        tolerance = 2e-3 if dtype == "float16" else None
        if name not in NEEDS_DIM:
            compare(
                torch, lambda lib, a: getattr(lib, name)(a), array, order=0, tolerance=tolerance
            )
        for dim in (0, -1):
            compare(
                torch,
                lambda lib, a, d=dim: getattr(lib, name)(a, d),
                array,
                order=0,
                tolerance=tolerance,
            )


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), ()], ids=str)
def test_reductions_of_nothing(torch: ModuleType, name: str, shape: Any) -> None:
    array = np.full(shape, 2.0)
    if name not in NEEDS_DIM:
        compare(torch, lambda lib, a: getattr(lib, name)(a), array, order=0)
    for dim in (0, -1):
        compare(torch, lambda lib, a, d=dim: getattr(lib, name)(a, d), array, order=0)


@pytest.mark.parametrize(
    "method", ["half", "float", "double", "bool", "byte", "char", "short", "int", "long"]
)
def test_conversions(torch: ModuleType, method: str) -> None:
    for dtype in DTYPES:
        array = np.array([0, 1, 2.5, 3.99]).astype(dtype)
        compare(torch, lambda lib, a: getattr(a, method)(), array, order=0)


def test_to(torch: ModuleType) -> None:
    x = np.array([1.5, -2.5], np.float32)
    compare(torch, lambda lib, a: a.to(lib.float64), x)
    compare(torch, lambda lib, a: a.to(lib.int32), x, order=0)
    compare(torch, lambda lib, a: a.to("cpu"), x)
    compare(torch, lambda lib, a: a.to("cpu", lib.float64), x)
    compare(torch, lambda lib, a: a.to(dtype=lib.float64), x)
    compare(torch, lambda lib, a: a.type_as(lib.ones(1, dtype=lib.float64)), x)
    tensor = at.tensor(x)
    assert tensor.to(at.float32) is tensor
    assert tensor.float() is tensor


def test_view_as_another_dtype(torch: ModuleType) -> None:
    array = np.arange(8, dtype=np.float32).reshape(2, 4)
    for name in ("int32", "float16", "float64", "uint8", "float32"):
        compare(torch, lambda lib, a, n=name: a.view(getattr(lib, n)), array, order=0)
    compare(torch, lambda lib, a: a.view(lib.float64), array[:, :3].copy(), order=0)
    x = at.tensor(array)
    x.view(at.int32).zero_()
    assert x.sum().item() == 0
    assert x._version == 1


# -- special values --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [*UNARY, "isnan", "isinf", "isfinite", "isposinf", "isneginf", "signbit", "logical_not"],
)
def test_special_values_of_one_argument(torch: ModuleType, name: str) -> None:
    if name in ("sign", "sgn"):
        assert np.isnan(
            getattr(at, name)(at.tensor(np.nan)).item()
        )  # PyTorch has 0 there and hides it
        return
    compare(torch, lambda lib, a: getattr(lib, name)(a), SPECIAL, order=0)
    compare(torch, lambda lib, a: getattr(lib, name)(a), SPECIAL.astype(np.float32), order=0)


@pytest.mark.parametrize(
    "name", [*BINARY, *COMPARISONS, *LOGICAL, "remainder", "fmod", "floor_divide"]
)
def test_special_values_of_two_arguments(torch: ModuleType, name: str) -> None:
    compare(
        torch,
        lambda lib, a, b: getattr(lib, name)(a, b),
        np.repeat(SPECIAL[:-2], len(SPECIAL) - 2),
        np.tile(SPECIAL[:-2], len(SPECIAL) - 2),
        order=0,
    )


@pytest.mark.parametrize("name", REDUCTIONS)
def test_special_values_in_reductions(torch: ModuleType, name: str) -> None:
    rows = np.array(
        [
            [1.0, np.nan, 2.0],
            [np.inf, 1.0, 2.0],
            [-np.inf, -np.inf, -np.inf],
            [np.inf, -np.inf, 0.0],
            [np.inf, np.inf, 0.0],
        ]
    )
    compare(torch, lambda lib, a: getattr(lib, name)(a, 1), rows, order=0)


NOISY: dict[str, Callable[[at.Tensor], Any]] = {
    "log 0": lambda x: (x * 0).log(),
    "1 / 0": lambda x: 1 / (x * 0),
    "0 / 0": lambda x: (x * 0) / (x * 0),
    "overflow": lambda x: x * 3e38 * 10,
    "exp": lambda x: (x * 1000).exp(),
    "inf - inf": lambda x: (x * np.inf) - (x * np.inf),
    "sqrt": lambda x: (-x).sqrt(),
    "power": lambda x: (x * 1e30) ** 3,
    "cast": lambda x: (x.double() * 1e300).float(),
    "underflow": lambda x: (x * 1e-30) * 1e-30,
    "mean of nothing": lambda x: x[:0].mean(),
    "var of one": lambda x: x[:1].var(),
    "std of nothing": lambda x: x[:0].std(),
    "softmax": lambda x: (x * -np.inf).softmax(0),
    "sum": lambda x: (x * 3e38).sum(),
    "fmod": lambda x: x.fmod(0),
    "remainder": lambda x: x.remainder(0),
    "floor": lambda x: x // 0,
    "matmul": lambda x: (x * np.inf) @ (x * 0),
    "in place": lambda x: (x * 1).div_(0),
    "in place cast": lambda x: (x * 1).copy_(x.double() * 1e300),
    "to int": lambda x: (x.detach() * np.nan).long(),
    "setitem": lambda x: (x * 1).__setitem__(0, 1e300),
    "asin": lambda x: (x * 2).asin(),
    "norm": lambda x: (x * 0).std(),
    "tensor": lambda x: at.tensor([1e300]),
    "comparison": lambda x: (x * np.nan) < x,
}


@pytest.mark.parametrize("name", NOISY)
def test_numpy_never_warns(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = at.ones(3, requires_grad=True)
        result = NOISY[name](x)
        if isinstance(result, at.Tensor) and result.requires_grad:
            result.sum().backward()
            (first,) = at.grad(NOISY[name](x).sum(), x, create_graph=True)
            if first.requires_grad:
                first.sum().backward()


def test_the_users_numpy_still_warns() -> None:
    x = at.zeros(3, requires_grad=True)
    x.register_hook(lambda g: None)
    x.log().sum().backward()
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        np.log(np.zeros(1))
    with np.errstate(all="raise"):
        x.log().sum().backward()
        with pytest.raises(FloatingPointError):
            np.log(np.zeros(1))


# -- Python's operators ----------------------------------------------------------------------------


def test_reflected_operators(torch: ModuleType) -> None:
    x = np.array([1.5, 2.5])
    for sign in ("+", "-", "*", "/", "**"):
        compare(torch, lambda lib, a, s=sign: ARITHMETIC[s](2, a), x)
        compare(torch, lambda lib, a, s=sign: ARITHMETIC[s](2.5, a), x.astype(np.float32), order=1)
    compare(torch, lambda lib, a: 7 // a, x, order=0)
    compare(torch, lambda lib, a: 7 % a, x, order=0)
    compare(torch, lambda lib, a: 3 & a, np.array([1, 2]), order=0)
    compare(torch, lambda lib, a: ~a, np.array([1, 2]), order=0)
    compare(torch, lambda lib, a: ~a, np.array([True, False]), order=0)
    compare(torch, lambda lib, a: +a, x)
    compare(torch, lambda lib, a: -a, x)
    compare(torch, lambda lib, a: abs(a), x)


def test_ndarrays_on_either_side() -> None:
    x, array = at.ones(2, dtype=at.float64), np.array([1.0, 2.0])
    for result in (x * array, array * x, x - array, array - x, x @ array, array @ x):
        assert isinstance(result, at.Tensor)
    assert (array - x).tolist() == [0, 1]


@pytest.mark.parametrize("other", [None, "text", [1, 2], object(), {}])
def test_equality_with_anything(other: Any) -> None:
    x = at.ones(2)
    if isinstance(other, list):
        return
    assert (x == other) is False
    assert (x != other) is True
    assert other != x


def test_membership_and_dictionaries() -> None:
    x, y = at.ones(2), at.ones(2)
    assert {x: 1, y: 2}[x] == 1
    assert None not in [x]
    assert [x, y].index(x) == 0
    assert 1 in x
    assert 5 not in x


def test_numbers_and_iteration(torch: ModuleType) -> None:
    def function(lib: Any, x: Any, n: Any) -> Any:
        return (
            float(x[0, 0]), int(x[1, 1]), bool(x[0, 1]), len(x), [row.sum() for row in x],
            x.tolist(), x[0, 1].item(), n[1].item(), list(range(5))[n[0]], x.numel(), x.dim(),
            x.ndim, tuple(x.shape), tuple(x.size()), x.size(-1), x.stride(), x.t().stride(),
            x.is_contiguous(), x.t().is_contiguous(), x.is_floating_point(), x.element_size(),
            f"{x[0, 0]:.2f}", n.is_floating_point(), x.nelement(), x.ndimension(), x.stride(0),
        )  # fmt: skip

    compare(torch, function, np.array([[1.5, 2.0], [3.0, 4.75]]), np.array([2, 1]))


def test_transposed_properties(torch: ModuleType) -> None:
    compare(torch, lambda lib, a: a.mT, np.ones((2, 3, 4)))
    compare(torch, lambda lib, a: a.T, np.ones((2, 3)))


def test_equal_and_one_hot(torch: ModuleType) -> None:
    compare(torch, lambda lib, a, b: lib.equal(a, b), np.ones(3), np.ones(3))
    compare(torch, lambda lib, a, b: lib.equal(a, b), np.ones(3), np.ones((1, 3)))
    compare(torch, lambda lib, a, b: lib.equal(a, b), np.ones(3), np.zeros(3))

    def one_hot(lib: Any, a: Any, *given: Any) -> Any:
        return lib.one_hot(a, *given) if lib is at else lib.nn.functional.one_hot(a, *given)

    compare(torch, one_hot, np.array([[0, 2], [1, 1]]))
    compare(torch, one_hot, np.array([0, 2]), 5)
    compare(torch, one_hot, np.array([0, 2]), 2)
    compare(torch, one_hot, np.array([-1, 2]))
    compare(torch, one_hot, np.array(1))


def test_detach_and_data(torch: ModuleType) -> None:
    compare(torch, lambda lib, a: (a * 2).detach(), np.ones(2))
    compare(torch, lambda lib, a: lib.detach(a), np.ones(2))
    compare(torch, lambda lib, a: a.data, np.ones(2))


# -- refusals --------------------------------------------------------------------------------------

REFUSED: dict[str, Callable[[Any, Any], Any]] = {
    "shapes": lambda lib, x: x + lib.ones(4),
    "matmul sizes": lambda lib, x: x @ lib.ones(4, 2),
    "matmul 0-d": lambda lib, x: x @ lib.tensor(2.0),
    "matmul dtypes": lambda lib, x: x @ lib.ones(3, 3, dtype=lib.int64),
    "mm of a vector": lambda lib, x: lib.mm(x, x[0]),
    "bmm of matrices": lambda lib, x: lib.bmm(x, x),
    "dot sizes": lambda lib, x: lib.dot(x[0], lib.ones(4, dtype=lib.float64)),
    "reshape": lambda lib, x: x.reshape(4, 4),
    "reshape -1 twice": lambda lib, x: x.reshape(-1, -1),
    "reshape -1": lambda lib, x: x.reshape(-1, 4),
    "view of a transpose": lambda lib, x: x.t().view(-1),
    "permute": lambda lib, x: x.permute(0, 0),
    "permute too few": lambda lib, x: x.permute(0),
    "transpose": lambda lib, x: x.transpose(0, 2),
    "t": lambda lib, x: x[None].t(),
    "expand": lambda lib, x: x.expand(2, 4),
    "expand fewer": lambda lib, x: x.expand(3),
    "squeeze": lambda lib, x: x.squeeze(2),
    "unsqueeze": lambda lib, x: x.unsqueeze(4),
    "cat shapes": lambda lib, x: lib.cat([x, x[:, :2]]),
    "cat nothing": lambda lib, x: lib.cat([]),
    "cat 0-d": lambda lib, x: lib.cat([x.sum()]),
    "stack shapes": lambda lib, x: lib.stack([x, x[0]]),
    "split sizes": lambda lib, x: x.split([1, 1, 1]),
    "chunk 0": lambda lib, x: x.chunk(0),
    "sum dim": lambda lib, x: x.sum(2),
    "sum dim twice": lambda lib, x: x.sum((0, 0)),
    "mean of ints": lambda lib, x: x.long().mean(),
    "max of nothing": lambda lib, x: x[:0].max(),
    "argmax of nothing": lambda lib, x: x[:0].argmax(),
    "softmax dim": lambda lib, x: x.softmax(2),
    "index": lambda lib, x: x[2],
    "too many indices": lambda lib, x: x[0, 0, 0],
    "index of floats": lambda lib, x: x[lib.tensor([0.5])],
    "index by text": lambda lib, x: x["a"],
    "index out of bounds": lambda lib, x: x[lib.tensor([0, 5])],
    "negative step": lambda lib, x: x[::-1],
    "mask shape": lambda lib, x: x[lib.tensor([True, False, True])],
    "gather": lambda lib, x: x.gather(1, lib.tensor([[5]])),
    "gather ndim": lambda lib, x: x.gather(1, lib.tensor([0])),
    "gather dtype": lambda lib, x: x.gather(1, lib.tensor([[0.0]])),
    "narrow": lambda lib, x: x.narrow(1, 2, 3),
    "index_select": lambda lib, x: x.index_select(0, lib.tensor([[0]])),
    "where": lambda lib, x: lib.where(x, x, x),
    "masked_fill": lambda lib, x: x.masked_fill(x, 0.0),
    "clamp": lambda lib, x: x.clamp(),
    "einsum letters": lambda lib, x: lib.einsum("ijk->i", x),
    "einsum sizes": lambda lib, x: lib.einsum("ij,jk", x, x),
    "einsum output": lambda lib, x: lib.einsum("ij->k", x),
    "einsum operands": lambda lib, x: lib.einsum("ij,jk->ik", x),
    "item": lambda lib, x: x.item(),
    "float": lambda lib, x: float(x),
    "bool": lambda lib, x: bool(x),
    "len of 0-d": lambda lib, x: len(x.sum()),
    "iteration over 0-d": lambda lib, x: list(x.sum()),
    "numpy": lambda lib, x: x.numpy(),
    "bitwise of floats": lambda lib, x: x & x,
    "invert floats": lambda lib, x: ~x,
    "minus bools": lambda lib, x: -(x > 0),
    "bools minus bools": lambda lib, x: (x > 0) - (x > 0),
    "negative power of ints": lambda lib, x: x.long() ** -1,
    "ints divided by 0": lambda lib, x: x.long() // 0,
    "ints modulo 0": lambda lib, x: x.long() % 0,
    "flip": lambda lib, x: x.flip(2),
    "roll": lambda lib, x: lib.roll(x, (1, 2), 0),
    "repeat": lambda lib, x: x.repeat(2),
    "one_hot": lambda lib, x: (lib if lib is at else lib.nn.functional).one_hot(x),
    "pad": lambda lib, x: (lib if lib is at else lib.nn.functional).pad(x, (1,)),
    "pad too many": lambda lib, x: (lib if lib is at else lib.nn.functional).pad(x, (1,) * 6),
    "linear": lambda lib, x: (lib if lib is at else lib.nn.functional).linear(x, lib.ones(2, 4)),
    "no such method": lambda lib, x: x.no_such_method(),
    "add a list": lambda lib, x: x + [1, 2, 3],  # noqa: RUF005
    "add a text": lambda lib, x: x + "a",
    "exp of a list": lambda lib, x: lib.exp([1.0]),
    "sum of a list": lambda lib, x: lib.sum([1.0]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_torch_refuses(torch: ModuleType, name: str) -> None:
    theirs, refused = attempt(
        lambda: REFUSED[name](torch, torch.ones(2, 3, dtype=torch.float64, requires_grad=True))
    )
    assert refused is not None, theirs
    ours, error = attempt(
        lambda: REFUSED[name](at, at.ones(2, 3, dtype=at.float64, requires_grad=True))
    )
    assert isinstance(error, (*REFUSALS, AttributeError)), (ours, error)
    assert "operand" not in str(error) or name.startswith("einsum"), error
    assert "ufunc" not in str(error)


def test_array_of_is_the_same_for_both(torch: ModuleType) -> None:
    assert array_of(at.ones(2)).tolist() == array_of(torch.ones(2)).tolist() == [1, 1]
