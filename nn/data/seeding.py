"""Where random transforms draw from, so that worker threads do not matter."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from autotensor import Generator
from autotensor.extend import draws_apart, thread_generator

__all__ = ["sample_generator"]

STRIDE = 0x9E3779B97F4A7C15
"""2⁶⁴ / the golden ratio: the seeds of neighbouring samples are far apart."""

OTHERS = 2**63
"""Added to the seed of a sample: for what a worker draws without ``sample_generator``."""


class _Own(threading.local):
    generator: Generator | None = None
    go_to: Callable[[int], None] | None = None


_own = _Own()


def sample_generator() -> Generator:
    """The generator for random changes to the sample that this thread is fetching.

    A DataLoader gives every sample of an epoch a seed of its own (a batch, where the data set gives
    whole batches).  What a transform draws here is therefore the same for any number of workers,
    and the same after ``autotensor.manual_seed``.  Outside of a DataLoader it is
    ``autotensor.default_generator``::

        def add_noise(image):
            return image + 0.1 * at.randn(image.shape, generator=sample_generator())

    Example:

        >>> from nn.data import DataLoader, sample_generator
        >>> class Noise:
        ...     def __len__(self):
        ...         return 6
        ...     def __getitem__(self, index):
        ...         return at.rand(1, generator=sample_generator())
        >>> def epoch(workers):
        ...     at.manual_seed(7)
        ...     return at.cat(list(DataLoader(Noise(), batch_size=2, num_workers=workers)))
        >>> bool((epoch(0) == epoch(2)).all())
        True
    """
    return _own.generator or thread_generator()


@contextmanager
def drawing_as_worker(seed: int) -> Iterator[None]:
    """This thread has a generator of its own, with ``seed``, where it draws without
    ``generator=``.  ``seeded`` takes it, too, to a place that belongs to the sample."""
    with draws_apart(seed) as _own.go_to:
        yield
    _own.go_to = None


@contextmanager
def seeded(seed: int | None) -> Iterator[Callable[[int], object]]:
    """Gives ``sample_generator`` a generator of its own, in this thread.

    Yields a function that seeds it for the sample at a given position of the epoch that has
    ``seed``.  With ``seed=None`` nothing changes.
    """
    if seed is None:
        yield lambda position: None
        return
    before, go_to = _own.generator, _own.go_to
    generator = _own.generator = Generator()

    def seed_for(position: int) -> None:
        start = (seed + STRIDE * position) % 2**64
        generator.manual_seed(start)
        if go_to is not None:
            go_to((start + OTHERS) % 2**64)

    try:
        yield seed_for
    finally:
        _own.generator = before
