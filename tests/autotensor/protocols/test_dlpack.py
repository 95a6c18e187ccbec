"""Memory shared by DLPack and by Python's buffers; the other side is NumPy, or plain Python.

What needs PyTorch, JAX or TensorFlow stands in tests/tools/test_dlpack.py.
"""

from __future__ import annotations

import array
import gc
import mmap
import operator
import re
import struct
import sys
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor.utils.dlpack import DLDeviceType, to_dlpack

DTYPES = [
    at.float16, at.float32, at.float64, at.uint8, at.int8, at.int16, at.int32, at.int64, at.bool,
]  # fmt: skip

VIEWS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "whole": lambda a: a,
    "0-d": lambda a: a[1, 2:3].reshape(()),
    "empty": lambda a: a[:0],
    "transposed": lambda a: a.T,
    "steps": lambda a: a[::2, 1::2],
    "backwards": lambda a: a[::-1, ::-1],
    "a row": lambda a: a[1],
}

OLD_NUMPY = np.lib.NumpyVersion(np.__version__) < "2.1.0"


class Stranger:
    """An array of a library that nobody knows."""

    def __init__(self, array: np.ndarray, device: tuple[int, int] = (1, 0)) -> None:
        self.array, self.device = array, device

    def __dlpack__(self, *, stream: Any = None, **settings: Any) -> Any:
        return self.array.__dlpack__(**settings)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.device

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.array


class OldStranger(Stranger):
    """One of the time before versions: it cannot say that it must not be written."""

    def __dlpack__(self, *, stream: Any = None) -> Any:  # type: ignore[override]
        return self.array.__dlpack__()


# -- out -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_numpy_sees_the_memory_of_a_tensor(dtype: at.dtype, view: str) -> None:
    own = np.arange(24).reshape(4, 6).astype(dtype.dtype)
    shown = VIEWS[view](own)
    x = at.from_numpy(shown)
    seen = np.from_dlpack(x)
    assert seen.dtype == dtype.dtype
    assert (seen.shape, seen.size and seen.strides) == (shown.shape, shown.size and shown.strides)
    assert np.array_equal(seen, shown)
    assert seen.size == 0 or np.shares_memory(seen, own)


@pytest.mark.skipif(OLD_NUMPY, reason="NumPy 2.0 takes everything to be read-only")
def test_what_others_write_is_seen() -> None:
    x = at.zeros(2, 3)
    np.from_dlpack(x)[1] = 7
    assert x.tolist() == [[0, 0, 0], [7, 7, 7]]
    x[0] = 5
    assert np.from_dlpack(x)[0].tolist() == [5, 5, 5]


def test_a_tensor_that_requires_grad_is_not_given_away() -> None:
    x = at.ones(2, requires_grad=True)
    for one in (x, x * 2):
        for export in (at.Tensor.__dlpack__, to_dlpack, np.from_dlpack):
            with pytest.raises(BufferError, match=re.escape("give x.detach()")):
                export(one)
    assert np.shares_memory(np.from_dlpack(x.detach()), x.detach().numpy())


def test_a_tensor_made_in_another_order_stays_on_the_memory_it_shares() -> None:
    """Operators may lay memory out as they like; once another holds it, it stays where it is."""
    x = at.ones(3, 4).T * 2
    seen = np.from_dlpack(x)
    x.view(-1)[0] = 9
    assert seen[0, 0] == 9


def test_where_a_tensor_lies() -> None:
    assert at.ones(1).__dlpack_device__() == (DLDeviceType.kDLCPU, 0) == (1, 0)
    assert np.from_dlpack(at.ones(1), **({} if OLD_NUMPY else {"device": "cpu"})).item() == 1
    with pytest.raises(BufferError, match=r"lies on the CPU, \(1, 0\), not on \(2, 0\)"):
        at.ones(1).__dlpack__(dl_device=(2, 0))
    with pytest.raises(ValueError, match="the CPU has no streams, got stream=3"):
        at.ones(1).__dlpack__(stream=3)


def test_a_capsule_may_hold_a_copy() -> None:
    x = at.zeros(3)
    shared, copied = (at.from_dlpack(x.__dlpack__(copy=copy)) for copy in (None, True))
    x[0] = 1
    assert shared[0] == 1
    assert copied[0] == 0


