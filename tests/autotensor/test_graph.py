"""The graph: backward, grad, hooks, what is kept and what is freed."""

from __future__ import annotations

import gc
import weakref
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at


def leaf(values: Any, dtype: Any = at.float64) -> at.Tensor:
    return at.tensor(values, dtype=dtype, requires_grad=True)


# -- backward --------------------------------------------------------------------------------------


def test_backward_with_a_gradient() -> None:
    x = leaf([1.0, 2.0])
    (x * x).backward(at.tensor([10.0, 100.0], dtype=at.float64))
    assert x.grad.tolist() == [20, 400]


def test_backward_fills_only_leaves() -> None:
    x = leaf([1.0])
    y = x * 2
    (y * y).sum().backward()
    with pytest.warns(UserWarning, match="no leaf"):
        assert y.grad is None
    assert x.grad.tolist() == [8]


def test_backward_for_some_inputs_only() -> None:
    x, w = leaf([1.0]), leaf([3.0])
    (x * w).sum().backward(inputs=[w])
    assert x.grad is None
    assert w.grad.tolist() == [1]
    y = x * w
    (y * y).sum().backward(inputs=y)
    assert y.grad.tolist() == [6]
    (y * 5).sum().backward()  # y retains it from then on, and w gets its own
    assert y.grad.tolist() == [11]
    assert w.grad.tolist() == [6]


def test_backward_into_what_retains_its_gradient_adds_it_once() -> None:
    x = leaf([1.0])
    y = x * 2
    y.retain_grad()
    (y * 3).sum().backward(inputs=[y, y, x])
    assert y.grad.tolist() == [3]
    assert x.grad.tolist() == [6]


def test_backward_in_the_dtype_of_the_leaf() -> None:
    x = leaf([1.0], at.float32)
    w = leaf([2.0], at.float64)
    (x * w).sum().backward()
    assert x.grad.dtype == at.float32
    assert w.grad.dtype == at.float64


def test_a_leaf_is_its_own_root() -> None:
    x = leaf(2.0)
    x.backward()
    x.backward()
    assert x.grad.item() == 2


def test_grad_of_several_outputs_and_inputs() -> None:
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    found = at.grad(
        [(x * y).sum(), x * 2], [x, y], [None, at.tensor([1.0, 10.0], dtype=at.float64)]
    )
    assert [one.tolist() for one in found] == [[5, 24], [1, 2]]
    assert x.grad is None


def test_grad_by_an_intermediate_value() -> None:
    x = leaf([1.0, 2.0])
    y = x * 3
    z = (y * y).sum()
    by_y, by_x = at.grad(z, [y, x])
    assert by_y.tolist() == [6, 12]
    assert by_x.tolist() == [18, 36]


def test_grad_by_the_output_itself() -> None:
    y = leaf(1.0) * 2
    assert at.grad(y, y)[0].item() == 1


def test_the_same_output_or_input_twice() -> None:
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    one, two = at.grad([y, y], [x, x])
    assert one.tolist() == two.tolist() == [4, 8]
    one.zero_()
    assert two.tolist() == [4, 8]


def test_unused_inputs() -> None:
    x, unused = leaf([1.0]), leaf([[1.0, 2.0]])
    y = (x * 2).sum()
    with pytest.raises(RuntimeError, match=r"grad: input 1 of shape \(1, 2\) was not used"):
        at.grad(y, [x, unused], retain_graph=True)
    found = at.grad(y, [x, unused], allow_unused=True, retain_graph=True)
    assert found[1] is None
    found = at.grad(y, [x, unused], materialize_grads=True)
    assert found[1].tolist() == [[0, 0]]
    assert not found[1].requires_grad


def test_derivatives_of_zeros_for_what_is_unused() -> None:
    """d/dx of x a is a, which does not depend on x, nor do further derivatives."""
    x, a = leaf(2.0), leaf(3.0)
    (value,) = at.grad(x * a, x, create_graph=True)
    assert value.item() == 3
    for _ in range(3):
        (value,) = at.grad(value, x, create_graph=True, materialize_grads=True)
        assert value.item() == 0
        assert value.requires_grad


