"""Several processes that train one network: PyTorch's ``torch.distributed``, over MPI.

    mpiexec -n 2 python train.py
    python -m autotensor.distributed.run --nproc-per-node 2 train.py

``init_process_group`` begins it, ``nn.parallel.DistributedDataParallel`` keeps the networks of all
processes the same, ``nn.data.DistributedSampler`` gives each its share of the data.  Processes that
a script starts itself, by ``autotensor.multiprocessing``, find each other as PyTorch's do.  A
script started by itself is one rank, and needs no other package; several need the extra ``mpi``:
``pip install 'autotensor[mpi]'``.

Once this is imported in a process that ``mpiexec`` has started, ``RANK``, ``WORLD_SIZE``,
``LOCAL_RANK`` and ``LOCAL_WORLD_SIZE`` are in its environment, where scripts for PyTorch look.
"""

import os as _os
from typing import TYPE_CHECKING as _TYPE_CHECKING

from autotensor.distributed import algorithms as algorithms
from autotensor.distributed.asking import *
from autotensor.distributed.batches import *
from autotensor.distributed.collectives import *
from autotensor.distributed.common import *
from autotensor.distributed.launched import environment as _environment
from autotensor.distributed.objects import *
from autotensor.distributed.processes import *
from autotensor.importing import on_demand as _on_demand
from autotensor.importing import public_names

if not _TYPE_CHECKING:
    __getattr__, __dir__ = _on_demand(__name__, "nn")
    __all__ = public_names(__name__)

for _name, _value in _environment(_os.environ).items():
    _os.environ.setdefault(_name, _value)
