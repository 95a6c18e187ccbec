"""Callbacks: what else is to happen while a model is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from nn.module import Module
from nn.optim import Optimizer
from nn.training.history import History
from nn.training.together import Alone

__all__ = ["Callback", "Run"]


class _only_called:  # a decorator, in small letters as others
    """A method that nothing can be assigned to: ``run.stop = True`` would hide it in silence."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self.method = method
        self.__doc__ = method.__doc__

    def __get__(self, run: Any, kind: type) -> Any:
        return self.method if run is None else self.method.__get__(run, kind)

    def __set__(self, run: Any, value: Any) -> NoReturn:
        name = self.method.__name__
        raise TypeError(
            f"Run.{name} is a method, which cannot be set to {value!r}: call "
            f"run.{name}('the reason')"
        )


@dataclass(eq=False)
class Run:
    """One call of ``fit``, as its callbacks see it.

    Example:

        >>> from nn.training import Callback, fit
        >>> class Say(Callback):
        ...     def on_epoch_end(self, run):
        ...         print(run.epoch, run.epochs, sorted(run.history))
        >>> model, batch = nn.Linear(1, 1), (at.ones(4, 1), at.ones(4, 1))
        >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
        >>> _ = fit(model, [batch], F.mse_loss, optimizer, 2, callbacks=[Say()], verbose=False)
        1 2 ['learning_rate', 'train_loss']
        2 2 ['learning_rate', 'train_loss']
    """

    model: Module
    optimizer: Optimizer
    loader: Iterable[Any]
    validation: Iterable[Any] | None
    epochs: int
    """How many are planned."""
    history: History = field(default_factory=History)
    """One row for each epoch that is complete."""
    epoch: int = 0
    """The current epoch, counted from 1."""
    batch: int = 0
    """The current batch in its epoch, counted from 1."""
    step: int = 0
    """How many steps the optimizer has taken, in all epochs, also before this run was resumed."""
    resumed: bool = False
    """Whether it goes on where an earlier call of ``fit`` ended; ``epoch``, ``step`` and
    ``history`` then begin with what there was."""
    loss: float = 0.0
    """The loss of the current batch."""
    stopped: str | None = None
    """Why training was stopped before its end, or None."""
    scheduler: Any = None
    """The one that ``fit`` was given, or None."""
    inputs: Any = None
    """The inputs of the current batch."""
    targets: Any = None
    """The targets of the current batch."""
    criterion: Any = None
    """The loss that ``fit`` was given."""
    scores: Any = None
    """What the model gave for a batch of the validation; None elsewhere."""
    together: Alone = field(default_factory=Alone, repr=False)
    """Those who train the model: ``together.gather(own)`` gives what each process gives,
    ``together.from_first(call)`` what ``call()`` gives in the first of them."""

    @property
    def rank(self) -> int:
        """Which of several processes this is; 0 where it is the only one."""
        return self.together.rank

    @property
    def ranks(self) -> int:
        """How many processes train the model."""
        return self.together.ranks

    @_only_called
    def stop(self, reason: str) -> None:
        """Ends training after the current batch; ``reason`` is printed.

        The epoch that is cut short counts as complete: validation and ``on_epoch_end`` follow.
        """
        self.stopped = reason


class Callback:
    """The base of all callbacks: override what you need, the rest costs nothing.

    ::

        class StopWhenGood(Callback):
            def on_epoch_end(self, run):
                if run.history["validation_accuracy"][-1] > 0.97:
                    run.stop("validation accuracy above 0.97")

        fit(model, loader, loss, optimizer, epochs=100, validation=test, callbacks=[StopWhenGood()])

    Callbacks are called in the order given.  Each hook gets the same ``Run``.

    Where several processes train one model, each calls its own callbacks, and all see the same
    losses, metrics and history; ``run.inputs`` and ``run.targets`` are those of this process's part
    of the batch, which may be empty.  What writes files or prints says ``first_rank_only = True``,
    and is then called in the first process alone, or asks for ``run.rank``.  Where one process is
    stopped, all are.

    Attributes:
        first_rank_only: of the class; False.

    One that remembers something from epoch to epoch says so in ``state_dict``, so that a checkpoint
    of ``fit`` keeps it.  On a resume it gets that back by ``load_state_dict``, before
    ``on_fit_begin``, which then must not forget it: ``run.resumed`` is true.

    Example:

        >>> from nn.training import Callback, fit
        >>> class StopAfter(Callback):
        ...     def on_epoch_end(self, run):
        ...         if run.epoch == 3:
        ...             run.stop("that is enough")
        >>> model, batch = nn.Linear(1, 1), (at.ones(4, 1), at.ones(4, 1))
        >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
        >>> history = fit(
        ...     model, [batch], F.mse_loss, optimizer, 100, callbacks=[StopAfter()], verbose=False
        ... )
        >>> len(history["train_loss"])
        3
    """

    first_rank_only = False

    def state_dict(self) -> dict[str, Any]:
        """What it remembers, of kinds that ``autotensor.save`` can store."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Takes over what ``state_dict`` gave."""

    def on_fit_begin(self, run: Run) -> None:
        """Before the first epoch."""

    def on_epoch_begin(self, run: Run) -> None:
        """Before the first batch of an epoch."""

    def on_batch_begin(self, run: Run) -> None:
        """Before the model is called: ``run.inputs`` and ``run.targets`` are there."""

    def on_backward_end(self, run: Run) -> None:
        """Gradients are there and the step is not yet taken: the place to clip them."""

    def on_batch_end(self, run: Run) -> None:
        """After the optimizer's step."""

    def on_validation_batch(self, run: Run) -> None:
        """After a batch of the validation, on which nothing is trained: it is ``run.inputs`` and
        ``run.targets``, and ``run.scores`` what the model gave."""

    def on_epoch_end(self, run: Run) -> None:
        """After validation, with the epoch's row in ``run.history``."""

    def on_fit_end(self, run: Run) -> None:
        """After the last epoch; also after an error, once ``on_fit_begin`` has been called."""


def overridden(callbacks: Sequence[Callback], hook: str) -> list[Callable[[Run], None]]:
    """The method ``hook`` of those callbacks that have one of their own."""
    inherited = getattr(Callback, hook)
    return [getattr(one, hook) for one in callbacks if getattr(type(one), hook) is not inherited]
