"""The layers: Modules that hold the parameters and settings of an operator.

A file of them is loaded when one of its layers is first asked for.
"""

from typing import TYPE_CHECKING

from autotensor.extend import awaited, on_demand

if TYPE_CHECKING:
    from nn.layers.activation import *
    from nn.layers.adaptive import *
    from nn.layers.attention import *
    from nn.layers.convolution import *
    from nn.layers.distance import *
    from nn.layers.dropout import *
    from nn.layers.embedding import *
    from nn.layers.lazy import *
    from nn.layers.linear import *
    from nn.layers.normalization import *
    from nn.layers.padding import *
    from nn.layers.pooling import *
    from nn.layers.recurrent import *
    from nn.layers.resampling import *
    from nn.layers.shape import *
    from nn.layers.transformer import *
    from nn.losses import *
else:
    __getattr__, __dir__ = on_demand(
        __name__,
        names={
            "nn.layers.activation": "Atan CELU ELU GELU GLU Hardshrink Hardsigmoid Hardswish "
            "Hardtanh LeakyReLU LogSigmoid LogSoftmax Mish PReLU RReLU ReLU ReLU6 SELU SiLU "
            "Sigmoid Softmax Softmax2d Softmin Softplus Softshrink Softsign Tanh Tanhshrink "
            "Threshold",
            "nn.layers.adaptive": "AdaptiveLogSoftmaxWithLoss",
            "nn.layers.attention": "MultiheadAttention",
            "nn.layers.convolution": "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d "
            "ConvTranspose3d",
            "nn.layers.distance": "CosineSimilarity PairwiseDistance",
            "nn.layers.dropout": "AlphaDropout Dropout Dropout1d Dropout2d Dropout3d "
            "FeatureAlphaDropout",
            "nn.layers.embedding": "Embedding EmbeddingBag",
            "nn.layers.lazy": "LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d LazyConv1d "
            "LazyConv2d LazyConv3d LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d "
            "LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d LazyLinear",
            "nn.layers.linear": "Bilinear Identity Linear",
            "nn.layers.normalization": "BatchNorm1d BatchNorm2d BatchNorm3d "
            "GroupNorm InstanceNorm1d InstanceNorm2d InstanceNorm3d LayerNorm LocalResponseNorm "
            "RMSNorm SyncBatchNorm",
            "nn.layers.padding": "CircularPad1d CircularPad2d CircularPad3d ConstantPad1d "
            "ConstantPad2d ConstantPad3d ReflectionPad1d ReflectionPad2d ReflectionPad3d "
            "ReplicationPad1d ReplicationPad2d ReplicationPad3d ZeroPad1d ZeroPad2d ZeroPad3d",
            "nn.layers.pooling": "AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d "
            "AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d AvgPool1d AvgPool2d AvgPool3d "
            "FractionalMaxPool2d FractionalMaxPool3d LPPool1d LPPool2d LPPool3d MaxPool1d "
            "MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d MinPool1d MinPool2d "
            "MinPool3d",
            "nn.layers.recurrent": "GRU GRUCell LSTM LSTMCell RNN RNNBase RNNCell RNNCellBase",
            "nn.layers.resampling": "ChannelShuffle Fold PixelShuffle PixelUnshuffle Unfold "
            "Upsample UpsamplingBilinear2d UpsamplingNearest2d",
            "nn.layers.shape": "Flatten Unflatten",
            "nn.layers.transformer": "Transformer TransformerDecoder TransformerDecoderLayer "
            "TransformerEncoder TransformerEncoderLayer",
            "nn.losses": "BCELoss BCEWithLogitsLoss CTCLoss CosineEmbeddingLoss CrossEntropyLoss "
            "GaussianNLLLoss HingeEmbeddingLoss HuberLoss KLDivLoss L1Loss LinearCrossEntropyLoss "
            "MSELoss MarginRankingLoss MultiLabelMarginLoss MultiLabelSoftMarginLoss "
            "MultiMarginLoss NLLLoss NLLLoss2d PoissonNLLLoss SmoothL1Loss SoftMarginLoss "
            "TripletMarginLoss TripletMarginWithDistanceLoss",
        },
    )
    __all__ = awaited(__name__).split()
