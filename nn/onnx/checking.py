"""Whether the graph computes what the model does: run by ONNX Runtime, or ONNX's reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autotensor.extend import import_extra
from nn.onnx.inputs import Inputs
from nn.onnx.tracing import RefusedError

__all__ = ["checked", "runner"]


def checked(onnx: Any, proto: Any, inputs: Inputs, runs: Any, path: str | None) -> None:
    """Raises RefusedError if the graph is not valid, or gives other numbers than the model gave;
    ``path`` is where it has been written already."""
    try:
        onnx.checker.check_model(path or proto, full_check=path is None)
    except Exception as error:
        raise RefusedError(f"ONNX's checker minds the graph: {error}") from error
    run = runner(proto, path)
    for trace, given, sizes in runs.found:
        feeds = {name: one.array for name, one in zip(inputs.names, given, strict=True)}
        needed = {one.name for one in proto.graph.input}
        found = run({name: one for name, one in feeds.items() if name in needed})
        _compare(proto, found, trace.arrays, runs.symbols, sizes)


def _compare(
    proto: Any, found: Sequence[Any], expected: Sequence[np.ndarray], symbols: Any, sizes: Any
) -> None:
    named = ", ".join(f"{s.name} = {n}" for s, n in zip(symbols, sizes, strict=True))
    for output, one, wanted in zip(proto.graph.output, found, expected, strict=True):
        one = np.asarray(one)
        if one.shape != wanted.shape or one.dtype != wanted.dtype:
            raise RefusedError(
                f"the graph gives {output.name} of shape {one.shape} and dtype {one.dtype}, the "
                f"model {wanted.shape} and {wanted.dtype}{named and f', with {named}'}"
            )
        if not _close(one, wanted):
            raise RefusedError(
                f"the graph gives other numbers than the model for {output.name}"
                f"{named and f', with {named}'} (they differ by up to {_apart(one, wanted)}): it "
                "may depend on values in a way that a graph does not show"
            )


def _close(one: np.ndarray, wanted: np.ndarray) -> bool:
    if wanted.dtype.kind != "f":
        return np.array_equal(one, wanted)
    small = {2: 1e-2, 4: 1e-4, 8: 1e-8}[wanted.dtype.itemsize]
    finite = np.abs(wanted[np.isfinite(wanted)])
    scale = float(finite.max()) if finite.size else 1.0
    return np.allclose(one, wanted, rtol=10 * small, atol=small * max(scale, 1e-3), equal_nan=True)


def _apart(one: np.ndarray, wanted: np.ndarray) -> float:
    with np.errstate(all="ignore"):
        return float(np.nanmax(np.abs(one.astype(float) - wanted.astype(float)), initial=0.0))


def runner(proto: Any, path: str | None) -> Callable[[dict[str, np.ndarray]], Sequence[Any]]:
    """What runs the graph: ONNX Runtime if it is installed and has all operators."""
    try:
        runtime = import_extra("onnxruntime", "onnx", "onnx.export")
    except ModuleNotFoundError:
        return _reference(path or proto)
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    data = path or proto.SerializeToString()
    try:
        session = runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        if "NOT_IMPLEMENTED" in str(error):  # as for float64 in convolutions
            return _reference(path or proto)
        raise RefusedError(
            f"ONNX Runtime minds the graph: {error}; for older ones, opset_version=18"
        ) from error

    def run(feeds: dict[str, np.ndarray]) -> Sequence[Any]:
        try:
            return list(session.run(None, feeds))
        except Exception as error:
            if "support double" in str(error):  # as LSTM says
                return _reference(path or proto)(feeds)
            raise RefusedError(f"ONNX Runtime cannot run the graph: {error}") from error

    return run


def _reference(proto: Any) -> Callable[[dict[str, np.ndarray]], Sequence[Any]]:
    reference = import_extra("onnx.reference", "onnx", "onnx.export")
    evaluator = reference.ReferenceEvaluator(proto)

    def run(feeds: dict[str, np.ndarray]) -> Sequence[Any]:
        try:
            with np.errstate(all="ignore"):
                return list(evaluator.run(None, feeds))
        except Exception as error:
            raise RefusedError(
                f"ONNX's reference evaluator cannot run the graph, so it could not be checked: "
                f"{error}; install onnxruntime, or export with verify=False"
            ) from error

    return run
