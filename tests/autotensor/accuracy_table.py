"""Writes docs/tables/accuracy.md: how many digits every operator loses, beside PyTorch.

    python -m tests.autotensor.accuracy_table [NAME ...]

With names it only prints the rows of those operators.  Elementwise operators are compared with
their formula in ``mpmath``, at numbers of every size; others with PyTorch in float64.  PyTorch must
be installed, and with it ``mpmath``.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

import autotensor as at
from tests.autotensor.accuracy_trials import COMPUTING, Formula, Whole, formulas, found, wholes
from tests.autotensor.cases import CASES, Case
from tests.helpers import array_of, flat, is_tensor, to_library

PAGE = Path(__file__).parents[2] / "docs" / "tables" / "accuracy.md"
KINDS = ("float32", "float16", "float64")
COLUMNS = [(kind, what) for kind in KINDS for what in ("value", "gradient")]
FAIR, MUCH = 4, 4
"""A mark stands where our error is more than so many times PyTorch's, and more than so many eps."""

AROUND = 8
"""PyTorch's error may be 0 by luck, so its largest at so many numbers on either side counts."""

#: Why a mark remains.
REASONS: dict[str, str] = {
    "igamma": "zᵃ e⁻ᶻ comes by its logarithm, which costs as many eps as it is large",
    "special.gammainc": "zᵃ e⁻ᶻ comes by its logarithm, which costs as many eps as it is large",
    "igammac": "as in gammainc",
    "special.gammaincc": "as in gammainc",
    "tanh": "1 - y², as in PyTorch; where y rounds to 1, NumPy's last digit of y is all there is",
}


class Worst(NamedTuple):
    """The largest error, PyTorch's at the same place, and the place."""

    marked: bool
    ours: float
    theirs: float
    where: str


NONE = Worst(False, -1.0, 0.0, "")


def errors(value: Any, truth: np.ndarray, scale: np.ndarray, kind: str) -> np.ndarray:
    """In eps of ``scale``; NaN where there is nothing to find out."""
    limits = np.finfo(kind)
    wide = np.asarray(array_of(value), np.longdouble)
    off = np.abs(wide - truth) / np.maximum(scale, limits.tiny) / limits.eps
    off = np.where(np.isnan(off), np.inf, off)
    return np.where(np.abs(truth) < limits.max, off, np.nan).astype(np.float64)


def largest_around(values: np.ndarray, width: int | None) -> np.ndarray:
    """The largest of each element and ``width`` on either side; of all, if that is None."""
    known = np.where(np.isnan(values), 0, values)
    if width is None:
        return np.full_like(known, known.max(initial=0))
    padded = np.pad(known, width)
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * width + 1).max(-1)


def worst(
    ours: Any, theirs: Any, truth: Any, scale: Any, kind: str, where: Any, around: int | None
) -> Worst:
    """The marked element with the largest error; if none is marked, of all."""
    scale = np.broadcast_to(scale, truth.shape)
    mine, other = (errors(one, truth, scale, kind).ravel() for one in (ours, theirs))
    other = largest_around(other, around)
    known = ~np.isnan(mine)
    if not known.any():
        return NONE
    marked = known & (mine > FAIR * np.maximum(other, 1)) & (mine > MUCH)
    place = int(np.argmax(np.where(marked if marked.any() else known, mine, -1)))
    name = where(place) if callable(where) else where
    return Worst(bool(marked.any()), float(mine[place]), float(other[place]), name)


def outputs(value: Any) -> list[Any]:
    """The floating Tensors in what a function gives."""
    return [one for one in flat(value) if is_tensor(one) and array_of(one).dtype.kind == "f"]


def gradients(library: ModuleType, results: list[Any], inputs: list[Any], weighted: bool) -> Any:
    """By every input that wants one; the incoming gradients are 1, or some numbers around it."""
    draw = np.random.default_rng(7)
    ready = [one for one in results if one.requires_grad]
    wanted = [one for one in inputs if is_tensor(one) and one.requires_grad]
    if not ready or not wanted:
        return []
    weights = [
        np.asarray(draw.integers(2, 7, one.shape) / 4 if weighted else np.ones(one.shape)).astype(
            array_of(one).dtype
        )
        for one in ready
    ]
    grad = at.grad if library is at else library.autograd.grad
    incoming = [library.from_numpy(one) for one in weights]
    return grad(ready, wanted, incoming, allow_unused=True, materialize_grads=True)


def run(
    library: ModuleType, call: Any, arrays: Any, weighted: bool = True, wanted: Any = None
) -> tuple[Any, Any]:
    """(outputs, gradients by the arguments at the places ``wanted``, which are all by default)."""
    inputs = [
        to_library(library, one, wanted is None or place in wanted)
        for place, one in enumerate(arrays)
    ]
    results = outputs(call(library, *inputs))
    return results, gradients(library, results, inputs, weighted)


