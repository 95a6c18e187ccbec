"""The dicts of a Module, as scripts for PyTorch read and change them; hooks on every module."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections import OrderedDict
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn import module as module_module
from nn.hooks import Hooked


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
        self.head = nn.Linear(3, 2)
        self.scale = nn.Parameter(at.ones(2))
        self.register_buffer("mean", at.zeros(2))
        self.register_buffer("scratch", at.zeros(1), persistent=False)

    def forward(self, x: Any) -> Any:
        return self.head(self.features(x)) * self.scale + self.mean


# -- the dicts -------------------------------------------------------------------------------------


def test_they_show_what_is_registered() -> None:
    net = Net()
    assert list(net._modules) == ["features", "head"]
    assert list(net._parameters.items()) == [("scale", net.scale)]
    assert list(net._buffers) == ["mean", "scratch"]
    assert net._non_persistent_buffers_set == {"scratch"}
    assert "head" in net._modules
    assert "head" not in net._parameters
    assert list(reversed(net._modules.items())) == [("head", net.head), ("features", net.features)]
    assert repr(net._buffers).startswith("{'mean': tensor(")
    assert net._parameters == {"scale": net.scale}
    assert isinstance(net._modules.copy(), dict)


def test_what_is_changed_there_is_changed_here() -> None:
    net = Net()
    modules = net._modules
    modules["head"] = nn.Linear(3, 5)
    modules["last"] = nn.Identity()
    assert net.head.out_features == 5
    assert net.last is modules["last"]
    net.another = nn.Identity()
    assert list(modules) == ["features", "head", "last", "another"]
    assert modules.pop("last") is not None
    assert not hasattr(net, "last")
    del net._parameters["scale"]
    assert next(name for name, _ in net.named_parameters()) == "features.0.weight"
    net._parameters = OrderedDict(first=None)
    assert net.first is None
    with pytest.raises(KeyError):
        modules["scale"]
    with pytest.raises(KeyError):
        del modules["nothing"]


def test_layers_are_replaced_in_a_loop_over_them() -> None:
    def without_relu(module: nn.Module) -> None:
        for name, child in reversed(module._modules.items()):
            without_relu(child)
            if isinstance(child, nn.ReLU):
                module._modules[name] = nn.Tanh()

    net = Net()
    without_relu(net)
    assert isinstance(net.features[1], nn.Tanh)


def test_computed_values_stand_in_for_parameters() -> None:
    """What a step of MAML does: the layer goes on with a Tensor that has a history."""
    layer = nn.Linear(2, 1, bias=False)
    start = layer.weight
    x = at.tensor([[1.0, 2.0]])
    (gradient,) = at.autograd.grad(layer(x).sum(), start, create_graph=True)
    layer._parameters["weight"] = start - 0.1 * gradient
    layer(x).sum().backward()
    np.testing.assert_array_equal(start.grad, x.numpy())
    assert [name for name, _ in layer.named_parameters()] == ["weight"]


def test_a_buffer_may_cease_to_be_saved() -> None:
    net = Net()
    net._non_persistent_buffers_set.add("mean")
    net._non_persistent_buffers_set.discard("scratch")
    assert [name for name in net.state_dict() if "." not in name] == ["scale", "scratch"]
    net._buffers["mean"] = at.ones(2)
    assert net._non_persistent_buffers_set == {"mean"}


def test_copies_are_dicts() -> None:
    net = Net()
    for copied in (copy.copy(net._buffers), copy.deepcopy(net._buffers)):
        assert isinstance(copied, dict)
        copied.clear()
    assert isinstance(pickle.loads(pickle.dumps(net._buffers)), dict)
    assert len(net._buffers) == 2


def everything(package: Any, tensor: Callable[..., Any]) -> list[Any]:
    """A script over the dicts of a Module; what it saw."""

    class Model(package.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a = package.Linear(2, 3)
            self.b = package.Sequential(package.ReLU(), package.Linear(3, 1))
            self.register_parameter("p", None)
            self.register_buffer("c", tensor([1.0]))

    model = Model()
    seen: list[Any] = [list(model._modules), dict(model._parameters), list(model._buffers)]
    model._modules["a"] = package.Identity()
    model._modules["z"] = package.Identity()
    del model._modules["b"]
    model._buffers["d"] = tensor([2.0])
    model._buffers["none"] = None
    seen += [list(model.state_dict()), [name for name, _ in model.named_modules()], repr(model)]
    model._modules.update(b=package.Tanh())
    model._modules.setdefault("y", package.Tanh())
    model._modules.popitem()
    seen += [[name for name, _ in model.named_children()], len(model._modules)]
    chain = package.Sequential(package.ReLU(), package.Tanh(), package.ReLU())
    del chain._modules["1"]
    seen += [repr(chain), len(chain), list(chain._modules.keys())]
    model._modules.clear()
    members = model._named_members(lambda module: module._buffers.items(), prefix="m")
    seen += [repr(model), [name for name, _ in members]]
    return seen


def test_the_dicts_as_in_pytorch(torch: ModuleType) -> None:
    assert everything(nn, at.tensor) == everything(torch.nn, torch.tensor)


# -- everything at once ----------------------------------------------------------------------------


def test_apply_reaches_what_a_module_holds_besides() -> None:
    class Holder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = [at.ones(2)]

        def _apply(self, fn: Any, recurse: bool = True) -> Any:
            super()._apply(fn, recurse)
            self.table = [fn(one) for one in self.table]
            return self

    model = nn.Sequential(nn.Linear(2, 2), Holder()).double()
    assert model[1].table[0].dtype == np.float64
    parameter = model[0].weight
    assert model._apply(lambda values: values * 2) is model
    assert model[0].weight is parameter


@pytest.mark.parametrize("name", ["cuda", "xpu", "ipu", "mtia"])
def test_there_is_no_other_device(name: str) -> None:
    with pytest.raises(RuntimeError, match=f"Module.{name}: there is no such device"):
        getattr(nn.Linear(1, 1), name)()


def test_bfloat16_is_refused() -> None:
    with pytest.raises(NotImplementedError, match=r"no bfloat16; use \.half"):
        nn.Linear(1, 1).bfloat16()


def test_arguments_for_module_itself() -> None:
    class Careless(nn.Module):
        def __init__(self, size: int) -> None:
            super().__init__(size)

    with pytest.raises(TypeError, match=r"Careless.*takes none; write super\(\).__init__\(\)"):
        Careless(3)

    class Named:
        def __init__(self, name: str) -> None:
            self.name = name

    class Both(nn.Module, Named):
        call_super_init = True

    assert Both("x").name == "x"


# -- state in a form of its own --------------------------------------------------------------------


class Renamed(nn.Linear):
    """Once its weight was called ``kernel``."""

    _version = 2

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        destination[prefix + "more"] = at.tensor(7.0)

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: Any, *rest: Any
    ) -> None:
        if local_metadata.get("version", 1) < 2:
            state_dict[prefix + "weight"] = state_dict.pop(prefix + "kernel")
        self.more = state_dict.pop(prefix + "more", None)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


def test_a_module_reads_and_writes_state_in_its_own_form() -> None:
    model = nn.Sequential(Renamed(2, 1), nn.Linear(1, 1))
    state = model.state_dict()
    assert list(state) == ["0.weight", "0.bias", "0.more", "1.weight", "1.bias"]
    assert model.load_state_dict(state) == ([], [])
    assert model[0].more.item() == 7
    old = {key.replace("0.weight", "0.kernel"): one * 0 for key, one in state.items()}
    assert model.load_state_dict(old) == ([], [])
    assert not model[0].weight.any()
    # Nothing is copied where something else is wrong.
    old = {key: one + 1 for key, one in old.items()} | {"1.bias": at.zeros(9)}
    with pytest.raises(RuntimeError, match=r"size mismatch for 1\.bias"):
        model.load_state_dict(old)
    assert not model[0].weight.any()


def test_state_of_a_batch_norm_from_before_it_counted() -> None:
    norm = nn.BatchNorm1d(2)
    norm.num_batches_tracked.fill_(3)
    state = norm.state_dict()
    del state["num_batches_tracked"]
    with pytest.raises(RuntimeError, match="num_batches_tracked"):
        norm.load_state_dict(state)
    for form in ({}, {"version": 1}):
        state._metadata = {"": form}  # type: ignore[attr-defined]
        assert norm.load_state_dict(state) == ([], [])
    assert norm.num_batches_tracked.item() == 3


def test_state_from_a_plain_dict_is_copied_at_once() -> None:
    layer = nn.Linear(2, 1)
    lists: tuple[list[str], list[str], list[str]] = ([], [], [])
    layer._load_from_state_dict({"x.weight": at.zeros(1, 2), "x.more": 1}, "x.", {}, True, *lists)
    assert lists == (["x.bias"], ["x.more"], [])
    assert not layer.weight.any()


def state_hooks(package: Any, tensor: Any) -> list[Any]:
    model = package.Sequential(package.Linear(1, 1), package.BatchNorm1d(1))
    seen: list[Any] = []
    model._register_load_state_dict_pre_hook(
        lambda state, prefix, *rest: seen.append((list(state)[:2], prefix, rest[1:]))
    )
    model[0]._register_load_state_dict_pre_hook(
        lambda module, state, prefix, *rest: seen.append((type(module).__name__, prefix)),
        with_module=True,
    )
    model._register_state_dict_hook(lambda module, state, prefix, about: {**state, "extra": 1})
    state = model.state_dict()
    seen.append((list(state), type(state).__name__))
    given = {"0.weight": tensor([[2.0]]), "2.bias": tensor([1.0]), "top": tensor(1.0), "0.x.y": 1}
    keys = model.load_state_dict(given, strict=False)
    return [*seen, list(keys.missing_keys), list(keys.unexpected_keys)]


def test_state_hooks_as_in_pytorch(torch: ModuleType) -> None:
    assert state_hooks(nn, at.tensor) == state_hooks(torch.nn, torch.tensor)


def test_state_dict_without_keywords() -> None:
    with pytest.warns(FutureWarning, match="keywords"):
        state = nn.Linear(1, 1).state_dict(OrderedDict(), "a.")
    assert list(state) == ["a.weight", "a.bias"]


# -- hooks on every module -------------------------------------------------------------------------


def hooks_on_all(package: Any, register: Any, tensor: Any) -> list[Any]:
    """A script with hooks on every module and on one; what they saw, in their order."""
    seen: list[Any] = []

    def note(kind: str, result: Any = None) -> Any:
        def hook(module: Any, *given: Any) -> Any:
            shapes = [
                [tuple(one.shape) for one in part if one is not None]
                for part in given
                if isinstance(part, tuple)
            ]
            seen.append((kind, type(module).__name__, shapes))
            return result

        return hook

    model = package.Sequential(package.Linear(2, 3), package.Tanh())
    handles = [
        model[0].register_forward_hook(note("own forward")),
        model[0].register_forward_pre_hook(note("own pre")),
        model[0].register_full_backward_hook(note("own backward")),
        register.register_module_forward_pre_hook(note("pre")),
        register.register_module_forward_hook(note("forward")),
        register.register_module_full_backward_pre_hook(note("backward pre")),
        register.register_module_full_backward_hook(note("backward")),
        register.register_module_parameter_registration_hook(note("parameter")),
        register.register_module_buffer_registration_hook(note("buffer")),
        register.register_module_module_registration_hook(note("module")),
    ]
    x = tensor([[1.0, 2.0]], requires_grad=True)
    try:
        model(x).sum().backward()
        model.add_module("2", package.BatchNorm1d(3))
    finally:
        for handle in handles:
            handle.remove()
    count = len(seen)
    model[:2](x).sum().backward()
    assert len(seen) == count
    return seen


def test_hooks_on_every_module_as_in_pytorch(torch: ModuleType) -> None:
    expected = hooks_on_all(torch.nn, torch.nn.modules.module, torch.tensor)
    assert hooks_on_all(nn, module_module, at.tensor) == expected


def test_they_cost_nothing_when_there_are_none() -> None:
    layer = nn.Linear(1, 1)
    assert layer._hooks is None
    with module_module.register_module_forward_hook(lambda module, args, output: output * 0):
        assert layer._hooks is not None
        assert layer(at.ones(1, 1)).item() == 0
    assert Hooked._hooks is None
    assert layer._hooks is None


def old_backward_hooks(package: Any, tensor: Any) -> list[Any]:
    model = package.Sequential(package.Linear(2, 3), package.ReLU(), package.Linear(3, 1))
    with_no_grad = [one.requires_grad for one in model.parameters()]
    seen: list[Any] = []

    def note(module: Any, grad_input: Any, grad_output: Any) -> None:
        outputs = [tuple(one.shape) for one in grad_output]
        seen.append((type(module).__name__, len(grad_input), outputs))

    handles = [module.register_backward_hook(note) for module in model.children()]
    model(tensor([[1.0, 2.0]])).sum().backward()
    state = [module._is_full_backward_hook for module in (*model, package.ReLU())]
    handles.pop().remove()
    model(tensor([[1.0, 2.0]])).sum().backward()
    return [*seen, with_no_grad, state]


def test_backward_hooks_of_the_old_form_as_in_pytorch(torch: ModuleType) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        expected = old_backward_hooks(torch.nn, torch.tensor)
    assert old_backward_hooks(nn, at.tensor) == expected


def test_what_the_old_form_returns_goes_on() -> None:
    layer = nn.Tanh()
    layer.register_backward_hook(lambda module, inputs, outputs: (inputs[0] * 10,))
    x = at.zeros(1, requires_grad=True)
    layer(x).backward()
    assert x.grad.item() == 10


def test_one_form_of_backward_hooks() -> None:
    layer = nn.Tanh()
    layer.register_backward_hook(print)
    with pytest.raises(RuntimeError, match="Cannot use both regular backward hooks and full"):
        layer.register_full_backward_hook(print)
    assert layer._backward_hooks.popitem()[1] is print
    layer.register_full_backward_hook(print)
    with pytest.raises(RuntimeError, match="Please use only one of them"):
        layer.register_backward_hook(print)
    layer._backward_hooks.clear()
    with module_module.register_module_backward_hook(lambda module, inputs, outputs: None):
        with pytest.raises(RuntimeError, match="Cannot use both"):
            module_module.register_module_full_backward_hook(print)
        layer(at.zeros(1, requires_grad=True)).backward()


def test_what_a_registering_hook_returns_is_registered() -> None:
    twice = nn.Parameter(at.ones(2, 2))
    register = module_module.register_module_parameter_registration_hook
    with register(lambda module, name, parameter: twice if name == "weight" else None):
        layer = nn.Linear(2, 2)
    assert layer.weight is twice
    assert layer.bias is not twice


def test_hooks_are_seen_and_taken_off_under_pytorchs_names() -> None:
    layer = nn.Linear(1, 1)
    first = layer.register_forward_hook(lambda module, args, output: None)
    layer.register_forward_hook(lambda module, args, kwargs, output: output * 0, with_kwargs=True)
    assert next(iter(layer._forward_hooks)) == first.id
    assert len(layer._forward_hooks) == 2
    assert layer(at.ones(1, 1)).item() == 0
    layer._forward_hooks.clear()
    layer._forward_pre_hooks[0] = lambda module, args: (args[0] * 0,)
    layer._forward_pre_hooks = OrderedDict()
    assert layer(at.ones(1, 1)).item() != 0


def test_a_handle_may_be_made_first() -> None:
    layer = nn.Linear(1, 1)
    handle = at.extend.RemovableHandle(layer._forward_hooks)
    layer._forward_hooks[handle.id] = lambda module, args, output: output * 0
    assert layer(at.ones(1, 1)).item() == 0
    handle.remove()
    assert not layer._forward_hooks


# -- names that the class has already --------------------------------------------------------------


class Shadowing(nn.Module):
    """A module under the name of a method, and a parameter under that of a property."""

    def __init__(self) -> None:
        super().__init__()
        self.parameters = nn.ModuleList([nn.Linear(2, 1)])
        self.eval = nn.Linear(1, 1)
        self.scale = nn.Parameter(at.ones(1))
        self.size = 3

    @property
    def scale(self) -> Any:
        return self.size


def test_a_method_stays_a_method_where_a_module_has_its_name() -> None:
    net = Shadowing()
    names = ["scale", "parameters.0.weight", "parameters.0.bias", "eval.weight", "eval.bias"]
    for one in (net, copy.copy(net), copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert [name for name, _ in one.named_parameters()] == names
        assert len(list(one.parameters())) == len(names)
        assert one.eval() is one
        assert list(one._modules) == ["parameters", "eval"]
        assert isinstance(one._modules["eval"], nn.Linear)
    assert net.scale == 3
    net.train = []  # hides it, until a module takes the name
    net.train = nn.ModuleList(net.train)
    assert net.train() is net
    del net.train
    net.load_state_dict({name: at.zeros_like(value) for name, value in net.state_dict().items()})
    assert all((one == 0).all() for one in nn.Module.parameters(net))
    other = copy.copy(net)
    del net.eval
    del net._modules["parameters"]
    assert (list(net.state_dict()), len(other.state_dict())) == (["scale"], 5)
    net.eval = nn.Linear(1, 2)
    assert list(net.state_dict()) == ["scale", "eval.weight", "eval.bias"]
    with pytest.raises(KeyError, match="attribute 'size' already exists"):
        net.register_parameter("size", nn.Parameter(at.ones(1)))
    with pytest.raises(KeyError, match="attribute 'train' already exists"):
        net.train = nn.Parameter(at.ones(1))  # type: ignore[assignment]  # the mistake


def test_what_a_property_of_the_class_hides_can_be_taken_out() -> None:
    class Curved(nn.Module):
        """The property fails while the Module is built, so that its name can be registered."""

        @property
        def k(self) -> float:
            return -self.c

    for take_out in (lambda net: net._parameters.pop("k"), lambda net: delattr(net, "k")):
        net: Any = Curved()
        net.register_parameter("k", nn.Parameter(at.ones(2)))
        take_out(net)
        net.c = 3.0
        assert net.k == -3.0
        assert not list(net.named_parameters())
        with pytest.raises(AttributeError):
            del net.k  # what is left is the class's, which has no deleter
