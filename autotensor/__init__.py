"""autotensor: reverse-mode automatic differentiation in pure NumPy, with PyTorch's names."""

__version__ = "0.1.0"

from autotensor import methods as methods
from autotensor.creation import *
from autotensor.dtypes import *
from autotensor.function import *
from autotensor.gradcheck import *
from autotensor.graph import grad as grad
from autotensor.memory import keep_freed_memory as _keep_freed_memory
from autotensor.modes import *
from autotensor.operators.activation import *
from autotensor.operators.convolution import *
from autotensor.operators.elementwise import *
from autotensor.operators.indexing import *
from autotensor.operators.linalg import *
from autotensor.operators.loss import *
from autotensor.operators.normalization import *
from autotensor.operators.pooling import *
from autotensor.operators.reductions import *
from autotensor.operators.shapes import *
from autotensor.printing import set_printoptions as set_printoptions
from autotensor.serialization import load as load
from autotensor.serialization import save as save
from autotensor.tensor import Parameter as Parameter
from autotensor.tensor import Tensor as Tensor
from autotensor.threads import get_num_threads as get_num_threads
from autotensor.threads import set_num_threads as set_num_threads

_keep_freed_memory()
