"""The Tensors in what a module is given and gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from autotensor import Tensor


def tensors_in(value: Any) -> Iterator[Tensor]:
    """All Tensors in nested tuples, lists and dicts."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from tensors_in(one)
    elif isinstance(value, Mapping):
        yield from tensors_in(list(value.values()))
