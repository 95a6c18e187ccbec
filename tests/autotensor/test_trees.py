"""Trees: taken apart and rebuilt as they were, and one value spread over what is below it."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque, namedtuple
from copy import copy
from typing import Any, NamedTuple

import pytest

import autotensor as at
from autotensor.transforms.trees import tree_flatten, tree_leaves
from autotensor.utils import _pytree

Pair = namedtuple("Pair", ["left", "right"])
TREES: list[Any] = [
    3, None, (), [], {}, (1,), [1, (2, 3)], {"b": 1, "a": [2, {"c": 3}]}, Pair(1, (2, [3])),
    OrderedDict(b=1, a=(2,)), defaultdict(list, b=1, a=(2,)), defaultdict(None, a=1),
    deque([1, (2,)]), deque([1, (2,)], maxlen=2),
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


def test_what_else_containers_know_stays() -> None:
    for tree in (defaultdict(int, a=1), deque([1], maxlen=3)):
        leaves, structure = tree_flatten([tree])
        (again,) = structure.rebuild(leaves)
        for fact in ("default_factory", "maxlen"):
            assert getattr(again, fact, None) == getattr(tree, fact, None)


class Line:
    def __init__(self, name: str, *points: Any) -> None:
        self.name, self.points = name, points


def test_a_registered_type_is_a_container() -> None:
    def take_apart(line: Line) -> tuple[Any, str]:
        return line.points, line.name

    _pytree.register_pytree_node(Line, take_apart, lambda parts, name: Line(name, *parts))
    twice = _pytree.tree_map(lambda x: 2 * x, {"k": Line("a", 1, (2, 3))})["k"]
    assert (twice.name, twice.points) == ("a", (2, (4, 6)))
    assert tree_flatten(Line("a", 1))[1] != tree_flatten(Line("b", 1))[1]
    for known in (Line, dict, OrderedDict, tuple):
        with pytest.raises(ValueError, match="container already"):
            # Refused before anything is taken apart, so the function may be of another class.
            _pytree.register_pytree_node(known, take_apart, Line)  # type: ignore[arg-type]


class Output(OrderedDict[str, Any]):
    """A dict made by keywords only, as results of models often are."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(parts)


class Pair(NamedTuple):
    first: Any
    second: Any


def test_a_registered_subclass_comes_apart_as_it_says() -> None:
    assert type(_pytree.tree_map(abs, Output(a=-1))) is dict
    _pytree.register_pytree_node(
        Output,
        lambda output: (list(output.values()), list(output)),
        lambda parts, keys: Output(**dict(zip(keys, parts, strict=True))),
        serialized_type_name="tests.Output",
    )
    doubled = _pytree.tree_map(lambda x: 2 * x, [Output(a=1, b=(2, 3))])[0]
    assert type(doubled) is Output
    assert doubled == {"a": 2, "b": (4, 6)}
    _pytree.register_pytree_node(Pair, lambda p: ([p.first], p.second), lambda x, y: Pair(*x, y))
    assert _pytree.tree_leaves(Pair(1, 2)) == [1]
    assert _pytree.tree_map(lambda x: -x, Pair(1, 2)) == Pair(-1, 2)
    with pytest.raises(ValueError, match="Output is a container already"):
        _pytree.register_pytree_node(Output, lambda o: ([o], None), lambda x, _: x[0])


@pytest.mark.parametrize(
    "tree", [OrderedDict(b=at.ones(2), a=at.ones(2)), deque([at.ones(2), at.ones(2)], maxlen=5)]
)
def test_transforms_give_containers_of_the_same_kind(tree: Any) -> None:
    def f(tree: Any) -> at.Tensor:
        first, second = tree.values() if isinstance(tree, dict) else tree
        return (first * second**2).sum()

    pulled = at.func.vjp(f, tree)[1](at.tensor(1.0))[0]
    for found in (at.func.grad(f)(tree), at.func.jacrev(f)(tree), pulled, at.vmap(copy)(tree)):
        assert type(found) is type(tree)
    assert [one.tolist() for one in tree_leaves(at.func.grad(f)(tree))] == [[1, 1], [2, 2]]


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
