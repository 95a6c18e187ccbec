"""What distributions share: broadcasting, probabilities and logits, properties computed once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import Any

import numpy as np

from autotensor.creation import ones, tensor, zeros
from autotensor.engine import dtypes
from autotensor.engine.modes import enable_grad
from autotensor.engine.tensor import Tensor
from autotensor.operators.arguments import common_shape
from autotensor.operators.reductions import softmax
from autotensor.operators.structure import where
from autotensor.random import rand, randn
from autotensor.type_info import finfo

__all__ = [
    "broadcast_all", "clamp_probs", "lazy_property", "logits_to_probs", "probs_to_logits",
    "tril_matrix_to_vec", "vec_to_tril_matrix",
]  # fmt: skip

euler_constant = 0.57721566490153286060  # Euler and Mascheroni's γ


# -- parameters ------------------------------------------------------------------------------------


def as_tensors(name: str, values: dict[str, Any]) -> list[Tensor]:
    """``values`` as Tensors; a number takes the dtype of the first Tensor of floating point, else
    the default one.

    Raises:
        TypeError: something that is neither.
    """
    for argument, value in values.items():
        if not isinstance(value, (Tensor, int, float, np.number)):
            raise TypeError(
                f"{name}: {argument} must be a Tensor or a number, got {type(value).__name__}"
            )
    kinds = [one.dtype for one in values.values() if isinstance(one, Tensor)]
    dtype = next((kind for kind in kinds if kind.kind == "f"), dtypes.get_default_dtype())
    return [one if isinstance(one, Tensor) else tensor(one, dtype=dtype) for one in values.values()]


def as_value(value: Any, dtype: Any) -> Tensor:
    """A number as a Tensor of ``dtype``, for the few methods to which PyTorch lets one be given;
    what is neither stays, to be refused."""
    is_number = isinstance(value, (int, float, np.number))
    found: Tensor = tensor(value, dtype=dtype) if is_number else value
    return found


def expanded(value: Tensor, shape: Sequence[int]) -> Tensor:
    """``value.expand(shape)``, and itself where it has that shape."""
    return value if value.shape == tuple(shape) else value.expand(shape)


def broadcast_all(*values: Tensor | float) -> tuple[Tensor, ...]:
    """Numbers and Tensors as Tensors of one shape.

    Raises:
        TypeError: something that is neither.
        RuntimeError: shapes that do not broadcast.

    Example:

        >>> from autotensor.distributions.utils import broadcast_all
        >>> loc, scale = broadcast_all(at.zeros(3, 1), at.ones(2))
        >>> loc.shape, broadcast_all(1.0, at.zeros(2))[0]
        (torch.Size([3, 2]), tensor([1., 1.]))
    """
    numbered = {f"value {position}": value for position, value in enumerate(values)}
    tensors = as_tensors("broadcast_all", numbered)
    shapes = [one.shape for one in tensors]
    problem = f"broadcast_all: values of shapes {', '.join(map(str, shapes))} do not broadcast"
    shape = common_shape(problem, *shapes)
    return tuple(expanded(one, shape) for one in tensors)


class lazy_property:
    """A property computed when first asked for, with its graph, and kept from then on.

    Example:

        >>> from autotensor.distributions.utils import lazy_property
        >>> class Circle:
        ...     @lazy_property
        ...     def area(self):
        ...         print("computed")
        ...         return 3.14
        >>> circle = Circle()
        >>> circle.area, circle.area
        computed
        (3.14, 3.14)
    """

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped = wrapped
        # It copies names and the docstring, for which any object will do.
        update_wrapper(self, wrapped)  # type: ignore[arg-type]

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        with enable_grad():
            value = self.wrapped(instance)
        # Found before this descriptor from now on, because it has no __set__.
        vars(instance)[self.wrapped.__name__] = value
        return value


# -- probabilities and logits ----------------------------------------------------------------------


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """``σ(logits)`` if ``is_binary``, else softmax along the last dim.

    Example:

        >>> from autotensor.distributions.utils import logits_to_probs
        >>> logits_to_probs(at.zeros(4)), logits_to_probs(at.zeros(2), is_binary=True)
        (tensor([0.2500, 0.2500, 0.2500, 0.2500]), tensor([0.5000, 0.5000]))
    """
    return logits.sigmoid() if is_binary else softmax(logits, -1)


def clamp_probs(probs: Tensor) -> Tensor:
    """``probs``, at least eps and at most 1 - eps, with the eps of its dtype.

    Example:

        >>> from autotensor.distributions.utils import clamp_probs
        >>> clamp_probs(at.tensor([0.0, 0.5, 1.0])).log().isfinite()
        tensor([True, True, True])
    """
    eps = finfo(probs.dtype).eps
    return probs.clamp(eps, 1 - eps)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """``ln(probs / (1 - probs))`` if ``is_binary``, else ``ln probs``; of ``clamp_probs``.

    Example:

        >>> from autotensor.distributions.utils import probs_to_logits
        >>> probs_to_logits(at.tensor([0.5, 0.75]), is_binary=True)  # 0 and ln 3
        tensor([0.0000, 1.0986])
        >>> probs_to_logits(at.tensor([0.5, 0.5]))
        tensor([-0.6931, -0.6931])
    """
    inside = clamp_probs(probs)
    return inside.log() - (-inside).log1p() if is_binary else inside.log()


class Odds:
    """``probs`` and ``logits`` of one kind of trial: that which was not given follows when asked
    for."""

    _given: str

    @lazy_property
    def probs(self) -> Tensor:
        """The probability of success."""
        return logits_to_probs(self.logits, is_binary=True)

    @lazy_property
    def logits(self) -> Tensor:
        """``ln(probs / (1 - probs))``."""
        return probs_to_logits(self.probs, is_binary=True)

    @property
    def _param(self) -> Tensor:
        """The one that was given."""
        return vars(self)[self._given]

    @property
    def param_shape(self) -> tuple[int, ...]:
        """The shape of the parameter."""
        return self._param.shape


# -- random numbers --------------------------------------------------------------------------------


def standard_normal(shape: Sequence[int], dtype: Any, device: Any = None) -> Tensor:
    """Values of the standard normal distribution."""
    return randn(tuple(shape), dtype=dtype, device=device)


def open_uniform(shape: Sequence[int], dtype: Any) -> Tensor:
    """Uniform values in (0, 1), so that logarithms are finite."""
    return rand(tuple(shape), dtype=dtype).clamp(min=finfo(dtype).tiny)


def clamped_uniform(shape: Sequence[int], dtype: Any) -> Tensor:
    """Uniform values in [eps, 1 - eps], so that ``logit`` is finite."""
    return clamp_probs(rand(tuple(shape), dtype=dtype))


# -- derivatives at the ends of what is defined ---------------------------------------------------


def power_log(power: Tensor, base: Tensor) -> Tensor:
    """``power · ln base``; where both are 0 it is 0, and so is its derivative."""
    return power * where((power == 0) & (base == 0), 1.0, base).log()


def above(parameter: Tensor, least: float) -> Tensor:
    """``parameter`` where it is above ``least``; elsewhere a number that is, for formulas whose
    value is not used there, but whose derivative would be NaN."""
    return where(parameter > least, parameter, least + 1.0)


# -- dims and triangles ----------------------------------------------------------------------------


def sum_rightmost(value: Tensor, dim: int) -> Tensor:
    """The sum over that many dims, counted from the last."""
    return value.sum(tuple(range(-dim, 0))) if dim else value


# Not public in PyTorch either, but programs with distributions of their own import them.
_standard_normal, _sum_rightmost = standard_normal, sum_rightmost


def square_sum(matrix: Tensor) -> Tensor:
    """The sum of the squares of all entries of matrices, tr(A·Aᵀ)."""
    return (matrix * matrix).sum((-2, -1))


def log_of(value: Tensor | float) -> Any:
    """The logarithm of a Tensor or a number."""
    return value.log() if isinstance(value, Tensor) else math.log(value)


def log_diagonal(triangle: Tensor) -> Tensor:
    """The logarithm of the determinant of triangular matrices with a positive diagonal."""
    return triangle.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def _triangle(n: int, diag: int) -> np.ndarray:
    return np.tril(np.ones((n, n), bool), diag)


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """The entries of the lower triangle, row by row: ``(…, D, D)`` to ``(…, L)``.

    Raises:
        ValueError: a ``diag`` that the matrices do not have.

    Example:

        >>> from autotensor.distributions.utils import tril_matrix_to_vec
        >>> tril_matrix_to_vec(at.tensor([[1, 0], [2, 3]]))
        tensor([1, 2, 3])
        >>> tril_matrix_to_vec(at.ones(8, 4, 4)).shape
        torch.Size([8, 10])
    """
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"tril_matrix_to_vec: diag must be in [{-n}, {n - 1}], got {diag}")
    rows, columns = np.nonzero(_triangle(n, diag))
    return mat[..., tensor(rows), tensor(columns)]


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """Lower triangles with the given entries, row by row: ``(…, L)`` to ``(…, D, D)``.

    Raises:
        ValueError: no triangle has that many entries.

    Example:

        >>> from autotensor.distributions.utils import vec_to_tril_matrix
        >>> vec_to_tril_matrix(at.tensor([1, 2, 3]))
        tensor([[1, 0],
                [2, 3]])
    """
    size = vec.shape[-1]
    # L = D (D + 1) / 2 + diag · D - |diag| (diag + 1)/2, with the corner that is cut off.
    root = (1 + 2 * diag) ** 2 + 8 * size + 4 * abs(diag) * (diag + 1)
    n = round((math.sqrt(root) - 1 - 2 * diag) / 2)
    rows, columns = np.nonzero(_triangle(n, diag))
    if len(rows) != size:
        raise ValueError(
            f"vec_to_tril_matrix: {size} entries do not fill a lower triangle up to diagonal {diag}"
        )
    out = zeros((*vec.shape[:-1], n, n), dtype=vec.dtype)
    out[..., tensor(rows), tensor(columns)] = vec
    return out


def steps_down(size: int, like: Tensor) -> Tensor:
    """``size, …, 2, 1`` in the dtype of ``like``."""
    return size + 1 - ones(size, dtype=like.dtype).cumsum(-1)
