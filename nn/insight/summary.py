"""What a network is made of, layer by layer: ``print(nn.summary(model, (1, 1, 28, 28)))``."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Self

import numpy as np

import autotensor as at
from autotensor import Tensor
from autotensor.extend import on_first_call
from nn import layers
from nn.arguments import need, refuse, whole
from nn.hooks import drop_empty_hooks
from nn.layers.convolution import CONVOLUTIONS, TRANSPOSED
from nn.modes import in_mode, left_as_it_was
from nn.module import Module
from nn.tables import aligned, in_bytes, in_seconds
from nn.tensors import tensors_in

LINEAR_MAPS = (layers.Linear, layers.Bilinear, *CONVOLUTIONS, *TRANSPOSED)
Shape = tuple[int, ...]
Call = tuple[list[Shape], list[Shape], int]
"""Shapes of the inputs and of the outputs, and the memory of the latter."""
PASSES = layers.__name__ + "."
"""Our own layers that are not counted: pooling, normalization, activation, embedding."""


@dataclass
class Row:
    """A module, with all below it that has no row of its own."""

    name: str
    """The dotted name; empty for the model itself."""
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
    """False where it computes with parameters of its own in a way that is not known here."""
    bytes: int = 0
    """Memory of the outputs of all calls."""
    seconds: float | None = None
    """Time of all calls, the median of the repeats; None if not measured."""


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
                shapes = "not called"
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
            f"multiply-adds: {self.multiply_adds:,} in linear, convolutional, recurrent and "
            "attention layers; the rest is not counted"
        )
        if self.not_counted:
            lines.append(f"  nor is what these do with parameters: {', '.join(self.not_counted)}")
        lines.append(
            f"activations: {in_bytes(self.activation_bytes)} given out by layers, for inputs of "
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

    Multiply-adds are counted in linear, convolutional and recurrent layers and in
    MultiheadAttention, also in classes derived from them: one for each multiplication of a weight
    or of two activations, without biases.  What a ``forward`` computes by other means (``@``,
    ``nn.functional``) is not seen, nor is it in the activation memory, which is that of the
    modules' outputs.  An output that lies in the memory of an input (``Flatten``, ``inplace=True``)
    needs none.

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
    if ran:
        with left_as_it_was(model), in_mode(model, training=False), at.no_grad():
            with _Watch(model) as watch:
                model(*args, **kwargs)
            _fill_in(rows, watch)
            times = []
            for _ in range(repeats):
                with _Watch(model, timing=True) as timer:
                    model(*args, **kwargs)
                times.append(timer.seconds)
            for row, modules in rows:
                if repeats and row.calls:
                    totals = [sum(one.get(m, 0.0) for m in modules) for one in times]
                    row.seconds = float(np.median(totals))
    return Summary(
        [row for row, _ in rows],
        sum(one.array.nbytes for one in [*model.parameters(), *model.buffers()]),
        sum(one.array.nbytes for one in tensors_in((args, kwargs))) if ran else None,
        repeats,
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


class _Watch:
    """Looks at every call of every module while it is entered.

    With ``timing`` it measures the time that each module spends outside of the modules it calls;
    else what comes in and goes out.
    """

    def __init__(self, model: Module, timing: bool = False) -> None:
        self.model = model
        self.timing = timing
        self.calls: defaultdict[Module, list[Call]] = defaultdict(list)
        self.seconds: defaultdict[Module, float] = defaultdict(float)
        # For every module now running:
        self.began: list[float] = []
        self.inner: list[list[float]] = []
        """The time of each module that it called."""

    def __enter__(self) -> Self:
        self.handles = []
        for module in self.model.modules():
            self.handles += [
                module.register_forward_pre_hook(self.before, prepend=True, with_kwargs=True),
                module.register_forward_hook(self.after, with_kwargs=True),
            ]
        return self

    def __exit__(self, *error: object) -> None:
        for handle in self.handles:
            handle.remove()
        for module in self.model.modules():
            drop_empty_hooks(module)

    def before(self, module: Module, args: Any, kwargs: Any) -> None:
        self.inner.append([])
        self.began.append(perf_counter())

    def after(self, module: Module, args: Any, kwargs: Any, output: Any) -> None:
        seconds = perf_counter() - self.began.pop()
        inner = self.inner.pop()
        if self.inner:
            self.inner[-1].append(seconds)
        if self.timing:
            self.seconds[module] += seconds - sum(inner)
            return
        given, result = list(tensors_in((args, kwargs))), list(tensors_in(output))
        # A module that only hands on what its parts made needs no memory beyond theirs.
        needed = 0 if inner else _fresh_bytes(given, result)
        before, after = [[tuple(one.shape) for one in ones] for ones in (given, result)]
        self.calls[module].append((before, after, needed))


def _fresh_bytes(given: list[Tensor], result: list[Tensor]) -> int:
    """Memory of the Tensors in ``result`` that do not lie in that of ``given``."""
    return sum(
        one.array.nbytes
        for one in result
        if not any(np.may_share_memory(one.array, other.array) for other in given)
    )


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


def _fill_in(rows: list[tuple[Row, list[Module]]], watch: _Watch) -> None:
    """Shapes, work and memory, as ``watch`` saw them."""
    for row, modules in rows:
        if modules[0] in watch.calls:
            calls = watch.calls[modules[0]]
            row.calls = len(calls)
            row.input_shapes, row.output_shapes, _ = calls[0]
        for module in modules:
            calls = watch.calls.get(module, [])
            works = [_multiply_adds(module, given, result) for given, result, _ in calls]
            row.multiply_adds += sum(work or 0 for work in works)
            row.bytes += sum(needed for _, _, needed in calls)
            # Without a call it is used by name, in somebody's forward.
            if _computes_itself(module) and (None in works or not works):
                row.counted = False


def _computes_itself(module: Module) -> bool:
    """Whether it has parameters of its own and is none of our layers, which need no counting."""
    own = next(module.parameters(recurse=False), None) is not None
    return own and not type(module).__module__.startswith(PASSES)


def _multiply_adds(module: Module, given: list[Shape], result: list[Shape]) -> int | None:
    """Of one call; None where it is not known."""
    if isinstance(module, LINEAR_MAPS):
        # Each output is a sum over what its slice of the weight holds; transposed, each input goes
        # into as many sums.
        size = math.prod((given if isinstance(module, TRANSPOSED) else result)[0])
        return size * math.prod(module.weight.shape[1:])
    if isinstance(module, (layers.RNNBase, layers.RNNCellBase)):
        # Each weight is used once in every time step of every sequence.
        steps = math.prod(given[0]) // module.input_size
        return steps * sum(
            weight.numel()
            for name, weight in module.named_parameters(recurse=False)
            if name.startswith("weight_")
        )
    if isinstance(module, layers.MultiheadAttention):
        return _attention_work(module, given)
    return None


def _attention_work(module: layers.MultiheadAttention, given: list[Shape]) -> int:
    """The four linear maps, the scores, and the sum of values that they weigh."""
    query, key = given[:2]
    size = module.embed_dim
    # Of all sequences of the batch together.
    targets, sources = math.prod(query[:-1]), math.prod(key[:-1])
    maps = targets * size * size * 2 + sources * size * (module.kdim + module.vdim)
    length = key[1 if module.batch_first and len(key) == 3 else 0]
    more = (module.bias_k is not None) + bool(module.add_zero_attn)
    return maps + 2 * targets * (length + more) * size
