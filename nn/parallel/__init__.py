"""What scripts ask of ``torch.nn.parallel``: there is one device, so nothing is spread."""

from typing import TYPE_CHECKING

from autotensor.extend import on_demand
from nn.parallel.data_parallel import DataParallel as DataParallel
from nn.parallel.data_parallel import data_parallel as data_parallel
from nn.parallel.distributed import DistributedDataParallel as DistributedDataParallel
from nn.parallel.distributed import Traffic as Traffic

__all__ = ["DataParallel", "DistributedDataParallel", "Traffic", "data_parallel"]
if not TYPE_CHECKING:
    __getattr__, __dir__ = on_demand(__name__)
