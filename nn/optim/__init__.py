"""Optimizers: they change parameters so that a loss falls."""

from typing import TYPE_CHECKING

from autotensor.extend import on_demand, public_names
from nn.optim.adam import *
from nn.optim.optimizer import *
from nn.optim.sgd import *

if TYPE_CHECKING:
    from nn.optim import lr_scheduler as lr_scheduler
    from nn.optim import swa_utils as swa_utils
    from nn.optim.adafactor import *
    from nn.optim.adaptive import *
    from nn.optim.asgd import *
    from nn.optim.lbfgs import *
    from nn.optim.muon import *
else:
    __getattr__, __dir__ = on_demand(
        __name__,
        "lr_scheduler",
        "swa_utils",
        ASGD="nn.optim.asgd",
        Adadelta="nn.optim.adaptive",
        Adafactor="nn.optim.adafactor",
        Adagrad="nn.optim.adaptive",
        LBFGS="nn.optim.lbfgs",
        Muon="nn.optim.muon",
        RMSprop="nn.optim.adaptive",
        Rprop="nn.optim.adaptive",
    )
    __all__ = public_names(__name__)
