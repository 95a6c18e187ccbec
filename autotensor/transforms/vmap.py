"""``vmap``: a function of one sample made one of many."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor.creation import eye, ones, zeros
from autotensor.engine.modes import modes, no_grad, scope
from autotensor.engine.tensor import Tensor
from autotensor.operators.structure.joining import stack, unbind
from autotensor.operators.structure.strided import seen_as_a_sample
from autotensor.transforms.draws import Draws
from autotensor.transforms.trees import Structure, tree_flatten

__all__ = ["vmap"]


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """``func`` for each sample of a batch, the results stacked.

    A loop over the samples: what it gives is that of ``torch.func.vmap``, what it takes is the time
    of the loop.  A batch is faster in operators that take one.  But there are functions that
    take no batch, such as ``grad(loss)`` for a gradient of each sample.

    Args:
        in_dims: the dimension of the samples in each positional argument, None where all share it;
            an int for all arguments, else a tuple, which may branch as the arguments do.
        out_dims: where the results have it, for all outputs or for each; None for what is the same
            for all samples, and for what is no Tensor.
        randomness: ``'error'`` refuses random numbers, ``'same'`` gives all samples the same, and
            ``'different'`` others to each.
        chunk_size: accepted; the samples come one by one.

    Raises:
        ValueError: ``in_dims`` or ``out_dims`` do not fit, sizes differ, a result is no Tensor.
        RuntimeError: random numbers in ``'error'`` mode; a write in place to what the samples
            share, an argument without samples or what the function reaches by itself (PyTorch
            allows it where all samples write the same).

    Example:
        >>> import autotensor as at
        >>> at.vmap(at.dot)(at.ones(3, 2), at.ones(3, 2))
        tensor([2., 2., 2.])
    """
    Draws(randomness, "vmap")  # refuses another one
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size must be positive, got {chunk_size}")

    @functools.wraps(func, updated=())
    def mapped(*args: Any, **kwargs: Any) -> Any:
        # As in PyTorch, all samples share the keyword arguments.
        one_sample = functools.partial(func, **kwargs)
        leaves, structure = tree_flatten(args)
        dims = _dims_of(in_dims, structure, leaves)
        size = _number_of_samples(leaves, dims)
        guard, draws = _Guard(leaves, dims), Draws(randomness, "vmap")
        if not size:
            with no_grad(), guard, draws.watched():
                result = one_sample(*structure.rebuild(map(_usual_sample, leaves, dims)))
            draws.take_back()
            return _over_samples([result], out_dims, 0)
        columns = [_samples(*pair, size) for pair in zip(leaves, dims, strict=True)]
        results = []
        with guard, draws.watched():
            for sample in zip(*columns, strict=True):
                draws.next_sample()
                results.append(one_sample(*structure.rebuild(sample)))
                guard.end_sample()
        return _over_samples(results, out_dims, size)

    return mapped


def _dims_of(in_dims: Any, structure: Structure, leaves: list[Any]) -> list[int | None]:
    """For each leaf of the arguments the dimension of the samples, counted from the front."""
    if not isinstance(in_dims, (int, tuple, list, dict)):
        raise ValueError(
            "vmap: in_dims must be an int or a tuple that branches as the arguments do, got "
            f"{in_dims!r}"
        )
    if not leaves:
        raise ValueError("vmap: the function was given no positional arguments")
    spread = structure.spread(tuple(in_dims) if isinstance(in_dims, list) else in_dims)
    if spread is None:
        raise ValueError(f"vmap: in_dims {in_dims} does not fit arguments that branch {structure}")
    return [_one_dim_of(leaf, dim) for leaf, dim in zip(leaves, spread, strict=True)]


def _one_dim_of(leaf: Any, dim: Any) -> int | None:
    if dim is None:
        return None
    if not isinstance(dim, int):
        raise ValueError(f"vmap: an in_dim must be an int or None, got {dim!r}")
    if not isinstance(leaf, Tensor):
        raise ValueError(
            f"vmap: in_dim is {dim} for an argument of type {type(leaf).__name__}; only Tensors "
            "have samples, others need None"
        )
    if not -leaf.ndim <= dim < leaf.ndim:
        raise ValueError(
            f"vmap: in_dim {dim} is out of range for a Tensor of {leaf.ndim} dimensions"
        )
    return dim % leaf.ndim


def _number_of_samples(leaves: list[Any], dims: list[int | None]) -> int:
    sizes = [leaf.shape[dim] for leaf, dim in zip(leaves, dims, strict=True) if dim is not None]
    if not sizes:
        raise ValueError("vmap: expected at least one Tensor with samples; all in_dims are None")
    if len(set(sizes)) > 1:
        raise ValueError(f"vmap: the arguments have different numbers of samples: {sizes}")
    return sizes[0]


def _samples(leaf: Any, dim: int | None, size: int) -> list[Any]:
    if dim is None:
        return [leaf] * size
    step = leaf.stride(dim)
    return [seen_as_a_sample(one, at * step) for at, one in enumerate(unbind(leaf, dim))]


_Written = dict[int, tuple["weakref.ref[np.ndarray]", np.ndarray]]
"""By their ids: arrays that were written, and what they held before."""


class _Guard:
    """Refuses writes to what the samples share, which would leak from one sample to the next.

    What an argument without samples holds is known beforehand.  What the function reaches by itself
    (a closure, the running statistics of a module) shows when a second sample writes it: then it
    gets back the values it had before the first.
    """

    def __init__(self, leaves: list[Any], dims: list[int | None]) -> None:
        pairs = [(leaf, dim) for leaf, dim in zip(leaves, dims, strict=True)]
        memories = [(_memory_of(leaf), dim) for leaf, dim in pairs if isinstance(leaf, Tensor)]
        self._shared = [memory for memory, dim in memories if dim is None]
        self._batched = [memory for memory, dim in memories if dim is not None]
        self._latest: _Written = {}
        self._earlier: _Written = {}

    def __enter__(self) -> None:
        scope.enter(self, {"write_guards": (*modes().write_guards, self)})

    def __exit__(self, *error: object) -> None:
        scope.leave(self)
        # Else they would hold references that hold, to forget entries, them.
        self._latest.clear()
        self._earlier.clear()

    def end_sample(self) -> None:
        self._earlier |= self._latest
        self._latest.clear()

    def __call__(self, target: Tensor, name: str) -> None:
        memory = _memory_of(target)
        key = id(memory)
        if any(memory is shared for shared in self._shared) or key in self._earlier:
            # A list, because an entry goes when the garbage collector takes its array.
            for alive, values in list(self._earlier.values()):
                if (array := alive()) is not None:
                    array[...] = values
            raise RuntimeError(
                f"vmap: {name} would write to a Tensor that the samples share, of shape "
                f"{target.shape}, for each sample anew; give it samples too (in_dims), or write to "
                "a clone() of it"
            )
        if key in self._latest or any(memory is batched for batched in self._batched):
            return
        # Memory of a sample's own dies with the sample, and its entry with it.
        forget = functools.partial(_forget, (self._latest, self._earlier), key)
        self._latest[key] = weakref.ref(memory, forget), memory.copy()


def _memory_of(tensor: Tensor) -> np.ndarray:
    """The array that owns the memory of ``tensor``."""
    array = tensor.array
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _forget(written: tuple[_Written, ...], key: int, _: Any) -> None:
    for one in written:
        one.pop(key, None)


def _usual_sample(leaf: Any, dim: int | None) -> Any:
    """A sample for a batch of none, which shows the shapes of the results.  It holds ones, or is a
    unit matrix, for most functions take these: they can be inverted, and are probabilities; an
    index is 0."""
    if dim is None:
        return leaf
    shape = leaf.shape[:dim] + leaf.shape[dim + 1 :]
    if not leaf.is_floating_point():
        return zeros(shape, dtype=leaf.dtype)
    if len(shape) > 1 and shape[-1] == shape[-2]:
        return eye(shape[-1], dtype=leaf.dtype).expand(shape).clone()
    return ones(shape, dtype=leaf.dtype)


def _over_samples(results: list[Any], out_dims: Any, size: int) -> Any:
    """The results as one, stacked: those of ``size`` samples, or one in their place for none."""
    flat = [tree_flatten(one) for one in results]
    structure = flat[0][1]
    if not isinstance(out_dims, (int, tuple, list, dict, type(None))):
        raise ValueError(f"vmap: out_dims must be an int, None or a tuple, got {out_dims!r}")
    if isinstance(out_dims, tuple) and len(out_dims) == 1 and structure.kind is None:
        out_dims = out_dims[0]
    spread = structure.spread(out_dims)
    if spread is None:
        raise ValueError(f"vmap: out_dims {out_dims} does not fit results that branch {structure}")
    if any(one != structure for _, one in flat):
        raise ValueError("vmap: the results of two samples branch in different ways")
    columns = zip(*(leaves for leaves, _ in flat), strict=True)
    together = zip(columns, spread, strict=True)
    return structure.rebuild(_one_output(column, dim, size) for column, dim in together)


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor):
        return one is other or bool((one == other).all())
    # Of other objects, each sample may make its own.
    return not isinstance(one, (int, float, str)) or one == other


def _one_output(column: tuple[Any, ...], dim: int | None, size: int) -> Any:
    first = column[0]
    if dim is not None:
        for one in column:
            if not isinstance(one, Tensor):
                raise ValueError(
                    f"vmap: the function must return Tensors, got {type(one).__name__}; with None "
                    "in its place in out_dims, what is no Tensor comes as it is"
                )
        whole = stack(column, dim)
        return whole if size else whole.narrow(dim, 0, 0)
    if any(not _is_same(one, first) for one in column):
        raise ValueError("vmap: out_dim is None, but the samples give different results")
    return first
