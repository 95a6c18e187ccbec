"""Sequences of different lengths without padding, as recurrent layers take them.

The first steps of all sequences, then the second steps of those that have one, and so on; the
longest sequence comes first.  ``nn.utils.rnn`` makes them.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any, Self

import autotensor as at
from autotensor import Tensor

_Packed = namedtuple("_Packed", "data batch_sizes sorted_indices unsorted_indices")


class PackedSequence(_Packed):
    """Sequences of different lengths, as recurrent layers take them; ``pack_sequence`` makes it.

    Attributes:
        data: ``(rows, *)``, the steps one after the other, each of all sequences that have it.
        batch_sizes: how many sequences have a first step, a second one, …
        sorted_indices: which of the sequences given comes first, second, …; None if they were
            sorted.
        unsorted_indices: the inverse: where the first sequence given is, the second, …

    Example:

        >>> from nn.utils.rnn import pack_sequence
        >>> packed = pack_sequence([at.tensor([1, 2, 3]), at.tensor([4, 5])])
        >>> packed.data, packed.batch_sizes  # step by step: 1 4, 2 5, 3
        (tensor([1, 4, 2, 5, 3]), tensor([2, 2, 1]))
    """

    def __new__(
        cls,
        data: Any,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> Self:
        if batch_sizes is None:
            if not isinstance(data, (tuple, list)) or len(data) != 2:
                raise TypeError(
                    "PackedSequence: without batch_sizes, data must be a pair (data, batch_sizes), "
                    f"got {type(data).__name__}"
                )
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """The same with ``data.to(…)``.

        Example:

            >>> from nn.utils.rnn import pack_sequence
            >>> packed = pack_sequence([at.tensor([1.0, 2.0]), at.tensor([3.0])])
            >>> packed.to(at.float64).data.dtype == at.float64
            True
        """
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else type(self)(data, *self[1:])

    def double(self) -> Self:
        """``to(float64)``.

        Example:

            >>> from nn.utils.rnn import pack_sequence
            >>> pack_sequence([at.tensor([1.0, 2.0])]).double().data.dtype == at.float64
            True
        """
        return self.to(at.float64)

    def float(self) -> Self:
        """``to(float32)``.

        Example:

            >>> from nn.utils.rnn import pack_sequence
            >>> pack_sequence([at.tensor([1, 2])]).float().data
            tensor([1., 2.])
        """
        return self.to(at.float32)

    def half(self) -> Self:
        """``to(float16)``.

        Example:

            >>> from nn.utils.rnn import pack_sequence
            >>> pack_sequence([at.tensor([1.0, 2.0])]).half().data.dtype == at.float16
            True
        """
        return self.to(at.float16)

    def long(self) -> Self:
        """``to(int64)``.

        Example:

            >>> from nn.utils.rnn import pack_sequence
            >>> pack_sequence([at.tensor([1.5, 2.0])]).long().data
            tensor([1, 2])
        """
        return self.to(at.int64)

    def int(self) -> Self:
        """``to(int32)``.

        Example:

            >>> from nn.utils.rnn import pack_sequence
            >>> pack_sequence([at.tensor([1.5, 2.0])]).int().data.tolist()
            [1, 2]
        """
        return self.to(at.int32)

    def short(self) -> Self:
        """``to(int16)``.

        Example:

            >>> from nn.utils.rnn import pack_sequence
            >>> pack_sequence([at.tensor([1.5, 2.0])]).short().data.tolist()
            [1, 2]
        """
        return self.to(at.int16)

    def char(self) -> Self:
        """``to(int8)``.

        Example:

            >>> from nn.utils.rnn import pack_sequence
            >>> pack_sequence([at.tensor([1.5, 2.0])]).char().data.tolist()
            [1, 2]
        """
        return self.to(at.int8)

    def byte(self) -> Self:
        """``to(uint8)``.

        Example:

            >>> from nn.utils.rnn import pack_sequence
            >>> pack_sequence([at.tensor([1.5, 2.0])]).byte().data.tolist()
            [1, 2]
        """
        return self.to(at.uint8)

    def pin_memory(self) -> Self:
        """This: there is no device for which memory would be pinned.

        Example:

            >>> from nn.utils.rnn import pack_sequence
            >>> packed = pack_sequence([at.tensor([1.0, 2.0])])
            >>> packed.pin_memory() is packed
            True
        """
        return self

    def is_pinned(self) -> bool:
        """False.

        Example:

            >>> from nn.utils.rnn import pack_sequence
            >>> pack_sequence([at.tensor([1.0, 2.0])]).is_pinned()
            False
        """
        return False

    def cpu(self) -> Self:
        """This: the CPU is the only device.

        Example:

            >>> from nn.utils.rnn import pack_sequence
            >>> packed = pack_sequence([at.tensor([1.0, 2.0]), at.tensor([3.0])])
            >>> packed.cpu().data
            tensor([1., 3., 2.])
        """
        return self


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The order that undoes the order ``permutation``; None for None.

    Example:

        >>> from nn.utils.rnn import invert_permutation
        >>> order = at.tensor([2, 0, 1])
        >>> invert_permutation(order), order[invert_permutation(order)]
        (tensor([1, 2, 0]), tensor([0, 1, 2]))
    """
    return None if permutation is None else at.argsort(permutation)
