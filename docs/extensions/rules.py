"""``{rules}`` on a page: every operator with its formulas, made from the declarations.

What an operator without a rule of its own is made of is found by running the tests' cases and
looking at the graphs.  Marks and accuracy are read from the tables that the tests write.
"""

from __future__ import annotations

import functools
import inspect
import posixpath
import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from docutils import nodes
from repository import ROOT, sources
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import autotensor as at
import nn.functional as F
from autotensor.engine.operator import declared
from autotensor.seeing.formulas import Formula, formula_of, is_formula, operator_of, read_formula
from autotensor.seeing.notation import latex, parsed
from tests.autotensor.cases import CASES
from tests.autotensor.public import OPERATORS

FAMILY_NAMES = {
    "pointwise": "Each element by itself",
    "reductions": "Sums, extremes, orders",
    "linalg": "Matrices",
    "networks": "Networks",
    "images": "Images",
    "structure": "Shapes, parts and places",
}
"""In the order of the page; the rest of a module's name says what is in it."""

PLUMBING = {"contiguous", "expand", "permute", "reshape", "reshape_from"}
"""What brings arguments into the shape that an operator wants."""

MARKS = ("values", "gradients", "second derivatives")

FILTER = """
<input id="rules-filter" type="search" placeholder="Show only … (a name, or part of it)"
  aria-label="Show only operators whose name contains this">
<script>
addEventListener("DOMContentLoaded", () => {
  const box = document.getElementById("rules-filter");
  const groups = [...document.querySelectorAll("details.rules")];
  const show = () => {
    const wanted = box.value.trim().toLowerCase();
    for (const group of groups) {
      let found = false;
      for (const rule of group.querySelectorAll(".rule")) {
        const here = rule.querySelector(".rule-name").textContent.includes(wanted);
        rule.hidden = !here;
        found ||= here;
      }
      group.hidden = !found;
      group.open = Boolean(wanted) && found;
    }
    for (const family of document.querySelectorAll("section[id^=rules-]"))
      family.hidden = !family.querySelector("details.rules:not([hidden])");
  };
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const group = target && target.closest("details.rules");
    if (!group) return;
    if (box.value) { box.value = ""; show(); }
    group.open = true;
    target.scrollIntoView({behavior: "instant"});
  };
  box.addEventListener("input", show);
  addEventListener("hashchange", follow);
  follow();
});
</script>
"""


class Entry(NamedTuple):
    """One operator: the names that it has, where it is written, and what it is."""

    names: list[str]
    function: Callable[..., Any]
    described: Callable[..., Any]
    """The one of its kind whose docstring has the formulas: ``conv2d`` of ``conv1d``."""
    formula: Formula
    made_of: list[str]
    """The operators that its graph consists of, if it has no node of its own."""
    inside: bool
    """Whether only graphs show it, and no user calls it."""

    @property
    def module(self) -> str:
        return inspect.unwrap(self.function).__module__


# -- what there is ---------------------------------------------------------------------------------


def function_of(name: str) -> Callable[..., Any]:
    """A public operator, ``linalg.inv`` in its namespace."""
    space, _, last = name.rpartition(".")
    homes = (getattr(at, space),) if space else (at, F, at.Tensor)
    return next(getattr(home, last) for home in homes if hasattr(home, last))


def full_name(name: str, function: Callable[..., Any]) -> str:
    """What the API reference calls it."""
    if "." in name or getattr(at, name, None) is not None:
        return f"autotensor.{name}"
    return f"nn.functional.{name}" if hasattr(F, name) else f"autotensor.Tensor.{name}"


