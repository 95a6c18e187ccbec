"""Module: a piece of a network that knows its parameters, its buffers and its sub-modules."""

from __future__ import annotations

import os
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from operator import methodcaller
from types import FunctionType, MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, ParamSpec, Protocol, Self, TypeVar
from weakref import ref

import numpy as np

import autotensor as at
from autotensor import Parameter, Tensor
from autotensor.extend import (
    canonical,
    clock,
    explained,
    need_cpu,
    on_first_call,
    share_between_processes,
    type_name,
    way_to,
)
from nn.hooks import (
    Hooked,
    StateHooks,
    register_module_backward_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
)
from nn.loading import ASSIGN, Given, IncompatibleKeys, Loading, plan_value
from nn.parameter import Buffer, clear_gradients, is_lazy
from nn.registered import (
    BUFFER,
    BUFFERS,
    MODULE,
    PARAMETER,
    TRANSIENT,
    TransientNames,
    as_watched,
    register_module_buffer_registration_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
    registered_view,
)
from nn.tensors import tensors_in

__all__ = [
    "Module", "register_module_backward_hook", "register_module_buffer_registration_hook",
    "register_module_forward_hook", "register_module_forward_pre_hook",
    "register_module_full_backward_hook", "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook", "register_module_parameter_registration_hook",
]  # fmt: skip

#: The name, in a state dict, of what ``get_extra_state`` gives.
EXTRA_STATE = "_extra_state"

T_destination = TypeVar("T_destination", bound=dict[str, Any])

Kinds = tuple[str, ...]

P = ParamSpec("P")
Result = TypeVar("Result", covariant=True)


class Forward(Protocol[P, Result]):
    """For type checkers: what has a ``forward`` with these arguments and this result."""

    @property
    def forward(self) -> Callable[P, Result]: ...


def _is_operator(function: FunctionType) -> bool:
    """Whether it is one of autotensor's.  PyTorch's are built in, so ``activation = torch.tanh`` in
    a class makes no method of it."""
    of_its_own = function.__qualname__ == function.__name__  # in no class, in no other function
    return of_its_own and function.__module__.partition(".")[0] == at.__name__


