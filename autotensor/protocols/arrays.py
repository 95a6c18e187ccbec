"""Between Tensors and what NumPy computes with: arrays out of Tensors, Tensors out of results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autotensor.engine.modes import modes
from autotensor.engine.tensor import Tensor, wrap
from autotensor.facts import SHOWN, dtype

__all__ = [
    "NoGradientError",
    "as_result",
    "as_tensor",
    "converted",
    "raws",
    "tensors_in",
    "wants_gradient",
    "write",
    "what_numpy_says",
]


class NoGradientError(TypeError, RuntimeError):
    """A Tensor that requires grad was given to what no gradient passes.

    A TypeError, as what else a function of NumPy's does not take; and a RuntimeError, as that of
    ``x.numpy()``.
    """


def tensors_in(tree: Any) -> Iterator[Tensor]:
    """The Tensors in nested tuples, lists and dicts."""
    if isinstance(tree, Tensor):
        yield tree
    elif isinstance(tree, (tuple, list)):
        for part in tree:
            yield from tensors_in(part)
    elif isinstance(tree, dict):
        for part in tree.values():
            yield from tensors_in(part)


def wants_gradient(tree: Any) -> bool:
    """Whether a Tensor in ``tree`` requires grad, where graphs are recorded: as for
    ``x.numpy()``, under ``no_grad`` there is nothing that could be lost."""
    return modes().grad_enabled and any(one.requires_grad for one in tensors_in(tree))


def raws(tree: Any) -> Any:
    """The same with the arrays of its Tensors, and NumPy's dtypes for ours."""
    if isinstance(tree, Tensor):
        return tree.array
    if isinstance(tree, (tuple, list)) and type(tree) in (tuple, list):
        return type(tree)(map(raws, tree))
    if type(tree) is dict:
        return {key: raws(part) for key, part in tree.items()}
    return tree.dtype if isinstance(tree, dtype) else tree


def as_tensor(value: Any) -> Tensor:
    """``value``, a Tensor or what NumPy makes an array of, as a Tensor on the same memory.

    Raises:
        TypeError: numbers of a kind that no Tensor has.
    """
    if isinstance(value, Tensor):
        return value
    array = np.asarray(value)
    if array.dtype not in SHOWN:
        raise NoGradientError(
            f"together with a Tensor that requires grad there can be no {array.dtype}; convert it, "
            "or use x.detach().numpy()"
        )
    return wrap(array)


def converted(tensor: Tensor, dtype: Any, name: str) -> Tensor:
    """``tensor`` in ``dtype``, with its gradient.

    Raises:
        NoGradientError: there is one, and ``dtype`` has none.
    """
    wanted = np.dtype(dtype)
    if tensor.array.dtype == wanted:
        return tensor
    if tensor.requires_grad and (wanted.kind != "f" or wanted not in SHOWN):
        raise NoGradientError(
            f"{name}: no gradient passes dtype {wanted}, and a Tensor given to it requires grad: "
            "use x.detach()"
        )
    return tensor.to(wanted)


def as_result(result: Any, sources: tuple[Tensor, ...] = ()) -> Any:
    """What a function of NumPy's gave, with Tensors for arrays and NumPy's scalars.

    A view, or what is the array of one of ``sources``, becomes a copy: a Tensor would not know
    whose memory it has.
    What no Tensor can hold, such as complex numbers, stays an array.
    """
    if isinstance(result, (tuple, list)):
        parts = [as_result(part, sources) for part in result]
        kind: Any = type(result)
        return kind(*parts) if hasattr(kind, "_fields") else kind(parts)
    if not isinstance(result, (np.ndarray, np.generic)):
        return result
    array = np.asarray(result)
    if array.dtype.kind == "u" and array.dtype not in SHOWN:
        array = array.astype(np.int64)  # such as sums of uint8
    if array.dtype not in SHOWN:
        return result
    shared = array.base is not None or any(array is one.array for one in sources)
    return wrap(array.copy() if shared else array)


def write(into: Any, values: np.ndarray) -> None:
    """Puts ``values`` into a Tensor or array of their shape."""
    if isinstance(into, Tensor):
        into.copy_(wrap(values))
    else:
        into[...] = values


def what_numpy_says(
    error: Exception, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Exception:
    """What to raise for ``error`` of ours: NumPy's own, where it refuses the same call."""
    if not isinstance(error, NoGradientError):
        try:
            function(*raws(args), **raws(kwargs))
        except Exception as own:
            return own
    return error
