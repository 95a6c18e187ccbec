"""What is drawn: cards for operators and leaves, frames for calls of Modules, wires between cards.

``of_graph`` makes them of a recorded graph, ``of_module`` of a Module that was not run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from weakref import ref

import numpy as np

from autotensor.engine.operator import declared
from autotensor.engine.tensor import Tensor
from autotensor.seeing.drawing import text
from autotensor.seeing.formulas import formula_of
from autotensor.seeing.reading import Call, Graph, Leaf, Source, Step, gradient_of, value_of

__all__ = [
    "Card", "Frame", "Line", "Picture", "Wire", "counted", "of_graph", "room_of", "shape_and_dtype",
]  # fmt: skip

SIZES = {"title": 13.0, "formula": 11.5, "fact": 11.0, "value": 11.5, "grad": 11.5}
"""Of the letters, by the kind of line."""
LEADING = 1.36
PADDING = (11.0, 7.0)
TITLE = 24.0
"""Height of the bar with a frame's title."""
LONGEST = 44
"""So many letters of a formula are shown; the rest is in the text about the card."""


class _Around:
    """An attribute for what is around a thing.  It does not keep it alive: what is around keeps
    what is in it, and a picture without circles goes as soon as nobody has it.  (For checkers the
    attributes are what is got from it.)"""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = f"_{name}"

    def __get__(self, one: Any, owner: type) -> Any:
        held = None if one is None else vars(one).get(self.name)
        return None if held is None else held()

    def __set__(self, one: Any, value: Any) -> None:
        vars(one)[self.name] = None if value is None else ref(value)


class _Part:
    """What is in a picture; it can be pickled."""

    def __getstate__(self) -> dict[str, Any]:
        parts = vars(self).items()
        return {name: one() if isinstance(one, ref) else one for name, one in parts}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, one in state.items():
            setattr(self, name.removeprefix("_"), one)


class Line(NamedTuple):
    kind: str
    text: str


@dataclass(eq=False)
class Card(_Part):
    """A thing with lines of text in it: an operator, a leaf, a Module that was not run."""

    key: str
    kind: str
    """``step``, ``parameter``, ``input``, ``constant``, ``module``."""
    name: str
    """The operator, or the full name of a leaf."""
    lines: list[Line]
    about: str
    order: float
    """When it was recorded: what a card comes from is older."""
    root: bool = False
    """Whether it was asked for."""
    depth: int = 0
    """How many steps lead to it: of what comes together, the longest way is the main one."""
    faint: bool = False
    """Whether it is a parameter, or computed from parameters for what has a longer way to it."""
    width: float = 0.0
    height: float = 0.0
    frame: Frame = _Around()  # type: ignore[assignment]  # see there

    @property
    def is_leaf(self) -> bool:
        return self.kind not in ("step", "module")

    def __post_init__(self) -> None:
        self.width, self.height = room_of(self.lines)


@dataclass(eq=False)
class Frame(_Part):
    """A box around what a call of a Module recorded; the outermost stands for the whole picture."""

    key: str
    title: str
    about: str = ""
    name: str = ""
    """The full path."""
    parts: list[Card | Frame] = field(default_factory=list)
    outer: Frame | None = _Around()  # type: ignore[assignment]  # see there
    open: bool = True
    closed_lines: list[Line] = field(default_factory=list)
    """What it shows while it is folded."""
    width: float = 0.0
    height: float = 0.0
    """When folded."""
    order: float = 0.0

    def all_cards(self) -> Iterator[Card]:
        for part in self.parts:
            if isinstance(part, Card):
                yield part
            else:
                yield from part.all_cards()

    def all_frames(self) -> Iterator[Frame]:
        """Itself and those within, the outer before the inner."""
        yield self
        for part in self.parts:
            if isinstance(part, Frame):
                yield from part.all_frames()

    @property
    def path(self) -> tuple[Frame, ...]:
        """The frames around it, the outermost first, and itself."""
        return (*(self.outer.path if self.outer else ()), self)


@dataclass(eq=False)
class Wire:
    """From what makes a value to what takes it."""

    start: Card
    end: Card
    output: int = 0
    argument: str = ""
    about: str = ""


@dataclass(eq=False)
class Picture:
    whole: Frame
    wires: list[Wire]
    title: str
    about: str
    stacks: list[tuple[Card | Frame, Card | Frame]] = field(default_factory=list)
    """What stands below what, without an arrow."""


def room_of(lines: Sequence[Line]) -> tuple[float, float]:
    """Width and height of a card with these lines."""
    measured = [(one.text, SIZES[one.kind], one.kind == "title") for one in lines]
    across, down = text.size_of(measured, LEADING)
    return max(across + 2 * PADDING[0], 52.0), down + 2 * PADDING[1]


