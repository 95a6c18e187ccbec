"""The chart of a training: what a doctor notes of it, and the findings that follow."""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import median

import numpy as np

from nn.insight.findings import Bars, Finding, Levels, Parts, found
from nn.insight.heads import evenness

WINDOW = 8
"""How many samples of activations are remembered: the latest."""
HISTORY = 200
"""How many of gradients and steps."""
ENOUGH = 200
"""How many values of a unit must have been looked at before it is called dead."""


class Limits:
    """Where health ends; explained by ``Doctor``, which has these attributes."""

    dead = 0.2
    dead_maps = 0.1
    saturated = 0.5
    vanishing = 1e-3
    exploding = 1e3
    smallest_update = 1e-5
    largest_update = 1e-1
    saturated_inside = 0.95
    vanishing_in_time = 1e-7
    shut = 0.5
    one_place = 0.02
    everywhere = 0.999
    loss_tolerance = 0.5
    """How far the first loss may be from ln C, relative to it."""


Windows = defaultdict[str, deque[float]]


def _windows() -> Windows:
    return defaultdict(partial(deque, maxlen=WINDOW))


def _history() -> Windows:
    return defaultdict(partial(deque, maxlen=HISTORY))


EDGE = 0.03
"""How near to a limit sigmoid and tanh are flat."""
SHUTS = {"input gate": False, "forget gate": False, "output gate": False, "update gate": True}
"""By gate, whether it lets nothing pass at 1; else at 0.  A reset gate may be either."""
BINS = 40
LONGEST = 64
"""Of so many queries and keys a picture is kept."""


