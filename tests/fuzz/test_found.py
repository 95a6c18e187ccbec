"""What random programs have found, each in its shortest form."""

from __future__ import annotations

import math

import pytest

import autotensor as at


def leaf(*values: float) -> at.Tensor:
    return at.tensor(values, dtype=at.float64, requires_grad=True)


def test_an_overwritten_exponent_of_frexp_is_noticed() -> None:
    x = leaf(5.0, -0.33)
    mantissa, exponent = at.frexp(x)
    exponent.zero_()
    with pytest.raises(RuntimeError, match="in-place operation has modified"):
        mantissa.sum().backward()


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


def test_nextafter_has_no_derivative_where_both_are_equal() -> None:
    x, y = leaf(1.0, 2.0), leaf(1.0, 3.0)
    at.nextafter(x, y).sum().backward()
    assert x.grad is not None
    assert y.grad is not None
    assert (x.grad.tolist(), y.grad.tolist()) == ([0.0, 1.0], [0.0, 0.0])
