"""Runs that are interrupted and taken up again: the same to the bit as if nothing had happened."""

from __future__ import annotations

import datetime
import errno
import os
import random
import shutil
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.data import DataLoader, IterableDataset
from nn.optim import lr_scheduler as schedules
from nn.training import (
    Callback,
    Checkpoint,
    CheckpointFolder,
    EarlyStopping,
    Run,
    fit,
    random_state,
    set_random_state,
)
from nn.training.checkpoints.folder import NAME
from tests.nn.whole_runs import (
    AUGMENT,
    OPTIMIZERS,
    SCHEDULES,
    SGD,
    STEPS,
    Average,
    DropoutOfItsOwn,
    Made,
    Noisy,
    bits_of,
    made_with,
)

pytestmark = pytest.mark.usefixtures("as_in_a_terminal")


class StopError(Exception):
    """In place of a kill."""


class StopAt(Callback):
    def __init__(self, step: int) -> None:
        self.step = step

    def on_batch_end(self, run: Run) -> None:
        if run.step == self.step:
            raise StopError


def interrupted(make: Callable[[], Made], step: int, folder: Path, **options: Any) -> Made:
    """A run that fails after a step, and another one that goes on with it."""
    options = {"checkpoint": folder, "checkpoint_every": 1} | options
    with pytest.raises(StopError):
        make().train(StopAt(step), **options)
    return make().train(**options, resume=True)


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_a_run_stopped_after_any_step_ends_the_same(step: int, tmp_path: Path) -> None:
    assert interrupted(Made, step, tmp_path).bits() == Made().train().bits()


@pytest.mark.parametrize("steps", [(1, 2, 3), (5, 6), tuple(range(1, 12)), (2, 7, 11)])
@pytest.mark.parametrize("workers", [0, 2])
def test_a_run_stopped_again_and_again_ends_the_same(
    steps: tuple[int, ...], workers: int, tmp_path: Path
) -> None:
    options: Any = {"checkpoint": tmp_path, "checkpoint_every": 1, "resume": True}
    for step in steps:
        with pytest.raises(StopError):
            Made(workers=workers).train(StopAt(step), **options)
    assert Made(workers=workers).train(**options).bits() == Made().train().bits()


@pytest.mark.parametrize("every", [None, 3, 100, "1 h", datetime.timedelta(days=1), ".001 s"])
def test_however_often_it_is_saved(every: Any, tmp_path: Path) -> None:
    whole = Made().train().bits()
    for step in (2, 4, 7):
        folder = tmp_path / str(step)
        assert interrupted(Made, step, folder, checkpoint_every=every).bits() == whole


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_goes_on(name: str, tmp_path: Path) -> None:
    def make() -> Made:
        return made_with(name)

    assert interrupted(make, 6, tmp_path).bits() == make().train().bits()


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_goes_on(name: str, tmp_path: Path) -> None:
    def make() -> Made:
        return made_with("SGD", name)

    assert interrupted(make, 6, tmp_path).bits() == make().train().bits()


def test_every_schedule_is_tried() -> None:
    base = schedules.LRScheduler
    known = [one for one in vars(schedules).values() if isinstance(one, type)]
    names = {one.__name__ for one in known if issubclass(one, base) and one is not base}
    assert names <= set(SCHEDULES)


@pytest.mark.parametrize("step", [3, 4, 6])
def test_a_schedule_that_fit_steps_goes_on(step: int, tmp_path: Path) -> None:
    def train(**options: Any) -> Any:
        made = Made(SGD)
        made.schedule = schedules.StepLR(made.optimizer, 2)
        stop = [StopAt(step)] if options.pop("stop", False) else []
        return made.train(*stop, scheduler=made.schedule, **options)

    options = {"checkpoint": tmp_path, "checkpoint_every": 1}
    with pytest.raises(StopError):
        train(stop=True, **options)
    assert train(resume=True, **options).bits() == train().bits()


