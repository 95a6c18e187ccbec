"""Pruning: chosen numbers of weights held at 0, with the names of ``torch.nn.utils.prune``.

The parameter ``<name>`` becomes ``<name>_orig``, and a buffer ``<name>_mask`` of ones and zeros
stands beside it; ``module.<name>`` is their product, computed anew before each ``forward``.  So the
gradient of what is pruned is 0.  Pruning what is pruned already goes on with what is left.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from numbers import Integral, Real
from typing import Any, ClassVar

from autotensor import Parameter, Tensor, cat, linalg, no_grad, ones_like, rand, rand_like, topk
from autotensor.extend import published
from nn.module import Module
from nn.parameter import is_lazy


class BasePruningMethod(ABC):
    """What every way of pruning is: which numbers of a Tensor it keeps.

    A class of one's own says in ``compute_mask`` what stays, and in ``PRUNING_TYPE`` what it is
    given of a Tensor that is pruned already: of ``"unstructured"`` the numbers that are left, in
    one dimension; of ``"structured"`` the slices along ``self.dim`` in which some are left; of
    ``"global"`` all.

    Example:

        >>> from nn.utils import prune
        >>> class Small(prune.BasePruningMethod):
        ...     PRUNING_TYPE = "unstructured"
        ...
        ...     def compute_mask(self, t, default_mask):
        ...         return default_mask * (t.abs() > 0.5)
        >>> layer = nn.Linear(3, 1)
        >>> _ = layer.weight.data.copy_(at.tensor([[0.9, 0.1, -0.7]]))
        >>> _ = Small.apply(layer, "weight")
        >>> layer.weight
        tensor([[ 0.9000,  0.0000, -0.7000]], grad_fn=<MulBackward0>)
    """

    PRUNING_TYPE: ClassVar[str] = "unstructured"

    _tensor_name: str

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Which numbers of ``t``, the importance of each, stay: a mask of ones and zeros of its
        shape, in which nothing is one where ``default_mask`` is not.

        Example:

            >>> from nn.utils import prune
            >>> prune.L1Unstructured(amount=1).compute_mask(at.tensor([3.0, -1.0]), at.ones(2))
            tensor([1., 0.])
        """

    def __call__(self, module: Module, inputs: Any = ()) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    def apply_mask(self, module: Module) -> Tensor:
        """The pruned Tensor: the parameter's numbers times the mask.

        Example:

            >>> from nn.utils import prune
            >>> method = prune.L1Unstructured.apply(nn.Linear(2, 2), "weight", amount=1)
            >>> layer = nn.Linear(2, 2)
            >>> method = prune.L1Unstructured.apply(layer, "weight", amount=1)
            >>> int((method.apply_mask(layer) == 0).sum())
            1
        """
        original, mask = _pair(module, self._tensor_name)
        return mask.to(original.dtype) * original

    def prune(
        self,
        t: Tensor,
        default_mask: Tensor | None = None,
        importance_scores: Tensor | None = None,
    ) -> Tensor:
        """``t`` with what this prunes at 0; nothing is remembered.

        Example:

            >>> from nn.utils import prune
            >>> prune.L1Unstructured(amount=2).prune(at.tensor([3.0, -1.0, 2.0]))
            tensor([3., -0., 0.])
        """
        scores = _scores(t, importance_scores)
        mask = ones_like(t) if default_mask is None else default_mask
        return t * self.compute_mask(scores, default_mask=mask.detach().clone()).to(t.dtype)

    @classmethod
    def apply(
        cls,
        module: Module,
        name: str,
        *args: Any,
        importance_scores: Tensor | None = None,
        **kwargs: Any,
    ) -> Any:
        """Prunes ``module.<name>`` by this method, made of the other arguments.

        Returns:
            What computes ``module.<name>`` from now on: the method, or a ``PruningContainer`` of
            several.

        Raises:
            ValueError: there is no such parameter, or more is to be pruned than there is; the
                module stays as it is.

        Example:

            >>> from nn.utils import prune
            >>> layer = nn.Linear(2, 2)
            >>> prune.RandomUnstructured.apply(layer, "bias", amount=1)._tensor_name
            'bias'
        """
        method = cls(*args, **kwargs)
        method._tensor_name = name
        earlier = _hook_on(module, name)
        if earlier is None:
            original = _parameter(module, name)
            default = ones_like(original).detach()
        else:
            original, default = _pair(module, name)
            before = earlier[1] if isinstance(earlier[1], PruningContainer) else [earlier[1]]
            method = PruningContainer(*before, method)
        with no_grad():
            mask = method.compute_mask(_scores(original, importance_scores), default_mask=default)
            mask = mask.to(original.dtype)
        if earlier is None:
            delattr(module, name)
            module.register_parameter(f"{name}_orig", original)
            module.register_buffer(f"{name}_mask", mask)
        else:
            del module._forward_pre_hooks[earlier[0]]
            setattr(module, f"{name}_mask", mask)
        method(module)
        module.register_forward_pre_hook(method)
        return method

    def remove(self, module: Module) -> None:
        """Makes the parameter an ordinary one again, with the pruned numbers at 0.

        Example:

            >>> from nn.utils import prune
            >>> layer = nn.Linear(2, 2)
            >>> prune.L1Unstructured.apply(layer, "weight", amount=1).remove(layer)
            >>> [name for name, _ in layer.named_parameters()], int((layer.weight == 0).sum())
            (['bias', 'weight'], 1)
        """
        name = self._tensor_name
        weight = self.apply_mask(module).detach()
        original, _ = _pair(module, name)
        for ending in ("", "_orig", "_mask"):
            delattr(module, name + ending)
        original.data = weight
        module.register_parameter(name, original)


