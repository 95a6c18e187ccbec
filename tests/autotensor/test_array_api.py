"""The array API standard's namespace on Tensors: what differs from the operators behind it."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor import array_api as xp
from autotensor.array_api.info import LEFT_OUT
from tests.tools import array_api_table as table

DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float32", "float64")


def ones(dtype: str, ndim: int) -> Any:
    return xp.ones((1,) * ndim, dtype=getattr(xp, dtype))


# -- the namespace ---------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [None, "2022.12", "2024.12", "2025.12"])
def test_a_tensor_names_the_namespace(version: str | None) -> None:
    assert at.ones(2).__array_namespace__(api_version=version) is xp
    assert at.nn.Parameter(at.ones(2)).__array_namespace__() is xp


def test_a_version_that_there_is_not() -> None:
    with pytest.raises(ValueError, match=r"__array_namespace__: api_version .* got '2019\.12'"):
        at.ones(2).__array_namespace__(api_version="2019.12")


def test_everything_of_the_standard_is_here_or_left_out_for_a_reason() -> None:
    listed = table.names()
    top = {name for name in listed if "." not in name}
    assert set(xp.__all__) - {"linalg"} == top - LEFT_OUT.keys()
    assert {f"linalg.{name}" for name in xp.linalg.__all__} == {
        name for name in listed if name.startswith("linalg.") and name not in LEFT_OUT
    }
    for name in listed:
        if name.startswith("array."):
            assert hasattr(at.ones(2, 2), name.removeprefix("array.")), name
        elif table.is_here(name) and name in top:
            assert hasattr(xp, name)
        elif name in top:
            assert not hasattr(xp, name)


@pytest.mark.parametrize("name", [one for one in LEFT_OUT if "." not in one])
def test_what_is_left_out_says_why(name: str) -> None:
    with pytest.raises(AttributeError, match=rf"has no attribute '{name}': .*(complex|unsigned)"):
        getattr(xp, name)


def test_a_part_of_linalg_that_is_left_out_says_why() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'eig': .*use eigh"):
        xp.linalg.eig  # type: ignore[attr-defined]


def test_the_namespace_tells_of_itself() -> None:
    info = xp.__array_namespace_info__()
    assert info.default_dtypes()["real floating"] is at.float32
    assert sorted(info.dtypes()) == sorted(DTYPES)
    assert list(info.dtypes(kind=("bool", "unsigned integer"))) == ["uint8", "bool"]
    assert info.dtypes(kind="complex floating") == {}
    assert info.devices() == (info.default_device(),) == (at.device("cpu"),)
    deep = info.capabilities()["max dimensions"]
    assert xp.zeros((1,) * deep).ndim == deep
    with pytest.raises(ValueError, match="kind 'real' is unknown"):
        info.dtypes(kind="real")


# -- dtypes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("one", "other"), list(itertools.product(DTYPES, DTYPES)))
def test_dtypes_of_one_kind_are_promoted_whatever_the_dimensions(one: str, other: str) -> None:
    kinds = {np.dtype(dtype).kind.replace("u", "i") for dtype in (one, other)}
    if len(kinds) > 1:
        return  # which the standard leaves open
    expected = np.promote_types(one, other)
    for left, right in itertools.product((0, 1, 2), repeat=2):
        x, y = ones(one, left), ones(other, right)
        assert xp.result_type(x, y) == xp.result_type(x.dtype, y.dtype) == expected
        assert xp.where(ones("bool", 0), x, y).dtype == expected
        assert xp.maximum(x, y).dtype == expected
        assert xp.concat([x, y], axis=None).dtype == expected


def test_numbers_widen_nothing() -> None:
    assert xp.add(ones("int8", 1), 100).dtype == xp.multiply(100, ones("int8", 0)).dtype == at.int8
    assert xp.add(ones("float32", 1), 1e-9).dtype == at.float32
    with pytest.raises(RuntimeError, match=r"add: .*300 does not fit in dtype int8"):
        xp.add(ones("int8", 1), 300)
    with pytest.raises(TypeError, match="add: at least one must be a Tensor"):
        xp.add(1, 2)


def test_operators_of_python_promote_as_pytorch() -> None:
    """The first of the conflicts that the page names."""
    x, y = at.ones(2), at.tensor(1.0, dtype=at.float64)
    assert (x + y).dtype == at.float32
    assert xp.add(x, y).dtype == at.float64


def test_every_conflict_that_the_page_names_is_one() -> None:
    x = at.arange(3)
    assert callable(x.size)
    with pytest.raises(ValueError, match="step"):
        x[::-1]
    assert xp.sum(xp.astype(x, at.uint8)).dtype == at.int64
    assert (x == None) is False  # noqa: E711
    assert len(table.CONFLICTS) == 5  # with operators of Python, above


# -- gradients -------------------------------------------------------------------------------------

SMOOTH = """
    abs asin atan cos cosh exp expm1 log log1p log2 log10 negative reciprocal sin sinh sqrt square
    tan tanh acos asinh atanh positive
