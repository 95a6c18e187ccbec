"""dtype and Size: what a Tensor says of itself, to programs for PyTorch and to NumPy alike."""

from __future__ import annotations

import copy
import operator
import pickle
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at

HELD = ("float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool")
NAMED = (
    "bfloat16", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz",
    "float8_e8m0fnu", "complex32", "complex64", "complex128", "uint16", "uint32", "uint64", "qint8",
    "qint32", "quint8",
)  # fmt: skip
OTHER_NAMES = {
    "half": "float16", "float": "float32", "double": "float64", "short": "int16", "int": "int32",
    "long": "int64", "chalf": "complex32", "cfloat": "complex64", "cdouble": "complex128",
}  # fmt: skip


# -- dtype -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HELD)
def test_a_dtype_is_one_object(name: str) -> None:
    kind = getattr(at, name)
    x = at.zeros(2, dtype=kind)
    assert x.dtype is kind
    assert isinstance(x.dtype, at.dtype)
    assert at.zeros(2, dtype=np.dtype(name)).dtype is kind
    assert at.from_numpy(np.zeros(2, name)).dtype is kind
    assert at.ones(2, dtype=name).dtype is kind
    assert copy.deepcopy(kind) is copy.copy(kind) is pickle.loads(pickle.dumps(kind)) is kind


@pytest.mark.parametrize("name", HELD)
def test_numpy_takes_a_dtype_for_its_own(name: str) -> None:
    kind, own = getattr(at, name), np.dtype(name)
    assert np.dtype(kind) is own
    assert kind == own == kind
    assert kind == own.type
    assert own.type == kind
    assert kind == name
    assert hash(kind) == hash(own)
    assert {own: 1}[kind] == {kind: 1}[own] == 1
    assert np.zeros(2, kind).dtype == own
    assert np.ones(2).astype(kind).dtype is own
    assert np.add.reduce(np.ones(2), dtype=kind).dtype == own if kind.is_floating_point else True
    assert np.promote_types(kind, kind) == np.result_type(kind, kind) == own
    for fact in ("char", "itemsize", "kind", "name", "num", "type"):
        assert getattr(kind, fact) == getattr(own, fact)
    others = [getattr(at, one) for one in (*HELD, *NAMED) if one != name]
    assert not any(one in (kind, own) or kind == one or own == one for one in others)
    assert kind != "something else"
    assert kind != 3


@pytest.mark.parametrize("name", [*HELD, *NAMED])
def test_what_a_dtype_knows(torch: ModuleType, name: str) -> None:
    ours, theirs = getattr(at, name), getattr(torch, name)
    assert str(ours) == repr(ours) == f"{ours}" == str(theirs)
    assert (ours.is_floating_point, ours.is_complex) == (
        theirs.is_floating_point,
        theirs.is_complex,
    )
    assert ours.itemsize == theirs.itemsize
    if not name.startswith("q"):  # about these PyTorch does not answer
        assert ours.is_signed == theirs.is_signed
    for change in ("to_real", "to_complex"):
        try:
            wanted = getattr(theirs, change)()
        except RuntimeError:  # bfloat16 has no complex counterpart, for instance
            continue
        assert str(getattr(ours, change)()) == str(wanted)


@pytest.mark.parametrize(("alias", "name"), OTHER_NAMES.items())
def test_other_names(alias: str, name: str) -> None:
    assert getattr(at, alias) is getattr(at, name)


def test_every_dtype_of_pytorch_that_programs_list_is_there(torch: ModuleType) -> None:
    theirs = {str(one) for one in vars(torch).values() if isinstance(one, torch.dtype)}
    ours = {str(one) for one in vars(at).values() if isinstance(one, at.dtype)}
    assert ours <= theirs
    # Packed bits, which nobody has made a Tensor of.
    assert {one for one in theirs - ours if "int" not in one and "bit" not in one} == {
        "torch.float4_e2m1fn_x2"
    }


@pytest.mark.parametrize("name", NAMED)
def test_a_dtype_by_name_only_is_refused_when_something_is_made(name: str) -> None:
    kind = getattr(at, name)
    assert pickle.loads(pickle.dumps(kind)) is kind
    for make in (
        lambda: at.zeros(2, dtype=kind),
        lambda: at.ones(2).to(kind),
        lambda: at.tensor([1.0], dtype=kind),
        lambda: at.promote_types(kind, at.float32),
        lambda: at.set_default_dtype(kind),
    ):
        with pytest.raises(TypeError, match=rf"dtype {name} is not supported; expected one of .*;"):
            make()
    if name != "bfloat16":  # of which the limits are known
        with pytest.raises(TypeError, match=rf"dtype {name} is not supported"):
            at.finfo(kind)
    chosen = {"float32": at.float32, name: kind}["float32"]  # as nanoGPT does
    assert at.zeros(2, dtype=chosen).dtype is at.float32


