# Made by `python -m tests.checkers.stubs` from the declarations; not to be edited by hand.
"""What other files make methods of Tensor; ``class Tensor`` inherits it in name."""

from autotensor.attributes import TypedStorage
from autotensor.attributes import UntypedStorage
from autotensor.device import device as _device
from autotensor.engine.tensor import Tensor
from autotensor.facts import Size
from autotensor.facts import dtype as _dtype
from autotensor.hooks import RemovableHandle
from autotensor.nodes import Explanation
from autotensor.nodes import Node
from autotensor.operators.linalg.decompositions import OldSVD
from autotensor.operators.linalg.decompositions import QR
from autotensor.operators.linalg.decompositions import TriangularSolve
from autotensor.operators.linalg.matrix_functions import SlogDet
from autotensor.operators.pointwise.rounding import Frexp
from autotensor.operators.reductions.histograms import Histogram
from autotensor.operators.reductions.reductions import MinAndMax
from autotensor.operators.reductions.scans import ValuesAndIndices
from autotensor.operators.settings import layout as _layout
from autotensor.operators.settings import memory_format as _memory_format
from autotensor.random import Generator
from autotensor.types import DType
from autotensor.types import Data
from autotensor.types import Device
from autotensor.types import Index
from autotensor.types import Ints
from autotensor.types import Operand
from autotensor.types import Sizes
from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from builtins import type as _type
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any
from typing import Literal
from typing import Self
from typing import overload as _overload

