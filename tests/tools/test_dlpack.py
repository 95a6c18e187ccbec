"""Arrays and Tensors on the same memory: PyTorch, JAX, TensorFlow."""

from __future__ import annotations

import copy
import gc
import operator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at

DTYPES = ["float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"]


def address(tensor: Any) -> int:
    return tensor.data_ptr()


@pytest.mark.works_with("PyTorch", "Tensors both ways on the same memory (DLPack, as_tensor)")
class TestPyTorch:
    @pytest.mark.parametrize("dtype", DTYPES)
    def test_every_dtype_and_shape_both_ways(self, torch: ModuleType, dtype: str) -> None:
        whole = at.arange(24).to(getattr(at, dtype)).reshape(4, 6)
        for x in (whole, whole.T, whole[::2, 1::3], whole[1], whole[1, 2], whole[:0]):
            for read in (torch.from_dlpack, torch.as_tensor, torch.asarray):
                there = read(x)
                assert there.dtype is getattr(torch, dtype)
                assert tuple(there.shape) == x.shape
                assert there.tolist() == x.tolist()
                if x.numel():
                    assert (address(there), there.stride()) == (address(x), x.stride())
            for back in (at.from_dlpack(there), at.as_tensor(there), at.asarray(there)):
                assert (str(back.dtype), back.tolist()) == (f"torch.{dtype}", x.tolist())
                assert not x.numel() or address(back) == address(x)

    def test_both_write(self, torch: ModuleType) -> None:
        x = at.zeros(3)
        there = torch.from_dlpack(x)
        there += 1
        x[0] = 7
        assert x.tolist() == there.tolist() == [7, 1, 1]
        t = torch.zeros(3)
        here = at.from_dlpack(t)
        here.add_(1)
        t[0] = 5
        assert here.tolist() == t.tolist() == [5, 1, 1]

    def test_the_last_holder_keeps_the_memory(self, torch: ModuleType) -> None:
        there = torch.from_dlpack(at.arange(5.0))
        here = at.from_dlpack(torch.arange(5.0))
        gc.collect()
        assert there.tolist() == here.tolist() == [0, 1, 2, 3, 4]

    def test_copies(self, torch: ModuleType) -> None:
        x, t = at.zeros(3), torch.zeros(3)
        for there, here in (
            (torch.tensor(x), at.tensor(t)),
            (torch.from_dlpack(x, copy=True), at.from_dlpack(t, copy=True)),
            (torch.tensor(x), at.asarray(t, copy=True)),  # torch.asarray forgets copy=True
        ):
            there += 1
            here += 1
            assert x.tolist() == t.tolist() == [0, 0, 0]
        assert torch.from_dlpack(x, copy=False, device="cpu").data_ptr() == address(x)
        assert address(at.from_dlpack(t, copy=False, device="cpu")) == t.data_ptr()

    def test_capsules(self, torch: ModuleType) -> None:
        x, t = at.arange(3), torch.arange(3)
        there = torch.utils.dlpack.from_dlpack(at.utils.dlpack.to_dlpack(x))
        here = at.utils.dlpack.from_dlpack(torch.utils.dlpack.to_dlpack(t))
        assert address(there) == address(x)
        assert address(here) == t.data_ptr()
        capsule = torch.utils.dlpack.to_dlpack(t)
        at.from_dlpack(capsule)
        with pytest.raises(RuntimeError, match="was used before"):
            at.from_dlpack(capsule)

    def test_history_does_not_leave_in_silence(self, torch: ModuleType) -> None:
        x = at.ones(2, requires_grad=True)
        for read in (torch.from_dlpack, torch.as_tensor, torch.tensor, torch.asarray):
            with pytest.raises((BufferError, RuntimeError), match=r"x\.detach\(\)|len"):
                read(x)
        t = torch.ones(2, requires_grad=True)
        for given in (t, t * 2):
            for read in (at.from_dlpack, at.tensor, at.as_tensor, at.asarray, at.Tensor):
                with pytest.raises(RuntimeError, match=r"torch.Tensor requires grad, .*x\.detach"):
                    read(given)
            with pytest.raises(RuntimeError, match=r"x\.detach"):
                at.tensor([given, given])
        assert at.tensor(t.detach()).requires_grad is False
        assert at.nn.Parameter(t.detach()).requires_grad is True

    @pytest.mark.parametrize("dtype", ["bfloat16", "complex64", "uint16", "float8_e5m2"])
    def test_dtypes_that_there_are_not(self, torch: ModuleType, dtype: str) -> None:
        t = torch.zeros(2, dtype=getattr(torch, dtype))
        for read in (at.from_dlpack, at.tensor, at.as_tensor, at.asarray):
            with pytest.raises(TypeError, match=f"{read.__name__}: dtype {dtype} is not supported"):
                read(t)

    def test_what_lies_elsewhere(self, torch: ModuleType) -> None:
        for t in (torch.zeros(2, device="meta"), torch.eye(2).to_sparse()):
            for read in (at.from_dlpack, at.tensor, at.as_tensor):
                with pytest.raises((RuntimeError, TypeError), match=f"{read.__name__}: torch"):
                    read(t)

    def test_read_only(self, torch: ModuleType) -> None:
        x = at.ones(1).expand(3)
        assert torch.from_dlpack(x).tolist() == [1, 1, 1]
        assert address(at.from_dlpack(torch.ones(1).expand(3)))

    def test_lists(self, torch: ModuleType) -> None:
        rows = list(torch.tensor([[0.1, 0.2], [0.3, 0.4]], dtype=torch.float64))
        assert at.equal(at.tensor(rows), at.tensor(np.array([[0.1, 0.2], [0.3, 0.4]])))
        numbers = [torch.tensor(1), torch.tensor(2)]
        assert at.tensor(numbers).tolist() == [1, 2]

    def test_operators_refuse_what_is_not_theirs(self, torch: ModuleType) -> None:
        x, t = at.ones(2), torch.ones(2)
        for call in (
            operator.add, operator.sub, operator.mul, operator.truediv, operator.matmul,
            operator.pow, operator.eq, operator.ne, operator.lt,
        ):  # fmt: skip
            for pair in ((x, t), (t, x)):
                with pytest.raises(TypeError, match="Tensor"):
                    call(*pair)
        for call in (at.add, at.maximum, at.Tensor.copy_, at.Tensor.add_):
            with pytest.raises(TypeError, match=r"torch\.Tensor; convert it with autotensor\.as_"):
                call(x, t)
        with pytest.raises(TypeError, match=r"item 1 must be a Tensor, got torch\.Tensor"):
            at.cat([x, t])
        with pytest.raises(TypeError, match=r"setitem: .* torch\.Tensor; convert"):
            x[0] = t[0]
        assert x[torch.tensor([1, 0])].tolist() == [1, 1]
        assert x[torch.tensor(1)].shape == ()

    def test_a_model_reads_what_comes_from_there(self, torch: ModuleType) -> None:
        weight = torch.nn.Linear(3, 2).weight
        here = at.as_tensor(weight.detach())
        out = at.nn.functional.linear(at.ones(4, 3), here)
        there = torch.nn.functional.linear(torch.ones(4, 3), weight)
        np.testing.assert_allclose(out.numpy(), there.detach().numpy(), rtol=1e-6)
        assert copy.deepcopy(here).tolist() == weight.tolist()


