"""The operators that layers are made of, gathered from their families for ``nn.functional``: all of
``images`` and ``networks``, and a few others."""

from autotensor.operators.images import *
from autotensor.operators.linalg.norms import pdist as pdist
from autotensor.operators.linalg.products import linear as linear
from autotensor.operators.networks import *
from autotensor.operators.pointwise.exponential import sigmoid as sigmoid
from autotensor.operators.pointwise.trigonometric import tanh as tanh
from autotensor.operators.reductions.reductions import log_softmax as log_softmax
from autotensor.operators.reductions.reductions import softmax as softmax
from autotensor.operators.structure.indexing import one_hot as one_hot
from autotensor.operators.structure.padding import pad as pad

# Not by assignment: checkers follow the lines above.
globals()["__all__"] = sorted(name for name, found in globals().items() if callable(found))
