"""What stands in ``torch.autograd.graph``: nodes and edges, and hooks on what is saved."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np

from autotensor.engine import graph
from autotensor.engine.graph import parent_of, record
from autotensor.engine.modes import Switch, modes, no_grad, walks, watched
from autotensor.engine.tensor import Tensor, wrap
from autotensor.hooks import at_the_end, register_hook
from autotensor.importing import published
from autotensor.nodes import Node, node_of

__all__ = [
    "GradientEdge", "Node", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks",
    "get_gradient_edge", "increment_version", "register_multi_grad_hook", "save_on_cpu",
    "saved_tensors_hooks",
]  # fmt: skip


# -- places in the graph ---------------------------------------------------------------------------


class GradientEdge(NamedTuple):
    """Where the gradient of a Tensor goes: a node, and which of its outputs the Tensor is.

    ``autograd.grad`` and ``autograd.backward`` take it in place of the Tensor.

    Example:

        >>> from autotensor.autograd.graph import get_gradient_edge
        >>> x = at.tensor(3.0, requires_grad=True)
        >>> y = x * x
        >>> edge = get_gradient_edge(y)
        >>> z = y * 5
        >>> at.autograd.grad(z, edge)  # dz / dy, without y itself
        (tensor(5.),)
    """

    node: Any
    output_nr: int
    ownership_token: Any = None


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The edge of ``tensor``, which need not be kept for its gradient to be found.

    Raises RuntimeError if it does not require grad.

    Example:

        >>> from autotensor.autograd.graph import get_gradient_edge
        >>> x = at.tensor(3.0, requires_grad=True)
        >>> get_gradient_edge(x * x).node.name()
        'MulBackward0'
    """
    if not tensor.requires_grad:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require "
            "gradients; call requires_grad_() before using it"
        )
    return GradientEdge(node_of(parent_of(tensor)), tensor.output_nr)


def tensor_at(place: Any) -> Any:
    """A Tensor with its place in the graph at a GradientEdge; what is none stays as it is."""
    if not isinstance(place, GradientEdge):
        return place
    source = place.node._source
    if isinstance(source, Tensor):
        return source
    return wrap(np.broadcast_to(np.zeros((), source.dtype), source.shape), source)


def increment_version(tensor: Tensor | Iterable[Tensor]) -> None:
    """Says that Tensors were written to in a way that is not noticed, by NumPy for example.

    Example:

        >>> x = at.ones(2)
        >>> before = x._version
        >>> at.autograd.graph.increment_version(x)
        >>> x._version - before
        1
    """
    for one in (tensor,) if isinstance(tensor, Tensor) else tensor:
        one.mark_written()


# -- hooks on several gradients --------------------------------------------------------------------


class _Handles:
    def __init__(self, handles: Sequence[Any]) -> None:
        self.handles = handles

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()

    def __enter__(self) -> _Handles:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


class _Gathering:
    """The gradients of several Tensors in one walk, and what is to be told of them."""

    def __init__(self, count: int, fn: Callable[..., None], first_only: bool) -> None:
        self.count = count
        self.fn = fn
        self.first_only = first_only
        self.ends: dict[int, Callable[[bool], None]] = {}
        self.arrived: dict[int, list[Tensor | None]] = {}

    def arrive(self, at: int, gradient: Tensor) -> None:
        depth = walks.calls  # which walk of those inside each other this is
        end = self.ends.get(depth)
        if end is None or all(end is not other for _, other in walks.waiting):
            # The first in this walk; what is left of one that an error has ended is forgotten.
            self.arrived[depth] = [None] * self.count
            self.ends[depth] = partial(self.end, depth)
            at_the_end(self.ends[depth])
            if self.first_only:
                self.fn(gradient)
        arrived = self.arrived[depth]
        arrived[at] = gradient
        if not self.first_only and all(one is not None for one in arrived):
            self.arrived[depth] = []
            self.fn(arrived)

    def end(self, depth: int, filled: bool) -> None:
        del self.ends[depth]
        arrived = self.arrived.pop(depth)
        if arrived and not self.first_only:
            self.fn(arrived)


