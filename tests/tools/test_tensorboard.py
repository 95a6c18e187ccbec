"""What TensorBoard's own reader finds in our files, and what PyTorch's writer puts into its own."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorboard", reason="needs the extra: pip install -e .[tensorboard]")

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tensorboard.util import tensor_util

import autotensor as at
import nn
import nn.functional as F
from autotensor.utils.tensorboard import SummaryWriter
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.training import Callback, TensorBoard, fit

pytestmark = pytest.mark.works_with(
    "TensorBoard", "scalars, histograms, pictures, graphs, text, PR curves, HParams, as PyTorch's"
)

Action = Callable[[Any], None]


@pytest.fixture
def written(tmp_path: Path) -> Any:
    """Calls a function with a writer; gives what TensorBoard reads from the folder."""

    def write(action: Action, folder: str = "") -> Any:
        with SummaryWriter(tmp_path) as writer:
            action(writer)
        return EventAccumulator(str(tmp_path / folder)).Reload()

    return write


def events_in(folder: Path) -> dict[str, list[Any]]:
    """By folder, the events as they are in the files, but for when they were written."""
    found: dict[str, list[Any]] = {}
    for path in sorted(folder.rglob("events.out.tfevents.*")):
        events = found.setdefault(str(path.parent.relative_to(folder)), [])
        for event in LegacyEventFileLoader(str(path)).Load():
            if not event.file_version:
                event.ClearField("wall_time")
                for value in event.summary.value:  # settings, which have no order
                    plugin = value.metadata.plugin_data
                    if plugin.plugin_name == "hparams":
                        plugin.content = str(HParamsPluginData.FromString(plugin.content)).encode()
                events.append(event)
    return {name: events for name, events in found.items() if events}


# -- the same calls, here and in PyTorch -----------------------------------------------------------

RNG = np.random.default_rng(0)
WEIGHTS = RNG.standard_normal((5, 7)).astype(np.float32)
PICTURES = RNG.random((11, 3, 5, 6)).astype(np.float32)
LABELS = RNG.integers(0, 2, 50)
CHANCES = RNG.random(50).astype(np.float32)
RNG_ALPHA = RNG.random((4, 5, 6)).astype(np.float32)
CORNERS = np.array([[[1, 1, 1], [-1, -1, 1], [1, -1, -1], [-1, 1, -1]]], np.float32)

CALLS: dict[str, Action] = {
    "a scalar": lambda w: w.add_scalar("a/b", 0.1, 3),
    "a scalar of NumPy": lambda w: w.add_scalar("a", np.float64(1e300), 3, walltime=5.0),
    "a scalar without a step": lambda w: w.add_scalar("ä", 7),
    "a scalar that is infinite": lambda w: w.add_scalar("a", float("-inf"), 0),
    "a scalar in the new style": lambda w: w.add_scalar("a", 0.1, 3, new_style=True),
    "a double": lambda w: w.add_scalar("a", 0.1, 3, new_style=True, double_precision=True),
    "several scalars": lambda w: w.add_scalars("a/loss", {"b": 1.0, "c": 2.0}, 5),
    "a histogram": lambda w: w.add_histogram("w", WEIGHTS, 2),
    "a histogram of integers": lambda w: w.add_histogram("w", np.arange(100), 2),
    "a histogram of one number": lambda w: w.add_histogram("w", np.zeros(3), 2),
    "a histogram with edges": lambda w: w.add_histogram("w", WEIGHTS, 2, bins=[-1, 0, 0.5, 3]),
    "a histogram with bins by name": lambda w: w.add_histogram("w", WEIGHTS, 2, bins="fd"),
    "fewer bins": lambda w: w.add_histogram("w", WEIGHTS, 2, bins=20, max_bins=6),
    "few bins that divide": lambda w: w.add_histogram("w", WEIGHTS, 2, bins=20, max_bins=5),
    "a raw histogram": lambda w: w.add_histogram_raw(
        "w", 0.0, 2.0, 3, 3.0, 5.0, [0.5, 1.5, 2.5], [1, 1, 1], 4
    ),
    "a picture": lambda w: w.add_image("x", PICTURES[0], 1),
    "a picture of bytes": lambda w: w.add_image("x", (PICTURES[0] * 255).astype(np.uint8), 1),
    "a picture in grey": lambda w: w.add_image("x", PICTURES[0, :1], 1),
    "a picture that lies": lambda w: w.add_image("x", PICTURES[0, 0], 1, dataformats="WH"),
    "a picture, channels last": lambda w: w.add_image("x", PICTURES[0].T, 1, dataformats="WHC"),
    "a picture with alpha": lambda w: w.add_image("x", RNG_ALPHA, 1),
    "too bright": lambda w: w.add_image("x", PICTURES[0] * 3 - 1, 1),
    "pictures": lambda w: w.add_images("x", PICTURES, 1),
    "two pictures": lambda w: w.add_images("x", PICTURES[:2, :1], 1),
    "pictures, channels last": lambda w: w.add_images(
        "x", PICTURES.transpose(0, 2, 3, 1), 1, dataformats="NHWC"
    ),
    "pictures by add_image": lambda w: w.add_image("x", PICTURES, 1, dataformats="NCHW"),
    "boxes": lambda w: w.add_image_with_boxes(
        "x", np.ones((3, 40, 50), np.float32), np.array([[3, 4, 30, 35], [1, 1, 9, 9]]), 1
    ),
    "boxes with labels": lambda w: w.add_image_with_boxes(
        "x", np.ones((40, 50, 3), np.uint8), np.array([[3.5, 4, 30, 35]]), 1, rescale=2,
        dataformats="HWC", labels=["cat"],
    ),
    "a sound": lambda w: w.add_audio("s", np.sin(np.arange(100) / 3)[None], 1, sample_rate=8000),
    "a text": lambda w: w.add_text("note", "*it* learns: ü", 3),
    "a PR curve": lambda w: w.add_pr_curve("c", LABELS, CHANCES, 2),
    "a PR curve with weights": lambda w: w.add_pr_curve(
        "c", LABELS, CHANCES, 2, num_thresholds=11, weights=CHANCES
    ),
    "a fine PR curve": lambda w: w.add_pr_curve("c", LABELS, CHANCES, 2, num_thresholds=500),
    "a raw PR curve": lambda w: w.add_pr_curve_raw(
        "c", *np.arange(12.0).reshape(4, 3), [0.1, 0.2, 1.0], [1.0, 0.5, 0.0], 2, num_thresholds=3
    ),
    "settings": lambda w: w.add_hparams(
        {"lr": 0.1, "n": 3, "name": "adam", "nesterov": True, "none": None},
        {"accuracy": 0.75, "loss": 2}, run_name="first",
    ),
    "settings with their domains": lambda w: w.add_hparams(
        {"lr": 0.1, "name": "adam"}, {"accuracy": 0.75},
        {"lr": [0.1, 0.2], "name": ["adam", "sgd"]},
        run_name="first", global_step=4,
    ),
    "charts": lambda w: w.add_custom_scalars(
        {"A": {"x": ["Multiline", ["a", "b"]]}, "B": {"y": ["Margin", ["a", "b", "c"]]}}
    ),
    "a chart of lines": lambda w: w.add_custom_scalars_multilinechart(["a", "b"], "c", "d"),
    "a chart with a margin": lambda w: w.add_custom_scalars_marginchart(["a", "b", "c"]),
    "points in space": lambda w: w.add_mesh("m", CORNERS, global_step=1),
    "a mesh": lambda w: w.add_mesh(
        "m", CORNERS, np.abs(CORNERS * 255).astype(np.int64), CORNERS.astype(np.int64),
        {"camera": {"cls": "PerspectiveCamera", "fov": 75}}, 1,
    ),
}  # fmt: skip


def as_in_pytorch(torch: Any, action: Action, ours: Path, theirs: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter as Theirs

    with SummaryWriter(ours) as writer:
        action(writer)
    with Theirs(str(theirs)) as writer:
        action(writer)


@pytest.mark.parametrize("call", CALLS)
def test_the_file_has_what_pytorchs_has(torch: Any, tmp_path: Path, call: str) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    as_in_pytorch(torch, CALLS[call], ours, theirs)
    found, expected = events_in(ours), events_in(theirs)
    assert sum(map(len, expected.values())) > 0
    assert found == expected


@pytest.mark.parametrize("with_pictures", [False, True])
@pytest.mark.parametrize("header", [None, ["name", "number"]])
def test_points_are_what_pytorch_writes(
    torch: Any, tmp_path: Path, with_pictures: bool, header: Any
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    labels = [f"é{at}" for at in range(11)] if header is None else [["a", at] for at in range(11)]
    shown = PICTURES[:, :, :5, :5] if with_pictures else None
    with SummaryWriter(ours) as writer:
        writer.add_embedding(WEIGHTS.repeat(3, 0)[:11], labels, shown, 3, "a/b", header)
        writer.add_embedding(WEIGHTS)
    from torch.utils.tensorboard import SummaryWriter as Theirs

    pictures = None if shown is None else torch.from_numpy(shown)
    with Theirs(str(theirs)) as writer:
        matrix = torch.from_numpy(WEIGHTS)
        writer.add_embedding(
            matrix.repeat_interleave(3, 0)[:11], labels, pictures, 3, "a/b", header
        )
        writer.add_embedding(matrix)
    for path in theirs.rglob("*"):
        if path.is_file() and "tfevents" not in path.name:
            assert (ours / path.relative_to(theirs)).read_bytes() == path.read_bytes(), path.name


# -- what TensorBoard reads ------------------------------------------------------------------------


def test_numbers_have_their_steps(written: Any) -> None:
    def action(writer: Any) -> None:
        writer.add_scalar("loss", at.tensor(0.5, requires_grad=True), 1)
        writer.add_scalar("loss", np.float64(0.25), global_step=at.tensor(2))
        writer.add_scalar("loss", 3)

    events = written(action).Scalars("loss")
    assert [(one.step, one.value) for one in events] == [(1, 0.5), (2, 0.25), (0, 3.0)]


def test_several_numbers_have_folders_of_their_own(written: Any) -> None:
    events = written(lambda one: one.add_scalars("a/loss", {"b": 1.0, "c": 2.0}, 5), "a_loss_c")
    assert [(one.step, one.value) for one in events.Scalars("a/loss")] == [(5, 2.0)]


def test_a_histogram_counts_all_values(written: Any) -> None:
    values = at.tensor([-3.0, 0.0, 0.5, 0.5, 7.0])
    (event,) = written(lambda one: one.add_histogram("w", values, 1)).Histograms("w")
    found = event.histogram_value
    assert (found.min, found.max, found.num, found.sum) == (-3, 7, 5, 5)
    assert found.sum_squares == pytest.approx(58.5)
    assert sum(found.bucket) == 5
    inside = [c for c, limit in zip(found.bucket, found.bucket_limit, strict=True) if limit > 0.5]
    assert sum(inside) == 3


def pixels_of(event: Any) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(event.encoded_image_string)))


def test_a_picture_is_read_back(written: Any) -> None:
    grey = at.tensor([[[0.0, 1.0], [0.5, 2.0]]])
    (event,) = written(lambda one: one.add_image("x", grey, 1)).Images("x")
    assert (event.width, event.height) == (2, 2)
    np.testing.assert_array_equal(
        pixels_of(event), np.array([[[0], [255]], [[127], [255]]]).repeat(3, 2)
    )


def test_pictures_stand_in_rows_of_eight(written: Any) -> None:
    levels = np.arange(10, 20, dtype=np.uint8)
    pictures = np.broadcast_to(levels[:, None, None, None], (10, 3, 2, 4))
    (event,) = written(lambda one: one.add_images("x", pictures, 1)).Images("x")
    pixels = pixels_of(event)
    assert pixels.shape == (4, 32, 3)
    assert pixels[0, ::4, 0].tolist() == [*range(10, 18)]
    assert pixels[3, ::4, 0].tolist() == [18, 19, 0, 0, 0, 0, 0, 0]


def test_a_figure_is_read_back_and_closed(written: Any) -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    figures = [pyplot.figure(figsize=(2, 1), dpi=50, facecolor=one) for one in ("red", "blue")]

    def action(writer: Any) -> None:
        writer.add_figure("f", figures[0], 1, close=False)
        writer.add_figure("f", figures, 2)

    one, two = written(action).Images("f")
    assert (one.width, one.height) == (100, 50)
    assert (two.width, two.height) == (200, 50)
    assert pixels_of(two)[0, [0, 150]].tolist() == [[255, 0, 0], [0, 0, 255]]
    assert not any(pyplot.fignum_exists(figure.number) for figure in figures)


def test_a_video_shows_its_frames_one_after_the_other(written: Any) -> None:
    from PIL import Image

    videos = np.zeros((3, 4, 1, 8, 10), np.uint8)
    for number in range(3):
        for frame in range(4):
            videos[number, frame] = 60 * number + 20 * frame
    (event,) = written(lambda one: one.add_video("v", at.tensor(videos), 1, fps=10)).Images("v")
    assert (event.width, event.height) == (40, 8)  # the fourth is empty
    moving = Image.open(io.BytesIO(event.encoded_image_string))
    assert moving.n_frames == 4
    assert moving.info["duration"] == 100
    for frame in range(4):
        moving.seek(frame)
        row = np.asarray(moving.convert("RGB"))[0, ::10, 0].tolist()
        assert row == [20 * frame, 60 + 20 * frame, 120 + 20 * frame, 0]


def test_a_sound_that_is_too_loud_is_cut_off_and_said(written: Any) -> None:
    import wave

    def action(writer: Any) -> None:
        with pytest.warns(RuntimeWarning, match="reaches 3; what is louder than 1 is cut off"):
            writer.add_audio("s", at.tensor([[0.0, 0.5, -3.0]]), 1, sample_rate=16000)

    (event,) = written(action).Audio("s")
    assert (event.sample_rate, event.length_frames, event.content_type) == (16000, 3, "audio/wav")
    with wave.open(io.BytesIO(event.encoded_audio_string)) as sound:
        frames = np.frombuffer(sound.readframes(3), "<i2")
    assert frames.tolist() == [0, 16383, -32767]


def test_text_is_read_back(written: Any) -> None:
    (event,) = written(lambda one: one.add_text("note", "it learns", 3)).Tensors(
        "note/text_summary"
    )
    assert (event.step, event.tensor_proto.string_val[0]) == (3, b"it learns")


DTYPES = ["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16",
          "uint32", "uint64", "bool", "complex64", "complex128"]  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0, 2)])
def test_a_tensor_is_read_back_to_the_bit(written: Any, dtype: str, shape: Any) -> None:
    values = np.asarray(RNG.standard_normal(shape) * 5).astype(np.int8).astype(dtype)
    if np.dtype(dtype).kind == "c":
        values = values * np.asarray(1 + 0.5j, dtype)
    elif np.dtype(dtype).kind == "f":
        values = (values / np.asarray(3, dtype)).astype(dtype)
    if dtype in ("uint32", "uint64") and not values.size:
        pytest.skip("TensorBoard reads no empty one of these")
    (event,) = written(lambda one: one.add_tensor("t", values, 1)).Tensors("t")
    found = tensor_util.make_ndarray(event.tensor_proto)
    assert (found.dtype, found.shape) == (values.dtype, values.shape)
    assert found.tobytes() == values.tobytes()


def test_what_cannot_be_written_is_refused_and_nothing_is_there(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path)
    ones = at.ones(2, 2)
    half = nn.Linear(2, 2)
    for call, error, message in (
        (lambda: writer.add_graph(None, ones), TypeError, "model must be an nn.Module, got None"),
        (lambda: writer.add_graph(half), TypeError, "a Tensor or a tuple of them, got NoneType"),
        (lambda: writer.add_graph(Cut(), ones), RuntimeError, "no graph behind what Cut gives"),
        (lambda: writer.add_scalar("x", at.ones(2)), TypeError, "one number, got shape"),
        (lambda: writer.add_scalar("x", "y"), TypeError, "got str 'y'"),
        (lambda: writer.add_scalar("x", 1j), TypeError, "is complex"),
        (lambda: writer.add_scalar(3, 1), TypeError, "tag must be a str, got int"),
        (lambda: writer.add_scalars("x", {"a": 1, "b": [1, 2]}), TypeError, "'b' must be one"),
        (lambda: writer.add_histogram("x", at.ones(0)), ValueError, "no element"),
        (lambda: writer.add_histogram("x", [float("nan")]), ValueError, "none of the 1 values"),
        (lambda: writer.add_histogram_raw("x", 0, 1, 1, 1, 1, [1], []), ValueError, "are 1, but"),
        (lambda: writer.add_image("x", ones), ValueError, "'CHW'"),
        (lambda: writer.add_image("x", at.ones(2, 2, 2)), ValueError, "1, 3 or 4 channels"),
        (lambda: writer.add_image("x", ones, dataformats="HH"), ValueError, "got 'HH'"),
        (lambda: writer.add_image("x", at.full((1, 2, 2), 200)), ValueError, "uint8"),
        (lambda: writer.add_image("x", ones / 0 * 0, dataformats="HW"), ValueError, "has NaN"),
        (lambda: writer.add_image_with_boxes("x", at.ones(3, 2, 2), ones), ValueError, "N, 4"),
        (lambda: writer.add_video("x", ones), ValueError, "videos \\(N, T, C, H, W\\)"),
        (lambda: writer.add_audio("x", at.ones(2, 2)), ValueError, "one channel"),
        (lambda: writer.add_audio("x", at.tensor([3, 9])), ValueError, "divide it by 32768"),
        (lambda: writer.add_pr_curve("x", [0, 2], [0.5, 0.5]), ValueError, "0 or 1, got 2"),
        (lambda: writer.add_pr_curve("x", [0, 1], [0.5, 7]), ValueError, "sigmoid"),
        (lambda: writer.add_pr_curve("x", [0, 1], [0.5]), ValueError, "2 labels do not fit 1"),
        (lambda: writer.add_hparams({"a": [1]}, {}), ValueError, "hparam_dict\\['a'\\] must be a"),
        (lambda: writer.add_hparams([], {}), TypeError, "hparam_dict must be a dict"),
        (lambda: writer.add_hparams({"a": 1}, {}, {"a": ["x"]}), TypeError, "values of the kind"),
        (lambda: writer.add_mesh("x", ones), ValueError, "vertices must be \\(B, N, 3\\)"),
        (lambda: writer.add_embedding(ones, ["a"]), ValueError, "1 metadata do not fit 2"),
        (lambda: writer.add_custom_scalars({"a": {"b": ["Pie", []]}}), ValueError, "be \\['Mul"),
        (lambda: writer.add_custom_scalars_marginchart(["a"]), ValueError, "three tags"),
        (lambda: writer.add_custom_scalars_multilinechart("ab"), ValueError, "Multiline"),
    ):  # fmt: skip
        with pytest.raises(error, match=message):
            call()
    assert list(tmp_path.iterdir()) == []


# -- graphs ----------------------------------------------------------------------------------------


class Cut(nn.Module):
    def forward(self, x: Any) -> Any:
        return x.detach()


class Net(nn.Module):
    """A body that is called twice, a head, and a function in between."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 4), nn.Tanh())
        self.norm = nn.BatchNorm1d(4)
        self.heads = nn.ModuleList([nn.Linear(4, 2), nn.Linear(4, 3)])

    def forward(self, x: Any) -> Any:
        x = F.relu(self.norm(self.body(self.body(x))))
        return [head(x) for head in self.heads]


