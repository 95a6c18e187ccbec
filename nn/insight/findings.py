"""Findings about training: each sickness with its sign, the reason it is bad, and the remedy."""

from __future__ import annotations

import math
import os
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from autotensor.extend import on_first_call

__all__ = ["Bars", "Finding", "Levels", "Parts", "SICKNESSES", "Sickness"]

_draw = on_first_call("nn.seeing.training", "draw")


class Bars(NamedTuple):
    """A picture: a bar for each of ``names``; those at ``marked`` are concerned."""

    names: list[str]
    values: list[float]
    marked: Sequence[int]
    logarithmic: bool = True
    band: tuple[float, float] | None = None
    """Where health is."""


class Levels(NamedTuple):
    """A picture: how often values from ``low`` to 1 occurred, in bins of one width."""

    low: int
    counts: np.ndarray


class Parts(NamedTuple):
    """A picture: the parts of a model; those at ``marked`` are concerned."""

    names: list[str]
    marked: Sequence[int]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong; ``print`` shows it with its reason and its remedy."""

    sickness: str
    """Which, one of ``Doctor.sicknesses``: ``"dead ReLU"``…"""
    layer: str
    """The dotted name of the layer or parameter, or what else is concerned."""
    message: str
    """What was seen, with numbers."""
    numbers: dict[str, float] = field(default_factory=dict)
    """The same numbers by name."""
    shown: Any = field(default=None, repr=False, compare=False)
    """What its picture shows: Bars, Levels, Parts, units as bools ``(units,)``, or numbers ``(rows,
    columns)``."""

    @property
    def why(self) -> str:
        """Why it is bad, in a sentence."""
        return SICKNESSES[self.sickness].why

    @property
    def remedy(self) -> str:
        """What to do."""
        return SICKNESSES[self.sickness].remedy

    _repr_html_ = on_first_call("nn.seeing.training", "finding_page")

    def draw(self, path: str | os.PathLike[str] | None = None) -> str:
        """It, with its picture, as a page of HTML; written to ``path``, if it is given.

        Raises:
            TypeError: ``path`` is no path.
            FileNotFoundError: its folder does not exist.
        """
        return _draw(self, path, "Finding.draw")

    def __str__(self) -> str:
        return case_of([self])


Sickness = namedtuple("Sickness", ["sign", "why", "remedy"])
"""What may be wrong with training: what is seen of it, with the names of numbers; why it is bad, in
a sentence; and what to do."""


SICKNESSES = {
    "dead ReLU": Sickness(
        "{dead} of {units} units gave 0 for all of {seen:,} values each",
        "a ReLU whose input is never positive passes on no gradient, so the weights before it "
        "never change again",
        "a smaller learning rate, He initialisation (nn.init.kaiming_normal_), or LeakyReLU",
    ),
    "dead maps": Sickness(
        "{dead} of {units} channels gave 0 at all of {seen:,} places each",
        "a channel that is 0 everywhere sees nothing and passes on no gradient, so its kernel "
        "never changes again",
        "a smaller learning rate, He initialisation (nn.init.kaiming_normal_), batch "
        "normalization, or LeakyReLU",
    ),
    "saturated units": Sickness(
        "{share:.0%} of all values are within 3 % of a limit",
        "far from 0 sigmoid and tanh are flat: their derivative is nearly 0, and so is every "
        "gradient behind them",
        "smaller initial weights (nn.init.xavier_uniform_), inputs scaled to mean 0 and variance "
        "1, batch normalization, or ReLU",
    ),
    "vanishing gradient": Sickness(
        "its gradient is {ratio:.1e} times that of later layers",
        "backward multiplies a factor for every layer, and where most are below 1 the first layers "
        "get next to nothing and do not learn",
        "ReLU instead of sigmoid, He or Xavier initialisation, batch normalization, or "
        "connections that skip layers",
    ),
    "exploding gradient": Sickness(
        "its gradient is {ratio:.1e} times that of later layers",
        "backward multiplies a factor for every layer, and where most are above 1 the gradient "
        "grows until one step throws the weights away",
        "the callback GradientClipping, a smaller learning rate, or smaller initial weights",
    ),
    "updates too large": Sickness(
        "a step changes it by {ratio:.1e} of itself; healthy is about 1e-3",
        "a step should change a weight by about a thousandth of itself; one that changes much more "
        "forgets what was learnt",
        "a smaller learning rate",
    ),
    "updates too small": Sickness(
        "a step changes it by {ratio:.1e} of itself; healthy is about 1e-3",
        "a step should change a weight by about a thousandth of itself; with much less, learning "
        "takes for ever",
        "a larger learning rate, or a look at why the gradient is so small",
    ),
    "shut gates": Sickness(
        "{share:.0%} of its units stay within 3 % of {limit} at every step looked at",
        "a gate that does not move passes on next to no gradient and shuts its unit for good: an "
        "input gate at 0 writes nothing, a forget gate at 0 keeps nothing, an output gate at 0 "
        "shows nothing, and with a GRU's update gate at 1 the state never changes",
        "smaller initial weights, inputs scaled to mean 0 and variance 1, biases of the gates near "
        "0 (forget gate: 1), a smaller learning rate",
    ),
    "vanishing in time": Sickness(
        "the gradient at the first {steps} steps is {ratio:.1e} times that at the last",
        "backward multiplies a factor for every step, and where most are below 1 nothing is learnt "
        "from what came early in a sequence",
        "LSTM or GRU instead of RNN, a forget gate's bias of 1, shorter sequences, or attention",
    ),
    "blind queries": Sickness(
        "{rows} of {queries} queries may look at nothing, and softmax makes NaN of that",
        "a row of scores that are all -inf has no softmax, and NaN spreads to everything",
        "let each query see at least itself, or scaled_dot_product_attention, which gives zeros",
    ),
    "attention on one place": Sickness(
        "each query looks at one place only: evenness {evenness:.3f} of 1",
        "where softmax is certain its derivative is nearly 0, so where to look is no longer learnt",
        "scores divided by the root of the head's size, smaller initial weights, layer "
        "normalization before it, or a smaller learning rate",
    ),
    "attention everywhere": Sickness(
        "all queries look everywhere alike: evenness {evenness:.4f} of 1, in every late sample",
        "weights that are all alike make a mean of everything, and the queries and keys behind "
        "them have learnt nothing",
        "a larger learning rate or warm-up, a look at the gradients of its projections; positions "
        "that are added to the input",
    ),
    "no gradient": Sickness(
        "None in each of {samples} batches looked at",
        "the loss does not depend on it, or the path to it is cut, by detach(), no_grad() or a "
        "detour through NumPy; so it stays as it was drawn",
        "use it in forward, mend the path, or freeze it with requires_grad_(False)",
    ),
    "plain list of layers": Sickness(
        "a plain {kind} with {count} parameters that parameters() does not know",
        "a Module finds layers that are its attributes or stand in nn.ModuleList and its kin, and "
        "does not look into lists; what it does not know is not trained, not saved, and "
        "not told of train() and eval()",
        "nn.ModuleList, nn.ModuleDict, nn.ParameterList or nn.ParameterDict in its place",
    ),
    "softmax before the loss": Sickness(
        "the model ends in {last}, and {loss} takes {wanted}",
        "what is between 0 and 1 already is taken for scores, so that even a certain answer keeps "
        "a large loss and small gradients",
        "leave the last layer without activation, and take probabilities only for showing them",
    ),
    "ReLU at the end": Sickness(
        "the model ends in a ReLU, and {why}",
        "what should be below 0 becomes 0 and has no gradient, so it is never mended",
        "leave the last layer without activation",
    ),
    "not in the optimizer": Sickness(
        "requires a gradient, but no step takes it",
        "the optimizer changes only what it was given, and it was made without this, or before the "
        "layer was replaced",
        "make the optimizer after the model is complete, with model.parameters()",
    ),
    "forgotten zero_grad": Sickness(
        "in {times} of {backwards} backward() calls the gradients of an earlier step were still "
        "there",
        "backward() adds to the gradients that are there, so every step also goes along all the "
        "gradients before it",
        "optimizer.zero_grad() before every backward()",
    ),
    "forgotten eval": Sickness(
        "in training mode in {times} calls without a graph",
        "in training mode dropout switches units off at random and batch norm uses the batch and "
        "changes its statistics, so answers vary and the test data leak into the model",
        "model.eval() before testing, model.train() after it; nn.training.evaluate does both",
    ),
    "stray float64": Sickness(
        "is float64, where others are not",
        "NumPy makes float64 by itself, and a single one makes everything after it float64: twice "
        "the memory, half the speed, and no better network",
        "x.float() for data, astype(np.float32) where arrays are made, model.float() for a model",
    ),
    "equal units": Sickness(
        "all {units} units have equal weights and get equal gradients",
        "units of a layer that begin equal get equal gradients, so they stay equal for ever: many "
        "of them can do no more than one",
        "random initial weights, as every layer of nn draws them, or nn.init",
    ),
    "first loss": Sickness(
        "begins at {loss:.3g}, expected is about ln {classes} = {expected:.3g}",
        "who knows nothing gives each of C classes the probability 1/C, and the cross-entropy of "
        "that is ln C",
        "smaller initial weights in the last layer; scores rather than probabilities for "
        "cross_entropy; a look at the targets",
    ),
}


def found(sickness: str, layer: str, *, shown: Any = None, **seen: Any) -> Finding:
    """The finding that shows the usual sign of ``sickness``, with its numbers and words."""
    numbers = {name: one for name, one in seen.items() if not isinstance(one, str)}
    return Finding(sickness, layer, SICKNESSES[sickness].sign.format(**seen), numbers, shown)


def case_of(findings: list[Finding]) -> str:
    """The findings of one sickness, with its reason and remedy."""
    first = findings[0]
    lines = [f"  {first.sickness}"]
    lines += [f"    {one.layer}: {one.message}" for one in findings[:5]]
    if len(findings) > 5:
        lines.append(f"    and {len(findings) - 5} more")
    if isinstance(first.shown, Bars):
        lines += _in_a_line(first.shown)
    return "\n".join([*lines, f"    why: {first.why}", f"    do:  {first.remedy}"])


def _in_a_line(bars: Bars) -> list[str]:
    """``▁▃█``, with the names of the first and the last; nothing for one or two."""
    values = [one if bars.logarithmic and 0 < one < math.inf else 0.0 for one in bars.values][:40]
    logs = [math.log10(one) for one in values if one]
    if len(values) < 3 or len(logs) < 2:
        return []
    low, span = min(logs), (max(logs) - min(logs)) or 1.0
    steps = [round((math.log10(one) - low) / span * 7) if one else 0 for one in values]
    line = "".join("▁▂▃▄▅▆▇█"[step] for step in steps)
    return [f"    {line} {bars.names[0]} … {bars.names[len(values) - 1]}: powers of ten"]
