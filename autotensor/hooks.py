"""How hooks are registered on Tensors.  They run in ``engine/hooks.py``."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from autotensor.engine.hooks import awaited
from autotensor.engine.modes import call_out, walks
from autotensor.engine.storage import clock
from autotensor.engine.tensor import Tensor, method
from autotensor.machine.threads import one_at_a_time

__all__ = [
    "RemovableHandle", "add_hook", "add_to_leaf", "at_the_end", "is_awaited", "register_hook",
]  # fmt: skip


class RemovableHandle:
    """What registering a hook returns: ``remove()`` takes the hook off again.

    Attributes:
        id: the hook's number, under which ``hooks`` has it, and each of ``extra_dict``.

    Example:

        >>> x = at.ones(1, requires_grad=True)
        >>> with x.register_hook(lambda gradient: gradient * 100):
        ...     (x * 2).backward()
        >>> (x * 2).backward()  # without the hook
        >>> x.grad
        tensor([202.])
    """

    def __init__(self, hooks: dict[int, Any], *, extra_dict: Any = ()) -> None:
        extra = [extra_dict] if isinstance(extra_dict, dict) else extra_dict or ()
        self.id = next(clock)
        self._dicts = (hooks, *extra)

    def remove(self) -> None:
        for one in self._dicts:
            one.pop(self.id, None)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


def add_hook(hooks: dict[int, Any], hook: Any) -> RemovableHandle:
    """Puts ``hook`` last in ``hooks``.

    Example:

        >>> from autotensor.extend import add_hook
        >>> hooks = {}
        >>> handle = add_hook(hooks, print)
        >>> len(hooks)
        1
        >>> handle.remove()
        >>> len(hooks)
        0
    """
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


@method
def register_hook(self: Tensor, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
    """Calls ``hook(gradient)`` whenever the gradient of this Tensor is computed.

    What it returns, unless None, takes the gradient's place.

    Raises:
        RuntimeError: it does not require a gradient.

    Example:

        >>> x = at.tensor([3.0, -4.0], requires_grad=True)
        >>> handle = x.register_hook(lambda gradient: gradient.clamp(-1, 1))
        >>> (x**2).sum().backward()
        >>> x.grad
        tensor([ 1., -1.])
        >>> handle.remove()
    """
    if not self.requires_grad:
        raise RuntimeError("register_hook: the Tensor does not require grad, so it would never run")
    if self.made_by is not None:
        return add_hook(self.made_by.note("hooks", {}), hook)
    return add_to_leaf(self, hook)


def add_to_leaf(leaf: Tensor, hook: Any, turn: int = 0) -> RemovableHandle:
    """Puts ``hook`` with those that see the gradient of ``leaf``, after all of its ``turn``.

    One with a method ``reached`` is not shown it: that is called when the walk is there.

    Example:

        >>> from autotensor.extend import add_to_leaf
        >>> class Announced:
        ...     def reached(self):
        ...         print("reached")
        >>> x = at.ones(2, requires_grad=True)
        >>> handle = add_to_leaf(x, Announced())
        >>> (x * 2).sum().backward()
        reached
    """
    with one_at_a_time[0]:
        if leaf.hooks is None:
            leaf.hooks = {}
        handle = add_hook(leaf.hooks, _InTurn(hook, turn) if turn else hook)
        in_order = sorted(leaf.hooks.items(), key=lambda item: getattr(item[1], "turn", 0))
        if in_order != [*leaf.hooks.items()]:
            leaf.hooks.clear()
            leaf.hooks.update(in_order)
    return handle


class _InTurn:
    """A hook that runs after those registered by ``register_hook``: 1 before the gradient is added
    to ``grad``, 2 to be told of it."""

    def __init__(self, hook: Callable[[Tensor], Any], turn: int) -> None:
        self.hook = hook
        self.turn = turn

    def __call__(self, gradient: Tensor) -> Any:
        return self.hook(gradient)


@method
def retain_grad(self: Tensor) -> None:
    """Makes ``backward`` fill ``grad`` of this Tensor although it is not a leaf.

    Raises:
        RuntimeError: it does not require a gradient.

    Example:

        >>> x = at.tensor(2.0, requires_grad=True)
        >>> y = x * 3
        >>> y.retain_grad()
        >>> (y**2).backward()
        >>> y.grad  # 2 · 6
        tensor(12.)
    """
    if not self.requires_grad:
        raise RuntimeError("retain_grad: the Tensor does not require grad")
    node = self.made_by
    if node is not None:
        if node.notes and "retain" in node.notes and node.notes["retain"]() is None:
            del node.notes["retain"]  # of another Tensor, which is gone
        node.note("retain", weakref.ref(self))


@method
def register_post_accumulate_grad_hook(
    self: Tensor, hook: Callable[[Tensor], None]
) -> RemovableHandle:
    """Calls ``hook(tensor)`` whenever ``backward`` has added to the ``grad`` of this leaf.

    The hooks of all leaves run at the end of ``backward``; in PyTorch each as soon as its leaf is
    done.

    Raises:
        RuntimeError: this Tensor is no leaf, or does not require grad.

    Example:

        >>> w = at.tensor(1.0, requires_grad=True)
        >>> def step(parameter):
        ...     _ = parameter.sub_(0.1 * parameter.grad)  # hooks run without recording
        ...     parameter.grad = None
        >>> handle = w.register_post_accumulate_grad_hook(step)  # an optimizer within backward
        >>> (w * 5).backward()
        >>> w
        tensor(0.5000, requires_grad=True)
    """
    if not self.requires_grad:
        raise RuntimeError(
            "register_post_accumulate_grad_hook: the Tensor does not require grad, so nothing is "
            "added to its grad"
        )
    if not self.is_leaf:
        raise RuntimeError(
            "register_post_accumulate_grad_hook: the Tensor is no leaf, so nothing is added to its "
            "grad; use register_hook"
        )
    return add_to_leaf(self, AfterAccumulation(self, hook))


def at_the_end(function: Callable[[bool], None]) -> None:
    """For a hook: has ``function`` called when the walk that it runs in is over, with whether that
    has filled the ``grad`` of leaves.

    Example:

        >>> from autotensor.extend import at_the_end
        >>> x = at.tensor(3.0, requires_grad=True)
        >>> handle = x.register_hook(lambda gradient: at_the_end(lambda filled: print(x.grad)))
        >>> (x * x).backward()
        tensor(6.)
    """
    awaited[:] = [True]
    walks.waiting += ((walks.calls, function),)


def is_awaited(function: Callable[[bool], None]) -> bool:
    """Whether a walk that is going on will call ``function`` at its end.

    Example:

        >>> from autotensor.extend import at_the_end, is_awaited
        >>> def end(filled):
        ...     print("the end")
        >>> def once(gradient):
        ...     if not is_awaited(end):
        ...         at_the_end(end)
        >>> a, b = (at.ones(2, requires_grad=True) for _ in range(2))
        >>> handles = [one.register_hook(once) for one in (a, b)]
        >>> (a * b).sum().backward()
        the end
    """
    return any(one is function and depth <= walks.calls for depth, one in walks.waiting)


class AfterAccumulation:
    """Hung on a leaf, sees to it that ``hook(leaf)`` is called when its ``grad`` is filled."""

    turn = 2

    def __init__(self, leaf: Tensor, hook: Callable[[Tensor], Any]) -> None:
        self.leaf = weakref.ref(leaf)  # which holds this
        self.hook = hook

    def reached(self) -> None:
        at_the_end(self.run)

    def run(self, filled: bool) -> None:
        leaf = self.leaf()
        if filled and leaf is not None:
            result = call_out(self.hook, leaf)
            if result is not None:
                raise RuntimeError("hooks of post-accumulate grad must return None")
