"""The doctor: every sickness is made on purpose and must be found, and health must be silence."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from autotensor import Tensor
from nn import optim
from nn.data import MNIST, DataLoader
from nn.insight.findings import Bars, Finding, Levels, Parts
from nn.insight.gates import gates_of
from nn.insight.heads import evenness
from nn.training import Doctor, fit


def digits(count: int = 320, batch_size: int = 32) -> list[Any]:
    batches = iter(DataLoader(MNIST(train=True), batch_size))
    return list(itertools.islice(batches, count // batch_size))


def doctor_of(
    model: nn.Module,
    data: list[Any],
    make: Callable[[Any], Any] = lambda parameters: optim.SGD(parameters, lr=0.05),
    loss: Any = F.cross_entropy,
    epochs: int = 1,
) -> Doctor:
    doctor = Doctor(every=3, verbose=False)
    optimizer = make(model.parameters())
    fit(model, data, loss, optimizer, epochs, callbacks=[doctor], verbose=False)
    return doctor


def sicknesses(doctor: Doctor) -> set[str]:
    return {finding.sickness for finding in doctor.findings}


def found(doctor: Doctor, sickness: str) -> dict[str, Any]:
    return {one.layer: one for one in doctor.findings if one.sickness == sickness}


class LeNet(nn.Module):
    """With functions between its layers, as in examples/07_lenet/lenet.py."""

    def __init__(self, activation: Any = at.tanh) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.full = nn.Linear(400, 84)
        self.output = nn.Linear(84, 10)
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        x = F.avg_pool2d(self.activation(self.conv1(x)), 2)
        x = F.avg_pool2d(self.activation(self.conv2(x)), 2)
        return self.output(self.activation(self.full(x.flatten(1))))


def mlp(*sizes: int, activation: Any = nn.ReLU) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Flatten()]
    for one, other in itertools.pairwise(sizes):
        layers += [nn.Linear(one, other), activation()]
    return nn.Sequential(*layers[:-1])


# -- health ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", [at.tanh, F.relu])
def test_a_healthy_lenet_has_nothing(activation: Any, capsys: pytest.CaptureFixture[str]) -> None:
    at.manual_seed(0)
    model = LeNet(activation)
    doctor = Doctor(every=5)
    optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    data = digits(320)
    fit(model, data, F.cross_entropy, optimizer, 2, validation=data[:2], callbacks=[doctor],
        verbose=False)  # fmt: skip
    assert doctor.findings == []
    assert doctor.report() == ""
    assert capsys.readouterr().out == ""
    assert (doctor.samples, doctor.batches) == (4, 20)
    # It did look.
    assert len(doctor._chart.gradients) == 3
    assert len(doctor._chart.updates) == 4
    assert len(doctor._chart.units if activation is F.relu else doctor._chart.shares) == 3


def test_training_is_the_same_with_and_without_it() -> None:
    weights = []
    for callbacks in ([], [Doctor(every=1, verbose=False)]):
        at.manual_seed(0)
        model = nn.Sequential(nn.Flatten(), nn.Linear(784, 20), nn.Dropout(), nn.Linear(20, 10))
        optimizer = optim.Adam(model.parameters())
        fit(model, digits(96), F.cross_entropy, optimizer, 1, callbacks=callbacks, verbose=False)
        weights.append(model[1].weight.detach().numpy().copy())
    np.testing.assert_array_equal(*weights)


def fails(x: Tensor) -> None:
    raise ValueError("mine")


def test_it_takes_its_hooks_away() -> None:
    model = mlp(4, 3, 2)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="mine"), Doctor().watch(model, optimizer):
        fails(model(at.ones(2, 4)))
    for module in model.modules():
        hooks = module._hooks
        assert hooks is None or not (hooks.forward or hooks.forward_pre)
    assert not optimizer._step_pre_hooks
    assert not model[1].weight.hooks


# -- units -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["layer", "function", "after a norm"])
def test_dead_relus(form: str) -> None:
    at.manual_seed(0)
    layers: list[nn.Module] = [nn.Conv2d(1, 8, 3)]
    if form == "after a norm":
        layers.append(nn.BatchNorm2d(8))
    with at.no_grad():
        layers[-1].bias[:4] = -100
        layers[-1].bias[4:] = 1
    relu = nn.ReLU() if form != "function" else None

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features = nn.Sequential(*layers, *([relu] if relu else []))
            self.head = nn.Linear(8, 10)

        def forward(self, x: Tensor) -> Tensor:
            x = self.features(x)
            return self.head((x if relu else F.relu(x)).mean((2, 3)))

    doctor = doctor_of(Net(), digits())
    dead = found(doctor, "dead ReLU")
    place = {"layer": "features.1", "function": "features.0", "after a norm": "features.2"}[form]
    assert list(dead) == [f"{place} (ReLU)"]
    (finding,) = dead.values()
    assert finding.numbers["dead"] == 4
    assert finding.numbers["units"] == 8
    assert finding.message.startswith("4 of 8 units gave 0 for all of ")
    assert "passes on no gradient" in finding.why
    assert "He init" in finding.remedy


def test_units_of_a_linear_layer_over_words_stand_last() -> None:
    linear = nn.Linear(4, 10)
    with at.no_grad():
        linear.bias[:5] = -100
    model = nn.Sequential(linear, nn.ReLU(), nn.Linear(10, 2))
    data = [(at.randn(20, 30, 4), at.zeros(20, 30, 2))]
    (finding,) = found(doctor_of(model, data, loss=F.mse_loss), "dead ReLU").values()
    assert (finding.numbers["dead"], finding.numbers["units"]) == (5, 10)


@pytest.mark.parametrize(
    ("activation", "place"),
    [(nn.Sigmoid, "2 (sigmoid)"), (nn.Tanh, "2 (tanh)"), (at.tanh, "conv1 (tanh)")],
)
def test_saturated_units(activation: Any, place: str) -> None:
    at.manual_seed(0)
    if activation is at.tanh:
        model: nn.Module = LeNet()
        nn.init.normal_(model.conv1.bias, std=20.0)
    else:
        model = mlp(784, 50, 10, activation=activation)
        nn.init.normal_(model[1].weight, std=5.0)
    finding = found(doctor_of(model, digits()), "saturated units")[place]
    assert finding.numbers["share"] > 0.5


def test_probabilities_at_the_end_may_be_certain() -> None:
    at.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1), nn.Sigmoid())
    nn.init.constant_(model[2].bias, 9.0)
    data = [(at.randn(20, 2), at.ones(20, 1))]
    assert "saturated units" not in sicknesses(doctor_of(model, data, loss=F.binary_cross_entropy))


# -- gradients and steps ---------------------------------------------------------------------------


def test_vanishing_gradients() -> None:
    at.manual_seed(0)
    model = mlp(784, *[30] * 8, 10, activation=nn.Sigmoid)
    vanishing = found(doctor_of(model, digits()), "vanishing gradient")
    assert {"1.weight", "3.weight"} <= set(vanishing)
    assert "17.weight" not in vanishing
    assert vanishing["1.weight"].numbers["ratio"] < 1e-4


class SmallWords(nn.Module):
    """Words and attention with the small initial weights of BERT: it looks everywhere alike."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(11, 16)
        self.attention = nn.ModuleDict({name: nn.Linear(16, 16) for name in "qkvo"})
        self.scores = nn.Linear(16, 11)
        for one in self.parameters():
            nn.init.normal_(one, std=0.02)

    def forward(self, words: Tensor) -> Tensor:
        x = self.words(words)
        queries, keys, values = (self.attention[name](x) for name in "qkv")
        seen = F.scaled_dot_product_attention(queries, keys, values)
        return self.scores(x + self.attention["o"](seen)).mT


