"""Every operator's first and second derivatives against differences, in float64."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import autotensor as at
from tests.autotensor.cases import CASES, NOT_DIFFERENTIABLE, NOT_OPERATORS, TIE_CASES, Case
from tests.autotensor.public import FAMILIES
from tests.helpers import assert_same, flat, to_library

TRIED = {case.name for case in CASES}


# Far more than differences of float64 values are off here, and far less than a wrong factor is.
LIMITS = {"atol": 1e-6, "rtol": 1e-6}

# For one case of each of these the third derivatives are tried as well: their rules are operators
# that nothing else uses.
AND_THIRD = ("getitem", "batch_norm", "conv1d", "conv_transpose1d", "max_pool1d", "avg_pool1d")
FIRST_CASES = [next(case for case in CASES if case.name == name) for name in AND_THIRD]


#: Their cases leave the graph, for PyTorch has no such derivative; tests of their own have ours.
APART = {"embedding_renorm_", "vander"}


def prepared(case: Case) -> tuple[Callable[..., list[at.Tensor]], list[Any]]:
    """The function of a case, with its constants in it, and the inputs to differentiate by."""
    inputs = [to_library(at, array, grads=True) for array in case.arrays]
    constants = [to_library(at, array, grads=False) for array in case.constants]

    def function(*tensors: at.Tensor) -> list[at.Tensor]:
        results = flat(case.function(at, *tensors, *constants))
        return [one for one in results if one.dtype == at.float64]

    return function, inputs


@pytest.mark.parametrize("case", [one for one in CASES if one.name not in APART], ids=str)
def test_derivatives_agree_with_differences(case: Case) -> None:
    function, inputs = prepared(case)
    assert at.gradcheck(function, inputs, **LIMITS)
    assert at.gradgradcheck(function, inputs, **LIMITS)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_rules_on_arrays_and_recorded_ones_agree(case: Case) -> None:
    """The checks above compare each with differences of its own values."""
    function, inputs = prepared(case)
    outputs = [one for one in function(*inputs) if one.requires_grad]
    wanted = [one for one in inputs if isinstance(one, at.Tensor) and one.requires_grad]
    generator = np.random.default_rng(5)
    seeds = [at.tensor(generator.standard_normal(one.shape)) for one in outputs]
    fast, recorded = (
        at.grad(
            outputs, wanted, seeds, retain_graph=True, create_graph=create_graph, allow_unused=True
        )
        for create_graph in (False, True)
    )
    for one, other in zip(fast, recorded, strict=True):
        if one is not None or other is not None:
            assert_same(one, other)


@pytest.mark.parametrize("case", FIRST_CASES, ids=str)
def test_third_derivatives_agree_with_differences(case: Case) -> None:
    function, inputs = prepared(case)

    def gradients(*tensors: at.Tensor) -> Sequence[at.Tensor | None]:
        outputs = [(one**3).sum() for one in function(*tensors) if one.requires_grad]
        wanted = [one for one in tensors if one.requires_grad]
        return at.grad(outputs, wanted, create_graph=True)

    assert at.gradgradcheck(gradients, inputs, **LIMITS)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_operator_is_forgotten(family: str) -> None:
    assert FAMILIES[family] - TRIED - NOT_DIFFERENTIABLE - NOT_OPERATORS == set()


def test_no_operator_is_excused_in_vain() -> None:
    excused = NOT_DIFFERENTIABLE | NOT_OPERATORS
    assert not TRIED & excused
    assert excused <= set.union(*FAMILIES.values())
    assert not any(hasattr(at, name) for name in NOT_OPERATORS)


def test_cases_are_of_operators_that_exist() -> None:
    for case in [*CASES, *TIE_CASES]:
        owner, _, name = case.name.rpartition(".")
        places = (getattr(at, owner),) if owner else (at, at.Tensor)
        assert any(hasattr(place, name) for place in places), case.name