@pytest.mark.parametrize("step", [2, 4, 7])
@pytest.mark.parametrize("now", [0, 3])
def test_workers_do_not_matter(step: int, now: int, tmp_path: Path) -> None:
    with pytest.raises(StopError):
        Made(workers=2).train(StopAt(step), checkpoint=tmp_path, checkpoint_every=1)
    resumed = Made(workers=now).train(checkpoint=tmp_path, resume=True)
    assert resumed.bits() == Made().train().bits()


class Plain:
    """Batches without a state of their own."""

    def __init__(self, loader: Any) -> None:
        self.batches = loader

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self.batches))


@pytest.mark.parametrize("step", [3, 4, 6])
def test_batches_without_a_state_are_drawn_again(step: int, tmp_path: Path) -> None:
    def make() -> Made:
        return Made(wrap=Plain)

    assert interrupted(make, step, tmp_path).bits() == make().train().bits()


def test_a_list_of_batches_goes_on(tmp_path: Path) -> None:
    def make() -> Made:
        return Made(wrap=list)

    assert interrupted(make, 6, tmp_path).bits() == make().train().bits()


def test_a_stream_goes_on(tmp_path: Path) -> None:
    class Stream(IterableDataset[Any]):
        def __iter__(self) -> Iterator[Any]:
            return iter(Noisy())

    def make() -> Made:
        return Made(wrap=lambda loader: DataLoader(Stream(), 4))

    assert interrupted(make, 6, tmp_path).bits() == make().train().bits()


