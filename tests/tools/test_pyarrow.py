"""Arrays and tables of Arrow: their numbers come in as they are, and nulls are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autotensor as at

pa = pytest.importorskip("pyarrow", reason="needs the package pyarrow: pip install -e .[tools]")

DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float32", "float64")


def same(found: at.Tensor, wanted: Any) -> None:
    wanted = np.asarray(wanted)
    assert type(found) is at.Tensor
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found.numpy(), wanted)


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_and_tables_keep_values_and_dtype(dtype: str) -> None:
    values = np.array([1, 0, 1]).astype(dtype)
    array = pa.array(values)
    for make in (at.tensor, at.as_tensor):
        same(make(array), values)
        same(make(pa.chunked_array([array, array])), np.concatenate([values, values]))
        same(make([array, array]), np.stack([values, values]))
        same(make(pa.table({"a": array, "b": array})), np.stack([values, values], axis=1))


def test_a_table_of_several_types_is_of_numpys_common_dtype() -> None:
    same(at.tensor(pa.table({"a": [1, 2], "b": [0.5, 1.5]})), [[1, 0.5], [2, 1.5]])


@pytest.mark.parametrize("values", [[1, None], [0.5, None], [True, None]])
def test_nulls_are_refused(values: list[Any]) -> None:
    for make in (at.tensor, at.as_tensor, at.asarray):
        with pytest.raises(TypeError, match=r"1 missing value; fill .*fill_null.*drop_null"):
            make(pa.array(values))
    with pytest.raises(TypeError, match=r"column 'age' .*1 missing value"):
        at.tensor(pa.table({"n": [1, 2], "age": values}))


def test_what_holds_no_numbers_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"column 's' \(type string\) holds no numbers"):
        at.tensor(pa.table({"n": [1], "s": ["a"]}))
    with pytest.raises(TypeError, match=r"\(type list<.*\) holds no numbers"):
        at.tensor(pa.array([[1], [2, 3]]))