""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_pass_functions_of_elements(name: str) -> None:
    x = at.tensor([0.2, 0.5, 0.7], dtype=at.float64, requires_grad=True)
    assert at.gradcheck(getattr(xp, name), x)


@pytest.mark.parametrize(
    "name",
    ["add", "subtract", "multiply", "divide", "pow", "atan2", "hypot", "logaddexp", "maximum"],
)
def test_gradients_find_back_through_promotion(name: str) -> None:
    x = at.tensor([[0.2], [0.7]], dtype=at.float64, requires_grad=True)
    y = at.tensor(0.5, requires_grad=True)
    function = getattr(xp, name)
    function(x, y).sum().backward()
    step = 2.0**-12
    moved = [function(x.detach(), y.detach() + one).sum().item() for one in (step, -step)]
    assert y.grad is not None
    assert y.grad.dtype == at.float32
    assert y.grad.item() == pytest.approx((moved[0] - moved[1]) / (2 * step), rel=1e-4)


REDUCED: dict[str, Any] = {
    "sum": lambda x: xp.sum(x, axis=(0, -1)),
    "mean": lambda x: xp.mean(x, axis=()),
    "var": lambda x: xp.var(x, axis=1, correction=0.5),
    "std": lambda x: xp.std(x, keepdims=True),
    "prod": lambda x: xp.prod(x, axis=(0, 1)),
    "max": lambda x: xp.max(x, axis=1),
    "cumulative_sum": lambda x: xp.cumulative_sum(x, axis=1, include_initial=True),
    "clip": lambda x: xp.clip(x, xp.asarray(0.3), 0.8),
    "take": lambda x: xp.take(x, xp.asarray([-1, 0, -1]), axis=0),
    "take_along_axis": lambda x: xp.take_along_axis(x, xp.asarray([[-1, 0]]), axis=1),
    "sort": lambda x: xp.sort(x, descending=True, axis=0),
    "unique_values": xp.unique_values,
    "where": lambda x: xp.where(x > 0.4, x, 1),
    "repeat": lambda x: xp.repeat(x, 2, axis=0),
    "solve": lambda x: xp.linalg.solve(x[:, :2] + 2 * xp.eye(2), x[:, 2]),
    "vecdot": lambda x: xp.vecdot(x, x[0]),
    "vector_norm": lambda x: xp.linalg.vector_norm(x, axis=0, ord=3),
    "trace": lambda x: xp.linalg.trace(x, offset=1),
    "cross": lambda x: xp.linalg.cross(x, x[0]),
    "asarray": lambda x: xp.asarray([x[0, 0], [x[1, 1], 2.0]][0:1]),
    "linspace and meshgrid": lambda x: xp.multiply(*xp.meshgrid(x[0], x[1])),
}


@pytest.mark.parametrize("name", REDUCED)
def test_gradients_pass_the_other_functions(name: str) -> None:
    values = [[0.2, 0.55, 0.7], [0.9, 0.35, 0.6]]
    assert at.gradcheck(REDUCED[name], at.tensor(values, dtype=at.float64, requires_grad=True))


def test_asarray_keeps_the_graph_of_what_stands_in_lists() -> None:
    x = at.tensor([1.0, 2.0], requires_grad=True)
    y = xp.asarray([[x[0], 3.0], [x[1], x[1]]], dtype=at.float64)
    (y * y).sum().backward()
    assert y.tolist() == [[1.0, 3.0], [2.0, 2.0]]
    assert x.grad is not None
    assert x.grad.tolist() == [2.0, 8.0]
    assert xp.asarray(x) is x
    assert xp.asarray(x, dtype="float64").dtype == at.float64
    copy = xp.asarray(x, copy=True)
    assert copy.requires_grad
    assert copy.data_ptr() != x.data_ptr()


