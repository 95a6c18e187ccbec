"""How NumPy's functions treat Tensors: views, writes, refusals, what worked before, the cost."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import autotensor as at

# -- views and writes ------------------------------------------------------------------------------

VIEWS = {
    "reshape": lambda x: np.reshape(x, (3, 2)), "ravel": np.ravel, "transpose": np.transpose,
    "moveaxis": lambda x: np.moveaxis(x, 0, 1), "swapaxes": lambda x: np.swapaxes(x, 0, 1),
    "squeeze": lambda x: np.squeeze(x[None]), "expand_dims": lambda x: np.expand_dims(x, 0),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 2, 3)), "split": lambda x: np.split(x, 2)[1],
    "atleast_3d": np.atleast_3d, "diagonal": np.diagonal, "hsplit": lambda x: np.hsplit(x, 3)[0],
    "array_split": lambda x: np.array_split(x, 2)[0], "real": lambda x: np.real(x[:1]),
    "unstack": lambda x: np.unstack(x)[0], "rollaxis": lambda x: np.rollaxis(x, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in VIEWS if hasattr(np, name)])
def test_a_view_has_the_history_of_its_base(name: str) -> None:
    """What is written through the one is seen, with its gradient, through the other."""
    x = at.zeros(2, 3)
    view = VIEWS[name](x)
    assert np.shares_memory(view, x)
    scale = at.tensor(2.0, requires_grad=True)
    x.add_(scale)
    assert view.requires_grad
    view.sum().backward()
    assert scale.grad.item() == view.numel()


def test_what_is_no_view_shares_nothing() -> None:
    x = at.tensor([[1.0, 2.0], [3.0, 4.0]])
    for result in (
        np.flip(x),
        np.rot90(x, 4),
        np.sort(x),
        np.nan_to_num(x),
        np.copy(x),
        np.tril(x),
    ):
        assert not np.shares_memory(result, x)


def test_writing_functions_carry_gradients() -> None:
    for write in (
        lambda x, v: np.copyto(x, v), lambda x, v: np.copyto(x, v, where=[True, False, True]),
        lambda x, v: np.put(x, [0, 2], v), lambda x, v: np.place(x, x > 1, v),
        lambda x, v: np.putmask(x, x > 1, v),
        lambda x, v: np.put_along_axis(x, np.array([1, 0]), v[:2], axis=0),
    ):  # fmt: skip
        start, values = np.array([0.5, 2.0, 3.0]), np.array([5.0, 6.0, 7.0])
        expected = start.copy()
        write(expected, values)

        def written(v: Any, s: Any, write: Any = write) -> Any:
            x = s * 1
            write(x, v)
            return x

        given = [at.tensor(one, requires_grad=True) for one in (values, start)]
        np.testing.assert_array_equal(written(*given).detach().numpy(), expected)
        assert at.gradcheck(written, given)
        x = at.tensor(start)
        write(x, at.tensor(values))
        np.testing.assert_array_equal(x.numpy(), expected)
        with pytest.raises(TypeError, match=r"np\.\w+: .* an ndarray keeps none"):
            write(start, given[0])
        np.testing.assert_array_equal(start, [0.5, 2, 3])
    m = at.zeros(3, 3)
    d = at.tensor([1.0, 2.0, 3.0], requires_grad=True)
    np.fill_diagonal(m, d)
    (m * m).sum().backward()
    assert d.grad.tolist() == [2, 4, 6]


def test_a_leaf_is_not_written_and_stale_values_are_noticed() -> None:
    leaf = at.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="leaf"):
        np.copyto(leaf, np.zeros(3))
    kept = at.ones(3)
    y = (leaf * kept).sum()
    np.putmask(kept, kept > 0, 5.0)
    assert kept.tolist() == [5, 5, 5]
    with pytest.raises(RuntimeError, match="modified"):
        y.backward()


def test_out_is_honoured_or_refused() -> None:
    x, out = at.tensor([[1.0, 2.0], [3.0, 4.0]]), at.zeros(2)
    assert np.sum(x, axis=0, out=out) is out
    assert out.tolist() == [4, 6]
    assert np.sum(x, 0, None, out) is out
    array = np.zeros(2)
    assert np.mean(x, axis=1, out=array) is array
    assert array.tolist() == [1.5, 3.5]
    assert np.concatenate([out, out], out=at.zeros(4)).tolist() == [4, 6, 4, 6]
    w = at.ones(2, 2, requires_grad=True)
    for call in (
        lambda: np.sum(w, axis=0, out=np.zeros(2)), lambda: np.sum(w, 0, None, out),
        lambda: np.argmax(x, 0, w), lambda: np.sum(x, axis=0, out=w),
    ):  # fmt: skip
        with pytest.raises(TypeError, match=r"np\.\w+: .* out= keeps none"):
            call()
    assert out.tolist() == [4, 6]


# -- refusals and errors ---------------------------------------------------------------------------

REFUSED = {
    "np.fft.fft": lambda w: np.fft.fft(w[0]),
    "np.linalg.eig": np.linalg.eig,
    "np.roots": lambda w: np.roots(w[0]),
    "np.save": lambda w: np.save(io.BytesIO(), w),
    "np.savez": lambda w: np.savez(io.BytesIO(), w=w),
    "np.histogram2d": lambda w: np.histogram2d(*w),
    "np.emath.sqrt": lambda w: np.emath.sqrt(-w),
    "np.quantile": lambda w: np.quantile(w, w[0, 0] / 9),
    "np.nan_to_num": lambda w: np.nan_to_num(w, copy=False),
    "np.sum": lambda w: np.sum(w, dtype=int),
    "np.pad": lambda w: np.pad(w, 1, lambda *given: None),
    "np.linalg.qr": lambda w: np.linalg.qr(w, "raw"),
    "np.polyfit": lambda w: np.polyfit(w[0], w[0], 1, full=True),
    "np.geomspace": lambda w: np.geomspace(w[0], -w[0], 3),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("kind", [TypeError, RuntimeError])
def test_what_passes_no_gradient_says_so(name: str, kind: type[Exception]) -> None:
    w = at.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True)
    with pytest.raises(kind, match=rf"{name}: .*no gradient passes .*(: use|; use|detach|leave)"):
        REFUSED[name](w)


def test_conversion_is_refused_as_ever() -> None:
    w = at.ones(2, requires_grad=True)
    for call in (
        np.array, np.asarray, np.random.default_rng(0).permutation, np.ma.masked_array,
        lambda w: np.array([w, w]), lambda w: np.mean([w, w]), lambda w: np.r_[w, w],
        lambda w: np.testing.assert_allclose(w, 1),
    ):  # fmt: skip
        with pytest.raises(RuntimeError, match="requires grad"):
            call(w)


@pytest.mark.parametrize("grad", [False, True])
def test_mistakes_are_numpys_with_a_gradient_and_without(grad: bool) -> None:
    x, u = at.ones(2, 3, requires_grad=grad), at.ones(4, requires_grad=grad)
    for error, call in (
        (np.exceptions.AxisError, lambda: np.mean(x, axis=5)),
        (ValueError, lambda: np.concatenate([x, u])), (ValueError, lambda: np.hypot(x, u)),
        (ValueError, lambda: np.reshape(x, (4, 5))), (ValueError, lambda: np.dot(x, u)),
        (np.linalg.LinAlgError, lambda: np.linalg.inv(x)), (IndexError, lambda: np.take(u, 9)),
        (ValueError, lambda: np.max(u[:0])), (ValueError, lambda: np.quantile(u, 2.0)),
        (TypeError, lambda: np.sin(x, 1, 2, 3)), (ValueError, lambda: np.sin.reduce(u)),
        (TypeError, lambda: np.mean(x, bad=1)), (IndexError, lambda: np.delete(u, 9)),
        (ZeroDivisionError, lambda: np.average(u, weights=0 * u)),
        (TypeError, lambda: np.sin(x, casting="no", dtype="f8")),
    ):  # fmt: skip
        with pytest.raises(error):
            call()


def test_another_library_may_answer_first() -> None:
    class Other:
        def __array_function__(self, *given: Any) -> str:
            return "other"

        def __array_ufunc__(self, *given: Any, **more: Any) -> str:
            return "other"

    assert np.concatenate([at.ones(2), Other()]) == "other"  # type: ignore[list-item]
    assert np.concatenate([at.ones(2, requires_grad=True), Other()]) == "other"  # type: ignore[list-item]


# -- what is given, what comes ---------------------------------------------------------------------


def test_results_without_a_gradient_are_tensors_of_numpys_dtype() -> None:
    whole = at.tensor([1, 2, 2])
    assert np.mean(whole).dtype == at.float64
    assert np.sum(at.tensor([200, 100], dtype=at.uint8)).dtype == at.int64  # NumPy's uint64
    assert [one.dtype for one in np.unique(whole, return_counts=True)] == [at.int64] * 2
    assert np.linalg.slogdet(at.eye(2)).logabsdet.item() == 0
    assert np.isin(whole, [2]).tolist() == [False, True, True]
    assert isinstance(np.max(whole), at.Tensor)
    assert np.shape(whole) == (3,)
    assert np.allclose(whole, whole) is True
    assert np.fft.fft(at.ones(2)).dtype == np.complex64  # which no Tensor can hold
    assert isinstance(np.fft.irfft(at.ones(2)), at.Tensor)


def test_facts_about_a_tensor_that_requires_grad() -> None:
    w = at.tensor([[2.0, 1.0]], requires_grad=True)
    assert (np.ndim(w), np.size(w), np.shape(w)) == (2, 2, (1, 2))
    assert np.result_type(w, 1.0) == np.float32
    assert np.array_repr(w) == "array([[2., 1.]], dtype=float32)"
    assert np.argsort(w).tolist() == [[1, 0]]
    assert np.argmax(w).item() == 0
    assert np.count_nonzero(w > 1) == 1
    assert not np.zeros_like(w).requires_grad
    assert np.allclose(w, [[2, 1]])


def test_like_makes_tensors() -> None:
    x, w = at.ones(2), at.ones(2, requires_grad=True)
    assert np.zeros((2, 1), like=x).tolist() == [[0], [0]]
    assert np.arange(3, like=x).dtype == at.int64
    assert np.full(2, 7, dtype=np.float32, like=w).dtype == at.float32
    assert isinstance(np.asarray([1.0], like=x), at.Tensor)
    assert np.asarray(x, like=x) is x
    made = np.array([w, [3.0, 4.0]], like=w)
    made.sum().backward()
    assert w.grad.tolist() == [1, 1]
    assert not np.shares_memory(np.array(x, like=x), x)
    assert np.loadtxt(io.StringIO("1 2"), like=x).tolist() == [1, 2]


def test_under_no_grad_nothing_is_recorded() -> None:
    w = at.ones(2, 3, requires_grad=True)
    with at.no_grad():
        for result in (
            np.sin(w),
            np.sum(w),
            np.concatenate([w, w]),
            np.add.reduce(w),
            np.reshape(w, 6),
        ):
            assert not result.requires_grad


def test_under_no_grad_there_is_no_gradient_to_lose() -> None:
    w, out = at.ones(2, requires_grad=True), at.zeros(2, requires_grad=True)
    with at.no_grad():
        np.testing.assert_array_equal(np.fft.fft(w), [2, 0])
        np.testing.assert_array_equal(np.add(w, 1, dtype=complex), [2, 2])
        np.testing.assert_array_equal(np.add.at(out, [0, 0], w) or out, [2, 0])
        np.testing.assert_array_equal(np.sum([w, w], axis=0, out=out), [2, 2])
    assert out.requires_grad


def test_transforms_reach_through() -> None:
    x = at.tensor([0.5, 1.5], dtype=at.float64)

    def function(x: Any) -> Any:
        return np.sum(np.sin(x) ** 2) + np.linalg.norm(np.outer(x, x))

    derivative = at.func.grad(function)(x)
    expected = np.sin(2 * x.numpy()) + 2 * x.numpy()
    np.testing.assert_allclose(derivative.numpy(), expected)
    rows = at.vmap(at.func.grad(function))(at.stack([x, x]))
    np.testing.assert_allclose(rows.numpy(), [expected, expected])
    np.testing.assert_allclose(
        at.func.hessian(lambda x: np.prod(x))(x).numpy(), [[0, 1], [1, 0]], atol=1e-12
    )


def test_what_worked_by_conversion_goes_on() -> None:
    x, v = at.arange(6.0).reshape(2, 3), at.arange(3.0)
    file = io.BytesIO()
    np.save(file, x)
    np.savez(io.BytesIO(), x, named=v)
    np.savetxt(io.StringIO(), x)
    file.seek(0)
    assert np.load(file).tolist() == x.tolist()
    np.testing.assert_allclose(x, x.numpy())
    np.testing.assert_array_equal(x, x)
    np.testing.assert_array_almost_equal(v, [0, 1, 2])
    assert np.array([v, v]).shape == (2, 3)
    assert isinstance(np.asarray(v, dtype=np.float64), np.ndarray)
    assert np.shares_memory(np.array(v, copy=False), v.numpy())
    rng = np.random.default_rng(0)
    assert sorted(rng.permutation(v).tolist()) == [0, 1, 2]
    assert rng.normal(v, 0.0).tolist() == [0, 1, 2]
    assert rng.choice(v, 2).shape == (2,)
    assert np.ma.masked_where(v > 1, v).count() == 2
    assert np.polynomial.Polynomial(v)(2.0) == 10
    assert np.c_[v, v].shape == (3, 2)
    assert np.vectorize(lambda a: a + 1)(v).tolist() == [1, 2, 3]
    assert np.block([[x], [x]]).shape == (4, 3)
    mixed = np.broadcast_arrays(v, np.array("text"))
    assert mixed[1].dtype.kind == "U"


def test_each_element_of_a_flat_tensor_is_shuffled_through_its_array() -> None:
    x = at.arange(10)
    np.random.default_rng(0).shuffle(x.numpy())
    assert sorted(x.tolist()) == list(range(10))
    assert x.tolist() != list(range(10))


# -- what it costs ---------------------------------------------------------------------------------


def test_nothing_is_loaded_until_numpy_asks() -> None:
    code = (
        "import sys, numpy as np, autotensor as at\n"
        "x = at.ones(2, requires_grad=True)\n"
        "(np.ones(2) * x + np.float64(1)).sum().backward()\n"
        "answers = 'autotensor.protocols.numpy_functions', 'autotensor.protocols.elementwise'\n"
        "assert not any(name in sys.modules for name in answers)\n"
        "np.sin(x)\n"
        "assert all(name in sys.modules for name in answers)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
