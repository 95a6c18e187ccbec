"""An optimizer whose state is shared out over several processes: each updates its own part."""

from __future__ import annotations

import copy
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np

import autotensor as at
from autotensor import Tensor
from nn.arguments import parts_of, refuse
from nn.optim.optimizer import Group, Loss, Optimizer, State
from nn.parallel.buckets import NEAR, Reducer, reducer_of
from nn.parallel.sharding import LARGE, GradientInParts, Part, by_elements, by_parameters
from nn.parameter import is_lazy
from nn.utils.clip_grad import clip_grad_norm_

Join = at.distributed.algorithms.Join
Joinable = at.distributed.algorithms.Joinable
JoinHook = at.distributed.algorithms.JoinHook

__all__ = ["ZeroRedundancyOptimizer"]

NAME = "ZeroRedundancyOptimizer"
OWN = ("params", "param_names")
"""What of a group is not an option."""


class _Share(NamedTuple):
    """Elements ``start`` to ``stop`` of ``parameter``, which this process changes."""

    parameter: Tensor
    start: int
    stop: int
    tensor: Tensor
    """What the optimizer of this process changes: the parameter itself, or a view of these."""


def _look_again(share: _Share) -> None:
    """The view is to be one of the memory that the parameter has now; where that does not lie in
    one piece, it is a copy."""
    array, own = share.parameter.array, share.tensor.array
    begins = own.__array_interface__["data"][0] - share.start * own.itemsize
    moved = array.__array_interface__["data"][0] != begins
    if moved or not array.flags.c_contiguous:
        share.tensor.data = at.from_numpy(array.reshape(-1)[share.start : share.stop])


class _Exchange:
    """Parameters of one dtype, of which every process gives its part of the new values to all."""

    def __init__(self, parameters: Sequence[Tensor], parts: list[Part]) -> None:
        self.parameters, self.parts = parameters, parts
        self.dtype = parameters[0].array.dtype
        self.counts = [sum(piece.size for piece in part) * self.dtype.itemsize for part in parts]

    def read(self, rank: int, into: np.ndarray) -> None:
        """Writes the part of ``rank`` to these bytes."""
        numbers, begin = into.view(self.dtype), 0
        for position, start, stop in self.parts[rank]:
            flat = self.parameters[position].array.reshape(-1)
            numbers[begin : begin + stop - start] = flat[start:stop]
            begin += stop - start

    def write(self, rank: int, given: np.ndarray) -> None:
        """Takes over the part of ``rank``, which is in these bytes."""
        numbers, begin = given.view(self.dtype), 0
        for position, start, stop in self.parts[rank]:
            array = self.parameters[position].array
            flat: Any = array.reshape(-1) if array.flags.c_contiguous else array.flat
            flat[start:stop] = numbers[begin : begin + stop - start]
            begin += stop - start


class _ByMPI:
    """New values go round by MPI: a large parameter alone from memory to memory, others packed."""

    def __init__(self, group: at.distributed.ProcessGroup) -> None:
        self.group = group
        self.packed: dict[_Exchange, np.ndarray] = {}

    def pass_round(self, exchanges: Sequence[_Exchange]) -> None:
        begun = [self._begin(one) for one in exchanges]
        for one, (request, values, places) in zip(exchanges, begun, strict=True):
            self.group.wait(request, NAME)
            for rank, begin in enumerate(places if one in self.packed else ()):
                if rank != self.group.rank():
                    one.write(rank, values[begin : begin + one.counts[rank]])

    def end(self) -> None:
        """Nothing is under way."""

    def _begin(self, one: _Exchange) -> tuple[Any, np.ndarray, list[int]]:
        comm: Any = self.group.comm
        first, rank = one.parameters[0].array, comm.rank
        places = np.cumsum([0, *one.counts[:-1]]).tolist()
        if len(one.parameters) == 1 and first.flags.c_contiguous:
            values = first.reshape(-1).view(np.uint8)
            self.packed.pop(one, None)
        else:
            if one not in self.packed:
                self.packed[one] = np.empty(sum(one.counts), np.uint8)
            values = self.packed[one]
            one.read(rank, values[places[rank] : places[rank] + one.counts[rank]])
        self.group.hand_over(one.counts[rank])
        received = [values, (one.counts, places), self.group.mpi.BYTE]
        return comm.Iallgatherv(self.group.mpi.IN_PLACE, received), values, places


