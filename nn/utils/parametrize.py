"""Parametrizations: a parameter that is computed from others each time it is read.

``register_parametrization(layer, "weight", f)`` makes ``layer.weight`` the result of
``f(original)``, where ``original``, the parameter there was before, is what gets trained.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autotensor import Parameter, Tensor, no_grad
from autotensor.extend import published
from nn.containers import ModuleDict, ModuleList
from nn.module import Module, kind_of
from nn.registered import BUFFERS, PARAMETER


class _Cache(threading.local):
    """What this thread has computed since its outermost ``cached`` began."""

    def __init__(self) -> None:
        self.depth = 0
        self.values: dict[ParametrizationList, Any] = {}


_cache = _Cache()


@contextmanager
def cached() -> Iterator[None]:
    """Inside, every parametrized Tensor is computed only when it is first read::

    with parametrize.cached():
        output = model(inputs)  # may read the same weight many times

    Example:

        >>> from nn.utils import parametrize
        >>> layer = nn.utils.parametrizations.orthogonal(nn.Linear(3, 3))
        >>> with parametrize.cached():
        ...     layer.weight is layer.weight
        True
    """
    _cache.depth += 1
    try:
        yield
    finally:
        _cache.depth -= 1
        if not _cache.depth:
            _cache.values = {}


class ParametrizationList(ModuleList):
    """The parametrizations of one Tensor, and the original that they start from.

    It is what ``module.parametrizations.weight`` gives; ``register_parametrization`` makes it.

    Attributes:
        original: what the first parametrization gets; ``original0``, ``original1``, … if its
            ``right_inverse`` gives several Tensors.
        unsafe: whether the parametrizations may change dtype and shape, so that nothing is checked.

    Example:

        >>> layer = nn.utils.parametrizations.orthogonal(nn.Linear(3, 3))
        >>> parts = layer.parametrizations.weight
        >>> type(parts).__name__, parts.original.shape
        ('ParametrizationList', torch.Size([3, 3]))
    """

    def __init__(
        self, modules: Sequence[Module], original: Tensor | Parameter, unsafe: bool = False
    ) -> None:
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, dtype = original.shape, original.dtype
        new: Any = original
        with no_grad():
            for module in reversed(list(self)):
                new = _inverted(module, new)
        self.is_tensor = isinstance(new, Tensor)
        if self.is_tensor:
            self.ntensors = 1
            if new.dtype != dtype:
                raise ValueError(
                    "when right_inverse returns one Tensor, it may not change the dtype: "
                    f"the original has {dtype}, right_inverse gives {new.dtype}"
                )
            if new is not original:
                original.data = new
            _register(self, "original", original)
        else:
            self.ntensors = len(_tensors(new))
            for name, one in zip(self._original_names(), new, strict=True):
                made = Parameter(one) if isinstance(original, Parameter) else one
                _register(self, name, made.requires_grad_(original.requires_grad))
        if not unsafe:
            _need_unchanged("a parametrization", self(), shape, dtype)

    def _names(self) -> list[str]:
        # An original that is parametrized itself has its own beside these.
        return [name for name in super()._names() if name.isdigit()]

    def _original_names(self) -> list[str]:
        if self.is_tensor:
            return ["original"]
        return [f"original{number}" for number in range(self.ntensors)]

    def right_inverse(self, value: Tensor) -> None:
        """Sets the originals so that the parametrized Tensor becomes ``value``.

        Example:

            >>> from nn.utils.parametrize import register_parametrization
            >>> class Doubled(nn.Module):
            ...     def forward(self, x):
            ...         return 2 * x
            ...     def right_inverse(self, x):
            ...         return x / 2
            >>> layer = register_parametrization(nn.Linear(2, 1), "weight", Doubled())
            >>> layer.weight = at.tensor([[3.0, 4.0]])  # asks right_inverse
            >>> layer.parametrizations.weight.original.tolist()
            [[1.5, 2.0]]
        """
        new: Any = value
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"parametrization {type(module).__name__} does not implement right_inverse"
                    )
                new = module.right_inverse(new)
        if self.is_tensor and not isinstance(new, Tensor):
            raise ValueError(f"right_inverse should return a Tensor, got {type(new).__name__}")
        given = [new] if self.is_tensor else _tensors(new)
        if len(given) != self.ntensors:
            raise ValueError(f"right_inverse must return {self.ntensors} Tensors, got {len(given)}")
        for name, one in zip(self._original_names(), given, strict=True):
            before = getattr(self, name)
            if one.dtype != before.dtype:
                raise ValueError(
                    f"right_inverse returned a Tensor of dtype {one.dtype}, but {name} has "
                    f"{before.dtype}"
                )
            if is_parametrized(self, name):
                setattr(self, name, one)
            else:
                before.data = one

    def forward(self) -> Any:
        first, *others = self
        value = first(*(getattr(self, name) for name in self._original_names()))
        for module in others:
            value = module(value)
        return value


def _inverted(module: Any, value: Any) -> Any:
    """``module.right_inverse(value)``; ``value`` where a parametrization has none."""
    if not hasattr(module, "right_inverse"):
        return value
    try:
        return module.right_inverse(value)
    except NotImplementedError:
        return value


def _tensors(values: Any) -> Sequence[Tensor]:
    """``values``, which must be several Tensors."""
    if not isinstance(values, Sequence) or not all(isinstance(one, Tensor) for one in values):
        raise ValueError(
            f"right_inverse must return a Tensor or a sequence of Tensors, got {values!r}"
        )
    return values


def _need_unchanged(what: str, value: Any, shape: tuple[int, ...], dtype: Any) -> None:
    if not isinstance(value, Tensor):
        raise ValueError(f"{what} must return a Tensor, got {type(value).__name__}")
    for fact, given, wanted in (("dtype", value.dtype, dtype), ("shape", value.shape, shape)):
        if given != wanted:
            raise ValueError(
                f"{what} may not change the {fact} of the Tensor from {wanted} to {given}, unless "
                "it is registered with unsafe=True"
            )


def _register(module: Module, name: str, tensor: Tensor) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


# -- the class of a parametrized module -----------------------------------------------------------


def _parametrized_class(base: type[Module], names: Sequence[str]) -> type[Module]:
    """A subclass of ``base`` for one module, where ``names`` are read through parametrizations."""
    body: dict[str, Any] = {name: _computed(name) for name in names}
    body["__getstate__"] = _refuse_to_pickle
    if not hasattr(base, "__deepcopy__"):
        body["__deepcopy__"] = _deep_copied
    return type(f"Parametrized{base.__name__}", (base,), body)


def _computed(name: str) -> property:
    def get(module: Module) -> Any:
        # functional_call puts a Tensor here for a while; it is taken as it is.
        if name in module.__dict__:
            return module.__dict__[name]
        parametrization: Any = module.parametrizations[name]
        if not _cache.depth:
            return parametrization()
        if parametrization not in _cache.values:
            _cache.values[parametrization] = parametrization()
        return _cache.values[parametrization]

    def assign(module: Module, value: Tensor) -> None:
        module.parametrizations[name].right_inverse(value)

    return property(get, assign)


def _refuse_to_pickle(module: Module) -> Any:
    raise RuntimeError(
        "serialization of parametrized modules is only supported through state_dict()"
    )


def _deep_copied(module: Module, memo: dict[int, Any]) -> Module:
    # With a class of its own, so that removing a parametrization here leaves the copy alone.
    base = type_before_parametrizations(module)
    made: type[Module] = _parametrized_class(base, list(module.parametrizations))
    replica = memo[id(module)] = made.__new__(made)
    replica.__dict__.update(copy.deepcopy(module.__dict__, memo))
    return replica


# -- registering and removing ---------------------------------------------------------------------


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Makes ``module.<tensor_name>`` the result of ``parametrization``, and returns ``module``.

    The Tensor there was before stands in ``module.parametrizations.<tensor_name>.original``; if it
    is a Parameter it is what gets trained.  Several parametrizations on one name make a chain.

    Where ``parametrization`` has a method ``right_inverse``, it is asked for the original that
    gives the Tensor there is now, and again when a Tensor is assigned to the name.  If that of the
    first parametrization gives several Tensors, its ``forward`` gets them all.

    Args:
        tensor_name: the name of a parameter, a buffer, or something parametrized already.
        unsafe: allows ``parametrization`` to change dtype and shape; nothing is checked.

    Raises:
        ValueError: nothing has that name, or what ``parametrization`` gives does not fit.

    Example:

        >>> from nn.utils.parametrize import register_parametrization
        >>> class Symmetric(nn.Module):
        ...     def forward(self, X):
        ...         return X.triu() + X.triu(1).T
        >>> layer = register_parametrization(nn.Linear(3, 3), "weight", Symmetric())
        >>> bool((layer.weight == layer.weight.T).all())
        True
        >>> [name for name, _ in layer.named_parameters()]
        ['bias', 'parametrizations.weight.original']
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        parametrizations: Any = module.parametrizations[tensor_name]
        if not unsafe:
            _check_chained(parametrization, getattr(module, tensor_name))
        parametrizations.append(parametrization)
        parametrizations.unsafe |= unsafe
        return module
    if kind_of(module, tensor_name) not in (PARAMETER, *BUFFERS):
        raise ValueError(
            f"{module} does not have a parameter, a buffer or a parametrized element with name "
            f"{tensor_name!r}"
        )
    parametrizations = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe)
    delattr(module, tensor_name)
    if is_parametrized(module):
        setattr(type(module), tensor_name, _computed(tensor_name))
    else:
        module.__class__ = _parametrized_class(type(module), [tensor_name])
        module.parametrizations = ModuleDict()
    module.parametrizations[tensor_name] = parametrizations
    return module


def _check_chained(parametrization: Module, before: Tensor) -> None:
    """Whether ``parametrization`` can follow those that give ``before``."""
    after = parametrization(before)
    _need_unchanged("a parametrization", after, before.shape, before.dtype)
    _need_unchanged("right_inverse", _inverted(parametrization, after), before.shape, before.dtype)


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether ``module`` has a parametrization: of ``tensor_name``, or of anything for None.

    Example:

        >>> from nn.utils.parametrize import is_parametrized
        >>> layer = nn.utils.parametrizations.orthogonal(nn.Linear(3, 3))
        >>> is_parametrized(layer), is_parametrized(layer, "bias")
        (True, False)
    """
    parametrizations = getattr(module, "parametrizations", None)
    if not isinstance(parametrizations, ModuleDict):
        return False
    return len(parametrizations) > 0 if tensor_name is None else tensor_name in parametrizations


