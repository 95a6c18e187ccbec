"""Series and DataFrames of Polars: their numbers come in as they are, what is none is named."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import numpy as np
import pytest

import autotensor as at
from nn.data import DataLoader

pl = pytest.importorskip("polars", reason="needs the package polars: pip install -e .[tools]")
pytestmark = pytest.mark.works_with("Polars", "Series and DataFrames as data and indices")

DTYPES = {
    "Boolean": "bool", "UInt8": "uint8", "Int8": "int8", "Int16": "int16", "Int32": "int32",
    "Int64": "int64", "Float32": "float32", "Float64": "float64",
}  # fmt: skip


def same(found: at.Tensor, wanted: Any) -> None:
    wanted = np.asarray(wanted)
    assert type(found) is at.Tensor
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found.numpy(), wanted)


@pytest.mark.parametrize("make", [at.tensor, at.as_tensor, at.asarray])
@pytest.mark.parametrize(("theirs", "ours"), DTYPES.items())
def test_a_series_keeps_values_and_dtype(make: Any, theirs: str, ours: str) -> None:
    values = np.array([1, 0, 1], ours)
    series = pl.Series("a", [1, 0, 1]).cast(getattr(pl, theirs))
    same(make(series), values)
    same(make([series, series]), np.stack([values, values]))
    same(make(pl.DataFrame({"a": series, "b": series})), np.stack([values, values], axis=1))


def test_float64_stays_exact() -> None:
    same(at.tensor(pl.Series([0.1, 1 / 3])), [0.1, 1 / 3])
    same(at.tensor(pl.Series([1.0, float("nan")])), [1.0, float("nan")])


def test_a_table_of_several_dtypes_is_of_numpys_common_one() -> None:
    table = pl.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "c": [True, False]})
    same(at.tensor(table), [[1, 0.5, 1], [2, 1.5, 0]])
    small = table.select(pl.col("a").cast(pl.Int8), pl.col("b").cast(pl.Float32))
    same(at.tensor(small), np.array([[1, 0.5], [2, 1.5]], np.float32))
    same(at.tensor(table.select("a", "c")), np.array([[1, 1], [2, 0]]))
    same(at.tensor(table.clear()), np.empty((0, 3)))


def test_arrays_in_the_rows() -> None:
    series = pl.Series("v", [[1, 2], [3, 4]], dtype=pl.Array(pl.Int16, 2))
    same(at.tensor(series), np.array([[1, 2], [3, 4]], np.int16))
    deep = pl.Series("v", [[[1, 2]], [[3, 4]]], dtype=pl.Array(pl.Int16, (1, 2)))
    same(at.tensor(deep), np.array([[[1, 2]], [[3, 4]]], np.int16))
    holes = pl.Series("v", [[1, None], [3, 4]], dtype=pl.Array(pl.Int16, 2))
    with pytest.raises(TypeError, match=r"'v' .*1 missing value"):
        at.tensor(holes)
    with pytest.raises(TypeError, match=r"column 'v' .*an array in each row; take it by itself"):
        at.tensor(pl.DataFrame({"n": [1, 2], "v": series}))


@pytest.mark.parametrize("values", [[1, None, None], [0.5, None, None], [True, None, None]])
def test_missing_values_are_refused_with_the_name_of_the_column(values: list[Any]) -> None:
    series = pl.Series("age", values)
    words = r"'age' .*has 2 missing values; fill .*\.fill_null\(value\).*\.drop_nulls\(\)"
    for data in (series, [series], pl.DataFrame({"n": [1, 2, 3], "age": series})):
        with pytest.raises(TypeError, match=words):
            at.tensor(data)


def test_the_remedies_for_missing_values_work() -> None:
    series = pl.Series("age", [1, None])
    same(at.tensor(series.fill_null(0)), np.array([1, 0]))
    same(at.tensor(series.drop_nulls()), np.array([1]))
    same(at.tensor(series.cast(pl.Float64).fill_null(float("nan"))), [1.0, float("nan")])


@pytest.mark.parametrize(
    ("series", "words"),
    [
        (pl.Series("s", ["a", "b"]), r"'s' \(dtype String\) holds no numbers; leave it out"),
        (pl.Series("s", ["a"], dtype=pl.Categorical), r"'s' .*to_physical"),
        (pl.Series("s", [datetime.date(2024, 1, 1)]), r"'s' .*Date.*to_physical"),
        (pl.Series("s", [datetime.datetime(2024, 1, 1)]), r"'s' .*Datetime.*to_physical"),
        (pl.Series("s", [datetime.timedelta(1)]), r"'s' .*Duration.*to_physical"),
        (pl.Series("s", [decimal.Decimal("1.5")]), r"'s' .*decimal.*cast\(pl\.Float64\)"),
        (pl.Series("s", [[1], [2, 3]]), r"'s' .*List.*list\.to_array"),
        (pl.Series("s", [None, None]), r"'s' .*Null.*holds no numbers"),
        (pl.Series("s", [object()], dtype=pl.Object), r"'s' .*Object.*holds no numbers"),
        (pl.Series("s", [{"a": 1}]), r"'s' .*Struct.*holds no numbers"),
    ],
)
def test_what_holds_no_numbers_is_refused_by_name(series: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        at.tensor(series)
    with pytest.raises(TypeError, match=words):
        at.tensor(pl.DataFrame({"n": list(range(len(series))), "s": series}))


def test_a_lazy_frame_is_told_to_collect() -> None:
    lazy = pl.DataFrame({"a": [1]}).lazy()
    with pytest.raises(TypeError, match=r"call \.collect\(\) first"):
        at.tensor(lazy)
    same(at.tensor(lazy.collect()), [[1]])


def test_beside_a_tensor_polars_refuses_and_so_do_we() -> None:
    x, series = at.ones(2), pl.Series([1.0, 2.0])
    with pytest.raises(TypeError, match=r"mul: other must be .* got Series; convert .*tensor\(x\)"):
        x * series
    with pytest.raises(TypeError):
        series * x
    same(x.double() * at.tensor(series), [1.0, 2.0])


def test_indices_and_values_that_are_written() -> None:
    x = at.arange(6.0).reshape(3, 2)
    array = x.numpy().copy()
    same(x[pl.Series([True, False, True])], array[[0, 2]])
    same(x[pl.Series([2, 0])], array[[2, 0]])
    with pytest.raises(TypeError, match="1 missing value"):
        x[pl.Series([True, None, False])]
    x[:, 0] = pl.Series([7, 8, 9])
    same(x[:, 0], np.array([7, 8, 9], np.float32))


def test_a_batch_of_rows() -> None:
    table = pl.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5]})
    columns = [table["a"], table["b"]]
    batch = next(iter(DataLoader(columns, batch_size=1)))
    same(batch, [[1, 2, 3]])
    x, y = next(iter(DataLoader(table.rows(), batch_size=3)))
    same(x, table["a"])
    same(y, table["b"])


def test_series_of_tensors() -> None:
    x = at.tensor([0.1, 0.2], dtype=at.float64)
    assert pl.Series("a", x.numpy()).to_list() == [0.1, 0.2]
    table = pl.from_numpy(x.reshape(2, 1).numpy(), schema=["a"])
    assert table["a"].dtype == pl.Float64
    with pytest.raises(RuntimeError, match="detach"):
        pl.Series("a", x.requires_grad_().numpy())
