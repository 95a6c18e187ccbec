"""Keeping the best epoch, and stopping when none better comes."""

from __future__ import annotations

import copy
import io
import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from autotensor import load, save
from nn.arguments import need, need_one_of, number, parts_of, path_from, refuse, whole
from nn.training.callbacks import Callback, Run

__all__ = ["Checkpoint", "EarlyStopping"]

SMALLER_IS_BETTER = ("loss", "error", "perplexity", "distance")
LARGER_IS_BETTER = ("accuracy", "precision", "recall", "f1", "iou", "top", "union", "dice", "score")


class Monitor:
    """A column of the history, and which way is better.

    Args:
        owner: the class that asks, for messages.
        name: the column, such as ``"validation_loss"``.
        mode: ``"min"``, ``"max"``, or None to tell it from the name.
        min_delta: by how much at least a value must be better.
    """

    def __init__(self, owner: str, name: str, mode: str | None, min_delta: float = 0.0) -> None:
        need(owner, "monitor", name, str, "a str")
        need_one_of(owner, "mode", mode, ("min", "max", None))
        if mode is None:
            low = any(word in name for word in SMALLER_IS_BETTER)
            high = any(word in name for word in LARGER_IS_BETTER)
            if low == high:
                raise ValueError(
                    f"{owner}: whether a smaller or a larger {name!r} is better does not show in "
                    "its name; say mode='min' or mode='max'"
                )
            mode = "min" if low else "max"
        self.owner = owner
        self.name = name
        self.mode = mode
        self.min_delta = number(owner, "min_delta", min_delta)
        self.best: float | None = None
        self.best_epoch = 0

    def begin(self, run: Run) -> None:
        """Nothing seen yet, but for a resumed run; refuses a column that cannot come."""
        if not run.resumed:
            self.best, self.best_epoch = None, 0
        if self.name.startswith("validation_") and run.validation is None:
            raise ValueError(
                f"{self.owner}: to monitor {self.name!r}, give fit some validation data; without, "
                "there is 'train_loss'"
            )

    def value(self, run: Run) -> float:
        """The value of the epoch just finished."""
        if self.name not in run.history:
            known = ", ".join(map(repr, run.history))
            raise ValueError(f"{self.owner}: there is no {self.name!r} to monitor, only {known}")
        return run.history[self.name][-1]

    def improved(self, run: Run) -> bool:
        """Whether this epoch is better than the best so far, which it then is."""
        value = self.value(run)
        if math.isnan(value):
            return False
        if self.best is not None:
            gain = self.best - value if self.mode == "min" else value - self.best
            if not gain > self.min_delta:
                return False
        self.best, self.best_epoch = value, run.epoch
        return True


class _OfTheBest(Callback):
    """Watches for the best epoch, unless ``monitor`` is None."""

    monitor: Monitor | None

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "best_epoch": self.best_epoch}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        owner = f"{type(self).__name__}.load_state_dict"
        best, epoch = parts_of(owner, state, "best", "best_epoch")
        need(owner, "'best'", best, (int, float, type(None)), "a number or None")
        whole(owner, "'best_epoch'", epoch, 0)
        if self.monitor is not None:
            self.monitor.best, self.monitor.best_epoch = best, epoch

    @property
    def best(self) -> float | None:
        return None if self.monitor is None else self.monitor.best

    @property
    def best_epoch(self) -> int:
        return 0 if self.monitor is None else self.monitor.best_epoch

    def on_fit_begin(self, run: Run) -> None:
        if self.monitor is not None:
            self.monitor.begin(run)


class EarlyStopping(_OfTheBest):
    """Stops when ``monitor`` has not become better for ``patience`` epochs.

    A network that is trained long enough learns its training data by heart: the training loss goes
    on falling while the validation loss rises.  This stops near where it turns.

    Args:
        monitor: a column of the history.
        patience: how many epochs in a row without a better value to endure, at least 1.
        min_delta: by how much at least a value must be better to count.
        mode: ``"min"``, ``"max"``, or None to tell it from the name.
        restore_best: whether, at the end, the model gets back its weights of the best epoch, also
            if training ended for another reason.

    Attributes:
        best, best_epoch: the best value and when it was; None and 0 before the first epoch.

    Raises:
        ValueError, TypeError: a bad setting; or, in ``fit``, a monitor that the history does not
            have.

    Example:

        >>> from nn.training import EarlyStopping, fit
        >>> model, batch = nn.Linear(1, 1), (at.ones(4, 1), at.ones(4, 1))
        >>> optimizer = optim.SGD(model.parameters(), lr=0.0)  # never becomes better
        >>> stop = EarlyStopping("train_loss", patience=3)
        >>> history = fit(
        ...     model, [batch], F.mse_loss, optimizer, 100, callbacks=[stop], verbose=False
        ... )
        >>> len(history["train_loss"]), stop.best_epoch
        (4, 1)
    """

    monitor: Monitor

    def __init__(
        self,
        monitor: str = "validation_loss",
        patience: int = 5,
        min_delta: float = 0.0,
        mode: str | None = None,
        restore_best: bool = False,
    ) -> None:
        self.monitor = Monitor("EarlyStopping", monitor, mode, min_delta)
        self.patience = whole("EarlyStopping", "patience", patience, kind=int)
        self.restore_best = restore_best
        self._kept: Any = None
        """The weights of the best epoch."""

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"kept": self._kept}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        owner = "EarlyStopping.load_state_dict"
        (kept,) = parts_of(owner, state, "kept")
        need(owner, "'kept'", kept, (Mapping, type(None)), "a model's state_dict() or None")
        super().load_state_dict(state)
        self._kept = kept

    def on_fit_begin(self, run: Run) -> None:
        super().on_fit_begin(run)
        if not run.resumed:
            self._kept = None

    def on_epoch_end(self, run: Run) -> None:
        if self.monitor.improved(run):
            if self.restore_best:
                self._kept = copy.deepcopy(run.model.state_dict())
        elif run.epoch - self.best_epoch >= self.patience and run.stopped is None:
            name = self.monitor.name
            if self.best is None:
                run.stop(f"{name} was never a number in {run.epoch} epochs")
            else:
                run.stop(
                    f"{name} was best with {self.best:.4g} in epoch {self.best_epoch} and not "
                    f"better in {self.patience} epochs since"
                )

    def on_fit_end(self, run: Run) -> None:
        if self._kept is not None:
            run.model.load_state_dict(self._kept)
            self._kept = None


