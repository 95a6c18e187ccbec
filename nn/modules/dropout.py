"""The names of ``torch.nn.modules.dropout``."""

from nn.layers.dropout import (
    AlphaDropout,
    Dropout,
    Dropout1d,
    Dropout2d,
    Dropout3d,
    FeatureAlphaDropout,
)
from nn.layers.dropout import _Dropout as _DropoutNd

__all__ = [
    "AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout",
    "_DropoutNd",
]  # fmt: skip
