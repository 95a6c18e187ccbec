"""Data sets and the batches drawn from them.

``for images, labels in DataLoader(MNIST(), batch_size=128, shuffle=True): ...``

``nn.data.transforms`` prepares and augments pictures.
"""

from nn.data import transforms
from nn.data.collate import default_collate, default_convert
from nn.data.dataset import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from nn.data.folder import ImageFolder, load_image
from nn.data.loader import DataLoader, WorkerInfo, get_worker_info
from nn.data.mnist import MNIST
from nn.data.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from nn.data.seeding import sample_generator
from nn.data.toys import circles, moons, shapes, spiral_data, xs_and_os

__all__ = [
    "MNIST",
    "BatchSampler",
    "ChainDataset",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "ImageFolder",
    "IterableDataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "WorkerInfo",
    "circles",
    "default_collate",
    "default_convert",
    "get_worker_info",
    "load_image",
    "moons",
    "random_split",
    "sample_generator",
    "shapes",
    "spiral_data",
    "transforms",
    "xs_and_os",
]
