"""What a model is called with: the inputs of the graph, their names, the sizes that differ."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import autotensor as at
from autotensor import Tensor
from nn.module import Module
from nn.onnx.tracing import RefusedError, mapped

__all__ = ["Inputs", "Symbol", "called_with", "named_outputs", "symbols_of", "varied"]


@dataclass
class Symbol:
    """A size that differs: its name, its number in the example, the dimensions that have it."""

    name: str
    size: int
    places: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class Inputs:
    """The arguments of a call, and the Tensors in them with their names."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    names: list[str]
    tensors: list[Tensor]

    def call(self, model: Any, tensors: Sequence[Tensor]) -> Any:
        """``model`` called with these ``tensors`` in place of its own."""
        left = iter(tensors)
        args, kwargs = mapped(
            (self.args, self.kwargs), lambda one: next(left) if isinstance(one, Tensor) else one
        )
        return model(*args, **kwargs)


def called_with(model: Any, args: Any, kwargs: Any, input_names: Any) -> Inputs:
    """Reads the example: a Tensor, a tuple of arguments, or a dict of them by name.

    Raises:
        TypeError, ValueError: it holds no Tensor, or names that do not fit.
    """
    kwargs = dict(kwargs or {})
    if isinstance(args, Mapping):
        args, kwargs = (), {**args, **kwargs}
    elif not isinstance(args, (tuple, list)):
        args = (args,)
    elif isinstance(args, list):
        args = (args,) if any(isinstance(one, (int, float)) for one in args) else tuple(args)
    if args and isinstance(args[-1], Mapping) and not kwargs and _takes_names(model, args[-1]):
        args, kwargs = args[:-1], dict(args[-1])
    args, kwargs = mapped((tuple(args), kwargs), _as_tensor)
    given = _by_parameter(model, args, kwargs)
    names, tensors = [], []
    for name, value in given:
        for path, one in _paths(value):
            names.append("_".join([name, *path]))
            tensors.append(one)
    if not tensors:
        raise TypeError(
            "onnx.export: the example has no Tensor; give what the model is called with, as in "
            "export(model, autotensor.zeros(1, 1, 28, 28), 'model.onnx')"
        )
    if input_names is not None:
        wanted = list(input_names)
        if len(wanted) > len(names):
            raise ValueError(
                f"onnx.export: input_names has {len(wanted)} names, but the model is given "
                f"{len(names)} Tensors"
            )
        names[: len(wanted)] = wanted
    _need_names(names, "input_names")
    return Inputs(args, kwargs, names, tensors)


def _need_names(names: Sequence[Any], argument: str) -> None:
    wrong = [one for one in names if not isinstance(one, str) or not one]
    if wrong or len(set(names)) < len(names):
        raise ValueError(f"onnx.export: {argument} must be different strings, got {list(names)}")


def _as_tensor(one: Any) -> Any:
    return at.as_tensor(np.asarray(one)) if isinstance(one, (np.ndarray, np.generic)) else one


def _parameters_of(model: Any) -> list[inspect.Parameter]:
    function = model.forward if isinstance(model, Module) else model
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


def _takes_names(model: Any, last: Mapping[Any, Any]) -> bool:
    """Whether a dict that comes last holds arguments by name, as PyTorch reads it."""
    known = {one.name for one in _parameters_of(model)}
    return bool(last) and set(last) <= known


def _by_parameter(model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    found = []
    parameters = [
        one.name
        for one in _parameters_of(model)
        if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)
    ]
    for place, value in enumerate(args):
        known = place < len(parameters)
        found.append((parameters[place] if known else f"input_{place}", value))
    return found + list(kwargs.items())


def _paths(value: Any) -> list[tuple[list[str], Tensor]]:
    """The Tensors in ``value``, each with the keys that lead there."""
    if isinstance(value, Tensor):
        return [([], value)]
    if isinstance(value, Mapping):
        parts = [(str(key), one) for key, one in value.items()]
    elif isinstance(value, (tuple, list)):
        parts = [(str(at), one) for at, one in enumerate(value)]
    else:
        return []
    return [([key, *path], one) for key, part in parts for path, one in _paths(part)]


def named_outputs(output: Any, output_names: Any) -> list[tuple[str, Any]]:
    """The leaves of what a model returns, with their names; what is no Tensor is left out.

    ``output`` has anything in the place of Tensors; None and numbers are no output.
    """
    found: list[tuple[str, Any]] = []

    def walk(value: Any, name: str) -> None:
        if isinstance(value, Mapping):
            for key, one in value.items():
                walk(one, f"{name}_{key}" if name else str(key))
        elif isinstance(value, (tuple, list)):
            names = getattr(value, "_fields", range(len(value)))
            for key, one in zip(names, value, strict=True):
                walk(
                    one,
                    f"{name}_{key}" if name else f"output_{key}" if isinstance(key, int) else key,
                )
        elif value is not None and not isinstance(value, (bool, int, float, str)):
            found.append((name or "output", value))

    walk(output, "")
    if not found:
        raise TypeError("onnx.export: the model returns no Tensor")
    if output_names is not None:
        wanted = list(output_names)
        if len(wanted) > len(found):
            raise ValueError(
                f"onnx.export: output_names has {len(wanted)} names, but the model returns "
                f"{len(found)} Tensors"
            )
        found[: len(wanted)] = [(name, one) for name, (_, one) in zip(wanted, found, strict=False)]
    _need_names([name for name, _ in found], "output_names")
    return found


# -- sizes that differ -----------------------------------------------------------------------------