class Checkpoint(_OfTheBest):
    """Saves the model to a file while it is trained: its best epoch, or its last.

    The file holds ``{"model": …, "optimizer": …, "scheduler": …, "epoch": …, "history": …}``, so
    training can be taken up again::

        state = autotensor.load("best.npz")
        model.load_state_dict(state["model"])

    It is written whole or not at all: a crash leaves the one before.

    Args:
        path: the file.  Its folder is made if it is missing.
        monitor: the column of the history by which an epoch is the best.
        mode: ``"min"``, ``"max"``, or None to tell it from the name.
        save: ``"best"`` writes after each epoch that is better than all before, ``"last"`` after
            every epoch, and then ``monitor`` is not looked at.
        restore_best: whether, at the end, the model gets back its weights of the best epoch.
        weights_only: whether the file is the model's ``state_dict()`` and nothing else.

    Attributes:
        best, best_epoch: the best value and when it was; None and 0 before the first epoch.

    Raises:
        ValueError, TypeError: a bad setting; or, in ``fit``, a monitor that the history does not
            have.

    Example:

        >>> import pathlib, tempfile
        >>> from nn.training import Checkpoint, fit
        >>> path = pathlib.Path(tempfile.mkdtemp(), "best.npz")
        >>> model, batch = nn.Linear(1, 1), (at.ones(4, 1), at.ones(4, 1))
        >>> optimizer, save = optim.SGD(model.parameters(), lr=0.1), Checkpoint(path, "train_loss")
        >>> _ = fit(model, [batch], F.mse_loss, optimizer, 3, callbacks=[save], verbose=False)
        >>> state = at.load(path)
        >>> state["epoch"], sorted(state["model"])
        (3, ['bias', 'weight'])
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        monitor: str = "validation_loss",
        mode: str | None = None,
        *,
        save: str = "best",
        restore_best: bool = False,
        weights_only: bool = False,
    ) -> None:
        self.path = path_from("Checkpoint", "path", path)
        need_one_of("Checkpoint", "save", save, ("best", "last"))
        refuse("Checkpoint", save == "last" and restore_best, "restore_best needs save='best'")
        self.monitor = Monitor("Checkpoint", monitor, mode) if save == "best" else None
        self.restore_best = restore_best
        self.weights_only = weights_only
        self._saved = False

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"saved": self._saved}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        (saved,) = parts_of("Checkpoint.load_state_dict", state, "saved")
        need("Checkpoint.load_state_dict", "'saved'", saved, (bool, np.bool_), "a bool")
        super().load_state_dict(state)
        self._saved = saved

    def on_fit_begin(self, run: Run) -> None:
        super().on_fit_begin(run)
        try:
            self._save(run, io.BytesIO())
        except TypeError as error:
            error.add_note("Checkpoint saves the model alone with weights_only=True")
            raise  # now, rather than after an epoch
        if run.together.first:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        self._saved = self._saved and run.resumed

    def on_epoch_end(self, run: Run) -> None:
        if self.monitor is None or self.monitor.improved(run):
            self._save(run, self.path)
            self._saved = True

    def on_fit_end(self, run: Run) -> None:
        if self.restore_best and self._saved:
            state = run.together.from_first(lambda: load(self.path))
            if state is not None:  # else the first process hands it out afterwards
                run.model.load_state_dict(state if self.weights_only else state["model"])

    def _save(self, run: Run, file: Any) -> None:
        if not self.weights_only:
            run.together.consolidate(run.optimizer)
        run.together.from_first(lambda: save(self._state(run), file))

    def _state(self, run: Run) -> dict[str, Any]:
        model = run.model.state_dict()
        if self.weights_only:
            return model
        state = {
            "model": model,
            "optimizer": run.optimizer.state_dict(),
            "epoch": run.epoch,
            "history": dict(run.history),
        }
        if hasattr(run.scheduler, "state_dict"):
            state["scheduler"] = run.scheduler.state_dict()
        return state
