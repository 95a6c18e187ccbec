"""What scripts ask of ``torch.backends``: other devices are not available.

Switches such as ``cudnn.deterministic`` can be set and read, and change nothing.
"""

from __future__ import annotations

from types import SimpleNamespace

from autotensor.importing import list_public

__all__ = ["cuda", "cudnn", "mps"]


class Backend(SimpleNamespace):
    """The switches of a device that is not there; whatever is assigned is kept."""

    def is_available(self) -> bool:
        """False."""
        return False

    is_built = is_available

    def version(self) -> None:
        """None."""


cudnn = Backend(allow_tf32=True, benchmark=False, deterministic=False, enabled=True)
cuda = Backend(matmul=Backend(allow_tf32=False))
mps = Backend()


list_public(__name__)
