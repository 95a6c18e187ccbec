"""Faults of what goes a quick way on large arrays."""

from __future__ import annotations

from tests.faults import faults_in

KERNELS = "autotensor/kernels"
TESTS = "tests/autotensor/test_kernels.py"
THREADS = "tests/autotensor/test_threads.py"

FAULTS = [
    *faults_in(
        f"{KERNELS}/elementwise.py",
        "tests/autotensor/test_testing.py",
        (
            "assert_close, isclose: the difference of integers wraps around",
            "return np.where(x > y, x - y, y - x).view(np.uint64)",
            "return np.abs(x - y)",
        ),
        (
            "assert_close, isclose: integers are compared as float64",
            "x, y = x.astype(np.int64), y.astype(np.int64)",
            "x, y = (one.astype(np.float64).astype(np.int64) for one in (x, y))",
        ),
        (
            "assert_close, isclose: with atol=inf infinity is close to all",
            "same | (np.isfinite(apart) & (apart",
            "same | ((apart == apart) & (apart",
        ),
    ),
    *faults_in(
        "autotensor/testing.py",
        "tests/autotensor/test_testing.py",
        (
            "assert_close: 1 is 1.0",
            "check_type and one != other",
            "False and one != other",
        ),
        (
            "make_tensor: zeros stay",
            "if exclude_zero:",
            "if exclude_zero and apart:",
        ),
    ),
    *faults_in(
        f"{KERNELS}/elementwise.py",
        TESTS,
        (
            "chosen: what is 0 elsewhere is kept where it should not be",
            "condition, one, two = ~condition, two, one",
            "one, two = two, one",
        ),
        (
            "chosen: the bits of the other are those of both",
            "np.bitwise_xor(out, two, out=out)",
            "np.bitwise_or(out, two, out=out)",
        ),
        (
            "chosen: the result lies in C order",
            "out = np.empty_like(like, one.dtype)",
            "out = np.empty(shape, one.dtype)",
        ),
        ("ln(1 + e^x): wrong below 0", "np.exp(-np.abs(x))", "np.exp(-x)"),
        (
            "infinite gradients are finite",
            "return bool(np.isfinite(inner(flat, flat)))",
            "return True",
        ),
    ),
    *faults_in(
        "autotensor/operators/pointwise/arithmetic.py",
        TESTS,
        (
            "pow: odd powers of negative numbers are positive",
            "return np.copysign(power, x) if y % 2 else power",
            "return power",
        ),
    ),
    *faults_in(
        f"{KERNELS}/positions.py",
        TESTS,
        (
            "joining rows: what was there is written over",
            "    so_far = out[rows]\n",
            "    so_far = np.zeros_like(out[rows])\n",
        ),
        (
            "joining rows: of many for one row only the first counts",
            "joined = source[order[start : start + count]]",
            "joined = source[order[start : start + 1]]",
        ),
        (
            "joining rows: the last of equally many are left out",
            "named = np.searchsorted(-counts, -turn)",
            "named = np.searchsorted(-counts, -turn - 1)",
        ),
        (
            "joining rows: numbers beyond 16 bits are mixed up",
            "range(DIGIT, (size - 1).bit_length(), DIGIT)",
            "range(0)",
        ),
        (
            "joining: negative numbers count from the front",
            "flat = flat * size + numbers % size",
            "flat = flat * size + np.abs(numbers)",
        ),
        (
            "joining: what is outside comes in at the other side",
            "if numbers.size and not (-size <= numbers.min() and numbers.max() < size):",
            "if False:",
        ),
    ),
    *faults_in(
        f"{KERNELS}/distances.py",
        TESTS,
        ("distances: close rows lose their digits", "CLOSE = 1e-4\n", "CLOSE = 0\n"),
        (
            "distances: only some of the close rows are corrected",
            "for start in range(0, len(rows), step):",
            "for start in range(0, min(len(rows), step), step):",
        ),
        (
            "distances: the gradient without its own row",
            "gradient -= product(shares, b)",
            "gradient -= product(shares, b) * 0.999",
        ),
    ),
    *faults_in(
        f"{KERNELS}/normalization.py",
        TESTS,
        (
            "normalization: every piece has the weights of the first channels",
            "scale = scale * np.broadcast_to(weight, kept)[piece]",
            "scale = scale * np.broadcast_to(weight, kept)[..., : scale.shape[1], :, :]",
        ),
        (
            "normalization of rows: the weight's gradient is that of one piece",
            "[by_weight[start] for start in sorted(by_weight)]",
            "[by_weight[0]]",
        ),
    ),
    *faults_in(
        f"{KERNELS}/special_functions.py",
        TESTS,
        (
            "gelu: -0.0 counts as negative",
            "np.copysign(tail, x + 0, out=tail)",
            "np.copysign(tail, x, out=tail)",
        ),
        ("gelu: far out it is NaN", "size = np.minimum(np.abs(x), 1e4)", "size = np.abs(x)"),
        (
            "gelu: a polynomial of too low a degree",
            "10 if single else 24",
            "8 if single else 24",
        ),
    ),
    *faults_in(
        f"{KERNELS}/softmax.py",
        TESTS,
        ("softmax: large scores are not looked for", "abs(np.max(scores)) < HIGHEST", "True"),
        (
            "softmax: rows of small scores are not looked for",
            "if np.min(total) > math.exp(-HIGHEST):",
            "if True:",
        ),
    ),
    *faults_in(
        f"{KERNELS}/pieces.py",
        TESTS,
        (
            "pieces leave a gap",
            "for at in range(start * step, min(stop * step, length), step):",
            "for at in range(start * step, min(stop * step, length - 1), step):",
        ),
        (
            "divided is a dimension gone over",
            "if axis not in dims and n > 1]",
            "if n > 1]",
        ),
    ),
    *faults_in(
        "autotensor/machine/threads.py",
        THREADS,
        (
            "a product in slices: what fills no slice is left out",
            "    np.matmul(a, b[:, whole:], out=out[:, whole:])\n",
            "    out[:, whole:] = 0\n",
        ),
    ),
]