def graph_in(folder: Path) -> dict[str, Any]:
    """The nodes by name."""
    graph = EventAccumulator(str(folder)).Reload().Graph()
    assert isinstance(graph, GraphDef)
    nodes = {node.name: node for node in graph.node}
    assert len(nodes) == len(graph.node)
    return nodes


def assert_whole(nodes: dict[str, Any]) -> None:
    """Every input of a node is another one, which has so many outputs."""
    for node in nodes.values():
        for one in node.input:
            name, _, output = one.partition(":")
            assert int(output or 0) < len(sizes_of(nodes[name])), (node.name, one)


def sizes_of(node: Any) -> list[tuple[int, ...]]:
    shapes = node.attr["_output_shapes"].list.shape
    return [tuple(dim.size for dim in one.dim) for one in shapes]


def behind(nodes: dict[str, Any], name: str) -> Iterator[str]:
    for one in nodes[name].input:
        yield one
        yield from behind(nodes, one.partition(":")[0])


def test_a_graph_has_modules_as_scopes_and_shapes_on_its_edges(tmp_path: Path) -> None:
    model = Net()
    model.norm.eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with SummaryWriter(tmp_path) as writer:
        writer.add_graph(model, at.randn(6, 4))
    nodes = graph_in(tmp_path)
    assert {name.rpartition("/")[0] for name in nodes} == {
        "input", "output", "Net", "Net/Sequential[body]/Linear[0]", "Net/Sequential[body]/Tanh[1]",
        "Net/BatchNorm1d[norm]", "Net/ModuleList[heads]/Linear[0]",
        "Net/ModuleList[heads]/Linear[1]",
    }  # fmt: skip
    body = [one for one in nodes if one.startswith("Net/Sequential[body]/Linear[0]/")]
    assert len([one for one in body if nodes[one].op == "Parameter"]) == 2
    assert len([one for one in body if nodes[one].op != "Parameter"]) == 2
    assert sizes_of(nodes["Net/Sequential[body]/Linear[0]/weight"]) == [(4, 4)]
    assert sizes_of(nodes["input/x"]) == [(6, 4)]
    assert sizes_of(nodes["output/output.2"]) == [(6, 3)]
    assert "input/x" in behind(nodes, "output/output.1")
    assert all(nodes[one].op == "Parameter" for one in nodes if one.endswith(("weight", "bias")))
    assert model.training
    assert not model.norm.training
    for name, value in model.state_dict().items():
        assert bool((value == before[name]).all()), name


