"""``scipy.optimize.minimize`` over the parameters of a model, with the gradients of its loss."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from autotensor import Tensor, enable_grad, from_numpy, grad
from autotensor.extend import import_extra, type_name
from nn.arguments import refuse

__all__ = ["minimize"]

_SLOPELESS = ("nelder-mead", "powell", "cobyla", "cobyqa")
"""Methods that take no gradient."""
_PRODUCTS = ("newton-cg", "trust-ncg", "trust-krylov", "trust-constr")
"""Methods that take products with the Hessian."""
_MATRICES = ("dogleg", "trust-exact")
"""Methods that take the Hessian itself."""
_CONSTRAINED = ("slsqp", "trust-constr", "cobyla", "cobyqa")
_BOUNDED = ("l-bfgs-b", "tnc", "nelder-mead", "powell", *_CONSTRAINED)


def minimize(
    closure: Callable[[], Any],
    params: Iterable[Any],
    method: str | Callable[..., Any] | None = "L-BFGS-B",
    *,
    bounds: Any = None,
    constraints: Any = (),
    tol: float | None = None,
    callback: Callable[[Any], Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Any:
    """Lowers a loss by a method of ``scipy.optimize.minimize``; needs the extra ``scipy``.

    SciPy sees the parameters as one vector of float64, one after the other, each flattened; here
    they keep their shapes, dtypes and memory.  They are left where SciPy ends; after an error they
    are what they were.  Those that need no gradient are left alone, shared ones count once.  In
    float32 the loss is flat in the last digits, and a method that looks for an exact minimum ends
    there with a warning in its result: ``model.double()`` goes further.

    Args:
        closure: computes the loss, ``()``, from the parameters, all data at once.  It may call
            ``backward`` itself, as that of ``LBFGS`` does, unless the method needs the Hessian.
        params: parameters, or pairs of a name and one.
        method: any of SciPy's.  Products with the Hessian for ``Newton-CG``, ``trust-ncg``,
            ``trust-krylov`` and ``trust-constr``, the Hessian for ``dogleg`` and ``trust-exact``,
            are computed by differentiating twice.
        bounds: a pair ``(low, high)`` for all; a list of pairs, one for each parameter: numbers,
            None for none, or what broadcasts to its shape; or what SciPy takes for the vector.
        constraints: as SciPy's, one or several; the function of a dict or of a
            ``NonlinearConstraint`` is called without arguments, computes a Tensor of ``(k,)`` or
            ``()`` from the parameters, and gets its derivatives here.
        tol, options: as SciPy's.
        callback: called after each iteration with SciPy's intermediate result, which has the
            vector ``x`` and the loss ``fun``, and with the parameters set to it.  It may raise
            StopIteration to end there.

    Returns:
        SciPy's ``OptimizeResult``: ``x``, ``fun``, ``success``, ``message``, ``nit`` and so on.

    Raises:
        ValueError: no parameter to change, bounds or constraints that the method does not take.
        TypeError: ``closure`` gives no single number.
        ModuleNotFoundError: SciPy is not installed.

    Example:

        >>> p = at.tensor([-1.0, 2.0], dtype=at.float64, requires_grad=True)
        >>> def closure():
        ...     return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2  # Rosenbrock's valley
        >>> result = optim.minimize(closure, [p], bounds=(None, 0.5))  # doctest: +SKIP
        >>> result.success, p.detach().round(decimals=3)  # doctest: +SKIP
        (True, tensor([0.5000, 0.2500], dtype=float64))
    """
    optimize = import_extra("scipy.optimize", "scipy", "minimize")
    name = method.lower() if isinstance(method, str) else ""
    refuse("minimize", not callable(closure), f"closure must be callable, got {type_name(closure)}",
           TypeError)  # fmt: skip
    problem = _Problem(closure, params)
    if bounds is not None:
        _need_method("bounds", method, _BOUNDED)
        bounds = _bounds(bounds, problem, optimize)
    listed = constraints if isinstance(constraints, (tuple, list)) else (constraints,)
    if listed and constraints is not None:
        _need_method("constraints", method, _CONSTRAINED)
        constraints = [
            _constraint(one, problem, optimize, name == "trust-constr") for one in listed
        ]
    else:
        constraints = ()
    slopes: dict[str, Any] = {} if name in _SLOPELESS else {"jac": True}
    if name in _PRODUCTS or callable(method):
        slopes["hessp"] = problem.hessian_product
    elif name in _MATRICES:
        slopes["hess"] = problem.hessian
    settings = {"method": method, "bounds": bounds, "constraints": constraints, "tol": tol}
    with enable_grad(), problem:
        try:
            result = optimize.minimize(
                problem.loss_and_gradient if slopes else problem.loss_alone,
                problem.start,
                callback=None if callback is None else problem.told(callback),
                options=options,
                **settings,
                **slopes,
            )
        except StopIteration:  # which not every method takes
            if problem.stopped_at is None:
                raise
            result = problem.stopped_at
        problem.write(result.x)
    return result


class _Problem:
    """The loss as a function of one vector.  As a context it keeps the gradients that there were,
    and puts the parameters back when an error leaves it."""

    def __init__(self, closure: Callable[[], Any], params: Iterable[Any]) -> None:
        self.closure = closure
        self.given, self.params = _parameters(params)
        sizes = [param.numel() for param in self.params]
        self.ends = np.cumsum(sizes).tolist()
        self.start = self.read()
        self.known: tuple[np.ndarray, Any] | None = None
        self.stopped_at: Any = None
        """The result that the callback ended with."""
        self.slopes: list[Any] | None = None
        """The gradients with their graph at the point where the parameters are, once asked for."""

    def __enter__(self) -> None:
        self.before = [(param, param.array.copy(), param._grad) for param in self.params]

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.slopes = None
        for param, array, slope in self.before:
            param.grad = slope
            if kind is not None:
                np.copyto(param.array, array)
                param.mark_written()

    # -- the vector ----------------------------------------------------------------------------

    def read(self) -> np.ndarray:
        parts = [param.array.ravel().astype(np.float64) for param in self.params]
        return np.concatenate(parts)

    def parts(self, x: np.ndarray) -> list[np.ndarray]:
        """The slices of a vector in the shapes of the parameters."""
        pieces = np.split(x, self.ends[:-1])
        return [piece.reshape(one.shape) for piece, one in zip(pieces, self.params, strict=True)]

    def write(self, x: Any) -> None:
        x = np.asarray(x, np.float64)
        if self.known is not None and np.array_equal(self.known[0], x):
            return  # what was computed there still holds
        self.known, self.slopes = (x.copy(), None), None
        for param, part in zip(self.params, self.parts(x), strict=True):
            np.copyto(param.array, part, casting="same_kind")
            param.mark_written()

    # -- what SciPy asks for -------------------------------------------------------------------

    def loss_alone(self, x: np.ndarray) -> float:
        self.write(x)
        loss = _number(self.closure())
        self.known = (x.copy(), loss)
        return loss

    def loss_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        self.write(x)
        for param in self.params:
            param.grad = None
        loss = self.closure()
        value = _number(loss)
        slopes: list[Any] = [param.grad for param in self.params]
        if all(slope is None for slope in slopes):
            slopes = self.differentiated(loss)
        self.known = (x.copy(), value)
        return value, self.flat(slopes)

    def differentiated(self, loss: Any, **settings: Any) -> list[Any]:
        if not (isinstance(loss, Tensor) and loss.requires_grad):
            raise TypeError(
                "minimize: the loss does not depend on the parameters, or was detached from them; "
                "return the Tensor that was computed, not loss.item()"
            )
        return list(grad(loss, self.params, allow_unused=True, **settings))

    def flat(self, slopes: list[Any]) -> np.ndarray:
        pairs = zip(slopes, self.params, strict=True)
        return np.concatenate([
            np.zeros(param.numel()) if slope is None else slope.array.ravel().astype(np.float64)
            for slope, param in pairs
        ])  # fmt: skip

    def hessian_product(self, x: np.ndarray, p: np.ndarray) -> np.ndarray:
        self.write(x)
        if self.slopes is None:
            loss = self.closure()
            if any(param.grad is not None for param in self.params):
                raise RuntimeError(
                    "minimize: this method needs the Hessian, so closure must not call backward; "
                    "let it return the loss"
                )
            self.slopes = self.differentiated(loss, create_graph=True)
        return self.product(self.slopes, p)

    def product(self, slopes: list[Any], p: np.ndarray) -> np.ndarray:
        """The derivative of ``slopes`` in the direction ``p``."""
        along: Any = 0
        for slope, part in zip(slopes, self.parts(np.asarray(p, np.float64).ravel()), strict=True):
            if slope is not None and slope.requires_grad:
                along = along + (slope * from_numpy(part.astype(slope.dtype))).sum()
        if not isinstance(along, Tensor):
            return np.zeros(self.start.size)  # a loss that is linear in the parameters
        return self.flat(list(grad(along, self.params, retain_graph=True, allow_unused=True)))

    def hessian(self, x: np.ndarray) -> np.ndarray:
        rows = [self.hessian_product(x, row) for row in np.eye(x.size)]
        return (np.array(rows) + np.array(rows).T) / 2

    def told(self, callback: Callable[[Any], Any]) -> Callable[..., Any]:
        """``callback`` as SciPy calls it, with or without a result, by method."""
        optimize = import_extra("scipy.optimize", "scipy", "minimize")

        def tell(intermediate_result: Any) -> Any:
            result = intermediate_result
            x = np.asarray(getattr(result, "x", result))
            self.write(x)
            if not hasattr(result, "x"):
                known = self.known[1] if self.known else None
                loss = self.loss_alone(x) if known is None else known
                result = optimize.OptimizeResult(x=x.copy(), fun=loss)
            try:
                return callback(result)
            except StopIteration:
                ends = {"success": False, "status": 99, "message": "callback ended it"}
                self.stopped_at = optimize.OptimizeResult({**result, **ends})
                raise

        return tell


def _number(loss: Any) -> float:
    if isinstance(loss, Tensor) and loss.numel() == 1:
        return float(loss.item())
    if isinstance(loss, (int, float, np.floating)):
        return float(loss)
    shape = f" of shape {loss.shape}" if isinstance(loss, Tensor) else ""
    raise TypeError(
        f"minimize: closure must return the loss, one number, got {type_name(loss)}{shape}"
    )


def _parameters(params: Iterable[Any]) -> tuple[list[Tensor], list[Tensor]]:
    """What was given, each once, and what of it is to be changed."""
    wrong = isinstance(params, (Tensor, str, Mapping)) or not isinstance(params, Iterable)
    remedy = "; give model.parameters()" if hasattr(params, "parameters") else "; put it in a list"
    refuse("minimize", wrong, f"params must be an iterable of Tensors, got {type_name(params)}"
           f"{remedy}", TypeError)  # fmt: skip
    given: dict[int, Tensor] = {}
    for one in params:
        param = one[1] if isinstance(one, tuple) and len(one) == 2 else one
        refuse("minimize", not isinstance(param, Tensor), f"params must hold Tensors, got "
               f"{type_name(param)}", TypeError)  # fmt: skip
        refuse("minimize", not param.is_leaf, "a parameter must be a leaf, but one was computed "
               "from others")  # fmt: skip
        given[id(param)] = param
    changed = [param for param in given.values() if param.requires_grad]
    refuse("minimize", not changed, "no parameter that requires grad; a generator gives its items "
           "only once")  # fmt: skip
    for param in changed:
        remedy = "give it its own with param.data = param.data.clone()"
        readonly = not param.array.flags.writeable
        refuse("minimize", readonly, f"a parameter lies on read-only memory; {remedy}")
    return list(given.values()), changed


def _need_method(what: str, method: Any, known: tuple[str, ...]) -> None:
    """SciPy would warn, and go on without the ``what``."""
    wrong = isinstance(method, str) and method.lower() not in known
    remedy = f"choose one of {', '.join(known)}"
    refuse("minimize", wrong, f"method {method!r} takes no {what}; {remedy}")


def _bounds(bounds: Any, problem: _Problem, optimize: Any) -> Any:
    """Bounds of the vector: two arrays, as SciPy's ``Bounds``, or what SciPy reads itself."""
    if isinstance(bounds, optimize.Bounds):
        return bounds
    listed = list(bounds)
    if len(listed) == 2 and not any(isinstance(one, (tuple, list)) for one in listed):
        listed = [tuple(listed)] * len(problem.given)
    if len(listed) != len(problem.given):
        fits = len(listed) == problem.start.size
        refuse("minimize", not fits, f"bounds must be one pair, one for each of the "
               f"{len(problem.given)} parameters, or one for each of their {problem.start.size} "
               f"elements, got {len(listed)}")  # fmt: skip
        return listed
    sides: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for param, pair in zip(problem.given, listed, strict=True):
        refuse("minimize", len(pair) != 2, f"each of bounds must be a pair, got {pair!r}")
        for side, bound, none in zip(sides, pair, (-np.inf, np.inf), strict=True):
            array = np.asarray(none if bound is None else getattr(bound, "array", bound), float)
            try:
                full = np.broadcast_to(array, param.shape)
            except ValueError:
                raise ValueError(
                    f"minimize: a bound of shape {array.shape} does not broadcast to its "
                    f"parameter of shape {param.shape}"
                ) from None
            if param.requires_grad:
                side.append(full.ravel())
    return optimize.Bounds(*map(np.concatenate, sides))


