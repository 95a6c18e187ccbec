"""Pytrees: values nested in tuples, lists and dicts, as the arguments of a function may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True, repr=False)
class Structure:
    """How a tree branches: what it was before its leaves were taken off.

    Attributes:
        kind: the type of the container at the top; None for a tree that is a single leaf.
        keys: the keys of a dict, in their order; None for other containers.
        children: the structures of what is in the container.
    """

    kind: type | None = None
    keys: tuple[Any, ...] | None = None
    children: tuple[Structure, ...] = ()

    @property
    def num_leaves(self) -> int:
        return 1 if self.kind is None else sum(child.num_leaves for child in self.children)

    def rebuild(self, leaves: Iterable[Any]) -> Any:
        """The tree that has this structure and these leaves."""
        return self._built(iter(leaves))

    def _built(self, leaves: Iterator[Any]) -> Any:
        if self.kind is None:
            return next(leaves)
        parts = [child._built(leaves) for child in self.children]
        if self.keys is not None:
            return dict(zip(self.keys, parts, strict=True))
        # A namedtuple takes its fields one by one.
        return self.kind(*parts) if hasattr(self.kind, "_fields") else self.kind(parts)

    def spread(self, values: Any) -> list[Any] | None:
        """One of ``values`` for each leaf: they branch as this does, up to where one serves all
        leaves below.  None if they branch otherwise."""
        parts = _parts(values)
        if parts is None:
            if self.kind is None:
                return [values]
            parts = [values] * len(self.children)
        elif self.kind is None or len(parts) != len(self.children):
            return None
        elif self.keys is not None:
            if not isinstance(values, dict) or set(values) != set(self.keys):
                return None
            parts = [values[key] for key in self.keys]
        found = []
        for child, part in zip(self.children, parts, strict=True):
            below = child.spread(part)
            if below is None:
                return None
            found += below
        return found

    def __repr__(self) -> str:
        if self.kind is None:
            return "*"
        parts = [repr(child) for child in self.children]
        if self.keys is not None:
            named = zip(self.keys, parts, strict=True)
            return "{" + ", ".join(f"{key!r}: {part}" for key, part in named) + "}"
        return "[" + ", ".join(parts) + "]" if self.kind is list else f"({', '.join(parts)})"


def tree_flatten(
    tree: Any, is_leaf: Callable[[Any], bool] | None = None
) -> tuple[list[Any], Structure]:
    """The leaves of a tree and its structure.

    A leaf is whatever is no tuple, list or dict, or what ``is_leaf`` says; so None is one.
    """
    parts = None if is_leaf is not None and is_leaf(tree) else _parts(tree)
    if parts is None:
        return [tree], Structure()
    flat = [tree_flatten(part, is_leaf) for part in parts]
    leaves = [leaf for below, _ in flat for leaf in below]
    children = tuple(structure for _, structure in flat)
    keys = tuple(tree) if isinstance(tree, dict) else None
    kind = dict if keys is not None else type(tree)
    return leaves, Structure(kind, keys, children)


def tree_leaves(tree: Any) -> list[Any]:
    """The leaves of a tree."""
    return tree_flatten(tree)[0]


def _parts(tree: Any) -> list[Any] | None:
    """What is in a container; None for a leaf."""
    if isinstance(tree, dict):
        return list(tree.values())
    return list(tree) if isinstance(tree, (tuple, list)) else None
