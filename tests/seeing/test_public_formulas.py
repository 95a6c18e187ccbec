"""The formulas in the docstrings of public functions, computed, give what ``backward`` gives.

These are of functions that are made of several operators; those of the operators themselves are in
``test_formulas_are_true.py``.  What the functions are called with is caught from the tests' cases.
"""

from __future__ import annotations

import inspect
import math
import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn.functional as F
from autotensor.seeing.formulas import operator_of, read_formula
from autotensor.seeing.notation import parsed
from tests.autotensor.cases import CASES
from tests.autotensor.public import OPERATORS
from tests.seeing.evaluating import Identity, Values, assert_same, differentiable, evaluate

UNCHECKED = {
    "adaptive_avg_pool2d": "a sum over the windows around each position",
    "adaptive_max_pool2d": "by `read_at`, which is checked",
    "affine_grid": "a sum over the grid",
    "alpha_dropout": "what is kept is drawn",
    "avg_pool2d": "a sum over the windows around each position",
    "bilinear": "a sum over parts of a weight",
    "cat": "a list",
    "conv2d": "by `conv`, which is checked",
    "conv_transpose2d": "by `conv_transpose`, which is checked",
    "ctc_loss": "a sum over all paths",
    "dropout": "what is kept is drawn",
    "embedding": "by `rows`, which is checked",
    "fractional_max_pool2d": "by `read_at`, which is checked",
    "frexp": "of two outputs",
    "glu": "by halves of the argument",
    "gumbel_softmax": "drawn",
    "grid_sample": "by weights of neighbours",
    "gru_cell": "by gates",
    "interpolate": "by `mixed`, which is checked",
    "local_response_norm": "a sum over channels around each",
    "lp_pool2d": "a sum over the windows around each position",
    "lstm_cell": "by gates",
    "max_pool2d": "by `max_pool`, which is checked",
    "max_unpool2d": "by `written_at`, which is checked",
    "multi_margin_loss": "by elements of a row",
    "pad": "by `pad`, which is checked",
    "repeat": "a sum over copies",
    "repeat_interleave": "a sum over copies",
    "rrelu": "the slope is drawn",
    "stack": "a list",
}
"""Functions whose formulas are not computed here, and why."""


def function_of(name: str) -> Any:
    space, _, last = name.rpartition(".")
    homes = (getattr(at, space),) if space else (at, F)
    return next((getattr(home, last) for home in homes if hasattr(home, last)), None)


def composed() -> dict[str, Any]:
    """Public functions with formulas in docstrings of their own, each once."""
    seen = {operator_of(name).__doc__ for name in differentiable()}
    checked = re.findall("Value and derivative of ``(.+?)``", " ".join(map(str, seen)))
    seen |= {getattr(function_of(name), "__doc__", None) for name in checked}
    found = {}
    for name in sorted(OPERATORS, key=lambda one: ("." in one, one)):
        function = function_of(name)
        docstring = getattr(function, "__doc__", None) or ""
        own = name not in checked and "Differentiated as" not in docstring
        if own and docstring not in seen and read_formula(docstring).derivatives:
            seen.add(docstring)
            found[name] = function
    return found


FUNCTIONS = composed()
CHECKED = sorted(FUNCTIONS.keys() - UNCHECKED.keys())


# -- what they are called with ---------------------------------------------------------------------


def usable(one: Any) -> bool:
    if not isinstance(one, at.Tensor):
        return True
    return 0 < one.numel() < 500 and one.dtype not in (at.float16, at.float32)


@pytest.fixture(scope="module")
def calls() -> dict[str, list[inspect.BoundArguments]]:
    caught: dict[str, list[inspect.BoundArguments]] = defaultdict(list)
    with pytest.MonkeyPatch.context() as patch:
        for name in CHECKED:
            space, _, last = name.rpartition(".")
            home = getattr(at, space) if space else at if hasattr(at, name) else F
            patch.setattr(home, last, spy(FUNCTIONS[name], caught[name]))
        for case in CASES:
            arguments = [
                at.tensor(one) if isinstance(one, np.ndarray) else one
                for one in (*case.arrays, *case.constants)
            ]
            try:
                case.function(at, *arguments)
            except (RuntimeError, TypeError, ValueError, NotImplementedError, AttributeError):
                continue  # its own test has more to say
    for name, several in FURTHER.items():
        signature = inspect.signature(FUNCTIONS[name])
        for arguments in several():
            bound = signature.bind(*arguments)
            bound.apply_defaults()
            caught[name].append(bound)
    return caught


