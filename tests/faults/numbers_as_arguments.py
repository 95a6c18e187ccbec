"""Faults of numbers in the place of Tensors, and of the dtypes they give."""

from __future__ import annotations

from tests.faults import faults_in

EDGES = "tests/autotensor/test_edges.py"

FAULTS = [
    *faults_in(
        "autotensor/engine/operator.py", EDGES,
        (
            "two numbers give a scalar of NumPy",
            " and (isinstance(x, ARRAYS) or isinstance(y, ARRAYS)):", ":",
        ),
    ),
    *faults_in(
        "autotensor/array_likes.py", EDGES,
        ("pow takes two numbers", "if name not in _OF_NUMBERS and not", "if False and not"),
    ),
    *faults_in(
        "autotensor/operators/pointwise/choice.py", EDGES,
        (
            "clamp: the dtype of a bound of NumPy spreads",
            "_clamp(input, number_if_scalar(min), number_if_scalar(max))",
            "_clamp(input, min, max)",
        ),
    ),
    *faults_in(
        "autotensor/operators/arguments.py", EDGES,
        (
            "full: the dtype of a number of NumPy spreads",
            "return number_if_scalar(value)", "return value",
        ),
    ),
    *faults_in(
        "autotensor/engine/in_place.py", "tests/autotensor/test_in_place.py",
        (
            "normal_ takes a Tensor out of the graph",
            "is None and value._requires_grad:\n        target.move_to(value.node)\n"
            "        target._requires_grad = True",
            "is None:\n        target.move_to(value.node)\n"
            "        target._requires_grad = value._requires_grad",
        ),
    ),
    *faults_in(
        "autotensor/operators/reductions/differences.py", EDGES,
        (
            "gradient: half of a slope inside",
            "(ahead - behind) / (2 * spacing)", "(ahead - behind) / (4 * spacing)",
        ),
    ),
    *faults_in(
        "autotensor/operators/linalg/products.py", EDGES,
        (
            "addmm: NaN passes alpha=0",
            "product = where(np.False_, product, 0)", "product = product * 0",
        ),
    ),
    *faults_in(
        "autotensor/operators/reductions/histograms.py", "tests/autotensor/test_counting.py",
        (
            "histc: equal values in the first interval",
            "np.full(values.shape, bins // 2)", "np.full(values.shape, 0)",
        ),
    ),
]  # fmt: skip
