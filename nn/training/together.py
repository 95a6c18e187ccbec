"""Those who train one model in ``fit``: one process, or several, each on its part of every batch.

``fit`` is written for one.  Where it matters who else there is, it asks an ``Alone``, whose answers
cost nothing, or a ``Together``.  What all must agree on is exchanged and added in the order of
ranks, so that all have the same bits and decide the same.
"""

from __future__ import annotations

import contextlib
import math
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

import autotensor as at
from autotensor import Generator, Tensor
from nn.layers import SyncBatchNorm
from nn.module import Module
from nn.parallel import DistributedDataParallel
from nn.tensors import tensors_in
from nn.training.checkpoints.generators import generators_in, states_of, take_to
from nn.training.joined import JointMeasures
from nn.training.measures import Measures
from nn.training.reading import Reading
from nn.training.saying import say
from nn.training.shares import Reader, rest_of

__all__: list[str] = []  # helpers, which no package shows

Loss = Callable[[Any, Any], Any]
Measure = Callable[[Any, Any], tuple[Tensor | None, float, float]]
"""Of scores and targets the loss to go back from, None where no target counts; its value, of the
whole batch; and that of this process's part."""


def those_who_train(model: Any, caller: str) -> Alone:
    """Who trains ``model``: it says so by being a DistributedDataParallel."""
    if isinstance(model, DistributedDataParallel) and model.process_group.size() > 1:
        return Together(model)
    for module in model.modules():
        if isinstance(module, DistributedDataParallel) and module.process_group.size() > 1:
            raise ValueError(
                f"{caller}: a part of the model is a DistributedDataParallel; make one of all of it"
            )
    return Alone()


def one_number(error: Any, caller: str) -> Tensor:
    if not isinstance(error, Tensor):
        raise TypeError(f"{caller}: the loss must give a Tensor, got {type(error).__name__}")
    if error.numel() != 1:
        raise ValueError(
            f"{caller}: the loss must be one number, got a Tensor of shape {error.shape}; "
            "use reduction='mean', or take its mean()"
        )
    return error


def _not_finite(run: Any, value: float, where: str = "") -> RuntimeError:
    run.loss = value
    return RuntimeError(
        f"fit: the loss is {value} in epoch {run.epoch}, batch {run.batch}{where}; the step was "
        "not taken. Try a smaller learning rate, look for bad values in the data, or find the "
        "operator with autotensor.detect_anomaly()"
    )


class Alone:
    """One process, which has nobody to agree with."""

    rank = 0
    ranks = 1
    first = True
    verbose = False
    broken = False
    """Whether an error ends this process, so that it no longer speaks with the others."""
    idle = False
    """Whether others have all samples of the current batch."""

    def begin(self, run: Any, parts: Any, interrupts: Any) -> Any:
        """Before training; gives what knows whether somebody asked to stop."""
        return interrupts

    def end(self) -> None:
        """After training."""

    def asked(self, interrupts: Any) -> bool:
        """Whether somebody has pressed Ctrl-C."""
        return interrupts.asked

    def calling(self, model: Module) -> Callable[[Any], Any]:
        """What is called with inputs."""
        return model

    def measuring(self, run: Any, loss: Loss, reading: Reading, finite: bool = True) -> Measure:
        """What is called with scores and targets, and refuses a loss that is not ``finite``."""

        def measure(scores: Any, targets: Any) -> tuple[Tensor | None, float, float]:
            error = loss(scores, targets)
            if not isinstance(error, Tensor) or error.numel() != 1:
                one_number(error, "fit")
            value = error.item()
            if math.isfinite(value) or not finite:
                return error, value, value
            # All are ignored: the mean of nothing.
            if math.isnan(value) and not reading.count(scores, targets):
                return None, value, value
            raise _not_finite(run, value)

        return measure

    def measures(self, reading: Reading, metrics: Mapping[str, Any] | None) -> Measures:
        return Measures(reading, metrics)

    def read(self, loader: Any) -> Any:
        """The batches of an epoch to train on."""
        return loader

    def read_on(self, loader: Any, skipped: int) -> Iterator[Any]:
        """The same, begun now, without the first ``skipped``."""
        return rest_of(loader, skipped)

    def read_to_measure(self, loader: Any, caller: str) -> Any:
        """The batches to measure on."""
        return loader

    def gather(self, own: Any) -> list[Any]:
        """What each process gives."""
        return [own]

    def from_first(self, call: Callable[[], Any]) -> Any:
        """What ``call`` gives in the first process, or the error that it raises there."""
        return call()

    def anybody(self, value: bool) -> bool:
        """Whether it is so in any of them."""
        return value

    def agree_on_stop(self, run: Any) -> None:
        """What stops one of them stops all."""

    def hooks(self, hooks: Sequence[Any]) -> list[Any]:
        """What else is to be done after a batch where ``hooks`` of callbacks may stop the run."""
        return []

    def need_the_same(self, model: Module) -> None:
        """That all have the same model, which is then measured."""

    def apart(self) -> bool:
        """Whether each reads batches of its own, so that nobody knows what is left of all."""
        return False

    def consolidate(self, optimizer: Any) -> None:
        """Before the state of an optimizer is asked for of which each has a part."""

    def own_numbers(self) -> contextlib.AbstractContextManager[Any]:
        """Inside, random numbers are those of this process alone."""
        return contextlib.nullcontext()

    def random(self) -> dict[str, Any] | None:
        """Where the random numbers of this process stand; None where it has none of its own."""
        return None

    def set_random(self, own: Mapping[str, Any] | None) -> None:
        """Takes them there; None begins others."""


