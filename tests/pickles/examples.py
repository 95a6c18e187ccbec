"""One example of each public class, for what must hold for all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import autotensor as at
import nn
from autotensor import distributions
from nn import optim, training
from nn.data import transforms
from nn.optim import lr_scheduler, swa_utils
from nn.utils import rnn

OF_NN = """
    AdaptiveAvgPool1d 2 | AdaptiveAvgPool2d 2 | AdaptiveAvgPool3d 2
    AdaptiveLogSoftmaxWithLoss 4, 9, [3] | AdaptiveMaxPool1d 2 | AdaptiveMaxPool2d 2
    AdaptiveMaxPool3d 2 | AlphaDropout 0.3 | Atan | AvgPool1d 2 | AvgPool2d 2 | AvgPool3d 2
    BCELoss | BCEWithLogitsLoss | BatchNorm1d 3 | BatchNorm2d 3 | BatchNorm3d 3
    Bilinear 2, 3, 4 | CELU 0.5 | CTCLoss 1 | ChannelShuffle 2 | CircularPad1d 1
    CircularPad2d 1 | CircularPad3d 1 | ConstantPad1d 1, 2.0 | ConstantPad2d 1, 2.0
    ConstantPad3d 1, 2.0 | Conv1d 2, 3, 2 | Conv2d 2, 3, 2 | Conv3d 2, 3, 2
    ConvTranspose1d 2, 3, 2 | ConvTranspose2d 2, 3, 2 | ConvTranspose3d 2, 3, 2
    CosineEmbeddingLoss | CosineSimilarity | CrossEntropyLoss at.ones(3)
    DataParallel nn.Linear(2, 1) | Dropout 0.3 | Dropout1d | Dropout2d | Dropout3d | ELU 0.5
    Embedding 5, 3, 0 | EmbeddingBag 5, 3 | FeatureAlphaDropout | Flatten | Fold (4, 4), 2
    FractionalMaxPool2d 2, 2 | FractionalMaxPool3d 2, 2 | GELU "tanh" | GLU
    GRU 3, 2, 2, bidirectional=True | GRUCell 3, 2 | GaussianNLLLoss | GroupNorm 2, 4
    Hardshrink | Hardsigmoid | Hardswish | Hardtanh | HingeEmbeddingLoss | HuberLoss
    Identity | InstanceNorm1d 3, affine=True | InstanceNorm2d 3 | InstanceNorm3d 3
    KLDivLoss | L1Loss | LPPool1d 2, 2 | LPPool2d 2, 2 | LPPool3d 2, 2
    LSTM 3, 2, 2, dropout=0.1 | LSTMCell 3, 2 | LayerNorm 3 | LazyBatchNorm1d
    LazyBatchNorm2d | LazyBatchNorm3d | LazyConv1d 3, 2 | LazyConv2d 3, 2 | LazyConv3d 3, 2
    LazyConvTranspose1d 3, 2 | LazyConvTranspose2d 3, 2 | LazyConvTranspose3d 3, 2
    LazyInstanceNorm1d | LazyInstanceNorm2d | LazyInstanceNorm3d | LazyLinear 2
    LeakyReLU 0.2 | Linear 3, 2 | LinearCrossEntropyLoss 3, 4 | LocalResponseNorm 2
    LogSigmoid | LogSoftmax 1 | MSELoss | MarginRankingLoss | MaxPool1d 2 | MaxPool2d 2
    MaxPool3d 2 | MaxUnpool1d 2 | MaxUnpool2d 2 | MaxUnpool3d 2 | MinPool1d 2 | MinPool2d 2
    MinPool3d 2 | Mish | Module | ModuleDict {"a": nn.Tanh()} | ModuleList [nn.Linear(2, 1)]
    MultiLabelMarginLoss | MultiLabelSoftMarginLoss | MultiMarginLoss
    MultiheadAttention 4, 2 | NLLLoss | NLLLoss2d | PReLU 3 | PairwiseDistance
    ParameterDict {"a": at.ones(2)} | ParameterList [at.ones(2)] | PixelShuffle 2
    PixelUnshuffle 2 | PoissonNLLLoss | RMSNorm 3 | RNN 3, 2 | RNNBase "LSTM", 3, 2
    RNNCell 3, 2 | RNNCellBase 3, 2, True, 4 | RReLU | ReLU | ReLU6 | ReflectionPad1d 1
    ReflectionPad2d 1 | ReflectionPad3d 1 | ReplicationPad1d 1 | ReplicationPad2d 1
    ReplicationPad3d 1 | SELU | Sequential nn.Linear(2, 3), nn.Tanh() | SiLU | Sigmoid
    SmoothL1Loss | SoftMarginLoss | Softmax 1 | Softmax2d | Softmin 1 | Softplus
    Softshrink | Softsign | SyncBatchNorm 3 | Tanh | Tanhshrink | Threshold 0.1, 2
    Transformer 4, 2, 1, 1, 8 | TripletMarginLoss
    TransformerDecoder nn.TransformerDecoderLayer(4, 2, 8), 2
    TransformerDecoderLayer 4, 2, 8
    TransformerEncoder nn.TransformerEncoderLayer(4, 2, 8), 2
    TransformerEncoderLayer 4, 2, 8 | TripletMarginWithDistanceLoss | Unflatten 1, (2, 2)
    Unfold 2 | UninitializedBuffer | UninitializedParameter | Upsample scale_factor=2
    UpsamplingBilinear2d 2 | UpsamplingNearest2d 2 | ZeroPad1d 1 | ZeroPad2d 1 | ZeroPad3d 1
    Buffer at.ones(2), persistent=False
