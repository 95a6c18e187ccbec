"""What may be hung on a Module's state and call, and its rarer methods, against PyTorch's."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn


def in_both(torch: Any, story: Callable[[Any, Any], Any]) -> Any:
    """What ``story(library, nn)`` gives in both libraries, which must be the same."""
    found = story(at, nn)
    assert found == story(torch, torch.nn)
    return found


# -- buffers --------------------------------------------------------------------------------------


def test_buffers_by_assignment(torch: Any) -> None:
    def story(library: Any, package: Any) -> Any:
        net = package.Module()
        net.mean = package.Buffer(library.ones(2))
        net.cache = package.Buffer(library.zeros(2), persistent=False)
        kinds = [isinstance(net.mean, package.Buffer), isinstance(net.mean, package.Parameter)]
        net.mean = library.zeros(3)
        kinds.append(isinstance(net.mean, package.Buffer))
        names = [name for name, _ in net.named_buffers()], list(net.state_dict())
        net.mean = package.Buffer(library.ones(2), persistent=False)
        return kinds, names, list(net.state_dict()), repr(net), repr(net.mean)

    in_both(torch, story)


def test_a_buffer_takes_no_other_place() -> None:
    net = nn.Linear(2, 2)
    net.part = nn.ReLU()
    for name in ("weight", "part"):
        with pytest.raises(TypeError, match=f"'Buffer' object to .* '{name}'"):
            setattr(net, name, nn.Buffer(at.ones(2)))
    with pytest.raises(KeyError, match="'in_features' already exists"):
        net.in_features = nn.Buffer(at.ones(2))


def test_a_buffer_shares_memory_and_keeps_what_it_is() -> None:
    data = at.ones(2)
    buffer = nn.Buffer(data, persistent=False)
    buffer.add_(1)
    assert data.tolist() == [2, 2]
    for copied in (copy.deepcopy(buffer), pickle.loads(pickle.dumps(buffer))):
        assert isinstance(copied, nn.Buffer)
        assert not copied.persistent
        assert copied.tolist() == [2, 2]
    assert nn.Buffer().shape == (0,)


# -- sub-modules ----------------------------------------------------------------------------------


def test_set_submodule() -> None:
    net = nn.Sequential(OrderedDict(a=nn.Sequential(nn.Linear(2, 2), nn.ReLU())))
    fresh = nn.Tanh()
    net.set_submodule("a.1", fresh)
    net.set_submodule("a.more", fresh)
    net.set_submodule("b", fresh)
    assert net.a[1] is net.a.more is net.b is fresh
    for target, module, options, kind, message in (
        ("", fresh, {}, ValueError, "without a target name"),
        ("a", 3, {}, ValueError, "not an nn.Module"),
        ("x.y", fresh, {}, AttributeError, "has no attribute `x`"),
        ("a.x", fresh, {"strict": True}, AttributeError, "has no attribute `x`"),
        ("a.0.weight", fresh, {}, AttributeError, "`weight` is not an nn.Module"),
    ):
        with pytest.raises(kind, match=message):
            net.set_submodule(target, module, **options)


def test_modules_with_duplicates() -> None:
    layer = nn.ReLU()
    net = nn.Sequential(layer, layer)
    assert len(list(net.modules())) == 2
    assert len(list(net.modules(remove_duplicate=False))) == 3


# -- conversion -----------------------------------------------------------------------------------


def test_to_as_in_pytorch(torch: Any) -> None:
    def story(library: Any, package: Any) -> Any:
        layer, found = package.BatchNorm1d(2), []
        double, single = library.float64, library.float32
        for args, options in (
            ((), {}),
            ((double,), {}),
            (("cpu", single, True), {}),
            ((library.ones(1, dtype=double),), {}),
            ((None,), {}),
            (("cpu",), {"dtype": single, "non_blocking": True}),
            ((), {"tensor": library.ones(1, dtype=double)}),
            ((), {"device": "cpu"}),
            ((None, single), {}),
        ):
            assert layer.to(*args, **options) is layer
            dtypes = layer.weight.dtype, layer.running_var.dtype, layer.num_batches_tracked.dtype
            found.append([str(dtype).removeprefix("torch.") for dtype in dtypes])
        return found

    in_both(torch, story)


def test_wrong_conversions_are_refused() -> None:
    layer = nn.Linear(2, 2)
    with pytest.raises(RuntimeError, match="CPU"):
        layer.to("cuda")
    with pytest.raises(TypeError, match="expected one dtype"):
        layer.to(at.float32, at.float64)
    with pytest.raises(TypeError, match="only accepts floating point"):
        layer.to(dtype=at.int32)


def test_methods_without_much_to_do() -> None:
    layer = nn.Linear(2, 2)
    weight, array = layer.weight, layer.weight.array
    assert layer.cpu() is layer
    assert layer.compile(mode="default") is None
    assert layer.to_empty(device="cpu") is layer
    assert layer.weight is weight
    assert layer.weight.array is not array
    with pytest.raises(RuntimeError, match="CPU"):
        layer.to_empty(device="cuda")


# -- hooks on the call ----------------------------------------------------------------------------


@pytest.mark.parametrize("failing", ["pre", "forward", "hook", "always", None])
def test_hooks_that_are_always_called(torch: Any, failing: str | None) -> None:
    def story(library: Any, package: Any) -> Any:
        seen: list[Any] = []

        def fail(place: str) -> None:
            if place == failing:
                raise ValueError(f"in {place}")

        class Net(package.Module):
            def forward(self, x: int) -> int:
                fail("forward")
                return x + 1

        def pre(module: Any, args: Any) -> Any:
            fail("pre")
            return args[0] * 10

        def hook(module: Any, args: Any, output: Any) -> Any:
            seen.append(("hook", args, output))
            fail("hook")
            return output * 2

        def always(module: Any, args: Any, kwargs: Any, output: Any) -> Any:
            seen.append(("always", args, kwargs, output))
            fail("always")
            return -1

        net = Net()
        net.register_forward_pre_hook(pre)
        net.register_forward_hook(hook)
        net.register_forward_hook(always, with_kwargs=True, always_call=True)
        net.register_forward_hook(lambda m, a, out: seen.append(("last", out)), always_call=True)
        try:
            seen.append(net(3))
        except ValueError as error:
            seen.append(str(error))
        return seen

    in_both(torch, story)


def test_a_second_error_is_reported_as_a_warning(torch: Any) -> None:
    def story(library: Any, package: Any) -> Any:
        def fail(module: Any, args: Any, output: Any) -> None:
            raise KeyError("second")

        net = package.Module()
        net.register_forward_hook(fail, always_call=True)
        with (
            pytest.warns(UserWarning, match="silenced") as caught,
            pytest.raises(NotImplementedError, match="forward"),
        ):
            net(1)
        return [str(one.message) for one in caught]

    in_both(torch, story)


# -- state ----------------------------------------------------------------------------------------


def test_hooks_on_the_state(torch: Any) -> None:
    def story(library: Any, package: Any) -> Any:
        seen: list[Any] = []
        net = package.Sequential(package.Linear(1, 1), package.Sequential(package.Linear(1, 1)))
        inner = net[1][0]

        def before_saving(module: Any, prefix: str, keep_vars: bool) -> None:
            seen.append(("before saving", type(module).__name__, prefix, keep_vars))

        def after_saving(module: Any, state: Any, prefix: str, about: Any) -> None:
            seen.append(("after saving", prefix, list(state), dict(about)))
            state[prefix + "old"] = state.pop(prefix + "weight")

        def before_loading(module: Any, state: Any, prefix: str, about: Any, *rest: Any) -> None:
            seen.append(("before loading", prefix, dict(about), rest))
            state[prefix + "weight"] = state.pop(prefix + "old")

        def after_loading(module: Any, keys: Any) -> None:
            seen.append(("after loading", type(module).__name__, tuple(keys)))
            keys.missing_keys.clear()

        for module in (net, inner):
            module.register_state_dict_pre_hook(before_saving)
            module.register_load_state_dict_post_hook(after_loading)
        handle = inner.register_state_dict_post_hook(after_saving)
        inner.register_load_state_dict_pre_hook(before_loading)
        state = net.state_dict()
        seen.append(list(state))
        seen.append(repr(net.load_state_dict(state)))
        del state["0.bias"]
        seen.append(repr(net.load_state_dict(state)))
        handle.remove()
        seen.append(list(net.state_dict(prefix="p.", keep_vars=True)))
        return seen

    in_both(torch, story)


def test_a_post_hook_sees_what_was_loaded_and_forgives_no_wrong_shape() -> None:
    layer = nn.Linear(1, 1)
    seen: list[Any] = []
    layer.register_load_state_dict_post_hook(lambda m, keys: seen.append(m.weight.item()))
    with pytest.raises(RuntimeError, match="Missing key"):
        layer.load_state_dict({"weight": at.full((1, 1), 5.0)})
    assert seen == [5]
    with pytest.raises(RuntimeError, match="size mismatch"):
        layer.load_state_dict({"weight": at.ones(2), "bias": at.ones(1)})
    assert seen == [5]
    layer.register_load_state_dict_post_hook(lambda m, keys: keys)
    with pytest.raises(RuntimeError, match="must return None"):
        layer.load_state_dict(layer.state_dict())
    layer.register_state_dict_post_hook(lambda *args: 3)
    with pytest.raises(RuntimeError, match="must return None"):
        layer.state_dict()


def test_a_pre_hook_may_refuse() -> None:
    layer = nn.Linear(1, 1)
    before = layer.weight.item()

    def refuse(module: Any, state: Any, prefix: str, about: Any, strict: bool, *lists: Any) -> None:
        lists[2].append("this is not for us")

    layer.register_load_state_dict_pre_hook(refuse)
    with pytest.raises(RuntimeError, match="this is not for us"):
        layer.load_state_dict({"weight": at.full((1, 1), 5.0), "bias": at.ones(1)})
    assert layer.weight.item() == before


def test_a_module_sees_only_its_own_part_of_a_state() -> None:
    seen: list[Any] = []

    class Reader(nn.Linear):
        def _load_from_state_dict(self, state_dict: Any, prefix: str, *rest: Any) -> None:
            seen.append(list(state_dict))
            state_dict["1.strange"] = state_dict["other"] = at.ones(1)  # nobody's
            super()._load_from_state_dict(state_dict, prefix, *rest)

    net = nn.Sequential(Reader(1, 1), nn.Linear(1, 1), nn.Sequential(Reader(1, 1, bias=False)))
    net[1].register_load_state_dict_pre_hook(lambda m, state, *rest: seen.append(list(state)))
    net[2].register_load_state_dict_pre_hook(
        lambda m, state, prefix, *rest: state.update({"2.0.weight": state.pop("2.0.kernel")})
    )
    state = {key.replace("2.0.weight", "2.0.kernel"): one for key, one in net.state_dict().items()}
    state["2.0.kernel"] = at.full((1, 1), 7.0)
    assert net.load_state_dict(state) == ([], [])
    assert net[2][0].weight.item() == 7
    assert seen == [["0.weight", "0.bias"], ["1.weight", "1.bias"], ["2.0.weight"]]


def test_extra_state(torch: Any) -> None:
    def story(library: Any, package: Any) -> Any:
        class Counting(package.Module):
            def __init__(self) -> None:
                super().__init__()
                self.weight = package.Parameter(library.ones(1))
                self.count = 0

            def get_extra_state(self) -> Any:
                return {"count": self.count}

            def set_extra_state(self, state: Any) -> None:
                self.count = state["count"]

        net = package.Sequential(Counting(), package.Linear(1, 1))
        net[0].count = 7
        state = net.state_dict()
        found = [list(state), state["0._extra_state"]]
        net[0].count = 0
        net.load_state_dict(state)
        found.append(net[0].count)
        del state["0._extra_state"]
        state["1._extra_state"] = 3
        found.append(tuple(net.load_state_dict(state, strict=False)))
        with pytest.raises(RuntimeError) as caught:
            net.load_state_dict(state)
        return [*found, str(caught.value)]

    in_both(torch, story)


def test_extra_state_must_be_defined() -> None:
    for act in (nn.Module().get_extra_state, lambda: nn.Module().set_extra_state(1)):
        with pytest.raises(NotImplementedError, match="Module defines no"):
            act()


def test_the_version_of_a_state(torch: Any) -> None:
    def story(library: Any, package: Any) -> Any:
        class Newer(package.Linear):
            _version = 3

        seen: list[Any] = []
        net = package.Sequential(Newer(1, 1), package.ReLU())
        net[0].register_load_state_dict_pre_hook(lambda m, s, p, about, *rest: seen.append(about))
        state = net.state_dict()
        net.load_state_dict(state)
        net.load_state_dict(dict(state))
        return {key: dict(about) for key, about in state._metadata.items()}, seen

    in_both(torch, story)


def test_a_number_saved_as_a_vector_of_one() -> None:
    net = nn.Module()
    net.scale = nn.Parameter(at.tensor(1.0))
    net.load_state_dict({"scale": at.tensor([3.0])})
    assert net.scale.item() == 3


def test_state_hooks_are_copied_with_the_module() -> None:
    net = nn.Linear(1, 1)
    net.register_state_dict_post_hook(rename)
    net.register_forward_hook(negate)
    for copied in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert list(copied.state_dict()) == ["bias", "w"]
        copied.register_state_dict_post_hook(lambda *args: args[1].clear())
        x = at.ones(1, 1)
        assert copied(x).tolist() == net(x).tolist()
    assert list(net.state_dict()) == ["bias", "w"]


def rename(module: Any, state: Any, prefix: str, about: Any) -> None:
    state[prefix + "w"] = state.pop(prefix + "weight")


def negate(module: Any, args: Any, output: Any) -> Any:
    return -output


@pytest.mark.parametrize("key", [3, None, ("a", 1), b"weight"])
@pytest.mark.parametrize("strict", [True, False])
def test_keys_that_are_no_names_are_refused_and_nothing_changes(key: Any, strict: bool) -> None:
    layer = nn.Linear(2, 2)
    before = layer.weight.tolist()
    state = {name: value + 1 for name, value in layer.state_dict().items()}
    with pytest.raises(TypeError, match="load_state_dict: the keys of a state dict are names"):
        layer.load_state_dict({**state, key: at.ones(1)}, strict=strict)
    assert layer.weight.tolist() == before


def test_of_very_many_unknown_names_the_message_lists_some() -> None:
    layer = nn.Linear(2, 2)
    state = {**layer.state_dict(), **{f"x{number}": at.ones(1) for number in range(5000)}}
    state["y" * 100_000] = at.ones(1)
    with pytest.raises(RuntimeError, match=r'"x999" and 4001 more') as caught:
        layer.load_state_dict(state)
    assert len(str(caught.value)) < 20_000
    with pytest.raises(RuntimeError) as caught:
        layer.load_state_dict({**layer.state_dict(), "y" * 100_000: at.ones(1)})
    assert len(str(caught.value)) < 2000


def test_values_that_hold_themselves_are_no_tensors() -> None:
    layer = nn.Linear(2, 2)
    circle: dict[str, Any] = dict(layer.state_dict())
    circle["weight"] = circle
    with pytest.raises(RuntimeError, match="expected a Tensor from checkpoint but received dict"):
        layer.load_state_dict(circle)


# -- state of other libraries ----------------------------------------------------------------------


class Foreign:
    """What a Tensor of PyTorch's shows of itself."""

    requires_grad = True

    def __init__(self, array: Any, dtype: str = "", device: str = "cpu") -> None:
        self.array = np.asarray(array)
        self.dtype = f"torch.{dtype or self.array.dtype}"
        self.device = device
        self.shape = self.array.shape

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")

    def detach(self) -> Any:
        return Foreign(self.array, self.dtype[6:], self.device)

    def cpu(self) -> Any:
        return Foreign(self.array, self.dtype[6:])

    def float(self) -> Any:
        return Foreign(self.array.astype(np.float32))

    def numpy(self) -> Any:
        if self.dtype == "torch.bfloat16" or self.device != "cpu":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.array


