"""Invertible functions with the logarithm of their volume change, ``ln |det dy/dx|``.

``t(x)`` is y, ``t.inv(y)`` is x, and ``t.log_abs_det_jacobian(x, y)`` belongs to both.  With them
``TransformedDistribution`` makes distributions of others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from autotensor.creation import eye, full_like, zeros_like
from autotensor.distributions import constraints
from autotensor.distributions.constraints import Constraint, dependent_property, independent
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.utils import (
    steps_down,
    sum_rightmost,
    tril_matrix_to_vec,
    vec_to_tril_matrix,
)
from autotensor.doors import explained
from autotensor.engine.tensor import Tensor
from autotensor.linalg import cholesky
from autotensor.operators.arguments import need_tensor_itself
from autotensor.operators.networks import logsigmoid, softplus
from autotensor.operators.pointwise import exp, log
from autotensor.operators.reductions import softmax
from autotensor.operators.structure import broadcast_shapes, cat, pad, stack
from autotensor.type_info import finfo

__all__ = [
    "AbsTransform", "AffineTransform", "CatTransform", "ComposeTransform", "CorrCholeskyTransform",
    "CumulativeDistributionTransform", "ExpTransform", "IndependentTransform",
    "LowerCholeskyTransform", "PositiveDefiniteTransform", "PowerTransform", "ReshapeTransform",
    "SigmoidTransform", "SoftmaxTransform", "SoftplusTransform", "StackTransform",
    "StickBreakingTransform", "TanhTransform", "Transform", "identity_transform",
]  # fmt: skip

Shape = tuple[int, ...]


def _clipped_sigmoid(x: Tensor) -> Tensor:
    """``σ(x)``, but in (0, 1) also where it rounds to a bound."""
    kind = finfo(x.dtype)
    return x.sigmoid().clamp(kind.tiny, 1 - kind.eps)


# -- what all of them are --------------------------------------------------------------------------


class Transform:
    """The base of all transforms.

    A subclass defines ``_call``, ``_inverse`` and ``log_abs_det_jacobian``, and says where it leads
    from and to in ``domain`` and ``codomain``; ``bijective`` says that both directions undo each
    other, ``sign`` whether a transform of numbers is increasing (1) or decreasing (-1).  Two are
    equal if one is the other or, without arguments of their own, of the same kind.

    Args:
        cache_size: 1 keeps the last pair of x and y, so that the inverse of what was just computed
            is exact and costs nothing; 0 keeps nothing.

    Raises:
        ValueError: another ``cache_size``.

    Example:

        >>> from autotensor.distributions import ExpTransform
        >>> exp = ExpTransform()
        >>> y = exp(at.tensor([0.0, 1.0]))
        >>> y, exp.inv(y).round(decimals=3), exp.log_abs_det_jacobian(at.tensor([0.0, 1.0]), y)
        (tensor([1.0000, 2.7183]), tensor([0., 1.]), tensor([0., 1.]))
        >>> exp.domain, exp.codomain, exp.bijective
        (Real(), GreaterThan(lower_bound=0.0), True)
    """

    bijective: Any = False
    domain: Any
    codomain: Any

    def __init__(self, cache_size: int = 0) -> None:
        if cache_size not in (0, 1):
            raise ValueError(f"{type(self).__name__}: cache_size must be 0 or 1, got {cache_size}")
        self._cache_size = cache_size
        self._inv: Transform | None = None
        self._cached_x_y: tuple[Any, Any] = None, None
        super().__init__()  # that of Module, if a transform with parameters is one as well

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_inv": None}

    @property
    def event_dim(self) -> int:
        """How many of the last dims are transformed together, where both sides agree in it.

        Example:

            >>> from autotensor.distributions import ExpTransform, IndependentTransform
            >>> ExpTransform().event_dim, IndependentTransform(ExpTransform(), 1).event_dim
            (0, 1)
        """
        if self.domain.event_dim != self.codomain.event_dim:
            raise ValueError(
                f"{type(self).__name__}: domain and codomain differ in event_dim; ask one of them"
            )
        return self.domain.event_dim

    @property
    def inv(self) -> Transform:
        """The inverse; ``t.inv.inv`` is t.

        Example:

            >>> from autotensor.distributions import SigmoidTransform
            >>> SigmoidTransform().inv(at.tensor([0.5, 0.75]))  # 0 and ln 3
            tensor([0.0000, 1.0986])
        """
        if self._inv is None:
            self._inv = _InverseTransform(self)
        return self._inv

    @property
    def sign(self) -> Any:
        """1 if increasing, -1 if decreasing.

        Example:

            >>> from autotensor.distributions import AffineTransform, ExpTransform
            >>> ExpTransform().sign, AffineTransform(0.0, -2.0).sign
            (1, -1)
        """
        raise NotImplementedError(f"{type(self).__name__}: sign is not defined")

    def _settings(self) -> tuple[Any, ...]:
        """The arguments that make another like this one."""
        if type(self).__init__ is not Transform.__init__:
            raise NotImplementedError(f"{type(self).__name__}: with_cache is not defined")
        return ()

    def with_cache(self, cache_size: int = 1) -> Transform:
        """This transform with another ``cache_size``.

        Example:

            >>> from autotensor.distributions import TanhTransform
            >>> t = TanhTransform().with_cache()
            >>> t.inv(t(at.tensor(20.0)))  # exact, although tanh 20 rounds to 1
            tensor(20.)
        """
        if self._cache_size == cache_size:
            return self
        kind: Any = type(self)
        return kind(*self._settings(), cache_size=cache_size)

    def __eq__(self, other: object) -> bool:
        plain = type(self).__init__ is Transform.__init__ and type(self) in _WITHOUT_SETTINGS
        return self is other or (plain and type(self) is type(other))

    __hash__ = object.__hash__

    def __call__(self, x: Tensor) -> Tensor:
        """y for x."""
        if self._cache_size and x is self._cached_x_y[0]:
            return self._cached_x_y[1]
        return self._remembered(x, self._told(self._call, x))[1]

    def _inv_call(self, y: Tensor) -> Tensor:
        """x for y."""
        if self._cache_size and y is self._cached_x_y[1]:
            return self._cached_x_y[0]
        return self._remembered(self._told(self._inverse, y), y)[0]

    def _told(self, compute: Callable[[Tensor], Tensor], value: Tensor) -> Tensor:
        """``compute(value)``, whose refusal says which transform it is of."""
        name = type(self).__name__
        need_tensor_itself(value, name)
        try:
            return compute(value)
        except Exception as error:
            # Not "from error": ``explained`` has set the cause, or it is the error itself.
            raise explained(error, name, (value,), {})  # noqa: B904

    def _remembered(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        if self._cache_size:
            self._cached_x_y = x, y
        return x, y

    def _call(self, x: Tensor) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__}: _call is not defined")

    def _inverse(self, y: Tensor) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__}: _inverse is not defined")

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """``ln |det dy/dx|``, without the dims of an event.

        Example:

            >>> from autotensor.distributions import AffineTransform
            >>> x, t = at.zeros(3), AffineTransform(1.0, 5.0)
            >>> t.log_abs_det_jacobian(x, t(x)).exp().round(decimals=3)
            tensor([5., 5., 5.])
        """
        raise NotImplementedError(f"{type(self).__name__}: log_abs_det_jacobian is not defined")

    def forward_shape(self, shape: Shape) -> Shape:
        """The shape of y for that of x.

        Example:

            >>> from autotensor.distributions import StickBreakingTransform
            >>> StickBreakingTransform().forward_shape((5, 3))
            (5, 4)
        """
        return shape

    def inverse_shape(self, shape: Shape) -> Shape:
        """The shape of x for that of y.

        Example:

            >>> from autotensor.distributions import StickBreakingTransform
            >>> StickBreakingTransform().inverse_shape((5, 4))
            (5, 3)
        """
        return shape

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class _InverseTransform(Transform):
    """The other direction of a transform."""

    _inv: Transform

    def __init__(self, transform: Transform) -> None:
        super().__init__(transform._cache_size)
        self._inv = transform

    @dependent_property(is_discrete=False)
    def domain(self) -> Constraint:
        return self._inv.codomain

    @dependent_property(is_discrete=False)
    def codomain(self) -> Constraint:
        return self._inv.domain

    @property
    def bijective(self) -> bool:
        return self._inv.bijective

    @property
    def sign(self) -> Any:
        return self._inv.sign

    @property
    def inv(self) -> Transform:
        return self._inv

    def with_cache(self, cache_size: int = 1) -> Transform:
        return self._inv.with_cache(cache_size).inv

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _InverseTransform) and self._inv == other._inv

    __hash__ = object.__hash__

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__.copy()

    def __call__(self, x: Tensor) -> Tensor:
        return self._inv._inv_call(x)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return -self._inv.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape: Shape) -> Shape:
        return self._inv.inverse_shape(shape)

    def inverse_shape(self, shape: Shape) -> Shape:
        return self._inv.forward_shape(shape)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._inv!r})"


# -- made of others --------------------------------------------------------------------------------


def _of_dims(constraint: Constraint, event_dim: int) -> Constraint:
    """``constraint`` with more dims in an event."""
    more = event_dim - constraint.event_dim
    return independent(constraint, more) if more else constraint


class ComposeTransform(Transform):
    """One after the other: ``parts[-1](… parts[0](x))``.

    Example:

        >>> from autotensor.distributions import AffineTransform, ComposeTransform, ExpTransform
        >>> t = ComposeTransform([AffineTransform(1.0, 2.0), ExpTransform()])
        >>> t(at.tensor(-0.5)), t.inv(at.tensor(1.0))  # e^(1 + 2x)
        (tensor(1.), tensor(-0.5000))
    """

    def __init__(self, parts: Sequence[Transform], cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.parts = [part.with_cache(cache_size) for part in parts] if cache_size else list(parts)

    def _settings(self) -> tuple[Any, ...]:
        return (self.parts,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ComposeTransform) and self.parts == other.parts

    __hash__ = object.__hash__

    @dependent_property(is_discrete=False)
    def domain(self) -> Constraint:
        if not self.parts:
            return constraints.real
        dims = self.parts[-1].codomain.event_dim
        for part in reversed(self.parts):
            dims += part.domain.event_dim - part.codomain.event_dim
            dims = max(dims, part.domain.event_dim)
        return _of_dims(self.parts[0].domain, dims)

    @dependent_property(is_discrete=False)
    def codomain(self) -> Constraint:
        if not self.parts:
            return constraints.real
        dims = self.parts[0].domain.event_dim
        for part in self.parts:
            dims += part.codomain.event_dim - part.domain.event_dim
            dims = max(dims, part.codomain.event_dim)
        return _of_dims(self.parts[-1].codomain, dims)

    @property
    def bijective(self) -> bool:
        return all(part.bijective for part in self.parts)

    @property
    def sign(self) -> Any:
        return math.prod(part.sign for part in self.parts)

    @property
    def inv(self) -> Transform:
        if self._inv is None:
            self._inv = ComposeTransform([part.inv for part in reversed(self.parts)])
            self._inv._inv = self
        return self._inv

    def __call__(self, x: Tensor) -> Tensor:
        for part in self.parts:
            x = part(x)
        return x

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        if not self.parts:
            return zeros_like(x)
        values = [x]
        for part in self.parts[:-1]:
            values.append(part(values[-1]))
        values.append(y)
        dims = self.domain.event_dim
        total: Any = 0
        for part, one, other in zip(self.parts, values, values[1:], strict=False):
            change = part.log_abs_det_jacobian(one, other)
            total = total + sum_rightmost(change, dims - part.domain.event_dim)
            dims += part.codomain.event_dim - part.domain.event_dim
        return total

    def forward_shape(self, shape: Shape) -> Shape:
        for part in self.parts:
            shape = part.forward_shape(shape)
        return shape

    def inverse_shape(self, shape: Shape) -> Shape:
        for part in reversed(self.parts):
            shape = part.inverse_shape(shape)
        return shape

    def __repr__(self) -> str:
        listed = ",\n    ".join(map(repr, self.parts))
        return f"{type(self).__name__}(\n    {listed}\n)"


identity_transform = ComposeTransform([])


class IndependentTransform(Transform):
    """``base_transform`` with so many more of the last dims in one event, whose volume changes are
    summed.

    Example:

        >>> from autotensor.distributions import ExpTransform, IndependentTransform
        >>> x, t = at.ones(4, 3), IndependentTransform(ExpTransform(), 1)
        >>> t.log_abs_det_jacobian(x, t(x))
        tensor([3., 3., 3., 3.])
    """

    def __init__(
        self, base_transform: Transform, reinterpreted_batch_ndims: int, cache_size: int = 0
    ) -> None:
        super().__init__(cache_size)
        self.base_transform = base_transform.with_cache(cache_size)
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    def _settings(self) -> tuple[Any, ...]:
        return self.base_transform, self.reinterpreted_batch_ndims

    @dependent_property(is_discrete=False)
    def domain(self) -> Constraint:
        return independent(self.base_transform.domain, self.reinterpreted_batch_ndims)

    @dependent_property(is_discrete=False)
    def codomain(self) -> Constraint:
        return independent(self.base_transform.codomain, self.reinterpreted_batch_ndims)

    @property
    def bijective(self) -> bool:
        return self.base_transform.bijective

    @property
    def sign(self) -> Any:
        return self.base_transform.sign

    def _call(self, x: Tensor) -> Tensor:
        _need_dims(self, x.shape, self.domain.event_dim)
        return self.base_transform(x)

    def _inverse(self, y: Tensor) -> Tensor:
        _need_dims(self, y.shape, self.codomain.event_dim)
        return self.base_transform.inv(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        change = self.base_transform.log_abs_det_jacobian(x, y)
        return sum_rightmost(change, self.reinterpreted_batch_ndims)

    def forward_shape(self, shape: Shape) -> Shape:
        return self.base_transform.forward_shape(shape)

    def inverse_shape(self, shape: Shape) -> Shape:
        return self.base_transform.inverse_shape(shape)

    def __repr__(self) -> str:
        inside = f"{self.base_transform!r}, {self.reinterpreted_batch_ndims}"
        return f"{type(self).__name__}({inside})"


def _need_dims(transform: Transform, shape: Shape, least: int) -> None:
    if len(shape) < least:
        raise ValueError(
            f"{type(transform).__name__}: expected at least {least} dims, got shape {tuple(shape)}"
        )


class _RowTransform(Transform):
    """Several transforms side by side along ``dim``."""

    def __init__(self, tseq: Sequence[Transform], dim: int = 0, cache_size: int = 0) -> None:
        if not all(isinstance(one, Transform) for one in tseq):
            raise TypeError(f"{type(self).__name__}: expected a list of transforms")
        super().__init__(cache_size)
        self.transforms = [one.with_cache(cache_size) for one in tseq] if cache_size else list(tseq)
        self.dim = dim

    @property
    def bijective(self) -> bool:
        return all(one.bijective for one in self.transforms)

    def _parts(self, value: Tensor) -> Any:
        """What of ``value`` belongs to each."""
        raise NotImplementedError

    def _joined(self, parts: list[Tensor]) -> Tensor:
        raise NotImplementedError

    def _call(self, x: Tensor) -> Tensor:
        pairs = zip(self.transforms, self._parts(x), strict=True)
        return self._joined([one(part) for one, part in pairs])

    def _inverse(self, y: Tensor) -> Tensor:
        pairs = zip(self.transforms, self._parts(y), strict=True)
        return self._joined([one.inv(part) for one, part in pairs])

    def _changes(self, x: Tensor, y: Tensor) -> list[Tensor]:
        each = zip(self.transforms, self._parts(x), self._parts(y), strict=True)
        return [one.log_abs_det_jacobian(part, other) for one, part, other in each]

    def _need_size(self, value: Tensor, size: int) -> None:
        name, shape = type(self).__name__, tuple(value.shape)
        if not -len(shape) <= self.dim < len(shape):
            raise IndexError(f"{name}: there is no dim {self.dim} in shape {shape}")
        if shape[self.dim] != size:
            raise ValueError(
                f"{name}: expected size {size} along dim {self.dim}, got shape {shape}"
            )


class CatTransform(_RowTransform):
    """Transforms of parts, of ``lengths`` (1 unless given), along ``dim``.

    Example:

        >>> from autotensor.distributions import AffineTransform, CatTransform, ExpTransform
        >>> t = CatTransform([ExpTransform(), AffineTransform(0.0, 10.0)], lengths=[1, 2])
        >>> t(at.tensor([0.0, 1.0, 2.0]))
        tensor([ 1., 10., 20.])
    """

    def __init__(
        self,
        tseq: Sequence[Transform],
        dim: int = 0,
        lengths: Sequence[int] | None = None,
        cache_size: int = 0,
    ) -> None:
        super().__init__(tseq, dim, cache_size)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.transforms):
            raise ValueError(
                f"CatTransform: {len(self.transforms)} transforms but {len(self.lengths)} lengths"
            )

    def _settings(self) -> tuple[Any, ...]:
        return self.transforms, self.dim, self.lengths

    @property
    def event_dim(self) -> int:
        return max(one.event_dim for one in self.transforms)

    @property
    def length(self) -> int:
        """The size along ``dim``.

        Example:

            >>> from autotensor.distributions import CatTransform, ExpTransform
            >>> CatTransform([ExpTransform(), ExpTransform()], lengths=[1, 2]).length
            3
        """
        return sum(self.lengths)

    def _parts(self, value: Tensor) -> Any:
        self._need_size(value, self.length)
        return value.split(self.lengths, self.dim)

    def _joined(self, parts: list[Tensor]) -> Tensor:
        return cat(parts, self.dim)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        changes = [
            sum_rightmost(change, self.event_dim - one.event_dim)
            for one, change in zip(self.transforms, self._changes(x, y), strict=True)
        ]
        dim = (self.dim if self.dim < 0 else self.dim - x.ndim) + self.event_dim
        return cat(changes, dim) if dim < 0 else sum(changes[1:], changes[0])

    @dependent_property
    def domain(self) -> Constraint:
        return constraints.cat([one.domain for one in self.transforms], self.dim, self.lengths)

    @dependent_property
    def codomain(self) -> Constraint:
        return constraints.cat([one.codomain for one in self.transforms], self.dim, self.lengths)


class StackTransform(_RowTransform):
    """One transform for each slice along ``dim``.

    Example:

        >>> from autotensor.distributions import AffineTransform, ExpTransform, StackTransform
        >>> t = StackTransform([ExpTransform(), AffineTransform(0.0, 10.0)])
        >>> t(at.tensor([[0.0, 0.0], [1.0, 2.0]]))
        tensor([[ 1.,  1.],
                [10., 20.]])
    """

    def _settings(self) -> tuple[Any, ...]:
        return self.transforms, self.dim

    def _parts(self, value: Tensor) -> Any:
        self._need_size(value, len(self.transforms))
        return value.unbind(self.dim)

    def _joined(self, parts: list[Tensor]) -> Tensor:
        return stack(parts, self.dim)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return self._joined(self._changes(x, y))

    @dependent_property
    def domain(self) -> Constraint:
        return constraints.stack([one.domain for one in self.transforms], self.dim)

    @dependent_property
    def codomain(self) -> Constraint:
        return constraints.stack([one.codomain for one in self.transforms], self.dim)


# -- of numbers ------------------------------------------------------------------------------------


class ExpTransform(Transform):
    """``y = e^x``.

    Example:

        >>> from autotensor.distributions import ExpTransform
        >>> ExpTransform()(at.tensor(0.0)), ExpTransform().inv(at.tensor(1.0))
        (tensor(1.), tensor(0.))
    """

    domain = constraints.real
    codomain = constraints.positive
    bijective = True
    sign = +1

    def _call(self, x: Tensor) -> Tensor:
        return x.exp()

    def _inverse(self, y: Tensor) -> Tensor:
        return y.log()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return x


class PowerTransform(Transform):
    """``y = x^exponent`` of positive x.

    Example:

        >>> from autotensor.distributions import PowerTransform
        >>> PowerTransform(2.0)(at.tensor(1.5)), PowerTransform(2.0).inv(at.tensor(2.25))
        (tensor(2.2500), tensor(1.5000))
    """

    domain = constraints.positive
    codomain = constraints.positive
    bijective = True

    def __init__(self, exponent: Tensor | float, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.exponent = exponent

    def _settings(self) -> tuple[Any, ...]:
        return (self.exponent,)

    @property
    def sign(self) -> Any:
        return _sign(self.exponent)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PowerTransform) and _same(self.exponent, other.exponent)

    __hash__ = object.__hash__

    def _call(self, x: Tensor) -> Tensor:
        return x.pow(self.exponent)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.pow(1 / self.exponent)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return (self.exponent * y / x).abs().log()

    def forward_shape(self, shape: Shape) -> Shape:
        return broadcast_shapes(shape, getattr(self.exponent, "shape", ()))

    inverse_shape = forward_shape


def _sign(value: Tensor | float) -> Any:
    return value.sign() if isinstance(value, Tensor) else (value > 0) - (value < 0)


def _same(one: Tensor | float, other: Tensor | float) -> bool:
    same = one == other
    return bool(same.all()) if isinstance(same, Tensor) else bool(same)


class SigmoidTransform(Transform):
    """``y = 1 / (1 + e^-x)``, and x its logit.

    Example:

        >>> from autotensor.distributions import SigmoidTransform
        >>> SigmoidTransform()(at.tensor(0.0)), SigmoidTransform().inv(at.tensor(0.5))
        (tensor(0.5000), tensor(0.))
    """

    domain = constraints.real
    codomain = constraints.unit_interval
    bijective = True
    sign = +1

    def _call(self, x: Tensor) -> Tensor:
        return _clipped_sigmoid(x)

    def _inverse(self, y: Tensor) -> Tensor:
        kind = finfo(y.dtype)
        y = y.clamp(kind.tiny, 1 - kind.eps)
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return logsigmoid(x) + logsigmoid(-x)


class SoftplusTransform(Transform):
    """``y = ln(1 + e^x)``.

    Example:

        >>> from autotensor.distributions import SoftplusTransform
        >>> SoftplusTransform()(at.tensor([0.0, 50.0]))
        tensor([ 0.6931, 50.0000])
    """

    domain = constraints.real
    codomain = constraints.positive
    bijective = True
    sign = +1

    def _call(self, x: Tensor) -> Tensor:
        return softplus(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return (-(-y).expm1()).log() + y

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return logsigmoid(x)


class TanhTransform(Transform):
    """``y = tanh x``; with a cache its inverse is exact also where y rounds to 1.

    Example:

        >>> from autotensor.distributions import TanhTransform
        >>> squash = TanhTransform(cache_size=1)
        >>> squash(x := at.tensor(20.0)), squash.inv(squash(x))
        (tensor(1.), tensor(20.))
    """

    domain = constraints.real
    codomain = constraints.interval(-1.0, 1.0)
    bijective = True
    sign = +1

    def _call(self, x: Tensor) -> Tensor:
        return x.tanh()

    def _inverse(self, y: Tensor) -> Tensor:
        return y.atanh()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        # ln(1 - tanh² x), with its digits also where tanh x rounds to 1.
        return 2 * (math.log(2) - x - softplus(-2 * x))


class AbsTransform(Transform):
    """``y = |x|``, for which the inverse takes the positive x.

    Example:

        >>> from autotensor.distributions import AbsTransform
        >>> AbsTransform()(at.tensor([-2.0, 3.0]))
        tensor([2., 3.])
    """

    domain = constraints.real
    codomain = constraints.positive

    def _call(self, x: Tensor) -> Tensor:
        return x.abs()

    def _inverse(self, y: Tensor) -> Tensor:
        return y


class AffineTransform(Transform):
    """``y = loc + scale · x``, of numbers or, with an ``event_dim``, of arrays of so many dims.

    Example:

        >>> from autotensor.distributions import AffineTransform
        >>> t = AffineTransform(loc=32.0, scale=1.8)  # from Celsius to Fahrenheit
        >>> t(at.tensor([0.0, 100.0])), t.inv(at.tensor(212.0))
        (tensor([ 32., 212.]), tensor(100.))
        >>> t.log_abs_det_jacobian(at.tensor(0.0), at.tensor(32.0)).exp()
        tensor(1.8000)
    """

    bijective = True

    def __init__(
        self,
        loc: Tensor | float,
        scale: Tensor | float,
        event_dim: int = 0,
        cache_size: int = 0,
    ) -> None:
        super().__init__(cache_size)
        self.loc, self.scale, self._event_dim = loc, scale, event_dim

    def _settings(self) -> tuple[Any, ...]:
        return self.loc, self.scale, self._event_dim

    @property
    def event_dim(self) -> int:
        return self._event_dim

    @dependent_property(is_discrete=False)
    def domain(self) -> Constraint:
        return _of_dims(constraints.real, self._event_dim)

    codomain = domain

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, AffineTransform)
            and _same(self.loc, other.loc)
            and _same(self.scale, other.scale)
        )

    __hash__ = object.__hash__

    @property
    def sign(self) -> Any:
        return _sign(self.scale)

    def _call(self, x: Tensor) -> Tensor:
        return self.loc + self.scale * x

    def _inverse(self, y: Tensor) -> Tensor:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        if isinstance(self.scale, Tensor):
            change = self.scale.abs().log().expand(x.shape)
        else:
            change = full_like(x, math.log(abs(self.scale)))
        return sum_rightmost(change, self._event_dim)

    def forward_shape(self, shape: Shape) -> Shape:
        own = (getattr(one, "shape", ()) for one in (self.loc, self.scale))
        return broadcast_shapes(shape, *own)

    inverse_shape = forward_shape


class CumulativeDistributionTransform(Transform):
    """``y = cdf(x)`` of a distribution, and x its quantile.

    With one for each margin a correlated ``MultivariateNormal`` becomes a copula.

    Example:

        >>> from autotensor.distributions import CumulativeDistributionTransform, Exponential
        >>> t = CumulativeDistributionTransform(Exponential(1.0))
        >>> t(at.tensor(1.0)), t.inv(at.tensor(0.0))  # 1 - 1/e
        (tensor(0.6321), tensor(0.))
    """

    bijective = True
    codomain = constraints.unit_interval
    sign = +1

    def __init__(self, distribution: Distribution, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.distribution = distribution

    def _settings(self) -> tuple[Any, ...]:
        return (self.distribution,)

    @property
    def domain(self) -> Constraint:
        return self.distribution.support

    def _call(self, x: Tensor) -> Tensor:
        return self.distribution.cdf(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return self.distribution.log_prob(x)


# -- of vectors and matrices -----------------------------------------------------------------------


class ReshapeTransform(Transform):
    """Events of ``in_shape`` to events of ``out_shape``.

    Raises:
        ValueError: shapes of different numbers of elements.

    Example:

        >>> from autotensor.distributions import ReshapeTransform
        >>> t = ReshapeTransform((6,), (2, 3))
        >>> t(at.ones(5, 6)).shape, t.inv(at.ones(5, 2, 3)).shape
        (torch.Size([5, 2, 3]), torch.Size([5, 6]))
    """

    bijective = True

    def __init__(
        self, in_shape: Sequence[int], out_shape: Sequence[int], cache_size: int = 0
    ) -> None:
        self.in_shape, self.out_shape = tuple(in_shape), tuple(out_shape)
        if math.prod(self.in_shape) != math.prod(self.out_shape):
            raise ValueError(
                f"ReshapeTransform: {self.in_shape} and {self.out_shape} differ in how many "
                "elements they have"
            )
        super().__init__(cache_size)

    def _settings(self) -> tuple[Any, ...]:
        return self.in_shape, self.out_shape

    @dependent_property
    def domain(self) -> Constraint:
        return independent(constraints.real, len(self.in_shape))

    @dependent_property
    def codomain(self) -> Constraint:
        return independent(constraints.real, len(self.out_shape))

    def _call(self, x: Tensor) -> Tensor:
        return x.reshape(self.forward_shape(x.shape))

    def _inverse(self, y: Tensor) -> Tensor:
        return y.reshape(self.inverse_shape(y.shape))

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return zeros_like(x.flatten(-len(self.in_shape))[..., 0] if self.in_shape else x)

    def forward_shape(self, shape: Shape) -> Shape:
        return self._exchanged(shape, self.in_shape, self.out_shape)

    def inverse_shape(self, shape: Shape) -> Shape:
        return self._exchanged(shape, self.out_shape, self.in_shape)

    @staticmethod
    def _exchanged(shape: Shape, old: Shape, new: Shape) -> Shape:
        cut = len(shape) - len(old)
        if cut < 0 or tuple(shape[cut:]) != old:
            raise ValueError(
                f"ReshapeTransform: expected a shape that ends in {old}, got {tuple(shape)}"
            )
        return (*shape[:cut], *new)


class SoftmaxTransform(Transform):
    """``y = softmax(x)``, for which the inverse takes ``ln y``: vectors to the simplex, one number
    more than is needed.

    Example:

        >>> from autotensor.distributions import SoftmaxTransform
        >>> SoftmaxTransform()(at.tensor([0.0, 0.0])), SoftmaxTransform().inv(at.tensor([0.5, 0.5]))
        (tensor([0.5000, 0.5000]), tensor([-0.6931, -0.6931]))
    """

    domain = constraints.real_vector
    codomain = constraints.simplex

    def _call(self, x: Tensor) -> Tensor:
        return softmax(x, -1)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.log()

    def forward_shape(self, shape: Shape) -> Shape:
        _need_dims(self, shape, 1)
        return shape

    inverse_shape = forward_shape


class StickBreakingTransform(Transform):
    """K numbers to the simplex of K + 1: each says which part of the rest of a stick breaks off.

    ``zₖ = σ(xₖ - ln(K - k))`` for k = 0, 1, …, so that x = 0 gives equal pieces.

    Example:

        >>> from autotensor.distributions import StickBreakingTransform
        >>> StickBreakingTransform()(at.zeros(3))
        tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """

    domain = constraints.real_vector
    codomain = constraints.simplex
    bijective = True

    @staticmethod
    def _offset(x: Tensor, size: int) -> Tensor:
        return steps_down(size, x).log()

    def _call(self, x: Tensor) -> Tensor:
        part = _clipped_sigmoid(x - self._offset(x, x.shape[-1]))
        rest = (1 - part).cumprod(-1)
        return pad(part, (0, 1), value=1) * pad(rest, (1, 0), value=1)

    def _inverse(self, y: Tensor) -> Tensor:
        pieces = y[..., :-1]
        rest = (1 - pieces.cumsum(-1)).clamp(min=finfo(y.dtype).tiny)
        return pieces.log() - rest.log() + self._offset(y, pieces.shape[-1])

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        shifted = x - self._offset(x, x.shape[-1])
        return (-shifted + logsigmoid(shifted) + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape: Shape) -> Shape:
        _need_dims(self, shape, 1)
        return (*shape[:-1], shape[-1] + 1)

    def inverse_shape(self, shape: Shape) -> Shape:
        _need_dims(self, shape, 1)
        return (*shape[:-1], shape[-1] - 1)


def _with_diagonal(matrix: Tensor, change: Callable[[Tensor], Tensor]) -> Tensor:
    """The lower triangle with its diagonal changed."""
    return matrix.tril(-1) + change(matrix.diagonal(dim1=-2, dim2=-1)).diag_embed()


class LowerCholeskyTransform(Transform):
    """Matrices to lower triangular ones with a positive diagonal, by e^ of the diagonal.

    Example:

        >>> from autotensor.distributions import LowerCholeskyTransform
        >>> LowerCholeskyTransform()(at.tensor([[0.0, 7.0], [3.0, 0.0]]))
        tensor([[1., 0.],
                [3., 1.]])
    """

    domain = independent(constraints.real, 2)
    codomain = constraints.lower_cholesky

    def _call(self, x: Tensor) -> Tensor:
        return _with_diagonal(x, exp)

    def _inverse(self, y: Tensor) -> Tensor:
        return _with_diagonal(y, log)


class PositiveDefiniteTransform(Transform):
    """Matrices to positive definite ones, ``y = L·Lᵀ`` with the L of ``LowerCholeskyTransform``.

    Example:

        >>> from autotensor.distributions import PositiveDefiniteTransform
        >>> PositiveDefiniteTransform()(at.tensor([[0.0, 7.0], [3.0, 0.0]]))
        tensor([[ 1.,  3.],
                [ 3., 10.]])
    """

    domain = independent(constraints.real, 2)
    codomain = constraints.positive_definite

    def _call(self, x: Tensor) -> Tensor:
        lower = LowerCholeskyTransform()(x)
        return lower @ lower.mT

    def _inverse(self, y: Tensor) -> Tensor:
        return LowerCholeskyTransform().inv(cholesky(y))


class CorrCholeskyTransform(Transform):
    """D (D - 1)/2 numbers to the Cholesky factor of a correlation matrix of D rows.

    The numbers fill the triangle below the diagonal, row by row.  ``r = tanh x`` says which part of
    the rest of a row's length an entry takes: ``yᵢⱼ = rᵢⱼ √(Π (1 - rᵢₖ²))`` over k < j, with 1 in
    the place of r on the diagonal (Stan's reference manual, Cholesky factors of correlation
    matrices).

    Example:

        >>> from autotensor.distributions import CorrCholeskyTransform
        >>> L = CorrCholeskyTransform()(at.tensor([0.0, 1.0, -1.0]))  # three below the diagonal
        >>> L.shape, at.allclose(L.square().sum(-1), at.ones(3))
        (torch.Size([3, 3]), True)
    """

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x: Tensor) -> Tensor:
        eps = finfo(x.dtype).eps
        part = vec_to_tril_matrix(x.tanh().clamp(-1 + eps, 1 - eps), diag=-1)
        rest = (1 - part * part).sqrt().cumprod(-1)
        unit = part + eye(part.shape[-1], dtype=part.dtype)
        return unit * pad(rest[..., :-1], (1, 0), value=1)

    def _inverse(self, y: Tensor) -> Tensor:
        rest = pad((1 - (y * y).cumsum(-1))[..., :-1], (1, 0), value=1)
        part = tril_matrix_to_vec(y, diag=-1) / tril_matrix_to_vec(rest, diag=-1).sqrt()
        return (part.log1p() - (-part).log1p()) / 2

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """Of the entries below the diagonal as functions of x.

        Example:

            >>> from autotensor.distributions import CorrCholeskyTransform
            >>> x, t = at.zeros(5, 3), CorrCholeskyTransform()
            >>> t.log_abs_det_jacobian(x, t(x)).shape
            torch.Size([5])
        """
        rest = tril_matrix_to_vec(1 - (y * y).cumsum(-1), diag=-2)
        by_tanh = -2 * (x + softplus(-2 * x) - math.log(2)).sum(-1)
        return 0.5 * rest.log().sum(-1) + by_tanh

    def forward_shape(self, shape: Shape) -> Shape:
        _need_dims(self, shape, 1)
        size = round(math.sqrt(0.25 + 2 * shape[-1]) + 0.5)
        if size * (size - 1) // 2 != shape[-1]:
            raise ValueError(
                f"CorrCholeskyTransform: {shape[-1]} numbers fill no triangle below a diagonal"
            )
        return (*shape[:-1], size, size)

    def inverse_shape(self, shape: Shape) -> Shape:
        _need_dims(self, shape, 2)
        if shape[-2] != shape[-1]:
            raise ValueError(f"CorrCholeskyTransform: expected square matrices, got shape {shape}")
        return (*shape[:-2], shape[-1] * (shape[-1] - 1) // 2)


_WITHOUT_SETTINGS = {
    ExpTransform, SigmoidTransform, SoftplusTransform, TanhTransform, AbsTransform,
    SoftmaxTransform, StickBreakingTransform, LowerCholeskyTransform, PositiveDefiniteTransform,
}  # fmt: skip
"""All of one of these kinds are equal; of another one, each is equal to itself."""
