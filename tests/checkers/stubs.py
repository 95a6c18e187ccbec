"""The stubs, made from the declarations: ``python -m tests.checkers.stubs``.

Type checkers and editors read sources and run nothing, so they see neither operators, which are
functions on raw arrays until their declaration wraps them, nor the methods of a Tensor, which are
hung on the class by the files that declare them.  A stub says what they are in the end: it is
written from the running package, by the signature of each public function; ``kinds.py`` has the
types.  A name that is new gets into the stubs by running this again; ``test_stubs.py`` fails where
that was forgotten.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import itertools
import keyword
import pkgutil
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import autotensor as at
import nn.functional
from autotensor import importing, keywords
from autotensor.operators.settings import takes_out
from tests.autotensor.method_table import in_the_class
from tests.checkers.kinds import ARGUMENTS, CHOICES, FLAGS, OVERLOADS, RESULTS, SETTINGS, SPECIAL

ROOT = Path(at.__file__).resolve().parents[1]
WIDTH = 100

HEAD = '''\
# Made by `python -m tests.checkers.stubs` from the declarations; not to be edited by hand.
"""{about}"""
'''

#: Where the names in ``kinds.py`` come from.
HOMES: dict[str, str] = {
    **dict.fromkeys(("Callable", "Iterable", "Iterator", "Mapping", "Sequence"), "collections.abc"),
    **dict.fromkeys(("Any", "Literal", "Self", "SupportsIndex", "TypeVar", "overload"), "typing"),
    **dict.fromkeys(("Data", "Device", "DType", "Index", "Ints", "Operand", "Sizes"),
                    "autotensor.types"),
    "EllipsisType": "types",
    "Size": "autotensor.facts",
    "Tensor": "autotensor.engine.tensor",
    "ValuesAndIndices": "autotensor.operators.reductions.scans",
}  # fmt: skip
SHAPE = "Size"

#: Where ``Any`` as a result means a Tensor.
COMPUTES = (
    "autotensor.operators", "autotensor.creation", "autotensor.random", "autotensor.linalg", "nn.",
)  # fmt: skip

_BY_NAME = {name: kind for kind, names in ARGUMENTS.items() for name in names.split()}
_REST = [
    inspect.Parameter.VAR_POSITIONAL,
    inspect.Parameter.KEYWORD_ONLY,
    inspect.Parameter.VAR_KEYWORD,
]


Given = list[tuple[inspect.Parameter, str]]
"""Parameters, each with its text."""

#: The other names that programs use; ``keywords.py`` has more, for arguments nobody names.
SHOWN_OTHERS = {other: main for main in ("dim", "keepdim") for other in keywords.OTHER_NAMES[main]}


class Stub:
    """The text of one stub as it grows: what it imports, and its lines."""

    def __init__(self, about: str) -> None:
        self.about = about
        self.imports: dict[str, str] = {}
        self.lines: list[str] = []

    # -- types -----------------------------------------------------------------------------------

    def kind(self, text: str, known: dict[str, Any] | None = None) -> str:
        """An annotation with all its names imported, under names that nothing public hides."""
        tree = ast.parse(text, mode="eval")
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                node.id = self.named(node.id, known or {})
            elif isinstance(node, ast.Attribute) and ast.unparse(node).startswith("np."):
                node.value = ast.Name(self.named("np", known or {}))
        return re.sub(r"\bnp\.ndarray\b(?!\[)", "np.ndarray[Any, Any]", ast.unparse(tree))

    def named(self, name: str, known: dict[str, Any]) -> str:
        if name in ("np", "Ellipsis"):
            self.imports["np"] = "import numpy as np"
            self.named("Any", {})
            return name
        if name == "Model":
            self.named("TypeVar", {})
            return name
        found = known.get(name)
        home = HOMES.get(name)
        if name in vars(builtins) and not isinstance(found, type):
            home = "builtins"
        elif home is None:
            if found is None and hasattr(at, name):
                found = getattr(at, name)
            home = found.__module__ if isinstance(found, type) else known.get("__name__")
            if home is None:
                raise LookupError(f"where does the type {name!r} come from? {self.about}")
        if name in ("str", "tuple", "list", "dict", "object", "None", "slice") and not found:
            return name
        # Tensor.float and autotensor.device are no types in their own stubs.
        alias = name if name[0].isupper() else f"_{name}"
        if home != "builtins" and isinstance(found, type) and found.__qualname__ != name:
            home, name = found.__module__, found.__qualname__
        plain = f"from {home} import {name}"
        self.imports.setdefault(alias, plain if alias == name else f"{plain} as {alias}")
        return alias

    # -- signatures ------------------------------------------------------------------------------

    def argument(self, function: str, parameter: inspect.Parameter, known: dict[str, Any]) -> str:
        name = parameter.name
        written = parameter.annotation
        vague = written is parameter.empty or "Any" in re.findall(r"\w+", str(written))
        special = SPECIAL.get(f"{function}.{name}")
        if special is None and name in CHOICES:
            special = CHOICES[name]
        if special is None and (vague or written == "Tensor"):
            special = _BY_NAME.get(name)
        if special is None and written is not parameter.empty:
            text = self.kind(str(written), known)
        else:
            text = self.kind(special or "Any")
        if parameter.default is None and "None" not in text:
            text += " | None"
        return text

    def result(self, function: Any, name: str) -> str:
        known = _globals(function)
        written = inspect.signature(function).return_annotation
        if name.rstrip("_") in RESULTS:
            return self.kind(RESULTS[name.rstrip("_")])
        if written is inspect.Signature.empty:
            return self.kind("Tensor")
        home = inspect.unwrap(function).__module__
        computes = home.startswith(COMPUTES)
        text = str(written)
        if computes and "Callable" not in text:
            text = re.sub(r"\bAny\b", "Tensor", text)
        return self.kind(text, known)

    def parameters(self, function: Any, name: str) -> list[tuple[inspect.Parameter, str]]:
        """Each with its text, ``dim: int = 0``."""
        known = _globals(function)
        given = []
        for one in inspect.signature(function).parameters.values():
            star = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
            text = f"{star}{one.name}: {self.argument(name, one, known)}"
            if one.default is not one.empty:
                text += f" = {_default(one.default)}"
            given.append((one, text))
        return given

    def signatures(self, function: Any, name: str, method: bool = False) -> Iterator[str]:
        """``(input: Tensor, dim: int = 0) -> Tensor``; several where it is overloaded."""
        bare = name.rstrip("_") if method and not name.startswith("__") else name
        if bare in OVERLOADS:
            for text in OVERLOADS[bare]:
                yield self.written(text, method)
            return
        given = self.parameters(function, name)
        result = self.result(function, name)
        if method:
            given[0] = (given[0][0], "self")
            if name.endswith("_") and not name.endswith("__") and result == "Tensor":
                result = self.kind("Self")
        given, instead = (
            (given, []) if name[0] == "_" else self.with_other_names(given, function, method)
        )
        flags = [one for one, _ in given if one.name in FLAGS or one.name.startswith("return_")]
        flags = [one for one in flags if one.default is False]
        if not flags or "tuple" in str(inspect.signature(function).return_annotation):
            for one in [given, *instead]:
                yield f"({_joined(one)}) -> {result}"
            return
        self.named("Literal", {})
        for values in itertools.product((False, True), repeat=len(flags)):
            chosen = dict(zip((one.name for one in flags), values, strict=True))
            yield f"({_joined(_with_flags(given, chosen))}) -> {self.kind(_flagged(chosen))}"
        most = dict.fromkeys((one.name for one in flags), True)
        union = self.kind(f"{_flagged(dict.fromkeys(most, False))} | tuple[Tensor, ...]")
        yield f"({_joined(given)}) -> {union}"

    def with_other_names(
        self, given: Given, function: Any, method: bool
    ) -> tuple[Given, list[Given]]:
        """The parameters with other names of those that may be left out, and with ``out``; and, for
        each that must be given, those with its other name instead."""
        named = {one.name: (place, one, text) for place, (one, text) in enumerate(given)}
        meant = SHOWN_OTHERS | getattr(function, "other_names", {})
        meant |= {
            one.name: one.name
            for one, text in given
            if text in (f"*{one.name}: Sizes", f"*{one.name}: Ints")
        }
        more, instead = [], []
        for other, main in meant.items():
            if keyword.iskeyword(other):  # it is given by ** alone, as ``**{"from": 0}``
                continue
            if main not in named or (other in named and other != main):
                continue
            place, one, text = named[main]
            _, _, kind = text.partition(": ")
            renamed = one.replace(name=other, kind=one.KEYWORD_ONLY)
            if one.default is not one.empty:
                more.append((renamed, f"{other}: {kind}"))
            elif place or not method:
                later = [
                    (each.replace(kind=max(each.kind, one.KEYWORD_ONLY)), said)
                    for each, said in given[place + 1 :]
                ]
                instead.append([*given[:place], (renamed, f"{other}: {kind}"), *later])
        if not method and takes_out(function):
            kind = (
                "Tensor | Sequence[Tensor] | None"
                if "tuple" in str(inspect.signature(function).return_annotation)
                else "Tensor | None"
            )
            out = inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None)
            more.append((out, f"out: {self.kind(kind)} = None"))
        for name, kind in SETTINGS.items():
            if name not in keywords.names_of(function).all() and keywords.takes(function, name):
                said = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None)
                more.append((said, f"{name}: {self.kind(kind)} | None = None"))
        every = (given, *instead)
        first, *others = [sorted([*one, *more], key=lambda pair: pair[0].kind) for one in every]
        return first, others

    def written(self, text: str, method: bool = False) -> str:
        """A signature of ``OVERLOADS``, with its names imported."""
        head, _, result = text.rpartition(" -> ")
        if method:
            head = re.sub(r"^\(\w+: Tensor(, /)?", "(self", head)
        tree = ast.parse(f"def f{head}: ...").body[0]
        assert isinstance(tree, ast.FunctionDef)
        arguments = tree.args
        for one in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
            if one.annotation:
                one.annotation = ast.parse(self.kind(ast.unparse(one.annotation)), mode="eval").body
        for rest in (arguments.vararg, arguments.kwarg):
            if rest is not None and rest.annotation:
                rest.annotation = ast.parse(
                    self.kind(ast.unparse(rest.annotation)), mode="eval"
                ).body
        return ast.unparse(tree).removeprefix("def f").removesuffix(":\n    ...") + (
            f" -> {self.kind(result)}"
        )

    # -- lines -----------------------------------------------------------------------------------

    def define(self, name: str, function: Any, method: bool = False) -> None:
        texts = list(dict.fromkeys(self.signatures(function, name, method)))
        if len(texts) > 1:
            self.named("overload", {})
        for index, text in enumerate(texts):
            if len(texts) > 1:
                self.lines.append("@_overload")
            head = f"def {name}{text}:"
            if len(head) > WIDTH - 8:
                head = _broken(head)
            about = _summary(function) if method and index == len(texts) - 1 else ""
            if about:
                self.lines += [head, *textwrap.indent(about, "    ").splitlines(), "    ..."]
            else:
                self.lines.append(f"{head} ...")

    def text(self) -> str:
        parts = [HEAD.format(about=self.about), *sorted(self.imports.values())]
        if "TypeVar" in self.imports:
            parts.append('\nModel = TypeVar("Model", bound=Callable[..., Any])')
            for name in ("Callable", "Any"):
                parts.insert(1, f"from {HOMES[name]} import {name}")
        head, *rest = parts
        bound = {line.rpartition(" ")[2] for line in rest if " as " in line}
        unique = [
            line
            for line in dict.fromkeys(rest)
            if not (line.startswith("from ") and " as " not in line and line.split()[-1] in bound)
        ]
        return "\n".join([head, *unique, "", *self.lines, ""])


def _globals(function: Any) -> dict[str, Any]:
    return inspect.unwrap(function).__globals__


def _default(value: Any) -> str:
    plain = value is None or type(value) in (bool, int, str)
    if type(value) is float and value == value and abs(value) != float("inf"):
        plain = True
    return repr(value) if plain else "..."


def _joined(given: list[tuple[inspect.Parameter, str]]) -> str:
    texts = []
    for index, (one, text) in enumerate(given):
        before = given[index - 1][0].kind if index else None
        if one.kind is one.KEYWORD_ONLY and before not in (one.KEYWORD_ONLY, one.VAR_POSITIONAL):
            texts.append("*")
        texts.append(text)
    return ", ".join(texts)


def _with_flags(
    given: list[tuple[inspect.Parameter, str]], chosen: dict[str, bool]
) -> list[tuple[inspect.Parameter, str]]:
    """The parameters where flags have just these values; one that is True must be given."""
    out = []
    for one, text in given:
        if one.name in chosen:
            value = chosen[one.name]
            text = f"{one.name}: Literal[{value}]" + ("" if value else " = False")
            if value:
                one = one.replace(kind=inspect.Parameter.KEYWORD_ONLY, default=one.empty)
        elif any(before.name in chosen and chosen[before.name] for before, _ in out):
            one = one.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        out.append((one, text))
    return sorted(out, key=lambda pair: pair[0].kind)


def _flagged(chosen: dict[str, bool]) -> str:
    named = [name for name in chosen if name in FLAGS]
    if named:
        return FLAGS[named[0]][chosen[named[0]]]
    count = sum(chosen.values())
    return f"tuple[{', '.join(['Tensor'] * (1 + count))}]" if count else "Tensor"


def _broken(head: str) -> str:
    """A long signature, an argument a line."""
    name, _, rest = head.partition("(")
    inside, _, result = rest.rpartition(") -> ")
    parts, depth, last = [], 0, 0
    for place, letter in enumerate(inside):
        depth += (letter in "[(") - (letter in "])")
        if letter == "," and not depth:
            parts.append(inside[last:place])
            last = place + 2
    parts.append(inside[last:])
    return f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + f") -> {result}"


def _summary(function: Any) -> str:
    """The first paragraph of a docstring, as a docstring."""
    text = (inspect.getdoc(function) or "").split("\n\n")[0]
    if not text:
        return ""
    if "\\" in text:
        return f'r"""{text}"""'
    return f'"""{text}"""'


# -- the stubs -------------------------------------------------------------------------------------


def shown(module: ModuleType) -> list[str]:
    """The public names of a module."""
    return sorted(name for name in dir(module) if name[0] != "_")


def collection(module: ModuleType, about: str, first: ModuleType | None = None) -> str:
    """The stub of a module that gathers functions; those of ``first`` are imported from there."""
    stub = Stub(about)
    public, later = [], []
    for name in shown(module):
        value = getattr(module, name)
        if isinstance(value, ModuleType):
            if value.__name__ == f"{module.__name__}.{name}":
                public.append(f"from {module.__name__} import {name} as {name}")
            elif "." in value.__name__:
                package, _, last = value.__name__.rpartition(".")
                public.append(f"from {package} import {last} as {name}")
            else:
                public.append(f"import {value.__name__} as {name}")
        elif first is not None and getattr(first, name, module) is value:
            public.append(f"from {first.__name__} import {name} as {name}")
        elif isinstance(value, type) and value.__module__ != "builtins":
            public.append(f"from {value.__module__} import {value.__qualname__} as {name}")
        elif inspect.isfunction(value):
            later.append((name, value))
        else:
            kind = "None" if value is None else type(value).__name__
            constant = stub.kind(kind, {kind: type(value)})
            stub.lines.append(f"{name}: {constant}")
    stub.imports |= {f"public {line}": line for line in public}
    if module is at:
        stub.lines.append("__version__: str")
    for name, function in later:
        stub.define(name, function)
    return stub.text()


BINARY = "add and floordiv lshift matmul mod mul or pow rshift sub truediv xor"
SHOWN_BY_PYTHON: dict[str, str] = {
    **{f"__{name}__": "(self, other: Operand) -> Tensor" for name in BINARY.split()},
    **{f"__r{name}__": "(self, other: Operand) -> Tensor" for name in BINARY.split()},
    **{f"__i{name}__": "(self, other: Operand) -> Self" for name in BINARY.split()},
    **{f"__{name}__": "(self, other: Operand) -> Tensor" for name in ("lt", "le", "gt", "ge")},
    **{f"__{name}__": "(self, other: object) -> Tensor" for name in ("eq", "ne")},
    **{f"__{name}__": "(self) -> Tensor" for name in ("neg", "pos", "abs", "invert")},
    "__contains__": "(self, value: object) -> bool",
    "__deepcopy__": "(self, memo: dict[int, Any]) -> Self",
    "__getstate__": "(self) -> dict[str, Any]",
    "__getitem__": "(self, index: Index) -> Tensor",
    "__setitem__": "(self, index: Index, value: Operand | Sequence[Any]) -> None",
}
#: What mypy has against PyTorch's comparisons, which give Tensors.
NOTES = {
    **dict.fromkeys(("__eq__", "__ne__"), "override"),
    **dict.fromkeys(("__ge__", "__gt__", "__le__", "__lt__"), "misc"),
}
ATTRIBUTES = {
    "shape": "Size", "ndim": "int", "itemsize": "int", "nbytes": "int",
}  # fmt: skip


def methods() -> str:
    """The stub of what other files make methods of Tensor."""
    stub = Stub("What other files make methods of Tensor; ``class Tensor`` inherits it in name.")
    own, small = in_the_class(hidden=False), at.zeros(2, 3)
    stub.lines.append("class TensorMethods:")
    outer, stub.lines = stub.lines, []
    for name in sorted(dir(at.Tensor)):
        value = inspect.getattr_static(at.Tensor, name)
        if name in own or (name[0] == "_" and name not in SHOWN_BY_PYTHON and name != "__init__"):
            continue
        if name in SHOWN_BY_PYTHON:
            note = f"  # type: ignore[{NOTES[name]}]" if name in NOTES else ""
            stub.lines.append(f"def {name}{stub.written(SHOWN_BY_PYTHON[name])}: ...{note}")
        elif isinstance(value, property):
            getter: Any = value.fget
            written = getattr(getter, "__annotations__", {}).get("return", "Any")
            if written != "Any":
                annotation = stub.kind(written, _globals(getter))
            else:
                kind = ATTRIBUTES.get(name) or type(value.__get__(small)).__name__
                annotation = stub.kind(kind, {kind: type(value.__get__(small))})
            stub.lines += ["@property", f"def {name}(self) -> {annotation}: ..."]
            if value.fset is not None:
                stub.lines += [
                    f"@{name}.setter",
                    f"def {name}(self, value: {annotation}) -> None: ...",
                ]
        elif inspect.isfunction(value):
            stub.define(name, value, method=True)
    outer += textwrap.indent("\n".join(stub.lines), "    ").splitlines()
    stub.lines = outer
    return stub.text()


STUBS: dict[str, Callable[[], str]] = {
    "autotensor/__init__.pyi": lambda: collection(at, "The functions of autotensor."),
    "autotensor/linalg.pyi": lambda: collection(at.linalg, "Linear algebra.", at),
    "autotensor/special.pyi": lambda: collection(at.special, "Special functions.", at),
    "autotensor/engine/tensor_methods.pyi": methods,
    "nn/functional.pyi": lambda: collection(nn.functional, "The operators of networks.", at),
}


ALIAS = """\
# Made by `python -m tests.checkers.stubs`; `import {theirs}` gives `{ours}`.
from {ours} import *
"""
#: The rooms of ``nn`` that PyTorch's ``nn`` has as well.
THEIRS = (
    "attention", "common_types", "functional", "init", "modules", "parallel", "parameter", "utils",
)  # fmt: skip


def aliases() -> dict[Path, str]:
    """The stubs of modules that ``import`` finds under PyTorch's names as well."""
    found = {}
    for theirs, ours in importing.other_names().items():
        if not theirs.startswith("autotensor.") or "._" in theirs:
            continue
        package = importlib.import_module(ours)
        rooms = getattr(package, "__path__", [])  # a file has none
        names = [one.name for one in pkgutil.walk_packages(rooms, f"{ours}.")]
        for name in [ours, *names]:
            if ours == "nn" and name != "nn" and name.split(".")[1] not in THEIRS:
                continue
            other = theirs + name.removeprefix(ours)
            # A folder even for a module, because pyright takes a folder for its source.
            file = ROOT / other.replace(".", "/") / "__init__.pyi"
            found[file] = ALIAS.format(theirs=other, ours=name)
    return found


def made() -> dict[Path, str]:
    return {ROOT / path: text() for path, text in STUBS.items()} | aliases()


def unwanted() -> list[Path]:
    """Stubs of what is gone."""
    wanted = made()
    there = (path for package in ("autotensor", "nn") for path in (ROOT / package).rglob("*.pyi"))
    return [path for path in there if path not in wanted]


if __name__ == "__main__":
    for path, text in made().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in unwanted():
        path.unlink()
