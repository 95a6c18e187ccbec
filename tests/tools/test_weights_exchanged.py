"""Models trained in one library, carried over with their optimizer, trained on in the other."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn import optim

pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e .[tools]")
pytestmark = pytest.mark.works_with(
    "PyTorch", "CNN, LSTM, transformer, GPT: trained in one, saved, trained on in the other"
)


class Library:
    """What differs between the two: where things are, and how a Tensor is made."""

    def __init__(self, lib: Any, nn: Any, optim: Any, tensor: Callable[[np.ndarray], Any]) -> None:
        self.lib, self.nn, self.optim, self.tensor = lib, nn, optim, tensor


OURS = Library(at, nn, optim, at.tensor)


@pytest.fixture
def theirs(torch: Any) -> Library:
    return Library(torch, torch.nn, torch.optim, torch.from_numpy)


# -- four models, written once ---------------------------------------------------------------------


def cnn(one: Library) -> Any:
    nn = one.nn
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, groups=2), nn.BatchNorm2d(6, affine=False), nn.GELU(),
        nn.ConvTranspose2d(6, 3, 2), nn.GroupNorm(3, 3), nn.PReLU(3),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 5),
    )  # fmt: skip


def lstm(one: Library) -> Any:
    class Tagger(one.nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.embedding = one.nn.Embedding(11, 6, padding_idx=0)
            self.lstm = one.nn.LSTM(6, 5, 2, batch_first=True, bidirectional=True)
            self.gru = one.nn.GRU(10, 4, batch_first=True)
            self.out = one.nn.Linear(4, 5)

        def forward(self, x: Any) -> Any:
            return self.out(self.gru(self.lstm(self.embedding(x))[0])[0][:, -1])

    return Tagger()


def transformer(one: Library) -> Any:
    class Classifier(one.nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            nn = one.nn
            self.embedding = nn.Embedding(11, 8)
            self.place = nn.Parameter(one.lib.zeros(6, 8))
            layer = nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True)
            self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
            other = nn.TransformerDecoderLayer(8, 2, 16, 0.0, "gelu", batch_first=True)
            self.decoder = nn.TransformerDecoder(other, 1, nn.LayerNorm(8))
            self.out = nn.Linear(8, 5)

        def forward(self, x: Any) -> Any:
            seen = self.encoder(self.embedding(x) + self.place)
            return self.out(self.decoder(seen[:, :2], seen).mean(1))

    return Classifier()


def gpt(one: Library) -> Any:
    """The weights of the embedding and of the head are the same Parameter."""
    nn, lib = one.nn, one.lib

    class Block(nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.ln_1, self.ln_2 = nn.LayerNorm(8), nn.LayerNorm(8)
            self.attn = nn.MultiheadAttention(8, 2, batch_first=True)
            self.mlp = nn.Sequential(nn.Linear(8, 32), nn.GELU("tanh"), nn.Linear(32, 8))
            self.register_buffer("mask", lib.triu(lib.ones(6, 6), 1).bool())

        def forward(self, x: Any) -> Any:
            y = self.ln_1(x)
            x = x + self.attn(y, y, y, attn_mask=self.mask, need_weights=False)[0]
            return x + self.mlp(self.ln_2(x))

    class GPT(nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.wte, self.wpe = nn.Embedding(11, 8), nn.Embedding(6, 8)
            self.h = nn.ModuleList([Block() for _ in range(2)])
            self.ln_f = nn.LayerNorm(8)
            self.lm_head = nn.Linear(8, 11, bias=False)
            self.lm_head.weight = self.wte.weight

        def forward(self, x: Any) -> Any:
            x = self.wte(x) + self.wpe(lib.arange(6))
            for block in self.h:
                x = block(x)
            return self.lm_head(self.ln_f(x))[:, -1, :5]

    return GPT()


MODELS = {"cnn": cnn, "lstm": lstm, "transformer": transformer, "gpt": gpt}
OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "momentum": ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-3}),
    "adam": ("Adam", {"lr": 0.01, "amsgrad": True}),
    "adamw": ("AdamW", {"lr": 0.01, "betas": (0.8, 0.99)}),
}


def inputs(name: str, dtype: str) -> np.ndarray:
    rng = np.random.default_rng(3)
    if name == "cnn":
        return rng.standard_normal((6, 2, 8, 8)).astype(dtype)
    return rng.integers(0, 11, (6, 6))


def made(one: Library, name: str, dtype: str) -> Any:
    return MODELS[name](one).to(getattr(one.lib, dtype))


def optimizer_of(one: Library, name: str, model: Any) -> Any:
    kind, options = OPTIMIZERS[name]
    first, *others = model.parameters()
    groups = [{"params": [first], "lr": 0.02}, {"params": others}]
    return getattr(one.optim, kind)(groups, **options)


def train(one: Library, model: Any, optimizer: Any, x: np.ndarray, steps: int = 3) -> None:
    model.train()
    target = one.tensor(np.arange(6) % 5)
    for _ in range(steps):
        optimizer.zero_grad()
        one.nn.functional.cross_entropy(model(one.tensor(x)), target).backward()
        optimizer.step()


def output(one: Library, model: Any, x: np.ndarray) -> np.ndarray:
    model.eval()
    with one.lib.no_grad():
        found: np.ndarray = model(one.tensor(x)).numpy()
    return found


def weights(model: Any) -> dict[str, np.ndarray]:
    return {name: value.detach().numpy().copy() for name, value in model.state_dict().items()}


def assert_same_bits(found: Any, expected: Any) -> None:
    found, expected = weights(found), weights(expected)
    assert list(found) == list(expected)
    for name, value in expected.items():
        assert found[name].dtype == value.dtype
        assert found[name].tobytes() == value.tobytes(), name


def assert_close(found: Any, expected: Any, rtol: float) -> None:
    found, expected = weights(found), weights(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=rtol, atol=rtol, err_msg=name)


# -- there and back --------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("new", [True, False])
def test_training_goes_on_in_the_other_library(
    torch: Any, theirs: Library, tmp_path: Path, name: str, optimizer: str, new: bool
) -> None:
    x = inputs(name, "float64")
    torch.manual_seed(0)
    there = made(theirs, name, "float64")
    there_optimizer = optimizer_of(theirs, optimizer, there)
    train(theirs, there, there_optimizer, x)
    path = tmp_path / "checkpoint.pt"
    state = {"model": there.state_dict(), "optimizer": there_optimizer.state_dict(), "epoch": 3}
    torch.save(state, path, _use_new_zipfile_serialization=new)

    here = made(OURS, name, "float64")
    here_optimizer = optimizer_of(OURS, optimizer, here)
    found = at.load(path)
    assert found["epoch"] == 3
    here.load_state_dict(found["model"])
    here_optimizer.load_state_dict(found["optimizer"])
    assert_same_bits(here, there)
    np.testing.assert_allclose(
        output(OURS, here, x), output(theirs, there, x), rtol=1e-11, atol=1e-12
    )
    train(OURS, here, here_optimizer, x)
    train(theirs, there, there_optimizer, x)
    assert_close(here, there, 1e-9)

    back = {"model": here.state_dict(), "optimizer": here_optimizer.state_dict(), "epoch": 6}
    at.save(back, path, _use_new_zipfile_serialization=new)
    again = made(theirs, name, "float64")
    again_optimizer = optimizer_of(theirs, optimizer, again)
    found = torch.load(path, weights_only=True)
    again.load_state_dict(found["model"])
    again_optimizer.load_state_dict(found["optimizer"])
    assert_same_bits(again, here)
    train(theirs, again, again_optimizer, x)
    train(OURS, here, here_optimizer, x)
    assert_close(here, again, 1e-9)
    if name == "gpt":
        assert again.lm_head.weight is again.wte.weight
        assert here.lm_head.weight is here.wte.weight


def through(form: str, theirs: Library, path: Path, state: Any, is_ours: bool) -> Any:
    """A state dict written by one library in some format, and read by the other."""
    torch = theirs.lib
    if form == "safetensors":
        package = pytest.importorskip("safetensors.torch", reason="needs the extra safetensors")
        if is_ours:
            at.save(state, path)
            return package.load_file(path)
        package.save_file({name: one.clone() for name, one in state.items()}, path)
        return at.load(path)
    if form == "npz":
        if is_ours:
            at.save(state, path)
            with np.load(path) as file:
                return {name: torch.from_numpy(file[name]) for name in state if name in file}
        np.savez(path, **{name: one.numpy() for name, one in state.items()})
        return at.load(path)
    if form == "tensors":
        return (
            {name: torch.tensor(one.numpy()) for name, one in state.items()} if is_ours else state
        )
    file = io.BytesIO()
    file.name = "weights.pt"  # type: ignore[attr-defined]
    (at if is_ours else torch).save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True) if is_ours else at.load(file)


@pytest.mark.parametrize("form", ["pt", "safetensors", "npz", "tensors"])
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_are_exchanged_bit_for_bit(
    torch: Any, theirs: Library, tmp_path: Path, name: str, form: str, dtype: str
) -> None:
    x = inputs(name, dtype)
    path = tmp_path / f"weights.{form}"
    torch.manual_seed(1)
    there = made(theirs, name, dtype)
    train(theirs, there, optimizer_of(theirs, "adam", there), x, 1)
    here = made(OURS, name, dtype)
    here.load_state_dict(through(form, theirs, path, there.state_dict(), False))
    assert_same_bits(here, there)
    rtol = 1e-11 if dtype == "float64" else 2e-4
    found, expected = output(OURS, here, x), output(theirs, there, x)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol)

    at.manual_seed(2)
    here = made(OURS, name, dtype)
    train(OURS, here, optimizer_of(OURS, "adam", here), x, 1)
    state = here.state_dict()
    if form == "npz":  # where what is shared stands under one name
        state = {name: one.clone() for name, one in state.items()}
    there.load_state_dict(through(form, theirs, path, state, True))
    assert_same_bits(there, here)


# -- every optimizer -------------------------------------------------------------------------------

EVERY: dict[str, list[dict[str, Any]]] = {
    "ASGD": [{}], "Adadelta": [{}], "Adafactor": [{}], "Adagrad": [{}], "Adam": [{"amsgrad": True}],
    "AdamW": [{}], "Adamax": [{}], "LBFGS": [{}, {"line_search_fn": "strong_wolfe"}], "NAdam": [{}],
    "RAdam": [{}], "RMSprop": [{}, {"centered": True, "momentum": 0.5}], "Rprop": [{}],
    "SGD": [{}, {"momentum": 0.9, "dampening": 0.1}],
}  # fmt: skip


def small(one: Library) -> Any:
    return one.nn.Sequential(one.nn.Linear(4, 6), one.nn.Tanh(), one.nn.Linear(6, 3)).double()


def fit_on(one: Library, model: Any, optimizer: Any) -> None:
    rng = np.random.default_rng(0)
    x, y = (one.tensor(rng.standard_normal(shape)) for shape in ((8, 4), (8, 3)))

    def closure() -> Any:
        optimizer.zero_grad()
        loss = one.nn.functional.mse_loss(model(x), y)
        loss.backward()
        return loss

    for _ in range(3):
        optimizer.step(closure)


@pytest.mark.parametrize(
    ("name", "options"), [(name, one) for name, several in EVERY.items() for one in several]
)
def test_every_optimizer_goes_on_there_and_back(
    torch: Any, theirs: Library, name: str, options: dict[str, Any]
) -> None:
    torch.manual_seed(0)
    there = small(theirs)
    there_optimizer = getattr(torch.optim, name)(there.parameters(), lr=0.01, **options)
    fit_on(theirs, there, there_optimizer)
    file = io.BytesIO()
    torch.save([there.state_dict(), there_optimizer.state_dict()], file)
    file.seek(0)
    read = at.load(file)
    given = [there.state_dict(), there_optimizer.state_dict()]  # as they are, without a file
    for states in (read, given):
        here = small(OURS)
        here_optimizer = getattr(optim, name)(here.parameters(), lr=0.5, **options)
        here.load_state_dict(states[0])
        here_optimizer.load_state_dict(states[1])
    fit_on(OURS, here, here_optimizer)
    fit_on(theirs, there, there_optimizer)
    # There ASGD keeps its rate in float32; LBFGS takes 60 steps, whose curvature grows rounding.
    rtol = {"ASGD": 1e-8, "LBFGS": 1e-7}.get(name, 1e-10)
    assert_close(here, there, rtol)
    file = io.BytesIO()
    file.name = "state.pt"  # type: ignore[attr-defined]
    at.save([here.state_dict(), here_optimizer.state_dict()], file)
    file.seek(0)
    again = small(theirs)
    again_optimizer = getattr(torch.optim, name)(again.parameters(), lr=0.5, **options)
    for one, state in zip(
        (again, again_optimizer), torch.load(file, weights_only=True), strict=True
    ):
        one.load_state_dict(state)
    fit_on(theirs, again, again_optimizer)
    fit_on(OURS, here, here_optimizer)
    assert_close(here, again, rtol)
