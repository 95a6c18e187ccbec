"""``nn.utils``: clipping gradients, and parameters as a vector, against PyTorch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor import Parameter
from nn import utils


def with_gradients(torch: Any, dtype: Any, scale: float = 1.0) -> tuple[list[Any], list[Any]]:
    """The same parameters and gradients twice; the last has none."""
    rng = np.random.default_rng(0)
    mine, peer = [], []
    for shape in ((3, 4), (), (5,), (0,), (2,)):
        array = rng.standard_normal(shape).astype(dtype)
        grad = np.asarray(scale * rng.standard_normal(shape), dtype)
        mine.append(Parameter(at.tensor(array)))
        peer.append(torch.nn.Parameter(torch.tensor(array)))
        if shape != (2,):
            mine[-1].grad, peer[-1].grad = at.tensor(grad), torch.tensor(grad)
    return mine, peer


def assert_same_gradients(mine: list[Any], peer: list[Any], rtol: float) -> None:
    for p, q in zip(mine, peer, strict=True):
        if q.grad is None:
            assert p.grad is None
        else:
            np.testing.assert_allclose(p.grad.array, q.grad.numpy(), rtol=rtol)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("norm_type", [2, 1, 3.5, 0.5, math.inf, "inf", 0, -1])
@pytest.mark.parametrize("max_norm", [0.5, 1000.0])
def test_clipping_by_norm(torch: Any, dtype: Any, norm_type: Any, max_norm: float) -> None:
    mine, peer = with_gradients(torch, dtype)
    if norm_type in (-1, math.inf, "inf"):  # an empty vector has no such norm
        with pytest.raises(RuntimeError, match="norm of order"):
            utils.clip_grad_norm_(mine, max_norm, norm_type)
        del mine[3], peer[3]
    memory = mine[0].grad.array
    rtol = 1e-12 if dtype == np.float64 else 1e-5
    found = utils.clip_grad_norm_((p for p in mine), max_norm, norm_type)
    expected = torch.nn.utils.clip_grad_norm_(peer, max_norm, norm_type)
    assert found.shape == ()
    assert found.dtype == dtype
    np.testing.assert_allclose(found.array, expected.numpy(), rtol=rtol)
    assert_same_gradients(mine, peer, rtol)
    assert mine[0].grad.array is memory


def test_clipping_by_a_norm_that_is_known(torch: Any) -> None:
    mine, peer = with_gradients(torch, np.float64)
    grads = [p.grad for p in mine if p.grad is not None]
    total = utils.get_total_norm(grads, foreach=True)
    assert total.item() == pytest.approx(
        torch.nn.utils.get_total_norm([q.grad for q in peer if q.grad is not None]).item()
    )
    utils.clip_grads_with_norm_(mine, 0.1, total * 3)
    torch.nn.utils.clip_grads_with_norm_(peer, 0.1, torch.tensor(total.array * 3))
    assert_same_gradients(mine, peer, 1e-12)
    assert utils.get_total_norm([]).item() == 0
    assert utils.get_total_norm(at.tensor([3.0, 4.0])).item() == 5


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_norms_that_are_not_finite(torch: Any, bad: float) -> None:
    mine, peer = with_gradients(torch, np.float32)
    mine[2].grad.array[1] = bad
    peer[2].grad[1] = bad
    before = [p.grad.tolist() for p in mine[:4]]
    with pytest.raises(RuntimeError, match=r"norm of order 2\.0 .* is non-finite"):
        utils.clip_grad_norm_(mine, 1.0, error_if_nonfinite=True)
    assert repr([p.grad.tolist() for p in mine[:4]]) == repr(before)
    utils.clip_grad_norm_(mine, 1.0)
    torch.nn.utils.clip_grad_norm_(peer, 1.0)
    assert_same_gradients(mine, peer, 1e-6)


def test_clipping_by_value(torch: Any) -> None:
    mine, peer = with_gradients(torch, np.float32)
    mine[0].grad.array[0, 0] = peer[0].grad[0, 0] = math.nan
    utils.clip_grad_value_(mine, 0.3)
    torch.nn.utils.clip_grad_value_(peer, 0.3)
    assert_same_gradients(mine, peer, 0)
    p = mine[2]
    utils.clip_grad_value_(p, 0.1, foreach=False)
    assert np.abs(p.grad.array).max() == np.float32(0.1)
    assert utils.clip_grad_norm_(p, 1e-3).item() > 0


def test_an_empty_generator_is_noticed() -> None:
    with pytest.warns(UserWarning, match="empty generator"):
        assert utils.clip_grad_norm_((p for p in []), 1.0).item() == 0
    utils.clip_grad_norm_([], 1.0)


def test_parameters_as_a_vector() -> None:
    a, b = Parameter(at.tensor([[1.0, 2.0], [3.0, 4.0]])), Parameter(at.tensor(5.0))
    turned = a.T
    vector = utils.parameters_to_vector([turned, b])
    assert vector.tolist() == [1, 3, 2, 4, 5]
    (vector * at.tensor([1.0, 2, 3, 4, 5])).sum().backward()
    assert a.grad.tolist() == [[1, 3], [2, 4]]

    fresh = at.tensor([5.0, 6, 7, 8, 9, 10])
    y = a * a
    utils.vector_to_parameters(fresh, [a, b])
    assert a.tolist() == [[5, 6], [7, 8]]
    assert b.tolist() == 9
    assert a.is_leaf
    fresh[0] = 0  # the memory is shared
    assert a[0, 0].item() == 0
    with pytest.raises(RuntimeError, match="modified"):
        y.sum().backward()


def test_mistakes_are_refused() -> None:
    p = Parameter(at.ones(3))
    with pytest.raises(TypeError, match="expected a Tensor, but got: ndarray"):
        utils.vector_to_parameters(np.ones(3), [p])
    with pytest.raises(RuntimeError, match=r"shape \(2,\) but the parameters have 3 elements"):
        utils.vector_to_parameters(at.ones(2), [p])
    assert p.tolist() == [1, 1, 1]
