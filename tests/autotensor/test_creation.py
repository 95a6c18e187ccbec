"""Making Tensors: values, dtypes, shapes and refusals as in PyTorch."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
from tests.helpers import REFUSALS, attempt, compare

MADE: dict[str, Callable[[Any], Any]] = {
    "float": lambda lib: lib.tensor(1.5),
    "int": lambda lib: lib.tensor(3),
    "bool": lambda lib: lib.tensor([True, False]),
    "mixed": lambda lib: lib.tensor([1, 2.5, True]),
    "bools and ints": lambda lib: lib.tensor([True, 2]),
    "nested": lambda lib: lib.tensor([[1, 2], [3, 4]]),
    "tuples": lambda lib: lib.tensor(((1.0, 2.0), (3.0, 4.0))),
    "empty": lambda lib: lib.tensor([]),
    "empty rows": lambda lib: lib.tensor([[], []]),
    "float64 array": lambda lib: lib.tensor(np.ones(2)),
    "NumPy scalar": lambda lib: lib.tensor(np.float64(2.5)),
    "int32 array": lambda lib: lib.tensor(np.ones(2, np.int32)),
    "list of arrays": lambda lib: lib.tensor(np.array([np.ones(2), np.zeros(2)])),
    "list of Tensors": lambda lib: lib.tensor([lib.tensor(1.0), lib.tensor(2.0)]),
    "dtype": lambda lib: lib.tensor([1, 2], dtype=lib.float64),
    "to int": lambda lib: lib.tensor([1.9, -1.9], dtype=lib.int32),
    "to bool": lambda lib: lib.tensor([0.0, 0.5], dtype=lib.bool),
    "requires_grad": lambda lib: lib.tensor([1.0], requires_grad=True),
    "large int": lambda lib: lib.tensor(2**40),
    "inf": lambda lib: lib.tensor([float("inf"), float("nan")]),
    "zeros": lambda lib: lib.zeros(2, 3),
    "zeros of a tuple": lambda lib: lib.zeros((2, 3), dtype=lib.int64),
    "zeros 0-d": lambda lib: lib.zeros(()),
    "ones": lambda lib: lib.ones(2, requires_grad=True),
    "full": lambda lib: lib.full((2, 2), 7.5),
    "full int": lambda lib: lib.full((2,), 7),
    "full bool": lambda lib: lib.full((2,), True),
    "full dtype": lambda lib: lib.full((2,), 7, dtype=lib.float64),
    "eye": lambda lib: lib.eye(3),
    "eye wide": lambda lib: lib.eye(2, 3, dtype=lib.int64),
    "arange": lambda lib: lib.arange(5),
    "arange from": lambda lib: lib.arange(2, 5),
    "arange step": lambda lib: lib.arange(1, 2, 0.25),
    "arange down": lambda lib: lib.arange(5, 0, -2),
    "arange floats": lambda lib: lib.arange(0.0, 1.0, 0.1),
    "arange dtype": lambda lib: lib.arange(3, dtype=lib.float64),
    "arange nothing": lambda lib: lib.arange(0),
    "linspace": lambda lib: lib.linspace(0, 1, 5),
    "linspace 1": lambda lib: lib.linspace(0, 1, 1),
    "linspace 0": lambda lib: lib.linspace(0, 1, 0),
    "linspace dtype": lambda lib: lib.linspace(-1, 1, 7, dtype=lib.float64),
    "logspace": lambda lib: lib.logspace(0, 2, 3, dtype=lib.float64),
    "zeros_like": lambda lib: lib.zeros_like(lib.tensor([1, 2])),
    "ones_like": lambda lib: lib.ones_like(lib.tensor([1.5, 2]), dtype=lib.int32),
    "full_like": lambda lib: lib.full_like(lib.tensor([1.5, 2]), 3),
    "as_tensor": lambda lib: lib.as_tensor([1.5, 2]),
    "as_tensor dtype": lambda lib: lib.as_tensor(np.ones(2), dtype=lib.float32),
    "from_numpy": lambda lib: lib.from_numpy(np.ones(2, np.int16)),
}


@pytest.mark.parametrize("name", MADE)
def test_made_as_in_torch(torch: ModuleType, name: str) -> None:
    compare(torch, MADE[name])


REFUSED: dict[str, Callable[[Any], Any]] = {
    "ragged": lambda lib: lib.tensor([[1, 2], [3]]),
    "text": lambda lib: lib.tensor("abc"),
    "None": lambda lib: lib.tensor(None),
    "complex dtype": lambda lib: lib.from_numpy(np.array(["a"])),
    "int that requires grad": lambda lib: lib.tensor([1, 2], requires_grad=True),
    "negative size": lambda lib: lib.zeros(-1),
    "float size": lambda lib: lib.zeros(2.5),
    "arange step 0": lambda lib: lib.arange(0, 5, 0),
    "arange the wrong way": lambda lib: lib.arange(5, 0),
    "linspace steps": lambda lib: lib.linspace(0, 1, -1),
    "from_numpy of a list": lambda lib: lib.from_numpy([1, 2]),
    "randint": lambda lib: lib.randint(5, 5, (2,)),
    "like a list": lambda lib: lib.zeros_like([1, 2]),
    "other byte order": lambda lib: lib.from_numpy(np.ones(2, ">f4")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_as_in_torch(torch: ModuleType, name: str) -> None:
    _, refused = attempt(lambda: REFUSED[name](torch))
    assert refused is not None
    made, error = attempt(lambda: REFUSED[name](at))
    assert isinstance(error, REFUSALS), made


def test_copies_and_shared_memory() -> None:
    array = np.ones(2, np.float32)
    shared, copied = at.from_numpy(array), at.tensor(array)
    array[0] = 5
    assert shared.tolist() == [5, 1]
    assert copied.tolist() == [1, 1]
    assert at.as_tensor(shared) is shared
    assert np.shares_memory(at.as_tensor(array).array, array)
    assert not at.tensor(shared).requires_grad
    assert shared.numpy() is shared.array


def test_default_dtype() -> None:
    assert at.get_default_dtype() == at.float32
    at.set_default_dtype(at.float64)
    try:
        assert at.tensor(1.5).dtype == at.float64
        assert at.zeros(1).dtype == at.float64
        assert (at.tensor([1]) / 2).dtype == at.float64
        assert at.randn(1).dtype == at.float64
    finally:
        at.set_default_dtype(at.float32)
    with pytest.raises(TypeError, match="only floating-point"):
        at.set_default_dtype(at.int64)


def test_seeds_repeat() -> None:
    draws = []
    for _ in range(2):
        at.manual_seed(3)
        draws.append(
            [
                at.rand(2),
                at.randn(2),
                at.randint(9, (2,)),
                at.randperm(5),
                at.normal(0.0, 1.0, (2,)),
            ]
        )
    for one, two in zip(*draws, strict=True):
        assert one.tolist() == two.tolist()
    at.manual_seed(4)
    assert at.rand(2).tolist() != draws[0][0].tolist()
    first, second = at.Generator().manual_seed(1), at.Generator().manual_seed(1)
    assert at.rand(3, generator=first).tolist() == at.rand(3, generator=second).tolist()
    state = first.get_state()
    again = at.randn(2, generator=first).tolist()
    assert at.randn(2, generator=first.set_state(state)).tolist() == again


@pytest.mark.parametrize("dtype", [at.float16, at.float32, at.float64])
def test_random_values(dtype: Any) -> None:
    at.manual_seed(0)
    uniform, normal = at.rand(20_000, dtype=dtype), at.randn(20_000, dtype=dtype)
    assert uniform.dtype == normal.dtype == dtype
    assert uniform.min().item() >= 0
    assert uniform.max().item() <= 1
    assert uniform.double().mean().item() == pytest.approx(0.5, abs=0.02)
    assert normal.double().mean().item() == pytest.approx(0, abs=0.05)
    assert normal.double().std().item() == pytest.approx(1, abs=0.05)


def test_random_integers_and_permutations() -> None:
    drawn = at.randint(2, 5, (1000,))
    assert drawn.dtype == at.int64
    assert {2, 3, 4} == set(drawn.tolist())
    assert sorted(at.randperm(10).tolist()) == list(range(10))
    assert at.rand(()).shape == at.randn(()).shape == ()
    assert at.rand_like(at.ones(2, 3)).shape == at.randn_like(at.ones(2, 3)).shape == (2, 3)
    assert at.randint_like(at.ones(2), 5).dtype == at.float32
    assert at.normal(at.zeros(3), 2.0).shape == (3,)


def test_threads_may_draw_together() -> None:
    threads = [threading.Thread(target=lambda: at.randn(1000)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_copy_and_pickle() -> None:
    x = at.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    deep = copy.deepcopy(x)
    assert deep.requires_grad
    assert deep.grad.tolist() == [2, 4]
    assert not np.shares_memory(deep.array, x.array)
    assert not np.shares_memory(deep.grad.array, x.grad.array)
    back = pickle.loads(pickle.dumps(x))
    assert back.requires_grad
    assert back.tolist() == x.tolist()
    assert isinstance(copy.deepcopy(at.Parameter(at.ones(2))), at.Parameter)
    for action in (copy.deepcopy, pickle.dumps):
        with pytest.raises(RuntimeError, match="only leaf Tensors"):
            action(x * 2)
