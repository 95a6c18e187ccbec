"""``torch.utils.checkpoint``'s names; what they do stands in ``autotensor/transforms``."""

from autotensor.doors import place_doors as _place_doors
from autotensor.transforms.checkpoint import *

_place_doors(__name__, list(globals()))
