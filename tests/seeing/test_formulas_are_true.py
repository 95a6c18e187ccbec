"""The formulas in the docstrings, computed, give what the rules give.

What operators are called with in the cases of ``tests/autotensor/cases`` is caught on its way in;
so the formulas meet kinks, ties, zeros and shapes that broadcast.
"""

from __future__ import annotations

import inspect
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from types import CellType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn.functional as F
from autotensor.kernels.pooling import winners_of
from autotensor.seeing.formulas import formula_of, operator_of
from tests.autotensor.cases import CASES
from tests.seeing.evaluating import (
    Identity,
    UnknownError,
    Values,
    assert_same,
    differentiable,
    evaluate,
    upper_right,
)

OPERATORS = differentiable()
DERIVATIVES = [(name, argument) for name in OPERATORS for argument in formula_of(name).derivatives]

UNCHECKED = {
    ("ctc", "emitted"): "a sum over all paths, not written as a formula",
}
"""Derivatives that are not computed here, and why."""

VALUES = [name for name in OPERATORS if not formula_of(name).value.startswith(f"{name}(")]

#: Values that are not computed here, and why.
UNCHECKED_VALUES = {
    "added_at": "an equation for each element",
    "conv": "a name for what `docs/rules.md` and `conv2d` write out",
    "conv_transpose": "a name",
    "conv_weight": "a name",
    "bessel": "a name",
    "erf": "an integral",
    "gammainc": "an integral",
    "matrix_exp": "an infinite sum",
    "read_at": "an equation for each element",
    "written_at": "an equation for each element",
    "scaled": "a name",
    "zeta": "an infinite sum",
}


# -- what operators are called with ----------------------------------------------------------------


X, Y = (at.tensor(np.linspace(low, 2.3, 6), requires_grad=True) for low in (0.2, 0.7))
INSIDE = at.tensor(np.linspace(0.1, 0.9, 6), requires_grad=True)

#: Of operators that no case calls, or not with float64.
FURTHER: tuple[Callable[[], Any], ...] = (
    lambda: at.special.erfcx(X),
    lambda: at.special.ndtr(X),
    lambda: at.special.ndtri(INSIDE),
    lambda: at.special.log_ndtr(X),
    lambda: at.special.entr(X),
    lambda: at.special.i0e(X),
    lambda: at.special.i1e(X),
    lambda: at.special.xlog1py(X, Y),
    lambda: at.special.zeta(X.detach() + 1, Y),
    lambda: at.special.gammainc(X.detach(), Y),
    lambda: X.to(at.float32),
    lambda: at.logsumexp(at.reshape(X, (2, 3)), 1),
    lambda: at.reshape(X, (2, 3)).T.contiguous(),
    lambda: (X * 1).copy_(Y),
    lambda: at.bincount(at.tensor([0, 2, 2, 1, 0, 1]), weights=X),
    lambda: F.gumbel_softmax(at.reshape(X, (2, 3)), hard=True),
    lambda: part("distances")(at.reshape(X, (2, 3)), at.reshape(Y, (2, 3))),
)

MOST = 16
"""So many calls are kept of each operator."""


def cells_of(operator: Any) -> dict[str, CellType]:
    """What a declared operator keeps of its declaration."""
    while True:
        cells = dict(zip(operator.__code__.co_freevars, operator.__closure__ or (), strict=True))
        if "name" in cells and not cells.keys().isdisjoint(("ufunc", "forward")):
            return cells
        operator = operator.__wrapped__


def cell_of(operator: Any) -> CellType:
    """Where an operator keeps the function that computes its value."""
    cells = cells_of(operator)
    return cells.get("ufunc") or cells["forward"]


def spy(caught: list[tuple[Any, ...]], compute: Callable[..., Any]) -> Callable[..., Any]:
    """``compute`` that keeps copies of what it is called with, in the first calls."""

    def called(*args: Any) -> Any:
        arrays = [one for one in args if isinstance(one, np.ndarray)]
        kinds = {one.dtype for one in arrays if one.dtype.kind == "f"}
        wanted = kinds == {np.dtype(np.float64)} and all(0 < one.size < 1000 for one in arrays)
        if len(caught) < MOST and wanted:
            kept = (one.copy() if isinstance(one, np.ndarray) else one for one in args)
            caught.append(tuple(kept))
        return compute(*args)

    return called