# -- arguments -------------------------------------------------------------------------------------


def test_no_axes_are_none_and_not_all() -> None:
    x = at.tensor([[1.0, 2.0], [3.0, 0.0]])
    for name in ("sum", "prod", "max", "min", "mean"):
        assert xp.equal(getattr(xp, name)(x, axis=()), x).all()
    assert xp.sum(x, axis=np.int64(0)).tolist() == xp.sum(x, axis=[0]).tolist() == [4.0, 2.0]
    assert xp.var(x, axis=()).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert xp.any(x, axis=()).tolist() == [[True, True], [True, False]]
    assert xp.count_nonzero(x, axis=()).tolist() == [[1, 1], [1, 0]]


def test_memory_is_shared_or_not_as_is_said() -> None:
    array = np.zeros(3)
    assert xp.asarray(array, copy=False).data_ptr() == array.ctypes.data
    assert xp.asarray(array, copy=True).data_ptr() != array.ctypes.data
    x = at.arange(6)
    assert xp.reshape(x, (2, 3), copy=False).data_ptr() == x.data_ptr()
    assert xp.reshape(x, (2, 3), copy=True).data_ptr() != x.data_ptr()
    assert xp.astype(x, at.int64, copy=False) is x
    assert xp.astype(x, "float64").dtype == at.float64
    assert xp.astype(x, at.int64).data_ptr() != x.data_ptr()
    with pytest.raises(ValueError, match="reshape: copy=False"):
        xp.reshape(x.reshape(2, 3).T, (6,), copy=False)
    for impossible in ([1.0], [x, x]):
        with pytest.raises(ValueError, match="asarray: copy=False"):
            xp.asarray(impossible, copy=False)
    with pytest.raises(ValueError, match="asarray: copy=False, but int64 cannot become float32"):
        xp.asarray(x, dtype=at.float32, copy=False)


def test_limits_of_integers_may_lie_outside_their_dtype() -> None:
    x = at.tensor([-100, 0, 100], dtype=at.int8)
    assert xp.clip(x, -1000, 1000).tolist() == [-100, 0, 100]
    clipped = xp.clip(x, at.tensor(-1000), at.tensor(50))
    assert clipped.tolist() == [-100, 0, 50]
    assert clipped.dtype == at.int8
    assert xp.clip(x).tolist() == x.tolist()


def test_a_stack_of_vectors_is_a_matrix_to_solve() -> None:
    """Where PyTorch takes ``(2, 2)`` for a vector for each of two matrices."""
    A = xp.asarray(np.stack([np.eye(2), 2 * np.eye(2)]))
    B = xp.asarray(np.arange(4.0).reshape(2, 2))
    assert xp.linalg.solve(A, B).tolist() == [[[0.0, 1.0], [2.0, 3.0]], [[0.0, 0.5], [1.0, 1.5]]]
    assert at.linalg.solve(A, B).shape == (2, 2)


def test_every_nan_is_one_of_its_own() -> None:
    found = xp.unique_all(at.tensor([[np.nan, 1.0], [np.nan, 1.0]]))
    assert found.counts.tolist() == [2, 1, 1]
    assert found.indices.tolist() == [1, 0, 2]
    assert found.inverse_indices.tolist() == [[1, 0], [2, 0]]
    empty = xp.unique_all(xp.zeros((0, 2)))
    assert [tuple(one.shape) for one in empty] == [(0,), (0,), (0, 2), (0,)]


