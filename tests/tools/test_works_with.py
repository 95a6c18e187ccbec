"""The tables of what works with the tools of other people say what tests try."""

from __future__ import annotations

import tomllib

import pytest

from autotensor.importing import import_extra
from tests.smoke import ASKING
from tests.tools import works_with


def test_the_page_has_a_row_for_each_mark() -> None:
    rows = [(tool, what) for tool, all_of in works_with.marks().items() for what in all_of]
    assert works_with.written() == rows, "make it anew: python -m tests.tools.works_with"


def test_readme_has_the_tools_of_the_page() -> None:
    assert works_with.in_readme() == works_with.short_table()


def test_a_tool_that_is_missing_is_an_error_that_names_the_extra() -> None:
    with pytest.raises(ModuleNotFoundError) as caught:
        import_extra("no_such_tool.part", "onnx", "nn.onnx.export")
    assert str(caught.value) == (
        "nn.onnx.export: the package no_such_tool is not installed: pip install 'autotensor[onnx]'"
    )
    assert caught.value.name == "no_such_tool"
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'json\.no_such"):
        import_extra("json.no_such_part", "onnx", "load")


def test_every_extra_that_code_names_exists() -> None:
    with (works_with.ROOT / "pyproject.toml").open("rb") as file:
        extras = tomllib.load(file)["project"]["optional-dependencies"]
    named = set()
    for package in ("autotensor", "nn"):
        for path in (works_with.ROOT / package).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            named |= {one or other for one, other in works_with.EXTRAS.findall(text)}
    assert named <= set(extras)
    assert named - {"tensorboard"} == set(ASKING)  # nothing here asks for TensorBoard itself
