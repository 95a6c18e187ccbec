"""Making Tensors: from data, filled, and in steps; ``random.py`` has the random ones.

``device`` may be None or ``'cpu'``, the only device there is.
"""

from __future__ import annotations

import builtins
import functools
import math
import warnings
from typing import Any

import numpy as np

from autotensor.array_likes import array_of
from autotensor.device import need_cpu
from autotensor.engine import dtypes
from autotensor.engine.storage import storage_of
from autotensor.engine.tensor import Tensor, method, raw, wrap
from autotensor.facts import SHOWN, Size
from autotensor.foreign import is_foreign
from autotensor.machine.error_state import silent
from autotensor.operators.arguments import (
    count_of,
    is_int,
    need_room,
    need_tensor_itself,
    number_of,
    sizes_of_new,
)
from autotensor.remedies import to_get_a_tensor, type_name

__all__ = [
    "arange", "as_tensor", "asarray", "empty", "empty_like", "eye", "from_numpy", "full",
    "full_like", "linspace", "logspace", "ones", "ones_like", "range", "scalar_tensor", "tensor",
    "tril_indices", "triu_indices", "zeros", "zeros_like",
]  # fmt: skip


# -- reading data ----------------------------------------------------------------------------------


@method
def __init__(self: Tensor, *data: Any, device: Any = None) -> None:
    need_cpu(device)
    source = new_by("Tensor", data)
    self.__setstate__({"array": source.array, "requires_grad": False})
    self._storage = source._storage


def new_by(caller: str, data: tuple[Any, ...], dtype: np.dtype | None = None) -> Tensor:
    """What a constructor makes that takes sizes as well as data: of ints, or a ``Size``, unset
    memory; of a Tensor, the same values outside the graph; of anything else, its values.

    Args:
        dtype: that of the Tensor; without one the default, and a Tensor that is given keeps its.

    Raises:
        TypeError: a number that is no size, or a Tensor of another dtype.
    """
    given = data[0] if len(data) == 1 else None
    if isinstance(given, Tensor):
        if dtype is not None and dtype != given.array.dtype:
            raise TypeError(
                f"{caller}: expected a Tensor of dtype {dtype}, got {given.array.dtype}; convert "
                f"it with .to({dtype})"
            )
        return given.detach()
    kind = dtypes.get_default_dtype() if dtype is None else dtype
    if len(data) != 1 or isinstance(given, Size) or is_int(given):
        return wrap(np.empty(sizes_of_new(data or (0,), caller), kind))
    found = array_of(given, caller)
    if found is not None:
        return wrap(as_array(found, kind, caller))
    if isinstance(given, (str, bytes)) or not hasattr(given, "__len__"):
        raise TypeError(
            f"{caller}: data must be a sequence, or sizes, got {type(given).__name__}; for one "
            "number write tensor(...)"
        )
    return wrap(as_array(list(given) if isinstance(given, builtins.range) else given, kind, caller))


_NUMPYS = (np.ndarray, np.generic)
_NUMBERS = {bool, float, int}


