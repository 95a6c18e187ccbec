"""What a notebook shows of networks, data and training."""

from __future__ import annotations

import inspect
import itertools
import math
import random
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.data import (
    MNIST,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    Subset,
    TensorDataset,
    WeightedRandomSampler,
    transforms,
)
from nn.training import ConfusionMatrix, Doctor, History, MultilabelConfusion
from tests.seeing.reading_html import page_of

# -- networks --------------------------------------------------------------------------------------


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 6, 5), nn.BatchNorm2d(6), nn.ReLU())
        self.head = nn.Linear(6, 3)
        self.again = self.head
        self.tied = nn.Linear(6, 3)
        self.tied.weight = self.head.weight
        self.none = None
        self.register_buffer("table", at.zeros(7, 2))


def test_a_network_is_a_tree_of_its_modules() -> None:
    net = Net()
    page = page_of(net)
    shown = {re.match(r"(\S+) (\w+)", one).groups() for one in page.titles}  # type: ignore[union-attr]
    assert shown == {
        ("features", "Sequential"), ("0", "Conv2d"), ("1", "BatchNorm2d"), ("head", "Linear"),
        ("tied", "Linear"),
    }  # fmt: skip
    assert "2 ReLU" in page.text
    for name, value in [*net.named_parameters(), *net.named_buffers()]:
        assert f"{name.rpartition('.')[2]} {tuple(value.shape)} {value.dtype.name}" in page.text


def test_numbers_are_counted_once() -> None:
    net = Net()
    net.head.requires_grad_(False)
    total = sum(one.array.size for one in net.parameters())
    size = sum(one.array.nbytes for one in [*net.parameters(), *net.buffers()])
    text = page_of(net).text
    assert text.startswith(f"Net · {total} parameters (21 frozen) · {size} B · training")
    assert "features Sequential · 168 parameters" in text
    assert "head Linear(in_features=6, out_features=3, bias=True) · 21 parameters (frozen)" in text
    assert (
        "tied Linear(in_features=6, out_features=3, bias=True) · 21 parameters (18 frozen)" in text
    )


def test_what_is_shared_frozen_or_in_another_mode_is_marked() -> None:
    net = Net()
    net.features[1].eval()
    net.tied.bias.requires_grad_(False)
    text = page_of(net).text
    assert "again Linear(in_features=6, out_features=3, bias=True)the same as head" in text
    assert "weight (3, 6) float32shared with head.weight" in text
    assert "bias (3,) float32frozen" in text
    assert "track_running_stats=True) · 12 parametersevaluation" in text
    assert "table (7, 2) float32buffer" in text
    assert page_of(net.eval()).text.count("evaluation") == 1


def test_what_has_no_shape_yet_says_so() -> None:
    text = page_of(nn.Sequential(nn.LazyLinear(3), nn.Linear(2, 2))).text
    assert text.startswith("Sequential · 6 parameters and 2 parameters of unknown shape")
    assert "weight of unknown shape float32" in text


def test_what_has_no_values_yet_is_shown_as_text() -> None:
    weight = nn.LazyLinear(3).weight
    assert weight._repr_html_ is None
    assert repr(weight) == "<UninitializedParameter>"


def test_settings_that_fail_or_hold_anything_do_no_harm() -> None:
    class Odd(nn.Module):
        def extra_repr(self) -> str:
            return self.text  # type: ignore[return-value]

    odd = Odd()
    assert page_of(odd).text.startswith("Odd · 0 parameters")
    odd.text = "<script>alert(1)</script>\n& more" + "x" * 1000
    assert "<script>alert(1)</script> & more" in page_of(odd).text
    assert len(odd._repr_html_()) < 5000


def test_a_module_within_itself_is_drawn_once() -> None:
    outer = nn.Sequential(nn.Linear(2, 2))
    vars(outer)["_kinds"]["loop"] = "module"
    vars(outer)["loop"] = outer
    assert "the same as the model" in page_of(outer).text


