"""A network in several processes, kept the same in all of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import autotensor as at
from autotensor import Tensor
from nn.arguments import need, number
from nn.module import Module
from nn.parallel.buckets import MEBIBYTE, Reducer

__all__ = ["DistributedDataParallel"]


class DistributedDataParallel(Module):
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

    and ``mpiexec -n 4 python train.py``.  (``nn.training.fit`` refuses several processes so far.)
    At the beginning all processes take over the weights and buffers of rank 0.  Each ``backward()``
    ends with the average of everybody's gradients in ``grad``, so that all optimizers make the same
    step.  With equal shares and a loss that is a mean, that is the gradient of the whole batch.
    The gradients travel in buckets, while backward still runs.

    Its state dict has ``module.`` in front of every key, as PyTorch's.  In a group of one process
    nothing is exchanged.

    Args:
        module: the same in every process; with at least one parameter that requires grad.
        process_group: those who take part; all if None.
        broadcast_buffers: before every forward in training, everybody takes over the buffers of
            rank 0, as the running statistics of batch norms.
        bucket_cap_mb: mebibytes of a bucket; 25 if None.
        find_unused_parameters, static_graph, gradient_as_bucket_view, check_reduction: accepted,
            without effect: parameters that a forward has not used are always found, and take part
            as zeros; one that no process has used keeps its ``grad``.
        device_ids, output_device, dim: there is one device; without effect.

    Raises:
        RuntimeError: before ``init_process_group``; no parameter requires grad; or the modules of
            the processes are not the same.
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
        name = "DistributedDataParallel"
        need(name, "module", module, Module, "a Module")
        at.distributed.get_rank(process_group)  # refuses what is no group
        among: Any = process_group or at.distributed.group.WORLD
        self.process_group: at.distributed.ProcessGroup = among
        self.module = module
        self.broadcast_buffers = bool(broadcast_buffers)
        self.require_backward_grad_sync = True
        learned = [one for one in module.parameters() if one.requires_grad]
        if not learned:
            raise RuntimeError(
                f"{name}: no parameter of the module requires grad, so there is nothing to "
                "exchange: use the module itself"
            )
        self._need_the_same()
        self._take_over([*module.parameters(), *module.buffers()])
        mebibytes = 25.0 if bucket_cap_mb is None else number(name, "bucket_cap_mb", bucket_cap_mb)
        self._reducer = Reducer(learned, self.process_group, mebibytes * MEBIBYTE)

    def _need_the_same(self) -> None:
        """The modules of all processes must have the same tensors."""
        own = [
            f"{key} {tuple(one.shape)} {one.array.dtype}{'' if one.requires_grad else ', frozen'}"
            for key, one in [*self.module.named_parameters(), *self.module.named_buffers()]
        ]
        everybodys: list[Any] = [None] * self.process_group.size()
        at.distributed.all_gather_object(everybodys, own, self.process_group)
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

    def _take_over(self, tensors: Sequence[Tensor]) -> None:
        """Those of rank 0, as one message."""
        if self.process_group.comm is None or not tensors:
            return
        everything = np.concatenate(
            [np.ascontiguousarray(one.array).reshape(-1).view(np.uint8) for one in tensors]
        )
        first = self.process_group.ranks[0]
        at.distributed.broadcast(message := at.from_numpy(everything), first, self.process_group)
        start = 0
        for one in tensors if self.process_group.rank() else ():
            part = message.array[start : start + one.array.nbytes].view(one.array.dtype)
            start += one.array.nbytes
            one.array[...] = part.reshape(one.array.shape)
            one.mark_written()

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        exchange = self.require_backward_grad_sync and at.is_grad_enabled()
        if exchange and self.training and self.broadcast_buffers:
            self._take_over(list(self.module.buffers()))
        outputs = self.module(*inputs, **kwargs)
        if exchange:
            self._reducer.expect(outputs)
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
