"""The most memory that this process has held at once."""

from __future__ import annotations

import re
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")


def start_watching() -> int | None:
    """From now on ``growth`` counts; gives what to hand to it, or None if nothing can be known.

    On Linux the kernel forgets older peaks here. So what an import needed for a moment hides
    nothing, and neither does the peak of the parent, which ``ru_maxrss`` inherits.
    """
    try:
        CLEAR.write_text("5")
    except OSError:
        return highest()
    return _status("VmRSS")


def growth(start: int | None) -> int | None:
    """By how many bytes the peak since ``start_watching`` is above the memory held then."""
    peak = highest()
    return None if start is None or peak is None else max(peak - start, 0)


def highest() -> int | None:
    if STATUS.exists():
        return _status("VmHWM")
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _status(name: str) -> int:
    found = re.search(rf"^{name}:\s*(\d+) kB", STATUS.read_text(), re.M)
    if found is None:
        raise RuntimeError(f"{STATUS} has no line {name}")
    return int(found[1]) * 1024
