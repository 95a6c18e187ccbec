"""Writes which tools of other people work with this library: docs/tables/works_with.md, README.

    python -m tests.tools.works_with

A test whose other side is a real tool bears the mark ``works_with(tool, what)``.  The tables are
those marks; the page tells besides with which version, and how many tests passed.  All tools must
be installed, ``pip install -e .[tools]``, and every test must pass, or nothing is written.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tables" / "works_with.md"
README = ROOT / "README.md"
BEGIN, END = (
    "<!-- works with: made by python -m tests.tools.works_with -->\n",
    "<!-- /works with -->",
)

#: The names under which the package index has tools, where it is not their own in small letters.
DISTRIBUTIONS = {
    "MLflow": "mlflow-skinny",
    "MPI": "mpi4py",
    "ONNX Runtime": "onnxruntime",
    "PyTorch": "torch",
    "Weights & Biases": "wandb",
}

HEAD = """# Works with

Made by `python -m tests.tools.works_with`, not by hand. Each row is what tests do with the real
tool, in the version named, and how many tests that are; all of them passed. `pip install -e
'.[tools]'` installs the tools, `python -m pytest -m works_with` runs the tests. What takes an extra
says so where it is missing: `pip install 'autotensor[onnx]'`.

"""

#: The extra in ``import_extra("module", "extra", …)`` and in ``autotensor[extra]``.
EXTRAS = re.compile(r"""import_extra\(\s*"[\w.]+",\s*"(\w+)"|autotensor\[(\w+)\]""")

Row = tuple[str, str]


def marks() -> dict[str, list[str]]:
    """What works, by tool, read off the sources of the tests: no tool need be there."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "mark.works_with(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "works_with":
                tool, what = (ast.literal_eval(argument) for argument in node.args)
                found[tool].add(what)
    return {tool: sorted(found[tool]) for tool in sorted(found, key=str.lower)}


def written() -> list[Row]:
    """The rows that the page has."""
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| ([^|]+) \| \d+ \|$", PAGE.read_text("utf-8"), re.M)
    return [(tool, what) for tool, what in rows]


def in_readme() -> str:
    """The table of README."""
    return README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def short_table() -> str:
    """README's table: a row for each tool."""
    rows = [f"| {tool} | {'; '.join(what)} |" for tool, what in marks().items()]
    return "\n".join(["| tool | what works |", "| --- | --- |", *rows, ""])


class Counted:
    """Counts the tests of each row while pytest runs, and keeps those that failed."""

    def __init__(self) -> None:
        self.passed: Counter[Row] = Counter()
        self.failed: list[str] = []
        self._rows: dict[str, list[Row]] = {}

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        self._rows[item.nodeid] = [mark.args for mark in item.iter_markers("works_with")]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self.passed.update(self._rows[report.nodeid])
        elif report.failed:
            self.failed.append(report.nodeid)


def page(passed: Mapping[Row, int]) -> str:
    lines = ["| tool | version | what works | tests |", "| --- | --- | --- | --- |"]
    for tool, whats in marks().items():
        its = version(DISTRIBUTIONS.get(tool, tool.lower().replace(" ", "-")))
        lines += [f"| {tool} | {its} | {what} | {passed[tool, what]} |" for what in whats]
    return HEAD + "\n".join([*lines, ""])


def main() -> None:
    counted = Counted()
    files = sorted(
        str(path) for path in (ROOT / "tests").rglob("test_*.py")
        if "mark.works_with(" in path.read_text(encoding="utf-8")
    )  # fmt: skip
    pytest.main(["-q", "-m", "works_with", *files], plugins=[counted])
    empty = [f"{tool}, {what}: no test" for tool, all_of in marks().items()
             for what in all_of if not counted.passed[tool, what]]  # fmt: skip
    if counted.failed or empty:
        sys.exit("\n".join(["not written, because of", *counted.failed, *empty]))
    PAGE.write_text(page(counted.passed), encoding="utf-8")
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(before + BEGIN + short_table() + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
