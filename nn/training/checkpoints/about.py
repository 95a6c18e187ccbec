"""``about.json`` in a folder of checkpoints: who wrote it, what is in it, and how to load it."""

from __future__ import annotations

import json
import os
import platform
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import autotensor as at
from autotensor.extend import replacing
from nn.module import Module
from nn.parameter import is_lazy

__all__: list[str] = []  # helpers, which no package shows

NAME = "about.json"
FORMAT = 1
"""Of names of files, and of what a state of ``fit`` consists of.  Raised where an older version
could not go on with what this one writes."""
LOAD = (
    "from nn.training import CheckpointFolder",
    "state = CheckpointFolder('.').load()  # the newest whole one; '.' is this folder",
)
INTO_MODEL = "model.load_state_dict(weights)"
FILES = {
    "checkpoint-<step>-<checksum>.npz": "the state after so many steps; the highest is the newest",
    "best-<step>-<checksum>.npz": "the best one, where there is such",
    "<checksum>": "the first 16 digits of the file's SHA-256",
    "inside": "arrays under their names, which numpy.load reads, and the rest as JSON; no pickle",
}


def write_about(folder: Path, state: Any, model: Module | None) -> None:
    """Writes the file, unless it says all that already, or somebody else has one of that name.

    Raises:
        OSError: it cannot be written.
    """
    path = folder / NAME
    about = _about(state, model)
    before = _read(path)
    if before == about or (isinstance(before, Mapping) and "format" not in before):
        return
    with replacing(os.fspath(path)) as file:
        file.write(f"{json.dumps(about, indent=2, ensure_ascii=False)}\n".encode())


def _about(state: Any, model: Module | None) -> dict[str, Any]:
    keys = [*map(str, state)] if isinstance(state, Mapping) else []
    by_fit = "model_settings" in keys
    about: dict[str, Any] = {
        "what": f"checkpoints of a training{' by nn.training.fit' if by_fit else ''}",
        "format": FORMAT,
        "written_by": {
            "autotensor": at.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
            "platform": platform.platform(),
        },
        "files": FILES,
        "state": keys or type(state).__name__,
    }
    lines = [*LOAD, "weights = state['model']  # by name"] if "model" in keys else [*LOAD]
    about["to_load"] = lines
    if model is not None and "model" in keys:
        kind = type(model)
        about["model"] = {
            "class": f"{kind.__module__}.{kind.__qualname__}",
            "parameters": sum(one.numel() for one in model.parameters() if not is_lazy(one)),
            "tree": repr(model).splitlines(),
        }
        about["then"] = [f"model = {kind.__qualname__}(...)  # made as it was", INTO_MODEL]
    if by_fit:
        about["to_go_on"] = "fit(..., checkpoint=<this folder>, resume=True), all else as before"
    return about


def _read(path: Path) -> Any:
    """What the file holds; None where there is none, or it is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def check_about(folder: Path) -> None:
    """Looks who wrote a folder, before it is loaded.

    A newer format cannot be read: it may lack what is needed here, or mean something else by it.
    Older formats are read.  Between versions that may break names and numbers (the second part of
    the version changes while it begins with 0, else the first) weights stay what they are, but
    what follows from them may differ: that is a warning.

    Raises:
        ValueError: the format is newer than this version reads.
    """
    about = _read(folder / NAME)
    if not isinstance(about, Mapping) or not isinstance(about.get("format"), int):
        return  # of an older version, somebody else's, or damaged: files have their own checksums
    writer = about.get("written_by")
    theirs = str(writer.get("autotensor", "?")) if isinstance(writer, Mapping) else "?"
    if about["format"] > FORMAT:
        raise ValueError(
            f"CheckpointFolder.load: {folder} is of format {about['format']}, written by "
            f"autotensor {theirs}; this is autotensor {at.__version__}, which reads formats up to "
            f"{FORMAT}: install that version, pip install 'autotensor=={theirs}', or a newer one"
        )
    if theirs != "?" and _breaking(theirs) != _breaking(at.__version__):
        warnings.warn(
            f"CheckpointFolder.load: {folder} was written by autotensor {theirs}, and this is "
            f"{at.__version__}: weights are what they were, but a run that goes on may not do so "
            f"to the bit; with pip install 'autotensor=={theirs}' it does",
            stacklevel=4,
        )


def _breaking(version: str) -> list[str]:
    """The parts of a version without which names and numbers may differ."""
    parts = version.split(".")
    return parts[:2] if parts[0] == "0" else parts[:1]
