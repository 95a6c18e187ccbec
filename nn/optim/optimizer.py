"""What all optimizers share: groups of parameters, their options and their state."""

from __future__ import annotations

import copy
import functools
import inspect
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, ClassVar, TypeVar

import numpy as np

from autotensor import Tensor, enable_grad, from_numpy, get_default_dtype, is_anomaly_enabled
from autotensor.extend import (
    RemovableHandle,
    ignored,
    numpy_errors,
    on_first_call,
    type_name,
    watched,
    watched_step,
)
from nn import hooks
from nn.arguments import need, parts_of, refuse
from nn.loading import tensor_of
from nn.optim.blocks import SMALL, without_traces
from nn.parameter import clear_gradients, is_lazy

__all__ = ["Optimizer"]

_NO_OPTIONS = {
    "params", "param_names", "initial_lr", "max_lr", "min_lr", "base_momentum", "max_momentum",
    "swa_lr",
}  # fmt: skip
"""What else is in a group: schedules note there what they go between."""
required: Any = SimpleNamespace(__doc__="What an option is by default that has to be given.")

Group = dict[str, Any]
ParamsT = Iterable[Tensor] | Iterable[tuple[str, Tensor]] | Iterable[Group]
"""PyTorch's name of what an optimizer is made for; optimizers of one's own import it."""

Descent = Callable[[Tensor, np.ndarray], None]

Loss = TypeVar("Loss")
State = dict[str, Any]


