"""Random Tensors, and where the numbers come from.

The same seed gives the same numbers on every machine with the same NumPy; not those of PyTorch.
"""

from __future__ import annotations

import functools
import itertools
import math
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autotensor.creation import dtype_of, like, made, made_like, zeros_like
from autotensor.device import CPU, need_cpu
from autotensor.engine import dtypes
from autotensor.engine.in_place import assign
from autotensor.engine.operator import operator
from autotensor.engine.tensor import Tensor, method, raw, wrap
from autotensor.importing import list_public
from autotensor.keywords import also_called
from autotensor.machine.error_state import silent
from autotensor.operators.arguments import (
    common_shape,
    count_of,
    int_of,
    is_int,
    need_float_dtype,
    need_tensor_itself,
    number_of,
    sizes_of_new,
)

__all__ = [
    "Generator", "bernoulli", "binomial", "default_generator", "fork_rng", "get_rng_state",
    "initial_seed", "manual_seed", "multinomial", "normal", "poisson", "rand", "rand_like",
    "randint", "randint_like", "randn", "randn_like", "randperm", "seed", "set_rng_state",
]  # fmt: skip


LARGEST_RATE = 2.0**63 - 10 * 2.0**31.5
"""Ten standard deviations below the largest int64: NumPy draws no larger Poisson numbers."""

STATE_SIZES = 8, 16, 16, 4, 4
"""Bytes of the seed, of PCG64's state and step, of the half it keeps, and of whether it does."""


_alive: weakref.WeakSet[Generator] = weakref.WeakSet()


class Generator:
    """A seedable source of random numbers.

    The same seed gives the same numbers on every machine with the same NumPy.  ``rng`` is the
    ``numpy.random.Generator`` inside, made when first asked for: importing NumPy's random module
    takes longer than all of this package.

    A forked process goes on at the same place, so it draws the same numbers as its parent, as in
    PyTorch; ``seed()`` gives it others.

    Args:
        device: the CPU, or None.

    Attributes:
        device: the CPU.

    Raises:
        RuntimeError: another device.

    Example:

        >>> g = at.Generator().manual_seed(1)
        >>> first = at.rand(3, generator=g)
        >>> at.equal(first, at.rand(3, generator=g.manual_seed(1)))
        True
    """

    device = CPU

    _start: int | None = None
    """Where the sequence begins, if that is not the seed."""

    def __init__(self, device: Any = None) -> None:
        need_cpu(device)
        self._seed: int | None = None
        self._rng: Any = None
        self._lock = threading.Lock()
        _alive.add(self)

    @property
    def rng(self) -> np.random.Generator:
        for watcher in _apart.watchers:
            watcher(self)
        return self._here()

    def _here(self) -> np.random.Generator:
        """``rng``, to look at its place rather than to draw."""
        if self._rng is None:
            with self._lock:
                if self._rng is None:
                    start = self.initial_seed() if self._start is None else self._start
                    self._rng = np.random.Generator(np.random.PCG64(start))
        return self._rng

    def manual_seed(self, seed: int) -> Generator:
        """Starts the sequence that belongs to ``seed``.

        Example:

            >>> g = at.Generator()
            >>> g.manual_seed(7).initial_seed()
            7
        """
        if not is_int(seed):
            raise TypeError(f"manual_seed: seed must be an int, got {type(seed).__name__}")
        self._seed = int(seed) % 2**64
        self._rng = self._start = None
        return self

    def initial_seed(self) -> int:
        """The seed that the sequence began with: given, or taken from the operating system.

        Example:

            >>> at.Generator().manual_seed(42).initial_seed()
            42
        """
        if self._seed is None:
            self._seed = int.from_bytes(os.urandom(8), "little")
        return self._seed

    def seed(self) -> int:
        """Starts anew with a seed from the operating system, and returns that.

        Example:

            >>> g = at.Generator()
            >>> g.seed() == g.initial_seed()
            True
        """
        self._seed = self._rng = self._start = None
        return self.initial_seed()

    def _start_at(self, start: int) -> None:
        """Goes on as a generator with the seed ``start`` would, and keeps its own seed."""
        self._rng, self._start = None, start

    def get_state(self) -> Tensor:
        """The seed and the place in the sequence, for ``set_state``: a uint8 Tensor of 48 bytes.

        Example:

            >>> g = at.Generator().manual_seed(3)
            >>> state = g.get_state()
            >>> before = at.rand(2, generator=g)
            >>> at.equal(before, at.rand(2, generator=g.set_state(state)))
            True
        """
        state = self._here().bit_generator.state
        numbers = state["state"]["state"], state["state"]["inc"], state["uinteger"]
        values = (self.initial_seed(), *numbers, state["has_uint32"])
        layout = zip(values, STATE_SIZES, strict=True)
        data = b"".join(value.to_bytes(size, "little") for value, size in layout)
        return wrap(np.frombuffer(data, np.uint8).copy())

    def set_state(self, new_state: Tensor) -> Generator:
        """Goes on where ``get_state`` was called.

        Args:
            new_state: what ``get_state`` gave, of this generator or of another.

        Raises:
            TypeError: something else than a uint8 Tensor.
            RuntimeError: a Tensor that is no state of a generator, such as one of PyTorch's.

        Example:

            >>> g, other = at.Generator().manual_seed(1), at.Generator().manual_seed(2)
            >>> _ = other.set_state(g.get_state())
            >>> at.equal(at.rand(2, generator=g), at.rand(2, generator=other))
            True
        """
        array = new_state.array if isinstance(new_state, Tensor) else None
        if array is None or array.dtype != dtypes.uint8:
            kind = type(new_state).__name__ if array is None else f"one of {array.dtype}"
            raise TypeError(f"set_state: new_state must be a uint8 Tensor, got {kind}")
        data, ends = array.tobytes(), list(itertools.accumulate(STATE_SIZES))
        if array.shape != (ends[-1],):
            raise RuntimeError(
                f"set_state: new_state must be what get_state gave, of shape ({ends[-1]},), got "
                f"shape {array.shape}"
            )
        parts = [data[end - size : end] for end, size in zip(ends, STATE_SIZES, strict=True)]
        seed, place, step, kept, has_kept = (int.from_bytes(part, "little") for part in parts)
        if not step % 2 or has_kept > 1:
            raise RuntimeError("set_state: new_state is damaged: it is no state of a generator")
        rng = self._here()
        self._seed = seed
        rng.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": place, "inc": step},
            "has_uint32": has_kept,
            "uinteger": kept,
        }
        return self

    def clone_state(self) -> Generator:
        """Another generator at the same place, which goes on with the same numbers by itself.

        ``copy.copy``, ``copy.deepcopy`` and ``pickle`` give the same.

        Example:

            >>> g = at.Generator().manual_seed(5)
            >>> _ = at.rand(10, generator=g)
            >>> at.equal(at.rand(2, generator=g.clone_state()), at.rand(2, generator=g))
            True
        """
        return Generator().set_state(self.get_state())

    def __reduce__(self) -> Any:
        return _at_state, (self.get_state().array.tobytes(),)

    def _unlock(self) -> None:
        self._lock = threading.Lock()
        if self._rng is not None:
            # As Python does with its own; to copy the state takes this lock from NumPy 2.5 on.
            self._rng.bit_generator.lock._at_fork_reinit()


