"""Every operator against PyTorch: value, dtype, shape, gradients, second derivatives, refusals."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from tests.autotensor.cases import CASES, Case, tie_cases
from tests.helpers import compare


@pytest.mark.parametrize("case", [*CASES, *tie_cases()], ids=str)
def test_float64(torch: ModuleType, case: Case) -> None:
    compare(torch, case.function, *case.arrays, order=2 if case.second else 1)


@pytest.mark.parametrize("case", [*CASES, *tie_cases()], ids=str)
def test_float32_stays_float32(torch: ModuleType, case: Case) -> None:
    if "dtype" in case.detail:
        pytest.skip("asks for float64")
    arrays = [
        one.astype(np.float32)
        if isinstance(one, (np.ndarray, np.generic)) and one.dtype == np.float64
        else one
        for one in case.arrays
    ]
    if case.name == "to":
        arrays = arrays[:1] + list(case.arrays[1:])
    compare(torch, case.function, *arrays, order=1)
