"""What a training says as it goes, for as long as somebody listens."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

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


@contextmanager
def progress(**settings: Any) -> Iterator[Any]:
    """A bar of tqdm's as it can be drawn here: in a notebook that has ipywidgets its own, else the
    plain one.  In the end it is gone.

    ``tqdm.auto`` chooses likewise, but warns where there are no widgets, and what its bars leave in
    a notebook that is saved is an empty bar for each.
    """
    shown_in = notebook()
    if shown_in is None or find_spec("ipywidgets") is None:
        from tqdm import tqdm

        with tqdm(leave=False, **settings) as bar:
            yield bar
    else:
        from tqdm.notebook import tqdm as notebook_bar

        with notebook_bar(leave=False, display=False, **settings) as bar:
            place = None if bar.disable else shown_in.display(bar.container, display_id=True)
            try:
                yield bar
            finally:
                if place is not None:
                    place.update(shown_in.HTML(""))


def notebook() -> Any:
    """``IPython.display`` of the notebook this runs in, or None."""
    # Where a notebook runs, IPython is loaded; it need not be imported to ask.
    ipython = sys.modules.get("IPython")
    if ipython is None:
        return None
    return ipython.display if hasattr(ipython.get_ipython(), "kernel") else None


def somebody_looks() -> bool:
    """Whether a bar can be drawn.  There may be no output for errors, or it may be closed."""
    try:
        return notebook() is not None or sys.stderr.isatty()
    except (AttributeError, ValueError):
        return False
