"""Cases of similarity, distance and the bilinear form."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from tests.autotensor.cases.base import Case, functions, reals, spelled, turned


def _similarity(lib: Any, a: Any, b: Any, **settings: Any) -> Any:
    return functions(lib).cosine_similarity(a, b, **settings)


def _distance(lib: Any, a: Any, b: Any, **settings: Any) -> Any:
    return functions(lib).pairwise_distance(a, b, **settings)


def _bilinear(lib: Any, *tensors: Any) -> Any:
    return functions(lib).bilinear(*tensors)


def _cases() -> Iterator[Case]:
    x, y = reals((3, 4)), reals((3, 4), seed=1) + 0.03
    for dim in (1, 0, -2):
        yield Case("cosine_similarity", f"{dim}", partial(_similarity, dim=dim), (x, y))
    yield Case("cosine_similarity", "turned", _similarity, (turned(x), y))
    yield Case("cosine_similarity", "stretched", _similarity, (x, y[:, :1]))
    yield Case("cosine_similarity", "more dimensions", partial(_similarity, dim=0), (x, y[0]))
    yield Case("cosine_similarity", "0-d", partial(_similarity, dim=0), (x[0, 0], y[0, 0]))
    yield Case("cosine_similarity", "empty", _similarity, (np.zeros((0, 4)), np.zeros((0, 4))))
    # Lengths below eps: PyTorch differentiates as if they were not raised to it.
    for settings in ({}, {"p": 1.0}, {"p": 3.0, "keepdim": True}, {"p": 0.5}, {"p": float("inf")}):
        function = partial(_distance, **settings)
        yield Case("pairwise_distance", spelled(settings), function, (x, y))
    yield Case("pairwise_distance", "turned", _distance, (turned(x), y))
    yield Case("pairwise_distance", "stretched", _distance, (x, y[0]))
    yield Case("pairwise_distance", "empty", _distance, (np.zeros((0, 4)), np.zeros((0, 4))))
    weight, bias = reals((2, 4, 3), seed=2), reals((2,), seed=3)
    for shape in ((), (3,), (2, 2), (0,)):
        first, second = reals((*shape, 4)), reals((*shape, 3), seed=1)
        yield Case("bilinear", f"{shape}", _bilinear, (first, second, weight, bias))
    yield Case("bilinear", "no bias", _bilinear, (first, second, weight))
    yield Case("bilinear", "turned", _bilinear, (turned(x), turned(y[:, :3]), turned(weight)))


def _tie_cases() -> Iterator[Case]:
    x = np.array([[0.0, 0.0], [3.0, 4.0], [1e-3, 0.0]])
    yield Case(
        "cosine_similarity", "short", partial(_similarity, eps=0.1), (x, x[::-1] + 1), second=False
    )
    yield Case("pairwise_distance", "equal", partial(_distance, eps=0.0), (x, x), second=False)


CASES: list[Case] = [*_cases()]

#: At length 0, and where lengths are raised to eps: no differences to compare with.
TIE_CASES: list[Case] = [*_tie_cases()]
