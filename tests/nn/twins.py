"""A layer of both libraries with equal parameters, and whether they do the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np

import autotensor as at
import nn
from tests.helpers import assert_same, compare_gradients, flat, is_tensor, to_library


@contextmanager
def in_float64(torch: ModuleType) -> Iterator[None]:
    before = at.get_default_dtype(), torch.get_default_dtype()
    at.set_default_dtype(at.float64)
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        at.set_default_dtype(before[0])
        torch.set_default_dtype(before[1])


def twins(torch: ModuleType, make: Callable[[Any], Any]) -> tuple[Any, Any]:
    """``make(nn)`` and ``make(torch.nn)``, in float64, the same in state and representation."""
    with in_float64(torch):
        ours, theirs = make(nn), make(torch.nn)
    state = theirs.state_dict()
    assert [(name, one.shape) for name, one in ours.state_dict().items()] == [
        (name, tuple(one.shape)) for name, one in state.items()
    ]
    assert repr(ours) == repr(theirs)
    draw = np.random.default_rng(4)
    with torch.no_grad():
        for value in state.values():
            value.copy_(torch.tensor(draw.uniform(-0.6, 0.6, tuple(value.shape))))
    ours.load_state_dict({name: at.tensor(value.numpy()) for name, value in state.items()})
    return ours, theirs


def agree(
    torch: ModuleType,
    make: Callable[[Any], Any],
    *arrays: Any,
    call: Callable[..., Any] = lambda library, layer, *inputs: layer(*inputs),
    constants: Sequence[Any] = (),
    order: int = 2,
) -> None:
    """``call(library, layer, *inputs, *constants)`` gives the same results and derivatives."""
    layers = twins(torch, make)
    libraries = (at, torch)
    inputs, others = (
        [to_library(library, one, grads=True) for one in arrays] for library in libraries
    )
    fixed, fixed_others = (
        [to_library(library, one, grads=False) for one in constants] for library in libraries
    )
    ours = flat(call(at, layers[0], *inputs, *fixed))
    theirs = flat(call(torch, layers[1], *others, *fixed_others))
    pairs = list(zip(ours, theirs, strict=True))
    for number, (mine, other) in enumerate(pairs):
        assert_same(mine, other, f"output {number}", 1e-12)
    compare_gradients(
        torch,
        [pair for pair in pairs if is_tensor(pair[1])],
        [*inputs, *layers[0].parameters()],
        [*others, *layers[1].parameters()],
        order,
        1e-12,
    )
