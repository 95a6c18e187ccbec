"""What scripts say about devices: accepted where it means the CPU, refused where it does not."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

import autotensor as at
import nn
from tests.helpers import attempt

#: What is the same in PyTorch.
SAME: dict[str, Callable[[Any], Any]] = {
    "name": lambda lib: str(lib.device("cpu")),
    "name with index": lambda lib: str(lib.device("cpu:1")),
    "repr": lambda lib: repr(lib.device("cpu")),
    "repr with index": lambda lib: repr(lib.device("cpu", 0)),
    "type and index": lambda lib: (lib.device("cpu:2").type, lib.device("cpu").index),
    "by keyword": lambda lib: str(lib.device(type="cpu", index=0)),
    "a device given back": lambda lib: lib.device(lib.device("cpu")) == lib.device("cpu"),
    "equal": lambda lib: lib.device("cpu") == lib.device("cpu"),
    "another device": lambda lib: (
        repr(lib.device("cuda:0")), lib.device("cuda", 1).index, str(lib.device("mps")),
        lib.device("cuda") == lib.device("cuda:0"), lib.ones(1).device == lib.device("cuda"),
    ),
    "a generator's": lambda lib: str(lib.Generator(device="cpu").device),
    "another index": lambda lib: lib.device("cpu") == lib.device("cpu", 0),
    "not its name": lambda lib: lib.device("cpu") == "cpu",
    "hash": lambda lib: len({lib.device("cpu"), lib.device("cpu")}),
    "of a Tensor": lambda lib: str(lib.ones(2).device),
    "of a Tensor made with an index": lambda lib: str(lib.ones(2, device="cpu:0").device),
    "choice": lambda lib: str(lib.device("cuda" if lib.cuda.is_available() else "cpu")),
    "the newer choice": lambda lib: (
        lib.accelerator.current_accelerator().type if lib.accelerator.is_available() else "cpu"
    ),
    "mps": lambda lib: lib.backends.mps.is_available(),
    "counts": lambda lib: (lib.cuda.device_count(), lib.accelerator.device_count()),
    "memory": lambda lib: (lib.cuda.memory_allocated(), lib.cuda.max_memory_allocated()),
    "nothing to do": lambda lib: (
        lib.cuda.manual_seed_all(0), lib.cuda.manual_seed(0), lib.cuda.empty_cache(),
        lib.set_default_device("cpu"), lib.set_default_device(None),
    ),
    "states": lambda lib: (
        lib.cuda.get_rng_state_all(), lib.cuda.set_rng_state_all([]),
        lib.cuda.reset_max_memory_cached() if lib is at else None,
    ),
    "no memory": lambda lib: (
        lib.cuda.OutOfMemoryError is lib.OutOfMemoryError, lib.OutOfMemoryError.__mro__[1].__name__,
    ),
    "default": lambda lib: str(lib.get_default_device()),
    "is_cuda": lambda lib: (lib.ones(1).is_cuda, lib.ones(1).is_cpu, lib.ones(1).get_device()),
    "is_tensor": lambda lib: (lib.is_tensor(lib.ones(1)), lib.is_tensor(3)),
    "precision": lambda lib: (
        lib.set_float32_matmul_precision("highest"), lib.get_float32_matmul_precision()
    ),
    "deterministic": lambda lib: (
        lib.use_deterministic_algorithms(True, warn_only=True),
        lib.are_deterministic_algorithms_enabled(),
        lib.use_deterministic_algorithms(False),
        lib.are_deterministic_algorithms_enabled(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_the_answers_of_pytorch(torch: ModuleType, name: str) -> None:
    assert SAME[name](at) == SAME[name](torch)


#: ``x.to(…)`` in every form, and what comes of it: dtype, and whether it is ``x`` itself.
TO: dict[str, Callable[[Any, Any], Any]] = {
    "nothing": lambda lib, x: x.to(),
    "None": lambda lib, x: x.to(None),
    "dtype": lambda lib, x: x.to(lib.float64),
    "own dtype": lambda lib, x: x.to(lib.float32),
    "dtype by keyword": lambda lib, x: x.to(dtype=lib.int64),
    "dtype, non_blocking, copy": lambda lib, x: x.to(lib.float32, True, True),
    "Python's bool": lambda lib, x: x.to(bool),
    "device": lambda lib, x: x.to("cpu"),
    "device object": lambda lib, x: x.to(lib.device("cpu")),
    "device by keyword": lambda lib, x: x.to(device="cpu"),
    "device, non_blocking": lambda lib, x: x.to("cpu", non_blocking=True),
    "device, copy": lambda lib, x: x.to(lib.device("cpu"), copy=True),
    "device, dtype": lambda lib, x: x.to("cpu", lib.float64),
    "device, dtype by keyword": lambda lib, x: x.to("cpu", dtype=lib.float64),
    "device, dtype, non_blocking, copy": lambda lib, x: x.to("cpu", lib.float32, False, True),
    "None, dtype": lambda lib, x: x.to(None, lib.float16),
    "device, None": lambda lib, x: x.to("cpu", None),
    "other": lambda lib, x: x.to(lib.ones(1, dtype=lib.int32)),
    "other, non_blocking, copy": lambda lib, x: x.to(x, False, True),
    "all by keyword": lambda lib, x: x.to(
        device="cpu", dtype=lib.float16, non_blocking=True, copy=True
    ),
    "two dtypes": lambda lib, x: x.to(lib.float32, lib.float64),
    "dtype twice": lambda lib, x: x.to(lib.float32, dtype=lib.float64),
    "device twice": lambda lib, x: x.to("cpu", device="cpu"),
    "two devices": lambda lib, x: x.to("cpu", "cpu"),
    "dtype, device": lambda lib, x: x.to(lib.float32, "cpu"),
    "other, dtype": lambda lib, x: x.to(x, lib.float64),
    "a list": lambda lib, x: x.to([1]),
    "a name of a dtype": lambda lib, x: x.to("float64"),
    "a number": lambda lib, x: x.to(0),
    "cuda": lambda lib, x: x.to("cuda"),
    "cuda and dtype": lambda lib, x: x.to("cuda:0", lib.float64),
}


@pytest.mark.parametrize("name", TO)
def test_to_in_all_its_forms(torch: ModuleType, name: str) -> None:
    theirs = torch.ones(2)
    expected, refused = attempt(lambda: TO[name](torch, theirs))
    ours = at.ones(2)
    found, error = attempt(lambda: TO[name](at, ours))
    if refused is not None:
        # AssertionError is what PyTorch without CUDA raises.
        kind = RuntimeError if isinstance(refused, AssertionError) else type(refused)
        assert isinstance(error, kind), f"{error!r} instead of {refused!r}"
        return
    assert error is None
    assert str(found.dtype) == str(expected.dtype)
    assert (found is ours) == (expected is theirs)


@pytest.mark.parametrize(
    "wrong",
    ["gpu", "", "cpu:", "cpu:x", "cpu:-1", 0],
)
def test_names_that_no_device_has_are_refused(wrong: Any) -> None:
    with pytest.raises(RuntimeError, match="CPU only"):
        at.device(wrong)
    with pytest.raises(RuntimeError, match=r"^ones: .*CPU only"):
        at.ones(2, device=wrong)


@pytest.mark.parametrize(
    "wrong", ["cuda", "cuda:0", "mps", "xpu", "meta", at.device("cuda", 1)], ids=str
)
def test_other_devices_can_be_named_and_nothing_can_be_put_there(wrong: Any) -> None:
    device = at.device(wrong)
    assert device != at.device("cpu")
    for put in (
        lambda: at.tensor([1.0], device=device),
        lambda: at.ones(2).to(device),
        lambda: nn.Linear(2, 2).to(device),
        lambda: at.Generator(device=device),
        lambda: at.set_default_device(device),
        device.__enter__,
    ):
        with pytest.raises(RuntimeError, match=r"not available.*CPU only"):
            put()
    with pytest.raises(RuntimeError, match=r"^ones: .*CPU only"):
        at.ones(2, device=wrong)
    with pytest.raises(RuntimeError, match=r"^Linear: .*CPU only"):
        nn.Linear(2, 2, device=wrong)


@pytest.mark.parametrize("arguments", [(1.5,), (None,), (["cpu"],), (True,)])
def test_what_is_no_device(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match="device"):
        at.device(*arguments)


def test_an_index_twice_or_negative() -> None:
    with pytest.raises(RuntimeError, match="has one already"):
        at.device("cpu:0", 0)
    with pytest.raises(RuntimeError, match="negative"):
        at.device("cpu", -1)


@pytest.mark.parametrize(
    "request_",
    [
        lambda: at.ones(1).cuda(),
        lambda: at.cuda.current_device(),
        lambda: at.cuda.Event(enable_timing=True),
        lambda: at.cuda.Stream(),
        lambda: at.cuda.mem_get_info(),
        lambda: at.cuda.get_device_name(0),
        lambda: at.cuda.set_device(0),
        lambda: at.set_default_device("cuda"),
    ],
)
def test_what_needs_another_device_says_so(request_: Callable[[], Any]) -> None:
    with pytest.raises(RuntimeError, match="CPU only"):
        request_()


def test_a_device_is_a_context_and_a_decorator() -> None:
    with at.device("cpu") as device:
        assert device == at.device("cpu")
    with at.device("cpu"):
        assert at.ones(1).device.type == "cpu"

    @at.device("cpu")
    def make() -> at.Tensor:
        return at.ones(3)

    assert make().shape == (3,)


def test_a_device_can_be_pickled() -> None:
    device = at.device("cpu:1")
    assert pickle.loads(pickle.dumps(device)) == device


def test_everything_that_makes_tensors_takes_the_cpu() -> None:
    device = at.ones(1).device
    x = at.ones(2, device=device)
    assert at.zeros_like(x, device=device).shape == (2,)
    assert at.tensor([1.0], device="cpu:0").shape == (1,)
    assert at.randn(2, device=device).shape == (2,)
    assert at.arange(3, device=device).shape == (3,)
    assert x.new_zeros(3, device=device).shape == (3,)


def test_seeding_devices_leaves_the_numbers_alone() -> None:
    at.manual_seed(1)
    expected = at.rand(2).tolist()
    at.manual_seed(1)
    at.cuda.manual_seed_all(7)
    assert at.rand(2).tolist() == expected


def test_switches_of_backends_are_kept() -> None:
    before = at.backends.cudnn.deterministic
    at.backends.cudnn.deterministic = True
    assert at.backends.cudnn.deterministic
    at.backends.cudnn.deterministic = before
    at.backends.cuda.matmul.allow_tf32 = False
    assert not at.backends.cudnn.is_available()


def test_compile_gives_back_what_it_got() -> None:
    net = nn.Linear(2, 2)
    assert at.compile(net) is net

    @at.compile
    def double(x: int) -> int:
        return 2 * x

    @at.compile(mode="max-autotune", fullgraph=True)
    def triple(x: int) -> int:
        return 3 * x

    assert (double(1), triple(1)) == (2, 3)
    with pytest.raises(RuntimeError, match="compile"):
        at.compile(3)  # type: ignore[arg-type]


def test_wrong_settings() -> None:
    with pytest.raises(TypeError, match="mode"):
        at.use_deterministic_algorithms("yes")  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="medium"):
        at.set_float32_matmul_precision("low")
