"""Data sets and the batches drawn from them.

``for images, labels in DataLoader(MNIST(), batch_size=128, shuffle=True): ...``
"""

from nn.data.collate import default_collate
from nn.data.dataset import Dataset, TensorDataset
from nn.data.loader import DataLoader
from nn.data.mnist import MNIST
from nn.data.toys import circles, moons, shapes, spiral_data, xs_and_os

__all__ = [
    "MNIST",
    "DataLoader",
    "Dataset",
    "TensorDataset",
    "circles",
    "default_collate",
    "moons",
    "shapes",
    "spiral_data",
    "xs_and_os",
]
