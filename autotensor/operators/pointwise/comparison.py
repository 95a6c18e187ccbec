"""Comparisons, tests of single elements, and operators on truth values and bits.

None has a derivative.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor.array_likes import beside_a_tensor
from autotensor.engine import dtypes
from autotensor.engine.operator import binary, function_only, unary
from autotensor.engine.tensor import Tensor, method, raw, wrap
from autotensor.foreign import is_foreign
from autotensor.kernels.elementwise import close, without_bools
from autotensor.keywords import also_called
from autotensor.machine.error_state import silent
from autotensor.operators.arguments import common_shape, need_alike, need_tensor, need_tensors
from autotensor.operators.faces import python_operator

__all__ = [
    "allclose", "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or",
    "bitwise_right_shift", "bitwise_xor", "eq", "equal", "ge", "greater", "greater_equal", "gt",
    "is_nonzero", "is_same_size", "is_tensor", "isclose", "isfinite", "isin", "isinf", "isnan",
    "isneginf", "isposinf", "isreal", "le", "less", "less_equal", "logical_and", "logical_not",
    "logical_or", "logical_xor", "lt", "ne", "not_equal", "signbit",
]  # fmt: skip


# -- two elements ----------------------------------------------------------------------------------


@binary(np.equal, in_place=True)
def eq(input: Any, other: Any) -> Any:
    """``input == other``, a bool Tensor.

    Shapes that broadcast to ``(*)`` give ``(*)``, of bools.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> predicted, target = at.tensor([2, 0, 1, 1]), at.tensor([2, 0, 1, 0])
        >>> predicted == target
        tensor([ True,  True,  True, False])
        >>> (predicted == target).float().mean()  # the accuracy
        tensor(0.7500)
    """


@binary(np.not_equal, in_place=True)
def ne(input: Any, other: Any) -> Any:
    """``input != other``, a bool Tensor.

    Shapes that broadcast to ``(*)`` give ``(*)``, of bools.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> tokens = at.tensor([[5, 9, 0], [7, 0, 0]])
        >>> tokens != 0
        tensor([[ True,  True, False],
                [ True, False, False]])
        >>> (tokens != 0).sum(dim=1)  # their lengths without padding
        tensor([2, 1])
    """


@python_operator("lt", alone=True)
@binary(np.less, in_place=True)
def lt(input: Any, other: Any) -> Any:
    """``input < other``, a bool Tensor.

    Shapes that broadcast to ``(*)`` give ``(*)``, of bools.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> at.tensor([1, 2, 3]) < at.tensor([3, 2, 1])
        tensor([ True, False, False])
        >>> at.arange(4) < at.tensor([[1], [3]])  # a mask of two lengths
        tensor([[ True, False, False, False],
                [ True,  True,  True, False]])
    """


@python_operator("le", alone=True)
@binary(np.less_equal, in_place=True)
def le(input: Any, other: Any) -> Any:
    """``input <= other``, a bool Tensor.

    Shapes that broadcast to ``(*)`` give ``(*)``, of bools.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> at.tensor([1, 2, 3]) <= 2
        tensor([ True,  True, False])
    """


@python_operator("gt", alone=True)
@binary(np.greater, in_place=True)
def gt(input: Any, other: Any) -> Any:
    """``input > other``, a bool Tensor.

    Shapes that broadcast to ``(*)`` give ``(*)``, of bools.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> x = at.tensor([0.2, 0.9, 0.6])
        >>> (x > 0.5).int()
        tensor([0, 1, 1], dtype=int32)
    """


@python_operator("ge", alone=True)
@binary(np.greater_equal, in_place=True)
def ge(input: Any, other: Any) -> Any:
    """``input >= other``, a bool Tensor.

    Shapes that broadcast to ``(*)`` give ``(*)``, of bools.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> i = at.arange(3)
        >>> i.unsqueeze(1) >= i  # a causal mask
        tensor([[ True, False, False],
                [ True,  True, False],
                [ True,  True,  True]])
    """


def equal(input: Any, other: Any) -> bool:
    """Whether two Tensors have the same shape and the same elements.

    Raises:
        TypeError: one is no Tensor.

    Example:

        >>> x = at.tensor([1, 2])
        >>> at.equal(x, at.tensor([1, 2])), at.equal(x, at.tensor([[1, 2]]))
        (True, False)
    """
    need_tensors("equal", input=input, other=other)
    return np.array_equal(input.array, other.array)


def is_same_size(input: Any, other: Any) -> bool:
    """Whether two Tensors have the same shape.

    Raises:
        TypeError: one is no Tensor.

    Example:

        >>> x = at.zeros(2, 3)
        >>> at.is_same_size(x, at.ones(2, 3)), at.is_same_size(x, x.T)
        (True, False)
    """
    need_tensors("is_same_size", input=input, other=other)
    return input.shape == other.shape


def is_nonzero(input: Any) -> bool:
    """Whether the only element is not 0.

    ``(1,)``, or any shape of one element.

    Raises:
        RuntimeError: not just one element.

    Example:

        >>> at.is_nonzero(at.tensor([0.0])), at.is_nonzero(at.tensor(-3))
        (False, True)
    """
    need_tensor(input, "is_nonzero")
    return bool(input)


@function_only
def is_tensor(obj: Any) -> bool:
    """Whether ``obj`` is a Tensor.

    Example:

        >>> at.is_tensor(at.zeros(2)), at.is_tensor(np.zeros(2)), at.is_tensor([0, 0])
        (True, False, False)
    """
    return isinstance(obj, Tensor)


def isclose(
    input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    """Where ``|input - other| <= atol + rtol · |other|``, or both are the same infinity.

    NaNs count as close to each other with ``equal_nan``.

    Shapes that broadcast to ``(*)`` give ``(*)``, of bools.

    Raises:
        RuntimeError: different dtypes, or a negative tolerance.

    Example:

        >>> at.isclose(at.tensor([1.0, 1.0]), at.tensor([1.000001, 1.1]))
        tensor([ True, False])
        >>> at.isclose(at.tensor([100.0]), at.tensor([101.0]), rtol=0.02)
        tensor([True])
    """
    need_alike("isclose", input=input, other=other)
    for argument, tolerance in (("rtol", rtol), ("atol", atol)):
        if not tolerance >= 0:  # nor is NaN
            raise RuntimeError(f"isclose: {argument} must not be negative, got {tolerance}")
    x, y = input.array, other.array
    common_shape(f"isclose: shapes {x.shape} and {y.shape} do not broadcast", x.shape, y.shape)
    return wrap(np.asarray(silent().run(close, x, y, rtol, atol, equal_nan)))


def allclose(
    input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Whether ``isclose`` holds everywhere.

    Raises:
        RuntimeError: different dtypes, a negative tolerance, or shapes that do not broadcast.

    Example:

        >>> third = at.tensor([1.0]) / 3
        >>> at.allclose(third + third + third, at.ones(1))
        True
        >>> at.allclose(at.tensor([1e-9]), at.tensor([2e-9]))  # closer than atol
        True
    """
    return bool(isclose(input, other, rtol, atol, equal_nan).array.all())


