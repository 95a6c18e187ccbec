"""Models exported by ``nn.onnx``, run by ONNX Runtime: what comes out is what the model gives."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from nn.onnx.exporting import USUAL
from nn.tensors import tensors_in
from nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from tests.tools.onnx_cases import CASES, CLASSES_REFUSED
from tests.tools.onnx_programs import EXPRESSIONS, PROGRAMS, REFUSED, function_of, inputs_of
from tests.tools.onnx_table import PAGE, class_of, classes

onnx = pytest.importorskip("onnx", reason="needs the extra: pip install -e .[onnx]")
runtime = pytest.importorskip("onnxruntime", reason="needs the extra: pip install -e .[onnx]")

pytestmark = [
    pytest.mark.peer,
    pytest.mark.filterwarnings("ignore:.*:DeprecationWarning:onnx"),
]


def run(proto: Any, *inputs: Any) -> list[np.ndarray]:
    """The outputs of the graph for ``inputs``, which may be nested."""
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    session = runtime.InferenceSession(proto.SerializeToString(), options)
    arrays = [one.array for one in tensors_in(inputs)]
    names = [one.name for one in session.get_inputs()]
    return session.run(None, dict(zip(names, arrays, strict=True)))


def need_equal(
    found: Sequence[np.ndarray], expected: Any, rtol: float = 1e-5, atol: float = 2e-6
) -> None:
    wanted = [one.array for one in tensors_in(expected)]
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert one.dtype == other.dtype
        wide = rtol if other.dtype.itemsize > 2 else 1e-2
        scale = np.abs(other[np.isfinite(other)]).max(initial=1) if other.dtype.kind == "f" else 1
        np.testing.assert_allclose(one, other, rtol=wide, atol=atol * scale)


def exported(model: Any, example: Any, **settings: Any) -> Any:
    return nn.onnx.export(model, example, verify=False, **settings)


@pytest.mark.works_with("ONNX Runtime", "every layer and loss of nn that ONNX can express")
@pytest.mark.parametrize("name", CASES)
def test_a_module_gives_the_same_in_onnx_runtime(name: str) -> None:
    make, example = CASES[name]
    at.manual_seed(0)
    model, given = make(), example()
    proto = exported(model, given)
    model.eval()
    onnx.checker.check_model(proto, full_check=True)
    args = given if isinstance(given, (tuple, dict)) else (given,)
    result = model(**args) if isinstance(args, dict) else model(*args)
    need_equal(run(proto, args), result)


@pytest.mark.works_with("ONNX Runtime", "operators, indexing and writes in a forward")
@pytest.mark.parametrize(("text", "shape"), EXPRESSIONS)
def test_an_expression_gives_the_same_with_any_batch(text: str, shape: str) -> None:
    at.manual_seed(1)
    function = function_of(text)
    proto = exported(function, tuple(inputs_of(text, shape)))
    larger = " ".join(["7", *shape.split()[1:]])
    for sizes in (shape, larger):
        given = inputs_of(text, sizes)
        found = run(proto, [at.tensor(one.array.copy()) for one in given][: len(proto.graph.input)])
        need_equal(found, function(*given))


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_the_same_with_any_batch(name: str) -> None:
    at.manual_seed(1)
    function = PROGRAMS[name]
    proto = exported(function, at.randn(2, 3))
    for batch in (2, 7):
        given = at.randn(batch, 3)
        need_equal(run(proto, given), function(given))


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_graph_cannot_hold_is_refused(name: str) -> None:
    function, words = REFUSED[name]
    at.manual_seed(0)
    with pytest.raises(NotImplementedError) as caught:
        nn.onnx.export(function, at.randn(2, 3))
    assert words in str(caught.value)


ZEROS = at.zeros(2, 4, dtype=at.int64)
FROZEN = {
    "the commonest of equal numbers": (lambda x: x.mode(1)[0], ZEROS),
    "how many different ones there are": (lambda x: x * at.unique(x).numel(), ZEROS),
    "how many there are": (lambda x: x * x.nonzero().shape[0], ZEROS),
    "the largest so far of a sorted list": (lambda x: x.cummax(0)[0], at.arange(4)),
    "the smallest so far of a falling list": (lambda x: x.cummin(0)[0], at.arange(4).flip(0)),
    "the place of the smallest": (lambda x: x * x.argsort()[0].item(), at.arange(4)),
    "a number": (lambda x: at.ones(3) * x.item(), at.tensor(2)),
    "a branch by a mask": (lambda x: x.long() if x.any() else x.long() - 1, at.ones(3).bool()),
    "how many are masked": (lambda x: x.long() * x.nonzero().shape[0], at.ones(3).bool()),
    "where a causal mask begins": (
        lambda x: x.exp() * x.isinf().long().argmax().item(), at.tensor([0.0, 0.0, -np.inf]),
    ),
}  # fmt: skip
"""A function and an example with which nothing seems to follow from its values."""


@pytest.mark.filterwarnings("ignore:onnx.export. numbers are read out")
@pytest.mark.parametrize("name", FROZEN)
def test_an_example_that_shows_little_freezes_nothing(name: str) -> None:
    function, example = FROZEN[name]
    with pytest.raises(NotImplementedError):
        nn.onnx.export(function, (example,), dynamic_axes={})


WITH_ARGUMENTS = {
    "clamp": (1, 2), "cummax": (1,), "cummin": (1,), "cumprod": (1,), "cumsum": (1,), "diff": (),
    "dist": (at.ones(2, 3),), "fmod": (2,), "histc": (4,), "isin": (at.tensor([1.0, 2.0]),),
    "kthvalue": (2, 1), "logcumsumexp": (1,), "logsumexp": (1,), "median": (1,), "mode": (1,),
    "nanmedian": (1,), "nanquantile": (0.3, 1), "quantile": (0.3, 1), "remainder": (2,),
    "renorm": (2, 0, 1.0), "roll": (1, 1), "softmax": (1,), "take": (at.tensor([1, 2]),),
    "log_softmax": (1,),
}  # fmt: skip


def test_no_method_freezes_what_it_finds_in_the_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each gives with other numbers what the model gives, or is refused, also where no run had
    others than the example."""
    monkeypatch.setattr("nn.onnx.inputs._drawn", lambda array, like, random, step: array)
    example = at.arange(6.0).reshape(2, 3)
    other = at.tensor([[2.0, 3.0, 0.0], [1.0, 1.0, 5.0]])
    names = [one for one in dir(at.Tensor) if one[0] != "_" and one[-1] != "_"]
    tried, frozen = 0, []
    for name in names:
        method, more = getattr(at.Tensor, name), WITH_ARGUMENTS.get(name, ())
        try:
            wanted = method(other, *more)
            if not [*tensors_in(wanted)] or not [*tensors_in(method(example, *more))]:
                continue
            proto = exported(lambda x, method=method, more=more: method(x, *more), (example,))
        except Exception:  # no method of such a Tensor alone, or refused
            continue
        tried += 1
        try:
            need_equal(run(proto, other), wanted)
        except AssertionError:
            frozen.append(name)
    assert tried > 100
    assert not frozen, frozen