def spy(function: Any, caught: list[inspect.BoundArguments]) -> Any:
    signature = inspect.signature(function)

    def called(*args: Any, **kwargs: Any) -> Any:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:  # in other words
            return function(*args, **kwargs)
        bound.apply_defaults()
        bound.arguments |= {"inplace": False} if "inplace" in bound.arguments else {}
        if len(caught) < 24 and all(map(usable, bound.arguments.values())):
            caught.append(bound)
        return function(*args, **kwargs)

    return called


def reals(*shape: int, seed: int = 0) -> Any:
    return at.tensor(np.random.default_rng(seed).standard_normal(shape))


X = reals(3, 4)
ZERO = at.tensor(0.0, dtype=at.float64)
AT = at.tensor([2, 0])
PLACES = at.tensor([[0, 2, 1, 1]])

#: What no case calls by this name.
FURTHER: dict[str, Callable[[], list[tuple[Any, ...]]]] = {
    "cholesky": lambda: [(_positive(),)],
    "cross_entropy": lambda: [(X, at.tensor([1, 3, 0]))],
    "linalg.eigh": lambda: [(_positive(),)],
    "linalg.eigvalsh": lambda: [(_positive(),)],
    "linalg.lu": lambda: [(_positive(),)],
    "linalg.solve": lambda: [(_positive(), X)],
    "linalg.svd": lambda: [(X, False), (X.mT, False)],
    "linalg.svdvals": lambda: [(X,)],
    "nll_loss": lambda: [(X, at.tensor([1, 3, 0]))],
    "qr": lambda: [(X.mT,)],
    "i0": lambda: [(X,)],
    "index_add": lambda: [(X, 0, AT, reals(2, 4)), (X, 1, AT, reals(3, 2))],
    "index_put": lambda: [(X, (AT,), reals(2, 4))],
    "index_copy": lambda: [(X, 0, AT, reals(2, 4)), (X, 1, AT, reals(3, 2))],
    "index_fill": lambda: [(X, 0, AT, at.tensor(2.0, dtype=at.float64))],
    "masked_scatter": lambda: [(X, X > 0, reals(int((X > 0).sum())))],
    "put": lambda: [(X, AT, reals(2))],
    "scatter": lambda: [(X, 0, PLACES, reals(1, 4))],
    "scatter_add": lambda: [(X, 0, PLACES, reals(1, 4))],
    "as_strided_scatter": lambda: [(X, reals(2), (2,), (5,), 1)],
    "select_scatter": lambda: [(X, reals(4), 0, 1)],
    "slice_scatter": lambda: [(X, reals(2, 4), 0, 0, 3, 2)],
    "special.i0e": lambda: [(X,)],
    "special.i1": lambda: [(X,)],
    "special.i1e": lambda: [(X,)],
    "reshape_as": lambda: [(X, reals(2, 6))],
    "round": lambda: [(X,)],
    "sum_to_size": lambda: [(X, 3, 1)],
    "to": lambda: [(X, at.float64)],
    "view": lambda: [(X, 2, 6)],
    "view_as": lambda: [(X, reals(2, 6))],
}


def _positive() -> Any:
    return X @ X.mT + at.eye(3, dtype=at.float64)


# -- what formulas say besides arguments -----------------------------------------------------------


def count(v: Values) -> Values:
    """``n`` of losses: what the sum is divided by."""
    first = v["input"] if "input" in v else v["input1"]
    n = {"mean": first.numel(), "batchmean": len(first) if first.ndim else 1}
    return {"n": n.get(v.get("reduction", ""), 1)}


def difference(v: Values) -> Values:
    return count(v) | {"d": v["input"] - v["target"], "clamp": at.clamp}


def size_over(v: Values) -> Values:
    dims, x = v["dims"], v["input"]
    return {"n": (~x.isnan()).sum(dims, keepdim=True), "mean": x.mean(dims, keepdim=True)}


def spread(v: Values) -> Values:
    unbiased, correction = v["unbiased"], v["correction"]
    if correction is None:
        correction = 1 if unbiased in (None, True) else 0
    return size_over(v) | {"correction": correction}


