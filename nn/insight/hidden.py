"""Layers in plain lists, tuples and dicts, where the module that has them does not find them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autotensor import Parameter
from nn.module import Module

DEPTH = 4
"""How many plain lists may stand in one another."""


def hidden_parameters(model: Module, held: set[int]) -> dict[str, tuple[str, int]]:
    """By attribute, the kind of list and how many trainable parameters only it knows of.

    What the optimizer was given, by its ``held`` ids, is trained all the same, and what is frozen
    may be hidden on purpose.
    """
    known = held | {id(one) for one in model.parameters()}
    found: dict[str, tuple[str, int]] = {}
    for path, module in model.named_modules():
        for name, value in vars(module).items():
            if not isinstance(value, (list, tuple, dict)):
                continue
            unknown = {
                id(one)
                for one in _parameters_in(value, DEPTH)
                if one.requires_grad and id(one) not in known
            }
            if unknown:
                found[f"{path}.{name}" if path else name] = (type(value).__name__, len(unknown))
    return found


def _parameters_in(value: Any, depth: int) -> Iterator[Parameter]:
    if isinstance(value, Module):
        yield from value.parameters()
    elif isinstance(value, Parameter):
        yield value
    elif depth and isinstance(value, (list, tuple, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _parameters_in(one, depth - 1)
