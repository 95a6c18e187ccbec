"""Module: registering, walking, converting, saving, hooks, and what it says about mistakes."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import weakref
from collections import namedtuple
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from autotensor import Parameter, Tensor


class Linear(nn.Module):
    """(N, in) -> (N, out), and the same ``repr`` as PyTorch's."""

    def __init__(self, size_in: int, size_out: int) -> None:
        super().__init__()
        self.sizes = size_in, size_out
        self.weight = Parameter(at.ones(size_out, size_in))
        self.bias = Parameter(at.zeros(size_out))

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1] != self.sizes[0]:
            raise ValueError(f"linear: input has {x.shape[-1]} features, expected {self.sizes[0]}")
        return x @ self.weight.mT + self.bias

    def extra_repr(self) -> str:
        return f"in_features={self.sizes[0]}, out_features={self.sizes[1]}, bias=True"


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = Linear(3, 4)
        self.rest = nn.Sequential(Linear(4, 4), Linear(4, 2))
        self.scale = Parameter(at.ones(1))
        self.register_buffer("count", at.tensor([0]))
        self.register_buffer("cache", at.zeros(2), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.rest(self.first(x)) * self.scale


class Double(nn.Module):
    def forward(self, x: Any) -> Any:
        return x * 2


# -- registering and walking ---------------------------------------------------------------------


def test_names_come_in_pytorch_order(torch: Any) -> None:
    class Peer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = torch.nn.Linear(3, 4)
            self.rest = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 2))
            self.scale = torch.nn.Parameter(torch.ones(1))
            self.register_buffer("count", torch.tensor([0]))
            self.register_buffer("cache", torch.zeros(2), persistent=False)

    net, peer = Net(), Peer()
    for walk in ("named_parameters", "named_buffers", "named_modules", "named_children"):
        assert [n for n, _ in getattr(net, walk)()] == [n for n, _ in getattr(peer, walk)()], walk
    assert list(net.state_dict()) == list(peer.state_dict())
    assert repr(net) == repr(peer).replace("Peer", "Net")
    for options in ({"prefix": "p"}, {"recurse": False}):
        expected = [name for name, _ in peer.named_parameters(**options)]
        assert [name for name, _ in net.named_parameters(**options)] == expected


def test_a_shared_parameter_counts_once() -> None:
    net = nn.Module()
    net.a = Linear(2, 2)
    net.b = Linear(2, 2)
    net.b.weight = net.a.weight
    net.again = net.a
    assert [name for name, _ in net.named_parameters()] == ["a.weight", "a.bias", "b.bias"]
    assert [name for name, _ in net.named_children()] == ["a", "b"]
    assert [name for name, _ in net.named_modules()] == ["", "a", "b"]
    every = [name for name, _ in net.named_parameters(remove_duplicate=False)]
    assert every == [f"{m}.{p}" for m in ("a", "b", "again") for p in ("weight", "bias")]
    assert list(net.state_dict()) == every
    copied = copy.deepcopy(net)
    assert copied.a.weight is copied.b.weight is copied.again.weight
    assert copied.a.weight is not net.a.weight


def test_parameters_are_found_without_getattr() -> None:
    layer = Linear(2, 3)
    assert layer.__dict__["weight"] is layer.weight
    # Scripts call it all the same.
    assert layer.__getattr__("weight") is layer.weight
    with pytest.raises(AttributeError, match="'Linear' object has no attribute 'wieght'"):
        layer.wieght


def test_an_error_in_a_property_keeps_its_words() -> None:
    class Net(nn.Module):
        @property
        def size(self) -> int:
            return self.missing.size

    with pytest.raises(AttributeError, match="'Net' object has no attribute 'missing'"):
        Net().size


def test_an_attribute_is_one_thing_at_a_time() -> None:
    net = nn.Module()
    net.x = nn.Buffer(at.ones(1))
    net.x = Double()
    assert list(net.buffers()) == []
    assert [name for name, _ in net.named_children()] == ["x"]
    net.x = Parameter(at.ones(1))
    assert list(net.children()) == []
    net.x = None
    assert net.x is None
    assert list(net.parameters()) == []
    net.x = Parameter(at.ones(1))
    del net.x
    assert list(net.parameters()) == []
    with pytest.raises(AttributeError, match="'Module' object has no attribute 'x'"):
        net.x
    net.plain = 3
    net.plain = Parameter(at.ones(1))
    assert [name for name, _ in net.named_parameters()] == ["plain"]