def test_large_and_deep_networks_stay_readable() -> None:
    wide = nn.Sequential(*(nn.Linear(2, 2) for _ in range(1000)))
    page = page_of(wide)
    assert len(page.titles) == 400
    assert "… and 600 more modules" in page.text
    deep: nn.Module = nn.ReLU()
    for _ in range(100):
        deep = nn.Sequential(deep)
    assert "more modules" in page_of(deep).text


LAYERS = [
    nn.Linear(3, 2), nn.Conv2d(1, 2, 3), nn.LSTM(3, 4, 2), nn.MultiheadAttention(8, 2),
    nn.Transformer(8, 2, 1, 1, 16), nn.Embedding(5, 3), nn.BatchNorm1d(4), nn.PReLU(),
    nn.Identity(), nn.ParameterList([at.zeros(2)]), nn.ParameterDict({"<a>": at.zeros(1)}),
    nn.ModuleDict({"x": nn.ReLU()}), nn.ModuleList([nn.Tanh()]), nn.CrossEntropyLoss(at.ones(3)),
    nn.LazyConv2d(3, 3), nn.Upsample(scale_factor=2), nn.Softmax(1), nn.Flatten(),
]  # fmt: skip


@given(st.recursive(
    st.sampled_from(LAYERS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda layers: nn.Sequential(*layers)),
        st.lists(inner, max_size=4).map(nn.ModuleList),
        st.dictionaries(
            st.text("ab<>&\"'é\u2028", min_size=1), inner, max_size=3
        ).map(nn.ModuleDict),
    ),
    max_leaves=12,
))  # fmt: skip
def test_any_network_is_shown(net: nn.Module) -> None:
    page = page_of(net)
    known = [one for one in net.parameters() if not nn.parameter.is_lazy(one)]
    if known:
        assert f"{sum(one.array.size for one in known):,} parameters" in page.text


# -- summaries -------------------------------------------------------------------------------------


def test_a_summary_is_its_table_wherever_it_is_shown() -> None:
    found = nn.summary(nn.Sequential(nn.Linear(3, 4), nn.ReLU()), (2, 3), repeats=1)
    assert repr(found) == str(found)
    assert repr(found).startswith("layer")
    page = page_of(found)
    lines = repr(found).splitlines()
    shown = [re.split(r"\s{2,}", line.strip()) for line in (lines[0], *lines[2:5])]
    assert [[cell for cell in row if cell] for row in page.tables[0]] == shown
    for line in lines[6:]:
        assert line in page.text


def test_a_summary_without_a_run_is_shown_too() -> None:
    assert page_of(nn.summary(nn.Linear(3, 4))).tables[0][1] == ["(model)", "Linear", "16"]


# -- training --------------------------------------------------------------------------------------


def history_of(epochs: int) -> History:
    history = History()
    for epoch in range(epochs):
        history.append(
            {"train_loss": 1 / (epoch + 1), "validation_loss": 2.0, "learning_rate": 0.1}
        )
    return history


def test_a_history_is_a_table_and_curves() -> None:
    history = history_of(5)
    page = page_of(history)
    titles, *rows = page.tables[0]
    assert titles == ["epoch", "train loss", "validation loss", "learning rate"]
    numbers = np.array(rows, float)
    assert np.allclose(numbers[:, 1], history["train_loss"], rtol=1e-3)
    assert page.tags.count("svg") == 2
    assert page.tags.count("polyline") == 3


def test_a_long_history_shows_its_beginning_and_its_end() -> None:
    rows = page_of(history_of(1000)).tables[0]
    assert [row[0] for row in rows[1:]] == ["1", "2", "3", "…", *map(str, range(989, 1001))]


