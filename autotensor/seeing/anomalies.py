"""Anomaly mode: who first made a NaN or an infinity, forward or backward.

While it is on, the engine shows a ``Watcher`` every operator that it records and every gradient
that a rule gives.  The watcher keeps with each node where in the program it was recorded, and stops
at the first result that is not finite although all it was computed from is.

What is not recorded, because no gradient goes through it, is not looked at: masks of -inf are made
there, and data is prepared.  Where such a thing brings a NaN into the graph, the watcher says which
argument brought it.  An operator that is *given* an infinity may hand it on, as ``masked_fill``
does; one that makes NaN of it, as the softmax of a row of -inf, may not.
"""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import numpy as np

from autotensor.engine.backward import visit
from autotensor.engine.graph import Bundle, Node
from autotensor.engine.hooks import attend
from autotensor.engine.modes import AtOnce, Switch, modes, watched
from autotensor.engine.tensor import Tensor, raw
from autotensor.keywords import parameters
from autotensor.operators import pointwise
from autotensor.seeing.networks import names_of
from autotensor.seeing.places import Place

__all__ = [
    "detect_anomaly", "is_anomaly_check_nan_enabled", "set_detect_anomaly", "watched_step"
]  # fmt: skip

_GRAPH = "autotensor.engine.graph"
_MOST_GIVEN = 3
_WIDTH = 88
_ELEMENTWISE = frozenset(dir(pointwise))

_REMEDIES = {
    "log log2 log10": "The log of 0 is -inf, that of less is nan: keep the argument above 0, as in "
    "x.clamp(min=1e-8).log(). For probabilities there are log_softmax, and losses of logits.",
    "log1p": "The log1p of -1 is -inf, that of less is nan: keep the argument above -1.",
    "sqrt rsqrt": "The sqrt of less than 0 is nan, and at 0 its slope is infinite: add a little "
    "first, as in (x + 1e-8).sqrt().",
    "true_divide reciprocal": "That is a division by 0, or nearly: add a little below, as in "
    "x / (y + 1e-8).",
    "exp exp2 expm1 cosh sinh": "The argument is too large: subtract its maximum first, as softmax "
    "and logsumexp do, or clamp it.",
    "softmax log_softmax logsumexp": "A row of nothing but -inf has no softmax: leave one place of "
    "each row unmasked.",
    "pow": "A power of less than 0 with a fraction as exponent is nan, and at 0 the slope may be "
    "infinite: keep the base above 0.",
    "acos asin atanh": "It is defined from -1 to 1 only, and its slope at the ends is infinite: "
    "clamp the argument to a little less.",
    "ctc": "The target has more labels than there are times: compare their lengths, or pass "
    "zero_infinity=True.",
    "linear matmul conv mul add sum": "The numbers have grown too large: try a smaller learning "
    "rate, clip gradients, normalize the data.",
}
REMEDIES = {name: text for names, text in _REMEDIES.items() for name in names.split()}
"""By operator, how to keep it finite."""


# -- the modes -------------------------------------------------------------------------------------


def is_anomaly_check_nan_enabled() -> bool:
    """Whether ``detect_anomaly`` looks, or would look, for NaN.

    Example:

        >>> with at.autograd.detect_anomaly(check_nan=False):
        ...     at.is_anomaly_check_nan_enabled()
        False
    """
    return modes().anomaly is None or modes().anomaly.nan


class detect_anomaly(Switch):
    """Inside it the first NaN or infinity is an error, which names the operator that made it.

    Forward, every operator that is recorded is looked at, as soon as it has computed; backward,
    every gradient.  The error says how many values are not finite and where, in which Module that
    was, and on which line of your program.  Slow: for finding mistakes.

    What is not recorded, as under ``no_grad``, is not looked at, so masks may hold -inf; and an
    operator that is given an infinity may hand it on.  PyTorch's looks at gradients only, and only
    for NaN.

    Args:
        check_nan: False only remembers the lines, for the errors of ``backward``.
        check_inf: whether infinities count; by default as ``check_nan``.  False where they are
            meant, as in the first steps with a ``GradScaler``.

    Raises:
        RuntimeError: within it, at the first NaN or infinity.

    Example:

        >>> x = at.tensor([1.0, 0.0], requires_grad=True)
        >>> with at.detect_anomaly():
        ...     try:
        ...         y = x.log().sum()
        ...     except RuntimeError as error:
        ...         print(str(error).splitlines()[0])
        log: made -inf of finite numbers, in 1 of 2 values: at [1], where input is 0
    """

    def __init__(self, check_nan: bool = True, check_inf: bool | None = None) -> None:
        super().__init__(anomaly=Watcher(type(self).__name__, check_nan, check_inf))
        watched[:] = [True]


