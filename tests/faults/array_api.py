"""Faults in the namespace of the array API standard."""

from __future__ import annotations

from tests.faults import faults_in

HERE = "autotensor/array_api"
TESTS = "tests/autotensor/test_array_api.py"

FAULTS = [
    *faults_in(
        f"{HERE}/arguments.py",
        TESTS,
        (
            "a Tensor without dimensions gives way to others of its kind",
            "np.empty(0, reduce(wider, kinds))",
            "np.empty(0, kinds[0])",
        ),
        (
            "axis=() means all axes",
            "    if isinstance(axis, (tuple, list)) and not axis:",
            "    if False:",
        ),
        (
            "alike: arrays of NumPy's pass for numbers",
            "        if not isinstance(one, (Tensor, bool, int, float, np.number, np.bool_)):",
            "        if False:",
        ),
    ),
    *faults_in(
        f"{HERE}/creation.py",
        TESTS,
        (
            "asarray: Tensors in lists lose their graph",
            "if isinstance(obj, (list, tuple)) and _holds_tensors(obj):",
            "if False:",
        ),
        (
            "asarray: copy=False copies",
            "if copy is False and out is not obj:",
            "if False:",
        ),
    ),
    *faults_in(
        f"{HERE}/searching.py",
        TESTS,
        (
            "unique: the first element opens no run of its own",
            "ones(min(len(flat), 1), dtype=bool)",
            "ones(min(len(flat), 1), dtype=bool) & False",
        ),
        (
            "take: -1 is not the last one",
            "structure.where((places < 0) & (places >= -size), places + size, places)",
            "places",
        ),
    ),
    *faults_in(
        f"{HERE}/linalg.py",
        TESTS,
        (
            "solve: a matrix is taken for a stack of vectors",
            "while columns.ndim < A.ndim:",
            "while False:",
        ),
    ),
    *faults_in(
        f"{HERE}/elementwise.py",
        TESTS,
        (
            "clip: a limit widens the dtype",
            "return structure.to(pointwise.clamp(input, low, high), x.dtype)",
            "return pointwise.clamp(input, low, high)",
        ),
    ),
    *faults_in(
        "autotensor/protocols/array_object.py",
        TESTS,
        (
            "any version of the standard is promised",
            "if api_version not in (None, *_VERSIONS):",
            "if False:",
        ),
    ),
]
