"""What may be hung on a Module: hooks on its call, on the gradients that pass it, on its state."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autotensor import Tensor, is_grad_enabled, set_grad_enabled, zeros
from autotensor.extend import Bundle, RemovableHandle, parent_of, record_several, wrap

Gradients = tuple[Any, ...]


class Hooks:
    """Hooks on calls, each kind in the order in which they run, under the numbers of their handles.

    Attributes:
        with_kwargs, always_call: the numbers of those that were registered so.
        plain: those of ``register_backward_hook``.
    """

    def __init__(self) -> None:
        self.forward_pre: dict[int, Any] = {}
        self.forward: dict[int, Any] = {}
        self.backward_pre: dict[int, Any] = {}
        self.backward: dict[int, Any] = {}
        self.plain: dict[int, Any] = {}
        self.with_kwargs: dict[int, bool] = {}
        self.always_call: dict[int, bool] = {}

    def any(self) -> bool:
        """Whether there is any hook."""
        own = (self.forward_pre, self.forward, self.backward_pre, self.backward, self.plain)
        return any(own)

    def all(self, kind: str) -> list[Any]:
        """The hooks of one kind: those on every module, then these."""
        return [hook for one in self._together() for hook in getattr(one, kind).values()]

    def _together(self) -> tuple[Hooks, ...]:
        return (self,) if self is everywhere else (everywhere, self)

    def call(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """``module.forward(*args, **kwargs)`` with every hook in its place."""
        watch = result = None
        waiting = [
            (hook, key in one.with_kwargs, key in one.always_call)
            for one in self._together()
            for key, hook in one.forward.items()
        ]
        try:
            args, kwargs = self._before(module, args, kwargs)
            if is_grad_enabled() and (self.all("backward") or self.all("backward_pre")):
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
        result = result if watch is None else watch.leave(result)
        if plain := self.all("plain"):
            _hang_on_the_last(result, module, plain)
        return result

    def _before(
        self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        entries = [
            (hook, key in one.with_kwargs)
            for one in self._together()
            for key, hook in one.forward_pre.items()
        ]
        for hook, with_kwargs in entries:
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


everywhere = Hooks()
"""The hooks on every module.  While there are any, ``Hooked._hooks`` is this, which a module finds
that has no hooks of its own; so they cost nothing while there are none."""


class StateHooks:
    """The hooks on the state of one module, each kind in the order in which they run."""

    def __init__(self) -> None:
        self.save_pre: dict[int, Any] = {}
        self.save: dict[int, Any] = {}
        self.may_replace: set[int] = set()
        """The numbers of those in ``save`` that may return another dict."""
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


def add(
    hooks: dict[int, Any], hook: Any, prepend: bool = False, *marks: dict[int, Any]
) -> RemovableHandle:
    """Puts ``hook`` last in ``hooks``, or first, and its number into each of ``marks``."""
    before = dict(hooks) if prepend else {}
    for key in before:
        del hooks[key]
    handle = RemovableHandle(hooks, extra_dict=marks)
    for one in marks:
        one[handle.id] = True
    hooks.update({handle.id: hook, **before})
    return handle


def _shown(kind: str) -> Any:
    """The attribute under which PyTorch has the hooks of one kind: a dict, to be changed."""

    def replace(module: Hooked, hooks: Any) -> None:
        own = getattr(module._own_hooks(), kind)
        new = dict(hooks)
        own.clear()
        own.update(new)

    return property(lambda module: getattr(module._own_hooks(), kind), replace)


class Hooked:
    """What hooks can be registered on: the part of a Module that holds them."""

    _hooks: Hooks | None = None
    _state_hooks: StateHooks | None = None

    _forward_hooks = _shown("forward")
    _forward_pre_hooks = _shown("forward_pre")
    _forward_hooks_with_kwargs = _shown("with_kwargs")
    _forward_pre_hooks_with_kwargs = _shown("with_kwargs")
    _forward_hooks_always_called = _shown("always_call")
    _backward_pre_hooks = _shown("backward_pre")

    @property
    def _backward_hooks(self) -> dict[int, Any]:
        own = self._own_hooks()
        return own.plain or own.backward

    @property
    def _is_full_backward_hook(self) -> bool | None:
        own = self.__dict__.get("_hooks")
        return None if own is None or not self._backward_hooks else not own.plain

    def _own_hooks(self) -> Hooks:
        if self.__dict__.get("_hooks") is None:
            self._hooks = Hooks()
        return self.__dict__["_hooks"]

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
        own = self._own_hooks()
        return add(own.forward_pre, hook, prepend, *([own.with_kwargs] if with_kwargs else []))

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
        own = self._own_hooks()
        marks = [own.with_kwargs] * with_kwargs + [own.always_call] * always_call
        return add(own.forward, hook, prepend, *marks)

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Calls ``hook(module, grad_output)`` before gradients go back through this module.

        What it returns, a tuple, takes the place of ``grad_output``, unless it is None.
        """
        return add(self._own_hooks().backward_pre, hook, prepend)

    def register_full_backward_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Calls ``hook(module, grad_input, grad_output)`` when gradients have passed this module.

        ``grad_input`` has an entry for each positional argument of ``forward``, ``grad_output`` for
        each output; None for what is no Tensor, and for an output without a gradient.  A Tensor
        that went in and had no part in the result has zeros.  What the hook returns, a tuple,
        takes the place of ``grad_input``, unless it is None.
        """
        own = self._own_hooks()
        _need_one_form(own.plain)
        return add(own.backward, hook, prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """The old form of ``register_full_backward_hook``.

        As in PyTorch ``grad_input`` has what the last operator of ``forward`` gives its arguments.
        Which operators those are, and so the number and order of these gradients, is not PyTorch's
        for all layers; ``grad_output`` is.

        Raises RuntimeError where there is a hook of the other form.
        """
        own = self._own_hooks()
        _need_one_form(own.backward)
        return add(own.plain, hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls ``hook(module, prefix, keep_vars)`` before the state of this module is taken."""
        return add(self._own_state_hooks().save_pre, hook)

    def register_state_dict_post_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Calls ``hook(module, state_dict, prefix, local_metadata)`` when the state is taken.

        It may change ``state_dict``, which has what is under ``prefix`` and more, in place.
        """
        return add(self._own_state_hooks().save, hook)

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """``register_state_dict_post_hook`` for a hook that may return another dict."""
        on_state = self._own_state_hooks()
        handle = add(on_state.save, hook)
        on_state.may_replace.add(handle.id)
        return handle

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], with_module: bool = False
    ) -> RemovableHandle:
        """``register_load_state_dict_pre_hook`` for a hook that is not given the module, unless
        ``with_module``."""
        given = hook if with_module else _without_module(hook)
        return self.register_load_state_dict_pre_hook(given)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls ``hook`` before state is loaded into this module.

        Its arguments are ``(module, state_dict, prefix, local_metadata, strict, missing_keys,
        unexpected_keys, error_msgs)``.  It may rename and change what is in ``state_dict``, a copy
        of what the one given has under ``prefix``, and add to the lists.
        """
        return add(self._own_state_hooks().load_pre, hook)

    def register_load_state_dict_post_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Calls ``hook(module, incompatible_keys)`` when state was loaded into this module.

        Names it takes off ``incompatible_keys.missing_keys`` and ``unexpected_keys`` are forgiven.
        """
        return add(self._own_state_hooks().load, hook)


def _without_module(hook: Callable[..., Any]) -> Callable[..., Any]:
    return lambda module, *about: hook(*about)


def _need_one_form(others: dict[int, Any]) -> None:
    if others:
        raise RuntimeError(
            "Cannot use both regular backward hooks and full backward hooks on a single Module. "
            "Please use only one of them."
        )


def drop_empty_hooks(module: Hooked) -> None:
    """Makes a call of ``module`` as quick as it was before its first hook, if none is left."""
    own = module.__dict__.get("_hooks")
    if own is not None and not own.any():
        del module._hooks


# -- on every module -------------------------------------------------------------------------------


class _HandleForAll(RemovableHandle):
    """Removing the last hook on every module makes their calls as quick as before."""

    def remove(self) -> None:
        super().remove()
        if not everywhere.any():
            Hooked._hooks = None


def _on_all(hooks: dict[int, Any], hook: Any, *marks: dict[int, Any]) -> RemovableHandle:
    handle = _HandleForAll(hooks, extra_dict=marks)
    for one in marks:
        one[handle.id] = True
    hooks[handle.id] = hook
    Hooked._hooks = everywhere
    return handle


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """``register_forward_pre_hook`` on every module there is or will be, before their own.

    Example:

        >>> from nn.modules.module import register_module_forward_pre_hook
        >>> handle = register_module_forward_pre_hook(lambda module, args: print(module))
        >>> _ = nn.Sequential(nn.ReLU())[0](at.ones(2))
        ReLU()
        >>> handle.remove()
    """
    return _on_all(everywhere.forward_pre, hook)


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """``register_forward_hook`` on every module there is or will be, before their own.

    Example:

        >>> from nn.modules.module import register_module_forward_hook
        >>> handle = register_module_forward_hook(
        ...     lambda module, args, output: print(type(module).__name__, tuple(output.shape))
        ... )
        >>> _ = nn.Sequential(nn.Linear(4, 3), nn.ReLU())(at.ones(2, 4))
        Linear (2, 3)
        ReLU (2, 3)
        Sequential (2, 3)
        >>> handle.remove()
    """
    marks = [everywhere.with_kwargs] * with_kwargs + [everywhere.always_call] * always_call
    return _on_all(everywhere.forward, hook, *marks)


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """``register_full_backward_pre_hook`` on every module there is or will be.

    Example:

        >>> from nn.modules.module import register_module_full_backward_pre_hook
        >>> handle = register_module_full_backward_pre_hook(
        ...     lambda module, grad_output: print(type(module).__name__)
        ... )
        >>> nn.Sequential(nn.Linear(4, 3), nn.ReLU())(at.ones(2, 4)).sum().backward()
        Sequential
        ReLU
        Linear
        >>> handle.remove()
    """
    return _on_all(everywhere.backward_pre, hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """``register_full_backward_hook`` on every module there is or will be.

    Example:

        >>> from nn.modules.module import register_module_full_backward_hook
        >>> handle = register_module_full_backward_hook(
        ...     lambda module, grad_input, grad_output: print(type(module).__name__)
        ... )
        >>> x = at.ones(2, 4, requires_grad=True)
        >>> nn.Sequential(nn.Linear(4, 3), nn.ReLU())(x).sum().backward()
        ReLU
        Linear
        Sequential
        >>> handle.remove()
    """
    _need_one_form(everywhere.plain)
    return _on_all(everywhere.backward, hook)


def register_module_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """``register_backward_hook`` on every module there is or will be.

    Example:

        >>> from nn.modules.module import register_module_backward_hook
        >>> handle = register_module_backward_hook(
        ...     lambda module, grad_input, grad_output: print(type(module).__name__)
        ... )
        >>> nn.ReLU()(at.ones(2, requires_grad=True)).sum().backward()
        ReLU
        >>> handle.remove()
    """
    _need_one_form(everywhere.backward)
    return _on_all(everywhere.plain, hook)


# -- gradients -------------------------------------------------------------------------------------


def _hang_on_the_last(result: Any, module: Any, hooks: list[Any]) -> None:
    """Hangs hooks of the old form on the operator that made ``result``, or its first Tensor."""
    while not isinstance(result, Tensor):
        several = result.values() if isinstance(result, dict) else result
        result = next(iter(several))
    node: Any = result.grad_fn
    if node is not None:
        for hook in hooks:
            node.register_hook(partial(hook, module))


class _Watch:
    """Runs the backward hooks for one call of a module.

    The Tensors going in pass a gate, those coming out another.  In ``backward`` the gradients reach
    the outer gate all at once, and the inner one when everything inside the module is done.
    """

    def __init__(self, module: Any, hooks: Hooks) -> None:
        self.module = module
        self.hooks = hooks
        self.inputs: tuple[Any, ...] = ()
        """Of each argument how to make its zeros; None for what is no Tensor."""
        self.gated = False
        self.grad_output: Gradients | None = None

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        passed = _through_gate(args, "module_input", self._inputs_done)
        self.inputs = tuple(
            partial(zeros, one.shape, dtype=one.dtype) if isinstance(one, Tensor) else None
            for one in args
        )
        self.gated = passed is not args
        return passed

    def leave(self, result: Any) -> Any:
        results = result if isinstance(result, tuple) else (result,)
        if not any(isinstance(one, Tensor) for one in results):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of "
                f"Tensors but received {type(result)}",
                stacklevel=4,
            )
        passed = _through_gate(results, "module_output", self._outputs_done)
        return passed if isinstance(result, tuple) else passed[0]

    def _outputs_done(self, gradients: Gradients) -> Gradients:
        for hook in self.hooks.all("backward_pre"):
            gradients = _in_place_of(gradients, hook(self.module, gradients), "grad_output")
        self.grad_output = gradients
        if not self.gated:
            # No gradient will leave on the other side, so this is the end of the module's part.
            self._run_without_inputs()
        return gradients

    def _run_without_inputs(self) -> None:
        if self.hooks.all("backward"):
            warnings.warn(
                "Full backward hook is firing when gradients are computed with respect to module "
                "outputs since no inputs require gradients.",
                stacklevel=2,
            )
        nothing = (None,) * len(self.inputs)
        if any(one is not None for one in self._run(nothing)):
            raise RuntimeError(
                "a backward hook returned a gradient as grad_input, but no input of the module "
                "requires one; return None, or set requires_grad of what goes in"
            )

    def _inputs_done(self, gradients: Gradients) -> Gradients:
        # As in PyTorch: a Tensor that had no part in the result has a gradient of zeros.
        gradients = tuple(
            make() if one is None and make is not None else one
            for one, make in zip(gradients, self.inputs, strict=True)
        )
        # A second derivative enters the module from within, not through its outputs.
        return gradients if self.grad_output is None else self._run(gradients)

    def _run(self, gradients: Gradients) -> Gradients:
        for hook in self.hooks.all("backward"):
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
            with set_grad_enabled(not raw):  # as in all hooks: only if a graph is being made
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
    if not isinstance(result, (tuple, list)):
        raise RuntimeError(
            f"a backward hook returned one {type(result).__name__} as {what}, expected a tuple of "
            f"{len(gradients)}, such as (gradient,), or None"
        )
    if len(result) != len(gradients):
        raise RuntimeError(
            f"a backward hook returned {len(result)} gradients as {what}, expected {len(gradients)}"
        )
    for before, after in zip(gradients, result, strict=True):
        if before is None or after is None:
            continue
        if not isinstance(after, Tensor) or after.shape != before.shape:
            raise RuntimeError(
                f"a backward hook returned {getattr(after, 'shape', type(after).__name__)} in "
                f"{what}, expected a Tensor of shape {before.shape} or None"
            )
    return tuple(result)
