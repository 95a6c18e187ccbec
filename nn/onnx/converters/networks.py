"""Linear maps, convolution, pooling, normalization, embeddings, attention."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import autotensor as at
import nn.functional as F
from nn.onnx.aligning import Value
from nn.onnx.converters.pointwise import as_operands
from nn.onnx.converters.reductions import reduced
from nn.onnx.converters.registry import converts
from nn.onnx.converters.structure import numel, reshaped
from nn.onnx.graph import Graph
from nn.onnx.sizes import Size

__all__ = ["along", "batched", "each"]

_INT64 = np.dtype(np.int64)


def each(value: Any, ndim: int) -> list[int]:
    """An int, or one for each dimension, as a list."""
    if isinstance(value, (tuple, list)):
        return [int(one) for one in (value if len(value) == ndim else [value[0]] * ndim)]
    return [int(value)] * ndim


def batched(g: Graph, input: Value, ndim: int) -> tuple[Any, list[Any], bool]:
    """``input`` with a batch, its shape, and whether it had one."""
    if input.ndim == ndim + 2:
        return input, list(input.shape), True
    return g.op("Unsqueeze", input, [0]), [1, *input.shape], False


def _unbatched(g: Graph, out: Any, had: bool) -> Any:
    return out if had else g.op("Squeeze", out, [0])


# -- products --------------------------------------------------------------------------------------


@converts(at.linear, "linear")
def _linear(g: Graph, input: Value, weight: Value, bias: Any) -> Any:
    if input.ndim == 2:
        return g.op("Gemm", input, weight, bias, transB=1)
    if weight.ndim == 1:
        out = g.op("MatMul", input, weight)
    else:
        out = g.op("MatMul", input, g.op("Transpose", weight, perm=[1, 0]))
    return out if bias is None else g.op("Add", out, bias)


@converts("matmul")
def _matmul(g: Graph, input: Value, other: Value, output: Value) -> Any:
    return g.op("MatMul", *as_operands(g, output.dtype, input, other))


@converts("det")
def _det(g: Graph, input: Value) -> Any:
    return g.op("Det", input)


def _pads(padding: Any, kernel: Sequence[int], dilation: Sequence[int]) -> list[int]:
    """Of all beginnings, then of all ends."""
    if padding == "valid":
        return [0] * (2 * len(kernel))
    if padding == "same":
        totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return [total // 2 for total in totals] + [total - total // 2 for total in totals]
    return each(padding, len(kernel)) * 2


@converts(F.conv2d)
def _conv(
    g: Graph,
    input: Value,
    weight: Value,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
    ndim: int,
) -> Any:
    x, _, had = batched(g, input, ndim)
    kernel = [g.number(one) for one in weight.shape[2:]]
    spread = each(dilation, ndim)
    out = g.op(
        "Conv",
        x,
        weight,
        bias,
        kernel_shape=kernel,
        strides=each(stride, ndim),
        dilations=spread,
        pads=_pads(padding, kernel, spread),
        group=groups,
    )
    return _unbatched(g, out, had)


@converts(F.conv_transpose2d)
def _conv_transpose(
    g: Graph,
    input: Value,
    weight: Value,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: Any,
    dilation: Any,
    ndim: int,
) -> Any:
    x, _, had = batched(g, input, ndim)
    kernel = [g.number(one) for one in weight.shape[2:]]
    out = g.op(
        "ConvTranspose",
        x,
        weight,
        bias,
        kernel_shape=kernel,
        strides=each(stride, ndim),
        dilations=each(dilation, ndim),
        pads=each(padding, ndim) * 2,
        output_padding=each(output_padding, ndim),
        group=groups,
    )
    return _unbatched(g, out, had)


# -- pooling ---------------------------------------------------------------------------------------


class _Windows:
    """Where the windows of a pool lie; ``pads`` reach to the end of the last, if that is known."""

    def __init__(
        self,
        sizes: Sequence[Any],
        outs: Sequence[Any],
        kernel: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        ceil_mode: Any,
    ) -> None:
        ndim = len(sizes)
        self.kernel = each(kernel, ndim)
        self.stride = self.kernel if stride is None or stride == () else each(stride, ndim)
        self.padding, self.dilation = each(padding, ndim), each(dilation, ndim)
        self.sizes, self.outs = sizes, outs
        self.fixed = all(isinstance(one, int) for one in (*sizes, *outs))
        self.ceil = int(bool(ceil_mode)) if not self.fixed else 0
        ends = self.padding
        if self.fixed and ceil_mode:
            reach = zip(
                outs, self.stride, self.kernel, self.dilation, sizes, self.padding, strict=True
            )
            ends = [max((o - 1) * s + d * (k - 1) + 1 - n - p, p) for o, s, k, d, n, p in reach]
        self.pads = [*self.padding, *ends]

    @property
    def overhang(self) -> bool:
        return self.pads != self.padding * 2

    def settings(self) -> dict[str, Any]:
        return {
            "kernel_shape": self.kernel,
            "strides": self.stride,
            "pads": self.pads,
            "ceil_mode": self.ceil,
        }

    def shares(self, own: bool) -> np.ndarray:
        """For each window, how many positions count: those in the input, or in its padding too."""
        counts = []
        for n, o, k, s, p in zip(
            self.sizes, self.outs, self.kernel, self.stride, self.padding, strict=True
        ):
            starts = np.arange(o) * s - p
            low, high = (0, n) if own else (-p, n + p)
            counts.append(np.minimum(starts + k, high) - np.maximum(starts, low))
        total = counts[0]
        for one in counts[1:]:
            total = np.multiply.outer(total, one)
        return np.asarray(total)


@converts(F.max_pool2d)
def _max_pool(
    g: Graph,
    input: Value,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: Any,
    return_indices: Any,
    ndim: int,
    sign: int,
    always: bool,
    output: Any,
) -> Any:
    x, shape, had = batched(g, input, ndim)
    wanted = bool(return_indices or always)
    first = output[0] if wanted else output
    windows = _Windows(
        shape[2:], first.shape[-ndim:], kernel_size, stride, padding, dilation, ceil_mode
    )
    x = g.op("Neg", x) if sign < 0 else x
    found = g.op("MaxPool", x, outputs=1 + wanted, dilations=windows.dilation, **windows.settings())
    out = _unbatched(g, found[0] if wanted else found, had)
    out = g.op("Neg", out) if sign < 0 else out
    if not wanted:
        return out
    plane = g.scalar(numel(shape[2:]), _INT64)  # ONNX counts through all samples and channels
    return out, _unbatched(g, g.op("Mod", found[1], plane), had)


@converts(F.avg_pool2d, ("autotensor.operators.networks.pooling", "_average"))
def _avg_pool(
    g: Graph,
    input: Value,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: Any,
    count_include_pad: Any,
    divisor_override: Any,
    ndim: int,
    output: Value,
) -> Any:
    x, shape, had = batched(g, input, ndim)
    whole = tuple(kernel_size) if isinstance(kernel_size, (tuple, list)) else (kernel_size,) * ndim
    if whole == tuple(shape[2:]) and padding in (0, (0,) * ndim) and not divisor_override:
        return reduced(g, "Mean", input, list(range(input.ndim - ndim, input.ndim)), True)
    windows = _Windows(shape[2:], output.shape[-ndim:], kernel_size, stride, padding, 1, ceil_mode)
    area = math.prod(windows.kernel)
    factor: Any = None
    if divisor_override:
        factor = np.asarray(area / divisor_override)
    elif windows.overhang:
        factor = area / windows.shares(not count_include_pad)
    counts_all = int(bool(count_include_pad)) if factor is None else 1
    if windows.ceil and factor is not None:
        g.refuse("has ceil_mode and divisor_override, and sizes that are to be dynamic")
    if windows.overhang and counts_all:
        pads = [0, 0, *windows.pads[:ndim], 0, 0, *windows.pads[ndim:]]
        x = g.op("Pad", x, pads)
        windows.pads = [0] * (2 * ndim)
    out = g.op("AveragePool", x, count_include_pad=counts_all, **windows.settings())
    if factor is not None:
        out = g.op("Mul", out, np.asarray(factor, input.dtype))
    return _unbatched(g, out, had)


def along(g: Graph, x: Any, ndim: int, axis: int, matrix: np.ndarray) -> Any:
    """``matrix`` times ``x`` of so many dimensions, along ``axis``."""
    if axis == ndim - 2:
        return g.op("MatMul", matrix, x)
    last = [at for at in range(ndim) if at != axis] + [axis]
    moved = x if axis == ndim - 1 else g.op("Transpose", x, perm=last)
    out = g.op("MatMul", moved, np.ascontiguousarray(matrix.T))
    return (
        out
        if axis == ndim - 1
        else g.op("Transpose", out, perm=[last.index(at) for at in range(ndim)])
    )


@converts("mixed")
def _mixed(g: Graph, input: Value, axis: Any, taps: Value) -> Any:
    matrix = taps.constant
    if not isinstance(matrix, np.ndarray):
        g.refuse("resizes by a factor that follows from sizes that are to be dynamic")
    return along(g, input, input.ndim, int(axis), matrix.astype(input.dtype))


def _adaptive(g: Graph, input: Value, ndim: int, output: Value) -> list[int] | None:
    """How many inputs there are for each output, if that is the same for all."""
    pairs: list[tuple[Any, Any]] = list(zip(input.shape[-ndim:], output.shape[-ndim:], strict=True))
    if any(isinstance(one, Size) for pair in pairs for one in pair):
        if any(out != 1 and out != n for n, out in pairs):
            g.refuse("divides sizes that are to be dynamic")
        return [0] * ndim  # all, or one each
    return None if any(n % out for n, out in pairs) else [n // out for n, out in pairs]


def _averages(n: int, out: int) -> np.ndarray:
    """A row for each output: 1/k at the inputs that it is the mean of."""
    matrix = np.zeros((out, n))
    for row in range(out):
        start, end = row * n // out, -(-(row + 1) * n // out)
        matrix[row, start:end] = 1 / (end - start)
    return matrix


@converts(F.adaptive_avg_pool2d, ("autotensor.operators.images.resampling", "_adaptive_average"))
def _adaptive_avg_pool(g: Graph, input: Value, ndim: int, output: Value) -> Any:
    axes = list(range(input.ndim - ndim, input.ndim))
    alone = [axis for axis in axes if output.shape[axis] == 1]
    x: Any = reduced(g, "Mean", input, alone, True) if alone else input
    rest = [axis for axis in axes if output.shape[axis] not in (1, input.shape[axis])]
    if rest:
        parts = _adaptive(g, input, ndim, output)
        if parts and not alone and input.ndim == ndim + 2:
            return g.op("AveragePool", x, kernel_shape=parts, strides=parts)
        for axis in rest:
            matrix = _averages(g.number(input.shape[axis]), g.number(output.shape[axis]))
            x = along(g, x, input.ndim, axis, matrix.astype(input.dtype))
    return x


@converts(F.adaptive_max_pool2d)
def _adaptive_max_pool(
    g: Graph, input: Value, return_indices: Any, ndim: int, always: bool, output: Any
) -> Any:
    wanted = bool(return_indices or always)
    first = output[0] if wanted else output
    parts = _adaptive(g, input, ndim, first)
    if wanted:
        if not parts or 0 in parts:
            g.refuse("gives indices of windows that are not all of one size")
        whole, shape, had = batched(g, input, ndim)
        values, places = g.op("MaxPool", whole, outputs=2, kernel_shape=parts, strides=parts)
        places = g.op("Mod", places, g.scalar(numel(shape[2:]), _INT64))
        return _unbatched(g, values, had), _unbatched(g, places, had)
    x: Any = input
    for axis in range(input.ndim - ndim, input.ndim):
        n, out = input.shape[axis], first.shape[axis]
        if out == n:
            continue
        if out == 1:
            x = reduced(g, "Max", x, [axis], True)
            continue
        ends = [(at * n // out, -(-(at + 1) * n // out)) for at in range(out)]
        most = max(end - start for start, end in ends)
        taps = np.array([[min(start + tap, end - 1) for tap in range(most)] for start, end in ends])
        x = reduced(g, "Max", g.op("Gather", x, taps, axis=axis), [axis + 1], False)
    return x


@converts(F.max_unpool2d)
def _max_unpool(g: Graph, input: Value, indices: Value, ndim: int, output: Value) -> Any:
    lead = list(output.shape[:-ndim])
    plane = numel(output.shape[-ndim:])
    zeros = g.op("Expand", g.scalar(0, input.dtype), [*lead, plane])
    flat = [*lead, numel(input.shape[-ndim:])]
    places, values = (reshaped(g, one, flat, one.shape) for one in (indices, input))
    return reshaped(g, g.op("ScatterElements", zeros, places, values, axis=len(lead)), output.shape)


# -- normalization ---------------------------------------------------------------------------------


def _ones(g: Graph, given: Any, shape: Sequence[Any], dtype: Any, number: float) -> Any:
    if given is not None:
        return given
    return np.full([g.number(one) for one in shape], number, dtype)


def _standardized(g: Graph, x: Any, dims: list[int], eps: float, dtype: Any) -> Any:
    apart = g.op("Sub", x, reduced(g, "Mean", x, dims, True))
    variance = reduced(g, "Mean", g.op("Mul", apart, apart), dims, True)
    return g.op("Div", apart, g.op("Sqrt", g.op("Add", variance, g.scalar(eps, dtype))))


def _by_channel(g: Graph, x: Any, weight: Any, bias: Any, ndim: int) -> Any:
    """``x · weight + bias``, these along the second of so many dimensions."""
    axes = list(range(1, ndim - 1))
    for kind, given in (("Mul", weight), ("Add", bias)):
        if given is not None:
            x = g.op(kind, x, g.op("Unsqueeze", given, axes) if axes else given)
    return x


def _by_statistics(
    g: Graph, input: Value, mean: Any, var: Any, weight: Any, bias: Any, eps: float
) -> Any:
    channels = input.shape[1:2]
    scale = _ones(g, weight, channels, input.dtype, 1)
    shift = _ones(g, bias, channels, input.dtype, 0)
    return g.op("BatchNormalization", input, scale, shift, mean, var, epsilon=float(eps))


@converts(F.batch_norm)
def _batch_norm(
    g: Graph,
    input: Value,
    running_mean: Any,
    running_var: Any,
    weight: Any,
    bias: Any,
    training: Any,
    eps: Any,
) -> Any:
    if not training and running_mean is not None:
        return _by_statistics(g, input, running_mean, running_var, weight, bias, eps)
    dims = [0, *range(2, input.ndim)]
    x = _standardized(g, input, dims, eps, input.dtype)
    return _by_channel(g, x, weight, bias, input.ndim)


@converts(F.instance_norm)
def _instance_norm(
    g: Graph,
    input: Value,
    running_mean: Any,
    running_var: Any,
    weight: Any,
    bias: Any,
    use_input_stats: Any,
    eps: Any,
) -> Any:
    if not use_input_stats:
        return _by_statistics(g, input, running_mean, running_var, weight, bias, eps)
    if input.dtype != np.float32:
        x = _standardized(g, input, list(range(2, input.ndim)), eps, input.dtype)
        return _by_channel(g, x, weight, bias, input.ndim)
    channels = input.shape[1:2]
    scale = _ones(g, weight, channels, input.dtype, 1)
    shift = _ones(g, bias, channels, input.dtype, 0)
    return g.op("InstanceNormalization", input, scale, shift, epsilon=float(eps))


@converts(F.layer_norm)
def _layer_norm(
    g: Graph, input: Value, normalized_shape: Any, weight: Any, bias: Any, eps: Any
) -> Any:
    shape = [normalized_shape] if isinstance(normalized_shape, int) else list(normalized_shape)
    if any(isinstance(one, Size) for one in shape) and weight is None:
        dims = list(range(input.ndim - len(shape), input.ndim))
        return _standardized(g, input, dims, eps, input.dtype)
    scale = _ones(g, weight, shape, input.dtype, 1)
    return g.op("LayerNormalization", input, scale, bias, axis=-len(shape), epsilon=float(eps))


@converts(F.rms_norm)
def _rms_norm(g: Graph, input: Value, normalized_shape: Any, weight: Any, eps: Any) -> Any:
    count = 1 if isinstance(normalized_shape, int) else len(normalized_shape)
    wide = np.dtype(np.float32) if input.dtype == np.float16 else input.dtype
    x = g.named(g.cast(input, input.dtype, wide))
    eps = float(np.finfo(wide).eps) if eps is None else eps
    dims = list(range(input.ndim - count, input.ndim))
    power = reduced(g, "Mean", g.op("Mul", x, x), dims, True)
    x = g.op("Div", x, g.op("Sqrt", g.op("Add", power, g.scalar(eps, wide))))
    if weight is not None:
        x = g.op("Mul", x, g.cast(weight, weight.dtype, wide))
    return g.cast(x, wide, input.dtype)


@converts(F.group_norm)
def _group_norm(g: Graph, input: Value, num_groups: Any, weight: Any, bias: Any, eps: Any) -> Any:
    rest = numel(input.shape[1:])
    flat = [input.shape[0], g.number(num_groups), rest // num_groups]
    x = reshaped(g, input, flat, input.shape)
    x = _standardized(g, x, [2], eps, input.dtype)
    return _by_channel(g, reshaped(g, x, input.shape, flat[:1]), weight, bias, input.ndim)


# -- embeddings ------------------------------------------------------------------------------------


def _looked_up(g: Graph, input: Any, weight: Value, max_norm: Any, norm_type: Any) -> Any:
    rows = g.op("Gather", weight, input, axis=0)
    if max_norm is None:
        return rows
    kind = weight.dtype
    powers = g.op("Pow", g.op("Abs", rows), g.scalar(norm_type, kind))
    length = g.op("Pow", reduced(g, "Sum", powers, [-1], True), g.scalar(1 / norm_type, kind))
    shorter = g.op("Div", g.scalar(max_norm, kind), g.op("Add", length, g.scalar(1e-7, kind)))
    long = g.op("Greater", length, g.scalar(max_norm, kind))
    return g.op("Mul", rows, g.op("Where", long, shorter, g.scalar(1, kind)))


@converts(F.embedding)
def _embedding(g: Graph, input: Value, weight: Value, max_norm: Any, norm_type: Any) -> Any:
    return _looked_up(g, input, weight, max_norm, norm_type)


@converts(F.embedding_bag)
def _embedding_bag(
    g: Graph,
    input: Value,
    weight: Value,
    offsets: Any,
    max_norm: Any,
    norm_type: Any,
    mode: str,
    per_sample_weights: Any,
    include_last_offset: Any,
    padding_idx: Any,
    output: Value,
) -> Any:
    kind = weight.dtype
    numbers = g.op("Reshape", input, [-1])
    rows = _looked_up(g, numbers, weight, max_norm, norm_type)
    count = numel(input.shape)
    places = g.op("Unsqueeze", g.range(count), [0])
    if offsets is None:
        starts: Any = g.op("Mul", g.range(output.shape[0]), g.scalar(input.shape[1], _INT64))
        ends: Any = g.op("Add", starts, g.scalar(input.shape[1], _INT64))
    else:
        starts = g.cast(offsets, offsets.dtype, _INT64)
        last: Any = [] if include_last_offset else [[count]]
        ends = g.op("Slice", starts, [1], [np.iinfo(np.int64).max])
        ends = g.op("Concat", ends, *last, axis=0) if last else ends
        starts = g.op("Slice", starts, [0], [-1]) if include_last_offset else starts
    starts, ends = (g.op("Unsqueeze", one, [1]) for one in (starts, ends))
    inside = g.op("And", g.op("GreaterOrEqual", places, starts), g.op("Less", places, ends))
    if padding_idx is not None:
        padding = g.scalar(padding_idx % g.number(weight.shape[0]), input.dtype)
        inside = g.op("And", inside, g.op("Not", g.op("Equal", numbers, padding)))
    share = g.cast(inside, np.bool_, kind)
    if mode == "max":
        each_bag = g.op("Where", g.op("Unsqueeze", inside, [2]), rows, g.scalar(-np.inf, kind))
        largest = reduced(g, "Max", each_bag, [1], False)
        empty = g.op("IsInf", largest, detect_positive=0)
        return g.op("Where", empty, g.scalar(0, kind), largest)
    if per_sample_weights is not None:
        factors = g.op("Reshape", per_sample_weights, [-1, 1])
        rows = g.op("Mul", rows, factors)
    total = g.op("MatMul", share, rows)
    if mode == "sum":
        return total
    return g.op("Div", total, g.op("Max", reduced(g, "Sum", share, [1], True), g.scalar(1, kind)))


# -- attention -------------------------------------------------------------------------------------


@converts(("autotensor.operators.networks.attention", "_minus_infinity"))
def _minus_infinity(g: Graph, where: Value, output: Value) -> Any:
    return g.op("Where", where, g.scalar(-np.inf, output.dtype), g.scalar(0, output.dtype))


@converts(("autotensor.operators.networks.attention", "_in_three"))
def _in_three(g: Graph, joined: Value) -> Any:
    return tuple(g.op("Split", joined, outputs=3, axis=joined.ndim - 1, num_outputs=3))


@converts(F.scaled_dot_product_attention)
def _attention(
    g: Graph,
    query: Value,
    key: Value,
    value: Value,
    attn_mask: Any,
    dropout_p: Any,
    is_causal: Any,
    scale: Any,
    enable_gqa: Any,
) -> Any:
    if dropout_p:
        g.refuse("draws random numbers: it is given dropout_p in evaluation too")
    kind = query.dtype
    if scale is None:
        scale = 1 / math.sqrt(max(g.number(query.shape[-1]), 1))
    k, v = key, value
    if enable_gqa and key.shape[-3] != query.shape[-3]:
        k, v = (_for_all_heads(g, one, query) for one in (key, value))
    order = [*range(key.ndim - 2), key.ndim - 1, key.ndim - 2]
    scores = g.op(
        "MatMul", g.op("Mul", query, g.scalar(scale, kind)), g.op("Transpose", k, perm=order)
    )
    low, zero = g.scalar(-np.inf, kind), g.scalar(0, kind)
    if is_causal:
        length, size = (g.range(one.shape[-2]) for one in (query, key))
        seen = g.op("GreaterOrEqual", g.op("Unsqueeze", length, [1]), size)
        scores = g.op("Where", seen, scores, low)
    elif attn_mask is not None and attn_mask.dtype.kind == "b":
        scores = g.op("Where", attn_mask, scores, low)
    elif attn_mask is not None:
        scores = g.op("Add", scores, g.cast(attn_mask, attn_mask.dtype, kind))
    weights = g.op("Softmax", scores, axis=-1)
    if attn_mask is not None:  # who may look at nothing gets zeros
        blind = g.op("IsInf", reduced(g, "Max", scores, [-1], True), detect_positive=0)
        weights = g.op("Where", blind, zero, weights)
    return g.op("MatMul", weights, v)


def _for_all_heads(g: Graph, one: Value, query: Value) -> Any:
    *lead, heads, size, features = one.shape
    times = g.number(query.shape[-3]) // g.number(heads)
    wide = g.op(
        "Expand", g.op("Unsqueeze", one, [one.ndim - 2]), [*lead, heads, times, size, features]
    )
    return reshaped(g, wide, [*lead, heads * times, size, features], lead)


# -- pixels and blocks -----------------------------------------------------------------------------


def _resizes(arguments: dict[str, Any]) -> bool:
    """Whether ONNX's Resize does the same."""
    return not arguments["antialias"] and arguments["mode"] != "area"


