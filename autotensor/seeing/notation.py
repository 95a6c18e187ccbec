"""How formulas are written in docstrings, as a tree, and as LaTeX.

    g · (cos(input) - y)    g / (1 - input²)    g where input > 0, else 0    g @ otherᵀ    Σ g · y

Numbers, names, calls and indices are written as in Python; ``·`` multiplies elements, ``@``
matrices, ``×`` vectors.  ``ᵀ`` swaps the last two dimensions, ``⁻¹`` inverts a matrix, ``Σ`` and
``Π`` reach to the end of their product.  ``a where x > 0, b where x = 0, else c`` tells cases
apart.  ``a = b`` is an equation, and ``;`` stands between several.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

__all__ = ["Part", "latex", "parsed"]


class Part(NamedTuple):
    """A piece of a formula: what it is, its sign or name, and the pieces it is made of."""

    kind: str
    text: str = ""
    parts: tuple[Part, ...] = ()


# -- reading ---------------------------------------------------------------------------------------

_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿᵏᵖᵀ"
_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿᵏᵖ₀₁₂₃₄₅₆₇₈₉ₖᵢⱼₙ", "0123456789+-nkp0123456789kijn")
_LETTER = "A-Za-zα-ωΓΔΘΛΞΦΨΩÀ-ÖØ-öø-ɏḀ-ỿ"
_TOKEN = re.compile(
    rf"""\s*(?:
    (?P<number>\d+(?:\.\d+)?(?:e-?\d+)?|½)
    |(?P<name>[{_LETTER}][{_LETTER}0-9\u0300-\u0337]*(?:_[{_LETTER}0-9]+)*'*[₀-₉ₖᵢⱼₙ]*(?:⁽[^⁾]+⁾)?)
    |(?P<raised>[{_RAISED}]+)
    |(?P<sign>\.\.\.|<=|>=|!=|==|[-+·/@×^()\[\]{{}}|‖⌊⌋⌈⌉√ΣΠ∫,;:=≠<>≤≥∞…!_₊∈])
    )""",
    re.VERBOSE,
)
_SAME = {"<=": "≤", ">=": "≥", "!=": "≠", "==": "=", "...": "…"}
_RELATIONS = ("=", "≠", "<", ">", "≤", "≥", "∈", "is")
_CLOSING = {"(": ")", "[": "]", "|": "|", "‖": "‖", "⌊": "⌋", "⌈": "⌉"}
_ENCLOSING = {"(": "group", "|": "abs", "‖": "norm", "⌊": "floor", "⌈": "ceil"}
_WORDS = ("where", "if", "else", "and", "or", "not", "is")
_WITHOUT_PARENTHESES = ("ln", "log₂", "log₁₀")
_TIGHT = ("abs", "call", "group", "item", "name", "norm", "number", "power", "root")


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    text = text.rstrip()
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise ValueError(f"formula {text!r}: {text[position:].lstrip()[:1]!r} is no sign of it")
        kind = found.lastgroup or ""
        word = found[kind]
        position = found.end()
        if word in _WORDS and text[position : position + 1] != "(":
            kind = "word"
        yield kind, _SAME.get(word, word)
    yield "end", ""


class _Reader:
    """Reads a formula by recursive descent, from what binds loosely to what binds tightly."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.at = 0

    @property
    def kind(self) -> str:
        return self.tokens[self.at][0]

    @property
    def sign(self) -> str:
        """The sign or word that comes next; nothing if it is a name or number."""
        kind, word = self.tokens[self.at]
        return word if kind in ("sign", "word") else ""

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1][1]

    def taken(self, *signs: str) -> bool:
        if self.sign and self.sign in signs:
            self.at += 1
            return True
        return False

    def need(self, sign: str) -> None:
        if not self.taken(sign):
            raise self.wrong(f"{sign!r} expected")

    def wrong(self, what: str) -> ValueError:
        read = " ".join(word for _, word in self.tokens[: self.at])
        return ValueError(f"formula {self.text!r}: {what} after {read!r}")

    def chain(self, kind: str, of: Callable[[], Part], *signs: str) -> Part:
        """``of`` once, or several with one of ``signs`` between them, from the left."""
        left = of()
        while self.sign and self.sign in signs:
            sign = self.take()
            left = Part(kind, sign, (left, of()))
        return left

    def whole(self) -> Part:
        several = [self.equation()]
        while self.taken(";"):
            several.append(self.equation())
        if self.kind != "end":
            raise self.wrong("an operator or the end expected")
        return several[0] if len(several) == 1 else Part("several", "", tuple(several))

    def equation(self) -> Part:
        return self.chain("relation", self.cases, "=")

    def cases(self) -> Part:
        value = self.sum()
        if self.sign not in ("where", "if"):
            return value
        parts = []
        while self.taken("where", "if"):
            parts += [value, self.condition()]
            if not self.taken(","):
                return Part("cases", "", tuple(parts))
            if self.taken("else"):
                return Part("cases", "else", (*parts, self.sum()))
            value = self.sum()
        raise self.wrong("'where' or 'else' expected")

    def condition(self) -> Part:
        return self.chain("condition", self.all_of, "or")

    def all_of(self) -> Part:
        return self.chain("condition", self.relation, "and")

    def relation(self) -> Part:
        if self.taken("not"):
            return Part("not", "", (self.relation(),))
        left = self.sum()
        parts, signs = [left], []
        while self.sign in _RELATIONS:
            signs.append(self.take())
            parts.append(self.sum())
        if len(parts) == 1:
            return left
        pairs = [
            Part("relation", sign, (parts[at], parts[at + 1])) for at, sign in enumerate(signs)
        ]
        return pairs[0] if len(pairs) == 1 else Part("between", "", tuple(pairs))

    def sum(self) -> Part:
        return self.chain("sum", self.product, "+", "-")

    def product(self) -> Part:
        left = self.signed()
        while True:
            if self.sign in ("·", "/", "@", "×"):
                sign = self.take()
                left = Part("product", sign, (left, self.signed()))
            elif self.beside(left):
                left = Part("product", "", (left, self.signed()))
            else:
                return left

    def beside(self, left: Part) -> bool:
        """Whether the next piece is multiplied without a sign: ``2 y``, ``e^-t dt``."""
        kind, word = self.tokens[self.at]
        if left.kind == "number":
            return kind == "name" or self.sign in ("√", "(")
        return kind == "name" and len(word) == 2 and word[0] == "d" and "∫" in self.text

    def signed(self) -> Part:
        if self.taken("-"):
            return Part("minus", "", (self.signed(),))
        return self.power()

    def power(self) -> Part:
        base = self.raised()
        if self.taken("^"):
            sign = self.take() if self.sign in ("-", "+") else ""
            exponent = self.power()
            return Part("power", "", (base, Part("minus", "", (exponent,)) if sign else exponent))
        return base

    def raised(self) -> Part:
        """A piece with what stands behind it: raised signs, an index, ``!``."""
        piece = self.piece()
        while True:
            if self.kind == "raised":
                piece = _lifted(piece, self.take())
            elif self.taken("["):
                piece = Part("item", "", (piece, *self.listed("]", self.place)))
            elif self.taken("_"):
                piece = Part("index", "", (piece, *self.lowered()))
            elif self.taken("!"):
                piece = Part("factorial", "", (piece,))
            elif self.taken("₊"):
                piece = Part("positive", "", (piece,))
            else:
                return piece

    def piece(self) -> Part:
        if self.kind == "number":
            return Part("number", self.take())
        if self.kind == "name":
            return self.named()
        sign = self.sign
        if sign in ("Σ", "Π", "∫"):
            return self.big()
        if sign in ("∞", "…"):
            return Part("name", self.take())
        if self.taken("√"):
            return Part("root", "", (self.raised(),))
        if self.taken("["):
            return Part("list", "", self.listed("]", self.cases))
        if sign in _ENCLOSING:
            self.take()
            inside = self.listed(_CLOSING[sign], self.cases)
            if len(inside) > 1 and sign == "(":
                return Part("tuple", "", inside)
            if len(inside) != 1:
                raise self.wrong("one expression expected")
            return Part(_ENCLOSING[sign], "", inside)
        raise self.wrong("a value expected")

    def named(self) -> Part:
        name = self.take()
        lifted = self.take() if self.kind == "raised" and self.tokens[self.at + 1][1] == "(" else ""
        if self.taken("("):
            call = Part("call", name, self.listed(")", self.argument))
        elif name in _WITHOUT_PARENTHESES and (self.kind != "end"):
            call = Part("call", name, (self.power(),))
        elif name == "d" and self.kind == "name":  # the gradient of something in between
            return Part("gradient", "", (Part("name", self.take()),))
        elif name[0] == "d" and len(name) == 2 and "∫" in self.text:
            return Part("gradient", "", (Part("name", name[1]),))
        else:
            return Part("name", name)
        return _lifted(call, lifted) if lifted else call

    def argument(self) -> Part:
        value = self.cases()
        if self.taken("="):  # a keyword
            return Part("keyword", value.text, (self.cases(),))
        return value

    def place(self) -> Part:
        """What stands in brackets behind a name: an index, or a slice."""
        start = Part("name") if self.sign == ":" else self.cases()
        parts = [start]
        while self.taken(":"):
            parts.append(Part("name") if self.sign in (",", ":", "]") else self.cases())
        return start if len(parts) == 1 else Part("slice", "", tuple(parts))

    def big(self) -> Part:
        sign = self.take()
        limits: list[Part] = []
        if self.taken("_"):
            limits.append(Part("limits", "", self.lowered()))
            if self.taken("^"):
                limits.append(Part("limits", "", (self.raised(),)))
        return Part("big", sign, (self.product(), *limits))

    def lowered(self) -> tuple[Part, ...]:
        """What stands behind ``_``: one name or number, or several pieces in braces."""
        return self.listed("}", self.relation) if self.taken("{") else (self.piece(),)

    def listed(self, end: str, of: Callable[[], Part]) -> tuple[Part, ...]:
        parts: list[Part] = []
        while not self.taken(end):
            if parts:
                self.need(",")
            parts.append(of())
        return tuple(parts)


