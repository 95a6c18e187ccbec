"""Messages of graphs, for TensorBoard's page "Graphs": of a model that was run, and of ONNX files.

A node is an operator, a parameter, an input or an output.  Its name is a path of modules, each with
its class, ``Net/Sequential[body]/Linear[0]/addmm``, and TensorBoard folds what they have in common.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autotensor.engine.tensor import Tensor
from autotensor.importing import import_extra
from autotensor.remedies import type_name
from autotensor.seeing.formulas import formula_of
from autotensor.seeing.networks import networks
from autotensor.seeing.reading import Graph, Leaf, Source, Step, read
from autotensor.utils.event_files import content, integer
from autotensor.utils.summaries.values import KINDS, shape

__all__ = ["DEVICES", "Drawn", "of_model", "of_onnx", "serialized"]

PRODUCER = 22
"""The version of graphs that PyTorch writes."""
DEVICES = content(1, content(1, content(1, "/device:CPU:0")))
"""A ``RunMetadata``, which says only that all of it is computed here."""
LONGEST = 60
"""A setting longer than that is not shown."""


@dataclass(eq=False)
class Drawn:
    """One node of the graph."""

    name: str
    operator: str
    inputs: list[str] = field(default_factory=list)
    """Names of nodes; with ``:1`` behind it, of the second output of one."""
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    """Of its outputs."""
    dtype: str | None = None
    notes: dict[str, str] = field(default_factory=dict)
    """What else is shown beside it."""

    def message(self) -> bytes:
        """A ``NodeDef``."""
        found = content(1, self.name) + content(2, self.operator)
        found += b"".join(content(3, one) for one in self.inputs)
        if self.shapes:
            sizes = b"".join(content(7, shape(one)) for one in self.shapes)
            found += _attribute("_output_shapes", content(1, sizes))
        if self.dtype in KINDS:
            found += _attribute("dtype", integer(6, KINDS[self.dtype]))
        for name, note in self.notes.items():
            found += _attribute(name, content(2, note))
        return content(1, found)

    def __str__(self) -> str:
        sizes = ", ".join(map(str, self.shapes))
        return f"{self.name} = {self.operator}({', '.join(self.inputs)}) {sizes}".rstrip()


def _attribute(name: str, value: bytes) -> bytes:
    return content(5, content(1, name) + content(2, value))


def serialized(nodes: Iterable[Drawn]) -> bytes:
    """A ``GraphDef``."""
    return b"".join(one.message() for one in nodes) + content(4, integer(1, PRODUCER))


# -- of a model ------------------------------------------------------------------------------------


def of_model(model: Any, inputs: Any, caller: str) -> list[Drawn]:
    """Runs a model once, in evaluation mode, and reads the graph that it records.

    Raises:
        TypeError: no Module, or inputs that are none.
        RuntimeError: what it gives has no graph.
    """
    if not networks or not isinstance(model, networks[0].module):
        raise TypeError(f"{caller}: model must be an nn.Module, got {type_name(model)}")
    if isinstance(inputs, (Tensor, Mapping)):
        inputs = (inputs,)
    if not isinstance(inputs, (tuple, list)):
        raise TypeError(
            f"{caller}: input_to_model must be what the model is called with, a Tensor or a tuple "
            f"of them, got {type_name(inputs)}"
        )
    given = dict(_tensors(_arguments(model, inputs), ""))
    result, shown = _run(model, tuple(inputs))
    outputs = [(name, one) for name, one in _tensors(result, "output") if one.made_by is not None]
    if not outputs:
        raise RuntimeError(
            f"{caller}: there is no graph behind what {type_name(model)} gives: it computes with "
            "detached Tensors or arrays, under no_grad(), or gives integers"
        )
    graph = read([one for _, one in outputs], shown, start=shown.values(), caller=caller)
    return _Drawing(model, graph).drawn(outputs, shown, given)


def _arguments(model: Any, inputs: Sequence[Any]) -> Mapping[str, Any]:
    """Inputs by the names that ``forward`` gives them."""
    try:
        return inspect.signature(model.forward).bind(*inputs).arguments
    except (TypeError, ValueError):
        return {"input": inputs}  # the call says what is wrong


def _run(model: Any, inputs: tuple[Any, ...]) -> tuple[Any, Mapping[str, Tensor]]:
    """What it gives in evaluation mode, with every parameter in its graph, frozen ones as well."""
    modes = [(one, one.training) for one in model.modules()]
    floating = [one for one in model.parameters() if one.is_floating_point()]
    frozen = [one for one in floating if not one.requires_grad]
    try:
        model.eval()
        for one in frozen:
            one.requires_grad_(True)
        return networks[0].run(model, inputs)
    finally:
        for one in frozen:
            one.requires_grad_(False)
        for module, mode in modes:
            module.training = mode


def _tensors(value: Any, name: str) -> Iterator[tuple[str, Tensor]]:
    """The Tensors in a nest of lists, tuples, dicts and objects, by where they are."""
    if isinstance(value, Tensor):
        yield name, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _tensors(one, f"{name}.{key}" if name else str(key))
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for at, one in enumerate(value, 1):
            yield from _tensors(one, f"{name}.{at}")
    elif hasattr(value, "__dict__") and not isinstance(value, type):
        yield from _tensors(vars(value), name)


class _Drawing:
    """Makes nodes of steps and leaves."""

    def __init__(self, model: Any, graph: Graph) -> None:
        self.graph = graph
        self.root = type_name(model)
        self.paths = {id(one): path for path, one in reversed([*model.named_modules()])}
        self.kinds = {path: type(one).__name__ for path, one in model.named_modules()}
        self.parameters = {
            id(one): name
            for name, one in reversed([*model.named_parameters(), *model.named_buffers()])
        }
        self.taken: Counter[str] = Counter()
        self.names: dict[Any, str] = {}
        self.nodes: list[Drawn] = []

    def scope(self, path: str) -> str:
        """``body.0`` is ``Net/Sequential[body]/Linear[0]``."""
        found, walked = self.root, ""
        for part in path.split(".") if path else ():
            walked = f"{walked}.{part}" if walked else part
            found += f"/{self.kinds.get(walked, 'Module')}[{part}]"
        return found

    def name(self, scope: str, wanted: str) -> str:
        """One that no other node has."""
        full = f"{scope}/{wanted.replace('/', '_').replace(':', '_').replace(' ', '_')}"
        count = self.taken[full]
        self.taken[full] += 1
        return full if not count else self.name(scope, f"{wanted}_{count}")

    def add(self, key: Any, node: Drawn) -> None:
        self.names[key] = node.name
        self.nodes.append(node)

    def drawn(
        self,
        outputs: Sequence[tuple[str, Tensor]],
        shown: Mapping[str, Tensor],
        given: Mapping[str, Tensor],
    ) -> list[Drawn]:
        """All nodes: inputs first, then as they were computed, then outputs."""
        starts = {id(one) for one in shown.values()}
        for leaf in self.graph.leaves:
            if id(leaf.tensor) in starts:
                self._leaf(leaf, "input", leaf.name or "x", "IO Node")
        others = [one for one in given.values() if not one.is_floating_point()]
        for name, one in given.items():
            if not one.is_floating_point():
                self._leaf(Leaf(one, name), "input", name, "IO Node")
        for leaf in self.graph.leaves:
            if leaf not in self.names:
                path, _, own = self.parameters.get(id(leaf.tensor), "").rpartition(".")
                kind = "Parameter" if own else "Constant"
                self._leaf(leaf, self.scope(path), own or leaf.name or "constant", kind)
        for step in reversed(self.graph.steps):
            self._step(step, others)
        for root, (name, _) in zip(self.graph.roots, outputs, strict=True):
            sizes = [root.tensor.array.shape]
            dtype = root.tensor.array.dtype.name
            end = self._end(Source(root.place, root.output))
            self.add(root, Drawn(self.name("output", name), "IO Node", [end], sizes, dtype))
        return self.nodes

    def _leaf(self, leaf: Leaf, scope: str, wanted: str, kind: str) -> None:
        self.add(leaf, Drawn(self.name(scope, wanted), kind, [], [leaf.shape], leaf.dtype.name))
        self.names[id(leaf.tensor)] = self.names[leaf]

    def _step(self, step: Step, others: Sequence[Tensor]) -> None:
        inside = [self.paths[id(one.module)] for one in step.calls if id(one.module) in self.paths]
        inputs = [self._end(source) for source in step.sources]
        kept = {name: one for source in step.sources for name, one in source.kept.items()}
        # Integers have no gradient: it is seen by what the rules have kept, if only one fits.
        fitting = [one for one in others if any(_same(value, one) for value in kept.values())]
        if len(fitting) == 1:
            inputs.append(self.names[id(fitting[0])])
        sizes = [step.outputs[at].shape if at in step.outputs else () for at in range(step.count)]
        formula = formula_of(step.operator).value
        kept.pop("shape", None)  # of an input, which its edge shows
        notes = {name: str(one) for name, one in kept.items() if _is_setting(one)}
        if formula:
            notes["formula"] = str(formula)
        name = self.name(self.scope(inside[-1] if inside else ""), step.operator)
        dtype = None if step.dtype is None else step.dtype.name
        self.add(
            step, Drawn(name, step.operator, inputs, [one or () for one in sizes], dtype, notes)
        )

    def _end(self, source: Source) -> str:
        name = self.names[source.place]
        return f"{name}:{source.output}" if source.output else name


def _is_setting(value: Any) -> bool:
    plain = isinstance(value, (bool, int, float, str, tuple, list, np.generic))
    return plain and len(str(value)) <= LONGEST


def _same(value: Any, given: Tensor) -> bool:
    """Whether what a rule has kept is an input, or a copy of it."""
    array = value.array if isinstance(value, Tensor) else value
    same_kind = isinstance(array, np.ndarray) and array.dtype.kind == given.array.dtype.kind
    return same_kind and np.array_equal(array, given.array)


# -- of a file -------------------------------------------------------------------------------------


def of_onnx(file: Any, caller: str) -> bytes:
    """A ``GraphDef`` of what an ONNX file has."""
    graph = import_extra("onnx", "onnx", caller).load(file).graph
    found = b""
    for one in [*graph.input, *graph.output]:
        kind = one.type.tensor_type
        sizes = shape(size.dim_value for size in kind.shape.dim)
        facts = _attribute("dtype", integer(6, kind.elem_type))
        facts += _attribute("shape", content(7, sizes))
        found += content(1, content(1, one.name) + content(2, "Variable") + facts)
    for one in graph.node:
        settings = ", ".join(
            " = ".join(str(value) for _, value in setting.ListFields()) for setting in one.attribute
        )
        node = content(1, one.output[0]) + content(2, one.op_type)
        node += b"".join(content(3, name) for name in one.input)
        found += content(1, node + _attribute("parameters", content(2, settings)))
    return found + content(4, integer(1, PRODUCER))
