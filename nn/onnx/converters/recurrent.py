"""Recurrent nets: ONNX has the layers; cells are composed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autotensor as at
from nn.onnx.aligning import Padded, Value
from nn.onnx.converters.registry import converts
from nn.onnx.converters.structure import reshaped
from nn.onnx.graph import Graph
from nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

_KINDS = {
    "lstm": ("LSTM", (0, 3, 1, 2)),  # i f g o here, i o f c there
    "gru": ("GRU", (1, 0, 2)),  # r z n here, z r h there
    "rnn_tanh": ("RNN", (0,)),
    "rnn_relu": ("RNN", (0,)),
}
"""By function: ONNX's operator, and in which order that has the gates."""


def _in_order(g: Graph, one: Any, order: Sequence[int]) -> Any:
    """Rows of gates in another order."""
    if len(order) == 1:
        return one
    parts = g.op("Split", one, outputs=len(order), axis=0, num_outputs=len(order))
    return g.op("Concat", *(parts[at] for at in order), axis=0)


def _for_directions(g: Graph, parts: list[Any]) -> Any:
    """One Tensor of what each direction has."""
    rows = [g.op("Unsqueeze", one, [0]) for one in parts]
    return rows[0] if len(rows) == 1 else g.op("Concat", *rows, axis=0)


def _settings(name: str, kind: str, size: int, directions: int) -> dict[str, Any]:
    settings: dict[str, Any] = {"hidden_size": size}
    settings["direction"] = "bidirectional" if directions == 2 else "forward"
    if kind == "RNN":
        settings["activations"] = ["Relu" if name == "rnn_relu" else "Tanh"] * directions
    elif kind == "GRU":
        settings["linear_before_reset"] = 1
    return settings


def _weights(g: Graph, own: list[Any], order: Sequence[int]) -> tuple[Any, Any, Any]:
    """The weights of input and state and the biases of a layer, all directions together."""
    w, r = (_for_directions(g, [_in_order(g, one[at], order) for one in own]) for at in (0, 1))
    if len(own[0]) < 4:
        return w, r, None
    pairs = [[_in_order(g, bias, order) for bias in one[2:4]] for one in own]
    return w, r, _for_directions(g, [g.op("Concat", *pair, axis=0) for pair in pairs])


@converts(at.lstm)
def _layers(
    g: Graph,
    input: Value,
    hx: Any,
    params: Sequence[Value],
    has_biases: Any,
    num_layers: Any,
    dropout: Any,
    train: Any,
    bidirectional: Any,
    batch_first: Any,
    batch_sizes: Any,
    output: Any,
) -> Any:
    kind, order = _KINDS[g.name]
    padded = input.packed
    if batch_sizes is not None and padded is None:
        g.refuse("is given a packed sequence that pack_padded_sequence has not made")
    if train and dropout and num_layers > 1:
        g.refuse("draws random numbers: it is told to drop out")
    directions = 2 if bidirectional else 1
    each = len(params) // (num_layers * directions)
    if each > (4 if has_biases else 2):
        g.refuse("has proj_size, which ONNX's LSTM has not")
    size = g.number(params[1].shape[1])
    states = list(hx) if kind == "LSTM" else [hx]
    lengths = None
    if padded:
        x, steps, batch = padded.rows, padded.steps, padded.batch
        lengths = g.cast(padded.lengths, np.int64, np.int32)
    else:
        x = g.op("Transpose", input, perm=[1, 0, 2]) if batch_first else input
        steps, batch = input.shape[:2][::-1] if batch_first else input.shape[:2]
    settings = _settings(g.name, kind, size, directions)
    ends: list[list[Any]] = [[] for _ in states]
    for layer in range(num_layers):
        first = layer * directions
        own = [params[each * at : each * (at + 1)] for at in range(first, first + directions)]
        weights = _weights(g, own, order)
        begin: list[Any] = list(states)
        if num_layers > 1:
            begin = [g.op("Slice", one, [first], [first + directions], [0]) for one in states]
        made = g.op(kind, x, *weights, lengths, *begin, outputs=1 + len(states), **settings)
        for part, one in zip(ends, made[1:], strict=True):
            part.append(one)
        if directions == 1:
            x = g.op("Squeeze", made[0], [1])
        else:
            x = g.op("Transpose", made[0], perm=[0, 2, 1, 3])
            x = reshaped(g, x, [steps, batch, directions * size], [steps, batch])
    if padded:
        output[0].packed = padded._replace(rows=x)
        x = None
    elif batch_first:
        x = g.op("Transpose", x, perm=[1, 0, 2])
    return (x, *(one[0] if len(one) == 1 else g.op("Concat", *one, axis=0) for one in ends))


