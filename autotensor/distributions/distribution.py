"""What all distributions are: shapes, parameters, validation, and how parameters are expanded."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Self

from autotensor.distributions.constraints import holds, is_dependent, with_ends
from autotensor.distributions.utils import as_tensors, expanded, lazy_property
from autotensor.engine.modes import no_grad
from autotensor.engine.tensor import Tensor
from autotensor.facts import Size
from autotensor.operators.arguments import common_shape

__all__ = ["Distribution"]


class Distribution:
    """The base of all distributions.

    A sample has the shape ``sample_shape + batch_shape + event_shape``: independent draws, then one
    distribution for each set of parameters, then one event.

    Args:
        batch_shape: that of the parameters.
        event_shape: that of one event.
        validate_args: whether arguments are checked here, and values in ``log_prob`` and the like;
            by default what ``set_default_validate_args`` said, at first True.

    A subclass says in ``arg_constraints``, by name, what its parameters must satisfy, and in
    ``support`` where its events lie.

    Raises:
        ValueError: a parameter that does not satisfy its constraint.

    Example:

        >>> from autotensor.distributions import Normal
        >>> d = Normal(at.zeros(3, 1), at.ones(4))
        >>> d.batch_shape, d.event_shape, d.sample((10,)).shape
        (torch.Size([3, 4]), torch.Size([]), torch.Size([10, 3, 4]))
        >>> d.log_prob(at.zeros(10, 3, 4)).shape
        torch.Size([10, 3, 4])
        >>> Normal(0.0, 1.0).expand((5,)).batch_shape
        torch.Size([5])
    """

    has_rsample = False
    has_enumerate_support = False
    arg_constraints: Any
    support: Any
    _validate_args: bool = __debug__

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Says whether distributions made from now on check their arguments unless told otherwise.

        Raises:
            ValueError: something else than True or False.

        Example:

            >>> from autotensor.distributions import Distribution, Normal
            >>> Distribution.set_default_validate_args(False)
            >>> Normal(0.0, -1.0)  # nobody looks
            Normal(loc: 0.0, scale: -1.0)
            >>> Distribution.set_default_validate_args(True)
        """
        if value not in (True, False):
            raise ValueError(f"set_default_validate_args: expected True or False, got {value!r}")
        Distribution._validate_args = bool(value)

    def __init__(
        self,
        batch_shape: Sequence[int] = (),
        event_shape: Sequence[int] = (),
        validate_args: bool | None = None,
    ) -> None:
        self._batch_shape = Size(batch_shape)
        self._event_shape = Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._validate_parameters()
        super().__init__()  # of another base class of a user's own

    def _hold(
        self,
        validate_args: bool | None,
        event_shape: Sequence[int] | None = None,
        **parameters: Tensor | float,
    ) -> None:
        """Keeps ``parameters``, broadcast, as attributes, and does what ``__init__`` does.

        The event has the shape of the last dims of the last parameter, as many as its constraint
        has, unless it is given.
        """
        name = type(self).__name__
        kept = dict(zip(parameters, as_tensors(name, parameters), strict=True))
        known = self.arg_constraints
        dims = {one: known[one].event_dim if one in known else 0 for one in kept}
        for one, value in kept.items():
            if value.ndim < dims[one]:
                raise ValueError(
                    f"{name}: {one} must have at least {dims[one]} dims, got shape "
                    f"{tuple(value.shape)}"
                )
        batches = [value.shape[: value.ndim - dims[one]] for one, value in kept.items()]
        shapes = ", ".join(f"{one} {tuple(value.shape)}" for one, value in kept.items())
        batch_shape = common_shape(f"{name}: the shapes of {shapes} do not broadcast", *batches)
        event: tuple[int, ...] = ()
        for one, value in kept.items():
            event = tuple(value.shape[value.ndim - dims[one] :])
            setattr(self, one, expanded(value, (*batch_shape, *event)))
        Distribution.__init__(
            self, batch_shape, event if event_shape is None else event_shape, validate_args
        )

    def _just_one(self, **given: Any) -> dict[str, Any]:
        """The one of the arguments that is not None; ``_given`` keeps its name, because the others
        may be computed later, and lose digits.

        Raises:
            ValueError: there is none, or more.
        """
        found = {name: value for name, value in given.items() if value is not None}
        if len(found) != 1:
            raise ValueError(
                f"{type(self).__name__}: expected one of {', '.join(given)}, got "
                f"{' and '.join(found) or 'none'}"
            )
        self._given = next(iter(found))
        return found

    # -- shapes ------------------------------------------------------------------------------------

    @property
    def batch_shape(self) -> Size:
        """The shape of the parameters: one distribution for each place.

        Example:

            >>> from autotensor.distributions import Categorical, Normal
            >>> Normal(at.zeros(5, 1), at.ones(3)).batch_shape
            torch.Size([5, 3])
            >>> Categorical(at.ones(5, 3)).batch_shape
            torch.Size([5])
        """
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one event.

        Example:

            >>> from autotensor.distributions import Dirichlet, Normal
            >>> Normal(at.zeros(5, 3), 1.0).event_shape, Dirichlet(at.ones(5, 3)).event_shape
            (torch.Size([]), torch.Size([3]))
        """
        return self._event_shape

    def _extended_shape(self, sample_shape: Sequence[int] = ()) -> Size:
        """The shape of a sample."""
        if not isinstance(sample_shape, (tuple, list)):
            raise TypeError(
                f"{type(self).__name__}: sample_shape must be a tuple of sizes, got "
                f"{sample_shape!r}; for n draws write (n,)"
            )
        return Size((*sample_shape, *self._batch_shape, *self._event_shape))

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Self:
        """This distribution with its parameters expanded to ``batch_shape``; no memory is copied.

        Raises:
            NotImplementedError: of a class that does not say what its parameters are.

        Example:

            >>> from autotensor.distributions import Normal
            >>> d = Normal(at.zeros(3), 1.0).expand((5, 3))
            >>> d.batch_shape, d.sample().shape
            (torch.Size([5, 3]), torch.Size([5, 3]))
        """
        try:
            constraints = self.arg_constraints
        except AttributeError:
            raise NotImplementedError(f"{type(self).__name__}: expand is not defined") from None
        new = self.__new__(type(self)) if _instance is None else _instance
        for name, value in vars(self).items():
            lazy = isinstance(getattr(type(self), name, None), lazy_property)
            if name in constraints and isinstance(value, Tensor):
                event = value.shape[value.ndim - constraints[name].event_dim :]
                setattr(new, name, value.expand((*batch_shape, *event)))
            elif isinstance(value, Distribution):
                setattr(new, name, value.expand(self._inner_shape(value, batch_shape)))
            elif not lazy:
                setattr(new, name, value)
        new._batch_shape = Size(batch_shape)
        return new

    def _inner_shape(self, inner: Distribution, batch_shape: Sequence[int]) -> tuple[int, ...]:
        """The batch shape to which a distribution that this one is made of expands with it: what
        it has beyond ours stays."""
        return (*batch_shape, *inner.batch_shape[len(self._batch_shape) :])

    def _get_checked_instance(self, cls: type, _instance: Any = None) -> Any:
        """A new object for ``expand`` of a subclass of ``cls`` to fill, unless there is one."""
        # Whether the class of an object has another __init__ is what a checker minds, and we ask.
        if _instance is None and type(self).__init__ is not cls.__init__:  # type: ignore[misc]
            raise NotImplementedError(
                f"{type(self).__name__}: a subclass of {cls.__name__} with an __init__ of its own "
                "needs an expand of its own"
            )
        return self.__new__(type(self)) if _instance is None else _instance

    # -- validation --------------------------------------------------------------------------------

    def _validate_parameters(self) -> None:
        name = type(self).__name__
        constraints = getattr(self, "arg_constraints", None)
        if constraints is None:
            warnings.warn(
                f"{name} has no arg_constraints: set them, to {{}} if there are none, or say "
                "validate_args=False",
                stacklevel=4,
            )
        for argument, constraint in (constraints or {}).items():
            computed = isinstance(getattr(type(self), argument, None), lazy_property)
            if is_dependent(constraint) or (computed and argument not in vars(self)):
                continue
            value = getattr(self, argument)
            if not holds(constraint, value):
                raise ValueError(
                    f"{name}: {argument} (shape {tuple(value.shape)}) must satisfy "
                    f"{constraint!r}, but is {value}"
                )

    def _validate_sample(self, value: Tensor, ends: bool = False) -> None:
        """Raises ValueError unless ``value`` is a Tensor that fits in shape and lies in the
        support; with ``ends``, or at one of its ends, where ``cdf`` is 0 or 1."""
        name = type(self).__name__
        if not isinstance(value, Tensor):
            raise ValueError(
                f"{name}: value must be a Tensor, got {type(value).__name__}; wrap it with "
                "autotensor.tensor(...)"
            )
        shape, event, batch = value.shape, self._event_shape, self._batch_shape
        if shape[len(shape) - len(event) :] != event:
            raise ValueError(
                f"{name}: the last dims of value must be the event shape {event}, got shape {shape}"
            )
        for given, own in zip(reversed(shape), reversed((*batch, *event)), strict=False):
            if given != own and 1 not in (given, own):
                raise ValueError(
                    f"{name}: value of shape {shape} does not broadcast with batch shape {batch} "
                    f"and event shape {event}"
                )
        try:
            support = self.support
        except (AttributeError, NotImplementedError):
            warnings.warn(
                f"{name} has no support to check values by: set it, or say validate_args=False",
                stacklevel=4,
            )
            return
        if not holds(with_ends(support) if ends else support, value):
            raise ValueError(
                f"{name}: value (shape {shape}) must lie in the support {support!r}, but is {value}"
            )

    def _check(self, value: Tensor) -> None:
        """``_validate_sample``, if arguments are validated."""
        if self._validate_args:
            self._validate_sample(value)

    def _check_for_cdf(self, value: Tensor) -> None:
        """The same for ``cdf``, which is 0 or 1 at the ends of the support."""
        if self._validate_args:
            self._validate_sample(value, ends=True)

    # -- what subclasses define --------------------------------------------------------------------

    def _lacks(self, what: str) -> NotImplementedError:
        return NotImplementedError(f"{type(self).__name__}: {what} is not defined")

    @property
    def mean(self) -> Tensor:
        """The expectation.

        Example:

            >>> from autotensor.distributions import Exponential, Poisson
            >>> Exponential(4.0).mean, Poisson(4.0).mean
            (tensor(0.2500), tensor(4.))
        """
        raise self._lacks("mean")

    @property
    def mode(self) -> Tensor:
        """Where the density, or the probability, is largest.

        Example:

            >>> from autotensor.distributions import Exponential, Gamma
            >>> Gamma(3.0, 1.0).mode, Exponential(4.0).mode
            (tensor(2.), tensor(0.))
        """
        raise self._lacks("mode")

    @property
    def variance(self) -> Tensor:
        """The expectation of the squared distance from the mean.

        Example:

            >>> from autotensor.distributions import Poisson, Uniform
            >>> Poisson(4.0).variance, Uniform(0.0, 6.0).variance
            (tensor(4.), tensor(3.))
        """
        raise self._lacks("variance")

    @property
    def stddev(self) -> Tensor:
        """``√variance``.

        Example:

            >>> from autotensor.distributions import Poisson
            >>> Poisson(4.0).stddev
            tensor(2.)
        """
        return self.variance.sqrt()

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws of shape ``sample_shape + batch_shape + event_shape``, without derivatives.

        Example:

            >>> from autotensor.distributions import Normal
            >>> d = Normal(at.zeros(3, requires_grad=True), 1.0)
            >>> d.sample((100,)).shape, d.sample().requires_grad
            (torch.Size([100, 3]), False)
        """
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws like those of ``sample`` that are functions of the parameters, so that gradients go
        through them; where ``has_rsample`` is True.

        Example:

            >>> from autotensor.distributions import Normal
            >>> scale = at.tensor(2.0, requires_grad=True)
            >>> x = Normal(0.0, scale).rsample()
            >>> x.backward()  # x = 0 + noise · scale
            >>> at.isclose(scale.grad, x / 2.0)
            tensor(True)
        """
        raise self._lacks("rsample, draws with a gradient,")

    def sample_n(self, n: int) -> Tensor:
        """``sample((n,))``.

        Example:

            >>> from autotensor.distributions import Normal
            >>> Normal(at.zeros(3), 1.0).sample_n(100).shape
            torch.Size([100, 3])
        """
        return self.sample((n,))

    def log_prob(self, value: Tensor) -> Tensor:
        """Logarithm of the density, or of the probability, at ``value``, of shape ``sample_shape +
        batch_shape``.

        Example:

            >>> from autotensor.distributions import Bernoulli, Dirichlet
            >>> Bernoulli(0.25).log_prob(at.tensor(1.0)).exp()
            tensor(0.2500)
            >>> Dirichlet(at.ones(5, 3)).log_prob(at.tensor([0.5, 0.25, 0.25])).shape
            torch.Size([5])
        """
        raise self._lacks("log_prob")

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of at most ``value``.

        Example:

            >>> from autotensor.distributions import Uniform
            >>> Uniform(0.0, 4.0).cdf(at.tensor([1.0, 3.0]))
            tensor([0.2500, 0.7500])
        """
        raise self._lacks("cdf")

    def icdf(self, value: Tensor) -> Tensor:
        """The quantile: where ``cdf`` is ``value``.

        Example:

            >>> from autotensor.distributions import Normal
            >>> Normal(100.0, 15.0).icdf(at.tensor([0.5, 0.975]))  # 100 ± 1.96 · 15
            tensor([100.0000, 129.3995])
        """
        raise self._lacks("icdf")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All events, of shape ``(cardinality,) + batch_shape + event_shape``; without ``expand``
        the sizes of ``batch_shape`` are 1.

        Example:

            >>> from autotensor.distributions import Categorical
            >>> Categorical(at.ones(2, 3)).enumerate_support()
            tensor([[0, 0],
                    [1, 1],
                    [2, 2]])
            >>> Categorical(at.ones(2, 3)).enumerate_support(expand=False).shape
            torch.Size([3, 1])
        """
        raise self._lacks("enumerate_support")

    def _enumerated(self, values: Tensor, expand: bool) -> Tensor:
        """``values`` along a new first dim, as ``enumerate_support`` has them."""
        values = values.reshape(-1, *(1 for _ in self._batch_shape))
        return values.expand(-1, *self._batch_shape) if expand else values

    def entropy(self) -> Tensor:
        """``-E[log_prob]``, of shape ``batch_shape``.

        Example:

            >>> from autotensor.distributions import Bernoulli
            >>> Bernoulli(at.tensor([0.5, 0.9])).entropy() / at.log(at.tensor(2.0))  # in bits
            tensor([1.0000, 0.4690])
        """
        raise self._lacks("entropy")

    def perplexity(self) -> Tensor:
        """``e^entropy``.

        Example:

            >>> from autotensor.distributions import Categorical
            >>> Categorical(at.ones(6)).perplexity().round(decimals=3)  # a fair die
            tensor(6.)
        """
        return self.entropy().exp()

    def __repr__(self) -> str:
        shown = [name for name in getattr(self, "arg_constraints", {}) if name in vars(self)]
        values = [(name, vars(self)[name]) for name in shown]
        listed = [f"{name}: {one if one.numel() == 1 else repr(one.shape)}" for name, one in values]
        return f"{type(self).__name__}({', '.join(listed)})"
