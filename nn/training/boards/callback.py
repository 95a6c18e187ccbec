"""The callback that writes what TensorBoard shows."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

import numpy as np

import autotensor as at
from nn.arguments import need, parts_of, path_from, refuse, whole
from nn.insight.summary import summary
from nn.module import Module
from nn.parameter import is_lazy
from nn.training.boards.judging import Curves, Judged, judged
from nn.training.boards.pictures import captioned, enlarged, kernels_of, pictures_in, sheet
from nn.training.callbacks import Callback, Run
from nn.training.history import TRAIN, VALIDATION, History
from nn.training.reading import Reading

__all__ = ["TensorBoard"]

BATCHES = "batches_"
MODEL = "model_"
"""What is neither of training nor of validation."""
RATE = "learning_rate"
SECONDS = "epoch_seconds"
NORM, NORMS = "gradient_norm", "gradient_norms/"


class TensorBoard(Callback):
    """Writes what TensorBoard shows: ``tensorboard --logdir LOG_DIR``.

    Always: every column of the history, with the learning rate of each group of the optimizer, and
    how long an epoch took; and as text the model and the settings of the run.  Training,
    validation, batches and the model go into a folder each, so that TensorBoard draws both curves
    of a quantity into one picture.  To write it takes no other package, to look at it the package
    ``tensorboard``.

    What ended is in the files, so a kill loses nothing.  Where they cannot be written, a warning
    says so once; training goes on, and what waits is written as soon as there is room again.

    Of several processes the first one writes; the pictures are of its part of the batches.

    Where ``fit`` resumes a run, or begins one in a folder that was used, TensorBoard shows nothing
    of what earlier ones wrote from there on.  Their files stay.

    Args:
        log_dir: the folder; its name is that of the run, such as ``runs/adam``.  If None one in
            ``runs``, of the time and the machine's name.
        every: after how many batches to write the loss of a batch too; None for never.
        histograms: after how many epochs to write how the weights are distributed, and the
            gradients of the epoch's last batch; True for every one, and before the first.
        gradient_norms: whether to write how long the gradient of each parameter is, and all of them
            together, as means over the batches of an epoch; with ``every``, also of single batches.
            Behind ``GradientClipping`` in ``callbacks`` they are those that were clipped.
        images: how many pictures to show: of the first batch of validation, or of training where
            there is none; of what is answered wrong in validation, after every epoch; and the
            kernels of the first layer.  Inputs must be ``(N, C, H, W)`` or ``(N, H, W)``.
        graph: whether to draw the graph of the model; for that it is called once more, in
            evaluation mode, with the first batch.  The model as text then has the shapes as well.
        pr_curves: whether to write, after every epoch, precision by recall in validation for every
            class or label; or for how many of them at most.
        text: whether to write the model and the settings as text.
        hparams: settings by name, numbers and texts, for the page "HParams", where runs are
            compared by the last epoch's numbers; written at the end of training.
        classes: what classes are called, in pictures and curves; their numbers if None.

    Raises:
        TypeError, ValueError: a bad setting; or, in ``fit``, ``pr_curves`` without validation or
            answers, ``images`` for inputs that are no pictures.

    Example:

        >>> import pathlib, tempfile
        >>> from nn.training import TensorBoard, fit
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> model, batch = nn.Linear(1, 1), (at.ones(4, 1), at.ones(4, 1))
        >>> optimizer, board = optim.SGD(model.parameters(), lr=0.1), TensorBoard(folder)
        >>> _ = fit(model, [batch], F.mse_loss, optimizer, 3, callbacks=[board], verbose=False)
        >>> len(list(folder.rglob("events.out.tfevents*"))) > 0
        True
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        every: int | None = None,
        *,
        histograms: int | bool = False,
        gradient_norms: bool = False,
        images: int = 0,
        graph: bool = False,
        pr_curves: int | bool = False,
        text: bool = True,
        hparams: Mapping[str, Any] | None = None,
        classes: Sequence[str] | None = None,
    ) -> None:
        if log_dir is None:
            log_dir = at.utils.tensorboard.SummaryWriter().log_dir  # makes no file
        self.log_dir = path_from("TensorBoard", "log_dir", log_dir)
        self.every = None if every is None else whole("TensorBoard", "every", every, kind=int)
        self.histograms = _how_many("histograms", histograms)
        self.images = whole("TensorBoard", "images", images, 0, kind=int)
        self.pr_curves = math.inf if pr_curves is True else _how_many("pr_curves", pr_curves)
        switches = {"gradient_norms": gradient_norms, "graph": graph, "text": text}
        for name, switch in switches.items():
            need("TensorBoard", name, switch, bool, "a bool")
        self.gradient_norms, self.graph, self.text = gradient_norms, graph, text
        need("TensorBoard", "hparams", hparams, (Mapping, type(None)), "a dict of settings")
        wrong = isinstance(classes, str) or not isinstance(classes, (Sequence, type(None)))
        refuse("TensorBoard", wrong, f"classes must be a list of names, got {classes!r}", TypeError)
        self.first_rank_only = not self.pr_curves  # those are counted in all
        self.hparams = None if hparams is None else dict(hparams)
        self.classes = None if classes is None else [str(one) for one in classes]
        self._loaded: dict[str, Any] | None = None
        self._epochs = self._batches = 0
        self._late: list[tuple[int, float]] = []
        self._norms: dict[str, list[float]] = {}
        self._spent, self._began = 0.0, monotonic()
        self._running = False

    # -- what a checkpoint keeps -----------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """How many epochs are in the files, how many batches there were, and which of them wait;
        and what is known of the current epoch."""
        late = [list(one) for one in self._late]
        state = {"epochs": self._epochs, "batches": self._batches, "late": late}
        norms = {name: list(one) for name, one in self._norms.items()}
        spent = self._spent + (monotonic() - self._began if self._running else 0.0)
        return state | {"norms": norms, "seconds": spent}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Takes over what ``state_dict`` gave."""
        owner = "TensorBoard.load_state_dict"
        epochs, batches, late = parts_of(owner, state, "epochs", "batches", "late")
        whole(owner, "epochs", epochs, 0, int)
        whole(owner, "batches", batches, 0, int)
        need(owner, "late", late, list, "a list of pairs")
        for pair in late:
            need(owner, "in late everything", pair, (list, tuple), "a pair (batch, loss)")
            refuse(owner, len(pair) != 2, f"late must be pairs (batch, loss), got {pair!r}")
        need(owner, "norms", state.get("norms", {}), Mapping, "a dict")
        need(owner, "seconds", state.get("seconds", 0.0), (int, float), "a number")
        self._loaded = state

    # -- when it writes --------------------------------------------------------------------------

    def on_fit_begin(self, run: Run) -> None:
        state, self._loaded = self._loaded if run.resumed else None, None
        nothing: dict[str, Any] = {
            "epochs": 0,
            "batches": 0,
            "late": [],
            "norms": {},
            "seconds": 0.0,
        }
        state = nothing | (state or {})
        if self.pr_curves and run.validation is None:
            raise ValueError("TensorBoard: pr_curves need fit(..., validation=)")
        self._given = self._epochs = min(state["epochs"], run.history.epochs)
        self._batches = state["batches"]
        self._norms = {name: list(one) for name, one in state["norms"].items()}
        self._spent, self._began, self._running = state["seconds"], monotonic(), True
        self._late = []
        self._reading = Reading(run.criterion, "TensorBoard")
        self._begin_validation()
        self._writers: dict[str, at.utils.tensorboard.SummaryWriter] = {}
        if run.rank:
            self._new = False
            return
        first_batch = state["late"][0][0] if state["late"] else self._batches + 1
        later = self._given + 1 if run.resumed else 0
        self._first = {BATCHES: first_batch, TRAIN: self._given + 1, VALIDATION: self._given + 1,
                       MODEL: later}  # fmt: skip
        self._new = not (run.resumed and self._is_used(MODEL))
        for folder in self._first:
            if self._is_used(folder):
                self._writer(folder)
        for step, loss in state["late"]:
            self._write_batch(step, loss)
        self._write_epochs(run.history)
        if self._new and self.histograms and not run.resumed:
            self._write_histograms(run)

    def on_epoch_begin(self, run: Run) -> None:
        self._norms, self._spent, self._began = {}, 0.0, monotonic()

    def on_batch_begin(self, run: Run) -> None:
        if self._new:
            self._new = False
            self._write_model(run)
        if self.images and run.validation is None and self._inputs is None:
            self._see_inputs(run)

    def on_backward_end(self, run: Run) -> None:
        if self.gradient_norms:
            self._note_norms(run.model)

    def on_batch_end(self, run: Run) -> None:
        self._batches += 1
        if run.rank == 0 and self.every is not None and self._batches % self.every == 0:
            self._write_batch(self._batches, run.loss)
            if self.gradient_norms:
                self._writer(BATCHES).add_scalar("batch_gradient_norm", self._norm, self._batches)

    def on_validation_batch(self, run: Run) -> None:
        if self.images and self._inputs is None:
            self._see_inputs(run)
        if not (self.pr_curves or self.images):
            return
        found = judged(self._reading, run.scores, run.targets)
        if self.pr_curves:
            if found is None:
                raise ValueError(
                    "TensorBoard: pr_curves need answers, which this loss and these targets have "
                    "not; leave pr_curves out"
                )
            self._curves.add(found)
        if found is not None and len(self._wrong) < self.images:
            self._see_wrong(run, found)

    def on_epoch_end(self, run: Run) -> None:
        if self.pr_curves:
            self._curves.join(run.together.gather(self._curves.counts))
        if run.rank == 0:
            self._write_epoch(run)
        self._begin_validation()

    def _write_epoch(self, run: Run) -> None:
        self._write_epochs(run.history)
        writer, epoch = self._writer(TRAIN), run.epoch
        writer.add_scalar(SECONDS, self._spent + monotonic() - self._began, epoch)
        for name, (total, count) in self._norms.items():
            writer.add_scalar(name, total / count, epoch)
        if self.histograms and epoch % self.histograms == 0:
            self._write_histograms(run)
        if self.images:
            self._write_pictures(run)
        for number, rows in enumerate(self._curves.measured()):
            if number < self.pr_curves:
                tag = f"precision and recall/{self._name(number)}"
                true, false, left, missed, precision, recall = rows
                self._writer(VALIDATION).add_pr_curve_raw(
                    tag, true, false, left, missed, precision, recall, epoch
                )

    def on_fit_end(self, run: Run) -> None:
        self._running = False
        ended = run.stopped is not None or run.history.epochs >= run.epochs
        ended = ended and run.rank == 0
        if self.hparams is not None and ended and run.history.epochs:
            numbers = {
                f"hparam/{name}": value
                for name, value in run.history.last.items()
                if not (math.isnan(value) or name.startswith(RATE))
            }
            # Into the folder itself, for there is the name of the run.
            whole_run = at.utils.tensorboard.SummaryWriter(self.log_dir)
            whole_run.add_hparams(self.hparams, numbers, None, os.curdir, run.history.epochs)
        for writer in self._writers.values():
            writer.close()

    # -- numbers ---------------------------------------------------------------------------------

    def _write_batch(self, step: int, loss: float) -> None:
        writer = self._writer(BATCHES)
        self._late.append((step, loss))
        writer.add_scalar("batch_loss", loss, step)
        del self._late[: len(self._late) - writer.waiting]

    def _write_epochs(self, history: History) -> None:
        """What the files lack; what waits for room counts as there only when it came."""
        for epoch in range(self._given, history.epochs):
            for name, column in history.items():
                kind = VALIDATION if name.startswith(VALIDATION) else TRAIN
                if not math.isnan(column[epoch]):
                    self._writer(kind).add_scalar(name.removeprefix(kind), column[epoch], epoch + 1)
        self._given = history.epochs
        if not any(writer.waiting for writer in self._writers.values()):
            self._epochs = history.epochs

    def _note_norms(self, model: Module) -> None:
        squares = 0.0
        for name, one in model.named_parameters():
            if one.grad is not None:
                length = float(np.linalg.norm(one.grad.array.astype(np.float64).ravel()))
                squares += length**2
                self._note(NORMS + name, length)
        self._norm = math.sqrt(squares)
        self._note(NORM, self._norm)

    def _note(self, name: str, value: float) -> None:
        total = self._norms.setdefault(name, [0.0, 0])
        total[0] += value
        total[1] += 1

    def _write_histograms(self, run: Run) -> None:
        """Weights and gradients; NaN and infinity are left out."""
        for name, one in run.model.named_parameters():
            gradient = None if is_lazy(one) else one.grad
            for kind, values in (
                ("weights", None if is_lazy(one) else one),
                ("gradients", gradient),
            ):
                array = np.zeros(0) if values is None else np.asarray(values.array)
                finite = array[np.isfinite(array)]
                if finite.size:
                    self._writer(MODEL).add_histogram(f"{kind}/{name}", finite, run.epoch)

    # -- the model -------------------------------------------------------------------------------

    def _write_model(self, run: Run) -> None:
        """Once, at the first batch: what is trained, and how."""
        if self.graph:
            self._writer(MODEL).add_graph(run.model, (run.inputs,))
        if self.text:
            table = summary(run.model, inputs=(run.inputs,) if self.graph else None)
            self._writer(MODEL).add_text("model", _as_code(str(table)), 0)
            self._writer(MODEL).add_text("settings", _settings(run), 0)

    # -- pictures --------------------------------------------------------------------------------

    def _begin_validation(self) -> None:
        self._curves = Curves()
        self._inputs: np.ndarray | None = None
        self._wrong: list[tuple[np.ndarray, str]] = []

    def _see_inputs(self, run: Run) -> None:
        found = pictures_in(run.inputs)
        if found is None:
            shape = getattr(run.inputs, "shape", type(run.inputs).__name__)
            raise ValueError(
                f"TensorBoard: images={self.images} needs pictures (N, C, H, W) of 1, 3 or 4 "
                f"channels, or (N, H, W), but inputs are {shape}; leave images out"
            )
        self._inputs = found

    def _see_wrong(self, run: Run, found: Judged) -> None:
        pictures = pictures_in(run.inputs)
        rows = found.wrong[: self.images - len(self._wrong)]
        if pictures is None or len(found.samples) != len(pictures):
            return  # of places in a picture: which of them is wrong, a caption cannot say
        for row in rows:
            self._wrong.append((pictures[found.samples[row]], self._caption(found, row)))

    def _caption(self, found: Judged, row: int) -> str:
        chances, right = found.chances[row], found.right[row]
        if not found.labels:
            return f"{self._name(chances.argmax())}, not {self._name(right.argmax())}"
        wrong = ((chances > 0.5) != right).nonzero()[0]
        if len(right) == 1:
            return "no, not yes" if right[0] else "yes, not no"
        return ", ".join(f"{'not ' if right[one] else ''}{self._name(one)}" for one in wrong)

    def _name(self, number: Any) -> str:
        known = self.classes is not None and number < len(self.classes)
        return self.classes[number] if known and self.classes is not None else str(number)

    def _write_pictures(self, run: Run) -> None:
        writer, epoch = self._writer(MODEL), run.epoch
        if self._inputs is not None and epoch == 1:
            writer.add_image("inputs", sheet(enlarged(self._inputs[: self.images])), epoch)
        if self._wrong:
            shown = np.stack([one for one, _ in self._wrong])
            shown = captioned(enlarged(shown), [text for _, text in self._wrong])
            self._writer(VALIDATION).add_image("answered wrong", sheet(shown), epoch)
        sample: Any = getattr(run.inputs, "shape", ())[1:]
        kernels = kernels_of(run.model, tuple(sample))
        if kernels is not None:
            name, shown = kernels
            writer.add_image(f"kernels/{name}", sheet(enlarged(shown)), epoch)

    # -- files -----------------------------------------------------------------------------------

    def _is_used(self, kind: str) -> bool:
        return any((self.log_dir / kind.strip("_")).glob("events.out.tfevents.*"))

    def _writer(self, kind: str) -> at.utils.tensorboard.SummaryWriter:
        if kind not in self._writers:
            folder, first = self.log_dir / kind.strip("_"), self._first[kind]
            self._writers[kind] = at.utils.tensorboard.SummaryWriter(folder, purge_step=first)
        return self._writers[kind]