def _last_steps(x: Any, lengths: Any) -> Any:
    return x[at.arange(x.shape[0]), lengths - 1]


WITH_OTHERS: dict[str, tuple[Any, list[Any], list[Any]]] = {
    "an embedding": (nn.Embedding(10, 3), [ZEROS], [at.tensor([[1, 9, 3, 0]] * 2)]),
    "an embedding of one": (nn.Embedding(1, 3), [ZEROS], [ZEROS]),
    "lengths": (_last_steps, [at.randn(3, 6), at.tensor([6] * 3)], [at.randn(3, 6), at.arange(3)]),
    "the mean of what is left": (
        lambda x, m: x[m].mean(), [at.arange(6.0), at.ones(6).bool()],
        [at.arange(6.0), at.tensor([True, False] * 3)],
    ),
    "a slice to a Tensor": (
        lambda x, k: x[:, :k], [at.ones(2, 5), at.tensor(2)],
        [at.arange(10.0).reshape(2, 5), at.tensor(4)],
    ),
    "a slice between Tensors": (
        lambda x, k: x[1:, -k:][:, : k - 1].sum(1), [at.ones(3, 6), at.tensor(3)],
        [at.arange(18.0).reshape(3, 6), at.tensor(5)],
    ),
}  # fmt: skip
"""A model, an example, and other inputs, for which the graph must give what the model does."""


