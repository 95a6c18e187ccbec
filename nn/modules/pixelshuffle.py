"""The names of ``torch.nn.modules.pixelshuffle``."""

from nn.layers.resampling import PixelShuffle, PixelUnshuffle

__all__ = ["PixelShuffle", "PixelUnshuffle"]