class Optimizer:
    """The base of all optimizers.

    A subclass gives its options to ``__init__`` as ``defaults``, names those that ``check`` reads
    by the rules for all optimizers in ``_checked``, adds to ``check`` what else it refuses, and
    changes one parameter in ``descend``; or it defines ``step`` itself.

    PyTorch has options for how a step is carried out.  Here there is one way, in place and in
    blocks that fit into the cache, so ``foreach`` and ``fused`` are taken and change nothing, while
    ``capturable`` and ``differentiable`` must be False.

    Args:
        params: Tensors, or pairs ``(name, Tensor)`` such as ``named_parameters()`` gives, or dicts
            ``{"params": Tensors, option: value, …}``, one for each group.
        defaults: the options for groups that do not set their own.

    Attributes:
        param_groups: a list of dicts: ``"params"``, every option, and ``"param_names"`` where names
            were given.  May be changed at any time.
        state: what is remembered for each parameter, as a dict by parameter of dicts by name.

    Raises:
        TypeError: something among ``params`` is not a Tensor.
        ValueError: no parameters; one given twice, or computed from others; some with names and
            some without; or a bad option.

    Example:

        >>> class SignDescent(optim.Optimizer):
        ...     def __init__(self, params, lr=0.1):
        ...         super().__init__(params, {"lr": lr})
        ...     def descend(self, param, grad, group):
        ...         param.array -= group["lr"] * np.sign(grad)
        >>> p = at.tensor([1.0, -2.0], requires_grad=True)
        >>> optimizer = SignDescent([p])
        >>> (p * p).sum().backward()
        >>> optimizer.step()
        >>> p.detach()
        tensor([ 0.9000, -1.9000])
    """

    separable: ClassVar[str] = "parameters"
    """What can be updated on its own, as ``ZeroRedundancyOptimizer`` does: ``"elements"``, whole
    ``"parameters"``, or ``"nothing"``.  A class with a ``descend`` or ``step`` of its own must say
    so again."""
    _checked: ClassVar[tuple[str, ...]] = ()
    """Options with a rule in ``RULES``, or else numbers of at least 0."""
    _numbers: ClassVar[tuple[str, ...]] = ()
    """What of the state is one number."""
    _alike: ClassVar[tuple[str, ...]] = ()
    """What of the state has the shape of its parameter."""
    _optional: ClassVar[tuple[str, ...]] = ()
    """What of these may be missing."""
    _fading: ClassVar[tuple[str, ...]] = ()
    _fading_squares: ClassVar[tuple[str, ...]] = ()
    """What of the state are means, and means of squares, which fade where gradients are 0; see
    ``without_traces``."""
    _stepped = False
    """Whether a step was taken; schedules ask for it."""

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, (Tensor, str, Mapping)) or not isinstance(params, Iterable):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {type_name(params)}{_remedy(params)}"
            )
        self.defaults = defaults
        self._forget_hooks()
        self.state: defaultdict[Tensor, State] = defaultdict(dict)
        self.param_groups: list[Group] = []
        given = list(params)
        if not given:
            raise ValueError(
                "optimizer got an empty parameter list; a generator gives its items only once, and "
                "a model knows no layers in a plain list: keep those in nn.ModuleList"
            )
        if not isinstance(given[0], dict):
            given = [{"params": given}]
        for group in given:
            self.add_param_group(group)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        says = next(one for one in cls.__mro__ if {"descend", "_descent"} & vars(one).keys())
        if "_descent" not in vars(says):  # a ``descend`` of one's own is the one that counts
            cls._descent = Optimizer._descent  # type: ignore[method-assign]
        if "step" in cls.__dict__:
            cls.step = _with_hooks(cls.step)  # type: ignore[method-assign]

    def _patch_step_function(self) -> None:
        """PyTorch wraps ``step`` here, for its hooks, and optimizers that wrap others call it; here
        that was done as the class was made."""

    def check(self, options: Group) -> None:
        """Raises ValueError for a bad option of a group."""
        for name in self._checked:
            RULES.get(name, check_at_least_zero)(name, options[name])

    def descend(self, param: Tensor, grad: np.ndarray, group: Group) -> None:
        """Changes ``param.array``, given its gradient; called by ``step`` without warnings."""
        raise NotImplementedError(f"{type(self).__name__} must define descend(), or step()")

    def step(self, closure: Callable[[], Loss] | None = None) -> Loss | None:
        """Changes every parameter that has a gradient.

        Args:
            closure: computes the loss again, with its gradients, before the step.

        Returns:
            What ``closure`` returned.

        Example:

            >>> p = at.tensor([3.0], requires_grad=True)
            >>> optimizer = optim.SGD([p], lr=0.5)
            >>> def closure():
            ...     optimizer.zero_grad()
            ...     loss = (p * p).sum()
            ...     loss.backward()
            ...     return loss
            >>> optimizer.step(closure).item(), p.detach()  # the loss before; 3 - 0.5 · 6
            (9.0, tensor([0.]))
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        # Infinity and NaN are ordinary values here, as everywhere in the engine.
        token = numpy_errors.set(ignored)
        try:
            for group in self.param_groups:
                self._update(group)
        finally:
            numpy_errors.reset(token)
        return loss

    def _update(self, group: Group) -> None:
        descend = self._descent(group)
        for param in group["params"]:
            grad = param.grad
            if grad is not None:
                descend(param, grad.array)
                param.mark_written()
                if param.array.size > SMALL:
                    state = self.state.get(param, {})
                    without_traces(state, self._fading, self._fading_squares)

    def _descent(self, group: Group) -> Descent:
        """``descend`` in one group.  Who defines this as well reads the options once a step."""
        return lambda param, grad: self.descend(param, grad, group)

    def remembered(self, param: Tensor, *names: str) -> State:
        """The state of a parameter: at first a ``"step"`` of 0, and zeros under every name."""
        state = self.state[param]
        if "step" not in state:
            state["step"] = scalar(0)
        for name in names:
            if name not in state:
                state[name] = from_numpy(np.zeros_like(param.array))
        return state

    def _next_step(self, param: Tensor, *names: str) -> tuple[State, float]:
        """``remembered``, and the number of this step, which it counts."""
        state = self.remembered(param, *names)
        return state, advance(state)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets the gradient of every parameter, or sets it to zeros.

        Example:

            >>> p = at.tensor([3.0], requires_grad=True)
            >>> optimizer = optim.SGD([p], lr=0.5)
            >>> (p * p).sum().backward()
            >>> optimizer.zero_grad(set_to_none=False)
            >>> p.grad
            tensor([0.])
            >>> optimizer.zero_grad()
            >>> p.grad is None
            True
        """
        for group in self.param_groups:
            clear_gradients(group["params"], set_to_none)

    def add_param_group(self, param_group: Group) -> None:
        """Adds the parameters ``param_group["params"]``, with options of their own.

        A group that is refused changes nothing.

        Example:

            >>> body, head = nn.Linear(4, 8), nn.Linear(8, 1)
            >>> optimizer = optim.SGD(head.parameters(), lr=0.1)
            >>> optimizer.add_param_group({"params": body.parameters(), "lr": 0.001})
            >>> [group["lr"] for group in optimizer.param_groups]
            [0.1, 0.001]
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group).__name__}")
        if "params" not in param_group:
            raise ValueError(f"param_group has no 'params', only {sorted(param_group)}")
        params, names = _named(param_group["params"])
        group = {**param_group, "params": params}
        if names:
            group["param_names"] = names
        self._check_params(group)
        for name, value in self.defaults.items():
            if group.setdefault(name, value) is required:
                raise ValueError(f"parameter group has no value for the required option {name}")
        self._check_implementation(group)
        self.check(group)
        self.param_groups.append(group)

    def _check_params(self, group: Group) -> None:
        known = {id(param) for param in self._all_params()}
        for param in group["params"]:
            if not isinstance(param, Tensor):
                raise TypeError(
                    "optimizer can only optimize Tensors, but one of the params is "
                    f"{type_name(param)}{_remedy(param, among=True)}"
                )
            if not param.is_leaf:
                raise ValueError(
                    f"can't optimize a non-leaf Tensor (shape {param.shape}, made by "
                    f"{param.grad_fn!r}): backward() leaves no gradient on it"
                )
            if param.requires_grad and not (is_lazy(param) or param.array.flags.writeable):
                raise ValueError(
                    f"a parameter (shape {param.shape}) lies on read-only memory, as a file mapped "
                    "with mmap_mode='r', and cannot be changed in place; map the file with 'r+', "
                    "or give it memory of its own: param.data = param.data.clone()"
                )
            if id(param) in known:
                raise ValueError(
                    f"some parameters appear in more than one parameter group (shape {param.shape})"
                )
        if len(set(map(id, group["params"]))) < len(group["params"]):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters: each step changes "
                "those as often as they are there; list every parameter once",
                stacklevel=8,  # who made it, as SGD(...), through a door at each call
            )
        named = "param_names" in group
        if any(named != ("param_names" in other) for other in self.param_groups):
            raise ValueError(
                "all optimizer param groups should be with/without names. cannot add param group "
                f"{'with' if named else 'without'} names to the optimizer"
            )

    def _check_implementation(self, options: Group) -> None:
        """Refuses what PyTorch's options for carrying out a step would ask for in vain."""
        for name, instead in (
            ("differentiable", "a step is taken in place, outside of the graph"),
            ("capturable", "there are no CUDA graphs to capture it in"),
        ):
            if options.get(name):
                raise ValueError(f"{type(self).__name__}: {name}=True is not supported: {instead}")
        if options.get("fused") and options.get("foreach"):
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")

    # -- hooks -----------------------------------------------------------------------------------

    def _forget_hooks(self) -> None:
        self._step_pre_hooks: dict[int, Any] = {}
        self._step_post_hooks: dict[int, Any] = {}
        self._state_hooks = hooks.StateHooks()

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """``hook(optimizer, args, kwargs)`` before every step; may return new (args, kwargs).

        As in PyTorch, ``args`` begins with the optimizer.

        Example:

            >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=0.1)
            >>> handle = optimizer.register_step_pre_hook(lambda *given: print("before"))
            >>> optimizer.step()
            before
            >>> handle.remove()
        """
        return hooks.add(self._step_pre_hooks, hook, False)

    def register_step_post_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """``hook(optimizer, args, kwargs)`` after every step.

        Example:

            >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=0.1)
            >>> handle = optimizer.register_step_post_hook(lambda *given: print("after"))
            >>> optimizer.step()
            after
        """
        return hooks.add(self._step_post_hooks, hook, False)

    def register_state_dict_pre_hook(
        self, hook: Callable[[Optimizer], None], prepend: bool = False
    ) -> RemovableHandle:
        """``hook(optimizer)`` before ``state_dict``; ``prepend`` puts it before the others.

        Example:

            >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=0.1)
            >>> handle = optimizer.register_state_dict_pre_hook(lambda optimizer: print("saving"))
            >>> _ = optimizer.state_dict()
            saving
        """
        return hooks.add(self._state_hooks.save_pre, hook, prepend)

    def register_state_dict_post_hook(
        self,
        hook: Callable[[Optimizer, dict[str, Any]], dict[str, Any] | None],
        prepend: bool = False,
    ) -> RemovableHandle:
        """``hook(optimizer, state_dict)`` after ``state_dict``; may return another in its place.

        Example:

            >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=0.1)
            >>> handle = optimizer.register_state_dict_post_hook(
            ...     lambda optimizer, state: {**state, "note": "mine"}
            ... )
            >>> list(optimizer.state_dict())
            ['state', 'param_groups', 'note']
        """
        return hooks.add(self._state_hooks.save, hook, prepend)

    def register_load_state_dict_pre_hook(
        self,
        hook: Callable[[Optimizer, dict[str, Any]], dict[str, Any] | None],
        prepend: bool = False,
    ) -> RemovableHandle:
        """``hook(optimizer, state_dict)`` before loading; it gets a shallow copy, and may return
        another in its place.

        Example:

            >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=0.1)
            >>> handle = optimizer.register_load_state_dict_pre_hook(
            ...     lambda optimizer, state: print(sorted(state))
            ... )
            >>> optimizer.load_state_dict(optimizer.state_dict())
            ['param_groups', 'state']
        """
        return hooks.add(self._state_hooks.load_pre, hook, prepend)

    def register_load_state_dict_post_hook(
        self, hook: Callable[[Optimizer], None], prepend: bool = False
    ) -> RemovableHandle:
        """``hook(optimizer)`` after loading.

        Example:

            >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=0.1)
            >>> handle = optimizer.register_load_state_dict_post_hook(lambda _: print("loaded"))
            >>> optimizer.load_state_dict(optimizer.state_dict())
            loaded
        """
        return hooks.add(self._state_hooks.load, hook, prepend)

    # -- saving and loading ----------------------------------------------------------------------

    def _all_params(self) -> Iterator[Tensor]:
        return (param for group in self.param_groups for param in group["params"])

    def state_dict(self) -> dict[str, Any]:
        """``{"state": …, "param_groups": …}`` with the number of a parameter in its place.

        Parameters are numbered through all groups.  The Tensors of the state are not copied.

        Example:

            >>> p = at.tensor([1.0], requires_grad=True)
            >>> optimizer = optim.SGD([p], lr=0.1, momentum=0.9)
            >>> p.grad = at.ones(1)
            >>> optimizer.step()
            >>> state = optimizer.state_dict()
            >>> state["state"], state["param_groups"][0]["params"], state["param_groups"][0]["lr"]
            ({0: {'momentum_buffer': tensor([1.])}}, [0], 0.1)
        """
        for hook in list(self._state_hooks.save_pre.values()):
            hook(self)
        number = {id(param): index for index, param in enumerate(self._all_params())}
        groups = [
            {**group, "params": [number[id(param)] for param in group["params"]]}
            for group in self.param_groups
        ]
        state = {number.get(id(param), param): kept for param, kept in self.state.items()}
        result: dict[str, Any] = {"state": state, "param_groups": groups}
        for hook in list(self._state_hooks.save.values()):
            replaced = hook(self, result)
            result = result if replaced is None else replaced
        return result

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Takes over a copy of what ``state_dict`` gave; PyTorch shares what has the right dtype.

        Parameters are matched by their order.  State gets its parameter's dtype, except counts.
        Tensors of PyTorch's are taken as well, and arrays of NumPy where a Tensor belongs.
        Options that ``state_dict`` does not know, because it is older, are off, as they were then,
        if the class has them off by default; others keep the value they were made with.

        Raises:
            TypeError: not what ``state_dict`` gives, or something of another type in it.
            ValueError: other groups, or groups of other sizes; or state that is incomplete, or has
                other shapes.  Nothing was changed then.

        Example:

            >>> p, q = at.tensor([1.0], requires_grad=True), at.tensor([1.0], requires_grad=True)
            >>> first, second = optim.Adam([p], lr=0.1), optim.Adam([q])
            >>> p.grad = at.ones(1)
            >>> first.step()
            >>> second.load_state_dict(first.state_dict())
            >>> second.param_groups[0]["lr"], second.state[q]["step"]
            (0.1, tensor(1.))
        """
        owner = f"{type(self).__name__}.load_state_dict"
        parts_of(owner, state_dict)
        state_dict = dict(state_dict)
        for hook in list(self._state_hooks.load_pre.values()):
            replaced = hook(self, state_dict)
            state_dict = state_dict if replaced is None else replaced
        saved, kept_states = parts_of(owner, state_dict, "param_groups", "state")
        if isinstance(saved, (list, tuple)):
            known = self._checked
            saved = [
                self._ours(owner, one, known) if isinstance(one, Mapping) else one for one in saved
            ]
        self._check_groups(owner, saved)
        need(owner, "'state'", kept_states, Mapping, "a dict")
        numbers = [number for group in saved for number in group["params"]]
        params = dict(zip(numbers, self._all_params(), strict=True))
        state: defaultdict[Any, State] = defaultdict(dict)
        for number, kept in kept_states.items():
            param = params.get(number)
            if param is None:
                state[number] = copy.deepcopy(kept)
                continue
            about = f"the state of parameter {number!r} (shape {param.shape})"
            need(owner, about, kept, Mapping, "a dict")
            kept = self._ours(f"{owner}: {about}", kept, (*self._alike, *self._numbers))
            self._check_state(f"{owner}: {about}", param, kept)
            state[param] = {
                name: self._as_state_of(value, param, name) for name, value in kept.items()
            }
        before = {**self.defaults, **_off_by_default(type(self), self.defaults)}
        self.param_groups = [
            {**before, **_names(mine), **copy.deepcopy(other), "params": mine["params"]}
            for mine, other in zip(self.param_groups, saved, strict=True)
        ]
        self.state = state
        self._stepped = True  # before: a schedule that goes on with it has nothing to warn of
        for hook in list(self._state_hooks.load.values()):
            hook(self)

    def _ours(self, about: str, kept: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
        """State with Tensors in place of those of other libraries, and of arrays under the names
        that are known to be Tensors."""
        return {name: _ours(about, name, one, name in known) for name, one in kept.items()}

    def _check_groups(self, owner: str, saved: Any) -> None:
        """Refuses groups that are not as many, or that have other parameters or types."""
        need(owner, "'param_groups'", saved, (list, tuple), "a list of dicts")
        for index, group in enumerate(saved):
            need(owner, f"param_groups[{index}]", group, Mapping, "a dict")
            (params,) = parts_of(f"{owner}: param_groups[{index}]", group, "params")
            need(owner, f"param_groups[{index}]['params']", params, (list, tuple), "a list")
            for name, value in self.defaults.items():
                argument = f"param_groups[{index}][{name!r}]"
                if name in group and isinstance(value, (list, tuple)):
                    need(owner, argument, group[name], (list, tuple), f"{len(value)} values")
                    wrong = len(group[name]) != len(value)
                    refuse(
                        owner, wrong, f"{argument} must be {len(value)} values, got {group[name]!r}"
                    )
                elif name in group and name in self._checked:
                    need(owner, argument, group[name], NUMBER, "a number")
            missing = [name for name in self._checked if name not in group]
            foreign = [name for name in group if name not in {*self.defaults, *_NO_OPTIONS}]
            if missing and foreign:
                raise ValueError(
                    f"{owner}: the state dict is another optimizer's: param_groups[{index}] has "
                    f"{foreign[0]!r}, and no {missing[0]!r}"
                )
        if len(saved) != len(self.param_groups):
            raise ValueError(
                "loaded state dict has a different number of parameter groups: "
                f"{len(saved)} instead of {len(self.param_groups)}"
            )
        for index, (mine, other) in enumerate(zip(self.param_groups, saved, strict=True)):
            if len(mine["params"]) != len(other["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of "
                    f"optimizer's group: group {index} has {len(other['params'])} parameters "
                    f"instead of {len(mine['params'])}"
                )

    def _check_state(self, about: str, param: Tensor, kept: Mapping[str, Any]) -> None:
        """Refuses state of a parameter with which a step could not go on."""
        known = {*self._numbers, *self._alike}
        missing = sorted(known - kept.keys() - {*self._optional})
        if missing and known & kept.keys():
            raise ValueError(f"{about} has no {missing[0]!r}, only {list(kept)}")
        for name in self._numbers:
            if name in kept:
                need_number(about, name, kept[name])
        for name in self._alike:
            if name in kept and not (kept[name] is None and name in self._optional):
                need_shape(about, name, kept[name], param.shape)

    def _as_state_of(self, value: Any, param: Tensor, name: str) -> Any:
        """A copy of saved state, in the dtype of its parameter; of a count in its own."""
        if name in self._numbers and not isinstance(value, Tensor):
            return scalar(value)  # from an older state dict
        if name in self._alike and value is not None:
            return value.detach().to(param.dtype, copy=True)
        return _copy_for(param, value, name)

    def __getstate__(self) -> dict[str, Any]:
        # Hooks stay behind, as in PyTorch: they are often functions that cannot be pickled.
        own = {"defaults", "param_groups", "state"}
        return {name: value for name, value in self.__dict__.items() if name in own}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._forget_hooks()
        self.__dict__.update(state)

    _repr_html_ = on_first_call("nn.seeing.modules", "optimizer_page")

    def __repr__(self) -> str:
        groups = []
        for index, group in enumerate(self.param_groups):
            options = [f"    {name}: {group[name]}\n" for name in sorted(group) if name != "params"]
            groups.append(f"Parameter Group {index}\n" + "".join(options))
        return f"{type(self).__name__} (\n" + "\n".join(groups) + ")"


_before_all: dict[int, Any] = {}
_after_all: dict[int, Any] = {}


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """``hook(optimizer, args, kwargs)`` before every step of every optimizer, and before the hooks
    of its own; may return new (args, kwargs).

    Example:

        >>> from nn.optim.optimizer import register_optimizer_step_pre_hook
        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=0.1)
        >>> handle = register_optimizer_step_pre_hook(lambda *given: print("before"))
        >>> optimizer.step()
        before
        >>> handle.remove()
    """
    return hooks.add(_before_all, hook, False)


def register_optimizer_step_post_hook(hook: Callable[..., None]) -> RemovableHandle:
    """``hook(optimizer, args, kwargs)`` after every step of every optimizer, and after the hooks of
    its own.

    Example:

        >>> from nn.optim.optimizer import register_optimizer_step_post_hook
        >>> optimizer = optim.SGD([at.zeros(1, requires_grad=True)], lr=0.1)
        >>> handle = register_optimizer_step_post_hook(lambda *given: print("after"))
        >>> optimizer.step()
        after
        >>> handle.remove()
    """
    return hooks.add(_after_all, hook, False)


def _with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """``step`` between the hooks for it; notes for schedules that a step was taken."""

    @functools.wraps(step)
    def hooked(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        self._stepped = True
        args = (self, *args)
        if "_step_pre_hooks" not in self.__dict__:
            self._forget_hooks()  # one that wraps another, as Lookahead, may never call __init__
        for hook in [*_before_all.values(), *self._step_pre_hooks.values()]:
            replaced = hook(self, args, kwargs)
            if replaced is not None:
                if not (isinstance(replaced, tuple) and len(replaced) == 2):
                    raise RuntimeError(
                        "a step pre-hook must return None or a tuple (new_args, new_kwargs), got "
                        f"{replaced!r}"
                    )
                args, kwargs = replaced
                if not (args and args[0] is self):
                    raise RuntimeError(
                        "a step pre-hook must return new_args that begin with the optimizer, as "
                        f"the args do that it gets, got {args!r}"
                    )
        if watched and is_anomaly_enabled():
            result = watched_step(self, functools.partial(step, *args, **kwargs))
        else:
            result = step(*args, **kwargs)
        for hook in [*self._step_post_hooks.values(), *_after_all.values()]:
            hook(self, args, kwargs)
        return result

    return hooked


Optimizer.step = _with_hooks(Optimizer.step)  # type: ignore[method-assign]


def _remedy(params: Any, among: bool = False) -> str:
    """What to pass in the place of what has no Tensors; ``among`` others or alone."""
    if isinstance(params, type):
        return f"; make an object of it: {params.__name__}(...)"
    if isinstance(params, Tensor):
        return "; put it into a list"
    if isinstance(params, Mapping):
        return "; pass its values()"
    if among and (isinstance(params, Iterator) or hasattr(params, "parameters")):
        return "; join the parameters of several models: [*a.parameters(), *b.parameters()]"
    if hasattr(params, "parameters"):
        return "; pass its parameters()"
    return "; call it: model.parameters()" if callable(params) else ""


def _named(given: Any) -> tuple[list[Any], list[str]]:
    """The Tensors among ``given``, and their names if they have any."""
    if isinstance(given, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the "
            "ordering of tensors in sets will change between runs. Please use a list instead."
        )
    params = [given] if isinstance(given, Tensor) else list(given)
    names = [param[0] for param in params if isinstance(param, tuple)]
    if names and len(names) != len(params):
        raise ValueError(
            "all optimizer params should be with/without names. Some param names are missing"
        )
    return [param[1] if isinstance(param, tuple) else param for param in params], names


def _names(group: Group) -> Group:
    """What loading leaves as it is unless it brings other names."""
    return {key: group[key] for key in ("param_names",) if key in group}


def _off_by_default(kind: type[Optimizer], names: Iterable[str]) -> Group:
    """The options of a class that are off, as False, None or 0, unless somebody wants them."""
    given = inspect.signature(kind).parameters
    values = {name: given[name].default for name in names if name in given}
    return {
        name: value
        for name, value in values.items()
        if value is None or (isinstance(value, (int, float)) and not value)
    }


def _copy_for(param: Tensor, value: Any, name: str) -> Any:
    if isinstance(value, Tensor):
        value = value.detach()
        if name == "step" or not value.is_floating_point():
            return value.clone()
        return value.to(param.dtype, copy=True)
    if isinstance(value, (list, tuple)):
        return type(value)(_copy_for(param, one, "") for one in value)
    return copy.deepcopy(value)


# -- saved state -----------------------------------------------------------------------------------

NUMBER = (int, float, np.number, Tensor)


def need_number(about: str, name: str, value: Any) -> None:
    """Refuses what is neither a number nor a Tensor of one element."""
    need(about, repr(name), value, NUMBER, "a number")
    wrong = isinstance(value, Tensor) and value.numel() != 1
    refuse(about, wrong, f"{name!r} must be one number, got shape {getattr(value, 'shape', ())}")


def need_shape(about: str, name: str, value: Any, shape: tuple[int, ...]) -> None:
    """Refuses what is no Tensor of that shape."""
    need(about, repr(name), value, Tensor, f"a Tensor of shape {shape}")
    wrong = value.shape != shape
    refuse(about, wrong, f"{name!r} must be of shape {shape}, got shape {value.shape}")


# -- what optimizers share -------------------------------------------------------------------------


def scalar(value: float) -> Tensor:
    """A number of the state, such as the count of steps: as in PyTorch, a 0-d Tensor."""
    return from_numpy(np.array(value, get_default_dtype()))


def advance(state: State) -> float:
    """Counts a step, and returns its number; the first is 1."""
    step = state["step"]
    if not isinstance(step, Tensor):  # from an older state dict
        step = state["step"] = scalar(step)
    number: float = step.item() + 1
    step.array.fill(number)
    return number


def options(group: Group, *names: str) -> list[float]:
    """Options as Python floats, which do not widen float32 arrays; a NumPy float64 would."""
    return list(map(float, map(group.__getitem__, names)))


def options_of(arguments: dict[str, Any], **before: str) -> Group:
    """The options among the arguments of an ``__init__``, which are its ``locals()``.

    Where PyTorch's groups have another order, ``before`` says for an option which one it stands
    before, as in ``options_of(locals(), maximize="foreach")``.
    """
    names = [name for name in arguments if name not in ("self", "params", "__class__")]
    for name, other in before.items():
        names.remove(name)
        names.insert(names.index(other), name)
    return {name: arguments[name] for name in names}


# -- rules for options -----------------------------------------------------------------------------


def check_at_least_zero(name: str, value: Any) -> None:
    """Refuses a negative option, and one that is no number."""
    what = {"lr": "learning rate", "eps": "epsilon value"}.get(name, f"{name} value")
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number, Tensor)):
        raise TypeError(f"Invalid {what}: {value!r}; expected a number, got {type(value).__name__}")
    if not value >= 0:
        raise ValueError(f"Invalid {what}: {value}; it must be at least 0")


def check_rate(name: str, lr: Any) -> None:
    """Refuses a bad learning rate; it may be a Tensor of one element."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError(f"Tensor lr must be 1-element, got shape {lr.shape}")
    check_at_least_zero(name, lr)


