"""Tools for modules and their parameters, with the names of ``torch.nn.utils``."""

from autotensor.extend import published
from nn.utils import parametrizations as parametrizations
from nn.utils import parametrize as parametrize
from nn.utils import prune as prune
from nn.utils import rnn as rnn
from nn.utils import stateless as stateless
from nn.utils.clip_grad import *
from nn.utils.convert_parameters import *
from nn.utils.fusion import *
from nn.utils.hooked import *
from nn.utils.init import *

# Not by assignment: checkers follow the lines above.
# A set: two names stand in ``hooked`` and, for the newer form, in ``parametrizations``.
submodules = {"parametrizations", "parametrize", "prune", "rnn", "stateless"}
globals()["__all__"] = sorted({*published(__name__), *submodules})