@function_only
@also_called(element="elements", test_element="test_elements")
def isin(
    elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False
) -> Any:
    """Where ``elements`` are among ``test_elements``, a bool Tensor in the shape of ``elements``.

    One of the two may be a number.  ``assume_unique`` says that neither holds a value twice;
    ``invert`` gives where they are not.

    Raises:
        TypeError: both are numbers.

    Example:

        >>> at.isin(at.tensor([[1, 5], [3, 7]]), at.tensor([3, 5]))
        tensor([[False,  True],
                [ True, False]])
        >>> at.isin(at.tensor([1, 5]), 5, invert=True)
        tensor([ True, False])
    """
    if not isinstance(elements, Tensor) and not isinstance(test_elements, Tensor):
        raise TypeError("isin: elements or test_elements must be a Tensor, got two numbers")
    x, y = (np.asarray(raw(one)) for one in (elements, test_elements))
    if x.dtype.kind not in "biuf" or y.dtype.kind not in "biuf":
        raise TypeError("isin: elements and test_elements must be Tensors or numbers")
    kind = dtypes.promoted(raw(elements), raw(test_elements))
    found = np.isin(x.astype(kind), y.astype(kind), assume_unique=assume_unique, invert=invert)
    return wrap(np.asarray(found))


# -- one element -----------------------------------------------------------------------------------