@dataclass
class Chart:
    """What was seen, by the name of a parameter or layer where nothing else is said."""

    units: dict[str, deque[tuple[np.ndarray, int]]] = field(default_factory=dict)
    """For each ReLU in the latest samples: which units were alive, and in how many values each."""
    shares: Windows = field(default_factory=_windows)
    """For each sigmoid and tanh in the latest samples: the share of values near a limit."""
    levels: dict[str, Levels] = field(default_factory=dict)
    """How often it had which values in the latest sample."""
    inside: set[str] = field(default_factory=set)
    """Which of these are inside of a recurrent layer."""
    closed: Windows = field(default_factory=_windows)
    """For each gate in the latest samples: the share of units that are shut at every step."""
    steps: dict[str, deque[np.ndarray]] = field(default_factory=dict)
    """For each recurrent layer in the latest samples: the length of the gradient at each step."""
    evenness: Windows = field(default_factory=_windows)
    """For each attention in the latest samples: how evenly its queries look."""
    blind: dict[str, tuple[int, int]] = field(default_factory=dict)
    """For each attention: how many queries of how many have NaN."""
    looks: dict[str, np.ndarray] = field(default_factory=dict)
    """The weights of one head in the latest sample."""
    sizes: Windows = field(default_factory=_history)
    """The size of the gradient."""
    gradients: Windows = field(default_factory=_history)
    """The size of the gradient relative to the layers after it."""
    strength: Windows = field(default_factory=_history)
    """Its length relative to its own weight."""
    updates: Windows = field(default_factory=_history)
    """The length of a step relative to the weight."""
    trained: list[str] = field(default_factory=list)
    """What requires a gradient."""
    with_gradient: set[str] = field(default_factory=set)
    gradient_samples: int = 0
    left_out: list[str] = field(default_factory=list)
    """What the optimizer was not given."""
    backwards: int = 0
    piled: int = 0
    """In how many steps the gradient of an earlier one was still there."""
    awake: Counter[str] = field(default_factory=Counter)
    """Calls in training mode without a graph."""
    doubles: dict[str, str] = field(default_factory=dict)
    """What is float64, in words."""
    equal: dict[str, int] = field(default_factory=dict)
    """How many units began equal."""
    rows: dict[str, np.ndarray] = field(default_factory=dict)
    """The first weights of the first of these."""
    parts: dict[str, str] = field(default_factory=dict)
    """What the model is made of, by name the types, in the order of its definition."""
    first_loss: tuple[float, int] | None = None
    """With the number of classes."""
    hidden: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Attributes with parameters that no module knows: what they are, and how many."""
    maps: set[str] = field(default_factory=set)
    """Which of ``units`` are channels of pictures."""
    end: Finding | None = None
    """What is wrong with the end of the model, for the loss that follows."""

    def note_units(self, label: str, alive: np.ndarray, units_last: bool) -> None:
        """Notes which units of a ReLU gave anything but 0."""
        if alive.ndim >= 3 and not units_last:
            self.maps.add(label)
        axis = alive.ndim - 1 if units_last or alive.ndim == 1 else 1
        others = tuple(one for one in range(alive.ndim) if one != axis)
        seen = alive.size // max(alive.shape[axis], 1)
        kept = self.units.setdefault(label, deque(maxlen=WINDOW))
        if kept and kept[-1][0].shape != (alive.shape[axis],):
            kept.clear()  # a size that changes from batch to batch is not that of units
        kept.append((np.asarray(alive.any(others)), seen))

    def note_levels(self, label: str, values: np.ndarray, low: int) -> None:
        """Notes the values of a tanh, from ``low`` = -1, or of a sigmoid, from 0."""
        flat = (values < low + EDGE) | (values > 1 - EDGE)
        self.shares[label].append(float(flat.mean()))
        self.levels[label] = Levels(low, np.histogram(values, BINS, (low, 1))[0])

    def note_gate(self, label: str, gate: str, values: np.ndarray) -> None:
        """Notes values ``(L, N, H)`` of a gate, or of what is gated."""
        if gate == "ReLU":
            self.note_units(label, values.reshape(-1, values.shape[-1]) > 0, True)
        elif gate in ("candidate", "tanh", "tanh of the cell"):
            self.inside.add(label)
            self.note_levels(label, values, -1)
        elif gate in SHUTS:
            near = values > 1 - EDGE if SHUTS[gate] else values < EDGE
            self.closed[label].append(float(near.all((0, 1)).mean()))
            self.levels[label] = Levels(0, np.histogram(values, BINS, (0, 1))[0])

    def note_steps(self, label: str, gradient: np.ndarray) -> None:
        """Notes the gradient ``(L, …)`` of what went into a recurrent layer."""
        lengths = np.sqrt(np.square(gradient, dtype=np.float64).sum(tuple(range(1, gradient.ndim))))
        self.steps.setdefault(label, deque(maxlen=WINDOW)).append(lengths)

    def note_attention(self, label: str, weights: np.ndarray, masked: bool) -> None:
        """Notes the weights ``(…, L, S)`` of queries for keys; ``masked`` says whether NaN in them
        comes of a mask."""
        even, broken = evenness(weights)
        if broken and masked:
            before, of = self.blind.get(label, (0, 0))
            self.blind[label] = before + broken, of + weights[..., 0].size
        if even.size:
            self.evenness[label].append(float(even.mean()))
            one = weights.reshape(-1, *weights.shape[-2:])[0]
            self.looks[label] = one[:LONGEST, :LONGEST].copy()

    def findings(self, limits: Limits) -> list[Finding]:
        """Everything that is wrong; most urgent kinds first."""
        return [
            *self._mistakes(),
            *self._start(limits),
            *self._units(limits),
            *self._gates(limits),
            *self._attention(limits),
            *self._gradients(limits),
            *self._updates(limits),
        ]

    def _part(self, name: str) -> Parts:
        """The parts of the model, and the one that ``name`` belongs to."""
        names = [f"{one} {kind}" for one, kind in self.parts.items()]
        fitting = [at for at, one in enumerate(self.parts) if f"{name}.".startswith(f"{one}.")]
        return Parts(names, fitting[-1:]) if fitting else Parts([*names, name], [len(names)])

    def _bars(self, seen: Mapping[str, Sequence[float]], name: str) -> Bars:
        """The median of each parameter, from the first layer on; that of ``name`` is marked."""
        # Gradients are noted as they come, from the last layer on.
        names = [one for one in reversed(self.sizes) if seen.get(one)] or [*seen]
        band = (1e-4, 1e-2) if seen is self.updates else None
        return Bars(names, [median(seen[one]) for one in names], [names.index(name)], band=band)

    def _mistakes(self) -> Iterator[Finding]:
        """In the program."""
        if self.piled and 2 * self.piled >= self.backwards - 1:
            yield found(
                "forgotten zero_grad",
                "the loop",
                shown=np.arange(min(self.backwards, 60)) >= min(self.piled, 60),
                times=self.piled,
                backwards=self.backwards,
            )
        for path, times in self.awake.items():
            yield found("forgotten eval", path or "the model", shown=self._part(path), times=times)
        for name, (kind, count) in self.hidden.items():
            yield found(
                "plain list of layers", name, shown=self._part(name), kind=kind, count=count
            )
        if self.end is not None:
            yield replace(self.end, shown=self._part(next(reversed(self.parts), "the model")))
        for name in self.left_out:
            yield found("not in the optimizer", name, shown=self._part(name))
        for name in self.trained:
            if self.gradient_samples and name not in self.with_gradient:
                yield found(
                    "no gradient", name, shown=self._part(name), samples=self.gradient_samples
                )
        for where, what in self.doubles.items():
            yield Finding("stray float64", where, what, shown=self._part(where))

    def _start(self, limits: Limits) -> Iterator[Finding]:
        """In the beginning."""
        for name, units in self.equal.items():
            yield found("equal units", name, shown=self.rows[name], units=units)
        if self.first_loss is not None:
            loss, classes = self.first_loss
            expected = math.log(classes)
            if abs(loss - expected) > limits.loss_tolerance * expected:
                bars = Bars(
                    ["this loss", f"ln {classes}"], [loss, expected], [0], logarithmic=False
                )
                yield found(
                    "first loss",
                    "the loss",
                    shown=bars,
                    loss=loss,
                    expected=expected,
                    classes=classes,
                )

    def _units(self, limits: Limits) -> Iterator[Finding]:
        for label, kept in self.units.items():
            seen = sum(count for _, count in kept)
            alive = np.logical_or.reduce([units for units, _ in kept])
            dead, units = int(alive.size - np.count_nonzero(alive)), alive.size
            if seen < ENOUGH or not dead:
                continue
            if dead >= limits.dead * units:
                yield found("dead ReLU", label, shown=alive, dead=dead, units=units, seen=seen)
            elif label in self.maps and dead >= limits.dead_maps * units:
                yield found("dead maps", label, shown=alive, dead=dead, units=units, seen=seen)
        for label, shares in self.shares.items():
            share = float(np.mean(shares))
            if share >= (limits.saturated_inside if label in self.inside else limits.saturated):
                yield found("saturated units", label, shown=self.levels[label], share=share)

    def _gates(self, limits: Limits) -> Iterator[Finding]:
        """Inside of recurrent layers, and along their sequences."""
        for label, shares in self.closed.items():
            share = float(np.mean(shares))
            if share >= limits.shut:
                limit = int(SHUTS[label.rpartition("(")[2].rstrip(")")])
                yield found("shut gates", label, shown=self.levels[label], share=share, limit=limit)
        for label, kept in self.steps.items():
            lengths = kept[-1]
            quarter = len(lengths) // 4
            last = max(map(float, lengths[-quarter:]), default=0.0)
            if quarter < 2 or not last > 0:
                continue
            ratio = median(
                float(one[:quarter].max() / one[-quarter:].max())
                for one in kept
                if len(one) == len(lengths) and one[-quarter:].max() > 0
            )
            if ratio < limits.vanishing_in_time:
                bars = Bars(
                    [f"step {at}" for at in range(len(lengths))], lengths.tolist(), range(quarter)
                )
                yield found("vanishing in time", label, shown=bars, ratio=ratio, steps=quarter)

    def _attention(self, limits: Limits) -> Iterator[Finding]:
        for label, (rows, of) in self.blind.items():
            yield found("blind queries", label, shown=self.looks.get(label), rows=rows, queries=of)
        for label, even in self.evenness.items():
            mean = float(np.mean(even))
            if mean <= limits.one_place:
                yield found("attention on one place", label, shown=self.looks[label], evenness=mean)
            # In the beginning every attention looks everywhere.
            elif len(even) == WINDOW and min(even) >= limits.everywhere:
                yield found("attention everywhere", label, shown=self.looks[label], evenness=mean)

    def _gradients(self, limits: Limits) -> Iterator[Finding]:
        yield from reversed([*self._vanishing(limits)])
        for name, strengths in self.strength.items():
            ratio, strength = median(self.gradients.get(name, [1.0])), max(strengths)
            if ratio > limits.exploding:
                yield found(
                    "exploding gradient", name, shown=self._bars(self.sizes, name), ratio=ratio
                )
            elif not strength < limits.exploding:  # infinite and NaN as well
                message = f"its gradient is as long as {strength:.1e} times the weight itself"
                bars = self._bars(self.strength, name)
                yield Finding("exploding gradient", name, message, {"strength": strength}, bars)

    def _vanishing(self, limits: Limits) -> Iterator[Finding]:
        """From the first layer on, to the first that gets its share: where a gradient has come
        further, it has not vanished.  Queries and keys of attention that looks everywhere alike
        have next to none, while the layers before them learn by the values."""
        for name in reversed(self.gradients):
            ratio = median(self.gradients[name])
            if not ratio < limits.vanishing:
                return
            yield found("vanishing gradient", name, shown=self._bars(self.sizes, name), ratio=ratio)

    def _updates(self, limits: Limits) -> Iterator[Finding]:
        for name, changes in self.updates.items():
            change = median(changes)
            # Where no gradient comes, the step is not to blame.
            if change > limits.largest_update or not math.isfinite(change):
                yield found(
                    "updates too large", name, shown=self._bars(self.updates, name), ratio=change
                )
            elif change < limits.smallest_update:
                yield found(
                    "updates too small", name, shown=self._bars(self.updates, name), ratio=change
                )
