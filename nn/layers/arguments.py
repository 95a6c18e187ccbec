"""What constructors of layers share: reading arguments, making parameters, showing settings."""

from __future__ import annotations

from typing import Any

import autotensor as at
from autotensor import Parameter
from autotensor.extend import numbers
from nn import arguments
from nn.module import Module


def whole(layer: object, argument: str, value: Any, least: int = 1) -> int:
    """``value`` as an int that is at least ``least``; the errors name layer and argument."""
    return arguments.whole(type(layer).__name__, argument, value, least)


def refuse(layer: object, wrong: bool, message: str) -> None:
    """Raises ValueError with ``message``, in the name of the layer, if something is ``wrong``."""
    arguments.refuse(type(layer).__name__, wrong, message)


def need_divisible(layer: object, argument: str, value: int, by: str, divisor: int) -> None:
    """Refuses a ``value`` that ``divisor``, the argument named ``by``, does not divide."""
    message = f"{argument} must be divisible by {by}, got {value} and {divisor}"
    refuse(layer, value % divisor != 0, message)


def wholes(
    layer: Any, argument: str, value: Any, least: int = 1, count: int | None = None
) -> tuple[int, ...]:
    """``value``, an int or one for each dimension, as ``count`` ints, ``layer.ndim`` if None."""
    count = layer.ndim if count is None else count
    return numbers(value, count, type(layer).__name__, argument, least)


def make_parameters(layer: Module, dtype: Any, **shapes: tuple[int, ...] | None) -> None:
    """A parameter without values of each shape; None, which holds the place, where that is None."""
    for name, shape in shapes.items():
        if shape is None:
            layer.register_parameter(name, None)
        else:
            setattr(layer, name, Parameter(at.empty(shape, dtype=dtype)))


def keep(layer: Module, **arguments: Any) -> None:
    """Makes attributes of arguments that are taken as they are."""
    for name, value in arguments.items():
        setattr(layer, name, value)


def keep_whole(layer: Module, least: int = 1, **arguments: Any) -> None:
    """Makes attributes of arguments that must be ints of at least ``least``."""
    for name, value in arguments.items():
        setattr(layer, name, whole(layer, name, value, least))


def listed(*texts: str) -> str:
    """What is not empty of the texts, with commas between."""
    return ", ".join(filter(None, texts))


def settings(layer: object, *names: str, **usual: Any) -> str:
    """``name=value, …`` for ``extra_repr``: of all ``names``, of others where not as ``usual``."""
    unusual = (name for name, value in usual.items() if getattr(layer, name) != value)
    return ", ".join(f"{name}={getattr(layer, name)}" for name in (*names, *unusual))
