"""Faults in how Tensors are seen by NumPy's functions."""

from __future__ import annotations

from tests.faults import faults_in

HERE = "autotensor/protocols"
TABLE = f"{HERE}/numpy_functions"
TESTS = "tests/autotensor/protocols"

FAULTS = [
    *faults_in(
        f"{HERE}/elementwise.py", f"{TESTS}/test_numpy_functions.py {TESTS}/test_ufuncs.py",
        ("NumPy computes, and no gradient passes", "if not wanted or (name in STEPS",
         "if True or (name in STEPS"),
        ("a ufunc does not look at dtype=", "if signature is None and dtype is not None:",
         "if False:"),
        ("np.add.outer is np.add", "a.reshape(*a.shape, *(1,) * b.ndim), b", "a, b"),
        ("where=: what is left out gets a derivative", "if where is True:", "if True:"),
        ("np.logaddexp.reduce begins with the first twice", "total = parts.pop(0)",
         "total = parts[0]"),
        ("np.modf gives the whole part of infinity as a fraction", "where(comparison.isinf(input)",
         "where(comparison.isnan(input)"),
    ),
    *faults_in(
        f"{TABLE}/__init__.py", f"{TESTS}/test_numpy_protocol.py",
        ("views of a Tensor know nothing of it", "not (wanted or known.kind == VIEW)",
         "not wanted"),
        ("out= loses the gradient", "        if wanted:\n            raise refuse",
         "        if False:\n            raise refuse"),
        ("what has no gradient here is detached", "raise refuse(known.name, known.why)",
         "return _by_numpy(function, known, tensors, args, kwargs)"),
        ("a write into a Tensor is not seen by the graph", "        write(into, copy)",
         "        into.array[...] = copy"),
        ("other libraries are not asked", "        return NotImplemented", "        pass"),
    ),
    *faults_in(
        f"{TABLE}/declaring.py", f"{TESTS}/test_numpy_functions.py",
        ("Python's numbers never widen", "if weak and type(one)", "if type(one)"),
        ("zeros that NumPy puts in are other elements", "numbers, start = [], 1",
         "numbers, start = [], 0"),
    ),
    *faults_in(
        f"{TABLE}/reductions.py", f"{TESTS}/test_numpy_functions.py",
        ("np.std is the variance", "correction), mask, middle, root=True)",
         "correction), mask, middle, root=False)"),
        ("np.mean with where= counts what is left out", "return np.sum(mask, axis=dims",
         "return np.sum(mask | True, axis=dims"),
        ("np.nanmax sees the NaN", "numbers | ~numbers.any(", "numbers | numbers.any("),
    ),
    *faults_in(
        f"{TABLE}/order.py", f"{TESTS}/test_numpy_functions.py",
        ("np.quantile is the lower neighbour", "first + (second - first) * share_", "first"),
        ("np.nanmedian counts the NaN", "ordered.shape[-1] - missing if nan",
         "ordered.shape[-1] - 0 * missing if nan"),
    ),
    *faults_in(
        f"{TABLE}/calculus.py", f"{TESTS}/test_numpy_functions.py",
        ("np.correlate turns nothing around", "_convolved(a, v.flip(0))", "_convolved(a, v)"),
        ("np.interp goes on beyond the ends", "if outside.any():", "if False:"),
    ),
]  # fmt: skip
