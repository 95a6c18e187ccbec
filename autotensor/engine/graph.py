"""The graph: what is recorded while a program computes.

Every recorded operator leaves a ``Node``.  A node has one *edge* for each input that wants a
gradient: ``(parent, rule, saved)``, where ``parent`` is the node (or, for a leaf, the Tensor) that
the gradient goes to and ``rule(g, *saved)`` computes it from the gradient ``g`` of the output: a
vector-Jacobian product (VJP).

The graph belongs to the Tensors: a node holds its parents, a Tensor holds its node, nothing holds a
Tensor.  So it goes when the last Tensor goes, by reference count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autotensor.engine.modes import modes, watched
from autotensor.engine.storage import Storage, clock
from autotensor.engine.tensor import Tensor, new, wrap
from autotensor.machine.threads import one_at_a_time

__all__ = [
    "Bundle", "Edge", "Node", "into_bundle", "record", "record_from", "record_several",
    "stands_inside",
]  # fmt: skip

Rule = Callable[..., Any]
Edge = tuple[Any, Rule, tuple[Any, ...]]
Calls = tuple[Any, int, "Calls"] | None
"""A weak reference to a Module and its class, the clock's time when it was called, and the call
inside of that which ended with the same output.  What the call recorded lies behind its output and
is younger."""


class Node:
    """One recorded operator: what made a Tensor, and how a gradient goes back through it.

    Example:

        >>> x = at.tensor(2.0, requires_grad=True)
        >>> node = (x * 3).node
        >>> node.name, node.shape
        ('mul', ())
        >>> [parent is x for parent, rule, saved in node.edges]
        [True]
    """

    __slots__ = (
        "__weakref__",
        "calls",
        "dtype",
        "edges",
        "gradient",
        "name",
        "notes",
        "number",
        "output",
        "past",
        "shape",
        "storage",
        "value",
    )

    name: str
    edges: Sequence[Edge] | None  # None once its saved values are freed
    shape: tuple[int, ...] | None  # of the output
    dtype: np.dtype | None
    number: int
    output: np.ndarray | None  # the output's own array, if a rule asked for it
    storage: Storage | None  # the output's, once it has one: tells whether it was written
    notes: dict[str, Any] | None  # what few nodes have: hooks, a retained gradient, a trace

    # For who looks at the graph; the walk needs none of these.
    calls: Calls  # of the Modules whose output this is
    value: np.ndarray | None  # the output, if it is tiny; ``storage`` says whether it was written
    gradient: np.ndarray  # not set until ``backward`` brings one to a tiny output
    past: Sequence[Any]  # the parents, once the edges are freed

    def __repr__(self) -> str:
        return f"<{self.title}>"

    @property
    def parents(self) -> tuple[Any, ...]:
        """The nodes and leaves that a gradient goes on to, also when the saved values are freed.

        Example:

            >>> x = at.ones(1, requires_grad=True)
            >>> exponential, leaf = (x.exp() + x).node.parents
            >>> exponential, leaf is x
            (<ExpBackward0>, True)
        """
        return tuple(self.past if self.edges is None else [edge[0] for edge in self.edges])

    @property
    def title(self) -> str:
        """The name that PyTorch prints: ``MulBackward0``.

        Example:

            >>> x = at.ones(1, requires_grad=True)
            >>> x.exp().node.title
            'ExpBackward0'
        """
        return "".join(word[:1].upper() + word[1:] for word in self.name.split("_")) + "Backward0"

    def note(self, key: str, default: Any) -> Any:
        """The entry ``key`` of ``notes``, made as ``default`` if it is missing."""
        with one_at_a_time[0]:
            self.notes = self.notes or {}
            return self.notes.setdefault(key, default)


class Bundle:
    """The gradient of an operator with several outputs: some of the ``count`` are present.

    Each output has a node of its own whose rule puts its gradient in a Bundle; adding them up
    gathers all gradients before the operator's rule runs.

    Example:

        >>> from autotensor.extend import Bundle
        >>> both = Bundle(2, {0: 1.0}) + Bundle(2, {0: 2.0, 1: 5.0})
        >>> list(both)
        [3.0, 5.0]
        >>> list(Bundle(2, {1: 5.0}))  # nothing came to the first output
        [None, 5.0]
    """

    __slots__ = ("count", "parts")

    shape = dtype = None  # matches the shape and dtype of the operator's node
    base = True  # never taken for a fresh array

    def __init__(self, count: int, parts: dict[int, Any]) -> None:
        self.count = count
        self.parts = parts

    def __add__(self, other: Bundle) -> Bundle:
        parts = dict(self.parts)
        for index, part in other.parts.items():
            parts[index] = parts[index] + part if index in parts else part
        return Bundle(self.count, parts)

    def __iter__(self) -> Iterator[Any]:
        return iter([self.parts.get(index) for index in range(self.count)])

    def part(self, index: int) -> Any:
        """The gradient at ``index`` or None: a rule, for nodes that are given a Bundle."""
        return self.parts.get(index)


def record(
    output: np.ndarray, name: str, edges: Sequence[Edge], kept: np.ndarray | None = None
) -> Tensor:
    """``output`` as a Tensor whose node is new, with these edges.

    ``kept`` is ``output`` when some rule asked for it: the node holds the array, not the Tensor, so
    that the two form no reference cycle and memory returns without the garbage collector.

    Example:

        >>> from autotensor.extend import parent_of, record
        >>> x = at.tensor([1.0, 2.0], requires_grad=True)
        >>> y = record(x.array * 3, "threefold", [(parent_of(x), lambda g: 3 * g, ())])
        >>> y.sum().backward()
        >>> y, x.grad
        (tensor([3., 6.], grad_fn=<ThreefoldBackward0>), tensor([3., 3.]))
    """
    node = Node()
    node.name = name
    node.edges = edges
    node.shape = output.shape
    node.dtype = output.dtype
    node.number = next(clock)
    node.output = kept
    node.storage = node.notes = node.calls = None
    # So that a graph can be read.  Not of a view, which would hold on to all of its base.
    node.value = output if output.size <= 8 and output.base is None else None
    if watched:
        if modes().anomaly is not None:
            modes().anomaly.recorded(node, output)
        if modes().pack is not None:
            modes().pack(node)
    # What ``wrap`` does, spelt out: this is the hottest place of all, and a call is 4 % of it.
    out = new(Tensor)
    out.array = output
    out._requires_grad = True
    out.node = node
    out._grad = out._storage = out.view_of = out.hooks = None
    return out


def parent_of(tensor: Tensor) -> Any:
    """Where the gradient of ``tensor`` goes: its node, or itself for a leaf.

    Example:

        >>> from autotensor.extend import parent_of
        >>> x = at.ones(2, requires_grad=True)
        >>> y = x.exp()
        >>> parent_of(x) is x, parent_of(y)
        (True, <ExpBackward0>)
    """
    return tensor if tensor.node is None else tensor.node


def record_from(
    name: str, output: np.ndarray, inputs: Sequence[Any], rules: Sequence[tuple[Rule, tuple]]
) -> Tensor:
    """``output`` as a Tensor computed from ``inputs``, each with its own ``(rule, saved)``.

    For operators that take a list of Tensors; a rule must not ask for the output.
    """
    edges = []
    if modes().grad_enabled and output.dtype.kind == "f":
        for source, (rule, saved) in zip(inputs, rules, strict=True):
            if isinstance(source, Tensor) and source.requires_grad:
                edges.append((parent_of(source), rule, saved))
    return record(output, name, edges) if edges else wrap(output)


def stands_inside(node: Node) -> Node:
    """``node``, which from now on stands for no Tensor: it is within an operator, and gets the
    gradients of several things at once, in a ``Bundle``."""
    node.shape = node.dtype = node.value = None
    return node


def record_several(
    outputs: Sequence[np.ndarray], name: str, edges: Sequence[Edge]
) -> tuple[Tensor, ...]:
    """Tensors for the outputs of one operator; its rules get a ``Bundle`` of all their gradients.

    The gradient of an output that was not used is None in the Bundle.

    Example:

        >>> from autotensor.extend import parent_of, record_several
        >>> x = at.tensor([2.0, 3.0], requires_grad=True)
        >>> def rule(bundle, x):
        ...     square, cube = bundle  # the gradients of both outputs, or None
        ...     return square * 2 * x
        >>> outputs = (x.array**2, x.array**3)
        >>> square, cube = record_several(outputs, "powers", [(parent_of(x), rule, (x,))])
        >>> square.sum().backward()
        >>> x.grad
        tensor([4., 6.])
    """
    from_all = stands_inside(record(np.empty(0), name, edges).node)
    count = len(outputs)
    results = []
    for index, output in enumerate(outputs):
        edge = (from_all, into_bundle, (count, index))
        results.append(record(output, name, (edge,)) if output.dtype.kind == "f" else wrap(output))
    return tuple(results)


def into_bundle(g: Any, count: int, index: int) -> Any:
    return Bundle(count, {index: g})
