"""Writes docs/tables/array_api.md: the array API standard, name by name.

    python -m tests.tools.array_api_table

Of each function and method, random calls are made here and in ``array-api-strict``, the standard's
own reference, which must be installed.  Nothing is written unless all agree.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings

from autotensor import array_api
from autotensor.array_api.info import LEFT_OUT
from tests.tools.array_api_calls import CALLS, Call, made, told

PAGE = Path(__file__).parents[2] / "docs" / "tables" / "array_api.md"

#: The standard's names, version 2025.12, by its chapters.
STANDARD: dict[str, str] = {
    "Constants": "e inf nan newaxis pi",
    "Data types": """
        bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128
    """,
    "Data type functions": "astype can_cast finfo iinfo isdtype result_type",
    "Creation functions": """
        arange asarray empty empty_like eye from_dlpack full full_like linspace meshgrid ones
        ones_like tril triu zeros zeros_like
    """,
    "Element-wise functions": """
        abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_left_shift bitwise_invert
        bitwise_or bitwise_right_shift bitwise_xor ceil clip conj copysign cos cosh divide equal exp
        expm1 floor floor_divide greater greater_equal hypot imag isfinite isinf isnan less
        less_equal log log1p log2 log10 logaddexp logical_and logical_not logical_or logical_xor
        maximum minimum multiply negative nextafter not_equal positive pow real reciprocal remainder
        round sign signbit sin sinh square sqrt subtract tan tanh trunc
    """,
    "Linear algebra functions": "matmul matrix_transpose tensordot vecdot",
    "Manipulation functions": """
        broadcast_arrays broadcast_shapes broadcast_to concat expand_dims flip moveaxis permute_dims
        repeat reshape roll squeeze stack tile unstack
    """,
    "Searching, sorting, set, indexing and utility functions": """
        all any argmax argmin argsort count_nonzero diff isin nonzero searchsorted sort take
        take_along_axis unique_all unique_counts unique_inverse unique_values where
    """,
    "Statistical functions": """
        cumulative_prod cumulative_sum max mean min prod std sum var
    """,
    "Inspection": "__array_api_version__ __array_namespace_info__",
    "Extension: linear algebra": """
        linalg.cholesky linalg.cross linalg.det linalg.diagonal linalg.eig linalg.eigh
        linalg.eigvals linalg.eigvalsh linalg.inv linalg.matmul linalg.matrix_norm
        linalg.matrix_power linalg.matrix_rank linalg.matrix_transpose linalg.outer linalg.pinv
        linalg.qr linalg.slogdet linalg.solve linalg.svd linalg.svdvals linalg.tensordot
        linalg.trace linalg.vecdot linalg.vector_norm
    """,
    "Extension: Fourier transforms": """
        fft.fft fft.ifft fft.fftn fft.ifftn fft.rfft fft.irfft fft.rfftn fft.irfftn fft.hfft
        fft.ihfft fft.fftfreq fft.rfftfreq fft.fftshift fft.ifftshift
    """,
    "The array": """
        array.T array.device array.dtype array.mT array.ndim array.shape array.size array.to_device
        array.__abs__ array.__add__ array.__and__ array.__array_namespace__ array.__bool__
        array.__complex__ array.__dlpack__ array.__dlpack_device__ array.__eq__ array.__float__
        array.__floordiv__ array.__ge__ array.__getitem__ array.__gt__ array.__iadd__
        array.__iand__ array.__ifloordiv__ array.__ilshift__ array.__imatmul__ array.__imod__
        array.__imul__ array.__index__ array.__int__ array.__invert__ array.__ior__ array.__ipow__
        array.__irshift__ array.__isub__ array.__itruediv__ array.__ixor__ array.__le__
        array.__lshift__ array.__lt__ array.__matmul__ array.__mod__ array.__mul__ array.__ne__
        array.__neg__ array.__or__ array.__pos__ array.__pow__ array.__radd__ array.__rand__
        array.__rfloordiv__ array.__rlshift__ array.__rmatmul__ array.__rmod__ array.__rmul__
        array.__ror__ array.__rpow__ array.__rrshift__ array.__rshift__ array.__rsub__
        array.__rtruediv__ array.__rxor__ array.__setitem__ array.__sub__ array.__truediv__
        array.__xor__
    """,
}

#: Where a Tensor does something else than the standard's array, because PyTorch does: how it looks
#: in a program, what the standard wants, and what to write.
CONFLICTS: dict[str, tuple[str, str]] = {
    "x.size": (
        "the number of elements; here a method, `x.size()` is the shape",
        "`math.prod(x.shape)`, or `size(x)` of array-api-compat",
    ),
    "float32 + float64 without dimensions": (
        "float64; here, as for all operators of Python, a Tensor without dimensions widens no "
        "other of its kind",
        "`add(x1, x2)` of the namespace, and its like, which promote as the standard says",
    ),
    "x[::-1]": ("the other way round; here negative steps are refused", "`flip(x)`"),
    "sum, prod, cumulative_sum of uint8": (
        "uint64, which no Tensor holds; here int64",
        "`dtype=`",
    ),
    "x == None": ("not said; here False, no Tensor", "`equal(x1, x2)`"),
}

HEAD = """# The array API standard, name by name

