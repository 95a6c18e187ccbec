"""Named arrays of xarray: their numbers come in as they are, and go back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autotensor as at
from nn.data import DataLoader

xr = pytest.importorskip("xarray", reason="needs the package xarray: pip install -e .[tools]")
pytestmark = pytest.mark.works_with("xarray", "DataArrays and Variables as data and indices")

DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")


def same(found: at.Tensor, wanted: Any) -> None:
    wanted = np.asarray(wanted)
    assert type(found) is at.Tensor
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found.detach().numpy(), wanted)


@pytest.mark.parametrize("make", [at.tensor, at.as_tensor, at.asarray])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_named_array_keeps_values_and_dtype(make: Any, dtype: str) -> None:
    values = np.array([[1, 0, 1], [0, 1, 1]], dtype)
    named = xr.DataArray(values, dims=("row", "column"), name="x")
    same(make(named), values)
    same(make(named.variable), values)
    same(make(named.T), values.T)
    same(make(named[1:, ::2]), values[1:, ::2])
    same(make([named, named]), np.stack([values, values]))


def test_float64_stays_exact() -> None:
    same(at.tensor(xr.DataArray([0.1, 1 / 3])), [0.1, 1 / 3])
    same(at.tensor([xr.DataArray(0.1), 1.0]), [0.1, 1.0])


def test_a_dataset_says_how_to_take_a_variable() -> None:
    dataset = xr.Dataset({"heat": ("t", [1.0, 2.0]), "rain": ("t", [3.0, 4.0])})
    with pytest.raises(TypeError, match=r"'heat', 'rain'.*dataset\['heat'\].*to_dataarray"):
        at.tensor(dataset)
    same(at.tensor(dataset["heat"]), [1.0, 2.0])
    same(at.tensor(dataset.to_dataarray()), [[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    "values", [np.array(["2024-01-01"], "datetime64[ns]"), ["a"], np.array([1, None], object)]
)
def test_what_holds_no_numbers_is_refused_by_name(values: Any) -> None:
    with pytest.raises(TypeError, match=r"DataArray 'when' \(dtype .*\) holds no numbers; convert"):
        at.tensor(xr.DataArray(values, dims="t", name="when"))


def test_indices_and_values_that_are_written() -> None:
    x = at.arange(6.0).reshape(3, 2)
    array = x.numpy().copy()
    same(x[xr.DataArray([True, False, True])], array[[0, 2]])
    same(x[xr.DataArray([2, 0])], array[[2, 0]])
    same(x[xr.DataArray(1)], array[1])
    x[:, 0] = xr.DataArray([7.0, 8.0, 9.0])
    same(x[:, 0], np.array([7, 8, 9], np.float32))


def test_a_batch_of_parts() -> None:
    named = xr.DataArray(np.arange(6, dtype="float32").reshape(3, 2), dims=("n", "x"))
    same(next(iter(DataLoader(named, batch_size=3))), named)


def test_on_its_left_a_named_array_keeps_its_names() -> None:
    named = xr.DataArray([1.0, 2.0], dims="t")
    x = at.tensor([3.0, 5.0], dtype=at.float64, requires_grad=True)
    found = named * x
    assert isinstance(found, xr.DataArray)
    assert found.dims == ("t",)
    found.data.sum().backward()
    assert x.grad is not None
    same(x.grad, [1.0, 2.0])
    with pytest.raises(TypeError, match=r"mul: other must be .* got DataArray; convert .*tensor\("):
        x * named


def test_named_arrays_of_tensors() -> None:
    x = at.tensor([[0.1, 0.2]], dtype=at.float64)
    named = xr.DataArray(x.numpy(), dims=("row", "column"))
    assert named.dtype == np.float64
    same(at.tensor(named), x.numpy())
    holds = xr.DataArray(x, dims=("row", "column"))
    assert holds.data is x or holds.data.tolist() == [[0.1, 0.2]]
    same(at.tensor(holds), [[0.1, 0.2]])
    with pytest.raises(TypeError, match=r"DataArray does not give .* requires grad"):
        at.tensor(xr.DataArray(x.requires_grad_(), dims=("row", "column")))


def test_a_data_array_on_a_tensor_computes_with_it() -> None:
    """xarray keeps what follows the array API standard, and asks its namespace."""
    x = at.tensor([[1.0, 2.0], [3.0, 5.0]], dtype=at.float64, requires_grad=True)
    named = xr.DataArray(x, dims=("row", "column"))
    assert isinstance(named.data, at.Tensor)
    same(named.sel(row=1).data, [3.0, 5.0])
    same((named * 2 + 1).data, [[3.0, 5.0], [7.0, 11.0]])
    same(named.mean("row").data, [2.0, 3.5])
    same(named.max().data, 5.0)
    same(named.astype("float32").data, np.float32([[1.0, 2.0], [3.0, 5.0]]))
    same(named.T.data, [[1.0, 3.0], [2.0, 5.0]])
    (named * named).sum().data.backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[2.0, 4.0], [6.0, 10.0]]
