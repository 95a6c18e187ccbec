"""Training and testing a model without writing the loop.

``history = fit(model, loader, F.cross_entropy, optimizer, epochs=10, validation=test_loader)``
"""

from nn.training.callbacks import Callback, Run
from nn.training.doctor import Doctor, Finding
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
