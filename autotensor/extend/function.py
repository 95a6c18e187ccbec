"""Operators written by users: a forward, a backward, and whatever is to be kept between them."""

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autotensor.engine.graph import (
    Bundle,
    Edge,
    into_bundle,
    parent_of,
    record,
    stands_inside,
)
from autotensor.engine.in_place import refuse_unseen, take_over
from autotensor.engine.modes import Switch, call_out, modes, no_grad
from autotensor.engine.storage import View, storage_of
from autotensor.engine.tensor import Tensor, raw, wrap

__all__ = ["Function", "FunctionContext", "once_differentiable"]


class FunctionContext:
    """What ``forward`` and ``backward`` of one call of a Function share; set any attribute on it.

    Attributes:
        needs_input_grad: for each argument of ``forward``, whether its gradient is wanted.
        saved_tensors: what was given to ``save_for_backward``, until the graph is freed.

    Example:

        >>> class Scale(at.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x, factor):
        ...         ctx.factor = factor
        ...         return x * factor
        ...
        ...     @staticmethod
        ...     def backward(ctx, g):
        ...         return g * ctx.factor, None
        >>> x = at.tensor([1.0, 2.0], requires_grad=True)
        >>> Scale.apply(x, 3).sum().backward()
        >>> x.grad
        tensor([3., 3.])
    """

    needs_input_grad: tuple[bool, ...] = ()

    def __init__(self) -> None:
        # The last says of a call that was recorded where to look outside of ``backward``.
        self._saved: tuple[Tensor | None, ...] | weakref.ref[_Call] = ()
        self._dirty: tuple[Tensor, ...] = ()
        self._constant: tuple[Tensor, ...] = ()
        self._materialize = True
        self._parents: list[Any] = []

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keeps Tensors, arguments or outputs above all, for ``backward``.

        ``backward`` raises if one of them is overwritten in between; an attribute set on the
        context would not be watched.

        Raises:
            TypeError: something that is neither a Tensor nor None.

        Example:

            >>> class Exp(at.autograd.Function):
            ...     @staticmethod
            ...     def forward(ctx, x):
            ...         y = x.exp()
            ...         ctx.save_for_backward(y)
            ...         return y
            ...
            ...     @staticmethod
            ...     def backward(ctx, g):
            ...         (y,) = ctx.saved_tensors
            ...         return g * y
            >>> at.autograd.gradcheck(Exp.apply, at.ones(2, dtype=at.float64, requires_grad=True))
            True
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
        if isinstance(self._saved, tuple):
            return self._saved
        call = self._saved()
        if call is None:
            raise RuntimeError(
                "saved_tensors: they are freed, because the graph was already used; pass "
                "retain_graph=True to the first backward() or grad() if you need them again"
            )
        return call.saved_tensors()

    @property
    def saved_variables(self) -> tuple[Tensor | None, ...]:
        """``saved_tensors`` under its name before PyTorch 0.4.

        Example:

            >>> context = at.extend.FunctionContext()
            >>> context.save_for_backward(at.ones(2))
            >>> context.saved_variables
            (tensor([1., 1.]),)
        """
        return self.saved_tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Does nothing: it is for a ``jvp``, which nothing calls here."""

    def mark_non_differentiable(self, *outputs: Tensor) -> None:
        """Says that these outputs have no derivative, as positions of a maximum have none.

        Example:

            >>> class Largest(at.autograd.Function):
            ...     @staticmethod
            ...     def forward(ctx, x):
            ...         value, place = x.max(dim=0)
            ...         ctx.mark_non_differentiable(place)
            ...         ctx.place = place
            ...         return value, place
            ...
            ...     @staticmethod
            ...     def backward(ctx, g, _):
            ...         return at.zeros(3).scatter(0, ctx.place.reshape(1), g.reshape(1))
            >>> value, place = Largest.apply(at.tensor([1.0, 5.0, 2.0], requires_grad=True))
            >>> value.requires_grad, place.requires_grad
            (True, False)
        """
        self._constant = outputs

    def mark_dirty(self, *inputs: Tensor) -> None:
        """Says that ``forward`` wrote into these arguments; it must return them as outputs.

        Example:

            >>> class Double_(at.autograd.Function):
            ...     @staticmethod
            ...     def forward(ctx, x):
            ...         ctx.mark_dirty(x)
            ...         return x.mul_(2)
            ...
            ...     @staticmethod
            ...     def backward(ctx, g):
            ...         return 2 * g
            >>> x = at.ones(2, requires_grad=True)
            >>> y = x.clone()
            >>> Double_.apply(y).sum().backward()
            >>> y.detach(), x.grad
            (tensor([2., 2.]), tensor([2., 2.]))
        """
        self._dirty = inputs

    def set_materialize_grads(self, value: bool) -> None:
        """With False, ``backward`` gets None, not zeros, for an output that was not used.

        Example:

            >>> class Both(at.autograd.Function):
            ...     @staticmethod
            ...     def forward(ctx, x):
            ...         ctx.set_materialize_grads(False)
            ...         return 2 * x, 3 * x
            ...
            ...     @staticmethod
            ...     def backward(ctx, g, h):
            ...         print(g, h)
            ...         return 2 * g
            >>> twice, thrice = Both.apply(at.ones(1, requires_grad=True))
            >>> twice.backward()
            tensor([1.]) None
        """
        self._materialize = value


class Function:
    """Base class of operators written by users.

    A subclass defines ``forward(ctx, *args)``, which computes with Tensors and is not recorded, and
    ``backward(ctx, *grad_outputs)``, which takes one gradient for each output and returns one for
    each argument (None where there is none).  It is used by its method ``apply``.  ``backward``
    written with Tensor operators can itself be differentiated, any number of times.

    Alternatively, ``forward(*args)`` only computes, and ``setup_context(ctx, inputs, output)``
    saves what ``backward`` needs.

    ``vmap`` and ``jvp``, which PyTorch has for batches and forward mode, are never called: here
    ``vmap`` calls ``forward`` for each sample, and ``jvp`` goes by ``backward``.

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
    def forward(*args: Any, **kwargs: Any) -> Any:
        """``forward(ctx, *args)``: computes the value, a Tensor or a tuple.

        Raises:
            NotImplementedError: the subclass defines none.

        Example:

            >>> class Negative(at.autograd.Function):
            ...     @staticmethod
            ...     def forward(ctx, x):
            ...         return -x
            ...
            ...     @staticmethod
            ...     def backward(ctx, g):
            ...         return -g
            >>> Negative.apply(at.ones(2))
            tensor([-1., -1.])
        """
        raise NotImplementedError("a Function must define forward(ctx, *args)")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Saves what ``backward`` needs; ``forward`` then gets no ``ctx``.

        Example:

            >>> class Cube(at.autograd.Function):
            ...     @staticmethod
            ...     def forward(x):
            ...         return x * x * x
            ...
            ...     @staticmethod
            ...     def setup_context(ctx, inputs, output):
            ...         ctx.save_for_backward(*inputs)
            ...
            ...     @staticmethod
            ...     def backward(ctx, g):
            ...         (x,) = ctx.saved_tensors
            ...         return g * 3 * x * x
            >>> x = at.tensor(2.0, requires_grad=True)
            >>> Cube.apply(x).backward()
            >>> x.grad
            tensor(12.)
        """
        raise NotImplementedError("setup_context is not defined")

    @staticmethod
    def backward(*args: Any, **kwargs: Any) -> Any:
        """``backward(ctx, *grad_outputs)``: the gradients of the arguments.

        Raises:
            NotImplementedError: the subclass defines none.

        Example:

            >>> class Reversed(at.autograd.Function):
            ...     @staticmethod
            ...     def forward(ctx, x):
            ...         return x.clone()
            ...
            ...     @staticmethod
            ...     def backward(ctx, g):
            ...         return -g  # as adversarial nets want it
            >>> x = at.ones(2, requires_grad=True)
            >>> Reversed.apply(x).sum().backward()
            >>> x.grad
            tensor([-1., -1.])
        """
        raise NotImplementedError("a Function must define backward(ctx, *grad_outputs)")

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        if "vjp" in vars(cls) and "backward" in vars(cls):
            raise RuntimeError(
                f"{cls.__name__}: backward and vjp are two names of one method; define one of them"
            )
        if "vjp" in vars(cls):
            # PyTorch's other name for it; still a staticmethod, as it was declared.
            cls.backward = vars(cls)["vjp"]  # type: ignore[method-assign]

    @staticmethod
    def vjp(ctx: Any, *grad_outputs: Any) -> Any:
        """``backward`` under another name; a subclass defines one of the two.

        Example:

            >>> class Double(at.autograd.Function):
            ...     @staticmethod
            ...     def forward(ctx, x):
            ...         return 2 * x
            ...
            ...     @staticmethod
            ...     def vjp(ctx, g):
            ...         return 2 * g
            >>> x = at.ones(1, requires_grad=True)
            >>> Double.apply(x).backward()
            >>> x.grad
            tensor([2.])
        """
        raise NotImplementedError("a Function must define backward(ctx, *grad_outputs)")

    def __call__(self, *args: Any) -> Any:
        raise RuntimeError(
            f"{type(self).__name__}: a Function is not called; write "
            f"{type(self).__name__}.apply(…), and make its forward and backward static methods"
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Tensor:
        """Computes ``forward(*args)``, keywords in their places, and records it.

        Gives what ``forward`` does, maybe a tuple.
        """
        ctx = FunctionContext()
        takes_ctx = cls.setup_context is Function.setup_context
        if kwargs or not takes_ctx:
            # As in PyTorch, the context then sees defaults as arguments, and so does ``backward``.
            before = (ctx,) if takes_ctx else ()
            bound = inspect.signature(cls.forward).bind(*before, *args, **kwargs)
            bound.apply_defaults()
            if bound.kwargs:
                raise TypeError(
                    f"{cls.__name__}.apply: forward takes {', '.join(bound.kwargs)} by keyword "
                    "only, which apply cannot hand on; take it by position"
                )
            args = bound.args[len(before) :]
        ctx.needs_input_grad = tuple(isinstance(one, Tensor) and one.requires_grad for one in args)
        with no_grad():
            if takes_ctx:
                result = cls.forward(ctx, *args)
            else:
                result = cls.forward(*args)
                cls.setup_context(ctx, args, result)
        results = result if isinstance(result, tuple) else (result,)
        outputs: Any
        if modes().grad_enabled and any(ctx.needs_input_grad):
            outputs = _Call(cls, ctx).record(args, results)
        else:
            outputs = tuple(_unrecorded(one, args, ctx, cls.__name__) for one in results)
        return outputs if isinstance(result, tuple) else outputs[0]


class InplaceFunction(Function):
    """A Function; what ``inplace`` once said is said by ``ctx.mark_dirty``."""


#: PyTorch's name in ``torch.autograd.function``.
FunctionCtx = FunctionContext


# -- recording -------------------------------------------------------------------------------------


class _Call:
    """One recorded call of a Function.

    ``backward`` gives all gradients at once, but an edge carries one.  So there are two nodes: the
    upper runs ``backward`` and hands a Bundle to the lower, whose edges each take one part of it.
    The walk takes parts of a Bundle for borrowed, so it does not matter what else uses them.
    """

    def __init__(self, function: type[Function], ctx: FunctionContext) -> None:
        self.function = function
        self.name = function.__name__
        self.ctx = ctx

    def record(self, args: tuple[Any, ...], results: tuple[Any, ...]) -> tuple[Any, ...]:
        """The outputs of the call with their place in the graph."""
        ctx, name = self.ctx, self.name
        for one in ctx._dirty:
            if not _among(one, results):
                raise RuntimeError(f"{name}: an input marked as dirty must be returned by forward")
            refuse_unseen(one, name)
        needed = [position for position, wish in enumerate(ctx.needs_input_grad) if wish]
        edges: list[Edge] = [(parent_of(args[at]), Bundle.part, (at,)) for at in needed]
        ctx._parents = [parent for parent, _, _ in edges]
        lower = stands_inside(record(np.empty(0), name, edges).node)

        self.active = [
            position
            for position, one in enumerate(results)
            if isinstance(one, Tensor) and one.is_floating_point()
            if not _among(one, ctx._constant)
        ]
        self.kinds = [
            (one.shape, one.dtype) if isinstance(one, Tensor) else None for one in results
        ]
        self.expected = [one.shape if isinstance(one, Tensor) else None for one in args]
        saved = self.take_saved(results)
        upper = record(np.empty(0), name, ((lower, self.run_backward, saved),)).node
        # Weakly, because the node that runs ``backward`` holds this call.
        self.node = weakref.ref(stands_inside(upper))
        outputs = []
        for position, one in enumerate(results):
            if position not in self.active:
                outputs.append(one.detach() if isinstance(one, Tensor) else one)
                continue
            output = record(one.array, name, ((upper, into_bundle, (len(results), position)),))
            if _among(one, ctx._dirty):
                take_over(one, output, name)
                output = one
            elif one._storage is not None or _among(one, args):
                output._storage = output.node.storage = storage_of(one)
                _share_unwritten(output, one, name)
            outputs.append(output)
        for at, position in self.own:
            # Saved outputs notice writes to what the caller was given.
            saved[at]._storage = storage_of(outputs[position])
        return tuple(outputs)

    def take_saved(self, results: tuple[Any, ...]) -> tuple[Any, ...]:
        """What was saved, with a twin for each output: else output and node would form a cycle."""
        values: list[Any] = []
        self.own: list[tuple[int, int]] = []
        for at, one in enumerate(self.ctx.saved_tensors):
            found = [position for position, result in enumerate(results) if result is one]
            if one is not None and found:
                one = wrap(one.array)
                self.own.append((at, found[0]))
            values.append(one)
        # The walk hands on arrays; ``backward`` may want to differentiate by what it saved.  Hooks
        # on what is saved hand on what they have unpacked.
        self.saved = values if modes().pack is None else None
        self.ctx._saved = weakref.ref(self)
        return tuple(values)

    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What ``forward`` has saved, for those who look at the graph."""
        if self.saved is None:
            raise RuntimeError(f"{self.name}: what it saved is packed by saved_tensors_hooks")
        return tuple(self.saved)

    # -- the way back ------------------------------------------------------------------------------

    def run_backward(self, incoming: Bundle, *values: Any) -> Bundle:
        """Runs the user's ``backward``: gradients of the outputs in, those of the inputs out."""
        parts = incoming.parts
        recording = any(isinstance(part, Tensor) for part in parts.values())
        gradients: list[Tensor | None] = [None] * len(self.kinds)
        for position, kind in enumerate(self.kinds):
            if position in parts:
                gradients[position] = _as_tensor(parts[position])
            elif kind is not None and self.ctx._materialize:
                gradients[position] = wrap(np.zeros(*kind))
        saved = values if self.saved is None else self.saved
        unpacked = [None if one is None else _as_tensor(one) for one in saved]
        if recording:
            # A saved output depends on the inputs, so it gets a place in the graph again.
            for at, position in self.own:
                if position in self.active:
                    edge = (self.node(), into_bundle, (len(self.kinds), position))
                    unpacked[at] = record(raw(unpacked[at]), self.name, (edge,))
        self.ctx._saved = tuple(unpacked)
        try:
            with Switch(grad_enabled=recording):
                returned = call_out(self.function.backward, self.ctx, *gradients)
        finally:
            self.ctx._saved = weakref.ref(self)
        found = self.checked(returned if isinstance(returned, tuple) else (returned,))
        backward = {at: one if recording else one.array for at, one in found.items()}
        return Bundle(len(self.expected), backward)

    def checked(self, found: tuple[Any, ...]) -> dict[int, Tensor]:
        """The gradients that the user's ``backward`` returned, by number of the argument."""
        name, count = f"{self.name}.backward", len(self.expected)
        if len(found) < count or any(one is not None for one in found[count:]):
            raise RuntimeError(
                f"{name}: returned {len(found)} gradients, but forward has {count} arguments; "
                "return one for each, None where there is none"
            )
        given = {position: one for position, one in enumerate(found) if one is not None}
        for position, gradient in given.items():
            shape = self.expected[position]
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
                    f"{name}: gradient {position} has shape {gradient.shape}, but that argument "
                    f"has shape {shape}"
                )
        return given


