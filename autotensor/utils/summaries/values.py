"""Messages of numbers: scalars, tensors, text, histograms, curves, meshes, charts and sound.

Each function gives the fields of a ``Summary.Value`` but for its tag.  The numbers of fields, and
the names of plugins, are those of TensorFlow's ``summary.proto`` and ``tensor.proto`` and of
TensorBoard's ``plugin_data.proto`` of each plugin.
"""

from __future__ import annotations

import functools
import io
import json
import warnings
import wave
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autotensor.utils.event_files import (
    content,
    double,
    doubles,
    integer,
    integers,
    single,
    singles,
)
from autotensor.utils.summaries.reading import real_of, text_of

__all__ = [
    "KINDS",
    "audio",
    "curve",
    "histogram",
    "layout",
    "measured_curve",
    "mesh",
    "metadata",
    "raw_curve",
    "scalar",
    "shape",
    "summed_up",
    "tensor",
    "text",
]

KINDS = {
    "float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int16": 5, "int8": 6, "str": 7,
    "complex64": 8, "int64": 9, "bool": 10, "uint16": 17, "complex128": 18, "float16": 19,
    "uint32": 22, "uint64": 23,
}  # fmt: skip
"""TensorFlow's numbers of dtypes."""
MOST_BYTES = 1 << 31
"""A message cannot be longer."""
MOST_THRESHOLDS = 127
"""PyTorch draws no curve with more."""


def metadata(plugin: str, data: bytes = b"") -> bytes:
    """For which plugin of TensorBoard's a value is."""
    named = content(1, plugin)
    return content(9, content(1, named + content(2, data) if data else named))


def shape(sizes: Iterable[int]) -> bytes:
    """A ``TensorShapeProto``."""
    return b"".join(content(2, integer(1, size)) for size in sizes)


def _filled(kind: str, sizes: Iterable[int] | None, values: bytes) -> bytes:
    """A ``TensorProto``; without a shape if ``sizes`` is None."""
    place = b"" if sizes is None else content(2, shape(sizes))
    return content(8, integer(1, KINDS[kind]) + place + values)


def scalar(value: float, new_style: bool, double_precision: bool) -> bytes:
    if not new_style:
        return single(2, value)
    if double_precision:
        return metadata("scalars") + _filled("float64", None, doubles(6, [value]))
    return metadata("scalars") + _filled("float32", None, singles(5, [value]))


def text(value: str) -> bytes:
    return metadata("text") + _filled("str", [1], content(8, value))


def tensor(array: np.ndarray, caller: str) -> bytes:
    """Any array; each dtype in the field that TensorBoard reads it from."""
    name = array.dtype.name
    if name not in KINDS:
        raise TypeError(f"{caller}: TensorBoard has no dtype {name}")
    if array.nbytes >= MOST_BYTES:
        raise ValueError(f"{caller}: {array.nbytes} bytes are too many; a message holds 2 GiB")
    flat = array.reshape(-1)
    if name in ("complex64", "complex128"):
        flat = flat.view(flat.real.dtype)
    fields = {"float32": (5, singles), "float64": (6, doubles), "complex64": (9, singles),
              "complex128": (12, doubles), "int64": (10, integers), "bool": (11, integers),
              "float16": (13, integers), "uint32": (4, _as_it_lies),
              "uint64": (4, _as_it_lies)}  # fmt: skip
    number, packed = fields.get(name, (7, integers))
    values = flat.view(np.uint16) if name == "float16" else flat
    return metadata("tensor") + _filled(name, array.shape, packed(number, values))


def _as_it_lies(number: int, array: np.ndarray) -> bytes:
    return content(number, array.astype(array.dtype.newbyteorder("<")).tobytes())


# -- histograms ------------------------------------------------------------------------------------


@functools.cache
def _edges() -> np.ndarray:
    """From -1e20 to 1e20, each a tenth further from 0 than the one before."""
    steps = [1e-12]
    while (following := steps[-1] * 1.1) < 1e20:
        steps.append(following)
    return np.array([*(-one for one in reversed(steps)), 0.0, *steps])


