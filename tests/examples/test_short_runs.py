"""Programs in their short form, as a user starts them: the last line, and the pictures."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

#: What the last line is about, and the pictures that are written.
PROGRAMS = {
    "inception": ("test accuracy", ["inception"]),
    "segment": ("mean intersection over union", ["segment"]),
}


def run(name: str, out: Path) -> list[str]:
    """The lines that the short form of a program prints."""
    command = [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py")]
    done = subprocess.run(
        [*command, "--quick", "--out", str(out)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(EXAMPLES.parent), "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_short_run_ends_in_a_number_and_pictures(name: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    what, pictures = PROGRAMS[name]
    assert re.fullmatch(rf"{what}: [01]\.\d\d\d", run(name, tmp_path)[-1])
    for picture in pictures:
        path = tmp_path / f"{picture}.png"
        with Image.open(path) as image:
            assert 700 <= image.width <= 950
        assert path.stat().st_size < 150_000


def test_without_matplotlib_a_program_says_what_to_install(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "matplotlib.py").write_text("raise ImportError('hidden')\n")
    code = (
        f"import runpy, sys; sys.path.insert(0, {str(hidden)!r}); "
        f"sys.path.insert(0, {str(EXAMPLES)!r}); "
        f"sys.argv = ['segment.py', '--quick', '--out', {str(tmp_path)!r}]; "
        f"runpy.run_path({str(EXAMPLES / 'segment.py')!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(EXAMPLES.parent)},
    )
    assert done.returncode == 0, done.stderr
    assert "pip install 'autotensor[plot]'" in done.stdout
    assert not (tmp_path / "segment.png").exists()


def test_the_same_seed_gives_the_same_numbers(tmp_path: Path) -> None:
    first, second = (
        [re.sub(r"\| [\d.]+ s$", "", line) for line in run("segment", tmp_path)] for _ in range(2)
    )
    assert first == second
