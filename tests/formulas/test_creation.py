"""Tensors made in steps, against the same numbers made one by one by Python."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autotensor as at


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((5,), [0, 1, 2, 3, 4]),
        ((2, 5), [2, 3, 4]),
        ((1, 8, 3), [1, 4, 7]),
        ((1, 7, 3), [1, 4]),  # the end is never in it
        ((5, 0, -2), [5, 3, 1]),
        ((4, 0, -2), [4, 2]),
        ((-3,), None),
        ((0.0, 1.0, 0.25), [0.0, 0.25, 0.5, 0.75]),
        ((0.5, 2), [0.5, 1.5]),
        ((3, 3), []),
    ],
)
def test_arange(arguments: tuple[Any, ...], expected: list[Any] | None) -> None:
    if expected is None:
        with pytest.raises(RuntimeError, match="no way from 0 to -3"):
            at.arange(*arguments)
        return
    made = at.arange(*arguments)
    assert made.tolist() == expected
    assert made.dtype == (at.int64 if all(isinstance(n, int) for n in arguments) else at.float32)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((1, 4), [1, 2, 3, 4]),
        ((1, 4, 0.5), [1, 1.5, 2, 2.5, 3, 3.5, 4]),
        ((1, 4.2), [1, 2, 3, 4]),
        ((4, 1, -1), [4, 3, 2, 1]),
        ((1.5, 4), [1.5, 2.5, 3.5]),
        ((2, 2), [2]),
    ],
)
def test_range_holds_its_end(arguments: tuple[Any, ...], expected: list[Any]) -> None:
    with pytest.warns(UserWarning, match="range: it is deprecated"):
        found = at.range(*arguments)
    assert found.tolist() == expected
    assert found.dtype == at.get_default_dtype()
    with pytest.warns(UserWarning, match="range"):
        assert at.range(*arguments, dtype=at.int64).dtype == at.int64


@pytest.mark.filterwarnings("ignore:range")
def test_range_of_an_end_alone_by_name_starts_at_0() -> None:
    assert at.range(end=2).tolist() == [0, 1, 2]
    with pytest.raises(TypeError, match="range: end is missing"):
        at.range(4)


@pytest.mark.filterwarnings("ignore:range")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [((1, 4, 0), "step must not be 0"), ((4, 1), "no way from 4 to 1"), ((0, math.inf), "finite")],
)
def test_range_refuses(arguments: tuple[Any, ...], words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        at.range(*arguments)


def test_what_has_an_end_alone_by_name_starts_at_0() -> None:
    at.manual_seed(0)
    assert at.arange(end=3).tolist() == [0, 1, 2]
    for drawn in (at.randint(high=3, size=(200,)), at.randint_like(at.ones(200), high=3)):
        assert set(drawn.tolist()) == {0, 1, 2}
    for draw in (at.arange, lambda: at.randint(size=(2,)), lambda: at.randint_like(at.ones(2))):
        with pytest.raises(TypeError, match=r"(arange: end|randint: high) must be a number"):
            draw()


def test_randint_leaves_the_end_out() -> None:
    at.manual_seed(0)
    assert set(at.randint(-2, 1, (200,)).tolist()) == {-2, -1, 0}


@pytest.mark.parametrize(
    ("start", "end", "steps"), [(0, 1, 5), (-1, 2, 7), (3, -3, 4), (2, 9, 1), (1, 5, 0), (0, 1, 2)]
)
def test_linspace_and_logspace_hold_both_ends(start: float, end: float, steps: int) -> None:
    expected = [start + (end - start) * k / max(steps - 1, 1) for k in range(steps)]
    made = at.linspace(start, end, steps, dtype=at.float64).tolist()
    np.testing.assert_allclose(made, expected, atol=1e-14)
    if steps > 1:
        assert (made[0], made[-1]) == (start, end)
    for settings, base in (({}, 10.0), ({"base": 2.0}, 2.0), ({"base": math.e}, math.e)):
        made = at.logspace(start, end, steps, **settings, dtype=at.float64).tolist()
        np.testing.assert_allclose(made, [base**x for x in expected], rtol=1e-13)


@pytest.mark.parametrize(("n", "m"), [(3, None), (2, 4), (4, 2), (0, 2)])
def test_eye(n: int, m: int | None) -> None:
    columns = n if m is None else m
    expected = [[float(i == j) for j in range(columns)] for i in range(n)]
    made = at.eye(n, m)
    assert made.shape == (n, columns)
    assert made.tolist() == expected


@pytest.mark.parametrize("offset", [None, -2, 0, 1, 5])
def test_indices_of_triangles(offset: int | None) -> None:
    given, border = ((), 0) if offset is None else ((offset,), offset)
    places = [(i, j) for i in range(3) for j in range(4)]
    lower = [place for place in places if place[1] - place[0] <= border]
    upper = [place for place in places if place[1] - place[0] >= border]
    assert at.tril_indices(3, 4, *given).t().tolist() == [list(place) for place in lower]
    assert at.triu_indices(3, 4, *given).t().tolist() == [list(place) for place in upper]


def test_what_is_filled() -> None:
    like = at.tensor([[1, 2, 3]], dtype=at.int32)
    for made, value in (
        (at.zeros_like(like), 0),
        (at.ones_like(like), 1),
        (at.full_like(like, 7), 7),
        (like.new_full((1, 3), 7), 7),
        (like.new_zeros(1, 3), 0),
        (like.new_ones(1, 3), 1),
    ):
        assert made.tolist() == [[value] * 3]
        assert made.dtype == at.int32
    assert at.full((2,), 2.5).tolist() == [2.5, 2.5]
    assert [at.full((), x).dtype for x in (1, 1.0, True)] == [at.int64, at.float32, at.bool]
    assert at.zeros(2).dtype == at.ones(2).dtype == at.eye(2).dtype == at.float32
