"""Ready parametrizations of weights: of given length, of spectral norm one, orthogonal."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import autotensor as at
from autotensor import Tensor
from autotensor.extend import published
from nn import functional
from nn.arguments import need_one_of, refuse
from nn.layers.convolution import TRANSPOSED
from nn.module import Module
from nn.utils.parametrize import register_parametrization

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


# -- weight normalization -------------------------------------------------------------------------


def need_dim(name: str, dim: int, weight: Tensor) -> None:
    outside = not -weight.ndim <= dim < weight.ndim
    message = f"dim {dim} is out of range for a weight of {weight.ndim} dimensions"
    refuse(name, outside, message, IndexError)


def norm_except_dim(v: Tensor, dim: int) -> Tensor:
    """The lengths of the slices of ``v`` along ``dim``, its other sizes 1; of all of it for -1."""
    if dim == -1:
        return at.linalg.vector_norm(v)
    need_dim("weight_norm", dim, v)
    if v.ndim == 1:
        return v.abs()
    others = tuple(one for one in range(v.ndim) if one != dim % v.ndim)
    return at.linalg.vector_norm(v, dim=others, keepdim=True)


def with_length(v: Tensor, g: Tensor, dim: int) -> Tensor:
    """``g · v / ‖v‖``, the norm being that of the slices along ``dim``."""
    return v * (g / norm_except_dim(v, dim))


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return with_length(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        return norm_except_dim(weight, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Makes a weight ``g · v / ‖v‖``: its length and its direction are trained apart.

    ``module.parametrizations.<name>.original0`` is g, one length for each slice of the weight along
    ``dim`` (one in all for None), and ``original1`` is v.  State dicts of ``nn.utils.weight_norm``
    can be loaded.  Returns ``module``.

    Salimans and Kingma, "Weight Normalization", 2016.

    Raises:
        ValueError: no such parameter.

    Example:

        >>> from nn.utils.parametrizations import weight_norm
        >>> layer = weight_norm(nn.Linear(3, 2))
        >>> parts = layer.parametrizations.weight
        >>> length, v = parts.original0, parts.original1
        >>> length.shape, at.allclose(layer.weight, length * F.normalize(v, dim=1))
        (torch.Size([2, 1]), True)
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)
    module.register_load_state_dict_pre_hook(partial(_rename_older_form, name))
    return module


def _rename_older_form(name: str, module: Module, state: Any, prefix: str, *rest: Any) -> None:
    """A load hook: takes ``weight_g`` and ``weight_v`` for the originals."""
    older = [f"{prefix}{name}_{letter}" for letter in "gv"]
    if all(key in state for key in older):
        for number, key in enumerate(older):
            state[f"{prefix}parametrizations.{name}.original{number}"] = state.pop(key)


# -- spectral normalization -----------------------------------------------------------------------


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """``weight`` with ``dim`` as its rows and all others in its columns."""
    return weight.movedim(dim, 0).flatten(1)


def unit(vector: Tensor, eps: float) -> Tensor:
    return functional.normalize(vector, dim=0, eps=eps)


def register_vectors(module: Module, names: tuple[str, str], matrix: Tensor, eps: float) -> None:
    """Makes random vectors buffers: where the search for the singular vectors u and v begins."""
    for name, size in zip(names, matrix.shape, strict=True):
        module.register_buffer(name, unit(at.randn(size, dtype=matrix.dtype), eps))


def power_iteration(matrix: Tensor, u: Tensor, v: Tensor, times: int, eps: float) -> None:
    """Brings u and v, in place, nearer to the singular vectors of the greatest singular value."""
    with at.no_grad():
        for _ in range(times):
            u.copy_(unit(at.mv(matrix, v), eps))
            v.copy_(unit(at.mv(matrix.mT, u), eps))


def singular_value(matrix: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """``uᵀ M v``: σ, where u and v are singular vectors."""
    # Copies: the next call writes to u and v while backward may still need these.
    return at.vdot(u.clone(), at.mv(matrix, v.clone()))


class _SpectralNorm(Module):
    _u: Tensor
    _v: Tensor

    def __init__(
        self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        super().__init__()
        need_dim("spectral_norm", dim, weight)
        need_iterations(n_power_iterations)
        self.dim = dim % weight.ndim
        self.eps = eps
        if weight.ndim > 1:
            self.n_power_iterations = n_power_iterations
            with at.no_grad():
                matrix = as_matrix(weight, self.dim)
                register_vectors(self, ("_u", "_v"), matrix, eps)
                power_iteration(matrix, self._u, self._v, 15, eps)

    def forward(self, weight: Tensor) -> Tensor:
        if weight.ndim == 1:
            return unit(weight, self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            power_iteration(matrix, self._u, self._v, self.n_power_iterations, self.eps)
        return weight / singular_value(matrix, self._u, self._v)

    def right_inverse(self, value: Tensor) -> Tensor:
        return value


def need_iterations(count: int) -> None:
    refuse("spectral_norm", count <= 0, f"n_power_iterations must be positive, got {count}")


def rows_of(module: Module, dim: int | None) -> int:
    """The dimension of a weight that becomes the rows of a matrix: that of outputs for None."""
    if dim is None:
        return 1 if isinstance(module, TRANSPOSED) else 0
    return dim


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Makes a weight ``W / σ(W)``, where σ is its greatest singular value; a vector ``w / ‖w‖``.

    σ is found by power iteration: whenever the weight is read in training, its singular vectors are
    improved by some steps.  A weight of more dimensions counts as a matrix.  Returns ``module``.

    Args:
        n_power_iterations: how many steps.
        eps: the least length that vectors are divided by.
        dim: the dimension that becomes the rows; 0, or 1 for transposed convolutions, if None.

    Miyato, Kataoka, Koyama and Yoshida, "Spectral Normalization for Generative Adversarial
    Networks", 2018.

    Raises:
        ValueError: no such parameter.

    Example:

        >>> from nn.utils.parametrizations import spectral_norm
        >>> layer = spectral_norm(nn.Linear(4, 4), n_power_iterations=50)
        >>> at.linalg.svdvals(layer.weight)[0].detach().round(decimals=1)
        tensor(1.)
    """
    made = _SpectralNorm(_weight_of(module, name), n_power_iterations, rows_of(module, dim), eps)
    return register_parametrization(module, name, made)


