"""A docstring of this house as nodes of a page.

What is read: paragraphs, ``literals``, **strong** and *emphasised* words, lists, tables between
lines of ``===``, blocks after ``::``, and the sections Args, Attributes, Returns, Yields, Raises,
Note and Example.  All else is text and stays as it is: a docstring is read by ``help()`` first, so
no sign in it is ever markup by accident.  Literals that are mathematics are typeset, and those that
are public names are links.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from inspect import cleandoc

from docutils import nodes
from sphinx import addnodes

SECTIONS = {
    "Args": "Arguments", "Attributes": "Attributes", "Returns": "Returns", "Yields": "Yields",
    "Raises": "Raises", "Note": "Note", "Example": "Example",
}  # fmt: skip
ITEM = re.compile(
    r"(\*{0,2}\w[\w.]*(?:, (?:and )?\*{0,2}\w[\w.]*)*)(?: \([^)]*\))?: +(.*)", re.DOTALL
)
INLINE = re.compile(
    r"``(.+?)``|\*\*(\S.*?\S|\S)\*\*|(?<![\w*])\*([^\s*](?:[^*]*[^\s*])?)\*(?![\w*])", re.DOTALL
)
LIST = re.compile(r"(?:- |\d+\. )")
TABLE = re.compile(r"=+(?: +=+)+\s*")


class Translator:
    """Makes nodes of docstrings.

    Args:
        link: gives the full name of a public thing for what a literal says, or None.
        formula: gives the LaTeX of a literal that is mathematics, or None.
        phrases: finds formulas in plain text, in their order, with the LaTeX of each.
    """

    def __init__(
        self,
        link: Callable[[str], str | None],
        formula: Callable[[str], str | None],
        phrases: Callable[[str], Iterable[tuple[str, str]]] = lambda text: (),
    ) -> None:
        self.link, self.formula, self.phrases = link, formula, phrases

    def translate(self, text: str) -> list[nodes.Node]:
        return list(self._blocks(cleandoc(text).splitlines()))

    def inline(self, text: str) -> Iterator[nodes.Node]:
        """The nodes of a paragraph's text."""
        at = 0
        for found in INLINE.finditer(text):
            yield from self._plain(text[at : found.start()])
            at = found.end()
            literal, strong, emphasised = found.groups()
            if literal is not None:
                yield self._literal(" ".join(literal.split()))
            elif strong is not None:
                yield nodes.strong("", "", *self.inline(strong))
            else:
                yield nodes.emphasis("", emphasised)
        yield from self._plain(text[at:])

    def _plain(self, text: str) -> Iterator[nodes.Node]:
        for phrase, latex in self.phrases(text):
            before, _, text = text.partition(phrase)
            yield nodes.Text(before)
            yield nodes.math("", latex)
        if text:
            yield nodes.Text(text)

    def _literal(self, text: str) -> nodes.Node:
        if target := self.link(text):
            return reference(target, text)
        if latex := self.formula(text):
            return nodes.math("", latex)
        return nodes.literal(text, text)

    # -- blocks ------------------------------------------------------------------------------------

    def _blocks(self, lines: Sequence[str]) -> Iterator[nodes.Node]:
        lines = list(lines)
        while lines:
            if not lines[0].strip():
                del lines[0]
                continue
            first = lines[0]
            head = first.rstrip(":")
            if first.endswith(":") and head in SECTIONS and _indent(lines[1:]) > 0:
                del lines[0]
                yield from self._section(head, _take_indented(lines))
            elif first.startswith(">>>"):
                yield _code(_take_session(lines), "pycon")
            elif TABLE.fullmatch(first):
                yield self._table(_take_paragraph(lines))
            elif LIST.match(first):
                yield self._list(lines)
            elif first.startswith(" "):
                yield nodes.block_quote("", *self._blocks(_dedented(_take_indented(lines))))
            else:
                yield from self._paragraph(lines)

    def _paragraph(self, lines: list[str]) -> Iterator[nodes.Node]:
        taken = []
        while lines and lines[0].strip() and not lines[0].startswith((" ", ">>>")):
            if taken and (LIST.match(lines[0]) or lines[0].rstrip(":") in SECTIONS):
                break
            taken.append(lines.pop(0))
        text = " ".join(taken)
        literal = text.endswith("::")
        text = text.removesuffix(":") if literal else text
        if text.strip(": "):
            yield nodes.paragraph("", "", *self.inline(text))
        if literal:
            yield from self._literal_block(_dedented(_take_indented(lines)))

    def _literal_block(self, lines: list[str]) -> Iterator[nodes.Node]:
        formulas = [self.formula(line) for line in lines if line.strip()]
        if formulas and all(formulas):
            for latex in formulas:
                block = nodes.math_block(latex, latex, nowrap=False, number=None, label=None)
                yield block
        else:
            yield _code(lines, "python" if _is_code(lines) else "text")

    def _list(self, lines: list[str]) -> nodes.Node:
        numbered = lines[0][0].isdigit()
        found: nodes.Element = nodes.enumerated_list() if numbered else nodes.bullet_list()
        while lines and (mark := LIST.match(lines[0])):
            item = [lines.pop(0)[mark.end() :]]
            item += _dedented(_take_indented(lines))
            found += nodes.list_item("", *self._blocks(item))
        return found

    def _table(self, lines: list[str]) -> nodes.Node:
        ends = [found.span() for found in re.finditer(r"=+", lines[0])]
        rows: list[list[str]] = []
        for line in lines[1:]:
            if TABLE.fullmatch(line):
                continue
            cells = [line[a : b if b < ends[-1][1] else None].strip() for a, b in ends]
            if cells[0] or not rows:
                rows.append(cells)
            else:
                rows[-1] = [f"{a} {b}".strip() for a, b in zip(rows[-1], cells, strict=True)]
        head = TABLE.fullmatch(lines[2]) is not None and len(lines) > 3
        group = nodes.tgroup(cols=len(ends))
        group += [nodes.colspec(colwidth=b - a) for a, b in ends]
        made = [
            nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *self.inline(c))) for c in row))
            for row in rows
        ]
        if head:
            group += nodes.thead("", made.pop(0))
        group += nodes.tbody("", *made)
        return nodes.table("", group)

    # -- sections ----------------------------------------------------------------------------------

    def _section(self, head: str, lines: list[str]) -> Iterator[nodes.Node]:
        lines = _dedented(lines)
        if head == "Example":
            yield nodes.rubric("", SECTIONS[head])
            yield from self._blocks(lines)
            return
        if head in ("Args", "Attributes", "Raises"):
            body: list[nodes.Node] = [self._items(lines, head)]
        else:
            body = list(self._blocks(lines))
        field = nodes.field("", nodes.field_name("", SECTIONS[head]), nodes.field_body("", *body))
        yield nodes.field_list("", field)

    def _items(self, lines: list[str], head: str) -> nodes.Node:
        items = nodes.definition_list(classes=["items"])
        while lines:
            if not lines[0].strip():
                del lines[0]
                continue
            first = lines.pop(0)
            rest = _dedented(_take_indented(lines))
            found = ITEM.fullmatch(first)
            if found:
                term = nodes.term("", "", *self._names(found[1], head))
                body = [found[2], *rest]
            elif re.fullmatch(ITEM.pattern.partition(": +")[0] + ":", first):
                term, body = nodes.term("", "", *self._names(first[:-1], head)), rest
            else:
                term, body = nodes.term(), [first, *rest]
            items += nodes.definition_list_item("", term, nodes.definition("", *self._blocks(body)))
        return items

    def _names(self, text: str, head: str) -> Iterator[nodes.Node]:
        for at, name in enumerate(text.split(", ")):
            if at:
                yield nodes.Text(", ")
            target = self.link(name) if head == "Raises" else None
            yield reference(target, name) if target else nodes.literal(name, name)


