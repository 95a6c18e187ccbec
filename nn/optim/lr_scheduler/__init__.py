"""Learning rates that change from epoch to epoch.

A schedule is made after the optimizer, and its ``step`` is called once after every epoch::

    scheduler = lr_scheduler.StepLR(optimizer, step_size=30)
    for epoch in range(90):
        train(...)
        scheduler.step()

Where a formula allows it, a new rate is computed from the one before rather than from the first, so
that several schedules may act on one optimizer.
"""

from autotensor.extend import published
from nn.optim.lr_scheduler.base import *
from nn.optim.lr_scheduler.base import EPOCH_DEPRECATION_WARNING as EPOCH_DEPRECATION_WARNING
from nn.optim.lr_scheduler.base import LRScheduler as _LRScheduler  # noqa: F401, its name of old
from nn.optim.lr_scheduler.combined import *
from nn.optim.lr_scheduler.cosine import *
from nn.optim.lr_scheduler.cycles import *
from nn.optim.lr_scheduler.factors import *
from nn.optim.lr_scheduler.plateau import *

# Not by assignment: checkers follow the lines above.
globals()["__all__"] = published(__name__)
