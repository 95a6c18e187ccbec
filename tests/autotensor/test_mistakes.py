"""A user's mistakes: each is refused where it is made, and the message says what to do."""

# One mistake, one line.
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at

x = at.ones(2, 3, requires_grad=True)
n = at.tensor([1, 2])


def twice() -> None:
    y = (x * x).sum()
    y.backward()
    y.backward()


def write_to_leaf() -> None:
    w = at.ones(2, requires_grad=True)
    w += 1


def hook_of_wrong_shape() -> None:
    w = at.ones(2, requires_grad=True)
    w.register_hook(lambda g: g.sum())
    w.sum().backward()


def write_to_unseen_view() -> None:
    y = at.ones(4, requires_grad=True) * 2
    with at.no_grad():
        part = y[:2]
        part.add_(1)  # neither is recorded: as it should be
    part.mul_(3)


def hook_of_wrong_dtype() -> None:
    y = x * 1
    y.register_hook(lambda g: g.double())
    y.sum().backward()


def set_grad(value: Any) -> None:
    at.ones(2, requires_grad=True).grad = value


MISTAKES: list[tuple[str, Callable[[], Any], type[Exception], str]] = [
    # operators
    ("shapes", lambda: x + at.ones(4), RuntimeError, r"add: input of shape \(2, 3\) and other of shape \(4,\) do not broadcast"),
    ("list", lambda: x * [1, 2, 3], TypeError, r"mul: other must be a Tensor or a number, got list; wrap it with autotensor.tensor"),
    ("None", lambda: x - None, TypeError, r"sub: other must be a Tensor or a number, got NoneType"),
    ("text", lambda: at.exp("a"), TypeError, r"exp: input must be a Tensor, got str"),
    ("list to exp", lambda: at.exp([1.0]), TypeError, r"exp: input must be .* got list; wrap it"),
    ("complex array", lambda: x + np.ones(3, complex), TypeError, r"add: dtype complex128 is not supported"),
    ("object array", lambda: x + np.array([object()] * 3), TypeError, r"add: dtype object is not supported"),
    ("bitwise", lambda: x & x, RuntimeError, r"bitwise_and: not defined for dtype float32"),
    ("where", lambda: at.where(x, x, x), RuntimeError, r"where: condition must be a bool Tensor, got dtype float32"),
    ("where list", lambda: at.where(x > 0, [1.0], x), TypeError, r"where: input must be a Tensor or a number, got list"),
    ("where shapes", lambda: at.where(x > 0, x, at.ones(4)), RuntimeError, r"where: .*do not broadcast"),
    ("masked_fill", lambda: x.masked_fill(x, 0), RuntimeError, r"masked_fill: mask must be a bool Tensor, got float32"),
    ("clamp", lambda: x.clamp(), ValueError, r"clamp: at least one of min and max"),
    ("clamp text", lambda: x.clamp("a"), TypeError, r"clamp: min must be .* got str"),
    ("rounding", lambda: at.div(x, 2, rounding_mode="up"), ValueError, r"div: rounding_mode must be None, 'trunc' or 'floor', got 'up'"),
    ("negative power", lambda: n**-1, RuntimeError, r"pow: integers to negative integer powers"),
    ("integer / 0", lambda: n // 0, RuntimeError, r"ZeroDivisionError"),
    # reductions
    ("dim", lambda: x.sum(2), IndexError, r"sum: dim 2 is out of range for a Tensor of 2 dimensions \(expected -2 to 1\)"),
    ("dim of a float", lambda: x.sum(1.0), TypeError, r"sum: dim must be an int, got 1.0"),
    ("dim twice", lambda: x.sum((0, -2)), RuntimeError, r"sum: a dim appears twice"),
    ("sum of a list", lambda: at.sum([1.0]), TypeError, r"sum: input must be a Tensor, got list"),
    ("mean of integers", lambda: n.mean(), RuntimeError, r"mean: expected a floating-point Tensor, got int64; convert with .float\(\)"),
    ("max of nothing", lambda: x[:0].max(), RuntimeError, r"max: cannot reduce .* empty Tensor of shape \(0, 3\)"),
    ("argmax of nothing", lambda: x[:0].argmax(), IndexError, r"argmax: .* is empty"),
    # shapes
    ("reshape", lambda: x.reshape(4), RuntimeError, r"reshape: shape \(4,\) is invalid for an input of shape \(2, 3\)"),
    ("reshape float", lambda: x.reshape(1.5), TypeError, r"reshape: sizes must be ints, got 1\.5 in \(1\.5,\)"),
    ("view", lambda: x.t().view(6), RuntimeError, r"view: .*without copying; use reshape\(\)"),
    ("expand", lambda: x.expand(4, 3), RuntimeError, r"expand: an input of shape \(2, 3\) cannot be stretched to \(4, 3\)"),
    ("permute", lambda: x.permute(0), RuntimeError, r"permute: .* must name each of the 2 dimensions once"),
    ("cat a Tensor", lambda: at.cat(x), TypeError, r"cat: expected a non-empty list of Tensors"),
    ("cat a number", lambda: at.cat([x, 1.0]), TypeError, r"cat: item 1 must be a Tensor, got float"),
    ("cat shapes", lambda: at.cat([x, x.t()]), RuntimeError, r"cat: .*must agree in all other sizes.*\(2, 3\), \(3, 2\)"),
    ("stack shapes", lambda: at.stack([x, x[0]]), RuntimeError, r"stack: all Tensors must have the same shape"),
    ("split", lambda: x.split([1, 3]), RuntimeError, r"split: sizes \[1, 3\] must .* sum to 2"),
    # products
    ("matmul", lambda: x @ x, RuntimeError, r"matmul: shapes \(2, 3\) and \(2, 3\) do not fit: 3 columns against 2 rows"),
    ("matmul of a list", lambda: at.matmul([1.0], x), TypeError, r"matmul: input must be a Tensor, got list"),
    ("matmul by a number", lambda: x @ 2.0, TypeError, r"matmul: other must be a Tensor, got float"),
    ("matmul dtypes", lambda: x @ at.ones(3, 2, dtype=at.float64), RuntimeError, r"matmul: all arguments must have the same dtype, got input float32, other float64; convert input with \.double\(\)"),
    ("linear", lambda: at.linear(x, at.ones(2, 4)), RuntimeError, r"linear: input of shape \(2, 3\) does not fit weight of shape \(2, 4\)"),
    ("einsum", lambda: at.einsum("ij,jk->ik", x, x), RuntimeError, r"einsum: dimension 'j' .* sizes 3 and 2"),
    # indexing
    ("index", lambda: x[5], IndexError, r"getitem: .*the Tensor has shape \(2, 3\)"),
    ("indices", lambda: x[0, 0, 0], IndexError, r"getitem: too many indices.*shape \(2, 3\)"),
    ("float index", lambda: x[1.0], IndexError, r"getitem: only ints, slices.*got float"),
    ("step", lambda: x[::-1], ValueError, r"getitem: the step of a slice must be greater than zero, got -1; use flip\(\)"),
    ("gather", lambda: x.gather(1, at.tensor([[3]])), IndexError, r"gather: index 3 is out of bounds for dim 1 of size 3"),
    ("setitem shape", lambda: (x * 1).__setitem__(0, at.ones(4)), RuntimeError, r"setitem: a value of shape \(4,\) does not fit"),
    ("setitem list", lambda: (x * 1).__setitem__(0, [1.0, 2.0, 3.0]), TypeError, r"setitem: value must be a number or a Tensor, got list"),
    # keywords
    ("unknown keyword", lambda: at.exp(x, dim=1), TypeError, r"dim"),
    ("missing argument", lambda: at.mul(x), TypeError, r"mul|other"),
    # the graph
    ("not a scalar", lambda: (x * 2).backward(), RuntimeError, r"backward: a gradient can be left out only for a scalar.*\(2, 3\).*\.sum\(\)"),
    ("no graph", lambda: at.ones(1).backward(), RuntimeError, r"backward: .*does not require grad.*requires_grad=True"),
    ("gradient shape", lambda: (x * 2).backward(at.ones(3)), RuntimeError, r"backward: the gradient has shape \(3,\) but the output has shape \(2, 3\)"),
    ("gradient type", lambda: (x * 2).backward(1.0), TypeError, r"backward: the gradient must be a Tensor or None, got float"),
    ("second backward", twice, RuntimeError, r"already used.*retain_graph=True"),
    ("grad of a list", lambda: at.grad([1.0], x), TypeError, r"grad: expected a Tensor, got float"),
    ("grad by a number", lambda: at.grad(x.sum(), [1.0]), TypeError, r"grad: input 0 must be a Tensor, got float"),
    ("grad by a constant", lambda: at.grad(x.sum(), at.ones(2)), RuntimeError, r"grad: input 0 of shape \(2,\) does not require grad"),
    ("grad outputs", lambda: at.grad(x.sum(), x, [None, None]), RuntimeError, r"grad: got 2 grad_outputs for 1 outputs"),
    ("backward inputs", lambda: x.sum().backward(inputs=[]), RuntimeError, r"backward: inputs .*empty"),
    ("backward by a constant", lambda: x.sum().backward(inputs=[at.ones(1)]), RuntimeError, r"backward: input 0 .*does not require grad"),
    ("integers", lambda: at.tensor([1, 2], requires_grad=True), RuntimeError, r"only Tensors of floating point dtype can require gradients, got int64.*\.float\(\)"),
    ("integers later", lambda: n.requires_grad_(), RuntimeError, r"floating point dtype"),
    ("requires_grad of a result", lambda: (x * 2).requires_grad_(False), RuntimeError, r"leaf.*detach\(\)"),
    ("requires_grad text", lambda: setattr(at.ones(1), "requires_grad", "yes"), TypeError, r"must be a bool, got str"),
    ("leaf", write_to_leaf, RuntimeError, r"__iadd__: a leaf Tensor that requires grad is being written in place; do it under no_grad"),
    ("hook", hook_of_wrong_shape, RuntimeError, r"hook on .* must return None or a Tensor of shape \(2,\) and dtype float32, got \('float32',\)"),
    ("hook dtype", hook_of_wrong_dtype, RuntimeError, r"hook on .* of shape .* and dtype float32, got \(2, 3, 'float64'\)"),
    ("view made under no_grad", write_to_unseen_view, RuntimeError, r"mul_: a view that was made under no_grad\(\) is being written with gradients enabled"),
    ("hook without grad", lambda: at.ones(1).register_hook(print), RuntimeError, r"does not require grad"),
    ("grad type", lambda: set_grad(1.0), TypeError, r"grad must be a Tensor or None, got float"),
    ("grad shape", lambda: set_grad(at.ones(3)), RuntimeError, r"grad has shape \(3,\) but the Tensor has \(2,\)"),
    ("grad dtype", lambda: set_grad(at.ones(2, dtype=at.float64)), RuntimeError, r"grad has dtype float64"),
    # leaving the library
    ("numpy", lambda: x.numpy(), RuntimeError, r"tensor.detach\(\).numpy\(\)"),
    ("asarray", lambda: np.asarray(x), RuntimeError, r"tensor.detach\(\).numpy\(\)"),
    ("item", lambda: x.item(), RuntimeError, r"item: a Tensor with 6 elements"),
    ("truth", lambda: bool(x), RuntimeError, r"truth value .* 6 elements is ambiguous"),
    ("index of a float", lambda: [1, 2][at.tensor(1.0)], TypeError, r"only integer tensors"),
    # making Tensors
    ("ragged", lambda: at.tensor([[1], [1, 2]]), ValueError, r"tensor: the nested lists do not form a rectangular array"),
    ("words", lambda: at.tensor(["a"]), TypeError, r"tensor: cannot make a Tensor from list \['a'\]"),
    ("unknown dtype", lambda: at.zeros(2, dtype="complex64"), TypeError, r"zeros: dtype complex64 is not supported"),
    ("no dtype at all", lambda: at.zeros(2, dtype="nonsense"), TypeError, r"nonsense"),
    ("sizes", lambda: at.zeros(1.5), TypeError, r"zeros: sizes must be ints, got 1.5"),
    ("full sizes", lambda: at.full("ab", 1.0), TypeError, r"full: sizes must be ints"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [pytest.param(*case, id=name) for name, *case in MISTAKES],
)
def test_message(mistake: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        mistake()
    assert "ufunc" not in str(caught.value)
    assert "operands could not" not in str(caught.value)