def _unlock_all() -> None:
    """In a forked child: NumPy's generators hold a lock while they draw, and have it there as some
    other thread of the parent held it, for ever."""
    for generator in list(_alive):
        generator._unlock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock_all)


def _at_state(data: bytes) -> Generator:
    return Generator().set_state(wrap(np.frombuffer(data, np.uint8)))


default_generator = Generator()
"""What random functions draw from when they are given no generator."""


class _Apart(threading.local):
    generator: Generator | None = None
    watchers: tuple[Callable[[Generator], None], ...] = ()
    """Called with a generator before something is drawn from it."""


_apart = _Apart()


def thread_generator() -> Generator:
    """What this thread draws from without ``generator=``: ``default_generator``, or inside of
    ``draws_apart`` a generator of its own.

    Example:

        >>> from autotensor.extend import thread_generator
        >>> thread_generator() is at.default_generator
        True
    """
    return _apart.generator or default_generator


@contextmanager
def draws_apart(seed: int) -> Iterator[Callable[[int], None]]:
    """Gives this thread a generator of its own, with ``seed``, for what is drawn without
    ``generator=``: so it neither disturbs other threads nor is disturbed by them.

    ``initial_seed``, ``manual_seed`` and their kin are about that generator, too.  Yields a
    function that has the draws go on from another place, given by a number, and leaves
    ``initial_seed`` as it was.

    Example:

        >>> from autotensor.extend import draws_apart
        >>> _ = at.manual_seed(0)
        >>> with draws_apart(seed=7) as go_to:
        ...     go_to(1)
        ...     first = at.rand(2)
        ...     go_to(1)
        ...     print(at.equal(first, at.rand(2)), at.initial_seed())
        True 7
        >>> at.initial_seed()
        0
    """
    before = _apart.generator
    generator = _apart.generator = Generator().manual_seed(seed)
    try:
        yield generator._start_at
    finally:
        _apart.generator = before


