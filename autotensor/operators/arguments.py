"""Reading and checking arguments, in one place: Tensors, dims, sizes, dtypes, numbers.

What an operator checks before it computes.  A message names the operator, ``name``, what was given
and what was expected.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autotensor.array_likes import array_of
from autotensor.doors import not_a_tensor
from autotensor.engine import dtypes
from autotensor.engine.modes import modes
from autotensor.engine.tensor import Tensor, raw
from autotensor.remedies import type_name, unlike_dtypes

# -- Tensors ---------------------------------------------------------------------------------------


def need_tensor(value: Any, name: str, argument: str = "input") -> Any:
    """The array of ``value``; raises TypeError unless that is a Tensor (or, inside a rule, an
    array).  Its shape and dtype are read sooner than a Tensor's."""
    if isinstance(value, Tensor):
        return value.array
    if value.__class__ is np.ndarray or isinstance(value, np.generic):
        return value
    if isinstance(value, np.ndarray):
        return array_of(value, name)  # which refuses a mask
    raise not_a_tensor(name, argument, value, "a Tensor")


def need_tensor_itself(input: Any, name: str) -> None:
    """Raises TypeError unless ``input`` is a Tensor; an array, as rules have, will not do."""
    if not isinstance(input, Tensor):
        raise not_a_tensor(name, "input", input, "a Tensor")


def need_tensors(name: str, **values: Any) -> None:
    """``need_tensor`` of several arguments by name."""
    for argument, value in values.items():
        need_tensor(value, name, argument)


def need_list(tensors: Any, name: str) -> tuple[Any, ...]:
    """``tensors``, a tuple or list, as a tuple; raises TypeError unless it holds Tensors."""
    if not isinstance(tensors, (tuple, list)) or not tensors:
        got = repr(tensors) if tensors in ([], ()) else type_name(tensors)
        raise TypeError(f"{name}: expected a non-empty list of Tensors, got {got}")
    for position, one in enumerate(tensors):
        need_tensor(one, name, f"item {position}")
    return tuple(tensors)


def unpacked(given: tuple[Any, ...]) -> tuple[Any, ...]:
    """What is listed in ``f(a, b)`` or ``f([a, b])``."""
    return tuple(given[0]) if len(given) == 1 and isinstance(given[0], (tuple, list)) else given