"""
"""Classes of nn, and what they are made with."""

OF_DISTRIBUTIONS = """
    AbsTransform | AffineTransform 1.0, 2.0 | Bernoulli at.tensor(0.3)
    Beta at.tensor(1.0), 2.0 | Binomial 3, at.tensor(0.3) | Categorical at.ones(3)
    CatTransform [d.ExpTransform()] | Cauchy 0.0, 1.0 | Chi2 at.tensor(2.0)
    ComposeTransform [d.ExpTransform(), d.AffineTransform(0.0, 2.0)]
    ContinuousBernoulli at.tensor(0.3) | CorrCholeskyTransform
    CumulativeDistributionTransform d.Normal(0.0, 1.0) | Dirichlet at.ones(3) | ExpTransform
    Exponential at.tensor(2.0) | FisherSnedecor at.tensor(2.0), at.tensor(3.0)
    Gamma at.tensor(2.0), 1.0 | GeneralizedPareto 0.0, 1.0, 0.1 | Geometric at.tensor(0.3)
    Gumbel 0.0, 1.0 | HalfCauchy at.tensor(1.0) | HalfNormal at.tensor(1.0)
    Independent d.Normal(at.zeros(3), 1.0), 1 | InverseGamma at.tensor(2.0), 1.0
    IndependentTransform d.ExpTransform(), 1 | Kumaraswamy at.tensor(1.0), 2.0
    LKJCholesky 3, 1.0 | Laplace 0.0, 1.0 | LogNormal 0.0, 1.0
    LogisticNormal at.zeros(3), at.ones(3) | LowerCholeskyTransform
    LowRankMultivariateNormal at.zeros(3), at.ones(3, 1), at.ones(3)
    MixtureSameFamily d.Categorical(at.ones(2)), d.Normal(at.zeros(2), 1.0)
    Multinomial 3, at.ones(3) | MultivariateNormal at.zeros(2), at.eye(2)
    NegativeBinomial 3, at.tensor(0.3) | Normal at.zeros(2), 1.0
    OneHotCategorical at.ones(3) | OneHotCategoricalStraightThrough at.ones(3)
    Pareto at.tensor(1.0), 2.0 | Poisson at.tensor(2.0) | PositiveDefiniteTransform
    PowerTransform at.tensor(2.0) | RelaxedBernoulli at.tensor(0.5), at.tensor(0.3)
    RelaxedOneHotCategorical at.tensor(0.5), at.ones(3) | ReshapeTransform (2,), (1, 2)
    SigmoidTransform | SoftmaxTransform | SoftplusTransform
    StackTransform [d.ExpTransform()] | StickBreakingTransform | StudentT at.tensor(3.0)
    TanhTransform | Transform | TransformedDistribution d.Normal(0.0, 1.0), d.ExpTransform()
    Uniform 0.0, 1.0 | VonMises at.tensor(0.0), at.tensor(1.0) | Weibull 1.0, 2.0
    Wishart at.tensor(3.0), at.eye(2) | Distribution at.Size([2])
    ExponentialFamily at.Size([2])
"""

OPTIMIZERS = (
    "ASGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "LBFGS", "Muon", "NAdam",
    "Optimizer", "RAdam", "RMSprop", "Rprop", "SGD",
)  # fmt: skip

SCHEDULES = """
    ChainedScheduler [lr.StepLR(o, 2)] | ConstantLR o | CosineAnnealingLR o, 4
    CosineAnnealingWarmRestarts o, 3 | CyclicLR o, 0.1, 1.0 | ExponentialLR o, 0.9
    LambdaLR o, halved | LinearLR o | MultiStepLR o, [2, 4] | MultiplicativeLR o, halved
    OneCycleLR o, 0.1, 10 | PolynomialLR o | ReduceLROnPlateau o
    SequentialLR o, [lr.ConstantLR(o), lr.StepLR(o, 2)], [3] | StepLR o, 2
