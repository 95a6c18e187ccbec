"""``torch.autograd.functional``'s names; what they do stands in ``autotensor/transforms``."""

from autotensor.doors import place_doors
from autotensor.transforms.point_derivatives import *

place_doors(__name__, list(globals()))
