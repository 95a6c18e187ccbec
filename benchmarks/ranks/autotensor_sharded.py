"""The same, with the optimizer's state shared out: ``ZeroRedundancyOptimizer``."""

from __future__ import annotations

import autotensor as at
import autotensor.distributed as dist
from benchmarks.data import Data
from benchmarks.libraries import Step
from benchmarks.libraries.autotensor_ import model_of, rule_of, to_array, training, version
from benchmarks.ranks.autotensor_ import exchanged
from benchmarks.ranks.shares import share
from benchmarks.workloads import Workload
from nn import optim
from nn.parallel import DistributedDataParallel

__all__ = ["exchanged", "make", "to_array", "version"]


def make(workload: Workload, data: Data, threads: int | None) -> Step:
    if threads is not None:
        at.set_num_threads(threads)
    dist.init_process_group()
    model = DistributedDataParallel(model_of(workload))
    kind, options = rule_of(workload)
    optimizer = optim.ZeroRedundancyOptimizer(
        model.parameters(), kind, overlap_with_ddp=True, **options
    )
    batches = share(data.batches(workload), dist.get_rank(), dist.get_world_size())
    return training(model, optimizer, batches)
