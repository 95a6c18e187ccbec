"""Training and testing a model without writing the loop.

``history = fit(model, loader, F.cross_entropy, optimizer, epochs=10, validation=test_loader)``
"""

from typing import TYPE_CHECKING

from autotensor.extend import on_demand
from nn.training import logs, loop, metrics
from nn.training.callbacks import Callback as Callback
from nn.training.callbacks import Run as Run
from nn.training.history import History as History
from nn.training.logs import *
from nn.training.loop import *
from nn.training.metrics import *
from nn.training.steps import GradientClipping as GradientClipping
from nn.training.steps import LearningRate as LearningRate
from nn.training.stopping import Checkpoint as Checkpoint
from nn.training.stopping import EarlyStopping as EarlyStopping

if TYPE_CHECKING:
    from nn.insight.doctor import Doctor as Doctor
    from nn.insight.findings import Finding as Finding
else:  # a doctor is a callback: it is built on this package
    __getattr__, __dir__ = on_demand(
        __name__, Doctor="nn.insight.doctor", Finding="nn.insight.findings"
    )
    __all__ = [
        "Callback",
        "Checkpoint",
        "Doctor",
        "EarlyStopping",
        "Finding",
        "GradientClipping",
        "History",
        "LearningRate",
        "Run",
        *logs.__all__,
        *loop.__all__,
        *metrics.__all__,
    ]
