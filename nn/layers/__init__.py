"""The layers: Modules that hold the parameters and settings of an operator.

Those of the first files are loaded with ``nn``; the others when one of them is first asked for.
"""

from typing import TYPE_CHECKING

from autotensor.extend import on_demand
from nn.layers.activation import *
from nn.layers.convolution import *
from nn.layers.distance import *
from nn.layers.dropout import *
from nn.layers.embedding import *
from nn.layers.linear import *
from nn.layers.normalization import *
from nn.layers.pooling import *
from nn.layers.shape import *

if TYPE_CHECKING:
    from nn.layers.adaptive import *
    from nn.layers.attention import *
    from nn.layers.lazy import *
    from nn.layers.padding import *
    from nn.layers.recurrent import *
    from nn.layers.resampling import *
    from nn.layers.transformer import *
    from nn.losses import *
else:
    __getattr__, __dir__ = on_demand(
        __name__,
        names={
            "nn.layers.adaptive": "AdaptiveLogSoftmaxWithLoss",
            "nn.layers.attention": "MultiheadAttention",
            "nn.layers.lazy": "LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d "
            "LazyConv1d LazyConv2d LazyConv3d "
            "LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d "
            "LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d LazyLinear",
            "nn.layers.padding": "CircularPad1d CircularPad2d CircularPad3d "
            "ConstantPad1d ConstantPad2d ConstantPad3d "
            "ReflectionPad1d ReflectionPad2d ReflectionPad3d "
            "ReplicationPad1d ReplicationPad2d ReplicationPad3d ZeroPad1d ZeroPad2d ZeroPad3d",
            "nn.layers.recurrent": "GRU GRUCell LSTM LSTMCell RNN RNNBase RNNCell RNNCellBase",
            "nn.layers.resampling": "ChannelShuffle Fold PixelShuffle PixelUnshuffle Unfold "
            "Upsample UpsamplingBilinear2d UpsamplingNearest2d",
            "nn.layers.transformer": "Transformer TransformerDecoder TransformerDecoderLayer "
            "TransformerEncoder TransformerEncoderLayer",
            "nn.losses": "BCELoss BCEWithLogitsLoss CTCLoss CosineEmbeddingLoss CrossEntropyLoss "
            "GaussianNLLLoss HingeEmbeddingLoss HuberLoss KLDivLoss L1Loss LinearCrossEntropyLoss "
            "MSELoss MarginRankingLoss MultiLabelMarginLoss MultiLabelSoftMarginLoss "
            "MultiMarginLoss NLLLoss NLLLoss2d PoissonNLLLoss SmoothL1Loss SoftMarginLoss "
            "TripletMarginLoss TripletMarginWithDistanceLoss",
        },
    )
    # Every class that these files define is a layer, but for what layers are built on.
    __all__ = [
        name
        for name, found in globals().items()
        if isinstance(found, type)
        and found.__module__.startswith(("nn.layers", "nn.losses"))
        and found.__module__ != "nn.layers.base"
    ]
