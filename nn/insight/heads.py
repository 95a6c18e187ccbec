"""Where attention looks: how evenly each query spreads its weights over the keys it may see."""

from __future__ import annotations

import numpy as np

from autotensor.extend import Node

__all__ = ["evenness", "is_attention"]


def is_attention(node: Node) -> bool:
    """Whether ``node`` made weights ``(…, L, S)`` of queries for keys: those of
    ``scaled_dot_product_attention`` and ``MultiheadAttention``, or a softmax over scores ``(N, …,
    L, S)`` of somebody's own."""
    kept = node.output
    return node.name in ("weights", "softmax") and kept is not None and kept.ndim >= 3


def evenness(weights: np.ndarray) -> tuple[np.ndarray, int]:
    """The entropy of each query's weights, relative to that of looking everywhere alike, and how
    many queries have NaN.

    ``-Σ p ln p / ln S'`` from 0 for one place to 1 for all alike.  S' counts the keys that have a
    weight for this query in some sample or head, for what a mask hides never has; a query with one
    such key or none does not count.
    """
    maps = np.asarray(weights, np.float64).reshape(-1, *weights.shape[-2:])
    broken = np.isnan(maps).any(-1)
    counts = np.count_nonzero((maps > 0).any(0), -1)
    kept = ~broken & (counts > 1)
    rows, most = maps[kept], np.broadcast_to(counts, kept.shape)[kept]
    logs = np.log(rows, out=np.zeros_like(rows), where=rows > 0)
    return -(rows * logs).sum(-1) / np.log(most), int(broken.sum())
