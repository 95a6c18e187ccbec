"""nn.summary: what it counts, against counts by hand; and that the model stays as it was."""

from __future__ import annotations

import cProfile
import pstats
import sys
import time
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from autotensor import Tensor
from autotensor.utils.checkpoint import checkpoint


def rows(model: nn.Module, *args: Any, **options: Any) -> dict[str, Any]:
    return {row.name: row for row in nn.summary(model, *args, **options).rows}


def net() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Linear(4 * 5 * 6, 10),
    )


def test_a_small_network_by_hand() -> None:
    found = nn.summary(net(), (3, 2, 5, 6))
    conv, norm, relu, flatten, linear = found.rows[1:]
    assert (conv.type, conv.depth, conv.calls) == ("Conv2d", 1, 1)
    assert (conv.input_shapes, conv.output_shapes) == ([(3, 2, 5, 6)], [(3, 4, 5, 6)])
    assert (conv.parameters, norm.parameters, linear.parameters) == (4 * 2 * 9 + 4, 8, 1210)
    assert conv.multiply_adds == 3 * 4 * 5 * 6 * 2 * 9
    assert linear.multiply_adds == 3 * 120 * 10
    assert conv.bytes == norm.bytes == 3 * 120 * 4
    assert relu.bytes == 0  # in the memory of its input
    assert found.parameters == found.trainable == 76 + 8 + 1210
    assert found.multiply_adds == conv.multiply_adds + linear.multiply_adds
    # Whether Flatten must copy depends on how the convolution lays out its output.
    assert found.activation_bytes == 2 * 1440 + flatten.bytes + 3 * 10 * 4
    assert nn.summary(nn.Flatten(), (3, 2, 5)).activation_bytes == 0
    assert found.input_bytes == 3 * 2 * 30 * 4
    assert found.parameter_bytes == 4 * (76 + 8 + 1210) + 4 * 8 + 8
    assert found.not_counted == []
    assert found.seconds is None


def test_the_table() -> None:
    text = str(nn.summary(net(), (1, 2, 5, 6), repeats=3))
    lines = text.splitlines()
    assert lines[0].split("  ")[0] == "layer"
    assert "  0      Conv2d       (1, 4, 5, 6)          76          2,160" in text
    assert "parameters: 1,294 (1,294 trainable, 0 frozen), 5.22 kB with buffers" in text
    assert "multiply-adds: 3,360 in matrix products and convolutions" in text
    assert "elementwise work is not counted" in text
    assert " given out, for inputs of 240 B" in text
    assert lines[-1].startswith("forward time: ")
    assert lines[-1].endswith("s, median of 3")
    without = str(nn.summary(net()))
    assert "output shape" not in without
    assert "multiply-adds" not in without


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (nn.Conv1d(4, 6, 3, stride=2, groups=2), (2, 4, 9), 2 * 6 * 4 * 2 * 3),
        (nn.Conv3d(1, 2, 2), (1, 1, 3, 3, 3), 2 * 8 * 8),
        (nn.ConvTranspose2d(3, 5, 2, stride=2), (2, 3, 4, 4), 2 * 3 * 16 * 5 * 4),
        (nn.Linear(4, 3), (7, 5, 4), 7 * 5 * 12),
        (nn.LSTM(3, 4), (6, 2, 3), 6 * 2 * 4 * 4 * (3 + 4)),
        (nn.GRU(3, 4, num_layers=2, bidirectional=True), (6, 2, 3),
         6 * 2 * 2 * 3 * 4 * ((3 + 4) + (8 + 4))),
        (nn.RNNCell(3, 4), (2, 3), 2 * 4 * (3 + 4)),
        (nn.BatchNorm1d(4), (3, 4), 0),
    ],
)  # fmt: skip
def test_multiply_adds(layer: nn.Module, shape: tuple[int, ...], expected: int) -> None:
    found = nn.summary(layer, shape)
    assert found.multiply_adds == expected
    assert found.not_counted == []


@pytest.mark.parametrize("batch_first", [False, True])
def test_multiply_adds_of_attention(batch_first: bool) -> None:
    layer = nn.MultiheadAttention(8, 2, batch_first=batch_first, kdim=6, vdim=4)
    shapes = [(3, 5, 8), (3, 7, 6), (3, 7, 4)]  # N = 3, L = 5, S = 7
    if not batch_first:
        shapes = [(one[1], one[0], one[2]) for one in shapes]
    found = nn.summary(layer, shapes)
    assert found.multiply_adds == 3 * (5 * 64 + 7 * 48 + 7 * 32 + 2 * 5 * 7 * 8 + 5 * 64)
    (row,) = found.rows
    assert row.parameters == sum(one.numel() for one in layer.parameters())
    assert found.not_counted == []


