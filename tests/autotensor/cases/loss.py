"""Cases of the losses."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from tests.autotensor.cases.base import (
    BENDS,
    Case,
    functions,
    reals,
    spelled,
    turned,
)

REDUCTIONS = ("mean", "sum", "none")

# name: settings
DISTANCES: dict[str, tuple[dict[str, Any], ...]] = {
    "huber_loss": ({}, {"delta": 2.0}),
    "l1_loss": ({},),
    "mse_loss": ({},),
    "smooth_l1_loss": ({}, {"beta": 0.5}, {"beta": 0.0}),
}


def _distance_cases() -> Iterator[Case]:
    x, y = reals((3, 2)), reals((3, 2), seed=1) + 0.03
    weight = reals((3, 2), 0.5, 2, seed=2)

    def distance(lib: Any, a: Any, b: Any, *weights: Any, name: str = "", **settings: Any) -> Any:
        if weights:
            settings["weight"] = weights[0]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the two are broadcast
            return getattr(functions(lib), name)(a, b, **settings)

    for name, several in DISTANCES.items():
        for settings, reduction in product(several, REDUCTIONS):
            function = partial(distance, name=name, reduction=reduction, **settings)
            detail = f"{spelled(settings)} {reduction}"
            yield Case(name, detail, function, (x, y))
            if settings:
                continue
            yield Case(name, f"{detail} turned", function, (turned(x), y))
            yield Case(name, f"{detail} 0-d", function, (reals(()), reals(()) + 0.4))
            nothing = np.zeros((0, 2))
            yield Case(
                name, f"{detail} empty", function, (nothing, nothing), second=reduction != "mean"
            )
            yield Case(name, f"{detail} stretched", function, (x, y[0] + 0.01))
            if name != "smooth_l1_loss":
                yield Case(name, f"{detail} weight", function, (x, y, weight))


def _probability_cases() -> Iterator[Case]:
    x, chances = reals((3, 2)), reals((3, 2), 0.1, 0.9, seed=1)
    inner = reals((3, 2), 0.1, 0.9, seed=2)
    weight, row = reals((3, 2), 0.5, 2, seed=3), np.array([0.6, 1.8])
    nothing = np.zeros((0, 2))

    def cross(lib: Any, a: Any, t: Any, *weights: Any, **settings: Any) -> Any:
        return functions(lib).binary_cross_entropy(a, t, *weights, **settings)

    def logits(lib: Any, a: Any, t: Any, w: Any = None, p: Any = None, **settings: Any) -> Any:
        return functions(lib).binary_cross_entropy_with_logits(a, t, w, pos_weight=p, **settings)

    def divergence(lib: Any, a: Any, t: Any, **settings: Any) -> Any:
        return functions(lib).kl_div(a, t, **settings)

    for reduction in REDUCTIONS:
        for name, plain, first in (
            ("binary_cross_entropy", cross, inner),
            ("binary_cross_entropy_with_logits", logits, x),
        ):
            function = partial(plain, reduction=reduction)
            yield Case(name, f"{reduction}", function, (first, chances))
            yield Case(name, f"{reduction} turned", function, (turned(first), chances))
            yield Case(name, f"{reduction} 0-d", function, (first[0, 0], chances[0, 0]))
            for detail, one in (("weight", weight), ("weight of columns", row)):
                yield Case(
                    name, f"{reduction} {detail}", function, (first, chances), constants=(one,)
                )
            if reduction != "mean":
                yield Case(name, f"{reduction} empty", function, (nothing, nothing))
        name = "binary_cross_entropy_with_logits"
        function = partial(logits, reduction=reduction)
        yield Case(name, f"{reduction} pos_weight", function, (x, chances), constants=(None, row))
        yield Case(name, f"{reduction} both", function, (x, chances), constants=(row, weight))
    for reduction, log_target in product((*REDUCTIONS, "batchmean"), (False, True)):
        function = partial(divergence, reduction=reduction, log_target=log_target)
        detail = f"{reduction} log_target {log_target}"
        yield Case("kl_div", detail, function, (x, chances))
        yield Case("kl_div", f"{detail} turned", function, (turned(x), chances))
        yield Case("kl_div", f"{detail} 0-d", function, (x[0, 0], chances[0, 0]))
        yield Case("kl_div", f"{detail} stretched", function, (x, chances[0]))


def _class_cases() -> Iterator[Case]:
    weight = np.array([0.6, 1.8, 0.9])
    x = reals((4, 3))
    classes = np.array([0, 2, 1, 2])
    three, grid = reals((2, 3, 2)), np.array([[0, 2], [1, 2]])

    def loss(lib: Any, x: Any, t: Any, w: Any = None, name: str = "", **settings: Any) -> Any:
        return getattr(functions(lib), name)(x, t, w, **settings)

    every: list[dict[str, Any]] = [{}, {"ignore_index": 2}]
    for name, smoothed in (("cross_entropy", True), ("nll_loss", False)):
        several = every + [{**one, "label_smoothing": 0.3} for one in every if smoothed]
        for settings, reduction in product(several, REDUCTIONS):
            function = partial(loss, name=name, reduction=reduction, **settings)
            detail = f"{spelled(settings)} {reduction}"
            yield Case(name, detail, function, (x,), constants=(classes,))
            yield Case(name, f"{detail} weight", function, (x,), constants=(classes, weight))
            yield Case(name, f"{detail} places", function, (three,), constants=(grid, weight))
            if "ignore_index" in settings:
                continue
            yield Case(name, f"{detail} turned", function, (turned(x),), constants=(classes,))
            yield Case(name, f"{detail} one", function, (x[0],), constants=(np.array(1),))
            if reduction != "mean":
                nothing = np.zeros((0, 3))
                yield Case(name, f"{detail} empty", function, (nothing,), constants=(classes[:0],))
    chances = reals((4, 3), 0.1, 0.9, seed=1)
    for reduction, smoothing in product(REDUCTIONS, (0.0, 0.3)):
        function = partial(
            loss, name="cross_entropy", reduction=reduction, label_smoothing=smoothing
        )
        detail = f"probabilities {smoothing} {reduction}"
        yield Case("cross_entropy", detail, function, (x[:2], chances[:2]))
        yield Case("cross_entropy", f"{detail} one", function, (x[0], chances[0]))
        yield Case(
            "cross_entropy", f"{detail} weight", lambda lib, a, t, w, f=function: f(lib, a, t, w),
            (three, reals((2, 3, 2), 0.1, 0.9, seed=1)), constants=(weight,),
        )  # fmt: skip


def _likelihood_cases() -> Iterator[Case]:
    x, target = reals((3, 2)), reals((3, 2), 0.2, 4, seed=1)

    def poisson(lib: Any, a: Any, t: Any, **settings: Any) -> Any:
        return functions(lib).poisson_nll_loss(a, t, **settings)

    def gaussian(lib: Any, a: Any, t: Any, v: Any, **settings: Any) -> Any:
        return functions(lib).gaussian_nll_loss(a, t, v, **settings)

    every: list[dict[str, Any]] = [
        {}, {"full": True}, {"log_input": False, "eps": 0.1}, {"log_input": False, "full": True},
    ]  # fmt: skip
    for settings, reduction in product(every, REDUCTIONS):
        first = x if settings.get("log_input", True) else np.abs(x)
        function = partial(poisson, reduction=reduction, **settings)
        detail = f"{spelled(settings)} {reduction}"
        yield Case("poisson_nll_loss", detail, function, (first, target))
        yield Case("poisson_nll_loss", f"{detail} turned", function, (turned(first), target))
    yield Case("poisson_nll_loss", "0-d", poisson, (x[0, 0], target[0, 0]))
    yield Case("poisson_nll_loss", "counts", poisson, (x,), constants=(np.array([1, 3]),))
    variance = reals((3, 2), 0.2, 4, seed=2)
    for full, reduction in product((False, True), REDUCTIONS):
        function = partial(gaussian, full=full, reduction=reduction)
        detail = f"{full} {reduction}"
        for shape, var in (
            ("", variance), (" column", variance[:, :1]), (" one size less", variance[:, 0]),
        ):  # fmt: skip
            yield Case("gaussian_nll_loss", detail + shape, function, (x, target, var))
        yield Case("gaussian_nll_loss", f"{detail} number", function, (x, target), constants=(0.7,))
    yield Case("gaussian_nll_loss", "turned", gaussian, (turned(x), target, turned(variance)))
    yield Case("gaussian_nll_loss", "0-d", gaussian, (x[0, 0], target[0, 0], variance[0, 0]))


def _tie_cases() -> Iterator[Case]:
    for name, several in DISTANCES.items():
        for settings in several:
            yield Case(
                name,
                f"at the bends {spelled(settings)}",
                lambda lib, a, n=name, s=settings: getattr(functions(lib), n)(a, a * 0, **s),
                (BENDS,),
                second=name in ("l1_loss", "mse_loss"),  # the others' jumps there
            )
    # Variances below eps: PyTorch differentiates as if they were not raised to it.
    yield Case(
        "gaussian_nll_loss",
        "small variances",
        lambda lib, a, t, v: functions(lib).gaussian_nll_loss(a, t, v, eps=0.5, reduction="none"),
        (reals((4,)), reals((4,), seed=1), np.array([0.0, 0.2, 0.5, 0.9])),
    )


CASES: list[Case] = [
    *_distance_cases(), *_probability_cases(), *_class_cases(), *_likelihood_cases(),
]  # fmt: skip

#: Where PyTorch picks one of equal elements, or a bend: no differences to compare with.
TIE_CASES: list[Case] = [*_tie_cases()]
