"""The share of a data set that one of several processes reads."""

from __future__ import annotations

from collections.abc import Sized

import numpy as np

import autotensor as at
from autotensor import Generator
from nn.arguments import refuse, whole
from nn.data.batches import number_of_batches
from nn.data.sampler import Order, Sampler

__all__ = ["DistributedSampler"]


class DistributedSampler(Sampler[int]):
    """Every ``num_replicas``-th index, from number ``rank`` on: each process has its own share.

    The state of a ``DataLoader`` with it, saved in any one of the processes, serves all of them,
    also where there are more or fewer than then.

    All shares are of one length: the last ones are filled up with indices from the beginning, or
    cut off.  See ``autotensor.distributed`` for how processes are started.

    Args:
        dataset: anything with a length.
        num_replicas: how many processes there are; if None as many as ``init_process_group`` has
            found, or 1.
        rank: which of them this is, from 0 on; if None what ``init_process_group`` has found, or 0.
        shuffle: draw a new random order for every epoch, as ``set_epoch`` says, the same in all
            processes.
        seed: of the random orders.
        drop_last: cut the shares off instead of filling them up.

    Raises:
        ValueError: a ``rank`` outside of 0 to ``num_replicas - 1``.

    Example:

        >>> from nn.data.distributed import DistributedSampler
        >>> for rank in (0, 1):
        ...     print(list(DistributedSampler(range(6), num_replicas=2, rank=rank, shuffle=False)))
        [0, 2, 4]
        [1, 3, 5]
    """

    def __init__(
        self,
        dataset: Sized,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        name = "DistributedSampler"
        several = at.distributed.is_initialized()
        if num_replicas is None:
            num_replicas = at.distributed.get_world_size() if several else 1
        if rank is None:
            rank = at.distributed.get_rank() if several else 0
        replicas, own = whole(name, "num_replicas", num_replicas), whole(name, "rank", rank, 0)
        refuse(name, own >= replicas, f"rank must be from 0 to {replicas - 1}, got {own}")
        self.dataset = dataset
        self.num_replicas = replicas
        self.rank = own
        self.shuffle = bool(shuffle)
        self.seed = seed
        self.drop_last = bool(drop_last)
        self.epoch = 0
        self.num_samples = number_of_batches(len(dataset), replicas, self.drop_last)
        self.total_size = self.num_samples * replicas

    def set_epoch(self, epoch: int) -> None:
        """Says which epoch comes next: each has another order.  Call it before iterating.

        Example:

            >>> from nn.data.distributed import DistributedSampler
            >>> first = DistributedSampler(range(6), num_replicas=2, rank=0)
            >>> second = DistributedSampler(range(6), num_replicas=2, rank=1)
            >>> first.set_epoch(3)
            >>> second.set_epoch(3)  # the same epoch everywhere, so that shares do not overlap
            >>> sorted([*first, *second])
            [0, 1, 2, 3, 4, 5]
        """
        self.epoch = epoch

    def order(self) -> Order:
        count = len(self.dataset)
        everything = np.arange(count)
        if self.shuffle:
            rng = Generator().manual_seed(self.seed + self.epoch).rng
            everything = rng.permutation(count)
        # ``resize`` repeats what there is until that is enough.
        return np.resize(everything, self.total_size)[self.rank :: self.num_replicas]

    def __len__(self) -> int:
        return self.num_samples