def normalized(dims: Callable[[Values], Any]) -> Callable[[Values], Values]:
    """Of layers that give mean 0 and variance 1 over some dimensions."""

    def values(v: Values) -> Values:
        over, x = dims(v), v["input"]
        mean = x.mean(over, keepdim=True)
        variance = ((x - mean) ** 2).mean(over, keepdim=True)
        hat = (x - mean) / (variance + v["eps"]).sqrt()
        weight = 1.0 if v["weight"] is None else v["weight"]
        if dims is not last_of and v["weight"] is not None:
            weight = weight.reshape(-1, *(1,) * (x.ndim - 2))
        found = {"x̂": hat, "variance": variance, "weight": weight, "h": v["g"] * weight}
        sums = tuple(range(x.ndim - len(over))) if dims is last_of else channels_of(v)
        return found | {
            "mean": lambda one: one.mean(over, keepdim=True),
            "Σ": lambda one: one.sum(sums) if sums else one,
        }

    return values


def channels_of(v: Values) -> Any:
    return (0, *range(2, v["input"].ndim))


def places_of(v: Values) -> Any:
    return tuple(range(2, v["input"].ndim))


def last_of(v: Values) -> Any:
    shape = v["normalized_shape"]
    return tuple(range(-len(shape) if isinstance(shape, tuple) else -1, 0))


def by_length(v: Values) -> Values:
    over = last_of(v)
    r = ((v["input"] ** 2).mean(over, keepdim=True) + (v["eps"] or 2.0**-52)).sqrt()
    lead = tuple(range(v["input"].ndim + over[0]))
    return {
        "r": r,
        "y": v["input"] / r,
        "h": v["g"] * (1.0 if v["weight"] is None else v["weight"]),
        "mean": lambda one: one.mean(over, keepdim=True),
        "Σ": lambda one: one.sum(lead) if lead else one,
    }


def directions(v: Values) -> Values:
    def length(x: Any) -> Any:
        return (x * x).sum(v["dim"], keepdim=True).sqrt()

    x1, x2 = at.broadcast_tensors(v["x1"], v["x2"])
    g, y = (v[one].unsqueeze(v["dim"]) for one in ("g", "y"))
    return {"u": x1 / length(x1), "v": x2 / length(x2), "‖": length, "g": g, "y": y,
            "x1": x1, "x2": x2}  # fmt: skip


def distance(v: Values) -> Values:
    more = {} if v["keepdim"] else {"g": v["g"].unsqueeze(-1), "y": v["y"].unsqueeze(-1)}
    return more | {"d": v["x1"] - v["x2"] + v["eps"]}


def classes(v: Values) -> Values:
    target = v["target"]
    return {
        "softmax": lambda x: at.softmax(x, 1),
        "one_hot": lambda t: F.one_hot(t, v["input"].shape[1]).to(at.float64),
        "n": len(target) if v["reduction"] == "mean" else 1,
        "g": v["g"].unsqueeze(-1),
        "weight": 1.0,
    }


def attention(v: Values) -> Values:
    scale = v["scale"] or 1 / math.sqrt(v["query"].shape[-1])
    scores = v["query"] @ v["key"].mT * scale
    return {"P": at.softmax(scores, -1), "scale": scale, "dims": (-1,)}


def triangle(v: Values) -> Values:
    cut = (lambda x: x.triu()) if v["upper"] else (lambda x: x.tril())
    return {"triangle": cut, "A": cut(v["A"]), "X": v["y"]}


def of_slopes(v: Values) -> Values:
    x = v["input"]
    several = v["weight"].numel() > 1 and x.ndim > 1
    weight = v["weight"].reshape(-1, *(1,) * (x.ndim - 2)) if several else v["weight"]
    over = channels_of(v) if several else tuple(range(x.ndim))
    return {"weight": weight, "Σ": lambda one: one.sum(over)}


def eigen(v: Values) -> Values:
    values, V = v["outputs"]
    E = values[..., None, :] - values[..., :, None] + at.eye(len(values), dtype=at.float64) * 1e300
    return {"V": V, "E": E, "g_λ": v["gs"][0], "g_V": v["gs"][1]}