def test_a_graph_has_frozen_parameters_and_integers(tmp_path: Path) -> None:
    class Words(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(10, 4)
            self.head = nn.Linear(4, 2)

        def forward(self, words: Any) -> Any:
            return {"scores": self.head(self.table(words).mean(1))}

    model = Words()
    model.table.requires_grad_(False)
    with SummaryWriter(tmp_path) as writer:
        writer.add_graph(model, (at.tensor([[1, 2, 3]]),))
    nodes = graph_in(tmp_path)
    lookup = nodes["Words/Embedding[table]/rows"]
    assert set(lookup.input) == {"Words/Embedding[table]/weight", "input/words"}
    assert sizes_of(lookup) == [(1, 3, 4)]
    assert "output/output.scores" in nodes
    assert [one.requires_grad for one in model.parameters()] == [False, True, True]


def test_a_graph_of_every_layer_names_only_nodes_that_there_are(tmp_path: Path) -> None:
    models = [
        (nn.LSTM(3, 4, num_layers=2), at.randn(5, 2, 3)),
        (nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), at.randn(2, 5, 8)),
        (nn.MultiheadAttention(8, 2), (at.randn(5, 2, 8),) * 3),
        (nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2), nn.Flatten()), at.randn(1, 1, 8, 8)),
        (nn.Identity(), at.randn(3)),
    ]
    for number, (model, inputs) in enumerate(models):
        with SummaryWriter(tmp_path / str(number)) as writer:
            writer.add_graph(model, inputs)
        nodes = graph_in(tmp_path / str(number))
        assert_whole(nodes)
        start = "output/output.1" if "output/output.1" in nodes else "output/output"
        assert any(one.startswith("input/") for one in behind(nodes, start)), type(model)


