"""Types of Tensors by their elements, ``FloatTensor`` and its kin, and ``x.type()``.

They come from the time before dtypes.  Calling one makes a Tensor of that dtype, and
``isinstance(x, FloatTensor)`` asks for the dtype: a Tensor itself is always just a Tensor.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor import facts
from autotensor.creation import new_by
from autotensor.device import ONLY_CPU, need_cpu
from autotensor.doors import explained
from autotensor.engine.dtypes import canonical, get_default_dtype
from autotensor.engine.tensor import Tensor, method
from autotensor.keywords import refuse_unknown
from autotensor.operators.structure.copying import to

__all__ = [
    "BFloat16Tensor", "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor",
    "HalfTensor", "IntTensor", "LongTensor", "ShortTensor",
]  # fmt: skip


class tensortype(type):
    """What ``FloatTensor`` is: a type whose members are the Tensors of a dtype on a device.

    Attributes:
        dtype: that of its members.
        is_cuda: whether they would be on a GPU, where there are none here.
    """

    dtype: facts.dtype
    is_cuda: bool

    def __new__(
        cls, name: str, bases: Any, space: Any, of: facts.dtype, is_cuda: bool = False
    ) -> tensortype:
        made = super().__new__(cls, name, bases, space | {"__slots__": (), "dtype": of})
        made.is_cuda = is_cuda
        return made

    def __init__(cls, name: str, bases: Any, space: Any, **more: Any) -> None:
        super().__init__(name, bases, space)

    @property
    def name(cls) -> str:
        """What ``x.type()`` calls it, ``'torch.FloatTensor'``."""
        return f"torch.{'cuda.' * cls.is_cuda}{cls.__name__}"

    def __call__(cls, *data: Any, device: Any = None, **named: Any) -> Any:
        """What ``Tensor(*data)`` makes, in this dtype."""
        if cls.is_cuda:
            raise RuntimeError(f"{cls.name}: there is no CUDA device; {ONLY_CPU}")
        try:
            need_cpu(device)
            if named.keys() - {"data"}:
                refuse_unknown(cls.__name__, min(named.keys() - {"data"}), ("data", "device"))
            return new_by(
                cls.__name__, (*data, *named.values()), canonical(cls.dtype, cls.__name__)
            )
        except Exception as error:
            # Not "from error": ``explained`` has set the cause, or it is the error itself.
            raise explained(error, cls.__name__, data, named | {"device": device})  # noqa: B904

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, Tensor) and value.dtype is cls.dtype and not cls.is_cuda

    def __repr__(cls) -> str:
        return f"<class '{cls.name}'>"


class FloatTensor(Tensor, metaclass=tensortype, of=facts.float32):
    """Tensors of dtype float32.  ``FloatTensor(data)``, ``FloatTensor(2, 3)``: see ``Tensor``.

    Example:

        >>> at.FloatTensor([1, 2])
        tensor([1., 2.])
        >>> isinstance(at.zeros(2), at.FloatTensor), isinstance(at.arange(2), at.FloatTensor)
        (True, False)
    """


class DoubleTensor(Tensor, metaclass=tensortype, of=facts.float64):
    """Tensors of dtype float64.  ``DoubleTensor(data)``, ``DoubleTensor(2, 3)``: see ``Tensor``.

    Example:

        >>> isinstance(at.DoubleTensor([1, 2]), at.DoubleTensor)
        True
    """


class HalfTensor(Tensor, metaclass=tensortype, of=facts.float16):
    """Tensors of dtype float16.  ``HalfTensor(data)``, ``HalfTensor(2, 3)``: see ``Tensor``.

    Example:

        >>> at.HalfTensor([1, 2]).dtype
        torch.float16
    """


class BFloat16Tensor(Tensor, metaclass=tensortype, of=facts.bfloat16):
    """Tensors of dtype bfloat16, of which there are none here: a name to ask with.

    Example:

        >>> isinstance(at.zeros(2), at.BFloat16Tensor)
        False
    """


class ByteTensor(Tensor, metaclass=tensortype, of=facts.uint8):
    """Tensors of dtype uint8.  ``ByteTensor(data)``, ``ByteTensor(2, 3)``: see ``Tensor``.

    Example:

        >>> at.ByteTensor([255, 0]) + 1  # wraps around
        tensor([0, 1], dtype=uint8)
    """


class CharTensor(Tensor, metaclass=tensortype, of=facts.int8):
    """Tensors of dtype int8.  ``CharTensor(data)``, ``CharTensor(2, 3)``: see ``Tensor``.

    Example:

        >>> at.CharTensor([127]) + 1
        tensor([-128], dtype=int8)
    """


class ShortTensor(Tensor, metaclass=tensortype, of=facts.int16):
    """Tensors of dtype int16.  ``ShortTensor(data)``, ``ShortTensor(2, 3)``: see ``Tensor``.

    Example:

        >>> at.ShortTensor([1, 2]).dtype
        torch.int16
    """


class IntTensor(Tensor, metaclass=tensortype, of=facts.int32):
    """Tensors of dtype int32.  ``IntTensor(data)``, ``IntTensor(2, 3)``: see ``Tensor``.

    Example:

        >>> at.IntTensor([1, 2]).dtype
        torch.int32
    """


class LongTensor(Tensor, metaclass=tensortype, of=facts.int64):
    """Tensors of dtype int64.  ``LongTensor(data)``, ``LongTensor(2, 3)``: see ``Tensor``.

    Example:

        >>> targets = at.LongTensor([2, 0, 1])
        >>> targets.dtype == at.int64
        True
    """


class BoolTensor(Tensor, metaclass=tensortype, of=facts.bool):
    """Tensors of dtype bool.  ``BoolTensor(data)``, ``BoolTensor(2, 3)``: see ``Tensor``.

    Example:

        >>> at.arange(3)[at.BoolTensor([True, False, True])]
        tensor([0, 2])
    """


TYPES: dict[str, tensortype] = {
    one.name: one
    for one in (
        FloatTensor, DoubleTensor, HalfTensor, BFloat16Tensor, ByteTensor, CharTensor, ShortTensor,
        IntTensor, LongTensor, BoolTensor,
    )
}  # fmt: skip
"""By the name that ``x.type()`` gives."""

_NAMES = {one.dtype: name for name, one in TYPES.items()}


def _of_type(self: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The name of this Tensor's type, ``'torch.FloatTensor'``; or this Tensor in another dtype,
    given as such, as a type of Tensors, or as the name of one.

    Raises:
        ValueError: no such type.
        RuntimeError: a type of Tensors on a GPU.
        TypeError: neither a type, nor a name, nor a dtype.

    Example:

        >>> x = at.tensor([1.5, 2.5])
        >>> x.type()
        'torch.FloatTensor'
        >>> x.type(at.int64), x.type("torch.DoubleTensor").dtype
        (tensor([1, 2]), torch.float64)
    """
    return _NAMES[self.dtype] if dtype is None else to(self, _dtype_named(dtype))


def _dtype_named(given: Any) -> Any:
    if isinstance(given, (facts.dtype, np.dtype)):
        return canonical(given, "type")
    if given is Tensor or given == "torch.Tensor":
        return get_default_dtype()
    if not isinstance(given, (str, type)):
        raise TypeError(
            f"type: dtype must be a type of Tensors, a name of one, or a dtype, got "
            f"{type(given).__name__}"
        )
    name = given if isinstance(given, str) else getattr(given, "name", given.__name__)
    if name.startswith("torch.cuda."):
        raise RuntimeError(f"type: {name}: there is no CUDA device; {ONLY_CPU}")
    if name not in TYPES:
        raise ValueError(f"type: {name!r} is none; there are {', '.join(TYPES)}")
    return canonical(TYPES[name].dtype, "type")


_of_type.__name__ = "type"  # which the sources of this file need for Python's own
method(_of_type, "type")
