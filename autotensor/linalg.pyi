# Made by `python -m tests.checkers.stubs` from the declarations; not to be edited by hand.
"""Linear algebra."""

from autotensor import matmul as matmul
from autotensor import matrix_exp as matrix_exp
from autotensor.engine.tensor import Tensor
from autotensor.operators.linalg.decompositions import CholeskyEx
from autotensor.operators.linalg.decompositions import Eigh
from autotensor.operators.linalg.decompositions import LU
from autotensor.operators.linalg.decompositions import LUFactor
from autotensor.operators.linalg.decompositions import LUFactorEx
from autotensor.operators.linalg.decompositions import LinAlgError as LinAlgError
from autotensor.operators.linalg.decompositions import QR
from autotensor.operators.linalg.decompositions import SVD
from autotensor.operators.linalg.matrix_functions import SlogDet
from autotensor.operators.linalg.systems import Inverse
from autotensor.operators.linalg.systems import LeastSquares
from autotensor.operators.linalg.systems import Solution
from autotensor.types import DType
from autotensor.types import Ints
from autotensor.types import Operand
from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from collections.abc import Sequence
from typing import Literal
from typing import overload as _overload

def cholesky(A: Tensor, *, upper: _bool = False, out: Tensor | None = None) -> Tensor: ...
def cholesky_ex(
    A: Tensor,
    *,
    upper: _bool = False,
    check_errors: _bool = False,
    out: Tensor | None = None,
) -> CholeskyEx: ...
def cond(A: Tensor, p: _float | str | None = None, *, out: Tensor | None = None) -> Tensor: ...
def cross(
    input: Tensor,
    other: Operand,
    *,
    dim: _int = -1,
    axis: _int = -1,
    out: Tensor | None = None,
) -> Tensor: ...
def det(A: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def diagonal(A: Tensor, *, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor: ...
def eig(A: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def eigh(A: Tensor, UPLO: Literal['L', 'U'] = 'L', *, out: Tensor | None = None) -> Eigh: ...
def eigvals(A: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def eigvalsh(
    A: Tensor,
    UPLO: Literal['L', 'U'] = 'L',
    *,
    out: Tensor | None = None,
) -> Tensor: ...
def householder_product(A: Tensor, tau: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def inv(A: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def inv_ex(A: Tensor, *, check_errors: _bool = False, out: Tensor | None = None) -> Inverse: ...
def lstsq(
    A: Tensor,
    B: Tensor,
    rcond: _float | None = None,
    *,
    driver: str | None = None,
) -> LeastSquares: ...
def lu(A: Tensor, *, pivot: _bool = True, out: Tensor | None = None) -> LU: ...
def lu_factor(A: Tensor, *, pivot: _bool = True, out: Tensor | None = None) -> LUFactor: ...
def lu_factor_ex(
    A: Tensor,
    *,
    pivot: _bool = True,
    check_errors: _bool = False,
    out: Tensor | None = None,
) -> LUFactorEx: ...
def lu_solve(
    LU: Tensor,
    pivots: Tensor,
    B: Tensor,
    *,
    left: _bool = True,
    adjoint: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def matrix_norm(
    A: Tensor,
    ord: _float | str = 'fro',
    dim: Ints = ...,
    keepdim: _bool = False,
    *,
    dtype: DType | None = None,
    axis: Ints = ...,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def matrix_power(A: Tensor, n: _int, *, out: Tensor | None = None) -> Tensor: ...
def matrix_rank(
    A: Tensor,
    tol: Tensor | _float | None = None,
    hermitian: _bool = False,
    *,
    atol: Tensor | _float | None = None,
    rtol: Tensor | _float | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
def multi_dot(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor: ...
def norm(
    A: Tensor,
    ord: _float | str | None = None,
    dim: Ints | None = None,
    keepdim: _bool = False,
    *,
    dtype: DType | None = None,
    axis: Ints | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def pinv(
    A: Tensor,
    rcond: Tensor | _float | None = None,
    hermitian: _bool = False,
    *,
    atol: Tensor | _float | None = None,
    rtol: Tensor | _float | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
def qr(A: Tensor, mode: str = 'reduced', *, out: Tensor | None = None) -> QR: ...
def slogdet(A: Tensor, *, out: Tensor | None = None) -> SlogDet: ...
def solve(A: Tensor, B: Tensor, *, left: _bool = True, out: Tensor | None = None) -> Tensor: ...
def solve_ex(
    A: Tensor,
    B: Tensor,
    *,
    left: _bool = True,
    check_errors: _bool = False,
    out: Tensor | None = None,
) -> Solution: ...
def solve_triangular(
    A: Tensor,
    B: Tensor,
    *,
    upper: _bool,
    left: _bool = True,
    unitriangular: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def svd(
    A: Tensor,
    full_matrices: _bool = True,
    *,
    driver: str | None = None,
    out: Tensor | None = None,
) -> SVD: ...
def svdvals(A: Tensor, *, driver: str | None = None, out: Tensor | None = None) -> Tensor: ...
def tensorinv(A: Tensor, ind: _int = 2, *, out: Tensor | None = None) -> Tensor: ...
@_overload
def tensorsolve(
    A: Tensor,
    B: Tensor,
    dims: Sequence[_int] | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def tensorsolve(
    A: Tensor,
    *,
    other: Tensor,
    dims: Sequence[_int] | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
def vander(x: Tensor, N: _int | None = None) -> Tensor: ...
def vecdot(
    x: Tensor,
    y: Tensor,
    *,
    dim: _int = -1,
    axis: _int = -1,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def vector_norm(
    x: Tensor,
    ord: _float = 2,
    dim: Ints | None = None,
    keepdim: _bool = False,
    *,
    dtype: DType | None = None,
    axis: Ints | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def vector_norm(
    *,
    input: Tensor,
    ord: _float = 2,
    dim: Ints | None = None,
    keepdim: _bool = False,
    dtype: DType | None = None,
    axis: Ints | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