@pytest.mark.parametrize(
    "left_out", ["random", "model_settings", "callbacks", "history", "optimizer"]
)
def test_whatever_a_checkpoint_lacks_would_show(
    left_out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison can fail: here each part in turn stays that of the beginning."""
    from nn.training.checkpoints.parts import Parts

    take = Parts._take

    def forgetful(self: Parts, state: Any) -> None:
        take(self, {**state, left_out: self.state()[left_out]})

    if left_out == "random":
        monkeypatch.setattr(Parts, "set_random", lambda self, states: None)
    else:
        monkeypatch.setattr(Parts, "_take", forgetful)
    found = interrupted(Made, 6, tmp_path).bits()
    assert found != Made().train().bits()


# -- what is done, and what goes on ----------------------------------------------------------------


class Seen(Callback):
    def __init__(self) -> None:
        self.steps: list[int] = []

    def on_batch_end(self, run: Run) -> None:
        self.steps.append(run.step)


def test_a_finished_run_gives_its_history(tmp_path: Path) -> None:
    whole = Made().train(checkpoint=tmp_path)
    seen = Seen()
    again = Made().train(seen, checkpoint=tmp_path, resume=True)
    assert seen.steps == []
    assert again.bits() == whole.bits()


def test_more_epochs_go_on(tmp_path: Path) -> None:
    Made().train(epochs=1, checkpoint=tmp_path)
    Made().train(epochs=2, checkpoint=tmp_path, resume=True)
    assert Made().train(checkpoint=tmp_path, resume=True).bits() == Made().train().bits()


def test_an_empty_folder_starts_anew(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    assert Made().train(checkpoint=folder, resume=True).bits() == Made().train().bits()


class StopIn(Callback):
    """Stops a run in the middle of its second epoch."""

    def on_batch_end(self, run: Run) -> None:
        if run.step == 6:
            run.stop("enough")


def test_a_stopped_run_is_done_until_more_epochs_are_asked_for(tmp_path: Path) -> None:
    stopped = Made().train(StopIn(), checkpoint=tmp_path)
    seen = Seen()
    again = Made().train(StopIn(), seen, checkpoint=tmp_path, resume=True)
    assert seen.steps == []
    assert again.bits() == stopped.bits()
    more = Made().train(StopIn(), seen, epochs=4, checkpoint=tmp_path, resume=True)
    assert more.history.epochs == 4
    # The rest of the epoch that was cut short does not come: whole ones do.
    assert seen.steps == list(range(7, 15))


def test_a_run_that_was_never_seeded_goes_on_from_its_first_weights(tmp_path: Path) -> None:
    def parts() -> Any:
        model = nn.Linear(2, 1)
        x = at.rand(8, 2, generator=at.Generator().manual_seed(0))
        return model, [(x, x.sum(1, keepdim=True))], F.mse_loss, optim.SGD(model.parameters(), 0.1)

    first = parts()
    before = first[0].weight.detach().numpy().copy()

    class Fails(Callback):
        def on_batch_begin(self, run: Run) -> None:
            raise StopError

    with pytest.raises(StopError):
        fit(*first, 1, checkpoint=tmp_path, verbose=False, callbacks=[Fails()])
    seen: list[Any] = []

    class Look(Callback):
        def on_fit_begin(self, run: Run) -> None:
            seen.append(run.model.weight.detach().numpy().copy())  # type: ignore[union-attr, operator]

    fit(*parts(), 1, checkpoint=tmp_path, resume=True, verbose=False, callbacks=[Look()])
    assert seen[0].tobytes() == before.tobytes()


def test_callbacks_are_told_where_a_run_goes_on(tmp_path: Path) -> None:
    class Told(Callback):
        seen: Any = None

        def state_dict(self) -> dict[str, Any]:
            return {"here": "I was"}

        def load_state_dict(self, state: dict[str, Any]) -> None:
            self.seen = [state]

        def on_fit_begin(self, run: Run) -> None:
            if self.seen:
                rows = run.history.epochs
                self.seen += [run.resumed, run.step, run.batch, run.epoch, rows]

    with pytest.raises(StopError):
        Made().train(Told(), StopAt(6), checkpoint=tmp_path, checkpoint_every=1)
    told = Told()
    Made().train(told, checkpoint=tmp_path, resume=True)
    assert told.seen == [{"here": "I was"}, True, 5, 1, 1, 1]


def test_a_missing_callback_is_told_of_and_a_new_one_begins(tmp_path: Path) -> None:
    with pytest.raises(StopError):
        Made().train(StopAt(6), checkpoint=tmp_path)
    made = Made()
    made.callbacks = [EarlyStopping("train_loss")]
    with pytest.warns(UserWarning, match=r"what Average, GradientClipping remembered"):
        made.train(Checkpoint(tmp_path / "best.npz"), checkpoint=tmp_path, resume=True)
    assert (tmp_path / "best.npz").exists()


def test_the_best_weights_come_back_after_a_resume(tmp_path: Path) -> None:
    def train(path: Path, *more: Callback, **options: Any) -> Any:
        made = Made()
        made.callbacks = []
        best = Checkpoint(path, "train_loss", restore_best=True)
        made.train(best, *more, loss=F.cross_entropy, **options)
        return best.best_epoch, made.bits()["states"]["model"]

    whole = train(tmp_path / "a.npz")
    with pytest.raises(StopError):
        train(tmp_path / "b.npz", StopAt(11), checkpoint=tmp_path / "run")
    assert train(tmp_path / "b.npz", checkpoint=tmp_path / "run", resume=True) == whole


# -- files -----------------------------------------------------------------------------------------


def names_in(folder: Path) -> list[str]:
    """Of its files, but for the one that says what they are."""
    return sorted(one.name for one in folder.iterdir() if one.name != "about.json")


def steps_in(folder: Path, kind: str = "checkpoint") -> list[int]:
    found = [NAME.fullmatch(name) for name in names_in(folder)]
    assert None not in found, names_in(folder)
    return [int(one[2]) for one in found if one and one[1] == kind]


@pytest.mark.parametrize("keep", [1, 2, 5])
def test_the_last_ones_and_the_best_are_kept(keep: int, tmp_path: Path) -> None:
    def turns_bad(scores: Any, targets: Any) -> Any:
        return F.cross_entropy(scores, targets) * (1 if len(rows) < 2 else 100)

    rows: list[int] = []

    class Count(Callback):
        def on_epoch_end(self, run: Run) -> None:
            rows.append(run.epoch)

    made = Made()
    made.callbacks = []
    made.train(Count(), loss=turns_bad, epochs=6, checkpoint=tmp_path, keep=keep)
    assert steps_in(tmp_path) == [0, 4, 8, 12, 16, 20, 24][-keep:]
    best = 1 + made.history["validation_loss"].index(min(made.history["validation_loss"]))
    assert steps_in(tmp_path, "best") == [4 * best]
    assert best <= 2


def newest(folder: Path) -> Path:
    return CheckpointFolder(folder).files()[0]


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << place % 8
    path.write_bytes(bytes(data))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a bit at the beginning": lambda path: flip(path, 0),
    "a bit in the middle": lambda path: flip(path, path.stat().st_size // 2),
    "a bit at the end": lambda path: flip(path, path.stat().st_size - 1),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "empty": lambda path: path.write_bytes(b""),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "another file": lambda path: path.write_bytes(b"hello" * 100),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_is_named_and_the_one_before_used(damage: str, tmp_path: Path) -> None:
    with pytest.raises(StopError):
        Made().train(StopAt(7), checkpoint=tmp_path, checkpoint_every=1)
    broken = newest(tmp_path)
    DAMAGES[damage](broken)
    with pytest.warns(UserWarning, match=f"damaged.*{broken.name}"):
        resumed = Made().train(checkpoint=tmp_path, resume=True)
    assert resumed.bits() == Made().train().bits()


def test_every_flipped_bit_is_noticed(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path)
    path = folder.save({"x": at.arange(3)}, 1)
    whole = path.read_bytes()
    for place in range(len(whole)):
        flip(path, place)
        with pytest.raises(ValueError, match=r"every checkpoint .* is damaged"):
            folder.load()
        path.write_bytes(whole)
    assert folder.load()["x"].tolist() == [0, 1, 2]


def test_if_all_are_damaged_all_are_named(tmp_path: Path) -> None:
    Made().train(checkpoint=tmp_path)
    files = CheckpointFolder(tmp_path).files()
    for path in files:
        path.write_bytes(b"")
    made = Made()
    before = bits_of(made.model.state_dict())
    with pytest.raises(ValueError, match=r"every checkpoint .* is damaged") as caught:
        made.train(checkpoint=tmp_path, resume=True)
    assert all(path.name in str(caught.value) for path in files)
    assert bits_of(made.model.state_dict()) == before


def test_a_used_folder_is_not_written_over(tmp_path: Path) -> None:
    Made().train(epochs=1, checkpoint=tmp_path)
    before = names_in(tmp_path)
    with pytest.raises(ValueError, match=r"holds the checkpoints of a run .*resume=True"):
        Made().train(epochs=1, checkpoint=tmp_path)
    assert names_in(tmp_path) == before


def other_model() -> Made:
    made = Made()
    made.model = nn.Sequential(nn.Linear(3, 5), nn.Linear(5, 2))
    made.optimizer = optim.Adam(made.model.parameters(), lr=0.05)
    made.callbacks = []
    return made


def other_order() -> Made:
    return Made(lambda parameters: optim.Adam(list(parameters)[::-1], lr=0.05))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (other_model, r"model\['0.weight'\] is \(6, 3\) float32 in the checkpoint, here \(5, 3\)"),
        (lambda: Made(SGD), "the optimizer is Adam in the checkpoint, here SGD"),
        (other_order, "the optimizer has its parameters in another order"),
    ],
)
def test_a_checkpoint_of_something_else_is_refused_before_anything_changes(
    make: Callable[[], Made], words: str, tmp_path: Path
) -> None:
    Made().train(epochs=1, checkpoint=tmp_path)
    files = names_in(tmp_path)
    made = make()
    before = bits_of([made.model.state_dict(), made.optimizer.state_dict(), random_state()])
    with pytest.raises(ValueError, match=words):
        made.train(checkpoint=tmp_path, resume=True)
    after = bits_of([made.model.state_dict(), made.optimizer.state_dict(), random_state()])
    assert after == before
    assert names_in(tmp_path) == files


def test_another_schedule_is_refused(tmp_path: Path) -> None:
    def train(make: Callable[[Any], Any], **options: Any) -> None:
        made = Made(SGD)
        made.train(scheduler=make(made.optimizer), epochs=1, checkpoint=tmp_path, **options)

    train(lambda optimizer: schedules.StepLR(optimizer, 2))
    with pytest.raises(ValueError, match="the scheduler is StepLR in the checkpoint, here Expon"):
        train(lambda optimizer: schedules.ExponentialLR(optimizer, 0.9), resume=True)


def test_what_fails_half_way_is_taken_back(tmp_path: Path) -> None:
    class Refuses(Average):
        def load_state_dict(self, state: dict[str, Any]) -> None:
            if self.model.n_averaged == 0:
                raise ValueError("not this one")

    class Takes(Average):
        pass

    Takes.__name__ = "Refuses"
    first = Made()
    first.callbacks = [Takes(first.model)]
    first.train(epochs=1, checkpoint=tmp_path)
    made = Made()
    made.callbacks = []
    before = bits_of([made.model.state_dict(), made.optimizer.state_dict(), random_state()])
    with pytest.raises(ValueError, match="not this one"):
        made.train(Refuses(made.model), checkpoint=tmp_path, resume=True)
    after = bits_of([made.model.state_dict(), made.optimizer.state_dict(), random_state()])
    assert after == before


def test_what_killed_saves_have_left_is_removed(tmp_path: Path) -> None:
    Made().train(epochs=1, checkpoint=tmp_path)
    kept = names_in(tmp_path)
    for name in (".checkpoint-00000002.0123abcd.tmp", f".{kept[0]}.ffffffff.tmp"):
        (tmp_path / name).write_bytes(b"half of it")
    (tmp_path / ".mine.tmp").write_bytes(b"nobody else's business")
    CheckpointFolder(tmp_path).load()
    assert names_in(tmp_path) == sorted([*kept, ".mine.tmp"])


def test_what_somebody_is_writing_is_not_removed(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    path = tmp_path / ".checkpoint-00000002.0123abcd.tmp"
    with path.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        CheckpointFolder(tmp_path).load()
        assert path.exists()
    CheckpointFolder(tmp_path).load()
    assert not path.exists()


def test_save_removes_what_it_left_when_it_was_killed(tmp_path: Path) -> None:
    (tmp_path / ".a.npz.0123abcd.tmp").write_bytes(b"half of it")
    (tmp_path / ".b.npz.0123abcd.tmp").write_bytes(b"of another file")
    at.save(at.arange(3), tmp_path / "a.npz")
    assert names_in(tmp_path) == [".b.npz.0123abcd.tmp", "a.npz"]


class FullDisk:
    """In place of ``os.fsync``: from some call on, nothing can be written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        self.sync = os.fsync
        monkeypatch.setattr(os, "fsync", self)

    def __call__(self, number: int) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.sync(number)


class Filling(Callback):
    """Fills the disk while the first epoch runs, and makes room in the third."""

    def __init__(self, disk: FullDisk) -> None:
        self.disk = disk

    def on_batch_end(self, run: Run) -> None:
        self.disk.full = 2 <= run.step < 9


def test_a_full_disk_is_said_once_and_training_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FullDisk(monkeypatch)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = Made().train(Filling(disk), checkpoint=tmp_path, checkpoint_every=1, keep=20)
    assert len(caught) == 1
    text = str(caught[0].message)
    assert os.strerror(errno.ENOSPC) in text
    assert "the last good one is checkpoint-00000001" in text
    assert steps_in(tmp_path) == [0, 1, *range(9, 13)]
    assert made.bits() == Made().train().bits()


def test_a_full_disk_stops_training_if_that_is_wished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FullDisk(monkeypatch)
    options: Any = {"checkpoint": tmp_path, "checkpoint_every": 1, "on_save_error": "raise"}
    with pytest.raises(RuntimeError, match="the last good one is checkpoint-00000001"):
        Made().train(Filling(disk), **options)
    disk.full = False
    assert steps_in(tmp_path) == [0, 1]
    assert Made().train(**options, resume=True).bits() == Made().train().bits()


def test_a_folder_that_vanishes_is_said_once(tmp_path: Path) -> None:
    folder = tmp_path / "run"

    class Vanishes(Callback):
        def on_batch_end(self, run: Run) -> None:
            if run.step == 3:
                shutil.rmtree(folder)

    with pytest.warns(UserWarning, match="no checkpoint could be written") as caught:
        made = Made().train(Vanishes(), checkpoint=folder, checkpoint_every=1)
    assert len(caught) == 1
    assert made.bits() == Made().train().bits()


def test_a_folder_that_cannot_be_made_is_said_at_the_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*args: Any, **options: Any) -> None:
        raise PermissionError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", read_only)
    with pytest.raises(RuntimeError, match="Read-only"):
        Made().train(checkpoint=tmp_path / "run", on_save_error="raise")
    with pytest.warns(UserWarning, match="Read-only") as caught:
        Made().train(checkpoint=tmp_path / "run")
    assert len(caught) == 1


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"resume": True}, ValueError, "resume=True needs checkpoint="),
        ({"checkpoint_every": 3}, ValueError, "checkpoint_every needs checkpoint="),
        ({"checkpoint": "F", "checkpoint_every": 0}, ValueError, "at least 1"),
        ({"checkpoint": "F", "checkpoint_every": True}, TypeError, "must be an int"),
        ({"checkpoint": "F", "checkpoint_every": 1.5}, TypeError, "10 minutes"),
        ({"checkpoint": "F", "checkpoint_every": "soon"}, ValueError, "'1.5 hours', got 'soon'"),
        ({"checkpoint": "F", "checkpoint_every": "0 s"}, ValueError, "a time above 0"),
        ({"checkpoint": 3}, TypeError, "a path"),
        ({"checkpoint": __file__}, ValueError, "is a file"),
        ({"checkpoint": "F", "keep": 0}, ValueError, "keep must be at least 1"),
        ({"checkpoint": "F", "resume": "yes"}, TypeError, "resume must be a bool"),
        ({"checkpoint": "F", "on_save_error": "hm"}, ValueError, "'warn', 'raise'"),
    ],
)
def test_wrong_settings_are_refused(
    options: Any, error: Any, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=words):
        Made().train(**options)
    assert names_in(tmp_path) == []