def _lifted(piece: Part, raised: str) -> Part:
    """``piece`` with signs raised behind it: a power, an inverse or a transpose."""
    if raised.endswith("ᵀ"):
        piece = _lifted(piece, raised[:-1]) if len(raised) > 1 else piece
        return Part("transpose", "", (piece,))
    if raised == "⁻":  # of ⁻ᵀ
        return Part("power", "", (piece, Part("minus", "", (Part("number", "1"),))))
    return Part("power", "", (piece, parsed(raised.translate(_PLAIN))))


def parsed(text: str) -> Part:
    """The tree of a formula; ValueError with the place if it is none."""
    return _Reader(text).whole()


# -- writing ---------------------------------------------------------------------------------------

_UPRIGHT = {
    "acos": r"\arccos", "asin": r"\arcsin", "atan": r"\arctan", "cos": r"\cos", "cosh": r"\cosh",
    "det": r"\det", "exp": r"\exp", "ln": r"\ln", "log": r"\log", "max": r"\max", "min": r"\min",
    "sin": r"\sin", "sinh": r"\sinh", "tan": r"\tan", "tanh": r"\tanh",
}  # fmt: skip
_ACCENTS = {"\u0302": r"\hat", "\u0304": r"\bar", "\u0303": r"\tilde"}
_SIGNS = {
    "·": r" \cdot ", "@": r"\,", "×": r" \times ", "": r"\,", "+": " + ", "-": " - ", "=": " = ",
    "≠": r" \ne ", "<": " < ", ">": " > ", "≤": r" \le ", "≥": r" \ge ", "∈": r" \in ",
    "is": r"\text{ is }", "and": r"\text{ and }", "or": r"\text{ or }",
    "Σ": r"\sum", "Π": r"\prod", "∫": r"\int",
}  # fmt: skip
_BARS = {
    "group": ("(", ")"), "tuple": ("(", ")"), "abs": ("|", "|"), "norm": (r"\|", r"\|"),
    "floor": (r"\lfloor ", r"\rfloor "), "ceil": (r"\lceil ", r"\rceil "), "list": ("[", "]"),
}  # fmt: skip
_CONSTANTS = {"∞": r"\infty", "…": r"\dots", "NaN": r"\text{NaN}", "": ""}
_HALVES = {"½": r"\tfrac{1}{2}"}


