"""The examples in docstrings do what they show; warnings are errors here as in every test."""

from __future__ import annotations

import doctest
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor
import nn
from nn import optim

# What an example may use without an import, as in NumPy's documentation.
KNOWN = {"at": autotensor, "nn": nn, "F": nn.functional, "optim": optim, "np": np}

#: How many public functions and classes, and how many methods of these, may be without an example:
#: numbers that may only fall.
MOST_FUNCTIONS = 12
MOST_METHODS = 41


def modules() -> Iterator[ModuleType]:
    """Both packages and every module in them, but those of extras that are not installed."""
    for package in (autotensor, nn):
        yield package
        for found in walk_packages(package.__path__, f"{package.__name__}."):
            try:
                module = import_module(found.name)
            except ImportError as error:
                if "is not installed: pip install 'autotensor[" not in str(error):
                    raise
            else:
                yield module


def examples() -> list[doctest.DocTest]:
    """The docstrings with examples, each where it is written, not where it is imported, and once
    where several names share them; then those that are written nowhere, but made."""
    finder, parser = doctest.DocTestFinder(), doctest.DocTestParser()
    found = [one for module in modules() for one in finder.find(module, globs=KNOWN)]
    for names in described():
        found += [parser.get_doctest(text, KNOWN, name, None, None) for text, name in names.items()]
    several = {tuple((line.source, line.want) for line in one.examples): one for one in found[::-1]}
    return [one for one in reversed(several.values()) if one.examples]


def published(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """What a module publishes of ours."""
    for name in getattr(module, "__all__", dir(module)):
        found = None if name.startswith("_") else getattr(module, name)
        home = found.__name__ if isinstance(found, ModuleType) else found.__class__.__module__
        if str(getattr(found, "__module__", home)).startswith(("autotensor", "nn")):
            yield name, found


def public_modules(module: ModuleType, seen: list[ModuleType]) -> list[ModuleType]:
    """A module, and those that it and they publish, after those ``seen`` before."""
    if module not in seen:
        seen.append(module)
        for _, found in published(module):
            if isinstance(found, ModuleType):
                public_modules(found, seen)
    return seen


def described() -> tuple[dict[str, str], dict[str, str]]:
    """The public functions and classes by their docstrings, and the methods and properties of the
    classes that have one of their own; of several names for a docstring the first."""
    functions: dict[str, str] = {}
    methods: dict[str, str] = {}
    for module in public_modules(nn, public_modules(autotensor, [])):
        for name, found in published(module):
            if not callable(found) or isinstance(found, ModuleType):
                continue
            functions.setdefault(found.__doc__ or f"nothing at {name}", name)
            for key, one in vars(found).items() if isinstance(found, type) else ():
                if not key.startswith("_") and (callable(one) or isinstance(one, property)):
                    methods.setdefault(one.__doc__ or "", f"{name}.{key}")
    return functions, {text: path for text, path in methods.items() if text not in functions}


def without_examples() -> tuple[list[str], list[str]]:
    """The public functions and classes whose docstrings show no example, and the methods."""
    functions, methods = (
        sorted(name for text, name in found.items() if ">>>" not in text) for found in described()
    )
    return functions, methods


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_an_example_does_what_it_shows(example: doctest.DocTest) -> None:
    report: list[str] = []
    doctest.DocTestRunner().run(example, out=report.append)
    assert not report, "".join(report)


def test_examples_are_found() -> None:
    found = {one.name.rpartition(".")[2] for one in examples()}
    assert {"Function", "grad", "gradcheck", "vmap"} <= found


def test_a_wrong_example_is_noticed() -> None:
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, None)
    with pytest.raises(AssertionError, match="Expected:"):
        test_an_example_does_what_it_shows(wrong)


def test_public_names_without_an_example_become_fewer() -> None:
    functions, methods = without_examples()
    assert len(functions) <= MOST_FUNCTIONS, functions
    assert len(methods) <= MOST_METHODS, methods
