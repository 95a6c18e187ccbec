"""Public operators as methods of Tensor, as their declarations say."""

from __future__ import annotations

from types import ModuleType

from autotensor.doors import HOT, behind_door
from autotensor.engine.tensor import Tensor, method

__all__ = ["make_methods"]


def make_methods(*families: ModuleType) -> None:
    """Makes what ``families`` list in ``__all__`` methods of Tensor.

    All but what is declared ``@function_only``; with ``add_`` beside ``add`` where the declaration
    says ``in_place=True`` or ``@has_in_place``.  An alias (``multiply``) is declared where it is
    set, by being the same function.
    """
    for family in families:
        for name in family.__all__:
            compute = getattr(family, name)
            if not hasattr(compute, "function_only") and not hasattr(Tensor, name):
                method(compute, name)
            if hasattr(compute, "in_place_form"):
                within = compute if name + "_" in HOT else behind_door(compute)
                method(compute.in_place_form(within, name + "_"), name + "_")
