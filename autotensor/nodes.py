"""The graph as PyTorch shows it: ``tensor.grad_fn`` and the nodes behind it.

The engine's own nodes are made for speed.  A ``Node`` here is made when somebody asks for it; it
looks at one of them, or at a leaf, and is the same object for as long as anyone holds it.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autotensor.engine import graph
from autotensor.engine.backward import fitted
from autotensor.engine.graph import Bundle, into_bundle
from autotensor.engine.modes import Switch, call_out
from autotensor.engine.operator import declared
from autotensor.engine.tensor import Tensor, method, wrap
from autotensor.hooks import RemovableHandle, add_hook, add_to_leaf, at_the_end
from autotensor.importing import on_first_call
from autotensor.keywords import parameters
from autotensor.machine.threads import one_at_a_time

if TYPE_CHECKING:
    from autotensor.seeing.explaining import Explanation as Explanation

__all__: list[str] = []  # ``autograd.graph`` shows ``Node``

Gradients = tuple[Tensor | None, ...]

# What PyTorch calls the saved values that the rules here call so.
_SAVED = {"input": "self", "output": "result"}

_TITLES = {"TrueDivideBackward0": "DivBackward0"}


class Node:
    """One recorded operator, as ``grad_fn`` gives it: named ``MulBackward0`` and the like.

    Which operators a function consists of is this library's affair, so a graph need not have
    PyTorch's nodes.  Each output of ``split``, ``unbind``, ``var_mean`` and the like has its own
    one, whose hooks see the gradient of that output.

    The node of a ``Function`` has the attributes of its context.

    Example:

        >>> x = at.tensor(2.0, requires_grad=True)
        >>> y = (x * 3).exp()
        >>> y.grad_fn.name()
        'ExpBackward0'
        >>> product, _ = y.grad_fn.next_functions[0]
        >>> product.name()
        'MulBackward0'
    """

    __slots__ = ("__weakref__", "_source")

    def __init__(self, source: Any) -> None:
        self._source = source

    def name(self) -> str:
        """``'MulBackward0'``.

        Example:

            >>> x = at.ones(2, requires_grad=True)
            >>> x.sum().grad_fn.name()
            'SumBackward0'
        """
        return type(self).__name__

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce__(self) -> Any:
        raise TypeError(
            f"{type(self).__name__}: a node of the graph cannot be copied or pickled, because it "
            "belongs to Tensors that are here; pickle their values"
        )

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """Where gradients go from here: each node with the number of its output; for an argument
        without a gradient ``(None, 0)``.  At the end stand the ``AccumulateGrad`` of leaves.

        Example:

            >>> x = at.ones(2, requires_grad=True)
            >>> y = x.exp() * x.sin()
            >>> [(node.name(), number) for node, number in y.grad_fn.next_functions]
            [('ExpBackward0', 0), ('SinBackward0', 0)]
        """
        last = _last(self._source)
        call = self._call()
        if call is not None:
            pairs = zip(call.ctx.needs_input_grad, call.expected, strict=True)
            wanted: Sequence[Any] = [wish for wish, shape in pairs if shape is not None]
        else:
            wanted = (last.notes or {}).get("wanted") or _wanted(last)
        found = iter(last.parents)
        return tuple(_numbered(next(found)) if wish else (None, 0) for wish in wanted)

    @property
    def metadata(self) -> dict[str, Any]:
        """A dict to write to.

        Example:

            >>> x = at.ones(2, requires_grad=True)
            >>> y = x.exp()
            >>> y.grad_fn.metadata["line"] = 7
            >>> y.grad_fn.metadata
            {'line': 7}
        """
        return self._source.note("metadata", {})

    @property
    def requires_grad(self) -> bool:
        return True

    def register_hook(
        self, fn: Callable[[Gradients, Gradients], Gradients | Tensor | None]
    ) -> RemovableHandle:
        """Calls ``fn(grad_inputs, grad_outputs)`` when gradients have gone through this node.

        What it returns, unless None, takes the place of ``grad_inputs``.

        Example:

            >>> x = at.tensor(2.0, requires_grad=True)
            >>> y = x * 3
            >>> def show(grad_inputs, grad_outputs):
            ...     print(grad_outputs, "became", grad_inputs[0])
            >>> handle = y.grad_fn.register_hook(show)
            >>> y.backward()
            (tensor(1.),) became tensor(3.)
        """
        return add_hook(_around(self._source).after, fn)

    def register_prehook(
        self, fn: Callable[[Gradients], Gradients | Tensor | None]
    ) -> RemovableHandle:
        """Calls ``fn(grad_outputs)`` before gradients go through this node.

        What it returns, unless None, takes their place.

        Example:

            >>> x = at.tensor(2.0, requires_grad=True)
            >>> y = x * 3
            >>> handle = y.grad_fn.register_prehook(lambda gradients: (gradients[0] * 10,))
            >>> y.backward()
            >>> x.grad
            tensor(30.)
        """
        return add_hook(_around(self._source).before, fn)

    # -- what it has saved -------------------------------------------------------------------------

    def _call(self) -> Any:
        """For the node of a Function, the record of its call."""
        for _, rule, _ in _first(self._source).edges or ():
            while hasattr(rule, "rule"):  # which is around another
                rule = rule.rule
            call = getattr(rule, "__self__", None)
            if hasattr(call, "ctx"):
                return call
        return None

    def _kept(self) -> dict[str, Any]:
        if self._call() is not None:
            return {}
        found: dict[str, Any] = {}
        for _, rule, saved in _last(self._source).edges or ():
            names = parameters(rule)[1:] if hasattr(rule, "__code__") else ()
            for name, value in zip(names, saved, strict=False):
                tensor = wrap(value) if isinstance(value, np.ndarray) else value
                found.setdefault(f"_saved_{_SAVED.get(name, name)}", tensor)
        return found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_saved_"):
            if _last(self._source).edges is None:
                raise RuntimeError(
                    f"{self!r}: what it saved is freed; pass retain_graph=True to backward()"
                )
            saved = self._kept()
            if name in saved:
                return saved[name]
        elif not name.startswith("_") and (call := self._call()) is not None:
            if name == "saved_tensors":
                return call.saved_tensors()
            if hasattr(call.ctx, name):
                return getattr(call.ctx, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        call = self._call()
        more = self._kept() if call is None else ["saved_tensors", *vars(call.ctx)]
        return sorted({*super().__dir__(), *more})


class AccumulateGrad(Node):
    """The end of a graph: what comes here is added to the ``grad`` of the leaf ``variable``.

    Example:

        >>> x = at.tensor(2.0, requires_grad=True)
        >>> end, _ = (x * 3).grad_fn.next_functions[0]
        >>> end.variable is x
        True
    """

    __slots__ = ("_metadata",)

    def name(self) -> str:
        """``'torch::autograd::AccumulateGrad'``, as in PyTorch."""
        return f"torch::autograd::{type(self).__name__}"

    @property
    def variable(self) -> Tensor:
        """The leaf."""
        return self._source

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        return ()

    @property
    def metadata(self) -> dict[str, Any]:
        """A dict to write to, kept for as long as this object is."""
        if not hasattr(self, "_metadata"):
            self._metadata: dict[str, Any] = {}
        return self._metadata

    def register_hook(
        self, fn: Callable[[Gradients, Gradients], Gradients | Tensor | None]
    ) -> RemovableHandle:
        """Calls ``fn((), (gradient,))`` when ``backward`` has added to ``grad``."""

        def watch(gradient: Tensor) -> None:
            at_the_end(lambda filled: call_out(fn, (), (gradient,)) if filled else None)

        return add_to_leaf(self._source, watch, turn=2)

    def register_prehook(
        self, fn: Callable[[Gradients], Gradients | Tensor | None]
    ) -> RemovableHandle:
        """Calls ``fn((gradient,))`` before it is added to ``grad``, or given by ``autograd.grad``,
        where PyTorch does not; what it returns, unless None, takes its place."""

        def first(gradient: Tensor) -> Any:
            result = fn((gradient,))
            return result[0] if isinstance(result, tuple) else result

        return add_to_leaf(self._source, first, turn=1)

    def _call(self) -> Any:
        return None

    def _kept(self) -> dict[str, Any]:
        return {}


_shown: weakref.WeakValueDictionary[int, Node] = weakref.WeakValueDictionary()
"""By the identity of what they look at, which they keep alive."""


def node_of(source: Any) -> Any:
    """The ``Node`` that looks at one of the engine's, or at a leaf; None for None."""
    if source is None:
        return None
    with one_at_a_time[0]:
        found = _shown.get(id(source))
        if found is None:
            kind = AccumulateGrad if isinstance(source, Tensor) else _kind(_title(source))
            found = _shown[id(source)] = kind(source)
    return found


