"""The methods of Tensor that are declared outside its class, by file: what its docstring lists.

``python -m tests.autotensor.method_table`` writes the list into ``autotensor/engine/tensor.py``.
"""

from __future__ import annotations

import ast
import textwrap
from collections import defaultdict
from pathlib import Path
from typing import Any

import autotensor as at

FILE = Path(__file__).resolve().parents[2] / "autotensor" / "engine" / "tensor.py"
BEGIN = (
    "    Methods from elsewhere, by the file of their declaration; ``abs*`` stands for ``abs_`` "
    "too:\n"
)


def home(member: Any) -> str:
    """The file in which a method is declared, below ``autotensor``."""
    function = member.fget if isinstance(member, property) else member
    module: str = function.__module__
    return module.removeprefix("autotensor.").replace(".", "/") + ".py"


def in_the_class(hidden: bool = True) -> set[str]:
    """The names that the class statement itself binds; also those ``hidden`` from type checkers."""
    tree = ast.parse(FILE.read_text(encoding="utf-8"))
    (found,) = (one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == "Tensor")
    body = list(found.body)
    for one in found.body if hidden else ():
        body += one.body if isinstance(one, ast.If) else []
    bound = {
        target.id
        for one in body
        if isinstance(one, ast.Assign)
        for target in one.targets
        if isinstance(target, ast.Name)
    }
    return bound | {one.name for one in body if isinstance(one, ast.FunctionDef)}


def table() -> str:
    """The list, as it stands in the docstring."""
    own = in_the_class()
    names = {
        name: member
        for name, member in vars(at.Tensor).items()
        if not name.startswith("_") and name not in own and name not in at.Tensor.__slots__
    }
    rooms: dict[str, list[str]] = defaultdict(list)
    for name, member in names.items():
        if not (name.endswith("_") and name[:-1] in names):
            rooms[home(member)].append(name + "*" * (name + "_" in names))
    lines = [
        textwrap.fill(
            f"{room}: {', '.join(sorted(found))}",
            100,
            initial_indent="        ",
            subsequent_indent="            ",
            break_on_hyphens=False,
        )
        for room, found in sorted(rooms.items())
    ]
    return BEGIN + "\n".join(lines) + "\n"


def main() -> None:
    text = FILE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    lines = rest.splitlines(keepends=True)
    listed = next(at for at, line in enumerate(lines) if not line.startswith("        "))
    FILE.write_text(before + table() + "".join(lines[listed:]), encoding="utf-8")


if __name__ == "__main__":
    main()
