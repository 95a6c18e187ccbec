"""Pytrees: values nested in tuples, lists and dicts, as the arguments of a function may be."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

TakeApart = Callable[[Any], tuple[Iterable[Any], Any]]
PutTogether = Callable[[list[Any], Any], Any]

_DICTS = dict, OrderedDict, defaultdict
_REGISTERED: dict[type, tuple[TakeApart, PutTogether]] = {
    deque: (lambda tree: (list(tree), tree.maxlen), deque),
}
"""How containers of other kinds come apart, into their parts and what else makes them; and how they
are put together from both."""


def register(kind: type, take_apart: TakeApart, put_together: PutTogether) -> None:
    """Makes ``kind`` a container.  A subclass of tuple, list or dict, which is one without that,
    from then on comes apart as it says itself."""
    if kind in _REGISTERED or kind in (tuple, list, *_DICTS):
        raise ValueError(f"register_pytree_node: {kind.__name__} is a container already")
    _REGISTERED[kind] = take_apart, put_together


@dataclass(slots=True, repr=False)
class Structure:
    """How a tree branches: what it was before its leaves were taken off.

    Attributes:
        kind: the type of the container at the top; None for a tree that is a single leaf.
        keys: the keys of a dict, in their order; None for other containers.
        children: the structures of what is in the container.
        context: what else makes it: of a defaultdict its factory, of a registered type what that
            says.
    """

    kind: type | None = None
    keys: tuple[Any, ...] | None = None
    children: tuple[Structure, ...] = ()
    context: Any = None

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
        if self.kind in _REGISTERED:
            return _REGISTERED[self.kind][1](parts, self.context)
        if self.keys is not None:
            pairs = zip(self.keys, parts, strict=True)
            kind: Any = self.kind
            return kind(self.context, pairs) if kind is defaultdict else kind(pairs)
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


@dataclass(slots=True, repr=False)
class LeafSpec(Structure):
    """The structure of a tree that is a single leaf.

    Example:

        >>> from autotensor.utils import _pytree
        >>> _pytree.tree_structure(3) == _pytree.LeafSpec()
        True
    """


def tree_flatten(
    tree: Any, is_leaf: Callable[[Any], bool] | None = None
) -> tuple[list[Any], Structure]:
    """The leaves of a tree and its structure.

    A leaf is whatever is no tuple, list, dict, deque or registered container, or what ``is_leaf``
    says; so None is one.  A dict of another kind comes back as a plain one.
    """
    parts = None if is_leaf is not None and is_leaf(tree) else _parts(tree)
    if parts is None:
        return [tree], LeafSpec()
    flat = [tree_flatten(part, is_leaf) for part in parts]
    leaves = [leaf for below, _ in flat for leaf in below]
    children = tuple(structure for _, structure in flat)
    known = _REGISTERED.get(type(tree))
    if known is not None:
        return leaves, Structure(type(tree), None, children, known[0](tree)[1])
    if isinstance(tree, dict):
        kind = type(tree) if type(tree) in _DICTS else dict
        context = tree.default_factory if isinstance(tree, defaultdict) else None
        return leaves, Structure(kind, tuple(tree), children, context)
    return leaves, Structure(type(tree), None, children)


def tree_leaves(tree: Any) -> list[Any]:
    """The leaves of a tree."""
    return tree_flatten(tree)[0]


def _parts(tree: Any) -> list[Any] | None:
    """What is in a container; None for a leaf."""
    known = _REGISTERED.get(type(tree))
    if known is not None:
        return list(known[0](tree)[0])
    if isinstance(tree, dict):
        return list(tree.values())
    return list(tree) if isinstance(tree, (tuple, list)) else None
