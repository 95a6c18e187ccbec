"""What came out of every epoch."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from typing import Any, Self

from autotensor.extend import import_extra, on_first_call, replacing
from nn.arguments import need, path_from, refuse
from nn.tables import aligned
from nn.training.csv_files import EPOCH, encoded, parsed

__all__ = ["History"]

TRAIN, VALIDATION = "train_", "validation_"
COLOURS = {TRAIN: "#0072B2", VALIDATION: "#D55E00", "": "#009E73"}
LABELS = {TRAIN: "training", VALIDATION: "validation", "": ""}
PANELS_IN_A_ROW = 3


class History(dict[str, list[float]]):
    """A dict of lists by name, each with one number for every epoch; ``print`` shows a table.

    ``fit`` fills in ``train_loss``, ``train_accuracy``, ``validation_loss``,
    ``validation_accuracy``, the ``metrics`` it was given, and ``learning_rate``, as far as there
    are such.

    ``save`` writes it to a CSV file and ``History.load`` reads that, or what a ``CSVLog`` wrote;
    no digit is lost.  ``state_dict()``, or ``dict(history)``, can be saved with
    ``autotensor.save``.

    Example:

        >>> import pathlib, tempfile
        >>> from nn.training import History
        >>> history = History(train_loss=[0.5, 0.25], validation_loss=[0.6, 0.4])
        >>> print(history)
        epoch  train_loss  validation_loss
            1         0.5              0.6
            2        0.25              0.4
        >>> path = pathlib.Path(tempfile.mkdtemp(), "history.csv")
        >>> history.save(path)
        >>> History.load(path) == history
        True
    """

    @property
    def epochs(self) -> int:
        """How many epochs are recorded."""
        return len(next(iter(self.values()), ()))

    def append(self, row: Mapping[str, float]) -> None:
        """Adds an epoch.  What was not measured in an epoch is NaN there."""
        for name in row:
            self.setdefault(name, [math.nan] * self.epochs)
        for name, column in self.items():
            column.append(row.get(name, math.nan))

    @property
    def last(self) -> dict[str, float]:
        """The latest epoch, by name."""
        return {name: column[-1] for name, column in self.items()}

    def state_dict(self) -> dict[str, list[float]]:
        """The numbers by name, as a plain dict of lists, which are copies."""
        return {name: list(column) for name, column in self.items()}

    def load_state_dict(self, state: Mapping[str, Iterable[float]]) -> None:
        """Takes over what ``state_dict`` gave, in place of all that is there.

        Raises:
            TypeError: ``state`` is no dict of lists of numbers.
            ValueError: the lists are not equally long.
        """
        owner = "History.load_state_dict"
        need(owner, "state", state, Mapping, "a dict")
        columns = {}
        for name, column in state.items():
            need(owner, "a name", name, str, "a str")
            need(owner, f"state[{name!r}]", column, (list, tuple), "a list of numbers")
            for value in column:
                need(owner, f"in state[{name!r}] everything", value, (int, float), "a number")
            columns[name] = list(column)
        lengths = {name: len(column) for name, column in columns.items()}
        message = f"all names must have equally many epochs, got {lengths}"
        refuse(owner, len(set(lengths.values())) > 1, message)
        self.clear()
        self.update(columns)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a CSV file: a line for every epoch, a column for each name, no digit lost.

        The file appears whole or not at all, in place of one that was there.  Its folder must be
        there.  ``CSVLog`` writes such a file while training goes on.

        Raises:
            ValueError: something measured is called ``'epoch'``, as the first column is.
            OSError: the file cannot be written.
        """
        file_path = path_from("History.save", "path", path)
        refuse("History.save", EPOCH in self, f"the name '{EPOCH}' is that of the first column")
        rows = [
            {EPOCH: epoch + 1} | {name: column[epoch] for name, column in self.items()}
            for epoch in range(self.epochs)
        ]
        with replacing(os.fspath(file_path)) as file:
            file.write(encoded([EPOCH, *self], rows, header=True))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """What ``save`` or a ``CSVLog`` has written.  What is empty there is NaN.

        A last line that is cut off, as a full disk may leave it, is no epoch.

        Raises:
            ValueError: the file is no such table, or a field is no number.
            OSError: it cannot be read.
        """
        file_path = path_from("History.load", "path", path)
        table = parsed(file_path.read_bytes(), "History.load", file_path)
        history = cls()
        for name in table.names:
            if name != EPOCH:
                history[name] = [_number(row[name], name, file_path) for row in table.rows]
        return history

    @property
    def quantities(self) -> list[str]:
        """What was measured, as ``plot`` names it: ``loss``, ``accuracy``, ``learning_rate``…"""
        names = [name.removeprefix(TRAIN).removeprefix(VALIDATION) for name in self]
        # The rate goes last.
        return sorted(dict.fromkeys(names), key=lambda name: name == "learning_rate")

    def plot(
        self,
        quantities: str | Iterable[str] | None = None,
        *,
        axes: Any = None,
        log_x: bool = False,
        label: str | None = None,
    ) -> Any:
        """Draws the curves by epoch, training against validation; one panel for each quantity.

        ::

            history.plot().savefig("curves.png")
            history.plot("loss", axes=axes, label="Adam")  # another run into the same picture

        Args:
            quantities: which to draw, such as ``"loss"`` or ``["loss", "accuracy"]``; all of
                ``History.quantities`` if None.
            axes: Matplotlib's axes to draw on, one or as many as there are quantities; if None a
                new figure is made.
            log_x: whether the epochs stand on a logarithmic axis, which spreads out the first.
            label: what to call this run in the legend, where several are drawn on one ``axes``:
                each run then has a colour of its own, and validation is dashed.

        Returns:
            The ``matplotlib.figure.Figure``.

        Raises:
            ImportError: Matplotlib is not installed.
            ValueError: no epochs yet, a quantity that was not measured, or the wrong number of
                axes.
        """
        names = self._chosen(quantities)
        if axes is None:
            columns = min(len(names), PANELS_IN_A_ROW)
            rows = math.ceil(len(names) / columns)
            of_matplotlib = import_extra("matplotlib.figure", "plot", "History.plot").Figure
            figure = of_matplotlib(figsize=(1 + 3.4 * columns, 3.4 * rows), layout="constrained")
            panels = list(figure.subplots(rows, columns, squeeze=False).flat)
            while len(panels) > len(names):
                panels.pop().remove()
        else:
            # An array of axes from subplots, a list, or a single one.
            panels = list(getattr(axes, "flat", axes)) if isinstance(axes, Iterable) else [axes]
            if len(panels) != len(names):
                raise ValueError(
                    f"History.plot: got {len(panels)} axes for {len(names)} quantities "
                    f"({', '.join(names)}); name the quantities to draw"
                )
        for panel, name in zip(panels, names, strict=True):
            self._draw(panel, name, log_x, label)
        return panels[0].figure

    def _chosen(self, quantities: str | Iterable[str] | None) -> list[str]:
        known = self.quantities
        if self.epochs == 0:
            raise ValueError("History.plot: there are no epochs yet")
        if quantities is None:
            return known
        names = [quantities] if isinstance(quantities, str) else list(quantities)
        unknown = [name for name in names if name not in known]
        if unknown or not names:
            raise ValueError(
                f"History.plot: there is no {', '.join(map(repr, unknown)) or 'quantity given'}; "
                f"measured were {', '.join(map(repr, known))}"
            )
        return names

    def _draw(self, axes: Any, name: str, log_x: bool, label: str | None) -> None:
        """One quantity: the curves of training and validation, as far as there are such."""
        epochs = range(1, self.epochs + 1)
        marker = "." if self.epochs <= 60 else None
        colour: Any = None  # of the whole run: the next in Matplotlib's cycle
        for kind in (TRAIN, VALIDATION, ""):
            if kind + name not in self:
                continue
            style = {"linestyle": "-", "color": COLOURS[kind], "label": LABELS[kind]}
            if label is not None:
                style["linestyle"] = "--" if kind == VALIDATION else "-"
                style["color"] = colour
                style["label"] = ", ".join(filter(None, (label, LABELS[kind])))
            line = axes.plot(epochs, self[kind + name], marker=marker, **style)[0]
            colour = line.get_color()
        axes.set(xlabel="epoch", ylabel=name.replace("_", " "))
        if log_x:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter("{x:g}")
        else:
            axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        if any(text for text in axes.get_legend_handles_labels()[1]):
            axes.legend()

    _repr_html_ = on_first_call("nn.seeing.training", "history_page")

    def __str__(self) -> str:
        columns = {"epoch": [str(epoch + 1) for epoch in range(self.epochs)]} | {
            name: [f"{value:.4g}" for value in column] for name, column in self.items()
        }
        return "\n".join(aligned([[*columns], *zip(*columns.values(), strict=True)]))


def _number(text: str, name: str, path: Any) -> float:
    try:
        return float(text) if text else math.nan
    except ValueError:
        raise ValueError(
            f"History.load: {path} has {text!r} in column {name!r}, expected a number"
        ) from None