@functools.cache
def graphs() -> dict[str, set[str]]:
    """By public operator, the names of the nodes that its cases record."""
    found: dict[str, set[str]] = defaultdict(set)
    for case in CASES:
        arguments = [
            at.tensor(one, requires_grad=one.dtype.kind == "f")
            if isinstance(one, np.ndarray)
            else one
            for one in (*case.arrays, *case.constants)
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                result = case.function(at, *arguments)
            except Exception:  # whether cases hold is for the tests to say
                continue
        for one in result if isinstance(result, tuple) else (result,):
            if isinstance(one, at.Tensor) and one.node is not None:
                found[case.name] |= set(node_names(one.node))
    return found


def node_names(node: Any) -> Iterator[str]:
    todo, seen = [node], set()
    while todo:
        node = todo.pop()
        if id(node) in seen or not hasattr(node, "edges"):
            continue
        seen.add(id(node))
        yield node.name
        todo += [edge[0] for edge in node.edges or ()]


def entries() -> list[Entry]:
    """All of them: public ones, by what they are, and those that only graphs show."""
    grouped: dict[Any, list[str]] = defaultdict(list)
    in_place = {name for name in OPERATORS if name.removesuffix("_") in OPERATORS - {name}}
    for name in sorted(OPERATORS - in_place, key=lambda one: ("." in one, one)):
        function = function_of(name)
        grouped[inspect.unwrap(function).__module__, function.__doc__].append(name)
    faces: dict[Any, list[str]] = defaultdict(list)
    for (module, *_), names in grouped.items():  # conv1d, conv2d and conv3d in one
        faces[module, re.sub(r"[123]d(_with_indices)?$", "", names[0])] += names
    found = [_entry(names) for names in faces.values()]
    shown = {name for entry in found for name in entry.names}
    for name, rules in declared.items():
        function = operator_of(name)
        if any(rules) and function is not None and name not in shown:
            value, derivatives = formula_of(name)
            value = "" if value.startswith(f"{name}(") else value
            found.append(Entry([name], function, function, Formula(value, derivatives), [], True))
    return found


def _entry(names: list[str]) -> Entry:
    """What its docstring says, or that of the one operator that its graph comes down to."""
    recorded = sorted(set().union(*(graphs()[name] for name in names)) - {"clone"})
    said = [(name, read_formula(function_of(name).__doc__ or "")) for name in names]
    name, (value, derivatives) = max(said, key=lambda one: len(one[1].derivatives))
    derivatives = {key: text for key, text in derivatives.items() if _parses(text)}
    cores = [one for one in recorded if one not in PLUMBING] or recorded
    if not derivatives and len(cores) == 1 and any(cores[0] in one for one in names):
        derivatives = formula_of(cores[0]).derivatives
    value = value if is_formula(value) else ""
    described = function_of(name)
    return Entry(
        names, function_of(names[0]), described, Formula(value, derivatives), recorded, False
    )


def _parses(text: str) -> bool:
    return not latex(text).startswith(r"\text")


@functools.cache
def table(name: str) -> dict[str, list[str]]:
    """The cells of a table in ``docs/tables/``, by operator."""
    text = (ROOT / "docs" / "tables" / f"{name}.md").read_text(encoding="utf-8")
    rows = (re.findall(r"[^|]+", line) for line in text.splitlines() if line.startswith("| `"))
    return {row[0].strip().strip("`"): [cell.strip() for cell in row[1:]] for row in rows}


@functools.cache
def reasons() -> dict[str, str]:
    """Why an operator differs from PyTorch, as the table says below."""
    text = (ROOT / "docs" / "tables" / "operators.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^- `(\S+)`: (.+)$", text, re.MULTILINE))


# -- as nodes --------------------------------------------------------------------------------------


class Name(nodes.literal):
    """The name of an operator, which links to the API reference if it is there."""


def mathematics(text: str) -> nodes.math:
    """In a line, but as large as in a block."""
    return nodes.math("", rf"\displaystyle {text}")