def latex(text: str) -> str:
    """A formula in LaTeX, for mathematics; as plain text what is none.

    It uses what MathJax, KaTeX and their kin know: ``\\frac``, ``\\sqrt``, ``\\operatorname``, the
    environments ``cases`` and ``pmatrix``.
    """
    try:
        return _written(parsed(text))
    except ValueError:
        return _words(text)


def _words(text: str) -> str:
    """``text`` as it stands, with its signs made harmless."""
    safe = re.sub(r"[\\^~]", " ", text)
    return r"\text{" + re.sub(r"([{}#$%&_])", r"\\\1", safe) + "}"


def _written(part: Part) -> str:
    writer = _WRITERS.get(part.kind)
    if writer is not None:
        return writer(part)
    left, right = _BARS[part.kind]
    return rf"\left{left}{_listed(part.parts)}\right{right}"


def _listed(parts: tuple[Part, ...]) -> str:
    return r",\,".join(_written(one) for one in parts)


def _bare(part: Part) -> str:
    """Without parentheses around it, where a bar or a place sets it apart anyway."""
    return _written(part.parts[0] if part.kind == "group" else part)


def _name(part: Part) -> str:
    text = part.text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    plain = text.rstrip("'")
    stem, _, below = plain.partition("_")
    low = len(stem.rstrip("₀₁₂₃₄₅₆₇₈₉ₖᵢⱼₙ"))
    stem, below = stem[:low], below or stem[low:].translate(_PLAIN)
    if len(below) > 2:
        stem, below = plain, ""
    elif not below and (found := re.fullmatch(r"([^\W\d])(\d+)", stem)):
        stem, below = found.groups()
    word = _letters(stem)
    below = _letters(below) if len(below) == 1 else below
    return (rf"{word}_{{{below}}}" if below else word) + "'" * (len(text) - len(plain))