def listed(value: Any) -> tuple[Any, ...]:
    """A tuple or list as a tuple; anything else as the only thing in one."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


# -- dims ------------------------------------------------------------------------------------------


def one_dim(dim: Any, ndim: int, name: str) -> int:
    """``dim`` as a number from 0; raises IndexError when there is no such dimension."""
    if dim.__class__ is not int:
        dim = int_of(dim, name, "dim")
    reach = max(ndim, 1)  # a 0-d Tensor counts as having one dimension here
    if not -reach <= dim < reach:
        raise IndexError(
            f"{name}: dim {dim} is out of range for a Tensor of {ndim} dimensions "
            f"(expected {-reach} to {reach - 1})"
        )
    return dim % reach


def dim_of(input: Any, dim: Any, name: str) -> int:
    """``one_dim`` of what must be a Tensor."""
    need_tensor(input, name)
    return one_dim(dim, input.ndim, name)


def existing_dim(input: Any, dim: Any, name: str) -> int:
    """``one_dim`` of a Tensor that must have dimensions."""
    need_tensor(input, name)
    if input.ndim == 0:
        raise IndexError(f"{name}: dim {dim} is out of range: the Tensor has no dimensions")
    return one_dim(dim, input.ndim, name)


def all_dims(dim: Any, ndim: int, name: str, keepdim: bool = False) -> tuple[int, ...]:
    """``dim`` (an int, several, or None or () for all) as numbers from 0.

    Raises TypeError where ``keepdim`` is no bool: ``sum(0, 1)`` may have meant two dims.
    """
    if keepdim.__class__ is not bool:
        need_flag(keepdim, name)
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return tuple(range(ndim))
    several = dim if isinstance(dim, (tuple, list)) else (dim,)
    found = tuple(one_dim(one, ndim, name) for one in several)
    if len(set(found)) != len(found):
        raise RuntimeError(f"{name}: a dim appears twice in {tuple(several)}")
    return found if ndim else ()


def need_flag(keepdim: Any, name: str) -> None:
    """Raises TypeError unless ``keepdim`` is a bool."""
    if not isinstance(keepdim, bool):
        raise TypeError(
            f"{name}: keepdim must be a bool, got {keepdim!r}; give several dims as a tuple"
        )


def need_dim_for(keepdim: Any, name: str) -> None:
    """Raises TypeError where ``keepdim`` was asked for without a ``dim``."""
    if keepdim:
        raise TypeError(
            f"{name}: keepdim={keepdim!r} needs a dim; without one there is none to keep"
        )


def dims_of(input: Any, dim: Any, name: str) -> tuple[int, ...]:
    """``all_dims`` of what must be a Tensor."""
    need_tensor(input, name)
    return all_dims(dim, input.ndim, name)


def two_dims(dim1: Any, dim2: Any, ndim: int, name: str) -> tuple[int, int]:
    """Two different dims as numbers from 0."""
    first, second = one_dim(dim1, ndim, name), one_dim(dim2, ndim, name)
    if first == second:
        raise RuntimeError(f"{name}: dim1 and dim2 must differ, got {dim1} and {dim2}")
    return first, second


# -- sizes -----------------------------------------------------------------------------------------


def sizes_of(shape: tuple[Any, ...], name: str) -> tuple[int, ...]:
    """``(2, 3)`` from ``f(2, 3)`` or ``f((2, 3))``."""
    sizes = unpacked(shape)
    for one in sizes:
        if one.__class__ is not int:
            return tuple(_size_of(one, sizes, name) for one in sizes)
    return tuple(sizes)


def _size_of(one: Any, sizes: tuple[Any, ...], name: str) -> int:
    """One of ``sizes`` as an int of Python; a Tensor of one integer may have dimensions."""
    alone = isinstance(one, Tensor) and one.array.size == 1
    found = whole(one.array.reshape(()) if alone else one)
    if found is not None:
        return found
    if isinstance(one, Tensor) and not alone:
        raise TypeError(
            f"{name}: sizes must be ints, got a Tensor of shape {one.shape}; for another one of "
            "that shape give its .shape"
        )
    raise TypeError(f"{name}: sizes must be ints, got {one!r} in {tuple(sizes)}")


def sizes_of_new(size: tuple[Any, ...], name: str) -> tuple[int, ...]:
    """``sizes_of`` a Tensor to be made: none may be negative."""
    sizes = sizes_of(size, name)
    if min(sizes, default=0) < 0:
        raise RuntimeError(f"{name}: sizes must not be negative, got {sizes}")
    return sizes


def need_broadcast(name: str, **given: Any) -> None:
    """Raises RuntimeError unless the Tensors broadcast to one shape."""
    need_tensors(name, **given)
    shapes = ", ".join(f"{key} {value.shape}" for key, value in given.items())
    problem = f"{name}: the shapes do not broadcast: {shapes}"
    common_shape(problem, *(one.shape for one in given.values()))


def common_shape(problem: str, *shapes: Any) -> tuple[int, ...]:
    """What ``shapes`` broadcast to; raises RuntimeError, with the text ``problem``, if nothing."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise RuntimeError(problem) from None


# -- dtypes ----------------------------------------------------------------------------------------


