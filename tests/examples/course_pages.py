"""The two pages that gather what the chapters' READMEs say of the lectures.

``python -m tests.examples.course_pages`` writes the table at the end of ``examples/README.md`` and
``examples/MISTAKES.md``; a test says when they are stale.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NUMBERS, WRONG = "## The lecture's numbers", "## What the lecture got wrong"
END = "## Every system and number of the lectures\n"
MISTAKES = """\
# What the lectures got wrong

Gathered from the chapters by `python -m tests.examples.course_pages`. Most of it was found by
running what is written there; the program named shows the right number beside it.
"""


def sections(heading: str) -> dict[str, list[str]]:
    """By the title of each chapter, the lines under ``heading`` in its README."""
    found = {}
    for path in sorted(EXAMPLES.glob("[0-9]*/README.md")):
        text = path.read_text(encoding="utf-8")
        title = re.match(r"# (.+)\n", text)
        _, has, after = text.partition(f"{heading}\n")
        assert title, path
        assert has, f"{path} has no {heading!r}"
        found[title[1]] = [line for line in after.split("\n## ")[0].splitlines() if line.strip()]
    return found


def table() -> str:
    """The chapters' tables as one."""
    lines = [
        "| lecture | what it is | program | the lecture's figure | ours |",
        "| --- | --- | --- | --- | --- |",
    ]
    for title, rows in sections(NUMBERS).items():
        assert rows[0] == lines[0], f"{title}: {rows[0]}"
        lines += [f"| | **{title}** | | | |", *rows[2:]]
    return "\n".join(lines) + "\n"


def pages() -> dict[Path, str]:
    """What both files must say."""
    readme = EXAMPLES / "README.md"
    before = readme.read_text(encoding="utf-8").partition(END)[0]
    wrong = [f"\n## {title}\n\n" + "\n".join(lines) for title, lines in sections(WRONG).items()]
    return {
        readme: f"{before}{END}\n{table()}",
        EXAMPLES / "MISTAKES.md": MISTAKES + "\n".join(wrong) + "\n",
    }


def main() -> int:
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
