"""Pictures of graphs: what is in them, compared with the graph itself, and where it stands."""

from __future__ import annotations

import gc
import pickle
import random
import time
import weakref
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from autotensor.seeing.drawing import Drawing
from autotensor.seeing.drawing.layout import Item, Link, apart, arrange, give_columns
from autotensor.seeing.drawing.parts import Card, Frame
from autotensor.seeing.drawing.text import number, numbers
from autotensor.seeing.reading import read
from autotensor.utils.checkpoint import checkpoint

SVG = "{http://www.w3.org/2000/svg}"


def tensor(*values: float) -> at.Tensor:
    return at.tensor([float(one) for one in values], requires_grad=True)


def parts(drawing: Drawing, kind: str) -> list[ElementTree.Element]:
    """The elements of a class, without those that are hidden."""
    root = ElementTree.fromstring(drawing.svg)
    found = [one for one in root.iter() if kind in one.get("class", "").split()]
    return [one for one in found if "at-hidden" not in one.get("class", "")]


def words(element: ElementTree.Element) -> list[str]:
    """The lines of text that can be seen in a card."""
    return [
        (one.text or "").replace("\N{NO-BREAK SPACE}", " ")
        for one in element.iter(f"{SVG}text")
        if "at-toggle" not in one.get("class", "")
    ]


def cards(drawing: Drawing) -> dict[str, list[str]]:
    """By what stands in its first line, what else is written on each card."""
    return {words(one)[0]: words(one)[1:] for one in parts(drawing, "at-card")}


def neuron() -> tuple[at.Tensor, ...]:
    w, x, b = tensor(0.5, -0.25), tensor(1, 3), at.tensor(0.5, requires_grad=True)
    return w, x, b, ((w * x).sum() + b).tanh()


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU())
        self.head = nn.Linear(8, 3)

    def forward(self, x: at.Tensor) -> at.Tensor:
        return self.head((self.block(x) + x).flatten(1))


def networks() -> dict[str, Any]:
    """Graphs of several kinds."""
    cell = nn.LSTMCell(2, 3)
    state = (at.zeros(1, 3), at.zeros(1, 3))
    for _ in range(3):
        state = cell(at.randn(1, 2), state)
    x = tensor(1, 2, 3)
    slope, bend = x, x
    for _ in range(2):
        slope = at.grad((slope**3).sum(), x, create_graph=True)[0]
        bend = bend.exp()
    bend[0:1].mul_(2)
    left, right = at.linalg.qr(at.eye(2, requires_grad=True))
    wide = nn.ModuleList([nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)) for _ in range(3)])
    given = tensor(1, 2)
    return {
        "neuron": neuron()[3],
        "side by side": sum(one(given) for one in wide) * given,
        "residual": Residual()(at.randn(1, 2, 2, 2)),
        "shared weights": state[0].sum(),
        "encoder": nn.TransformerEncoderLayer(4, 2, 8)(at.randn(2, 1, 4)),
        "derivatives": slope,
        "in place": bend,
        "several roots": {"q": left, "both": [right, x]},
        "checkpoint": checkpoint(lambda x: (x * 2).exp(), x),
        "leaf": x,
        "constant": at.ones(2),
        "nothing": [],
    }


KINDS = list(networks())


# -- what is in a picture --------------------------------------------------------------------------


def test_a_neuron_with_its_numbers() -> None:
    w, x, b, y = neuron()  # the names that the cards have
    assert w.shape == x.shape != b.shape
    value = np.tanh(0.25)
    assert cards(at.draw(y)) == {
        "w": ["2 · float32", "= [0.5, −0.25]"],
        "x": ["2 · float32", "= [1, 3]"],
        "mul": ["input · other", "2 · float32", "= [0.5, −0.75]"],
        "sum": ["Σ input", "scalar · float32", "= −0.25"],
        "b": ["scalar · float32", "= 0.5"],
        "add": ["input + other", "scalar · float32", "= 0.25"],
        "y = tanh": ["tanh(input)", "scalar · float32", f"= {value:.4g}"],
    }
    y.backward()
    slope = 1 - value**2
    drawn = cards(at.draw(y))
    gradients = {name: lines[-1] for name, lines in drawn.items()}
    assert gradients == {
        "y = tanh": "grad 1",
        "add": f"grad {slope:.4g}",
        "b": f"grad {slope:.4g}",
        "sum": f"grad {slope:.4g}",
        "mul": f"grad [{slope:.4g}, {slope:.4g}]",
        "w": f"grad [{slope:.4g}, {3 * slope:.4g}]",
        "x": f"grad [{slope / 2:.4g}, −{slope / 4:.4g}]",
    }
    (card,) = [one for one in parts(at.draw(y), "at-card") if one.get("data-name") == "mul"]
    about = card.findtext(f"{SVG}title") or ""
    assert about.splitlines()[:3] == [
        "mul: input · other", "d input = g · other", "d other = g · input",
    ]  # fmt: skip


