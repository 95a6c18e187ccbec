"""When ``fit`` saves, how it says what went wrong with that, and how it takes a run up again."""

from __future__ import annotations

import copy
import datetime
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
from nn.training.together import Alone

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
        together: those who train; the first of them writes and reads.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None,
        every: Every,
        keep: int,
        resume: bool,
        on_error: str,
        verbose: bool,
        together: Alone,
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
        self.together = together
        self.warned = False
        self.best = math.inf
        self.place: dict[str, Any] | None = None
        """Where in an epoch the run goes on, until it does; None between two epochs."""
        self.measures: Any = None
        self.random_at_begin: dict[str, Any] | None = None
        self.own_random: dict[str, Any] | None = None
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
        self.folder.model = parts.model
        state = self.together.from_first(self._found)
        if state is None:
            return
        if differences := parts.differences(state):
            raise ValueError(refusal(differences, str(self.folder.path)))
        self._take(state)

    def _found(self) -> Any:
        """What is in the folder to go on with."""
        assert self.folder is not None
        if self.resume:
            return self.folder.load()
        if there := self.folder.files():
            raise ValueError(
                f"fit: {self.folder.path} holds the checkpoints of a run (the last is "
                f"{there[0].name}); resume=True goes on with it, else choose another folder"
            )
        return None

    def _take(self, state: Mapping[str, Any]) -> None:
        run, place = self.parts.run, state["place"]
        own = self._own_part(state)
        before = run.epochs
        self.parts.load(state, own["loader"])
        run.resumed = True
        self.best = state["best"]
        if run.stopped is not None and place is None and before > state["epochs"]:
            run.stopped = None  # somebody wants more
        if place is not None:
            run.epoch, run.batch = run.epoch - 1, place["batch"]
            self.place = place | own
        elif stateful(run.loader) and own["loader"] is not None and state["cut_short"]:
            _ = iter(run.loader)  # the rest of that epoch is not to come
        self.random, self.own_random = state["random"], own["own"]
        self._set_random()
        if self.verbose:
            where = f"after epoch {run.epoch}"
            if place is not None:
                where = f"in epoch {run.epoch + 1}, after batch {run.batch}"
            say(f"resumed {where}, step {run.step}, from {self._path}")

    def _set_random(self) -> None:
        self.parts.set_random(self.random)
        self.together.set_random(self.own_random)

    def _own_part(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """What the checkpoint has for this process: of as many its own, of others what goes for
        all."""
        ranks, together, place = state.get("ranks"), self.together, state["place"]
        count = 1 if ranks is None else len(ranks["each"])
        if ranks is not None and count == together.ranks:
            return dict(ranks["each"][together.rank])
        if ranks is not None and ranks["apart"] and place is not None:
            raise ValueError(
                f"fit: the checkpoint was saved within an epoch by {count} ranks of which each had "
                f"batches of its own, so what is left of them is not known here, where there are "
                f"{together.ranks}; start as many, or give all the same DataLoader"
            )
        loader = (place or state)["loader"]
        return {"loader": loader, "own": None, "counted": None}

    def first(self) -> None:
        """The state before the first step: a folder or a state that is not fit for it shows now."""
        if self.folder is None:
            return
        if self.parts.run.resumed:
            self._set_random()  # whatever callbacks have drawn meanwhile
            return
        error = self.together.from_first(self._make)
        if error is not None:
            self._complain(error)
        else:
            self._save(self._between())

    def _make(self) -> OSError | None:
        """What went wrong as the folder was made; None if nothing did."""
        assert self.folder is not None
        try:
            self.folder.make()
        except OSError as error:
            return error
        return None

    # -- an epoch --------------------------------------------------------------------------------

    def batches(self, measures: Measures) -> tuple[Iterable[Any], int]:
        """What to iterate over in this epoch, and how many of its batches have been before."""
        run, together, place, self.place = self.parts.run, self.together, self.place, None
        self.measures, self.trained = measures, None
        if self.folder is None:
            return together.read(run.loader), 0
        if place is None:
            self.random_at_begin = None if stateful(run.loader) else self.parts.random()
            return together.read(run.loader), 0
        self.random_at_begin = place["random_at_begin"]
        if place["counted"] is None:
            measures.take_joint_state(place["measures"])
        else:
            measures.load_state_dict(place["counted"])
        done, rest = place["batch"], iter(())
        if stateful(run.loader) and place["loader"] is not None:
            run.loader.load_state_dict(place["loader"])
            if not place["ended"]:  # a loader that has come to its end would begin anew
                rest = together.read_on(run.loader, 0)
        else:
            # The same draws as at the beginning of the epoch give the same batches.
            self.parts.set_random(place["random_at_begin"] or {})
            rest = together.read_on(run.loader, done)
        self.parts.set_random(place["random"])
        together.set_random(place["own"])
        return (rest if run.stopped is None else iter(())), done

    def after_batch(self, run: Run) -> None:
        """Saves, if it is time."""
        if self.every_steps is not None:
            due = run.step % self.every_steps == 0
        else:
            due = monotonic() - self.saved_at >= (self.every_seconds or 0)
            if self.together.ranks > 1:  # clocks differ
                due = self.together.gather(due)[0]
        if due and run.stopped is None:
            self._save(self._within())

    def hooks(self) -> list[Any]:
        """What is to be called after every batch."""
        often = self.every_steps is not None or self.every_seconds is not None
        return [self.after_batch] if often and self.folder is not None else []

    def after_training(self) -> None:
        """The batches of an epoch are done, and validation comes: it may be interrupted."""
        if self.folder is not None and (state := self._within()):
            # Metrics begin anew for validation, and a model may count in a buffer how often it is
            # called.
            buffers = {name for name, _ in self.parts.model.named_buffers()}
            state["model"] = {name: state["model"][name] for name in buffers & {*state["model"]}}
            names = ("place", "ranks", "validation", "model", "model_settings")
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
        """The state between two epochs; nothing where another process writes it."""
        loader, together = self.parts.run.loader, self.together
        together.consolidate(self.parts.run.optimizer)
        ranks = self._of_each()
        if not together.first:
            return {}
        more = {
            "ranks": ranks,
            "place": None,
            "best": self.best,
            "random": self.parts.random(),
            "loader": loader.state_dict() if stateful(loader) else None,
            "cut_short": cut_short,
        }
        return self.parts.state() | more

    def _of_each(self) -> dict[str, Any] | None:
        """What each of several processes has for itself."""
        together, loader = self.together, self.parts.run.loader
        if together.ranks == 1:
            return None
        own = {
            "own": together.random(),
            "loader": loader.state_dict() if stateful(loader) else None,
            "counted": None if self.measures is None else self.measures.state_dict(),
        }
        return {"each": together.gather(own), "apart": together.apart()}

    def _within(self) -> dict[str, Any]:
        """The state within an epoch, after a batch."""
        run = self.parts.run
        state = self._between()
        measures = self.measures.joint_state()
        if not state:
            return {}
        place = {
            "batch": run.batch,
            "ended": False,
            "measures": measures,
            "loader": state["loader"],
            "random": state["random"],
            "random_at_begin": self.random_at_begin,
        }
        return state | {"place": place}

    def _save(self, state: dict[str, Any], best: bool = False) -> bool:
        """Whether the state could be written."""
        error = self.together.from_first(lambda: self._write(state, best))
        self.saved_at = monotonic()
        if error is not None:
            self._complain(error)
            return False
        self.warned = False
        return True

    def _write(self, state: dict[str, Any], best: bool) -> OSError | None:
        """What went wrong on the disk; None if nothing did."""
        assert self.folder is not None
        try:
            self.folder.save(state, self.parts.run.step, best)
        except TypeError as error:
            error.add_note("fit: so this run cannot be kept in a checkpoint")
            raise
        except OSError as error:
            return error
        return None

    def _complain(self, error: OSError) -> None:
        """Says once that nothing can be written, or stops."""
        there = self.folder.files() if self.folder is not None else []
        last = f"the last good one is {there[0].name}" if there else "there is none yet"
        message = f"fit: no checkpoint could be written to {self._path} ({error}); {last}"
        if self.on_error == "raise":
            raise RuntimeError(message) from error
        if not self.warned and self.together.first:
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