@functools.cache
def _kind(title: str) -> type[Node]:
    return type(title, (Node,), {"__slots__": (), "__module__": "autotensor.autograd.graph"})


def _title(source: graph.Node) -> str:
    """The name that PyTorch prints; without the number for a Function."""
    if Node(source)._call() is not None:
        return source.title[:-1]
    return _TITLES.get(source.title, source.title)


def _first(source: graph.Node) -> graph.Node:
    """The node that gets the gradients: of several outputs, that of all of them."""
    edges = source.edges
    return edges[0][0] if edges and edges[0][1] is into_bundle else source


def _last(source: graph.Node) -> graph.Node:
    """The node whose edges lead away from the operator, which may have several nodes."""
    while len(source.parents) == 1 and _is_inner(source.parents[0]):
        (source,) = source.parents
    return source


def _is_inner(parent: Any) -> bool:
    """Whether a node stands for no Tensor, so that it gets several gradients at once."""
    return parent.__class__ is graph.Node and parent.shape is None


def _wanted(node: graph.Node) -> list[bool]:
    """For each argument of an operator whether a gradient goes to it: one for each edge at least,
    for it is not known of all operators."""
    of_edges = [rule for _, rule, _ in node.edges or ()]
    rules = declared.get(node.name, ())
    wanted = [rule in of_edges for rule in rules] if len(rules) > 1 else []
    count = len(node.parents)
    return wanted if sum(wanted) == count else [True] * count