def _letters(word: str) -> str:
    """A name: one letter as it is, Greek and accented ones too, several in italics."""
    letters = unicodedata.normalize("NFD", word)
    if len(letters) == 2 and letters[1] in _ACCENTS:
        return rf"{_ACCENTS[letters[1]]}{{{_letters(letters[0])}}}"
    if len(letters) == 1:
        size, _, greek = unicodedata.name(word, "").removeprefix("GREEK ").partition(" LETTER ")
        greek = greek.lower().replace("lamda", "lambda")
        if size == "CAPITAL":
            greek = greek.title()
        return letters if letters.isascii() else f"\\{greek}"
    return rf"\mathit{{{word}}}".replace("_", r"\_")


def _function(name: str) -> str:
    stem, _, order = name.rstrip("⁾").partition("⁽")
    low = len(stem.rstrip("₀₁₂₃₄₅₆₇₈₉ₖᵢⱼₙ"))
    stem, below = stem[:low], stem[low:].translate(_PLAIN)
    if stem in _UPRIGHT:
        word = _UPRIGHT[stem]
    elif len(stem.rstrip("'")) == 1:
        word = _letters(stem[0]) + stem[1:]
    else:
        word = rf"\operatorname{{{stem}}}".replace("_", r"\_")
    if below:
        word += rf"_{{{below}}}"
    return word + (rf"^{{({order.translate(_PLAIN)})}}" if order else "")


def _call(part: Part) -> str:
    name, arguments = part.text, part.parts
    if name in _WITHOUT_PARENTHESES and len(arguments) == 1 and arguments[0].kind in _TIGHT:
        return rf"{_function(name)} {_written(arguments[0])}"
    return rf"{_function(name)}\left({_listed(arguments)}\right)"


def _pair(part: Part) -> str:
    left, right = part.parts
    if part.text == "/":
        sign, above = _sign_apart(left)
        return rf"{sign}\frac{{{_bare(above)}}}{{{_bare(right)}}}"
    return f"{_written(left)}{_SIGNS[part.text]}{_written(right)}"


def _sign_apart(part: Part) -> tuple[str, Part]:
    """A minus with which a product begins, and the product without it."""
    if part.kind == "minus":
        return "-", part.parts[0]
    if part.kind == "product" and part.text != "/":
        sign, first = _sign_apart(part.parts[0])
        return sign, part._replace(parts=(first, part.parts[1]))
    return "", part


