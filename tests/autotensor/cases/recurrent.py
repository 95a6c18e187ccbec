"""Cases of recurrent networks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import autotensor as at
from tests.autotensor.cases.base import Case, turned

GATES = {"rnn_tanh": 1, "rnn_relu": 1, "lstm": 4, "gru": 3}
FEATURES, SIZE = 2, 2


def _reals(shape: Any, seed: int) -> np.ndarray:
    # No two sums of them are near the bend of relu.
    return np.random.default_rng(seed).uniform(-0.7, 0.7, shape)


def _parameters(gates: int, features: int, out: int, bias: bool) -> list[np.ndarray]:
    rows = gates * SIZE
    shapes = [(rows, features), (rows, out), *[(rows,)] * (2 * bias)]
    shapes += [(out, SIZE)] if out != SIZE else []
    return [_reals(shape, seed) for seed, shape in enumerate(shapes)]


def _cells() -> Iterator[Case]:
    for kind, gates in GATES.items():
        parts = 2 if kind == "lstm" else 1
        for detail, batch, bias in (
            ("biases", 1, True),
            ("no bias", 2, False),
            ("empty", 0, False),
        ):

            def step(lib: Any, x: Any, *given: Any, kind: str = kind, parts: int = parts) -> Any:
                hx = given[:2] if parts == 2 else given[0]
                return getattr(lib, f"{kind}_cell")(x, hx, *given[parts:])

            state = [_reals((batch, SIZE), 7 + part) for part in range(parts)]
            x = turned(_reals((batch, FEATURES), 9))
            yield Case(
                f"{kind}_cell", detail, step, (x, *state, *_parameters(gates, FEATURES, SIZE, bias))
            )


def _sequences() -> Iterator[Case]:
    """One layer; tests/nn/test_recurrent.py has several and both directions."""
    for kind, detail, batch_sizes, out in (
        ("rnn_tanh", "plain", [2, 2], SIZE),
        ("rnn_relu", "plain", [2, 2], SIZE),
        ("lstm", "plain", [1, 1, 1], SIZE),
        ("lstm", "packed, projected", [2, 1], 1),
        ("gru", "plain", [1, 1, 1], SIZE),
        ("gru", "packed", [2, 1], SIZE),
        ("gru", "empty", [0, 0], SIZE),
    ):
        batch, parts = batch_sizes[0], 2 if kind == "lstm" else 1
        packed = detail.startswith("packed")
        shape = (sum(batch_sizes), FEATURES)

        def function(
            lib: Any,
            x: Any,
            *given: Any,
            kind: str = kind,
            parts: int = parts,
            sizes: list[int] | None = batch_sizes if packed else None,
        ) -> Any:
            hx = given[:2] if parts == 2 else given[0]
            run, params, settings = getattr(lib, kind), given[parts:], (True, 1, 0.0, True, False)
            if sizes is None:
                return run(x, hx, params, *settings, False)
            if lib is at:
                return run(x, hx, params, *settings, batch_sizes=at.tensor(sizes))
            return run(x, lib.tensor(sizes), hx, params, *settings)

        x = _reals(shape if packed else (len(batch_sizes), batch, FEATURES), 9)
        state = [_reals((1, batch, size), 7 + size) for size in (out, SIZE)[:parts]]
        parameters = _parameters(GATES[kind], FEATURES, out, True)
        yield Case(kind, detail, function, (x, *state, *parameters))


CASES: list[Case] = [*_cells(), *_sequences()]
