"""The operators that layers are made of."""

from typing import TYPE_CHECKING

from autotensor.operators.networks import (
    activation,
    attention,
    convolution,
    indexed_pooling,
    losses,
    normalization,
    pooling,
    recurrent,
    similarity,
)
from autotensor.operators.networks import dropouts as dropouts
from autotensor.operators.networks import embeddings as embeddings
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
    __all__ = [
        *activation.__all__,
        *attention.__all__,
        *convolution.__all__,
        *dropouts.__all__,
        *embeddings.__all__,
        *indexed_pooling.__all__,
        *losses.__all__,
        *normalization.__all__,
        *pooling.__all__,
        *recurrent.__all__,
        *similarity.__all__,
    ]
