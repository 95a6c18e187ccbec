"""Small questions to a Tensor: where its memory lies, what its numbers are, what it is called.

Also what PyTorch has for complex numbers: there are none here, so ``conj`` gives back what it is
given; and what runs a Python function on each element, ``apply_`` and ``map_``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor.device import CPU, device
from autotensor.engine.in_place import need_writable
from autotensor.engine.tensor import Tensor, method, raw
from autotensor.facts import steps_of
from autotensor.machine.error_state import silent
from autotensor.operators.arguments import need_tensor_itself
from autotensor.operators.settings import strided
from autotensor.operators.structure.copying import to
from autotensor.overlaps import memory_of

__all__ = [
    "get_device", "imag", "is_complex", "is_conj", "is_inference", "is_neg", "is_signed",
    "is_storage", "numel", "typename",
]  # fmt: skip


# -- what its numbers are --------------------------------------------------------------------------


def is_complex(input: Tensor) -> bool:
    """False: there are no complex numbers.

    Example:

        >>> at.is_complex(at.ones(2))
        False
    """
    need_tensor_itself(input, "is_complex")
    return False


def is_conj(input: Tensor) -> bool:
    """False: nothing waits to be conjugated.

    Example:

        >>> at.ones(2).conj().is_conj()
        False
    """
    need_tensor_itself(input, "is_conj")
    return False


def is_inference(input: Tensor) -> bool:
    """False: what is made in ``inference_mode`` is like other Tensors.  In PyTorch it is not, and
    may not be used where gradients are wanted.

    Example:

        >>> with at.inference_mode():
        ...     x = at.ones(2)
        >>> x.is_inference(), (x * at.ones(2, requires_grad=True)).requires_grad
        (False, True)
    """
    need_tensor_itself(input, "is_inference")
    return False


def is_neg(input: Tensor) -> bool:
    """False: nothing waits to be negated.

    Example:

        >>> (-at.ones(2)).is_neg()
        False
    """
    need_tensor_itself(input, "is_neg")
    return False


def is_signed(input: Tensor) -> bool:
    """Whether the dtype has negative numbers.

    Example:

        >>> at.tensor([1.0]).is_signed(), at.tensor([1], dtype=at.uint8).is_signed()
        (True, False)
    """
    need_tensor_itself(input, "is_signed")
    return input.dtype.is_signed


def imag(input: Tensor) -> Tensor:
    """Raises RuntimeError, as in PyTorch: real numbers have no imaginary part to write to.

    Example:

        >>> at.imag(at.ones(1))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        RuntimeError: imag: there are no complex numbers here, and input is ...
    """
    need_tensor_itself(input, "imag")
    raise RuntimeError(
        f"imag: there are no complex numbers here, and input is of dtype {input.dtype}"
    )


def numel(input: Tensor) -> int:
    """How many elements ``input`` has.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.numel(at.zeros(2, 3))
        6
    """
    need_tensor_itself(input, "numel")
    return input.array.size


def get_device(input: Tensor) -> int:
    """-1, which stands for the CPU.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.ones(2).get_device()
        -1
    """
    need_tensor_itself(input, "get_device")
    return -1


def typename(obj: Any) -> str:
    """``'torch.FloatTensor'`` for a Tensor; the full name of the class of anything else, or of what
    has a name itself.

    Example:

        >>> at.typename(at.ones(2))
        'torch.FloatTensor'
    """
    if isinstance(obj, Tensor):
        return obj.type()
    if isinstance(kind := getattr(obj, "name", None), str) and isinstance(obj, type):
        return kind  # FloatTensor and its kin
    named = obj if hasattr(obj, "__qualname__") else type(obj)
    home = getattr(named, "__module__", None) or "builtins"
    return named.__qualname__ if home == "builtins" else f"{home}.{named.__qualname__}"


for _function in (is_complex, is_conj, is_inference, is_neg, is_signed):
    method(_function, _function.__name__)


class NoSuchPartError(RuntimeError, AttributeError):
    """``x.imag``: PyTorch raises a RuntimeError, and ``hasattr`` takes nothing but the other."""


def _imaginary_part(self: Tensor) -> Tensor:
    try:
        return imag(self)
    except RuntimeError as error:
        raise NoSuchPartError(*error.args) from None


_imaginary_part.__doc__ = imag.__doc__
method(property(_imaginary_part), "imag")


@method
def to_dense(self: Tensor, dtype: Any = None, *, masked_grad: bool = True) -> Tensor:
    """This Tensor, in another dtype if one is given: all are dense, so ``masked_grad``, about the
    gradient of sparse ones, is without effect.

    Example:

        >>> x = at.ones(2)
        >>> x.to_dense(at.float64).dtype
        torch.float64
    """
    return self if dtype is None else to(self, dtype)


# -- where it lies ---------------------------------------------------------------------------------


def _address(array: np.ndarray) -> int:
    """0 for an empty one, as in PyTorch."""
    return array.__array_interface__["data"][0] if array.size else 0


@method
def data_ptr(self: Tensor) -> int:
    """The address of the first element; 0 if there is none.

    Example:

        >>> x = at.arange(6)
        >>> x.view(2, 3).data_ptr() == x.data_ptr(), x[1:].data_ptr() - x.data_ptr()
        (True, 8)
    """
    return _address(self.array)


@method
def dim_order(self: Tensor) -> tuple[int, ...]:
    """The dimensions by their steps in memory, the longest first.

    Example:

        >>> at.zeros(2, 3).dim_order(), at.zeros(2, 3).T.dim_order()
        ((0, 1), (1, 0))
    """
    strides = steps_of(self.array)
    return tuple(sorted(range(len(strides)), key=lambda dim: -strides[dim]))


class UntypedStorage:
    """The memory that a Tensor lies in, perhaps with others: ``x.untyped_storage()``.

    ``len()`` gives its bytes, an index one of them.

    Example:

        >>> x = at.zeros(2, 3)
        >>> len(x.untyped_storage())
        24
        >>> x[0].untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
        True
    """

    def __init__(self, memory: np.ndarray) -> None:
        self._memory = memory_of(memory)

    def data_ptr(self) -> int:
        """Its address: the same for all Tensors in it."""
        return _address(self._memory)

    def nbytes(self) -> int:
        """How many bytes it has."""
        return self._memory.nbytes

    size = __len__ = nbytes

    @property
    def device(self) -> device:
        """The CPU."""
        return CPU

    def element_size(self) -> int:
        """1: these are bytes."""
        return 1

    def tolist(self) -> list[int]:
        """Its bytes."""
        return list(self._memory.tobytes("A"))

    def read_as(self, dtype: np.dtype) -> np.ndarray:
        """Its bytes as numbers of ``dtype``, without those that make no whole one at the end.

        Example:

            >>> bytes_of_two = at.tensor([1.0, 2.0]).untyped_storage()
            >>> at.tensor(bytes_of_two, dtype=at.float32)
            tensor([1., 2.])
        """
        count = self.nbytes() // dtype.itemsize
        return np.frombuffer(self._memory.tobytes("A"), dtype, count)

    def __getitem__(self, index: Any) -> Any:
        return self.tolist()[index]

    def __repr__(self) -> str:
        return f"UntypedStorage(device=cpu, size={self.nbytes()})"


class TypedStorage(UntypedStorage):
    """The memory that a Tensor lies in, as the numbers one after the other: ``x.storage()``.

    ``len()`` gives how many there are, an index one of them, which may be assigned.

    Example:

        >>> points = at.tensor([[4.0, 1.0], [5.0, 3.0], [2.0, 1.0]])
        >>> numbers = points.t().storage()  # the same memory, whatever the shape
        >>> len(numbers), numbers[2]
        (6, 5.0)
        >>> numbers[2] = 7.0
        >>> points[1]
        tensor([7., 3.])
    """

    def __init__(self, tensor: Tensor) -> None:
        super().__init__(tensor.array)
        self._tensor = tensor
        self._numbers = self._memory.ravel("K").view(tensor.array.dtype)

    @property
    def dtype(self) -> Any:
        """Of the numbers."""
        return self._tensor.dtype

    def size(self) -> int:
        """How many numbers it has."""
        return self._numbers.size

    __len__ = size

    def element_size(self) -> int:
        """Bytes of a number."""
        return self._numbers.itemsize

    def tolist(self) -> list[Any]:
        """Its numbers."""
        return self._numbers.tolist()

    def read_as(self, dtype: np.dtype) -> np.ndarray:
        """Its numbers, whatever the dtype."""
        return self._numbers

    def untyped(self) -> UntypedStorage:
        """The same memory as bytes."""
        return UntypedStorage(self._memory)

    def __setitem__(self, index: Any, value: Any) -> None:
        need_writable(self._tensor, "storage")
        self._numbers[index] = value
        self._tensor.mark_written()

    def __repr__(self) -> str:
        shown = "".join(f" {number}\n" for number in self.tolist())
        kind = f"TypedStorage(dtype={self.dtype!r}, device=cpu)"
        return f"{shown}[{kind} of size {self.size()}]"


def is_storage(obj: Any) -> bool:
    """Whether ``obj`` is what ``x.untyped_storage()`` or ``x.storage()`` gives.

    Example:

        >>> at.is_storage(at.zeros(2).untyped_storage()), at.is_storage(at.zeros(2))
        (True, False)
    """
    return isinstance(obj, UntypedStorage)


@method
def untyped_storage(self: Tensor) -> UntypedStorage:
    """The memory that this Tensor lies in.

    Example:

        >>> at.tensor([1, 2], dtype=at.uint8).untyped_storage().tolist()
        [1, 2]
    """
    return UntypedStorage(self.array)


@method
def storage(self: Tensor) -> TypedStorage:
    """The memory that this Tensor lies in, as its numbers.

    Example:

        >>> x = at.arange(4).reshape(2, 2)
        >>> x.storage().tolist(), x[1].storage_offset()
        ([0, 1, 2, 3], 2)
        >>> x[1].storage().data_ptr() == x.storage().data_ptr()
        True
    """
    return TypedStorage(self)


@method
def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether both are the same elements of the same memory.

    Example:

        >>> x = at.arange(4)
        >>> x.is_set_to(x.view(4)), x.is_set_to(x.clone())
        (True, False)
    """
    need_tensor_itself(tensor, "is_set_to")
    one, other = self.array, tensor.array
    return (_address(one), one.shape, one.strides) == (_address(other), other.shape, other.strides)