def run(function: Callable[[], Any], inputs: list[Any]) -> None:
    """Forward, and backward twice."""
    found = function()
    outputs = found if isinstance(found, tuple) else (found,)
    wanted = [one for one in outputs if isinstance(one, at.Tensor) and one.requires_grad]
    if not wanted or not inputs:
        return
    first = at.autograd.grad(
        [one.sum() for one in wanted], inputs, create_graph=True, allow_unused=True
    )
    further = [one.sum() for one in first if one is not None and one.requires_grad]
    if further:
        at.autograd.grad(further, inputs, allow_unused=True)


def tensors(arrays: Any, requires_grad: bool) -> list[Any]:
    return [
        at.tensor(one, requires_grad=requires_grad and one.dtype.kind == "f")
        if isinstance(one, np.ndarray)
        else one
        for one in arrays
    ]


@pytest.fixture(scope="module")
def calls() -> dict[str, list[tuple[Any, ...]]]:
    """For each operator, what it was called with, raw."""
    caught: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    cells = {name: cell_of(operator_of(name)) for name in OPERATORS}
    before = {name: cell.cell_contents for name, cell in cells.items()}
    try:
        for name, cell in cells.items():
            cell.cell_contents = spy(caught[name], before[name])
        for further in FURTHER:
            run(further, [X, Y, INSIDE])
        for case in CASES:
            args = tensors(case.arrays, True) + tensors(case.constants, False)
            inputs = [one for one in args if isinstance(one, at.Tensor) and one.requires_grad]
            try:
                run(lambda case=case, args=args: case.function(at, *args), inputs)
            except (RuntimeError, TypeError, ValueError, NotImplementedError, AttributeError):
                continue  # its own test has more to say
    finally:
        for name, cell in cells.items():
            cell.cell_contents = before[name]
    return caught


# -- what formulas say besides arguments -----------------------------------------------------------


def part(name: str) -> Callable[..., Any]:
    """The operator itself, to be called with settings that the formula leaves out."""
    found = operator_of(name)
    assert found is not None
    return found


def triangle(v: Values) -> Values:
    """Of triangular systems: the triangle that is read."""

    def cut(x: Any) -> Any:
        return x.triu(int(v["unit"])) if v["upper"] else x.tril(-int(v["unit"]))

    matrix = cut(v["matrix"])
    if v["unit"]:
        matrix = matrix + at.eye(matrix.shape[-1], dtype=matrix.dtype)
    return {"triangle": cut, "matrix": matrix}


def factors(v: Values) -> Values:
    """Of a packed LU decomposition."""
    packed, g = at.tensor(v["packed"]), v["g"]
    size = packed.shape[-1]
    P = at.eye(size, dtype=at.float64)[:, at.tensor(np.argsort(v["order"], -1).tolist())]
    return {
        "P": P.mT if P.ndim > 2 else P.T.mT,
        "L": packed.tril(-1) + at.eye(size, dtype=at.float64),
        "U": packed.triu(),
        "g_L": g.tril(-1),
        "g_U": g.triu(),
        "strictly_lower": lambda x: x.tril(-1),
        "upper": lambda x: x.triu(),
    }


def ties(v: Values, source: bool = False) -> Values:
    """``n``, how many elements are the extreme."""
    y = v["y"]
    for dim in sorted(v.get("dims") or ()) if v.get("keepdim") is False else ():
        y = y.unsqueeze(dim)
    same = (v["input"] == y).to(at.float64)
    if source:
        mine = (v["source"] == v["y"][v["index"]]).to(at.float64)
        return {"n": same.index_put(tuple(map(at.tensor, v["index"])), mine, accumulate=True)}
    return {"n": same.sum(v.get("dims"), keepdim=True)}


def windows(name: str, *kept: str) -> Callable[[Values], Values]:
    """The operator ``name`` with what else it was called with."""
    return lambda v: {name: lambda g, *_: part(name)(g, *(v[one] for one in kept))}