def singular(v: Values) -> Values:
    U, S, Vh = v["outputs"]
    squares = S * S
    far = at.eye(len(S), dtype=at.float64) * 1e300
    g_V = v["gs"][2].mT
    return {
        "U": U, "V": Vh.mT, "S": at.diag(S), "E": squares[None, :] - squares[:, None] + far,
        "g_U": v["gs"][0], "g_S": v["gs"][1], "g_V": g_V, "I": Identity(),
    }  # fmt: skip


def orthogonal(v: Values) -> Values:
    Q, R = v["outputs"]
    return {"Q": Q, "R": R, "g_Q": v["gs"][0], "g_R": v["gs"][1],
            "symmetric": lambda x: x.triu() + x.triu(1).mT}  # fmt: skip


def triangles(v: Values) -> Values:
    P, L, U = v["outputs"]
    return {"P": P, "L": L, "U": U, "g_L": v["gs"][1], "g_U": v["gs"][2],
            "strictly_lower": lambda x: x.tril(-1), "upper": lambda x: x.triu()}  # fmt: skip


ALSO: dict[str, Callable[[Values], Values]] = {
    "as_strided_scatter": lambda v: {
        "as_strided_scatter": lambda g, _, *rest: at.as_strided_scatter(
            g, at.zeros_like(v["src"]), *rest
        )
    },
    "batch_norm": normalized(channels_of),
    "binary_cross_entropy": count,
    "binary_cross_entropy_with_logits": count,
    "channel_shuffle": lambda v: {
        "C": v["input"].shape[1],
        "channel_shuffle": lambda g, groups: F.channel_shuffle(g, int(groups)),
    },
    "cholesky": lambda v: {"L": v["y"], "symmetric": lambda x: x.tril() + x.tril(-1).mT},
    "cosine_similarity": directions,
    "cross_entropy": classes,
    "diagonal_scatter": lambda v: {
        "diagonal_scatter": lambda g, _, *rest: at.diagonal_scatter(
            g, at.zeros_like(v["src"]), *rest
        )
    },
    "gaussian_nll_loss": count,
    "hinge_embedding_loss": count,
    "huber_loss": difference,
    "index_put": lambda v: {"index_put": lambda g, at_index, _: at.index_put(g, at_index, ZERO)},
    "kl_div": count,
    "l1_loss": count,
    "instance_norm": normalized(places_of),
    "layer_norm": normalized(last_of),
    "margin_ranking_loss": count,
    "dist": lambda v: {"d": v["input"] - v["other"]},
    "matrix_power": lambda v: {
        "P": lambda k: at.matrix_power(v["input"].mT, k),
        "count": v["n"],
    },
    "mean": size_over,
    "mish": lambda v: {"t": at.tanh(F.softplus(v["input"]))},
    "mse_loss": count,
    "multilabel_soft_margin_loss": lambda v: {
        "n": v["input"].numel() if v["reduction"] == "mean" else v["input"].shape[-1],
        "g": v["g"].unsqueeze(-1) if v["reduction"] == "none" else v["g"],
    },
    "mvlgamma": lambda v: {"count": v["p"]},
    "nanmean": size_over,
    "nll_loss": classes,
    "normalize": lambda v: {
        "length": (v["input"] ** 2).sum(v["dim"], keepdim=True).sqrt(),
    },
    "norm": lambda v: {"p": 2 if v["p"] == "fro" else v["p"]},
    "pairwise_distance": distance,
    "poisson_nll_loss": count,
    "polygamma": lambda v: {"ψ⁽ⁿ⁺¹⁾": lambda x: at.polygamma(v["n"] + 1, x)},
    "prelu": of_slopes,
    "rms_norm": by_length,
    "rnn_relu_cell": lambda v: {"Σ": lambda x: x.sum(0)},
    "rnn_tanh_cell": lambda v: {"Σ": lambda x: x.sum(0)},
    "scaled_dot_product_attention": attention,
    "selu": lambda v: {"scale": 1.0507009873554805, "alpha": 1.6732632423543772},
    "smooth_l1_loss": difference,
    "soft_margin_loss": count,
    "std": spread,
    "var": spread,
    "linalg.eigh": eigen,
    "linalg.eigvalsh": lambda v: {"V": at.linalg.eigh(v["A"])[1]},
    "linalg.lu": triangles,
    "linalg.pinv": lambda v: {"I": Identity()},
    "unfold": lambda v: {"size": v["input"].shape[2:]},
    "linalg.solve": lambda v: {"X": v["y"]},
    "linalg.solve_triangular": triangle,
    "linalg.svd": singular,
    "linalg.svdvals": lambda v: dict(zip(("U", "S", "V"), _thin(v["A"]), strict=True)),
    "put": lambda v: {"put": lambda g, index, _: at.put(g, index, at.zeros_like(v["source"]))},
    "qr": orthogonal,
    "scatter": lambda v: {"scatter": lambda g, dim, index, _: at.scatter(g, dim, index, 0.0)},
    "select_scatter": lambda v: {
        "select_scatter": lambda g, _, *rest: at.select_scatter(g, at.zeros_like(v["src"]), *rest)
    },
    "slice_scatter": lambda v: {
        "slice_scatter": lambda g, _, *rest: at.slice_scatter(g, at.zeros_like(v["src"]), *rest)
    },
}
"""What names in formulas mean that are no arguments, by function."""


