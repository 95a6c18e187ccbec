"""Recurrent networks (RNN, LSTM, GRU): steps along a sequence, each on the state the last one left.

A sequence, with one direction of one layer, is a single operator.  The rows of all steps lie one
below the other; a *place* is the ``(start, stop)`` of the rows of one step.  Where sequences are of
different lengths they are sorted, so the ones still going on are the first rows of the state.

A cell's ``step`` is written with operators: on arrays it computes the value, and on Tensors it
records, which is how higher derivatives come about.  The first derivative is backpropagation
through time (BPTT) by hand, on arrays: ``kernels.recurrent``.  All matrix products stand outside
the cells.

What goes into the gates lies gate by gate, ``(gates, N, H)``, so that every gate is one block of
memory.

In the formulas σ is the sigmoid, · the product of elements, and ``x_r, x_z, …`` are the parts of
``input @ w_ihᵀ + b_ih``, as ``h_r, h_z, …`` are those of ``h @ w_hhᵀ + b_hh``.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any

import numpy as np

from autotensor.engine.backward import grad
from autotensor.engine.graph import Bundle, record_from, record_several, stands_inside
from autotensor.engine.modes import modes
from autotensor.engine.tensor import Tensor, raw, wrap
from autotensor.kernels import recurrent as kernels
from autotensor.kernels.recurrent import Places, in_order
from autotensor.machine.error_state import silent
from autotensor.machine.memory import in_lines
from autotensor.operators.arguments import need_shape, need_tensor
from autotensor.operators.faces import face
from autotensor.operators.linalg.products import linear, linear_of_rows, matrix_product
from autotensor.operators.networks import dropouts
from autotensor.operators.pointwise.choice import relu
from autotensor.operators.pointwise.exponential import sigmoid
from autotensor.operators.pointwise.trigonometric import tanh
from autotensor.operators.structure.joining import cat, stack
from autotensor.operators.structure.shapes import reshape, transpose

__all__ = [
    "gru", "gru_cell", "lstm", "lstm_cell", "rnn_relu", "rnn_relu_cell", "rnn_tanh",
    "rnn_tanh_cell",
]  # fmt: skip


# -- cells -----------------------------------------------------------------------------------------


_Cell = namedtuple("_Cell", "gates step back")
"""The elementwise part of a step.

