"""What a Tensor says of itself: its dtype and its shape, as programs for PyTorch ask for them.

Inside this library a dtype is NumPy's own and a shape a plain tuple, those of the array.  A Tensor
shows them as a ``dtype`` and a ``Size``, which know more: ``x.dtype.is_floating_point``,
``x.shape.numel()``.  NumPy takes either wherever it takes its own, ``np.zeros(x.shape, x.dtype)``.
"""

from __future__ import annotations

import builtins
import math
import operator
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self, SupportsIndex

import numpy as np

__all__ = [
    "Size", "bfloat16", "bool", "cdouble", "cfloat", "chalf", "complex128", "complex32",
    "complex64", "double", "dtype", "float", "float16", "float32", "float64", "float8_e4m3fn",
    "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu", "half", "int", "int16",
    "int32", "int64", "int8", "long", "qint32", "qint8", "quint8", "short", "uint16", "uint32",
    "uint64", "uint8",
]  # fmt: skip


def _for_a_message() -> builtins.bool:
    """Whether it is this library that turns something into text: its messages name dtypes and
    shapes in plain words, ``float32`` and ``(2, 3)``, also those of arrays."""
    home = sys._getframe(2).f_globals.get("__name__", "")
    return home.startswith(("autotensor.", "nn."))


# -- dtypes ----------------------------------------------------------------------------------------


class dtype:
    """The type of a Tensor's elements; there is one object for each, ``float32`` and so on.

    Equal to NumPy's dtype of that name, and taken by NumPy in its place.  Printed as in PyTorch,
    ``torch.float32``.  Some are there by name only, because programs list them: ``bfloat16``, which
    NumPy lacks, complex ones, wide unsigned ones.  No Tensor can be made of those.

    Attributes:
        is_floating_point, is_complex, is_signed: what its numbers are.
        itemsize: bytes of one element.
        name, kind, char, type, num: as of NumPy's dtype; ``name`` is the bare ``float32``.
        dtype: NumPy's own, where it has one.

    Example:

        >>> at.float32, at.float32 == np.float32
        (torch.float32, True)
        >>> at.int16.itemsize, at.float16.is_floating_point
        (2, True)
        >>> np.zeros(2, at.float64).dtype == np.float64
        True
    """

    __slots__ = (
        "char", "dtype", "is_complex", "is_floating_point", "is_signed", "itemsize", "kind",
        "name", "num", "type",
    )  # fmt: skip

    dtype: np.dtype
    char: str
    is_complex: builtins.bool
    is_floating_point: builtins.bool
    is_signed: builtins.bool
    itemsize: builtins.int
    kind: str
    name: str
    num: builtins.int
    type: Any

    def __new__(cls, *given: Any, **more: Any) -> Self:
        raise TypeError("dtype: cannot be made; use float32, int64, bool and so on")

    def to_real(self) -> _Dtype:
        """The dtype of the real part of such numbers.

        Example:

            >>> at.complex128.to_real()
            torch.float64
        """
        return _REAL.get(self, self)

    def to_complex(self) -> _Dtype:
        """The dtype of complex numbers made of two such.

        Example:

            >>> at.float32.to_complex()
            torch.complex64
        """
        for real, complex in ((float32, complex64), (float64, complex128), (float16, complex32)):
            if self in (real, complex):
                return complex
        return complex64

    def __eq__(self, other: object) -> builtins.bool:
        if isinstance(other, dtype):
            return self is other
        own = getattr(self, "dtype", None)  # which those that NumPy lacks do not have
        return own is not None and own == other

    def __hash__(self) -> builtins.int:
        return hash(getattr(self, "dtype", self.name))

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __str__(self) -> str:
        return self.name if _for_a_message() else repr(self)

    def __format__(self, spec: str) -> str:
        return format(self.name if _for_a_message() else repr(self), spec)

    def __reduce__(self) -> str:
        return self.name  # a copy, or what comes out of a pickle, is this very object


_Dtype = dtype  # within the class that name is NumPy's


def _declared(name: str, kind: str, itemsize: builtins.int) -> dtype:
    """A dtype; ``kind`` is NumPy's letter: b(ool), i(nteger), u(nsigned), f(loat), c(omplex)."""
    made = object.__new__(dtype)
    made.name, made.kind, made.itemsize = name, kind, itemsize
    made.is_floating_point, made.is_complex = kind == "f", kind == "c"
    made.is_signed = kind not in "bu" and name != "float8_e8m0fnu"  # that has exponents only
    if hasattr(np, name):
        made.dtype = np.dtype(name)
        made.char, made.num, made.type = made.dtype.char, made.dtype.num, made.dtype.type
    return made


float16 = half = _declared("float16", "f", 2)
float32 = float = _declared("float32", "f", 4)
float64 = double = _declared("float64", "f", 8)
uint8 = _declared("uint8", "u", 1)
int8 = _declared("int8", "i", 1)
int16 = short = _declared("int16", "i", 2)
int32 = int = _declared("int32", "i", 4)
int64 = long = _declared("int64", "i", 8)
bool = _declared("bool", "b", 1)

SHOWN = {
    one.dtype: one for one in (float16, float32, float64, uint8, int8, int16, int32, int64, bool)
}
"""What Tensors can hold: NumPy's dtype, and the one that users see."""

