"""Training and testing a model without writing the loop.

``history = fit(model, loader, F.cross_entropy, optimizer, epochs=10, validation=test_loader)``
"""

from typing import TYPE_CHECKING

from autotensor.extend import on_demand, published
from nn.training.boards import *
from nn.training.callbacks import *
from nn.training.checkpoints import *
from nn.training.confusion import *
from nn.training.history import *
from nn.training.loggers import *
from nn.training.logs import *
from nn.training.loop import *
from nn.training.metrics import *
from nn.training.ranking import *
from nn.training.regression import *
from nn.training.steps import *
from nn.training.stopping import *
from nn.training.weighted import *

if TYPE_CHECKING:
    from nn.insight.doctor import Doctor as Doctor
    from nn.insight.findings import Finding as Finding
else:  # a doctor is a callback: it is built on this package
    __getattr__, __dir__ = on_demand(
        __name__, names={"nn.insight.doctor": "Doctor", "nn.insight.findings": "Finding"}
    )
    __all__ = published(__name__)
