"""The examples in docstrings do what they show; warnings are errors here as in every test."""

from __future__ import annotations

import doctest

import pytest

from tests.smoke import described, examples

#: How many public functions and classes, and how many methods of these, may be without an example:
#: numbers that may only fall.
MOST_FUNCTIONS = 7
MOST_METHODS = 34


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
