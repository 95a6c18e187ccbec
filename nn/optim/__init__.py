"""Optimizers: they change parameters so that a loss falls."""

from typing import TYPE_CHECKING

from autotensor.extend import on_demand
from nn.optim.adam import Adam, Adamax, AdamW, NAdam, RAdam
from nn.optim.optimizer import Optimizer
from nn.optim.sgd import SGD

if TYPE_CHECKING:
    from nn.optim import lr_scheduler, swa_utils
    from nn.optim.adafactor import Adafactor
    from nn.optim.adaptive import Adadelta, Adagrad, RMSprop, Rprop
    from nn.optim.asgd import ASGD
    from nn.optim.lbfgs import LBFGS
    from nn.optim.muon import Muon
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

__all__ = [
    "ASGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "LBFGS",
    "Muon",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SGD",
    "lr_scheduler",
    "swa_utils",
]
