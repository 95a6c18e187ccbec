"""``weight_norm`` and ``spectral_norm`` in their older form: a hook computes the weight.

The weight is a plain attribute, computed anew before each ``forward`` from parameters and buffers
named after it.  The form that computes it when it is read is ``nn.utils.parametrizations``.
"""

from __future__ import annotations

from typing import Any, ClassVar

from autotensor import Parameter, Tensor
from nn.module import Module
from nn.parameter import is_lazy
from nn.utils import parametrizations as formulas

__all__ = ["remove_spectral_norm", "remove_weight_norm", "spectral_norm", "weight_norm"]


class Norm:
    """A hook that sets ``module.<name>`` before each call, from attributes named after it."""

    operator: ClassVar[str]
    endings: ClassVar[tuple[str, ...]]
    """Of the names of what the weight is computed from."""

    name: str

    def prepare(self, module: Module, weight: Parameter) -> None:
        """Takes the weight from ``module`` and sets up what it is computed from."""
        raise NotImplementedError

    def weight(self, module: Module) -> Tensor:
        raise NotImplementedError

    def __call__(self, module: Module, args: Any = ()) -> None:
        setattr(module, self.name, self.weight(module))

    def remove(self, module: Module) -> None:
        weight = self.weight(module)
        for ending in ("", *self.endings):
            delattr(module, self.name + ending)
        module.register_parameter(self.name, Parameter(weight.detach()))


class WeightNorm(Norm):
    """The hook of ``weight_norm``."""

    operator = "weight_norm"
    endings = ("_g", "_v")

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def prepare(self, module: Module, weight: Parameter) -> None:
        length = formulas.norm_except_dim(weight.detach(), self.dim)
        delattr(module, self.name)
        module.register_parameter(f"{self.name}_g", Parameter(length))
        module.register_parameter(f"{self.name}_v", Parameter(weight.detach()))
        self(module)

    def weight(self, module: Module) -> Tensor:
        v, g = getattr(module, f"{self.name}_v"), getattr(module, f"{self.name}_g")
        return formulas.with_length(v, g, self.dim)


class SpectralNorm(Norm):
    """The hook of ``spectral_norm``."""

    operator = "spectral_norm"
    endings = ("_u", "_v", "_orig")

    def __init__(self, name: str, n_power_iterations: int, dim: int, eps: float) -> None:
        formulas.need_iterations(n_power_iterations)
        self.name = name
        self.n_power_iterations = n_power_iterations
        self.dim = dim
        self.eps = eps

    def prepare(self, module: Module, weight: Parameter) -> None:
        matrix = formulas.as_matrix(weight.detach(), self.dim)
        delattr(module, self.name)
        module.register_parameter(f"{self.name}_orig", weight)
        setattr(module, self.name, weight.detach())
        formulas.register_vectors(module, (f"{self.name}_u", f"{self.name}_v"), matrix, self.eps)

    def weight(self, module: Module, iterations: int = 0) -> Tensor:
        original = getattr(module, f"{self.name}_orig")
        u, v = getattr(module, f"{self.name}_u"), getattr(module, f"{self.name}_v")
        matrix = formulas.as_matrix(original, self.dim)
        # As in PyTorch, v comes first here: u and v change places for the transposed matrix.
        formulas.power_iteration(matrix.mT, v, u, iterations, self.eps)
        return original / formulas.singular_value(matrix, u, v)

    def __call__(self, module: Module, args: Any = ()) -> None:
        iterations = self.n_power_iterations if module.training else 0
        setattr(module, self.name, self.weight(module, iterations))


def _hooks_on(module: Module, kind: type[Norm], name: str) -> list[tuple[int, Norm]]:
    """The norms of this kind on ``module.<name>``, each with its key: one or none."""
    return [
        (key, hook)
        for key, hook in module._forward_pre_hooks.items()
        if isinstance(hook, kind) and hook.name == name
    ]


def _apply(module: Module, norm: Norm) -> Module:
    if _hooks_on(module, type(norm), norm.name):
        raise RuntimeError(
            f"cannot register two {norm.operator} hooks on the same parameter {norm.name}"
        )
    weight = module.get_parameter(norm.name)
    if weight is None or is_lazy(weight):
        what = "None" if weight is None else "uninitialized: call the lazy module first"
        raise ValueError(f"{norm.operator}: the parameter {norm.name!r} is {what}")
    norm.prepare(module, weight)
    module.register_forward_pre_hook(norm)
    return module


def _remove(module: Module, kind: type[Norm], name: str) -> Module:
    for key, norm in _hooks_on(module, kind, name):
        norm.remove(module)
        del module._forward_pre_hooks[key]
        return module
    raise ValueError(f"{kind.operator} of {name!r} not found in {module}")


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Makes a weight ``g · v / ‖v‖``: its length and its direction are trained apart.

    Before each call ``module.<name>`` is computed from the parameters ``<name>_g``, one length for
    each slice along ``dim`` (one in all for None), and ``<name>_v``.  Returns ``module``.

    Salimans and Kingma, "Weight Normalization", 2016.

    Raises:
        RuntimeError: the weight has one already.
        ValueError: no such parameter.

    Example:

        >>> layer = nn.utils.weight_norm(nn.Linear(3, 2))
        >>> [(name, tuple(one.shape)) for name, one in layer.named_parameters()]
        [('bias', (2,)), ('weight_g', (2, 1)), ('weight_v', (2, 3))]
    """
    return _apply(module, WeightNorm(name, dim))


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """Makes an ordinary parameter again of what ``weight_norm`` changed; returns ``module``.

    Raises:
        ValueError: there is none.

    Example:

        >>> layer = nn.utils.remove_weight_norm(nn.utils.weight_norm(nn.Linear(3, 2)))
        >>> sorted(name for name, _ in layer.named_parameters())
        ['bias', 'weight']
    """
    return _remove(module, WeightNorm, name)


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Makes a weight ``W / σ(W)``, where σ is its greatest singular value.

    Before each call ``module.<name>`` is computed from the parameter ``<name>_orig`` and the
    singular vectors in the buffers ``<name>_u`` and ``<name>_v``, which in training are improved
    by some steps of power iteration first.  Returns ``module``.

    The arguments are those of ``nn.utils.parametrizations.spectral_norm``.

    Raises:
        RuntimeError: the weight has one already.
        ValueError: no such parameter.

    Example:

        >>> layer = nn.utils.spectral_norm(nn.Linear(4, 4), n_power_iterations=50)
        >>> _ = layer(at.ones(2, 4))
        >>> at.linalg.svdvals(layer.weight)[0].detach().round(decimals=1)
        tensor(1.)
    """
    norm = SpectralNorm(name, n_power_iterations, formulas.rows_of(module, dim), eps)
    return _apply(module, norm)


def remove_spectral_norm(module: Module, name: str = "weight") -> Module:
    """Makes an ordinary parameter again of what ``spectral_norm`` changed; returns ``module``.

    Raises:
        ValueError: there is none.

    Example:

        >>> layer = nn.utils.remove_spectral_norm(nn.utils.spectral_norm(nn.Linear(3, 2)))
        >>> sorted(name for name, _ in layer.named_parameters())
        ['bias', 'weight']
    """
    return _remove(module, SpectralNorm, name)
