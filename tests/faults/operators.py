"""Faults of operators, and of the defaults of all that is public."""

from __future__ import annotations

from tests.faults import Fault

#: By file of the source and test: what is wrong, the text before, the text after.
PLANTED: dict[tuple[str, str], list[tuple[str, str, str]]] = {
    ("operators/reductions/reductions.py", "reductions"): [
        (
            "var, std: biased by default",
            "correction = 1.0 if unbiased is None",
            "correction = 0.0 if unbiased is None",
        ),
        ("var(x, False) is unbiased", "dim, unbiased = None, dim", "dim, unbiased = None, True"),
        ("var: the correction is added", "dims) - correction, 0)", "dims) + correction, 0)"),
        (
            "std is the variance",
            "return _deviation(variance) if root else variance",
            "return variance",
        ),
        (
            "std_mean gives the variance",
            '@face(_moments, name="std_mean", root=True, with_mean=True)',
            '@face(_moments, name="std_mean", with_mean=True)',
        ),
        (
            "mean divides by one fewer",
            "return total / float(count) if count",
            "return total / float(max(count - 1, 1)) if count",
        ),
        (
            "nanmean counts the NaN",
            "counts = _sum(logical_not(isnan(input)), dims",
            "counts = _sum(isnan(input) | True, dims",
        ),
        (
            "nansum is sum",
            "return _sum(_without_nan(input), all_dims",
            "return _sum(input, all_dims",
        ),
        ("any is all", "_truth(np.logical_or,", "_truth(np.logical_and,"),
        ("count_nonzero counts the zeros", "sum(ne(input, 0), dims_of", "sum(input == 0, dims_of"),
        ("argmin is argmax", "return _arg(np.argmin, input", "return _arg(np.argmax, input"),
        (
            "aminmax gives the largest first",
            "return MinAndMax(_amin(input, dims, keepdim), _amax",
            "return MinAndMax(_amax(input, dims, keepdim), _amin",
        ),
        ("the 0-norm counts the zeros", "add_up((input != 0)", "add_up((input == 0)"),
        (
            "the norm of order inf is the smallest",
            "np.maximum if p > 0 else np.minimum",
            "np.minimum if p > 0 else np.maximum",
        ),
        (
            "norms forget their root",
            "add_up(size**p, dims, keepdim) ** (1 / p)",
            "add_up(size**p, dims, keepdim)",
        ),
        (
            "log_softmax forgets the logarithm",
            "out -= np.log(add_up(np.exp(out), dims, True))",
            "out -= add_up(np.exp(out), dims, True)",
        ),
        (
            "logsumexp overflows",
            "np.exp(input - largest), dims, True)) + largest",
            "np.exp(input), dims, True))",
        ),
    ],
    ("operators/reductions/statistics.py", "reductions"): [
        (
            "median of all: the upper of two",
            "return values[(count - 1) // 2]",
            "return values[count // 2]",
        ),
        (
            "median along a dim: the upper of two",
            "none, counts, (counts - 1) // 2)",
            "none, counts, counts // 2)",
        ),
        ("nanmedian sees NaN", "counts == 0 if skip_nan else", "counts == 0 if False else"),
        (
            "mode: the largest of several",
            "last = np.argmax(times, axis=-1, keepdims=True)",
            "last = times.shape[-1] - 1 - np.argmax(times[..., ::-1], axis=-1, keepdims=True)",
        ),
        (
            "quantile 'lower' and 'higher' are exchanged",
            '"lower": np.floor, "higher": np.ceil',
            '"lower": np.ceil, "higher": np.floor',
        ),
        (
            "quantile 'nearest' rounds halves up",
            '"nearest": np.rint',
            '"nearest": lambda r: np.floor(r + 0.5)',
        ),
        (
            "quantile 'midpoint' is linear",
            'weight = ranks - below if interpolation == "linear" else 0.5',
            "weight = ranks - below",
        ),
        (
            "quantile counts its ranks to n",
            "q.reshape(-1) * float(size - 1))",
            "np.minimum(q.reshape(-1) * float(size), float(size - 1)))",
        ),
        (
            "nanquantile counts the NaN",
            "size - 1 - np.sum(isnan, axis=-1, keepdims=True)",
            "size - 1 - 0 * np.sum(isnan, axis=-1, keepdims=True)",
        ),
        (
            "quantile: the weights of both neighbours are exchanged",
            "low + weight * step, high - (1 - weight) * step",
            "high - weight * step, low + (1 - weight) * step",
        ),
    ],
    ("operators/reductions/sorting.py", "reductions"): [
        (
            "sort, descending: equal elements are turned round",
            "return np.flip(input.shape[dim] - 1 - turned, dim).copy()",
            "return np.flip(np.argsort(input, dim, kind='stable'), dim).copy()",
        ),
        (
            "sort: equal elements are turned round",
            'return np.argsort(input, axis=dim, kind="stable")',
            "return input.shape[dim] - 1 - np.argsort(np.flip(input, dim), dim)",
        ),
        (
            "topk is in the wrong order",
            "parted.ndim - 1, largest)",
            "parted.ndim - 1, not largest)",
        ),
        (
            "topk by parts leaves the largest out",
            "parted = parted[..., size - k :] if",
            "parted = parted[..., size - k - 1 : -1] if",
        ),
        (
            "kthvalue is one too small",
            "np.take(parted, [k - 1], at), keepdim)",
            "np.take(parted, [k - 2], at), keepdim)",
        ),
        ("msort sorts the last dim", "sort(input, 0).values", "sort(input, -1).values"),
    ],
    ("operators/reductions/sorting.py", "counting"): [
        (
            "searchsorted: left and right are exchanged",
            '"right" if right or side == "right" else "left"',
            '"left" if right or side == "right" else "right"',
        ),
        (
            "bucketize: left and right are exchanged",
            'boundaries.array, values, "right" if right else "left"',
            'boundaries.array, values, "left" if right else "right"',
        ),
        (
            "searchsorted does not know side='right'",
            'if right or side == "right" else',
            "if right else",
        ),
        (
            "searchsorted forgets the sorter",
            "sequence = np.take_along_axis(sequence, _checked_sorter(sorter, sequence), -1)",
            "_checked_sorter(sorter, sequence)",
        ),
    ],
    ("operators/reductions/scans.py", "reductions"): [
        (
            "cummax never takes a new place",
            "return chosen(input, at, np.maximum.accumulate(places, axis=at), True)",
            "return chosen(input, at, places, True)",
        ),
        (
            "cumsum goes from the end",
            "return _accumulated(np.add, input, dim, dtype)",
            "return np.flip(_accumulated(np.add, np.flip(input, dim), dim, dtype), dim)",
        ),
        ("logcumsumexp is in base 2", "_accumulated(np.logaddexp,", "_accumulated(np.logaddexp2,"),
        ("cummin is cummax", 'np.minimum, "cummin")', 'np.maximum, "cummin")'),
        ("cumprod is cumsum", "_accumulated(np.multiply, input", "_accumulated(np.add, input"),
    ],
    ("operators/reductions/differences.py", "reductions"): [
        ("diff has the wrong sign", "else later - earlier", "else earlier - later"),
        ("diff appends before", "(prepend, input, append)", "(append, input, prepend)"),
        ("trapezoid wraps around", "    y = _wide(y)\n", ""),
        ("trapezoid forgets the half", "* (width * 0.5), at", "* width, at"),
        ("cumulative_trapezoid is trapezoid", "return cumsum(areas, at)", "return sum(areas, at)"),
        ("trapezoid forgets dx", "width: Any = 1.0 if dx is None else dx", "width: Any = 1.0"),
        (
            "gradient weighs uneven steps wrongly",
            "(left * after + right * before)",
            "(left * before + right * after)",
        ),
        (
            "gradient: the end of edge_order 2 has the wrong sign",
            "last = last + slice_along(bend",
            "last = last - slice_along(bend",
        ),
    ],
    ("operators/reductions/histograms.py", "counting"): [
        (
            "histogram: the last interval loses its upper end",
            "(values <= borders[-1])",
            "(values < borders[-1])",
        ),
        (
            "histogram: intervals hold their upper end",
            'np.searchsorted(borders, values, "right") - 1',
            'np.maximum(np.searchsorted(borders, values, "left") - 1, 0)',
        ),
        (
            "histogram: density forgets the widths",
            "counts / counts.sum() / math.prod(widths)",
            "counts / counts.sum()",
        ),
        ("histc loses its upper end", "(values <= high)]", "(values < high)]"),
        (
            "bincount cuts off at minlength",
            "counted = np.bincount(input, weights, minlength)",
            "counted = np.bincount(input, weights, minlength)[: minlength or None]",
        ),
        (
            "unique: rows are compared from their last number on",
            "np.lexsort(rows.T[::-1])",
            "np.lexsort(rows.T)",
        ),
        (
            "unique_consecutive counts from the wrong run",
            "np.cumsum(begins) - 1, np.diff",
            "np.cumsum(begins), np.diff",
        ),
    ],
    ("operators/reductions/accumulating.py", "counting"): [
        (
            "scatter_reduce: include_self is turned round",
            "    if not include_self:\n        neutral",
            "    if include_self:\n        neutral",
        ),
        (
            "scatter_reduce, mean: input counts though it is left out",
            "    if not include_self:\n        counts[index] = 0",
            "    if not include_self:\n        counts[index] = 1",
        ),
        (
            "scatter_reduce, amax is amin",
            'np.maximum if reduce == "amax" else np.minimum)',
            'np.minimum if reduce == "amax" else np.maximum)',
        ),
        ("scatter_reduce, prod starts at 0", 'return 1 if reduce == "prod" else 0', "return 0"),
        (
            "of equal positions the sum takes only the last",
            "join_at(np.add, out, index, source)\n    return out",
            "out[index] += source\n    return out",
        ),
    ],
    ("operators/reductions/scattering.py", "counting"): [
        (
            "put adds without being asked",
            "write = add_at if accumulate else overwrite_at\n    flat",
            "write = add_at\n    flat",
        ),
        (
            "scatter multiplies for 'add'",
            '"add": add_at, "multiply": multiply_at}',
            '"add": multiply_at, "multiply": add_at}',
        ),
        (
            "slice_scatter forgets the step",
            "slice(start, end, step)), src",
            "slice(start, end)), src",
        ),
    ],
    ("operators/structure/shapes.py", "structure"): [
        (
            "rot90 turns the other way",
            "second if turns == 1 else first",
            "first if turns == 1 else second",
        ),
        (
            "rot90: a half turn flips one dim",
            "return flip(input, first, second)",
            "return flip(input, first)",
        ),
        (
            "roll moves back",
            "return np.roll(input, shifts, dims)",
            "return np.roll(input, tuple(-s for s in shifts), dims)",
        ),
        ("fliplr is flipud", "return flip(input, 1)", "return flip(input, 0)"),
        (
            "unsqueeze(-1) comes one too early",
            'at = one_dim(dim, len(shape) + 1, "unsqueeze")',
            'at = one_dim(dim, max(len(shape), 1), "unsqueeze")',
        ),
        (
            "flatten always begins at the first dim",
            'start = one_dim(start_dim, len(shape), "flatten")',
            "start = 0",
        ),
    ],
    ("operators/structure/diagonals.py", "structure"): [
        (
            "tril keeps one diagonal too many",
            "return np.tril(input, diagonal)",
            "return np.tril(input, diagonal + 1)",
        ),
        (
            "triu: the diagonal has the wrong sign",
            "return np.triu(input, diagonal)",
            "return np.triu(input, -diagonal)",
        ),
        (
            "diagonal: offsets go below",
            "out = np.diagonal(input, offset, dim1, dim2)",
            "out = np.diagonal(input, -offset, dim1, dim2)",
        ),
        (
            "diag_embed: no room for a negative offset",
            "size = input.shape[-1] + abs(offset)",
            "size = input.shape[-1] + max(offset, 0)",
        ),
        (
            "fill_diagonal_ always wraps",
            "np.fill_diagonal(mask, True, wrap)",
            "np.fill_diagonal(mask, True, True)",
        ),
    ],
    ("operators/structure/joining.py", "structure"): [
        (
            "chunk rounds the size down",
            "split(input, -(-length // chunks), dim)",
            "split(input, max(length // chunks, 1), dim)",
        ),
        (
            "tensor_split: the larger pieces come last",
            "k * least + min(k, larger)",
            "k * least + max(k - (places - larger), 0)",
        ),
        (
            "meshgrid is 'xy' by default",
            'if indexing == "xy" and count > 1',
            'if indexing != "ij" and count > 1',
        ),
        (
            "meshgrid 'xy' is 'ij'",
            'if indexing == "xy" and count > 1',
            'if indexing == "yx" and count > 1',
        ),
        (
            "cartesian_prod: the first runs fastest",
            "return stack([flatten(one) for one in meshgrid(*vectors)], 1)",
            "return stack([flatten(one) for one in meshgrid(*vectors[::-1])][::-1], 1)",
        ),
        (
            "combinations repeats elements",
            "if with_replacement else itertools.combinations",
            "if not with_replacement else itertools.combinations",
        ),
        (
            "column_stack joins rows",
            "reshape_to(one, (-1, 1)) if one.ndim < 2",
            "reshape_to(one, (1, -1)) if one.ndim < 2",
        ),
        (
            "atleast_3d puts a vector last",
            "(1,) * (2 - len(shape)) + shape + (1,)",
            "(1,) * (3 - len(shape)) + shape",
        ),
    ],
    ("operators/structure/strided.py", "structure"): [
        (
            "unfold loses its last window",
            "count = (input.shape[dim] - size) // step + 1",
            "count = max((input.shape[dim] - size) // step, 1)",
        ),
    ],
    ("operators/structure/padding.py", "structure"): [
        (
            "pad, reflect: the edge is doubled",
            "mirror = 2 * size - 1 if behind else 1",
            "mirror = 2 * size if behind else 0",
        ),
        (
            "pad, circular: the wrong end",
            "shift = -size if behind else size",
            "shift = -size if behind else size - 1",
        ),
        ("pad begins at the first dim", "range(len(pads) - 2, -1, -2)", "range(0, len(pads), 2)"),
        (
            "pad, replicate: the other edge",
            "edge = size - 1 if behind else 0",
            "edge = 0 if behind else size - 1",
        ),
    ],
    ("operators/structure/indexing.py", "structure"): [
        (
            "narrow is one too long",
            "slice(first, first + length)",
            "slice(first, first + length + 1)",
        ),
        (
            "one_hot has a class too many",
            "num_classes = int(array.max()) + 1",
            "num_classes = int(array.max()) + 2",
        ),
        (
            "gather reads along the wrong dim",
            "axes[dim - first] = index",
            "axes[dim - first - 1] = index",
        ),
    ],
    ("operators/pointwise/arithmetic.py", "pointwise"): [
        ("remainder has the sign of the first", "_whole(np.remainder),", "_whole(np.fmod),\n"),
        (
            "fmod has the sign of the second",
            "@binary(\n    _whole(np.fmod),",
            "@binary(\n    _whole(np.remainder),",
        ),
        (
            "floor_divide cuts off",
            "@binary(_whole(np.floor_divide), in_place=True)",
            "@binary(_whole(lambda x, y: _truncating(x, y)), in_place=True)",
        ),
        (
            "div 'trunc' of integers rounds down",
            "return quotient + ((quotient * y != x) & ((x < 0) != (y < 0)))",
            "return quotient",
        ),
        ("addcmul forgets the value", "alpha=int(value) if whole else value)", "alpha=1)"),
        (
            "addcdiv forgets the value",
            "true_divide(tensor1, tensor2), alpha=value)",
            "true_divide(tensor1, tensor2))",
        ),
        (
            "rsub is sub",
            "return sub(other, input, alpha=alpha)",
            "return sub(input, other, alpha=alpha)",
        ),
        (
            "sub adds alpha times",
            "return minus(input, other if alpha == 1",
            "return plus(input, other if alpha == 1",
        ),
        (
            "lerp comes from the other end",
            "return input + way * weight if",
            "return end - way * weight if",
        ),
        (
            "lerp by a Tensor is off above one half",
            "end - way * (1 - weight))",
            "end - way * (weight - 1))",
        ),
        ("rsqrt is sqrt", "lambda x: 1 / np.sqrt(x)", "lambda x: np.sqrt(x)"),
    ],
    ("operators/pointwise/rounding.py", "pointwise"): [
        (
            "round takes halves up",
            "@unary(_keeping_integers(np.rint)",
            "@unary(_keeping_integers(lambda x: np.floor(x + 0.5))",
        ),
        (
            "round: negative decimals are forgotten",
            "return _rint(input / 10.0**-decimals) * 10.0**-decimals",
            "return _rint(input)",
        ),
        (
            "trunc is floor",
            "@unary(_keeping_integers(np.trunc)",
            "@unary(_keeping_integers(np.floor)",
        ),
        ("frac is never negative", "lambda x: x - np.trunc(x)", "lambda x: x - np.floor(x)"),
        (
            "frexp: the mantissa is from 1 to 2",
            "np.asarray(np.frexp(input.array)[1])",
            "np.asarray(np.frexp(input.array)[1] - 1)",
        ),
    ],
    ("operators/pointwise/choice.py", "pointwise"): [
        ("maximum ignores NaN", "@binary(np.maximum, input", "@binary(np.fmax, input"),
        ("fmin is poisoned by NaN", "    np.fmin,\n", "    np.minimum,\n"),
        ("heaviside is 1 at 0", "np.where(x == 0, y,", "np.where(x == 0, 0 * y + 1,"),
        ("nan_to_num gives 1 for NaN", "nan=0.0 if nan is None", "nan=1.0 if nan is None"),
        (
            "nan_to_num exchanges the infinities",
            "posinf=posinf, neginf=neginf)",
            "posinf=neginf, neginf=posinf)",
        ),
        (
            "clamp_min clamps from above",
            "return clamp(input, min=min)",
            "return clamp(input, max=min)",
        ),
        (
            "clamp by Tensors forgets the upper bound",
            "if max is not None:\n            input = where",
            "if False:\n            input = where",
        ),
    ],
    ("operators/pointwise/comparison.py", "pointwise"): [
        (
            "isclose is relative to the first",
            "close, x, y, rtol, atol, equal_nan",
            "close, y, x, rtol, atol, equal_nan",
        ),
        (
            "isclose exchanges its tolerances",
            "close, x, y, rtol, atol, equal_nan",
            "close, x, y, atol, rtol, equal_nan",
        ),
        (
            "signbit does not see -0.0",
            'np.signbit(x) if np.asarray(x).dtype.kind == "f" else np.less(x, 0)',
            "np.less(x, 0)",
        ),
        ("logical_xor is or", "@binary(np.logical_xor", "@binary(np.logical_or"),
    ],
    ("operators/pointwise/exponential.py", "pointwise"): [
        ("expm1 loses its digits near 0", "@unary(np.expm1", "@unary(lambda x: np.exp(x) - 1"),
        ("log1p loses its digits near 0", "@unary(np.log1p", "@unary(lambda x: np.log(1 + x)"),
        ("log2 is the natural logarithm", "@unary(np.log2", "@unary(np.log"),
        ("logaddexp2 is logaddexp", "    np.logaddexp2,", "    np.logaddexp,"),
    ],
    ("operators/pointwise/special.py", "pointwise"): [
        ("logit ignores eps", "    if eps is None:\n", "    if True:\n"),
        (
            "i1e is i0e",
            'return _scaled(floating(input, "i1e"), 1, 0)',
            'return _scaled(floating(input, "i1e"), 0, 0)',
        ),
        ("erfc is erf", "@unary(arrays.erfc,", "@unary(arrays.erf,"),
    ],
    ("operators/pointwise/gamma.py", "pointwise"): [
        (
            "mvlgamma: the constant is halved",
            "p * (p - 1) / 4 * math.log",
            "p * (p - 1) / 8 * math.log",
        ),
        ("mvlgamma takes a step too few", "for j in range(1, p):", "for j in range(1, p - 1):"),
    ],
    ("kernels/special_functions.py", "pointwise"): [
        (
            "polygamma: the sign is turned round",
            "value = (-1) ** (order + 1) *",
            "value = (-1) ** order *",
        ),
        (
            "polygamma: no factorial",
            "* math.factorial(min(order, 170)) *",
            "*",
        ),
        (
            "zeta of a high power below 0: what cancels hides the rest",
            "(k + 1 - near) ** -power",
            "(k + 2 - near) ** -power",
        ),
        ("i1 is even", "return np.copysign(value, x) if order % 2 else value", "return value"),
        (
            "entr is positive below 0",
            "np.zeros_like(x), x - np.inf)",
            "np.zeros_like(x), np.inf - x)",
        ),
        ("0 · ln NaN is 0", "np.where((x == 0) & ~np.isnan(y),", "np.where(x == 0,"),
        (
            "bessel far out: the wrong power of x",
            "/ (np.sqrt(2 * np.pi) * np.sqrt(x))",
            "/ np.sqrt(2 * np.pi)",
        ),
    ],
    ("operators/structure/repeating.py", "structure"): [
        (
            "repeat_interleave takes its counts from the end",
            "np.repeat(np.arange(size), counts)",
            "np.repeat(np.arange(size), counts[::-1])",
        ),
        (
            "tile puts its ones behind",
            "repeat(input, (1,) * (input.ndim - len(times)) + times)",
            "repeat(input, times + (1,) * (input.ndim - len(times)))",
        ),
    ],
    ("operators/structure/selection.py", "structure"): [
        (
            "where exchanges both",
            "return chosen(condition, one, two)",
            "return chosen(condition, two, one)",
        ),
    ],
    ("operators/pointwise/trigonometric.py", "pointwise"): [
        (
            "atan2 exchanges its arguments",
            "@binary(\n    np.arctan2,",
            "@binary(\n    lambda x, y: np.arctan2(y, x),",
        ),
        ("deg2rad divides by 360", "math.pi / 180)", "math.pi / 360)"),
        ("angle is 0 below 0", "np.where(x < 0, np.pi, 0.0)", "np.where(x < 0, 0.0, 0.0)"),
    ],
    ("operators/linalg/covariance.py", "reductions"): [
        ("cov ignores its correction", "freedom = total - correction\n", "freedom = total - 1\n"),
        (
            "cov: aweights leave the divisor as it was",
            "    if aweights is not None and correction:\n",
            "    if False:\n",
        ),
        (
            "cov: fweights forget aweights",
            "weights = aweights if weights is None else weights * aweights",
            "weights = aweights if weights is None else weights",
        ),
        (
            "corrcoef divides by one deviation",
            "together / unsqueeze(spread, 1) / spread, -1.0",
            "together / unsqueeze(spread, 1) / unsqueeze(spread, 1), -1.0",
        ),
    ],
    ("operators/linalg/norms.py", "reductions"): [
        (
            "matrix_norm: rows for columns",
            "    if math.isinf(ord):\n        rows, columns",
            "    if not math.isinf(ord):\n        rows, columns",
        ),
        (
            "the nuclear norm is the largest singular value",
            'sum(values, -1) if ord == "nuc"',
            'amax(values, -1) if ord == "nuc"',
        ),
        (
            "renorm scales up as well",
            "long = size > maxnorm",
            "long = size > 0",
        ),
        ("renorm: another epsilon", "1.0) + 1e-7)", "1.0) + 1e-4)"),
        (
            "pdist takes every pair twice",
            "np.triu_indices(input.shape[0], 1)",
            "np.triu_indices(input.shape[0], 0)",
        ),
        (
            "norm is of order 1 by default",
            "count <= 2)):\n        p = 2",
            "count <= 2)):\n        p = 1",
        ),
    ],
    ("operators/linalg/products.py", "products"): [
        (
            "linear: a bias that broadcasts makes more rows",
            "if math.prod(common_shape(problem, out.shape, bias.shape)) != math.prod(out.shape):",
            "if common_shape(problem, out.shape, bias.shape) is None:",
        ),
        (
            "addmm: alpha and beta are exchanged",
            "    if alpha == 0:\n",
            "    alpha, beta = beta, alpha\n    if alpha == 0:\n",
        ),
        (
            "addmm: beta counts from 0 on only",
            "(stretched if beta == 1 else stretched * beta)",
            "stretched",
        ),
        (
            "addbmm sums over the wrong dims",
            "([0, 2], [0, 1])), beta, alpha)",
            "([0, 2], [0, 1])) / 2, beta, alpha)",
        ),
        (
            "tensordot sums the first dims of a",
            "tuple(range(a.ndim - dims, a.ndim)), tuple(range(dims))",
            "tuple(range(dims)), tuple(range(dims))",
        ),
        (
            "kron: the blocks are exchanged",
            'need_tensors("kron", input=input, other=other)\n',
            "input, other = other, input\n",
        ),
        (
            "kron: missing dimensions come last",
            "left = (1,) * (ndim - input.ndim) + input.shape",
            "left = input.shape + (1,) * (ndim - input.ndim)",
        ),
        (
            "cross has the wrong sign",
            "return np.cross(input, other, axis=dim)",
            "return np.cross(other, input, axis=dim)",
        ),
        ("cross: the last dim of size 3", "dim = input.shape.index(3)", "dim = -1"),
        (
            "outer is transposed",
            "return unsqueeze(input, 1) * vec2",
            "return input * unsqueeze(vec2, 1)",
        ),
    ],
    ("operators/linalg/einstein.py", "products"): [
        (
            "einsum: letters of the result are not in order",
            "sorted(set(every)) if one not in full",
            "dict.fromkeys(every) if one not in full",
        ),
        (
            "einsum sums over what is kept",
            "summed = [one for one in left if one in right and one not in later]",
            "summed = [one for one in left if one in right]",
        ),
        (
            "einsum: operands in the other order by numbers",
            "LETTERS[(one + 26) % 52]",
            "LETTERS[(25 - one) % 52]",
        ),
    ],
    ("operators/linalg/matrix_functions.py", "products"): [
        (
            "matrix_power: negative ones forget the inverse",
            "power = inverse(input) if n < 0 else input",
            "power = input",
        ),
        (
            "matrix_power loses a factor",
            "            result = power if result is None else result @ power",
            "            result = power",
        ),
        (
            "pinv keeps what is too small",
            "counts = sizes > _cutoff(sizes.max(-1)",
            "counts = sizes > 0 * _cutoff(sizes.max(-1)",
        ),
        (
            "pinv: the default limit is ten times eps",
            "rtol = max(shape[-2:]) * np.finfo",
            "rtol = 10 * max(shape[-2:]) * np.finfo",
        ),
        (
            "pinv: the smaller of both limits",
            "limits = np.maximum(atol,",
            "limits = np.minimum(atol,",
        ),
        (
            "pinverse ignores rcond",
            'pseudo_inverted(input, None, rcond, False, "pinverse")',
            'pseudo_inverted(input, None, None, False, "pinverse")',
        ),
        ("matrix_rank: tol is relative", "atol, rtol = tol, 0.0", "atol, rtol = 0.0, tol"),
        (
            "logdet of negative determinants is a number",
            'where(sign < 0, float("nan"), value)',
            "value",
        ),
        (
            "slogdet: no logarithm of the size",
            "_log_of_det(input, value))",
            "_log_of_det(input, np.exp(value)))",
        ),
        (
            "vander begins with the largest power",
            "** wrap(np.arange(count, dtype=x.dtype))",
            "** wrap(np.arange(count, dtype=x.dtype)[::-1].copy())",
        ),
    ],
    ("operators/linalg/systems.py", "products"): [
        (
            "lstsq: residuals are no squares",
            "residuals = sum(rest * rest, -2)",
            "residuals = sum(rest, -2)",
        ),
        (
            "solve_triangular reads the other triangle",
            "(A, B, upper, unitriangular)",
            "(A, B, not upper, unitriangular)",
        ),
        (
            "solve_triangular always reads the diagonal",
            "(A, B, upper, unitriangular)",
            "(A, B, upper, False)",
        ),
        (
            "tensorsolve moves dims to the front",
            "tuple(range(A.ndim - len(dims), A.ndim)))",
            "tuple(range(len(dims))))",
        ),
    ],
    ("operators/linalg/systems.py", "reductions"): [
        (
            "cond is the smallest over the largest",
            "small / large if p == -2 else large / small",
            "large / small if p == -2 else small / large",
        ),
    ],
    ("linalg.py", "products"): [
        (
            "linalg.cross takes the first dim",
            'other: Any, *, dim: int = -1) -> Any:\n    """Cross',
            'other: Any, *, dim: int = 0) -> Any:\n    """Cross',
        ),
        (
            "linalg.eigh always reads the lower triangle",
            'decompositions.eigh_factors(A, UPLO, "linalg.eigh")',
            'decompositions.eigh_factors(A, "L", "linalg.eigh")',
        ),
    ],
    ("creation.py", "creation"): [
        (
            "arange has its end",
            "count = math.ceil((end - start) / step)",
            "count = math.floor((end - start) / step) + 1",
        ),
        (
            "arange cuts its last step off",
            "count = math.ceil((end - start) / step)",
            "count = math.floor((end - start) / step)",
        ),
        (
            "linspace leaves its end out",
            "step = (last - first) / max(count - 1, 1)",
            "step = (last - first) / max(count, 1)",
        ),
        ("logspace is to base e", "base: float = 10.0", "base: float = math.e"),
        (
            "eye: rows and columns are exchanged",
            "np.eye(rows, columns, dtype=kind)",
            "np.eye(columns, rows, dtype=kind)",
        ),
        (
            "tril_indices: the offset has the wrong sign",
            "np.tril_indices(rows, offset, columns)",
            "np.tril_indices(rows, -offset, columns)",
        ),
        (
            "arange(end=5) is refused",
            '_way("arange", 0 if start is None else start,',
            '_way("arange", start,',
        ),
    ],
    ("random.py", "creation"): [
        (
            "randint has its end",
            "integers(low, high - 1, shape, endpoint=True)",
            "integers(low, high, shape, endpoint=True)",
        ),
    ],
}

