"""Edges at which a formula, a dtype or a refusal is easily wrong; each expectation is by hand."""

from __future__ import annotations

import copy
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F

INF, NAN = math.inf, math.nan


def derivative(function: Callable[[at.Tensor], at.Tensor], *values: float) -> list[float]:
    x = at.tensor(values, requires_grad=True)
    function(x).sum().backward()
    assert x.grad is not None
    found: list[float] = x.grad.tolist()
    return found


@pytest.mark.parametrize(
    ("function", "values", "expected"),
    [
        (lambda y: at.pow(at.tensor(0.0), y), (-1.0, 0.0, 2.0), [-INF, 0.0, 0.0]),
        (lambda y: at.pow(0.0, y), (-1.0, 0.0, 2.0), [-INF, 0.0, 0.0]),
        (lambda y: 2.0**y, (3.0,), [8 * math.log(2)]),
        (lambda x: at.logaddexp(x, at.tensor(1.0)), (INF, -INF), [1.0, 0.0]),
        (lambda x: at.logaddexp(x, x), (INF, -INF, 2.0), [1.0, 1.0, 1.0]),
        (lambda x: at.logaddexp2(x, at.tensor(1.0)), (INF, -INF), [1.0, 0.0]),
        (at.logit, (-1.0, 0.5, 2.0), [NAN, 4.0, NAN]),
        (lambda x: x.clamp(1.0, 1.0), (0.0, 1.0, 2.0), [0.0, 1.0, 0.0]),
    ],
)
def test_derivatives_at_edges(
    function: Callable[[at.Tensor], at.Tensor], values: tuple[float, ...], expected: list[float]
) -> None:
    np.testing.assert_allclose(derivative(function, *values), expected, rtol=1e-6)


@pytest.mark.parametrize("correction", [2, 3])
def test_a_variance_without_degrees_of_freedom(correction: int) -> None:
    assert at.tensor([1.0, 2.0]).var(correction=correction).item() == INF
    assert math.isnan(at.tensor([1.0, 1.0]).var(correction=correction).item())


# -- dtypes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [float, "float", np.float64])
def test_float_is_double(dtype: Any) -> None:
    """Python's float has 64 bits, as in PyTorch; a float among data is of the default dtype."""
    assert at.zeros(1, dtype=dtype).dtype == at.float64
    assert at.ones(1).to(dtype=dtype).dtype == at.float64
    assert at.tensor([1], dtype=dtype).dtype == at.float64
    assert at.tensor([1.0]).dtype == at.float32