OTHER_LOADERS: dict[str, Any] = {
    "batch_size 4, but here it is 3": lambda loader: DataLoader(loader.dataset, 3, shuffle=True),
    "order RandomSampler, but here it is SequentialSampler": lambda loader: DataLoader(
        loader.dataset, 4
    ),
    "samples 14, but here it is 15": lambda loader: DataLoader(Noisy(15), 4, shuffle=True),
    "1 random generators, but this has 3": lambda loader: DataLoader(
        Noisy(), 4, sampler=OfPython()
    ),
}


class OfPython:
    def __iter__(self) -> Iterator[int]:
        return iter(random.sample(range(14), 14))


@pytest.mark.parametrize("words", OTHER_LOADERS)
def test_another_loader_is_refused_before_anything_changes(words: str, tmp_path: Path) -> None:
    within = "but here" in words  # between two epochs, other batches may come next
    with pytest.raises(StopError):
        Made().train(StopAt(7 if within else 5), checkpoint=tmp_path, checkpoint_every=6)
    made = Made(wrap=OTHER_LOADERS[words])
    made.history = {}  # type: ignore[assignment]  # it is None before a run
    before, place = made.bits(), made.loader.state_dict()
    with pytest.raises(ValueError, match=words) as caught:
        made.train(checkpoint=tmp_path, resume=True)
    assert caught.value.__notes__[-1].endswith("another run, and nothing was changed")
    assert made.bits() == before
    assert bits_of(made.loader.state_dict()) == bits_of(place)


