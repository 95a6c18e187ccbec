"""Making Tensors: values, dtypes, shapes and refusals as in PyTorch."""

from __future__ import annotations

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
    "linspace of Tensors": lambda lib: lib.linspace(lib.tensor(0), lib.tensor(2.0), 4),
    "linspace of ints": lambda lib: lib.linspace(-2, 7.7, 6, dtype=lib.int64),
    "linspace down": lambda lib: lib.linspace(4.3, -3, 10, dtype=lib.int32),
    "logspace of ints": lambda lib: lib.logspace(0, 2.5, 4, 3.7, dtype=lib.int64),
    "logspace base": lambda lib: lib.logspace(0, 3, 4, -2),
    "arange of ints": lambda lib: lib.arange(0.5, 5.9, 2.7, dtype=lib.int64),
    "arange as uint8": lambda lib: lib.arange(1.0, 5.000001, 2.0, dtype=lib.uint8),
    "arange of Tensors": lambda lib: lib.arange(lib.tensor(2), lib.tensor(5)),
    "scalar_tensor": lambda lib: lib.scalar_tensor(3),
    "tril_indices": lambda lib: lib.tril_indices(3, 4, 1),
    "triu_indices": lambda lib: lib.triu_indices(4, 3, -1, dtype=lib.int32),
    "triu_indices of nothing": lambda lib: lib.triu_indices(0, 3),
    "device": lambda lib: lib.zeros(2, device="cpu", dtype=lib.int8),
    "full of a Tensor": lambda lib: lib.full((2,), lib.tensor(1.5)),
    "full_like float64": lambda lib: lib.full_like(lib.ones(2, dtype=lib.float64), 0.1),
    "full_like int": lambda lib: lib.full_like(lib.tensor([1]), 2.7),
    "uint8 of -1": lambda lib: lib.tensor(-1, dtype=lib.uint8),
    "smallest int": lambda lib: lib.tensor(-(2**63)),
    "new_tensor": lambda lib: lib.ones(1, dtype=lib.float16).new_tensor([1, 2]),
    "new_zeros": lambda lib: lib.ones(1, dtype=lib.int16).new_zeros(2, 3),
    "new_ones": lambda lib: lib.ones(1).new_ones((2,), dtype=lib.int64),
    "new_full": lambda lib: lib.ones(1, dtype=lib.int16).new_full((2,), 3.7, requires_grad=False),
    "asarray": lambda lib: lib.asarray([1, 2.5], dtype=lib.float64, requires_grad=True),
    "NumPy scalar and ints": lambda lib: lib.tensor([1]) * np.float64(2.5),
    "NumPy scalar and 0-d": lambda lib: lib.tensor(1.0) * np.float64(2.5),
    "NumPy int and uint8": lambda lib: lib.tensor([1], dtype=lib.uint8) + np.int64(2),
    "zeros_like": lambda lib: lib.zeros_like(lib.tensor([1, 2])),
    "ones_like": lambda lib: lib.ones_like(lib.tensor([1.5, 2]), dtype=lib.int32),
    "full_like": lambda lib: lib.full_like(lib.tensor([1.5, 2]), 3),
    "as_tensor": lambda lib: lib.as_tensor([1.5, 2]),
    "as_tensor of a Tensor, widened": lambda lib: lib.as_tensor(lib.ones(2), dtype=lib.float64),
    "as_tensor of an array, widened": lambda lib: lib.as_tensor(
        np.ones(2, np.float32), dtype=lib.float64
    ),
    "asarray, widened": lambda lib: lib.asarray(lib.ones(2), dtype=lib.float64),
    "as_tensor dtype": lambda lib: lib.as_tensor(np.ones(2), dtype=lib.float32),
    "from_numpy": lambda lib: lib.from_numpy(np.ones(2, np.int16)),
    "from_numpy, other order": lambda lib: lib.from_numpy(np.ones((2, 3)).T * 2) + 1,
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
    "too large": lambda lib: lib.tensor(2**63),
    "too large for int8": lambda lib: lib.tensor([1, 300], dtype=lib.int8),
    "a float too large": lambda lib: lib.tensor([300.0], dtype=lib.uint8),
    "NaN as int": lambda lib: lib.tensor(float("nan"), dtype=lib.int64),
    "too large to fill": lambda lib: lib.full((2,), 300, dtype=lib.int8),
    "too large to fill in": lambda lib: lib.ones(2, dtype=lib.int8).fill_(300),
    "fill with many": lambda lib: lib.ones(2).fill_(lib.ones(2)),
    "full of a Tensor with dimensions": lambda lib: lib.full((2,), lib.ones(2)),
    "another device": lambda lib: lib.zeros(2, device="gpu"),
    "eye": lambda lib: lib.eye(-1),
    "tril_indices": lambda lib: lib.tril_indices(3, -1),
    "linspace of many": lambda lib: lib.linspace(lib.ones(2), 3, 4),
    "endless arange": lambda lib: lib.arange(0, float("inf")),
    "rand of ints": lambda lib: lib.rand(2, dtype=lib.int64),
    "randint of bools": lambda lib: lib.randint(3, (2,), dtype=lib.bool),
    "randperm": lambda lib: lib.randperm(-1),
    "finfo of ints": lambda lib: lib.finfo(lib.int32),
    "iinfo of floats": lambda lib: lib.iinfo(lib.float32),
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


