"""What scripts ask of ``torch.nn.parallel``: there is one device, so nothing is spread."""

from typing import TYPE_CHECKING

from autotensor.extend import on_demand
from nn.parallel.data_parallel import DataParallel as DataParallel
from nn.parallel.data_parallel import data_parallel as data_parallel

__all__ = ["DataParallel", "data_parallel"]
if not TYPE_CHECKING:
    __getattr__, __dir__ = on_demand(__name__)
