"""Cases of the operators that select."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.autotensor.cases.base import Case, reals, turned

INDICES: dict[str, Any] = {
    "int": 1,
    "negative": -1,
    "ints": (0, 2),
    "slice": slice(1, None),
    "steps": (slice(None), slice(None, None, 2)),
    "None": (None, slice(None), None),
    "Ellipsis": (..., 1),
    "nothing": (),
    "empty slice": slice(2, 1),
    "list": [0, 0, 1],
    "lists": ([0, 1], [2, 2]),
    "list after slice": (slice(None), [2, 0, 2]),
    "apart": ([0, 1], slice(None), [1, 1]),
    "grid": ([[0], [1]], [2, 0]),
    "True": True,
    "False": (slice(None), False),
    "empty list": [],
    # Ints take their dimensions away before Tensors are looked at: not as in NumPy.
    "int, slice, list": (0, slice(None), [0, 3, 1]),
    "list, slice, int": ([0, 1], slice(None), -1),
    "int, list": (1, [2, 0]),
    "None between": ([1, 0], None, [2, 1]),
    "everything": (None, [1, 0, 1], ..., None, 2),
    "int and True": (None, True, 0),
    "list of slice and int": [slice(None), 0],
    "nested list": [[0, 1], [1, 0]],
}


def _index_cases() -> Iterator[Case]:
    x = reals((2, 3, 4))
    for detail, index in INDICES.items():
        yield Case("getitem", detail, lambda lib, a, i=index: a[i], (x,))
        yield Case("getitem", detail + " turned", lambda lib, a, i=index: a[i], (turned(x),))
    yield Case("getitem", "mask", lambda lib, a, m: a[m], (x, x > 0))
    yield Case("getitem", "mask of rows", lambda lib, a, m: a[m], (x, np.array([True, False])))
    yield Case("getitem", "Tensor", lambda lib, a, i: a[i], (x, np.array([1, 0, 1])))
    yield Case(
        "getitem", "Tensors", lambda lib, a, i, j: a[i, :, j], (x, np.array([1, 1]), np.array(2))
    )
    yield Case(
        "getitem",
        "mask after int",
        lambda lib, a, m: a[0, m, 1],
        (x, np.array([True, False, True])),
    )
    yield Case("select", "dim", lambda lib, a: lib.select(a, 1, -1), (x,))
    yield Case("narrow", "dim", lambda lib, a: lib.narrow(a, 2, 1, 2), (x,))
    yield Case("narrow", "negative", lambda lib, a: lib.narrow(a, 2, -3, 2), (x,))
    picks = np.array([0, 2, 2])
    yield Case("index_select", "dim", lambda lib, a, i: lib.index_select(a, 1, i), (x, picks))
    index = np.random.default_rng(0).integers(0, 3, (2, 2, 4))
    yield Case("gather", "middle", lambda lib, a, i: lib.gather(a, 1, i), (x, index))
    yield Case("gather", "smaller", lambda lib, a, i: lib.gather(a, 1, i), (x, index[:1, :, :2]))
    yield Case("take_along_dim", "dim", lambda lib, a, i: lib.take_along_dim(a, i, 1), (x, index))
    yield Case(
        "take_along_dim", "stretched", lambda lib, a, i: lib.take_along_dim(a, i, 1), (x, index[:1])
    )
    yield Case("take_along_dim", "flat", lambda lib, a, i: lib.take_along_dim(a, i), (x, picks))
    flat = np.array([[0, -1], [7, 7]])
    yield Case("take", "anywhere", lambda lib, a, i: lib.take(a, i), (turned(x), flat))
    yield Case("take", "0-d", lambda lib, a, i: a.take(i), (x, flat[0, 0]))
    yield Case(
        "take_along_dim", "negative", lambda lib, a, i: a.take_along_dim(i - 3, 1), (x, index)
    )
    yield Case("masked_select", "mask", lambda lib, a, m: a.masked_select(m), (x, x > 0))
    yield Case(
        "masked_select", "stretched", lambda lib, a, m: lib.masked_select(a, m), (x[0], x > 0)
    )
    yield Case("narrow_copy", "dim", lambda lib, a: a.narrow_copy(1, 1, 2), (x,))
    yield Case(
        "index_select", "0-d", lambda lib, a, i: a.index_select(0, i), (x[0, 0, 0], picks[:1])
    )
    yield Case("gather", "0-d", lambda lib, a, i: lib.gather(a, 0, i * 0), (x[0, 0, 0], picks))
    yield Case("gather", "nothing", lambda lib, a, i: lib.gather(a, 0, i), (x, index[:0]))


CASES: list[Case] = [*_index_cases()]

#: Without a derivative.
NOT_DIFFERENTIABLE = {"argwhere", "nonzero", "one_hot", "unravel_index"}
