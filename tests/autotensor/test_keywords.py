"""Arguments under PyTorch's other names, and the settings ``out``, ``memory_format`` and so on."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor import Tensor

x = at.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def same(one: Any, other: Any) -> bool:
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one.dtype == other.dtype and np.array_equal(np.asarray(one), np.asarray(other))


# -- other names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (lambda: at.sum(a=x, axis=0, keepdims=True), lambda: at.sum(x, 0, True)),
        (lambda: x.mean(axis=1), lambda: x.mean(1)),
        (lambda: at.exp(x=x), lambda: x.exp()),
        (lambda: at.mul(x1=x, x2=x), lambda: x * x),
        (lambda: at.pow(self=2, exponent=x), lambda: 2**x),
        (lambda: at.add(x, x2=x, alpha=2), lambda: x + 2 * x),
        (lambda: at.matmul(x, x2=x.T), lambda: x @ x.T),
        (lambda: at.max(x, other=x + 1), lambda: x + 1),
        (lambda: x.max(axis=1), lambda: x.max(1)),
        (lambda: at.cat(tensors=[x, x], axis=1), lambda: at.cat([x, x], 1)),
        (lambda: at.zeros(size=(2, 3)), lambda: at.zeros(2, 3)),
        (lambda: x.new_zeros(size=(2, 3)), lambda: at.zeros(2, 3)),
        (lambda: x.view(size=(3, 2)), lambda: x.view(3, 2)),
        (lambda: x.view(dtype=at.int32), lambda: x.view(at.int32)),
        (lambda: x.reshape(shape=(3, -1)), lambda: x.reshape(3, 2)),
        (lambda: at.reshape(a=x, shape=(6,)), lambda: x.reshape(6)),
        (lambda: at.flatten(x=x), lambda: x.reshape(6)),
        (lambda: at.flatten(a=x, start_dim=1), lambda: x),
        (lambda: at.permute(x, dims=(1, 0)), lambda: x.T),
        (lambda: at.transpose(a=x, dim0=0, dim1=1), lambda: x.T),
        (lambda: x.swapaxes(axis0=0, axis1=1), lambda: x.T),
        (lambda: x[None].squeeze(axis=0), lambda: x),
        (lambda: x.unsqueeze(axis=1), lambda: x[:, None]),
        (lambda: x[None].expand(size=(2, 2, 3)), lambda: x[None].expand(2, 2, 3)),
        (lambda: x.repeat(repeats=(2, 1)), lambda: x.repeat(2, 1)),
        (lambda: x.tile(dims=(2,)), lambda: x.tile(2)),
        (lambda: x.flip(dims=(0,)), lambda: x.flip(0)),
        (lambda: x.split(split_size=2, dim=1), lambda: x.split(2, 1)),
        (lambda: at.split(tensor=x, split_size_or_sections=1), lambda: x.split(1)),
        (lambda: at.hsplit(x, sections=3), lambda: x.hsplit(3)),
        (lambda: x.tensor_split(indices=(1,)), lambda: x.tensor_split((1,))),
        (lambda: at.isin(element=3.0, test_elements=x), lambda: at.tensor(True)),
        (lambda: x.clone().cumsum_(axis=1), lambda: x.cumsum(1)),
        (lambda: x.clone().squeeze_(axis=0), lambda: x),
        (lambda: x.clone().copy_(src=2 * x, non_blocking=True), lambda: 2 * x),
        (lambda: x.clone().copy_(2 * x, True), lambda: 2 * x),
    ],
)  # fmt: skip
def test_another_name_means_the_same(said: Callable[[], Any], meant: Callable[[], Any]) -> None:
    assert same(said(), meant())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: x.sum(0, axis=1), r"^sum: argument 'dim' is given twice, as 'axis' too$"),
        (lambda: at.sum(x, dim=0, axis=0), r"^sum: argument 'dim' is given twice, as 'axis' too$"),
        (lambda: at.sum(x, x=x), r"^sum: argument 'input' is given twice, as 'x' too$"),
        (lambda: at.sum(x=x, a=x), r"^sum: argument 'input' is given twice, as 'a' too$"),
        (lambda: at.mul(x, x, x2=x), r"^mul: argument 'other' is given twice, as 'x2' too$"),
        (lambda: x.squeeze(0, axis=0), r"^squeeze: argument 'dim' is given twice, as 'axis' too$"),
        (lambda: x.view(3, 2, size=(3, 2)), r"^view: argument 'size' is given twice$"),
        (
            lambda: x.sum(foo=0),
            r"^sum: unexpected keyword argument 'foo'; the arguments are input, dim, keepdim, dtyp",
        ),
        (lambda: at.exp(x, y=0), r"^exp: unexpected keyword argument 'y'; .* are input$"),
        (lambda: at.clone(x, no=0), r"^clone: unexpected keyword argument 'no'; .* are input$"),
        (lambda: x.squeeze(no=0), r"^squeeze: unexpected keyword argument 'no'; .*input, dim$"),
        (lambda: x.permute(axis=0), r"^permute: unexpected keyword argument 'axis'; .* dims$"),
        (lambda: x.clamp_(no=0), r"^clamp: unexpected keyword argument 'no'; .* input, min, max$"),
        (lambda: at.exp(), r"^exp\(\) missing 1 required positional argument: 'input'$"),
        (lambda: at.mul(x), r"^mul\(\) missing 1 required positional argument: 'other'$"),
        (lambda: at.zeros_like(3, axis=0), r"^zeros_like: unexpected keyword argument 'axis'"),
    ],
)  # fmt: skip
def test_what_means_nothing_or_comes_twice_is_refused(
    call: Callable[[], Any], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (at.sum, ["input", "dim", "keepdim", "dtype"]),
        (at.exp, ["input"]),
        (at.mul, ["input", "other"]),
        (at.squeeze, ["input", "dim"]),
        (at.reshape, ["input", "shape"]),
        (at.matmul, ["input", "other"]),
    ],
)
def test_help_shows_the_main_names_alone(function: Any, names: list[str]) -> None:
    shown = inspect.signature(function).parameters
    assert list(shown) == names
    assert shown["input"].default is inspect.Parameter.empty


def test_other_names_have_the_same_gradient() -> None:
    w = x.clone().requires_grad_()
    (at.sum(a=w * w, axis=0) * at.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert same(w.grad, 2 * x * at.tensor([1.0, 2.0, 3.0]))


# -- out -------------------------------------------------------------------------------------------


def test_out_is_written_and_returned() -> None:
    out = at.empty(2, 3)
    memory = out.array
    assert at.add(x, x, out=out) is out
    assert out.array is memory
    assert same(out, 2 * x)
    assert at.add(x, 1, out=None) is not out


def test_out_may_be_a_view_and_overlap_what_is_read() -> None:
    whole = at.zeros(3, 3)
    at.mul(x[0], 2, out=whole[:, 1])
    assert same(whole, at.tensor([[0.0, 2, 0], [0, 4, 0], [0, 6, 0]]))
    y = x.clone()
    at.matmul(y, at.ones(3, 3), out=y)
    assert same(y, at.tensor([[6.0, 6, 6], [15, 15, 15]]))


def test_a_write_to_out_is_noticed_by_the_graph() -> None:
    w = at.ones(2, 3, requires_grad=True)
    factor = at.ones(2, 3)
    product = (w * factor).sum()
    at.add(x, x, out=factor)
    with pytest.raises(RuntimeError, match="in-place operation has modified it"):
        product.backward()


def test_out_is_resized() -> None:
    out = at.empty(0)
    assert at.cat([x, x], out=out).equal(at.cat([x, x]))  # and nobody else sees its memory
    with pytest.warns(UserWarning, match=r"out has shape \(4, 3\) but the result \(2, 3\)"):
        at.exp(x, out=out)
    assert same(out, x.exp())


def test_several_results_are_written_to_several_outs() -> None:
    values, indices = at.empty(0), at.empty(0, dtype=at.int64)
    both = at.max(x, 1, out=(values, indices))
    assert both.values is values
    assert both.indices is indices
    assert same(both, x.max(1))


@pytest.mark.parametrize(
    ("call", "result"),
    [
        (lambda out: at.sum(x, 0, out=out), lambda: x.double().sum(0)),
        (lambda out: at.arange(3, out=out), lambda: at.arange(3, dtype=at.float64)),
        (lambda out: at.full((3,), 2, out=out), lambda: at.full((3,), 2.0, dtype=at.float64)),
        (lambda out: at.exp(at.tensor([1, 2]), out=out), lambda: at.tensor([1, 2]).exp().double()),
        (lambda out: at.eq(x, 2.0, out=out), lambda: (x == 2).double()),
        (lambda out: at.linalg.norm(x.double(), out=out), lambda: (x.double() ** 2).sum().sqrt()),
        (lambda out: at.special.expit(x, out=out), lambda: x.sigmoid().double()),
    ],
)
def test_out_keeps_its_dtype(call: Callable[[Tensor], Any], result: Callable[[], Any]) -> None:
    out = at.empty(0, dtype=at.float64)
    assert call(out) is out
    assert same(out, result())


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("abs", "float32"), ("neg", "float32"), ("floor", "float32"), ("round", "float32"),
     ("signbit", "bool"), ("isposinf", "bool"), ("isneginf", "bool"), ("float_power", "float64")],
)  # fmt: skip
def test_some_write_only_in_the_dtype_of_their_result(name: str, wanted: str) -> None:
    arguments = (x, 2.0) if name == "float_power" else (x,)
    call = getattr(at, name)
    out = at.empty(2, 3, dtype=getattr(at, wanted))
    assert same(call(*arguments, out=out), call(*arguments))
    for other in {"float16", "float32", "float64"} - {wanted}:
        message = f"^{name}: out must be of dtype {wanted}, as the result is, got {other}"
        with pytest.raises(RuntimeError, match=message):
            call(*arguments, out=at.empty(2, 3, dtype=getattr(at, other)))


def test_products_of_several_matrices_are_written_to_out() -> None:
    square, out = at.tensor([[1.0, 2.0], [3.0, 4.0]]), at.empty(2, 2)
    assert at.tensordot(square, square, 1, out=out) is out
    assert out.tolist() == [[7, 10], [15, 22]]
    assert at.chain_matmul(square, square, out=out.zero_()).tolist() == [[7, 10], [15, 22]]


def test_random_numbers_are_drawn_in_the_dtype_of_out() -> None:
    at.manual_seed(1)
    expected = at.randn(3, dtype=at.float64)
    at.manual_seed(1)
    assert same(at.randn(3, out=at.empty(3, dtype=at.float64)), expected)
    assert at.zeros(2, out=at.empty(2), requires_grad=True).requires_grad


leaf = at.ones(2, 3, requires_grad=True)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: at.add(leaf, x, out=at.empty(2, 3)), RuntimeError, r"^add: out= does not go with"),
        (lambda: at.add(x, x, out=leaf), RuntimeError, r"^add: .*, but out requires grad"),
        (lambda: at.add(x, x, out=leaf * 1), RuntimeError, r"^add: .*, but out requires grad"),
        (lambda: at.exp(x, out=at.empty(2, 3, dtype=at.int64)), RuntimeError, r"^exp: .*float32"),
        (lambda: at.add(x, x, out=3), TypeError, r"^add: out must be a Tensor, .* got int"),
        (lambda: at.max(x, 1, out=x), TypeError, r"^max: out must be a tuple of 2 Tensors"),
        (lambda: at.add(x, x, out=(x, x)), TypeError, r"^add: out must be one Tensor"),
        (lambda: at.zeros(3, dtype=at.float64, out=at.empty(3)), RuntimeError, r"^zeros: dtype f"),
        (lambda: at.add(x, x, out=at.empty(1).expand(2, 3)), RuntimeError, r"^add: .*expand"),
        (lambda: at.exp(x, out=at.zeros(4, 3)[:3]), RuntimeError, r"^exp: out .* shares its memo"),
        (lambda: at.reshape(x, (6,), out=x), TypeError, r"^reshape: unexpected .*'out'"),
        (lambda: at.std_mean(x, out=(x, x)), TypeError, r"^std_mean: unexpected .*'out'"),
    ],
)
def test_what_out_cannot_be(call: Callable[[], Any], error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_nothing_is_written_unless_all_can_be() -> None:
    values, wrong = at.zeros(2), at.zeros(2, dtype=at.bool)
    with pytest.raises(RuntimeError, match="cannot be written"):
        at.max(x, 1, out=(values, wrong))
    assert same(values, at.zeros(2))


def test_without_gradients_out_may_be_a_parameter() -> None:
    w = at.ones(2, 3, requires_grad=True)
    with at.no_grad():
        assert at.add(w, x, out=w) is w
    assert same(w.detach(), x + 1)
    assert w.requires_grad


# -- how it is stored ------------------------------------------------------------------------------


def test_what_storage_there_is_may_be_asked_for() -> None:
    assert same(at.ones(2, layout=at.strided, pin_memory=False), at.ones(2))
    assert same(x.gather(1, at.tensor([[0], [1]]), sparse_grad=False), at.tensor([[1.0], [5.0]]))
    for wrong in ({"layout": "sparse"}, {"pin_memory": True}):
        with pytest.raises(RuntimeError, match=r"^ones: .*; delete it$"):
            at.ones(2, **wrong)


def test_memory_format() -> None:
    image = at.arange(120.0).reshape(2, 3, 4, 5)
    last = image.to(memory_format=at.channels_last)
    assert same(last, image)
    assert last.stride() == (60, 1, 15, 3)
    assert last.is_contiguous(memory_format=at.channels_last)
    assert not last.is_contiguous()
    back = last.contiguous(memory_format=at.contiguous_format)
    assert back.is_contiguous()
    assert not back.is_contiguous(memory_format=at.channels_last)
    assert at.empty_like(image, memory_format=at.channels_last).stride() == (60, 1, 15, 3)
    assert same(image.clone(memory_format=at.preserve_format), image)
    with pytest.raises(RuntimeError, match=r"channels_last is for Tensors of 4 dimensions"):
        x.contiguous(memory_format=at.channels_last)


def test_memory_format_has_a_gradient() -> None:
    image = at.arange(24.0).reshape(1, 2, 3, 4).requires_grad_()
    (image.contiguous(memory_format=at.channels_last) * image).sum().backward()
    assert same(image.grad, 2 * image.detach())
    copy = at.zeros_like(image, memory_format=at.channels_last, requires_grad=True)
    assert copy.is_leaf
    assert copy.requires_grad


# -- in older order, and flags ---------------------------------------------------------------------

one, row, column = (
    at.tensor([[1.0]]),
    at.tensor([[1.0, 2.0]]),
    at.tensor([[3.0], [4.0]]),
)  # row @ column is 11


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: at.add(x, 2, x), lambda: 3 * x),
        (lambda: x.clone().add_(-0.5, x), lambda: 0.5 * x),
        (lambda: x.sub(2, x), lambda: -x),
        (lambda: x.clone().addcmul_(0.5, x, x), lambda: x + 0.5 * x * x),
        (lambda: x.clone().addcdiv_(-1, x, x), lambda: x - 1),
        (lambda: x.clone().addcdiv_(at.tensor(-1.0), x, x), lambda: x - 1),
        (lambda: x.add(np.float32(2), x), lambda: 3 * x),
        (lambda: at.addmm(2, one, 10, row, column), lambda: at.tensor([[112.0]])),
        (lambda: at.addmm(2, one, row, column), lambda: at.tensor([[13.0]])),
        (lambda: one.addmm(2, row, column), lambda: at.tensor([[13.0]])),
        (lambda: one.clone().addmm_(1, -2, row, column), lambda: at.tensor([[-21.0]])),
        (lambda: at.tensor(1.0).addmm(2, row, column), lambda: at.tensor([[13.0]])),
        (lambda: one[0].addmv(2, 10, row, column[:, 0]), lambda: at.tensor([112.0])),
        (lambda: at.addmv(2, one[0], row, column[:, 0]), lambda: at.tensor([13.0])),
        (lambda: at.addr(2, one, 10, row[0, :1], row[0, 1:]), lambda: at.tensor([[22.0]])),
        (lambda: one.addr(2, row[0, :1], row[0, 1:]), lambda: at.tensor([[4.0]])),
        (lambda: one[None].baddbmm(2, 10, row[None], column[None]), lambda: at.tensor([[[112.0]]])),
        (lambda: at.baddbmm(2, one[None], row[None], column[None]), lambda: at.tensor([[[13.0]]])),
        (lambda: at.addbmm(2, one, 10, row[None], column[None]), lambda: at.tensor([[112.0]])),
        (lambda: one.clone().addbmm_(2, row[None], column[None]), lambda: at.tensor([[13.0]])),
    ],
)
def test_a_factor_may_stand_where_it_stood_in_old_scripts(
    call: Callable[[], Any], expected: Callable[[], Any]
) -> None:
    with pytest.warns(UserWarning, match="an order given up by PyTorch"):
        assert same(call(), expected())


def test_one_argument_too_many_is_no_factor() -> None:
    with pytest.raises(TypeError, match=r"^add: takes 2 arguments besides alpha=, but 3 were giv"):
        at.add(x, x, x)
    with pytest.raises(TypeError, match=r"^addcmul: takes 3 arguments besides value=, but 5 were"):
        at.addcmul(x, 1, x, x, x)
    with pytest.raises(
        TypeError, match=r"^addmm: takes 3 arguments besides beta= and alpha=, but 4"
    ):
        at.addmm(one, row, column, 2)
    with pytest.raises(
        TypeError, match=r"^addmm: takes 3 arguments besides beta= and alpha=, but 6"
    ):
        at.addmm(1, one, 2, 3, row, column)
    assert list(inspect.signature(at.add).parameters) == ["input", "other", "alpha"]


@pytest.mark.parametrize(
    "name",
    ["sum", "mean", "prod", "std", "amax", "max", "argmax", "median", "any", "logsumexp", "nansum"],
)
def test_a_second_dim_is_no_keepdim(name: str) -> None:
    given = (0, True, 1) if name == "std" else (0, 1)
    with pytest.raises(TypeError, match=r"keepdim must be a bool, got 1; give several dims as a t"):
        getattr(x, name)(*given)