def geometry(v: Values) -> Values:
    """Of convolutions: the three operators of one geometry."""
    shape, kernel = v["input"].shape, v.get("kernel")
    weight = v.get("weight")
    sizes = shape[2:] if "sizes" not in v else None
    kernel = weight.shape[2:] if weight is not None else kernel
    last = v["geometry"]

    def transposed(g: Any, w: Any) -> Any:
        return part("conv_transpose")(g, w, sizes or shape[2:], last)

    return {
        "conv": lambda x, w: part("conv")(x, w, None, last, kernel),
        "conv_transpose": transposed,
        "conv_weight": lambda x, g: part("conv_weight")(x, g, kernel, last),
        "Σ": lambda g: g.sum((0, *range(2, g.ndim))),
    }


def recurrence(v: Values) -> Values:
    """The recurrence, and the one from the end, step by step."""
    x, f, g = (np.moveaxis(v[one].numpy(), v["dim"], 0) for one in ("input", "factor", "g"))
    s, t = np.zeros((len(x) + 1, *x.shape[1:])), np.zeros((len(x) + 1, *x.shape[1:]))
    for k in range(len(x)):
        s[k] = x[k] + f[k] * s[k - 1]  # s[-1] is 0
    for k in reversed(range(len(x))):
        t[k] = g[k] + (f[k + 1] * t[k + 1] if k + 1 < len(x) else 0)
    return {"s": at.tensor(s), "t": at.tensor(t)}


def places(v: Values) -> Values:
    """Which elements ``as_strided`` read: it reads their numbers."""
    numbers = np.arange(v["input"].numel()).reshape(v["input"].shape)
    settings = [v[one] for one in ("size", "stride", "offset", "laid")]
    read = part("as_strided")(numbers, *settings)
    return {"places": np.unravel_index(read, numbers.shape)}


def winners(v: Values) -> Values:
    found = winners_of(v["input"].numpy(), v["y"].numpy(), v["windows"])
    return {"winners": found, "put": lambda g, w: part("put")(g, w, v["windows"])}


def mean_of_rows(v: Values) -> Values:
    return {"share": 1.0 if v["share"] is None else v["share"], "numbers": (v["numbers"],)}


def none_is_zero(v: Values) -> Values:
    return {} if v.get("bias", 0.0) is not None else {"bias": 0.0}


def along_axis(v: Values) -> Values:
    """Of a matrix along an axis: that axis made the second from the end, where ``@`` takes it."""
    dense = v["taps"].matrix.astype(np.float64)
    axis, ndim = v["axis"], v["input"].ndim
    order = (*(one for one in range(ndim) if one != axis), axis)
    turned = [at.permute(v[one], order)[..., None] for one in ("input", "g")]
    back = tuple(np.argsort(order).tolist())
    return {
        "taps": at.tensor(dense), "input": turned[0], "g": turned[1],
        "back": lambda x: at.permute(x[..., 0], back),
    }  # fmt: skip


def every_two_rows(v: Values) -> Values:
    """A dimension more for everything, of which rows and others have one each."""
    return {
        "rows": v["x1"].unsqueeze(-2),
        "others": v["x2"].unsqueeze(-3),
        "g": v["g"].unsqueeze(-1),
        "y": v["y"].unsqueeze(-1),
        "length": lambda x: (x * x).sum(-1).sqrt(),
        "sum_over_others": lambda x: x.sum(-2),
        "sum_over_rows": lambda x: x.sum(-3),
    }


def normal_density(x: at.Tensor) -> at.Tensor:
    return (-0.5 * x * x).exp() / math.sqrt(2 * math.pi)


