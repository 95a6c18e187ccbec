"""autotensor: reverse-mode automatic differentiation in pure NumPy, with PyTorch's names."""

from typing import TYPE_CHECKING

__version__ = "0.1.0"

from autotensor import methods as methods
from autotensor.creation import *
from autotensor.device import *
from autotensor.dtypes import *
from autotensor.function import *
from autotensor.gradcheck import *
from autotensor.graph import grad as grad
from autotensor.importing import on_demand as _on_demand
from autotensor.memory import keep_freed_memory as _keep_freed_memory
from autotensor.modes import *
from autotensor.operators.activation import *
from autotensor.operators.arithmetic import *
from autotensor.operators.attention import *
from autotensor.operators.bessel import *
from autotensor.operators.classification import *
from autotensor.operators.comparison import *
from autotensor.operators.convolution import *
from autotensor.operators.counting import *
from autotensor.operators.ctc import *
from autotensor.operators.decompositions import *
from autotensor.operators.diagonals import *
from autotensor.operators.differences import *
from autotensor.operators.distances import *
from autotensor.operators.dropout import *
from autotensor.operators.elementwise import *
from autotensor.operators.embedding import *
from autotensor.operators.folding import *
from autotensor.operators.gamma import *
from autotensor.operators.indexing import *
from autotensor.operators.joining import *
from autotensor.operators.linalg import *
from autotensor.operators.loss import *
from autotensor.operators.margin import *
from autotensor.operators.matrices import *
from autotensor.operators.normalization import *
from autotensor.operators.norms import *
from autotensor.operators.padding import *
from autotensor.operators.picking import *
from autotensor.operators.pooling import *
from autotensor.operators.recurrent import *
from autotensor.operators.reductions import *
from autotensor.operators.repeating import *
from autotensor.operators.resampling import *
from autotensor.operators.rounding import *
from autotensor.operators.sampling import *
from autotensor.operators.scans import *
from autotensor.operators.scattering import *
from autotensor.operators.shapes import *
from autotensor.operators.similarity import *
from autotensor.operators.sorting import *
from autotensor.operators.special import *
from autotensor.operators.statistics import *
from autotensor.operators.strided import *
from autotensor.printing import set_printoptions as set_printoptions
from autotensor.random import *
from autotensor.serialization import load as load
from autotensor.serialization import save as save
from autotensor.tensor import Parameter as Parameter
from autotensor.tensor import Tensor as Tensor
from autotensor.threads import get_num_threads as get_num_threads
from autotensor.threads import set_num_threads as set_num_threads

if TYPE_CHECKING:
    from autotensor import accelerator as accelerator
    from autotensor import autograd as autograd
    from autotensor import backends as backends
    from autotensor import cuda as cuda
    from autotensor import func as func
    from autotensor import linalg as linalg
    from autotensor import special as special
    from autotensor import utils as utils
    from autotensor.batching import vmap as vmap
else:
    __getattr__, __dir__ = _on_demand(
        __name__,
        "accelerator",
        "autograd",
        "backends",
        "cuda",
        "func",
        "linalg",
        "special",
        "utils",
        vmap="autotensor.batching",
    )

_keep_freed_memory()
