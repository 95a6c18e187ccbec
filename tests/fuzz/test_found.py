"""What random programs have found, each in its shortest form."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn.functional as F


def leaf(*values: float) -> at.Tensor:
    return at.tensor(values, dtype=at.float64, requires_grad=True)


def test_an_overwritten_exponent_of_frexp_is_noticed() -> None:
    x = leaf(5.0, -0.33)
    mantissa, exponent = at.frexp(x)
    exponent.zero_()
    with pytest.raises(RuntimeError, match="in-place operation has modified"):
        mantissa.sum().backward()


def test_a_convolution_changed_in_place_can_be_viewed_flat() -> None:
    weight = at.ones(3, 2, 2, 1, dtype=at.float64, requires_grad=True)
    image = at.arange(48).reshape(2, 2, 4, 3).double()
    hidden = F.relu(F.conv2d(image, weight), inplace=True)
    flat = hidden.view(2, -1)
    flat.mul_(2)
    (hidden * hidden).sum().backward()
    values = np.zeros((2, 3, 3))
    for row in range(3):
        values[:, row] = image.numpy()[:, :, row : row + 2].sum((1, 2))
    np.testing.assert_array_equal(flat.detach().numpy()[:, :9], 2 * values.reshape(2, 9))
    expected = np.zeros((2, 2))
    for row in range(3):
        for at_row in range(2):
            pixels = image.numpy()[:, :, row + at_row]
            expected[:, at_row] += 8 * (values[:, None, row] * pixels).sum((0, 2))
    assert weight.grad is not None
    np.testing.assert_allclose(weight.grad.numpy()[0, :, :, 0], expected, rtol=1e-12)


def test_a_view_that_was_made_a_leaf_is_not_written() -> None:
    view = at.ones(3)[1:].requires_grad_()
    with pytest.raises(RuntimeError, match="a view of a leaf Tensor"):
        view.mul_(2)


def test_shared_memory_is_not_laid_out_anew() -> None:
    made = F.conv2d(at.ones(2, 2, 3, 3), at.ones(2, 2, 2, 1))
    turned = made.permute(1, 0, 2, 3)
    with pytest.raises(RuntimeError, match="use reshape"):
        made.view(-1)
    made.detach().add_(1)
    assert turned.max().item() == made.max().item() == 5


def test_a_leaf_that_was_frozen_after_its_use_gets_no_gradient() -> None:
    x, y = leaf(2.0), leaf(3.0)
    product = x * y
    x.requires_grad_(False)
    product.backward(at.ones_like(product))
    assert x.grad is None
    assert y.grad is not None
    assert y.grad.item() == 2.0


@pytest.mark.parametrize("x", [-30.0, -1.5, 0.0, 0.7, 5.0, 40.0, 1e3])
def test_log_ndtr_has_second_derivatives_far_out(x: float) -> None:
    point = leaf(x)
    (first,) = at.grad(at.special.log_ndtr(point).sum(), [point], create_graph=True)
    (second,) = at.grad(first.sum(), [point])
    if x > -20:
        ratio = math.exp(-x * x / 2) / math.sqrt(2 * math.pi) / (math.erfc(-x / math.sqrt(2)) / 2)
    else:  # Laplace's continued fraction
        ratio = -x
        for k in range(60, 0, -1):
            ratio = -x + k / ratio
    assert first.item() == pytest.approx(ratio, rel=1e-12, abs=1e-300)
    assert second.item() == pytest.approx(-ratio * (x + ratio), rel=1e-9, abs=1e-300)


def test_alpha_is_as_precise_as_the_sum() -> None:
    ones = at.ones(2, dtype=at.float64)
    assert at.add(ones, at.tensor([1, 2]), alpha=1.303).tolist() == [1 + 1.303, 1 + 2 * 1.303]
    assert at.sub(ones, at.tensor([1, 2]), alpha=1.303).tolist() == [1 - 1.303, 1 - 2 * 1.303]


def test_alpha_of_bools_makes_a_bool() -> None:
    found = at.add(at.tensor([True, False]), at.tensor([False, False]), alpha=3)
    assert found.dtype == at.bool
    assert found.tolist() == [True, False]


def test_copy_takes_a_number() -> None:
    assert at.zeros(2).copy_(0.5).tolist() == [0.5, 0.5]


def test_broadcast_to_takes_sizes_one_by_one() -> None:
    assert at.ones(3).broadcast_to(2, 3).shape == (2, 3)
    assert at.broadcast_to(at.ones(3), (2, 3)).shape == (2, 3)
    assert at.broadcast_to(at.ones(3), size=(2, 3)).shape == (2, 3)


@pytest.mark.parametrize("name", ["contiguous", "flatten"])
def test_what_changes_nothing_gives_the_tensor_itself(name: str) -> None:
    x = leaf(1.0, 2.0)
    assert getattr(x, name)() is x


def test_what_is_large_enough_already_is_given_as_it_is() -> None:
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    assert at.atleast_1d(x) is x
    assert at.broadcast_tensors(x, y)[1] is y


def test_ravel_of_memory_with_gaps_is_a_copy() -> None:
    gapped = at.arange(6).reshape(3, 2)[:, :1]
    flat = gapped.ravel()
    gapped.zero_()
    assert flat.tolist() == [0, 2, 4]


def test_nextafter_has_no_derivative_where_both_are_equal() -> None:
    x, y = leaf(1.0, 2.0), leaf(1.0, 3.0)
    at.nextafter(x, y).sum().backward()
    assert x.grad is not None
    assert y.grad is not None
    assert (x.grad.tolist(), y.grad.tolist()) == ([0.0, 1.0], [0.0, 0.0])


@pytest.mark.parametrize("dtype", [at.float16, at.float32, at.float64])
def test_a_row_of_zeros_is_short_enough_for_renorm(dtype: Any) -> None:
    x = at.zeros(2, 1, dtype=dtype, requires_grad=True)
    x.renorm(2, 0, 0.5).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[1], [1]]


@pytest.mark.parametrize(
    "function",
    [
        at.relu, at.floor, at.ceil, at.round, at.trunc, at.sign, at.angle,
        lambda x: x.clamp(min=1), lambda x: x.clamp(2, 3), lambda x: at.maximum(x, at.ones(2)),
        lambda x: at.minimum(x, -at.ones(2)), lambda x: at.fmax(x, at.ones(2)),
        lambda x: at.fmin(x, -at.ones(2)), F.softshrink, F.hardshrink, F.hardtanh,
    ],
)  # fmt: skip
@pytest.mark.parametrize("create_graph", [False, True])
def test_what_an_operator_blocks_is_0_though_nan_or_infinite(
    function: Any, create_graph: bool
) -> None:
    """As of ``sqrt(relu(x))`` below 0, where sqrt has an infinite slope at relu's 0."""
    x = at.tensor([-0.5, -0.25], requires_grad=True)
    y = function(x) if function is not F.hardtanh else function(x, 0.0, 1.0)
    (g,) = at.grad(y, x, at.tensor([math.nan, math.inf]), create_graph=create_graph)
    assert g.tolist() == [0, 0]