def test_queries_and_keys_that_have_not_begun_to_look_are_healthy() -> None:
    at.manual_seed(0)
    words = [at.randint(0, 11, (4, 6)) for _ in range(4)]
    doctor = doctor_of(SmallWords(), [(one, one) for one in words])
    assert min(map(min, doctor._chart.gradients.values())) < Doctor.vanishing
    assert "vanishing gradient" not in sicknesses(doctor)


def test_exploding_gradients() -> None:
    at.manual_seed(0)
    model = mlp(784, *[30] * 10, 10, activation=nn.Identity)
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=1.0)
    doctor = doctor_of(model, digits(), lambda p: optim.SGD(p, lr=0.0))
    assert "exploding gradient" in sicknesses(doctor)
    assert "vanishing gradient" not in sicknesses(doctor)


def test_steps_that_are_too_large_and_too_small() -> None:
    at.manual_seed(0)
    doctor = doctor_of(mlp(784, 30, 10), digits(), lambda p: optim.Adam(p, lr=0.5))
    finding = found(doctor, "updates too large")["1.weight"]
    assert finding.numbers["ratio"] > 0.1
    assert "healthy is about 1e-3" in finding.message
    doctor = doctor_of(mlp(784, 30, 10), digits(), lambda p: optim.SGD(p, lr=1e-7))
    assert set(found(doctor, "updates too small")) == {"1.weight", "3.weight"}


def test_the_ratio_is_that_of_the_step() -> None:
    model = nn.Linear(2, 2, bias=False)
    nn.init.ones_(model.weight)
    doctor = doctor_of(
        model, [(at.ones(1, 2), at.zeros(1, 2))], lambda p: optim.SGD(p, lr=0.1),
        loss=lambda scores, targets: scores.sum(),
    )  # fmt: skip
    assert [*doctor._chart.updates] == ["weight"]
    assert [*doctor._chart.updates["weight"]] == [pytest.approx(0.1)]


class LowRank(nn.Module):
    """A frozen layer and what is added to it, B @ A, whose B begins as zeros."""

    def __init__(self) -> None:
        super().__init__()
        self.base = nn.Linear(6, 5).requires_grad_(False)
        self.A = nn.Parameter(at.randn(2, 6) * 0.4)
        self.B = nn.Parameter(at.zeros(5, 2))
        self.scale = nn.Parameter(at.zeros(5, 1))

    def forward(self, x: Tensor) -> Tensor:
        branch = (x @ self.A.T @ self.B.T).tanh() + 0.1 * x.sum(1, keepdim=True)
        return self.base(x) + branch * (1 + self.scale.T)


