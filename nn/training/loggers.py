"""Any function as a logger: experiment trackers, ``print``, a list's ``append``."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterable
from typing import Any

from autotensor.extend import type_name
from nn.arguments import whole
from nn.training.callbacks import Callback, Run

__all__ = ["Logger"]

Log = Callable[..., object]
STEPS = ("step", "global_step")
"""What trackers call the number of a step."""
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Logger(Callback):
    """Calls a function with the numbers of every epoch; ``fit(logger=…)`` makes one of these.

    The function is called as

    - ``log(metrics, step=n)``, where it takes ``step`` or ``global_step``: ``mlflow.log_metrics``,
      ``wandb.log``, ``experiment.log_metrics`` of Comet;
    - else ``log(metrics, n)``, where it wants two arguments;
    - else ``log(record)``, the metrics with ``"step"`` among them: ``print``, ``records.append``.

    ``metrics`` is a new dict of floats by the names of the history: ``train_loss``,
    ``validation_accuracy``, ``learning_rate``…  What was not measured in an epoch is not in it.

    Args:
        log: the function.
        every: after how many batches to log ``batch_loss`` too.  Steps are then those of the
            optimizer, for epochs as well, whose number is among their metrics as ``epoch``; else a
            step is an epoch, counted from 1.

    Where ``fit`` resumes a run, steps are counted on; what was logged before is not logged again.

    Raises:
        TypeError: ``log`` cannot be called so.

    Example:

        >>> from nn.training import Logger, fit
        >>> records = []
        >>> model, batch = nn.Linear(1, 1), (at.ones(4, 1), at.ones(4, 1))
        >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
        >>> _ = fit(
        ...     model, [batch], F.mse_loss, optimizer, 2, logger=records.append, verbose=False
        ... )
        >>> [sorted(record) for record in records]
        [['learning_rate', 'step', 'train_loss'], ['learning_rate', 'step', 'train_loss']]
        >>> steps = []
        >>> log = Logger(lambda metrics, step: steps.append(step), every=1)
        >>> _ = fit(model, [batch] * 2, F.mse_loss, optimizer, 1, logger=log, verbose=False)
        >>> steps
        [1, 2, 2]
    """

    first_rank_only = True

    def __init__(self, log: Log, every: int | None = None) -> None:
        self.log = log
        self.every = None if every is None else whole("Logger", "every", every, kind=int)
        self.name = _name_of(log)
        self._call = _way_to_call(log, self.name)

    def on_batch_end(self, run: Run) -> None:
        if self.every is not None and run.step % self.every == 0:
            self._log({"batch_loss": run.loss}, run.step, run)

    def on_epoch_end(self, run: Run) -> None:
        last = {name: float(value) for name, value in run.history.last.items()}
        metrics = {name: value for name, value in last.items() if not math.isnan(value)}
        if self.every is None:
            self._log(metrics, run.epoch, run)
        else:
            self._log(metrics | {"epoch": float(run.epoch)}, run.step, run)

    def _log(self, metrics: dict[str, float], step: int, run: Run) -> None:
        try:
            self._call(metrics, step)
        except Exception as error:
            error.add_note(
                f"fit: raised by the logger {self.name}, for step {step} in epoch {run.epoch}"
            )
            raise


def loggers_in(given: Any) -> list[Callback]:
    """Callbacks of what ``fit`` was given as ``logger``: one function or several, or callbacks."""
    if given is None:
        return []
    several = isinstance(given, Iterable) and not callable(given) and not isinstance(given, str)
    return [
        one if isinstance(one, Callback) else Logger(one) for one in (given if several else [given])
    ]


def _name_of(log: Any) -> str:
    while isinstance(log, functools.partial):
        log = log.func
    name = getattr(log, "__qualname__", None) or type(log).__qualname__
    module = getattr(log, "__module__", None) or type(log).__module__
    return name if module in ("builtins", "__main__", None) else f"{module}.{name}"


def _way_to_call(log: Any, name: str) -> Callable[[dict[str, float], int], object]:
    """``log`` as a function of metrics and step."""
    if not callable(log) or isinstance(log, type):
        raise TypeError(
            "Logger: a logger must be a function log(metrics, step=n), log(metrics, n) or "
            f"log(record), got {type_name(log)} {log!r:.60}"
        )
    try:
        signature = inspect.signature(log)
    except (TypeError, ValueError):  # some functions written in C tell nothing
        return lambda metrics, step: log({"step": step} | metrics)
    parameters = signature.parameters.values()
    given = {one.name for one in parameters if one.kind not in POSITIONAL[:1]}
    anything = any(one.kind is one.VAR_KEYWORD for one in parameters)
    for word in STEPS if not anything else STEPS[:1]:
        if (word in given or anything) and _fits(signature, 1, word):
            return lambda metrics, step: log(metrics, **{word: step})
    wanted = [one for one in parameters if one.kind in POSITIONAL and one.default is one.empty]
    if len(wanted) == 2 and _fits(signature, 2):
        return lambda metrics, step: log(metrics, step)
    if _fits(signature, 1):
        return lambda metrics, step: log({"step": step} | metrics)
    raise TypeError(
        f"Logger: {name}{signature} cannot be called as log(metrics, step=n), log(metrics, n) or "
        "log(record); write a lambda, such as lambda metrics, step: …"
    )


def _fits(signature: inspect.Signature, count: int, *words: str) -> bool:
    try:
        signature.bind(*range(count), **dict.fromkeys(words))
    except TypeError:
        return False
    return True
