"""Cases of connectionist temporal classification."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from tests.autotensor.cases.base import Case, functions, reals, turned


def _loss(lib: Any, scores: Any, *given: Any, **settings: Any) -> Any:
    """Of scores: there PyTorch's gradient is the true one."""
    logarithms = functions(lib).log_softmax(scores, -1)
    return functions(lib).ctc_loss(logarithms, *given, **settings)


def _cases() -> Iterator[Case]:
    case = partial(Case, "ctc_loss", second=False)  # PyTorch has none
    scores = reals((5, 4, 3))
    padded = np.array([[1, 1, 2], [2, 1, 0], [1, 0, 0], [0, 0, 0]])
    joined = np.array([1, 1, 2, 2, 1, 1])
    times, lengths = np.array([5, 4, 5, 3]), np.array([3, 2, 1, 0])
    for reduction in ("mean", "sum", "none"):
        function = partial(_loss, reduction=reduction)
        yield case(reduction, function, (scores,), constants=(padded, times, lengths))
        yield case(f"{reduction} joined", function, (scores,), constants=(joined, times, lengths))
        one = (np.array([2, 1]), np.array(5), np.array(2))
        yield case(f"{reduction} one", function, (scores[:, 0],), constants=one)
    function = partial(_loss, reduction="none", blank=2)
    other = np.where(padded == 2, 0, padded)
    yield case("blank", function, (scores,), constants=(other, times, lengths))
    yield case("turned", function, (turned(scores),), constants=(turned(other), times, lengths))
    short = np.array([3, 1, 0, 0])
    for reduction in ("mean", "none"):
        function = partial(_loss, reduction=reduction, zero_infinity=True)
        yield case(
            f"{reduction} too short", function, (scores,), constants=(padded, short, lengths)
        )


CASES: list[Case] = [*_cases()]
