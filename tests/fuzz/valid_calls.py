"""Calls that work, from which a junk call is made by spoiling one argument.

Those of operators are recorded while the cases of ``tests/autotensor/cases`` run.  The others stand
here as text, which is evaluated anew for each call, because a call may change what it is given.
"""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

import autotensor as at
import nn
import nn.functional as F  # noqa: F401
from autotensor import distributions  # noqa: F401
from nn import data, optim, training  # noqa: F401
from nn.data import transforms  # noqa: F401
from nn.optim import lr_scheduler, swa_utils  # noqa: F401
from nn.utils import parametrizations, parametrize, rnn  # noqa: F401
from tests.autotensor.cases import CASES


class Call(NamedTuple):
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def call(*args: Any, **kwargs: Any) -> Call:
    return Call(args, kwargs)


def x(*shape: int, dtype: Any = np.float32, grad: bool = False) -> at.Tensor:
    """A Tensor of different values between -1 and 1."""
    count = int(np.prod(shape))
    values = at.from_numpy(np.sin(np.arange(1.0, count + 1)).reshape(shape).astype(dtype))
    return values.requires_grad_() if grad else values


def classes(*shape: int) -> at.Tensor:
    """0, 1, 2, 0, 1, 2, …"""
    return at.arange(int(np.prod(shape))).reshape(shape) % 3


def optimizer() -> optim.Optimizer:
    return optim.SGD([nn.Parameter(x(2))], lr=0.1, momentum=0.9)


def trained(model: nn.Module | None = None) -> nn.Module:
    """A network with gradients."""
    model = nn.Sequential(nn.Linear(2, 3)) if model is None else model
    for one in model.parameters():
        one.grad = at.ones_like(one)
    return model


def pairs() -> data.TensorDataset:
    return data.TensorDataset(x(6, 2), classes(6))


NAMESPACE: dict[str, Any] = {
    **globals(), "Linear": nn.Linear, "TensorDataset": data.TensorDataset,
}  # fmt: skip


def evaluated(text: str) -> Any:
    return eval(text, NAMESPACE)


def compiled(text: str) -> Callable[[], Any]:
    code = compile(text, text, "eval")
    return lambda: eval(code, NAMESPACE)


# -- recorded calls --------------------------------------------------------------------------------


def fresh(value: Any) -> Any:
    """``value`` with copies of the Tensors and arrays in it."""
    if isinstance(value, at.Tensor):
        copy = at.from_numpy(value.array.copy(order="K"))
        return copy.requires_grad_() if value.requires_grad else copy
    if isinstance(value, np.ndarray):
        return value.copy()
    if type(value) in (list, tuple):
        return type(value)(map(fresh, value))
    return value


@contextmanager
def recording(places: dict[str, Any], calls: dict[str, list[Call]]) -> Iterator[None]:
    """Notes what the functions in ``places``, modules and classes, are called with from outside."""
    depth = 0

    def recorder(name: str, function: Any) -> Any:
        def record(*args: Any, **kwargs: Any) -> Any:
            nonlocal depth
            depth += 1
            try:
                known = calls.setdefault(name, [])
                if depth == 1 and len(known) < 6:
                    known.append(fresh_call(Call(args, kwargs)))
                return function(*args, **kwargs)
            finally:
                depth -= 1

        return record

    replaced = []
    for place, owner in places.items():
        for name in dir(owner):
            found = getattr(owner, name)
            if name[0] != "_" and inspect.isfunction(found):
                replaced.append((owner, name, found))
                setattr(owner, name, recorder(f"{place}.{name}", found))
    try:
        yield
    finally:
        for owner, name, found in replaced:
            setattr(owner, name, found)


def fresh_call(one: Call) -> Call:
    return Call(fresh(one.args), {key: fresh(value) for key, value in one.kwargs.items()})


def recorded() -> dict[str, list[Call]]:
    """The calls of operators in the cases, by name: ``autotensor.add``, ``Tensor.add``; and those
    in the docstrings of ``array_api``."""
    calls: dict[str, list[Call]] = {}
    places: dict[str, ModuleType | type] = {
        "autotensor": at, "linalg": at.linalg, "special": at.special, "Tensor": at.Tensor,
    }  # fmt: skip
    standard: dict[str, Any] = {"array_api": at.array_api, "array_api.linalg": at.array_api.linalg}
    shown = [
        inspect.getdoc(getattr(one, name)) for one in standard.values() for name in one.__all__
    ]
    with recording(standard, calls):
        for text in shown:
            names = {"at": at, "np": np}
            for example in doctest.DocTestParser().get_examples(text or ""):
                exec(example.source, names)
    with recording(places, calls):
        for case in CASES:
            given = [
                at.from_numpy(np.array(one)) if isinstance(one, np.ndarray | np.generic) else one
                for one in (*case.arrays, *case.constants)
            ]
            case.function(at, *given)
    return calls