def test_gradients_of_large_tensors_have_their_norm() -> None:
    weight = at.full((3, 4), 2.0, requires_grad=True)
    (weight * 2).sum().backward()
    assert cards(at.draw(weight))["weight"] == ["3 × 4 · float32", f"‖grad‖ {np.sqrt(48):.4g}"]
    middle = weight * 3
    middle.retain_grad()
    loss = middle.sum()
    loss.backward()
    assert cards(at.draw(loss))["middle = mul"][-1] == f"‖grad‖ {np.sqrt(12):.4g}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("direction", ["down", "right"])
def test_every_operator_leaf_and_argument_once(kind: str, direction: str) -> None:
    tensors = networks()[kind]
    graph, drawing = read(tensors), at.draw(tensors, direction=direction, depth=99)
    named = sorted(str(one.get("data-name")) for one in parts(drawing, "at-card"))
    leaves = [one.name or one.kind for one in graph.leaves]
    # The names of variables are those where it is read: here, and in ``draw`` called from here.
    assert named == sorted([*(one.operator for one in graph.steps), *leaves])
    wires = [(one.get("data-from"), one.get("data-to")) for one in parts(drawing, "at-wire")]
    assert len(wires) == sum(len(one.sources) for one in graph.steps)
    key = {place: f"s{at}" for at, place in enumerate(reversed(graph.steps))}
    key |= {leaf: f"l{at}" for at, leaf in enumerate(graph.leaves)}  # type: ignore[dict-item]
    expected = [(key[one.place], key[step]) for step in graph.steps for one in step.sources]  # type: ignore[index]
    assert sorted(wires) == sorted(expected)
    roots = {str(one.get("data-key")) for one in parts(drawing, "at-root")}
    assert roots == {key[one.place] for one in graph.roots}  # type: ignore[index]


def test_boxes_have_what_their_module_recorded() -> None:
    model = Residual()
    y = model(at.randn(1, 2, 2, 2))
    drawing, graph = at.draw(y), read(y)
    boxes = {str(one.get("data-name")): box(drawing, one) for one in parts(drawing, "at-frame")}
    assert set(boxes) == {"", "block", "block.0", "block.1", "block.2", "head"}
    inside: dict[str, set[str]] = {}
    for card in parts(drawing, "at-card"):
        for name, outer in boxes.items():
            if within(box(drawing, card), outer):
                inside.setdefault(name, set()).add(str(card.get("data-name")))
    # Which calls a step was recorded in is compared with what hooks see in test_reading.py.
    expected: dict[str, set[str]] = {name: set() for name in boxes}
    for step in graph.steps:
        for call in step.calls:
            expected[call.path].add(step.operator)
    for name in dict(model.named_parameters()):
        for path in boxes:
            if not path or name.startswith(f"{path}."):
                expected[path].add(name)
    assert inside == expected
    titles = [words(one)[0] for one in parts(drawing, "at-head")]
    assert titles == [
        "Residual", "block: Sequential", "0: Conv2d", "1: BatchNorm2d", "2: ReLU", "head: Linear",
    ]  # fmt: skip


