"""Where values may lie: what parameters must satisfy, and where a distribution has its support.

``constraint.check(value)`` says for each event whether it is valid.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autotensor.creation import full
from autotensor.engine import dtypes
from autotensor.engine.tensor import Tensor
from autotensor.linalg import cholesky_ex, eigvalsh
from autotensor.operators.pointwise import isclose
from autotensor.operators.reductions import all as all_true
from autotensor.operators.structure import cat as joined
from autotensor.operators.structure import stack as stacked
from autotensor.type_info import finfo

__all__ = [
    "Constraint", "MixtureSameFamilyConstraint", "boolean", "cat", "corr_cholesky", "dependent",
    "dependent_property", "greater_than", "greater_than_eq", "half_open_interval", "independent",
    "integer_interval", "interval", "is_dependent", "less_than", "lower_cholesky",
    "lower_triangular", "multinomial", "nonnegative", "nonnegative_integer", "one_hot", "positive",
    "positive_definite", "positive_integer", "positive_semidefinite", "real", "real_vector",
    "simplex", "square", "stack", "symmetric", "unit_interval",
]  # fmt: skip

Bound = Any  # a number or a Tensor


class Constraint:
    """A region.  ``event_dim`` is how many of the last dims make one event; ``is_discrete``,
    whether the region has only isolated points.

    Example:

        >>> from autotensor.distributions import Normal, constraints
        >>> constraints.positive.check(at.tensor([-1.0, 0.0, 2.0]))
        tensor([False, False,  True])
        >>> Normal.arg_constraints["scale"], Normal.support
        (GreaterThan(lower_bound=0.0), Real())
    """

    is_discrete: Any = False
    event_dim: Any = 0

    def check(self, value: Tensor) -> Tensor:
        """Whether each event lies in the region: bool, without the last ``event_dim`` dims.

        Example:

            >>> from autotensor.distributions import constraints
            >>> constraints.unit_interval.check(at.tensor([[0.5, 2.0]]))
            tensor([[ True, False]])
            >>> constraints.simplex.check(at.tensor([[0.5, 0.5], [0.5, 0.4]]))
            tensor([ True, False])
        """
        raise NotImplementedError(f"{type(self).__name__}: check is not defined")

    def __repr__(self) -> str:
        return f"{type(self).__name__.lstrip('_')}()"


# -- what depends on other values ------------------------------------------------------------------


class Dependent(Constraint):
    """Stands for a region that depends on other values; ``dependent(event_dim=1)`` says what is
    known of it.

    Example:

        >>> from autotensor.distributions import Uniform, constraints
        >>> constraints.is_dependent(constraints.dependent(event_dim=0))
        True
    """

    def __init__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented):
        self._is_discrete, self._event_dim = is_discrete, event_dim

    @property
    def is_discrete(self) -> bool:
        return self._known(self._is_discrete, "is_discrete")

    @property
    def event_dim(self) -> int:
        return self._known(self._event_dim, "event_dim")

    @staticmethod
    def _known(value: Any, name: str) -> Any:
        if value is NotImplemented:
            raise NotImplementedError(f"{name} of a dependent constraint is known to objects alone")
        return value

    def __call__(
        self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented
    ) -> Dependent:
        return Dependent(
            is_discrete=self._is_discrete if is_discrete is NotImplemented else is_discrete,
            event_dim=self._event_dim if event_dim is NotImplemented else event_dim,
        )

    def check(self, value: Tensor) -> Tensor:
        raise ValueError("a dependent constraint cannot check values; ask that of an object")


class dependent_property(property, Dependent):
    """A property whose value is a constraint; of the class it is a ``dependent`` one.

    Example:

        >>> from autotensor.distributions import Uniform, constraints
        >>> constraints.is_dependent(Uniform.support), Uniform(0.0, 2.0).support
        (True, Interval(lower_bound=tensor(0.), upper_bound=tensor(2.)))
    """

    def __init__(
        self,
        fn: Callable[[Any], Constraint] | None = None,
        *,
        is_discrete: Any = NotImplemented,
        event_dim: Any = NotImplemented,
    ) -> None:
        property.__init__(self, fn)
        Dependent.__init__(self, is_discrete=is_discrete, event_dim=event_dim)

    # Called as a decorator, where a constraint is called with a value to check.
    def __call__(self, fn: Callable[[Any], Constraint]) -> dependent_property:  # type: ignore[override]
        return dependent_property(fn, is_discrete=self._is_discrete, event_dim=self._event_dim)


def is_dependent(constraint: Constraint) -> bool:
    """Whether ``constraint`` depends on other values and so cannot check any.

    Example:

        >>> from autotensor.distributions import Uniform, constraints
        >>> constraints.is_dependent(Uniform.support), constraints.is_dependent(constraints.real)
        (True, False)
    """
    return isinstance(constraint, Dependent)


# -- numbers ---------------------------------------------------------------------------------------


@dataclass(eq=False)
class Real(Constraint):
    """All numbers, infinite ones too, but not NaN.

    Example:

        >>> from autotensor.distributions import constraints
        >>> constraints.real.check(at.tensor([1.0, at.inf, at.nan]))
        tensor([ True,  True, False])
    """

    def check(self, value: Tensor) -> Tensor:
        return value == value


@dataclass(eq=False)
class GreaterThan(Constraint):
    """``(lower_bound, ∞]``.

    Example:

        >>> from autotensor.distributions import constraints
        >>> constraints.greater_than(2.0).check(at.tensor([2.0, 2.5]))
        tensor([False,  True])
    """

    lower_bound: Bound

    def check(self, value: Tensor) -> Tensor:
        return value > self.lower_bound


@dataclass(eq=False)
class GreaterThanEq(Constraint):
    """``[lower_bound, ∞]``.

    Example:

        >>> from autotensor.distributions import constraints
        >>> constraints.greater_than_eq(2.0).check(at.tensor([1.9, 2.0]))
        tensor([False,  True])
    """

    lower_bound: Bound

    def check(self, value: Tensor) -> Tensor:
        return value >= self.lower_bound


@dataclass(eq=False)
class LessThan(Constraint):
    """``[-∞, upper_bound)``.

    Example:

        >>> from autotensor.distributions import constraints
        >>> constraints.less_than(2.0).check(at.tensor([1.9, 2.0]))
        tensor([ True, False])
    """

    upper_bound: Bound

    def check(self, value: Tensor) -> Tensor:
        return value < self.upper_bound


@dataclass(eq=False)
class Interval(Constraint):
    """``[lower_bound, upper_bound]``.

    Example:

        >>> from autotensor.distributions import constraints
        >>> constraints.interval(-1.0, 1.0).check(at.tensor([-1.0, 1.0, 1.1]))
        tensor([ True,  True, False])
    """

    lower_bound: Bound
    upper_bound: Bound

    def check(self, value: Tensor) -> Tensor:
        return (value >= self.lower_bound) & (value <= self.upper_bound)


@dataclass(eq=False)
class HalfOpenInterval(Constraint):
    """``[lower_bound, upper_bound)``.

    Example:

        >>> from autotensor.distributions import constraints
        >>> constraints.half_open_interval(-1.0, 1.0).check(at.tensor([-1.0, 1.0]))
        tensor([ True, False])
    """

    lower_bound: Bound
    upper_bound: Bound

    def check(self, value: Tensor) -> Tensor:
        return (value >= self.lower_bound) & (value < self.upper_bound)


@dataclass(eq=False)
class Boolean(Constraint):
    """0 and 1.

    Example:

        >>> from autotensor.distributions import constraints
        >>> constraints.boolean.check(at.tensor([0.0, 1.0, 0.5]))
        tensor([ True,  True, False])
    """

    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        return (value == 0) | (value == 1)


@dataclass(eq=False)
class IntegerGreaterThan(GreaterThanEq):
    """``lower_bound, lower_bound + 1, …``.

    Example:

        >>> from autotensor.distributions import constraints
        >>> constraints.positive_integer.check(at.tensor([0.0, 1.0, 1.5]))
        tensor([False,  True, False])
    """

    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        return (value % 1 == 0) & super().check(value)


@dataclass(eq=False)
class IntegerInterval(Interval):
    """``lower_bound, …, upper_bound``.

    Example:

        >>> from autotensor.distributions import constraints
        >>> constraints.integer_interval(1, 6).check(at.tensor([0.0, 6.0, 2.5]))  # a die
        tensor([False,  True, False])
    """

    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        return (value % 1 == 0) & super().check(value)


# -- vectors ---------------------------------------------------------------------------------------


@dataclass(eq=False)
class OneHot(Constraint):
    """Vectors of one 1 and zeros.

    Example:

        >>> from autotensor.distributions import constraints
        >>> constraints.one_hot.check(at.tensor([[0.0, 1.0, 0.0], [1.0, 1.0, 0.0]]))
        tensor([ True, False])
    """

    is_discrete = True
    event_dim = 1

    def check(self, value: Tensor) -> Tensor:
        return boolean.check(value).all(-1) & (value.sum(-1) == 1)


@dataclass(eq=False)
class Simplex(Constraint):
    """Vectors of non-negative numbers that sum to 1, within 1e-6.

    Example:

        >>> from autotensor.distributions import constraints
        >>> constraints.simplex.check(at.tensor([[0.25, 0.75], [0.5, 0.6]]))
        tensor([ True, False])
    """

    event_dim = 1

    def check(self, value: Tensor) -> Tensor:
        return (value >= 0).all(-1) & ((value.sum(-1) - 1).abs() < 1e-6)


@dataclass(eq=False)
class Multinomial(Constraint):
    """Vectors of counts that sum to at most ``upper_bound``.

    Example:

        >>> from autotensor.distributions import constraints
        >>> constraints.multinomial(3).check(at.tensor([[1.0, 2.0], [2.0, 2.0]]))
        tensor([ True, False])
    """

    is_discrete = True
    event_dim = 1
    upper_bound: Bound

    def check(self, value: Tensor) -> Tensor:
        return (value >= 0).all(-1) & (value.sum(-1) <= self.upper_bound)


# -- matrices --------------------------------------------------------------------------------------


class _OfMatrices(Constraint):
    event_dim = 2


class LowerTriangular(_OfMatrices):
    """Matrices with zeros above the diagonal.

    Example:

        >>> from autotensor.distributions import constraints
        >>> constraints.lower_triangular.check(at.tensor([[1.0, 0.0], [2.0, -3.0]]))
        tensor(True)
    """

    def check(self, value: Tensor) -> Tensor:
        return (value.tril() == value).flatten(-2).all(-1)


class LowerCholesky(LowerTriangular):
    """Lower triangular matrices with a positive diagonal.

    Example:

        >>> from autotensor.distributions import constraints
        >>> constraints.lower_cholesky.check(at.tensor([[1.0, 0.0], [2.0, -3.0]]))
        tensor(False)
    """

    def check(self, value: Tensor) -> Tensor:
        return super().check(value) & (value.diagonal(dim1=-2, dim2=-1) > 0).all(-1)


class CorrCholesky(LowerCholesky):
    """Cholesky factors of correlation matrices: their rows have length 1.

    Example:

        >>> from autotensor.distributions import constraints
        >>> constraints.corr_cholesky.check(at.tensor([[1.0, 0.0], [0.6, 0.8]]))
        tensor(True)
    """

    def check(self, value: Tensor) -> Tensor:
        rounding = 10 * finfo(value.dtype).eps * value.shape[-1]
        unit = ((value * value).sum(-1).sqrt() - 1).abs() <= rounding
        return super().check(value) & unit.all(-1)


class Square(_OfMatrices):
    """Square matrices.

    Example:

        >>> from autotensor.distributions import constraints
        >>> constraints.square.check(at.zeros(5, 3, 3)), constraints.square.check(at.zeros(2, 3))
        (tensor([True, True, True, True, True]), tensor(False))
    """

    def check(self, value: Tensor) -> Tensor:
        is_square = value.shape[-2] == value.shape[-1]
        return full(value.shape[:-2], is_square, dtype=dtypes.bool)


class Symmetric(Square):
    """Symmetric matrices, within 1e-6.

    Example:

        >>> from autotensor.distributions import constraints
        >>> A = at.tensor([[1.0, 2.0], [3.0, 1.0]])
        >>> constraints.symmetric.check(at.stack([A, A + A.T]))
        tensor([False,  True])
    """

    def check(self, value: Tensor) -> Tensor:
        square = super().check(value)
        if not bool(square.all()):
            return square
        return isclose(value, value.mT, atol=1e-6).flatten(-2).all(-1)


class PositiveSemidefinite(Symmetric):
    """Symmetric matrices with no negative eigenvalue.

    Example:

        >>> from autotensor.distributions import constraints
        >>> constraints.positive_semidefinite.check(at.stack([at.zeros(2, 2), -at.eye(2)]))
        tensor([ True, False])
    """

    def check(self, value: Tensor) -> Tensor:
        symmetric = super().check(value)
        return symmetric & (eigvalsh(value) >= 0).all(-1) if bool(symmetric.all()) else symmetric


class PositiveDefinite(Symmetric):
    """Symmetric matrices with positive eigenvalues only.

    Example:

        >>> from autotensor.distributions import constraints
        >>> A = at.tensor([[1.0, 2.0], [2.0, 1.0]])  # has the eigenvalues 3 and -1
        >>> constraints.positive_definite.check(at.stack([A, A + 2 * at.eye(2)]))
        tensor([False,  True])
    """

    def check(self, value: Tensor) -> Tensor:
        symmetric = super().check(value)
        if not bool(symmetric.all()):
            return symmetric
        finite = value.isfinite().flatten(-2).all(-1)  # LAPACK may find a factor of infinity
        return finite & (cholesky_ex(value).info == 0)


# -- made of others --------------------------------------------------------------------------------


class IndependentConstraint(Constraint):
    """Events of so many more dims, valid where all in them are.

    Raises:
        TypeError: a base that is no constraint.
        ValueError: ``reinterpreted_batch_ndims`` that is no number of dims.

    Example:

        >>> from autotensor.distributions import constraints
        >>> vectors = constraints.independent(constraints.positive, 1)
        >>> vectors.check(at.tensor([[1.0, 2.0], [1.0, -2.0]])), vectors.event_dim
        (tensor([ True, False]), 1)
    """

    def __init__(self, base_constraint: Constraint, reinterpreted_batch_ndims: int) -> None:
        if not isinstance(base_constraint, Constraint):
            raise TypeError(
                f"independent: expected a constraint, got {type(base_constraint).__name__}"
            )
        if not isinstance(reinterpreted_batch_ndims, int) or reinterpreted_batch_ndims < 0:
            raise ValueError(
                "independent: reinterpreted_batch_ndims must be a number of dims, got "
                f"{reinterpreted_batch_ndims!r}"
            )
        self.base_constraint = base_constraint
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @property
    def is_discrete(self) -> bool:
        return self.base_constraint.is_discrete

    @property
    def event_dim(self) -> int:
        return self.base_constraint.event_dim + self.reinterpreted_batch_ndims

    def check(self, value: Tensor) -> Tensor:
        valid = self.base_constraint.check(value)
        if valid.ndim < self.reinterpreted_batch_ndims:
            raise ValueError(
                f"{self!r}: expected a value of at least {self.event_dim} dims, got shape "
                f"{tuple(value.shape)}"
            )
        return _all_rightmost(valid, self.reinterpreted_batch_ndims)

    def __repr__(self) -> str:
        inside = f"{self.base_constraint!r}, {self.reinterpreted_batch_ndims}"
        return f"{type(self).__name__}({inside})"


def _all_rightmost(valid: Tensor, dims: int) -> Tensor:
    return valid.flatten(-dims).all(-1) if dims else valid


class MixtureSameFamilyConstraint(Constraint):
    """What all components of a mixture, the last batch dim, have as their support.

    Raises:
        TypeError: a base that is no constraint.

    Example:

        >>> from autotensor.distributions import Categorical, Exponential, MixtureSameFamily
        >>> weights = Categorical(at.ones(3))
        >>> d = MixtureSameFamily(weights, Exponential(at.ones(3)))
        >>> d.support.check(at.tensor([-1.0, 1.0]))
        tensor([False,  True])
    """

    def __init__(self, base_constraint: Constraint) -> None:
        if not isinstance(base_constraint, Constraint):
            raise TypeError(
                "MixtureSameFamilyConstraint: expected a constraint, got "
                f"{type(base_constraint).__name__}"
            )
        self.base_constraint = base_constraint

    @property
    def is_discrete(self) -> bool:
        return self.base_constraint.is_discrete

    @property
    def event_dim(self) -> int:
        return self.base_constraint.event_dim

    def check(self, value: Tensor) -> Tensor:
        if value.ndim < self.event_dim:
            raise ValueError(
                f"{self!r}: expected a value of at least {self.event_dim} dims, got shape "
                f"{tuple(value.shape)}"
            )
        valid = self.base_constraint.check(value.unsqueeze(-1 - self.event_dim))
        return _all_rightmost(valid, valid.ndim - (value.ndim - self.event_dim))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_constraint!r})"


class _Row(Constraint):
    """Several constraints along ``dim``."""

    def __init__(self, cseq: Sequence[Constraint], dim: int = 0) -> None:
        if not all(isinstance(one, Constraint) for one in cseq):
            raise TypeError(f"{type(self).__name__.lower()}: expected a list of constraints")
        self.cseq, self.dim = list(cseq), dim

    @property
    def is_discrete(self) -> bool:
        return any(one.is_discrete for one in self.cseq)

    @property
    def event_dim(self) -> int:
        return max(one.event_dim for one in self.cseq)


class Cat(_Row):
    """One constraint for each of the parts, of ``lengths``, along ``dim``.

    Raises:
        ValueError: not as many lengths as constraints.

    Example:

        >>> from autotensor.distributions import constraints
        >>> parts = constraints.cat([constraints.positive, constraints.real], lengths=[1, 2])
        >>> parts.check(at.tensor([-1.0, -1.0, -1.0]))
        tensor([False,  True,  True])
    """

    def __init__(
        self, cseq: Sequence[Constraint], dim: int = 0, lengths: Sequence[int] | None = None
    ) -> None:
        super().__init__(cseq, dim)
        self.lengths = [1] * len(self.cseq) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.cseq):
            raise ValueError(f"cat: {len(self.cseq)} constraints but {len(self.lengths)} lengths")

    def check(self, value: Tensor) -> Tensor:
        parts = value.split(self.lengths, self.dim)
        return joined(
            [one.check(part) for one, part in zip(self.cseq, parts, strict=True)], self.dim
        )


class Stack(_Row):
    """One constraint for each of the slices along ``dim``.

    Example:

        >>> from autotensor.distributions import constraints
        >>> rows = constraints.stack([constraints.positive, constraints.boolean])
        >>> rows.check(at.tensor([[3.0, 4.0], [1.0, 5.0]]))
        tensor([[ True,  True],
                [ True, False]])
    """

    @property
    def event_dim(self) -> int:
        inner = max(one.event_dim for one in self.cseq)
        return inner + (self.dim + inner < 0)

    def check(self, value: Tensor) -> Tensor:
        parts = value.unbind(self.dim)
        return stacked(
            [one.check(part) for one, part in zip(self.cseq, parts, strict=True)], self.dim
        )


# -- the public names ------------------------------------------------------------------------------

dependent = Dependent()
independent = IndependentConstraint
boolean = Boolean()
one_hot = OneHot()
nonnegative_integer = IntegerGreaterThan(0)
positive_integer = IntegerGreaterThan(1)
integer_interval = IntegerInterval
real = Real()
real_vector = independent(real, 1)
positive = GreaterThan(0.0)
nonnegative = GreaterThanEq(0.0)
greater_than = GreaterThan
greater_than_eq = GreaterThanEq
less_than = LessThan
multinomial = Multinomial
unit_interval = Interval(0.0, 1.0)
interval = Interval
half_open_interval = HalfOpenInterval
simplex = Simplex()
lower_triangular = LowerTriangular()
lower_cholesky = LowerCholesky()
corr_cholesky = CorrCholesky()
square = Square()
symmetric = Symmetric()
positive_semidefinite = PositiveSemidefinite()
positive_definite = PositiveDefinite()
cat = Cat
stack = Stack


def with_ends(constraint: Constraint) -> Constraint:
    """``constraint`` with the finite ends of an interval that has them not."""
    if isinstance(constraint, GreaterThan):
        return GreaterThanEq(constraint.lower_bound)
    if isinstance(constraint, LessThan):
        return Interval(-math.inf, constraint.upper_bound)
    if isinstance(constraint, HalfOpenInterval):
        return Interval(constraint.lower_bound, constraint.upper_bound)
    return constraint


def holds(constraint: Constraint, value: Tensor) -> bool:
    """Whether ``constraint`` holds for all of ``value``."""
    return bool(all_true(constraint.check(value)))
