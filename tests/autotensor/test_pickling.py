"""Copies and pickles of Tensors; tests/test_pickles.py has everything else that is public."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def pickled(value: Any, protocol: int = pickle.HIGHEST_PROTOCOL) -> Any:
    return pickle.loads(pickle.dumps(value, protocol))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pickle_holds_values_and_facts(protocol: int) -> None:
    whole = at.arange(24.0).reshape(4, 6)
    for x in (whole, whole.T, whole[1:, ::2], whole[1, 2], whole[:0], whole > 3, whole.half()):
        back = pickled(x, protocol)
        assert (back.dtype, back.shape, back.tolist()) == (x.dtype, x.shape, x.tolist())
        assert not np.shares_memory(back.array, x.array)
    weight = nn.Parameter(at.ones(2), requires_grad=False)
    weight.note = "kept"
    back = pickled(weight, protocol)
    assert (type(back), back.requires_grad, back.note) == (nn.Parameter, False, "kept")
    back.requires_grad_().sum().backward()
    assert back.grad.tolist() == [1, 1]


def test_a_pickle_of_a_computed_tensor_is_a_leaf() -> None:
    w = at.tensor([1.0, 2.0], requires_grad=True)
    back = pickled(w * 2)
    assert (back.tolist(), back.requires_grad, back.is_leaf) == ([2, 4], True, True)
    (back * 3).sum().backward()
    assert back.grad.tolist() == [3, 3]
    assert w.grad is None
    assert pickled((w * 2).detach()).requires_grad is False
    base = at.zeros(2, 2)
    view = base[0]
    base.add_(w)
    assert pickled(view).requires_grad


def test_a_copy_shares_the_memory_and_not_the_history() -> None:
    w = at.tensor([1.0, 2.0], requires_grad=True)
    for x in (w, w * 2, at.arange(6.0).reshape(2, 3).T, nn.Parameter(at.ones(2))):
        twin = copy.copy(x)
        assert type(twin) is type(x)
        assert (twin.requires_grad, twin.is_leaf, twin.grad) == (x.requires_grad, True, None)
        with at.no_grad():
            twin[0] = 9
        assert x.tolist() == twin.tolist()
        assert x._version == twin._version == 1


def test_a_write_to_a_copy_is_noticed_by_the_graph() -> None:
    w = at.ones(2, requires_grad=True)
    y = w.exp()
    twin = copy.copy(y)
    with at.no_grad():
        twin.zero_()
    with pytest.raises(RuntimeError, match="an in-place operation has modified it"):
        y.sum().backward()


def test_a_deep_copy_has_memory_of_its_own() -> None:
    x = at.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    deep = copy.deepcopy(x)
    assert (deep.requires_grad, deep.tolist(), deep.grad.tolist()) == (True, [1, 2], [2, 4])
    assert not np.shares_memory(deep.array, x.array)
    assert not np.shares_memory(deep.grad.array, x.grad.array)
    assert isinstance(copy.deepcopy(nn.Parameter(at.ones(2))), nn.Parameter)
    with pytest.raises(RuntimeError, match="only leaf Tensors"):
        copy.deepcopy(x * 2)


def test_what_shares_memory_shares_it_again_in_a_deep_copy() -> None:
    base = at.arange(12.0).reshape(3, 4)
    group = [base, base[1], base.T, base[::2, 1:].detach(), base.flip(0)]
    copies = copy.deepcopy(group)
    assert [one.tolist() for one in copies] == [one.tolist() for one in group]
    assert [one.stride() for one in copies] == [one.stride() for one in group]
    copies[2].zero_()
    assert [one.abs().sum().item() for one in copies] == [0, 0, 0, 0, 66]
    assert copies[0]._version == copies[1]._version == 1
    assert base.sum().item() == 66
    alone = copy.deepcopy(base[1])
    alone.zero_()
    assert base.sum().item() == 66


def test_a_deep_copy_of_a_part_of_a_file_is_not_the_whole_file(tmp_path: Any) -> None:
    file = np.memmap(tmp_path / "numbers", np.float32, "w+", shape=(1000, 10))
    part = at.from_numpy(file)[3]
    kept = part.detach()
    deep, its_view = copy.deepcopy([part, kept])
    assert deep.untyped_storage().nbytes() == 40
    assert its_view.tolist() == [0] * 10


def test_lazy_parameters() -> None:
    lazy = nn.LazyLinear(2).weight
    for twin in (copy.copy(lazy), copy.deepcopy(lazy), pickled(lazy)):
        assert type(twin) is type(lazy)


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "pickle of a computed one": lambda lib: (
        (w := lib.ones(2, requires_grad=True)),
        (back := pickled(w * 2)).requires_grad,
        back.is_leaf,
        back.tolist(),
    )[1:],
    "copy of a computed one": lambda lib: (
        (twin := copy.copy(lib.ones(2, requires_grad=True) * 2)).requires_grad,
        twin.is_leaf,
        twin.grad,
    ),
    "copy shares": lambda lib: ((x := lib.zeros(3)), copy.copy(x).fill_(7), x.tolist())[2],
    "deep copies share": lambda lib: (
        (x := lib.zeros(4)),
        (both := copy.deepcopy((x, x.view(2, 2)))),
        both[1].fill_(7),
        both[0].tolist(),
        x.tolist(),
    )[3:],
    "pickles do not share": lambda lib: (
        (x := lib.zeros(4)),
        (both := pickled((x, x.view(2, 2)))),
        both[1].fill_(7),
        both[0].tolist(),
    )[3],
    "gradients": lambda lib: (
        (w := lib.ones(2, requires_grad=True)),
        (w * 2).sum().backward(),
        pickled(w).grad,
        copy.copy(w).grad,
        copy.deepcopy(w).grad.tolist(),
    )[2:],
    "of parameters": lambda lib: (
        (w := lib.nn.Parameter(lib.ones(2))),
        (w * 2).sum().backward(),
        copy.copy(w).requires_grad,
        copy.deepcopy(w).grad,
    )[2:],
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_does_what_pytorch_does(torch: ModuleType, name: str) -> None:
    assert PROGRAMS[name](at) == PROGRAMS[name](torch)