# -- a recorded graph ------------------------------------------------------------------------------


def of_graph(graph: Graph) -> Picture:
    """A card for each step and leaf, a frame for each call of a Module."""
    whole = Frame("whole", "")
    frames: dict[Call | None, Frame] = {None: whole}
    for at, call in enumerate(graph.calls):
        outer = frames[call.outer]
        frame = frames[call] = Frame(
            f"f{at}", _title(call), _about_call(call), call.path, outer=outer
        )
        outer.parts.append(frame)
    asked = {id(root.place) for root in graph.roots}
    cards: dict[Step | Leaf, Card] = {}
    steps = graph.steps[::-1]
    for at, step in enumerate(steps):
        frame = frames[step.calls[-1] if step.calls else None]
        cards[step] = card = _card_of_step(f"s{at}", step, frame.name)
        card.root, card.frame = id(step) in asked, frame
        frame.parts.append(card)
    users: dict[Leaf, list[Step]] = {leaf: [] for leaf in graph.leaves}
    for step in steps:
        for source in step.sources:
            if isinstance(source.place, Leaf):
                users[source.place].append(step)
    for at, (leaf, several) in enumerate(users.items()):
        frame = _common([cards[step].frame for step in several]) or whole
        cards[leaf] = card = _card_of_leaf(f"l{at}", leaf, frame.name)
        card.order = min((cards[step].order for step in several), default=0.0) - 0.5
        card.root, card.frame = id(leaf) in asked, frame
        frame.parts.append(card)
    wires = [
        Wire(cards[source.place], cards[step], source.output, source.argument or "", _about(source))
        for step in steps
        for source in step.sources
    ]
    _find_main_ways(steps, cards)
    _sort(whole)
    places = {card: place for place, card in cards.items()}
    for frame in frames.values():
        _close(frame, wires, places)
    count = len(graph.steps)
    about = (
        f"{counted(count, 'operator')}, "
        f"{counted(sum(one.kind == 'parameter' for one in graph.leaves), 'parameter')}"
        + (f", {counted(len(graph.calls), 'module call')}" if graph.calls else "")
    )
    names = [cards[root.place] for root in graph.roots]
    title = "Graph of " + ", ".join(dict.fromkeys(_first(one) for one in names[:3]))
    return Picture(whole, wires, title if names else "An empty graph", about)


def _find_main_ways(steps: Sequence[Step], cards: dict[Step | Leaf, Card]) -> None:
    """Says of each card how long the way to it is, and whether it is beside the main one."""
    users: dict[Card, list[Card]] = {}
    for card in cards.values():
        card.depth = 2 if card.kind == "input" else 0  # longer than what is made of a parameter
    for step in steps:
        given = [cards[source.place] for source in step.sources]
        # Where an argument has no gradient, as the pictures have none, the data came that way.
        data = 2 if len(given) < len(declared.get(step.operator, ())) else 0
        cards[step].depth = 1 + max([data, *(card.depth for card in given)])
        for card in given:
            users.setdefault(card, []).append(cards[step])
    for card in cards.values():
        card.faint = card.kind in ("parameter", "constant")
    for step in steps:
        card = cards[step]
        alone = all(cards[source.place].faint for source in step.sources)
        longer = all(user.depth > card.depth + 1 for user in users.get(card, ()))
        card.faint = alone and longer and card in users


def _first(card: Card) -> str:
    return card.lines[0].text


def counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _common(frames: Sequence[Frame]) -> Frame | None:
    """The innermost frame that all of these are in, or are."""
    paths = [frame.path for frame in frames]
    common = None
    for level in zip(*paths, strict=False):
        if any(one is not level[0] for one in level):
            break
        common = level[0]
    return common


def _sort(frame: Frame) -> float:
    """Puts what is in a frame into the order of recording; the time of the last of it."""
    for part in frame.parts:
        if isinstance(part, Frame):
            part.order = _sort(part)
    frame.parts.sort(key=lambda part: part.order)
    return frame.parts[-1].order if frame.parts else 0.0


def _short(name: str, inside: str) -> str:
    """A dotted name as it reads inside of a module."""
    return name.removeprefix(f"{inside}.") if inside else name


def _title(call: Call) -> str:
    path = text.cut(_short(call.path, call.outer.path if call.outer else ""), LONGEST)
    title = f"{path}: {call.type}" if path else call.type
    return title + (f", call {call.turn} of {call.turns}" if call.turns > 1 else "")


def _about_call(call: Call) -> str:
    return f"{call.path}: {call.type}" if call.path else call.type


