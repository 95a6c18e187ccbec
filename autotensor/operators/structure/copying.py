"""Copies: clone, casts to another dtype, fill; and what is computed in a wider dtype, float32."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor import facts
from autotensor.creation import zeros_like
from autotensor.device import target_of
from autotensor.engine import dtypes
from autotensor.engine.in_place import in_place
from autotensor.engine.operator import function_only, has_in_place, operator
from autotensor.engine.tensor import Tensor, method, raw
from autotensor.operators.arguments import need_room, need_tensor, refuse_bool

__all__ = [
    "clone", "conj", "conj_physical", "fill", "positive", "real", "resolve_conj", "resolve_neg",
    "to",
]  # fmt: skip


@operator(input=lambda g: g)
def clone(input: Any) -> Any:
    """A copy of ``input`` with memory of its own.  d input = g.

    ``(*)`` to ``(*)``.

    Example:

        >>> x = at.tensor([1.0, 2.0], requires_grad=True)
        >>> y = x.clone()
        >>> _ = y.mul_(10)  # a leaf itself must not be written
        >>> y.sum().backward()
        >>> x, x.grad
        (tensor([1., 2.], requires_grad=True), tensor([10., 10.]))
    """
    return np.array(need_tensor(input, "clone"))


@operator(input=lambda g: g)
def _cast(input: Any, dtype: Any) -> Any:
    """``input`` in another dtype.  d input = g; the engine casts it back."""
    return np.asarray(input).astype(dtype)


def to(
    input: Any,
    *target: Any,
    dtype: Any = None,
    device: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
) -> Any:
    """``input`` in another dtype; itself if it is so already, unless ``copy``.

    ``to(dtype)``, ``to(device, dtype)`` with the CPU, the only device there is, or ``to(other)``
    for the dtype of another Tensor; ``non_blocking`` and ``copy`` may follow.
    d input = g: in the dtype of ``input``.

    ``(*)`` to ``(*)``.

    Raises:
        TypeError: no dtype that there is here.
        RuntimeError: another device than the CPU.

    Example:

        >>> x = at.tensor([1.7, -1.7], requires_grad=True)
        >>> x.to(at.int64)  # the fraction is cut off
        tensor([ 1, -1])
        >>> y = x.to(at.float64)
        >>> (y * y).sum().backward()
        >>> x.grad.dtype  # the gradient is cast back
        torch.float32
        >>> x.to("cpu") is x
        True
    """
    need_tensor(input, "to")
    wanted, copy = target_of("to", target, dtype, device, copy)
    if wanted is None or wanted == raw(input).dtype:
        return clone(input) if copy else input
    return _cast(input, wanted)


def floating(input: Any, name: str) -> Any:
    """``input``, which must be a Tensor, in the default dtype if it has no floating-point one."""
    need_tensor(input, name)
    return input if input.dtype.kind == "f" else to(input, dtypes.get_default_dtype())


@function_only
@has_in_place
def fill(input: Any, value: Any) -> Any:
    """``value``, a number or a 0-d Tensor, in the shape and dtype of ``input``.

    d input = 0, d value = Σ g.

    ``(*)`` to ``(*)``.

    Raises:
        RuntimeError: a ``value`` with dimensions, or one that the dtype cannot hold.

    Example:

        >>> at.fill(at.zeros(2, 3), 7)
        tensor([[7., 7., 7.],
                [7., 7., 7.]])
        >>> mean = at.tensor(0.5, requires_grad=True)
        >>> at.fill(at.zeros(2, 3), mean).sum().backward()
        >>> mean.grad  # one for each element that it fills
        tensor(6.)
    """
    need_tensor(input, "fill")
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(f"fill: value must be a number or 0-d, got shape {value.shape}")
        value = to(value, input.dtype)
    else:
        value = np.asarray(value)
        need_room(value, input.dtype, "fill")
    return _filled_like(input, value)


@operator(title="fill", input=lambda g: zeros_like(g), value=lambda g: g)
def _filled_like(input: Any, value: Any) -> Any:
    """Value and derivative of ``fill`` for a value of the right dtype."""
    return np.full_like(input, value)


def depending(input: Any, value: Any) -> Any:
    """``value``, with a derivative by ``input`` that is 0 and not none.

    So the derivative of a line with bends, such as ``relu``, is part of a graph: the Hessian of a
    net of them holds zeros, and a penalty on its gradient reaches every bias, as in PyTorch.
    """
    return _depending(input, value) if isinstance(value, Tensor) else value


@operator(input=lambda g: zeros_like(g), value=lambda g: g)
def _depending(input: Any, value: Any) -> Any:
    """``value``, as something that depends on ``input``.  d input = 0, d value = g."""
    return value


def positive(input: Any) -> Any:
    """``input`` itself; refuses bools, as ``neg`` does.

    Raises:
        RuntimeError: bools.

    Example:

        >>> x = at.tensor([-1.0, 2.0])
        >>> +x is x, at.positive(x)  # no absolute value
        (True, tensor([-1.,  2.]))
    """
    refuse_bool(input, "positive")
    return input


@function_only
def real(input: Any) -> Any:
    """``input`` itself: there are no complex dtypes.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([3.0, -4.0])
        >>> at.real(x) is x
        True
    """
    need_tensor(input, "real")
    return input


@has_in_place
def conj_physical(input: Any) -> Any:
    """``input`` itself: there are no complex dtypes.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([3.0, -4.0])
        >>> at.conj_physical(x) is x
        True
    """
    need_tensor(input, "conj_physical")
    return input


def conj(input: Any) -> Any:
    """``input`` itself: there are no complex dtypes.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> a = at.arange(4.0).reshape(2, 2)
        >>> at.equal(a.conj().mT, a.mH)
        True
    """
    need_tensor(input, "conj")
    return input


def resolve_conj(input: Any) -> Any:
    """``input`` itself: nothing is put off.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([1.0, 2.0])
        >>> x.conj().resolve_conj() is x
        True
    """
    need_tensor(input, "resolve_conj")
    return input


def resolve_neg(input: Any) -> Any:
    """``input`` itself: nothing is put off.

    Raises:
        TypeError: ``input`` is no Tensor.

    Example:

        >>> x = at.tensor([1.0, 2.0])
        >>> x.resolve_neg() is x
        True
    """
    need_tensor(input, "resolve_neg")
    return input


def apart(result: Any, input: Any) -> Any:
    """``result``, copied if it shares memory with ``input``: a write to one must not be to both."""
    return clone(result) if np.may_share_memory(raw(result), raw(input)) else result


def _computed_in(wide: np.dtype, *narrow: np.dtype) -> Callable[..., Any]:
    """Decorates an operator for whose sums some dtypes are too coarse.

    Where its first argument is of one of ``narrow``, everything that is so goes in as ``wide``, and
    the result comes out in the narrow dtype again, as PyTorch does it.
    """

    def declare(compute: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(compute)
        def call(input: Any, *args: Any, **settings: Any) -> Any:
            own = raw(input).dtype
            if own not in narrow:
                return compute(input, *args, **settings)
            widened = [
                to(one, wide) if getattr(one, "dtype", None) == own else one
                for one in (input, *args)
            ]
            return to(compute(*widened, **settings), own)

        return call

    return declare


computed_in_float32 = _computed_in(dtypes.float32, dtypes.float16)
computed_in_float64 = _computed_in(dtypes.float64, dtypes.float16, dtypes.float32)


# -- as methods ------------------------------------------------------------------------------------


def _converter(dtype: Any, name: str) -> Any:
    def convert(self: Tensor) -> Tensor:
        return to(self, dtype)

    convert.__name__ = name
    convert.__doc__ = f"""This Tensor as {dtype.name}: ``(*)`` to ``(*)``.  d input = g.

    Example:

        >>> at.tensor([0, 1]).{name}().dtype
        torch.{dtype.name}
    """
    return convert


for name in ("half", "float", "double", "bool", "short", "int", "long"):
    method(_converter(getattr(facts, name), name), name)
method(_converter(dtypes.uint8, "byte"), "byte")
method(_converter(dtypes.int8, "char"), "char")


@method
def bfloat16(self: Tensor) -> Tensor:
    """Raises TypeError: NumPy has no such numbers; stay with float32.

    Example:

        >>> at.ones(2).bfloat16()  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        TypeError: bfloat16: ...; stay with float32
    """
    raise TypeError("bfloat16: NumPy has no numbers of this dtype; stay with float32")


@method
def type_as(self: Tensor, other: Tensor) -> Tensor:
    """This Tensor in the dtype of ``other``.

    ``(*)`` to ``(*)``.

    Example:

        >>> counts = at.tensor([1, 2, 3])
        >>> weights = at.tensor([0.5, 0.25, 0.125])
        >>> counts.type_as(weights)
        tensor([1., 2., 3.])
    """
    return to(self, other.dtype)


def zero(input: Any) -> Any:
    """0 in the shape and dtype of ``input``.  d input = 0.

    Example:

        >>> total = at.ones(2, 2)
        >>> total.zero_()
        tensor([[0., 0.],
                [0., 0.]])
    """
    return fill(input, 0)


method(in_place(zero), "zero_")
method(property(lambda self: self), "real")
method(lambda self: self, "__pos__")
