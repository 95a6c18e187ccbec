"""``explain`` tells what ``backward`` does: the same gradients to the last bit, true numbers."""

from __future__ import annotations

import io
import math
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from autotensor.extend import operator
from autotensor.seeing.reading import read
from autotensor.utils.checkpoint import checkpoint

F = nn.functional


def leaf(values: Any, dtype: Any = at.float64) -> at.Tensor:
    return at.tensor(values, dtype=dtype, requires_grad=True)


# -- a neuron, by hand -----------------------------------------------------------------------------

NEURON = """\
backward of loss = 0.4523, with g = 1

  1  mul
     made  loss = v2 · v2 = -0.6725 · (-0.6725) = 0.4523
     in    g = 1
     kept  v2 = -0.6725  (8 B)
     out   d v2 = g · v2 = 1 · (-0.6725) = -0.6725
           → 2 sub
           d v2 = g · v2 = 1 · (-0.6725) = -0.6725
           → 2 sub, 2nd gradient there: added up = -1.345

  2  sub
     made  v2 = y - other = -0.6725
     in    g = -1.345
     out   d y = g = -1.345
           → 3 tanh (y)

  3  tanh
     made  y = tanh(v4) = tanh(0.34) = 0.3275
     in    g = -1.345
     kept  y = 0.3275  (8 B)
     out   d v4 = g · (1 - y²) = -1.345 · (1 - 0.3275²) = -1.201
           → 4 add

  4  add
     made  v4 = v5 + b = 0.84 + (-0.5) = 0.34
     in    g = -1.201
     out   d v5 = g = -1.201
           → 5 mul
           d b = g = -1.201
           → b

  5  mul
     made  v5 = w · x = 0.42 · 2 = 0.84
     in    g = -1.201
     kept  x = 2  (8 B)
     out   d w = g · x = -1.201 · 2 = -2.402
           → w

what backward() adds to grad
  w  -2.402
  b  -1.201"""


def without_times(text: str) -> str:
    return re.sub(r" +[\d.e+]+ [mµ]?s$", "", text, flags=re.MULTILINE)


def test_a_neuron_reads_as_one_would_write_it_by_hand() -> None:
    w, x, b = leaf(0.42), at.tensor(2.0, dtype=at.float64), leaf(-0.5)
    y = (w * x + b).tanh()
    loss = (y - 1) ** 2
    assert without_times(loss.explain().text()) == NEURON
    # The same with a pencil.
    out = math.tanh(0.42 * 2.0 - 0.5)
    g = 2 * (out - 1) * (1 - out * out)
    found = loss.explain().gradients
    assert found["w"].item() == pytest.approx(g * 2.0)
    assert found["b"].item() == pytest.approx(g)


def computed(numbers: str) -> float:
    """A formula with numbers, worked out by Python."""
    text = numbers.replace("·", "*").replace("²", "**2").replace("^", "**").replace("√", "sqrt ")
    text = re.sub(r"\|(.*)\|", r"abs(\1)", text)
    text = re.sub(r"(.*) where (.*), else (.*)", r"(\1) if (\2) else (\3)", text)
    text = re.sub(r"\b(ln|sqrt) ([\d.e-]+|\(.*?\))", r"\1(\2)", text)
    known = {name: getattr(math, name) for name in ("tanh", "sin", "cos", "sqrt", "exp", "e")}
    known |= {"ln": math.log, "max": max, "min": min, "sign": np.sign}
    return float(eval(text, known))


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**2,
    "tanh": lambda a, b: a.tanh(),
    "sin": lambda a, b: a.sin(),
    "exp": lambda a, b: (a * 0.1).exp(),
    "relu": lambda a, b: a.relu(),
    "sigmoid": lambda a, b: a.sigmoid(),
    "neg": lambda a, b: -a,
    "sqrt": lambda a, b: (a * a + 1).sqrt(),
    "abs": lambda a, b: a.abs() + b,
}


def expression(rng: random.Random, values: list[float]) -> tuple[list[at.Tensor], at.Tensor]:
    """A random one of numbers, like those of micrograd."""
    leaves = [leaf(value) for value in values]
    pool = list(leaves)
    for _ in range(8):
        pool.append(OPERATORS[rng.choice(list(OPERATORS))](rng.choice(pool), rng.choice(pool)))
    return leaves, pool[-1] * pool[-2] + pool[-3] + sum(leaves, at.tensor(0.0))


