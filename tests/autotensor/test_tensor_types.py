"""FloatTensor and its kin, the constructor Tensor(…), x.type() and x.new(…)."""

from __future__ import annotations

import copy
import pickle
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn

TYPES = {
    "FloatTensor": "float32", "DoubleTensor": "float64", "HalfTensor": "float16",
    "ByteTensor": "uint8", "CharTensor": "int8", "ShortTensor": "int16", "IntTensor": "int32",
    "LongTensor": "int64", "BoolTensor": "bool",
}  # fmt: skip
KINDS = [pytest.param(name, kind, id=name) for name, kind in TYPES.items()]


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_a_type_makes_and_knows_the_tensors_of_its_dtype(name: str, kind: str) -> None:
    made = getattr(at, name)
    dtype = getattr(at, kind)
    x = made([1, 0, 1])
    assert type(x) is at.Tensor
    assert x.dtype is made.dtype is dtype
    assert x.array.tolist() == np.array([1, 0, 1], kind).tolist()
    assert made(2, 3).shape == made(at.Size([2, 3])).shape == (2, 3)
    assert made().shape == (0,)
    assert made(np.ones((2, 1))).tolist() == np.ones((2, 1), kind).tolist()
    assert made(x).array is x.array
    others = [getattr(at, other) for other in TYPES if other != name]
    assert isinstance(x, made)
    assert not any(isinstance(x, other) for other in others)
    assert not isinstance(x.array, made)
    assert not isinstance(x, getattr(at.cuda, name))
    assert x.type() == f"torch.{name}"
    for source in others:
        for given in (made, f"torch.{name}", dtype, np.dtype(kind)):
            assert source([1, 0, 1]).type(given).dtype is dtype
    assert copy.deepcopy(made) is pickle.loads(pickle.dumps(made)) is made


CALLS = [
    "lib.Tensor()", "lib.Tensor((2, 3))", "lib.Tensor([2, 3])", "lib.Tensor(5).shape",
    "lib.Tensor(2, 3).shape", "lib.Tensor(lib.Size([2, 3])).shape", "lib.Tensor([True, False])",
    "lib.Tensor(5.0)", "lib.Tensor(True)", "lib.Tensor(np.array([1, 2]))", "lib.Tensor(None)",
    "lib.Tensor(lib.ones(2, dtype=lib.int64))", "lib.Tensor(range(3))", "lib.Tensor('abc')",
    "lib.Tensor([[1, 2], [3, 4]])", "lib.Tensor([])", "lib.Tensor(((1, 2), (3, 4)))",
    "lib.Tensor((2.5,))", "lib.Tensor(-1)", "lib.Tensor(np.float32(3))",
    "lib.Tensor(np.int64(3)).shape",
    "lib.Tensor([[1, 2], [3]])", "lib.FloatTensor((2, 3))", "lib.FloatTensor(np.array([1]))",
    "lib.FloatTensor(lib.ones(2, dtype=lib.float64))", "lib.FloatTensor(2.5)",
    "lib.LongTensor([1.7, 2])", "lib.LongTensor(np.array([1.5]))", "lib.LongTensor([True])",
    "lib.LongTensor(lib.tensor(3))", "lib.ByteTensor([256])", "lib.ByteTensor([-1])",
    "lib.BoolTensor([0, 2])", "lib.HalfTensor([1e6])", "lib.CharTensor([300])",
    "lib.IntTensor([2**40])", "lib.FloatTensor", "lib.cuda.FloatTensor", "lib.LongTensor.is_cuda",
    "lib.ones(2).type()", "lib.nn.Parameter(lib.ones(2)).type()", "lib.ones(2).type(lib.Tensor)",
    "lib.ones(2).type('torch.FooTensor')", "lib.ones(2).type('LongTensor')",
    "lib.ones(2).type(int)",
    "lib.ones(2).type(3)", "lib.ones(2).type(dtype=lib.float64)",
    "lib.ones(2).type('torch.Tensor')",
    "lib.ones(2).type(lib.float64, True)", "lib.ones(2).type(lib.float64, non_blocking=True)",
    "lib.ones(2).type('torch.cuda.FloatTensor')", "lib.ones(2).type(lib.cuda.FloatTensor)",
    "lib.ones(2, dtype=lib.int64).type(lib.Tensor)", "lib.ones(2).new(3).shape",
    "lib.ones(2).new([1, 2])", "lib.ones(2, dtype=lib.int64).new([1.5, 2])", "lib.ones(2).new()",
    "lib.ones(2).new(lib.ones(3))", "lib.ones(2).new(lib.Size([1, 2])).shape",
    "lib.ones(2).new(2, 3).shape", "lib.ones(2).new(lib.ones(3, dtype=lib.int64))",
    "isinstance(lib.nn.Parameter(lib.ones(2)), lib.FloatTensor)",
    "isinstance(lib.ones(2), lib.cuda.FloatTensor)",
    "lib.ones(2).type_as(lib.LongTensor([1]))",
]  # fmt: skip


