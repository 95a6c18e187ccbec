"""``torch.autograd.functional``'s names; what they do stands in ``autotensor/transforms``."""

from autotensor.transforms.point_derivatives import *