def test_what_must_not_be_written_goes_only_to_those_who_can_be_told() -> None:
    x = at.ones(1).expand(3)
    with pytest.raises(BufferError, match=re.escape("give x.clone()")):
        x.__dlpack__()
    if not OLD_NUMPY:
        assert not np.from_dlpack(x).flags.writeable
        assert at.from_dlpack(x.clone().__dlpack__()).tolist() == [1, 1, 1]


# -- in ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_tensor_on_the_memory_of_another(dtype: at.dtype, view: str) -> None:
    own = np.arange(24).reshape(4, 6).astype(dtype.dtype)
    shown = VIEWS[view](own)
    for given in (shown, Stranger(shown)):
        x = at.from_dlpack(given)
        assert x.dtype is dtype
        assert x.tolist() == shown.tolist()
        assert shown.size == 0 or np.shares_memory(x.numpy(), own)
        assert shown.size == 0 or x.stride() == tuple(s // own.itemsize for s in shown.strides)


@pytest.mark.skipif(OLD_NUMPY, reason="NumPy 2.0 takes everything to be read-only")
def test_both_write_to_the_same_memory() -> None:
    own = np.zeros(3)
    x = at.from_dlpack(own)
    x += 1
    own[0] = 7
    assert own.tolist() == x.tolist() == [7, 1, 1]
    assert x._version == 1


def test_what_may_not_be_written_makes_a_tensor_that_refuses() -> None:
    own = np.arange(3.0)
    own.flags.writeable = False
    cases = [OldStranger(np.arange(3.0))] if OLD_NUMPY else [OldStranger(np.arange(3.0)), own]
    for given in cases:
        x = at.from_dlpack(given)
        with pytest.raises(RuntimeError, match="is read-only; clone"):
            x.mul_(2)
        assert (x * 2).tolist() == [0, 2, 4]
        y = at.from_dlpack(given, copy=True)
        y.mul_(2)
        assert (x.tolist(), y.tolist()) == ([0, 1, 2], [0, 2, 4])


def test_copy_says_whose_memory() -> None:
    own = np.arange(3.0)
    for copy, shares in ((None, True), (False, True), (True, False)):
        assert np.shares_memory(at.from_dlpack(own, copy=copy).numpy(), own) is shares
    assert at.from_dlpack(own.reshape(3, 1).T, copy=True).is_contiguous()
    assert at.from_dlpack(own, device="cpu").tolist() == own.tolist()
    with pytest.raises(RuntimeError, match="CPU only"):
        at.from_dlpack(own, device="cuda")


def test_a_capsule_is_used_once() -> None:
    x = at.arange(3)
    capsule = to_dlpack(x)
    assert at.from_dlpack(capsule).tolist() == [0, 1, 2]
    with pytest.raises(RuntimeError, match=r"from_dlpack: the capsule .* was used before"):
        at.from_dlpack(capsule)
    with pytest.raises(TypeError, match="to_dlpack: input must be a Tensor, got ndarray"):
        to_dlpack(np.ones(2))


@pytest.mark.parametrize(
    ("dtype", "remedy"),
    [("complex64", "keep the real"), ("uint16", "use int64"), ("uint64", "use int64")],
)
def test_a_dtype_that_there_is_not_is_refused(dtype: str, remedy: str) -> None:
    with pytest.raises(TypeError, match=f"from_dlpack: dtype {dtype} is not supported.*{remedy}"):
        at.from_dlpack(np.ones(2, dtype))


def test_a_dtype_by_the_name_of_one_that_numpy_lacks() -> None:
    with pytest.raises(TypeError, match=r"dtype bfloat16 is not supported; .*; use float32"):
        at.zeros(2, dtype="bfloat16")


def test_what_is_no_array_is_refused() -> None:
    for wrong in (3, [1.0], None, np.ndarray, "capsule"):
        with pytest.raises(TypeError, match="from_dlpack: expected an array with __dlpack__"):
            at.from_dlpack(wrong)


@pytest.mark.parametrize("read", [at.from_dlpack, at.tensor, at.as_tensor, at.asarray])
def test_another_device_is_refused(read: Callable[[Any], at.Tensor]) -> None:
    with pytest.raises(RuntimeError, match=r"lies on a device, CUDA, and .* CPU only: bring it"):
        read(Stranger(np.ones(2), device=(2, 0)))


def test_the_memory_lives_until_the_last_holder_is_gone() -> None:
    class Memory(np.ndarray):
        """One that can be watched."""

    for lend in (lambda own: np.from_dlpack(at.from_numpy(own)), at.from_dlpack):
        own = Memory(3)
        own[:] = 0, 1, 2
        gone = weakref.ref(own)
        seen = lend(own)
        del own
        gc.collect()
        assert gone() is not None
        assert seen.tolist() == [0, 1, 2]
        del seen
        gc.collect()
        assert gone() is None
    capsule = to_dlpack(at.ones(3))
    del capsule  # unused: its memory goes with it


# -- tensor(), as_tensor() and asarray() of arrays of other libraries ----------------------------


def test_as_tensor_is_on_the_memory_and_tensor_is_not() -> None:
    given = Stranger(np.arange(3.0))
    assert np.shares_memory(at.as_tensor(given).numpy(), given.array)
    assert np.shares_memory(at.asarray(given).numpy(), given.array)
    assert np.shares_memory(at.asarray(given, copy=False).numpy(), given.array)
    for copied in (
        at.tensor(given), at.asarray(given, copy=True),
        at.as_tensor(given, dtype=at.float32),
    ):  # fmt: skip
        assert not np.shares_memory(copied.numpy(), given.array)
        assert copied.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="asarray: copy=False, but"):
        at.asarray(given, copy=False, dtype=at.float32)


