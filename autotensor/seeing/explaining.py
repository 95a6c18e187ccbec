"""``tensor.explain()``: the backward pass, operator by operator, in the order in which it runs.

The graph is walked as ``engine/backward.py`` walks it, with the same rules in the same order, so
the gradients are the same to the last bit.  What differs: every step is written down, nothing is
freed, no ``grad`` is touched, and hooks are left out, for they may do anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from autotensor.engine.backward import first_gradients, fitted, overwritten
from autotensor.engine.graph import Bundle, Node
from autotensor.engine.tensor import Tensor, wrap
from autotensor.importing import on_first_call
from autotensor.machine.error_state import ignored, numpy_errors
from autotensor.overlaps import touched
from autotensor.parameter import Parameter
from autotensor.seeing.formulas import Formula, formula_of
from autotensor.seeing.numbers_in import figure, filled, renamed
from autotensor.seeing.reading import Call, Graph, Leaf, Source, Step, behind, read, variables

__all__ = ["ExplainedStep", "Explanation", "Kept", "ModuleSum", "Outgoing", "explained"]

as_page = on_first_call("autotensor.seeing.telling", "as_page")
as_text = on_first_call("autotensor.seeing.telling", "as_text")
for_terminal = on_first_call("autotensor.seeing.telling", "for_terminal")

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

LARGE = 1_000_000
"""Gradients of more numbers than this are told of, not kept."""


@dataclass(frozen=True)
class Kept:
    """A value that an operator has saved for its rules."""

    name: str
    """What the rule calls it, or the user; empty where it has no name."""
    shape: tuple[int, ...]
    dtype: str
    nbytes: int
    value: np.ndarray | None
    """The numbers, if they are few."""
    is_parameter: bool = False
    """Whether it is a parameter, which is there anyway."""


@dataclass
class Outgoing:
    """A gradient that a rule has made, and where it goes."""

    argument: str
    to: str
    """The leaf's name, or the number and operator of the step."""
    target: int | None
    """The number of that step."""
    formula: str
    numbers: str
    """The formula with numbers in it; empty where they are many or not known."""
    shape: tuple[int, ...]
    gradient: Tensor | None = None
    norm: float | None = None
    summed: tuple[int, ...] = ()
    """The dimensions that the engine summed over, because the argument was broadcast there."""
    unsummed: Tensor | None = None
    """What the rule gave before that."""
    cast: str = ""
    """The dtype that the rule gave, if the argument has another."""
    turn: int = 1
    """Which of the gradients that come to the same place this is; they are added up."""
    total: Tensor | None = None
    """Their sum so far."""


@dataclass
class ExplainedStep:
    """One operator on the way back."""

    number: int
    """From 1, in the order of the walk."""
    operator: str
    name: str
    """What stands for its value in formulas: the user's variable, or ``v`` and its number."""
    module: str
    """The dotted name and class of the Module that it was recorded in."""
    formula: str
    numbers: str
    shape: tuple[int, ...]
    dtype: str
    value: np.ndarray | None
    gradients: tuple[Tensor | None, ...]
    """Those that come in, one for each output."""
    norm: float | None
    kept: tuple[Kept, ...]
    nbytes: int
    """Of all that is kept, without parameters."""
    outgoing: tuple[Outgoing, ...]
    seconds: float
    notes: tuple[str, ...]
    """What is out of the ordinary: hooks, checkpoints."""
    step: Step = field(repr=False)
    """As the graph has it."""

    @property
    def gradient(self) -> Tensor | None:
        """The one that comes in; of several outputs, the first."""
        return next((one for one in self.gradients if one is not None), None)


@dataclass
class ModuleSum:
    """What the operators of one call of a Module do together."""

    module: str
    steps: int
    shape: tuple[int, ...]
    """Of the gradient that comes in."""
    norm: float | None
    parameters: float | None
    """The norm of the gradients of its parameters, all together."""
    nbytes: int
    seconds: float


