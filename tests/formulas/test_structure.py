"""Arranging: where each element goes, by its indices.

Elements are different whole numbers, so that equal results mean the same places.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn.functional as F

MATRIX = np.arange(12).reshape(3, 4)
BOX = np.arange(24).reshape(2, 3, 4)
LINE = list(range(7))


def placed(shape: tuple[int, ...], element: Callable[..., Any]) -> Any:
    """Nested lists of ``element(i, j, …)``."""
    out = np.empty(shape, np.int64)
    for place in np.ndindex(shape):
        out[place] = element(*place)
    return out.tolist()


def lists(tensors: Any) -> list[Any]:
    return [one.tolist() for one in tensors]


# -- turning ---------------------------------------------------------------------------------------


def test_quarter_turns_are_counterclockwise() -> None:
    x = at.tensor(MATRIX)
    once = placed((4, 3), lambda i, j: MATRIX[j, 3 - i])
    twice = placed((3, 4), lambda i, j: MATRIX[2 - i, 3 - j])
    back = placed((4, 3), lambda i, j: MATRIX[2 - j, i])
    assert at.rot90(x).tolist() == once
    for k, expected in enumerate([MATRIX.tolist(), once, twice, back, MATRIX.tolist()]):
        assert at.rot90(x, k).tolist() == expected
        assert at.rot90(x, k - 4).tolist() == expected
    assert at.rot90(x, 1, (1, 0)).tolist() == back
    box = at.rot90(at.tensor(BOX), 1, (1, 2)).tolist()
    assert box == placed((2, 4, 3), lambda k, i, j: BOX[k, j, 3 - i])


def test_flips() -> None:
    x = at.tensor(BOX)
    assert at.flip(x, (0,)).tolist() == placed(BOX.shape, lambda i, j, k: BOX[1 - i, j, k])
    assert at.flip(x, (0, 2)).tolist() == placed(BOX.shape, lambda i, j, k: BOX[1 - i, j, 3 - k])
    assert at.flip(x, (-2,)).tolist() == placed(BOX.shape, lambda i, j, k: BOX[i, 2 - j, k])
    assert at.fliplr(x).tolist() == at.flip(x, (1,)).tolist()
    assert at.flipud(x).tolist() == at.flip(x, (0,)).tolist()


@pytest.mark.parametrize("shift", [0, 1, -1, 2, 9])
def test_rolling_moves_elements_on(shift: int) -> None:
    x = at.tensor(BOX)
    flat = [(n - shift) % 24 for n in range(24)]
    assert at.roll(x, shift).reshape(-1).tolist() == flat
    expected = placed(BOX.shape, lambda i, j, k: BOX[i, (j - shift) % 3, k])
    assert at.roll(x, shift, 1).tolist() == expected
    both = placed(BOX.shape, lambda i, j, k: BOX[i, (j - shift) % 3, (k + 1) % 4])
    assert at.roll(x, (shift, -1), (1, 2)).tolist() == both


def test_dims_change_places() -> None:
    x = at.tensor(BOX)
    assert at.permute(x, (2, 0, 1)).tolist() == placed((4, 2, 3), lambda i, j, k: BOX[j, k, i])
    assert at.transpose(x, 0, 2).tolist() == placed((4, 3, 2), lambda i, j, k: BOX[k, j, i])
    assert at.movedim(x, 0, 2).tolist() == placed((3, 4, 2), lambda i, j, k: BOX[k, i, j])
    assert at.movedim(x, (0, 1), (1, 2)).tolist() == placed((4, 2, 3), lambda i, j, k: BOX[j, k, i])
    assert x.mT.tolist() == placed((2, 4, 3), lambda i, j, k: BOX[i, k, j])
    assert at.t(at.tensor(MATRIX)).tolist() == placed((4, 3), lambda i, j: MATRIX[j, i])


def test_dims_are_merged_split_and_dropped() -> None:
    x = at.tensor(BOX)
    assert at.flatten(x).tolist() == list(range(24))
    assert at.flatten(x, 1).tolist() == BOX.reshape(2, 12).tolist()
    assert at.flatten(x, 0, 1).tolist() == BOX.reshape(6, 4).tolist()
    assert at.unflatten(x, 2, (2, -1)).shape == (2, 3, 2, 2)
    thin = at.zeros(1, 2, 1, 3, 1)
    assert at.squeeze(thin).shape == (2, 3)
    assert at.squeeze(thin, 2).shape == (1, 2, 3, 1)
    assert at.squeeze(thin, (0, 1, -1)).shape == (2, 1, 3)
    assert at.unsqueeze(x, 1).shape == (2, 1, 3, 4)
    assert at.unsqueeze(x, -1).shape == (2, 3, 4, 1)
    assert thin.sum_to_size(2, 1, 1, 1).shape == (2, 1, 1, 1)
    assert at.ones(2, 3).sum_to_size(1, 3).tolist() == [[2, 2, 2]]


# -- diagonals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [None, -3, -1, 0, 1, 2, 5])
def test_triangles_and_diagonals_of_matrices(k: int | None) -> None:
    x, (given, border) = at.tensor(MATRIX + 1), ((), 0) if k is None else ((k,), k)
    lower = placed((3, 4), lambda i, j: (MATRIX[i, j] + 1) * (j - i <= border))
    upper = placed((3, 4), lambda i, j: (MATRIX[i, j] + 1) * (j - i >= border))
    assert at.tril(x, *given).tolist() == lower
    assert at.triu(x, *given).tolist() == upper
    assert at.tril(at.stack([x, x]), *given).tolist() == [lower, lower]
    on_it = [MATRIX[i, j] + 1 for i in range(3) for j in range(4) if j - i == border]
    if on_it:
        assert at.diagonal(x, *given).tolist() == on_it
        assert at.diag(x, *given).tolist() == on_it


@pytest.mark.parametrize("k", [None, -2, 0, 1])
def test_vectors_become_diagonals(k: int | None) -> None:
    v, (given, border) = at.tensor([5, 6]), ((), 0) if k is None else ((k,), k)
    size = 2 + abs(border)
    expected = placed(
        (size, size), lambda i, j: (5 + min(i, j)) * (j - i == border and min(i, j) < 2)
    )
    for made in (at.diag(v, *given), at.diagflat(v, *given), at.diag_embed(v, *given)):
        assert made.tolist() == expected
    rows = at.diag_embed(at.tensor([[5, 6], [7, 8]]), *given).tolist()
    assert rows[0] == expected
    turned = at.diag_embed(v, *given, dim1=1, dim2=0).tolist()
    assert turned == np.transpose(expected).tolist()


def test_diagonals_lie_in_the_first_dims_or_in_those_given() -> None:
    x = at.tensor(BOX)
    assert at.diagonal(x).tolist() == placed((4, 2), lambda k, n: BOX[n, n, k])
    assert at.diagonal(x, 1, 2, 0).tolist() == placed((3, 1), lambda j, n: BOX[n + 1, j, n])
    assert at.linalg.diagonal(x).tolist() == placed((2, 3), lambda i, n: BOX[i, n, n])
    assert at.trace(at.tensor(MATRIX)).item() == 0 + 5 + 10
    blocks = at.block_diag(at.tensor([[1, 2]]), at.tensor(3), at.tensor([4]))
    assert blocks.tolist() == [[1, 2, 0, 0], [0, 0, 3, 0], [0, 0, 0, 4]]
    tall = at.zeros(5, 2)
    assert tall.clone().fill_diagonal_(1).tolist() == [[1, 0], [0, 1], [0, 0], [0, 0], [0, 0]]
    assert tall.fill_diagonal_(1, wrap=True).tolist() == [[1, 0], [0, 1], [0, 0], [1, 0], [0, 1]]


# -- cutting and joining ---------------------------------------------------------------------------


@pytest.mark.parametrize("count", range(1, 9))
def test_sizes_of_pieces(count: int) -> None:
    x = at.tensor(LINE)
    size = -(-7 // count)
    assert lists(at.chunk(x, count)) == [LINE[k : k + size] for k in range(0, 7, size)]
    assert lists(at.split(x, count)) == [LINE[k : k + count] for k in range(0, 7, count)]
    pieces = lists(at.tensor_split(x, count))
    assert list(itertools.chain(*pieces)) == LINE
    # As equal as can be, the larger ones first.
    assert [len(one) for one in pieces] == [7 // count + (k < 7 % count) for k in range(count)]


def test_pieces_at_given_places() -> None:
    x = at.tensor(BOX)
    assert [one.shape for one in at.split(x, [1, 3], 2)] == [(2, 3, 1), (2, 3, 3)]
    first, second, third = at.tensor_split(x, (1, 3), 2)
    assert [one.shape[2] for one in (first, second, third)] == [1, 2, 1]
    assert second.tolist() == BOX[:, :, 1:3].tolist()
    assert lists(at.tensor_split(at.tensor(LINE), (-2,))) == [LINE[:5], LINE[5:]]
    assert lists(at.unbind(x)) == BOX.tolist()
    assert lists(at.unbind(x, 1)) == [BOX[:, j].tolist() for j in range(3)]
    for cut, dim in ((at.vsplit, 0), (at.hsplit, 1), (at.dsplit, 2)):
        assert lists(cut(x, BOX.shape[dim])) == lists(at.split(x, 1, dim))
    assert lists(at.hsplit(at.tensor(LINE), (2,))) == [LINE[:2], LINE[2:]]


def test_joining() -> None:
    x, y = at.tensor([[1, 2], [3, 4]]), at.tensor([[5, 6], [7, 8]])
    rows, columns = [[1, 2], [3, 4], [5, 6], [7, 8]], [[1, 2, 5, 6], [3, 4, 7, 8]]
    assert at.cat([x, y]).tolist() == at.vstack([x, y]).tolist() == rows
    assert at.cat([x, y], 1).tolist() == at.hstack([x, y]).tolist() == columns
    assert at.stack([x, y]).tolist() == [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    assert at.stack([x, y], 1).tolist() == [[[1, 2], [5, 6]], [[3, 4], [7, 8]]]
    pairs = [[[1, 5], [2, 6]], [[3, 7], [4, 8]]]
    assert at.stack([x, y], -1).tolist() == at.dstack([x, y]).tolist() == pairs
    v, w = at.tensor([1, 2]), at.tensor([3, 4])
    assert at.hstack([v, w]).tolist() == [1, 2, 3, 4]
    assert at.vstack([v, w]).tolist() == [[1, 2], [3, 4]]
    assert at.column_stack([v, w]).tolist() == [[1, 3], [2, 4]]
    assert at.dstack([v, w]).tolist() == [[[1, 3], [2, 4]]]
    shapes = [grow(v).shape for grow in (at.atleast_1d, at.atleast_2d, at.atleast_3d)]
    assert shapes == [(2,), (1, 2), (1, 2, 1)]
    assert at.atleast_3d(x).shape == (2, 2, 1)


def test_grids_products_and_combinations() -> None:
    a, b, c = [1, 2, 3], [4, 5], [6, 7]
    x, y, z = (at.tensor(one) for one in (a, b, c))
    for settings in ({}, {"indexing": "ij"}):
        first, second, third = at.meshgrid(x, y, z, **settings)
        assert first.tolist() == placed((3, 2, 2), lambda i, j, k: a[i])
        assert second.tolist() == placed((3, 2, 2), lambda i, j, k: b[j])
        assert third.tolist() == placed((3, 2, 2), lambda i, j, k: c[k])
    first, second, third = at.meshgrid(x, y, z, indexing="xy")
    assert first.tolist() == placed((2, 3, 2), lambda i, j, k: a[j])
    assert second.tolist() == placed((2, 3, 2), lambda i, j, k: b[i])
    assert third.tolist() == placed((2, 3, 2), lambda i, j, k: c[k])
    ways = [list(way) for way in itertools.product(a, b, c)]
    assert at.cartesian_prod(x, y, z).tolist() == ways
    assert at.combinations(x).tolist() == [[1, 2], [1, 3], [2, 3]]
    assert at.combinations(x, 3).tolist() == [[1, 2, 3]]
    with_equals = [[1, 1], [1, 2], [1, 3], [2, 2], [2, 3], [3, 3]]
    assert at.combinations(x, 2, True).tolist() == with_equals


def test_repeating() -> None:
    x = at.tensor([[1, 2], [3, 4]])
    assert x.repeat(1, 2).tolist() == [[1, 2, 1, 2], [3, 4, 3, 4]]
    assert x.repeat(2, 1).tolist() == [[1, 2], [3, 4], [1, 2], [3, 4]]
    assert x.repeat(2, 1, 1).tolist() == [[[1, 2], [3, 4]]] * 2
    assert at.tile(x, (2,)).tolist() == [[1, 2, 1, 2], [3, 4, 3, 4]]
    assert at.tile(x, (2, 1)).tolist() == x.repeat(2, 1).tolist()
    assert at.repeat_interleave(x, 2).tolist() == [1, 1, 2, 2, 3, 3, 4, 4]
    assert at.repeat_interleave(x, 2, 1).tolist() == [[1, 1, 2, 2], [3, 3, 4, 4]]
    assert at.repeat_interleave(x, at.tensor([0, 3]), 0).tolist() == [[3, 4]] * 3
    assert at.repeat_interleave(at.tensor([2, 0, 1])).tolist() == [0, 0, 2]
    assert at.tensor([[1], [2]]).expand(2, 3).tolist() == [[1, 1, 1], [2, 2, 2]]
    assert at.tensor([1, 2]).expand(2, -1).tolist() == [[1, 2], [1, 2]]


# -- reading ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [0, 1, 2])
def test_gather_and_take_along_dim(dim: int) -> None:
    index = np.random.default_rng(dim).integers(0, BOX.shape[dim], (2, 2, 3))

    def element(*place: int) -> int:
        there = list(place)
        there[dim] = index[place]
        return int(BOX[tuple(there)])

    x, places = at.tensor(BOX), at.tensor(index)
    assert at.gather(x, dim, places).tolist() == placed((2, 2, 3), element)
    order = np.argsort(-BOX, dim)
    flipped = np.flip(BOX, dim).tolist()
    assert at.take_along_dim(x, at.tensor(order), dim).tolist() == flipped
    assert at.take_along_dim(x, at.tensor([1, 0, 23])).tolist() == [1, 0, 23]


@pytest.mark.parametrize("dim", [0, 1, 2, 3])
@pytest.mark.parametrize("repeated", list(itertools.product([False, True], repeat=4)))
def test_an_index_that_repeats_is_read_as_any_other(dim: int, repeated: tuple[bool, ...]) -> None:
    """``numbers[:, None].expand(n, c)``: rows are read and added whole, smaller ones too."""
    shape, size = (3, 4, 2, 5), (2, 3, 2, 4)
    random = np.random.default_rng(dim)
    once = random.integers(0, shape[dim], np.where(repeated, 1, size))
    index = np.broadcast_to(once, size)
    values, added = random.standard_normal(shape), random.standard_normal(size)
    read, total, mean = np.empty(size), values.copy(), [[one] for one in values.flat]
    for place in np.ndindex(*size):
        there = (*place[:dim], index[place], *place[dim + 1 :])
        read[place] = values[there]
        total[there] += added[place]
        mean[np.ravel_multi_index(there, shape)].append(added[place])
    x, src = (at.tensor(one).requires_grad_() for one in (values, added))
    places = at.tensor(once).expand(*size)
    out = x.gather(dim, places)
    np.testing.assert_array_equal(out.detach().numpy(), read)
    out.backward(src.detach())
    sums = x.scatter_add(dim, places, src)
    np.testing.assert_allclose(sums.detach().numpy(), total, 1e-13)
    np.testing.assert_allclose(x.grad.numpy(), total - values, 1e-12, 1e-13)
    sums.backward(x.detach())
    np.testing.assert_array_equal(src.grad.numpy(), read)
    means = x.scatter_reduce(dim, places, src, "mean")
    np.testing.assert_allclose(means.detach().flatten().tolist(), [*map(np.mean, mean)], 1e-12)
    if all(index.shape[other] == shape[other] for other in range(4) if other != dim):
        assert out.is_contiguous()


@pytest.mark.parametrize(
    ("shape", "size", "dim"),
    [
        ((0, 1, 1), (0, 1, 2), 1),
        ((1, 0), (3, 0), 0),
        ((1, 0, 1), (2, 0, 1), 2),
        ((0, 1), (0, 2), 1),
    ],
)
def test_an_index_of_nothing_reads_nothing(
    shape: tuple[int, ...], size: tuple[int, ...], dim: int
) -> None:
    x, places = at.zeros(shape), at.zeros(size, dtype=at.int64)
    assert x.take_along_dim(places, dim).shape == size
    assert x.gather(dim, places).shape == size


def test_what_an_index_picks_lies_in_order_in_memory() -> None:
    """As in PyTorch; NumPy puts first in memory what arrays pick, wherever it stands."""
    x, i, mask = at.rand(4, 5, 6), at.tensor([1, 2, 3]), at.tensor([True, False, True, True, False])
    for out in (
        x[:, i], x[..., i], x[:, :, i[:2, None]], x[:, mask], x[:, i, i], x[1, :, i], x[None, :, i],
        x.index_select(1, i), x.index_select(2, i), x.gather(2, i.expand(4, 5, 3)),
        x.transpose(0, 2)[:, i], x[1:, 1:][:, i],
    ):  # fmt: skip
        assert out.is_contiguous()
        assert out.stride() == at.empty(out.shape).stride()


def test_parts_of_a_dim() -> None:
    x = at.tensor(BOX)
    assert at.select(x, 1, 2).tolist() == at.select(x, 1, -1).tolist() == BOX[:, 2].tolist()
    assert at.narrow(x, 2, 1, 2).tolist() == BOX[:, :, 1:3].tolist()
    assert at.narrow(x, 2, -3, 2).tolist() == BOX[:, :, 1:3].tolist()
    numbers = at.unravel_index(at.tensor([0, 5, 23]), (2, 3, 4))
    assert list(zip(*lists(numbers), strict=True)) == [(0, 0, 0), (0, 1, 1), (1, 2, 3)]
    mask = at.tensor([[0, 1], [2, 0]])
    assert at.nonzero(mask).tolist() == at.argwhere(mask).tolist() == [[0, 1], [1, 0]]
    assert lists(at.nonzero(mask, as_tuple=True)) == [[0, 1], [1, 0]]
    assert at.where(mask > 0, mask, -1).tolist() == [[-1, 1], [2, -1]]
    assert lists(at.where(mask > 0)) == [[0, 1], [1, 0]]
    hot = F.one_hot(at.tensor([2, 0]))
    assert hot.tolist() == [[0, 0, 1], [1, 0, 0]]
    assert F.one_hot(at.tensor([2, 0]), 4).shape == (2, 4)


@pytest.mark.parametrize(("size", "step"), [(3, 1), (2, 2), (3, 2), (2, 3), (7, 1), (1, 1)])
def test_windows(size: int, step: int) -> None:
    expected = [LINE[k : k + size] for k in range(0, 7 - size + 1, step)]
    assert at.tensor(LINE).unfold(0, size, step).tolist() == expected
    both = at.tensor([LINE, LINE]).unfold(1, size, step)
    assert both.tolist() == [expected, expected]
    other = at.tensor([LINE, LINE]).t().unfold(0, size, step)
    assert other.shape == (len(expected), 2, size)
    assert other[:, 1].tolist() == expected


def test_memory_in_steps() -> None:
    x = at.arange(10)
    assert at.as_strided(x, (2, 3), (3, 1)).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert at.as_strided(x, (2, 2), (1, 2), 4).tolist() == [[4, 6], [5, 7]]
    assert x[2:].as_strided((2,), (3,)).tolist() == [2, 5]


@pytest.mark.parametrize(
    ("mode", "before", "after"),
    [
        ("constant", [0, 0], [0, 0, 0]),
        ("reflect", [3, 2], [3, 2, 1]),
        ("replicate", [1, 1], [4, 4, 4]),
        ("circular", [3, 4], [1, 2, 3]),
    ],
)
def test_margins(mode: str, before: list[int], after: list[int]) -> None:
    row = [[[1.0, 2.0, 3.0, 4.0]]]
    assert F.pad(at.tensor(row), (2, 3), mode).tolist() == [[[*before, 1, 2, 3, 4, *after]]]
    column = F.pad(at.tensor(row).mT[None], (0, 0, 2, 3), mode)
    assert column[0, 0, :, 0].tolist() == [*before, 1, 2, 3, 4, *after]


def test_margins_are_0_and_begin_at_the_last_dim() -> None:
    x = at.tensor([[1, 2], [3, 4]])
    assert F.pad(x, (1, 0)).tolist() == [[0, 1, 2], [0, 3, 4]]
    assert F.pad(x, (0, 1, 1, 0), value=9).tolist() == [[9, 9, 9], [1, 2, 9], [3, 4, 9]]
    assert F.pad(x, (-1, 1)).tolist() == [[2, 0], [4, 0]]


def test_constant_pad_nd_and_the_size_of_what_is_broadcast() -> None:
    given = at.tensor([[1, 2]])
    assert at.constant_pad_nd(given, (1, 2), 7).tolist() == [[7, 1, 2, 7, 7]]
    assert at.constant_pad_nd(given, [0, -1, 1, 0]).tolist() == [[0], [1]]
    size = at.broadcast_shapes((4, 1), 3)
    assert isinstance(size, at.Size)
    assert size == (4, 3)
    assert size.numel() == 12


@pytest.mark.parametrize(
    ("size", "stride", "offset"),
    [((2, 2), (3, 1), None), ((3,), (2,), 1), ((), (), 4), ((0,), (1,), 0)],
)
@pytest.mark.parametrize("turned", [False, True])
def test_as_strided_scatter(size: Any, stride: Any, offset: int | None, turned: bool) -> None:
    """The places are those that as_strided reads of numbers from 0."""
    x = at.arange(12, dtype=at.float64).reshape(3, 4)
    x = x.T if turned else x
    src = -1 - at.arange(int(np.prod(size)), dtype=at.float64).reshape(size)
    places = at.arange(12).as_strided(size, stride, offset)
    wanted = np.arange(12.0)
    wanted[places.numpy()] = src.numpy()
    wanted = wanted.reshape(3, 4).T if turned else wanted.reshape(3, 4)
    found = at.as_strided_scatter(x, src, size, stride, offset)
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(x.as_strided_scatter(src, size, stride, offset), wanted)
    np.testing.assert_array_equal(x.T.reshape(-1) if turned else x.reshape(-1), np.arange(12))
    if not turned:
        leaves = (x.requires_grad_(), src.requires_grad_())
        assert at.gradcheck(
            lambda x, src: at.as_strided_scatter(x, src, size, stride, offset), leaves
        )


def test_as_strided_scatter_says_what_does_not_fit() -> None:
    x = at.zeros(2, 3)
    for src, size, stride, words in (
        (at.ones(3), (2,), (1,), "src must have the shape"),
        (at.ones(2), (2,), (6,), "outside"),
        (at.ones(2), (2,), (0,), "twice"),
    ):
        with pytest.raises(RuntimeError, match=words):
            at.as_strided_scatter(x, src, size, stride)


def test_empty_strided() -> None:
    for size, stride in (
        ((2, 3), (3, 1)),
        ((2, 3), (1, 2)),
        ((2, 3), (10, 2)),
        ((0, 3), (1, 1)),
        ((), ()),
    ):
        x = at.empty_strided(size, stride, dtype=at.float64)
        assert (x.shape, x.stride(), x.dtype) == (size, stride, at.float64)
        numbers = at.arange(float(np.prod(size)), dtype=at.float64).reshape(size)
        assert at.equal(x.copy_(numbers), numbers)  # no two elements share a place
        assert at.ones(1, dtype=at.int64).new_empty_strided(size, stride).dtype == at.int64
    with pytest.raises(RuntimeError, match="shares memory between its elements"):
        at.empty_strided((2,), (0,)).fill_(1)
    for size, stride in (((2,), (1, 1)), ((2,), (-1,)), ((-2,), (1,))):
        with pytest.raises(RuntimeError, match="expected a stride for each size, none negative"):
            at.empty_strided(size, stride)
