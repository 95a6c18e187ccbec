"""The stubs say what the running package is."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import pytest

import autotensor as at
from tests.autotensor.cases import CASES
from tests.checkers.stubs import Stub, made, unwanted


def test_the_stubs_are_up_to_date() -> None:
    """Where this fails: ``python -m tests.checkers.stubs``."""
    stale = [
        path
        for path, text in made().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert not stale
    assert not unwanted()


def kind_of(result: object) -> str:
    """A result in the words of a stub."""
    if isinstance(result, tuple) and type(result) is tuple:
        return "tuple"
    return type(result).__name__


def test_results_are_what_the_stubs_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """By every case of every operator."""
    given: dict[str, set[str]] = {}
    functions = {
        name: getattr(at, name) for name in dir(at) if inspect.isfunction(getattr(at, name))
    }

    def noting(name: str, function: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            given.setdefault(name, set()).add(kind_of(result))
            return result

        return call

    for name, function in functions.items():
        monkeypatch.setattr(at, name, noting(name, function))
    for case in CASES:
        inputs = [
            at.from_numpy(np.array(one)) if isinstance(one, np.ndarray | np.generic) else one
            for one in (*case.arrays, *case.constants)
        ]
        case.function(at, *inputs)
    monkeypatch.undo()
    assert len(given) > 300
    wrong = {}
    for name, kinds in given.items():
        said = [text.rpartition(" -> ")[2] for text in Stub("").signatures(functions[name], name)]
        words = {re.split(r"\W", one)[0] for text in said for one in text.split(" | ")}
        if not kinds <= {word.lstrip("_") for word in words}:
            wrong[name] = (kinds, said)
    assert not wrong
