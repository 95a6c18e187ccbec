"""Training and testing a model without writing the loop.

``history = fit(model, loader, F.cross_entropy, optimizer, epochs=10, validation=test_loader)``
"""

from nn.training.callbacks import Callback, Run
from nn.training.history import History
from nn.training.loop import Evaluation, evaluate, fit

__all__ = ["Callback", "Evaluation", "History", "Run", "evaluate", "fit"]