def test_a_graph_is_printed_on_request(tmp_path: Path, capsys: Any) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_graph(nn.Tanh(), at.zeros(2), verbose=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "Tanh/tanh = tanh(input/input) (2,)"


@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")
def test_a_graph_has_the_scopes_that_pytorchs_has(torch: Any, tmp_path: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter as Theirs

    def made(nn: Any) -> Any:
        return nn.Sequential(nn.Linear(4, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 2)))

    with SummaryWriter(tmp_path / "ours") as writer:
        writer.add_graph(made(nn), at.zeros(5, 4))
    with Theirs(str(tmp_path / "theirs")) as writer:
        writer.add_graph(made(torch.nn), torch.zeros(5, 4))
    ours, theirs = (scopes_of(graph_in(tmp_path / name)) for name in ("ours", "theirs"))
    assert ours == theirs
    assert "Sequential/Sequential[1]/Linear[1]" in ours


def scopes_of(nodes: dict[str, Any]) -> set[str]:
    """All modules that nodes are in."""
    parts = [name.split("/") for name in nodes]
    paths = {"/".join(one[: end + 1]) for one in parts for end in range(len(one))}
    return {path for path in paths if path.endswith("]")}


def test_a_graph_of_an_onnx_file_is_what_pytorch_makes_of_it(torch: Any, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="needs the extra: pip install -e .[onnx]")
    helper = onnx.helper
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], kernel_shape=[3, 3], auto_pad="SAME_UPPER"),
        helper.make_node("LeakyRelu", ["c"], ["y"], alpha=0.1),
    ]
    ends = [
        helper.make_tensor_value_info(name, 1, [size, 1, 4, 4])
        for name, size in (("x", "N"), ("y", 1))
    ]
    model = helper.make_model(helper.make_graph(nodes, "g", ends[:1], ends[1:]))
    path = tmp_path / "model.onnx"
    onnx.save(model, str(path))
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    as_in_pytorch(torch, lambda writer: writer.add_onnx_graph(str(path)), ours, theirs)
    (found,), (expected,) = events_in(ours)["."], events_in(theirs)["."]
    assert GraphDef.FromString(found.graph_def) == GraphDef.FromString(expected.graph_def)


