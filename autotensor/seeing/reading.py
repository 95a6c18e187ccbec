"""The recorded graph, read for those who look at it: ``read(loss)``.

The engine's nodes are made for speed.  Here each operator is one ``Step``, however many nodes it
has: one for each of several outputs, one where their gradients meet, one that hands on those of a
``Function``.  A step knows what its gradients go to, by which argument, and in which calls of
Modules it was recorded.  Nothing is computed, and the graph stays as it is.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import numpy as np

from autotensor.engine.graph import Bundle, Node, into_bundle
from autotensor.engine.operator import declared
from autotensor.engine.tensor import Tensor
from autotensor.keywords import parameters
from autotensor.parameter import Parameter
from autotensor.remedies import type_name
from autotensor.seeing.formulas import formula_of, operator_of
from autotensor.seeing.networks import dotted, networks, title_of

__all__ = [
    "TINY",
    "Call",
    "Graph",
    "Leaf",
    "Source",
    "Step",
    "behind",
    "checked_names",
    "read",
    "tensors_among",
    "variables",
]

TINY = 8
"""Of so many numbers at most the values are known; see ``engine/graph.py``."""


@dataclass(eq=False)
class Call:
    """One call of a Module, with what it recorded."""

    number: int
    """The clock's time when it began, which no other call has."""
    module: Any
    """None when it is gone."""
    type: str
    """The Module's class."""
    path: str = ""
    """The dotted name from the outermost living Module on; empty for that itself."""
    outer: Call | None = None
    """The call that this one was made in."""
    turn: int = 1
    """Which of the calls of its Module that are in the graph, from 1."""
    turns: int = 1
    """How many of these there are."""

    @property
    def chain(self) -> tuple[Call, ...]:
        """All calls that it was made in, the outermost first, and itself."""
        return (*(self.outer.chain if self.outer else ()), self)


@dataclass(eq=False)
class Leaf:
    """Where a gradient ends: a parameter, or another Tensor that requires one."""

    tensor: Tensor
    name: str | None = None
    """Given by the user, or the dotted name in a Module, or that of the caller's variable."""
    uses: int = 0
    """How many arguments of steps it is."""

    @property
    def kind(self) -> str:
        """``parameter`` of a Module, ``input``, or ``constant``, which has no gradient."""
        if not self.tensor.requires_grad:
            return "constant"
        return "parameter" if isinstance(self.tensor, Parameter) else "input"

    @property
    def shape(self) -> tuple[int, ...]:
        return self.tensor.array.shape

    @property
    def dtype(self) -> np.dtype:
        return self.tensor.array.dtype

    @property
    def value(self) -> np.ndarray | None:
        """The numbers, if they are few."""
        return self.tensor.array if self.tensor.array.size <= TINY else None

    @property
    def gradient(self) -> np.ndarray | None:
        """``grad``, if it is there."""
        held = self.tensor._grad
        return None if held is None else held.array


@dataclass(eq=False)
class Source:
    """An argument of a step that its gradient goes to."""

    place: Step | Leaf
    output: int = 0
    """Which output of that step."""
    argument: str | None = None
    """The operator's name for it; None where that is not known."""
    rule: Any = None
    """The derivative rule; None once it is freed, or where one rule gives several gradients."""
    kept: dict[str, Any] = field(default_factory=dict)
    """What the rule asked for, by name: arrays, Tensors, numbers."""

    @property
    def name(self) -> str | None:
        """Of the Tensor that the argument is."""
        return _name_at(self.place, self.output)

    @property
    def value(self) -> np.ndarray | None:
        """Its numbers, if they are few and known."""
        place = self.place
        return place.value if isinstance(place, Leaf) else value_of(place.outputs[self.output])


