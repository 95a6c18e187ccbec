"""Operators that read images at other points: resizing, spatial transformers, blocks and pixels."""

from autotensor.importing import public_names
from autotensor.operators.images.folding import *
from autotensor.operators.images.resampling import *
from autotensor.operators.images.spatial_transformer import *

# Not by assignment: checkers follow the lines above.
globals()["__all__"] = public_names(__name__)