class Twice(nn.Module):
    """One layer called twice, one whose weight is shared, one that is not used, one by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(4, 4)
        self.tied = nn.Linear(4, 4, bias=False)
        self.tied.weight = self.inner.weight
        self.never = nn.ReLU()
        self.frozen = nn.Linear(4, 4).requires_grad_(False)
        self.weight = nn.Parameter(at.ones(4))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        x = self.inner(self.inner(x))
        return self.tied(x) * self.weight, {"y": self.frozen(y)}


def test_modules_called_twice_shared_frozen_and_not_at_all() -> None:
    found = nn.summary(Twice(), [(2, 4), (3, 4)])
    by_name = {row.name: row for row in found.rows}
    assert by_name["inner"].calls == 2
    assert by_name["inner"].multiply_adds == 2 * 2 * 16
    assert by_name["inner"].bytes == 2 * 2 * 4 * 4
    assert (by_name["tied"].parameters, by_name["tied"].shared) == (0, 16)
    assert by_name["never"].calls == 0
    assert (by_name["frozen"].parameters, by_name["frozen"].trainable) == (20, 0)
    assert by_name[""].output_shapes == [(2, 4), (3, 4)]
    assert (found.parameters, found.trainable, found.frozen) == (44, 24, 20)
    assert by_name["mul()"].bytes == 2 * 4 * 4
    assert found.not_counted == []
    text = str(found)
    for part in ("(2, 4) ×2", "not called", "20 frozen", "16 shared"):
        assert part in text


def test_inputs_of_one_s_own() -> None:
    x, y = at.ones(2, 4), at.ones(5, 4)
    for inputs in ((x, y), [x, y], {"y": y, "x": x}):
        assert rows(Twice(), inputs=inputs)["frozen"].input_shapes == [(5, 4)]
    tokens = nn.Sequential(nn.Embedding(10, 3), nn.Linear(3, 2))
    assert rows(tokens, (2, 6), dtypes=at.int64)["1"].output_shapes == [(2, 6, 2)]
    assert rows(tokens, inputs=at.tensor([[1, 2]]))["0"].multiply_adds == 0


def test_depth() -> None:
    model = nn.Sequential(nn.Sequential(net(), nn.Linear(10, 3)), nn.Linear(3, 2))
    whole = nn.summary(model, (1, 2, 5, 6), repeats=1)
    for depth in (0, 1, 2):
        found = nn.summary(model, (1, 2, 5, 6), depth=depth, repeats=1)
        assert max(row.depth for row in found.rows) == depth
        for name in ("parameters", "multiply_adds", "activation_bytes"):
            assert getattr(found, name) == getattr(whole, name)
    assert len(nn.summary(model, (1, 2, 5, 6), depth=0).rows) == 1
    assert [row.name for row in nn.summary(model, depth=1).rows] == ["", "0", "1"]


class Slow(nn.Module):
    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def forward(self, x: Tensor) -> Tensor:
        time.sleep(self.seconds)
        return x


def test_times_do_not_overlap() -> None:
    model = nn.Sequential(Slow(0.02), nn.Sequential(Slow(0.01)))
    found = nn.summary(model, (1,), repeats=3)
    times = {row.name: row.seconds for row in found.rows}
    assert times["0"] >= 0.02
    assert times["1.0"] >= 0.01
    assert times[""] + times["1"] < 0.02
    assert found.seconds == pytest.approx(sum(times.values()))


# -- functions -------------------------------------------------------------------------------------


class Functional(nn.Module):
    """As in many programs for PyTorch: layers for what has weights, functions for the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.fc = nn.Linear(4, 5)
        self.never = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        x = F.adaptive_avg_pool2d(x, 1)[:, :, 0, 0]
        return F.relu(self.fc(x)) @ at.ones(5, 7)


def test_functions_have_rows_where_they_are_called() -> None:
    found = nn.summary(Functional(), (2, 1, 8, 8))
    shown = [(row.name, row.output_shapes[:1], row.multiply_adds, row.bytes) for row in found.rows]
    assert shown == [
        ("", [(2, 7)], 0, 0),
        ("conv", [(2, 4, 6, 6)], 2 * 4 * 36 * 9, 2 * 144 * 4),
        ("relu()", [(2, 4, 6, 6)], 0, 2 * 144 * 4),
        ("max_pool2d()", [(2, 4, 3, 3)], 0, 2 * 36 * 4),
        ("adaptive_avg_pool2d()", [(2, 4, 1, 1)], 0, 2 * 4 * 4),
        ("fc", [(2, 5)], 2 * 4 * 5, 2 * 5 * 4),
        ("relu()", [(2, 5)], 0, 2 * 5 * 4),
        ("ones()", [(5, 7)], 0, 35 * 4),
        ("matmul()", [(2, 7)], 2 * 5 * 7, 2 * 7 * 4),
        ("never", [], 0, 0),
    ]
    assert {row.type for row in found.rows if row.name.endswith("()")} == {"function"}
    assert found.activation_bytes == sum(one[3] for one in shown)