def _unrecorded(result: Any, args: tuple[Any, ...], ctx: FunctionContext, name: str) -> Any:
    """What a call that is not recorded gives for ``result``: no argument itself, unless it was
    written to, and nothing that requires grad."""
    if not isinstance(result, Tensor):
        return result
    if result.requires_grad:
        return result.detach()
    if not _among(result, args) or _among(result, ctx._dirty):
        return result
    output = result.detach()
    _share_unwritten(output, result, name)
    return output


def _share_unwritten(output: Tensor, source: Tensor, name: str) -> None:
    """Says of ``output``, on the memory of ``source``, that they are watched together, but that no
    write in place can be recorded: it would go around the ``backward`` of the Function."""
    base = source if source.view_of is None else source.view_of.base
    refusal = (
        f"{name}: an output that shares memory with an input, or that input, is being "
        "written in place; return a clone() from forward, or mark the input as dirty"
    )
    output.view_of = View(base, refusal, storage_of(source).generation)


def _among(value: Any, several: Sequence[Any]) -> bool:
    """Whether ``value`` itself is one of ``several``; ``in`` would compare elements."""
    return any(value is one for one in several)


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

    Raises:
        RuntimeError: where a second derivative is asked for.  PyTorch leaves its part out of that
            of a sum, if the gradient that came in does not require one.

    Example:

        >>> from autotensor.autograd.function import once_differentiable
        >>> class Square(at.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         ctx.save_for_backward(x)
        ...         return x * x
        ...
        ...     @staticmethod
        ...     @once_differentiable
        ...     def backward(ctx, g):
        ...         (x,) = ctx.saved_tensors
        ...         return at.from_numpy(2 * x.detach().numpy() * g.numpy())
        >>> x = at.tensor([3.0], requires_grad=True)
        >>> Square.apply(x).sum().backward()
        >>> x.grad
        tensor([6.])
    """

    @functools.wraps(backward)
    def once(ctx: Any, *grad_outputs: Any) -> Any:
        with no_grad():
            returned = backward(ctx, *grad_outputs)
        if not modes().grad_enabled:
            return returned
        gradients = returned if isinstance(returned, tuple) else (returned,)
        given = [one for one in grad_outputs if isinstance(one, Tensor) and one.requires_grad]
        sources = ctx._parents + [parent_of(one) for one in given]
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
