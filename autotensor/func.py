"""Functions made of functions, as in ``torch.func``; they stand in ``autotensor/transforms``."""

from autotensor.transforms.derivatives import *
from autotensor.transforms.stateless import *
from autotensor.transforms.vmap import *
