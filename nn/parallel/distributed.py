"""A network in several processes: there is one, so there is none."""

from __future__ import annotations

from typing import Any, NoReturn

from nn.module import Module

__all__ = ["DistributedDataParallel"]


class DistributedDataParallel(Module):
    """Cannot be made: it is here to be imported, and for ``isinstance``, which is False.

    Raises:
        RuntimeError: whenever it is called.

    Example:

        >>> isinstance(nn.Linear(2, 3), nn.parallel.DistributedDataParallel)
        False
    """

    def __init__(self, module: Module, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(
            "DistributedDataParallel: training on several devices or machines is left out, and "
            "there is one process: delete this, and use the model itself"
        )
