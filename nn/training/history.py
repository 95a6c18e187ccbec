"""What came out of every epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping

__all__ = ["History"]


class History(dict[str, list[float]]):
    """A dict of lists by name, each with one number for every epoch; ``print`` shows a table.

    ``fit`` fills in ``train_loss``, ``train_accuracy``, ``validation_loss``,
    ``validation_accuracy`` and ``learning_rate``, as far as there are such.  ``dict(history)`` can
    be saved with ``autotensor.save``.
    """

    @property
    def epochs(self) -> int:
        """How many epochs are recorded."""
        return len(next(iter(self.values()), ()))

    def append(self, row: Mapping[str, float]) -> None:
        """Adds an epoch.  What was not measured in an epoch is NaN there."""
        epochs = self.epochs
        for name in row:
            self.setdefault(name, [math.nan] * epochs)
        for name, column in self.items():
            column.append(row.get(name, math.nan))

    @property
    def last(self) -> dict[str, float]:
        """The latest epoch, by name."""
        return {name: column[-1] for name, column in self.items()}

    def __str__(self) -> str:
        columns = {"epoch": [str(epoch + 1) for epoch in range(self.epochs)]} | {
            name: [f"{value:.4g}" for value in column] for name, column in self.items()
        }
        widths = [max(map(len, (name, *cells))) for name, cells in columns.items()]
        rows = [tuple(columns), *zip(*columns.values(), strict=True)]
        return "\n".join(
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            for row in rows
        )