class PruningContainer(BasePruningMethod):
    """Methods that prune one Tensor after each other, each what those before it have left.

    Example:

        >>> from nn.utils import prune
        >>> layer = nn.Linear(4, 4)
        >>> for _ in range(2):
        ...     _ = prune.l1_unstructured(layer, "weight", amount=0.5)
        >>> int(layer.weight_mask.sum())  # a quarter
        4
    """

    def __init__(self, *args: BasePruningMethod) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        if args:
            self._tensor_name = args[0]._tensor_name
        for one in args:
            self.add_pruning_method(one)

    def add_pruning_method(self, method: BasePruningMethod | None) -> None:
        """Appends one.

        Raises:
            TypeError: it is no pruning method.
            ValueError: it prunes a Tensor of another name.

        Example:

            >>> from nn.utils import prune
            >>> first, second = prune.Identity(), prune.Identity()
            >>> first._tensor_name = second._tensor_name = "weight"
            >>> methods = prune.PruningContainer(first)
            >>> methods.add_pruning_method(second)
            >>> len(methods)
            2
        """
        if method is None:
            return
        if not isinstance(method, BasePruningMethod):
            raise TypeError(
                f"PruningContainer: add_pruning_method takes a BasePruningMethod, got a "
                f"{type(method).__name__}"
            )
        if method._tensor_name != self._tensor_name:
            raise ValueError(
                f"PruningContainer: it prunes {self._tensor_name!r}, but the method "
                f"{method._tensor_name!r}"
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, index: Any) -> Any:
        return self._pruning_methods[index]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        # The last method has its say about what the others have left.
        method = self._pruning_methods[-1]
        left = _left(method, default_mask)
        mask = default_mask.clone()
        mask[left] = method.compute_mask(t[left], default_mask=mask[left]).to(mask.dtype)
        return mask


def _left(method: BasePruningMethod, mask: Tensor) -> Any:
    """The index of what a method is given of a Tensor with this mask."""
    if method.PRUNING_TYPE == "global":
        return ...
    if method.PRUNING_TYPE == "unstructured":
        return mask == 1
    if method.PRUNING_TYPE == "structured":
        # Only structured methods have one, a user's as well.
        dim: int = method.dim % mask.ndim  # type: ignore[attr-defined]
        others = [other for other in range(mask.ndim) if other != dim]
        some = (mask != 0).any(dim=others) if others else mask != 0
        return (*[slice(None)] * dim, some)
    raise ValueError(
        f"{type(method).__name__}: PRUNING_TYPE must be 'unstructured', 'structured' or "
        f"'global', got {method.PRUNING_TYPE!r}"
    )


class Identity(BasePruningMethod):
    """Prunes nothing; the parameter gets its mask.

    Example:

        >>> from nn.utils import prune
        >>> prune.Identity().prune(at.tensor([1.0, 2.0]))
        tensor([1., 2.])
    """

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        return default_mask