def test_functions_within_parts_and_at_less_depth() -> None:
    model = nn.Sequential(Functional(), nn.Sequential(Functional(), nn.Linear(7, 2))[1])
    whole, short = (nn.summary(model, (2, 1, 8, 8), depth=depth) for depth in (None, 1))
    assert "0.max_pool2d()" in {row.name for row in whole.rows}
    assert [row.name for row in short.rows] == ["", "0", "1"]
    for name in ("multiply_adds", "activation_bytes", "parameters"):
        assert getattr(whole, name) == getattr(short, name)


class Loop(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        for _ in range(5):
            x = x * 2 + x.sum(1, keepdim=True)
        x += 1
        return F.dropout(x.t().reshape(3, 2), 0.5, self.training)


def test_calls_that_give_one_shape_share_a_row_and_views_need_none() -> None:
    found = rows(Loop(), (2, 3))
    assert {name: row.calls for name, row in found.items()} == {
        "": 1,
        "mul()": 5,
        "sum()": 5,
        "add()": 5,
    }
    assert found["mul()"].bytes == 5 * 24
    assert (found["sum()"].input_shapes, found["sum()"].output_shapes) == ([(2, 3)], [(2, 1)])


class WithNumPy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(at.ones(3, 3))

    def forward(self, x: Tensor) -> Tensor:
        return Tensor(x.array @ self.weight.array)


def test_what_numpy_computes_is_not_seen_and_that_is_said() -> None:
    found = nn.summary(nn.Sequential(WithNumPy()), (2, 3))
    assert (found.multiply_adds, found.not_counted) == (0, ["0"])
    assert "nor is what these compute with NumPy: 0\n" in str(found)
    assert "with NumPy" not in str(nn.summary(Loop(), (2, 3)))


class Listed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 3)])

    def forward(self, x: Tensor) -> Tensor:
        return self.parts[0](x)


def test_what_cannot_be_called_is_not_said_to_be_missing() -> None:
    lines = str(nn.summary(Listed(), (2, 3))).splitlines()
    assert [line.split()[:3] for line in lines if "parts" in line] == [["parts", "ModuleList"]]
    assert sum("not called" in line for line in lines) == 1