# -- sequences of several lengths ------------------------------------------------------------------


@converts(pack_padded_sequence)
def _pack(
    g: Graph, input: Value, lengths: Any, batch_first: Any, enforce_sorted: Any, output: Any
) -> Any:
    dims = [1, 0, *range(2, input.ndim)] if batch_first else list(range(input.ndim))
    x: Any = g.op("Transpose", input, perm=dims) if batch_first else input
    steps, batch = (input.shape[at] for at in dims[:2])
    if isinstance(lengths, Value):
        sizes = g.cast(lengths, lengths.dtype, np.int64)
    else:
        sizes = np.array([g.number(one) for one in lengths], np.int64)
    order = back = None
    if not enforce_sorted:
        sizes, order = g.op("TopK", sizes, [batch], outputs=2, axis=0)
        x = g.op("Gather", x, order, axis=1)
        back = g.op("TopK", order, [batch], outputs=2, axis=0, largest=0)[1]
    output.data.packed = Padded(x, sizes, steps, batch)
    return (None, None) if order is None else (None, None, order, back)


@converts(pad_packed_sequence)
def _pad(
    g: Graph, sequence: Any, batch_first: Any, padding_value: Any, total_length: Any, output: Any
) -> Any:
    data, order_back = sequence.data, sequence.unsorted_indices
    if data.packed is None:
        g.refuse("is given a packed sequence that pack_padded_sequence has not made")
    x, sizes, steps, batch = data.packed
    features = list(data.shape[1:])
    there = g.op("Less", g.op("Unsqueeze", g.range(steps), [1]), sizes)
    there = reshaped(g, there, [steps, batch, *(1 for _ in features)], [steps, batch])
    x = g.op("Where", there, x, g.scalar(padding_value, data.dtype))
    if total_length is None:
        longest = g.op("ReduceMax", sizes, keepdims=1)
        x = g.op("Slice", x, [0], longest, [0])
    elif total_length != steps:
        ends = [0] * (2 * len(data.shape) + 2)
        ends[len(data.shape) + 1] = total_length - steps
        x = g.op("Pad", x, ends, g.scalar(padding_value, data.dtype))
    if order_back is not None:
        x = g.op("Gather", x, order_back, axis=1)
        sizes = g.op("Gather", sizes, order_back, axis=0)
    if batch_first:
        x = g.op("Transpose", x, perm=[1, 0, *range(2, len(features) + 2)])
    return x, sizes


# -- cells -----------------------------------------------------------------------------------------


@converts(at.lstm_cell)
def _cell(g: Graph, input: Value, hx: Any, w_ih: Value, w_hh: Value, b_ih: Any, b_hh: Any) -> Any:
    kind = g.name.removesuffix("_cell")
    hidden = hx[0] if kind == "lstm" else hx
    x = g.op("Gemm", input, w_ih, b_ih, transB=1)
    h = g.op("Gemm", hidden, w_hh, b_hh, transB=1)
    if kind.startswith("rnn"):
        return g.op("Relu" if kind == "rnn_relu" else "Tanh", g.op("Add", x, h))
    if kind == "lstm":
        i, f, n, o = g.op("Split", g.op("Add", x, h), outputs=4, axis=1, num_outputs=4)
        i, f, o = (g.op("Sigmoid", one) for one in (i, f, o))
        c = g.op("Add", g.op("Mul", f, hx[1]), g.op("Mul", i, g.op("Tanh", n)))
        return g.op("Mul", o, g.op("Tanh", c)), c
    (x_r, x_z, x_n), (h_r, h_z, h_n) = (
        g.op("Split", one, outputs=3, axis=1, num_outputs=3) for one in (x, h)
    )
    r, z = (g.op("Sigmoid", g.op("Add", *pair)) for pair in ((x_r, h_r), (x_z, h_z)))
    n = g.op("Tanh", g.op("Add", x_n, g.op("Mul", r, h_n)))
    return g.op("Add", n, g.op("Mul", z, g.op("Sub", hidden, n)))
