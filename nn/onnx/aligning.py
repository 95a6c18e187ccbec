"""Several traces of one model made one program: what is the same in all, and what differs how."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nn.onnx.sizes import Size, size_of
from nn.onnx.tracing import Call, Constant, Lost, Ref, RefusedError, Trace

__all__ = ["Number", "Padded", "Program", "Step", "Value", "aligned"]


class Padded(NamedTuple):
    """Sequences side by side ``(T, N, *)``, longest first, and their lengths, by name."""

    rows: Any
    lengths: Any
    steps: int | Size
    batch: int | Size


@dataclass(eq=False)
class Value:
    """What is computed: an input, a weight, a constant, or what a step gives.

    Attributes:
        shape: sizes, of which some may differ.
        constant: where it is one, its array; or, where that differs, one for each trace.
        name: what the graph calls it, once it is there.
        packed: of the rows of a packed sequence, which have no name: the padded ones.
    """

    shape: tuple[int | Size, ...]
    dtype: np.dtype
    constant: np.ndarray | tuple[np.ndarray, ...] | None = None
    name: str = ""
    source: str = ""
    packed: Padded | None = None

    @property
    def ndim(self) -> int:
        return len(self.shape)


@dataclass(frozen=True)
class Number:
    """A number that differs from run to run and is no size."""

    values: tuple[Any, ...]


@dataclass
class Step:
    """A call that is the same in all traces."""

    convert: Callable[..., Any]
    name: str
    path: str
    arguments: dict[str, Any]
    result: Any


@dataclass
class Program:
    inputs: list[Value]
    weights: dict[str, Value]
    steps: list[Step]
    output: Any
    traces: int


def aligned(traces: Sequence[Trace], converters: Any, why: str) -> Program:
    """One program of several traces; ``why`` says in what their inputs differ."""
    return _Aligning(traces, converters, why).program()


class _Aligning:
    def __init__(self, traces: Sequence[Trace], converters: Any, why: str) -> None:
        self.traces = traces
        self.converters = converters
        self.why = why
        self.values: dict[int, Value] = {}
        self.here = ""

    def program(self) -> Program:
        first = self.traces[0]
        inputs = [self.value(number) for number in first.inputs]
        weights = {name: self.value(number) for number, name in first.weights.items()}
        for name, one in weights.items():
            one.source = name
        steps = [self.step(calls) for calls in self.rows()]
        self.here = "the output"
        return Program(
            inputs, weights, steps, self.merged([t.output for t in self.traces]), len(self.traces)
        )

    def rows(self) -> list[tuple[Call, ...]]:
        """The calls of all traces side by side."""
        first = self.traces[0].calls
        for other in (one.calls for one in self.traces[1:]):
            for place in range(max(len(first), len(other))):
                pair = [calls[place] if place < len(calls) else None for calls in (first, other)]
                kinds = [one and (self.converters.get(one.key), one.path) for one in pair]
                if kinds[0] != kinds[1]:
                    raise RefusedError(self.unlike(pair))
        return list(zip(*(one.calls for one in self.traces), strict=True))

    def unlike(self, pair: Sequence[Call | None]) -> str:
        told = [f"{one.name} in {one.path or 'the model'}" for one in pair if one]
        rest = f" where otherwise {told[1]}" if len(told) > 1 else " more or less often"
        return (
            f"{self.why}, other operators run ({told[0]} runs{rest}); "
            "a graph has no loops and branches of Python's, so write these with operators: where, "
            "masks, products"
        )

    def step(self, calls: tuple[Call, ...]) -> Step:
        call = calls[0]
        self.here = f"{call.name} in {call.path or 'the model'}"
        shared = [key for key in call.arguments if all(key in one.arguments for one in calls)]
        arguments = {key: self.merged([one.arguments[key] for one in calls]) for key in shared}
        for number, array in call.arrays.items():
            arrays = [one.arrays.get(number) for one in calls]
            value = self.value(number)
            if array is not None:
                value.constant = _same(arrays)
                if isinstance(value.constant, tuple):
                    value.constant = None
        result = self.merged([one.result for one in calls])
        return Step(self.converters[call.key], call.name, call.path, arguments, result)

    def value(self, number: int) -> Value:
        found = self.values.get(number)
        if found is None:
            kinds = [one.kinds[number] for one in self.traces]
            if len({(len(shape), dtype) for shape, dtype in kinds}) > 1:
                raise RefusedError(
                    f"{self.why}, {self.here} has another number of dimensions or dtype: "
                    f"{' or '.join(dict.fromkeys(map(str, kinds)))}"
                )
            shape = tuple(map(size_of, zip(*(shape for shape, _ in kinds), strict=True)))
            found = self.values[number] = Value(shape, kinds[0][1])
        return found

    def merged(self, given: list[Any]) -> Any:
        first = given[0]
        kinds = {type(one) for one in given}
        if Lost in kinds:
            return next(one for one in given if isinstance(one, Lost))
        if len(kinds) > 1 and not kinds <= {int, np.int64, np.int32}:
            raise RefusedError(
                f"{self.why}, {self.here} is given {' or '.join(map(_brief, given))}"
            )
        if isinstance(first, Ref):
            if len(set(given)) > 1:
                raise RefusedError(f"{self.why}, {self.here} is given other values")
            return self.value(first.number)
        if isinstance(first, Constant):
            return self.constant(given)
        if isinstance(first, (tuple, list)):
            if len({len(one) for one in given}) > 1:
                if all(isinstance(part, (int, np.integer)) for one in given for part in one):
                    return Number(tuple(map(tuple, given)))
                raise RefusedError(
                    f"{self.why}, {self.here} is given another number of things: "
                    f"{' or '.join(str(len(one)) for one in given)}"
                )
            parts = [self.merged(list(column)) for column in zip(*given, strict=True)]
            if isinstance(first, list):
                return parts
            return type(first)(*parts) if hasattr(first, "_fields") else tuple(parts)
        if isinstance(first, dict):
            return {key: self.merged([one[key] for one in given]) for key in first}
        if isinstance(first, slice):
            ends = (
                [one.start for one in given],
                [one.stop for one in given],
                [one.step for one in given],
            )
            return slice(*(self.merged(one) for one in ends))
        return self.plain(given)

    def plain(self, given: list[Any]) -> Any:
        first = given[0]
        if isinstance(first, (bool, np.bool_, str, type(None), np.dtype)):
            return first if all(one == first for one in given) else Number(tuple(given))
        if isinstance(first, (int, np.integer)):
            return size_of([int(one) for one in given])
        if isinstance(first, (float, np.floating)):
            same = all(one == first or (math.isnan(one) and math.isnan(first)) for one in given)
            if same:
                return first
            whole = all(float(one).is_integer() for one in given)
            return size_of([int(one) for one in given]) if whole else Number(tuple(given))
        return first

    def constant(self, given: list[Constant]) -> Value:
        array = _same([one.array for one in given])
        shapes = [one.array.shape for one in given]
        if len(set(map(len, shapes))) > 1:
            raise RefusedError(f"{self.why}, {self.here} is given another number of dimensions")
        shape = tuple(map(size_of, zip(*shapes, strict=True)))
        return Value(shape, given[0].array.dtype, array, source=given[0].source)


def _same(arrays: Sequence[Any]) -> Any:
    """The array that all are, or all of them."""
    first = arrays[0]
    floating = first.dtype.kind == "f"
    if all(np.array_equal(one, first, equal_nan=floating) for one in arrays[1:]):
        return first
    return tuple(arrays)


def _brief(value: Any) -> str:
    return "a Tensor" if isinstance(value, (Ref, Constant)) else repr(value)[:40]