def symbols_of(inputs: Inputs, axes: Any, shapes: Any) -> list[Symbol]:
    """Which sizes differ: those of ``dynamic_axes`` or ``dynamic_shapes``, else that of the batch.

    Raises:
        ValueError, TypeError: no such input, no such dimension, unequal sizes of one name.
    """
    if axes is None and shapes is None:
        return _batch(inputs)
    wanted = _of_axes(inputs, axes) if shapes is None else _of_shapes(inputs, shapes)
    symbols: dict[str, Symbol] = {}
    for place, axis, name in wanted:
        tensor = inputs.tensors[place]
        if not -tensor.ndim <= axis < tensor.ndim:
            raise ValueError(
                f"onnx.export: input {inputs.names[place]!r} has no dimension {axis}: its shape is "
                f"{tuple(tensor.shape)}"
            )
        size = int(tensor.shape[axis])
        symbol = symbols.setdefault(name, Symbol(name, size))
        if symbol.size != size:
            raise ValueError(
                f"onnx.export: the size {name!r} is {symbol.size} in one input and {size} in "
                f"another; give them different names"
            )
        symbol.places.append((place, axis % tensor.ndim))
    return list(symbols.values())


def _batch(inputs: Inputs) -> list[Symbol]:
    sizes = [(at, one.shape[0]) for at, one in enumerate(inputs.tensors) if one.ndim]
    if not sizes:
        return []
    first = sizes[0][1]
    return [Symbol("batch", int(first), [(at, 0) for at, size in sizes if size == first])]


def _of_axes(inputs: Inputs, axes: Mapping[str, Any]) -> list[tuple[int, int, str]]:
    if not isinstance(axes, Mapping):
        raise TypeError(f"onnx.export: dynamic_axes must be a dict, got {type(axes).__name__}")
    wanted = []
    for name, given in axes.items():
        if name not in inputs.names:
            continue  # of an output: its sizes follow
        at = inputs.names.index(name)
        if isinstance(given, Mapping):
            wanted += [(at, int(axis), str(label)) for axis, label in given.items()]
        else:
            wanted += [(at, int(axis), f"{name}_{axis}") for axis in given]
    return wanted


def _of_shapes(inputs: Inputs, shapes: Any) -> list[tuple[int, int, str]]:
    """``dynamic_shapes`` of ``torch.export``: by name or by position; a name, or an object that has
    one, for each dimension that differs."""
    wanted = []
    leaves = list(shapes.values()) if isinstance(shapes, Mapping) else list(shapes)
    names = list(shapes) if isinstance(shapes, Mapping) else inputs.names
    for name, given in zip(names, leaves, strict=False):
        if given is None:
            continue
        if name not in inputs.names:
            raise ValueError(
                f"onnx.export: dynamic_shapes names {name!r}, the inputs are {inputs.names}"
            )
        pairs = given.items() if isinstance(given, Mapping) else enumerate(given)
        for axis, label in pairs:
            if label is not None and not isinstance(label, (int, bool)):
                text = label if isinstance(label, str) else getattr(label, "__name__", "")
                wanted.append((inputs.names.index(name), int(axis), text or f"{name}_{axis}"))
    return wanted


def varied(
    inputs: Inputs,
    symbols: Sequence[Symbol],
    sizes: Sequence[int],
    seed: int | None,
    step: int = 0,
) -> list[Tensor]:
    """The Tensors with other sizes, and, unless ``seed`` is None, with other numbers.

    Floating point numbers are drawn from the range of those in the example, so that what must be
    positive stays so; whole numbers and truth values come from the example itself.  With a ``step``
    all are others: truth values turn round, whole numbers may be larger by that, or smaller, where
    the example has one number only, and nothing is in order.  A model need not take those.
    """
    random = np.random.default_rng(seed)
    found = []
    for at_input, tensor in enumerate(inputs.tensors):
        array = tensor.array
        wanted = zip(symbols, sizes, strict=True)
        axes = [(axis, n) for one, n in wanted for place, axis in one.places if place == at_input]
        for axis, size in axes:
            if not array.shape[axis]:
                raise RefusedError("the example is empty along a dimension that is to be dynamic")
            if array.shape[axis] != size:
                array = np.take(array, np.arange(size) % array.shape[axis], axis)
        if step and array.dtype.kind == "b":  # once all of them turn round
            array = array ^ (random.random(array.shape) < (1.0 if seed == 1 else 0.5))
        elif seed is not None:
            array = _drawn(array, tensor.array, random, step)
        found.append(at.as_tensor(np.array(array)))
    return found


def _drawn(
    array: np.ndarray, like: np.ndarray, random: np.random.Generator, step: int
) -> np.ndarray:
    """Other numbers than those of ``array``, in the range of the example's, ``like``; without a
    ``step`` a list of lengths, or of places where something begins, is in order as there."""
    kind = array.dtype.kind
    if not array.size or kind not in "fiu":
        return array
    low, high = like.min(), like.max()
    if kind == "f":
        if not np.isfinite(like).all():
            return random.permutation(array.reshape(-1)).reshape(array.shape) if step else array
        if low == high:
            low, high = (low, low + 1) if low else (-1.0, 1.0)
        return random.uniform(low, high, array.shape).astype(array.dtype)
    if low == high and step:
        other = int(low) + step  # below 0 only where the example is
        if (other >= 0 or low < 0) and other <= np.iinfo(array.dtype).max:
            low, high = min(int(low), other), max(int(high), other)
    elif not array.ndim:
        return array
    drawn = random.integers(low, high, array.shape, array.dtype, endpoint=True)
    if like.ndim == 1 and like.size > 1 and not step:
        steps = np.diff(like.astype(np.int64))
        if (steps >= 0).all():
            return np.sort(np.append(low, drawn[1:]))
        if (steps <= 0).all():
            return np.sort(drawn)[::-1]
    return np.asarray(drawn)