@pytest.fixture(scope="module")
def jax() -> ModuleType:
    return pytest.importorskip("jax", reason="JAX is not installed: pip install -e .[tools]")


@pytest.mark.works_with("JAX", "arrays both ways on the same memory (DLPack, asarray)")
class TestJax:
    @pytest.mark.parametrize("dtype", [one for one in DTYPES if one not in ("float64", "int64")])
    def test_every_dtype_both_ways(self, jax: ModuleType, dtype: str) -> None:
        whole = at.arange(24).to(getattr(at, dtype)).reshape(4, 6)
        for x in (whole, whole.T, whole[1], whole[1, 2], whole[:0]):
            for read in (jax.numpy.from_dlpack, jax.numpy.asarray, jax.numpy.array):
                there = read(x)
                assert (str(there.dtype), there.shape) == (dtype, tuple(x.shape))
                assert there.tolist() == x.tolist()
            for back in (at.from_dlpack(there), at.tensor(there), at.as_tensor(there)):
                assert (str(back.dtype), back.tolist()) == (f"torch.{dtype}", x.tolist())

    def test_memory_is_shared_where_jax_shares_it(self, jax: ModuleType) -> None:
        there = jax.numpy.arange(8.0)
        here = at.from_dlpack(there)
        assert here.data_ptr() == there.unsafe_buffer_pointer()
        assert at.asarray(there, copy=False).data_ptr() == there.unsafe_buffer_pointer()
        # 64 bytes apart, or JAX copies
        memory = np.zeros(32, np.float32)
        first = -memory.ctypes.data % 64 // 4
        x = at.from_numpy(memory[first : first + 8])
        assert jax.numpy.from_dlpack(x).unsafe_buffer_pointer() == x.data_ptr()

    def test_what_jax_holds_is_never_written(self, jax: ModuleType) -> None:
        there = jax.numpy.arange(3.0)
        for here in (at.from_dlpack(there), at.asarray(there, copy=False)):
            with pytest.raises(RuntimeError, match="is read-only; clone"):
                here.add_(1)
        for here in (at.as_tensor(there), at.tensor(there), at.from_dlpack(there, copy=True)):
            here.add_(1)
        assert there.tolist() == [0, 1, 2]

    def test_the_last_holder_keeps_the_memory(self, jax: ModuleType) -> None:
        here, there = at.from_dlpack(jax.numpy.arange(5.0)), jax.numpy.from_dlpack(at.arange(5.0))
        gc.collect()
        assert here.tolist() == there.tolist() == [0, 1, 2, 3, 4]

    def test_history_does_not_leave_in_silence(self, jax: ModuleType) -> None:
        x = at.ones(2, requires_grad=True)
        for read in (jax.numpy.from_dlpack, jax.numpy.asarray):
            with pytest.raises((BufferError, RuntimeError), match=r"detach\(\)"):
                read(x)

    def test_dtypes_and_operators(self, jax: ModuleType) -> None:
        for read in (at.from_dlpack, at.tensor, at.as_tensor):
            with pytest.raises(TypeError, match="dtype bfloat16 is not supported"):
                read(jax.numpy.ones(2, "bfloat16"))
        x, there = at.ones(2), jax.numpy.ones(2)
        for pair in ((x, there), (there, x)):
            for call in (operator.add, operator.mul, operator.eq):
                with pytest.raises(TypeError, match=r"jaxlib\.ArrayImpl; convert it with"):
                    call(*pair)


@pytest.fixture(scope="module")
def tensorflow() -> ModuleType:
    return pytest.importorskip("tensorflow", reason="it is not installed: pip install -e .[tools]")


class TestTensorFlow:
    """It takes Tensors, and gives its own; its memory it lets be read only."""

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_both_ways(self, tensorflow: ModuleType, dtype: str) -> None:
        x = at.arange(6).to(getattr(at, dtype)).reshape(2, 3)
        for read in (tensorflow.convert_to_tensor, tensorflow.constant):
            there = read(x)
            assert (there.dtype.name, there.numpy().tolist()) == (dtype, x.tolist())
        for back in (at.tensor(there), at.as_tensor(there)):
            assert (str(back.dtype), back.tolist()) == (f"torch.{dtype}", x.tolist())

    def test_operators(self, tensorflow: ModuleType) -> None:
        x, there = at.ones(2), tensorflow.ones(2)
        with pytest.raises(TypeError, match=r"tensorflow\.EagerTensor; convert it"):
            x + there
