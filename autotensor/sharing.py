"""Tensors in memory that several processes see: ``share_memory_``, and what a queue sends.

A Tensor that goes through a queue, a pipe or a pool of ``autotensor.multiprocessing`` moves into
shared memory, and arrives as a Tensor on the same memory: what one process writes all see.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable
from typing import Any

import numpy as np

from autotensor.engine.storage import storage_of
from autotensor.engine.tensor import Tensor, method
from autotensor.machine.sending import receive, send, wait_at_exit
from autotensor.machine.shared_memory import allocate, block_under, offset_in

__all__: list[str] = []  # methods of Tensor, and what others use by name


@method
def share_memory_(self: Tensor) -> Tensor:
    """Moves the values to memory that other processes can see; returns this Tensor.

    So do all Tensors that share memory with it, views and their base.  An ndarray on the memory
    where it lay, from ``numpy()`` or ``from_numpy``, stays there.

    A process that is forked sees the memory, and others see it when the Tensor is sent to them by
    ``autotensor.multiprocessing``.  The graph does not know what other processes write.

    Raises:
        RuntimeError: there is no memory left.

    Example:

        >>> x = at.zeros(3)
        >>> row = x[1:]
        >>> x.share_memory_().is_shared(), row.is_shared()
        (True, True)
        >>> row[0] = 7
        >>> x
        tensor([0., 7., 0.])
    """
    share_between_processes([self])
    return self


@method
def is_shared(self: Tensor) -> bool:
    """Whether this memory can be seen by other processes.

    Example:

        >>> at.ones(2).is_shared(), at.ones(2).share_memory_().is_shared()
        (False, True)
    """
    return block_under(self.array) is not None


def share_between_processes(tensors: Iterable[Tensor]) -> None:
    """Moves Tensors, and all that share memory with them, to memory that other processes see.

    Example:

        >>> from autotensor.extend import share_between_processes
        >>> model = nn.Linear(2, 1)
        >>> share_between_processes(model.parameters())
        >>> model.weight.is_shared()
        True
    """
    own = [one for one in tensors if block_under(one.array) is None]
    memories = {
        id(one._storage): one._storage for one in own if one._storage and one._storage.shared
    }
    groups: dict[int, list[Tensor]] = {
        id(one._storage) if id(one._storage) in memories else id(one): [one] for one in own
    }
    if memories:
        # Who lies on the same memory is written nowhere; Python's collector knows who refers to it.
        for one in gc.get_referrers(*memories.values()):
            if isinstance(one, Tensor) and id(one._storage) in memories:
                groups[id(one._storage)].append(one)
    for group in groups.values():
        _move({id(one): one for one in group}.values())


def _move(group: Iterable[Tensor]) -> None:
    """Moves Tensors on the same memory, each of whom stays where it is among them."""
    bounds = [np.lib.array_utils.byte_bounds(one.array) for one in group]
    low = min(start for start, _ in bounds)
    block, offset = allocate(max(end for _, end in bounds) - low)
    for one in group:
        old = one.array
        start = old.__array_interface__["data"][0] - low + offset if old.size else offset
        new = np.ndarray(old.shape, old.dtype, block, start, old.strides)
        new[...] = old
        new.flags.writeable = old.flags.writeable
        storage_of(one)  # no operator may lay this memory out anew
        one.array = new


# -- sent to another process -----------------------------------------------------------------------


_registered: list[type[Tensor]] = []


def register() -> None:
    """From now on Python's ``multiprocessing`` sends Tensors of this process by their memory."""
    if not _registered:
        wait_at_exit()
        _register(Tensor)


def _register(kind: type[Tensor]) -> None:
    """Also the classes that are made of it, but for those with a pickle of their own."""
    from multiprocessing.reduction import ForkingPickler

    _registered.append(kind)
    if all(getattr(kind, one) is getattr(Tensor, one) for one in _PICKLING):
        ForkingPickler.register(kind, _sent)
    for one in kind.__subclasses__():
        _register(one)


_PICKLING = ("__getstate__", "__reduce__", "__reduce_ex__", "__setstate__")


def __init_subclass__(cls: Any, /, **settings: Any) -> None:
    super(Tensor, cls).__init_subclass__(**settings)
    if _registered:
        _register(cls)


method(classmethod(__init_subclass__), "__init_subclass__")


def _sent(tensor: Tensor) -> tuple[Any, ...]:
    if tensor.requires_grad and not tensor.is_leaf:
        raise RuntimeError(
            "multiprocessing: a Tensor that an operator made and that requires grad cannot be sent "
            "to another process, for its history cannot: send x.detach()"
        )
    share_between_processes([tensor])
    array = tensor.array
    block = block_under(array)
    assert block is not None
    layout = (array.shape, array.dtype.str, offset_in(block, array), array.strides)
    state = vars(tensor) | {"requires_grad": tensor.requires_grad}
    return _arrived, (type(tensor), send(block), layout, array.flags.writeable, state)


def _arrived(kind: Any, handle: Any, layout: Any, writeable: bool, state: Any) -> Tensor:
    register()  # what this process sends back goes the same way
    shape, dtype, offset, strides = layout
    array = np.ndarray(shape, dtype, receive(handle), offset, strides)
    array.flags.writeable = writeable
    tensor = kind.__new__(kind)
    tensor.__setstate__({"array": array, **state})
    storage_of(tensor)
    return tensor
