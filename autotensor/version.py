"""What scripts ask of ``torch.version``."""

from __future__ import annotations

import sys

__version__: str = sys.modules["autotensor"].__version__
cuda: str | None = None
hip: str | None = None
xpu: str | None = None
debug = False