def check_betas(name: str, betas: Any) -> None:
    """Refuses decay rates that are not a pair of numbers in [0, 1)."""
    if not isinstance(betas, (tuple, list)) or len(betas) != 2:
        raise TypeError(f"betas must be a pair of numbers, got {betas!r}")
    for index, beta in enumerate(betas):
        if isinstance(beta, Tensor) and beta.numel() != 1:
            raise ValueError(f"Tensor betas[{index}] must be 1-element, got shape {beta.shape}")
        if not 0 <= beta < 1:
            raise ValueError(
                f"Invalid beta parameter at index {index}: {beta}; it must be in [0, 1)"
            )
    if isinstance(betas[0], Tensor) != isinstance(betas[1], Tensor):
        raise ValueError(f"betas must be either both floats or both Tensors, got {betas!r}")


def check_rho(name: str, rho: Any) -> None:
    """Refuses a share that is not in [0, 1]."""
    check_at_least_zero(name, rho)
    if rho > 1:
        raise ValueError(f"Invalid rho value: {rho}; it must be at most 1")


RULES: dict[str, Callable[[str, Any], None]] = {
    "lr": check_rate,
    "betas": check_betas,
    "rho": check_rho,
}


def _ours(about: str, name: str, value: Any, belongs: bool) -> Any:
    """A value of a state, as a Tensor if it is one of another library, or an array where a Tensor
    belongs."""
    if type(value) in (list, tuple):  # of Tensors, as LBFGS has
        return type(value)(_ours(about, name, one, False) for one in value)
    if isinstance(value, (np.ndarray, np.generic)) and not belongs:
        return value  # of an optimizer that works on arrays itself
    try:
        found = tensor_of(value)
    except TypeError as error:
        raise TypeError(f"{about}: {name!r} is {error}") from None
    return value if found is None else found
