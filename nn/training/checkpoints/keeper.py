"""When ``fit`` saves, how it says what went wrong with that, and how it takes a run up again."""

from __future__ import annotations

import copy
import datetime
import itertools
import math
import os
import re
import warnings
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any

from nn.arguments import need, need_one_of, path_from, refuse, whole
from nn.training.callbacks import Run
from nn.training.checkpoints.folder import CheckpointFolder
from nn.training.checkpoints.parts import Parts, refusal, stateful
from nn.training.measures import Measures
from nn.training.saying import say

__all__: list[str] = []  # helpers, which no package shows

Every = int | str | datetime.timedelta | None
SECONDS = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600}
DURATION = re.compile(r"\s*(\d+\.?\d*|\.\d+)\s*([a-z]+?)s?\s*", re.IGNORECASE)


class Keeper:
    """Keeps the checkpoints of one call of ``fit``; without a folder it does nothing.

    Args:
        folder: where; None for nowhere.
        every: steps or time between two checkpoints within an epoch; None for none there.
        keep: how many to keep, besides the best.
        resume: whether to go on from what the folder holds.
        on_error: ``"warn"`` or ``"raise"``, where a checkpoint cannot be written.
        verbose: whether to say where a run goes on.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None,
        every: Every,
        keep: int,
        resume: bool,
        on_error: str,
        verbose: bool,
    ) -> None:
        need("fit", "resume", resume, bool, "a bool")
        need_one_of("fit", "on_save_error", on_error, ("warn", "raise"))
        whole("fit", "keep", keep, kind=int)
        self.every_steps, self.every_seconds = _read_every(every)
        refuse("fit", folder is None and resume, "resume=True needs checkpoint=, the folder")
        message = "checkpoint_every needs checkpoint=, the folder"
        refuse("fit", folder is None and every is not None, message)
        self.folder: CheckpointFolder | None = None
        if folder is not None:
            path = path_from("fit", "checkpoint", folder)
            if path.exists() and not path.is_dir():
                raise ValueError(f"fit: checkpoint must be a folder, but {path} is a file")
            self.folder = CheckpointFolder(path, keep)
        self.resume = resume
        self.on_error = on_error
        self.verbose = verbose
        self.warned = False
        self.best = math.inf
        self.place: dict[str, Any] | None = None
        """Where in an epoch the run goes on, until it does; None between two epochs."""
        self.measures: Any = None
        self.random_at_begin: dict[str, Any] | None = None
        self.trained: dict[str, Any] | None = None
        self.saved_at = monotonic()
        self.random: dict[str, Any] = {}

    @property
    def within(self) -> bool:
        """Whether the run is to go on within an epoch."""
        return self.place is not None

    # -- the beginning ---------------------------------------------------------------------------

    def begin(self, parts: Parts) -> None:
        """Takes the run up, or makes sure that there is none in the folder."""
        self.parts = parts
        if self.folder is None:
            return
        parts.check()
        self.folder.model = parts.run.model
        if not self.resume:
            there = self.folder.files()
            if there:
                raise ValueError(
                    f"fit: {self.folder.path} holds the checkpoints of a run (the last is "
                    f"{there[0].name}); resume=True goes on with it, else choose another folder"
                )
            return
        state = self.folder.load()
        if state is None:
            return
        if differences := parts.differences(state):
            raise ValueError(refusal(differences, str(self.folder.path)))
        self._take(state)

    def _take(self, state: Mapping[str, Any]) -> None:
        run, place = self.parts.run, state["place"]
        before = run.epochs
        self.parts.load(state)
        run.resumed = True
        self.best = state["best"]
        if run.stopped is not None and place is None and before > state["epochs"]:
            run.stopped = None  # somebody wants more
        if place is not None:
            run.epoch, run.batch = run.epoch - 1, place["batch"]
            self.place = place
        elif stateful(run.loader) and state["loader"] is not None:
            run.loader.load_state_dict(state["loader"])
            if state["cut_short"]:
                _ = iter(run.loader)  # the rest of that epoch is not to come
        self.random = state["random"]
        self.parts.set_random(self.random)
        if self.verbose:
            where = f"after epoch {run.epoch}"
            if place is not None:
                where = f"in epoch {run.epoch + 1}, after batch {run.batch}"
            say(f"resumed {where}, step {run.step}, from {self._path}")

    def first(self) -> None:
        """The state before the first step: a folder or a state that is not fit for it shows now."""
        if self.folder is None:
            return
        if self.parts.run.resumed:
            self.parts.set_random(self.random)  # whatever callbacks have drawn meanwhile
            return
        try:
            self.folder.make()
        except OSError as error:
            self._complain(error)
        else:
            self._save(self._between())

    # -- an epoch --------------------------------------------------------------------------------

    def batches(self, measures: Measures) -> tuple[Iterable[Any], int]:
        """What to iterate over in this epoch, and how many of its batches have been before."""
        run, place, self.place = self.parts.run, self.place, None
        self.measures, self.trained = measures, None
        if self.folder is None:
            return run.loader, 0
        if place is None:
            self.random_at_begin = None if stateful(run.loader) else self.parts.random()
            return run.loader, 0
        self.random_at_begin = place["random_at_begin"]
        measures.load_state_dict(place["measures"])
        done = place["batch"]
        if stateful(run.loader) and place["loader"] is not None:
            run.loader.load_state_dict(place["loader"])
            # A loader that has come to its end would begin anew.
            rest = iter(()) if place["ended"] else iter(run.loader)
        else:
            # The same draws as at the beginning of the epoch give the same batches.
            self.parts.set_random(place["random_at_begin"] or {})
            rest = iter(run.loader)
            for _ in itertools.islice(rest, done):
                pass
        self.parts.set_random(place["random"])
        return (rest if run.stopped is None else iter(())), done

    def after_batch(self, run: Run) -> None:
        """Saves, if it is time."""
        if self.every_steps is not None:
            due = run.step % self.every_steps == 0
        else:
            due = monotonic() - self.saved_at >= (self.every_seconds or 0)
        if due and run.stopped is None:
            self._save(self._within())

    def hooks(self) -> list[Any]:
        """What is to be called after every batch."""
        often = self.every_steps is not None or self.every_seconds is not None
        return [self.after_batch] if often and self.folder is not None else []

    def after_training(self) -> None:
        """The batches of an epoch are done, and validation comes: it may be interrupted."""
        if self.folder is not None:
            state = self._within()
            # Metrics begin anew for validation, and a model may count in a buffer how often it is
            # called.
            buffers = {name for name, _ in self.parts.run.model.named_buffers()}
            state["model"] = {name: state["model"][name] for name in buffers & {*state["model"]}}
            names = ("place", "validation", "model", "model_settings")
            self.trained = copy.deepcopy({name: state[name] for name in names})
            self.trained["place"]["ended"] = True

    def after_epoch(self, cut_short: bool) -> None:
        """Saves, and as the best where it is."""
        self.trained = self.measures = None
        if self.folder is None:
            return
        history = self.parts.run.history
        name = "validation_loss" if "validation_loss" in history else "train_loss"
        value = history[name][-1] if name in history else math.nan
        best = value < self.best
        if best:
            self.best = value
        self._save(self._between(cut_short), best)

    def interrupted(self) -> str:
        """Saves between two steps, and says how to go on."""
        run = self.parts.run
        where = f"stopped by Ctrl-C in epoch {run.epoch} after step {run.step}"
        if self.folder is None:
            return f"{where}; there is no checkpoint, which fit(..., checkpoint=FOLDER) would keep"
        state = self._between() if self.measures is None else self._within()
        if self.trained is not None:  # within validation, which is to begin anew
            state |= self.trained | {"model": state["model"] | self.trained["model"]}
        if not self._save(state):
            return f"{where}; the last checkpoint that could be saved is in {self._path}"
        return self.how_to_go_on(where)

    def how_to_go_on(self, where: str) -> str:
        return f"{where}; to go on: fit(..., checkpoint={str(self._path)!r}, resume=True)"

    # -- saving ----------------------------------------------------------------------------------

    @property
    def _path(self) -> Any:
        assert self.folder is not None
        return self.folder.path

    def _between(self, cut_short: bool = False) -> dict[str, Any]:
        """The state between two epochs."""
        loader = self.parts.run.loader
        more = {
            "place": None,
            "best": self.best,
            "random": self.parts.random(),
            "loader": loader.state_dict() if stateful(loader) else None,
            "cut_short": cut_short,
        }
        return self.parts.state() | more

    def _within(self) -> dict[str, Any]:
        """The state within an epoch, after a batch."""
        run = self.parts.run
        state = self._between()
        place = {
            "batch": run.batch,
            "ended": False,
            "measures": self.measures.state_dict(),
            "loader": state["loader"],
            "random": state["random"],
            "random_at_begin": self.random_at_begin,
        }
        return state | {"place": place}

    def _save(self, state: dict[str, Any], best: bool = False) -> bool:
        """Whether the state could be written."""
        assert self.folder is not None
        try:
            self.folder.save(state, self.parts.run.step, best)
        except TypeError as error:
            error.add_note("fit: so this run cannot be kept in a checkpoint")
            raise
        except OSError as error:
            self._complain(error)
            return False
        finally:
            self.saved_at = monotonic()
        self.warned = False
        return True

    def _complain(self, error: OSError) -> None:
        """Says once that nothing can be written, or stops."""
        there = self.folder.files() if self.folder is not None else []
        last = f"the last good one is {there[0].name}" if there else "there is none yet"
        message = f"fit: no checkpoint could be written to {self._path} ({error}); {last}"
        if self.on_error == "raise":
            raise RuntimeError(message) from error
        if not self.warned:
            self.warned = True
            warnings.warn(f"{message}. Training goes on", stacklevel=4)


def _read_every(every: Any) -> tuple[int | None, float | None]:
    """Steps, or seconds, or neither."""
    if every is None:
        return None, None
    if isinstance(every, int):
        return whole("fit", "checkpoint_every", every, kind=int), None
    if isinstance(every, datetime.timedelta):
        seconds = every.total_seconds()
    else:
        need("fit", "checkpoint_every", every, str, "steps as an int, or a time: '10 minutes'")
        match = DURATION.fullmatch(every)
        unit = match[2].lower() if match else ""
        if match is None or unit not in SECONDS:
            raise ValueError(
                f"fit: checkpoint_every must be like '30 seconds', '10 minutes' or '1.5 hours', "
                f"got {every!r}"
            )
        seconds = float(match[1]) * SECONDS[unit]
    refuse("fit", seconds <= 0, f"checkpoint_every must be a time above 0, got {every!r}")
    return None, seconds
