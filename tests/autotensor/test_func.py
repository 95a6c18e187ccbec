"""Functions of functions, against ``torch.func``: values, structure, nesting, and errors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest

import autotensor as at
import nn
from autotensor.transforms.trees import tree_flatten
from tests.helpers import array_of, attempt

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(3,))
Y = RANDOM.normal(size=(3,))
A = RANDOM.normal(size=(2, 3))
BATCH = RANDOM.normal(size=(4, 3))
TARGETS = RANDOM.normal(size=(4, 2))


def vector(x: Any) -> Any:
    return (x * x).sin() * x.sum()


def scalar(x: Any) -> Any:
    return (x.exp() * x).sum() ** 2


def both(x: Any, y: Any) -> Any:
    return ((x * y).sin() * x).sum()


def tree(x: Any, y: Any) -> Any:
    return {"a": x * y, "b": [x.sum(), y.exp()]}


def loss(parameters: Any, x: Any, target: Any) -> Any:
    hidden = (x @ parameters["w"].T + parameters["b"]).tanh()
    return ((hidden - target) ** 2).sum()


class Pair(NamedTuple):
    first: Any
    second: Any


def parameters_of(lib: ModuleType) -> dict[str, Any]:
    return {"w": lib.tensor(A), "b": lib.tensor(np.array([0.1, -0.2]))}


#: Each is ``case(library)``, which must give the same in both.
CASES: dict[str, Callable[[Any], Any]] = {
    "grad": lambda lib: lib.func.grad(scalar)(lib.tensor(X)),
    "grad by several": lambda lib: lib.func.grad(both, (1, 0))(lib.tensor(X), lib.tensor(Y)),
    "grad by the last": lambda lib: lib.func.grad(both, -1)(lib.tensor(X), lib.tensor(Y)),
    "grad by a tuple of one": lambda lib: lib.func.grad(scalar, (0,))(lib.tensor(X)),
    "grad by a dict": lambda lib: lib.func.grad(loss)(
        parameters_of(lib), lib.tensor(BATCH), lib.tensor(TARGETS)
    ),
    "grad by a namedtuple": lambda lib: tuple(
        lib.func.grad(lambda p: both(*p))(Pair(lib.tensor(X), lib.tensor(Y)))
    ),
    "grad of an unused argument": lambda lib: lib.func.grad(lambda x, y: x.sum(), 1)(
        lib.tensor(X), lib.tensor(Y)
    ),
    "grad of a constant": lambda lib: lib.func.grad(lambda x: lib.tensor(1.0))(lib.tensor(X)),
    "grad with aux": lambda lib: lib.func.grad(lambda x: (scalar(x), {"x": x * 2}), has_aux=True)(
        lib.tensor(X)
    ),
    "grad and value": lambda lib: lib.func.grad_and_value(scalar)(lib.tensor(X)),
    "grad and value with aux": lambda lib: lib.func.grad_and_value(
        lambda x: (scalar(x), x + 1), has_aux=True
    )(lib.tensor(X)),
    "keywords": lambda lib: lib.func.grad(lambda x, *, times: (x * times).sum())(
        lib.tensor(X), times=3
    ),
    "one tensor twice": lambda lib: (lambda x: lib.func.grad(both, (0, 1))(x, x))(lib.tensor(X)),
    "third derivative": lambda lib: lib.func.grad(lib.func.grad(lib.func.grad(lib.sin)))(
        lib.tensor(0.3)
    ),
    "an inner derivative by something else": lambda lib: lib.func.grad(
        lambda x: x * lib.func.grad(lambda y: x * y * y)(x)
    )(lib.tensor(0.7)),
    "no perturbation confusion": lambda lib: lib.func.grad(
        lambda x: x * lib.func.grad(lambda y: x + y)(lib.tensor(1.0))
    )(lib.tensor(1.0)),
    "vjp": lambda lib: lib.func.vjp(vector, lib.tensor(X))[1](lib.tensor(Y)),
    "vjp of a tree": lambda lib: lib.func.vjp(tree, lib.tensor(X), lib.tensor(Y))[1](
        {"a": lib.tensor(X), "b": [lib.tensor(2.0, dtype=lib.float64), lib.tensor(Y)]}
    ),
    "vjp twice, with aux": lambda lib: (
        lambda out, pull, aux: [out, pull(lib.tensor(Y)), pull(lib.tensor(X)), aux]
    )(*lib.func.vjp(lambda x: (vector(x), x.sum()), lib.tensor(X), has_aux=True)),
    "jvp": lambda lib: lib.func.jvp(vector, (lib.tensor(X),), (lib.tensor(Y),)),
    "jvp of a tree, with aux": lambda lib: lib.func.jvp(
        lambda x, y: (tree(x, y), x),
        (lib.tensor(X), lib.tensor(Y)),
        (lib.tensor(Y), lib.tensor(X)),
        has_aux=True,
    ),
    "jvp of what is constant": lambda lib: lib.func.jvp(
        lambda x: (x, lib.ones(2)), (lib.tensor(X),), (lib.tensor(Y),)
    ),
    "jvp of jvp": lambda lib: lib.func.jvp(
        lambda x: lib.func.jvp(vector, (x,), (lib.tensor(Y),))[1],
        (lib.tensor(X),),
        (lib.tensor(Y),),
    ),
    "grad of jvp": lambda lib: lib.func.grad(
        lambda x: lib.func.jvp(vector, (x,), (x * 2,))[1].sum()
    )(lib.tensor(X)),
    "jvp of grad": lambda lib: lib.func.jvp(
        lib.func.grad(scalar), (lib.tensor(X),), (lib.tensor(Y),)
    ),
    "jacrev": lambda lib: lib.func.jacrev(vector)(lib.tensor(X)),
    "jacfwd": lambda lib: lib.func.jacfwd(vector)(lib.tensor(X)),
    "jacrev of trees": lambda lib: lib.func.jacrev(tree, (0, 1))(lib.tensor(X), lib.tensor(Y)),
    "jacfwd of trees": lambda lib: lib.func.jacfwd(tree, (0, 1))(lib.tensor(X), lib.tensor(Y)),
    "jacrev of a matrix, with aux": lambda lib: lib.func.jacrev(
        lambda a: (a.T @ a, a), has_aux=True, chunk_size=2
    )(lib.tensor(A)),
    "jacfwd of a matrix": lambda lib: lib.func.jacfwd(lambda a: a.T @ a)(lib.tensor(A)),
    "jacrev, empty": lambda lib: lib.func.jacrev(lambda x: x[:0] * 2)(lib.tensor(X)),
    "jacfwd of jacrev": lambda lib: lib.func.jacfwd(lib.func.jacrev(vector))(lib.tensor(X)),
    "jacrev of jacfwd": lambda lib: lib.func.jacrev(lib.func.jacfwd(vector))(lib.tensor(X)),
    "jacrev of grad": lambda lib: lib.func.jacrev(lib.func.grad(scalar))(lib.tensor(X)),
    "hessian": lambda lib: lib.func.hessian(scalar)(lib.tensor(X)),
    "hessian by several": lambda lib: lib.func.hessian(both, (0, 1))(lib.tensor(X), lib.tensor(Y)),
    "hessian of a dict": lambda lib: lib.func.hessian(loss)(
        parameters_of(lib), lib.tensor(BATCH), lib.tensor(TARGETS)
    ),
    "linearize": lambda lib: (lambda out, push: [out, push(lib.tensor(Y)), push(lib.tensor(X))])(
        *lib.func.linearize(vector, lib.tensor(X))
    ),
    "vmap": lambda lib: lib.vmap(vector)(lib.tensor(BATCH)),
    "vmap over dimensions": lambda lib: lib.vmap(lib.dot, (0, 1))(
        lib.tensor(BATCH), lib.tensor(BATCH.T.copy())
    ),
    "vmap, negative dimensions": lambda lib: lib.vmap(lambda x: x * 2, -1, -1)(lib.tensor(BATCH)),
    "vmap, shared": lambda lib: lib.vmap(lambda x, y: x + y, (0, None), 1)(
        lib.tensor(BATCH), lib.tensor(X)
    ),
    "vmap of trees": lambda lib: lib.vmap(tree, (0, None), {"a": 1, "b": [0, 0]})(
        lib.tensor(BATCH), lib.tensor(X)
    ),
    "vmap, dims in a tree": lambda lib: lib.vmap(
        lambda p, k: p["x"] * p["y"] * k, ({"x": 0, "y": None}, None)
    )({"x": lib.tensor(BATCH), "y": lib.tensor(X)}, 2.0),
    "vmap, several results": lambda lib: lib.vmap(lambda x: (x.sum(), x), out_dims=(0, 1))(
        lib.tensor(BATCH)
    ),
    "vmap, keywords": lambda lib: lib.vmap(lambda x, y: x * y)(
        lib.tensor(BATCH), y=lib.tensor(BATCH)
    ),
    "vmap in vmap": lambda lib: lib.vmap(
        lambda x: lib.vmap(lambda y: (x * y).sum())(lib.tensor(BATCH)), chunk_size=3
    )(lib.tensor(BATCH)),
    "vmap of nothing": lambda lib: lib.vmap(lambda x: (x.sum(), x), 0, (0, 1))(
        lib.tensor(BATCH[:0])
    ),
    "gradients of samples": lambda lib: lib.vmap(lib.func.grad(loss), (None, 0, 0))(
        parameters_of(lib), lib.tensor(BATCH), lib.tensor(TARGETS)
    ),
    "grad through vmap": lambda lib: lib.func.grad(
        lambda p: lib.vmap(lambda *sample: loss(p, *sample))(
            lib.tensor(BATCH), lib.tensor(TARGETS)
        ).mean()
    )(parameters_of(lib)),
    "vmap of hessian": lambda lib: lib.vmap(lib.func.hessian(scalar))(lib.tensor(BATCH)),
    "jacrev of vmap": lambda lib: lib.func.jacrev(lib.vmap(vector))(lib.tensor(BATCH)),
    "an inner step of learning": lambda lib: lib.func.grad(
        lambda p: loss(
            {
                name: p[name] - 0.1 * one
                for name, one in lib.func.grad(loss)(
                    p, lib.tensor(BATCH[:2]), lib.tensor(TARGETS[:2])
                ).items()
            },
            lib.tensor(BATCH[2:]),
            lib.tensor(TARGETS[2:]),
        )
    )(parameters_of(lib)),
}  # fmt: skip


def quietly(action: Callable[[], Any]) -> Any:
    """``action()`` without PyTorch's warnings about itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return action()


