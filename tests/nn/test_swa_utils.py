"""Averages of models: step by step against PyTorch."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn import optim
from nn.optim import swa_utils


def net(package: Any) -> Any:
    return package.Sequential(package.Linear(3, 4), package.BatchNorm1d(4), package.Linear(4, 2))


def pair(torch: Any) -> tuple[Any, Any]:
    """Two nets with the same parameters."""
    mine, peer = net(nn), net(torch.nn)
    peer.load_state_dict(
        {key: torch.tensor(value.array.copy()) for key, value in mine.state_dict().items()}
    )
    return mine, peer


KINDS: list[Any] = [
    lambda utils: {},
    lambda utils: {"avg_fn": utils.get_swa_avg_fn()},
    lambda utils: {"avg_fn": utils.get_ema_avg_fn(0.7)},
    lambda utils: {"multi_avg_fn": utils.get_swa_multi_avg_fn()},
    lambda utils: {"multi_avg_fn": utils.get_ema_multi_avg_fn(0.7)},
    lambda utils: {"multi_avg_fn": utils.get_ema_multi_avg_fn(0.7), "use_buffers": True},
    lambda utils: {"avg_fn": lambda average, current, averaged: average + averaged * current},
]


@pytest.mark.parametrize("kind", KINDS)
def test_averages_are_pytorchs(torch: Any, kind: Any) -> None:
    mine, peer = pair(torch)
    ours = swa_utils.AveragedModel(mine, **kind(swa_utils))
    theirs = torch.optim.swa_utils.AveragedModel(peer, **kind(torch.optim.swa_utils))
    rng = np.random.default_rng(0)
    for _ in range(4):
        for p, q in zip(mine.parameters(), peer.parameters(), strict=True):
            change = rng.standard_normal(p.shape).astype(np.float32)
            p.data = at.tensor(p.array + change)
            q.data += torch.tensor(change)
        batch = rng.standard_normal((5, 3)).astype(np.float32)
        mine(at.tensor(batch))
        peer(torch.tensor(batch))
        ours.update_parameters(mine)
        theirs.update_parameters(peer)
    found, expected = ours.state_dict(), theirs.state_dict()
    assert list(found) == list(expected)
    for key, value in expected.items():
        np.testing.assert_allclose(found[key].array, value.numpy(), rtol=1e-4, atol=1e-5)
    assert ours.n_averaged.item() == 4
    with at.no_grad():
        assert ours.eval()(at.ones(2, 3)).shape == (2, 2)


def test_the_mean_is_exact_in_float64() -> None:
    model = nn.Linear(2, 1).double()
    averaged = swa_utils.AveragedModel(model)
    values = np.random.default_rng(0).standard_normal((7, 1, 2))
    for value in values:
        model.weight.data = at.tensor(value)
        averaged.update_parameters(model)
    np.testing.assert_allclose(averaged.module.weight.array, values.mean(0), rtol=1e-14)


def test_averages_have_memory_and_graph_of_their_own() -> None:
    model = nn.Linear(2, 1)
    averaged = swa_utils.AveragedModel(model)
    averaged.update_parameters(model)
    before = averaged.module.weight.array.copy()
    model.weight.array[...] = 9
    np.testing.assert_array_equal(averaged.module.weight.array, before)
    assert averaged.module.weight.is_leaf
    assert copy.deepcopy(averaged).n_averaged.item() == 1


def test_update_bn(torch: Any) -> None:
    mine, peer = pair(torch)
    batches = np.random.default_rng(0).standard_normal((4, 5, 3)).astype(np.float32)
    mine.eval()
    swa_utils.update_bn([at.tensor(batch) for batch in batches], mine)
    torch.optim.swa_utils.update_bn([(torch.tensor(batch), 0) for batch in batches], peer)
    for a, b in zip(mine.buffers(), peer.buffers(), strict=True):
        np.testing.assert_allclose(a.array, b.numpy(), rtol=1e-5, atol=1e-6)
    assert not mine.training
    assert mine[1].momentum == 0.1
    swa_utils.update_bn([(at.tensor(batch), 0) for batch in batches], mine)
    np.testing.assert_allclose(mine[1].running_mean.array, peer[1].running_mean, atol=1e-6)
    swa_utils.update_bn([None], nn.Linear(1, 1))  # nothing to do: not called


@pytest.mark.parametrize(
    "options",
    [
        {"swa_lr": 0.05},
        {"swa_lr": [0.05, 0.01], "anneal_strategy": "linear", "anneal_epochs": 5},
        {"swa_lr": 0.05, "anneal_epochs": 0},
    ],
)
def test_swalr_is_pytorchs(torch: Any, options: dict[str, Any]) -> None:
    found = []
    for package, utils, parameter in (
        (optim, swa_utils, at.ones(1)),
        (torch.optim, torch.optim.swa_utils, torch.ones(1)),
    ):
        groups = [{"params": [parameter]}, {"params": [parameter + 0], "lr": 0.5}]
        optimizer = package.SGD(groups, lr=0.1)
        before = package.lr_scheduler.ExponentialLR(optimizer, 0.9)
        schedule = utils.SWALR(optimizer, **options)
        several = []
        for epoch in range(25):
            optimizer.step()
            (before if epoch < 5 else schedule).step()
            several.append([group["lr"] for group in optimizer.param_groups])
        found.append(several)
    np.testing.assert_allclose(*found, rtol=1e-12)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: swa_utils.get_ema_avg_fn(1.1), "Invalid decay value 1.1"),
        (lambda: swa_utils.get_ema_multi_avg_fn(-1), "Invalid decay value -1"),
        (
            lambda: swa_utils.AveragedModel(nn.Linear(1, 1), None, max, max),
            "Only one of avg_fn and multi_avg_fn",
        ),
        (lambda: swa_utils.SWALR(sgd(), [1, 2]), "swa_lr has 2 values"),
        (lambda: swa_utils.SWALR(sgd(), 1, anneal_epochs=-1), "got -1"),
        (lambda: swa_utils.SWALR(sgd(), 1, anneal_strategy="up"), "instead got up"),
    ],
)
def test_mistakes_are_refused(act: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        act()


def test_an_average_is_kept_on_the_cpu() -> None:
    assert swa_utils.AveragedModel(nn.Linear(1, 1), at.device("cpu")).n_averaged == 0
    with pytest.raises(RuntimeError, match="CPU only"):
        swa_utils.AveragedModel(nn.Linear(1, 1), "cuda")


def sgd() -> optim.SGD:
    return optim.SGD([at.ones(1)])
