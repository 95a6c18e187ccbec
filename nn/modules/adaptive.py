"""The names of ``torch.nn.modules.adaptive``."""

from nn.layers.adaptive import AdaptiveLogSoftmaxWithLoss

__all__ = ["AdaptiveLogSoftmaxWithLoss"]
