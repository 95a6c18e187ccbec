"""Dims, sizes and counts: what else is an int than one of Python, and what is none.

Each call with a 0-d Tensor or array in the place of an int is compared with the one with an int.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F

X = at.arange(6.0).reshape(2, 3)
ONE = {"Tensor": lambda number: at.tensor(number), "array": np.array, "scalar": np.int64}

ON_A_DIM: list[Callable[[Any], Any]] = [
    lambda n: X.sum(n(1)),
    lambda n: X.mean(dim=n(1)),
    lambda n: X.cumsum(n(1)),
    lambda n: X.argmax(n(1)),
    lambda n: X.softmax(n(1)),
    lambda n: X.sort(n(1)).values,
    lambda n: X.topk(n(2), n(1)).values,
    lambda n: X.kthvalue(n(2), n(1)).values,
    lambda n: X.std(n(1)),
    lambda n: X.gather(n(1), at.tensor([[2], [0]])),
    lambda n: X.select(n(1), n(2)),
    lambda n: X.narrow(n(1), n(1), n(2)),
    lambda n: X.transpose(n(0), n(1)),
    lambda n: X.unsqueeze(n(1)),
    lambda n: X.unfold(n(1), n(2), n(1)),
    lambda n: X.flatten(n(0), n(1)),
    lambda n: X.roll(n(2), n(1)),
    lambda n: at.cat([X, X], n(1)),
    lambda n: at.stack([X, X], n(1)),
    lambda n: at.cat(X.split(n(2), n(1)), 1),
    lambda n: X.split(n(2), n(1))[1],
    lambda n: X.chunk(n(2), n(1))[1],
    lambda n: at.tensor_split(X, n(2), n(1))[1],
    lambda n: X.repeat_interleave(2, n(1)),
    lambda n: X.diff(n(1), n(1)),
    lambda n: at.eye(n(2), n(3)),
    lambda n: at.linspace(0, 1, n(3)),
    lambda n: at.tril_indices(n(2), n(3)),
    lambda n: at.histc(X, n(3)),
    lambda n: at.bincount(at.tensor([0, 1]), minlength=n(4)),
    lambda n: at.matrix_power(at.eye(2) * 2, n(3)),
    lambda n: at.randperm(n(4)).sort().values,
    lambda n: at.all(X, dim=n(1)),
    lambda n: at.any(X, axis=n(0)),
    lambda n: X.view(n(6)),
    lambda n: X.view(n(3), n(-1)),
    lambda n: X.reshape((n(3), n(2))),
    lambda n: X[:1].expand(n(4), -1),
    lambda n: X.repeat(n(2), 1),
    lambda n: at.zeros(n(3), n(4)),
    lambda n: at.full((n(3),), 2.0),
    lambda n: X.new_ones(n(2), 3),
    lambda n: F.interpolate(X[None], size=n(6)),
    lambda n: F.avg_pool1d(X[None], n(2), stride=n(1)),
    lambda n: F.max_pool1d(X[None], (n(2),), n(1)),
    lambda n: F.conv1d(X[None], at.ones(1, 2, 2), stride=(n(2),), padding=n(1)),
    lambda n: at.tensor(nn.Linear(n(2), n(3)).weight.shape),
    lambda n: at.tensor(at.Size([n(2), n(3)])),
]


@pytest.mark.parametrize("one", ONE.values(), ids=ONE)
@pytest.mark.parametrize("call", ON_A_DIM)
def test_an_int_may_be_a_tensor_or_an_array_of_one(call: Any, one: Any) -> None:
    expected, got = call(int), call(one)
    assert got.dtype == expected.dtype
    assert got.tolist() == expected.tolist()


FOR_AN_INT: list[Callable[[Any], Any]] = [
    lambda n: X.sum(n),
    lambda n: at.zeros(n),
    lambda n: at.ones(n, 2),
    lambda n: at.rand(n),
    lambda n: at.full((n,), 1.0),
    lambda n: X.new_zeros(n),
    lambda n: X.view(n),
    lambda n: X.view(n, 3),
    lambda n: X.reshape(n, 3),
    lambda n: X.expand(n, 3),
    lambda n: X.repeat(n, 1),
    lambda n: X.roll(n),
    lambda n: X.permute(n, 0),
    lambda n: X.narrow(1, 0, n),
    lambda n: X.chunk(n),
    lambda n: at.randperm(n),
    lambda n: at.Size([2, n]),
    lambda n: at.max(X, dim=n),
]


@pytest.mark.parametrize("wrong", [at.tensor(2.0), np.array(2.5), 2.0, at.ones(2), "2"])
@pytest.mark.parametrize("call", FOR_AN_INT)
def test_what_has_a_fraction_is_no_int(call: Any, wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"int|no dtype"):
        call(wrong)


def test_max_by_dim_and_by_other() -> None:
    for found in (at.max(X, dim=at.tensor(0)), X.max(axis=at.tensor(0)), at.max(X, dim=0)):
        assert found.values.tolist() == [3, 4, 5]
        assert found.indices.tolist() == [1, 1, 1]
    assert at.max(X, at.tensor(0), True).values.tolist() == [[3, 4, 5]]
    assert at.min(X, dim=at.tensor(1), keepdim=True).values.tolist() == [[0], [3]]
    for compared in (at.max(X, at.tensor(2.0)), at.max(X, other=at.tensor(2.0))):
        assert compared.tolist() == [[2, 2, 2], [3, 4, 5]]
    with pytest.raises(TypeError, match="argument 'dim' is given twice"):
        at.max(X, 1, dim=1)


def test_the_bits_of_what_does_not_lie_in_one_piece() -> None:
    for x, kind in ((X.t(), at.int16), (X, at.float64), (at.tensor(1.0), at.int8)):
        with pytest.raises(RuntimeError, match=r"view: a Tensor of shape .* cannot be read as"):
            x.view(kind)


# -- shapes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(3, 4), (3, -1), (-1, -1), (-2, -5), (), (0, -1), (10, 2)])
@pytest.mark.parametrize("rows", [0, 2])
def test_unflatten_checks_the_sizes_without_elements_too(rows: int, sizes: Any) -> None:
    for unflatten in (lambda x: x.unflatten(1, sizes), nn.Unflatten(1, sizes)):
        with pytest.raises(RuntimeError, match=r"unflatten: sizes .* do not multiply to 10"):
            unflatten(at.ones(rows, 10))


def test_unflatten_fills_in_without_elements() -> None:
    assert at.ones(0, 10).unflatten(1, (5, -1)).shape == (0, 5, 2)
    assert at.ones(0, 10).unflatten(0, (0, 3)).shape == (0, 3, 10)
    assert at.ones(4, 0).unflatten(1, (-1, 2)).shape == (4, 0, 2)


def test_strides_of_new_dimensions_and_of_nothing() -> None:
    x = at.zeros(3, 2)
    assert x[None].stride() == (6, 2, 1)
    assert x[:, None].stride() == (2, 2, 1)
    assert x[..., None].stride() == (2, 1, 1)
    assert x.t()[:, None].stride() == (1, 6, 2)
    assert at.tensor(1.0)[None].stride() == (1,)
    assert x[None].dim_order() == (0, 1, 2)
    assert at.zeros(0, 3).stride() == (3, 1)
    assert at.zeros(3, 0, 4).stride() == (4, 4, 1)
    assert x[:1].expand(4, 2).stride() == (0, 1)


def test_reversed_is_a_tensor() -> None:
    x = at.arange(6.0).reshape(3, 2).requires_grad_()
    turned = reversed(x)
    assert turned.tolist() == [[4, 5], [2, 3], [0, 1]]
    (turned * at.tensor([[1.0], [2.0], [3.0]])).sum().backward()
    assert x.grad.tolist() == [[3, 3], [2, 2], [1, 1]]
    assert reversed(at.tensor(42)) == 42


def test_a_list_as_often_as_a_tensor_says() -> None:
    assert [0] * at.tensor(3) == [0, 0, 0]
    assert (1, 2) * at.tensor([2]) == (1, 2, 1, 2)
    assert at.tensor(3) * [0] == [0, 0, 0]
    assert at.tensor([2]) * (1, 2) == (1, 2, 1, 2)
    assert "ab" * at.tensor(2) == at.tensor(2) * "ab" == "abab"
    assert (2.0 * at.ones(2)).tolist() == [2, 2]
    for number in (at.tensor(3.0), at.tensor([1, 2])):
        with pytest.raises(TypeError, match="mul: input must be a Tensor or a number, got list"):
            [0] * number
        with pytest.raises(TypeError, match="mul: other must be a Tensor or a number, got list"):
            number * [0]


def test_a_number_without_dimensions_is_its_own_transpose() -> None:
    x = at.tensor(2.0, requires_grad=True)
    assert x.mT.shape == ()
    x.adjoint().backward()
    assert x.grad == 1
    with pytest.raises(RuntimeError, match="adjoint: input must have at least 2 dimensions"):
        at.ones(3).adjoint()


def test_words_for_what_has_no_meaning() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ValueError, match="tensor: the lists are nested too deeply"):
        at.tensor(endless)
    with pytest.raises(TypeError, match=r"format: a Tensor of shape \(1,\) takes no format '.3f'"):
        format(at.ones(1), ".3f")
    assert f"{at.tensor(1.5):.3f} {at.ones(1)}" == "1.500 tensor([1.])"
