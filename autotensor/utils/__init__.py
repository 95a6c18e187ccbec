"""Tools around the engine, with the names of ``torch.utils``."""

from autotensor.utils import checkpoint as checkpoint