def test_an_attribute_that_changes_its_kind_goes_to_the_end() -> None:
    net = nn.Module()
    net.a, net.b = Parameter(at.ones(1)), Parameter(at.ones(1))
    net.a = Parameter(at.zeros(1))
    assert [name for name, _ in net.named_parameters()] == ["a", "b"]
    del net.a
    net.a = Double()
    net.a = Parameter(at.ones(1))
    assert [name for name, _ in net.named_parameters()] == ["b", "a"]


def test_buffers_take_tensors_and_stay_buffers() -> None:
    net = Net()
    net.count = at.tensor([5])
    assert dict(net.named_buffers())["count"].item() == 5
    net.cache = at.ones(2)
    assert "cache" not in net.state_dict()
    net.count = None
    assert "count" not in net.state_dict()


class Late(nn.Module):
    def __init__(self, value: Any) -> None:
        self.part = value
        super().__init__()


def mistakes() -> list[tuple[Any, type[Exception], str]]:
    net = Net()
    computed = Parameter(at.ones(2))
    computed.node = (at.ones(2, requires_grad=True) * 2).node
    return [
        (lambda: Late(Parameter(at.ones(1))), AttributeError, r"before Module.__init__\(\) call"),
        (lambda: Late(Double()), AttributeError, "cannot assign module 'part' before"),
        (lambda: setattr(net, "scale", at.ones(1)), TypeError, "'Tensor' object to parameter 'sc"),
        (lambda: setattr(net, "scale", 3), TypeError, "'int' object to parameter 'scale'"),
        (
            lambda: setattr(net, "scale", Double()),
            TypeError,
            "'Double' object to parameter 'scale'",
        ),
        (lambda: setattr(net, "first", 3), TypeError, "'int' object to module 'first'"),
        (lambda: setattr(net, "count", 3), TypeError, "'int' object to buffer 'count'"),
        (lambda: setattr(net, "forward", Parameter(at.ones(1))), KeyError, "'forward' already ex"),
        (lambda: setattr(net, "late", computed), ValueError, "non-leaf Tensor to parameter 'late'"),
        (lambda: net.register_parameter("a.b", None), KeyError, "contain"),
        (lambda: net.register_parameter("", None), KeyError, "be empty string"),
        (lambda: net.register_parameter(3, None), TypeError, "should be a string"),
        (lambda: net.register_parameter("first", None), KeyError, "'first' already exists"),
        (lambda: net.register_parameter("y", at.ones(1)), TypeError, "nn.Parameter or None"),
        (lambda: net.register_buffer("b", 3), TypeError, "Tensor or None required"),
        (lambda: net.register_buffer("train", None), KeyError, "'train' already exists"),
        (lambda: net.add_module("m", 3), TypeError, "nn.Module or None required"),
        (lambda: net.add_module("scale", Double()), KeyError, "'scale' already exists"),
        (lambda: delattr(net, "nothing"), AttributeError, "nothing"),
        (lambda: net.train("yes"), ValueError, "expected to be boolean"),
        (lambda: nn.Module()(1), NotImplementedError, 'missing the required "forward"'),
        (lambda: net.get_submodule("rest.7"), AttributeError, "Sequential has no attribute `7`"),
        (lambda: net.get_submodule("scale"), AttributeError, "`scale` is not an nn.Module"),
        (lambda: net.get_parameter("first.sizes"), AttributeError, "not a parameter"),
        (lambda: net.get_buffer("scale"), AttributeError, "not a buffer"),
        (lambda: net.to(at.int64), TypeError, "only accepts floating point"),
        (lambda: net.type(at.int64), TypeError, "require grad"),
        (lambda: net.type("torch.NoTensor"), ValueError, "there are torch.FloatTensor"),
        (lambda: net.load_state_dict([1]), TypeError, "dict-like"),
    ]


@pytest.mark.parametrize("index", range(len(mistakes())))
def test_mistakes_are_refused(index: int) -> None:
    act, kind, message = mistakes()[index]
    with pytest.raises(kind, match=message):
        act()


