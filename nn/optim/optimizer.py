"""What all optimizers share: groups of parameters, their options and their state."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from autotensor import Tensor, enable_grad
from autotensor.silence import silent
from nn.gradients import clear_gradients

__all__ = ["Optimizer"]

Group = dict[str, Any]


class Optimizer:
    """The base of all optimizers.

    A subclass gives its options to ``__init__`` as ``defaults``, refuses bad ones in ``check`` and
    changes the parameters of one group in ``update``; or it defines ``step`` itself.

    Args:
        params: Tensors, or dicts ``{"params": Tensors, option: value, …}``, one for each group.
        defaults: the options for groups that do not set their own.

    Attributes:
        param_groups: a list of dicts: ``"params"``, and every option.  May be changed at any time.
        state: what is remembered for each parameter, as a dict by parameter of dicts by name.

    Raises:
        TypeError: something among ``params`` is not a Tensor.
        ValueError: no parameters; one given twice, or computed from others; or a bad option.
    """

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, (Tensor, str, Mapping)) or not isinstance(params, Iterable):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {type(params).__name__}"
            )
        self.defaults = defaults
        self.state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[Group] = []
        given = list(params)
        if not given:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(given[0], dict):
            given = [{"params": given}]
        for group in given:
            self.add_param_group(group)

    def check(self, options: Group) -> None:
        """Raises ValueError for a bad option of a group."""

    def update(self, group: Group) -> None:
        """Changes the parameters of one group; called by ``step``."""
        raise NotImplementedError(f"{type(self).__name__} must define update(group), or step()")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Changes every parameter that has a gradient.

        Args:
            closure: computes the loss again, with its gradients, before the step.

        Returns:
            What ``closure`` returned.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            # Infinity and NaN are ordinary values here, as everywhere in the engine.
            silent().run(self.update, group)
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets the gradient of every parameter, or sets it to zeros."""
        for group in self.param_groups:
            clear_gradients(group["params"], set_to_none)

    def add_param_group(self, param_group: Group) -> None:
        """Adds the parameters ``param_group["params"]``, with options of their own.

        A group that is refused changes nothing.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group).__name__}")
        if "params" not in param_group:
            raise ValueError(f"param_group has no 'params', only {sorted(param_group)}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the "
                "ordering of tensors in sets will change between runs. Please use a list instead."
            )
        params = [params] if isinstance(params, Tensor) else list(params)
        known = {id(one) for group in self.param_groups for one in group["params"]}
        for param in params:
            if not isinstance(param, Tensor):
                raise TypeError(
                    "optimizer can only optimize Tensors, but one of the params is "
                    f"{type(param).__name__}"
                )
            if not param.is_leaf:
                raise ValueError(
                    f"can't optimize a non-leaf Tensor (shape {param.shape}, made by "
                    f"{param.grad_fn!r}): backward() leaves no gradient on it"
                )
            if id(param) in known:
                raise ValueError(
                    "some parameters appear in more than one parameter group, or twice in one "
                    f"(shape {param.shape})"
                )
            known.add(id(param))
        group = {**param_group, "params": params}
        for name, value in self.defaults.items():
            group.setdefault(name, value)
        self.check(group)
        self.param_groups.append(group)

    # -- saving and loading ----------------------------------------------------------------------

    def _all_params(self) -> Iterator[Tensor]:
        return (param for group in self.param_groups for param in group["params"])

    def state_dict(self) -> dict[str, Any]:
        """``{"state": …, "param_groups": …}`` with the number of a parameter in its place.

        Parameters are numbered through all groups.  The Tensors of the state are not copied.
        """
        number = {id(param): index for index, param in enumerate(self._all_params())}
        groups = [
            {**group, "params": [number[id(param)] for param in group["params"]]}
            for group in self.param_groups
        ]
        state = {number.get(id(param), param): kept for param, kept in self.state.items()}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Takes over a copy of what ``state_dict`` gave.

        Parameters are matched by their order.  Floating-point state gets its parameter's dtype.

        Raises:
            ValueError: other groups, or groups of other sizes.  Nothing was changed then.
        """
        saved = state_dict["param_groups"]
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
        numbers = [number for group in saved for number in group["params"]]
        owner = dict(zip(numbers, self._all_params(), strict=True))
        state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        for number, kept in state_dict["state"].items():
            param = owner.get(number)
            if param is None:
                state[number] = copy.deepcopy(kept)
            else:
                state[param] = {name: _fitting(value, param) for name, value in kept.items()}
        self.param_groups = [
            {**self.defaults, **copy.deepcopy(other), "params": mine["params"]}
            for mine, other in zip(self.param_groups, saved, strict=True)
        ]
        self.state = state

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for index, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {index}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])


def _fitting(value: Any, param: Tensor) -> Any:
    """A copy of a piece of saved state, in the dtype of its parameter."""
    if not isinstance(value, Tensor):
        return copy.deepcopy(value)
    if value.ndim == 0 and param.ndim != 0:
        return value.item()  # a counter, which PyTorch keeps in a tensor
    value = value.detach()
    return value.to(param.dtype, copy=True) if value.is_floating_point() else value.clone()


def check_at_least_zero(options: Group, key: str, what: str) -> None:
    """Refuses a negative option, and one that is no number."""
    value = options[key]
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise TypeError(f"Invalid {what}: {value!r}; expected a number, got {type(value).__name__}")
    if not value >= 0:
        raise ValueError(f"Invalid {what}: {value}; it must be at least 0")
