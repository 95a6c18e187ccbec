"""Every operator's first and second derivatives against differences, in float64."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import pytest

import autotensor as at
from autotensor import operators
from tests.autotensor.cases import CASES, NOT_DIFFERENTIABLE, NOT_OPERATORS, Case, tie_cases
from tests.helpers import flat, to_library

#: Every module of operators, with its public names.
FAMILIES = {
    module.name: set(import_module(f"autotensor.operators.{module.name}").__all__)
    for module in iter_modules(operators.__path__)
}
TRIED = {case.name for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_derivatives_agree_with_differences(case: Case) -> None:
    inputs = [to_library(at, array, grads=True) for array in case.arrays]
    constants = [to_library(at, array, grads=False) for array in case.constants]

    def function(*tensors: at.Tensor) -> list[at.Tensor]:
        results = flat(case.function(at, *tensors, *constants))
        return [one for one in results if one.dtype == at.float64]

    assert at.gradcheck(function, inputs)
    assert at.gradgradcheck(function, inputs)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_operator_is_forgotten(family: str) -> None:
    assert FAMILIES[family] - TRIED - NOT_DIFFERENTIABLE - NOT_OPERATORS == set()


def test_no_operator_is_excused_in_vain() -> None:
    excused = NOT_DIFFERENTIABLE | NOT_OPERATORS
    assert not TRIED & excused
    assert excused <= set.union(*FAMILIES.values())
    assert not any(hasattr(at, name) for name in NOT_OPERATORS)


def test_cases_are_of_operators_that_exist() -> None:
    for case in [*CASES, *tie_cases()]:
        assert hasattr(at, case.name) or hasattr(at.Tensor, case.name), case.name
