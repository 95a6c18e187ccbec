"""Making Tensors: from data, filled, and random."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from autotensor import dtypes
from autotensor.tensor import Tensor, as_array, wrap

__all__ = [
    "Generator",
    "arange",
    "as_tensor",
    "asarray",
    "default_generator",
    "empty",
    "empty_like",
    "eye",
    "from_numpy",
    "full",
    "full_like",
    "linspace",
    "logspace",
    "manual_seed",
    "normal",
    "ones",
    "ones_like",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "tensor",
    "zeros",
    "zeros_like",
]


def _made(array: np.ndarray, requires_grad: bool) -> Tensor:
    out = wrap(array)
    return out.requires_grad_() if requires_grad else out


def _sizes(size: tuple[Any, ...], caller: str) -> tuple[int, ...]:
    """``(2, 3)`` from ``f(2, 3)`` or ``f((2, 3))``."""
    sizes = size[0] if len(size) == 1 and isinstance(size[0], (tuple, list)) else size
    for one in sizes:
        if isinstance(one, bool) or not isinstance(one, (int, np.integer, Tensor)):
            raise TypeError(f"{caller}: sizes must be ints, got {one!r} in {tuple(sizes)}")
        if int(one) < 0:
            raise RuntimeError(f"{caller}: sizes must not be negative, got {tuple(sizes)}")
    return tuple(int(one) for one in sizes)


def _dtype(dtype: Any, caller: str) -> np.dtype:
    return dtypes.get_default_dtype() if dtype is None else dtypes.canonical(dtype, caller)


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A new Tensor with a copy of ``data``: a number, nested lists, an ndarray or a Tensor.

    Python floats become the default dtype (float32), ints int64, bools bool; an array keeps its
    dtype.

    Raises:
        TypeError: ``data`` holds something other than real numbers.
        ValueError: nested lists of different lengths.
    """
    return _made(as_array(data, dtype, "tensor"), requires_grad)


def as_tensor(data: Any, *, dtype: Any = None) -> Tensor:
    """``data`` itself if it is a Tensor of that dtype; shares an ndarray's memory; else a copy."""
    wanted = None if dtype is None else dtypes.canonical(dtype, "as_tensor")
    if isinstance(data, Tensor):
        return data if wanted in (None, data.dtype) else data.to(wanted)
    if (
        isinstance(data, np.ndarray)
        and data.dtype in dtypes.SUPPORTED
        and data.dtype.isnative
        and data.flags.writeable
        and wanted in (None, data.dtype)
    ):
        return from_numpy(data)
    return tensor(data, dtype=wanted)


asarray = as_tensor


def from_numpy(array: np.ndarray) -> Tensor:
    """A Tensor on the memory of ``array``: a write to one is seen by the other.

    Raises:
        TypeError: not an ndarray, or one of a dtype or byte order that cannot be used in place.
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"from_numpy: expected an ndarray, got {type(array).__name__}")
    if not array.dtype.isnative:
        raise TypeError(
            f"from_numpy: byte order of {array.dtype!r} is not this machine's; "
            "use tensor(array), which copies and converts"
        )
    dtypes.canonical(array.dtype, "from_numpy")
    return wrap(array.view(np.ndarray))


# -- filled ----------------------------------------------------------------------------------------


def zeros(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Zeros of shape ``size``."""
    return _made(np.zeros(_sizes(size, "zeros"), _dtype(dtype, "zeros")), requires_grad)


