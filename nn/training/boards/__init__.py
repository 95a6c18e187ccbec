"""What TensorBoard shows of a training: curves, histograms, pictures, the graph, text."""

from typing import TYPE_CHECKING

from autotensor.extend import published
from nn.training.boards.callback import *

if not TYPE_CHECKING:
    __all__ = published(__name__)