class _InMemory:
    """New values are written where all processes see them; MPI tells when."""

    def __init__(
        self, group: at.distributed.ProcessGroup, exchanges: Sequence[_Exchange], memory: Any
    ) -> None:
        self.group, self.memory = group, memory
        self.read: Any = None
        self.places: dict[_Exchange, int] = {}
        begin = 0
        for one in exchanges:
            self.places[one] = begin
            begin += _room(one)

    def pass_round(self, exchanges: Sequence[_Exchange]) -> None:
        comm: Any = self.group.comm
        self.end()
        for one in exchanges:
            one.read(comm.rank, self._bytes(one, comm.rank))
            self.group.hand_over(one.counts[comm.rank])
        self.group.wait(comm.Ibarrier(), NAME)
        for one in exchanges:
            for rank in range(comm.size):
                if rank != comm.rank:
                    one.write(rank, self._bytes(one, rank))
        self.read = comm.Ibarrier()

    def end(self) -> None:
        """Nobody may still read what was written before."""
        if self.read is not None:
            self.group.wait(self.read, NAME)
            self.read = None

    def _bytes(self, one: _Exchange, rank: int) -> np.ndarray:
        begin = self.places[one]
        found: np.ndarray = self.memory[rank][begin : begin + one.counts[rank]]
        return found


