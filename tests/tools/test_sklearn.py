"""nn.sklearn beside scikit-learn: its own checks, its tools around our estimators, its networks."""

# ruff: noqa: E402 -- what needs scikit-learn is imported once it is known to be there

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn import optim

sklearn = pytest.importorskip("sklearn", reason="needs the extra: pip install -e .[sklearn]")
pytestmark = pytest.mark.works_with(
    "scikit-learn",
    "`nn.sklearn.Classifier` and `Regressor`: all of its own checks; pipelines, searches, "
    "cross-validation, clones, pickles, processes",
)

from sklearn import datasets
from sklearn.utils.estimator_checks import parametrize_with_checks

from nn.sklearn import Classifier, Regressor

near = partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-12)
DIGITS = datasets.load_digits(return_X_y=True)
CANCER = datasets.load_breast_cancer(return_X_y=True)
DIABETES = datasets.load_diabetes(return_X_y=True)
IRIS = datasets.load_iris(return_X_y=True)


@pytest.fixture(autouse=True)
def _its_warnings_are_its_own() -> Iterator[None]:
    """scikit-learn and pandas warn of each other's versions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Net(nn.Module):
    """As a user of skorch writes one."""

    def __init__(self, n_features_in: int, n_outputs: int, width: int = 16) -> None:
        super().__init__()
        self.hidden = nn.Linear(n_features_in, width)
        self.out = nn.Linear(width, n_outputs)

    def forward(self, x: at.Tensor) -> at.Tensor:
        return self.out(self.hidden(x).tanh())


def quick(**more: Any) -> dict[str, Any]:
    return {"max_epochs": 3, "hidden": (8,), "lr": 0.01, "random_state": 0, **more}


# -- its own checks --------------------------------------------------------------------------------


@parametrize_with_checks(
    [
        Classifier(),
        Regressor(),
        Classifier(
            Net, module__width=24, optimizer=optim.AdamW, optimizer__weight_decay=0.01, lr=0.01
        ),
        Regressor(hidden=(30, 20), activation="tanh", loss="huber_loss", loss__delta=2.0),
        Classifier(early_stopping=True, patience=30, max_epochs=150, lr=0.01),
    ]
)
def test_scikit_learns_own_checks(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)


def test_nothing_is_expected_to_fail() -> None:
    found = sklearn.utils.estimator_checks.check_estimator(
        Classifier(max_epochs=60, lr=0.01), on_fail=None, on_skip=None
    )
    others = {one["check_name"] for one in found if one["status"] != "passed"}
    assert others <= {"check_array_api_input"}  # it wants SciPy's switch for array namespaces
    assert len(found) > 50
