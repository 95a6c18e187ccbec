"""Optimizers: they change parameters so that a loss falls."""

from typing import TYPE_CHECKING

from autotensor.extend import on_demand, published
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
    from nn.optim.minimizing import *
    from nn.optim.muon import *
    from nn.optim.sharded import *
else:
    __getattr__, __dir__ = on_demand(
        __name__,
        "lr_scheduler",
        "swa_utils",
        names={
            "nn.optim.adafactor": "Adafactor",
            "nn.optim.adaptive": "Adadelta Adagrad RMSprop Rprop",
            "nn.optim.asgd": "ASGD",
            "nn.optim.lbfgs": "LBFGS",
            "nn.optim.minimizing": "minimize",
            "nn.optim.muon": "Muon",
            "nn.optim.sharded": "ZeroRedundancyOptimizer",
        },
    )
    __all__ = published(__name__)