@dataclass
class Explanation:
    """A backward pass, explained: as text in a terminal, as a page in a notebook.

    ``print`` shows it, with colours on a terminal; ``text()`` is the plain text.

    Attributes:
        steps: one ``ExplainedStep`` for each operator, in the order of the walk.
        gradients: by name of the leaf, what ``backward()`` would add to its ``grad``.
    """

    title: str
    steps: list[ExplainedStep]
    gradients: dict[str, Tensor]
    depth: int | None
    limit: int
    freed: bool
    notes: list[str]

    def modules(self, depth: int = 1) -> list[ModuleSum]:
        """The steps summed up by the Modules that are ``depth`` below the outermost."""
        sums: dict[Any, list[ExplainedStep]] = {}
        for one in self.steps:
            sums.setdefault(_group(one.step, depth), []).append(one)
        return [_summed(call, steps, depth) for call, steps in sums.items()]

    def text(self, width: int = 80, colour: bool = False) -> str:
        """What ``print`` shows."""
        return str(as_text(self, width, colour))

    def __str__(self) -> str:
        return str(for_terminal(self))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return str(as_page(self))


def explained(tensor: Tensor, gradient: Any, depth: Any, limit: Any) -> Explanation:
    """What ``Tensor.explain`` gives; see there."""
    for name, value in (("depth", depth), ("limit", limit)):
        whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        if not whole and not (value is None and name == "depth"):
            raise ValueError(f"explain: {name} must be a whole number from 0 on, got {value!r}")
    (start,) = first_gradients((tensor,), (gradient,), False, "explain")
    tensor.refresh()
    notes = []
    if filled_in := _fill_checkpoints(tensor):
        notes.append(f"{filled_in} operators in a checkpoint were computed again for this.")
    graph = read(tensor, caller="explain")
    teller = _Teller(graph, tensor, start)
    if not teller.freed:
        token = numpy_errors.set(ignored)
        try:
            teller.walk()
        finally:
            numpy_errors.reset(token)
    else:
        notes.append(
            "backward() has freed what the operators saved; this is what is still known. For all "
            "of it call explain() first, or backward(retain_graph=True)."
        )
    steps = teller.steps()
    return Explanation(
        _title(tensor, graph, gradient), steps, teller.found(), depth, limit, teller.freed, notes
    )


def _title(tensor: Tensor, graph: Graph, gradient: Any) -> str:
    name = graph.roots[0].name or "this Tensor"
    shape = tuple(tensor.shape)
    value = figure(tensor.array)
    is_ = f"{name} = {value}" if value else f"{name} {shape}"
    begins = "with g = 1" if gradient is None else "with the gradient given"
    return f"backward of {is_}, {begins}"


def _fill_checkpoints(tensor: Tensor) -> int:
    """Has checkpoints compute again what their nodes need; says of how many."""
    count = 0
    for node in behind([tensor.made_by]):
        for hook in list((node.notes or {}).get("hooks", {}).values()):
            if getattr(hook, "fills", False) and not hook.done:
                hook()
                count += 1
    return count


def hooks_on(node: Node) -> int:
    """How many functions of the user's would see the gradient of ``node``."""
    hanging = [*(node.notes or {}).get("hooks", {}).values()]
    count = sum(not getattr(hook, "fills", False) for hook in hanging)
    for _, rule, _ in node.edges or ():
        count += len(getattr(rule, "before", ())) + len(getattr(rule, "after", ()))
        count += hasattr(getattr(rule, "__self__", None), "attend")
    return count


# -- the walk --------------------------------------------------------------------------------------


@dataclass
class _Record:
    """What was seen of one step."""

    incoming: dict[int, np.ndarray] = field(default_factory=dict)
    outgoing: dict[int, Outgoing] = field(default_factory=dict)  # by number of the source
    seconds: float = 0.0