@pytest.mark.parametrize("kind", [at.float16, at.HalfTensor, "torch.HalfTensor"])
def test_type_takes_what_a_tensors_does(kind: Any) -> None:
    layer = nn.BatchNorm1d(2).type(kind)
    assert {one.dtype for one in layer.state_dict().values()} == {at.float16}


def test_an_override_of_register_buffer_may_take_no_persistent() -> None:
    class Watched(nn.Module):
        # As in programs from before there was ``persistent``.
        def register_buffer(self, name: str, value: Any) -> None:  # type: ignore[override]
            super().register_buffer(name, value)
            self.seen = name

    net = Watched()
    net.mean = nn.Buffer(at.ones(1))
    assert net.seen == "mean"
    assert list(net.state_dict()) == ["mean"]
    with pytest.raises(TypeError, match="persistent"):
        net.cache = nn.Buffer(at.ones(1), persistent=False)


LOST = [
    (lambda: nn.Conv2d(1, 1, 1), "bias", (1, 1, 1, 1)),
    (lambda: nn.Linear(2, 2), "weight", (2,)),
    (lambda: nn.BatchNorm1d(2), "eps", (2, 2)),
    (lambda: nn.LSTM(2, 2), "hidden_size", (1, 1, 2)),
    (lambda: nn.MaxPool2d(2), "kernel_size", (1, 2, 2)),
]


@pytest.mark.parametrize(("make", "name", "shape"), LOST, ids=[name for _, name, _ in LOST])
@pytest.mark.parametrize("within", [False, True])
def test_what_a_layer_has_lost_is_an_attribute_error(
    make: Any, name: str, shape: tuple[int, ...], within: bool
) -> None:
    layer = make()
    delattr(layer, name)
    net = nn.Sequential(nn.Identity(), layer) if within else layer
    words = f"^'{type(layer).__name__}' object has no attribute '{name}'"
    with pytest.raises(AttributeError, match=words):
        net(at.ones(shape))
    if name == "weight":
        with pytest.raises(AttributeError, match=words):
            layer.reset_parameters()


@pytest.mark.parametrize("layer", [nn.BatchNorm1d(2), nn.LSTM(2, 2)], ids=["norm", "recurrent"])
def test_what_a_module_given_in_place_of_a_tensor_lacks_is_a_type_error(layer: Any) -> None:
    with pytest.raises(TypeError, match=r"has no attribute 'ndim' \(called with Linear\)"):
        layer(nn.Linear(2, 2))


def test_a_refused_assignment_changes_nothing() -> None:
    net = Net()
    before = dict(net.named_parameters())
    computed = Parameter(at.ones(2))
    computed.node = (at.ones(2, requires_grad=True) * 2).node
    for name, value in (("first", computed), ("scale", 3), ("rest", "no")):
        with pytest.raises((TypeError, ValueError)):
            setattr(net, name, value)
    assert dict(net.named_parameters()) == before


def test_plain_attributes_may_come_before_init() -> None:
    assert Late(3).part == 3


def test_finding_by_name() -> None:
    net = Net()
    assert net.get_submodule("") is net
    assert net.get_submodule("rest.1") is net.rest[1]
    assert net.get_parameter("rest.1.bias") is net.rest[1].bias
    assert net.get_buffer("cache") is net.cache


def test_dir_leaves_out_numbers() -> None:
    names = dir(nn.Sequential(Double()))
    assert "forward" in names
    assert "0" not in names


# -- modes and conversion ------------------------------------------------------------------------


def test_train_eval_apply_freeze() -> None:
    net = Net()
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    net.train()
    assert all(module.training for module in net.modules())
    order: list[str] = []
    net.apply(lambda module: order.append(type(module).__name__))
    assert order == ["Linear", "Linear", "Linear", "Sequential", "Net"]
    net.requires_grad_(False)
    assert not any(parameter.requires_grad for parameter in net.parameters())


def test_conversion_keeps_parameters_and_their_gradients() -> None:
    net = Net()
    net(at.ones(1, 3)).backward(at.ones(1, 2))
    before = list(net.parameters())
    assert net.double() is net
    assert all(one is other for one, other in zip(net.parameters(), before, strict=True))
    for parameter in net.parameters():
        assert parameter.dtype == parameter.grad.dtype == at.float64
    assert net.count.dtype == at.int64
    assert net.cache.dtype == at.float64
    net.half()
    assert net.scale.dtype == at.float16
    net.to(at.ones(1)).to("cpu")
    assert net.scale.dtype == at.float32
    assert net.float()(at.ones(1, 3)).dtype == at.float32
    net.requires_grad_(False).type(at.int32)
    assert {tensor.dtype for tensor in net.state_dict().values()} == {at.int32}


