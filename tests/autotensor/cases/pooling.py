"""Cases of the poolings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from tests.autotensor.cases.base import (
    TIES,
    Case,
    batch_innermost,
    named,
    reals,
    spelled,
    turned,
)

# dimensions: shape, kernel, stride, padding
WINDOWS: dict[int, list[tuple[tuple[int, ...], Any, Any, Any]]] = {
    1: [
        ((2, 2, 4), 2, None, 0),
        ((1, 5), 3, 1, 1),
        ((1, 2, 5), 2, 2, 1),
        ((1, 1, 6), 2, 3, 0),
        ((0, 2, 4), 2, None, 0),
    ],
    2: [
        ((2, 1, 4, 4), 2, None, 0),
        ((1, 3, 4), (2, 3), 1, 0),
        ((1, 1, 4, 5), (3, 2), (2, 3), (1, 0)),
        ((1, 2, 3, 3), 2, 2, 1),
        ((1, 1, 3, 3), 1, 2, 0),
        ((0, 1, 2, 2), 2, None, 0),
    ],
    3: [
        ((1, 2, 2, 4, 2), 2, None, 0),
        ((1, 2, 3, 3), (1, 2, 2), 1, 0),
        ((1, 1, 3, 3, 2), (2, 3, 2), 2, (1, 1, 0)),
    ],
}


def _pooling_cases() -> Iterator[Case]:
    def pool(lib: Any, x: Any, name: str = "", **settings: Any) -> Any:
        return named(lib, name)(x, **settings)

    every = ((ndim, *window) for ndim, windows in WINDOWS.items() for window in windows)
    for (ndim, shape, kernel, stride, padding), ceil_mode in product(every, (False, True)):
        settings = {
            "kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": ceil_mode,
        }  # fmt: skip
        detail = f"{shape} {spelled(settings)}"
        x = reals(shape)
        for kind in ("max", "min", "avg"):
            name = f"{kind}_pool{ndim}d"
            function = partial(pool, name=name, **settings)
            yield Case(name, detail, function, (x,))
            if kind == "avg" and padding:
                outside = partial(function, count_include_pad=False)
                yield Case(name, f"{detail} outside not counted", outside, (x,))
    for ndim, shape in ((1, (2, 1, 5)), (2, (2, 1, 3, 4)), (3, (2, 1, 3, 1, 3))):
        x = reals(shape)
        sizes = {"kernel_size": (2, 1, 2)[-ndim:], "stride": 1}
        for kind in ("max", "min", "avg"):
            name = f"{kind}_pool{ndim}d"
            function = partial(pool, name=name, **sizes)
            yield Case(name, "turned", function, (turned(x),))
            yield Case(name, "batch innermost", function, (batch_innermost(x),))
            if kind != "avg":
                yield Case(name, "dilation", partial(function, dilation=2), (x,))
                yield Case(name, "indices", partial(function, return_indices=True), (x,))
            elif ndim > 1:
                yield Case(name, "divisor", partial(function, divisor_override=5), (x,))


def _tie_cases() -> Iterator[Case]:
    for kind in ("max", "min"):
        for array in (TIES[None], TIES[None, None], TIES[None, None, None]):
            name = f"{kind}_pool{array.ndim - 2 or 1}d"
            yield Case(
                name,
                f"tie {array.shape}",
                lambda lib, a, n=name: named(lib, n)(a, 2, 1),
                (array,),
            )
    for divisor in (None, 3, -3):
        yield Case(
            "avg_pool2d",
            f"integers {divisor}",
            lambda lib, x, d=divisor: named(lib, "avg_pool2d")(x, 2, divisor_override=d),
            (np.arange(-9, 7).reshape(1, 1, 4, 4),),
        )
    # The root's derivative is infinite at 0, but PyTorch makes it 0.
    x = np.array([[[0.0, 0.0, 1.0, 2.0]]])
    yield Case(
        "lp_pool1d", "zeros", lambda lib, x: named(lib, "lp_pool1d")(x, 2, 2), (x,), second=False
    )


def _power_cases() -> Iterator[Case]:
    for shape, power, kernel, stride, ceil_mode in (
        ((2, 1, 5), 2, 2, None, False),
        ((2, 5), 1, 3, 2, True),
        ((2, 1, 3, 4), 2.0, 2, 1, False),
        ((1, 3, 4), 3, (2, 3), 2, True),
        ((1, 1, 2, 3, 2), 1.5, (1, 2, 2), 1, False),
    ):
        ndim = {(2, 1, 5): 1, (2, 5): 1, (1, 1, 2, 3, 2): 3}.get(shape, 2)

        def pool(lib: Any, x: Any, name: str, *settings: Any) -> Any:
            return named(lib, name)(x, *settings)

        settings = (f"lp_pool{ndim}d", power, kernel, stride, ceil_mode)
        yield Case(
            settings[0],
            f"{shape} {settings[1:]}",
            lambda lib, x, s=settings, f=pool: f(lib, x, *s),
            (reals(shape, 0.1, 2.0),),
        )


def _index_cases() -> Iterator[Case]:
    for ndim in (1, 2, 3):
        name = f"max_pool{ndim}d_with_indices"
        yield Case(
            name,
            "plain",
            lambda lib, x, name=name: named(lib, name)(x, 2, 1),
            (reals((1, 2, *(3,) * ndim)),),
        )


CASES: list[Case] = [*_pooling_cases(), *_power_cases(), *_index_cases()]

#: Where PyTorch picks one of equal elements, or a bend: no differences to compare with.
TIE_CASES: list[Case] = [*_tie_cases()]
