"""What tests of layers share: numbers drawn, Tensors of arrays, a comparison with plain numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

import autotensor as at
import nn

DRAW = np.random.default_rng(7)
START = DRAW.bit_generator.state


def numbers(*shape: int) -> np.ndarray:
    """Standard normal, times 2."""
    return DRAW.standard_normal(shape) * 2


def chances(*shape: int) -> np.ndarray:
    """From 0.05 to 0.95."""
    return DRAW.uniform(0.05, 0.95, shape)


def tensors(values: Any) -> Any:
    """Arrays as Tensors, also those in a tuple or a dict; other things as they are."""
    if isinstance(values, tuple):
        return tuple(tensors(one) for one in values)
    if isinstance(values, dict):
        return {name: tensors(one) for name, one in values.items()}
    return at.tensor(values) if isinstance(values, np.ndarray) else values


def assert_values(found: Any, expected: Any, what: str = "") -> None:
    """The same shape and, but for the last digits of float64, the same values."""
    found, expected = found.detach().numpy(), np.asarray(expected)
    assert found.shape == expected.shape, what
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-13, err_msg=what)


def spelled(settings: Any) -> str:
    """``{"p": 2}`` as ``p=2``, for the name of a test; a function by its name."""
    if isinstance(settings, dict):
        return ",".join(f"{name}={value}" for name, value in settings.items()) or "default"
    return getattr(settings, "__name__", str(settings))


def draw_parameters(module: nn.Module) -> dict[str, np.ndarray]:
    """Gives every parameter values of its own, and returns them by name."""
    with at.no_grad():
        for parameter in module.parameters():
            parameter.copy_(at.tensor(DRAW.standard_normal(parameter.shape) * 0.7))
    return {name: one.detach().numpy() for name, one in module.named_parameters()}
