"""Faults that cost digits, or the whole value, in some part of the range only."""

from __future__ import annotations

from tests.faults import Fault

TESTS = "tests/autotensor/test_ranges.py"
POINTWISE = "autotensor/operators/pointwise"
KERNELS = "autotensor/kernels"

FAULTS = [
    Fault(
        "sigmoid: 1 / (1 + exp(-x)) for both signs",
        f"{KERNELS}/elementwise.py",
        "np.exp(power, out=power)\n    return np.divide(power, power + 1, out=power)",
        "return np.asarray(1 / (1 + np.exp(-x)))",
        TESTS,
    ),
    Fault(
        "sums along a strided dimension are added one by one",
        f"{KERNELS}/sums.py",
        "return abs(array.strides[dim]) != array.itemsize",
        "return False",
        TESTS,
    ),
    Fault(
        "sums along a strided dimension: blocks of 1,024",
        f"{KERNELS}/sums.py",
        "BLOCK = 64\n",
        "BLOCK = 1024\n",
        TESTS,
    ),
    Fault(
        "var: E[x²] - E[x]²",
        "autotensor/operators/reductions/reductions.py",
        "variance = _sum(deviation * deviation, dims, keepdim, array.dtype) / float(freedom)",
        "square = input * input\n    variance = _sum(square - _mean_over(input, dims, True) ** 2, "
        "dims, keepdim, array.dtype) / float(freedom)",
        TESTS,
    ),
    Fault(
        "std: computed in float32",
        "autotensor/operators/reductions/reductions.py",
        "@computed_in_float64\ndef _spread",
        "def _spread",
        TESTS,
    ),
    Fault(
        "expm1: exp(x) - 1",
        f"{POINTWISE}/exponential.py",
        "@unary(np.expm1, ",
        "@unary(lambda x: np.exp(x) - 1, ",
        TESTS,
    ),
    Fault(
        "log1p: log(1 + x)",
        f"{POINTWISE}/exponential.py",
        "@unary(np.log1p, ",
        "@unary(lambda x: np.log(1 + x), ",
        TESTS,
    ),
    Fault(
        "erfc: 1 - erf(x)",
        f"{KERNELS}/special_functions.py",
        "(x >= 0.5, lambda x: _bell(x) * _scaled_far(x)),\n        (x < -0.5, lambda x: 2 - ",
        "(x >= 0.5, lambda x: 1 - erf(x)),\n        (x < -0.5, lambda x: 2 - ",
        TESTS,
    ),
    Fault(
        "softplus: ln(1 + e^x) as it is written",
        "autotensor/operators/networks/activation.py",
        "log_one_plus_exp(scaled) / beta",
        "np.log(1 + np.exp(scaled)) / beta",
        TESTS,
    ),
    Fault(
        "logsigmoid: the logarithm of the sigmoid",
        "autotensor/operators/networks/activation.py",
        "lambda x: -log_one_plus_exp(-x)",
        "lambda x: np.log(logistic(x))",
        TESTS,
    ),
    Fault(
        "elu: the slope is taken from the output",
        "autotensor/operators/networks/activation.py",
        "slope = exp(where(input > 0, 0.0, input) * rate) * (scale * alpha * rate)",
        "slope = (_elu(input, 1.0, 1.0, rate) + 1) * (scale * alpha * rate)",
        TESTS,
    ),
    Fault(
        "division: the divisor is squared in the derivative",
        f"{POINTWISE}/arithmetic.py",
        "-g * (input / other / other)",
        "-g * input / (other * other)",
        TESTS,
    ),
    Fault(
        "hardswish: the product comes before the division",
        "autotensor/operators/networks/activation.py",
        "return input * (np.clip(input + 3, 0, 6) / 6)",
        "return input * np.clip(input + 3, 0, 6) / 6",
        TESTS,
    ),
    Fault(
        "silu of float16: computed in float16",
        "autotensor/operators/networks/activation.py",
        "@computed_in_float32\ndef _gated",
        "def _gated",
        TESTS,
    ),
    Fault(
        "mish: no derivative of its tanh above 1",
        "autotensor/operators/networks/activation.py",
        "return g * where(input > 20, 0.0, 4 *",
        "return g * where(input > 1, 0.0, 4 *",
        TESTS,
    ),
    Fault(
        "logsumexp: nothing is taken off before exp",
        "autotensor/operators/reductions/reductions.py",
        "    largest = _finite_max(input, dims)\n    with np.errstate",
        "    largest = 0 * _finite_max(input, dims)\n    with np.errstate",
        TESTS,
    ),
    Fault(
        "softmax: nothing is taken off before exp",
        f"{KERNELS}/softmax.py",
        "np.subtract(scores, largest, out=out)",
        "np.positive(scores, out=out)",
        TESTS,
    ),
    Fault(
        "erfcx: the slope far out is a difference that cancels",
        f"{KERNELS}/special_functions.py",
        "(x >= 30, lambda x: _scaled_very_far(x, 1)),",
        "(x >= 1e300, lambda x: _scaled_very_far(x, 1)),",
        TESTS,
    ),
    Fault(
        "log_ndtr: its slope's derivative cancels far out",
        f"{KERNELS}/special_functions.py",
        "(x < -3, far)",
        "(x < -1e300, far)",
        "tests/autotensor/test_special.py",
    ),
    Fault(
        "gammainc: the quadrature for large shapes, too",
        f"{KERNELS}/tails.py",
        "_split(one >= 1e6, of_many",
        "_split(one >= 1e300, of_many",
        "tests/autotensor/test_special.py",
    ),
    Fault(
        "gammainc: the slope is the exponential of what nearly cancels",
        f"{KERNELS}/tails.py",
        "high = (a >= 8) &",
        "high = (a >= 1e300) &",
        "tests/autotensor/test_special.py",
    ),
    Fault(
        "i0: 2πx overflows",
        f"{KERNELS}/special_functions.py",
        "np.sqrt(2 * np.pi) * np.sqrt(x)",
        "np.sqrt(2 * np.pi * x)",
        "tests/autotensor/test_special.py",
    ),
    Fault(
        "log_ndtr: one formula for the slope on both sides",
        f"{KERNELS}/special_functions.py",
        "(x < -1, lambda x: 2 * scale / erfcx(-ROOT_HALF * x)),",
        "(x < -99, lambda x: 2 * scale / erfcx(-ROOT_HALF * x)),",
        TESTS,
    ),
    Fault(
        "polygamma: the cotangent between the poles is a rounding error",
        f"{KERNELS}/special_functions.py",
        "np.abs(rest) < 0.25,",
        "np.abs(rest) < 1,",
        TESTS,
    ),
    Fault(
        "layer_norm: what rounding takes from a large mean is lost",
        f"{KERNELS}/normalization.py",
        "        out -= rest\n",
        "",
        TESTS,
    ),
    Fault(
        "erfc: x² is rounded before exp",
        f"{KERNELS}/special_functions.py",
        "coarse = np.trunc(x * 16) / 16",
        "coarse = 0 * x",
        TESTS,
    ),
    Fault(
        "logcumsumexp: differentiated in float32",
        "autotensor/operators/reductions/scans.py",
        "@computed_in_float64\n@operator(input=_logcumsumexp_by_input)",
        "@operator(input=_logcumsumexp_by_input)",
        TESTS,
    ),
    Fault(
        "i0: the slope is half a sum that overflows in float16",
        f"{POINTWISE}/special.py",
        "g * (0.5 * _bessel(input, abs(n - 1)) + 0.5 * _bessel(input, n + 1))",
        "g * (0.5 * (_bessel(input, abs(n - 1)) + _bessel(input, n + 1)))",
        TESTS,
    ),
]
