"""The operators that layers are made of."""

from typing import TYPE_CHECKING

from autotensor.importing import public_names
from autotensor.operators.networks.activation import *
from autotensor.operators.networks.attention import *
from autotensor.operators.networks.convolution import *
from autotensor.operators.networks.dropouts import *
from autotensor.operators.networks.embeddings import *
from autotensor.operators.networks.indexed_pooling import *
from autotensor.operators.networks.losses import *
from autotensor.operators.networks.normalization import *
from autotensor.operators.networks.pooling import *
from autotensor.operators.networks.recurrent import *
from autotensor.operators.networks.similarity import *

if not TYPE_CHECKING:  # checkers follow the lines above
    __all__ = public_names(__name__)
