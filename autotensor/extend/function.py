"""Operators written by users: a forward, a backward, and whatever is to be kept between them."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autotensor.engine.graph import Bundle, Edge, into_bundle, parent_of, record, record_several
from autotensor.engine.in_place import refuse_leaf, take_over
from autotensor.engine.modes import modes, no_grad
from autotensor.engine.storage import View, storage_of
from autotensor.engine.tensor import Tensor, wrap

__all__ = ["Function", "FunctionContext", "once_differentiable"]


class FunctionContext:
    """What ``forward`` and ``backward`` of one call of a Function share; set any attribute on it.

    Attributes:
        needs_input_grad: for each argument of ``forward``, whether its gradient is wanted.
        saved_tensors: in ``backward``, what was given to ``save_for_backward``.
    """

    needs_input_grad: tuple[bool, ...] = ()

    def __init__(self) -> None:
        self._saved: tuple[Tensor | None, ...] = ()
        self._unpacked: tuple[Tensor | None, ...] | None = None
        self._dirty: tuple[Tensor, ...] = ()
        self._constant: tuple[Tensor, ...] = ()
        self._materialize = True
        self._parents: list[Any] = []
        self._node: Callable[[], Any] | None = None

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keeps Tensors, arguments or outputs above all, for ``backward``.

        ``backward`` raises if one of them is overwritten in between; an attribute set on the
        context would not be watched.
        """
        for position, one in enumerate(tensors):
            if one is not None and not isinstance(one, Tensor):
                raise TypeError(
                    f"save_for_backward: argument {position} must be a Tensor or None, got "
                    f"{type(one).__name__}; set other things as attributes of ctx"
                )
        self._saved = tensors

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        return self._saved if self._unpacked is None else self._unpacked

    def mark_non_differentiable(self, *outputs: Tensor) -> None:
        """Says that these outputs have no derivative, as positions of a maximum have none."""
        self._constant = outputs

    def mark_dirty(self, *inputs: Tensor) -> None:
        """Says that ``forward`` wrote into these arguments; it must return them as outputs."""
        self._dirty = inputs

    def set_materialize_grads(self, value: bool) -> None:
        """With False, ``backward`` gets None, not zeros, for an output that was not used."""
        self._materialize = value