def _between(part: Part) -> str:
    first = _written(part.parts[0].parts[0])
    return first + "".join(f"{_SIGNS[one.text]}{_written(one.parts[1])}" for one in part.parts)


def _power(part: Part) -> str:
    base, exponent = part.parts
    if base.kind == "call":  # tanh²(x), as it is written
        name, rest = _function(base.text), _written(base).removeprefix(_function(base.text))
        return rf"{name}^{{{_bare(exponent)}}}{rest}"
    return rf"{{{_written(base)}}}^{{{_flat(exponent)}}}"


def _transpose(part: Part) -> str:
    of = part.parts[0]
    if of.kind == "power" and of.parts[1].kind == "minus":  # inverted as well
        return rf"{{{_written(of.parts[0])}}}^{{-\mathsf{{T}}}}"
    return rf"{{{_written(of)}}}^{{\mathsf{{T}}}}"


def _flat(part: Part) -> str:
    """Written in one line: exponents have no room for fractions."""
    part = part.parts[0] if part.kind == "group" else part
    if part.kind == "minus":
        return "-" + _flat_inside(part.parts[0])
    return _flat_inside(part)


def _flat_inside(part: Part) -> str:
    if part.kind in ("product", "sum") and len(part.parts) == 2:
        sign = "/" if part.text == "/" else _SIGNS[part.text]
        return f"{_flat_inside(part.parts[0])}{sign}{_flat_inside(part.parts[1])}"
    return _written(part)


def _cases(part: Part) -> str:
    parts = list(part.parts)
    otherwise = parts.pop() if part.text else None
    lines = [
        rf"{_written(value)} & \text{{if }} {_written(condition)}"
        for value, condition in zip(parts[::2], parts[1::2], strict=True)
    ]
    if otherwise is not None:
        lines.append(rf"{_written(otherwise)} & \text{{else}}")
    return r"\begin{cases} " + r" \\ ".join(lines) + r" \end{cases}"


def _big(part: Part) -> str:
    inside, *limits = part.parts
    marks = ("_", "^")
    bounds = "".join(f"{marks[at]}{{{_listed(one.parts)}}}" for at, one in enumerate(limits))
    return rf"{_SIGNS[part.text]}{bounds} {_written(inside)}"


def _item(part: Part) -> str:
    """Below, if it is short; else in brackets."""
    of, *index = part.parts
    short = all(one.kind in ("name", "number") and len(one.text) == 1 for one in index)
    if short or part.kind == "index":
        return rf"{{{_written(of)}}}_{{{_listed(tuple(index))}}}"
    return rf"{_written(of)}\left[{_listed(tuple(index))}\right]"


def _list(part: Part) -> str:
    if part.parts and all(one.kind == "list" for one in part.parts):
        rows = (" & ".join(_written(one) for one in row.parts) for row in part.parts)
        return r"\begin{pmatrix} " + r" \\ ".join(rows) + r" \end{pmatrix}"
    return rf"\left[{_listed(part.parts)}\right]"


_WRITERS: dict[str, Callable[[Part], str]] = {
    "number": lambda part: _HALVES.get(part.text, part.text),
    "name": _name,
    "call": _call,
    "sum": _pair,
    "product": _pair,
    "relation": _pair,
    "condition": _pair,
    "between": _between,
    "not": lambda part: rf"\text{{not }} {_written(part.parts[0])}",
    "minus": lambda part: f"-{_written(part.parts[0])}",
    "power": _power,
    "transpose": _transpose,
    "root": lambda part: rf"\sqrt{{{_bare(part.parts[0])}}}",
    "item": _item,
    "index": _item,
    "factorial": lambda part: f"{_written(part.parts[0])}!",
    "positive": lambda part: f"{_written(part.parts[0])}_{{+}}",
    "cases": _cases,
    "gradient": lambda part: rf"\mathrm{{d}}{_written(part.parts[0])}",
    "keyword": lambda part: f"{_name(part)} = {_written(part.parts[0])}",
    "slice": lambda part: ":".join(map(_written, part.parts)),
    "big": _big,
    "list": _list,
    "several": lambda part: r",\quad ".join(_written(one) for one in part.parts),
}
