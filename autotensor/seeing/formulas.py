"""The formulas of operators: value and derivatives, read from the docstrings where they stand.

    ``input · other``.  d input = g · other, d other = g · input.

The value is the first formula between double backquotes with which the docstring begins, or which
follows a comma or colon in its first paragraph; where there are only names and shapes, it is the
call, which the words explain.  ``d argument = …`` up to the next one, a semicolon, a colon or the
end of the sentence is the gradient by that argument, ``g`` the gradient of the output and ``y`` the
output itself.  An operator whose docstring says "Value and derivative of ``f``" has its formulas in
the docstring of ``f``, one that is "Differentiated as ``f``" its derivatives.  How a formula is
written stands in ``notation.py``.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

from autotensor.engine.operator import declared
from autotensor.operators import images, networks
from autotensor.operators.networks import recurrent
from autotensor.seeing.notation import latex, parsed

__all__ = ["Formula", "formula_of", "is_formula", "latex", "operator_of", "read_formula"]


class Formula(NamedTuple):
    """The value of an operator and its gradients by the arguments, in Unicode."""

    value: str
    derivatives: dict[str, str]


_VALUE_OF = re.compile(r"Value and derivative of ``([\w.]+)``")
_AS = re.compile(r"Differentiated as ``([\w.]+)``")
_VALUE = re.compile(r"(?:^|[,:] )``(.+?)``")
_DERIVATIVE = re.compile(
    r"\bd ([A-Za-z]\w*?)(?:_[a-z])? = (.+?)(?=,? ?(?:and )?\bd \w+ = |[.;:](?:\s|$)|``|$)"
)


def read_formula(docstring: str) -> Formula:
    """What a docstring says: the value, empty if it has no formula, and the derivatives, its own or
    those that it refers to."""
    first, *rest = (" ".join(one.split()) for one in re.split(r"\n\s*\n", docstring))
    values = (one for one in _VALUE.findall(first) if is_formula(one))
    derivatives: dict[str, str] = {}
    for text in (first, *rest):
        for argument, formula in _DERIVATIVE.findall(text):
            derivatives.setdefault(argument, formula.rstrip(", "))
    refers = _AS.search(docstring)
    if refers is not None and not derivatives:
        derivatives = formula_of(refers[1].replace(".", "_")).derivatives
    return Formula(next(values, ""), derivatives)


def is_formula(text: str) -> bool:
    """Whether this is a formula, no mere name, shape or list."""
    try:
        return parsed(text).kind not in ("name", "number", "tuple", "list")
    except ValueError:
        return False


def formula_of(name: str) -> Formula:
    """The formulas of the operator that nodes of this name come from.

    Where nobody has written them, in an operator of the user's for example, the value is the call,
    and there are no derivatives.
    """
    operator = operator_of(name)
    if operator is None:
        return Formula(f"{name}(…)", {})
    refers = _VALUE_OF.match((operator.__doc__ or "").strip())
    if refers is not None:
        operator = _public(refers[1]) or operator
    value, derivatives = read_formula(operator.__doc__ or "")
    if not value:
        value = f"{name}({', '.join(inspect.signature(operator).parameters)})"
    return Formula(value, derivatives)


def operator_of(name: str) -> Callable[..., Any] | None:
    """The function, or the ``Function``, that records nodes of this name, or None."""
    operator = _declared("overwrite" if name.endswith("_") and name not in declared else name)
    # A write in place, which what it writes into sees as ``overwrite``.
    return operator or _public(name) or _kind(name, _face().Function)


def _declared(name: str) -> Callable[..., Any] | None:
    """The operator declared under this name, looked for in the modules of its rules."""
    rules = [rule for rule in declared.get(name, ()) if rule is not None]
    near = {rule.__module__ for rule in rules}
    ours = [one for one in list(sys.modules) if rules and one.startswith("autotensor.operators.")]
    for module in (*near, *ours):
        for value in list(vars(sys.modules.get(module, sys)).values()):
            if _name_of(value) == name:
                return value
    return None


def _name_of(value: Any) -> str | None:
    """The name that an operator gives its nodes; None of anything else."""
    while isinstance(value, FunctionType):
        cells = dict(zip(value.__code__.co_freevars, value.__closure__ or (), strict=True))
        if "name" in cells and not cells.keys().isdisjoint(("plan", "pick", "pick_left")):
            return cells["name"].cell_contents
        value = getattr(value, "__wrapped__", None)
    return None


def _face() -> Any:
    """``autotensor``, whose public names are looked up as a user would write them."""
    return sys.modules["autotensor"]


def _public(name: str) -> Callable[..., Any] | None:
    """The public function that is called so; ``linalg_svd`` is one of ``linalg``."""
    if name.startswith("linalg_"):
        return getattr(_face().linalg, name.removeprefix("linalg_"), None)
    for space in (networks, images, recurrent, _face()):
        found = vars(space).get(name)
        if isinstance(found, FunctionType):
            return found
    return None


def _kind(name: str, base: type[Any]) -> Any:
    """The ``Function`` that is called so, the one defined last if there are several."""
    kinds: list[type[Any]] = base.__subclasses__()
    for kind in reversed(kinds):
        found = kind if kind.__name__ == name else _kind(name, kind)
        if found is not None:
            return found
    return None
