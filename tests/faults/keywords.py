"""Faults in how keywords are read: other names, settings, the order of old scripts."""

from __future__ import annotations

from tests.faults import Fault

TESTS = "tests/autotensor/test_keywords.py tests/autotensor/test_call_forms.py"
KEYWORDS = "autotensor/keywords.py"
SETTINGS = "autotensor/operators/settings.py"

FAULTS = [
    Fault(
        "a keyword given twice goes unnoticed",
        KEYWORDS, "        if main in given:", "        if False:", TESTS,
    ),
    Fault(
        "axis means nothing",
        KEYWORDS, '"dim": ("axis",),', '"dim": (),', TESTS,
    ),
    Fault(
        "old scripts: the factor is taken for the other argument",
        KEYWORDS, "(names.positional[0], *given, *names.positional[1:])",
        "(*names.positional, *given)", TESTS,
    ),
    Fault(
        "old scripts: a Tensor is taken for a factor",
        KEYWORDS, " or not all(map(_is_factor, args[1 : 1 + len(given)]))", "", TESTS,
    ),
    Fault(
        "out: the gradient of an argument is dropped in silence",
        SETTINGS, "        if value.requires_grad:", "        if False:", TESTS,
    ),
    Fault(
        "out: a Tensor that requires grad is written",
        SETTINGS, "if modes().grad_enabled and one.requires_grad:", "if False:", TESTS,
    ),
    Fault(
        "out: the dtype asked for is not looked at",
        SETTINGS, "dtypes.canonical(wanted, name) != outs[0].array.dtype:", "False:", TESTS,
    ),
    Fault(
        "out: sums are computed in the dtype of the input",
        SETTINGS, 'if "dtype" in names_of(function).all():', "if False:", TESTS,
    ),
    Fault(
        "out: half of several results is written",
        SETTINGS, "    _need_fit(name, outs, results)\n", "", TESTS,
    ),
    Fault(
        "out: resized in silence",
        SETTINGS, "        if one.numel():\n            warnings.warn(",
        "        if False:\n            warnings.warn(", TESTS,
    ),
    Fault(
        "memory_format: the elements come out in another order",
        SETTINGS, "tuple(sorted(range(len(order)), key=order.__getitem__))", "order", TESTS,
    ),
    Fault(
        "keepdim may be a number: sum(0, 1)",
        "autotensor/operators/arguments.py", "    if not isinstance(keepdim, bool):",
        "    if False:", TESTS,
    ),
    Fault(
        "a range is no index",
        "autotensor/operators/structure/indexing.py",
        "isinstance(part, Sequence) and not isinstance(part, (str, bytes))", "False", TESTS,
    ),
]  # fmt: skip
