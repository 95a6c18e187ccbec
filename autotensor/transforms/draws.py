"""Which random numbers a function may draw that is called once for each of many samples."""

from __future__ import annotations

from contextlib import AbstractContextManager

from autotensor.engine.tensor import Tensor
from autotensor.operators.arguments import need_one_of
from autotensor.random import Generator, draws_watched


class Draws:
    """The ``randomness`` of a transform: ``'error'``, ``'same'`` or ``'different'``.

    Whatever generator is drawn from, the default one or another, it is asked before.
    """

    def __init__(self, randomness: str, name: str) -> None:
        need_one_of(randomness, ("error", "same", "different"), name, "randomness")
        self._randomness = randomness
        self._name = name
        self._starts: dict[Generator, Tensor] = {}

    def watched(self) -> AbstractContextManager[None]:
        """Inside it, this is asked."""
        return draws_watched(self._asked)

    def _asked(self, generator: Generator) -> None:
        if self._randomness == "error":
            raise RuntimeError(
                f"{self._name}: the function draws random numbers; pass randomness='different' for "
                "others in each sample, or 'same'"
            )
        if generator not in self._starts:
            self._starts[generator] = generator.get_state()

    def next_sample(self) -> None:
        """``'same'``: takes the generators back to where they were before the first sample."""
        if self._randomness == "same":
            self.take_back()

    def take_back(self) -> None:
        for generator, state in self._starts.items():
            generator.set_state(state)
