"""Sequences of different lengths in one Tensor: padded to the longest, or packed without padding.

A packed sequence holds the first steps of all sequences, then the second steps of those that have
one, and so on; the longest sequence comes first.  In the shapes T is the length of the longest
sequence and B their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

import autotensor as at
from autotensor import Tensor
from autotensor.extend import published, silent
from nn.arguments import need
from nn.packed import PackedSequence as PackedSequence
from nn.packed import invert_permutation as invert_permutation


def _array_of_lengths(lengths: Any, count: Any, name: str) -> np.ndarray:
    """``lengths`` as an array, one for each of ``count`` sequences."""
    given = lengths.numpy() if isinstance(lengths, Tensor) else [int(one) for one in lengths]
    array = silent().run(np.asarray(given).astype, np.int64)
    if array.shape != (count,):
        raise ValueError(
            f"{name}: lengths must be one number for each of {count} sequences, got "
            f"{array.tolist()}"
        )
    return array


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Packs padded sequences: ``(T, B, *)``, or ``(B, T, *)`` with ``batch_first``.

    Args:
        lengths: of the sequences, as a list or a Tensor.
        enforce_sorted: refuse sequences that are not sorted, longest first; else they are sorted.

    Raises:
        RuntimeError: nothing to pack; a length that is not from 1 to T (PyTorch takes longer ones);
            or not sorted.

    Example:

        >>> from nn.utils.rnn import pack_padded_sequence
        >>> padded = at.tensor([[1, 2, 3], [4, 5, 0]])
        >>> packed = pack_padded_sequence(padded, lengths=[3, 2], batch_first=True)
        >>> packed.data, packed.batch_sizes
        (tensor([1, 4, 2, 5, 3]), tensor([2, 2, 1]))
    """
    name = "pack_padded_sequence"
    need(name, "input", input, Tensor, "a Tensor")
    if input.ndim < 2 or not input.numel():
        raise RuntimeError(
            f"{name}: input must be of shape (T, B, *) and not empty, got {input.shape}"
        )
    if batch_first:
        input = input.transpose(0, 1)
    longest, count = input.shape[:2]
    sizes = _array_of_lengths(lengths, count, name)
    if sizes.min() < 1 or sizes.max() > longest:
        raise RuntimeError(f"{name}: lengths must be from 1 to {longest}, got {sizes.tolist()}")
    order = None
    if not enforce_sorted:
        places = np.argsort(-sizes, kind="stable")
        sizes, order = sizes[places], at.tensor(places)
        input = input.index_select(1, order)
    elif (np.diff(sizes) > 0).any():
        raise RuntimeError(
            f"{name}: lengths must not grow, got {sizes.tolist()}; enforce_sorted=False sorts them"
        )
    there = np.arange(sizes[0])[:, None] < sizes
    return PackedSequence(input[: sizes[0]][at.tensor(there)], at.tensor(there.sum(1)), order)


