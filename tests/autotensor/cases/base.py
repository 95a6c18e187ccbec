"""What a case is, and arrays to make one of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import autotensor as at


@dataclass(frozen=True)
class Case:
    """One way to call one operator."""

    name: str
    detail: str
    function: Callable[..., Any]
    arrays: tuple[Any, ...]
    second: bool = True
    """Whether PyTorch's second derivative exists and is to be compared."""
    constants: tuple[Any, ...] = ()
    """Further arguments, by which nothing is differentiated."""
    random: bool = False
    """Whether it draws numbers, which PyTorch would draw differently."""

    def __str__(self) -> str:
        return f"{self.name}-{self.detail}"


def reals(shape: Any, low: float = -2.0, high: float = 2.0, seed: int = 0) -> np.ndarray:
    """Different float64 values in [low, high], in random order, none of them near 0 or a tie."""
    count = int(np.prod(shape))
    values = np.linspace(low, high, count + 2)[1:-1]
    values = values + np.where(np.abs(values) < 0.05, 0.1, 0.0)
    return np.random.default_rng(seed).permutation(values).reshape(shape)


def turned(array: np.ndarray) -> np.ndarray:
    """The same values, with the axes in memory the other way round."""
    return np.asfortranarray(array)


def batch_innermost(array: np.ndarray) -> np.ndarray:
    """The same values, with the batch last in memory, as convolutions give them."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 0, -1)), -1, 0)


#: Several elements are the extreme: no difference quotient exists there.
TIES = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])

#: Every point at which an activation or a loss bends, and some beside them.
BENDS = np.array([-6.0, -3, -1, -0.5, 0, 0.5, 1, 3, 6])


def functions(library: Any) -> Any:
    """Where a library keeps ``pad``, ``linear`` and the other functions of networks."""
    return library if library is at else library.nn.functional


def named(library: Any, name: str) -> Callable[..., Any]:
    """A function of networks, or what stands for it in PyTorch."""
    if library is not at and name == "hardsigmoid":
        # PyTorch's own multiplies its gradient by a 1/6 of float32, wrong from the eighth digit on.
        return lambda x, inplace=False: functions(library).relu6(x + 3) / 6
    if library is not at and name.startswith("min_pool"):
        largest = getattr(functions(library), name.replace("min", "max"))

        def smallest(x: Any, *args: Any, **settings: Any) -> Any:
            out = largest(-x, *args, **settings)
            return (-out[0], out[1]) if isinstance(out, tuple) else -out

        return smallest
    return getattr(functions(library), name)


def spelled(settings: dict[str, Any]) -> str:
    """Settings as the detail of a case."""
    return ", ".join(f"{key} {value}" for key, value in settings.items()) or "plain"