@pytest.mark.parametrize("seed", range(15))
def test_the_formulas_with_numbers_are_right(seed: int) -> None:
    """Worked out by Python, each gives the gradient that is said to come of it."""
    values = [0.8, -1.5, 2.25]
    _, out = expression(random.Random(seed), values)
    checked = 0
    for step in out.explain().steps:
        if step.numbers and step.value is not None:
            assert computed(step.numbers) == pytest.approx(step.value.item(), rel=5e-3, abs=2e-3)
        for one in step.outgoing:
            assert one.gradient is not None
            if one.numbers:
                scale = 2e-3 * (1 + abs(one.gradient.item()))
                assert computed(one.numbers) == pytest.approx(one.gradient.item(), abs=scale)
                checked += 1
    assert checked > 5


@pytest.mark.parametrize("seed", range(15))
def test_the_gradients_are_those_of_finite_differences(seed: int) -> None:
    values = [0.8, -1.5, 2.25]
    leaves, out = expression(random.Random(seed), values)
    gradients = out.explain().gradients.values()
    assert len(gradients) == len(leaves)
    numbers = [[one is other for other in leaves].index(True) for one in leaves_of(out)]
    eps = 1e-6
    for number, gradient in zip(numbers, gradients, strict=True):
        ends = []
        for sign in (1, -1):
            moved = [value + sign * eps * (at_ == number) for at_, value in enumerate(values)]
            ends.append(expression(random.Random(seed), moved)[1].item())
        assert gradient.item() == pytest.approx((ends[0] - ends[1]) / (2 * eps), rel=1e-4, abs=1e-5)


def leaves_of(out: at.Tensor) -> list[at.Tensor]:
    return [one.tensor for one in read(out).leaves]


# -- the same as backward, and nothing else --------------------------------------------------------


class Cube(at.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: at.Tensor) -> at.Tensor:
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx: Any, g: at.Tensor) -> at.Tensor:
        (x,) = ctx.saved_tensors
        return g * 3 * x * x


class Two(at.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: at.Tensor, y: at.Tensor) -> tuple[at.Tensor, at.Tensor]:
        return x * 2, y * x.detach()

    @staticmethod
    def backward(ctx: Any, g: at.Tensor, h: at.Tensor) -> tuple[at.Tensor, at.Tensor]:
        return g * 2 + h, h * 3


def written(x: at.Tensor) -> at.Tensor:
    y = x * 2
    y[0] = y[1] * 3
    y.t()[0].mul_(2)
    return (y * y).sum()


GRAPHS: dict[str, Callable[[at.Tensor], at.Tensor]] = {
    "arithmetic": lambda x: (x * x - x / 3 + x.exp()).mean(),
    "broadcasting": lambda x: (x * x[:1] + x[:, :1] - x.sum()).square().sum(),
    "a matrix": lambda x: (x @ x.t()).relu().sum(),
    "views": lambda x: (x.t()[1:] * x.reshape(3, 4)[1:].t()[:2, :2].sum()).sum(),
    "written": written,
    "several outputs": lambda x: at.linalg.qr(x)[0].sum() + x.sort(1)[0].cumsum(0).std(),
    "one of several": lambda x: at.linalg.svd(x)[1].sum(),
    "unused outputs": lambda x: x.max(1).values.sum() * x.topk(2, 1)[0].sum(),
    "a Function": lambda x: Cube.apply(x).sum() * Cube.apply(x[0]).sum(),
    "a Function of two": lambda x: Two.apply(x, x + 1)[1].sum(),
    "its other output": lambda x: sum(Two.apply(x, x + 1)).sum(),
    "a cast": lambda x: (x.float() * x.half().float()).sum(),
    "a checkpoint": lambda x: checkpoint(lambda x: x.tanh() * x.exp(), x).sum(),
    "checkpoints": lambda x: checkpoint(lambda x: checkpoint(at.tanh, x * 2) * x, x).sum(),
    "joined": lambda x: at.cat([x, x * 2]).sum() ** 2,
    "normalized": lambda x: F.batch_norm(x, None, None, training=True).square().sum() * x[0].sum(),
    "attention": lambda x: F.scaled_dot_product_attention(x, x * 2, x).square().sum(),
    "a loss": lambda x: F.cross_entropy(x, at.tensor([0, 2, 1, 0])),
    "a picture": lambda x: (
        F.max_pool2d(F.conv2d(x[None, None], x[None, None, :2, :2]), 2).square().sum()
    ),
    "a leaf": lambda x: x.sum(),
}


