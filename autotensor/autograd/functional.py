"""``torch.autograd.functional``'s names; what they do stands in ``autotensor/transforms``."""

from autotensor.transforms.jacobians import *
