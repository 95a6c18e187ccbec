"""Intel's oneDNN, which is not used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from autotensor.importing import list_public

__all__ = ["flags", "is_available"]

allow_tf32 = True
deterministic = False
enabled = True
fp32_precision = "none"


def is_available() -> bool:
    """False."""
    return False


@contextmanager
def flags(
    enabled: bool = False,
    deterministic: bool = False,
    allow_tf32: bool = True,
    fp32_precision: str = "none",
) -> Iterator[None]:
    """A context without effect.

    Example:

        >>> with at.backends.mkldnn.flags(enabled=False):
        ...     at.ones(2) @ at.ones(2)
        tensor(2.)
    """
    yield


list_public(__name__)