def leaf_of(seed: int = 0) -> at.Tensor:
    return leaf(np.random.default_rng(seed).normal(size=(4, 3)))


@pytest.mark.parametrize("name", GRAPHS)
def test_the_gradients_are_those_of_backward_to_the_last_bit(name: str) -> None:
    x = leaf_of()
    out = GRAPHS[name](x)
    first, again = out.explain(), out.explain()
    assert x.grad is None
    (found,) = first.gradients.values()
    out.backward()
    assert x.grad is not None
    assert found.array.tobytes() == x.grad.array.tobytes()
    assert again.gradients["x"].array.tobytes() == found.array.tobytes()
    assert found.dtype == x.dtype
    assert first.text()
    assert first.text(200, colour=True)


def test_recurrent_nets_and_all_their_parameters() -> None:
    model = nn.LSTM(3, 4, num_layers=2).double()
    out = model(leaf(np.ones((5, 2, 3))))[0].square().sum()
    found = out.explain().gradients
    out.backward()
    assert {name for name, _ in model.named_parameters()} <= found.keys()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None
        assert found[name].array.tobytes() == parameter.grad.array.tobytes()


def test_the_incoming_gradients_are_those_that_hooks_see() -> None:
    x = leaf_of()
    seen = []
    y = x * 3
    z = y.tanh()
    z.register_hook(lambda g: seen.append(("z", g.clone())))
    y.register_hook(lambda g: seen.append(("y", g.clone())))
    out = (z * y).sum()
    steps = {step.operator: step for step in out.explain().steps}
    assert not seen
    assert "would see this gradient" in steps["tanh"].notes[0]
    out.backward()
    found = dict(seen)
    tanh = steps["tanh"].gradient
    assert tanh is not None
    assert at.equal(tanh, found["z"])
    sent = {one.to: one.total for one in steps["tanh"].outgoing}
    assert sent["mul (y)"] is not None
    assert at.equal(sent["mul (y)"], found["y"])


def test_no_hook_is_called_and_no_grad_is_filled() -> None:
    def refuse(*args: Any) -> None:
        raise AssertionError("a hook was called")

    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    for kind in ("full_backward_hook", "full_backward_pre_hook"):
        getattr(model[0], f"register_{kind}")(refuse)
    x = leaf_of()
    x.register_hook(refuse)
    x.register_post_accumulate_grad_hook(refuse)
    y = model(x)
    y.register_hook(refuse)
    y.retain_grad()
    out = y.sum()
    out.grad_fn.register_hook(refuse)
    out.grad_fn.register_prehook(refuse)
    told = out.explain()
    assert y.grad is None
    assert x.grad is None
    assert all(one.grad is None for one in model.parameters())
    assert len(told.gradients) == 5
    assert any("hook" in note for step in told.steps for note in step.notes)


# -- what is said ----------------------------------------------------------------------------------


def test_sums_over_broadcast_dimensions_are_a_step_of_their_own() -> None:
    w, b = leaf([[1.0], [2.0]]), leaf(3.0)
    told = (w * at.ones(2, 3, dtype=at.float64) + b).sum().explain()
    sent = {one.to: one for step in told.steps for one in step.outgoing}
    assert sent["b"].summed == (0, 1)
    assert sent["w"].summed == (1,)
    assert sent["b"].shape == ()
    assert told.gradients["b"].item() == 6
    assert told.gradients["w"].tolist() == [[3], [3]]
    assert "summed over broadcast dims 0, 1 = 6" in told.text()


def test_gradients_that_meet_are_added_up_before_ones_eyes() -> None:
    x = leaf(3.0)
    told = (x * x + x).explain()
    sent = [one for step in told.steps for one in step.outgoing if one.to == "x"]
    assert [one.turn for one in sent] == [1, 2, 3]
    totals = [one.total.item() for one in sent if one.total is not None]
    assert totals == [1, 4, 7]
    assert "→ x, 3rd gradient there: added up = 7" in told.text()


