"""Faults of ``fit`` in several processes: shares that overlap, sums that leave somebody out."""

from __future__ import annotations

from tests.faults import Fault, faults_in

TOGETHER = "tests/nn/test_together.py"

FAULTS: list[Fault] = [
    *faults_in(
        "nn/data/plans.py",
        TOGETHER,
        (
            "samples that do not come out even are left to nobody",
            "(self.rank < more))",
            "0)",
        ),
        (
            "random transforms of a part draw for other samples than in the whole",
            "task._replace(start=task.start + own.start, keys=task.keys[own])",
            "task._replace(keys=task.keys[own])",
        ),
        (
            "what fills up a share is counted",
            "keys=task.keys[: max(0, self.stop - task.start)]",
            "keys=task.keys",
        ),
    ),
    *faults_in(
        "nn/training/joined.py",
        TOGETHER,
        (
            "what metrics of the other processes have counted is forgotten",
            "self.metrics[name].merge(one)",
            "pass",
        ),
        (
            "the losses of the first process alone make the loss of an epoch",
            '"loss_sum": sum(losses) if losses else None,',
            '"loss_sum": losses[0] if losses else None,',
        ),
        (
            "a resume on other processes counts what there was once for each",
            "if self.together.first:",
            "if state:",
        ),
    ),
    *faults_in(
        "nn/training/loop.py",
        TOGETHER,
        (
            "every epoch of a DistributedSampler has the same order",
            "set_epoch(run.loader, run.epoch - 1)",
            "set_epoch(run.loader, 0)",
        ),
    ),
]
