"""What scripts ask of ``torch.version``."""

from __future__ import annotations

import sys

from autotensor.importing import list_public

__all__ = ["__version__", "cuda", "debug", "hip", "xpu"]

__version__: str = sys.modules["autotensor"].__version__
cuda: str | None = None
hip: str | None = None
xpu: str | None = None
debug = False

list_public(__name__)
