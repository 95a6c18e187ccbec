"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import Any

import numpy as np


def processors() -> int:
    """That this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def name_of_processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists() and (found := re.search(r"^model name\s*: (.+)$", info.read_text(), re.M)):
        return found[1]
    return platform.processor() or platform.machine()


def load() -> float | None:
    """How many processes wanted to run in the last minute; None where that is not known."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def blas() -> str:
    build = np.show_config(mode="dicts")
    found = build["Build Dependencies"]["blas"]
    return f"{found['name']} {found['version']}"


def describe(threads: int | None) -> dict[str, Any]:
    return {
        "processor": name_of_processor(),
        "processors": processors(),
        "threads": threads,
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": blas(),
        "load": load(),
    }
