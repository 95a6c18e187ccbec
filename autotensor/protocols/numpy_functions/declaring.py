"""What stands in the table of NumPy's functions, and how it comes there."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autotensor.engine.tensor import Tensor
from autotensor.operators.structure.joining import cat, stack
from autotensor.protocols.arrays import NoGradientError, as_tensor, converted, tensors_in

__all__ = [
    "ABSENT", "Answer", "GRADIENT", "REFUSED", "TABLE", "VALUES", "VIEW", "WRITES", "arranged",
    "axes_of", "common", "facts", "found", "given", "joined", "numpys", "refuse", "refused",
]  # fmt: skip

ABSENT: Any = np._NoValue
"""NumPy's own default for what is not given."""

GRADIENT, VIEW, VALUES, WRITES, REFUSED = "gradient", "view", "values", "writes", "refused"


class Answer(NamedTuple):
    """What a function of NumPy's is when Tensors are among its arguments.

    Attributes:
        name: as users write it, ``np.linalg.norm``.
        kind: ``GRADIENT``: ``compute`` when a gradient is wanted, else NumPy.  ``VIEW``: the same,
            but ``compute`` always, so that views of Tensors know what they are views of.
            ``WRITES``: NumPy, or ``compute`` when a gradient is wanted, which changes the first
            argument.  ``VALUES``: NumPy's, which has no derivative, also of what requires grad.
            ``REFUSED`` if that requires grad.
        compute: with NumPy's signature; None where there is no gradient.
        why: why there is none, or what to do instead.
        out: the place of the argument ``out``; None where there is none.
    """

    name: str
    kind: str
    compute: Callable[..., Any] | None
    why: str = ""
    out: int | None = None


TABLE: dict[Any, Answer] = {}
"""By NumPy's function."""


def found(name: str) -> Any:
    """The function of NumPy's, ``linalg.norm`` or ``sum``; None where this NumPy lacks it."""
    place: Any = np
    for part in name.split("."):
        place = getattr(place, part, None)
        if place is None:
            return None
    return place


def numpys(*names: str, kind: str = GRADIENT) -> Callable[[Any], Any]:
    """Declares that the function below computes NumPy's of these names, with its gradient."""

    def declare(compute: Any) -> Any:
        out = _place_of_out(compute)
        for name in names:
            function = found(name)
            if function is not None and not isinstance(function, np.ufunc):
                TABLE.setdefault(function, Answer(f"np.{name}", kind, compute, "", out))
        return compute

    return declare


def _place_of_out(function: Any) -> int | None:
    try:
        known = inspect.signature(function).parameters
    except ValueError:  # some of NumPy's in C
        return None
    by_place = [one.name for one in known.values() if one.kind is not one.KEYWORD_ONLY]
    return by_place.index("out") if "out" in by_place else None


def facts(why: str, names: str) -> None:
    """Declares functions whose values have no derivative, because of ``why``."""
    _declare_all(VALUES, why, names)


def refused(why: str, names: str) -> None:
    """Declares functions that no gradient passes; ``why`` says what to do."""
    _declare_all(REFUSED, why, names)


def _declare_all(kind: str, why: str, names: str) -> None:
    for name in names.split():
        function = found(name)
        if function is not None:
            TABLE[function] = Answer(f"np.{name}", kind, None, why, _place_of_out(function))


def refuse(name: str, why: str) -> NoGradientError:
    """What to raise where a gradient is wanted and cannot be."""
    return NoGradientError(
        f"{name}: a Tensor given to it requires grad, and no gradient passes here: "
        f"{why or 'use x.detach().numpy()'}"
    )


# -- what implementations have in common -----------------------------------------------------------


def given(value: Any) -> bool:
    """Whether an argument that NumPy leaves out by default is there."""
    return value is not ABSENT


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """``axis``, an int, several, or None for all, counted from 0."""
    if axis is None:
        return tuple(range(ndim))
    return np.lib.array_utils.normalize_axis_tuple(axis, ndim)


def common(name: str, *values: Any, least: Any = None, weak: bool = False) -> tuple[Tensor, ...]:
    """``values`` as Tensors of the dtype that NumPy computes in, which is at least ``least``.

    Python's numbers take the dtype of the others if ``weak``, as in ufuncs.  Most other functions
    of NumPy's make arrays of them, and these widen float32.
    """
    tensors = [
        one if weak and type(one) in (int, float) else as_tensor(joined(one)) for one in values
    ]
    kinds = [one.array if isinstance(one, Tensor) else one for one in tensors]
    dtype = np.result_type(*kinds, *(() if least is None else (least,)))
    return tuple(
        converted(
            one if isinstance(one, Tensor) else as_tensor(np.asarray(one, dtype)), dtype, name
        )
        for one in tensors
    )


def joined(value: Any) -> Any:
    """Lists that hold Tensors, at any depth, as one Tensor; others as they are."""
    if not isinstance(value, (tuple, list)) or not any(True for _ in tensors_in(value)):
        return value
    parts = [as_tensor(joined(one)) for one in value]
    dtype = np.result_type(*(one.array for one in parts))
    return stack([converted(one, dtype, "np.array") for one in parts])


def arranged(arrange: Callable[..., Any], *tensors: Tensor, fill: float = 0) -> Any:
    """``arrange(*tensors)`` of what only puts elements into other places: NumPy arranges numbers
    of places, and these say which elements to take.

    The number 0 stands for ``fill``; so zeros that NumPy puts in need no word.
    """
    numbers, start = [], 1
    for one in tensors:
        size = one.array.size
        numbers.append(np.arange(start, start + size).reshape(one.array.shape))
        start += size
    flat = [one.reshape(-1) for one in tensors]
    constant = as_tensor(np.full(1, fill, tensors[0].array.dtype))
    line = cat([constant, *flat])
    return _picked(line, arrange(*numbers))


def _picked(line: Tensor, places: Any) -> Any:
    if isinstance(places, (tuple, list)):
        return type(places)(_picked(line, one) for one in places)
    return line[np.asarray(places, np.int64)]
