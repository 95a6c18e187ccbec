"""Cases of the operators that write and add at positions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from tests.autotensor.cases.base import Case, reals, turned

X = reals((3, 4))
SOURCE = reals((3, 4), -1.9, 2.3, seed=1)
ROWS = np.array([[0, 2, 1, 1], [1, 2, 0, 1]])
TWICE = np.array([2, 0, 2])
MASK = X > 0.3
ZEROS = np.where(np.abs(SOURCE) < 1.0, 0.0, SOURCE)


def _method(name: str, **settings: Any) -> Any:
    """The method ``name`` with further settings, as a function of a library and Tensors."""

    def call(lib: Any, self: Any, *args: Any) -> Any:
        return getattr(self, name)(*args, **settings)

    return call


def _by_index(name: str, **settings: Any) -> Any:
    """``name(dim, index, source)`` of Tensors given as input, source, index."""

    def call(lib: Any, self: Any, source: Any, index: Any, dim: int) -> Any:
        return getattr(self, name)(dim, index, source, **settings)

    return call


def _scatter_cases() -> Iterator[Case]:
    scatter, add = _by_index("scatter"), _by_index("scatter_add")
    unique = np.array([[0, 2, 1, 1], [1, 0, 0, 2]])
    for kind, array in (("", X), (" turned", turned(X))):
        yield Case("scatter", "dim 0" + kind, partial(scatter, dim=0), (array, SOURCE[:2], unique))
        yield Case("scatter_add", "dim 0" + kind, partial(add, dim=0), (array, SOURCE[1:], ROWS))
    yield Case("scatter", "smaller", partial(scatter, dim=1), (X, SOURCE[:2, :1], unique[:, :1]))
    yield Case("scatter", "empty", partial(scatter, dim=0), (X, SOURCE[:0], unique[:0]))
    yield Case("scatter", "0-d", partial(scatter, dim=0), (X[0, 0], SOURCE[0, 0], np.array(0)))
    yield Case("scatter", "number", lambda lib, x, i: x.scatter(0, i, 2.5), (X, ROWS))
    yield Case("scatter", "value", lambda lib, x, i: lib.scatter(x, 0, i, value=2.5), (X, ROWS))
    yield Case("scatter_add", "dim -1", partial(add, dim=-1), (X, SOURCE[:2], ROWS % 4))
    yield Case("scatter_add", "one place", partial(add, dim=0), (X, SOURCE[:2], ROWS * 0))
    for reduce in ("sum", "prod", "mean", "amax", "amin"):
        for include in (True, False):
            call = _by_index("scatter_reduce", reduce=reduce, include_self=include)
            detail = f"{reduce} {'with' if include else 'without'} self"
            yield Case("scatter_reduce", detail, partial(call, dim=0), (X, SOURCE[:2], ROWS))
            call = _by_index("index_reduce", reduce=reduce, include_self=include)
            if reduce != "sum":
                yield Case("index_reduce", detail, partial(call, dim=0), (X, SOURCE, TWICE))
    call = _by_index("scatter_reduce", reduce="prod")
    zero = np.where(np.abs(X) < 0.8, 0.0, X)
    # PyTorch gives no second derivative where zeros meet.
    yield Case("scatter_reduce", "zeros", partial(call, dim=0), (zero, ZEROS[:2], ROWS * 0), False)


def _index_cases() -> Iterator[Case]:
    add = _by_index("index_add")
    yield Case("index_add", "rows", partial(add, dim=0), (X, SOURCE, TWICE))
    yield Case(
        "index_add", "alpha", partial(_by_index("index_add", alpha=-2.5), dim=1),
        (X, SOURCE[:, :3], TWICE),
    )  # fmt: skip
    yield Case("index_add", "0-d", partial(add, dim=0), (X[0, 0], SOURCE[0, 0], np.array(0)))
    copy = _by_index("index_copy")
    yield Case("index_copy", "columns", partial(copy, dim=1), (X, SOURCE[:, :2], TWICE[:2]))
    yield Case("index_copy", "0-d", partial(copy, dim=0), (X[0], SOURCE[0, 0], np.array(1)))
    fill = _by_index("index_fill")
    yield Case("index_fill", "Tensor", partial(fill, dim=0), (X, np.array(1.5), TWICE))
    yield Case("index_fill", "number", lambda lib, x, i: x.index_fill(1, i, 3), (X, TWICE))
    put = lambda lib, x, values, *places: x.index_put(places, values)  # noqa: E731
    rows, columns = np.array([0, 2, -1]), np.array([1, 1, 3])
    yield Case("index_put", "places", put, (X, SOURCE[0, :3], rows, columns))
    yield Case("index_put", "stretched", put, (X, SOURCE[0, :1], rows[:2]))
    yield Case("index_put", "mask", put, (X, SOURCE[0, 0], MASK))
    yield Case(
        "index_put", "accumulate",
        lambda lib, x, v, i: lib.index_put(x, (i, i), v, accumulate=True),
        (X, SOURCE[0, :3], TWICE),
    )  # fmt: skip
    places = np.array([[3, -1], [7, 3]])
    yield Case("put", "write", lambda lib, x, v, i: x.put(i, v), (X, SOURCE[:2, :1], places[0]))
    yield Case(
        "put", "accumulate", lambda lib, x, v, i: x.put(i, v, accumulate=True),
        (X, SOURCE[0], places),
    )  # fmt: skip
    masked = _method("masked_scatter")
    yield Case("masked_scatter", "mask", masked, (X, MASK, SOURCE))
    yield Case("masked_scatter", "stretched", masked, (X[0], MASK, turned(SOURCE)))
    yield Case("masked_scatter", "nothing", masked, (X, MASK & False, SOURCE[0]))
    yield Case(
        "select_scatter", "column", _method("select_scatter", dim=1, index=-1), (X, SOURCE[:, 0])
    )
    yield Case("slice_scatter", "all", _method("slice_scatter"), (X, SOURCE))
    yield Case(
        "slice_scatter", "steps", _method("slice_scatter", dim=1, start=-3, end=9, step=2),
        (X, SOURCE[:, :2]),
    )  # fmt: skip


CASES: list[Case] = [*_scatter_cases(), *_index_cases()]


def _tie_cases() -> Iterator[Case]:
    ties = np.array([1.0, 3.0, 3.0])
    for reduce in ("amax", "amin"):
        call = _by_index("scatter_reduce", reduce=reduce)
        yield Case("scatter_reduce", f"{reduce} ties", partial(call, dim=0), (ties, ties, TWICE))


TIE_CASES: list[Case] = [*_tie_cases()]
