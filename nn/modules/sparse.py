"""The names of ``torch.nn.modules.sparse``."""

from nn.layers.embedding import Embedding, EmbeddingBag

__all__ = ["Embedding", "EmbeddingBag"]