def test_a_conversion_that_changes_nothing_does_not_disturb_the_graph() -> None:
    net = Net()
    y = net(at.ones(1, 3))
    net.float()
    y.backward(at.ones(1, 2))


def test_zero_grad() -> None:
    net = Net()
    y = net(at.ones(1, 3))
    y.backward(at.ones(1, 2), retain_graph=True)
    memory = net.scale.grad.array
    net.zero_grad(set_to_none=False)
    assert net.scale.grad.array is memory
    assert not memory.any()
    y.backward(at.ones(1, 2), create_graph=True)
    net.zero_grad(set_to_none=False)
    assert not net.scale.grad.requires_grad
    assert not net.scale.grad.array.any()
    net.zero_grad()
    assert all(parameter.grad is None for parameter in net.parameters())


# -- saving and loading --------------------------------------------------------------------------


def test_state_dict_round_trip() -> None:
    net, other = Net(), Net()
    for index, parameter in enumerate(net.parameters()):
        parameter.array[...] = index
    state = net.state_dict()
    assert np.shares_memory(state["scale"].array, net.scale.array)
    assert not state["scale"].requires_grad
    assert net.state_dict(keep_vars=True)["scale"] is net.scale
    result = other.load_state_dict(state)
    assert repr(result) == "<All keys matched successfully>"
    partly = other.load_state_dict({}, strict=False)
    assert repr(partly).startswith("_IncompatibleKeys(missing_keys=[")
    for key, value in other.state_dict().items():
        np.testing.assert_array_equal(value.array, state[key].array)
        assert not np.shares_memory(value.array, state[key].array)


def test_loading_converts_to_the_dtype_of_the_module() -> None:
    net = Net()
    net.load_state_dict(Net().double().state_dict())
    assert net.scale.dtype == at.float32


def test_loading_is_seen_by_a_graph_recorded_before() -> None:
    net = Net()
    y = net(at.ones(1, 3))
    net.load_state_dict(Net().state_dict())
    with pytest.raises(RuntimeError, match="modified"):
        y.backward(at.ones(1, 2))


def test_load_lists_every_problem_and_changes_nothing(torch: Any) -> None:
    def build(nn: Any, zeros: Any, linear: Any) -> tuple[Any, dict[str, Any]]:
        net = nn.Sequential(linear(2, 3), linear(3, 1))
        state = dict(net.state_dict())
        del state["1.bias"]
        state |= {"0.weight": zeros(3, 4), "1.weight": zeros(1, 9), "more": zeros(1)}
        state["0.bias"] = zeros(3) + 7
        return net, state

    net, state = build(nn, at.zeros, Linear)
    peer, peer_state = build(torch.nn, torch.zeros, torch.nn.Linear)
    with pytest.raises(RuntimeError) as expected:
        peer.load_state_dict(peer_state)
    with pytest.raises(RuntimeError) as found:
        net.load_state_dict(state)
    text = str(expected.value)
    for size in ("[3, 4]", "[3, 2]", "[1, 9]", "[1, 3]"):
        text = text.replace(f"torch.Size({size})", f"({size[1:-1]})")
    assert str(found.value) == text
    assert not net[0].bias.array.any()
    with pytest.raises(RuntimeError, match="size mismatch"):
        net.load_state_dict(state, strict=False)
    assert not net[0].bias.array.any()


def test_load_not_strict() -> None:
    net = Net()
    result = net.load_state_dict({"scale": at.tensor([4.0]), "other": at.ones(1)}, strict=False)
    assert net.scale.item() == 4
    assert result.unexpected_keys == ["other"]
    assert "first.weight" in result.missing_keys
    with pytest.raises(RuntimeError, match='parameter named "scale", expected a Tensor'):
        net.load_state_dict({"scale": [4.0]}, strict=False)


