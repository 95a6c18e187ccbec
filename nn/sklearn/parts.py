"""What an estimator trains with, made of its settings: module, loss, optimizer, schedule, batches.

A part is given as a class or function, and settings for it are named after it: with
``module=Net, module__width=32`` the module is ``Net(width=32)``.
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

import autotensor as at
from autotensor import Tensor
from autotensor.extend import type_name
from nn import layers, optim
from nn.arguments import need, number, refuse, whole
from nn.containers import Sequential
from nn.data import DataLoader, Dataset, TensorDataset
from nn.layers import Dropout, Identity, Linear, Sigmoid
from nn.module import Module
from nn.optim import lr_scheduler
from nn.training import Callback, LearningRate
from nn.training.reading import MODULES
from nn.training.steps import wants_value

__all__: list[str] = []  # helpers, which no package shows

PARTS = ("module", "loss", "optimizer", "scheduler", "loader")
"""Whose settings may be given: ``optimizer__momentum=0.9``."""

INPUTS = ("n_features_in", "n_features", "in_features", "n_inputs")
OUTPUTS = ("n_outputs", "out_features", "n_classes", "num_classes")
"""Arguments of a module's class or function that it is given without being told."""

PROBED = 2
"""How many samples a new module is tried with: lazy ones learn their sizes from them."""

ACTIVATIONS: dict[str, Any] = {
    name.lower(): getattr(layers, name)
    for name in (
        "CELU", "ELU", "GELU", "Hardswish", "Hardtanh", "LeakyReLU", "Mish", "ReLU", "ReLU6",
        "SELU", "Sigmoid", "SiLU", "Softplus", "Softsign", "Tanh",
    )
} | {"logistic": Sigmoid, "identity": Identity}  # fmt: skip
"""By name; the last two are MLPClassifier's."""

LOSSES = {function.__name__: function for function in MODULES}


def need_part(owner: str, part: str, settings: Mapping[str, Any]) -> None:
    """Refuses settings of a part that is given as an object, and so has its own."""
    if settings:
        name = next(iter(settings))
        raise ValueError(
            f"{owner}: {part}__{name} is a setting for a {part} that is made by fit, but {part} "
            f"is an object already; give its class, or leave out {part}__{name}"
        )


def called(owner: str, part: str, make: Any, args: Any, settings: Mapping[str, Any]) -> Any:
    """``make(*args, **settings)``; who reads an error about arguments is told what they were."""
    try:
        inspect.signature(make).bind(*args, **settings)
    except TypeError as error:
        given = ", ".join([*(type_name(one) for one in args), *(f"{name}=…" for name in settings)])
        name = getattr(make, "__name__", type(make).__name__)
        raise TypeError(
            f"{owner}: {part} {name} was called as {name}({given}): {error}; give it what it "
            f"needs as {part}__name=value"
        ) from None
    except ValueError:
        pass  # no signature is known
    return make(*args, **settings)


# -- modules ---------------------------------------------------------------------------------------


def make_module(
    owner: str,
    module: Any,
    settings: Mapping[str, Any],
    shape: tuple[int, ...],
    n_outputs: int,
    mlp: Mapping[str, Any],
) -> Module:
    """The network for inputs ``(N, *shape)``: a copy of a given one, else a new one."""
    if module is None:
        refuse(owner, settings, f"module__{next(iter(settings), '')} needs a module")
        return perceptron(owner, shape[0], n_outputs, **mlp)
    if isinstance(module, Module):
        need_part(owner, "module", settings)
        return copy.deepcopy(module)
    if not callable(module):
        raise TypeError(
            f"{owner}: module must be None, an nn.Module, its class, or a function that makes one, "
            f"got {type_name(module)}"
        )
    sizes: dict[str, Any] = {"input_shape": shape}
    sizes |= dict.fromkeys(INPUTS, shape[0]) | dict.fromkeys(OUTPUTS, n_outputs)
    asked = _names_of(module) - settings.keys()
    sizes = {name: size for name, size in sizes.items() if name in asked}
    made = called(owner, "module", module, (), {**sizes, **settings})
    name = getattr(module, "__name__", type(module).__name__)
    need(owner, f"what module {name} makes", made, Module, "an nn.Module")
    return made