#: Other defaults: what is wrong, the file, the text before, the text after.
DEFAULTS = [
    (
        "addmm: beta is 0 by default",
        "autotensor/operators/linalg/products.py",
        "def addmm(input: Any, mat1: Any, mat2: Any, *older: Any, beta: float = 1",
        "def addmm(input: Any, mat1: Any, mat2: Any, *older: Any, beta: float = 0",
    ),
    (
        "cov is biased by default",
        "autotensor/operators/linalg/covariance.py",
        "correction: int = 1",
        "correction: int = 0",
    ),
    (
        "triu leaves the diagonal out by default",
        "autotensor/operators/structure/diagonals.py",
        "def triu(input: Any, diagonal: int = 0)",
        "def triu(input: Any, diagonal: int = 1)",
    ),
    (
        "round: one decimal by default",
        "autotensor/operators/pointwise/rounding.py",
        "decimals: int = 0",
        "decimals: int = 1",
    ),
    (
        "allclose: a looser rtol by default",
        "autotensor/operators/pointwise/comparison.py",
        "def allclose(\n    input: Any, other: Any, rtol: float = 1e-5",
        "def allclose(\n    input: Any, other: Any, rtol: float = 1e-4",
    ),
    (
        "isclose: NaN are close by default",
        "autotensor/operators/pointwise/comparison.py",
        "equal_nan: bool = False\n) -> Any",
        "equal_nan: bool = True\n) -> Any",
    ),
    (
        "pinverse: another rcond by default",
        "autotensor/operators/linalg/matrix_functions.py",
        "rcond: Any = 1e-15",
        "rcond: Any = 1e-10",
    ),
    (
        "topk gives the smallest by default",
        "autotensor/operators/reductions/sorting.py",
        "largest: bool = True",
        "largest: bool = False",
    ),
    (
        "sort is descending by default",
        "autotensor/operators/reductions/sorting.py",
        "    input: Any, dim: int = -1, descending: bool = False, stable",
        "    input: Any, dim: int = -1, descending: bool = True, stable",
    ),
    (
        "histc: 10 bins by default",
        "autotensor/operators/reductions/histograms.py",
        "def histc(input: Any, bins: int = 100",
        "def histc(input: Any, bins: int = 10",
    ),
    (
        "index_add halves by default",
        "autotensor/operators/reductions/scattering.py",
        "source: Any, *, alpha: float = 1)",
        "source: Any, *, alpha: float = 0.5)",
    ),
    (
        "scatter_reduce leaves input out by default",
        "autotensor/operators/reductions/scattering.py",
        "src: Any, reduce: str, *, include_self: bool = True",
        "src: Any, reduce: str, *, include_self: bool = False",
    ),
    (
        "max along a dim keeps it by default",
        "autotensor/operators/reductions/reductions.py",
        "def max(input: Any, other: Any = None, keepdim: bool = False",
        "def max(input: Any, other: Any = None, keepdim: bool = True",
    ),
    (
        "linalg.qr is complete by default",
        "autotensor/linalg.py",
        'mode: str = "reduced"',
        'mode: str = "complete"',
    ),
    (
        "linalg.svd is thin by default",
        "autotensor/linalg.py",
        "full_matrices: bool = True",
        "full_matrices: bool = False",
    ),
    (
        "normal: a larger deviation by default",
        "autotensor/random.py",
        "std: Any = 1.0",
        "std: Any = 2.0",
    ),
    (
        "NAdam: another momentum_decay by default",
        "nn/optim/adam.py",
        "momentum_decay: float = 4e-3",
        "momentum_decay: float = 4e-2",
    ),
    (
        "DataLoader: drop_last by default",
        "nn/data/dataloader.py",
        "drop_last: bool = False",
        "drop_last: bool = True",
    ),
    (
        "ReduceLROnPlateau: another patience",
        "nn/optim/lr_scheduler/plateau.py",
        "patience: int = 10",
        "patience: int = 5",
    ),
    (
        "StepLR: another gamma",
        "nn/optim/lr_scheduler/factors.py",
        "step_size: int, gamma: float = 0.1",
        "step_size: int, gamma: float = 0.5",
    ),
    (
        "BatchNorm: another momentum",
        "nn/layers/normalization.py",
        "momentum: float | None = 0.1,\n        affine: bool = True,\n"
        "        track_running_stats: bool = True,\n        device",
        "momentum: float | None = 0.9,\n        affine: bool = True,\n"
        "        track_running_stats: bool = True,\n        device",
    ),
    ("SmoothL1Loss: another beta", "nn/losses.py", "beta: float = 1.0", "beta: float = 0.5"),
    (
        "HuberLoss: the sum by default",
        "nn/losses.py",
        'reduction: str = "mean", delta',
        'reduction: str = "sum", delta',
    ),
    ("trunc_normal_: other bounds", "nn/init.py", "a: float = -2.0", "a: float = -3.0"),
    ("Doctor calls fewer units dead", "nn/insight/chart.py", "dead = 0.2", "dead = 0.5"),
    (
        "EarlyStopping: another patience",
        "nn/training/stopping.py",
        "patience: int = 5",
        "patience: int = 3",
    ),
]

FAULTS = [
    Fault(what, f"autotensor/{file}", before, after, f"tests/formulas/test_{test}.py")
    for (file, test), rows in PLANTED.items()
    for what, before, after in rows
] + [Fault(*row, "tests/formulas/test_defaults.py") for row in DEFAULTS]