"""

OF_DATA = """
    BatchSampler range(5), 2, False | ChainDataset [Stream()]
    ConcatDataset [NUMBERS, NUMBERS] | DataLoader NUMBERS, 2, True | Dataset
    IterableDataset | DistributedSampler NUMBERS, 2, 0 | RandomSampler NUMBERS | Sampler
    SequentialSampler NUMBERS | StackDataset NUMBERS, NUMBERS | Subset NUMBERS, [1, 2]
    SubsetRandomSampler [1, 2] | TensorDataset at.arange(3) | MNIST
    WeightedRandomSampler [1.0, 2.0], 3
    WorkerInfo id=0, num_workers=1, seed=3, dataset=None
"""

OF_TRANSFORMS = """
    CenterCrop 2 | ClassNumbers 3 | ColorJitter 0.1, 0.1 | Compose [t.ToTensor()]
    ConvertImageDtype at.float64 | ElasticTransform | FiveCrop 2 | GaussianBlur 3
    Grayscale | InterpolationMode "nearest" | Lambda halved | Normalize 0.5, 0.5
    LinearTransformation at.eye(4), at.zeros(4) | PILToTensor | Pad 1
    RandomAdjustSharpness 2 | RandomAffine 10 | RandomApply [t.Pad(1)] | RandomAutocontrast
    RandomChoice [t.Pad(1), t.Pad(2)] | RandomCrop 2 | RandomEqualize | RandomErasing
    RandomGrayscale | RandomHorizontalFlip | RandomInvert | RandomPerspective
    RandomOrder [t.Pad(1)] | RandomPosterize 2 | RandomResizedCrop 2 | RandomRotation 10
    RandomSolarize 3 | RandomVerticalFlip | Resize 2 | TenCrop 2 | ToPILImage | ToTensor
    Transform | WithMask [t.Pad(1)]
"""


def halved(step: Any) -> float:
    return 0.5


class Stream(nn.data.IterableDataset):
    """Three numbers."""

    def __iter__(self) -> Any:
        return iter(range(3))


class Network(nn.Module):
    """What people train."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.norm = nn.BatchNorm1d(4)
        self.last = nn.Linear(4, 2)
        self.register_buffer("seen", at.tensor(0))

    def forward(self, x: at.Tensor) -> at.Tensor:
        return self.last(self.norm(self.first(x)).relu())


NUMBERS = nn.data.TensorDataset(at.arange(12.0).reshape(6, 2), at.arange(6) % 2)


def table(text: str, home: Any, prefix: str, **names: Any) -> dict[str, Callable[[], Any]]:
    """By name with its module, what makes an example of each class in a table."""
    scope = {"at": at, "nn": nn, "NUMBERS": NUMBERS, "Stream": Stream, "halved": halved} | names
    made: dict[str, Callable[[], Any]] = {}
    for entry in (one.strip(" |") for line in text.splitlines() for one in line.split(" | ")):
        if entry:
            name, _, arguments = entry.partition(" ")
            known = scope | {"kind": getattr(home, name)}
            made[f"{prefix}.{name}"] = partial(eval, f"kind({arguments.strip()})", known)
    return made


def trained(name: str) -> optim.Optimizer:
    """An optimizer that has taken steps."""
    model = nn.Linear(3, 2, bias=False)
    steps = getattr(optim, name)(model.parameters(), {"lr": 0.1} if name == "Optimizer" else 0.1)

    def loss() -> at.Tensor:
        steps.zero_grad()
        value = model(at.ones(4, 3)).square().sum()
        value.backward()
        return value

    for _ in range(0 if name == "Optimizer" else 2):
        steps.step(loss)
    return steps


def schedule(call: Callable[[], Any]) -> Any:
    """One that has taken steps."""
    made = call()
    for _ in range(3):
        made.optimizer.step() if hasattr(made, "optimizer") else None
        made.step(*([1.0] if isinstance(made, lr_scheduler.ReduceLROnPlateau) else []))
    return made


def optimizer() -> optim.Optimizer:
    return optim.SGD([nn.Parameter(at.ones(2))], 0.1, 0.9)


def schedules() -> dict[str, Callable[[], Any]]:
    def make(name: str) -> Any:
        texts = table(SCHEDULES, lr_scheduler, "lr_scheduler", lr=lr_scheduler, o=optimizer())
        return schedule(texts[name])

    names = table(SCHEDULES, lr_scheduler, "lr_scheduler")
    return {name: partial(make, name) for name in names}