def _names_of(function: Any) -> set[str]:
    try:
        given = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return set()
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {one.name for one in given if one.kind in by_name}


def perceptron(
    owner: str, n_inputs: int, n_outputs: int, hidden: Any, activation: Any, dropout: Any
) -> Module:
    """Linear layers with ``activation`` between them."""
    widths = hidden if isinstance(hidden, (Iterable, np.ndarray)) else [hidden]
    widths = [whole(owner, "hidden", width) for width in widths]
    share = number(owner, "dropout", dropout)
    refuse(owner, share >= 1, f"dropout must be below 1, got {dropout}")
    steps: list[Module] = []
    for width in widths:
        steps += [Linear(n_inputs, width), make_activation(owner, activation)]
        steps += [Dropout(share)] if share else []
        n_inputs = width
    return Sequential(*steps, Linear(n_inputs, n_outputs))


def make_activation(owner: str, activation: Any) -> Module:
    if isinstance(activation, str):
        found = ACTIVATIONS.get(activation.lower().replace("_", ""))
        if found is None:
            names = ", ".join(sorted(ACTIVATIONS))
            raise ValueError(f"{owner}: activation must be one of {names}, got {activation!r}")
        return found()
    made: Any = copy.deepcopy(activation)
    if not isinstance(made, Module) and callable(activation):
        made = activation()
    words = "a name such as 'relu', an nn.Module or its class"
    need(owner, "activation", made, Module, words)
    return made


def tried(owner: str, module: Module, inputs: Tensor) -> tuple[int, ...]:
    """The shape of what the module gives for a few samples, ``inputs``.

    In evaluation mode, so that nothing is drawn and no statistics change.
    """
    module.eval()
    try:
        with at.no_grad():
            scores = module(inputs)
    except Exception as error:
        error.add_note(
            f"{owner}: so it was when the module was given {tuple(inputs.shape)} {inputs.dtype}, "
            "the first samples of X"
        )
        raise
    module.train()
    need(owner, "what the module gives", scores, Tensor, "a Tensor of scores")
    return tuple(scores.shape)


# -- losses, optimizers, schedules -----------------------------------------------------------------


def make_loss(owner: str, loss: Any, settings: Mapping[str, Any], default: Any) -> Any:
    """The loss as what ``fit`` takes."""
    loss = default if loss is None else loss
    if isinstance(loss, str):
        if loss not in LOSSES:
            names = ", ".join(sorted(LOSSES))
            raise ValueError(f"{owner}: loss must be one of {names}, got {loss!r}")
        loss = LOSSES[loss]
    if isinstance(loss, type):
        return called(owner, "loss", loss, (), settings)
    if not callable(loss):
        raise TypeError(
            f"{owner}: loss must be None, a name, a function such as F.cross_entropy, a loss or "
            f"its class, got {type_name(loss)}"
        )
    if inspect.isroutine(loss):
        return functools.partial(loss, **settings) if settings else loss
    need_part(owner, "loss", settings)
    return copy.deepcopy(loss)


def loss_in(dtype: Any, loss: Any) -> Any:
    """The loss with its weights in another dtype."""
    if isinstance(loss, Module):
        return loss.to(dtype)
    if isinstance(loss, functools.partial):
        kept = {
            name: one.to(dtype) if isinstance(one, Tensor) and one.is_floating_point() else one
            for name, one in loss.keywords.items()
        }
        return functools.partial(loss.func, *loss.args, **kept)
    return loss


def name_of(loss: Any) -> str:
    """What to call a loss in a message."""
    function = getattr(loss, "func", loss)
    return getattr(function, "__name__", type(function).__name__)


