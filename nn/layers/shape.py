"""Layers that only change the shape."""

from __future__ import annotations

import autotensor as at
from nn.arguments import refuse
from nn.layers.base import Computed


class Flatten(Computed, compute=at.flatten, settings=("start_dim", "end_dim")):
    """Dimensions ``start_dim`` to ``end_dim`` made one: ``(N, C, H, W) → (N, C · H · W)``.

    Example:

        >>> nn.Flatten()(at.ones(8, 16, 5, 5)).shape, nn.Flatten(0, 1)(at.ones(8, 16, 5, 5)).shape
        (torch.Size([8, 400]), torch.Size([128, 5, 5]))
    """

    start_dim: int
    end_dim: int

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__(start_dim=start_dim, end_dim=end_dim)


class Unflatten(Computed, compute=at.unflatten, settings=("dim", "unflattened_size")):
    """Dimension ``dim`` split into ``unflattened_size``; one of its sizes may be -1.

    ``(N, C · H · W) → (N, C, H, W)`` for ``Unflatten(1, (C, H, W))``.

    Example:

        >>> x = at.ones(8, 400)
        >>> nn.Unflatten(1, (16, 5, 5))(x).shape, nn.Unflatten(1, (16, -1))(x).shape
        (torch.Size([8, 16, 5, 5]), torch.Size([8, 16, 25]))
    """

    dim: int
    unflattened_size: list[int] | tuple[int, ...]

    def __init__(self, dim: int, unflattened_size: tuple[int, ...] | list[int]) -> None:
        several = isinstance(unflattened_size, (tuple, list))
        wrong = not several or not all(isinstance(size, int) for size in unflattened_size)
        message = f"unflattened_size must be a tuple of ints, got {unflattened_size!r}"
        refuse("Unflatten", wrong, message, TypeError)
        super().__init__(dim=dim, unflattened_size=unflattened_size)