def reference(target: str, text: str) -> nodes.Node:
    """A link to a public name, which must be there."""
    return addnodes.pending_xref(
        "",
        nodes.literal(text, text, classes=["xref", "py"]),
        refdomain="py",
        reftype="obj",
        reftarget=target,
        refexplicit=True,
        refwarn=True,
    )


def _code(lines: Sequence[str], language: str) -> nodes.Node:
    text = "\n".join(lines).rstrip()
    return nodes.literal_block(text, text, language=language, classes=["from-docstring"])


def _is_code(lines: Sequence[str]) -> bool:
    try:
        compile("\n".join(lines), "docstring", "exec")
    except SyntaxError:
        return False
    return True


def _indent(lines: Sequence[str]) -> int:
    """How far the first line that is not blank is indented; 0 for none."""
    first = next((line for line in lines if line.strip()), "")
    return len(first) - len(first.lstrip())


def _take_indented(lines: list[str]) -> list[str]:
    """Removes the lines up to the first that is not indented, and returns them."""
    end = next((i for i, line in enumerate(lines) if line.strip() and line[0] != " "), len(lines))
    taken, lines[:end] = lines[:end], []
    return taken


def _take_paragraph(lines: list[str]) -> list[str]:
    end = next((i for i, line in enumerate(lines) if not line.strip()), len(lines))
    taken, lines[:end] = lines[:end], []
    return taken


def _take_session(lines: list[str]) -> list[str]:
    """What Python's prompt begins, until something else does behind a blank line."""
    taken = _take_paragraph(lines)
    while any(line.strip() for line in lines):
        start = next(i for i, line in enumerate(lines) if line.strip())
        if not lines[start].startswith(">>>"):
            break
        del lines[:start]
        taken += ["", *_take_paragraph(lines)]
    return taken


def _dedented(lines: Sequence[str]) -> list[str]:
    least = min((_indent([line]) for line in lines if line.strip()), default=0)
    return [line[least:] for line in lines]
