"""Products of vectors, matrices and general arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.operator import function_only, has_in_place, operator
from autotensor.engine.tensor import Tensor, raw
from autotensor.machine.threads import product
from autotensor.operators.arguments import all_dims, need_tensor, one_dim
from autotensor.operators.reductions.reductions import sum
from autotensor.operators.structure.diagonals import diagonal
from autotensor.operators.structure.selection import where
from autotensor.operators.structure.shapes import (
    expand,
    expand_to,
    permute_to,
    reshape_to,
    squeeze,
    unsqueeze,
)

__all__ = [
    "addbmm", "addmm", "addmv", "addr", "baddbmm", "bmm", "cross", "dot", "einsum", "ger", "inner",
    "kron", "linear", "matmul", "mm", "mv", "outer", "tensordot", "trace", "vdot",
]  # fmt: skip

# Spelled out, because importing ``string`` for them would take 1.6 ms.
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


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
    first = tensors[0].dtype
    for tensor in tensors:
        if tensor is not None and tensor.dtype != first:
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
        flat = reshape_to(input, (math.prod(input.shape[:-1]), input.shape[-1]))
        return reshape_to(_matmul(flat, other), (*input.shape[:-1], other.shape[-1]))
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


def vdot(input: Any, other: Any) -> Any:
    """``dot``, as long as there are no complex numbers."""
    _need_dims("vdot", (input, 1), (other, 1))
    return matmul(input, other)


def outer(input: Any, vec2: Any) -> Any:
    """``(n), (m) → (n, m)``: every product of two elements."""
    _need_dims("outer", (input, 1), (vec2, 1))
    return unsqueeze(input, 1) * vec2


ger = outer


def inner(input: Any, other: Any) -> Any:
    """``(…, k), (*, k) → (…, *)``: products summed over the last dimension of both."""
    need_tensor(input, "inner")
    need_tensor(other, "inner", "other")
    if input.ndim == 0 or other.ndim == 0:
        return input * other
    if input.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            f"inner: the last sizes of input {tuple(input.shape)} and other {tuple(other.shape)} "
            "must be equal"
        )
    return tensordot(input, other, ([-1], [-1]))


# -- products added to something -------------------------------------------------------------------


def _added(name: str, input: Any, product: Any, beta: float, alpha: float) -> Any:
    """``beta · input + alpha · product``; with ``beta=0``, whatever NaN ``input`` has."""
    need_tensor(input, name)
    for argument, factor in (("beta", beta), ("alpha", alpha)):
        if product.dtype.kind != "f" and isinstance(factor, float):
            raise RuntimeError(
                f"{name}: {argument} must be an int for a product of dtype {product.dtype}, "
                f"got {factor}"
            )
    try:
        stretched = expand(input, product.shape)
    except RuntimeError:
        raise RuntimeError(
            f"{name}: input of shape {tuple(input.shape)} cannot be stretched to the shape "
            f"{tuple(product.shape)} of the product"
        ) from None
    if alpha != 1:
        product = product * alpha
    if beta == 0:
        return product + where(np.False_, stretched, 0)
    return product + (stretched if beta == 1 else stretched * beta)


@has_in_place
def addmm(input: Any, mat1: Any, mat2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """``beta · input + alpha · mat1 @ mat2``: ``(n, m) + (n, k) @ (k, m)``."""
    _need_dims("addmm", (mat1, 2), (mat2, 2))
    _same_dtype("addmm", input, mat1, mat2)
    return _added("addmm", input, matmul(mat1, mat2), beta, alpha)


@has_in_place
def addmv(input: Any, mat: Any, vec: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """``beta · input + alpha · mat @ vec``: ``(n) + (n, k) @ (k)``."""
    _need_dims("addmv", (mat, 2), (vec, 1))
    _same_dtype("addmv", input, mat, vec)
    return _added("addmv", input, matmul(mat, vec), beta, alpha)


@has_in_place
def addr(input: Any, vec1: Any, vec2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """``beta · input + alpha · outer(vec1, vec2)``: ``(n, m) + (n), (m)``."""
    _need_dims("addr", (vec1, 1), (vec2, 1))
    out = _added("addr", input, outer(vec1, vec2), beta, alpha)
    whole = input.dtype == vec1.dtype == vec2.dtype == dtypes.bool
    return out.to(dtypes.bool) if whole else out


@has_in_place
def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """``beta · input + alpha · batch1 @ batch2``: ``(B, n, m) + (B, n, k) @ (B, k, m)``."""
    _same_dtype("baddbmm", input, batch1, batch2)
    return _added("baddbmm", input, bmm(batch1, batch2), beta, alpha)


@has_in_place
def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """``beta · input + alpha · Σ_b batch1_b @ batch2_b``: ``(n, m) + (B, n, k) @ (B, k, m)``."""
    _need_dims("addbmm", (batch1, 3), (batch2, 3))
    _same_dtype("addbmm", input, batch1, batch2)
    if batch1.shape[::2] != batch2.shape[:2]:
        raise RuntimeError(
            f"addbmm: batches of shapes {tuple(batch1.shape)} and {tuple(batch2.shape)} do not fit"
        )
    return _added("addbmm", input, tensordot(batch1, batch2, ([0, 2], [0, 1])), beta, alpha)


# -- products of general arrays --------------------------------------------------------------------


@function_only
def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """Products summed over some dimensions of ``a`` and as many of ``b``; the others remain.

    ``dims`` is a pair of lists, or how many: the last of ``a``, the first of ``b``.  A dimension of
    size 1 is stretched.
    """
    need_tensor(a, "tensordot", "a")
    need_tensor(b, "tensordot", "b")
    _same_dtype("tensordot", a, b)
    of_a, of_b = _summed_dims(dims, a, b)
    for left, right in zip(of_a, of_b, strict=True):
        if a.shape[left] == b.shape[right]:
            continue
        if 1 not in (a.shape[left], b.shape[right]):
            raise RuntimeError(
                f"tensordot: dim {left} of a {tuple(a.shape)} and dim {right} of b "
                f"{tuple(b.shape)} differ in size"
            )
        if a.shape[left] == 1:
            b = sum(b, right, True, dtype=b.dtype)
        else:
            a = sum(a, left, True, dtype=a.dtype)
    free_a = [dim for dim in range(a.ndim) if dim not in of_a]
    free_b = [dim for dim in range(b.ndim) if dim not in of_b]
    count = math.prod(a.shape[dim] for dim in of_a)
    kept_a, kept_b = [a.shape[dim] for dim in free_a], [b.shape[dim] for dim in free_b]
    left_matrix = reshape_to(permute_to(a, (*free_a, *of_a)), (math.prod(kept_a), count))
    right_matrix = reshape_to(permute_to(b, (*of_b, *free_b)), (count, math.prod(kept_b)))
    return reshape_to(_matmul(left_matrix, right_matrix), (*kept_a, *kept_b))


def _summed_dims(dims: Any, a: Any, b: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    dims = dims.tolist() if isinstance(dims, Tensor) else dims
    if isinstance(dims, (list, tuple)):
        if len(dims) != 2:
            raise RuntimeError(f"tensordot: dims must be an int or two lists, got {dims!r}")
        first, second = (tuple(one) if isinstance(one, (list, tuple)) else (one,) for one in dims)
    elif isinstance(dims, bool) or not isinstance(dims, (int, np.integer)):
        raise TypeError(f"tensordot: dims must be an int or two lists, got {dims!r}")
    elif not 0 <= dims <= min(a.ndim, b.ndim):
        raise RuntimeError(
            f"tensordot: dims must be from 0 to {min(a.ndim, b.ndim)} for shapes "
            f"{tuple(a.shape)} and {tuple(b.shape)}, got {dims}"
        )
    else:
        first, second = tuple(range(a.ndim - dims, a.ndim)), tuple(range(dims))
    if len(first) != len(second):
        raise RuntimeError(f"tensordot: both lists of dims must be of one length, got {dims!r}")
    return (
        all_dims(first, a.ndim, "tensordot") if first else (),
        all_dims(second, b.ndim, "tensordot") if second else (),
    )


def kron(input: Any, other: Any) -> Any:
    """Kronecker's product: each element of ``input`` times the whole of ``other``, as blocks.

    ``(a_0, …, a_n), (b_0, …, b_n) → (a_0 b_0, …, a_n b_n)``; missing dimensions count as 1.
    """
    need_tensor(input, "kron")
    need_tensor(other, "kron", "other")
    ndim = max(input.ndim, other.ndim)
    left = (1,) * (ndim - input.ndim) + tuple(input.shape)
    right = (1,) * (ndim - other.ndim) + tuple(other.shape)
    blocks = reshape_to(input, tuple(size for n in left for size in (n, 1)))
    inside = reshape_to(other, tuple(size for n in right for size in (1, n)))
    return reshape_to(blocks * inside, tuple(n * m for n, m in zip(left, right, strict=True)))


@operator(input=lambda g, shape: g * np.eye(*shape, dtype=g.dtype))
def _trace(input: Any) -> Any:
    """Value and derivative of ``trace``."""
    return np.trace(input, dtype=input.dtype if input.dtype.kind == "f" else np.int64)


def trace(input: Any) -> Any:
    """``Σ input_ii``, ``(n, m) → ()``.  d input = g on the diagonal."""
    need_tensor(input, "trace")
    if input.ndim != 2:
        raise RuntimeError(f"trace: input must have 2 dimensions, got shape {tuple(input.shape)}")
    return _trace(input)


@operator(
    input=lambda g, other, dim: _cross(other, g, dim),
    other=lambda g, input, dim: _cross(g, input, dim),
)
def _cross(input: Any, other: Any, dim: Any) -> Any:
    """Value and derivative of ``cross``."""
    return np.cross(input, other, axis=dim)


def cross(input: Any, other: Any, dim: int | None = None) -> Any:
    """Cross products of vectors along ``dim``, of size 3; by default the first dim of that size.

    d input = other × g, d other = g × input.
    """
    need_tensor(input, "cross")
    need_tensor(other, "cross", "other")
    if dim is None:
        sizes = [*input.shape]
        if 3 not in sizes:
            raise RuntimeError(f"cross: no dimension of input {tuple(input.shape)} has size 3")
        dim = sizes.index(3)
    return crossed("cross", input, other, dim)


def crossed(name: str, input: Any, other: Any, dim: int) -> Any:
    """``cross`` along ``dim`` for the operator ``name``."""
    need_tensor(input, name)
    need_tensor(other, name, "other")
    if input.ndim != other.ndim:
        raise RuntimeError(
            f"{name}: input {tuple(input.shape)} and other {tuple(other.shape)} must have as many "
            "dimensions"
        )
    _same_dtype(name, input, other)
    if input.dtype == dtypes.bool:
        raise RuntimeError(f"{name}: not defined for dtype bool")
    at = one_dim(dim, input.ndim, name)
    if input.ndim == 0 or input.shape[at] != 3 or other.shape[at] != 3:
        raise RuntimeError(
            f"{name}: dim {dim} must have size 3 in input {tuple(input.shape)} and other "
            f"{tuple(other.shape)}"
        )
    try:
        np.broadcast_shapes(input.shape, other.shape)
    except ValueError:
        raise RuntimeError(
            f"{name}: input {tuple(input.shape)} and other {tuple(other.shape)} do not broadcast"
        ) from None
    return _cross(input, other, at)


@operator(
    title="linear",
    input=lambda g, weight: _matmul(g, weight),
    weight=lambda g, input: _matmul(_swap(g), input),
    bias=lambda g: g.sum(0),
)
def linear_of_rows(input: Any, weight: Any, bias: Any) -> Any:
    """Value and derivative of ``linear`` for ``(N, in)``."""
    out = product(input, weight.T)
    if bias is not None:
        out += bias
    return out


@function_only
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
        return linear_of_rows(input, weight, bias)
    flat = reshape_to(input, (math.prod(input.shape[:-1]), input.shape[-1]))
    return reshape_to(linear_of_rows(flat, weight, bias), (*input.shape[:-1], weight.shape[0]))


# -- einsum ----------------------------------------------------------------------------------------


@function_only
def einsum(equation: Any, *operands: Any) -> Any:
    """Sums of products in Einstein's notation: ``einsum('bik,bkj->bij', a, b)``.

    Letters name dimensions; letters missing on the right are summed over; a letter that an operand
    has twice reads its diagonal; ``...`` stands for any further dimensions, which are broadcast.
    Without ``->`` the right side is ``...`` and every letter that appears once, capitals first and
    in alphabetical order.

    Or with numbers from 0 to 51 for the letters, in a list behind each operand, and one for the
    right side: ``einsum(a, [..., 0, 1], b, [..., 1, 2], [..., 0, 2])``.

    The gradient of an operand is the einsum of g with all other operands onto its letters.
    """
    if not isinstance(equation, str):
        equation, operands = _spelled((equation, *operands))
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    if not operands:
        raise ValueError("einsum: expected an equation and at least one operand")
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
    dtype = dtypes.promoted(*(raw(one) for one in simple))
    alike = [one.to(dtype) if isinstance(one, Tensor) else one for one in simple]
    return _contract(terms, result, sizes, alike)


def _spelled(arguments: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The equation and the operands of ``einsum(a, [0, 1], b, [1, 2], [0, 2])``."""
    operands, lists = arguments[::2], arguments[1::2]
    result = None
    if len(operands) > len(lists):
        operands, result = operands[:-1], operands[-1]
    equation = ",".join(_letters(one) for one in lists)
    return (equation if result is None else f"{equation}->{_letters(result)}"), operands