@dataclass(eq=False)
class Step:
    """One recorded operator."""

    operator: str
    nodes: tuple[Node, ...]
    """The engine's, the outputs' first."""
    outputs: dict[int, Node]
    """By number, those of its outputs that the graph reaches: one, for most operators."""
    count: int = 1
    """Of all its outputs, as far as is known."""
    sources: list[Source] = field(default_factory=list)
    calls: tuple[Call, ...] = ()
    """Those that it was recorded in, the outermost first."""
    names: dict[int, str] = field(default_factory=dict)
    """Of the Tensors that it made, by output: given by the user, or the caller's variables."""

    @property
    def name(self) -> str | None:
        """That of the Tensor that it made, or those of all that have one."""
        return ", ".join(name for _, name in sorted(self.names.items())) or None

    @property
    def number(self) -> float:
        """The clock's time when it was recorded."""
        return self.nodes[len(self.outputs) - 1].number

    @property
    def node(self) -> Node:
        """That of the first output there is."""
        return self.outputs[min(self.outputs)]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.node.shape or ()

    @property
    def dtype(self) -> np.dtype | None:
        return self.node.dtype

    @property
    def value(self) -> np.ndarray | None:
        """The numbers, if they are few and nobody has written there since."""
        return value_of(self.node)

    @property
    def gradient(self) -> np.ndarray | None:
        """What the last ``backward`` brought here, if known: to few numbers, or retained."""
        return gradient_of(self.node)

    @property
    def freed(self) -> bool:
        """Whether ``backward`` has freed what it saved."""
        return any(node.edges is None for node in self.nodes)

    @property
    def path(self) -> str:
        """That of the Module it was recorded in."""
        return self.calls[-1].path if self.calls else ""


@dataclass(eq=False)
class Root:
    """A Tensor that was asked for: an output of a step, or a leaf."""

    place: Step | Leaf
    output: int
    tensor: Tensor

    @property
    def name(self) -> str | None:
        return _name_at(self.place, self.output)


@dataclass(eq=False)
class Graph:
    """All that leads to some Tensors."""

    roots: list[Root]
    steps: list[Step]
    """The newest first: the order of ``backward``."""
    leaves: list[Leaf]
    """In the order of their first use."""
    calls: list[Call]
    """Of Modules, in the order in which they began."""


def _name_at(place: Step | Leaf, output: int) -> str | None:
    return place.name if isinstance(place, Leaf) else place.names.get(output)


def value_of(node: Node) -> np.ndarray | None:
    """The numbers of an output, if they are few and nobody has written there since."""
    written = node.storage is not None and node.storage.written > node.number
    return None if written else node.value


def gradient_of(node: Node) -> np.ndarray | None:
    """What the last ``backward`` brought to an output, if that is known."""
    kept = (node.notes or {}).get("retain")
    tensor = kept() if kept else None
    if tensor is not None and tensor._grad is not None:
        return tensor._grad.array
    return getattr(node, "gradient", None)


# -- reading ---------------------------------------------------------------------------------------


def read(
    tensors: Any,
    names: Mapping[str, Any] | None = None,
    *,
    start: Iterable[Tensor] = (),
    caller: str = "read",
) -> Graph:
    """The graph behind one Tensor or several: a list, a tuple, a dict, also nested.

    Args:
        names: Tensors, and Modules, by the names to show them under.
        start: computed Tensors to take for leaves, so that what is behind them is left out.
        caller: the function to name in errors.

    Raises:
        TypeError: something else than Tensors, or a name for something else.
    """
    named = checked_names(names, caller)
    given = tensors_among(tensors, caller)
    ends = {one.made_by: one for one in start if one.made_by is not None}
    nodes = behind([one.made_by for one in given], ends)
    calls = _calls(nodes)
    reader = _Reader(ends)
    for node in nodes:
        reader.take(node)
    for core in reader.cores():
        reader.make(core)
    for step in reader.steps.values():
        inside = {call for node in step.nodes for call in calls.get(node, ())}
        step.calls = tuple(sorted(inside, key=lambda call: call.number))
        step.sources = [reader.source(step, at) for at in range(len(reader.edges_of(step)))]
    steps = sorted(reader.steps.values(), key=lambda step: -step.number)
    roots = [reader.root(one) for one in given]
    leaves = reader.leaves_in_order(steps, roots)
    met = sorted({one for step in steps for one in step.calls}, key=lambda call: call.number)
    _nest(steps, met)
    graph = Graph(roots, steps, leaves, met)
    _name(graph, named)
    return graph