@pytest.mark.parametrize("name", WITH_OTHERS)
def test_what_follows_from_whole_numbers_follows_in_the_graph(name: str) -> None:
    model, example, others = WITH_OTHERS[name]
    proto = nn.onnx.export(model, tuple(example), dynamic_axes={})
    with at.no_grad():
        need_equal(run(proto, *others), model(*others))


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8"])
@pytest.mark.parametrize(
    "function",
    [F.relu, lambda x, y: x >> y, lambda x, y: x << y, lambda x, y: x >> 2, lambda x, y: 1 << y],
    ids=["relu", "right", "left", "by a number", "of a number"],
)
def test_whole_numbers_that_onnx_runtime_does_not_take_are_written_otherwise(
    function: Any, dtype: str
) -> None:
    kind = np.dtype(dtype)
    numbers = [-100, -7, -1, 0, 5, 127] if kind.kind == "i" else [0, 1, 5, 100, 127, 255]
    x = at.from_numpy(np.array(numbers, kind))
    given = [x] if function is F.relu else [x, at.from_numpy(np.array([3, 1, 0, 2, 6, 1], kind))]
    proto = nn.onnx.export(function, tuple(one[:2] for one in given))
    need_equal(run(proto, *given[: len(proto.graph.input)]), function(*given))


# -- whole networks --------------------------------------------------------------------------------


class Block(nn.Module):
    """A block of a ResNet."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.down = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x: Any) -> Any:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.down(x)
        return self.relu(out)


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 7, 2, 3), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        self.layer1 = nn.Sequential(Block(4, 4, 1), Block(4, 8, 2))
        self.pool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(8, 10)

    def forward(self, x: Any) -> Any:
        return self.fc(at.flatten(self.pool(self.layer1(self.stem(x))), 1))


class Attention(nn.Module):
    """As in small GPTs: one map for all three, a buffer with the mask, positions by arange."""

    def __init__(self, width: int, heads: int, longest: int) -> None:
        super().__init__()
        self.heads = heads
        self.c_attn = nn.Linear(width, 3 * width)
        self.c_proj = nn.Linear(width, width)
        self.register_buffer(
            "bias", at.tril(at.ones(longest, longest)).view(1, 1, longest, longest)
        )

    def forward(self, x: Any) -> Any:
        B, T, C = x.size()
        q, k, v = self.c_attn(x).split(C, dim=2)
        q, k, v = (t.view(B, T, self.heads, C // self.heads).transpose(1, 2) for t in (q, k, v))
        scores = (q @ k.transpose(-2, -1)) * (1.0 / k.size(-1) ** 0.5)
        scores = scores.masked_fill(self.bias[:, :, :T, :T] == 0, float("-inf"))
        y = nn.functional.softmax(scores, dim=-1) @ v
        return self.c_proj(y.transpose(1, 2).contiguous().view(B, T, C))


class GPT(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(11, 8), nn.Embedding(16, 8)
        self.h = nn.ModuleList(
            nn.ModuleDict(
                {
                    "ln_1": nn.LayerNorm(8),
                    "attn": Attention(8, 2, 16),
                    "ln_2": nn.LayerNorm(8),
                    "mlp": nn.Sequential(nn.Linear(8, 32), nn.GELU(), nn.Linear(32, 8)),
                }
            )
            for _ in range(2)
        )
        self.lm_head = nn.Linear(8, 11, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, idx: Any) -> Any:
        pos = at.arange(0, idx.size(1), dtype=at.int64)
        x = self.wte(idx) + self.wpe(pos)
        for block in self.h:
            x = x + block["attn"](block["ln_1"](x))
            x = x + block["mlp"](block["ln_2"](x))
        return {"logits": self.lm_head(x), "last": self.lm_head(x[:, [-1], :])}


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down1, self.down2 = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)
        self.up = nn.ConvTranspose2d(8, 4, 2, 2)
        self.out = nn.Conv2d(8, 1, 1)

    def forward(self, x: Any) -> Any:
        first = self.down1(x).relu()
        second = self.down2(nn.functional.max_pool2d(first, 2)).relu()
        wide = nn.functional.interpolate(second.mean(1, keepdim=True), size=first.shape[2:])
        return self.out(at.cat([first + wide, self.up(second)], 1)).sigmoid()


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 6)
        self.lstm = nn.LSTM(6, 5, 2, batch_first=True, bidirectional=True, dropout=0.5)
        self.out = nn.Linear(10, 4)

    def forward(self, words: Any) -> Any:
        states, (h, _) = self.lstm(self.embedding(words))
        return self.out(states).log_softmax(-1), h[-1]


class Packing(nn.Module):
    """A tagger of sentences of several lengths."""

    def __init__(self, in_order: bool = False) -> None:
        super().__init__()
        self.in_order = in_order
        self.embedding = nn.Embedding(20, 6)
        self.gru = nn.GRU(6, 5, 2, batch_first=True, bidirectional=True)

    def forward(self, words: Any, lengths: Any) -> Any:
        packed = pack_padded_sequence(
            self.embedding(words), lengths, batch_first=True, enforce_sorted=self.in_order
        )
        states, last = self.gru(packed)
        padded, sizes = pad_packed_sequence(states, batch_first=True, padding_value=-1.0)
        return padded.reshape(words.shape[0] * padded.shape[1], -1), last, sizes


class Decoder(nn.Module):
    """Of a variational autoencoder: the mean alone, in evaluation."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(3, 2 * 7 * 7)
        self.net = nn.Sequential(
            nn.Unflatten(1, (2, 7, 7)),
            nn.ConvTranspose2d(2, 4, 4, 2, 1),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Upsample(scale_factor=2, mode="bilinear"),
            nn.Conv2d(4, 1, 3, padding="same"),
            nn.Sigmoid(),
        )

    def forward(self, mean: Any, log_variance: Any) -> Any:
        z = mean
        if self.training:
            z = z + at.randn_like(z) * at.exp(log_variance / 2)
        return self.net(self.fc(z))


