"""What the order of an epoch depends on: the random generators that a sampler draws from."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np

import autotensor as at
from autotensor import Generator

__all__: list[str] = []  # helpers, which no package shows

MOST = 64
"""In a list or dict of a sampler's samplers so many are looked at; more would be no samplers."""


class Sources:
    """The generators that may decide the order that a sampler gives, each of them once.

    They are the generators of autotensor, NumPy and Python that it, or a sampler within it, has as
    attributes; the default one where ``generator`` is None; and an ``epoch`` that ``set_epoch``
    sets.  What is not a sampler of this package may draw from anywhere, so the generators of the
    whole program are added for it.

    Args:
        sampler: any iterable of keys, or None.
        *generators: more generators, each of which may be None.
    """

    def __init__(self, sampler: Any, *generators: Generator | None) -> None:
        self.found: list[Any] = []
        self._seen: set[int] = set()
        for generator in generators:
            self._add(at.default_generator if generator is None else generator)
        if sampler is not None:
            self._look_into(sampler)

    def _add(self, source: Any) -> None:
        if id(source) not in self._seen:
            self._seen.add(id(source))
            self.found.append(source)

    def _look_into(self, sampler: Any) -> None:
        if id(sampler) in self._seen or isinstance(sampler, (Sequence, np.ndarray, at.Tensor)):
            return
        self._seen.add(id(sampler))
        if not _is_of_this_package(sampler):
            for one in (at.default_generator, importlib.import_module("random"), np.random):
                self._add(one)
        if isinstance(getattr(sampler, "epoch", None), int) and hasattr(sampler, "set_epoch"):
            self.found.append(_Epoch(sampler))
        for name, value in getattr(sampler, "__dict__", {}).items():
            if name == "generator" and value is None:
                self._add(at.default_generator)
            elif kind_of(value) is not None:
                self._add(value)
            elif "sampler" in name:
                for one in _some_of(value):
                    self._look_into(one)

    def read(self) -> list[Any]:
        """The states, all of which ``autotensor.save`` can write."""
        return [read_source(source) for source in self.found]

    def write(self, states: Sequence[Any]) -> None:
        """Takes all to the given states, or, where one of those is wrong, none."""
        before = self.read()
        if len(states) != len(before):
            raise ValueError(
                f"load_state_dict: the state has {len(states)} random generators, but this has "
                f"{len(before)}: it was made with other samplers"
            )
        try:
            self._write(states)
        except (TypeError, ValueError, RuntimeError, KeyError) as error:
            self._write(before)
            raise ValueError(f"load_state_dict: {error}") from error

    def _write(self, states: Sequence[Any]) -> None:
        for source, state in zip(self.found, states, strict=True):
            write_source(source, state)

    def check(self, states: Sequence[Any] | None) -> None:
        """Refuses states that ``write`` would refuse."""
        with self.at(states):
            pass

    @contextmanager
    def at(self, states: Sequence[Any] | None) -> Iterator[None]:
        """Inside it they are at the given states, afterwards where they were."""
        if states is None:
            yield
            return
        before = self.read()
        self.write(states)
        try:
            yield
        finally:
            self._write(before)


class _Epoch:
    """The number that ``set_epoch`` has given to a sampler."""

    def __init__(self, sampler: Any) -> None:
        self.sampler = sampler


def _is_of_this_package(sampler: Any) -> bool:
    """Whether what gives its order was written here."""
    home = __name__.rpartition(".")[0]
    for name in ("__iter__", "order"):
        giver = next((cls for cls in type(sampler).__mro__ if name in vars(cls)), None)
        if giver is not None and giver.__module__.rpartition(".")[0] != home:
            return False
    return True


def _some_of(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())[:MOST]
    return list(value[:MOST]) if isinstance(value, (list, tuple)) else [value]


def kind_of(source: Any) -> str | None:
    """Which sort of generator this is; None if it is none."""
    if isinstance(source, Generator):
        return "generator"
    if isinstance(source, _Epoch):
        return "epoch"
    # By name: who has no such generator need not load the modules that make them.
    if isinstance(source, ModuleType):
        return {"random": "python", "numpy.random": "numpy's own"}.get(source.__name__)
    homes = {(base.__module__, base.__name__) for base in type(source).__mro__}
    if ("random", "Random") in homes:
        return None if ("random", "SystemRandom") in homes else "python"
    if ("numpy.random._generator", "Generator") in homes:
        return "numpy"
    return "numpy's own" if ("numpy.random.mtrand", "RandomState") in homes else None


def read_source(source: Any) -> Any:
    """The state of a generator, which ``autotensor.save`` can write."""
    return _READ[kind_of(source)](source)


def write_source(source: Any, state: Any) -> None:
    """Takes a generator to a state."""
    _WRITE[kind_of(source)](source, state)


def _of_python(source: Any) -> dict[str, Any]:
    version, words, gauss = source.getstate()
    return {"version": version, "words": np.array(words, np.uint32), "gauss": gauss}


def _to_python(source: Any, state: Any) -> None:
    words = tuple(np.asarray(state["words"]).tolist())
    source.setstate((state["version"], words, state["gauss"]))


_READ: dict[Any, Any] = {
    "generator": Generator.get_state,
    "epoch": lambda source: source.sampler.epoch,
    "python": _of_python,
    "numpy": lambda source: dict(source.bit_generator.state),
    "numpy's own": lambda source: source.get_state(legacy=False),
}
_WRITE: dict[Any, Any] = {
    "generator": Generator.set_state,
    "epoch": lambda source, state: source.sampler.set_epoch(state),
    "python": _to_python,
    "numpy": lambda source, state: setattr(source.bit_generator, "state", state),
    "numpy's own": lambda source, state: source.set_state(state),
}