def _constraint(given: Any, problem: _Problem, optimize: Any, exact: bool) -> Any:
    """A constraint whose function computes Tensors, as one on the vector with its derivatives, the
    second ones too if ``exact``."""
    if isinstance(given, optimize.LinearConstraint):
        return given
    in_dict = isinstance(given, dict)
    known = in_dict or isinstance(given, optimize.NonlinearConstraint)
    refuse("minimize", not known, "a constraint must be a dict, a LinearConstraint or a "
           f"NonlinearConstraint, got {type_name(given)}", TypeError)  # fmt: skip
    compute = given.get("fun") if in_dict else given.fun
    refuse("minimize", not callable(compute), "a constraint needs a function 'fun'", TypeError)
    more = in_dict and given.keys() & {"jac", "args"}
    words = "the 'fun' of a constraint is called without arguments and differentiated here"
    refuse("minimize", more, f"{words}: leave out 'jac' and 'args'")

    def values(x: np.ndarray) -> Any:
        problem.write(x)
        found = compute()
        refuse("minimize", not isinstance(found, Tensor) or found.ndim > 1, "the function of a "
               "constraint must give a Tensor of one dimension or none", TypeError)  # fmt: skip
        return found.reshape(-1)

    def numbers(x: np.ndarray) -> np.ndarray:
        return values(x).detach().numpy().astype(np.float64)

    def jacobian(x: np.ndarray) -> np.ndarray:
        rows = [problem.flat(problem.differentiated(one, retain_graph=True)) for one in values(x)]
        return np.array(rows)

    def hessian(x: np.ndarray, v: np.ndarray) -> Any:
        found = values(x)
        along = (found * from_numpy(np.asarray(v).astype(found.dtype))).sum()
        slopes = problem.differentiated(along, create_graph=True)
        size = x.size
        linear = import_extra("scipy.sparse.linalg", "scipy", "minimize")
        return linear.LinearOperator(
            (size, size), lambda p: problem.product(slopes, p), dtype=np.float64
        )

    if in_dict:
        low, high = 0.0, 0.0 if given.get("type") == "eq" else np.inf
    else:
        low, high = given.lb, given.ub
    if not in_dict or exact:
        feasible = False if in_dict else given.keep_feasible
        return optimize.NonlinearConstraint(
            numbers, low, high, jac=jacobian, hess=hessian, keep_feasible=feasible
        )
    return {**given, "fun": numbers, "jac": jacobian}