def ones(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones of shape ``size``."""
    return _made(np.ones(_sizes(size, "ones"), _dtype(dtype, "ones")), requires_grad)


def empty(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Unset memory of shape ``size``."""
    return _made(np.empty(_sizes(size, "empty"), _dtype(dtype, "empty")), requires_grad)


def full(size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """``fill_value`` in shape ``size``; without ``dtype``, the one of the value."""
    value = as_array(fill_value, dtype, "full")
    sizes = _sizes((size,) if isinstance(size, int) else (tuple(size),), "full")
    return _made(np.full(sizes, value, value.dtype), requires_grad)


def eye(n: int, m: int | None = None, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """``(n, m)``, ones on the diagonal; square without ``m``."""
    return _made(np.eye(n, m, dtype=_dtype(dtype, "eye")), requires_grad)


def arange(
    start: Any, end: Any = None, step: Any = 1, *, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """``start, start + step, …`` below ``end``; ``arange(end)`` starts at 0.

    int64 if all are ints, else the default dtype.
    """
    if end is None:
        start, end = 0, start
    start, end, step = (
        one.item() if isinstance(one, Tensor) else one for one in (start, end, step)
    )
    if step == 0:
        raise RuntimeError("arange: step must not be 0")
    if (end - start) / step < 0:
        raise RuntimeError(f"arange: no way from {start} to {end} in steps of {step}")
    if dtype is None:
        whole = all(isinstance(one, (int, np.integer)) for one in (start, end, step))
        dtype = dtypes.int64 if whole else dtypes.get_default_dtype()
    kind = dtypes.canonical(dtype, "arange")
    count = math.ceil((end - start) / step)
    return _made((start + np.arange(count) * step).astype(kind), requires_grad)


def linspace(
    start: float, end: float, steps: int, *, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """``steps`` values evenly from ``start`` to ``end``, both included."""
    values = np.linspace(float(start), float(end), steps, dtype=np.float64)
    return _made(values.astype(_dtype(dtype, "linspace")), requires_grad)


def logspace(
    start: float,
    end: float,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``base`` to the powers of ``linspace(start, end, steps)``."""
    values = np.float64(base) ** np.linspace(float(start), float(end), steps)
    return _made(values.astype(_dtype(dtype, "logspace")), requires_grad)


def _like(input: Tensor, dtype: Any, caller: str) -> tuple[tuple[int, ...], np.dtype]:
    if not isinstance(input, Tensor):
        raise TypeError(f"{caller}: input must be a Tensor, got {type(input).__name__}")
    return input.shape, input.dtype if dtype is None else dtypes.canonical(dtype, caller)


def zeros_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Any:
    """Zeros in the shape and dtype of ``input``."""
    if isinstance(input, (np.ndarray, np.generic)):
        return np.zeros_like(input, dtype)  # inside a derivative rule
    return _made(np.zeros(*_like(input, dtype, "zeros_like")), requires_grad)


def ones_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Any:
    """Ones in the shape and dtype of ``input``."""
    if isinstance(input, (np.ndarray, np.generic)):
        return np.ones_like(input, dtype)
    return _made(np.ones(*_like(input, dtype, "ones_like")), requires_grad)


def empty_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Unset memory in the shape and dtype of ``input``."""
    return _made(np.empty(*_like(input, dtype, "empty_like")), requires_grad)


def full_like(
    input: Tensor, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """``fill_value`` in the shape and dtype of ``input``."""
    shape, kind = _like(input, dtype, "full_like")
    return _made(np.full(shape, as_array(fill_value, None, "full_like"), kind), requires_grad)


# -- random ----------------------------------------------------------------------------------------


class Generator:
    """A seedable source of random numbers.

    The same seed gives the same numbers on every machine with the same NumPy.  ``rng`` is the
    ``numpy.random.Generator`` inside, made when first asked for: importing NumPy's random module
    takes longer than all of this package.
    """

    def __init__(self) -> None:
        self._seed: int | None = None
        self._rng: Any = None
        self._lock = threading.Lock()

    @property
    def rng(self) -> Any:
        if self._rng is None:
            with self._lock:
                if self._rng is None:
                    self._rng = np.random.Generator(np.random.PCG64(self._seed))
        return self._rng

    def manual_seed(self, seed: int) -> Generator:
        """Starts the sequence that belongs to ``seed``."""
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
            raise TypeError(f"manual_seed: seed must be an int, got {type(seed).__name__}")
        self._seed = int(seed) % 2**64
        self._rng = None
        return self

    def initial_seed(self) -> int | None:
        """The seed last given, or None."""
        return self._seed

    def get_state(self) -> dict[str, Any]:
        """The place in the sequence, for ``set_state``."""
        return self.rng.bit_generator.state

    def set_state(self, state: dict[str, Any]) -> Generator:
        """Goes on where ``get_state`` was called."""
        self.rng.bit_generator.state = state
        return self


default_generator = Generator()
"""What random functions draw from when they are given no generator."""


def manual_seed(seed: int) -> Generator:
    """Seeds the default generator: the same seed, the same numbers."""
    return default_generator.manual_seed(seed)


def _random(generator: Generator | None) -> Any:
    return (default_generator if generator is None else generator).rng


def uniform_array(shape: Any, dtype: Any, generator: Generator | None = None) -> np.ndarray:
    """Uniform values in [0, 1): drawn as float32 where that is asked, float64 otherwise."""
    if dtype == dtypes.float32:
        return _random(generator).random(shape, np.float32)
    return _random(generator).random(shape).astype(dtype, copy=False)


def normal_array(shape: Any, dtype: Any, generator: Generator | None = None) -> np.ndarray:
    """Values of the standard normal distribution."""
    if dtype == dtypes.float32:
        return _random(generator).standard_normal(shape, np.float32)
    return _random(generator).standard_normal(shape).astype(dtype, copy=False)


def rand(
    *size: Any, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """Uniform values in [0, 1)."""
    sizes = _sizes(size, "rand")
    return _made(np.asarray(uniform_array(sizes, _dtype(dtype, "rand"), generator)), requires_grad)


def randn(
    *size: Any, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """Values of the standard normal distribution: mean 0, variance 1."""
    sizes = _sizes(size, "randn")
    return _made(np.asarray(normal_array(sizes, _dtype(dtype, "randn"), generator)), requires_grad)


def rand_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """``rand`` in the shape and dtype of ``input``."""
    shape, kind = _like(input, dtype, "rand_like")
    return rand(shape, dtype=kind, requires_grad=requires_grad)


def randn_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """``randn`` in the shape and dtype of ``input``."""
    shape, kind = _like(input, dtype, "randn_like")
    return randn(shape, dtype=kind, requires_grad=requires_grad)


def randint(
    low: int,
    high: Any = None,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: Any = dtypes.int64,
    requires_grad: bool = False,
) -> Tensor:
    """Integers from ``low`` to ``high - 1``; ``randint(high, size)`` starts at 0."""
    if size is None:
        low, high, size = 0, low, high
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"randint: size must be a tuple, got {size!r}")
    if low >= high:
        raise RuntimeError(f"randint: low must be below high, got {low} and {high}")
    values = _random(generator).integers(low, high, _sizes((tuple(size),), "randint"))
    kind = dtypes.canonical(dtype, "randint")
    return _made(np.asarray(values).astype(kind, copy=False), requires_grad)


def randint_like(input: Tensor, low: int, high: int | None = None, *, dtype: Any = None) -> Tensor:
    """``randint`` in the shape and dtype of ``input``."""
    shape, kind = _like(input, dtype, "randint_like")
    if high is None:
        low, high = 0, low
    return randint(low, high, shape, dtype=kind)


def randperm(n: int, *, generator: Generator | None = None, dtype: Any = dtypes.int64) -> Tensor:
    """The integers 0 … n - 1 in random order."""
    kind = dtypes.canonical(dtype, "randperm")
    return wrap(_random(generator).permutation(n).astype(kind, copy=False))


def normal(
    mean: Any,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
) -> Tensor:
    """Normal values with the given means and standard deviations.

    These are numbers, with a ``size``, or Tensors that broadcast.
    """
    mean = mean.array if isinstance(mean, Tensor) else mean
    std = std.array if isinstance(std, Tensor) else std
    if np.any(np.asarray(std) < 0):
        raise RuntimeError("normal: std must not be negative")
    shape = np.broadcast_shapes(np.shape(mean), np.shape(std)) if size is None else tuple(size)
    if dtype is None:
        dtype = dtypes.promoted(mean, std, 1.0)
    kind = dtypes.canonical(dtype, "normal")
    values = normal_array(shape, kind, generator) * std + mean
    return wrap(np.asarray(values).astype(kind, copy=False))
