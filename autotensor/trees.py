"""Values nested in tuples, lists and dicts: taken apart into their leaves, and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

__all__ = ["flatten"]


def flatten(tree: Any) -> tuple[list[Any], Callable[[Sequence[Any]], Any]]:
    """The leaves of ``tree``, and a function that puts as many others in their places.

    A leaf is whatever is no tuple, list or dict; so None is one.
    """
    leaves = list(_leaves(tree))

    def build(others: Sequence[Any]) -> Any:
        return _rebuilt(tree, iter(others))

    return leaves, build


def _leaves(tree: Any) -> Iterator[Any]:
    if isinstance(tree, (tuple, list)):
        for one in tree:
            yield from _leaves(one)
    elif isinstance(tree, dict):
        for one in tree.values():
            yield from _leaves(one)
    else:
        yield tree


def _rebuilt(tree: Any, leaves: Iterator[Any]) -> Any:
    if isinstance(tree, (tuple, list)):
        parts = [_rebuilt(one, leaves) for one in tree]
        # A namedtuple takes its fields one by one.
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    if isinstance(tree, dict):
        return {key: _rebuilt(one, leaves) for key, one in tree.items()}
    return next(leaves)
