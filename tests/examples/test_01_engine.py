"""The engine of a hundred lines: its gradients are slopes, and it is short."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from autotensor.examples.course import folder

FILE = folder() / "01_engine" / "engine.py"


@pytest.fixture(scope="module")
def engine() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hundred_lines_engine", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FORMULAS: dict[str, Callable[[Any, Any], Any]] = {
    "a sum": lambda x, w: x + 2,
    "number first": lambda x, w: 2 * x + (3 + x),
    "a product with itself": lambda x, w: x * x * x,
    "a difference and a quotient": lambda x, w: (x - 1) / (x + 5),
    "a power": lambda x, w: x**3 - x**2,
    "matrices": lambda x, w: x @ w @ w,
    "a bias for every row": lambda x, w: x @ w + w.sum(axis=0),
    "sums over axes": lambda x, w: (x / (x * x).sum(axis=1, keepdims=True)) * x.sum(axis=0),
    "curves": lambda x, w: x.tanh() + x.relu() + x.exp() + (x * x + 1).log(),
    "softmax": lambda x, w: (x.exp() / x.exp().sum(axis=1, keepdims=True)).log() * x,
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_gradient_is_a_slope(engine: ModuleType, formula: str) -> None:
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(4, 3)) + 0.1, rng.normal(size=(3, 3))]

    def error(*arrays: np.ndarray) -> Any:
        return (FORMULAS[formula](*map(engine.Tensor, arrays)) ** 2).sum()

    tensors = [engine.Tensor(array) for array in arrays]
    (FORMULAS[formula](*tensors) ** 2).sum().backward()
    for which, tensor in enumerate(tensors):
        for place in np.ndindex(tensor.array.shape):
            ends = []
            for step in (1e-6, -1e-6):
                moved = [array.copy() for array in arrays]
                moved[which][place] += step
                ends.append(error(*moved).array)
            slope = (ends[0] - ends[1]) / 2e-6
            np.testing.assert_allclose(tensor.grad[place], slope, rtol=1e-5, atol=1e-6)


def test_it_is_a_hundred_lines() -> None:
    text = FILE.read_text(encoding="utf-8")
    words = sum(
        node.body[0].end_lineno - node.body[0].lineno + 1
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node)
    )
    lines = [line for line in text.splitlines() if line.strip() and line.strip()[0] != "#"]
    assert len(lines) - words <= 100
