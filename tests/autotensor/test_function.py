"""Operators written by users."""

from __future__ import annotations

import gc
import weakref
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at


def leaf(values: Any) -> at.Tensor:
    return at.tensor(values, dtype=at.float64, requires_grad=True)


class NumpyExp(at.Function):
    """Computed by NumPy, on the Tensor as it is given."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = at.from_numpy(np.exp(x.numpy()))
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return grad_output * ctx.saved_tensors[0]


def test_forward_may_read_its_arguments_as_arrays() -> None:
    x = leaf([0.0, 1.0])
    NumpyExp.apply(x).sum().backward()
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), [1, np.e])

    def f(x: Any) -> Any:
        return NumpyExp.apply(x).sum()

    for given in (x.detach(), x):
        np.testing.assert_allclose(at.func.grad(f)(given).numpy(force=True), [1, np.e])
        rows = at.func.jacrev(NumpyExp.apply)(given).numpy(force=True)
        np.testing.assert_allclose(rows, np.diag([1, np.e]))
        value, pull = at.func.vjp(NumpyExp.apply, given)
        np.testing.assert_allclose(value.numpy(force=True), [1, np.e])
        np.testing.assert_allclose(pull(at.ones_like(given))[0].numpy(force=True), [1, np.e])
    each = at.vmap(at.func.grad(f))(at.tensor([[0.0, 1.0], [1.0, 0.0]]))
    np.testing.assert_allclose(each.numpy(), [[1, np.e], [np.e, 1]], rtol=1e-6)


class Cube(at.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (x,) = ctx.saved_tensors
        return grad_output * 3 * x * x


class Exp(at.Function):
    """Saves its own output."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (y,) = ctx.saved_tensors
        return g * y


class Scale(at.Function):
    """The form with ``setup_context``, and an argument that is no Tensor."""

    @staticmethod
    def forward(x: Any, factor: float) -> Any:
        return x * factor

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.factor = inputs[1]

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        assert ctx.needs_input_grad == (True, False)
        return g * ctx.factor, None


class SumAndProduct(at.Function):
    @staticmethod
    def forward(ctx: Any, a: Any, b: Any) -> Any:
        product = a * b
        ctx.save_for_backward(a, b, product)
        return a + b, product

    @staticmethod
    def backward(ctx: Any, by_sum: Any, by_product: Any) -> Any:
        a, _, product = ctx.saved_tensors
        # By way of the saved output, which must keep its place in the graph.
        return by_sum + by_product * product / a, by_sum + by_product * a


@pytest.mark.parametrize("function", [Cube, Exp, SumAndProduct])
def test_derivatives_of_any_order(function: Any) -> None:
    inputs = [leaf([0.5, 1.5]) for _ in range(2 if function is SumAndProduct else 1)]
    assert at.gradcheck(function.apply, inputs)
    assert at.gradgradcheck(function.apply, inputs)


def test_third_derivative() -> None:
    x = leaf(2.0)
    (first,) = at.grad(Cube.apply(x), x, create_graph=True)
    (second,) = at.grad(first, x, create_graph=True)
    (third,) = at.grad(second, x)
    assert [first.item(), second.item(), third.item()] == [12, 12, 6]


def test_setup_context_and_plain_arguments() -> None:
    x = leaf([1.0, 2.0])
    Scale.apply(x, 3.0).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [3, 3])


