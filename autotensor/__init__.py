"""autotensor: reverse-mode automatic differentiation in pure NumPy, with PyTorch's names."""

__version__ = "0.1.0"

from autotensor import methods
from autotensor.creation import *
from autotensor.dtypes import *
from autotensor.graph import grad
from autotensor.modes import *
from autotensor.operators.elementwise import *
from autotensor.tensor import Parameter, Tensor
