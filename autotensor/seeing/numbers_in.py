"""Numbers put into formulas, so that one can follow with a pencil: ``g · w = 1 · 0.5 = 0.5``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["figure", "filled", "renamed"]

_WORDS = frozenset({
    "and", "cos", "cosh", "e", "else", "exp", "if", "is", "ln", "log", "max", "min", "not", "or",
    "sign", "sin", "sinh", "tan", "tanh", "where",
})  # fmt: skip
"""What is no name of a value: words, and functions of numbers."""
_NAME = re.compile(r"[A-Za-zΑ-ω_][A-Za-z0-9Α-ω_₀-₉]*['\u0302]?")
_MOST = 4
_LONGEST = 30


def figure(value: Any) -> str:
    """One number in four digits, or a few in brackets; "" for more."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiub" or not 0 < array.size <= _MOST:
        return ""
    text = _listed(array)
    return text if array.size == 1 or len(text) <= _LONGEST else ""


def _listed(array: np.ndarray) -> str:
    if array.size == 1:
        return _digits(array.reshape(-1)[0])
    if array.ndim > 1:
        return f"[{', '.join(_listed(row) for row in array)}]"
    return f"[{', '.join(map(_digits, array))}]"


def _digits(number: Any) -> str:
    if isinstance(number, (bool, np.bool_)):
        return str(bool(number))
    text = f"{float(number) + 0.0:.4g}"
    return text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def filled(formula: str, values: Mapping[str, Any]) -> str:
    """``formula`` with numbers for its names; "" if one of these has none, or too many."""
    missing = False

    def number(found: re.Match[str]) -> str:
        nonlocal missing
        name = found[0]
        if name in _WORDS:
            return name
        text = figure(values[name]) if name in values else ""
        missing = missing or not text
        before, behind = plain[: found.start()].rstrip(), plain[found.end() :]
        alone = before[-1:] in ("", "(", ",") and behind[:1] in ("", ")", ",", " ")
        return f"({text})" if text.startswith("-") and not alone else text

    # What stands side by side is multiplied; between numbers that has to be said.
    plain = re.sub(r"(\d) (?=[A-Za-z])", r"\1 · ", formula)
    text = _NAME.sub(number, plain)
    if missing or not _NAME.search(formula):
        return ""
    if "[" not in text:  # matrices of one number
        text = text.replace("ᵀ", "").replace("@", "·")
    return text


def renamed(formula: str, names: Mapping[str, str]) -> str:
    """``formula`` with the user's names for the operator's."""
    return _NAME.sub(lambda found: names.get(found[0], found[0]), formula)
