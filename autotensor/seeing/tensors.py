"""A Tensor in a notebook: its values, what can be said of them, and the pixels of pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autotensor.engine.tensor import Tensor
from autotensor.printing import number_format
from autotensor.seeing.charts import histogram
from autotensor.seeing.html import Html, head, note, page, side_by_side, table, tag, together
from autotensor.seeing.pictures import pictures_of

__all__ = ["page_of", "statistics", "values"]

ROWS, COLUMNS, SLICES = 20, 12, 4
"""How many are shown in full; of more, some at both ends."""
IN_A_ROW = 10
"""Numbers of a dimension alone, which goes on in further rows."""
FEW = 20
"""Numbers that one takes in at a glance, without statistics."""
SAMPLE, SMALL_SAMPLE = 4_000_000, 200_000
"""How many numbers are looked at, for statistics and for a histogram."""
REST = "…"


def page_of(tensor: Tensor) -> str:
    """What a notebook shows of a Tensor in place of its ``repr``.

    Values as they are printed, in a table, of one, two or three dimensions; of many numbers their
    statistics and a histogram or a picture as well: of pictures (H, W), (C, H, W) or (N, C, H, W)
    with C of 1, 3 or 4 the pixels, of other shapes the last two dimensions as maps.  However large
    the Tensor is, this takes no longer than some tenths of a second and some tens of kB.
    """
    array = tensor.array
    facts: list[object] = [tag("code", str(tuple(array.shape))), str(array.dtype)]
    if tensor.grad_fn is not None:
        facts.append(f"grad_fn={tensor.grad_fn!r}")
    elif tensor.requires_grad:
        facts.append("requires_grad=True")
    title = type(tensor).__name__
    if array.ndim == 0:
        number = number_format(array)[0](array.item())
        return page(head(title, tag("b", number, class_="at-mono"), *facts))
    parts: list[Html] = [head(title, *facts)]
    if array.size == 0:
        return page(*parts, note("no elements"))
    drawn = pictures_of(array)
    if array.size > FEW:
        parts.append(note(statistics(array)))
    shown = values(array) if array.ndim <= 3 and _says_more(array, drawn) else None
    seen: list[Html] = [one for one in (shown, drawn) if one is not None]
    if drawn is None and array.size > 5 * FEW and array.dtype != np.bool_:
        seen.append(_histogram(array))
    return page(*parts, side_by_side(*seen) if len(seen) > 1 else together(*seen))


def _says_more(array: np.ndarray, drawn: Html | None) -> bool:
    """Whether a table of values is of use: not of bytes, which are pixels, nor of many maps."""
    return drawn is None or (array.ndim == 2 and array.dtype != np.uint8)


# -- values ----------------------------------------------------------------------------------------


def values(array: np.ndarray) -> Html:
    """The numbers of one, two or three dimensions as they are printed, in a table or some."""
    show, edge = number_format(array)
    if array.ndim == 1:
        return _line(array, show, edge)
    if array.ndim == 2:
        return _table(array, show, edge)
    return side_by_side(
        *(
            tag("div", note(f"[{place}]"), _table(array[place], show, edge))
            if place is not None
            else note(REST)
            for place in _places(len(array), SLICES, edge)
        )
    )


def _places(size: int, most: int, edge: int) -> list[int | None]:
    """Which of ``size`` are shown: all, or those at both ends, with None between them."""
    if size <= max(most, 2 * edge):
        return [*range(size)]
    return [*range(edge), None, *range(size - edge, size)]


def _line(array: np.ndarray, show: Callable[[Any], str], edge: int) -> Html:
    size = len(array)
    if size <= COLUMNS:
        return table([list(map(show, array.tolist()))], [*map(str, range(size))])
    lines = _places(-(-size // IN_A_ROW), 6, 1)
    rows: list[Sequence[object]] = []
    for line in lines:
        if line is None:
            rows.append([REST] + [""] * IN_A_ROW)
            continue
        piece = array[line * IN_A_ROW : (line + 1) * IN_A_ROW].tolist()
        rows.append([line * IN_A_ROW, *map(show, piece), *[""] * (IN_A_ROW - len(piece))])
    return table(rows, ["", *(f"+{one}" for one in range(IN_A_ROW))], labels=True)


def _table(matrix: np.ndarray, show: Callable[[Any], str], edge: int) -> Html:
    across = _places(matrix.shape[1], COLUMNS, edge)
    down = _places(matrix.shape[0], ROWS, edge)
    rows = [
        [REST] + [REST] * len(across)
        if row is None
        else [row, *(REST if at is None else show(matrix[row, at].item()) for at in across)]
        for row in down
    ]
    return table(rows, ["", *(REST if at is None else at for at in across)], labels=True)


# -- all of them -----------------------------------------------------------------------------------


def statistics(array: np.ndarray) -> str:
    """``min … · max … · mean … · std …``, of all that are finite, and how many are not."""
    some = _thinned(array, SAMPLE)
    about = "" if some.size == array.size else f" (of {some.size:,} among {array.size:,} numbers)"
    if array.dtype == np.bool_:
        count = int(np.count_nonzero(some))
        return (
            f"True {_share(count, some.size)} · False {_share(some.size - count, some.size)}"
            + about
        )
    said = []
    finite = some
    if array.dtype.kind == "f":
        known = np.isfinite(some)
        if not known.all():
            unknown = int(np.count_nonzero(np.isnan(some)))
            infinite = some.size - int(np.count_nonzero(known)) - unknown
            said = [f"NaN {_share(unknown, some.size)}"] if unknown else []
            said += [f"inf {_share(infinite, some.size)}"] if infinite else []
            finite = some[known]
    if not finite.size:
        return " · ".join(said) + about
    with np.errstate(all="ignore"):
        mean, std = finite.mean(dtype=np.float64), finite.std(dtype=np.float64)
    numbers = {"min": finite.min(), "max": finite.max(), "mean": mean, "std": std}
    words = [f"{name} {_short(number.item())}" for name, number in numbers.items()]
    return " · ".join([*words, *said]) + about


def _short(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:.4g}"


def _share(count: int, size: int) -> str:
    return (
        f"{count:,} ({count / size:.3g})"
        if not count
        else f"{count:,} ({100 * count / size:.3g} %)"
    )


def _histogram(array: np.ndarray) -> Html:
    some = _thinned(array, SMALL_SAMPLE)
    finite = some[np.isfinite(some)] if array.dtype.kind == "f" else some
    return histogram(finite) if finite.size else Html("")


def _thinned(array: np.ndarray, most: int) -> np.ndarray:
    """A view of ``most`` elements or fewer: of the longest dimensions every second, third…"""
    while array.size > most:
        axis = int(np.argmax(array.shape))
        step = min(-(-array.size // most), array.shape[axis])
        cut = [slice(None)] * array.ndim
        cut[axis] = slice(None, None, step)
        array = array[tuple(cut)]
    return array
