"""Sequential, ModuleList and ModuleDict: as Python's own containers, and as PyTorch's."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict
from typing import Any

import pytest

import autotensor as at
import nn


class Add(nn.Module):
    def __init__(self, number: float) -> None:
        super().__init__()
        self.number = nn.Parameter(at.tensor(float(number)))

    def forward(self, x: Any) -> Any:
        return x + self.number.item()

    def extra_repr(self) -> str:
        return f"{self.number.item():g}"


def numbers(modules: Any) -> list[float]:
    return [module.number.item() for module in modules]


def names(module: nn.Module) -> list[str]:
    return [name for name, _ in module.named_children()]


def chain(*values: float) -> nn.Sequential:
    return nn.Sequential(*(Add(value) for value in values))


NUMBERED = pytest.mark.parametrize(
    "make", [chain, lambda *values: nn.ModuleList([Add(value) for value in values])]
)


def test_sequential_runs_in_order() -> None:
    class Times(nn.Module):
        def forward(self, x: float) -> float:
            return x * 10

    assert nn.Sequential(Add(1), Times(), Add(2))(3) == 42
    assert nn.Sequential()(3) == 3
    assert nn.Sequential(OrderedDict(a=Add(1), b=Times()))(3) == 40


def test_sequential_ignores_its_own_parameters() -> None:
    net = chain(1, 2)
    net.weight = nn.Parameter(at.ones(1))
    assert net(0) == 3
    assert len(net) == 2


@NUMBERED
def test_indexing(make: Any) -> None:
    net = make(0, 1, 2, 3)
    assert len(net) == 4
    assert numbers(net) == [0, 1, 2, 3]
    assert net[-1] is net[3]
    assert type(net[1:3]) is type(net)
    assert numbers(net[1:]) == [1, 2, 3]
    assert numbers(net[::-2]) == [3, 1]
    net[1] = Add(9)
    net[-1] = Add(8)
    assert numbers(net) == [0, 9, 2, 8]
    assert names(net) == ["0", "1", "2", "3"]
    for act in (lambda: net[4], lambda: net[-5], lambda: net.__delitem__(4)):
        with pytest.raises(IndexError, match="out of range for 4 modules"):
            act()


@NUMBERED
def test_growing_and_shrinking(make: Any) -> None:
    net = make(0)
    assert net.append(Add(1)) is net
    assert net.extend([Add(2), Add(3)]) is net
    net.insert(1, Add(7))
    net.insert(-1, Add(6))
    assert numbers(net) == [0, 7, 1, 2, 6, 3]
    assert names(net) == list("012345")
    del net[1]
    del net[-2:]
    assert numbers(net) == [0, 1, 2]
    assert names(net) == list("012")
    assert net.pop(1).number.item() == 1
    net += [Add(5)]
    assert numbers(net) == [0, 2, 5]
    assert [name for name, _ in net.named_parameters()] == [f"{i}.number" for i in range(3)]
    net.extend(net)
    assert numbers(net) == [0, 2, 5] * 2


@NUMBERED
def test_a_wrong_module_is_refused(make: Any) -> None:
    net = make(0)
    for act in (
        lambda: net.append(3),
        lambda: net.insert(0, 3),
        lambda: net.extend([3]),
        lambda: net.extend(3),
        lambda: net.__setitem__(0, 3),
    ):
        with pytest.raises(TypeError, match=r"Module|modules"):
            act()
    assert numbers(net) == [0]
    with pytest.raises(IndexError, match="out of range"):
        net.insert(5, Add(1))


def test_sums_and_products() -> None:
    net = chain(1) + chain(2)
    assert (type(net), numbers(net)) == (nn.Sequential, [1, 2])
    assert numbers(2 * net) == numbers(net * 2) == [1, 2, 1, 2]
    assert (net * 2)[0] is net[0]
    net *= 2
    assert numbers(net) == [1, 2, 1, 2]
    both = nn.ModuleList([Add(1)]) + chain(2)
    assert (type(both), numbers(both)) == (nn.ModuleList, [1, 2])
    with pytest.raises(TypeError, match="ModuleList is given"):
        chain(1) + nn.ModuleList()
    with pytest.raises(TypeError, match="by an int only"):
        chain(1) * 1.5
    with pytest.raises(ValueError, match="at least 1"):
        chain(1) * 0


def test_names_of_a_sequential_survive_slicing() -> None:
    net = nn.Sequential(OrderedDict(a=Add(1), b=Add(2), c=Add(3)))
    assert net.a is net[0]
    assert names(net[1:]) == ["b", "c"]
    assert list(net.state_dict()) == ["a.number", "b.number", "c.number"]


def test_a_sequential_runs_after_pickling() -> None:
    assert pickle.loads(pickle.dumps(chain(1, 2)))(0) == 3
    assert copy.deepcopy(chain(1, 2))(0) == 3


def test_a_subclass_of_sequential_with_its_own_init() -> None:
    class Block(nn.Sequential):
        def __init__(self, count: int) -> None:
            super().__init__(*(Add(index) for index in range(count)))

    assert Block(3)(0) == 3


def test_module_list_has_no_forward() -> None:
    with pytest.raises(NotImplementedError, match="ModuleList"):
        nn.ModuleList([Add(1)])(1)
    assert numbers(nn.ModuleList(Add(i) for i in range(2))) == [0, 1]
    assert len(nn.ModuleList()) == 0


def test_module_dict() -> None:
    table = nn.ModuleDict({"a": Add(1), "b": Add(2)})
    table["c"] = Add(3)
    table["a"] = Add(7)
    table.update([("d", Add(4))])
    table.update(nn.ModuleDict({"b": Add(6)}))
    assert list(table) == list(table.keys()) == ["a", "b", "c", "d"]
    assert numbers(table.values()) == [7, 6, 3, 4]
    assert [key for key, _ in table.items()] == list(table)
    assert "a" in table
    assert "x" not in table
    assert table.pop("b").number.item() == 6
    del table["a"]
    assert len(table) == 2
    assert list(table.state_dict()) == ["c.number", "d.number"]
    for act in (lambda: table["x"], lambda: table.pop("x"), lambda: table.__delitem__("x")):
        with pytest.raises(KeyError, match="x"):
            act()
    table.clear()
    assert len(table) == 0


def test_module_dict_refuses() -> None:
    table = nn.ModuleDict()
    for key in ("keys", "training", "forward"):
        with pytest.raises(KeyError, match="already exists"):
            table[key] = Add(1)
    with pytest.raises(KeyError, match="contain"):
        table["a.b"] = Add(1)
    with pytest.raises(TypeError, match="iterable of key/value pairs"):
        table.update(3)
    with pytest.raises(ValueError, match="element 0 must be a pair"):
        table.update([3])
    with pytest.raises(TypeError, match="Module or None required"):
        table["a"] = 3


def test_repr(torch: Any) -> None:
    def build(package: Any, tensor: Any) -> Any:
        class Add(package.Module):
            def __init__(self, number: float) -> None:
                super().__init__()
                self.number = number

            def extra_repr(self) -> str:
                return str(self.number)

        return package.Sequential(
            package.ModuleList([Add(1), Add(1), Add(1), Add(2), package.Sequential(Add(1))]),
            package.ModuleList([]),
            package.ModuleDict({"one": Add(1), "two": package.ModuleList([Add(3)] * 2)}),
            Add(4),
        )

    assert repr(build(nn, at.tensor)) == repr(build(torch.nn, torch.tensor))


# -- lists and dicts of parameters ----------------------------------------------------------------


def test_parameter_list() -> None:
    shared = at.ones(2)
    params = nn.ParameterList([nn.Parameter(at.zeros(3)), shared, "text"])
    assert [name for name, _ in params.named_parameters()] == ["0", "1"]
    assert isinstance(params[1], nn.Parameter)
    shared.fill_(5)
    assert params[-2].tolist() == [5, 5]
    assert params[2] == "text"
    params += [at.ones(1)]
    params.append(None)
    params[0] = at.ones(4)
    assert [name for name, _ in params.named_parameters()] == ["0", "1", "3"]
    assert len(params) == len(list(params)) == 5
    part = params[::2]
    assert type(part) is nn.ParameterList
    assert part[0] is params[0]
    assert len(part) == 3
    copied = pickle.loads(pickle.dumps(copy.deepcopy(params)))
    assert copied[0].tolist() == [1, 1, 1, 1]
    for act, kind in (
        (lambda: params[5], IndexError),
        (lambda: params.extend(at.ones(2)), TypeError),
        (lambda: params.extend(3), TypeError),
        (lambda: params(1), RuntimeError),
        (lambda: params.__setitem__(0, 3), TypeError),
    ):
        with pytest.raises(kind):
            act()


def test_parameter_dict() -> None:
    table = nn.ParameterDict({"b": at.ones(2), "a": nn.Parameter(at.zeros(1)), "c": 7})
    assert list(table) == list(table.keys()) == ["a", "b", "c"]  # a plain dict's are sorted
    assert list(reversed(table)) == ["c", "b", "a"]
    assert [name for name, _ in table.named_parameters()] == ["a", "b"]
    assert isinstance(table["b"], nn.Parameter)
    assert [key for key, _ in table.items()] == ["a", "b", "c"]
    assert list(table.values())[2] == 7
    assert table.get("x", 3) == 3
    assert table.get("c") == 7
    assert table.setdefault("d", at.ones(1)) is table["d"]
    assert table.setdefault("d") is table["d"]
    assert table.popitem()[0] == "d"
    assert table.pop("c") == 7
    copied = table.copy()
    copied.update([("z", at.ones(1))])
    assert "z" in copied
    assert "z" not in table
    both = table | {"y": at.ones(1)}
    assert list(both) == ["a", "b", "y"]
    assert both["a"] is table["a"]
    table |= nn.ParameterDict({"w": at.ones(1)})
    assert list(table) == ["a", "b", "w"]
    assert list(table.fromkeys(["p", "q"], 1).values()) == [1, 1]
    for act, kind in (
        (lambda: table["x"], KeyError),
        (lambda: table.pop("x"), KeyError),
        (lambda: table.__delitem__("x"), KeyError),
        (lambda: table.__setitem__(3, at.ones(1)), TypeError),
        (lambda: table.update(3), TypeError),
        (lambda: table.update([3]), ValueError),
        (lambda: table(1), RuntimeError),
        (lambda: table.__setitem__("keys", at.ones(1)), KeyError),
    ):
        with pytest.raises(kind):
            act()
    assert len(table) == 3
    table.clear()
    assert len(table) == 0
    with pytest.raises(KeyError, match="empty"):
        table.popitem()


def test_repr_of_parameters(torch: Any) -> None:
    def build(package: Any, ones: Any) -> Any:
        return package.Sequential(
            package.ParameterList([ones(2, 3), "text", package.Parameter(ones(()))]),
            package.ParameterDict({"a": package.Parameter(ones(4)), "b": 3}),
            package.ParameterList(),
        )

    expected = repr(build(torch.nn, torch.ones)).replace("torch.FloatTensor", "torch.float32")
    assert repr(build(nn, at.ones)) == expected
