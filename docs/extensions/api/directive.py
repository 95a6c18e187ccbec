"""``.. api:: module …`` on a page: everything public whose source is in these modules.

Each thing stands on one page, under the first of its names; the others, the methods of Tensor and
the in-place forms lead there from the search and the inventory as well.  ``.. api-names:: module``
is a list of a module's public names, wherever they stand.
"""

from __future__ import annotations

import functools
import inspect
import posixpath
import re
from collections.abc import Collection, Iterator
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from repository import sources
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

import autotensor
import nn
from api import catalogue
from api.catalogue import Thing
from api.docstrings import Translator, reference
from api.formulas import derivatives, formula
from api.signatures import signatures

logger = logging.getLogger(__name__)
TENSOR = "autotensor.Tensor"
#: What every layer has.
UNTOLD = {"forward", "extra_repr", "reset_parameters"}
#: Words that are a thing's name, and mostly something else.
AMBIGUOUS = {"all", "any", "e", "grad", "inf", "input", "long", "mode", "nan", "pi", "range"}


# -- names -----------------------------------------------------------------------------------------


@functools.cache
def _targets() -> dict[str, str]:
    """By what a docstring may call it, the full name of a public thing."""
    found: dict[str, str] = {}
    short = {"autotensor.": "at.", "nn.functional.": "F.", "nn.optim.": "optim."}
    for thing in catalogue.things():
        for full in thing.names:
            last = full.rpartition(".")[2]
            found.setdefault(full, full)
            found.setdefault(full.removeprefix("autotensor."), full)
            found.setdefault(full.removeprefix("nn."), full)
            for long, brief in short.items():
                if full.startswith(long):
                    found.setdefault(brief + full.removeprefix(long), full)
            if callable(thing.value) or not last.isalpha():
                found.setdefault(last, full)
    for name in dir(autotensor.Tensor):
        if name[0] != "_":
            found.setdefault(f"Tensor.{name}", f"{TENSOR}.{name}")
    return found


@functools.cache
def _types() -> dict[str, str]:
    """By their short names, the full names of classes and of annotations."""
    found: dict[str, str] = {}
    for thing in catalogue.things():
        if thing.kind in ("class", "exception") or thing.home == "autotensor.types":
            found.setdefault(thing.names[0].rpartition(".")[2], thing.names[0])
    for builtin in ("bool", "int", "float", "type", "complex", "object"):
        found.pop(builtin, None)
    return found


def qualify(name: str) -> str:
    """An annotation's name in full, if it is one of ours."""
    return _types().get(name.rpartition(".")[2] if name.startswith(("at.", "nn.")) else name, name)


def link(text: str, arguments: Collection[str] = ()) -> str | None:
    """What a literal in a docstring leads to; None if it is just a literal."""
    name = re.sub(r"\(\)$", "", text)
    if name in AMBIGUOUS or name in arguments or not re.fullmatch(r"[\w.]+", name):
        return None
    return _targets().get(name)


# -- methods of Tensor -----------------------------------------------------------------------------


@functools.cache
def methods() -> dict[str, list[str]]:
    """By the full name of a function, the methods of Tensor that are it, with their in-place forms
    and the functions in place."""
    by_function = {
        id(inspect.unwrap(thing.value)): thing.names[0]
        for thing in catalogue.things()
        if thing.kind == "function"
    }
    found: dict[str, list[str]] = {}
    for name in dir(autotensor.Tensor):
        value = inspect.getattr_static(autotensor.Tensor, name)
        if name[0] == "_" or not callable(value):
            continue
        full = by_function.get(id(inspect.unwrap(value)))
        plain = f"autotensor.{name.rstrip('_')}"
        if full is None and name.endswith("_") and plain in _targets():
            full = _first_name(plain)
        if full is None and f"autotensor.{name}" in _targets():
            full = _first_name(f"autotensor.{name}")
        if full is not None:
            found.setdefault(full, []).append(f"{TENSOR}.{name}")
    return found


@functools.cache
def _firsts() -> dict[str, str]:
    return {name: thing.names[0] for thing in catalogue.things() for name in thing.names}


def _first_name(full: str) -> str | None:
    """The name under which a thing stands; None for one that is not a function."""
    return _firsts().get(full)


# -- the directive ---------------------------------------------------------------------------------