def test_folded_modules_are_one_card() -> None:
    model = Residual()
    y = model(at.randn(1, 2, 2, 2))
    drawing = at.draw(y, depth=1)
    assert [words(one) for one in parts(drawing, "at-closed")] == [
        ["block: Sequential", "5 operators, 42 parameters", "1 × 2 × 2 × 2 · float32"],
        ["head: Linear", "1 operator, 27 parameters", "1 × 3 · float32"],
    ]
    assert [words(one)[0] for one in parts(drawing, "at-card")] == ["add", "reshape"]
    assert "block.0.weight" not in drawing.svg
    assert "block.0.weight" in drawing.html
    assert len(parts(at.draw(y, depth=0), "at-closed")) == 1
    assert parts(at.draw(y, depth=0), "at-card") == []


def test_large_graphs_are_folded_at_first() -> None:
    model = nn.Sequential(*(nn.Sequential(*(nn.Linear(3, 3) for _ in range(10))) for _ in range(9)))
    drawing = at.draw(model(at.randn(1, 3)))
    assert len(parts(drawing, "at-closed")) == 90
    assert parts(drawing, "at-card") == []


def test_calls_of_a_module_are_counted() -> None:
    cell = nn.Linear(2, 2)
    y = cell(cell(at.randn(1, 2)))
    titles = [words(one)[0] for one in parts(at.draw(y), "at-head")]
    assert titles == ["Linear, call 1 of 2", "Linear, call 2 of 2"]
    drawn = {str(one.get("data-name")) for one in parts(at.draw(y), "at-parameter")}
    assert drawn == {"weight", "bias"}


def test_names_are_those_given() -> None:
    x, hidden = tensor(1), tensor(2)
    drawing = at.draw(x * hidden, names={"state": hidden})
    assert {"x", "state"} < set(cards(drawing))


def test_text_is_escaped() -> None:
    name = 'a <b> & "c" ]]>'
    drawing = at.draw(tensor(1), names={})
    assert ElementTree.fromstring(drawing.svg) is not None
    x = tensor(1)
    drawing = at.draw(x * 1, names={name: x})
    assert name in cards(drawing)
    assert "<b>" not in drawing.html.replace("&lt;b&gt;", "")


def test_numbers_are_short() -> None:
    assert [number(one) for one in (0.1 + 0.2, -1e-9, 3, True, -np.inf, np.nan)] == [
        "0.3", "−1e−09", "3", "True", "−∞", "nan",
    ]  # fmt: skip
    assert numbers(np.arange(6.0)) == ["[0, 1, 2, 3,", " 4, 5]"]
    assert numbers(np.arange(4).reshape(2, 2)) == ["[[0, 1]", " [2, 3]]"]
    assert numbers(np.zeros((0, 3))) == ["[]"]
    assert numbers(np.array(-2.5)) == ["−2.5"]


# -- modules ---------------------------------------------------------------------------------------


def test_a_module_with_inputs_is_run_once_and_left_as_it_was() -> None:
    model = Residual()
    state = {name: one.detach().clone() for name, one in model.state_dict().items()}
    at.manual_seed(3)
    expected = at.rand(2).tolist()
    at.manual_seed(3)
    x = at.randn(2, 2, 2, 2, generator=at.Generator().manual_seed(0))
    for drawing in (at.draw(model, x), at.draw(model, inputs=[x]), at.draw(model, inputs={"x": x})):
        drawn = cards(drawing)
        assert drawn["x"] == ["2 × 2 × 2 × 2 · float32"]
        assert "linear" in drawn
    assert at.rand(2).tolist() == expected
    assert all(at.equal(one, state[name]) for name, one in model.state_dict().items())
    assert model.training
    assert all(one.grad is None for one in model.parameters())
    assert not x.requires_grad


def test_a_module_may_write_to_its_input_and_take_whole_numbers() -> None:
    x = at.randn(2, 3)
    before = x.clone()
    drawing = at.draw(nn.Sequential(nn.ReLU(inplace=True), nn.Linear(3, 1)), inputs=x)
    assert {"input", "relu"} <= set(cards(drawing))
    assert at.equal(x, before)
    words_of = nn.Sequential(nn.Embedding(5, 2), nn.Linear(2, 1))
    assert {"weight", "linear"} <= set(cards(at.draw(words_of, inputs=at.tensor([1, 2]))))


