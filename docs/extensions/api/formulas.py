"""What in a docstring is mathematics, and its LaTeX; how it is written there, the library reads."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from autotensor.seeing.formulas import read_formula
from autotensor.seeing.notation import latex, parsed

#: What a formula is made of at the top; names, numbers, shapes and lists are not typeset.
KINDS = {
    "abs", "big", "cases", "ceil", "floor", "minus", "norm", "positive", "power", "product",
    "relation", "root", "several", "sum", "transpose",
}  # fmt: skip
SIGNS = re.compile(r"[·²√^∞ΣΓ]|\bln\b|log[₂₁]")


@functools.cache
def formula(text: str) -> str | None:
    """The LaTeX of a literal that is a formula; None for a call, a shape, an option, a path."""
    try:
        kind = parsed(text).kind
        if kind == "call" and not SIGNS.search(text):
            return None
        spaced = " " in text or kind not in ("minus", "product", "relation")
        return latex(text) if kind in KINDS | {"call"} and spaced else None
    except ValueError:
        return None


def derivatives(text: str) -> Iterator[tuple[str, str]]:
    """What a paragraph says of derivatives, ``d input = g · y``, with the LaTeX of it."""
    for argument, gradient in read_formula(text).derivatives.items():
        phrase = f"d {argument} = {gradient}"
        try:
            if phrase in text and parsed(gradient):
                yield phrase, rf"\mathrm{{d}}\,{latex(argument)} = {latex(gradient)}"
        except ValueError:
            continue
