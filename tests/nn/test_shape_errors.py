"""An error about shapes says which shape each layer gave on the way there, and what to change."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn

F = nn.functional


def told(function: Callable[..., Any], *args: Any) -> list[str]:
    """The lines of the notes of what ``function`` raises; that of the path first."""
    try:
        function(*args)
    except Exception as error:
        return "\n".join(error.__notes__).splitlines()
    return []


class LeNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.MaxPool2d(2)
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(400, 120))

    def forward(self, x: at.Tensor) -> at.Tensor:
        return self.classifier(self.features(x))


def test_the_layers_on_the_way_and_what_to_change() -> None:
    lines = told(LeNet(), at.randn(4, 1, 28, 28))
    assert lines == [
        "in LeNet, at classifier.1 (Linear)",
        "                LeNet      was given (4, 1, 28, 28)",
        "  features.0    Conv2d     → (4, 6, 24, 24)",
        "  features.1    ReLU       → (4, 6, 24, 24)",
        "  features.2    MaxPool2d  → (4, 6, 12, 12)",
        "  features.3    Conv2d     → (4, 16, 8, 8)",
        "  features.4    MaxPool2d  → (4, 16, 4, 4)",
        "  classifier.0  Flatten    → (4, 256)",
        "  classifier.1  Linear     was given (4, 256)",
        "  Make it Linear(256, 120), not Linear(400, 120): a sample has 256 values here.",
    ]


@pytest.mark.parametrize("seed", range(5))
def test_the_shapes_are_those_that_hooks_see(seed: int) -> None:
    rng = np.random.default_rng(seed)
    widths = [int(width) for width in rng.integers(2, 9, 20)]
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.Tanh()]
    at_fault = int(rng.integers(1, 18)) * 2
    layers[at_fault] = nn.Linear(widths[at_fault // 2] + 1, 3)
    model = nn.Sequential(*layers)
    seen: list[str] = []
    for name, layer in model.named_children():
        layer.register_forward_hook(
            lambda layer, args, output, name=name: seen.append(f"{name} {tuple(output.shape)}")
        )
    lines = told(model, at.randn(5, widths[0]))
    found = [f"{line.split()[0]} {line.split('→ ')[1]}" for line in lines if "→" in line]
    assert found == seen[-len(found) :]
    assert len(found) == min(len(seen), 10)
    assert any("more" in line for line in lines) == (len(seen) > 10)
    assert len(lines) <= 15


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, x: at.Tensor) -> at.Tensor:
        y = self.conv(x).relu()
        return x + y


def test_what_the_users_own_line_was_given() -> None:
    lines = told(nn.Sequential(nn.Identity(), Residual()), at.randn(4, 3, 8, 8))
    assert lines[0] == "in Sequential, at 1 (Residual)"
    assert "  1.conv  Conv2d      → (4, 8, 6, 6)" in lines
    assert lines[-2].endswith(": x + y")
    assert lines[-1] == "  where x is (4, 3, 8, 8) and y is (4, 8, 6, 6)"


class Two(nn.Module):
    def __init__(self, join: Callable[[at.Tensor, at.Tensor], at.Tensor]) -> None:
        super().__init__()
        self.a, self.b, self.join = nn.Conv2d(3, 8, 3), nn.Conv2d(3, 8, 5), join

    def forward(self, x: at.Tensor) -> at.Tensor:
        return self.join(self.a(x), self.b(x))


@pytest.mark.parametrize(
    "join",
    [
        lambda a, b: at.cat([a, b], 1),
        lambda a, b: a + b,
        lambda a, b: a @ b,
        lambda a, b: a.reshape(-1, 100) + b.flatten(1),
        lambda a, b: F.linear(a.flatten(1), b.flatten(1)),
        lambda a, b: F.mse_loss(a, b),
        lambda a, b: at.stack([a, b]),
        lambda a, b: at.einsum("nchw,nchw->n", a, b),
    ],
)
def test_both_branches_are_told(join: Callable[[at.Tensor, at.Tensor], at.Tensor]) -> None:
    lines = told(Two(join), at.randn(4, 3, 8, 8))
    assert "  a  Conv2d  → (4, 8, 6, 6)" in lines
    assert "  b  Conv2d  → (4, 8, 4, 4)" in lines


def test_branches_that_have_met_are_told_as_well() -> None:
    class Met(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.two = Two(lambda a, b: a.mean((2, 3)) + b.mean((2, 3)))
            self.fc = nn.Linear(9, 2)

        def forward(self, x: at.Tensor) -> at.Tensor:
            return self.fc(self.two(x))

    lines = told(Met(), at.randn(4, 3, 8, 8))
    assert lines[1:] == [
        "         Met     was given (4, 3, 8, 8)",
        "  two.a  Conv2d  → (4, 8, 6, 6)",
        "  two.b  Conv2d  → (4, 8, 4, 4)",
        "  two    Two     → (4, 8)",
        "  fc     Linear  was given (4, 8)",
        "  Make it Linear(8, 2), not Linear(9, 2): a sample has 8 values here.",
    ]


x = at.randn(4, 1, 28, 28)
ADVICE: dict[str, tuple[Callable[[], Any], str]] = {
    "flat enough": (
        lambda: nn.Linear(6 * 8 * 8, 10)(at.randn(4, 6, 8, 8)),
        "Flatten first: nn.Flatten() makes (4, 384) of (4, 6, 8, 8).",
    ),
    "flat and otherwise": (
        lambda: nn.Linear(9, 10)(at.randn(4, 6, 8, 8)),
        "Flatten first, nn.Flatten() makes (4, 384) of (4, 6, 8, 8), and make this "
        "Linear(384, 10), not Linear(9, 10).",
    ),
    "a sequence": (
        lambda: nn.Linear(9, 10)(at.randn(4, 6, 8)),
        "Make it Linear(8, 10), not Linear(9, 10): the last dimension has 8 values here.",
    ),
    "channels": (
        lambda: nn.Conv2d(3, 6, 5)(x),
        "Make it Conv2d(1, 6, 5, …), not Conv2d(3, 6, 5, …).",
    ),
    "no channels": (
        lambda: nn.Conv2d(1, 6, 5)(x[:, 0]),
        "If these are 4 samples of one channel: x.unsqueeze(1).",
    ),
    "a window": (
        lambda: nn.Conv2d(1, 6, 50)(x),
        "What is left of a picture is 28 × 28: make it less small before, or pass padding.",
    ),
    "batch norm": (lambda: nn.BatchNorm2d(8)(x), "Its num_features is 8; make it 1."),
    "group norm": (lambda: nn.GroupNorm(2, 8)(x), "Its num_channels is 8; make it 1."),
    "layer norm": (
        lambda: nn.LayerNorm(8)(x),
        "Its normalized_shape is (8,); make it 28, or (1, 28, 28) for all of a sample.",
    ),
    "lstm": (lambda: nn.LSTM(4, 6)(at.randn(7, 2, 3)), "Its input_size is 4; make it 3."),
    "a cell": (lambda: nn.GRUCell(4, 6)(at.randn(7, 3)), "Its input_size is 4; make it 3."),
    "attention": (
        lambda: nn.MultiheadAttention(8, 2)(*[at.randn(5, 2, 4)] * 3),
        "Its embed_dim is 8; make it 4.",
    ),
    "embedding": (
        lambda: nn.Embedding(10, 3)(at.tensor([3, 12])),
        "Make its num_embeddings 13 at least, or look at the numbers.",
    ),
}


@pytest.mark.parametrize("name", ADVICE)
def test_what_to_change(name: str) -> None:
    call, advice = ADVICE[name]
    assert told(call)[-1].strip() == advice


def test_one_does_what_it_says() -> None:
    """The layers that the advice names take what the others refuse."""
    assert nn.Linear(384, 10)(nn.Flatten()(at.randn(4, 6, 8, 8))).shape == (4, 10)
    assert nn.Conv2d(1, 6, 5)(x[:, 0].unsqueeze(1)).shape == (4, 6, 24, 24)
    assert nn.LayerNorm(28)(x).shape == nn.LayerNorm((1, 28, 28))(x).shape


def test_without_gradients_it_says_what_each_module_was_given() -> None:
    with at.no_grad():
        lines = told(LeNet(), at.randn(4, 1, 28, 28))
    assert lines == [
        "in LeNet, at classifier.1 (Linear)",
        "                LeNet       was given (4, 1, 28, 28)",
        "  classifier    Sequential  was given (4, 16, 4, 4)",
        "  classifier.1  Linear      was given (4, 256)",
        "  Make it Linear(256, 120), not Linear(400, 120): a sample has 256 values here.",
        "  Call it outside of no_grad to see the shape that each layer before gave.",
    ]


def test_a_loss_tells_of_the_model_before_it() -> None:
    model = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 4))
    y = model(at.randn(6, 3))
    lines = told(nn.CrossEntropyLoss(), y, at.tensor([1, 2, 3]))
    assert lines[0] == "in CrossEntropyLoss"
    assert lines[1:] == [
        "  0  Linear            → (6, 5)",
        "  1  Tanh              → (6, 5)",
        "  2  Linear            → (6, 4)",
        "     CrossEntropyLoss  was given (6, 4), (3,)",
    ]


def test_other_errors_have_no_table() -> None:
    model = nn.Sequential(nn.Linear(3, 5), nn.Linear(5, 4))
    assert told(model, at.randn(6, 3).double()) == ["in Sequential, at 0 (Linear)"]

    class Own(nn.Module):
        def forward(self, x: at.Tensor) -> at.Tensor:
            raise ValueError("a shape of my own")

    assert told(nn.Sequential(Own()), x) == ["in Sequential, at 0 (Own)"]


def test_the_error_holds_no_tensors_and_can_be_copied() -> None:
    model = LeNet()
    with pytest.raises(RuntimeError) as caught:
        model(at.randn(4, 1, 28, 28))
    error = caught.value
    del error.passed_modules  # type: ignore[attr-defined]
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert again.__notes__ == copy.copy(error).__notes__ == error.__notes__
    account = weakref.ref(error.account)  # type: ignore[attr-defined]
    assert not any(isinstance(one, at.Tensor) for one in gc.get_referents(account().__dict__))