def test_orders_in_memory_and_bytes() -> None:
    values = np.arange(6.0).reshape(2, 3)
    for array in (np.asfortranarray(values), values[:, ::-1], values.astype(">f8"), values[::2]):
        made = at.tensor(array)
        assert made.is_contiguous()
        assert made.dtype == at.float64
        assert made.tolist() == at.as_tensor(array).tolist() == array.tolist()
        assert (at.as_tensor(array) + 1).sum().item() == array.sum() + array.size
    fixed = values.copy()
    fixed.flags.writeable = False
    shared = at.from_numpy(fixed)
    assert (shared * 2).tolist() == (values * 2).tolist()
    for write in (
        lambda: shared.add_(1),
        lambda: shared.__setitem__(0, 5.0),
        lambda: shared.zero_(),
        lambda: shared[0].normal_(),
    ):
        with pytest.raises(RuntimeError, match="read-only"):
            write()
    assert fixed.tolist() == values.tolist()
    at.as_tensor(fixed).add_(1)  # a copy, because it could not be written to
    assert fixed.tolist() == values.tolist()


def test_asarray_copies_just_if_told(torch: ModuleType) -> None:
    array = np.ones(2, np.float32)
    assert np.shares_memory(at.asarray(array, copy=False).array, array)
    assert not np.shares_memory(at.asarray(array, copy=True).array, array)
    for lib in (at, torch):
        with pytest.raises(ValueError, match=r"copy|alias"):
            lib.asarray([1.0], copy=False)


@pytest.mark.parametrize("options", [{}, {"requires_grad": True}, {"copy": True}, {"dtype": "f8"}])
def test_asarray_keeps_a_tensor_in_its_graph(options: dict[str, Any]) -> None:
    if "dtype" in options:
        options = {"dtype": at.float64}
    x = at.ones(2, requires_grad=True)
    (at.asarray(x * 3, **options) * at.tensor([1.0, 2.0])).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [3.0, 6.0]
    assert (at.asarray(x, **options) is x) == ("copy" not in options and "dtype" not in options)
    apart = at.asarray(x, requires_grad=False)
    assert not apart.requires_grad
    assert x.requires_grad
    assert np.shares_memory(apart.array, x.array)
    assert at.asarray(at.ones(2), requires_grad=True).is_leaf


