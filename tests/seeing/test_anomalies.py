"""Anomaly mode names who first made a NaN or an infinity, and where that was."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn

F = nn.functional


def leaf(values: Any, dtype: Any = at.float64) -> at.Tensor:
    return at.tensor(values, dtype=dtype, requires_grad=True)


def complaint(function: Callable[[], Any]) -> str:
    """What anomaly mode says of ``function``; "" for nothing."""
    try:
        with at.detect_anomaly():
            function()
    except RuntimeError as error:
        return str(error)
    return ""


def here() -> int:
    """The number of the line that calls this."""
    frame: FrameType = sys._getframe(1)
    return frame.f_lineno


def test_set_detect_anomaly() -> None:
    at.set_detect_anomaly(True)
    assert at.is_anomaly_enabled()
    at.set_detect_anomaly(False)
    assert not at.is_anomaly_enabled()
    with at.set_detect_anomaly(True):
        assert at.is_anomaly_enabled()
    assert not at.is_anomaly_enabled()


# -- forward ---------------------------------------------------------------------------------------

CHAIN: dict[
    str, tuple[Callable[[Any], Any], Callable[[float], float], Callable[[float], float]]
] = {
    # name: what it is here, its value and its slope in plain NumPy
    "log": (lambda x: x.log(), np.log, lambda x: np.divide(1.0, x)),
    "sqrt": (lambda x: x.sqrt(), np.sqrt, lambda x: np.divide(0.5, np.sqrt(x))),
    "exp": (lambda x: x.exp(), np.exp, np.exp),
    "neg": (lambda x: -x, np.negative, lambda x: -1.0),
    "sin": (lambda x: x.sin(), np.sin, np.cos),
    "square": (lambda x: x.square(), np.square, lambda x: 2 * x),
    "reciprocal": (lambda x: x.reciprocal(), np.reciprocal, lambda x: np.divide(-1.0, x * x)),
    "log1p": (lambda x: x.log1p(), np.log1p, lambda x: np.divide(1.0, 1 + x)),
    "relu": (lambda x: x.relu(), lambda x: max(x, 0.0), lambda x: float(x > 0)),
}


def culprit(start: float, names: list[str]) -> str:
    """Who first makes such a number, by plain arithmetic: ``log``, ``backward log`` or nobody."""
    values = [np.float64(start)]
    for name in names:
        values.append(np.float64(CHAIN[name][1](values[-1])))
        if not np.isfinite(values[-1]):
            return name
    g = np.float64(1)
    for name, value in zip(reversed(names), reversed(values[:-1]), strict=True):
        g = g * np.float64(CHAIN[name][2](value))
        if not np.isfinite(g):
            return f"backward {name}"
    return ""


@pytest.mark.parametrize("seed", range(20))
def test_the_first_culprit_is_that_of_plain_arithmetic(seed: int) -> None:
    rng = np.random.default_rng(seed)
    seen = set()
    for _ in range(30):
        names = [str(name) for name in rng.choice(list(CHAIN), 6)]
        start = float(rng.choice([0.0, 1.0, -1.0, 3.0]))

        def run(start: float = start, names: list[str] = names) -> None:
            y = leaf(start)
            for name in names:
                y = CHAIN[name][0](y)
            y.backward()

        said = complaint(run)
        named = re.match(r"(?:(backward): the derivative of )?(\w+)", said)
        with np.errstate(all="ignore"):
            expected = culprit(start, names)
        assert " ".join(filter(None, named.groups() if named else ())) == expected
        seen.add(expected)
    assert len(seen) > 3


def test_it_says_what_how_many_and_where() -> None:
    x = leaf([[1.0, 0.0], [2.0, -3.0]])
    said = complaint(x.log)
    assert said.startswith(
        "log: made nan and -inf of finite numbers, in 2 of 4 values: the first at [0, 1], where "
        "input is 0\n"
    )
    assert "clamp(min=1e-8)" in said
    said = complaint(lambda: leaf(3.0) / leaf(0.0))
    assert said.startswith("div: made inf of finite numbers, where input is 3 and other is 0\n")


def test_it_shows_your_lines_the_last_one_first_and_none_of_the_librarys() -> None:
    def inner(x: at.Tensor) -> at.Tensor:
        return F.gelu(x).log()

    x = leaf([-1.0])
    line = here() + 1
    said = complaint(lambda: inner(x))
    files = re.findall(r'File "([^"]+)", line (\d+), in (\S+)\n    (.*)', said)
    # From Python 3.13 on it has the lines of a program given by -c, as pytest's workers are.
    assert {file for file, *_ in files} - {"<string>"} == {__file__}
    assert files[0][2:] == (
        "test_it_shows_your_lines_the_last_one_first_and_none_of_the_librarys.inner",
        "return F.gelu(x).log()",
    )
    assert files[1][1] == str(line)


class Attention(nn.Module):
    def forward(self, x: at.Tensor) -> at.Tensor:
        return (x - 5).sqrt()


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = Attention()

    def forward(self, x: at.Tensor) -> at.Tensor:
        return self.attention(x)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.layers = nn.ModuleList([nn.Identity(), nn.Tanh(), Layer()])

    def forward(self, x: at.Tensor) -> at.Tensor:
        x = self.first(x)
        for layer in self.layers:
            x = layer(x)
        return x


def test_it_names_the_module_once() -> None:
    net = Net()
    with pytest.raises(RuntimeError) as caught, at.detect_anomaly():
        net(at.ones(2, 3))
    said = str(caught.value)
    assert said.startswith("sqrt: made nan of finite numbers, in 6 of 6 values")
    assert "\n  in Net, at layers.2.attention (Attention)\n" in said
    assert not hasattr(caught.value, "__notes__")


def test_backward_names_the_module_too() -> None:
    class Root(nn.Module):
        def forward(self, x: at.Tensor) -> at.Tensor:
            return x.sqrt()

    model = nn.Sequential(nn.ReLU(), Root())
    with at.detect_anomaly():
        y = model(leaf([0.0, 4.0])).sum()
        with pytest.raises(RuntimeError, match="SqrtBackward0") as caught:
            y.backward()
    said = str(caught.value)
    assert "\n  in Sequential, at 1 (Root)\n" in said
    assert "return x.sqrt()" in said


MASKED: dict[str, Callable[[at.Tensor], Any]] = {
    "masked_fill": lambda x: x.masked_fill(at.tensor([True, False, False]), -at.inf).softmax(-1),
    "an added mask": lambda x: (x + at.full((3, 3), -at.inf).triu(1)).softmax(-1),
    "where": lambda x: at.where(x > 0, x, -at.inf).amax(-1),
    "in place": lambda x: (x * 1).masked_fill_(at.eye(3).bool(), -at.inf).softmax(-1),
    "a written element": lambda x: at.cat([x.new_full((3, 1), -at.inf), x], 1).logsumexp(1),
    "a logarithm of a mask": lambda x: x + at.tensor([0.0, 1.0, 1.0]).log(),
    "attention": lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True),
    "a mask for attention": lambda x: F.scaled_dot_product_attention(
        x, x, x, attn_mask=at.eye(3).bool()
    ),
    "the same as numbers": lambda x: nn.MultiheadAttention(3, 1).double()(
        x, x, x, attn_mask=nn.Transformer.generate_square_subsequent_mask(3).double()
    )[0],
    "the maximum over padding": lambda x: F.max_pool2d(x[None], 3, padding=1),
    "not recorded": lambda x: x.detach().log(),
    "under no_grad": at.no_grad()(lambda x: (x - x) / (x - x)),
}


@pytest.mark.parametrize("name", MASKED)
def test_infinities_that_are_meant_are_no_anomaly(name: str) -> None:
    def run() -> None:
        out = MASKED[name](leaf([[1.0, -2.0, 3.0], [0.5, 1.5, -1.0], [2.0, 0.0, 1.0]]))
        if out.requires_grad:
            out[out.isfinite()].sum().backward()

    assert complaint(run) == ""


def test_nan_made_of_an_infinity_is_one() -> None:
    x = leaf([[1.0, 2.0]])
    said = complaint(lambda: x.masked_fill(x > 0, -at.inf).softmax(-1))
    assert said.startswith("softmax: made nan of an infinity that it was given, in 2 of 2 values")
    assert "unmasked" in said
    said = complaint(lambda: x.masked_fill(x > 1, at.inf) - at.inf)
    assert said.startswith("sub: made nan of an infinity")


def test_it_stops_before_anything_is_written() -> None:
    x = leaf([0.0, 1.0])
    y = x * 1
    assert complaint(y.log_).startswith("log: made -inf")
    assert y.tolist() == [0, 1]
    (y * 2).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [2, 2]


def test_several_outputs() -> None:
    x = leaf(np.full((2, 2), 1e200))
    assert complaint(lambda: (x @ x)[0]).startswith("matmul: made inf of finite numbers")
    said = complaint(lambda: at.linalg.svd(leaf(np.eye(2)))[0].sum().backward())
    assert said.startswith("backward: the derivative of linalg_svd")


def test_float16_has_a_remedy_of_its_own() -> None:
    said = complaint(lambda: leaf([300.0], at.float16).square())
    assert "65504" in said
    assert said.startswith("square: made inf of finite numbers, in 1 of 1 values: at [0]")


# -- what comes from outside -----------------------------------------------------------------------


def test_data_that_holds_nan_is_named_where_it_comes_in() -> None:
    data = at.tensor([[1.0, at.nan, 2.0]])
    said = complaint(lambda: nn.Linear(3, 2)(data))
    assert said.startswith(
        "linear: was given nan: its input (1, 3) holds it, in 1 of 3 values: at [0, 1]\n"
    )
    assert "in the data" in said
    assert complaint(lambda: leaf([1.0]) * at.nan) == ""  # a number in the program is meant


def test_a_parameter_that_holds_nan_is_named() -> None:
    layer = nn.Linear(3, 2)
    with at.no_grad():
        layer.weight[0, 1] = at.nan
    said = complaint(lambda: layer(at.ones(1, 3)))
    assert said.startswith("linear: was given nan: its weight (2, 3) holds it")
    said = complaint(lambda: nn.Sequential(nn.Tanh(), layer)(at.ones(1, 3)))
    assert said.startswith("linear: was given nan: its 1.weight (2, 3) holds it")
    assert "an optimizer's step" in said
    with at.no_grad():
        layer.weight[0, 1] = at.inf
    assert complaint(lambda: layer(at.ones(1, 3))).startswith("linear: was given inf")


@pytest.mark.parametrize("kind", [nn.optim.SGD, nn.optim.Adam, nn.optim.LBFGS])
def test_a_step_that_makes_weights_nan_is_named(kind: Any) -> None:
    weight = nn.Parameter(at.tensor([1.0, 2.0]))
    optimizer = kind([("weight", weight)], lr=1e38)
    weight.grad = at.tensor([1e9, 0.0]) if kind is nn.optim.SGD else at.tensor([at.nan, 0.0])

    def step() -> None:
        optimizer.step(lambda: at.tensor(1.0))

    said = complaint(step)
    assert said.startswith(f"{kind.__name__}.step: made weight (2,) ")
    assert "optimizer.step(lambda: at.tensor(1.0))" in said
    assert ("smaller learning rate" in said) == (kind is nn.optim.SGD)
    assert complaint(step) == ""  # who is given NaN has not made it


def test_a_step_names_the_parameter_of_a_network() -> None:
    net = Net()
    optimizer = nn.optim.SGD(net.parameters(), lr=1e38)
    for one in net.parameters():
        one.grad = at.full_like(one, 1e9)
    assert complaint(optimizer.step).startswith("SGD.step: made first.weight (3, 3) -inf")


# -- backward --------------------------------------------------------------------------------------


def test_backward_names_the_operator_and_where_it_was_called() -> None:
    x = leaf([0.0])
    with at.detect_anomaly():
        assert at.is_anomaly_enabled()
        y = (x.sqrt() * 0).sum()  # 0 · ∞
        with pytest.raises(RuntimeError, match=r"SqrtBackward0.*nan") as caught:
            y.backward()
    assert "test_anomalies.py" in str(caught.value)
    assert "y = (x.sqrt() * 0).sum()" in str(caught.value)
    assert "where the gradient is 0 and output is 0" in str(caught.value)
    assert not at.is_anomaly_enabled()
    (x.sqrt() * 0).sum().backward()


def test_what_was_recorded_outside_has_no_line() -> None:
    y = leaf([0.0]).sqrt().sum()
    assert "recorded outside of detect_anomaly" in complaint(y.backward)
    y = (leaf([-1.0]).sqrt() * 2).sum()
    assert "What it saved for this, output, holds nan already" in complaint(y.backward)


def test_gradients_that_come_in_are_told_from_those_that_are_made() -> None:
    x = leaf([1.0, 2.0])
    said = complaint(lambda: (x * 2).backward(at.tensor([at.nan, 1.0])))
    assert said.startswith("backward: the gradient that came to mul (MulBackward0) holds nan")

    def hooked() -> None:
        y = x * 2
        y.register_hook(lambda g: g * at.nan)
        y.sum().backward()

    assert complaint(hooked).startswith("backward: the gradient that came to mul")


def test_a_derivative_of_higher_order_names_the_operator_and_whence_it_came() -> None:
    x = leaf([0.0, 1.0])
    said = complaint(lambda: at.grad(x.sqrt().sum(), x, create_graph=True))
    assert said.startswith("backward: the derivative of sqrt (SqrtBackward0) made inf, in the div")
    small = leaf([1e-250])

    def second() -> None:
        first = small.sqrt().sqrt().sum()
        (slope,) = at.grad(first, small, create_graph=True)
        slope.sum().backward()

    said = complaint(second)
    assert said.startswith("backward: the derivative of ")
    assert "It belongs to the derivative of sqrt (SqrtBackward0), recorded here:" in said
    assert "first = small.sqrt().sqrt().sum()" in said


class Inverse(at.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: at.Tensor) -> at.Tensor:
        ctx.save_for_backward(x)
        return x * 1

    @staticmethod
    def backward(ctx: Any, g: at.Tensor) -> at.Tensor:
        (x,) = ctx.saved_tensors
        return g / x


class Log(Inverse):
    @staticmethod
    def forward(ctx: Any, x: at.Tensor) -> at.Tensor:
        return x.log()


@pytest.mark.parametrize("create_graph", [False, True])
def test_functions_of_the_users(create_graph: bool) -> None:
    x = leaf([0.0, 1.0])
    said = complaint(lambda: Inverse.apply(x).sum().backward(create_graph=create_graph))
    assert said.startswith("backward: the derivative of Inverse (InverseBackward0) made inf")
    assert complaint(lambda: Log.apply(x)).startswith(
        "Log: made -inf of finite numbers, in 1 of 2 values: at [0]\n  input 0 (2,) holds 0 to 1\n"
    )
    handed_on = x.masked_fill(x > 0, at.inf)
    assert complaint(lambda: Inverse.apply(handed_on * 2)) == ""


def test_checkpoints() -> None:
    from autotensor.utils.checkpoint import checkpoint

    x = leaf([0.0, 1.0])
    said = complaint(lambda: checkpoint(lambda x: x.sqrt() * 2, x).sum().backward())
    assert said.startswith("backward: the derivative of sqrt (SqrtBackward0) made inf")
    assert complaint(lambda: checkpoint(lambda x: (x - 1).log(), x)).startswith("log: made nan")


# -- its settings ----------------------------------------------------------------------------------


def test_what_is_looked_for_can_be_chosen() -> None:
    x = leaf([0.0])
    with at.detect_anomaly(check_inf=False):
        y = x.log() + x.sqrt()
        with pytest.raises(RuntimeError, match="made nan of an infinity"):
            y * 0
    with at.detect_anomaly(check_nan=False):
        ((x - 1).log() * 0).sum().backward()
    with at.detect_anomaly(check_nan=False, check_inf=True):
        (x - 1).log()
        with pytest.raises(RuntimeError, match="log: made -inf"):
            x.log()
    for wrong in ("check_nan", "check_inf"):
        with pytest.raises(TypeError, match=f"detect_anomaly: {wrong} must be a bool, got str"):
            at.detect_anomaly(**{wrong: "yes"})  # type: ignore[arg-type]


def test_a_graph_of_the_mode_keeps_no_module_alive() -> None:
    import weakref

    net = Net()
    gone = weakref.ref(net)
    with at.detect_anomaly(check_nan=False):
        y = net(at.ones(1, 3))
    del net
    assert gone() is None
    assert y.grad_fn is not None
