"""Cases of the activations and dropout."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from tests.autotensor.cases.base import (
    BENDS,
    Case,
    functions,
    named,
    reals,
    spelled,
    turned,
)

# name: the interval to try, with the BENDS in it, and settings
ACTIVATIONS: dict[str, tuple[Any, ...]] = {
    "celu": (-2, 2, {}, {"alpha": 2.0}, {"alpha": 0.5, "inplace": True}),
    "elu": (-2, 2, {}, {"alpha": 0.7}, {"inplace": True}),
    "gelu": (-3, 3, {}, {"approximate": "tanh"}),
    "hardshrink": (-2, 2, {}, {"lambd": 1.0}, {"lambd": 0.0}),
    "hardsigmoid": (-5, 5, {}, {"inplace": True}),
    "hardswish": (-5, 5, {}, {"inplace": True}),
    "hardtanh": (-2, 2, {}, {"min_val": -0.3, "max_val": 1.5}, {"inplace": True}),
    "leaky_relu": (-2, 2, {}, {"negative_slope": 0.3}, {"inplace": True}),
    "logsigmoid": (-4, 4, {}),
    "mish": (-3, 3, {}, {"inplace": True}),
    "relu6": (-4, 8, {}, {"inplace": True}),
    "rrelu": (-2, 2, {}, {"lower": 0.2, "upper": 0.6}, {"inplace": True}),
    "selu": (-2, 2, {}, {"inplace": True}),
    "silu": (-4, 4, {}, {"inplace": True}),
    "softplus": (-3, 3, {}, {"beta": 3.0, "threshold": 2.0}),
    "softshrink": (-2, 2, {}, {"lambd": 1.0}),
    "softsign": (-2, 2, {}),
    "tanhshrink": (-2, 2, {}),
    "threshold": (-2, 2, {"threshold": 0.5, "value": -2.0},
                  {"threshold": -0.3, "value": 1.0, "inplace": True}),
}  # fmt: skip


def _activation_cases() -> Iterator[Case]:
    for name, (low, high, *several) in ACTIVATIONS.items():
        for settings in several:

            def function(lib: Any, x: Any, name: str = name, settings: Any = settings) -> Any:
                # A leaf cannot be written to.
                x = x.clone() if settings.get("inplace") else x
                return named(lib, name)(x, **settings)

            detail = spelled(settings)
            yield Case(name, detail, function, (reals((3, 4), low, high),))
            if settings is several[0]:
                yield Case(name, "turned", function, (turned(reals((2, 3, 2), low, high)),))
                yield Case(name, "0-d", function, (reals((), low, high) * 0.9,))
                yield Case(name, "empty", function, (np.zeros((2, 0)),))
    x = reals((2, 3, 2))
    for shape, slopes in (((3, 2), 2), ((3, 2), 1), ((2, 3, 2), 3), ((4,), 1), ((0, 2), 2)):
        yield Case(
            "prelu",
            f"{shape} {slopes}",
            lambda lib, a, w: functions(lib).prelu(a, w),
            (reals(shape), reals((slopes,), seed=1)),
        )
    yield Case(
        "prelu", "turned", lambda lib, a, w: functions(lib).prelu(a, w), (turned(x), reals((3,)))
    )
    for dim, array in ((-1, x), (0, x), (-1, turned(x)), (0, reals((4,))), (1, np.zeros((0, 2)))):
        detail = f"{dim} {array.shape} {array.strides}"
        yield Case("glu", detail, lambda lib, a, d=dim: functions(lib).glu(a, d), (array,))
        yield Case("softmin", detail, lambda lib, a, d=dim: functions(lib).softmin(a, d), (array,))
    yield Case("softmin", "0-d", lambda lib, a: functions(lib).softmin(a, 0), (reals(()),))


# In-place forms and what to give them besides the input.
IN_PLACE: dict[str, tuple[Any, ...]] = {
    "celu_": (0.5,), "elu_": (0.7,), "hardtanh_": (-0.3, 1.5), "leaky_relu_": (0.2,),
    "rrelu_": (0.2, 0.6), "selu_": (), "threshold_": (0.4, -2.0),
}  # fmt: skip


def _in_place_cases() -> Iterator[Case]:
    for name, settings in IN_PLACE.items():

        def function(lib: Any, x: Any, name: str = name, settings: Any = settings) -> Any:
            x = x.clone()
            assert getattr(functions(lib), name)(x, *settings) is x
            return x

        yield Case(name, f"{settings}", function, (reals((3, 4)),))
        yield Case(name, "0-d", function, (reals(()),))


def _drawn_cases() -> Iterator[Case]:
    def leaky(lib: Any, x: Any, **settings: Any) -> Any:
        lib.manual_seed(3)  # so that it is one function, not another one at each call
        x = x.clone() if settings.get("inplace") else x
        return functions(lib).rrelu(x, training=True, **settings)

    def gumbel(lib: Any, x: Any, **settings: Any) -> Any:
        lib.manual_seed(3)
        return functions(lib).gumbel_softmax(x, **settings)

    x = reals((3, 4))
    for settings in ({}, {"lower": 0.2, "upper": 0.6, "inplace": True}):
        yield Case(
            "rrelu", f"training {spelled(settings)}", partial(leaky, **settings), (turned(x),),
            random=True,
        )  # fmt: skip
    yield Case("rrelu", "one slope", partial(leaky, lower=0.3, upper=0.3), (x,))
    for settings in ({}, {"tau": 0.5, "dim": 0}):
        yield Case(
            "gumbel_softmax", spelled(settings), partial(gumbel, **settings), (turned(x),),
            random=True,
        )  # fmt: skip
    yield Case("gumbel_softmax", "empty", gumbel, (np.zeros((0, 2)),))


def _at_the_top(lib: Any, a: Any, name: str, p: float, train: bool) -> Any:
    """What ``nn.functional`` does not have."""
    return getattr(lib, name)(a.clone(), p, train)


def _dropout_cases() -> Iterator[Case]:
    shapes = {
        "alpha_dropout": (3, 4), "dropout": (3, 4), "dropout1d": (3, 2, 2),
        "dropout2d": (2, 3, 2, 1), "dropout3d": (2, 3, 1, 2, 1),
        "feature_alpha_dropout": (2, 3, 2),
    }  # fmt: skip
    for name, shape in shapes.items():
        x = reals(shape)

        def function(lib: Any, a: Any, name: str = name, **settings: Any) -> Any:
            lib.manual_seed(3)  # so that it is one function, not another one at each call
            a = a.clone() if settings.get("inplace") else a
            return getattr(functions(lib), name)(a, **{"training": True, **settings})

        yield Case(name, "half", function, (x,), random=True)
        yield Case(name, "turned", partial(function, p=0.3), (turned(x),), random=True)
        yield Case(name, "in place", partial(function, inplace=True), (x,), random=True)
        yield Case(name, "all", partial(function, p=1.0), (x,))
        yield Case(name, "none", partial(function, p=0.0), (x,))
        yield Case(name, "not training", partial(function, training=False), (x,))
        yield Case(name, "empty", function, (np.zeros((0, *shape[1:])),))
    for name in ("alpha_dropout_", "dropout_", "feature_alpha_dropout_", "feature_dropout_"):
        for p, train in ((1.0, True), (0.0, True), (0.5, False)):
            written = partial(_at_the_top, name=name, p=p, train=train)
            yield Case(name, f"{p} {train}", written, (reals((2, 3)),))
    for p, train in ((1.0, True), (0.0, True), (0.5, False)):
        features = partial(_at_the_top, name="feature_dropout", p=p, train=train)
        yield Case("feature_dropout", f"{p} {train}", features, (reals((2, 3)),))
    for name in ("dropout", "alpha_dropout"):
        yield Case(name, "0-d", partial(function, name=name), (reals(()),), random=True)
    for name, array in (("dropout1d", reals((3, 2))), ("dropout3d", reals((3, 1, 2, 1)))):
        one = partial(function, name=name)
        yield Case(name, "one sample", one, (array,), random=True)
        yield Case(name, "one sample, all", partial(one, p=1.0), (array,))


def _tie_cases() -> Iterator[Case]:
    for name, (_, _, settings, *_) in ACTIVATIONS.items():
        yield Case(
            name,
            "at the bends",
            lambda lib, a, n=name, s=settings: named(lib, n)(a, **s),
            (BENDS,),
            second=name not in ("celu", "elu", "selu"),  # it jumps there
        )
    yield Case(
        "prelu",
        "at 0",
        lambda lib, a, w: functions(lib).prelu(a, w),
        (BENDS, np.ones(1)),
        second=False,
    )


CASES: list[Case] = [
    *_activation_cases(), *_in_place_cases(), *_drawn_cases(), *_dropout_cases(),
]  # fmt: skip

#: Where PyTorch picks one of equal elements, or a bend: no differences to compare with.
TIE_CASES: list[Case] = [*_tie_cases()]
