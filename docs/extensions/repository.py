"""Links in Markdown that hold both in the repository and on the site.

A page of the repository links to its files as GitHub wants it: relative to itself. On the site the
same link leads to the page that shows the file, if there is one (a page that includes it counts),
else to the file's source under ``source/``. A link to what does not exist is a warning.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

ROOT = Path(__file__).resolve().parents[2]
INCLUDED = re.compile(r"^```\{include\} (\S+)$", re.MULTILINE)
logger = logging.getLogger(__name__)


def included_file(env: BuildEnvironment, docname: str) -> Path | None:
    """The file of the repository that a page is, apart from its frame; None for its own words."""
    page = Path(env.doc2path(docname))
    found = INCLUDED.search(page.read_text(encoding="utf-8"))
    return (page.parent / found[1]).resolve() if found else None


def pages(env: BuildEnvironment) -> dict[Path, str]:
    """Which page shows which file."""
    shown = {}
    for docname in env.found_docs:
        path = Path(env.doc2path(docname))
        if path.suffix == ".md":
            shown[path.resolve()] = docname
            if included := included_file(env, docname):
                shown[included] = docname
    return shown


class RepositoryLinks(SphinxTransform):
    """Turns relative links to files into references to pages or to sources."""

    default_priority = 5  # before the links are taken for downloads

    def apply(self, **_: Any) -> None:
        page = Path(self.env.doc2path(self.env.docname))
        bases = [page.parent]
        if page.suffix == ".md" and (included := included_file(self.env, self.env.docname)):
            bases.insert(0, included.parent)
        shown = pages(self.env)
        links = [
            *self.document.findall(addnodes.download_reference),
            *self.document.findall(addnodes.pending_xref),
        ]
        for node in links:
            if node.get("reftype") != "myst":
                continue  # not a link of Markdown
            path, _, anchor = node["reftarget"].partition("#")
            if node.get("refdomain") == "doc":
                if path in self.env.found_docs:
                    continue  # MyST has found the page
                path, anchor = f"{path}.md", node.get("reftargetid") or ""  # outside of docs
            for base in bases:
                target = (base / path).resolve()
                if path and target.exists() and target.is_relative_to(ROOT):
                    self._replace(node, target, anchor, shown)
                    break

    def _replace(
        self, node: nodes.Element, target: Path, anchor: str, shown: dict[Path, str]
    ) -> None:
        if target.is_dir() and (target / "README.md") in shown:
            target /= "README.md"
        if docname := shown.get(target):
            new: nodes.Element = addnodes.pending_xref(
                "",
                *node.children,
                refdomain="doc",
                reftype="myst",
                reftarget=docname,
                reftargetid=anchor or None,
                refdoc=self.env.docname,
                refexplicit=True,
            )
        else:
            name = target.relative_to(ROOT).as_posix()
            sources(self.env).add(name)
            page = f"source/{name}"
            here = self.app.builder.get_target_uri(self.env.docname)
            uri = posixpath.relpath(f"{page}.html", posixpath.dirname(here) or ".")
            new = nodes.reference("", "", *node.children, refuri=uri, internal=True)
        node.replace_self(new)


class QuotedSource(SphinxTransform):
    """Marks what ``literalinclude`` quotes: the tests demand of all other code that it ran."""

    default_priority = 500

    def apply(self, **_: Any) -> None:
        for node in self.document.findall(nodes.literal_block):
            if node.get("source"):
                node["classes"].append("quoted")


def sources(env: BuildEnvironment) -> set[str]:
    """The files and folders of the repository that some page links to, by their names in it."""
    if not hasattr(env, "house_sources"):
        env.house_sources = set()  # type: ignore[attr-defined]
    return env.house_sources  # type: ignore[attr-defined,no-any-return]


def merge_sources(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: Any) -> None:
    sources(env).update(getattr(other, "house_sources", ()))


def tracked(folder: Path) -> list[Path]:
    """What lies in a folder, without what tools leave behind."""
    return sorted(
        path for path in folder.iterdir() if path.name[0] != "." and path.name != "__pycache__"
    )


def source_pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """A page for every file or folder of the repository that something links to."""
    todo = sorted(sources(app.env))
    done = set()
    while todo:
        name = todo.pop()
        path = ROOT / name
        if name in done or not path.exists():
            continue
        done.add(name)
        if path.is_dir():
            inside = tracked(path)
            items = (f'<li><a href="{path.name}/{one.name}.html">{one.name}</a>' for one in inside)
            body = f"<ul>{''.join(items)}</ul>"
            todo += [one.relative_to(ROOT).as_posix() for one in inside]
        else:
            body = _listing(path)
        if body:
            context = {"title": name, "body": f"<h1>{name}</h1>{body}"}
            yield f"source/{name}", context, "page.html"


def _listing(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return f"<p>{os.path.getsize(path):,} bytes, not text.</p>"
    try:
        lexer = get_lexer_for_filename(path.name)
    except ClassNotFound:
        lexer = get_lexer_for_filename("x.txt")
    # Each line can be linked to: #L12.
    formatter = HtmlFormatter(lineanchors="L", anchorlinenos=True, linenos="inline", wrapcode=True)
    return highlight(text, lexer, formatter).replace('id="L-', 'id="L')


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_transform(RepositoryLinks)
    app.add_transform(QuotedSource)
    app.connect("env-merge-info", merge_sources)
    app.connect("html-collect-pages", source_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
