"""``export``: a model as a graph of ONNX's operators."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import autotensor as at
from autotensor import Tensor
from autotensor.extend import import_extra
from nn.modes import in_mode, left_as_it_was
from nn.module import Module
from nn.onnx.aligning import aligned
from nn.onnx.building import Settings, built
from nn.onnx.checking import checked
from nn.onnx.converters import CONDITIONS, CONVERTERS
from nn.onnx.inputs import Inputs, Symbol, called_with, symbols_of, varied
from nn.onnx.sizes import Size
from nn.onnx.tracing import RefusedError, Trace, Tracer
from nn.onnx.writing import is_large, write

if TYPE_CHECKING:
    from onnx import ModelProto

__all__ = ["export", "is_in_onnx_export"]

NEWEST, USUAL, WRITTEN, OLDEST = 26, 23, 18, 9
"""Versions of ONNX's operators: the newest that can be written; the default, which runtimes have
known for a while; the oldest that can be written; the oldest to which ONNX may convert that."""

_running: list[bool] = []


def is_in_onnx_export() -> bool:
    """Whether ``export`` runs the model now, which then may leave out what it has for training.

    Example:

        >>> at.onnx.is_in_onnx_export()
        False
    """
    return bool(_running)


class _Run(NamedTuple):
    """A run: what it did, what the model was given, and the sizes that differ."""

    trace: Trace
    given: list[Tensor]
    sizes: tuple[int, ...]


class _Runs:
    """Runs a model and keeps the traces."""

    def __init__(self, model: Any, inputs: Inputs, symbols: Sequence[Symbol]) -> None:
        self.model = model
        self.inputs = inputs
        self.symbols = symbols
        self.found: list[_Run] = []
        self.alike = 0
        """How many of them have the sizes of the example."""

    def run(self, sizes: Sequence[int], seed: int | None, step: int = 0) -> None:
        tensors = varied(self.inputs, self.symbols, sizes, seed, step)
        kept = [at.as_tensor(one.array.copy()) for one in tensors]
        tracer = Tracer(self.model, CONVERTERS, CONDITIONS)
        trace = tracer.run(tensors, lambda: self.inputs.call(self.model, tensors))
        self.found.append(_Run(trace, kept, tuple(sizes)))

    @property
    def traces(self) -> list[Trace]:
        return [one.trace for one in self.found]

    def fresh(self) -> None:
        """One more run, with sizes that nothing has been read off."""
        largest = [max(one.sizes[k] for one in self.found) for k in range(len(self.symbols))]
        steps = [
            2 * one.size if n % one.size == 0 else 3
            for one, n in zip(self.symbols, largest, strict=True)
        ]
        try:
            self.run([n + step for n, step in zip(largest, steps, strict=True)], 99)
        except Exception:  # it takes no larger ones
            return

    def all(self) -> None:
        """The example; other numbers of the same sizes; then other sizes."""
        own = [one.size for one in self.symbols]
        self.run(own, None)
        for seed in range(1, 4):
            if not any(self.takes(own, seed, step) for step in (1, -1, 0)):
                self.run(own, None)
        self.alike = len(self.found)
        others = [self.others(at) for at in range(len(self.symbols))]
        if len(others) > 1:
            for turn in range(3):
                self.at([sizes[(turn + at) % len(sizes)] for at, sizes in enumerate(others)])

    def takes(self, sizes: Sequence[int], seed: int, step: int) -> bool:
        """Whether the model takes such numbers: it runs, and gives numbers."""
        try:
            self.run(sizes, seed, step)
        except Exception:
            return False
        if step and _is_undefined(self.traces[-1]) and not _is_undefined(self.traces[0]):
            self.found.pop()  # as the mean of what a mask has left nothing of
            return False
        return True

    def others(self, place: int) -> list[int]:
        """Other sizes that the model takes, and has been run with."""
        own = [one.size for one in self.symbols]
        symbol, problem = self.symbols[place], ""
        before = len(self.found)
        for sizes in _other_sizes(symbol):
            try:
                for size in sizes:
                    self.run([*own[:place], size, *own[place + 1 :]], len(self.found) + 1)
            except RefusedError:
                raise
            except Exception as error:
                problem = problem or f"{size}: {error}"
                del self.found[before:]
            else:
                return sizes
        raise RefusedError(
            f"the model runs with {symbol.name} = {symbol.size}, as in the example, but not with "
            f"{problem}; dynamic_axes={{}} fixes all sizes, {{'input': {{0: 'batch'}}}} says "
            "which differ"
        )

    def at(self, sizes: Sequence[int]) -> None:
        try:
            self.run(sizes, len(self.found) + 1)
        except RefusedError:
            raise
        except Exception as error:
            named = ", ".join(f"{s.name} = {n}" for s, n in zip(self.symbols, sizes, strict=True))
            raise RefusedError(
                f"the model does not run with {named}: {error}; say with dynamic_axes which sizes "
                "differ"
            ) from error


def _is_undefined(trace: Trace) -> bool:
    return any(bool((one != one).any()) for one in trace.arrays)


def _other_sizes(symbol: Symbol) -> list[list[int]]:
    """Sizes to run a model with, in the order in which they are tried: what follows from a size by
    a division should show; a model may take no larger sizes than the example's, or only multiples.
    """
    n = symbol.size
    batch = all(axis == 0 for _, axis in symbol.places)
    ways = [[2, 3, 5]] if batch and n > 8 else [[n + 1, n + 2, 2 * n + 1, 3 * n + 2]]
    ways += [[n + 1, n + 2, n + 4], [2 * n, 3 * n, 4 * n]]
    if n > 1:
        smaller = {n - 1, max(n - 2, 1), max(n // 2, 1), max(n // 3, 1)} - {n}
        ways.insert(2, sorted(smaller, reverse=True))
    return ways


def export(
    model: Any,
    args: Any = (),
    f: str | os.PathLike[str] | BinaryIO | None = None,
    *,
    kwargs: Mapping[str, Any] | None = None,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    dynamic_axes: Mapping[str, Any] | None = None,
    dynamic_shapes: Any = None,
    opset_version: int | None = None,
    export_params: bool = True,
    keep_initializers_as_inputs: bool = False,
    external_data: bool | None = None,
    verify: bool = True,
    training: Any = None,
    **without_effect: Any,
) -> ModelProto:
    """Writes a model as a graph of ONNX's operators, which other programs run; returns it.

    ::

        import onnxruntime

        nn.onnx.export(model, autotensor.zeros(1, 1, 28, 28), "model.onnx")
        session = onnxruntime.InferenceSession("model.onnx")
        (scores,) = session.run(None, {"input": images.numpy()})

    The model runs on the example, in evaluation mode, and every operator that it calls becomes one
    or several nodes.  It also runs with other numbers and with other sizes: what differs from run
    to run follows in the graph from the sizes of its inputs, or the export is refused.  So no size
    that is to be dynamic is fixed in silence.  At last the graph is run, by ONNX Runtime if that is
    installed and by ONNX's own reference if not, and must give what the model gave in all runs.

    Weights have the names of the state dict, nodes the paths of their modules, inputs the names
    of ``forward``'s arguments.

    Args:
        model: a Module, or a function of Tensors.
        args: the example: a Tensor, a tuple of arguments, or a dict of them by name.
        f: the path or the file to write to; None writes nothing.  A model of 2 GB or more gets a
            second file for its weights, ``model.onnx.data``.
        kwargs: further arguments by name.
        input_names, output_names: names for the first inputs and outputs.
        dynamic_axes: by input, the dimensions whose size differs, with a name for each:
            ``{"input": {0: "batch", 1: "time"}}``; ``{}`` fixes all.  None is the batch: the first
            dimension of the first input, and of others whose is as large.
        dynamic_shapes: the same as ``torch.export`` has it.
        opset_version: the version of ONNX's operators, up to 26; None is 23.  Below 18 ONNX's own
            converter makes an older graph of it; where that cannot, it is 18, with a warning.
        export_params: False leaves the weights out: they are inputs.
        keep_initializers_as_inputs: whether weights are inputs as well.
        external_data: whether weights are in a file of their own; None where they must be.
        verify: False leaves out the last step, for graphs that nothing here can run.
        training: PyTorch's; only evaluation is supported.
        without_effect: what else PyTorch takes: ``dynamo``, ``do_constant_folding``, ``verbose`` …

    Returns:
        The graph, an ``onnx.ModelProto``; of 2 GB or more without the weights.

    Raises:
        ModuleNotFoundError: the package onnx is missing.
        NotImplementedError: what cannot be exported, by its path and its operator.
        TypeError, ValueError: names, sizes or settings that do not fit; no path for 2 GB or more.

    Example:

        >>> model = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
        >>> graph = nn.onnx.export(model, at.zeros(1, 4)).graph  # doctest: +SKIP
        >>> [node.name for node in graph.node]  # doctest: +SKIP
        ['/0/Gemm', '/1/Relu']
        >>> [one.name for one in graph.initializer]  # doctest: +SKIP
        ['0.weight', '0.bias']
    """
    _refuse_settings(training, without_effect)
    onnx = import_extra("onnx", "onnx", "onnx.export")
    opset = _opset_of(onnx, opset_version)
    if not callable(model):
        raise TypeError(f"onnx.export: model must be a Module, got {type(model).__name__}")
    inputs = called_with(model, args, kwargs, input_names)
    symbols = symbols_of(inputs, dynamic_axes, dynamic_shapes)
    settings = Settings(
        max(opset, WRITTEN), export_params, keep_initializers_as_inputs, output_names
    )
    runs = _Runs(model, inputs, symbols)
    try:
        with _evaluating(model):
            proto = _graph(onnx, runs, settings)
            proto = proto if opset >= WRITTEN else _converted(onnx, proto, opset)
            large = is_large(proto)
            if large:
                write(onnx, proto, f, external=True)
            if verify and export_params:
                runs.fresh()
                checked(onnx, proto, inputs, runs, str(f) if large else None)
    except RefusedError as why:
        raise NotImplementedError(
            f"onnx.export: {type(model).__name__} cannot be exported: {why}"
        ) from None
    _warn_of_looks(runs.traces)
    if f is not None and not large:
        write(onnx, proto, f, external=bool(external_data))
    return proto


@contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    """In evaluation mode, without gradients; afterwards the model is as it was."""
    with ExitStack() as stack:
        if isinstance(model, Module):
            stack.enter_context(left_as_it_was(model))
            stack.enter_context(in_mode(model, training=False))
        stack.enter_context(at.no_grad())
        _running.append(True)
        stack.callback(_running.pop)
        yield


def _graph(onnx: Any, runs: _Runs, settings: Settings) -> Any:
    runs.all()
    aligned(runs.traces[: runs.alike], CONVERTERS, "with other numbers in the inputs")
    program = aligned(runs.traces, CONVERTERS, "with other sizes of the inputs")
    known = [Size([one.sizes[k] for one in runs.found]) for k in range(len(runs.symbols))]
    return built(onnx, runs.model, runs.inputs, runs.symbols, known, program, settings)


def _opset_of(onnx: Any, given: Any) -> int:
    newest = min(NEWEST, onnx.defs.onnx_opset_version())
    if given is None:
        return min(USUAL, newest)
    if isinstance(given, bool) or not isinstance(given, int) or not OLDEST <= given <= newest:
        raise ValueError(
            f"onnx.export: opset_version must be from {OLDEST} to {newest}, got {given!r}"
        )
    return given


def _converted(onnx: Any, proto: Any, opset: int) -> Any:
    """The graph with operators of an older version, by ONNX's own converter; as PyTorch has it,
    the graph as it is, with a warning, where that fails."""
    try:
        older = onnx.version_converter.convert_version(proto, opset)
        onnx.checker.check_model(older, full_check=True)
    except Exception:
        warnings.warn(
            f"onnx.export: ONNX cannot convert this graph to opset_version={opset}; it has version "
            f"{WRITTEN}, which is the oldest that is written here",
            UserWarning,
            stacklevel=4,
        )
        return proto
    return older


def _warn_of_looks(traces: Sequence[Trace]) -> None:
    looks = dict.fromkeys(look for trace in traces for look in trace.looks)
    if looks:
        told = ", ".join(f"{name}() in {path or 'the model'}" for name, path in looks)
        warnings.warn(
            f"onnx.export: numbers are read out of Tensors that follow from inputs ({told}); "
            "what it does with them is in the graph as it was for the example",
            UserWarning,
            stacklevel=4,
        )


_WITHOUT_EFFECT = {
    "artifacts_dir",
    "autograd_inlining",
    "custom_opsets",
    "custom_translation_table",
    "do_constant_folding",
    "dump_exported_program",
    "dynamo",
    "enable_onnx_checker",
    "example_outputs",
    "export_modules_as_functions",
    "fallback",
    "operator_export_type",
    "optimize",
    "profile",
    "report",
    "strip_doc_string",
    "use_external_data_format",
    "verbose",
}


def _refuse_settings(training: Any, given: Mapping[str, Any]) -> None:
    unknown = sorted(given.keys() - _WITHOUT_EFFECT)
    if unknown:
        raise TypeError(f"export: unexpected keyword argument {unknown[0]!r}")
    for name in ("custom_translation_table", "custom_opsets", "export_modules_as_functions"):
        if given.get(name):
            raise NotImplementedError(f"onnx.export: {name} is not supported; leave it out")
    mode = getattr(training, "name", training)
    if mode not in (None, False, "EVAL", "PRESERVE", 0):
        raise NotImplementedError(
            f"onnx.export: training={mode}: models are exported in evaluation mode; leave it out"
        )
