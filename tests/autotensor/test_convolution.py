"""Convolutions and poolings against PyTorch, over random shapes and settings."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at

RANDOM = np.random.default_rng(20)

pytestmark = pytest.mark.usefixtures("convolved_in_all_ways")


def both(torch: Any, function: Any, *arrays: np.ndarray) -> None:
    """Value, gradient and second derivative of ``function(library functions, …)`` agree."""
    ours = [at.tensor(one, requires_grad=True) for one in arrays]
    theirs = [torch.tensor(one, requires_grad=True) for one in arrays]
    out, expected = function(at, *ours), function(torch.nn.functional, *theirs)
    assert out.shape == tuple(expected.shape)
    np.testing.assert_allclose(out.detach().numpy(), expected.detach().numpy(), atol=1e-10)
    seed = RANDOM.standard_normal(out.shape)
    # Squares make the first gradient depend on every argument in a way worth differentiating.
    first = at.grad((out * out * at.tensor(seed)).sum(), ours, create_graph=True)
    wanted = torch.autograd.grad(
        (expected * expected * torch.tensor(seed)).sum(), theirs, create_graph=True
    )
    for a, b in zip(first, wanted, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), atol=1e-9)
    second = at.grad(sum((one * one).sum() for one in first), ours)
    wanted = torch.autograd.grad(sum((one * one).sum() for one in wanted), theirs)
    for a, b in zip(second, wanted, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-7, atol=1e-7)
    ours = [at.tensor(one, requires_grad=True) for one in arrays]
    out = function(at, *ours)
    out.backward(2 * out.detach() * at.tensor(seed))
    for a, b in zip(ours, first, strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.detach().numpy(), atol=1e-9)


CONVOLUTIONS = [
    # ndim, sizes, kernel, stride, padding, dilation, groups, (in, out) channels per group
    (ndim, size, kernel, stride, padding, dilation, groups)
    for ndim, size, kernel in [
        (1, (9,), (3,)),
        (1, (4,), (1,)),
        (2, (7, 6), (3, 2)),
        (2, (5, 5), (5, 5)),
        (2, (6, 9), (1, 4)),
        (3, (4, 5, 3), (2, 3, 1)),
    ]
    for stride, padding, dilation, groups in [
        (1, 0, 1, 1),
        (2, 1, 1, 1),
        (1, 2, 1, 3),
        (3, 2, 1, 2),
        (1, 2, 2, 1),
        (2, 3, 2, 2),
    ]
]


@pytest.mark.parametrize(
    ("ndim", "size", "kernel", "stride", "padding", "dilation", "groups"), CONVOLUTIONS
)
def test_convolution(
    torch: Any,
    ndim: int,
    size: Any,
    kernel: Any,
    stride: int,
    padding: int,
    dilation: int,
    groups: int,
) -> None:
    if any(n + 2 * padding < dilation * (k - 1) + 1 for n, k in zip(size, kernel, strict=True)):
        pytest.skip("the window does not fit")
    for count, each, out in [(2, 2, 3), (5, 1, 1)]:
        x = RANDOM.standard_normal((count, each * groups, *size))
        w = RANDOM.standard_normal((out * groups, each, *kernel))
        b = RANDOM.standard_normal(out * groups)

        def convolve(library: Any, x: Any, w: Any, b: Any) -> Any:
            return getattr(library, f"conv{ndim}d")(x, w, b, stride, padding, dilation, groups)

        both(torch, convolve, x, w, b)


@pytest.mark.parametrize(
    ("ndim", "size", "kernel", "stride", "padding", "dilation", "groups"), CONVOLUTIONS
)
def test_transposed_convolution(
    torch: Any,
    ndim: int,
    size: Any,
    kernel: Any,
    stride: int,
    padding: int,
    dilation: int,
    groups: int,
) -> None:
    extra = min(1, max(stride, dilation) - 1)
    if any(
        (n - 1) * stride - 2 * padding + dilation * (k - 1) + 1 + extra < 1
        for n, k in zip(size, kernel, strict=True)
    ):
        pytest.skip("nothing would be left")
    x = RANDOM.standard_normal((2, 2 * groups, *size))
    w = RANDOM.standard_normal((2 * groups, 3, *kernel))
    b = RANDOM.standard_normal(3 * groups)

    def convolve(library: Any, x: Any, w: Any, b: Any) -> Any:
        function = getattr(library, f"conv_transpose{ndim}d")
        return function(x, w, b, stride, padding, extra, groups, dilation)

    both(torch, convolve, x, w, b)


@pytest.mark.parametrize(("padding", "dilation", "groups"), [(0, 1, 1), (2, 1, 2), (3, 2, 1)])
def test_many_channels(torch: Any, padding: int, dilation: int, groups: int) -> None:
    x = RANDOM.standard_normal((2, 17 * groups, 6, 5))
    w = RANDOM.standard_normal((4 * groups, 17, 3, 2))

    def convolve(library: Any, x: Any, w: Any) -> Any:
        return library.conv2d(x, w, None, 1, padding, dilation, groups)

    both(torch, convolve, x, w)


@pytest.mark.filterwarnings("ignore:Using padding='same'")  # PyTorch's, about its own speed
@pytest.mark.parametrize("padding", ["same", "valid", (1, 2)])
@pytest.mark.parametrize("kernel", [(3, 3), (2, 4), (1, 5)])
def test_padding_forms_and_single_items(torch: Any, padding: Any, kernel: Any) -> None:
    w = RANDOM.standard_normal((4, 3, *kernel))
    for shape in [(2, 3, 6, 9), (3, 6, 9)]:
        x = RANDOM.standard_normal(shape)
        both(torch, lambda lib, x, w: lib.conv2d(x, w, padding=padding, dilation=(1, 2)), x, w)


POOLINGS = list(
    itertools.product(
        [(1, (9,)), (2, (6, 7)), (3, (4, 5, 4))],
        [(2, None, 0), (3, 1, 1), (3, 2, 1), (2, 3, 1), (2, 3, 0)],
        [False, True],
    )
)


@pytest.mark.parametrize(("where", "setting", "ceil_mode"), POOLINGS)
def test_pooling(torch: Any, where: Any, setting: Any, ceil_mode: bool) -> None:
    ndim, size = where
    kernel, stride, padding = setting
    x = RANDOM.standard_normal((2, 3, *size))

    def largest(library: Any, x: Any) -> Any:
        function = getattr(library, f"max_pool{ndim}d")
        return function(x, kernel, stride, padding, ceil_mode=ceil_mode)

    def smallest(library: Any, x: Any) -> Any:
        if library is at:
            function = getattr(library, f"min_pool{ndim}d")
            return function(x, kernel, stride, padding, ceil_mode=ceil_mode)
        return -largest(library, -x)

    both(torch, largest, x)
    both(torch, smallest, x)
    both(torch, largest, np.round(x))  # with ties
    for include in (True, False):

        def average(library: Any, x: Any, include: bool = include) -> Any:
            function = getattr(library, f"avg_pool{ndim}d")
            return function(x, kernel, stride, padding, ceil_mode, include)

        both(torch, average, x)
    _, indices = getattr(at, f"max_pool{ndim}d")(
        at.tensor(x), kernel, stride, padding, ceil_mode=ceil_mode, return_indices=True
    )
    _, expected = getattr(torch.nn.functional, f"max_pool{ndim}d")(
        torch.tensor(x), kernel, stride, padding, ceil_mode=ceil_mode, return_indices=True
    )
    np.testing.assert_array_equal(indices.numpy(), expected.numpy())


def test_pooling_dilation_divisor_and_nan(torch: Any) -> None:
    x = RANDOM.standard_normal((2, 3, 8, 9))
    both(torch, lambda lib, x: lib.max_pool2d(x, (2, 3), 2, (1, 0), dilation=2), x)
    both(torch, lambda lib, x: lib.avg_pool2d(x, 3, 2, 1, divisor_override=5), x)
    both(torch, lambda lib, x: lib.avg_pool2d(x, (2, 3)), x[0])
    x[0, 0, 0, 1] = np.nan
    ours = at.max_pool2d(at.tensor(x), 2).numpy()
    np.testing.assert_array_equal(ours, torch.nn.functional.max_pool2d(torch.tensor(x), 2).numpy())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: at.conv2d(at.ones(1, 3, 8, 8), at.ones(6, 1, 5, 5)),
            r"conv2d: input has 3 channels but weight expects 1 \(.*weight shape \(6, 1, 5, 5\)\)",
        ),
        (lambda: at.conv2d(at.ones(1, 1, 3, 3), at.ones(1, 1, 5, 5)), "conv2d: the window of"),
        (lambda: at.conv2d(at.ones(8, 8), at.ones(1, 1, 5, 5)), "conv2d: input must have shape"),
        (lambda: at.conv2d(at.ones(1, 1, 8, 8), at.ones(1, 1, 5)), "weight must have 4 dim"),
        (
            lambda: at.conv2d(at.ones(1, 1, 8, 8).double(), at.ones(1, 1, 5, 5)),
            "same dtype, got input float64, weight float32; convert input with",
        ),
        (
            lambda: at.conv2d(at.ones(1, 1, 8, 8), at.ones(1, 1, 5, 5), at.ones(2)),
            r"bias must have shape \(1,\)",
        ),
        (
            lambda: at.conv2d(at.ones(1, 1, 8, 8), at.ones(1, 1, 5, 5), stride=2, padding="same"),
            "padding='same' needs stride 1",
        ),
        (lambda: at.conv1d(at.ones(1, 3, 4), at.ones(0, 3, 1)), r"got shape \(0, 3, 1\)"),
        (lambda: at.conv1d(at.ones(1, 3, 4), at.ones(4, 3, 0), padding=1), "one position in every"),
        (lambda: at.conv_transpose1d(at.ones(1, 3, 4), at.ones(3, 4, 0)), "one position in every"),
        (
            lambda: at.conv2d(at.ones(1, 3, 0, 4), at.ones(4, 3, 1, 1), padding=1),
            r"batch and channels .* at least one position, got shape \(1, 3, 0, 4\)",
        ),
        (lambda: at.conv_transpose1d(at.ones(1, 3, 0), at.ones(3, 4, 2)), "at least one position"),
        (lambda: at.max_pool2d(at.ones(1, 4, 4) > 0, 2), "max_pool2d: expected numbers, got dtype"),
        (lambda: at.max_pool2d(at.ones(1, 1, 8, 8), 2, padding=2), "at most half of the kernel"),
        (lambda: at.max_pool2d(at.ones(1, 1, 2, 2), 3), "max_pool2d: the window of"),
    ],
)
def test_refusals(call: Any, message: str) -> None:
    with pytest.raises((RuntimeError, ValueError, TypeError), match=message):
        call()


def test_view_of_a_result_in_another_memory_order() -> None:
    x = at.tensor(RANDOM.standard_normal((4, 2, 6, 6)), requires_grad=True)
    w = at.tensor(RANDOM.standard_normal((3, 2, 3, 3)))
    out = at.conv2d(x, w).tanh()
    assert not out.is_contiguous()
    flat = out.view(4, -1)
    np.testing.assert_array_equal(flat.detach().numpy(), out.detach().numpy().reshape(4, -1))
    flat.mul_(2.0)
    np.testing.assert_array_equal(flat.detach().numpy(), out.detach().numpy().reshape(4, -1))
    assert at.gradcheck(lambda x: at.conv2d(x, w).view(4, -1) ** 2, (x,))
    with pytest.raises(RuntimeError, match=r"view: .* use reshape"):
        at.ones(2, 3).t().view(6)


@pytest.mark.parametrize("grad", [True, False])
def test_pieces_of_the_output_have_views_as_in_pytorch(torch: ModuleType, grad: bool) -> None:
    values = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    weight = np.random.default_rng(1).normal(size=(6, 3, 1, 1))

    def heads(lib: Any) -> Any:
        x, w = (lib.tensor(one.tolist(), dtype=lib.float64) for one in (values, weight))
        with lib.set_grad_enabled(grad):
            out = lib.nn.functional.conv2d(x, w.requires_grad_())
            q, k, v = (one.view(2, 1, 2, 20) for one in out.chunk(3, dim=1))
            first, rest = out.split([2, 4], 1)
            out.mul_(2)  # all the others are views and see it
            return [one.detach().numpy() for one in (q, k, v, first, rest, out)]

    for mine, theirs in zip(heads(at), heads(torch), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12)
        assert mine.strides == theirs.strides


PARTS: dict[str, Callable[[Any], Any]] = {
    "a slice": lambda y: (y[:, 1:].view(4, -1), y.view(4, -1)),
    "one picture": lambda y: (y[1].view(-1), y.view(-1)),
    "narrow": lambda y: (y.narrow(1, 1, 2).view(4, 40), y.view(12, -1)),
    "select": lambda y: (y.select(0, 1).view(-1),),
    "unbind": lambda y: tuple(one.view(-1) for one in y.unbind(0)),
    "each in a loop": lambda y: tuple(one.view(-1) for one in y),
    "detached": lambda y: (y.detach().view(4, -1), y.view(4, -1)),
    "its data": lambda y: (y.data.view(-1), y.view(-1)),
}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_the_output_has_a_view_where_pytorch_s_has(torch: ModuleType, part: str) -> None:
    def seen(lib: Any) -> list[np.ndarray]:
        x = lib.arange(240, dtype=lib.float64).reshape(4, 3, 4, 5).requires_grad_()
        w = lib.eye(3, dtype=lib.float64)[[1, 2]].reshape(2, 3, 1, 1).repeat(2, 1, 1, 1)[:3]
        out = lib.nn.functional.conv2d(x, w)
        parts = PARTS[part](out)
        sum((one**2).sum() for one in (*parts, out)).backward()
        return [*(one.detach().numpy() for one in parts), x.grad.numpy()]

    for mine, theirs in zip(seen(at), seen(torch), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_the_output_has_the_view_that_a_copy_in_order_has(part: str) -> None:
    x = at.arange(240, dtype=at.float64).reshape(4, 3, 4, 5).requires_grad_()
    out = at.conv2d(x, at.eye(3, dtype=at.float64).reshape(3, 3, 1, 1))
    for one, copied in zip(PARTS[part](out), PARTS[part](x.clone()), strict=True):
        np.testing.assert_array_equal(one.detach().numpy(), copied.detach().numpy())


def test_pieces_of_an_array_in_another_order_still_share_its_memory() -> None:
    array = np.zeros((3, 4))
    piece, _ = at.from_numpy(array.T).chunk(2)
    piece.fill_(7)
    assert array.tolist() == [[7, 7, 0, 0]] * 3
    with pytest.raises(RuntimeError, match="cannot be seen as"):
        at.from_numpy(array.T).view(-1)