class _Teller:
    """Walks a graph and keeps what it sees."""

    def __init__(self, graph: Graph, tensor: Tensor, start: np.ndarray) -> None:
        self.graph = graph
        self.numbers = {id(step): at for at, step in enumerate(graph.steps, 1)}
        self.leaves = {id(leaf): at for at, leaf in enumerate(graph.leaves, 1)}
        self.uses = Counter(id(source.place) for step in graph.steps for source in step.sources)
        self.home = {node: step for step in graph.steps for node in step.nodes}
        self.freed = any(step.freed for step in graph.steps)
        self.pending: dict[Any, Any] = {tensor.made_by or tensor: start}
        self.records: dict[int, _Record] = {}
        self.turns: dict[Any, int] = {}
        self.formulas: dict[str, Formula] = {}
        self.names = {id(one): name for name, one in variables().items()}

    def walk(self) -> None:
        for node in sorted(self.home, key=lambda one: -one.number):
            g = self.pending.pop(node, None)
            if g is None:
                continue
            step = self.home[node]
            record = self.records.setdefault(id(step), _Record())
            for output, one in step.outputs.items():
                if one is node:
                    record.incoming[output] = g
            if node.output is not None and node.storage and node.storage.written > node.number:
                raise overwritten(node, "its output", node.output, "explain")
            for at, (parent, rule, saved) in enumerate(node.edges or ()):
                began = perf_counter()
                gradient = _applied(node, rule, g, saved)
                if gradient is None:
                    continue
                of = parent if parent.__class__ is Node else parent.array
                fits = fitted(gradient, of.shape, of.dtype)
                previous = self.pending.get(parent)
                self.pending[parent] = fits if previous is None else previous + fits
                record.seconds += perf_counter() - began
                if node is step.nodes[-1]:
                    record.outgoing[at] = self.sent(
                        step, step.sources[at], g, gradient, fits, parent
                    )

    def sent(
        self, step: Step, source: Source, g: Any, gradient: Any, fits: Any, parent: Any
    ) -> Outgoing:
        """What there is to say of a gradient that has just been made, and fitted to its place."""
        self.turns[parent] = turn = self.turns.get(parent, 0) + 1
        out = self.outgoing(step, source, None if isinstance(g, Bundle) else g)
        out.gradient, out.norm = _kept(fits), _norm(fits)
        out.summed = _summed_over(np.shape(gradient), np.shape(fits))
        out.unsummed = _kept(gradient) if out.summed else None
        out.cast = str(gradient.dtype) if gradient.dtype != fits.dtype else ""
        out.turn, out.total = turn, _kept(self.pending[parent])
        return out

    def outgoing(self, step: Step, source: Source, g: Any) -> Outgoing:
        formula = self.formula(step).derivatives.get(source.argument or "", "")
        values, names = self.values(step)
        if g is not None:
            values["g"] = g
        place = source.place
        return Outgoing(
            self.symbol(place, source.output)
            or names.get(source.argument or "", source.argument or "input"),
            self.called(place) if isinstance(place, Leaf) else told_of(place),
            self.numbers.get(id(place)),
            renamed(formula, names),
            filled(formula, values),
            place.shape if isinstance(place, Leaf) else place.outputs[source.output].shape or (),
        )

    # -- names and values --------------------------------------------------------------------------

    def formula(self, step: Step) -> Formula:
        found = self.formulas.get(step.operator)
        if found is None:
            found = self.formulas[step.operator] = formula_of(step.operator)
        return found

    def called(self, leaf: Leaf) -> str:
        """A leaf's name, or its number among those without one."""
        return leaf.name or f"leaf {self.leaves[id(leaf)]}"

    def symbol(self, place: Step | Leaf, output: int) -> str:
        """What stands in formulas for a value: the user's name, or for a step its number, and that
        of the output if there are several; "" where there is none that can."""
        name = place.name if isinstance(place, Leaf) else place.names.get(output)
        name = (name or "").rpartition(".")[2]  # of fc.weight, weight
        if name.isidentifier() and name != "g":
            return name
        if isinstance(place, Leaf):
            return ""
        which = str(output + 1).translate(_SUBSCRIPTS) if place.count > 1 else ""
        return f"v{self.numbers[id(place)]}{which}"

    def values(self, step: Step) -> tuple[dict[str, Any], dict[str, str]]:
        """The numbers of an operator's arguments and output, and what stands for them."""
        values: dict[str, Any] = {}
        first = self.symbol(step, min(step.outputs))
        names: dict[str, str] = {"y": first, "output": first}
        for source in step.sources:
            for name, value in _kept_by(source):
                values.setdefault(name, value.array if isinstance(value, Tensor) else value)
                names.setdefault(name, self.names.get(id(value), ""))
                if isinstance(value, (int, float)):
                    names[name] = figure(value)
            if source.argument is not None:
                value = _value_then(source, step)
                if value is not None:
                    values[source.argument] = value
                names[source.argument] = self.symbol(source.place, source.output)
        places = [(source.place, source.output) for source in step.sources]
        alike = Counter(self.symbol(*one) for one in dict.fromkeys(places))
        for source in step.sources:
            # As two parameters called weight.
            if alike[self.symbol(source.place, source.output)] > 1:
                names.pop(source.argument or "", None)
        if step.value is not None:
            values["y"] = values["output"] = step.value
        numbers = {
            name: value
            for name, value in values.items()
            if isinstance(value, (np.ndarray, np.generic, float, int))
        }
        return numbers, {name: text for name, text in names.items() if text}

    # -- what was seen -----------------------------------------------------------------------------

    def steps(self) -> list[ExplainedStep]:
        found = []
        for step in self.graph.steps:
            if not self.freed and id(step) not in self.records:
                continue  # no gradient comes here
            record = self.records.get(id(step), _Record())
            outgoing = record.outgoing
            if self.freed:
                outgoing = {at: self.remembered(step, one) for at, one in enumerate(step.sources)}
            found.append(self.told(step, record, tuple(outgoing.values())))
        return found

    def remembered(self, step: Step, source: Source) -> Outgoing:
        """What is still known of a gradient when the graph is freed."""
        out = self.outgoing(step, source, step.gradient)
        place = source.place
        if isinstance(place, Step) and self.uses[id(place)] == 1 and place.gradient is not None:
            out.gradient = wrap(place.gradient)
        return out

    def told(self, step: Step, record: _Record, outgoing: tuple[Outgoing, ...]) -> ExplainedStep:
        values, names = self.values(step)
        formula = self.formula(step).value
        incoming: Mapping[int, Any] = record.incoming
        if self.freed and step.gradient is not None:
            incoming = {0: step.gradient}
        kept = tuple(_all_kept(step, names))
        return ExplainedStep(
            self.numbers[id(step)],
            shown(step.operator),
            ", ".join(self.symbol(step, at) for at in sorted(step.outputs)),
            _module(step),
            renamed(formula, names),
            filled(formula, values) if step.value is not None else "",
            step.shape,
            str(step.dtype),
            step.value,
            tuple(
                _kept(incoming[at]) if at in incoming else None for at in range(max(1, step.count))
            ),
            _norm(*incoming.values()),
            kept,
            sum(one.nbytes for one in kept if not one.is_parameter),
            outgoing,
            record.seconds,
            tuple(self.notes(step)),
            step,
        )

    def notes(self, step: Step) -> Iterator[str]:
        if count := sum(map(hooks_on, step.nodes)):
            several = f"{count} hooks" if count > 1 else "a hook"
            yield f"{several} here would see this gradient; explain() does not call it"
        if any(is_packed(source.rule) for source in step.sources):
            yield "what it keeps is packed by saved_tensors_hooks"
        if "retain" in (step.node.notes or {}):
            yield "retain_grad(): backward() keeps the gradient in grad"
        for source in step.sources:
            if isinstance(source.place, Leaf) and source.place.tensor.hooks:
                yield f"a hook on {self.called(source.place)} would see its gradient"

    def found(self) -> dict[str, Tensor]:
        """By name, the gradients of the leaves."""
        found: dict[str, Tensor] = {}
        for leaf in self.graph.leaves:
            gradient = leaf.gradient if self.freed else self.pending.get(leaf.tensor)
            if gradient is not None:
                name = self.called(leaf)
                if name in found:
                    name = f"{name} ({self.leaves[id(leaf)]})"
                found[name] = wrap(np.array(gradient))
        return found


