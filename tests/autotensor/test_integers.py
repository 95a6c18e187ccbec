"""Integer Tensors with numbers outside of their dtype: the result's dtype is decided first.

Each value is computed by Python on plain numbers, one by one.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
import autotensor.nn.functional

TENSORS = {
    at.uint8: [0, 1, 128, 255],
    at.int8: [-128, -1, 3, 127],
    at.int16: [-32768, -1, 100, 32767],
    at.int32: [-(2**31), 7, 2**31 - 1],
    at.int64: [-3, 5, 2**40],
}
NUMBERS = [256, 300, -300, 32768, -40000, 2**40, 0.5, -1.5, 1e30]
PAIRS = [(dtype, number) for dtype in TENSORS for number in NUMBERS]


def close(found: at.Tensor, expected: list[float]) -> None:
    assert found.dtype == at.float32
    np.testing.assert_allclose(found.numpy(), np.array(expected, np.float32), rtol=1e-6)


@pytest.mark.parametrize(("dtype", "number"), PAIRS)
@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (operator.truediv, lambda x, y: x / y if y else math.nan),
        (at.true_divide, lambda x, y: x / y),
        (at.atan2, math.atan2),
        (at.hypot, math.hypot),
        (at.copysign, math.copysign),
    ],
)
def test_a_number_outside_of_the_dtype_where_the_result_is_a_float(
    compute: Callable[..., at.Tensor], expected: Callable[..., float], dtype: Any, number: float
) -> None:
    values = TENSORS[dtype]
    close(compute(at.tensor(values, dtype=dtype), number), [expected(x, number) for x in values])


@pytest.mark.parametrize(("dtype", "number"), PAIRS)
def test_the_number_may_come_first(dtype: Any, number: float) -> None:
    values = [x for x in TENSORS[dtype] if x]
    close(number / at.tensor(values, dtype=dtype), [number / x for x in values])


@pytest.mark.parametrize("dtype", TENSORS)
@pytest.mark.parametrize("power", [0.5, 2.0, 3.0, -1.0])
def test_an_integer_to_the_power_of_a_float_is_a_float(dtype: Any, power: float) -> None:
    values = [abs(x) for x in TENSORS[dtype] if x and abs(x) <= np.iinfo(dtype).max]
    close(at.tensor(values, dtype=dtype) ** power, [float(x) ** power for x in values])


def test_an_integer_to_the_power_of_an_integer_wraps() -> None:
    assert (at.tensor([3, 16], dtype=at.uint8) ** 2).tolist() == [9, 0]
    with pytest.raises(RuntimeError, match="pow: 300 does not fit in dtype uint8"):
        at.tensor([3], dtype=at.uint8) ** 300


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("where", lambda x, value: at.where(x > 1, value, x)),
        ("masked_fill", lambda x, value: x.masked_fill(x > 1, value)),
        ("index_fill", lambda x, value: x.index_fill(0, at.tensor([1]), value)),
        ("scatter", lambda x, value: x.scatter(0, at.tensor([1]), value)),
        ("fill", lambda x, value: x.clone().fill_(value)[1:]),
    ],
)
def test_a_number_that_is_written_must_fit(name: str, write: Callable[..., at.Tensor]) -> None:
    x = at.tensor([0, 2], dtype=at.uint8)
    for value in (256, 300, 2**40):
        with pytest.raises(RuntimeError, match=f"{name}: {value} does not fit in dtype uint8"):
            write(x, value)
    assert write(x, -1).tolist()[-1] == 255  # as in PyTorch, a negative number wraps around
    assert x.tolist() == [0, 2]


WRITES: dict[str, Callable[[at.Tensor, float], at.Tensor]] = {
    "masked_fill": lambda x, value: x.masked_fill(x < 3, value),
    "index_fill": lambda x, value: x.index_fill(0, at.tensor([0]), value),
    "scatter": lambda x, value: x.scatter(0, at.tensor([0]), value),
    "fill": lambda x, value: x.clone().fill_(value),
    "full": lambda x, value: at.full_like(x, value),
    "pad": lambda x, value: at.nn.functional.pad(x, (1, 0), value=value),
    "clamp": lambda x, value: x.clamp(min=value) if value > 0 else x.clamp(max=value),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_number_that_is_written_is_not_made_infinite_or_turned_round(name: str) -> None:
    write = WRITES[name]
    for dtype, value in ((at.float16, 7e4), (at.float16, -70_000), (at.float32, 1e39)):
        with pytest.raises(RuntimeError, match=f"{name}: {re.escape(str(value))} does not fit in"):
            write(at.tensor([1, 2], dtype=dtype), value)
        assert write(at.tensor([1, 2], dtype=dtype), math.copysign(math.inf, value))[0].isinf()
        assert write(at.tensor([1, 2], dtype=at.float64), value)[0] == value
    x = at.tensor([1, 2], dtype=at.uint8)
    wrong = -1 if name == "clamp" else -1.7  # clamp takes a fraction, and makes it float32
    with pytest.raises(RuntimeError, match=rf"{name}: {wrong:.1f} does not fit in dtype uint8"):
        write(x, wrong)
    with pytest.raises(RuntimeError, match=r"tensor: -1.7 does not fit in dtype uint8"):
        at.tensor([3, -1.7], dtype=at.uint8)


def test_what_is_read_may_be_infinite_and_bounds_out_of_reach_bound_nothing() -> None:
    assert at.tensor([7e4, 1.0], dtype=at.float16).tolist() == [math.inf, 1]
    x = at.tensor([1, 2], dtype=at.uint8)
    assert x.clamp(min=-1).tolist() == x.clamp(max=300).tolist() == [1, 2]
    assert at.tensor([1.0], dtype=at.float16).clamp(-7e4, 7e4).tolist() == [1]


def test_a_negative_number_that_pads_wraps_around_as_where_it_is_written() -> None:
    x = at.tensor([1, 2], dtype=at.uint8)
    assert at.nn.functional.pad(x, (1, 1), value=-1).tolist() == [255, 1, 2, 255]
    assert at.constant_pad_nd(x, (1, 0), -2).tolist() == [254, 1, 2]


def test_bools_to_the_power_of_a_bool() -> None:
    x = at.tensor([True, False])
    for exponent in (True, False):
        found = x**exponent
        assert found.dtype is at.bool
        assert found.tolist() == [bool(one**exponent) for one in (1, 0)]


@pytest.mark.parametrize("name", ["add", "sub"])
def test_integers_take_no_fraction(name: str) -> None:
    x = at.tensor([1, 2])
    with pytest.raises(RuntimeError, match=f"{name}: alpha must be an integer for integer Tensors"):
        getattr(at, name)(x, x, alpha=1.5)
    assert getattr(at, name)(x, 1.0, alpha=1.5).dtype == at.float32
    assert at.add(x, x, alpha=3).tolist() == [4, 8]


# -- float16 meets numbers that it cannot hold -----------------------------------------------------

SMALL = [0.001, 0.5, 100.0, -3.0]
NUMBERS = [70000, 1e-8, 0.1, 3, -1e5, 2.5]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    "compute",
    [
        lambda x, n: x * n,
        lambda x, n: n * x,
        lambda x, n: x / n,
        lambda x, n: x + n,
        lambda x, n: n - x,
        lambda x, n: x.clone().mul_(n),
    ],
)
def test_float16_and_a_number_are_computed_in_float32(
    compute: Callable[[Any, Any], Any], number: float
) -> None:
    x = at.tensor(SMALL, dtype=at.float16, requires_grad=True)
    y = compute(x, number)
    assert y.dtype == at.float16
    wide = at.tensor(x.tolist(), dtype=at.float64, requires_grad=True)
    expected = compute(wide, number)
    y.sum().backward()
    expected.sum().backward()
    assert x.grad is not None
    assert wide.grad is not None
    with np.errstate(over="ignore"):
        for found, right in ((y, expected), (x.grad, wide.grad)):
            exact = right.detach().numpy().astype(np.float16)
            np.testing.assert_allclose(found.tolist(), exact, 1e-3, 1e-7)


def test_float16_compares_with_numbers_beyond_it() -> None:
    x = at.tensor([100.0, -100.0], dtype=at.float16)
    assert (x < 70000).tolist() == (x > -70000).tolist() == [True, True]
    assert (x == 1e-8).tolist() == [False, False]
    assert (70000 / x).tolist() == [700.0, -700.0]


@pytest.mark.parametrize("alpha", [None, "2", [2], object()])
def test_alpha_is_a_number(alpha: Any) -> None:
    for name in ("add", "sub", "add_", "sub_"):
        with pytest.raises(TypeError, match=rf"{name.rstrip('_')}: alpha must be a number, got"):
            getattr(at.ones(2), name)(at.ones(2), alpha=alpha)


def test_more_pieces_than_a_list_can_hold_are_refused() -> None:
    with pytest.raises(RuntimeError, match="tensor_split: so many pieces fit into no list: 1000"):
        at.ones(2, 3).tensor_split(10**30)
