"""Training and testing a model without writing the loop.

``history = fit(model, loader, F.cross_entropy, optimizer, epochs=10, validation=test_loader)``
"""

from typing import TYPE_CHECKING

from autotensor.importing import on_demand
from nn.training.callbacks import Callback, Run
from nn.training.history import History
from nn.training.logs import CSVLog, LivePlot, TensorBoard
from nn.training.loop import Evaluation, evaluate, fit
from nn.training.metrics import (
    ConfusionMatrix,
    Metric,
    Overall,
    accuracy,
    confusion_matrix,
    f1_score,
    intersection_over_union,
    precision,
    recall,
    top_k_accuracy,
)
from nn.training.steps import GradientClipping, LearningRate
from nn.training.stopping import Checkpoint, EarlyStopping

if TYPE_CHECKING:
    from nn.insight.doctor import Doctor
    from nn.insight.findings import Finding
else:  # a doctor is a callback: it is built on this package
    __getattr__, __dir__ = on_demand(
        __name__, Doctor="nn.insight.doctor", Finding="nn.insight.findings"
    )

__all__ = [
    "CSVLog",
    "Callback",
    "Checkpoint",
    "ConfusionMatrix",
    "Doctor",
    "EarlyStopping",
    "Evaluation",
    "Finding",
    "GradientClipping",
    "History",
    "LearningRate",
    "LivePlot",
    "Metric",
    "Overall",
    "Run",
    "TensorBoard",
    "accuracy",
    "confusion_matrix",
    "evaluate",
    "f1_score",
    "fit",
    "intersection_over_union",
    "precision",
    "recall",
    "top_k_accuracy",
]
