"""Data sets and the batches drawn from them.

``for images, labels in DataLoader(MNIST(), batch_size=128, shuffle=True): ...``

``nn.data.transforms`` prepares and augments pictures.
"""

from typing import TYPE_CHECKING

from nn.data import collate, dataset, folder, loader, mnist, sampler, seeding, toys, transforms
from nn.data.collate import *
from nn.data.dataset import *
from nn.data.folder import *
from nn.data.loader import *
from nn.data.mnist import *
from nn.data.sampler import *
from nn.data.seeding import *
from nn.data.toys import *

if not TYPE_CHECKING:  # checkers follow the lines above
    __all__ = [
        *collate.__all__,
        *dataset.__all__,
        *folder.__all__,
        *loader.__all__,
        *mnist.__all__,
        *sampler.__all__,
        *seeding.__all__,
        *toys.__all__,
        "transforms",
    ]