# By name only.
bfloat16 = _declared("bfloat16", "f", 2)
float8_e4m3fn = _declared("float8_e4m3fn", "f", 1)
float8_e4m3fnuz = _declared("float8_e4m3fnuz", "f", 1)
float8_e5m2 = _declared("float8_e5m2", "f", 1)
float8_e5m2fnuz = _declared("float8_e5m2fnuz", "f", 1)
float8_e8m0fnu = _declared("float8_e8m0fnu", "f", 1)
complex32 = chalf = _declared("complex32", "c", 4)
complex64 = cfloat = _declared("complex64", "c", 8)
complex128 = cdouble = _declared("complex128", "c", 16)
uint16 = _declared("uint16", "u", 2)
uint32 = _declared("uint32", "u", 4)
uint64 = _declared("uint64", "u", 8)
qint8 = _declared("qint8", "i", 1)
qint32 = _declared("qint32", "i", 4)
quint8 = _declared("quint8", "u", 1)

_REAL = {complex32: float16, complex64: float32, complex128: float64}

_REMEDIES = {
    "bfloat16": "; use float32",
    "complex": "; keep the real and the imaginary part in Tensors of their own",
    "float8": "; use float16 or float32",
    "q": "; there is no quantization here",
    "uint": "; use int64",
}


_KNOWN: dict[Any, np.dtype] = {
    builtins.bool: bool.dtype,
    builtins.int: int64.dtype,
    builtins.float: float64.dtype,
    **{own: own for own in SHOWN},
    **{own.type: own for own in SHOWN},
}


def canonical(dtype: Any, operator: str = "dtype") -> np.dtype:
    """``dtype`` (ours, NumPy's or Python's name for it) as NumPy's own.

    Raises TypeError for what a Tensor cannot hold: complex, extended precision, text, objects.

    Example:

        >>> from autotensor.extend import canonical
        >>> canonical(at.float32), canonical("float64"), canonical(int)
        (dtype('float32'), dtype('float64'), dtype('int64'))
    """
    found = _KNOWN.get(getattr(dtype, "dtype", None) if dtype.__class__ is _Dtype else dtype)
    return _looked_up(dtype, operator) if found is None else found


def _looked_up(given: Any, operator: str) -> np.dtype:
    """``canonical`` of what is seldom given."""
    known = ", ".join(sorted(one.name for one in SHOWN.values()))
    named = globals().get(given) if isinstance(given, str) else None
    if isinstance(named, dtype) and named not in SHOWN.values():
        given = named  # which there is by name only
    if isinstance(given, dtype):
        name = given.name
    else:
        try:
            found = np.dtype(given)
        except TypeError:
            near = _near(given, known.split(", "))
            hint = f"did you mean {near!r}?" if near else f"expected {known}"
            raise TypeError(f"{operator}: {given!r} is no dtype; {hint}") from None
        found = found if found.isnative else found.newbyteorder("=")
        if found in SHOWN:
            return found
        name = str(found)
    remedy = next((words for start, words in _REMEDIES.items() if name.startswith(start)), "")
    raise TypeError(f"{operator}: dtype {name} is not supported; expected one of {known}{remedy}")


def _near(given: Any, known: list[str]) -> str | None:
    """What ``given``, if a string, was meant to be."""
    import difflib  # which takes a millisecond to import

    near = difflib.get_close_matches(given, known, 1) if isinstance(given, str) else []
    return near[0] if near else None


# -- shapes ----------------------------------------------------------------------------------------


class Size(tuple[builtins.int, ...]):
    """The sizes of a Tensor's dimensions: a tuple of ints, printed as ``torch.Size([2, 3])``.

    Parts of one, and what is put together with others, are Sizes too.

    Raises:
        TypeError: something in it is no int.

    Example:

        >>> shape = at.zeros(2, 3, 4).shape
        >>> shape[1:], shape.numel(), shape == (2, 3, 4)
        (torch.Size([3, 4]), 24, True)
    """

    __slots__ = ()

    def __new__(cls, sizes: Iterable[Any] = ()) -> Size:
        found: list[builtins.int] = []
        for one in sizes:
            try:
                found.append(operator.index(one))
            except TypeError:
                what = type(one).__name__
                if hasattr(one, "dtype"):
                    what += f" of shape {one.shape} and dtype {one.dtype}"
                raise TypeError(
                    f"Size: takes an iterable of ints, but item {len(found)} is {what}"
                ) from None
        return tuple.__new__(cls, found)

    def numel(self) -> builtins.int:
        """How many elements there are in such a shape.

        Example:

            >>> at.Size([2, 3, 4]).numel()
            24
        """
        return math.prod(self)

    if not TYPE_CHECKING:  # who take the types of a tuple

        def __getitem__(self, index: Any) -> Any:
            part = tuple.__getitem__(self, index)
            return tuple.__new__(Size, part) if isinstance(index, slice) else part

        def __add__(self, other: Any) -> Any:
            if not isinstance(other, tuple):
                return NotImplemented
            return tuple.__new__(Size, tuple.__add__(self, other))

        def __radd__(self, other: Any) -> Any:
            if not isinstance(other, tuple):
                return NotImplemented
            return tuple.__new__(Size, tuple.__add__(other, self))

        def __mul__(self, count: SupportsIndex) -> Size:
            return tuple.__new__(Size, tuple.__mul__(self, count))

        __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __str__(self) -> str:
        return tuple.__repr__(self) if _for_a_message() else repr(self)

    def __format__(self, spec: str) -> str:
        return format(tuple.__repr__(self) if _for_a_message() else repr(self), spec)


def steps_of(array: np.ndarray) -> tuple[builtins.int, ...]:
    """The strides of ``array`` in elements.  NumPy has 0 for a new dimension of size 1 and where
    there are no elements; PyTorch's step over all that is behind."""
    steps: list[builtins.int] = []
    behind = 1
    for size, stride in zip(array.shape[::-1], array.strides[::-1], strict=True):
        unused = stride == 0 and (size == 1 or not array.size)
        steps.append(behind if unused else stride // array.itemsize)
        behind = steps[-1] * max(size, 1)
    return tuple(steps[::-1])
