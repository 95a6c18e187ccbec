"""`testing.assert_close` lets pass and refuses what PyTorch's does; `make_tensor`."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
from tests.helpers import attempt

#: What `assert_close` is given: both values, made of a library, and options.
CASES: dict[str, Any] = {
    "equal": lambda lib: (lib.ones(3), lib.ones(3), {}),
    "close": lambda lib: (lib.ones(3), lib.ones(3) + 1e-6, {}),
    "at the limit of float32": lambda lib: (lib.ones(1), lib.ones(1) + 2e-5, {}),
    "near zero": lambda lib: (lib.zeros(2), lib.full((2,), 9e-6), {}),
    "float64 is stricter": lambda lib: (
        lib.ones(3, dtype=lib.float64), lib.ones(3, dtype=lib.float64) + 1e-6, {}
    ),
    "float64, close": lambda lib: (
        lib.ones(3, dtype=lib.float64), lib.ones(3, dtype=lib.float64) + 1e-7, {}
    ),
    "integers": lambda lib: (lib.tensor([1, 2]), lib.tensor([1, 3]), {}),
    "bools": lambda lib: (lib.tensor([True]), lib.tensor([False]), {}),
    "shapes": lambda lib: (lib.ones(3), lib.ones(3, 1), {}),
    "dtypes": lambda lib: (lib.ones(3), lib.ones(3, dtype=lib.float64), {}),
    "dtypes unchecked": lambda lib: (
        lib.ones(3), lib.ones(3, dtype=lib.float64), {"check_dtype": False}
    ),
    "strides": lambda lib: (lib.ones(2, 3).t(), lib.ones(3, 2), {"check_stride": True}),
    "strides unchecked": lambda lib: (lib.ones(2, 3).t(), lib.ones(3, 2), {}),
    "nan": lambda lib: (lib.tensor(math.nan), lib.tensor(math.nan), {}),
    "equal nan": lambda lib: (lib.tensor(math.nan), lib.tensor(math.nan), {"equal_nan": True}),
    "infinities": lambda lib: (lib.tensor([math.inf]), lib.tensor([math.inf]), {}),
    "other infinities": lambda lib: (lib.tensor([math.inf]), lib.tensor([-math.inf]), {}),
    "tolerances": lambda lib: (lib.ones(1), lib.ones(1) * 1.5, {"rtol": 0.5, "atol": 0}),
    "one tolerance": lambda lib: (lib.ones(1), lib.ones(1), {"rtol": 0.5}),
    "relative to expected": lambda lib: (
        lib.ones(1), lib.full((1,), 2.0), {"rtol": 0.5, "atol": 0}
    ),
    "not to actual": lambda lib: (lib.full((1,), 2.0), lib.ones(1), {"rtol": 0.5, "atol": 0}),
    "numbers": lambda lib: (1.0, 1.0 + 1e-8, {}),
    "other numbers": lambda lib: (1, 2, {}),
    "a number and a Tensor": lambda lib: (1.0, lib.tensor(1.0), {}),
    "None": lambda lib: (None, None, {}),
    "None and a Tensor": lambda lib: (None, lib.ones(1), {}),
    "strings": lambda lib: ("a", "a", {}),
    "lists": lambda lib: ([lib.ones(2), 3], [lib.ones(2), 3], {}),
    "lists that differ": lambda lib: ([lib.ones(2), 3], [lib.ones(2), 4], {}),
    "lists of other lengths": lambda lib: ([lib.ones(2)], [], {}),
    "dicts": lambda lib: ({"a": lib.ones(1), "b": [1]}, {"b": [1], "a": lib.ones(1)}, {}),
    "dicts with other keys": lambda lib: ({"a": 1}, {"b": 1}, {}),
    "arrays": lambda lib: (np.ones(2), np.ones(2), {}),
    "empty": lambda lib: (lib.ones(0), lib.ones(0), {}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_pytorch_lets_pass(torch: ModuleType, name: str) -> None:
    def ask(lib: Any) -> Exception | None:
        actual, expected, options = CASES[name](lib)
        return attempt(lambda: lib.testing.assert_close(actual, expected, **options))[1]

    ours, theirs = ask(at), ask(torch)
    assert type(ours) is type(theirs), (ours, theirs)


def test_the_message_says_where_and_how_much() -> None:
    with pytest.raises(AssertionError) as caught:
        at.testing.assert_close(
            {"a": [at.tensor([1.0, 2.0, 4.0])]}, {"a": [at.tensor([1.0, 3.0, 4.0])]}
        )
    words = str(caught.value)
    assert "1 / 3 (33.3%)" in words
    assert "absolute difference: 1.0 at index (1,)" in words
    assert "item ['a'][0]" in words


def test_a_message_of_ones_own() -> None:
    with pytest.raises(AssertionError, match=r"^mine$"):
        at.testing.assert_close(1, 2, msg="mine")
    with pytest.raises(AssertionError, match=r"^mine: Scalars"):
        at.testing.assert_close(1, 2, msg=lambda words: f"mine: {words}")


@pytest.mark.parametrize("limits", [{}, {"rtol": 0, "atol": 0}, {"rtol": 0, "atol": 0.5}])
@pytest.mark.parametrize("large", [2**53, 2**62, -(2**63)])
def test_large_integers_are_compared_digit_by_digit(large: int, limits: Any) -> None:
    for one, other in (
        (at.tensor([large]), at.tensor([large + 1])),
        (np.array([large]), np.array([large + 1])),
        (large, large + 1),
        (np.int64(large), np.int64(large + 1)),
    ):
        at.testing.assert_close(one, one, **limits)
        with pytest.raises(AssertionError, match=r"bsolute difference: 1\D"):
            at.testing.assert_close(one, other, **limits)
        at.testing.assert_close(one, other, rtol=0, atol=1)


def test_the_difference_of_integers_does_not_wrap_around() -> None:
    least, most = at.tensor([-(2**63)]), at.tensor([2**63 - 1])
    with pytest.raises(AssertionError, match="absolute difference: 18446744073709551615 at"):
        at.testing.assert_close(least, most, rtol=0, atol=1)
    with pytest.raises(AssertionError, match="absolute difference: 254 at"):
        at.testing.assert_close(at.tensor([1]).byte(), at.tensor([255]).byte(), rtol=0, atol=2)


def test_numbers_of_two_types_are_not_the_same() -> None:
    for one, other in ((1, 1.0), (True, 1), (np.float32(1), 1)):
        with pytest.raises(AssertionError, match="types do not match"):
            at.testing.assert_close(one, other)
        at.testing.assert_close(one, other, check_dtype=False)
    with pytest.raises(AssertionError, match=r"of type float\n\n.*item \[0\]"):
        at.testing.assert_close([1], [1.0])
    at.testing.assert_close(np.float32(1), 1.0)
    at.testing.assert_close(np.bool_(True), True)
    with pytest.raises(AssertionError, match="Booleans do not match: True and False"):
        at.testing.assert_close(True, False, rtol=1, atol=1)


@pytest.mark.parametrize("wrap", [at.tensor, lambda value: at.tensor([value]), float])
def test_nothing_finite_is_close_to_infinity(wrap: Any) -> None:
    for one, other in ((math.inf, 1.0), (1.0, math.inf), (math.inf, -math.inf)):
        with pytest.raises(AssertionError, match="not close"):
            at.testing.assert_close(wrap(one), wrap(other), rtol=0, atol=math.inf)
    at.testing.assert_close(wrap(1e30), wrap(-1e30), rtol=0, atol=math.inf)


def test_a_tolerance_below_0_is_refused() -> None:
    for wrong in (-1.0, math.nan):
        with pytest.raises(RuntimeError, match=f"assert_close: rtol must not be .*, got {wrong}"):
            at.testing.assert_close(at.ones(1), at.ones(1), rtol=wrong, atol=0)


# -- make_tensor -----------------------------------------------------------------------------------


def made(*shape: Any, **options: Any) -> Any:
    return at.testing.make_tensor(*shape, device="cpu", **options)


@pytest.mark.parametrize(
    ("dtype", "least", "most"),
    [("float32", -9, 9), ("float16", -9, 9), ("int64", -9, 9), ("uint8", 0, 9), ("bool", 0, 1)],
)
def test_the_bounds_of_what_is_made(dtype: str, least: int, most: int) -> None:
    at.manual_seed(0)
    values = made(60, 50, dtype=getattr(at, dtype))
    assert values.dtype is getattr(at, dtype)
    reached = (values.min().item(), values.max().item())
    assert least <= reached[0] <= least + 0.1
    assert most - 0.1 <= reached[1] <= most


def test_bounds_of_one_s_own_are_brought_into_the_dtype() -> None:
    assert made(99, dtype=at.uint8, low=-5, high=1).tolist() == [0] * 99
    assert made(99, dtype=at.int64, low=0.5, high=1.5).tolist() == [1] * 99
    assert made(99, dtype=at.bool, low=1, high=9).all()
    for dtype in (at.float16, at.float32, at.float64):
        wide = made(999, dtype=dtype, low=-math.inf, high=math.inf)
        assert wide.isfinite().all()
        assert wide.min() < -at.finfo(dtype).max / 2 < at.finfo(dtype).max / 2 < wide.max()


def test_how_it_lies_in_memory_and_what_it_has_no_0_of() -> None:
    apart = made((2, 3), dtype=at.float32, noncontiguous=True, requires_grad=True)
    assert (apart.shape, apart.is_contiguous(), apart.requires_grad) == ((2, 3), False, True)
    assert made(1, dtype=at.float32, noncontiguous=True).is_contiguous()
    last = made(2, 3, 4, 5, dtype=at.float64, memory_format=at.channels_last)
    assert last.is_contiguous(memory_format=at.channels_last)
    assert (made(99, dtype=at.int32, low=0, high=2, exclude_zero=True) == 1).all()


def test_what_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="low must be below high, got 2 and 1"):
        made(2, dtype=at.float32, low=2, high=1)
    with pytest.raises(ValueError, match=r"uint8 holds \[0, 256\), and no number of \[300, 400\)"):
        made(2, dtype=at.uint8, low=300, high=400)
    with pytest.raises(ValueError, match="dtype int64 has no gradient"):
        made(2, dtype=at.int64, requires_grad=True)
    with pytest.raises(ValueError, match="not both"):
        made(2, dtype=at.float32, noncontiguous=True, memory_format=at.channels_last)
