"""gradcheck finds what is wrong and says where."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autotensor as at


def leaf(values: Any) -> at.Tensor:
    return at.tensor(values, dtype=at.float64, requires_grad=True)


class WrongAt2(at.Function):
    """x², with a wrong derivative at position 2."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        factor = at.tensor([1.0, 1.0, 1.5], dtype=at.float64)
        return g * 2 * x * factor


def test_the_report_names_everything() -> None:
    def square(a: at.Tensor, x: at.Tensor) -> tuple[at.Tensor, at.Tensor]:
        return a * 2, WrongAt2.apply(x)

    with pytest.raises(at.GradcheckError) as caught:
        at.gradcheck(square, (leaf([1.0]), leaf([1.0, 2.0, 3.0])))
    report = str(caught.value)
    for part in ("square", "output 1", "WrongAt2Backward", "input 1", "[2]", "9", "6"):
        assert part in report, part


def test_false_instead_of_raising() -> None:
    assert at.gradcheck(WrongAt2.apply, leaf([1.0, 2.0, 3.0]), raise_exception=False) is False


def test_a_wrong_second_derivative_is_found() -> None:
    class NoSecond(at.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * (3 * x * x).detach()

    x = leaf([1.0, 2.0])
    assert at.gradcheck(NoSecond.apply, x)
    with pytest.raises(at.GradcheckError, match="the derivative of"):
        at.gradgradcheck(NoSecond.apply, x)


def test_what_is_not_deterministic_is_found() -> None:
    factors = iter(range(1, 1000))
    with pytest.raises(at.GradcheckError, match="not deterministic"):
        at.gradcheck(lambda x: x * next(factors), leaf([1.0]))


def test_inputs_that_cannot_be_checked() -> None:
    with pytest.raises(ValueError, match="at least one input with requires_grad=True"):
        at.gradcheck(lambda x: x * 2, at.ones(2))
    wide = at.from_numpy(np.broadcast_to(np.ones(1), 3)).requires_grad_()
    with pytest.raises(at.GradcheckError, match=r"input 0 .* share memory"):
        at.gradcheck(lambda x: x * 2, wide)
    with pytest.warns(UserWarning, match="float32, not float64"):
        at.gradcheck(lambda x: x * 2, at.ones(2, requires_grad=True), raise_exception=False)
    with pytest.raises(TypeError, match="must give a Tensor or several, got float"):
        at.gradcheck(lambda x: [1.0], leaf([1.0]))


def test_inputs_are_left_as_they_were() -> None:
    x = leaf([1.0, 2.0])
    at.gradcheck(lambda x: x.exp(), x)
    assert x.grad is None
    assert x.tolist() == [1.0, 2.0]
    assert x._version == 0


def test_several_outputs_integers_and_constants() -> None:
    x, n = leaf([[1.0, 5.0], [3.0, 2.0]]), at.tensor([1, 0])

    def function(x: at.Tensor, n: at.Tensor, scale: float) -> Any:
        values, places = x.max(1)
        return values * scale, places, x[n]

    assert at.gradcheck(function, (x, n, 2.0))
    assert at.gradgradcheck(function, (x, n, 2.0), gen_non_contig_grad_outputs=True)


def test_given_gradients() -> None:
    x = leaf([1.0, 2.0])
    assert at.gradgradcheck(lambda x: x**3, x, at.tensor([0.5, -1.0], dtype=at.float64))


def test_a_missing_gradient_that_is_no_zero_is_found() -> None:
    class Counts(at.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.set_materialize_grads(False)
            return x * 1, x * 2

        @staticmethod
        def backward(ctx: Any, a: Any, b: Any) -> Any:
            if a is None:
                return b * 2
            return a if b is None else a + 3 * b

    x = leaf([1.0])
    with pytest.raises(at.GradcheckError, match="instead of zeros"):
        at.gradcheck(Counts.apply, x)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.detach() * 2,
        lambda x: x.sum().item() * at.ones(1),
        lambda x: at.from_numpy(x.detach().numpy() ** 2),
        lambda x: (at.ones(1), x[1:].detach()),
    ],
)
def test_what_depends_on_the_inputs_by_no_graph_is_found(function: Any) -> None:
    x = leaf([1.0, 2.0])
    with pytest.raises(at.GradcheckError, match=r"no output requires grad, but output . .*depends"):
        at.gradcheck(function, x)
    assert not at.gradcheck(function, x, raise_exception=False)
    assert x.tolist() == [1, 2]


@pytest.mark.parametrize(
    "function",
    [
        lambda x: at.ones(2),
        lambda x: x.sign().detach(),
        lambda x: x.argmax(),
        lambda x: (x * 2, x.detach() * 2),
        lambda x: (),
    ],
)
def test_constants_have_no_derivative(function: Any) -> None:
    assert at.gradcheck(function, leaf([1.0, 2.0]))
    assert at.autograd.gradgradcheck(function, leaf([1.0, 2.0]))


def test_an_output_must_keep_its_shape() -> None:
    x = leaf([0.5, 0.2])
    for function in (lambda x: x[x >= 0.5], lambda x: x[x >= 0.5].detach()):
        with pytest.raises(at.GradcheckError, match=r"shapes of the outputs change .* input\[0\]"):
            at.gradcheck(function, x)
    with pytest.raises(at.GradcheckError, match="shapes of the outputs change"):
        at.gradcheck(lambda x: (x * 2,) if x[0] >= 0.5 else (x * 2, x), x)
    assert x.tolist() == [0.5, 0.2]


def test_checks_that_there_are_not_are_refused() -> None:
    x = leaf([1.0, 2.0])
    checks: tuple[Any, ...] = (at.gradcheck, at.autograd.gradgradcheck)
    for name in ("check_grad_dtypes", "check_batched_grad", "fast_mode", "masked"):
        for check in checks:
            assert check(at.sin, x, **{name: True})
            assert check(at.sin, x, **{name: False})
    refused: list[tuple[Any, str, bool]] = [
        (at.gradcheck, "check_forward_ad", True),
        (at.gradcheck, "check_batched_forward_grad", True),
        (at.gradcheck, "check_backward_ad", False),
        (at.autograd.gradgradcheck, "check_fwd_over_rev", True),
        (at.autograd.gradgradcheck, "check_rev_over_rev", False),
    ]
    for check, name, value in refused:
        assert check(at.sin, x, **{name: not value})
        with pytest.raises(ValueError, match=f"{name} must be {not value}, got {value}"):
            check(at.sin, x, **{name: value})


def test_the_module_and_the_function_have_one_name() -> None:
    from autotensor.autograd.gradcheck import GradcheckError, gradcheck

    assert GradcheckError is at.GradcheckError
    assert gradcheck(at.sin, leaf([1.0]))
    assert at.autograd.gradcheck(at.sin, leaf([1.0]))
