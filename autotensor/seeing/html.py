"""HTML for notebooks and documentation: elements, tables, pictures, and one look for all of it.

Whatever is shown is one ``page(…)`` of elements made by ``tag``.  It needs nothing from elsewhere,
no script and no font, and looks right on light and on dark pages, whoever shows it: text has the
colour of the page, lines and fills are translucent, and ``COLOURS`` can be told from both grounds.
"""

from __future__ import annotations

import html
import zlib
from base64 import b64encode
from collections.abc import Iterable, Sequence

import numpy as np

__all__ = [
    "COLOURS", "Html", "fold", "head", "note", "page", "picture", "png", "side_by_side", "table",
    "tag", "together",
]  # fmt: skip

COLOURS = {
    "blue": "#2f80c8",
    "orange": "#d9691e",
    "green": "#23996b",
    "red": "#d64550",
    "purple": "#8f6ad0",
    "yellow": "#b58a00",
    "grey": "#888888",
}
"""Of middle lightness: a contrast of at least 3 to white and to black."""

STYLE = """
.autotensor{color:inherit;font-size:13px;line-height:1.5;max-width:100%;margin:.2em 0}
.autotensor .at-head{margin:0 0 .2em}
.autotensor .at-dim{opacity:.68}
.autotensor .at-mono,.autotensor.autotensor td,.autotensor.autotensor th{
font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:12px}
.autotensor .at-scroll{overflow-x:auto;max-width:100%}
.autotensor.autotensor table{border:0;border-collapse:collapse;width:auto;margin:.3em 0;
table-layout:auto;color:inherit!important;background:none!important;box-shadow:none}
.autotensor.autotensor tr{background:none!important;border:0}
.autotensor.autotensor td,.autotensor.autotensor th{border:0;padding:.15em .6em;text-align:right;
white-space:nowrap;vertical-align:top;color:inherit!important;background:none;max-width:none;
line-height:1.5}
.autotensor.autotensor thead th{border-bottom:1px solid rgba(128,128,128,.5);font-weight:600}
.autotensor.autotensor th{font-weight:400}
.autotensor.autotensor tbody th{opacity:.6}
.autotensor.autotensor .at-left{text-align:left}
.autotensor.autotensor tr.at-sum td{border-top:1px solid rgba(128,128,128,.5)}
.autotensor.autotensor tbody tr:hover td{background:rgba(128,128,128,.14)}
.autotensor .at-row{display:flex;flex-wrap:wrap;gap:.5em 1em;align-items:flex-start}
.autotensor .at-row figure{margin:0}
.autotensor figcaption{font-size:11px;opacity:.75;text-align:center;margin:0;color:inherit}
.autotensor img{image-rendering:pixelated;max-width:100%;height:auto;display:block;margin:0 auto;
background:none;outline:1px solid rgba(128,128,128,.35)}
.autotensor svg{max-width:100%;height:auto;overflow:visible}
.autotensor details{margin:0}
.autotensor details>summary{cursor:pointer}
.autotensor .at-case{margin:.4em 0;padding-left:.7em;border-left:3px solid #d9691e}
.autotensor .at-leaf{padding-left:1.05em}
.autotensor details>.at-in{margin-left:.45em;padding-left:.9em;
border-left:1px solid rgba(128,128,128,.3)}
.autotensor .at-mark{border:1px solid currentColor;border-radius:.6em;padding:0 .45em;
font-size:11px;opacity:.75;margin-left:.4em;white-space:nowrap}
"""

_EMPTY = frozenset({"br", "img", "meta"})
"""Elements without an end."""


class Html(str):
    """Text that is HTML already; any other is escaped where it is put into some."""

    __slots__ = ()


def tag(name: str, *content: object, **attributes: object) -> Html:
    """``<name attributes>content</name>``.

    Args:
        content: other elements, or anything else, whose ``str`` is escaped.
        attributes: ``class_`` is ``class``, ``stroke_width`` is ``stroke-width``; one that is None
            or False is left out, and of one that is True only the name stands there.
    """
    parts = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.strip("_").replace("_", "-")
        parts.append(key if value is True else f'{key}="{html.escape(_readable(value))}"')
    if name in _EMPTY:
        return Html(f"<{' '.join(parts)}>")
    return Html(f"<{' '.join(parts)}>{together(*content)}</{name}>")


def escaped(content: object) -> Html:
    """The text of anything, as HTML."""
    if isinstance(content, Html):
        return content
    return Html(html.escape(_readable(content), quote=False))


def _readable(content: object) -> str:
    """Its ``str``, without what a page cannot hold: half a character, and control characters."""
    text = str(content).encode("utf-8", "replace").decode("utf-8")
    return "".join(
        one if one >= " " or one in "\n\t" else "\N{REPLACEMENT CHARACTER}" for one in text
    )


