"""Calling a module with other parameters than its own, under the name PyTorch had for it first."""

from __future__ import annotations

from typing import Any

from autotensor import Tensor, func
from autotensor.extend import list_public
from nn.module import Module

__all__ = ["functional_call"]


def functional_call(
    module: Module,
    parameters_and_buffers: dict[str, Tensor],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """``autotensor.func.functional_call`` with one dict of parameters and buffers.

    Values that ``module`` assigned in the call, such as counters, stand in the dict afterwards.  A
    parametrized weight is computed from what is given as ``parametrizations.<name>.original``, and
    taken as it is from what is given under its own name.

    Example:

        >>> from nn.utils.stateless import functional_call
        >>> layer = nn.Linear(2, 1)
        >>> given = {"weight": at.tensor([[1.0, 10.0]]), "bias": at.zeros(1)}
        >>> functional_call(layer, given, at.tensor([3.0, 4.0])), layer.weight.shape
        (tensor([43.]), torch.Size([1, 2]))
    """
    return func.functional_call(
        module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict
    )


list_public(__name__)
