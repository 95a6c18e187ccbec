"""Types of Tensors on a GPU, for programs that choose between these and the others by
``cuda.is_available()``.  None has a member, and calling one raises a RuntimeError.
"""

from __future__ import annotations

from autotensor import facts
from autotensor.engine.tensor import Tensor
from autotensor.tensor_types import tensortype

__all__ = [
    "BFloat16Tensor", "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor",
    "HalfTensor", "IntTensor", "LongTensor", "ShortTensor",
]  # fmt: skip


class FloatTensor(Tensor, metaclass=tensortype, of=facts.float32, is_cuda=True):
    """Tensors of dtype float32 on a GPU: there are none.

    Example:

        >>> isinstance(at.zeros(2), at.cuda.FloatTensor)
        False
    """


class DoubleTensor(Tensor, metaclass=tensortype, of=facts.float64, is_cuda=True):
    """Tensors of dtype float64 on a GPU: there are none.

    Example:

        >>> Tensor = at.cuda.DoubleTensor if at.cuda.is_available() else at.DoubleTensor
        >>> Tensor([1, 2]).dtype
        torch.float64
    """


class HalfTensor(Tensor, metaclass=tensortype, of=facts.float16, is_cuda=True):
    """Tensors of dtype float16 on a GPU: there are none.

    Example:

        >>> isinstance(at.zeros(2).half(), at.cuda.HalfTensor)
        False
    """


class BFloat16Tensor(Tensor, metaclass=tensortype, of=facts.bfloat16, is_cuda=True):
    """Tensors of dtype bfloat16 on a GPU: there are none.

    Example:

        >>> isinstance(at.zeros(2), at.cuda.BFloat16Tensor)
        False
    """


class ByteTensor(Tensor, metaclass=tensortype, of=facts.uint8, is_cuda=True):
    """Tensors of dtype uint8 on a GPU: there are none.

    Example:

        >>> isinstance(at.zeros(2).byte(), at.cuda.ByteTensor)
        False
    """


class CharTensor(Tensor, metaclass=tensortype, of=facts.int8, is_cuda=True):
    """Tensors of dtype int8 on a GPU: there are none.

    Example:

        >>> isinstance(at.zeros(2).char(), at.cuda.CharTensor)
        False
    """


class ShortTensor(Tensor, metaclass=tensortype, of=facts.int16, is_cuda=True):
    """Tensors of dtype int16 on a GPU: there are none.

    Example:

        >>> isinstance(at.zeros(2).short(), at.cuda.ShortTensor)
        False
    """


class IntTensor(Tensor, metaclass=tensortype, of=facts.int32, is_cuda=True):
    """Tensors of dtype int32 on a GPU: there are none.

    Example:

        >>> isinstance(at.zeros(2).int(), at.cuda.IntTensor)
        False
    """


class LongTensor(Tensor, metaclass=tensortype, of=facts.int64, is_cuda=True):
    """Tensors of dtype int64 on a GPU: there are none.

    Example:

        >>> Tensor = at.cuda.LongTensor if at.cuda.is_available() else at.LongTensor
        >>> Tensor([1, 2]).dtype
        torch.int64
    """


class BoolTensor(Tensor, metaclass=tensortype, of=facts.bool, is_cuda=True):
    """Tensors of dtype bool on a GPU: there are none.

    Example:

        >>> isinstance(at.zeros(2).bool(), at.cuda.BoolTensor)
        False
    """