def _how_many(argument: str, value: Any) -> int:
    """A number from 0 on, or a switch."""
    return int(value) if isinstance(value, bool) else whole("TensorBoard", argument, value, 0, int)


def _as_code(text: str) -> str:
    """In Markdown as it stands, line by line."""
    return "\n".join(f"    {line}" for line in text.splitlines())


def _settings(run: Run) -> str:
    """How a run trains, as a table in Markdown."""
    criterion = run.criterion
    name = getattr(criterion, "__name__", None) or str(criterion)
    loader: Any = run.loader
    try:
        batches: int | str = len(loader)
    except TypeError:  # nobody knows it
        batches = "?"
    rows: dict[str, Any] = {
        "loss": name,
        "epochs": run.epochs,
        "batches": batches,
        "batch size": getattr(run.loader, "batch_size", None),
        "optimizer": type(run.optimizer).__name__,
    }
    groups = getattr(run.optimizer, "param_groups", [])
    for number, group in enumerate(groups):
        where = f"group {number}, " if len(groups) > 1 else ""
        rows |= {f"{where}{key}": value for key, value in group.items() if key != "params"}
    rows["schedule"] = None if run.scheduler is None else type(run.scheduler).__name__
    rows["autotensor"], rows["NumPy"] = at.__version__, np.__version__
    lines = [f"| {key} | {value} |" for key, value in rows.items() if value is not None]
    return "\n".join(["| setting | value |", "| --- | --- |", *lines])
