"""Which transform leads from all numbers to where a constraint holds.

``biject_to(constraint)`` is bijective and knows its volume change, as sampling by Hamiltonian
dynamics needs; ``transform_to(constraint)`` need not be, which suits optimization one coordinate at
a time.  ``register`` adds to either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, overload

from autotensor.distributions import constraints, transforms
from autotensor.distributions.constraints import Constraint
from autotensor.distributions.transforms import Transform

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]

Factory = Callable[[Any], Transform]


class ConstraintRegistry:
    """A function from constraints to transforms, by the constraint's class; messages call it
    ``name``.

    Example:

        >>> from autotensor.distributions import biject_to, constraints
        >>> positive = biject_to(constraints.positive)
        >>> positive, positive(at.tensor([-1.0, 0.0])), positive.inv(at.tensor(1.0))
        (ExpTransform(), tensor([0.3679, 1.0000]), tensor(0.))
        >>> from autotensor.distributions import transform_to
        >>> transform_to(constraints.simplex)(at.zeros(3))
        tensor([0.3333, 0.3333, 0.3333])
        >>> biject_to(constraints.simplex)(at.zeros(2))
        tensor([0.3333, 0.3333, 0.3333])
    """

    def __init__(self, name: str = "ConstraintRegistry") -> None:
        self._name = name
        self._registry: dict[type, Factory] = {}

    def __reduce_ex__(self, protocol: Any) -> Any:
        """The two below are known by name."""
        known = globals().get(self._name) is self
        return self._name if known else super().__reduce_ex__(protocol)

    @overload
    def register(self, constraint: Any, factory: Factory) -> Factory: ...

    @overload
    def register(self, constraint: Any) -> Callable[[Factory], Factory]: ...

    def register(
        self, constraint: Any, factory: Factory | None = None
    ) -> Factory | Callable[[Factory], Factory]:
        """Says that ``factory(constraint)`` makes the transform for constraints of this class, or
        of the class of this constraint; also as a decorator, without ``factory``.

        Raises:
            TypeError: something that is no constraint.
        """
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        kind = type(constraint) if isinstance(constraint, Constraint) else constraint
        if not (isinstance(kind, type) and issubclass(kind, Constraint)):
            raise TypeError(f"register: expected a constraint or its class, got {constraint!r}")
        self._registry[kind] = factory
        return factory

    def __call__(self, constraint: Constraint) -> Transform:
        """The transform to ``constraint``.

        Raises:
            TypeError: something that is no constraint.
            NotImplementedError: none is registered for its class.
        """
        if not isinstance(constraint, Constraint):
            raise TypeError(f"{self._name}: expected a constraint, got {type(constraint).__name__}")
        factory = self._registry.get(type(constraint))
        if factory is None:
            raise NotImplementedError(
                f"{self._name}: no transform to {type(constraint).__name__} is registered; "
                "register adds one"
            )
        return factory(constraint)


biject_to = ConstraintRegistry("biject_to")
transform_to = ConstraintRegistry("transform_to")


def _both(*kinds: Any) -> Callable[[Factory], Factory]:
    """Registers the function below with both registries."""

    def register(factory: Factory) -> Factory:
        for kind in kinds:
            biject_to.register(kind, factory)
            transform_to.register(kind, factory)
        return factory

    return register


@_both(constraints.real)
def _real(constraint: Any) -> Transform:
    return transforms.identity_transform


for _registry in (biject_to, transform_to):

    @_registry.register(constraints.independent)
    def _independent(constraint: Any, registry: ConstraintRegistry = _registry) -> Transform:
        return transforms.IndependentTransform(
            registry(constraint.base_constraint), constraint.reinterpreted_batch_ndims
        )

    @_registry.register(constraints.cat)
    def _cat(constraint: Any, registry: ConstraintRegistry = _registry) -> Transform:
        parts = [registry(one) for one in constraint.cseq]
        return transforms.CatTransform(parts, constraint.dim, constraint.lengths)

    @_registry.register(constraints.stack)
    def _stack(constraint: Any, registry: ConstraintRegistry = _registry) -> Transform:
        return transforms.StackTransform([registry(one) for one in constraint.cseq], constraint.dim)


def _is_number(bound: Any, number: float) -> bool:
    return isinstance(bound, (int, float)) and bound == number


@_both(constraints.greater_than, constraints.greater_than_eq)
def _above(constraint: Any) -> Transform:
    if _is_number(constraint.lower_bound, 0):
        return transforms.ExpTransform()
    up = transforms.AffineTransform(constraint.lower_bound, 1)
    return transforms.ComposeTransform([transforms.ExpTransform(), up])


@_both(constraints.less_than)
def _below(constraint: Any) -> Transform:
    down = transforms.AffineTransform(constraint.upper_bound, -1)
    return transforms.ComposeTransform([transforms.ExpTransform(), down])


@_both(constraints.interval, constraints.half_open_interval)
def _between(constraint: Any) -> Transform:
    low, high = constraint.lower_bound, constraint.upper_bound
    if _is_number(low, 0) and _is_number(high, 1):
        return transforms.SigmoidTransform()
    stretch = transforms.AffineTransform(low, high - low)
    return transforms.ComposeTransform([transforms.SigmoidTransform(), stretch])


@biject_to.register(constraints.simplex)
def _simplex(constraint: Any) -> Transform:
    return transforms.StickBreakingTransform()


@transform_to.register(constraints.simplex)
def _softmax(constraint: Any) -> Transform:
    return transforms.SoftmaxTransform()


@transform_to.register(constraints.lower_cholesky)
def _lower_cholesky(constraint: Any) -> Transform:
    return transforms.LowerCholeskyTransform()


@transform_to.register(constraints.positive_definite)
@transform_to.register(constraints.positive_semidefinite)
def _positive_definite(constraint: Any) -> Transform:
    return transforms.PositiveDefiniteTransform()


@_both(constraints.corr_cholesky)
def _corr_cholesky(constraint: Any) -> Transform:
    return transforms.CorrCholeskyTransform()
