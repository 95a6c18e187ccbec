"""Faults of formulas in docstrings, and of how they are read and typeset."""

from __future__ import annotations

from tests.faults import Fault

READ = "tests/seeing/test_formulas.py"
OPERATORS = "tests/seeing/test_formulas_are_true.py"
PUBLIC = "tests/seeing/test_public_formulas.py"

FAULTS = [
    Fault(
        "formulas: the docstring of tanh has the derivative of tan",
        "autotensor/operators/pointwise/trigonometric.py",
        "Hyperbolic tangent.  d input = g · (1 - y²).",
        "Hyperbolic tangent.  d input = g · (1 + y²).",
        OPERATORS,
    ),
    Fault(
        "formulas: the docstring of log1p forgets the 1",
        "autotensor/operators/pointwise/exponential.py",
        "``ln(1 + input)``, exact near 0.",
        "``ln(input)``, exact near 0.",
        OPERATORS,
    ),
    Fault(
        "formulas: the docstring of addmm has mat2 on the wrong side",
        "autotensor/operators/linalg/products.py",
        "d mat1 = alpha · g @ mat2ᵀ",
        "d mat1 = alpha · mat2ᵀ @ g",
        PUBLIC,
    ),
    Fault(
        "formulas: the docstring of add says nothing of other",
        "autotensor/operators/pointwise/arithmetic.py",
        "``input + other``.  d input = g, d other = g.",
        "``input + other``.  d input = g.",
        READ,
    ),
    Fault(
        "formulas: a difference is read from the right",
        "autotensor/seeing/notation.py",
        "left = Part(kind, sign, (left, of()))",
        "left = Part(kind, sign, (left, self.chain(kind, of, *signs)))",
        PUBLIC,
    ),
    Fault(
        "formulas: the logarithm of a sum loses its parentheses",
        "autotensor/seeing/notation.py",
        "and arguments[0].kind in _TIGHT:",
        "and arguments[0].kind:",
        READ,
    ),
]