LINE = np.array([[1.5, -2.0, 3.0]])


@pytest.mark.parametrize(
    "given",
    [
        LINE,
        LINE.astype(np.float32),
        LINE.astype(">f4"),
        np.asfortranarray(np.vstack([LINE, LINE]))[:1],
        Foreign(LINE),
        Foreign(LINE, "bfloat16"),
        Foreign(LINE, device="cuda:0"),
        Foreign(LINE, "bfloat16", "cuda:0"),
        nn.Parameter(at.tensor(LINE)),
    ],
    ids=["float64", "float32", "big-endian", "a part", "torch", "bfloat16", "cuda", "both", "ours"],
)  # fmt: skip
@pytest.mark.parametrize("assign", [False, True])
def test_state_may_be_arrays_and_tensors_of_others(given: Any, assign: bool) -> None:
    layer = nn.Linear(3, 1, bias=False)
    layer.load_state_dict({"weight": given}, assign=assign)
    assert layer.weight.tolist() == LINE.tolist()
    assert type(layer.weight) is nn.Parameter
    assert layer.weight.requires_grad
    if not assign:
        assert layer.weight.dtype == at.float32


def test_an_array_is_copied_or_with_assign_taken_itself() -> None:
    array = LINE.astype(np.float32)
    layer = nn.Linear(3, 1, bias=False)
    layer.load_state_dict({"weight": array})
    array[:] = 0
    assert layer.weight.tolist() == LINE.tolist()
    layer.load_state_dict({"weight": array}, assign=True)
    array[:] = 4
    assert layer.weight.tolist() == [[4, 4, 4]]
    array.flags.writeable = False
    layer.load_state_dict({"weight": array}, assign=True)
    with at.no_grad():
        layer.weight.add_(1)
    assert array.tolist() == [[4, 4, 4]]


