"""Whether a difference is a finding: not rounding, and not on purpose."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.fuzz.on_purpose import reason_for
from tests.fuzz.sides import TOLERANCES, Difference, Pair, Side, Step, array_of, close, is_tensor
from tests.helpers import REFUSALS

#: Of these PyTorch has few digits, and so of what comes after.
FEW_DIGITS = r"polygamma|digamma|psi|lgamma|gammaln|zeta|hardsigmoid|hardswish|matrix_exp|addcmul"
#: These give a view or a copy, as the memory is laid out.
RESHAPES = r"reshape|flatten|ravel|contiguous|fit\(|view|broadcast_tensors|\.to\(|\["
#: What writes change in all that shares the memory.
SHARED = ("value", "requires_grad", "is_leaf", "gradient")
#: How many shaken runs there are, and how much more than they move two libraries may be apart.
RUNS, MARGIN = 4, 30.0


@dataclass
class Verdict:
    """A step after which the libraries differ, and why that is: None for a finding."""

    steps: list[Step]
    difference: Difference
    why: str | None = None

    @property
    def step(self) -> Step:
        return self.steps[-1]

    @property
    def kind(self) -> tuple[str, str]:
        return self.difference.what, self.step.operator


@contextmanager
def quietly() -> Iterator[None]:
    """What both libraries warn of is no concern here."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


