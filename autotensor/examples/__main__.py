"""``python -m autotensor.examples``: lists the programs of the course, runs one, or copies all.

python -m autotensor.examples                    the programs, chapter by chapter
python -m autotensor.examples momentum           runs one; options follow its name
python -m autotensor.examples momentum --help    what it is about, and its options
python -m autotensor.examples --show momentum    prints it
python -m autotensor.examples --copy FOLDER      copies all of them, to read and to change
"""

from __future__ import annotations

import runpy
import shutil
import sys
from pathlib import Path

from autotensor.examples.course import chapters, folder, program


def listing() -> str:
    """The programs, chapter by chapter, each with what it is about."""
    lines = ["The course. python -m autotensor.examples NAME runs a program, --help tells more."]
    for number, (chapter, programs) in enumerate(chapters().items(), 1):
        lines += ["", f"{number}. {chapter.replace('_', ' ')}"]
        lines += [f"   {one.name:24} {one.title}" for one in programs]
    return "\n".join(lines)


def run(name: str, arguments: list[str]) -> None:
    """Runs a program as ``python FILE`` would, with its own folder on the import path."""
    path = str(program(name).path)
    sys.argv = [path, *arguments]
    sys.path[0] = str(Path(path).parent)
    runpy.run_path(path, run_name="__main__")


def copy(target: Path) -> None:
    """Copies the chapters to a folder that is not there yet."""
    unwanted = shutil.ignore_patterns("pictures", "out", "__pycache__", "*.png")
    shutil.copytree(folder(), target, ignore=unwanted)
    print(f"the course is in {target}; for example: python {next(target.glob('*/1_*.py'))}")


def main() -> None:
    """See the module."""
    match sys.argv[1:]:
        case []:
            print(listing())
        case ["-h" | "--help"]:
            print(__doc__)
        case ["--show", name]:
            print(program(name).path.read_text(encoding="utf-8"))
        case ["--copy", target]:
            copy(Path(target))
        case [name, *arguments] if not name.startswith("-"):
            run(name, arguments)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main()
    except (LookupError, OSError, ValueError) as error:
        sys.exit(f"autotensor.examples: {error}")