def register_multi_grad_hook(
    tensors: Sequence[Tensor],
    fn: Callable[[Sequence[Tensor | None]], None] | Callable[[Tensor], None],
    *,
    mode: Literal["all", "any"] = "all",
) -> Any:
    """Calls ``fn`` when the gradients of several Tensors are there, in ``backward`` or ``grad``.

    Args:
        mode: ``"all"`` calls ``fn(gradients)`` with one for each of ``tensors``, None for those
            that this way back does not reach: at once when there are all, else at its end.
            ``"any"`` calls ``fn(gradient)`` with the first.

    Returns:
        A handle whose ``remove()`` takes the hook off all of them.

    Raises:
        ValueError: another ``mode``.
        RuntimeError: one of ``tensors`` does not require grad; with ``"any"`` it is left out.

    Example:

        >>> x = at.tensor(2.0, requires_grad=True)
        >>> y = at.tensor(3.0, requires_grad=True)
        >>> def show(gradients):
        ...     print([one.item() for one in gradients])
        >>> handle = at.autograd.graph.register_multi_grad_hook([x, y], show)
        >>> (x * y).backward()
        [3.0, 2.0]
    """
    if mode not in ("all", "any"):
        raise ValueError(f"register_multi_grad_hook: mode must be 'all' or 'any', got {mode!r}")
    gathering = _Gathering(len(tensors), fn, mode == "any")
    return _Handles(
        [
            register_hook(one, partial(gathering.arrive, at))
            for at, one in enumerate(tensors)
            if mode == "all" or one.requires_grad
        ]
    )


# -- hooks on what is saved ------------------------------------------------------------------------


class saved_tensors_hooks(Switch):
    """Inside it, what operators save for ``backward`` goes through two functions.

    Args:
        pack_hook: is given each Tensor as it is saved; what it returns is kept instead.
        unpack_hook: is given that when ``backward`` needs it, and returns the Tensor.

    Both run without recording.  A parameter is given as it is, the result of an operator without
    its history.  What was packed is not watched for writes in place.

    Raises:
        RuntimeError: on entering, within ``disable_saved_tensors_hooks``; in an operator,
            ``pack_hook`` wrote to what it was given.
        TypeError: in ``backward``, ``unpack_hook`` did not return a Tensor.

    Example:

        >>> x = at.tensor([1.0, 2.0], requires_grad=True)
        >>> with at.autograd.graph.saved_tensors_hooks(lambda t: t.half(), lambda t: t.float()):
        ...     y = (x * x).sum()  # keeps x in half the memory
        >>> y.backward()
        >>> x.grad
        tensor([2., 4.])
    """

    def __init__(
        self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]
    ) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    @property  # where other scopes have an attribute
    def _settings(self) -> dict[str, Any]:  # type: ignore[override]
        return {"pack": self._pack}  # kept, it would be a reference cycle

    def __enter__(self) -> Any:
        if modes().unhooked is not None:
            raise RuntimeError(modes().unhooked)
        watched[:] = [True]
        super().__enter__()
        return self

    def _pack(self, node: graph.Node) -> None:
        """Puts what the hook makes of them in the place of the values that ``node`` has saved."""
        place = weakref.ref(node)
        with Switch(grad_enabled=False, pack=None):  # what the hook does is its own affair
            node.edges = [
                (parent, _Unpacking(self, rule, saved, node.output, place), (_SAVED,))
                if any(isinstance(value, (Tensor, np.ndarray)) for value in saved)
                else (parent, rule, saved)
                for parent, rule, saved in node.edges or ()
            ]
        node.output = node.value = None


# So that the node still counts as one that has saved something, which the walk frees.
_SAVED = wrap(np.empty(0))


