"""Functions made of functions, as in ``torch.func``; they stand in ``autotensor/transforms``."""

from autotensor.doors import place_doors as _place_doors
from autotensor.transforms.derivatives import *
from autotensor.transforms.stateless import *
from autotensor.transforms.vmap import *

_place_doors(__name__, list(globals()))
