"""Signatures with types: as the stubs have them for type checkers, else as the source has them."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from api.catalogue import ROOT

Definition = ast.FunctionDef | ast.AsyncFunctionDef

#: Where the types of a module's functions stand, if not with the functions.
STUBS = {
    "autotensor": "autotensor/__init__.pyi",
    "autotensor.linalg": "autotensor/linalg.pyi",
    "autotensor.special": "autotensor/special.pyi",
    "nn.functional": "nn/functional.pyi",
    "autotensor.Tensor": "autotensor/engine/tensor_methods.pyi",
}


@functools.cache
def _stubbed(file: Path) -> dict[str, list[Definition]]:
    """The functions of a stub, or the methods of its class, each with all its overloads."""
    found: dict[str, list[Definition]] = {}
    tree = ast.parse(file.read_text(encoding="utf-8"))
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    for node in (node for body in bodies for node in body):
        if isinstance(node, Definition):
            found.setdefault(node.name, []).append(node)
    return found


def signatures(full: str, value: Any, qualify: Callable[[str], str]) -> list[str]:
    """What stands behind the name, one for each way to call it: ``(input: Tensor) -> Tensor``."""
    owner, _, name = full.rpartition(".")
    if owner in STUBS and (found := _stubbed(ROOT / STUBS[owner]).get(name)):
        return [_of_stub(one, qualify, is_method=owner.endswith(".Tensor")) for one in found]
    return [_of_object(value, qualify)]


def _of_stub(node: Definition, qualify: Callable[[str], str], *, is_method: bool) -> str:
    arguments, returns = copy.deepcopy((node.args, node.returns))
    if is_method:
        del arguments.args[:1]
    for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs,
                     arguments.vararg, arguments.kwarg]:  # fmt: skip
        if argument is not None and argument.annotation is not None:
            argument.annotation = _plain(argument.annotation, qualify)
    text = f"({ast.unparse(arguments)})"
    if returns is not None:
        text += f" -> {ast.unparse(_plain(returns, qualify))}"
    return text


class _Plain(ast.NodeTransformer):
    """``_int`` becomes ``int``, ``Tensor`` ``autotensor.Tensor``; ``np.ndarray`` loses its tail."""

    def __init__(self, qualify: Callable[[str], str]) -> None:
        self.qualify = qualify

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.parse(self.qualify(node.id.removeprefix("_")), mode="eval").body

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        text = ast.unparse(node)
        return ast.parse(self.qualify(re.sub(r"^np\b", "numpy", text)), mode="eval").body

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if ast.unparse(node).endswith("ndarray[Any, Any]"):
            return self.visit(node.value)
        if ast.unparse(node.value).endswith("Literal"):
            return node
        self.generic_visit(node)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            return self.visit(ast.parse(node.value, mode="eval").body)
        return node


def _plain(node: ast.expr, qualify: Callable[[str], str]) -> ast.expr:
    changed: ast.expr = _Plain(qualify).visit(node)
    return changed


def _of_object(value: Any, qualify: Callable[[str], str]) -> str:
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return ""
    parameters = list(signature.parameters.values())
    if parameters and parameters[0].name in ("self", "cls") and not isinstance(value, type):
        del parameters[0]
    text = ", ".join(_parameters(parameters, qualify))
    returns = signature.return_annotation
    if returns is inspect.Signature.empty or isinstance(value, type):
        return f"({text})"
    return f"({text}) -> {_annotation(returns, qualify)}"


def _parameters(
    parameters: list[inspect.Parameter], qualify: Callable[[str], str]
) -> Iterator[str]:
    previous = None
    for one in parameters:
        if one.kind is one.KEYWORD_ONLY and previous not in (one.KEYWORD_ONLY, one.VAR_POSITIONAL):
            yield "*"
        if previous is one.POSITIONAL_ONLY and one.kind is not previous:
            yield "/"
        previous = one.kind
        text = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "") + one.name
        if one.annotation is not one.empty:
            text += f": {_annotation(one.annotation, qualify)}"
        if one.default is not one.empty:
            text += f" = {_default(one.default)}"
        yield text
    if previous is inspect.Parameter.POSITIONAL_ONLY:
        yield "/"


def _annotation(value: Any, qualify: Callable[[str], str]) -> str:
    if isinstance(value, type):
        value = value.__qualname__
    try:
        return ast.unparse(_plain(ast.parse(str(value), mode="eval").body, qualify))
    except SyntaxError:
        return "Any"


def _default(value: Any) -> str:
    text = repr(value)
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:  # <object object at 0x…>, <function …>
        return str(getattr(value, "__qualname__", None) or "...").replace("<lambda>", "...")
    return text
