"""NumPy's functions of elements, called with Tensors; ``test_numpy_functions.py`` has a table."""

from __future__ import annotations

import operator
from types import ModuleType

import numpy as np
import pytest

import autotensor as at

A = np.array([1.5, 2.0, 3.0])
B = np.array([2.0, 2.0, 1.0])
WHOLE = np.array([6, 3, 5])

OPERATORS = {
    "add": (np.add, operator.add), "subtract": (np.subtract, operator.sub),
    "multiply": (np.multiply, operator.mul), "divide": (np.divide, operator.truediv),
    "floor_divide": (np.floor_divide, operator.floordiv), "mod": (np.mod, operator.mod),
    "power": (np.power, operator.pow), "matmul": (np.matmul, operator.matmul),
    "less": (np.less, operator.lt), "less_equal": (np.less_equal, operator.le),
    "greater": (np.greater, operator.gt), "greater_equal": (np.greater_equal, operator.ge),
    "equal": (np.equal, operator.eq), "not_equal": (np.not_equal, operator.ne),
}  # fmt: skip
WHOLE_OPERATORS = {
    "and": (np.bitwise_and, operator.and_), "or": (np.bitwise_or, operator.or_),
    "xor": (np.bitwise_xor, operator.xor), "left_shift": (np.left_shift, operator.lshift),
    "right_shift": (np.right_shift, operator.rshift),
}  # fmt: skip


@pytest.mark.parametrize("name", [*OPERATORS, *WHOLE_OPERATORS])
def test_an_operator_with_an_array_is_that_of_the_tensor(name: str) -> None:
    ufunc, symbol = (OPERATORS | WHOLE_OPERATORS)[name]
    left, right = (WHOLE, WHOLE % 4) if name in WHOLE_OPERATORS else (A, B)
    expected = symbol(left, right)
    for mixed in ((left, at.from_numpy(right.copy())), (at.from_numpy(left.copy()), right)):
        for call in (ufunc, symbol):
            found = call(*mixed)
            assert isinstance(found, at.Tensor)
            np.testing.assert_array_equal(found.numpy(), expected)


def test_the_gradient_of_an_array_times_a_tensor() -> None:
    x = at.tensor([1.0, 2.0, 4.0], dtype=at.float64, requires_grad=True)
    (A * x + np.subtract(B, x) + np.float64(3.0) * x).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), A - 1 + 3)


def test_a_function_of_elements_gives_a_tensor() -> None:
    found = np.sqrt(at.tensor([4.0, 9.0]))
    assert isinstance(found, at.Tensor)
    assert found.dtype == at.float32
    assert found.tolist() == [2.0, 3.0]
    assert np.maximum(at.tensor([1, 5]), 3).tolist() == [3, 5]
    assert np.maximum(np.array([1, 5]), at.tensor(3)).tolist() == [3, 5]
    assert isinstance(np.exp(at.tensor(0.0)), at.Tensor)
    assert np.exp(at.tensor(0.0)).item() == 1.0
    fraction, whole = np.modf(at.tensor([1.5]))
    assert (fraction.tolist(), whole.tolist()) == ([0.5], [1.0])


@pytest.mark.parametrize("kind", [TypeError, RuntimeError])
def test_no_gradient_passes_unnoticed(kind: type[Exception]) -> None:
    x = at.ones(2, requires_grad=True)
    for call in (np.spacing, lambda x: np.nextafter(x, 1), lambda x: np.nextafter.outer(x, x)):
        with pytest.raises(kind, match=r"np.(spacing|nextafter.*): .* use functions of autotensor"):
            call(x)
    with pytest.raises(kind, match=r"np.add.at: .* use x.index_put"):
        np.add.at(x, [0], 1.0)
    total = np.zeros(2)
    with pytest.raises(kind, match=r"np.add: no gradient passes out="):
        total += x
    assert total.tolist() == [0, 0]
    for wanted in (np.sin, np.isnan):
        with pytest.raises(kind, match=r"np.(sin|isnan): no gradient passes out="):
            wanted(np.ones(2), out=x)
    with pytest.raises(kind, match=r"add: no gradient passes dtype int64"):
        np.add(x, 2, dtype=np.int64, casting="unsafe")
    with pytest.raises(kind, match=r"there can be no complex128"):
        np.add.outer(x, np.ones(2) * 1j)


