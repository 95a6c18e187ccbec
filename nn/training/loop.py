"""The training loop, and the test of a model."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from time import monotonic
from typing import Any, Literal, NamedTuple, Protocol

from autotensor import Tensor, no_grad
from autotensor.extend import type_name
from nn.arguments import need, whole
from nn.data import Dataset, IterableDataset
from nn.modes import in_mode
from nn.module import Module
from nn.optim import Optimizer
from nn.training.callbacks import Callback, Run, overridden
from nn.training.checkpoints.keeper import Keeper
from nn.training.checkpoints.parts import Parts
from nn.training.history import History
from nn.training.interrupts import Interrupts
from nn.training.loggers import Logger, loggers_in
from nn.training.measures import Measures, accumulates, watched
from nn.training.reading import Reading
from nn.training.saying import say
from nn.training.shares import NOTHING, sampler_of, set_epoch
from nn.training.steps import wants_value
from nn.training.together import Alone, Measure, one_number, those_who_train

__all__ = ["Evaluation", "evaluate", "fit"]

Loss = Callable[[Any, Any], Tensor]
Metrics = Mapping[str, Any] | None
Batches = Iterable[Any]
Logging = Callable[..., object] | Callback | Sequence[Callable[..., object] | Callback] | None
Seen = Callable[[Any, Any, Any], None]
"""Is shown inputs, targets and what the model gave."""


class Scheduler(Protocol):
    def step(self) -> Any: ...


class Evaluation(NamedTuple):
    """How good a model is, over all of ``samples`` samples.

    Example:

        >>> from nn.training import evaluate
        >>> batch = at.tensor([[2.0, 0.0], [2.0, 0.0]]), at.tensor([0, 1])
        >>> found = evaluate(nn.Identity(), [batch], F.cross_entropy, verbose=False)
        >>> found.accuracy, found.samples
        (0.5, 2)
    """

    loss: float | None
    """What the loss gives for all of the data at once; None if no loss was asked for."""
    accuracy: float | None
    """The share of right answers among those that count; None if there are no answers."""
    samples: int
    metrics: dict[str, float] = {}  # noqa: RUF012
    """The values of the metrics asked for, by name."""


def fit(
    model: Module,
    loader: Iterable[Any],
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    *,
    validation: Iterable[Any] | None = None,
    scheduler: Scheduler | None = None,
    callbacks: Sequence[Callback] = (),
    metrics: Mapping[str, Any] | None = None,
    logger: Logging = None,
    verbose: bool = True,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int | str | timedelta | None = None,
    keep: int = 3,
    resume: bool = False,
    on_save_error: Literal["warn", "raise"] = "warn",
) -> History:
    """Trains ``model``: for every batch the loss, its gradients, and a step of ``optimizer``.

    During training the model is in training mode, during validation in evaluation mode; afterwards
    every module is in the mode it was in before.

    **The loss of an epoch** is what ``loss`` would give for all batches at once, whatever their
    sizes: with ``ignore_index`` or class weights the mean over what counted, with
    ``reduction='sum'`` the sum.  That is known of the losses of ``nn`` of scores and targets, as
    modules, as functions such as ``F.cross_entropy``, and as ``functools.partial(F.cross_entropy,
    ignore_index=0)``; and of a loss of your own that has a method ``count(scores, targets)``, which
    tells what its mean divides by.  Of any other, a lambda for instance, nothing is known: its
    values count as means over samples, and are averaged by the number of targets ``N``.
    A batch of which no target counts takes no step.

    **The accuracy** is recorded where there are answers, as the loss reads them:

    - ``cross_entropy``, ``nll_loss``, ``multi_margin_loss``: the largest of the scores ``(N, C,
      *)`` is the answer, the first of equal ones.  Targets ``(N, *)`` of ``ignore_index`` do not
      count; of targets that are probabilities the largest is right.
    - ``binary_cross_entropy_with_logits``, ``soft_margin_loss``, ``multilabel_soft_margin_loss``:
      each score is an answer, yes above 0, and a target means yes above 0.5;
      ``binary_cross_entropy``: yes above 0.5.
    - losses of numbers, such as ``mse_loss``: there is none.
    - any other loss, with integer targets ``(N, *)``: the largest of the scores ``(N, C, *)``;
      negative targets do not count.  One score ``(N, 1, *)`` or ``(N, *)`` for targets 0 and 1 is
      read as in ``nn.training.accuracy``: above 0.5 if all are from 0 to 1, else above 0.

    A score of NaN is never a right answer.

    **Several processes** train ``model`` where it is a ``DistributedDataParallel`` and the script
    is started by ``mpiexec``; all else is written as for one, and comes out as with one, to
    rounding.

    - A DataLoader as for one process gives the whole batches: each rank fetches and computes its
      part of every batch.  One with a ``DistributedSampler`` gives each rank its share, and the
      shares together are the batch; ``set_epoch`` is called, and in ``validation`` nothing is
      counted twice.  Loaders, lists or others, that do not give the same in all ranks are shares,
      too; they may be of different lengths.  A line says which it is.
    - Losses, accuracy and metrics are those of all samples, the same in all ranks.  Functions in
      ``metrics`` see whole batches.
    - Random numbers are those of the first rank everywhere, so that orders and seeds of samples
      are those of one process; but what the model draws, as dropout does, each rank draws for
      itself.  The same seed and number of ranks give the same bits.
    - The first rank prints, logs and writes; see ``Callback.first_rank_only``.  A checkpoint goes
      on with any number of ranks, at the same place; only what the model draws is then other.  With
      a DistributedSampler choose ``batch_size`` so that all ranks together have batches as before.
    - After every epoch the weights of all ranks are compared.  A loss that is not finite, a stop,
      or Ctrl-C in one rank is one in all.

    Args:
        model: called as ``model(inputs)``.
        loader: gives batches ``(inputs, targets)`` anew for every epoch: a DataLoader, or a list.
        loss: called as ``loss(model(inputs), targets)``, gives a Tensor with one element, e.g.
            ``nn.functional.cross_entropy``.
        optimizer: holds the parameters to train.
        epochs: how often to go through ``loader``, at least 1.
        validation: batches to measure the model on after every epoch, without training on them.
        scheduler: its ``step()`` is called after every epoch.  For one that steps after every
            batch, or wants to know the loss, there is the callback ``LearningRate``.
        callbacks: what else is to happen; see ``Callback``.
        metrics: what else to measure, by name: functions ``metric(scores, targets)``, whose values
            are averaged over the samples, such as ``{"top5": top_k_accuracy}``, or a ``Metric`` for
            what is no mean over batches, such as ``{"f1": Overall("f1_score", classes=10)}``.
        logger: a function, or several in a list, to call after every epoch as ``log(metrics,
            step=epoch)``: ``mlflow.log_metrics``, ``wandb.log``; or as ``log(record)``: ``print``,
            ``records.append``; see ``Logger``.  What one raises stops training, and names it.
        verbose: print a line for every epoch, and on a terminal or in a notebook show a bar during
            it.
        checkpoint: a folder to keep checkpoints in: before the first step, after every epoch, and
            as ``checkpoint_every`` says.  One holds all that the run consists of: model, optimizer,
            schedule, callbacks, history, every random generator, and the place of the loader.
        checkpoint_every: how often to save within an epoch as well: after so many steps, or after a
            time such as ``"10 minutes"`` or a ``timedelta``.
        keep: how many checkpoints to keep; besides them the best one, by the loss in validation,
            or in training where there is no validation.
        resume: go on where the newest checkpoint was saved; in an empty folder, begin.  Give all
            other arguments as before, with what was made as it was: model, optimizer, loader.  The
            weights at the end are those of a run that was never interrupted, to the bit.  A run
            that had reached ``epochs`` is not trained further; a larger number goes on.
        on_save_error: what to do where a checkpoint cannot be written, as on a full disk:
            ``"warn"`` says so once and trains on, ``"raise"`` stops with a RuntimeError.  The last
            good checkpoint stays in both cases.

    Ctrl-C stops between two steps, saves a checkpoint where there is a folder, and raises
    KeyboardInterrupt, whose text says how to go on; a second Ctrl-C stops at once.  Handlers for
    SIGINT that the program has placed stay in charge.

    Returns:
        The numbers of every epoch, those before a resume among them.  ``train_loss`` and
        ``train_accuracy`` are measured while the model changes.

    Raises:
        RuntimeError: a loss is NaN or infinite; names epoch and batch.  The step was not taken.  Or
            the weights of several processes have become different.
        ValueError: no batches, batches that are no pairs, a loss that is not one number or has
            ``reduction='none'``, ``epochs`` below 1, or a metric with a name that is taken.  With
            ``resume``, a checkpoint of another model or optimizer, before anything is changed, or
            nothing but damaged ones; without, a folder that has checkpoints already.
        KeyboardInterrupt: somebody pressed Ctrl-C.
        TypeError: an argument of the wrong type.

    Example:

        >>> from nn.training import fit
        >>> x = at.linspace(-1.0, 1.0, 32).reshape(-1, 1)
        >>> model = nn.Linear(1, 1)
        >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
        >>> history = fit(model, [(x, 2 * x + 1)], F.mse_loss, optimizer, epochs=200, verbose=False)
        >>> len(history["train_loss"]), bool(history["train_loss"][-1] < 1e-4)
        (200, True)
        >>> round(model.weight.item(), 2), round(model.bias.item(), 2)
        (2.0, 1.0)
    """
    _need_parts(model, loader, loss, optimizer)
    whole("fit", "epochs", epochs, kind=int)
    callbacks = _all_callbacks(callbacks, logger, scheduler)
    _check_metrics(metrics, "fit")
    reading = Reading(loss, "fit")

    together = those_who_train(model, "fit")
    together.verbose = verbose = verbose and together.first
    where = checkpoint, checkpoint_every, keep, resume, on_save_error
    settings: list[Any] = [*together.from_first(lambda: where), verbose, together]
    keeper = Keeper(*settings)
    run = Run(
        model, optimizer, loader, validation, epochs, scheduler=scheduler, criterion=loss,
        together=together,
    )  # fmt: skip
    with Interrupts(verbose) as interrupts, in_mode(model, training=True):
        # Loggers remember nothing, and what they call is none of ours to look into.
        kept = [one for one in callbacks if not isinstance(one, Logger)]
        parts = Parts(run, loss, metrics, kept, scheduler)
        asked = together.begin(run, parts, interrupts)
        keeper.begin(parts)
        called = [one for one in callbacks if together.first or not one.first_rank_only]
        training = _Training(run, loss, reading, called, metrics, verbose, keeper, asked, together)
        training.call("on_fit_begin")
        keeper.first()
        try:
            while keeper.within or (run.epoch < epochs and run.stopped is None):
                training.epoch(scheduler)
        except _Asked:
            message = keeper.interrupted()
            if verbose:
                say(message)
            raise KeyboardInterrupt(message) from None
        except BaseException:
            together.broken = True
            raise
        finally:
            training.call("on_fit_end")
        together.end()
    if verbose and run.stopped is not None:
        say(f"stopped after epoch {run.epoch}: {run.stopped}")
    return run.history


def _need_parts(model: Any, loader: Any, loss: Any, optimizer: Any) -> None:
    """Refuses arguments of ``fit`` that are none of what they should be, or have changed places."""
    batches = isinstance(loader, Iterable) or hasattr(loader, "__getitem__")
    samples = isinstance(loader, Dataset) and not isinstance(loader, IterableDataset)
    steps = hasattr(optimizer, "step") and hasattr(optimizer, "zero_grad")
    for argument, value, fits, wanted in (
        ("model", model, isinstance(model, Module), "an nn.Module"),
        ("loader", loader, batches and not samples, "batches, as DataLoader(dataset) gives them"),
        ("loss", loss, callable(loss), "a function, or an object such as nn.MSELoss()"),
        ("optimizer", optimizer, steps, "an optimizer, as optim.SGD(...) makes"),
    ):
        if not fits or isinstance(value, type):
            order = "the order is fit(model, loader, loss, optimizer, epochs)"
            raise TypeError(f"fit: {argument} must be {wanted}, got {type_name(value)}; {order}")


def _all_callbacks(
    callbacks: Sequence[Callback], logger: Logging, scheduler: Scheduler | None
) -> list[Callback]:
    need("fit", "callbacks", callbacks, Iterable, "a list of Callbacks")
    for position, callback in enumerate(callbacks):
        need("fit", f"callbacks[{position}]", callback, Callback, "a Callback")
    if scheduler is not None and wants_value(scheduler):
        raise TypeError(
            f"fit: {type(scheduler).__name__} must be told a value at every step; instead of "
            "scheduler=, give callbacks=[LearningRate(…)] with it"
        )
    return [*callbacks, *loggers_in(logger)]


def evaluate(
    model: Module,
    loader: Iterable[Any],
    loss: Loss | None = None,
    *,
    metrics: Mapping[str, Any] | None = None,
    verbose: bool = True,
) -> Evaluation:
    """Measures ``model`` on all batches of ``loader``, in evaluation mode and without a graph.

    A process that trains together with others does so by itself, unless ``loader`` has a
    ``DistributedSampler``: then all must call this, and what comes out is of all samples, none of
    them counted twice.

    Args:
        model: called as ``model(inputs)``.
        loader: gives batches ``(inputs, targets)``.
        loss: as in ``fit``; may be left out where there is a metric or an accuracy, which is then
            that of "any other loss" in ``fit``.
        metrics: as in ``fit``.
        verbose: show a bar, on a terminal or in a notebook.

    Raises:
        ValueError: no batches, batches that are no pairs, a loss with ``reduction='none'``, or
            nothing that can be measured.
        TypeError: an argument of the wrong type.

    Example:

        >>> from nn.training import evaluate, top_k_accuracy
        >>> batches = [(at.eye(3), at.tensor([0, 1, 0]))]
        >>> metrics = {"top2": lambda scores, targets: top_k_accuracy(scores, targets, k=2)}
        >>> found = evaluate(nn.Identity(), batches, metrics=metrics, verbose=False)
        >>> round(found.accuracy, 4), found.metrics
        (0.6667, {'top2': 1.0})
    """
    need("evaluate", "model", model, Module, "an nn.Module")
    _check_metrics(metrics, "evaluate")
    together = Alone() if sampler_of(loader) is None else those_who_train(model, "evaluate")
    verbose = verbose and together.first
    reading = Reading(loss, "evaluate")
    measures = _test(model, loader, loss, reading, metrics, "evaluate", verbose, together)
    if not measures.named():
        raise ValueError(
            "evaluate: there is nothing to measure: the model does not give scores (N, C, *) "
            "for integer targets (N, *), and no loss was given"
        )
    return Evaluation(measures.loss, measures.accuracy, measures.samples, measures.measured())


def _check_metrics(metrics: Metrics, caller: str) -> None:
    need(caller, "metrics", metrics, (Mapping, type(None)), "a dict of metrics by name")
    for name, metric in (metrics or {}).items():
        if name in ("loss", "accuracy"):
            raise ValueError(f"{caller}: metrics: the name {name!r} is taken; choose another")
        if not (callable(metric) or accumulates(metric)):
            raise TypeError(
                f"{caller}: metrics[{name!r}] must be a function metric(scores, targets) or have "
                f"reset, update and compute, got {type(metric).__name__}"
            )


class _Asked(BaseException):
    """Somebody pressed Ctrl-C, and here, between two steps, is the place to stop."""


class _Training:
    """The epochs of one call of ``fit``."""

    def __init__(
        self,
        run: Run,
        loss: Loss,
        reading: Reading,
        callbacks: Sequence[Callback],
        metrics: Metrics,
        verbose: bool,
        keeper: Keeper,
        interrupts: Interrupts,
        together: Alone,
    ) -> None:
        self.run = run
        self.loss = loss
        self.reading = reading
        self.callbacks = callbacks
        self.metrics = metrics
        self.verbose = verbose
        self.keeper = keeper
        self.interrupts = interrupts
        self.together = together

    def call(self, hook: str) -> None:
        for method in overridden(self.callbacks, hook):
            method(self.run)

    def epoch(self, scheduler: Scheduler | None) -> None:
        """One epoch, with validation, or the rest of one that was begun before."""
        run, keeper, verbose, together = self.run, self.keeper, self.verbose, self.together
        began = monotonic()
        run.epoch += 1
        set_epoch(run.loader, run.epoch - 1)
        if not keeper.within:
            self.call("on_epoch_begin")
        measured = self.batches()
        keeper.after_training()
        measured.join()
        _require_batches(measured, run.loader, f"fit: in epoch {run.epoch} the loader")
        together.need_the_same(run.model)
        cut_short = run.stopped is not None
        row = {f"train_{name}": value for name, value in measured.named().items()}
        line = f"{_title(run)}: {measured}"
        if run.validation is not None:
            measured = _test(
                run.model, run.validation, self.loss, self.reading, self.metrics,
                "fit: validation", verbose, together, self.interrupts, self.seen_in_validation(),
            )  # fmt: skip
            row |= {f"validation_{name}": one for name, one in measured.named().items()}
            line += f" | validation {measured}"
        run.history.append(row | _learning_rate(run.optimizer))
        if scheduler is not None:
            scheduler.step()
        if verbose:
            say(f"{line} | {monotonic() - began:.1f} s")
        self.call("on_epoch_end")
        together.agree_on_stop(run)
        keeper.after_epoch(cut_short)
        if together.asked(self.interrupts):
            raise _Asked

    def seen_in_validation(self) -> Seen | None:
        """What shows callbacks a batch of the validation; None where none of them looks."""
        run, hooks = self.run, overridden(self.callbacks, "on_validation_batch")

        def show(inputs: Any, targets: Any, scores: Any) -> None:
            before = run.inputs, run.targets
            run.inputs, run.targets, run.scores = inputs, targets, scores
            for hook in hooks:
                hook(run)
            (run.inputs, run.targets), run.scores = before, None

        return show if hooks else None

    def batches(self) -> Measures:
        """The training part of an epoch."""
        run, interrupts, together = self.run, self.interrupts, self.together
        model, optimizer = together.calling(run.model), run.optimizer
        on_batch_begin = overridden(self.callbacks, "on_batch_begin")
        on_backward_end = overridden(self.callbacks, "on_backward_end")
        on_batch_end = overridden(self.callbacks, "on_batch_end")
        on_batch_end += together.hooks([*on_batch_begin, *on_backward_end, *on_batch_end])
        on_batch_end += self.keeper.hooks()
        measure = together.measuring(run, self.loss, self.reading)
        closures = wants_value(optimizer)
        measures = together.measures(self.reading, self.metrics)
        loader, done = self.keeper.batches(measures)
        with closing(watched(loader, _title(run), measures, self.verbose, done)) as batches:
            for run.batch, batch in batches:
                inputs, targets = run.inputs, run.targets = _inputs_and_targets(batch, "fit")
                for hook in on_batch_begin:
                    hook(run)
                scores = model(inputs)
                error, run.loss, own = measure(scores, targets)
                if error is None:  # no target counts
                    measures.add(scores, targets, own)
                    continue
                optimizer.zero_grad()
                error.backward()
                for hook in on_backward_end:
                    hook(run)
                if closures:
                    again = together.measuring(run, self.loss, self.reading, finite=False)
                    optimizer.step(_closure(run, model, again, error))
                else:
                    optimizer.step()
                run.step += 1
                measures.add(scores, targets, own)
                for hook in on_batch_end:
                    hook(run)
                if interrupts.asked:
                    raise _Asked
                if run.stopped is not None:
                    break
        return measures


def _closure(
    run: Run, model: Callable[[Any], Any], measure: Measure, error: Tensor
) -> Callable[[], Tensor]:
    """Computes the loss of a batch again, for LBFGS; at first it is what is known already."""
    known = [error]

    def closure() -> Tensor:
        if known:
            return known.pop()
        run.optimizer.zero_grad()
        again: Any = measure(model(run.inputs), run.targets)[0]
        again.backward()
        return again

    return closure


def _test(
    model: Module,
    loader: Batches,
    loss: Loss | None,
    reading: Reading,
    metrics: Metrics,
    caller: str,
    verbose: bool,
    together: Alone,
    interrupts: Interrupts | None = None,
    show: Seen | None = None,
) -> Measures:
    """All of ``loader``, without training on it."""
    measures = together.measures(reading, metrics)
    read = together.read_to_measure(loader, caller)
    with (
        in_mode(model, training=False),
        no_grad(),
        closing(watched(read, caller, measures, verbose)) as batches,
    ):
        for _, batch in batches:
            if batch is NOTHING:
                measures.add_nothing()
                continue
            inputs, targets = _inputs_and_targets(batch, caller)
            scores = model(inputs)
            error = None if loss is None else one_number(loss(scores, targets), caller).item()
            measures.add(scores, targets, error)
            if show is not None:
                show(inputs, targets, scores)
            if interrupts is not None and interrupts.asked:
                raise _Asked
    measures.join()
    _require_batches(measures, loader, f"{caller}: the loader")
    return measures


def _learning_rate(optimizer: Any) -> dict[str, float]:
    """That of the first group, and those of the others where they differ; an optimizer of one's own
    may have none."""
    groups = getattr(optimizer, "param_groups", None) or [{}]
    rates = [float(group["lr"]) for group in groups if "lr" in group]
    first, others = rates[:1], rates[1:] if len(set(rates)) > 1 else []
    numbered = {f"learning_rate_{number}": rate for number, rate in enumerate(others, 1)}
    return dict(zip(["learning_rate"], first, strict=False)) | numbered


def _title(run: Run) -> str:
    return f"epoch {run.epoch:{len(str(run.epochs))}}/{run.epochs}"


def _inputs_and_targets(batch: Any, caller: str) -> Any:
    # A Tensor of two rows could be unpacked as well, into nonsense.
    if isinstance(batch, (list, tuple)) and len(batch) == 2:
        return batch
    size = f" of {len(batch)}" if isinstance(batch, (list, tuple)) else ""
    raise ValueError(
        f"{caller}: a batch must be a pair (inputs, targets), got a {type(batch).__name__}{size}"
    )


def _require_batches(measures: Measures, loader: Any, what: str) -> None:
    if not measures.samples:
        once = "; an iterator can be read only once: pass a DataLoader or a list"
        raise ValueError(f"{what} gave no samples{once if hasattr(loader, '__next__') else ''}")