def test_numbers_of_numpy_are_state() -> None:
    norm = nn.BatchNorm1d(2)
    state = {name: value.numpy() for name, value in norm.state_dict().items()}
    state["running_mean"] = np.array([1, 2], np.uint16)
    norm.load_state_dict(state | {"num_batches_tracked": np.int64(7)})
    assert norm.num_batches_tracked.item() == 7
    assert norm.running_mean.tolist() == [1, 2]
    lazy = nn.LazyLinear(1, bias=False)
    lazy.load_state_dict({"weight": LINE})
    assert lazy.weight.tolist() == LINE.tolist()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (LINE * 1j, r'"weight": ndarray of dtype complex128, which no Tensor has'),
        (np.array([["a"] * 3]), r'"weight": ndarray of dtype <U1'),
        (np.array([[None] * 3]), r'"weight": ndarray of dtype object'),
        (np.ones((1, 3), np.uint64), r'"weight": ndarray of dtype uint64'),
        (np.ma.masked_array(LINE), r'"weight": it is a masked array'),
        (Foreign(LINE, device="meta"), r'"weight": Foreign on the device \'meta\' has no numbers'),
        (LINE[:, :2], r"size mismatch for weight: .*\(1, 2\)"),
        ([[1.0, 2.0, 3.0]], "expected a Tensor from checkpoint but received list"),
        (3.0, "expected a Tensor from checkpoint but received float"),
    ],
)
def test_state_that_no_tensor_can_have_is_refused(given: Any, message: str) -> None:
    layer = nn.Linear(3, 1)
    before = layer.bias.tolist()
    with pytest.raises(RuntimeError, match=message):
        layer.load_state_dict({"bias": np.array([9.0]), "weight": given})
    assert layer.bias.tolist() == before


