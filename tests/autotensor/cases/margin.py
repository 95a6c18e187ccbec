"""Cases of the losses with a margin."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from tests.autotensor.cases.base import Case, functions, reals, spelled, turned

REDUCTIONS = ("mean", "sum", "none")
SIGNS = np.array([[1.0, -1.0], [-1.0, -1.0], [-1.0, 1.0]])


def _called(name: str, **settings: Any) -> Any:
    """The loss ``name`` as a function of a library and Tensors."""
    return lambda lib, *tensors: getattr(functions(lib), name)(*tensors, **settings)


def _pairs() -> Iterator[Case]:
    """One score, or the distance of two things, against 1 or -1."""
    x, y = reals((3, 2)), reals((3, 2), seed=1) + 0.03
    for reduction in REDUCTIONS:
        for margin in (1.0, 0.3):
            hinge = _called("hinge_embedding_loss", margin=margin, reduction=reduction)
            detail = f"{margin} {reduction}"
            yield Case("hinge_embedding_loss", detail, hinge, (x,), constants=(SIGNS,))
            ranking = _called("margin_ranking_loss", margin=margin, reduction=reduction)
            yield Case("margin_ranking_loss", detail, ranking, (x, y), constants=(SIGNS,))
        soft = _called("soft_margin_loss", reduction=reduction)
        yield Case("soft_margin_loss", reduction, soft, (x,), constants=(SIGNS,))
        several = _called("multilabel_soft_margin_loss", reduction=reduction)
        chosen, weight = (SIGNS + 1) / 2, np.array([0.6, 1.8])
        name = "multilabel_soft_margin_loss"
        yield Case(name, reduction, several, (x,), constants=(chosen,))
        yield Case(name, f"{reduction} weight", several, (x,), constants=(chosen, weight))
    plain = {
        "hinge_embedding_loss": 1, "margin_ranking_loss": 2, "soft_margin_loss": 1,
        "multilabel_soft_margin_loss": 1,
    }  # fmt: skip
    for name, count in plain.items():
        function = _called(name, reduction="none")
        inputs = (x, y)[:count]
        yield Case(
            name, "turned", function, tuple(turned(one) for one in inputs), constants=(SIGNS,)
        )
        nothing = np.zeros((0, 2))
        yield Case(name, "empty", function, (nothing,) * count, constants=(nothing,))
        if name != "multilabel_soft_margin_loss":
            yield Case(
                name, "0-d", function, tuple(one[0, 0] for one in inputs), constants=(SIGNS[0, 1],)
            )
    # Targets that are neither, and of an integer dtype.
    odd = np.array([[1, 0], [-1, 2], [-1, 1]])
    yield Case(
        "hinge_embedding_loss", "neither", _called("hinge_embedding_loss"), (x,), constants=(odd,)
    )


def _classes() -> Iterator[Case]:
    """PyTorch has no second derivatives of these."""
    x, weight = reals((4, 3)), np.array([0.6, 1.8, 0.9])
    classes = np.array([0, 2, 1, 2])
    lists = np.array([[1, -1, 0], [-1, 0, 1], [2, 0, -1], [1, 1, 2]])
    case = partial(Case, "multi_margin_loss", second=False)
    for reduction, p in product(REDUCTIONS, (1, 2)):
        settings = {"p": p, "margin": 0.7, "reduction": reduction}
        function = _called("multi_margin_loss", **settings)
        detail = spelled(settings)
        yield case(detail, function, (x,), constants=(classes,))
        weighted = partial(_weighted_margin, p=p, reduction=reduction)
        yield case(f"{detail} weight", weighted, (x,), constants=(classes, weight))
        yield case(f"{detail} one", function, (x[0],), constants=(np.array(1),))
        yield case(f"{detail} one in a list", function, (x[0],), constants=(np.array([1]),))
    none = _called("multi_margin_loss", reduction="none")
    yield case("turned", none, (turned(x),), constants=(classes,))
    yield case("empty", none, (np.zeros((0, 3)),), constants=(classes[:0],))
    case = partial(Case, "multilabel_margin_loss", second=False)
    for reduction in REDUCTIONS:
        function = _called("multilabel_margin_loss", reduction=reduction)
        yield case(reduction, function, (x,), constants=(lists,))
        yield case(f"{reduction} one", function, (x[0],), constants=(lists[0],))
        yield case(f"{reduction} turned", function, (turned(x),), constants=(turned(lists),))
    yield case("0-d", function, (x[0, 0],), constants=(np.array(0),))
    yield case("empty", function, (np.zeros((0, 3)),), constants=(lists[:0],))


def _weighted_margin(lib: Any, a: Any, t: Any, w: Any, **settings: Any) -> Any:
    return functions(lib).multi_margin_loss(a, t, weight=w, **settings)


def _vectors() -> Iterator[Case]:
    x, y, z = (reals((3, 4), seed=seed) + 0.03 * seed for seed in range(3))
    signs = np.array([1, -1, -1])
    for reduction in REDUCTIONS:
        for margin in (0.0, -0.5):
            function = _called("cosine_embedding_loss", margin=margin, reduction=reduction)
            detail = f"{margin} {reduction}"
            yield Case("cosine_embedding_loss", detail, function, (x, y), constants=(signs,))
            yield Case(
                "cosine_embedding_loss", f"{detail} one", function, (x[0], y[0]),
                constants=(np.array(1.0),),
            )  # fmt: skip
        for settings in ({}, {"margin": 3.0, "swap": True}, {"p": 1.0}, {"p": 3.0, "eps": 0.1}):
            function = _called("triplet_margin_loss", reduction=reduction, **settings)
            detail = f"{spelled(settings)} {reduction}"
            yield Case("triplet_margin_loss", detail, function, (x, y, z))
        for settings in ({}, {"margin": 3.0, "swap": True}):
            yield Case(
                "triplet_margin_with_distance_loss",
                f"{spelled(settings)} {reduction}",
                partial(_with_distance, reduction=reduction, **settings),
                (x, y, z),
            )
    plain = _called("triplet_margin_loss", reduction="none")
    yield Case("triplet_margin_loss", "one", plain, (x[0], y[0], z[0]))
    yield Case("triplet_margin_loss", "turned", plain, (turned(x), y, turned(z)))
    yield Case("triplet_margin_loss", "stretched", plain, (x, y[:1], z))
    default = _called("triplet_margin_with_distance_loss")
    yield Case("triplet_margin_with_distance_loss", "p-norm", default, (x, y, z))


def _with_distance(lib: Any, *tensors: Any, **settings: Any) -> Any:
    def distance(one: Any, other: Any) -> Any:
        return ((one - other) ** 2).sum(-1)

    loss = functions(lib).triplet_margin_with_distance_loss
    return loss(*tensors, distance_function=distance, **settings)


def _tie_cases() -> Iterator[Case]:
    borders = np.array([1.0, 1.0, 0.0, 0.0])
    signs = np.array([1.0, -1.0, 1.0, -1.0])
    for name, others in (("hinge_embedding_loss", ()), ("margin_ranking_loss", (borders * 0,))):
        function = _called(name, margin=1.0, reduction="none")
        yield Case(name, "at the border", function, (borders, *others), constants=(signs,))
    scores = np.array([[1.0, 0.0, 2.0]])
    for name, target in (("multi_margin_loss", [0]), ("multilabel_margin_loss", [[0, -1, 0]])):
        yield Case(
            name, "at the border", _called(name, reduction="none"), (scores,),
            second=False, constants=(np.array(target),),
        )  # fmt: skip


CASES: list[Case] = [*_pairs(), *_classes(), *_vectors()]

#: On the border itself PyTorch picks a side: no differences to compare with.
TIE_CASES: list[Case] = [*_tie_cases()]
