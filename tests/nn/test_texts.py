"""The text in the package."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nn.data import sonnets, texts

LETTERS = dict(zip("IVXLC", (1, 5, 10, 50, 100), strict=True))


def value(roman: str) -> int:
    """A letter before a larger one is taken away, every other is added."""
    values = [LETTERS[letter] for letter in roman]
    after = [*values[1:], 0]
    return sum(-one if one < next_ else one for one, next_ in zip(values, after, strict=True))


def test_there_are_154_sonnets_numbered_from_1() -> None:
    text = texts.BUNDLED.read_text(encoding="ascii")
    numbers = re.findall(r"^[IVXLC]+$", text, flags=re.MULTILINE)
    assert [value(roman) for roman in numbers] == list(range(1, 155))


def test_sonnets_have_fourteen_lines_but_two_of_them() -> None:
    poems = sonnets().strip().split("\n\n")
    lengths = {number: len(poem.splitlines()) for number, poem in enumerate(poems, 1)}
    assert len(lengths) == 154
    assert {number: n for number, n in lengths.items() if n != 14} == {99: 15, 126: 12}


def test_first_and_last_words_and_a_known_couplet() -> None:
    text = sonnets()
    assert text.startswith("From fairest creatures we desire increase,\n")
    assert text.endswith("\n  Love's fire heats water, water cools not love.\n")
    assert (
        "\n  So long as men can breathe, or eyes can see,"
        "\n  So long lives this, and this gives life to thee.\n\n"
    ) in text


def test_the_text_is_what_its_docstring_says() -> None:
    text = sonnets()
    said = re.search(r"([\d,]+) characters, (\d+) different", sonnets.__doc__ or "")
    assert said is not None
    assert (len(text), len(set(text))) == tuple(int(n.replace(",", "")) for n in said.groups())
    assert text.isascii()
    assert not re.search(r"[ \t]\n|\n{3}|[IVXLC]{2}\n", text)


def test_an_altered_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    copy = tmp_path / "sonnets.txt"
    copy.write_text(texts.BUNDLED.read_text(encoding="ascii").replace("summer", "winter"))
    monkeypatch.setattr(texts, "BUNDLED", copy)
    with pytest.raises(ValueError, match=r"^sonnets: .*sonnets\.txt is altered: its SHA-256 is"):
        sonnets()


def test_windows_line_ends_are_no_alteration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy = tmp_path / "sonnets.txt"
    copy.write_bytes(texts.BUNDLED.read_bytes().replace(b"\n", b"\r\n"))
    text = sonnets()
    monkeypatch.setattr(texts, "BUNDLED", copy)
    assert sonnets() == text
