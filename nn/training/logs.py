"""Callbacks that write down how training goes: a table, a picture."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import Any

from autotensor.extend import append, import_extra, replacing
from nn.arguments import parts_of, path_from, refuse, whole
from nn.training.callbacks import Callback, Run
from nn.training.csv_files import EPOCH, encoded, parsed
from nn.training.history import History
from nn.training.saying import notebook

SECONDS_TO_SYNC = 5.0
"""A log is forced to the disk at most so often: only a power cut loses what is not."""


class Trouble:
    """Says once, as a warning, that a log cannot be written; training goes on."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.told = False

    def tell(self, path: Any, error: OSError, later: str) -> None:
        if not self.told:
            self.told = True
            reason = error.strerror or error
            warnings.warn(
                f"{self.owner}: {path} cannot be written ({reason}); training goes on, and {later}",
                RuntimeWarning,
                stacklevel=3,
            )


class CSVLog(Callback):
    """Writes the history to a CSV file after every epoch: a line for each, a column for each name.

    A line is added in one piece, so a kill or a full disk leaves no half of one, and none is lost:
    what could not be written is written as soon as there is room again.  That there is none is said
    once by a warning, and training goes on.  ``History.load`` reads the file.

    Args:
        path: the file.  Its folder is made if it is missing.
        append: whether to go on below the lines that the file has already, with the epochs counted
            on; else it begins anew, and what was there is kept beside it: ``log.csv`` becomes
            ``log.1.csv``, or the next number that is free.

    Where ``fit`` resumes a run, the file goes on behind the resumed epoch, whatever ``append`` is:
    lines of later epochs, which are trained again, are taken out.

    Raises:
        ValueError: in ``fit``, before training: ``path`` is a folder, or with ``append`` no file
            of a CSVLog.

    Example:

        >>> import pathlib, tempfile
        >>> from nn.training import CSVLog, History, fit
        >>> path = pathlib.Path(tempfile.mkdtemp(), "log.csv")
        >>> model, batch = nn.Linear(1, 1), (at.ones(4, 1), at.ones(4, 1))
        >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
        >>> history = fit(
        ...     model, [batch], F.mse_loss, optimizer, 3, callbacks=[CSVLog(path)], verbose=False
        ... )
        >>> History.load(path) == history
        True
    """

    first_rank_only = True

    def __init__(self, path: str | os.PathLike[str], append: bool = False) -> None:
        self.path = path_from("CSVLog", "path", path)
        self.append = append
        self._before: list[dict[str, Any]] = []
        self._loaded: int | None = None

    def state_dict(self) -> dict[str, Any]:
        """How many lines of the file are older than this run."""
        return {"before": len(self._before)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Takes over what ``state_dict`` gave."""
        (before,) = parts_of("CSVLog.load_state_dict", state, "before")
        self._loaded = whole("CSVLog.load_state_dict", "before", before, 0, int)

    def on_fit_begin(self, run: Run) -> None:
        before, self._loaded = self._loaded, None
        resumed = run.resumed and before is not None
        refuse("CSVLog", self.path.is_dir(), f"path must be a file, and {self.path} is a folder")
        self._trouble = Trouble("CSVLog")
        self._others = not (resumed or self.append)
        self._before = (
            [] if self._others or before == 0 else self._read(before if resumed else None)
        )
        self._names: list[str] = []
        self._rows, self._latest, self._size, self._synced = 0, b"", -1, monotonic()
        self._try_to_write(run, new=resumed)

    def on_epoch_end(self, run: Run) -> None:
        self._try_to_write(run)

    def on_fit_end(self, run: Run) -> None:
        if run.history.epochs:
            self._try_to_write(run, sync=True)

    def _read(self, count: int | None) -> list[dict[str, Any]]:
        """The lines that stand in the file already; the first ``count``, if that is given."""
        if not self.path.exists():
            return []
        table = parsed(self.path.read_bytes(), "CSVLog", self.path)
        if count is None and table.cut_off:
            warnings.warn(
                f"CSVLog: the last line of {self.path} is cut off and left out: {table.cut_off!r}",
                RuntimeWarning,
                stacklevel=4,
            )
        if count is None:
            return table.rows
        # Columns that only lines of later epochs had go with those.
        return [{name: one for name, one in row.items() if one} for row in table.rows[:count]]

    def _try_to_write(self, run: Run, new: bool = False, sync: bool = False) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self._others:
                _set_aside(self.path)
                self._others = False
            if new or run.history.epochs:
                self._write(run.history, sync)
        except OSError as error:
            self._trouble.tell(
                self.path, error, "the lines are written as soon as that is possible"
            )

    def _write(self, history: History, sync: bool) -> None:
        """Adds the lines that the file lacks; all anew where those in it are not what they were."""
        first = {name: None for row in self._before for name in row}
        names = list(first | {EPOCH: None} | dict.fromkeys(history))
        added = [self._row(history, epoch) for epoch in range(self._rows, history.epochs)]
        latest = encoded(names, [self._row(history, self._rows - 1)]) if self._rows else b""
        # Callbacks that come later may have measured something more, also in the latest line.
        if names != self._names or latest != self._latest or _size(self.path) != self._size:
            rows = [self._row(history, epoch) for epoch in range(history.epochs)]
            content = encoded(names, [*self._before, *rows], header=True)
            with replacing(os.fspath(self.path)) as file:
                file.write(content)
            self._names, self._size, self._synced = names, len(content), monotonic()
        elif added or sync:
            sync = sync or monotonic() > self._synced + SECONDS_TO_SYNC
            self._size = append(self.path, encoded(names, added), self._size, sync)
            self._synced = monotonic() if sync else self._synced
        self._rows = history.epochs
        self._latest = encoded(names, [self._row(history, self._rows - 1)]) if self._rows else b""

    def _row(self, history: History, epoch: int) -> dict[str, Any]:
        columns = {name: column[epoch] for name, column in history.items() if epoch < len(column)}
        return {EPOCH: len(self._before) + epoch + 1} | columns


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1


def _set_aside(path: Path) -> None:
    """Gives a file that has something in it the next free name, such as ``log.1.csv``."""
    path = path.resolve()  # through a link, which stays
    if _size(path) <= 0:
        return
    number = 1
    while (other := path.with_name(f"{path.stem}.{number}{path.suffix}")).exists():
        number += 1
    path.rename(other)


class LivePlot(Callback):
    """Draws the curves anew after every epoch: into a picture file, or in a running notebook.

    Args:
        path: the picture; may be None in a notebook, where it is shown below the cell as well.
        quantities, log_x: as in ``History.plot``; a quantity that was not measured is an error.
        every: after how many epochs to draw; the last one is always drawn.

    Raises:
        ImportError: Matplotlib is not installed; in ``fit``, before training.
        ValueError: no path, and no notebook either.
    """

    first_rank_only = True

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        quantities: str | Iterable[str] | None = None,
        *,
        log_x: bool = False,
        every: int = 1,
    ) -> None:
        self.path = None if path is None else path_from("LivePlot", "path", path)
        if quantities is not None and not isinstance(quantities, str):
            quantities = list(quantities)
        self.quantities = quantities
        self.log_x = log_x
        self.every = whole("LivePlot", "every", every, kind=int)

    def on_fit_begin(self, run: Run) -> None:
        import_extra("matplotlib.figure", "plot", "LivePlot")
        if self.path is None and notebook() is None:
            raise ValueError("LivePlot: outside of a notebook it needs the path of a picture")
        self._trouble = Trouble("LivePlot")
        self._shown: Any = None
        self._drawn = 0

    def on_epoch_end(self, run: Run) -> None:
        if run.epoch % self.every == 0:
            self._draw(run)

    def on_fit_end(self, run: Run) -> None:
        if run.history.epochs > self._drawn:
            self._draw(run)

    def _draw(self, run: Run) -> None:
        self._drawn = run.history.epochs
        data = io.BytesIO()
        run.history.plot(self.quantities, log_x=self.log_x).savefig(data, format="png", dpi=100)
        if self.path is not None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                # A viewer never meets half a picture.
                with replacing(os.fspath(self.path)) as file:
                    file.write(data.getvalue())
            except OSError as error:
                self._trouble.tell(self.path, error, "it is drawn anew after later epochs")
        display = notebook()
        if display is not None:
            image = display.Image(data.getvalue())
            if self._shown is None:
                self._shown = display.display(image, display_id=True)
            else:
                self._shown.update(image)