def accumulator(input: Any, dtype: Any, name: str) -> np.dtype:
    """The dtype of sums of ``input``: int64 for integers and bools, unless ``dtype`` is given.

    Raises RuntimeError for one that would silently end a gradient.
    """
    own = need_tensor(input, name).dtype
    if dtype is not None:
        kind: np.dtype = dtypes.canonical(dtype, name)
        if kind.kind != "f" and getattr(input, "requires_grad", False) and modes().grad_enabled:
            raise RuntimeError(
                f"{name}: a result of dtype {kind} has no derivative, and input requires grad; "
                "detach() it first, or convert the result"
            )
        return kind
    return own if own.kind == "f" else dtypes.int64


def need_float(input: Any, dtype: Any, name: str) -> Any:
    """``input`` as ``dtype``; raises RuntimeError if there is no fraction to compute with."""
    own = need_tensor(input, name).dtype
    kind = own if dtype is None else dtypes.canonical(dtype, name)
    if kind.kind != "f":
        raise RuntimeError(
            f"{name}: expected a floating-point Tensor, got {kind}; convert with .float()"
        )
    return input if kind == own else input.to(kind)


def need_float_dtype(dtype: np.dtype, name: str) -> None:
    """Raises RuntimeError unless ``dtype`` is a floating-point one."""
    if dtype.kind != "f":
        raise RuntimeError(f"{name}: expected a floating-point dtype, got {dtype}")


def need_floating(input: Any, name: str, *also: np.dtype) -> None:
    """Raises RuntimeError unless the dtype of ``input`` is a floating one, or one of ``also``."""
    if input.dtype.kind != "f" and input.dtype not in also:
        raise RuntimeError(f"{name}: expected a floating-point Tensor, got {input.dtype}")


def need_dtype_of(input: Any, source: Any, name: str, argument: str) -> None:
    """Raises unless ``input`` is a Tensor and ``source`` one of the same dtype."""
    need_tensor(input, name)
    need_tensor(source, name, argument)
    if source.dtype != input.dtype:
        raise RuntimeError(
            f"{name}: {argument} must be of the input's dtype {input.dtype}, got {source.dtype}"
        )


def refuse_bool(input: Any, name: str) -> None:
    """Raises for a Tensor of bools, which have no order and no sign."""
    need_tensor(input, name)
    if input.dtype == dtypes.bool:
        raise RuntimeError(f"{name}: not defined for dtype bool; convert first, e.g. with .int()")


# -- numbers ---------------------------------------------------------------------------------------


def whole(value: Any) -> int | None:
    """``value`` as an int of Python, from an int of Python or NumPy, or a Tensor or array of
    integers without dimensions; None for anything else, a bool too."""
    if value.__class__ is int:
        return value
    if isinstance(value, (Tensor, np.ndarray)):
        value = raw(value)
        return int(value) if value.ndim == 0 and value.dtype.kind in "iu" else None
    return int(value) if is_int(value) else None


def int_of(value: Any, name: str, argument: str, least: int | None = None) -> int:
    """``whole(value)``; raises TypeError where there is none, RuntimeError if it is below
    ``least``."""
    found = whole(value)
    if found is None:
        raise TypeError(f"{name}: {argument} must be an int, got {value!r}")
    if least is not None and found < least:
        raise RuntimeError(f"{name}: {argument} must be at least {least}, got {found}")
    return found