@pytest.mark.parametrize("rate", [1e-3, 10.0])
def test_what_begins_as_zeros_may_grow_and_not_jump(rate: float) -> None:
    at.manual_seed(0)
    model = LowRank()
    x, y = at.randn(30, 6), at.arange(30) % 5
    doctor = Doctor(every=1, verbose=False)
    optimizer = optim.Adam(model.parameters(), lr=rate)
    fit(model, [(x, y)] * 10, F.cross_entropy, optimizer, 1, callbacks=[doctor], verbose=False)
    too_large = found(doctor, "updates too large")
    assert set(too_large) >= {"B", "scale"} if rate > 1 else not too_large
    assert rate > 1 or not {"exploding gradient", "updates too small"} & sicknesses(doctor)


def test_zeros_count_as_long_as_a_new_linear() -> None:
    model = nn.Linear(4, 2, bias=False)
    nn.init.zeros_(model.weight)
    doctor = doctor_of(
        model, [(at.ones(1, 4), at.zeros(1, 2))], lambda p: optim.SGD(p, lr=0.1),
        loss=lambda scores, targets: scores.sum(),
    )  # fmt: skip
    usual = np.sqrt(8) * np.sqrt(1 / 4) / np.sqrt(3)  # of numbers between ±1/√4
    assert [*doctor._chart.updates["weight"]] == [pytest.approx(0.1 * np.sqrt(8) / usual)]


def test_what_it_remembers_does_not_grow_for_ever() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    x, y = at.randn(4, 2), at.tensor([0, 1, 0, 1])
    sizes = []
    with Doctor(every=1, verbose=False).watch(model, optimizer) as doctor:
        for _ in range(2):
            for _ in range(210):
                optimizer.zero_grad()
                F.cross_entropy(model(x), y).backward()
                optimizer.step()
            kept = [
                vars(doctor._chart)[name] for name in ("sizes", "gradients", "strength", "updates")
            ]
            sizes.append([len(seen) for one in kept for seen in one.values()])
    assert sizes[0] == sizes[1]


def test_parameters_without_a_gradient_or_an_optimizer() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used = nn.Linear(784, 10)
            self.cut = nn.Linear(10, 10)
            self.never = nn.Linear(3, 3)
            self.frozen = nn.Linear(3, 3).requires_grad_(False)

        def forward(self, x: Tensor) -> Tensor:
            x = self.used(x.flatten(1))
            return x + self.cut(x).detach()

    model = Net()
    doctor = doctor_of(model, digits(), lambda p: optim.SGD(model.used.parameters(), lr=0.1))
    missing = {"cut.weight", "cut.bias", "never.weight", "never.bias"}
    assert set(found(doctor, "no gradient")) == missing
    assert set(found(doctor, "not in the optimizer")) == missing
    assert "... and" not in doctor.report()


# -- slips in a loop of one's own ------------------------------------------------------------------


@pytest.mark.parametrize("form", ["watch", "check"])
@pytest.mark.parametrize("clears", ["before", "late", "zeros", "never"])
def test_a_forgotten_zero_grad(form: str, clears: str) -> None:
    at.manual_seed(0)
    model = mlp(784, 30, 10)
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    doctor = Doctor(verbose=False)
    if form == "watch":
        doctor.watch(model, optimizer)
    for images, labels in digits():
        if clears == "before":
            optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        if clears in ("late", "zeros"):
            optimizer.zero_grad(set_to_none=clears == "late")
        loss.backward()
        if form == "check":
            doctor.check(model, optimizer, loss)
        optimizer.step()
    doctor.detach()
    expected = {"forgotten zero_grad"} if clears == "never" else set()
    assert sicknesses(doctor) == expected
    assert doctor.batches == 10


def test_gradients_piled_up_on_purpose_are_no_mistake() -> None:
    model = mlp(784, 30, 10)
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    with Doctor(verbose=False).watch(model, optimizer) as doctor:
        for number, (images, labels) in enumerate(digits()):
            F.cross_entropy(model(images), labels).backward()
            if number % 2:
                optimizer.step()
                optimizer.zero_grad()
    assert doctor.findings == []


def test_gradients_of_another_loss_that_no_step_goes_along_are_no_mistake() -> None:
    """As where an actor learns from a critic: its loss reaches the critic, which is cleared."""
    actor, critic = mlp(784, 20, 10), nn.Linear(10, 1)
    its, own = (optim.SGD(one.parameters(), lr=0.01) for one in (actor, critic))
    with Doctor(verbose=False).watch(critic, own) as doctor:
        for images, _ in digits():
            own.zero_grad()
            (critic(actor(images).detach()) ** 2).mean().backward()
            own.step()
            its.zero_grad()
            critic(actor(images)).mean().backward()
            its.step()
    assert "forgotten zero_grad" not in sicknesses(doctor)
    assert doctor._chart.piled == 0


@pytest.mark.parametrize("layer", [nn.Dropout(0.5), nn.BatchNorm1d(10)])
def test_a_forgotten_eval(layer: nn.Module) -> None:
    at.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10), layer)
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    data = digits(96)
    for evaluates in (True, False):
        with Doctor(verbose=False).watch(model, optimizer) as doctor, at.no_grad():
            model.train(not evaluates)
            for images, _ in data:
                model(images)
        assert set(found(doctor, "forgotten eval")) == (set() if evaluates else {"2"})
    assert doctor.findings[0].numbers == {"times": 3}
    fit(model, data, F.cross_entropy, optimizer, 1, validation=data, callbacks=[doctor],
        verbose=False)  # fmt: skip
    assert "forgotten eval" not in sicknesses(doctor)


