"""Faults of normalization, activations, dropout, attention, tables and recurrent layers."""

from __future__ import annotations

from tests.faults import Fault

NETWORKS = "autotensor/operators/networks"

# (test of the folder tests/formulas, file): (what, before, after)
VALUE_FAULTS: dict[tuple[str, str], list[tuple[str, str, str]]] = {
    ("normalization", "autotensor/kernels/normalization.py"): [
        (
            "norms: eps outside the root",
            "np.divide(1, np.sqrt(variance[piece] + eps), out=scale)",
            "np.divide(1, np.sqrt(variance[piece]) + eps, out=scale)",
        ),
        (
            "norms: the unbiased variance",
            "spread = sum_over(out, dims, out) / count\n    large",
            "spread = sum_over(out, dims, out) / (count - 1)\n    large",
        ),
        (
            "norms: the unbiased variance far from 0",
            "spread = sum_over(out, dims, out) / count\n    return",
            "spread = sum_over(out, dims, out) / (count - 1)\n    return",
        ),
        (
            "layer_norm: eps outside the root",
            "np.divide(1, np.sqrt(spread + eps), out=scale)",
            "np.divide(1, np.sqrt(spread) + eps, out=scale)",
        ),
        ("layer_norm: the bias is forgotten", "out[piece] += bias\n", "pass\n"),
    ],
    ("normalization", f"{NETWORKS}/normalization.py"): [
        (
            "batch_norm: the running variance is biased",
            (
                "    _move_running(running_mean, center, momentum)\n"
                "    _move_running(running_var, variance * (count / (count - 1)), momentum)"
            ),
            (
                "    _move_running(running_mean, center, momentum)\n"
                "    _move_running(running_var, variance, momentum)"
            ),
        ),
        (
            "batch_norm: momentum is what stays",
            "momentum * (latest.reshape(array.shape) - array)",
            "(1 - momentum) * (latest.reshape(array.shape) - array)",
        ),
        (
            "batch_norm: momentum 0.9 unless given",
            "training: bool = False,\n    momentum: float = 0.1",
            "training: bool = False,\n    momentum: float = 0.9",
        ),
        ("batch_norm: training unless told", "training: bool = False", "training: bool = True"),
        (
            "batch_norm in evaluation: eps outside the root",
            "rsqrt(variance + eps)",
            "(rsqrt(variance) + eps)",
        ),
        (
            "batch_norm in evaluation: the mean is added",
            "mean * -scale",
            "mean * scale",
        ),
        (
            "batch_norm in evaluation: the bias is forgotten",
            "(shift if bias is None else shift + bias)",
            "shift",
        ),
        (
            "instance_norm: over the samples too",
            "dims = tuple(range(2, input.ndim))",
            "dims = (0, *range(2, input.ndim))",
        ),
        (
            "instance_norm: running statistics of the first sample",
            "_move_running(running_mean, center.mean(0), momentum)",
            "_move_running(running_mean, center[0], momentum)",
        ),
        (
            "instance_norm: the running variance is biased",
            "variance.mean(0) * (count / (count - 1))",
            "variance.mean(0)",
        ),
        (
            "layer_norm: over the last dimension only",
            "tuple(range(start, array.ndim))",
            "(array.ndim - 1,)",
        ),
        (
            "layer_norm: eps 1e-6 unless given",
            "normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5",
            "normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-6",
        ),
        (
            "rms_norm: the mean is subtracted",
            "rsqrt(mean(input * input, dims, True) + eps)",
            "rsqrt(mean(input * input, dims, True) - mean(input, dims, True) ** 2 + eps)",
        ),
        (
            "rms_norm: the sum of squares",
            "rsqrt(mean(input * input, dims, True) + eps)",
            "rsqrt(sum(input * input, dims, True) + eps)",
        ),
        (
            "rms_norm: eps 1e-5 unless given",
            "float(np.finfo(input.dtype).eps) if eps is None",
            "1e-5 if eps is None",
        ),
        (
            "rms_norm: eps of float32 unless given",
            "float(np.finfo(input.dtype).eps)",
            "float(np.finfo(np.float32).eps)",
        ),
        (
            "group_norm: groups of every other channel",
            "_normalize(reshape(input, grouped), ",
            "_normalize(reshape(input, (grouped[0], grouped[2], grouped[1])).mT, ",
        ),
        (
            "norms: float16 meets no float32",
            "wanted = np.float32 if dtype == np.float16 and",
            "wanted = np.float32 if False and",
        ),
        (
            "layer_norm with a bias alone: float16 comes out as float32",
            "to(_affine(out, None, bias), input.dtype)",
            "_affine(out, None, bias)",
        ),
        (
            "group_norm: the bias is forgotten",
            "    return _affine(reshape(out, input.shape), weight, bias)",
            "    return _affine(reshape(out, input.shape), weight, None)",
        ),
        (
            "normalize: eps is added",
            'clamp(p_norm(input, p, dim, True, None, "normalize"), float(eps))',
            '(p_norm(input, p, dim, True, None, "normalize") + float(eps))',
        ),
        (
            "normalize: along the last dimension unless told",
            "p: float = 2.0, dim: Any = 1, eps: float = 1e-12",
            "p: float = 2.0, dim: Any = -1, eps: float = 1e-12",
        ),
        (
            "normalize: eps 1e-8 unless given",
            "dim: Any = 1, eps: float = 1e-12",
            "dim: Any = 1, eps: float = 1e-8",
        ),
        (
            "local_response_norm: the sum instead of the mean",
            "reshape(around, input.shape) * alpha + k",
            "reshape(around, input.shape) * size * alpha + k",
        ),
        (
            "local_response_norm: the window begins one later",
            "(0, 0, size // 2, (size - 1) // 2)",
            "(0, 0, (size - 1) // 2, size // 2)",
        ),
        (
            "local_response_norm: alpha 1e-3 unless given",
            "alpha: float = 1e-4",
            "alpha: float = 1e-3",
        ),
        ("local_response_norm: beta 0.5 unless given", "beta: float = 0.75", "beta: float = 0.5"),
        ("local_response_norm: k 2 unless given", "k: float = 1.0", "k: float = 2.0"),
    ],
    ("normalization", "nn/layers/normalization.py"): [
        (
            "BatchNorm: momentum None is the default 0.1",
            "momentum = 1.0 / (self.num_batches_tracked.item() + 1)",
            "momentum = 0.1",
        ),
        (
            "BatchNorm: the plain average is one batch off",
            "momentum = 1.0 / (self.num_batches_tracked.item() + 1)",
            "momentum = 1.0 / (self.num_batches_tracked.item() + 2)",
        ),
        (
            "BatchNorm: batches are not counted",
            "self.num_batches_tracked.add_(1)",
            "self.num_batches_tracked.clamp_(1)",
        ),
        (
            "BatchNorm: batches are counted in evaluation",
            "counts = self.training and self.track_running_stats",
            "counts = self.track_running_stats",
        ),
        (
            "BatchNorm: evaluation uses the batch",
            "own = self.training or (mean is None and variance is None)",
            "own = True",
        ),
        (
            "BatchNorm: momentum 0.9 unless given",
            "momentum: float | None = 0.1,\n        affine: bool = True,\n"
            "        track_running_stats: bool = True,\n        device",
            "momentum: float | None = 0.9,\n        affine: bool = True,\n"
            "        track_running_stats: bool = True,\n        device",
        ),
        (
            "BatchNorm: the running variance begins with 0",
            "init.ones_(self.running_var)",
            "init.zeros_(self.running_var)",
        ),
        (
            "BatchNorm: eps is not passed on",
            "own, momentum, self.eps)\n        if counts",
            "own, momentum)\n        if counts",
        ),
        ("InstanceNorm: has weights unless told", "affine: bool = False", "affine: bool = True"),
        (
            "InstanceNorm: tracks unless told",
            "track_running_stats: bool = False",
            "track_running_stats: bool = True",
        ),
        (
            "InstanceNorm: evaluation uses the sample",
            "self.training or not self.track_running_stats,",
            "True,",
        ),
        (
            "LayerNorm: eps is not passed on",
            "self.normalized_shape, self.weight, self.bias, self.eps)",
            "self.normalized_shape, self.weight, self.bias)",
        ),
        (
            "GroupNorm: eps is not passed on",
            "self.num_groups, self.weight, self.bias, self.eps)",
            "self.num_groups, self.weight, self.bias)",
        ),
        (
            "RMSNorm: eps is not passed on",
            "x, self.normalized_shape, self.weight, self.eps)",
            "x, self.normalized_shape, self.weight)",
        ),
        (
            "LocalResponseNorm: k 2 unless given",
            "beta: float = 0.75, k: float = 1.0",
            "beta: float = 0.75, k: float = 2.0",
        ),
    ],
    ("normalization", "nn/utils/parametrizations.py"): [
        (
            "weight_norm: one length in all",
            "dim: int | None = 0) -> None:",
            "dim: int | None = None) -> None:\n        dim = None",
        ),
        (
            "weight_norm: g is not used",
            "v * (g / norm_except_dim(v, dim))",
            "v * (g / g / norm_except_dim(v, dim))",
        ),
        (
            "weight_norm: along the dimension instead of across",
            "if one != dim % v.ndim)",
            "if one == dim % v.ndim)",
        ),
        ("spectral_norm: always one step", "range(times)", "range(min(times, 1))"),
        (
            "spectral_norm: the singular value is multiplied",
            "return weight / singular_value(matrix, self._u, self._v)",
            "return weight * singular_value(matrix, self._u, self._v)",
        ),
        (
            "spectral_norm: improves in evaluation",
            "        if self.training:\n            power_iteration",
            "        if True:\n            power_iteration",
        ),
        (
            "spectral_norm: dim is ignored",
            "return weight.movedim(dim, 0).flatten(1)",
            "return weight.flatten(1)",
        ),
        (
            "spectral_norm: v before u",
            (
                "u.copy_(unit(at.mv(matrix, v), eps))\n"
                "            v.copy_(unit(at.mv(matrix.mT, u), eps))"
            ),
            (
                "v.copy_(unit(at.mv(matrix.mT, u), eps))\n"
                "            u.copy_(unit(at.mv(matrix, v), eps))"
            ),
        ),
    ],
    ("normalization", "nn/utils/hooked.py"): [
        (
            "older spectral_norm: u first",
            "formulas.power_iteration(matrix.mT, v, u,",
            "formulas.power_iteration(matrix, u, v,",
        ),
        (
            "older weight_norm: g and v exchanged",
            (
                'getattr(module, f"{self.name}_v"), getattr(module, f"{self.name}_g")\n'
                "        return formulas.with_length"
            ),
            (
                'getattr(module, f"{self.name}_g"), getattr(module, f"{self.name}_v")\n'
                "        return formulas.with_length"
            ),
        ),
    ],
    ("activations", f"{NETWORKS}/activation.py"): [
        (
            "leaky_relu: slope 0.1 unless given",
            "input: Any, negative_slope: float = 0.01, inplace",
            "input: Any, negative_slope: float = 0.1, inplace",
        ),
        (
            "leaky_relu: slope 1 at 0",
            "np.maximum(np.greater(x, 0, out=out), slope, out=out)",
            "np.maximum(np.greater_equal(x, 0, out=out), slope, out=out)",
        ),
        ("rrelu in evaluation: the lower slope", "(lower + upper) / 2)", "lower)"),
        (
            "rrelu: slopes up to 1/2 unless given",
            "    lower: float = 1 / 8,\n    upper: float = 1 / 3,",
            "    lower: float = 1 / 8,\n    upper: float = 1 / 2,",
        ),
        (
            "prelu: the slope for positive values",
            "where(input > 0, input, input * weight)",
            "where(input < 0, input, input * weight)",
        ),
        (
            "hardtanh: bounds pass the gradient",
            "where((input > low) & (input < high), g, 0.0)",
            "where((input >= low) & (input <= high), g, 0.0)",
        ),
        (
            "hardtanh: from 0 unless given",
            "def hardtanh(input: Any, min_val: float = -1.0,",
            "def hardtanh(input: Any, min_val: float = 0.0,",
        ),
        ("relu6: up to 1", "hardtanh(input, 0.0, 6.0)", "hardtanh(input, 0.0, 1.0)"),
        ("hardsigmoid: not divided", "relu6(input + 3) / 6.0", "relu6(input + 3)"),
        ("hardsigmoid: moved by 2.5", "relu6(input + 3) / 6.0", "relu6(input + 2.5) / 6.0"),
        ("hardswish: slope at -3", "where(input > -3, g * (input", "where(input >= -3, g * (input"),
        ("hardswish: slope at 3", "where(input >= 3, g, where", "where(input > 3, g, where"),
        (
            "threshold: passes the threshold itself",
            "where(input <= bound, value, input)",
            "where(input < bound, value, input)",
        ),
        (
            "hardshrink: keeps lambd itself",
            "& (input <= lambd), 0.0, input)",
            "& (input < lambd), 0.0, input)",
        ),
        (
            "hardshrink: keeps -lambd itself",
            "(input >= -lambd) & (input <= lambd), 0.0, input)",
            "(input > -lambd) & (input <= lambd), 0.0, input)",
        ),
        (
            "hardshrink: lambd 1 unless given",
            "def hardshrink(input: Any, lambd: float = 0.5)",
            "def hardshrink(input: Any, lambd: float = 1.0)",
        ),
        (
            "softshrink: does not move",
            "input - clamp(input, -float(lambd), float(lambd))",
            "where(absolute(input) <= lambd, 0.0, input)",
        ),
        (
            "softshrink: lambd 1 unless given",
            "def softshrink(input: Any, lambd: float = 0.5)",
            "def softshrink(input: Any, lambd: float = 1.0)",
        ),
        (
            "elu: alpha for positive values too",
            "chosen(input > 0, input * scale, below",
            "chosen(input > 0, input * scale * alpha, below",
        ),
        (
            "elu: slope 1 at 0",
            "return where(input > 0, g * scale, g * slope)",
            "return where(input >= 0, g * scale, g * slope)",
        ),
        (
            "elu: alpha 2 unless given",
            "def elu(input: Any, alpha: float = 1.0",
            "def elu(input: Any, alpha: float = 2.0",
        ),
        ("selu: another alpha", "SELU_ALPHA = 1.67326324", "SELU_ALPHA = 1.67326424"),
        ("selu: another scale", "SELU_SCALE = 1.05070098", "SELU_SCALE = 1.05070198"),
        ("celu: not divided by alpha", "float(alpha), 1 / float(alpha))", "float(alpha), 1.0)"),
        (
            "softplus: not divided by beta",
            "log_one_plus_exp(scaled) / beta",
            "log_one_plus_exp(scaled)",
        ),
        (
            "softplus: the threshold is one of inputs",
            "chosen(scaled > limit, input,",
            "chosen(input > limit, input,",
        ),
        (
            "softplus: threshold 10 unless given",
            "threshold: float = 20.0",
            "threshold: float = 10.0",
        ),
        (
            "softplus: slope at the threshold",
            "where(input * beta > limit, g, g * sigmoid",
            "where(input * beta >= limit, g, g * sigmoid",
        ),
        (
            "logsigmoid: the sign",
            "lambda x: -log_one_plus_exp(-x)",
            "lambda x: -log_one_plus_exp(x)",
        ),
        ("gelu: by tanh unless told", 'approximate: str = "none"', 'approximate: str = "tanh"'),
        (
            "gelu by tanh: another constant",
            "logistic(2 * ROOT_TWO_OVER_PI * (x + 0.044715",
            "logistic(2 * ROOT_TWO_OVER_PI * (x + 0.04472",
        ),
        (
            "gelu: the variance is 1/2",
            "@unary(\n    normal_cdf,",
            "@unary(\n    lambda x: normal_cdf(x * 2**0.5),",
        ),
        (
            "mish: the sigmoid instead of softplus",
            "over = power * (power + 2)\n",
            "over = np.expm1(2 * power / (power + 1))\n",
        ),
        ("softsign: without its 1", "x / (np.abs(x) + 1)", "x / (np.abs(x) + 2)"),
        ("tanhshrink: the sum", "return input - tanh(input)", "return input + tanh(input)"),
        (
            "softmin: is softmax",
            "softmax(-input, dim, dtype=dtype)",
            "softmax(input, dim, dtype=dtype)",
        ),
        ("gumbel_softmax: multiplied by tau", "(logits + noise) / tau", "(logits + noise) * tau"),
        (
            "gumbel_softmax: the noise is not cooled",
            "(logits + noise) / tau",
            "logits / tau + noise",
        ),
        ("glu: the other half is the gate", "first * sigmoid(second)", "second * sigmoid(first)"),
        (
            "glu: along dim 1 unless told",
            "def glu(input: Any, dim: int = -1)",
            "def glu(input: Any, dim: int = 1)",
        ),
    ],
    ("activations", "nn/layers/activation.py"): [
        (
            "LeakyReLU: slope 0.2 unless given",
            "negative_slope: float = 0.01",
            "negative_slope: float = 0.2",
        ),
        ("PReLU: begins with 0.1", "init: float = 0.25", "init: float = 0.1"),
        (
            "Softplus: beta is not passed on",
            "F.softplus(input, self.beta, self.threshold)",
            "F.softplus(input, 1.0, self.threshold)",
        ),
        ("GELU: always exact", "F.gelu(input, approximate=self.approximate)", "F.gelu(input)"),
        (
            "Threshold: threshold and value exchanged",
            "F.threshold(input, self.threshold, self.value,",
            "F.threshold(input, self.value, self.threshold,",
        ),
        ("Softmax2d: over the samples", "F.softmax(input, -3)", "F.softmax(input, 0)"),
        (
            "RReLU: bounds are not passed on",
            "F.rrelu(input, self.lower, self.upper, self.training, self.inplace)",
            "F.rrelu(input, training=self.training)",
        ),
        (
            "ReLU6: up to 5",
            "super().__init__(0.0, 6.0, inplace)",
            "super().__init__(0.0, 5.0, inplace)",
        ),
        (
            "Hardtanh: max_val is not kept",
            "keep(self, min_val=min_val, max_val=max_val)",
            "keep(self, min_val=min_val, max_val=1.0)",
        ),
    ],
    ("activations", f"{NETWORKS}/dropouts.py"): [
        (
            "dropout: what is kept is not scaled",
            "factor = 1 / (1 - p) if p < 1 else 0.0",
            "factor = 1.0",
        ),
        ("dropout: scaled by 1 / p", "factor = 1 / (1 - p) if p < 1 else 0.0", "factor = 1 / p"),
        ("dropout: p is what is kept", "(drawn >= p)", "(drawn < p)"),
        ("dropout: goes on in evaluation", "    if not training:\n        return input\n", ""),
        (
            "dropout: p 0.1 unless given",
            "def dropout(input: Any, p: float = 0.5",
            "def dropout(input: Any, p: float = 0.1",
        ),
        (
            "dropout: rests unless told",
            "def dropout(input: Any, p: float = 0.5, training: bool = True",
            "def dropout(input: Any, p: float = 0.5, training: bool = False",
        ),
        (
            "dropout1d: elements instead of channels",
            '"dropout1d", input.ndim - 1)',
            '"dropout1d", input.ndim)',
        ),
        (
            "dropout2d: whole samples",
            'training, inplace, "dropout2d", 2)',
            'training, inplace, "dropout2d", 1)',
        ),
        ("dropout3d: elements instead of channels", "2 if input.ndim == 5 else 1)", "input.ndim)"),
        (
            "alpha_dropout: dropped values become 0",
            "np.where(kept, shift, factor * SELU_FLOOR + shift)",
            "np.where(kept, shift, shift)",
        ),
        ("alpha_dropout: the mean is not kept", "shift = -factor * p * SELU_FLOOR", "shift = 0.0"),
        (
            "alpha_dropout: the variance is not kept",
            "1 / math.sqrt((1 - p) * (1 + p * SELU_FLOOR**2))",
            "1 / math.sqrt(1 + p * SELU_FLOOR**2)",
        ),
        (
            "alpha_dropout: the limit without scale",
            "SELU_FLOOR = -1.0507009873554804934193349852946 * ",
            "SELU_FLOOR = -1.0 * ",
        ),
        (
            "feature_alpha_dropout: elements instead of channels",
            '"feature_alpha_dropout", 2, alpha',
            '"feature_alpha_dropout", input.ndim, alpha',
        ),
    ],
    ("attention", f"{NETWORKS}/attention.py"): [
        (
            "attention: scaled by the length",
            "1 / math.sqrt(max(query.shape[-1], 1))",
            "1 / math.sqrt(max(query.shape[-2], 1))",
        ),
        (
            "attention: the root is forgotten",
            "scale = 1 / math.sqrt(max(query.shape[-1], 1))",
            "scale = 1 / max(query.shape[-1], 1)",
        ),
        (
            "attention: the given scale is ignored",
            "if scale is None:\n        scale",
            "if True:\n        scale",
        ),
        (
            "attention: causal without the query's own position",
            "-np.inf, kinds[0]), 1)",
            "-np.inf, kinds[0]), 0)",
        ),
        (
            "attention: causal with the next position",
            "-np.inf, kinds[0]), 1)",
            "-np.inf, kinds[0]), 2)",
        ),
        (
            "attention: causal from the end",
            "np.triu(np.full(shape[-2:], -np.inf, kinds[0]), 1)",
            "np.triu(np.full(shape[-2:], -np.inf, kinds[0]), 1 + shape[-1] - shape[-2])",
        ),
        (
            "attention: a bool mask is true where a query must not look",
            "_minus_infinity(~mask, wide)",
            "_minus_infinity(mask, wide)",
        ),
        (
            "attention: grouped heads take turns",
            (
                "expand(unsqueeze(given, -3), (*before, heads // own, size, features))\n"
                "    return reshape(wide, (*before[:-1], heads, size, features))"
            ),
            (
                "expand(unsqueeze(given, -4), (*before[:-1], heads // own, own, size, features))\n"
                "    return reshape(wide, (*before[:-1], heads, size, features))"
            ),
        ),
        (
            "attention: dropout is ignored",
            "matmul(dropout(weights, p), value)",
            "matmul(weights, value)",
        ),
        (
            "multihead attention: scaled by all features",
            "q * math.sqrt(1 / q.shape[-1])",
            "q * math.sqrt(1 / (q.shape[-1] * q.shape[1]))",
        ),
        (
            "multihead attention: weights are the sum over heads",
            "mean(weights, 1) if average",
            "sum(weights, 1) if average",
        ),
        (
            "multihead attention: weights of each head are never shown",
            "mean(weights, 1) if average else weights",
            "mean(weights, 1)",
        ),
        (
            "multihead attention: weights of each head unless told",
            "average_attn_weights: bool = True",
            "average_attn_weights: bool = False",
        ),
        (
            "multihead attention: features are dealt out to heads in turn",
            "permute(reshape(given, (length, batch, heads, features // heads)), 1, 2, 0, 3)",
            "permute(reshape(given, (length, batch, features // heads, heads)), 1, 3, 0, 2)",
        ),
        (
            "multihead attention: the extra key hides behind masks",
            "(1, 1, length, size) if mask.ndim == 2 else shape), (0, added))",
            "(1, 1, length, size) if mask.ndim == 2 else shape), (0, added), value=-1.0)",
        ),
        (
            "multihead attention: the key's bias is the value's too",
            "cat([v, expand(bias_v, wide)])",
            "cat([v, expand(bias_k, wide)])",
        ),
        (
            "multihead attention: the extra key of zeros is of ones",
            "zeros((batch, heads, 1, features), dtype=given.dtype)",
            "zeros((batch, heads, 1, features), dtype=given.dtype) + 1",
        ),
        (
            "multihead attention: keys to ignore are those that count",
            "return _minus_infinity(mask, dtype)",
            "return _minus_infinity(~mask, dtype)",
        ),
        (
            "multihead attention: the padding is forgotten where there is a mask",
            "return padding if mask is None else mask + padding",
            "return padding if mask is None else mask",
        ),
        (
            "multihead attention: the mask of the first head is for all",
            "if mask.ndim == 2 else shape), (0, added))",
            "if mask.ndim == 2 else shape)[:, :1], (0, added))",
        ),
        (
            "multihead attention: heads are joined in the wrong order",
            "permute(out, 2, 0, 1, 3)",
            "permute(out, 2, 0, 3, 1)",
        ),
        (
            "multihead attention: the output's bias is forgotten",
            "_linear(_joined(out, query), out_proj_weight, out_proj_bias)",
            "_linear(_joined(out, query), out_proj_weight, None)",
        ),
        (
            "multihead attention: projections without biases",
            "tuple(map(_linear, given, weights, _thirds(bias)))",
            "tuple(map(_linear, given, weights, _thirds(None)))",
        ),
        (
            "multihead attention: one input's projections without biases",
            "_in_three(_linear(given, weight, bias))",
            "_in_three(_linear(given, weight, None))",
        ),
        (
            "multihead attention: one input's queries and values exchanged",
            "parts = np.split(raw(joined), 3, -1)",
            "parts = np.split(raw(joined), 3, -1)[::-1]",
        ),
        (
            "multihead attention: what lies batch first comes out by heads",
            "reshape(permute(out, 0, 2, 1, 3), (batch, length, features))",
            "reshape(out, (batch, length, features))",
        ),
    ],
    ("attention", "autotensor/kernels/softmax.py"): [
        (
            "attention: a query that may look at nothing gives NaN",
            "        total[total == 0] = 1\n",
            "        total[total == 0] = np.nan\n",
        ),
    ],
    ("attention", "nn/layers/attention.py"): [
        (
            "MultiheadAttention: vdim is kdim",
            'self.vdim = self.embed_dim if vdim is None else whole(self, "vdim", vdim)',
            "self.vdim = self.kdim",
        ),
        (
            "MultiheadAttention: add_zero_attn is not passed on",
            "self.bias_v, self.add_zero_attn, self.dropout",
            "self.bias_v, False, self.dropout",
        ),
        (
            "MultiheadAttention: need_weights off unless told",
            "need_weights: bool = True",
            "need_weights: bool = False",
        ),
        (
            "MultiheadAttention: batch_first is for the input only",
            "return (out.transpose(0, 1) if swap else out), weights",
            "return out, weights",
        ),
    ],
    ("attention", "nn/layers/transformer.py"): [
        (
            "TransformerEncoderLayer: norm_first without the second norm",
            "return x + self._ff_block(self.norm2(x))",
            "return x + self._ff_block(x)",
        ),
        (
            "TransformerEncoderLayer: norm_first norms the sum",
            "x = x + self._sa_block(self.norm1(x), *masks)",
            "x = self.norm1(x) + self._sa_block(self.norm1(x), *masks)",
        ),
        (
            "TransformerEncoderLayer: the input is not added",
            "return self.norm2(x + self._ff_block(x))",
            "return self.norm2(self._ff_block(x))",
        ),
        (
            "transformers: norm_first reversed",
            "self.norm_first = norm_first",
            "self.norm_first = not norm_first",
        ),
        (
            "TransformerEncoderLayer: the padding is forgotten",
            "masks = (src_mask, src_key_padding_mask, is_causal)",
            "masks = (src_mask, None, is_causal)",
        ),
        (
            "TransformerDecoderLayer: norm_first uses norm2 for the Linears",
            "return x + self._ff_block(self.norm3(x))",
            "return x + self._ff_block(self.norm2(x))",
        ),
        (
            "TransformerDecoderLayer: the memory looks at the target",
            "x, mem, mem, key_padding_mask",
            "x, mem, x, key_padding_mask",
        ),
        (
            "TransformerDecoderLayer: self-attention twice",
            "out, _ = self.multihead_attn(",
            "out, _ = self.self_attn(",
        ),
        (
            "TransformerDecoderLayer: the memory's padding is forgotten",
            "other = (memory_mask, memory_key_padding_mask",
            "other = (memory_mask, None",
        ),
        (
            "TransformerDecoderLayer: the target's mask is forgotten",
            "own = (tgt_mask, tgt_key_padding_mask,",
            "own = (None, tgt_key_padding_mask,",
        ),
        (
            "TransformerEncoder: without the last norm",
            "super().__init__(encoder_layer, num_layers, norm)",
            "super().__init__(encoder_layer, num_layers, None)",
        ),
        (
            "TransformerDecoder: without the last norm",
            "super().__init__(decoder_layer, num_layers, norm)",
            "super().__init__(decoder_layer, num_layers, None)",
        ),
        (
            "Transformer: the last norms are there and do nothing",
            "return output if self.norm is None else self.norm(output)",
            "return output",
        ),
        (
            "Transformer: gelu unless told",
            (
                "        dropout: float = 0.1,\n"
                "        activation: Activation = F.relu,\n"
                "        custom"
            ),
            (
                "        dropout: float = 0.1,\n"
                "        activation: Activation = F.gelu,\n"
                "        custom"
            ),
        ),
        (
            "Transformer: the decoder looks at the source",
            "return self.decoder(\n            tgt,\n            memory,",
            "return self.decoder(\n            tgt,\n            src,",
        ),
        (
            "Transformer: as many decoder layers as encoder layers",
            "TransformerDecoder(one, num_decoder_layers, norm)",
            "TransformerDecoder(one, num_encoder_layers, norm)",
        ),
        (
            "Transformer: the causal mask hides the present",
            "dtype=dtype).triu(1)",
            "dtype=dtype).triu(0)",
        ),
        (
            "transformers: 1024 features between",
            "nhead: int,\n        dim_feedforward: int = 2048",
            "nhead: int,\n        dim_feedforward: int = 1024",
        ),
    ],
    ("embedding", f"{NETWORKS}/embeddings.py"): [
        (
            "embedding: padding_idx gets a gradient",
            "share = np.where(numbers == padding, 0,",
            "share = np.where(numbers == padding, 1,",
        ),
        (
            "embedding: a negative padding_idx is none",
            "return padding_idx % rows",
            "return padding_idx",
        ),
        (
            "embedding: rows are divided by the number of all",
            "share = 1 / np.bincount(numbers.reshape(-1), minlength=weight.shape[0])[numbers]",
            "share = np.full(numbers.shape, 1 / numbers.size)",
        ),
        (
            "embedding: by frequency the gradient grows",
            "share = 1 / np.bincount(",
            "share = np.bincount(",
        ),
        (
            "embedding: short rows are made longer",
            "long = lengths > max_norm",
            "long = lengths > 0",
        ),
        (
            "embedding: rows that are not named are shortened",
            "used = np.unique(numbers)",
            "used = np.arange(len(table))",
        ),
        (
            "embedding: norm_type is always 2",
            "np.linalg.norm(table[used], norm_type, axis=1)",
            "np.linalg.norm(table[used], 2, axis=1)",
        ),
        (
            "embedding: max_norm without PyTorch's small constant",
            "(lengths[long] + 1e-7)",
            "lengths[long]",
        ),
        ("embedding_bag: the sum unless told", 'mode: str = "mean"', 'mode: str = "sum"'),
        (
            "embedding_bag: the mean counts the padding",
            "sizes = np.maximum(np.bincount(bag_of, minlength=bags), 1)",
            "sizes = np.maximum(ends - starts, 1)",
        ),
        (
            "embedding_bag: an empty bag gives NaN",
            "np.maximum(np.bincount(bag_of, minlength=bags), 1)",
            "np.maximum(np.bincount(bag_of, minlength=bags), np.nan)",
        ),
        (
            "embedding_bag: the padding counts",
            "chosen = chosen[numbers[: len(bag_of)] != padding]",
            "chosen = chosen[numbers[: len(bag_of)] >= 0]",
        ),
        (
            "embedding_bag: bags end one number early",
            "starts = np.arange(bags) * size\n        return starts, starts + size",
            "starts = np.arange(bags) * size\n        return starts, starts + size - 1",
        ),
        (
            "embedding_bag: the smallest of each bag",
            "np.argmax(values[start:end], axis=0)",
            "np.argmin(values[start:end], axis=0)",
        ),
        (
            "embedding_bag: weights of samples are those of the first ones",
            "item_at(reshape(per_sample_weights, (-1,)), (chosen,))",
            "item_at(reshape(per_sample_weights, (-1,)), (np.arange(len(chosen)),))",
        ),
        (
            "embedding_bag: the last offset begins a bag",
            "    if include_last_offset:\n        starts, ends",
            "    if False:\n        starts, ends",
        ),
    ],
    ("embedding", "nn/layers/embedding.py"): [
        (
            "Embedding: the padding begins at random",
            "init.zeros_(self.weight.detach()[self.padding_idx])",
            "pass",
        ),
        (
            "Embedding: pretrained tables are trained",
            "freeze: bool = True,\n        padding_idx",
            "freeze: bool = False,\n        padding_idx",
        ),
        (
            "EmbeddingBag: pretrained tables are trained",
            "layer.weight.requires_grad = not freeze",
            "layer.weight.requires_grad = freeze",
        ),
        (
            "EmbeddingBag: the sum unless told",
            (
                "        scale_grad_by_freq: bool = False,\n"
                '        mode: str = "mean",\n'
                "        sparse: bool = False,\n"
                "        _weight"
            ),
            (
                "        scale_grad_by_freq: bool = False,\n"
                '        mode: str = "sum",\n'
                "        sparse: bool = False,\n"
                "        _weight"
            ),
        ),
        (
            "Embedding: scale_grad_by_freq is not passed on",
            (
                "self.weight, self.padding_idx, self.max_norm, self.norm_type,\n"
                "            self.scale_grad_by_freq,"
            ),
            "self.weight, self.padding_idx, self.max_norm, self.norm_type,\n            False,",
        ),
    ],
    ("embedding", "autotensor/operators/structure/indexing.py"): [
        (
            "one_hot: one class more than there are",
            "num_classes = int(array.max()) + 1",
            "num_classes = int(array.max()) + 2",
        ),
        (
            "one_hot: floating point",
            "np.zeros((*array.shape, num_classes), np.int64)",
            "np.zeros((*array.shape, num_classes))",
        ),
    ],
    ("embedding", f"{NETWORKS}/similarity.py"): [
        (
            "pairwise_distance: eps is subtracted",
            "p_norm(x1 - x2 + eps, p, -1",
            "p_norm(x1 - x2 - eps, p, -1",
        ),
        (
            "pairwise_distance: eps after the norm",
            "p_norm(x1 - x2 + eps, p, -1, keepdim, None, name)",
            "p_norm(x1 - x2, p, -1, keepdim, None, name) + eps",
        ),
        (
            "pairwise_distance: eps 1e-8 unless given",
            "p: float = 2.0, eps: float = 1e-6",
            "p: float = 2.0, eps: float = 1e-8",
        ),
        (
            "cosine_similarity: eps is added",
            "at_least(p_norm(wide, 2.0, at, True, None, name), float(eps))",
            "(p_norm(wide, 2.0, at, True, None, name) + float(eps))",
        ),
        (
            "cosine_similarity: along the last dimension unless told",
            "x2: Any, dim: int = 1",
            "x2: Any, dim: int = -1",
        ),
        (
            "cosine_similarity: eps 1e-6 unless given",
            "dim: int = 1, eps: float = 1e-8",
            "dim: int = 1, eps: float = 1e-6",
        ),
        (
            "bilinear: the bias is forgotten",
            "return out if bias is None else out + bias",
            "return out",
        ),
    ],
    ("embedding", "autotensor/operators/linalg/norms.py"): [
        (
            "cdist: p 1 unless given",
            "x1: Any, x2: Any, p: float = 2.0, compute_mode",
            "x1: Any, x2: Any, p: float = 1.0, compute_mode",
        ),
        (
            "cdist: the rows of x2 against those of x1",
            "_norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), p",
            "_norm(unsqueeze(x1, -3) - unsqueeze(x2, -2), p",
        ),
        (
            "pdist: each row with itself too",
            "np.triu_indices(input.shape[0], 1)",
            "np.triu_indices(input.shape[0], 0)",
        ),
    ],
    ("recurrent", f"{NETWORKS}/recurrent.py"): [
        (
            "LSTM: input and forget gates exchanged",
            "i, f = both[0], both[1]",
            "f, i = both[0], both[1]",
        ),
        (
            "LSTM: cell and output gates exchanged",
            "g = tanh(gates[2])\n    o = sigmoid(gates[3])",
            "o = sigmoid(gates[2])\n    g = tanh(gates[3])",
        ),
        ("LSTM: the output without tanh", "level = tanh(c)", "level = c"),
        ("LSTM: the cell forgets nothing", "c = f * before + i * g", "c = before + i * g"),
        (
            "GRU: reset and update gates exchanged",
            "r, z = both[0], both[1]",
            "z, r = both[0], both[1]",
        ),
        (
            "GRU: the update gate's meaning reversed",
            "n + z * (before - n)",
            "before + z * (n - before)",
        ),
        (
            "GRU: the reset gate is for the input too",
            "tanh(r * inner + x[2])",
            "tanh(r * (inner + x[2]))",
        ),
        (
            "GRU: the reset gate before the product",
            "tanh(r * inner + x[2])",
            "tanh(inner + x[2])",
        ),
        ("RNN: relu is tanh", "out = relu(hidden[0] + x[0])", "out = tanh(hidden[0] + x[0])"),
        (
            "RNN: the state without its bias",
            "hidden = hidden + bias",
            "pass",
        ),
        (
            "LSTM: the projection is not used",
            "        if w_hr is not None:\n            new",
            "        if False:\n            new",
        ),
        (
            "recurrent: the other direction goes forward",
            "places[::-1] if direction else places",
            "places",
        ),
        (
            "recurrent: directions exchanged",
            "places[::-1] if direction else places",
            "places if direction else places[::-1]",
        ),
        (
            "recurrent: all layers begin with the first state",
            "[part[own] for part in state]",
            "[part[0] for part in state]",
        ),
        (
            "recurrent: both directions have the same weights",
            "params[own * count : (own + 1) * count]",
            "params[layer * directions * count : (layer * directions + 1) * count]",
        ),
        (
            "recurrent: directions are side by side the other way",
            "rows = cat(outputs, 1) if bidirectional",
            "rows = cat(outputs[::-1], 1) if bidirectional",
        ),
        ("recurrent: dropout before the first layer too", "if layer and train:", "if train:"),
        ("recurrent: dropout in evaluation", "if layer and train:", "if layer:"),
        (
            "recurrent: the input's bias is left out",
            "x, first = linear(rows, w_ih, b_ih)",
            "x, first = linear(rows, w_ih, None)",
        ),
        (
            "recurrent: batch_first is for the input only",
            "transpose(rows, 0, 1) if batch_first else rows",
            "rows",
        ),
    ],
    ("recurrent", "autotensor/kernels/recurrent.py"): [
        (
            "recurrent: outputs of the other direction stay reversed",
            "pieces if places[0] <= places[-1] else pieces[::-1]",
            "pieces",
        ),
    ],
    ("recurrent", "nn/layers/recurrent.py"): [
        (
            "recurrent: packed states in the sorted order",
            "ends = [_reordered(part, order_back) for part in ends]",
            "ends = [_reordered(part, None) for part in ends]",
        ),
        (
            "recurrent: packed first states are not sorted",
            "state and [_reordered(part, order) for part in state]",
            "state and [_reordered(part, None) for part in state]",
        ),
        (
            "recurrent: the first state is of ones",
            "[at.zeros(shape, dtype=dtype) for shape in self._state_shapes(batch)]",
            "[at.ones(shape, dtype=dtype) for shape in self._state_shapes(batch)]",
        ),
        (
            "recurrent: weights start within 1/size",
            "bound = 1 / math.sqrt(size) if size else 0.0",
            "bound = 1 / size if size else 0.0",
        ),
        (
            "RNNCell: relu is tanh",
            'at.rnn_tanh_cell if self.nonlinearity == "tanh" else at.rnn_relu_cell',
            "at.rnn_tanh_cell",
        ),
        (
            "cells: the first state is of ones",
            "zeros = at.zeros(input.shape[0]",
            "zeros = at.ones(input.shape[0]",
        ),
        (
            "LSTM: the projection's size is H",
            "rows, out = GATES[self.mode] * self.hidden_size, self.proj_size or self.hidden_size",
            "rows, out = GATES[self.mode] * self.hidden_size, self.hidden_size",
        ),
    ],
    ("recurrent", "nn/utils/rnn.py"): [
        (
            "pack_sequence: the shortest first",
            'np.argsort(-sizes, kind="stable")',
            'np.argsort(sizes, kind="stable")',
        ),
        (
            "pad_packed_sequence: in the sorted order",
            "out = out.index_select(1, sequence.unsorted_indices)",
            "pass",
        ),
        (
            "pad_packed_sequence: lengths in the sorted order",
            "lengths = lengths[sequence.unsorted_indices]",
            "pass",
        ),
        (
            "pad_sequence: padding_value is ignored",
            "for one in given]), there, padding_value)",
            "for one in given]), there, 0.0)",
        ),
        ("pad_sequence: the left is the right", "there = there[:, ::-1].copy()", "pass"),
    ],
    ("recurrent", "nn/packed.py"): [
        (
            "packed sequences: the inverse of an order is itself",
            "at.argsort(permutation)",
            "permutation",
        ),
    ],
}