def test_what_has_no_derivative_is_pytorchs() -> None:
    """Steps are True and False, or have the gradient 0."""
    x = at.tensor([-1.5, 0.0, np.nan], requires_grad=True)
    assert np.isnan(x).tolist() == [False, False, True]
    assert np.signbit(x).tolist() == [True, False, False]
    assert np.logical_and.reduce(x).item() is False
    assert (x > np.zeros(3)).tolist() == np.greater(x, np.zeros(3)).tolist() == [False] * 3
    for step in (np.floor, np.ceil, np.trunc, np.rint, np.sign):
        x.grad = None
        step(x).sum().backward()
        assert x.grad.tolist() == [0, 0, 0]


def test_of_infinity_no_fraction_is_left() -> None:
    x = at.tensor([np.inf, 2.5, -np.inf], requires_grad=True)
    fraction, whole = np.modf(x)
    assert (fraction.tolist(), whole.tolist()) == ([0, 0.5, 0], [np.inf, 2, -np.inf])
    fraction.sum().backward()
    assert x.grad.tolist() == [0, 1, 0]


def test_dtypes_are_numpys_but_for_operators() -> None:
    whole, half = at.tensor([1, 2]), at.ones(2, dtype=at.float16, requires_grad=True)
    assert np.sqrt(whole).dtype == at.float64
    assert np.exp(half).dtype == np.hypot(half, 1.0).dtype == at.float16
    assert np.hypot(half, np.ones(2, np.float32)).dtype == at.float32
    assert np.arctan2(half, whole).dtype == at.float64
    assert np.float_power(half, 2).dtype == at.float64
    assert np.multiply(half, whole).dtype == (half * whole).dtype == at.float16  # no way to tell


def test_where_computes_no_derivative_where_it_is_false() -> None:
    x = at.tensor([-1.0, 0.0, 4.0], requires_grad=True)
    np.sqrt(x, where=x > 0, out=None).sum().backward()
    assert x.grad.tolist() == [0, 0, 0.25]


def test_an_array_takes_a_tensor_in_place() -> None:
    total = np.ones(2)
    same = total
    total += at.tensor([1.0, 2.0])
    assert total is same
    assert total.tolist() == [2, 3]


def test_writing_into_a_tensor_is_noticed() -> None:
    x = at.ones(2, requires_grad=True)
    kept = at.tensor([2.0, 3.0])
    y = (x * kept).sum()
    assert np.sqrt(at.tensor([4.0, 9.0]), out=kept) is kept
    assert kept.tolist() == [2, 3]
    with pytest.raises(RuntimeError, match="modified"):
        y.backward()


@pytest.mark.filterwarnings("ignore:__array_wrap__ must accept:DeprecationWarning")  # PyTorch's
def test_ufuncs_agree_with_pytorch(torch: ModuleType) -> None:
    for call in (
        lambda x: np.sqrt(x), lambda x: np.sqrt(x[0]), lambda x: np.maximum(x, 2.5),
        lambda x: np.arctan2(x, A), lambda x: np.hypot(A, x), lambda x: np.float64(2.0) * x,
        lambda x: np.float64(2.0) ** x,
        lambda x: np.abs(x), lambda x: np.int64(2) * x, lambda x: np.sign(-x),
    ):  # fmt: skip
        ours, theirs = call(at.tensor([1.0, 4.0, 9.0])), call(torch.tensor([1.0, 4.0, 9.0]))
        assert isinstance(theirs, torch.Tensor)
        assert isinstance(ours, at.Tensor)
        assert ours.shape == tuple(theirs.shape)
        assert str(ours.numpy().dtype) == str(theirs.numpy().dtype)
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6)