def test_facts_about_dtypes(torch: ModuleType) -> None:
    names = ("float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool")
    for one in names:
        for two in names:
            mine, theirs = (
                (getattr(at, one), getattr(at, two)),
                (
                    getattr(torch, one),
                    getattr(torch, two),
                ),
            )
            assert str(torch.promote_types(*theirs)) == str(at.promote_types(*mine))
            if "uint8" not in (one, two):  # a bool cannot be cast to uint8, an int8 can, there
                assert torch.can_cast(*theirs) == at.can_cast(*mine), (one, two)
        assert at.is_floating_point(at.ones(1, dtype=mine[0])) == theirs[0].is_floating_point
    for name in (*names[:3], "bfloat16"):
        mine, theirs = at.finfo(getattr(at, name)), torch.finfo(getattr(torch, name))
        for fact in ("bits", "eps", "max", "min", "tiny", "smallest_normal", "resolution", "dtype"):
            assert getattr(mine, fact) == getattr(theirs, fact), (name, fact)
    assert at.finfo().dtype == "float32"
    assert at.finfo(at.bfloat16).eps == 2**-7
    with pytest.raises(TypeError, match="bfloat16: NumPy has no numbers of this dtype"):
        at.ones(2).bfloat16()
    assert at.iinfo(at.int16).max == torch.iinfo(torch.int16).max


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


# -- the constructor of the class ------------------------------------------------------------------

CONSTRUCTED: list[tuple[tuple[Any, ...], tuple[int, ...], list[Any] | None]] = [
    ((), (0,), []),
    ((0,), (0,), []),
    ((3,), (3,), None),
    ((np.int64(3),), (3,), None),
    ((2, 3), (2, 3), None),
    ((at.tensor(2), 3), (2, 3), None),
    (([2, 3],), (2,), [2.0, 3.0]),
    (([True, False],), (2,), [1.0, 0.0]),
    ((((1, 2), (3, 4)),), (2, 2), [[1.0, 2.0], [3.0, 4.0]]),
    (([at.tensor(1), 2.5],), (2,), [1.0, 2.5]),
    ((range(3),), (3,), [0.0, 1.0, 2.0]),
    ((np.arange(3),), (3,), [0.0, 1.0, 2.0]),
    ((np.zeros((2, 1)),), (2, 1), [[0.0], [0.0]]),
]


@pytest.mark.parametrize(("given", "shape", "values"), CONSTRUCTED)
def test_the_class_takes_sizes_or_values(
    given: tuple[Any, ...], shape: tuple[int, ...], values: list[Any] | None
) -> None:
    made = at.Tensor(*given)
    assert (made.shape, made.dtype, made.requires_grad) == (shape, at.float32, False)
    assert values is None or made.tolist() == values


def test_the_class_makes_the_default_dtype() -> None:
    at.set_default_dtype(at.float64)
    try:
        assert at.Tensor([1, 2]).dtype == at.Tensor(2, 2).dtype == at.Tensor().dtype == at.float64
    finally:
        at.set_default_dtype(at.float32)


@pytest.mark.parametrize("dtype", [at.float64, at.int64])
def test_the_class_shares_the_memory_of_a_tensor(dtype: Any) -> None:
    x = at.tensor([1, 2], dtype=dtype)
    y = x * x if dtype == at.int64 else x.requires_grad_() * x
    shared = at.Tensor(y)
    assert (shared.dtype, shared.is_leaf, shared.requires_grad) == (dtype, True, False)
    shared[0] = 7
    assert y.tolist() == [7, 4]


