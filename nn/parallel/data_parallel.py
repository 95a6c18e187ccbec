"""A network on all devices: on one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import autotensor as at
from nn.arguments import need
from nn.module import Module

__all__ = ["DataParallel", "data_parallel"]


class DataParallel(Module):
    """Calls ``module``, as PyTorch's does where there is no GPU.

    Its state dict has ``module.`` in front of every key, as PyTorch's.

    Args:
        module: any Module; the attribute ``module``.
        device_ids, output_device, dim: how PyTorch spreads a batch; without effect.

    Raises:
        TypeError: ``module`` is no Module.

    Example:

        >>> net = nn.DataParallel(nn.Linear(2, 3))
        >>> net(at.ones(5, 2)).shape, list(net.state_dict())
        (torch.Size([5, 3]), ['module.weight', 'module.bias'])
    """

    def __init__(
        self,
        module: Module,
        device_ids: Sequence[int | at.device] | None = None,
        output_device: int | at.device | None = None,
        dim: int = 0,
    ) -> None:
        super().__init__()
        need("DataParallel", "module", module, Module, "a Module")
        self.module = module
        self.device_ids: list[int] = []

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)


def data_parallel(
    module: Module,
    inputs: Any,
    device_ids: Sequence[int | at.device] | None = None,
    output_device: int | at.device | None = None,
    dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:
    """``module(*inputs, **module_kwargs)``; ``inputs`` is one Tensor or a tuple.

    Example:

        >>> from nn.parallel import data_parallel
        >>> data_parallel(nn.Linear(2, 3), at.ones(5, 2)).shape
        torch.Size([5, 3])
    """
    inputs = inputs if isinstance(inputs, tuple) else () if inputs is None else (inputs,)
    return module(*inputs, **(module_kwargs or {}))