class Bench:
    """Two libraries to run programs in; the second is the reference."""

    def __init__(self, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
        self.ours, self.theirs = ours, theirs

    def pair(self) -> Pair:
        return Pair(self.ours, self.theirs)

    def replay(self, steps: Sequence[Step]) -> Verdict | None:
        """The first difference of a program that is neither rounding nor on purpose."""
        pair = self.pair()
        for number, step in enumerate(steps):
            found = pair.run(step)
            if found is not None:
                verdict = Verdict(list(steps[: number + 1]), found)
                verdict.why = self.why(verdict)
                return verdict
        return None

    def why(self, verdict: Verdict) -> str | None:
        """The reason of a difference that is no finding."""
        what, _, mine, other = verdict.difference
        step = verdict.step
        if isinstance(mine, Exception) and not isinstance(mine, REFUSALS):
            return None
        reason = reason_for(verdict.steps, verdict.difference)
        if reason is not None:
            return reason
        if what == "error" and "modified by an inplace" in str(other):
            return self.right_where_overwritten(verdict)
        old = verdict.difference.name not in step.makes
        if what in SHARED and step.writes and old and self.laid_out_otherwise(verdict):
            return "a layout that differs: reshape copies in one library, and not in the other"
        if what in SHARED[1:] and self.is_empty(verdict):
            return "a gradient of nothing"
        if "a view of a leaf" in str(other) and self.empty(verdict):
            return "an empty view has no memory, so nothing is written"
        if self.few_digits(verdict, verdict.difference):
            return "PyTorch has some seven digits of this"
        return "rounding" if self.rounding(verdict) else None

    def few_digits(self, verdict: Verdict, difference: Difference) -> bool:
        """Whether a difference is no larger than one of what PyTorch computes less precisely."""
        _, _, mine, other = difference
        few = any(re.search(FEW_DIGITS, one.text) for one in verdict.steps)
        both = isinstance(mine, np.ndarray) and isinstance(other, np.ndarray)
        return few and both and mine.shape == other.shape and close(mine, other, 1e-5)

    def is_empty(self, verdict: Verdict) -> bool:
        """Whether the Tensor that differs has no elements."""
        side = Side(self.theirs)
        for step in verdict.steps:
            side.run(step)
        return bool(array_of(side.names[verdict.difference.name]).size == 0)

    def empty(self, verdict: Verdict) -> bool:
        """Whether the last step is given something empty."""
        side = Side(self.theirs)
        for step in verdict.steps[:-1]:
            side.run(step)
        return any(array_of(side.names[name]).size == 0 for name in verdict.step.needs)

    def laid_out_otherwise(self, verdict: Verdict) -> bool:
        """Whether what differs was reshaped from a Tensor whose steps in memory differ."""
        pair = self.pair()
        for step in verdict.steps[:-1]:
            pair.run(step)
        here = set(pair.tensors)
        todo, seen = [verdict.difference.name, *(verdict.step.needs & here)], set[str]()
        while todo:
            name = todo.pop()
            seen.add(name)
            maker = next(one for one in verdict.steps if name in one.makes)
            one, two = (array_of(side.names[name]) for side in (pair.ours, pair.theirs))
            if one.flags.c_contiguous != two.flags.c_contiguous:
                return True
            if re.search(RESHAPES, maker.text):
                todo += maker.needs - seen
        return False

    def right_where_overwritten(self, verdict: Verdict) -> str | None:
        """PyTorch refuses a value that was overwritten; with copies of all values it does not."""
        steps: list[Step] | None = verdict.steps
        while steps and (number := first_of(steps, "functions")) is not None:
            steps = without(steps, number)  # func does not go together with that in PyTorch
        keep = self.theirs["lib"].autograd.graph.allow_mutation_on_saved_tensors
        with keep():
            pair = self.pair()
            for number, step in enumerate(steps or ()):
                found = pair.run(step)
                if found is None or reason_for(steps[: number + 1], found):
                    continue
                here = Verdict(steps[: number + 1], found)
                if not self.few_digits(here, here.difference) and not self.rounding(here):
                    return None
        return "PyTorch keeps, and minds, a value that is not needed here"

    def rounding(self, verdict: Verdict) -> bool:
        """Whether shaking either library moves what differs as much."""
        return any(self.moves(verdict, names) for names in (self.theirs, self.ours))

    def moves(self, verdict: Verdict, names: dict[str, Any]) -> bool:
        """Whether the difference is within what shaken runs of one library move."""
        plain = self.seen(verdict, names, None)
        shaken = [self.seen(verdict, names, seed) for seed in range(RUNS)]
        what, _, mine, other = verdict.difference
        if what == "error" or any(type(one) is not type(plain) for one in shaken):
            return any((one is None) != (plain is None) for one in shaken)
        if not isinstance(mine, np.ndarray) or not isinstance(other, np.ndarray):
            return any(
                isinstance(one, np.ndarray)
                and isinstance(plain, np.ndarray)
                and one.shape != plain.shape
                for one in shaken
            )
        if any(one.shape != plain.shape for one in shaken):
            return True
        with np.errstate(all="ignore"):
            if mine.dtype.kind != "f":
                return any((one != plain).any() for one in shaken)
            if any((np.isfinite(one) != np.isfinite(plain)).any() for one in shaken):
                return True
            if (np.isfinite(mine) != np.isfinite(other)).any():
                return False
            usual = np.isfinite(other)
            apart = abs(mine.astype(float) - other)[usual].max(initial=0)
            moved = max(abs(one.astype(float) - plain)[usual].max(initial=0) for one in shaken)
            # Equal numbers that cancel stay equal when shaken: then what counts is their size.
            terms, tolerance = self.terms(verdict)
            return bool(apart <= max(MARGIN * moved, tolerance * terms))

    def terms(self, verdict: Verdict) -> tuple[float, float]:
        """The size of what the last step was given, and what the coarsest dtype tolerates."""
        side = Side(self.theirs)
        for step in verdict.steps[:-1]:
            side.run(step)
        names = verdict.step.needs
        if verdict.step.family == "graph":
            names = {name for step in verdict.steps for name in step.makes}
        given = [side.names[name] for name in names if is_tensor(side.names.get(name))]
        sizes = [abs(array_of(one)).max(initial=0) for one in given]
        every = [array_of(one).dtype for one in side.names.values() if is_tensor(one)]
        coarsest = max(TOLERANCES.get(dtype, 0) for dtype in every)
        return float(max((one for one in sizes if one < 1e3), default=0)), coarsest

    def seen(self, verdict: Verdict, names: dict[str, Any], shaken: int | None) -> Any:
        """What a library has where the two differ; None where it refuses."""
        side = Side(names, shaken)
        error = None
        for step in verdict.steps:
            error = side.run(step)
        if error is not None:
            return None
        name = verdict.difference.name
        if not name:
            return True
        value = side.names[name]
        if verdict.difference.what == "gradient":
            value = value.grad
        if is_tensor(value):
            return array_of(value).copy()
        return np.asarray(value) if isinstance(value, (bool, int, float)) else True


def first_of(steps: Sequence[Step], family: str) -> int | None:
    """The number of the first step of a family."""
    return next((number for number, one in enumerate(steps) if one.family == family), None)


def without(steps: Sequence[Step], number: int) -> list[Step] | None:
    """The program without a step and all that needs it; None if that is the last one."""
    gone = set(steps[number].makes)
    left = list(steps[:number])
    for step in steps[number + 1 :]:
        if step.needs & gone:
            gone |= set(step.makes)
        else:
            left.append(step)
    return left if left and left[-1] is steps[-1] else None