def together(*content: object) -> Html:
    """One after the other, in no element of their own."""
    return Html("".join(map(escaped, content)))


def page(*content: object) -> str:
    """All of ``content``, with the look that the rest of this file relies on."""
    return tag("div", tag("style", Html(STYLE.strip())), *content, class_="autotensor")


def head(title: object, *facts: object) -> Html:
    """The first line: what it is, and what there is to say of it at once."""
    text = [tag("b", title), *(part for fact in facts for part in (" · ", fact))]
    return tag("div", *text, class_="at-head")


def note(*content: object) -> Html:
    """A line in the background."""
    return tag("div", *content, class_="at-dim")


def fold(title: object, *content: object, open: bool = False) -> Html:
    """``content``, to be folded out below ``title``."""
    return tag("details", tag("summary", title), tag("div", *content, class_="at-in"), open=open)


def side_by_side(*figures: object) -> Html:
    """Next to each other for as long as the page is wide enough."""
    return tag("div", *figures, class_="at-row")


def table(
    rows: Iterable[Sequence[object]],
    titles: Sequence[object] = (),
    *,
    left: int = 0,
    labels: bool = False,
    sums: int = 0,
) -> Html:
    """Rows of cells; one that is wider than the page can be scrolled.

    Args:
        titles: what stands above the columns.
        left: how many columns stand flush left; the others stand flush right, as numbers do.
        labels: whether the first column has names or numbers of the rows.
        sums: how many of the last rows are set apart by a line, as sums are.
    """

    def cells(row: Sequence[object], kind: str) -> list[Html]:
        return [
            tag("th" if labels and not at else kind, one, class_="at-left" if at < left else None)
            for at, one in enumerate(row)
        ]

    all_rows = list(rows)
    first_sum = len(all_rows) - sums
    lines = [
        tag("tr", *cells(row, "td"), class_="at-sum" if sums and at == first_sum else None)
        for at, row in enumerate(all_rows)
    ]
    above = [tag("thead", tag("tr", *cells(titles, "th")))] if titles else []
    return tag("div", tag("table", *above, tag("tbody", *lines)), class_="at-scroll")


# -- pictures --------------------------------------------------------------------------------------


def picture(
    pixels: np.ndarray,
    *,
    palette: np.ndarray | None = None,
    caption: object = None,
    side: int = 96,
    about: str = "",
) -> Html:
    """An array as pixels, enlarged by a whole number so that it can be seen.

    Args:
        pixels, palette: as ``png`` takes them.
        caption: what stands below it.
        side: how long the longer side should be at least, in pixels of the screen.
        about: what is read out where pictures are not shown.
    """
    height, width = pixels.shape[:2]
    scale = max(1, -(-side // max(height, width, 1)))
    data = b64encode(png(pixels, palette)).decode("ascii")
    source = f"data:image/png;base64,{data}"
    drawn = tag("img", src=source, width=scale * width, height=scale * height, alt=about)
    return tag("figure", drawn, *([] if caption is None else [tag("figcaption", caption)]))


def png(pixels: np.ndarray, palette: np.ndarray | None = None) -> bytes:
    """A file of the format PNG, without loss.

    Args:
        pixels: uint8 of shape (H, W) for grey, (H, W, 3) for RGB, (H, W, 4) with opacity as well.
        palette: uint8 of shape (K, 3) or (K, 4): colours that ``pixels`` (H, W) are numbers of.

    Source: Portable Network Graphics (PNG) Specification, third edition, W3C 2025.
    """
    height, width = pixels.shape[:2]
    depth = pixels.shape[2] if pixels.ndim == 3 else 1
    kind = {1: 0, 3: 2, 4: 6}[depth] if palette is None else 3
    parts = [
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", np.array([width, height], ">u4").tobytes() + bytes([8, kind, 0, 0, 0])),
    ]
    if palette is not None:
        parts.append(_chunk(b"PLTE", palette[:, :3].tobytes()))
        if palette.shape[1] == 4:
            parts.append(_chunk(b"tRNS", palette[:, 3].tobytes()))
    rows = pixels.reshape(height, width * depth)
    # Each row begins with the number of its filter: as it is, or less the pixel to the left, which
    # is shorter where colours change slowly.
    less = rows.copy()
    less[:, depth:] -= rows[:, :-depth]
    ways = [np.insert(one, 0, number, axis=1).tobytes() for number, one in enumerate((rows, less))]
    packed = min((zlib.compress(one, 9) for one in ways), key=len)
    return b"".join([*parts, _chunk(b"IDAT", packed), _chunk(b"IEND", b"")])


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return len(data).to_bytes(4, "big") + kind + data + check.to_bytes(4, "big")
