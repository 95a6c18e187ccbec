"""Shapes, selection and scattering beyond the table of cases: indices at random, refusals, bits."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn.functional as F
from tests.helpers import assert_same, attempt, compare, flat

X = np.arange(24.0).reshape(2, 3, 4)
V = np.arange(5.0)


# -- indexing with anything ------------------------------------------------------------------------


def draw_index(rng: random.Random, shape: tuple[int, ...]) -> list[Any]:
    """An index of any kinds of parts; now and then one that does not fit."""
    index: list[Any] = []
    sizes = list(shape)
    common = rng.choice([(2,), (3,), (2, 1), (1,)])
    while sizes and rng.random() < 0.8:
        kind = rng.choice(["int", "slice", "array", "list", "mask", "None", "bool", "item"])
        size = sizes[0]
        if kind in ("None", "bool"):
            index.append(None if kind == "None" else rng.random() < 0.8)
            continue
        if kind == "mask":
            wide = rng.choice([1, 1, min(2, len(sizes))])
            count = int(np.prod(sizes[:wide]))
            mask = np.zeros(count, bool)
            mask[rng.sample(range(count), min(common[0], count))] = True
            index.append(mask.reshape(sizes[:wide]))
            sizes = sizes[wide:]
            continue
        sizes = sizes[1:]
        if kind == "int":
            index.append(rng.randrange(-size, size + (rng.random() < 0.05)))
        elif kind == "slice":
            places = [None, *range(-size - 1, size + 2)]
            index.append(slice(rng.choice(places), rng.choice(places), rng.choice([None, 1, 2])))
        elif kind == "item":
            index.append(np.array(rng.randrange(-size, size)))
        else:
            numbers = np.random.default_rng(rng.randrange(99)).integers(-size, size, common)
            index.append(numbers if kind == "array" else numbers.tolist())
    if rng.random() < 0.3:
        index.insert(rng.randrange(len(index) + 1), Ellipsis)
    return index


@pytest.mark.parametrize("block", range(4))
def test_random_indices(torch: ModuleType, block: int) -> None:
    right = 0
    for seed in range(block * 150, block * 150 + 150):
        rng = random.Random(seed)
        shape = tuple(rng.choice([(2, 3, 4), (3, 3), (4,), (2, 3, 2, 2)]))
        index = draw_index(rng, shape)
        values = np.arange(float(np.prod(shape))).reshape(shape) + 1

        def place(lib: Any, index: list[Any] = index) -> Any:
            made = tuple(lib.from_numpy(i) if isinstance(i, np.ndarray) else i for i in index)
            return made[0] if len(made) == 1 else made

        def read(lib: Any, x: Any, place: Any = place) -> Any:
            return x[place(lib)]

        def write(lib: Any, x: Any, value: Any, place: Any = place) -> Any:
            y = x * 2
            y[place(lib)] = value
            return y * y

        result = compare(torch, read, values)
        if not isinstance(result, Exception):
            right += 1
            # One value: where positions repeat, which of several is written is not said.
            compare(torch, write, values, np.array(7.5), order=1)
            compare(torch, lambda lib, x, w=write: w(lib, x, -1.0), values, order=1)
    assert right > 60


def test_indices_are_copied() -> None:
    x = at.tensor(V, requires_grad=True)
    index = at.tensor([0, 1])
    y = x[index].sum() + x.take(index).sum() + x.gather(0, index).sum()
    index.fill_(4)
    y.backward()
    assert x.grad.tolist() == [3, 3, 0, 0, 0]


# -- values that are no derivatives ----------------------------------------------------------------

VALUES: dict[str, Callable[[Any], Any]] = {
    "nonzero": lambda lib: lib.nonzero(lib.tensor([[0, 2], [3, 0]])),
    "nonzero tuple": lambda lib: lib.tensor([[0, 2.5], [3, 0]]).nonzero(as_tuple=True),
    "nonzero 0-d": lambda lib: lib.nonzero(lib.tensor(5)),
    "nonzero 0-d tuple": lambda lib: lib.nonzero(lib.tensor(5), as_tuple=True),
    "nonzero of nothing": lambda lib: lib.nonzero(lib.zeros(2, 0)),
    "argwhere": lambda lib: lib.argwhere(lib.tensor([True, False, True])),
    "where": lambda lib: lib.where(lib.tensor([[0, 1], [2, 0]])),
    "where method": lambda lib: lib.tensor([1, 2]).where(lib.tensor([True, False]), 9),
    "unravel_index": lambda lib: lib.unravel_index(lib.tensor([[5, 25], [-1, 0]]), (3, 4)),
    "unravel_index int": lambda lib: lib.unravel_index(lib.tensor(5, dtype=lib.int32), 4),
    "broadcast_shapes": lambda lib: tuple(lib.broadcast_shapes((2, 1), 3, (1,))),
    "repeat_interleave": lambda lib: lib.repeat_interleave(lib.tensor([2, 0, 1])),
    "block_diag of nothing": lambda lib: lib.block_diag(),
    "block_diag dtypes": lambda lib: lib.block_diag(lib.tensor([1, 2]), lib.tensor(True)),
    "combinations of none": lambda lib: lib.combinations(lib.tensor([1, 2]), 0),
    "scatter int": lambda lib: lib.tensor([1, 2]).scatter(0, lib.tensor([0]), 2.5),
    "scatter multiply": lambda lib: lib.tensor([2.0, 3]).scatter(
        0, lib.tensor([0, 0]), 3, reduce="multiply"
    ),
    "scatter_reduce mean of ints": lambda lib: lib.tensor([7, -8, 9]).scatter_reduce(
        0, lib.tensor([1, 1]), lib.tensor([-3, -6]), "mean"
    ),
    "scatter_reduce amin of ints": lambda lib: lib.tensor([7, -8]).scatter_reduce(
        0, lib.tensor([1, 1]), lib.tensor([3, 6]), "amin", include_self=False
    ),
    "index_put wraps": lambda lib: lib.tensor([1, 2]).index_put(
        (lib.tensor([-1]),), lib.tensor([5])
    ),
    "index_add uint8": lambda lib: lib.tensor([250, 1], dtype=lib.uint8).index_add(
        0, lib.tensor([0, 0]), lib.tensor([4, 5], dtype=lib.uint8)
    ),
    "tril bool": lambda lib: lib.ones(2, 3, dtype=lib.bool).tril(),
    "diag ints": lambda lib: lib.diag(lib.tensor([1, 2])),
    "setitem truncates": lambda lib: _written(lib.tensor([1, 2]), 2.7),
    "as_strided of turned memory": lambda lib: lib.from_numpy(np.asfortranarray(X)).as_strided(
        (3, 4), (4, 1), 2
    ),
    "as_strided outside the view": lambda lib: lib.arange(6)[2:4].as_strided((2, 2), (1, 2), 1),
    "storage_offset": lambda lib: lib.arange(24).reshape(2, 3, 4)[1, 1:, 2].storage_offset(),
    "H": lambda lib: lib.ones(2, 3).H,
    "mH": lambda lib: lib.ones(2, 3, 4).mH,
    "sizes": lambda lib: (lib.ones(2, 3).size(-1), lib.ones(2, 3).stride(0), len(lib.ones(2, 3))),
    "contains": lambda lib: (3 in lib.arange(4), lib.tensor(9) in lib.arange(4)),
    "tolist": lambda lib: lib.arange(4).reshape(2, 2).tolist(),
    "iteration": lambda lib: list(lib.arange(4).reshape(2, 2)),
}


def _written(x: Any, value: Any) -> Any:
    x[0] = value
    return x


@pytest.mark.parametrize("name", VALUES)
def test_values(torch: ModuleType, name: str) -> None:
    ours, theirs = (flat(VALUES[name](lib)) for lib in (at, torch))
    for number, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
        assert_same(mine, other, f"{name} {number}")


# -- refusals --------------------------------------------------------------------------------------


def indices(lib: Any, *numbers: Any) -> Any:
    return lib.tensor(list(numbers), dtype=lib.int64)


def padded(lib: Any, *args: Any) -> Any:
    return (F if lib is at else lib.nn.functional).pad(*args)


#: What to call, and the operator that the message must name.
REFUSED: dict[str, tuple[str, Callable[[Any, Any, Any], Any]]] = {
    "too many indices": ("getitem", lambda lib, x, v: x[0, 0, 0, 0]),
    "index too large": ("getitem", lambda lib, x, v: x[:, 3]),
    "negative step": ("getitem", lambda lib, x, v: x[::-1]),
    "float index": ("getitem", lambda lib, x, v: v[lib.tensor([0.0])]),
    "short index": ("getitem", lambda lib, x, v: v[lib.tensor([0], dtype=lib.int16)]),
    "mask of another size": ("getitem", lambda lib, x, v: x[lib.ones(3) > 0]),
    "arrays do not broadcast": ("getitem", lambda lib, x, v: x[[0, 1], [0, 1, 2]]),
    "value does not fit": ("setitem", lambda lib, x, v: (x * 1).__setitem__(0, v)),
    "value overflows": (
        "setitem", lambda lib, x, v: lib.zeros(2, dtype=lib.uint8).__setitem__(0, 300),
    ),
    "gather negative": ("gather", lambda lib, x, v: v.gather(0, indices(lib, -1))),
    "gather ranks": ("gather", lambda lib, x, v: x.gather(0, indices(lib, 0))),
    "gather wide": ("gather", lambda lib, x, v: lib.ones(1, 2).gather(0, indices(lib, [0] * 3))),
    "gather dtype": ("gather", lambda lib, x, v: v.gather(0, lib.tensor([0.0]))),
    "index_select matrix": ("index_select", lambda lib, x, v: v.index_select(0, indices(lib, [0]))),
    "index_select range": ("index_select", lambda lib, x, v: v.index_select(0, indices(lib, 5))),
    "take range": ("take", lambda lib, x, v: v.take(indices(lib, -6))),
    "take of nothing": ("take", lambda lib, x, v: v[:0].take(indices(lib, 0))),
    "take dtype": ("take", lambda lib, x, v: v.take(lib.tensor([0], dtype=lib.int32))),
    "take_along_dim ranks": (
        "take_along_dim", lambda lib, x, v: x.take_along_dim(indices(lib, 0), 1),
    ),
    "select range": ("select", lambda lib, x, v: v.select(0, 5)),
    "select 0-d": ("select", lambda lib, x, v: v[0].select(0, 0)),
    "narrow long": ("narrow", lambda lib, x, v: v.narrow(0, 3, 3)),
    "narrow start": ("narrow", lambda lib, x, v: v.narrow(0, -6, 1)),
    "masked_select dtype": ("masked_select", lambda lib, x, v: v.masked_select(v)),
    "masked_select shape": ("masked_select", lambda lib, x, v: x.masked_select(v > 0)),
    "masked_scatter short": (
        "masked_scatter", lambda lib, x, v: v.masked_scatter(v >= 0, v[:2]),
    ),
    "masked_scatter dtype": (
        "masked_scatter", lambda lib, x, v: v.masked_scatter(v >= 0, v.float()),
    ),
    "scatter src dtype": (
        "scatter", lambda lib, x, v: v.scatter(0, indices(lib, 0), indices(lib, 1)),
    ),
    "scatter src small": ("scatter", lambda lib, x, v: v.scatter(0, indices(lib, 0, 1), v[:1])),
    "scatter range": ("scatter", lambda lib, x, v: v.scatter(0, indices(lib, 5), 1.0)),
    "scatter reduce": (
        "scatter", lambda lib, x, v: v.scatter(0, indices(lib, 0), 1.0, reduce="sum"),
    ),
    "scatter_add number": (
        "scatter_add", lambda lib, x, v: v.scatter_add(0, indices(lib, 0), 1.0),
    ),
    "scatter_reduce name": (
        "scatter_reduce", lambda lib, x, v: v.scatter_reduce(0, indices(lib, 0), v, "least"),
    ),
    "index_add shape": ("index_add", lambda lib, x, v: v.index_add(0, indices(lib, 0, 1), v)),
    "index_add range": ("index_add", lambda lib, x, v: v.index_add(0, indices(lib, -1), v[:1])),
    "index_copy dtype": (
        "index_copy", lambda lib, x, v: v.index_copy(0, indices(lib, 0), v[:1].float()),
    ),
    "index_fill value": ("index_fill", lambda lib, x, v: v.index_fill(0, indices(lib, 0), v)),
    "index_reduce name": (
        "index_reduce", lambda lib, x, v: v.index_reduce(0, indices(lib, 0), v[:1], "sum"),
    ),
    "index_put shape": ("index_put", lambda lib, x, v: v.index_put((indices(lib, 0, 1),), v)),
    "index_put range": ("index_put", lambda lib, x, v: v.index_put((indices(lib, 5),), v[:1])),
    "put count": ("put", lambda lib, x, v: x.put(indices(lib, 0, 1), v[0])),
    "select_scatter shape": ("select_scatter", lambda lib, x, v: x.select_scatter(v, 0, 0)),
    "slice_scatter shape": ("slice_scatter", lambda lib, x, v: v.slice_scatter(v, 0, 1, 3)),
    "diagonal_scatter shape": (
        "diagonal_scatter", lambda lib, x, v: x[0].diagonal_scatter(v),
    ),
    "diagonal of a vector": ("diagonal", lambda lib, x, v: v.diagonal()),
    "diagonal dims": ("diagonal", lambda lib, x, v: x.diagonal(0, 1, -2)),
    "diag 3-d": ("diag", lambda lib, x, v: x.diag()),
    "tril of a vector": ("tril", lambda lib, x, v: v.tril()),
    "diag_embed dims": ("diag_embed", lambda lib, x, v: v.diag_embed(0, 0, 0)),
    "unfold size": ("unfold", lambda lib, x, v: v.unfold(0, 6, 1)),
    "unfold step": ("unfold", lambda lib, x, v: v.unfold(0, 2, 0)),
    "as_strided outside": ("as_strided", lambda lib, x, v: v.as_strided((2,), (1,), 4)),
    "as_strided negative": ("as_strided", lambda lib, x, v: v.as_strided((2,), (-1,), 4)),
    "rot90 dims": ("rot90", lambda lib, x, v: x.rot90(1, (0, 0))),
    "rot90 of a vector": ("rot90", lambda lib, x, v: v.rot90()),
    "roll lengths": ("roll", lambda lib, x, v: x.roll((1, 2), 0)),
    "flipud 0-d": ("flipud", lambda lib, x, v: v[0].flipud()),
    "repeat negative": ("repeat", lambda lib, x, v: v.repeat(-1)),
    "repeat few": ("repeat", lambda lib, x, v: x.repeat(2)),
    "repeat_interleave sizes": (
        "repeat_interleave", lambda lib, x, v: v.repeat_interleave(indices(lib, 1, 2)),
    ),
    "repeat_interleave output_size": (
        "repeat_interleave",
        lambda lib, x, v: v.repeat_interleave(indices(lib, 2), 0, output_size=3),
    ),
    "tensor_split 0": ("tensor_split", lambda lib, x, v: v.tensor_split(0)),
    "hsplit uneven": ("hsplit", lambda lib, x, v: v.hsplit(2)),
    "vsplit of a vector": ("vsplit", lambda lib, x, v: v.vsplit(1)),
    "unbind 0-d": ("unbind", lambda lib, x, v: v[0].unbind()),
    "meshgrid dtypes": ("meshgrid", lambda lib, x, v: lib.meshgrid(v, v.long())),
    "meshgrid indexing": ("meshgrid", lambda lib, x, v: lib.meshgrid(v, indexing="yx")),
    "cartesian_prod matrix": ("cartesian_prod", lambda lib, x, v: lib.cartesian_prod(x)),
    "combinations r": ("combinations", lambda lib, x, v: lib.combinations(v, -1)),
    "block_diag 3-d": ("block_diag", lambda lib, x, v: lib.block_diag(x)),
    "sum_to_size": ("sum_to_size", lambda lib, x, v: v.sum_to_size(2)),
    "broadcast_shapes": (
        "broadcast_shapes", lambda lib, x, v: lib.broadcast_shapes((2, 1), (3, 1)),
    ),
    "H of a stack": ("H", lambda lib, x, v: x.H),
    "pad odd": ("pad", lambda lib, x, v: padded(lib, x, (1,))),
    "pad mode": ("pad", lambda lib, x, v: padded(lib, x, (1, 1), "mirror")),
    "pad value": ("pad", lambda lib, x, v: padded(lib, x, (1, 1), "reflect", 2.0)),
    "pad reflect too far": ("pad", lambda lib, x, v: padded(lib, x, (4, 0), "reflect")),
    "pad twice round": ("pad", lambda lib, x, v: padded(lib, x, (5, 0), "circular")),
    "pad cut too much": ("pad", lambda lib, x, v: padded(lib, x, (-3, -3))),
    "where of one": ("where", lambda lib, x, v: lib.where(v > 0, v)),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(torch: ModuleType, name: str) -> None:
    operator, action = REFUSED[name]
    expected, error = attempt(lambda: action(torch, torch.from_numpy(X), torch.from_numpy(V)))
    assert error is not None, f"PyTorch gives {expected!r}"
    with pytest.raises(
        (TypeError, ValueError, IndexError, RuntimeError, NotImplementedError)
    ) as at_fault:
        action(at, at.tensor(X), at.tensor(V))
    assert str(at_fault.value).startswith(operator), at_fault.value


def test_pad_of_ranks_that_have_no_such_padding(torch: ModuleType) -> None:
    for shape, count in (((4,), 2), ((2, 3, 4), 6), ((1, 2, 3, 4), 2), ((2, 3), 4)):
        for mode in ("reflect", "replicate", "circular"):
            with pytest.raises(NotImplementedError, match="pad"):
                F.pad(at.ones(shape), (1,) * count, mode)
            with pytest.raises((NotImplementedError, RuntimeError)):
                torch.nn.functional.pad(torch.ones(shape), (1,) * count, mode)


def test_as_strided_refuses_a_gradient_that_is_not_defined() -> None:
    x = at.ones(1, requires_grad=True)
    with pytest.raises(RuntimeError, match="as_strided"):
        x.expand(3).as_strided((2,), (0,))


def test_products_with_zeros_have_second_derivatives() -> None:
    """PyTorch has none where several zeros meet."""
    x = at.tensor([0.0, 2.0, 0.0], dtype=at.float64, requires_grad=True)
    y = at.tensor([0.0, 3.0, 0.0, 4.0], dtype=at.float64, requires_grad=True)
    index = at.tensor([0, 1, 1, 1])
    for include in (True, False):

        def function(x: Any, y: Any, include: bool = include) -> Any:
            return x.scatter_reduce(0, index, y, "prod", include_self=include)

        assert at.gradcheck(function, [x, y])
        assert at.gradgradcheck(function, [x, y])


# -- as PyTorch reads it ---------------------------------------------------------------------------

NUMBERED = np.arange(24).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("index", "once"),
    [
        ((..., ...), (...,)),
        ((..., None, ...), (..., None)),
        ((..., 0, ...), (..., 0)),
        ((0, ..., 1, ...), (0, ..., 1)),
        ((..., [0, 2], ...), (..., [0, 2])),
        ((0, ..., ..., ...), (0, ...)),
    ],
)
def test_an_ellipsis_behind_another_stands_for_nothing(index: Any, once: Any) -> None:
    assert at.tensor(NUMBERED)[index].tolist() == NUMBERED[once].tolist()
    written, expected = at.tensor(NUMBERED), NUMBERED.copy()
    written[index], expected[once] = -1, -1
    assert written.tolist() == expected.tolist()


def test_where_takes_bytes_with_a_warning() -> None:
    x = at.tensor([1.0, 2.0], requires_grad=True)
    mask = at.tensor([1, 0], dtype=at.uint8)
    with pytest.warns(UserWarning, match="where: condition is of uint8; use bool"):
        chosen = at.where(mask, x, 7.0)
    chosen.sum().backward()
    assert chosen.tolist() == [1, 7]
    assert x.grad is not None
    assert x.grad.tolist() == [1, 0]
    with pytest.raises(RuntimeError, match="must be a bool Tensor, got dtype int64"):
        at.where(mask.long(), x, 7.0)


@pytest.mark.parametrize("name", ["max", "min", "median", "nanmedian"])
def test_what_gives_one_number_keeps_no_dim(name: str) -> None:
    with pytest.raises(TypeError, match=f"{name}: keepdim=True needs a dim"):
        getattr(at.ones(2, 2), name)(dim=None, keepdim=True)
    assert getattr(at.ones(2, 2), name)().shape == ()


@pytest.mark.parametrize("call", [at.unique_consecutive, lambda x, dim: at.unique(x, True, dim)])
def test_a_dim_in_the_place_of_a_switch_is_refused(call: Any) -> None:
    with pytest.raises(TypeError, match="return_inverse must be a bool, got 0; name other argum"):
        call(at.ones(3), 0)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_the_dtype_of_a_softmax_by_position(name: str) -> None:
    found = getattr(at.tensor([[1, 2]]), name)(1, at.float64)
    odds = math.e / (1 + math.e)
    assert found.dtype == at.float64
    last = found[0, 1].exp() if name == "log_softmax" else found[0, 1]
    assert last.item() == pytest.approx(odds, abs=1e-15)


# -- what stands in a list, and masks of no elements -----------------------------------------------


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ([np.array([0, 1])], [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]),
        ([np.array([0, 1]), np.array([1, 2])], [1, 7]),
        ([np.array([0, 1]), 1], [1, 6]),
        ([np.array(0), np.array(1)], 1),
        ([np.array([True, False, True, False]), 1], [1, 11]),
        (list(np.where(np.eye(4, 5))), [0, 6, 12, 18]),
        ([np.int64(1), np.int64(0)], [[5, 6, 7, 8, 9], [0, 1, 2, 3, 4]]),  # plain numbers: rows
    ],
)
def test_a_list_of_numpy_arrays_is_a_tuple_of_indices(index: list[Any], expected: Any) -> None:
    rows = at.arange(20).reshape(4, 5)
    assert rows[index].tolist() == expected
    rows[index] = -1
    known = [number for number in range(20) if number not in np.array(expected).reshape(-1)]
    assert rows[rows >= 0].tolist() == known
    assert (rows[index] == -1).all()


@pytest.mark.parametrize(
    "index",
    [
        (at.zeros(0, dtype=at.bool),),
        (at.zeros(0, 5, dtype=at.bool),),
        (at.zeros(4, 0, dtype=at.bool),),
        (at.zeros(0, dtype=at.uint8),),
        (np.zeros(0, bool),),
        (slice(None), at.zeros(0, dtype=at.bool)),
        (Ellipsis, at.zeros(0, dtype=at.bool)),
    ],
)
def test_a_mask_without_elements_must_fit_too(index: tuple[Any, ...]) -> None:
    x = at.ones(4, 5)
    with pytest.raises(IndexError, match=r"getitem: a mask of shape \(.*0.* does not fit"):
        x[index]
    with pytest.raises(IndexError, match=r"setitem: a mask of shape \(.*0.* does not fit"):
        x[index] = 0
    if len(index) == 1 and getattr(index[0], "dtype", None) == at.bool and at.is_tensor(index[0]):
        with pytest.raises(IndexError, match=r"index_put: a mask of shape \(.*0.* does not fit"):
            at.index_put(x, index, at.tensor(0.0))
    assert x.sum() == 20


def test_a_mask_without_elements_that_fits() -> None:
    x = at.ones(3, 0, 2)
    assert x[:, at.zeros(0, dtype=at.bool)].shape == (3, 0, 2)
    assert x[at.zeros(3, 0, dtype=at.bool)].shape == (0, 2)
    assert x[..., at.zeros(0, 2, dtype=at.bool)].shape == (3, 0)
    assert x[None, 0, at.zeros(0, dtype=at.bool)].shape == (1, 0, 2)


def test_numbers_below_zero_wrap_in_bytes() -> None:
    for index in (0, [0], at.tensor([True, False]), (0, slice(None))):
        x = at.zeros(2, 3, dtype=at.uint8)
        x[index] = -1
        assert x.tolist() == [[255] * 3, [0] * 3]
    with pytest.raises(RuntimeError, match=r"setitem: .*-300"):
        x[0] = -300


def test_indices_that_are_none() -> None:
    x = at.ones(3)
    with pytest.raises(IndexError, match=r"getitem: an index is too large .* shape \(3,\)"):
        x[1 << 64]
    with pytest.raises(IndexError, match=r"^setitem: only ints"):
        x["a"] = 1
    with pytest.raises(TypeError, match=r"^setitem: the bounds of a slice"):
        x["a":] = 1  # type: ignore[misc]  # the mistake that is tried
    with pytest.raises(TypeError, match=r"delitem: the elements of a Tensor cannot be deleted"):
        del x[0]
