"""Gradients of NumPy's functions against those of HIPS autograd, which has rules of its own."""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
from tests.autotensor.protocols.numpy_calls import arrays
from tests.autotensor.protocols.test_numpy_functions import LINES, names_in, run, split

autograd = pytest.importorskip(
    "autograd", reason="needs the package autograd: pip install -e .[tools]"
)
OTHERS: ModuleType = pytest.importorskip("autograd.numpy")

IGNORED = ("where=", "initial=", "correction=", "full_like", "norm(v, np.inf)")
"""What autograd's rules do not look at; differences show that ours are right."""


def gradients_elsewhere(call: str, weights: list[np.ndarray]) -> dict[str, np.ndarray]:
    """What autograd gives for the weighted sum of all results; raises what it cannot do."""
    values, names = arrays(), names_in(call)

    def total(given: list[Any]) -> Any:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            scope = {**values, **dict(zip(names, given, strict=True))}
            result = eval(call, {"np": OTHERS, **scope})
        parts = list(result) if isinstance(result, (tuple, list)) else [result]
        return sum(
            OTHERS.sum(part * weight)
            for part, weight in zip(parts, weights, strict=True)
            if np.asarray(weight).dtype.kind == "f"
        )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = autograd.grad(total)([values[name] for name in names])
    return {name: np.asarray(one, np.float64) for name, one in zip(names, found, strict=True)}


def gradients_here(call: str) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    values, names = arrays(), names_in(call)
    tensors = {name: at.tensor(values[name], requires_grad=True) for name in names}
    results = run(call, {**values, **tensors})
    rng = np.random.default_rng(3)
    weights = [
        rng.normal(size=one.shape) if one.is_floating_point() else one.numpy() for one in results
    ]
    parts = [
        (one * at.tensor(weight)).sum()
        for one, weight in zip(results, weights, strict=True)
        if one.is_floating_point() and one.requires_grad
    ]
    sum(parts).backward()  # type: ignore[union-attr]
    found = {name: tensors[name].grad for name in names}
    return {
        name: np.zeros_like(values[name]) if one is None else one.numpy()
        for name, one in found.items()
    }, weights


def test_gradients_are_those_of_autograd() -> None:
    compared, apart = 0, []
    calls = [call for line in LINES for call in split(line)]
    for call in calls:
        if any(word in call for word in IGNORED):
            continue
        ours, weights = gradients_here(call)
        try:
            theirs = gradients_elsewhere(call, weights)
        except Exception:
            continue
        compared += 1
        if not all(np.allclose(ours[name], theirs[name], 1e-7, 1e-9, True) for name in ours):
            apart.append(call)
    assert compared > 200
    assert not apart
