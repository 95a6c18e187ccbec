"""Tables of pandas: their numbers come in as they are, and what is no number is named."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn.data import DataLoader, TensorDataset

pd = pytest.importorskip("pandas", reason="needs the package pandas: pip install -e .[tools]")
pytestmark = pytest.mark.works_with(
    "pandas", "Series, Index, DataFrame and extension arrays as data, indices and operands"
)

PLAIN = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
NULLABLE = {"Int8": "int8", "UInt8": "uint8", "Int64": "int64", "Float32": "float32"}


def same(found: at.Tensor, wanted: Any) -> None:
    wanted = np.asarray(wanted)
    assert type(found) is at.Tensor
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found.detach().numpy(), wanted)


# --- in -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [at.tensor, at.as_tensor, at.asarray])
@pytest.mark.parametrize("dtype", PLAIN)
def test_a_series_keeps_values_and_dtype(make: Callable[..., Any], dtype: str) -> None:
    values = np.array([1, 0, 1]).astype(dtype)
    same(make(pd.Series(values)), values)
    same(make([pd.Series(values), pd.Series(values)]), np.stack([values, values]))
    same(make(pd.DataFrame({"a": values, "b": values})), np.stack([values, values], axis=1))


def test_float64_stays_exact() -> None:
    values = np.array([0.1, 1 / 3, 1e-300])
    same(at.tensor(pd.Series(values)), values)
    same(at.tensor([[0.5, 0.5, 0.5], pd.Series(values)]), [[0.5, 0.5, 0.5], values])
    same(at.tensor(pd.Index(values)), values)


def test_tensor_of_the_class_is_of_the_default_dtype_as_of_an_array() -> None:
    same(at.Tensor(pd.Series([0.5, 1.0])), np.array([0.5, 1.0], np.float32))


@pytest.mark.parametrize(("nullable", "plain"), NULLABLE.items())
def test_nullable_columns_without_missing_values(nullable: str, plain: str) -> None:
    same(at.tensor(pd.Series([1, 2], dtype=nullable)), np.array([1, 2], plain))
    same(at.tensor(pd.array([1, 2], dtype=nullable)), np.array([1, 2], plain))


def test_nullable_bools() -> None:
    same(at.tensor(pd.Series([True, False], dtype="boolean")), np.array([True, False]))


@pytest.mark.parametrize("dtype", ["Int64", "boolean", "Float64"])
def test_missing_values_are_refused_with_the_name_of_the_column(dtype: str) -> None:
    column = pd.Series([1, None, 0], dtype=dtype, name="age")
    words = rf"tensor: Series 'age' \(dtype {dtype}\) has 1 missing value; fill .*fillna.*dropna"
    with pytest.raises(TypeError, match=words):
        at.tensor(column)
    table = pd.DataFrame({"x": [0.5, 1.0, 1.5], "age": column})
    for data in (table, [table["age"]], {"table": table}["table"]):
        with pytest.raises(TypeError, match=r"'age' .*1 missing value; fill"):
            at.as_tensor(data)


def test_the_remedies_for_missing_values_work() -> None:
    column = pd.Series([1, None, 3], dtype="Int64")
    same(at.tensor(column.fillna(0)), np.array([1, 0, 3]))
    same(at.tensor(column.dropna()), np.array([1, 3]))
    same(at.tensor(column.to_numpy("float64", na_value=float("nan"))), np.array([1.0, np.nan, 3.0]))


def test_nan_in_plain_floats_is_a_value() -> None:
    same(at.tensor(pd.Series([1.0, np.nan])), np.array([1.0, np.nan]))


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (pd.Series(["a", "b"], dtype="category", name="kind"), r"'kind' .*\.cat\.codes"),
        (pd.Series([1, 2], dtype="category", name="kind"), r"'kind' .*\.cat\.codes"),
        (pd.Series(["a", "b"], name="word"), r"'word' .*holds no numbers; (leave it out|convert)"),
        (pd.Series([1, "b"], name="mixed"), r"'mixed' .*dtype object.*to_numeric"),
        (pd.Series(pd.to_datetime(["2024-02-03"]), name="day"), r"'day' .*astype\(\"int64\"\)"),
        (pd.Series(pd.to_timedelta(["1h"]), name="span"), r"'span' .*astype\(\"int64\"\)"),
        (pd.Series(pd.date_range("2024", periods=2, tz="UTC"), name="day"), r"'day' .*astype"),
        (pd.Series(pd.period_range("2024", periods=2, freq="M"), name="month"), "'month'"),
    ],
)
def test_what_holds_no_numbers_is_refused_by_name(column: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        at.tensor(column)
    with pytest.raises(TypeError, match=words):
        at.tensor(pd.DataFrame({"n": np.arange(len(column)), column.name: column}))
    with pytest.raises(TypeError, match=words):
        at.tensor(column, dtype=at.float32)


def test_all_wrong_columns_are_named() -> None:
    table = pd.DataFrame({name: ["a"] for name in "vwxyz"} | {"n": [1]})
    with pytest.raises(TypeError, match=r"'v'.*'w'.*'x'.*and 2 more columns"):
        at.tensor(table)


@pytest.mark.parametrize(
    ("columns", "dtype"),
    [
        ({"a": np.int64(1), "b": 0.5}, "float64"),
        ({"a": np.int32(1), "b": np.float32(0.5)}, "float64"),
        ({"a": np.int8(1), "b": np.float32(0.5)}, "float32"),
        ({"a": np.uint8(1), "b": np.int8(-1)}, "int16"),
        ({"a": True, "b": np.int8(2)}, "int8"),
    ],
)
def test_a_table_of_several_dtypes_is_of_numpys_common_one(
    columns: dict[str, Any], dtype: str
) -> None:
    table = pd.DataFrame({name: [value] * 2 for name, value in columns.items()})
    for name, value in columns.items():
        table[name] = table[name].astype(np.asarray(value).dtype)
    same(at.tensor(table), np.array([list(columns.values())] * 2, dtype))


def test_odd_tables() -> None:
    same(at.tensor(pd.DataFrame(index=[1, 2])), np.empty((2, 0)))
    same(at.tensor(pd.DataFrame({"a": np.array([], "int32")})), np.empty((0, 1), "int32"))
    twins = pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"])
    same(at.tensor(twins), np.array([[1, 2], [3, 4]]))
    sliced = pd.DataFrame(np.arange(12.0).reshape(4, 3)).iloc[::-2, ::2]
    same(at.tensor(sliced), np.arange(12.0).reshape(4, 3)[::-2, ::2])


def test_a_subclass_of_the_users_is_read_alike() -> None:
    class Ages(pd.Series):  # type: ignore[misc]
        pass

    with pytest.raises(TypeError, match="1 missing value"):
        at.tensor(Ages([1, None], dtype="Int64"))


def test_arrow_columns() -> None:
    pytest.importorskip("pyarrow")
    same(at.tensor(pd.Series([1, 2], dtype="int32[pyarrow]")), np.array([1, 2], "int32"))
    same(at.tensor(pd.Series([0.5], dtype="float[pyarrow]")), np.array([0.5], "float32"))
    with pytest.raises(TypeError, match="1 missing value"):
        at.tensor(pd.Series([1, None], dtype="int32[pyarrow]"))
    with pytest.raises(TypeError, match="holds no numbers"):
        at.tensor(pd.Series(["a"], dtype="string[pyarrow]"))


def test_from_numpy_says_what_to_do() -> None:
    with pytest.raises(TypeError, match=r"expected an ndarray, got Series; convert .*tensor\(x\)"):
        at.from_numpy(pd.Series([1.0]))


# --- beside a Tensor ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "pow", "mod", "floordiv"])
@pytest.mark.parametrize("comparison", ["lt", "le", "gt", "ge", "eq", "ne"])
def test_either_order_gives_the_tensor_that_an_array_gives(name: str, comparison: str) -> None:
    array, values = np.array([1.5, 2.0, 3.0]), np.array([2.0, 2.0, 0.5])
    x = at.tensor(array)
    for one in (getattr(operator, name), getattr(operator, comparison)):
        for table in (pd.Series(values), pd.Index(values), pd.DataFrame([values] * 2)):
            same(one(x, table), one(array, np.asarray(table)))
            same(one(table, x), one(np.asarray(table), array))


def test_the_gradient_passes_in_either_order() -> None:
    prices = pd.Series([2.0, 3.0, 5.0])
    weight = at.tensor([1.0, 1.0, 2.0], dtype=at.float64, requires_grad=True)
    (prices * weight + weight * prices - prices / weight).sum().backward()
    assert weight.grad is not None
    values = prices.to_numpy()
    same(weight.grad, 2 * values + values / np.array([1.0, 1.0, 4.0]))


def test_in_place_and_logic() -> None:
    x = at.tensor([1.0, 2.0])
    x += pd.Series([1.0, 1.0])
    x.mul_(pd.Series([2.0, 0.5]))
    same(x, np.array([4.0, 1.5], np.float32))
    same((x > 2) & pd.Series([True, True]), [True, False])
    same(pd.Series([True, True]) & (x > 2), [True, False])


def test_missing_values_are_refused_in_either_order() -> None:
    x, ages = at.ones(2), pd.Series([1, None], dtype="Int64", name="age")
    for both in (lambda: x * ages, lambda: ages * x, lambda: x == ages):
        with pytest.raises(TypeError, match="'age'"):
            both()


# --- as an index, and as a value ------------------------------------------------------------------


def test_indices() -> None:
    x = at.arange(6.0).reshape(3, 2)
    series = pd.Series([1.0, -2.0, 3.0])
    array = x.numpy()
    same(x[series > 0], array[[0, 2]])
    same(x[pd.Series([2, 0])], array[[2, 0]])
    same(x[pd.Index([1]), 1], array[[1], 1])
    same(x[pd.DataFrame(array > 2)], array[array > 2])
    same(x[pd.Series([True, False, True], dtype="boolean"), 0], array[[0, 2], 0])
    with pytest.raises(TypeError, match="1 missing value"):
        x[pd.Series([True, None, True], dtype="boolean")]
    with pytest.raises(IndexError, match="float64"):
        x[series]


def test_values_that_are_written() -> None:
    x = at.zeros(3, 2, dtype=at.float64)
    x[:, 0] = pd.Series([1.0, 2.0, 3.0])
    x[pd.Series([True, False, False])] = pd.Series([7.0, 8.0])
    same(x, np.array([[7.0, 8.0], [2.0, 0.0], [3.0, 0.0]]))
    with pytest.raises(TypeError, match=r"'word' .*holds no numbers"):
        x[:, 0] = pd.Series(["a", "b", "c"], name="word")


# --- data sets ------------------------------------------------------------------------------------


def test_a_batch_of_rows() -> None:
    table = pd.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5]})

    class Rows:
        def __len__(self) -> int:
            return len(table)

        def __getitem__(self, index: int) -> tuple[Any, Any]:
            return table.iloc[index], {"y": table["b"].iloc[index], "a": table["a"].iloc[index]}

    x, more = next(iter(DataLoader(Rows(), batch_size=3)))
    same(x, table.to_numpy())
    same(more["y"], table["b"])
    same(more["a"], table["a"])


def test_a_data_set_of_a_table_trains() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(64, 2)), columns=["a", "b"])
    table["y"] = 2 * table["a"] - table["b"] + 1
    data = TensorDataset(at.tensor(table[["a", "b"]]), at.tensor(table[["y"]]))
    model = nn.Linear(2, 1, dtype=at.float64)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(40):
        for x, y in DataLoader(data, batch_size=16):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x), y).backward()
            optimizer.step()
    np.testing.assert_allclose(model.weight.detach().numpy(), [[2.0, -1.0]], atol=1e-6)
    with pytest.raises(TypeError, match=r"argument 0 is a DataFrame.*autotensor\.tensor\(x\)"):
        TensorDataset(table)
    for labelled in (table, table["y"]):
        with pytest.raises(TypeError, match=r"by their label.*TensorDataset\(autotensor\.tensor\("):
            DataLoader(labelled)


# --- the way back ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", PLAIN)
def test_tables_of_tensors(dtype: str) -> None:
    values = np.array([1, 0, 1]).astype(dtype)
    x = at.tensor(values)
    for series in (pd.Series(x), pd.DataFrame({"a": x})["a"]):
        assert series.dtype == values.dtype
        assert series.tolist() == values.tolist()
    table = pd.DataFrame(x.reshape(3, 1), columns=["a"])
    assert table["a"].dtype == values.dtype


def test_tensors_that_require_grad_are_not_put_in_tables() -> None:
    x = at.ones(2, requires_grad=True)
    for make in (pd.Series, pd.Index, pd.DataFrame):
        with pytest.raises(RuntimeError, match=r"detach\(\)\.numpy\(\)"):
            make(x)
