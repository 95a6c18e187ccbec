"""A network in several processes, kept the same in all of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np

import autotensor as at
from autotensor import Tensor
from nn.arguments import need, number
from nn.layers.normalization import SyncBatchNorm
from nn.module import Module
from nn.parallel.buckets import MEBIBYTE, Reducer
from nn.parallel.buffers import Buffers, as_bytes, take_over
from nn.parameter import is_lazy

Join = at.distributed.algorithms.Join
Joinable = at.distributed.algorithms.Joinable
JoinHook = at.distributed.algorithms.JoinHook

__all__ = ["DistributedDataParallel", "Traffic"]


class Traffic(NamedTuple):
    """What a process exchanges for one backward of a DistributedDataParallel.

    Attributes:
        gradients: bytes of all gradients.
        handed_over: bytes handed to exchanges: the gradients as they travel, which is float32 for
            float16; for each parameter a number that says who has used it, one for each bucket,
            and 16 bytes that say which backward it is; and the buffers, which are rank 0's.
        received: bytes that come from other processes: from every one all it has handed over where
            processes read each other's memory; where MPI adds up, ``2 (p - 1) / p`` of it, if that
            uses a ring.  With a ``ZeroRedundancyOptimizer`` that has them in parts, half of that
            ring's in either case; the weights that its ``step`` exchanges are as much again.
            The buffers once.
        least: bytes that must come for everybody to have the sum of all: ``2 (p - 1) / p`` of the
            gradients, by a ring.
        exchanges: how many: one for each bucket, one for the 16 bytes, one if there are buffers.
        in_memory: whether processes read each other's memory.

    Example:

        >>> from nn.parallel.distributed import Traffic
        >>> Traffic(400, 416, 416, 400, 2, True).received
        416
    """

    gradients: int
    handed_over: int
    received: int
    least: int
    exchanges: int
    in_memory: bool


OVER, ALONE, EXCHANGED, EXCHANGED_WITH_BUFFERS = range(4)
"""What a process says of a forward within ``join``: that it has no batches left, or how far the
others take part."""


class DistributedDataParallel(Module, Joinable):
    """``module``, trained by several processes at once, each on its own share of every batch.

    ::

        at.distributed.init_process_group()
        model = nn.parallel.DistributedDataParallel(model)
        optimizer = optim.SGD(model.parameters(), lr=0.1)
        for images, labels in loader:  # with a DistributedSampler: this process's share
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        at.distributed.destroy_process_group()

    and ``mpiexec -n 4 python train.py``.  ``nn.training.fit`` does that loop, and joins what the
    processes measure.
    At the beginning all processes take over the weights and buffers of rank 0.  Each ``backward()``
    ends with the average of everybody's gradients in ``grad``, so that all optimizers make the same
    step.  With equal shares and a loss that is a mean, that is the gradient of the whole batch.
    The gradients travel in buckets, while backward still runs.

    Where the shares have different lengths, ``join`` lets those who have run out follow the others.
    ``optim.ZeroRedundancyOptimizer`` shares out the optimizer's work and state.

    Its state dict has ``module.`` in front of every key, as PyTorch's.  In a group of one process
    nothing is exchanged.

    Args:
        module: the same in every process; with at least one parameter that requires grad.
        process_group: those who take part; all if None.
        broadcast_buffers: before every forward in training, and before the first after a step,
            everybody takes over the buffers of rank 0, as the running statistics of batch norms.
            So evaluation is of the same network everywhere.  Those for it have come with the
            gradients: one rank may evaluate alone, where in PyTorch all have to take part.
        bucket_cap_mb: mebibytes of a bucket; if None a sixteenth of all parameters, from 1/8 to 25
            (in PyTorch 25).
        find_unused_parameters, static_graph, check_reduction: accepted, without effect: parameters
            that a forward has not used are always found, and take part as zeros; one that no
            process has used keeps its ``grad``.
        gradient_as_bucket_view: without effect: averages are written into ``grad`` without a copy
            between, and a ``grad`` that one has kept does not change with the next backward.
        device_ids, output_device, dim: there is one device; without effect.  As in PyTorch with
            modules of the CPU, the attributes device_ids and output_device are None.

    Raises:
        RuntimeError: before ``init_process_group``; no parameter requires grad, or one has no shape
            yet; or the modules of the processes are not the same.
        TypeError: ``module`` is no Module.

    Example:

        >>> at.distributed.init_process_group()  # started without mpiexec: one rank
        >>> model = nn.parallel.DistributedDataParallel(nn.Linear(2, 3))
        >>> model(at.ones(5, 2)).shape, list(model.state_dict())
        (torch.Size([5, 3]), ['module.weight', 'module.bias'])
        >>> at.distributed.destroy_process_group()
    """

    def __init__(
        self,
        module: Module,
        device_ids: Sequence[int | at.device] | None = None,
        output_device: int | at.device | None = None,
        dim: int = 0,
        broadcast_buffers: bool = True,
        process_group: at.distributed.ProcessGroup | None = None,
        bucket_cap_mb: float | None = None,
        find_unused_parameters: bool = False,
        check_reduction: bool = False,
        gradient_as_bucket_view: bool = False,
        static_graph: bool = False,
    ) -> None:
        super().__init__()
        Joinable.__init__(self)
        name = "DistributedDataParallel"
        need(name, "module", module, Module, "a Module")
        _need_the_group_of_all()
        at.distributed.get_process_group_ranks(process_group)  # refuses what is no group
        among: Any = process_group or at.distributed.group.WORLD
        self.process_group: at.distributed.ProcessGroup = among
        self.module = module
        self.device_ids = self.output_device = None
        self.device, self.device_type, self.dim = at.device("cpu"), "cpu", dim
        self.broadcast_buffers = bool(broadcast_buffers)
        self.require_backward_grad_sync = True
        self._divides_by_all, self._synchronous = True, False
        if not any(one.requires_grad for one in module.parameters()):
            raise RuntimeError(
                f"{name}: no parameter of the module requires grad, so there is nothing to "
                "exchange: use the module itself"
            )
        if any(is_lazy(one) for one in module.parameters()):
            raise RuntimeError(
                f"{name}: a parameter has no shape yet; call the lazy module with a batch first"
            )
        settings = [f"bucket_cap_mb={bucket_cap_mb}", f"broadcast_buffers={self.broadcast_buffers}"]
        self._need_the_same(settings)
        self._buffers_in_line = Buffers(module)
        self._take_over([*module.parameters(), *module.buffers()])
        self._cap = None
        if bucket_cap_mb is not None:
            self._cap = number(name, "bucket_cap_mb", bucket_cap_mb) * MEBIBYTE
        self._reducer = self._new_reducer()

    def _new_reducer(self) -> Reducer:
        learned = [one for one in self.module.parameters() if one.requires_grad]
        buffers = self._buffers_in_line if self.broadcast_buffers else None
        name = type(self.module).__name__
        return Reducer(learned, self.process_group, self._cap, name, buffers)

    def __getstate__(self) -> dict[str, Any]:
        """For copies and pickles: without the group and what is under way in it."""
        return {
            name: value
            for name, value in self.__dict__.items()
            if name not in ("process_group", "_reducer")
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """A copy belongs to the group of all, as in PyTorch; all processes must make it."""
        super().__setstate__(state)
        _need_the_group_of_all()
        among: Any = at.distributed.group.WORLD
        self.process_group = among
        self._reducer = self._new_reducer()

    def _need_the_same(self, settings: list[str]) -> None:
        """The modules of all processes must have the same tensors, and the same settings here."""
        own = [
            f"{key} {tuple(one.shape)} {one.array.dtype}{'' if one.requires_grad else ', frozen'}"
            for key, one in [*self.module.named_parameters(), *self.module.named_buffers()]
        ] + settings
        everybodys = self._of_all(own)
        for rank, theirs in enumerate(everybodys):
            if theirs == everybodys[0]:
                continue
            differing = next(
                (pair for pair in zip(everybodys[0], theirs, strict=False) if pair[0] != pair[1]),
                (f"{len(everybodys[0])} tensors", f"{len(theirs)} tensors"),
            )
            raise RuntimeError(
                "DistributedDataParallel: the modules of the processes are not the same: rank 0 "
                f"has {differing[0]}, rank {rank} has {differing[1]}"
            )

    def traffic(self) -> Traffic:
        """What one backward exchanges.  Everything that a group exchanges is counted in its
        ``process_group.exchanges`` and ``handed_over``.

        Example:

            >>> at.distributed.init_process_group()
            >>> model = nn.parallel.DistributedDataParallel(nn.Linear(2, 3))
            >>> model.traffic().gradients  # of 9 parameters
            36
            >>> model.traffic().handed_over  # to nobody
            0
            >>> at.distributed.destroy_process_group()
        """
        reducer, processes = self._reducer, self.process_group.size()
        gradients = sum(one.array.nbytes for bucket in reducer.buckets for one in bucket.parameters)
        least = 2 * (processes - 1) * gradients // processes
        if processes == 1:
            return Traffic(gradients, 0, 0, 0, 0, False)
        handed_over = 16 + sum(bucket.nbytes for bucket in reducer.buckets)
        buffers = 0 if reducer.buffers is None else reducer.buffers.nbytes()
        in_memory = not reducer.way.moves_when_asked
        if reducer.divided:  # everybody gets a part alone
            share, least = 1, least // 2
        else:
            share = processes if in_memory else 2
        return Traffic(
            gradients, handed_over + buffers,
            share * (processes - 1) * handed_over // processes + buffers, least,
            1 + len(reducer.buckets) + (buffers > 0), in_memory,
        )  # fmt: skip

    def need_the_same_weights(self) -> None:
        """Raises unless the parameters of all processes are the same, bit for bit.

        The gradients are, so they stay the same while everybody makes the same steps.  What else
        changes weights nobody sees: another learning rate, a write or a step by one process alone.
        All processes must call this, at the same place; once an epoch costs next to nothing.  The
        buffers may differ: before the next forward in training those of rank 0 are taken over.
        PyTorch has no such method.

        Raises:
            RuntimeError: they differ; names the first parameter that does, and in which ranks.

        Example:

            >>> at.distributed.init_process_group()
            >>> model = nn.parallel.DistributedDataParallel(nn.Linear(1, 1))
            >>> model.need_the_same_weights()
            >>> at.distributed.destroy_process_group()
        """
        named = list(self.module.named_parameters())
        digests = [_digest(one.array) for _, one in named]
        if len({*self._of_all(b"".join(digests))}) == 1:
            return
        everybodys = self._of_all(digests)
        differs = [len({*of_all}) > 1 for of_all in zip(*everybodys, strict=True)]
        place = differs.index(True)
        norms = self._of_all(float(np.linalg.norm(named[place][1].array.astype(np.float64))))
        ranks = self.process_group.ranks
        apart = [one for one, own in enumerate(everybodys) if own[place] != everybodys[0][place]]
        raise RuntimeError(
            f"DistributedDataParallel: the parameter {named[place][0]!r} is not the same in all "
            f"processes: it differs between rank {ranks[0]} and {[ranks[one] for one in apart]} "
            f"(its norm is {norms[0]:.9g} and {norms[apart[0]]:.9g}); every process must make the "
            "same steps with the same settings"
        )

    def _of_all(self, own: Any) -> list[Any]:
        everybodys: list[Any] = [None] * self.process_group.size()
        at.distributed.all_gather_object(everybodys, own, self.process_group)
        return everybodys

    def _take_over(self, tensors: Sequence[Tensor], source: int = 0) -> None:
        """Those of the process that is number ``source`` of the group, as one message."""
        self._buffers_in_line.arrived = None  # these are newer
        if self.process_group.comm is None or not tensors:
            return
        among = self.process_group
        message = at.from_numpy(as_bytes(tensors))
        at.distributed.broadcast(message, among.ranks[source], among)
        take_over(tensors, message.array)

    def take_over(self) -> None:
        """Takes over the weights and buffers of rank 0.  All processes must call this.  PyTorch has
        no such method.

        Example:

            >>> at.distributed.init_process_group()
            >>> model = nn.parallel.DistributedDataParallel(nn.Linear(1, 1))
            >>> model.take_over()
            >>> at.distributed.destroy_process_group()
        """
        self._take_over([*self.module.parameters(), *self.module.buffers()])

    def take_over_buffers(self) -> None:
        """As ``take_over``, but only the buffers.

        Example:

            >>> at.distributed.init_process_group()
            >>> model = nn.parallel.DistributedDataParallel(nn.BatchNorm1d(2))
            >>> model.take_over_buffers()
            >>> at.distributed.destroy_process_group()
        """
        self._take_over(self._buffers_in_line.tensors())

    def follow_forward(self) -> None:
        """For a process without a batch: what the others exchange in a forward.  (Of that a
        SyncBatchNorm does more, which only a forward does.)

        Example:

            >>> at.distributed.init_process_group()
            >>> model = nn.parallel.DistributedDataParallel(nn.Linear(1, 1))
            >>> model.follow_forward()
            >>> model.follow_backward()
            >>> at.distributed.destroy_process_group()
        """
        if self.training and self.broadcast_buffers:
            self.take_over_buffers()

    def follow_backward(self) -> None:
        """For a process without a batch: takes part in the averages of a backward, with zeros.

        Example:

            >>> at.distributed.init_process_group()
            >>> model = nn.parallel.DistributedDataParallel(nn.Linear(1, 1))
            >>> model.follow_forward()
            >>> model.follow_backward()
            >>> at.distributed.destroy_process_group()
        """
        self._reducer.follow()

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        exchange = self.require_backward_grad_sync and at.is_grad_enabled()
        buffers = exchange and self.training and self.broadcast_buffers
        self._reducer.forget()
        source = 0
        if self._join_config.enable:
            Join.notify_join_context(self)
            self._need_followable(self._join_config.throw_on_early_termination)
            _, source = self._agree(ALONE + exchange + buffers)
        else:
            self._reducer.divisor = self.process_group.size()
        self._buffers_in_line.source = source
        if buffers:
            self._take_over(self._buffers_in_line.tensors(), source)
        else:
            self._buffers_in_line.take()
        outputs = self.module(*inputs, **kwargs)
        if exchange:
            self._reducer.expect(outputs)
        elif at.is_grad_enabled():
            self._reducer.expecting = False
        return outputs

    @contextlib.contextmanager
    def no_sync(self) -> Iterator[None]:
        """Within it, gradients are added up in each process by itself; the next backward outside
        averages the whole of it.  Forward and backward both belong inside.

        Example:

            >>> at.distributed.init_process_group()
            >>> model = nn.parallel.DistributedDataParallel(nn.Linear(1, 1))
            >>> with model.no_sync():
            ...     model(at.ones(1, 1)).sum().backward()
            >>> model(at.ones(1, 1)).sum().backward()  # exchanges both
            >>> model.module.bias.grad
            tensor([2.])
            >>> at.distributed.destroy_process_group()
        """
        before = self.require_backward_grad_sync
        self.require_backward_grad_sync = False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before

    # -- shares of different lengths -------------------------------------------------------------

    def join(
        self,
        divide_by_initial_world_size: bool = True,
        enable: bool = True,
        throw_on_early_termination: bool = False,
        optimizer: Any = None,
    ) -> at.distributed.algorithms.Join:
        """Within it processes may have different numbers of batches::

            with model.join(optimizer=optimizer):
                for images, labels in loader:
                    ...  # forward, backward, step

        Who has run out takes part in what the others exchange, with zeros, until all are through;
        then everybody takes over the weights and buffers of one that was among the last.

        Args:
            divide_by_initial_world_size: the sum of the gradients is divided by the number of all
                processes, so that every batch counts the same; or else by the number of those who
                still have batches.
            enable: False turns it off.
            throw_on_early_termination: as soon as one has run out, all raise RuntimeError instead.
            optimizer: makes the same steps in a process that has run out, with the same gradients,
                so that what it remembers, momentum say, stays the same everywhere; a schedule does
                not go along.  PyTorch has no such argument: there what is remembered differs
                afterwards.  A ``ZeroRedundancyOptimizer`` has to be given, here or as in
                ``distributed.algorithms.Join([model, optimizer])``, for its steps exchange.

        Raises:
            RuntimeError: as ``throw_on_early_termination`` says; or, without that, the module has
                SyncBatchNorms: their exchanges belong to a forward.

        Example:

            >>> at.distributed.init_process_group()
            >>> model = nn.parallel.DistributedDataParallel(nn.Linear(1, 1))
            >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
            >>> with model.join(optimizer=optimizer):
            ...     for x in at.ones(3, 1, 1):
            ...         optimizer.zero_grad()
            ...         model(x).sum().backward()
            ...         optimizer.step()
            >>> at.distributed.destroy_process_group()
        """
        joined = Join(
            [self],
            enable,
            throw_on_early_termination,
            divide_by_initial_world_size=divide_by_initial_world_size,
            optimizer=optimizer,
        )
        self._need_followable(throw_on_early_termination or not enable)
        return joined

    def join_hook(self, **kwargs: Any) -> at.distributed.algorithms.JoinHook:
        """Takes part in forwards and backwards; knows what ``join`` hands on.

        Example:

            >>> at.distributed.init_process_group()
            >>> model = nn.parallel.DistributedDataParallel(nn.Linear(1, 1))
            >>> hook = model.join_hook(divide_by_initial_world_size=False)
            >>> at.distributed.destroy_process_group()
        """
        return _Following(
            self, kwargs.get("divide_by_initial_world_size", True), kwargs.get("optimizer")
        )

    @property
    def join_device(self) -> at.device:
        return at.device("cpu")

    @property
    def join_process_group(self) -> at.distributed.ProcessGroup:
        return self.process_group

    def _need_followable(self, nobody_follows: bool) -> None:
        if self._synchronous and not nobody_follows:
            raise RuntimeError(
                "DistributedDataParallel.join: a process that has run out cannot take part in the "
                "exchanges of SyncBatchNorm; use BatchNorm, shares of equal lengths "
                "(DistributedSampler gives such), or throw_on_early_termination=True"
            )

    def _agree(self, own: int) -> tuple[int, int]:
        """What those who go on do in this forward, and which is the first of them."""
        among = self.process_group
        said = at.zeros(among.size(), dtype=at.uint8)
        at.distributed.all_gather_into_tensor(said, at.tensor([own], dtype=at.uint8), among)
        everybodys = said.array.tolist()
        going_on = [rank for rank, one in enumerate(everybodys) if one != OVER]
        kinds = {everybodys[rank] for rank in going_on}
        if len(kinds) > 1:
            raise RuntimeError(
                "DistributedDataParallel.join: the ranks "
                f"{[among.ranks[rank] for rank in going_on]} do not do the same: all of them must "
                "be in training, or in evaluation, and within no_sync() or not"
            )
        if not self._divides_by_all:
            self._reducer.divisor = len(going_on)
        return kinds.pop(), going_on[0]


class _Following(JoinHook):
    """What a process does that has run out."""

    def __init__(
        self, model: DistributedDataParallel, divide_by_initial_world_size: bool, optimizer: Any
    ) -> None:
        self.model, self.optimizer = model, optimizer
        model._divides_by_all = divide_by_initial_world_size
        model._synchronous = any(isinstance(one, SyncBatchNorm) for one in model.module.modules())

    def main_hook(self) -> None:
        model = self.model
        kind, source = model._agree(OVER)
        model._buffers_in_line.source = source
        if kind == EXCHANGED_WITH_BUFFERS:
            model._take_over(model._buffers_in_line.tensors(), source)
        if kind >= EXCHANGED:
            model._reducer.follow()
            if self.optimizer is not None:
                self.optimizer.step()
                self.optimizer.zero_grad()

    def post_hook(self, is_last_joiner: bool) -> None:
        model = self.model
        among = model.process_group
        model._reducer.divisor = among.size()
        model._buffers_in_line.source = 0
        last = at.zeros(among.size(), dtype=at.uint8)
        own = at.tensor([is_last_joiner], dtype=at.uint8)
        at.distributed.all_gather_into_tensor(last, own, among)
        source = last.array.tolist().index(1)
        buffers = model.module.buffers() if model.broadcast_buffers else ()
        model._take_over([*model.module.parameters(), *buffers], source)


def _need_the_group_of_all() -> None:
    if not at.distributed.is_initialized():
        raise RuntimeError(
            "DistributedDataParallel: call autotensor.distributed.init_process_group() first"
        )


def _digest(array: np.ndarray) -> bytes:
    values = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return blake2b(values.data, digest_size=8).digest()
