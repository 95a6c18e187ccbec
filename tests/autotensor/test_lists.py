"""Operators on lists of Tensors (``_foreach_…``) and trees (``utils._pytree``), under PyTorch's
private names, which optimizers of others call."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor.elsewhere import FOREACH
from autotensor.utils import _foreach_utils, _pytree
from tests.helpers import array_of, assert_same

DRAW = np.random.default_rng(4)
FIRST = [DRAW.uniform(0.2, 0.9, (2, 3)), DRAW.uniform(0.2, 0.9, 4)]
SECOND = [one + 0.05 for one in FIRST]
THIRD = [one + 0.1 for one in FIRST]


def made(library: Any, arrays: list[np.ndarray]) -> list[Any]:
    return [library.tensor(one.copy()) for one in arrays]


BESIDE: dict[str, list[Any]] = {
    name: [lambda lib: (made(lib, SECOND),), lambda lib: (0.5,), lambda lib: ([0.3, 0.6],)]
    for name in ("add", "sub", "mul", "div", "maximum", "minimum", "clamp_min", "clamp_max", "pow")
} | {
    "lerp": [lambda lib: (made(lib, SECOND), 0.3), lambda lib: (made(lib, SECOND), [0.3, 0.2]),
             lambda lib: (made(lib, SECOND), made(lib, THIRD))],
    "copy": [lambda lib: (made(lib, SECOND),)],
    "norm": [lambda lib: (), lambda lib: (1,)],
} | {
    name: [lambda lib, v=v: (made(lib, SECOND), made(lib, THIRD), *v)
           for v in ((), (2.0,), ([2.0, 3.0],))]
    for name in ("addcmul", "addcdiv")
}  # fmt: skip
"""What stands beside the list: lists, a number, a number for each."""


@pytest.mark.parametrize("name", FOREACH)
def test_on_each_of_a_list_as_pytorch(torch: ModuleType, name: str) -> None:
    for beside in BESIDE.get(name.removeprefix("_foreach_").rstrip("_"), [lambda lib: ()]):
        ours, theirs = made(at, FIRST), made(torch, FIRST)
        found = getattr(at, name)(ours, *beside(at))
        wanted = getattr(torch, name)(theirs, *beside(torch))
        assert len(found) == len(wanted) == 2
        for mine, other in zip((*found, *ours), (*wanted, *theirs), strict=True):
            assert_same(mine, other)


def test_on_each_of_a_list_as_one_by_one() -> None:
    x, y = made(at, FIRST), made(at, SECOND)
    assert at._foreach_add_(x, y, alpha=2) is x
    for one, before, other in zip(x, FIRST, SECOND, strict=True):
        np.testing.assert_array_equal(array_of(one), before + 2 * other)
    at._foreach_addcdiv_(x, y, y, [1.0, 3.0])
    for one, before, other, plus in zip(x, FIRST, SECOND, (1, 3), strict=True):
        np.testing.assert_array_equal(array_of(one), before + 2 * other + plus * (other / other))
    assert [one.item() for one in at._foreach_norm([at.tensor([3.0, 4.0])])] == [5]
    assert at._foreach_mul(x, at.tensor(2.0))[1].tolist() == (x[1] * 2).tolist()


def test_lists_that_do_not_fit_are_refused_before_anything_is_written() -> None:
    x = made(at, FIRST)
    for call, error, words in (
        (lambda: at._foreach_add_(x, [1.0]), RuntimeError, "same length, got 2 and 1"),
        (lambda: at._foreach_neg_([]), RuntimeError, "at least one"),
        (lambda: at._foreach_neg_([x[0], 3]), TypeError, "element of self must be a Tensor"),
        (lambda: at._foreach_neg_(x[0]), TypeError, "must be a list of Tensors, got Tensor"),
    ):
        with pytest.raises(error, match=words):
            call()
        np.testing.assert_array_equal(array_of(x[0]), FIRST[0])


def test_lists_by_dtype() -> None:
    x = [at.ones(1), at.ones(1, dtype=at.float64), at.ones(2)]
    y = [None, at.zeros(1), at.zeros(2)]
    found = _foreach_utils._group_tensors_by_device_and_dtype([x, y, []], with_indices=True)
    by_dtype = {dtype: (lists, places) for (_, dtype), (lists, places) in found.items()}
    lists, places = by_dtype[at.float32]
    assert places == [0, 2]
    assert lists[0][1] is x[2]
    assert lists[1] == [None, y[2]]
    assert lists[2] == []
    assert by_dtype[at.float64][1] == [1]


def test_trees() -> None:
    tree = {"b": 1, "a": [2, (3, None)]}
    leaves, spec = _pytree.tree_flatten(tree)
    assert (leaves, spec.num_leaves) == ([1, 2, 3, None], 4)
    assert _pytree.tree_unflatten(leaves, spec) == tree
    with pytest.raises(ValueError, match="3 leaves for a tree that has 4"):
        _pytree.tree_unflatten(leaves[:3], spec)
    pairs = _pytree.tree_map(lambda x, y: (x, y), tree, {"b": 5, "a": [6, (7, 8)]})
    assert pairs == {"b": (1, 5), "a": [(2, 6), ((3, 7), (None, 8))]}
    with pytest.raises(ValueError, match="does not branch as"):
        _pytree.tree_map(lambda x, y: x, tree, {"b": 5})
    by_list = _pytree.tree_map(len, [[1, 2], ([3], [])], is_leaf=lambda x: isinstance(x, list) and
                               all(isinstance(one, int) for one in x))  # fmt: skip
    assert by_list == [2, (1, 0)]
    assert _pytree.tree_map_only(int, str, tree) == {"b": "1", "a": ["2", ("3", None)]}
    assert _pytree.tree_any(lambda x: x is None, tree)
    assert not _pytree.tree_all(lambda x: x is None, tree)
