"""The standard's functions that make Tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autotensor import creation
from autotensor.array_api.arguments import need_own, same_dtype
from autotensor.device import need_cpu
from autotensor.engine.dtypes import canonical
from autotensor.engine.tensor import Tensor
from autotensor.operators import structure
from autotensor.operators.arguments import int_of, need_one_of
from autotensor.protocols import dlpack
from autotensor.types import Data, Device, DType, Number

__all__ = [
    "arange", "asarray", "empty", "empty_like", "eye", "from_dlpack", "full", "full_like",
    "linspace", "meshgrid", "ones", "ones_like", "tril", "triu", "zeros", "zeros_like",
]  # fmt: skip

Shape = int | Sequence[int]


def arange(
    start: Number,
    /,
    stop: Number | None = None,
    step: Number = 1,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
) -> Tensor:
    """``start``, ``start + step`` and so on up to ``stop``, which is left out; from 0 up to
    ``start`` without it.

    ``→ (⌈(stop - start) / step⌉,)``, ``(0,)`` if there is no way from one to the other; int64, or
    the default dtype if a number has a fraction.

    Raises:
        TypeError: what is no number.
        RuntimeError: a ``step`` of 0.

    Example:

        >>> at.array_api.arange(2, 8, 3), at.array_api.arange(5, 2)
        (tensor([2, 5]), tensor([], dtype=int64))
    """
    first, last = (0, start) if stop is None else (start, stop)
    if step and (last - first) / step <= 0:
        last = first
    return creation.arange(first, last, step, dtype=dtype, device=device)


def asarray(
    obj: Data,
    /,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    copy: bool | None = None,
) -> Tensor:
    """A Tensor of what is given: numbers, nested lists of numbers and Tensors, an array.

    The memory is shared where that can be, unless ``copy`` is said.  What comes of Tensors stays in
    their graph, unlike with ``autotensor.asarray``.

    Raises:
        TypeError: what no Tensor can be made of.
        ValueError: ``copy=False`` where a copy cannot be helped.

    Example:

        >>> x = at.tensor(2.0, requires_grad=True)
        >>> at.array_api.asarray([x, 3.0])
        tensor([2., 3.], grad_fn=<StackBackward0>)
        >>> at.array_api.asarray(x) is x
        True
    """
    need_cpu(device)
    if isinstance(obj, (list, tuple)) and _holds_tensors(obj):
        if copy is False:
            raise ValueError("asarray: copy=False, but lists cannot be taken without a copy")
        parts = same_dtype("asarray", [asarray(one) for one in obj], "item ")
        stacked = structure.stack(parts)
        return structure.to(
            stacked, canonical(stacked.dtype if dtype is None else dtype, "asarray")
        )
    if not isinstance(obj, Tensor):
        return creation.asarray(obj, dtype=dtype, copy=copy)
    wanted = canonical(obj.dtype if dtype is None else dtype, "asarray")
    out = structure.to(obj, wanted, copy=bool(copy))
    if copy is False and out is not obj:
        raise ValueError(f"asarray: copy=False, but {obj.dtype} cannot become {out.dtype} so")
    return out


def _holds_tensors(listed: Any) -> bool:
    return any(
        _holds_tensors(one) if isinstance(one, (list, tuple)) else isinstance(one, Tensor)
        for one in listed
    )


def empty(shape: Shape, *, dtype: DType | None = None, device: Device | None = None) -> Tensor:
    """A Tensor of any values.

    Raises:
        RuntimeError, TypeError: no shape.

    Example:

        >>> at.array_api.empty((2, 3)).shape
        torch.Size([2, 3])
    """
    return creation.empty(shape, dtype=dtype, device=device)


def zeros(shape: Shape, *, dtype: DType | None = None, device: Device | None = None) -> Tensor:
    """A Tensor of zeros.

    Raises:
        RuntimeError, TypeError: no shape.

    Example:

        >>> at.array_api.zeros((2,))
        tensor([0., 0.])
    """
    return creation.zeros(shape, dtype=dtype, device=device)


def ones(shape: Shape, *, dtype: DType | None = None, device: Device | None = None) -> Tensor:
    """A Tensor of ones.

    Raises:
        RuntimeError, TypeError: no shape.

    Example:

        >>> at.array_api.ones((2,), dtype=at.int8)
        tensor([1, 1], dtype=int8)
    """
    return creation.ones(shape, dtype=dtype, device=device)


def full(
    shape: Shape,
    fill_value: Number,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
) -> Tensor:
    """A Tensor filled with a number, of its dtype: bool, int64 or the default floating-point one.

    Raises:
        RuntimeError, TypeError: no shape, or no number.

    Example:

        >>> at.array_api.full((2,), 7), at.array_api.full((), 0.5)
        (tensor([7, 7]), tensor(0.5000))
    """
    return creation.full(shape, fill_value, dtype=dtype, device=device)


def empty_like(x: Tensor, /, *, dtype: DType | None = None, device: Device | None = None) -> Tensor:
    """``empty`` in the shape of ``x``, and its dtype unless another is given.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.empty_like(at.ones(2, 3)).shape
        torch.Size([2, 3])
    """
    return creation.empty_like(need_own(x, "empty_like"), dtype=dtype, device=device)


def zeros_like(x: Tensor, /, *, dtype: DType | None = None, device: Device | None = None) -> Tensor:
    """``zeros`` in the shape of ``x``, and its dtype unless another is given.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.zeros_like(at.tensor([1, 2]))
        tensor([0, 0])
    """
    return creation.zeros_like(need_own(x, "zeros_like"), dtype=dtype, device=device)


def ones_like(x: Tensor, /, *, dtype: DType | None = None, device: Device | None = None) -> Tensor:
    """``ones`` in the shape of ``x``, and its dtype unless another is given.

    Raises:
        TypeError: ``x`` is no Tensor.

    Example:

        >>> at.array_api.ones_like(at.tensor([4, 2]))
        tensor([1, 1])
    """
    return creation.ones_like(need_own(x, "ones_like"), dtype=dtype, device=device)


def full_like(
    x: Tensor,
    /,
    fill_value: Number,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
) -> Tensor:
    """``full`` in the shape of ``x``, and its dtype unless another is given.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: the dtype cannot hold the number.

    Example:

        >>> at.array_api.full_like(at.tensor([1.0, 2.0]), 7)
        tensor([7., 7.])
    """
    return creation.full_like(need_own(x, "full_like"), fill_value, dtype=dtype, device=device)


def eye(
    n_rows: int,
    n_cols: int | None = None,
    /,
    *,
    k: int = 0,
    dtype: DType | None = None,
    device: Device | None = None,
) -> Tensor:
    """A matrix of zeros, with ones on the diagonal that begins ``k`` columns to the right.

    ``→ (n_rows, n_cols)``, as many columns as rows by default.

    Raises:
        RuntimeError, TypeError: sizes that are none.

    Example:

        >>> at.array_api.eye(2, 3, k=1)
        tensor([[0., 1., 0.],
                [0., 0., 1.]])
    """
    k = int_of(k, "eye", "k")
    out = creation.eye(n_rows, n_cols, dtype=dtype, device=device)
    if k:
        rows, columns = (creation.arange(size) for size in out.shape)
        return structure.to(rows[:, None] + k == columns, out.dtype)
    return out


def from_dlpack(x: Any, /, *, device: Device | None = None, copy: bool | None = None) -> Tensor:
    """A Tensor on the memory of an array of another library that has ``__dlpack__``.

    Raises:
        TypeError: it has not, or is of a dtype that there is not here.
        RuntimeError: it requires a gradient, or lies on another device.

    Example:

        >>> at.array_api.from_dlpack(np.arange(3.0))
        tensor([0., 1., 2.], dtype=float64)
    """
    return dlpack.from_dlpack(x, device=device, copy=copy)


def linspace(
    start: float,
    stop: float,
    /,
    num: int,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    endpoint: bool = True,
) -> Tensor:
    """``num`` numbers at equal distances from ``start`` to ``stop``, which is the last one, or, if
    it is no ``endpoint``, would come next.

    ``→ (num,)``.

    Raises:
        RuntimeError, TypeError: what are no numbers; a negative ``num``.

    Example:

        >>> at.array_api.linspace(0, 1, 3), at.array_api.linspace(0, 1, 2, endpoint=False)
        (tensor([0.0000, 0.5000, 1.0000]), tensor([0.0000, 0.5000]))
    """
    num = int_of(num, "linspace", "num")
    if endpoint or num < 0:
        return creation.linspace(start, stop, num, dtype=dtype, device=device)
    return creation.linspace(start, stop, num + 1, dtype=dtype, device=device)[:-1]


def meshgrid(*arrays: Tensor, indexing: str = "xy") -> tuple[Tensor, ...]:
    """Coordinates of a grid, from those of its axes.

    ``(n1,), (n2,), … → (n2, n1, …)`` each, or ``(n1, n2, …)`` with ``indexing='ij'``.
    Differentiated as ``autotensor.meshgrid``.

    Raises:
        TypeError: not Tensors.
        ValueError: another ``indexing``.
        RuntimeError: Tensors of more than one dimension, or of different dtypes.

    Example:

        >>> columns, rows = at.array_api.meshgrid(at.arange(3), at.arange(2))
        >>> columns
        tensor([[0, 1, 2],
                [0, 1, 2]])
    """
    need_one_of(indexing, ("xy", "ij"), "meshgrid", "indexing")
    own = [need_own(one, "meshgrid", f"array {place}") for place, one in enumerate(arrays, 1)]
    return structure.meshgrid(*own, indexing=indexing) if own else ()


def tril(x: Tensor, /, *, k: int = 0) -> Tensor:
    """The lower triangles of matrices, up to the diagonal ``k`` columns to the right; zeros above.

    ``(…, m, n) → (…, m, n)``.  Differentiated as ``autotensor.tril``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: it has no matrices.

    Example:

        >>> at.array_api.tril(at.ones(2, 2))
        tensor([[1., 0.],
                [1., 1.]])
    """
    return structure.tril(need_own(x, "tril"), k)


def triu(x: Tensor, /, *, k: int = 0) -> Tensor:
    """The upper triangles of matrices, from the diagonal ``k`` columns to the right; zeros below.

    ``(…, m, n) → (…, m, n)``.  Differentiated as ``autotensor.triu``.

    Raises:
        TypeError: ``x`` is no Tensor.
        RuntimeError: it has no matrices.

    Example:

        >>> at.array_api.triu(at.ones(2, 2))
        tensor([[1., 1.],
                [0., 1.]])
    """
    return structure.triu(need_own(x, "triu"), k)