def _tokens(*shape: int) -> Any:
    return at.randint(0, 11, shape)


NETS: dict[str, tuple[Any, Any, Any, Any]] = {
    "a residual net": (
        Residual,
        {"x": {0: "batch", 2: "height", 3: "width"}},
        lambda: at.randn(2, 3, 32, 32),
        lambda: at.randn(3, 3, 45, 50),
    ),
    "a GPT": (GPT, {"idx": {0: "batch", 1: "time"}}, lambda: _tokens(2, 5), lambda: _tokens(3, 9)),
    "a U-Net": (
        UNet,
        {"x": {0: "batch", 2: "height", 3: "width"}},
        lambda: at.randn(1, 1, 8, 8),
        lambda: at.randn(2, 1, 16, 12),
    ),
    "a tagger": (
        Tagger,
        {"words": {0: "batch", 1: "time"}},
        lambda: _tokens(2, 5),
        lambda: _tokens(3, 9),
    ),
    "sentences of several lengths": (
        Packing,
        {"words": {0: "batch", 1: "time"}, "lengths": {0: "batch"}},
        lambda: (_tokens(3, 5), at.tensor([3, 5, 2])),
        lambda: (_tokens(4, 8), at.tensor([2, 1, 6, 6])),
    ),
    "sentences, longest first": (
        lambda: Packing(True),
        None,
        lambda: (_tokens(3, 5), at.tensor([5, 3, 2])),
        lambda: (_tokens(4, 5), at.tensor([4, 3, 3, 1])),
    ),
    "a decoder": (
        Decoder,
        None,
        lambda: (at.randn(2, 3), at.randn(2, 3)),
        lambda: (at.randn(5, 3), at.randn(5, 3)),
    ),
    "an encoder": (
        lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2),
        {"src": {0: "batch", 1: "time"}},
        lambda: at.randn(2, 5, 8),
        lambda: at.randn(3, 7, 8),
    ),
    "a transformer": (
        lambda: nn.Transformer(8, 2, 1, 1, 16, batch_first=True),
        {"src": {0: "batch", 1: "source"}, "tgt": {0: "batch", 1: "target"}},
        lambda: (at.randn(2, 5, 8), at.randn(2, 6, 8)),
        lambda: (at.randn(3, 7, 8), at.randn(3, 4, 8)),
    ),
}


