"""Data sets and the batches drawn from them.

``for images, labels in DataLoader(MNIST(), batch_size=128, shuffle=True): ...``

``nn.data.transforms`` prepares and augments pictures.
"""

from typing import TYPE_CHECKING

from autotensor.extend import on_demand, published
from nn.data import transforms as transforms
from nn.data.collate import *
from nn.data.dataloader import *
from nn.data.dataset import *
from nn.data.distributed import *
from nn.data.folder import *
from nn.data.sampler import *
from nn.data.seeding import *
from nn.data.toys import *
from nn.data.workers import *

if TYPE_CHECKING:
    from nn.data.downloads import *
    from nn.data.handwriting import *
    from nn.data.idx import *
    from nn.data.mnist import *
    from nn.data.texts import *
else:  # what fetches files takes its time to import
    __getattr__, __dir__ = on_demand(
        __name__,
        names={
            "nn.data.downloads": "download download_url",
            "nn.data.handwriting": "EMNIST QMNIST",
            "nn.data.idx": "read_idx",
            "nn.data.mnist": "MNIST FashionMNIST KMNIST",
            "nn.data.texts": "sonnets",
        },
    )

# Not by assignment: checkers follow the lines above.
globals()["__all__"] = [*published(__name__), "transforms"]
