"""A graph as one file, or, where its weights are too large for that, as two."""

from __future__ import annotations

import os
from typing import Any

from autotensor.extend import replacing

__all__ = ["is_large", "write"]

MOST_BYTES = 2**31 - 2**24
"""What a file may hold; the rest up to 2 GB is for the graph itself."""


def is_large(proto: Any) -> bool:
    """Whether the weights do not fit in one file."""
    return sum(len(one.raw_data) for one in proto.graph.initializer) >= MOST_BYTES


def write(onnx: Any, proto: Any, f: Any, external: bool) -> None:
    """Writes ``proto`` to a path or a file; with ``external`` its weights to ``f.data``.

    Raises:
        ValueError: weights that need a file of their own, and no path.
    """
    if external:
        if f is None or hasattr(f, "write"):
            raise ValueError(
                "onnx.export: weights in a file of their own, as 2 GB must be, need a path "
                f"to write to, got {type(f).__name__}"
            )
        whole = proto
        if not is_large(proto):  # ``save`` takes the weights away
            whole = onnx.ModelProto()
            whole.CopyFrom(proto)
        path = os.fspath(f)
        data = os.path.basename(path) + ".data"
        beside = os.path.join(os.path.dirname(path), data)
        if os.path.exists(beside):  # it would be appended to
            os.remove(beside)
        onnx.save(whole, path, save_as_external_data=True, location=data, size_threshold=0)
        return
    content = proto.SerializeToString(deterministic=True)
    if hasattr(f, "write"):
        f.write(content)
        return
    with replacing(os.fspath(f)) as file:
        file.write(content)