@contextmanager
def draws_watched(watcher: Callable[[Generator], None]) -> Iterator[None]:
    """Inside it ``watcher`` is called with each generator that this thread is to draw from; it may
    raise."""
    before = _apart.watchers
    _apart.watchers = (*before, watcher)
    try:
        yield
    finally:
        _apart.watchers = before


def manual_seed(seed: int) -> Generator:
    """Seeds the default generator: the same seed, the same numbers, but not those of PyTorch.

    What was computed before has no influence on the rounding of what follows, either.

    Raises:
        TypeError: ``seed`` is no int.

    Example:

        >>> _ = at.manual_seed(0)
        >>> first = at.randn(3)
        >>> _ = at.manual_seed(0)
        >>> at.equal(first, at.randn(3))
        True
    """
    return thread_generator().manual_seed(seed)


def seed() -> int:
    """Seeds the default generator anew from the operating system; returns the seed.

    Example:

        >>> at.seed() == at.initial_seed()
        True
    """
    return thread_generator().seed()


def initial_seed() -> int:
    """The seed that the default generator's sequence began with.

    Example:

        >>> _ = at.manual_seed(1234)
        >>> at.initial_seed()
        1234
    """
    return thread_generator().initial_seed()


def get_rng_state() -> Tensor:
    """The place of the default generator in its sequence: a uint8 Tensor.

    Example:

        >>> state = at.get_rng_state()
        >>> first = at.rand(3)
        >>> at.set_rng_state(state)
        >>> at.equal(first, at.rand(3))
        True
    """
    return thread_generator().get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Takes the default generator to where ``get_rng_state`` was called.

    Raises:
        TypeError: something else than a uint8 Tensor.
        RuntimeError: a Tensor that is no state of a generator.

    Example:

        >>> _ = at.manual_seed(0)
        >>> state = at.get_rng_state()
        >>> first = at.randperm(5)
        >>> at.set_rng_state(state)
        >>> at.equal(first, at.randperm(5))
        True
    """
    thread_generator().set_state(new_state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, **more: Any) -> Iterator[None]:
    """What is drawn inside leaves the default generator where it was.  There is one device, so
    ``devices`` and its kin say nothing.

    Example:

        >>> _ = at.manual_seed(0)
        >>> first = at.rand(2)
        >>> _ = at.manual_seed(0)
        >>> with at.random.fork_rng():
        ...     _ = at.rand(100)  # for a picture in between, say
        >>> at.equal(first, at.rand(2))
        True
    """
    generator = thread_generator()
    state = generator.get_state() if enabled else None
    try:
        yield
    finally:
        if state is not None:
            generator.set_state(state)


# -- on raw arrays ---------------------------------------------------------------------------------


def _random(generator: Generator | None) -> Any:
    if generator is not None and not isinstance(generator, Generator):
        raise TypeError(f"generator must be a Generator or None, got {type(generator).__name__}")
    return (generator or thread_generator()).rng


def uniform_array(
    shape: Any, dtype: Any, generator: Generator | None = None, low: float = 0, high: float = 1
) -> np.ndarray:
    """Uniform values in [low, high): drawn as float32 where that is asked, float64 otherwise.

    What rounding would take up to ``high`` is the largest number below it.

    Example:

        >>> from autotensor.extend import uniform_array
        >>> array = uniform_array((2, 3), np.float32)
        >>> array.dtype, array.shape, bool((array < 1).all())
        (dtype('float32'), (2, 3), True)
        >>> bool((uniform_array((10000,), np.float32, None, 1000, 1001) < 1001).all())
        True
    """
    drawn = np.float32 if dtype == dtypes.float32 else np.float64
    values = _random(generator).random(shape, drawn)
    if dtype == drawn and (low, high) == (0, 1):
        return values
    values = _in_dtype(values, dtype) * (high - low) + low
    first, end = _in_dtype([low, high], dtype)
    return np.minimum(values, np.nextafter(end, first))


def normal_array(shape: Any, dtype: Any, generator: Generator | None = None) -> np.ndarray:
    """Values of the standard normal distribution.

    Example:

        >>> from autotensor.extend import normal_array
        >>> at.equal(
        ...     at.tensor(normal_array((2,), np.float32, at.Generator().manual_seed(0))),
        ...     at.randn(2, generator=at.Generator().manual_seed(0)),
        ... )
        True
    """
    if dtype == dtypes.float32:
        return _random(generator).standard_normal(shape, np.float32)
    return _random(generator).standard_normal(shape).astype(dtype, copy=False)


@operator(input=lambda g: zeros_like(g), other=lambda g: zeros_like(g))
def _drawn_by(values: Any, input: Any, other: Any) -> Any:
    """``values``, which were drawn by these parameters.  d input = 0, d other = 0."""
    return values


# -- new Tensors -----------------------------------------------------------------------------------


def rand(
    *size: Any,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Uniform values in [0, 1).

    The shape is ``size``.

    Raises:
        TypeError, RuntimeError: ``size`` is none, or ``dtype`` none of floating point.

    Example:

        >>> _ = at.manual_seed(0)
        >>> x = at.rand(1000)
        >>> ((x >= 0) & (x < 1)).all(), round(x.mean().item(), 1)
        (tensor(True), 0.5)
    """
    kind = dtype_of(dtype, device, "rand")
    need_float_dtype(kind, "rand")
    sizes = sizes_of_new(size, "rand")
    return made(np.asarray(uniform_array(sizes, kind, generator)), requires_grad)