def histogram(array: np.ndarray, bins: Any, max_bins: int | None, caller: str) -> bytes:
    """Counts values in bins; of those only from the first that has one to the last."""
    array = array.astype(np.float64).ravel()
    if not array.size:
        raise ValueError(f"{caller}: the input has no element")
    edges = _edges() if isinstance(bins, str) and bins == "tensorflow" else bins
    counts, limits = np.histogram(array, bins=edges)
    if max_bins is not None and len(counts) > max_bins:
        counts, limits = _fewer(counts, limits, max_bins)
    filled = np.flatnonzero(counts)
    if not filled.size:
        raise ValueError(f"{caller}: none of the {array.size} values is in a bin; NaN never is")
    first, last = filled[0], filled[-1] + 1
    moments: Any = (array.min(), array.max(), array.size, array.sum(), array @ array)
    # An empty bin in front says where the first one begins.
    return summed_up(moments, limits[first : last + 1], np.array([0, *counts[first:last]]))


def _fewer(counts: np.ndarray, limits: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Neighbours together, so many that about ``most`` bins are left."""
    together = len(counts) // most
    starts = np.arange(0, len(counts), together)
    return np.add.reduceat(counts, starts), np.append(limits[starts], limits[-1])


def summed_up(moments: Iterable[float], limits: Any, counts: Any) -> bytes:
    """A histogram: the least, the greatest, how many, their sum and that of their squares; the
    upper limits of the bins, and how many values are in each."""
    message = b"".join(double(number, one) for number, one in enumerate(moments, 1))
    return content(5, message + doubles(6, limits) + doubles(7, counts))


# -- precision and recall --------------------------------------------------------------------------


def curve(
    labels: np.ndarray, predictions: np.ndarray, thresholds: int, weights: Any, caller: str
) -> bytes:
    """Counts what is right and wrong above each threshold from 0 to 1."""
    if labels.size != predictions.size:
        raise ValueError(
            f"{caller}: {labels.size} labels do not fit {predictions.size} predictions"
        )
    if not labels.size:
        raise ValueError(f"{caller}: there are no labels")
    labels, predictions = labels.astype(np.float64).ravel(), predictions.ravel()
    inside = (predictions >= 0) & (predictions <= 1)
    if not inside.all():
        raise ValueError(
            f"{caller}: predictions must be probabilities from 0 to 1, got "
            f"{predictions[~inside][0]}; of scores take sigmoid() or softmax()"
        )
    known = (labels == 0) | (labels == 1)
    if not known.all():
        raise ValueError(f"{caller}: labels must be 0 or 1, got {labels[~known][0]}")
    weighs: Any = 1.0 if weights is None else real_of(weights, caller, "weights").ravel()
    thresholds = min(thresholds, MOST_THRESHOLDS)
    places = np.int32(np.floor(predictions * (thresholds - 1)))
    settings: Any = {"bins": thresholds, "range": (0, thresholds - 1)}
    right, _ = np.histogram(places, weights=labels * weighs, **settings)
    wrong, _ = np.histogram(places, weights=(1 - labels) * weighs, **settings)
    return measured_curve(right, wrong)


def measured_curve(right: np.ndarray, wrong: np.ndarray) -> bytes:
    """A curve of how many predictions with each threshold as the last below were right, how many
    wrong."""
    true, false = right[::-1].cumsum()[::-1], wrong[::-1].cumsum()[::-1]
    missed = true[0] - true
    precision = true / np.maximum(1e-7, true + false)
    recall = true / np.maximum(1e-7, true + missed)
    rows = (true, false, false[0] - false, missed, precision, recall)
    return raw_curve(np.stack(rows), len(right))


def raw_curve(rows: np.ndarray, thresholds: int) -> bytes:
    """True and false positives, true and false negatives, precision and recall, in rows."""
    data = integer(2, min(thresholds, MOST_THRESHOLDS))
    return metadata("pr_curves", data) + _filled("float32", rows.shape, singles(5, rows))


# -- charts, meshes, sound -------------------------------------------------------------------------


def layout(charts: Mapping[str, Mapping[str, Sequence[Any]]], caller: str) -> bytes:
    """Which scalars to draw together: categories of charts, each a kind and its tags."""
    categories = b""
    for category, inside in charts.items():
        drawn = b"".join(
            content(2, content(1, text_of(title, caller, "a title")) + _chart(title, one, caller))
            for title, one in inside.items()
        )
        categories += content(2, content(1, text_of(category, caller, "a category")) + drawn)
    return metadata("custom_scalars") + _filled("str", [], content(8, categories))


def _chart(title: str, chart: Sequence[Any], caller: str) -> bytes:
    known = ("Multiline", "Margin")
    pair = isinstance(chart, (list, tuple)) and len(chart) == 2 and chart[0] in known
    if not pair or isinstance(chart[1], str):
        raise ValueError(
            f"{caller}: the chart {title!r} must be ['Multiline', tags] or ['Margin', [value, "
            f"lower, upper]], got {chart!r}"
        )
    kind, tags = chart[0], [text_of(tag, caller, f"a tag of {title!r}") for tag in chart[1]]
    if kind == "Multiline":
        return content(2, b"".join(content(1, tag) for tag in tags))
    if len(tags) != 3:
        raise ValueError(
            f"{caller}: a margin needs the three tags value, lower, upper; {title!r} has "
            f"{len(tags)}"
        )
    return content(3, content(1, b"".join(content(at, tag) for at, tag in enumerate(tags, 1))))


MESH = ("VERTEX", "FACE", "COLOR")


def mesh(
    tag: str, parts: Sequence[np.ndarray | None], config: Mapping[str, Any] | None, caller: str
) -> list[tuple[str, bytes]]:
    """Vertices, faces and colours ``(B, N, 3)``, as far as given: a tag and a value for each."""
    given = [(at, one) for at, one in enumerate(parts, 1) if one is not None]
    for at, one in given:
        if one.ndim != 3 or one.shape[2] != 3:
            what = ("vertices", "faces", "colors")[at - 1]
            raise ValueError(f"{caller}: {what} must be (B, N, 3), got {one.shape}")
    components = sum(1 << at for at, _ in given)
    settings = json.dumps({} if config is None else dict(config), sort_keys=True)
    found = []
    for at, one in given:
        data = content(2, tag) + integer(3, at) + content(5, settings) + integers(6, one.shape)
        value = _filled("float32", one.shape, singles(5, one))
        plugin = metadata("mesh", data + integer(7, components))
        found.append((f"{tag}_{MESH[at - 1]}", plugin + value))
    return found


def audio(array: np.ndarray, rate: int, caller: str) -> bytes:
    """One channel of numbers from -1 to 1, as a WAV file of 16 bits; louder ones are cut off."""
    array = array.squeeze()
    if array.ndim != 1:
        raise ValueError(f"{caller}: expected one channel (1, L), got shape {array.shape}")
    if np.isnan(array).any():
        raise ValueError(f"{caller}: the sound has NaN")
    if not array.size:
        raise ValueError(f"{caller}: the sound has no sample")
    loudest = float(np.abs(array).max())
    if loudest > 1 and array.dtype.kind in "iu":
        raise ValueError(
            f"{caller}: a sound is of numbers from -1 to 1, got {array.dtype} up to {loudest:g}; "
            "divide it by 32768, if it has 16 bits"
        )
    if loudest > 1:
        message = f"{caller}: the sound reaches {loudest:g}; what is louder than 1 is cut off"
        warnings.warn(message, RuntimeWarning, stacklevel=4)
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes((array.clip(-1, 1) * np.iinfo(np.int16).max).astype("<i2").tobytes())
    facts = single(1, rate) + integer(2, 1) + integer(3, len(array))
    return content(6, facts + content(4, file.getvalue()) + content(5, "audio/wav"))
