"""The names of ``torch.nn.modules.channelshuffle``."""

from nn.layers.resampling import ChannelShuffle

__all__ = ["ChannelShuffle"]
