"""The gates of recurrent layers.

A recurrent layer is one operator, and its gates are no nodes of the graph.  So they are computed
again, for a few sequences and steps of what the layer was given, by the formulas of its docstring.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autotensor import Tensor
from autotensor.extend import raw
from nn.layers.recurrent import GRUCell, LSTMCell, RNNBase, RNNCell
from nn.packed import PackedSequence

__all__ = ["RECURRENT", "gates_of"]

RECURRENT = (RNNBase, LSTMCell, GRUCell, RNNCell)
SEQUENCES = 8
STEPS = 64

Array = np.ndarray
Gates = dict[str, Array]
"""By name, values of shape (L, N, H)."""


def gates_of(module: Any, args: tuple[Any, ...]) -> Iterator[tuple[str, Gates]]:
    """For each layer and direction of ``module``, called with ``args``: where it is, and its gates.

    The first ``STEPS`` steps of the first ``SEQUENCES`` sequences count.  Dropout between layers is
    left out, and of a packed sequence the first state.
    """
    if isinstance(module, RNNBase):
        yield from _of_layers(module, args)
        return
    x = np.atleast_2d(raw(args[0]))[None, :SEQUENCES]
    state = args[1] if len(args) > 1 and args[1] is not None else ()
    states = [np.atleast_2d(raw(one))[:SEQUENCES] for one in _several(state)]
    mode = {LSTMCell: "LSTM", GRUCell: "GRU"}.get(type(module))
    mode = mode or f"RNN_{module.nonlinearity.upper()}"
    weights = [getattr(module, name, None) for name in ("weight_ih", "weight_hh")]
    biases = [getattr(module, name, None) for name in ("bias_ih", "bias_hh")]
    yield "", _run(mode, x, states, [raw(one) for one in (*weights, *biases)], None)[1]


def _of_layers(module: RNNBase, args: tuple[Any, ...]) -> Iterator[tuple[str, Gates]]:
    x = _sequences(module, args[0])
    states = _states(module, args, x.shape[1])
    directions = ("", "_reverse") if module.bidirectional else ("",)
    for layer in range(module.num_layers):
        outputs = []
        for turn, direction in enumerate(directions):
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
            own = [raw(getattr(module, f"{one}_l{layer}{direction}", None)) for one in names]
            first = [one[layer * len(directions) + turn] for one in states]
            given = x[::-1] if direction else x
            out, gates = _run(module.mode, given, first, own[:4], own[4])
            outputs.append(out[::-1] if direction else out)
            where = f" layer {layer}" if module.num_layers > 1 else ""
            yield where + (" backward" if direction else ""), gates
        x = np.concatenate(outputs, -1)


def _sequences(module: RNNBase, given: Any) -> Array:
    """``(L, N, input_size)``: some whole sequences of the input."""
    if isinstance(given, PackedSequence):
        sizes = given.batch_sizes.tolist()
        count = min(SEQUENCES, sizes[0])  # the longest come first
        begins = np.cumsum([0, *sizes])
        steps = [at for at, size in zip(begins, sizes, strict=False) if size >= count][:STEPS]
        return np.stack([given.data.array[at : at + count] for at in steps])
    x = given.array
    if x.ndim == 2:
        x = x[:, None]
    elif module.batch_first:
        x = x.swapaxes(0, 1)
    return x[:STEPS, :SEQUENCES]


def _states(module: RNNBase, args: tuple[Any, ...], count: int) -> list[Array]:
    """``(D · num_layers, N, H)`` each, as given; none for zeros."""
    given = args[1] if len(args) > 1 and not isinstance(args[0], PackedSequence) else None
    if given is None:
        return []
    arrays = [raw(one) for one in _several(given)]
    return [(one[:, None] if one.ndim == 2 else one)[:, :count] for one in arrays]


def _several(state: Any) -> tuple[Any, ...]:
    return (state,) if isinstance(state, Tensor) else tuple(state)


def _run(
    mode: str, x: Array, states: list[Array], weights: list[Any], projection: Any
) -> tuple[Array, Gates]:
    """The outputs and the gates of one layer in one direction, step by step."""
    by_input, by_state, *biases = weights
    size = len(by_state) // {"LSTM": 4, "GRU": 3}.get(mode, 1)
    count = x.shape[1]
    hidden = states[0] if states else np.zeros((count, by_state.shape[1]), x.dtype)
    cell = states[1] if len(states) > 1 else np.zeros((count, size), x.dtype)
    bias_ih, bias_hh = [0 if one is None else one for one in biases]
    outputs, seen = [], []
    for step in x:
        given, kept = step @ by_input.T + bias_ih, hidden @ by_state.T + bias_hh
        if mode == "LSTM":
            i, f, g, o = np.split(given + kept, 4, -1)
            i, f, g, o = _sigmoid(i), _sigmoid(f), np.tanh(g), _sigmoid(o)
            cell = f * cell + i * g
            shown = np.tanh(cell)
            hidden = o * shown
            gates = {"input gate": i, "forget gate": f, "candidate": g, "output gate": o}
            gates["tanh of the cell"] = shown
            hidden = hidden if projection is None else hidden @ projection.T
        elif mode == "GRU":
            (r1, z1, n1), (r2, z2, n2) = np.split(given, 3, -1), np.split(kept, 3, -1)
            r, z = _sigmoid(r1 + r2), _sigmoid(z1 + z2)
            n = np.tanh(n1 + r * n2)
            hidden = (1 - z) * n + z * hidden
            gates = {"reset gate": r, "update gate": z, "candidate": n}
        else:
            name = "ReLU" if mode == "RNN_RELU" else "tanh"
            hidden = np.maximum(given + kept, 0) if name == "ReLU" else np.tanh(given + kept)
            gates = {name: hidden}
        outputs.append(hidden)
        seen.append(gates)
    return np.stack(outputs), {name: np.stack([one[name] for one in seen]) for name in seen[0]}


def _sigmoid(x: Array) -> Array:
    return 0.5 * np.tanh(0.5 * x) + 0.5
