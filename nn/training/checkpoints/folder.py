"""A folder of checkpoints: the last few and the best, each whole or not there."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from autotensor import load, save
from autotensor.extend import remove_left_over, replacing, sync_folder
from nn.arguments import need, path_from, whole
from nn.module import Module
from nn.training.checkpoints.about import check_about, write_about

__all__ = ["CheckpointFolder"]

NAME = re.compile(r"(checkpoint|best)-(\d+)-([0-9a-f]{16})\.npz")
PIECE = 2**20


class CheckpointFolder:
    """A folder that keeps the last checkpoints of a run, and the best one.

    ::

        folder = CheckpointFolder("runs/first")
        state = folder.load()  # None at the first start
        ...
        folder.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, step)

    A file is written beside its place, forced to the disk, and renamed; only then are older ones
    removed.  So a kill, a full disk or a power cut at any instant leaves the last good one.  Its
    name is ``checkpoint-<step>-<checksum>.npz``: the first 16 digits of the SHA-256 of its content,
    by which ``load`` notices a single flipped bit.  ``autotensor.load`` reads it as well.

    ``about.json`` beside them tells people and programs who wrote them, with which versions, what
    is in them, of which model, and the lines that load them.

    Args:
        folder: its path; it is made when something is saved.
        keep: how many to keep, at least 1, besides the best.
        model: the one to describe in ``about.json``.

    Raises:
        ValueError: ``keep`` below 1.

    Example:

        >>> import tempfile
        >>> from nn.training import CheckpointFolder
        >>> folder = CheckpointFolder(tempfile.mkdtemp(), keep=2)
        >>> folder.load() is None
        True
        >>> for step in (10, 20, 30):
        ...     _ = folder.save({"weight": at.full((2,), float(step))}, step)
        >>> folder.load()["weight"]
        tensor([30., 30.])
    """

    def __init__(
        self, folder: str | os.PathLike[str], keep: int = 3, *, model: Module | None = None
    ) -> None:
        self.path = path_from("CheckpointFolder", "folder", folder)
        self.keep = whole("CheckpointFolder", "keep", keep, kind=int)
        need("CheckpointFolder", "model", model, (Module, type(None)), "an nn.Module")
        self.model = model
        self._made = self._described = False

    def make(self) -> None:
        """Makes the folder, if it is not there; the first ``save`` does so too.  One that vanishes
        later is not made again: that is an error."""
        self.path.mkdir(parents=True, exist_ok=True)
        self._made = True

    def save(self, state: Any, step: int, best: bool = False) -> Path:
        """Writes ``state``, anything that ``autotensor.save`` can write; returns where.

        Args:
            state: what to keep.
            step: how far training is: that of a later checkpoint is larger.
            best: whether it is also kept as the best one, ``best-<step>-<checksum>.npz``.

        Raises:
            TypeError, ValueError: something in ``state`` cannot be stored.
            OSError: the disk is full, the folder is read-only or has vanished.  What was there is
                untouched.
        """
        whole("CheckpointFolder.save", "step", step, 0, kind=int)
        if not self._made:
            self.make()
        final = ""

        def name_of(file: IO[bytes]) -> str:
            nonlocal final
            final = f"checkpoint-{step:08d}-{_checksum(file)}.npz"
            return final

        with replacing(str(self.path / f"checkpoint-{step:08d}"), name_of) as file:
            save(state, file)
        path = self.path / final
        if best:
            self._place_as_best(path)
        self._remove_old(path)
        if not self._described:
            with contextlib.suppress(OSError):  # it is tried again with the next one
                write_about(self.path, state, self.model)
                self._described = True
        return path

    def load(self, accept: Callable[[Any], Any] = lambda state: state) -> Any:
        """What the newest checkpoint holds; None where there is none.

        One that is damaged is named in a warning, and the one before it is taken.  A warning also
        says if they were written by a version of autotensor whose numbers may differ.

        Args:
            accept: given the state, returns what to return; what it raises is raised.

        Raises:
            ValueError: there are checkpoints, and all are damaged; or they are of a newer format
                than this version reads.
        """
        if not self.path.is_dir():
            return None
        check_about(self.path)
        remove_left_over(self.path)
        damaged: list[str] = []
        for path in self.files():
            try:
                state = _whole(path)
            except (OSError, ValueError, MemoryError) as error:
                damaged.append(f"{path} ({error})")
                continue
            if damaged:
                warnings.warn(
                    f"damaged checkpoint, so an older one is used, {path.name}: "
                    + "; ".join(damaged),
                    stacklevel=2,
                )
            return accept(state)
        if damaged:
            raise ValueError(
                f"every checkpoint in {self.path} is damaged: {'; '.join(damaged)}. Remove them to "
                "start anew"
            )
        return None

    def files(self) -> list[Path]:
        """The checkpoints, the newest first, and the best one last."""
        try:
            names = [name for name in os.listdir(self.path) if NAME.fullmatch(name)]
        except OSError:
            return []
        kinds = sorted(names, key=self._order, reverse=True)
        return [self.path / name for name in kinds]

    def _order(self, name: str) -> Any:
        """By kind and step; of those of one step, the one that was written last is the largest."""
        match: Any = NAME.fullmatch(name)
        try:
            written = (self.path / name).stat().st_mtime_ns
        except OSError:
            written = 0
        return match[1] == "checkpoint", int(match[2]), written

    def _place_as_best(self, path: Path) -> None:
        """The same file under another name, where that can be; else a copy."""
        name = path.name.replace("checkpoint", "best")
        older = [one for one in self.files() if one.name.startswith("best") and one.name != name]
        if not (self.path / name).exists():
            try:
                os.link(path, self.path / name)
            except OSError:  # a file system without such links
                with open(path, "rb") as source, replacing(str(self.path / name)) as file:
                    shutil.copyfileobj(source, file, PIECE)
        _remove(older)
        sync_folder(self.path)

    def _remove_old(self, newest: Path) -> None:
        beginning = newest.name.rpartition("-")[0]  # without the checksum
        kept = [one for one in self.files() if one.name.startswith("checkpoint")]
        same = [one for one in kept if one.name.startswith(f"{beginning}-") and one != newest]
        rest = [one for one in kept if one not in same]
        _remove([*same, *rest[self.keep :]])


def _remove(paths: list[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):  # it will be tried again after the next checkpoint
            path.unlink()


def _checksum(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()[:16]


def _whole(path: Path) -> Any:
    """What a file holds; a ValueError if it is not what was written."""
    match: Any = NAME.fullmatch(path.name)
    with open(path, "rb") as file:
        found = _checksum(file)
        if found != match[3]:
            raise ValueError(f"its checksum is {found}, not that of its name")
        file.seek(0)
        return load(file)


def unlike(saved: Any, own: Any, where: str) -> list[str]:
    """In what two nested states differ, but for their values: keys, lengths, shapes, dtypes."""
    if isinstance(saved, Mapping) and isinstance(own, Mapping):
        return _unlike_dicts(saved, own, where)
    if isinstance(saved, (list, tuple)) and isinstance(own, (list, tuple)):
        if len(saved) != len(own):
            return [f"{where} has {len(saved)} parts in the checkpoint, here {len(own)}"]
        parts = zip(saved, own, strict=True)
        return [one for at, two in enumerate(parts) for one in unlike(*two, f"{where}[{at}]")]
    if hasattr(saved, "shape") and hasattr(own, "shape"):
        kinds = [f"{tuple(one.shape)} {one.dtype}" for one in (saved, own)]
        if kinds[0] != kinds[1]:
            return [f"{where} is {kinds[0]} in the checkpoint, here {kinds[1]}"]
    return []


def _unlike_dicts(saved: Mapping[Any, Any], own: Mapping[Any, Any], where: str) -> list[str]:
    found = []
    for names, place in ((saved.keys() - own.keys(), "only in the checkpoint"),
                         (own.keys() - saved.keys(), "not in the checkpoint")):  # fmt: skip
        if names:
            found.append(f"{where}: {', '.join(sorted(map(repr, names)))} {place}")
    for name in saved.keys() & own.keys():
        found += unlike(saved[name], own[name], f"{where}[{name!r}]")
    return found