def is_int(value: Any) -> bool:
    """Whether ``value`` is an int of Python or NumPy; a bool is none."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def count_of(value: Any, name: str, argument: str) -> int:
    """``value`` as an int of Python; raises unless it is one from 0 on."""
    count = int_of(value, name, argument)
    if count < 0:
        raise RuntimeError(f"{name}: {argument} must not be negative, got {count}")
    return count


def need_one_number(value: Any, name: str, argument: str) -> None:
    """Raises RuntimeError for a Tensor with dimensions, in the place of a number."""
    if isinstance(value, Tensor) and value.ndim:
        raise RuntimeError(
            f"{name}: {argument} must be a number or a 0-d Tensor, got shape {value.shape}"
        )


def number_of(value: Any, name: str, argument: str) -> Any:
    """A number of Python from one, or from a 0-d Tensor that no gradient is wanted of."""
    need_one_number(value, name, argument)
    if isinstance(value, Tensor):
        if value.requires_grad:
            raise RuntimeError(
                f"{name}: {argument} is a Tensor that requires grad, and no gradient passes here; "
                "use its number, x.item(), or compute with it: autotensor.ones(size) * x"
            )
        return value.item()
    if not isinstance(value, (int, float, np.generic)):
        raise TypeError(f"{name}: {argument} must be a number, got {value!r}")
    return number_if_scalar(value)


def number_if_scalar(value: Any) -> Any:
    """A scalar of NumPy as the number of Python it stands for, whose dtype promotes nothing; else
    ``value``."""
    return value.item() if isinstance(value, np.generic) else value


def numbers(value: Any, count: int, name: str, argument: str, least: int) -> tuple[int, ...]:
    """``value`` (an int, or one for each of ``count`` dimensions) as ints of at least ``least``.

    Raises:
        TypeError: neither an int nor so many of them.
        RuntimeError: one is less than ``least``.

    Example:

        >>> from autotensor.extend import numbers
        >>> numbers(3, 2, "conv2d", "kernel_size", 1)
        (3, 3)
        >>> numbers([3, 5], 2, "conv2d", "kernel_size", 1)
        (3, 5)
    """
    # What layers pass, at every step: ints, one for each dimension.
    several = (value,) * count if type(value) is int else value
    if type(several) is tuple and len(several) == count:
        for one in several:
            if type(one) is not int or one < least:
                break
        else:
            return several
    several = tuple(map(whole, listed(value)))
    if len(several) == 1:
        several = several * count
    if len(several) != count or None in several:
        raise TypeError(f"{name}: {argument} must be an int or {count} of them, got {value!r}")
    if min(several) < least:
        raise RuntimeError(f"{name}: {argument} must be at least {least}, got {value!r}")
    return several


def need_one_of(value: Any, known: tuple[Any, ...], name: str, argument: str) -> None:
    """Raises RuntimeError unless ``value`` is among ``known``."""
    if value not in known:
        listed = f"{', '.join(map(repr, known[:-1]))} or {known[-1]!r}"
        raise RuntimeError(f"{name}: {argument} must be {listed}, got {value!r}")


def keys_of(*values: Any) -> tuple[Any, ...]:
    """``values`` such that one can remember by them, nearly always as they are: numbers, words, and
    tuples of numbers."""
    for value in values:
        if value.__class__ is tuple:
            for one in value:
                if one.__class__ is not int:
                    return tuple(map(_key_of, values))
        elif value.__class__ not in _PLAIN:
            return tuple(map(_key_of, values))
    return values


_PLAIN = frozenset((int, bool, str, type(None)))


def _key_of(value: Any) -> Any:
    """A list as a tuple; ints of Python for ``whole`` ones, for a Tensor may be written to, and is
    then another number; other things as a text."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_key_of, value))
    found = whole(value)
    if found is not None:
        return found
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value


# -- images ----------------------------------------------------------------------------------------


def spatial_input(input: Any, ndim: int, name: str) -> bool:
    """Whether ``input`` is a batch ``(N, C, *S)``; False for one item ``(C, *S)``.

    Raises:
        TypeError, RuntimeError: neither a Tensor nor of that many dimensions.

    Example:

        >>> from autotensor.extend import spatial_input
        >>> spatial_input(at.zeros(8, 3, 28, 28), 2, "conv2d")
        True
        >>> spatial_input(at.zeros(3, 28, 28), 2, "conv2d")
        False
    """
    if not hasattr(input, "ndim"):
        need_tensor(input, name)
    if input.ndim not in (ndim + 1, ndim + 2):
        letters = ("L", "H, W", "D, H, W")[ndim - 1]
        raise RuntimeError(
            f"{name}: input must have shape (N, C, {letters}) or (C, {letters}), got {input.shape}"
        )
    return bool(input.ndim == ndim + 2)