class Aside(Alone):
    """Several processes, seen by callbacks that not all of them have: they exchange nothing."""

    def __init__(self, rank: int, ranks: int) -> None:
        self.rank, self.ranks, self.first = rank, ranks, rank == 0

    def from_first(self, call: Callable[[], Any]) -> Any:
        return call() if self.first else None


class _Agreed:
    """Whether anybody has pressed Ctrl-C, and all know it."""

    asked = False


class Together(Alone):
    """Several processes that train one model.

    Random numbers: whatever draws them draws the same in all processes, as the first one would by
    itself, but for the model and its loss: those draw from a sequence of this process's own.
    """

    def __init__(self, model: DistributedDataParallel) -> None:
        self.ddp = model
        self.group = model.process_group
        self.rank, self.ranks = self.group.rank(), self.group.size()
        self.first = self.rank == 0
        self.idle = False
        self.check = 0
        """What must be the same in all processes at each step."""
        self.readers: dict[str, Reader] = {}
        self.verbose = False
        self.own: Any = at.default_generator.get_state()
        self.inside: dict[str, Any] = {}
        """Generators that are the model's."""
        # Those exchange within a forward, so that everybody has to have one.
        self.synchronous = any(isinstance(one, SyncBatchNorm) for one in model.modules())
        self.interrupts: Any = _Agreed()
        self.agreed = _Agreed()

    def begin(self, run: Any, parts: Any, interrupts: Any) -> Any:
        self.interrupts = interrupts
        self._need_the_same_run(run, parts)
        callbacks = self.gather([type(one).__name__ for one in parts.callbacks])
        if any(one != callbacks[0] for one in callbacks):
            run.together = Aside(self.rank, self.ranks)
        parts.set_random(self.from_first(parts.random))
        others = generators_in({"loader": run.loader, "optimizer": run.optimizer})
        known = {id(one) for one in others.values()}
        found = generators_in({"model": self.ddp.module})
        self.inside = {place: one for place, one in found.items() if id(one) not in known}
        self.set_random(None)
        return self.agreed

    def end(self) -> None:
        self.ddp.take_over()  # a callback may have changed the model of the first alone
        self.interrupts.asked = self.anybody(self.interrupts.asked)

    def asked(self, interrupts: Any) -> bool:
        self.agreed.asked = self.anybody(self.interrupts.asked or self.agreed.asked)
        return self.agreed.asked

    def _need_the_same_run(self, run: Any, parts: Any) -> None:
        groups = getattr(run.optimizer, "param_groups", [])
        known = {id(one) for one in run.model.parameters()}
        if any(id(one) not in known for group in groups for one in group["params"]):
            raise ValueError(
                "fit: the optimizer has parameters that are not the model's, so that each process "
                "would train its own; put them into the module that DistributedDataParallel is "
                "given"
            )
        own = {
            "epochs": run.epochs,
            "optimizer": type(run.optimizer).__name__,
            "scheduler": type(parts.scheduler).__name__,
            "validation": run.validation is not None,
            "metrics": sorted(parts.metrics or {}),
        }
        for rank, theirs in enumerate(self.gather(own)):
            for name, value in own.items():
                if theirs[name] != value:
                    raise ValueError(
                        f"fit: all ranks must be given the same, but {name} is {value} in rank "
                        f"{self.rank} and {theirs[name]} in rank {rank}"
                    )

    # -- exchanges -------------------------------------------------------------------------------

    def exchange(self, *numbers: float) -> list[list[float]]:
        """The numbers that each process gives."""
        found = np.empty((self.ranks, len(numbers)))
        sent = np.array(numbers, np.float64)
        self.group.wait(self.group.comm.Iallgather(sent, found), "fit")
        return found.tolist()

    def gather(self, own: Any) -> list[Any]:
        if self.broken:
            return [own] * self.ranks
        everybodys: list[Any] = [None] * self.ranks
        at.distributed.all_gather_object(everybodys, own, self.group)
        return everybodys

    def from_first(self, call: Callable[[], Any]) -> Any:
        if self.broken:
            return call()
        done: Any = None
        error: Any = None
        if self.first:
            try:
                done = call()
            except Exception as raised:
                error = raised
        sent, failed = self.gather((done, _sendable(error)) if self.first else None)[0]
        if error is not None:
            raise error
        if failed is not None:
            raise failed
        return done if self.first else sent

    def anybody(self, value: bool) -> bool:
        return any(one for (one,) in self.exchange(value))

    def agree_on_stop(self, run: Any) -> None:
        if self.anybody(run.stopped is not None):
            run.stopped = next(one for one in self.gather(run.stopped) if one is not None)

    def hooks(self, hooks: Sequence[Any]) -> list[Any]:
        return [self.agree_on_stop] if self.anybody(bool(hooks)) else []

    # -- a step ----------------------------------------------------------------------------------

    def calling(self, model: Module) -> Callable[[Any], Any]:
        def call(inputs: Any) -> Any:
            if self.idle and not self.synchronous:
                return self.ddp.follow_forward()
            with self.own_numbers():
                return model(inputs)

        return call

    def measuring(self, run: Any, loss: Loss, reading: Reading, finite: bool = True) -> Measure:
        def measure(scores: Any, targets: Any) -> tuple[Tensor | None, float, float]:
            error, own, count = None, 0.0, 0.0
            if not self.idle:
                with self.own_numbers():
                    error = one_number(loss(scores, targets), "fit")
                own, count = error.item(), reading.count(scores, targets)
            asked = self.interrupts.asked
            rows = self.exchange(not self.idle, own, count, asked, self.check)
            self.agreed.asked = self.agreed.asked or any(row[3] for row in rows)
            self._need_the_same_batch(rows)
            if finite:
                self._need_finite(run, rows)
            loss_of_all, scale = self._whole_loss(rows, count, reading.summed)
            if finite and math.isnan(loss_of_all):
                return None, loss_of_all, own
            if error is None or (math.isnan(own) and not count):
                error = self._nothing_of(scores)
            error = error * scale
            error.array[...] = loss_of_all  # for an optimizer that asks for it
            return error, loss_of_all, own

        return measure

    def _need_finite(self, run: Any, rows: list[list[float]]) -> None:
        for rank, (here, own, count, *_) in enumerate(rows):
            if here and not math.isfinite(own) and not (math.isnan(own) and not count):
                raise _not_finite(run, own, f", of the part of rank {self.group.ranks[rank]}")

    def _whole_loss(
        self, rows: list[list[float]], count: float, summed: bool
    ) -> tuple[float, float]:
        """The loss of the whole batch; and what to multiply that of this process's part by, which
        counts ``count``, so that the average of all gradients is the gradient of it."""
        parts = [(own, counted) for here, own, counted, *_ in rows if here]
        if summed:
            return sum(own for own, _ in parts), float(self.ranks)
        total = sum(counted for _, counted in parts)
        if not total:
            return math.nan, 1.0
        mean = sum(own * counted for own, counted in parts if counted) / total
        return mean, count * self.ranks / total

    def _need_the_same_batch(self, rows: list[list[float]]) -> None:
        if any(row[4] != rows[0][4] for row in rows):
            raise RuntimeError(
                "fit: the loaders of the ranks are alike, but do not give the samples in the same "
                "order: the sampler draws from something else than autotensor's, NumPy's and "
                "Python's generators. Give it a generator of its own, or use a DistributedSampler"
            )

    def _nothing_of(self, scores: Any) -> Tensor:
        """0, and its backward takes part with gradients of 0."""
        given = [one for one in tensors_in(scores) if one.requires_grad]
        if given:
            total: Tensor = given[0].sum() * 0
            for one in given[1:]:
                total = total + one.sum() * 0
            return total
        leaf = at.zeros((), requires_grad=True)
        leaf.register_hook(lambda gradient: self.ddp.follow_backward())
        return leaf * 0

    # -- what is measured ------------------------------------------------------------------------

    def measures(self, reading: Reading, metrics: Mapping[str, Any] | None) -> Measures:
        return JointMeasures(self, reading, metrics)

    def read(self, loader: Any) -> Any:
        return self._read(loader, "fit", True, 0)

    def read_on(self, loader: Any, skipped: int) -> Iterator[Any]:
        return self._read(loader, "fit", True, skipped)

    def read_to_measure(self, loader: Any, caller: str) -> Any:
        return self._read(loader, caller, False, 0)

    def _read(self, loader: Any, caller: str, training: bool, skipped: int) -> Iterator[Any]:
        self.check = 0
        new = caller not in self.readers
        if new:
            self.readers[caller] = Reader(loader, self, caller, training)
        reader = self.readers[caller]
        found = reader.begin(skipped)
        if new and training and self.verbose and (reader.sampler or reader.alike is not None):
            say(reader.words())
        return found

    def need_the_same(self, model: Module) -> None:
        self.ddp.need_the_same_weights()
        if self.ddp.broadcast_buffers:
            self.ddp.take_over_buffers()

    def apart(self) -> bool:
        reader = self.readers.get("fit")
        return reader is not None and reader.sampler is None and reader.alike is False

    def consolidate(self, optimizer: Any) -> None:
        if hasattr(optimizer, "consolidate_state_dict"):
            optimizer.consolidate_state_dict(0)

    # -- random numbers --------------------------------------------------------------------------

    @contextlib.contextmanager
    def own_numbers(self) -> Iterator[None]:
        generator = at.default_generator
        common = generator.get_state()
        generator.set_state(self.own)
        try:
            yield
        finally:
            self.own = generator.get_state()
            generator.set_state(common)

    def random(self) -> dict[str, Any] | None:
        return {"own": self.own, "inside": states_of(self.inside)}

    def set_random(self, own: Mapping[str, Any] | None) -> None:
        if own is not None:
            self.own = own["own"]
            take_to(own["inside"], self.inside)
            return
        self.own = Generator().manual_seed(self._seed("")).get_state()
        for place, one in self.inside.items() if self.rank else ():
            if isinstance(one, Generator):
                one.manual_seed(self._seed(place))

    def _seed(self, place: str) -> int:
        """One for this process, from where the numbers stand that all have."""
        stands = at.default_generator.get_state().array.tobytes()
        found = blake2b(stands + f"{self.rank} {place}".encode(), digest_size=8)
        return int.from_bytes(found.digest(), "little")


def _sendable(error: Exception | None) -> Exception | None:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
