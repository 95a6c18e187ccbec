"""Cases of reading images at points between pixels."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from tests.autotensor.cases.base import Case, named, reals, turned


def _points(*shape: int) -> np.ndarray:
    """Points in an image and around it, none on a pixel, an edge or half way."""
    return np.random.default_rng(1).uniform(-1.7, 1.7, shape)


def _sample_cases() -> Iterator[Case]:
    def sample(lib: Any, x: Any, grid: Any, *settings: Any) -> Any:
        return named(lib, "grid_sample")(x, grid, *settings)

    for mode, padding, align in product(
        ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection"), (False, True)
    ):
        for shape, count in (((2, 1, 3, 4), 2), ((1, 1, 2, 2, 3), 1)):
            ndim = len(shape) - 2
            if mode == "bicubic" and ndim == 3:
                continue
            grid = _points(shape[0], *[count] * ndim, ndim)
            # PyTorch has no second derivative here.
            yield Case(
                "grid_sample",
                f"{shape} {mode} {padding} {align}",
                lambda lib, x, g, s=(mode, padding, align): sample(lib, x, g, *s),
                (reals(shape), grid),
                second=False,
            )
    yield Case(
        "grid_sample",
        "turned",
        lambda lib, x, g: sample(lib, x, g, "bilinear", "zeros", False),
        (turned(reals((1, 2, 3, 3))), turned(_points(1, 2, 3, 2))),
        second=False,
    )


def _edge_cases() -> Iterator[Case]:
    """Points on pixels, half way between them, and far outside."""
    line = np.array([-1.0, -0.75, -0.5, 0, 0.25, 0.5, 1, 3, -5])
    grid = np.stack(np.meshgrid(line, line), axis=-1)[None]
    for padding, align in product(("zeros", "border", "reflection"), (False, True)):
        for size in (1, 4):
            yield Case(
                "grid_sample",
                f"on pixels {size} {padding} {align}",
                lambda lib, x, g, p=padding, a=align: named(lib, "grid_sample")(
                    x, g, "bilinear", p, a
                ),
                (reals((1, 1, size, size)), grid),
                second=False,
            )


def _grid_cases() -> Iterator[Case]:
    for shape, size in (
        ((2, 2, 3), (2, 1, 2, 3)),
        ((1, 2, 3), (1, 2, 1, 2)),
        ((1, 3, 4), (1, 1, 2, 2, 3)),
    ):
        for align in (False, True):
            yield Case(
                "affine_grid",
                f"{size} {align}",
                lambda lib, theta, s=size, a=align: named(lib, "affine_grid")(theta, s, a),
                (reals(shape),),
            )


CASES: list[Case] = [*_sample_cases(), *_grid_cases()]

TIE_CASES: list[Case] = [*_edge_cases()]