def test_a_part_of_a_size_is_a_part_in_the_graph_too() -> None:
    def half(a: Any) -> Any:
        return a[:, : a.shape[1] // 2] + at.zeros((a.shape[1] + 1) // 3, 1, 1).sum()

    proto = exported(half, at.randn(2, 8), dynamic_axes={"a": {0: "batch", 1: "time"}})
    for shape in ((2, 8), (3, 5), (1, 30)):
        given = at.randn(*shape)
        need_equal(run(proto, given), half(given))


def in_training(model: Any) -> Any:
    """With statistics and weights that are no longer those of the start."""
    for one in [*model.parameters(), *model.buffers()]:
        if one.dtype == at.float32 and one.ndim == 1:
            one.array[...] += at.rand(one.shape).array * 0.1
    return model


@pytest.mark.works_with("ONNX Runtime", "whole nets, trained, with any batch and length")
@pytest.mark.parametrize("name", NETS)
def test_a_net_gives_the_same_with_other_sizes(name: str) -> None:
    make, axes, example, other = NETS[name]
    at.manual_seed(3)
    model = in_training(make())
    proto = nn.onnx.export(model, example(), dynamic_axes=axes)
    assert model.training
    model.eval()
    for given in (example(), other()):
        args = given if isinstance(given, tuple) else (given,)
        proto_inputs = args[: len(proto.graph.input)] if name != "a decoder" else args
        need_equal(run(proto, proto_inputs), model(*args), 1e-4, 1e-5)


# -- every class -----------------------------------------------------------------------------------


def test_every_layer_and_loss_is_tried_or_named_as_one_that_cannot() -> None:
    tried = {class_of(case) for case in CASES}
    assert tried | CLASSES_REFUSED.keys() == classes().keys()
    assert not tried & CLASSES_REFUSED.keys()


@pytest.mark.parametrize("name", CLASSES_REFUSED)
def test_what_cannot_be_exported_is_named_with_its_path(name: str) -> None:
    (make, example), _ = CLASSES_REFUSED[name]
    model = nn.Module()
    model.inner = make()
    model.forward = lambda *given: model.inner(*given)
    given = example()
    with pytest.raises(NotImplementedError, match=r"onnx.export: Module .* in inner"):
        nn.onnx.export(model, given if isinstance(given, tuple) else (given,))


def test_the_page_has_todays_rows() -> None:
    text = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(\w+)` \|", text, re.M))
    assert named == classes().keys(), "make it anew: python -m tests.tools.onnx_table"


@pytest.mark.works_with("ONNX Runtime", "LeNet, as README exports and runs it")
def test_what_readme_exports_reads_digits(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^<!-- needs: onnx -->\n```python\n(.*?)^```$", readme, re.M | re.S)
    assert len(blocks) == 1
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", blocks[0]],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    right = int(re.findall(r"(\d+) of 100 digits", done.stdout)[0])
    assert right > 80


# -- how it is called ------------------------------------------------------------------------------


def small() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 3), nn.ReLU())


def test_weights_nodes_inputs_and_outputs_have_names() -> None:
    proto = exported(small(), at.ones(1, 4), output_names=["scores"])
    graph = proto.graph
    assert [one.name for one in graph.initializer] == ["0.weight", "0.bias"]
    assert [one.name for one in graph.node] == ["/0/Gemm", "/1/Relu"]
    assert [one.name for one in (*graph.input, *graph.output)] == ["input", "scores"]
    sizes = [one.dim_param or one.dim_value for one in graph.output[0].type.tensor_type.shape.dim]
    assert sizes == ["batch", 3]
    assert (proto.producer_name, proto.producer_version) == ("autotensor", at.__version__)
    assert proto.opset_import[0].version == USUAL


def test_weights_that_are_shared_are_there_once() -> None:
    proto = exported(GPT(), _tokens(1, 4), dynamic_axes={})
    names = [one.name for one in proto.graph.initializer]
    assert "wte.weight" in names
    assert "lm_head.weight" not in names


def test_it_goes_to_a_path_to_a_file_or_nowhere(tmp_path: Path) -> None:
    at.manual_seed(0)
    model, given = small(), at.ones(1, 4)
    proto = nn.onnx.export(model, given)
    nn.onnx.export(model, given, tmp_path / "model.onnx")
    stream = io.BytesIO()
    nn.onnx.export(model, (given,), stream)
    data = proto.SerializeToString(deterministic=True)
    assert (tmp_path / "model.onnx").read_bytes() == stream.getvalue() == data


def test_weights_may_lie_in_a_file_of_their_own(tmp_path: Path) -> None:
    model, given = nn.Linear(64, 64), at.ones(1, 64)
    nn.onnx.export(model, given, tmp_path / "model.onnx", external_data=True)
    assert (tmp_path / "model.onnx.data").stat().st_size >= 4 * 64 * 64
    session = runtime.InferenceSession(str(tmp_path / "model.onnx"))
    need_equal(session.run(None, {"input": given.array}), model(given))


def test_weights_too_large_for_one_file_lie_in_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nn.onnx.writing.MOST_BYTES", 1000)
    model, given = nn.Linear(64, 64), at.ones(1, 64)
    for _ in range(2):  # the second time over the first
        nn.onnx.export(model, given, tmp_path / "model.onnx")
    assert 4 * 65 * 64 <= (tmp_path / "model.onnx.data").stat().st_size < 6 * 65 * 64
    session = runtime.InferenceSession(str(tmp_path / "model.onnx"))
    need_equal(session.run(None, {"input": given.array}), model(given))
    for nowhere in (None, io.BytesIO()):
        with pytest.raises(ValueError, match="need a path"):
            nn.onnx.export(model, given, nowhere)


def test_pytorchs_arguments_are_taken_under_pytorchs_name() -> None:
    stream = io.BytesIO()
    proto = at.onnx.export(
        small(), (at.randn(1, 4),), stream, export_params=True, opset_version=18,
        do_constant_folding=True, input_names=["in"], output_names=["out"],
        dynamic_axes={"in": {0: "n"}, "out": {0: "n"}}, verbose=False, dynamo=True,
    )  # fmt: skip
    assert onnx.load_model_from_string(stream.getvalue()) == proto
    assert proto.opset_import[0].version == 18
    assert proto.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "n"
    without = at.onnx.export(small(), at.randn(1, 4), export_params=False)
    assert [one.name for one in without.graph.input] == ["input", "0.weight", "0.bias"]
    both = at.onnx.export(small(), at.randn(1, 4), keep_initializers_as_inputs=True)
    assert len(both.graph.input) == 3
    assert len(both.graph.initializer) == 2


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"opset_version": 99}, ValueError, "from .* to .*, got 99"),
        ({"opset_versions": 18}, TypeError, "unexpected keyword argument 'opset_versions'"),
        ({"training": 1}, NotImplementedError, "evaluation mode"),
        ({"dynamic_axes": {"input": {5: "n"}}}, ValueError, "no dimension 5"),
        ({"output_names": ["a", "b"]}, ValueError, "2 names"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        nn.onnx.export(small(), at.ones(1, 4), **settings)


def test_a_model_is_left_as_it_was() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Dropout())
    state = {name: one.clone() for name, one in model.state_dict().items()}
    given = at.randn(4, 3)
    at.manual_seed(5)
    drawn = at.rand(3)
    at.manual_seed(5)
    nn.onnx.export(model, given)
    assert all((state[name] == one).all() for name, one in model.state_dict().items())
    assert all(one.training for one in model.modules())
    assert (at.rand(3) == drawn).all()
    assert not nn.onnx.is_in_onnx_export()


def test_numbers_read_out_of_tensors_are_warned_of() -> None:
    def careful(a: Any) -> Any:
        if a.isnan().any():
            raise ValueError("not a number")
        return a + 1

    with pytest.warns(UserWarning, match="numbers are read out"):
        nn.onnx.export(careful, at.ones(2, 3))


def test_float64_that_onnx_runtime_cannot_compute_is_checked_by_onnxs_reference() -> None:
    model = nn.Conv2d(1, 2, 3).double()
    proto = nn.onnx.export(model, at.randn(1, 1, 5, 5).double())
    assert proto.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.DOUBLE


def test_without_onnx_runtime_onnxs_reference_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    nn.onnx.export(small(), at.randn(2, 4))


def test_without_onnx_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'autotensor\[onnx\]'"):
        nn.onnx.export(small(), at.randn(2, 4))


# -- beside PyTorch --------------------------------------------------------------------------------

TWINS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "a small convolutional net": (
        lambda lib: lib.Sequential(
            lib.Conv2d(1, 4, 3, padding=1), lib.BatchNorm2d(4), lib.ReLU(), lib.MaxPool2d(2),
            lib.Flatten(), lib.Linear(4 * 4 * 4, 3),
        ),
        (2, 1, 8, 8),
    ),
    "a transposed convolution": (
        lambda lib: lib.Sequential(
            lib.ConvTranspose2d(2, 4, 3, 2, 1, 1), lib.GroupNorm(2, 4), lib.Upsample(scale_factor=2)
        ),
        (2, 2, 5, 5),
    ),
    "a head": (
        lambda lib: lib.Sequential(lib.LayerNorm(6), lib.Linear(6, 6), lib.SiLU(), lib.Softmax(-1)),
        (2, 4, 6),
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TWINS)
def test_pytorchs_graph_of_the_same_weights_gives_the_same(name: str, torch: Any) -> None:
    make, shape = TWINS[name]
    ours, theirs = make(nn).eval(), make(torch.nn).eval()
    theirs.load_state_dict({
        key: torch.tensor(one.numpy()) for key, one in ours.state_dict().items()
    })  # fmt: skip
    given = at.randn(*shape)
    stream = io.BytesIO()
    torch.onnx.export(theirs, torch.tensor(given.numpy()), stream, dynamo=False)
    found = run(onnx.load_model_from_string(stream.getvalue()), given)
    need_equal(run(exported(ours, given), given), at.tensor(found[0]), 1e-4, 1e-5)
