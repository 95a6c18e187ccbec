"""A process's share of every batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.data import Batch


def share(batches: Sequence[Batch], rank: int, ranks: int) -> list[Batch]:
    """So that all together work on the whole batch.

    Raises:
        ValueError: the shares are not equal: then the mean of their gradients is not that of the
            batch.
    """
    for x, _ in batches:
        if len(x) % ranks:
            raise ValueError(f"a batch of {len(x)} cannot be shared equally by {ranks}")
    return [(np.split(x, ranks)[rank], np.split(labels, ranks)[rank]) for x, labels in batches]