def _applied(node: Node, rule: Any, g: Any, saved: tuple[Any, ...]) -> Any:
    """What a rule gives, without the hooks around it."""
    while hasattr(rule, "before") and hasattr(rule, "rule"):
        rule = rule.rule
    gate: Any = getattr(rule, "__self__", None)
    if hasattr(gate, "attend") and hasattr(gate, "positions"):
        return g.parts.get(gate.positions.index(saved[0]))
    values = []
    for value in saved:
        if isinstance(value, Tensor):
            if value._storage and touched(value, node.number):
                raise overwritten(node, "an input", value.array, "explain")
            value = value.array
        values.append(value)
    return rule(g, *values)


def _summed_over(shape: tuple[int, ...], wanted: Any) -> tuple[int, ...]:
    """The dimensions over which ``unbroadcast`` sums what a rule gave."""
    if wanted is None or shape == wanted or len(shape) < len(wanted):
        return ()
    extra = len(shape) - len(wanted)
    pairs = enumerate(zip(shape[extra:], wanted, strict=True), extra)
    stretched = (axis for axis, (have, want) in pairs if want == 1 and have != 1)
    return (*range(extra), *stretched)


def _kept(array: Any) -> Tensor | None:
    if isinstance(array, Bundle) or np.size(array) > LARGE:
        return None
    return wrap(np.asarray(array))


