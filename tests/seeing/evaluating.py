"""Formulas computed: a number for every sign, so that a wrong formula in a docstring is noticed."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import autotensor as at
import nn.functional as F
from autotensor.engine.operator import declared
from autotensor.seeing.formulas import operator_of
from autotensor.seeing.notation import Part, parsed

Values = dict[str, Any]


def differentiable() -> list[str]:
    """The names of the operators with rules in ``autotensor/operators``.  Tests declare some of
    their own, and ``distributions`` does where another test has loaded it."""
    return sorted(
        name
        for name, rules in declared.items()
        if any(getattr(rule, "__module__", "").startswith("autotensor.operators") for rule in rules)
    )


NAMES = {"π": math.pi, "e": math.e, "NaN": math.nan, "∞": math.inf, "½": 0.5, "": None,
         "True": True}  # fmt: skip
SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "·": operator.mul, "": operator.mul,
    "/": operator.truediv, "@": lambda a, b: at.matmul(a, b),
    "=": operator.eq, "≠": operator.ne, "<": operator.lt, ">": operator.gt, "≤": operator.le,
    "≥": operator.ge, "and": operator.and_, "or": operator.or_,
}  # fmt: skip
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ln": lambda x: at.log(tensor(x)),
    "log₂": lambda x: at.log2(tensor(x)),
    "log₁₀": lambda x: at.log10(tensor(x)),
    "max": lambda x, y: at.maximum(*alike(x, y)),
    "min": lambda x, y: at.minimum(*alike(x, y)),
    "σ": at.sigmoid,
    "Γ": lambda x: at.lgamma(x).exp(),
    "ψ": at.digamma,
    "ψ⁽¹⁾": lambda x: at.polygamma(1, x),
    "ζ": lambda s, q: at.special.zeta(*alike(s, q)),
    "Φ": at.special.ndtr,
    "φ": lambda x: at.exp(-x * x / 2) / math.sqrt(2 * math.pi),
    "shape": lambda x: tuple(x.shape),
    "det": at.det,
    "diag": at.diag_embed,
    "skew": lambda x: x - x.mT,
    "I₀": at.special.i0,
    "I₁": at.special.i1,
    "I₂": lambda x: at.special.i0(x) - 2 * at.special.i1(x) / x,
    "zeros": lambda shape: at.zeros(shape, dtype=at.float64),
    "inverse": lambda dims: tuple(sorted(range(len(dims)), key=dims.__getitem__)),
}  # fmt: skip


def tensor(value: Any) -> Any:
    return value if isinstance(value, at.Tensor) else at.tensor(value, dtype=at.float64)


def alike(*values: Any) -> tuple[Any, ...]:
    return tuple(tensor(value) for value in values)


class Keyword(NamedTuple):
    """An argument by its name."""

    name: str
    value: Any


class UnknownError(Exception):
    """A name or sign that no value is known for."""


def function(name: str, values: Values) -> Callable[..., Any]:
    """What computes a call of ``name``: what the sample says, a sign, an operator of ours; of those
    the public ones only if the sample says so."""
    for known in (values, FUNCTIONS):
        if callable(known.get(name)):
            return known[name]
    public = getattr(at, name, None) or getattr(F, name, None)
    found = public if values.get("public") else operator_of(name) or public
    if found is None:
        raise UnknownError(name)
    return found


def evaluate(text: str, values: Values) -> Any:
    """The value of a formula, with ``values`` for its names; ``dims`` are those that Σ sums over,
    all of them without."""
    return _value(parsed(text), values)


def _value(part: Part, values: Values) -> Any:
    of = functools.partial(_value, values=values)
    kind, text, parts = part
    if kind == "number":
        return NAMES[text] if text in NAMES else float(text) if "." in text else int(text)
    if kind == "name":
        return _named(text, values)
    if kind == "list" and parts[0].kind == "list":
        return _block([[of(one) for one in row.parts] for row in parts])
    if kind == "power" and parts[1] == _MINUS_ONE and isinstance(of(parts[0]), at.Tensor):
        return at.linalg.inv(of(parts[0]))
    if kind in _BY_KIND:
        return _BY_KIND[kind](*map(of, parts))
    if kind in ("sum", "product", "relation", "condition"):
        return SIGNS[text](*map(of, parts)) if text != "is" else _is(of(parts[0]), parts[1].text)
    if kind == "between":
        return functools.reduce(operator.and_, map(of, parts))
    if kind == "gradient":
        return values[f"d {parts[0].text}"]
    if kind == "call":
        given = list(map(of, parts))
        named = {one.name: one.value for one in given if isinstance(one, Keyword)}
        plain = [one for one in given if not isinstance(one, Keyword)]
        return function(text, values)(*plain, **named)
    if kind == "item":
        return of(parts[0])[tuple(map(of, parts[1:])) if len(parts) > 2 else of(parts[1])]
    if kind == "index":
        return of(parts[0])[tuple(map(of, parts[1:]))]
    if kind == "norm":
        return values["‖"](of(parts[0]))
    if kind == "keyword":
        return Keyword(text, of(parts[0]))
    if kind == "cases":
        return _cases(part, of)
    if kind == "big":
        return _big(part, values)
    raise UnknownError(f"{kind} {text}")


_MINUS_ONE = parsed("-1")
_BY_KIND: dict[str, Callable[..., Any]] = {
    "group": lambda x: x,
    "minus": operator.neg,
    "not": operator.invert,
    "power": operator.pow,
    "transpose": lambda x: x.mT,
    "root": lambda x: math.sqrt(x) if isinstance(x, (int, float)) else at.sqrt(x),
    "abs": lambda x: abs(x),
    "floor": lambda x: at.floor(x),
    "ceil": lambda x: at.ceil(x),
    "factorial": math.factorial,
    "positive": lambda x: at.relu(x),
    "tuple": lambda *several: several,
    "slice": slice,
}


def _is(x: Any, what: str) -> Any:
    return {"NaN": at.isnan, "finite": at.isfinite}[what](x)


def _named(text: str, values: Values) -> Any:
    for known in (values, NAMES):
        if text in known and not callable(known[text]):
            return known[text]
    stem, _, index = text.rpartition("_")
    if stem in values and index in values:
        return values[stem][values[index]]
    raise UnknownError(text)


def _cases(part: Part, of: Callable[[Part], Any]) -> Any:
    parts = list(part.parts)
    out = tensor(of(parts.pop())) if part.text else tensor(math.nan)
    for value, condition in reversed(list(zip(parts[::2], parts[1::2], strict=True))):
        chosen = of(condition)
        if not isinstance(chosen, at.Tensor):
            chosen = at.tensor(chosen)
        out = at.where(chosen, tensor(of(value)), out)
    return out


def _big(part: Part, values: Values) -> Any:
    inside, *limits = part.parts
    over = at.sum if part.text == "Σ" else at.prod
    if not limits:
        found = _value(inside, values)
        given = values.get("Σ")
        if given is not None:
            return given(found)
        dims = values.get("dims")
        for dim in range(found.ndim) if dims is None else dims:
            found = over(found, dim, True)
        return found
    if len(limits) > 1:
        raise UnknownError("an integral")
    (below,) = limits
    conditions = [one for one in below.parts if one.kind == "relation"]
    index = (conditions[0].parts[0] if conditions else below.parts[0]).text
    found = []
    for at_index in range(values["count"]):
        inner = values | {index: at_index}
        if all(_value(one, inner) for one in conditions):
            found.append(_value(inside, inner))
    return over(at.stack(found), 0) if found else tensor(0.0 if part.text == "Σ" else 1.0)


def _block(rows: list[list[Any]]) -> Any:
    """A matrix of blocks, of which 0 is one."""
    zero = at.zeros_like(rows[0][0])
    lines = [
        at.cat([one if isinstance(one, at.Tensor) else zero for one in row], -1) for row in rows
    ]
    return at.cat(lines, -2)


# -- what several tests need -----------------------------------------------------------------------


class Identity:
    """The identity matrix of any size, ``I``."""

    def __sub__(self, other: Any) -> Any:
        return at.eye(other.shape[-1], dtype=other.dtype) - other


def upper_right(x: Any) -> Any:
    size = x.shape[-1] // 2
    return x[..., :size, size:]


def assert_same(found: Any, expected: Any, what: str) -> None:
    """The same numbers, where those found are first summed over what was stretched."""
    found = at.tensor(found, dtype=at.float64) if isinstance(found, (int, float)) else found
    expected = at.zeros(()) if expected is None else expected.detach()
    if found.numel() == expected.numel():
        found = found.reshape(expected.shape)
    elif found.numel() > expected.numel():
        found = found.sum_to_size(expected.shape)
    found = found.expand(expected.shape)
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-8, atol=1e-9, err_msg=what)
