"""A program as it runs in one library, and in two that are compared after every step."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, ModuleType
from typing import Any, NamedTuple

import numpy as np

import autotensor as at
from tests.helpers import REFUSALS

#: Helpers of the lines.  A script that is printed begins with those that it uses.
PRELUDE = """
def gapped(array):
    memory = np.zeros((*array.shape, 2), array.dtype)
    memory[..., 0] = array
    return memory[..., 0]

def fit(t, *shape):
    size = math.prod(shape)
    if tuple(t.shape) == shape:
        return t
    if t.numel() == 0 or size == 0:
        return lib.ones(shape, dtype=t.dtype)
    return t.reshape(-1).repeat(-(-size // t.numel()))[:size].reshape(shape)

def apart(t):
    order = np.random.RandomState(t.numel()).permutation(t.numel()).reshape(tuple(t.shape))
    return t.tanh() * 0.4 + lib.from_numpy(np.asarray(order)).to(t.dtype)

def unit(t):
    return t.tanh() * 0.9

def prob(t):
    return t.sigmoid() * 0.8 + 0.1

def floating(t):
    return t if t.is_floating_point() else t.double()

def pos(t):
    return floating(t).abs() + 0.5

def above(t):
    return t.abs() + 1.1

def away(t):
    t = floating(t)
    return lib.where(t < 0, t - 0.5, t + 0.5)

def tame(t):
    return lib.nan_to_num(t).clamp(-50, 50)

def well(t):
    return t.tanh() * 0.3 + lib.eye(t.shape[-1], dtype=t.dtype) * 2

def spd(t):
    return t.tanh() @ t.tanh().mT + lib.eye(t.shape[-1], dtype=t.dtype)

def spread(t):
    t = t.tanh() * 0.2
    return t + t.mT + lib.arange(1, t.shape[-1] + 1).to(t.dtype).diag()

def stripes(shape, k):
    return (lib.arange(math.prod(shape)) % k == 1).reshape(shape)

def ends(several):
    return several[0], several[-1]

def weigh(*tensors):
    total = 0.0
    for t in tensors:
        factors = np.cos(np.arange(t.numel()) * 1.7 + 0.3) + 1.2
        total = total + (t.double() * lib.from_numpy(factors.reshape(tuple(t.shape)))).sum()
    return total

def grads(outputs, inputs, **settings):
    found = lib.autograd.grad(weigh(*outputs), inputs, allow_unused=True, **settings)
    return [lib.zeros_like(t) if g is None else g for t, g in zip(inputs, found)]
"""
NAME = re.compile(r"\bt\d+\b")
TOLERANCES = {
    np.dtype(name): limit
    for name, limit in [("float64", 1e-10), ("float32", 2e-5), ("float16", 4e-3)]
}
#: What is below, some kernels flush.
TINY = {dtype: float(np.finfo(dtype).tiny) for dtype in TOLERANCES}
#: The gradients at the end.  Zeros that depend on something there may be constants here.
LAST = ("grad", "second grad")
#: The families that add up.
SUMS = ("reductions", "scans", "linalg", "activations", "networks", "functions")
#: Units in the last place by which a shaken run moves things.
SHAKE = 4.0


def library(module: ModuleType, functions: ModuleType) -> dict[str, Any]:
    """The names that lines see, for one library."""
    names = {"lib": module, "F": functions, "np": np, "math": math}
    exec(PRELUDE, names)
    return names


@lru_cache(1000)
def code_of(text: str) -> CodeType:
    return compile(text, "<step>", "exec")


@dataclass(frozen=True)
class Step:
    """One line of a program, or an input, which has an array and no text."""

    text: str
    makes: tuple[str, ...]
    operator: str
    family: str = ""
    array: np.ndarray | None = None
    grad: bool = False
    gaps: bool = False

    @property
    def needs(self) -> set[str]:
        return set(NAME.findall(self.text)) - set(self.makes)

    @property
    def writes(self) -> bool:
        return self.family in ("writes", "graph")

    def line(self) -> str:
        """As a line of a script."""
        if self.array is None:
            return self.text
        values = f'np.array({self.array.tolist()}, dtype="{self.array.dtype}")'
        values = values.replace("nan", "np.nan").replace("inf", "np.inf")
        if 0 in self.array.shape:
            values = f'np.zeros({self.array.shape}, dtype="{self.array.dtype}")'
        if self.gaps:
            values = f"gapped({values})"
        return f"{self.makes[0]} = lib.from_numpy({values})" + ".requires_grad_()" * self.grad


class Difference(NamedTuple):
    """What was not the same, and where."""

    what: str
    """"error", "shape", "dtype", "value", "requires_grad", "is_leaf", "gradient" or "kind"."""
    name: str
    """The Tensor, if it is one's."""
    ours: Any
    theirs: Any


def array_of(value: Any) -> np.ndarray:
    """The values of a Tensor, in its own memory."""
    if isinstance(value, at.Tensor):
        return value.array
    found: np.ndarray
    try:
        found = value.detach().numpy()
    except RuntimeError:  # PyTorch's zeros without memory
        found = value.numpy(force=True)
    return found


def is_tensor(value: Any) -> bool:
    return hasattr(value, "requires_grad")


class Side:
    """A program as it runs in one library."""

    def __init__(self, names: dict[str, Any], shaken: int | None = None) -> None:
        self.names = dict(names)
        self.noise = None if shaken is None else np.random.RandomState(shaken)

    def run(self, step: Step) -> Exception | None:
        try:
            if step.array is not None:
                array = step.array.copy()
                if step.gaps:
                    array = self.names["gapped"](array)
                tensor = self.names["lib"].from_numpy(array)
                self.names[step.makes[0]] = tensor.requires_grad_() if step.grad else tensor
            else:
                if "register_hook" in step.text:
                    # PyTorch crashes if a view has not looked at its base since that was written.
                    [self.names[name].is_leaf for name in step.needs]
                exec(code_of(step.text), self.names)
        except Exception as error:
            return error
        if self.noise is not None:
            moved = step.makes or tuple(NAME.findall(step.text)[: step.family == "writes"])
            for name in moved:
                self.shake(self.names[name], step.family in SUMS)
        return None

    def shake(self, tensor: Any, sums: bool) -> None:
        """Moves the values of a Tensor, and the gradients that come to it, a little; ``sums`` by
        what their largest would be, for terms of that size may have cancelled."""
        assert self.noise is not None
        if not is_tensor(tensor) or array_of(tensor).dtype.kind != "f":
            return
        array = array_of(tensor)
        size = SHAKE * float(np.finfo(array.dtype).eps)
        signs = size * self.noise.choice([-1, 1], array.shape)
        factors = (1 + signs).astype(array.dtype)
        if array.flags.writeable:
            array *= factors
            if sums:
                array += (signs * abs(array).max(initial=0)).astype(array.dtype)
        if tensor.requires_grad and tensor.is_leaf in (False, True):  # see ``run``
            weights = self.names["lib"].from_numpy(np.asarray(factors))
            tensor.register_hook(lambda g: g * weights)


# -- comparing ------------------------------------------------------------------------------------


def close(mine: np.ndarray, other: np.ndarray, limit: float | None = None) -> bool:
    """Whether two arrays of the same dtype and shape agree, up to rounding of their largest."""
    if mine.dtype.kind != "f":
        return bool((mine == other).all())
    if mine.size == 0:
        return True
    limit, tiny = limit or TOLERANCES[mine.dtype], TINY[mine.dtype]
    if abs(mine - other).max() <= limit * abs(other).max() + tiny:
        return True
    with np.errstate(all="ignore"):
        odd = ~np.isfinite(other)
        if not (np.array_equal(mine[odd], other[odd], equal_nan=True)):
            return False
        mine, other = mine[~odd].astype(np.float64), other[~odd].astype(np.float64)
        if mine.size == 0:
            return True
        return bool(abs(mine - other).max() <= limit * abs(other).max() + tiny)


def compared(name: str, mine: Any, other: Any, step: Step) -> Difference | None:
    """The first respect in which two results differ."""
    if not is_tensor(other) or not is_tensor(mine):
        if type(mine) is not type(other):
            return Difference("kind", name, mine, other)
        same = np.array_equal(mine, other, equal_nan=True)
        return None if same else Difference("value", name, np.asarray(mine), np.asarray(other))
    first, second = array_of(mine), array_of(other)
    if first.dtype != second.dtype:
        return Difference("dtype", name, first.dtype, second.dtype)
    if first.shape != second.shape:
        return Difference("shape", name, first.shape, second.shape)
    for fact in () if step.operator in LAST else ("requires_grad", "is_leaf"):
        if getattr(mine, fact) != getattr(other, fact):
            return Difference(fact, name, getattr(mine, fact), getattr(other, fact))
    if not close(first, second):
        return Difference("value", name, first.copy(), second.copy())
    return None


def compared_gradients(name: str, mine: Any, other: Any) -> Difference | None:
    first, second = mine.grad, other.grad
    if first is None and second is None:
        return None
    if first is None or second is None:
        return Difference("gradient", name, first, second)
    first, second = array_of(first), array_of(second)
    if first.shape != second.shape or first.dtype != second.dtype or not close(first, second):
        return Difference("gradient", name, first.copy(), second.copy())
    return None


class Pair:
    """A program as it runs in both libraries."""

    def __init__(self, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
        self.ours, self.theirs = Side(ours), Side(theirs)
        self.tensors: list[str] = []
        self.refused = False

    def run(self, step: Step) -> Difference | None:
        """Runs a step in both, and compares.  Refused by both is the same."""
        refused, error = self.theirs.run(step), self.ours.run(step)
        self.refused = refused is not None
        if isinstance(refused, NameError):
            return None  # a line that made a name is gone
        if error is not None and not isinstance(error, REFUSALS):
            return Difference("error", "", error, refused)  # a bare error, not meant for users
        if (error is None) != (refused is None):
            return Difference("error", "", error, refused)
        if refused is not None and step.family == "graph":
            return None  # each has got so far
        try:
            return self.compare(step, step.makes if error is None else ())
        except RuntimeError as late:  # PyTorch finds out when it is asked about a view
            return Difference("error", "", None, late)

    def compare(self, step: Step, made: Sequence[str]) -> Difference | None:
        mine, other = self.ours.names, self.theirs.names
        for name in made:
            found = compared(name, mine[name], other[name], step)
            if found is not None:
                return found
        self.tensors += [name for name in made if is_tensor(other[name])]
        for name in self.tensors if step.writes else ():
            found = compared(name, mine[name], other[name], step)
            found = found or compared_gradients(name, mine[name], other[name])
            if found is not None:
                return found
        return None