def test_what_is_kept_and_how_much_memory_that_is() -> None:
    layer = nn.Linear(3, 4).double()
    data = at.ones(5, 3, dtype=at.float64, requires_grad=True)
    (step, linear) = layer(data).sum().explain().steps
    kept = {one.name: one for one in linear.kept}
    assert kept["weight"].is_parameter
    assert kept["data"].shape == (5, 3)
    assert linear.nbytes == 5 * 3 * 8
    assert step.kept == ()
    assert linear.module == "Linear"


def test_a_result_of_several_numbers_needs_a_gradient() -> None:
    x = leaf([1.0, 2.0])
    y = x * x
    with pytest.raises(RuntimeError, match="explain: a gradient can be left out only for a scalar"):
        y.explain()
    with pytest.raises(RuntimeError, match="explain: the gradient has shape"):
        y.explain(at.ones(3))
    told = y.explain(at.tensor([1.0, 10.0], dtype=at.float64))
    assert told.gradients["x"].tolist() == [2, 40]
    assert "with the gradient given" in told.text()


def test_what_is_refused() -> None:
    with pytest.raises(
        RuntimeError, match=r"explain: the Tensor of shape .* does not require grad"
    ):
        at.ones(1).explain()
    x = leaf(1.0)
    for name, wrong in (("depth", -1), ("depth", "1"), ("limit", None), ("limit", 1.5)):
        with pytest.raises(ValueError, match=f"explain: {name} must be a whole number"):
            (x * 2).explain(**{name: wrong})
    y = x * 2
    z = y * y
    y.add_(1)
    with pytest.raises(RuntimeError, match="explain: <MulBackward0> needs an input"):
        z.explain()


def test_a_leaf_has_no_operators() -> None:
    x = leaf(2.0)
    told = x.explain()
    assert told.steps == []
    assert told.gradients["x"].item() == 1


def test_after_backward_it_shows_what_is_known() -> None:
    w, x = leaf(2.0), at.tensor(3.0, dtype=at.float64)
    loss = ((w * x).tanh() - 1).square()
    before = loss.explain()
    loss.backward()
    after = loss.explain()
    assert after.freed
    assert not before.freed
    assert "explain() first, or backward(retain_graph=True)" in after.text().replace("\n", " ")
    assert [one.operator for one in after.steps] == [one.operator for one in before.steps]
    for one, other in zip(after.steps, before.steps, strict=True):
        assert one.gradient is not None
        assert other.gradient is not None
        assert one.gradient.item() == other.gradient.item()
    assert after.gradients["w"].item() == before.gradients["w"].item()


def test_weights_that_have_changed_since_are_not_taken_for_those_of_then() -> None:
    w, b = leaf(2.0), leaf(1.0)
    loss = (w * 3 + b).square()
    loss.backward()
    nn.optim.SGD([w, b], lr=0.1).step()
    text = loss.explain().text()
    for now in (w, b):
        assert f"{now.item():.4g}" not in text
    assert "v2 = v3 + b = 7\n" in text
    fresh = w + b
    with at.no_grad():
        b.add_(1)
    assert fresh.explain().steps[0].numbers == ""


def test_derivatives_of_higher_order_are_explained_alike() -> None:
    x = leaf(2.0)
    (slope,) = at.grad(x**3, x, create_graph=True)
    told = slope.explain()
    assert told.gradients["x"].item() == 12
    assert x.grad is None
    slope.backward()
    assert x.grad is not None
    assert x.grad.item() == 12


def test_formulas_stand_only_where_they_are_those_of_the_argument() -> None:
    """Those of a recurrent net are about values inside, and are not its arguments'."""
    model = nn.LSTM(3, 4)
    (lstm,) = (
        one for one in model(at.ones(5, 2, 3))[0].sum().explain().steps if one.operator == "lstm"
    )
    assert {one.argument for one in lstm.outgoing} >= {"weight_hh_l0", "bias_hh_l0"}
    assert not any(one.formula for one in lstm.outgoing)


def test_what_is_packed_is_not_shown_as_it_is_not_there() -> None:
    w = leaf([1.0, 2.0])
    with at.autograd.graph.saved_tensors_hooks(lambda t: t.tolist(), lambda v: leaf(v).detach()):
        out = (w * w).sum()
    told = out.explain()
    assert told.gradients["w"].tolist() == [2, 4]
    assert told.steps[1].kept == ()
    assert told.steps[1].notes == ("what it keeps is packed by saved_tensors_hooks",)


