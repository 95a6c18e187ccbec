"""Views by strides: sliding windows (unfold), and memory read in any steps (as_strided); Tensors
resized in place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided as _read_memory

from autotensor.creation import dtype_of, made
from autotensor.engine.operator import function_only, operator
from autotensor.engine.tensor import Tensor, method, wrap
from autotensor.operators.arguments import (
    dim_of,
    need_tensor,
    need_tensor_itself,
    need_tensors,
    sizes_of_new,
)
from autotensor.operators.structure.indexing import item_at, on_dim, put_into_zeros
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import reshape_to, resized, turns_into_it
from autotensor.overlaps import locked

__all__ = ["as_strided", "as_strided_scatter", "empty_strided"]


# -- windows along a dimension ---------------------------------------------------------------------


@operator(
    title="unfold",
    view=True,
    input=lambda g, dim, size, step, shape: _fold(g, dim, size, step, shape),
)
def _windows_along(input: Any, dim: Any, size: Any, step: Any) -> Any:
    """Windows of ``size`` elements, one every ``step`` along ``dim``, as the last dimension.

    d input = fold(g, dim, size, step, shape(input)).
    """
    count = (input.shape[dim] - size) // step + 1
    shape = (*resized(input.shape, dim, count), size)
    stride = input.strides[dim]
    strides = (*resized(input.strides, dim, stride * step), stride)
    windows = _read_memory(input, shape, strides, writeable=input.flags.writeable)
    # To write through windows that overlap would be to write elements several times.
    return locked(windows) if step < size and count > 1 else windows


@operator(input=lambda g, dim, size, step: _windows_along(g, dim, size, step))
def _fold(input: Any, dim: Any, size: Any, step: Any, sizes: Any) -> Any:
    """Windows added up at their places in zeros of shape ``sizes``.

    d input = unfold(g, dim, size, step).
    """
    out = np.zeros(sizes, input.dtype)
    count = input.shape[dim]
    if count < size:
        for k in range(count):
            window = np.moveaxis(out[on_dim(dim, slice(k * step, k * step + size))], dim, -1)
            window += input[on_dim(dim, k)]
    else:
        for k in range(size):
            out[on_dim(dim, slice(k, k + (count - 1) * step + 1, step))] += input[..., k]
    return out


def unfold(input: Any, dimension: int, size: int, step: int) -> Any:
    """Windows of ``size`` at every ``step``-th place along a dimension; their inside comes last.

    ``(*, n, *)`` to ``(*, (n - size) // step + 1, *, size)``.  A view; where windows overlap,
    it can only be written to in parts that do not.  d input = Σ g of the windows that an element
    is in.  The Tensor method; the function of networks of the same name, which cuts patches of
    images, is another one.

    Raises:
        RuntimeError: ``size`` or ``step`` that do not fit.

    Example:

        >>> prices = at.tensor([1.0, 3.0, 5.0, 7.0])
        >>> prices.unfold(0, 2, 1)
        tensor([[1., 3.],
                [3., 5.],
                [5., 7.]])
        >>> prices.unfold(0, 2, 1).mean(dim=1)  # moving averages
        tensor([2., 4., 6.])
    """
    at = dim_of(input, dimension, "unfold")
    length = input.shape[at] if input.ndim else 1
    if not 0 <= size <= length:
        raise RuntimeError(f"unfold: size must be from 0 to {length}, got {size}")
    if step < 1:
        raise RuntimeError(f"unfold: step must be at least 1, got {step}")
    if input.ndim == 0:
        return item_at(reshape_to(input, (1,)), (slice(size),))
    return _windows_along(input, at, size, step)


# -- any steps -------------------------------------------------------------------------------------


def _element_strides(array: np.ndarray) -> tuple[int, ...]:
    """The strides in elements."""
    return tuple(step // array.itemsize for step in array.strides)


def _places(shape: tuple[int, ...], steps: tuple[int, ...], offset: int = 0) -> np.ndarray:
    """The place in memory of each element of a Tensor of these strides."""
    places = np.full(shape, offset)
    for at, (size, step) in enumerate(zip(shape, steps, strict=True)):
        places += (np.arange(size) * step).reshape((-1, *(1,) * (len(shape) - at - 1)))
    return places


def _numbers(
    shape: tuple[int, ...], laid: tuple[int, ...], size: Any, stride: Any, offset: int
) -> Any:
    """For each element read, its number among those of an input of ``shape`` and strides ``laid``.

    None where some of them are no element of the input.
    """
    wanted = _places(size, stride, offset)
    present = _places(shape, laid).reshape(-1)
    order = np.argsort(present, kind="stable")
    found = np.searchsorted(present, wanted, sorter=order)
    numbers = order[np.minimum(found, max(present.size - 1, 0))] if present.size else found
    if wanted.size and not (present.size and np.array_equal(present[numbers], wanted)):
        return None
    return numbers


def _added_where_read(g: Any, size: Any, stride: Any, offset: Any, laid: Any, shape: Any) -> Any:
    """``g`` added to zeros of ``shape`` at the elements that were read."""
    numbers = _numbers(shape, laid, size, stride, offset)
    flat = put_into_zeros(reshape_to(g, (-1,)), (numbers.reshape(-1),), (math.prod(shape),))
    return reshape_to(flat, shape)


@operator(view=True, input=_added_where_read)
def _as_strided(input: Any, size: Any, stride: Any, offset: Any, laid: Any) -> Any:
    """Value and derivative of ``as_strided``; ``laid`` are the strides that ``input`` had then."""
    if _element_strides(input) != laid:
        # A copy in another order, made by the engine: read by number.
        return input.reshape(-1)[_numbers(input.shape, laid, size, stride, offset)]
    bytes_per_step = tuple(step * input.itemsize for step in stride)
    flat = _read_memory(input, (offset + 1,), (input.itemsize,))[offset:]
    out = _read_memory(flat, size, bytes_per_step, writeable=input.flags.writeable)
    return out if _numbers_differ(size, stride) else locked(out)


def _numbers_differ(size: tuple[int, ...], stride: tuple[int, ...]) -> bool:
    """Whether no place is read twice."""
    places = _places(size, stride)
    return np.unique(places).size == places.size


def _base_of(input: Tensor) -> Tensor:
    return input if input.view_of is None else input.view_of.base


class _SampleStep:
    """The step to a sample, by which views of it know that they are: ``shift`` elements after the
    first sample; of that one they reach the places from ``first`` to ``last``."""

    def __init__(self, step: Any, shift: int, first: int, last: int) -> None:
        self._step, self.shift, self.first, self.last = step, shift, first, last

    def __call__(self, batch: Any) -> Any:
        return self._step(batch)


def seen_as_a_sample(sample: Tensor, shift: int) -> Tensor:
    """``sample``, a view of a batch, which for ``as_strided`` lies where the first sample does:
    ``shift`` elements before the place that it has."""
    if sample.view_of is not None:
        first = start_in_memory(sample) - shift
        laid = zip(sample.shape, _element_strides(sample.array), strict=True)
        last = first + sum((size - 1) * step for size, step in laid)
        sample.view_of.step = _SampleStep(sample.view_of.step, shift, first, last)
    return sample


def _steps_to_samples(input: Tensor) -> list[_SampleStep]:
    """Those on the way to ``input``, the innermost first."""
    found, view = [], input.view_of
    while view is not None:
        if isinstance(view.step, _SampleStep):
            found.append(view.step)
        view = view.before
    return found


def start_in_memory(input: Tensor) -> int:
    """How many elements stand before the first one of ``input`` in the memory it is a view of;
    for a sample of ``vmap``, how many before the first sample's.

    Example:

        >>> x = at.arange(12).reshape(3, 4)
        >>> x[1:, 2:].storage_offset()  # one row of 4, and 2
        6
    """
    start, base = (one.array.__array_interface__["data"][0] for one in (input, _base_of(input)))
    shift = sum(one.shift for one in _steps_to_samples(input))
    return (start - base) // input.array.itemsize - shift


@turns_into_it
def as_strided(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """A view of the memory of ``input``: element ``[i, j, …]`` is the one at place
    ``storage_offset + i · stride[0] + j · stride[1] + …``.

    The memory is that of the Tensor that ``input`` is a view of, or its own; without an offset it
    starts where ``input`` does.  Within ``vmap`` it is that of the sample.  How a computed Tensor
    lies in memory is not promised; call ``contiguous`` before.  Of a view that reads a place
    several times only parts that do not can be written to.

    d input = put_into_zeros(g, places, shape(input)): added where it was read.

    ``(*)`` to ``size``.

    Raises:
        RuntimeError: negative strides; places outside the memory; a gradient wanted through an
            input that shares memory between its elements.

    Example:

        >>> x = at.arange(1.0, 6.0, requires_grad=True)
        >>> hankel = x.as_strided((3, 3), (1, 1))
        >>> hankel
        tensor([[1., 2., 3.],
                [2., 3., 4.],
                [3., 4., 5.]], grad_fn=<AsStridedBackward0>)
        >>> hankel.sum().backward()
        >>> x.grad  # how often each was read
        tensor([1., 2., 3., 2., 1.])
    """
    need_tensor(input, "as_strided")
    sizes, steps = tuple(size), tuple(stride)
    if len(sizes) != len(steps):
        raise RuntimeError(f"as_strided: size {sizes} and stride {steps} differ in length")
    start = start_in_memory(input)
    offset = start if storage_offset is None else storage_offset
    if min((*sizes, *steps, offset), default=0) < 0:
        raise RuntimeError(
            f"as_strided: size {sizes}, stride {steps} and storage_offset {offset} must not be "
            "negative"
        )
    samples = _steps_to_samples(input)
    last = offset + sum((count - 1) * step for count, step in zip(sizes, steps, strict=True))
    if samples and 0 not in sizes and not samples[0].first <= offset <= last <= samples[0].last:
        raise RuntimeError(
            f"as_strided: size {sizes}, stride {steps} and storage_offset {offset} reach places "
            f"{offset} to {last}, but this sample of vmap has {samples[0].first} to "
            f"{samples[0].last}"
        )
    for source, first in ((input, start), (_base_of(input), -sum(one.shift for one in samples))):
        laid = _element_strides(source.array)
        if _numbers(source.shape, laid, sizes, steps, offset - first) is not None:
            if source.requires_grad and not _numbers_differ(source.shape, laid):
                raise RuntimeError(
                    "as_strided: the input shares memory between its elements (expand), so that "
                    "its gradient is not defined; clone() it first"
                )
            return _as_strided(source, sizes, steps, offset - first, laid)
    raise RuntimeError(
        f"as_strided: size {sizes}, stride {steps} and storage_offset {offset} reach outside the "
        f"{math.prod(_base_of(input).shape)} elements of the memory"
    )


def as_strided_scatter(
    input: Any, src: Any, size: Any, stride: Any, storage_offset: int | None = None
) -> Any:
    """A copy of ``input`` with ``src`` where ``as_strided`` of it would read.

    ``(*)`` and ``size`` to ``(*)``.  d input = as_strided_scatter(g, 0, size, stride,
    storage_offset), d src = as_strided(g, size, stride, storage_offset).

    Raises:
        RuntimeError: places outside of ``input``, or twice the same; another shape of ``src``.

    Example:

        >>> at.as_strided_scatter(at.zeros(2, 3), at.tensor([1.0, 2.0]), (2,), (4,))
        tensor([[1., 0., 0.],
                [0., 2., 0.]])
    """
    need_tensors("as_strided_scatter", input=input, src=src)
    sizes, steps = tuple(size), tuple(stride)
    if src.shape != sizes:
        raise RuntimeError(f"as_strided_scatter: src must have the shape {sizes}, got {src.shape}")
    start = start_in_memory(input)
    offset = (start if storage_offset is None else storage_offset) - start
    numbers = _numbers(input.shape, _element_strides(input.array), sizes, steps, offset)
    if numbers is None or np.unique(numbers).size != numbers.size:
        raise RuntimeError(
            f"as_strided_scatter: size {sizes}, stride {steps} and storage_offset {storage_offset} "
            f"reach outside of an input of shape {input.shape}, or twice to the same place"
        )
    count = math.prod(input.shape)
    there = np.zeros(count, bool)
    there[numbers.reshape(-1)] = True
    put = put_into_zeros(reshape_to(src, (-1,)), (numbers.reshape(-1),), (count,))
    return where(wrap(there.reshape(input.shape)), reshape_to(put, input.shape), input)


@function_only
def empty_strided(
    size: Any, stride: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Unset memory of shape ``size``, with ``stride`` steps between neighbours in each dimension.

    Raises:
        RuntimeError: as many strides as there are sizes, and none negative, are expected.

    Example:

        >>> x = at.empty_strided((2, 3), (1, 2))  # column by column
        >>> x.shape, x.stride()
        (torch.Size([2, 3]), (1, 2))
    """
    sizes, steps = tuple(size), tuple(stride)
    if len(sizes) != len(steps) or min((*sizes, *steps), default=0) < 0:
        raise RuntimeError(
            f"empty_strided: expected a stride for each size, none negative, got size {sizes} and "
            f"stride {steps}"
        )
    last = sum((count - 1) * step for count, step in zip(sizes, steps, strict=True))
    memory = np.empty(0 if 0 in sizes else last + 1, dtype_of(dtype, device, "empty_strided"))
    bytes_per_step = tuple(step * memory.itemsize for step in steps)
    # As with expand: what shares memory between its elements is read-only.
    once = _numbers_differ(sizes, steps)
    return made(_read_memory(memory, sizes, bytes_per_step, writeable=once), requires_grad)


@method
def new_empty_strided(
    self: Tensor, size: Any, stride: Any, *, dtype: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """``empty_strided`` of the dtype of this Tensor.

    Raises:
        RuntimeError: as ``empty_strided``.

    Example:

        >>> at.ones(1, dtype=at.int64).new_empty_strided((2, 3), (1, 2)).dtype
        torch.int64
    """
    kind = self.dtype if dtype is None else dtype
    return empty_strided(size, stride, dtype=kind, device=device, requires_grad=requires_grad)


# -- other sizes -----------------------------------------------------------------------------------


@method
def resize_(self: Tensor, *size: Any) -> Tensor:
    """Gives this Tensor another shape, in place: its elements in their order, and unset ones where
    it grows.  One that grows gets other memory; ``reshape`` and ``view`` keep theirs.

    Raises:
        RuntimeError: it requires a gradient, or shares the memory that does not suffice.

    Example:

        >>> x = at.arange(6)
        >>> x.resize_(2, 2)
        tensor([[0, 1],
                [2, 3]])
    """
    sizes = sizes_of_new(size, "resize_")
    if self.requires_grad:
        raise RuntimeError("resize_: a Tensor that requires grad cannot be resized; detach() it")
    count, before = math.prod(sizes), self.array
    if sizes == before.shape:
        return self
    if count > before.size or not before.flags.c_contiguous:
        shared = self.view_of is not None or (self._storage is not None and self._storage.shared)
        if shared and before.size:
            raise RuntimeError(
                f"resize_: a Tensor of shape {before.shape} that shares its memory cannot be "
                f"resized to {sizes}; clone() it first"
            )
        self.array = np.empty(sizes, before.dtype)
        kept = min(count, before.size)
        self.array.reshape(-1)[:kept] = before.reshape(-1)[:kept]
        self.view_of = None
    else:
        self.array = before.reshape(-1)[:count].reshape(sizes)
    self.mark_written()
    return self


@method
def resize_as_(input: Tensor, the_template: Tensor) -> Tensor:
    """``resize_`` to the shape of another Tensor.

    Raises:
        RuntimeError: as ``resize_``.

    Example:

        >>> at.arange(6).resize_as_(at.zeros(3, 2))
        tensor([[0, 1],
                [2, 3],
                [4, 5]])
    """
    need_tensor_itself(the_template, "resize_as_")
    return input.resize_(the_template.shape)


method(start_in_memory, "storage_offset")
method(unfold)