def remove_parametrizations(
    module: Module, tensor_name: str, leave_parametrized: bool = True
) -> Module:
    """Makes ``module.<tensor_name>`` an ordinary parameter or buffer again; returns ``module``.

    Its value is what the parametrizations give now, or the original without
    ``leave_parametrized``.  The original stays the same object, so an optimizer goes on with it.

    Raises:
        ValueError: it is not parametrized, or has several originals and none may be left.

    Example:

        >>> from nn.utils.parametrize import remove_parametrizations
        >>> layer = nn.utils.parametrizations.orthogonal(nn.Linear(3, 3))
        >>> remove_parametrizations(layer, "weight")
        Linear(in_features=3, out_features=3, bias=True)
        >>> at.allclose(layer.weight @ layer.weight.T, at.eye(3), atol=1e-5)
        True
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"{module} does not have a parametrization on {tensor_name}")
    parametrizations: Any = module.parametrizations[tensor_name]
    for name in parametrizations._original_names():
        if is_parametrized(parametrizations, name):
            remove_parametrizations(parametrizations, name)
    if parametrizations.is_tensor:
        original = parametrizations.original
        if leave_parametrized:
            with no_grad():
                original.data = getattr(module, tensor_name)
    elif leave_parametrized:
        value = getattr(module, tensor_name)
        original = Parameter(value) if value.requires_grad else value
    else:
        raise ValueError(
            "cannot leave unparametrized (leave_parametrized=False) a Tensor that is parametrized "
            "in terms of a sequence of Tensors"
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        del module.parametrizations
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Module) -> type:
    """The class that ``module`` had before anything of it was parametrized.

    Example:

        >>> from nn.utils.parametrize import type_before_parametrizations
        >>> layer = nn.utils.parametrizations.orthogonal(nn.Linear(3, 3))
        >>> type(layer).__name__, type_before_parametrizations(layer).__name__
        ('ParametrizedLinear', 'Linear')
    """
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(
    from_module: Module, to_module: Module, tensor_name: str | None = None
) -> Module:
    """Gives ``to_module`` the parametrizations of ``from_module`` and the Tensors they start from.

    Args:
        tensor_name: only those of this name; of all for None.

    Returns:
        ``to_module``; unchanged if ``from_module`` is not parametrized.

    Example:

        >>> from nn.utils.parametrize import transfer_parametrizations_and_params
        >>> layer = nn.utils.parametrizations.orthogonal(nn.Linear(3, 3))
        >>> other = transfer_parametrizations_and_params(layer, nn.Linear(3, 3))
        >>> bool((other.weight == layer.weight).all())
        True
    """
    if not is_parametrized(from_module):
        return to_module
    for name in list(from_module.parametrizations) if tensor_name is None else [tensor_name]:
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name).detach()))
        source: Any = from_module.parametrizations[name]
        for parametrization in source:
            register_parametrization(to_module, name, parametrization)
        for original in source._original_names():
            setattr(to_module.parametrizations[name], original, getattr(source, original))
    return to_module


globals()["__all__"] = published(__name__)