def _close(frame: Frame, wires: Sequence[Wire], places: dict[Card, Step | Leaf]) -> None:
    """What a frame shows while it is folded, and how large it is then."""
    cards = list(frame.all_cards())
    steps = [card for card in cards if card.kind == "step"]
    sizes = sum(math.prod(places[card].shape) for card in cards if card.kind == "parameter")
    facts = counted(len(steps), "operator") + (f", {counted(sizes, 'parameter')}" if sizes else "")
    inside = set(cards)
    given = {wire.start: wire.output for wire in wires if wire.start in inside}
    for wire in wires:
        if wire.start in inside and wire.end in inside:
            given.pop(wire.start, None)
    out = [card for card in steps if card in given or card.root]
    frame.closed_lines = [Line("title", frame.title), Line("fact", facts)]
    if len(out) == 1:
        step = places[out[0]]
        frame.closed_lines.append(Line("fact", shape_and_dtype(step.shape, step.dtype)))
    across, down = room_of(frame.closed_lines)
    frame.width, frame.height = across + 30, down


def shape_and_dtype(shape: Any, dtype: Any) -> str:
    return f"{text.shape(shape)} · {dtype}"


def _card_of_step(key: str, step: Step, inside: str) -> Card:
    formula = formula_of(step.operator)
    title = f"{step.name} = {step.operator}" if step.name else step.operator
    lines = [Line("title", text.cut(title, LONGEST))]
    about = [step.operator]
    if formula and formula.value and not formula.value.endswith("(…)"):
        lines.append(Line("formula", text.cut(formula.value, LONGEST)))
        about = [f"{step.operator}: {formula.value}"]
        about += [f"d {name} = {one}" for name, one in formula.derivatives.items()]
    several = step.count > 1 or len(step.outputs) > 1
    for at, node in sorted(step.outputs.items()):
        prefix = f"{at}: " if several else ""
        lines.append(Line("fact", prefix + shape_and_dtype(node.shape, node.dtype)))
        lines += _values("value", "= ", value_of(node))
        gradient = gradient_of(node)
        lines += _gradient(gradient)
    about += [f"{line.text}" for line in lines[2 if len(about) > 1 else 1 :]]
    about += _kept(step)
    if step.calls:
        about.append(f"in {_about_call(step.calls[-1])}")
    if step.freed:
        about.append("what it kept for backward is freed")
    return Card(key, "step", step.operator, lines, "\n".join(about), step.number)


def _values(kind: str, prefix: str, values: np.ndarray | None) -> list[Line]:
    if values is None:
        return []
    rows = text.numbers(np.asarray(values))
    indent = " " * len(prefix)
    return [Line(kind, (indent if at else prefix) + row) for at, row in enumerate(rows)]


def _gradient(gradient: Any) -> list[Line]:
    """The numbers of a gradient, if they are few, else its norm."""
    if isinstance(gradient, Tensor):
        gradient = gradient.array
    if gradient is None:
        return []
    values = np.asarray(gradient)
    if values.size <= 8:
        return _values("grad", "grad ", values)
    return [Line("grad", f"‖grad‖ {text.norm(values)}")]


def _kept(step: Step) -> list[str]:
    """What it keeps for its rules."""
    kept = {name: value for source in step.sources for name, value in source.kept.items()}
    told = []
    for name, value in kept.items():
        if isinstance(value, (Tensor, np.ndarray)):
            array = value.array if isinstance(value, Tensor) else value
            size = text.shape(array.shape)
            told.append(f"{name} {size}" if array.ndim else f"{name} = {text.number(array[()])}")
        elif isinstance(value, (int, float, str, tuple)):
            told.append(text.cut(f"{name} = {value}", LONGEST))
    return [f"keeps {', '.join(told)}"] if told else []


def _card_of_leaf(key: str, leaf: Leaf, inside: str) -> Card:
    name = leaf.name or leaf.kind
    lines = [
        Line("title", text.cut(_short(name, inside), LONGEST)),
        Line("fact", shape_and_dtype(leaf.shape, leaf.dtype)),
        *_values("value", "= ", leaf.value),
        *_gradient(leaf.gradient),
    ]
    about = [f"{name}: {leaf.kind}" if leaf.name else name, *(line.text for line in lines[1:])]
    return Card(key, leaf.kind, name, lines, "\n".join(about), 0.0)


def _about(source: Source) -> str:
    place = source.place
    name = (place.name or place.kind) if isinstance(place, Leaf) else place.operator
    node = place if isinstance(place, Leaf) else place.outputs[source.output]
    output = f", output {source.output}" if isinstance(place, Step) and place.count > 1 else ""
    kind = shape_and_dtype(node.shape, node.dtype)
    return f"{name}{output} → {source.argument or 'argument'}\n{kind}"