method(property(lambda self: strided, doc="How it is stored."), "layout")


# -- in the graph ----------------------------------------------------------------------------------


def _retains_grad(self: Tensor) -> bool:
    """Whether ``backward`` fills ``grad`` although an operator made this Tensor.

    Example:

        >>> x = at.ones(2, requires_grad=True)
        >>> y = x * 2
        >>> y.retain_grad()
        >>> y.retains_grad
        True
    """
    return self.grad_fn is not None and "retain" in (self.node.notes or ())


method(property(_retains_grad), "retains_grad")


# -- a Python function on each element -------------------------------------------------------------


def _computed(name: str, callable: Callable[..., Any], tensor: Tensor, *others: Tensor) -> Tensor:
    """Fills ``tensor`` with what ``callable`` gives for each of its elements."""
    if tensor.requires_grad:
        raise RuntimeError(
            f"{name}: no gradient passes a Python function; use x.detach().{name}(...), or an "
            "operator"
        )
    for other in others:
        need_tensor_itself(other, name)
        if other.dtype is not tensor.dtype:
            raise TypeError(f"{name}: both must be of dtype {tensor.dtype}, got {other.dtype}")
    arrays = np.broadcast_arrays(tensor.array, *map(raw, others))
    if arrays[0].shape != tensor.array.shape:
        raise RuntimeError(f"{name}: shape {tensor.shape} cannot hold shape {arrays[0].shape}")
    elements = zip(*(array.ravel().tolist() for array in arrays), strict=True)
    values = [callable(*each) for each in elements]
    found = silent().run(np.array(values).astype, tensor.array.dtype)
    tensor.array[...] = found.reshape(tensor.array.shape)
    tensor.mark_written()
    return tensor