def randn(
    *size: Any,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Values of the standard normal distribution: mean 0, variance 1.

    The shape is ``size``.

    Raises:
        TypeError, RuntimeError: ``size`` is none, or ``dtype`` none of floating point.

    Example:

        >>> _ = at.manual_seed(0)
        >>> x = at.randn(100, 100)
        >>> x.mean().abs() < 0.1, round(x.std().item(), 1)
        (tensor(True), 1.0)
    """
    kind = dtype_of(dtype, device, "randn")
    need_float_dtype(kind, "randn")
    sizes = sizes_of_new(size, "randn")
    return made(np.asarray(normal_array(sizes, kind, generator)), requires_grad)


def rand_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``rand`` in the shape and dtype of ``input``, and its order in memory.

    ``(*)`` to ``(*)``.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.zeros(2, 3, dtype=at.float64)
        >>> noise = at.rand_like(x)
        >>> noise.shape, noise.dtype
        (torch.Size([2, 3]), torch.float64)
    """
    shape, kind = like(input, dtype, device, "rand_like")
    drawn = rand(shape, generator=generator, dtype=kind)
    return made_like(input, drawn.array, requires_grad)


def randn_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``randn`` in the shape and dtype of ``input``, and its order in memory.

    ``(*)`` to ``(*)``.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> mean, std = at.tensor([0.0, 5.0]), at.tensor([1.0, 0.0])
        >>> sample = mean + std * at.randn_like(mean)  # which can be differentiated by both
        >>> sample[1]
        tensor(5.)
    """
    shape, kind = like(input, dtype, device, "randn_like")
    drawn = randn(shape, generator=generator, dtype=kind)
    return made_like(input, drawn.array, requires_grad)


def randint(
    low: int | None = None,
    high: Any = None,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: Any = dtypes.int64,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Integers from ``low`` to ``high - 1``; ``randint(high, size)`` starts at 0.

    The shape is ``size``.

    Raises:
        TypeError, RuntimeError: no integers between the bounds.

    Example:

        >>> _ = at.manual_seed(0)
        >>> dice = at.randint(1, 7, (1000,))
        >>> dice.unique()
        tensor([1, 2, 3, 4, 5, 6])
    """
    if size is None:
        low, high, size = None, low, high
    elif high is None:
        low, high = None, low
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"randint: size must be a tuple, got {size!r}")
    kind = dtype_of(dtype, device, "randint")
    shape = sizes_of_new((tuple(size),), "randint")
    first, end = int(number_of(low or 0, "randint", "low")), int(number_of(high, "randint", "high"))
    return made(_integers(first, end, shape, kind, generator, "randint"), requires_grad)


def _integers(
    low: int, high: int, shape: Any, dtype: np.dtype, generator: Generator | None, name: str
) -> np.ndarray:
    """Integers from ``low`` to ``high - 1`` in a dtype that must be able to hold them."""
    if low >= high:
        raise RuntimeError(f"{name}: low must be below high, got {low} and {high}")
    lowest, highest = _whole_range(dtype)
    if dtype.kind != "f" and not lowest <= low <= high - 1 <= highest:
        raise RuntimeError(f"{name}: {low} … {high - 1} does not fit in dtype {dtype}")
    values = _random(generator).integers(low, high - 1, shape, endpoint=True)
    return np.asarray(values).astype(dtype, copy=False)


def _whole_range(dtype: np.dtype) -> tuple[int, int]:
    """The integers of a dtype; of a floating-point one, up to where not all are represented."""
    if dtype.kind == "b":
        return 0, 1
    if dtype.kind == "f":
        most = 2 ** (np.finfo(dtype).nmant + 1)
        return -most, most
    return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)


