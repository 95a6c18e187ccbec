"""How much room a library takes on the disk.

    python -m benchmarks.installed NAME...     the first of these distributions that is installed

Prints the bytes of the library alone, and with everything that it requires. Compiled modules are
left out, for they come and go.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(names: list[str]) -> None:
    if names == ["autotensor"]:
        own, required = this_project()
    else:
        found = next(filter(None, map(lookup, names)))
        own, required = size_of(found), requirements(found.requires or [])
    others = sum(size_of(other) for other in closure(required).values())
    print(json.dumps({"own": own, "all": own + others}))


def this_project() -> tuple[int, list[str]]:
    """From the tree, installed or not."""
    own = sum(
        path.stat().st_size
        for package in ("autotensor", "nn")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    )
    with open(ROOT / "pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]
    return own, requirements(project["dependencies"])


def lookup(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def size_of(found: Distribution) -> int:
    paths = (Path(str(file.locate())) for file in found.files or [] if file.suffix != ".pyc")
    return sum(path.stat().st_size for path in paths if path.is_file())


def requirements(lines: Iterable[str]) -> list[str]:
    """The names in requirement lines, without those of extras."""
    return [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in lines if "extra ==" not in line]


def closure(names: Iterable[str]) -> dict[str, Distribution]:
    """All that these need and that is installed, by normalised name.

    A requirement with a condition is counted if it is installed: whoever installed it evaluated it.
    """
    found: dict[str, Distribution] = {}
    left = list(names)
    while left:
        name = left.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key not in found and (one := lookup(name)) is not None:
            found[key] = one
            left += requirements(one.requires or [])
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