def _letters(numbers: Any) -> str:
    if not isinstance(numbers, (list, tuple)):
        raise TypeError(
            "einsum: expected an equation and Tensors, or Tensors each with a list of numbers, got "
            f"{type(numbers).__name__}"
        )
    text = ""
    for one in numbers:
        if one is not Ellipsis and not (isinstance(one, int) and 0 <= one < 52):
            raise ValueError(f"einsum: a dimension must be a number from 0 to 51 or ..., got {one}")
        text += "..." if one is Ellipsis else LETTERS[(one + 26) % 52]
    return text


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
        if term.count("...") > 1:
            raise RuntimeError(f"einsum: {term!r} in {equation!r} has more than one ellipsis")
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
    if not set(every) <= {*LETTERS, *full}:
        raise RuntimeError(
            f"einsum: dimensions in {equation!r} must be named by letters from a to z, A to Z"
        )
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
        while term.count(letter) > 1:
            first = term.index(letter)
            second = term.index(letter, first + 1)
            if operand.shape[first] != operand.shape[second]:
                raise RuntimeError(
                    f"einsum: {letter!r} stands for two sizes in an operand of shape "
                    f"{tuple(operand.shape)}"
                )
            operand = diagonal(operand, 0, first, second)
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + letter
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
    value = permute_to(value, tuple(term.index(letter) for letter in result if letter in term))
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
        return reshape_to(permute_to(value, order), (*sizes_of(value, term, both), *shape))

    def sizes_of(value: Any, term: str, group: list[str]) -> list[int]:
        return [value.shape[term.index(one)] for one in group]

    out_sizes = (
        *sizes_of(a, left, both),
        *sizes_of(a, left, only_a),
        *sizes_of(b, right, only_b),
    )
    product = _matmul(arranged(a, left, only_a, summed), arranged(b, right, summed, only_b))
    return "".join([*both, *only_a, *only_b]), reshape_to(product, out_sizes)


def _stretched(own: str, value: Any, other: str, sizes: dict[str, int]) -> Any:
    wanted = tuple(
        sizes[one] if one in other else size for one, size in zip(own, value.shape, strict=True)
    )
    return value if wanted == tuple(value.shape) else expand_to(value, wanted)