def as_array(data: Any, dtype: Any, caller: str) -> np.ndarray:
    """A fresh, native, supported ndarray with the values of ``data``.

    Python floats become the default dtype, Python ints int64; arrays keep theirs.
    """
    wanted = None if dtype is None else dtypes.canonical(dtype, caller)
    kinds: set[Any] = set()
    if isinstance(data, Tensor):
        data = data.array
    elif isinstance(data, (list, tuple)):
        try:
            data = _plain(data, caller, kinds)
        except RecursionError:
            raise ValueError(
                f"{caller}: the lists are nested too deeply, or one of them is in itself"
            ) from None
    elif wanted is not None and hasattr(data, "read_as"):  # a storage, whose bytes are numbers
        data = data.read_as(wanted)
    else:
        found = array_of(data, caller)  # a Series of pandas, for instance
        data = data if found is None else found
    if isinstance(data, _NUMPYS):
        if wanted is None or data.dtype.kind not in "biuf":
            wanted = dtypes.canonical(data.dtype, caller)
        return silent().run(np.array, data, dtype=wanted, order="C")
    try:
        made = np.array(data)
    except ValueError as error:
        raise ValueError(
            f"{caller}: the nested lists do not form a rectangular array ({error}); "
            "give every row the same length"
        ) from None
    if made.dtype.kind == "O" and wanted is not None and wanted.kind in "bf":
        made = _of_large_ints(made)
    if made.dtype.kind not in "biuf":
        raise TypeError(
            f"{caller}: cannot make a Tensor from {_describe(data)}; "
            "expected numbers, nested lists of numbers, an ndarray or a Tensor"
        )
    if wanted is None:
        if any(isinstance(kind, np.dtype) for kind in kinds):
            wanted = functools.reduce(dtypes.wider, (_kind(one, caller) for one in kinds))
        else:
            of_numbers = {"b": dtypes.bool, "f": dtypes.get_default_dtype()}
            wanted = of_numbers.get(made.dtype.kind if made.size else "f", dtypes.int64)
    if wanted.kind != "f":  # as in PyTorch: what is too large is infinite here, but not in full
        need_room(made, wanted, caller)
    return silent().run(made.astype, wanted, copy=False)


def _of_large_ints(made: np.ndarray) -> np.ndarray:
    """In float64, if all are numbers of Python, of which some are too large for int64."""
    if all(isinstance(one, (int, float)) and abs(one) < 1e308 for one in made.flat):
        return made.astype(np.float64)
    return made


def _plain(data: Any, caller: str, kinds: set[Any]) -> Any:
    """Nested lists with the arrays in them as ndarrays; Tensors of one element count as numbers.

    ``kinds`` gets the dtypes of the arrays, and the types of what else there is.
    """
    if isinstance(data, (list, tuple)):
        types = set(map(type, data))
        if types <= _NUMBERS:  # a row: nothing in it has to be read
            kinds |= types
            return data
        return [_plain(one, caller, kinds) for one in data]
    if isinstance(data, Tensor):
        if data.array.size != 1:
            raise ValueError(
                f"a list may hold Tensors of one element only, got one of shape {data.shape}; "
                "use stack() or cat() to join Tensors"
            )
        data = data.array.reshape(())
    else:
        found = array_of(data, caller)
        data = data if found is None else found
    kinds.add(data.dtype if isinstance(data, _NUMPYS) else data.__class__)
    return data


def _kind(found: Any, caller: str) -> np.dtype:
    """The dtype of an array in a list, or of Python's numbers of a type."""
    is_dtype = isinstance(found, np.dtype)
    return dtypes.canonical(found, caller) if is_dtype else dtypes.promoted(found())


def _describe(data: Any) -> str:
    text = repr(data)
    return f"{type(data).__name__} {text if len(text) <= 60 else text[:57] + '…'}"


def made(array: np.ndarray, requires_grad: bool) -> Tensor:
    """A Tensor on ``array``."""
    out = wrap(array)
    return out.requires_grad_() if requires_grad else out


def dtype_of(dtype: Any, device: Any, caller: str) -> np.dtype:
    """``dtype``, or the default one for None."""
    need_cpu(device)
    return dtypes.get_default_dtype() if dtype is None else dtypes.canonical(dtype, caller)


def like(input: Tensor, dtype: Any, device: Any, caller: str) -> tuple[tuple[int, ...], np.dtype]:
    """The shape of ``input``, and its dtype unless another is given."""
    need_tensor_itself(input, caller)
    return input.shape, dtype_of(input.dtype if dtype is None else dtype, device, caller)


def made_like(input: Tensor, values: np.ndarray, requires_grad: bool) -> Tensor:
    """A Tensor of ``values``, fresh ones in the shape of ``input``, in its order in memory."""
    model = input.array
    if not (model.flags.c_contiguous or 0 in model.strides):
        laid_out = np.empty_like(model, values.dtype, subok=False)
        laid_out[...] = values
        values = laid_out
    return made(values, requires_grad)


