"""Functions made of functions, as in ``torch.func``; they stand in ``autotensor/transforms``."""

from autotensor.transforms.func import *
