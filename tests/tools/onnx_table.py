"""Writes docs/tables/onnx.md: which layers and losses can be exported, and into what.

    python -m tests.tools.onnx_table

The packages of the extra ``onnx`` must be installed.
"""

from __future__ import annotations

import inspect
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import autotensor as at
import nn
from nn.onnx.exporting import USUAL
from tests.tools.onnx_cases import CASES, CLASSES_REFUSED, NO_LAYERS

PAGE = Path(__file__).parents[2] / "docs" / "tables" / "onnx.md"

HEAD = """# Layers as ONNX

Made by `python -m tests.tools.onnx_table`, not by hand. Each row is a public class of `nn`,
exported by `nn.onnx.export` with ONNX's operators of version {opset} (package onnx {onnx}), and
run by ONNX Runtime {runtime} with several batches; the test is `tests/tools/test_onnx.py`. The
operators are those of the graph; of a class with several settings, those of the first that is
tried. What a `forward` of your own does is exported operator by operator: a class of yours needs
nothing for it.

| class | operators | ways tried |
| --- | --- | --- |
"""

REFUSED = """
## What cannot be exported

| class | why |
| --- | --- |
"""


def classes() -> dict[str, type[nn.Module]]:
    """The public classes of ``nn`` that compute something, by name."""
    found = {name: getattr(nn, name) for name in nn.__all__}
    return {
        name: one
        for name, one in found.items()
        if inspect.isclass(one) and issubclass(one, nn.Module) and name not in NO_LAYERS
    }


def class_of(case: str) -> str:
    """The class that a case is about: its name begins with it."""
    return case.replace(",", " ").split()[0]


def rows() -> dict[str, tuple[list[str], int]]:
    """By class, the operators of its first case and the number of its cases."""
    found: dict[str, tuple[list[str], int]] = {}
    for case, (make, example) in CASES.items():
        name = class_of(case)
        if name in found:
            found[name] = (found[name][0], found[name][1] + 1)
            continue
        at.manual_seed(0)
        graph = nn.onnx.export(make(), example()).graph
        found[name] = (list(dict.fromkeys(node.op_type for node in graph.node)), 1)
    return found


def page() -> str:
    made: dict[str, Any] = dict(rows())
    text = HEAD.format(opset=USUAL, onnx=version("onnx"), runtime=version("onnxruntime"))
    for name in sorted(made, key=str.lower):
        operators, count = made[name]
        text += f"| `{name}` | {', '.join(operators)} | {count} |\n"
    text += REFUSED
    for name, why in sorted(CLASSES_REFUSED.items(), key=lambda pair: pair[0].lower()):
        text += f"| `{name}` | {why[1]} |\n"
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
