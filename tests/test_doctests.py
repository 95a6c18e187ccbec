"""The examples in docstrings do what they show; warnings are errors here as in every test."""

from __future__ import annotations

import doctest
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType

import numpy as np
import pytest

import autotensor
import nn
from nn import optim

# What an example may use without an import, as in NumPy's documentation.
KNOWN = {"at": autotensor, "nn": nn, "F": nn.functional, "optim": optim, "np": np}


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
    """The docstrings with examples, each where it is written, not where it is imported."""
    finder = doctest.DocTestFinder()
    found = (one for module in modules() for one in finder.find(module, extraglobs=KNOWN))
    return [one for one in found if one.examples]


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