@given(
    st.dictionaries(
        st.text("abc<&_\x00", min_size=1, max_size=5),
        st.lists(st.floats() | st.integers(-5, 5), min_size=3, max_size=3),
        max_size=4,
    )
)
def test_any_history_is_shown(columns: dict[str, list[float]]) -> None:
    history = History()
    history.update(columns)
    page_of(history)


def test_a_history_of_one_epoch_or_none() -> None:
    assert page_of(History()).text.startswith("History · 0 epochs")
    page = page_of(history_of(1))
    assert page.text.startswith("History · 1 epoch")
    assert "svg" not in page.tags


def test_a_confusion_matrix_is_its_numbers() -> None:
    rng = np.random.default_rng(0)
    true, said = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    confusion = ConfusionMatrix(4).update(at.tensor(said), at.tensor(true))
    expected = np.zeros((4, 4), int)
    np.add.at(expected, (true, said), 1)
    page = page_of(confusion)
    assert np.array_equal(np.array([row[1:] for row in page.tables[0][1:]], int), expected)
    assert f"accuracy {np.mean(true == said):.4g}" in page.text
    many = ConfusionMatrix(30).update(at.arange(30), at.arange(30))
    assert np.array_equal(page_of(many).pictures[0] == 255, np.eye(30, dtype=bool))
    page_of(ConfusionMatrix(3))
    unknown = ConfusionMatrix(2).update(at.tensor([[at.nan, 1.0]]), at.tensor([1]))
    assert "1 without an answer" in page_of(unknown).text


def test_labels_show_how_often_they_were_said_and_true() -> None:
    said, true = at.tensor([[1, 0], [1, 1], [0, 0]]), at.tensor([[1, 1], [0, 1], [0, 0]])
    rows = page_of(MultilabelConfusion(2).update(said, true)).tables[0]
    assert rows[1][:5] == ["0", "1", "1", "0", "1"]
    assert rows[2][:5] == ["1", "1", "0", "1", "1"]
    assert rows[1][5:] == ["0.500", "1.000", "0.667"]
    assert "more labels" in page_of(MultilabelConfusion(50)).text


def test_a_doctor_shows_findings_with_reason_and_remedy() -> None:
    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 2))
    optimizer = optim.SGD(model.parameters(), lr=100.0)
    doctor = Doctor(every=1, verbose=False)
    assert "0 findings in 0 of 0" in page_of(doctor).text
    with doctor.watch(model, optimizer):
        for _ in range(4):
            F.cross_entropy(model(at.randn(32, 2)), at.randint(0, 2, (32,))).backward()
            optimizer.step()
    text = page_of(doctor).text
    assert doctor.findings
    for finding in doctor.findings:
        for words in (finding.sickness, finding.layer, finding.message, finding.why):
            assert words in text
        assert finding.remedy in page_of(finding).text


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "LBFGS", "Muon", "Adafactor"])
def test_an_optimizer_shows_its_groups(name: str) -> None:
    weight = nn.Parameter(at.zeros(3, 4))
    optimizer = getattr(optim, name)([weight])
    page = page_of(optimizer)
    assert page.text.startswith(f"{name} · 12 numbers in 1 parameters")
    shown = dict(page.tables[0][1:])  # type: ignore[arg-type]
    for key, value in optimizer.param_groups[0].items():
        if key != "params" and value is not None and value is not False:
            assert shown[key] == str(value)


def test_groups_stand_side_by_side() -> None:
    groups = [{"params": [nn.Parameter(at.zeros(2))], "lr": 0.1 * rate} for rate in range(1, 20)]
    page = page_of(optim.SGD(groups, lr=1.0))
    assert page.tables[0][0][:3] == ["", "group 0", "group 1"]
    assert "… and 7 more groups" in page.text