# -- beginnings ------------------------------------------------------------------------------------


def test_stray_float64() -> None:
    class Half(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x * at.from_numpy(np.full(10, 0.5))

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.full = nn.Linear(784, 10)
            self.inner = nn.Sequential(Half(), nn.Identity())

        def forward(self, x: Tensor) -> Tensor:
            return self.inner(self.full(x.flatten(1)))

    assert set(found(doctor_of(Net(), digits(64)), "stray float64")) == {"inner.0"}

    data = [(at.from_numpy(np.ones((4, 3))), at.zeros(4, 3, dtype=at.float64))]
    model = nn.Sequential(nn.Softplus(), nn.LayerNorm(3).double(), Scale())
    doctor = doctor_of(model, data, loss=F.mse_loss)
    assert set(found(doctor, "stray float64")) == {"the inputs", "1.weight", "1.bias"}

    model = nn.Sequential(nn.Linear(3, 3).double())  # all of it, so on purpose
    doctor = doctor_of(model, data, loss=F.mse_loss)
    assert "stray float64" not in sicknesses(doctor)


class Scale(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(at.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor


@pytest.mark.parametrize("value", [0.0, 0.1])
def test_units_that_begin_equal(value: float) -> None:
    at.manual_seed(0)
    model = mlp(784, 20, 15, 10)
    for one in model.parameters():
        nn.init.constant_(one, value)
    equal = found(doctor_of(model, digits()), "equal units")
    # Unless all is 0, the last layer gets different gradients: each unit has a digit of its own.
    assert set(equal) == {"1.weight", "3.weight"} | ({"5.weight"} if value == 0 else set())
    assert equal["1.weight"].numbers == {"units": 20}


def test_units_that_are_equal_but_for_rounding() -> None:
    """As after a first step, where sums for each unit are made in another order."""
    at.manual_seed(0)
    model = mlp(784, 20, 15, 10)
    for one in model.parameters():
        nn.init.constant_(one, 0.1)
    with at.no_grad():
        model[1].weight[3] *= 1 + 1e-6
    assert "1.weight" in found(doctor_of(model, digits()), "equal units")
    with at.no_grad():
        model[1].weight[3] *= 1.01
    assert "1.weight" not in found(doctor_of(model, digits()), "equal units")


def test_a_last_layer_of_zeros_is_fine() -> None:
    at.manual_seed(0)
    model = mlp(784, 20, 10)
    nn.init.zeros_(model[3].weight)
    assert "equal units" not in sicknesses(doctor_of(model, digits()))


def test_the_first_loss() -> None:
    at.manual_seed(0)
    model = mlp(784, 20, 10)
    nn.init.normal_(model[3].weight, std=20.0)
    doctor = doctor_of(model, digits(), lambda p: optim.SGD(p, lr=0.0))
    finding = found(doctor, "first loss")["the loss"]
    assert finding.numbers["expected"] == pytest.approx(np.log(10))
    assert finding.numbers["loss"] > 5
    assert "ln 10 = 2.3" in finding.message

    optimizer = optim.SGD(model.parameters(), lr=0.0)
    by_hand = Doctor(verbose=False).watch(model, optimizer)
    images, labels = digits(32)[0]
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    by_hand.check(model, optimizer, loss)
    optimizer.step()
    by_hand.detach()
    assert found(by_hand, "first loss")["the loss"].numbers == finding.numbers


# -- the report ------------------------------------------------------------------------------------


def test_the_report_names_case_reason_and_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    at.manual_seed(0)
    model = mlp(784, 30, 10)
    optimizer = optim.SGD(model.parameters(), lr=1e-8)
    with Doctor().watch(model, optimizer) as doctor:
        for images, labels in digits():
            F.cross_entropy(model(images), labels).backward()
            optimizer.step()
    out = capsys.readouterr().out
    assert out == doctor.report() + "\n"
    assert out.startswith(
        "Doctor: 3 findings in 1 of 10 batches looked at\n  forgotten zero_grad\n"
    )
    for part in ("updates too small\n    1.weight: ", "why: ", "do:  optimizer.zero_grad() before"):
        assert part in out
    assert str(doctor.findings[0]) in out
    assert all(finding.sickness in Doctor.sicknesses for finding in doctor.findings)


def test_what_it_refuses() -> None:
    model = nn.Linear(2, 2)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="Doctor: every must be at least 1, got 0"):
        Doctor(every=0)
    with pytest.raises(TypeError, match=r"Doctor: model must be an nn\.Module, got int"):
        Doctor().watch(3, optimizer)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"Doctor: optimizer must be .*nn\.optim, got Linear"):
        Doctor().watch(model, model)  # type: ignore[arg-type]


def test_an_optimizer_that_calls_back() -> None:
    model = mlp(784, 5, 10)
    optimizer = optim.SGD(model.parameters(), lr=0.05)
    images, labels = digits(32)[0]

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        return loss

    with Doctor(verbose=False).watch(model, optimizer) as doctor:
        for _ in range(4):
            optimizer.step(closure)
    assert doctor.findings == []
    assert doctor.batches == 4


# -- the end of the model, and the loss behind it --------------------------------------------------


def ending(last: nn.Module | None, outputs: int = 10) -> nn.Sequential:
    at.manual_seed(0)
    layers = [nn.Flatten(), nn.Linear(784, outputs)]
    return nn.Sequential(*layers, *([last] if last else []))


def own_cross_entropy(scores: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(scores, targets)


WRONG, RELU = "softmax before the loss", "ReLU at the end"
RELU_SHAPED = nn.Sequential(nn.Unflatten(1, (10, 1)), nn.ReLU(), nn.Flatten())


@pytest.mark.parametrize(
    ("last", "loss", "expected"),
    [
        (nn.Softmax(1), nn.CrossEntropyLoss(label_smoothing=0.1), WRONG),
        (nn.Softmax(1), F.cross_entropy, WRONG),
        (nn.LogSoftmax(1), F.cross_entropy, WRONG),
        (nn.Sigmoid(), F.cross_entropy, WRONG),
        (nn.Softmax(1), F.nll_loss, WRONG),
        (nn.LogSoftmax(1), F.nll_loss, None),
        (None, F.cross_entropy, None),
        (nn.Tanh(), F.cross_entropy, None),
        (nn.Softmax(1), own_cross_entropy, None),  # of this nothing is known
        (nn.ReLU(), F.cross_entropy, RELU),
        (RELU_SHAPED, nn.CrossEntropyLoss(), RELU),
    ],
)
def test_what_a_model_for_classes_may_end_in(last: Any, loss: Any, expected: str | None) -> None:
    ends = sicknesses(doctor_of(ending(last), digits(64), loss=loss)) & {WRONG, RELU}
    assert ends == ({expected} if expected else set())


@pytest.mark.parametrize(
    ("last", "loss", "expected"),
    [
        (nn.Sigmoid(), F.binary_cross_entropy_with_logits, WRONG),
        (nn.Sigmoid(), nn.BCELoss(), None),
        (None, nn.BCEWithLogitsLoss(), None),
        (nn.ReLU(), nn.BCEWithLogitsLoss(), RELU),
    ],
)
def test_what_a_model_for_yes_and_no_may_end_in(last: Any, loss: Any, expected: Any) -> None:
    data = [(x, (y.unsqueeze(1) > 4).float()) for x, y in digits(64)]
    ends = sicknesses(doctor_of(ending(last, 1), data, loss=loss)) & {WRONG, RELU}
    assert ends == ({expected} if expected else set())


@pytest.mark.parametrize(("lowest", "expected"), [(0.0, set()), (-1.0, {RELU})])
def test_a_relu_at_the_end_where_numbers_below_0_are_wanted(lowest: float, expected: Any) -> None:
    data = [(x, at.rand(len(x), 3) + lowest) for x, _ in digits(64)]
    doctor = doctor_of(ending(nn.ReLU(), 3), data, loss=F.mse_loss)
    assert sicknesses(doctor) & {WRONG, RELU} == expected


def test_check_sees_a_softmax_before_cross_entropy() -> None:
    model, doctor = ending(nn.Softmax(1)), Doctor(every=1, verbose=False)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    for images, labels in digits(96):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        doctor.check(model, optimizer, loss)
        optimizer.step()
    doctor.detach()
    (finding,) = found(doctor, WRONG).values()
    assert finding.message.startswith("the model ends in softmax, and cross_entropy takes scores")


# -- what no module knows --------------------------------------------------------------------------


class Listed(nn.Module):
    """With layers in plain lists, some of which are known all the same."""

    def __init__(self, form: str) -> None:
        super().__init__()
        at.manual_seed(0)
        self.first = nn.Linear(784, 10)
        layers: list[Any] = [nn.Linear(10, 10), nn.Linear(10, 10)]
        if form == "frozen":
            layers = [one.requires_grad_(False) for one in layers]
        if form == "registered":
            self.known = nn.ModuleList(layers)
        if form == "parameters":
            layers = [nn.Parameter(at.eye(10)), nn.Parameter(at.eye(10))]
        self.inner = nn.Module()
        self.inner.layers = {"dict": dict(enumerate(layers)), "nested": [tuple(layers)]}.get(
            form, layers
        )
        self.settings = [1, "two", {"three": [3.0]}]
        self.layers = layers

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x.flatten(1))
        for one in self.layers:
            x = x @ one if isinstance(one, Tensor) else one(x)
        return x


@pytest.mark.parametrize(
    ("form", "kind", "count"),
    [
        ("list", "list", 4),
        ("dict", "dict", 4),
        ("nested", "list", 4),
        ("parameters", "list", 2),
        ("registered", None, 0),
        ("frozen", None, 0),
        ("in the optimizer", None, 0),
    ],
)
def test_layers_in_a_plain_list(form: str, kind: str | None, count: int) -> None:
    model = Listed(form)
    more = [p for one in model.layers for p in one.parameters()] if "optimizer" in form else []
    first = form == "registered"  # known, though no optimizer has it

    def make(own: Any) -> optim.SGD:
        return optim.SGD([*(model.first.parameters() if first else own), *more], lr=0.05)

    doctor = doctor_of(model, digits(64), make)
    lists = found(doctor, "plain list of layers")
    assert set(lists) == ({"inner.layers", "layers"} if kind else set())
    if kind:
        assert lists["inner.layers"].numbers == {"count": count}
        assert lists["inner.layers"].message.startswith(f"a plain {kind} with {count} parameters")


# -- dead maps -------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", [nn.ReLU(), nn.ReLU(inplace=True)])
def test_channels_that_never_fire(activation: nn.Module) -> None:
    at.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3), activation, nn.AvgPool2d(13), nn.Flatten(), nn.Linear(64, 10)
    )
    with at.no_grad():
        model[0].bias.fill_(1.0)
        model[0].bias[:2] = -100
    doctor = doctor_of(model, digits())
    (finding,) = found(doctor, "dead maps").values()
    assert finding.layer == "1 (ReLU)"
    assert (finding.numbers["dead"], finding.numbers["units"]) == (2, 16)
    assert "dead ReLU" not in sicknesses(doctor)


