"""Data sets and the batches drawn from them.

``for images, labels in DataLoader(MNIST(), batch_size=128, shuffle=True): ...``

``nn.data.transforms`` prepares and augments pictures.
"""

from autotensor.extend import published
from nn.data import transforms as transforms
from nn.data.collate import *
from nn.data.dataloader import *
from nn.data.dataset import *
from nn.data.distributed import *
from nn.data.folder import *
from nn.data.mnist import *
from nn.data.sampler import *
from nn.data.seeding import *
from nn.data.toys import *
from nn.data.workers import *

# Not by assignment: checkers follow the lines above.
globals()["__all__"] = [*published(__name__), "transforms"]