@unary(np.isnan)
def isnan(input: Any) -> Any:
    """Where ``input`` is NaN.

    ``(*)`` to ``(*)``, of bools.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([1.0, float("nan"), 0.0])
        >>> x.isnan(), x == x  # NaN alone is not equal to itself
        (tensor([False,  True, False]), tensor([ True, False,  True]))
    """


@unary(np.isinf)
def isinf(input: Any) -> Any:
    """Where ``input`` is infinite.

    ``(*)`` to ``(*)``, of bools.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.isinf(at.tensor([1.0, float("inf"), float("-inf"), float("nan")]))
        tensor([False,  True,  True, False])
    """


@unary(np.isfinite)
def isfinite(input: Any) -> Any:
    """Where ``input`` is neither infinite nor NaN.

    ``(*)`` to ``(*)``, of bools.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> gradient = at.tensor([1.0, float("inf"), float("nan")])
        >>> gradient.isfinite(), gradient.isfinite().all()
        (tensor([ True, False, False]), tensor(False))
    """


@unary(lambda x: np.equal(x, np.inf))
def isposinf(input: Any) -> Any:
    """Where ``input`` is +infinity.

    ``(*)`` to ``(*)``, of bools.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.isposinf(at.tensor([float("inf"), float("-inf"), 1.0]))
        tensor([ True, False, False])
    """


@unary(lambda x: np.equal(x, -np.inf))
def isneginf(input: Any) -> Any:
    """Where ``input`` is -infinity.

    ``(*)`` to ``(*)``, of bools.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.isneginf(at.tensor([float("inf"), float("-inf"), 1.0]))
        tensor([False,  True, False])
    """


@unary(lambda x: np.ones(np.shape(x), np.bool_))
def isreal(input: Any) -> Any:
    """True everywhere: there are no complex dtypes.

    ``(*)`` to ``(*)``, of bools.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.isreal(at.tensor([1.0, -2.0]))
        tensor([True, True])
    """


@unary(lambda x: np.signbit(x) if np.asarray(x).dtype.kind == "f" else np.less(x, 0))
def signbit(input: Any) -> Any:
    """Where the sign is set: below 0, and at -0.0.

    ``(*)`` to ``(*)``, of bools.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> at.signbit(at.tensor([-2.0, -0.0, 0.0, 3.0]))
        tensor([ True,  True, False, False])
    """


# -- truth values ----------------------------------------------------------------------------------


@binary(np.logical_and, in_place=True)
def logical_and(input: Any, other: Any) -> Any:
    """Where both are true (not 0).

    Shapes that broadcast to ``(*)`` give ``(*)``, of bools.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> x = at.tensor([-1.0, 0.5, 2.0])
        >>> at.logical_and(x > 0, x < 1)
        tensor([False,  True, False])
        >>> at.logical_and(at.tensor([3, 3, 0]), at.tensor([5, 0, 0]))
        tensor([ True, False, False])
    """


@binary(np.logical_or, in_place=True)
def logical_or(input: Any, other: Any) -> Any:
    """Where one is true (not 0).

    Shapes that broadcast to ``(*)`` give ``(*)``, of bools.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> x = at.tensor([-1.0, 0.5, 2.0])
        >>> at.logical_or(x < 0, x > 1)
        tensor([ True, False,  True])
    """


@binary(np.logical_xor, in_place=True)
def logical_xor(input: Any, other: Any) -> Any:
    """Where just one is true (not 0).

    Shapes that broadcast to ``(*)`` give ``(*)``, of bools.

    Raises:
        RuntimeError: the shapes do not broadcast.

    Example:

        >>> bits = at.tensor([False, False, True, True]), at.tensor([False, True, False, True])
        >>> at.logical_xor(*bits)
        tensor([False,  True,  True, False])
    """


