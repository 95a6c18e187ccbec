"""Which literals of a docstring are mathematics, and the LaTeX of those."""

from __future__ import annotations


def formula(text: str) -> str | None:
    return None
