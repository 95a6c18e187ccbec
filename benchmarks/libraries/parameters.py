"""For libraries without layers or without optimizers: weights, and rules that change them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.models import Conv, Linear, Network

Arrays = list[np.ndarray]
Update = Callable[[Arrays, Arrays], None]
"""Changes the parameters in place, given their gradients."""


def initial(network: Network) -> Arrays:
    """Weight and bias of every layer that has them, drawn as PyTorch draws them.

    A weight is ``(outputs, inputs, ...)``, a bias ``(outputs,)``, both float32.
    """
    rng = np.random.default_rng(0)
    arrays = []
    for layer in network:
        if isinstance(layer, Conv | Linear):
            bound = layer.fan_in() ** -0.5
            for shape in (layer.weights(), (layer.outputs,)):
                arrays.append(rng.uniform(-bound, bound, shape).astype(np.float32))
    return arrays


def rule(name: str, parameters: Arrays) -> Update:
    """The optimizers of the workloads, on plain arrays."""
    match name:
        case "nesterov":
            return nesterov(parameters)
        case "adam":
            return adam(parameters)
        case _:
            return descend


def descend(parameters: Arrays, gradients: Arrays) -> None:
    for p, g in zip(parameters, gradients, strict=True):
        p -= 0.5 * g


def nesterov(parameters: Arrays) -> Update:
    momenta = [np.zeros_like(p) for p in parameters]

    def update(parameters: Arrays, gradients: Arrays) -> None:
        for p, g, b in zip(parameters, gradients, momenta, strict=True):
            b *= 0.9
            b += g
            p -= 0.01 * (g + 0.9 * b)

    return update


def adam(parameters: Arrays) -> Update:
    means = [np.zeros_like(p) for p in parameters]
    squares = [np.zeros_like(p) for p in parameters]
    steps = 0

    def update(parameters: Arrays, gradients: Arrays) -> None:
        nonlocal steps
        steps += 1
        rate = 0.001 / (1 - 0.9**steps)
        scale = (1 - 0.999**steps) ** -0.5
        for p, g, m, v in zip(parameters, gradients, means, squares, strict=True):
            m *= 0.9
            m += 0.1 * g
            v *= 0.999
            v += 0.001 * (g * g)
            p -= rate * m / (scale * np.sqrt(v) + 1e-8)

    return update