def _weight_of(module: Module, name: str) -> Tensor:
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"{module} has no parameter or buffer with name {name!r}")
    return weight


# -- orthogonal matrices --------------------------------------------------------------------------

MAPS = ("matrix_exp", "cayley", "householder")


class _Orthogonal(Module):
    def __init__(self, weight: Tensor, orthogonal_map: str, use_trivialization: bool) -> None:
        super().__init__()
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        self.use_trivialization = use_trivialization
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Tensor) -> Tensor:
        tall = _tall(X)
        if self.orthogonal_map == "householder":
            Q = _reflected(tall)
        else:
            Q = _rotated(tall, self.orthogonal_map)
        if self.use_trivialization:
            Q = self.base @ Q
        return Q if tall is X else Q.mT

    def right_inverse(self, Q: Tensor) -> Tensor:
        if Q.shape != self.shape:
            raise ValueError(
                f"orthogonal: expected a matrix or batch of matrices of shape {self.shape}, got a "
                f"Tensor of shape {Q.shape}"
            )
        with at.no_grad():
            tall = _tall(Q)
            if self.use_trivialization:
                self.base = _completed(tall)
                # What all three maps take to the identity, or its first columns.
                return -at.eye(*Q.shape[-2:], dtype=Q.dtype).expand(Q.shape).clone()
            if self.orthogonal_map == "householder":
                reflectors = _reflectors(tall)
                return reflectors if tall is Q else reflectors.mT
            raise NotImplementedError(
                "orthogonal: with use_trivialization=False one cannot assign to a "
                f"{self.orthogonal_map} parametrization"
            )


def _tall(X: Tensor) -> Tensor:
    """``X``, or its transpose if it has more columns than rows."""
    return X.mT if X.shape[-2] < X.shape[-1] else X