def test_empty_and_infinite_ones_are_told_too() -> None:
    empty = at.zeros(0, 3, requires_grad=True)
    assert "(0, 3), norm 0" in (empty * 2).sum().explain().text()
    h = leaf(at.inf)
    assert "made  v1 = h · 0 = inf · 0 = nan" in (h * 0).explain().text()


class Both(at.autograd.Function):
    """Two outputs that one can tell apart."""

    @staticmethod
    def forward(ctx: Any, x: at.Tensor) -> Any:
        return x * 3, x + 1

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        first, second = gradients
        return first * 3 + second


def test_several_outputs_have_names_and_numbers_of_their_own() -> None:
    x = leaf([1.0, 4.0])

    def product() -> at.Tensor:
        first, second = Both.apply(x)
        return (first * second).sum()

    text = product().explain().text()
    assert "v2 = v3₁ · v3₂ = [3, 12] · [2, 5] = [6, 60]" in text
    assert "d v3₁ = g · v3₂ = [1, 1] · [2, 5] = [2, 5]" in text
    assert "d v3₂ = g · v3₁ = [1, 1] · [3, 12] = [3, 12]" in text
    assert "v3₁, v3₂ = Both() = [3, 12], [2, 5]" in text
    one, two = Both.apply(x)
    text = (one * two).sum().explain().text()
    assert "v2 = one · two = [3, 12] · [2, 5] = [6, 60]" in text
    assert "one, two = Both() = [3, 12], [2, 5]" in text
    assert (one * two).sum().explain()._repr_html_().count("[3, 12], [2, 5]") == 1
    assert (
        one.explain(gradient=at.ones(2)).title
        == "backward of one = [3, 12], with the gradient given"
    )


def test_leaves_without_names_are_told_apart() -> None:
    weights = [leaf(2.0), leaf(3.0)]
    y = weights[0] * weights[1] * weights[0]
    explanation = y.explain()
    sent = {
        out.to: out.total.item()
        for step in explanation.steps
        for out in step.outgoing
        if out.target is None and out.total is not None
    }
    assert sent == {name: one.item() for name, one in explanation.gradients.items()}
    assert sorted(sent.values()) == [4.0, 12.0]  # of w² v: w², and 2 w v


@pytest.mark.parametrize("depth", [None, 1])
def test_names_that_are_long_or_have_several_lines_fit(depth: int | None) -> None:
    model = nn.Sequential()
    model.add_module("long" * 75, nn.Linear(2, 2))
    model.add_module("two\nlines", nn.Linear(2, 2))
    text = model(at.ones(1, 2)).sum().explain(depth=depth).text()
    assert max(map(len, text.splitlines())) <= 80
    assert "two lines" in text
    assert "\nlines" not in text


def test_two_parameters_of_one_name_are_told_apart() -> None:
    net = nn.ModuleDict({"a": nn.Linear(2, 2), "b": nn.Linear(2, 2)})
    (_, step) = (net["a"].weight * net["b"].weight).sum().explain().steps
    assert step.formula == "input · other"
    assert [one.to for one in step.outgoing] == ["a.weight", "b.weight"]
    (_, step) = (net["a"].weight * 2).sum().explain().steps
    assert step.formula == "weight · 2"


# -- by module -------------------------------------------------------------------------------------


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 4))
        self.head = nn.Linear(4, 2)

    def forward(self, x: at.Tensor) -> at.Tensor:
        return self.head(self.body(x).relu())


def test_sums_by_module() -> None:
    net = Net()
    loss = F.cross_entropy(net(at.randn(5, 3)), at.tensor([0, 1, 1, 0, 1]))
    told = loss.explain(depth=1)
    rows = [(one.module, one.steps) for one in told.modules(1)]
    assert rows == [
        ("outside of Modules", 1),
        ("head (Linear)", 1),
        ("Net itself", 1),
        ("body (Sequential)", 3),
    ]
    assert [one.module for one in told.modules(2)][-3:] == [
        "body.2 (Linear)", "body.1 (Tanh)", "body.0 (Linear)",
    ]  # fmt: skip
    assert [(one.module, one.steps) for one in told.modules(0)][1:] == [("Net", 5)]
    by_hand = F.cross_entropy(net.head(net.body(at.ones(1, 3))), at.tensor([0])).explain()
    assert [one.module for one in by_hand.modules(1)][1:] == ["head (Linear)", "body (Sequential)"]
    loss.backward()
    for one in told.modules(1):
        path = one.module.partition(" ")[0]
        grads = [p.grad.array for name, p in net.named_parameters() if name.startswith(path)]
        if one.parameters is not None:
            expected = math.sqrt(sum(float(np.square(g).sum()) for g in grads))
            assert one.parameters == pytest.approx(expected, rel=1e-5)
    assert sum(one.nbytes for one in told.modules(1)) == sum(one.nbytes for one in told.steps)
    assert "body (Sequential)" in told.text()


