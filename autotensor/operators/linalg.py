"""Products of vectors, matrices and general arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor import dtypes
from autotensor.operator import operator
from autotensor.operators.indexing import _getitem
from autotensor.operators.reductions import sum
from autotensor.operators.shapes import (
    _expand,
    _permute,
    _reshape,
    need_tensor,
    squeeze,
    unsqueeze,
)
from autotensor.tensor import Tensor
from autotensor.threads import product

__all__ = ["bmm", "dot", "einsum", "linear", "matmul", "mm", "mv", "outer"]


def _swap(matrix: Any) -> Any:
    """The last two dimensions exchanged."""
    return matrix.swapaxes(-1, -2)


@operator(
    input=lambda g, other: _matmul(g, _swap(other)),
    other=lambda g, input: _matmul(_swap(input), g),
)
def _matmul(input: Any, other: Any) -> Any:
    """Product of (stacks of) matrices."""
    return product(input, other)


def _same_dtype(name: str, *tensors: Any) -> None:
    kinds = {tensor.dtype for tensor in tensors if tensor is not None}
    if len(kinds) > 1:
        names = " and ".join(str(one.dtype) for one in tensors if one is not None)
        raise RuntimeError(f"{name}: all arguments must have the same dtype, got {names}")


def matmul(input: Any, other: Any) -> Any:
    """Matrix product, ``input @ other``; stacks of matrices are broadcast.

    ``(…, n, k) @ (…, k, m) → (…, n, m)``; a vector on the left counts as a row, on the right as a
    column, and that dimension disappears.

    d input = g @ otherᵀ, d other = inputᵀ @ g.
    """
    need_tensor(input, "matmul")
    need_tensor(other, "matmul", "other")
    if input.ndim == 0 or other.ndim == 0:
        raise RuntimeError("matmul: both arguments need at least one dimension; use * for scalars")
    _same_dtype("matmul", input, other)
    inner = other.shape[-2] if other.ndim > 1 else other.shape[0]
    if input.shape[-1] != inner:
        raise RuntimeError(
            f"matmul: shapes {tuple(input.shape)} and {tuple(other.shape)} do not fit: "
            f"{input.shape[-1]} columns against {inner} rows"
        )
    if input.ndim == 2 and other.ndim == 2:
        return _matmul(input, other)
    if other.ndim == 1:
        return squeeze(matmul(input, unsqueeze(other, 1)), -1)
    if input.ndim == 1:
        return squeeze(matmul(unsqueeze(input, 0), other), -2)
    if other.ndim == 2:
        # One large product instead of many small ones, and no gradient to sum over the stack.
        flat = _reshape(input, (math.prod(input.shape[:-1]), input.shape[-1]))
        return _reshape(_matmul(flat, other), (*input.shape[:-1], other.shape[-1]))
    try:
        np.broadcast_shapes(input.shape[:-2], other.shape[:-2])
    except ValueError:
        raise RuntimeError(
            f"matmul: the stacks {tuple(input.shape[:-2])} and {tuple(other.shape[:-2])} of "
            f"matrices do not broadcast (shapes {tuple(input.shape)} and {tuple(other.shape)})"
        ) from None
    return _matmul(input, other)


def _need_dims(name: str, *wanted: tuple[Any, int]) -> None:
    for position, (tensor, ndim) in enumerate(wanted):
        need_tensor(tensor, name, ("input", "other")[position])
        if tensor.ndim != ndim:
            shapes = " and ".join(str(tuple(one.shape)) for one, _ in wanted)
            raise RuntimeError(
                f"{name}: argument {position} must have {ndim} dimensions; got shapes {shapes}"
            )


def mm(input: Any, mat2: Any) -> Any:
    """``(n, k) @ (k, m) → (n, m)``."""
    _need_dims("mm", (input, 2), (mat2, 2))
    return matmul(input, mat2)


def bmm(input: Any, mat2: Any) -> Any:
    """``(B, n, k) @ (B, k, m) → (B, n, m)``."""
    _need_dims("bmm", (input, 3), (mat2, 3))
    if input.shape[0] != mat2.shape[0]:
        raise RuntimeError(
            f"bmm: batches must be of one size, got shapes {input.shape} and {mat2.shape}"
        )
    return matmul(input, mat2)


def mv(input: Any, vec: Any) -> Any:
    """``(n, k) @ (k) → (n)``."""
    _need_dims("mv", (input, 2), (vec, 1))
    return matmul(input, vec)


def dot(input: Any, tensor: Any) -> Any:
    """``Σ input · tensor`` of two vectors of one length."""
    _need_dims("dot", (input, 1), (tensor, 1))
    return matmul(input, tensor)


def outer(input: Any, vec2: Any) -> Any:
    """``(n), (m) → (n, m)``: every product of two elements."""
    _need_dims("outer", (input, 1), (vec2, 1))
    return unsqueeze(input, 1) * vec2


@operator(
    input=lambda g, weight: _matmul(g, weight),
    weight=lambda g, input: _matmul(_swap(g), input),
    bias=lambda g: g.sum(0),
)
def _linear(input: Any, weight: Any, bias: Any) -> Any:
    """Value and derivative of ``linear`` for ``(N, in)``."""
    out = product(input, weight.T)
    if bias is not None:
        out += bias
    return out


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """``input @ weightᵀ + bias``: ``(*, in)`` with ``(out, in)`` and ``(out)`` gives ``(*, out)``.

    d input = g @ weight, d weight = gᵀ @ input, d bias = Σ g over all rows.
    """
    need_tensor(input, "linear")
    need_tensor(weight, "linear", "weight")
    if bias is not None:
        need_tensor(bias, "linear", "bias")
    _same_dtype("linear", input, weight, bias)
    if weight.ndim == 1:
        out = matmul(input, weight)
        return out if bias is None else out + bias
    if weight.ndim != 2 or input.ndim == 0 or input.shape[-1] != weight.shape[1]:
        raise RuntimeError(
            f"linear: input of shape {tuple(input.shape)} does not fit weight of shape "
            f"{tuple(weight.shape)}: the last size of input must be the last of weight"
        )
    if bias is not None and bias.shape not in ((weight.shape[0],), ()):
        raise RuntimeError(
            f"linear: bias has shape {tuple(bias.shape)} but weight of shape {tuple(weight.shape)} "
            f"gives {weight.shape[0]} outputs"
        )
    if input.ndim == 2:
        return _linear(input, weight, bias)
    flat = _reshape(input, (math.prod(input.shape[:-1]), input.shape[-1]))
    return _reshape(_linear(flat, weight, bias), (*input.shape[:-1], weight.shape[0]))


# -- einsum ----------------------------------------------------------------------------------------


def einsum(equation: str, *operands: Any) -> Any:
    """Sums of products in Einstein's notation: ``einsum('bik,bkj->bij', a, b)``.

    Letters name dimensions; letters missing on the right are summed over; ``…`` stands for any
    further dimensions, which are broadcast.  Without ``->`` the right side is every letter that
    appears once, in alphabetical order.

    The gradient of an operand is the einsum of g with all other operands onto its letters.
    """
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    for position, operand in enumerate(operands):
        need_tensor(operand, "einsum", f"operand {position}")
    terms, result = _parse(equation, operands)
    sizes: dict[str, int] = {}
    for term, operand in zip(terms, operands, strict=True):
        for letter, size in zip(term, operand.shape, strict=True):
            known = sizes.setdefault(letter, size)
            if known != size and 1 not in (known, size):
                raise RuntimeError(
                    f"einsum: dimension {letter!r} of {equation!r} has sizes {known} and {size} in "
                    f"operands of shapes {[tuple(one.shape) for one in operands]}"
                )
            sizes[letter] = size if known == 1 else known
    simple = []
    for index, (term, operand) in enumerate(zip(terms, operands, strict=True)):
        operand, terms[index] = _without_repeats(term, operand)
        simple.append(operand)
    dtype = dtypes.promoted(*(one.array if isinstance(one, Tensor) else one for one in simple))
    alike = [one.to(dtype) if isinstance(one, Tensor) else one for one in simple]
    return _contract(terms, result, sizes, alike)


def _parse(equation: str, operands: tuple[Any, ...]) -> tuple[list[str], str]:
    """The letters of each operand and of the result, with ``...`` spelled out as capital letters
    beyond those in use."""
    text = equation.replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        raise RuntimeError(
            f"einsum: {equation!r} names {len(terms)} operands but {len(operands)} were given"
        )
    spare = [chr(code) for code in range(0x3B1, 0x3B1 + 64)]
    widths = []
    for term, operand in zip(terms, operands, strict=True):
        named = len(term.replace("...", ""))
        width = operand.ndim - named
        if width < 0 or (width and "..." not in term):
            raise RuntimeError(
                f"einsum: {term!r} in {equation!r} names {named} dimensions but that operand has "
                f"shape {tuple(operand.shape)}"
            )
        widths.append(width)
    widest = max(widths, default=0)
    full = "".join(spare[:widest])
    terms = [
        term.replace("...", full[widest - width :] if width else "")
        for term, width in zip(terms, widths, strict=True)
    ]
    every = "".join(terms)
    if not all(letter.isalpha() for letter in every):
        raise RuntimeError(f"einsum: dimensions in {equation!r} must be named by letters")
    if arrow:
        result = right.replace("...", full)
    else:
        once = [one for one in sorted(set(every)) if one not in full and every.count(one) == 1]
        result = full + "".join(once)
    for letter in result:
        if letter not in every or result.count(letter) > 1:
            raise RuntimeError(
                f"einsum: output letter {letter!r} in {equation!r} must appear once there and in "
                "some operand"
            )
    return terms, result


def _without_repeats(term: str, operand: Any) -> tuple[Any, str]:
    """``operand`` with each letter once: a repeated one reads the diagonal."""
    for letter in dict.fromkeys(term):
        places = [at for at, one in enumerate(term) if one == letter]
        if len(places) < 2:
            continue
        size = operand.shape[places[0]]
        rest = [at for at in range(len(term)) if at not in places]
        lined = _permute(operand, (*places, *rest))
        operand = _getitem(lined, (np.arange(size),) * len(places))
        term = letter + "".join(term[at] for at in rest)
    return operand, term


def _contract(terms: list[str], result: str, sizes: dict[str, int], operands: list[Any]) -> Any:
    """Multiplies the operands together from left to right, two at a time."""
    term, value = terms[0], operands[0]
    for at in range(1, len(operands)):
        later = set(result).union(*terms[at + 1 :])
        term, value = _contract_two(term, value, terms[at], operands[at], later, sizes)
    gone = [at for at, letter in enumerate(term) if letter not in result]
    if gone:
        value = sum(value, tuple(gone))
        term = "".join(letter for letter in term if letter in result)
    value = _permute(value, tuple(term.index(letter) for letter in result if letter in term))
    return value.clone() if isinstance(value, Tensor) and value.view_of is not None else value


def _contract_two(
    left: str, a: Any, right: str, b: Any, later: set[str], sizes: dict[str, int]
) -> tuple[str, Any]:
    """Two operands as one matrix product: letters kept of both, of one, and summed over."""
    for own, other, tag in ((left, right, "a"), (right, left, "b")):
        alone = [at for at, one in enumerate(own) if one not in other and one not in later]
        if alone:
            reduced = sum(a if tag == "a" else b, tuple(alone))
            own = "".join(one for at, one in enumerate(own) if at not in alone)
            if tag == "a":
                a, left = reduced, own
            else:
                b, right = reduced, own
    # A letter of size 1 in one operand only is broadcast.
    a, b = _stretched(left, a, right, sizes), _stretched(right, b, left, sizes)
    both = [one for one in left if one in right and one in later]
    summed = [one for one in left if one in right and one not in later]
    only_a = [one for one in left if one not in right]
    only_b = [one for one in right if one not in left]

    def arranged(value: Any, term: str, first: list[str], second: list[str]) -> Any:
        order = tuple(term.index(one) for one in (*both, *first, *second))
        shape = [math.prod(sizes_of(value, term, group)) for group in (first, second)]
        return _reshape(_permute(value, order), (*sizes_of(value, term, both), *shape))

    def sizes_of(value: Any, term: str, group: list[str]) -> list[int]:
        return [value.shape[term.index(one)] for one in group]

    out_sizes = (
        *sizes_of(a, left, both),
        *sizes_of(a, left, only_a),
        *sizes_of(b, right, only_b),
    )
    product = _matmul(arranged(a, left, only_a, summed), arranged(b, right, summed, only_b))
    return "".join([*both, *only_a, *only_b]), _reshape(product, out_sizes)


def _stretched(own: str, value: Any, other: str, sizes: dict[str, int]) -> Any:
    wanted = tuple(
        sizes[one] if one in other else size for one, size in zip(own, value.shape, strict=True)
    )
    return value if wanted == tuple(value.shape) else _expand(value, wanted)