def _thin(A: Any) -> tuple[Any, Any, Any]:
    U, S, Vh = at.linalg.svd(A, full_matrices=False)
    return U, S, Vh.mT


def no_weight(v: Values) -> bool:
    return v.get("weight") is None and v.get("pos_weight") is None


def alike(v: Values) -> bool:
    """A loss without weights, of shapes that need not be stretched, of which PyTorch warns."""
    return no_weight(v) and v["input"].shape == v["target"].shape


def of_classes(v: Values) -> bool:
    """A loss of rows with class numbers, none of them ignored."""
    numbers = v["input"].ndim == 2 and v["target"].dtype == at.int64 and no_weight(v)
    plain = numbers and not v.get("label_smoothing")
    return plain and bool((v["target"] != v["ignore_index"]).all())


def square(v: Values) -> bool:
    return v["input" if "input" in v else "A"].ndim == 2


USABLE: dict[str, Callable[[Values], bool]] = {
    "batch_norm": lambda v: v["training"] and v["input"].ndim > 1,
    "binary_cross_entropy": no_weight,
    "binary_cross_entropy_with_logits": no_weight,
    "cross_entropy": of_classes,
    "det": square,
    "div": lambda v: v["rounding_mode"] is None,
    "gaussian_nll_loss": lambda v: isinstance(v["var"], at.Tensor)
    and v["var"].shape == v["input"].shape == v["target"].shape,
    "index_put": lambda v: not v["accumulate"],
    "gelu": lambda v: v["approximate"] == "none",
    "kl_div": lambda v: not v["log_target"] and v["input"].shape == v["target"].shape,
    "l1_loss": alike,
    "linalg.lu": lambda v: square(v) and v["A"].shape[0] == v["A"].shape[1],
    "linalg.eigh": lambda v: square(v) and v["UPLO"] == "L",
    "linalg.eigvalsh": lambda v: square(v) and v["UPLO"] == "L",
    "linalg.pinv": lambda v: v["hermitian"] is False,
    "linalg.solve": lambda v: v["left"] and v["B"].ndim > 1 and v["B"].ndim == v["A"].ndim,
    "linalg.solve_triangular": lambda v: v["left"] and not v["unitriangular"],
    "linalg.svd": lambda v: square(v) and not v["full_matrices"],
    "linalg.svdvals": square,
    "linear": lambda v: v["input"].ndim == 2,
    "logdet": square,
    "logit": lambda v: v["eps"] is None,
    "matmul": lambda v: min(v["input"].ndim, v["other"].ndim) > 1,
    "dist": lambda v: 0 < v["p"] < 9,
    "matrix_power": lambda v: v["n"] > 0,
    "mse_loss": alike,
    "multilabel_soft_margin_loss": no_weight,
    "huber_loss": alike,
    "nll_loss": of_classes,
    "instance_norm": lambda v: v["use_input_stats"] and v["input"].ndim > 2,
    "norm": lambda v: v["p"] == "fro" or (isinstance(v["p"], (int, float)) and 0 < v["p"] < 9),
    "normalize": lambda v: v["p"] == 2
    and bool(((v["input"] ** 2).sum(v["dim"]) > v["eps"] ** 2).all()),
    "poisson_nll_loss": lambda v: v["log_input"],
    "qr": lambda v: square(v) and v["input"].shape[0] >= v["input"].shape[1] and v["some"],
    "roll": lambda v: v["dims"] != (),
    "scaled_dot_product_attention": lambda v: v["attn_mask"] is None and not v["is_causal"]
    and not v["dropout_p"] and not v["enable_gqa"] and v["query"].ndim == v["key"].ndim,
    "smooth_l1_loss": alike,
    "t": square,
    "slogdet": lambda v: square(v) and bool(at.det(v["input"]) != 0),
}  # fmt: skip
"""Which calls a formula speaks of, where its docstring has further words on others."""


