"""The names of ``torch.nn.modules.distance``."""

from nn.layers.distance import CosineSimilarity, PairwiseDistance

__all__ = ["CosineSimilarity", "PairwiseDistance"]