def raw(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def formulas(entry: Entry) -> Iterator[nodes.Node]:
    """A line for the value and one for each derivative."""
    value, derivatives = entry.formula
    if not value:
        yield from words(entry)
    else:
        written = latex(value)
        equation = parsed(value).kind in ("relation", "several")
        yield _line("value", written if equation else f"y = {written}")
    if derivatives:
        yield from meanings(entry)
    for argument, text in derivatives.items():
        yield _line("derivative", rf"\mathrm{{d}}\,{latex(argument)} = {latex(text)}")
    if derivatives:
        yield from remarks(entry, list(derivatives.values())[-1])


def words(entry: Entry) -> Iterator[nodes.Node]:
    """The first sentence of the docstring, for a value that is no formula."""
    text = " ".join((entry.described.__doc__ or "").split("\n\n")[0].split())
    sentence = re.split(r"(?<=[.;])\s|(?=\bd \w+ = )", text)[0].rstrip(" ;")
    if sentence:
        yield nodes.paragraph("", "", *_plain(sentence), classes=["words"])


def meanings(entry: Entry) -> Iterator[nodes.Node]:
    """What a docstring says before its derivatives of names in them: "With t = …:"."""
    text = " ".join((entry.described.__doc__ or "").split())
    if found := re.search(r"\b(With [^:.]+):(?= d \w+ =)", text):
        yield nodes.paragraph("", "", *_plain(found[1]), classes=["words"])


def remarks(entry: Entry, last: str) -> Iterator[nodes.Node]:
    """What follows the derivatives in their sentence, behind a colon or semicolon."""
    text = " ".join((entry.described.__doc__ or "").split())
    if found := re.search(rf"= {re.escape(last)}[:;] ((?!see).+?)(?:\.(?:\s|$)|$)", text):
        yield nodes.paragraph("", "", *_plain(found[1]), classes=["words", "remark"])


def _plain(text: str) -> Iterator[nodes.Node]:
    """Words with literals in double backquotes."""
    for at_index, piece in enumerate(text.split("``")):
        if piece:
            yield nodes.literal("", piece) if at_index % 2 else nodes.Text(piece)


def _line(kind: str, text: str) -> nodes.Node:
    return nodes.container("", nodes.paragraph("", "", mathematics(text)), classes=[kind])


def composition(entry: Entry) -> Iterator[nodes.Node]:
    if not entry.inside and not entry.made_of and not entry.formula.derivatives:
        yield nodes.paragraph("", "no derivative", classes=["made-of"])
    if entry.inside or not set(entry.made_of) - set(entry.names):
        return
    paragraph = nodes.paragraph("", "made of ", classes=["made-of"])
    for at_index, name in enumerate(entry.made_of):
        paragraph += nodes.Text(", " if at_index else "")
        paragraph += nodes.reference("", "", nodes.literal("", name), refuri=f"#rule-{name}")
    yield paragraph


def marks(entry: Entry) -> Iterator[nodes.Node]:
    """How often it agreed with PyTorch, and how many digits it keeps."""
    rows = table("operators")
    name = next((one for one in entry.names if one in rows), "")
    agreed, failed = [], []
    for cell, what in zip(rows.get(name, ()), MARKS, strict=False):
        number = cell.replace("**✗**", "").strip()
        if number != cell:
            failed.append(f"{number} {what}")
        elif number.isdigit():
            agreed.append(f"{number} {what.removesuffix('s') if number == '1' else what}")
    said = [f"{', '.join(agreed)} as in PyTorch"] if agreed else []
    if failed:
        why = reasons().get(name)
        said.append(f"otherwise {', '.join(failed)}" + (f", because {why}" if why else ""))
    digits = []
    errors = next((table("accuracy")[one] for one in entry.names if one in table("accuracy")), ())
    for cell, what in zip(errors, ("value", "gradient"), strict=False):
        if found := re.match(r"(\S+) / (\S+)", cell):
            digits.append(f"{what} within {found[1]} eps (PyTorch: {found[2]})")
    if digits:
        said.append(f"float32: {', '.join(digits)}")
    if said:
        yield nodes.paragraph("", "; ".join(said), classes=["marks"])


class Rules(SphinxDirective):
    """All operators, by family and module."""

    def run(self) -> list[nodes.Node]:
        for folder in ("autotensor", "nn", "tests/autotensor", "docs/tables"):
            for path in (ROOT / folder).rglob("*.py" if folder != "docs/tables" else "*.md"):
                self.env.note_dependency(str(path))
        found: dict[str, dict[str, list[Entry]]] = defaultdict(lambda: defaultdict(list))
        for entry in entries():
            family, group = self._place(entry.module)
            found[family][group].append(entry)
        return [raw(FILTER), *(self._family(name, found[name]) for name in FAMILY_NAMES)]

    def _place(self, module: str) -> tuple[str, str]:
        parts = module.removeprefix("autotensor.operators.").split(".")
        if parts[0] == "autotensor":
            return "linalg", "autotensor.linalg"
        return parts[0], " ".join(parts[1:]).replace("_", " ") or parts[0]

    def _family(self, name: str, groups: dict[str, list[Entry]]) -> nodes.section:
        section = nodes.section(ids=[f"rules-{name}"], names=[f"rules-{name}"])
        section += nodes.title("", FAMILY_NAMES[name])
        for group, several in sorted(groups.items()):
            count = len(several)
            section += raw(f'<details class="rules"><summary>{group}<span>{count}</span></summary>')
            for entry in sorted(several, key=lambda one: (one.inside, one.names)):
                section += self._entry(entry)
            section += raw("</details>")
        return section

    def _entry(self, entry: Entry) -> nodes.Node:
        body = nodes.container(classes=["rule", *(["inside"] if entry.inside else [])])
        body["ids"] = [f"rule-{name}" for name in entry.names]
        head = nodes.paragraph(classes=["rule-name"])
        for at_index, name in enumerate(entry.names):
            head += nodes.Text(" " if at_index else "")
            full = "" if entry.inside else full_name(name, entry.function)
            head += Name(name, name, target=full)
        head += nodes.Text(" ")
        head += self._source(entry.function)
        body += head
        for part in (formulas, composition, marks):
            body += list(part(entry))
        return body

    def _source(self, function: Callable[..., Any]) -> nodes.Node:
        own = inspect.unwrap(function)
        file = inspect.getsourcefile(own)
        assert file is not None
        name = posixpath.join(*file.split("/")[len(ROOT.parts) :])
        sources(self.env).add(name)
        here = self.env.app.builder.get_target_uri(self.env.docname)
        uri = posixpath.relpath(f"source/{name}.html", posixpath.dirname(here) or ".")
        line = inspect.getsourcelines(own)[1]
        return nodes.reference(
            "", "source", refuri=f"{uri}#L{line}", internal=True, classes=["rule-source"]
        )


def resolve(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Names become links to the API reference, where it has them; what an operator is made of has a
    link where it is on this page."""
    here = {anchor for node in doctree.findall(nodes.Element) for anchor in node["ids"]}
    for link in list(doctree.findall(nodes.reference)):
        uri = link.get("refuri", "")
        if uri.startswith("#rule-") and uri[1:] not in here:
            link.replace_self(link.children)
    objects = app.env.domains["py"].objects  # type: ignore[attr-defined]
    for name in list(doctree.findall(Name)):
        literal = nodes.literal("", name.astext())
        known = objects.get(name["target"])
        if known is None:
            name.replace_self(literal)
            continue
        uri = app.builder.get_relative_uri(docname, known.docname) + f"#{known.node_id}"
        name.replace_self(nodes.reference("", "", literal, refuri=uri, internal=True))


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_node(Name)
    app.add_directive("rules", Rules)
    app.add_css_file("rules.css")
    app.connect("doctree-resolved", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