# -- written calls ---------------------------------------------------------------------------------

#: Arguments of functions that no case calls: a name, then what stands between its parentheses.
FUNCTIONS = """
autotensor.all x(2, 3), 1
autotensor.allclose x(2, 3), x(2, 3)
autotensor.any x(2, 3), 1
autotensor.arange 1, 5, 2
autotensor.argmax x(2, 3), 1
autotensor.argmin x(2, 3), 1
autotensor.argsort x(2, 3), 1
autotensor.argwhere x(2, 3)
autotensor.as_tensor [1.0, 2.0]
autotensor.asarray [1.0, 2.0]
autotensor.bernoulli x(2, 3) ** 2
autotensor.bincount classes(4), x(4), 3
autotensor.broadcast_shapes (2, 1), (3,)
autotensor.bucketize x(2, 3), at.arange(3.0)
autotensor.can_cast at.int64, at.float32
autotensor.count_nonzero x(2, 3), 1
autotensor.device 'cpu'
autotensor.empty 2, 3
autotensor.empty_like x(2, 3)
autotensor.finfo at.float32
autotensor.full (2, 3), 1.5
autotensor.full_like x(2, 3), 1.5
autotensor.getitem x(2, 3), (0, slice(1, 2))
autotensor.grad x(2, grad=True).sum(), [x(2, grad=True)], allow_unused=True
autotensor.gradcheck at.sin, (x(2, dtype=at.float64, grad=True),)
autotensor.gradgradcheck at.sin, (x(2, dtype=at.float64, grad=True),)
autotensor.histc x(4), 3, -1, 1
autotensor.histogram x(4), 3
autotensor.histogramdd x(4, 2), [2, 3]
autotensor.iinfo at.int8
autotensor.is_floating_point x(2)
autotensor.is_nonzero x(1)
autotensor.isclose x(2, 3), x(2, 3)
autotensor.isin classes(4), classes(2)
autotensor.linspace 0, 1, 5
autotensor.logspace 0, 1, 5
autotensor.multinomial x(2, 3) ** 2, 2
autotensor.nonzero x(2, 3)
autotensor.normal x(2, 3), 1.0
autotensor.one_hot classes(4), 3
autotensor.ones 2, 3
autotensor.ones_like x(2, 3)
autotensor.poisson x(2, 3) ** 2
autotensor.promote_types at.int64, at.float32
autotensor.rand 2, 3
autotensor.rand_like x(2, 3)
autotensor.randint 1, 5, (2, 3)
autotensor.randint_like x(2, 3), 1, 5
autotensor.randn 2, 3
autotensor.randn_like x(2, 3)
autotensor.randperm 4
autotensor.result_type x(2), 1
autotensor.scalar_tensor 1.5
autotensor.searchsorted at.arange(3.0), x(2)
autotensor.set_printoptions 4, 1000, 3, 80
autotensor.set_rng_state at.get_rng_state()
autotensor.tensor [1.0, 2.0]
autotensor.tril_indices 2, 3
autotensor.triu_indices 2, 3
autotensor.unique classes(4), True, True, True, 0
autotensor.unique_consecutive classes(4), True, True, 0
autotensor.unravel_index classes(4), (2, 3)
autotensor.vmap at.sin
autotensor.zeros 2, 3
autotensor.zeros_like x(2, 3)
cuda.manual_seed 1
func.functional_call Linear(2, 3), dict(Linear(2, 3).named_parameters()), (x(4, 2),)
func.hvp F.mse_loss, (x(2), x(2)), (x(2), x(2))
func.jvp at.sin, (x(2),), (x(2),)
func.linearize at.sin, x(2)
func.stack_module_state [Linear(2, 3), Linear(2, 3)]
func.vjp at.sin, x(2)
functional.hessian at.sum, x(2)
functional.hvp at.sum, x(2), x(2)
functional.jacobian at.sin, x(2)
functional.jvp at.sin, x(2), x(2)
functional.vhp at.sum, x(2), x(2)
functional.vjp at.sin, x(2), x(2)
autograd.backward [x(2, grad=True).sum()]
checkpoint.checkpoint at.sin, x(2, grad=True)
checkpoint.checkpoint_sequential [at.sin, at.cos], 2, x(2, grad=True)
F.linear_cross_entropy x(4, 2), x(3, 2), classes(4)
F.relu x(2)
init.calculate_gain 'leaky_relu', 0.1
init.constant_ x(2, 3), 1.0
init.dirac_ x(3, 2, 3)
init.eye_ x(2, 3)
init.kaiming_normal_ x(2, 3), 0.1, 'fan_in', 'leaky_relu'
init.kaiming_uniform_ x(2, 3), 0.1, 'fan_in', 'leaky_relu'
init.normal_ x(2, 3), 0.0, 1.0
init.ones_ x(2, 3)
init.orthogonal_ x(2, 3), 1.0
init.sparse_ x(2, 3), 0.5, 0.1
init.trunc_normal_ x(2, 3), 0.0, 1.0, -2.0, 2.0
init.uniform_ x(2, 3), 0.0, 1.0
init.xavier_normal_ x(2, 3), 1.0
init.xavier_uniform_ x(2, 3), 1.0
init.zeros_ x(2, 3)
nn.summary Linear(2, 3), (4, 2)
swa_utils.get_ema_avg_fn 0.9
swa_utils.get_ema_multi_avg_fn 0.9
swa_utils.update_bn [x(4, 2)], nn.Sequential(nn.BatchNorm1d(2))
utils.clip_grad_norm_ trained().parameters(), 1.0, 2.0
utils.clip_grad_value_ trained().parameters(), 1.0
utils.clip_grads_with_norm_ trained().parameters(), 1.0, at.tensor(2.0)
utils.fuse_conv_bn_eval nn.Conv1d(2, 3, 1).eval(), nn.BatchNorm1d(3).eval()
utils.fuse_conv_bn_weights x(3, 2, 1), x(3), x(3), x(3) ** 2, 1e-5, x(3), x(3)
utils.fuse_linear_bn_eval Linear(2, 3).eval(), nn.BatchNorm1d(3).eval()
utils.fuse_linear_bn_weights x(3, 2), x(3), x(3), x(3) ** 2, 1e-5, x(3), x(3)
utils.get_total_norm [x(2), x(3)], 2.0
utils.parameters_to_vector Linear(2, 3).parameters()
utils.remove_spectral_norm nn.utils.spectral_norm(Linear(2, 3)), 'weight'
utils.remove_weight_norm nn.utils.weight_norm(Linear(2, 3)), 'weight'
utils.skip_init Linear, 2, 3
utils.spectral_norm Linear(2, 3), 'weight', 1, 1e-12, 0
utils.vector_to_parameters x(9), Linear(2, 3).parameters()
utils.weight_norm Linear(2, 3), 'weight', 0
rnn.invert_permutation at.tensor([1, 0])
rnn.pack_padded_sequence x(3, 2, 4), [3, 2]
rnn.pad_packed_sequence rnn.pack_sequence([x(3, 2), x(2, 2)]), False, 0.0
rnn.pad_sequence [x(3, 2), x(2, 2)], True, 0.0
rnn.unpad_sequence x(3, 2, 4), at.tensor([3, 2])
rnn.pack_sequence [x(3, 2), x(2, 2)]
rnn.unpack_sequence rnn.pack_sequence([x(3, 2), x(2, 2)])
parametrize.register_parametrization Linear(2, 2), 'weight', nn.Tanh()
parametrize.is_parametrized Linear(2, 2), 'weight'
parametrize.remove_parametrizations parametrizations.weight_norm(Linear(2, 2)), 'weight'
parametrize.type_before_parametrizations Linear(2, 2)
parametrize.transfer_parametrizations_and_params Linear(2, 2), Linear(2, 2)
parametrizations.orthogonal Linear(2, 2), 'weight'
parametrizations.spectral_norm Linear(2, 2), 'weight'
parametrizations.weight_norm Linear(2, 2), 'weight', 0
data.default_collate [(x(2), 1), (x(2), 2)]
data.default_convert {'a': np.ones(2)}
data.random_split pairs(), [2, 4]
data.spiral_data 6, 3, noise=0.1
data.moons 6, noise=0.1
data.circles 6, factor=0.5, noise=0.1
data.xs_and_os 6, 9
data.shapes 2, 32, most=2, noise=0.1
transforms.mixup x(4, 1, 3, 3), classes(4), 0.2, 3
training.evaluate Linear(2, 3), data.DataLoader(pairs(), 3), F.cross_entropy, verbose=False
training.fit \
    model := Linear(2, 3), data.DataLoader(pairs(), 3), F.cross_entropy, \
    optim.SGD(model.parameters()), 1, verbose=False
training.accuracy x(4, 3), classes(4)
training.top_k_accuracy x(4, 3), classes(4), 2
training.confusion_matrix x(4, 3), classes(4), 3
training.precision x(4, 3), classes(4), 'macro'
training.recall x(4, 3), classes(4), 'macro'
training.f1_score x(4, 3), classes(4), 'macro'
training.intersection_over_union x(4, 3), classes(4), 'macro'
"""

