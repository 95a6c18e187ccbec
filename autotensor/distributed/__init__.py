"""Several processes that train one network: PyTorch's ``torch.distributed``, over MPI.

    mpiexec -n 2 python train.py

``init_process_group`` begins it, ``nn.parallel.DistributedDataParallel`` keeps the networks of all
processes the same, ``nn.data.DistributedSampler`` gives each its share of the data.  A script
started without ``mpiexec`` is one rank, and needs no other package; several need the extra ``mpi``:
``pip install 'autotensor[mpi]'``.
"""

from autotensor.distributed import algorithms as algorithms
from autotensor.distributed.collectives import *
from autotensor.distributed.common import *
from autotensor.distributed.objects import *
from autotensor.distributed.processes import *
from autotensor.importing import list_public, public_names

__all__ = public_names(__name__)

list_public(__name__)
