"""X's and O's: every number of the lecture, from plain loops."""

from __future__ import annotations

import importlib
import itertools
from types import ModuleType

import numpy as np
import pytest

import autotensor as at
import nn.functional as F
from autotensor.examples.course import folder

NINTHS = {
    "falls": "7 -1 1 3 5 -1 3/-1 9 -1 3 -1 1 -1/1 -1 9 -3 1 -1 5/3 3 -3 5 -3 3 3/"
    "5 -1 1 -3 9 -1 1/-1 1 -1 3 -1 9 -1/3 -1 5 3 1 -1 7",
    "crosses": "3 -5 1 -1 1 -5 3/-5 5 -5 3 -5 5 -5/1 -5 5 -7 5 -5 1/-1 3 -7 9 -7 3 -1/"
    "1 -5 5 -7 5 -5 1/-5 5 -5 3 -5 5 -5/3 -5 1 -1 1 -5 3",
}
POOLED = {
    "falls": "1 .33 .55 .33/.33 1 .33 .55/.55 .33 1 .11/.33 .55 .11 .77",
    "crosses": ".55 .33 .55 .33/.33 1 .55 .11/.55 .55 .55 .11/.33 .11 .11 .33",
    "rises": ".33 .55 1 .77/.55 .55 1 .33/1 1 .11 .55/.77 .33 .55 .33",
}


def numbers(text: str) -> np.ndarray:
    return np.array([[float(one) for one in row.split()] for row in text.split("/")])


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(folder() / "06_xs_and_os"))
    return importlib.import_module("letters")


def matches(letter: np.ndarray, stroke: np.ndarray) -> np.ndarray:
    """By plain loops, in ninths."""
    found = np.zeros((7, 7))
    for row, column in np.ndindex(7, 7):
        for i, j in np.ndindex(3, 3):
            found[row, column] += letter[row + i, column + j] * stroke[i, j]
    return found


@pytest.mark.parametrize("name", POOLED)
def test_the_maps_are_the_lecture_s(letters: ModuleType, name: str) -> None:
    ninths = matches(letters.X, letters.STROKES[name])
    if name in NINTHS:
        np.testing.assert_array_equal(ninths, numbers(NINTHS[name]))
    else:  # the stroke that rises is the one that falls, mirrored
        np.testing.assert_array_equal(ninths, numbers(NINTHS["falls"])[:, ::-1])
    x = at.tensor(letters.X)[None, None]
    stroke = at.tensor(letters.STROKES[name], dtype=at.float64)[None, None]
    maps = F.conv2d(x, stroke) / 9
    np.testing.assert_allclose(maps[0, 0].numpy() * 9, ninths, atol=1e-12)
    pooled = F.max_pool2d(F.relu(maps), 2, ceil_mode=True)[0, 0].numpy()
    np.testing.assert_array_equal(np.trunc(pooled * 100 + 1e-9) / 100, numbers(POOLED[name]))


def test_no_two_groups_of_the_twelve_give_the_vote_of_the_summary() -> None:
    votes = np.array([0.9, 0.65, 0.45, 0.87, 0.96, 0.73, 0.23, 0.63, 0.44, 0.89, 0.94, 0.53])
    for size in range(1, 12):
        for group in itertools.combinations(range(12), size):
            rest = np.delete(votes, group)
            means = votes[list(group)].mean(), rest.mean()
            assert not (abs(means[0] - 0.92) < 0.005 and abs(means[1] - 0.51) < 0.005)
    assert votes[votes > 0.85].mean() == pytest.approx(0.912)


def test_an_o_has_fewer_places_for_the_strokes(letters: ModuleType) -> None:
    def fitting(letter: np.ndarray) -> int:
        return sum((matches(letter, one) == 9).sum() for one in letters.STROKES.values())

    assert fitting(letters.X) > fitting(letters.O) + 4