# -- what it looks like ----------------------------------------------------------------------------


def deep() -> at.Tensor:
    model = nn.Sequential(*[one for _ in range(20) for one in (nn.Linear(8, 8), nn.Tanh())])
    deep.model = model  # type: ignore[attr-defined]
    return model(at.ones(2, 8)).sum()


@pytest.mark.parametrize("depth", [None, 0, 1])
def test_it_fits_in_eighty_columns_and_says_what_is_left_out(depth: int | None) -> None:
    told = deep().explain(depth=depth)
    lines = told.text().splitlines()
    assert max(map(len, lines)) <= 80
    assert not any(line != line.rstrip() for line in lines)
    if depth is None:
        assert "   … 17 operators left out: explain(limit=41) shows" in lines
    everything = deep().explain(limit=1000)
    assert "left out" not in everything.text()
    assert len(everything.steps) == 41


def tty(monkeypatch: pytest.MonkeyPatch, encoding: str = "utf-8", is_tty: bool = True) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(out, "isatty", lambda: is_tty, raising=False)
    monkeypatch.setattr(sys, "stdout", out)


@pytest.mark.parametrize(
    ("is_tty", "settings", "coloured"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    monkeypatch: pytest.MonkeyPatch, is_tty: bool, settings: dict[str, str], coloured: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    told = (leaf(2.0) * 3).explain()
    tty(monkeypatch, is_tty=is_tty)
    assert ("\x1b[" in str(told)) == coloured
    assert str(told) == repr(told)
    assert "\x1b[" not in told.text()
    assert re.sub(r"\x1b\[\d+m", "", str(told)) == told.text()


def test_a_terminal_without_such_signs_gets_others(monkeypatch: pytest.MonkeyPatch) -> None:
    told = (leaf(2.0).tanh() * 3).explain()
    tty(monkeypatch, encoding="ascii", is_tty=False)
    text = str(told)
    assert text.isascii()
    assert "d v2 = g * 3 = 1 * 3 = 3" in text
    assert "-> 2 tanh" in text


def test_it_prints_in_a_program(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import autotensor as at\n"
        "w = at.tensor(2.0, requires_grad=True)\n"
        "print((w * w).explain())\n"
    )
    home = Path(at.__file__).parents[1]
    settings = {**os.environ, "PYTHONPATH": str(home), "PYTHONIOENCODING": "utf-8"}
    settings.pop("FORCE_COLOR", None)
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, env=settings, check=True
    )
    assert "made  v1 = w · w = 2 · 2 = 4" in done.stdout.decode("utf-8")


class _Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("depth", [None, 1])
def test_the_page_for_notebooks(depth: int | None) -> None:
    w = leaf(2.0)
    w.name = "<w>"  # type: ignore[attr-defined]
    for told in ((w * w).explain(depth=depth), deep().explain(depth=depth)):
        page = told._repr_html_()
        reader = _Balanced()
        reader.feed(page)
        assert not reader.open
        assert "<w>" not in page
    page = (w * w).explain()._repr_html_()
    assert "&lt;w&gt;" in page
    assert "= 2 · 2" in page


def test_an_operator_of_the_users_does_not_take_the_place_of_ours() -> None:
    @operator(input=lambda g, other: g * other, other=lambda g, input: g * input)
    def mul(input: Any, other: Any) -> Any:
        """``input times other``."""
        return np.multiply(input, other)

    w, x = at.tensor(2.0, requires_grad=True), at.tensor(3.0)
    assert (w * x).explain().steps[0].numbers == "2 · 3"
    mul(w, x).backward()
    assert w.grad.item() == 3
