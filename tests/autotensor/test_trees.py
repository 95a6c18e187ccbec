"""Trees: taken apart and rebuilt as they were, and one value spread over what is below it."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import pytest

from autotensor.transforms.trees import tree_flatten, tree_leaves

Pair = namedtuple("Pair", ["left", "right"])
TREES: list[Any] = [
    3, None, (), [], {}, (1,), [1, (2, 3)], {"b": 1, "a": [2, {"c": 3}]}, Pair(1, (2, [3])),
]  # fmt: skip


@pytest.mark.parametrize("tree", TREES)
def test_a_tree_is_rebuilt_as_it_was(tree: Any) -> None:
    leaves, structure = tree_flatten(tree)
    again = structure.rebuild(leaves)
    assert again == tree
    assert type(again) is type(tree)
    assert structure == tree_flatten(again)[1]
    assert structure.rebuild(iter(leaves)) == tree
    others = [one for one in TREES if one is not tree and one not in (3, None)]
    assert all(structure != tree_flatten(one)[1] for one in others)


def test_leaves_come_in_order() -> None:
    assert tree_leaves({"b": 1, "a": [2, (None, {"c": "x"})]}) == [1, 2, None, "x"]


def test_a_structure_shows_how_it_branches() -> None:
    assert repr(tree_flatten([1, (2,), {"k": 3}])[1]) == "[*, (*), {'k': *}]"


@pytest.mark.parametrize(
    ("tree", "values", "expected"),
    [
        (5, 0, [0]),
        ((1, [2, 3]), 0, [0, 0, 0]),
        ((1, [2, 3]), (0, None), [0, None, None]),
        ((1, [2, 3]), (0, (1, 2)), [0, 1, 2]),
        ({"a": 1, "b": (2, 3)}, {"b": 7, "a": 8}, [8, 7, 7]),
        ((1, [2, 3]), (0,), None),
        ((1, 2), (0, (1, 2)), None),
        ({"a": 1}, {"b": 1}, None),
        ({"a": 1}, (1,), None),
    ],
)
def test_values_are_spread(tree: Any, values: Any, expected: list[Any] | None) -> None:
    assert tree_flatten(tree)[1].spread(values) == expected