def as_batch(input: Any, ndim: int, name: str) -> tuple[Any, bool]:
    """``input`` as a batch ``(N, C, *S)``, and whether it was one: one item becomes a batch of one.

    Raises:
        TypeError, RuntimeError: as ``spatial_input``.
    """
    batched = getattr(input, "ndim", None) == ndim + 2 or spatial_input(input, ndim, name)
    return (input if batched else input.unsqueeze(0)), batched


LARGEST = np.iinfo(np.intp).max // 8
"""More elements than any memory has room for."""


def target_sizes(
    output_size: Any, sizes: Sequence[int], name: str, argument: str = "output_size"
) -> tuple[int, ...]:
    """``output_size`` (an int or one for each of ``sizes``; None keeps one) as ints.

    Raises:
        RuntimeError: not as many ints, or a negative one.

    Example:

        >>> from autotensor.extend import target_sizes
        >>> target_sizes((None, 7), (28, 28), "adaptive_avg_pool2d")
        (28, 7)
    """
    alike = output_size is None or whole(output_size) is not None
    several = (output_size,) * len(sizes) if alike else listed(output_size)
    pairs = zip(several, sizes, strict=False)
    found = [have if one is None else whole(one) for one, have in pairs]
    counts = tuple(one for one in found if one is not None)
    if len(several) != len(sizes) or len(counts) != len(found):
        raise RuntimeError(
            f"{name}: {argument} must be an int or {len(sizes)} of them, got {output_size!r}"
        )
    if min(counts) < 0:
        raise RuntimeError(f"{name}: {argument} must not be negative, got {output_size!r}")
    if math.prod(counts) > LARGEST:
        raise RuntimeError(f"{name}: no memory holds an {argument} of {output_size!r}")
    return counts


def need_positions(shape: Sequence[int], ndim: int, name: str) -> None:
    """Raises RuntimeError unless there is something in every dimension but the batch."""
    if 0 in shape[len(shape) - ndim - 1 :]:
        raise RuntimeError(
            f"{name}: every dimension of input but the batch must have at least one position, "
            f"got shape {tuple(shape)}"
        )


def need_pixels(input: Any, ndim: int, name: str) -> None:
    """Raises unless ``input`` is an image or a batch, of floating-point numbers, with pixels."""
    spatial_input(input, ndim, name)
    if 0 in input.shape[input.ndim - ndim :]:
        raise RuntimeError(
            f"{name}: every dimension of input but batch and channels must have at least one "
            f"position, got shape {tuple(input.shape)}"
        )
    need_floating(input, name)


# -- matrices --------------------------------------------------------------------------------------


def need_least_dims(input: Any, least: int, name: str, argument: str = "input") -> None:
    """Raises RuntimeError unless the Tensor ``input`` has at least ``least`` dimensions."""
    need_tensor(input, name, argument)
    if input.ndim < least:
        raise RuntimeError(
            f"{name}: {argument} must have at least {least} dimensions, got shape {input.shape}"
        )


def need_matrices(input: Any, name: str, argument: str = "input") -> None:
    """Refuses what is no (stack of) matrices of a dtype that LAPACK knows: float32 or float64."""
    # PyTorch's name for it there.
    argument = "A" if name.startswith("linalg.") and argument == "input" else argument
    need_least_dims(input, 2, name, argument)
    if input.dtype.kind != "f" or input.dtype.itemsize < 4:
        raise RuntimeError(
            f"{name}: {argument} must be of dtype float32 or float64, got {input.dtype}; "
            "convert first, e.g. with .float()"
        )


def need_square(input: Any, name: str, argument: str = "input") -> None:
    """Refuses what is no (stack of) square matrices of float32 or float64."""
    need_matrices(input, name, argument)
    need_equal_sides(input, name, argument)