def test_a_module_alone_shows_its_parts() -> None:
    model = Residual()
    model.twin = model.head
    drawing = at.draw(model)
    drawn = cards(drawing)
    assert drawn["0: Conv2d"][1:] == ["weight  2 × 2 × 3 × 3 · float32", "bias  2 · float32"]
    assert drawn["twin: Linear"] == ["is head, once more"]
    assert [words(one)[0] for one in parts(drawing, "at-head")] == ["Residual", "block: Sequential"]
    tops = {words(one)[0]: box(drawing, one)[1] for one in parts(drawing, "at-card")}
    assert sorted(tops, key=lambda name: tops[name]) == [
        "0: Conv2d", "1: BatchNorm2d", "2: ReLU", "head: Linear", "twin: Linear",
    ]  # fmt: skip
    assert "weight  is not known yet" in cards(at.draw(nn.LazyLinear(3)))["LazyLinear"]
    tied = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    tied[1].weight = tied[0].weight
    assert "weight  is 0.weight" in cards(at.draw(tied))["1: Linear"]


# -- where it stands -------------------------------------------------------------------------------


def box(drawing: Drawing, element: ElementTree.Element) -> tuple[float, float, float, float]:
    """Left, top, right, bottom."""
    left, top = (element.get("transform") or "")[len("translate(") : -1].split(",")
    rect = element.find(f"{SVG}rect")
    assert rect is not None
    across, down = float(rect.get("width", "")), float(rect.get("height", ""))
    return float(left), float(top), float(left) + across, float(top) + down


def within(inner: tuple[float, ...], outer: tuple[float, ...]) -> bool:
    return all(one >= other - 0.2 for one, other in zip(inner[:2], outer[:2], strict=True)) and all(
        one <= other + 0.2 for one, other in zip(inner[2:], outer[2:], strict=True)
    )


def apart_from(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("direction", ["down", "right", "up", "left"])
@pytest.mark.parametrize("depth", [99, 1])
def test_nothing_overlaps_and_all_is_in_the_picture(kind: str, direction: str, depth: int) -> None:
    drawing = at.draw(networks()[kind], direction=direction, depth=depth)
    whole = (0.0, 0.0, drawing.width, drawing.height)
    plan = drawing._plan
    drawn = {
        str(one.get("data-key")): box(drawing, one)
        for name in ("at-card", "at-closed", "at-frame")
        for one in parts(drawing, name)
    }
    for frame in plan.picture.whole.all_frames():
        inside = [drawn[one.key] for one in frame.parts if one.key in drawn]
        outer = drawn.get(frame.key, whole)
        assert all(within(one, outer) for one in inside)
        assert all(apart_from(one, other) for at, one in enumerate(inside) for other in inside[:at])
    root = ElementTree.fromstring(drawing.svg)
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("direction", ["down", "right", "up", "left"])
def test_arrows_go_one_way(kind: str, direction: str) -> None:
    drawing = at.draw(networks()[kind], direction=direction, depth=99)
    boxes = {str(one.get("data-key")): box(drawing, one) for one in parts(drawing, "at-card")}
    axis = 1 if direction in ("down", "up") else 0
    for wire in parts(drawing, "at-wire"):
        start, end = boxes[str(wire.get("data-from"))], boxes[str(wire.get("data-to"))]
        if direction in ("down", "right"):
            assert start[axis + 2] < end[axis]
        else:
            assert end[axis + 2] < start[axis]
        # It begins and ends at their edges.
        points = [
            [float(one) for one in pair.strip("MLC").split(",")]
            for pair in str(wire.get("d")).split()
        ]
        for point, place in ((points[0], start), (points[-1], end)):
            assert place[0] - 0.2 <= point[0] <= place[2] + 0.2
            assert place[1] - 0.2 <= point[1] <= place[3] + 0.2


def test_a_straight_network_is_straight() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3), nn.Tanh())
    drawing = at.draw(model, at.randn(1, 3))
    middles = {
        round((left + right) / 2)
        for one in parts(drawing, "at-card")
        if "at-step" in str(one.get("class"))
        for left, _, right, _ in [box(drawing, one)]
    }
    assert max(middles) - min(middles) <= 1


