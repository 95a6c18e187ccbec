"""Broken files: the corpus, some hundreds more, and that the fuzzer sees what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

import autotensor as at
from autotensor.serialization import budget, contents, entries
from tests.fuzz import files


def test_every_file_of_the_corpus_is_refused_or_loaded_as_it_must() -> None:
    corpus = files.kept_corpus()
    assert len(corpus) > 50
    assert sum(map(len, corpus)) < 200_000
    verdicts = [files.reached(content)[0] for content in corpus]
    assert [verdict for verdict in verdicts if verdict.is_finding] == []
    assert {verdict.outcome for verdict in verdicts} == {"refused", "loaded"}


def test_files_to_begin_with_are_good() -> None:
    verdicts = [files.reached(content)[0] for content in files.seeds()]
    refused = [
        verdict.message
        for verdict in verdicts
        if verdict.outcome != "loaded" and "package safetensors is not" not in verdict.message
    ]
    assert refused == ["load: broken.npz is a zip archive of something else"]


def test_the_corpus_reaches_most_of_the_reader() -> None:
    """Of the lines that check an archive, all but very few."""
    lines: set[int] = set()
    for content in [*files.seeds(), *files.kept_corpus()]:
        steps = files.reached(content)[1]
        lines |= {line for name, *both in steps for line in both if "entries" in name}
    raises = [
        number
        for number, line in enumerate(Path(entries.__file__).read_text().splitlines(), 1)
        if line.strip().startswith("raise ")
    ]
    assert len(raises) > 15
    assert len([number for number in raises if number not in lines]) <= 2


def test_some_hundred_files_more() -> None:
    report = files.fuzz(500, seed=0)
    assert report.findings == []
    assert report.outcomes["refused"] > 300
    assert report.outcomes["loaded"] > 10
    assert report.files > 500


def test_memory_that_is_taken_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget.Budget, "take", lambda *_: None)
    report = files.fuzz(2000, seed=0, stop_after=1)
    assert [verdict.outcome for _, verdict in report.findings] == ["took too much memory"]


def test_a_message_without_the_name_of_the_file_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files.BrokenFile, "name", "other.npz")
    report = files.fuzz(0, seed=0)
    assert {verdict.outcome for _, verdict in report.findings} == {
        "refused without the name of the file"
    }


def test_another_exception_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("what no one expects")

    monkeypatch.setattr(contents, "check_entries", broken)
    assert {verdict.outcome for _, verdict in files.fuzz(0, seed=0).findings} == {"OSError"}


def test_a_value_that_changes_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = files.judged(files.saved({"w": at.ones(2)}))
    assert files.settled(verdict).outcome == "loaded"
    monkeypatch.setattr(at, "load", lambda *_, **__: [2])
    assert files.settled(verdict).outcome.startswith("another value")
