"""``torch.utils.checkpoint``'s names; what they do stands in ``autotensor/transforms``."""

from autotensor.transforms.checkpoint import *
