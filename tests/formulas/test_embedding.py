"""Tables of vectors row by row and bag by bag; vectors compared pair by pair."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from tests.formulas.checks import assert_values, draw_parameters, numbers, tensors

# -- one row for each number -----------------------------------------------------------------------

NAMED = np.array([[3, 0, 3], [1, 3, 5]])
"""Rows of a table of 6, one of them three times."""


@pytest.mark.parametrize("padding", [None, 3, -3])
@pytest.mark.parametrize("by_frequency", [False, True])
def test_rows_and_their_gradients(padding: int | None, by_frequency: bool) -> None:
    """The row ``padding_idx`` gets none; by frequency each is divided by how often it is named."""
    table, g = numbers(6, 4), numbers(2, 3, 4)
    expected = np.zeros((6, 4))
    for place in np.ndindex(NAMED.shape):
        row = NAMED[place]
        if padding is None or row != padding % 6:
            times = sum(NAMED.flat == row) if by_frequency else 1
            expected[row] += g[place] / times
    settings = {"padding_idx": padding, "scale_grad_by_freq": by_frequency}
    weight = at.tensor(table, requires_grad=True)
    layer = nn.Embedding.from_pretrained(at.tensor(table), freeze=False, **settings)
    for leaf, out in (
        (weight, F.embedding(at.tensor(NAMED), weight, **settings)),
        (layer.weight, layer(at.tensor(NAMED))),
    ):
        assert_values(out, table[NAMED])
        (gradient,) = at.autograd.grad((out * at.tensor(g)).sum(), leaf)
        assert_values(gradient, expected)


@pytest.mark.parametrize("norm_type", [2.0, 1.0])
def test_long_rows_that_are_named_are_shortened(norm_type: float) -> None:
    """To ``max_norm`` / (length + 1e-7) of what they were, as PyTorch does; in the table itself."""
    table = numbers(6, 4)
    table[0] *= 0.01
    lengths = [sum(abs(row) ** norm_type) ** (1 / norm_type) for row in table]
    expected = table.copy()
    for row in {0, 1, 3, 5}:
        if lengths[row] > 0.5:
            expected[row] *= 0.5 / (lengths[row] + 1e-7)
    settings = {} if norm_type == 2 else {"norm_type": norm_type}
    weight = at.tensor(table)
    assert_values(F.embedding(at.tensor(NAMED), weight, max_norm=0.5, **settings), expected[NAMED])
    assert_values(weight, expected)
    weight = at.tensor(table)
    layer = nn.Embedding.from_pretrained(weight, max_norm=0.5, **settings)
    assert_values(layer(at.tensor(NAMED)), expected[NAMED])
    bags = F.embedding_bag(at.tensor(NAMED), at.tensor(table), max_norm=0.5, **settings)
    assert_values(bags, [expected[bag].sum(0) / 3 for bag in NAMED])


def test_a_new_table_is_standard_normal_but_for_the_padding() -> None:
    at.manual_seed(0)
    table = nn.Embedding(200, 50, padding_idx=7).weight.detach().numpy()
    assert not table[7].any()
    rest = np.delete(table, 7, axis=0)
    assert abs(rest.mean()) < 0.05
    assert abs(rest.std() - 1) < 0.05


def test_pretrained_tables_are_frozen_unless_told() -> None:
    for layer in (nn.Embedding, nn.EmbeddingBag):
        assert not layer.from_pretrained(at.tensor(numbers(3, 2))).weight.requires_grad


# -- one row for each bag --------------------------------------------------------------------------

LISTED = np.array([4, 1, 1, 5, 0, 2, 4])
BAGS = ([4, 1, 1], [], [5, 0], [2, 4])
OFFSETS = np.array([0, 3, 3, 5])


def combined(rows: list[np.ndarray], mode: str, columns: int) -> np.ndarray:
    """The rows of one bag as one row; zeros for none."""
    if not rows:
        return np.zeros(columns)
    total = np.sum(rows, 0)
    return {"mean": total / len(rows), "sum": total, "max": np.max(rows, 0)}[mode]


@pytest.mark.parametrize("mode", ["mean", "sum", "max"])
@pytest.mark.parametrize("padding", [None, 1])
@pytest.mark.parametrize("last", [False, True])
def test_bags_cut_at_offsets(mode: str, padding: int | None, last: bool) -> None:
    """The padding is in no bag; with ``include_last_offset`` the last one ends where it says."""
    table = numbers(6, 3)
    bags = [[row for row in bag if row != padding] for bag in BAGS]
    offsets = OFFSETS
    if last:
        offsets = np.append(OFFSETS, 6)
        bags[3] = [2]
    expected = [combined([table[row] for row in bag], mode, 3) for bag in bags]
    settings: dict[str, Any] = {"padding_idx": padding} if padding else {}
    settings |= {"include_last_offset": True} if last else {}
    settings |= {"mode": mode} if mode != "mean" else {}
    given = tensors((LISTED, table, offsets))
    assert_values(F.embedding_bag(*given, **settings), expected)
    layer = nn.EmbeddingBag.from_pretrained(given[1], **settings)
    assert_values(layer(given[0], given[2]), expected)


@pytest.mark.parametrize("mode", ["mean", "sum", "max"])
def test_bags_in_rows(mode: str) -> None:
    settings: dict[str, Any] = {} if mode == "mean" else {"mode": mode}
    layer = nn.EmbeddingBag(6, 3, dtype=at.float64, **settings)
    table = draw_parameters(layer)["weight"]
    expected = [combined([table[row] for row in bag], mode, 3) for bag in NAMED]
    assert_values(layer(at.tensor(NAMED)), expected)
    assert_values(F.embedding_bag(*tensors((NAMED, table)), **settings), expected)


@pytest.mark.parametrize("mode", ["mean", "sum", "max"])
def test_gradients_of_bags(mode: str) -> None:
    """The mean's are divided by the size of the bag, the max's go to the largest alone."""
    table, g = numbers(6, 3), numbers(4, 3)
    expected = np.zeros((6, 3))
    for bag, rows in enumerate(BAGS):
        for row, column in itertools.product(rows, range(3)):
            largest = row == max(rows, key=lambda one, at=column: table[one, at])
            times = rows.count(row)  # of equal ones the first is the largest
            part = {"mean": 1 / len(rows), "sum": 1.0, "max": largest / times}[mode]
            expected[row, column] += part * g[bag, column]
    weight = at.tensor(table, requires_grad=True)
    out = F.embedding_bag(at.tensor(LISTED), weight, at.tensor(OFFSETS), mode=mode)
    (gradient,) = at.autograd.grad((out * at.tensor(g)).sum(), weight)
    assert_values(gradient, expected)


@pytest.mark.parametrize("padding", [None, 1])
def test_weighted_bags(padding: int | None) -> None:
    table, factors = numbers(6, 3), numbers(7)
    expected = np.zeros((4, 3))
    at_ = 0
    for bag, rows in enumerate(BAGS):
        for row in rows:
            expected[bag] += 0 if row == padding else factors[at_] * table[row]
            at_ += 1
    given = tensors((LISTED, table, OFFSETS))
    settings: dict[str, Any] = {"mode": "sum", "padding_idx": padding}
    found = F.embedding_bag(*given, per_sample_weights=at.tensor(factors), **settings)
    assert_values(found, expected)
    layer = nn.EmbeddingBag.from_pretrained(given[1], **settings)
    assert_values(layer(given[0], given[2], at.tensor(factors)), expected)


# -- class numbers ---------------------------------------------------------------------------------


def test_one_hot() -> None:
    expected = np.zeros((2, 3, 6))
    for place in np.ndindex(NAMED.shape):
        expected[(*place, NAMED[place])] = 1
    for found in (F.one_hot(at.tensor(NAMED)), F.one_hot(at.tensor(NAMED), 6)):
        assert found.dtype == at.int64
        assert_values(found, expected)
    assert F.one_hot(at.tensor(NAMED), 9).shape == (2, 3, 9)


# -- similarity and distance -----------------------------------------------------------------------


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_cosine_similarity(dim: int) -> None:
    x, y = numbers(4, 3, 2), numbers(4, 3, 2)

    def along(one: np.ndarray) -> np.ndarray:
        return np.add.reduce(one, dim)

    expected = along(x * y) / np.sqrt(along(x * x) * along(y * y))
    assert_values(F.cosine_similarity(*tensors((x, y)), dim=dim), expected)
    assert_values(nn.CosineSimilarity(dim)(*tensors((x, y))), expected)
    if dim == 1:
        assert_values(F.cosine_similarity(*tensors((x, y))), expected)
        assert_values(nn.CosineSimilarity()(*tensors((x, y))), expected)


@pytest.mark.parametrize("eps", [None, 0.1])
def test_each_length_is_at_least_eps(eps: float | None) -> None:
    """1e-8 unless given; each length by itself, not their product."""
    least = 1e-8 if eps is None else eps
    x, y = np.array([[0.6, 0.8]]) * least / 4, np.array([[100.0, 0.0]])
    settings = {} if eps is None else {"eps": eps}
    assert_values(F.cosine_similarity(*tensors((x, y)), **settings), [0.6 / 4])
    assert_values(nn.CosineSimilarity(**settings)(*tensors((x, y))), [0.6 / 4])


def length(values: np.ndarray, p: float) -> float:
    if p == math.inf:
        return max(abs(values))
    return sum(1.0 if p == 0 and one else abs(one) ** p for one in values if one) ** (1 / (p or 1))


@pytest.mark.parametrize("p", [1.0, 2.0, 3.5, math.inf])
@pytest.mark.parametrize("eps", [None, 0.1])
@pytest.mark.parametrize("keepdim", [False, True])
def test_pairwise_distance(p: float, eps: float | None, keepdim: bool) -> None:
    """``eps`` is added to each difference, with its sign; 1e-6 unless given."""
    x, y = numbers(5, 3), numbers(5, 3)
    x[0] = y[0]
    added = 1e-6 if eps is None else eps
    expected = np.array([length(a - b + added, p) for a, b in zip(x, y, strict=True)])
    expected = expected[:, None] if keepdim else expected
    settings: dict[str, Any] = {} if eps is None else {"eps": eps}
    settings |= {"keepdim": True} if keepdim else {}
    settings |= {} if p == 2 else {"p": p}
    assert_values(F.pairwise_distance(*tensors((x, y)), **settings), expected)
    assert_values(nn.PairwiseDistance(**settings)(*tensors((x, y))), expected)


@pytest.mark.parametrize("p", [0.0, 1.0, 2.0, 3.5, math.inf])
def test_distances_of_all_pairs(p: float) -> None:
    x, y = numbers(2, 4, 3), numbers(2, 5, 3)
    x[0, 1] = y[0, 2]
    expected = [
        [[length(a - b, p) for b in second] for a in first]
        for first, second in zip(x, y, strict=True)
    ]
    settings = {} if p == 2 else {"p": p}
    assert_values(at.cdist(*tensors((x, y)), **settings), expected)
    rows = x[0]
    pairs = [length(rows[i] - rows[j], p) for i in range(4) for j in range(i + 1, 4)]
    assert_values(F.pdist(at.tensor(rows), **settings), pairs)


def test_bilinear() -> None:
    x, y, weight, bias = numbers(5, 3), numbers(5, 2), numbers(4, 3, 2), numbers(4)
    expected = np.array(
        [
            [
                sum(a[i] * w[i, j] * b[j] for i in range(3) for j in range(2)) + shift
                for w, shift in zip(weight, bias, strict=True)
            ]
            for a, b in zip(x, y, strict=True)
        ]
    )
    assert_values(F.bilinear(*tensors((x, y, weight, bias))), expected)


def test_distances_of_no_features_are_0() -> None:
    x = numbers(3, 0)
    assert_values(at.cdist(*tensors((x, x))), np.zeros((3, 3)))
