"""The operators that layers are made of, gathered from their families for ``nn.functional``: all of
``images`` and ``networks`` but the recurrent ones, and a few others."""

from typing import TYPE_CHECKING

from autotensor.operators.images import *
from autotensor.operators.linalg.norms import pdist as pdist
from autotensor.operators.linalg.products import linear as linear
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
from autotensor.operators.pointwise.exponential import sigmoid as sigmoid
from autotensor.operators.pointwise.trigonometric import tanh as tanh
from autotensor.operators.reductions.reductions import log_softmax as log_softmax
from autotensor.operators.reductions.reductions import softmax as softmax
from autotensor.operators.structure.indexing import one_hot as one_hot
from autotensor.operators.structure.padding import pad as pad

if not TYPE_CHECKING:  # checkers follow the lines above
    __all__ = sorted(name for name, found in globals().items() if callable(found))