def tensors_among(value: Any, caller: str) -> list[Tensor]:
    """The Tensors in a nest of lists, tuples and dicts; other things in it are refused."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [one for part in value for one in tensors_among(part, caller) if one is not None]
    raise TypeError(
        f"{caller}: expected a Tensor, several in a list, tuple or dict, or a Module, got "
        f"{type_name(value)}"
    )


def behind(roots: Iterable[Node | None], ends: Iterable[Node] = ()) -> list[Node]:
    """All of the engine's nodes that lead to some, the newest first."""
    stop = set(ends)
    reached = {node for node in roots if node is not None} - stop
    stack = list(reached)
    while stack:
        for parent in stack.pop().parents:
            if parent.__class__ is Node and parent not in reached and parent not in stop:
                reached.add(parent)
                stack.append(parent)
    return sorted(reached, key=lambda node: -node.number)


def _is_inner(place: Any) -> bool:
    """Whether a node stands for no Tensor: it belongs to the operator of those before it."""
    return place.__class__ is Node and place.shape is None


class _Reader:
    """Makes one step of the nodes that belong together."""

    def __init__(self, ends: Mapping[Node, Tensor]) -> None:
        self.ends = ends
        self.leaves: dict[int, Leaf] = {}
        self.steps: dict[Node, Step] = {}  # by core
        self.outputs: dict[Node, list[Node]] = {}

    def take(self, node: Node) -> None:
        """Notes a node that is an output of its core."""
        if node.shape is not None:
            self.outputs.setdefault(core_of(node), []).append(node)

    def cores(self) -> list[Node]:
        return list(self.outputs)

    def make(self, core: Node) -> None:
        outputs, count = self.outputs[core], 1
        places: dict[int, Node] = {}
        for at, node in enumerate(sorted(outputs, key=lambda one: one.number)):
            edges = node.edges
            if edges and edges[0][1] is into_bundle:
                count, at = edges[0][2]
            places[at] = node
        inner, last = [], core
        if _is_inner(core):
            inner.append(core)
        while len(last.parents) == 1 and _is_inner(last.parents[0]):
            (last,) = last.parents
            inner.append(last)
        nodes = (*(places[at] for at in sorted(places)), *inner)
        most = max(count, *(at + 1 for at in places))
        self.steps[core] = Step(nodes[0].name, nodes, places, most)

    def edges_of(self, step: Step) -> Sequence[Any]:
        return step.nodes[-1].parents

    def source(self, step: Step, at: int) -> Source:
        """Its argument number ``at`` of those that want a gradient."""
        last = step.nodes[-1]
        found = self.place(last.parents[at])
        argument = arguments_of(step)[at]
        if last.edges is None:
            return Source(*found, argument)
        _, rule, saved = last.edges[at]
        if rule is Bundle.part:
            return Source(*found, argument)
        named = parameters(unwrapped(rule))[1:] if hasattr(unwrapped(rule), "__code__") else ()
        return Source(*found, argument, rule, dict(zip(named, saved, strict=False)))

    def place(self, parent: Any) -> tuple[Step | Leaf, int]:
        """The step or leaf, and the number of the output, that a gradient goes to."""
        if parent.__class__ is Node and parent in self.ends:
            parent = self.ends[parent]
        if isinstance(parent, Tensor):
            return self.leaves.setdefault(id(parent), Leaf(parent)), 0
        step = self.steps[core_of(parent)]
        return step, next(at for at, node in step.outputs.items() if node is parent)

    def root(self, tensor: Tensor) -> Root:
        node = tensor.made_by
        return Root(*self.place(tensor if node is None else node), tensor)

    def leaves_in_order(self, steps: Sequence[Step], roots: Iterable[Root]) -> list[Leaf]:
        for step in steps:
            for source in step.sources:
                if isinstance(source.place, Leaf):
                    source.place.uses += 1
        places = [source.place for step in reversed(steps) for source in step.sources]
        places += [root.place for root in roots]
        return list(dict.fromkeys(place for place in places if isinstance(place, Leaf)))