def outcome(lib: Any, call: str) -> Any:
    try:
        found = eval(call, {"lib": lib, "np": np})
    except Exception as error:
        return type(error)
    return (str(found.dtype), found.tolist()) if isinstance(found, lib.Tensor) else str(found)


@pytest.mark.filterwarnings("ignore")  # PyTorch's own
@pytest.mark.parametrize("call", CALLS)
def test_calls_give_what_they_give_in_pytorch(torch: ModuleType, call: str) -> None:
    assert outcome(at, call) == outcome(torch, call)


def test_what_is_on_no_device_here_says_so() -> None:
    with pytest.raises(RuntimeError, match=r"^torch\.cuda\.FloatTensor: there is no CUDA device"):
        at.cuda.FloatTensor(2)
    with pytest.raises(RuntimeError, match=r"^type: torch\.cuda\.LongTensor: there is no CUDA"):
        at.ones(2).type("torch.cuda.LongTensor")
    with pytest.raises(RuntimeError, match="CPU only"):
        at.FloatTensor([1.0], device="cuda")
    with pytest.raises(TypeError, match=r"^BFloat16Tensor: dtype bfloat16 is not supported"):
        at.BFloat16Tensor(2)
    with pytest.raises(
        TypeError, match=r"^FloatTensor: data must be a sequence, or sizes, got float"
    ):
        at.FloatTensor(2.5)
    with pytest.raises(
        ValueError, match=r"^type: 'torch.FooTensor' is none; there are torch.Float"
    ):
        at.ones(2).type("torch.FooTensor")


def test_the_default_type_of_tensors_is_one_of_these() -> None:
    at.set_default_tensor_type(at.DoubleTensor)
    try:
        assert at.Tensor([1.0]).type() == at.tensor(1.0).type() == "torch.DoubleTensor"
        assert at.LongTensor([1]).type(at.Tensor).type() == "torch.DoubleTensor"
    finally:
        at.set_default_tensor_type("torch.FloatTensor")
    with pytest.raises(TypeError):
        at.set_default_tensor_type(at.cuda.FloatTensor)


# -- attributes of the user's ----------------------------------------------------------------------


@pytest.mark.parametrize("make", [at.ones, lambda n: nn.Parameter(at.ones(n))])
def test_a_tensor_keeps_what_is_noted_down_on_it(make: Any) -> None:
    x = make(2)
    assert vars(x) == {}
    x.is_bias = True
    x.grad_sample = at.zeros(2)
    x.tags = ["a"]
    assert x.is_bias
    for copied in (copy.deepcopy(x), copy.copy(x), pickle.loads(pickle.dumps(x))):
        assert copied.is_bias
        assert copied.grad_sample.tolist() == [0, 0]
        assert copied.tags == ["a"]
        assert copied.tolist() == [1, 1]
        assert copied.requires_grad == x.requires_grad
    deep = copy.deepcopy(x)
    assert deep.tags is not x.tags
    assert deep.grad_sample is not x.grad_sample
    for other in (x.detach(), x.data, x.clone(), x + 1):
        assert not hasattr(other, "is_bias")
    del x.is_bias
    assert not hasattr(x, "is_bias")
    with pytest.raises(AttributeError):
        x.never_set


def test_two_that_know_each_other_are_copied_together() -> None:
    x, y = at.ones(1), at.zeros(1)
    x.partner, y.partner = y, x
    copied = copy.deepcopy(x)
    assert copied.partner.partner is copied