# -- the comparison --------------------------------------------------------------------------------


class Call:
    """One call of a public function: its arguments, outputs and gradients."""

    def __init__(self, name: str, bound: inspect.BoundArguments) -> None:
        self.name = name
        self.formulas = read_formula(FUNCTIONS[name].__doc__).derivatives
        given = {
            key: one.detach().clone() if isinstance(one, at.Tensor) else one
            for key, one in bound.arguments.items()
        }
        self.sources = {
            key: one.requires_grad_()
            for key, one in given.items()
            if key in self.formulas and isinstance(one, at.Tensor) and one.is_floating_point()
        }
        self.values: Values = {"public": True}
        for key, one in given.items():
            self.values[key] = one.detach() if isinstance(one, at.Tensor) else one
        self.usable = bool(self.sources) and USABLE.get(name, lambda v: True)(self.values)
        if not self.usable:
            return
        again = inspect.BoundArguments(bound.signature, given)
        result = FUNCTIONS[name](*again.args, **again.kwargs)
        self.outputs = tuple(result) if isinstance(result, tuple) else (result,)
        draw = np.random.default_rng(0)
        self.gs = [at.tensor(draw.standard_normal(one.shape)) for one in self.outputs]
        self.values |= {"outputs": tuple(map(detached, self.outputs)), "gs": self.gs}
        at_index = 1 if name == "slogdet" else 0
        self.values |= {"g": self.gs[at_index], "y": self.outputs[at_index].detach()}
        if len(self.outputs) == 2 and self.outputs[1].dtype == at.int64:
            self.values["indices"] = self.outputs[1]
        self.along_dim()
        self.values |= ALSO.get(name, lambda v: {})(self.values)

    def along_dim(self) -> None:
        """``dims``, and of what has lost them, dimensions of size 1 in their place."""
        v = self.values
        if "dim" not in v or "input" not in v:
            return
        dim, ndim = v["dim"], v["input"].ndim
        over = (
            tuple(range(ndim)) if dim in (None, ()) else dim if isinstance(dim, tuple) else (dim,)
        )
        v["dims"] = over = tuple(sorted(one % max(ndim, 1) for one in over)) if ndim else ()
        if v.get("keepdim") is False:
            for one in over:
                for key in ("g", "y", *(["indices"] if "indices" in v else [])):
                    v[key] = v[key].unsqueeze(one)

    def gradients(self) -> dict[str, Any]:
        pairs = [pair for pair in zip(self.outputs, self.gs, strict=True) if pair[0].requires_grad]
        outputs, gs = zip(*pairs, strict=True)
        found = at.autograd.grad(outputs, list(self.sources.values()), gs, allow_unused=True)
        return dict(zip(self.sources, found, strict=True))


def detached(one: Any) -> Any:
    return one.detach()


@pytest.mark.parametrize("name", CHECKED)
def test_the_formulas_give_what_backward_gives(
    name: str, calls: dict[str, list[inspect.BoundArguments]]
) -> None:
    tried = 0
    for bound in calls[name]:
        call = Call(name, bound)
        if not call.usable or not any(one.requires_grad for one in call.outputs):
            continue
        expected = call.gradients()
        for argument, text in call.formulas.items():
            found = evaluate(text, call.values)
            call.values[f"d {argument}"] = found
            if argument in expected:
                gradient = expected[argument]
                if gradient is None:
                    gradient = at.zeros_like(call.sources[argument])
                assert_same(found, gradient, f"d {argument} = {text}")
                tried += 1
    assert tried, "no call has come by"


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_what_a_docstring_says_of_derivatives_is_a_formula(name: str) -> None:
    docstring = getattr(function_of(name) or getattr(at.Tensor, name), "__doc__", None) or ""
    for text in read_formula(docstring).derivatives.values():
        parsed(text)  # raises with the place; words can follow behind a colon or semicolon


def test_what_is_not_checked_has_a_formula() -> None:
    assert UNCHECKED.keys() - FUNCTIONS.keys() == set()