# -- an optimizer that nobody here has made --------------------------------------------------------


class Own:
    """Steps downhill, and is derived from nothing."""

    def __init__(self, parameters: Any, clears: bool = True) -> None:
        self.parameters = list(parameters)
        self.clears = clears

    def zero_grad(self) -> None:
        for one in self.parameters if self.clears else ():
            one.grad = None

    def step(self) -> None:
        with at.no_grad():
            for one in self.parameters:
                one -= 0.05 * one.grad


class OwnWithZeros(Own):
    def zero_grad(self) -> None:
        for one in self.parameters:
            if one.grad is not None:
                one.grad.zero_()


@pytest.mark.parametrize("form", ["fit", "watch", "check"])
@pytest.mark.parametrize("kind", [Own, OwnWithZeros, lambda own: Own(own, clears=False)])
def test_an_optimizer_of_ones_own(form: str, kind: Any) -> None:
    at.manual_seed(0)
    model = mlp(784, 30, 10)
    optimizer: Any = kind(model.parameters())
    doctor = Doctor(every=3, verbose=False)
    if form == "fit":
        history = fit(model, digits(), F.cross_entropy, optimizer, 1, callbacks=[doctor],
                      verbose=False)  # fmt: skip
        assert "learning_rate" not in history
    else:
        if form == "watch":
            doctor.watch(model, optimizer)
        for images, labels in digits():
            optimizer.zero_grad()
            loss = F.cross_entropy(model(images), labels)
            loss.backward()
            if form == "check":
                doctor.check(model, optimizer, loss)
            optimizer.step()
        doctor.detach()
    forgets = isinstance(optimizer, Own) and not optimizer.clears
    assert sicknesses(doctor) == ({"forgotten zero_grad"} if forgets else set())
    assert doctor.batches == 10
    assert doctor._chart.updates
    assert "step" not in vars(optimizer)