class TensorMethods:
    @property
    def H(self) -> Tensor: ...
    @property
    def T(self) -> Tensor: ...
    def __abs__(self) -> Tensor: ...
    def __add__(self, other: Operand) -> Tensor: ...
    def __and__(self, other: Operand) -> Tensor: ...
    def __contains__(self, value: object) -> _bool: ...
    def __deepcopy__(self, memo: dict[_int, Any]) -> Self: ...
    def __eq__(self, other: object) -> Tensor: ...  # type: ignore[override]
    def __floordiv__(self, other: Operand) -> Tensor: ...
    def __ge__(self, other: Operand) -> Tensor: ...  # type: ignore[misc]
    def __getitem__(self, index: Index) -> Tensor: ...
    def __getstate__(self) -> dict[str, Any]: ...
    def __gt__(self, other: Operand) -> Tensor: ...  # type: ignore[misc]
    def __iadd__(self, other: Operand) -> Self: ...
    def __iand__(self, other: Operand) -> Self: ...
    def __ifloordiv__(self, other: Operand) -> Self: ...
    def __ilshift__(self, other: Operand) -> Self: ...
    def __imatmul__(self, other: Operand) -> Self: ...
    def __imod__(self, other: Operand) -> Self: ...
    def __imul__(self, other: Operand) -> Self: ...
    def __init__(self, *data: Data, device: Device | None = None) -> None:
        """Initialize self.  See help(type(self)) for accurate signature."""
        ...
    def __invert__(self) -> Tensor: ...
    def __ior__(self, other: Operand) -> Self: ...
    def __ipow__(self, other: Operand) -> Self: ...
    def __irshift__(self, other: Operand) -> Self: ...
    def __isub__(self, other: Operand) -> Self: ...
    def __itruediv__(self, other: Operand) -> Self: ...
    def __ixor__(self, other: Operand) -> Self: ...
    def __le__(self, other: Operand) -> Tensor: ...  # type: ignore[misc]
    def __lshift__(self, other: Operand) -> Tensor: ...
    def __lt__(self, other: Operand) -> Tensor: ...  # type: ignore[misc]
    def __matmul__(self, other: Operand) -> Tensor: ...
    def __mod__(self, other: Operand) -> Tensor: ...
    def __mul__(self, other: Operand) -> Tensor: ...
    def __ne__(self, other: object) -> Tensor: ...  # type: ignore[override]
    def __neg__(self) -> Tensor: ...
    def __or__(self, other: Operand) -> Tensor: ...
    def __pos__(self) -> Tensor: ...
    def __pow__(self, other: Operand) -> Tensor: ...
    def __radd__(self, other: Operand) -> Tensor: ...
    def __rand__(self, other: Operand) -> Tensor: ...
    def __rfloordiv__(self, other: Operand) -> Tensor: ...
    def __rlshift__(self, other: Operand) -> Tensor: ...
    def __rmatmul__(self, other: Operand) -> Tensor: ...
    def __rmod__(self, other: Operand) -> Tensor: ...
    def __rmul__(self, other: Operand) -> Tensor: ...
    def __ror__(self, other: Operand) -> Tensor: ...
    def __rpow__(self, other: Operand) -> Tensor: ...
    def __rrshift__(self, other: Operand) -> Tensor: ...
    def __rshift__(self, other: Operand) -> Tensor: ...
    def __rsub__(self, other: Operand) -> Tensor: ...
    def __rtruediv__(self, other: Operand) -> Tensor: ...
    def __rxor__(self, other: Operand) -> Tensor: ...
    def __setitem__(self, index: Index, value: Operand | Sequence[Any]) -> None: ...
    def __sub__(self, other: Operand) -> Tensor: ...
    def __truediv__(self, other: Operand) -> Tensor: ...
    def __xor__(self, other: Operand) -> Tensor: ...
    def abs(self) -> Tensor:
        """``|input|``.  d input = g · sign(input): 0 at 0."""
        ...
    def abs_(self) -> Self:
        """In-place form of ``abs``; returns this Tensor."""
        ...
    def absolute(self) -> Tensor:
        """``|input|``.  d input = g · sign(input): 0 at 0."""
        ...
    def absolute_(self) -> Self:
        """In-place form of ``abs``; returns this Tensor."""
        ...
    def acos(self) -> Tensor:
        """Inverse cosine, radians.  d input = -g / √(1 - input²)."""
        ...
    def acos_(self) -> Self:
        """In-place form of ``acos``; returns this Tensor."""
        ...
    def acosh(self) -> Tensor:
        """Inverse hyperbolic cosine.  d input = g / √(input² - 1)."""
        ...
    def acosh_(self) -> Self:
        """In-place form of ``acosh``; returns this Tensor."""
        ...
    def add(self, other: Operand, *, alpha: _float = 1) -> Tensor:
        """``input + alpha · other``.  d input = g, d other = alpha · g."""
        ...
    def add_(self, other: Operand, *, alpha: _float = 1) -> Self:
        """In-place form of ``add``; returns this Tensor."""
        ...
    def addbmm(
        self,
        batch1: Tensor,
        batch2: Tensor,
        *,
        beta: _float = 1,
        alpha: _float = 1,
    ) -> Tensor:
        """``beta · input + alpha · Σ_b batch1_b @ batch2_b``: ``(n, m) + (B, n, k) @ (B, k, m)``."""
        ...
    def addbmm_(
        self,
        batch1: Tensor,
        batch2: Tensor,
        *,
        beta: _float = 1,
        alpha: _float = 1,
    ) -> Self:
        """In-place form of ``addbmm``; returns this Tensor."""
        ...
    def addcdiv(self, tensor1: Tensor, tensor2: Tensor, *, value: _float = 1) -> Tensor:
        """``input + value · tensor1 / tensor2``, broadcast."""
        ...
    def addcdiv_(self, tensor1: Tensor, tensor2: Tensor, *, value: _float = 1) -> Self:
        """In-place form of ``addcdiv``; returns this Tensor."""
        ...
    def addcmul(self, tensor1: Tensor, tensor2: Tensor, *, value: _float = 1) -> Tensor:
        """``input + value · tensor1 · tensor2``, broadcast."""
        ...
    def addcmul_(self, tensor1: Tensor, tensor2: Tensor, *, value: _float = 1) -> Self:
        """In-place form of ``addcmul``; returns this Tensor."""
        ...
    def addmm(
        self,
        mat1: Tensor,
        mat2: Tensor,
        *,
        beta: _float = 1,
        alpha: _float = 1,
    ) -> Tensor:
        """``beta · input + alpha · mat1 @ mat2``: ``(n, m) + (n, k) @ (k, m)``."""
        ...
    def addmm_(
        self,
        mat1: Tensor,
        mat2: Tensor,
        *,
        beta: _float = 1,
        alpha: _float = 1,
    ) -> Self:
        """In-place form of ``addmm``; returns this Tensor."""
        ...
    def addmv(self, mat: Tensor, vec: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """``beta · input + alpha · mat @ vec``: ``(n) + (n, k) @ (k)``."""
        ...
    def addmv_(self, mat: Tensor, vec: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Self:
        """In-place form of ``addmv``; returns this Tensor."""
        ...
    def addr(
        self,
        vec1: Tensor,
        vec2: Tensor,
        *,
        beta: _float = 1,
        alpha: _float = 1,
    ) -> Tensor:
        """``beta · input + alpha · outer(vec1, vec2)``: ``(n, m) + (n), (m)``."""
        ...
    def addr_(self, vec1: Tensor, vec2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Self:
        """In-place form of ``addr``; returns this Tensor."""
        ...
    def adjoint(self) -> Tensor:
        """The last two dimensions exchanged, as ``.mT``.  d input = gᵀ."""
        ...
    def all(
        self,
        dim: Ints | None = None,
        keepdim: _bool = False,
        *,
        axis: Ints | None = None,
        keepdims: _bool = False,
    ) -> Tensor:
        """Whether no element over ``dim`` is 0: a bool Tensor, uint8 if ``input`` is."""
        ...
    def allclose(
        self,
        other: Operand,
        rtol: _float = 1e-05,
        atol: _float = 1e-08,
        equal_nan: _bool = False,
    ) -> _bool:
        """Whether ``isclose`` holds everywhere."""
        ...
    def amax(
        self,
        dim: Ints = ...,
        keepdim: _bool = False,
        *,
        axis: Ints = ...,
        keepdims: _bool = False,
    ) -> Tensor:
        """The largest over ``dim``.  g is divided equally among ties."""
        ...
    def amin(
        self,
        dim: Ints = ...,
        keepdim: _bool = False,
        *,
        axis: Ints = ...,
        keepdims: _bool = False,
    ) -> Tensor:
        """The smallest over ``dim``.  g is divided equally among ties."""
        ...
    def aminmax(
        self,
        *,
        dim: _int | None = None,
        keepdim: _bool = False,
        axis: _int | None = None,
        keepdims: _bool = False,
    ) -> MinAndMax:
        """``(amin, amax)``, over one ``dim`` or all."""
        ...
    def angle(self) -> Tensor:
        """The angle of a real number: π below 0, else 0.  d input = 0."""
        ...
    def any(
        self,
        dim: Ints | None = None,
        keepdim: _bool = False,
        *,
        axis: Ints | None = None,
        keepdims: _bool = False,
    ) -> Tensor:
        """Whether some element over ``dim`` is not 0: a bool Tensor, uint8 if ``input`` is."""
        ...
    def apply_(self, callable: Callable[[Any], Any]) -> Self:
        """Replaces each element by ``callable(element)``, one by one: slow, and without gradient."""
        ...
    def arccos(self) -> Tensor:
        """Inverse cosine, radians.  d input = -g / √(1 - input²)."""
        ...
    def arccos_(self) -> Self:
        """In-place form of ``acos``; returns this Tensor."""
        ...
    def arccosh(self) -> Tensor:
        """Inverse hyperbolic cosine.  d input = g / √(input² - 1)."""
        ...
    def arccosh_(self) -> Self:
        """In-place form of ``acosh``; returns this Tensor."""
        ...
    def arcsin(self) -> Tensor:
        """Inverse sine, radians.  d input = g / √(1 - input²)."""
        ...
    def arcsin_(self) -> Self:
        """In-place form of ``asin``; returns this Tensor."""
        ...
    def arcsinh(self) -> Tensor:
        """Inverse hyperbolic sine.  d input = g / √(input² + 1)."""
        ...
    def arcsinh_(self) -> Self:
        """In-place form of ``asinh``; returns this Tensor."""
        ...
    def arctan(self) -> Tensor:
        """Inverse tangent, radians.  d input = g / (1 + input²)."""
        ...
    def arctan2(self, other: Operand) -> Tensor:
        """Angle of the point (x = other, y = input), radians."""
        ...
    def arctan2_(self, other: Operand) -> Self:
        """In-place form of ``atan2``; returns this Tensor."""
        ...
    def arctan_(self) -> Self:
        """In-place form of ``atan``; returns this Tensor."""
        ...
    def arctanh(self) -> Tensor:
        """Inverse hyperbolic tangent.  d input = g / (1 - input²)."""
        ...
    def arctanh_(self) -> Self:
        """In-place form of ``atanh``; returns this Tensor."""
        ...
    def argmax(
        self,
        dim: _int | None = None,
        keepdim: _bool = False,
        *,
        axis: _int | None = None,
        keepdims: _bool = False,
    ) -> Tensor:
        """Position of the largest element along ``dim`` (of the flattened Tensor without), int64."""
        ...
    def argmin(
        self,
        dim: _int | None = None,
        keepdim: _bool = False,
        *,
        axis: _int | None = None,
        keepdims: _bool = False,
    ) -> Tensor:
        """Position of the smallest element along ``dim`` (of the flattened Tensor without), int64."""
        ...
    def argsort(
        self,
        dim: _int = -1,
        descending: _bool = False,
        stable: _bool = False,
        *,
        axis: _int = -1,
    ) -> Tensor:
        """The indices that ``sort`` gives, int64."""
        ...
    def argwhere(self) -> Tensor:
        """``nonzero(input)``."""
        ...
    def as_strided(
        self,
        size: Sequence[_int],
        stride: Sequence[_int],
        storage_offset: _int | None = None,
    ) -> Tensor:
        """A view of the memory of ``input``: element ``[i, j, …]`` is the one at place
        ``storage_offset + i · stride[0] + j · stride[1] + …``."""
        ...
    def as_strided_(
        self,
        size: Sizes,
        stride: Ints,
        storage_offset: _int | None = None,
    ) -> Self:
        """In-place form of ``as_strided``; returns this Tensor."""
        ...
    def as_strided_scatter(
        self,
        src: Tensor,
        size: Sizes,
        stride: Ints,
        storage_offset: _int | None = None,
    ) -> Tensor:
        """A copy of ``input`` with ``src`` where ``as_strided`` of it would read."""
        ...
    def asin(self) -> Tensor:
        """Inverse sine, radians.  d input = g / √(1 - input²)."""
        ...
    def asin_(self) -> Self:
        """In-place form of ``asin``; returns this Tensor."""
        ...
    def asinh(self) -> Tensor:
        """Inverse hyperbolic sine.  d input = g / √(input² + 1)."""
        ...
    def asinh_(self) -> Self:
        """In-place form of ``asinh``; returns this Tensor."""
        ...
    def atan(self) -> Tensor:
        """Inverse tangent, radians.  d input = g / (1 + input²)."""
        ...
    def atan2(self, other: Operand) -> Tensor:
        """Angle of the point (x = other, y = input), radians."""
        ...
    def atan2_(self, other: Operand) -> Self:
        """In-place form of ``atan2``; returns this Tensor."""
        ...
    def atan_(self) -> Self:
        """In-place form of ``atan``; returns this Tensor."""
        ...
    def atanh(self) -> Tensor:
        """Inverse hyperbolic tangent.  d input = g / (1 - input²)."""
        ...
    def atanh_(self) -> Self:
        """In-place form of ``atanh``; returns this Tensor."""
        ...
    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: _bool | None = None,
        create_graph: _bool = False,
        inputs: Tensor | Sequence[Tensor] | None = None,
    ) -> None:
        """Adds the gradient of this Tensor to the ``grad`` of every leaf that it was computed from."""
        ...
    def baddbmm(
        self,
        batch1: Tensor,
        batch2: Tensor,
        *,
        beta: _float = 1,
        alpha: _float = 1,
    ) -> Tensor:
        """``beta · input + alpha · batch1 @ batch2``: ``(B, n, m) + (B, n, k) @ (B, k, m)``."""
        ...
    def baddbmm_(
        self,
        batch1: Tensor,
        batch2: Tensor,
        *,
        beta: _float = 1,
        alpha: _float = 1,
    ) -> Self:
        """In-place form of ``baddbmm``; returns this Tensor."""
        ...
    def bernoulli(
        self,
        p: _float | None = None,
        *,
        generator: Generator | None = None,
    ) -> Tensor:
        """1 with the probabilities in ``input`` (or all with probability ``p``), else 0, in the dtype
        of ``input``.  d input = 0."""
        ...
    def bernoulli_(
        self,
        p: _float | Tensor = 0.5,
        *,
        generator: Generator | None = None,
    ) -> Self:
        """Fills this Tensor with 1, with probability ``p`` (a number or a Tensor), and 0."""
        ...
    def bfloat16(self) -> Tensor:
        """Raises TypeError: NumPy has no such numbers; stay with float32."""
        ...
    def bincount(self, weights: Tensor | None = None, minlength: _int = 0) -> Tensor:
        """``y_k``: how often ``k`` occurs in ``input`` (N), integers from 0; or ``Σ weights`` there."""
        ...
    def bitwise_and(self, other: Operand) -> Tensor:
        """Bits set in both; integers and bools."""
        ...
    def bitwise_and_(self, other: Operand) -> Self:
        """In-place form of ``bitwise_and``; returns this Tensor."""
        ...
    def bitwise_left_shift(self, other: Operand) -> Tensor:
        """``input · 2^other``: the bits moved left; integers."""
        ...
    def bitwise_left_shift_(self, other: Operand) -> Self:
        """In-place form of ``bitwise_left_shift``; returns this Tensor."""
        ...
    def bitwise_not(self) -> Tensor:
        """All bits turned; integers and bools."""
        ...
    def bitwise_not_(self) -> Self:
        """In-place form of ``bitwise_not``; returns this Tensor."""
        ...
    def bitwise_or(self, other: Operand) -> Tensor:
        """Bits set in one or both; integers and bools."""
        ...
    def bitwise_or_(self, other: Operand) -> Self:
        """In-place form of ``bitwise_or``; returns this Tensor."""
        ...
    def bitwise_right_shift(self, other: Operand) -> Tensor:
        """``⌊input / 2^other⌋``: the bits moved right, the sign kept; integers."""
        ...
    def bitwise_right_shift_(self, other: Operand) -> Self:
        """In-place form of ``bitwise_right_shift``; returns this Tensor."""
        ...
    def bitwise_xor(self, other: Operand) -> Tensor:
        """Bits set in just one; integers and bools."""
        ...
    def bitwise_xor_(self, other: Operand) -> Self:
        """In-place form of ``bitwise_xor``; returns this Tensor."""
        ...
    def bmm(self, mat2: Tensor) -> Tensor:
        """``input @ mat2``: ``(B, n, k) @ (B, k, m) → (B, n, m)``."""
        ...
    def bool(self) -> Tensor:
        """This Tensor as bool: ``(*)`` to ``(*)``.  d input = g."""
        ...
    @_overload
    def broadcast_to(self, *size: Sizes) -> Tensor: ...
    @_overload
    def broadcast_to(self, *, size: Sizes) -> Tensor:
        """``expand(input, size)``.  Differentiated as ``expand``."""
        ...
    def byte(self) -> Tensor:
        """This Tensor as uint8: ``(*)`` to ``(*)``.  d input = g."""
        ...
    def cauchy_(
        self,
        median: _float = 0,
        sigma: _float = 1,
        *,
        generator: Generator | None = None,
    ) -> Self:
        """Fills this Tensor with values of density ``σ / (π (σ² + (x - median)²))``."""
        ...
    def ceil(self) -> Tensor:
        """``⌈input⌉``.  d input = 0."""
        ...
    def ceil_(self) -> Self:
        """In-place form of ``ceil``; returns this Tensor."""
        ...
    def char(self) -> Tensor:
        """This Tensor as int8: ``(*)`` to ``(*)``.  d input = g."""
        ...
    def cholesky(self, upper: _bool = False) -> Tensor:
        """The lower triangular ``L`` with ``L Lᵀ = input``, ``(…, n, n)``; ``upper`` gives ``Lᵀ``."""
        ...
    def cholesky_inverse(self, upper: _bool = False) -> Tensor:
        """``A⁻¹``, given the Cholesky factor ``L`` of ``A`` (``upper``: Lᵀ)."""
        ...
    @_overload
    def cholesky_solve(self, L: Tensor, upper: _bool = False) -> Tensor: ...
    @_overload
    def cholesky_solve(self, *, input2: Tensor, upper: _bool = False) -> Tensor:
        """``X`` with ``A @ X = input``, given the Cholesky factor ``L`` of ``A`` (``upper``: Lᵀ)."""
        ...
    def chunk(self, chunks: _int, dim: _int = 0, *, axis: _int = 0) -> tuple[Tensor, ...]:
        """At most ``chunks`` views of equal pieces along ``dim``; the last may be smaller."""
        ...
    def clamp(
        self,
        min: Tensor | _float | None = None,
        max: Tensor | _float | None = None,
    ) -> Tensor:
        """``input`` kept within ``[min, max]``; numbers or Tensors, either may be None."""
        ...
    def clamp_(
        self,
        min: Tensor | _float | None = None,
        max: Tensor | _float | None = None,
    ) -> Self:
        """In-place form of ``clamp``; returns this Tensor."""
        ...
    def clamp_max(self, max: Tensor | _float) -> Tensor:
        """``clamp`` with an upper bound alone.  d input = g where input ≤ max, else 0."""
        ...
    def clamp_max_(self, max: Tensor | _float) -> Self:
        """In-place form of ``clamp_max``; returns this Tensor."""
        ...
    def clamp_min(self, min: Tensor | _float) -> Tensor:
        """``clamp`` with a lower bound alone.  d input = g where input ≥ min, else 0."""
        ...
    def clamp_min_(self, min: Tensor | _float) -> Self:
        """In-place form of ``clamp_min``; returns this Tensor."""
        ...
    def clip(
        self,
        min: Tensor | _float | None = None,
        max: Tensor | _float | None = None,
    ) -> Tensor:
        """``input`` kept within ``[min, max]``; numbers or Tensors, either may be None."""
        ...
    def clip_(
        self,
        min: Tensor | _float | None = None,
        max: Tensor | _float | None = None,
    ) -> Self:
        """In-place form of ``clamp``; returns this Tensor."""
        ...
    def clone(self, *, memory_format: _memory_format | None = None) -> Tensor:
        """A copy of ``input`` with memory of its own.  d input = g."""
        ...
    def conj(self) -> Tensor:
        """``input`` itself: there are no complex dtypes."""
        ...
    def conj_physical(self) -> Tensor:
        """``input`` itself: there are no complex dtypes."""
        ...
    def conj_physical_(self) -> Self:
        """In-place form of ``conj_physical``; returns this Tensor."""
        ...
    def contiguous(self, *, memory_format: _memory_format | None = None) -> Tensor:
        """``input`` itself if it lies in row-major order, else a copy that does.  d input = g."""
        ...
    def copy_(self, other: Operand, non_blocking: Any = False) -> Self:
        """In-place form of ``replaced``; returns this Tensor."""
        ...
    def copysign(self, other: Operand) -> Tensor:
        """The size of ``input`` with the sign of ``other``, that of a zero included."""
        ...
    def copysign_(self, other: Operand) -> Self:
        """In-place form of ``copysign``; returns this Tensor."""
        ...
    def corrcoef(self) -> Tensor:
        """Pearson's correlations ``cov_ij / √(cov_ii · cov_jj)`` of the rows of ``(V, N)``."""
        ...
    def cos(self) -> Tensor:
        """Cosine, radians.  d input = -g · sin(input)."""
        ...
    def cos_(self) -> Self:
        """In-place form of ``cos``; returns this Tensor."""
        ...
    def cosh(self) -> Tensor:
        """Hyperbolic cosine.  d input = g · sinh(input)."""
        ...
    def cosh_(self) -> Self:
        """In-place form of ``cosh``; returns this Tensor."""
        ...
    def count_nonzero(self, dim: Ints | None = None, *, axis: Ints | None = None) -> Tensor:
        """How many elements over ``dim`` are not 0, int64."""
        ...
    def cov(
        self,
        *,
        correction: _int = 1,
        fweights: Tensor | None = None,
        aweights: Tensor | None = None,
    ) -> Tensor:
        """Covariances ``(V, V)`` of ``V`` variables in ``N`` observations ``(V, N)``; 0-d of ``(N)``."""
        ...
    def cpu(self, *, memory_format: _memory_format | None = None) -> Tensor:
        """This Tensor: the CPU is the only device."""
        ...
    def cross(
        self,
        other: Operand,
        dim: _int | None = None,
        *,
        axis: _int | None = None,
    ) -> Tensor:
        """Cross products of vectors along ``dim``, of size 3; by default the first dim of that size."""
        ...
    def cuda(
        self,
        device: Device | None = None,
        non_blocking: _bool = False,
        *,
        layout: _layout | None = None,
        pin_memory: _bool | None = None,
    ) -> Tensor:
        """Raises RuntimeError: the CPU is the only device."""
        ...
    @_overload
    def cummax(self, dim: _int) -> ValuesAndIndices: ...
    @_overload
    def cummax(self, *, axis: _int) -> ValuesAndIndices:
        """The largest so far along ``dim``, and where it is (the last of equal ones); NaN stays."""
        ...
    @_overload
    def cummin(self, dim: _int) -> ValuesAndIndices: ...
    @_overload
    def cummin(self, *, axis: _int) -> ValuesAndIndices:
        """The smallest so far along ``dim``, and where it is (the last of equal ones); NaN stays."""
        ...
    @_overload
    def cumprod(self, dim: _int, *, dtype: DType | None = None) -> Tensor: ...
    @_overload
    def cumprod(self, *, axis: _int, dtype: DType | None = None) -> Tensor:
        """Running products along ``dim``."""
        ...
    @_overload
    def cumprod_(self, dim: _int, *, dtype: DType | None = None) -> Self: ...
    @_overload
    def cumprod_(self, *, axis: _int, dtype: DType | None = None) -> Self:
        """In-place form of ``cumprod``; returns this Tensor."""
        ...
    @_overload
    def cumsum(self, dim: _int, *, dtype: DType | None = None) -> Tensor: ...
    @_overload
    def cumsum(self, *, axis: _int, dtype: DType | None = None) -> Tensor:
        """Running sums along ``dim``.  d input = flip(cumsum(flip(g, dim), dim), dim)."""
        ...
    @_overload
    def cumsum_(self, dim: _int, *, dtype: DType | None = None) -> Self: ...
    @_overload
    def cumsum_(self, *, axis: _int, dtype: DType | None = None) -> Self:
        """In-place form of ``cumsum``; returns this Tensor."""
        ...
    def data_ptr(self) -> _int:
        """The address of the first element; 0 if there is none."""
        ...
    def deg2rad(self) -> Tensor:
        """Degrees as radians, ``input · π / 180``.  d input = g · π / 180."""
        ...
    def deg2rad_(self) -> Self:
        """In-place form of ``deg2rad``; returns this Tensor."""
        ...
    def det(self) -> Tensor:
        """The determinant, ``(…, n, n) → (…)``."""
        ...
    def detach_(self) -> Self:
        """Takes this Tensor out of the graph, in place."""
        ...
    @property
    def device(self) -> _device: ...
    def diag(self, diagonal: _int = 0) -> Tensor:
        """The diagonal of a matrix, copied; of a vector, the matrix that has it as a diagonal."""
        ...
    def diag_embed(self, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
        """``(*, n)`` to matrices ``(*, m, m)`` with it on a diagonal, m = n + |offset|, else 0."""
        ...
    def diagflat(self, offset: _int = 0) -> Tensor:
        """``diag_embed`` of all elements as one vector."""
        ...
    def diagonal(self, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """The diagonal of the matrices that ``dim1`` and ``dim2`` form, as the last dimension; a view."""
        ...
    def diagonal_scatter(
        self,
        src: Tensor,
        offset: _int = 0,
        dim1: _int = 0,
        dim2: _int = 1,
    ) -> Tensor:
        """``input`` with ``src`` in the place of ``diagonal(input, offset, dim1, dim2)``."""
        ...
    def diff(
        self,
        n: _int = 1,
        dim: _int = -1,
        prepend: Tensor | None = None,
        append: Tensor | None = None,
        *,
        axis: _int = -1,
    ) -> Tensor:
        """``input_{k+1} - input_k`` along ``dim``, ``n`` times over; of bools, where they differ."""
        ...
    def digamma(self) -> Tensor:
        """``ψ(input)``, the derivative of ``lgamma``.  d input = g · ψ⁽¹⁾(input); see ``polygamma``."""
        ...
    def digamma_(self) -> Self:
        """In-place form of ``digamma``; returns this Tensor."""
        ...
    def dim_order(self) -> tuple[_int, ...]:
        """The dimensions by their steps in memory, the longest first."""
        ...
    def dist(self, other: Operand, p: _float = 2) -> Tensor:
        """``norm(input - other, p)``, a 0-d Tensor."""
        ...
    def div(
        self,
        other: Operand,
        *,
        rounding_mode: Literal['trunc', 'floor'] | None = None,
    ) -> Tensor:
        """``input / other``, or rounded: ``rounding_mode`` is None, ``'trunc'`` or ``'floor'``."""
        ...
    def div_(
        self,
        other: Operand,
        *,
        rounding_mode: Literal['trunc', 'floor'] | None = None,
    ) -> Self:
        """In-place form of ``div``; returns this Tensor."""
        ...
    def divide(
        self,
        other: Operand,
        *,
        rounding_mode: Literal['trunc', 'floor'] | None = None,
    ) -> Tensor:
        """``input / other``, or rounded: ``rounding_mode`` is None, ``'trunc'`` or ``'floor'``."""
        ...
    def divide_(
        self,
        other: Operand,
        *,
        rounding_mode: Literal['trunc', 'floor'] | None = None,
    ) -> Self:
        """In-place form of ``div``; returns this Tensor."""
        ...
    def dot(self, tensor: Tensor) -> Tensor:
        """``Σ input · tensor`` of two vectors of one length."""
        ...
    def double(self) -> Tensor:
        """This Tensor as float64: ``(*)`` to ``(*)``.  d input = g."""
        ...
    @_overload
    def dsplit(self, indices_or_sections: _int | Sequence[_int] | Tensor) -> tuple[Tensor, ...]: ...
    @_overload
    def dsplit(self, *, indices: _int | Sequence[_int] | Tensor) -> tuple[Tensor, ...]: ...
    @_overload
    def dsplit(self, *, sections: _int | Sequence[_int] | Tensor) -> tuple[Tensor, ...]:
        """``tensor_split`` into equal pieces or at places, along dim 2 of at least 3."""
        ...
    @property
    def dtype(self) -> _dtype: ...
    def eq(self, other: Operand) -> Tensor:
        """``input == other``, a bool Tensor."""
        ...
    def eq_(self, other: Operand) -> Self:
        """In-place form of ``eq``; returns this Tensor."""
        ...
    def equal(self, other: Operand) -> _bool:
        """Whether two Tensors have the same shape and the same elements."""
        ...
    def erf(self) -> Tensor:
        """``2/√π · ∫_0^input e^(-t²) dt``, the error function.  d input = g · 2/√π · e^(-input²)."""
        ...
    def erf_(self) -> Self:
        """In-place form of ``erf``; returns this Tensor."""
        ...
    def erfc(self) -> Tensor:
        """``1 - erf(input)``, exact also where that is tiny.  d input = -g · 2/√π · e^(-input²)."""
        ...
    def erfc_(self) -> Self:
        """In-place form of ``erfc``; returns this Tensor."""
        ...
    def erfinv(self) -> Tensor:
        """The number whose ``erf`` is ``input``; NaN outside [-1, 1].  d input = g · √π/2 · e^(y²)."""
        ...
    def erfinv_(self) -> Self:
        """In-place form of ``erfinv``; returns this Tensor."""
        ...
    def exp(self) -> Tensor:
        """``e^input``.  d input = g · y."""
        ...
    def exp2(self) -> Tensor:
        """``2^input``.  d input = g · y · ln 2."""
        ...
    def exp2_(self) -> Self:
        """In-place form of ``exp2``; returns this Tensor."""
        ...
    def exp_(self) -> Self:
        """In-place form of ``exp``; returns this Tensor."""
        ...
    @_overload
    def expand(self, *size: Sizes) -> Tensor: ...
    @_overload
    def expand(self, *, size: Sizes) -> Tensor:
        """Dimensions of size 1 stretched, new ones put in front; -1 keeps a size.  A view."""
        ...
    def expand_as(self, other: Operand) -> Tensor:
        """``input`` stretched to the shape of ``other``.  Differentiated as ``expand``."""
        ...
    def explain(
        self,
        gradient: Tensor | None = None,
        depth: _int | None = None,
        limit: _int = 24,
    ) -> Explanation:
        """The backward pass from this Tensor, operator by operator, in the order in which it runs."""
        ...
    def expm1(self) -> Tensor:
        """``e^input - 1``, exact near 0.  d input = g · (y + 1)."""
        ...
    def expm1_(self) -> Self:
        """In-place form of ``expm1``; returns this Tensor."""
        ...
    def exponential_(self, lambd: _float = 1, *, generator: Generator | None = None) -> Self:
        """Fills this Tensor with values of density ``lambd · e^(-lambd · x)``."""
        ...
    def fill_(self, value: Tensor | _float) -> Self:
        """In-place form of ``fill``; returns this Tensor."""
        ...
    def fill_diagonal_(self, fill_value: _float, wrap: _bool = False) -> Self:
        """In-place form of ``fill_diagonal``; returns this Tensor."""
        ...
    def fix(self) -> Tensor:
        """``input`` without its fraction.  d input = 0."""
        ...
    def fix_(self) -> Self:
        """In-place form of ``trunc``; returns this Tensor."""
        ...
    def flatten(self, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
        """``(d_0, …, d_start · … · d_end, …, d_n)``: some neighbouring dimensions made one."""
        ...
    @_overload
    def flip(self, *dims: Ints) -> Tensor: ...
    @_overload
    def flip(self, *, dims: Ints) -> Tensor:
        """The order of elements turned round along ``dims``.  d input = flip(g, dims)."""
        ...
    def fliplr(self) -> Tensor:
        """``flip(input, 1)`` of a Tensor of at least 2 dimensions.  d input = fliplr(g)."""
        ...
    def flipud(self) -> Tensor:
        """``flip(input, 0)`` of a Tensor of at least 1 dimension.  d input = flipud(g)."""
        ...
    def float(self) -> Tensor:
        """This Tensor as float32: ``(*)`` to ``(*)``.  d input = g."""
        ...
    def float_power(self, exponent: Operand) -> Tensor:
        """``input ** exponent`` in float64, whatever the dtypes.  Differentiated as ``pow``."""
        ...
    def float_power_(self, exponent: Operand) -> Self:
        """In-place form of ``float_power``; returns this Tensor."""
        ...
    def floor(self) -> Tensor:
        """``⌊input⌋``.  d input = 0."""
        ...
    def floor_(self) -> Self:
        """In-place form of ``floor``; returns this Tensor."""
        ...
    def floor_divide(self, other: Operand) -> Tensor:
        """``⌊input / other⌋``, rounded towards minus infinity; no derivative."""
        ...
    def floor_divide_(self, other: Operand) -> Self:
        """In-place form of ``floor_divide``; returns this Tensor."""
        ...
    def fmax(self, other: Operand) -> Tensor:
        """The larger of two, and where one is NaN the other.  g goes to it; to ``input`` at a tie."""
        ...
    def fmin(self, other: Operand) -> Tensor:
        """The smaller of two, and where one is NaN the other.  g goes to it; to ``input`` at a tie."""
        ...
    def fmod(self, other: Operand) -> Tensor:
        """``input - other · trunc(input / other)``, with the sign of ``input``."""
        ...
    def fmod_(self, other: Operand) -> Self:
        """In-place form of ``fmod``; returns this Tensor."""
        ...
    def frac(self) -> Tensor:
        """``input - trunc(input)``, the fraction with its sign.  d input = g."""
        ...
    def frac_(self) -> Self:
        """In-place form of ``frac``; returns this Tensor."""
        ...
    def frexp(self) -> Frexp:
        """``input = mantissa · 2^exponent`` with 0.5 <= |mantissa| < 1; the exponent is int32."""
        ...
    @_overload
    def gather(self, dim: _int, index: Tensor) -> Tensor: ...
    @_overload
    def gather(self, *, axis: _int, index: Tensor) -> Tensor:
        """``out[i, j, k] = input[i, index[i, j, k], k]`` (for dim 1); the shape is that of ``index``."""
        ...
    def gcd(self, other: Operand) -> Tensor:
        """Greatest common divisor; integers."""
        ...
    def gcd_(self, other: Operand) -> Self:
        """In-place form of ``gcd``; returns this Tensor."""
        ...
    def ge(self, other: Operand) -> Tensor:
        """``input >= other``, a bool Tensor."""
        ...
    def ge_(self, other: Operand) -> Self:
        """In-place form of ``ge``; returns this Tensor."""
        ...
    def geometric_(self, p: _float, *, generator: Generator | None = None) -> Self:
        """Fills this Tensor with how many trials of probability ``p`` a first success takes."""
        ...
    def ger(self, vec2: Tensor) -> Tensor:
        """``y_{i,j} = input_i · vec2_j``: ``(n), (m) → (n, m)``.  d input = g @ vec2, d vec2 = gᵀ @
        input."""
        ...
    def get_device(self) -> Tensor: ...
    @property
    def grad_fn(self) -> Node | None: ...
    def greater(self, other: Operand) -> Tensor:
        """``input > other``, a bool Tensor."""
        ...
    def greater_(self, other: Operand) -> Self:
        """In-place form of ``gt``; returns this Tensor."""
        ...
    def greater_equal(self, other: Operand) -> Tensor:
        """``input >= other``, a bool Tensor."""
        ...
    def greater_equal_(self, other: Operand) -> Self:
        """In-place form of ``ge``; returns this Tensor."""
        ...
    def gt(self, other: Operand) -> Tensor:
        """``input > other``, a bool Tensor."""
        ...
    def gt_(self, other: Operand) -> Self:
        """In-place form of ``gt``; returns this Tensor."""
        ...
    def half(self) -> Tensor:
        """This Tensor as float16: ``(*)`` to ``(*)``.  d input = g."""
        ...
    def hardshrink(self, lambd: _float = 0.5) -> Tensor:
        """``0 where |input| ≤ lambd, else input``.  d input = 0 where |input| ≤ lambd, else g."""
        ...
    def heaviside(self, values: Tensor) -> Tensor:
        """0 below 0, 1 above, ``values`` at 0; no derivative."""
        ...
    def heaviside_(self, values: Tensor) -> Self:
        """In-place form of ``heaviside``; returns this Tensor."""
        ...
    def histc(self, bins: _int = 100, min: _float = 0, max: _float = 0) -> Tensor:
        """How many elements lie in each of ``bins`` equal intervals from ``min`` to ``max``, a vector."""
        ...
    def histogram(
        self,
        bins: _int | Tensor = 100,
        *,
        range: Sequence[_float] | None = None,
        weight: Tensor | None = None,
        density: _bool = False,
    ) -> Histogram:
        """``(hist, bin_edges)``: how many elements lie in each of the intervals between the edges."""
        ...
    @_overload
    def hsplit(self, indices_or_sections: _int | Sequence[_int] | Tensor) -> tuple[Tensor, ...]: ...
    @_overload
    def hsplit(self, *, indices: _int | Sequence[_int] | Tensor) -> tuple[Tensor, ...]: ...
    @_overload
    def hsplit(self, *, sections: _int | Sequence[_int] | Tensor) -> tuple[Tensor, ...]:
        """``tensor_split`` into equal pieces or at places, along dim 1 (dim 0 of a vector)."""
        ...
    def hypot(self, other: Operand) -> Tensor:
        """``√(input² + other²)`` without overflow."""
        ...
    def hypot_(self, other: Operand) -> Self:
        """In-place form of ``hypot``; returns this Tensor."""
        ...
    def i0(self) -> Tensor:
        """Modified Bessel function of order 0, ``I₀``.  d input = g · I₁(input)."""
        ...
    def i0_(self) -> Self:
        """In-place form of ``i0``; returns this Tensor."""
        ...
    def igamma(self, other: Operand) -> Tensor:
        """``special.gammainc`` under PyTorch's older name."""
        ...
    def igamma_(self, other: Operand) -> Self:
        """In-place form of ``igamma``; returns this Tensor."""
        ...
    def igammac(self, other: Operand) -> Tensor:
        """``special.gammaincc`` under PyTorch's older name."""
        ...
    def igammac_(self, other: Operand) -> Self:
        """In-place form of ``igammac``; returns this Tensor."""
        ...
    @property
    def imag(self) -> Tensor: ...
    @_overload
    def index_add(
        self,
        dim: _int,
        index: Tensor,
        source: Tensor,
        *,
        alpha: _float = 1,
    ) -> Tensor: ...
    @_overload
    def index_add(
        self,
        *,
        axis: _int,
        index: Tensor,
        source: Tensor,
        alpha: _float = 1,
    ) -> Tensor:
        """``out[index[i]] += alpha · source[i]`` (for dim 0).  d input = g, d source = alpha ·
        index_select(g, dim, index)."""
        ...
    @_overload
    def index_add_(
        self,
        dim: _int,
        index: Tensor,
        source: Tensor,
        *,
        alpha: _float = 1,
    ) -> Self: ...
    @_overload
    def index_add_(
        self,
        *,
        axis: _int,
        index: Tensor,
        source: Tensor,
        alpha: _float = 1,
    ) -> Self:
        """In-place form of ``index_add``; returns this Tensor."""
        ...
    @_overload
    def index_copy(self, dim: _int, index: Tensor, source: Tensor) -> Tensor: ...
    @_overload
    def index_copy(self, *, axis: _int, index: Tensor, source: Tensor) -> Tensor:
        """``out[index[i]] = source[i]`` (for dim 0)."""
        ...
    @_overload
    def index_copy_(self, dim: _int, index: Tensor, source: Tensor) -> Self: ...
    @_overload
    def index_copy_(self, *, axis: _int, index: Tensor, source: Tensor) -> Self:
        """In-place form of ``index_copy``; returns this Tensor."""
        ...
    @_overload
    def index_fill(self, dim: _int, index: Tensor, value: Tensor | _float) -> Tensor: ...
    @_overload
    def index_fill(self, *, axis: _int, index: Tensor, value: Tensor | _float) -> Tensor:
        """``out[index[i]] = value`` (for dim 0), a number or a 0-d Tensor."""
        ...
    @_overload
    def index_fill_(self, dim: _int, index: Tensor, value: Tensor | _float) -> Self: ...
    @_overload
    def index_fill_(self, *, axis: _int, index: Tensor, value: Tensor | _float) -> Self:
        """In-place form of ``index_fill``; returns this Tensor."""
        ...
    def index_put(
        self,
        indices: Sequence[Tensor | None],
        values: Tensor,
        accumulate: _bool = False,
    ) -> Tensor:
        """``input[indices] = values``, or ``+=`` with ``accumulate``, as a function."""
        ...
    def index_put_(
        self,
        indices: Sequence[Tensor | None],
        values: Tensor,
        accumulate: _bool = False,
    ) -> Self:
        """In-place form of ``index_put``; returns this Tensor."""
        ...
    @_overload
    def index_reduce(
        self,
        dim: _int,
        index: Tensor,
        source: Tensor,
        reduce: str,
        *,
        include_self: _bool = True,
    ) -> Tensor: ...
    @_overload
    def index_reduce(
        self,
        *,
        axis: _int,
        index: Tensor,
        source: Tensor,
        reduce: str,
        include_self: _bool = True,
    ) -> Tensor:
        """``index_add`` that joins by ``reduce``: ``'prod'``, ``'mean'``, ``'amax'`` or ``'amin'``."""
        ...
    @_overload
    def index_reduce_(
        self,
        dim: _int,
        index: Tensor,
        source: Tensor,
        reduce: str,
        *,
        include_self: _bool = True,
    ) -> Self: ...
    @_overload
    def index_reduce_(
        self,
        *,
        axis: _int,
        index: Tensor,
        source: Tensor,
        reduce: str,
        include_self: _bool = True,
    ) -> Self:
        """In-place form of ``index_reduce``; returns this Tensor."""
        ...
    @_overload
    def index_select(self, dim: _int, index: Tensor) -> Tensor: ...
    @_overload
    def index_select(self, *, axis: _int, index: Tensor) -> Tensor:
        """The positions ``index`` (1-d, integer) along ``dim``.  d input =
        index_add(zeros(shape(input)), dim, index, g)."""
        ...
    def inner(self, other: Operand) -> Tensor:
        """``(…, k), (*, k) → (…, *)``: products summed over the last dimension of both."""
        ...
    def int(self) -> Tensor:
        """This Tensor as int32: ``(*)`` to ``(*)``.  d input = g."""
        ...
    def inverse(self) -> Tensor:
        """``input⁻¹``.  d input = -yᵀ @ g @ yᵀ."""
        ...
    def is_complex(self) -> _bool:
        """False: there are no complex numbers."""
        ...
    def is_conj(self) -> _bool:
        """False: nothing waits to be conjugated."""
        ...
    def is_contiguous(self, memory_format: _memory_format = ...) -> _bool:
        """Whether the elements lie without gaps in row-major order, or that of ``memory_format``."""
        ...
    @property
    def is_cpu(self) -> _bool: ...
    @property
    def is_cuda(self) -> _bool: ...
    def is_inference(self) -> _bool:
        """False: what is made in ``inference_mode`` is like other Tensors.  In PyTorch it is not, and
        may not be used where gradients are wanted."""
        ...
    @property
    def is_meta(self) -> _bool: ...
    @property
    def is_mps(self) -> _bool: ...
    def is_neg(self) -> _bool:
        """False: nothing waits to be negated."""
        ...
    def is_nonzero(self) -> _bool:
        """Whether the only element is not 0."""
        ...
    def is_pinned(self) -> _bool:
        """False: there is no device to copy to."""
        ...
    @property
    def is_quantized(self) -> _bool: ...
    def is_same_size(self, other: Operand) -> _bool:
        """Whether two Tensors have the same shape."""
        ...
    def is_set_to(self, tensor: Tensor) -> _bool:
        """Whether both are the same elements of the same memory."""
        ...
    def is_shared(self) -> _bool:
        """Whether this memory can be seen by other processes."""
        ...
    def is_signed(self) -> _bool:
        """Whether the dtype has negative numbers."""
        ...
    @property
    def is_sparse(self) -> _bool: ...
    @property
    def is_xpu(self) -> _bool: ...
    def isclose(
        self,
        other: Tensor,
        rtol: _float = 1e-05,
        atol: _float = 1e-08,
        equal_nan: _bool = False,
    ) -> Tensor:
        """Where ``|input - other| <= atol + rtol · |other|``, or both are the same infinity."""
        ...
    def isfinite(self) -> Tensor:
        """Where ``input`` is neither infinite nor NaN."""
        ...
    def isinf(self) -> Tensor:
        """Where ``input`` is infinite."""
        ...
    def isnan(self) -> Tensor:
        """Where ``input`` is NaN."""
        ...
    def isneginf(self) -> Tensor:
        """Where ``input`` is -infinity."""
        ...
    def isposinf(self) -> Tensor:
        """Where ``input`` is +infinity."""
        ...
    def isreal(self) -> Tensor:
        """True everywhere: there are no complex dtypes."""
        ...
    @property
    def itemsize(self) -> _int: ...
    def kron(self, other: Operand) -> Tensor:
        """Kronecker's product: each element of ``input`` times the whole of ``other``, as blocks."""
        ...
    def kthvalue(
        self,
        k: _int,
        dim: _int = -1,
        keepdim: _bool = False,
        *,
        axis: _int = -1,
        keepdims: _bool = False,
    ) -> ValuesAndIndices:
        """The ``k``-th smallest along ``dim``, counted from 1, and where it is; NaN is the largest."""
        ...
    @property
    def layout(self) -> _layout: ...
    def lcm(self, other: Operand) -> Tensor:
        """Least common multiple; integers."""
        ...
    def lcm_(self, other: Operand) -> Self:
        """In-place form of ``lcm``; returns this Tensor."""
        ...
    def ldexp(self, other: Operand) -> Tensor:
        """``input · 2^other``, right as long as that itself does not overflow."""
        ...
    def ldexp_(self, other: Operand) -> Self:
        """In-place form of ``ldexp``; returns this Tensor."""
        ...
    def le(self, other: Operand) -> Tensor:
        """``input <= other``, a bool Tensor."""
        ...
    def le_(self, other: Operand) -> Self:
        """In-place form of ``le``; returns this Tensor."""
        ...
    def lerp(self, end: Tensor, weight: Tensor | _float) -> Tensor:
        """``input + weight · (end - input)``, and just ``end`` where ``weight`` is 1."""
        ...
    def lerp_(self, end: Tensor, weight: Tensor | _float) -> Self:
        """In-place form of ``lerp``; returns this Tensor."""
        ...
    def less(self, other: Operand) -> Tensor:
        """``input < other``, a bool Tensor."""
        ...
    def less_(self, other: Operand) -> Self:
        """In-place form of ``lt``; returns this Tensor."""
        ...
    def less_equal(self, other: Operand) -> Tensor:
        """``input <= other``, a bool Tensor."""
        ...
    def less_equal_(self, other: Operand) -> Self:
        """In-place form of ``le``; returns this Tensor."""
        ...
    def lgamma(self) -> Tensor:
        """``ln |Γ(input)|``.  d input = g · ψ(input); see ``digamma``."""
        ...
    def lgamma_(self) -> Self:
        """In-place form of ``lgamma``; returns this Tensor."""
        ...
    def log(self) -> Tensor:
        """``ln input``, the natural logarithm.  d input = g / input."""
        ...
    def log10(self) -> Tensor:
        """``log₁₀ input``.  d input = g / (input · ln 10)."""
        ...
    def log10_(self) -> Self:
        """In-place form of ``log10``; returns this Tensor."""
        ...
    def log1p(self) -> Tensor:
        """``ln(1 + input)``, exact near 0.  d input = g / (1 + input)."""
        ...
    def log1p_(self) -> Self:
        """In-place form of ``log1p``; returns this Tensor."""
        ...
    def log2(self) -> Tensor:
        """``log₂ input``.  d input = g / (input · ln 2)."""
        ...
    def log2_(self) -> Self:
        """In-place form of ``log2``; returns this Tensor."""
        ...
    def log_(self) -> Self:
        """In-place form of ``log``; returns this Tensor."""
        ...
    def log_normal_(
        self,
        mean: _float = 1,
        std: _float = 2,
        *,
        generator: Generator | None = None,
    ) -> Self:
        """Fills this Tensor with values whose logarithms are normal."""
        ...
    def log_softmax(
        self,
        dim: _int | None = None,
        dtype: DType | None = None,
        *,
        axis: _int | None = None,
    ) -> Tensor:
        """``input - ln Σ e^input`` along ``dim``.  d input = g - e^y · Σ g."""
        ...
    def logaddexp(self, other: Operand) -> Tensor:
        """``ln(e^input + e^other)``.  d input = g · e^(input - y), d other = g · e^(other - y)."""
        ...
    def logaddexp2(self, other: Operand) -> Tensor:
        """``log₂(2^input + 2^other)``.  d input = g · 2^(input - y), d other = g · 2^(other - y)."""
        ...
    @_overload
    def logcumsumexp(self, dim: _int) -> Tensor: ...
    @_overload
    def logcumsumexp(self, *, axis: _int) -> Tensor:
        """``y_k = ln Σ_{i≤k} e^input_i`` along ``dim``, without overflow."""
        ...
    def logdet(self) -> Tensor:
        """``ln det(input)``: -inf where the determinant is 0, NaN where it is negative."""
        ...
    def logical_and(self, other: Operand) -> Tensor:
        """Where both are true (not 0)."""
        ...
    def logical_and_(self, other: Operand) -> Self:
        """In-place form of ``logical_and``; returns this Tensor."""
        ...
    def logical_not(self) -> Tensor:
        """Where ``input`` is false (0)."""
        ...
    def logical_not_(self) -> Self:
        """In-place form of ``logical_not``; returns this Tensor."""
        ...
    def logical_or(self, other: Operand) -> Tensor:
        """Where one is true (not 0)."""
        ...
    def logical_or_(self, other: Operand) -> Self:
        """In-place form of ``logical_or``; returns this Tensor."""
        ...
    def logical_xor(self, other: Operand) -> Tensor:
        """Where just one is true (not 0)."""
        ...
    def logical_xor_(self, other: Operand) -> Self:
        """In-place form of ``logical_xor``; returns this Tensor."""
        ...
    def logit(self, eps: _float | None = None) -> Tensor:
        """``ln(input / (1 - input))``, the inverse of ``sigmoid``; NaN outside [0, 1]."""
        ...
    def logit_(self, eps: _float | None = None) -> Self:
        """In-place form of ``logit``; returns this Tensor."""
        ...
    @_overload
    def logsumexp(
        self,
        dim: Ints,
        keepdim: _bool = False,
        *,
        keepdims: _bool = False,
    ) -> Tensor: ...
    @_overload
    def logsumexp(
        self,
        *,
        axis: Ints,
        keepdim: _bool = False,
        keepdims: _bool = False,
    ) -> Tensor:
        """``ln Σ e^input`` over ``dim``, without overflow.  d input = g · e^(input - y)."""
        ...
    def long(self) -> Tensor:
        """This Tensor as int64: ``(*)`` to ``(*)``.  d input = g."""
        ...
    def lt(self, other: Operand) -> Tensor:
        """``input < other``, a bool Tensor."""
        ...
    def lt_(self, other: Operand) -> Self:
        """In-place form of ``lt``; returns this Tensor."""
        ...
    def lu(self, pivot: _bool = True, get_infos: _bool = False) -> tuple[Tensor, ...]:
        """``(LU, pivots)`` of ``linalg.lu_factor``; ``get_infos``: ``info`` of ``lu_factor_ex``, too."""
        ...
    def lu_solve(self, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
        """``X`` with ``A @ X = b``, given what ``linalg.lu_factor(A)`` returned."""
        ...
    @property
    def mH(self) -> Tensor: ...
    @property
    def mT(self) -> Tensor: ...
    def map2_(self, x: Tensor, y: Tensor, callable: Callable[[Any, Any, Any], Any]) -> Self:
        """``map_`` with the elements of two other Tensors."""
        ...
    def map_(self, other: Operand, callable: Callable[[Any, Any], Any]) -> Self:
        """Replaces each element by ``callable(element, that of other)``; ``other`` is broadcast."""
        ...
    def masked_fill(self, mask: Tensor, value: Tensor | _float) -> Tensor:
        """``input`` with ``value`` (a number or 0-d Tensor) where ``mask`` (bool) is true."""
        ...
    def masked_fill_(self, mask: Tensor, value: Tensor | _float) -> Self:
        """In-place form of ``masked_fill``; returns this Tensor."""
        ...
    def masked_scatter(self, mask: Tensor, source: Tensor) -> Tensor:
        """``input`` with the elements of ``source``, in order, where ``mask`` (bool) is true."""
        ...
    def masked_scatter_(self, mask: Tensor, source: Tensor) -> Self:
        """In-place form of ``masked_scatter``; returns this Tensor."""
        ...
    def masked_select(self, mask: Tensor) -> Tensor:
        """The elements of ``input`` where ``mask`` (bool) is true, in one dimension."""
        ...
    def matmul(self, other: Operand) -> Tensor:
        """Matrix product, ``input @ other``; stacks of matrices are broadcast."""
        ...
    def matrix_exp(self) -> Tensor:
        """``Σ_k inputᵏ / k!``, ``(…, n, n) → (…, n, n)``."""
        ...
    def matrix_power(self, n: _int) -> Tensor:
        """``input @ input @ …``, ``n`` times, by repeated squaring; ``n < 0``: of the inverse."""
        ...
    @_overload
    def max(self) -> Tensor: ...
    @_overload
    def max(self, dim: _int, keepdim: _bool=False) -> ValuesAndIndices: ...
    @_overload
    def max(
        self,
        *,
        axis: _int,
        keepdim: _bool=False,
        keepdims: _bool=False,
    ) -> ValuesAndIndices: ...
    @_overload
    def max(self, other: Tensor) -> Tensor:
        """The largest element; with ``dim``, ``(values, indices)``; with a Tensor, ``maximum``."""
        ...
    def maximum(self, other: Operand) -> Tensor:
        """``max(input, other)``.  g goes to the larger one, half to each at a tie."""
        ...
    def mean(
        self,
        dim: Ints | None = None,
        keepdim: _bool = False,
        *,
        dtype: DType | None = None,
        axis: Ints | None = None,
        keepdims: _bool = False,
    ) -> Tensor:
        """``Σ input / n`` over ``dim``.  d input = g / n: stretched back."""
        ...
    @_overload
    def median(self) -> Tensor: ...
    @_overload
    def median(self, dim: _int, keepdim: _bool=False) -> ValuesAndIndices: ...
    @_overload
    def median(
        self,
        *,
        axis: _int,
        keepdim: _bool=False,
        keepdims: _bool=False,
    ) -> ValuesAndIndices:
        """The middle one in order (the lower of two); with ``dim``, ``(values, indices)``."""
        ...
    @_overload
    def min(self) -> Tensor: ...
    @_overload
    def min(self, dim: _int, keepdim: _bool=False) -> ValuesAndIndices: ...
    @_overload
    def min(
        self,
        *,
        axis: _int,
        keepdim: _bool=False,
        keepdims: _bool=False,
    ) -> ValuesAndIndices: ...
    @_overload
    def min(self, other: Tensor) -> Tensor:
        """The smallest element; with ``dim``, ``(values, indices)``; with a Tensor, ``minimum``."""
        ...
    def minimum(self, other: Operand) -> Tensor:
        """``min(input, other)``.  g goes to the smaller one, half to each at a tie."""
        ...
    def mm(self, mat2: Tensor) -> Tensor:
        """``input @ mat2``: ``(n, k) @ (k, m) → (n, m)``."""
        ...
    def mode(
        self,
        dim: _int = -1,
        keepdim: _bool = False,
        *,
        axis: _int = -1,
        keepdims: _bool = False,
    ) -> ValuesAndIndices:
        """The most frequent value along ``dim`` (the smallest of several), and where it is last."""
        ...
    def moveaxis(self, source: Ints, destination: Ints) -> Tensor:
        """Dimensions ``source`` moved to the places ``destination``; the others keep their order."""
        ...
    def movedim(self, source: Ints, destination: Ints) -> Tensor:
        """Dimensions ``source`` moved to the places ``destination``; the others keep their order."""
        ...
    def msort(self) -> Tensor:
        """The values of ``sort`` along the first dimension."""
        ...
    def mul(self, other: Operand) -> Tensor:
        """``input · other``.  d input = g · other, d other = g · input."""
        ...
    def mul_(self, other: Operand) -> Self:
        """In-place form of ``mul``; returns this Tensor."""
        ...
    def multinomial(
        self,
        num_samples: _int,
        replacement: _bool = False,
        *,
        generator: Generator | None = None,
    ) -> Tensor:
        """``num_samples`` indices drawn with the weights in ``input``, int64."""
        ...
    def multiply(self, other: Operand) -> Tensor:
        """``input · other``.  d input = g · other, d other = g · input."""
        ...
    def multiply_(self, other: Operand) -> Self:
        """In-place form of ``mul``; returns this Tensor."""
        ...
    def mv(self, vec: Tensor) -> Tensor:
        """``input @ vec``: ``(n, k) @ (k) → (n)``.  d input = outer(g, vec), d vec = inputᵀ @ g."""
        ...
    def mvlgamma(self, p: _int) -> Tensor:
        """The logarithm of the gamma function of p dimensions,
        ``p · (p - 1) / 4 · ln π + Σ_{j<p} ln Γ(input - j/2)`` for j from 0."""
        ...
    def mvlgamma_(self, p: _int) -> Self:
        """In-place form of ``mvlgamma``; returns this Tensor."""
        ...
    def nan_to_num(
        self,
        nan: _float | None = None,
        posinf: _float | None = None,
        neginf: _float | None = None,
    ) -> Tensor:
        """``input`` with ``nan`` (0) in place of NaN, and ``posinf`` and ``neginf`` (the largest and
        smallest number of the dtype) in place of the infinities."""
        ...
    def nan_to_num_(
        self,
        nan: _float | None = None,
        posinf: _float | None = None,
        neginf: _float | None = None,
    ) -> Self:
        """In-place form of ``nan_to_num``; returns this Tensor."""
        ...
    def nanmean(
        self,
        dim: Ints | None = None,
        keepdim: _bool = False,
        *,
        dtype: DType | None = None,
        axis: Ints | None = None,
        keepdims: _bool = False,
    ) -> Tensor:
        """``mean`` of what is not NaN; NaN where nothing is.  d input = 0 where input is NaN, else g /
        n."""
        ...
    @_overload
    def nanmedian(self) -> Tensor: ...
    @_overload
    def nanmedian(self, dim: _int, keepdim: _bool=False) -> ValuesAndIndices: ...
    @_overload
    def nanmedian(
        self,
        *,
        axis: _int,
        keepdim: _bool=False,
        keepdims: _bool=False,
    ) -> ValuesAndIndices:
        """``median`` of what is not NaN."""
        ...
    def nanquantile(
        self,
        q: _float | Tensor,
        dim: _int | None = None,
        keepdim: _bool = False,
        *,
        interpolation: Literal['linear', 'lower', 'higher', 'midpoint', 'nearest'] = 'linear',
        axis: _int | None = None,
        keepdims: _bool = False,
    ) -> Tensor:
        """``quantile`` of what is not NaN; NaN where nothing is."""
        ...
    def nansum(
        self,
        dim: Ints | None = None,
        keepdim: _bool = False,
        *,
        dtype: DType | None = None,
        axis: Ints | None = None,
        keepdims: _bool = False,
    ) -> Tensor:
        """``sum`` of what is not NaN.  d input = 0 where input is NaN, else g."""
        ...
    @_overload
    def narrow(self, dim: _int, start: _int, length: _int) -> Tensor: ...
    @_overload
    def narrow(self, *, axis: _int, start: _int, length: _int) -> Tensor:
        """``length`` positions from ``start`` along ``dim``; a view."""
        ...
    @_overload
    def narrow_copy(self, dim: _int, start: _int, length: _int) -> Tensor: ...
    @_overload
    def narrow_copy(self, *, axis: _int, start: _int, length: _int) -> Tensor:
        """``narrow`` with memory of its own.  Differentiated as ``narrow``."""
        ...
    @property
    def nbytes(self) -> _int: ...
    @property
    def ndim(self) -> _int: ...
    def ne(self, other: Operand) -> Tensor:
        """``input != other``, a bool Tensor."""
        ...
    def ne_(self, other: Operand) -> Self:
        """In-place form of ``ne``; returns this Tensor."""
        ...
    def neg(self) -> Tensor:
        """``-input``.  d input = -g."""
        ...
    def neg_(self) -> Self:
        """In-place form of ``neg``; returns this Tensor."""
        ...
    def negative(self) -> Tensor:
        """``-input``.  d input = -g."""
        ...
    def negative_(self) -> Self:
        """In-place form of ``neg``; returns this Tensor."""
        ...
    def new(
        self,
        *data: Data,
        device: Device | None = None,
        layout: _layout | None = None,
        pin_memory: _bool | None = None,
    ) -> Tensor:
        """What ``Tensor(*data)`` makes, in the dtype of this Tensor: sizes, or data."""
        ...
    @_overload
    def new_empty(
        self,
        *size: Sizes,
        dtype: DType | None = None,
        device: Device | None = None,
        requires_grad: _bool = False,
        layout: _layout | None = None,
        pin_memory: _bool | None = None,
    ) -> Tensor: ...
    @_overload
    def new_empty(
        self,
        *,
        size: Sizes,
        dtype: DType | None = None,
        device: Device | None = None,
        requires_grad: _bool = False,
        layout: _layout | None = None,
        pin_memory: _bool | None = None,
    ) -> Tensor:
        """``empty(*size)`` in the dtype of this Tensor."""
        ...
    def new_empty_strided(
        self,
        size: Sizes,
        stride: Ints,
        *,
        dtype: DType | None = None,
        device: Device | None = None,
        requires_grad: _bool = False,
        layout: _layout | None = None,
        pin_memory: _bool | None = None,
    ) -> Tensor:
        """``empty_strided`` of the dtype of this Tensor."""
        ...
    def new_full(
        self,
        size: Sizes,
        fill_value: Operand,
        *,
        dtype: DType | None = None,
        device: Device | None = None,
        requires_grad: _bool = False,
        layout: _layout | None = None,
        pin_memory: _bool | None = None,
    ) -> Tensor:
        """``full(size, fill_value)`` in the dtype of this Tensor."""
        ...
    @_overload
    def new_ones(
        self,
        *size: Sizes,
        dtype: DType | None = None,
        device: Device | None = None,
        requires_grad: _bool = False,
        layout: _layout | None = None,
        pin_memory: _bool | None = None,
    ) -> Tensor: ...
    @_overload
    def new_ones(
        self,
        *,
        size: Sizes,
        dtype: DType | None = None,
        device: Device | None = None,
        requires_grad: _bool = False,
        layout: _layout | None = None,
        pin_memory: _bool | None = None,
    ) -> Tensor:
        """``ones(*size)`` in the dtype of this Tensor."""
        ...
    def new_tensor(
        self,
        data: Data,
        *,
        dtype: DType | None = None,
        device: Device | None = None,
        requires_grad: _bool = False,
        layout: _layout | None = None,
        pin_memory: _bool | None = None,
    ) -> Tensor:
        """``tensor(data)`` in the dtype of this Tensor."""
        ...
    @_overload
    def new_zeros(
        self,
        *size: Sizes,
        dtype: DType | None = None,
        device: Device | None = None,
        requires_grad: _bool = False,
        layout: _layout | None = None,
        pin_memory: _bool | None = None,
    ) -> Tensor: ...
    @_overload
    def new_zeros(
        self,
        *,
        size: Sizes,
        dtype: DType | None = None,
        device: Device | None = None,
        requires_grad: _bool = False,
        layout: _layout | None = None,
        pin_memory: _bool | None = None,
    ) -> Tensor:
        """``zeros(*size)`` in the dtype of this Tensor."""
        ...
    def nextafter(self, other: Operand) -> Tensor:
        """The next floating-point number after ``input`` on the way to ``other``."""
        ...
    def nextafter_(self, other: Operand) -> Self:
        """In-place form of ``nextafter``; returns this Tensor."""
        ...
    @_overload
    def nonzero(self, *, as_tuple: Literal[False] = False) -> Tensor: ...
    @_overload
    def nonzero(self, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]: ...
    @_overload
    def nonzero(self, *, as_tuple: _bool = False) -> Tensor | tuple[Tensor, ...]:
        """Where ``input`` is not 0: ``(n, ndim)`` indices, or one ``(n,)`` for each dimension."""
        ...
    def norm(
        self,
        p: _float | str = 'fro',
        dim: Ints | None = None,
        keepdim: _bool = False,
        dtype: DType | None = None,
        *,
        axis: Ints | None = None,
        keepdims: _bool = False,
    ) -> Tensor:
        """``(Σ |input|^p)^(1/p)`` over ``dim`` (None for all)."""
        ...
    def normal_(
        self,
        mean: _float = 0,
        std: _float = 1,
        *,
        generator: Generator | None = None,
    ) -> Self:
        """Fills this Tensor with normal values."""
        ...
    def not_equal(self, other: Operand) -> Tensor:
        """``input != other``, a bool Tensor."""
        ...
    def not_equal_(self, other: Operand) -> Self:
        """In-place form of ``ne``; returns this Tensor."""
        ...
    def outer(self, vec2: Tensor) -> Tensor:
        """``y_{i,j} = input_i · vec2_j``: ``(n), (m) → (n, m)``.  d input = g @ vec2, d vec2 = gᵀ @
        input."""
        ...
    @property
    def output_nr(self) -> _int: ...
    @_overload
    def permute(self, *dims: Ints) -> Tensor: ...
    @_overload
    def permute(self, *, dims: Ints) -> Tensor:
        """Dimensions reordered: dimension i of the output is dimension ``dims[i]`` of the input."""
        ...
    def pin_memory(self) -> Tensor:
        """This Tensor: its memory is where it is used."""
        ...
    def pinverse(self, rcond: Tensor | _float = 1e-15) -> Tensor:
        """``linalg.pinv`` with ``rtol=rcond``: the pseudoinverse, ``(…, m, n) → (…, n, m)``."""
        ...
    def polygamma(self, n: _int) -> Tensor:
        """``polygamma(n, self)``."""
        ...
    def polygamma_(self, n: _int) -> Self:
        """In-place form of ``of_order``; returns this Tensor."""
        ...
    def positive(self) -> Tensor:
        """``input`` itself; refuses bools, as ``neg`` does."""
        ...
    def pow(self, exponent: Operand) -> Tensor:
        """``input^exponent``."""
        ...
    def pow_(self, exponent: Operand) -> Self:
        """In-place form of ``pow``; returns this Tensor."""
        ...
    def prelu(self, weight: Tensor) -> Tensor:
        """``input where input > 0, else weight · input``; ``weight`` is a Tensor and can be trained."""
        ...
    def prod(
        self,
        dim: Ints | None = None,
        keepdim: _bool = False,
        *,
        dtype: DType | None = None,
        axis: Ints | None = None,
        keepdims: _bool = False,
    ) -> Tensor:
        """``Π input`` over ``dim`` (None for all).  d input_i = g · Π_{j≠i} input_j; also at zeros."""
        ...
    def put(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
        """``source`` written (or added) at elements counted as if ``input`` were flattened."""
        ...
    def put_(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Self:
        """In-place form of ``put``; returns this Tensor."""
        ...
    def qr(self, some: _bool = True) -> QR:
        """``Q`` of orthonormal columns and an upper triangular ``R`` with ``Q R = input``."""
        ...
    def quantile(
        self,
        q: Tensor | _float,
        dim: _int | None = None,
        keepdim: _bool = False,
        *,
        interpolation: Literal['linear', 'lower', 'higher', 'midpoint', 'nearest'] = 'linear',
        axis: _int | None = None,
        keepdims: _bool = False,
    ) -> Tensor:
        """What stands at rank ``q · (n - 1)`` of the ``n`` sorted elements along ``dim`` (None: of
        all); NaN if there is one."""
        ...
    def rad2deg(self) -> Tensor:
        """Radians as degrees, ``input · 180 / π``.  d input = g · 180 / π."""
        ...
    def rad2deg_(self) -> Self:
        """In-place form of ``rad2deg``; returns this Tensor."""
        ...
    def random_(
        self,
        from_: _int | None = None,
        to: _int | None = ...,
        *,
        generator: Generator | None = None,
    ) -> Self:
        """Fills this Tensor with integers from ``from_`` to ``to - 1``; ``random_(to)`` starts at 0."""
        ...
    def ravel(self) -> Tensor:
        """All elements in one dimension; a view of what lies in row-major order."""
        ...
    @property
    def real(self) -> Tensor: ...
    def reciprocal(self) -> Tensor:
        """``1 / input``.  d input = -g · y²."""
        ...
    def reciprocal_(self) -> Self:
        """In-place form of ``reciprocal``; returns this Tensor."""
        ...
    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Calls ``hook(gradient)`` whenever the gradient of this Tensor is computed."""
        ...
    def register_post_accumulate_grad_hook(
        self,
        hook: Callable[[Tensor], None],
    ) -> RemovableHandle:
        """Calls ``hook(tensor)`` whenever ``backward`` has added to the ``grad`` of this leaf."""
        ...
    def relu(self) -> Tensor:
        """``max(input, 0)``.  d input = g where input > 0, else 0."""
        ...
    def relu_(self) -> Self:
        """In-place form of ``relu``; returns this Tensor."""
        ...
    def remainder(self, other: Operand) -> Tensor:
        """``input - other · ⌊input / other⌋``, with the sign of ``other``."""
        ...
    def remainder_(self, other: Operand) -> Self:
        """In-place form of ``remainder``; returns this Tensor."""
        ...
    @_overload
    def renorm(self, p: _float, dim: _int, maxnorm: _float) -> Tensor: ...
    @_overload
    def renorm(self, p: _float, *, axis: _int, maxnorm: _float) -> Tensor:
        """``input`` with each position along ``dim`` scaled down to a p-norm of at most ``maxnorm``."""
        ...
    @_overload
    def renorm_(self, p: _float, dim: _int, maxnorm: _float) -> Self: ...
    @_overload
    def renorm_(self, p: _float, *, axis: _int, maxnorm: _float) -> Self:
        """In-place form of ``renorm``; returns this Tensor."""
        ...
    @_overload
    def repeat(self, *repeats: Sizes) -> Tensor: ...
    @_overload
    def repeat(self, *, repeats: Sizes) -> Tensor:
        """``input`` laid out ``repeats[i]`` times along dimension ``i``."""
        ...
    def repeat_interleave(
        self,
        repeats: Tensor | _int | None = None,
        dim: _int | None = None,
        *,
        output_size: _int | None = None,
        axis: _int | None = None,
    ) -> Tensor:
        """Each element along ``dim`` ``repeats`` times in a row; of the flattened Tensor without."""
        ...
    @_overload
    def reshape(self, *shape: Sizes) -> Tensor: ...
    @_overload
    def reshape(self, *, shape: Sizes) -> Tensor:
        """``input`` in another shape of as many elements; one size may be -1.  A view where possible."""
        ...
    def reshape_as(self, other: Operand) -> Tensor:
        """``input`` in the shape of ``other``.  d input = reshape(g, shape(input))."""
        ...
    @_overload
    def resize_(self, *size: Sizes) -> Self: ...
    @_overload
    def resize_(self, *, size: Sizes) -> Self:
        """Gives this Tensor another shape, in place: its elements in their order, and unset ones where
        it grows.  One that grows gets other memory; ``reshape`` and ``view`` keep theirs."""
        ...
    def resize_as_(self, the_template: Tensor) -> Self:
        """``resize_`` to the shape of another Tensor."""
        ...
    def resolve_conj(self) -> Tensor:
        """``input`` itself: nothing is put off."""
        ...
    def resolve_neg(self) -> Tensor:
        """``input`` itself: nothing is put off."""
        ...
    def retain_grad(self) -> None:
        """Makes ``backward`` fill ``grad`` of this Tensor although it is not a leaf."""
        ...
    @property
    def retains_grad(self) -> _bool: ...
    def roll(self, shifts: Ints, dims: Ints = ...) -> Tensor:
        """Elements moved by ``shifts`` along ``dims``, those that fall off coming in again."""
        ...
    def rot90(self, k: _int = 1, dims: Ints = ...) -> Tensor:
        """``input`` turned by ``k`` right angles, from ``dims[0]`` towards ``dims[1]``."""
        ...
    def round(self, *, decimals: _int = 0) -> Tensor:
        """``input`` rounded to ``decimals`` places, halves to even.  d input = 0."""
        ...
    def round_(self, *, decimals: _int = 0) -> Self:
        """In-place form of ``round``; returns this Tensor."""
        ...
    def rsqrt(self) -> Tensor:
        """``1 / √input``.  d input = -g · y³ / 2."""
        ...
    def rsqrt_(self) -> Self:
        """In-place form of ``rsqrt``; returns this Tensor."""
        ...
    @_overload
    def scatter(
        self,
        dim: _int,
        index: Tensor,
        src: Tensor | _float | None = None,
        *,
        value: _float | None = None,
        reduce: str | None = None,
    ) -> Tensor: ...
    @_overload
    def scatter(
        self,
        *,
        axis: _int,
        index: Tensor,
        src: Tensor | _float | None = None,
        value: _float | None = None,
        reduce: str | None = None,
    ) -> Tensor:
        """``out[i, index[i, j, k], k] = src[i, j, k]`` (for dim 1), elsewhere ``input``."""
        ...
    @_overload
    def scatter_(
        self,
        dim: _int,
        index: Tensor,
        src: Tensor | _float | None = None,
        *,
        value: _float | None = None,
        reduce: str | None = None,
    ) -> Self: ...
    @_overload
    def scatter_(
        self,
        *,
        axis: _int,
        index: Tensor,
        src: Tensor | _float | None = None,
        value: _float | None = None,
        reduce: str | None = None,
    ) -> Self:
        """In-place form of ``scatter``; returns this Tensor."""
        ...
    @_overload
    def scatter_add(self, dim: _int, index: Tensor, src: Tensor) -> Tensor: ...
    @_overload
    def scatter_add(self, *, axis: _int, index: Tensor, src: Tensor) -> Tensor:
        """``out[i, index[i, j, k], k] += src[i, j, k]`` (for dim 1)."""
        ...
    @_overload
    def scatter_add_(self, dim: _int, index: Tensor, src: Tensor) -> Self: ...
    @_overload
    def scatter_add_(self, *, axis: _int, index: Tensor, src: Tensor) -> Self:
        """In-place form of ``scatter_add``; returns this Tensor."""
        ...
    @_overload
    def scatter_reduce(
        self,
        dim: _int,
        index: Tensor,
        src: Tensor,
        reduce: str,
        *,
        include_self: _bool = True,
    ) -> Tensor: ...
    @_overload
    def scatter_reduce(
        self,
        *,
        axis: _int,
        index: Tensor,
        src: Tensor,
        reduce: str,
        include_self: _bool = True,
    ) -> Tensor:
        """``scatter`` that joins what goes to one position by ``reduce``."""
        ...
    @_overload
    def scatter_reduce_(
        self,
        dim: _int,
        index: Tensor,
        src: Tensor,
        reduce: str,
        *,
        include_self: _bool = True,
    ) -> Self: ...
    @_overload
    def scatter_reduce_(
        self,
        *,
        axis: _int,
        index: Tensor,
        src: Tensor,
        reduce: str,
        include_self: _bool = True,
    ) -> Self:
        """In-place form of ``scatter_reduce``; returns this Tensor."""
        ...
    @_overload
    def select(self, dim: _int, index: _int) -> Tensor: ...
    @_overload
    def select(self, *, axis: _int, index: _int) -> Tensor:
        """Position ``index`` along ``dim``, which disappears; a view."""
        ...
    @_overload
    def select_scatter(self, src: Tensor, dim: _int, index: _int) -> Tensor: ...
    @_overload
    def select_scatter(self, src: Tensor, *, axis: _int, index: _int) -> Tensor:
        """``input`` with ``src`` in the place of ``select(input, dim, index)``."""
        ...
    def sgn(self) -> Tensor:
        """-1, 0 or 1, and NaN for NaN, which PyTorch hides as 0.  d input = 0."""
        ...
    def sgn_(self) -> Self:
        """In-place form of ``sign``; returns this Tensor."""
        ...
    @property
    def shape(self) -> Size: ...
    def share_memory_(self) -> Self:
        """Moves the values to memory that other processes can see; returns this Tensor."""
        ...
    def short(self) -> Tensor:
        """This Tensor as int16: ``(*)`` to ``(*)``.  d input = g."""
        ...
    def sigmoid(self) -> Tensor:
        """``1 / (1 + e^-input)``.  d input = g · y · (1 - y)."""
        ...
    def sigmoid_(self) -> Self:
        """In-place form of ``sigmoid``; returns this Tensor."""
        ...
    def sign(self) -> Tensor:
        """-1, 0 or 1, and NaN for NaN, which PyTorch hides as 0.  d input = 0."""
        ...
    def sign_(self) -> Self:
        """In-place form of ``sign``; returns this Tensor."""
        ...
    def signbit(self) -> Tensor:
        """Where the sign is set: below 0, and at -0.0."""
        ...
    def sin(self) -> Tensor:
        """Sine, radians.  d input = g · cos(input)."""
        ...
    def sin_(self) -> Self:
        """In-place form of ``sin``; returns this Tensor."""
        ...
    def sinc(self) -> Tensor:
        """``sin(π · input) / (π · input)``, and 1 at 0."""
        ...
    def sinc_(self) -> Self:
        """In-place form of ``sinc``; returns this Tensor."""
        ...
    def sinh(self) -> Tensor:
        """Hyperbolic sine.  d input = g · cosh(input)."""
        ...
    def sinh_(self) -> Self:
        """In-place form of ``sinh``; returns this Tensor."""
        ...
    @_overload
    def size(self) -> Size: ...
    @_overload
    def size(self, dim: _int) -> _int:
        """The shape, or the size of dimension ``dim``."""
        ...
    def slice_scatter(
        self,
        src: Tensor,
        dim: _int = 0,
        start: _int | None = None,
        end: _int | None = None,
        step: _int = 1,
        *,
        axis: _int = 0,
    ) -> Tensor:
        """``input`` with ``src`` in the place of positions ``start:end:step`` along ``dim``."""
        ...
    def slogdet(self) -> SlogDet:
        """The sign of the determinant and ``ln |det|``; of singular matrices, 0 and -inf; NaN has sign
        0."""
        ...
    def softmax(
        self,
        dim: _int | None = None,
        dtype: DType | None = None,
        *,
        axis: _int | None = None,
    ) -> Tensor:
        """``e^input / Σ e^input`` along ``dim``.  d input = y · (g - Σ g·y)."""
        ...
    def sort(
        self,
        dim: _int = -1,
        descending: _bool = False,
        stable: _bool = False,
        *,
        axis: _int = -1,
    ) -> ValuesAndIndices:
        """The elements in order along ``dim``, and where they were; NaN counts as the largest."""
        ...
    @_overload
    def split(
        self,
        split_size_or_sections: _int | Sequence[_int],
        dim: _int = 0,
        *,
        axis: _int = 0,
    ) -> tuple[Tensor, ...]: ...
    @_overload
    def split(
        self,
        *,
        split_size: _int | Sequence[_int],
        dim: _int = 0,
        axis: _int = 0,
    ) -> tuple[Tensor, ...]:
        """Views of consecutive pieces along ``dim``: of one size (the last may be smaller), or of sizes
        listed.  Writes to them are part of the graph, where PyTorch refuses them."""
        ...
    def split_with_sizes(
        self,
        split_sizes: Sequence[_int],
        dim: _int = 0,
        *,
        axis: _int = 0,
    ) -> tuple[Tensor, ...]:
        """``split`` into pieces of the sizes listed."""
        ...
    def sqrt(self) -> Tensor:
        """``√input``.  d input = g / (2 y)."""
        ...
    def sqrt_(self) -> Self:
        """In-place form of ``sqrt``; returns this Tensor."""
        ...
    def square(self) -> Tensor:
        """``input²``.  d input = 2 g · input."""
        ...
    def square_(self) -> Self:
        """In-place form of ``square``; returns this Tensor."""
        ...
    def squeeze(self, dim: Ints | None = None, *, axis: Ints | None = None) -> Tensor:
        """``input`` without its dimensions of size 1: all, or those of ``dim`` that have it."""
        ...
    def squeeze_(self, dim: Ints | None = None, *, axis: Ints | None = None) -> Self:
        """In-place form of ``squeeze``; returns this Tensor."""
        ...
    def std(
        self,
        dim: Ints | None = None,
        unbiased: _bool | None = None,
        keepdim: _bool = False,
        *,
        correction: _float | None = None,
        axis: Ints | None = None,
        keepdims: _bool = False,
    ) -> Tensor:
        """``√var``.  d input = 0 where y = 0, else g · (input - mean) / (y · (n - correction))."""
        ...
    def std_mean(
        self,
        dim: Ints | None = None,
        unbiased: _bool | None = None,
        keepdim: _bool = False,
        *,
        correction: _float | None = None,
        axis: Ints | None = None,
        keepdims: _bool = False,
    ) -> tuple[Tensor, Tensor]:
        """``(std, mean)``."""
        ...
    def storage(self) -> TypedStorage:
        """The memory that this Tensor lies in, as its numbers."""
        ...
    def storage_offset(self) -> _int:
        """How many elements stand before the first one of ``input`` in the memory it is a view of;
        for a sample of ``vmap``, how many before the first sample's."""
        ...
    @_overload
    def stride(self) -> tuple[_int, ...]: ...
    @_overload
    def stride(self, dim: _int) -> _int:
        """Steps between neighbours in each dimension, in elements."""
        ...
    def sub(self, other: Operand, *, alpha: _float = 1) -> Tensor:
        """``input - alpha · other``.  d input = g, d other = -alpha · g."""
        ...
    def sub_(self, other: Operand, *, alpha: _float = 1) -> Self:
        """In-place form of ``sub``; returns this Tensor."""
        ...
    def subtract(self, other: Operand, *, alpha: _float = 1) -> Tensor:
        """``input - alpha · other``.  d input = g, d other = -alpha · g."""
        ...
    def subtract_(self, other: Operand, *, alpha: _float = 1) -> Self:
        """In-place form of ``sub``; returns this Tensor."""
        ...
    def sum(
        self,
        dim: Ints | None = None,
        keepdim: _bool = False,
        *,
        dtype: DType | None = None,
        axis: Ints | None = None,
        keepdims: _bool = False,
    ) -> Tensor:
        """``Σ input`` over ``dim``: an int, several, or None for all."""
        ...
    @_overload
    def sum_to_size(self, *size: Sizes) -> Tensor: ...
    @_overload
    def sum_to_size(self, *, size: Sizes) -> Tensor:
        """``input`` summed to the shape ``size``, which would broadcast to its own."""
        ...
    def svd(self, some: _bool = True, compute_uv: _bool = True) -> OldSVD:
        """``U``, ``S`` and ``V`` with ``U diag(S) Vᵀ = input``."""
        ...
    @_overload
    def swapaxes(self, dim0: _int, dim1: _int) -> Tensor: ...
    @_overload
    def swapaxes(self, *, axis0: _int, dim1: _int) -> Tensor: ...
    @_overload
    def swapaxes(self, dim0: _int, *, axis1: _int) -> Tensor:
        """``input`` with two dimensions exchanged."""
        ...
    def swapaxes_(self, dim0: _int, dim1: _int) -> Self:
        """In-place form of ``transpose``; returns this Tensor."""
        ...
    @_overload
    def swapdims(self, dim0: _int, dim1: _int) -> Tensor: ...
    @_overload
    def swapdims(self, *, axis0: _int, dim1: _int) -> Tensor: ...
    @_overload
    def swapdims(self, dim0: _int, *, axis1: _int) -> Tensor:
        """``input`` with two dimensions exchanged."""
        ...
    def swapdims_(self, dim0: _int, dim1: _int) -> Self:
        """In-place form of ``transpose``; returns this Tensor."""
        ...
    def t(self) -> Tensor:
        """The transpose of a matrix; 0-d and 1-d Tensors as they are.  d input = gᵀ."""
        ...
    def t_(self) -> Self:
        """In-place form of ``t``; returns this Tensor."""
        ...
    def take(self, index: Tensor) -> Tensor:
        """Elements by their number, as if ``input`` were flattened, in the shape of ``index``."""
        ...
    def take_along_dim(
        self,
        indices: Tensor,
        dim: _int | None = None,
        *,
        axis: _int | None = None,
    ) -> Tensor:
        """``gather`` whose arguments are broadcast; flattened without ``dim``."""
        ...
    def tan(self) -> Tensor:
        """Tangent, radians.  d input = g · (1 + y²)."""
        ...
    def tan_(self) -> Self:
        """In-place form of ``tan``; returns this Tensor."""
        ...
    def tanh(self) -> Tensor:
        """Hyperbolic tangent.  d input = g · (1 - y²)."""
        ...
    def tanh_(self) -> Self:
        """In-place form of ``tanh``; returns this Tensor."""
        ...
    @_overload
    def tensor_split(
        self,
        indices_or_sections: _int | Sequence[_int] | Tensor,
        dim: _int = 0,
        *,
        axis: _int = 0,
    ) -> tuple[Tensor, ...]: ...
    @_overload
    def tensor_split(
        self,
        *,
        tensor_indices_or_sections: _int | Sequence[_int] | Tensor,
        dim: _int = 0,
        axis: _int = 0,
    ) -> tuple[Tensor, ...]: ...
    @_overload
    def tensor_split(
        self,
        *,
        indices: _int | Sequence[_int] | Tensor,
        dim: _int = 0,
        axis: _int = 0,
    ) -> tuple[Tensor, ...]: ...
    @_overload
    def tensor_split(
        self,
        *,
        sections: _int | Sequence[_int] | Tensor,
        dim: _int = 0,
        axis: _int = 0,
    ) -> tuple[Tensor, ...]:
        """Views of consecutive pieces along ``dim``: a number of them, or cut at the places listed."""
        ...
    @_overload
    def tile(self, *dims: Ints) -> Tensor: ...
    @_overload
    def tile(self, *, dims: Ints) -> Tensor:
        """``repeat``, with ones put in front of ``dims`` where it is short."""
        ...
    def to(
        self,
        *target: Tensor | DType | Device | _bool | None,
        dtype: DType | None = None,
        device: Device | None = None,
        non_blocking: _bool = False,
        copy: _bool = False,
        memory_format: _memory_format | None = None,
        layout: _layout | None = None,
        pin_memory: _bool | None = None,
    ) -> Tensor:
        """``input`` in another dtype; itself if it is so already, unless ``copy``."""
        ...
    def to_dense(self, dtype: DType | None = None, *, masked_grad: _bool = True) -> Tensor:
        """This Tensor, in another dtype if one is given: all are dense, so ``masked_grad``, about the
        gradient of sparse ones, is without effect."""
        ...
    def to_device(
        self,
        device: Device,
        *,
        stream: Any | None = None,
        layout: _layout | None = None,
        pin_memory: _bool | None = None,
    ) -> Tensor:
        """The Tensor itself: it is on the CPU, the only device there is."""
        ...
    def topk(
        self,
        k: _int,
        dim: _int = -1,
        largest: _bool = True,
        sorted: _bool = True,
        *,
        axis: _int = -1,
    ) -> ValuesAndIndices:
        """The ``k`` largest (or smallest) along ``dim`` in order, and where they are."""
        ...
    def trace(self) -> Tensor:
        """``Σ_i input[i, i]``, ``(n, m) → ()``.  d input = g · I: on the diagonal."""
        ...
    @_overload
    def transpose(self, dim0: _int, dim1: _int) -> Tensor: ...
    @_overload
    def transpose(self, *, axis0: _int, dim1: _int) -> Tensor: ...
    @_overload
    def transpose(self, dim0: _int, *, axis1: _int) -> Tensor:
        """``input`` with two dimensions exchanged."""
        ...
    def transpose_(self, dim0: _int, dim1: _int) -> Self:
        """In-place form of ``transpose``; returns this Tensor."""
        ...
    def triangular_solve(
        self,
        A: Tensor,
        upper: _bool = True,
        transpose: _bool = False,
        unitriangular: _bool = False,
    ) -> TriangularSolve:
        """``X`` with ``A @ X = input`` for triangular ``A``, and a copy of ``A``."""
        ...
    def tril(self, diagonal: _int = 0) -> Tensor:
        """Matrices ``(*, m, n)`` with 0 above a diagonal.  d input = tril(g, diagonal)."""
        ...
    def tril_(self, diagonal: _int = 0) -> Self:
        """In-place form of ``tril``; returns this Tensor."""
        ...
    def triu(self, diagonal: _int = 0) -> Tensor:
        """Matrices ``(*, m, n)`` with 0 below a diagonal.  d input = triu(g, diagonal)."""
        ...
    def triu_(self, diagonal: _int = 0) -> Self:
        """In-place form of ``triu``; returns this Tensor."""
        ...
    def true_divide(self, other: Operand) -> Tensor:
        """``input / other``.  d input = g / other, d other = -g · input / other²."""
        ...
    def true_divide_(self, other: Operand) -> Self:
        """In-place form of ``true_divide``; returns this Tensor."""
        ...
    def trunc(self) -> Tensor:
        """``input`` without its fraction.  d input = 0."""
        ...
    def trunc_(self) -> Self:
        """In-place form of ``trunc``; returns this Tensor."""
        ...
    @_overload
    def type(self) -> str: ...
    @_overload
    def type(self, dtype: DType | _type[Tensor], non_blocking: _bool=False) -> Tensor:
        """The name of this Tensor's type, ``'torch.FloatTensor'``; or this Tensor in another dtype,
        given as such, as a type of Tensors, or as the name of one."""
        ...
    def type_as(self, other: Operand) -> Tensor:
        """This Tensor in the dtype of ``other``."""
        ...
    def unbind(self, dim: _int = 0, *, axis: _int = 0) -> tuple[Tensor, ...]:
        """Views of all positions along ``dim``.  Writes to them are part of the graph, where PyTorch
        refuses them."""
        ...
    @_overload
    def unflatten(self, dim: _int, sizes: Sequence[_int]) -> Tensor: ...
    @_overload
    def unflatten(self, *, axis: _int, sizes: Sequence[_int]) -> Tensor:
        """Dimension ``dim`` split into ``sizes``; one may be -1.  d input = reshape(g, shape(input))."""
        ...
    def unfold(self, dimension: _int, size: _int, step: _int) -> Tensor:
        """Windows of ``size`` at every ``step``-th place along a dimension; their inside comes last."""
        ...
    def uniform_(
        self,
        from_: _float = 0,
        to: _float = 1,
        *,
        generator: Generator | None = None,
    ) -> Self:
        """Fills this Tensor with uniform values in [from_, to)."""
        ...
    @_overload
    def unique(
        self,
        sorted: _bool = True,
        return_inverse: Literal[False] = False,
        return_counts: Literal[False] = False,
        dim: _int | None = None,
        *,
        axis: _int | None = None,
    ) -> Tensor: ...
    @_overload
    def unique(
        self,
        sorted: _bool = True,
        return_inverse: Literal[False] = False,
        *,
        return_counts: Literal[True],
        dim: _int | None = None,
        axis: _int | None = None,
    ) -> tuple[Tensor, Tensor]: ...
    @_overload
    def unique(
        self,
        sorted: _bool = True,
        return_counts: Literal[False] = False,
        *,
        return_inverse: Literal[True],
        dim: _int | None = None,
        axis: _int | None = None,
    ) -> tuple[Tensor, Tensor]: ...
    @_overload
    def unique(
        self,
        sorted: _bool = True,
        *,
        return_inverse: Literal[True],
        return_counts: Literal[True],
        dim: _int | None = None,
        axis: _int | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]: ...
    @_overload
    def unique(
        self,
        sorted: _bool = True,
        return_inverse: _bool = False,
        return_counts: _bool = False,
        dim: _int | None = None,
        *,
        axis: _int | None = None,
    ) -> Tensor | tuple[Tensor, ...]:
        """The different elements of ``input``, in order (always); each NaN is one."""
        ...
    @_overload
    def unique_consecutive(
        self,
        return_inverse: Literal[False] = False,
        return_counts: Literal[False] = False,
        dim: _int | None = None,
        *,
        axis: _int | None = None,
    ) -> Tensor: ...
    @_overload
    def unique_consecutive(
        self,
        return_inverse: Literal[False] = False,
        *,
        return_counts: Literal[True],
        dim: _int | None = None,
        axis: _int | None = None,
    ) -> tuple[Tensor, Tensor]: ...
    @_overload
    def unique_consecutive(
        self,
        return_counts: Literal[False] = False,
        *,
        return_inverse: Literal[True],
        dim: _int | None = None,
        axis: _int | None = None,
    ) -> tuple[Tensor, Tensor]: ...
    @_overload
    def unique_consecutive(
        self,
        *,
        return_inverse: Literal[True],
        return_counts: Literal[True],
        dim: _int | None = None,
        axis: _int | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]: ...
    @_overload
    def unique_consecutive(
        self,
        return_inverse: _bool = False,
        return_counts: _bool = False,
        dim: _int | None = None,
        *,
        axis: _int | None = None,
    ) -> Tensor | tuple[Tensor, ...]:
        """``input`` without the elements that are equal to the one before; as ``unique`` otherwise."""
        ...
    def unsafe_chunk(
        self,
        chunks: _int,
        dim: _int = 0,
        *,
        axis: _int = 0,
    ) -> tuple[Tensor, ...]:
        """At most ``chunks`` views of equal pieces along ``dim``; the last may be smaller."""
        ...
    @_overload
    def unsafe_split(
        self,
        split_size_or_sections: _int | Sequence[_int],
        dim: _int = 0,
        *,
        axis: _int = 0,
    ) -> tuple[Tensor, ...]: ...
    @_overload
    def unsafe_split(
        self,
        *,
        split_size: _int | Sequence[_int],
        dim: _int = 0,
        axis: _int = 0,
    ) -> tuple[Tensor, ...]:
        """Views of consecutive pieces along ``dim``: of one size (the last may be smaller), or of sizes
        listed.  Writes to them are part of the graph, where PyTorch refuses them."""
        ...
    @_overload
    def unsqueeze(self, dim: _int) -> Tensor: ...
    @_overload
    def unsqueeze(self, *, axis: _int) -> Tensor:
        """``input`` with a new dimension of size 1 at place ``dim``."""
        ...
    @_overload
    def unsqueeze_(self, dim: _int) -> Self: ...
    @_overload
    def unsqueeze_(self, *, axis: _int) -> Self:
        """In-place form of ``unsqueeze``; returns this Tensor."""
        ...
    def untyped_storage(self) -> UntypedStorage:
        """The memory that this Tensor lies in."""
        ...
    def var(
        self,
        dim: Ints | None = None,
        unbiased: _bool | None = None,
        keepdim: _bool = False,
        *,
        correction: _float | None = None,
        axis: Ints | None = None,
        keepdims: _bool = False,
    ) -> Tensor:
        """Variance over ``dim``: ``Σ (input - mean)² / (n - correction)``, correction 1 by default."""
        ...
    def var_mean(
        self,
        dim: Ints | None = None,
        unbiased: _bool | None = None,
        keepdim: _bool = False,
        *,
        correction: _float | None = None,
        axis: Ints | None = None,
        keepdims: _bool = False,
    ) -> tuple[Tensor, Tensor]:
        """``(var, mean)``."""
        ...
    def vdot(self, other: Operand) -> Tensor:
        """``dot``, as long as there are no complex numbers.  Differentiated as ``dot``."""
        ...
    @_overload
    def view(self, *size: Sizes) -> Tensor: ...
    @_overload
    def view(self, *, dtype: Sizes) -> Tensor: ...
    @_overload
    def view(self, *, size: Sizes) -> Tensor:
        """``reshape`` that never copies, or the same bits as another dtype (``view(dtype)``)."""
        ...
    def view_as(self, other: Operand) -> Tensor:
        """``view`` of ``input`` in the shape of ``other``.  d input = reshape(g, shape(input))."""
        ...
    @_overload
    def vsplit(self, indices_or_sections: _int | Sequence[_int] | Tensor) -> tuple[Tensor, ...]: ...
    @_overload
    def vsplit(self, *, indices: _int | Sequence[_int] | Tensor) -> tuple[Tensor, ...]: ...
    @_overload
    def vsplit(self, *, sections: _int | Sequence[_int] | Tensor) -> tuple[Tensor, ...]:
        """``tensor_split`` into equal pieces or at places, along dim 0 of at least 2."""
        ...
    @_overload
    def where(self) -> tuple[Tensor, ...]: ...
    @_overload
    def where(self, input: Operand, other: Operand) -> Tensor:
        """``where(condition, self, other)``."""
        ...
    def xlogy(self, other: Operand) -> Tensor:
        """``input · ln other``, and 0 where ``input`` is 0."""
        ...
    def xlogy_(self, other: Operand) -> Self:
        """In-place form of ``xlogy``; returns this Tensor."""
        ...
    def zero_(self) -> Self:
        """In-place form of ``zero``; returns this Tensor."""
        ...
