"""Cases of the operators that rearrange images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.autotensor.cases.base import Case, named, reals, spelled, turned

# input, output_size of fold, settings
BLOCKS: list[tuple[tuple[int, ...], tuple[int, int], dict[str, Any]]] = [
    ((2, 2, 3, 4), (3, 4), {"kernel_size": 2}),
    ((2, 3, 3), (3, 3), {"kernel_size": (1, 2), "stride": 2}),
    ((1, 1, 4, 5), (4, 5), {"kernel_size": (3, 2), "padding": (1, 0), "stride": (2, 3)}),
    ((1, 2, 4, 3), (4, 3), {"kernel_size": 2, "dilation": (3, 1), "padding": 1, "stride": 2}),
    ((0, 1, 2, 2), (2, 2), {"kernel_size": 1}),
]

# name, shape, argument
SHUFFLES: list[tuple[str, tuple[int, ...], int]] = [
    ("pixel_shuffle", (2, 8, 2, 3), 2),
    ("pixel_shuffle", (9, 1, 2), 3),
    ("pixel_shuffle", (2, 1, 4, 1, 1), 2),
    ("pixel_unshuffle", (2, 1, 4, 6), 2),
    ("pixel_unshuffle", (2, 3, 3), 3),
    ("channel_shuffle", (2, 6, 2), 3),
    ("channel_shuffle", (1, 4, 2, 2), 2),
]


def _block_cases() -> Iterator[Case]:
    for shape, size, settings in BLOCKS:

        def blocks(lib: Any, x: Any, settings: Any = settings) -> Any:
            return named(lib, "unfold")(x, **settings)

        def image(lib: Any, x: Any, size: Any = size, settings: Any = settings) -> Any:
            return named(lib, "fold")(named(lib, "unfold")(x, **settings) ** 2, size, **settings)

        detail = f"{shape} {spelled(settings)}"
        yield Case("unfold", detail, blocks, (reals(shape),))
        if 0 not in shape:
            yield Case("fold", detail, image, (reals(shape),))
    x = turned(reals((2, 2, 3, 3)))
    yield Case("unfold", "turned", lambda lib, x: named(lib, "unfold")(x, 2), (x,))


def _shuffle_cases() -> Iterator[Case]:
    for name, shape, argument in SHUFFLES:

        def shuffle(lib: Any, x: Any, name: str = name, argument: int = argument) -> Any:
            return getattr(lib, name)(x, argument)

        yield Case(name, f"{shape} {argument}", shuffle, (reals(shape),))


CASES: list[Case] = [*_block_cases(), *_shuffle_cases()]