# -- formulas --------------------------------------------------------------------------------------


def exact(trial: Formula, arrays: list[np.ndarray]) -> list[np.ndarray]:
    """The value and the derivatives by every argument, to the digits of longdouble."""
    import mpmath as m

    def number(function: Any, *x: Any) -> np.longdouble:
        try:
            value = function(m, *x)
        except (ValueError, ZeroDivisionError):  # not defined there
            return np.longdouble(np.nan)
        if value is None or isinstance(value, m.mpc):
            return np.longdouble(np.nan)
        head = float(value)
        tail = 0.0 if head == 0 or np.isinf(head) else float(value - head)
        return np.longdouble(head) + np.longdouble(tail)

    def slope(place: int) -> Any:
        def quotient(_: Any, *x: Any) -> Any:
            step = abs(x[place] or 1) * m.mpf(10) ** (-trial.digits // 4)
            more, less = (
                trial.formula(m, *x[:place], x[place] + one, *x[place + 1 :])
                for one in (step, -step)
            )
            return (more - less) / (2 * step)

        return trial.slopes[place] if trial.slopes else quotient

    functions = [trial.formula, *map(slope, range(len(arrays)))]
    with m.workdps(trial.digits):
        each = [[m.mpf(float(one)) for one in row] for row in np.broadcast_arrays(*arrays)]
        return [np.array([number(f, *x) for x in zip(*each, strict=True)]) for f in functions]


def narrowed(trial: Formula, kind: str) -> list[np.ndarray]:
    arrays = [np.asarray(one, np.float64).astype(kind) for one in trial.inputs]
    if len(arrays) == 1:
        only = np.unique(arrays[0])
        return [only[np.isfinite(only) & (only != 0)]]
    if len({one.size for one in arrays}) > 1:
        return [one[np.isfinite(one)] for one in arrays]
    good = np.all([np.isfinite(one) & (np.abs(one) >= np.finfo(kind).tiny) | (one == 0)
                   for one in arrays], axis=0)  # fmt: skip
    return [one[good] for one in arrays]


def by_formula(torch: ModuleType, trial: Formula, kind: str) -> Iterator[tuple[str, str, Worst]]:
    """(operator, value or gradient, worst)."""
    arrays = narrowed(trial, kind)
    truths = exact(trial, arrays)
    derivatives = [
        truths[1 + place]
        for place in (range(len(arrays)) if trial.wanted is None else trial.wanted)
    ]
    shown = np.broadcast_arrays(*arrays)
    around = AROUND if len(arrays) == 1 else 0
    if trial.size is not None:
        sizes = trial.size(*(one.astype(np.longdouble) for one in map(np.abs, arrays)))

    def where(place: int) -> str:
        return ", ".join(f"{one[place]:.4g}" for one in shown)

    for name in trial.names.split():

        def call(library: ModuleType, *x: Any, name: str = name) -> Any:
            return trial.call(found(library, name), *x)

        for what, (mine, other) in both(torch, call, arrays, False, trial.wanted):
            expected = truths[:1] if what == "value" else derivatives
            for one, two, truth in zip(mine, other, expected, strict=True):
                if one.shape == truth.shape:
                    size = np.abs(truth) if trial.size is None or what == "gradient" else sizes
                    yield name, what, worst(one, two, truth, size, kind, where, around)


def both(
    torch: ModuleType, call: Any, arrays: Any, weighted: bool = True, wanted: Any = None
) -> list[tuple[str, tuple[Any, Any]]]:
    """What both libraries give; nothing where one refuses the dtype, or the sample."""
    try:
        theirs, ours = (run(one, call, arrays, weighted, wanted) for one in (torch, at))
    except (RuntimeError, IndexError, TypeError, ValueError, AttributeError):
        return []
    return [(what, (ours[n], theirs[n])) for n, what in enumerate(("value", "gradient"))]


# -- whole arrays ----------------------------------------------------------------------------------


def by_float64(
    torch: ModuleType, name: str, trial: Whole, kind: str
) -> Iterator[tuple[str, str, Worst]]:
    def call(library: ModuleType, *x: Any) -> Any:
        return trial.call(found(library, name), *x)

    for described, given in trial.kinds.items():
        arrays = [one.astype(kind) if one.dtype.kind == "f" else one for one in given]
        if any(not np.isfinite(one).all() for one in arrays):
            continue
        if kind == "float16" and all(np.abs(one).max() < 1e-7 for one in arrays):
            continue
        yield from compared(torch, name, call, arrays, kind, described, trial.scale)


def compared(
    torch: ModuleType, name: str, call: Any, arrays: Any, kind: str, where: str, scale: str
) -> Iterator[tuple[str, str, Worst]]:
    """Both libraries with PyTorch in float64."""
    wide = [
        one.astype(np.float64) if getattr(one, "dtype", np.dtype(bool)).kind == "f" else one
        for one in arrays
    ]
    found_by_both = both(torch, call, arrays)
    if not found_by_both:
        return
    truths = run(torch, call, wide)
    sizes = run(torch, call, [np.abs(one) for one in wide]) if scale == "terms" else truths
    for (what, (mine, other)), truth, size in zip(found_by_both, truths, sizes, strict=True):
        for one, two, right, terms in zip(mine, other, truth, size, strict=True):
            exact_value = array_of(right).astype(np.longdouble)
            if array_of(two).dtype != kind or exact_value.size == 0:
                continue
            against = np.abs(array_of(terms).astype(np.longdouble))
            if scale == "largest":
                against = np.max(np.where(np.isfinite(against), against, 0))
            yield name, what, worst(one, two, exact_value, against, kind, where, None)


def by_case(torch: ModuleType, case: Case, kind: str) -> Iterator[tuple[str, str, Worst]]:
    if case.random or "dtype" in case.detail:
        return
    arrays = [
        one.astype(kind) if isinstance(one, np.ndarray | np.generic) and one.dtype == np.float64
        else one
        for one in (*case.arrays, *case.constants)
    ]  # fmt: skip
    yield from compared(torch, case.name, case.function, arrays, kind, case.detail, "largest")


# -- the page --------------------------------------------------------------------------------------


def measured(
    torch: ModuleType, chosen: set[str], count: int = 150, long: int = 30_011
) -> dict[tuple[str, str, str], Worst]:
    """By operator, dtype, and value or gradient."""
    table: dict[tuple[str, str, str], Worst] = {}

    def all_of(kind: str) -> Iterator[tuple[str, str, Worst]]:
        for trial in formulas(count):
            if chosen & set(trial.names.split()):
                yield from by_formula(torch, trial, kind)
        if kind == "float64":
            return
        for whole in wholes(long):
            for name in chosen & set(whole.names.split()):
                yield from by_float64(torch, name, whole, kind)
        for case in CASES:
            if case.name in chosen:
                yield from by_case(torch, case, kind)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for kind in KINDS:
            for name, what, one in all_of(kind):
                key = name, kind, what
                table[key] = max(table.get(key, NONE), one)
    return {key: one for key, one in table.items() if key[0] in chosen and one.ours >= 0}


HEAD = """# How many digits every operator keeps, beside PyTorch

Made by `python -m tests.autotensor.accuracy_table`, not by hand. A row for every operator that
computes with floats; those that only move, pick, compare or round are left out. Elementwise
operators are compared with their formula in `mpmath` at numbers of every size, those of whole
arrays with PyTorch's float64, on long and short arrays with values of every size. A cell has our
worst error, PyTorch {version}'s there (of a curve at {around} neighbours on either side as well,
because it may be right by luck; of an array the largest), and the place or the sample.

The unit is the dtype's eps, relative to the true value, or to the smallest normal number if that is
larger; for sums and products relative to the sum of absolute terms, for other operators of whole
arrays to the largest element. **✗** marks errors of more than {much} eps that are more than {fair}
times PyTorch's. `·` means that PyTorch does not compute it, or, for float64, that there is no
formula.

"""


def shown(size: float) -> str:
    return "∞" if np.isinf(size) else f"{size:.1f}" if size < 99.95 else f"{size:.1e}"


def cell(one: Worst | None) -> str:
    if one is None:
        return "·"
    mark = "**✗** " if one.marked else ""
    return f"{mark}{shown(one.ours)} / {shown(one.theirs)} at {one.where}".replace("|", "\\|")


def rows(table: dict[tuple[str, str, str], Worst], names: Any) -> Iterator[str]:
    yield f"| operator | {' | '.join(f'{kind} {what}' for kind, what in COLUMNS)} |"
    yield f"| --- |{' --- |' * len(COLUMNS)}"
    for name in sorted(names):
        cells = [cell(table.get((name, *column))) for column in COLUMNS]
        yield f"| `{name}` | {' | '.join(cells)} |"


def page(torch: ModuleType) -> str:
    """As Markdown."""
    table = measured(torch, COMPUTING)
    head = HEAD.format(version=torch.__version__.split("+")[0], much=MUCH, fair=FAIR, around=AROUND)
    marked = sorted({key[0] for key, one in table.items() if one.marked})
    reasons = [f"- `{name}`: {REASONS[name]}" for name in marked]
    return head + "\n".join(chain(rows(table, COMPUTING), ["", "## Reasons", ""], reasons)) + "\n"


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    if chosen := set(sys.argv[1:]):
        print("\n".join(rows(measured(torch, chosen), chosen)))
    else:
        PAGE.write_text(page(torch), encoding="utf-8")
