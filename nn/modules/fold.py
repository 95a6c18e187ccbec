"""The names of ``torch.nn.modules.fold``."""

from nn.layers.resampling import Fold, Unfold

__all__ = ["Fold", "Unfold"]
