"""Attention query by query and head by head, and the transformer's layers made of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from tests.formulas.checks import DRAW, assert_values, draw_parameters, numbers, spelled, tensors

# -- one head --------------------------------------------------------------------------------------


def attention(
    query: np.ndarray, key: np.ndarray, value: np.ndarray, added: Any = None, scale: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """``(L, E)``, ``(S, E)``, ``(S, V)``: the means of the values, and the weights ``(L, S)``.

    ``added`` to the scores is ``(L, S)``.  A query that may look at nothing gets zeros.
    """
    scale = 1 / math.sqrt(query.shape[1]) if scale is None else scale
    weights = np.zeros((len(query), len(key)))
    for i, j in np.ndindex(weights.shape):
        score = sum(a * b for a, b in zip(query[i], key[j], strict=True)) * scale
        weights[i, j] = math.exp(score + (0.0 if added is None else added[i, j]))
    for row in weights:
        row /= sum(row) or 1.0
    out = np.zeros((len(query), value.shape[1]))
    for i, j in np.ndindex(weights.shape):
        out[i] += weights[i, j] * value[j]
    return out, weights


def hidden(mask: Any) -> np.ndarray:
    """-inf where true, else 0."""
    return np.where(mask, -np.inf, 0.0)


def each(function: Callable[..., np.ndarray], *given: np.ndarray) -> np.ndarray:
    """``function`` of the matrices at each place of the leading dimensions, which all share."""
    before = given[0].shape[:-2]
    out = [function(*[one[place] for one in given]) for place in np.ndindex(before)]
    return np.reshape(out, (*before, *out[0].shape))


@pytest.mark.parametrize("before", [(), (2,), (2, 3)])
@pytest.mark.parametrize("scale", [None, 0.3])
def test_scaled_dot_product(before: tuple[int, ...], scale: float | None) -> None:
    q, k, v = numbers(*before, 4, 5), numbers(*before, 3, 5), numbers(*before, 3, 2)
    expected = each(lambda q, k, v: attention(q, k, v, scale=scale)[0], q, k, v)
    found = F.scaled_dot_product_attention(*tensors((q, k, v)), scale=scale)
    assert_values(found, expected)


@pytest.mark.parametrize("lengths", [(4, 4), (3, 5), (5, 3)])
def test_causal_attention_looks_back_only(lengths: tuple[int, int]) -> None:
    """A query at i looks at the keys from 0 to i, also where there are more or fewer keys."""
    long, wide = lengths
    q, k, v = numbers(2, long, 3), numbers(2, wide, 3), numbers(2, wide, 2)
    future = np.array([[j > i for j in range(wide)] for i in range(long)])
    expected = each(lambda q, k, v: attention(q, k, v, hidden(future))[0], q, k, v)
    found = F.scaled_dot_product_attention(*tensors((q, k, v)), is_causal=True)
    assert_values(found, expected)


def test_masks_of_attention() -> None:
    """A bool mask is true where a query may look; numbers are added to the scores."""
    q, k, v = numbers(2, 4, 3), numbers(2, 5, 3), numbers(2, 5, 2)
    seen = DRAW.random((4, 5)) < 0.6
    seen[0] = True
    seen[1] = False  # looks at nothing
    for mask, added in ((seen, hidden(~seen)), (numbers(4, 5), None)):
        added = mask if added is None else added
        expected = each(lambda q, k, v, added=added: attention(q, k, v, added)[0], q, k, v)
        found = F.scaled_dot_product_attention(*tensors((q, k, v, mask)))
        assert_values(found, expected)


def test_grouped_queries_share_keys() -> None:
    """Of 6 heads of queries, the first 3 look at the first head of keys."""
    q, k, v = numbers(2, 6, 4, 3), numbers(2, 2, 5, 3), numbers(2, 2, 5, 2)
    expected = each(lambda *one: attention(*one)[0], q, k.repeat(3, 1), v.repeat(3, 1))
    found = F.scaled_dot_product_attention(*tensors((q, k, v)), enable_gqa=True)
    assert_values(found, expected)


def test_dropout_of_weights_scales_what_is_left() -> None:
    at.manual_seed(0)
    q, k = numbers(50, 3), numbers(6, 3)
    weights = attention(q, k, np.eye(6))[1]
    kept = F.scaled_dot_product_attention(*tensors((q, k, np.eye(6))), dropout_p=0.25).numpy()
    assert_values(at.tensor(kept), np.where(kept == 0, 0, weights / 0.75))
    assert 0.15 < (kept == 0).mean() < 0.35


# -- several heads ---------------------------------------------------------------------------------


def multihead(
    made: dict[str, np.ndarray],
    heads: int,
    given: tuple[np.ndarray, np.ndarray, np.ndarray],
    added: np.ndarray | None = None,
    zero: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """One sample: queries ``(L, E)``, keys ``(S, K)``, values ``(S, V)``; ``added (H, L, S)``.

    Gives ``(L, E)`` and the weights of each head.
    """
    size = given[0].shape[1]
    if "in_proj_weight" in made:
        matrices = [made["in_proj_weight"][at : at + size] for at in (0, size, 2 * size)]
    else:
        matrices = [made[f"{letter}_proj_weight"] for letter in "qkv"]
    shifts = made.get("in_proj_bias", np.zeros(3 * size)).reshape(3, size)
    q, k, v = (x @ w.T + b for x, w, b in zip(given, matrices, shifts, strict=True))
    if "bias_k" in made:
        k, v = np.vstack([k, made["bias_k"][0]]), np.vstack([v, made["bias_v"][0]])
    if zero:
        k, v = (np.vstack([one, np.zeros((1, size))]) for one in (k, v))
    if added is None:
        added = np.zeros((heads, len(q), len(k)))
    else:  # every query may look at the keys that were added
        added = np.pad(added, [(0, 0), (0, 0), (0, len(k) - added.shape[2])])
    width, outs, weights = size // heads, [], []
    for head in range(heads):
        own = slice(head * width, (head + 1) * width)
        out, weight = attention(q[:, own], k[:, own], v[:, own], added[head])
        outs.append(out)
        weights.append(weight)
    shift = made.get("out_proj.bias", 0.0)
    return np.hstack(outs) @ made["out_proj.weight"].T + shift, np.array(weights)


@pytest.mark.parametrize(
    "settings",
    [
        {}, {"bias": False}, {"kdim": 3, "vdim": 5}, {"add_bias_kv": True},
        {"add_zero_attn": True}, {"add_bias_kv": True, "add_zero_attn": True, "kdim": 3},
        {"batch_first": True},
    ],
    ids=spelled,
)  # fmt: skip
@pytest.mark.parametrize("masked", ["nothing", "padding", "numbers", "one", "each", "both"])
@pytest.mark.parametrize("average", [True, False])
def test_multihead(settings: dict[str, Any], masked: str, average: bool) -> None:
    heads, size, long, wide = 3, 6, 4, 5
    layer = nn.MultiheadAttention(size, heads, dtype=at.float64, **settings)
    made = draw_parameters(layer)
    q = numbers(2, long, size)
    k, v = (numbers(2, wide, settings.get(name, size)) for name in ("kdim", "vdim"))
    added, masks = np.zeros((2, heads, long, wide)), {}
    if masked in ("padding", "both"):
        masks["key_padding_mask"] = np.array([[False] * 4 + [True], [False] * 3 + [True] * 2])
        added += hidden(masks["key_padding_mask"])[:, None, None]
    elif masked == "numbers":
        masks["key_padding_mask"] = numbers(2, wide)
        added += masks["key_padding_mask"][:, None, None]
    if masked in ("one", "both"):
        masks["attn_mask"] = np.triu(np.ones((long, wide), np.bool_), 2)
        added += hidden(masks["attn_mask"])
    elif masked == "each":
        masks["attn_mask"] = numbers(2 * heads, long, wide)
        added += masks["attn_mask"].reshape(added.shape)
    zero = settings.get("add_zero_attn", False)
    each_sample = [
        multihead(made, heads, sample, own, zero)
        for *sample, own in zip(q, k, v, added, strict=True)
    ]
    out, weights = (np.array(one) for one in zip(*each_sample, strict=True))
    weights = weights.mean(1) if average else weights
    batch_first = settings.get("batch_first", False)
    turn = (0, 1, 2) if batch_first else (1, 0, 2)
    inputs = tuple(one.transpose(turn) for one in (q, k, v))
    more = {} if average else {"average_attn_weights": False}
    found = layer(*tensors(inputs), **tensors(masks), **more)
    assert_values(found[0], out.transpose(turn))
    assert_values(found[1], weights)
    alone, none = layer(*tensors(inputs), **tensors(masks), need_weights=False)
    assert_values(alone, out.transpose(turn))
    assert none is None
    if masked in ("nothing", "one"):  # without a batch
        found = layer(*tensors((q[0], k[0], v[0])), **tensors(masks), **more)
        assert_values(found[0], out[0])
        assert_values(found[1], weights[0])


# -- transformers ----------------------------------------------------------------------------------


def part(made: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    """The parameters of a part of a layer."""
    return {key[len(name) + 1 :]: one for key, one in made.items() if key.startswith(f"{name}.")}


def linear(made: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    return x @ made["weight"].T + made.get("bias", 0.0)


def norm(made: dict[str, np.ndarray], x: np.ndarray, eps: float = 1e-5) -> np.ndarray:
    center = x.mean(-1, keepdims=True)
    root = np.sqrt(((x - center) ** 2).mean(-1, keepdims=True) + eps)
    return (x - center) / root * made["weight"] + made.get("bias", 0.0)


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


def gelu(x: np.ndarray) -> np.ndarray:
    return x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))) / 2


def blocks(
    made: dict[str, np.ndarray], x: np.ndarray, sublayers: list[Callable[..., Any]], first: bool
) -> np.ndarray:
    """Each sublayer is added to its input; the norm is of what it gets, or of the sum."""
    for number, sublayer in enumerate(sublayers, 1):
        own = part(made, f"norm{number}")
        x = x + sublayer(norm(own, x)) if first else norm(own, x + sublayer(x))
    return x


def feed_forward(made: dict[str, np.ndarray], activation: Callable[..., Any]) -> Any:
    return lambda x: linear(part(made, "linear2"), activation(linear(part(made, "linear1"), x)))


def attending(weights: Any, added: Any, memory: Any = None) -> Callable[[np.ndarray], np.ndarray]:
    """The attention of a sample with two heads, to ``memory`` or to itself."""

    def attend(x: np.ndarray) -> np.ndarray:
        seen = x if memory is None else memory
        return multihead(weights, 2, (x, seen, seen), added)[0]

    return attend


def encoder_layer(
    made: dict[str, np.ndarray], x: np.ndarray, added: Any, first: bool, activation: Any
) -> np.ndarray:
    """One sample ``(S, E)``."""
    attend = attending(part(made, "self_attn"), added)
    return blocks(made, x, [attend, feed_forward(made, activation)], first)


def decoder_layer(
    made: dict[str, np.ndarray], x: np.ndarray, memory: np.ndarray, added: Any, other: Any,
    first: bool, activation: Any,
) -> np.ndarray:  # fmt: skip
    """One sample ``(T, E)`` with its memory ``(S, E)``."""
    attend = attending(part(made, "self_attn"), added)
    look = attending(part(made, "multihead_attn"), other, memory)
    return blocks(made, x, [attend, look, feed_forward(made, activation)], first)


def two_heads(mask: np.ndarray) -> np.ndarray:
    return np.stack([mask, mask])


KINDS = pytest.mark.parametrize(
    ("settings", "activation"),
    [
        ({}, relu), ({"norm_first": True}, relu), ({"activation": "gelu"}, gelu),
        ({"bias": False, "norm_first": True}, relu), ({"batch_first": True}, relu),
    ],
    ids=spelled,
)  # fmt: skip
CAUSAL = hidden(np.triu(np.ones((4, 4), np.bool_), 1))
PADDING = np.array([[False] * 3, [False, False, True]])


@KINDS
def test_encoder_layer(settings: dict[str, Any], activation: Callable[..., Any]) -> None:
    layer = nn.TransformerEncoderLayer(6, 2, 5, dropout=0.0, dtype=at.float64, **settings)
    made, first = draw_parameters(layer), settings.get("norm_first", False)
    x = numbers(2, 3, 6)
    expected = np.array(
        [
            encoder_layer(made, row, hidden(np.broadcast_to(pad, (2, 3, 3))), first, activation)
            for row, pad in zip(x, PADDING, strict=True)
        ]
    )
    turn = (0, 1, 2) if settings.get("batch_first") else (1, 0, 2)
    found = layer(at.tensor(x.transpose(turn)), src_key_padding_mask=at.tensor(PADDING))
    assert_values(found, expected.transpose(turn))


@KINDS
def test_decoder_layer(settings: dict[str, Any], activation: Callable[..., Any]) -> None:
    layer = nn.TransformerDecoderLayer(6, 2, 5, dropout=0.0, dtype=at.float64, **settings)
    made, first = draw_parameters(layer), settings.get("norm_first", False)
    x, memory = numbers(2, 4, 6), numbers(2, 3, 6)
    expected = []
    for row, other, pad in zip(x, memory, PADDING, strict=True):
        seen = hidden(np.broadcast_to(pad, (2, 4, 3)))
        one = decoder_layer(made, row, other, two_heads(CAUSAL), seen, first, activation)
        expected.append(one)
    turn = (0, 1, 2) if settings.get("batch_first") else (1, 0, 2)
    found = layer(
        *tensors((x.transpose(turn), memory.transpose(turn))),
        tgt_mask=at.tensor(CAUSAL < 0),
        memory_key_padding_mask=at.tensor(PADDING),
    )
    assert_values(found, np.array(expected).transpose(turn))


@pytest.mark.parametrize("first", [False, True])
def test_a_whole_transformer_ends_both_stacks_with_a_norm(first: bool) -> None:
    model = nn.Transformer(
        6, 2, 2, 3, 5, dropout=0.0, norm_first=first, batch_first=True, dtype=at.float64
    )
    made = draw_parameters(model)
    source, target = numbers(2, 3, 6), numbers(2, 4, 6)
    expected = []
    for memory, x in zip(source, target, strict=True):
        for number in range(2):
            own = part(made, f"encoder.layers.{number}")
            memory = encoder_layer(own, memory, None, first, relu)
        memory = norm(part(made, "encoder.norm"), memory)
        for number in range(3):
            own = part(made, f"decoder.layers.{number}")
            x = decoder_layer(own, x, memory, two_heads(CAUSAL), None, first, relu)
        expected.append(norm(part(made, "decoder.norm"), x))
    mask = nn.Transformer.generate_square_subsequent_mask(4, dtype=at.float64)
    assert_values(mask, CAUSAL)
    assert_values(model(*tensors((source, target)), tgt_mask=mask), np.array(expected))


def test_transformers_are_as_large_as_in_the_paper() -> None:
    """512 features in 8 heads, 6 layers each, 2048 features between; dropout 0.1."""
    at.manual_seed(0)
    layer = nn.TransformerEncoderLayer(4, 2)
    assert layer.linear1.weight.shape == (2048, 4)
    assert [layer.dropout.p, layer.dropout1.p, layer.dropout2.p] == [0.1] * 3
    assert [layer.self_attn.dropout, layer.norm1.eps] == [0.1, 1e-5]
    wide = nn.Transformer(num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=1)
    assert [wide.d_model, wide.nhead] == [512, 8]
    deep = nn.Transformer(8, 1, dim_feedforward=1)
    assert [len(deep.encoder.layers), len(deep.decoder.layers)] == [6, 6]


def test_keys_and_values_may_be_given_for_each_head() -> None:
    """``static_k`` and ``static_v`` ``(N · heads, S, width)`` are taken as they are."""
    x, k, v = numbers(4, 2, 6), numbers(4, 5, 3), numbers(4, 5, 3)
    into, bias, out = numbers(18, 6), numbers(18), numbers(6, 6)
    expected, weights = np.zeros((4, 2, 6)), np.zeros((2, 4, 5))
    for sample, head in np.ndindex(2, 2):
        own = slice(head * 3, head * 3 + 3)
        q = x[:, sample] @ into[:6][own].T + bias[:6][own]
        row = sample * 2 + head
        expected[:, sample, own], one = attention(q, k[row], v[row])
        weights[sample] += one / 2  # averaged over the heads
    given = tensors((x, x, x)), tensors((into, bias)), tensors((out, np.zeros(6)))
    found, seen = F.multi_head_attention_forward(
        *given[0], 6, 2, *given[1], None, None, False, 0.0, *given[2],
        static_k=at.tensor(k), static_v=at.tensor(v),
    )  # fmt: skip
    assert_values(found, expected @ out.T)
    assert_values(seen, weights)


@pytest.mark.parametrize("need_weights", [False, True])
def test_the_causal_hint_changes_nothing(need_weights: bool) -> None:
    layer = nn.MultiheadAttention(6, 2, dtype=at.float64)
    made, x = draw_parameters(layer), numbers(4, 1, 6)
    expected, _ = multihead(made, 2, (x[:, 0],) * 3, two_heads(CAUSAL))
    found, _ = layer(
        *tensors((x, x, x)), attn_mask=at.tensor(CAUSAL), is_causal=True, need_weights=need_weights
    )
    assert_values(found[:, 0], expected)