class set_detect_anomaly(AtOnce):
    """``detect_anomaly`` that acts at once, with the mode given.

    Example:

        >>> _ = at.autograd.set_detect_anomaly(True)
        >>> at.is_anomaly_enabled()
        True
        >>> _ = at.autograd.set_detect_anomaly(False)
    """

    def __init__(self, mode: bool, check_nan: bool = True, check_inf: bool | None = None) -> None:
        if not isinstance(mode, bool):
            raise TypeError(f"set_detect_anomaly: mode must be a bool, got {type(mode).__name__}")
        watcher = Watcher(type(self).__name__, check_nan, check_inf)
        super().__init__(anomaly=watcher if mode else None)
        watched[:] = [True]


# -- who looks -------------------------------------------------------------------------------------


class Watcher:
    """What the engine calls while the mode is on."""

    def __init__(self, caller: str, check_nan: bool, check_inf: bool | None) -> None:
        for name, value in (("check_nan", check_nan), ("check_inf", check_inf)):
            if not isinstance(value, (bool, np.bool_)) and (value is not None or "inf" not in name):
                raise TypeError(f"{caller}: {name} must be a bool, got {type(value).__name__}")
        self.nan = bool(check_nan)
        self.inf = self.nan if check_inf is None else bool(check_inf)

    def recorded(self, node: Node, output: np.ndarray) -> None:
        """Keeps where ``node`` was recorded; raises if it is the first to make such a number."""
        frame = sys._getframe(2)
        induced = _being_derived(frame)
        node.note("trace", _Trace(Place(frame), induced))
        bad = self.bad(output)
        if not bad.any():
            return
        given = list(_given(frame))
        if np.isnan(output).any() and self.nan:
            if any(_holds(value, np.isnan) for _, value in given):
                self._refuse_given(node, given, np.isnan)
                return
        elif any(_holds(value, np.isinf) for _, value in given):
            self._refuse_given(node, given, np.isinf)
            return
        if induced is not None:
            raise _in_backward(induced, output, bad, [], f", in the {_shown(node)} of its rule")
        from_inf = any(_holds(value, np.isinf) for _, value in given)
        if from_inf:  # which it may hand on
            bad &= np.isnan(output)
        raise _in_forward(node, output, bad, given, from_inf)

    def derived(self, node: Node, rule: Any, g: Any, values: Any, gradient: Any) -> None:
        """Raises if ``rule`` of ``node`` is the first to make such a number of ``g``."""
        for part in _parts(gradient):
            bad = self.bad(part)
            if not bad.any():
                continue
            came = [one for one in _parts(g) if self.bad(one).any()]
            if np.isnan(part).any() and self.nan:
                came = [one for one in came if np.isnan(one).any()]
            if came:
                raise _came_in(node, came[0], self.bad(came[0]))
            names = parameters(rule)[1:] if hasattr(rule, "__code__") else ()
            saved = list(zip(names, map(raw, values or ()), strict=False))
            raise _in_backward(node, part, bad, [("the gradient", _parts(g)[0]), *saved])

    def bad(self, array: Any) -> np.ndarray:
        """Where ``array`` holds what is looked for."""
        if array.dtype.kind != "f" or not (self.nan or self.inf) or np.isfinite(array).all():
            return np.zeros((), bool)
        none = np.zeros(array.shape, bool)
        return (np.isnan(array) if self.nan else none) | (np.isinf(array) if self.inf else none)

    def _refuse_given(self, node: Node, given: list[tuple[str, Any]], is_bad: Any) -> None:
        """Raises if what an operator was given comes from outside of the graph, and so was never
        looked at: a NaN of any Tensor that no operator recorded, an infinity of a parameter."""
        for name, value in given:
            if not isinstance(value, Tensor) or not _holds(value, is_bad):
                continue
            if value.node is not None and "trace" in (value.node.notes or {}):
                continue
            if is_bad is np.isnan or (value.node is None and value._requires_grad):
                raise _from_outside(node, name, value, is_bad(value.array))


def watched_step(optimizer: Any, step: Callable[[], Any]) -> Any:
    """``step()`` of an optimizer; raises if it makes a parameter NaN or infinite that was not."""
    watcher = modes().anomaly
    groups = optimizer.param_groups
    sound = [
        (name, param)
        for number, group in enumerate(groups)
        for name, param in _named(group, f"parameter {{}} of group {number}" * (len(groups) > 1))
        if not watcher.bad(param.array).any()
    ]
    result = step()
    for name, param in sound:
        bad = watcher.bad(param.array)
        if bad.any():
            known = names_of([param]).get(id(param), name)
            raise _in_step(type(optimizer).__name__, known, param, bad, Place(sys._getframe(1)))
    return result