def make_optimizer(
    owner: str, optimizer: Any, lr: Any, settings: Mapping[str, Any], module: Module
) -> optim.Optimizer:
    if isinstance(optimizer, str):
        known = {name.lower(): name for name in dir(optim) if _is_optimizer(name)}
        if optimizer.lower() not in known:
            names = ", ".join(sorted(known))
            raise ValueError(f"{owner}: optimizer must be one of {names}, got {optimizer!r}")
        optimizer = getattr(optim, known[optimizer.lower()])
    if isinstance(optimizer, optim.Optimizer) or not callable(optimizer):
        raise TypeError(
            f"{owner}: optimizer must be a class such as optim.Adam or its name, for fit makes it "
            f"with the parameters of its module, got {type_name(optimizer)}"
        )
    refuse(owner, "lr" in settings and lr is not None, "give lr or optimizer__lr, and lr=None")
    if lr is not None:
        settings = {"lr": float(number(owner, "lr", plain(lr), strict=True)), **settings}
    trained = [one for one in module.parameters() if one.requires_grad]
    refuse(owner, not trained, "the module has no parameters to train")
    return called(owner, "optimizer", optimizer, (trained,), settings)


def _is_optimizer(name: str) -> bool:
    return name[0].isupper() and name not in ("Optimizer",)


def make_scheduler(
    owner: str, scheduler: Any, settings: Mapping[str, Any], optimizer: optim.Optimizer
) -> Any:
    if scheduler is None:
        refuse(owner, settings, f"scheduler__{next(iter(settings), '')} needs a scheduler")
        return None
    if isinstance(scheduler, str) and hasattr(lr_scheduler, scheduler):
        scheduler = getattr(lr_scheduler, scheduler)
    if not callable(scheduler):
        raise TypeError(
            f"{owner}: scheduler must be None, a class such as lr_scheduler.StepLR or its name, or "
            f"a function of the optimizer, got {type_name(scheduler)}"
        )
    return called(owner, "scheduler", scheduler, (optimizer,), settings)


def plain(value: Any) -> Any:
    """NumPy's numbers, which a grid is often made of, as Python's."""
    return value.item() if isinstance(value, np.generic) else value


def with_schedule(callbacks: list[Callback], scheduler: Any) -> tuple[list[Callback], Any]:
    """The callbacks, and what ``fit`` takes for a scheduler: some follow a value, by callback."""
    if scheduler is not None and wants_value(scheduler):
        return [*callbacks, LearningRate(scheduler)], None
    return callbacks, scheduler


def same(one: Any, other: Any) -> bool:
    """Whether settings are what they were."""
    if one is other:
        return True
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, (np.ndarray, Tensor)) or isinstance(other, (np.ndarray, Tensor)):
        return np.array_equal(np.asarray(one), np.asarray(other))
    return bool(one == other)


# -- batches ---------------------------------------------------------------------------------------


class Weighted(Dataset[Any]):
    """Samples ``(input, (target, weight))``."""

    def __init__(self, *tensors: Tensor) -> None:
        self.samples = TensorDataset(*tensors)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> Any:
        inputs, *target_and_weight = self.samples[index]
        return inputs, tuple(target_and_weight)

    def get_batch(self, indices: Any) -> Any:
        inputs, *targets_and_weights = self.samples.get_batch(indices)
        return inputs, tuple(targets_and_weights)


def as_tensor(array: np.ndarray) -> Tensor:
    """Without a copy where there need be none."""
    return at.from_numpy(array) if array.flags.writeable else at.tensor(array)


def make_loader(
    owner: str, tensors: list[Tensor], batch_size: int, shuffle: bool, settings: Mapping[str, Any]
) -> DataLoader:
    """Of inputs and targets, or these and weights."""
    data: Dataset[Any] = TensorDataset(*tensors) if len(tensors) == 2 else Weighted(*tensors)
    known: Callable[..., Any] = DataLoader
    return called(
        owner, "loader", known, (data,), {"batch_size": batch_size, "shuffle": shuffle, **settings}
    )