def test_load_by_assignment() -> None:
    net = Net()
    state = {name: value.detach().clone() for name, value in net.double().state_dict().items()}
    net = Net()
    net.load_state_dict(state, assign=True)
    assert net.scale.array is state["scale"].array
    assert isinstance(net.scale, Parameter)
    assert net.scale.requires_grad
    assert net.count is state["count"]
    with pytest.raises(RuntimeError, match="scale requires grad"):
        net.load_state_dict(state | {"scale": at.tensor([1])}, assign=True)


def test_copies_are_independent() -> None:
    net = Net()
    for copied in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert [name for name, _ in copied.named_parameters()] == [
            name for name, _ in net.named_parameters()
        ]
        copied.scale.array[...] = 9
        assert net.scale.item() == 1
        copied.more = Parameter(at.ones(1))
        assert "more" not in dict(net.named_parameters())
    shallow = copy.copy(net)
    assert shallow.scale is net.scale
    shallow.more = Parameter(at.ones(1))
    del shallow.scale
    assert "more" not in dict(net.named_parameters())
    assert "scale" in dict(net.named_parameters())


def test_modules_are_freed_without_the_garbage_collector() -> None:
    import weakref

    gc.disable()
    try:
        net = Net()
        net(at.ones(1, 3)).backward(at.ones(1, 2))
        gone = weakref.ref(net)
        del net
        assert gone() is None
    finally:
        gc.enable()


# -- calling -------------------------------------------------------------------------------------


def test_a_call_costs_one_python_call_more_than_forward() -> None:
    net = Double()
    net(1)
    calls = []
    sys.setprofile(lambda frame, event, arg: calls.append(event) if event == "call" else None)
    net(1)
    sys.setprofile(None)
    assert len(calls) == 2


def test_an_error_says_where_it_came_from() -> None:
    with pytest.raises(ValueError, match="linear: input has 5 features") as caught:
        Linear(3, 1)(at.ones(1, 5))
    assert caught.value.__notes__ == ["in Linear"]

    net = nn.Module()
    net.blocks = nn.ModuleList([Double(), nn.Sequential(Double(), Linear(3, 1))])
    net.forward = lambda x: net.blocks[1](x)  # skips a level that is never called
    outer = nn.Sequential(Double(), net)
    with pytest.raises(ValueError, match="linear") as caught:
        outer(at.ones(1, 5))
    assert caught.value.__notes__ == ["in Sequential, at 1.blocks.1.1 (Linear)"]