def _numbered(parent: Any) -> tuple[Node, int]:
    edges = None if isinstance(parent, Tensor) else parent.edges
    number = edges[0][2][1] if edges and edges[0][1] is into_bundle else 0
    return node_of(parent), number


# -- hooks -----------------------------------------------------------------------------------------


class _Around:
    """A rule that gives several gradients at once, and the hooks that run before and after it."""

    def __init__(self, rule: Callable[..., Bundle]) -> None:
        self.rule = rule
        self.before: dict[int, Any] = {}
        self.after: dict[int, Any] = {}

    def __call__(self, g: Any, *values: Any) -> Bundle:
        for hook in list(self.before.values()):
            (g,) = _replaced(hook, [g])
        bundle = self.rule(g, *values)
        for hook in list(self.after.values()):
            (bundle,) = _replaced(hook, [bundle], g)
        return bundle


def _around(source: graph.Node) -> _Around:
    """The hooks around the rules of a node, made when first asked for.

    The node is cut in two: the upper applies all the rules at once, the lower hands each parent its
    gradient, as for a Function, whose nodes are such from the beginning.
    """
    node = _first(source)
    for hook in list((node.notes or {}).get("hooks", {}).values()):
        if getattr(hook, "fills", False):
            hook()  # a checkpoint has taken away the rules, and gives them back
    if node.edges is None:
        return _Around(Bundle.part)  # freed: nothing will run
    if not (len(node.edges) == 1 and _is_inner(node.edges[0][0])):
        edges = node.edges
        lower = graph.Node()
        wanted = _wanted(node)
        places = [place for place, wish in enumerate(wanted) if wish]
        lower.name, lower.output, lower.storage = node.name, None, None
        lower.notes = {"wanted": wanted}
        graph.stands_inside(lower)
        lower.number = node.number - 0.5  # type: ignore[assignment]  # between it and its parents
        lower.edges = [
            (edge[0], Bundle.part, (at,)) for at, edge in zip(places, edges, strict=True)
        ]
        parents = [edge[0].array if isinstance(edge[0], Tensor) else edge[0] for edge in edges]
        steps = [
            _Step(at, rule, len(saved), parent.shape, parent.dtype)
            for at, (_, rule, saved), parent in zip(places, edges, parents, strict=True)
        ]
        everything = tuple(value for _, _, saved in edges for value in saved)
        apply = functools.partial(_all_rules, len(wanted), steps)
        node.edges = ((lower, apply, everything),)
    ((below, rule, saved),) = node.edges
    around = rule if isinstance(rule, _Around) else _Around(rule)
    node.edges = ((below, around, saved),)
    return around


class _Step(NamedTuple):
    """One of the rules of a node that has been cut in two."""

    place: int  # of its argument
    rule: Callable[..., Any]
    values: int  # how many it has saved
    shape: Any
    dtype: Any