def _named(group: dict[str, Any], otherwise: str) -> Iterator[tuple[str, Tensor]]:
    names = group.get("param_names")
    for at, param in enumerate(group["params"]):
        yield names[at] if names else (otherwise or "parameter {}").format(at), param


class _Trace:
    """Where a node was recorded; if that was in the derivative of another one, of which."""

    __slots__ = ("induced", "place")

    def __init__(self, place: Place, induced: Node | None) -> None:
        self.place = place
        of_that = None if induced is None else (induced.notes or {}).get("trace")
        self.induced = None if induced is None else (_title(induced), of_that)

    def __str__(self) -> str:
        if self.induced is None:
            return str(self.place)
        title, trace = self.induced
        where = f", recorded here:\n{trace}" if trace is not None else ""
        return f"{self.place}\n  It belongs to the derivative of {title}{where}"


def _being_derived(frame: FrameType | None) -> Node | None:
    """The node whose rule is running; None if none is, or a hook."""
    called: Any = None
    while frame is not None:
        if frame.f_code is visit.__code__ and called is not attend.__code__:
            node: Node = frame.f_locals["node"]
            return node
        called, frame = frame.f_code, frame.f_back
    return None


def _given(frame: FrameType | None) -> Iterator[tuple[str, Any]]:
    """What the operator was given that is recorded in ``frame``, with the names of arguments."""
    while frame is not None and frame.f_globals.get("__name__") == _GRAPH:
        if "inputs" in frame.f_locals:  # those of ``record_from``
            yield from _flat("input", frame.f_locals["inputs"])
        frame = frame.f_back
    if frame is None:
        return
    known = frame.f_locals
    args, names = known.get("args"), known.get("names")
    if not isinstance(args, tuple):
        info = inspect.getargvalues(frame)
        names = [*info.args, *([info.varargs] if info.varargs else [])]
        args = tuple(known[name] for name in names)
    for at, value in enumerate(args):
        name = names[at] if isinstance(names, (list, tuple)) and at < len(names) else f"input {at}"
        yield from _flat(name, value)


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, (list, tuple)):
        for at, one in enumerate(value):
            yield from _flat(f"{name}[{at}]", one)
    elif isinstance(value, (Tensor, np.ndarray, np.floating, float, int)):
        yield name, value


def _holds(value: Any, is_bad: Any) -> bool:
    array = np.asarray(raw(value))
    return array.dtype.kind == "f" and bool(is_bad(array).any())


def _parts(gradient: Any) -> list[Any]:
    """The arrays of a gradient, which may be those of several outputs."""
    several = gradient if isinstance(gradient, Bundle) else [gradient]
    return [np.asarray(raw(one)) for one in several if one is not None]


# -- what it says ----------------------------------------------------------------------------------


def _shown(node: Node) -> str:
    return "div" if node.name == "true_divide" else node.name


def _title(node: Node) -> str:
    return f"{_shown(node)} ({node.title})"


def _kinds(array: np.ndarray, bad: np.ndarray) -> str:
    found = array[bad]
    tests: dict[str, Any] = {"nan": np.isnan, "inf": np.isposinf, "-inf": np.isneginf}
    return " and ".join(name for name, test in tests.items() if test(found).any())


def _where(array: np.ndarray, bad: np.ndarray) -> str:
    """How many values of ``array`` are ``bad``, and the index of the first."""
    if not array.shape:
        return ""
    count = int(bad.sum())
    first = "at" if count == 1 else "the first at"
    return f", in {count} of {array.size} values: {first} {list(_first(bad))}"


def _first(bad: np.ndarray) -> tuple[int, ...]:
    return tuple(map(int, np.unravel_index(int(bad.reshape(-1).argmax()), bad.shape)))


def _beside(node: Node, bad: np.ndarray, values: list[tuple[str, Any]]) -> str:
    """What stands in ``values`` where something is bad, if the operator works on each element by
    itself; else what they hold."""
    arrays = [(name, np.asarray(raw(value))) for name, value in values]
    if node.name.rstrip("_") in _ELEMENTWISE and all(
        _reaches(array.shape, bad.shape) for _, array in arrays
    ):
        there = [
            f"{name} is {np.broadcast_to(array, bad.shape)[_first(bad)]:.4g}"
            for name, array in arrays
        ]
        return f", where {' and '.join(there[:_MOST_GIVEN])}" if there else ""
    lines = [
        f"\n  {name} {array.shape} holds {array.min():.4g} to {array.max():.4g}"
        for name, array in arrays
        if array.size and (array.shape or isinstance(dict(values)[name], Tensor))
    ]
    return "".join(lines[:_MOST_GIVEN])