# -- from data -------------------------------------------------------------------------------------


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A new Tensor with a copy of ``data``: a number, nested lists, an array or a Tensor.

    Python floats become the default dtype (float32), ints int64, bools bool; an array keeps its
    dtype, in this machine's byte order: NumPy's, and those of other libraries, as PyTorch and JAX.

    Raises:
        TypeError: ``data`` holds something other than real numbers; PyTorch has complex ones too.
        ValueError: nested lists of different lengths.
        RuntimeError: a Tensor of another library that requires grad, or lies on another device.

    Example:

        >>> at.tensor([[1, 2], [3, 4]])
        tensor([[1, 2],
                [3, 4]])
        >>> at.tensor(np.array([1.0, 2.0])).dtype, at.tensor([1.0, 2.0]).dtype
        (torch.float64, torch.float32)
        >>> x = at.tensor(3.0, requires_grad=True)
        >>> (x * x).backward()
        >>> x.grad
        tensor(6.)
    """
    need_cpu(device)
    return made(as_array(data, dtype, "tensor"), requires_grad)


def scalar_tensor(
    s: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """The number ``s`` as a 0-d Tensor of the default dtype.

    Raises:
        TypeError: ``s`` is no number.

    Example:

        >>> at.scalar_tensor(3), at.tensor(3)
        (tensor(3.), tensor(3))
    """
    kind = dtype_of(dtype, device, "scalar_tensor")
    return made(as_array(number_of(s, "scalar_tensor", "s"), kind, "scalar_tensor"), requires_grad)


def as_tensor(data: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """``data`` itself if it is a Tensor of that dtype; on an array's memory, if it may be written
    and is of that dtype, be it NumPy's or another library's; else a copy.

    Raises:
        TypeError, ValueError, RuntimeError: as ``tensor``.

    Example:

        >>> array = np.zeros(3, np.float32)
        >>> x = at.as_tensor(array)  # on its memory
        >>> array[0] = 7
        >>> x
        tensor([7., 0., 0.])
        >>> at.as_tensor(x) is x
        True
    """
    need_cpu(device)
    wanted = None if dtype is None else dtypes.canonical(dtype, "as_tensor")
    if isinstance(data, Tensor):
        return data if wanted is None else data.to(wanted)  # not ``==``: float64 equals None
    if is_foreign(data):
        data = array_of(data, "as_tensor")
    if _can_be_used(data, wanted) and data.flags.writeable:
        return from_numpy(data)
    return made(as_array(data, wanted, "as_tensor"), False)


def _can_be_used(data: Any, wanted: np.dtype | None) -> bool:
    """Whether ``data`` is an ndarray that a Tensor of dtype ``wanted`` can lie on."""
    right = isinstance(data, np.ndarray) and data.dtype in SHOWN  # in native byte order
    return right and (wanted is None or wanted == data.dtype)


def asarray(
    obj: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """``as_tensor``, which must copy with ``copy=True`` and must not with ``copy=False``.

    A Tensor that requires a gradient stays in its graph, but with ``requires_grad=False``; all else
    requires one just if asked to.  What may not be written is shared with ``copy=False`` alone, and
    then the Tensor refuses to be written.
    Of a buffer, as a bytearray or ``array.array``, the items are taken as it describes them;
    PyTorch takes its bytes for float32, as ``frombuffer`` does.

    Raises:
        ValueError: ``copy=False`` where a copy cannot be helped.
        TypeError: bytes, and a ``dtype`` other than uint8.

    Example:

        >>> x = at.tensor([1.0, 2.0])
        >>> at.asarray(x, copy=True)[0] = 9
        >>> at.asarray(x)[1] = 9
        >>> x
        tensor([1., 9.])
    """
    need_cpu(device)
    wanted = None if dtype is None else dtypes.canonical(dtype, "asarray")
    if isinstance(obj, Tensor):
        stays = obj.requires_grad and requires_grad is not False
        source: Any = obj if stays else obj.detach()
    elif is_foreign(obj):
        source = array_of(obj, "asarray")
    else:
        source = _items_of(obj, wanted)
    fits = not copy and _can_be_used(raw(source), wanted)
    if copy is False and not fits:
        raise ValueError("asarray: copy=False, but this cannot be done without a copy")
    if isinstance(source, Tensor):
        out = source if fits else source.to(source.dtype if wanted is None else wanted, copy=True)
    elif fits and (copy is False or source.flags.writeable):
        out = from_numpy(source)
    else:
        out = made(as_array(source, wanted, "asarray"), False)
    return out.requires_grad_() if requires_grad else out


def _items_of(obj: Any, wanted: np.dtype | None) -> Any:
    """The items of a buffer as an ndarray on its memory; what is none stays as it is."""
    if isinstance(obj, (_NUMPYS, list, tuple, int, float)) or hasattr(obj, "__array__"):
        return obj
    try:
        buffer = memoryview(obj)
    except TypeError:
        return obj
    if buffer.format == "B" and wanted is not None and wanted != dtypes.uint8:
        raise TypeError(
            f"asarray: {type(obj).__name__} holds bytes; read them as {wanted} with "
            f"frombuffer(..., dtype={wanted}), or each as a number with tensor(list(...))"
        )
    return np.asarray(buffer)


def from_numpy(array: np.ndarray) -> Tensor:
    """A Tensor on the memory of ``array``: a write to one is seen by the other.

    Any order of the axes in memory will do.  A read-only array makes a Tensor that refuses to be
    written.

    Raises:
        TypeError: not an ndarray, or one of a dtype or byte order that cannot be used in place.

    Example:

        >>> array = np.arange(3.0)
        >>> x = at.from_numpy(array)
        >>> _ = x.mul_(10)
        >>> array.tolist()
        [0.0, 10.0, 20.0]
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(
            f"from_numpy: expected an ndarray, got {type_name(array)}{to_get_a_tensor(array)}"
        )
    plain: Any = array_of(array, "from_numpy")
    if not array.dtype.isnative:
        raise TypeError(
            f"from_numpy: byte order of {array.dtype!r} is not this machine's; "
            "use tensor(array), which copies and converts"
        )
    dtypes.canonical(array.dtype, "from_numpy")
    out = wrap(plain.view())
    if not array.flags.c_contiguous:
        storage_of(out)  # shared with the array: no operator may lay this memory out anew
    return out