class RandomUnstructured(BasePruningMethod):
    """Prunes ``amount`` numbers, by chance.

    Args:
        amount: how many, or, of a float from 0 to 1, which share.

    Raises:
        ValueError: there are none such.

    Example:

        >>> from nn.utils import prune
        >>> int((prune.RandomUnstructured(amount=0.25).prune(at.ones(2, 4)) == 0).sum())
        2
    """

    def __init__(self, amount: float) -> None:
        self.amount = _amount(amount, type(self).__name__)

    def _importance(self, t: Tensor) -> Tensor:
        """Of each number; the least important are pruned."""
        return rand_like(t)

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        count = _count(self.amount, t.numel(), type(self).__name__)
        mask = default_mask.clone()
        if count:
            _, least = topk(self._importance(t).reshape(-1), count, largest=False)
            mask.view(-1)[least] = 0
        return mask


class L1Unstructured(RandomUnstructured):
    """Prunes the ``amount`` numbers of the least absolute value.

    Han et al., Learning both weights and connections for efficient neural networks, 2015.

    Args:
        amount: how many, or, of a float from 0 to 1, which share.

    Raises:
        ValueError: there are none such.

    Example:

        >>> from nn.utils import prune
        >>> prune.L1Unstructured(amount=0.5).prune(at.tensor([1.0, -4.0, 2.0, -3.0]))
        tensor([ 0., -4.,  0., -3.])
    """

    def _importance(self, t: Tensor) -> Tensor:
        """Its absolute value."""
        return t.abs()


class RandomStructured(BasePruningMethod):
    """Prunes ``amount`` whole slices along ``dim``, by chance.

    Args:
        amount: how many, or, of a float from 0 to 1, which share of those that are left.
        dim: for a weight ``(C_out, C_in, …)`` 0 prunes channels of the output, 1 of the input.

    Raises:
        ValueError: there are none such, or the Tensor has no two dimensions.
        IndexError: it has no such dimension.

    Example:

        >>> from nn.utils import prune
        >>> prune.RandomStructured(amount=1, dim=0).prune(at.ones(3, 2)).sum()
        tensor(4.)
    """

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, dim: int = -1) -> None:
        self.amount = _amount(amount, type(self).__name__)
        self.dim = dim

    def _importance(self, t: Tensor) -> Tensor:
        """Of each slice; the least important are pruned."""
        return rand(t.shape[self.dim])

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        caller = type(self).__name__
        if t.ndim < 2:
            raise ValueError(
                f"{caller}: slices are pruned of Tensors of 2 dimensions or more, got one of shape "
                f"{t.shape}; see the unstructured methods"
            )
        if not -t.ndim <= self.dim < t.ndim:
            raise IndexError(f"{caller}: dim is {self.dim}, but the Tensor has shape {t.shape}")
        count = _count(self.amount, t.shape[self.dim], caller)
        mask = default_mask.clone()
        if count:
            _, least = topk(self._importance(t), count, largest=False)
            mask[(*[slice(None)] * (self.dim % t.ndim), least)] = 0
        return mask


class LnStructured(RandomStructured):
    """Prunes the ``amount`` slices along ``dim`` of the least ``n``-norm.

    Li et al., Pruning filters for efficient convnets, 2017 (n = 1).

    Args:
        amount: how many, or, of a float from 0 to 1, which share of those that are left.
        n: of the norm, as ``linalg.vector_norm`` takes it, or ``"fro"``.
        dim: for a weight ``(C_out, C_in, …)`` 0 prunes channels of the output, 1 of the input.

    Raises:
        ValueError: there are none such, or the Tensor has no two dimensions.
        IndexError: it has no such dimension.

    Example:

        >>> from nn.utils import prune
        >>> weight = at.tensor([[3.0, 4.0], [1.0, 1.0]])
        >>> prune.LnStructured(amount=1, n=2, dim=0).prune(weight)
        tensor([[3., 4.],
                [0., 0.]])
    """

    def __init__(self, amount: float, n: Any, dim: int = -1) -> None:
        super().__init__(amount, dim)
        self.n = n

    def _importance(self, t: Tensor) -> Tensor:
        """Its norm."""
        slices = t.movedim(self.dim, 0).flatten(1)
        order = 2 if self.n == "fro" else float(self.n)
        return linalg.vector_norm(slices, order, dim=1)