def test_an_error_in_an_unregistered_module_still_has_a_note() -> None:
    hidden = Linear(3, 1)

    class Outer(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return hidden(x)

    with pytest.raises(ValueError, match="linear") as caught:
        Outer()(at.ones(1, 5))
    assert caught.value.__notes__ == ["in Outer (Linear)"]


def test_forward_hooks() -> None:
    net = Double()
    seen: list[Any] = []
    first = net.register_forward_pre_hook(lambda module, args: seen.append(args))
    net.register_forward_pre_hook(lambda module, args: args[0] + 1)
    net.register_forward_hook(lambda module, args, output: seen.append((args, output)))
    net.register_forward_hook(lambda module, args, output: -output)
    assert net(3) == -8
    assert seen == [(3,), ((4,), 8)]
    first.remove()
    net.register_forward_hook(lambda module, args, output: output + 1, prepend=True)
    assert net(3) == -9


def test_forward_hooks_with_kwargs() -> None:
    class Power(nn.Module):
        def forward(self, x: int, *, exponent: int) -> int:
            return x**exponent

    net = Power()
    net.register_forward_pre_hook(lambda m, a, k: (a, {"exponent": 3}), with_kwargs=True)
    net.register_forward_hook(lambda m, a, k, out: (out, k["exponent"]), with_kwargs=True)
    assert net(2, exponent=1) == (8, 3)
    net.register_forward_pre_hook(lambda m, a, k: 3, with_kwargs=True)
    with pytest.raises(RuntimeError, match="new_args, new_kwargs"):
        net(2, exponent=1)


def backward_hooks(package: Any, tensor: Any, parameter: Any) -> list[Any]:
    """What hooks see and what gradients result, in either library."""

    class Mix(package.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = parameter(tensor([2.0, 3.0]))

        def forward(self, x: Any, number: float, y: Any) -> Any:
            return x * y * self.weight, x * number

    seen: list[Any] = []

    def note(name: str) -> Any:
        def hook(module: Any, *gradients: Any) -> None:
            seen.append(
                (name, [[None if g is None else g.tolist() for g in one] for one in gradients])
            )

        return hook

    net = Mix()
    net.register_full_backward_hook(note("after"))
    net.register_full_backward_pre_hook(note("before"))
    net.register_full_backward_hook(lambda m, gi, go: (gi[0] * 10, None, gi[2]))
    net.register_full_backward_pre_hook(lambda m, go: (go[0] * 2, go[1]))
    net.register_full_backward_hook(note("first"), prepend=True)
    leaf = tensor([1.0, -1.0])
    leaf.requires_grad_()
    y = tensor([5.0, 7.0])
    y.requires_grad_()
    a, b = net(leaf * 1, 4.0, y)
    (a * tensor([1.0, 2.0]) + b).backward(tensor([1.0, 1.0]))
    return [seen, leaf.grad.tolist(), y.grad.tolist(), net.weight.grad.tolist()]


def test_backward_hooks_see_and_change_what_pytorchs_do(torch: Any) -> None:
    assert backward_hooks(nn, at.tensor, Parameter) == backward_hooks(
        torch.nn, torch.tensor, torch.nn.Parameter
    )


def test_backward_hook_without_differentiable_inputs() -> None:
    net = Linear(2, 1)
    seen: list[Any] = []
    net.register_full_backward_hook(lambda module, gi, go: seen.append((gi, go[0].tolist())))
    with pytest.warns(UserWarning, match="no inputs require gradients"):
        net(at.ones(1, 2)).backward(at.ones(1, 1))
    assert seen == [((None,), [[1.0]])]
    with at.no_grad():
        net(at.ones(1, 2))
    assert len(seen) == 1
    net.register_full_backward_hook(lambda module, gi, go: (None,))
    net.register_full_backward_hook(lambda module, gi, go: (at.ones(1, 2),))
    out = net(at.ones(1, 2))
    with (
        pytest.warns(UserWarning, match="no inputs require gradients"),
        pytest.raises(RuntimeError, match="no input of the module requires one"),
    ):
        out.backward(at.ones(1, 1))


def test_backward_hooks_see_zeros_for_inputs_that_had_no_part() -> None:
    class First(nn.Module):
        def forward(self, a: Any, *others: Any) -> Any:
            return a * 2

    net, seen = First(), []

    def twice(module: Any, grad_input: Any, grad_output: Any) -> Any:
        seen.append(grad_input)
        return tuple(None if g is None else g * 2 for g in grad_input)

    net.register_full_backward_hook(twice)
    a, b = at.ones(2, requires_grad=True), at.ones(3, dtype=at.float64, requires_grad=True)
    net(a, b, at.ones(1), at.tensor(3), "no Tensor").sum().backward()
    assert [None if one is None else (one.dtype, one.tolist()) for one in seen[0]] == [
        (at.float32, [2, 2]), (at.float64, [0, 0, 0]), (at.float32, [0]), (at.int64, 0), None,
    ]  # fmt: skip
    assert a.grad is not None
    assert b.grad is not None
    assert (a.grad.tolist(), b.grad.tolist()) == ([4, 4], [0, 0, 0])


def test_backward_hooks_of_a_module_that_gives_no_tensor_are_not_called() -> None:
    class Named(nn.Module):
        def forward(self, x: Any) -> Any:
            return {"y": x * 2}

    net = Named()
    net.register_full_backward_hook(lambda *_: pytest.fail("called"))
    x = at.ones(2, requires_grad=True)
    with pytest.warns(UserWarning, match="a Tensor or a tuple of Tensors but received .*dict"):
        y = net(x)["y"]
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [2, 2]


@pytest.mark.parametrize("kind", ["full_backward_hook", "full_backward_pre_hook"])
def test_a_backward_hook_returns_a_tuple(kind: str) -> None:
    net = nn.Tanh()
    getattr(net, f"register_{kind}")(lambda module, *gradients: gradients[0][0] * 2)
    with pytest.raises(RuntimeError, match=r"returned one Tensor as .*, expected a tuple of 1"):
        net(at.ones(2, requires_grad=True)).sum().backward()


@pytest.mark.filterwarnings("ignore:.*no inputs require gradients")
@pytest.mark.parametrize("create_graph", [False, True])
def test_backward_hooks_record_only_if_a_graph_is_made(create_graph: bool) -> None:
    net = Linear(2, 1)
    seen: list[Any] = []

    def before(module: Any, grad_output: Any) -> None:
        seen.append((at.is_grad_enabled(), (grad_output[0] * net.weight.sum()).requires_grad))

    def after(module: Any, grad_input: Any, grad_output: Any) -> None:
        before(module, grad_output)
        net.seen = grad_output[0] * 2  # to be kept, which holds on to no graph

    net.register_full_backward_pre_hook(before)
    net.register_full_backward_hook(after)
    for x in (at.ones(1, 2), at.ones(1, 2, requires_grad=True)):
        (net(x) ** 2).backward(create_graph=create_graph)
        assert net.seen.requires_grad is create_graph
    assert seen == [(create_graph, create_graph)] * 4


def test_backward_hooks_on_a_shared_gradient_leave_it_alone() -> None:
    """A sum hands one array to all its terms; two of them meet again inside the module."""

    class Twice(nn.Module):
        def forward(self, x: Tensor) -> Any:
            return x, x

    net = Twice()
    net.register_full_backward_hook(lambda module, gi, go: None)
    x, y = at.ones(2, requires_grad=True), at.ones(2, requires_grad=True)
    older = y * 1  # its turn in backward comes after the module's
    a, b = net(x * 1)
    (older + (a + b)).backward(at.ones(2))
    assert y.grad.tolist() == [1.0, 1.0]
    assert x.grad.tolist() == [2.0, 2.0]


def test_a_write_inside_a_module_with_backward_hooks_stays_inside() -> None:
    class Tripled(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.mul_(3)

    net = Tripled()
    net.register_full_backward_hook(lambda module, gi, go: None)
    x = at.tensor([1.0, 2.0], requires_grad=True)
    z = x * 1
    square = z * z
    (square + net(z)).backward(at.ones(2))
    assert z.tolist() == [1.0, 2.0]
    assert x.grad.tolist() == [5.0, 7.0]


def test_backward_hooks_at_second_order(torch: Any) -> None:
    def derivatives(package: Any, tensor: Any, grad: Any) -> list[Any]:
        class Cube(package.Module):
            def forward(self, x: Any) -> Any:
                return x * x * x

        net = Cube()
        net.register_full_backward_hook(lambda module, gi, go: (gi[0] * 2,))
        x = tensor([3.0], requires_grad=True)
        (first,) = grad(net(x), x, create_graph=True)
        return [first.tolist(), grad(first, x)[0].tolist()]

    expected = derivatives(torch.nn, torch.tensor, torch.autograd.grad)
    assert derivatives(nn, at.tensor, at.grad) == expected


def test_bad_backward_hooks_are_refused() -> None:
    for result, message in (((1, 2), "returned 2 gradients"), ((at.ones(9),), "shape")):
        net = Double()
        net.register_full_backward_hook(lambda module, gi, go, result=result: result)
        x = at.ones(2, requires_grad=True)
        with pytest.raises(RuntimeError, match=message):
            net(x).backward(at.ones(2))


def test_hooks_are_copied_with_the_module() -> None:
    net = Double()
    net.register_forward_hook(add_one)
    copied = copy.deepcopy(net)
    copied.register_forward_hook(add_one)
    assert (net(1), copied(1)) == (3, 4)
    assert pickle.loads(pickle.dumps(net))(1) == 3


def add_one(module: nn.Module, args: Any, output: int) -> int:
    return output + 1


# -- showing -------------------------------------------------------------------------------------


def test_repr_without_children() -> None:
    assert repr(Double()) == "Double()"
    assert repr(Linear(1, 2)) == "Linear(in_features=1, out_features=2, bias=True)"


def test_repr_of_long_extras_and_empty_places(torch: Any) -> None:
    def build(package: Any) -> Any:
        class Wide(package.Module):
            def __init__(self) -> None:
                super().__init__()
                self.inner = package.Sequential(package.Sequential())
                self.register_module("nothing", None)

            def extra_repr(self) -> str:
                return "one\ntwo"

        return Wide()

    assert repr(build(nn)) == repr(build(torch.nn))


def test_a_full_backward_hook_leaves_a_named_tuple_one() -> None:
    Pair = namedtuple("Pair", "first second")

    class Twice(nn.Module):
        def forward(self, pair: Any) -> Any:
            return Pair(pair.first * 2, pair.second)

    module, seen = Twice(), []
    module.register_full_backward_hook(
        lambda _, grad_in, grad_out: seen.append((grad_in, grad_out))
    )
    x = at.ones(2, requires_grad=True)
    out = module(Pair(x, 3))
    assert isinstance(out, Pair)
    with pytest.warns(UserWarning, match="no inputs require gradients"):  # no Tensor goes in
        out.first.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [2, 2]
    assert seen


def test_repr_leaves_blank_lines_of_a_child_blank() -> None:
    class Child(nn.Module):
        def extra_repr(self) -> str:
            return "one\n\nthree"

    assert repr(Child()) == "Child(\n  one\n  \n  three\n)"
    assert repr(nn.Sequential(Child())) == (
        "Sequential(\n  (0): Child(\n    one\n\n    three\n  )\n)"
    )


def test_a_child_decides_how_it_is_switched(torch: ModuleType) -> None:
    for layers in (nn, torch.nn):

        class Frozen(layers.BatchNorm1d):  # type: ignore[name-defined, misc]
            def train(self, mode: bool = True) -> Any:
                return super().train(False)

        model = layers.Sequential(layers.Sequential(Frozen(2), layers.Dropout()), layers.ReLU())
        modes = [one.training for one in model.train().modules()]
        assert modes == [True, True, False, True, True]
        assert not any(one.training for one in model.eval().modules())


# -- what calls leave in the graph -----------------------------------------------------------------


def calls_at(tensor: Tensor) -> list[tuple[nn.Module, int]]:
    """The calls that ended with ``tensor``, the outermost first, with the time they began."""
    found, calls = [], getattr(tensor.node, "calls", None)
    while calls is not None:
        (module, kind), began, calls = calls
        assert issubclass(kind, nn.Module)
        found.append((module(), began))
    return found


def test_a_node_knows_the_calls_that_ended_with_it() -> None:
    inner = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
    outer = nn.Sequential(inner, nn.Sigmoid())
    x = at.randn(2, 3)
    y = outer(x)
    assert [module for module, _ in calls_at(y)] == [outer, outer[1]]
    (hidden,) = y.node.parents
    assert hidden.name == "tanh"
    began = []
    calls = hidden.calls
    while calls is not None:
        began.append(calls[1])
        calls = calls[2]
    assert began == sorted(began)  # the outer call began first
    assert began[0] < hidden.parents[0].number < hidden.number


def test_a_call_that_records_nothing_leaves_nothing() -> None:
    x = at.ones(2, requires_grad=True) * 2
    nn.Identity()(x)
    assert calls_at(x) == []
    with at.no_grad():
        assert nn.Linear(2, 2)(x).node is None


def test_every_output_of_a_call_knows_it() -> None:
    lstm = nn.LSTM(2, 3)
    output, (hidden, cell) = lstm(at.randn(4, 1, 2))
    for one in (output, hidden, cell):
        assert [module for module, _ in calls_at(one)] == [lstm]


def test_a_graph_keeps_no_module_alive() -> None:
    model = nn.Sequential(nn.Linear(2, 2))
    gone = weakref.ref(model)
    model.result = model(at.randn(1, 2))  # would be a cycle
    result = model.result
    del model
    assert gone() is None
    assert calls_at(result)[0][0] is None


def test_a_function_of_autotensor_in_a_class_is_no_method() -> None:
    class Net(nn.Module):
        activation = at.tanh
        convolve = at.conv2d

        def act(self, x: Tensor) -> Tensor:
            return self.activation(x)

    def twice(self: Any, x: Tensor) -> Tensor:
        return x * 2

    twice.__module__ = "autotensor.transforms"  # as if a decorator there had made it

    class Other(Net):
        activation = at.sigmoid
        doubled = at.func.vmap(lambda self, x: x * 2, in_dims=(None, 0))
        through = twice

    net, x = Net(), at.tensor([[0.5, -1.0]])
    assert net.act(x).equal(x.tanh())
    assert Net.activation is at.tanh
    ones = at.ones(1, 1, 3, 3)
    assert net.convolve(ones, weight=ones).item() == 9
    assert Other().act(x).equal(x.sigmoid())
    for made in (Other().doubled, Other().through):  # of a function: methods, as in PyTorch
        assert made(x).equal(x * 2)