class Chained(nn.Module):
    """Functions that are given functions: a part is called within a checkpoint."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(3, 3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = checkpoint(lambda z: self.inner(z) @ at.ones(3, 3), x, use_reentrant=False)
        return at.einsum("ij,jk->ik", y, at.ones(3, 4))


def test_what_is_called_within_a_function_counts_once() -> None:
    found = rows(Chained(), (2, 3))
    assert found["inner"].multiply_adds == 2 * 9
    assert found["checkpoint()"].multiply_adds == 2 * 9
    assert found["einsum()"].multiply_adds == 2 * 12
    assert found["checkpoint()"].bytes == 2 * 3 * 4


def nets(nn: Any, F: Any, at: Any) -> dict[str, Any]:
    """The same programs here and in PyTorch, each with the shape of its input."""

    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.qkv = nn.Linear(8, 24)
            self.out = nn.Linear(8, 8, bias=False)

        def forward(self, x: Any) -> Any:
            n, t, d = x.shape
            q, k, v = self.qkv(x).reshape(n, t, 3, 2, 4).permute(2, 0, 3, 1, 4)
            weights = ((q @ k.transpose(-1, -2)) / 2).softmax(-1)
            x = x + self.out((weights @ v).transpose(1, 2).reshape(n, t, d))
            return F.scaled_dot_product_attention(x, x, x)

    class Convolutions(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(at.ones(6, 2, 3, 3))

        def forward(self, x: Any) -> Any:
            x = F.relu(F.conv2d(x, self.weight, padding=1, stride=2, groups=2))
            x = F.conv_transpose2d(x, at.ones(6, 5, 2, 2), stride=2)
            return F.avg_pool2d(x, 2).mean((2, 3)) @ at.ones(5, 3)

    class Products(nn.Module):
        def forward(self, x: Any) -> Any:
            x = at.bmm(x, x.transpose(1, 2))
            x = F.linear(x, at.ones(7, 5), at.ones(7))
            x = at.baddbmm(at.zeros(4, 5, 2), x, at.ones(4, 7, 2))
            x = at.addmm(at.ones(3), x[0], at.ones(2, 3))
            return at.einsum("ij,kj->ik", x, at.ones(6, 3)) @ at.ones(6, 1)

    return {
        "attention": (Attention(), (3, 5, 8)),
        "convolutions": (Convolutions(), (2, 4, 7, 9)),
        "products": (Products(), (4, 5, 6)),
    }


@pytest.mark.parametrize("name", ["attention", "convolutions", "products"])
def test_as_many_multiplications_as_pytorch_counts(name: str, torch: Any) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    theirs, shape = nets(torch.nn, torch.nn.functional, torch)[name]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        theirs(torch.ones(shape))
    ours, _ = nets(nn, F, at)[name]
    # There an addition counts as well.
    assert 2 * nn.summary(ours, shape).multiply_adds == counter.get_total_flops()


def test_a_profiler_goes_on_after_a_summary() -> None:
    def own(*event: Any) -> None:
        """Sees calls."""

    before = sys.getprofile()
    try:
        sys.setprofile(own)
        nn.summary(Functional(), (2, 1, 8, 8))
        assert sys.getprofile() is own
    finally:
        sys.setprofile(before)
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        found = nn.summary(Functional(), (2, 1, 8, 8))
        marked_by_the_test()
    finally:
        profiler.disable()
    assert [row.name for row in found.rows].count("relu()") == 2
    seen = {name for _, _, name in pstats.Stats(profiler).stats}  # type: ignore[attr-defined]
    assert "marked_by_the_test" in seen


def marked_by_the_test() -> None:
    """Called where a profiler should see it."""


def test_after_an_error_nothing_watches() -> None:
    with pytest.raises(RuntimeError):
        nn.summary(Functional(), (2, 3, 8, 8))
    assert sys.getprofile() is None


# -- the model stays as it was ---------------------------------------------------------------------


class Busy(nn.Module):
    """Draws random numbers and writes into its buffers even in evaluation."""

    def __init__(self, fails: bool = False) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(4)
        self.register_buffer("count", at.zeros(1))
        self.register_buffer("last", at.zeros(4))
        self.fails = fails

    def forward(self, x: Tensor) -> Tensor:
        self.count += 1
        self.last = at.rand(4)
        self.norm.train()
        x = self.norm(x)
        if self.fails:
            raise ValueError("mine")
        return x


@pytest.mark.parametrize("fails", [False, True])
def test_everything_is_as_before(fails: bool) -> None:
    model = Busy(fails).train()
    model.norm.eval()
    last = model.last
    model.register_forward_hook(lambda module, args, output: None)
    before = {name: one.numpy().copy() for name, one in model.state_dict().items()}
    at.manual_seed(0)
    expected = at.rand(3).numpy()
    at.manual_seed(0)
    if fails:
        with pytest.raises(ValueError, match="mine"):
            nn.summary(model, (3, 4))
    else:
        nn.summary(model, (3, 4), repeats=2)
    for name, one in model.state_dict().items():
        np.testing.assert_array_equal(one.numpy(), before[name])
    assert model.last is last
    assert model.training
    assert not model.norm.training
    assert model.norm._hooks is None
    assert model._hooks is not None
    assert len(model._hooks.forward) == 1
    assert not model._hooks.forward_pre
    assert at.is_grad_enabled()
    np.testing.assert_array_equal(at.rand(3).numpy(), expected)


def test_what_is_refused() -> None:
    model = nn.Linear(2, 2)
    with pytest.raises(TypeError, match=r"summary: model must be an nn\.Module, got int"):
        nn.summary(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="give input_size or inputs, not both"):
        nn.summary(model, (1, 2), at.ones(1, 2))
    with pytest.raises(TypeError, match=r"input_size must be a shape .*got 3"):
        nn.summary(model, 3)
    with pytest.raises(TypeError, match="input_size must be a shape"):
        nn.summary(model, [(1, 2), 3])
    with pytest.raises(TypeError, match="inputs must be a Tensor, a tuple, a list or a dict"):
        nn.summary(model, inputs=np.ones((1, 2)))
    with pytest.raises(ValueError, match="got 2 dtypes for 1 inputs"):
        nn.summary(model, (1, 2), dtypes=[at.float32, at.float32])
    with pytest.raises(ValueError, match="depth must be at least 0, got -1"):
        nn.summary(model, depth=-1)
    with pytest.raises(ValueError, match="to measure the time, give input_size or inputs"):
        nn.summary(model, repeats=3)
