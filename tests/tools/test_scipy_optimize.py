"""``optim.minimize`` is SciPy's minimize with our gradients: the same steps to the same place."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn import functional as F
from nn import optim

so = pytest.importorskip("scipy.optimize", reason="needs the extra: pip install -e .[scipy]")
pytestmark = pytest.mark.works_with(
    "SciPy", "scipy.optimize.minimize over a model's parameters, every method"
)

NEW = tuple(map(int, version("scipy").split(".")[:2])) >= (1, 14)
SLOPELESS = ("Nelder-Mead", "Powell", "COBYLA", *(["COBYQA"] if NEW else []))
PRODUCTS = ("Newton-CG", "trust-ncg", "trust-krylov", "trust-constr")
MATRICES = ("dogleg", "trust-exact")
OTHERS = ("CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP", None)
START = np.array([1.3, 0.7, 0.8, 1.9])


def valley(dtype: Any = at.float64) -> tuple[at.Tensor, Callable[[], at.Tensor]]:
    p = at.tensor(START, dtype=dtype, requires_grad=True)
    return p, lambda: (100 * (p[1:] - p[:-1] ** 2) ** 2 + (1 - p[:-1]) ** 2).sum()


def by_scipy(method: str | None, **more: Any) -> Any:
    if method not in SLOPELESS:
        more["jac"] = so.rosen_der
    if method in PRODUCTS:
        more["hessp"] = so.rosen_hess_prod
    if method in MATRICES:
        more["hess"] = so.rosen_hess
    return so.minimize(so.rosen, START, method=method, **more)


# --- the same as SciPy by hand --------------------------------------------------------------------


@pytest.mark.parametrize("method", [*SLOPELESS, *PRODUCTS, *MATRICES, *OTHERS])
def test_rosenbrocks_valley_by_every_method(method: str | None) -> None:
    options = {"maxiter": 60} if method in SLOPELESS else {}
    p, closure = valley()
    memory, seen = p.array, []
    found = optim.minimize(closure, [p], method, callback=seen.append, options=options)
    wanted = by_scipy(method, options=options)
    if method != "CG":  # which takes another way for the last digit of a sum
        assert found.get("nit") == wanted.get("nit")
    np.testing.assert_allclose(found.x, wanted.x, rtol=1e-4 if method == "CG" else 1e-6)
    assert p.array is memory
    assert p.tolist() == found.x.tolist()
    assert p.grad is None
    assert seen or method == "dogleg"  # which gives up where the Hessian is not positive


def test_names_of_methods_are_read_as_scipy_does() -> None:
    p, closure = valley()
    assert optim.minimize(closure, [p], "nEwTon-cg").success
    with pytest.raises(ValueError, match="Unknown solver"):
        optim.minimize(closure, [p], "steepest")


def test_a_method_of_ones_own() -> None:
    def one_step(fun: Any, x0: Any, jac: Any, hessp: Any, **more: Any) -> Any:
        slope = jac(x0)
        np.testing.assert_allclose(hessp(x0, slope), so.rosen_hess_prod(x0, slope))
        return so.OptimizeResult(x=x0 - 1e-3 * slope, fun=fun(x0), success=True)

    p, closure = valley()
    optim.minimize(closure, [p], one_step)
    np.testing.assert_allclose(p.detach().numpy(), START - 1e-3 * so.rosen_der(START))


# --- models ---------------------------------------------------------------------------------------


def data() -> tuple[at.Tensor, at.Tensor]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 3))
    y = x @ [[1.0], [-2.0], [0.5]] + 0.3 + 0.1 * rng.normal(size=(50, 1))
    return at.tensor(x), at.tensor(y)


@pytest.mark.parametrize("method", ["L-BFGS-B", "BFGS", "Newton-CG", "trust-exact", "SLSQP"])
def test_a_regression_ends_at_the_closed_form(method: str) -> None:
    x, y = data()
    model = nn.Linear(3, 1, dtype=at.float64)
    result = optim.minimize(
        lambda: F.mse_loss(model(x), y), model.named_parameters(), method, tol=1e-12
    )
    design = np.column_stack([x.numpy(), np.ones(50)])
    best, rest, *_ = np.linalg.lstsq(design, y.numpy(), rcond=None)
    np.testing.assert_allclose(result.x, best.ravel(), atol=1e-5)
    np.testing.assert_allclose(result.fun, rest[0] / 50, rtol=1e-9)
    np.testing.assert_array_equal(model.weight.detach().numpy(), result.x[None, :3])
    assert model.bias.item() == result.x[3]


def test_the_closure_of_lbfgs_will_do() -> None:
    x, y = data()
    ours, theirs = nn.Linear(3, 1, dtype=at.float64), nn.Linear(3, 1, dtype=at.float64)
    theirs.load_state_dict(ours.state_dict())

    def closure() -> at.Tensor:
        loss = F.mse_loss(theirs(x), y)
        loss.backward()
        return loss

    found = optim.minimize(lambda: F.mse_loss(ours(x), y), ours.parameters())
    again = optim.minimize(closure, theirs.parameters())
    assert found.x.tolist() == again.x.tolist()
    assert theirs.weight.grad is None
    with pytest.raises(RuntimeError, match="must not call backward"):
        optim.minimize(closure, theirs.parameters(), "Newton-CG")


def test_gradients_that_were_there_are_there_afterwards() -> None:
    p, closure = valley()
    (p * 2).sum().backward()
    optim.minimize(closure, [p])
    assert p.grad is not None
    assert p.grad.tolist() == [2, 2, 2, 2]


def test_float32_keeps_its_dtype_and_comes_near() -> None:
    p, closure = valley(at.float32)
    with at.no_grad():
        result = optim.minimize(closure, [p])
    assert p.dtype is at.float32
    np.testing.assert_allclose(p.detach().numpy(), np.ones(4), atol=1e-2)
    assert result.x.dtype == np.float64


def test_frozen_and_shared_and_unused_parameters() -> None:
    x, y = data()
    net = nn.Sequential(nn.Linear(3, 3, dtype=at.float64), nn.Tanh(), nn.Linear(3, 1).double())
    net[0].weight.requires_grad_(False)
    before = net[0].weight.tolist()
    spare = at.ones(2, requires_grad=True, dtype=at.float64)
    params = [*net.parameters(), net[2].weight, spare]
    result = optim.minimize(lambda: F.mse_loss(net(x), y), params)
    assert result.x.size == 3 + 3 + 1 + 2
    assert net[0].weight.tolist() == before
    assert spare.tolist() == [1, 1]
    net[2].weight = net[0].weight = nn.Parameter(at.zeros(1, 3, dtype=at.float64))
    net[0].bias = nn.Parameter(at.zeros(1, dtype=at.float64))
    assert optim.minimize(lambda: net[2].weight.sum() ** 2 + 1, net.parameters()).fun == 1


def test_a_loss_that_is_linear_has_a_hessian_of_zeros() -> None:
    p = at.tensor([1.0, 2.0], dtype=at.float64, requires_grad=True)
    result = optim.minimize(lambda: p.sum(), [p], "trust-constr", bounds=(0, 5))
    np.testing.assert_allclose(result.x, 0, atol=1e-3)


# --- bounds and constraints -----------------------------------------------------------------------

LOW, HIGH = np.full(4, -0.5), np.full(4, 0.8)


@pytest.mark.parametrize("method", ["L-BFGS-B", "TNC", "SLSQP", "trust-constr"])
@pytest.mark.parametrize(
    "bounds",
    [
        (-0.5, 0.8), [(at.tensor(LOW), HIGH)], so.Bounds(LOW, HIGH), [(-0.5, 0.8)] * 4,
    ],
)  # fmt: skip
def test_bounds_however_they_are_said(method: str, bounds: Any) -> None:
    p, closure = valley()
    found = optim.minimize(closure, [p], method, bounds=bounds)
    wanted = by_scipy(method, bounds=so.Bounds(LOW, HIGH))
    np.testing.assert_allclose(found.x, wanted.x, rtol=1e-6)
    assert p.max() <= 0.8 + 1e-12


def test_bounds_of_each_parameter() -> None:
    w = at.zeros(2, 2, dtype=at.float64, requires_grad=True)
    frozen = at.ones(3)
    b = at.zeros(2, dtype=at.float64, requires_grad=True)
    goal = at.tensor([[5.0, -5.0], [5.0, -5.0]], dtype=at.float64)
    optim.minimize(
        lambda: (w - goal).square().sum() + (b - 9).square().sum() + frozen.sum(),
        [w, frozen, b],
        bounds=[(None, [1.0, 2.0]), (0, 0), ([-1, -1], None)],
    )
    np.testing.assert_allclose(w.detach().numpy(), [[1, -5], [1, -5]], atol=1e-6)
    np.testing.assert_allclose(b.detach().numpy(), [9, 9], atol=1e-6)


@pytest.mark.parametrize("method", ["SLSQP", "trust-constr", *(["COBYQA"] if NEW else [])])
def test_constraints_are_computed_of_the_parameters(method: str) -> None:
    w = at.tensor([0.5, 0.1, 0.1], dtype=at.float64, requires_grad=True)
    goal = at.tensor([1.0, 2.0, 3.0], dtype=at.float64)
    one = {"type": "eq", "fun": lambda: w.sum() - 1}
    optim.minimize(lambda: (w - goal).square().sum(), [w], method, constraints=one)
    np.testing.assert_allclose(w.detach().numpy(), (goal - 5 / 3).numpy(), atol=1e-5)


def test_constraints_of_scipys_classes() -> None:
    w = at.tensor([0.5, 0.1], dtype=at.float64, requires_grad=True)
    goal = at.tensor([3.0, 4.0], dtype=at.float64)
    disc = so.NonlinearConstraint(lambda: w.square().sum(), -np.inf, 1.0)
    half = so.LinearConstraint([[1.0, 0.0]], -np.inf, 0.6)
    for constraints in (disc, [disc, half]):
        result = optim.minimize(
            lambda: (w - goal).square().sum(),
            [w],
            "trust-constr",
            constraints=constraints,
            tol=1e-8,
        )
        np.testing.assert_allclose(result.x, [0.6, 0.8], atol=5e-3)


def test_what_a_method_does_not_take_is_refused_not_left_out() -> None:
    p, closure = valley()
    with pytest.raises(ValueError, match="'BFGS' takes no bounds; choose one of l-bfgs-b"):
        optim.minimize(closure, [p], "BFGS", bounds=(0, 1))
    with pytest.raises(ValueError, match="'L-BFGS-B' takes no constraints; choose one of slsqp"):
        optim.minimize(closure, [p], constraints={"type": "eq", "fun": lambda: p.sum()})
    with pytest.raises(ValueError, match=r"one for each of the 1 parameters.*4 elements, got 3"):
        optim.minimize(closure, [p], bounds=[(0, 1)] * 3)
    with pytest.raises(ValueError, match=r"bound of shape \(2,\) does not broadcast"):
        optim.minimize(closure, [p], bounds=[([0, 0], None)])
    wrong = {"type": "eq", "fun": lambda: p.sum(), "jac": lambda: 1}
    with pytest.raises(ValueError, match="leave out 'jac' and 'args'"):
        optim.minimize(closure, [p], "SLSQP", constraints=wrong)


# --- callbacks and errors -------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["L-BFGS-B", "TNC", "SLSQP", "trust-constr", "COBYLA", "CG"])
def test_a_callback_sees_the_parameters_of_its_iteration_and_may_end_it(method: str) -> None:
    p, closure = valley()
    losses: list[float] = []

    def told(result: Any) -> None:
        assert p.tolist() == np.asarray(result.x).tolist()
        assert result.fun == pytest.approx(closure().item(), rel=1e-12)
        losses.append(result.fun)
        if len(losses) == 3:
            raise StopIteration

    result = optim.minimize(closure, [p], method, callback=told)
    assert len(losses) == 3
    assert not result.success
    assert p.tolist() == result.x.tolist()


def test_after_an_error_the_parameters_are_what_they_were() -> None:
    p, closure = valley()
    calls: list[int] = []

    def fails() -> at.Tensor:
        calls.append(1)
        if len(calls) > 5:
            raise KeyError("no more")
        return closure()

    with pytest.raises(KeyError, match="no more"):
        optim.minimize(fails, [p])
    assert p.tolist() == START.tolist()
    assert p.grad is None
    with pytest.raises(StopIteration):  # one of the closure's own ends nothing in silence
        optim.minimize(lambda: next(iter([])), [p])


def test_mistakes() -> None:
    p, closure = valley()
    model = nn.Linear(2, 1)
    with pytest.raises(TypeError, match=r"got Linear; give model\.parameters\(\)"):
        optim.minimize(closure, model)
    with pytest.raises(TypeError, match="got Tensor; put it in a list"):
        optim.minimize(closure, p)
    with pytest.raises(TypeError, match="params must hold Tensors, got int"):
        optim.minimize(closure, [1])
    with pytest.raises(ValueError, match="leaf"):
        optim.minimize(closure, [p * 2])
    with pytest.raises(ValueError, match="no parameter that requires grad; a generator"):
        optim.minimize(closure, [at.ones(2)])
    with pytest.raises(TypeError, match="closure must be callable"):
        optim.minimize(closure(), [p])
    with pytest.raises(TypeError, match=r"one number, got Tensor of shape \(4,\)"):
        optim.minimize(lambda: p * 2, [p])
    for detached in (lambda: closure().item(), lambda: closure().detach()):
        with pytest.raises(TypeError, match=r"return the Tensor that was computed"):
            optim.minimize(detached, [p])
    array = np.ones(3)
    array.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        optim.minimize(closure, [at.from_numpy(array).requires_grad_()])
    assert p.tolist() == START.tolist()


def test_nothing_warns() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method in (*SLOPELESS, *PRODUCTS, *MATRICES, *OTHERS):
            p, closure = valley()
            optim.minimize(closure, [p], method, options={} if method == "TNC" else {"maxiter": 9})