@converts(F.interpolate, when=_resizes)
def _interpolate(
    g: Graph,
    input: Value,
    size: Any,
    scale_factor: Any,
    mode: str,
    align_corners: Any,
    recompute_scale_factor: Any,
    output: Value,
) -> Any:
    ndim = input.ndim - 2
    axes = list(range(2, input.ndim))
    where = "align_corners" if align_corners else "half_pixel"
    settings: dict[str, Any] = {"mode": "linear"}
    if mode == "nearest":
        settings = {"mode": "nearest", "nearest_mode": "floor"}
        where = "asymmetric"
    elif mode == "nearest-exact":
        settings = {"mode": "nearest", "nearest_mode": "round_prefer_ceil"}
    elif mode == "bicubic":
        settings = {"mode": "cubic", "cubic_coeff_a": -0.75}
    settings |= {"coordinate_transformation_mode": where, "axes": axes}
    if size is None and not recompute_scale_factor and not align_corners:
        scales = scale_factor if isinstance(scale_factor, (tuple, list)) else [scale_factor] * ndim
        factors = np.array([float(g.number(one)) for one in scales], np.float32)
        return g.op("Resize", input, None, factors, **settings)
    return g.op("Resize", input, None, None, list(output.shape[2:]), **settings)


@converts(F.grid_sample)
def _grid_sample(
    g: Graph, input: Value, grid: Value, mode: str, padding_mode: str, align_corners: Any
) -> Any:
    kinds = {"bilinear": "linear", "nearest": "nearest", "bicubic": "cubic"}
    kinds = kinds if g.opset >= 20 else {one: one for one in kinds}
    return g.op(
        "GridSample",
        input,
        grid,
        mode=kinds[mode],
        padding_mode=padding_mode,
        align_corners=int(bool(align_corners)),
    )