def _rotated(X: Tensor, orthogonal_map: str) -> Tensor:
    """An orthogonal matrix for the part of ``X`` below its diagonal, and that matrix's columns."""
    n, k = X.shape[-2:]
    lower = at.pad(X.tril(), (0, n - k))
    A = lower - lower.mT
    if orthogonal_map == "matrix_exp":
        Q = at.matrix_exp(A)
    else:
        identity = at.eye(n, dtype=A.dtype)
        Q = at.linalg.solve(identity - A / 2, identity + A / 2)
    return Q[..., :k]


def _reflected(X: Tensor) -> Tensor:
    """A product of reflections: their vectors stand below the diagonal of ``X``, signs on it."""
    vectors = X.tril(-1)
    tau = 2.0 / (1.0 + (vectors * vectors).sum(-2))
    signs = X.diagonal(dim1=-2, dim2=-1).int()  # constants: nothing to differentiate
    return at.linalg.householder_product(vectors, tau) * signs.unsqueeze(-2)


def _reflectors(A: Tensor) -> Tensor:
    """The X for which ``_reflected(X)`` is A, or A made orthogonal."""
    raw, tau = np.linalg.qr(A.detach().array, mode="raw")
    X = np.swapaxes(raw, -1, -2).copy()
    places = np.arange(X.shape[-1])
    signs = np.sign(X[..., places, places])
    # LAPACK's tau of zero means no reflection, where ``_reflected`` makes one.
    X[..., places, places] = np.where(tau == 0, -signs, signs)
    return at.from_numpy(X)


def _completed(A: Tensor) -> Tensor:
    """A square orthogonal matrix with the columns of ``A``, made orthogonal, first."""
    n, k = A.shape[-2:]
    tolerance = 10.0 * n * at.finfo(A.dtype).eps
    if n == k and at.allclose(A.mT @ A, at.eye(n, dtype=A.dtype), atol=tolerance):
        return A.clone()
    more = at.randn(*A.shape[:-2], n, n - k, dtype=A.dtype)
    Q, R = at.linalg.qr(at.cat([A, more], dim=-1))
    return Q * R.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)


def orthogonal(
    module: Module,
    name: str = "weight",
    orthogonal_map: str | None = None,
    *,
    use_trivialization: bool = True,
) -> Module:
    """Makes a weight, a matrix or a batch of them ``(*, m, n)``, orthogonal.

    Its columns, or its rows if m < n, are orthonormal.  With A = X - Xᵀ of the lower triangle X of
    the original they are those of

    - ``"matrix_exp"``: exp(A), the default for square matrices;
    - ``"cayley"``: (I - A/2)⁻¹ (I + A/2);
    - ``"householder"``: the product of the reflections in the columns of X, the default for others.

    With ``use_trivialization`` this is multiplied by a constant orthogonal matrix, the buffer
    ``module.parametrizations.<name>[0].base``, so that the weight at the start is what it was, made
    orthogonal if it was not.  Returns ``module``.

    Lezcano-Casado, "Trivializations for Gradient-Based Optimization on Manifolds", 2019.

    Raises:
        ValueError: no such parameter, or one that is no matrix.
        TypeError: a weight that is neither float32 nor float64.

    Example:

        >>> from nn.utils.parametrizations import orthogonal
        >>> layer = orthogonal(nn.Linear(3, 3))
        >>> at.allclose(layer.weight @ layer.weight.T, at.eye(3), atol=1e-5)
        True
    """
    weight = _weight_of(module, name)
    message = f"expected a matrix or batch of matrices, got a Tensor of {weight.ndim} dimensions"
    refuse("orthogonal", weight.ndim < 2, message)
    if weight.dtype not in (at.float32, at.float64):
        raise TypeError(f"orthogonal: expected a float32 or float64 weight, got {weight.dtype}")
    if orthogonal_map is None:
        orthogonal_map = "matrix_exp" if weight.shape[-2] == weight.shape[-1] else "householder"
    need_one_of("orthogonal", "orthogonal_map", orthogonal_map, MAPS)
    made = _Orthogonal(weight, orthogonal_map, use_trivialization)
    return register_parametrization(module, name, made, unsafe=True)


published(__name__, __all__)
