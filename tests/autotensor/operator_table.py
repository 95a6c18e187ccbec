"""Writes docs/tables/operators.md: what was tried of every operator, and if it agrees with PyTorch.

    python -m tests.autotensor.operator_table

The trials are the cases of ``tests/autotensor/cases`` and samples of PyTorch's own database of
operators.  A cell says how many trials of its kind agreed; one that does not is marked, with the
reason below the table.  PyTorch must be installed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from tests.autotensor import database
from tests.autotensor.cases import CASES, NOT_DIFFERENTIABLE, TIE_CASES, Case
from tests.autotensor.public import OPERATORS
from tests.helpers import compare, narrowed

PAGE = Path(__file__).parents[2] / "docs" / "tables" / "operators.md"
KINDS = (
    "value", "gradient", "second", "float32", "broadcasting", "empty", "0-d", "non-contiguous",
)  # fmt: skip

ROUNDING = "an ill-conditioned sample: the two round differently in float32"
REFUSED = "PyTorch refuses such memory"
#: Why a trial fails that ``test_database.py`` does not make.
REASONS = database.REASONS | {
    "conv_transpose3d": ROUNDING,
    "kron": REFUSED,
    "layer_norm": ROUNDING,
    "linalg.householder_product": ROUNDING,
    "logcumsumexp": ROUNDING,
    "max_unpool2d": REFUSED,
    "max_unpool3d": REFUSED,
    "nll_loss": REFUSED,
    "scaled_dot_product_attention": ROUNDING,
    "take_along_dim": REFUSED,
    "view": "PyTorch refuses such memory; here a Tensor that is no view is laid out anew",
    "view_as": "PyTorch refuses such memory; here a Tensor that is no view is laid out anew",
}

#: What sums of many float64 terms, and PyTorch's own digits of special functions, leave.
TOLERANCE = 1e-9

HEAD = """# Every operator, tried against PyTorch

Made by `python -m tests.autotensor.operator_table` from the tests' own cases and from samples of
PyTorch's database of operators; not by hand. A number is how many trials of that kind agreed with
PyTorch {version}: the value with its dtype and shape, the gradients, the gradients of the
gradients (to 1e-9 in float64; in float32 up to the first gradients, to 2e-5), with shapes that
broadcast, empty, without dimensions, and read from memory with gaps. `·` means that there is no
such trial, `–` that there is nothing to differentiate, **✗** that some failed, for the reason
below.
"""


def gapped(value: Any) -> Any:
    """An array with the same values in memory that has gaps, and the axes the other way round."""
    if not isinstance(value, np.ndarray) or value.ndim == 0:
        return value
    memory = np.empty((*value.shape[::-1], 2), value.dtype)[..., 0].T
    memory[...] = value
    return memory


def kinds_of(case: Case, result: Any) -> Iterator[str]:
    """What a case tries besides values and derivatives."""
    arrays = [one for one in (*case.arrays, *case.constants) if isinstance(one, np.ndarray)]
    shapes = [one.shape for one in arrays]
    if any(one.size == 0 for one in arrays):
        yield "empty"
    if () in shapes:
        yield "0-d"
    if len(set(shapes)) > 1:
        try:
            stretched = np.broadcast_shapes(*shapes)
        except ValueError:
            return
        if stretched == getattr(result, "shape", None):
            yield "broadcasting"


def agrees(
    torch: ModuleType, case: Case, order: int, change: Callable[[Any], Any] = lambda one: one
) -> tuple[bool, Any]:
    """Whether a case gives what PyTorch gives, and what it gives."""
    arrays, constants = (
        [change(one) for one in several] for several in (case.arrays, case.constants)
    )
    tolerance = None if change is narrow else TOLERANCE
    try:
        return True, compare(
            torch, case.function, *arrays, constants=constants, order=order, tolerance=tolerance
        )
    except Exception:
        return False, None


def trials(torch: ModuleType, case: Case) -> Iterator[tuple[str, bool]]:
    """Each kind of trial of a case, and whether it agreed."""
    highest = 2 if case.second else 1
    order = highest
    right, result = agrees(torch, case, order)
    while not right and order > 0:
        order -= 1
        right, result = agrees(torch, case, order)
    yield "value", right
    fully = right and order == highest
    differentiable = case.name not in NOT_DIFFERENTIABLE and any(
        isinstance(one, np.ndarray) and one.dtype.kind == "f" for one in case.arrays
    )
    if differentiable:
        yield "gradient", right and order >= 1
        if case.second:
            yield "second", fully
    for kind in kinds_of(case, result):
        yield kind, fully
    if "dtype" not in case.detail and case.name != "to":
        yield "float32", agrees(torch, case, 1, narrow)[0]
    if any(isinstance(one, np.ndarray) and one.ndim for one in (*case.arrays, *case.constants)):
        yield "non-contiguous", agrees(torch, case, 1, gapped)[0]


def narrow(value: Any) -> Any:
    return narrowed([value])[0]


def all_cases(torch: ModuleType) -> Iterator[Case]:
    for case in (*CASES, *TIE_CASES):
        if not case.random:
            yield case
    for described in database.descriptions():
        name = database.short_name(described)
        if name in OPERATORS and name not in database.RANDOM:
            for case in database.samples(torch, described, torch.float64, 12):
                yield replace(case, name=name)


def table(torch: ModuleType) -> str:
    """The page, as Markdown."""
    good: Counter[tuple[str, str]] = Counter()
    bad: Counter[tuple[str, str]] = Counter()
    for case in all_cases(torch):
        for kind, right in trials(torch, case):
            (good if right else bad)[case.name, kind] += 1
    lines = [HEAD.format(version=torch.__version__.split("+")[0])]
    lines += [row("operator", KINDS), row("---", ["---:"] * len(KINDS))]
    for name in sorted(OPERATORS):
        cells = [cell(name, kind, good[name, kind], bad[name, kind]) for kind in KINDS]
        lines.append(row(f"`{name}`", cells))
    failed = sorted({name for name, _ in bad})
    lines += ["", "## Reasons", ""]
    lines += [f"- `{name}`: {REASONS[name]}" for name in failed]
    return "\n".join(lines) + "\n"


def row(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | {' | '.join(cells)} |"


def cell(name: str, kind: str, good: int, bad: int) -> str:
    if bad:
        return f"**✗** {bad} of {good + bad}"
    if good:
        return str(good)
    return "–" if name in NOT_DIFFERENTIABLE and kind in ("gradient", "second") else "·"


if __name__ == "__main__":
    import torch

    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(table(torch), encoding="utf-8")
