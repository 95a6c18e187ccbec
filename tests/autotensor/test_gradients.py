"""Every operator's first and second derivatives against differences, in float64."""

from __future__ import annotations

from importlib import import_module

import pytest

import autotensor as at
from tests.autotensor.cases import CASES, NOT_DIFFERENTIABLE, Case, tie_cases
from tests.helpers import flat, to_library

FAMILIES = ("elementwise", "indexing", "linalg", "reductions", "shapes")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_derivatives_agree_with_differences(case: Case) -> None:
    inputs = [to_library(at, array, grads=True) for array in case.arrays]

    def function(*tensors: at.Tensor) -> list[at.Tensor]:
        results = flat(case.function(at, *tensors))
        return [one for one in results if one.dtype == at.float64]

    assert at.gradcheck(function, inputs)
    assert at.gradgradcheck(function, inputs)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_operator_is_forgotten(family: str) -> None:
    public = set(import_module(f"autotensor.operators.{family}").__all__)
    tried = {case.name for case in CASES}
    assert public - tried - NOT_DIFFERENTIABLE == set()
    assert not tried & NOT_DIFFERENTIABLE


def test_cases_are_of_operators_that_exist() -> None:
    for case in [*CASES, *tie_cases()]:
        assert hasattr(at, case.name) or hasattr(at.Tensor, case.name), case.name
