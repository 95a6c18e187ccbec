"""Memory shared with other libraries: DLPack, and Python's buffers.

``torch.from_dlpack(x)``, ``jax.numpy.from_dlpack(x)``, ``numpy.from_dlpack(x)`` and
``memoryview(x)`` (from Python 3.12 on) see the memory of a Tensor.  NumPy does the work: it is an
ndarray that is handed over.  ``from_dlpack`` and ``frombuffer`` are the ways back.

The graph does not see what another library writes: call ``mark_written()`` on a Tensor that an
operator has used before.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor.creation import from_numpy, made
from autotensor.device import need_cpu
from autotensor.engine import dtypes
from autotensor.engine.tensor import Tensor, method
from autotensor.foreign import DLDeviceType, array_on
from autotensor.operators.arguments import need_tensor_itself

__all__ = ["from_dlpack", "frombuffer", "to_dlpack"]

_VERSIONED = np.lib.NumpyVersion(np.__version__) >= "2.1.0"
"""Whether an ndarray can say in a capsule that it must not be written, and be asked for a copy."""


def _lent(tensor: Tensor, caller: str) -> np.ndarray:
    """The array of ``tensor``, for others to hold.

    BufferError is what the two protocols, and PyTorch, raise.
    """
    if tensor.requires_grad:
        raise BufferError(
            f"{caller}: a Tensor that requires grad cannot be shared with another library, which "
            "does not know its history: give x.detach()"
        )
    return tensor.detach().array  # of which the Tensor knows that it is shared


@method
def __dlpack__(
    self: Tensor,
    *,
    stream: int | None = None,
    max_version: tuple[int, int] | None = None,
    dl_device: tuple[int, int] | None = None,
    copy: bool | None = None,
) -> Any:
    """A capsule of DLPack on this memory; others call it in their ``from_dlpack``.

    Raises:
        BufferError: it requires a gradient, or should come to another device, or it is read-only
            and who asks could not be told so.
        ValueError: a ``stream``, which only devices have.
    """
    if stream not in (None, -1):
        raise ValueError(f"dlpack: the CPU has no streams, got stream={stream!r}")
    if dl_device is not None and tuple(dl_device) != (DLDeviceType.kDLCPU, 0):
        raise BufferError(f"dlpack: a Tensor lies on the CPU, (1, 0), not on {dl_device!r}")
    array = _lent(self, "dlpack")
    if copy:
        array = array.copy()
    if _VERSIONED and max_version is not None and max_version[0] >= 1:
        return array.__dlpack__(max_version=max_version)
    if not array.flags.writeable:
        raise BufferError(
            "dlpack: this Tensor must not be written, as after expand(), and who asks for it could "
            "not be told so: give x.clone()"
        )
    return array.__dlpack__()


@method
def __dlpack_device__(self: Tensor) -> tuple[int, int]:
    """``(1, 0)``: DLPack's name for the CPU."""
    return DLDeviceType.kDLCPU, 0


method(property(lambda self: self.array.dtype), "__numpy_dtype__")  # for ``np.result_type(x)``


@method
def __buffer__(self: Tensor, flags: int) -> memoryview:
    """What ``memoryview(x)`` shows, from Python 3.12 on; older ones take ``x.numpy()``."""
    array = _lent(self, "memoryview")
    if flags & 1 and not array.flags.writeable:  # inspect.BufferFlags.WRITABLE, of Python 3.12
        raise BufferError(
            "memoryview: this Tensor must not be written, as after expand(): give x.clone()"
        )
    return array.data


@method
def __bytes__(self: Tensor) -> bytes:
    """The elements, integers below 256, as in PyTorch; their memory is ``x.numpy().tobytes()``."""
    return bytes(self.tolist())


def to_dlpack(tensor: Tensor) -> Any:
    """A capsule of DLPack on the memory of ``tensor``, to be used once.

    Others take ``tensor`` itself: ``torch.from_dlpack(tensor)``.

    Raises:
        TypeError: ``tensor`` is none.
        BufferError: it requires a gradient, or is read-only.

    Example:

        >>> x = at.zeros(3)
        >>> y = at.from_dlpack(at.to_dlpack(x))
        >>> x[0] = 7
        >>> y
        tensor([7., 0., 0.])
    """
    need_tensor_itself(tensor, "to_dlpack")
    return __dlpack__(tensor)


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A Tensor on the memory of an array of another library: PyTorch's, JAX's, NumPy's.

    What one writes the other sees.  Where the other says that nobody may write, or does not say
    that one may, as JAX, the Tensor refuses to be written; ``copy=True`` gives one that does not.
    The memory is there until the last of both is gone.

    Args:
        ext_tensor: anything that has ``__dlpack__``, or a capsule of DLPack.
        device: None or the CPU.
        copy: True for memory of its own; None and False share.

    Raises:
        TypeError: it has no ``__dlpack__``, or is of a dtype that there is not here, as bfloat16
            or complex64.
        RuntimeError: it requires a gradient, lies on another device, or is a capsule that was
            used before.

    Example:

        >>> array = np.arange(3.0)
        >>> x = at.from_dlpack(array)
        >>> array[0] = 7
        >>> x
        tensor([7., 1., 2.], dtype=float64)
    """
    need_cpu(device)
    return from_numpy(array_on(ext_tensor, copy, "from_dlpack"))


def frombuffer(
    buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """A Tensor, ``(count,)``, on the memory of ``buffer``: bytes, a bytearray, a memory map, an
    ``array.array``.

    A read-only one, as bytes, makes a Tensor that refuses to be written; PyTorch lets it be.

    Args:
        buffer: what has Python's buffer protocol, in one piece.
        dtype: what the bytes are read as.
        count: how many elements; all for -1.
        offset: bytes to leave out at the start.

    Raises:
        ValueError: no buffer, an empty one, or one that ``count`` and ``offset`` do not fit.

    Example:

        >>> memory = bytearray(8)
        >>> x = at.frombuffer(memory, dtype=at.int32)
        >>> x[1] = 258
        >>> list(memory)
        [0, 0, 0, 0, 2, 1, 0, 0]
        >>> at.frombuffer(b"abc", dtype=at.uint8, offset=1)
        tensor([98, 99], dtype=uint8)
    """
    kind = dtypes.canonical(dtype, "frombuffer")
    try:
        size = memoryview(buffer).nbytes
    except (TypeError, BufferError) as error:
        raise ValueError(f"frombuffer: {type(buffer).__name__} is no buffer: {error}") from None
    if not size or not count:
        raise ValueError(
            f"frombuffer: the buffer and count must not be 0, got {size} bytes and count {count}"
        )
    if not 0 <= offset < size:
        raise ValueError(f"frombuffer: offset must be within 0 and {size - 1}, got {offset}")
    if count < 0 and (size - offset) % kind.itemsize:
        raise ValueError(
            f"frombuffer: {size - offset} bytes are no whole number of {kind}, of "
            f"{kind.itemsize} bytes each"
        )
    if count * kind.itemsize > size - offset:
        raise ValueError(
            f"frombuffer: {count} of {kind} are {count * kind.itemsize} bytes, and there are "
            f"{size - offset} after offset {offset}"
        )
    try:
        array = np.frombuffer(buffer, kind, max(count, -1), offset)
    except (BufferError, ValueError) as error:
        raise ValueError(f"frombuffer: the buffer is not in one piece: {error}") from None
    return made(array, requires_grad)
