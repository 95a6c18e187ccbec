"""What a training says as it goes, for as long as somebody listens."""

from __future__ import annotations

import sys
import warnings

__all__: list[str] = []  # helpers, which no package shows


def say(line: str) -> None:
    """Prints a line.  Where that fails, as behind ``| head``, a warning says so; nothing stops."""
    try:
        print(line, flush=True)
    except (OSError, ValueError) as error:  # a ValueError where the output was closed
        warnings.warn(
            f"the output cannot be written ({error}); training goes on without it",
            RuntimeWarning,
            stacklevel=3,
        )


def on_a_terminal() -> bool:
    """Whether a bar can be drawn.  There may be no output for errors, or it may be closed."""
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):
        return False
