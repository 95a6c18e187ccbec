"""What docs/coming/pytorch.md says is so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import autotensor as at
from autotensor.left_out import REASONS
from tests.autotensor.coming_from_pytorch import (
    ACCEPTED,
    PAGE,
    REFUSED,
    beginning,
    missing,
    outcome,
    page,
)


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """And with the switches, which some lines there set, as they were afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(at.backends.cudnn, "benchmark", False)
    yield
    at.use_deterministic_algorithms(False)


def test_the_page_is_up_to_date(torch: ModuleType) -> None:
    text = page(torch)
    assert PAGE.read_text(encoding="utf-8") == text, (
        "run python -m tests.autotensor.coming_from_pytorch"
    )


@pytest.mark.parametrize("line", ACCEPTED)
def test_what_is_accepted(line: str) -> None:
    assert outcome(line) == ""


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_refused_says_so(line: str) -> None:
    message = outcome(line)
    assert message.startswith(("RuntimeError", "TypeError", "ImportError", "AttributeError"))
    assert beginning(message) in PAGE.read_text(encoding="utf-8")


def test_what_is_left_out_on_purpose_is_not_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name, reason in REASONS.items():
        assert f"`{name.replace('autotensor', 'torch', 1)}`" in text
        assert reason in text


def test_names_are_compared(torch: ModuleType) -> None:
    assert "sparse_coo_tensor" in missing(torch.__name__)
    assert "add" not in missing("torch")
    assert missing("torch.optim.lr_scheduler") == []
