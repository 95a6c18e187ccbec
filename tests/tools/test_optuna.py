"""Optuna searches for settings of ``fit``, gives up early, and goes on from its file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import autotensor as at
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset, moons
from nn.training import Callback, Run, fit

optuna = pytest.importorskip("optuna", reason="needs the package optuna: pip install -e .[tools]")
pytestmark = pytest.mark.works_with("Optuna", "a search for settings of fit, with pruning")

PAGE = Path(__file__).resolve().parents[2] / "docs" / "recipes" / "searching_settings.md"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield
    optuna.logging.set_verbosity(before)


class Pruning(Callback):
    def __init__(self, trial: Any) -> None:
        self.trial = trial
        self.ended = 0

    def on_epoch_end(self, run: Run) -> None:
        self.trial.report(run.history["train_loss"][-1], step=run.epoch)
        if self.trial.should_prune():
            raise optuna.TrialPruned

    def on_fit_end(self, run: Run) -> None:
        self.ended += 1


POINTS = moons(20, noise=0.2, generator=0)


def trained(lr: float, callbacks: Any = (), epochs: int = 5) -> tuple[nn.Module, list[float]]:
    at.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    loader = DataLoader(TensorDataset(*POINTS), batch_size=40)
    optimizer = optim.SGD(model.parameters(), lr=lr)
    history = fit(
        model, loader, nn.CrossEntropyLoss(), optimizer, epochs, callbacks=callbacks, verbose=False
    )
    return model, history["train_loss"]


def test_the_best_of_a_grid_is_the_best_by_hand() -> None:
    rates = [0.001, 0.1, 1.0]
    study = optuna.create_study(sampler=optuna.samplers.GridSampler({"lr": rates}, seed=0))
    study.optimize(lambda trial: trained(trial.suggest_float("lr", 1e-4, 10))[1][-1], n_trials=3)
    by_hand = {rate: trained(rate)[1][-1] for rate in rates}
    assert {one.params["lr"]: one.value for one in study.trials} == by_hand
    assert study.best_params["lr"] == min(by_hand, key=by_hand.__getitem__)


def test_a_trial_that_is_worse_is_given_up_and_fit_ends_in_order() -> None:
    study = optuna.create_study(pruner=optuna.pruners.MedianPruner(n_startup_trials=1))
    seen: list[tuple[Pruning, nn.Module]] = []

    def objective(trial: Any) -> float:
        callback = Pruning(trial)
        model = nn.Linear(2, 2)
        model.eval()
        seen.append((callback, model))
        loader = DataLoader(TensorDataset(*POINTS), batch_size=40)
        optimizer = optim.SGD(model.parameters(), lr=trial.suggest_float("lr", 0, 1))
        loss = nn.CrossEntropyLoss()
        history = fit(model, loader, loss, optimizer, 4, callbacks=[callback], verbose=False)
        return history["train_loss"][-1]

    for rate in (1.0, 0.0):
        at.manual_seed(0)
        study.enqueue_trial({"lr": rate})
        study.optimize(objective, n_trials=1)
    good, bad = study.trials
    assert good.state.name == "COMPLETE"
    assert sorted(good.intermediate_values) == [1, 2, 3, 4]
    assert bad.state.name == "PRUNED"
    assert sorted(bad.intermediate_values) == [1, 2]
    assert [callback.ended for callback, _ in seen] == [1, 1]
    assert not any(model.training for _, model in seen)


def test_trials_that_break_do_not_end_the_search() -> None:
    study = optuna.create_study(sampler=optuna.samplers.GridSampler({"lr": [0.1, 1e39]}, seed=0))
    study.optimize(
        lambda trial: trained(trial.suggest_float("lr", 0, 1e39))[1][-1],
        n_trials=2,
        catch=RuntimeError,  # fit raises it where the loss is NaN
    )
    assert sorted(one.state.name for one in study.trials) == ["COMPLETE", "FAIL"]
    assert study.best_params["lr"] == 0.1


def test_a_search_goes_on_from_its_file(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path}/search.db"
    for _ in range(2):
        study = optuna.create_study(storage=storage, study_name="moons", load_if_exists=True)
        study.optimize(lambda trial: trained(trial.suggest_float("lr", 0.01, 1))[1][-1], n_trials=2)
    assert len(study.trials) == 4


def test_the_page_runs_and_finds_what_it_says() -> None:
    text = PAGE.read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    for block in re.findall(r"```\{code-cell\} python\n(.*?)```", text, re.DOTALL):
        code = re.sub(r"^:tags: .*$", "", block, flags=re.MULTILINE)
        exec(compile(code, str(PAGE), "exec"), names)
    first = names["first"]
    assert len(first.trials) == 15
    assert any(one.state.name == "PRUNED" for one in first.trials)
    assert first.best_value < 0.35