def test_what_cannot_be_kept_shows_before_training(tmp_path: Path) -> None:
    class Foreign:
        def step(self) -> None: ...

        def zero_grad(self) -> None: ...

    made = Made()
    made.optimizer = Foreign()
    made.callbacks = []
    with pytest.raises(TypeError, match="the optimizer needs state_dict"):
        made.train(checkpoint=tmp_path)

    class Odd(Callback):
        def state_dict(self) -> dict[str, Any]:
            return {"model": nn.Linear(1, 1)}

    seen = Seen()
    with pytest.raises(TypeError, match="Linear"):
        Made().train(Odd(), seen, checkpoint=tmp_path)
    assert seen.steps == []
    assert names_in(tmp_path) == []


# -- random generators -----------------------------------------------------------------------------


def test_every_generator_is_found_and_taken_back() -> None:
    class Holder:
        __slots__ = ("rng",)

        def __init__(self) -> None:
            self.rng = np.random.RandomState(3)

    enclosed = random.Random(5)
    things: dict[str, Any] = {
        "model": nn.Sequential(nn.Identity(), DropoutOfItsOwn()),
        "loader": DataLoader(Noisy(), shuffle=True, generator=at.Generator().manual_seed(1)),
        "function": lambda: (enclosed.random(), AUGMENT.random()),
        "things": [{"a": Holder()}],
    }

    def drawn() -> list[Any]:
        return [
            at.rand(1).item(), random.random(), np.random.rand(), things["function"](),
            things["model"][1].rng.random(), things["things"][0]["a"].rng.rand(),
            at.rand(1, generator=things["loader"].generator).item(),
        ]  # fmt: skip

    state = random_state(**things)
    assert "loader.generator" in state or "loader.sampler.generator" in state
    first = drawn()
    assert drawn() != first
    set_random_state(state, **things)
    assert drawn() == first


