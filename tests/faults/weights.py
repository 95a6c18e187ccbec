"""Faults of samples that count differently."""

from __future__ import annotations

from tests.faults import Fault, faults_in

WEIGHTED = "tests/nn/test_weighted_loss.py"

FAULTS: list[Fault] = [
    *faults_in(
        "nn/training/weighted.py",
        WEIGHTED,
        (
            "WeightedLoss: the mean is one over samples, whatever they weigh",
            "return float(weighed.sum(dtype=np.float64)) * elements",
            "return float(len(weighed)) * elements",
        ),
        (
            "WeightedLoss: targets that are ignored count in the mean",
            "(-100 if loss.ignore_index is None else loss.ignore_index)",
            "-100",
        ),
        (
            "WeightedLoss: the weight of a class does not count in the mean",
            'if getattr(loss, "weight", None) is None:',
            "if True:",
        ),
        (
            "WeightedLoss: a sum is divided",
            '        if self.reduction == "sum":\n            return total\n',
            "",
        ),
        (
            "WeightedLoss: a mean over samples is one over elements",
            '1 if self.reduction == "batchmean" else elements',
            "elements",
        ),
    ),
    *faults_in(
        "nn/training/reading.py",
        WEIGHTED,
        (
            "evaluate: all answers count alike, whatever their samples weigh",
            "    if weights is not None:\n        weighed = weights.array",
            "    if weights is not None:\n        weighed = 0 * weights.array + 1",
        ),
    ),
]