class _Unpacking:
    """A rule whose saved values are packed."""

    def __init__(
        self, hooks: saved_tensors_hooks, rule: Any, saved: Sequence[Any], output: Any, place: Any
    ) -> None:
        self.rule = rule
        self.unpack = hooks.unpack_hook
        self.place = place
        self.values = [
            (self._kind(value, output), _packed(hooks, _given(value)))
            if isinstance(value, (Tensor, np.ndarray))
            else (None, value)
            for value in saved
        ]

    def _kind(self, value: Any, output: Any) -> Any:
        """Where the unpacked value has its place in the graph: at a node or leaf; True for the
        output of this operator, False for nowhere."""
        if isinstance(value, Tensor) and value.requires_grad:
            return parent_of(value)
        return value is output

    def __call__(self, g: Any, *_: Any) -> Any:
        recording = modes().grad_enabled and any(isinstance(one, Tensor) for one in _parts(g))
        return self.rule(g, *[self._unpacked(one, recording) for one in self.values])

    def _unpacked(self, value: tuple[Any, Any], recording: bool) -> Any:
        kind, packed = value
        if kind is None:
            return packed
        with no_grad():
            tensor = self.unpack(packed)
        if not isinstance(tensor, Tensor):
            raise TypeError(
                "saved_tensors_hooks: the output of unpack_hook is expected to be a Tensor but has "
                f"type {type(tensor).__name__}"
            )
        if not recording or kind is False:
            return tensor.array
        if kind is True:
            return wrap(tensor.array, self.place())
        return record(tensor.array, "unpack", ((kind, _unchanged, ()),))


def _parts(g: Any) -> Any:
    return g if isinstance(g, graph.Bundle) else (g,)


def _unchanged(g: Any) -> Any:
    return g


def _given(value: Any) -> Tensor:
    """What a pack hook is given for a saved value."""
    if not isinstance(value, Tensor):
        return wrap(value)
    return value if value.node is None else wrap(value.array, value.node)


def _packed(hooks: saved_tensors_hooks, given: Tensor) -> Any:
    before = given._version
    packed = hooks.pack_hook(given)
    if given._version != before:
        raise RuntimeError(
            "saved_tensors_hooks: pack_hook has modified its input in place, which others use as "
            "well; write to a clone()"
        )
    return packed


def _copied(tensor: Tensor) -> Tensor:
    return wrap(tensor.array.copy())


class save_on_cpu(saved_tensors_hooks):
    """Inside it, what is saved for ``backward`` is copied, as PyTorch does from other devices.

    Both arguments are accepted and say nothing here.

    Example:

        >>> x = at.tensor([3.0], requires_grad=True)
        >>> with at.autograd.graph.save_on_cpu():
        ...     y = x * x
        >>> y.backward()
        >>> x.grad
        tensor([6.])
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(_copied, lambda packed: packed)


class allow_mutation_on_saved_tensors(saved_tensors_hooks):
    """Inside it, what is saved for ``backward`` may be written in place: it is copied as it is
    saved; in PyTorch, when it is written.

    Example:

        >>> x = at.tensor([3.0], requires_grad=True)
        >>> with at.autograd.graph.allow_mutation_on_saved_tensors():
        ...     y = x.exp().clone()
        ...     z = (y * y).sum()
        ...     _ = y.zero_()
        ...     z.backward()  # with y as it was
        >>> at.allclose(x.grad, 2 * at.exp(2 * at.tensor([3.0])))
        True
    """

    def __init__(self) -> None:
        super().__init__(_copied, lambda packed: packed)

    def clear(self) -> None:
        """Does nothing: the copies belong to the graph."""


class disable_saved_tensors_hooks(Switch):
    """Inside it, entering ``saved_tensors_hooks`` raises RuntimeError with this message; so does
    this within those.

    Example:

        >>> from autotensor.autograd.graph import disable_saved_tensors_hooks, save_on_cpu
        >>> with disable_saved_tensors_hooks("not here"):
        ...     with save_on_cpu():
        ...         pass
        Traceback (most recent call last):
            ...
        RuntimeError: not here
    """

    def __init__(self, error_message: str) -> None:
        super().__init__(unhooked=error_message)

    def __enter__(self) -> None:
        if modes().pack is not None:
            raise RuntimeError(self._settings["unhooked"])
        super().__enter__()


published(__name__, __all__)
