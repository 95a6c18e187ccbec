"""Operators that read images at other points: resizing, spatial transformers, blocks and pixels."""

from typing import TYPE_CHECKING

from autotensor.operators.images import folding, resampling, spatial_transformer
from autotensor.operators.images.folding import *
from autotensor.operators.images.resampling import *
from autotensor.operators.images.spatial_transformer import *

if not TYPE_CHECKING:  # checkers follow the lines above
    files = (folding, resampling, spatial_transformer)
    __all__ = [name for file in files for name in file.__all__]
