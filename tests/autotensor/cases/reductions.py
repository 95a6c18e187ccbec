"""Cases of the reductions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.autotensor.cases.base import (
    TIES,
    Case,
    reals,
    turned,
)


def _reduction_cases() -> Iterator[Case]:
    x = reals((2, 3, 2))
    for name in ("sum", "mean"):
        for dim in (None, 0, -1, (0, 2), ()):
            for keepdim in (False, True):
                if dim is None and keepdim:
                    continue
                given = () if dim is None else (dim, keepdim)
                yield Case(
                    name,
                    f"{dim} {keepdim}",
                    lambda lib, a, n=name, g=given: getattr(lib, n)(a, *g),
                    (x,),
                )
        yield Case(name, "turned", lambda lib, a, n=name: getattr(lib, n)(a, 1), (turned(x),))
        yield Case(name, "0-d", lambda lib, a, n=name: getattr(lib, n)(a), (reals(()),))
        yield Case(name, "0-d dim", lambda lib, a, n=name: getattr(lib, n)(a, -1), (reals(()),))
        yield Case(
            name,
            "dtype",
            lambda lib, a, n=name: getattr(lib, n)(a, 0, dtype=lib.float64),
            (x.astype(np.float64),),
        )
    yield Case("sum", "empty", lambda lib, a: lib.sum(a), (np.zeros((0, 2)),))
    yield Case("sum", "empty dim", lambda lib, a: lib.sum(a, 0), (np.zeros((0, 2)),))
    zeros = reals((3, 4))
    zeros[0, 1] = zeros[1, 0] = zeros[1, 2] = 0
    for detail, array in (("", reals((3, 4))), (" zeros", zeros)):
        yield Case("prod", "all" + detail, lambda lib, a: lib.prod(a), (array,))
        yield Case("prod", "dim" + detail, lambda lib, a: lib.prod(a, 1), (array,))
        yield Case("prod", "keep" + detail, lambda lib, a: lib.prod(a, 0, True), (array,))
    yield Case("prod", "0-d", lambda lib, a: lib.prod(a), (reals(()),))
    yield Case("prod", "empty", lambda lib, a: lib.prod(a, 0), (np.zeros((0, 2)),))
    for name in ("amax", "amin"):
        yield Case(name, "all", lambda lib, a, n=name: getattr(lib, n)(a), (x,))
        yield Case(name, "dims", lambda lib, a, n=name: getattr(lib, n)(a, (0, 2), True), (x,))
    for name in ("max", "min"):
        yield Case(name, "all", lambda lib, a, n=name: getattr(lib, n)(a), (x,))
        yield Case(name, "dim", lambda lib, a, n=name: getattr(lib, n)(a, 1), (x,))
        yield Case(name, "keep", lambda lib, a, n=name: getattr(lib, n)(a, -1, True), (x,))
        yield Case(name, "0-d", lambda lib, a, n=name: getattr(lib, n)(a), (reals(()),))
        yield Case(name, "0-d dim", lambda lib, a, n=name: getattr(lib, n)(a, 0), (reals(()),))
        yield Case(
            name,
            "two",
            lambda lib, a, b, n=name: getattr(lib, n)(a, b),
            (x, reals((2, 3, 2), seed=1) + 0.01),
        )
    for name in ("var", "std", "var_mean", "std_mean"):
        yield Case(name, "all", lambda lib, a, n=name: getattr(lib, n)(a), (x,))
        yield Case(name, "biased", lambda lib, a, n=name: getattr(lib, n)(a, unbiased=False), (x,))
        yield Case(
            name,
            "dim",
            lambda lib, a, n=name: getattr(lib, n)(a, 1, correction=0.5, keepdim=True),
            (x,),
        )
        yield Case(name, "dims", lambda lib, a, n=name: getattr(lib, n)(a, (0, 1)), (turned(x),))
    for name in ("softmax", "log_softmax", "logsumexp"):
        for dim in (0, -1):
            yield Case(name, f"{dim}", lambda lib, a, n=name, d=dim: getattr(lib, n)(a, d), (x,))
        yield Case(name, "0-d", lambda lib, a, n=name: getattr(lib, n)(a, 0), (reals(()),))
        yield Case(name, "turned", lambda lib, a, n=name: getattr(lib, n)(a, 1), (turned(x),))
    yield Case("logsumexp", "dims", lambda lib, a: lib.logsumexp(a, (0, 1), True), (x,))
    for name in ("nansum", "nanmean"):
        yield Case(name, "none", lambda lib, a, n=name: getattr(lib, n)(a, -1, True), (x,))
        yield Case(name, "some", lambda lib, a, n=name: _with_nan(lib, n, a, (0, 2)), (x,))
        yield Case(name, "all", lambda lib, a, n=name: _with_nan(lib, n, a), (x,))
    yield Case("aminmax", "all", lambda lib, a: lib.aminmax(a), (x,))
    yield Case("aminmax", "dim", lambda lib, a: lib.aminmax(a, dim=1, keepdim=True), (turned(x),))
    yield Case("aminmax", "empty", lambda lib, a: lib.aminmax(a, dim=1), (np.zeros((0, 2)),))


def _with_nan(lib: Any, name: str, a: Any, *dims: Any) -> Any:
    """The function of ``a`` with a NaN in it, which takes no part in gradients."""
    holes = np.zeros((2, 3, 2), np.bool_)
    holes[0, 1, 0] = holes[1, :, 1] = True
    return getattr(lib, name)(a.masked_fill(lib.from_numpy(holes), float("nan")), *dims)


def _tie_cases() -> Iterator[Case]:
    for name in ("amax", "amin", "max", "min"):
        yield Case(name, "tie, all", lambda lib, a, n=name: getattr(lib, n)(a), (TIES,))
        yield Case(name, "tie, dim", lambda lib, a, n=name: getattr(lib, n)(a, 1), (TIES,))
    yield Case("aminmax", "tie, dim", lambda lib, a: lib.aminmax(a, dim=1), (TIES,))
    nans = np.array([1, np.nan, 3, 3, np.nan])
    for name in ("max", "min"):
        yield Case(name, "NaN", lambda lib, a, n=name: getattr(lib, n)(a), (nans,))
        yield Case(name, "NaN, dim", lambda lib, a, n=name: getattr(lib, n)(a, 0), (nans,))
    yield Case("std", "no spread", lambda lib, a: lib.std(a, 1), (TIES,), second=False)
    yield Case("logsumexp", "-inf", lambda lib, a: lib.logsumexp(a, 0), (np.array([-np.inf, 1.0]),))


CASES: list[Case] = [*_reduction_cases()]

#: Where PyTorch picks one of equal elements, or a bend: no differences to compare with.
TIE_CASES: list[Case] = [*_tie_cases()]

#: Without a derivative.
NOT_DIFFERENTIABLE = {"all", "any", "argmax", "argmin", "count_nonzero"}
