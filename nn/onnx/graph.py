"""The graph in ONNX's words while it grows: nodes, initializers, names; sizes that are computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from nn.onnx.aligning import Number, Value
from nn.onnx.sizes import Size, Sum, divided, explained
from nn.onnx.tracing import Lost, RefusedError

__all__ = ["Graph", "Operand"]

Operand = Any
"""A Value, the name of one, an array, or None where an input is left out."""

_INT64 = np.dtype(np.int64)


class Graph:
    """Takes nodes; what ``converters`` write to.

    Attributes:
        onnx: the package.
        opset: the version of ONNX's operators.
        name, path: of the call that is being converted.
    """

    def __init__(self, onnx: Any, opset: int, symbols: Sequence[tuple[Value, int, Size]]) -> None:
        self.onnx = onnx
        self.opset = opset
        self.symbols = symbols
        self.nodes: list[Any] = []
        self.initializers: dict[str, np.ndarray] = {}
        self.name = self.path = ""
        self.known: list[Value] = []
        """All values that have names, newest last."""
        self.near: list[Value] = []
        """Those that the call is given."""
        self._used: dict[str, int] = {}
        self._constants: dict[Any, str] = {}
        self._sizes: dict[Any, str] = {}

    # -- nodes -------------------------------------------------------------------------------------

    def op(self, kind: str, *inputs: Operand, outputs: int = 1, **settings: Any) -> Any:
        """Adds a node and gives the name of its output, or the names of several.

        A list as input is one of sizes; a setting that is None is left out.
        """
        given = [self.named(one) for one in inputs]
        while given and not given[-1]:
            given.pop()
        name = self.unique("/".join(["", *self.path.split("."), kind] if self.path else ["", kind]))
        names = [f"{name}_output_{at}" for at in range(outputs)]
        node = self.onnx.helper.make_node(kind, given, names, name)
        for key in sorted(settings):
            if settings[key] is not None:
                self._set(node, key, settings[key])
        self.nodes.append(node)
        return names[0] if outputs == 1 else names

    def _set(self, node: Any, key: str, value: Any) -> None:
        if isinstance(value, (list, tuple)):
            value = [self.number(one) for one in value]
        elif not isinstance(value, (str, bytes)) and not hasattr(value, "DESCRIPTOR"):
            value = self.number(value)
        node.attribute.append(self.onnx.helper.make_attribute(key, value))

    def number(self, value: Any) -> Any:
        """``value``, which the graph can only have as a fixed number."""
        if isinstance(value, (Size, Number)):
            told = ", ".join(map(str, value.values))
            by_values = len(set(value.values[:2])) > 1
            self.refuse(
                f"needs a fixed number where the model gives one that differs ({told}): "
                + (
                    "it depends on values of the inputs; compute with Tensors, not with item()"
                    if by_values
                    else "it follows from a size that is to be dynamic; dynamic_axes says which are"
                )
            )
        if isinstance(value, np.generic):
            return value.item()
        return value

    def refuse(self, why: str) -> NoReturn:
        """The call that is being converted cannot be exported."""
        raise RefusedError(f"{self.where} {why}")

    @property
    def where(self) -> str:
        return f"{self.name} in {self.path or 'the model'}"

    def unique(self, name: str) -> str:
        count = self._used.get(name, 0)
        self._used[name] = count + 1
        return f"{name}_{count}" if count else name

    # -- what nodes are given ----------------------------------------------------------------------

    def named(self, one: Operand) -> str:
        """The name of a value, which is made if it is a constant."""
        if one is None:
            return ""
        if isinstance(one, str):
            return one
        if isinstance(one, Value):
            return self._name_of(one)
        if isinstance(one, list):
            return self.sizes(one)
        if isinstance(one, (np.ndarray, np.generic)):
            return self.constant(np.asarray(one))
        raise RefusedError(f"{self.where} is given {type(one).__name__} where a graph has Tensors")

    def need_known(self, one: Any) -> None:
        """Refuses what a function has computed that no converter knows."""
        if isinstance(one, Lost):
            self.refuse(
                f"is given what {one.function} in {one.path or 'the model'} has computed, which "
                "cannot be exported"
            )

    def _name_of(self, one: Value) -> str:
        if one.name:
            return one.name
        if isinstance(one.constant, tuple):
            one.name = self._varying(one)
        elif one.constant is not None:
            return self.constant(one.constant)
        elif one.source:  # a weight, under the name that it has in the state dict
            one.name = one.source
        elif one.packed:
            self.refuse("is given the rows of a packed sequence; pad_packed_sequence comes first")
        else:
            self.refuse("is given a Tensor whose operator cannot be exported")
        return one.name

    def constant(self, array: np.ndarray) -> str:
        """The name of an initializer that holds ``array``; equal ones are one."""
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._constants:
            name = self._constants[key] = self.unique("constant")
            self.initializers[name] = np.array(array, order="C")
        return self._constants[key]

    def scalar(self, number: Any, dtype: Any) -> str:
        """A number as a constant of ``dtype``."""
        if isinstance(number, Number) and np.dtype(dtype).kind == "f":
            return self._root(number, dtype)
        if isinstance(number, Size):
            return self.cast(self.op("Squeeze", self.size(number), [0]), _INT64, dtype)
        with np.errstate(all="ignore"):
            return self.constant(np.asarray(self.number(number)).astype(dtype))

    def _root(self, number: Number, dtype: Any) -> str:
        """A number that is the root of a size, or one over it, as scales are."""
        given = np.array(number.values, float)
        if (given[0] == given[1]) and (given > 0).all():
            for power, kinds in ((-1, ["Reciprocal"]), (2, ["Sqrt"]), (-2, ["Sqrt", "Reciprocal"])):
                found = given**power
                if np.allclose(found, found.round(), rtol=1e-6, atol=0):
                    out = self.scalar(Size([int(one) for one in found.round()]), dtype)
                    for kind in kinds:
                        out = self.op(kind, out)
                    return out
        return str(self.number(number))

    def cast(self, one: Operand, now: Any, dtype: Any) -> Operand:
        """``one``, of dtype ``now``, in ``dtype``."""
        if np.dtype(now) == np.dtype(dtype):
            return one
        return self.op("Cast", one, to=self.kind(dtype))

    def kind(self, dtype: Any) -> int:
        """ONNX's number of a dtype."""
        return int(self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    # -- sizes -------------------------------------------------------------------------------------

    def sizes(self, wanted: Sequence[Any]) -> str:
        """Ints and Sizes as a 1-d Tensor."""
        if not any(isinstance(one, Size) for one in wanted):
            return self.constant(np.array([self.number(one) for one in wanted], _INT64))
        parts: list[Any] = []
        for one in wanted:
            if isinstance(one, Size):
                parts.append(self.size(one))
            elif parts and isinstance(parts[-1], list):
                parts[-1].append(one)
            else:
                parts.append([one])
        return parts[0] if len(parts) == 1 else self.op("Concat", *parts, axis=0)

    def size(self, one: Size) -> str:
        """A Size as a Tensor with one element."""
        if one not in self._sizes:
            found = self._rule(one)
            if isinstance(found, tuple) and len(found) == 3:
                place, plus, by = found
                term = self._dim(*place)
                term = self.op("Add", term, [plus]) if plus else term
                self._sizes[one] = self.op("Div", term, [by])
            elif isinstance(found, tuple):
                self._sizes[one] = self._dim(*found)
            else:
                self._sizes[one] = self._sum(found)
        return self._sizes[one]

    def _rule(self, one: Size) -> Any:
        symbols = [((value, at), size) for value, at, size in self.symbols]
        simple = explained(one, symbols)
        if simple and all(factor.denominator == 1 for factor, _ in simple):
            return simple
        near = [
            ((v, at), s)
            for v in self.near
            for at, s in enumerate(v.shape)
            if isinstance(s, Size) and v.name
        ]
        everywhere = [
            (v, at) for v in reversed(self.known) for at, s in enumerate(v.shape) if s == one
        ]
        for found in [place for place, size in near if size == one] + everywhere:
            return found
        rule = simple or explained(one, list({s: (n, s) for n, s in near + symbols}.values()), 2)
        part = None if rule else divided(one, symbols + near)
        if part is not None:
            return part
        if rule is None and one.values[0] != one.values[1]:
            self.refuse(
                "uses a number that depends on values of the inputs, and that no size of a Tensor "
                "shows; compute with Tensors, not with item() or tolist()"
            )
        if rule is None:
            raise RefusedError(
                f"{self.where} uses a size that follows from those of the inputs in a way that "
                f"was not understood: it is {', '.join(map(str, one.values))} where these are "
                + "; ".join(", ".join(map(str, size.values)) for _, _, size in self.symbols)
                + "; dynamic_axes says which sizes differ"
            )
        return rule

    def _dim(self, value: Value, at: int) -> str:
        key = (value, at)
        if key not in self._sizes:
            self._sizes[key] = self.op("Shape", value, start=at, end=at + 1)
        return self._sizes[key]

    def _sum(self, terms: Sum) -> str:
        total = ""
        for factor, places in terms:
            if not factor:
                continue
            term = ""
            for place in places:
                size = self._dim(*place)
                term = self.op("Mul", term, size) if term else size
            if not term:
                term = self.sizes([int(factor)]) if factor.denominator == 1 else ""
                if not term:
                    raise RefusedError(
                        f"{self.where} uses a size that is no whole number of others"
                    )
            elif factor != 1:
                if factor.numerator != 1:
                    term = self.op("Mul", term, [factor.numerator])
                if factor.denominator != 1:
                    term = self.op("Div", term, [factor.denominator])
            total = self.op("Add", total, term) if total else term
        return total

    def range(self, count: Any) -> str:
        """The whole numbers below ``count``."""
        ends = (self.scalar(one, _INT64) for one in (0, count, 1))
        return str(self.op("Range", *ends))

    def diagonal(self, size: Any) -> str:
        """True on the diagonal of a square."""
        places = self.range(size)
        return str(self.op("Equal", self.op("Unsqueeze", places, [1]), places))

    # -- constants that differ ---------------------------------------------------------------------

    def _varying(self, one: Value) -> str:
        """A constant that follows from sizes: all of one number, or of numbers in equal steps."""
        arrays: Any = one.constant
        flat = [array.reshape(-1) for array in arrays]
        firsts = {array[0].item() for array in flat if array.size}
        if len({array.size for array in flat}) > 1 or len(firsts) == 1:
            if len(firsts) == 1 and all((array == array[0]).all() for array in flat if array.size):
                return self.op("Expand", self.constant(flat[0][:1].reshape(())), list(one.shape))
            along = [at for at, size in enumerate(one.shape) if isinstance(size, Size)]
            if one.ndim and len(along) == 1 and one.dtype.kind in "if":
                found = self._steps(one, arrays, along[0])
                if found:
                    return found
            if (
                one.ndim == 2
                and one.shape[0] == one.shape[1]
                and all(np.array_equal(a, np.eye(len(a))) for a in arrays)
            ):
                return str(self.cast(self.diagonal(one.shape[0]), np.bool_, one.dtype))
        if one.ndim == 0 and one.dtype.kind in "iu":
            return self.scalar(Size([int(array) for array in arrays]), one.dtype)
        made = f" that {one.source} has made" if one.source else ""
        same = len({array.shape for array in arrays[:2]}) == 1 and not np.array_equal(*arrays[:2])
        raise RefusedError(
            f"{self.where} uses a Tensor{made} that is another in every run: "
            + (
                "it is random, or computed outside of the operators from the values of inputs"
                if same
                else "it follows from the size of an input, in a way that was not understood; "
                "make it once, for the largest size, register it as a buffer and slice that"
            )
        )

    def _steps(self, one: Value, arrays: Sequence[np.ndarray], axis: int) -> str:
        """``arange`` along ``axis``, the same along all others."""
        lines = [np.moveaxis(array, axis, -1).reshape(-1, array.shape[axis]) for array in arrays]
        longest = max(lines, key=lambda rows: rows.shape[1])
        if longest.shape[1] < 2 or not longest.size:
            return ""
        start, step = longest[0, 0], longest[0, 1] - longest[0, 0]
        ends = {rows[0, -1].item() for rows in lines}
        for rows in lines:
            wanted = start + step * np.arange(rows.shape[1])
            if len(ends) == 1:
                wanted = np.linspace(start, rows[0, -1], rows.shape[1])
            if not np.allclose(rows, wanted.astype(one.dtype), rtol=1e-6, atol=1e-7):
                return ""
        kind = one.dtype if one.dtype.kind == "i" or one.dtype.itemsize > 2 else np.dtype("float32")
        numbers = self.cast(self.range(one.shape[axis]), _INT64, kind)
        if len(ends) == 1:  # as many as there are, from one number to another
            gaps = self.op("Max", self.scalar(one.shape[axis] - 1, kind), self.scalar(1, kind))
            step = self.op("Div", self.scalar(ends.pop() - start, kind), gaps)
            numbers = self.op("Mul", numbers, step)
        elif step != 1:
            numbers = self.op("Mul", numbers, self.scalar(step, kind))
        if start != 0:
            numbers = self.op("Add", numbers, self.scalar(start, kind))
        numbers = self.cast(numbers, kind, one.dtype)
        if one.ndim > 1:
            others = [at for at in range(one.ndim) if at != axis]
            numbers = self.op("Expand", self.op("Unsqueeze", numbers, others), list(one.shape))
        return numbers
