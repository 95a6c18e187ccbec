"""Operators that read images at other points: resizing, spatial transformers, blocks and pixels."""

from typing import TYPE_CHECKING

from autotensor.importing import public_names
from autotensor.operators.images.folding import *
from autotensor.operators.images.resampling import *
from autotensor.operators.images.spatial_transformer import *

if not TYPE_CHECKING:  # checkers follow the lines above
    __all__ = public_names(__name__)
