"""Which functions become nodes, and how: ``@converts(…)`` on a function that writes to a Graph."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from nn.onnx.aligning import Step
from nn.onnx.graph import Graph
from nn.onnx.tracing import leaves

__all__ = ["CONDITIONS", "CONVERTERS", "convert", "converts"]

CONVERTERS: dict[Any, Callable[..., Any]] = {}
"""By what a ``Tracer`` tells a function by: its code; for operators that the engine declares, their
names; for what is not public, module and name."""


CONDITIONS: dict[Any, Callable[[dict[str, Any]], bool]] = {}
"""By the same, whether a function is converted when called with these arguments; else it is looked
into."""


def converts(
    *functions: Any, when: Callable[[dict[str, Any]], bool] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares a converter of ``functions``: public ones, or names of declared operators.

    It is given the Graph, then those arguments of the function that it names; ``output`` is
    the Value, or the Values, that the function gives.  It returns the name of its output, or a
    Value, or a tuple of these.
    """

    def declare(convert: Callable[..., Any]) -> Callable[..., Any]:
        for one in functions:
            CONVERTERS[_key_of(one)] = convert
            if when is not None:
                CONDITIONS[_key_of(one)] = when
        return convert

    return declare


def _key_of(function: Any) -> Any:
    if isinstance(function, (str, tuple)):
        return function
    while "has_door" in function.__dict__:
        function = function.__wrapped__
    code = function.__code__
    if code.co_qualname.endswith("declare.<locals>.call"):
        return function.__name__
    return code


def convert(graph: Graph, step: Step) -> Any:
    """What the converter of ``step`` returns."""
    names = list(inspect.signature(step.convert).parameters)[1:]
    known = {**step.arguments, "output": step.result}
    given = {name: known[name] for name in names if name in known}
    for one in leaves(given):
        graph.need_known(one)
    try:
        return step.convert(graph, **given)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # What a converter does not foresee, such as a size in place of a number.
        graph.refuse(f"cannot be written as it is called here: {error}")
