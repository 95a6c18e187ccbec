"""Recurrent cells gate by gate, and layers of them step by step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn.utils import rnn
from tests.formulas.checks import assert_values, draw_parameters, numbers, spelled, tensors

State = tuple[np.ndarray, ...]
"""``(h,)``, or of an LSTM ``(h, c)``, of one sample."""


def logistic(x: np.ndarray) -> np.ndarray:
    return np.array([1 / (1 + math.exp(-one)) for one in x])


def step(kind: str, x: np.ndarray, state: State, made: dict[str, np.ndarray]) -> State:
    """One step of one sample; ``made`` are the weights of this layer and direction."""
    h = state[0]
    given = made["weight_ih"] @ x + made.get("bias_ih", 0.0)
    kept = made["weight_hh"] @ h + made.get("bias_hh", 0.0)
    if kind == "relu":
        return (np.maximum(given + kept, 0),)
    if kind == "tanh":
        return (np.tanh(given + kept),)
    if kind == "GRU":
        (x_r, x_z, x_n), (h_r, h_z, h_n) = np.split(given, 3), np.split(kept, 3)
        r, z = logistic(x_r + h_r), logistic(x_z + h_z)
        n = np.tanh(x_n + r * h_n)  # the reset comes after the product
        return ((1 - z) * n + z * h,)
    i, f, g, o = np.split(given + kept, 4)
    c = logistic(f) * state[1] + logistic(i) * np.tanh(g)
    out = logistic(o) * np.tanh(c)
    return (made["weight_hr"] @ out if "weight_hr" in made else out), c


def along(
    kind: str, xs: np.ndarray, first: Sequence[State], made: dict[str, np.ndarray], both: bool
) -> tuple[np.ndarray, list[State]]:
    """One sample ``(L, I)`` through all layers: the outputs, and the last states."""
    ends = []
    directions = ("", "_reverse") if both else ("",)
    for layer in range(len(first) // len(directions)):
        outs = []
        for direction in directions:
            tail = f"_l{layer}{direction}"
            own = {name[: -len(tail)]: one for name, one in made.items() if name.endswith(tail)}
            state, out = first[len(ends)], []
            for x in xs[::-1] if direction else xs:
                state = step(kind, x, state, own)
                out.append(state[0])
            ends.append(state)
            outs.append(np.array(out[::-1] if direction else out))
        xs = np.hstack(outs)
    return xs, ends


KINDS = pytest.mark.parametrize("kind", ["tanh", "relu", "LSTM", "GRU"])


def layer_of(kind: str, *sizes: int, **settings: Any) -> Any:
    if kind in ("LSTM", "GRU"):
        return getattr(nn, kind)(*sizes, dtype=at.float64, **settings)
    settings |= {"nonlinearity": kind} if kind != "tanh" else {}
    return nn.RNN(*sizes, dtype=at.float64, **settings)


def states_of(kind: str, samples: int, layers: int, size: int = 3, out: int = 3) -> State:
    """First states ``(layers, N, H)``."""
    sizes = (out, size) if kind == "LSTM" else (out,)
    return tuple(numbers(layers, samples, one) for one in sizes)


def given_to(kind: str, states: State) -> Any:
    found = tensors(states)
    return found if kind == "LSTM" else found[0]


def of_sample(states: State, sample: int) -> list[State]:
    """The state of each layer and direction."""
    return [tuple(part[layer, sample] for part in states) for layer in range(len(states[0]))]


def expected_of(
    kind: str, xs: Sequence[np.ndarray], states: State, made: Any, both: bool
) -> tuple[list[np.ndarray], State]:
    """The outputs of each sample, and the last states ``(layers, N, H)``."""
    each = [along(kind, x, of_sample(states, at), made, both) for at, x in enumerate(xs)]
    ends = tuple(
        np.stack([[layer[number] for layer in end] for _, end in each], 1)
        for number in range(len(states))
    )
    return [out for out, _ in each], ends


def assert_states(kind: str, found: Any, expected: State) -> None:
    for one, wanted in zip(found if kind == "LSTM" else (found,), expected, strict=True):
        assert_values(one, wanted)


SETTINGS: list[dict[str, Any]] = [
    {}, {"bias": False}, {"num_layers": 2}, {"bidirectional": True}, {"batch_first": True},
    {"num_layers": 2, "bidirectional": True, "batch_first": True},
]  # fmt: skip


@KINDS
@pytest.mark.parametrize("settings", SETTINGS, ids=spelled)
@pytest.mark.parametrize("started", [False, True])
def test_layers(kind: str, settings: dict[str, Any], started: bool) -> None:
    layer = layer_of(kind, 2, 3, **settings)
    made, both = draw_parameters(layer), settings.get("bidirectional", False)
    x = numbers(4, 5, 2)  # 4 samples
    count = settings.get("num_layers", 1) * (1 + both)
    states = states_of(kind, 4, count)
    if not started:
        states = tuple(np.zeros_like(one) for one in states)
    outs, ends = expected_of(kind, x, states, made, both)
    turn = (0, 1, 2) if settings.get("batch_first") else (1, 0, 2)
    more = (given_to(kind, states),) if started else ()
    found, last = layer(at.tensor(x.transpose(turn)), *more)
    assert_values(found, np.array(outs).transpose(turn))
    assert_states(kind, last, ends)
    found, last = layer(at.tensor(x[1]))  # without a batch
    expected, alone = expected_of(kind, x[1:2], tuple(0 * s[:, :1] for s in states), made, both)
    assert_values(found, expected[0])
    assert_states(kind, last, tuple(one[:, 0] for one in alone))


@pytest.mark.parametrize("settings", SETTINGS, ids=spelled)
def test_projected_lstm(settings: dict[str, Any]) -> None:
    """What is given out and back is ``w_hr @ h``, of two features instead of three."""
    layer = layer_of("LSTM", 2, 3, proj_size=2, **settings)
    made, both = draw_parameters(layer), settings.get("bidirectional", False)
    x, count = numbers(4, 5, 2), settings.get("num_layers", 1) * (1 + both)
    states = states_of("LSTM", 4, count, out=2)
    outs, ends = expected_of("LSTM", x, states, made, both)
    turn = (0, 1, 2) if settings.get("batch_first") else (1, 0, 2)
    found, last = layer(at.tensor(x.transpose(turn)), given_to("LSTM", states))
    assert_values(found, np.array(outs).transpose(turn))
    assert_states("LSTM", last, ends)


@KINDS
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("lengths", [[5, 3, 3, 1], [1, 5, 2, 5]], ids=["sorted", "unsorted"])
def test_packed_sequences_of_different_lengths(kind: str, both: bool, lengths: list[int]) -> None:
    """Each goes from its own first step to its own last one, and the states keep their order."""
    layer = layer_of(kind, 2, 3, num_layers=2, bidirectional=both)
    made = draw_parameters(layer)
    x, states = [numbers(one, 2) for one in lengths], states_of(kind, 4, 2 * (1 + both))
    outs, ends = expected_of(kind, x, states, made, both)
    packed = rnn.pack_sequence([at.tensor(one) for one in x], enforce_sorted=False)
    found, last = layer(packed, given_to(kind, states))
    assert_states(kind, last, ends)
    padded, sizes = rnn.pad_packed_sequence(found, batch_first=True, padding_value=7.0)
    assert sizes.tolist() == lengths
    for one, out, size in zip(padded, outs, lengths, strict=True):
        assert_values(one[:size], out)
        assert (one[size:].detach().numpy() == 7).all()


@pytest.mark.parametrize("kind", ["tanh", "relu", "LSTM", "GRU"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("started", [False, True])
def test_cells(kind: str, bias: bool, started: bool) -> None:
    more = {"nonlinearity": "relu"} if kind == "relu" else {}
    more |= {} if bias else {"bias": False}
    name = kind if kind in ("LSTM", "GRU") else "RNN"
    cell = getattr(nn, f"{name}Cell")(2, 3, dtype=at.float64, **more)
    made, x = draw_parameters(cell), numbers(4, 2)
    states = tuple(one[0] for one in states_of(kind, 4, 1))
    if not started:
        states = tuple(np.zeros_like(one) for one in states)
    each = [step(kind, row, tuple(s[at] for s in states), made) for at, row in enumerate(x)]
    expected = tuple(np.array(one) for one in zip(*each, strict=True))
    given = (given_to(kind, states),) if started else ()
    assert_states(kind, cell(at.tensor(x), *given), expected)
    alone = (given_to(kind, tuple(s[2] for s in states)),) if started else ()
    assert_states(kind, cell(at.tensor(x[2]), *alone), tuple(one[2] for one in expected))


@KINDS
def test_parameters_start_within_one_over_the_root_of_the_size(kind: str) -> None:
    at.manual_seed(0)
    for parameter in layer_of(kind, 2, 16, num_layers=2).parameters():
        values = abs(parameter.detach().numpy())
        assert 0.2 < values.max() <= 0.25


def test_dropout_is_between_layers_only() -> None:
    """All dropped: the second layer sees zeros; the first one and the output are not touched."""
    layer = layer_of("tanh", 2, 3, num_layers=2, dropout=1.0)
    made, x = draw_parameters(layer), numbers(4, 5, 2)
    zeros = np.zeros((2, 4, 3))
    undropped, ends = expected_of("tanh", x, (zeros,), made, False)
    second = {name.replace("_l1", "_l0"): one for name, one in made.items() if "_l1" in name}
    dropped, _ = expected_of("tanh", [zeros[0, :1].repeat(5, 0)] * 4, (zeros[:1],), second, False)
    given = at.tensor(x.transpose(1, 0, 2))
    found, last = layer(given)
    assert_values(found, np.array(dropped).transpose(1, 0, 2))
    assert_values(last[0], ends[0][0])
    assert_values(layer.eval()(given)[0], np.array(undropped).transpose(1, 0, 2))


# -- packing ---------------------------------------------------------------------------------------


def test_packing_is_step_by_step() -> None:
    """The first steps of all, the longest first; then the second steps of those that go on."""
    a, b, c = numbers(2, 2), numbers(3, 2), numbers(1, 2)
    packed = rnn.pack_sequence([at.tensor(one) for one in (a, b, c)], enforce_sorted=False)
    assert_values(packed.data, [b[0], a[0], c[0], b[1], a[1], b[2]])
    assert packed.batch_sizes.tolist() == [3, 2, 1]
    assert packed.sorted_indices is not None
    assert packed.sorted_indices.tolist() == [1, 0, 2]
    for found, one in zip(rnn.unpack_sequence(packed), (a, b, c), strict=True):
        assert_values(found, one)


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("batch_first", [False, True])
def test_padding_fills_up_on_one_side(side: str, batch_first: bool) -> None:
    sequences = numbers(2, 2), numbers(3, 2), numbers(1, 2)
    expected = np.full((3, 3, 2), -5.0)
    for row, one in zip(expected, sequences, strict=True):
        row[slice(len(one)) if side == "right" else slice(3 - len(one), 3)] = one
    settings = {} if side == "right" else {"padding_side": side}
    found = rnn.pad_sequence(
        [at.tensor(one) for one in sequences], batch_first, padding_value=-5.0, **settings
    )
    assert_values(found, expected if batch_first else expected.transpose(1, 0, 2))
