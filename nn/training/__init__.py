"""Training and testing a model without writing the loop.

``history = fit(model, loader, F.cross_entropy, optimizer, epochs=10, validation=test_loader)``
"""

from nn.training.callbacks import Callback, Run
from nn.training.history import History
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
from nn.training.stopping import Checkpoint, EarlyStopping

__all__ = [
    "Callback",
    "Checkpoint",
    "ConfusionMatrix",
    "EarlyStopping",
    "Evaluation",
    "History",
    "Metric",
    "Overall",
    "Run",
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
