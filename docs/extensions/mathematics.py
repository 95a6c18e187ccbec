"""Formulas as MathML, which every browser shows by itself: no script, no network.

Their font is STIX Two Math (SIL Open Font License), as ziamath brings it along.
"""

from __future__ import annotations

import importlib.resources
from pathlib import Path
from typing import Any

from docutils import nodes
from math_core import LatexToMathML
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.fileutil import copy_asset_file
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

FONT = "STIXTwoMath-Regular.ttf"
logger = logging.getLogger(__name__)


def mathml(text: str, *, block: bool) -> str:
    """The MathML of LaTeX; raises what math-core does of a command that it does not know."""
    # In a block, lines and columns are meant, as Sphinx's own renderers do.
    if block and ("\\\\" in text or "&" in text) and "\\begin" not in text:
        text = rf"\begin{{aligned}}{text}\end{{aligned}}"
    return LatexToMathML().convert_with_local_state(text, displaystyle=block)


def visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    _write(translator, node, block=False)


def visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    _write(translator, node, block=True)


def _write(translator: HTML5Translator, node: nodes.Element, *, block: bool) -> None:
    try:
        translator.body.append(mathml(node.astext(), block=block))
    except Exception as error:
        logger.warning("not LaTeX: %s: %s", node.astext(), error, location=node)
        translator.body.append(translator.encode(node.astext()))
    if not block:
        raise nodes.SkipNode
    if node.get("number"):
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})</span>')
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def copy_font(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        with importlib.resources.path("ziamath.fonts", FONT) as font:
            copy_asset_file(str(font), str(Path(app.outdir) / "_static"))


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("build-finished", copy_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