def test_a_misspelt_dtype_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(TypeError, match=r"^zeros: 'flaot32' is no dtype; did you mean 'float32'\?"):
        at.zeros(2, dtype="flaot32")
    with pytest.raises(TypeError, match=r"^zeros: 'xyz' is no dtype; expected bool, float16"):
        at.zeros(2, dtype="xyz")
    with pytest.raises(TypeError, match="cannot be made"):
        at.dtype("float32")


@pytest.mark.parametrize("value", ["a", 1j, None, [1.0]])
def test_the_result_type_of_what_is_no_operand(value: Any) -> None:
    with pytest.raises(TypeError, match="result_type: b must be a Tensor or a number, got"):
        at.result_type(at.zeros(2), value)


def test_answers_of_functions_are_dtypes() -> None:
    assert at.get_default_dtype() is at.float32
    assert at.promote_types(at.float16, at.int64) is at.float16
    assert at.result_type(at.zeros(2), 3) is at.float32
    assert at.can_cast(at.int32, at.float64)
    assert at.finfo(at.float64).bits == at.iinfo(at.int64).bits == 64
    assert at.iinfo(at.int16) == (16, 2**15 - 1, -(2**15), "int16")
    at.set_default_dtype(at.float64)
    try:
        assert at.get_default_dtype() is at.tensor(1.0).dtype is at.float64
    finally:
        at.set_default_dtype("float32")


def test_messages_name_dtypes_plainly() -> None:
    with pytest.raises(RuntimeError, match="input float32, other float64"):
        at.matmul(at.zeros(2, 2), at.zeros(2, 2, dtype=at.float64))
    assert f"{at.zeros(2).dtype}" == "torch.float32"


# -- Size ------------------------------------------------------------------------------------------


def both(torch: ModuleType, compute: Any) -> tuple[Any, Any]:
    return compute(at), compute(torch)


@pytest.mark.parametrize(
    "compute",
    [
        lambda lib: lib.zeros(2, 3).shape,
        lambda lib: lib.zeros(()).shape,
        lambda lib: lib.zeros(2, 0, 3).size(),
        lambda lib: lib.zeros(2, 3, 4).shape[1:],
        lambda lib: lib.zeros(2, 3, 4).shape[-1],
        lambda lib: lib.zeros(2, 3, 4).shape[::-1],
        lambda lib: operator.add(lib.zeros(2).shape, (3,)),
        lambda lib: operator.add((3,), lib.zeros(2).shape),
        lambda lib: lib.zeros(2).shape + lib.Size([4]),
        lambda lib: lib.zeros(2).shape * 2,
        lambda lib: 2 * lib.zeros(2).shape,
        lambda lib: lib.Size(),
        lambda lib: lib.Size([lib.tensor(2), 3]),
        lambda lib: lib.Size((1, 2)).numel(),
        lambda lib: lib.Size().numel(),
        lambda lib: lib.zeros(lib.Size([1, 2])).shape,
        lambda lib: lib.zeros(4).view(lib.Size([2, 2])).shape,
        lambda lib: copy.deepcopy(lib.Size([2, 3])),
        lambda lib: pickle.loads(pickle.dumps(lib.Size([2, 3]))),
        lambda lib: f"{lib.Size([2, 3])} {lib.Size([2])!r} {lib.Size([2, 3])!s}",
    ],
)
def test_sizes_are_those_of_pytorch(torch: ModuleType, compute: Any) -> None:
    ours, theirs = both(torch, compute)
    assert repr(ours) == repr(theirs)
    assert ours == theirs  # tuples or numbers
    assert isinstance(ours, at.Size) == isinstance(theirs, torch.Size)


def test_a_size_is_a_tuple() -> None:
    size = at.zeros(2, 3).shape
    assert size == (2, 3)
    assert hash(size) == hash((2, 3))
    assert isinstance(size, tuple)
    assert {(2, 3): 1}[size] == 1
    rows, columns = size
    assert (rows, columns) == (2, 3)
    assert np.zeros(size).shape == np.zeros((2, 3)).reshape(size).shape == (2, 3)
    with pytest.raises(TypeError):
        operator.add(size, [1])


@pytest.mark.parametrize("wrong", [[2.5], ["a"], [None], 3])
def test_no_size_of_anything_else(torch: ModuleType, wrong: Any) -> None:
    for lib in (at, torch):
        with pytest.raises(TypeError):
            lib.Size(wrong)


def test_messages_show_shapes_as_plain_tuples() -> None:
    with pytest.raises(RuntimeError, match=r"shape \(2, 3\)"):
        at.zeros(2, 3) + at.zeros(4)
    with pytest.raises(RuntimeError, match=r"\(2, 3\)"):
        at.zeros(2, 3) @ at.zeros(2, 3)
    assert f"{at.zeros(2, 3).shape}" == "torch.Size([2, 3])"


def test_sizes_of_tensors_are_those_of_one_element() -> None:
    assert at.Size([at.tensor([3]), at.tensor(2)]) == (3, 2)
    with pytest.raises(TypeError, match=r"Size: .* item 0 is Tensor of shape .*3, 4"):
        at.Size(at.ones(2, 3, 4))