def assert_same_tree(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, dict):
        assert isinstance(ours, dict)
        assert list(ours) == list(theirs)
        for name, one in theirs.items():
            assert_same_tree(ours[name], one)
    elif isinstance(theirs, (list, tuple)):
        assert type(ours) is type(theirs)
        assert len(ours) == len(theirs)
        for mine, one in zip(ours, theirs, strict=True):
            assert_same_tree(mine, one)
    else:
        assert isinstance(ours, at.Tensor)
        assert ours.requires_grad == theirs.requires_grad
        mine, one = array_of(ours), array_of(theirs)
        assert mine.dtype == one.dtype
        assert mine.shape == one.shape
        np.testing.assert_allclose(mine, one, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_it_gives_what_torch_func_gives(torch: ModuleType, name: str) -> None:
    assert_same_tree(CASES[name](at), quietly(lambda: CASES[name](torch)))


MISTAKES: dict[str, Callable[[Any], Any]] = {
    "grad of a vector": lambda lib: lib.func.grad(vector)(lib.tensor(X)),
    "grad of a tuple": lambda lib: lib.func.grad(lambda x: (x.sum(), x))(lib.tensor(X)),
    "grad of a number": lambda lib: lib.func.grad(lambda x: 3.0)(lib.tensor(X)),
    "no aux": lambda lib: lib.func.grad(scalar, has_aux=True)(lib.tensor(X)),
    "grad by an int": lambda lib: lib.func.grad(scalar)(3),
    "grad by int64": lambda lib: lib.func.grad(lambda x: x.sum())(lib.tensor([1, 2])),
    "argnums too large": lambda lib: lib.func.grad(scalar, 1)(lib.tensor(X)),
    "argnums twice": lambda lib: lib.func.grad(both, (0, -2))(lib.tensor(X), lib.tensor(Y)),
    "argnums empty": lambda lib: lib.func.grad(scalar, ())(lib.tensor(X)),
    "argnums a float": lambda lib: lib.func.grad(scalar, 1.0)(lib.tensor(X)),
    "tangents of another shape": lambda lib: lib.func.jvp(
        vector, (lib.tensor(X),), (lib.tensor(A),)
    ),
    "primals no tuple": lambda lib: lib.func.jvp(vector, lib.tensor(X), lib.tensor(X)),
    "too few tangents": lambda lib: lib.func.jvp(both, (lib.tensor(X),) * 2, (lib.tensor(X),)),
    "jvp strict": lambda lib: lib.func.jvp(
        lambda x: lib.ones(2), (lib.tensor(X),), (lib.tensor(X),), strict=True
    ),
    "cotangents of another structure": lambda lib: lib.func.vjp(vector, lib.tensor(X))[1](
        [lib.tensor(X)]
    ),
    "cotangents of another shape": lambda lib: lib.func.vjp(vector, lib.tensor(X))[1](
        lib.tensor(A)
    ),
    "jacrev of truth": lambda lib: lib.func.jacrev(lambda x: x > 0)(lib.tensor(X)),
    "vjp without arguments": lambda lib: lib.func.vjp(vector),
    "chunks of nothing": lambda lib: lib.func.jacrev(vector, chunk_size=0)(lib.tensor(X)),
    "vmap over numbers": lambda lib: lib.vmap(lambda x: x)(3),
    "vmap without arguments": lambda lib: lib.vmap(lambda: 1)(),
    "vmap over nothing": lambda lib: lib.vmap(lambda x: x, None)(lib.tensor(X)),
    "in_dims of another structure": lambda lib: lib.vmap(lambda x: x, (0, 0))(lib.tensor(X)),
    "in_dims out of range": lambda lib: lib.vmap(lambda x: x, 1)(lib.tensor(X)),
    "in_dims a float": lambda lib: lib.vmap(lambda x: x, 1.0)(lib.tensor(X)),
    "in_dims no ints": lambda lib: lib.vmap(lambda x: x, ("a",))(lib.tensor(X)),
    "sizes differ": lambda lib: lib.vmap(lambda x, y: x)(lib.tensor(X), lib.tensor(A)),
    "results that are no Tensors": lambda lib: lib.vmap(lambda x: 1)(lib.tensor(X)),
    "out_dims of another structure": lambda lib: lib.vmap(lambda x: x, 0, (0, 0))(lib.tensor(X)),
    "out_dims out of range": lambda lib: lib.vmap(lambda x: x, 0, 2)(lib.tensor(X)),
    "out_dims None for what differs": lambda lib: lib.vmap(lambda x: x, 0, None)(lib.tensor(X)),
    "unknown randomness": lambda lib: lib.vmap(lambda x: x, randomness="no")(lib.tensor(X)),
    "random numbers": lambda lib: lib.vmap(lambda x: x + lib.rand(1))(lib.tensor(X)),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_refused(torch: ModuleType, name: str) -> None:
    _, refused = quietly(lambda: attempt(lambda: MISTAKES[name](torch)))
    assert refused is not None
    _, error = attempt(lambda: MISTAKES[name](at))
    assert isinstance(error, (ValueError, RuntimeError, IndexError, TypeError)), repr(error)
    assert not isinstance(error, np.exceptions.AxisError)


# -- what is recorded ------------------------------------------------------------------------------

TRACKED: dict[str, Callable[[Any, Any], Any]] = {
    "closed over": lambda lib, w: lib.func.grad(lambda x: scalar(x * w))(lib.tensor(X)),
    "the argument": lambda lib, w: lib.func.grad(scalar)(w),
    "the argument, by jacrev": lambda lib, w: lib.func.jacrev(vector)(w),
    "the argument, by jacfwd": lambda lib, w: lib.func.jacfwd(vector)(w),
    "the value": lambda lib, w: lib.func.grad_and_value(lambda x: scalar(x * w))(lib.tensor(X))[1],
    "a cotangent": lambda lib, w: lib.func.vjp(vector, lib.tensor(X))[1](w)[0],
    "a tangent": lambda lib, w: lib.func.jvp(vector, (lib.tensor(X),), (w * w,))[1],
    "aux": lambda lib, w: lib.func.grad(lambda x: (scalar(x), w * x), has_aux=True)(
        lib.tensor(X)
    )[1],
    "another argument": lambda lib, w: lib.func.grad(both)(lib.tensor(X), w * 1),
    "through vmap": lambda lib, w: lib.vmap(lib.func.grad(both), (0, None))(lib.tensor(BATCH), w),
}  # fmt: skip


@pytest.mark.parametrize("name", TRACKED)
def test_outer_gradients_flow(torch: ModuleType, name: str) -> None:
    ours, theirs = (lib.tensor(Y).requires_grad_() for lib in (at, torch))
    result, expected = TRACKED[name](at, ours), quietly(lambda: TRACKED[name](torch, theirs))
    assert_same_tree(result, expected)
    assert result.requires_grad
    (result**2).sum().backward()
    (expected**2).sum().backward()
    assert_same_tree(ours.grad, theirs.grad)


def test_nothing_is_recorded_for_nobody() -> None:
    x = at.tensor(X)
    gradient, value = at.func.grad_and_value(scalar)(x)
    assert not gradient.requires_grad
    assert not value.requires_grad
    with at.no_grad():
        tracked = at.tensor(X, requires_grad=True)
        gradient, value = at.func.grad_and_value(scalar)(tracked)
    assert not gradient.requires_grad
    assert not value.requires_grad
    np.testing.assert_array_equal(gradient.numpy(), at.func.grad(scalar)(x).numpy())
    assert tracked.grad is None


def test_an_aux_that_depends_on_the_argument_only_is_not_recorded() -> None:
    w = at.tensor(Y, requires_grad=True)
    _, (inner, outer) = at.func.grad(lambda x: (scalar(x * w), (x * x, w * x)), has_aux=True)(
        at.tensor(X)
    )
    assert not inner.requires_grad
    assert outer.requires_grad


def test_a_gradient_within_a_gradient_records_only_what_is_differentiated() -> None:
    found = []

    def outer(w: at.Tensor) -> at.Tensor:
        gradient = at.func.grad(lambda x: (x**3).sum())(at.tensor(X))  # of w nothing is used
        found.append(gradient.requires_grad)
        return (w * gradient).sum()

    assert not at.func.grad(outer)(at.tensor(Y)).requires_grad
    assert found == [False]


def test_value_and_grad_is_in_the_order_of_jax() -> None:
    value, gradient = at.func.value_and_grad(scalar)(at.tensor(X))
    again, same = at.func.grad_and_value(scalar)(at.tensor(X))
    assert value.shape == ()
    assert value == same
    np.testing.assert_array_equal(gradient.numpy(), again.numpy())
    (_, aux), _ = at.func.value_and_grad(lambda x: (scalar(x), x), has_aux=True)(at.tensor(X))
    assert aux.tolist() == X.tolist()


def test_hvp_is_the_hessian_times_a_vector() -> None:
    x, v = at.tensor(X), at.tensor(Y)
    full = at.func.hessian(scalar)(x).numpy()
    np.testing.assert_allclose(at.func.hvp(scalar, (x,), (v,)).numpy(), full @ Y, rtol=1e-12)
    first, second = at.func.hvp(both, (x, v), (v, x))
    blocks = [[one.numpy() for one in row] for row in at.func.hessian(both, (0, 1))(x, v)]
    np.testing.assert_allclose(first.numpy(), blocks[0][0] @ Y + blocks[0][1] @ X, rtol=1e-12)
    np.testing.assert_allclose(second.numpy(), blocks[1][0] @ Y + blocks[1][1] @ X, rtol=1e-12)


def test_the_arguments_stay_as_they_were() -> None:
    x = at.tensor(X)
    at.func.grad(scalar)(x)
    at.func.jvp(vector, (x,), (x,))
    assert not x.requires_grad
    assert x.grad is None
    np.testing.assert_array_equal(x.numpy(), X)


def test_randomness() -> None:
    at.manual_seed(0)
    x = at.zeros(4)
    same = at.vmap(lambda one: one + at.rand(2), randomness="same")(x)
    assert (same == same[0]).all()
    other = at.vmap(lambda one: one + at.rand(2), randomness="different")(x)
    assert len({tuple(row) for row in other.tolist()}) == 4


DRAWS: dict[str, Callable[[at.Tensor, at.Generator | None], at.Tensor]] = {
    "rand": lambda one, g: at.rand(2, generator=g),
    "randn": lambda one, g: at.randn(2, generator=g),
    "randint": lambda one, g: at.randint(1000, (3,), generator=g),
    "randperm": lambda one, g: at.randperm(50, generator=g),
    "normal": lambda one, g: at.normal(at.zeros(2), 1.0, generator=g),
    "bernoulli": lambda one, g: at.bernoulli(at.full((50,), 0.5), generator=g),
    "multinomial": lambda one, g: at.multinomial(at.ones(50), 20, generator=g),
    "uniform_": lambda one, g: at.empty(2).uniform_(generator=g),
    "two kinds": lambda one, g: at.rand(2, generator=g) + at.rand(2),
}


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("own", [False, True])
def test_randomness_of_any_generator(name: str, own: bool) -> None:
    generator = at.Generator().manual_seed(0) if own else None
    place = (generator or at.default_generator).get_state

    def mapped(randomness: str, count: int = 4) -> at.Tensor:
        return at.vmap(lambda one: DRAWS[name](one, generator), randomness=randomness)(
            at.zeros(count)
        )

    at.manual_seed(1)
    before = place()
    same = mapped("same")
    assert (same == same[0]).all()
    after = place()
    (generator or at.default_generator).set_state(before)
    at.manual_seed(1)
    np.testing.assert_array_equal(DRAWS[name](at.zeros(()), generator), same[0])
    assert at.equal(place(), after)  # all samples together have drawn as one
    assert len({tuple(row) for row in mapped("different").tolist()}) == 4
    before = place()
    for count in (4, 0):
        with pytest.raises(RuntimeError, match="vmap: the function draws random numbers"):
            mapped("error", count)
    assert mapped("same", 0).shape[0] == 0
    assert at.equal(place(), before)


def test_as_strided_within_vmap_is_of_the_memory_of_the_sample() -> None:
    x = at.arange(24.0).reshape(4, 6)

    def corner(one: at.Tensor) -> at.Tensor:
        return one.as_strided((2, 2), (3, 1), 1)

    expected = x.numpy()[:, [[1, 2], [4, 5]]]
    np.testing.assert_array_equal(at.vmap(corner)(x), expected)
    np.testing.assert_array_equal(at.vmap(lambda one: corner(one[2:]))(x), expected)
    np.testing.assert_array_equal(at.vmap(corner)(x.requires_grad_() * 1).detach(), expected)
    x = x.detach()
    nested = at.vmap(at.vmap(lambda one: one.as_strided((2,), (2,), 0)))(x.reshape(2, 2, 6))
    np.testing.assert_array_equal(nested, x.numpy()[:, [0, 2]].reshape(2, 2, 2))
    columns = at.vmap(lambda one: one.as_strided((2,), (12,), 0), in_dims=1)(x)
    np.testing.assert_array_equal(columns, x.numpy()[[0, 2]].T)
    each = at.func.grad(lambda x: at.vmap(lambda one: (corner(one) ** 2).sum())(x).sum())(x)
    np.testing.assert_array_equal(each, 2 * x.numpy() * [0, 1, 1, 0, 1, 1])
    written = x.clone()
    at.vmap(lambda one: one.as_strided((2,), (1,), 0).mul_(10))(written)
    np.testing.assert_array_equal(written, x.numpy() * [10, 10, 1, 1, 1, 1])


def test_as_strided_within_vmap_reads_no_other_sample() -> None:
    x = at.arange(12.0).reshape(2, 6)
    for offset in (5, 6):
        with pytest.raises(RuntimeError, match="but this sample of vmap has 0 to 5"):
            at.vmap(lambda one, at_place=offset: one.as_strided((2,), (1,), at_place))(x)
    assert at.vmap(lambda one: one[1:] + one[1:].storage_offset())(x).tolist()[1][0] == 8


@pytest.mark.parametrize("outside", [False, True])
def test_transforms_of_what_vjp_and_linearize_gave(outside: bool) -> None:
    """The value is that of exp: products with its Jacobian are diagonal matrices."""
    start, x = at.zeros(2, requires_grad=outside), at.tensor([2.0, 3.0])
    pull, push = at.func.vjp(at.exp, start)[1], at.func.linearize(at.exp, start)[1]
    for linear in (push, lambda v: pull(v)[0]):
        results = [
            at.func.jacrev(linear)(x),
            at.func.jacfwd(linear)(x),
            at.func.grad(lambda v, linear=linear: (linear(v) ** 2).sum())(x),
            at.func.vjp(linear, x)[0],
            at.func.vjp(linear, x)[1](x)[0],
            *at.func.jvp(linear, (x,), (x,)),
            at.func.hessian(lambda v, linear=linear: (linear(v) ** 2).sum())(x),
            at.vmap(linear)(at.stack([x, x])),
        ]
        eye = np.eye(2)
        expected = [eye, eye, 2 * x, x, x, x, x, 2 * eye, [[2, 3], [2, 3]]]
        for one, value in zip(results, expected, strict=True):
            assert one.requires_grad == outside
            np.testing.assert_array_equal(one.numpy(force=True), np.asarray(value))
        if outside:  # d exp(s) v / d s = exp(s) v, at 0
            assert at.autograd.grad(results[3].sum(), start)[0].tolist() == [2, 3]


def set_first(x: at.Tensor) -> at.Tensor:
    x[0] = 5.0
    return x


WRITES: dict[str, tuple[Callable[[at.Tensor], Any], list[float], list[float]]] = {
    "mul_": (lambda x: x.mul_(2), [4, -6], [2, 2]),
    "mul_ by itself": (lambda x: x.mul_(x), [4, 9], [4, -6]),
    "copy_": (lambda x: x.copy_(x * 3), [6, -9], [3, 3]),
    "setitem": (set_first, [5, -3], [0, 1]),
    "relu": (lambda x: at.nn.functional.relu(x, inplace=True), [2, 0], [1, 0]),
    "of a view": (lambda x: x[1:].mul_(2) * x[:1], [-12], [-6]),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_function_may_write_to_its_argument_in_forward_mode(name: str) -> None:
    function, value, slope = WRITES[name]

    def x() -> at.Tensor:
        return at.tensor([2.0, -3.0])

    if name == "of a view":  # d (2 a b) along (1, 1)
        slope = [2 * (-3 + 2)]
    found, pushed = at.func.jvp(function, (x(),), (at.ones(2),))
    assert (found.tolist(), pushed.tolist()) == (value, slope)
    found, push = at.func.linearize(function, x())
    assert (found.tolist(), push(at.ones(2)).tolist()) == (value, slope)
    rows = at.func.jacfwd(function)(x())
    assert rows.sum(1).tolist() == slope
    batch = at.vmap(at.func.jacfwd(function))(at.stack([x(), x()]))
    assert at.equal(batch, at.stack([rows, rows]))
    written = x()
    at.func.jvp(function, (written,), (at.ones(2),))
    assert not written.requires_grad
    for transform in (at.func.jacrev, lambda f: at.func.grad(lambda x: f(x).sum())):
        with pytest.raises(RuntimeError, match="leaf Tensor that requires grad is being written"):
            transform(function)(x())


def write_first(c: at.Tensor, x: at.Tensor) -> at.Tensor:
    c[0] = x[0]
    return c


@pytest.mark.parametrize(
    ("write", "left", "slope"),
    [
        (lambda c, x: c.copy_(x), [3, 4], [6, 8]),
        (write_first, [3, 1], [6, 1]),
        (lambda c, x: c.add_(x), [4, 5], [7, 9]),
        (lambda c, x: c[:].mul_(x), [3, 4], [6, 8]),
    ],
)
def test_what_was_there_before_is_not_left_in_a_hidden_graph(
    write: Callable[..., at.Tensor], left: list[float], slope: list[float]
) -> None:
    """The value is that of (write(c, x) x), of which the derivative is known."""
    x = at.tensor([3.0, 4.0])
    transforms: list[Callable[[Any], Any]] = [
        lambda f: at.func.grad(lambda x: f(x).sum())(x),
        lambda f: at.func.vjp(f, x)[1](at.ones(2))[0],
        lambda f: at.func.jvp(f, (x,), (at.ones(2),))[1],
        lambda f: at.func.jacrev(f)(x).sum(1),
        lambda f: at.func.jacfwd(f)(x).sum(1),
    ]
    for transform in transforms:
        c = at.ones(2)
        view = c[:1]
        assert transform(lambda x, c=c: write(c, x) * x).tolist() == slope
        assert not c.requires_grad
        assert not view.requires_grad
        assert (c.tolist(), view.tolist()) == (left, left[:1])
        returned = at.ones(2)
        transform(lambda x, c=returned: write(c, x))
        assert not returned.requires_grad
        broken = at.ones(2)

        def breaks(x: at.Tensor, c: at.Tensor = broken) -> at.Tensor:
            write(c, x)
            raise KeyError

        with pytest.raises(KeyError):
            transform(breaks)
        assert not broken.requires_grad


def test_what_was_there_before_and_depends_on_something_outside_stays_in_its_graph() -> None:
    w, c = at.tensor([5.0, 6.0], requires_grad=True), at.zeros(2)
    at.func.grad(lambda x: (c.copy_(x * w) * x).sum())(at.tensor([3.0, 4.0]))
    c.sum().backward()
    assert w.grad is not None
    assert w.grad.tolist() == [3, 4]


def test_vjp_fn_may_free_its_graph_or_record_none() -> None:
    x = at.zeros(2, requires_grad=True)
    pull = at.func.vjp(lambda x: (2 * x).exp(), x)[1]
    v = at.ones(2)
    for settings in ({}, {"create_graph": True}, {"retain_graph": True}):
        assert pull(v, **settings)[0].requires_grad
    assert not pull(v, create_graph=False)[0].requires_grad
    assert pull(v, create_graph=False)[0].tolist() == [2, 2]
    pull = at.func.vjp(at.exp, at.zeros(2))[1]
    assert pull(v, retain_graph=False)[0].tolist() == [1, 1]
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        pull(v)


def test_vmap_hands_on_what_is_no_tensor() -> None:
    x = at.ones(3)
    for value in ("a", 3, 1.5, None, True):
        doubled, other = at.vmap(lambda x, value=value: (x * 2, value), out_dims=(0, None))(x)
        assert (doubled.tolist(), other) == ([2, 2, 2], value)
        with pytest.raises(ValueError, match="None in its place in out_dims"):
            at.vmap(lambda x, value=value: (x * 2, value))(x)
    assert at.vmap(lambda x: (x, {}), out_dims=(0, None))(x)[1] == {}
    assert at.vmap(lambda x: "a", out_dims=None)(x[:0]) == "a"
    with pytest.raises(ValueError, match="the samples give different results"):
        at.vmap(lambda x: (x, x.item()), out_dims=(0, None))(at.arange(3.0))


@pytest.mark.parametrize("name", ["inv", "cholesky", "det", "qr", "slogdet", "eigvalsh", "svdvals"])
def test_vmap_of_no_samples_needs_no_special_matrix(name: str) -> None:
    function = getattr(at.linalg, name)
    batch = at.zeros(0, 2, 2)
    for found, one in zip(
        tree_flatten(at.vmap(function)(batch))[0], tree_flatten(function(at.eye(2)))[0], strict=True
    ):
        assert found.shape == (0, *one.shape)
    nested = tree_flatten(at.vmap(at.vmap(function))(at.zeros(0, 3, 2, 2)))[0]
    assert nested[0].shape[:2] == (0, 3)


def test_vmap_of_no_samples_needs_no_special_numbers() -> None:
    assert at.vmap(at.linalg.solve)(at.zeros(0, 2, 2), at.zeros(0, 2)).shape == (0, 2)
    draw = at.vmap(lambda p: at.multinomial(p, 1), randomness="same")
    assert draw(at.zeros(0, 4)).shape == (0, 1)
    assert at.vmap(lambda i: at.ones(1, 5)[i])(at.zeros(0, dtype=at.int64)).shape == (0, 5)


def test_functional_call_of_tied_weights_is_strict_about_tensors() -> None:
    layer = nn.Linear(2, 2)
    layer.tied = layer.weight
    values = {"bias": at.zeros(2)}
    for name in ("weight", "tied"):
        given = {**values, name: at.eye(2) * 3}
        out = at.func.functional_call(layer, given, at.ones(1, 2), strict=True)
        assert out.tolist() == [[3, 3]]
        with pytest.raises(RuntimeError, match="missing keys"):
            at.func.functional_call(layer, given, at.ones(1, 2), strict=True, tie_weights=False)
    with pytest.raises(RuntimeError, match=r"missing keys \['weight', 'tied'\]"):
        at.func.functional_call(layer, values, at.ones(1, 2), strict=True)
    with pytest.raises(RuntimeError, match=r"unexpected keys \['other'\]"):
        at.func.functional_call(layer, {**given, "other": at.ones(1)}, at.ones(1, 2), strict=True)


def test_randomness_of_nested_vmaps() -> None:
    def inner(row: at.Tensor) -> at.Tensor:
        return at.vmap(lambda one: at.rand(()), randomness="different")(row)

    rows = at.vmap(inner, randomness="same")(at.zeros(2, 3))
    assert at.equal(rows[0], rows[1])
    assert len(set(rows[0].tolist())) == 3
    with pytest.raises(RuntimeError, match="draws random numbers"):
        at.vmap(inner)(at.zeros(2, 3))


def test_jacfwd_refuses_random_numbers_where_it_is_not_told_to_take_them() -> None:
    def noisy(x: at.Tensor) -> at.Tensor:
        return x * at.rand(3)

    with pytest.raises(RuntimeError, match="jacfwd: the function draws random numbers"):
        at.func.jacfwd(noisy)(at.ones(3))
    with pytest.raises(RuntimeError, match="randomness must be 'error', 'same' or 'different'"):
        at.func.jacfwd(noisy, randomness="some")
    for randomness in ("same", "different"):
        at.manual_seed(0)
        found = at.func.jacfwd(noisy, randomness=randomness)(at.ones(3))
        at.manual_seed(0)
        assert at.equal(found, at.diag(at.rand(3)))


def test_writes_in_place_within_the_function() -> None:
    def function(x: at.Tensor) -> at.Tensor:
        y = x * 2
        y[0] = x[1]
        y.mul_(x)
        return y.sum()

    gradient = at.func.grad(function)(at.tensor([1.0, 2.0, 3.0]))
    assert gradient.tolist() == [2, 9, 12]


def test_transforms_go_through_checkpoints() -> None:
    x = at.tensor(X)

    def kept(x: at.Tensor) -> at.Tensor:
        return at.utils.checkpoint.checkpoint(scalar, x, use_reentrant=False)

    for transform in (at.func.grad, at.func.hessian, at.func.jacfwd):
        np.testing.assert_allclose(
            transform(kept)(x).numpy(), transform(scalar)(x).numpy(), rtol=1e-12
        )


# -- networks as functions -------------------------------------------------------------------------


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.second = nn.Linear(3, 3)
        self.second.weight = self.first.weight
        self.register_buffer("calls", at.zeros(()))

    def forward(self, x: at.Tensor, times: float = 1.0) -> at.Tensor:
        self.calls = self.calls + 1
        return self.second(self.first(x).tanh()) * times


def test_functional_call() -> None:
    net = Net()
    own = dict(net.named_parameters())
    others = {name: at.zeros_like(one) + 0.5 for name, one in own.items()}
    x = at.ones(2, 3)
    found = at.func.functional_call(net, others, x, {"times": 2.0})
    expected = ((x @ (at.zeros(3, 3) + 0.5) + 0.5).tanh() @ (at.zeros(3, 3) + 0.5) + 0.5) * 2
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-6)
    assert all(one is own[name] for name, one in net.named_parameters())
    assert net.calls == 1


def test_functional_call_puts_back_after_an_error() -> None:
    net = Net()
    before = net.first.weight
    with pytest.raises(RuntimeError):
        at.func.functional_call(net, {"first.weight": at.ones(3, 3)}, at.ones(7))
    assert net.first.weight is before
    with pytest.raises(AttributeError, match="nothing"):
        at.func.functional_call(net, {"first.weight": before, "nothing.bias": before}, ())
    with pytest.raises(TypeError, match="forward"):
        at.func.functional_call(net, {"first.weight": before * 1, "forward": before}, ())
    assert net.first.weight is before
    at.func.functional_call(net, {"unused": before}, at.ones(3))
    assert not hasattr(net, "unused")


def test_functional_call_gives_back_new_buffers() -> None:
    net = Net()
    state = {"calls": at.tensor(5.0)}
    at.func.functional_call(net, state, (at.ones(3),))
    assert state["calls"] == 6
    assert net.calls == 0


def test_functional_call_refuses() -> None:
    net, x = Net(), at.ones(3)
    shared = {"first.weight": at.ones(3, 3), "second.weight": at.zeros(3, 3)}
    with pytest.raises(ValueError, match=r"second\.weight"):
        at.func.functional_call(net, shared, x)
    at.func.functional_call(net, shared, x, tie_weights=False)
    with pytest.raises(ValueError, match="calls"):
        at.func.functional_call(net, ({"calls": x.sum()}, {"calls": x.sum()}), x)
    with pytest.raises(ValueError, match="dict"):
        at.func.functional_call(net, 3, x)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="missing"):
        at.func.functional_call(net, {"calls": x.sum()}, x, strict=True)


def test_gradients_of_samples_of_a_network() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    parameters = {name: one.detach() for name, one in net.named_parameters()}
    x, target = at.tensor(BATCH), at.tensor(TARGETS)

    def error(parameters: Any, x: at.Tensor, target: at.Tensor) -> at.Tensor:
        return ((at.func.functional_call(net, parameters, x) - target) ** 2).mean()

    found = at.vmap(at.func.grad(error), (None, 0, 0))(parameters, x, target)
    for sample in range(4):
        net.zero_grad()
        ((net(x[sample]) - target[sample]) ** 2).mean().backward()
        for name, one in net.named_parameters():
            np.testing.assert_allclose(found[name][sample].numpy(), one.grad.numpy(), rtol=1e-12)


def test_several_networks_at_once() -> None:
    nets = [nn.Linear(3, 2) for _ in range(3)]
    parameters, buffers = at.func.stack_module_state(nets)
    assert parameters["weight"].shape == (3, 2, 3)
    assert parameters["weight"].is_leaf
    assert parameters["weight"].requires_grad
    x = at.ones(5, 3)
    found = at.vmap(lambda p, b, x: at.func.functional_call(nets[0], (p, b), x), (0, 0, None))(
        parameters, buffers, x
    )
    np.testing.assert_allclose(
        found.detach().numpy(), at.stack([net(x) for net in nets]).detach().numpy(), rtol=1e-6
    )
    with pytest.raises(RuntimeError, match="class"):
        at.func.stack_module_state([nn.Linear(1, 1), nn.Tanh()])
    with pytest.raises(RuntimeError, match="training"):
        at.func.stack_module_state([nn.Tanh(), nn.Tanh().eval()])


def test_trees_come_apart_and_together() -> None:
    given = {"x": [1, Pair(2, None)], "y": (), "z": {"k": (3,)}}
    leaves, structure = tree_flatten(given)
    assert leaves == [1, 2, None, 3]
    assert structure.rebuild(leaves) == given
    assert type(structure.rebuild(leaves)["x"][1]) is Pair
    assert structure == tree_flatten(given)[1]
    assert structure != tree_flatten({"x": 1})[1]
    assert structure.spread({"x": 0, "y": 0, "z": None}) == [0, 0, 0, None]
    assert structure.spread([0]) is None


def test_batch_normalization_without_running_statistics() -> None:
    model = nn.Sequential(nn.BatchNorm1d(2), nn.Sequential(nn.BatchNorm1d(2), nn.InstanceNorm1d(2)))
    before = dict(model[1][1].named_buffers())
    assert at.func.replace_all_batch_norm_modules_(model) is model
    assert set(dict(model.named_buffers())) == {f"1.1.{name}" for name in before}
    x = at.tensor([[1.0, 2.0], [3.0, 6.0]])
    for training in (True, False):
        found = model[0].train(training)(x)
        np.testing.assert_allclose(found.detach(), [[-1, -1], [1, 1]], atol=1e-5)
    each = at.vmap(lambda one: model[0](one))(at.stack([x, 3 * x]))
    np.testing.assert_allclose(each.detach(), [[[-1, -1], [1, 1]]] * 2, atol=1e-5)
