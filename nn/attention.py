"""What scripts ask of ``torch.nn.attention``: attention has one way of computing here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum

from autotensor.extend import list_public
from nn.arguments import need

__all__ = ["SDPBackend", "sdpa_kernel"]


class SDPBackend(IntEnum):
    """PyTorch's names of ways to compute ``scaled_dot_product_attention``.

    Example:

        >>> from nn.attention import SDPBackend
        >>> SDPBackend.MATH.name
        'MATH'
    """

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


@contextmanager
def sdpa_kernel(
    backends: Sequence[SDPBackend] | SDPBackend, set_priority: bool = False
) -> Iterator[None]:
    """A context without effect: whatever is asked for, the formula is the same.

    Raises:
        TypeError: something else than ``SDPBackend``.

    Example:

        >>> from nn.attention import SDPBackend, sdpa_kernel
        >>> x = at.ones(2, 4, 8)
        >>> with sdpa_kernel(SDPBackend.MATH):
        ...     F.scaled_dot_product_attention(x, x, x).shape
        torch.Size([2, 4, 8])
    """
    for backend in [backends] if isinstance(backends, SDPBackend) else backends:
        need("sdpa_kernel", "backends", backend, SDPBackend, "of SDPBackend")
    yield


list_public(__name__)
