"""A beginner's mistakes with layers, losses, optimizers and data: what the message says to do.

Each row is a mistake, the error, and what its message must say.  A table of its own checks that an
error inside a model names the layer's path.
"""

# One mistake, one line.
# ruff: noqa: E501

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.data import DataLoader, Dataset, TensorDataset
from nn.training import fit


class Foreign:
    """A Tensor of another library."""

    def detach(self) -> Foreign:
        return self

    def numpy(self) -> np.ndarray:
        return np.ones(3)

    def __dlpack__(self) -> object:
        raise AssertionError("nobody asked for its memory")


Foreign.__name__ = "Tensor"
Foreign.__module__ = "torch"

x, labels = at.ones(4, 3), at.tensor([0, 1, 2, 3])
double, whole = x.double(), x.long()
scores = at.randn(4, 5, generator=at.Generator().manual_seed(0))
linear, conv = nn.Linear(3, 2), nn.Conv2d(3, 4, 3)
images = at.ones(2, 3, 8, 8)
batches = DataLoader(TensorDataset(x, labels % 2), 4)
sgd = optim.SGD(linear.parameters(), lr=0.1)
parameter = nn.Parameter(at.ones(3))


class WithoutSuper(nn.Module):
    def __init__(self) -> None:
        self.fc = nn.Linear(3, 2)


class Misspelt(nn.Module):
    def foward(self, x: Any) -> Any:
        return x


class WithoutReturn(nn.Module):
    def forward(self, x: Any) -> Any:
        x.relu()


