"""Every operator against PyTorch: value, dtype, shape, gradients, second derivatives, refusals."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.autotensor.cases import CASES, TIE_CASES, Case
from tests.helpers import compare, narrowed

SHARED = [case for case in [*CASES, *TIE_CASES] if not case.random]


@pytest.mark.parametrize("case", SHARED, ids=str)
def test_float64(torch: ModuleType, case: Case) -> None:
    order = 2 if case.second else 1
    compare(torch, case.function, *case.arrays, constants=case.constants, order=order)


@pytest.mark.parametrize("case", SHARED, ids=str)
def test_float32_stays_float32(torch: ModuleType, case: Case) -> None:
    if "dtype" in case.detail:
        pytest.skip("asks for float64")
    arrays = narrowed(case.arrays)
    if case.name == "to":
        arrays = arrays[:1] + list(case.arrays[1:])
    compare(torch, case.function, *arrays, constants=narrowed(case.constants), order=1)
