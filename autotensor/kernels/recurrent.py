"""Backpropagation through time (BPTT) by hand, on arrays: of a recurrent step and of a sequence.

The rows of all steps of a sequence lie one below the other; a *place* is the ``(start, stop)`` of
the rows of one step.  Where sequences are of different lengths, those still going on are the first
rows of the state.

The derivative of a cell's step, ``back(flow, *seen)``, gets the gradient of the new state and what
the step left for it.  It gives the gradients of ``x`` and ``hidden``, the products of input and of
state with their weights; then those of the parts of the state besides the way through ``hidden``,
or None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autotensor.kernels.sums import add_up
from autotensor.machine.threads import product

Places = Sequence[tuple[int, int]]


# -- the derivatives of single steps ---------------------------------------------------------------


def tanh_back(flow: Sequence[Any], out: Any) -> Any:
    gradient = flow[0] * (1 - out * out)
    return gradient, gradient, None


def relu_back(flow: Sequence[Any], out: Any) -> Any:
    gradient = flow[0] * (out > 0)
    return gradient, gradient, None


def lstm_back(flow: Sequence[Any], i: Any, f: Any, g: Any, o: Any, before: Any, level: Any) -> Any:
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


def gru_back(flow: Sequence[Any], r: Any, z: Any, n: Any, inner: Any, before: Any) -> Any:
    by_h = flow[0]
    by_n = by_h * (1 - z) * (1 - n * n)
    by_z = by_h * (before - n) * (z * (1 - z))
    by_r = by_n * inner * (r * (1 - r))
    by_x = np.concatenate((by_r, by_z, by_n), axis=1)
    by_hidden = np.concatenate((by_r, by_z, by_n * r), axis=1)
    return by_x, by_hidden, by_h * z


# -- along a sequence ------------------------------------------------------------------------------


def in_order(pieces: list[Any], places: Places) -> list[Any]:
    """The rows of all steps in the order of their places, of a walk in either direction."""
    return pieces if places[0] <= places[-1] else pieces[::-1]


def back_through_time(
    back: Callable[..., Any], g: Sequence[Any], places: Places, tape: list[Any], weights: Any,
    state: Sequence[Any],
) -> list[Any]:  # fmt: skip
    """The gradients of ``x, w_hh, b_hh, w_hr`` and the parts of the first state.

    Args:
        back: the derivative of a step.
        g: the gradients of the outputs and of the parts of the last state, or None.
        tape: what the walk left of each step: state before, output before projection, ``seen``.
        weights: ``w_hh``, and ``b_hh`` and ``w_hr`` or None.
    """
    w_hh, b_hh, w_hr = weights
    by_output, *by_end = g
    ends = zip(state, by_end, strict=True)
    flow = [np.zeros_like(part) if one is None else one for part, one in ends]
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
        of_x, of_hidden, *new = back(now, *seen)
        by_x.append(of_x)
        by_hidden.append(of_hidden)
        direct, new[0] = new[0], product(of_hidden, w_hh)
        if direct is not None:
            new[0] += direct
        if count < len(flow[0]):
            new = [np.concatenate((one, old[count:])) for one, old in zip(new, flow, strict=True)]
        flow = new

    def joined(pieces: list[Any]) -> np.ndarray:
        return np.concatenate(in_order(pieces, places))

    gradient = joined(by_x)
    # One product over all steps, instead of one for each.
    inner = gradient if by_hidden[0] is by_x[0] else joined(by_hidden)
    by_w_hh = product(inner.T, joined([before for before, _, _ in tape]))
    by_b_hh = None if b_hh is None else add_up(inner, (0,), False)
    by_w_hr = None
    if w_hr is not None:
        by_w_hr = product(joined(by_projected).T, joined([whole for _, whole, _ in tape]))
    return [gradient, by_w_hh, by_b_hh, by_w_hr, *flow]
