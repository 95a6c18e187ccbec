"""Writes docs/tables/numpy_functions.md: what each function of NumPy's is for Tensors.

    python -m tests.autotensor.numpy_table

Read off the tables that answer, ``autotensor/protocols``; how often each is tried, off the tests.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from autotensor.protocols import elementwise
from tests.autotensor.protocols.numpy_calls import CALLS, UFUNC_CALLS

from autotensor.protocols.numpy_functions.declaring import (  # isort: skip
    GRADIENT, TABLE, VALUES, VIEW, WRITES, found,
)  # fmt: skip

PAGE = Path(__file__).parents[2] / "docs" / "tables" / "numpy_functions.md"
MODULES = ("", "linalg", "fft", "emath", "lib.stride_tricks")

ZERO = ("ceil", "fix", "floor", "heaviside", "rint", "round", "sign", "trunc")

HEAD = """# NumPy's functions on Tensors

Made by `python -m tests.autotensor.numpy_table` from what answers when NumPy asks, not by hand
(NumPy {version}). Of {total} functions of `np`, `np.linalg`, `np.fft` and their neighbours
that ask their arguments, **{gradient} record gradients**, {value} have no derivative and give
values, and {refused} are refused for a Tensor that requires grad, with the remedy. Where no
gradient is wanted, NumPy itself computes all that give no views, and its result becomes a Tensor,
unless no Tensor can hold it (complex numbers).

Signatures, shapes and dtypes are NumPy's. Only the ufuncs of Python's operators (`np.add`,
`np.multiply` …), called plainly, have the Tensor's dtype, because NumPy calls them for
`array * x`. A column says in how many calls the tests compare values, dtypes and shapes with
NumPy's on arrays, and first and second derivatives with finite differences. A *view* shares its
memory with the Tensor, as in NumPy, and takes part in its history.

Functions not listed, such as those of `np.random`, do not ask: they convert, which a Tensor that
requires grad refuses. `np.random.shuffle` swaps rows that are views of each other, and warns of it:
give it `x.numpy()`, which has the same memory.
"""

TITLES = {
    "gradient": ("With a gradient", "| function | calls | |", "| --- | ---: | --- |"),
    "value": ("Value only", "| function | why |", "| --- | --- |"),
    "refused": ("Refused if a gradient is wanted", "| function | why |", "| --- | --- |"),
}


COPIES = ("astype", "flip", "fliplr", "flipud", "ix_", "meshgrid", "rot90")
"""Always ours, but here, or in NumPy, copies."""


class Row(NamedTuple):
    kind: str
    note: str


def functions_in(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """What asks its arguments, by name: ufuncs, and functions that NumPy dispatches."""
    for name in sorted(dir(module)):
        function = None if name.startswith("_") else getattr(module, name, None)
        if isinstance(function, np.ufunc) or hasattr(function, "_implementation"):
            yield name, function


def all_functions() -> dict[Any, list[str]]:
    """Their names, by function: ``np.abs`` and ``np.absolute`` are one."""
    names: dict[Any, list[str]] = {}
    for module in MODULES:
        prefix = f"{module}." if module else ""
        for name, function in functions_in(found(module) if module else np):
            names.setdefault(function, []).append(f"np.{prefix}{name}")
    return names


def ufunc_row(function: Any) -> Row:
    name = function.__name__
    if name in elementwise.STEPS:
        return Row("value", "its values are True and False")
    if name == "floor_divide":
        return Row("value", "its values are steps")
    if name in elementwise.OPERATORS:
        return Row("gradient", "its values are steps: the gradient is 0" if name in ZERO else "")
    if any(set("efd") & set(loop.partition("->")[0]) for loop in function.types):
        return Row("refused", "use functions of autotensor, or x.detach()")
    return Row("value", "it is for integers and bools")


def row_of(function: Any) -> Row:
    if isinstance(function, np.ufunc):
        return ufunc_row(function)
    known = TABLE[function]
    note = "its values are steps: the gradient is 0" if function.__name__ in ZERO else ""
    notes = {
        GRADIENT: Row("gradient", note),
        VIEW: Row(
            "gradient", "a view where NumPy's is one" if function.__name__ not in COPIES else ""
        ),
        WRITES: Row("gradient", "writes into a Tensor"),
        VALUES: Row("value", known.why),
    }
    return notes.get(known.kind, Row("refused", known.why))


def tries() -> dict[Any, int]:
    """In how many calls of the tests each function is."""
    counts: dict[Any, int] = {}
    for call in re.split(r";\s|\n", CALLS + UFUNC_CALLS):
        for name in dict.fromkeys(re.findall(r"np\.((?:[a-z_]+\.)*[a-z_0-9]+)", call)):
            function = found(re.sub(r"\.(reduce|accumulate|reduceat|outer)$", own_outer, name))
            counts[function] = counts.get(function, 0) + 1
    return counts


def own_outer(form: re.Match[str]) -> str:
    return form.group() if form.string == "linalg.outer" else ""


def table() -> str:
    """The page, as Markdown."""
    names, tried = all_functions(), tries()
    rows = {function: row_of(function) for function in names}
    counts = {kind: sum(row.kind == kind for row in rows.values()) for kind in TITLES}
    lines = [HEAD.format(version=np.__version__, total=len(rows), **counts)]
    for kind, (title, *head) in TITLES.items():
        lines += [f"## {title}", "", *head]
        for function, row in rows.items():
            if row.kind == kind:
                known = ", ".join(f"`{name}`" for name in names[function])
                count = f" {tried.get(function) or ''} |" if kind == "gradient" else ""
                lines.append(f"| {known} |{count} {row.note} |")
        lines.append("")
    makers = ", ".join(f"`np.{name}`" for name in dir(np) if takes_like(getattr(np, name, None)))
    lines += ["## Making Tensors", "", f"With `like=x`, where x is a Tensor: {makers}.", ""]
    return "\n".join(lines)


def takes_like(function: Any) -> bool:
    """Whether its documentation begins with a signature that has it, or Python knows one."""
    if isinstance(function, type) or not callable(function):
        return False
    try:
        return "like" in inspect.signature(function).parameters
    except ValueError:
        return "like=None" in (function.__doc__ or "").partition("\n\n")[0]


if __name__ == "__main__":
    PAGE.write_text(table(), encoding="utf-8")
