"""L-BFGS: a quasi-Newton method that remembers a few steps instead of a matrix."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from autotensor import Tensor, enable_grad, from_numpy
from autotensor.extend import silent
from nn.arguments import need, parts_of, refuse
from nn.optim.blocks import largest
from nn.optim.optimizer import (
    Group,
    Loss,
    Optimizer,
    State,
    need_number,
    need_shape,
    options_of,
)

NUMBERS, VECTORS = ("t", "H_diag"), ("d", "prev_flat_grad")
LISTS = ("old_dirs", "old_stps", "ro")
"""What is remembered from the first iteration on."""


class LBFGS(Optimizer):
    """Newton's method with an inverse Hessian estimated from the last changes of the gradient.

    With the changes sᵢ of the parameters and yᵢ of the gradient g in the last steps, the direction
    is d = −H g, where H comes out of (sᵀy / yᵀy) · I by the update of BFGS with every pair (sᵢ, yᵢ)
    in turn; only products with H are ever computed.  The parameters go by t · d: t is ``lr``, or
    what the line search finds, which begins there.

    One call of ``step`` makes up to ``max_iter`` such iterations.  It calls ``closure`` again and
    again, so that must compute the loss and its gradients anew each time, with the same data.

    Nocedal & Wright, Numerical optimization, 2006: algorithms 7.4 and 7.5 (L-BFGS), 3.5 and 3.6
    (line search).

    Args:
        params: parameters; there can be one group only.
        lr: step length, or where the line search begins.
        max_iter: iterations in one ``step``.
        max_eval: calls of ``closure`` in one ``step``; None for 5 / 4 of ``max_iter``.
        tolerance_grad: ends where no element of the gradient is larger.
        tolerance_change: ends where no parameter changes by more, or the loss by less.
        history_size: how many pairs (sᵢ, yᵢ) are kept.
        line_search_fn: None, or ``"strong_wolfe"`` for a step that lowers the loss and flattens the
            slope along d.

    Raises:
        ValueError: several groups, or a bad option.
        RuntimeError: another line search.

    Example:

        >>> p = at.tensor([-1.0, 2.0], requires_grad=True)
        >>> optimizer = optim.LBFGS([p], line_search_fn="strong_wolfe", max_iter=100)
        >>> def closure():
        ...     optimizer.zero_grad()
        ...     x, y = p
        ...     loss = (1 - x) ** 2 + 100 * (y - x * x) ** 2  # Rosenbrock's valley
        ...     loss.backward()
        ...     return loss
        >>> _ = optimizer.step(closure)
        >>> p.detach().round(decimals=2)
        tensor([1., 1.])
    """

    separable = "nothing"
    _checked = ("lr",)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        max_eval = max_iter * 5 // 4 if max_eval is None else max_eval
        super().__init__(params, options_of(locals()))

    def check(self, options: Group) -> None:
        super().check(options)
        if self.param_groups:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        search = options["line_search_fn"]
        if search not in (None, "strong_wolfe"):
            raise RuntimeError(f"only 'strong_wolfe' is supported, got line_search_fn={search!r}")

    def _check_state(self, about: str, param: Tensor, kept: Mapping[str, Any]) -> None:
        if param is not self.param_groups[0]["params"][0]:
            return
        for name in ("n_iter", "func_evals"):
            need_number(about, name, kept.get(name, 0))
        if not kept.get("n_iter"):
            return
        for name, number in zip(NUMBERS, parts_of(about, kept, *NUMBERS), strict=True):
            need_number(about, name, number)
        count = sum(one.numel() for one in self._all_params())
        lists = parts_of(about, kept, *LISTS)
        for name, value in zip(LISTS, lists, strict=True):
            need(about, repr(name), value, (list, tuple), "a list")
        lengths = [len(one) for one in lists]
        refuse(about, len(set(lengths)) > 1, f"{LISTS} must be equally long, got {lengths}")
        for name, vector in zip(VECTORS, parts_of(about, kept, *VECTORS), strict=True):
            need_shape(about, name, vector, (count,))
        for change, step, inverse in zip(*lists, strict=True):
            need_shape(about, LISTS[0], change, (count,))
            need_shape(about, LISTS[1], step, (count,))
            need_number(about, LISTS[2], inverse)

    def step(self, closure: Callable[[], Loss]) -> Loss:  # type: ignore[override]
        """Up to ``max_iter`` iterations.

        Args:
            closure: computes the loss again, with its gradients.

        Returns:
            The first loss that ``closure`` returned.

        Example:

            >>> p = at.tensor([3.0], requires_grad=True)
            >>> optimizer = optim.LBFGS([p])
            >>> def closure():
            ...     optimizer.zero_grad()
            ...     loss = ((p - 1) ** 2).sum()
            ...     loss.backward()
            ...     return loss
            >>> optimizer.step(closure).item(), p.detach().round(decimals=3)  # the loss before
            (4.0, tensor([1.]))
        """
        if not callable(closure):
            raise TypeError(f"LBFGS.step: closure must be callable, got {type(closure).__name__}")
        with enable_grad():
            outside = copy_context()  # the closure keeps NumPy's warnings, the arithmetic has none
        return silent().run(self._minimize, partial(outside.run, closure))

    def _minimize(self, evaluate: Callable[[], Any]) -> Any:
        (group,) = self.param_groups
        params = group["params"]
        # The state is that of the first parameter, as in PyTorch: loading gives it a dtype.
        state = self.state[params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first_loss = evaluate()
        state["func_evals"] += 1
        evaluations = 1
        loss, g = float(first_loss), _flat_gradient(params)
        if largest(g) <= group["tolerance_grad"]:
            return first_loss
        lr = float(group["lr"])
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            d = _direction(state, g, group["history_size"])
            state["prev_flat_grad"], state["prev_loss"] = from_numpy(g), loss
            t = lr
            if state["n_iter"] == 1:  # the scale of d is still that of the gradient
                t *= min(1.0, 1 / float(np.abs(g).sum()))
            state["d"], state["t"] = from_numpy(d), t
            slope = float(np.dot(g, d))
            if slope > -group["tolerance_change"]:
                break
            last, calls = iteration == group["max_iter"], 0
            if group["line_search_fn"] is not None:
                search = _LineSearch(params, d, evaluate)
                point = search.run(_Point(0.0, loss, g, slope), t, group["max_eval"] - evaluations)
                t, loss, g, calls = point.t, point.loss, point.g, search.calls
                state["t"] = t
            _go_along(params, t, d)
            # At the end, with batches, this loss would be of no use to the next step.
            if group["line_search_fn"] is None and not last:
                loss, g, calls = float(evaluate()), _flat_gradient(params), 1
            evaluations += calls
            state["func_evals"] += calls
            if (
                last
                or evaluations >= group["max_eval"]
                or largest(g) <= group["tolerance_grad"]
                or largest(d * t) <= group["tolerance_change"]
                or abs(loss - state["prev_loss"]) < group["tolerance_change"]
            ):
                break
        return first_loss


def _direction(state: State, g: np.ndarray, history_size: int) -> np.ndarray:
    """−H g, with the last step taken into H first."""
    if state["n_iter"] == 1:
        state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
        return -g
    y = g - state["prev_flat_grad"].array
    s = state["d"].array * float(state["t"])
    ys = float(np.dot(y, s))
    changes, steps, inverses = state["old_dirs"], state["old_stps"], state["ro"]
    if ys > 1e-10:  # else H would not be positive definite
        for kept, new in ((changes, from_numpy(y)), (steps, from_numpy(s)), (inverses, 1 / ys)):
            if len(kept) == history_size:
                kept.pop(0)
            kept.append(new)
        state["H_diag"] = ys / float(np.dot(y, y))
    pairs = [
        (step.array, change.array, float(inverse))
        for step, change, inverse in zip(steps, changes, inverses, strict=True)
    ]
    d = -g
    shares = []
    for step, change, inverse in reversed(pairs):
        shares.append(float(np.dot(step, d)) * inverse)
        d -= shares[-1] * change
    d *= float(state["H_diag"])
    for (step, change, inverse), share in zip(pairs, reversed(shares), strict=True):
        d += (share - float(np.dot(change, d)) * inverse) * step
    return d


# -- parameters as one vector --------------------------------------------------------------------


def _flat_gradient(params: list[Tensor]) -> np.ndarray:
    """The gradients in one new vector, zeros where there is none."""
    parts = [
        np.zeros(param.numel(), param.dtype) if param.grad is None else param.grad.array.ravel()
        for param in params
    ]
    return np.concatenate(parts)


def _go_along(params: list[Tensor], t: float, d: np.ndarray) -> None:
    """Adds t · d to the parameters."""
    start = 0
    for param in params:
        part = d[start : start + param.numel()].reshape(param.shape)
        np.add(param.array, t * part, out=param.array, casting="same_kind")
        param.mark_written()
        start += param.numel()


# -- line search ---------------------------------------------------------------------------------


_Point = namedtuple("_Point", "t loss g slope")
"""A place on the line: how far along d, with the loss, its gradient, and the slope gᵀd."""


@dataclass
class _LineSearch:
    """Finds t with the strong Wolfe conditions along d, from where the parameters are.

    The loss falls by at least 10⁻⁴ of what the first slope promises, and the slope ends below 0.9
    of the first, in size.
    """

    params: list[Tensor]
    d: np.ndarray
    evaluate: Callable[[], Any]
    calls: int = 0

    def __post_init__(self) -> None:
        self.begin = [param.array.copy() for param in self.params]

    def at(self, t: float) -> _Point:
        """Evaluates there, and goes back to the beginning."""
        self.calls += 1
        _go_along(self.params, t, self.d)
        loss, g = float(self.evaluate()), _flat_gradient(self.params)
        for param, array in zip(self.params, self.begin, strict=True):
            np.copyto(param.array, array)
            param.mark_written()
        return _Point(t, loss, g, float(np.dot(g, self.d)))

    def run(self, start: _Point, t: float, most: int) -> _Point:
        """The best point found in ``most`` tries after the first at ``t``."""

        def too_high(point: _Point) -> bool:
            return point.loss > start.loss + 1e-4 * point.t * start.slope

        def flat(point: _Point) -> bool:
            return abs(point.slope) <= -0.9 * start.slope

        # Go on until some point lies beyond one that we look for.
        before, point = start, self.at(t)
        tries = 0
        while tries < most:
            if too_high(point) or (tries > 1 and point.loss >= before.loss):
                break
            if flat(point):
                return point
            if point.slope >= 0:
                break
            nearest, farthest = point.t + 0.01 * (point.t - before.t), 10 * point.t
            t = _lowest_of_cubic(before, point, nearest, farthest)
            before, point = point, self.at(t)
            tries += 1
        else:
            before = start

        # Close in on it from both sides.
        ends = [before, point]
        low = 0 if before.loss <= point.loss else 1
        stuck = False
        while tries < most:
            left, right = sorted(end.t for end in ends)
            if (right - left) * largest(self.d) < 1e-9:  # as in PyTorch, whatever the tolerance
                break
            t = _lowest_of_cubic(ends[0], ends[1], left, right)
            margin = 0.1 * (right - left)
            close = min(right - t, t - left) < margin
            if close and (stuck or t >= right or t <= left):
                t = right - margin if abs(t - right) < abs(t - left) else left + margin
                close = False
            stuck = close
            point = self.at(t)
            tries += 1
            if too_high(point) or point.loss >= ends[low].loss:
                ends[1 - low] = point
                low = 0 if ends[0].loss <= ends[1].loss else 1
                continue
            done = flat(point)
            if not done and point.slope * (ends[1 - low].t - ends[low].t) >= 0:
                ends[1 - low] = ends[low]
            ends[low] = point
            if done:
                break
        return ends[low]


def _lowest_of_cubic(a: _Point, b: _Point, left: float, right: float) -> float:
    """Where the cubic with the losses and slopes of two points is lowest, from left to right.

    The middle where it has no minimum (Nocedal & Wright, equation 3.59).
    """
    if a.t > b.t:
        a, b = b, a
    width = np.float64(b.t - a.t)
    bend = a.slope + b.slope - 3 * (b.loss - a.loss) / width
    square = bend * bend - a.slope * b.slope
    if not square >= 0:
        return (left + right) / 2
    root = np.sqrt(square)
    t = float(b.t - width * ((b.slope + root - bend) / (b.slope - a.slope + 2 * root)))
    return min(max(t, left), right)
