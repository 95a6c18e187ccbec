"""What a network should give: targets shaped like its output, and targets of class numbers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autotensor.operators.arguments import common_shape, need_tensor
from autotensor.operators.structure.copying import to
from autotensor.operators.structure.shapes import expand
from autotensor.type_info import result_type


def paired(input: Any, target: Any, name: str) -> tuple[Any, Any]:
    """``input`` and ``target`` in one dtype and shape; warns where they have to be broadcast."""
    x, y = need_tensor(input, name), need_tensor(target, name, "target")
    if x.dtype != y.dtype:
        dtype = result_type(input, target)
        input, target = to(input, dtype), to(target, dtype)
    if x.shape != y.shape:
        given, wanted = f"input of shape {x.shape}", f"target of shape {y.shape}"
        warnings.warn(
            f"{name}: {wanted} differs from {given}; they are broadcast, which is seldom what is "
            "wanted. Give both the same shape",
            stacklevel=4,
        )
        problem = f"{name}: {given} and {wanted} do not broadcast"
        shape = common_shape(problem, input.shape, target.shape)
        input, target = expand(input, shape), expand(target, shape)
    return input, target


def refuse_swapped(input: Any, target: Any, name: str) -> None:
    """Refuses scores and class numbers that have changed places."""
    need_tensor(target, name, "target")
    if input.dtype.kind in "iu" and target.dtype.kind == "f":
        raise RuntimeError(
            f"{name}: input has dtype {input.dtype} and target {target.dtype}: they have changed "
            f"places, or input lacks .float(); the order is {name}(input, target)"
        )


# -- class numbers ---------------------------------------------------------------------------------


def class_numbers(
    target: Any, name: str, argument: str = "target", error: type[Exception] = RuntimeError
) -> np.ndarray:
    """The array of a target; raises ``error`` unless it is of an integer dtype."""
    numbers: np.ndarray = need_tensor(target, name, argument)
    if numbers.dtype.kind not in "iu":
        raise error(
            f"{name}: {argument} must hold class numbers of an integer dtype, got {numbers.dtype}; "
            "convert with .long()"
        )
    return numbers


def need_classes(numbers: np.ndarray, classes: int, name: str, least: int = 0) -> None:
    """Raises IndexError unless all ``numbers`` are at least ``least`` and below ``classes``."""
    wrong = numbers[(numbers < least) | (numbers >= classes)]
    if wrong.size:
        raise IndexError(
            f"{name}: target {wrong[0]} is out of bounds: there are {classes} classes, "
            f"numbered 0 to {classes - 1}"
        )


def need_weight(weight: Any, classes: int, name: str) -> None:
    """Raises RuntimeError unless ``weight`` holds a factor for each class."""
    need_tensor(weight, name, "weight")
    if weight.shape != (classes,):
        raise RuntimeError(
            f"{name}: weight must hold one factor for each of the {classes} classes, "
            f"got shape {weight.shape}"
        )
