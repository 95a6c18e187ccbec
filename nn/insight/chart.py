"""The chart of a training: what a doctor notes of it, and the findings that follow."""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from nn.insight.findings import Finding, found

WINDOW = 8
"""How many samples of activations are remembered: the latest."""
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
    loss_tolerance = 0.5
    """How far the first loss may be from ln C, relative to it."""


@dataclass
class Chart:
    """What was seen, by the name of a parameter or layer where nothing else is said."""

    units: dict[str, deque[tuple[np.ndarray, int]]] = field(default_factory=dict)
    """For each ReLU in the latest samples: which units were alive, and in how many values each."""
    shares: defaultdict[str, deque[float]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=WINDOW))
    )
    """For each sigmoid and tanh in the latest samples: the share of values near a limit."""
    gradients: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """The size of the gradient relative to the layers after it."""
    strength: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Its length relative to its own weight."""
    updates: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
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

    def findings(self, limits: Limits) -> list[Finding]:
        """Everything that is wrong; most urgent kinds first."""
        return [
            *self._mistakes(),
            *self._start(limits),
            *self._units(limits),
            *self._gradients(limits),
            *self._updates(limits),
        ]

    def _mistakes(self) -> Iterator[Finding]:
        """In the program."""
        if self.piled and 2 * self.piled >= self.backwards - 1:
            yield found(
                "forgotten zero_grad", "the loop", times=self.piled, backwards=self.backwards
            )
        for path, times in self.awake.items():
            yield found("forgotten eval", path or "the model", times=times)
        for name, (kind, count) in self.hidden.items():
            yield found("plain list of layers", name, kind=kind, count=count)
        if self.end is not None:
            yield self.end
        for name in self.left_out:
            yield found("not in the optimizer", name)
        for name in self.trained:
            if self.gradient_samples and name not in self.with_gradient:
                yield found("no gradient", name, samples=self.gradient_samples)
        for where, what in self.doubles.items():
            yield Finding("stray float64", where, what)

    def _start(self, limits: Limits) -> Iterator[Finding]:
        """In the beginning."""
        for name, units in self.equal.items():
            yield found("equal units", name, units=units)
        if self.first_loss is not None:
            loss, classes = self.first_loss
            expected = math.log(classes)
            if abs(loss - expected) > limits.loss_tolerance * expected:
                yield found("first loss", "the loss", loss=loss, expected=expected, classes=classes)

    def _units(self, limits: Limits) -> Iterator[Finding]:
        for label, kept in self.units.items():
            seen = sum(count for _, count in kept)
            alive = np.logical_or.reduce([units for units, _ in kept])
            dead, units = int(alive.size - np.count_nonzero(alive)), alive.size
            if seen < ENOUGH or not dead:
                continue
            if dead >= limits.dead * units:
                yield found("dead ReLU", label, dead=dead, units=units, seen=seen)
            elif label in self.maps and dead >= limits.dead_maps * units:
                yield found("dead maps", label, dead=dead, units=units, seen=seen)
        for label, shares in self.shares.items():
            share = float(np.mean(shares))
            if share >= limits.saturated:
                yield found("saturated units", label, share=share)

    def _gradients(self, limits: Limits) -> Iterator[Finding]:
        for name, ratios in self.gradients.items():
            ratio = median(ratios)
            if ratio < limits.vanishing:
                yield found("vanishing gradient", name, ratio=ratio)
        for name, strengths in self.strength.items():
            ratio, strength = median(self.gradients.get(name, [1.0])), max(strengths)
            if ratio > limits.exploding:
                yield found("exploding gradient", name, ratio=ratio)
            elif not strength < limits.exploding:  # infinite and NaN as well
                message = f"its gradient is as long as {strength:.1e} times the weight itself"
                yield Finding("exploding gradient", name, message, {"strength": strength})

    def _updates(self, limits: Limits) -> Iterator[Finding]:
        for name, changes in self.updates.items():
            change = median(changes)
            # Where no gradient comes, the step is not to blame.
            if change > limits.largest_update or not math.isfinite(change):
                yield found("updates too large", name, ratio=change)
            elif change < limits.smallest_update:
                yield found("updates too small", name, ratio=change)
