"""The namespace ``autograd``: ``grad`` and ``backward`` with all arguments, and ``functional``."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from autotensor import autograd
from tests.helpers import array_of, attempt

RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(3,))
Y = RANDOM.normal(size=(3,))
A = RANDOM.normal(size=(2, 3))


def vector(x: Any) -> Any:
    return (x * x).sin() * x.sum()


def scalar(x: Any) -> Any:
    return (x.exp() * x).sum() ** 2


def two(x: Any, y: Any) -> Any:
    return (x * y).exp() * x, y.sum() * x


def number(x: Any, y: Any) -> Any:
    return ((x * y).sin() * x).sum()


def of(lib: Any) -> Any:
    return lib.autograd.functional


#: Each is ``case(library, x, y)``; both inputs require grad.
FUNCTIONAL: dict[str, Callable[[Any, Any, Any], Any]] = {
    "jacobian": lambda lib, x, y: of(lib).jacobian(vector, x),
    "jacobian of several": lambda lib, x, y: of(lib).jacobian(two, (x, y)),
    "jacobian by a tuple of one": lambda lib, x, y: of(lib).jacobian(vector, (x,)),
    "jacobian of a constant": lambda lib, x, y: of(lib).jacobian(lambda x: lib.ones(2), x),
    "jacobian of a number": lambda lib, x, y: of(lib).jacobian(scalar, x),
    "hessian": lambda lib, x, y: of(lib).hessian(scalar, x),
    "hessian by several": lambda lib, x, y: of(lib).hessian(number, (x, y)),
    "hessian of what is linear": lambda lib, x, y: of(lib).hessian(lambda x: x.sum(), x),
    "vjp": lambda lib, x, y: of(lib).vjp(vector, x, lib.tensor(Y)),
    "vjp of a number": lambda lib, x, y: of(lib).vjp(number, (x, y)),
    "vjp of several": lambda lib, x, y: of(lib).vjp(two, (x, y), (lib.tensor(Y), lib.tensor(X))),
    "jvp": lambda lib, x, y: of(lib).jvp(vector, x, lib.tensor(Y)),
    "jvp of several": lambda lib, x, y: of(lib).jvp(two, (x, y), (lib.tensor(Y), lib.tensor(X))),
    "jvp by a number": lambda lib, x, y: of(lib).jvp(lambda t: t * lib.tensor(X), x[0]),
    "hvp": lambda lib, x, y: of(lib).hvp(scalar, x, lib.tensor(Y)),
    "hvp by several": lambda lib, x, y: of(lib).hvp(
        number, (x, y), (lib.tensor(Y), lib.tensor(X))
    ),
    "vhp": lambda lib, x, y: of(lib).vhp(scalar, x, lib.tensor(Y)),
    "vhp by several": lambda lib, x, y: of(lib).vhp(
        number, (x, y), (lib.tensor(Y), lib.tensor(X))
    ),
}  # fmt: skip


def leaves(tree: Any) -> list[Any]:
    return [one for part in tree for one in leaves(part)] if isinstance(tree, tuple) else [tree]


def shape_of(tree: Any) -> Any:
    return tuple(shape_of(one) for one in tree) if isinstance(tree, tuple) else None


def pair(lib: Any) -> tuple[Any, Any]:
    return lib.tensor(X).requires_grad_(), lib.tensor(Y).requires_grad_()


def quietly(action: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own about itself
        return action()


@pytest.mark.parametrize("name", FUNCTIONAL)
def test_functional_gives_what_pytorch_gives(torch: ModuleType, name: str) -> None:
    found = FUNCTIONAL[name](at, *pair(at))
    expected = quietly(lambda: FUNCTIONAL[name](torch, *pair(torch)))
    assert shape_of(found) == shape_of(expected)
    for mine, one in zip(leaves(found), leaves(expected), strict=True):
        assert mine.dtype == array_of(one).dtype
        assert mine.shape == tuple(one.shape)
        assert mine.requires_grad == one.requires_grad
        np.testing.assert_allclose(array_of(mine), array_of(one), rtol=1e-10, atol=1e-10)


CREATED: dict[str, Callable[[Any, Any, Any], Any]] = {
    "jacobian": lambda lib, x, y: of(lib).jacobian(two, (x, y), create_graph=True),
    "hessian": lambda lib, x, y: of(lib).hessian(number, (x, y), create_graph=True),
    "vjp": lambda lib, x, y: of(lib).vjp(vector, x, y, create_graph=True),
    "jvp": lambda lib, x, y: of(lib).jvp(vector, x, y, create_graph=True),
    "hvp": lambda lib, x, y: of(lib).hvp(scalar, x, y, create_graph=True),
    "vhp": lambda lib, x, y: of(lib).vhp(scalar, x, y, create_graph=True),
    "closed over": lambda lib, x, y: of(lib).jacobian(
        lambda x: vector(x * y), x, create_graph=True
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CREATED)
def test_functional_can_be_differentiated(torch: ModuleType, name: str) -> None:
    totals = []
    for lib in (at, torch):
        x, y = pair(lib)
        found = leaves(CREATED[name](lib, x, y))
        sum((one**2).sum() for one in found).backward()
        totals.append((array_of(x.grad), array_of(y.grad)))
    for mine, one in zip(*totals, strict=True):
        np.testing.assert_allclose(mine, one, rtol=1e-10, atol=1e-10)


MISTAKES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "vjp without v": lambda lib, x, y: of(lib).vjp(vector, x),
    "jvp without v": lambda lib, x, y: of(lib).jvp(vector, x),
    "v of another shape": lambda lib, x, y: of(lib).vjp(vector, x, lib.tensor(A)),
    "too few in v": lambda lib, x, y: of(lib).jvp(two, (x, y), (y,)),
    "no Tensor": lambda lib, x, y: of(lib).jacobian(vector, 3),
    "a list of no Tensors": lambda lib, x, y: of(lib).jacobian(two, (x, 3)),
    "returns no Tensor": lambda lib, x, y: of(lib).jacobian(lambda x: 3, x),
    "hessian of a vector": lambda lib, x, y: of(lib).hessian(vector, x),
    "unknown strategy": lambda lib, x, y: of(lib).jacobian(vector, x, strategy="sideways"),
    "strict jacobian": lambda lib, x, y: of(lib).jacobian(lambda x, y: x * 2, (x, y), strict=True),
    "strict vjp": lambda lib, x, y: of(lib).vjp(lambda x, y: x.sum(), (x, y), strict=True),
    "strict jvp": lambda lib, x, y: of(lib).jvp(lambda x: lib.ones(2), x, y, strict=True),
    "strict hessian": lambda lib, x, y: of(lib).hessian(lambda x: x.sum(), x, strict=True),
    "strict hvp": lambda lib, x, y: of(lib).hvp(lambda x: x.sum(), x, y, strict=True),
    "strict vhp": lambda lib, x, y: of(lib).vhp(lambda x: x.sum(), x, y, strict=True),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_refused(torch: ModuleType, name: str) -> None:
    _, refused = quietly(lambda: attempt(lambda: MISTAKES[name](torch, *pair(torch))))
    assert refused is not None
    _, error = attempt(lambda: MISTAKES[name](at, *pair(at)))
    kinds: Any = (ValueError, RuntimeError) if name == "unknown strategy" else type(refused)
    assert isinstance(error, kinds), f"{error!r} instead of {refused!r}"


def test_a_jacobian_by_columns_is_the_one_by_rows() -> None:
    rows = autograd.functional.jacobian(two, pair(at))
    columns = autograd.functional.jacobian(two, pair(at), vectorize=True, strategy="forward-mode")
    assert shape_of(rows) == shape_of(columns)
    for one, other in zip(leaves(rows), leaves(columns), strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-12)


@pytest.mark.parametrize("create_graph", [False, True])
def test_with_create_graph_results_require_grad_whatever_the_inputs_do(create_graph: bool) -> None:
    F, x, v = at.autograd.functional, at.tensor([1.0, 2.0]), at.ones(2)

    def cube(x: at.Tensor) -> at.Tensor:
        return x**3

    def total(x: at.Tensor) -> at.Tensor:
        return cube(x).sum()

    found = [
        F.jacobian(cube, x, create_graph),
        F.jacobian(cube, (x,), create_graph, strategy="forward-mode")[0],
        F.hessian(total, x, create_graph),
        *F.vjp(cube, x, v, create_graph),
        *F.jvp(cube, x, v, create_graph),
        *F.hvp(total, x, v, create_graph),
        *F.vhp(total, x, v, create_graph),
    ]
    assert {one.requires_grad for one in found} == {create_graph}
    assert found[0].tolist() == found[1].tolist() == [[3, 0], [0, 12]]
    assert found[2].tolist() == [[6, 0], [0, 12]]
    assert not x.requires_grad


def test_without_create_graph_nothing_is_recorded() -> None:
    x, y = pair(at)
    value, product = at.autograd.functional.vjp(lambda x: vector(x * y), x, at.tensor(Y))
    assert not value.requires_grad
    assert not product.requires_grad
    assert x.grad is None
    assert at.is_grad_enabled()


# -- grad and backward -----------------------------------------------------------------------------


def test_grad_takes_the_arguments_of_pytorch(torch: ModuleType) -> None:
    for lib in (at, torch):
        x, y = pair(lib)
        (found,) = lib.autograd.grad(
            outputs=vector(x), inputs=x, grad_outputs=y.detach(), retain_graph=True,
            create_graph=True, only_inputs=True, allow_unused=False,
        )  # fmt: skip
        assert found.requires_grad
        with pytest.raises(RuntimeError):
            lib.autograd.grad(x.sum(), [x, y])
        assert lib.autograd.grad(x.sum(), [x, y], None, None, False, True, True)[1] is None


def test_grad_by_what_is_in_a_dict_gives_a_dict() -> None:
    x, unused = at.tensor(3.0, requires_grad=True), at.ones(2, requires_grad=True)
    by = {"x": x, 7: unused}
    found = at.autograd.grad(x * x, by, materialize_grads=True)
    assert {key: one.tolist() for key, one in found.items()} == {"x": 6, 7: [0, 0]}
    assert at.autograd.grad(x * x, by, allow_unused=True)[7] is None
    at.autograd.backward(x * x, inputs={"x": x})
    assert x.grad.item() == 6


def test_grad_with_settings_that_say_nothing_or_forbid_each_other() -> None:
    x = at.tensor(3.0, requires_grad=True)
    with pytest.warns(FutureWarning, match="only_inputs=False says nothing"):
        assert at.autograd.grad(x * x, x, only_inputs=False)[0].item() == 6
    with pytest.raises(ValueError, match="materialize_grads gives zeros"):
        at.autograd.grad(x * x, x, allow_unused=False, materialize_grads=True)


def test_a_tensor_retains_its_gradient_after_its_place_was_asked_for() -> None:
    x = at.tensor(3.0, requires_grad=True)
    y = x * x
    edge = at.autograd.graph.get_gradient_edge(y)
    at.autograd.backward(y * 2, inputs=edge, retain_graph=True)
    assert x.grad is None
    y.retain_grad()
    (y * 5).backward()
    assert y.grad.item() == 5


def test_a_batch_of_gradients_at_once(torch: ModuleType) -> None:
    found = []
    for lib in (at, torch):
        x, y = pair(lib)
        out = two(x, y)
        batch = [lib.tensor(RANDOM_BATCH), lib.tensor(RANDOM_BATCH * 2)]
        found.append(
            lib.autograd.grad(out, (x, y), batch, is_grads_batched=True, retain_graph=False)
        )
    for mine, one in zip(*found, strict=True):
        np.testing.assert_allclose(array_of(mine), array_of(one), rtol=1e-12)
    x = at.tensor(X, requires_grad=True)
    with pytest.raises(RuntimeError, match="batch"):
        autograd.grad(x.sum(), x, is_grads_batched=True)


RANDOM_BATCH = RANDOM.normal(size=(4, 3))


@pytest.mark.parametrize("create_graph", [False, True])
def test_backward_from_several(torch: ModuleType, create_graph: bool) -> None:
    found = []
    for lib in (at, torch):
        x, y = pair(lib)
        shared = x * y
        weight = lib.tensor(Y)
        calls: list[int] = []
        shared.register_hook(lambda g, calls=calls: calls.append(1))
        quietly(
            lambda x=x, y=y, shared=shared, weight=weight, lib=lib: lib.autograd.backward(
                [shared.exp(), shared.sum(), y], [weight, None, weight], create_graph=create_graph
            )
        )
        assert calls == [1]  # all in one way back
        assert x.grad.requires_grad == create_graph
        found.append((array_of(x.grad), array_of(y.grad)))
        np.testing.assert_array_equal(array_of(weight), Y)
    for mine, one in zip(*found, strict=True):
        np.testing.assert_allclose(mine, one, rtol=1e-12)


def test_backward_of_one_and_into_inputs() -> None:
    x, y = pair(at)
    autograd.backward(x.sum())
    assert x.grad.tolist() == [1, 1, 1]
    autograd.backward([(x * y).sum(), y.sum()], inputs=[y])
    assert x.grad.tolist() == [1, 1, 1]
    np.testing.assert_allclose(y.grad.numpy(), X + 1)


def test_backward_refuses() -> None:
    x, y = pair(at)
    with pytest.raises(RuntimeError, match="scalar"):
        autograd.backward([x * 2, y.sum()])
    with pytest.raises(RuntimeError, match="2 tensors"):
        autograd.backward([x * 2, y.sum()], [x])
    with pytest.raises(RuntimeError, match="shape"):
        autograd.backward([x * 2, y.sum()], [at.ones(2), None])
    with pytest.raises(RuntimeError, match="does not require grad"):
        autograd.backward([x.detach(), y.sum()])
    with pytest.raises(TypeError, match="int"):
        autograd.backward([1, y.sum()])  # type: ignore[list-item]
    total = [(x * x).sum(), (x * y).sum()]
    autograd.backward(total)
    with pytest.raises(RuntimeError, match="retain_graph"):
        autograd.backward(total)


def test_the_names_of_the_namespace() -> None:
    for name in (
        "Function", "detect_anomaly", "set_detect_anomaly", "no_grad", "enable_grad",
        "set_grad_enabled", "gradcheck", "gradgradcheck",
    ):  # fmt: skip
        assert getattr(autograd, name) is getattr(at, name)
    x = autograd.Variable(at.ones(2), requires_grad=True)
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3, 3]


# -- second derivatives of bent lines --------------------------------------------------------------

BENT: dict[str, Callable[[at.Tensor], at.Tensor]] = {
    "relu": at.relu,
    "relu6": F.relu6,
    "hardtanh": F.hardtanh,
    "leaky_relu": F.leaky_relu,
    "leaky_relu of a steep slope": lambda x: F.leaky_relu(x, 2.0),
    "rrelu": lambda x: F.rrelu(x, training=True),
    "prelu": lambda x: F.prelu(x, at.tensor([0.1], dtype=at.float64)),
    "threshold": lambda x: F.threshold(x, 0.2, 0.1),
    "hardshrink": F.hardshrink,
    "softshrink": F.softshrink,
    "hardsigmoid": F.hardsigmoid,
    "max_pool1d": lambda x: F.max_pool1d(x[None], 2),
}


@pytest.mark.parametrize("name", BENT)
def test_the_second_derivative_of_a_bent_line_is_zero_and_not_none(name: str) -> None:
    """As in PyTorch: a second ``grad`` gives zeros where it would else refuse."""
    x = at.tensor([-2.0, 0.3, 0.9, 7.0], dtype=at.float64, requires_grad=True)
    (slope,) = at.autograd.grad(BENT[name](x).sum(), x, create_graph=True)
    assert slope.requires_grad
    (curvature,) = at.autograd.grad(slope.sum(), x)
    assert curvature.tolist() == [0, 0, 0, 0]
    assert curvature.dtype == at.float64


def test_the_hessian_of_a_bent_net_row_by_row() -> None:
    """Of relu(w·x)²: 2 w wᵀ where it is open, by a second ``grad`` for each row."""
    w = at.tensor([3.0, -1.0])
    for x, open_ in ([1.0, 1.0], 1), ([-1.0, 1.0], 0):
        point = at.tensor(x, requires_grad=True)
        (slope,) = at.autograd.grad((w @ point).relu() ** 2, point, create_graph=True)
        rows = [at.autograd.grad(one, point, retain_graph=True)[0].tolist() for one in slope]
        assert rows == [[18 * open_, -6 * open_], [-6 * open_, 2 * open_]]


def test_a_penalty_on_gradients_reaches_the_biases() -> None:
    """They do not change it, so their gradients are 0; a script that clips them would stop at
    None."""
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    x = at.ones(4, 2, requires_grad=True)
    (slope,) = at.autograd.grad(net(x).sum(), x, create_graph=True)
    ((slope.norm(dim=1) - 1) ** 2).mean().backward()
    first = net.get_parameter("0.bias").grad
    assert first is not None
    assert first.tolist() == [0, 0, 0]


@pytest.mark.parametrize("name", ["vjp", "jvp", "jacobian"])
def test_strict_with_a_graph_is_about_the_jacobian_too(name: str) -> None:
    def call(function: Any, x: at.Tensor, create_graph: bool) -> Any:
        more = () if name == "jacobian" else (at.ones(2),)
        transform = getattr(at.autograd.functional, name)
        return transform(function, x, *more, strict=True, create_graph=create_graph)

    for x in (at.tensor([1.0, 2.0]), at.tensor([1.0, 2.0], requires_grad=True)):
        with pytest.raises(
            RuntimeError, match=f"{name}: the Jacobian is independent of the inputs"
        ):
            call(lambda x: x * 2, x, True)
        call(lambda x: x * 2, x, False)
        found = call(lambda x: x**2, x, True)
        expected = [[2, 0], [0, 4]] if name == "jacobian" else [2, 4]
        assert (found if name == "jacobian" else found[1]).tolist() == expected
    for name in ("hvp", "hessian"):
        more = () if name == "hessian" else (at.ones(2),)
        function = getattr(at.autograd.functional, name)
        found = function(lambda x: (x**2).sum(), x, *more, strict=True, create_graph=True)
        assert (found if name == "hessian" else found[1]).sum() == 4


def test_every_tensor_is_a_variable() -> None:
    Variable = at.autograd.Variable
    for one in (at.ones(2), at.nn.Parameter(at.ones(2)), Variable(at.ones(2))):
        assert isinstance(one, Variable)
    assert not isinstance(np.ones(2), Variable)
    x = at.ones(2)
    leaf = Variable(x, requires_grad=True)
    leaf.sum().backward()
    assert x.grad is None
    assert leaf.data_ptr() == x.data_ptr()
    assert Variable().shape == (0,)
    with pytest.warns(UserWarning, match="volatile has had no effect since PyTorch 0.4"):
        assert Variable(x, volatile=True).requires_grad is False
    assert Variable(x, False, False).tolist() == [1, 1]
    with pytest.raises(TypeError, match="Variable: volatile must be a bool, got int"):
        Variable(x, volatile=1)  # type: ignore[arg-type]  # the mistake that is tried
    with pytest.raises(TypeError, match="Variable: data must be a Tensor, got list"):
        Variable([1.0])  # type: ignore[arg-type]  # the mistake that is tried


def test_integers_are_no_data_of_what_requires_grad() -> None:
    for x in (at.ones(2, requires_grad=True), at.ones(2, requires_grad=True) * 1):
        with pytest.raises(RuntimeError, match="only Tensors of floating point dtype"):
            x.data = at.ones(2, dtype=at.int64)
        assert x.dtype == at.float32
        other = at.zeros(3, dtype=at.float64)
        x.data = other
        assert (x.dtype, x.shape, x.requires_grad) == (at.float64, (3,), True)
        assert x.data_ptr() == other.data_ptr()
        assert not other.requires_grad
    plain = at.ones(2)
    plain.data = at.ones(2, dtype=at.int64)
    assert plain.dtype == at.int64