def test_as_tensor_copies_what_may_not_be_written() -> None:
    given = Stranger(np.arange(3.0))
    given.array.flags.writeable = False
    for copied in (at.as_tensor(given), at.asarray(given)):
        copied += 1
        assert given.array.tolist() == [0, 1, 2]
    shared = at.asarray(given, copy=False)
    assert np.shares_memory(shared.numpy(), given.array)
    with pytest.raises(RuntimeError, match="read-only"):
        shared.add_(1)


def test_lists_of_foreign_arrays_keep_their_dtype() -> None:
    rows = [Stranger(np.array([0.1, 0.2])), Stranger(np.array([0.3, 0.4]))]
    x = at.tensor(rows)
    assert (x.dtype, x.tolist()) == (at.float64, [[0.1, 0.2], [0.3, 0.4]])


def test_operators_refuse_foreign_arrays() -> None:
    x, other = at.ones(2), Stranger(np.ones(2))
    for call in (operator.add, operator.mul, operator.eq, operator.ne, operator.lt):
        for pair in ((x, other), (other, x)):
            with pytest.raises(TypeError, match=r"convert it with autotensor\.as_tensor\(x\)"):
                call(*pair)
    with pytest.raises(TypeError, match=r"setitem: .*\.Stranger; convert it with"):
        x[0] = other
    assert (x == "text") is False


# -- buffers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_frombuffer_reads_what_numpy_reads(dtype: at.dtype) -> None:
    values = np.arange(6).astype(dtype.dtype)
    for buffer in (values.tobytes(), bytearray(values.tobytes()), memoryview(values)):
        for settings in ({}, {"count": 2}, {"offset": dtype.itemsize}):
            expected = np.frombuffer(buffer, dtype.dtype, **settings)
            x = at.frombuffer(buffer, dtype=dtype, **settings)
            assert (x.dtype, x.tolist()) == (dtype, expected.tolist())
            assert np.shares_memory(x.numpy(), expected)


