"""The geometry of windows, on arrays: padding, by NumPy's own."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from autotensor.kernels import windows
from autotensor.kernels.windows import place


@pytest.mark.parametrize("little", [0, windows.LITTLE], ids=["around", "everywhere"])
@pytest.mark.parametrize("value", [0.0, -np.inf, np.nan])
@pytest.mark.parametrize("sizes", [(5,), (4, 3), (2, 3, 4)])
def test_padding_lies_around_the_input(
    sizes: tuple[int, ...], value: float, little: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "LITTLE", little)
    array = np.random.default_rng(0).standard_normal((2, 3, *sizes))
    sides = list(itertools.product(range(3), repeat=2))
    for padding in itertools.islice(itertools.product(sides, repeat=len(sizes)), 81):
        placed = place(sizes, (1,) * len(sizes), padding=padding)
        expected = np.pad(array, ((0, 0), (0, 0), *padding), constant_values=value)
        for order in itertools.permutations(range(array.ndim)):
            back = np.argsort(order)
            input = np.ascontiguousarray(array.transpose(order)).transpose(back)
            np.testing.assert_array_equal(placed.padded(input, value), expected)
