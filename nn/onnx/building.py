"""A program as ONNX's ModelProto."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import autotensor as at
from nn.module import Module
from nn.onnx.aligning import Program, Value
from nn.onnx.converters import convert
from nn.onnx.graph import Graph
from nn.onnx.inputs import Inputs, Symbol, named_outputs
from nn.onnx.sizes import Size
from nn.onnx.tracing import Lost, RefusedError, leaves, named_tensors

__all__ = ["Settings", "built"]


class Settings(NamedTuple):
    """What a user asks of the graph: the version of its operators, whether weights are in it, or
    are inputs as well, the names of its outputs."""

    opset: int
    weights: bool
    as_inputs: bool
    output_names: Sequence[str] | None


def built(
    onnx: Any,
    model: Any,
    inputs: Inputs,
    symbols: Sequence[Symbol],
    sizes: Sequence[Size],
    program: Program,
    settings: Settings,
) -> Any:
    """The ModelProto of ``program``; ``sizes`` are those of ``symbols`` in all traces."""
    opset, export_params, as_inputs, output_names = settings
    places = [
        (program.inputs[at], axis, size)
        for symbol, size in zip(symbols, sizes, strict=True)
        for at, axis in symbol.places[:1]
    ]
    graph = Graph(onnx, opset, places)
    for one, name in zip(program.inputs, inputs.names, strict=True):
        one.name = graph.unique(name)
        graph.known.append(one)
    for name in program.weights:
        graph.unique(name)
    outputs = named_outputs(program.output, output_names)
    _write_steps(graph, program)
    graph.name, graph.path = "the output", ""
    names = _named_outputs(graph, outputs, set(inputs.names) | set(program.weights))
    nodes = _needed(graph.nodes, [name for name, _ in names])
    used = {one for node in nodes for one in node.input}
    weights = _weights(model, program, used)
    arrays = {**weights, **{k: v for k, v in graph.initializers.items() if k in used}}
    labels = {size: symbol.name for symbol, size in zip(symbols, sizes, strict=True)}
    inputs_info = [_info(onnx, one.name, one, labels) for one in program.inputs]
    extra = [_info_of_array(onnx, name, one) for name, one in weights.items()]
    if as_inputs or not export_params:
        inputs_info += extra
    kept = {k: v for k, v in arrays.items() if export_params or k not in weights}
    made = onnx.helper.make_graph(
        nodes,
        type(model).__name__ if isinstance(model, Module) else getattr(model, "__name__", "model"),
        inputs_info,
        [_info(onnx, name, one, labels) for name, one in names],
        [onnx.numpy_helper.from_array(np.array(v, order="C"), k) for k, v in kept.items()],
    )
    opsets = [onnx.helper.make_opsetid("", opset)]
    proto = onnx.helper.make_model(
        made,
        opset_imports=opsets,
        ir_version=onnx.helper.find_min_ir_version_for(opsets),
        producer_name="autotensor",
        producer_version=at.__version__,
    )
    return proto


def _write_steps(graph: Graph, program: Program) -> None:
    live = {id(one) for one in _values(program.output)}
    wanted = []
    for step in reversed(program.steps):
        made = _values(step.result)
        if any(id(one) in live and one.constant is None for one in made):
            wanted.append(step)
            live |= {id(one) for one in _values(step.arguments)}
    for step in reversed(wanted):
        graph.name, graph.path = step.name, step.path
        graph.near = _values(step.arguments)
        names = convert(graph, step)
        made = _values(step.result)
        given = list(names) if isinstance(names, tuple) else [names]
        for one, name in zip(made, given, strict=True):
            if not one.name and name is not None:
                one.name = graph.named(name)
                if not isinstance(name, Value):
                    graph.known.append(one)


def _values(tree: Any) -> list[Value]:
    return [one for one in leaves(tree) if isinstance(one, Value)]


def _named_outputs(graph: Graph, outputs: Any, taken: set[str]) -> list[tuple[str, Value]]:
    """Gives the outputs their names; a value that is an output already is copied."""
    found: list[tuple[str, Value]] = []
    renamed: dict[str, str] = {}
    for name, one in outputs:
        if isinstance(one, Lost):
            raise RefusedError(
                f"{one.function} in {one.path or 'the model'} computes what the model returns, "
                "and cannot be exported"
            )
        if name in taken:
            name = graph.unique(name)
        now = graph.named(one)
        makers = [node for node in graph.nodes if now in node.output]
        if makers and now not in renamed:
            renamed[now] = name
        else:
            now = renamed.get(now, now)
            graph.nodes.append(graph.onnx.helper.make_node("Identity", [now], [name], f"/{name}"))
        found.append((name, one))
    for node in graph.nodes:
        for names in (node.input, node.output):
            for place, one in enumerate(names):
                if one in renamed:
                    names[place] = renamed[one]
    return found


def _needed(nodes: Sequence[Any], names: Sequence[str]) -> list[Any]:
    live, kept = set(names), []
    for node in reversed(nodes):
        if live & set(node.output):
            kept.append(node)
            live |= set(node.input)
    return kept[::-1]


def _weights(model: Any, program: Program, used: set[str]) -> dict[str, np.ndarray]:
    named = dict(named_tensors(model))
    return {name: named[name].array for name in program.weights if name in used}


def _info(onnx: Any, name: str, one: Value, labels: dict[Size, str]) -> Any:
    shape = [labels.get(size) if isinstance(size, Size) else size for size in one.shape]
    kind = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(one.dtype))
    return onnx.helper.make_tensor_value_info(name, kind, shape)


def _info_of_array(onnx: Any, name: str, array: np.ndarray) -> Any:
    kind = onnx.helper.np_dtype_to_tensor_dtype(array.dtype)
    return onnx.helper.make_tensor_value_info(name, kind, list(array.shape))