def test_a_bad_random_state_changes_nothing() -> None:
    before = bits_of(random_state())
    with pytest.raises(ValueError, match="set_random_state"):
        set_random_state({"random": {"version": 3, "words": [1], "gauss": None}})
    assert bits_of(random_state()) == before


# -- Ctrl-C ----------------------------------------------------------------------------------------


class Press(Callback):
    """Presses Ctrl-C in a hook, once after so many calls of it."""

    def __init__(self, hook: str, calls: int, times: int = 1) -> None:
        self.left = calls

        def press(run: Run) -> None:
            self.left -= 1
            if self.left == 0:
                for _ in range(times):
                    signal.raise_signal(signal.SIGINT)

        self.pressing = press
        self.hook = hook

    def on_batch_begin(self, run: Run) -> None:
        if self.hook == "on_batch_begin":
            self.pressing(run)

    def on_backward_end(self, run: Run) -> None:
        if self.hook == "on_backward_end":
            self.pressing(run)

    def on_batch_end(self, run: Run) -> None:
        if self.hook == "on_batch_end":
            self.pressing(run)

    def on_epoch_end(self, run: Run) -> None:
        if self.hook == "on_epoch_end":
            self.pressing(run)

    def on_fit_begin(self, run: Run) -> None:
        if self.hook == "on_fit_begin":
            self.pressing(run)

    def on_fit_end(self, run: Run) -> None:
        if self.hook == "on_fit_end":
            self.pressing(run)