def test_a_branch_that_is_not_asked_for_is_not_walked() -> None:
    class Fails(at.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            raise AssertionError("walked")

    x, w = leaf([1.0]), leaf([2.0])
    y = Fails.apply(x) * w
    assert at.grad(y.sum(), w)[0].tolist() == [1]


# -- freeing ---------------------------------------------------------------------------------------


def test_a_freed_graph_is_refused() -> None:
    x = leaf([1.0])
    y = (x * x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match=r"MulBackward0.*already used.*retain_graph=True"):
        y.backward()


def test_retain_graph() -> None:
    x = leaf([3.0])
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [18]


def test_a_failed_backward_adds_nothing() -> None:
    x, w = leaf([1.0]), leaf([2.0])
    shared = x * w
    shared.sum().backward()
    before = x.grad.tolist()
    with pytest.raises(RuntimeError, match="already used"):
        (shared + x).sum().backward()
    assert x.grad.tolist() == before


def test_nodes_and_tensors_go_by_reference_count() -> None:
    gc.collect()
    gc.disable()
    try:
        x = leaf(np.ones(3))
        y = (x * 2).exp().tanh()
        node, tensor = weakref.ref(y.node), weakref.ref(y)
        del y
        assert tensor() is None
        assert node() is None
        view = (x * 2)[1:]
        view.mul_(3)
        trace = weakref.ref(view), weakref.ref(view.node)
        del view
        assert [one() for one in trace] == [None, None]
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_backward_lets_go_of_saved_values() -> None:
    x = leaf(np.ones(3))
    middle = x * 1
    trace = weakref.ref(middle)
    y = (middle * middle).sum()
    del middle
    assert trace() is not None
    y.backward()
    assert trace() is None


# -- create_graph ----------------------------------------------------------------------------------


def test_derivatives_of_derivatives() -> None:
    x = leaf(0.7)
    value = x.sin() * x
    for order in range(1, 6):
        (value,) = at.grad(value, x, create_graph=True)
        expected = {
            1: np.cos(0.7) * 0.7 + np.sin(0.7),
            2: -np.sin(0.7) * 0.7 + 2 * np.cos(0.7),
            3: -np.cos(0.7) * 0.7 - 3 * np.sin(0.7),
            4: np.sin(0.7) * 0.7 - 4 * np.cos(0.7),
            5: np.cos(0.7) * 0.7 + 5 * np.sin(0.7),
        }[order]
        assert value.item() == pytest.approx(expected, rel=1e-12)


def test_backward_with_create_graph() -> None:
    x = leaf([1.0, 2.0])
    (x**3).sum().backward(create_graph=True)
    assert x.grad.requires_grad
    first = x.grad
    x.grad = None
    first.sum().backward()
    assert x.grad.tolist() == [6, 12]


def test_create_graph_under_no_grad_records() -> None:
    x = leaf(2.0)
    y = x**3
    with at.no_grad():
        (first,) = at.grad(y, x, create_graph=True)
    assert at.grad(first, x)[0].item() == 12


def test_without_create_graph_the_gradient_is_a_constant() -> None:
    x = leaf(2.0)
    (first,) = at.grad(x**3, x)
    assert not first.requires_grad


def test_grad_accumulates_onto_a_recorded_gradient() -> None:
    x = leaf([1.0])
    (x**2).sum().backward(create_graph=True)
    (x**2).sum().backward()
    assert x.grad.tolist() == [4]


def test_hessian_vector_product_against_torch(torch: ModuleType) -> None:
    values = []
    for lib in (at, torch):
        grad = lib.grad if lib is at else lib.autograd.grad
        x = lib.tensor([0.5, 1.5, -1.0], dtype=lib.float64, requires_grad=True)
        y = (x.exp() * x.flip(0)).sum() + x.prod()
        (first,) = grad(y, x, create_graph=True)
        (second,) = grad((first * lib.tensor([1.0, -2.0, 0.5], dtype=lib.float64)).sum(), x)
        values.append(second.tolist())
    np.testing.assert_allclose(*values, rtol=1e-12)


# -- hooks -----------------------------------------------------------------------------------------


def test_a_hook_sees_and_replaces_the_gradient_of_a_leaf() -> None:
    x = leaf([1.0, 2.0])
    seen: list[Any] = []
    handle = x.register_hook(lambda g: seen.append(g.tolist()))
    double = x.register_hook(lambda g: g * 2)
    (x * 3).sum().backward()
    assert seen == [[3, 3]]
    assert x.grad.tolist() == [6, 6]
    handle.remove()
    double.remove()
    (x * 3).sum().backward()
    assert len(seen) == 1
    assert x.grad.tolist() == [9, 9]


def test_a_hook_on_a_leaf_runs_once_for_all_paths() -> None:
    x = leaf([1.0])
    seen: list[Any] = []
    x.register_hook(lambda g: seen.append(g.tolist()))
    (x * 2 + x * 3).sum().backward()
    assert seen == [[5]]


def test_a_hook_on_an_intermediate_value() -> None:
    x = leaf([1.0])
    y = x * 2
    with y.register_hook(lambda g: g * 10):
        (y * y).sum().backward()
    assert x.grad.tolist() == [80]
    z = x * 2
    z.register_hook(lambda g: None)
    z.sum().backward()
    assert x.grad.tolist() == [82]


def test_hooks_run_in_order_each_on_the_result_of_the_last() -> None:
    x = leaf([1.0])
    x.register_hook(lambda g: g + 1)
    x.register_hook(lambda g: g * 10)
    x.sum().backward()
    assert x.grad.tolist() == [20]


def test_hooks_record_only_with_create_graph() -> None:
    x, w = leaf([1.0]), leaf([2.0])
    modes: list[bool] = []

    def hook(g: at.Tensor) -> at.Tensor:
        modes.append(at.is_grad_enabled())
        return g * w

    x.register_hook(hook)
    (x * x).sum().backward()
    assert not x.grad.requires_grad
    (found,) = at.grad((x * x).sum(), x, create_graph=True)
    assert at.grad(found.sum(), w)[0].tolist() == [2]
    assert modes == [False, True]


def test_hooks_may_differentiate_themselves() -> None:
    x, w = leaf([1.0]), leaf([2.0])

    def hook(g: at.Tensor) -> None:
        with at.enable_grad():
            (w * w).sum().backward()

    x.register_hook(hook)
    (x * 3).sum().backward()
    assert w.grad.tolist() == [4]
    assert x.grad.tolist() == [3]


def test_a_hook_may_hand_back_what_it_keeps() -> None:
    x = leaf([1.0, 2.0])
    kept = at.tensor([5.0, 5.0], dtype=at.float64)
    x.register_hook(lambda g: kept)
    x.sum().backward()
    x.sum().backward()
    assert kept.tolist() == [5, 5]
    assert x.grad.tolist() == [10, 10]


def test_retain_grad() -> None:
    x = leaf([1.0, 2.0])
    y = x * 2
    y.retain_grad()
    (y * y).sum().backward()
    assert y.grad.tolist() == [4, 8]
    x.retain_grad()
    assert x.grad.tolist() == [8, 16]


def test_a_gradient_is_set_and_deleted() -> None:
    x = leaf([1.0, 2.0])
    x.grad = at.ones(2, dtype=at.float64)
    del x.grad
    assert x.grad is None
    del x.grad
    with pytest.raises(RuntimeError, match="cannot be its own gradient"):
        x.grad = x


# -- looking at it ---------------------------------------------------------------------------------


def test_grad_fn_and_next_functions() -> None:
    x = leaf([1.0])
    assert x.grad_fn is None
    assert x.is_leaf
    y = x.log1p() * x
    assert not y.is_leaf
    assert repr(y.grad_fn) == "<MulBackward0>"
    first, second = (function for function, _ in y.grad_fn.next_functions)
    assert repr(first) == "<Log1pBackward0>"
    assert second.variable is x
    assert second is x.exp().grad_fn.next_functions[0][0]


@pytest.mark.parametrize(
    "expression",
    [
        "x + x", "x - x", "x * x", "x / x", "x ** 2", "-x", "x.exp()", "x.log()", "x.sum()",
        "x.mean()", "x.sqrt()", "x.tanh()", "x.sigmoid()", "x.relu()", "x.abs()", "x @ x", "x.t()",
        "x.reshape(-1)", "x.clone()", "x.max(0).values", "x.softmax(0)", "x.cumsum(0)",
        "x.flip(0)", "x.prod()", "x.maximum(x)", "x.sin()", "x.expand(2, 2, 2)", "x.permute(1, 0)",
    ],
)  # fmt: skip
def test_grad_fn_names_are_readable(expression: str) -> None:
    x = at.ones(2, 2, requires_grad=True)
    name = repr(eval(expression, {"x": x}).grad_fn)
    assert name.startswith("<")
    assert name.endswith("Backward0>")
    assert "_" not in name


# -- what is kept for who looks at a graph ---------------------------------------------------------


def test_a_tiny_output_is_kept_with_its_gradient_and_a_view_or_a_larger_one_is_not() -> None:
    w, x = at.tensor(-3.0, requires_grad=True), at.tensor(2.0)
    y = w * x
    z = y * y
    assert (y.node.value, z.node.value) == (-6.0, 36.0)
    z.backward()
    assert (z.node.gradient, y.node.gradient) == (1.0, -12.0)
    many = at.ones(100, requires_grad=True)
    assert (many * 2).node.value is None
    assert many[:2].node.value is None  # it would hold on to all hundred


def test_the_kept_gradient_holds_on_to_nothing_larger() -> None:
    x = at.ones(3, requires_grad=True)
    y = x * 2
    at.cat([y, at.ones(1000)]).sum().backward()
    assert y.node.gradient.tolist() == [1, 1, 1]
    assert y.node.gradient.base is None


def test_the_shape_of_a_graph_is_there_after_backward_and_what_was_saved_is_not() -> None:
    x, w = at.ones(100, requires_grad=True), at.ones(100, requires_grad=True)
    y = x.exp()
    z = (y * w).sum()
    kept = weakref.ref(y.array)
    del y
    z.backward()
    assert kept() is None
    (product,) = z.node.parents
    assert product.edges is None
    assert [getattr(one, "name", one) for one in product.parents] == ["exp", w]
    assert product.parents[0].parents == (x,)


def test_second_derivatives_leave_no_gradient_with_a_graph_behind() -> None:
    x = at.tensor(2.0, requires_grad=True)
    y = x * x * x
    (slope,) = at.grad(y, x, create_graph=True)
    assert slope.item() == 12
    assert not hasattr(y.node, "gradient")


@pytest.mark.parametrize("times", [1, 2])
def test_the_grad_of_a_leaf_lies_in_memory_as_the_leaf_does(times: int) -> None:
    """PyTorch's contract: ``w.grad.view(-1)`` is about the elements in the order of ``w``'s."""
    rows, columns = at.ones(4, 3), at.ones(3, 4).t()
    gapped = at.ones(4, 5)[:, :3].requires_grad_()
    for w, strides in (
        (rows.clone().requires_grad_(), (3, 1)),
        (columns.clone().requires_grad_(), (1, 4)),
        (gapped, (3, 1)),  # row by row, as its own order has gaps
    ):
        for given in (rows, columns):
            w.grad = None
            for _ in range(times):
                (w * given).sum().backward()  # a fresh array in the order of given
                w.backward(given)  # a borrowed one
            assert w.grad is not None
            assert w.grad.stride() == strides
            assert w.grad.tolist() == [[2.0 * times] * 3] * 4
    w = at.ones(4, 3, requires_grad=True)
    (at.ones(5, 2, 3) @ w.mT).sum().backward()  # a product that comes out column by column
    assert w.grad is not None
    assert w.grad.stride() == (3, 1)


def test_no_two_leaves_have_one_grad_with_create_graph() -> None:
    x, y, given = at.zeros(2, requires_grad=True), at.zeros(2, requires_grad=True), at.ones(2)
    (x + y).backward(given, create_graph=True)
    assert x.grad is not None
    assert y.grad is not None
    x.grad.mul_(3)
    assert (x.grad.tolist(), y.grad.tolist(), given.tolist()) == ([3, 3], [1, 1], [1, 1])
