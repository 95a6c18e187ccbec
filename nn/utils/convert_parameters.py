"""All parameters of a model as one vector."""

from __future__ import annotations

from collections.abc import Iterable

from autotensor import Tensor, cat


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """The elements of all parameters in one vector, one after the other; it is differentiable.

    Example:

        >>> layer = nn.Linear(3, 2)
        >>> vector = nn.utils.parameters_to_vector(layer.parameters())
        >>> vector.shape, bool((vector[-2:] == layer.bias).all())
        (torch.Size([8]), True)
    """
    return cat([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Makes the slices of a vector the values of the parameters.

    As in PyTorch, they share its memory from then on.

    Raises:
        TypeError: ``vec`` is not a Tensor.
        RuntimeError: it is too short; nothing was changed then.

    Example:

        >>> layer = nn.Linear(2, 1)
        >>> nn.utils.vector_to_parameters(at.tensor([1.0, 2.0, 3.0]), layer.parameters())
        >>> layer.weight.tolist(), layer.bias.tolist()
        ([[1.0, 2.0]], [3.0])
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected a Tensor, but got: {type(vec).__name__}")
    given = list(parameters)
    needed = sum(parameter.numel() for parameter in given)
    if vec.ndim != 1 or vec.numel() < needed:
        raise RuntimeError(
            f"vector_to_parameters: vec has shape {vec.shape} but the parameters have {needed} "
            "elements"
        )
    start = 0
    for parameter in given:
        stop = start + parameter.numel()
        parameter.data = vec[start:stop].reshape(parameter.shape).data
        start = stop