Made by `python -m tests.tools.array_api_table`, not by hand. `autotensor.array_api` follows the
[Python array API standard](https://data-apis.org/array-api/latest/), version {standard}. Of each
function and method, {count} random calls, of all dtypes that the standard lets meet, of shapes with
and without elements, with infinities and NaN where they are defined, gave the values, dtypes and
shapes of array-api-strict {strict}, the standard's own reference; there too are the arguments, each
by name or position as there.

**{share} of {all_names} names are here: {percent} %.** What is left out needs complex numbers or
unsigned integers wider than uint8, which no Tensor holds; a program finds that out by `hasattr`,
and the error says why. Where PyTorch means something else than the standard, see the end of the
page.

Gradients are recorded through all of it. `python -m tests.tools.array_api_suite FOLDER` runs
[array-api-tests](https://github.com/data-apis/array-api-tests) from a checkout of yours.
"""


def names() -> list[str]:
    return [name for listed in STANDARD.values() for name in listed.split()]


def why_left_out(name: str) -> str | None:
    """The reason why a name is not here; None if it is."""
    return LEFT_OUT.get(name) or LEFT_OUT.get(name.partition(".")[0])


def is_here(name: str) -> bool:
    """Whether the namespace, or a Tensor, has a name and means by it what the standard does."""
    return name != "array.size" and why_left_out(name) is None


def differences(got: Any, wanted: Any, exact: bool) -> Iterator[str]:
    """In what two answers differ; ``exact``: in the sign of a zero too."""
    if isinstance(wanted, dict):
        if list(got) != list(wanted):
            yield f"has the parts {list(got)}, not {list(wanted)}"
        for key in wanted if list(got) == list(wanted) else ():
            yield from differences(got[key], wanted[key], exact)
    elif not isinstance(wanted, np.ndarray):
        if type(got) is not type(wanted) or not (got == wanted or got != got):
            yield f"is {got!r}, not {wanted!r}"
    elif (got.dtype, got.shape) != (wanted.dtype, wanted.shape):
        yield f"is {got.dtype} {got.shape}, not {wanted.dtype} {wanted.shape}"
    elif wanted.dtype.kind != "f":
        if not np.array_equal(got, wanted):
            yield f"is {got}, not {wanted}"
    else:
        digits = {4: 4e-6, 8: 1e-13}[wanted.itemsize]
        if not np.allclose(got, wanted, rtol=digits, atol=digits, equal_nan=True):
            yield f"is {got}, not {wanted}"
        if exact and np.any((np.signbit(got) != np.signbit(wanted)) & (wanted == 0)):
            yield f"has zeros of another sign: {got}, not {wanted}"


#: Whose zeros may be of either sign: sums of products.
_SUMS = ("matmul", "tensordot", "vecdot", "linalg.")


def compare(call: Call, reference: ModuleType) -> None:
    """Raises AssertionError unless a call gives the same here and in the reference."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = told(made(call, reference))
    got = told(made(call, array_api))
    if call.name in ("empty", "empty_like"):
        got, wanted = np.zeros_like(got), np.zeros_like(wanted)
    found = list(
        differences(got, wanted, not (call.name.startswith(_SUMS) or "matmul" in call.name))
    )
    assert not found, f"{call}: {'; '.join(found)}"


def trial(name: str, reference: ModuleType, count: int) -> Callable[[], None]:
    """A function that makes ``count`` random calls and compares them."""

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(CALLS[name])
    def run(call: Call) -> None:
        compare(call, reference)

    return run


def page(count: int, strict: str) -> str:
    """The page, all trials being passed."""
    listed = names()
    share = sum(map(is_here, listed))
    lines = [
        HEAD.format(
            count=count,
            standard=array_api.__array_api_version__,
            strict=strict,
            share=share,
            all_names=len(listed),
            percent=100 * share // len(listed),
        )
    ]
    for chapter, several in STANDARD.items():
        here = [f"`{name}`" for name in several.split() if is_here(name)]
        left = [name for name in several.split() if not is_here(name)]
        lines += [f"## {chapter}", ""]
        if here:
            lines += [f"{len(here)} pass: {', '.join(here)}.", ""]
        reasons = dict.fromkeys(why_left_out(name) or "see below" for name in left)
        for reason in reasons:
            those = [f"`{name}`" for name in left if (why_left_out(name) or "see below") == reason]
            lines += [f"Left out: {', '.join(those)}; {reason}.", ""]
    lines += ["## Where a Tensor is not the standard's array", ""]
    lines += ["PyTorch's meaning holds. The namespace's functions do what the standard says.", ""]
    lines += ["| program | the standard | to write instead |", "| --- | --- | --- |"]
    lines += [f"| `{key}` | {wants} | {instead} |" for key, (wants, instead) in CONFLICTS.items()]
    return "\n".join(lines) + "\n"


def main(count: int = 100) -> None:
    import array_api_strict

    for name in CALLS:
        trial(name, array_api_strict, count)()
        print(name, "agrees")
    PAGE.write_text(page(count, version("array-api-strict")), encoding="utf-8")
    print(f"wrote {PAGE}")


if __name__ == "__main__":
    main()