def core_of(node: Node) -> Node:
    """The node that all outputs of an operator share: itself, if there is only one."""
    parents = node.parents
    return parents[0] if len(parents) == 1 and _is_inner(parents[0]) else node


# -- operators and arguments -----------------------------------------------------------------------


def unwrapped(rule: Any) -> Any:
    """The declared rule in what a checkpoint or a hook has put around it."""
    while True:
        if hasattr(rule, "rule"):
            rule = rule.rule
        elif isinstance(rule, functools.partial) and rule.args and callable(rule.args[0]):
            rule = rule.args[0]
        else:
            return rule


def arguments_of(step: Step) -> list[str | None]:
    """For each edge of an operator, the argument that it belongs to."""
    first, last = step.nodes[len(step.outputs) - 1], step.nodes[-1]
    count = len(last.parents)
    names = argument_names(first.name)
    rules = declared.get(first.name, ())
    edges = last.edges
    if first.name.endswith("_"):  # a write in place: of the base, where that has one, and to it
        return [*(None, "base", "value")[-count:]] if count < 3 else [None] * count
    if edges is not None and all(rule is Bundle.part for _, rule, _ in edges):
        call = function_call(step.nodes)
        if call is not None:
            given = parameters(call.function.forward)
            names = tuple(given[len(given) - len(call.expected) :])
        return [names[at] if at < len(names) else None for _, _, (at, *_) in edges]
    if edges is not None and len(names) == len(rules):
        found: list[str | None] = []
        start = 0
        for _, rule, _ in edges:
            places = [at for at in range(start, len(rules)) if rules[at] is unwrapped(rule)]
            if not places:
                break
            found.append(names[places[0]])
            start = places[0] + 1
        if len(found) == count:
            return found
    return [*names] if len(names) == count else [None] * count


def function_call(nodes: Iterable[Node]) -> Any:
    """The record of the call of a user's Function that has these nodes; None if it is none, or if
    ``backward`` has freed it."""
    for node in nodes:
        for _, rule, _ in node.edges or ():
            call = getattr(unwrapped(rule), "__self__", None)
            if hasattr(call, "ctx") and hasattr(call, "expected"):
                return call
    return None


@functools.cache
def argument_names(operator: str) -> tuple[str, ...]:
    """What an operator calls the arguments it has rules for, in their order; nothing where that is
    not known."""
    names = tuple(formula_of(operator).derivatives)
    rules = [rule for rule in declared.get(operator, ()) if rule is not None]
    if rules and len(names) == len(rules):
        return names
    try:
        taken = tuple(inspect.signature(operator_of(operator) or len).parameters)
    except (TypeError, ValueError):
        return ()
    if rules:  # without a formula: of one or two, they are the first
        return taken[: len(rules)] if len(rules) < 3 else ()
    return names if set(names) <= set(taken) else ()


# -- calls of Modules ------------------------------------------------------------------------------


def _calls(nodes: Sequence[Node]) -> dict[Node, set[Call]]:
    """By node, the calls that it was recorded in: it lies behind their outputs, and is younger."""
    known: dict[int, Call] = {}
    inside: dict[Node, set[Call]] = {}
    for node in nodes:
        here = inside.setdefault(node, set())
        ended = getattr(node, "calls", None)
        while ended is not None:
            (module, kind), number, ended = ended
            call = known.get(number)
            if call is None:
                call = known[number] = Call(number, module(), kind.__name__)
            if node.number > number:
                here.add(call)
        if not here:
            continue
        for parent in node.parents:
            if parent.__class__ is Node:
                younger = {call for call in here if parent.number > call.number}
                inside.setdefault(parent, set()).update(younger)
    return inside


