"""A Tensor shows itself as in PyTorch."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at

ARRAYS: dict[str, Any] = {
    "floats": [1.5, -2.25, 3.0],
    "whole floats": [1.0, 2.0, -3.0],
    "large": [1e5, 2.5, 3.0],
    "scientific": [1e-8, 1.0],
    "huge": [1e12, 1.0],
    "huge whole": [1e9, 2e9],
    "small": [1e-5, 2e-5],
    "wide range": [0.001, 1234.5],
    "inf and nan": [np.inf, -np.inf, np.nan, 1.0],
    "inf and fractions": [np.inf, 1.25],
    "only nan": [np.nan],
    "zeros": [0.0, 0.0],
    "negative zero": [-0.0, 1.5],
    "matrix": [[1.5, 2.0], [-3.25, 4.0]],
    "cube": np.arange(8, dtype=np.float32).reshape(2, 2, 2),
    "long": np.arange(40, dtype=np.float32) / 7,
    "very long": np.arange(2000, dtype=np.float32),
    "large matrix": np.arange(10000, dtype=np.float32).reshape(100, 100),
    "tall": np.arange(3000, dtype=np.float32).reshape(1500, 2),
    "ints": np.array([1, -20, 300]),
    "int matrix": np.arange(6).reshape(2, 3),
    "int32": np.array([1, 2], np.int32),
    "uint8": np.array([1, 255], np.uint8),
    "bools": np.array([True, False]),
    "bool matrix": np.array([[True, False], [False, False]]),
    "float64": np.array([1.5, 2.5]),
    "float16": np.array([1.5, 2.5], np.float16),
    "0-d": np.float32(3.14159),
    "0-d whole": np.float32(3),
    "0-d int": np.array(7),
    "0-d bool": np.array(True),
    "0-d float64": np.array(2.5),
    "0-d tiny": np.float32(1e-9),
    "0-d nan": np.float32(np.nan),
    "empty": np.zeros(0, np.float32),
    "empty int": np.zeros(0, np.int64),
    "empty matrix": np.zeros((2, 0), np.float32),
    "empty rows": np.zeros((0, 3), np.float64),
    "long ints": np.arange(100) * 1000,
}


def both(torch: ModuleType, array: Any) -> tuple[Any, Any]:
    made = np.asarray(array, np.float32) if isinstance(array, list) else np.asarray(array)
    return at.tensor(made), torch.tensor(made)


@pytest.mark.parametrize("name", ARRAYS)
def test_repr(torch: ModuleType, name: str) -> None:
    ours, theirs = both(torch, ARRAYS[name])
    expected = repr(theirs).replace("dtype=torch.", "dtype=")
    assert repr(ours) == expected
    assert str(ours) == expected


@pytest.mark.parametrize("seed", range(60))
def test_repr_of_random_values(torch: ModuleType, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 5, rng.integers(1, 4)))
    values = rng.standard_normal(shape) * 10.0 ** rng.integers(-6, 9)
    if seed % 3 == 0:
        values = np.round(values)
    ours, theirs = both(torch, values.astype(np.float32))
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("name", ["floats", "matrix", "long", "0-d", "empty", "float64"])
def test_repr_with_gradients(torch: ModuleType, name: str) -> None:
    ours, theirs = both(torch, ARRAYS[name])
    ours.requires_grad_()
    theirs.requires_grad_()
    for mine, other in ((ours, theirs), (ours * 2, theirs * 2), (-ours, -theirs)):
        assert repr(mine) == repr(other).replace("dtype=torch.", "dtype=")


def test_printoptions(torch: ModuleType) -> None:
    ours, theirs = both(torch, np.arange(20, dtype=np.float32) / 3)
    changed = {"precision": 2, "threshold": 10, "edgeitems": 2, "linewidth": 40}
    usual = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80}
    try:
        at.set_printoptions(**changed)
        torch.set_printoptions(**changed)
        assert repr(ours) == repr(theirs)
    finally:
        at.set_printoptions(**usual)
        torch.set_printoptions(**usual)


@pytest.mark.parametrize(
    "options",
    [
        {"sci_mode": True}, {"sci_mode": False}, {"sci_mode": True, "precision": 2},
        {"profile": "short"}, {"profile": "full"}, {"profile": "short", "precision": 3},
    ],
    ids=str,
)  # fmt: skip
def test_exponents_and_profiles(torch: ModuleType, options: dict[str, Any]) -> None:
    try:
        at.set_printoptions(**options)
        torch.set_printoptions(**options)
        for values in (
            [1.5, 2.25], [1.0, 2.0], [1e-8, 1.0], [1e9, 1.0], [0.0], np.arange(1200) / 7, [1, 2],
        ):  # fmt: skip
            ours, theirs = both(torch, np.asarray(values))
            assert repr(ours) == repr(theirs).replace("dtype=torch.", "dtype=")
    finally:
        at.set_printoptions(profile="default")
        torch.set_printoptions(profile="default")


def test_sci_mode_is_forgotten_by_the_next_call() -> None:
    at.set_printoptions(sci_mode=True)
    assert repr(at.tensor(1.5)) == "tensor(1.5000e+00)"
    at.set_printoptions(profile="default")
    assert repr(at.tensor(1.5)) == "tensor(1.5000)"
    with pytest.raises(ValueError, match="profile must be one of default, short, full; got 'long'"):
        at.set_printoptions(profile="long")  # type: ignore[arg-type]


def test_parameter() -> None:
    text = "Parameter containing:\ntensor([1., 2.], requires_grad=True)"
    assert repr(at.Parameter(at.tensor([1.0, 2.0]))) == text


def test_format() -> None:
    assert f"{at.tensor(2.5):.3f}" == "2.500"
    assert f"{at.tensor([1.0])}" == "tensor([1.])"


@pytest.mark.parametrize(
    "options", [{"edgeitems": at.ones(2)}, {"precision": 2.5}, {"threshold": -1}]
)
def test_print_options_are_checked_before_any_is_set(options: dict[str, Any]) -> None:
    before = repr(at.arange(2000.0) / 7)
    with pytest.raises((TypeError, RuntimeError), match=r"set_printoptions: [a-z]+ must"):
        at.set_printoptions(**{"linewidth": 40, **options})
    assert repr(at.arange(2000.0) / 7) == before


def test_an_infinite_threshold_shows_everything() -> None:
    at.set_printoptions(threshold=float("inf"))
    try:
        assert "..." not in repr(at.arange(2000))
    finally:
        at.set_printoptions(threshold=1000)


def test_numbers_as_far_apart_as_can_be_are_shown_without_a_warning() -> None:
    numbers = at.tensor([1e-241, 1e67], dtype=at.float64)
    assert repr(numbers) == "tensor([1.0000e-241,  1.0000e+67], dtype=float64)"


def test_an_expanded_tensor_is_shown_without_a_copy() -> None:
    huge = at.tensor(1.5).expand(10**13)
    assert repr(huge) == "tensor([1.5000, 1.5000, 1.5000,  ..., 1.5000, 1.5000, 1.5000])"
