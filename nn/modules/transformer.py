"""The names of ``torch.nn.modules.transformer``."""

from __future__ import annotations

import copy

from nn.containers import ModuleList
from nn.layers.transformer import (
    Transformer,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)
from nn.module import Module

__all__ = [
    "Transformer", "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder",
    "TransformerEncoderLayer",
]  # fmt: skip


def _get_clones(module: Module, N: int) -> ModuleList:
    """``N`` copies of a layer, each with parameters of its own."""
    return ModuleList([copy.deepcopy(module) for _ in range(N)])
