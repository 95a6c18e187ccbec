"""Recurrent networks: steps along a sequence, each of which gets the state that the last one left.

A sequence, with one direction of one layer, is a single operator.  The rows of all steps lie one
below the other; a *place* is the ``(start, stop)`` of the rows of one step.  Where sequences are of
different lengths they are sorted, so the ones still going on are the first rows of the state.

A cell's ``step`` is written with operators: on arrays it computes the value, and on Tensors it
records, which is how higher derivatives come about.  Its ``back`` is the derivative of a step by
hand, on arrays.  All matrix products stand outside the cells.

In the formulas σ is the sigmoid, · the product of elements, and ``x_r, x_z, …`` are the parts of
``input @ w_ihᵀ + b_ih``, as ``h_r, h_z, …`` are those of ``h @ w_hhᵀ + b_hh``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autotensor.engine.backward import grad
from autotensor.engine.graph import Bundle, record_from, record_several
from autotensor.engine.modes import modes
from autotensor.engine.tensor import Tensor, raw, wrap
from autotensor.machine.error_state import silent
from autotensor.machine.threads import product
from autotensor.operators.arguments import need_tensor
from autotensor.operators.linalg.products import linear, linear_of_rows
from autotensor.operators.networks.dropouts import dropout
from autotensor.operators.pointwise.choice import relu
from autotensor.operators.pointwise.exponential import sigmoid
from autotensor.operators.pointwise.trigonometric import tanh
from autotensor.operators.structure.joining import cat, stack
from autotensor.operators.structure.shapes import reshape, transpose

__all__ = [
    "gru", "gru_cell", "lstm", "lstm_cell", "rnn_relu", "rnn_relu_cell", "rnn_tanh",
    "rnn_tanh_cell",
]  # fmt: skip

Places = Sequence[tuple[int, int]]


# -- cells -----------------------------------------------------------------------------------------


class _Cell(NamedTuple):
    """The elementwise part of a step.

    ``step(x, hidden, state)`` gets the products of input and of state with their weights, and gives
    the new state, whose first part is the output, and what ``back`` needs.

    ``back(flow, *seen)`` gets the gradient of the new state.  It gives the gradients of ``x`` and
    ``hidden``, then those of the parts of ``state`` besides the way through ``hidden``, or None.
    """

    gates: int
    """So many times the size of the state are the widths of ``x`` and ``hidden``."""
    step: Callable[..., tuple[tuple[Any, ...], tuple[Any, ...]]]
    back: Callable[..., tuple[Any, ...]]


def _tanh_step(x: Any, hidden: Any, state: Sequence[Any]) -> Any:
    out = tanh(x + hidden)
    return (out,), (out,)


def _tanh_back(flow: Sequence[Any], out: Any) -> Any:
    gradient = flow[0] * (1 - out * out)
    return gradient, gradient, None


def _relu_step(x: Any, hidden: Any, state: Sequence[Any]) -> Any:
    out = relu(x + hidden)
    return (out,), (out,)


def _relu_back(flow: Sequence[Any], out: Any) -> Any:
    gradient = flow[0] * (out > 0)
    return gradient, gradient, None


def _lstm_step(x: Any, hidden: Any, state: Sequence[Any]) -> Any:
    before = state[1]
    size = before.shape[1]
    gates = x + hidden
    both = sigmoid(gates[:, : 2 * size])
    i, f = both[:, :size], both[:, size:]
    g = tanh(gates[:, 2 * size : 3 * size])
    o = sigmoid(gates[:, 3 * size :])
    c = f * before + i * g
    level = tanh(c)
    return (o * level, c), (i, f, g, o, before, level)


def _lstm_back(flow: Sequence[Any], i: Any, f: Any, g: Any, o: Any, before: Any, level: Any) -> Any:
    by_h, by_c = flow
    by_c = by_c + by_h * o * (1 - level * level)
    by_gates = (
        by_c * g * (i * (1 - i)),
        by_c * before * (f * (1 - f)),
        by_c * i * (1 - g * g),
        by_h * level * (o * (1 - o)),
    )
    gradient = np.concatenate(by_gates, axis=1)
    return gradient, gradient, None, by_c * f


def _gru_step(x: Any, hidden: Any, state: Sequence[Any]) -> Any:
    before = state[0]
    size = before.shape[1]
    both = sigmoid(x[:, : 2 * size] + hidden[:, : 2 * size])
    r, z = both[:, :size], both[:, size:]
    inner = hidden[:, 2 * size :]
    n = tanh(x[:, 2 * size :] + r * inner)
    return (n + z * (before - n),), (r, z, n, inner, before)


def _gru_back(flow: Sequence[Any], r: Any, z: Any, n: Any, inner: Any, before: Any) -> Any:
    by_h = flow[0]
    by_n = by_h * (1 - z) * (1 - n * n)
    by_z = by_h * (before - n) * (z * (1 - z))
    by_r = by_n * inner * (r * (1 - r))
    by_x = np.concatenate((by_r, by_z, by_n), axis=1)
    by_hidden = np.concatenate((by_r, by_z, by_n * r), axis=1)
    return by_x, by_hidden, by_h * z


TANH = _Cell(1, _tanh_step, _tanh_back)
RELU = _Cell(1, _relu_step, _relu_back)
LSTM = _Cell(4, _lstm_step, _lstm_back)
GRU = _Cell(3, _gru_step, _gru_back)


# -- along a sequence ------------------------------------------------------------------------------


def _joined(pieces: list[Any], places: Places) -> Any:
    """The rows of all steps, each at its place."""
    return cat(pieces if places[0] <= places[-1] else pieces[::-1])


def _walk(
    cell: _Cell, places: Places, tape: list[Any] | None,
    x: Any, w_hh: Any, b_hh: Any, w_hr: Any, *state: Any,
) -> tuple[Any, ...]:  # fmt: skip
    """The outputs of all steps and the last state; of arrays or of Tensors.

    ``tape`` is given what the derivative needs of each step.
    """
    outputs = []
    for start, stop in places:
        count = stop - start
        going = count < state[0].shape[0]
        now = [part[:count] for part in state] if going else state
        new, seen = cell.step(x[start:stop], linear_of_rows(now[0], w_hh, b_hh), now)
        if tape is not None:
            tape.append((now[0], new[0], seen))
        if w_hr is not None:
            new = (linear_of_rows(new[0], w_hr, None), *new[1:])
        outputs.append(new[0])
        if going:
            new = tuple(cat([one, old[count:]]) for one, old in zip(new, state, strict=True))
        state = new
    return _joined(outputs, places), *state


def _walk_back(
    g: Any, cell: _Cell, places: Places, tape: list[Any], _: Any,
    w_hh: Any, b_hh: Any, w_hr: Any, *state: Any,
) -> list[Any]:  # fmt: skip
    """The gradients of ``x, w_hh, b_hh, w_hr`` and the parts of the first state, on arrays."""
    by_output, *by_end = g
    flow = [
        np.zeros_like(part) if one is None else one for part, one in zip(state, by_end, strict=True)
    ]
    by_x, by_hidden, by_projected = [], [], []
    places = places[::-1]
    tape = tape[::-1]
    for (start, stop), (_, _, seen) in zip(places, tape, strict=True):
        count = stop - start
        now = [one[:count] for one in flow]
        if by_output is not None:
            now[0] = now[0] + by_output[start:stop]
        if w_hr is not None:
            by_projected.append(now[0])
            now[0] = product(now[0], w_hr)
        of_x, of_hidden, *new = cell.back(now, *seen)
        by_x.append(of_x)
        by_hidden.append(of_hidden)
        direct, new[0] = new[0], product(of_hidden, w_hh)
        if direct is not None:
            new[0] += direct
        if count < len(flow[0]):
            new = [np.concatenate((one, old[count:])) for one, old in zip(new, flow, strict=True)]
        flow = new
    gradient = _joined(by_x, places)
    # One product over all steps, instead of one for each.
    inner = gradient if by_hidden[0] is by_x[0] else _joined(by_hidden, places)
    by_w_hh = product(inner.T, _joined([before for before, _, _ in tape], places))
    by_b_hh = None if b_hh is None else np.add.reduce(inner, axis=0)
    by_w_hr = None
    if w_hr is not None:
        outer = _joined([whole for _, whole, _ in tape], places)
        by_w_hr = product(_joined(by_projected, places).T, outer)
    return [gradient, by_w_hh, by_b_hh, by_w_hr, *flow]


def _gradients(g: Any, cell: _Cell, places: Places, tape: list[Any], *inputs: Any) -> Bundle:
    """The gradients of all inputs: of arrays by hand, of Tensors through the recorded steps."""
    if not any(isinstance(one, Tensor) for one in g):
        by_hand = _walk_back(g, cell, places, tape, *inputs)
        return Bundle(len(by_hand), dict(enumerate(by_hand)))
    # Other names for the inputs: one may be computed from another, and only what it does here
    # counts.
    alias = [reshape(one, one.shape) if isinstance(one, Tensor) else one for one in inputs]
    outputs = _walk(cell, places, None, *alias)
    sources = [at for at, one in enumerate(alias) if isinstance(one, Tensor) and one.requires_grad]
    given = [(output, one) for output, one in zip(outputs, g, strict=True) if one is not None]
    ready = [(output, one) for output, one in given if output.requires_grad]
    found = grad(
        [output for output, _ in ready],
        [alias[at] for at in sources],
        [one for _, one in ready],
        create_graph=True,
        allow_unused=True,
    )
    return Bundle(len(inputs), dict(zip(sources, found, strict=True)))


def _own(g: Bundle, position: int) -> Any:
    return g.parts.get(position)


def _along(name: str, cell: _Cell, places: Places, *inputs: Any) -> tuple[Any, ...]:
    """``_walk`` with its derivative, as an operator of several outputs.

    Three layers of nodes: one for each output; one where all their gradients meet; and one from
    which the gradients go to the inputs.
    """
    arrays = [raw(one) for one in inputs]
    recording = modes.grad_enabled and any(
        isinstance(one, Tensor) and one.requires_grad for one in inputs
    )
    tape: list[Any] | None = [] if recording else None
    outputs = silent().run(_walk, cell, places, tape, *arrays)
    if not recording:
        return tuple(wrap(one) for one in outputs)
    rules = [(_own, (position,)) for position in range(len(inputs))]
    inner = record_from(name, np.empty(0, outputs[0].dtype), inputs, rules).node
    assert inner is not None
    inner.shape = inner.dtype = None
    # Copies, because the tape goes on using the arrays, and whoever gets these may write to them.
    ends = [one.copy() for one in outputs[1:]]
    edge = (inner, _gradients, (cell, places, tape, *inputs))
    return record_several([outputs[0], *ends], name, (edge,))


# -- what is public --------------------------------------------------------------------------------


def _check_step(
    name: str, cell: _Cell, x: Any, features: int, state: Sequence[Any], params: Sequence[Any]
) -> None:
    """Refuses an input ``(*, features)``, a state and weights that do not fit together."""
    w_ih, w_hh, *_ = params
    named = {"input": x, "weight_ih": w_ih, "weight_hh": w_hh}
    named |= {f"hx[{at}]" if len(state) > 1 else "hx": one for at, one in enumerate(state)}
    for argument, one in named.items():
        need_tensor(one, name, argument)
        if one.dtype != x.dtype or one.dtype.kind != "f":
            raise RuntimeError(
                f"{name}: all arguments must have the same floating point dtype, but input has "
                f"{x.dtype} and {argument} {one.dtype}"
            )
    if w_ih.ndim != 2 or w_ih.shape[1] != features:
        raise RuntimeError(
            f"{name}: input has {features} features, but weight_ih of shape {tuple(w_ih.shape)} "
            f"expects {w_ih.shape[-1]}"
        )
    if w_hh.ndim != 2 or w_hh.shape[0] != w_ih.shape[0] or w_ih.shape[0] % cell.gates:
        raise RuntimeError(
            f"{name}: weight_ih of shape {tuple(w_ih.shape)} and weight_hh of shape "
            f"{tuple(w_hh.shape)} must have {cell.gates} rows for each hidden feature"
        )


def _check_state(name: str, state: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> None:
    for at, (part, shape) in enumerate(zip(state, shapes, strict=True)):
        if tuple(part.shape) != shape:
            argument = f"hx[{at}]" if len(state) > 1 else "hx"
            raise RuntimeError(
                f"{name}: {argument} must be of shape {shape}, got {tuple(part.shape)}"
            )


def _cell(name: str, cell: _Cell, input: Any, state: Sequence[Any], params: Sequence[Any]) -> Any:
    """One step; the new state."""
    w_ih, w_hh, b_ih, b_hh = params
    need_tensor(input, name)
    if input.ndim != 2:
        raise RuntimeError(
            f"{name}: input must be of shape (N, features), got {tuple(input.shape)}"
        )
    _check_step(name, cell, input, input.shape[1], state, params)
    batch, size = input.shape[0], w_hh.shape[1]
    _check_state(name, state, [(batch, size)] * len(state))
    x = linear(input, w_ih, b_ih)
    return _along(name, cell, [(0, batch)], x, w_hh, b_hh, None, *state)[1:]


def rnn_tanh_cell(
    input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None
) -> Any:
    """``h = tanh(input @ w_ihᵀ + b_ih + hx @ w_hhᵀ + b_hh)``: ``(N, I), (N, H) → (N, H)``.

    d (what is in the tanh) = g · (1 - h²).  Elman, "Finding Structure in Time", 1990.
    """
    return _cell("rnn_tanh_cell", TANH, input, (hx,), (w_ih, w_hh, b_ih, b_hh))[0]


def rnn_relu_cell(
    input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None
) -> Any:
    """``h = relu(input @ w_ihᵀ + b_ih + hx @ w_hhᵀ + b_hh)``; see ``rnn_tanh_cell``.

    d (what is in the relu) = g where h > 0, else 0.
    """
    return _cell("rnn_relu_cell", RELU, input, (hx,), (w_ih, w_hh, b_ih, b_hh))[0]


def lstm_cell(
    input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None
) -> tuple[Any, Any]:
    """``h' = o · tanh(c')`` and ``c' = f · c + i · g``, where ``hx`` is ``(h, c)``.

    ``i = σ(x_i + h_i)``, ``f = σ(x_f + h_f)``, ``g = tanh(x_g + h_g)``, ``o = σ(x_o + h_o)``.
    ``input (N, I)``, ``h`` and ``c (N, H)``, ``w_ih (4 H, I)``, ``w_hh (4 H, H)``, ``b (4 H)``.

    With D = d c' + d h' · o · (1 - tanh²(c')): d c = D · f, d i = D · g, d f = D · c, d g = D · i,
    d o = d h' · tanh(c').  Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997.
    """
    if not isinstance(hx, (tuple, list)) or len(hx) != 2:
        raise TypeError(f"lstm_cell: hx must be a pair of Tensors (h, c), got {type(hx).__name__}")
    return _cell("lstm_cell", LSTM, input, hx, (w_ih, w_hh, b_ih, b_hh))


def gru_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """``h' = (1 - z) · n + z · h`` where ``h`` is ``hx``.

    ``r = σ(x_r + h_r)``, ``z = σ(x_z + h_z)``, ``n = tanh(x_n + r · h_n)``.
    ``input (N, I)``, ``h (N, H)``, ``w_ih (3 H, I)``, ``w_hh (3 H, H)``, ``b (3 H)``.

    d n = g · (1 - z), d z = g · (h - n), d r = d n · (1 - n²) · h_n; d h = g · z and what comes
    through the gates.  Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder",
    2014.
    """
    return _cell("gru_cell", GRU, input, (hx,), (w_ih, w_hh, b_ih, b_hh))[0]


def _layers(
    name: str, cell: _Cell, input: Any, state: Sequence[Any], params: Sequence[Any],
    has_biases: bool, num_layers: int, dropout_p: float, train: bool, bidirectional: bool,
    batch_first: bool, batch_sizes: Any,
) -> tuple[Any, ...]:  # fmt: skip
    """The outputs of the last layer, and the last state of all layers and directions."""
    directions = 2 if bidirectional else 1
    several = num_layers * directions
    count, rest = divmod(len(params), several)
    least = 4 if has_biases else 2
    if rest or count not in (least, least + (cell is LSTM)):
        raise RuntimeError(
            f"{name}: {num_layers} layers of {directions} directions need {least} parameters each, "
            f"got {len(params)}"
        )
    need_tensor(input, name)
    if input.ndim != (3 if batch_sizes is None else 2):
        shape = "(L, N, features)" if batch_sizes is None else "(rows, features) when packed"
        raise RuntimeError(f"{name}: input must be of shape {shape}, got {tuple(input.shape)}")
    if batch_sizes is None:
        if batch_first:
            input = transpose(input, 0, 1)
        length, batch, features = input.shape
        sizes = [batch] * length
        rows = reshape(input, (length * batch, features))
    else:
        sizes, rows = [int(size) for size in batch_sizes.tolist()], input
        features = input.shape[1]
    if not sizes:
        raise RuntimeError(f"{name}: the sequence must have at least one step")
    stops = np.cumsum(sizes).tolist()
    places = [(stop - size, stop) for stop, size in zip(stops, sizes, strict=True)]
    if stops[-1] != rows.shape[0] or sorted(sizes, reverse=True) != sizes:
        raise RuntimeError(
            f"{name}: batch_sizes must not grow and must sum to {rows.shape[0]}, the rows of input"
        )
    _check_step(name, cell, rows, features, state, params)
    size = params[0].shape[0] // cell.gates
    shapes = [(several, sizes[0], width) for width in (params[1].shape[1], size)]
    _check_state(name, state, shapes[: len(state)])
    ends: list[list[Any]] = []
    for layer in range(num_layers):
        if layer and train:
            rows = dropout(rows, dropout_p)
        outputs = []
        for direction in range(directions):
            own = len(ends)
            w_ih, w_hh, *others = params[own * count : (own + 1) * count]
            b_ih, b_hh = others[:2] if has_biases else (None, None)
            w_hr = others[-1] if count > least else None
            out, *end = _along(
                name, cell, places[::-1] if direction else places,
                linear(rows, w_ih, b_ih), w_hh, b_hh, w_hr, *[part[own] for part in state],
            )  # fmt: skip
            outputs.append(out)
            ends.append(end)
        rows = cat(outputs, 1) if bidirectional else outputs[0]
    if batch_sizes is None:
        rows = reshape(rows, (length, batch, rows.shape[1]))
        rows = transpose(rows, 0, 1) if batch_first else rows
    return rows, *(stack(parts) for parts in zip(*ends, strict=True))


def rnn_tanh(
    input: Any,
    hx: Any,
    params: Sequence[Any],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool = False,
    batch_sizes: Any = None,
) -> tuple[Any, Any]:
    """``rnn_tanh_cell`` along a sequence, in layers: ``(output, h_n)``.

    ``input (L, N, I)``, or ``(N, L, I)`` with ``batch_first``, and ``hx (D · num_layers, N, H)``
    give ``output (L, N, D · H)`` and ``h_n`` in the shape of ``hx``; D is the number of directions.

    Args:
        params: for each layer and direction ``w_ih, w_hh``, then ``b_ih, b_hh`` if ``has_biases``.
            A layer but the first has the outputs of all directions below it as its input.
        dropout: of the outputs of all layers but the last, if ``train``.
        batch_sizes: given for a packed sequence, whose ``input`` is ``(rows, I)``: how many
            sequences have a first step, a second one, …
    """
    return _layers(
        "rnn_tanh", TANH, input, (hx,), params, has_biases, num_layers, dropout, train,
        bidirectional, batch_first, batch_sizes,
    )  # fmt: skip


def rnn_relu(
    input: Any,
    hx: Any,
    params: Sequence[Any],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool = False,
    batch_sizes: Any = None,
) -> tuple[Any, Any]:
    """``rnn_relu_cell`` along a sequence, in layers; see ``rnn_tanh``."""
    return _layers(
        "rnn_relu", RELU, input, (hx,), params, has_biases, num_layers, dropout, train,
        bidirectional, batch_first, batch_sizes,
    )  # fmt: skip


def gru(
    input: Any,
    hx: Any,
    params: Sequence[Any],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool = False,
    batch_sizes: Any = None,
) -> tuple[Any, Any]:
    """``gru_cell`` along a sequence, in layers; see ``rnn_tanh``."""
    return _layers(
        "gru", GRU, input, (hx,), params, has_biases, num_layers, dropout, train,
        bidirectional, batch_first, batch_sizes,
    )  # fmt: skip


def lstm(
    input: Any,
    hx: Any,
    params: Sequence[Any],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool = False,
    batch_sizes: Any = None,
) -> tuple[Any, Any, Any]:
    """``lstm_cell`` along a sequence, in layers: ``(output, h_n, c_n)``; see ``rnn_tanh``.

    ``hx`` is ``(h_0, c_0)``.  A third or fifth parameter ``w_hr (P, H)`` makes every output
    ``w_hr @ h``, of P features, as are then ``h_0`` and ``h_n``.
    """
    if not isinstance(hx, (tuple, list)) or len(hx) != 2:
        raise TypeError(f"lstm: hx must be a pair of Tensors (h_0, c_0), got {type(hx).__name__}")
    return _layers(
        "lstm", LSTM, input, hx, params, has_biases, num_layers, dropout, train,
        bidirectional, batch_first, batch_sizes,
    )  # fmt: skip