class Series:
    """Something that NumPy reads, as a column of a table is."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.array


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        ([np.int32(1)], at.int32),
        ([[np.int8(1)], [np.int8(2)]], at.int8),
        ([np.float64(1)], at.float64),
        ([np.float16(1), 2.0], at.float32),
        ([np.float16(1), 2], at.float16),
        ([np.bool_(True)], at.bool),
        ([at.tensor(1), 2.5], at.float32),
        ([at.tensor(1, dtype=at.int8)], at.int8),
        (Series(np.array([1.0, 2.0])), at.float64),
        (Series(np.array([1, 2], np.int16)), at.int16),
    ],
)
def test_data_that_knows_its_dtype_keeps_it(data: Any, dtype: np.dtype) -> None:
    assert at.tensor(data).dtype == dtype


def test_tensors_of_one_element_count_as_numbers() -> None:
    one, two = at.tensor([1.0]), at.tensor([[2.0]])
    assert at.tensor([one, two]).tolist() == [1.0, 2.0]
    assert at.tensor([[one], [two]]).shape == (2, 1)
    with pytest.raises(ValueError, match=r"one element only, got one of shape \(2,\)"):
        at.tensor([at.ones(2), at.ones(2)])


# -- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (TypeError, "flip: argument 'dims' is missing", lambda: at.ones(2).flip()),
        (
            RuntimeError,
            "grad: inputs is empty",
            lambda: at.grad(at.ones((), requires_grad=True), []),
        ),
        (
            TypeError,
            "set_detect_anomaly: mode must be a bool, got Tensor",
            lambda: at.set_detect_anomaly(at.ones(1)),  # type: ignore[arg-type]
        ),
        (ValueError, "set_num_threads", lambda: at.set_num_threads(2**100)),
        (TypeError, "generator must be a Generator", lambda: at.rand(2, generator=3)),  # type: ignore[arg-type]
        (TypeError, "addmm: input must be a Tensor", lambda: at.addmm(1, at.eye(2), at.eye(2))),
        (TypeError, "baddbmm", lambda: at.baddbmm(at.ones(1, 1, 1), 1, 2)),
    ],
)
def test_refused_at_the_door(
    error: type[Exception], message: str, call: Callable[[], object]
) -> None:
    threads = at.get_num_threads()
    with pytest.raises(error, match=message):
        call()
    assert at.get_num_threads() == threads
    assert not at.is_anomaly_enabled()


@pytest.mark.parametrize(
    ("mode", "recorded"), [(at.no_grad, False), (at.inference_mode, False), (at.enable_grad, True)]
)
def test_modes_decorate_with_and_without_parentheses(mode: Any, recorded: bool) -> None:
    def doubled(x: at.Tensor) -> at.Tensor:
        return x * 2

    x = at.ones(1, requires_grad=True)
    with at.set_grad_enabled(not recorded):
        assert mode(doubled)(x).requires_grad == recorded
        assert mode()(doubled)(x).requires_grad == recorded
        assert at.is_grad_enabled() == (not recorded)
    assert at.inference_mode(False)(doubled)(x).requires_grad


def test_a_copy_of_a_parameter_has_no_gradient() -> None:
    parameter = nn.Parameter(at.ones(2))
    parameter.sum().backward()
    copied = copy.deepcopy(parameter)
    assert copied.grad is None
    assert parameter.grad is not None
    assert copy.deepcopy(nn.Linear(2, 1)).weight.grad is None


# -- memory ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "compute",
    [
        lambda x: F.adaptive_avg_pool2d(x, 4),
        lambda x: F.adaptive_avg_pool2d(x, (None, None)),
        lambda x: F.interpolate(x, size=(4, 4)),
        lambda x: F.interpolate(x, scale_factor=1, mode="bilinear"),
        lambda x: F.pixel_shuffle(x, 1),
        lambda x: F.pixel_unshuffle(x, 1),
        lambda x: F.channel_shuffle(x, 1),
        lambda x: F.pad(x, (0, 0, -1, 0), mode="reflect"),
        lambda x: F.pad(x, (0, 0)),
        lambda x: x[0, 0, 0, 0].index_select(0, at.tensor([0])),
        lambda x: at.chain_matmul(x[0, 0]),
        lambda x: x.repeat(1, 1, 1, 1),
        lambda x: at.cat([x]),
    ],
)
def test_what_is_computed_has_memory_of_its_own(
    compute: Callable[[at.Tensor], at.Tensor],
) -> None:
    x = at.rand(2, 3, 4, 4)
    before = x.tolist()
    y = compute(x)
    y += 1
    assert x.tolist() == before


@pytest.mark.parametrize(
    "write", [lambda y: y.add_(1), lambda y: y.mul_(5), lambda y: y[0].zero_(), lambda y: y.relu_()]
)
def test_a_retained_gradient_is_that_of_what_was_written(
    write: Callable[[at.Tensor], object],
) -> None:
    """The gradient of y as it is now: whatever was written, its sum has the gradient 1."""
    x = at.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.retain_grad()
    write(y)
    y.sum().backward()
    assert y.grad is not None
    assert y.grad.tolist() == [1.0, 1.0]


def test_a_gradient_by_what_lies_before_a_freed_graph() -> None:
    x = at.tensor([2.0], requires_grad=True)
    y = x * x
    y.sum().backward()
    assert at.grad((3 * y).sum(), [y])[0].tolist() == [3.0]  # type: ignore[union-attr]
    with pytest.raises(RuntimeError, match="already used"):
        at.grad((3 * y).sum(), [x])


@pytest.mark.parametrize("sizes", [(2, 3), (1, 2, 3), (-1, 3)])
def test_what_is_not_stretched_may_be_written(sizes: tuple[int, ...]) -> None:
    x = at.zeros(2, 3)
    x.expand(*sizes).add_(1)
    assert x.tolist() == [[1.0] * 3] * 2
    with pytest.raises(RuntimeError, match="shares memory between its elements"):
        x.expand(2, 2, 3).add_(1)


def test_thousands_of_views_of_views() -> None:
    x = at.zeros(2, requires_grad=True)
    y = x * 1
    view = y
    for _ in range(3000):
        view = view.view(2)
    view.mul_(at.tensor([2.0, 3.0])).add_(1)
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [2.0, 3.0]


def test_gradcheck_moves_what_a_function_reaches_by_itself() -> None:
    model = nn.Linear(2, 1).double()
    x = at.rand(3, 2, dtype=at.float64)
    before = model.weight.tolist()
    assert at.gradcheck(lambda *_: model(x), tuple(model.parameters()))
    assert model.weight.tolist() == before


@pytest.mark.parametrize("name", ["amax", "amin", "max", "min"])
def test_ties_of_half_precision_are_counted(name: str) -> None:
    x = at.ones(70_000, dtype=at.float16).requires_grad_()
    getattr(x, name)().backward()
    assert x.grad is not None
    assert x.grad[0].item() == pytest.approx(1 / 70_000, rel=1e-2)


def test_means_of_thousands_in_half_precision() -> None:
    zero, ones = at.zeros(1, dtype=at.float16), at.ones(70_000, dtype=at.float16)
    index = at.zeros(70_000, dtype=at.int64)
    assert zero.scatter_reduce(0, index, ones, "mean", include_self=False).item() == 1
    assert zero.index_reduce(0, index, ones, "mean", include_self=False).item() == 1


def _written_by_a_closure() -> Any:
    total = at.zeros(2)

    def add_up(a: at.Tensor) -> at.Tensor:
        total[0] = total[0] + a
        return total.sum()

    return add_up, (at.arange(3.0),), 0, total


def _written_shared_argument() -> Any:
    total = at.zeros(())
    return (lambda a, b: b.add_(a)), (at.arange(3.0), total), (0, None), total


def _written_through_a_view() -> Any:
    total = at.zeros(2, 2)
    return (lambda a, b: b.data.T[0].mul_(0).add_(a)), (at.ones(3), total), (0, None), total


def _written_in_an_inner_vmap() -> Any:
    total = at.zeros(2)
    inner = lambda a, b: at.vmap(lambda one: one.add_(a))(b)  # noqa: E731
    return inner, (at.arange(3.0), total), (0, None), total


def _running_statistics() -> Any:
    norm = nn.BatchNorm1d(2)
    return norm, (at.randn(4, 5, 2),), 0, norm.running_mean


def _rows_that_are_shortened() -> Any:
    rows = nn.Embedding(5, 3, max_norm=0.1)
    return rows, (at.tensor([[0, 1], [0, 2]]),), 0, rows.weight


@pytest.mark.parametrize(
    "case",
    [
        _written_by_a_closure,
        _written_shared_argument,
        _written_through_a_view,
        _written_in_an_inner_vmap,
        _running_statistics,
        _rows_that_are_shortened,
    ],
)
def test_vmap_refuses_writes_to_what_samples_share(case: Any) -> None:
    function, arguments, in_dims, shared = case()
    before = shared.detach().clone()
    with pytest.raises(RuntimeError, match="a Tensor that the samples share"):
        at.vmap(function, in_dims)(*arguments)
    assert at.equal(shared.detach(), before)
    shared.detach().add_(1)  # outside of vmap it may be written


@pytest.mark.parametrize(
    "call",
    [
        lambda: at.chunk(2.5, 2),
        lambda: at.dot(at.ones(2), "a"),
        lambda: at.addr(at.ones(2, 2), at.ones(2), None),
        lambda: at.view_as(at.ones(2), 2),
        lambda: F.relu_(2),  # type: ignore[arg-type]
        lambda: F.mish(2.5, True),
        lambda: at.is_floating_point(2),
        *(
            lambda fill=fill: fill([1.0])
            for fill in (
                nn.init.zeros_,
                nn.init.ones_,
                nn.init.eye_,
                nn.init.dirac_,
                nn.init.kaiming_normal_,
                nn.init.xavier_uniform_,
            )
        ),
    ],
)
def test_what_is_no_tensor_is_refused(call: Callable[[], Any]) -> None:
    with pytest.raises(TypeError, match=r"Tensor, got (int|float|str|list|NoneType)"):
        call()


def test_vmap_lets_a_sample_write_what_is_its_own() -> None:
    def written(a: at.Tensor, b: at.Tensor) -> at.Tensor:
        own = b.clone()
        own[0] = a.mul_(2)
        return own.add_(1)

    batch = at.arange(3.0)
    found = at.vmap(written, (0, None))(batch, at.zeros(2))
    assert found.tolist() == [[1, 1], [3, 1], [5, 1]]
    assert batch.tolist() == [0, 2, 4]


@pytest.mark.parametrize(
    ("pool", "shape", "options"),
    [
        (F.adaptive_max_pool1d, (1, 2, 6), {"output_size": 3}),
        (F.adaptive_max_pool2d, (1, 2, 6, 6), {"output_size": 3}),
        (F.adaptive_max_pool3d, (2, 4, 4, 4), {"output_size": 2}),
        (F.fractional_max_pool2d, (1, 2, 6, 6), {"kernel_size": 2, "output_size": 3}),
        (F.max_pool2d, (1, 2, 6, 6), {"kernel_size": 2}),
    ],
)
def test_indices_that_were_returned_may_be_written(
    pool: Any, shape: tuple[int, ...], options: dict[str, Any]
) -> None:
    x = at.arange(float(np.prod(shape))).reshape(shape).requires_grad_()
    largest, indices = pool(x, return_indices=True, **options)
    expected = np.isin(x.detach().numpy(), largest.detach().numpy())
    indices.fill_(0)
    largest.sum().backward()
    assert x.grad is not None
    np.testing.assert_array_equal(x.grad.numpy(), expected)


def test_grad_of_what_is_no_leaf_warns() -> None:
    x = at.ones(2, requires_grad=True)
    y = x * 2
    with pytest.warns(UserWarning, match="no leaf .MulBackward0 made it.*retain_grad"):
        assert y.grad is None
    assert x.grad is None
    assert x.detach().grad is None
    y.retain_grad()
    assert y.grad is None
    y.sum().backward()
    assert y.grad is not None


@pytest.mark.parametrize("count", [6, 40_000])  # each with a way of its own
def test_relu_lets_no_nan_of_the_gradient_pass_where_it_is_0(count):
    x = at.tensor([-1.0, 2.0] * (count // 2), requires_grad=True)
    at.relu(x).backward(at.tensor([math.nan, -3.0] * (count // 2)))
    assert x.grad.tolist() == [0.0, -3.0] * (count // 2)


@pytest.mark.parametrize("name", ["exp", "sign", "sqrt", "sigmoid", "relu", "isnan", "abs"])
@pytest.mark.parametrize("value", [2, 2.0, True, None, "2", [2.0]])
def test_functions_of_one_argument_refuse_what_is_no_tensor(name, value):
    with pytest.raises(
        TypeError, match=rf"{name}: input must be a Tensor, got {type(value).__name__}"
    ):
        getattr(at, name)(value)


@pytest.mark.parametrize("wide", [at.float32, at.float64])
@pytest.mark.parametrize("shape", [(), (2,)])
def test_lerp_takes_a_wider_weight_s_dtype_only_among_tensors_without_dimensions(wide, shape):
    start, end = at.zeros(shape), at.ones(shape)
    found = at.lerp(start, end, at.tensor(0.1, dtype=wide))
    assert found.dtype == (at.float32 if shape else wide)
    assert np.array_equal(found.numpy(), np.full(shape, 0.1, found.numpy().dtype))


NUMBER = 0.75
OF_TWO = ["fmax", "fmin", "ldexp", "xlogy", "special.xlog1py", "atan2", "hypot", "pow", "maximum",
          "fmod", "remainder", "logaddexp", "copysign", "true_divide", "sub", "mul"]  # fmt: skip


@pytest.mark.parametrize("name", OF_TWO)
@pytest.mark.parametrize("first", [False, True], ids=["number last", "number first"])
def test_a_number_beside_a_tensor_has_the_derivatives_of_a_tensor_of_it(name, first):
    function = operator.attrgetter(name)(at)
    x = at.tensor([0.25, 0.75, 1.5], dtype=at.float64, requires_grad=True)

    def derivatives(other):
        y = function(other, x) if first else function(x, other)
        (slope,) = at.autograd.grad(y.sum(), x, create_graph=True)
        return y, slope, at.autograd.grad((slope * slope + 0 * x).sum(), x)[0]

    whole = at.full((3,), NUMBER, dtype=at.float64)
    for one, other in zip(derivatives(NUMBER), derivatives(whole), strict=True):
        np.testing.assert_array_equal(one.detach().numpy(), other.detach().numpy())


def test_a_fold_of_no_images() -> None:
    blocks = at.zeros(0, 12, 4, requires_grad=True)
    images = F.fold(blocks, (4, 4), (2, 2), stride=2)
    assert images.shape == (0, 3, 4, 4)
    assert at.grad(images.sum(), blocks)[0].shape == (0, 12, 4)
    assert nn.Fold((4, 4), 2, stride=2)(blocks).shape == (0, 3, 4, 4)
    assert F.unfold(images, 2, stride=2).shape == (0, 12, 4)


@pytest.mark.parametrize("kind", [at.float32, at.float64])
@pytest.mark.parametrize("mode", ["border", "reflection"])
@pytest.mark.parametrize("align", [True, False])
def test_the_nearest_pixel_of_no_place(kind: Any, mode: str, align: bool) -> None:
    image = at.arange(5.0, 14.0, dtype=kind).reshape(1, 1, 3, 3)
    grid = at.tensor([[[[NAN, 0.0], [0.0, NAN], [NAN, NAN]]]], dtype=kind)
    read = F.grid_sample(image, grid, mode="nearest", padding_mode=mode, align_corners=align)
    assert read.flatten().tolist() == [8, 6, 5]  # NaN counts as the first of a row or column
    if mode == "border":
        ends = at.tensor([[[[INF, -INF], [-INF, INF]]]], dtype=kind)
        read = F.grid_sample(image, ends, mode="nearest", padding_mode=mode, align_corners=align)
        assert read.flatten().tolist() == [7, 11]


@pytest.mark.parametrize("value", [INF, -INF, NAN, 1e30])
@pytest.mark.parametrize("kind", [at.int64, at.int32, at.uint8])
def test_padding_that_does_not_fit_is_refused(value: float, kind: Any) -> None:
    with pytest.raises(RuntimeError, match=r"pad: .* does not fit in dtype"):
        F.pad(at.zeros(2, dtype=kind), (1, 1), value=value)
    assert F.pad(at.zeros(1, dtype=kind), (1, 0), value=2.5).tolist() == [2, 0]
    assert F.pad(at.zeros(1), (1, 0), value=INF).tolist() == [INF, 0]


def test_gamma_far_on_the_left_has_poles_only() -> None:
    """From -2^52 on all numbers are whole."""
    x = at.tensor([-1.7e308, -1e306, -(2.0**60), -(2.0**52), -INF], dtype=at.float64)
    assert at.lgamma(x).tolist() == [INF] * 5
    assert at.special.gammaln(x.float()).tolist() == [INF] * 5
    half = at.lgamma(at.tensor(-(2.0**51) - 0.5, dtype=at.float64)).item()
    # ln π - ln Γ(n) by Stirling, n = 2^51 + 3/2
    n = 2.0**51
    assert half == pytest.approx(-n * math.log(n) + n, rel=1e-13)


# -- numbers in the place of Tensors ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: at.add(2, 3), at.tensor(5)),
        (lambda: at.add(2, 3, alpha=2), at.tensor(8)),
        (lambda: at.add(True, 2), at.tensor(3)),
        (lambda: at.add(True, True), at.tensor(True)),
        (lambda: at.subtract(2.5, 3), at.tensor(-0.5)),
        (lambda: at.multiply(2, 3.5), at.tensor(7.0)),
        (lambda: at.floor_divide(-7, 2), at.tensor(-4)),
        (lambda: at.div(7, 2), at.tensor(3.5)),
        (lambda: at.true_divide(7, 0), at.tensor(INF)),
        (lambda: at.div(-7, 2, rounding_mode="floor"), at.tensor(-4)),
        (lambda: at.div(-7, 2, rounding_mode="trunc"), at.tensor(-3)),
    ],
)
def test_arithmetic_of_two_numbers_gives_a_tensor(
    call: Callable[[], at.Tensor], expected: at.Tensor
) -> None:
    found = call()
    assert isinstance(found, at.Tensor)
    assert found.dtype == expected.dtype
    assert found.item() == expected.item()


@pytest.mark.parametrize(
    "name",
    [
        "pow", "remainder", "fmod", "eq", "ge", "maximum", "fmax", "hypot", "copysign", "gcd",
        "logical_or", "bitwise_or", "xlogy", "special.zeta", "special.xlog1py", "where", "igamma",
    ],
)  # fmt: skip
def test_two_numbers_are_refused_elsewhere(name: str) -> None:
    function = operator.attrgetter(name)(at)
    given = (True, 2, 3) if name == "where" else (2, 3)
    with pytest.raises(TypeError, match=r"must be a Tensor, got (int|bool)"):
        function(*given)


def test_where_of_two_numbers_by_uint8_gives_a_tensor() -> None:
    with pytest.warns(UserWarning, match="use bool"):
        found = at.where(at.tensor([1, 0], dtype=at.uint8), 1, 2)
    assert isinstance(found, at.Tensor)
    assert found.tolist() == [1, 2]


def test_clone_of_a_number_is_refused() -> None:
    with pytest.raises(TypeError, match="clone: input must be a Tensor, got float"):
        at.clone(2.0)


MASK = at.tensor([True, False])


@pytest.mark.parametrize(
    ("call", "dtype"),
    [
        (lambda: at.ones(2).clamp(min=np.float64(2)), at.float32),
        (lambda: at.ones(2, dtype=at.float16).clamp(min=np.int64(2)), at.float16),
        (lambda: at.ones(2, dtype=at.uint8).clamp_max(np.int32(2)), at.uint8),
        (lambda: at.clip(at.ones(2), np.float32(0), np.float64(3)), at.float32),
        (lambda: at.ones(2, dtype=at.int64).clamp_min(np.float64(0.5)), at.float32),
        (lambda: at.ones(2).logit(eps=np.float64(0.1)), at.float32),
        (lambda: F.rrelu(-at.ones(2), np.float64(0.1), np.float64(0.2)), at.float32),
        (lambda: at.where(MASK, at.tensor([1, 2]), np.float64(2)), at.float32),
        (lambda: at.where(MASK, np.float64(1), np.float64(2)), at.float32),
        (lambda: at.where(MASK, np.int32(1), np.int32(2)), at.int64),
        (lambda: at.full((2,), np.sqrt(2.0)), at.float32),
        (lambda: at.full((2,), np.float16(1)), at.float32),
        (lambda: at.full((2,), np.uint8(1)), at.int64),
    ],
)
def test_a_scalar_of_numpy_is_a_number(call: Callable[[], at.Tensor], dtype: Any) -> None:
    """Its dtype promotes nothing: ``np.mean(…)`` as a bound leaves float32 as it is."""
    assert call().dtype == dtype


# -- a weight of 0 keeps NaN and infinity out ------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "edge_order", "expected"),
    [
        ([1.0, 2.0, INF, 4.0, 5.0], 1, [1.0, INF, 1.0, -INF, 1.0]),
        ([1.0, NAN, 3.0], 1, [NAN, 1.0, NAN]),
        ([1.0, 2.0, NAN, 4.0, 5.0], 2, [NAN, NAN, 1.0, NAN, NAN]),
    ],
)
def test_a_slope_inside_does_not_ask_for_the_place_itself(
    values: list[float], edge_order: int, expected: list[float]
) -> None:
    (slopes,) = at.gradient(at.tensor(values), edge_order=edge_order)
    np.testing.assert_array_equal(slopes.array, expected)
    grid = at.stack([at.tensor(values)] * 2)
    (slopes,) = at.gradient(grid, spacing=0.5, dim=1, edge_order=edge_order)
    np.testing.assert_array_equal(slopes.array, 2 * np.stack([expected] * 2))


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("addmm", [(2, 3), (2, 4), (4, 3)]),
        ("addmv", [(2,), (2, 4), (4,)]),
        ("addr", [(2, 3), (2,), (3,)]),
        ("addbmm", [(2, 3), (5, 2, 4), (5, 4, 3)]),
        ("baddbmm", [(5, 2, 3), (5, 2, 4), (5, 4, 3)]),
    ],
)
def test_a_product_times_0_is_0(name: str, shapes: list[tuple[int, ...]]) -> None:
    x, one, two = (
        at.full(shape, fill) for shape, fill in zip(shapes, (3.0, NAN, INF), strict=True)
    )
    added = getattr(at, name)
    assert at.equal(added(x, one, two, alpha=0), x)
    assert at.equal(added(x, one, two, alpha=0.0, beta=2), 2 * x)
    assert at.equal(added(one.sum().expand(x.shape), one, two, alpha=0, beta=0), 0 * x)
    whole = [one.nan_to_num(1, 1).long() for one in (x, one, two)]
    assert at.equal(added(*whole, alpha=0), whole[0])
    one.fill_(1.0).requires_grad_()
    added(x, one, two.fill_(1.0), alpha=0).sum().backward()
    assert one.grad is not None
    assert at.equal(one.grad, at.zeros(shapes[1]))


# -- what a message names --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["std", "var", "std_mean", "var_mean", "count_nonzero"])
def test_a_refused_dim_names_the_function(name: str) -> None:
    with pytest.raises(TypeError, match=f"^{name}: dim must be an int"):
        getattr(at, name)(at.ones(3), dim="a")


def test_scalars_of_numpy_are_searched_and_ranks() -> None:
    edges = at.tensor([1.0, 2.0])
    assert at.searchsorted(edges, np.int64(2)).item() == 1
    assert at.bucketize(np.float32(1.5), edges).item() == 1
    assert at.quantile(edges, np.float32(0.5)).item() == 1.5
    assert at.nanquantile(edges, np.float16(0.5)).item() == 1.5


@pytest.mark.parametrize(
    "difference",
    [
        lambda mask: 1 - mask, lambda mask: mask - 1, lambda mask: 1.5 - mask,
        lambda mask: at.ones(2) - mask, lambda mask: mask - at.ones(2), lambda mask: mask - mask,
        lambda mask: mask.int() - True, lambda mask: at.rsub(mask, 1), lambda mask: mask.sub_(True),
    ],
)  # fmt: skip
def test_bools_have_no_difference(difference: Callable[[at.Tensor], at.Tensor]) -> None:
    with pytest.raises(RuntimeError, match="sub: not defined for"):
        difference(at.tensor([True, False]))


@pytest.mark.parametrize("name", ["sum", "nansum", "prod", "cumsum", "cumprod"])
@pytest.mark.parametrize("dtype", [at.int64, at.bool])
def test_a_dtype_without_derivatives_does_not_end_a_gradient_silently(
    name: str, dtype: Any
) -> None:
    x = at.ones(2, requires_grad=True)
    along = (0,) if name.startswith("cum") else ()
    with pytest.raises(RuntimeError, match=f"{name}: a result of dtype .* has no derivative"):
        getattr(at, name)(x, *along, dtype=dtype)
    with at.no_grad():
        assert getattr(at, name)(x, *along, dtype=at.int64).dtype == at.int64


@pytest.mark.parametrize("moments", [at.std, at.var, at.std_mean, at.var_mean])
def test_moments_take_one_correction(moments: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="unbiased and correction must not both be given"):
        moments(at.ones(3), unbiased=True, correction=0)
