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
    """Tensors of dtype float32 on a GPU: there are none."""


class DoubleTensor(Tensor, metaclass=tensortype, of=facts.float64, is_cuda=True):
    """Tensors of dtype float64 on a GPU: there are none."""


class HalfTensor(Tensor, metaclass=tensortype, of=facts.float16, is_cuda=True):
    """Tensors of dtype float16 on a GPU: there are none."""


class BFloat16Tensor(Tensor, metaclass=tensortype, of=facts.bfloat16, is_cuda=True):
    """Tensors of dtype bfloat16 on a GPU: there are none."""


class ByteTensor(Tensor, metaclass=tensortype, of=facts.uint8, is_cuda=True):
    """Tensors of dtype uint8 on a GPU: there are none."""


class CharTensor(Tensor, metaclass=tensortype, of=facts.int8, is_cuda=True):
    """Tensors of dtype int8 on a GPU: there are none."""


class ShortTensor(Tensor, metaclass=tensortype, of=facts.int16, is_cuda=True):
    """Tensors of dtype int16 on a GPU: there are none."""


class IntTensor(Tensor, metaclass=tensortype, of=facts.int32, is_cuda=True):
    """Tensors of dtype int32 on a GPU: there are none."""


class LongTensor(Tensor, metaclass=tensortype, of=facts.int64, is_cuda=True):
    """Tensors of dtype int64 on a GPU: there are none."""


class BoolTensor(Tensor, metaclass=tensortype, of=facts.bool, is_cuda=True):
    """Tensors of dtype bool on a GPU: there are none."""
