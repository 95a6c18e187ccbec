"""Where the programs of the course are, and what each is about."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

__all__ = ["Program", "chapters", "folder", "program"]


class Program(NamedTuple):
    """One program of the course."""

    name: str
    chapter: str
    title: str
    path: Path


def folder() -> Path:
    """The folder of the chapters: installed beside this file, or ``examples`` in the repository."""
    installed = Path(__file__).parent / "chapters"
    return installed if installed.is_dir() else Path(__file__).resolve().parents[2] / "examples"


def chapters() -> dict[str, list[Program]]:
    """The programs of each chapter, in the order in which they are to be read.

    A program's file begins with its number in the chapter, ``3_momentum.py``; what several of them
    import has none.
    """
    return {
        _without_number(chapter.name): [
            Program(_without_number(path.stem), chapter.name, _title(path), path)
            for path in sorted(chapter.glob("[0-9]*_*.py"), key=_number)
        ]
        for chapter in sorted(folder().glob("[0-9]*_*"))
    }


def program(name: str) -> Program:
    """The program of that name.

    Raises:
        LookupError: there is none.
    """
    everything = [one for chapter in chapters().values() for one in chapter]
    for one in everything:
        if one.name == name:
            return one
    raise LookupError(
        f"there is no program {name}; python -m autotensor.examples lists the {len(everything)}"
    )


def _number(path: Path) -> int:
    return int(path.name.partition("_")[0])


def _without_number(name: str) -> str:
    return name.partition("_")[2]


def _title(path: Path) -> str:
    """The first line of a program's docstring."""
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return words.partition("\n")[0]