def _reaches(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, wanted) == wanted
    except ValueError:
        return False


def _ending(node: Node, array: np.ndarray) -> str:
    """The remedy, and what to do if it is meant so."""
    text = REMEDIES.get(node.name.rstrip("_"), "")
    if array.dtype == np.float16 and np.isinf(array).any():
        text = "The numbers of float16 end at 65504: compute this in float32."
    if not np.isnan(array).any():
        text += " If the infinity is meant: detect_anomaly(check_inf=False)."
    return _filled(text)


def _filled(text: str) -> str:
    filled = textwrap.fill(text.strip(), _WIDTH, initial_indent="  ", subsequent_indent="  ")
    return f"\n{filled}" if filled else ""


def _in_forward(
    node: Node, output: np.ndarray, bad: np.ndarray, given: list[tuple[str, Any]], from_inf: bool
) -> RuntimeError:
    of = "an infinity that it was given" if from_inf else "finite numbers"
    return _placed(
        f"{_shown(node)}: made {_kinds(output, bad)} of {of}{_where(output, bad)}"
        f"{_beside(node, bad, given)}\n{node.note('trace', '')}{_ending(node, output)}"
    )


def _from_outside(node: Node, name: str, value: Tensor, bad: np.ndarray) -> RuntimeError:
    if value._requires_grad:
        whence = "It is a leaf: an optimizer's step made it so, or what was loaded."
    else:
        whence = (
            "No recorded operator made it: it is in the data, or was computed under no_grad, or "
            "before detect_anomaly."
        )
    kinds = _kinds(value.array, bad)
    known = names_of([value]).get(id(value), name) if value._requires_grad else name
    if "nan" not in kinds:
        whence += " If the infinity is meant: detect_anomaly(check_inf=False)."
    return _placed(
        f"{_shown(node)}: was given {kinds}: its {known} {tuple(value.shape)} holds it"
        f"{_where(value.array, bad)}\n{node.note('trace', '')}{_filled(whence)}"
    )


def _recorded_at(node: Node) -> str:
    trace = (node.notes or {}).get("trace")
    if trace is None:
        return _filled(
            "It was recorded outside of detect_anomaly: have the forward pass in it too."
        )
    return f"\n{trace}"


def _in_backward(
    node: Node,
    gradient: np.ndarray,
    bad: np.ndarray,
    beside: list[tuple[str, Any]],
    within: str = "",
) -> RuntimeError:
    saved = [name for name, value in beside[1:] if _holds(value, np.isnan)]
    spoilt = _filled(
        f"What it saved for this, {' and '.join(saved)}, holds nan already: have the forward "
        "pass in detect_anomaly too."
    )
    ending = spoilt if saved else _recorded_at(node) + _ending(node, gradient)
    return _placed(
        f"backward: the derivative of {_title(node)} made {_kinds(gradient, bad)}{within}"
        f"{_where(gradient, bad)}{_beside(node, bad, beside)}{ending}"
    )


def _came_in(node: Node, g: np.ndarray, bad: np.ndarray) -> RuntimeError:
    return _placed(
        f"backward: the gradient that came to {_title(node)} holds {_kinds(g, bad)} already"
        f"{_where(g, bad)}{_recorded_at(node)}"
        + _filled(
            "No rule made it: backward() was given it, a hook put it there, or gradients of "
            "several uses were added up to it."
        )
    )


def _in_step(
    optimizer: str, name: str, param: Tensor, bad: np.ndarray, place: Place
) -> RuntimeError:
    grad = param.grad
    why = "Its gradient is finite: try a smaller learning rate."
    if grad is not None and not np.isfinite(grad.array).all():
        why = "Its gradient is not finite: have forward and backward() in detect_anomaly too."
    return _placed(
        f"{optimizer}.step: made {name} {tuple(param.shape)} {_kinds(param.array, bad)}"
        f"{_where(param.array, bad)}\n{place}\n  {why}"
    )


def _placed(message: str) -> RuntimeError:
    """An error whose words say already in which Module it is."""
    error = RuntimeError(message)
    error.__dict__["placed"] = True
    return error
