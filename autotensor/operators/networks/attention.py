"""Attention: each query gets a mean of the values, weighted by how well their keys fit it.

Vaswani et al., "Attention Is All You Need", 2017.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from autotensor.creation import zeros
from autotensor.engine.dtypes import float32
from autotensor.engine.graph import parent_of, record_several
from autotensor.engine.operator import operator
from autotensor.engine.tensor import Tensor, raw, wrap
from autotensor.kernels.softmax import softmax as kernel
from autotensor.operators.arguments import (
    common_shape,
    need_least_dims,
    need_shape,
    need_tensor,
    need_tensors,
)
from autotensor.operators.linalg.products import linear, matmul
from autotensor.operators.networks.dropouts import dropout
from autotensor.operators.reductions.reductions import mean, softmax, softmax_by_scores
from autotensor.operators.structure.copying import computed_in_float32, to
from autotensor.operators.structure.joining import cat, chunk
from autotensor.operators.structure.padding import pad
from autotensor.operators.structure.shapes import expand, permute, reshape, transpose, unsqueeze

__all__ = ["multi_head_attention_forward", "scaled_dot_product_attention"]


def _by_scores(g: Any, output: Any) -> Any:
    return softmax_by_scores(g, output, (output.ndim - 1,))


@operator(scores=_by_scores, bias=_by_scores)
def _weights(scores: Any, bias: Any) -> Any:
    """``softmax(scores + bias)`` over the last dimension; 0 where all of a row is -inf.

    d scores = y · (g - Σ g · y), d bias = y · (g - Σ g · y).
    """
    return kernel(scores, (scores.ndim - 1,), bias, zero=True)


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """``softmax(query @ keyᵀ · scale + mask) @ value``.

    ``query (…, L, E)``, ``key (…, S, E)`` and ``value (…, S, V)`` give ``(…, L, V)``.  A query that
    may look at nothing gets zeros.

    Args:
        attn_mask: broadcastable to ``(…, L, S)``.  A bool one is true where a query may look at a
            key (the opposite of what ``MultiheadAttention`` takes); another is added to the scores.
        dropout_p: the probability with which a weight is left out, in evaluation too.
        is_causal: each query looks only at keys up to its own position; without ``attn_mask``.
        scale: 1/√E if None.
        enable_gqa: the third dimension from the end counts heads; fewer heads of keys and values
            are each used for several of queries.

    With P the weights: d value = Pᵀ @ g, d P = g @ valueᵀ, d scores = P · (d P - Σ d P · P),
    d query = d scores @ key · scale, d key = d scoresᵀ @ query · scale.

    Raises:
        RuntimeError: shapes or dtypes that do not fit each other; ``attn_mask`` with ``is_causal``;
            ``dropout_p`` outside [0, 1].

    Example:

        >>> key, value = at.eye(4) * 100, at.tensor([[1.0], [2.0], [3.0], [10.0]])
        >>> query = at.tensor([[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])  # key 1; nothing
        >>> F.scaled_dot_product_attention(query, key, value)
        tensor([[2.],
                [4.]])
        >>> F.scaled_dot_product_attention(at.zeros(4, 4), key, value, is_causal=True).flatten()
        tensor([1.0000, 1.5000, 2.0000, 4.0000])
        >>> x = at.ones(8, 4, 10, 16)  # 8 samples, 4 heads, 10 steps, 16 features
        >>> F.scaled_dot_product_attention(x, x, x).shape
        torch.Size([8, 4, 10, 16])
    """
    name = "scaled_dot_product_attention"
    named = {"query": query, "key": key, "value": value}
    need_tensors(name, **named)
    kinds = [raw(one).dtype for one in named.values()]
    for (argument, given), kind in zip(named.items(), kinds, strict=True):
        need_least_dims(given, 2, name, argument)
        if kind != kinds[0] or kind.kind != "f":
            raise RuntimeError(
                f"{name}: query, key and value must have the same floating point dtype, got "
                f"{kinds[0]}, {kinds[1]} and {kinds[2]}"
            )
    if not 0.0 <= dropout_p <= 1.0:
        raise RuntimeError(f"{name}: dropout_p must be between 0 and 1, got {dropout_p}")
    if is_causal and attn_mask is not None:
        raise RuntimeError(f"{name}: attn_mask must not be given when is_causal=True")
    if enable_gqa:
        key, value = (_for_all_heads(one, query, name) for one in (key, value))
    shape = _scores_shape(query, key, value, name)
    bias: Any = None
    if is_causal:
        # -inf where a key comes after the query.
        bias = np.triu(np.full(shape[-2:], -np.inf, kinds[0]), 1)
    elif attn_mask is not None:
        bias = _bias(attn_mask, shape, kinds[0], name)
    if scale is None:
        scale = 1 / math.sqrt(max(query.shape[-1], 1))
    return _attention(query, key, value, bias, dropout_p, scale)


@computed_in_float32
def _attention(query: Any, key: Any, value: Any, bias: Any, p: float, scale: float) -> Any:
    """``scaled_dot_product_attention`` of arguments that fit together."""
    weights = _weights(matmul(query * scale, transpose(key, -2, -1)), bias)
    return matmul(dropout(weights, p), value)


def _for_all_heads(given: Any, query: Any, name: str) -> Any:
    """Keys or values ``(…, H, S, E)`` with each head repeated for all the queries' heads it has."""
    if min(given.ndim, query.ndim) < 3:
        raise RuntimeError(f"{name}: enable_gqa needs a dimension of heads, the third from the end")
    heads, own = query.shape[-3], given.shape[-3]
    if own == 0 or heads % own:
        raise RuntimeError(
            f"{name}: with enable_gqa the heads of key and value must divide those of query, got "
            f"{own} and {heads}"
        )
    *before, size, features = given.shape
    wide = expand(unsqueeze(given, -3), (*before, heads // own, size, features))
    return reshape(wide, (*before[:-1], heads, size, features))


def _scores_shape(query: Any, key: Any, value: Any, name: str) -> tuple[int, ...]:
    q, k, v = (raw(one).shape for one in (query, key, value))
    shapes = f"got shapes {q}, {k} and {v}"
    if q[-1] != k[-1]:
        raise RuntimeError(f"{name}: query and key must have the same last size, {shapes}")
    if k[-2] != v[-2]:
        raise RuntimeError(f"{name}: there must be one value for each key, {shapes}")
    given = "all dimensions of query, key and value but the last two"
    problem = f"{name}: {given} must broadcast, {shapes}"
    batch = common_shape(problem, q[:-2], k[:-2])
    common_shape(problem, batch, v[:-2])
    return (*batch, q[-2], k[-2])


def _minus_infinity(where: Any, dtype: Any) -> Tensor:
    """-inf where true, else 0."""
    array = raw(where)
    out = np.zeros(array.shape, dtype)
    out[array] = -np.inf
    return wrap(out)


def _bias(mask: Any, shape: tuple[int, ...], dtype: Any, name: str) -> Any:
    """What a mask adds to scores of ``shape``."""
    need_tensor(mask, name, "attn_mask")
    given = f"attn_mask of shape {mask.shape}"
    problem = f"{name}: {given} does not broadcast to the shape of the scores, {shape}"
    if common_shape(problem, mask.shape, shape) != shape:
        raise RuntimeError(problem)
    wide = np.promote_types(dtype, float32)  # what scores of float16 are computed in
    if mask.dtype == np.bool_:
        return _minus_infinity(~mask, wide)
    if mask.dtype not in (float32, dtype):
        raise RuntimeError(
            f"{name}: attn_mask must be of dtype bool, float32 or that of query, {wide}, got "
            f"{mask.dtype}"
        )
    return to(mask, wide)


# -- several heads ---------------------------------------------------------------------------------


def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Any, Any]:
    """Attention in ``num_heads`` parts of the features, between linear maps: ``(out, weights)``.

    The derivative comes from those of the operators it is made of.

    ``query (L, N, E)``, ``key (S, N, K)`` and ``value (S, N, V)`` give ``out (L, N, E)`` and
    ``weights (N, L, S)``; all without N for one sample.

    Args:
        embed_dim_to_check: E.
        in_proj_weight, in_proj_bias: ``(3 E, E)`` and ``(3 E)``: of queries, keys and values.
        q_proj_weight, k_proj_weight, v_proj_weight: ``(E, E)``, ``(E, K)`` and ``(E, V)``, taken
            instead of ``in_proj_weight`` with ``use_separate_proj_weight``.
        bias_k, bias_v: ``(1, 1, E)``, one more key and value; or None.
        add_zero_attn: whether to add a key and a value of zeros.
        out_proj_weight, out_proj_bias: ``(E, E)`` and ``(E)``.
        dropout_p: of the weights, in training.
        key_padding_mask: ``(N, S)``; attn_mask: ``(L, S)`` or ``(N · num_heads, L, S)``.  True
            where a query must not look; a mask of numbers is added to the scores.
        need_weights: whether to return the weights, ``(N, num_heads, L, S)`` unless
            ``average_attn_weights``; else None.  A query that may look at nothing then gives NaN.
        static_k, static_v: ``(N · num_heads, S, E / num_heads)``, taken as they are.
        is_causal: a hint that ``attn_mask``, which must be given, is the causal mask.

    Raises:
        RuntimeError: shapes, masks or dtypes that do not fit each other.

    Example:

        >>> x = at.ones(5, 2, 8)  # 5 steps, 2 samples, 8 features
        >>> in_proj, out_proj = at.eye(8).repeat(3, 1), at.eye(8)
        >>> out, weights = F.multi_head_attention_forward(
        ...     x, x, x, 8, 4, in_proj, at.zeros(24), None, None, False, 0.0, out_proj, at.zeros(8)
        ... )
        >>> out.shape, weights.shape
        (torch.Size([5, 2, 8]), torch.Size([2, 5, 5]))
        >>> weights[0, 0]  # all keys are alike
        tensor([0.2000, 0.2000, 0.2000, 0.2000, 0.2000])
    """
    name = "multi_head_attention_forward"
    batched = _check_dims(query, key, value, key_padding_mask, attn_mask, name)
    if not batched:
        query, key, value = (unsqueeze(one, 1) for one in (query, key, value))
        if key_padding_mask is not None:
            key_padding_mask = unsqueeze(key_padding_mask, 0)
    _check_features(query.shape[-1], embed_dim_to_check, num_heads, name)
    _check_masks(attn_mask, key_padding_mask, is_causal, name)
    # Without a use for the mask itself, the hint is enough.
    is_causal = is_causal and key_padding_mask is None and not need_weights
    attn_mask = None if is_causal else _hiding(attn_mask, query.dtype, "attn_mask", name)
    key_padding_mask = _hiding(key_padding_mask, query.dtype, "key_padding_mask", name)

    weights = in_proj_weight
    if use_separate_proj_weight:
        weights = (q_proj_weight, k_proj_weight, v_proj_weight)
    given = (query, key, value)
    q, k, v = _projected(given, weights, in_proj_bias, use_separate_proj_weight, name)
    k, v = _with_bias_keys(k, v, bias_k, bias_v, (static_k, static_v), name)
    q = _apart(q, num_heads)
    k = _apart(k, num_heads) if static_k is None else _static(static_k, q, "static_k", name)
    v = _apart(v, num_heads) if static_v is None else _static(static_v, q, "static_v", name)
    if add_zero_attn:
        k, v = _with_zero(k), _with_zero(v)

    added = (bias_k is not None) + add_zero_attn  # keys at which every query may look
    mask = _merged(attn_mask, key_padding_mask, (*q.shape[:3], len(key)), added, name)
    p = dropout_p if training else 0.0
    if need_weights:
        out, found = _attention_and_weights(q, k, v, mask, p, average_attn_weights)
    else:
        out, found = scaled_dot_product_attention(q, k, v, mask, p, is_causal), None
    out = _linear(_joined(out, query), out_proj_weight, out_proj_bias)
    if batched:
        return out, found
    return out.squeeze(1), None if found is None else found.squeeze(0)


# Its steps, in this order.


def _check_dims(query: Any, key: Any, value: Any, padding: Any, mask: Any, name: str) -> bool:
    """Whether there is a batch; refuses numbers of dimensions that do not fit together."""
    masks = {"key_padding_mask": padding, "attn_mask": mask}
    masks = {argument: one for argument, one in masks.items() if one is not None}
    need_tensors(name, query=query, key=key, value=value, **masks)
    ndim = query.ndim
    if ndim not in (2, 3):
        raise RuntimeError(
            f"{name}: query must have 3 dimensions, or 2 without a batch, got shape {query.shape}"
        )
    known = {"key_padding_mask": (ndim - 1,), "attn_mask": (2, 3)}
    for argument, one in {"key": key, "value": value, **masks}.items():
        dims = known.get(argument, (ndim,))
        if one.ndim not in dims:
            raise RuntimeError(
                f"{name}: with a query of {ndim} dimensions, {argument} must have "
                f"{' or '.join(map(str, dims))}, got shape {one.shape}"
            )
    return bool(ndim == 3)


def _check_features(features: int, expected: int, heads: int, name: str) -> None:
    if features != expected:
        raise RuntimeError(
            f"{name}: query must have embed_dim_to_check = {expected} features, got {features}"
        )
    if features % heads:
        raise RuntimeError(
            f"{name}: the {features} features must divide into num_heads = {heads} parts"
        )


def _check_masks(mask: Any, padding: Any, is_causal: bool, name: str) -> None:
    if is_causal and mask is None:
        raise RuntimeError(
            f"{name}: is_causal says that attn_mask is the causal mask, so attn_mask must be "
            "given; Transformer.generate_square_subsequent_mask makes it"
        )
    if padding is not None and mask is not None and padding.dtype != mask.dtype:
        warnings.warn(
            f"{name}: key_padding_mask and attn_mask should be of the same dtype, got "
            f"{padding.dtype} and {mask.dtype}",
            stacklevel=4,
        )


def _hiding(mask: Any, dtype: Any, argument: str, name: str) -> Any:
    """What is added to the scores: -inf where a bool ``mask`` is true."""
    if mask is None or mask.dtype.kind == "f":
        return mask
    if mask.dtype != np.bool_:
        raise RuntimeError(
            f"{name}: {argument} must be of dtype bool or floating point, got {mask.dtype}"
        )
    return _minus_infinity(mask, dtype)


def _thirds(given: Any) -> tuple[Any, ...]:
    """The parts of queries, of keys and of values; None for each if there are none."""
    return (None,) * 3 if given is None else chunk(given, 3)


def _projected(given: Any, weights: Any, bias: Any, separate: bool, name: str) -> tuple[Any, ...]:
    """Queries, keys and values after their linear maps, ``(L, N, E)`` and twice ``(S, N, E)``.

    ``weights`` are three if ``separate``, else one for all.
    """
    if not separate:
        if given[0] is given[1] is given[2] and _is_whole(weights, given[0]):
            return _projected_together(given[0], weights, bias)
        weights = _thirds(weights)
    if any(weight is None for weight in weights):
        needed = "q_proj_weight, k_proj_weight and v_proj_weight" if separate else "in_proj_weight"
        raise RuntimeError(
            f"{name}: with use_separate_proj_weight={separate}, {needed} must be given"
        )
    query, key, value = (raw(one).shape for one in given)
    shared = 2 if separate else 3  # keys and values may have features of their own
    if key[:shared] != value[:shared] or key[1] != query[1]:
        raise RuntimeError(
            f"{name}: key and value must have the same shape and the batch size of query, got "
            f"{query}, {key} and {value}"
        )
    return tuple(map(_linear, given, weights, _thirds(bias)))


def _is_whole(weight: Any, given: Any) -> bool:
    """Whether ``weight`` is that of three projections of ``given``, ``(3 E, E)``."""
    features = given.shape[-1]
    return weight is not None and weight.shape == (3 * features, features)


def _projected_together(given: Any, weight: Any, bias: Any) -> tuple[Any, ...]:
    """The same where all three are ``given``: one product instead of three small ones."""
    return _in_three(_linear(given, weight, bias))


def _in_three(joined: Any) -> tuple[Any, ...]:
    """``chunk(joined, 3, -1)``, whose derivative is put together at once: that of a slice is as
    large as the whole."""
    parts = np.split(raw(joined), 3, -1)
    if not (isinstance(joined, Tensor) and joined.requires_grad):
        return tuple(map(wrap, parts))
    return record_several(parts, "chunk", ((parent_of(joined), _side_by_side, ()),))


def _side_by_side(g: Any) -> Any:
    like = raw(next(one for one in g if one is not None))
    return cat([np.zeros(like.shape, like.dtype) if one is None else one for one in g], -1)


def _batch_in_front(given: Any) -> bool:
    """Whether ``(L, N, E)`` lies in memory as ``(N, L, E)``, as ``batch_first`` has it."""
    strides = raw(given).strides
    return bool(strides[0] < strides[1])


def _linear(given: Any, weight: Any, bias: Any) -> Any:
    """``linear`` of ``(L, N, E)``, with the rows as they lie in memory, so that none is copied."""
    if _batch_in_front(given):
        return transpose(linear(transpose(given, 0, 1), weight, bias), 0, 1)
    return linear(given, weight, bias)


def _joined(out: Any, query: Any) -> Any:
    """``(N, heads, L, E / heads) → (L, N, E)``, which lies in memory as ``query`` does."""
    length, batch, features = query.shape
    if _batch_in_front(query):
        out = reshape(permute(out, 0, 2, 1, 3), (batch, length, features))
        return transpose(out, 0, 1)
    return reshape(permute(out, 2, 0, 1, 3), (length, batch, features))


def _with_bias_keys(
    k: Any, v: Any, bias_k: Any, bias_v: Any, static: tuple[Any, Any], name: str
) -> tuple[Any, Any]:
    """Keys and values ``(S, N, E)`` with ``bias_k`` and ``bias_v`` as one more of each."""
    if (bias_k is None) != (bias_v is None):
        raise RuntimeError(f"{name}: bias_k and bias_v must be given both or not at all")
    if bias_k is None:
        return k, v
    if any(one is not None for one in static):
        raise RuntimeError(f"{name}: bias_k and bias_v cannot be added to static_k or static_v")
    wide = (1, *k.shape[1:])
    return cat([k, expand(bias_k, wide)]), cat([v, expand(bias_v, wide)])


def _apart(given: Any, heads: int) -> Any:
    """``(L, N, E) → (N, heads, L, E / heads)``."""
    length, batch, features = raw(given).shape
    return permute(reshape(given, (length, batch, heads, features // heads)), 1, 2, 0, 3)


def _static(given: Any, query: Any, argument: str, name: str) -> Any:
    """Keys or values of ``(N · heads, S, d)``, as ``(N, heads, S, d)``."""
    batch, heads, _, features = query.shape
    fits = given.ndim == 3 and given.shape[::2] == (batch * heads, features)
    need_shape(given, fits, f"({batch * heads}, S, {features})", name, argument)
    return reshape(given, (batch, heads, given.shape[1], features))


def _with_zero(given: Any) -> Any:
    """Keys or values ``(N, heads, S, d)`` and one more, of zeros."""
    batch, heads, _, features = given.shape
    return cat([given, zeros((batch, heads, 1, features), dtype=given.dtype)], 2)


def _merged(mask: Any, padding: Any, shape: tuple[int, ...], added: int, name: str) -> Any:
    """What both masks add to scores of ``shape``, ``(N, heads, L, S)``, and 0 for ``added`` keys.

    ``attn_mask`` and ``key_padding_mask`` may be None, and so is then the result.
    """
    batch, heads, length, size = shape
    if mask is not None:
        one_for_all, one_each = (length, size), (batch * heads, length, size)
        fits = mask.shape in (one_for_all, one_each)
        need_shape(mask, fits, f"{one_for_all} or {one_each}", name, "attn_mask")
        mask = pad(reshape(mask, (1, 1, length, size) if mask.ndim == 2 else shape), (0, added))
    if padding is None:
        return mask
    expected = (batch, size)
    need_shape(padding, padding.shape == expected, expected, name, "key_padding_mask")
    padding = pad(reshape(padding, (batch, 1, 1, size)), (0, added))
    return padding if mask is None else mask + padding


def _attention_and_weights(
    q: Any, k: Any, v: Any, mask: Any, p: float, average: bool
) -> tuple[Any, Any]:
    """Attention of ``(N, heads, L, E / heads)``, and the weights after dropout."""
    scores = matmul(q * math.sqrt(1 / q.shape[-1]), transpose(k, -2, -1))
    weights = dropout(softmax(scores if mask is None else scores + mask, -1), p)
    return matmul(weights, v), mean(weights, 1) if average else weights