def _all_rules(count: int, steps: list[_Step], g: Any, *values: Any) -> Bundle:
    """The gradients by ``count`` arguments; each rule gets its own ones of ``values``."""
    parts = {}
    given = iter(values)
    for step in steps:
        gradient = step.rule(g, *[next(given) for _ in range(step.values)])
        if gradient is not None:
            parts[step.place] = fitted(gradient, step.shape, step.dtype)
    return Bundle(count, parts)


def _replaced(hook: Callable[..., Any], gradients: list[Any], *others: Any) -> list[Any]:
    """``gradients``, one array, Tensor or Bundle, or what ``hook`` makes of it.  The hook is given
    tuples of Tensors, also of ``others``."""
    before = gradients[0]
    given = [_as_tuple(one) for one in (before, *others)]
    recording = any(isinstance(one, Tensor) for one in _parts(before))
    with Switch(grad_enabled=recording):
        result = call_out(hook, *given)
    if result is None:
        return gradients
    result = result if isinstance(result, tuple) else (result,)
    wrong = len(result) != len(given[0])
    for old, new in zip(given[0], result, strict=False):
        if old is None or new is None:
            continue
        wrong = wrong or not isinstance(new, Tensor) or new.shape != old.shape
    if wrong:
        shapes = [one and one.shape for one in given[0]]
        raise RuntimeError(
            f"a hook on a node must return None or a tuple of gradients of shapes {shapes}, got "
            f"{[getattr(one, 'shape', type(one).__name__) for one in result]}"
        )
    parts = {
        at: one if recording else one.array for at, one in enumerate(result) if one is not None
    }
    if isinstance(before, Bundle):
        return [Bundle(before.count, parts)]
    return [parts[0] if parts else before * 0]


def _parts(gradient: Any) -> list[Any]:
    return list(gradient) if isinstance(gradient, Bundle) else [gradient]


def _as_tuple(gradient: Any) -> Gradients:
    return tuple(
        one if one is None or isinstance(one, Tensor) else wrap(np.asarray(one))
        for one in _parts(gradient)
    )


def grad_fn(self: Tensor) -> Node | None:
    """The graph's record of the operator that made this Tensor; None for a leaf.

    Example:

        >>> x = at.ones(2, requires_grad=True)
        >>> x.grad_fn is None, x.exp().grad_fn.name()
        (True, 'ExpBackward0')
    """
    return node_of(self.made_by)


def output_nr(self: Tensor) -> int:
    """Which output of its operator this Tensor is.

    Example:

        >>> x = at.arange(4.0, requires_grad=True)
        >>> values, order = x.sort()
        >>> values.output_nr
        0
    """
    return 0 if self.is_leaf else _numbered(self.node)[1]


method(property(grad_fn), "grad_fn")
method(property(output_nr), "output_nr")


_explained = on_first_call("autotensor.seeing.explaining", "explained")


@method
def explain(
    self: Tensor, gradient: Tensor | None = None, depth: int | None = None, limit: int = 24
) -> Explanation:
    """The backward pass from this Tensor, operator by operator, in the order in which it runs.

    For each operator: its formula and its value, the gradient that comes in, what it has kept, and
    by which rule what gradient goes out to whom; for few numbers with these in the formulas, so
    that one can follow with a pencil.  A gradient that is summed up because an argument was
    broadcast, and gradients that are added up where a Tensor was used several times, are told of.

    The gradients are those of ``backward``, to the last bit.  No ``grad`` is changed, no hook is
    called, and the graph stays as it is; a ``backward`` written by a user does run.  After a
    ``backward`` that freed the graph it shows what is still known.

    Args:
        gradient: as for ``backward``; of the shape of this Tensor, which may be left out for a
            scalar.
        depth: sum up by Modules: 0 for the outermost, 1 for its parts, and so on.
        limit: of more operators than this, those in the middle are left out of the text.

    Returns:
        What ``print`` and notebooks show; ``steps`` has it as data, ``gradients`` those of the
        leaves.

    Raises:
        RuntimeError: this Tensor does not require grad, or is no scalar and has no ``gradient``, or
            a saved value was overwritten in place.
        ValueError: ``depth`` or ``limit`` is no whole number from 0 on.

    Example:

        >>> w, x = at.tensor(2.0, requires_grad=True), at.tensor(3.0)
        >>> step = (w * x).explain().steps[0]
        >>> step.numbers, step.outgoing[0].numbers
        ('2 · 3', '1 · 3')
    """
    return _explained(self, gradient, depth, limit)
