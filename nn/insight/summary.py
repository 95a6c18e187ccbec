"""What a network is made of, layer by layer: ``print(nn.summary(model, (1, 1, 28, 28)))``."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

import autotensor as at
from autotensor import Tensor
from autotensor.extend import on_first_call
from nn import layers
from nn.arguments import need, refuse, whole
from nn.insight.watching import Seen, Stopwatch, Watch
from nn.modes import in_mode, left_as_it_was
from nn.module import Module
from nn.tables import aligned, in_bytes, in_seconds
from nn.tensors import tensors_in

if TYPE_CHECKING:
    from autotensor.extend.seeing import Drawing

PASSES = layers.__name__ + "."
"""Our own layers, of which it is known that all they compute is seen."""


@dataclass
class Row:
    """A module, with all below it that has no row of its own; or the calls of a function, by the
    ``forward`` of a module, that gave one shape."""

    name: str
    """The dotted name; empty for the model itself.  That of a function ends in ``()``."""
    type: str
    depth: int
    """How many modules it is inside of."""
    input_shapes: list[Any] = field(default_factory=list)
    """Those of its first call; a shape for each Tensor."""
    output_shapes: list[Any] = field(default_factory=list)
    calls: int = 0
    parameters: int = 0
    """Numbers in parameters that no row above has counted."""
    trainable: int = 0
    """Of these, those that require a gradient."""
    shared: int = 0
    """Numbers in parameters that a row above has counted already."""
    multiply_adds: int = 0
    """In all calls."""
    counted: bool = True
    """False where it has parameters of its own and calls no function of this library: what it
    computes with NumPy is not seen."""
    bytes: int = 0
    """Memory of the outputs of all calls."""
    seconds: float | None = None
    """Time of all calls, the median of the repeats; None if not measured."""
    runs: bool = True
    """False where there is nothing to call: a ModuleList, say, has no ``forward``."""


def _sum_of(column: str, explained: str) -> Any:
    """The sum of a column of the rows, as a property."""
    return property(lambda table: sum(getattr(row, column) for row in table.rows), doc=explained)


@dataclass(repr=False)
class Summary:
    """What ``summary`` found; ``print`` shows a table.

    Rows do not overlap: the sum of a column is the total.
    """

    rows: list[Row]
    parameter_bytes: int
    """Memory of all parameters and buffers."""
    input_bytes: int | None
    """Memory of the inputs; None if the model was not run."""
    repeats: int = 0
    source: tuple[Module, tuple[Any, ...] | dict[str, Any]] | None = field(
        default=None, repr=False, compare=False
    )
    """The model and its inputs, for ``draw``."""

    parameters = _sum_of("parameters", "Numbers in all parameters, shared ones counted once.")
    trainable = _sum_of("trainable", "Of these, those that require a gradient.")
    multiply_adds = _sum_of("multiply_adds", "Of one forward pass of the batch, as far as counted.")
    activation_bytes = _sum_of("bytes", "Memory of what the layers give out in one forward pass.")

    @property
    def frozen(self) -> int:
        """Of these, those that do not."""
        return self.parameters - self.trainable

    @property
    def seconds(self) -> float | None:
        """Of one forward pass; None if not measured."""
        times = [row.seconds for row in self.rows if row.seconds is not None]
        return sum(times) if times else None

    @property
    def not_counted(self) -> list[str]:
        """Rows with parameters whose multiply-adds are not known."""
        return [row.name or row.type for row in self.rows if not row.counted]

    def draw(self, path: str | os.PathLike[str] | None = None, **settings: Any) -> Drawing:
        """The network as a picture: its graph in evaluation mode if there were inputs, else its
        parts; ``path`` and ``settings`` as for ``autotensor.draw``."""
        refuse("Summary.draw", self.source is None, "this Summary was not made by summary()")
        assert self.source is not None
        model, inputs = self.source
        with in_mode(model, training=False):
            return at.draw(model, path, inputs=inputs or None, **settings)

    _repr_html_ = on_first_call("nn.seeing.modules", "summary_page")

    def __repr__(self) -> str:
        ran = self.input_bytes is not None
        cells = [self.cells(row) for row in self.rows]
        titles, *rest = aligned([[*cells[0]], *([*row.values()] for row in cells)], left=2 + ran)
        rule = "-" * max(map(len, [titles, *rest]))
        return "\n".join([titles, rule, *rest, rule, *self.totals()])

    def cells(self, row: Row) -> dict[str, str]:
        """What the table has of a row, by the title of the column."""
        ran = self.input_bytes is not None
        name = row.name.rpartition(".")[2] if row.name else "(model)"
        cells = {"layer": "  " * row.depth + name, "type": row.type}
        if ran:
            shapes = ", ".join(map(str, row.output_shapes)) or "-"
            if not row.calls:
                shapes = "not called" if row.runs else ""
            cells["output shape"] = shapes + (f" ×{row.calls}" if row.calls > 1 else "")
        text = f"{row.parameters:,}" if row.parameters else ""
        if row.parameters and not row.trainable:
            text += " frozen"
        elif row.parameters != row.trainable:
            text += f", {row.parameters - row.trainable:,} frozen"
        if row.shared:
            text += f"{', ' if text else ''}{row.shared:,} shared"
        cells["parameters"] = text
        if ran:
            adds = f"{row.multiply_adds:,}" if row.multiply_adds else ""
            cells["multiply-adds"] = adds if row.counted else f"{adds}?"
            cells["activations"] = in_bytes(row.bytes) if row.bytes else ""
        if self.repeats:
            cells["time"] = "" if row.seconds is None else in_seconds(row.seconds)
        return cells

    def totals(self) -> list[str]:
        """The lines below the table."""
        lines = [
            f"parameters: {self.parameters:,} ({self.trainable:,} trainable, "
            f"{self.frozen:,} frozen), {in_bytes(self.parameter_bytes)} with buffers"
        ]
        if self.input_bytes is None:
            return lines
        lines.append(
            f"multiply-adds: {self.multiply_adds:,} in matrix products and convolutions; "
            "elementwise work is not counted"
        )
        if self.not_counted:
            lines.append(f"  nor is what these compute with NumPy: {', '.join(self.not_counted)}")
        lines.append(
            f"activations: {in_bytes(self.activation_bytes)} given out, for inputs of "
            f"{in_bytes(self.input_bytes)}"
        )
        if self.seconds is not None:
            lines.append(f"forward time: {in_seconds(self.seconds)}, median of {self.repeats}")
        return lines


def summary(
    model: Module,
    input_size: Any = None,
    inputs: Any = None,
    *,
    depth: int | None = None,
    dtypes: Any = None,
    repeats: int = 0,
) -> Summary:
    """Counts parameters, work and memory of each layer, in one forward pass without training.

    ::

        print(nn.summary(LeNet5(), (1, 1, 28, 28)))
        print(nn.summary(model, [(8, 20), (8, 20)], dtypes=at.int64))  # two inputs
        print(nn.summary(model, inputs=(tokens, lengths), repeats=10))  # and how long it takes

    Multiply-adds are those of matrix products and convolutions, whoever computes them: layers,
    ``nn.functional``, ``@``, ``einsum``, attention; one for each multiplication of a weight or of
    two activations, without biases.  Elementwise work is not counted.  What a ``forward`` calls
    besides its modules, functions and operators, has rows of its own, one for each shape that comes
    out, with the multiply-adds and the memory of what it gives.  An output that lies in the memory
    of an input (``Flatten``, ``inplace=True``, views) needs none.

    The model is called in evaluation mode and without a graph; afterwards its mode, its buffers and
    the random numbers to come are what they were, also after an error.

    Args:
        model: what to look at.
        input_size: the shape of the input with its batch dimension, such as ``(1, 1, 28, 28)``, or
            a list of shapes for several inputs.  Numbers are drawn for it.
        inputs: instead of that, the inputs: a Tensor, a tuple or list of positional arguments,
            or a dict of keyword arguments.  Without either, only parameters are counted.
        depth: how many levels of modules get rows of their own, 0 for the model alone; what is
            deeper counts in the row above it.  None shows all.
        dtypes: that of the drawn input, or a list of one for each; float32 if None.  Integers are
            all 0.
        repeats: how many more forward passes to measure the time of; 0 for none.

    Raises:
        TypeError: the model is no Module, or a shape or inputs of the wrong type.
        ValueError: both ``input_size`` and ``inputs``, or a negative ``depth`` or ``repeats``.

    Example:

        >>> model = nn.Sequential(nn.Conv2d(1, 6, 5), nn.Flatten(), nn.Linear(6 * 24 * 24, 10))
        >>> found = nn.summary(model, (1, 1, 28, 28))
        >>> found.parameters, [row.output_shapes for row in found.rows]
        (34726, [[(1, 10)], [(1, 6, 24, 24)], [(1, 3456)], [(1, 10)]])
    """
    need("summary", "model", model, Module, "an nn.Module")
    if input_size is not None and inputs is not None:
        raise ValueError("summary: give input_size or inputs, not both")
    for name, value in (("depth", depth), ("repeats", repeats)):
        if value is not None:
            whole("summary", name, value, 0, int, shown=False)
    args, kwargs = _arguments(input_size, inputs, dtypes)
    ran = bool(args or kwargs)
    refuse("summary", repeats and not ran, "to measure the time, give input_size or inputs")

    rows = _rows_of(model, depth)
    shown = [row for row, _ in rows]
    if ran:
        with left_as_it_was(model), in_mode(model, training=False), at.no_grad():
            with Watch(model) as watch:
                model(*args, **kwargs)
            _fill_in(rows, watch)
            shown = _with_functions(rows, watch, depth)
            times = []
            for _ in range(repeats):
                with Stopwatch(model) as timer:
                    model(*args, **kwargs)
                times.append(timer.seconds)
            for row, modules in rows:
                if repeats and row.calls:
                    totals = [sum(one.get(m, 0.0) for m in modules) for one in times]
                    row.seconds = float(np.median(totals))
    return Summary(
        shown,
        sum(one.array.nbytes for one in [*model.parameters(), *model.buffers()]),
        sum(one.array.nbytes for one in tensors_in((args, kwargs))) if ran else None,
        repeats,
        (model, kwargs or args),
    )


# -- the inputs ------------------------------------------------------------------------------------


def _arguments(input_size: Any, inputs: Any, dtypes: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if inputs is not None:
        refuse("summary", dtypes is not None, "dtypes goes with input_size; inputs have their own")
        if isinstance(inputs, Tensor):
            return (inputs,), {}
        if isinstance(inputs, Mapping):
            return (), dict(inputs)
        need("summary", "inputs", inputs, (tuple, list), "a Tensor, a tuple, a list or a dict")
        return tuple(inputs), {}
    if input_size is None:
        return (), {}
    one = isinstance(input_size, (tuple, list)) and all(isinstance(n, int) for n in input_size)
    shapes = [input_size] if one else list(input_size) if isinstance(input_size, Iterable) else []
    for shape in shapes or [input_size]:
        if not isinstance(shape, (tuple, list)) or not all(
            isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in shape
        ):
            raise TypeError(
                "summary: input_size must be a shape such as (1, 1, 28, 28) or a list of shapes, "
                f"got {input_size!r}"
            )
    kinds = list(dtypes) if isinstance(dtypes, (tuple, list)) else [dtypes] * len(shapes)
    if len(kinds) != len(shapes):
        raise ValueError(f"summary: got {len(kinds)} dtypes for {len(shapes)} inputs")
    # A generator of its own: the one of the engine stays where it is.
    draw = np.random.default_rng(0)
    made = []
    for shape, kind in zip(shapes, kinds, strict=True):
        dtype = np.dtype(np.float32 if kind is None else kind)
        values = draw.standard_normal(shape) if dtype.kind == "f" else np.zeros(shape)
        made.append(at.from_numpy(np.asarray(values, dtype=dtype)))
    return tuple(made), {}


# -- running the model -----------------------------------------------------------------------------


# -- filling the table -----------------------------------------------------------------------------


def _rows_of(model: Module, depth: int | None) -> list[tuple[Row, list[Module]]]:
    """The rows with their parameters, and the modules that each stands for."""
    rows: list[tuple[Row, list[Module]]] = []
    row_of: dict[str, tuple[Row, list[Module]]] = {}
    by_name = dict(model.named_modules())
    seen: set[int] = set()
    for name, module in by_name.items():
        level = name.count(".") + 1 if name else 0
        outer = name.rpartition(".")[0]
        # Attention uses the weights of its part and never calls it: one layer for all who look on.
        is_part = name and isinstance(by_name.get(outer), layers.MultiheadAttention)
        if is_part or (depth is not None and level > depth):
            row_of[name] = row_of[outer]
        else:
            row_of[name] = Row(name, type(module).__name__, level), []
            row_of[name][0].runs = type(module).forward is not Module.forward
            rows.append(row_of[name])
        row, modules = row_of[name]
        modules.append(module)
        for parameter in module.parameters(recurse=False):
            size = parameter.numel()
            if id(parameter) in seen:
                row.shared += size
                continue
            seen.add(id(parameter))
            row.parameters += size
            row.trainable += size if parameter.requires_grad else 0
    return rows


def _fill_in(rows: list[tuple[Row, list[Module]]], watch: Watch) -> None:
    """Shapes, work and memory, as ``watch`` saw them."""
    for row, modules in rows:
        first = watch.modules.get(modules[0], Seen())
        row.calls = first.calls
        row.input_shapes, row.output_shapes = first.input_shapes, first.output_shapes
        for module in modules:
            seen = watch.modules.get(module, Seen())
            row.multiply_adds += seen.multiply_adds
            row.bytes += seen.bytes
            # What is never called is used by name, in the forward of one that is.
            if seen.calls and not seen.touched and _computes_itself(module):
                row.counted = False


def _with_functions(
    rows: list[tuple[Row, list[Module]]], watch: Watch, depth: int | None
) -> list[Row]:
    """The rows, and between those of a module's parts one for each function that its ``forward``
    calls, where it is called first; with a smaller ``depth`` the module's own row has all that."""
    row_of = {id(modules[0]): row for row, modules in rows}
    first: defaultdict[int, list[Row]] = defaultdict(list)
    """By row, those that stand right below it."""
    behind: defaultdict[int, list[Row]] = defaultdict(list)
    """By row, those that stand below all that is in it."""
    for row, module in ((row, one) for row, modules in rows for one in modules):
        place = first[id(row)]
        for called in watch.order[module]:
            if isinstance(called, Module):
                inner = row_of.get(id(called))
                if inner is not None and inner.name.rpartition(".")[0] == row.name:
                    place = behind[id(inner)]
                continue
            seen = watch.functions[module][called]
            if depth is None or row.depth < depth:
                place.append(_row_of(called[0], seen, row))
            else:
                row.multiply_adds += seen.multiply_adds
                row.bytes += seen.bytes
    found: list[Row] = []
    within: list[Row] = []
    for row, _ in rows:
        while within and within[-1].depth >= row.depth:
            found += behind[id(within.pop())]
        found += [row, *first[id(row)]]
        within.append(row)
    while within:
        found += behind[id(within.pop())]
    return found


def _row_of(name: str, seen: Seen, caller: Row) -> Row:
    """The row of a function."""
    path = f"{caller.name}.{name}()" if caller.name else f"{name}()"
    row = Row(path, "function", caller.depth + 1, seen.input_shapes, seen.output_shapes, seen.calls)
    row.multiply_adds, row.bytes = seen.multiply_adds, seen.bytes
    return row


def _computes_itself(module: Module) -> bool:
    """Whether it has parameters of its own and is none of our layers."""
    own = next(module.parameters(recurse=False), None) is not None
    return own and not type(module).__module__.startswith(PASSES)