ALSO: dict[str, Callable[[Values], Values]] = {
    "amax": ties,
    "amin": ties,
    "as_strided": places,
    "clamp": lambda v: {
        "min": -math.inf if v["min"] is None else v["min"],
        "max": math.inf if v["max"] is None else v["max"],
    },
    "cholesky": lambda v: {"symmetric": lambda x: x.tril() + x.tril(-1).mT},
    "conv": geometry,
    "conv_transpose": geometry,
    "conv_weight": geometry,
    "cumsum": lambda v: {"cumsum": at.cumsum},
    "distances": every_two_rows,
    "elu": none_is_zero,
    "extreme_at": lambda v: ties(v, source=True),
    "hardtanh": lambda v: {"min_val": v["low"], "max_val": v["high"]},
    "leaky_relu": lambda v: {"negative_slope": v["slope"]},
    "linear": lambda v: none_is_zero(v) | {"Σ": lambda g: g.sum(0)},
    "log_ndtr_bend": lambda v: {"slope": normal_density(v["input"]) / at.special.ndtr(v["input"])},
    "matrix_exp": lambda v: {"upper_right": upper_right},
    "max_of_all": ties,
    "max_pool": winners,
    "median_of_all": ties,
    "min_of_all": ties,
    "mixed": along_axis,
    "multiply_at": lambda v: {
        "multiply_at": lambda one, index, source: part("multiply_at")(
            at.ones_like(v["input"]), index, source
        )
    },
    "pick": windows("put", "winners", "windows"),
    "pinv": lambda v: {"I": Identity()},
    "polygamma": lambda v: {"ψ⁽ⁿ⁺¹⁾": lambda x: at.polygamma(v["n"] + 1, x)},
    "put": windows("pick", "winners", "windows"),
    "read_at": lambda v: {"added_at": lambda g, i: part("added_at")(g, i, v["input"].shape[2])},
    "recurrence": recurrence,
    "lu_packed": factors,
    "roll": lambda v: {"shifts": np.array(v["shifts"])},
    "rows": mean_of_rows,
    "softplus": lambda v: {"threshold": v["limit"]},
    "substitute": triangle,
    "take_apart": windows("add_up", "windows"),
    "add_up": windows("take_apart", "windows"),
    "trace": lambda v: {
        "I": at.eye(*v["input"].shape, dtype=at.float64),
        "count": min(v["input"].shape),
    },
    "weights": lambda v: none_is_zero(v) | {"dims": (-1,), "softmax": lambda x: at.softmax(x, -1)},
    "window_spread": windows("window_sum", "windows"),
    "window_sum": windows("window_spread", "windows"),
}
"""What names in formulas mean that are no arguments, by operator."""


def single_matrices(v: Values) -> bool:
    """Regular ones and no stacks: in their formulas g is one number."""
    x = v["input"]
    return x.ndim == 2 and abs(np.linalg.det(x.numpy())) > 1e-6


USABLE: dict[str, Callable[[Values], bool]] = {
    "cofactors": single_matrices,
    "det": single_matrices,
    "log_of_det": single_matrices,
    "logsumexp": lambda v: bool((v["input"] > -100).all()),
    "weights": lambda v: (
        bool((v["scores"] > -math.inf).all())
        and (v["bias"] is None or bool((v["bias"] > -math.inf).all()))
    ),
    "lu_packed": lambda v: v["input"].ndim == 2 and v["input"].shape[0] == v["input"].shape[1],
    "multiply_at": lambda v: bool((v["source"] != 0).all()),
    "prod": lambda v: v["dims"] is not None and len(v["dims"]) == 1,
    "vector_norm": lambda v: (
        v["p"] not in (0, math.inf, -math.inf) and bool((v["input"] != 0).all())
    ),
}
"""Which calls a formula speaks of, where its docstring has further words on others."""

INDEXED = {
    ("cumprod", "input"): "i",
    ("logcumsumexp", "input"): "i",
    ("prod", "input"): "i",
    ("recurrence", "factor"): "k",
    ("recurrence", "input"): "k",
    ("recurrence", "y"): "k",
    ("logcumsumexp", "y"): "k",
}
"""Formulas of the elements with this index along ``dim``."""


# -- the comparison --------------------------------------------------------------------------------


