"""The Transformer and its parts against PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from tests.helpers import assert_same, to_library
from tests.nn.twins import agree, twins


def reals(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, shape)


S, T, N, E, HEADS = 4, 3, 2, 4, 2
SOURCE, TARGET = reals(S, N, E), reals(T, N, E, seed=1)
PADDING = np.array([[False, False, False, True], [False, False, True, True]])


def causal(size: int) -> np.ndarray:
    return np.triu(np.ones((size, size), bool), 1)


def plain(**settings: Any) -> dict[str, Any]:
    return {"dim_feedforward": 5, "dropout": 0.0, **settings}


def called(**masks: Any) -> Callable[..., Any]:
    """The layer called with these masks, arrays made Tensors."""

    def run(library: Any, layer: Any, *inputs: Any) -> Any:
        given = {key: to_library(library, one, grads=False) for key, one in masks.items()}
        return layer(*inputs, **given)

    return run


Make = Callable[[Any], Any]

# PyTorch has no second derivative of its attention, so the first is compared.
CASES: list[tuple[str, Make, tuple[np.ndarray, ...], dict[str, Any]]] = [
    (
        "encoder layer",
        lambda m: m.TransformerEncoderLayer(E, HEADS, **plain()),
        (SOURCE,),
        {"src_key_padding_mask": PADDING},
    ),
    (
        "encoder layer, norm first",
        lambda m: m.TransformerEncoderLayer(
            E, HEADS, **plain(norm_first=True, activation="gelu", layer_norm_eps=0.1, bias=False)
        ),
        (SOURCE,),
        {"src_mask": causal(S), "is_causal": True},
    ),
    (
        "encoder layer, one sample",
        lambda m: m.TransformerEncoderLayer(
            E, HEADS, **plain(batch_first=True, activation=m.Tanh())
        ),
        (SOURCE[:, 0],),
        {},
    ),
    (
        "decoder layer",
        lambda m: m.TransformerDecoderLayer(E, HEADS, **plain(layer_norm_eps=0.1)),
        (TARGET, SOURCE),
        {"tgt_mask": causal(T), "memory_key_padding_mask": PADDING, "tgt_is_causal": True},
    ),
    (
        "decoder layer, norm first",
        lambda m: m.TransformerDecoderLayer(
            E, HEADS, **plain(norm_first=True, batch_first=True, activation="gelu", bias=False)
        ),
        (TARGET.swapaxes(0, 1), SOURCE.swapaxes(0, 1)),
        {"tgt_key_padding_mask": PADDING[:, 1:], "memory_mask": causal(S)[1:]},
    ),
    (
        "encoder",
        lambda m: m.TransformerEncoder(
            m.TransformerEncoderLayer(E, HEADS, **plain(batch_first=True)), 2, m.LayerNorm(E)
        ),
        (SOURCE.swapaxes(0, 1),),
        {"mask": causal(S), "src_key_padding_mask": PADDING},
    ),
    (
        "decoder",
        lambda m: m.TransformerDecoder(m.TransformerDecoderLayer(E, HEADS, **plain()), 2),
        (TARGET, SOURCE),
        {"tgt_mask": causal(T)},
    ),
    (
        "transformer",
        lambda m: m.Transformer(E, HEADS, 2, 1, **plain(norm_first=True, activation="gelu")),
        (SOURCE, TARGET),
        {"src_key_padding_mask": PADDING, "tgt_mask": causal(T)},
    ),
    (
        "transformer, batch first",
        lambda m: m.Transformer(E, HEADS, 1, 1, **plain(batch_first=True, bias=False)),
        (SOURCE.swapaxes(0, 1), TARGET.swapaxes(0, 1)),
        {"src_mask": causal(S), "memory_key_padding_mask": PADDING},
    ),
    (
        "transformer of one's own encoder",
        lambda m: m.Transformer(
            E,
            HEADS,
            custom_encoder=m.TransformerEncoder(
                m.TransformerEncoderLayer(E, 1, **plain()), 1, enable_nested_tensor=False
            ),
            num_decoder_layers=1,
            **plain(),
        ),
        (SOURCE, TARGET),
        {},
    ),
]


@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True")  # PyTorch's own
@pytest.mark.parametrize(("name", "make", "inputs", "masks"), CASES)
def test_as_in_pytorch(
    torch: ModuleType, name: str, make: Make, inputs: tuple[Any, ...], masks: dict[str, Any]
) -> None:
    agree(torch, make, *inputs, call=called(**masks), order=1)


def test_second_derivatives() -> None:
    layer = nn.TransformerEncoderLayer(E, HEADS, **plain(activation="gelu"), dtype=at.float64)
    x = at.tensor(reals(2, 1, E), requires_grad=True)
    assert at.gradgradcheck(layer, [x])


def test_copies_begin_alike_and_go_their_own_ways() -> None:
    layer = nn.TransformerEncoderLayer(E, HEADS, **plain())
    encoder = nn.TransformerEncoder(layer, 2)
    first, second = encoder.layers
    assert_same(first.linear1.weight, second.linear1.weight)
    with at.no_grad():
        first.linear1.weight.zero_()
    assert second.linear1.weight.any()
    assert layer.linear1.weight.any()


def test_dropout_everywhere_in_training_only() -> None:
    at.manual_seed(0)
    x, memory = at.tensor(TARGET), at.tensor(SOURCE)
    layer = nn.TransformerDecoderLayer(E, HEADS, 5, dropout=1.0, norm_first=True, dtype=at.float64)
    assert_same(layer(x, memory), x)  # every block gives zeros
    layer.eval()
    assert not np.array_equal(layer(x, memory).detach().numpy(), TARGET)


def test_first_values(torch: ModuleType) -> None:
    """All matrices of a Transformer are Xavier uniform, biases of attention 0."""
    at.manual_seed(0)
    layer = nn.Transformer(16, 2, 1, 1, 32).encoder.layers[0]
    bound = np.sqrt(6 / (16 + 32))
    assert 0.9 * bound < layer.linear1.weight.abs().max().item() <= bound
    assert not layer.self_attn.out_proj.bias.any()
    assert (layer.norm1.weight == 1).all()
    assert 0 < layer.linear1.bias.abs().max().item() <= 0.25


@pytest.mark.parametrize("dtype", [None, "float64"])
def test_causal_mask(torch: ModuleType, dtype: str | None) -> None:
    ours, theirs = (
        lib.Transformer.generate_square_subsequent_mask(
            3, dtype=None if dtype is None else getattr(root, dtype)
        )
        for root, lib in ((at, nn), (torch, torch.nn))
    )
    assert_same(ours, theirs)


@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True")
def test_representations(torch: ModuleType) -> None:
    twins(torch, lambda m: m.Transformer(8, 2, 2, 2, 8, activation=m.GELU()))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: nn.TransformerEncoderLayer(4, 2, activation="tanh"), "'relu', .* got 'tanh'"),
        (lambda t: t(at.ones(3, 2, 4), at.ones(3, 1, 4)), r"batch size, .* \(3, 1, 4\)"),
        (lambda t: t(at.ones(3, 2, 4), at.ones(3, 2, 5)), "d_model=4 features"),
        (lambda t: t(at.ones(3, 2, 4), at.ones(3, 2, 4), src_is_causal=True), "attn_mask must"),
    ],
)
def test_errors(call: Callable[..., Any], message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        call(nn.Transformer(4, 2, 1, 1, 4))
