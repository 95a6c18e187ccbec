"""The rows of a table: what is not a plain comparison with PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at

TABLE = np.arange(15.0).reshape(5, 3) + 1
NUMBERS = at.tensor([[1, 4, 1], [0, 1, 3]])


def table() -> at.Tensor:
    return at.tensor(TABLE, requires_grad=True)


def test_long_rows_are_shortened_in_place(torch: Any) -> None:
    """Just those that are used, outside the graph, and seen by a graph recorded before."""
    for norm_type in (2.0, 1.0, float("inf")):
        ours, theirs = table(), torch.tensor(TABLE, requires_grad=True)
        used = ours * ours
        out = at.embedding(NUMBERS, ours, max_norm=12.0, norm_type=norm_type)
        expected = torch.nn.functional.embedding(
            torch.tensor(NUMBERS.numpy()), theirs, max_norm=12.0, norm_type=norm_type
        )
        np.testing.assert_allclose(out.detach().numpy(), expected.detach().numpy(), rtol=1e-12)
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-12)
        np.testing.assert_array_equal(ours.detach().numpy()[[0, 2]], TABLE[[0, 2]])
        assert ours.is_leaf
        with pytest.raises(RuntimeError, match="modified"):
            used.sum().backward()


def test_the_order_of_old() -> None:
    weight = at.tensor([[1.0, 2.0], [3.0, 4.0]])
    with pytest.warns(UserWarning, match=r"write embedding_bag\(input, weight"):
        out = at.embedding_bag(weight, at.tensor([0, 1]), at.tensor([0]))
    assert out.tolist() == [[2, 3]]


def test_rows_of_integers_are_not_shortened() -> None:
    weight, numbers = at.arange(6).reshape(3, 2), at.tensor([1, 2])
    for call in (
        lambda: at.embedding(numbers, weight, max_norm=1.0),
        lambda: at.embedding_bag(numbers.reshape(1, 2), weight, max_norm=1.0),
        lambda: at.embedding_renorm_(weight, numbers, 1.0, 2.0),
    ):
        with pytest.raises(RuntimeError, match="with max_norm weight must be floating-point"):
            call()
    assert weight.tolist() == [[0, 1], [2, 3], [4, 5]]


def test_numbers_may_change_before_backward() -> None:
    for look_up in (at.embedding, at.embedding_bag):
        weight, numbers = table(), at.tensor([[0, 1]])
        out = look_up(numbers, weight)
        numbers.fill_(3)
        out.sum().backward()
        assert weight.grad.numpy()[:2].all()
        assert not weight.grad.numpy()[2:].any()


def test_gradients_of_bags_by_frequency() -> None:
    """Each row gets its gradient divided by how often it occurs.

    PyTorch's own divides some rows by the frequency of the one before.
    """
    weight = table()
    numbers, offsets = at.tensor([1, 4, 1, 0, 1, 3]), at.tensor([0, 3])
    out = at.embedding_bag(numbers, weight, offsets, mode="sum", scale_grad_by_freq=True)
    (out * at.tensor([[1.0], [10.0]])).sum().backward()
    np.testing.assert_allclose(weight.grad.numpy()[:, 0], [10, 12 / 3, 0, 10, 1])


def test_last_offset_ends_the_last_bag() -> None:
    """As documented by PyTorch, and whatever the dtype."""
    numbers, offsets = at.tensor([1, 4, 1, 0]), at.tensor([0, 2, 3])
    out = at.embedding_bag(numbers, table(), offsets, mode="sum", include_last_offset=True)
    np.testing.assert_array_equal(out.detach().numpy(), [TABLE[1] + TABLE[4], TABLE[1]])


def test_first_of_equal_rows_is_the_largest() -> None:
    weight = at.ones(3, 2, requires_grad=True)
    at.embedding_bag(at.tensor([[2, 0]]), weight, mode="max").sum().backward()
    assert weight.grad.tolist() == [[0, 0], [0, 0], [1, 1]]


BAG = at.tensor([0, 1, 2])
STARTS = at.tensor([0, 2])


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda w: at.embedding(at.tensor([1, 5]), w), IndexError, "index 5 is out of .* 5 rows"),
        (lambda w: at.embedding(at.tensor([-1]), w), IndexError, "index -1 is out of bounds"),
        (lambda w: at.embedding(at.ones(2), w), RuntimeError, "int64 or int32, got float32"),
        (lambda w: at.embedding([1], w), TypeError, "input must be a Tensor, got list"),
        (lambda w: at.embedding(BAG, w[0]), RuntimeError, r"\(rows, D\), got \(3,\)"),
        (lambda w: at.embedding(BAG, w, 5), ValueError, "padding_idx .* 5 rows, got 5"),
        (lambda w: at.embedding_bag(BAG, w), ValueError, "offsets must say where bags begin"),
        (lambda w: at.embedding_bag(NUMBERS, w, STARTS), ValueError, "offsets must be None"),
        (lambda w: at.embedding_bag(at.tensor(1), w), ValueError, r"\(n\) or \(B, n\), got \(\)"),
        (lambda w: at.embedding_bag(BAG, w, STARTS + 1), RuntimeError, "must begin with 0"),
        (lambda w: at.embedding_bag(BAG, w, STARTS * 2), RuntimeError, r"got \[0, 4\]"),
        (lambda w: at.embedding_bag(BAG, w, STARTS, mode="min"), ValueError, "got 'min'"),
        (
            lambda w: at.embedding_bag(NUMBERS, w, mode="max", scale_grad_by_freq=True),
            ValueError,
            "mode 'max' goes neither with",
        ),
        (
            lambda w: at.embedding_bag(NUMBERS, w, per_sample_weights=NUMBERS.double()),
            NotImplementedError,
            "mode 'sum' only, got 'mean'",
        ),
        (
            lambda w: at.embedding_bag(NUMBERS, w, mode="sum", per_sample_weights=w),
            ValueError,
            r"the shape of input, \(2, 3\), got \(5, 3\)",
        ),
        (
            lambda w: at.embedding_bag(NUMBERS, w, mode="sum", per_sample_weights=NUMBERS.float()),
            RuntimeError,
            "the dtype of weight, float64, got float32",
        ),
    ],
)
def test_errors(call: Callable[[Any], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call(table())
