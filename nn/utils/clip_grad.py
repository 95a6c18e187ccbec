"""Keeping gradients from growing too large."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from types import GeneratorType

from autotensor import Tensor, clamp, linalg, no_grad, stack, tensor

Tensors = Tensor | Iterable[Tensor]


def clip_grad_norm_(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scales all gradients by one factor, in place, so that their norm is at most ``max_norm``.

    The norm is that of all gradients in one vector g; the factor is
    min(1, max_norm / (|g| + 10⁻⁶)).

    Pascanu et al., On the difficulty of training recurrent neural networks, 2013.

    Args:
        parameters: Tensors, or one; those without a gradient are left out.
        max_norm: the largest norm that is left as it is.
        norm_type: p of the p-norm, or infinity.
        error_if_nonfinite: whether an infinite or NaN norm is an error.
        foreach: accepted as in PyTorch; nothing depends on it.

    Returns:
        The norm before, a 0-d Tensor.

    Raises:
        RuntimeError: the norm is not finite, and ``error_if_nonfinite`` says so.

    Example:

        >>> x = at.tensor([3.0, 4.0], requires_grad=True)
        >>> (x * x / 2).sum().backward()  # the gradient is x, of length 5
        >>> nn.utils.clip_grad_norm_([x], max_norm=1.0)
        tensor(5.)
        >>> x.grad
        tensor([0.6000, 0.8000])
    """
    given = _listed_tensors(parameters)
    if isinstance(parameters, GeneratorType) and not given:
        warnings.warn(
            "`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=3
        )
    total = get_total_norm(_gradients_of(given), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(given, max_norm, total)
    return total


def clip_grad_norm(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """``clip_grad_norm_`` under its name before PyTorch 0.4, with a FutureWarning.

    Example:

        >>> import warnings
        >>> x = at.tensor([3.0, 4.0], requires_grad=True)
        >>> x.grad = at.tensor([3.0, 4.0])
        >>> with warnings.catch_warnings(action="ignore"):
        ...     nn.utils.clip_grad_norm([x], max_norm=1.0)
        tensor(5.)
    """
    warnings.warn(
        "clip_grad_norm: an outdated name; use clip_grad_norm_, which does the same",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


@no_grad()
def get_total_norm(
    tensors: Tensors,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all Tensors in one vector, 0-d.  Arguments as ``clip_grad_norm_``.

    Raises:
        RuntimeError: the norm is not finite, and ``error_if_nonfinite`` says so.

    Example:

        >>> nn.utils.get_total_norm([at.tensor([3.0]), at.tensor([[0.0, 4.0]])])
        tensor(5.)
    """
    norm_type = float(norm_type)
    norms = [linalg.vector_norm(one, norm_type) for one in _listed_tensors(tensors)]
    if not norms:
        return tensor(0.0)
    total = linalg.vector_norm(stack(norms), norm_type)
    if error_if_nonfinite and not total.isfinite():
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite "
            f"({total.item()}), so it cannot be clipped. To disable this error and scale the "
            "gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    return total


@no_grad()
def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """What ``clip_grad_norm_`` does, given the norm that ``get_total_norm`` returned.

    Example:

        >>> x = at.tensor([3.0, 4.0], requires_grad=True)
        >>> x.grad = at.tensor([3.0, 4.0])
        >>> nn.utils.clip_grads_with_norm_([x], max_norm=1.0, total_norm=at.tensor(10.0))
        >>> x.grad
        tensor([0.3000, 0.4000])
    """
    factor = clamp(float(max_norm) / (total_norm + 1e-6), max=1.0)
    for grad in _gradients_of(parameters):
        grad.mul_(factor)


@no_grad()
def clip_grad_value_(parameters: Tensors, clip_value: float, foreach: bool | None = None) -> None:
    """Brings every element of the gradients between ±``clip_value``, in place.

    Args:
        parameters: Tensors, or one; those without a gradient are left out.
        clip_value: the largest size.
        foreach: accepted as in PyTorch; nothing depends on it.

    Example:

        >>> x = at.zeros(3, requires_grad=True)
        >>> x.grad = at.tensor([-5.0, 0.5, 5.0])
        >>> nn.utils.clip_grad_value_([x], clip_value=1.0)
        >>> x.grad
        tensor([-1.0000,  0.5000,  1.0000])
    """
    limit = float(clip_value)
    for grad in _gradients_of(parameters):
        grad.clamp_(-limit, limit)


def _listed_tensors(tensors: Tensors) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _gradients_of(parameters: Tensors) -> list[Tensor]:
    return [one.grad for one in _listed_tensors(parameters) if one.grad is not None]
