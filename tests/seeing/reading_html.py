"""Reads HTML for tests, with Python's own parser: its faults, its tables and its pictures."""

from __future__ import annotations

import re
from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import PIL.Image

WITHOUT_END = {"br", "img"}
KNOWN = {
    "b", "br", "caption", "code", "details", "div", "figcaption", "figure", "i", "img", "span",
    "style", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "circle", "clipPath", "defs", "desc", "g", "line", "path", "polygon", "polyline", "rect", "svg",
    "text", "title", "tspan",
}  # fmt: skip


class Page(HTMLParser):
    """What stands in a piece of HTML, which has to be whole, and to need nothing from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.problems: list[str] = []
        self.tables: list[list[list[str]]] = []
        """Of each table the rows, of each row the texts of its cells."""
        self.pictures: list[np.ndarray] = []
        self.figures: list[str] = []
        """The captions of figures."""
        self.titles: list[str] = []
        """What can be folded out: the texts of ``summary``."""
        self.said: list[str] = []
        """All text but that of styles."""
        self.tags: list[str] = []
        self.feed(text)
        self.close()
        if self.open:
            self.problems.append(f"never closed: {self.open}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in {one.lower() for one in KNOWN}:
            self.problems.append(f"unexpected element {tag}")
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.problems.append(f"an attribute twice in {tag}: {names}")
        for name, value in attrs:
            if name.startswith("on") or (
                name in ("src", "href") and not (value or "").startswith(("data:image/png", "#"))
            ):
                self.problems.append(f"{tag} has {name}={value!r}")
        if tag == "img":
            self._read(dict(attrs))
        if tag not in WITHOUT_END:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        elif tag == "figcaption":
            self.figures.append("")
        elif tag == "summary":
            self.titles.append("")

    def _read(self, attributes: dict[str, str | None]) -> None:
        data = (attributes["src"] or "").partition("base64,")[2]
        picture = PIL.Image.open(BytesIO(b64decode(data, validate=True)))
        if picture.mode == "P":
            picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
        self.pictures.append(np.asarray(picture))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> where {self.open} is open")

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            if re.search(r"url\(|@import|https?:", data):
                self.problems.append(f"a style from elsewhere: {data}")
            return
        self.said.append(data)
        if "td" in self.open or "th" in self.open:
            self.tables[-1][-1][-1] += data
        if "figcaption" in self.open:
            self.figures[-1] += data
        if "summary" in self.open:
            self.titles[-1] += data

    @property
    def text(self) -> str:
        return "".join(self.said)


def page_of(shown: object) -> Page:
    """What a notebook is given for ``shown``, read and found to be whole."""
    text = shown if isinstance(shown, str) else shown._repr_html_()  # type: ignore[attr-defined]
    assert isinstance(text, str)
    page = Page(text)
    assert page.problems == []
    return page
