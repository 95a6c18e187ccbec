"""Averages of models, and clipped gradients, against sums over all elements."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn import Parameter
from nn.optim import swa_utils
from nn.utils import clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm

# -- averages --------------------------------------------------------------------------------------


class Weights(nn.Module):
    """A parameter, a buffer of numbers and one of counts."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = Parameter(at.zeros(3, dtype=at.float64))
        self.register_buffer("statistic", at.zeros(2, dtype=at.float64))
        self.register_buffer("count", at.tensor(0))


def mean(values: np.ndarray) -> np.ndarray:
    return values.mean(0)


def fading(decay: float) -> Callable[[np.ndarray], np.ndarray]:
    """The first counts whole, every further one 1 − decay."""

    def average(values: np.ndarray) -> np.ndarray:
        shares = [decay ** (len(values) - 1)]
        shares += [(1 - decay) * decay ** (len(values) - 1 - n) for n in range(1, len(values))]
        return np.tensordot(shares, values, 1)

    return average


@pytest.mark.parametrize(
    ("options", "average"),
    [
        ({}, mean),
        ({"avg_fn": swa_utils.get_swa_avg_fn()}, mean),
        ({"multi_avg_fn": swa_utils.get_swa_multi_avg_fn()}, mean),
        ({"avg_fn": swa_utils.get_ema_avg_fn()}, fading(0.999)),
        ({"multi_avg_fn": swa_utils.get_ema_multi_avg_fn()}, fading(0.999)),
        ({"avg_fn": swa_utils.get_ema_avg_fn(0.7)}, fading(0.7)),
        ({"multi_avg_fn": swa_utils.get_ema_multi_avg_fn(0.7)}, fading(0.7)),
    ],
)
@pytest.mark.parametrize("use_buffers", [False, True])
def test_averages_over_all_models_so_far(
    options: dict[str, Any], average: Callable[[np.ndarray], np.ndarray], use_buffers: bool
) -> None:
    model = Weights()
    averaged = swa_utils.AveragedModel(model, **options, use_buffers=use_buffers)
    weights, statistics = np.split(np.random.default_rng(0).standard_normal((7, 5)), [3], axis=1)
    for n, (weight, statistic) in enumerate(zip(weights, statistics, strict=True), 1):
        model.weight.data = at.tensor(weight)
        model.statistic.copy_(at.tensor(statistic))
        model.count.fill_(n)
        averaged.update_parameters(model)
        expected = average(statistics[:n]) if use_buffers else statistic
        mine = averaged.module
        np.testing.assert_allclose(mine.weight.array, average(weights[:n]), rtol=1e-12)
        np.testing.assert_allclose(mine.statistic.array, expected, rtol=1e-12)
        assert averaged.n_averaged.item() == n
        assert use_buffers or mine.count.item() == n


def test_running_statistics_become_means_over_the_batches() -> None:
    model = nn.Sequential(nn.BatchNorm1d(3, momentum=0.3)).double()
    model(at.ones(2, 3, dtype=at.float64))  # what was seen before is to be forgotten
    model.eval()
    sizes = (4, 9, 6)
    batches = [np.random.default_rng(n).standard_normal((n, 3)) + n for n in sizes]
    swa_utils.update_bn([at.tensor(batch) for batch in batches], model)
    means, variances = [b.mean(0) for b in batches], [b.var(0, ddof=1) for b in batches]
    np.testing.assert_allclose(model[0].running_mean.array, np.mean(means, 0), rtol=1e-13)
    np.testing.assert_allclose(model[0].running_var.array, np.mean(variances, 0), rtol=1e-13)
    assert model[0].momentum == 0.3
    assert not model.training


# -- clipping --------------------------------------------------------------------------------------


def with_gradients() -> tuple[list[Parameter], np.ndarray]:
    """Parameters of several shapes, one without a gradient, and all gradients in one vector."""
    draw = np.random.default_rng(0)
    params = [Parameter(at.zeros(shape, dtype=at.float64)) for shape in ((3, 4), (5,), (), (2,))]
    for param in params[:-1]:
        param.grad = at.tensor(np.asarray(draw.standard_normal(param.shape)))
    return params, vector(params)


def vector(params: list[Parameter]) -> np.ndarray:
    return np.concatenate([param.grad.array.ravel() for param in params if param.grad is not None])


@pytest.mark.parametrize(
    ("norm_type", "norm"),
    [
        ({}, lambda g: math.sqrt(math.fsum(g**2))),
        ({"norm_type": 1}, lambda g: math.fsum(abs(g))),
        ({"norm_type": 3.5}, lambda g: math.fsum(abs(g) ** 3.5) ** (1 / 3.5)),
        ({"norm_type": math.inf}, lambda g: max(abs(g))),
    ],
)
@pytest.mark.parametrize("share", [0.1, 0.999999, 1.0, 1.1])
def test_gradients_are_scaled_to_the_norm(
    norm_type: dict[str, float], norm: Callable[[np.ndarray], float], share: float
) -> None:
    params, g = with_gradients()
    total = norm(g)
    np.testing.assert_allclose(clip_grad_norm_(params, share * total, **norm_type).item(), total)
    factor = min(1, share * total / (total + 1e-6))
    np.testing.assert_allclose(vector(params), factor * g, rtol=1e-12)
    assert params[-1].grad is None


def test_gradients_are_scaled_by_a_norm_that_is_known() -> None:
    params, g = with_gradients()
    total = get_total_norm([param.grad for param in params[:-1]], 1.0)
    np.testing.assert_allclose(total.item(), math.fsum(abs(g)), rtol=1e-13)
    clip_grads_with_norm_(params, 0.5, at.tensor(2.0, dtype=at.float64))
    np.testing.assert_allclose(vector(params), 0.5 / (2 + 1e-6) * g, rtol=1e-14)


def test_elements_are_cut_off_on_both_sides() -> None:
    params, g = with_gradients()
    clip_grad_value_(params, 0.4)
    expected = [0.4 if one > 0.4 else -0.4 if one < -0.4 else one for one in g]
    assert -0.4 in expected
    np.testing.assert_array_equal(vector(params), expected)
