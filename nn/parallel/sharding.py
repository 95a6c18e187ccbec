"""Who of several processes changes what: parameters, or the elements of them, shared out.

Rajbhandari et al., ZeRO: memory optimizations toward training trillion parameter models, 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import autotensor as at
from autotensor import Tensor

__all__ = ["DividedBucket", "GradientInParts", "Piece", "by_elements", "by_parameters"]

LARGE = 1 << 15
"""From so many elements on a parameter is shared out by itself: its new values then travel from
memory to memory, without being packed together with others."""


class Piece(NamedTuple):
    """Elements ``start`` to ``stop`` of the parameter at ``position`` of a list."""

    position: int
    start: int
    stop: int

    @property
    def size(self) -> int:
        return self.stop - self.start


Part = list[Piece]


def by_elements(sizes: Sequence[int], ranks: int) -> list[Part]:
    """A part for each rank, all of nearly the same number of elements: at most one piece of each
    parameter, and the pieces in the order of the parameters."""
    parts: list[Part] = [[] for _ in range(ranks)]
    together = sum(size for size in sizes if size < LARGE)
    begin = 0
    for position, size in enumerate(sizes):
        small = size < LARGE
        for rank, part in enumerate(parts):
            if small:
                start, stop = (together * end // ranks - begin for end in (rank, rank + 1))
                start, stop = max(start, 0), max(0, min(stop, size))
            else:
                start, stop = size * rank // ranks, size * (rank + 1) // ranks
            if start < stop or (rank == 0 and not size):  # of none there is state, too
                part.append(Piece(position, start, stop))
        begin += size if small else 0
    return parts


def by_parameters(sizes: Sequence[int], loads: list[int]) -> list[Part]:
    """A part of whole parameters for each rank: the largest first, each to who has the least.

    Args:
        loads: how many elements each rank has already; they are added to.
    """
    owners = {}
    for position in sorted(range(len(sizes)), key=lambda one: -sizes[one]):
        owners[position] = loads.index(min(loads))
        loads[owners[position]] += sizes[position]
    return [
        [Piece(position, 0, size) for position, size in enumerate(sizes) if owners[position] == own]
        for own in range(len(loads))
    ]


class GradientInParts(Tensor):
    """What stands in ``grad`` where every process has its own part of a gradient, and no other.

    Attributes:
        part: the part of this process, 1-d; None if it has none.
    """

    __slots__ = ()
    part: np.ndarray | None

    def __init__(self, part: np.ndarray | None) -> None:
        super().__init__(at.empty(0))
        self.part = part

    @property
    def array(self) -> np.ndarray:
        raise RuntimeError(
            "the gradients of this parameter are in parts, each in the process that changes it: "
            "ZeroRedundancyOptimizer(overlap_with_ddp=True) asked for that. To clip them, use its "
            "clip_grad_norm_; to add up several batches, no_sync() for all but the last, and "
            "zero_grad() after each step; for anything else, leave overlap_with_ddp away"
        )

    @array.setter
    def array(self, value: np.ndarray) -> None:
        """Nothing: it has none."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def divide(gradient: np.ndarray, processes: int, out: np.ndarray) -> None:
    """``gradient / processes``."""
    if processes & (processes - 1):
        np.divide(gradient, float(processes), out=out, dtype=out.dtype)
    else:  # by a power of two a product is the same number, and quicker
        np.multiply(gradient, 1.0 / processes, out=out, dtype=out.dtype)


def add_up(given: Sequence[np.ndarray], out: np.ndarray) -> None:
    """The sum of what the processes have ``given``, in their order."""
    if len(given) == 1:
        np.copyto(out, given[0], casting="same_kind")
        return
    wide = out.dtype == given[0].dtype
    total = np.add(given[0], given[1], out=out if wide else None)
    for more in given[2:]:
        total += more
    if not wide:
        np.copyto(out, total, casting="same_kind")


class DividedBucket:
    """Parameters of one dtype, whose gradients lie side by side in ``values``, part by part.

    Each process gets the sum of its part alone.  Behind the pieces of a part stands for each of
    them whether this process has used its parameter, and last whether its backward was finished.
    """

    def __init__(self, parameters: list[Any], parts: list[Part], rank: int) -> None:
        self.parameters, self.parts = parameters, parts
        self.dtypes = [one.array.dtype for one in parameters]
        self.own = parts[rank]
        self.lengths = [sum(piece.size for piece in part) + len(part) + 1 for part in parts]
        self.places: list[list[tuple[slice, slice, int]]] = [[] for _ in parameters]
        """For each parameter, of its pieces: where in the parameter, where in ``values``, and where
        there stands whether it is used."""
        begin = 0
        for part, length in zip(parts, self.lengths, strict=True):
            flag = begin + length - len(part) - 1
            for piece in part:
                target = slice(begin, begin + piece.size)
                place = (slice(piece.start, piece.stop), target, flag)
                self.places[piece.position].append(place)
                begin, flag = target.stop, flag + 1
            begin = flag + 1
        ends = np.cumsum([0, *self.lengths])
        self.last = ends[1:] - 1
        self.section = slice(*ends[rank : rank + 2].tolist())
        # MPI does not compute with float16.
        self.dtype = np.result_type(parameters[0].array.dtype, np.float32)
        self.nbytes = int(ends[-1]) * self.dtype.itemsize
        self.request: Any = None

    def lie_in(self, everybodys: Sequence[np.ndarray], own: int) -> None:
        """From now on the numbers of each process are in these bytes; this one writes its ``own``
        and adds up its part of all."""
        numbers = [one.view(self.dtype) for one in everybodys]
        self.values = numbers[own]
        self.given = [one[self.section] for one in numbers]
        self.received = np.empty_like(self.given[0])

    def travel(self, comm: Any, mpi: Any) -> Any:
        """Has MPI add it up."""
        self.given = [self.received]
        return comm.Ireduce_scatter(self.values, self.received, self.lengths)

    def fill(
        self, gradients: Sequence[tuple[Any, Any]], processes: int, finished: bool = True
    ) -> None:
        """With this process's share of an average over so many, for each parameter, given its
        gradient and what was there before; None for what is not."""
        for (gradient, before), places in zip(gradients, self.places, strict=True):
            given = [one.reshape(-1) for one in (gradient, before) if one is not None]
            for source, target, flag in places:
                values = self.values[target]
                match given:
                    case []:
                        values[...] = 0
                    case [only]:
                        divide(only[source], processes, values)
                    case [one, other]:
                        np.add(one[source], other[source], out=values, dtype=values.dtype)
                        divide(values, processes, values)
                self.values[flag] = bool(given)
        self.values[self.last] = finished

    def counts(self) -> list[float]:
        """How many processes have used the parameter of each own piece, and how many have
        finished."""
        if len(self.given) > 1:
            add_up(self.given, self.received)
        counted: list[float] = self.received[-len(self.own) - 1 :].tolist()
        return counted

    def write(self, counts: Sequence[float]) -> None:
        """In the place of ``grad``, what this process has got of the averages."""
        parts: dict[int, np.ndarray] = {}
        begin = 0
        for piece, count in zip(self.own, counts[:-1], strict=True):
            if count:
                parts[piece.position] = self.received[begin : begin + piece.size]
            begin += piece.size
        for position, parameter in enumerate(self.parameters):
            own = parts.get(position)
            if own is not None:
                own = own.astype(parameter.array.dtype, copy=False)
            if own is not None or parameter.grad is not None:
                parameter._grad = GradientInParts(own)