# -- the callback of fit ---------------------------------------------------------------------------


def digits() -> TensorDataset:
    generator = at.Generator().manual_seed(1)
    pictures = at.rand(24, 1, 6, 6, generator=generator)
    return TensorDataset(pictures, (pictures.mean((1, 2, 3)) > 0.5).long())


def train(callbacks: Sequence[Callback], epochs: int = 3, **options: Any) -> Any:
    """What was trained, and its history."""
    at.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 2))
    groups = [{"params": model[0].parameters(), "lr": 0.02}, {"params": model[3].parameters()}]
    optimizer = optim.Adam(groups, lr=0.01)
    loader, validation = DataLoader(digits(), 8), DataLoader(digits(), 10)
    options = {"validation": validation, "verbose": False, "callbacks": callbacks} | options
    return model, fit(model, loader, F.cross_entropy, optimizer, epochs, **options)


def everything(folder: Path) -> TensorBoard:
    return TensorBoard(
        folder, every=1, histograms=True, gradient_norms=True, images=5, graph=True,
        pr_curves=True, hparams={"lr": 0.01, "kind": "small"}, classes=["dark", "light"],
    )  # fmt: skip


def read(folder: Path) -> Any:
    return EventAccumulator(str(folder), {"scalars": 0, "images": 0, "histograms": 0}).Reload()


