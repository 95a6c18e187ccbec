"""Cases of the operators that join, cut, repeat and combine Tensors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.autotensor.cases.base import Case, functions, reals, turned


def _joining_cases() -> Iterator[Case]:
    vector, matrix, x = reals((3,)), reals((3, 4)), reals((2, 3, 4))
    for name in ("hstack", "vstack", "row_stack", "dstack", "column_stack"):
        join = lambda lib, *several, n=name: getattr(lib, n)(several)  # noqa: E731
        yield Case(name, "vectors", join, (vector, vector * 2))
        yield Case(name, "0-d", join, (vector[0], vector[1]))
        yield Case(name, "several", join, (x, x * 2, x * 3))
    yield Case(
        "column_stack", "mixed", lambda lib, a, b: lib.column_stack((a, b)), (vector, matrix)
    )
    yield Case("vstack", "dtypes", lambda lib, a, b: lib.vstack((a, b)), (matrix, np.ones(4, int)))
    for places in (2, [1, 3], [3, 1], [-1], [], [9]):
        yield Case("tensor_split", f"{places}", lambda lib, a, p=places: a.tensor_split(p, 2), (x,))
    yield Case("tensor_split", "uneven", lambda lib, a: lib.tensor_split(a, 3), (reals((8,)),))
    yield Case(
        "tensor_split", "Tensor", lambda lib, a, p: a.tensor_split(p, -1), (x, np.array([1, 2]))
    )
    yield Case("hsplit", "vector", lambda lib, a: lib.hsplit(a, 3), (vector,))
    for name, count in (("hsplit", 3), ("vsplit", 2), ("dsplit", 2)):
        yield Case(name, "even", lambda lib, a, n=name, k=count: getattr(lib, n)(a, k), (x,))
        yield Case(name, "places", lambda lib, a, n=name: getattr(a, n)([1]), (turned(x),))
    yield Case("split_with_sizes", "sizes", lambda lib, a: a.split_with_sizes([1, 3], 2), (x,))
    yield Case("unsafe_split", "size", lambda lib, a: lib.unsafe_split(a, 3, 2), (x,))
    yield Case("unsafe_chunk", "even", lambda lib, a: lib.unsafe_chunk(a, 2, 2), (x,))


def _combining_cases() -> Iterator[Case]:
    vector, other, matrix = reals((3,)), reals((2,), seed=1), reals((3, 4))
    for indexing in ("ij", "xy"):
        yield Case(
            "meshgrid",
            indexing,
            lambda lib, a, b, c, k=indexing: lib.meshgrid(a, b, c, indexing=k),
            (vector, other, vector[0]),
        )
    yield Case("meshgrid", "list", lambda lib, a: lib.meshgrid([a], indexing="xy"), (vector,))
    yield Case("cartesian_prod", "two", lambda lib, a, b: lib.cartesian_prod(a, b), (vector, other))
    yield Case("cartesian_prod", "one", lambda lib, a: lib.cartesian_prod(a) * 2, (vector,))
    yield Case("combinations", "pairs", lambda lib, a: lib.combinations(a), (vector,))
    yield Case("combinations", "repeated", lambda lib, a: lib.combinations(a, 3, True), (vector,))
    yield Case("combinations", "too many", lambda lib, a: lib.combinations(a, 4), (vector,))
    yield Case(
        "block_diag", "all ranks", lambda lib, *t: lib.block_diag(*t), (matrix, vector, other[0])
    )


def _repeating_cases() -> Iterator[Case]:
    matrix, x = reals((3, 4)), reals((2, 3, 4))
    yield Case("repeat", "more", lambda lib, a: a.repeat(2, 1, 3), (matrix,))
    yield Case("repeat", "none", lambda lib, a: a.repeat(0, 2), (matrix,))
    yield Case("repeat", "once", lambda lib, a: a.repeat(1, 1), (turned(matrix),))
    yield Case("repeat", "0-d", lambda lib, a: a.repeat(3), (reals(()),))
    yield Case("tile", "fewer", lambda lib, a: lib.tile(a, (2,)), (matrix,))
    yield Case("tile", "method", lambda lib, a: a.tile(2, 1, 2), (matrix,))
    counts = np.array([2, 0, 3])
    yield Case(
        "repeat_interleave", "flat", lambda lib, a: lib.repeat_interleave(a, 2), (turned(x),)
    )
    yield Case("repeat_interleave", "dim", lambda lib, a: a.repeat_interleave(3, 1), (x,))
    yield Case("repeat_interleave", "none", lambda lib, a: a.repeat_interleave(0, -1), (x,))
    yield Case(
        "repeat_interleave", "Tensor", lambda lib, a, n: a.repeat_interleave(n, 1), (x, counts)
    )
    yield Case(
        "repeat_interleave",
        "one number",
        lambda lib, a, n: a.repeat_interleave(n, output_size=48),
        (x, np.array([2])),
    )


def _padding_cases() -> Iterator[Case]:
    four = reals((1, 2, 3, 4))
    for pads in ((1, 2), (1, 0, 2, 1), (-1, 2), (0, -1, 1, 1), ()):
        yield Case(
            "pad", f"constant {pads}", lambda lib, a, p=pads: functions(lib).pad(a, p), (four,)
        )
    yield Case("constant_pad_nd", "", lambda lib, a: lib.constant_pad_nd(a, (1, -1), 2.5), (four,))
    yield Case("pad", "value", lambda lib, a: functions(lib).pad(a, (1, 1), value=2.5), (four,))
    for mode in ("reflect", "replicate", "circular"):
        for pads in ((1, 2, 1, 1), (2, -1, -1, 2), (-2, -1, 0, 0)):
            yield Case(
                "pad",
                f"{mode} {pads}",
                lambda lib, a, m=mode, p=pads: functions(lib).pad(a, p, mode=m),
                (four,),
            )
        yield Case(
            "pad", mode + " 3-d", lambda lib, a, m=mode: functions(lib).pad(a, (1,) * 6, m), (four,)
        )
    yield Case(
        "pad",
        "replicate all of it",
        lambda lib, a: functions(lib).pad(a, (6, -4), "replicate"),
        (four[0],),
    )


CASES: list[Case] = [
    *_joining_cases(),
    *_combining_cases(),
    *_repeating_cases(),
    *_padding_cases(),
]