def test_frombuffer_shares_and_respects_what_is_read_only(tmp_path: Any) -> None:
    file = tmp_path / "numbers"
    file.write_bytes(struct.pack("<3f", 1, 2, 3))
    with file.open("r+b") as opened:
        memory = mmap.mmap(opened.fileno(), 0)
    x = at.frombuffer(memory, dtype=at.float32)
    x.mul_(10)
    memory.flush()
    assert struct.unpack("<3f", file.read_bytes()) == (10, 20, 30)
    with pytest.raises(RuntimeError, match="is read-only; clone"):
        at.frombuffer(b"abcd", dtype=at.uint8).add_(1)
    trained = at.frombuffer(bytearray(8), dtype=at.float32, requires_grad=True)
    trained.sum().backward()
    assert trained.grad.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"buffer": b""}, "got 0 bytes and count -1"),
        ({"count": 0}, "got 8 bytes and count 0"),
        ({"offset": 8}, "offset must be within 0 and 7, got 8"),
        ({"offset": -1}, "offset must be within 0 and 7, got -1"),
        ({"offset": 3}, "5 bytes are no whole number of int32, of 4 bytes each"),
        ({"count": 2, "offset": 4}, "2 of int32 are 8 bytes, and there are 4 after offset 4"),
        ({"buffer": [1, 2]}, "list is no buffer"),
        ({"buffer": memoryview(bytes(16))[::2]}, "not in one piece"),
    ],
)
def test_frombuffer_refuses_what_does_not_fit(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"frombuffer: .*{re.escape(message)}"):
        at.frombuffer(**{"buffer": bytes(8), "dtype": at.int32} | settings)


def test_buffers_as_data() -> None:
    numbers = array.array("d", [0.1, 0.2])
    assert at.asarray(numbers).tolist() == [0.1, 0.2]  # in float64, as it has them
    assert np.shares_memory(at.asarray(numbers).numpy(), np.asarray(numbers))
    assert at.tensor(numbers).dtype is at.float32  # as PyTorch: numbers like those of a list
    assert at.tensor(bytearray(b"ab")).tolist() == [97, 98]
    memory = bytearray(b"ab")
    at.asarray(memory)[0] = 65
    assert memory == b"Ab"
    assert at.asarray(b"ab").dtype is at.uint8
    with pytest.raises(TypeError, match=r"asarray: bytes holds bytes; read them as float32 with "):
        at.asarray(b"abcd", dtype=at.float32)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python has __buffer__ from 3.12 on")
class TestBuffers:
    @pytest.mark.parametrize("view", VIEWS)
    @pytest.mark.parametrize("dtype", DTYPES, ids=str)
    def test_memoryview_shows_the_memory(self, dtype: at.dtype, view: str) -> None:
        own = np.arange(24).reshape(4, 6).astype(dtype.dtype)
        shown = VIEWS[view](own)
        seen = memoryview(at.from_numpy(shown))
        assert (seen.format, seen.shape) == (memoryview(shown).format, shown.shape)
        assert np.array_equal(np.asarray(seen), shown)
        assert shown.size == 0 or np.shares_memory(np.asarray(seen), own)

    def test_other_libraries_write_through_it(self) -> None:
        x = at.zeros(4)
        np.frombuffer(x, np.float32)[1] = 5
        struct.pack_into("<f", x, 8, 7.0)
        assert x.tolist() == [0, 5, 7, 0]
        assert np.shares_memory(np.asarray(x), x.numpy())

    def test_history_and_read_only_memory_are_minded(self) -> None:
        x = at.ones(3, requires_grad=True)
        with pytest.raises(BufferError, match=r"give x\.detach"):
            memoryview(x)
        with pytest.raises(RuntimeError, match="requires grad"):
            np.asarray(x)
        y = at.ones(1).expand(3)
        assert memoryview(y).readonly
        with pytest.raises(TypeError, match="must be read-write"):
            struct.pack_into("<f", y, 0, 7.0)
        with pytest.raises(BufferError, match=r"give x\.clone"):
            y.__buffer__(1)

    def test_the_memory_stays_where_the_view_is(self) -> None:
        x = at.zeros(3)
        seen = memoryview(x)
        x.data = at.ones(3)
        assert seen.tolist() == [0, 0, 0]


def test_bytes_are_the_elements() -> None:
    assert bytes(at.tensor([1, 2, 255])) == b"\x01\x02\xff"
    with pytest.raises(TypeError):
        bytes(at.ones(2))


@pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < "2.4.0", reason="older ones ask, and warn that they do"
)
def test_numpy_asks_for_the_dtype_of_a_tensor() -> None:
    assert np.result_type(at.ones(2), at.ones(2).double()) == np.float64
    assert np.dtype(at.ones(2).int()) == np.int32
