"""Every module of ``nn`` with an example to export it with: ``CASES``; and those that cannot be
exported, with what the error says: ``REFUSED``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autotensor as at
import nn

Case = tuple[Callable[[], Any], Callable[[], Any]]


def x(*shape: int) -> at.Tensor:
    return at.randn(*shape)


def whole(high: int, *shape: int) -> at.Tensor:
    return at.randint(0, high, shape)


def chances(*shape: int) -> at.Tensor:
    return at.rand(*shape) * 0.8 + 0.1


def of(make: Callable[[], Any], *shape: int) -> Case:
    """A module that is given one Tensor of this shape."""
    return make, lambda: x(*shape)


def _lstm_state() -> Any:
    return x(5, 2, 3), (x(2, 2, 4), x(2, 2, 4))


CASES: dict[str, Case] = {
    "Linear": of(lambda: nn.Linear(3, 4), 2, 3),
    "Linear of sequences": of(lambda: nn.Linear(3, 4), 2, 5, 3),
    "Linear without bias": of(lambda: nn.Linear(3, 4, bias=False), 2, 3),
    "Linear, float64": (lambda: nn.Linear(3, 4).double(), lambda: x(2, 3).double()),
    "Bilinear": (lambda: nn.Bilinear(3, 4, 5), lambda: (x(2, 3), x(2, 4))),
    "Identity": of(nn.Identity, 2, 3),
    "Flatten": of(nn.Flatten, 2, 3, 4),
    "Flatten of some": of(lambda: nn.Flatten(0, 1), 2, 3, 4),
    "Unflatten": of(lambda: nn.Unflatten(1, (2, 3)), 2, 6, 4),
    # convolution
    "Conv1d": of(lambda: nn.Conv1d(3, 4, 3), 2, 3, 9),
    "Conv2d": of(lambda: nn.Conv2d(3, 4, 3, 2, 1), 2, 3, 9, 8),
    "Conv3d": of(lambda: nn.Conv3d(2, 3, 2), 2, 2, 4, 5, 4),
    "Conv2d, groups and dilation": of(lambda: nn.Conv2d(4, 8, 3, dilation=2, groups=4), 2, 4, 9, 9),
    "Conv2d, same": of(lambda: nn.Conv2d(2, 3, 4, padding="same"), 2, 2, 7, 7),
    "Conv2d, reflect": of(
        lambda: nn.Conv2d(2, 3, 3, padding=1, padding_mode="reflect"), 2, 2, 7, 7
    ),
    "Conv2d, circular": of(
        lambda: nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular"), 2, 2, 7, 7
    ),
    "Conv2d, replicate": of(
        lambda: nn.Conv2d(2, 3, 3, padding=1, padding_mode="replicate"), 2, 2, 7, 7
    ),
    "ConvTranspose1d": of(lambda: nn.ConvTranspose1d(3, 4, 3, 2), 2, 3, 5),
    "ConvTranspose2d": of(lambda: nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, groups=2), 2, 4, 5, 6),
    "ConvTranspose3d": of(lambda: nn.ConvTranspose3d(2, 3, 2, 2), 2, 2, 3, 3, 3),
    # pooling
    "MaxPool1d": of(lambda: nn.MaxPool1d(3, 2, 1), 2, 3, 9),
    "MaxPool2d": of(lambda: nn.MaxPool2d(2), 2, 3, 8, 8),
    "MaxPool2d, ceil_mode": of(lambda: nn.MaxPool2d(3, 2, 1, ceil_mode=True), 2, 3, 8, 10),
    "MaxPool2d, dilation": of(lambda: nn.MaxPool2d(2, 1, dilation=2), 2, 3, 8, 8),
    "MaxPool2d with indices": of(lambda: nn.MaxPool2d(2, return_indices=True), 2, 3, 8, 8),
    "MaxPool3d": of(lambda: nn.MaxPool3d(2), 2, 2, 4, 4, 4),
    "MinPool1d": of(lambda: nn.MinPool1d(2), 2, 3, 8),
    "MinPool2d": of(lambda: nn.MinPool2d(2), 2, 3, 8, 8),
    "MinPool3d": of(lambda: nn.MinPool3d(2), 2, 2, 4, 4, 4),
    "AvgPool1d": of(lambda: nn.AvgPool1d(3, 2, 1), 2, 3, 9),
    "AvgPool2d": of(lambda: nn.AvgPool2d(3, 2, 1), 2, 3, 9, 8),
    "AvgPool2d, count_include_pad=False": of(
        lambda: nn.AvgPool2d(3, 2, 1, count_include_pad=False), 2, 3, 9, 8
    ),
    "AvgPool2d, ceil_mode": of(lambda: nn.AvgPool2d(3, 2, 1, ceil_mode=True), 2, 3, 8, 10),
    "AvgPool2d, ceil_mode without padding": of(
        lambda: nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), 2, 3, 8, 10
    ),
    "AvgPool2d, divisor": of(lambda: nn.AvgPool2d(2, divisor_override=3), 2, 3, 8, 8),
    "AvgPool3d": of(lambda: nn.AvgPool3d(2), 2, 2, 4, 4, 4),
    "LPPool1d": of(lambda: nn.LPPool1d(2, 3), 2, 3, 9),
    "LPPool2d": of(lambda: nn.LPPool2d(2, 2), 2, 3, 8, 8),
    "LPPool3d": of(lambda: nn.LPPool3d(2, 2), 2, 2, 4, 4, 4),
    "AdaptiveAvgPool1d": of(lambda: nn.AdaptiveAvgPool1d(3), 2, 3, 9),
    "AdaptiveAvgPool2d": of(lambda: nn.AdaptiveAvgPool2d((3, 5)), 2, 3, 8, 7),
    "AdaptiveAvgPool2d of all": of(lambda: nn.AdaptiveAvgPool2d(1), 2, 3, 8, 7),
    "AdaptiveAvgPool3d": of(lambda: nn.AdaptiveAvgPool3d((2, None, 1)), 2, 2, 4, 5, 4),
    "AdaptiveMaxPool1d": of(lambda: nn.AdaptiveMaxPool1d(4), 2, 3, 9),
    "AdaptiveMaxPool2d": of(lambda: nn.AdaptiveMaxPool2d((3, 1)), 2, 3, 8, 7),
    "AdaptiveMaxPool2d with indices": of(
        lambda: nn.AdaptiveMaxPool2d(2, return_indices=True), 2, 3, 8, 6
    ),
    "AdaptiveMaxPool3d": of(lambda: nn.AdaptiveMaxPool3d(2), 2, 2, 4, 5, 4),
    "MaxUnpool1d": (
        lambda: nn.MaxUnpool1d(2),
        lambda: (x(1, 2, 3), at.tensor([[[0, 3, 5], [1, 2, 4]]])),
    ),
    "MaxUnpool2d": (
        lambda: nn.MaxUnpool2d(2),
        lambda: (x(1, 1, 2, 2), at.tensor([[[[0, 3], [9, 15]]]])),
    ),
    "MaxUnpool3d": (
        lambda: nn.MaxUnpool3d(2),
        lambda: (x(1, 1, 1, 1, 2), at.tensor([[[[[3, 9]]]]])),
    ),
    # normalization
    "BatchNorm1d": of(lambda: nn.BatchNorm1d(3), 2, 3),
    "BatchNorm2d": of(lambda: nn.BatchNorm2d(3), 2, 3, 4, 4),
    "BatchNorm2d without statistics": of(
        lambda: nn.BatchNorm2d(3, track_running_stats=False), 2, 3, 4, 4
    ),
    "BatchNorm3d": of(lambda: nn.BatchNorm3d(3, affine=False), 2, 3, 2, 2, 2),
    "SyncBatchNorm": of(lambda: nn.SyncBatchNorm(3), 2, 3, 4, 4),
    "InstanceNorm1d": of(lambda: nn.InstanceNorm1d(3), 2, 3, 5),
    "InstanceNorm2d": of(lambda: nn.InstanceNorm2d(3, affine=True), 2, 3, 5, 5),
    "InstanceNorm2d with statistics": of(
        lambda: nn.InstanceNorm2d(3, track_running_stats=True), 2, 3, 5, 5
    ),
    "InstanceNorm3d": of(lambda: nn.InstanceNorm3d(3), 2, 3, 3, 3, 3),
    "LayerNorm": of(lambda: nn.LayerNorm(5), 2, 3, 5),
    "LayerNorm of two": of(lambda: nn.LayerNorm([3, 5], bias=False), 2, 3, 5),
    "LayerNorm without weights": of(lambda: nn.LayerNorm(5, elementwise_affine=False), 2, 5),
    "GroupNorm": of(lambda: nn.GroupNorm(2, 6), 2, 6, 4, 4),
    "RMSNorm": of(lambda: nn.RMSNorm(5), 2, 3, 5),
    "LocalResponseNorm": of(lambda: nn.LocalResponseNorm(3), 2, 6, 4, 4),
    "LocalResponseNorm, even": of(lambda: nn.LocalResponseNorm(4), 2, 6, 4, 4),
    # activations
    **{
        name: of(getattr(nn, name), 2, 5)
        for name in [
            "Atan",
            "ReLU",
            "ReLU6",
            "LeakyReLU",
            "ELU",
            "SELU",
            "CELU",
            "GELU",
            "SiLU",
            "Mish",
            "Sigmoid",
            "Tanh",
            "Softplus",
            "Softsign",
            "Softshrink",
            "Hardshrink",
            "Hardsigmoid",
            "Hardswish",
            "Hardtanh",
            "LogSigmoid",
            "Tanhshrink",
        ]
    },
    "ReLU in place": of(lambda: nn.Sequential(nn.Linear(5, 5), nn.ReLU(inplace=True)), 2, 5),
    "SiLU in place": of(lambda: nn.Sequential(nn.Linear(5, 5), nn.SiLU(inplace=True)), 2, 5),
    "GELU by tanh": of(lambda: nn.GELU("tanh"), 2, 5),
    "Softplus, steep": of(lambda: nn.Softplus(3.0, 2.0), 2, 5),
    "CELU, wide": of(lambda: nn.CELU(2.0), 2, 5),
    "PReLU": of(lambda: nn.PReLU(3), 2, 3, 4),
    "RReLU": of(nn.RReLU, 2, 5),
    "Threshold": of(lambda: nn.Threshold(0.1, 20.0), 2, 5),
    "GLU": of(nn.GLU, 2, 6),
    "Softmax": of(lambda: nn.Softmax(1), 2, 5),
    "Softmax2d": of(nn.Softmax2d, 2, 3, 4, 4),
    "LogSoftmax": of(lambda: nn.LogSoftmax(-1), 2, 5),
    "Softmin": of(lambda: nn.Softmin(1), 2, 5),
    "Dropout": of(nn.Dropout, 2, 5),
    "Dropout1d": of(nn.Dropout1d, 2, 3, 5),
    "Dropout2d": of(nn.Dropout2d, 2, 3, 4, 4),
    "Dropout3d": of(nn.Dropout3d, 2, 3, 2, 2, 2),
    "AlphaDropout": of(nn.AlphaDropout, 2, 5),
    "FeatureAlphaDropout": of(nn.FeatureAlphaDropout, 2, 5),
    # embeddings
    "Embedding": (lambda: nn.Embedding(7, 3, padding_idx=0), lambda: whole(7, 2, 4)),
    "Embedding, max_norm": (lambda: nn.Embedding(7, 3, max_norm=1.0), lambda: whole(7, 2, 4)),
    "EmbeddingBag": (lambda: nn.EmbeddingBag(7, 3), lambda: whole(7, 2, 4)),
    "EmbeddingBag, sum": (lambda: nn.EmbeddingBag(7, 3, mode="sum"), lambda: whole(7, 2, 4)),
    "EmbeddingBag, max": (
        lambda: nn.EmbeddingBag(7, 3, mode="max", padding_idx=1),
        lambda: whole(7, 2, 4),
    ),
    "EmbeddingBag with offsets": (
        lambda: nn.EmbeddingBag(7, 3),
        lambda: (whole(7, 6), at.tensor([0, 2, 2, 5])),
    ),
    # recurrent nets
    "RNN": of(lambda: nn.RNN(3, 4, 2), 5, 2, 3),
    "RNN of relu": of(lambda: nn.RNN(3, 4, nonlinearity="relu", bidirectional=True), 5, 2, 3),
    "LSTM": of(lambda: nn.LSTM(3, 4), 5, 2, 3),
    "LSTM, two layers, both directions": of(
        lambda: nn.LSTM(3, 4, 2, batch_first=True, bidirectional=True), 2, 5, 3
    ),
    "LSTM without bias": of(lambda: nn.LSTM(3, 4, bias=False), 5, 2, 3),
    "LSTM with a state": (lambda: nn.LSTM(3, 4, 2), _lstm_state),
    "GRU": of(lambda: nn.GRU(3, 4), 5, 2, 3),
    "GRU, two layers, both directions": of(
        lambda: nn.GRU(3, 4, 2, batch_first=True, bidirectional=True), 2, 5, 3
    ),
    "GRU of one sample": of(lambda: nn.GRU(3, 4), 5, 3),
    "RNNCell": of(lambda: nn.RNNCell(3, 4), 2, 3),
    "LSTMCell": (lambda: nn.LSTMCell(3, 4), lambda: (x(2, 3), (x(2, 4), x(2, 4)))),
    "GRUCell": (lambda: nn.GRUCell(3, 4), lambda: (x(2, 3), x(2, 4))),
    # attention
    "MultiheadAttention": (
        lambda: nn.MultiheadAttention(8, 2, batch_first=True),
        lambda: (x(2, 5, 8),) * 3,
    ),
    "MultiheadAttention without weights": (
        lambda: nn.MultiheadAttention(8, 2, batch_first=True),
        lambda: {
            "query": x(2, 5, 8),
            "key": x(2, 6, 8),
            "value": x(2, 6, 8),
            "need_weights": False,
        },
    ),
    "MultiheadAttention with masks": (
        lambda: nn.MultiheadAttention(8, 2, batch_first=True),
        lambda: {
            "query": x(2, 5, 8),
            "key": x(2, 5, 8),
            "value": x(2, 5, 8),
            "key_padding_mask": at.tensor([[False] * 4 + [True]] * 2),
            "attn_mask": at.triu(at.ones(5, 5), 1).bool(),
        },
    ),
    "MultiheadAttention with bias_k": (
        lambda: nn.MultiheadAttention(8, 2, add_bias_kv=True, add_zero_attn=True, kdim=4, vdim=6),
        lambda: (x(5, 2, 8), x(6, 2, 4), x(6, 2, 6)),
    ),
    "TransformerEncoderLayer": of(
        lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2, 5, 8
    ),
    "TransformerEncoder": of(
        lambda: nn.TransformerEncoder(
            nn.TransformerEncoderLayer(
                8, 2, 16, batch_first=True, norm_first=True, activation="gelu"
            ),
            2,
            enable_nested_tensor=False,
        ),
        2,
        5,
        8,
    ),
    "TransformerDecoderLayer": (
        lambda: nn.TransformerDecoderLayer(8, 2, 16, batch_first=True),
        lambda: (x(2, 5, 8), x(2, 6, 8)),
    ),
    "TransformerDecoder": (
        lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 2),
        lambda: (x(5, 2, 8), x(5, 2, 8)),
    ),
    "Transformer": (
        lambda: nn.Transformer(8, 2, 1, 1, 16, batch_first=True),
        lambda: (x(2, 5, 8), x(2, 6, 8)),
    ),
    # pictures
    "PixelShuffle": of(lambda: nn.PixelShuffle(2), 2, 8, 3, 4),
    "PixelUnshuffle": of(lambda: nn.PixelUnshuffle(2), 2, 2, 6, 4),
    "ChannelShuffle": of(lambda: nn.ChannelShuffle(2), 2, 6, 3, 4),
    "Fold": of(lambda: nn.Fold((4, 5), 2), 2, 8, 12),
    "Unfold": of(lambda: nn.Unfold(2, padding=1, stride=2), 2, 3, 5, 6),
    "Upsample": of(lambda: nn.Upsample(scale_factor=2), 2, 3, 4, 5),
    "Upsample, nearest-exact": of(lambda: nn.Upsample((7, 9), mode="nearest-exact"), 2, 3, 4, 5),
    "Upsample, linear": of(lambda: nn.Upsample(scale_factor=2.5, mode="linear"), 2, 3, 4),
    "Upsample, bilinear": of(lambda: nn.Upsample(scale_factor=2, mode="bilinear"), 2, 3, 4, 5),
    "Upsample, bilinear, align_corners": of(
        lambda: nn.Upsample((7, 6), mode="bilinear", align_corners=True), 2, 3, 4, 5
    ),
    "Upsample, bicubic": of(lambda: nn.Upsample(scale_factor=2, mode="bicubic"), 2, 3, 4, 5),
    "Upsample, trilinear": of(lambda: nn.Upsample(scale_factor=2, mode="trilinear"), 2, 3, 2, 3, 4),
    "UpsamplingNearest2d": of(lambda: nn.UpsamplingNearest2d(scale_factor=3), 2, 3, 4, 5),
    "UpsamplingBilinear2d": of(lambda: nn.UpsamplingBilinear2d((7, 9)), 2, 3, 4, 5),
    # padding
    **{
        f"{kind}Pad{ndim}d": of(
            lambda kind=kind, ndim=ndim: getattr(nn, f"{kind}Pad{ndim}d")(
                *([1, 2.0] if kind == "Constant" else [1])
            ),
            2,
            3,
            *[4] * ndim,
        )
        for kind in ("Constant", "Zero", "Reflection", "Replication", "Circular")
        for ndim in (1, 2, 3)
    },
    # likeness
    "CosineSimilarity": (nn.CosineSimilarity, lambda: (x(2, 5), x(2, 5))),
    "PairwiseDistance": (nn.PairwiseDistance, lambda: (x(2, 5), x(2, 5))),
    # losses
    "MSELoss": (nn.MSELoss, lambda: (x(2, 5), x(2, 5))),
    "L1Loss": (nn.L1Loss, lambda: (x(2, 5), x(2, 5))),
    "L1Loss, sum": (lambda: nn.L1Loss(reduction="sum"), lambda: (x(2, 5), x(2, 5))),
    "SmoothL1Loss": (nn.SmoothL1Loss, lambda: (x(2, 5), x(2, 5))),
    "HuberLoss": (nn.HuberLoss, lambda: (x(2, 5), x(2, 5))),
    "CrossEntropyLoss": (nn.CrossEntropyLoss, lambda: (x(3, 5), whole(5, 3))),
    "CrossEntropyLoss of pixels": (
        lambda: nn.CrossEntropyLoss(weight=at.rand(5), ignore_index=1),
        lambda: (x(3, 5, 4), whole(5, 3, 4)),
    ),
    "CrossEntropyLoss, chances": (nn.CrossEntropyLoss, lambda: (x(3, 5), at.softmax(x(3, 5), 1))),
    "LinearCrossEntropyLoss": (
        lambda: nn.LinearCrossEntropyLoss(8, 5),
        lambda: (x(3, 8), whole(5, 3)),
    ),
    "NLLLoss": (nn.NLLLoss, lambda: (at.log_softmax(x(3, 5), 1), whole(5, 3))),
    "NLLLoss2d": (nn.NLLLoss2d, lambda: (at.log_softmax(x(3, 5, 2, 2), 1), whole(5, 3, 2, 2))),
    "BCELoss": (nn.BCELoss, lambda: (chances(2, 5), chances(2, 5))),
    "BCEWithLogitsLoss": (nn.BCEWithLogitsLoss, lambda: (x(2, 5), chances(2, 5))),
    "KLDivLoss": (lambda: nn.KLDivLoss(reduction="batchmean"), lambda: (x(2, 5), chances(2, 5))),
    "PoissonNLLLoss": (nn.PoissonNLLLoss, lambda: (x(2, 5), chances(2, 5))),
    "GaussianNLLLoss": (nn.GaussianNLLLoss, lambda: (x(2, 5), x(2, 5), chances(2, 5))),
    "HingeEmbeddingLoss": (nn.HingeEmbeddingLoss, lambda: (x(2, 5), whole(2, 2, 5) * 2 - 1)),
    "SoftMarginLoss": (nn.SoftMarginLoss, lambda: (x(2, 5), (whole(2, 2, 5) * 2 - 1).float())),
    "MultiLabelSoftMarginLoss": (nn.MultiLabelSoftMarginLoss, lambda: (x(2, 5), chances(2, 5))),
    "CosineEmbeddingLoss": (
        nn.CosineEmbeddingLoss,
        lambda: (x(3, 5), x(3, 5), at.tensor([1, -1, 1])),
    ),
    "MultiMarginLoss": (nn.MultiMarginLoss, lambda: (x(3, 5), whole(5, 3))),
    "MultiMarginLoss, squared": (
        lambda: nn.MultiMarginLoss(2, weight=at.rand(5), reduction="sum"),
        lambda: (x(3, 5), whole(5, 3)),
    ),
    "CrossEntropyLoss, smoothed": (
        lambda: nn.CrossEntropyLoss(label_smoothing=0.1),
        lambda: (x(3, 5), whole(5, 3)),
    ),
    "CrossEntropyLoss, smoothed and weighted": (
        lambda: nn.CrossEntropyLoss(at.rand(5), ignore_index=2, label_smoothing=0.2),
        lambda: (x(3, 5, 4), whole(5, 3, 4)),
    ),
    "MarginRankingLoss": (nn.MarginRankingLoss, lambda: (x(3), x(3), at.tensor([1.0, -1.0, 1.0]))),
    "TripletMarginLoss": (nn.TripletMarginLoss, lambda: (x(3, 5), x(3, 5), x(3, 5))),
    "TripletMarginWithDistanceLoss": (
        nn.TripletMarginWithDistanceLoss,
        lambda: (x(3, 5), x(3, 5), x(3, 5)),
    ),
}


NO_LAYERS = {
    "Buffer", "DataParallel", "Module", "ModuleDict", "ModuleList", "Parameter", "ParameterDict",
    "ParameterList", "RNNBase", "RNNCellBase", "Sequential", "UninitializedBuffer",
    "UninitializedParameter",
    *(name for name in nn.__all__ if name.startswith("Lazy")),
}  # fmt: skip
"""Classes that hold others, or become others at the first call."""


CLASSES_REFUSED: dict[str, tuple[Case, str]] = {
    "AdaptiveLogSoftmaxWithLoss": (
        (
            lambda: nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10], div_value=2.0),
            lambda: (x(3, 8), whole(20, 3)),
        ),
        "which rows go to which cluster follows from the targets; its `log_prob` can be exported",
    ),
    "CTCLoss": (
        (
            nn.CTCLoss,
            lambda: (
                x(5, 2, 4).log_softmax(2),
                at.tensor([[1, 2], [2, 3]]),
                at.tensor([5, 5]),
                at.tensor([2, 2]),
            ),
        ),
        "it walks over the times and the labels; ONNX has no such loss",
    ),
    "FractionalMaxPool2d": (
        of(lambda: nn.FractionalMaxPool2d(2, output_ratio=0.5), 2, 3, 8, 8),
        "its windows are random",
    ),
    "FractionalMaxPool3d": (
        of(lambda: nn.FractionalMaxPool3d(2, output_ratio=0.5), 2, 2, 8, 8, 8),
        "its windows are random",
    ),
    "MultiLabelMarginLoss": (
        (
            nn.MultiLabelMarginLoss,
            lambda: (x(2, 4), at.tensor([[3, 0, -1, 1], [1, -1, 0, 0]])),
        ),
        "which scores are compared follows from the targets",
    ),
}
"""Those that cannot be exported, with an example, and why."""
