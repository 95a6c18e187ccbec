"""Cases of the operators that change shapes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.autotensor.cases.base import (
    Case,
    reals,
    turned,
)


def _shape_cases() -> Iterator[Case]:
    x = reals((2, 3, 4))
    matrix = reals((3, 4))
    for kind, array in (("", x), (" turned", turned(x))):
        yield Case("reshape", "flat" + kind, lambda lib, a: lib.reshape(a, (-1,)), (array,))
        yield Case("reshape", "other" + kind, lambda lib, a: a.reshape(4, -1), (array,))
        yield Case("flatten", "all" + kind, lambda lib, a: lib.flatten(a), (array,))
        yield Case("flatten", "some" + kind, lambda lib, a: lib.flatten(a, 1, 2), (array,))
        yield Case("ravel", "all" + kind, lambda lib, a: lib.ravel(a), (array,))
        yield Case("permute", "tuple" + kind, lambda lib, a: lib.permute(a, (2, 0, 1)), (array,))
        yield Case("contiguous", "copy" + kind, lambda lib, a: a.contiguous(), (array,))
    yield Case("view", "sizes", lambda lib, a: a.view(6, -1), (x,))
    yield Case("view_as", "other", lambda lib, a, b: a.view_as(b), (x, reals((6, 4))))
    yield Case("reshape_as", "other", lambda lib, a, b: a.reshape_as(b), (x, reals((6, 4))))
    yield Case("reshape", "0-d", lambda lib, a: a.reshape(1, 1), (reals(()),))
    yield Case("reshape", "to 0-d", lambda lib, a: a.reshape(()), (reals((1, 1)),))
    yield Case("reshape", "empty", lambda lib, a: a.reshape(0, 5), (np.zeros((2, 0)),))
    yield Case("unflatten", "sizes", lambda lib, a: lib.unflatten(a, -1, (2, -1)), (x,))
    yield Case("permute", "negative", lambda lib, a: a.permute(-1, 0, 1), (x,))
    for name in ("transpose", "swapaxes", "swapdims"):
        yield Case(name, "dims", lambda lib, a, n=name: getattr(lib, n)(a, 0, -1), (x,))
    yield Case("transpose", "0-d", lambda lib, a: lib.transpose(a, 0, -1), (reals(()),))
    yield Case("t", "matrix", lambda lib, a: lib.t(a), (matrix,))
    yield Case("t", "vector", lambda lib, a: lib.t(a), (matrix[0],))
    yield Case("adjoint", "stack", lambda lib, a: lib.adjoint(a), (x,))
    for name in ("movedim", "moveaxis"):
        yield Case(name, "one", lambda lib, a, n=name: getattr(lib, n)(a, 0, 2), (x,))
        yield Case(name, "several", lambda lib, a, n=name: getattr(lib, n)(a, (0, 2), (1, 0)), (x,))
    single = reals((1, 3, 1))
    yield Case("squeeze", "all", lambda lib, a: lib.squeeze(a), (single,))
    yield Case("squeeze", "one", lambda lib, a: lib.squeeze(a, 0), (single,))
    yield Case("squeeze", "not 1", lambda lib, a: lib.squeeze(a, 1), (single,))
    yield Case("squeeze", "several", lambda lib, a: lib.squeeze(a, (0, 2)), (single,))
    yield Case("unsqueeze", "first", lambda lib, a: lib.unsqueeze(a, 0), (x,))
    yield Case("unsqueeze", "last", lambda lib, a: lib.unsqueeze(a, -1), (x,))
    yield Case("unsqueeze", "0-d", lambda lib, a: lib.unsqueeze(a, 0), (reals(()),))
    yield Case("expand", "sizes", lambda lib, a: a.expand(2, 3, 4), (single[0],))
    yield Case("expand", "keep", lambda lib, a: a.expand(-1, -1, 5), (single,))
    yield Case("expand", "to nothing", lambda lib, a: a.expand(0, 3), (reals((1, 3)),))
    yield Case("expand_as", "other", lambda lib, a, b: a.expand_as(b), (single, reals((2, 3, 4))))
    yield Case("broadcast_to", "sizes", lambda lib, a: lib.broadcast_to(a, (2, 3, 4)), (single,))
    yield Case(
        "broadcast_tensors",
        "two",
        lambda lib, a, b: lib.broadcast_tensors(a, b),
        (reals((3, 1)), reals((1, 4))),
    )
    for name in ("cat", "concat", "concatenate"):
        yield Case(
            name,
            "two",
            lambda lib, a, b, n=name: getattr(lib, n)([a, b], 1),
            (reals((2, 3)), reals((2, 1), seed=1)),
        )
    yield Case("cat", "itself", lambda lib, a: lib.cat([a, a, a]), (matrix,))
    yield Case(
        "cat", "an empty one", lambda lib, a, b: lib.cat([a, b]), (np.zeros(0), reals((2, 3)))
    )
    yield Case("stack", "first", lambda lib, a, b: lib.stack([a, b]), (matrix, matrix * 2))
    yield Case("stack", "last", lambda lib, a, b: lib.stack([a, b], -1), (matrix, matrix * 2))
    yield Case("split", "size", lambda lib, a: lib.split(a, 2, 2), (reals((2, 2, 5)),))
    yield Case("split", "sizes", lambda lib, a: lib.split(a, [1, 0, 3], -1), (x,))
    yield Case("chunk", "even", lambda lib, a: lib.chunk(a, 2, -1), (x,))
    yield Case("chunk", "uneven", lambda lib, a: lib.chunk(a, 4), (reals((6, 2)),))
    yield Case("unbind", "middle", lambda lib, a: lib.unbind(a, 1), (x,))
    yield Case("flip", "dims", lambda lib, a: lib.flip(a, (0, 2)), (x,))
    yield Case("fliplr", "matrix", lambda lib, a: lib.fliplr(a), (matrix,))
    yield Case("flipud", "matrix", lambda lib, a: lib.flipud(a), (matrix,))
    yield Case("roll", "flat", lambda lib, a: lib.roll(a, 5), (x,))
    yield Case("roll", "dims", lambda lib, a: lib.roll(a, (1, -2), (0, 2)), (x,))
    yield Case("flip", "named", lambda lib, a: lib.flip(a, dims=[-1]), (x,))
    yield Case("roll", "0-d", lambda lib, a: lib.roll(a, 1), (reals(()),))
    for turns in (-1, 1, 2, 4):
        yield Case("rot90", f"{turns}", lambda lib, a, k=turns: lib.rot90(a, k, (0, 2)), (x,))
    several = (reals(()), matrix[0], matrix, x)
    for name in ("atleast_1d", "atleast_2d", "atleast_3d"):
        yield Case(name, "several", lambda lib, *t, n=name: getattr(lib, n)(*t), several)
        yield Case(name, "one", lambda lib, a, n=name: getattr(lib, n)(a), (matrix[0],))
    yield Case("sum_to_size", "smaller", lambda lib, a: a.sum_to_size(3, 1), (x,))
    yield Case("sum_to_size", "0-d", lambda lib, a: a.sum_to_size(()), (x,))
    yield Case("sum_to_size", "same", lambda lib, a: a.sum_to_size(2, 3, 4) * 2, (x,))


CASES: list[Case] = [*_shape_cases()]

#: Without a derivative.
NOT_DIFFERENTIABLE = {"broadcast_shapes", "detach"}
