"""How an operator is declared: its value and its derivatives, in one place.

    @operator(
        input=lambda g, other: g @ other.mT,
        other=lambda g, input: input.mT @ g,
    )
    def matmul(input, other):
        '''Docstring with the formula.'''
        return np.matmul(input, other)

The function computes the value from raw arrays.  Each keyword is a *rule*: the gradient by that
argument, given the gradient ``g`` of the output and whatever else the rule names among its
parameters: arguments of the operator, ``output`` for its value, ``shape`` for the shape of its
first argument.  Just what a rule names is kept until ``backward``.  Rules are written with the
operators themselves, which give arrays for arrays and Tensors for Tensors; so one rule serves every
order of derivative.

The declared name becomes an ordinary function: called without any Tensor it returns the plain NumPy
result; with one, a Tensor; and where a gradient is wanted it records a node.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from autotensor.array_likes import need_operands, settled
from autotensor.doors import ARRAYS, NUMBERS, explained, not_a_tensor, undefined
from autotensor.engine import dtypes
from autotensor.engine.graph import Rule, record
from autotensor.engine.in_place import in_place, share_memory
from autotensor.engine.modes import modes
from autotensor.engine.tensor import Tensor, raw, wrap
from autotensor.keywords import MISSING, completed, in_other_words, parameters
from autotensor.machine.error_state import silent

__all__ = ["binary", "declared", "function_only", "has_in_place", "operator", "unary"]

declared: dict[str, tuple[Rule | None, ...]] = {}
"""By operator, the rules of its arguments, for those who look at a graph."""

ndarray = np.ndarray
float32 = np.float32


# -- what a declaration says -----------------------------------------------------------------------


def function_only(function: Callable[..., Any]) -> Callable[..., Any]:
    """Says of a public operator that it is no method of Tensor."""
    function.function_only = True  # type: ignore[attr-defined]
    return function


def has_in_place(function: Callable[..., Any], form: Any = in_place) -> Callable[..., Any]:
    """Says of a public operator that Tensor has its in-place form too: ``add_`` beside ``add``."""
    function.in_place_form = form  # type: ignore[attr-defined]
    return function


def _picker(rule: Rule, names: Sequence[str], operator: str) -> Callable[[tuple], tuple] | None:
    """A function that takes from ``(*arguments, output)`` what ``rule`` asks for after ``g``; None
    if that is nothing."""
    wanted = parameters(rule)[1:]
    known = [*names, "output", "shape"]
    for name in wanted:
        if name not in known:
            raise TypeError(f"{operator}: a rule asks for {name!r}, which is not among {known}")
    positions = [known.index(name) for name in wanted]
    if len(positions) == 1:
        # A slice, because itemgetter of one position gives the bare item.
        return itemgetter(slice(positions[0], positions[0] + 1))
    return itemgetter(*positions) if positions else None


def _elementwise_picker(
    rule: Rule | None, names: Sequence[str], operator: str
) -> Callable[[Any, Any, Any], tuple] | None:
    """The same as a function of ``(input, other, output)``; without an argument ``other``, anything
    may stand in its place.

    Most rules ask for one of them.  To take that takes 40 ns, and 125 of the 1,600 of recording
    ``x * y`` by a tuple of all three and an itemgetter.
    """
    pick = rule and _picker(rule, names, operator)
    if pick is None:
        return None
    wanted = pick((0, 1, 2) if len(names) == 2 else (0, 2))
    if wanted == (0,):
        return lambda input, other, output: (input,)
    if wanted == (1,):
        return lambda input, other, output: (other,)
    if wanted == (2,):
        return lambda input, other, output: (output,)
    several = itemgetter(*wanted)
    return lambda *given: several(given)


def _noted(name: str, *rules: Rule | None) -> bool:
    """Notes the rules of an operator, and says whether one asks for its output.  One of the user's
    that is called like one of ours does not take its place."""
    known = next((rule for rule in declared.get(name, ()) if rule is not None), None)
    if known is None or not known.__module__.startswith("autotensor."):
        declared[name] = rules
    return any(rule is not None and "output" in parameters(rule) for rule in rules)


def operator(
    *, view: bool = False, title: str | None = None, **rules: Rule
) -> Callable[[Callable[..., Any]], Any]:
    """Declares an operator from the function on raw arrays below it; see the head of this file.

    ``view=True`` says that the value may share the memory of the first argument; ``title`` is what
    messages and ``grad_fn`` call it, by default the function's name.

    Example:

        >>> from autotensor.extend import operator
        >>> @operator(
        ...     input=lambda g, weight: g * weight,
        ...     weight=lambda g, input: (g * input).sum(),
        ... )
        ... def scaled(input, weight):
        ...     return input * weight
        >>> x, w = at.ones(3, requires_grad=True), at.tensor(2.0, requires_grad=True)
        >>> scaled(x, w).sum().backward()
        >>> x.grad, w.grad
        (tensor([2., 2., 2.]), tensor(3.))
    """

    def declare(forward: Callable[..., Any]) -> Any:
        name, names = title or forward.__name__.strip("_"), parameters(forward)
        count, known = len(names), frozenset(names)
        defaults = forward.__defaults__ or ()
        fill = (MISSING,) * (count - len(defaults)) + defaults
        plan = [(names.index(key), rule, _picker(rule, names, name)) for key, rule in rules.items()]
        keeps_output = _noted(name, *rules.values())
        differentiable = [index for index, _, _ in plan]

        @functools.wraps(forward)
        def call(*args: Any, **kwargs: Any) -> Any:
            if kwargs or len(args) != count:
                if not known.issuperset(kwargs):
                    return in_other_words(call, args, kwargs)
                args = completed(name, names, fill, args, kwargs)
            seen = tracked = mixed = False
            values = []
            for value in args:
                if isinstance(value, Tensor):
                    seen = True
                    if value.view_of is not None:
                        value.refresh()
                    if value._requires_grad:
                        tracked = True
                    value = value.array
                elif value.__class__ is not ndarray:
                    mixed = True
                values.append(value)
            if mixed:
                for index in differentiable:
                    if not isinstance(values[index], NUMBERS):
                        raise not_a_tensor(name, names[index], values[index])
            try:
                output = silent().run(forward, *values)
            except Exception as error:
                # Not "from error": ``explained`` has set the cause, or it is the error itself.
                raise explained(error, name, args, {})  # noqa: B904
            if not seen:
                return output
            if output.__class__ is not ndarray:
                output = np.asarray(output)
            edges = []
            if tracked and modes().grad_enabled and output.dtype.kind == "f":
                given = (*args, output, getattr(values[0], "shape", None))
                for index, rule, pick in plan:
                    source = args[index]
                    if isinstance(source, Tensor) and source._requires_grad:
                        parent = source if source.node is None else source.node
                        edges.append((parent, rule, pick(given) if pick else ()))
            kept = output if keeps_output else None
            out = record(output, name, edges, kept) if edges else wrap(output)
            if view and isinstance(args[0], Tensor):
                share_memory(out, call, *args)
            return out

        call.__annotations__ = {}
        return call

    return declare


# -- elementwise -----------------------------------------------------------------------------------


def unary(
    ufunc: Callable[[Any], Any], rule: Rule | None = None, *, in_place: bool = False
) -> Callable[[Callable], Any]:
    """Declares an elementwise operator of one argument whose value is ``ufunc(input)``.

    ``rule`` may name ``input`` and ``output``.  The body of the function below is its docstring.
    An integer input counts as floating point where the ufunc gives that.

    Example:

        >>> from autotensor.extend import unary
        >>> @unary(np.cbrt, lambda g, output: g / (3 * output * output))
        ... def cbrt(input):
        ...     '''The cube root.'''
        >>> x = at.tensor([8.0], requires_grad=True)
        >>> cbrt(x).backward()
        >>> x.grad  # 1 / (3 · 2²)
        tensor([0.0833])
    """

    def declare(described: Callable[..., Any]) -> Any:
        name, names = described.__name__.strip("_"), parameters(described)
        pick = _elementwise_picker(rule, names, name)
        keeps_output = _noted(name, rule)

        def call(input: Any) -> Any:
            seen = isinstance(input, Tensor)
            if seen and input.view_of is not None:
                input.refresh()
            if not (seen or isinstance(input, ARRAYS)):
                raise not_a_tensor(name, "input", input, "a Tensor")
            try:
                if input.__class__ is ndarray:  # of the operator whose rule asks
                    return ufunc(input)
                if not seen:
                    return silent().run(ufunc, np.asarray(input))
                array = input.array
                output = silent().run(ufunc, array)
            except (AttributeError, TypeError, ValueError):
                raise undefined(name, raw(input)) from None
            if output.dtype is not array.dtype and output.dtype.kind == "f":
                output = silent().run(_in_wide, ufunc, array)
            if output.__class__ is not ndarray:
                output = np.asarray(output)
            if not (input._requires_grad and rule is not None and modes().grad_enabled):
                return wrap(output)
            parent = input if input.node is None else input.node
            edges: Any = ((parent, rule, () if pick is None else pick(input, None, output)),)
            return record(output, name, edges, output if keeps_output else None)

        functools.update_wrapper(call, described)
        return has_in_place(call) if in_place else call

    return declare


def binary(
    ufunc: Callable[[Any, Any], Any],
    input: Rule | None = None,
    other: Rule | None = None,
    *,
    in_place: bool = False,
    title: str | None = None,
) -> Callable[[Callable], Any]:
    """Declares an elementwise operator of two broadcast arguments, ``ufunc(input, other)``.

    The rules may name ``input``, ``other`` and ``output``; without them the operator has no
    derivative (comparisons).  The body of the function below is its docstring.  Dtypes are promoted
    as PyTorch does.

    Example:

        >>> from autotensor.extend import binary
        >>> @binary(
        ...     np.logaddexp,
        ...     input=lambda g, input, output: g * at.exp(input - output),
        ...     other=lambda g, other, output: g * at.exp(other - output),
        ... )
        ... def log_sum(input, other):
        ...     '''``ln(e^input + e^other)``.'''
        >>> x = at.zeros(2, requires_grad=True)
        >>> log_sum(x, 0.0).sum().backward()
        >>> x.grad
        tensor([0.5000, 0.5000])
    """
    left_rule, right_rule = rules = (input, other)

    def declare(described: Callable[..., Any]) -> Any:
        name, names = title or described.__name__.strip("_"), parameters(described)
        pick_left, pick_right = (_elementwise_picker(rule, names, name) for rule in rules)
        keeps_output = _noted(name, *rules)

        def call(input: Any, other: Any) -> Any:
            x, y, first = input, other, None
            left = right = False
            if isinstance(input, Tensor):
                if input.view_of is not None:
                    input.refresh()
                x = input.array
                left = input._requires_grad
            if isinstance(other, Tensor):
                if other.view_of is not None:
                    other.refresh()
                y = other.array
                right = other._requires_grad
            try:
                if x is input and y is other and (isinstance(x, ARRAYS) or isinstance(y, ARRAYS)):
                    return ufunc(x, y)  # of the operator whose rule asks
                if not (x.__class__ is y.__class__ is ndarray and x.dtype is y.dtype):
                    x, y = _alike(x, y, name, names)
                    if y.__class__ is float32:
                        other = y  # with all its digits
                output = silent().run(ufunc, x, y)
            except Exception as error:
                return settled(error, call, name, names, (input, other), (x, y))
            if output.dtype is not x.dtype and output.dtype.kind == "f":
                # As they were given: in their common dtype a number may have wrapped around.
                output = silent().run(_in_wide, ufunc, raw(input), raw(other))
            if output.__class__ is not ndarray:
                output = np.asarray(output)
            if not ((left or right) and modes().grad_enabled):
                return wrap(output)
            if left and left_rule is not None:
                parent = input if input.node is None else input.node
                first = (parent, left_rule, pick_left(input, other, output) if pick_left else ())
            if right and right_rule is not None:
                parent = other if other.node is None else other.node
                saved = () if pick_right is None else pick_right(input, other, output)
                second = (parent, right_rule, saved)
                edges: Any = (first, second) if first else (second,)
            elif first:
                edges = (first,)
            else:
                return wrap(output)
            return record(output, name, edges, output if keeps_output else None)

        functools.update_wrapper(call, described)
        return has_in_place(call) if in_place else call

    return declare


def _in_wide(ufunc: Callable[..., Any], *arrays: Any) -> Any:
    """Of integers in the default dtype, where NumPy's depends on their width; of float16 and a
    number in float32, which holds the number."""
    dtype = dtypes.promoted(*arrays, 1.0)
    wide = np.promote_types(dtype, dtypes.float32)
    return ufunc(*(np.asarray(array, wide) for array in arrays)).astype(dtype, copy=False)


def _alike(x: Any, y: Any, name: str, names: Sequence[str]) -> tuple[Any, ...]:
    """``x`` and ``y`` such that a ufunc on them gives PyTorch's dtype."""
    # The common cases, which NumPy treats as PyTorch does.
    if x.__class__ is ndarray and y.__class__ in (float, int) and x.dtype.kind == "f":
        return x, y if x.itemsize > 2 else silent().run(float32, y)
    if y.__class__ is ndarray and x.__class__ in (float, int) and y.dtype.kind == "f":
        held = -6e4 < x < 6e4  # else NumPy may warn
        x = np.asarray(x, y.dtype) if held else silent().run(np.asarray, x, y.dtype)
        return x, y if y.itemsize > 2 else y.astype(float32)
    if y.__class__ is float32 and x.__class__ is ndarray and x.dtype.kind == "f":
        return x, y  # what rules of float16 keep of a number
    for value, argument in ((x, names[0]), (y, names[1])):
        if value.__class__ is not ndarray and not isinstance(value, (np.generic, int, float)):
            raise not_a_tensor(name, argument, value)  # so is a subclass, which may have a mask
        if isinstance(value, (ndarray, np.generic)):
            dtypes.canonical(value.dtype, name)
    need_operands(name, names[0], x, y)
    dtype = dtypes.promoted(x, y)
    # By way of an array, because NumPy lets no number in that is too large for the dtype; it wraps.
    return tuple(silent().run(np.asarray(one).astype, dtype, copy=False) for one in (x, y))