SCHEDULES: dict[str, Any] = {
    "StepLR": {"step_size": 2}, "MultiStepLR": {"milestones": [2]}, "LambdaLR": {"lr_lambda": abs},
    "ExponentialLR": {"gamma": 0.9}, "CosineAnnealingLR": {"T_max": 3}, "ReduceLROnPlateau": {},
    "OneCycleLR": {"max_lr": 0.1, "total_steps": 9}, "LinearLR": {}, "ConstantLR": {},
    "CosineAnnealingWarmRestarts": {"T_0": 3}, "PolynomialLR": {},
    "CyclicLR": {"base_lr": 0.1, "max_lr": 0.2, "cycle_momentum": False},
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_shows_its_rate(name: str) -> None:
    optimizer = optim.SGD([nn.Parameter(at.zeros(2))], lr=0.25, momentum=0.9)
    schedule = getattr(optim.lr_scheduler, name)(optimizer, **SCHEDULES[name])
    rate = optimizer.param_groups[0]["lr"]
    assert f"learning rate {rate:.4g}" in page_of(schedule).text


# -- data ------------------------------------------------------------------------------------------


def test_a_loader_shows_a_batch_with_the_classes_below_the_pictures() -> None:
    digits = MNIST()
    page = page_of(DataLoader(digits, batch_size=20, shuffle=True))
    assert "DataLoader · 4,000 samples of MNIST · 200 batches" in page.text
    images, labels = digits.get_batch(slice(0, 20))
    assert page.tables[0][1][:4] == ["[0]", "Tensor", "(20, 1, 28, 28)", "float32"]
    assert page.tables[0][2][:4] == ["[1]", "Tensor", "(20,)", "int64"]
    assert page.figures == [digits.classes[label] for label in labels.tolist()]
    assert np.array_equal(np.stack(page.pictures), np.rint(images.array[:, 0] * 255))


class Noisy(Dataset):
    """Draws from every generator there is."""

    def __init__(self) -> None:
        self.own = np.random.default_rng(3)
        self.asked = 0

    def __len__(self) -> int:
        return 12

    def __getitem__(self, index: int) -> Any:
        self.asked += 1
        noise = random.random() + np.random.rand() + float(self.own.random())
        return at.randn(2) + noise, index


class OddSampler:
    """An order that goes on where it was left, from one epoch to the next."""

    def __init__(self) -> None:
        self.at = 0

    def __len__(self) -> int:
        return 6

    def __iter__(self) -> Iterator[int]:
        for _ in range(6):
            self.at = (self.at + 5) % 12
            yield self.at


def loaders() -> dict[str, Any]:
    digits = MNIST(transform=transforms.RandomRotation(30))
    return {
        "shuffled": lambda: DataLoader(Noisy(), batch_size=4, shuffle=True),
        "generator": lambda: DataLoader(
            Noisy(), batch_size=4, shuffle=True, generator=at.Generator().manual_seed(5)
        ),
        "transforms": lambda: DataLoader(Subset(digits, range(12)), batch_size=4, shuffle=True),
        "workers": lambda: DataLoader(Subset(digits, range(12)), batch_size=4, num_workers=2),
        "sampler": lambda: DataLoader(Noisy(), batch_size=4, sampler=OddSampler()),
        "weights": lambda: DataLoader(
            Noisy(), batch_size=4, sampler=WeightedRandomSampler([1.0] * 12, 8)
        ),
        "batches": lambda: DataLoader(Noisy(), batch_sampler=[[3, 1], [2, 5]]),
        "one by one": lambda: DataLoader(Noisy(), batch_size=None),
    }


def epochs_of(make: Any, looking: bool) -> list[Any]:
    """All batches of two epochs; with a look at the loader before, between and within them."""
    at.manual_seed(1)
    random.seed(2)
    np.random.seed(3)
    loader = make()
    found = []
    for _ in range(2):
        for batch in loader:
            if looking:
                before = loader.state_dict()
                page_of(loader)
                assert str(loader.state_dict()) == str(before)
            found += [one.array.tolist() if isinstance(one, at.Tensor) else one for one in batch]
    return [*found, random.random(), np.random.rand(), at.rand(1).item()]


@pytest.mark.parametrize("name", loaders())
def test_looking_at_a_loader_leaves_it_and_all_random_numbers_as_they_were(name: str) -> None:
    make = loaders()[name]
    assert epochs_of(make, looking=True) == epochs_of(make, looking=False)


class Stream(IterableDataset):
    def __init__(self) -> None:
        self.read = 0

    def __iter__(self) -> Iterator[int]:
        for number in itertools.count():
            self.read += 1
            yield number


def test_a_stream_is_not_read() -> None:
    stream = Stream()
    loader = DataLoader(stream, batch_size=3)
    page = page_of(loader)
    assert "DataLoader · Stream · no known number of batches" in page.text
    assert "can only be iterated" in page.text
    assert stream.read == 0
    assert not stream._repr_html_()


def test_what_fails_is_said_in_words() -> None:
    class Broken(Dataset):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> Any:
            raise KeyError("<nothing here>")

    text = page_of(DataLoader(Broken())).text
    assert "a batch cannot be fetched: KeyError: '<nothing here>'" in text
    assert not Broken()._repr_html_()
    page_of(DataLoader({"a": 1, "b": 2}, sampler=["b"]))
    page_of(DataLoader([], batch_size=2))
    page_of(
        DataLoader(TensorDataset(at.zeros(3, 2)), batch_size=2, collate_fn=lambda samples: None)
    )


def test_samples_of_any_form_are_described() -> None:
    samples = [{"text": "ab", "box": (1.5, np.zeros(3)), "more": {"deep": [1]}} for _ in range(4)]
    rows = page_of(DataLoader(samples, batch_size=2)).tables[0]
    assert [row[:4] for row in rows[1:]] == [
        ["['text']", "list", "2 long", ""],
        ["['box'][0]", "Tensor", "(2,)", "float64"],
        ["['box'][1]", "Tensor", "(2, 3)", "float64"],
        ["['more']['deep'][0]", "Tensor", "(2,)", "int64"],
    ]


def test_a_data_set_shows_its_first_samples() -> None:
    digits = MNIST(transform=transforms.RandomRotation(30))
    state = at.get_rng_state()
    page = page_of(digits)
    assert at.equal(at.get_rng_state(), state)
    assert "MNIST · 4,000 samples" in page.text
    assert len(page.pictures) == 16
    assert page.figures[0] == digits.classes[digits[0][1]]
    part = TensorDataset(at.arange(6.0).reshape(3, 2), at.arange(3))
    assert page_of(part).tables[0][1][:4] == ["[0]", "Tensor", "(3, 2)", "float32"]
    page_of(ConcatDataset([part, part]))
    page_of(Subset(part, []))
    mixed = Subset([at.zeros(1, 20, 20), at.zeros(1, 30, 20)], [0, 1])
    assert "the first sample" in page_of(mixed).text


# -- all of them -----------------------------------------------------------------------------------


def test_every_module_of_nn_shows_itself() -> None:
    shown = 0
    for name in dir(nn):
        found = getattr(nn, name)
        if not (inspect.isclass(found) and issubclass(found, nn.Module)):
            continue
        for sizes in ((), (4,), (4, 2), (4, 4, 3), (8, 2, 1)):
            try:
                module = found(*sizes)
            except (TypeError, ValueError, RuntimeError, IndexError):
                continue
            assert name in page_of(module).text
            shown += 1
            break
    assert shown > 120


def test_pages_are_small() -> None:
    lengths = {
        len(one._repr_html_())
        for one in (Net(), nn.Transformer(), history_of(500), DataLoader(MNIST(), 64))
    }
    assert max(lengths) < 60_000


def test_nan_in_a_history_is_written_so() -> None:
    history = history_of(3)
    history["train_loss"][1] = math.nan
    assert page_of(history).tables[0][2][1] == "nan"