class Function:
    """Base class of operators written by users.

    A subclass defines ``forward(ctx, *args)``, which computes with Tensors and is not recorded, and
    ``backward(ctx, *grad_outputs)``, which takes one gradient for each output and returns one for
    each argument (None where there is none).  It is used by its method ``apply``.  ``backward``
    written with Tensor operators can itself be differentiated, any number of times.

    Alternatively, ``forward(*args)`` only computes, and ``setup_context(ctx, inputs, output)``
    saves what ``backward`` needs.

    Example:
        >>> import autotensor as at
        >>> class Cube(at.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         ctx.save_for_backward(x)
        ...         return x * x * x
        ...
        ...     @staticmethod
        ...     def backward(ctx, grad_output):
        ...         (x,) = ctx.saved_tensors
        ...         return grad_output * 3 * x * x
        >>> x = at.tensor([1.0, 2.0], requires_grad=True)
        >>> Cube.apply(x).sum().backward()
        >>> x.grad
        tensor([ 3., 12.])
    """

    @staticmethod
    def forward(*args: Any) -> Any:
        """Computes the value: a Tensor or a tuple."""
        raise NotImplementedError("a Function must define forward(ctx, *args)")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Saves what ``backward`` needs; ``forward`` then gets no ``ctx``."""
        raise NotImplementedError("setup_context is not defined")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients of the arguments, given those of the outputs."""
        raise NotImplementedError("a Function must define backward(ctx, *grad_outputs)")

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Computes ``forward(*args)`` and records it."""
        ctx = FunctionContext()
        ctx.needs_input_grad = tuple(isinstance(one, Tensor) and one.requires_grad for one in args)
        with no_grad():
            if cls.setup_context is Function.setup_context:
                result = cls.forward(ctx, *args)
            else:
                result = cls.forward(*args)
                cls.setup_context(ctx, args, result)
        if not (modes.grad_enabled and any(ctx.needs_input_grad)):
            return result
        results = result if isinstance(result, tuple) else (result,)
        outputs = _record(cls, ctx, args, results)
        return outputs if isinstance(result, tuple) else outputs[0]


# -- recording -------------------------------------------------------------------------------------


def _record(
    function: type[Function], ctx: FunctionContext, args: tuple[Any, ...], results: tuple[Any, ...]
) -> tuple[Any, ...]:
    """The outputs of a call with their place in the graph.

    ``backward`` gives all gradients at once, but an edge carries one.  So there are two nodes: the
    upper runs ``backward`` and hands a Bundle to the lower, whose edges each take one part of it.
    The walk takes parts of a Bundle for borrowed, so it does not matter what else uses them.
    """
    name = function.__name__
    for one in ctx._dirty:
        if not any(one is result for result in results):
            raise RuntimeError(f"{name}: an input marked as dirty must be returned by forward")
        refuse_leaf(one, name)
    edges: list[Edge] = []
    for position, (one, needed) in enumerate(zip(args, ctx.needs_input_grad, strict=True)):
        if needed:
            edges.append((parent_of(one), _part, (position,)))
    ctx._parents = [parent for parent, _, _ in edges]
    lower = record(np.empty(0), name, edges).node
    lower.shape = lower.dtype = None

    active = [
        position
        for position, one in enumerate(results)
        if isinstance(one, Tensor)
        and one.array.dtype.kind == "f"
        and not any(one is constant for constant in ctx._constant)
    ]
    saved, own = _saved_values(ctx, results)
    kinds = [(one.shape, one.dtype) if isinstance(one, Tensor) else None for one in results]
    expected = [one.shape if isinstance(one, Tensor) else None for one in args]
    call = functools.partial(_call_backward, function, ctx, kinds, active, expected, own)
    arrays = [results[position].array for position in active]
    recorded = record_several(arrays, name, ((lower, call, saved),))
    if recorded:
        # Weakly, because the node that runs ``backward`` holds the context.
        ctx._node = weakref.ref(recorded[0].node.edges[0][0])
    fresh = iter(recorded)
    outputs = []
    for position, one in enumerate(results):
        if position not in active:
            outputs.append(one.detach() if isinstance(one, Tensor) else one)
            continue
        output = next(fresh)
        if any(one is dirty for dirty in ctx._dirty):
            take_over(one, output, name)
            output = one
        elif one.storage is not None or any(one is given for given in args):
            # On memory of something else: watched together, but not to be written in place.
            output.storage = output.node.storage = storage_of(one)
            base = one if one.view_of is None else one.view_of.base
            output.view_of = View(base, _no_replay(name), output.storage.generation)
        outputs.append(output)
    for twin, position in own:
        # Saved outputs notice writes to what the caller was given.
        twin.storage = storage_of(outputs[position])
    return tuple(outputs)


def _saved_values(
    ctx: FunctionContext, results: tuple[Any, ...]
) -> tuple[tuple[Any, ...], list[tuple[Tensor, int]]]:
    """What was saved, with a twin in place of each output: else output and node form a cycle."""
    values: list[Any] = []
    own = []
    for one in ctx._saved:
        found = [position for position, result in enumerate(results) if result is one]
        if one is not None and found:
            one = wrap(one.array)
            own.append((one, found[0]))
        values.append(one)
    ctx._saved = ()
    return tuple(values), own


def _no_replay(name: str) -> Callable[[Any], Any]:
    def replay(base: Any) -> Any:
        raise RuntimeError(
            f"{name}: an output that shares memory with an input, or that input, is being written "
            "in place; return a clone() from forward, or mark the input as dirty"
        )

    return replay


# -- the way back ----------------------------------------------------------------------------------


def _part(gradients: Bundle, position: int) -> Any:
    return gradients.parts.get(position)


def _call_backward(
    function: type[Function],
    ctx: FunctionContext,
    kinds: Sequence[tuple[Any, Any] | None],
    active: Sequence[int],
    expected: Sequence[tuple[int, ...] | None],
    own: Sequence[tuple[Tensor, int]],
    incoming: Bundle,
    *saved: Any,
) -> Bundle:
    """Runs the user's ``backward``: gradients of the outputs in, gradients of the inputs out."""
    parts = {active[index]: part for index, part in incoming.parts.items()}
    recording = any(isinstance(part, Tensor) for part in parts.values())
    gradients = [
        _as_tensor(parts[position])
        if position in parts
        else wrap(np.zeros(*kind))
        if kind is not None and ctx._materialize
        else None
        for position, kind in enumerate(kinds)
    ]
    unpacked = [None if one is None else _as_tensor(one) for one in saved]
    if recording:
        # A saved output depends on the inputs, so it gets a place in the graph again.
        assert ctx._node is not None
        for twin, position in own:
            if position in active:
                edge = (ctx._node(), into_bundle, (len(active), active.index(position)))
                output = record(twin.array, function.__name__, (edge,))
                unpacked = [output if one is twin else one for one in unpacked]
    ctx._unpacked = tuple(unpacked)
    try:
        if recording:
            returned = function.backward(ctx, *gradients)
        else:
            with no_grad():
                returned = function.backward(ctx, *gradients)
    finally:
        ctx._unpacked = None
    return _checked(f"{function.__name__}.backward", returned, expected, recording)