@pytest.mark.parametrize(
    ("hook", "calls", "steps"),
    [
        ("on_fit_begin", 1, 1),
        ("on_batch_begin", 2, 2),
        ("on_backward_end", 6, 6),
        ("on_batch_end", 4, 4),
        ("on_epoch_end", 1, 4),
        ("on_epoch_end", 3, 12),
        ("on_fit_end", 1, 12),
    ],
)
def test_ctrl_c_stops_between_two_steps_and_goes_on(
    hook: str, calls: int, steps: int, tmp_path: Path
) -> None:
    handler = signal.getsignal(signal.SIGINT)
    seen = Seen()
    with pytest.raises(KeyboardInterrupt, match="Ctrl-C"):
        Made().train(Press(hook, calls), seen, checkpoint=tmp_path)
    assert signal.getsignal(signal.SIGINT) is handler
    assert seen.steps == list(range(1, steps + 1))
    assert Made().train(checkpoint=tmp_path, resume=True).bits() == Made().train().bits()


def test_ctrl_c_in_validation_begins_that_anew(tmp_path: Path) -> None:
    class Presses(Plain):
        left = 2

        def __iter__(self) -> Iterator[Any]:
            self.left -= 1
            for batch in self.batches:
                if self.left == 0:
                    self.left = -1
                    signal.raise_signal(signal.SIGINT)
                yield batch

    made = Made()
    made.validation = Presses(made.validation)
    with pytest.raises(KeyboardInterrupt):
        made.train(checkpoint=tmp_path)
    assert Made().train(checkpoint=tmp_path, resume=True).bits() == Made().train().bits()


