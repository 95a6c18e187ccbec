"""What scripts ask of ``torch.version``.

The version is this project's own, not one of PyTorch, whose names of 2.13 are here: whoever asks
whether it is at least 1.8 is told that it is not.
"""

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
