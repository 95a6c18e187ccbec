"""Where in a user's program something happens: the lines that led there, and the Modules."""

from __future__ import annotations

import linecache
import os
import weakref
from collections.abc import Iterable, Sequence
from itertools import pairwise
from types import CodeType, FrameType
from typing import Any, NamedTuple

__all__ = ["Place", "way_to"]

_OURS = frozenset({"autotensor", "nn"})
_PYTHONS = os.path.dirname(os.__file__) + os.sep
_MOST_LINES = 6


class Line(NamedTuple):
    """One line of a program that was running."""

    code: CodeType
    number: int

    def is_users(self) -> bool:
        """Whether it is neither Python's own nor in an installed package."""
        file = self.code.co_filename
        installed = "site-packages" in file or "dist-packages" in file
        return not (installed or file.startswith((_PYTHONS, "<frozen")))

    def __str__(self) -> str:
        file, name = self.code.co_filename, self.code.co_qualname.replace(".<locals>", "")
        text = linecache.getline(file, self.number).strip()
        head = f'  File "{file}", line {self.number}, in {name}'
        return f"{head}\n    {text}" if text else head


class Place:
    """The lines of a program that led to ``frame``, newest first, without this library's own; and
    the Modules whose calls were running, the innermost first.

    It holds neither frames nor Modules, so that a graph may keep it.
    """

    __slots__ = ("_lines", "_modules")

    def __init__(self, frame: FrameType | None) -> None:
        self._lines: list[Line] = []
        self._modules: list[weakref.ref[Any]] = []
        while frame is not None:
            home, code = frame.f_globals.get("__name__", ""), frame.f_code
            if home.partition(".")[0] not in _OURS:
                self._lines.append(Line(code, frame.f_lineno))
            elif home == "nn.module" and code.co_name == "__call__":
                self._modules.append(weakref.ref(frame.f_locals["self"]))
            frame = frame.f_back

    @property
    def modules(self) -> list[Any]:
        """Those of the Modules that still live."""
        return [module for one in self._modules if (module := one()) is not None]

    @property
    def lines(self) -> list[Line]:
        """The user's own; where there are none, those of whoever called."""
        return [line for line in self._lines if line.is_users()] or self._lines

    def __str__(self) -> str:
        """First the Module, then the lines as Python shows them, the last one first."""
        modules = self.modules
        shown = [f"  {way_to(modules)}"] if modules else []
        lines = self.lines
        shown += map(str, lines[:_MOST_LINES])
        if len(lines) > _MOST_LINES:
            shown.append(f"  … called from {len(lines) - _MOST_LINES} more lines")
        return "\n".join(shown)


def way_to(modules: Sequence[Any]) -> str:
    """``in Net, at features.1 (Linear)`` for Modules that were called by each other, the innermost
    first.

    Example:

        >>> from autotensor.extend import way_to
        >>> net = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
        >>> way_to([net[0], net])
        'in Sequential, at 0 (Linear)'
    """
    names: list[str] = []
    for inner, outer in pairwise(modules):
        names += _names(inner, outer.named_modules())
    inside, outside = type(modules[0]).__name__, type(modules[-1]).__name__
    if not names:
        return f"in {inside}" if len(modules) == 1 else f"in {outside} ({inside})"
    return f"in {outside}, at {'.'.join(reversed(names))} ({inside})"


def _names(module: Any, named: Iterable[tuple[str, Any]]) -> list[str]:
    return [path for path, one in named if one is module and path]
