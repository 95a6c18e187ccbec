"""The built site of the documentation: its links hold, its code ran, its reference has every name.

It is looked for where ``AUTOTENSOR_SITE`` says, else in ``site``; README's command builds it.
"""

from __future__ import annotations

import functools
import os
import re
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

import pytest

import autotensor
import nn
from tests.test_sketches import sketches

ROOT = Path(__file__).resolve().parents[2]
#: Whose public names the reference must have, at least.
NAMESPACES = """
    autotensor autotensor.linalg autotensor.special autotensor.func autotensor.autograd
    autotensor.distributions autotensor.extend autotensor.types nn nn.functional nn.init nn.optim
    nn.optim.lr_scheduler nn.optim.swa_utils nn.utils nn.utils.rnn nn.utils.parametrize nn.data
    nn.data.transforms nn.training
""".split()  # noqa: SIM905
PYTHON = {"default", "ipython", "ipython3", "py", "pycon", "python", "python3"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Page(NamedTuple):
    """What a page links to and what can be linked to on it; its code that nobody ran."""

    links: list[str]
    fetched: list[str]
    anchors: set[str]
    not_run: list[str]


class Reader(HTMLParser):
    """Collects what ``Page`` has.

    Code that ran stands in a cell, in an example of a docstring, which ``test_doctests`` runs, or
    is quoted from a file.
    """

    def __init__(self) -> None:
        super().__init__()
        self.page = Page([], [], set(), [])
        self.open: list[tuple[str, set[str]]] = []
        self.listing: int | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.page.anchors.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.page.links.append(given["href"])
        elif tag in ("img", "script", "iframe", "source") and "src" in given:
            self.page.fetched.append(given["src"])
        elif tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload", "search"):
            self.page.fetched.append(given["href"])
        if tag in VOID:
            return
        classes = set(given.get("class", "").split())
        self.open.append((tag, classes))
        language = next((one[10:] for one in classes if one.startswith("highlight-")), "")
        around: set[str] = set().union(*(found for _, found in self.open))
        ran = around & {"cell_input", "quoted"} or (
            language == "pycon" and "from-docstring" in classes
        )
        if language in PYTHON and not ran:
            self.listing = len(self.open)
            self.page.not_run.append("")

    def handle_endtag(self, tag: str) -> None:
        while self.open:
            if self.listing == len(self.open):
                self.listing = None
            if self.open.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        if self.listing is not None:
            self.page.not_run[-1] += data


@pytest.fixture(scope="module")
def site() -> Path:
    folder = Path(os.environ.get("AUTOTENSOR_SITE", ROOT / "site"))
    if not (folder / "objects.inv").exists():
        pytest.skip("the documentation is not built: README has the command")
    return folder


@functools.cache
def read(path: Path) -> Page:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page


def pages(site: Path) -> Iterator[Path]:
    return (path for path in site.rglob("*.html") if "_static" not in path.parts)


def is_elsewhere(link: str) -> bool:
    return bool(urlsplit(link).scheme or link.startswith("//"))


def test_links_within_the_site_hold(site: Path) -> None:
    broken = []
    for path in pages(site):
        for link in {*read(path).links, *read(path).fetched}:
            if is_elsewhere(link):
                continue
            parts = urlsplit(link)
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchor = unquote(parts.fragment)
            known = target.suffix == ".html" and target.is_file() and read(target).anchors
            if not target.is_file() or (anchor and known and anchor not in known):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert not broken


def test_links_elsewhere_are_addresses(site: Path) -> None:
    links = {link for path in pages(site) for link in read(path).links if is_elsewhere(link)}
    wrong = [
        link
        for link in links
        if not re.fullmatch(r"https?://[\w-]+(\.[\w-]+)+(:\d+)?(/\S*)?|mailto:\S+@\S+", link)
    ]
    assert links
    assert not wrong


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    fetched = {
        link
        for path in pages(site)
        for link in read(path).fetched
        if is_elsewhere(link) and not link.startswith("data:")
    }
    assert not fetched
    sheets = "".join(path.read_text("utf-8") for path in (site / "_static").rglob("*.css"))
    assert not re.findall(r"url\(\s*['\"]?(https?:|//)[^)]*\)|@import[^;]*https?:", sheets)


def test_no_page_shows_python_that_did_not_run(site: Path) -> None:
    shown = {
        str(path.relative_to(site)): read(path).not_run
        for path in pages(site)
        if path.relative_to(site).parts[0] != "source" and read(path).not_run
    }
    # What CONTRIBUTING shows is run by ``test_what_contributing_shows_runs``.
    assert shown.pop("contributing.html", [])
    # What docstrings show without results is run by ``tests/test_sketches.py``; ``jit.Final`` has
    # Python's own docstring.
    known = "".join("".join([*sketches(), str(Final.__doc__)]).split())
    for name in [name for name in shown if name.startswith("reference/")]:
        assert not [text for text in shown.pop(name) if "".join(text.split()) not in known]
    assert not shown


def inventory(site: Path) -> dict[str, str]:
    """By name, on which page it is, of all that is Python in ``objects.inv``."""
    head, _, rest = (site / "objects.inv").read_bytes().partition(b"zlib.\n")
    assert b"autotensor" in head
    lines = zlib.decompress(rest).decode().splitlines()
    found = [line.split() for line in lines if " py:" in line]
    return {parts[0]: parts[3].replace("$", parts[0]) for parts in found}


def public(namespace: str) -> list[str]:
    module = import_module(namespace)
    names = getattr(module, "__all__", None) or dir(module)
    return [
        f"{namespace}.{name}"
        for name in names
        if name[0] != "_" and not isinstance(getattr(module, name), ModuleType)
    ]


def test_the_reference_has_every_public_name(site: Path) -> None:
    known = inventory(site)
    names = [name for namespace in NAMESPACES for name in public(namespace)]
    names += [
        f"autotensor.Tensor.{name}" for name in ("backward", "add", "add_", "explain", "view")
    ]
    assert len(names) > 1200
    assert [name for name in names if name not in known] == []


def test_the_reference_has_nothing_private(site: Path) -> None:
    known = inventory(site)
    assert [name for name in known if re.search(r"(^|\.)_[^_]", name)] == []
    assert all(name.startswith(("autotensor.", "nn.")) for name in known)


def test_every_method_of_a_tensor_is_found(site: Path) -> None:
    known = inventory(site)
    methods = [
        f"autotensor.Tensor.{name}"
        for name in dir(autotensor.Tensor)
        if name[0] != "_" and callable(getattr(autotensor.Tensor, name))
    ]
    assert [name for name in methods if name not in known] == []


def test_layers_have_their_signatures_with_types(site: Path) -> None:
    page, _, anchor = inventory(site)["nn.Linear"].partition("#")
    text = (site / page).read_text("utf-8")
    assert anchor == "nn.Linear"
    assert nn.Linear.__name__ in text
    signature = re.sub(r"<[^>]+>", "", text[text.index('id="nn.Linear"') :][:3000])
    assert "in_features: int" in signature.replace(" ", " ")


def test_what_contributing_shows_runs() -> None:
    """The operator that CONTRIBUTING declares can be declared, and its rules are right."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
    names: dict[str, object] = {}
    exec("import numpy as np\nfrom autotensor.extend import operator\n" + block, names)
    mul = names["mul"]
    pair = [
        autotensor.tensor([1.0, 2.0], dtype=autotensor.float64, requires_grad=True)
        for _ in range(2)
    ]
    assert autotensor.gradcheck(mul, pair)


@pytest.mark.parametrize(
    ("html", "wrong"),
    [
        ('<div class="highlight-python"><pre>x = 1</pre></div>', ["x = 1"]),
        ('<div class="cell_input"><div class="highlight-ipython3"><pre>x</pre></div></div>', []),
        ('<div class="quoted highlight-python"><pre>x</pre></div><p>y</p>', []),
        ('<div class="highlight-sh"><pre>ls</pre></div>', []),
    ],
)
def test_the_reader_sees_code_that_did_not_run(html: str, wrong: list[str]) -> None:
    reader = Reader()
    reader.feed(html)
    assert reader.page.not_run == wrong