def _nest(steps: Iterable[Step], calls: Sequence[Call]) -> None:
    """Finds the call that each was made in, and counts those of one Module."""
    for step in steps:
        for outer, inner in zip(step.calls, step.calls[1:], strict=False):
            # The innermost one that has all of it.
            if inner.outer is None or outer.number > inner.outer.number:
                inner.outer = outer
    turns: dict[int, list[Call]] = {}
    for call in calls:
        if call.module is not None:
            turns.setdefault(id(call.module), []).append(call)
    for same in turns.values():
        for at, call in enumerate(same, 1):
            call.turn, call.turns = at, len(same)


# -- names -----------------------------------------------------------------------------------------


def checked_names(names: Any, caller: str) -> Mapping[str, Any]:
    """``names``, nothing for None; what is no dict of Tensors and Modules by name is refused."""
    if names is None:
        return {}
    kinds = (Tensor, networks[0].module) if networks else (Tensor,)
    wrong = type_name(names)
    if isinstance(names, Mapping):
        for name, one in names.items():
            if not isinstance(name, str) or not isinstance(one, kinds):
                wrong = f"{name!r}: {type_name(one)}"
                break
        else:
            return names
    raise TypeError(
        f"{caller}: names must be a dict of Tensors and Modules by their names, got {wrong}"
    )


def _name(graph: Graph, given: Mapping[str, Any]) -> None:
    """Gives names to leaves, steps and calls: the user's, then those of Modules, then variables."""
    _name_tensors(graph, given)
    for leaf in graph.leaves:
        own = vars(leaf.tensor).get("name")
        if leaf.name is None and isinstance(own, str):
            leaf.name = own
    _name_parts(graph, {id(one): name for name, one in given.items()})
    _name_tensors(graph, variables())


def _name_parts(graph: Graph, prefixes: Mapping[int, str]) -> None:
    """Names of parameters and Modules, by way of ``nn``."""
    leaves = [leaf.tensor for leaf in graph.leaves if leaf.kind == "parameter" or leaf.name is None]
    modules = [call.module for call in graph.calls if call.module is not None]
    if not networks or not (modules or any(leaf.kind == "parameter" for leaf in graph.leaves)):
        return
    found = networks[0].names(leaves, modules)
    roots = list({id(root): root for root, _ in found.values()}.values())
    named = {
        key: dotted(prefixes.get(id(root), title_of(root, roots)), name)
        for key, (root, name) in found.items()
    }
    for leaf in graph.leaves:
        leaf.name = leaf.name or named.get(id(leaf.tensor))
    for call in graph.calls:
        call.path = named.get(id(call.module), "")


def _name_tensors(graph: Graph, given: Mapping[str, Any]) -> None:
    leaves = {id(leaf.tensor): leaf for leaf in graph.leaves}
    made: dict[Any, tuple[Step, int]] = {
        node: (step, at) for step in graph.steps for at, node in step.outputs.items()
    }
    for name, one in given.items():
        if not isinstance(one, Tensor):
            continue
        leaf = leaves.get(id(one))
        if leaf is not None:
            leaf.name = leaf.name or name
        elif one.node in made:  # not ``made_by``, which brings a view up to date
            step, output = made[one.node]
            step.names.setdefault(output, name)


def variables() -> dict[str, Any]:
    """The variables where the user's program has called us, those of the function first."""
    frame: FrameType | None = sys._getframe(1)
    ours = __name__.partition(".")[0]
    while frame is not None and _is_ours(frame.f_globals.get("__name__", ""), ours):
        frame = frame.f_back
    if frame is None:
        return {}
    own = frame.f_locals
    everything = [*own.items(), *frame.f_globals.items()]
    if sys.version_info < (3, 13) and frame.f_code.co_flags & inspect.CO_OPTIMIZED:
        own.clear()  # a copy, which the frame would keep, and all Tensors with it
    found: dict[str, Tensor] = {}
    for name, one in everything:
        if isinstance(one, Tensor) and not name.startswith("_"):
            found.setdefault(name, one)
    return found


def _is_ours(module: str, ours: str) -> bool:
    return f"{module}.".startswith((f"{ours}.", "nn.", "functools."))