``step(x, hidden, state)`` gets the products of input and of state with their weights, each
``(gates, N, H)``, and gives the new state, whose first part is the output, and what ``back``, its
derivative, needs.
"""


def _tanh_step(x: Any, hidden: Any, state: Sequence[Any]) -> Any:
    out = tanh(hidden[0] + x[0])
    return (out,), (out,)


def _relu_step(x: Any, hidden: Any, state: Sequence[Any]) -> Any:
    out = relu(hidden[0] + x[0])
    return (out,), (out,)


def _lstm_step(x: Any, hidden: Any, state: Sequence[Any]) -> Any:
    before = state[1]
    gates = hidden + x
    both = sigmoid(gates[:2])
    i, f = both[0], both[1]
    g = tanh(gates[2])
    o = sigmoid(gates[3])
    c = f * before + i * g
    level = tanh(c)
    return (o * level, c), (both, g, o, before, level)


def _gru_step(x: Any, hidden: Any, state: Sequence[Any]) -> Any:
    before = state[0]
    both = sigmoid(hidden[:2] + x[:2])
    r, z = both[0], both[1]
    inner = hidden[2]
    n = tanh(r * inner + x[2])
    return (n + z * (before - n),), (both, n, inner, before)


TANH = _Cell(1, _tanh_step, kernels.tanh_back)
RELU = _Cell(1, _relu_step, kernels.relu_back)
LSTM = _Cell(4, _lstm_step, kernels.lstm_back)
GRU = _Cell(3, _gru_step, kernels.gru_back)


# -- along a sequence ------------------------------------------------------------------------------


def _gate_by_gate(array: Any, gates: int) -> Any:
    """``(N, gates · H)`` as ``(gates, N, H)``, a view."""
    rows, width = array.shape
    return transpose(reshape(array, (rows, gates, width // gates)), 0, 1)


def _walk(
    cell: _Cell, places: Places, tape: list[Any] | None,
    x: Any, w_hh: Any, b_hh: Any, w_hr: Any, *state: Any,
) -> tuple[Any, ...]:  # fmt: skip
    """The outputs of all steps and the last state; of arrays or of Tensors.

    ``tape`` is given what the derivative needs of each step.
    """
    outputs = []
    x, weights = _gate_by_gate(x, cell.gates), _gate_by_gate(transpose(w_hh, 0, 1), cell.gates)
    if len(places) > 2 and isinstance(weights, np.ndarray):
        weights = in_lines(weights)  # every step multiplies by them
    bias = None if b_hh is None else reshape(b_hh, (cell.gates, 1, weights.shape[2]))
    for start, stop in places:
        count = stop - start
        going = count < state[0].shape[0]
        now = [part[:count] for part in state] if going else state
        hidden = matrix_product(now[0], weights)
        if bias is not None:
            hidden = hidden + bias
        new, seen = cell.step(x[:, start:stop], hidden, now)
        if tape is not None:
            tape.append((now[0], new[0], seen))
        if w_hr is not None:
            new = (linear_of_rows(new[0], w_hr, None), *new[1:])
        outputs.append(new[0])
        if going:
            new = tuple(cat([one, old[count:]]) for one, old in zip(new, state, strict=True))
        state = new
    return cat(in_order(outputs, places)), *state


def _flow_back(g: Any, cell: _Cell, places: Places, tape: list[Any], *inputs: Any) -> Bundle:
    """The gradients of all inputs: of arrays by hand, of Tensors through the recorded steps."""
    if not any(isinstance(one, Tensor) for one in g):
        _, *weights, state = (*inputs[:4], inputs[4:])
        by_hand = kernels.back_through_time(cell.back, cell.gates, g, places, tape, weights, state)
        return Bundle(len(by_hand), dict(enumerate(by_hand)))
    # Other names for the inputs: one may be computed from another, and only what it does here
    # counts.
    alias = [reshape(one, one.shape) if isinstance(one, Tensor) else one for one in inputs]
    outputs = _walk(cell, places, None, *alias)
    sources = [at for at, one in enumerate(alias) if isinstance(one, Tensor) and one.requires_grad]
    given = [(output, one) for output, one in zip(outputs, g, strict=True) if one is not None]
    ready = [(output, one) for output, one in given if output.requires_grad]
    ends, seeds = [output for output, _ in ready], [one for _, one in ready]
    wanted = [alias[at] for at in sources]
    found = grad(ends, wanted, seeds, create_graph=True, allow_unused=True)
    return Bundle(len(inputs), dict(zip(sources, found, strict=True)))


def _recurrence(name: str, cell: _Cell, places: Places, *inputs: Any) -> tuple[Any, ...]:
    """``_walk`` with its derivative, as an operator of several outputs.

    Three layers of nodes: one for each output; one where all their gradients meet; and one from
    which the gradients go to the inputs.
    """
    arrays = [raw(one) for one in inputs]
    tracked = any(isinstance(one, Tensor) and one.requires_grad for one in inputs)
    recording = modes().grad_enabled and tracked
    tape: list[Any] | None = [] if recording else None
    outputs = silent().run(_walk, cell, places, tape, *arrays)
    if not recording:
        return tuple(wrap(one) for one in outputs)
    rules = [(Bundle.part, (position,)) for position in range(len(inputs))]
    inner = record_from(name, np.empty(0, outputs[0].dtype), inputs, rules).node
    assert inner is not None
    stands_inside(inner)
    # Copies, because the tape goes on using the arrays, and whoever gets these may write to them.
    ends = [one.copy() for one in outputs[1:]]
    edge = (inner, _flow_back, (cell, places, tape, *inputs))
    return record_several([outputs[0], *ends], name, (edge,))


# -- what is public --------------------------------------------------------------------------------


def _check_step(
    name: str, cell: _Cell, x: Any, features: int, state: Sequence[Any], w_ih: Any, w_hh: Any
) -> None:
    """Refuses an input ``(*, features)``, a state and weights that do not fit together."""
    named = {"input": x, "weight_ih": w_ih, "weight_hh": w_hh}
    named |= {f"hx[{at}]" if len(state) > 1 else "hx": one for at, one in enumerate(state)}
    first = need_tensor(x, name).dtype
    for argument, one in named.items():
        kind = need_tensor(one, name, argument).dtype
        if kind != first or kind.kind != "f":
            raise RuntimeError(
                f"{name}: all arguments must have the same floating point dtype, but input has "
                f"{first} and {argument} {kind}"
            )
    w_ih, w_hh = raw(w_ih), raw(w_hh)
    if w_ih.ndim != 2 or w_ih.shape[1] != features:
        raise RuntimeError(
            f"{name}: input has {features} features, but weight_ih of shape {w_ih.shape} "
            f"expects {w_ih.shape[-1]}"
        )
    if w_hh.ndim != 2 or w_hh.shape[0] != w_ih.shape[0] or w_ih.shape[0] % cell.gates:
        raise RuntimeError(
            f"{name}: weight_ih of shape {w_ih.shape} and weight_hh of shape "
            f"{w_hh.shape} must have {cell.gates} rows for each hidden feature"
        )


def _check_state(name: str, state: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> None:
    for at, (part, shape) in enumerate(zip(state, shapes, strict=True)):
        argument = f"hx[{at}]" if len(state) > 1 else "hx"
        need_shape(part, raw(part).shape == shape, shape, name, argument)


def _state_of(name: str, cell: _Cell, hx: Any, pair: str) -> Sequence[Any]:
    """The parts of the state ``hx``."""
    if cell is not LSTM:
        return (hx,)
    if not isinstance(hx, (tuple, list)) or len(hx) != 2:
        raise TypeError(f"{name}: hx must be a pair of Tensors {pair}, got {type(hx).__name__}")
    return hx


def _one_step(
    input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None, *,
    name: str = "", cell: _Cell = TANH,
) -> Any:  # fmt: skip
    """The new state, which of all cells but ``LSTM`` has one part."""
    state = _state_of(name, cell, hx, "(h, c)")
    need_tensor(input, name)
    need_shape(input, input.ndim == 2, "(N, features)", name)
    _check_step(name, cell, input, input.shape[1], state, w_ih, w_hh)
    batch, size = input.shape[0], w_hh.shape[1]
    _check_state(name, state, [(batch, size)] * len(state))
    x = linear(input, w_ih, b_ih)
    _, *new = _recurrence(name, cell, [(0, batch)], x, w_hh, b_hh, None, *state)
    return tuple(new) if cell is LSTM else new[0]


@face(_one_step, cell=TANH)
def rnn_tanh_cell() -> Any:
    """``h = tanh(input @ w_ihᵀ + b_ih + hx @ w_hhᵀ + b_hh)``: ``(N, I), (N, H) → (N, H)``.

    With a, what is in the tanh: d a = g · (1 - y²), d input = d a @ w_ih, d hx = d a @ w_hh,
    d w_ih = d aᵀ @ input, d w_hh = d aᵀ @ hx, d b_ih = Σ d a, d b_hh = Σ d a: sums over the batch.

    Elman, "Finding Structure in Time", 1990.

    Raises:
        RuntimeError: shapes or dtypes that do not fit each other.

    Example:

        >>> w_ih, w_hh = at.tensor([[1.0, 1.0]]), at.tensor([[0.5]])
        >>> h = at.rnn_tanh_cell(at.tensor([[2.0, -2.0]]), at.tensor([[1.0]]), w_ih, w_hh)
        >>> h, at.tanh(at.tensor(0.5))
        (tensor([[0.4621]]), tensor(0.4621))
    """


@face(_one_step, cell=RELU)
def rnn_relu_cell() -> Any:
    """``h = relu(input @ w_ihᵀ + b_ih + hx @ w_hhᵀ + b_hh)``; see ``rnn_tanh_cell``.

    With a, what is in the relu: d a = g where y > 0, else 0, d input = d a @ w_ih,
    d hx = d a @ w_hh, d w_ih = d aᵀ @ input, d w_hh = d aᵀ @ hx, d b_ih = Σ d a, d b_hh = Σ d a.

    Raises:
        RuntimeError: shapes or dtypes that do not fit each other.

    Example:

        >>> w_ih, w_hh = at.tensor([[1.0], [-1.0]]), at.eye(2)
        >>> at.rnn_relu_cell(at.tensor([[3.0]]), at.tensor([[1.0, 1.0]]), w_ih, w_hh)
        tensor([[4., 0.]])
    """


@face(_one_step, cell=LSTM)
def lstm_cell() -> tuple[Any, Any]:  # type: ignore[empty-body]
    """``c' = f · c + i · n; h' = o · tanh(c')``, where ``hx`` is ``(h, c)``.

    ``i = σ(x_i + h_i)``, ``f = σ(x_f + h_f)``, ``n = tanh(x_n + h_n)``, ``o = σ(x_o + h_o)``.
    ``input (N, I)``, ``h`` and ``c (N, H)``, ``w_ih (4 H, I)``, ``w_hh (4 H, H)``, ``b (4 H)``.

    With D = g_c + g_h · o · (1 - tanh²(c')): d c = D · f, d i = D · n, d f = D · c, d n = D · i,
    d o = g_h · tanh(c').  Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997.

    Raises:
        RuntimeError: shapes or dtypes that do not fit each other.
        TypeError: ``hx`` is no pair.

    Example:

        >>> x, h, c = at.zeros(5, 2), at.zeros(5, 3), at.ones(5, 3)
        >>> gates = at.tensor([-99.0, 99.0, 0.0, 99.0]).repeat_interleave(3)  # keep c, let it out
        >>> h1, c1 = at.lstm_cell(x, (h, c), at.zeros(12, 2), at.zeros(12, 3), gates, at.zeros(12))
        >>> c1[0], h1[0], at.tanh(c1[0, 0])
        (tensor([1., 1., 1.]), tensor([0.7616, 0.7616, 0.7616]), tensor(0.7616))
    """


@face(_one_step, cell=GRU)
def gru_cell() -> Any:
    """``h' = (1 - z) · n + z · h`` where ``h`` is ``hx``.

    ``r = σ(x_r + h_r)``, ``z = σ(x_z + h_z)``, ``n = tanh(x_n + r · h_n)``.
    ``input (N, I)``, ``h (N, H)``, ``w_ih (3 H, I)``, ``w_hh (3 H, H)``, ``b (3 H)``.

    d n = g · (1 - z), d z = g · (h - n), d r = d n · (1 - n²) · h_n, d h = g · z; and to h comes
    what goes through the gates.  Cho et al., "Learning Phrase Representations using RNN
    Encoder-Decoder", 2014.

    Raises:
        RuntimeError: shapes or dtypes that do not fit each other.

    Example:

        >>> x, h = at.zeros(5, 2), at.ones(5, 3)
        >>> closed = at.tensor([0.0, 99.0, 0.0]).repeat_interleave(3)  # z = 1: what was stays
        >>> at.gru_cell(x, h, at.zeros(9, 2), at.zeros(9, 3), closed, at.zeros(9))[0]
        tensor([1., 1., 1.])
    """


def _rows_of_steps(
    name: str, input: Any, batch_first: bool, batch_sizes: Any
) -> tuple[Any, list[int], Places]:
    """``input`` with the rows of all steps one below the other, their numbers and their places."""
    need_tensor(input, name)
    if batch_sizes is None:
        need_shape(input, input.ndim == 3, "(L, N, features)", name)
        if batch_first:
            input = transpose(input, 0, 1)
        length, batch, features = raw(input).shape
        sizes = [batch] * length
        input = reshape(input, (length * batch, features))
    else:
        need_shape(input, input.ndim == 2, "(rows, features) when packed", name)
        sizes = [int(size) for size in batch_sizes.tolist()]
    if not sizes:
        raise RuntimeError(f"{name}: the sequence must have at least one step")
    stops = np.cumsum(sizes).tolist()
    if stops[-1] != input.shape[0] or sorted(sizes, reverse=True) != sizes:
        raise RuntimeError(
            f"{name}: batch_sizes must not grow and must sum to {input.shape[0]}, the rows of input"
        )
    return input, sizes, [(stop - size, stop) for stop, size in zip(stops, sizes, strict=True)]


def _layers(
    input: Any, hx: Any, params: Sequence[Any], has_biases: bool, num_layers: int, dropout: float,
    train: bool, bidirectional: bool, batch_first: bool = False, batch_sizes: Any = None, *,
    name: str = "", cell: _Cell = TANH,
) -> tuple[Any, ...]:  # fmt: skip
    """The outputs of the last layer, and the last state of all layers and directions."""
    state = _state_of(name, cell, hx, "(h_0, c_0)")
    directions = 2 if bidirectional else 1
    several = num_layers * directions
    count, rest = divmod(len(params), several)
    least = 4 if has_biases else 2
    if rest or count not in (least, least + (cell is LSTM)):
        raise RuntimeError(
            f"{name}: {num_layers} layers of {directions} directions need {least} parameters each, "
            f"got {len(params)}"
        )
    rows, sizes, places = _rows_of_steps(name, input, batch_first, batch_sizes)
    _check_step(name, cell, rows, rows.shape[1], state, *params[:2])
    size = params[0].shape[0] // cell.gates
    shapes = [(several, sizes[0], width) for width in (params[1].shape[1], size)]
    _check_state(name, state, shapes[: len(state)])
    ends: list[list[Any]] = []
    for layer in range(num_layers):
        if layer and train:
            rows = dropouts.dropout(rows, dropout)
        outputs = []
        for direction in range(directions):
            own = len(ends)
            w_ih, w_hh, *others = params[own * count : (own + 1) * count]
            b_ih, b_hh = others[:2] if has_biases else (None, None)
            w_hr = others[-1] if count > least else None
            way = places[::-1] if direction else places
            x, first = linear(rows, w_ih, b_ih), [part[own] for part in state]
            out, *end = _recurrence(name, cell, way, x, w_hh, b_hh, w_hr, *first)
            outputs.append(out)
            ends.append(end)
        rows = cat(outputs, 1) if bidirectional else outputs[0]
    if batch_sizes is None:
        rows = reshape(rows, (len(sizes), sizes[0], rows.shape[1]))
        rows = transpose(rows, 0, 1) if batch_first else rows
    return rows, *(stack(parts) for parts in zip(*ends, strict=True))


@face(_layers, cell=TANH)
def rnn_tanh() -> tuple[Any, Any]:  # type: ignore[empty-body]
    """``h_t = rnn_tanh_cell(x_t, h_{t-1})`` along a sequence, in layers: ``(output, h_n)``.

    Differentiated as ``rnn_tanh_cell``, from the last step to the first.

    ``input (L, N, I)``, or ``(N, L, I)`` with ``batch_first``, and ``hx (D · num_layers, N, H)``
    give ``output (L, N, D · H)`` and ``h_n`` in the shape of ``hx``; D is the number of directions.

    Args:
        params: for each layer and direction ``w_ih, w_hh``, then ``b_ih, b_hh`` if ``has_biases``.
            A layer but the first has the outputs of all directions below it as its input.
        dropout: of the outputs of all layers but the last, if ``train``.
        batch_sizes: given for a packed sequence, whose ``input`` is ``(rows, I)``: how many
            sequences have a first step, a second one, …

    Raises:
        RuntimeError: shapes, dtypes or parameters that do not fit each other.

    Example:

        >>> x, h0 = at.ones(7, 4, 2), at.zeros(1, 4, 3)  # 7 steps, 4 samples, 2 features
        >>> w_ih, w_hh = at.zeros(3, 2), at.zeros(3, 3)
        >>> output, h = at.rnn_tanh(x, h0, [w_ih, w_hh], False, 1, 0.0, False, False, False)
        >>> output.shape, h.shape
        (torch.Size([7, 4, 3]), torch.Size([1, 4, 3]))
    """


@face(_layers, cell=RELU)
def rnn_relu() -> tuple[Any, Any]:  # type: ignore[empty-body]
    """``h_t = rnn_relu_cell(x_t, h_{t-1})`` along a sequence, in layers; see ``rnn_tanh``.

    Differentiated as ``rnn_relu_cell``.

    Raises:
        RuntimeError: shapes, dtypes or parameters that do not fit each other.

    Example:

        >>> x = at.tensor([[[1.0]], [[2.0]], [[3.0]]])  # w_ih = w_hh = 1: it counts up
        >>> one = at.ones(1, 1)
        >>> h0 = at.zeros(1, 1, 1)
        >>> output, h = at.rnn_relu(x, h0, [one, one], False, 1, 0.0, False, False, False)
        >>> output.flatten(), h.flatten()
        (tensor([1., 3., 6.]), tensor([6.]))
    """


@face(_layers, cell=GRU)
def gru() -> tuple[Any, Any]:  # type: ignore[empty-body]
    """``h_t = gru_cell(x_t, h_{t-1})`` along a sequence, in layers; see ``rnn_tanh``.

    Differentiated as ``gru_cell``.

    Raises:
        RuntimeError: shapes, dtypes or parameters that do not fit each other.

    Example:

        >>> x, h0 = at.ones(7, 4, 2), at.zeros(2, 4, 3)  # two directions
        >>> params = [at.ones(9, 2), at.ones(9, 3)] * 2
        >>> output, h = at.gru(x, h0, params, False, 1, 0.0, False, True, False)
        >>> output.shape, h.shape
        (torch.Size([7, 4, 6]), torch.Size([2, 4, 3]))
    """


@face(_layers, cell=LSTM)
def lstm() -> tuple[Any, Any, Any]:  # type: ignore[empty-body]
    """``(h_t, c_t) = lstm_cell(x_t, (h_{t-1}, c_{t-1}))`` along a sequence, in layers.

    Gives ``(output, h_n, c_n)``; see ``rnn_tanh``.  Differentiated as ``lstm_cell``.
    ``hx`` is ``(h_0, c_0)``.  A third or fifth parameter ``w_hr (P, H)`` makes every output
    ``w_hr @ h``, of P features, as are then ``h_0`` and ``h_n``.

    Raises:
        RuntimeError: shapes, dtypes or parameters that do not fit each other.
        TypeError: ``hx`` is no pair.

    Example:

        >>> x, h0 = at.ones(7, 4, 2), at.zeros(2, 4, 3)  # two layers
        >>> params = [at.ones(12, 2), at.ones(12, 3), at.ones(12, 3), at.ones(12, 3)]
        >>> output, h, c = at.lstm(x, (h0, h0), params, False, 2, 0.0, False, False, False)
        >>> output.shape, h.shape, bool((output[-1] == h[-1]).all())
        (torch.Size([7, 4, 3]), torch.Size([2, 4, 3]), True)
    """
