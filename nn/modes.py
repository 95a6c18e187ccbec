"""Training and evaluation mode for a while, and a model that is afterwards what it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

import autotensor as at
from nn.module import Module


@contextmanager
def in_mode(model: Module, training: bool) -> Iterator[None]:
    """Training or evaluation mode for all modules, and then for each its own one again."""
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, was_training in before:
            module.training = was_training


@contextmanager
def left_as_it_was(model: Module) -> Iterator[None]:
    """Afterwards its buffers and the random numbers to come are what they were."""
    buffers = [
        (module, name, buffer, buffer.array.copy())
        for module in model.modules()
        for name, buffer in module.named_buffers(recurse=False)
    ]
    random = at.get_rng_state()
    try:
        yield
    finally:
        for module, name, buffer, values in buffers:
            if not np.array_equal(buffer.array, values, equal_nan=values.dtype.kind == "f"):
                buffer.array[...] = values
                buffer.mark_written()
            if getattr(module, name) is not buffer:
                setattr(module, name, buffer)
        at.set_rng_state(random)
