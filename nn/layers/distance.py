"""Similarity and distance of vectors as layers."""

from __future__ import annotations

import autotensor as at
from autotensor import Tensor
from nn.layers.base import Face


class CosineSimilarity(Face):
    """``x1 · x2 / (|x1| · |x2|)`` along ``dim``, which disappears; lengths are at least ``eps``.

    Example:

        >>> x1 = at.tensor([[1.0, 0.0], [1.0, 0.0]])
        >>> nn.CosineSimilarity()(x1, at.tensor([[0.0, 2.0], [-3.0, 0.0]]))
        tensor([ 0., -1.])
    """

    dim: int
    eps: float

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__(dim=dim, eps=eps)

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return at.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Face):
    """``(Σ |x1 - x2 + eps|^p)^(1/p)`` over the last dimension: ``(*, D), (*, D) → (*)``.

    Example:

        >>> x1, x2 = at.zeros(2, 2), at.tensor([[3.0, 4.0], [0.0, 2.0]])
        >>> nn.PairwiseDistance(eps=0.0)(x1, x2), nn.PairwiseDistance(p=1, eps=0.0)(x1, x2)
        (tensor([5., 2.]), tensor([7., 2.]))
    """

    norm: float
    eps: float
    keepdim: bool

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__(norm=p, eps=eps, keepdim=keepdim)

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return at.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
