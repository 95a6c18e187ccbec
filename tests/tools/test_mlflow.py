"""MLflow's client reads what a training has logged: numbers by step, settings, files, weights."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mlflow", reason="needs the package mlflow-skinny: pip install -e .[tools]")

import mlflow

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.training import Logger, fit

pytestmark = [
    pytest.mark.works_with("MLflow", "`fit(logger=mlflow.log_metrics)`, settings, files, weights"),
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning"),
]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A run in a store of files, for which MLflow's small package is enough."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    yield from running(f"file://{tmp_path}/mlruns")


def running(store: str) -> Iterator[Any]:
    mlflow.set_tracking_uri(store)
    mlflow.set_experiment("digits")
    with mlflow.start_run() as active:
        yield active
    mlflow.set_tracking_uri(None)


def train(logger: Any, epochs: int = 3, **options: Any) -> Any:
    at.manual_seed(0)
    model = nn.Linear(2, 2)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    x, y = at.randn(8, 2), at.tensor([0, 1] * 4)
    batches = [(x[:4], y[:4]), (x[4:], y[4:])]
    options = {"validation": batches, "verbose": False} | options
    return model, fit(model, batches, F.cross_entropy, optimizer, epochs, logger=logger, **options)


def logged(active: Any, name: str) -> list[tuple[int, float]]:
    history = mlflow.MlflowClient().get_metric_history(active.info.run_id, name)
    return [(one.step, one.value) for one in history]


def test_every_number_of_every_epoch_is_there_to_the_bit(run: Any) -> None:
    _, history = train(mlflow.log_metrics)
    assert set(history) == set(mlflow.MlflowClient().get_run(run.info.run_id).data.metrics)
    for name, column in history.items():
        assert logged(run, name) == [*enumerate(column, 1)]


def test_batches_have_the_steps_of_the_optimizer(run: Any) -> None:
    train(Logger(mlflow.log_metrics, every=1), 2)
    assert [step for step, _ in logged(run, "batch_loss")] == [1, 2, 3, 4]
    assert logged(run, "epoch") == [(2, 1.0), (4, 2.0)]


def test_a_resumed_run_goes_on_in_the_same_curves(run: Any, tmp_path: Path) -> None:
    train(mlflow.log_metrics, 2, checkpoint=tmp_path / "kept")
    _, history = train(mlflow.log_metrics, 4, checkpoint=tmp_path / "kept", resume=True)
    assert logged(run, "train_loss") == [*enumerate(history["train_loss"], 1)]


def with_mlflow(model, loader, optimizer, folder):
    """As docs/recipes/experiment_trackers.md shows it."""
    with mlflow.start_run(nested=True) as run:
        mlflow.log_params({"optimizer": "SGD", "lr": 0.1})
        fit(model, loader, F.cross_entropy, optimizer, 3, logger=mlflow.log_metrics)
        at.save(model.state_dict(), folder / "model.npz")
        mlflow.log_artifact(folder / "model.npz")
    return run.info.run_id


def back_from_mlflow(model, run_id):
    """As docs/recipes/experiment_trackers.md shows it."""
    path = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="model.npz")
    model.load_state_dict(at.load(path))


def test_settings_files_and_weights_come_back(run: Any, tmp_path: Path) -> None:
    model, other = nn.Linear(2, 2), nn.Linear(2, 2)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    found = with_mlflow(model, [(at.randn(4, 2), at.tensor([0, 1, 0, 1]))], optimizer, tmp_path)
    data = mlflow.MlflowClient().get_run(found).data
    assert data.params == {"lr": "0.1", "optimizer": "SGD"}
    assert set(data.metrics) == {"train_loss", "train_accuracy", "learning_rate"}
    (tmp_path / "model.npz").unlink()
    back_from_mlflow(other, found)
    for one, two in zip(model.parameters(), other.parameters(), strict=True):
        assert one.detach().numpy().tobytes() == two.detach().numpy().tobytes()


def test_an_error_of_the_tracker_stops_training_and_names_it(run: Any) -> None:
    def misnamed(metrics: dict[str, float], step: int) -> None:
        mlflow.log_metrics({f"{name}?": value for name, value in metrics.items()}, step=step)

    with pytest.raises(
        mlflow.exceptions.MlflowException, match=r"fit: raised by the logger .*misnamed"
    ):
        train(misnamed)


@pytest.mark.slow
def test_a_data_base_holds_the_same(tmp_path: Path) -> None:
    if importlib.util.find_spec("sqlalchemy") is None:
        pytest.skip("needs the package mlflow, of which mlflow-skinny has no data bases")
    for active in running(f"sqlite:///{tmp_path}/mlflow.db"):
        _, history = train(mlflow.log_metrics)
        assert logged(active, "train_loss") == [*enumerate(history["train_loss"], 1)]