def test_an_optimizer_whose_steps_cannot_be_seen() -> None:
    class Slots:
        __slots__ = ()

        def step(self) -> None: ...
        def zero_grad(self) -> None: ...

    with pytest.raises(
        TypeError, match="the steps of Slots cannot be watched, because it has __sl"
    ):
        Doctor().watch(nn.Linear(2, 2), Slots())  # type: ignore[arg-type]


# -- inside of recurrent layers and attention ------------------------------------------------------


class Reader(nn.Module):
    """Reads a sequence of symbols, and answers after the last."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.symbols = nn.Embedding(10, 8)
        self.layer = layer
        self.answer = nn.Linear(16, 2)

    def forward(self, x: Tensor) -> Tensor:
        seen = self.layer(self.symbols(x))
        seen = seen[0] if isinstance(seen, tuple) else seen
        return self.answer(seen[:, -1])


def read(layer: nn.Module, length: int = 24, batches: int = 6) -> Doctor:
    at.manual_seed(0)
    symbols = at.stack([at.randperm(10).repeat(3)[:length] for _ in range(16)])
    data = [(symbols, at.randint(0, 2, (16,))) for _ in range(batches)]
    return doctor_of(Reader(layer), data, lambda weights: optim.SGD(weights, lr=1e-3))


def scalar_lstm(x: np.ndarray, layer: nn.LSTM) -> dict[str, np.ndarray]:
    """The gates of one sequence ``(L, 1, F)``, unit by unit, from the formulas of Hochreiter and
    Schmidhuber as PyTorch has them."""
    sigmoid = np.vectorize(lambda one: 1 / (1 + np.exp(-one)))
    w, u, b, c = (
        getattr(layer, f"{name}_l0").detach().numpy().astype(np.float64)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    size = layer.hidden_size
    h, cell = np.zeros(size), np.zeros(size)
    seen: dict[str, list[np.ndarray]] = {"input gate": [], "forget gate": [], "output gate": []}
    for step in x[:, 0]:
        total = [
            sum(w[row, k] * step[k] for k in range(len(step)))
            + sum(u[row, k] * h[k] for k in range(size)) + b[row] + c[row]
            for row in range(4 * size)
        ]  # fmt: skip
        i, f, g, o = np.array(total).reshape(4, size)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(cell)
        for name, value in (("input gate", i), ("forget gate", f), ("output gate", o)):
            seen[name].append(sigmoid(value))
    return {name: np.stack(values)[:, None] for name, values in seen.items()}


def test_the_gates_of_an_lstm_are_those_of_its_formulas() -> None:
    at.manual_seed(1)
    layer, x = nn.LSTM(3, 4), at.randn(5, 1, 3)
    ((where, gates),) = gates_of(layer, (x,))
    assert where == ""
    for name, expected in scalar_lstm(x.numpy(), layer).items():
        np.testing.assert_allclose(gates[name], expected, atol=1e-6)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize("form", ["plain", "batch first", "packed", "with a state", "one"])
def test_gates_computed_again_lead_to_the_outputs_of_the_layer(kind: Any, form: str) -> None:
    at.manual_seed(2)
    layer = kind(3, 4, 2, bidirectional=True, batch_first=form == "batch first")
    x = at.randn(*((2, 6) if form == "batch first" else (6, 2)), 3)
    args: tuple[Any, ...] = (x,)
    if form == "packed":
        args = (nn.utils.rnn.pack_padded_sequence(x, [6, 6]),)
    if form == "one":
        args = (x[:, 0],)
    if form == "with a state":
        one = at.randn(4, 2, 4)
        args = (x, (one, at.randn(4, 2, 4)) if kind is nn.LSTM else one)
    out = layer(*args)[0]
    if form == "packed":
        out = nn.utils.rnn.pad_packed_sequence(out)[0]
    out = out.detach().numpy()
    out = out.swapaxes(0, 1) if form == "batch first" else out[:, None] if form == "one" else out
    last = dict(gates_of(layer, args))
    assert list(last) == [" layer 0", " layer 0 backward", " layer 1", " layer 1 backward"]
    for where, part in ((" layer 1", out[..., :4]), (" layer 1 backward", out[::-1, :, 4:])):
        gates = last[where]
        if kind is nn.LSTM:
            np.testing.assert_allclose(
                gates["output gate"] * gates["tanh of the cell"], part, atol=1e-6
            )
        elif kind is nn.RNN:
            np.testing.assert_allclose(gates["tanh"], part, atol=1e-6)
        else:
            z, n = gates["update gate"], gates["candidate"]
            np.testing.assert_allclose(((1 - z) * n)[1:] + z[1:] * part[:-1], part[1:], atol=1e-6)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_healthy_recurrent_layers_have_nothing(kind: Any) -> None:
    assert sicknesses(read(kind(8, 16, 2, batch_first=True))) <= {"updates too small"}


@pytest.mark.parametrize(
    ("kind", "gate", "rows", "bias"),
    [
        (nn.LSTM, "input gate", slice(0, 16), -30),
        (nn.LSTM, "forget gate", slice(16, 32), -30),
        (nn.LSTM, "output gate", slice(48, 64), -30),
        (nn.GRU, "update gate", slice(16, 32), 30),
    ],
)
def test_shut_gates(kind: Any, gate: str, rows: slice, bias: float) -> None:
    layer = kind(8, 16, batch_first=True)
    with at.no_grad():
        layer.bias_ih_l0[rows] = bias
    (finding,) = found(read(layer), "shut gates").values()
    assert finding.layer == f"layer ({gate})"
    assert finding.numbers == {"share": 1.0, "limit": int(bias > 0)}


def test_open_gates_are_healthy() -> None:
    layer = nn.LSTM(8, 16, batch_first=True)
    with at.no_grad():
        layer.bias_ih_l0[:32] = 30  # writes everything and keeps everything
        layer.weight_ih_l0[32:48] *= 0.01
        layer.weight_hh_l0[32:48] *= 0.01
    assert not found(read(layer), "shut gates")


def test_gradients_that_vanish_in_time() -> None:
    layer = nn.RNN(8, 16, batch_first=True)
    with at.no_grad():
        layer.weight_hh_l0 *= 0.2
    (finding,) = found(read(layer), "vanishing in time").values()
    assert finding.layer == "layer"
    assert finding.numbers["steps"] == 6
    assert finding.numbers["ratio"] < 1e-6
    assert [*finding.shown.marked] == [0, 1, 2, 3, 4, 5]


class Attention(nn.Module):
    """Attention in a module's or a user's words, with scores ``factor`` times too large."""

    def __init__(self, form: str, factor: float, mask: Tensor | None = None) -> None:
        super().__init__()
        self.form, self.factor, self.mask = form, factor, mask
        self.heads = nn.MultiheadAttention(8, 2, batch_first=True)
        self.wide = nn.Linear(8, 16)
        with at.no_grad():
            self.heads.in_proj_weight[:16] *= factor**0.5

    def forward(self, x: Tensor) -> Tensor:
        if self.form == "layer":
            x, _ = self.heads(x, x, x, need_weights=False)
        elif self.form == "function":
            x = F.scaled_dot_product_attention(x * self.factor, x, x)
        else:
            scores = x @ x.mT * (self.factor / 8**0.5)
            scores = scores if self.mask is None else scores.masked_fill(self.mask, float("-inf"))
            x = scores.softmax(-1) @ x
        return self.wide(x)


@pytest.mark.parametrize("form", ["layer", "function", "own"])
@pytest.mark.parametrize(
    ("factor", "sickness"),
    [(3000, "attention on one place"), (1, None), (1e-5, "attention everywhere")],
)
def test_where_attention_looks(form: str, factor: float, sickness: str | None) -> None:
    doctor = read(Attention(form, factor), length=10, batches=24)
    named = {one.sickness: one.layer for one in doctor.findings if "attention" in one.sickness}
    place = "layer.heads" if form == "layer" else "layer"
    assert named == ({} if sickness is None else {sickness: place})


def test_queries_that_may_look_at_nothing() -> None:
    mask = at.zeros(10, 10, dtype=at.bool)
    mask[9] = True
    model, doctor = Reader(Attention("own", 1.0, mask)), Doctor(verbose=False)
    data = [(at.randint(0, 10, (16, 10)), at.randint(0, 2, (16,)))]
    with pytest.raises(RuntimeError, match="the loss is nan"):
        fit(model, data, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1), 1,
            callbacks=[doctor], verbose=False)  # fmt: skip
    (finding,) = found(doctor, "blind queries").values()
    assert finding.numbers == {"rows": 16, "queries": 16 * 10}


def test_evenness_counts_what_may_be_seen() -> None:
    causal = [[1, 0, 0, 0], [0.5, 0.5, 0, 0], [1, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]]
    other = [[1, 0, 0, 0], [0.9, 0.1, 0, 0], [0, 0, 1, 0], [0.25, 0.25, 0.25, 0.25]]
    even, broken = evenness(np.array([causal, other]))
    entropy = -(0.9 * np.log(0.9) + 0.1 * np.log(0.1)) / np.log(2)
    np.testing.assert_allclose(even, [1, 0, 1, entropy, 0, 1])  # the first query has no choice
    assert broken == 0
    assert evenness(np.full((2, 3, 4), np.nan))[1] == 6


# -- pictures --------------------------------------------------------------------------------------


SHOWN: dict[str, Any] = {
    "dead ReLU": np.array([True, False, True]),
    "dead maps": np.array([True, False]),
    "saturated units": Levels(-1, np.arange(40)),
    "shut gates": Levels(0, np.arange(40)),
    "equal units": np.ones((3, 4)),
    "forgotten zero_grad": np.array([False, True]),
    "first loss": Bars(["this loss", "ln 3"], [4.0, 1.1], [0], logarithmic=False),
    "vanishing in time": Bars(["step 0", "step 1"], [1e-9, 1.0], range(1)),
    "blind queries": np.eye(4),
    "attention on one place": np.eye(4),
    "attention everywhere": np.eye(4),
}


@pytest.mark.parametrize("sickness", Doctor.sicknesses)
def test_every_sickness_has_a_picture(sickness: str) -> None:
    bars = Bars(["0.weight", "1.weight"], [1e-5, 1.0], [0], band=(1e-4, 1e-2))
    is_bar = "gradient" in sickness.split() or "updates" in sickness
    other = bars if is_bar and sickness != "no gradient" else Parts(["0 Linear", "1 ReLU"], [1])
    finding = Finding(sickness, "0", "…", shown=SHOWN.get(sickness, other))
    text = finding.draw()
    assert "<svg" in text or "<img" in text
    assert "<script" not in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_what_the_doctor_finds_has_its_picture_and_numbers(tmp_path: Path) -> None:
    at.manual_seed(0)
    model = mlp(784, 16, 10)
    with at.no_grad():
        model[1].bias[:8] = -100
    doctor = doctor_of(model, digits(640))
    (finding,) = found(doctor, "dead ReLU").values()
    assert (~finding.shown).sum() == finding.numbers["dead"] == 8
    assert finding.draw().count("<rect") == 16
    page = doctor.draw(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page
    with pytest.raises(FileNotFoundError, match=r"Doctor\.draw: the folder .*nowhere"):
        doctor.draw(tmp_path / "nowhere" / "report.html")
    with pytest.raises(TypeError, match=r"Doctor\.draw: path must be"):
        doctor.draw(3)


def test_bars_are_as_long_as_their_numbers() -> None:
    at.manual_seed(0)
    doctor = doctor_of(mlp(*[784, *[16] * 8, 10], activation=nn.Sigmoid), digits())
    finding = next(one for one in doctor.findings if one.sickness == "vanishing gradient")
    bars = finding.shown
    assert bars.names == [f"{at}.weight" for at in range(1, 19, 2)]
    assert [bars.names[at] for at in bars.marked] == [finding.layer]
    text = finding.draw()
    widths = [float(one) for one in re.findall(r'<rect[^>]*fill="#[^>]* width="([\d.]+)"', text)]
    assert len(widths) == 9
    logs = np.log10(bars.values)
    lengths = (logs - logs.min() + 0.5) / (logs.max() - logs.min() + 0.5)
    np.testing.assert_allclose(np.array(widths) / max(widths), lengths, atol=0.01)


def test_bars_stand_in_the_report_too() -> None:
    bars = Bars(["a", "b", "c", "d"], [1e-7, 1e-4, 1.0, 0.0], [0])
    lines = str(Finding("vanishing gradient", "a", "…", shown=bars)).splitlines()
    assert "    ▁▄█▁ a … d: powers of ten" in lines


def test_what_is_inside_of_an_lstm_may_be_certain() -> None:
    layer = nn.LSTM(8, 16, batch_first=True)
    with at.no_grad():
        layer.bias_ih_l0[32:44] = 30  # three of four candidates are 1
    assert not found(read(layer), "saturated units")
    with at.no_grad():
        layer.bias_ih_l0[32:48] = 30
    assert "layer (candidate)" in found(read(layer), "saturated units")


def test_hooks_on_inputs_are_gone_after_a_step() -> None:
    x = at.randn(5, 2, 3, requires_grad=True)
    layer = nn.LSTM(3, 4)
    optimizer = optim.SGD(layer.parameters(), lr=0.1)
    with Doctor(every=1, verbose=False).watch(layer, optimizer):
        layer(x)[0].sum().backward()
        assert x.hooks
        optimizer.step()
        assert not x.hooks