def _room(one: _Exchange) -> int:
    """Bytes for the largest part, so that the next begins at a multiple of 64."""
    return -(-max(one.counts) // 64) * 64


def _way(group: at.distributed.ProcessGroup, exchanges: Sequence[_Exchange]) -> _ByMPI | _InMemory:
    if group.size() <= NEAR:
        memory = at.distributed.common_memory(max(64, sum(map(_room, exchanges))), group)
        if memory is not None:
            return _InMemory(group, exchanges, memory)
    return _ByMPI(group)


class ZeroRedundancyOptimizer(Optimizer, Joinable):
    """An ``optimizer_class`` whose state is shared out over the processes of a group.

    ::

        model = nn.parallel.DistributedDataParallel(model)
        optimizer = optim.ZeroRedundancyOptimizer(model.parameters(), optim.AdamW, lr=1e-3)

    With P parameters on N ranks, each remembers and updates P / N of them, and then all send their
    new weights to all.  The result is that of ``optimizer_class`` itself: bit for bit where
    ``separable`` is ``"elements"`` and the gradients are the same bits.  The gradients must be the
    same in all processes, as ``DistributedDataParallel`` makes them.

    By rank, with weights of b bytes and k numbers of state for each (Adam has k = 2; SGD with
    momentum 1), whereas without sharding it is P · b · k of state and 2 · P · b · (N − 1) / N sent:

    - state: P · b · k / N
    - sent: P · b · (N − 1) / N by each step, besides 2 · P · b · (N − 1) / N for the gradients;
      with ``overlap_with_ddp`` only P · b · (N − 1) / N for those, so no more in all than without
      sharding

    How the parameters are shared out depends on ``optimizer_class.separable``.  Where each element
    is updated by itself (SGD, Adam and their kin) they are cut anywhere, so that all parts are
    nearly equal, however large one parameter is.  Other optimizers (Adafactor, Muon, those of your
    own unless they say so) get whole parameters, the largest first to who has least.

    ``param_groups`` are those of all parameters, and schedules change them as usual.  ``state`` is
    that of this process's part alone.

    To save, all ranks call ``consolidate_state_dict()``, then rank 0 saves ``state_dict()``, which
    is that of ``optimizer_class``: any number of ranks can load it, and so can the plain optimizer.

    Args:
        params: parameters, or groups of them, the same in all processes; see ``Optimizer``.
        optimizer_class: a subclass of ``Optimizer``.
        process_group: those who share; all if None.
        parameters_as_bucket_view: accepted, without effect: large parameters are exchanged in their
            own memory anyway.
        overlap_with_ddp: the gradients travel by reduce-scatter while backward runs, so that every
            rank gets only the part that it updates; the parameters must be those of one
            ``DistributedDataParallel``.  Then ``grad`` cannot be read: ``clip_grad_norm_`` here
            clips.  ``step`` is called as usual; PyTorch makes it within backward.
        defaults: options for ``optimizer_class``.

    Raises:
        RuntimeError: before ``init_process_group``; the parameters of the processes differ; or
            ``overlap_with_ddp`` without such a model.
        TypeError: ``optimizer_class`` is none.
        ValueError: it cannot be shared out (LBFGS), a parameter has no shape yet, or what
            ``optimizer_class`` refuses.

    Source: Rajbhandari et al., ZeRO: memory optimizations toward training trillion parameter
    models, 2020: stage 1, and with ``overlap_with_ddp`` stage 2.

    Example:

        >>> at.distributed.init_process_group()  # started without mpiexec: one rank
        >>> model = nn.Linear(2, 1)
        >>> optimizer = optim.ZeroRedundancyOptimizer(model.parameters(), optim.SGD, lr=0.1)
        >>> model(at.ones(1, 2)).sum().backward()
        >>> optimizer.step()
        >>> optimizer.consolidate_state_dict()
        >>> optimizer.state_dict()["param_groups"][0]["lr"]
        0.1
        >>> at.distributed.destroy_process_group()
    """

    def __init__(
        self,
        params: Iterable[Any],
        optimizer_class: type[Optimizer],
        process_group: at.distributed.ProcessGroup | None = None,
        parameters_as_bucket_view: bool = False,
        overlap_with_ddp: bool = False,
        **defaults: Any,
    ) -> None:
        self._separable = _separable(optimizer_class)
        at.distributed.get_process_group_ranks(process_group)  # refuses what is no group
        among: Any = process_group or at.distributed.group.WORLD
        self.rank = among.rank()
        self.process_group: at.distributed.ProcessGroup = among
        self.world_size = among.size()
        self.parameters_as_bucket_view = bool(parameters_as_bucket_view)
        Joinable.__init__(self)
        self._class, self._options = optimizer_class, defaults
        # Of all parameters: it checks them and their options, and knows the defaults.
        everything = optimizer_class(params, **defaults)
        self.defaults, self.param_groups = everything.defaults, everything.param_groups
        self._forget_hooks()
        self._need_the_same()
        self._shares: list[_Share] = []
        self._exchanges: list[_Exchange] = []
        self._way: _ByMPI | _InMemory | None = None
        self._steps = 0
        self._saved: dict[int, State] | None = None
        self._reducer = self._find_reducer() if overlap_with_ddp else None
        self._loads = [0] * self.world_size
        shares = self._share_out(list(self._all_params()))
        self.optim = optimizer_class(
            [_with(group, shares, group["params"]) for group in self.param_groups], **defaults
        )
        self.state = self.optim.state

    def _need_the_same(self) -> None:
        """The parameters must have shapes, and be the same in all processes."""
        if any(is_lazy(one) for one in self._all_params()):
            raise ValueError(
                f"{NAME}: a parameter has no shape yet; call the lazy module with a batch first"
            )
        own = [f"{tuple(one.shape)} {one.array.dtype}" for one in self._all_params()]
        everybodys: list[Any] = [None] * self.world_size
        at.distributed.all_gather_object(everybodys, own, self.process_group)
        for rank, theirs in enumerate(everybodys):
            if theirs != everybodys[0]:
                raise RuntimeError(
                    f"{NAME}: the parameters of the processes are not the same: rank 0 has "
                    f"{everybodys[0]}, rank {rank} has {theirs}"
                )

        self._known = [(one.array.shape, one.array.dtype) for one in self._all_params()]

    def _find_reducer(self) -> Reducer | None:
        learned = [one for one in self._all_params() if one.requires_grad]
        found = reducer_of(learned)
        if found is None or found.group.ranks != self.process_group.ranks:
            raise RuntimeError(
                f"{NAME}: overlap_with_ddp needs the parameters of a DistributedDataParallel of "
                "the same group, all that require grad and no others: wrap the model first"
            )
        return found if found.group.comm is not None else None

    # -- who has what ----------------------------------------------------------------------------

    def _divided(self, sizes: list[int]) -> list[Part]:
        if self._separable == "elements":
            return by_elements(sizes, self.world_size)
        return by_parameters(sizes, self._loads)

    def _share_out(self, parameters: list[Tensor]) -> dict[int, Tensor]:
        """Takes up new parameters; what of them this process changes, by the parameter's id."""
        runs: list[tuple[Sequence[Tensor], list[Part]]] = []
        rest = parameters
        if self._reducer is not None:
            self._reducer.divide(self._divided)
            runs = [(one.parameters, one.parts) for one in self._reducer.buckets]
            rest = [one for one in parameters if not one.requires_grad]
        alike: dict[Any, list[Tensor]] = {}
        for one in rest:
            alike.setdefault((one.array.dtype, one.requires_grad), []).append(one)
        runs += [(some, self._divided([one.numel() for one in some])) for some in alike.values()]
        mine: dict[int, Tensor] = {}
        for some, parts in runs:
            for position, start, stop in parts[self.rank]:
                share = self._share(some[position], start, stop)
                self._shares.append(share)
                mine[id(share.parameter)] = share.tensor
            if self.process_group.comm is not None:
                self._exchanges += self._exchanges_of(some, parts)
        if self.process_group.comm is not None:
            if self._way is not None:
                self._way.end()
            self._way = _way(self.process_group, self._exchanges)
        return mine

    def _share(self, parameter: Tensor, start: int, stop: int) -> _Share:
        if self._separable != "elements":
            return _Share(parameter, start, stop, parameter)
        view = at.from_numpy(parameter.array.reshape(-1)[start:stop])
        return _Share(parameter, start, stop, view.requires_grad_())

    def _exchanges_of(self, parameters: Sequence[Tensor], parts: list[Part]) -> list[_Exchange]:
        """Large parameters that are cut go each by itself, all others together."""
        cut = self._separable == "elements"
        together: list[int] = []
        groups = [together]
        for number, one in enumerate(parameters):
            if cut and one.numel() >= LARGE:
                groups.append([number])
            else:
                together.append(number)
        home = {
            number: (place, index)
            for place, some in enumerate(groups)
            for index, number in enumerate(some)
        }
        divided: list[list[Part]] = [[[] for _ in parts] for _ in groups]
        for rank, part in enumerate(parts):
            for piece in part:
                place, index = home[piece.position]
                divided[place][rank].append(piece._replace(position=index))
        return [
            _Exchange([parameters[number] for number in some], pieces)
            for some, pieces in zip(groups, divided, strict=True)
            if some
        ]

    def add_param_group(self, param_group: Group) -> None:
        """Adds the parameters ``param_group["params"]``, with options of their own; all ranks must
        call it.  What was there stays where it is.

        Raises:
            RuntimeError: with ``overlap_with_ddp``: the parameters are those of its model.

        Example:

            >>> at.distributed.init_process_group()
            >>> body, head = nn.Linear(4, 8), nn.Linear(8, 1)
            >>> optimizer = optim.ZeroRedundancyOptimizer(head.parameters(), optim.Adam, lr=0.1)
            >>> optimizer.add_param_group({"params": body.parameters(), "lr": 0.001})
            >>> [group["lr"] for group in optimizer.param_groups]
            [0.1, 0.001]
            >>> at.distributed.destroy_process_group()
        """
        if self._reducer is not None:
            raise RuntimeError(
                f"{NAME}.add_param_group: with overlap_with_ddp the parameters are those of its "
                "DistributedDataParallel; make both anew"
            )
        everything = self._unsharded()
        everything.add_param_group(param_group)
        group = everything.param_groups[-1]
        self.param_groups.append(group)
        try:
            self._need_the_same()
        except (RuntimeError, ValueError):
            self.param_groups.pop()
            raise
        shares = self._share_out(group["params"])
        self.optim.add_param_group(_with(group, shares, group["params"]))
        self._saved = None

    def _unsharded(self) -> Optimizer:
        """One of ``optimizer_class`` for all parameters, without state."""
        groups = [{**group, "params": list(group["params"])} for group in self.param_groups]
        for group in groups:
            names = group.pop("param_names", None)
            if names is not None:
                group["params"] = list(zip(names, group["params"], strict=True))
        return self._class(groups, **self._options)

    # -- a step ----------------------------------------------------------------------------------

    def step(self, closure: Callable[[], Loss] | None = None, **kwargs: Any) -> Loss | None:
        """Changes this process's part of every parameter that has a gradient, and takes over the
        parts of the others.  All ranks must call it.

        Args:
            closure: computes the loss again, with its gradients, before the step.
            kwargs: for the ``step`` of ``optimizer_class``.

        Returns:
            What ``closure`` returned.

        Raises:
            RuntimeError: a parameter has another shape or dtype than at first; or the others do not
                come: see ``init_process_group``.

        Example:

            >>> at.distributed.init_process_group()
            >>> p = at.tensor([3.0], requires_grad=True)
            >>> optimizer = optim.ZeroRedundancyOptimizer([p], optim.SGD, lr=0.5)
            >>> (p * p).sum().backward()
            >>> optimizer.step()
            >>> p.detach()
            tensor([0.])
            >>> at.distributed.destroy_process_group()
        """
        Join.notify_join_context(self)
        self._need_as_before()
        _copy_options(self.param_groups, self.optim.param_groups)
        restored: list[tuple[Tensor, Any]] = []

        def evaluate() -> Loss:
            loss = closure()  # type: ignore[misc]  # called where there is one
            restored.extend(self._take_gradients())
            return loss

        try:
            if closure is None:
                restored.extend(self._take_gradients())
                loss: Any = self.optim.step(**kwargs)
            else:
                loss = self.optim.step(evaluate, **kwargs)
        finally:
            for parameter, gradient in restored:
                parameter._grad = gradient
        _copy_options(self.optim.param_groups, self.param_groups)
        self._exchange()
        self._saved = None
        return loss

    def _need_as_before(self) -> None:
        for parameter, (shape, dtype) in zip(self._all_params(), self._known, strict=True):
            array = parameter.array
            if array.shape != shape or array.dtype != dtype:
                raise RuntimeError(
                    f"{NAME}.step: a parameter was {shape} {dtype} when the optimizer was made, "
                    f"and is now {array.shape} {array.dtype}; make the optimizer after that"
                )

    def _take_gradients(self) -> Iterator[tuple[Tensor, Any]]:
        """Gives the optimizer of this process its part of the gradients; where a parameter's own
        ``grad`` was changed for that, gives the parameter and what is to be there afterwards."""
        for share in self._shares:
            parameter, start, stop, tensor = share
            gradient = parameter.grad
            if tensor is not parameter:
                _look_again(share)
            elif not isinstance(gradient, GradientInParts):
                continue
            if gradient is None:
                tensor.grad = None
                continue
            if isinstance(gradient, GradientInParts):
                part = gradient.part
            else:
                part = gradient.array.reshape(-1)[start:stop]
            if tensor is parameter:
                yield parameter, gradient
            tensor._grad = None if part is None else at.from_numpy(part.reshape(tensor.shape))

    def _exchange(self) -> None:
        for parameter, start, stop, tensor in self._shares:
            if tensor is not parameter:
                if not parameter.array.flags.c_contiguous:
                    parameter.array.flat[start:stop] = tensor.array
                parameter.mark_written()
        # Frozen parameters keep their values everywhere.
        exchanges = [
            one
            for one in self._exchanges
            if any(parameter.requires_grad for parameter in one.parameters)
        ]
        if self._way is not None:
            self._steps += 1
            self.process_group.meet(f"step {self._steps} of {NAME}").wait()
            self._way.pass_round(exchanges)
        for one in exchanges:
            for parameter in one.parameters:
                parameter.mark_written()

    def zero_grad(self, set_to_none: bool = True) -> None:
        """As ``Optimizer.zero_grad``; gradients that are in parts are forgotten in any case.

        Example:

            >>> at.distributed.init_process_group()
            >>> p = at.tensor([3.0], requires_grad=True)
            >>> optimizer = optim.ZeroRedundancyOptimizer([p], optim.SGD, lr=0.5)
            >>> (p * p).sum().backward()
            >>> optimizer.zero_grad()
            >>> p.grad is None
            True
            >>> at.distributed.destroy_process_group()
        """
        for parameter in self._all_params():
            if isinstance(parameter.grad, GradientInParts):
                parameter.grad = None
        super().zero_grad(set_to_none)

    def clip_grad_norm_(self, max_norm: float, norm_type: float = 2.0) -> Tensor:
        """As ``nn.utils.clip_grad_norm_`` of all parameters, also where gradients are in parts.
        All ranks must call it.  PyTorch has it in FSDP's modules.

        Returns:
            The norm before.

        Example:

            >>> at.distributed.init_process_group()
            >>> p = at.tensor([3.0, 4.0], requires_grad=True)
            >>> optimizer = optim.ZeroRedundancyOptimizer([p], optim.SGD, lr=0.5)
            >>> (p * p / 2).sum().backward()
            >>> optimizer.clip_grad_norm_(1.0)
            tensor(5.)
            >>> at.distributed.destroy_process_group()
        """
        if self._reducer is None:
            return clip_grad_norm_(list(self._all_params()), max_norm, norm_type)
        order = float(norm_type)
        parts = [one.parameter.grad for one in self._shares]
        own = [one.part for one in parts if isinstance(one, GradientInParts)]
        found = [one.astype(np.float64) for one in own if one is not None]
        total = at.zeros((), dtype=at.float64)
        if math.isinf(order):
            total.array[...] = max((np.abs(one).max(initial=0) for one in found), default=0)
            at.distributed.all_reduce(total, at.distributed.ReduceOp.MAX, self.process_group)
            norm = total.item()
        else:
            total.array[...] = sum(float((np.abs(one) ** order).sum()) for one in found)
            at.distributed.all_reduce(total, group=self.process_group)
            norm = total.item() ** (1 / order)
        factor = min(1.0, max_norm / (norm + 1e-6)) if not math.isnan(norm) else norm
        for one in own:
            if one is not None:
                one *= one.dtype.type(factor)
        return at.tensor(norm)

    # -- shares of different lengths -------------------------------------------------------------

    def join_hook(self, **kwargs: Any) -> at.distributed.algorithms.JoinHook:
        """Makes the steps of the others along with them.

        Example:

            >>> at.distributed.init_process_group()
            >>> p = at.zeros(1, requires_grad=True)
            >>> optimizer = optim.ZeroRedundancyOptimizer([p], optim.SGD, lr=0.1)
            >>> optimizer.join_hook().main_hook()  # a step
            >>> at.distributed.destroy_process_group()
        """
        return _Stepping(self)

    @property
    def join_device(self) -> at.device:
        return at.device("cpu")

    @property
    def join_process_group(self) -> at.distributed.ProcessGroup:
        return self.process_group

    # -- saving and loading ----------------------------------------------------------------------

    def consolidate_state_dict(self, to: int = 0) -> None:
        """Collects the state of all ranks in rank ``to`` of the group, for ``state_dict`` there.
        All ranks must call it.

        Raises:
            ValueError: ``to`` is no rank.

        Example:

            >>> at.distributed.init_process_group()
            >>> p = at.tensor([3.0], requires_grad=True)
            >>> optimizer = optim.ZeroRedundancyOptimizer([p], optim.SGD, lr=0.5, momentum=0.9)
            >>> (p * p).sum().backward()
            >>> optimizer.step()
            >>> optimizer.consolidate_state_dict()
            >>> optimizer.state_dict()["state"]
            {0: {'momentum_buffer': tensor([6.])}}
            >>> at.distributed.destroy_process_group()
        """
        wrong = not isinstance(to, int) or not 0 <= to < self.world_size
        refuse(
            f"{NAME}.consolidate_state_dict",
            wrong,
            f"to must be a rank from 0 to {self.world_size - 1}, got {to!r}",
        )
        _copy_options(self.param_groups, self.optim.param_groups)
        number = {id(one): place for place, one in enumerate(self._all_params())}
        own = [
            (number[id(share.parameter)], share.start, self.optim.state[share.tensor])
            for share in self._shares
            if share.tensor in self.optim.state
        ]
        here = self.rank == to
        found: list[Any] | None = [None] * self.world_size if here else None
        at.distributed.gather_object(own, found, self.process_group.ranks[to], self.process_group)
        self._saved = self._joined(found) if found is not None else None

    def _joined(self, found: list[list[tuple[int, int, State]]]) -> dict[int, State]:
        """The state of whole parameters, by their numbers."""
        parameters = list(self._all_params())
        pieces: dict[int, list[tuple[int, State]]] = {}
        for one in found:
            for number, start, state in one:
                pieces.setdefault(number, []).append((start, state))
        joined = {}
        for number in sorted(pieces):
            states = [state for _, state in sorted(pieces[number], key=lambda one: one[0])]
            shape = tuple(parameters[number].shape)
            joined[number] = {name: self._whole(name, states, shape) for name in states[0]}
        return joined

    def _whole(self, name: str, states: list[State], shape: tuple[int, ...]) -> Any:
        values = [state[name] for state in states]
        if self._separable != "elements" or not isinstance(values[0], Tensor) or not values[0].ndim:
            return values[0]
        return at.from_numpy(np.concatenate([one.array for one in values]).reshape(shape))

    def state_dict(self) -> dict[str, Any]:
        """That of ``optimizer_class`` for all parameters, as ``consolidate_state_dict`` found it.

        Raises:
            RuntimeError: that was not called since the last step, or for another rank.

        Example:

            >>> at.distributed.init_process_group()
            >>> optimizer = optim.ZeroRedundancyOptimizer(
            ...     [at.zeros(1, requires_grad=True)], optim.SGD, lr=0.5
            ... )
            >>> optimizer.consolidate_state_dict()
            >>> list(optimizer.state_dict())
            ['state', 'param_groups']
            >>> at.distributed.destroy_process_group()
        """
        if self._saved is None:
            if self.process_group.comm is not None:
                raise RuntimeError(
                    f"{NAME}.state_dict: the state is in parts on all ranks; call "
                    f"consolidate_state_dict(to={self.rank}) on all of them after the last step"
                )
            self.consolidate_state_dict()
        parameters = list(self._all_params())
        saved = self._saved or {}
        own = self.state
        self.state = defaultdict(dict)
        self.state.update((parameters[number], state) for number, state in saved.items())
        try:
            return super().state_dict()
        finally:
            self.state = own

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Takes over this rank's part of what ``state_dict`` gave on any number of ranks, or of
        what the plain ``optimizer_class`` gave.  All ranks must call it, with the same.

        Raises:
            TypeError, ValueError: as ``Optimizer.load_state_dict``; nothing was changed then.

        Example:

            >>> at.distributed.init_process_group()
            >>> p = at.tensor([1.0], requires_grad=True)
            >>> plain = optim.Adam([p], lr=0.1)
            >>> p.grad = at.ones(1)
            >>> plain.step()
            >>> sharded = optim.ZeroRedundancyOptimizer([p], optim.Adam)
            >>> sharded.load_state_dict(plain.state_dict())
            >>> sharded.param_groups[0]["lr"]
            0.1
            >>> at.distributed.destroy_process_group()
        """
        parts_of(f"{NAME}.load_state_dict", state_dict)
        state_dict = dict(state_dict)
        for hook in list(self._state_hooks.load_pre.values()):
            replaced = hook(self, state_dict)
            state_dict = state_dict if replaced is None else replaced
        everything = self._unsharded()
        everything.load_state_dict(state_dict)
        self.param_groups = everything.param_groups
        _copy_options(self.param_groups, self.optim.param_groups)
        self.optim.state.clear()
        for parameter, start, stop, tensor in self._shares:
            if parameter in everything.state:
                state = everything.state[parameter]
                self.optim.state[tensor] = {
                    name: self._cut(everything, name, value, parameter, slice(start, stop))
                    for name, value in state.items()
                }
        self._stepped = self.optim._stepped = True
        self._saved = None
        for hook in list(self._state_hooks.load.values()):
            hook(self)

    def _cut(
        self, everything: Optimizer, name: str, value: Any, parameter: Tensor, own: slice
    ) -> Any:
        if self._separable != "elements" or not isinstance(value, Tensor):
            return copy.deepcopy(value)
        if name == "step" or name in everything._numbers or value.shape != parameter.shape:
            return value.clone()
        return at.from_numpy(value.array.reshape(-1)[own].copy())

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(
            f"{NAME}: it cannot be copied or pickled, for its state is in parts on all ranks; save "
            "what state_dict() gives after consolidate_state_dict()"
        )


class _Stepping(JoinHook):
    """What a process does that has run out."""

    def __init__(self, optimizer: ZeroRedundancyOptimizer) -> None:
        self.optimizer = optimizer

    def main_hook(self) -> None:
        self.optimizer.step()


def _separable(kind: Any) -> str:
    """What ``separable`` says of the rule that an optimizer really has: a class that changes the
    rule says so itself, or its parameters stay whole."""
    if not (isinstance(kind, type) and issubclass(kind, Optimizer)):
        shown = kind.__name__ if isinstance(kind, type) else type(kind).__name__
        raise TypeError(
            f"{NAME}: optimizer_class must be a class of optimizers, as optim.Adam, got {shown}"
        )
    refuse(
        NAME,
        kind.separable == "nothing" or issubclass(kind, ZeroRedundancyOptimizer),
        f"{kind.__name__} needs all parameters at once, so it cannot be shared out; use it alone",
    )
    for one in kind.__mro__:
        known = vars(one)
        if "separable" in known:
            return str(known["separable"])
        if not {"descend", "step", "_update"}.isdisjoint(known):
            break
    return "parameters"


def _with(group: Group, shares: Mapping[int, Tensor], parameters: Sequence[Tensor]) -> Group:
    """The group as the optimizer of this process has it."""
    options = {name: value for name, value in group.items() if name not in OWN}
    return {**options, "params": [shares[id(one)] for one in parameters if id(one) in shares]}


def _copy_options(source: Sequence[Group], target: Sequence[Group]) -> None:
    for theirs, ours in zip(source, target, strict=True):
        ours.update((name, value) for name, value in theirs.items() if name not in OWN)
