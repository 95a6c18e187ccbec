"""Small questions to a Tensor, constants, the default generator's state, windows, vander."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn


def outcome(lib: Any, call: str) -> Any:
    try:
        found = eval(call, {"lib": lib, "np": np})
    except Exception as error:
        return type(error)
    return (str(found.dtype), found.tolist()) if isinstance(found, lib.Tensor) else found


@pytest.mark.filterwarnings("ignore")  # PyTorch's own
@pytest.mark.parametrize(
    "call",
    [
        "lib.pi", "lib.e", "lib.inf", "lib.newaxis", "lib.ones(3)[lib.newaxis].tolist()",
        "lib.numel(lib.ones(2, 3))", "lib.numel(3)", "lib.is_storage(3)",
        "lib.is_storage(lib.ones(2).untyped_storage())", "lib.ones(2, 3).data_ptr() > 0",
        "lib.ones(0).data_ptr()", "lib.ones(2).apply_(lambda v: v + 1)",
        "lib.ones(2, 2).t().apply_(lambda v: v + 1)",
        "lib.tensor([1, 2]).apply_(lambda v: v * 2)",
        "lib.ones(2, requires_grad=True).apply_(abs)",
        "lib.ones(2).map_(lib.arange(2.0), lambda a, b: a + b)",
        "lib.ones(2, 2).map_(lib.arange(2.0), lambda a, b: a + b)",
        "lib.ones(2).map_(lib.arange(2), lambda a, b: a + b)",
        "lib.ones(2).map2_(lib.arange(2.0), lib.ones(2), lambda a, b, c: a + b * c)",
        "lib.ones(2).is_signed()", "lib.is_signed(lib.ones(2, dtype=lib.uint8))",
        "lib.ones(2, dtype=lib.bool).is_signed()", "lib.ones(2).is_complex()",
        "lib.is_complex(lib.ones(1))", "lib.is_conj(lib.ones(1))", "lib.is_neg(lib.ones(1))",
        "lib.imag(lib.ones(2))", "lib.real(lib.ones(2))", "lib.ones(2).conj()",
        "lib.conj(lib.ones(2))", "lib.conj_physical(lib.ones(2))", "lib.ones(2).resolve_conj()",
        "lib.resolve_neg(lib.ones(2))", "lib.ones(2).to_dense()", "lib.ones(2).is_sparse",
        "lib.ones(2).is_quantized", "lib.ones(2).is_meta", "lib.ones(2).layout is lib.strided",
        "lib.ones(2).untyped_storage().nbytes()", "len(lib.ones(2).untyped_storage())",
        "lib.ones(2, 3)[1].untyped_storage().nbytes()",
        "lib.ones(2).untyped_storage().device.type",
        "lib.ones(2, dtype=lib.uint8).untyped_storage().tolist()",
        "lib.ones(2, 3).dim_order()", "lib.ones(2, 3).t().dim_order()",
        "lib.ones(2).is_set_to(lib.ones(2))", "(lambda x: x.is_set_to(x.view(2)))(lib.ones(2))",
        "lib.get_device(lib.ones(1))", "lib.ones(2, 3).element_size()", "lib.ones(2, 3).nbytes",
        "lib.ones(2, 3).itemsize", "lib.ones(2, 3).ndimension()", "lib.ones(2, 3).nelement()",
        "lib.ones(2, 3).stride()", "lib.ones(2, 3)[1].storage_offset()", "lib.ones(2).output_nr",
        "lib.arange(6.0).resize_(2, 2)", "lib.arange(6.0).resize_(2, 4)[0]",
        "lib.arange(6.0).resize_(2, 4).shape.numel()", "lib.ones(2, requires_grad=True).resize_(3)",
        "lib.arange(6).resize_as_(lib.ones(3, 2))", "lib.arange(6.0).resize_((3, 2))",
        "lib.typename(lib.ones(2))", "lib.typename(3)", "lib.typename('a')", "lib.typename(int)",
        "lib.typename(lib.LongTensor)", "lib.typename(lib.nn.Linear(1, 1)).split('.')[-1]",
        "lib.typename(lib.nn.Linear).split('.')[-1]",
        "lib.vander(lib.tensor([1, 2, 3]))", "lib.vander(lib.tensor([1.0, 2, 3]), 2, True)",
        "lib.vander(lib.tensor([1, 2, 3]), N=5)", "lib.vander(lib.tensor([2.0]), 0).shape",
        "lib.vander(lib.ones(2, 2))", "lib.vander(lib.ones(2), -1)",
        "lib.vander(lib.tensor([True, False]), 3)",
    ],
)  # fmt: skip
def test_answers_are_those_of_pytorch(torch: ModuleType, call: str) -> None:
    assert outcome(at, call) == outcome(torch, call)


def test_constants() -> None:
    assert (at.pi, at.e, at.inf) == (math.pi, math.e, math.inf)
    assert math.isnan(at.nan)
    assert at.newaxis is None


def test_memory_is_known_by_its_address() -> None:
    x = at.arange(6.0).reshape(2, 3)
    assert x.data_ptr() == x.array.ctypes.data == x.view(6).data_ptr() == x.detach().data_ptr()
    assert x[1].data_ptr() == x.data_ptr() + 12
    assert x[1].untyped_storage().data_ptr() == x.untyped_storage().data_ptr() == x.data_ptr()
    assert x.clone().untyped_storage().data_ptr() != x.data_ptr()
    tied = nn.Linear(2, 2)
    tied.again = tied.weight
    assert len({p.data_ptr() for p in tied.state_dict().values()}) == 2


def test_a_gradient_is_retained_where_that_was_asked() -> None:
    x = at.ones(2, requires_grad=True)
    y = x * 2
    assert not x.retains_grad
    assert not y.retains_grad
    y.retain_grad()
    assert y.retains_grad
    y.sum().backward()
    assert y.grad is not None


def test_what_apply_writes_is_noticed() -> None:
    x = at.ones(2, requires_grad=True)
    y = x * 2
    z = y * y
    y.detach().apply_(lambda value: value + 1)
    with pytest.raises(RuntimeError, match="has modified it since"):
        z.sum().backward()
    with pytest.raises(TypeError, match="map_: both must be of dtype float32, got int64"):
        at.ones(2).map_(at.arange(2), max)
    with pytest.raises(RuntimeError, match=r"map_: shape \(2,\) cannot hold shape \(3, 2\)"):
        at.ones(2).map_(at.ones(3, 2), max)


def test_vander_has_a_derivative() -> None:
    x = at.tensor([2.0, 3.0], dtype=at.float64, requires_grad=True)
    assert at.gradcheck(lambda x: at.vander(x, 4), x)
    assert at.vander(x, 3).tolist() == np.vander([2.0, 3.0], 3).tolist()


# -- the generator ---------------------------------------------------------------------------------


def test_the_seed_that_a_sequence_began_with() -> None:
    before = at.get_rng_state()
    try:
        at.manual_seed(7)
        assert (
            at.initial_seed()
            == at.random.initial_seed()
            == at.default_generator.initial_seed()
            == 7
        )
        fresh = at.seed()
        assert at.initial_seed() == fresh
        first = at.rand(3).tolist()
        assert at.manual_seed(fresh)
        assert at.rand(3).tolist() == first
    finally:
        at.set_rng_state(before)
    unseeded = at.Generator()
    drawn = at.rand(2, generator=unseeded).tolist()
    again = at.Generator().manual_seed(unseeded.initial_seed())
    assert at.rand(2, generator=again).tolist() == drawn
    assert again.seed() == again.initial_seed()


def test_what_is_drawn_inside_a_fork_is_forgotten() -> None:
    at.manual_seed(0)
    expected = at.rand(2).tolist()
    at.manual_seed(0)
    with at.random.fork_rng(devices=[]):
        at.rand(5)
        at.manual_seed(3)
    assert at.rand(2).tolist() == expected
    at.manual_seed(0)
    with at.random.fork_rng(enabled=False):
        at.rand(2)
    assert at.rand(2).tolist() != expected


# -- windows ---------------------------------------------------------------------------------------

WINDOWS: dict[str, Any] = {
    "bartlett": lambda n, N: 1 - abs(2 * n / (N - 1) - 1),
    "blackman": lambda n, N: (
        0.42
        - 0.5 * math.cos(2 * math.pi * n / (N - 1))
        + 0.08 * math.cos(4 * math.pi * n / (N - 1))
    ),
    "hamming": lambda n, N: 0.54 - 0.46 * math.cos(2 * math.pi * n / (N - 1)),
    "hann": lambda n, N: math.sin(math.pi * n / (N - 1)) ** 2,
    "kaiser": lambda n, N: float(np.i0(12 * math.sqrt(1 - (2 * n / (N - 1) - 1) ** 2)) / np.i0(12)),
}


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("count", [2, 5, 8])
def test_windows_by_their_formulas(name: str, count: int) -> None:
    for symmetric in (True, False):
        length = count if symmetric else count + 1
        expected = [WINDOWS[name](n, length) for n in range(count)]
        old = getattr(at, f"{name}_window")(count, not symmetric, dtype=at.float64)
        new = getattr(at.signal.windows, name)(count, sym=symmetric, dtype=at.float64)
        np.testing.assert_allclose(old.array, expected, atol=1e-15)
        assert new.tolist() == old.tolist()


CALLS = [
    *(f"{name}_window({length}, {periodic})" for name in WINDOWS for length in (0, 1, 2, 7)
      for periodic in (True, False)),
    "hamming_window(5, True, 0.5, 0.4)", "kaiser_window(5, False, 3.0)", "hann_window(-1)",
    "hann_window(4, dtype=lib.int64)", "hann_window(5.5)", "hann_window(4, dtype=lib.float64)",
    *(f"signal.windows.{name}({length}, sym={sym})" for name in
      ("bartlett", "blackman", "cosine", "exponential", "gaussian", "general_hamming", "hamming",
       "hann", "kaiser", "nuttall") for length in (0, 1, 6) for sym in (True, False)),
    "signal.windows.exponential(6, tau=2.0)", "signal.windows.exponential(6, center=1.0)",
    "signal.windows.exponential(6, center=1.0, sym=False)", "signal.windows.gaussian(6, std=0.7)",
    "signal.windows.exponential(6, tau=-2.0)", "signal.windows.gaussian(6, std=0.0)",
    "signal.windows.general_cosine(6, a=[0.5, 0.3, 0.2])", "signal.windows.general_cosine(6, a=[])",
    "signal.windows.general_cosine(6, a=0.5)", "signal.windows.general_hamming(6, alpha=0.4)",
    "signal.windows.kaiser(6, beta=3.0)", "signal.windows.kaiser(6, beta=-3.0)",
    "signal.windows.hann(3, requires_grad=True)",
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_windows_are_those_of_pytorch(torch: ModuleType, call: str) -> None:
    torch.signal.windows  # loads it
    ours, theirs = outcome(at, f"lib.{call}"), outcome(torch, f"lib.{call}")
    if isinstance(theirs, type):
        assert ours is theirs
        return
    assert ours[0] == theirs[0]
    np.testing.assert_allclose(ours[1], theirs[1], atol=1e-6)


def test_a_part_that_there_is_not_is_no_attribute_either() -> None:
    """PyTorch's RuntimeError, which ``hasattr`` would let through: xarray asks so."""
    x = at.ones(2)
    with pytest.raises(RuntimeError, match="imag: there are no complex numbers here"):
        x.imag
    assert not hasattr(x, "imag")


