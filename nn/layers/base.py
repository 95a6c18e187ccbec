"""What layers are built on: faces of one general layer, weights with a bias, lazy parameters."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from functools import wraps
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, ParamSpec

from autotensor import Parameter, Tensor
from autotensor.extend import need_cpu
from nn import init
from nn.layers.arguments import keep, listed, settings
from nn.module import Module
from nn.parameter import is_lazy
from nn.registered import BUFFERS, PARAMETER

if TYPE_CHECKING:
    from autotensor.types import Device

PRIVATE = frozenset({"bare", "compute", "more", "options", "settings"})

ATTRIBUTES = PRIVATE | {"convolve", "mode", "ndim", "shapes", "shown"}


P = ParamSpec("P")


def with_first(
    shared: Callable[Concatenate[Any, Any, P], None], first: Any
) -> Callable[[Callable[[Any], None]], Callable[Concatenate[Any, P], None]]:
    """Declares a constructor: ``shared`` with its first argument given, then what stands below.

    The other arguments are written once, where ``shared`` is.
    """
    signature = inspect.signature(shared)
    own, _, *others = signature.parameters.values()

    def declare(then: Callable[[Any], None]) -> Callable[Concatenate[Any, P], None]:
        @wraps(then)
        def constructor(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> None:
            shared(self, first, *args, **kwargs)
            then(self)

        constructor.__dict__["__signature__"] = signature.replace(parameters=[own, *others])
        return constructor

    return declare


class Face(Module):
    """A layer that differs from its siblings in attributes of the class alone.

    They are keywords where it is declared, as in ``class Conv1d(_Conv, ndim=1, convolve=…)``.
    ``compute`` is the function that the layer is, ``settings`` names what ``repr`` shows, after the
    ``bare`` values that it shows without names; ``options`` what the function is given by name.

    The constructor makes attributes of what it is given, but for ``device``, which must be the CPU.
    """

    ndim: int
    _compute: Callable[..., Any]
    _bare: tuple[str, ...] = ()
    _options: tuple[str, ...] = ()
    _settings: tuple[str, ...] = ()

    def __init_subclass__(cls, **given: Any) -> None:
        own = {name: given.pop(name) for name in ATTRIBUTES & given.keys()}
        super().__init_subclass__(**given)
        for name, value in own.items():
            # Else a function would become a method.
            kept = staticmethod(value) if callable(value) else value
            setattr(cls, f"_{name}" if name in PRIVATE else name, kept)

    def __init__(self, *, device: Device | None = None, **arguments: Any) -> None:
        super().__init__()
        need_cpu(device)
        if any(isinstance(value, Tensor) for value in arguments.values()):
            name = type(self).__name__
            raise TypeError(
                f"{name}: a layer is made of settings, and called on a Tensor then: {name}()(x)"
            )
        keep(self, **arguments)

    def extra_repr(self) -> str:
        bare = [f"{getattr(self, name)}" for name in self._bare]
        return listed(*bare, settings(self, *self._settings))


def _reader(names: tuple[str, ...]) -> Callable[[Module], tuple[Any, ...]]:
    """A function that reads these attributes of a layer."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda layer: tuple(getattr(layer, name) for name in names) if names else ()


class Computed(Face):
    """``compute`` of one input, the values of the ``settings`` and of ``more``, in their order."""

    _more: tuple[str, ...] = ()
    _values: Callable[[Module], tuple[Any, ...]]

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        cls._values = staticmethod(_reader(cls._settings + cls._more))

    def forward(self, input: Tensor) -> Tensor:
        return self._compute(input, *self._values(self))


class WithBias(Face):
    """A layer with a ``weight`` ``(out, in, …)`` and a ``bias``, which may be None."""

    weight: Parameter
    bias: Parameter

    def reset_parameters(self) -> None:
        """Draws the parameters anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is None:
            return
        if fan_in := math.prod(self.weight.shape[1:]):
            bound = 1 / math.sqrt(fan_in)
            init.uniform_(self.bias, -bound, bound)
        else:
            init.zeros_(self.bias)

    def extra_repr(self) -> str:
        return listed(super().extra_repr(), f"bias={self.bias is not None}")


class LazyModuleMixin(Module):
    """The base, beside the ordinary one, of a module with ``UninitializedParameter``s.

    A subclass defines ``initialize_parameters``, which gets the arguments of the first call and
    must ``materialize`` them all, and ``cls_to_become``, the class that the module has afterwards.

    Example:

        >>> isinstance(nn.LazyLinear(10), nn.modules.lazy.LazyModuleMixin)
        True
        >>> layer = nn.LazyLinear(10)
        >>> layer.has_uninitialized_params(), layer(at.ones(3, 4)).shape, type(layer).__name__
        (True, torch.Size([3, 10]), 'Linear')
    """

    cls_to_become: ClassVar[type[Module] | None] = None

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Gives every parameter its shape and first values; called before the first ``forward``."""
        raise NotImplementedError(
            f"initialize_parameters is not implemented for {type(self).__name__}"
        )

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or buffer of this module itself still has no shape.

        Example:

            >>> layer = nn.LazyLinear(10)
            >>> before, _ = layer.has_uninitialized_params(), layer(at.ones(3, 4))
            >>> before, isinstance(layer.weight, nn.UninitializedParameter)
            (True, False)
        """
        return any(is_lazy(value) for _, value in self._registered(PARAMETER, *BUFFERS))

    if not TYPE_CHECKING:  # who takes and gives what ``forward`` does

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            self.initialize_parameters(*args, **kwargs)
            if self.has_uninitialized_params():
                raise RuntimeError(f"module {type(self).__name__} has not been fully initialized")
            if self.cls_to_become is not None:
                self.__class__ = self.cls_to_become
            return Module.__call__(self, *args, **kwargs)
