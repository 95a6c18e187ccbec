"""joblib: Tensors and models go to its processes and files, and come back as they were."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import autotensor as at
import nn

joblib: Any = pytest.importorskip("joblib", reason="needs the extra: pip install -e .[sklearn]")
pytestmark = pytest.mark.works_with("joblib", "Parallel over Tensors and models, dump and load")


def train(model: nn.Module, x: at.Tensor, y: at.Tensor) -> tuple[nn.Module, at.Tensor]:
    optimizer = nn.optim.Adam(model.parameters(), 0.1)
    for _ in range(3):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
    return model, loss


def compare(backend: str) -> None:
    """Trains some models one by one, and in parallel."""
    models = [nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)) for _ in range(3)]
    x, y = at.randn(20, 3), at.randn(20, 1)
    expected = [train(copy.deepcopy(model), x, y) for model in models]
    found = joblib.Parallel(2, backend=backend)(
        joblib.delayed(train)(copy.deepcopy(model), x, y) for model in models
    )
    for (model, loss), (its_model, its_loss) in zip(expected, found, strict=True):
        assert its_loss.item() == pytest.approx(loss.item(), rel=1e-6)
        assert its_loss.requires_grad
        for one, other in zip(model.parameters(), its_model.parameters(), strict=True):
            assert at.allclose(one, other)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_models_trained_in_parallel_are_those_trained_one_by_one(backend: str) -> None:
    compare(backend)


def test_so_are_those_trained_by_a_pool_of_forks() -> None:
    """In a process of its own: other tools here have threads, which do not go well with forks."""
    done = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import compare; compare('multiprocessing')"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def total(x: at.Tensor) -> float:
    return x.sum().item()


def test_large_tensors_and_closures() -> None:
    x = at.ones(1_000_000)
    assert joblib.Parallel(2)(joblib.delayed(total)(one) for one in (x, x[::2], x.double())) == [
        1_000_000, 500_000, 1_000_000,
    ]  # fmt: skip
    factor = at.tensor(3.0)
    assert joblib.Parallel(2)([joblib.delayed(lambda y: (y * factor).item())(at.tensor(2.0))]) == [
        6
    ]


def test_dump_and_load(tmp_path: Path) -> None:
    model = nn.LSTM(3, 4, 2)
    path = str(tmp_path / "model.joblib")
    for compress in (0, 3):
        joblib.dump({"model": model, "x": at.arange(6).T}, path, compress=compress)
        back = joblib.load(path)
        assert back["x"].tolist() == list(range(6))
        x = at.randn(2, 3)
        assert at.equal(back["model"](x)[0], model(x)[0])
    assert joblib.hash(at.ones(3).numpy()) == joblib.hash(at.ones(3).numpy())


def test_memory_calls_a_function_once(tmp_path: Path) -> None:
    calls = []
    cache = joblib.Memory(tmp_path, verbose=0).cache

    def double(x: at.Tensor) -> at.Tensor:
        calls.append(1)
        return x * 2

    remembered = cache(double)
    for _ in range(2):
        assert remembered(at.arange(3)).tolist() == [0, 2, 4]
    assert remembered(at.arange(4)).tolist() == [0, 2, 4, 6]
    assert len(calls) == 2