def randint_like(
    input: Tensor,
    low: int | None = None,
    high: int | None = None,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``randint`` in the shape and dtype of ``input``, and its order in memory.

    ``(*)`` to ``(*)``.

    Raises:
        TypeError, RuntimeError: ``input`` is no Tensor; no integers between the bounds.

    Example:

        >>> x = at.zeros(1000)
        >>> coins = at.randint_like(x, 2)
        >>> coins.dtype, coins.unique()
        (torch.float32, tensor([0., 1.]))
    """
    shape, kind = like(input, dtype, device, "randint_like")
    drawn = randint(low, high, shape, generator=generator, dtype=kind)
    return made_like(input, drawn.array, requires_grad)


def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    dtype: Any = dtypes.int64,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """The integers 0 … n - 1 in random order.

    ``(n,)``.

    Raises:
        TypeError, RuntimeError: ``n`` is no int of at least 0, or the dtype cannot hold n - 1.

    Example:

        >>> order = at.randperm(5)
        >>> order.sort().values
        tensor([0, 1, 2, 3, 4])
        >>> x, y = at.arange(5), 10 * at.arange(5)
        >>> at.equal(10 * x[order], y[order])  # shuffled in the same way
        True
    """
    count = count_of(n, "randperm", "n")
    kind = dtype_of(dtype, device, "randperm")
    if count > (most := _whole_range(kind)[1] + 1):
        raise RuntimeError(
            f"randperm: dtype {kind} holds {most} integers from 0 on, got n = {count}"
        )
    return made(_random(generator).permutation(count).astype(kind, copy=False), requires_grad)


def normal(
    mean: Any,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normal values with the given means and standard deviations.  d mean = 0, d std = 0.

    These are numbers, with a ``size``, or Tensors that broadcast.  The dtype is that of ``mean``,
    or of ``std`` if ``mean`` is a number.

    Shapes that broadcast to ``(*)`` give ``(*)``; numbers give ``size``.

    Raises:
        RuntimeError: a negative ``std``.

    Example:

        >>> _ = at.manual_seed(0)
        >>> heights = at.normal(180.0, 7.0, (10000,))
        >>> heights.mean().round(), heights.std().round()
        (tensor(180.), tensor(7.))
        >>> at.normal(at.tensor([1.0, 2.0]), at.zeros(2))
        tensor([1., 2.])
    """
    parameters = mean, std
    tensors = [one for one in parameters if isinstance(one, Tensor)]
    for one in tensors:
        need_float_dtype(one.array.dtype, "normal")
    if bool(tensors) == (size is not None):
        raise TypeError("normal: expected Tensors, or two numbers and a size")
    mean, std = (
        raw(one) if isinstance(one, (Tensor, np.ndarray)) else number_of(one, "normal", argument)
        for one, argument in ((mean, "mean"), (std, "std"))
    )
    if np.any(np.asarray(std) < 0):
        raise RuntimeError("normal: std must not be negative")
    # PyTorch's: of two Tensors that of the first.
    own = tensors[0].array.dtype if tensors else dtypes.promoted(mean, std, 1.0)
    kind = dtype_of(own if dtype is None else dtype, device, "normal")
    need_float_dtype(kind, "normal")
    if size is None:
        shapes = np.shape(mean), np.shape(std)
        problem = f"normal: mean of shape {shapes[0]} and std of shape {shapes[1]} do not broadcast"
        shape = common_shape(problem, *shapes)
    else:
        shape = sizes_of_new((tuple(size),), "normal")
    values = silent().run(lambda: normal_array(shape, kind, generator) * std + mean)
    if tensors:
        return _drawn_by(_in_dtype(values, kind), *parameters)
    return made(_in_dtype(values, kind), requires_grad)


def bernoulli(
    input: Tensor, p: float | None = None, *, generator: Generator | None = None
) -> Tensor:
    """1 with the probabilities in ``input`` (or all with probability ``p``), else 0, in the dtype
    of ``input``.  d input = 0.

    ``(*)`` to ``(*)``.

    Raises:
        RuntimeError: a probability outside [0, 1].

    Example:

        >>> at.bernoulli(at.tensor([0.0, 1.0, 1.0]))
        tensor([0., 1., 1.])
        >>> _ = at.manual_seed(0)
        >>> round(at.bernoulli(at.full((10000,), 0.3)).mean().item(), 1)
        0.3
    """
    shape, kind = like(input, None, None, "bernoulli")
    if p is None:
        need_float_dtype(kind, "bernoulli")
    values = _chosen(input if p is None else p, kind, shape, generator, "bernoulli")
    return _drawn_by(values, input, None)


def _chosen(p: Any, dtype: Any, shape: Any, generator: Generator | None, name: str) -> np.ndarray:
    """1 with probability ``p``, a number or a Tensor, else 0."""
    chance = np.asarray(raw(p))
    if not np.all((chance >= 0) & (chance <= 1)):
        raise RuntimeError(f"{name}: probabilities must be in [0, 1]")
    try:
        chance = np.broadcast_to(chance, shape)
    except ValueError:
        raise RuntimeError(
            f"{name}: p of shape {chance.shape} does not broadcast to {shape}"
        ) from None
    # In float64: float32 could not tell a probability from one that is 1e-8 more.
    return np.asarray(uniform_array(shape, np.float64, generator) < chance).astype(dtype)


def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """How many of ``count`` trials succeed that each do with probability ``prob``; no derivative.

    Tensors of floating point, whose shapes broadcast to that of the result.

    Raises:
        RuntimeError: a ``count`` that is negative, not whole or from 2⁶³ on, or a ``prob`` outside
            [0, 1].

    Example:

        >>> at.binomial(at.tensor([10.0, 10.0]), at.tensor([0.0, 1.0]))
        tensor([ 0., 10.])
        >>> _ = at.manual_seed(0)
        >>> heads = at.binomial(at.full((10000,), 8.0), at.tensor(0.5))
        >>> heads.mean().round(), heads.var().round()  # n p and n p (1 - p)
        (tensor(4.), tensor(2.))
    """
    for one in (count, prob):
        need_tensor_itself(one, "binomial")
        need_float_dtype(one.array.dtype, "binomial")
    trials, chances = count.array, prob.array
    if not np.all((trials >= 0) & np.isfinite(trials) & (trials % 1 == 0)):
        raise RuntimeError("binomial: counts must be whole numbers and not negative")
    if not np.all((chances >= 0) & (chances <= 1)):
        raise RuntimeError("binomial: probabilities must be in [0, 1]")
    problem = f"binomial: count of {count.shape} and prob of {prob.shape} do not broadcast"
    shape = common_shape(problem, count.shape, prob.shape)
    drawn = _random(generator).binomial(counts_of_trials(trials, "binomial"), chances, shape)
    return wrap(_in_dtype(drawn, trials.dtype))


def counts_of_trials(trials: np.ndarray, name: str) -> np.ndarray:
    """Whole numbers as int64.

    Raises:
        RuntimeError: one that does not fit.
    """
    if np.any(trials >= 2.0**63):
        raise RuntimeError(
            f"{name}: counts must be below 2⁶³ (9.2e18), got {trials.max():.3g}; the share of so "
            "many is their probability, to all digits"
        )
    return trials.astype(np.int64)


def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Whole numbers of Poisson distributions whose means are in ``input``, in its dtype.
    d input = 0.

    ``(*)`` to ``(*)``.

    Raises:
        RuntimeError: a negative mean, or one so large that draws may be beyond int64.

    Example:

        >>> _ = at.manual_seed(0)
        >>> calls = at.poisson(at.full((10000,), 4.0))
        >>> calls.mean().round(), calls.var().round()  # both are the mean
        (tensor(4.), tensor(4.))
    """
    need_tensor_itself(input, "poisson")
    need_float_dtype(input.array.dtype, "poisson")
    if not np.all(input.array >= 0):
        raise RuntimeError("poisson: rates must not be negative")
    if np.any(input.array >= LARGEST_RATE):
        raise RuntimeError(
            f"poisson: rates must be below {LARGEST_RATE:.3g}, where draws are below 2⁶³, got "
            f"{input.array.max():.3g}"
        )
    drawn = _in_dtype(_random(generator).poisson(input.array), input.array.dtype)
    return _drawn_by(drawn, input, None)


def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """``num_samples`` indices drawn with the weights in ``input``, int64.

    Shapes: ``(n,)`` to ``(num_samples,)``, ``(m, n)`` to ``(m, num_samples)``, row by row.  The
    weights need not sum to 1.  Without ``replacement`` no index comes twice.

    Raises:
        RuntimeError: a negative or not finite weight, a row without a positive one, or fewer
            positive ones than are to be drawn without replacement.

    Example:

        >>> at.multinomial(at.tensor([0.0, 0.0, 5.0]), 2, replacement=True)
        tensor([2, 2])
        >>> _ = at.manual_seed(0)
        >>> drawn = at.multinomial(at.tensor([1.0, 3.0]), 10000, replacement=True)
        >>> round(drawn.float().mean().item(), 2)
        0.75
    """
    need_tensor_itself(input, "multinomial")
    need_float_dtype(input.array.dtype, "multinomial")
    if input.ndim not in (1, 2) or input.shape[-1] == 0:
        raise RuntimeError(
            f"multinomial: expected input of shape (n,) or (m, n) with n > 0, got {input.shape}"
        )
    num_samples = int_of(num_samples, "multinomial", "num_samples")
    weights = input.array.astype(np.float64)
    if not np.all((weights >= 0) & np.isfinite(weights)):
        raise RuntimeError("multinomial: weights must be finite and not negative")
    enough = 1 if replacement else int(num_samples)
    if num_samples < 1 or np.any((weights > 0).sum(-1) < enough):
        raise RuntimeError(
            f"multinomial: cannot draw {num_samples} from rows with "
            f"{(weights > 0).sum(-1).min(initial=input.shape[-1])} positive weights"
            + ("" if replacement else " without replacement")
        )
    if replacement:
        total = np.cumsum(weights, -1)
        places = uniform_array((*input.shape[:-1], num_samples), np.float64, generator)
        places = places * total[..., -1:]
        drawn = (places[..., None, :] >= total[..., :, None]).sum(-2)
    else:
        # Exponential clocks ringing at these rates: the order in which they first ring.
        clocks = np.full_like(weights, np.inf)
        rings = _random(generator).standard_exponential(weights.shape)
        np.divide(rings, weights, out=clocks, where=weights > 0)
        drawn = np.argsort(clocks, -1, kind="stable")[..., :num_samples]
    return wrap(drawn.astype(np.int64, copy=False))


# -- filling a Tensor in place ---------------------------------------------------------------------


def _filling(draw: Callable[..., Any]) -> Any:
    """Declares the method that fills a Tensor with the array that ``draw`` gives, in its dtype."""
    draw.__annotations__["return"] = "Tensor"  # what the method gives
    names = getattr(draw, "other_names", {})

    @functools.wraps(draw)
    def fill(*args: Any, **kwargs: Any) -> Tensor:
        by_name = {names.get(key, key): value for key, value in kwargs.items()}
        values = silent().run(draw, *args, **by_name)
        tensor = args[0]
        return assign(tensor, wrap(_in_dtype(values, tensor.array.dtype)), draw.__name__)

    return method(fill)


def _in_dtype(values: Any, dtype: np.dtype) -> np.ndarray:
    """``values`` in another dtype; they may be infinite there."""
    return silent().run(np.asarray(values).astype, dtype, copy=False)


@_filling
@also_called(**{"from": "from_"})
def uniform_(
    self: Tensor, from_: float = 0, to: float = 1, *, generator: Generator | None = None
) -> Any:
    """Fills this Tensor with uniform values in [from_, to).

    Raises:
        RuntimeError: ``from_`` above ``to``, or further from it than the dtype reaches.

    Example:

        >>> x = at.empty(2, 3).uniform_(5, 6)
        >>> ((5 <= x) & (x < 6)).all()
        tensor(True)
    """
    need_float_dtype(self.array.dtype, "uniform_")
    if not from_ <= to:
        raise RuntimeError(f"uniform_: from_ must not be above to, got {from_} and {to}")
    most = float(np.finfo(self.array.dtype).max)
    if not (-most <= from_ and to <= most and to - from_ <= most):
        raise RuntimeError(
            f"uniform_: from_, to and to - from_ must be numbers of {self.array.dtype}, which "
            f"end at {most:g}, got {from_} and {to}"
        )
    return uniform_array(self.shape, self.array.dtype, generator, from_, to)


@_filling
def normal_(
    self: Tensor, mean: float = 0, std: float = 1, *, generator: Generator | None = None
) -> Any:
    """Fills this Tensor with normal values.

    Raises:
        RuntimeError: a negative ``std``.

    Example:

        >>> _ = at.manual_seed(0)
        >>> weight = at.empty(100, 100).normal_(std=0.1)
        >>> round(weight.std().item(), 2)
        0.1
    """
    need_float_dtype(self.array.dtype, "normal_")
    if not std >= 0:
        raise RuntimeError(f"normal_: std must not be negative, got {std}")
    return normal_array(self.shape, self.array.dtype, generator) * std + mean


@_filling
def log_normal_(
    self: Tensor, mean: float = 1, std: float = 2, *, generator: Generator | None = None
) -> Any:
    """Fills this Tensor with values whose logarithms are normal.

    Raises:
        RuntimeError: ``std`` is not positive.

    Example:

        >>> _ = at.manual_seed(0)
        >>> x = at.empty(10000).log_normal_(mean=1, std=0.5)
        >>> (x > 0).all(), round(x.log().mean().item(), 1)
        (tensor(True), 1.0)
    """
    need_float_dtype(self.array.dtype, "log_normal_")
    if not std > 0:
        raise RuntimeError(f"log_normal_: std must be positive, got {std}")
    return np.exp(normal_array(self.shape, np.float64, generator) * std + mean)


@_filling
def exponential_(self: Tensor, lambd: float = 1, *, generator: Generator | None = None) -> Any:
    """Fills this Tensor with values of density ``lambd · e^(-lambd · x)``.

    Raises:
        RuntimeError: ``lambd`` is not positive.

    Example:

        >>> _ = at.manual_seed(0)
        >>> waits = at.empty(10000).exponential_(0.5)
        >>> (waits > 0).all(), waits.mean().round()  # 1 / 0.5
        (tensor(True), tensor(2.))
    """
    need_float_dtype(self.array.dtype, "exponential_")
    if not lambd > 0:
        raise RuntimeError(f"exponential_: lambd must be positive, got {lambd}")
    waits = _in_dtype(_random(generator).standard_exponential(self.shape) / lambd, self.array.dtype)
    # Not 0: Gumbel noise is -log of it.
    return np.maximum(waits, np.finfo(waits.dtype).smallest_subnormal)


@_filling
def cauchy_(
    self: Tensor, median: float = 0, sigma: float = 1, *, generator: Generator | None = None
) -> Any:
    """Fills this Tensor with values of density ``σ / (π (σ² + (x - median)²))``.

    Raises:
        RuntimeError: ``sigma`` is not positive.

    Example:

        >>> _ = at.manual_seed(0)
        >>> x = at.empty(10000).cauchy_(median=3)
        >>> x.median().round(), x.abs().max() > 100  # there is no mean
        (tensor(3.), tensor(True))
    """
    need_float_dtype(self.array.dtype, "cauchy_")
    if not sigma > 0:
        raise RuntimeError(f"cauchy_: sigma must be positive, got {sigma}")
    angles = math.pi * (uniform_array(self.shape, np.float64, generator) - 0.5)
    return median + sigma * np.tan(angles)


@_filling
def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Any:
    """Fills this Tensor with how many trials of probability ``p`` a first success takes.

    Raises:
        RuntimeError: ``p`` is not in (0, 1).

    Example:

        >>> _ = at.manual_seed(0)
        >>> throws = at.empty(10000).geometric_(1 / 6)  # until a six
        >>> throws.min(), throws.mean().round()
        (tensor(1.), tensor(6.))
    """
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_: p must be in (0, 1), got {p}")
    return _random(generator).geometric(p, self.shape)


@_filling
def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Any:
    """Fills this Tensor with 1, with probability ``p`` (a number or a Tensor), and 0.

    Raises:
        RuntimeError: a probability outside [0, 1].

    Example:

        >>> _ = at.manual_seed(0)
        >>> mask = at.empty(10000).bernoulli_(0.25)
        >>> mask.unique(), round(mask.mean().item(), 2)
        (tensor([0., 1.]), 0.25)
    """
    return _chosen(p, self.array.dtype, self.shape, generator, "bernoulli_")


@_filling
@also_called(**{"from": "from_"})
def random_(
    self: Tensor,
    from_: int | None = None,
    # ``...`` is "not given", for None has a meaning; users give an int or None.
    to: int | None = ...,  # type: ignore[assignment]
    *,
    generator: Generator | None = None,
) -> Any:
    """Fills this Tensor with integers from ``from_`` to ``to - 1``; ``random_(to)`` starts at 0.

    Without bounds from 0, and with ``to`` None from ``from_``, to the largest integer up to which
    the dtype holds every one.

    Raises:
        RuntimeError: no integers between the bounds.

    Example:

        >>> _ = at.manual_seed(0)
        >>> at.empty(1000).random_(4).unique()
        tensor([0., 1., 2., 3.])
    """
    if to is ...:  # type: ignore[comparison-overlap]
        from_, to = 0, from_
    low = 0 if from_ is None else int(from_)
    high = _whole_range(self.array.dtype)[1] + 1 if to is None else int(to)
    return _integers(low, high, self.shape, self.array.dtype, generator, "random_")


method(bernoulli, "bernoulli")
method(multinomial, "multinomial")


list_public(__name__)
