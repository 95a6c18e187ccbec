"""Cases of interpolation and adaptive averages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.autotensor.cases.base import Case, batch_innermost, named, reals, spelled, turned

# shape, settings
INTERPOLATIONS: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((2, 1, 3), {"size": 5}),
    ((1, 2, 3, 2), {"scale_factor": 2}),
    ((1, 2, 5, 3), {"scale_factor": (0.7, 1.4)}),
    ((1, 1, 2, 3, 2), {"size": (3, 1, 4)}),
    ((1, 2, 5, 3), {"scale_factor": 1.3, "mode": "nearest-exact"}),
    ((2, 1, 4), {"size": 7, "mode": "linear"}),
    ((2, 1, 4), {"scale_factor": 1.9, "mode": "linear", "recompute_scale_factor": True}),
    ((1, 1, 9), {"scale_factor": 1.1, "mode": "linear"}),
    ((1, 2, 3, 4), {"size": (5, 2), "mode": "bilinear"}),
    ((1, 2, 3, 4), {"scale_factor": 1.7, "mode": "bilinear", "align_corners": True}),
    ((1, 1, 3, 2), {"size": (1, 4), "mode": "bilinear", "align_corners": True}),
    ((1, 1, 6, 5), {"size": (2, 3), "mode": "bilinear", "antialias": True}),
    ((1, 1, 2, 3, 2), {"size": (3, 2, 3), "mode": "trilinear"}),
    ((1, 1, 4, 3), {"size": (6, 2), "mode": "bicubic"}),
    ((1, 1, 4, 3), {"scale_factor": 1.5, "mode": "bicubic", "align_corners": True}),
    ((1, 1, 7, 5), {"size": (3, 7), "mode": "bicubic", "antialias": True}),
    ((1, 1, 7, 5), {"size": (2, 3), "mode": "bicubic", "antialias": True, "align_corners": True}),
    ((1, 1, 9, 5), {"size": (3, 4), "mode": "lanczos", "antialias": True}),
    ((1, 2, 5), {"size": 3, "mode": "area"}),
    ((1, 1, 4, 3), {"scale_factor": (0.5, 1.4), "mode": "area"}),
    ((0, 1, 2, 2), {"size": 3, "mode": "bilinear"}),
    # So long that the taps are gathered, not multiplied as a matrix.
    ((1, 1, 70), {"size": 72, "mode": "linear"}),
    ((1, 1, 72), {"size": 47, "mode": "area"}),
]

# dimensions: shape, output_size
ADAPTIVE: dict[int, list[tuple[tuple[int, ...], Any]]] = {
    1: [((2, 1, 5), 3), ((2, 4), 2), ((1, 1, 2), 5), ((0, 1, 3), 2)],
    2: [((1, 2, 4, 5), (3, 2)), ((2, 3, 4), (None, 3)), ((2, 1, 3, 3), 1), ((1, 1, 2, 3), (3, 4))],
    3: [((1, 2, 3, 2, 4), (2, 1, 3)), ((1, 3, 3, 2), (None, 2, 1))],
}


def _interpolation_cases() -> Iterator[Case]:
    def interpolate(lib: Any, x: Any, **settings: Any) -> Any:
        return named(lib, "interpolate")(x, **settings)

    for shape, settings in INTERPOLATIONS:

        def function(lib: Any, x: Any, settings: Any = settings) -> Any:
            return interpolate(lib, x, **settings)

        yield Case("interpolate", f"{shape} {spelled(settings)}", function, (reals(shape),))
    for turn in (turned, batch_innermost):
        yield Case(
            "interpolate",
            turn.__name__,
            lambda lib, x: interpolate(lib, x, size=(4, 2), mode="bilinear"),
            (turn(reals((2, 2, 3, 3))),),
        )
    x = reals((1, 1, 2, 3))
    yield Case(
        "upsample", "bicubic", lambda lib, x: named(lib, "upsample")(x, 4, None, "bicubic"), (x,)
    )
    for name in ("upsample_nearest", "upsample_bilinear"):
        yield Case(name, "size", lambda lib, x, n=name: named(lib, n)(x, (3, 5)), (x,))
        yield Case(name, "factor", lambda lib, x, n=name: named(lib, n)(x, scale_factor=2), (x,))


def _adaptive_cases() -> Iterator[Case]:
    for ndim, table in ADAPTIVE.items():
        name = f"adaptive_avg_pool{ndim}d"
        for shape, size in table:

            def pool(lib: Any, x: Any, name: str = name, size: Any = size) -> Any:
                return named(lib, name)(x, size)

            yield Case(name, f"{shape} {size}", pool, (reals(shape),))


def _endless_cases() -> Iterator[Case]:
    """What one output does not read must not reach it, not even as 0 times infinity."""
    for size in (5, 70):
        x = reals((1, 1, size))
        x[0, 0, 2:4] = np.inf, np.nan
        for mode, out in (("linear", size + 3), ("area", size - 2), ("nearest", size + 1)):
            yield Case(
                "interpolate",
                f"infinite {mode} {size}",
                lambda lib, x, out=out, mode=mode: named(lib, "interpolate")(x, out, mode=mode),
                (x,),
            )


CASES: list[Case] = [*_interpolation_cases(), *_adaptive_cases()]

TIE_CASES: list[Case] = [*_endless_cases()]
