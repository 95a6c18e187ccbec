"""Attention against PyTorch; tests/autotensor/cases/attention.py has smaller cases."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from tests.helpers import assert_same, compare, to_library
from tests.nn.twins import agree, twins


def reals(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, shape)


def functions(library: ModuleType) -> Any:
    return F if library is at else library.nn.functional


L, S, N, E, HEADS = 3, 4, 2, 6, 2
QUERY, KEY, VALUE = reals(L, N, E), reals(S, N, E, seed=1), reals(S, N, E, seed=2)
ALL = (QUERY, KEY, VALUE)
PADDING = np.array([[False, False, True, True], [False, True, False, False]])
HIDDEN = np.triu(np.ones((L, S), bool), 2)
ADDED = reals(N * HEADS, L, S, seed=3)

Settings = dict[str, Any]

# The layer, then how it is called, by name; arrays among these are Tensors.
CASES: list[tuple[str, Settings, tuple[np.ndarray, ...], Settings]] = [
    ("plain", {}, ALL, {}),
    ("itself", {}, (QUERY,), {}),
    ("key and value the same", {}, (QUERY, KEY), {"average_attn_weights": False}),
    ("no bias", {"bias": False}, ALL, {"attn_mask": HIDDEN}),
    ("more keys", {"add_bias_kv": True, "add_zero_attn": True}, ALL, {"attn_mask": ADDED}),
    (
        "more keys, both masks",
        {"add_bias_kv": True, "add_zero_attn": True},
        ALL,
        {"attn_mask": HIDDEN, "key_padding_mask": PADDING},
    ),
    (
        "three sizes",
        {"kdim": 3, "vdim": 5, "batch_first": True},
        (reals(N, L, E), reals(N, S, 3), reals(N, S, 5)),
        {"key_padding_mask": PADDING},
    ),
    ("one sample", {"batch_first": True}, (QUERY[:, 0], KEY[:, 0]), {"attn_mask": HIDDEN}),
    (
        "one sample, a mask for each head",
        {},
        (QUERY[:, 0], KEY[:, 0]),
        {"attn_mask": ADDED[:HEADS], "key_padding_mask": ADDED[0, 0], "need_weights": False},
    ),
    ("no weights", {}, ALL, {"need_weights": False, "key_padding_mask": PADDING}),
    (
        "causal",
        {"batch_first": True},
        (reals(N, 4, E),),
        {"need_weights": False, "is_causal": True, "attn_mask": np.triu(np.ones((4, 4), bool), 1)},
    ),
    (
        "causal and padded",
        {},
        ALL,
        {"is_causal": True, "attn_mask": HIDDEN, "key_padding_mask": PADDING},
    ),
    ("an empty batch", {}, tuple(one[:, :0] for one in ALL), {}),
]


@pytest.mark.filterwarnings("ignore:Support for mismatched")
@pytest.mark.parametrize(("name", "layer", "inputs", "settings"), CASES)
def test_multihead_attention(
    torch: ModuleType, name: str, layer: Settings, inputs: tuple[Any, ...], settings: Settings
) -> None:
    def run(library: Any, attention: Any, *tensors: Any) -> Any:
        given = {key: to_library(library, value, grads=False) for key, value in settings.items()}
        # One Tensor three times, or one for key and value, as users do.
        query, key, value = (*tensors, *[tensors[-1]] * 2)[:3]
        return attention(query, key, value, **given)

    # PyTorch has no second derivative of its attention without weights.
    order = 1 if settings.get("need_weights") is False else 2
    agree(
        torch,
        lambda m: m.MultiheadAttention(E, HEADS, **layer),
        *inputs,
        call=run,
        order=order,
    )


def test_with_and_without_weights_are_the_same() -> None:
    attention = nn.MultiheadAttention(E, HEADS, dtype=at.float64)
    inputs = [at.tensor(one) for one in ALL]
    out, weights = attention(*inputs)
    other, none = attention(*inputs, need_weights=False)
    assert none is None
    assert_same(out, other)
    assert_same(weights.sum(-1), at.ones(N, L, dtype=at.float64))


@pytest.mark.parametrize("need_weights", [True, False])
def test_a_query_that_may_look_at_nothing(torch: ModuleType, need_weights: bool) -> None:
    """NaN where the weights are wanted, zeros where they are not: as in PyTorch."""
    mask = np.zeros((L, S), bool)
    mask[1] = True
    ours, theirs = twins(torch, lambda m: m.MultiheadAttention(E, HEADS))
    out, expected = (
        layer(
            *[to_library(library, one, grads=False) for one in (*ALL, None)],
            need_weights,
            to_library(library, mask, grads=False),
        )
        for library, layer in ((at, ours), (torch, theirs))
    )
    assert_same(out[0], expected[0])
    assert np.isnan(out[0].detach().numpy()[1]).all() == need_weights


def test_dropout_of_weights_in_training_only() -> None:
    at.manual_seed(0)
    x = at.tensor(QUERY.astype(np.float32))
    attention = nn.MultiheadAttention(E, HEADS, dropout=0.5)
    _, weights = attention(x, x, x, average_attn_weights=False)
    assert (weights == 0).any()
    assert (attention.eval()(x, x, x, average_attn_weights=False)[1] > 0).all()
    ones = at.ones(1, 1, 1000, 4)
    dropped = F.scaled_dot_product_attention(ones, ones[:, :, :1], ones[:, :, :1], None, 0.25)
    np.testing.assert_allclose(np.unique(dropped.numpy()), [0, 1 / 0.75], rtol=1e-6)
    assert 0.6 < float((dropped > 0).float().mean()) < 0.9


def test_first_values() -> None:
    at.manual_seed(0)
    attention = nn.MultiheadAttention(64, 4, add_bias_kv=True)
    bound = math.sqrt(6 / (64 + 3 * 64))
    assert 0.95 * bound < attention.in_proj_weight.abs().max().item() <= bound
    assert not attention.in_proj_bias.any()
    assert not attention.out_proj.bias.any()
    assert attention.bias_k.any()
    apart = nn.MultiheadAttention(64, 4, kdim=32)
    bound = math.sqrt(6 / (64 + 32))
    assert 0.95 * bound < apart.k_proj_weight.abs().max().item() <= bound


def test_masks_of_two_kinds_warn() -> None:
    attention = nn.MultiheadAttention(E, HEADS, dtype=at.float64)
    inputs = [at.tensor(one) for one in ALL]
    with pytest.warns(UserWarning, match="same dtype, got bool and float64"):
        attention(*inputs, at.tensor(PADDING), attn_mask=at.tensor(ADDED))


@pytest.mark.parametrize("kind", ["float32", "float16"])
def test_scaled_dot_product_attention_keeps_the_dtype(torch: ModuleType, kind: str) -> None:
    def run(library: Any, *tensors: Any) -> Any:
        return functions(library).scaled_dot_product_attention(*tensors)

    arrays = [np.swapaxes(one, 0, 1).astype(kind) for one in ALL]
    compare(torch, run, *arrays, ADDED[:N].astype(kind), order=0)
    compare(torch, run, *arrays, ADDED[:N].astype(np.float32), order=0)


# -- errors ----------------------------------------------------------------------------------------

Q, K, V = (np.swapaxes(one, 0, 1) for one in ALL)


@pytest.mark.parametrize(
    "call",
    [
        lambda f, q, k, v, mask: f(q, k, v, mask, is_causal=True),
        lambda f, q, k, v, mask: f(q, k, v.float()),
        lambda f, q, k, v, mask: f(q.long(), k.long(), v.long()),
        lambda f, q, k, v, mask: f(q, k, v, mask.long()),
        lambda f, q, k, v, mask: f(q, k, v, mask[:2]),
        lambda f, q, k, v, mask: f(q[0], k[0], v[0], mask[None]),
        lambda f, q, k, v, mask: f(q[0, 0], k, v),
        lambda f, q, k, v, mask: f(q, k, v, dropout_p=1.5),
        lambda f, q, k, v, mask: f(q, k[..., :3], v),
        lambda f, q, k, v, mask: f(q, k, v[:, :2]),
        lambda f, q, k, v, mask: f(q[:0], k, v),
        lambda f, q, k, v, mask: f(q.reshape(1, 3, 2, 6), k[None], v[None], enable_gqa=True),
    ],
)
def test_errors_of_scaled_dot_product_attention(
    torch: ModuleType, call: Callable[..., Any]
) -> None:
    def run(library: Any, *tensors: Any) -> Any:
        return call(functions(library).scaled_dot_product_attention, *tensors)

    error = compare(torch, run, Q, K, V, constants=(HIDDEN,), order=0)
    assert isinstance(error, (RuntimeError, TypeError))
    assert "scaled_dot_product_attention: " in str(error)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a, q, k: nn.MultiheadAttention(0, 2), "embed_dim must be at least 1, got 0"),
        (lambda a, q, k: nn.MultiheadAttention(6, 4), "divisible by num_heads, got 6 and 4"),
        (lambda a, q, k: a(q[0, 0], k, k), r"query must have 3 dimensions, .* got shape \(6,\)"),
        (lambda a, q, k: a(q, k[:, 0], k), "of 3 dimensions, key must have 3, got shape"),
        (lambda a, q, k: a(q, k, k[1:]), r"got \(3, 2, 6\), \(4, 2, 6\) and \(3, 2, 6\)"),
        (lambda a, q, k: a(q[:, :1], k, k), "the batch size of query"),
        (lambda a, q, k: a(q[..., :4], k, k), "embed_dim_to_check = 6 features, got 4"),
        (lambda a, q, k: a(q, k, k, is_causal=True), "attn_mask must be given"),
        (lambda a, q, k: a(q, k, k, attn_mask=at.ones(3, 4).long()), "attn_mask .* got int64"),
        (lambda a, q, k: a(q, k, k, attn_mask=at.ones(4, 3)), r"\(3, 4\) or \(4, 3, 4\), got"),
        (lambda a, q, k: a(q, k, k, at.ones(3, 4)), r"key_padding_mask .* \(2, 4\), got \(3, 4\)"),
        (lambda a, q, k: a(q, k, k, at.ones(4)), "key_padding_mask must have 2"),
        (lambda a, q, k: a(q, k, [1]), "value must be a Tensor, got list"),
    ],
)
def test_errors_of_multihead_attention(call: Callable[..., Any], message: str) -> None:
    attention = nn.MultiheadAttention(E, HEADS, dtype=at.float64)
    with pytest.raises((TypeError, ValueError, RuntimeError), match=message):
        call(attention, at.tensor(QUERY), at.tensor(KEY))
