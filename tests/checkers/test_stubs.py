"""The stubs say what the running package is."""

from __future__ import annotations

from tests.checkers.stubs import made, unwanted


def test_the_stubs_are_up_to_date() -> None:
    """Where this fails: ``python -m tests.checkers.stubs``."""
    stale = [
        path
        for path, text in made().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert not stale
    assert not unwanted()