REFUSED: list[tuple[Any, type[Exception], str]] = [
    (lambda: xp.sin(np.ones(2)), TypeError, r"sin: x must be a Tensor, got ndarray"),
    (lambda: xp.add(at.ones(2), np.ones(2)), TypeError, r"add: x2 must be a Tensor or a number"),
    (lambda: xp.add(at.ones(2), "1"), TypeError, r"add: x2 must be a Tensor or a number, got str"),
    (lambda: xp.add(at.ones(2), 1j), TypeError, r"add: x2 must be a Tensor or a number"),
    (lambda: xp.sin(x=at.ones(2)), TypeError, "sin"),  # type: ignore[call-arg]
    (lambda: xp.sum(at.ones(2), 0), TypeError, "sum"),  # type: ignore[misc]
    (lambda: xp.sum(at.ones(2), dim=0), TypeError, "sum: unexpected keyword argument 'dim'"),  # type: ignore[call-arg]
    (lambda: xp.sin(at.ones(2), out=at.ones(2)), TypeError, "sin: .*'out'"),  # type: ignore[call-arg]
    (lambda: xp.zeros(2, device="cuda"), RuntimeError, "zeros: .*CPU"),
    (lambda: xp.asarray(1j), TypeError, "complex"),
    (lambda: xp.nonzero(at.tensor(3)), ValueError, "nonzero: x has no dimensions"),
    (lambda: xp.squeeze(at.ones(2, 3), 0), ValueError, r"squeeze: dimension 0 of shape \(2, 3\)"),
    (lambda: xp.expand_dims(at.ones(2), (0, 0)), ValueError, "a place appears twice"),
    (lambda: xp.expand_dims(at.ones(2), 3), IndexError, "expand_dims: dim 3 is out of range"),
    (lambda: xp.broadcast_shapes((2,), (3,)), ValueError, "broadcast_shapes"),
    (lambda: xp.concat([]), TypeError, "concat: expected a non-empty list"),
    (lambda: xp.result_type(), TypeError, "result_type: at least one must be .* got nothing"),
    (lambda: xp.take(at.ones(2), at.ones(1)), TypeError, "take: indices must be of an integer"),
    (lambda: xp.take(at.ones(2), at.tensor([-3])), IndexError, "take: .*index -3 is out of bounds"),
    (lambda: xp.pow(at.tensor([2]), -1), RuntimeError, "pow: integers to negative"),
    (lambda: xp.equal(ones("uint8", 1), -1), RuntimeError, "equal: -1 does not fit in dtype uint8"),
    (lambda: xp.vecdot(at.ones(2), at.ones(2), axis=5), IndexError, "vecdot: dim 5"),
    (lambda: xp.linalg.cross(at.ones(3), at.ones(3), axis=1), IndexError, "cross: dim 1"),
    (lambda: xp.cumulative_sum(at.ones(2, 2)), ValueError, "cumulative_sum: .*say which"),
    (lambda: xp.take(at.ones(2, 2), at.tensor([0])), ValueError, "take: .*say which"),
    (lambda: xp.searchsorted(at.ones(2, 2), at.ones(2)), RuntimeError, "x1 must have one"),
    (lambda: xp.vecdot(at.ones(2), at.ones(3)), RuntimeError, "vecdot: shapes"),
    (lambda: xp.vecdot(at.ones(1), at.ones(3)), RuntimeError, "vecdot: shapes"),
    (lambda: xp.linalg.cross(at.ones(1), at.ones(3)), RuntimeError, "cross: shapes"),
    (lambda: xp.matrix_transpose(at.ones(3)), RuntimeError, "matrix_transpose: x must have"),
    (lambda: xp.meshgrid(at.ones(2), indexing="yx"), RuntimeError, "meshgrid: indexing must be"),
    (lambda: xp.isdtype(at.int8, "integer"), ValueError, "isdtype: kind 'integer' is unknown"),
    (lambda: xp.isdtype(at.int8, (("bool",),)), TypeError, "isdtype: a tuple must hold"),  # type: ignore[arg-type]
    (lambda: xp.finfo(at.int8), TypeError, "finfo: int8 is not a floating-point"),
    (lambda: xp.iinfo(at.float32), TypeError, "iinfo: float32 is not an integer"),
    (lambda: xp.max(xp.zeros((0,))), RuntimeError, "max: .*no largest"),
    (lambda: xp.arange(1, 2, 0), RuntimeError, "arange: step"),
    (lambda: at.ones(2).to_device("cuda"), RuntimeError, "to_device: .*CPU"),
    (lambda: at.ones(2).to_device("cpu", stream=1), RuntimeError, "to_device: the CPU has no"),
]


@pytest.mark.parametrize(("call", "kind", "words"), REFUSED)
def test_what_does_not_fit_is_refused(call: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        call()


def test_a_tensor_as_pythons_numbers() -> None:
    assert complex(at.tensor(2.5)) == 2.5
    assert complex(at.tensor([True])) == 1
    with pytest.raises(RuntimeError, match="2 elements"):
        complex(at.ones(2))
    x = at.ones(2, requires_grad=True)
    assert x.to_device(at.device("cpu")) is x
