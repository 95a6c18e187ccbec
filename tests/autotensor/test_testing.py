"""`testing.assert_close` lets pass and refuses what PyTorch's does."""

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
