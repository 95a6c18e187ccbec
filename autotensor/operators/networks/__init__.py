"""The operators that layers are made of; those of ``recurrent.py`` stand apart, because they are no
part of ``nn.functional``."""

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
from autotensor.operators.networks.similarity import *

# Not by assignment: checkers follow the lines above.
globals()["__all__"] = public_names(__name__)
