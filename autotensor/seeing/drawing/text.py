"""Numbers, shapes and words as they stand in a drawing, and how wide they are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["cut", "number", "numbers", "shape", "size_of", "width"]


def number(value: Any) -> str:
    """Four digits, and a true minus sign."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (int, np.integer)):
        return str(value).replace("-", "−")
    return f"{float(value):.4g}".replace("-", "−").replace("inf", "∞")


def numbers(values: np.ndarray) -> list[str]:
    """A few numbers as lines of text: a line for each row, or two, with the brackets of a list."""
    if values.ndim == 0:
        return [number(values[()])]
    if values.size == 0:
        return ["[]"]
    lines = []
    for row in values.reshape(-1, values.shape[-1]):
        cells = [number(one) for one in row]
        pieces = [", ".join(cells[at : at + 4]) for at in range(0, len(cells), 4)]
        lines += f"[{(',~ '.join(pieces))}]".split("~")
    outer = values.ndim - 1
    lines = ["[" * outer + lines[0], *(" " * outer + one for one in lines[1:])]
    lines[-1] += "]" * outer
    return lines


def shape(sizes: Sequence[int]) -> str:
    """``2 × 3``; ``scalar`` without dimensions."""
    return " × ".join(map(str, sizes)) if len(sizes) else "scalar"


def norm(values: np.ndarray) -> str:
    """The Euclidean norm."""
    with np.errstate(all="ignore"):
        return number(np.sqrt(np.square(values.astype(np.float64)).sum()))


def cut(text: str, most: int) -> str:
    """The text, or its beginning with three dots."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


_NARROW = frozenset("ilj.,:;'|!()[]/ ftrI1·‖\N{NO-BREAK SPACE}")
_WIDE = frozenset("mwMWQOGD@%×−+=<>∞∂∇ΣΠ…→")


def width(text: str, size: float, bold: bool = False) -> float:
    """About how wide a text is, in a sans-serif face of this size; rather too much than too little,
    for nobody knows which face there is."""
    em = 0.0
    for one in text:
        if one in _NARROW:
            em += 0.4
        elif one in _WIDE:
            em += 0.88
        elif one.isupper():
            em += 0.7
        else:
            em += 0.63 if one < "⺀" else 1.05
    return em * size * (1.08 if bold else 1.0)


def size_of(lines: Sequence[tuple[str, float, bool]], leading: float) -> tuple[float, float]:
    """Width and height of lines, each with its size and whether it is bold."""
    return (
        max((width(*line) for line in lines), default=0.0),
        sum(size * leading for _, size, _ in lines),
    )
