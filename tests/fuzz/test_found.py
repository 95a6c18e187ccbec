"""What random programs have found, each in its shortest form."""

from __future__ import annotations

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


def test_nextafter_has_no_derivative_where_both_are_equal() -> None:
    x, y = leaf(1.0, 2.0), leaf(1.0, 3.0)
    at.nextafter(x, y).sum().backward()
    assert x.grad is not None
    assert y.grad is not None
    assert (x.grad.tolist(), y.grad.tolist()) == ([0.0, 1.0], [0.0, 0.0])
