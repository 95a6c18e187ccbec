"""Sparse matrices of SciPy are refused wherever they come, with what makes them dense."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn.data import TensorDataset, default_collate

sparse = pytest.importorskip("scipy.sparse", reason="needs the extra: pip install -e .[scipy]")
pytestmark = pytest.mark.works_with("SciPy", "sparse matrices refused with .toarray(), and made of")

FORMATS = ("csr", "csc", "coo", "bsr", "dia", "dok", "lil")


@pytest.mark.parametrize("kind", ["array", "matrix"])
@pytest.mark.parametrize("form", FORMATS)
def test_a_sparse_matrix_is_refused_wherever_it_comes(form: str, kind: str) -> None:
    matrix = getattr(sparse, f"{form}_{kind}")(np.eye(3))
    x = at.ones(3, 3, dtype=at.float64)

    def write() -> None:
        x[:] = matrix

    for use in (
        lambda: at.tensor(matrix), lambda: at.as_tensor(matrix), lambda: at.asarray(matrix),
        lambda: at.from_numpy(matrix), lambda: at.Tensor(matrix), lambda: at.tensor([matrix]),
        lambda: x * matrix, lambda: x + matrix, lambda: x @ matrix, lambda: x[matrix], write,
        lambda: nn.Linear(3, 2)(matrix), lambda: TensorDataset(matrix),
        lambda: default_collate([matrix]),
    ):  # fmt: skip
        with pytest.raises(TypeError, match=r"\.toarray\(\)"):
            use()
    dense = at.tensor(matrix.toarray())
    assert dense.tolist() == np.eye(3).tolist()
    assert dense.dtype is at.float64


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float32", "float64"])
def test_sparse_matrices_of_tensors(dtype: str) -> None:
    values = np.array([[1, 0], [0, 1]]).astype(dtype)
    x = at.tensor(values)
    for make in (sparse.csr_array, sparse.csr_matrix, sparse.coo_array):
        made = make(x)
        assert made.dtype == values.dtype
        assert made.nnz == 2
        assert made.toarray().tolist() == values.tolist()


def test_a_tensor_that_requires_grad_is_not_made_sparse() -> None:
    x = at.ones(2, 2, requires_grad=True)
    for make in (sparse.csr_array, sparse.coo_array):
        with pytest.raises((RuntimeError, ValueError), match=r"requires.grad|unrecognized"):
            make(x)


def test_on_its_left_a_sparse_matrix_takes_the_values_but_no_gradient() -> None:
    matrix, x = sparse.csr_array(np.diag([1.0, 2.0])), at.tensor([3.0, 5.0], dtype=at.float64)
    assert np.asarray(matrix @ x).tolist() == [3.0, 10.0]
    for call in (operator.matmul, operator.mul):
        with pytest.raises((RuntimeError, TypeError, ValueError)):
            call(matrix, x.requires_grad_())


def test_matrices_may_be_indices_of_their_own() -> None:
    """Positions of a sparse matrix as an edge list: indices, not the matrix."""
    graph: Any = sparse.coo_array(np.array([[0, 1], [1, 0]]))
    weights = at.arange(4.0).reshape(2, 2)
    assert weights[graph.row, graph.col].tolist() == [1.0, 2.0]
