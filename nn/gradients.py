"""Work on the gradients of many parameters at once."""

from __future__ import annotations

from collections.abc import Iterable

from autotensor import Tensor

__all__ = ["clear_gradients"]


def clear_gradients(parameters: Iterable[Tensor], set_to_none: bool) -> None:
    """Sets every gradient to None, or to zeros in the memory it has."""
    for parameter in parameters:
        grad = parameter.grad
        if grad is None:
            continue
        if set_to_none:
            parameter.grad = None
        else:
            if grad.requires_grad:
                # It is the result of create_graph=True: from now on it has no history.
                grad = parameter.grad = grad.detach()
            grad.array.fill(0)
            grad.mark_written()