def test_layouts_of_random_graphs() -> None:
    chance = random.Random(0)
    for size in (1, 2, 7, 40, 150):
        items = [Item(size=chance.uniform(20, 120)) for _ in range(size)]
        links = [
            Link(items[max(0, at - chance.choice([1, 1, 2, 5, 20]))], items[at], at)
            for at in range(1, size)
            for _ in range(chance.choice([1, 1, 2]))
        ]
        layers = arrange(items, links)
        give_columns(layers)
        assert sorted(id(one) for layer in layers for one in layer if not one.bend) == sorted(
            map(id, items)
        )
        for place, layer in enumerate(layers):
            assert all(one.layer == place for one in layer)
            for left, right in pairwise(layer):
                assert right.column - left.column >= apart(left, right) - 1e-6
        for link in links:
            chain = [link.start, *link.bends, link.end]
            assert [one.layer for one in chain] == [*range(link.start.layer, link.end.layer + 1)]


def test_crossings_that_need_not_be_are_not_there() -> None:
    """A braid: two chains whose links are given crosswise."""
    left, right = ([Item(size=50) for _ in range(6)] for _ in range(2))
    links = [Link(*pair) for chain in (left, right) for pair in pairwise(chain)]
    items = [
        one for at in range(6) for one in ((left, right)[at % 2][at], (right, left)[at % 2][at])
    ]
    layers = arrange(items, links)
    give_columns(layers)
    assert len({layer[0] in left for layer in layers}) == 1
    for chain in (left, right):
        assert max(one.column for one in chain) - min(one.column for one in chain) < 1e-6


