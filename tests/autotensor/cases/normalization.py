"""Cases of the normalizations."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
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


def _normalization_cases() -> Iterator[Case]:
    moved = (np.array([0.3, -0.4]), np.array([0.8, 1.7]))
    factors, shifts = np.array([0.7, -1.3]), np.array([0.4, 0.9])
    x = reals((3, 2, 2))

    # The running statistics are outputs too: they are written to.
    def batch(lib: Any, x: Any, *given: Any, **settings: Any) -> Any:
        *affine, mean, var = given
        out = functions(lib).batch_norm(x, mean, var, *affine, momentum=0.3, eps=1e-2, **settings)
        return out if mean is None else (out, mean, var)

    def instance(lib: Any, x: Any, *given: Any, **settings: Any) -> Any:
        *affine, mean, var = given
        out = functions(lib).instance_norm(
            x, mean, var, *affine, momentum=0.3, eps=1e-2, **settings
        )
        return out if mean is None else (out, mean, var)

    arrays = {
        "matrix": reals((4, 2)), "1d": x, "2d": reals((2, 2, 2, 1)), "3d": reals((2, 2, 1, 2, 1)),
        "turned": turned(x), "batch innermost": batch_innermost(reals((2, 2, 1, 2))),
    }  # fmt: skip
    for name, function, key in (
        ("batch_norm", batch, "training"),
        ("instance_norm", instance, "use_input_stats"),
    ):
        for fresh in (True, False):
            now = partial(function, **{key: fresh})
            kind = f"{key} {fresh}"
            for detail, array in arrays.items():
                if name == "instance_norm" and detail == "matrix":
                    continue
                yield Case(name, f"{detail} {kind}", now, (array, factors, shifts), constants=moved)
            yield Case(name, f"no affine {kind}", now, (x,), constants=moved)
            yield Case(name, f"no bias {kind}", now, (x, factors), constants=moved)
            yield Case(
                name,
                f"no weight {kind}",
                lambda lib, a, b, *running, now=now: now(lib, a, None, b, *running),
                (x, shifts),
                second=False,  # PyTorch stumbles over its own None
                constants=moved,
            )
            if fresh:
                yield Case(name, f"nothing running {kind}", now, (x,), constants=(None, None))
    nothing = np.zeros((0, 2, 3))
    evaluating = partial(batch, training=False)
    yield Case("batch_norm", "empty", evaluating, (nothing, factors, shifts), constants=moved)

    sizes = [((3, 4), (4,)), ((2, 3, 2), (3, 2)), ((4,), (4,)), ((2, 1, 3), (3,)), ((0, 3), (3,))]
    for shape, last in sizes:

        def layer(lib: Any, x: Any, *affine: Any, last: Any = last) -> Any:
            return functions(lib).layer_norm(x, last, *affine, eps=1e-2)

        weight, bias = reals(last, seed=1), reals(last, seed=2)
        yield Case("layer_norm", f"{shape} {last}", layer, (reals(shape), weight, bias))
        yield Case("layer_norm", f"{shape} {last} turned", layer, (turned(reals(shape)), weight))
        yield Case("layer_norm", f"{shape} {last} no affine", layer, (reals(shape),))
    for shape, groups in (((3, 4), 2), ((2, 4, 2), 2), ((2, 2, 3), 1), ((2, 2, 2, 1), 2)):

        def group(lib: Any, x: Any, *affine: Any, groups: int = groups) -> Any:
            return functions(lib).group_norm(x, groups, *affine, eps=1e-2)

        weight, bias = reals((shape[1],), seed=1), reals((shape[1],), seed=2)
        yield Case("group_norm", f"{shape} {groups}", group, (reals(shape), weight, bias))
        yield Case("group_norm", f"{shape} {groups} turned", group, (turned(reals(shape)), weight))
        yield Case("group_norm", f"{shape} {groups} no affine", group, (reals(shape),))
    yield Case("group_norm", "empty", partial(group, groups=2), (np.zeros((0, 4, 2)),))


def _length_cases() -> Iterator[Case]:
    def root_mean_square(lib: Any, x: Any, *weight: Any, last: Any, **settings: Any) -> Any:
        return functions(lib).rms_norm(x, last, *weight, **settings)

    for shape, last in (((3, 4), (4,)), ((2, 3, 2), (3, 2)), ((4,), (4,)), ((0, 3), (3,))):
        function = partial(root_mean_square, last=last)
        x, weight = reals(shape), reals(last, seed=1)
        yield Case("rms_norm", f"{shape} {last}", function, (x, weight))
        yield Case("rms_norm", f"{shape} {last} eps", partial(function, eps=0.1), (x, weight))
        yield Case("rms_norm", f"{shape} {last} turned", function, (turned(x),))

    def to_length_1(lib: Any, x: Any, **settings: Any) -> Any:
        return functions(lib).normalize(x, **settings)

    x = reals((3, 4)) + 0.03  # so that no two lie equally far from 0
    several: list[dict[str, Any]] = [
        {}, {"dim": 0}, {"p": 1.0}, {"p": 3.0, "dim": -2}, {"p": float("inf")}, {"eps": 3.0},
        {"dim": (0, 1)},
    ]  # fmt: skip
    for settings in several:
        yield Case("normalize", spelled(settings), partial(to_length_1, **settings), (x,))
    yield Case("normalize", "turned", to_length_1, (turned(reals((2, 3, 2))),))
    yield Case("normalize", "empty", to_length_1, (np.zeros((0, 3)),))

    def local(lib: Any, x: Any, **settings: Any) -> Any:
        return functions(lib).local_response_norm(x, **settings)

    for settings in ({"size": 2}, {"size": 3, "alpha": 0.5, "beta": 0.6, "k": 2.0}, {"size": 1}):
        function = partial(local, **settings)
        for shape in ((2, 4, 2), (1, 3, 2, 2), (1, 3, 1, 2, 1)):
            yield Case(
                "local_response_norm", f"{spelled(settings)} {shape}", function, (reals(shape),)
            )
    yield Case("local_response_norm", "turned", function, (turned(reals((2, 4, 2))),))
    yield Case("local_response_norm", "empty", function, (np.zeros((0, 4, 2)),))


CASES: list[Case] = [*_normalization_cases(), *_length_cases()]

#: Length 0: no differences to compare with.
TIE_CASES: list[Case] = [
    Case(
        "normalize", "of 0", lambda lib, x: functions(lib).normalize(x), (np.zeros((2, 3)),), False
    ),
]