class Module(Hooked):
    """The base of all layers and networks.

    A subclass makes its parts in ``__init__`` and uses them in ``forward``; every Parameter, buffer
    and Module assigned to an attribute is registered under the attribute's name::

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 2)

            def forward(self, x):  # (N, 4) -> (N, 2)
                return self.fc(x).relu()

        y = Net()(x)

    An error raised in ``forward`` carries a note that says in which sub-module it was.

    Attributes:
        training: True in training, False in evaluation; set by ``train`` and ``eval``.

    Example:

        >>> class Net(nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.hidden = nn.Linear(4, 8)
        ...         self.scale = nn.Parameter(at.ones(1))
        ...     def forward(self, x):
        ...         return self.scale * self.hidden(x).relu()
        >>> net = Net()
        >>> net
        Net(
          (hidden): Linear(in_features=4, out_features=8, bias=True)
        )
        >>> net(at.ones(5, 4)).shape, [name for name, _ in net.named_parameters()]
        (torch.Size([5, 8]), ['scale', 'hidden.weight', 'hidden.bias'])
    """

    training: bool = True

    # Values live in the instance's own __dict__, where ``self.weight`` finds them at full speed;
    # here stands only what each name is.  So an attribute cannot be two things at once.
    _kinds: Mapping[str, str] = MappingProxyType({})

    # Modules under the name of a method, which there they would hide: ``self.parameters = layers``
    # registers them, and ``self.parameters()`` is called.
    _behind: Mapping[str, Module] = MappingProxyType({})

    # Written to state dicts, for subclasses whose state changes its form one day.
    _version: int = 1
    dump_patches: bool = False

    #: Whether ``__init__`` goes on to the next class, with the arguments it was given.
    call_super_init: bool = False
    T_destination: ClassVar[Any] = T_destination

    _parameters = registered_view(PARAMETER)
    _buffers = registered_view(*BUFFERS)
    _modules = registered_view(MODULE)
    _non_persistent_buffers_set = property(TransientNames)

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        for name, value in list(vars(cls).items()):
            if isinstance(value, FunctionType) and _is_operator(value):
                setattr(cls, name, staticmethod(value))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if (args or kwargs) and not self.call_super_init:
            given = [*(repr(one) for one in args), *(f"{key}=…" for key in kwargs)]
            raise TypeError(
                f"{type(self).__name__}.__init__() hands Module.__init__() the arguments "
                f"({', '.join(given)}), which takes none; write super().__init__()"
            )
        object.__setattr__(self, "_kinds", {})
        self.training = True
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    # -- calling ---------------------------------------------------------------------------------

    if TYPE_CHECKING:
        # A subclass may take and give what it likes; calling it is calling that.
        forward: Callable[..., Any]

        # What is registered by name is a buffer, mostly: layers are assigned, and so are seen.
        def __getattr__(self, name: str) -> Tensor: ...

        # Of a module with parametrizations: a ModuleDict, with a name for each.
        parametrizations: Any

        def __call__(self: Forward[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result: ...

    else:

        def __getattr__(self, name):
            """Called for what is not there: raises AttributeError, with Python's reason."""
            return object.__getattribute__(self, name)

        def forward(self, *args: Any, **kwargs: Any) -> Any:
            """The computation; every subclass defines its own."""
            raise NotImplementedError(
                f'Module [{type(self).__name__}] is missing the required "forward" function'
                f"{_instead_of_forward(self)}"
            )

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            began = next(clock)
            try:
                if self._hooks is None:
                    result = self.forward(*args, **kwargs)
                else:
                    result = self._hooks.call(self, args, kwargs)
                # For who looks at the graph: what was recorded in this call.
                if result.__class__ is Tensor:
                    if (node := result.node) is not None and node.number > began:
                        node.calls = ((ref(self), self.__class__), began, node.calls)
                elif isinstance(result, (tuple, list, dict)):
                    _note_call(self, began, result)
                return result
            except Exception as error:
                # Not "from error": ``explained`` has set the cause, or it is the error itself.  And
                # without a name: it would hold the error, and the error holds this frame.
                name = type(self).__name__
                error = explained(error, name, args, kwargs, prefix=False)
                raise _noted(error, self, began, args, kwargs)  # noqa: B904

    # -- registering -----------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter):
            # It may replace anything of this instance, but not hide an attribute of the class; a
            # property, which it cannot hide, may have no value yet.
            of_class = isinstance(getattr(type(self), name, None), property)
            self._check_name(PARAMETER, name, self if of_class else type(self))
            self._check_parameter(name, value)
            self._register(PARAMETER, name, value)
        elif isinstance(value, Module):
            if self._kinds.get(name) == PARAMETER:
                raise _wrong_type(PARAMETER, name, value)
            self._register(MODULE, name, value)
        elif isinstance(value, Buffer) and self._kinds.get(name) not in (PARAMETER, MODULE):
            # An override may take no ``persistent``.
            self.register_buffer(name, value, **({} if value.persistent else {"persistent": False}))
        elif (kind := self._kinds.get(name)) is None:
            object.__setattr__(self, name, value)
        elif value is None or (kind in BUFFERS and isinstance(value, Tensor)):
            self._keep(kind, name, value)
        else:
            raise _wrong_type(kind, name, value)

    def __delattr__(self, name: str) -> None:
        if name in self._behind:
            self.__dict__["_behind"].pop(name)
        elif name in self._kinds:
            del self.__dict__[name]  # never a property of the class, which may have that name too
        else:
            object.__delattr__(self, name)
        if name in self._kinds:
            # Declared read-only for the class; a name that is in it is in an instance's own dict.
            del self._kinds[name]  # type: ignore[attr-defined]

    def __dir__(self) -> list[str]:
        # The numbers under which containers keep their modules are no attributes one can write.
        return sorted(name for name in super().__dir__() if not name[:1].isdigit())

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        # copy.copy hands over the original's own dict, which it goes on changing.
        self.__dict__["_kinds"] = dict(self._kinds)
        if self._behind:
            self.__dict__["_behind"] = dict(self._behind)

    def _register(self, kind: str, name: str, value: Any) -> None:
        """Keeps ``value``, or what a hook on registering gives in its place."""
        self._keep(kind, name, value if value is None else as_watched(kind, self, name, value))

    def _keep(self, kind: str, name: str, value: Any) -> None:
        """Puts ``value`` under ``name`` and notes what it is."""
        if "_kinds" not in self.__dict__:
            raise AttributeError(
                f"cannot assign {kind} {name!r} before Module.__init__() call: "
                f"let {type(self).__name__}.__init__ begin with super().__init__()"
            )
        kinds: dict[str, str] = self.__dict__["_kinds"]
        if kinds.get(name) != kind:
            kinds.pop(name, None)  # a name that changes its kind goes to the end of the order
            kinds[name] = kind
        if kind == MODULE and hasattr(type(self), name):
            self.__dict__["_behind"] = {**self._behind, name: value}
            self.__dict__.pop(name, None)  # what hid the method until now
        else:
            self.__dict__[name] = value

    def _check_name(self, kind: str, name: str, holder: Any) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string, got {type(name).__name__}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if self._kinds.get(name) != kind and hasattr(holder, name):
            raise KeyError(f"attribute '{name}' already exists")

    def _check_parameter(self, name: str, param: Any) -> None:
        if not isinstance(param, Parameter):
            raise _wrong_type(PARAMETER, name, param)
        if not param.is_leaf:
            raise ValueError(
                f"cannot assign non-leaf Tensor to parameter '{name}': model parameters must be "
                "created explicitly; to express it as a function of another Tensor, compute the "
                "value in forward()"
            )

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Makes ``param`` a parameter of this module; None holds its place.

        Raises:
            AttributeError: before ``super().__init__()``.
            TypeError: not a Parameter.
            KeyError: no name for an attribute, or one that is taken.
            ValueError: computed from other Tensors, so no step of an optimizer could reach it.

        Example:

            >>> layer = nn.Module()
            >>> layer.register_parameter("weight", nn.Parameter(at.ones(2, 3)))
            >>> layer.weight.shape, len(list(layer.parameters()))
            (torch.Size([2, 3]), 1)
        """
        self._check_name(PARAMETER, name, self)
        if param is not None:
            self._check_parameter(name, param)
        self._register(PARAMETER, name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Makes ``tensor`` part of the module's state that is not trained, such as a running mean.

        A buffer that is not ``persistent`` is left out of ``state_dict``.

        Example:

            >>> layer = nn.Module()
            >>> layer.register_buffer("mean", at.zeros(3))
            >>> layer.register_buffer("cache", at.zeros(3), persistent=False)
            >>> list(layer.state_dict()), list(layer.parameters())
            (['mean'], [])
        """
        kind = BUFFER if persistent else TRANSIENT
        if self._kinds.get(name) not in BUFFERS:
            self._check_name(BUFFER, name, self)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise _wrong_type(BUFFER, name, tensor)
        self._register(kind, name, tensor)

    def add_module(self, name: str, module: Module | None) -> None:
        """Makes ``module`` a sub-module; None holds its place.

        Example:

            >>> net = nn.Module()
            >>> for size in (2, 3):
            ...     net.add_module(f"layer{size}", nn.Linear(size, 1))
            >>> net.layer3
            Linear(in_features=3, out_features=1, bias=True)
        """
        self._check_name(MODULE, name, self)
        if module is not None and not isinstance(module, Module):
            raise _wrong_type(MODULE, name, module)
        self._register(MODULE, name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """Another name of ``add_module``.

        Example:

            >>> net = nn.Module()
            >>> net.register_module("out", nn.Linear(2, 1))
            >>> net.out
            Linear(in_features=2, out_features=1, bias=True)
        """
        self.add_module(name, module)

    # -- looking through -------------------------------------------------------------------------

    def _registered(self, *kinds: str) -> Iterator[tuple[str, Any]]:
        """The names and values of these kinds in this module itself, None included."""
        values = {**self.__dict__, **self._behind} if self._behind else self.__dict__
        return ((name, values[name]) for name, kind in self._kinds.items() if kind in kinds)

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module and all below it, parents first, with their dotted names; each once.

        Example:

            >>> net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 1)))
            >>> [name for name, module in net.named_modules()]
            ['', '0', '1', '1.0', '1.1']
        """
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._registered(MODULE):
            if module is not None:
                yield from module.named_modules(memo, _dotted(prefix, name), remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all below it, each once.

        Example:

            >>> net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 1)))
            >>> [type(module).__name__ for module in net.modules()]
            ['Sequential', 'Linear', 'Sequential', 'ReLU', 'Linear']
        """
        return (module for _, module in self.named_modules(remove_duplicate=remove_duplicate))

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The direct sub-modules with their names, each once.

        Example:

            >>> net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 1)))
            >>> [(name, type(module).__name__) for name, module in net.named_children()]
            [('0', 'Linear'), ('1', 'Sequential')]
        """
        seen: set[Module | None] = {None}
        for name, module in self._registered(MODULE):
            if module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """The direct sub-modules, each once.

        Example:

            >>> net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 1)))
            >>> [type(module).__name__ for module in net.children()]
            ['Linear', 'Sequential']
        """
        return (module for _, module in self.named_children())

    def _named_members(
        self,
        get_members_fn: Callable[[Any], Iterable[tuple[str, Any]]],
        prefix: str = "",
        recurse: bool = True,
        remove_duplicate: bool = True,
    ) -> Iterator[tuple[str, Any]]:
        """What ``get_members_fn`` gives for this module, and for those below, by dotted name."""
        places: Any = [(prefix, self)]
        if recurse:
            places = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
        seen: set[int] = set()
        for path, module in places:
            for name, member in get_members_fn(module):
                if member is None or id(member) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(member))
                yield _dotted(path, name), member

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters with their dotted names; a shared one under its first name only.

        Example:

            >>> net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1, bias=False))
            >>> [(name, tuple(one.shape)) for name, one in net.named_parameters()]
            [('0.weight', (3, 2)), ('0.bias', (3,)), ('2.weight', (1, 3))]
        """
        own = methodcaller("_registered", PARAMETER)
        return self._named_members(own, prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, each once: what an optimizer is given.

        Example:

            >>> net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
            >>> sum(one.numel() for one in net.parameters())  # 2·3 + 3 and 3·1 + 1
            13
            >>> optimizer = optim.SGD(net.parameters(), lr=0.1)
        """
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers with their dotted names.

        Example:

            >>> net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
            >>> [name for name, _ in net.named_buffers()]
            ['1.running_mean', '1.running_var', '1.num_batches_tracked']
        """
        own = methodcaller("_registered", *BUFFERS)
        return self._named_members(own, prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers, each once.

        Example:

            >>> [one.tolist() for one in nn.BatchNorm1d(2).buffers()]
            [[0.0, 0.0], [1.0, 1.0], 0]
        """
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """The module under a dotted name; this one for ``""``.

        Raises AttributeError where nothing, or no Module, has that name.

        Example:

            >>> net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 1)))
            >>> net.get_submodule("1.1")
            Linear(in_features=3, out_features=1, bias=True)
        """
        module: Module = self
        for name in target.split(".") if target else ():
            module = module._submodule(name, target)
        return module

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Puts ``module`` in the place of the one under a dotted name.

        The last part of the name may be new, unless ``strict``.  Raises ValueError for no name or
        no Module, AttributeError where something else has that name, or nothing above it.

        Example:

            >>> net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 1)))
            >>> net.set_submodule("1.0", nn.Tanh())
            >>> net[1][0]
            Tanh()
        """
        if target == "":
            raise ValueError("set_submodule: cannot set the submodule without a target name")
        if not isinstance(module, Module):
            raise ValueError(f"set_submodule: `module` is not an nn.Module, got {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict or hasattr(parent, name):
            parent._submodule(name, target)
        setattr(parent, name, module)

    def _submodule(self, name: str, target: str) -> Module:
        found = self._get(name)
        if not isinstance(found, Module):
            raise AttributeError(f"`{name}` is not an nn.Module (looking for {target!r})")
        return found

    def _get(self, name: str) -> Any:
        if not hasattr(self, name):
            raise AttributeError(f"{type(self).__name__} has no attribute `{name}`")
        return getattr(self, name)

    def _get_registered(self, target: str, kinds: Kinds) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        found = module._get(name)
        if module._kinds.get(name) not in kinds:
            raise AttributeError(f"`{name}` is not a {kinds[0]} (looking for {target!r})")
        return found

    def get_parameter(self, target: str) -> Parameter:
        """The parameter under a dotted name; AttributeError where there is none.

        Example:

            >>> net = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
            >>> net.get_parameter("0.bias").shape
            torch.Size([3])
        """
        return self._get_registered(target, (PARAMETER,))

    def get_buffer(self, target: str) -> Tensor:
        """The buffer under a dotted name; AttributeError where there is none.

        Example:

            >>> net = nn.Sequential(nn.BatchNorm1d(2))
            >>> net.get_buffer("0.running_var")
            tensor([1., 1.])
        """
        return self._get_registered(target, BUFFERS)

    # -- changing all of it ----------------------------------------------------------------------

    def apply(self, fn: Callable[[Module], object]) -> Self:
        """Calls ``fn`` on every sub-module, children first, and last on this module itself.

        Example:

            >>> def clear(module):
            ...     if isinstance(module, nn.Linear):
            ...         nn.init.zeros_(module.bias)
            >>> net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)).apply(clear)
            >>> net[0].bias.tolist(), net[2].bias.tolist()
            ([0.0, 0.0, 0.0], [0.0])
        """
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Self:
        """Switches this module and all below it to training, or to evaluation.

        Sub-modules are switched by their own ``train``: one that stays in evaluation overrides it.

        Example:

            >>> net = nn.Sequential(nn.Dropout(), nn.BatchNorm1d(2)).eval()
            >>> net.train().training, net[0].training, net.train(False)[0].training
            (True, True, False)
        """
        if not isinstance(mode, bool):
            raise ValueError(f"training mode is expected to be boolean, got {mode!r}")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """``train(False)``: dropout rests, batch norm uses its running statistics.

        Example:

            >>> net = nn.Sequential(nn.Dropout(0.9))
            >>> net.eval()(at.ones(3)), net.training
            (tensor([1., 1., 1.]), False)
        """
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Sets ``requires_grad`` of every parameter: False freezes the module.

        Example:

            >>> net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
            >>> _ = net[0].requires_grad_(False)  # only the second layer learns
            >>> [name for name, one in net.named_parameters() if one.requires_grad]
            ['1.weight', '1.bias']
        """
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets the gradient of every parameter, or sets it to zeros.

        Example:

            >>> layer = nn.Linear(2, 1)
            >>> layer(at.ones(2)).sum().backward()
            >>> layer.zero_grad()
            >>> layer.weight.grad is None
            True
        """
        clear_gradients(self.parameters(), set_to_none)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replaces the values of every parameter, gradient and buffer by what ``fn`` gives.

        Parameters stay the same objects, so that an optimizer goes on updating them.  Sub-modules
        come first, each by its own ``_apply``: one that holds more Tensors overrides it.
        """
        for module in self.children() if recurse else ():
            module._apply(fn)
        for _, parameter in self._registered(PARAMETER):
            if parameter is None:
                continue
            values, grad = parameter.data, parameter.grad
            changed = fn(values)
            if changed is values:
                continue
            parameter.grad = None
            parameter.data = changed
            if grad is not None:
                parameter.grad = fn(grad.detach())
        for name, buffer in self._registered(*BUFFERS):
            if is_lazy(buffer):
                buffer.data = fn(buffer.data)
            elif buffer is not None:
                self.__dict__[name] = fn(buffer)
        return self

    def type(self, dst_type: Any) -> Self:
        """Converts all parameters and buffers to ``dst_type``, whatever they were: a dtype, or what
        ``Tensor.type`` calls it.

        Example:

            >>> nn.Linear(2, 1).type(at.float64).weight.dtype == at.float64
            True
            >>> nn.Linear(2, 1).type("torch.HalfTensor").weight.dtype
            torch.float16
        """
        wanted = at.empty(0).type(dst_type).dtype
        if wanted.kind != "f" and any(one.requires_grad for one in self.parameters()):
            raise TypeError(
                f"Module.type: parameters that require grad cannot be {wanted}; "
                "call requires_grad_(False) first"
            )
        return self._apply(lambda tensor: tensor.to(wanted))

    def to(
        self,
        *target: Any,
        device: Any = None,
        dtype: Any = None,
        tensor: Tensor | None = None,
        non_blocking: bool = False,
        memory_format: Any = None,
    ) -> Self:
        """Converts all floating-point parameters and buffers to another dtype; integers stay.

        Called as ``to(dtype)``, ``to(tensor)`` for the dtype of a Tensor, or ``to(device, dtype)``
        with ``"cpu"``, the only device.  There is nothing to wait for, and one memory format.

        Example:

            >>> layer = nn.BatchNorm1d(2).to(at.float64)
            >>> layer.weight.dtype == at.float64, layer.num_batches_tracked.dtype == at.int64
            (True, True)
            >>> nn.Linear(2, 1).to("cpu").weight.device
            device(type='cpu')
        """
        wanted = _dtype_asked_for([*target, device, dtype, tensor])
        if wanted is None:
            return self
        if wanted.kind != "f":
            raise TypeError(f"Module.to only accepts floating point dtypes, got {wanted}")
        return self._apply(lambda one: one.to(wanted) if one.is_floating_point() else one)

    def to_empty(self, *, device: Any, recurse: bool = True) -> Self:
        """Gives all parameters and buffers new memory, with any values.

        Example:

            >>> layer = nn.Linear(2, 1)
            >>> nn.init.zeros_(layer.to_empty(device="cpu").weight).tolist()
            [[0.0, 0.0]]
        """
        _dtype_asked_for([device])
        return self._apply(at.empty_like, recurse)

    def cpu(self) -> Self:
        """This module: the CPU is where it is.

        Example:

            >>> layer = nn.Linear(2, 1)
            >>> layer.cpu() is layer
            True
        """
        return self

    def cuda(self, device: Any = None) -> Self:
        """Raises RuntimeError: the CPU is the only device."""
        raise _no_device("cuda")

    def xpu(self, device: Any = None) -> Self:
        """Raises RuntimeError: the CPU is the only device."""
        raise _no_device("xpu")

    def ipu(self, device: Any = None) -> Self:
        """Raises RuntimeError: the CPU is the only device."""
        raise _no_device("ipu")

    def mtia(self, device: Any = None) -> Self:
        """Raises RuntimeError: the CPU is the only device."""
        raise _no_device("mtia")

    def share_memory(self) -> Self:
        """Moves parameters, their gradients and buffers to memory that other processes see.

        Processes that are forked, or are sent the module by ``autotensor.multiprocessing``, train
        one and the same; see ``Tensor.share_memory_``.

        Raises:
            RuntimeError: a parameter has no values yet.

        Example:

            >>> model = nn.Linear(2, 1).share_memory()
            >>> model.weight.is_shared()
            True
        """
        parameters = list(self.parameters())
        gradients = (one.grad for one in parameters if not is_lazy(one))
        share_between_processes(
            [*parameters, *(one for one in gradients if one is not None), *self.buffers()]
        )
        return self

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Does nothing: a module runs as it is written.

        Example:

            >>> layer = nn.Linear(2, 1)
            >>> layer.compile()
            >>> layer(at.ones(2)).shape
            torch.Size([1])
        """

    def float(self) -> Self:
        """``to(float32)``.

        Example:

            >>> nn.Linear(2, 1).double().float().weight.dtype == at.float32
            True
        """
        return self.to(np.float32)

    def double(self) -> Self:
        """``to(float64)``.

        Example:

            >>> nn.Linear(2, 1).double().weight.dtype == at.float64
            True
        """
        return self.to(np.float64)

    def half(self) -> Self:
        """``to(float16)``.

        Example:

            >>> nn.Linear(2, 1).half().weight.dtype == at.float16
            True
        """
        return self.to(np.float16)

    def bfloat16(self) -> NoReturn:
        """Raises NotImplementedError: NumPy has no such numbers."""
        raise NotImplementedError(
            "Module.bfloat16: NumPy has no bfloat16; use .half() for numbers of 16 bits, or stay "
            "with float32"
        )

    # -- saving and loading ----------------------------------------------------------------------

    def get_extra_state(self) -> Any:
        """What a state dict shall hold of this module besides its Tensors.

        A subclass that has such a thing defines this and ``set_extra_state``.

        Example:

            >>> class Counting(nn.Module):
            ...     calls = 0
            ...     def get_extra_state(self):
            ...         return {"calls": self.calls}
            ...     def set_extra_state(self, state):
            ...         self.calls = state["calls"]
            >>> counting = Counting()
            >>> counting.calls = 7
            >>> dict(counting.state_dict())
            {'_extra_state': {'calls': 7}}
        """
        raise NotImplementedError(f"{type(self).__name__} defines no get_extra_state")

    def set_extra_state(self, state: Any) -> None:
        """Takes over what ``get_extra_state`` gave, when a state dict is loaded.

        Example:

            >>> class Counting(nn.Module):
            ...     calls = 0
            ...     def get_extra_state(self):
            ...         return {"calls": self.calls}
            ...     def set_extra_state(self, state):
            ...         self.calls = state["calls"]
            >>> counting = Counting()
            >>> _ = counting.load_state_dict({"_extra_state": {"calls": 7}})
            >>> counting.calls
            7
        """
        raise NotImplementedError(f"{type(self).__name__} defines no set_extra_state")

    def _own_state(self) -> Iterator[tuple[str, Tensor]]:
        """Name and value of all that belongs in a state dict, of this module alone."""
        for kind in (PARAMETER, BUFFER):
            for name, value in self._registered(kind):
                if value is not None:
                    yield name, value

    def _overrides(self, method: str) -> bool:
        return getattr(type(self), method) is not getattr(Module, method)

    def _save_to_state_dict(
        self, destination: dict[str, Any], prefix: str, keep_vars: bool
    ) -> None:
        """Puts the state of this module, without those below it, into ``destination``.

        A subclass that keeps more, or in another form, overrides this and
        ``_load_from_state_dict``.
        """
        for name, value in self._own_state():
            destination[prefix + name] = value if keep_vars else value.detach()
        if self._overrides("get_extra_state"):
            destination[prefix + EXTRA_STATE] = self.get_extra_state()

    def state_dict(
        self,
        *args: Any,
        destination: dict[str, Any] | None = None,
        prefix: str = "",
        keep_vars: bool = False,
    ) -> dict[str, Any]:
        """All parameters and persistent buffers by dotted name.

        The Tensors share the module's memory and change as it trains; ``copy.deepcopy`` the result
        to keep a moment.  ``keep_vars`` gives the Parameters themselves.  Without keywords, as
        PyTorch once had it, the arguments are taken with a FutureWarning.

        Example:

            >>> layer = nn.Linear(2, 1)
            >>> list(layer.state_dict())
            ['weight', 'bias']
            >>> layer.state_dict()["weight"].fill_(5.0)  # is the weight, not a copy
            tensor([[5., 5.]])
            >>> layer.weight.tolist()
            [[5.0, 5.0]]
        """
        if args:
            warnings.warn(
                "state_dict: give destination, prefix and keep_vars as keywords",
                FutureWarning,
                stacklevel=2,
            )
            given = (destination, prefix, keep_vars)
            destination, prefix, keep_vars = args + given[len(args) :]
        found: Any = destination
        if found is None:
            found = OrderedDict()
            # As in PyTorch: beside the values, for each module the version of its form.
            found._metadata = OrderedDict()
        about = {"version": self._version}
        if hasattr(found, "_metadata"):
            found._metadata[prefix[:-1]] = about
        on_state = self._state_hooks or StateHooks()
        for hook in list(on_state.save_pre.values()):
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(found, prefix, keep_vars)
        for name, module in self._registered(MODULE):
            if module is not None:
                module.state_dict(destination=found, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for key, hook in list(on_state.save.items()):
            result = hook(self, found, prefix, about)
            if result is None:
                continue
            if key not in on_state.may_replace:
                raise RuntimeError("a state_dict post-hook must return None")
            found = result
        return found

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copies the values of ``state_dict`` into this module, or does nothing at all.

        Args:
            state_dict: a Tensor for each name; arrays of NumPy and Tensors of PyTorch's, also those
                on another device or of dtype bfloat16, are taken as well.  A value is converted to
                the dtype that is there, unless ``assign``.
            strict: refuse names that are missing here or there.
            assign: take the Tensors themselves instead of copying their values.

        Returns:
            ``(missing_keys, unexpected_keys)``: both empty if ``strict``.

        Raises:
            RuntimeError: lists every name that is missing, unexpected or has another shape. Nothing
                was changed, unless there are hooks that run after loading, which need to see it, or
                a module's own ``_load_from_state_dict`` has changed it.

        Example:

            >>> first, second = nn.Linear(2, 1), nn.Linear(2, 1)
            >>> second.load_state_dict(first.state_dict())
            <All keys matched successfully>
            >>> bool((first.weight == second.weight).all())
            True
            >>> second.load_state_dict({"weight": at.ones(1, 2)}, strict=False)
            _IncompatibleKeys(missing_keys=['bias'], unexpected_keys=[])
        """
        if not isinstance(state_dict, Mapping):
            remedy = ""
            if isinstance(state_dict, (str, os.PathLike)):
                remedy = f"; read it first: load_state_dict(autotensor.load({str(state_dict)!r}))"
            elif hasattr(state_dict, "state_dict"):  # a Module, of PyTorch's as well
                remedy = "; pass its state_dict()"
            got = type(state_dict)
            raise TypeError(f"Expected state_dict to be dict-like, got {got}{remedy}")
        loading = Loading(state_dict, strict, assign, type(self).__name__)
        watchers = self._plan_loading(loading, loading.state, "")
        loading.raise_problems(with_keys=not watchers)
        for step in loading.state.steps:
            step()
        for module, hook in watchers:
            if hook(module, loading.keys) is not None:
                raise RuntimeError(
                    "a load_state_dict post-hook must return None; to change what is missing or "
                    "unexpected, change the lists it is given"
                )
        loading.raise_problems(with_keys=True)
        return loading.keys

    def _plan_loading(
        self, loading: Loading, state: Given, prefix: str
    ) -> list[tuple[Module, Any]]:
        """For this module and all below it; gives the hooks to call at the end, in their order."""
        self._load_from_state_dict(
            state, prefix, loading.about(prefix), True, *loading.keys, loading.problems
        )
        watchers = []
        for name, module in list(self._registered(MODULE)):
            if module is not None:
                below = f"{prefix}{name}."
                watchers += module._plan_loading(loading, state.under(below), below)
        if self._state_hooks is not None:
            watchers += [(self, hook) for hook in self._state_hooks.load.values()]
        return watchers

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Loads what ``state_dict`` has under ``prefix`` into this module, not into those below.

        A subclass that overrides this may change ``state_dict``, a copy of what is under
        ``prefix``, and the lists.  As long as it is the one that ``load_state_dict`` gave, values
        are copied after all modules have had their turn; of any other dict, at once.
        """
        if self._state_hooks is not None:
            about = state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys
            for hook in list(self._state_hooks.load_pre.values()):
                hook(self, *about, error_msgs)
        steps: list[Any] = []
        names = {}
        for name, value in self._own_state():
            key = prefix + name
            names[name] = value
            if key not in state_dict:
                missing_keys.append(key)
                continue
            assign = local_metadata.get(ASSIGN, False)
            steps += plan_value(self, name, value, key, state_dict[key], assign, error_msgs)
        extra = prefix + EXTRA_STATE
        takes_extra = self._overrides("set_extra_state")
        if takes_extra and extra in state_dict:
            steps.append(partial(self.set_extra_state, state_dict[extra]))
        elif takes_extra:
            missing_keys.append(extra)
        children = dict(self._registered(MODULE))
        for key in state_dict:
            if key.startswith(prefix) and not (takes_extra and key == extra):
                first, dot, _ = key[len(prefix) :].partition(".")
                if first not in (children if dot else names):
                    unexpected_keys.append(key)
        planned = getattr(state_dict, "steps", None)
        if planned is not None:
            planned += steps
            return
        for step in steps:
            step()

    # -- showing ---------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What ``repr`` shows between the brackets besides sub-modules: the settings of a layer.

        Example:

            >>> class Scale(nn.Module):
            ...     factor = 3.0
            ...     def extra_repr(self):
            ...         return f"factor={self.factor}"
            >>> nn.Sequential(Scale())
            Sequential(
              (0): Scale(factor=3.0)
            )
        """
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def _repr_children(self) -> list[str]:
        return [f"({name}): {module!r}" for name, module in self._registered(MODULE)]

    _repr_html_ = on_first_call("nn.seeing.modules", "module_page")

    def __repr__(self) -> str:
        extra = self.extra_repr()
        children = self._repr_children()
        if not children and "\n" not in extra:
            return f"{self._get_name()}({extra})"
        lines = extra.split("\n") if extra else []
        for child in children:  # their blank lines are left without the spaces of an indent
            first, *more = child.split("\n")
            lines.append("\n".join([first, *(f"  {line}".rstrip(" ") for line in more)]))
        return "\n  ".join([f"{self._get_name()}(", *lines]) + "\n)"


def kind_of(module: Module, name: str) -> str | None:
    """What is registered under ``name``: PARAMETER, one of BUFFERS, MODULE; or None."""
    return module._kinds.get(name)


def _dotted(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _dtype_asked_for(target: list[Any]) -> np.dtype | None:
    """The dtype that the arguments of ``to`` ask for; None if they leave it."""
    wanted = None
    for one in target:
        if one is None or isinstance(one, bool):  # the latter is non_blocking
            continue
        if isinstance(one, (str, at.device)):
            need_cpu(one)
            continue
        if wanted is not None:
            raise TypeError(f"Module.to: expected one dtype, got {wanted} and {one!r}")
        wanted = canonical(one.dtype if isinstance(one, Tensor) else one, "Module.to")
    return wanted


def _no_device(name: str) -> RuntimeError:
    return RuntimeError(
        f"Module.{name}: there is no such device, this library runs on the CPU only; delete the "
        f"call .{name}(), or ask cuda.is_available() first"
    )


def _instead_of_forward(module: Module) -> str:
    """What a module without ``forward`` has, or is called for."""
    from difflib import get_close_matches

    own = [name for name in dir(type(module)) if not hasattr(Module, name)]
    if alike := get_close_matches("forward", own, 1):
        return f"; is {alike[0]} misspelt?"
    return "; index it, or iterate over it" if hasattr(module, "__len__") else ""


def _wrong_type(kind: str, name: str, value: Any) -> TypeError:
    expected = {PARAMETER: "nn.Parameter", MODULE: "nn.Module"}.get(kind, "Tensor")
    given = type_name(value) if isinstance(value, type) else f"'{type_name(value)}' object"
    remedy = ""
    if isinstance(value, type) and issubclass(value, Module):
        remedy = f"; make one of it: {value.__name__}(...)"
    elif kind == PARAMETER and isinstance(value, (Tensor, np.ndarray)):
        tensor = "tensor" if isinstance(value, Tensor) else "autotensor.tensor(array)"
        remedy = f"; wrap it: nn.Parameter({tensor})"
    elif kind == BUFFER and isinstance(value, (int, float, list, np.ndarray)):
        remedy = "; wrap it with autotensor.tensor(...)"
    elif kind == MODULE and isinstance(value, (list, tuple)):
        remedy = "; give its items one by one, nn.Sequential(*layers), or keep them in a ModuleList"
    elif kind == MODULE and callable(value):
        remedy = "; a function is called in forward(), or has a layer, as nn.ReLU() for relu"
    message = f"cannot assign {given} to {kind} '{name}' ({expected} or None required){remedy}"
    return TypeError(message)


def _note_call(module: Module, began: int, result: Any) -> None:
    """What a call notes on the node of a single output, on those of several."""
    for node in [one.node for one in tensors_in(result)]:
        if node is not None and node.number > began:
            node.calls = ((ref(module), type(module)), began, node.calls)


note_shapes = on_first_call("nn.insight.shapes", "note_shapes")


def _noted(error: Exception, module: Module, began: int, args: Any, kwargs: Any) -> Exception:
    """``error`` with a note that says in which module it was raised, and one about shapes.

    Called by each module that the error passes on its way out, so the note grows from the inside to
    ``in Net, at features.1 (Linear)``.
    """
    if "placed" in error.__dict__:
        return error  # its words say where, as those of anomaly mode do
    passed: list[Module] = error.__dict__.setdefault("passed_modules", [])
    if passed and (shorter := way_to(passed)) in error.__notes__:
        error.__notes__.remove(shorter)
    passed.append(module)
    error.add_note(way_to(passed))
    note_shapes(error, passed, began, args, kwargs)
    return error
