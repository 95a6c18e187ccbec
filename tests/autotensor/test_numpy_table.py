"""The table of NumPy's functions is complete, and each that has a gradient is tried."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from autotensor.protocols import elementwise
from autotensor.protocols.numpy_functions.declaring import GRADIENT, TABLE, VIEW, WRITES
from tests.autotensor import numpy_table

CHANGED = ("clip", "corrcoef", "nanpercentile", "nanquantile", "percentile", "quantile", "reshape",
           "take_along_axis")  # fmt: skip
"""What took other arguments in older versions of NumPy."""


def test_every_function_that_asks_is_in_the_table() -> None:
    missing = [
        names
        for function, names in numpy_table.all_functions().items()
        if not isinstance(function, np.ufunc) and function not in TABLE
    ]
    assert not missing


def test_at_least_two_hundred_record_gradients() -> None:
    rows = [numpy_table.row_of(function) for function in numpy_table.all_functions()]
    assert sum(row.kind == "gradient" for row in rows) > 200


@pytest.mark.parametrize("function", [one for one, known in TABLE.items() if known.compute])
def test_signatures_are_numpys(function: Any) -> None:
    if np.lib.NumpyVersion(np.__version__) < "2.4.0" and function.__name__ in CHANGED:
        pytest.skip("other arguments in this NumPy")
    try:
        theirs = inspect.signature(function).parameters.values()
    except ValueError:
        pytest.skip("this NumPy does not say")
    ours = inspect.signature(TABLE[function].compute).parameters  # type: ignore[arg-type]
    for one in theirs:
        assert one.name in ours
        own = ours[one.name]
        assert (own.kind, repr(own.default)) == (one.kind, repr(one.default)), one.name


def test_each_function_with_a_gradient_is_tried() -> None:
    tried = numpy_table.tries()
    declared = [one for one, known in TABLE.items() if known.kind in (GRADIENT, VIEW)]
    ufuncs = [np.__dict__.get(name) for name in elementwise.OPERATORS if name != "clip"]
    untried = [one for one in (*declared, *filter(None, ufuncs)) if one not in tried]
    assert not [one for one in untried if one.__name__ not in ("floor_divide", "trapz")]


def test_the_page_is_of_today() -> None:
    page = numpy_table.PAGE.read_text(encoding="utf-8")
    if f"(NumPy {np.__version__})" not in page:
        pytest.skip("made with another NumPy")
    assert page == numpy_table.table(), "run python -m tests.autotensor.numpy_table"


def test_kinds_say_what_is_written() -> None:
    assert {known.name for known in TABLE.values() if known.kind == WRITES} == {
        "np.copyto", "np.fill_diagonal", "np.place", "np.put", "np.put_along_axis", "np.putmask",
    }  # fmt: skip
