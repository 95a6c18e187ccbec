"""JAX: the whole training step is one function under ``jax.jit``.

Images are ``(N, H, W, C)``, which XLA prefers on a CPU. The parameters and the optimizer's state
are donated, so that their memory is used again, as is usual. JAX has no setting for its number of
threads on a CPU: it takes the processors that the process may use.
"""

from __future__ import annotations

import os
from functools import partial
from itertools import cycle
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from benchmarks.data import Data
from benchmarks.libraries import Step, UnsupportedError
from benchmarks.libraries.parameters import initial
from benchmarks.models import AvgPool, Conv, Dropout, Flatten, Linear, MaxPool, Network, Relu, Tanh
from benchmarks.workloads import Workload

version = jax.__version__

Parameters = list[jax.Array]
State = Any


def make(workload: Workload, data: Data, threads: int | None) -> Step:
    if threads is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    match workload.kind:
        case "train":
            return training(workload, data)
        case "infer":
            return inference(workload, data)
        case "load":
            raise UnsupportedError("has no data loader")
        case _:
            raise UnsupportedError("a jitted function records nothing when it runs")


def to_array(result: jax.Array) -> np.ndarray:
    return np.asarray(result)


def parameters_of(network: Network) -> Parameters:
    def order(weight: np.ndarray) -> np.ndarray:
        return weight.transpose(2, 3, 1, 0) if weight.ndim == 4 else weight.T

    return [jnp.asarray(order(array)) for array in initial(network)]


def forward(
    network: Network, parameters: Parameters, x: jax.Array, key: jax.Array | None = None
) -> jax.Array:
    """The scores; layers are walked once, when the function is traced."""
    left = iter(parameters)
    for layer in network:
        match layer:
            case Conv():
                pads = [(layer.padding, layer.padding)] * 2
                x = lax.conv_general_dilated(
                    x,
                    next(left),
                    (layer.stride, layer.stride),
                    pads,
                    dimension_numbers=("NHWC", "HWIO", "NHWC"),
                )
                x = x + next(left)
            case Linear():
                x = x @ next(left) + next(left)
            case Tanh():
                x = jnp.tanh(x)
            case Relu():
                x = jax.nn.relu(x)
            case Dropout() if key is not None:
                kept = jax.random.bernoulli(key, 1 - layer.share, x.shape)
                x = jnp.where(kept, x / (1 - layer.share), 0)
            case AvgPool():
                x = pooled(x, 0.0, lax.add, layer.size) / layer.size**2
            case MaxPool():
                x = pooled(x, -jnp.inf, lax.max, layer.size)
            case Flatten():
                x = x.reshape(len(x), -1)
    return x


def pooled(x: jax.Array, start: float, combine: Any, size: int) -> jax.Array:
    window = (1, size, size, 1)
    return lax.reduce_window(x, start, combine, window, window, "VALID")


def inputs_of(workload: Workload, data: Data) -> list[tuple[jax.Array, jax.Array]]:
    return [
        (jnp.asarray(x.transpose(0, 2, 3, 1) if x.ndim == 4 else x), jnp.asarray(labels))
        for x, labels in data.batches(workload)
    ]


def training(workload: Workload, data: Data) -> Step:
    network = workload.network()
    parameters = parameters_of(network)
    state, rule = optimizer_of(workload, parameters)
    key = jax.random.key(0)
    batches = cycle(inputs_of(workload, data))

    def loss_of(
        parameters: Parameters, x: jax.Array, labels: jax.Array, key: jax.Array
    ) -> jax.Array:
        scores = jax.nn.log_softmax(forward(network, parameters, x, key))
        return -jnp.mean(scores[jnp.arange(len(labels)), labels])

    @partial(jax.jit, donate_argnums=(0, 1, 2))
    def train(
        parameters: Parameters, state: State, key: jax.Array, x: jax.Array, labels: jax.Array
    ) -> tuple[Parameters, State, jax.Array, jax.Array]:
        key, now = jax.random.split(key)
        loss, gradients = jax.value_and_grad(loss_of)(parameters, x, labels, now)
        parameters, state = rule(parameters, gradients, state)
        return parameters, state, key, loss

    def step() -> jax.Array:
        nonlocal parameters, state, key
        x, labels = next(batches)
        parameters, state, key, loss = train(parameters, state, key, x, labels)
        return jax.block_until_ready(loss)

    return step


def optimizer_of(workload: Workload, parameters: Parameters) -> tuple[State, Any]:
    """The first state of the optimizer, and its rule: parameters, gradients, state → new ones."""
    zeros = [jnp.zeros_like(p) for p in parameters]

    def sgd(ps: Parameters, gs: Parameters, state: State) -> tuple[Parameters, State]:
        return [p - 0.5 * g for p, g in zip(ps, gs, strict=True)], state

    def nesterov(ps: Parameters, gs: Parameters, momenta: State) -> tuple[Parameters, State]:
        momenta = [0.9 * b + g for b, g in zip(momenta, gs, strict=True)]
        moved = [p - 0.01 * (g + 0.9 * b) for p, g, b in zip(ps, gs, momenta, strict=True)]
        return moved, momenta

    def adam(ps: Parameters, gs: Parameters, state: State) -> tuple[Parameters, State]:
        steps, means, squares = state
        steps = steps + 1
        means = [0.9 * m + 0.1 * g for m, g in zip(means, gs, strict=True)]
        squares = [0.999 * v + 0.001 * g * g for v, g in zip(squares, gs, strict=True)]
        rate, scale = 0.001 / (1 - 0.9**steps), 1 / jnp.sqrt(1 - 0.999**steps)
        moved = [
            p - rate * m / (scale * jnp.sqrt(v) + 1e-8)
            for p, m, v in zip(ps, means, squares, strict=True)
        ]
        return moved, (steps, means, squares)

    match workload.optimizer:
        case "nesterov":
            return zeros, nesterov
        case "adam":
            return (jnp.zeros(()), zeros, [jnp.zeros_like(p) for p in parameters]), adam
        case _:
            return (), sgd


def inference(workload: Workload, data: Data) -> Step:
    network = workload.network()
    parameters = parameters_of(network)
    batches = cycle([x for x, _ in inputs_of(workload, data)])
    run = jax.jit(partial(forward, network))

    def step() -> jax.Array:
        return jax.block_until_ready(run(parameters, next(batches)))

    return step
