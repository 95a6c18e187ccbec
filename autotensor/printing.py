"""How a Tensor shows itself: PyTorch's way."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["format_array", "set_printoptions"]

_options: dict[str, Any] = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80}


def set_printoptions(
    precision: int | None = None,
    threshold: int | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
) -> None:
    """Sets digits after the point, elements before "…", elements at each end, columns."""
    given = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    _options.update({name: value for name, value in given.items() if value is not None})


def _float_format(array: np.ndarray) -> Any:
    """One format for all elements: ``1.``, ``1.2500`` or ``1.2500e-08``, padded alike."""
    finite = array[np.isfinite(array)].astype(np.float64)
    digits = _options["precision"]
    sizes = np.abs(finite[finite != 0])
    whole = bool(np.all(finite == np.trunc(finite)))
    scientific = sizes.size > 0 and (
        sizes.max() >= 1e8
        or (not whole and (sizes.max() / sizes.min() > 1000 or sizes.min() < 1e-4))
    )
    if scientific:
        form = "{:." + str(digits) + "e}"
    elif whole:
        form = "{:.0f}."
    else:
        form = "{:." + str(digits) + "f}"

    def one(value: Any) -> str:
        return form.format(float(value)) if np.isfinite(value) else str(float(value))

    shown = array.ravel()
    if shown.size > _options["threshold"]:
        # Only the ends are printed, so only they decide the width.
        edge = _options["edgeitems"]
        ends = tuple(slice(None) if n <= 2 * edge else np.r_[:edge, -edge:0] for n in array.shape)
        shown = array[np.ix_(*(np.arange(n)[e] for n, e in zip(array.shape, ends, strict=True)))]
    width = max((len(one(value)) for value in shown.ravel()), default=0)
    return lambda value: one(value).rjust(width)


def format_array(prefix: str, array: np.ndarray, facts: list[str]) -> str:
    """``prefix`` + the values + ``facts`` + ``)``, broken into lines as PyTorch does."""
    formatter = None
    if array.dtype.kind == "f" and array.size:
        formatter = {"float_kind": _float_format(array)}
    if array.ndim == 0:
        text = formatter["float_kind"](array[()]) if formatter else str(array[()])
    elif array.size == 0:
        text = "[]"
    else:
        text = np.array2string(
            array,
            separator=", ",
            prefix=prefix,
            threshold=_options["threshold"],
            edgeitems=_options["edgeitems"],
            max_line_width=_options["linewidth"],
            formatter=formatter,
        )
    out = prefix + text
    last = len(out) - out.rfind("\n") - 1
    for fact in facts:
        # PyTorch starts a new line where the fact would not fit.
        if last + len(fact) + 2 > _options["linewidth"]:
            out += ",\n" + " " * len(prefix) + fact
            last = len(prefix) + len(fact)
        else:
            out += ", " + fact
            last += len(fact) + 2
    return out + ")"
