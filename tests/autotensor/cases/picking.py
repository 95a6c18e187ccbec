"""Cases of the operators that pick the largest of uneven windows, and of their way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.autotensor.cases.base import Case, batch_innermost, named, reals, turned

# dimensions: shape, output_size
ADAPTIVE: dict[int, list[tuple[tuple[int, ...], Any]]] = {
    1: [((2, 1, 5), 3), ((2, 4), 2), ((1, 1, 2), 5), ((0, 1, 3), 2)],
    2: [((1, 2, 4, 5), (3, 2)), ((2, 3, 4), (None, 3)), ((2, 1, 3, 3), 1), ((1, 1, 2, 3), (3, 4))],
    3: [((1, 2, 3, 2, 4), (2, 1, 3)), ((1, 3, 3, 2), (None, 2, 1))],
}

# shape, kernel_size, output
FRACTIONAL: list[tuple[tuple[int, ...], Any, dict[str, Any]]] = [
    ((2, 1, 5, 6), 2, {"output_size": (3, 4)}),
    ((2, 5, 4), (2, 1), {"output_ratio": (0.5, 0.7)}),
    ((1, 1, 4, 4), 3, {"output_size": 1}),
    ((1, 2, 4, 3, 5), (2, 1, 2), {"output_size": (2, 2, 3)}),
    ((1, 4, 4, 4), 2, {"output_ratio": (0.5, 0.5, 0.5)}),
]


def _adaptive_cases() -> Iterator[Case]:
    for ndim, table in ADAPTIVE.items():
        name = f"adaptive_max_pool{ndim}d"
        for shape, size in table:

            def pool(lib: Any, x: Any, name: str = name, size: Any = size) -> Any:
                return named(lib, name)(x, size, return_indices=True)

            yield Case(name, f"{shape} {size}", pool, (reals(shape),))
        with_indices = f"{name}_with_indices"
        yield Case(
            with_indices,
            f"{shape} {size}",
            lambda lib, x, name=with_indices, size=size: named(lib, name)(x, size),
            (reals(shape),),
        )
    for detail, x in (
        ("turned", turned(reals((2, 2, 3, 4)))),
        ("batch innermost", batch_innermost(reals((2, 2, 3, 4)))),
    ):
        yield Case(
            "adaptive_max_pool2d",
            detail,
            lambda lib, x: named(lib, "adaptive_max_pool2d")(x, (2, 3)),
            (x,),
        )


def _fractional_cases() -> Iterator[Case]:
    for shape, kernel, output in FRACTIONAL:
        ndim = 2 if (len(shape) == 4 and shape[1] == 1) or len(shape) == 3 else 3
        samples = np.random.default_rng(3).random((*(1, *shape)[-ndim - 2 : -ndim], ndim))
        for name in (f"fractional_max_pool{ndim}d", f"fractional_max_pool{ndim}d_with_indices"):

            def pool(lib: Any, x: Any, samples: Any, name: str, kernel: Any, output: Any) -> Any:
                given = {"return_indices": True, "_random_samples": samples}
                return named(lib, name)(x, kernel, **output, **given)

            yield Case(
                name,
                f"{shape} {kernel} {output}",
                lambda lib, x, s, f=pool, n=name, k=kernel, o=output: f(lib, x, s, n, k, o),
                (reals(shape),),
                constants=(samples,),
            )


def _unpooling_cases() -> Iterator[Case]:
    for shape, settings, output_size in (
        ((2, 2, 4), {"kernel_size": 2}, None),
        ((2, 5), {"kernel_size": 2}, (5,)),
        ((2, 1, 4, 4), {"kernel_size": 2}, None),
        ((1, 4, 6), {"kernel_size": (2, 3), "stride": (2, 3), "padding": (1, 0)}, (4, 6)),
        ((1, 1, 5, 4), {"kernel_size": 2}, (1, 1, 5, 4)),
        ((1, 2, 2, 3, 2), {"kernel_size": 2, "stride": 2}, (2, 3, 2)),
        ((0, 1, 2, 2), {"kernel_size": 2}, None),
    ):
        size: Any = settings["kernel_size"]
        ndim = {(2, 2, 4): 1, (2, 5): 1, (1, 2, 2, 3, 2): 3}.get(shape, 2)

        def there_and_back(
            lib: Any, x: Any, ndim: int = ndim, settings: Any = settings, size: Any = output_size
        ) -> Any:
            values, indices = named(lib, f"max_pool{ndim}d")(x, **settings, return_indices=True)
            return named(lib, f"max_unpool{ndim}d")(
                values**2, indices, **settings, output_size=size
            )

        yield Case(
            f"max_unpool{ndim}d", f"{shape} {size} {output_size}", there_and_back, (reals(shape),)
        )


def _tie_cases() -> Iterator[Case]:
    def overlapping(lib: Any, x: Any) -> Any:
        """Values that meet: PyTorch gives the gradient to each of them."""
        values, indices = named(lib, "max_pool2d")(x, 2, 1, return_indices=True)
        return named(lib, "max_unpool2d")(values**2, indices, 2, 1)

    yield Case("max_unpool2d", "overlapping", overlapping, (reals((2, 1, 3, 4)),))
    x = np.array([[[[1.0, 2, 2, 0], [2, np.nan, 1, 1], [np.nan, 0, 3, 3]]]])
    for name, settings in (
        ("adaptive_max_pool2d", {"output_size": (1, 2)}),
        ("adaptive_max_pool2d", {"output_size": (2, 3)}),
        ("max_pool2d", {"kernel_size": 2, "stride": 1}),
        ("max_pool2d", {"kernel_size": (1, 2)}),
    ):

        def pool(lib: Any, x: Any, name: str = name, settings: Any = settings) -> Any:
            return named(lib, name)(x, **settings, return_indices=True)

        yield Case(name, f"ties and NaN {settings}", pool, (x,))


CASES: list[Case] = [*_adaptive_cases(), *_fractional_cases(), *_unpooling_cases()]

TIE_CASES: list[Case] = [*_tie_cases()]
