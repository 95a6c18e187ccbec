"""What may be hung on a Module: hooks on its call, on the gradients that pass it, on its state."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autotensor import Tensor, is_grad_enabled
from autotensor.extend import Bundle, RemovableHandle, add_hook, parent_of, record_several, wrap

Gradients = tuple[Any, ...]


class Hooks:
    """The hooks of one module, each kind in the order in which they run.

    ``forward_pre`` holds pairs ``(hook, with_kwargs)``, ``forward`` triples ``(hook, with_kwargs,
    always_call)``.
    """

    def __init__(self) -> None:
        self.forward_pre: dict[int, Any] = {}
        self.forward: dict[int, Any] = {}
        self.backward_pre: dict[int, Any] = {}
        self.backward: dict[int, Any] = {}

    def call(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """``module.forward(*args, **kwargs)`` with every hook in its place."""
        watch = result = None
        waiting = list(self.forward.values())
        try:
            args, kwargs = self._before(module, args, kwargs)
            if (self.backward or self.backward_pre) and is_grad_enabled():
                watch = _Watch(module, self)
                args = watch.enter(args)
            result = module.forward(*args, **kwargs)
            while waiting:
                result = _called(waiting.pop(0), module, args, kwargs, result)
        except Exception:
            for entry in waiting:
                *_, always_call = entry
                if always_call:
                    result = _called_quietly(entry, module, args, kwargs, result)
            raise
        return result if watch is None else watch.leave(result)

    def _before(
        self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        for hook, with_kwargs in list(self.forward_pre.values()):
            replaced = hook(module, args, kwargs) if with_kwargs else hook(module, args)
            if replaced is None:
                continue
            if not with_kwargs:
                args = replaced if isinstance(replaced, tuple) else (replaced,)
            elif isinstance(replaced, tuple) and len(replaced) == 2:
                args, kwargs = replaced
            else:
                raise RuntimeError(
                    "a forward pre-hook with kwargs must return None or a tuple (new_args, "
                    f"new_kwargs), got {replaced!r}"
                )
        return args, kwargs


class StateHooks:
    """The hooks on the state of one module, each kind in the order in which they run."""

    def __init__(self) -> None:
        self.save_pre: dict[int, Any] = {}
        self.save: dict[int, Any] = {}
        self.load_pre: dict[int, Any] = {}
        self.load: dict[int, Any] = {}


def _called(entry: Any, module: Any, args: Any, kwargs: Any, result: Any) -> Any:
    """``result``, or what a forward hook returns in its place."""
    hook, with_kwargs, _ = entry
    given = (args, kwargs, result) if with_kwargs else (args, result)
    replaced = hook(module, *given)
    return result if replaced is None else replaced


def _called_quietly(entry: Any, module: Any, args: Any, kwargs: Any, result: Any) -> Any:
    """As ``_called``, while an error is on its way out, which must not be lost."""
    try:
        return _called(entry, module, args, kwargs, result)
    except Exception as error:
        warnings.warn(
            "module forward hook with ``always_call=True`` raised an exception that was silenced "
            f"as another error was raised in forward: {error}",
            stacklevel=2,
        )
        return result


def add(hooks: dict[int, Any], hook: Any, prepend: bool = False) -> RemovableHandle:
    """Puts ``hook`` last in ``hooks``, or first."""
    before = dict(hooks) if prepend else {}
    for key in before:
        del hooks[key]
    handle = add_hook(hooks, hook)
    hooks.update(before)
    return handle


class Hooked:
    """What hooks can be registered on: the part of a Module that holds them."""

    _hooks: Hooks | None = None
    _state_hooks: StateHooks | None = None

    def _own_hooks(self) -> Hooks:
        self._hooks = self._hooks or Hooks()
        return self._hooks

    def _own_state_hooks(self) -> StateHooks:
        self._state_hooks = self._state_hooks or StateHooks()
        return self._state_hooks

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Calls ``hook(module, args)`` before every ``forward``.

        What it returns, unless None, takes the place of the arguments: a tuple, or a single one.
        With ``with_kwargs`` it is called as ``hook(module, args, kwargs)`` and returns both.
        """
        return add(self._own_hooks().forward_pre, (hook, with_kwargs), prepend)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Calls ``hook(module, args, output)`` after every ``forward``.

        What it returns, unless None, takes the place of the output.  With ``with_kwargs`` it is
        called as ``hook(module, args, kwargs, output)``; with ``always_call`` also when an error
        was raised before its turn, with the output so far, or None.
        """
        return add(self._own_hooks().forward, (hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Calls ``hook(module, grad_output)`` before gradients go back through this module.

        What it returns, unless None, takes the place of ``grad_output``.
        """
        return add(self._own_hooks().backward_pre, hook, prepend)

    def register_full_backward_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Calls ``hook(module, grad_input, grad_output)`` when gradients have passed this module.

        ``grad_input`` has an entry for each positional argument of ``forward``, ``grad_output`` for
        each output; None where there is no gradient.  What the hook returns, unless None, takes the
        place of ``grad_input``.
        """
        return add(self._own_hooks().backward, hook, prepend)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls ``hook(module, prefix, keep_vars)`` before the state of this module is taken."""
        return add(self._own_state_hooks().save_pre, hook)

    def register_state_dict_post_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Calls ``hook(module, state_dict, prefix, local_metadata)`` when the state is taken.

        It may change ``state_dict``, which has what is under ``prefix`` and more, in place.
        """
        return add(self._own_state_hooks().save, hook)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls ``hook`` before state is loaded into this module.

        Its arguments are ``(module, state_dict, prefix, local_metadata, strict, missing_keys,
        unexpected_keys, error_msgs)``.  It may rename and change what is in ``state_dict``, a copy
        of the one given, under names that begin with ``prefix``, and add to the lists.
        """
        return add(self._own_state_hooks().load_pre, hook)

    def register_load_state_dict_post_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Calls ``hook(module, incompatible_keys)`` when state was loaded into this module.

        Names it takes off ``incompatible_keys.missing_keys`` and ``unexpected_keys`` are forgiven.
        """
        return add(self._own_state_hooks().load, hook)


def hooks_before_forward(module: Hooked) -> dict[int, Any]:
    """The pairs ``(hook, with_kwargs)`` of ``module``, which may be taken off here."""
    return {} if module._hooks is None else module._hooks.forward_pre


def drop_empty_hooks(module: Hooked) -> None:
    """Makes a call of ``module`` as quick as it was before its first hook, if none is left."""
    if module._hooks is not None and not any(vars(module._hooks).values()):
        module._hooks = None


class _Watch:
    """Runs the backward hooks for one call of a module.

    The Tensors going in pass a gate, those coming out another.  In ``backward`` the gradients reach
    the outer gate all at once, and the inner one when everything inside the module is done.
    """

    def __init__(self, module: Any, hooks: Hooks) -> None:
        self.module = module
        self.hooks = hooks
        self.inputs = 0
        self.gated = False
        self.grad_output: Gradients | None = None

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        passed = _through_gate(args, "module_input", self._inputs_done)
        self.inputs, self.gated = len(args), passed is not args
        return passed

    def leave(self, result: Any) -> Any:
        results = result if isinstance(result, tuple) else (result,)
        passed = _through_gate(results, "module_output", self._outputs_done)
        return passed if isinstance(result, tuple) else passed[0]

    def _outputs_done(self, gradients: Gradients) -> Gradients:
        for hook in list(self.hooks.backward_pre.values()):
            gradients = _in_place_of(gradients, hook(self.module, gradients), "grad_output")
        self.grad_output = gradients
        if not self.gated:
            # No gradient will leave on the other side, so this is the end of the module's part.
            self._run((None,) * self.inputs)
        return gradients

    def _inputs_done(self, gradients: Gradients) -> Gradients:
        # A second derivative enters the module from within, not through its outputs.
        return gradients if self.grad_output is None else self._run(gradients)

    def _run(self, gradients: Gradients) -> Gradients:
        for hook in list(self.hooks.backward.values()):
            result = hook(self.module, gradients, self.grad_output)
            gradients = _in_place_of(gradients, result, "grad_input")
        self.grad_output = None
        return gradients


def _through_gate(
    values: tuple[Any, ...], name: str, attend: Callable[[Gradients], Gradients]
) -> tuple[Any, ...]:
    """``values`` with its differentiable Tensors passed through one common operator, the identity.

    In ``backward``, ``attend`` gets a gradient for each of the values, None where there is none,
    and gives those to go on with.  Without such Tensors it is ``values`` itself that comes back.
    """
    gate = _Gate(values, attend)
    if not gate.positions:
        return values
    edges = [(parent_of(values[position]), gate.part, (position,)) for position in gate.positions]
    # Copies: a write in place on one side of the gate could not be told to the other.
    arrays = [values[position].array.copy(order="K") for position in gate.positions]
    passed = list(values)
    for position, copy in zip(gate.positions, record_several(arrays, name, edges), strict=True):
        passed[position] = copy
    return values._make(passed) if hasattr(values, "_make") else tuple(passed)  # a namedtuple


class _Gate:
    """The derivative rule of a gate: attends to all gradients once, then gives them one by one."""

    def __init__(self, values: tuple[Any, ...], attend: Callable[[Gradients], Gradients]) -> None:
        self.count = len(values)
        self.positions = [
            position
            for position, value in enumerate(values)
            if isinstance(value, Tensor) and value.requires_grad
        ]
        self.attend = attend
        self.arrived: Bundle | None = None
        self.gradients: Gradients = ()

    def part(self, g: Bundle, position: int) -> Any:
        if g is not self.arrived:
            self.arrived = g
            raw = any(isinstance(one, (np.ndarray, np.generic)) for one in g.parts.values())
            given: list[Any] = [None] * self.count
            for number, one in g.parts.items():
                given[self.positions[number]] = wrap(np.asarray(one)) if raw else one
            result = self.attend(tuple(given))
            # A view tells the engine that this array is also in use elsewhere.
            self.gradients = tuple(
                one.array.view() if raw and one is not None else one for one in result
            )
        return self.gradients[position]


def _in_place_of(gradients: Gradients, result: Any, what: str) -> Gradients:
    """What a backward hook returned in place of ``gradients``; themselves for None."""
    if result is None:
        return gradients
    given: Sequence[Any] = result if isinstance(result, (tuple, list)) else (result,)
    if len(given) != len(gradients):
        raise RuntimeError(
            f"a backward hook returned {len(given)} gradients as {what}, expected {len(gradients)}"
        )
    for before, after in zip(gradients, given, strict=True):
        if before is None or after is None:
            continue
        if not isinstance(after, Tensor) or after.shape != before.shape:
            raise RuntimeError(
                f"a backward hook returned {getattr(after, 'shape', type(after).__name__)} in "
                f"{what}, expected a Tensor of shape {before.shape} or None"
            )
    return tuple(given)
