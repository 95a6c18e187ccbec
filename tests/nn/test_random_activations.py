"""What draws numbers: shares, moments, and that gradients use the numbers of the forward pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn.functional as F


def normal(*shape: int) -> at.Tensor:
    return at.tensor(np.random.default_rng(0).standard_normal(shape), requires_grad=True)


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_alpha_dropout_keeps_mean_and_variance(p: float) -> None:
    at.manual_seed(1)
    x = normal(100_000)
    out = F.alpha_dropout(x, p, training=True)
    assert out.mean().item() == pytest.approx(0, abs=0.02)
    assert out.var().item() == pytest.approx(1, abs=0.02)
    lowest, counts = np.unique(out.detach().numpy(), return_counts=True)
    assert counts.max() / 100_000 == pytest.approx(p, abs=0.01)
    dropped = out.detach().numpy() == lowest[counts.argmax()]
    out.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy() == 0, dropped)
    assert len(np.unique(x.grad.numpy()[~dropped])) == 1


def test_alpha_dropout_like_pytorch_but_for_the_draw(torch: Any) -> None:
    """Both give two lines: for what is kept, and for what is not."""
    found = []
    for lib, functions in ((at, F), (torch, torch.nn.functional)):
        lib.manual_seed(0)
        out = functions.alpha_dropout(lib.ones(1000, dtype=lib.float64), 0.3, True)
        found.append(np.unique(out.numpy().round(12)))
    np.testing.assert_allclose(*found, rtol=1e-11)


def test_feature_alpha_dropout_takes_whole_channels() -> None:
    at.manual_seed(1)
    out = F.feature_alpha_dropout(at.ones(20, 30, 2, 2), 0.4, True).numpy().reshape(600, -1)
    assert (out == out[:, :1]).all()
    assert 0.3 < (out[:, 0] < 0).mean() < 0.5


@pytest.mark.parametrize("name", ["dropout1d", "dropout3d"])
def test_dropout_of_one_sample(name: str) -> None:
    at.manual_seed(1)
    shape = (600, 4) if name == "dropout1d" else (600, 2, 1, 2)
    x = at.ones(*shape)
    out = getattr(F, name)(x, 0.4, inplace=True)
    assert out is x
    channels = out.numpy().reshape(600, -1)
    assert (channels == channels[:, :1]).all()
    assert 0.3 < (channels[:, 0] == 0).mean() < 0.5


def test_integers_pass_dropout_that_rests() -> None:
    x = at.tensor([1, 2])
    for name in ("dropout", "alpha_dropout", "feature_alpha_dropout"):
        assert getattr(F, name)(x, training=False) is x
        with pytest.raises(RuntimeError, match=f"{name}: expected a floating-point Tensor"):
            getattr(F, name)(x, training=True)


def test_rrelu_draws_slopes() -> None:
    at.manual_seed(1)
    x = normal(10_000)
    out = F.rrelu(x, 0.2, 0.6, training=True)
    out.sum().backward()
    slopes, negative = x.grad.numpy(), x.detach().numpy() < 0
    np.testing.assert_array_equal(slopes[~negative], 1)
    drawn = slopes[negative]
    assert 0.2 <= drawn.min() < 0.201
    assert 0.599 < drawn.max() < 0.6
    assert drawn.mean() == pytest.approx(0.4, abs=0.01)
    np.testing.assert_array_equal(out.detach().numpy(), x.detach().numpy() * slopes)
    with pytest.raises(RuntimeError, match=r"rrelu: lower must not exceed upper, got 0.6 and 0.2"):
        F.rrelu(x, 0.6, 0.2)


@pytest.mark.parametrize("hard", [False, True])
def test_gumbel_softmax_draws_classes(hard: bool) -> None:
    at.manual_seed(1)
    chances = np.array([0.1, 0.3, 0.6])
    logits = at.tensor(np.log(chances)).expand(20_000, 3).clone().requires_grad_()
    out = F.gumbel_softmax(logits, tau=0.5, hard=hard)
    values = out.detach().numpy()
    np.testing.assert_allclose(values.sum(1), 1)
    shares = np.bincount(values.argmax(1), minlength=3) / 20_000
    np.testing.assert_allclose(shares, chances, atol=0.01)
    if hard:
        assert set(np.unique(values)) == {0.0, 1.0}
    (out * at.tensor([1.0, 2, 3])).sum().backward()
    assert logits.grad.numpy().any()


def test_hard_gumbel_softmax_has_the_gradient_of_the_soft_one() -> None:
    grads = []
    for hard in (False, True):
        at.manual_seed(1)
        x = normal(4, 3)
        (F.gumbel_softmax(x, hard=hard, dim=0) * at.tensor([1.0, 2, 3])).sum().backward()
        grads.append(x.grad.numpy())
    np.testing.assert_array_equal(*grads)


def test_hardtanh_and_threshold_of_integers(torch: Any) -> None:
    x = np.array([-5, -1, 0, 1, 5])
    for call in (
        lambda f, a: f.hardtanh(a, -1.5, 1.5),
        lambda f, a: f.relu6(a),
        lambda f, a: f.threshold(a, 0, 2.7),
    ):
        ours, theirs = call(F, at.tensor(x)), call(torch.nn.functional, torch.tensor(x))
        assert ours.dtype == at.int64
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    with pytest.raises(RuntimeError, match="hardtanh: not defined for dtype uint8 with min_val"):
        F.hardtanh(at.tensor(x, dtype=at.uint8))
    with pytest.raises(RuntimeError, match="hardtanh: not defined for dtype bool"):
        F.relu6(at.tensor([True]))