class Api(SphinxDirective):
    """Everything public that has its source in the modules named."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        modules = self.arguments[0].split()
        chosen = []
        for module in modules:
            inside = catalogue.of_module(module)
            if not inside:
                raise self.error(f"nothing public in {module}")
            chosen += inside
        chosen.sort(key=lambda thing: thing.names[0].rpartition(".")[2].lower())
        made: list[nodes.Node] = []
        if len(chosen) > 3:
            made.append(overview([thing.names[0] for thing in chosen]))
        for thing in chosen:
            made += self.entry(thing)
        return made

    def entry(self, thing: Thing) -> list[nodes.Node]:
        full = thing.names[0]
        content = self.described(full, thing.kind, thing.value, thing.home)
        body = content[-1][-1]
        body += self.docstring(thing.value, full, thing.home)
        if others := [*thing.names[1:], *methods().get(full, [])]:
            body.insert(min(1, len(body)), self.other_names(sorted(others), thing))
        if isinstance(thing.value, type):
            for kind, name, value in members(thing.value):
                if kind == "method" and full == TENSOR and f"{full}.{name}" in _told_elsewhere():
                    continue
                made = self.described(f"{full}.{name}", kind, value, thing.home)
                made[-1][-1] += self.docstring(value, f"{full}.{name}", thing.home)
                for part in made[-1].findall(addnodes.desc_addname):
                    part.parent.remove(part)
                body += made
        return content

    def described(self, full: str, kind: str, value: Any, home: str) -> list[nodes.Node]:
        """The frame of a thing: its index entry, its signatures; its content is still empty."""
        role = kind
        lines = [""]
        if kind in ("function", "method", "class", "exception"):
            lines = signatures(full, value, qualify) or [""]
        text = StringList()
        head = f".. py:{role}:: "
        for at, line in enumerate(lines):
            text.append((head if at == 0 else " " * len(head)) + full + line, self.get_location())
        if isinstance(value, type) and kind == "data":
            text.append(f"   :type: {type(value).__name__}", self.get_location())
        node = nodes.Element()
        self.state.nested_parse(text, self.content_offset, node)
        made = [one for one in node.children if isinstance(one, addnodes.index | addnodes.desc)]
        for xref in list(made[-1].findall(addnodes.pending_xref)):
            if xref["reftarget"] not in _firsts():  # Sphinx would search all names for it
                xref.replace_self(nodes.Text(xref.children[-1].astext()))
        found = catalogue.place(value, full.rpartition(".")[2], _home_of(value, home))
        if found:
            file, line_number = found
            sources(self.env).add(file)
            here = posixpath.dirname(self.env.docname)
            uri = posixpath.relpath(f"source/{file}.html", here or ".") + f"#L{line_number}"
            for signature in list(made[-1].findall(addnodes.desc_signature))[-1:]:
                link = nodes.reference("", "source", internal=True, refuri=uri, classes=["source"])
                signature.append(link)
        return made

    def docstring(self, value: Any, full: str, home: str) -> list[nodes.Node]:
        text = catalogue.text_below(full.rpartition(".")[2], home)
        if callable(value) or isinstance(value, property):
            text = inspect.getdoc(value) or ""
        if full == TENSOR:  # the table of its methods is made anew
            text = text.partition("Methods from elsewhere")[0]
        try:
            arguments = set(inspect.signature(value).parameters)
        except (TypeError, ValueError):
            arguments = set()
        translator = Translator(lambda name: link(name, arguments), formula, derivatives)
        return translator.translate(text)

    def other_names(self, names: list[str], thing: Thing) -> nodes.Node:
        """A line with the other names, each of which the search and the inventory know."""
        domain = self.env.domains.python_domain
        line = nodes.paragraph("", "", nodes.Text("Also "), classes=["also"])
        for at, name in enumerate(names):
            anchor = nodes.make_id(name) if name[-1] != "_" else nodes.make_id(name) + "-in-place"
            shown = name.removeprefix("autotensor.") if name.startswith(TENSOR) else name
            literal = nodes.literal(shown, shown, ids=[anchor])
            line += nodes.Text(", ") if at else nodes.Text("")
            line += literal
            kind = "method" if name.startswith(f"{TENSOR}.") else thing.kind
            domain.note_object(name, kind, anchor, location=self.get_location())
        return line


def _home_of(value: Any, home: str) -> str:
    inner = inspect.unwrap(value.fget if isinstance(value, property) else value)
    module = getattr(inner, "__module__", None) or home
    return module if catalogue.ours(inner) else home


@functools.cache
def _told_elsewhere() -> set[str]:
    """The methods of Tensor that stand with their functions."""
    return {name for names in methods().values() for name in names}


def members(owner: type) -> Iterator[tuple[str, str, Any]]:
    """(kind, name, value) of the public methods and properties of a class, its own and those of
    bases that are not public themselves."""
    told = {id(inspect.unwrap(thing.value)) for thing in catalogue.things()}
    common = nn.Module.__mro__ if owner is not nn.Module else ()
    seen = set()
    for base in owner.__mro__:
        if base is not owner and (id(base) in told or base in common or not catalogue.ours(base)):
            continue
        for name, value in sorted(vars(base).items()):
            if name[0] == "_" or name in seen:
                continue
            seen.add(name)
            inner = getattr(value, "__func__", value)
            words = inspect.getdoc(inner) if not isinstance(inner, type) else ""
            if (
                not words
                or name in UNTOLD
                or (owner is not autotensor.Tensor and id(inspect.unwrap(inner)) in told)
            ):
                continue
            if isinstance(value, property):
                yield "property", name, value
            elif inspect.isroutine(inner):
                yield "method", name, inner


def first_sentence(value: Any) -> str:
    """Of a docstring; up to a colon or semicolon outside of literals and parentheses."""
    text = inspect.getdoc(value) if callable(value) else ""
    paragraph = " ".join((text or "").partition("\n\n")[0].split())
    masked = re.sub(r"``.+?``|\([^()]*\)", lambda found: "x" * len(found[0]), paragraph)
    found = re.match(r".+?(?<!\be\.g)(?<!\bi\.e)(?=[.:;](?:\s|$))", masked)
    return paragraph[: found.end()] if found else paragraph


def overview(names: list[str]) -> nodes.Node:
    """A table of names with the first sentence of each."""
    group = nodes.tgroup("", nodes.colspec(colwidth=30), nodes.colspec(colwidth=70), cols=2)
    body = nodes.tbody()
    by_name = {name: thing for thing in catalogue.things() for name in thing.names}
    for name in names:
        translator = Translator(lambda text: None, formula, derivatives)
        words = list(translator.inline(first_sentence(by_name[name].value)))
        shown = name.rpartition(".")[2]
        body += nodes.row(
            "",
            nodes.entry("", nodes.paragraph("", "", reference(name, shown))),
            nodes.entry("", nodes.paragraph("", "", *words)),
        )
    group += body
    return nodes.table("", group, classes=["overview"])


class ApiNames(SphinxDirective):
    """All public names of a module, each a link to where it stands."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        namespace = self.arguments[0]
        names = [f"{namespace}.{name}" for name, _ in catalogue.shown(namespace)]
        return [overview(sorted(names, key=str.lower))]


class TensorMethods(SphinxDirective):
    """Every method of Tensor that stands with its function, by family."""

    def run(self) -> list[nodes.Node]:
        families: dict[str, list[str]] = {}
        homes = {thing.names[0]: thing.home for thing in catalogue.things()}
        for full, names in methods().items():
            families.setdefault(homes[full], []).extend(names)
        items = nodes.definition_list()
        for home, names in sorted(families.items()):
            line = nodes.paragraph()
            for at, name in enumerate(sorted(names)):
                line += nodes.Text(", " if at else "")
                line += reference(name, name.rpartition(".")[2])
            title = home.removeprefix("autotensor.").removeprefix("operators.").replace(".", ": ")
            items += nodes.definition_list_item(
                "", nodes.term("", title), nodes.definition("", line)
            )
        return [items]


def check_all_there(app: Sphinx, env: BuildEnvironment) -> None:
    known = env.domains.python_domain.objects
    for thing in catalogue.things():
        for name in thing.names:
            if name not in known:
                logger.warning("%s is on no page: name %s in docs/reference", name, thing.home)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("api", Api)
    app.add_directive("api-names", ApiNames)
    app.add_directive("api-tensor-methods", TensorMethods)
    app.connect("env-check-consistency", check_all_there)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
