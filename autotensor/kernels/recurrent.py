"""Backpropagation through time (BPTT) by hand, on arrays: of a recurrent step and of a sequence.

The rows of all steps of a sequence lie one below the other; a *place* is the ``(start, stop)`` of
the rows of one step.  Where sequences are of different lengths, those still going on are the first
rows of the state.

The derivative of a cell's step, ``back(flow, by_x, by_hidden, *seen)``, gets the gradients of the
parts of the new state, and what the step left for it.  It fills the gradients of ``x`` and
``hidden``, the products of input and of state with their weights, ``(gates, N, H)`` (one array
where both are the same), and gives those of the parts of the state besides the way through
``hidden``, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autotensor.kernels.sums import add_up
from autotensor.machine.memory import in_lines
from autotensor.machine.threads import product

Places = Sequence[tuple[int, int]]


# -- the derivatives of single steps ---------------------------------------------------------------


def tanh_back(flow: Sequence[Any], by_x: Any, by_hidden: Any, out: Any) -> Any:
    np.multiply(flow[0], 1 - out * out, out=by_x[0])
    return (None,)


def relu_back(flow: Sequence[Any], by_x: Any, by_hidden: Any, out: Any) -> Any:
    np.multiply(flow[0], out > 0, out=by_x[0])
    return (None,)


def lstm_back(
    flow: Sequence[Any], by_x: Any, by_hidden: Any, both: Any, g: Any, o: Any, before: Any,
    level: Any,
) -> Any:  # fmt: skip
    by_h, by_c = flow
    by_o = by_h * o
    by_c = by_c + by_o * (1 - level * level)
    by_i_and_f = both * by_c
    by_i, by_f = by_i_and_f
    np.multiply(by_i, 1 - g * g, out=by_x[2])
    np.multiply(by_o * level, 1 - o, out=by_x[3])
    by_before = by_f.copy()
    by_i *= g
    by_f *= before
    np.multiply(by_i_and_f, 1 - both, out=by_x[:2])
    return None, by_before


def gru_back(
    flow: Sequence[Any], by_x: Any, by_hidden: Any, both: Any, n: Any, inner: Any, before: Any
) -> Any:
    by_h, r, z = flow[0], both[0], both[1]
    np.multiply(by_h * (1 - z), 1 - n * n, out=by_x[2])
    np.multiply(by_x[2], r, out=by_hidden[2])
    np.multiply(by_hidden[2], inner * (1 - r), out=by_x[0])
    by_before = by_h * z
    np.multiply(by_before, (before - n) * (1 - z), out=by_x[1])
    by_hidden[:2] = by_x[:2]
    return (by_before,)


# -- along a sequence ------------------------------------------------------------------------------


def in_order(pieces: list[Any], places: Places) -> list[Any]:
    """The rows of all steps in the order of their places, of a walk in either direction."""
    return pieces if places[0] <= places[-1] else pieces[::-1]


def back_through_time(
    back: Callable[..., Any], gates: int, g: Sequence[Any], places: Places, tape: list[Any],
    parameters: Any, state: Sequence[Any],
) -> list[Any]:  # fmt: skip
    """The gradients of ``x, w_hh, b_hh, w_hr`` and the parts of the first state.

    Args:
        back: the derivative of a step.
        gates: how many there are.
        g: the gradients of the outputs and of the parts of the last state, or None.
        tape: what the walk left of each step: state before, output before projection, ``seen``.
        parameters: ``w_hh``, and ``b_hh`` and ``w_hr`` or None.
    """
    w_hh, b_hh, w_hr = parameters
    by_output, *by_end = g
    ends = zip(state, by_end, strict=True)
    flow = [np.zeros_like(part) if one is None else one for part, one in ends]
    rows, width = max(stop for _, stop in places), len(w_hh)
    by_x = np.empty((rows, width), w_hh.dtype)
    by_hidden = np.empty_like(by_x) if back is gru_back else by_x
    by_gates = [
        one.reshape(rows, gates, width // gates).swapaxes(0, 1) for one in (by_x, by_hidden)
    ]
    weights = w_hh.reshape(gates, width // gates, w_hh.shape[1])
    weights = in_lines(weights) if len(places) > 2 else weights
    by_projected = []
    for (start, stop), (_, _, seen) in zip(places[::-1], tape[::-1], strict=True):
        count = stop - start
        now = [one[:count] for one in flow]
        if by_output is not None:
            now[0] = now[0] + by_output[start:stop]
        if w_hr is not None:
            by_projected.append(now[0])
            now[0] = product(now[0], w_hr)
        here = [one[:, start:stop] for one in by_gates]
        direct, *new = back(now, *here, *seen)
        new = [np.add.reduce(product(here[1], weights), axis=0), *new]
        if direct is not None:
            new[0] += direct
        if count < len(flow[0]):
            new = [np.concatenate((one, old[count:])) for one, old in zip(new, flow, strict=True)]
        flow = new

    def joined(pieces: list[Any]) -> np.ndarray:
        return np.concatenate(in_order(pieces, places))

    # One product over all steps, instead of one for each.
    by_w_hh = product(by_hidden.T, joined([before for before, _, _ in tape]))
    by_b_hh = None if b_hh is None else add_up(by_hidden, (0,), False)
    by_w_hr = None
    if w_hr is not None:
        whole = joined([whole for _, whole, _ in tape])
        by_w_hr = product(joined(by_projected[::-1]).T, whole)
    return [by_x, by_w_hh, by_b_hh, by_w_hr, *flow]
