"""Functions that NumPy lacks."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest

import autotensor as at
from autotensor.operators.special import erf_array

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