def test_a_tree_has_no_crossings() -> None:
    """However its leaves were shuffled, which stand in the first layer."""
    chance = random.Random(0)
    rows = [[Item(size=30) for _ in range(2**at_)] for at_ in range(5, -1, -1)]
    links = [
        Link(one, below[at_ // 2])
        for above, below in pairwise(rows)
        for at_, one in enumerate(above)
    ]
    items = [one for row in rows for one in chance.sample(row, len(row))]
    layers = arrange(items, links)
    for layer, below in pairwise(layers):
        place = {one: at_ for at_, one in enumerate(below)}
        ends = [place[link.end] for one in layer for link in one.after]
        assert sum(one > other for at_, other in enumerate(ends) for one in ends[:at_]) == 0


def test_links_against_the_order_are_turned_round() -> None:
    first, second = Item(size=10), Item(size=10)
    back = Link(second, first)
    layers = arrange([first, second], [back])
    assert back.turned
    assert [len(layer) for layer in layers] == [1, 1]


def test_it_is_quick() -> None:
    values = [at.randn(2, 2).requires_grad_()]
    chance = random.Random(1)
    for _ in range(300):
        near = [values[max(0, len(values) - chance.randint(1, 6))] for _ in range(2)]
        values.append(near[0] * near[1])
    total = values[-1] + sum(values)
    began = time.process_time()
    drawing = at.draw(total)
    assert time.process_time() - began < 4  # about 0.5 s, on a machine with time for it
    assert len(parts(drawing, "at-step")) > 300


# -- files -----------------------------------------------------------------------------------------


def test_files_and_what_notebooks_are_given(tmp_path: Path) -> None:
    y = neuron()[3]
    drawing = at.draw(y, tmp_path / "graph.svg")
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8") == drawing.svg
    assert drawing.save(str(tmp_path / "graph.HTML")) == tmp_path / "graph.HTML"
    text = (tmp_path / "graph.HTML").read_text(encoding="utf-8")
    assert text == drawing.html
    assert text.startswith("<!doctype html>")
    assert drawing._repr_svg_() == drawing.svg
    assert drawing.svg[:200] in drawing._repr_html_() or "<svg" in drawing._repr_html_()
    assert repr(drawing).startswith("<Drawing: Graph of y = tanh; 4 operators, 0 parameters; ")
    for made in (drawing.svg, drawing.html, drawing._repr_html_()):
        assert "http" not in made.replace("http://www.w3.org/2000/svg", "")
        assert "@import" not in made
    assert at.draw(y).svg == drawing.svg  # the same graph gives the same file


def test_a_summary_can_draw(tmp_path: Path) -> None:
    model = Residual()
    drawing = nn.summary(model, (1, 2, 2, 2)).draw(tmp_path / "model.svg", depth=1)
    assert [words(one)[0] for one in parts(drawing, "at-closed")] == [
        "block: Sequential", "head: Linear",
    ]  # fmt: skip
    assert (tmp_path / "model.svg").exists()
    assert model.training
    assert cards(nn.summary(model).draw()).keys() >= {"head: Linear"}
    assert "x" in cards(nn.summary(model, inputs={"x": at.ones(1, 2, 2, 2)}).draw())


def test_what_is_refused(tmp_path: Path) -> None:
    x = tensor(1)
    with pytest.raises(TypeError, match=r"draw: expected a Tensor, .* or a Module, got str"):
        at.draw("x")
    with pytest.raises(ValueError, match=r"the file must end with .svg or .html, got 'x.png'"):
        at.draw(x, "x.png")
    with pytest.raises(FileNotFoundError, match=r"draw: the folder .*nowhere does not exist"):
        at.draw(x, tmp_path / "nowhere" / "x.svg")
    with pytest.raises(TypeError, match=r"path must be a str or os\.PathLike, got int"):
        at.draw(x, 3)
    with pytest.raises(ValueError, match="direction must be one of 'down', 'right', 'up', 'left'"):
        at.draw(x, direction="TB")
    with pytest.raises(ValueError, match="depth must not be negative, got -1"):
        at.draw(x, depth=-1)
    with pytest.raises(TypeError, match="depth must be an int or None, got bool"):
        at.draw(x, depth=True)
    with pytest.raises(ValueError, match="inputs go with a Module, got Tensor"):
        at.draw(x, inputs=x)
    for names in ({"x": 1}, {1: x}, [x], "x", x):
        with pytest.raises(TypeError, match="names must be a dict of Tensors"):
            at.draw(x, names=names)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"inputs must be a Tensor, a tuple or list of .* got int"):
        at.draw(nn.Linear(2, 2), inputs=3)
    with pytest.raises(ValueError, match="must end with"):
        at.draw(x).save("x")
    assert list(tmp_path.iterdir()) == []


def test_cards_and_frames_know_each_other() -> None:
    plan = at.draw(Residual()(at.randn(1, 2, 2, 2)))._plan
    for frame in plan.picture.whole.all_frames():
        for part in frame.parts:
            assert (part.frame if isinstance(part, Card) else part.outer) is frame
            assert isinstance(part, Card | Frame)


def test_a_drawing_keeps_no_graph() -> None:
    def drawn() -> tuple[Drawing, weakref.ref[Any]]:
        y = (tensor(1, 2) * 2).sum()
        return at.draw(y), weakref.ref(y.node)

    drawing, gone = drawn()
    assert gone() is None
    assert "mul" in drawing.svg
    assert pickle.loads(pickle.dumps(drawing)).svg == drawing.svg


def test_outputs_of_a_module_in_a_dict_have_their_names() -> None:
    class Answers(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(2, 3)

        def forward(self, x: at.Tensor) -> dict[str, Any]:
            scores = self.linear(x)
            return {"scores": scores, "best": scores.argmax(-1), "size": 3}

    drawing = at.draw(Answers(), at.ones(1, 2))
    assert {"x", "scores = linear"} <= set(cards(drawing))
    assert len(parts(drawing, "at-root")) == 1  # positions have no derivative


@pytest.mark.parametrize("kind", ["graph", "module", "run"])
def test_pictures_have_no_circles(kind: str) -> None:
    model, x = Residual(), at.randn(1, 2, 2, 2)

    def look() -> None:
        drawn = at.draw(model(x) if kind == "graph" else model, inputs=x if kind == "run" else None)
        assert len(drawn.html) > len(drawn.svg) > 0

    look()
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for _ in range(3):
            look()
        assert len(gc.get_objects()) - before < 10
    finally:
        gc.enable()


def test_nor_does_the_frame_that_asked_keep_it() -> None:
    made = Residual()(at.randn(1, 2, 2, 2))
    node = weakref.ref(made.made_by)
    drawn = at.draw(made)
    del made
    assert node() is None
    assert ">conv<" in drawn.svg


def test_long_names_of_modules_are_cut() -> None:
    model = nn.Sequential()
    model.add_module("long" * 75, nn.Linear(2, 2))
    assert at.draw(model(at.ones(1, 2))).width < 1000
    assert at.draw(model).width < 1000
