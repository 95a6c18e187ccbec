"""Cases of the rows of a table."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from tests.autotensor.cases.base import Case, functions, reals, spelled, turned

TABLE = reals((5, 3))
NUMBERS = np.array([[1, 4, 1], [0, 1, 3]])


def _rows(lib: Any, table: Any, numbers: Any, **settings: Any) -> Any:
    if "max_norm" in settings:
        # It is written to, which no leaf may be where a gradient is wanted of it.
        table = table * 1
    return functions(lib).embedding(numbers, table, **settings)


def _bags(lib: Any, table: Any, *given: Any, **settings: Any) -> Any:
    numbers, offsets, *weights = given
    if weights:
        settings["per_sample_weights"] = weights[0]
    return functions(lib).embedding_bag(numbers, table, offsets, **settings)


def _weighted_bags(lib: Any, table: Any, weights: Any, *given: Any, **settings: Any) -> Any:
    return _bags(lib, table, *given, weights, mode="sum", **settings)


def _tie_cases() -> Iterator[Case]:
    """What the gradient is not the derivative of, on purpose."""
    every: list[dict[str, Any]] = [
        {"padding_idx": 1}, {"padding_idx": -1}, {"scale_grad_by_freq": True},
        {"padding_idx": 4, "scale_grad_by_freq": True},
    ]  # fmt: skip
    for settings in every:
        # PyTorch does not differentiate twice what it divides by frequency.
        second = "scale_grad_by_freq" not in settings
        function = partial(_rows, **settings)
        yield Case("embedding", spelled(settings), function, (TABLE,), second, constants=(NUMBERS,))


def _cases() -> Iterator[Case]:
    for detail, numbers in (
        ("plain", NUMBERS), ("turned", turned(NUMBERS)), ("0-d", np.array(2)),
        ("empty", NUMBERS[:0]), ("int32", NUMBERS.astype(np.int32)),
    ):  # fmt: skip
        yield Case(
            "embedding", detail, _rows, (turned(TABLE),), detail != "empty", constants=(numbers,)
        )

    flat, offsets = np.array([1, 4, 1, 0, 1, 3, 2]), np.array([0, 3, 3, 7])
    for mode in ("mean", "sum", "max"):
        for settings in ({}, {"padding_idx": 1}, {"include_last_offset": True}):
            function = partial(_bags, mode=mode, **settings)
            detail = f"{mode} {spelled(settings)}"
            yield Case(
                "embedding_bag", detail, function, (TABLE,), False, constants=(flat, offsets)
            )
        function = partial(_bags, mode=mode)
        yield Case(
            "embedding_bag", f"{mode} matrix", function, (turned(TABLE),), False,
            constants=(turned(NUMBERS), None),
        )  # fmt: skip
        yield Case(
            "embedding_bag", f"{mode} empty", function, (TABLE,), False,
            constants=(flat[:0], np.array([0, 0])),
        )  # fmt: skip

    def shortened(lib: Any, table: Any, numbers: Any) -> Any:
        table = table.detach().clone()
        return lib.embedding_renorm_(table, numbers, 1.0, 2.0)

    yield Case("embedding_renorm_", "rows", shortened, (TABLE,), constants=(NUMBERS,))
    weights = reals((7,), 0.5, 2.0, seed=1)
    for settings in ({}, {"padding_idx": 1}):
        yield Case(
            "embedding_bag", f"weights {spelled(settings)}", partial(_weighted_bags, **settings),
            (TABLE, weights), False, constants=(flat, offsets),
        )  # fmt: skip


CASES: list[Case] = [*_cases()]
TIE_CASES: list[Case] = [*_tie_cases()]