def _norm(*arrays: Any) -> float | None:
    known = [one for one in arrays if not isinstance(one, Bundle)]
    if not known:
        return None
    return float(np.sqrt(sum(np.square(one, dtype=np.float64).sum() for one in known)))


def shown(operator: str) -> str:
    return "div" if operator == "true_divide" else operator


def told_of(step: Step) -> str:
    return f"{shown(step.operator)} ({step.name})" if step.name else shown(step.operator)


def _module(step: Step) -> str:
    return module_name(step.calls[-1]) if step.calls else ""


def _all_kept(step: Step, names: Mapping[str, str]) -> Iterator[Kept]:
    """What a step has saved, each array once."""
    seen: set[int] = set()
    named = [pair for source in step.sources for pair in _kept_by(source)]
    known = {id(value) for _, value in named}
    for node in step.nodes:
        for _, rule, saved in () if node.edges is None else node.edges:
            if is_packed(rule):
                continue
            named += [("", value) for value in _flat(saved) if id(value) not in known]
    for name, value in named:
        array = value.array if isinstance(value, Tensor) else value
        if not isinstance(array, np.ndarray) or id(array) in seen:
            continue
        seen.add(id(array))
        yield Kept(
            names.get(name, name),
            array.shape,
            str(array.dtype),
            array.nbytes,
            array.copy() if array.size <= 8 else None,
            isinstance(value, Parameter),
        )


def _value_then(source: Source, step: Step) -> np.ndarray | None:
    """The few numbers of an argument when ``step`` was recorded; None if they are others now."""
    if isinstance(source.place, Leaf):
        storage = source.place.tensor._storage
        if storage is not None and storage.written > step.number:
            return None
    return source.value


def _kept_by(source: Source) -> Iterator[tuple[str, Any]]:
    return iter(() if is_packed(source.rule) else source.kept.items())


def is_packed(rule: Any) -> bool:
    """Whether ``saved_tensors_hooks`` has put something else in the place of what was saved."""
    return hasattr(rule, "unpack")


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from _flat(one)
    else:
        yield value


# -- by module -------------------------------------------------------------------------------------


def _group(step: Step, depth: int) -> Call | None:
    """The call that the steps of one line have in common: ``depth`` below the outermost Module."""
    if not step.calls:
        return None
    # A part of a network that is called by itself stands below that, too.
    below = depth if is_outermost(step.calls[0]) else depth - 1
    return step.calls[: max(below, 0) + 1][-1]


def is_outermost(call: Call) -> bool:
    return call.path in ("", call.type) or call.path.startswith(f"{call.type}#")


def module_name(call: Call) -> str:
    name = call.type if is_outermost(call) else f"{call.path} ({call.type})"
    return f"{name}, call {call.turn}" if call.turns > 1 else name


def _summed(call: Call | None, steps: list[ExplainedStep], depth: int) -> ModuleSum:
    name = "outside of Modules" if call is None else module_name(call)
    if call is not None and is_outermost(call) and depth and hasattr(call.module, "children"):
        name += " itself" if any(True for _ in call.module.children()) else ""
    own: dict[str, float] = {}
    for one in steps:
        for out in one.outgoing:
            if out.target is None and out.total is not None:
                own[out.to] = _norm(out.total.array) or 0.0
    first = steps[0]
    return ModuleSum(
        name,
        len(steps),
        first.shape,
        first.norm,
        float(np.sqrt(sum(value * value for value in own.values()))) if own else None,
        sum(one.nbytes for one in steps),
        sum(one.seconds for one in steps),
    )