class InAList(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = [nn.Linear(2, 2)]


class WithoutLength(Dataset):
    def __getitem__(self, index: int) -> int:
        return index


def used_up() -> Any:
    parameters = linear.parameters()
    list(parameters)
    return optim.SGD(parameters, lr=0.1)


to_float = r"got input {}, weight and bias float32; convert input with \.float\(\)"
MISTAKES: list[tuple[str, Callable[[], Any], type[Exception], str]] = [
    # dtypes: which argument is which, and .float()
    ("float64 into Linear", lambda: linear(double), RuntimeError, r"^linear: .*" + to_float.format("float64") + r", or the model with \.double\(\)(?m:$)"),
    ("int64 into Linear", lambda: linear(whole), RuntimeError, r"^linear: .*" + to_float.format("int64") + "(?m:$)"),
    ("bools into Linear", lambda: linear(x > 0), RuntimeError, r"^linear: .*" + to_float.format("bool")),
    ("float64 into Conv2d", lambda: conv(images.double()), RuntimeError, r"^conv2d: .*" + to_float.format("float64")),
    ("uint8 into Conv2d", lambda: conv(images.to(at.uint8)), RuntimeError, r"^conv2d: .*" + to_float.format("uint8")),
    ("float64 into LSTM", lambda: nn.LSTM(3, 4)(at.ones(2, 1, 3).double()), RuntimeError, r"^LSTM: .* got input float64, weights float32; convert input with \.float\(\), or the model with \.double\(\)"),
    ("int64 into GRU", lambda: nn.GRU(3, 4)(at.ones(2, 1, 3).long()), RuntimeError, r"^GRU: .* got input int64, weights float32; convert input with \.float\(\)(?m:$)"),
    ("float64 into BatchNorm", lambda: nn.BatchNorm1d(3)(double), RuntimeError, r"^batch_norm: .* got input float64, the layer's running_mean float32; convert input with \.float\(\)"),
    ("float64 into LayerNorm", lambda: nn.LayerNorm(3)(double), RuntimeError, r"^layer_norm: .* got input float64, the layer's weight float32; convert input with \.float\(\), or the model"),
    ("int64 into LayerNorm", lambda: nn.LayerNorm(3)(whole), RuntimeError, r"^layer_norm: .* got int64; convert with \.float\(\)"),
    ("float64 into attention", lambda: nn.MultiheadAttention(4, 2)(*[at.ones(2, 3, 4).double()] * 3), RuntimeError, r"got input float64, weight and bias float32; convert input"),
    ("float64 times float32", lambda: x @ double.T, RuntimeError, r"^matmul: .* got input float32, other float64; convert input with \.double\(\)$"),
    ("float32 times int64", lambda: x @ whole.T, RuntimeError, r"^matmul: .* got input float32, other int64; convert other with \.float\(\)$"),
    ("int32 times int64", lambda: whole.int() @ whole.T, RuntimeError, r"^matmul: .* got input int32, other int64; convert input with \.long\(\)$"),
    ("floats into Embedding", lambda: nn.Embedding(5, 2)(at.ones(3)), RuntimeError, r"^embedding: input must be of dtype int64 .*convert with \.long\(\)"),
    ("mean of integers", lambda: whole.mean(), RuntimeError, r"^mean: .* got int64; convert with \.float\(\)"),
    ("softmax of integers", lambda: F.softmax(whole, 1), RuntimeError, r"^softmax: .* got int64; convert with \.float\(\)"),
    # what is no Tensor
    ("a list into Linear", lambda: linear([[1.0, 2.0, 3.0]]), TypeError, r"^linear: input must be a Tensor, got list; wrap it with autotensor\.tensor"),
    ("None into Linear", lambda: linear(None), TypeError, r"^linear: .* got NoneType; does the function that made it lack its return\?"),
    ("forward without return", lambda: F.mse_loss(WithoutReturn()(x), x), TypeError, r"^mse_loss: .* got NoneType; does .* lack its return"),
    ("the tuple of an LSTM", lambda: linear(nn.LSTM(3, 3)(at.ones(2, 1, 3))), TypeError, r"^linear: .* got tuple; it holds several results: take one, as in output, state = lstm\(x\)"),
    ("the tuple of attention", lambda: F.relu(nn.MultiheadAttention(4, 2)(*[at.ones(2, 3, 4)] * 3)), TypeError, r"^relu: .* got tuple; .*take one"),
    ("a list of Tensors", lambda: F.relu([x, x]), TypeError, r"^relu: .* got list; join the Tensors in it with stack\(\) or cat\(\)"),
    ("a layer for its output", lambda: F.relu(linear), TypeError, r"^relu: .* got Linear; it is a module: call it on a Tensor"),
    ("a class for a Tensor", lambda: linear(nn.ReLU), TypeError, r"^linear: .* got the class ReLU; make an object of it"),
    ("a foreign tensor into Linear", lambda: linear(Foreign()), TypeError, r"^linear: .* got torch\.Tensor; convert it with autotensor\.as_tensor\(x\.detach\(\)\)"),
    ("a foreign tensor in a sum", lambda: x + Foreign(), TypeError, r"^add: other .* got torch\.Tensor; convert it"),
    ("copy_ of a foreign tensor", lambda: at.ones(3).copy_(Foreign()), TypeError, r"^copy_: other .* got torch\.Tensor; convert it"),
    ("copy_ of a list", lambda: at.ones(3).copy_([1.0, 2.0, 3.0]), TypeError, r"^copy_: other .* got list; wrap it"),
    ("copy_ of another shape", lambda: at.ones(3).copy_(at.ones(4)), RuntimeError, r"^copy_: other of shape \(4,\) cannot be copied into a Tensor of shape \(3,\)$"),
    ("text", lambda: at.tensor("abc"), TypeError, r"^tensor: cannot make a Tensor from str 'abc'; expected numbers"),
    ("a dict", lambda: at.tensor({"a": 1}), TypeError, r"^tensor: cannot make a Tensor from dict"),
    ("Tensors in tensor()", lambda: at.tensor([x, x]), ValueError, r"^tensor: .*use stack\(\) or cat\(\)"),
    ("a list for from_numpy", lambda: at.from_numpy([1, 2]), TypeError, r"^from_numpy: expected an ndarray, got list"),
    ("cat without a list", lambda: at.cat(x, x), TypeError, r"^cat: expected a non-empty list of Tensors, got Tensor$"),
    ("stack without a list", lambda: at.stack(x[0], x[1]), TypeError, r"^stack: expected a non-empty list of Tensors, got Tensor$"),
    ("ones of a Tensor", lambda: at.ones(x), TypeError, r"^ones: sizes must be ints, got a Tensor of shape \(4, 3\).*\.shape"),
    ("NumPy's function of a parameter", lambda: np.fft.fft(parameter), RuntimeError, r"^np\.fft\.fft: .* no gradient .* use x\.detach\(\)\.numpy\(\)"),
    ("NumPy's array of a parameter", lambda: np.array(parameter), RuntimeError, r"tensor\.detach\(\)\.numpy\(\)"),
    ("numpy() of a parameter", lambda: parameter.numpy(), RuntimeError, r"tensor\.detach\(\)\.numpy\(\)"),
    # shapes
    ("features", lambda: linear(at.ones(4, 5)), RuntimeError, r"^linear: input of shape \(4, 5\) does not fit weight of shape \(2, 3\)"),
    ("pictures that are not flattened", lambda: nn.Linear(64, 10)(at.ones(2, 1, 8, 8)), RuntimeError, r"^linear: .*; flatten the samples with \.flatten\(1\)"),
    ("channels", lambda: conv(at.ones(2, 1, 8, 8)), RuntimeError, r"^conv2d: input has 1 channels but weight expects 3 \(input shape \(2, 1, 8, 8\)[^;]*$"),
    ("channels last", lambda: conv(at.ones(2, 8, 8, 3)), RuntimeError, r"^conv2d: input has 8 channels .*; channels come second: \.permute\(0, 3, 1, 2\)"),
    ("no channels", lambda: nn.Conv2d(1, 4, 3)(at.ones(2, 8, 8)), RuntimeError, r"^conv2d: .*without channels: \.unsqueeze\(1\)"),
    ("neither batch nor channels", lambda: nn.Conv2d(1, 4, 3)(at.ones(8, 8)), RuntimeError, r"^conv2d: input must have shape \(N, C, H, W\) or \(C, H, W\), got \(8, 8\)"),
    ("a kernel larger than the picture", lambda: nn.Conv2d(1, 1, 9)(at.ones(1, 1, 4, 4)), RuntimeError, r"^conv2d: the window of \(9, 9\) .* does not fit in an input of shape \(1, 1, 4, 4\)"),
    ("BatchNorm of another dimension", lambda: nn.BatchNorm2d(3)(x), ValueError, r"^BatchNorm2d: expected input of shape \(N, C, H, W\), got \(4, 3\)"),
    ("BatchNorm of one sample", lambda: nn.BatchNorm1d(3)(x[:1]), ValueError, r"^batch_norm: expected more than 1 value per channel when training"),
    ("features of an LSTM", lambda: nn.LSTM(3, 4)(at.ones(2, 1, 5)), RuntimeError, r"^lstm: input has 5 features.* expects 3"),
    ("an LSTM's state that is no pair", lambda: nn.LSTM(3, 4)(at.ones(2, 1, 3), at.zeros(1, 1, 4)), TypeError, r"^LSTM: hx must be a pair of Tensors \(h_0, c_0\), got Tensor"),
    ("a GRU's state that is a pair", lambda: nn.GRU(3, 4)(at.ones(2, 1, 3), (at.zeros(1, 1, 4),) * 2), TypeError, r"^GRU: hx must be a Tensor, got tuple"),
    ("view", lambda: images.view(2, 100), RuntimeError, r"^view: shape \(2, 100\) is invalid for an input of shape \(2, 3, 8, 8\)"),
    ("view of what is permuted", lambda: images[:, :, 1:].permute(0, 2, 3, 1).view(2, -1), RuntimeError, r"^view: .*use reshape\(\)"),
    ("an index", lambda: x[10], IndexError, r"^getitem: index 10 is out of bounds for dim 0 with size 4; the Tensor has shape \(4, 3\)$"),
    ("an index into a number", lambda: at.tensor(1.0)[0], IndexError, r"^getitem: too many indices for Tensor: Tensor is 0-dimensional"),
    ("an index to write at", lambda: at.ones(3).__setitem__(5, 1.0), IndexError, r"^setitem: index 5 is out of bounds for dim 0 with size 3"),
    ("heads", lambda: nn.MultiheadAttention(5, 2), ValueError, r"^MultiheadAttention: embed_dim must be divisible by num_heads, got 5 and 2"),
    # losses
    ("one-hot integers", lambda: F.cross_entropy(scores, F.one_hot(labels, 5)), ValueError, r"^cross_entropy: .* got target of shape \(4, 5\); of one-hot numbers pass \.argmax\(1\), or \.float\(\)"),
    ("labels in a column", lambda: F.cross_entropy(scores, labels[:, None]), ValueError, r"^cross_entropy: .* got target of shape \(4, 1\); pass target\.squeeze\(-1\)"),
    ("labels as floats", lambda: F.cross_entropy(scores, labels.float()), ValueError, r"^cross_entropy: .*for class numbers use an integer dtype: \.long\(\)"),
    ("labels from 1 on", lambda: F.cross_entropy(scores, labels + 2), IndexError, r"^cross_entropy: target 5 is out of bounds: there are 5 classes, numbered 0 to 4"),
    ("swapped arguments of a loss", lambda: nn.CrossEntropyLoss()(labels, scores), RuntimeError, r"^cross_entropy: input has dtype int64 and target float32: they have changed places.*cross_entropy\(input, target\)"),
    ("predictions for scores", lambda: F.cross_entropy(scores.argmax(1), labels), RuntimeError, r"^cross_entropy: .* got int64; convert with \.float\(\)"),
    ("labels in a list", lambda: F.cross_entropy(scores, [0, 1, 2, 3]), TypeError, r"^cross_entropy: target must be a Tensor, got list; wrap it"),
    ("scores where chances belong", lambda: F.binary_cross_entropy(at.tensor([2.0]), at.ones(1)), RuntimeError, r"^binary_cross_entropy: .*for scores use binary_cross_entropy_with_logits"),
    ("shapes of a loss", lambda: F.binary_cross_entropy(at.ones(4, 1), at.ones(4)), ValueError, r"^binary_cross_entropy: target must have the shape of input, \(4, 1\), got \(4,\)"),
    ("Tensors for a loss's constructor", lambda: nn.MSELoss(x, x), TypeError, r"^MSELoss: .* got Tensor; make the loss first, then call it: nn\.MSELoss\(\)\(input, target\)"),
    ("a loss class as a function", lambda: nn.CrossEntropyLoss(scores, labels), TypeError, r"^CrossEntropyLoss: .*then call it: nn\.CrossEntropyLoss\(\)\(input, target\)"),
    ("an unknown reduction", lambda: nn.MSELoss(reduction="avg"), ValueError, r"^MSELoss: reduction must be one of 'mean', 'sum', 'none', got 'avg'"),
    ("backward of several losses", lambda: F.mse_loss(linear(x), at.ones(4, 2), reduction="none").backward(), RuntimeError, r"^backward: .*scalar.*\(4, 2\); reduce it"),
    # classes, functions and lists for layers
    ("a class in Sequential", lambda: nn.Sequential(linear, nn.ReLU), TypeError, r"^Sequential: cannot assign the class ReLU to module '1' .*; make one of it: ReLU\(\.\.\.\)"),
    ("a list in Sequential", lambda: nn.Sequential([linear, nn.ReLU()]), TypeError, r"'list' object to module '0' .*nn\.Sequential\(\*layers\)"),
    ("a function in Sequential", lambda: nn.Sequential(linear, at.relu), TypeError, r"to module '1' .*a function is called in forward\(\), or has a layer"),
    ("a class in ModuleList", lambda: nn.ModuleList([nn.Linear]), TypeError, r"^ModuleList: cannot assign the class Linear .*make one of it"),
    ("a Tensor for a layer's constructor", lambda: nn.ReLU(x), TypeError, r"^ReLU: a layer is made of settings, and called on a Tensor then: ReLU\(\)\(x\)"),
    ("… with one element", lambda: nn.Softmax(at.ones(1)), TypeError, r"^Softmax: a layer is made of settings"),
    ("a missing size", lambda: nn.Conv2d(3, 4), TypeError, r"^Conv2d\(\) missing 1 required positional argument: 'kernel_size'"),
    ("a size that is a quotient", lambda: nn.Linear(9 / 3, 2), TypeError, r"^Linear: in_features must be an int, got float 3\.0"),
    ("an unknown keyword", lambda: nn.Linear(3, 2, activation="relu"), TypeError, r"^Linear: .*'activation'; the arguments are in_features, out_features, bias"),
    ("padding", lambda: nn.Conv2d(3, 4, 3, padding="sane"), ValueError, r"^Conv2d: padding must be 'same', 'valid' or ints, got 'sane'"),
    ("percents of dropout", lambda: nn.Dropout(50), ValueError, r"^Dropout: p must be a probability between 0 and 1, got 50"),
    ("text for dropout", lambda: nn.Dropout("0.5"), TypeError, r"^Dropout: p must be a number, got str"),
    ("a list that is called", lambda: nn.ModuleList([linear])(x), NotImplementedError, r'ModuleList.* missing the required "forward" function; index it, or iterate over it'),
    ("no super().__init__()", WithoutSuper, AttributeError, r"before Module.__init__\(\) call: let WithoutSuper.__init__ begin with super\(\)\.__init__\(\)"),
    ("forward misspelt", lambda: Misspelt()(x), NotImplementedError, r'missing the required "forward" function; is foward misspelt\?'),
    ("a Tensor for a parameter", lambda: setattr(nn.Linear(1, 1), "weight", at.ones(1, 1)), TypeError, r"'Tensor' object to parameter 'weight' .*wrap it: nn\.Parameter\(tensor\)"),
    ("an array for a parameter", lambda: setattr(nn.Linear(1, 1), "weight", np.ones((1, 1))), TypeError, r"'ndarray' object to parameter 'weight' .*nn\.Parameter\(autotensor\.tensor\(array\)\)"),
    ("a number for a buffer", lambda: nn.Module().register_buffer("b", 3.0), TypeError, r"'float' object to buffer 'b' .*wrap it with autotensor\.tensor"),
    ("a parameter of integers", lambda: nn.Parameter(labels), RuntimeError, r"floating point dtype.*\.float\(\)"),
    ("train('eval')", lambda: linear.train("eval"), ValueError, r"^Linear: training mode is expected to be boolean, got 'eval'"),
    ("the path of a state dict", lambda: linear.load_state_dict("net.pt"), TypeError, r"got <class 'str'>; read it first: load_state_dict\(autotensor\.load\('net\.pt'\)\)"),
    ("a model for a state dict", lambda: linear.load_state_dict(nn.Linear(3, 2)), TypeError, r"; pass its state_dict\(\)"),
    ("a whole checkpoint", lambda: linear.load_state_dict({"model": linear.state_dict(), "epoch": 1}), RuntimeError, r"(?s)Missing key.*They are in state_dict\['model'\]: load that"),
    ("names behind a prefix", lambda: linear.load_state_dict({f"module.{key}": value for key, value in linear.state_dict().items()}), RuntimeError, r"(?s)Missing key.*removeprefix\('module\.'\)"),
    # optimizers and schedules
    ("the model for its parameters", lambda: optim.Adam(linear), TypeError, r"^Adam: .* but got Linear; pass its parameters\(\)"),
    ("parameters not called", lambda: optim.Adam(linear.parameters), TypeError, r"^Adam: .* but got method; call it: model\.parameters\(\)"),
    ("a state dict for parameters", lambda: optim.SGD(linear.state_dict(), lr=1), TypeError, r"^SGD: .* but got OrderedDict; pass its values\(\)"),
    ("one Tensor for parameters", lambda: optim.SGD(parameter, lr=1), TypeError, r"^SGD: .* but got Parameter; put it into a list"),
    ("several models", lambda: optim.SGD([linear, linear], lr=1), TypeError, r"^SGD: .* one of the params is Linear; join .*\[\*a\.parameters\(\), \*b\.parameters\(\)\]"),
    ("several models' parameters", lambda: optim.SGD([linear.parameters()], lr=1), TypeError, r"^SGD: .*join the parameters of several models"),
    ("no parameters", lambda: optim.SGD([], lr=1), ValueError, r"^SGD: optimizer got an empty parameter list; a generator gives its items only once"),
    ("parameters used up", used_up, ValueError, r"^SGD: .*a generator gives its items only once"),
    ("layers in a plain list", lambda: optim.SGD(InAList().parameters(), lr=1), ValueError, r"^SGD: .*no layers in a plain list: keep those in nn\.ModuleList"),
    ("results for parameters", lambda: optim.SGD([parameter * 2], lr=1), ValueError, r"^SGD: can't optimize a non-leaf Tensor"),
    ("a rate that is text", lambda: optim.SGD([parameter], lr="0.1"), TypeError, r"^SGD: Invalid learning rate: '0\.1'; expected a number, got str"),
    ("the wrong keyword", lambda: optim.Adam([parameter], learning_rate=1), TypeError, r"^Adam: .*'learning_rate'; the arguments are params, lr"),
    ("the model for the optimizer", lambda: optim.lr_scheduler.StepLR(linear, 3), TypeError, r"^StepLR: Linear is not an Optimizer; pass one"),
    ("a class for the optimizer", lambda: optim.lr_scheduler.StepLR(optim.SGD, 3), TypeError, r"^StepLR: the class SGD is not an Optimizer"),
    # data, files and the loop
    ("arrays in a TensorDataset", lambda: TensorDataset(np.ones(3)), TypeError, r"^TensorDataset: argument 0 is a ndarray.*autotensor\.from_numpy"),
    ("lengths in a TensorDataset", lambda: TensorDataset(x, labels[:3]), ValueError, r"^TensorDataset: .*got lengths 4, 3"),
    ("a class for a data set", lambda: DataLoader(WithoutLength), TypeError, r"^DataLoader: the data set is the class WithoutLength; make an object"),
    ("a data set without length", lambda: DataLoader(WithoutLength()), TypeError, r"^DataLoader: .* but WithoutLength has no __len__"),
    ("half a batch", lambda: DataLoader(batches.dataset, batch_size=2.5), TypeError, r"^DataLoader: batch_size must be an int, got float 2\.5"),
    ("save: swapped arguments", lambda: at.save("net.pt", linear.state_dict()), TypeError, r"^save: f must be a path .* got OrderedDict; the order is save\(obj, f\)"),
    ("save of a model", lambda: at.save(linear, "net.pt"), TypeError, r"^save: .* cannot store Linear.*\n    autotensor\.save\(model\.state_dict\(\), 'net\.pt'\)\n    model\.load_state_dict\(autotensor\.load\('net\.pt'\)\)$"),
    ("fit: swapped model and data", lambda: fit(batches, linear, F.cross_entropy, sgd, 1), TypeError, r"^fit: model must be an nn\.Module, got DataLoader; the order is fit\(model, loader, loss, optimizer, epochs\)"),
    ("fit: swapped loss and optimizer", lambda: fit(linear, batches, sgd, F.cross_entropy, 1), TypeError, r"^fit: loss must be a function, .* got SGD; the order is"),
    ("fit: a loss class", lambda: fit(linear, batches, nn.CrossEntropyLoss, sgd, 1), TypeError, r"^fit: loss must be .* got the class CrossEntropyLoss"),
    ("fit: an optimizer class", lambda: fit(linear, batches, F.cross_entropy, optim.SGD, 1), TypeError, r"^fit: optimizer must be .* got the class SGD"),
    ("fit: a model class", lambda: fit(nn.Linear, batches, F.cross_entropy, sgd, 1), TypeError, r"^fit: model must be .* got the class Linear"),
    ("fit: a data set", lambda: fit(linear, batches.dataset, F.cross_entropy, sgd, 1), TypeError, r"^fit: loader must be batches, as DataLoader\(dataset\) gives them, got TensorDataset"),
    ("fit: a rate for the optimizer", lambda: fit(linear, batches, F.cross_entropy, 0.1, 1), TypeError, r"^fit: optimizer must be .* got float"),
    ("fit: metrics in a list", lambda: fit(linear, batches, F.cross_entropy, sgd, 1, metrics=["accuracy"]), TypeError, r"^fit: metrics must be a dict of metrics by name, got list"),
]  # fmt: skip

FOREIGN = r"ufunc|operands could not|has no attribute|not subscriptable|object is not|not supported between"


@pytest.mark.parametrize(
    ("mistake", "error", "message"), [pytest.param(*case, id=name) for name, *case in MISTAKES]
)
def test_the_message_says_what_to_do(
    mistake: Callable[[], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        mistake()
    words = str(caught.value)
    assert not re.search(FOREIGN, words), words
    assert len(words) < 500


# -- where in a model ------------------------------------------------------------------------------


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear1 = nn.Linear(3, 4)
        self.out = nn.Linear(5, 2)

    def forward(self, x: Any) -> Any:
        return self.out(self.linear1(x).relu())


class Deep(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.ModuleDict({"layers": nn.Sequential(Block())})

    def forward(self, x: Any) -> Any:
        return self.encoder["layers"](x)


def in_own_code(x: Any) -> Any:
    class Own(nn.Module):
        def forward(self, x: Any) -> Any:
            return x.reshape(-1, 5)

    return nn.Sequential(nn.ReLU(), Own())(x)


@pytest.mark.parametrize(
    ("run", "path"),
    [
        (lambda: linear(double), "in Linear"),
        (lambda: nn.Sequential(nn.Flatten(), nn.ReLU(), nn.Linear(4, 2))(x), "in Sequential, at 2 (Linear)"),
        (lambda: Block()(x), "in Block, at out (Linear)"),
        (lambda: Deep()(x), "in Deep, at encoder.layers.0.out (Linear)"),
        (lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2), 2)(at.ones(2, 1, 4).double()), "in TransformerEncoder, at layers.0.self_attn (MultiheadAttention)"),
        (lambda: in_own_code(x), "in Sequential, at 1 (Own)"),
        (lambda: nn.Sequential(nn.LSTM(3, 4), nn.Linear(4, 2))(at.ones(2, 1, 3)), "in Sequential, at 1 (Linear)"),
        (lambda: fit(nn.Sequential(nn.Linear(4, 2)), batches, F.cross_entropy, sgd, 1, verbose=False), "in Sequential, at 0 (Linear)"),
    ],
)  # fmt: skip
def test_an_error_inside_a_model_names_the_layers_path(run: Callable[[], Any], path: str) -> None:
    with pytest.raises((RuntimeError, TypeError)) as caught:
        run()
    assert path in caught.value.__notes__


def test_a_named_tuple_of_another_library_is_no_tensor_of_it() -> None:
    """Nor is a class that happens to be called Tensor in the user's own program."""
    own = type("Tensor", (), {"__module__": "__main__"})
    with pytest.raises(TypeError, match=r"got __main__\.Tensor$"):
        F.relu(own())
