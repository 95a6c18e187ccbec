"""Callbacks that write down how training goes: a table, TensorBoard's files, a picture."""

from __future__ import annotations

import csv
import io
import math
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from nn.arguments import path_from, refuse, whole
from nn.training.callbacks import Callback, Run
from nn.training.history import TRAIN, VALIDATION, figure_class


class CSVLog(Callback):
    """Writes the history to a CSV file after every epoch: a line for each, a column for each name.

    Args:
        path: the file.  Its folder is made if it is missing.
        append: whether to go on below the lines that the file has already, with the epochs counted
            on; else it begins anew.
    """

    def __init__(self, path: str | os.PathLike[str], append: bool = False) -> None:
        self.path = path_from("CSVLog", "path", path)
        self.append = append

    def on_fit_begin(self, run: Run) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._before: list[dict[str, Any]] = []
        if self.append and self.path.exists():
            with self.path.open(newline="", encoding="utf-8") as file:
                self._before = list(csv.DictReader(file))
            message = f"{self.path} has no column 'epoch', so it is no file of CSVLog's"
            refuse("CSVLog", self._before and "epoch" not in self._before[0], message)

    def on_epoch_end(self, run: Run) -> None:
        rows = [*self._before]
        for epoch in range(run.history.epochs):
            row: dict[str, Any] = {"epoch": len(rows) + 1}
            rows.append(row | {name: column[epoch] for name, column in run.history.items()})
        names = list(dict.fromkeys(name for row in rows for name in row))
        with self.path.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, names)
            table.writeheader()
            table.writerows(rows)


class TensorBoard(Callback):
    """Writes what TensorBoard shows: ``tensorboard --logdir LOG_DIR``.

    Training and validation go into a folder each, so that TensorBoard draws both curves of a
    quantity into one picture.  It needs the package ``tensorboard``, not TensorFlow.

    Args:
        log_dir: the folder; its name is that of the run, such as ``runs/adam``.
        every: after how many batches to write the loss of a batch too; None for never.

    Raises:
        ImportError: ``tensorboard`` is not installed; in ``fit``, before training.
    """

    def __init__(self, log_dir: str | os.PathLike[str], every: int | None = None) -> None:
        self.log_dir = path_from("TensorBoard", "log_dir", log_dir)
        self.every = None if every is None else whole("TensorBoard", "every", every, kind=int)

    def on_fit_begin(self, run: Run) -> None:
        try:
            from tensorboard.compat.proto.event_pb2 import Event
            from tensorboard.compat.proto.summary_pb2 import Summary
            from tensorboard.summary.writer.event_file_writer import EventFileWriter
        except ImportError as error:
            raise ImportError(
                "TensorBoard: the package tensorboard is not installed: "
                "pip install 'autotensor[tensorboard]'"
            ) from error
        self._event, self._summary, self._writer = Event, Summary, EventFileWriter
        self._writers: dict[str, Any] = {}
        self._batches = 0

    def on_batch_end(self, run: Run) -> None:
        self._batches += 1
        if self.every is not None and self._batches % self.every == 0:
            self._write("train", {"batch_loss": run.loss}, self._batches)

    def on_epoch_end(self, run: Run) -> None:
        parts: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for name, value in run.history.last.items():
            folder = "validation" if name.startswith(VALIDATION) else "train"
            parts[folder][name.removeprefix(TRAIN).removeprefix(VALIDATION)] = value
        for folder, values in parts.items():
            self._write(folder, values, run.epoch)
        for writer in self._writers.values():
            writer.flush()

    def on_fit_end(self, run: Run) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def _write(self, folder: str, values: dict[str, float], step: int) -> None:
        if folder not in self._writers:
            self._writers[folder] = self._writer(str(self.log_dir / folder))
        known = {name: value for name, value in values.items() if not math.isnan(value)}
        shown = [self._summary.Value(tag=name, simple_value=value) for name, value in known.items()]
        event = self._event(wall_time=time.time(), step=step, summary=self._summary(value=shown))
        self._writers[folder].add_event(event)


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
        figure_class("LivePlot")
        if self.path is None and _notebook() is None:
            raise ValueError("LivePlot: outside of a notebook it needs the path of a picture")
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
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
            # Beside its place first, so that a viewer never meets half a picture.
            part = self.path.with_name(self.path.name + ".part")
            part.write_bytes(data.getvalue())
            part.replace(self.path)
        display = _notebook()
        if display is not None:
            image = display.Image(data.getvalue())
            if self._shown is None:
                self._shown = display.display(image, display_id=True)
            else:
                self._shown.update(image)


def _notebook() -> Any:
    """``IPython.display`` of the notebook this runs in, or None."""
    # Where a notebook runs, IPython is loaded; it need not be imported to ask.
    ipython = sys.modules.get("IPython")
    if ipython is None:
        return None
    return ipython.display if hasattr(ipython.get_ipython(), "kernel") else None
