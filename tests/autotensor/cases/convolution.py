"""Cases of the convolutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.autotensor.cases.base import (
    Case,
    batch_innermost,
    functions,
    reals,
    spelled,
    turned,
)

# input, weight, settings
CONVOLUTIONS: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((2, 2, 4), (2, 2, 3), {}),
    ((2, 5), (1, 2, 2), {}),
    ((1, 1, 6), (2, 1, 3), {"stride": 2, "padding": 1}),
    ((2, 2, 4), (2, 1, 2), {"groups": 2, "dilation": 2, "padding": 1}),
    ((1, 1, 5), (1, 1, 2), {"stride": 3, "padding": 2}),
    ((1, 1, 4), (2, 1, 2), {"padding": "same"}),
    ((1, 1, 4), (1, 1, 3), {"padding": "same", "dilation": 2}),
    ((1, 2, 3), (1, 2, 1), {"padding": "valid"}),
    ((1, 16, 2), (1, 16, 2), {"padding": 1}),
    ((0, 1, 3), (1, 1, 2), {}),
    ((2, 1, 3, 3), (2, 1, 2, 2), {}),
    ((2, 3, 2), (1, 2, 2, 1), {}),
    ((1, 2, 3, 3), (1, 2, 2, 3), {"stride": (2, 1), "padding": (1, 0)}),
    ((1, 1, 4, 4), (1, 1, 2, 2), {"stride": 3, "padding": 1}),
    ((1, 2, 3, 2), (4, 1, 2, 2), {"groups": 2, "padding": (0, 1)}),
    ((1, 1, 4, 3), (1, 1, 2, 2), {"dilation": (2, 1)}),
    ((1, 1, 3, 4), (1, 1, 2, 3), {"padding": "same", "dilation": (1, 2)}),
    ((1, 2, 2, 2), (2, 2, 1, 1), {"padding": "valid"}),
    ((0, 1, 2, 2), (1, 1, 2, 2), {}),
    ((2, 1, 2, 2, 2), (2, 1, 2, 2, 1), {}),
    ((1, 2, 2, 2), (1, 1, 1, 2, 2), {"padding": 1, "stride": 2}),
    ((1, 2, 2, 2, 2), (2, 1, 1, 2, 2), {"groups": 2}),
    ((1, 1, 3, 2, 2), (1, 1, 2, 1, 2), {"padding": "same", "dilation": (2, 1, 1)}),
]

TRANSPOSED: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((2, 2, 3), (2, 2, 2), {}),
    ((2, 3), (2, 1, 2), {"stride": 2}),
    ((1, 1, 3), (1, 2, 3), {"stride": 2, "padding": 1, "output_padding": 1}),
    ((1, 2, 3), (2, 1, 2), {"groups": 2, "dilation": 2}),
    ((1, 1, 2), (1, 1, 2), {"stride": 3, "output_padding": 2}),
    ((1, 1, 2), (1, 16, 2), {"padding": 1}),
    ((0, 1, 3), (1, 1, 2), {}),
    ((2, 1, 2, 2), (1, 2, 2, 2), {}),
    ((1, 2, 2), (1, 1, 2, 1), {}),
    ((1, 1, 2, 3), (1, 1, 2, 3), {"stride": (2, 1), "padding": (0, 1), "output_padding": (1, 0)}),
    ((1, 2, 2, 2), (2, 2, 1, 2), {"groups": 2, "padding": (0, 1), "dilation": (1, 2)}),
    ((2, 1, 1, 2, 2), (1, 1, 2, 1, 2), {}),
    ((1, 1, 2, 1, 2), (1, 1, 2, 2, 1), {"stride": 2, "padding": (1, 0, 0), "output_padding": 1}),
    ((1, 2, 1, 2, 1), (2, 1, 1, 2, 2), {"groups": 2}),
]


def _convolution_cases() -> Iterator[Case]:
    for kind, table in (("conv", CONVOLUTIONS), ("conv_transpose", TRANSPOSED)):
        for shape, kernel, settings in table:
            name = f"{kind}{len(kernel) - 2}d"
            outputs = kernel[0] if kind == "conv" else kernel[1] * settings.get("groups", 1)

            def function(lib: Any, *given: Any, name: str = name, settings: Any = settings) -> Any:
                return getattr(functions(lib), name)(*given, **settings)

            x, weight, bias = reals(shape), reals(kernel, seed=1), reals((outputs,), seed=2)
            detail = f"{shape} {kernel} {spelled(settings)}"
            yield Case(name, detail, function, (x, weight, bias))
            if not settings and x.size:
                yield Case(name, f"{detail} no bias", function, (x, weight))
                yield Case(name, f"{detail} turned", function, (turned(x), turned(weight)))
            if not settings and len(shape) == len(kernel) and x.size:
                yield Case(
                    name, f"{detail} batch innermost", function, (batch_innermost(x), weight, bias)
                )


def _integer_cases() -> Iterator[Case]:
    whole = np.arange(-4, 8).reshape(1, 2, 6), np.arange(-3, 5).reshape(2, 2, 2)
    for name in ("conv1d", "conv_transpose1d"):
        yield Case(
            name, "integers", lambda lib, x, w, n=name: getattr(functions(lib), n)(x, w), whole
        )


CASES: list[Case] = [*_convolution_cases()]

#: Nothing to differentiate.
TIE_CASES: list[Case] = [*_integer_cases()]
