"""Einstein's notation: ``einsum``, read letter by letter and carried out two operands at a time."""

from __future__ import annotations

from typing import Any

from autotensor.engine import dtypes
from autotensor.engine.operator import function_only
from autotensor.engine.tensor import Tensor, raw
from autotensor.operators.arguments import need_tensor, unpacked
from autotensor.operators.linalg.products import as_matrices, matrix_product
from autotensor.operators.reductions.reductions import sum
from autotensor.operators.structure.diagonals import diagonal
from autotensor.operators.structure.shapes import expand_to, permute_to, reshape_to

__all__ = ["einsum"]

# Spelled out, because importing ``string`` for them would take 1.6 ms.
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


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

    Raises:
        RuntimeError: an equation that does not fit the operands.
        ValueError, TypeError: no equation, no operands, or numbers that name no dimensions.

    Example:

        >>> A = at.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> at.einsum("ij->ji", A), at.einsum("ii->", A)  # transpose and trace
        (tensor([[1., 3.],
                [2., 4.]]), tensor(5.))
        >>> at.einsum("bik,bkj->bij", at.ones(3, 2, 5), at.ones(3, 5, 4)).shape
        torch.Size([3, 2, 4])
        >>> x = at.tensor([1.0, 10.0], requires_grad=True)
        >>> at.einsum("i,ij,j->", x, A, x).backward()  # (A + Aᵀ) x
        >>> x.grad
        tensor([52., 85.])
    """
    if not isinstance(equation, str):
        equation, operands = _spelled((equation, *operands))
    operands = unpacked(operands)
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
                    f"operands of shapes {', '.join(str(one.shape) for one in operands)}"
                )
            sizes[letter] = size if known == 1 else known
    factors = [_without_repeats(*pair) for pair in zip(terms, operands, strict=True)]
    dtype = dtypes.promoted(*(raw(one) for _, one in factors))
    alike = [(term, one.to(dtype) if isinstance(one, Tensor) else one) for term, one in factors]
    return _contract(alike, result, sizes)


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
    """The letters of each operand and of the result, with ``...`` spelled out in Greek ones."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        raise RuntimeError(
            f"einsum: {equation!r} names {len(terms)} operands but {len(operands)} were given"
        )
    widths = []
    for term, operand in zip(terms, operands, strict=True):
        if term.count("...") > 1:
            raise RuntimeError(f"einsum: {term!r} in {equation!r} has more than one ellipsis")
        named = len(term.replace("...", ""))
        width = operand.ndim - named
        if width < 0 or (width and "..." not in term):
            raise RuntimeError(
                f"einsum: {term!r} in {equation!r} names {named} dimensions but that operand has "
                f"shape {operand.shape}"
            )
        widths.append(width)
    widest = max(widths)
    full = "".join(chr(0x3B1 + at) for at in range(widest))
    pairs = zip(terms, widths, strict=True)
    terms = [term.replace("...", full[widest - width :]) for term, width in pairs]
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


def _without_repeats(term: str, operand: Any) -> tuple[str, Any]:
    """``operand`` with each letter once: a repeated one reads the diagonal."""
    for letter in dict.fromkeys(term):
        while term.count(letter) > 1:
            first = term.index(letter)
            second = term.index(letter, first + 1)
            if operand.shape[first] != operand.shape[second]:
                raise RuntimeError(
                    f"einsum: {letter!r} stands for two sizes in an operand of shape "
                    f"{operand.shape}"
                )
            operand = diagonal(operand, 0, first, second)
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + letter
    return term, operand


def _contract(factors: list[tuple[str, Any]], result: str, sizes: dict[str, int]) -> Any:
    """Multiplies the operands together from left to right, two at a time."""
    term, value = factors[0]
    for at, (other, operand) in enumerate(factors[1:], 2):
        later = set(result).union(*(one for one, _ in factors[at:]))
        term, value = _contract_two(term, value, other, operand, later, sizes)
    term, value = _summed_but(set(result), term, value)
    value = permute_to(value, tuple(term.index(letter) for letter in result if letter in term))
    if len(factors) == 1:
        return value  # where nothing was summed, a view, as PyTorch's
    return value.clone() if isinstance(value, Tensor) and value.view_of is not None else value


def _summed_but(needed: set[str], term: str, value: Any) -> tuple[str, Any]:
    """The sum over all letters that are not ``needed``."""
    gone = tuple(at for at, letter in enumerate(term) if letter not in needed)
    if not gone:
        return term, value
    return "".join(letter for letter in term if letter in needed), sum(value, gone)


def _contract_two(
    left: str, a: Any, right: str, b: Any, later: set[str], sizes: dict[str, int]
) -> tuple[str, Any]:
    """Two operands as one matrix product: letters kept of both, of one, and summed over."""
    left, a = _summed_but(later.union(right), left, a)
    right, b = _summed_but(later.union(left), right, b)
    # A letter of size 1 in one operand only is broadcast.
    a, b = _widened(left, a, right, sizes), _widened(right, b, left, sizes)
    both = [one for one in left if one in right and one in later]
    summed = [one for one in left if one in right and one not in later]
    only_a = [one for one in left if one not in right]
    only_b = [one for one in right if one not in left]

    def arranged(value: Any, term: str, *groups: list[str]) -> Any:
        return as_matrices(value, *([term.index(one) for one in group] for group in groups))

    product = matrix_product(
        arranged(a, left, both, only_a, summed), arranged(b, right, both, summed, only_b)
    )
    size = dict(zip(left + right, (*a.shape, *b.shape), strict=True))
    term = "".join([*both, *only_a, *only_b])
    return term, reshape_to(product, tuple(size[one] for one in term))


def _widened(own: str, value: Any, other: str, sizes: dict[str, int]) -> Any:
    """``value`` stretched along the letters that it shares with the other operand."""
    pairs = zip(own, value.shape, strict=True)
    wanted = tuple(sizes[one] if one in other else size for one, size in pairs)
    return value if wanted == value.shape else expand_to(value, wanted)