class Note(Callback):
    """What the callback should have seen, noted by plain means."""

    def __init__(self) -> None:
        self.norms: list[float] = []
        self.weights: list[np.ndarray] = []
        self.chances: list[np.ndarray] = []

    def on_fit_begin(self, run: Any) -> None:
        self.weights.append(run.model[3].weight.detach().numpy().copy())

    def on_backward_end(self, run: Any) -> None:
        squares = [float((p.grad.numpy().astype(float) ** 2).sum()) for p in run.model.parameters()]
        self.norms.append(sum(squares) ** 0.5)

    def on_epoch_end(self, run: Any) -> None:
        self.weights.append(run.model[3].weight.detach().numpy().copy())
        with at.no_grad():
            self.chances.append(run.model(digits().tensors[0]).softmax(1).numpy())


def test_fit_writes_all_that_was_asked_for(tmp_path: Path) -> None:
    note = Note()
    model, history = train([everything(tmp_path), note])
    root, training, validation, batches = (
        read(tmp_path / name) for name in ("model", "train", "validation", "batches")
    )
    for events, kind in ((training, "train"), (validation, "validation")):
        for tag in ("loss", "accuracy"):
            values = np.array(history[f"{kind}_{tag}"], np.float32).tolist()
            assert [(one.step, one.value) for one in events.Scalars(tag)] == [*enumerate(values, 1)]
    rates = [one.value for one in training.Scalars("learning_rate_1")]
    np.testing.assert_allclose(rates, [0.01] * 3, rtol=1e-6)
    assert all(0 < one.value < 60 for one in training.Scalars("epoch_seconds"))
    norms = [one.value for one in training.Scalars("gradient_norm")]
    np.testing.assert_allclose(norms, np.reshape(note.norms, (3, 3)).mean(1), rtol=1e-5)
    each = [one.value for one in batches.Scalars("batch_gradient_norm")]
    np.testing.assert_allclose(each, note.norms, rtol=1e-5)
    assert "gradient_norms/0.weight" in training.Tags()["scalars"]
    for event, weights in zip(root.Histograms("weights/3.weight"), note.weights, strict=True):
        found = event.histogram_value
        assert found.num == sum(found.bucket) == weights.size
        assert (found.min, found.max) == (weights.min(), weights.max())
    assert [one.step for one in root.Histograms("weights/3.weight")] == [0, 1, 2, 3]
    assert [one.step for one in root.Histograms("gradients/0.bias")] == [1, 2, 3]
    assert [one.step for one in root.Images("inputs")] == [1]
    assert [one.step for one in root.Images("kernels/0.weight")] == [1, 2, 3]
    assert "Sequential/Conv2d[0]/weight" in graph_in(tmp_path / "model")
    labels = digits().tensors[1].numpy()
    for event, chances in zip(
        validation.Tensors("precision and recall/light"), note.chances, strict=True
    ):
        rows = tensor_util.make_ndarray(event.tensor_proto)
        above = chances[:, 1] >= 64 / 126
        assert rows[:2, 64].tolist() == [
            (above & (labels == 1)).sum(),
            (above & (labels == 0)).sum(),
        ]
    wrong = [int((chances.argmax(1) != labels).sum()) for chances in note.chances]
    shown = {one.step: one for one in validation.Images("answered wrong")}
    assert {*shown} == {epoch for epoch, count in enumerate(wrong, 1) if count}
    for epoch, event in shown.items():
        assert event.width == 86 * min(wrong[epoch - 1], 4)
    (text,) = root.Tensors("model/text_summary")
    assert b"Conv2d      (8, 3, 4, 4)" in text.tensor_proto.string_val[0]
    (text,) = root.Tensors("settings/text_summary")
    assert b"| group 1, lr | 0.01 |" in text.tensor_proto.string_val[0]
    assert model.training