class Call:
    """One call of an operator: its arguments, its output, and gradients."""

    def __init__(self, name: str, args: tuple[Any, ...]) -> None:
        operator = part(name)
        self.name = name
        self.named = dict(zip(inspect.signature(operator).parameters, args, strict=False))
        self.sources = {
            argument: at.tensor(self.named[argument], requires_grad=True)
            for argument in formula_of(name).derivatives
            if isinstance(self.named.get(argument), np.ndarray)
            and self.named[argument].dtype == np.float64
        }
        if not self.sources:
            return
        self.output = operator(*(self.named | self.sources).values())
        g = np.random.default_rng(0).standard_normal(self.output.shape)
        self.g = at.tensor(g).to(self.output.dtype)
        plain = {key: one.detach() for key, one in self.sources.items()}
        self.values: Values = self.named | plain | {"g": self.g, "y": self.output.detach()}

    @property
    def usable(self) -> bool:
        return self.output.requires_grad and USABLE.get(self.name, lambda v: True)(self.values)

    def gradients(self) -> dict[str, Any]:
        found = at.autograd.grad(
            self.output, list(self.sources.values()), self.g, allow_unused=True
        )
        return dict(zip(self.sources, found, strict=True))

    def computed(self, text: str, argument: str = "") -> Any:
        values = self.values | ALSO.get(self.name, lambda v: {})(self.values)
        index = INDEXED.get((self.name, argument))
        if index is not None:
            return self.computed_for_each(text, values, index)
        if values.get("keepdim") is False and values.get("dims"):
            for dim in sorted(values["dims"]):
                values |= {"g": values["g"].unsqueeze(dim), "y": values["y"].unsqueeze(dim)}
        found = evaluate(text, values)
        return values["back"](found) if "back" in values else found

    def computed_for_each(self, text: str, values: Values, index: str) -> Any:
        """A formula of elements with an index, for each index along the dimension."""
        axis = values["dims"][0] if "dims" in values else values["dim"]
        whole = values["input"].ndim
        for key in ("input", "factor", "g", "y"):
            if key in values and values[key].ndim == whole:
                values[key] = values[key].movedim(axis, 0)
                if self.name == "prod" and key in ("g", "y"):
                    values[key] = values[key][0]  # the same for all
        values["count"] = len(values["input"])
        found = [evaluate(text, values | {index: at_index}) for at_index in range(values["count"])]
        return at.stack(found).movedim(0, axis)


def calls_of(name: str, calls: dict[str, list[tuple[Any, ...]]]) -> Iterator[Call]:
    for args in calls[name]:
        try:
            call = Call(name, args)
        except (RuntimeError, TypeError, ValueError, NotImplementedError, IndexError):
            continue  # raw arguments that a Tensor in their place does not go with
        if call.sources and call.usable:
            yield call


@pytest.mark.parametrize(
    ("name", "argument"), [pair for pair in DERIVATIVES if pair not in UNCHECKED]
)
def test_the_formula_of_a_derivative_gives_what_its_rule_gives(
    name: str, argument: str, calls: dict[str, list[tuple[Any, ...]]]
) -> None:
    text = formula_of(name).derivatives[argument]
    tried = 0
    for call in calls_of(name, calls):
        if argument in call.sources:
            expected = call.gradients()[argument]
            if expected is None:
                expected = at.zeros_like(call.sources[argument])
            assert_same(call.computed(text, argument), expected, f"d {argument} = {text}")
            tried += 1
    assert tried, "no call has come by"


@pytest.mark.parametrize("name", OPERATORS)
def test_derivatives_stand_in_the_order_of_the_rules(name: str) -> None:
    # Those who read a graph take the names of arguments from there.
    cells, parameters = cells_of(operator_of(name)), [*inspect.signature(part(name)).parameters]
    if "plan" in cells:
        parameters = [parameters[place] for place, _, _ in cells["plan"].cell_contents]
    found = [*formula_of(name).derivatives]
    assert found == [one for one in parameters if one in found]
    assert set(found) <= set(parameters)


@pytest.mark.parametrize("name", [name for name in VALUES if name not in UNCHECKED_VALUES])
def test_the_formula_of_a_value_gives_what_the_operator_gives(
    name: str, calls: dict[str, list[tuple[Any, ...]]]
) -> None:
    text = formula_of(name).value
    tried = 0
    for call in calls_of(name, calls):
        # Of an equation for each element, the right side.
        side = text.partition(" = ")[2] if (name, "y") in INDEXED else text
        assert_same(call.computed(side, "y"), call.output, text)
        tried += 1
    assert tried, "no call has come by"


@pytest.mark.parametrize(
    ("name", "argument"), [*UNCHECKED, *((name, "y") for name in UNCHECKED_VALUES)]
)
def test_what_is_not_computed_cannot_be(
    name: str, argument: str, calls: dict[str, list[tuple[Any, ...]]]
) -> None:
    found = formula_of(name)
    text = found.derivatives.get(argument, found.value)
    call = next(calls_of(name, calls))
    with pytest.raises((UnknownError, KeyError)):
        call.computed(text, argument)