def test_the_numbers_in_memory() -> None:
    points = at.tensor([[4.0, 1.0], [5.0, 3.0], [2.0, 1.0]])
    numbers = points.t().storage()
    assert (len(numbers), numbers.size(), numbers.nbytes(), numbers.element_size()) == (6, 6, 24, 4)
    assert numbers.tolist() == points.flatten().tolist()
    assert points[1].storage().tolist() == numbers.tolist()
    assert numbers.dtype is at.float32
    assert numbers.data_ptr() == points.data_ptr() == numbers.untyped().data_ptr()
    assert at.is_storage(numbers)
    numbers[0] = 2.0
    assert points[0, 0].item() == 2
    assert at.tensor([1, 2]).expand(3, 2).storage().tolist() == [1, 2]
    turned = at.ones(2, 3).t() + at.arange(2.0)  # laid out as PyTorch lays it out
    assert turned.storage().tolist() == [1, 1, 1, 2, 2, 2]
    x = at.ones(2, requires_grad=True)
    y = x.exp()
    y.storage()[0] = 0.0
    with pytest.raises(RuntimeError, match="in-place operation has modified it"):
        y.sum().backward()
    assert repr(at.tensor([1, 2]).storage()) == (
        " 1\n 2\n[TypedStorage(dtype=torch.int64, device=cpu) of size 2]"
    )
