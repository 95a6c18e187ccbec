"""``torch.utils._pytree``: values nested in tuples, lists and dicts, taken apart and put together.

What is nothing of these, no deque and of no registered type, is a leaf, None too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from autotensor.transforms.trees import LeafSpec, register
from autotensor.transforms.trees import Structure as TreeSpec
from autotensor.transforms.trees import tree_flatten as _flatten

__all__ = [
    "LeafSpec", "TreeSpec", "register_pytree_node", "tree_all", "tree_any", "tree_flatten",
    "tree_leaves", "tree_map", "tree_map_only", "tree_structure", "tree_unflatten",
]  # fmt: skip

IsLeaf = Callable[[Any], bool]


def register_pytree_node(
    cls: type,
    flatten_fn: Callable[[Any], tuple[Iterable[Any], Any]],
    unflatten_fn: Callable[[list[Any], Any], Any],
    **settings: Any,
) -> None:
    """Makes ``cls`` a container, here and in the transforms of ``autotensor.func``.

    Args:
        flatten_fn: gives what is in such an object, and what else it takes to make it again.
        unflatten_fn: makes it from both.
        settings: PyTorch's others, which are about files; without effect.

    Raises:
        ValueError: it is one already.

    Example:

        >>> from autotensor.utils import _pytree
        >>> class Line:
        ...     def __init__(self, weight, bias):
        ...         self.weight, self.bias = weight, bias
        >>> _pytree.register_pytree_node(
        ...     Line, lambda line: ([line.weight, line.bias], None), lambda parts, _: Line(*parts)
        ... )
        >>> def loss(line):
        ...     return line.weight * 3 + line.bias
        >>> found = at.func.grad(loss)(Line(at.tensor(2.0), at.tensor(1.0)))
        >>> found.weight, found.bias
        (tensor(3.), tensor(1.))
    """
    register(cls, flatten_fn, unflatten_fn)


def tree_flatten(tree: Any, is_leaf: IsLeaf | None = None) -> tuple[list[Any], TreeSpec]:
    """The leaves of a tree and its structure; what ``is_leaf`` says is one, too.

    Example:

        >>> from autotensor.utils import _pytree
        >>> leaves, spec = _pytree.tree_flatten({"b": 1, "a": [2, (3, None)]})
        >>> leaves, _pytree.tree_unflatten([x and 10 * x for x in leaves], spec)
        ([1, 2, 3, None], {'b': 10, 'a': [20, (30, None)]})
    """
    return _flatten(tree, is_leaf)


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> Any:
    """The tree of this structure with these leaves.

    Raises:
        ValueError: another number of leaves.

    Example:

        >>> from autotensor.utils import _pytree
        >>> _pytree.tree_unflatten([1, 2], _pytree.tree_structure([0, (0,)]))
        [1, (2,)]
    """
    given = list(leaves)
    if len(given) != treespec.num_leaves:
        raise ValueError(
            f"tree_unflatten: {len(given)} leaves for a tree that has {treespec.num_leaves}"
        )
    return treespec.rebuild(given)


def tree_leaves(tree: Any, is_leaf: IsLeaf | None = None) -> list[Any]:
    """The leaves of a tree.

    Example:

        >>> from autotensor.utils import _pytree
        >>> _pytree.tree_leaves([1, {"a": 2}])
        [1, 2]
    """
    return _flatten(tree, is_leaf)[0]


def tree_structure(tree: Any, is_leaf: IsLeaf | None = None) -> TreeSpec:
    """How a tree branches.

    Example:

        >>> from autotensor.utils import _pytree
        >>> _pytree.tree_structure([1, {"a": 2}])
        [*, {'a': *}]
    """
    return _flatten(tree, is_leaf)[1]


def tree_map(
    func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: IsLeaf | None = None
) -> Any:
    """``func`` of each leaf, with those at its place in ``rests``, in a tree of the same structure.

    Raises:
        ValueError: a tree in ``rests`` branches otherwise.

    Example:

        >>> from autotensor.utils import _pytree
        >>> _pytree.tree_map(lambda x, y: x + y, [1, (2, 3)], [10, (20, 30)])
        [11, (22, 33)]
    """
    leaves, spec = _flatten(tree, is_leaf)
    columns = [leaves]
    for rest in rests:
        spread = spec.spread(rest)
        if spread is None:
            raise ValueError(f"tree_map: {rest!r} does not branch as {spec}")
        columns.append(spread)
    return spec.rebuild([func(*row) for row in zip(*columns, strict=True)])


def tree_map_only(
    type_or_types: Any, func: Callable[[Any], Any], tree: Any, is_leaf: IsLeaf | None = None
) -> Any:
    """``func`` of the leaves of these types; the others stay.

    Example:

        >>> from autotensor.utils import _pytree
        >>> _pytree.tree_map_only(int, lambda x: -x, [1, "a"])
        [-1, 'a']
    """
    return tree_map(
        lambda leaf: func(leaf) if isinstance(leaf, type_or_types) else leaf, tree, is_leaf=is_leaf
    )


def tree_all(pred: Callable[[Any], bool], tree: Any, is_leaf: IsLeaf | None = None) -> bool:
    """Whether ``pred`` holds for all leaves.

    Example:

        >>> from autotensor.utils import _pytree
        >>> _pytree.tree_all(bool, [1, (0,)])
        False
    """
    return all(map(pred, tree_leaves(tree, is_leaf)))


def tree_any(pred: Callable[[Any], bool], tree: Any, is_leaf: IsLeaf | None = None) -> bool:
    """Whether ``pred`` holds for a leaf.

    Example:

        >>> from autotensor.utils import _pytree
        >>> _pytree.tree_any(bool, [1, (0,)])
        True
    """
    return any(map(pred, tree_leaves(tree, is_leaf)))
