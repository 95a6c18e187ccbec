"""Every operator with inputs to try it on: the table behind the gradient and PyTorch tests.

A case is a function of a library (this one or PyTorch) and Tensors, with the arrays to give it.
Each module here is one family and has ``CASES``; it may name in ``NOT_DIFFERENTIABLE`` operators
that have no derivative or nothing to compute, in ``NOT_OPERATORS`` what is public in a module of
operators only for other modules of operators, and in ``TIE_CASES`` cases at which differences are
no derivative.  ``test_gradients.py`` fails if an operator of any module is missing.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from tests.autotensor.cases.base import Case

_families = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]


def _gathered(name: str) -> list[Any]:
    return [one for family in _families for one in getattr(family, name, ())]


CASES: list[Case] = _gathered("CASES")
TIE_CASES: list[Case] = _gathered("TIE_CASES")
NOT_DIFFERENTIABLE: set[str] = set(_gathered("NOT_DIFFERENTIABLE"))
NOT_OPERATORS: set[str] = set(_gathered("NOT_OPERATORS"))