def _filled_up(rows: Tensor, there: np.ndarray, value: float) -> Tensor:
    """``rows`` at the positions where ``there`` is true, in order, and ``value`` elsewhere."""
    out = at.full((*there.shape, *rows.shape[1:]), value, dtype=rows.dtype)
    out[at.tensor(there)] = rows
    return out


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The inverse of ``pack_padded_sequence``: ``(T, B, *)`` and the lengths, in the order given.

    Args:
        batch_first: ``(B, T, *)`` instead.
        padding_value: what stands after the end of a sequence.
        total_length: T; the length of the longest if None.

    Raises:
        ValueError: ``total_length`` is less than the longest sequence.

    Example:

        >>> from nn.utils.rnn import pack_sequence, pad_packed_sequence
        >>> packed = pack_sequence([at.tensor([1, 2, 3]), at.tensor([4, 5])])
        >>> pad_packed_sequence(packed, batch_first=True)
        (tensor([[1, 2, 3],
                [4, 5, 0]]), tensor([3, 2]))
    """
    name = "pad_packed_sequence"
    need(name, "sequence", sequence, PackedSequence, "a PackedSequence")
    sizes = sequence.batch_sizes.numpy()
    longest = len(sizes) if total_length is None else total_length
    if longest < len(sizes):
        raise ValueError(
            f"{name}: total_length must be at least {len(sizes)}, the length of the longest "
            f"sequence, got {total_length}"
        )
    there = np.zeros((longest, sizes[0]), np.bool_)
    there[: len(sizes)] = np.arange(sizes[0]) < sizes[:, None]
    out, lengths = _filled_up(sequence.data, there, padding_value), at.tensor(there.sum(0))
    if sequence.unsorted_indices is not None:
        out = out.index_select(1, sequence.unsorted_indices)
        lengths = lengths[sequence.unsorted_indices]
    return (out.transpose(0, 1) if batch_first else out), lengths


def pad_sequence(
    sequences: Iterable[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Sequences ``(L, *)`` side by side, padded to the longest: ``(T, B, *)``.

    Args:
        batch_first: ``(B, T, *)`` instead.
        padding_value: what fills the gaps.
        padding_side: ``'right'`` pads at the end, ``'left'`` at the beginning.

    Raises:
        RuntimeError: no sequences, or some that differ in more than their lengths.

    Example:

        >>> from nn.utils.rnn import pad_sequence
        >>> sequences = [at.tensor([1, 2, 3]), at.tensor([4, 5])]
        >>> pad_sequence(sequences, batch_first=True)
        tensor([[1, 2, 3],
                [4, 5, 0]])
        >>> pad_sequence(sequences, batch_first=True, padding_value=-1, padding_side="left")
        tensor([[ 1,  2,  3],
                [-1,  4,  5]])
    """
    name = "pad_sequence"
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"{name}: sequences must be an iterable of Tensors, got {type(sequences).__name__}"
        )
    given = list(sequences)
    if not given:
        raise RuntimeError(f"{name}: expected at least one sequence")
    for position, one in enumerate(given):
        need(name, f"sequence {position}", one, Tensor, "a Tensor")
        if one.ndim == 0 or one.shape[1:] != given[0].shape[1:]:
            raise RuntimeError(
                f"{name}: sequences must agree in all sizes but the first, got shapes "
                f"{given[0].shape} and {one.shape}"
            )
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"{name}: padding_side must be 'left' or 'right', got {padding_side!r}")
    sizes = np.array([len(one) for one in given])
    there = np.arange(sizes.max()) < sizes[:, None]
    if padding_side == "left":
        there = there[:, ::-1].copy()
    out = _filled_up(at.cat([one.to(given[0].dtype) for one in given]), there, padding_value)
    return out if batch_first else out.transpose(0, 1).contiguous()  # scripts call view on it


def unpad_sequence(
    padded_sequences: Tensor, lengths: Any, batch_first: bool = False
) -> list[Tensor]:
    """The inverse of ``pad_sequence``: a list of ``(L, *)``, from ``(T, B, *)`` and the lengths.

    PyTorch exchanges the first two dimensions of what it is given, in place; this leaves it as it
    is.

    Raises:
        ValueError: not a length for each sequence.

    Example:

        >>> from nn.utils.rnn import unpad_sequence
        >>> unpad_sequence(at.tensor([[1, 2, 3], [4, 5, 0]]), at.tensor([3, 2]), batch_first=True)
        [tensor([1, 2, 3]), tensor([4, 5])]
    """
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    sizes = _array_of_lengths(lengths, len(rows), "unpad_sequence")
    return [one[:size].clone() for one, size in zip(rows, sizes.tolist(), strict=True)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Packs a list of sequences ``(L, *)``; see ``pack_padded_sequence``.

    Raises:
        RuntimeError: no sequences, or some that are not sorted, with ``enforce_sorted``.

    Example:

        >>> from nn.utils.rnn import pack_sequence
        >>> sequences = [at.ones(2, 10), at.ones(4, 10), at.ones(3, 10)]  # of 2, 4 and 3 steps
        >>> packed = pack_sequence(sequences, enforce_sorted=False)
        >>> output, h = nn.GRU(10, 20)(packed)
        >>> output.data.shape, h.shape
        (torch.Size([9, 20]), torch.Size([1, 3, 20]))
    """
    lengths = [len(one) for one in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, False, enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The inverse of ``pack_sequence``: the list of sequences.

    Example:

        >>> from nn.utils.rnn import pack_sequence, unpack_sequence
        >>> packed = pack_sequence([at.tensor([1]), at.tensor([4, 5])], enforce_sorted=False)
        >>> unpack_sequence(packed)
        [tensor([1]), tensor([4, 5])]
    """
    return unpad_sequence(*pad_packed_sequence(packed_sequences, batch_first=True), True)


globals()["__all__"] = ["PackedSequence", "invert_permutation", *published(__name__)]