def fitted() -> tuple[Network, training.History, list[training.Callback]]:
    """What a training leaves."""
    at.manual_seed(0)
    model = Network()
    data = nn.data.TensorDataset(at.randn(8, 3), at.arange(8) % 2)
    steps = optim.Adam(model.parameters())
    callbacks = [
        training.EarlyStopping("train_loss", restore_best=True),
        training.GradientClipping(1.0),
        training.LearningRate(lr_scheduler.StepLR(steps, 1)),
        training.Doctor(),
    ]
    history = training.fit(
        model, nn.data.DataLoader(data, 4), nn.functional.cross_entropy, steps,
        epochs=2, callbacks=callbacks, verbose=False,
    )  # fmt: skip
    return model, history, callbacks


MATRIX = at.tensor([[3.0, 1.0], [2.0, 5.0]])

OTHERS: dict[str, Callable[[], Any]] = {
    "Tensor": lambda: at.arange(3.0),
    "Size": lambda: at.zeros(2, 3).shape,
    "dtype": lambda: at.float32,
    "bfloat16": lambda: at.bfloat16,
    "device": lambda: at.device("cuda:1"),
    "layout": lambda: at.strided,
    "memory_format": lambda: at.channels_last,
    "finfo": lambda: at.finfo(at.float32),
    "iinfo": lambda: at.iinfo(at.int8),
    "Generator": lambda: at.Generator().manual_seed(3),
    "GradScaler": lambda: at.amp.GradScaler("cpu"),
    "no_grad": at.no_grad,
    "autocast": lambda: at.autocast("cpu"),
    "constraint": lambda: at.distributions.constraints.positive,
    "registry": lambda: at.distributions.biject_to,
    "PackedSequence": lambda: rnn.pack_sequence([at.ones(3, 2), at.ones(2, 2)]),
    "state_dict": lambda: Network().state_dict(),
    "IncompatibleKeys": lambda: Network().load_state_dict({}, strict=False),
    "summary": lambda: nn.insight.summary.summary(Network(), (2, 3)),
    "AveragedModel": lambda: swa_utils.AveragedModel(Network()),
    "AveragedModel by get_ema_avg_fn": lambda: swa_utils.AveragedModel(
        Network(), avg_fn=swa_utils.get_ema_avg_fn(0.9)
    ),
    "AveragedModel by get_ema_multi_avg_fn": lambda: swa_utils.AveragedModel(
        Network(), multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.9)
    ),
    "AveragedModel by get_swa_multi_avg_fn": lambda: swa_utils.AveragedModel(
        Network(), multi_avg_fn=swa_utils.get_swa_multi_avg_fn()
    ),
    "SWALR": lambda: schedule(lambda: swa_utils.SWALR(optimizer(), 0.05)),
    "a trained model": lambda: fitted()[0],
    "History": lambda: fitted()[1],
    "callbacks": lambda: fitted()[2],
    "ConfusionMatrix": lambda: training.ConfusionMatrix(2),
    "MultilabelConfusion": lambda: training.MultilabelConfusion(2),
    "Overall": lambda: training.Overall("roc_auc"),
    "compile": lambda: at.compile(Network()),
    "weight_norm": lambda: nn.utils.weight_norm(nn.Linear(2, 2)),
} | {
    name: partial(lambda call: call(MATRIX), call)
    for name, call in {
        "max": lambda x: at.max(x, 1),
        "min": lambda x: at.min(x, 1),
        "sort": at.sort,
        "topk": lambda x: at.topk(x, 1),
        "mode": at.mode,
        "median": lambda x: at.median(x, 0),
        "kthvalue": lambda x: at.kthvalue(x, 1),
        "cummax": lambda x: at.cummax(x, 0),
        "aminmax": at.aminmax,
        "frexp": at.frexp,
        "histogram": lambda x: at.histogram(x.flatten(), 2),
        "svd": at.linalg.svd,
        "qr": at.linalg.qr,
        "eigh": at.linalg.eigh,
        "slogdet": at.linalg.slogdet,
        "lu_factor": at.linalg.lu_factor,
        "lstsq": lambda x: at.linalg.lstsq(x, x),
    }.items()
}
"""What no table has: values, results, what training leaves."""

EXAMPLES: dict[str, Callable[[], Any]] = (
    table(OF_NN, nn, "nn")
    | table(OF_DISTRIBUTIONS, distributions, "distributions", d=distributions)
    | {f"optim.{name}": partial(trained, name) for name in OPTIMIZERS}
    | schedules()
    | table(OF_DATA, nn.data, "data")
    | table(OF_TRANSFORMS, transforms, "transforms", t=transforms)
    | OTHERS
)
