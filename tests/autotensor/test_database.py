"""PyTorch's own samples of every operator that is here too, and what PyTorch refuses of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.autotensor import database
from tests.autotensor.cases import Case
from tests.autotensor.public import OPERATORS
from tests.helpers import compare

#: How many samples of a kind are tried of an operator; some have hundreds.
MANY = 8

pytest.importorskip("expecttest", reason="PyTorch's database needs it: pip install expecttest")


def described_as(name: str) -> list[object]:
    return [one for one in database.descriptions() if database.short_name(one) == name]


def cases(torch: ModuleType, name: str) -> Iterator[tuple[Case, int]]:
    """Samples of an operator, and to which order they are to be differentiated."""
    for described in described_as(name):
        for dtype in (torch.float64, torch.float32, torch.int64, torch.bool):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = list(database.samples(torch, described, dtype, MANY))
            for case in found:
                yield case, (2 if case.second else 1) if dtype == torch.float64 else 0


@pytest.mark.parametrize("name", sorted(OPERATORS - database.RANDOM))
def test_samples(torch: ModuleType, name: str) -> None:
    failures = []
    for case, order in cases(torch, name):
        tolerance = 1e-9 if order else None
        try:
            compare(
                torch,
                case.function,
                *case.arrays,
                constants=case.constants,
                order=order,
                tolerance=tolerance,
            )
        except Exception as error:
            failures.append(f"{case.detail}: {type(error).__name__}: {error}"[:400])
    if name in database.REASONS:
        assert failures, "no longer different: take it out of REASONS"
        pytest.xfail(database.REASONS[name])
    assert not failures, f"{len(failures)}: " + "\n\n".join(failures[:3])