def need_equal_sides(input: Any, name: str, argument: str = "input") -> None:
    """Refuses what is no (stack of) square matrices; the dtype may be any."""
    if input.ndim < 2 or input.shape[-1] != input.shape[-2]:
        raise RuntimeError(
            f"{name}: {argument} must be a square matrix or a stack of them, got shape "
            f"{input.shape}"
        )


def need_alike(name: str, **tensors: Any) -> None:
    """Refuses what are no Tensors of one dtype."""
    need_tensors(name, **tensors)
    if len({one.dtype for one in tensors.values()}) > 1:
        raise unlike_dtypes(name, **{argument: one.dtype for argument, one in tensors.items()})


def need_common_stack(name: str, **tensors: Any) -> None:
    """Refuses stacks of matrices that do not broadcast."""
    shapes = ", ".join(f"{argument} {one.shape}" for argument, one in tensors.items())
    problem = f"{name}: the stacks of matrices do not broadcast: {shapes}"
    common_shape(problem, *(one.shape[:-2] for one in tensors.values()))


def need_system(name: str, A: Any, B: Any, left: bool = True) -> None:
    """Refuses a matrix and right sides (or left ones) that do not fit."""
    need_square(A, name, "A")
    need_matrices(B, name, "B")
    need_alike(name, A=A, B=B)
    if B.shape[-2 if left else -1] != A.shape[-1]:
        raise RuntimeError(
            f"{name}: A of shape {tuple(A.shape)} does not fit B of shape {tuple(B.shape)}: B must "
            f"have {A.shape[-1]} {'rows' if left else 'columns'}"
        )
    need_common_stack(name, A=A, B=B)


def need_shape(
    value: Any,
    fits: bool,
    expected: Any,
    name: str,
    argument: str = "input",
    error: Any = RuntimeError,
) -> None:
    """Raises ``error`` unless ``value`` ``fits`` the shape ``expected``, such as ``(N, C, *)``."""
    if not fits:
        raise error(f"{name}: expected {argument} of shape {expected}, got {value.shape}")


def need_same_shape(
    input: Any, name: str, error: type[Exception] = ValueError, **given: Any
) -> None:
    """Raises ``error`` unless each of ``given`` has the shape of ``input``."""
    need_tensors(name, input=input, **given)
    for argument, value in given.items():
        if value.shape != input.shape:
            raise error(
                f"{name}: {argument} must have the shape of input, {input.shape}, got {value.shape}"
            )


def need_room(values: np.ndarray, dtype: np.dtype, caller: str) -> None:
    """Raises RuntimeError if numbers a user wrote would turn into others in ``dtype``.

    As in PyTorch, an unsigned dtype takes negative integers, which wrap around, but no fractions.
    """
    real = values.dtype.kind == "f"
    if real and dtype.kind == "f":
        values = values[np.isfinite(values)]  # the others stay what they are
    if dtype.kind == "b" or values.dtype == dtype or not values.size:
        return
    least: float
    most: float
    if dtype.kind == "f":
        least, most = float(np.finfo(dtype).min), float(np.finfo(dtype).max)
    else:
        least, most = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    least = -most if dtype.kind == "u" and not real else least
    lowest, highest = (np.asarray(one).item() for one in (values.min(), values.max()))
    # NaN is not within the bounds either.
    if not least <= lowest <= highest <= most:
        value = lowest if least <= highest <= most else highest
        raise RuntimeError(f"{caller}: {value} does not fit in dtype {dtype}")


def fitted(value: Any, dtype: np.dtype, name: str) -> np.ndarray:
    """A number of the user's as an array of ``dtype``; raises RuntimeError if it does not fit.

    As in PyTorch, an unsigned dtype takes negative numbers, which wrap around.
    """
    array = np.asarray(value)
    need_room(array, dtype, name)
    return array.astype(dtype)
