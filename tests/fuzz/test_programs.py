"""Random programs against PyTorch, and whether their machinery finds and shrinks what is wrong."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, cast

import pytest

import autotensor as at
import nn.functional as F
from tests.fuzz import programs
from tests.fuzz.programs import Bench, library, run_programs, script, shown, shrunk
from tests.fuzz.templates import TEMPLATES

CHUNKS, PROGRAMS = 20, 10_000


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_programs_do_as_in_torch(torch: ModuleType, chunk: int) -> None:
    bench = programs.torch_bench()
    size = PROGRAMS // CHUNKS
    report = run_programs(range(chunk * size, (chunk + 1) * size), bench, stop_after=3)
    assert not report.findings, shown(report.findings, bench)
    # Most of what is drawn must run, or nothing is tried.
    assert sum(report.refused.values()) < 0.1 * report.steps
    assert report.reasons["rounding"] < 0.01 * report.steps


def test_the_table_of_steps_is_long() -> None:
    assert len({one.operator for family in TEMPLATES.values() for one in family}) > 400


class Changed:
    """This library, but for some functions."""

    def __init__(self, **changes: Callable[..., Any]) -> None:
        self.changes = changes

    def __getattr__(self, name: str) -> Any:
        return self.changes.get(name) or getattr(at, name)


def bench_of(**changes: Callable[..., Any]) -> Bench:
    return Bench(library(cast(ModuleType, Changed(**changes)), F), library(at, F))


def found_with(**changes: Callable[..., Any]) -> programs.Verdict:
    """The first finding with some functions changed, shrunk."""
    bench = bench_of(**changes)
    report = run_programs(range(400), bench, stop_after=1)
    assert report.findings, "nothing was noticed"
    return shrunk(bench, report.findings[0])


def test_a_library_agrees_with_itself() -> None:
    report = run_programs(range(15), bench_of())
    assert not report.findings
    assert report.steps > 200


def test_rounding_is_no_finding() -> None:
    def sigmoid(input: Any) -> Any:
        """With other roundings."""
        if input.dtype.kind != "f":
            return at.sigmoid(input)
        return at.sigmoid(input) + at.sigmoid(-input).detach() * 0 + at.sigmoid(input) * 1e-15

    assert not run_programs(range(60), bench_of(sigmoid=sigmoid)).findings


def test_a_wrong_value_is_shrunk_to_two_lines() -> None:
    verdict = found_with(sin=lambda input: at.cos(input))
    assert verdict.kind == ("value", "sin")
    assert [step.operator for step in verdict.steps] == ["input", "sin"]
    text = script(verdict)
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as out:
        patch.setattr(sys, "argv", ["script", "autotensor"])
        exec(text, {})
    assert out.getvalue()


def test_a_wrong_gradient_is_shrunk() -> None:
    def add(input: Any, other: Any, **settings: Any) -> Any:
        out = at.add(input, other, **settings)
        return out + (input - input.detach()) * 0.5 if input.requires_grad else out

    verdict = found_with(add=add)
    assert verdict.difference.what == "gradient"
    assert len(verdict.steps) <= 5
    assert any("add(" in step.text for step in verdict.steps)


def test_a_view_that_is_none_is_noticed_by_a_write() -> None:
    verdict = found_with(atleast_2d=lambda input: at.atleast_2d(input).clone())
    assert verdict.difference.what in ("value", "is_leaf")


def test_an_operator_that_writes_to_its_input_is_noticed() -> None:
    def floor(input: Any) -> Any:
        out = at.floor(input)
        if input.array.size and input.array.flags.writeable:
            input.array += 1
        return out

    verdict = found_with(floor=floor)
    assert any("floor(" in step.text for step in verdict.steps)


def test_a_wrong_dtype_is_noticed() -> None:
    assert found_with(sign=lambda input: at.sign(input).double()).kind == ("dtype", "sign")


def test_a_refusal_is_noticed() -> None:
    def square(input: Any) -> Any:
        raise RuntimeError("square: not today")

    assert found_with(square=square).kind == ("error", "square")