def test_optimizers_take_state_of_other_libraries() -> None:
    def trained() -> tuple[Any, Any]:
        weight = nn.Parameter(at.tensor([1.0, 2.0]))
        optimizer = nn.optim.Adam([weight], lr=0.1)
        (weight * weight).sum().backward()
        return weight, optimizer

    def on(weight: Any, optimizer: Any) -> list[float]:
        optimizer.step()
        found: list[float] = weight.tolist()
        return found

    first = trained()
    first[1].step()
    state = first[1].state_dict()
    kept = {name: value.numpy().copy() for name, value in state["state"][0].items()}
    expected = on(*first)
    for made in (np.asarray, Foreign):
        others = {name: made(value) for name, value in kept.items()}
        second = trained()
        second[1].step()
        second[1].state.clear()
        groups = [{**state["param_groups"][0], "lr": made(np.float32(0.1))}]
        second[1].load_state_dict({"state": {0: others}, "param_groups": groups})
        assert second[1].state[second[0]]["step"].item() == 1
        np.testing.assert_allclose(on(*second), expected, rtol=1e-6)
    wrong = {**kept, "exp_avg": Foreign(kept["exp_avg"], device="meta")}
    with pytest.raises(
        TypeError, match=r"Adam\.load_state_dict: .*'exp_avg' is Foreign on the device"
    ):
        second[1].load_state_dict({"state": {0: wrong}, "param_groups": state["param_groups"]})
