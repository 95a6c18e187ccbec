"""Cases of the poolings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any

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


CASES: list[Case] = [*_pooling_cases()]

#: Where PyTorch picks one of equal elements, or a bend: no differences to compare with.
TIE_CASES: list[Case] = [*_tie_cases()]