@unary(np.logical_not, in_place=True)
def logical_not(input: Any) -> Any:
    """Where ``input`` is false (0).

    ``(*)`` to ``(*)``, of bools.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> padding = at.tensor([False, False, True])
        >>> at.logical_not(padding), ~padding
        (tensor([ True,  True, False]), tensor([ True,  True, False]))
    """


# -- bits ------------------------------------------------------------------------------------------


@python_operator("and")
@binary(np.bitwise_and, in_place=True)
def bitwise_and(input: Any, other: Any) -> Any:
    """Bits set in both; integers and bools.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: floating-point numbers, or shapes that do not broadcast.

    Example:

        >>> at.tensor([6, 12]) & 4  # 0110 and 1100 have 0100
        tensor([4, 4])
        >>> at.tensor([True, True]) & at.tensor([True, False])
        tensor([ True, False])
    """


@python_operator("or")
@binary(np.bitwise_or, in_place=True)
def bitwise_or(input: Any, other: Any) -> Any:
    """Bits set in one or both; integers and bools.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: floating-point numbers, or shapes that do not broadcast.

    Example:

        >>> at.tensor([6, 8]) | 1
        tensor([7, 9])
    """


@python_operator("xor")
@binary(np.bitwise_xor, in_place=True)
def bitwise_xor(input: Any, other: Any) -> Any:
    """Bits set in just one; integers and bools.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: floating-point numbers, or shapes that do not broadcast.

    Example:

        >>> at.tensor([6, 5]) ^ 5  # 0110 and 0101 differ in 0011
        tensor([3, 0])
    """


@python_operator("invert", alone=True)
@unary(np.invert, in_place=True)
def bitwise_not(input: Any) -> Any:
    """All bits turned; integers and bools.

    ``(*)`` to ``(*)``, of the same dtype.

    Raises:
        RuntimeError: floating-point numbers.

    Example:

        >>> ~at.tensor([0, 5, -1])
        tensor([-1, -6,  0])
        >>> ~at.tensor([True, False])
        tensor([False,  True])
    """


@python_operator("lshift")
@binary(without_bools(np.left_shift), in_place=True)
def bitwise_left_shift(input: Any, other: Any) -> Any:
    """``input · 2^other``: the bits moved left; integers.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: floating-point numbers, or shapes that do not broadcast.

    Example:

        >>> at.tensor([1, 3]) << 2
        tensor([ 4, 12])
    """


@python_operator("rshift")
@binary(without_bools(np.right_shift), in_place=True)
def bitwise_right_shift(input: Any, other: Any) -> Any:
    """``⌊input / 2^other⌋``: the bits moved right, the sign kept; integers.

    Shapes that broadcast to ``(*)`` give ``(*)``; dtypes are promoted.

    Raises:
        RuntimeError: floating-point numbers, or shapes that do not broadcast.

    Example:

        >>> at.tensor([12, -5]) >> 1
        tensor([ 6, -3])
    """


# PyTorch's other names for the same things.
not_equal, less, less_equal, greater, greater_equal = ne, lt, le, gt, ge


@method
def __contains__(self: Tensor, value: Any) -> bool:
    if not isinstance(value, (Tensor, int, float, np.generic)):
        raise RuntimeError(
            f"in: expected a Tensor or a number to look for, got {type(value).__name__}"
        )
    return bool(np.any(self.array == (value.array if isinstance(value, Tensor) else value)))


def _or_identity(compare: Any) -> Any:
    """``compare``, but a Tensor equals nothing that is no number: Python then compares identity.
    That would be a wrong answer about an array of another library, which is refused."""

    def compared(self: Tensor, other: Any) -> Any:
        known = isinstance(other, (Tensor, np.ndarray, np.generic, int, float))
        if known or is_foreign(other):
            return compare(self, other)
        read = beside_a_tensor(compare.__name__, self, other)
        return compare(*read) if read else NotImplemented

    return compared


method(_or_identity(eq), "__eq__")
method(_or_identity(ne), "__ne__")