def test_a_graph_sees_writes_through_the_class() -> None:
    x = at.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    at.Tensor(x).mul_(2)
    with pytest.raises(RuntimeError, match="has modified it since"):
        y.sum().backward()


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ((2.5,), TypeError, "Tensor: data must be a sequence, or sizes, got float"),
        ((True,), TypeError, "Tensor: data must be a sequence, or sizes, got bool"),
        ((None,), TypeError, "Tensor: data must be a sequence, or sizes, got NoneType"),
        (("a",), TypeError, "Tensor: data must be a sequence, or sizes, got str"),
        ((2, 2.5), TypeError, "Tensor: sizes must be ints, got 2.5"),
        (([1], [2]), TypeError, r"Tensor: sizes must be ints, got \[1\]"),
        (({},), TypeError, "Tensor: cannot make a Tensor from dict"),
        ((-1,), RuntimeError, "Tensor: sizes must not be negative"),
    ],
)
def test_what_the_class_refuses(
    given: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        at.Tensor(*given)


def test_a_parameter_of_nothing_is_empty() -> None:
    assert at.Parameter().shape == (0,)


@pytest.mark.parametrize(
    "make",
    [
        lambda w: at.full((2,), w),
        lambda w: at.full_like(at.zeros(2), w),
        lambda w: at.zeros(2).new_full((2,), w),
        lambda w: at.arange(w),
        lambda w: at.linspace(0, w, 3),
        lambda w: at.add(at.ones(2), at.ones(2), alpha=w),
    ],
)
def test_a_number_that_requires_grad_is_not_taken_without_its_gradient(make: Any) -> None:
    w = at.tensor(2.0, requires_grad=True)
    with pytest.raises(
        RuntimeError, match=r"requires grad, and no gradient passes here; use its n"
    ):
        make(w)
    make(w.detach())


@pytest.mark.parametrize("make", [at.tensor, at.as_tensor, at.asarray])
def test_the_bytes_of_a_storage_are_read_in_the_dtype_that_is_asked_for(make: Any) -> None:
    numbers = np.arange(6.0) + 0.5
    storage = at.tensor(numbers).untyped_storage()
    for dtype in ("float64", "float32", "int32", "uint8"):
        found = make(storage, dtype=getattr(at, dtype))
        assert found.dtype is getattr(at, dtype)
        assert found.tolist() == np.frombuffer(numbers.tobytes(), dtype).tolist()
    assert make(at.tensor(numbers).storage(), dtype=at.float32).tolist() == numbers.tolist()


def test_integers_that_no_integer_dtype_holds() -> None:
    for dtype in (at.float32, at.float64):
        assert at.tensor(2**64, dtype=dtype).item() == 2.0**64
        assert at.tensor([-(2**70), 1.5], dtype=dtype).tolist() == [-(2.0**70), 1.5]
    assert at.tensor(2**64, dtype=at.bool).item() is True
    assert at.full((2,), 2**64, dtype=at.float64).tolist() == [2.0**64] * 2
    for data in (2**64, [2**64, None], 10**400):
        with pytest.raises(TypeError, match="tensor: cannot make a Tensor from"):
            at.tensor(data, dtype=at.int64 if data == 2**64 else at.float64)


# -- in the order in memory of another -------------------------------------------------------------

LIKE = {
    "zeros_like": at.zeros_like, "ones_like": at.ones_like, "empty_like": at.empty_like,
    "full_like": lambda x, **more: at.full_like(x, 2, **more), "rand_like": at.rand_like,
    "randn_like": at.randn_like, "randint_like": lambda x, **more: at.randint_like(x, 3, **more),
}  # fmt: skip


@pytest.mark.parametrize("name", LIKE)
def test_what_is_like_a_tensor_lies_in_memory_as_it_does(name: str) -> None:
    make = LIKE[name]
    for x, strides in (
        (at.ones(2, 3).t(), (1, 3)),
        (at.ones(2, 3, 4).permute(2, 0, 1), (1, 12, 4)),
        (at.ones(4, 6)[:, ::2].t(), (1, 3)),  # without its gaps
        (at.ones(2, 3, 4, 5).contiguous(memory_format=at.channels_last), (60, 1, 15, 3)),
        (at.ones(3, 1).expand(3, 4), (4, 1)),
        (at.ones(6, 4)[::2], (4, 1)),
    ):
        for more in ({}, {"dtype": at.float64}, {"memory_format": at.preserve_format}):
            made = make(x, **more)
            assert (made.shape, made.stride()) == (x.shape, strides)
        assert make(x, memory_format=at.contiguous_format).is_contiguous()
    leaf = make(at.ones(2, 3).t(), memory_format=at.contiguous_format, requires_grad=True)
    assert (leaf.is_leaf, leaf.requires_grad, leaf.stride()) == (True, True, (2, 1))
    assert make(at.ones(2, 3).t(), requires_grad=True).is_leaf
    at.testing.assert_close(at.full_like(at.ones(2, 3).t(), 7), at.full((3, 2), 7.0))