@method
def apply_(self: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replaces each element by ``callable(element)``, one by one: slow, and without gradient.

    Raises:
        RuntimeError: it requires a gradient.

    Example:

        >>> at.tensor([1.0, 2.0, 3.0]).apply_(lambda value: value**2 if value > 1 else 0)
        tensor([0., 4., 9.])
    """
    return _computed("apply_", callable, self)


@method
def map_(self: Tensor, other: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """Replaces each element by ``callable(element, that of other)``; ``other`` is broadcast.

    Raises:
        RuntimeError, ValueError: it requires a gradient, or ``other`` does not broadcast.

    Example:

        >>> x = at.tensor([1.0, 2.0])
        >>> x.map_(at.tensor([10.0, 20.0]), lambda one, other: one + other)
        tensor([11., 22.])
    """
    return _computed("map_", callable, self, other)


@method
def map2_(self: Tensor, x: Tensor, y: Tensor, callable: Callable[[Any, Any, Any], Any]) -> Tensor:
    """``map_`` with the elements of two other Tensors.

    Example:

        >>> x = at.tensor([1.0, 2.0])
        >>> x.map2_(at.tensor([3.0, 4.0]), at.tensor([5.0, 6.0]), lambda a, b, c: a + b * c)
        tensor([16., 26.])
    """
    return _computed("map2_", callable, self, x, y)
