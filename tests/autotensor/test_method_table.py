"""The class shows its methods: the docstring of Tensor lists those that other files declare."""

from __future__ import annotations

from tests.autotensor.method_table import FILE, table


def test_the_docstring_of_tensor_lists_its_methods() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert table() in text, "run: python -m tests.autotensor.method_table"
