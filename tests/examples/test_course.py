"""Every program of the course in its short form: its last line is its number, and it draws."""

from __future__ import annotations

import ast
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import autotensor as at
from autotensor.examples.course import Program, chapters, folder
from tests.examples.course_pages import pages

PROGRAMS = [one for programs in chapters().values() for one in programs]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A process as a program finds it: modules beside another program are not there."""
    before = set(sys.modules)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None) or ""
        if file.startswith(str(folder())):
            del sys.modules[name]


def lines_of(program: Program, monkeypatch, capsys, *arguments: str) -> list[str]:
    """What a program prints."""
    monkeypatch.setattr(sys, "argv", [str(program.path), *arguments])
    monkeypatch.syspath_prepend(str(program.path.parent))
    runpy.run_path(str(program.path), run_name="__main__")
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda one: one.name)
def test_a_short_run_ends_in_a_number_and_writes_a_picture(
    program: Program, fresh: Path, monkeypatch, capsys
) -> None:
    pytest.importorskip("matplotlib")
    lines = lines_of(program, monkeypatch, capsys, "--short", "--out", str(fresh))
    assert re.search(r": .*\d", lines[-1]), lines[-1]
    written = [*fresh.glob("*.png"), *fresh.glob("*.html")]
    assert written
    for path in fresh.glob("*.png"):
        with Image.open(path) as drawn:
            assert 600 <= drawn.width <= 1000
            assert len(drawn.getcolors(1 << 24) or ()) > 2
        assert path.stat().st_size < 200_000


def suggestions() -> list[tuple[Program, str]]:
    """What docstrings and READMEs suggest to change: ``--steps 3``, but not ``--photo FILE``."""
    found = set()
    for one in PROGRAMS:
        words = ast.get_docstring(ast.parse(one.path.read_text(encoding="utf-8"))) or ""
        found |= {(one, said) for said in re.findall(r"``(--[a-z][^`]*)``", words)}
        readme = (one.path.parent / "README.md").read_text(encoding="utf-8")
        _, _, part = readme.partition(f"## `{one.name}`")
        part = part.partition("\n## ")[0]
        found |= {(one, said) for said in re.findall(r"`(--[a-z][^`]*)`", part)}
    plain = {(one, " ".join(said.split())) for one, said in found}
    return sorted((one, said) for one, said in plain if not re.search(r" [A-Z]{3,}", said))


@pytest.mark.parametrize(
    ("program", "said"), suggestions(), ids=lambda one: getattr(one, "name", one)
)
def test_every_change_that_a_text_suggests_runs(
    program: Program, said: str, fresh: Path, monkeypatch, capsys
) -> None:
    pytest.importorskip("matplotlib")
    lines = lines_of(program, monkeypatch, capsys, "--short", *said.split(), "--out", str(fresh))
    assert re.search(r": .*\d", lines[-1]), lines[-1]


def test_names_are_unique_and_files_are_short() -> None:
    names = [one.name for one in PROGRAMS]
    assert len(names) == len(set(names))
    for path in folder().glob("[0-9]*/*.py"):
        lines = path.read_text(encoding="utf-8").count("\n")
        assert lines <= 200, f"{path.name} has {lines} lines"
        assert "fmt: skip" not in path.read_text(encoding="utf-8"), path.name


def test_every_program_says_what_it_is_about() -> None:
    for one in PROGRAMS:
        assert 20 < len(one.title) <= 100, one.name


def command(*arguments: str, **more) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "autotensor.examples", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        **more,
    )


def test_the_command_lists_shows_and_copies(tmp_path: Path) -> None:
    listed = command()
    assert listed.returncode == 0, listed.stderr
    assert all(f"   {one.name} " in listed.stdout for one in PROGRAMS)
    shown = command("--show", PROGRAMS[0].name)
    assert shown.stdout.strip() == PROGRAMS[0].path.read_text(encoding="utf-8").strip()
    copied = command("--copy", str(tmp_path / "course"))
    assert copied.returncode == 0, copied.stderr
    assert (tmp_path / "course" / PROGRAMS[0].path.relative_to(folder())).exists()


def test_the_command_runs_a_program(tmp_path: Path) -> None:
    done = command("plain_descent", "--short", "--steps", "3", "--out", "here", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("error after 3 steps: ")
    assert (tmp_path / "here" / "plain_descent.png").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing"], "there is no program nothing"),
        (["plain_descent", "--out", "file/below"], "nothing can be written to"),
        (["plain_descent", "--rate", "fast"], "invalid float value: 'fast'"),
        (["--copy", "."], "exists"),
        (["--nonsense"], "lists the programs"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    arguments: list[str], words: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_without_matplotlib_a_program_says_what_to_install(
    fresh: Path, monkeypatch, capsys
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    program = next(one for one in PROGRAMS if one.name == "plain_descent")
    lines = lines_of(program, monkeypatch, capsys, "--short", "--out", str(fresh))
    assert "no plain_descent.png: Matplotlib is missing; pip install 'autotensor[plot]'" in lines
    assert lines[-1].startswith("error after")


def test_the_same_seed_gives_the_same_numbers(fresh: Path, monkeypatch, capsys) -> None:
    program = next(one for one in PROGRAMS if one.name == "plain_descent")
    first, second = (
        lines_of(program, monkeypatch, capsys, "--short", "--out", str(fresh)) for _ in range(2)
    )
    assert first == second
    assert first != lines_of(program, monkeypatch, capsys, "--short", "--seed", "1")
    assert at.initial_seed() == 1


def test_the_pages_gathered_from_the_chapters_are_fresh() -> None:
    stale = [path.name for path, text in pages().items() if path.read_text("utf-8") != text]
    assert not stale, "python -m tests.examples.course_pages"


def test_readmes_name_programs_and_pictures_that_are_there() -> None:
    names = {one.name for one in PROGRAMS}
    for readme in folder().glob("**/README.md"):
        text = readme.read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (readme.parent / link).exists(), f"{readme}: {link}"
        for name in re.findall(r"python -m autotensor\.examples (\w+)", text):
            assert name in names, f"{readme}: {name}"
        if readme.parent != folder():
            of_chapter = [one for one in PROGRAMS if one.path.parent == readme.parent]
            missing = [one.name for one in of_chapter if f"`{one.name}" not in text]
            assert not missing, f"{readme} does not speak of {missing}"


def test_every_picture_is_shown() -> None:
    shown = "".join(path.read_text(encoding="utf-8") for path in folder().glob("**/README.md"))
    unseen = [path.name for path in (folder() / "pictures").iterdir() if path.name not in shown]
    assert not unseen