class CustomFromMask(BasePruningMethod):
    """Prunes by a given mask.

    Example:

        >>> from nn.utils import prune
        >>> prune.CustomFromMask(at.tensor([1, 0])).prune(at.tensor([3.0, 4.0]))
        tensor([3., 0.])
    """

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        if self.mask.shape != t.shape:
            raise ValueError(
                f"CustomFromMask: the mask has shape {self.mask.shape}, but what is to be pruned "
                f"{t.shape}"
            )
        return default_mask * self.mask.to(default_mask.dtype)


# -- as functions ----------------------------------------------------------------------------------


def identity(module: Module, name: str) -> Module:
    """Gives ``module.<name>`` a mask of ones; see ``Identity``.

    Example:

        >>> from nn.utils import prune
        >>> prune.identity(nn.Linear(2, 1), "weight").weight_mask
        tensor([[1., 1.]])
    """
    Identity.apply(module, name)
    return module


def random_unstructured(module: Module, name: str, amount: float) -> Module:
    """Prunes ``amount`` numbers of ``module.<name>``, by chance; see ``RandomUnstructured``.

    Example:

        >>> from nn.utils import prune
        >>> prune.random_unstructured(nn.Linear(4, 2), "weight", amount=0.25).weight_mask.sum()
        tensor(6.)
    """
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(
    module: Module, name: str, amount: float, importance_scores: Tensor | None = None
) -> Module:
    """Prunes the ``amount`` numbers of ``module.<name>`` of the least absolute value, or, of
    those scores; see ``L1Unstructured``.

    Example:

        >>> from nn.utils import prune
        >>> layer = nn.Linear(4, 2)
        >>> prune.l1_unstructured(layer, "weight", amount=0.25).weight_mask.sum()
        tensor(6.)
        >>> sorted(layer.state_dict())
        ['bias', 'weight_mask', 'weight_orig']
    """
    L1Unstructured.apply(module, name, amount, importance_scores=importance_scores)
    return module


def random_structured(module: Module, name: str, amount: float, dim: int) -> Module:
    """Prunes ``amount`` slices of ``module.<name>`` along ``dim``, by chance; see
    ``RandomStructured``.

    Example:

        >>> from nn.utils import prune
        >>> prune.random_structured(nn.Linear(4, 2), "weight", amount=1, dim=0).weight_mask.sum()
        tensor(4.)
    """
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: Module,
    name: str,
    amount: float,
    n: Any,
    dim: int,
    importance_scores: Tensor | None = None,
) -> Module:
    """Prunes the ``amount`` slices of ``module.<name>`` along ``dim`` of the least ``n``-norm; see
    ``LnStructured``.

    Example:

        >>> from nn.utils import prune
        >>> layer = prune.ln_structured(nn.Conv2d(3, 8, 5), "weight", amount=0.5, n=1, dim=0)
        >>> int(layer.weight_mask.sum(dim=(1, 2, 3)).count_nonzero())
        4
    """
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Module, name: str, mask: Tensor) -> Module:
    """Prunes ``module.<name>`` by a mask; see ``CustomFromMask``.

    Example:

        >>> from nn.utils import prune
        >>> layer = prune.custom_from_mask(nn.Linear(2, 1), "weight", at.tensor([[0, 1]]))
        >>> layer.weight_mask
        tensor([[0., 1.]])
    """
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Module, str]],
    pruning_method: type[BasePruningMethod],
    importance_scores: Mapping[tuple[Module, str], Tensor] | None = None,
    **kwargs: Any,
) -> None:
    """Prunes several parameters as if they were one: those with less important numbers lose more.

    Args:
        parameters: ``(module, name)`` of each.
        pruning_method: an unstructured one.
        importance_scores: by ``(module, name)``; where none are given, the numbers themselves.
        **kwargs: of ``pruning_method``.

    Raises:
        TypeError: the method is not unstructured, or an argument of another kind.

    Example:

        >>> from nn.utils import prune
        >>> net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 2))
        >>> weights = [(net[0], "weight"), (net[1], "weight")]
        >>> prune.global_unstructured(weights, prune.L1Unstructured, amount=0.5)
        >>> sum(int(layer.weight_mask.sum()) for layer in net)
        12
    """
    caller = "global_unstructured"
    if not isinstance(parameters, Iterable):
        raise TypeError(f"{caller}: parameters must be (module, name) pairs, got {parameters!r}")
    if not isinstance(importance_scores, (Mapping, type(None))):
        raise TypeError(
            f"{caller}: importance_scores must be a dict by (module, name), got a "
            f"{type(importance_scores).__name__}"
        )
    method = pruning_method(**kwargs)
    method._tensor_name = caller
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            f"{caller}: pruning_method must be an unstructured one, but {pruning_method.__name__} "
            f"is {method.PRUNING_TYPE}"
        )
    pairs = list(parameters)
    given = importance_scores or {}
    masks, scores = [], []
    for module, name in pairs:
        tensor = getattr(module, name)
        scores.append(_scores(tensor, given.get((module, name))).reshape(-1))
        masks.append(getattr(module, f"{name}_mask", ones_like(tensor)).detach().reshape(-1))
    with no_grad():
        mask = PruningContainer(method).compute_mask(cat(scores), cat(masks))
    parts = mask.split([one.numel() for one in masks])
    for (module, name), part in zip(pairs, parts, strict=True):
        custom_from_mask(module, name, part.reshape(getattr(module, name).shape))