def hparams_in(folder: Path) -> list[Any]:
    summaries = read(folder).SummaryMetadata
    tags = [f"_hparams_/{one}" for one in ("experiment", "session_start_info", "session_end_info")]
    return [HParamsPluginData.FromString(summaries(tag).plugin_data.content) for tag in tags]


def test_runs_are_compared_by_their_settings(tmp_path: Path) -> None:
    _, history = train([everything(tmp_path)], 2)
    experiment, start, end = hparams_in(tmp_path)
    assert [one.name.tag for one in experiment.experiment.metric_infos] == [
        "hparam/train_loss", "hparam/train_accuracy", "hparam/validation_loss",
        "hparam/validation_accuracy",
    ]  # fmt: skip
    assert start.session_start_info.hparams["kind"].string_value == "small"
    assert end.session_end_info.status == 1
    (last,) = read(tmp_path).Scalars("hparam/validation_loss")
    assert (last.step, last.value) == (2, np.float32(history["validation_loss"][-1]))


class Stop(Exception):  # noqa: N818
    """In place of a kill."""


class StopAt(Callback):
    def __init__(self, step: int) -> None:
        self.step = step

    def on_batch_end(self, run: Any) -> None:
        if run.step == self.step:
            raise Stop


def without_time(event: Any) -> str:
    return str({name: one for name, one in vars(event).items() if name != "wall_time"})


