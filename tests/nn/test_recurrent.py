"""Recurrent layers and packed sequences against PyTorch."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn.utils import rnn
from tests.helpers import assert_same, compare, to_library
from tests.nn.twins import agree, twins


def reals(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, shape)


KINDS: list[tuple[str, dict[str, Any]]] = [
    ("RNN", {}),
    ("RNN", {"nonlinearity": "relu"}),
    ("LSTM", {}),
    ("LSTM", {"proj_size": 1}),
    ("GRU", {}),
]

# -- layers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "more"), KINDS)
def test_layer_on_one_sequence(torch: ModuleType, kind: str, more: dict[str, Any]) -> None:
    """Without a batch, from a state of zeros."""
    agree(torch, lambda lib: getattr(lib, kind)(3, 2, **more), reals(4, 3))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("kind", "more"), KINDS)
def test_layers_in_both_directions(
    torch: ModuleType, kind: str, more: dict[str, Any], packed: bool
) -> None:
    """With a state given, and with a batch first or packed."""

    def run(library: Any, layer: Any, x: Any, *state: Any) -> Any:
        if packed:
            pack = (rnn if library is at else library.nn.utils.rnn).pack_padded_sequence
            x = pack(x, [2, 4, 1], batch_first=True, enforce_sorted=False)
        return layer(x, state if kind == "LSTM" else state[0])

    sizes = (more.get("proj_size", 2), 2) if kind == "LSTM" else (2,)
    state = [reals(4, 3, size, seed=size) for size in sizes]
    agree(
        torch,
        lambda lib: getattr(lib, kind)(
            2, 2, num_layers=2, bias=not packed, batch_first=True, bidirectional=True, **more
        ),
        reals(3, 4, 2),
        *state,
        call=run,
    )


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_one_sequence_with_a_state(torch: ModuleType, kind: str) -> None:
    def run(library: Any, layer: Any, x: Any, *state: Any) -> Any:
        return layer(x, state if kind == "LSTM" else state[0])

    state = [reals(2, 2, seed=part) for part in range(2 if kind == "LSTM" else 1)]
    agree(
        torch,
        lambda lib: getattr(lib, kind)(3, 2, num_layers=2, batch_first=True),
        reals(4, 3),
        *state,
        call=run,
        order=1,
    )


def test_each_part_of_the_result_has_its_gradient() -> None:
    """What is left out of a loss is like a loss with a factor of 0."""
    lstm = nn.LSTM(2, 3, dtype=at.float64)
    x = at.tensor(reals(3, 2, 2))
    parts = [out.sum() for out in (lambda out, state: (out, *state))(*lstm(x))]
    alone = [at.grad(part, lstm.weight_hh_l0, retain_graph=True)[0] for part in parts]
    together = at.grad(parts[0] + 2 * parts[1] - parts[2], lstm.weight_hh_l0)[0]
    assert_same(together, alone[0] + 2 * alone[1] - alone[2])


def test_an_input_computed_from_another_counts_once() -> None:
    """The recorded rule differentiates by what it was given, not by where that came from."""
    cell = nn.GRUCell(2, 2, dtype=at.float64)
    x = at.tensor(reals(1, 2))
    loss = (
        cell(x, cell(x, x)) ** 2
    ).sum()  # the state comes from the weights, which are inputs too
    fast, recorded = (
        at.grad(loss, cell.weight_hh, retain_graph=True, create_graph=graph)[0]
        for graph in (False, True)
    )
    assert_same(recorded.detach(), fast)


def test_result_may_be_written_before_backward() -> None:
    """What the derivative uses is not what the user got."""
    cell = nn.RNNCell(2, 2, dtype=at.float64)
    x = at.tensor(reals(1, 2))
    expected = at.grad(cell(x).sum(), cell.weight_ih)[0]
    out = cell(x)
    loss = out.sum()
    out.detach().zero_()
    assert_same(at.grad(loss, cell.weight_ih)[0], expected)


def test_what_is_saved_is_not_overwritten_unseen() -> None:
    gru = nn.GRU(2, 2)
    out, _ = gru(at.ones(2, 1, 2))
    with at.no_grad():
        gru.weight_hh_l0.mul_(2.0)
    with pytest.raises(RuntimeError, match="in-place"):
        out.sum().backward()


def test_no_history_without_grad() -> None:
    lstm = nn.LSTM(2, 2)
    with at.no_grad():
        out, (h, c) = lstm(at.ones(2, 1, 2))
    assert not any(one.requires_grad for one in (out, h, c))


def test_dropout_between_layers_in_training_only() -> None:
    at.manual_seed(0)
    gru = nn.GRU(2, 8, num_layers=2, dropout=0.5)
    x = at.ones(3, 2, 2)
    assert not np.array_equal(gru(x)[0].detach().numpy(), gru(x)[0].detach().numpy())
    gru.eval()
    np.testing.assert_array_equal(gru(x)[0].detach().numpy(), gru(x)[0].detach().numpy())
    nothing = nn.RNN(2, 3, num_layers=2, dropout=1.0)
    out, h_n = nothing(x)
    assert_same(out, nothing(x * 2)[0])
    assert_same(h_n[0], nothing.eval()(x)[1][0])


def test_first_values() -> None:
    at.manual_seed(1)
    lstm = nn.LSTM(50, 100)
    bound = 1 / math.sqrt(100)
    for parameter in lstm.parameters():
        drawn = np.abs(parameter.detach().numpy())
        assert 0.97 * bound < drawn.max() <= bound
        assert parameter.dtype == at.float32


def test_all_weights_and_copies() -> None:
    lstm = nn.LSTM(2, 3, num_layers=2, bidirectional=True, proj_size=1)
    assert [len(group) for group in lstm.all_weights] == [5] * 4
    assert lstm.all_weights[1][0] is lstm.weight_ih_l0_reverse
    lstm.flatten_parameters()
    x = at.ones(2, 1, 2)
    for twin in (copy.deepcopy(lstm), pickle.loads(pickle.dumps(lstm))):
        assert_same(twin(x)[0], lstm(x)[0])
        with at.no_grad():
            twin.weight_ih_l0.zero_()
        assert lstm.weight_ih_l0.any()


# -- cells -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize(
    ("kind", "more"), [("RNN", {}), ("RNN", {"nonlinearity": "relu"}), ("LSTM", {}), ("GRU", {})]
)
def test_cell(torch: ModuleType, kind: str, more: dict[str, Any], batched: bool) -> None:
    def make(lib: Any) -> Any:
        return getattr(lib, f"{kind}Cell")(3, 2, bias=batched, **more)

    def run(library: Any, layer: Any, x: Any, *state: Any) -> Any:
        return layer(x, state if kind == "LSTM" else state[0])

    batch = (4,) if batched else ()
    state = [reals(*batch, 2, seed=part) for part in range(2 if kind == "LSTM" else 1)]
    agree(torch, make, reals(*batch, 3), *state, call=run)
    agree(torch, make, reals(*batch, 3), order=1)


def test_a_cell_is_a_step_of_the_layer() -> None:
    layer, cell = nn.LSTM(2, 3, dtype=at.float64), nn.LSTMCell(2, 3, dtype=at.float64)
    cell.load_state_dict({name[:-3]: value for name, value in layer.state_dict().items()})
    x = at.tensor(reals(4, 2, 2))
    out, (h_n, c_n) = layer(x)
    state = None
    for step, expected in zip(x, out, strict=True):
        state = cell(step, state)
        assert_same(state[0], expected)
    assert_same(state[0], h_n[0])
    assert_same(state[1], c_n[0])


# -- packing ---------------------------------------------------------------------------------------


def utilities(library: ModuleType) -> Any:
    return rnn if library is at else library.nn.utils.rnn


PACKING: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "sorted": (lambda u, x: u.pack_padded_sequence(x, [4, 2, 1]), (reals(4, 3, 2),)),
    "cut": (lambda u, x: u.pack_padded_sequence(x, [2, 2, 1]), (reals(4, 3),)),
    "unsorted": (
        lambda u, x: u.pack_padded_sequence(x, [2, 4, 2], True, enforce_sorted=False),
        (reals(3, 4, 2),),
    ),
    "there and back": (
        lambda u, x: u.pad_packed_sequence(
            u.pack_padded_sequence(x, [2, 4, 3], enforce_sorted=False),
            padding_value=-1.5,
            total_length=6,
        ),
        (reals(4, 3, 2),),
    ),
    "back with the batch first": (
        lambda u, x: u.pad_packed_sequence(u.pack_padded_sequence(x, [3, 2]), True),
        (reals(3, 2),),
    ),
    "pad": (
        lambda u, *x: u.pad_sequence(x, padding_value=0.5),
        (reals(2, 3), reals(4, 3), reals(0, 3)),
    ),
    "pad left": (
        lambda u, *x: u.pad_sequence(x, True, padding_side="left"),
        (reals(2), reals(4), reals(1)),
    ),
    "pad a Tensor": (lambda u, x: u.pad_sequence(x), (reals(2, 3),)),
    "pad whole numbers": (
        lambda u, *x: u.pad_sequence(x, padding_value=-100),
        (np.arange(3), np.arange(2)),
    ),
    "pack a list": (
        lambda u, *x: u.pack_sequence(x, enforce_sorted=False),
        (reals(1, 2), reals(3, 2), reals(3, 2)),
    ),
    "and unpack it": (
        lambda u, *x: u.unpack_sequence(u.pack_sequence(x, enforce_sorted=False)),
        (reals(1, 2), reals(3, 2), reals(3, 2)),
    ),
    "too short": (lambda u, x: u.pack_padded_sequence(x, [4, 2, 0]), (reals(4, 3),)),
    "not sorted": (lambda u, x: u.pack_padded_sequence(x, [2, 4, 1]), (reals(4, 3),)),
    "too few lengths": (lambda u, x: u.pack_padded_sequence(x, [4, 2]), (reals(4, 3),)),
    "nothing": (lambda u, x: u.pack_padded_sequence(x, []), (reals(4, 0),)),
    "total too small": (
        lambda u, x: u.pad_packed_sequence(u.pack_sequence([x]), total_length=2),
        (reals(3),),
    ),
    "no sequences": (lambda u, x: u.pad_sequence([]), (reals(1),)),
    "no list": (lambda u, x: u.pad_sequence(3), (reals(1),)),
    "different sizes": (lambda u, *x: u.pad_sequence(x), (reals(1, 2), reals(1, 3))),
    "no side": (lambda u, x: u.pad_sequence([x], padding_side="up"), (reals(1),)),
}


@pytest.mark.parametrize("name", PACKING)
def test_packing(torch: ModuleType, name: str) -> None:
    function, arrays = PACKING[name]
    compare(torch, lambda library, *given: function(utilities(library), *given), *arrays)


def test_lengths_may_be_a_tensor(torch: ModuleType) -> None:
    def run(library: Any, x: Any, lengths: Any) -> Any:
        u = utilities(library)
        return u.unpad_sequence(*u.pad_packed_sequence(u.pack_padded_sequence(x, lengths)))

    compare(torch, run, reals(4, 3), constants=(np.array([4, 3, 1]),))


def test_unpad_leaves_its_input_alone() -> None:
    """PyTorch exchanges its dimensions."""
    x = at.tensor(reals(3, 2))
    rnn.unpad_sequence(x, [3, 1])
    assert x.shape == (3, 2)


def test_a_length_beyond_the_end_is_refused() -> None:
    """PyTorch gives a sequence that does not fit its own sizes."""
    with pytest.raises(
        RuntimeError, match=r"pack_padded_sequence: .* from 1 to 4, got \[5, 2, 1\]"
    ):
        rnn.pack_padded_sequence(at.ones(4, 3), [5, 2, 1])


def test_packed_sequence() -> None:
    packed = rnn.pack_sequence([at.ones(1), at.ones(3)], enforce_sorted=False)
    data, batch_sizes, order, back = packed
    assert (batch_sizes.tolist(), order.tolist(), back.tolist()) == ([2, 1, 1], [1, 0], [1, 0])
    assert packed.double().data.dtype == at.float64
    assert packed.to(at.float32) is packed
    assert repr(packed).startswith("PackedSequence(data=tensor([")
    again = rnn.PackedSequence((data, batch_sizes), sorted_indices=order)
    assert again.unsorted_indices.tolist() == [1, 0]


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda lib, x: lib.LSTM(3, 4, dropout=1.5),
        lambda lib, x: lib.LSTM(3, 4, bias=1),
        lambda lib, x: lib.GRU(3.0, 4),
        lambda lib, x: lib.GRU(0, 4),
        lambda lib, x: lib.GRU(3, 4, num_layers=0),
        lambda lib, x: lib.GRU(3, 4, proj_size=2),
        lambda lib, x: lib.LSTM(3, 4, proj_size=4),
        lambda lib, x: lib.RNN(3, 4, nonlinearity="sine"),
        lambda lib, x: lib.RNN(3, 4)(x[0, 0]),
        lambda lib, x: lib.RNN(4, 4)(x),
        lambda lib, x: lib.RNN(3, 4)(x.double()),
        lambda lib, x: lib.RNN(3, 4)(x[:0]),
        lambda lib, x: lib.RNN(3, 3)(x, x[:1, :1]),
        lambda lib, x: lib.RNN(3, 3)(x, x[0]),
        lambda lib, x: lib.RNN(3, 3)(x[0], x),
        lambda lib, x: lib.LSTM(3, 3)(x, (x[:1], x[:1, :1])),
        lambda lib, x: lib.LSTM(3, 3)(x, (x[:1], x)),
        lambda lib, x: lib.GRU(3, 3)(lib.utils.rnn.pack_padded_sequence(x[:, :, 0], [2, 1])),
        lambda lib, x: lib.GRU(2, 3)(lib.utils.rnn.pack_padded_sequence(x, [2, 1])),
        lambda lib, x: lib.RNNCell(3, 3)(x),
        lambda lib, x: lib.RNNCell(4, 3)(x[0]),
        lambda lib, x: lib.GRUCell(3, 3)(x[0], x[0, :1]),
        lambda lib, x: lib.LSTMCell(3, 3)(x[0], (x[0], x[0, :1])),
        lambda lib, x: lib.LSTMCell(3, 3)(x[0], (x[0], x)),
        lambda lib, x: lib.LSTMCell(3, 3)(x[0].double()),
        lambda lib, x: lib.RNNCell(-1, 3),
    ],
)
def test_errors(torch: ModuleType, call: Callable[..., Any]) -> None:
    """Where PyTorch refuses, this does, and says what was given."""
    theirs, ours = (
        to_library(library, reals(2, 2, 3).astype(np.float32), grads=False)
        for library in (torch, at)
    )
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        call(torch.nn, theirs)
    with pytest.raises((TypeError, ValueError, RuntimeError), match=r"^\w+(\.__init__\(\))?:? "):
        call(nn, ours)


def test_dropout_with_one_layer_warns() -> None:
    with pytest.warns(UserWarning, match="GRU: dropout=0.5 has no effect with num_layers=1"):
        nn.GRU(2, 2, dropout=0.5)


def test_representations(torch: ModuleType) -> None:
    for make in (
        lambda m: m.RNN(2, 3, 2, "relu", False, True, 0.5, True),
        lambda m: m.LSTM(2, 3, 2, proj_size=1),
        lambda m: m.RNNBase("GRU", 2, 3),
        lambda m: m.RNNCell(2, 3, False, "relu"),
        lambda m: m.LSTMCell(2, 3, False),
    ):
        twins(torch, make)


def test_padded_sequences_are_laid_out_in_order() -> None:
    """``view`` is what scripts call on them."""
    padded = rnn.pad_sequence([at.ones(3), at.zeros(2)])
    assert padded.is_contiguous()
    assert padded.view(-1).tolist() == [1, 0, 1, 0, 1, 0]


@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize("batch_first", [False, True])
def test_what_subclasses_ask_before_their_own_forward(layer: Any, batch_first: bool) -> None:
    net = layer(4, 5, num_layers=2, bidirectional=True, batch_first=batch_first)
    x = at.ones(3, 7, 4)
    batch = 3 if batch_first else 7
    assert net.get_expected_hidden_size(x, None) == (4, batch, 5)
    rows, batch_sizes = at.ones(5, 4), at.tensor([2, 2, 1])
    assert net.get_expected_hidden_size(rows, batch_sizes) == (4, 2, 5)

    def state(*shape: int) -> Any:
        one = at.arange(math.prod(shape)).float().reshape(shape)
        return (one, one + 1) if layer is nn.LSTM else one

    net.check_forward_args(x, state(4, batch, 5), None)
    net.check_forward_args(rows, state(4, 2, 5), batch_sizes)
    with pytest.raises(RuntimeError, match=r"Expected hidden size \(4, 2, 5\), got \[4, 2, 6\]"):
        net.check_forward_args(rows, state(4, 2, 6), batch_sizes)
    with pytest.raises(RuntimeError, match="must have 2 dimensions and 4 features"):
        net.check_input(x, batch_sizes)
    with pytest.raises(ValueError, match="dtype float32, not float64"):
        net.check_input(x.double(), None)
    turned = net.permute_hidden(state(1, 3, 1), at.tensor([2, 0, 1]))
    assert (turned[0] if layer is nn.LSTM else turned).flatten().tolist() == [2, 0, 1]
    same = state(1, 3, 1)
    for one, two in zip(net.permute_hidden(same, None), same, strict=True):
        assert one is two or (one == two).all()


def test_the_projection_of_an_lstm_in_the_shapes_it_expects() -> None:
    net = nn.LSTM(4, 5, proj_size=2)
    x = at.ones(3, 7, 4)
    assert net.get_expected_hidden_size(x, None) == (1, 7, 2)
    net.check_forward_args(x, (at.ones(1, 7, 2), at.ones(1, 7, 5)), None)