@converts(F.affine_grid)
def _affine_grid(g: Graph, theta: Value, size: Any, align_corners: Any) -> Any:
    return g.op("AffineGrid", theta, list(size), align_corners=int(bool(align_corners)))


@converts(F.pixel_shuffle, when=lambda arguments: arguments["input"].ndim == 4)
def _pixel_shuffle(g: Graph, input: Value, upscale_factor: Any) -> Any:
    return g.op("DepthToSpace", input, blocksize=int(g.number(upscale_factor)), mode="CRD")


@converts(F.unfold)
def _unfold(
    g: Graph,
    input: Value,
    kernel_size: Any,
    dilation: Any,
    padding: Any,
    stride: Any,
    output: Value,
) -> Any:
    x, shape, had = batched(g, input, 2)
    kernel, spread, pads, steps = (each(one, 2) for one in (kernel_size, dilation, padding, stride))
    if any(pads):
        x = g.op("Pad", x, [0, 0, *pads, 0, 0, *pads])
    counts = []
    for axis, n, k, d, p, s in zip((2, 4), shape[2:], kernel, spread, pads, steps, strict=True):
        count = (g.number(n) + 2 * p - d * (k - 1) - 1) // s + 1
        taps = np.arange(k)[:, None] * d + np.arange(count) * s
        x = g.op("Gather", x, taps, axis=axis)
        counts.append(count)
    x = g.op("Transpose", x, perm=[0, 1, 2, 4, 3, 5])
    return _unbatched(g, reshaped(g, x, [shape[0], *output.shape[-2:]], shape[:1]), had)


@converts(F.fold)
def _fold(
    g: Graph,
    input: Value,
    output_size: Any,
    kernel_size: Any,
    dilation: Any,
    padding: Any,
    stride: Any,
) -> Any:
    had = input.ndim == 3
    x: Any = input if had else g.op("Unsqueeze", input, [0])
    sizes = output_size if isinstance(output_size, (tuple, list)) else [output_size] * 2
    out = g.op(
        "Col2Im",
        x,
        list(sizes),
        each(kernel_size, 2),
        dilations=each(dilation, 2),
        pads=each(padding, 2) * 2,
        strides=each(stride, 2),
    )
    return _unbatched(g, out, had)