def test_nothing_is_recorded_inside_forward_or_first_order_backward() -> None:
    seen = []

    class Look(at.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            seen.append(at.is_grad_enabled())
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            seen.append(at.is_grad_enabled())
            return g * 2

    x = leaf([1.0])
    y = Look.apply(x)
    y.sum().backward(retain_graph=True)
    assert seen == [False, False]
    at.grad(y.sum(), x, create_graph=True)
    assert seen == [False, False, True]
    with at.no_grad():
        assert not Look.apply(x).requires_grad
    assert "LookBackward" in repr(y)


def test_an_unused_output_has_zero_gradient_or_none() -> None:
    given = []

    class Two(at.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, materialize: bool) -> Any:
            ctx.set_materialize_grads(materialize)
            return x * 1, x * 2

        @staticmethod
        def backward(ctx: Any, a: Any, b: Any) -> Any:
            given.append((a, b))
            return b * 2, None

    x = leaf([1.0])
    Two.apply(x, True)[1].backward()
    assert given[-1][0].tolist() == [0.0]
    Two.apply(x, False)[1].backward()
    assert given[-1][0] is None
    assert x.grad.item() == 4


def test_outputs_without_derivative() -> None:
    class MaxAndPlace(at.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            place = x.argmax()
            rounded = x.round()
            ctx.mark_non_differentiable(place, rounded)
            ctx.place = place
            return x.max(), place, rounded

        @staticmethod
        def backward(ctx: Any, g: Any, by_place: Any, by_rounded: Any) -> Any:
            assert by_rounded.tolist() == [0, 0]
            out = at.zeros(2, dtype=at.float64)
            out[ctx.place] = g
            return out

    x = leaf([1.0, 3.0])
    value, place, rounded = MaxAndPlace.apply(x)
    assert value.requires_grad
    assert not place.requires_grad
    assert not rounded.requires_grad
    value.backward()
    assert x.grad.tolist() == [0, 1]


class Double(at.Function):
    """Writes into its argument."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * 2


def test_writing_into_an_argument() -> None:
    x = leaf([1.0, 2.0])
    y = x * 1
    assert Double.apply(y) is y
    (y * y).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 2 * (2 * np.array([1.0, 2.0])) * 2)
    with pytest.raises(RuntimeError, match=r"Double: a leaf Tensor that requires grad is being"):
        Double.apply(x)


def test_writing_into_a_view_reaches_its_base() -> None:
    x = leaf([1.0, 2.0, 3.0])
    y = x * 1
    Double.apply(y[:2])
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [2, 2, 1])


def test_an_overwritten_saved_value_is_refused() -> None:
    x = leaf([1.0, 2.0])
    hidden = x * 1
    y = Cube.apply(hidden)
    hidden.add_(1)
    with pytest.raises(RuntimeError, match=r"Cube.*modified"):
        y.sum().backward()
    z = Exp.apply(x)
    z.add_(1)
    with pytest.raises(RuntimeError, match=r"Exp.*modified"):
        z.sum().backward()


def test_an_output_on_the_memory_of_an_argument() -> None:
    class Same(at.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 10

    x = leaf([1.0])
    y = Same.apply(x)
    assert y is not x
    y.sum().backward()
    assert x.grad.item() == 10
    alias = Same.apply(x * 1)
    with pytest.raises(RuntimeError, match=r"Same.*shares memory"):
        alias.add_(1)


def test_an_argument_that_is_returned_is_another_tensor_where_nothing_is_recorded() -> None:
    """Else what is done to the output, or found out about it, would be the argument's."""

    class Same(at.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x, 3

        @staticmethod
        def backward(ctx: Any, g: Any, _: Any) -> Any:
            return -g

    x = leaf([1.0, 2.0])
    with at.no_grad():
        y, number = Same.apply(x)
    assert y is not x
    assert number == 3
    assert not y.requires_grad
    assert not (y * 2).requires_grad
    y.add_(1)  # on the same memory, as after detach
    assert x.tolist() == [2, 3]

    plain = at.ones(2)
    y, _ = Same.apply(plain)
    y.requires_grad_()
    assert not plain.requires_grad
    plain.mul_(5)
    assert y.tolist() == [5, 5]
    plain = at.ones(2)
    y, _ = Same.apply(plain)
    plain.mul_(x)
    with pytest.raises(RuntimeError, match="Same: an output that shares memory"):
        _ = y.requires_grad


def test_an_argument_that_is_written_is_returned_itself_where_nothing_is_recorded() -> None:
    class Double(at.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.mark_dirty(x)
            return x.mul_(2)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return 2 * g

    x = at.ones(2)
    assert Double.apply(x) is x
    assert x.tolist() == [2, 2]
    with at.no_grad():
        assert not Double.apply(leaf([1.0])).requires_grad


def test_gradients_may_alias_anything() -> None:
    class Pass(at.Function):
        @staticmethod
        def forward(ctx: Any, a: Any, b: Any) -> Any:
            ctx.kept = at.ones(2, dtype=at.float64)
            return a + b

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return ctx.kept, ctx.kept

    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    y = Pass.apply(a, b)
    (y.sum() + a.sum()).backward(retain_graph=True)
    np.testing.assert_array_equal(a.grad.numpy(), [2, 2])
    np.testing.assert_array_equal(b.grad.numpy(), [1, 1])
    b.grad.mul_(100)
    a.grad = b.grad = None
    y.sum().backward()
    np.testing.assert_array_equal(a.grad.numpy(), [1, 1])


def test_what_was_saved_is_in_the_context_until_the_graph_is_freed() -> None:
    contexts: list[Any] = []

    class Square(at.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            contexts.append(ctx)
            ctx.save_for_backward(x, None)
            return x * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return 2 * ctx.saved_tensors[0] * g

    x = leaf([3.0])
    y = Square.apply(x)
    (context,) = contexts
    for _ in range(2):
        (saved, none) = context.saved_tensors
        assert saved is x
        assert none is None
        y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [18]
    with pytest.raises(RuntimeError, match="saved_tensors: they are freed"):
        context.saved_tensors
    y = Square.apply(x)
    del y
    with pytest.raises(RuntimeError, match="saved_tensors: they are freed"):
        contexts[1].saved_tensors


def test_a_second_backward_is_refused() -> None:
    x = leaf([1.0])
    y = Cube.apply(x)
    y.sum().backward()
    with pytest.raises(RuntimeError, match=r"Cube.*already used"):
        y.sum().backward()


def test_nothing_is_left_behind() -> None:
    gc.collect()
    gc.disable()
    try:
        for function, count in ((Cube, 1), (Exp, 1), (SumAndProduct, 2)):
            inputs = [leaf([1.0]) for _ in range(count)]
            output = function.apply(*inputs)
            first = output[0] if isinstance(output, tuple) else output
            trace = weakref.ref(first)
            del output, first
            assert trace() is None, function
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_once_differentiable() -> None:
    class Numpy(at.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return at.from_numpy(np.sinh(x.numpy(force=True)))

        @staticmethod
        @at.once_differentiable
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return at.from_numpy(g.numpy() * np.cosh(x.numpy(force=True)))

    x = leaf([0.5, 1.0])
    assert at.gradcheck(Numpy.apply, x)
    (first,) = at.grad(Numpy.apply(x).sum(), x, create_graph=True)
    np.testing.assert_allclose(first.numpy(force=True), np.cosh([0.5, 1.0]))
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()


def returning(result: Any) -> Any:
    class Wrong(at.Function):
        @staticmethod
        def forward(ctx: Any, a: Any, number: Any) -> Any:
            return a * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return result

    return Wrong


@pytest.mark.parametrize(
    ("result", "error", "message"),
    [
        (at.ones(2), RuntimeError, r"Wrong\.backward: returned 1 gradients, but forward has 2"),
        ((at.ones(2), None, at.ones(2)), RuntimeError, r"Wrong\.backward: returned 3 gradients"),
        ((at.ones(3), None), RuntimeError, r"gradient 0 has shape \(3,\).*shape \(2,\)"),
        ((2.0, None), TypeError, r"gradient 0 must be a Tensor or None, got float"),
        ((None, at.ones(2)), RuntimeError, r"gradient 1 must be None, because that argument is no"),
    ],
)
def test_wrong_gradients(result: Any, error: type[Exception], message: str) -> None:
    y = returning(result).apply(at.ones(2, requires_grad=True), 3.0)
    with pytest.raises(error, match=message):
        y.sum().backward()


def test_further_nones_and_stretched_gradients_are_fine() -> None:
    x = at.ones(2, requires_grad=True)
    returning((at.ones(3, 2), None, None)).apply(x, 1).sum().backward()
    assert x.grad.tolist() == [3, 3]


def test_other_mistakes() -> None:
    class Keeps(at.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x, [1])
            return x

    with pytest.raises(TypeError, match="save_for_backward: argument 1 must be a Tensor or None"):
        Keeps.apply(at.ones(1))

    class Empty(at.Function):
        pass

    with pytest.raises(NotImplementedError, match="must define forward"):
        Empty.apply(at.ones(1))

    class NoBackward(at.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

    y = NoBackward.apply(at.ones(1, requires_grad=True))
    with pytest.raises(NotImplementedError, match="must define backward"):
        y.backward()


def test_agrees_with_torch(torch: ModuleType) -> None:
    def build(lib: Any, base: Any) -> Any:
        class Mix(base):
            @staticmethod
            def forward(ctx: Any, a: Any, b: Any, power: Any) -> Any:
                out = a * b**power
                ctx.save_for_backward(a, b, out)
                ctx.power = power
                return out, a.sum()

            @staticmethod
            def backward(ctx: Any, g: Any, h: Any) -> Any:
                _, b, out = ctx.saved_tensors
                return g * b**ctx.power + h, g * out * ctx.power / b, None

        return Mix

    results = []
    for lib, base in ((at, at.Function), (torch, torch.autograd.Function)):
        grad = lib.grad if lib is at else lib.autograd.grad
        a = lib.tensor([1.0, 2.0], dtype=lib.float64, requires_grad=True)
        b = lib.tensor([0.5, 3.0], dtype=lib.float64, requires_grad=True)
        first, second = build(lib, base).apply(a, b, 3)
        gradients = grad((first * first).sum() + second * second, (a, b), create_graph=True)
        more = grad(sum(one.sum() for one in gradients), (a, b))
        results.append([one.detach().numpy() for one in (first, second, *gradients, *more)])
    for mine, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12)


def test_defaults_are_arguments_of_a_context_set_up_apart() -> None:
    class Power(at.Function):
        @staticmethod
        def forward(x: at.Tensor, exponent: int = 3) -> at.Tensor:
            return x**exponent

        @staticmethod
        def setup_context(ctx: Any, inputs: tuple[Any, ...], output: at.Tensor) -> None:
            x, ctx.exponent = inputs
            ctx.save_for_backward(x)

        @staticmethod
        def backward(ctx: Any, grad: at.Tensor) -> Any:
            (x,) = ctx.saved_tensors
            return grad * ctx.exponent * x ** (ctx.exponent - 1), None

    x = at.tensor([2.0], requires_grad=True)
    (Power.apply(x) + Power.apply(x, 2)).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [12 + 4]


def test_backward_may_differentiate_by_what_was_saved() -> None:
    """The pattern of adjoint methods: parameters come in as arguments, and again by a closure."""
    weight = at.tensor([2.0, 3.0], requires_grad=True)

    class Scaled(at.Function):
        @staticmethod
        def forward(ctx: Any, x: at.Tensor, weight: at.Tensor) -> at.Tensor:
            ctx.save_for_backward(x, weight)
            return x * weight

        @staticmethod
        def backward(ctx: Any, grad: at.Tensor) -> Any:
            x, saved = ctx.saved_tensors
            assert saved is weight
            with at.enable_grad():
                x = x.detach().requires_grad_()
                return at.grad(x * weight, [x, saved], grad)

    x = at.tensor([5.0, 7.0], requires_grad=True)
    Scaled.apply(x, weight).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [2, 3]
    assert weight.grad is not None
    assert weight.grad.tolist() == [5, 7]


class Deep(at.Function):
    """The identity; its backward walks another graph, as many levels deep as it was told."""

    @staticmethod
    def forward(ctx: Any, x: at.Tensor, levels: int) -> at.Tensor:
        ctx.levels = levels
        return x * 1

    @staticmethod
    def backward(ctx: Any, grad: at.Tensor) -> Any:
        if ctx.levels == 0:
            Deep.seen = (at.is_grad_enabled(), at.is_anomaly_enabled())
            np.log(np.zeros(1))  # the walk has turned NumPy's warnings off, in every thread
            return grad, None
        with at.enable_grad():
            x = grad.detach().requires_grad_()
            y = Deep.apply(x, ctx.levels - 1).sum()
        if ctx.levels % 2:
            y.backward()
            return x.grad, None
        return at.grad(y, x)[0], None

    seen: Any = None


@pytest.mark.parametrize(("levels", "anomaly"), [(3, True), (60, True), (400, False)])
def test_backward_inside_backward_may_be_deep(levels: int, anomaly: bool) -> None:
    x = at.ones(2, requires_grad=True)
    with at.set_detect_anomaly(anomaly):
        Deep.apply(x, levels).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [1, 1]
    assert Deep.seen == (False, anomaly)
    assert at.is_grad_enabled()


def test_an_error_deep_inside_backward_comes_out() -> None:
    def fail(grad: at.Tensor) -> None:
        raise KeyError("from the depth")

    @at.enable_grad()
    def descend(levels: int) -> at.Tensor:
        x = at.ones(2, requires_grad=True)
        x.register_hook(lambda grad: descend(levels - 1).backward() if levels else fail(grad))
        return x.sum()

    with pytest.raises(KeyError, match="from the depth"):
        descend(120).backward()


# -- what PyTorch's Functions have besides ---------------------------------------------------------


class Power(at.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, exponent: float = 2.0) -> Any:
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)
        ctx.exponent = exponent
        return x**exponent

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_variables
        return g * ctx.exponent * x ** (ctx.exponent - 1), None


def test_keywords_are_put_in_their_places() -> None:
    x = leaf([2.0])
    Power.apply(x, exponent=3.0).backward()
    assert x.grad.item() == 12

    class ByKeyword(at.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, *, scale: float) -> Any:
            return x * scale

    with pytest.raises(TypeError, match="forward takes scale by keyword only"):
        ByKeyword.apply(x, scale=2.0)


def test_backward_may_be_called_vjp() -> None:
    class Tripled(at.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 3

        @staticmethod
        def vjp(ctx: Any, g: Any) -> Any:
            return g * 3

    x = leaf([2.0])
    Tripled.apply(x).backward()
    assert x.grad.item() == 3


def test_backward_and_vjp_are_not_both_defined() -> None:
    with pytest.raises(RuntimeError, match="Both: backward and vjp are two names of one"):
        type("Both", (at.autograd.Function,), {"backward": print, "vjp": print})


def test_a_function_is_not_called() -> None:
    with pytest.raises(RuntimeError, match=r"write Power\.apply"):
        Power()(leaf([1.0]))


def test_where_pytorch_has_these_names() -> None:
    from autotensor.autograd import anomaly_mode, function, grad_mode
    from autotensor.utils.hooks import RemovableHandle

    assert function.Function is at.Function
    assert function.FunctionCtx is at.FunctionContext
    assert issubclass(function.InplaceFunction, at.Function)
    assert function.once_differentiable is at.autograd.once_differentiable
    assert grad_mode.no_grad is at.no_grad
    assert anomaly_mode.detect_anomaly is at.autograd.detect_anomaly
    assert RemovableHandle is at.extend.RemovableHandle


def test_a_refused_write_through_an_output_changes_nothing() -> None:
    """One that shares memory with an input: neither the values, nor that it can be read."""

    class Flat(at.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: at.Tensor) -> at.Tensor:
            return x.view(-1)

        @staticmethod
        def backward(ctx: Any, g: at.Tensor) -> at.Tensor:
            return g.view(2, 2)

    x = at.ones(2, 2, requires_grad=True)
    y = x * 2
    z = Flat.apply(y)
    for write in (lambda: z.mul_(2), lambda: z[:1].fill_(7.0)):
        with pytest.raises(RuntimeError, match=r"Flat: an output that shares memory"):
            write()
        assert y.tolist() == [[2, 2], [2, 2]]
    assert "2., 2." in str(z)
    assert at.autograd.grad((y**2).sum(), x)[0].tolist() == [[8, 8], [8, 8]]
