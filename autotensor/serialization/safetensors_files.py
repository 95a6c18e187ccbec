"""Files of the format safetensors, through the package of that name: a flat dict of arrays."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import IO, Any

import numpy as np

from autotensor.creation import from_numpy
from autotensor.engine.tensor import Tensor
from autotensor.importing import import_extra
from autotensor.serialization.budget import FormatError, structure_cost
from autotensor.serialization.foreign_dtypes import WIDENED, decoded, is_known, why_not
from autotensor.serialization.opened import Opened

__all__: list[str] = []  # helpers, which no package shows

NAMES = {
    "F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64",
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2", "I8": "int8", "I16": "int16",
    "I32": "int32", "I64": "int64", "U8": "uint8", "U16": "uint16", "U32": "uint32",
    "U64": "uint64", "BOOL": "bool", "C64": "complex64",
}  # fmt: skip
"""Dtypes by what the format calls them."""


def header_of(opened: Opened) -> int:
    """How many bytes the header of such a file has; 0 of any other file."""
    start = opened.start(9)
    count = int.from_bytes(start[:8], "little")
    return count if start[8:] == b"{" and 2 <= count <= opened.size - 8 else 0


def read_safetensors(opened: Opened) -> OrderedDict[str, Tensor]:
    """The Tensors by their names, in the order of the file; ``metadata`` is an attribute of it."""
    package = import_extra("safetensors", "safetensors", "load")
    count = header_of(opened)
    opened.budget.allow_structure(count)
    opened.budget.take(count, "the header")
    text = opened.start(8 + count)[8:]
    opened.budget.take(structure_cost(text), "the header")
    if opened.memory is None:
        opened.budget.take(2 * opened.size, "the arrays")
        opened.file.seek(0)
        content = opened.file.read(opened.size)
        lines = {
            name: np.frombuffer(one["data"], np.uint8)
            for name, one in _asked(package, lambda: package.deserialize(content))
        }
        del content
    else:
        # The package reads the header and checks it; where the arrays lie is in it.
        with _asked(package, lambda: package.safe_open(opened.name, framework="np")):
            lines = {}
    found: OrderedDict[str, Tensor] = OrderedDict()
    head = json.loads(text)
    metadata = head.pop("__metadata__", None) or {}
    for name, about in head.items():
        kind = NAMES.get(about["dtype"], about["dtype"])
        if not is_known(kind):
            raise FormatError(f"holds, at [{name[:100]!r}], {why_not(kind)}")
        if opened.memory is not None:
            begin, end = (8 + count + place for place in about["data_offsets"])
            lines[name] = opened.memory[begin:end]
        if kind in WIDENED:
            opened.budget.take(6 * lines[name].size, f"the array {name[:100]!r} as float32")
        found[name] = from_numpy(decoded(lines.pop(name), kind).reshape(about["shape"]))
    vars(found)["metadata"] = metadata
    return found


def _asked(package: Any, what: Callable[[], Any]) -> Any:
    try:
        return what()
    except package.SafetensorError as error:
        raise FormatError(f"is damaged: {error}") from None


def writer_of_safetensors(obj: Any) -> Callable[[IO[bytes]], object]:
    """What writes ``obj``, which must be a flat dict of arrays by names; all is checked here."""
    package = import_extra("safetensors.numpy", "safetensors", "save")
    remedy = "a .safetensors file holds a dict of Tensors by names; save to .npz or .pt"
    if hasattr(obj, "state_dict"):
        remedy = "a .safetensors file holds a dict of Tensors by names; save its state_dict()"
    if not isinstance(obj, Mapping):
        raise TypeError(f"save: got {type(obj).__qualname__}, but {remedy}")
    arrays = {}
    for name, value in obj.items():
        array = value.array if isinstance(value, Tensor) else value
        if not isinstance(name, str) or name == "__metadata__":
            raise TypeError(f"save: got the key {repr(name)[:100]}, but {remedy}")
        if not isinstance(array, (np.ndarray, np.generic)):
            raise TypeError(f"save: at [{name!r}] is {type(value).__qualname__}, but {remedy}")
        if array.dtype.name not in NAMES.values():
            raise TypeError(
                f"save: at [{name!r}] is an array of dtype {array.dtype}, which .safetensors "
                "cannot hold; convert it to numbers first"
            )
        arrays[name] = np.asarray(array, array.dtype.newbyteorder("="), order="C")
    metadata = _text_only(getattr(obj, "metadata", {"format": "pt"}))
    content = package.save(arrays, metadata or None)
    return lambda file: file.write(content)


def _text_only(metadata: Any) -> dict[str, str]:
    right = isinstance(metadata, Mapping) and all(
        isinstance(one, str) for pair in metadata.items() for one in pair
    )
    if not right:
        raise TypeError(
            f"save: the metadata of a .safetensors file is a dict of text by text, got "
            f"{repr(metadata)[:100]}"
        )
    return dict(metadata)