#: How to make an instance, and what to call it with.
INSTANCES = """
distributions.AffineTransform x(3), 2.0 | x(2, 3)
distributions.Bernoulli x(2, 3).abs()
distributions.Beta x(3).abs() + 1, 2.0
distributions.Binomial 5, x(3).abs()
distributions.Categorical None, x(2, 3)
distributions.CatTransform [distributions.ExpTransform()], 0, [3] | x(3)
distributions.Cauchy x(3), 1.0
distributions.Chi2 x(3).abs() + 1
distributions.ComposeTransform [distributions.ExpTransform()] | x(3)
distributions.ContinuousBernoulli x(3).abs()
distributions.Dirichlet x(2, 3).abs() + 1
distributions.Exponential x(3).abs() + 1
distributions.ExpTransform | x(3)
distributions.FisherSnedecor x(3).abs() + 1, 3.0
distributions.Gamma x(3).abs() + 1, 2.0
distributions.GeneralizedPareto x(3), 1.0, 0.2
distributions.Geometric x(3).abs()
distributions.Gumbel x(3), 1.0
distributions.Independent distributions.Normal(x(2, 3), 1.0), 1
distributions.Kumaraswamy x(3).abs() + 1, 2.0
distributions.Laplace x(3), 1.0
distributions.LKJCholesky 3, 1.5
distributions.LogNormal x(3), 1.0
distributions.MixtureSameFamily distributions.Categorical(x(3).abs()), \
    distributions.Normal(x(3), 1.0)
distributions.Multinomial 5, x(2, 3).abs()
distributions.MultivariateNormal x(3), at.eye(3)
distributions.NegativeBinomial 2.5, x(3).abs()
distributions.Normal x(3), x(3).abs() + 1
distributions.OneHotCategorical None, x(2, 3)
distributions.Pareto x(3).abs() + 1, 2.0
distributions.Poisson x(3).abs()
distributions.PowerTransform 2.0 | x(3).abs()
distributions.RelaxedBernoulli 0.5, x(3).abs()
distributions.RelaxedOneHotCategorical 0.5, x(3).abs()
distributions.ReshapeTransform (2, 3), (3, 2) | x(4, 2, 3)
distributions.StickBreakingTransform | x(2, 3)
distributions.StudentT x(3).abs() + 2, x(3)
distributions.TransformedDistribution distributions.Normal(x(3), 1.0), \
    distributions.ExpTransform()
distributions.Uniform x(3), 2.0
distributions.VonMises x(3), 1.0
distributions.Weibull x(3).abs() + 1, 2.0
distributions.Wishart 4.0, at.eye(3)
nn.AdaptiveAvgPool1d 2 | x(1, 2, 5)
nn.AdaptiveAvgPool2d 2 | x(1, 2, 4, 5)
nn.AdaptiveAvgPool3d 2 | x(1, 2, 4, 5, 3)
nn.AdaptiveLogSoftmaxWithLoss 16, 6, [2, 4] | x(3, 16), classes(3)
nn.AdaptiveMaxPool1d 2 | x(1, 2, 5)
nn.AdaptiveMaxPool2d 2 | x(1, 2, 4, 5)
nn.AdaptiveMaxPool3d 2 | x(1, 2, 4, 5, 3)
nn.AlphaDropout 0.5 | x(2, 3)
nn.Atan | x(2, 3)
nn.AvgPool1d 2, 1, 0 | x(1, 2, 5)
nn.AvgPool2d 2, 1, 0 | x(1, 2, 4, 5)
nn.AvgPool3d 2, 1, 0 | x(1, 2, 4, 5, 3)
nn.BCELoss | x(2, 3) ** 2, x(2, 3) ** 2
nn.BCEWithLogitsLoss | x(2, 3), x(2, 3) ** 2
nn.BatchNorm1d 3 | x(2, 3)
nn.BatchNorm2d 3 | x(2, 3, 2, 2)
nn.BatchNorm3d 3 | x(2, 3, 2, 2, 2)
nn.Bilinear 2, 3, 4 | x(5, 2), x(5, 3)
nn.Buffer x(2)
nn.CELU 1.0 | x(2, 3)
nn.CTCLoss | F.log_softmax(x(5, 2, 4), -1), at.tensor([[1, 2], [2, 1]]), (5, 4), (2, 1)
nn.ChannelShuffle 2 | x(1, 4, 2, 2)
nn.CircularPad1d 1 | x(1, 2, 5)
nn.CircularPad2d 1 | x(1, 2, 4, 5)
nn.CircularPad3d 1 | x(1, 2, 4, 5, 3)
nn.ConstantPad1d 1, 2.0 | x(1, 2, 5)
nn.ConstantPad2d 1, 2.0 | x(1, 2, 4, 5)
nn.ConstantPad3d 1, 2.0 | x(1, 2, 4, 5, 3)
nn.Conv1d 2, 4, 3, 1, 1, 1, 2, True, 'zeros' | x(1, 2, 5)
nn.Conv2d 2, 4, 3, 1, 1, 1, 2, True, 'circular' | x(1, 2, 4, 5)
nn.Conv3d 2, 4, 2 | x(1, 2, 4, 5, 3)
nn.ConvTranspose1d 2, 4, 3, 2, 1, 1, 2 | x(1, 2, 5)
nn.ConvTranspose2d 2, 4, 3, 2, 1, 1, 2 | x(1, 2, 4, 5)
nn.ConvTranspose3d 2, 4, 2 | x(1, 2, 4, 5, 3)
nn.CosineEmbeddingLoss 0.1 | x(2, 3), x(2, 3), at.tensor([1, -1])
nn.CosineSimilarity 1 | x(2, 3), x(2, 3)
nn.CrossEntropyLoss x(3) ** 2, label_smoothing=0.1 | x(2, 3), classes(2)
nn.Dropout 0.5 | x(2, 3)
nn.Dropout1d 0.5 | x(1, 2, 5)
nn.Dropout2d 0.5 | x(1, 2, 4, 5)
nn.Dropout3d 0.5 | x(1, 2, 4, 5, 3)
nn.ELU 1.0 | x(2, 3)
nn.Embedding 4, 3, 1, 1.0 | classes(2, 3)
nn.EmbeddingBag 4, 3, mode='sum' | classes(4), at.tensor([0, 2]), x(4)
nn.FeatureAlphaDropout 0.5 | x(2, 3)
nn.Flatten 1, -1 | x(2, 3, 4)
nn.Fold (4, 5), 2 | x(1, 8, 12)
nn.FractionalMaxPool2d 2, 2 | x(1, 2, 4, 5)
nn.FractionalMaxPool3d 2, 1 | x(1, 2, 4, 5, 3)
nn.GELU 'tanh' | x(2, 3)
nn.GLU -1 | x(2, 4)
nn.GRU 2, 3, 2, dropout=0.1 | x(4, 1, 2), x(2, 1, 3)
nn.GRUCell 2, 3 | x(4, 2), x(4, 3)
nn.GaussianNLLLoss | x(2, 3), x(2, 3), x(2, 3) ** 2
nn.GroupNorm 2, 4 | x(2, 4, 3)
nn.Hardshrink 0.5 | x(2, 3)
nn.Hardsigmoid | x(2, 3)
nn.Hardswish | x(2, 3)
nn.Hardtanh -1.0, 1.0 | x(2, 3)
nn.HingeEmbeddingLoss 1.0 | x(2), at.tensor([1.0, -1.0])
nn.HuberLoss | x(2, 3), x(2, 3)
nn.Identity | x(2, 3)
nn.InstanceNorm1d 2 | x(1, 2, 5)
nn.InstanceNorm2d 2 | x(1, 2, 4, 5)
nn.InstanceNorm3d 2 | x(1, 2, 4, 5, 3)
nn.KLDivLoss | x(2, 3), x(2, 3) ** 2
nn.L1Loss | x(2, 3), x(2, 3)
nn.LPPool1d 2, 2 | x(1, 2, 5)
nn.LPPool2d 2, 2 | x(1, 2, 4, 5)
nn.LPPool3d 2, 2 | x(1, 2, 4, 5, 3)
nn.LSTM 2, 3, proj_size=2 | x(4, 1, 2), (x(1, 1, 2), x(1, 1, 3))
nn.LSTMCell 2, 3 | x(4, 2), (x(4, 3), x(4, 3))
nn.LayerNorm 3 | x(2, 3)
nn.LazyBatchNorm1d | x(2, 3)
nn.LazyBatchNorm2d | x(2, 3, 2, 2)
nn.LazyBatchNorm3d | x(2, 3, 2, 2, 2)
nn.LazyConv1d 4, 3 | x(1, 2, 5)
nn.LazyConv2d 4, 3 | x(1, 2, 4, 5)
nn.LazyConv3d 4, 2 | x(1, 2, 4, 5, 3)
nn.LazyConvTranspose1d 4, 3 | x(1, 2, 5)
nn.LazyConvTranspose2d 4, 3 | x(1, 2, 4, 5)
nn.LazyConvTranspose3d 4, 2 | x(1, 2, 4, 5, 3)
nn.LazyInstanceNorm1d | x(1, 2, 5)
nn.LazyInstanceNorm2d | x(1, 2, 4, 5)
nn.LazyInstanceNorm3d | x(1, 2, 4, 5, 3)
nn.LazyLinear 3 | x(2, 3)
nn.LeakyReLU 0.1 | x(2, 3)
nn.Linear 2, 3 | x(4, 2)
nn.LinearCrossEntropyLoss 2, 3 | x(4, 2), classes(4)
nn.LocalResponseNorm 2, 1e-4, 0.75, 1.0 | x(1, 2, 4)
nn.LogSigmoid | x(2, 3)
nn.LogSoftmax 1 | x(2, 3)
nn.MSELoss | x(2, 3), x(2, 3)
nn.MarginRankingLoss 0.1 | x(3), x(3), at.tensor([1, -1, 1])
nn.MaxPool1d 2, 1, 1, 1 | x(1, 2, 5)
nn.MaxPool2d 2, 1, 1, 1 | x(1, 2, 4, 5)
nn.MaxPool3d 2, 1, 1, 1 | x(1, 2, 4, 5, 3)
nn.MaxUnpool1d 2 | x(1, 1, 2), at.tensor([[[0, 3]]])
nn.MaxUnpool2d 2 | x(1, 1, 1, 2), at.tensor([[[[0, 3]]]])
nn.MaxUnpool3d 2 | x(1, 1, 1, 1, 2), at.tensor([[[[[0, 3]]]]])
nn.MinPool1d 2, 1, 1, 1 | x(1, 2, 5)
nn.MinPool2d 2, 1, 1, 1 | x(1, 2, 4, 5)
nn.MinPool3d 2, 1, 1, 1 | x(1, 2, 4, 5, 3)
nn.Mish | x(2, 3)
nn.Module
nn.ModuleDict {'a': Linear(2, 3)}
nn.ModuleList [Linear(2, 3)]
nn.MultiLabelMarginLoss | x(2, 3), at.tensor([[0, 2, -1], [1, -1, 0]])
nn.MultiLabelSoftMarginLoss | x(2, 3), x(2, 3) ** 2
nn.MultiMarginLoss 1, 1.0 | x(2, 3), classes(2)
nn.MultiheadAttention 4, 2, 0.1, kdim=3, vdim=5 | x(2, 1, 4), x(3, 1, 3), x(3, 1, 5)
nn.NLLLoss x(3) | x(2, 3), classes(2)
nn.NLLLoss2d | x(2, 3, 2, 2), classes(2, 2, 2)
nn.PReLU 3, 0.1 | x(2, 3)
nn.PairwiseDistance 2.0 | x(2, 3), x(2, 3)
nn.Parameter x(2)
nn.ParameterDict {'a': x(2)}
nn.ParameterList [x(2)]
nn.PixelShuffle 2 | x(1, 4, 2, 2)
nn.PixelUnshuffle 2 | x(1, 1, 4, 4)
nn.PoissonNLLLoss | x(2, 3), x(2, 3) ** 2
nn.RMSNorm 3 | x(2, 3)
nn.RNN 2, 3, nonlinearity='relu', bidirectional=True | x(4, 1, 2), x(2, 1, 3)
nn.RNNBase 'LSTM', 2, 3 | x(4, 1, 2)
nn.RNNCell 2, 3, True, 'relu' | x(4, 2), x(4, 3)
nn.RNNCellBase 2, 3, True, 4
nn.RReLU 0.1, 0.3 | x(2, 3)
nn.ReLU | x(2, 3)
nn.ReLU6 | x(2, 3)
nn.ReflectionPad1d 1 | x(1, 2, 5)
nn.ReflectionPad2d 1 | x(1, 2, 4, 5)
nn.ReflectionPad3d 1 | x(1, 2, 4, 5, 3)
nn.ReplicationPad1d 1 | x(1, 2, 5)
nn.ReplicationPad2d 1 | x(1, 2, 4, 5)
nn.ReplicationPad3d 1 | x(1, 2, 4, 5, 3)
nn.SELU | x(2, 3)
nn.Sequential Linear(2, 3), nn.Tanh() | x(4, 2)
nn.SiLU | x(2, 3)
nn.Sigmoid | x(2, 3)
nn.SmoothL1Loss | x(2, 3), x(2, 3)
nn.SoftMarginLoss | x(2, 3), at.sign(x(2, 3))
nn.Softmax 1 | x(2, 3)
nn.Softmax2d | x(1, 2, 4, 5)
nn.Softmin 1 | x(2, 3)
nn.Softplus 1.0, 20.0 | x(2, 3)
nn.Softshrink 0.5 | x(2, 3)
nn.Softsign | x(2, 3)
nn.Tanh | x(2, 3)
nn.Tanhshrink | x(2, 3)
nn.Threshold 0.1, 20.0 | x(2, 3)
nn.Transformer 4, 2, 1, 1, 8 | x(3, 1, 4), x(2, 1, 4)
nn.TransformerDecoder nn.TransformerDecoderLayer(4, 2, 8), 2 | x(3, 1, 4), x(2, 1, 4)
nn.TransformerDecoderLayer 4, 2, 8, 0.1, 'gelu' | x(3, 1, 4), x(2, 1, 4)
nn.TransformerEncoder nn.TransformerEncoderLayer(4, 2, 8), 2 | x(3, 1, 4)
nn.TransformerEncoderLayer 4, 2, 8, 0.1, 'relu' | x(3, 1, 4)
nn.TripletMarginLoss 1.0, 2.0 | x(2, 3), x(2, 3), x(2, 3) ** 2
nn.TripletMarginWithDistanceLoss margin=1.0 | x(2, 3), x(2, 3), x(2, 3) ** 2
nn.Unflatten 1, (2, 2) | x(3, 4)
nn.Unfold 2 | x(1, 2, 4, 5)
nn.UninitializedBuffer
nn.UninitializedParameter
nn.Upsample scale_factor=2, mode='nearest' | x(1, 2, 4)
nn.UpsamplingBilinear2d scale_factor=2 | x(1, 2, 4, 5)
nn.UpsamplingNearest2d scale_factor=2 | x(1, 2, 4, 5)
nn.ZeroPad1d 1 | x(1, 2, 5)
nn.ZeroPad2d 1 | x(1, 2, 4, 5)
nn.ZeroPad3d 1 | x(1, 2, 4, 5, 3)
autotensor.Generator
optim.Adam trained().parameters(), 0.1, (0.9, 0.99), 1e-8, 0.1
optim.AdamW trained().parameters(), 0.1, (0.9, 0.99), 1e-8, 0.1
optim.Adamax trained().parameters(), 0.1, (0.9, 0.99), 1e-8, 0.1
optim.NAdam trained().parameters(), 0.1, (0.9, 0.99), 1e-8, 0.1
optim.RAdam trained().parameters(), 0.1, (0.9, 0.99), 1e-8, 0.1
optim.SGD trained().parameters(), 0.1, 0.9, 0.0, 0.1, True
optim.ASGD trained().parameters(), 0.1, 1e-4, 0.75, 1e6, 0.1
optim.Adadelta trained().parameters(), 0.1, 0.9, 1e-6, 0.1
optim.Adafactor trained().parameters(), 0.1, -0.8, (None, 1e-3), 1.0, 0.1
optim.Adagrad trained().parameters(), 0.1, 0.1, 0.1, 0.1, 1e-10
optim.LBFGS trained().parameters(), 0.1, 2, 3, 1e-7, 1e-9, 3, 'strong_wolfe'
optim.Muon trained(Linear(2, 3, bias=False)).parameters(), 0.1, 0.1, 0.9, True
optim.RMSprop trained().parameters(), 0.1, 0.9, 1e-8, 0.1, 0.9, True
optim.Rprop trained().parameters(), 0.1, (0.5, 1.2), (1e-6, 50)
lr_scheduler.ReduceLROnPlateau optimizer(), 'min', 0.1, 2, 1e-4, 'rel', 0, 0.0
lr_scheduler.SequentialLR \
    o := optimizer(), [lr_scheduler.ExponentialLR(o, 0.9), lr_scheduler.StepLR(o, 2)], [2]
lr_scheduler.ChainedScheduler \
    [lr_scheduler.ExponentialLR(o := optimizer(), 0.9), lr_scheduler.StepLR(o, 2)], o
lr_scheduler.CosineAnnealingLR optimizer(), 5, 0.0
lr_scheduler.CosineAnnealingWarmRestarts optimizer(), 2, 2, 0.0
lr_scheduler.CyclicLR optimizer(), 0.01, 0.1, 3, 4, 'triangular2', 0.9
lr_scheduler.OneCycleLR optimizer(), 0.1, 10
lr_scheduler.LambdaLR optimizer(), lambda epoch: 0.9**epoch
lr_scheduler.MultiplicativeLR optimizer(), lambda epoch: 0.9
lr_scheduler.StepLR optimizer(), 2, 0.1
lr_scheduler.MultiStepLR optimizer(), [2, 3], 0.1
lr_scheduler.ConstantLR optimizer(), 0.5, 2
lr_scheduler.LinearLR optimizer(), 0.5, 1.0, 2
lr_scheduler.ExponentialLR optimizer(), 0.9
lr_scheduler.PolynomialLR optimizer(), 5, 2.0
swa_utils.AveragedModel Linear(2, 3) | x(4, 2)
swa_utils.SWALR optimizer(), 0.05, 3, 'linear'
rnn.PackedSequence x(3, 2), at.tensor([2, 1])
parametrize.ParametrizationList [nn.Tanh()], nn.Parameter(x(2))
data.TensorDataset x(6, 2), classes(6)
data.Subset pairs(), [0, 2]
data.ConcatDataset [pairs(), pairs()]
data.StackDataset pairs(), pairs()
data.ChainDataset []
data.SequentialSampler pairs()
data.RandomSampler pairs(), True, 3
data.SubsetRandomSampler [0, 2]
data.WeightedRandomSampler [0.5, 0.1], 3
data.DistributedSampler [0, 1, 2], 2, 1
data.BatchSampler [0, 1, 2], 2, False
data.DataLoader pairs(), 2, True
transforms.Normalize [0.5], [0.5] | x(1, 8, 9)
transforms.Grayscale 3 | x(3, 8, 9)
transforms.RandomGrayscale 0.5 | x(3, 8, 9)
transforms.ColorJitter 0.1, 0.1, 0.1, 0.1 | x(3, 8, 9) ** 2
transforms.GaussianBlur 3, 0.5 | x(1, 8, 9)
transforms.RandomErasing 0.5, (0.02, 0.33), (0.3, 3.3), 0 | x(1, 8, 9)
transforms.Compose [transforms.Resize(4)] | x(1, 8, 9)
transforms.Lambda at.sin | x(1, 8, 9)
transforms.RandomApply [transforms.Resize(4)], 0.5 | x(1, 8, 9)
transforms.RandomChoice [transforms.Resize(4)], [1.0] | x(1, 8, 9)
transforms.PILToTensor | transforms.ToPILImage()(x(3, 8, 9) ** 2)
transforms.ToTensor | np.zeros((8, 9, 3), np.uint8)
transforms.ToPILImage 'RGB' | x(3, 8, 9) ** 2
transforms.ConvertImageDtype at.float32 | x(1, 8, 9)
transforms.Resize (4, 5) | x(1, 8, 9)
transforms.Pad 1, 0, 'reflect' | x(1, 8, 9)
transforms.CenterCrop 4 | x(1, 8, 9)
transforms.RandomCrop 4, 1 | x(1, 8, 9)
transforms.RandomResizedCrop 4, (0.5, 1.0), (0.75, 1.33) | x(1, 8, 9)
transforms.RandomHorizontalFlip 0.5 | x(1, 8, 9)
transforms.RandomVerticalFlip 0.5 | x(1, 8, 9)
transforms.RandomRotation 30, fill=0 | x(1, 8, 9)
transforms.RandomAffine 30, (0.1, 0.1), (0.9, 1.1), 5 | x(1, 8, 9)
transforms.RandomPerspective 0.5, 1.0 | x(1, 8, 9)
transforms.ElasticTransform 5.0, 1.0 | x(1, 8, 9)
transforms.FiveCrop (4, 5) | x(1, 8, 9)
transforms.TenCrop 4, True | x(1, 8, 9)
transforms.RandomOrder [transforms.Resize(4)] | x(1, 8, 9)
transforms.LinearTransformation at.eye(72), at.zeros(72) | x(1, 8, 9)
transforms.RandomInvert 1.0 | x(3, 8, 9)
transforms.RandomPosterize 3, 1.0 | (x(3, 8, 9) ** 2 * 100).to(at.uint8)
transforms.RandomSolarize 0.5, 1.0 | x(3, 8, 9)
transforms.RandomAutocontrast 1.0 | x(3, 8, 9)
transforms.RandomEqualize 1.0 | (x(3, 8, 9) ** 2 * 100).to(at.uint8)
transforms.RandomAdjustSharpness 2.0, 1.0 | x(3, 8, 9)
transforms.ClassNumbers 10, 255 | classes(1, 8, 9)
transforms.WithMask transforms.Resize(4), 0 | x(1, 8, 9), classes(1, 8, 9)
training.CSVLog 'log.csv'
training.LivePlot 'plot.png'
training.Checkpoint 'checkpoint'
training.EarlyStopping 'validation_loss', 2, 0.0, 'min'
training.GradientClipping 1.0
training.LearningRate lr_scheduler.ExponentialLR(optimizer(), 0.9), 'epoch'
training.ConfusionMatrix 3
training.Overall 'f1_score', 3
training.Doctor 10, False
training.History
"""


def _rows(table: str) -> Iterator[tuple[str, str]]:
    for row in table.replace("\\\n", "").strip().splitlines():
        name, _, rest = row.partition(" ")
        yield name, rest


def written() -> dict[str, list[Callable[[], Call]]]:
    """The functions above and how to make an instance, each as what gives the arguments."""
    calls = {name: [compiled(f"call({rest})")] for name, rest in _rows(FUNCTIONS)}
    for name, rest in _rows(INSTANCES):
        calls[name] = [compiled(f"call({rest.partition('|')[0]})")]
    return calls


def instances() -> dict[str, tuple[Callable[[], Any], Callable[[], Call] | None]]:
    """What makes an instance of each class, and what gives the arguments to call it with."""
    found = {}
    for name, rest in _rows(INSTANCES):
        made, bar, given = rest.partition("|")
        owner = name.replace("autotensor.", "at.")
        found[name] = (compiled(f"{owner}({made})"), compiled(f"call({given})") if bar else None)
    return found
