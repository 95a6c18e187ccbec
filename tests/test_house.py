"""How large things may be: a function is read at one glance, the engine in one evening."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(path for name in ("autotensor", "nn") for path in (ROOT / name).rglob("*.py"))
LAYOUT = {
    tokenize.COMMENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.INDENT, tokenize.NEWLINE,
    tokenize.NL,
}  # fmt: skip
BLOCKS = (ast.For, ast.If, ast.Match, ast.Try, ast.While, ast.With)


def code_lines(text: str) -> set[int]:
    """The numbers of the lines with code on them: not blank, no comment, no docstring."""
    lines = {
        line
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in LAYOUT
        for line in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(getattr(node.value, "value", None), str):
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def depth(node: ast.AST) -> int:
    """How deep blocks are nested below ``node``; an ``elif`` is no block of its own, and functions
    inside count for themselves."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            continue
        is_elif = isinstance(node, ast.If) and node.orelse == [child]
        own = isinstance(child, BLOCKS) and not (is_elif and isinstance(child, ast.If))
        deepest = max(deepest, own + depth(child))
    return deepest


def functions(path: Path) -> Iterator[tuple[str, int, int]]:
    """(name, lines of code, depth of nesting) of each function in a file."""
    text = path.read_text(encoding="utf-8")
    lines = code_lines(text)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            own = lines & set(range(node.lineno, (node.end_lineno or 0) + 1))
            yield f"{path.relative_to(ROOT)}:{node.name}", len(own), depth(node)


@pytest.fixture(scope="module")
def measured() -> list[tuple[str, int, int]]:
    return [found for path in FILES for found in functions(path)]


def test_no_function_is_longer_than_sixty_lines(measured: list[tuple[str, int, int]]) -> None:
    assert {name: lines for name, lines, _ in measured if lines > 60} == {}


def test_nothing_is_nested_deeper_than_four_levels(measured: list[tuple[str, int, int]]) -> None:
    assert {name: deep for name, _, deep in measured if deep > 4} == {}


def test_the_engine_is_one_evenings_reading() -> None:
    files = (ROOT / "autotensor" / "engine").glob("*.py")
    assert sum(len(code_lines(path.read_text(encoding="utf-8"))) for path in files) <= 1300


def test_the_reading_list_is_true() -> None:
    """The table in autotensor/README.md names every file of the engine, with its size."""
    text = (ROOT / "autotensor" / "README.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(\w+\.py)` \| (\d+) \|", text, re.MULTILINE))
    files = {path.name: path for path in (ROOT / "autotensor" / "engine").glob("[a-z]*.py")}
    assert listed.keys() == files.keys()
    for name, path in files.items():
        size = len(code_lines(path.read_text(encoding="utf-8")))
        assert abs(size - int(listed[name])) <= size / 10, f"{name} has {size} lines of code"


@pytest.mark.parametrize("readme", ["autotensor/README.md", "nn/README.md", "README.md"])
def test_what_a_readme_names_is_there(readme: str) -> None:
    path = ROOT / readme
    text = path.read_text(encoding="utf-8")
    named = re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.py|(?:[a-z_]+/)+)`", text)
    missing = [
        one
        for one in named
        if not (ROOT / one).exists() and not any(path.parent.rglob(one.rstrip("/")))
    ]
    assert not missing


def test_the_measures(tmp_path: Path) -> None:
    """A docstring, a comment and blank lines are no code; an elif is not one level more."""
    text = '''
def f(x):
    """Says
    something."""
    # why
    if x:
        for y in x:

            print(
                y
            )
    elif y:
        pass
'''
    assert len(code_lines(text)) == 8
    assert depth(ast.parse(text).body[0]) == 2