# -- filled ----------------------------------------------------------------------------------------


def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Zeros of shape ``size``.

    Raises:
        TypeError, RuntimeError: ``size`` is none.

    Example:

        >>> at.zeros(2, 3)
        tensor([[0., 0., 0.],
                [0., 0., 0.]])
        >>> at.zeros(3, dtype=at.bool), at.zeros((1, 2)).shape
        (tensor([False, False, False]), torch.Size([1, 2]))
    """
    kind = dtype_of(dtype, device, "zeros")
    return made(np.zeros(sizes_of_new(size, "zeros"), kind), requires_grad)


def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones of shape ``size``.

    Raises:
        TypeError, RuntimeError: ``size`` is none.

    Example:

        >>> x = at.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> at.ones(2) @ x  # the sums of its columns
        tensor([4., 6.])
    """
    kind = dtype_of(dtype, device, "ones")
    return made(np.ones(sizes_of_new(size, "ones"), kind), requires_grad)


def empty(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Unset memory of shape ``size``.

    Raises:
        TypeError, RuntimeError: ``size`` is none.

    Example:

        >>> out = at.empty(2, 2)  # whatever stood there
        >>> at.add(at.ones(2, 2), 1, out=out)
        tensor([[2., 2.],
                [2., 2.]])
    """
    kind = dtype_of(dtype, device, "empty")
    return made(np.empty(sizes_of_new(size, "empty"), kind), requires_grad)


def full(
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``fill_value``, a number or a 0-d Tensor, in shape ``size``; without ``dtype``, the one of
    the value.

    Raises:
        TypeError, RuntimeError: ``size`` is none, or ``fill_value`` no number.

    Example:

        >>> at.full((2, 2), 0.5)
        tensor([[0.5000, 0.5000],
                [0.5000, 0.5000]])
        >>> at.full((3,), 7).dtype, at.full((3,), True).dtype
        (torch.int64, torch.bool)
    """
    need_cpu(device)
    number = number_of(fill_value, "full", "fill_value")
    value = as_array(number, dtype, "full")
    need_room(np.asarray(number), value.dtype, "full")
    sizes = sizes_of_new((size,), "full")
    return made(np.full(sizes, value, value.dtype), requires_grad)


def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``(n, m)``, ones on the diagonal; square without ``m``.

    Raises:
        TypeError, RuntimeError: ``n`` or ``m`` is no int of at least 0.

    Example:

        >>> at.eye(2)
        tensor([[1., 0.],
                [0., 1.]])
        >>> at.eye(4)[at.tensor([2, 0])]  # rows 2 and 0: one-hot
        tensor([[0., 0., 1., 0.],
                [1., 0., 0., 0.]])
    """
    kind = dtype_of(dtype, device, "eye")
    rows = count_of(n, "eye", "n")
    columns = rows if m is None else count_of(m, "eye", "m")
    return made(np.eye(rows, columns, dtype=kind), requires_grad)


def zeros_like(
    input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Zeros in the shape and dtype of ``input``, and its order in memory.

    ``(*)`` to ``(*)``.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> weight = at.ones(2, 3)
        >>> velocity = at.zeros_like(weight)
        >>> velocity
        tensor([[0., 0., 0.],
                [0., 0., 0.]])
    """
    if isinstance(input, (np.ndarray, np.generic)):
        return np.zeros_like(input, dtype)  # inside a derivative rule
    values = np.zeros(*like(input, dtype, device, "zeros_like"))
    return made_like(input, values, requires_grad)


def ones_like(
    input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Ones in the shape and dtype of ``input``, and its order in memory.

    ``(*)`` to ``(*)``.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([3.0, 4.0], requires_grad=True)
        >>> y = x * x
        >>> y.backward(at.ones_like(y))  # as y.sum().backward()
        >>> x.grad
        tensor([6., 8.])
    """
    if isinstance(input, (np.ndarray, np.generic)):
        return np.ones_like(input, dtype)
    values = np.ones(*like(input, dtype, device, "ones_like"))
    return made_like(input, values, requires_grad)


def empty_like(
    input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Unset memory in the shape and dtype of ``input``, and its order in memory.

    ``(*)`` to ``(*)``.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.zeros(2, 3, dtype=at.int64)
        >>> y = at.empty_like(x)
        >>> y.shape, y.dtype
        (torch.Size([2, 3]), torch.int64)
    """
    values = np.empty(*like(input, dtype, device, "empty_like"))
    return made_like(input, values, requires_grad)


def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``fill_value`` in the shape and dtype of ``input``, and its order in memory.

    ``(*)`` to ``(*)``.

    Raises:
        TypeError: ``input`` is no Tensor, or ``fill_value`` no number.

    Example:

        >>> scores = at.zeros(2, 2)
        >>> at.full_like(scores, float("-inf")).triu(1)
        tensor([[0., -inf],
                [0., 0.]])
    """
    shape, kind = like(input, dtype, device, "full_like")
    return made_like(input, full(shape, fill_value, dtype=kind).array, requires_grad)


# -- in steps --------------------------------------------------------------------------------------


def arange(
    start: Any = None,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``start, start + step, …`` below ``end``; ``arange(end)`` starts at 0.

    int64 if all are ints, else the default dtype.

    ``(⌈(end - start) / step⌉,)``.

    Raises:
        RuntimeError: a ``step`` of 0, or one that leads away from ``end``; infinite bounds.

    Example:

        >>> at.arange(4), at.arange(1, 7, 2), at.arange(3, 0, -1)
        (tensor([0, 1, 2, 3]), tensor([1, 3, 5]), tensor([3, 2, 1]))
        >>> at.arange(0, 1, 0.25)
        tensor([0.0000, 0.2500, 0.5000, 0.7500])
        >>> at.arange(4.0).reshape(2, 2)
        tensor([[0., 1.],
                [2., 3.]])
    """
    if end is None:
        start, end = None, start
    start, end, step = _way("arange", 0 if start is None else start, end, step)
    if dtype is None and all(isinstance(one, (int, np.integer)) for one in (start, end, step)):
        dtype = dtypes.int64
    kind = dtype_of(dtype, device, "arange")
    if kind == dtypes.int64:
        start, end, step = int(start), int(end), int(step)
        if step == 0:
            raise RuntimeError("arange: step is 0 as an integer")
    count = math.ceil((end - start) / step)
    if kind.kind != "f":
        start, step = int(start), int(step)
    return made((start + np.arange(count) * step).astype(kind), requires_grad)


def _way(caller: str, *given: Any) -> tuple[Any, Any, Any]:
    """``start``, ``end`` and ``step`` as numbers that lead from the first to the second."""
    names = ("start", "end", "step")
    start, end, step = (
        number_of(one, caller, name) for one, name in zip(given, names, strict=True)
    )
    if step == 0:
        raise RuntimeError(f"{caller}: step must not be 0")
    if not math.isfinite(start) or not math.isfinite(end):
        raise RuntimeError(f"{caller}: start and end must be finite, got {start} and {end}")
    if (end - start) / step < 0:
        raise RuntimeError(f"{caller}: no way from {start} to {end} in steps of {step}")
    return start, end, step


def range(
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``start, start + step, …`` up to ``end``, which may be among them, unlike in ``arange``.

    Deprecated, in PyTorch too.  Without ``dtype``, of the default one, also of ints.

    ``(⌊(end - start) / step⌋ + 1,)``.

    Raises:
        TypeError: no ``end``.
        RuntimeError: a ``step`` of 0, or one that leads away from ``end``; infinite bounds.

    Example:

        >>> import warnings
        >>> with warnings.catch_warnings(action="ignore"):
        ...     at.range(1, 4), at.range(0, 1, 0.5)
        (tensor([1., 2., 3., 4.]), tensor([0.0000, 0.5000, 1.0000]))
    """
    if end is None:
        raise TypeError("range: end is missing; it is among the numbers, so range(0, 3) gives four")
    message = "range: it is deprecated, for it does not stop before end; use arange, which does"
    warnings.warn(message, UserWarning, stacklevel=2)
    start, end, step = _way("range", start, end, step)
    count = math.floor((end - start) / step) + 1
    kind = dtype_of(dtype, device, "range")
    return made((start + np.arange(count) * step).astype(kind), requires_grad)


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``steps`` values evenly from ``start`` to ``end``, both included; numbers or 0-d Tensors.

    ``(steps,)``.

    Raises:
        TypeError, RuntimeError: ``steps`` is no int of at least 0.

    Example:

        >>> at.linspace(0, 1, 5)
        tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
        >>> x = at.linspace(-1, 1, 5, requires_grad=True)
        >>> (x**2).sum().backward()
        >>> x.grad  # a table of the derivative
        tensor([-2., -1.,  0.,  1.,  2.])
    """
    kind = dtype_of(dtype, device, "linspace")
    values = _evenly(start, end, steps, kind, "linspace")
    return made(silent().run(values.astype, kind), requires_grad)


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``base`` to the powers of ``linspace(start, end, steps)``.

    ``(steps,)``.

    Raises:
        TypeError, RuntimeError: ``steps`` is no int of at least 0.

    Example:

        >>> at.logspace(0, 2, 3).round()  # learning rates to try, say
        tensor([  1.,  10., 100.])
        >>> at.logspace(0, 4, 5, base=2).round()
        tensor([ 1.,  2.,  4.,  8., 16.])
    """
    kind = dtype_of(dtype, device, "logspace")
    exponents = _evenly(start, end, steps, kind, "logspace")
    return made(silent().run(lambda: (np.float64(base) ** exponents).astype(kind)), requires_grad)


def _evenly(start: Any, end: Any, steps: int, dtype: np.dtype, caller: str) -> np.ndarray:
    first = float(number_of(start, caller, "start"))
    last = float(number_of(end, caller, "end"))
    if dtype.kind != "f":
        first, last = int(first), int(last)
    count = count_of(steps, caller, "steps")
    step = (last - first) / max(count - 1, 1)
    place = np.arange(count)
    # Each half from its own end, so that both are met.
    return np.where(place <= (count - 1) / 2, first + step * place, last - step * place[::-1])


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = dtypes.int64, device: Any = None
) -> Tensor:
    """Rows and columns, ``(2, n)``, of the lower triangle of a ``(row, col)`` matrix: of the
    elements at most ``offset`` above the diagonal.

    Raises:
        TypeError, RuntimeError: ``row`` or ``col`` is no int of at least 0.

    Example:

        >>> x = at.arange(1, 10).reshape(3, 3)
        >>> rows, columns = at.tril_indices(3, 3)
        >>> x[rows, columns]
        tensor([1, 4, 5, 7, 8, 9])
        >>> at.tril_indices(3, 3, -1)
        tensor([[1, 2, 2],
                [0, 0, 1]])
    """
    kind = dtype_of(dtype, device, "tril_indices")
    rows, columns = count_of(row, "tril_indices", "row"), count_of(col, "tril_indices", "col")
    return wrap(np.stack(np.tril_indices(rows, offset, columns)).astype(kind, copy=False))


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = dtypes.int64, device: Any = None
) -> Tensor:
    """Rows and columns, ``(2, n)``, of the upper triangle of a ``(row, col)`` matrix: of the
    elements at least ``offset`` above the diagonal.

    Raises:
        TypeError, RuntimeError: ``row`` or ``col`` is no int of at least 0.

    Example:

        >>> x = at.arange(1, 10).reshape(3, 3)
        >>> rows, columns = at.triu_indices(3, 3, 1)  # each pair once
        >>> x[rows, columns]
        tensor([2, 3, 6])
    """
    kind = dtype_of(dtype, device, "triu_indices")
    rows, columns = count_of(row, "triu_indices", "row"), count_of(col, "triu_indices", "col")
    return wrap(np.stack(np.triu_indices(rows, offset, columns)).astype(kind, copy=False))


# -- methods: in the dtype of another --------------------------------------------------------------


@method
def new(self: Tensor, *data: Any, device: Any = None) -> Tensor:
    """What ``Tensor(*data)`` makes, in the dtype of this Tensor: sizes, or data.

    Example:

        >>> x = at.zeros(2, dtype=at.float64)
        >>> x.new([1, 2]).dtype, x.new(2, 3).shape
        (torch.float64, torch.Size([2, 3]))
    """
    need_cpu(device)
    return new_by("new", data, self.array.dtype)


@method
def new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """``tensor(data)`` in the dtype of this Tensor.

    Example:

        >>> x = at.zeros(2, dtype=at.float64)
        >>> x.new_tensor([1, 2]).dtype
        torch.float64
    """
    kind = self.dtype if dtype is None else dtype
    return tensor(data, dtype=kind, device=device, requires_grad=requires_grad)


@method
def new_full(
    self: Tensor,
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``full(size, fill_value)`` in the dtype of this Tensor.

    Example:

        >>> at.zeros(2, dtype=at.int64).new_full((3,), 7)
        tensor([7, 7, 7])
    """
    kind = self.dtype if dtype is None else dtype
    return full(size, fill_value, dtype=kind, device=device, requires_grad=requires_grad)


def _newly(create: Any) -> Any:
    def method(
        self: Tensor, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Tensor:
        kind = self.dtype if dtype is None else dtype
        return create(*size, dtype=kind, device=device, requires_grad=requires_grad)

    method.__name__ = f"new_{create.__name__}"
    method.__doc__ = f"""``{create.__name__}(*size)`` in the dtype of this Tensor.

    Example:

        >>> x = at.tensor([1.0, 2.0], dtype=at.float64)
        >>> y = x.new_{create.__name__}(2, 3)
        >>> y.shape, y.dtype
        (torch.Size([2, 3]), torch.float64)
    """
    return method


for create in (zeros, ones, empty):
    method(_newly(create))