def remove(module: Module, name: str) -> Module:
    """Makes ``module.<name>`` an ordinary parameter again, with the pruned numbers at 0.

    Raises:
        ValueError: it is not pruned.

    Example:

        >>> from nn.utils import prune
        >>> layer = prune.l1_unstructured(nn.Linear(4, 2), "weight", amount=0.25)
        >>> sorted(prune.remove(layer, "weight").state_dict())
        ['bias', 'weight']
    """
    found = _hook_on(module, name)
    if found is None:
        raise ValueError(
            f"remove: {name!r} of {type(module).__name__} is not pruned, so there is nothing to "
            "remove"
        )
    found[1].remove(module)
    del module._forward_pre_hooks[found[0]]
    return module


def is_pruned(module: Module) -> bool:
    """Whether anything in ``module`` is pruned.

    Example:

        >>> from nn.utils import prune
        >>> prune.is_pruned(nn.Linear(2, 2))
        False
    """
    return any(
        isinstance(hook, BasePruningMethod)
        for part in module.modules()
        for hook in part._forward_pre_hooks.values()
    )


# -- what they stand on ----------------------------------------------------------------------------


def _hook_on(module: Module, name: str) -> tuple[int, BasePruningMethod] | None:
    """What prunes ``module.<name>`` so far, with its key."""
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            return key, hook
    return None


def _pair(module: Module, name: str) -> tuple[Parameter, Tensor]:
    return getattr(module, f"{name}_orig"), getattr(module, f"{name}_mask")


def _parameter(module: Module, name: str) -> Parameter:
    parameter = module._parameters.get(name)
    if parameter is None or is_lazy(parameter):
        there = [own for own, one in module._parameters.items() if one is not None]
        raise ValueError(
            f"{type(module).__name__} has no parameter {name!r} to prune; it has {there}"
            if parameter is None
            else f"{name!r} is uninitialized: call the lazy module first"
        )
    return parameter


def _scores(tensor: Tensor, given: Tensor | None) -> Tensor:
    if given is not None and given.shape != tensor.shape:
        raise ValueError(
            f"importance_scores has shape {given.shape}, but what is to be pruned {tensor.shape}"
        )
    return (tensor if given is None else given).detach()


def _amount(amount: Any, caller: str) -> Any:
    if isinstance(amount, bool) or not isinstance(amount, Real):
        raise TypeError(f"{caller}: amount must be a number, got {amount!r}")
    if not 0 <= float(amount) <= (float("inf") if isinstance(amount, Integral) else 1):
        raise ValueError(
            f"{caller}: amount must be a share from 0.0 to 1.0 or a number of them, got {amount!r}"
        )
    return amount if isinstance(amount, Integral) else float(amount)


def _count(amount: float, there: int, caller: str) -> int:
    """How many of those that are there."""
    if not isinstance(amount, Integral):
        return round(amount * there)
    if amount > there:
        raise ValueError(f"{caller}: amount is {amount}, but only {there} are there")
    return int(amount)


globals()["__all__"] = published(__name__)
