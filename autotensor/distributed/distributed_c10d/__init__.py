"""Where PyTorch defines what ``torch.distributed`` shows: some scripts import it from here."""

from autotensor.distributed.asking import *
from autotensor.distributed.batches import *
from autotensor.distributed.collectives import *
from autotensor.distributed.objects import *
from autotensor.distributed.processes import *