def curves_in(folder: Path) -> dict[str, Any]:
    """All that TensorBoard shows, but for what depends on the clock."""
    found: dict[str, Any] = {}
    for name in ("", "model", "train", "validation", "batches"):
        events = read(folder / name)
        for tag in events.Tags()["scalars"]:
            if tag != "epoch_seconds":
                found[f"{name} {tag}"] = [(one.step, one.value) for one in events.Scalars(tag)]
        for kind in ("images", "histograms", "tensors"):
            read_kind = getattr(events, kind.capitalize())
            for tag in events.Tags()[kind]:
                found[f"{name} {tag}"] = [(one.step, without_time(one)) for one in read_kind(tag)]
    return found


@pytest.mark.parametrize("step", [1, 3, 5, 8])
def test_a_resumed_run_goes_on_with_the_same_curves(tmp_path: Path, step: int) -> None:
    train([everything(tmp_path / "whole")])
    options = {"checkpoint": tmp_path / "run", "checkpoint_every": 2}
    with pytest.raises(Stop):
        train([everything(tmp_path / "board"), StopAt(step)], **options)
    train([everything(tmp_path / "board")], resume=True, **options)
    whole, resumed = curves_in(tmp_path / "whole"), curves_in(tmp_path / "board")
    assert resumed.keys() == whole.keys()
    for tag, values in whole.items():
        assert resumed[tag] == values, tag
    graphs = [graph_in(tmp_path / name / "model").keys() for name in ("board", "whole")]
    assert graphs[0] == graphs[1]


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from tests.tools.test_tensorboard import Callback, everything, train

class Kill(Callback):
    def on_batch_end(self, run):
        if run.step == 8:
            os.kill(os.getpid(), signal.SIGKILL)

train([everything(sys.argv[2]), Kill()])
"""


def test_a_killed_run_leaves_files_that_can_be_read(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", KILLED, root, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [one.step for one in read(tmp_path / "train").Scalars("loss")] == [1, 2]
    assert [one.step for one in read(tmp_path / "batches").Scalars("batch_loss")] == [*range(1, 9)]
    assert [one.step for one in read(tmp_path / "model").Histograms("weights/0.weight")] == [
        0,
        1,
        2,
    ]


def test_a_writer_of_ones_own_in_the_same_folder_is_left_alone(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_text("note", "mine", 0)
        train([everything(tmp_path), Mine(writer)], 2)
    (text,) = read(tmp_path).Tensors("note/text_summary")
    assert text.tensor_proto.string_val[0] == b"mine"
    assert [one.step for one in read(tmp_path).Histograms("mine")] == [1, 2]


class Mine(Callback):
    def __init__(self, writer: SummaryWriter) -> None:
        self.writer = writer

    def on_epoch_end(self, run: Any) -> None:
        self.writer.add_histogram("mine", run.model[3].weight, run.epoch)