# (what, file, before, after, the cases that must notice)
GRADIENT_FAULTS = [
    (
        "norms: the input's gradient without the mean",
        "autotensor/kernels/normalization.py",
        "        by_x += total[piece] / -count\n",
        "",
        "batch_norm",
    ),
    (
        "norms: the weight's gradient is not normalized",
        "autotensor/kernels/normalization.py",
        "along[piece] = sum_over(some, dims, x) * inverse_here",
        "along[piece] = sum_over(some, dims, x)",
        "batch_norm",
    ),
    (
        "layer_norm: the input's gradient without the mean",
        "autotensor/kernels/normalization.py",
        "        by_x += middle\n",
        "",
        "layer_norm",
    ),
    (
        "gelu: the gradient's factor",
        f"{NETWORKS}/activation.py",
        "g * exp(input * input * -0.5) * (ROOT_TWO_OVER_PI / 2)",
        "g * exp(input * input * -0.5) * ROOT_TWO_OVER_PI",
        "gelu",
    ),
    (
        "attention: the gradient of weights without their sum",
        "autotensor/kernels/softmax.py",
        "np.subtract(g[piece], sum_over(g[piece], dims, y[piece]), out=out[piece])",
        "np.positive(g[piece], out=out[piece])",
        "scaled_dot_product_attention",
    ),
    (
        "LSTM: the forget gate's gradient",
        "autotensor/kernels/recurrent.py",
        "np.multiply(by_i_and_f, 1 - both, out=by_x[:2])",
        "np.positive(by_i_and_f, out=by_x[:2])",
        "lstm_cell",
    ),
    (
        "GRU: the state's gradient without the reset gate",
        "autotensor/kernels/recurrent.py",
        "np.multiply(by_x[2], r, out=by_hidden[2])",
        "np.positive(by_x[2], out=by_hidden[2])",
        "gru_cell",
    ),
    (
        "RNN: the gradient of tanh",
        "autotensor/kernels/recurrent.py",
        "np.multiply(flow[0], 1 - out * out, out=by_x[0])",
        "np.multiply(flow[0], 1 - out, out=by_x[0])",
        "rnn_tanh_cell",
    ),
]

FAULTS = [
    Fault(what, file, before, after, f"tests/formulas/test_{test}.py")
    for (test, file), rows in VALUE_FAULTS.items()
    for what, before, after in rows
] + [
    Fault(what, file, before, after, f"tests/autotensor/test_gradients.py -k {cases}")
    for what, file, before, after, cases in GRADIENT_FAULTS
]
