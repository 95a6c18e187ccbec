"""``einops`` on Tensors: ``rearrange``, ``reduce``, ``repeat``, ``einsum``, ``pack``, ``unpack``.

Nothing has to be imported or called for it::

    from einops import rearrange

    patches = rearrange(images, "b c (h p) (w q) -> b (h w) (p q c)", p=4, q=4)

``einops`` asks each framework for a *backend*.  As soon as it is imported, before or after
``autotensor``, ``importing.py`` calls ``register`` here; until then nothing of it is loaded.
Gradients are those of the operators that the backend calls.

Its layers ``Rearrange``, ``Reduce`` and ``EinMix`` are in ``nn.layers.einops``.  Where a script
says ``from einops.layers.torch import Rearrange``, write ``from einops.layers.autotensor import
Rearrange``: that is the same module.
"""

from __future__ import annotations

import contextlib
import functools
from typing import Any

import numpy as np

from autotensor.creation import arange, from_numpy
from autotensor.engine.tensor import Tensor
from autotensor.operators.linalg import einsum
from autotensor.operators.structure import cat, stack

__all__ = ["register"]


def register() -> None:
    """Makes ``einops``, which must be installed, know Tensors; a second time nothing happens.

    Example:

        >>> from autotensor.utils import einops
        >>> einops.register()
    """
    with contextlib.suppress(ImportError):  # another version goes on working with what it knows
        _backend()


@functools.cache  # keeps it: ``einops`` looks through the subclasses, which would be forgotten
def _backend() -> type:
    from einops._backends import AbstractBackend

    class Backend(AbstractBackend):
        """How ``einops`` does its work on Tensors."""

        framework_name = "autotensor"

        def is_appropriate_type(self, tensor: object) -> bool:
            return isinstance(tensor, Tensor)

        def from_numpy(self, x: np.ndarray) -> Tensor:
            return from_numpy(x)

        def to_numpy(self, x: Tensor) -> np.ndarray:
            return x.detach().numpy()

        def arange(self, start: int, stop: int) -> Tensor:
            return arange(start, stop)

        def transpose(self, x: Tensor, axes: Any) -> Tensor:
            return x.permute(axes)

        def reduce(self, x: Tensor, operation: str, axes: tuple[int, ...]) -> Tensor:
            if operation in ("min", "max"):
                return getattr(x, f"a{operation}")(dim=axes)
            if operation in ("sum", "mean"):
                return getattr(x, operation)(dim=axes)
            for axis in sorted(axes, reverse=True):  # "prod", "any" and "all" take one dimension
                x = getattr(x, operation)(dim=axis)
            return x

        def stack_on_zeroth_dimension(self, tensors: list[Tensor]) -> Tensor:
            return stack(tensors)

        def add_axis(self, x: Tensor, new_position: int) -> Tensor:
            return x.unsqueeze(new_position)

        def add_axes(self, x: Tensor, n_axes: int, pos2len: dict[int, int]) -> Tensor:
            sizes = [-1] * n_axes
            for position, length in pos2len.items():
                x = x.unsqueeze(position)
                sizes[position] = length
            return x.expand(sizes)

        def tile(self, x: Tensor, repeats: Any) -> Tensor:
            return x.repeat(repeats)

        def concat(self, tensors: list[Tensor], axis: int) -> Tensor:
            return cat(tensors, dim=axis)

        def is_float_type(self, x: Tensor) -> bool:
            return x.is_floating_point()

        def einsum(self, pattern: str, *x: Tensor) -> Tensor:
            return einsum(pattern, *x)

    return Backend
