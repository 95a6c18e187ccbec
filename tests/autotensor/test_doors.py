"""What comes out of a public function where something goes wrong that nobody thought of."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from autotensor import doors
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.utils import rnn

x = at.ones(2, 2)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: F.linear_cross_entropy(x, 2, "a"),  # type: ignore[arg-type]
            TypeError,
            r"linear_cross_entropy: 'int' object has no attribute 'ndim' "
            r"\(called with Tensor of shape \(2, 2\) and dtype float32, 2, 'a'\)",
        ),
        (lambda: at.zeros(2**62), ValueError, r"zeros: .* \(called with 4611686018427387904\)"),
        (lambda: at.diag(x, "up"), TypeError, r"^diag: .*called with Tensor .*, 'up', 0, 1\)$"),
        (lambda: at.vdot(x, x > 0), RuntimeError, r"^vdot: "),
        (lambda: nn.Conv2d(1, 1, 2)("a"), TypeError, r"^conv2d: input must be a Tensor, got str"),
        (lambda: nn.BatchNorm1d(2)([1.0]), TypeError, r"BatchNorm1d: 'list' .*called with list\)"),
        (lambda: nn.Hardtanh("p"), TypeError, r"Hardtanh: '<' not supported .*called with 'p'\)"),
        (lambda: optim.Adam(3), TypeError, r"Adam: params argument .* got int"),
        (lambda: optim.RMSprop([x], lr=-1), ValueError, r"RMSprop: Invalid learning rate: -1"),
        (lambda: TensorDataset(x)["a"], IndexError, r"^TensorDataset: getitem: only ints"),
        (lambda: rnn.pack_sequence(x, enforce_sorted=3, a=1), TypeError, r"unexpected keyword"),
        (lambda: at.exp(np.array(["a"])), RuntimeError, r"exp: not defined for dtype <U1"),
        (lambda: at.add("a", len), TypeError, r"add: input must be a Tensor or a number, got str"),
        (lambda: at.eq(at.tensor([1]), 10**30), RuntimeError, r"eq: Python int too large"),
        (lambda: at.sum(x, dtype="no"), TypeError, r"sum: .*'no'"),
        (lambda: at.dropout(x, inplace=x), RuntimeError, r"dropout: .* \(called with Tensor"),
        (lambda: nn.LSTM("p"), TypeError, r"^LSTM: missing .*'hidden_size' \(called with 'p'\)"),
        (lambda: at.linalg.qr(at.ones(3)), RuntimeError, r"linalg.qr: A must have at least 2"),
        (lambda: at.mvlgamma(x, 10**30), RuntimeError, r"mvlgamma: p must be .* at most 10000"),
        (lambda: at.polygamma(10**400, x), RuntimeError, r"^polygamma: "),
        (lambda: at.dsplit(x, 2), RuntimeError, r"^dsplit: "),
        (lambda: nn.Hardtanh(min_val="p"), TypeError, r"Hardtanh: '<' .*with min_val 'p'\)"),
        (lambda: nn.Conv2d(3, 4), TypeError, r"^Conv2d\(\) missing 1 required .*'kernel_size'$"),
    ],
)  # fmt: skip
def test_the_function_says_who_refuses_and_what(
    call: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        call()
    assert type(caught.value) is error


def test_a_door_keeps_the_cause() -> None:
    with pytest.raises(TypeError) as caught:
        F.linear_cross_entropy(x, 2, "a")  # type: ignore[arg-type]
    assert isinstance(caught.value.__cause__, AttributeError)


class Mine(nn.Module):
    def forward(self, input: Any) -> Any:
        return input.nonsense


def stumble(*args: Any) -> Any:
    return {}["key"]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: Mine()(x), AttributeError),
        (lambda: nn.Sequential(Mine())(x), AttributeError),
        (lambda: at.vmap(stumble)(x), KeyError),
        (lambda: at.func.vjp(stumble, x), KeyError),
        (lambda: at.autograd.functional.jacobian(stumble, x), KeyError),
        (lambda: at.utils.checkpoint.checkpoint(stumble, x), KeyError),
        (lambda: optim.SGD([x], lr=0.1).step(stumble), KeyError),
        (lambda: nn.Linear(2, 2).apply(stumble), KeyError),
        (lambda: next(iter(DataLoader(TensorDataset(x), collate_fn=stumble))), KeyError),
    ],
)  # fmt: skip
def test_an_error_of_the_users_own_function_is_left_alone(
    call: Any, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        call()
    assert "called with" not in str(caught.value)


def test_a_file_that_is_missing_is_no_accident() -> None:
    with pytest.raises(FileNotFoundError):
        at.load("no such file")


def test_python_says_which_arguments_a_function_takes() -> None:
    problem = r"^var_mean: unexpected keyword argument 'no'; the arguments are input, dim, "
    with pytest.raises(TypeError, match=problem):
        at.var_mean(x, no=1)


def test_a_function_is_still_itself() -> None:
    for function in (at.cumsum, at.exp, at.mul, at.special.erfcx, at.special.expit, at.Tensor.mul):
        assert pickle.loads(pickle.dumps(function)) is function
    assert at.cumsum.__name__ == at.cumsum.__qualname__ == "cumsum"
    assert "input" in inspect.signature(at.cumsum).parameters
    assert list(inspect.signature(nn.Linear).parameters)[:2] == ["in_features", "out_features"]
    assert F.max_pool2d is at.max_pool2d
    assert at.clip is at.clamp
    assert (at.cumsum.__doc__ or "").startswith("Running sums")


@pytest.mark.parametrize(
    "function", [at.Tensor.mul, at.Tensor.__add__, at.Tensor.exp, at.matmul, at.reshape, F.linear]
)
def test_what_a_step_of_training_calls_often_has_no_door(function: Any) -> None:
    assert not hasattr(function, "has_door")


def test_a_door_of_a_function_in_the_library() -> None:
    """Raised on purpose: the words stay, with the name in front unless they have it."""
    made: dict[str, Any] = {"__name__": "autotensor.made"}
    exec("def check(x):\n    raise ValueError(x)", made)
    check = doors.behind_door(made["check"])
    for given, said in (
        ("bad", "check: bad"),
        ("check: bad", "check: bad"),
        ("a_check", "check: a_check"),
    ):
        with pytest.raises(ValueError, match=f"^{said}$"):
            check(given)


# -- as it was before ------------------------------------------------------------------------------


def test_a_refused_parameter_does_not_make_the_list_longer() -> None:
    parameters = nn.ParameterList([x])
    with pytest.raises(RuntimeError, match="ParameterList"):
        parameters.append(at.tensor([1]))
    assert len(parameters) == 1
    assert repr(parameters)


def test_a_refused_batch_does_not_count() -> None:
    layer = nn.BatchNorm1d(3)
    with pytest.raises(RuntimeError, match=r"batch_norm: running_mean must have shape \(2,\)"):
        layer(x)
    assert layer.num_batches_tracked.item() == 0
    layer(at.ones(2, 3))
    assert layer.num_batches_tracked.item() == 1


def test_the_average_of_all_batches_counts_from_one() -> None:
    layer = nn.BatchNorm1d(1, momentum=None)
    for value in (2.0, 4.0):
        layer(at.full((2, 1), value))
    assert layer.running_mean.item() == 3.0


@pytest.mark.parametrize("home", [nn.utils, nn.utils.parametrizations], ids=["older", "newer"])
@pytest.mark.parametrize("name", ["spectral_norm", "weight_norm"])
@pytest.mark.parametrize("dim", [2, 7, -3])
@pytest.mark.filterwarnings("ignore:.*_norm. is deprecated:FutureWarning")
def test_a_refused_norm_leaves_the_weight(home: Any, name: str, dim: int) -> None:
    layer = nn.Linear(2, 2)
    with pytest.raises(IndexError, match=rf"{name}: .*{dim}"):
        getattr(home, name)(layer, dim=dim)
    assert [name for name, _ in layer.named_parameters()] == ["weight", "bias"]


def test_nothing_is_drawn_where_inplace_is_refused() -> None:
    before = at.get_rng_state()
    with pytest.raises(RuntimeError, match="dropout"):
        at.dropout(x, inplace=x)  # type: ignore[arg-type]
    assert at.equal(at.get_rng_state(), before)


@pytest.mark.parametrize("layer", [nn.BatchNorm1d(2), nn.LayerNorm(2)], ids=repr)
def test_normalization_of_infinity_is_nan_without_a_warning(layer: nn.Module) -> None:
    assert layer(x / 0).isnan().all()


# -- warnings --------------------------------------------------------------------------------------


def step_of_a_schedule(**given: Any) -> None:
    optimizer = optim.SGD([nn.Parameter(x)], lr=0.1)
    schedule = optim.lr_scheduler.StepLR(optimizer, 2)
    optimizer.step()
    schedule.step(**given)


@pytest.mark.parametrize(
    "call",
    [
        lambda: F.mse_loss(x, at.ones(2)),
        lambda: F.l1_loss(x, x, size_average=False),
        lambda: F.softmax(x),
        lambda: F.dropout2d(x),
        lambda: nn.init.kaiming_uniform_(at.zeros(0, 3)),
        lambda: nn.utils.clip_grad_norm_((one for one in ()), 1.0),
        lambda: nn.LSTM(2, 3, dropout=0.5),
        lambda: step_of_a_schedule(epoch=3),
    ],
)
def test_a_warning_points_at_the_line_that_called(call: Any) -> None:
    with pytest.warns(UserWarning, match=".") as caught:
        call()
    assert {one.filename for one in caught} == {__file__}