def test_ctrl_c_says_how_to_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        Made().train(Press("on_batch_end", 6), checkpoint=tmp_path, verbose=True)
    words = (
        f"in epoch 2 after step 6; to go on: fit(..., checkpoint={str(tmp_path)!r}, resume=True)"
    )
    assert words in str(caught.value)
    output = capsys.readouterr()
    assert words in output.out
    assert "Ctrl-C again stops at once" in output.err
    Made().train(checkpoint=tmp_path, resume=True, verbose=True)
    assert "resumed in epoch 2, after batch 2, step 6, from" in capsys.readouterr().out


def test_ctrl_c_without_a_folder_stops_between_steps_too() -> None:
    seen = Seen()
    with pytest.raises(KeyboardInterrupt, match="there is no checkpoint"):
        Made().train(Press("on_backward_end", 3), seen)
    assert seen.steps == [1, 2, 3]


def test_a_second_ctrl_c_stops_at_once(tmp_path: Path) -> None:
    seen = Seen()
    with pytest.raises(KeyboardInterrupt, match="at once"):
        Made().train(Press("on_backward_end", 3, times=2), seen, checkpoint=tmp_path)
    assert seen.steps == [1, 2]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert steps_in(tmp_path) == [0]
    assert Made().train(checkpoint=tmp_path, resume=True).bits() == Made().train().bits()


def test_a_handler_of_the_program_s_own_stays_in_charge() -> None:
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        own = signal.getsignal(signal.SIGINT)
        Made().train(Press("on_backward_end", 3))
        assert pressed == [signal.SIGINT]
        assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_handler_placed_meanwhile_stays() -> None:
    def own(number: int, frame: Any) -> None: ...

    class Places(Callback):
        def on_batch_end(self, run: Run) -> None:
            signal.signal(signal.SIGINT, own)

    before = signal.getsignal(signal.SIGINT)
    try:
        Made().train(Places(), epochs=1)
        assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_signals_are_left_alone() -> None:
    handler = signal.getsignal(signal.SIGINT)
    seen: list[Any] = []

    class Look(Callback):
        def on_batch_end(self, run: Run) -> None:
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=lambda: Made().train(Look(), epochs=1))
    thread.start()
    thread.join()
    assert seen == [handler] * 4


def test_one_fit_within_another_is_stopped_first() -> None:
    inner, outer = Seen(), Seen()
    handlers: list[Any] = []

    class Trains(Callback):
        def on_epoch_begin(self, run: Run) -> None:
            handlers.append(signal.getsignal(signal.SIGINT))
            try:
                Made().train(Press("on_backward_end", 3), inner)
            except KeyboardInterrupt:
                handlers.append(signal.getsignal(signal.SIGINT))
                raise

    with pytest.raises(KeyboardInterrupt):
        Made().train(Trains(), outer)
    assert inner.steps == [1, 2, 3]
    assert outer.steps == []
    assert handlers[0] == handlers[1] != signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_first_save_makes_the_folder_and_a_later_one_does_not(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path / "runs" / "first")
    assert folder.load() is None
    folder.save({"step": 1}, 1)
    assert folder.load() == {"step": 1}
    shutil.rmtree(tmp_path / "runs")
    with pytest.raises(OSError, match="does not exist"):
        folder.save({"step": 2}, 2)