def _checked(
    name: str, returned: Any, expected: Sequence[tuple[int, ...] | None], recording: bool
) -> Bundle:
    """What the user's ``backward`` returned, as gradients of arguments of these shapes."""
    found = returned if isinstance(returned, tuple) else (returned,)
    if len(found) < len(expected) or any(one is not None for one in found[len(expected) :]):
        raise RuntimeError(
            f"{name}: returned {len(found)} gradients, but forward has {len(expected)} arguments; "
            "return one for each, None where there is none"
        )
    result = {}
    for position, shape in enumerate(expected):
        gradient = found[position]
        if gradient is None:
            continue
        if not isinstance(gradient, Tensor):
            raise TypeError(
                f"{name}: gradient {position} must be a Tensor or None, got "
                f"{type(gradient).__name__}"
            )
        if shape is None:
            raise RuntimeError(
                f"{name}: gradient {position} must be None, because that argument is no Tensor"
            )
        if not _reaches(gradient.shape, shape):
            raise RuntimeError(
                f"{name}: gradient {position} has shape {gradient.shape}, but that argument has "
                f"shape {shape}"
            )
        result[position] = gradient if recording else gradient.array
    return Bundle(len(expected), result)


def _as_tensor(value: Any) -> Tensor:
    return value if isinstance(value, Tensor) else wrap(np.asarray(value))


def _reaches(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether summing over stretched dimensions brings ``shape`` to ``wanted``."""
    try:
        return np.broadcast_shapes(shape, wanted) == shape
    except ValueError:
        return False


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a ``backward`` that cannot itself be differentiated: trying to is then an error.

    For a ``backward`` that leaves the Tensor operators, to compute with ``.numpy()`` for example.
    """

    @functools.wraps(backward)
    def once(ctx: Any, *grad_outputs: Any) -> Any:
        with no_grad():
            returned = backward(ctx, *grad_outputs)
        if not modes.grad_enabled:
            return returned
        gradients = returned if isinstance(returned, tuple) else (returned,)
        sources = ctx._parents + [
            parent_of(one) for one in grad_outputs if isinstance(one, Tensor) and one.requires_grad
        ]
        edges: list[Edge] = [(source, _twice, ()) for source in sources]
        guarded = tuple(
            record(one.array, backward.__qualname__, edges) if isinstance(one, Tensor) else one
            for one in gradients
        )
        return guarded if isinstance(returned, tuple) else guarded[0]

    return once


def _twice(g: Any) -> Any:
    raise RuntimeError(
        "trying to differentiate twice a Function whose backward is marked @once_differentiable"
    )
