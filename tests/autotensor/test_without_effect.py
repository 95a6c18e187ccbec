"""What a script for the CPU asks for and can do without: accepted, or refused with a remedy."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn


class Context:
    """In place of that of a Function's."""


def twice(x: Any) -> Any:
    return 2 * x


def decorated(decorate: Callable[[Any], Any]) -> Any:
    return decorate(twice)(3)


def debug_mode(lib: Any, mode: Any) -> Any:
    lib.set_deterministic_debug_mode(mode)
    found = (
        lib.get_deterministic_debug_mode(),
        lib.are_deterministic_algorithms_enabled(),
        lib.is_deterministic_algorithms_warn_only_enabled(),
    )
    lib.set_deterministic_debug_mode(0)
    return found


def with_flags(lib: Any) -> Any:
    cudnn = lib.backends.cudnn
    with cudnn.flags(enabled=False, benchmark=True, deterministic=True):
        inside = cudnn.enabled, cudnn.benchmark, cudnn.deterministic
    return inside, cudnn.benchmark, cudnn.deterministic


def default_type(lib: Any, kind: Any) -> str:
    before = lib.get_default_dtype()
    lib.set_default_tensor_type(kind)
    made = lib.ones(1).dtype
    lib.set_default_dtype(before)
    return str(made).removeprefix("torch.")


#: What is the same in PyTorch.
SAME: dict[str, Callable[[Any], Any]] = {
    "jit.script": lambda lib: decorated(lib.jit.ignore),
    "jit.ignore": lambda lib: decorated(lib.jit.ignore()),
    "jit.ignore(drop)": lambda lib: decorated(lib.jit.ignore(drop=False)),
    "jit.unused": lambda lib: decorated(lib.jit.unused),
    "jit.export": lambda lib: decorated(lib.jit.export),
    "jit.is_scripting": lambda lib: (lib.jit.is_scripting(), lib.jit.is_tracing()),
    "jit.annotate": lambda lib: lib.jit.annotate(list[int], [3]),
    "jit.isinstance": lambda lib: [
        lib.jit.isinstance(*one)
        for one in (([1], list[int]), (3, (int, str)), ((1,), list[int]), ({}, dict[str, int]))
    ],
    "jit.fork": lambda lib: lib.jit.wait(lib.jit.fork(twice, 4)),
    "_assert": lambda lib: lib._assert(True, "words"),
    "compiler": lambda lib: (
        lib.compiler.is_compiling(), decorated(lib.compiler.disable),
        decorated(lib.compiler.disable(recursive=False)),
    ),
    "onnx": lambda lib: lib.onnx.is_in_onnx_export(),
    "DoubleTensor": lambda lib: default_type(lib, "torch.DoubleTensor"),
    "FloatTensor": lambda lib: default_type(lib, "torch.FloatTensor"),
    "debug modes": lambda lib: [debug_mode(lib, one) for one in (0, 1, 2, "warn", "error")],
    "cudnn": lambda lib: (
        lib.backends.cudnn.enabled, lib.backends.cudnn.version(),
        lib.backends.cudnn.is_available(), with_flags(lib),
    ),
    "cuda's switches": lambda lib: (
        lib.backends.cuda.matmul.allow_tf32, lib.backends.cuda.is_built(),
        lib.backends.cuda.flash_sdp_enabled(), lib.backends.cuda.enable_flash_sdp(True),
    ),
    "other backends": lambda lib: (
        # Where the package opt_einsum is installed, PyTorch uses it.
        lib.backends.mps.is_available(), lib.backends.opt_einsum.strategy in (None, "auto"),
        lib.backends.mha.get_fastpath_enabled(), lib.backends.mha.set_fastpath_enabled(False),
        lib.backends.mha.get_fastpath_enabled(), lib.backends.mha.set_fastpath_enabled(True),
    ),
    "versions": lambda lib: (lib.version.cuda, lib.version.hip),
    "cuda": lambda lib: (
        lib.cuda.is_available(), lib.cuda.device_count(), lib.cuda.is_initialized(),
        lib.cuda.manual_seed_all(0), lib.cuda.get_arch_list(),
        lib.cuda.max_memory_reserved(), lib.cuda._initialized,
    ),
    "other devices": lambda lib: (
        lib.mps.is_available(), lib.mps.device_count(), lib.xpu.is_available(),
        lib.xpu.device_count(), lib.cpu.is_available(), lib.cpu.device_count(),
        lib.cpu.current_device(), lib.cpu.synchronize(),
    ),
    "questions to a Tensor": lambda lib: [
        getattr(lib.ones(1), f"is_{one}")
        for one in ("cpu", "cuda", "meta", "mps", "quantized", "sparse", "xpu")
    ],
    "memory of a Tensor": lambda lib: (lib.ones(1).is_pinned(), lib.ones(1).is_shared()),
    "sharing": lambda lib: (
        sorted(lib.multiprocessing.get_all_sharing_strategies()),
        lib.multiprocessing.set_sharing_strategy("file_system"),
        lib.multiprocessing.get_sharing_strategy(),
        lib.multiprocessing.set_sharing_strategy("file_descriptor"),
    ),
    "autocast": lambda lib: str(under_autocast(lib).dtype).removeprefix("torch."),
    "autocast in float64": lambda lib: str(on_the_cpu(lib).dtype).removeprefix("torch."),
    "a disabled scaler": lambda lib: (
        lib.cuda.amp.GradScaler(enabled=False).get_scale(),
        lib.cuda.amp.GradScaler(enabled=False).is_enabled(),
        lib.amp.GradScaler("cuda", enabled=False).state_dict(),
    ),
    "custom_fwd": lambda lib: lib.amp.custom_fwd(device_type="cpu")(lambda ctx, x: x)(Context(), 3),
}  # fmt: skip


def under_autocast(lib: Any) -> Any:
    with lib.autocast("cuda"), lib.cuda.amp.autocast(), lib.amp.autocast(device_type="cuda"):
        return lib.ones(2, 2) @ lib.ones(2, 2)


def on_the_cpu(lib: Any) -> Any:
    with lib.autocast("cpu"):
        return lib.ones(2, 2, dtype=lib.float64) @ lib.ones(2, 2, dtype=lib.float64)


@pytest.mark.parametrize("name", SAME)
def test_the_answers_of_pytorch(torch: ModuleType, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of PyTorch's: CUDA is not there, or old names
        expected = SAME[name](torch)
    assert SAME[name](at) == expected


#: What gives back the function or Module that it is given.
UNCHANGED: dict[str, Callable[[Any], Any]] = {
    "compile": at.compile,
    "compile(mode)": at.compile(mode="max-autotune", fullgraph=True, dynamic=False),
    "jit.script": at.jit.script,
    "jit.trace": lambda one: at.jit.trace(one, at.ones(1, 2)),
    "jit.script_if_tracing": at.jit.script_if_tracing,
    "jit.freeze": at.jit.freeze,
    "fx.wrap": at.fx.wrap,
    "amp.custom_fwd": at.amp.custom_fwd(device_type="cuda", cast_inputs=at.float32),
    "cuda.amp.custom_fwd": at.cuda.amp.custom_fwd,
    "compiler.allow_in_graph": at.compiler.allow_in_graph,
}


@pytest.mark.parametrize("name", UNCHANGED)
def test_what_would_compile_gives_back_what_it_gets(name: str) -> None:
    for one in (nn.Linear(2, 2), twice):
        assert UNCHANGED[name](one) is one


#: What is refused, and what its message says to do.
REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "jit.save": (lambda: at.jit.save(nn.Linear(1, 1), "x.pt"), NotImplementedError, "state_dict"),
    "jit.load": (lambda: at.jit.load("x.pt"), NotImplementedError, "load_state_dict"),
    "Tensor.cuda": (lambda: at.ones(1).cuda(), RuntimeError, "delete"),
    "cuda.Event": (lambda: at.cuda.Event(), RuntimeError, "delete"),
    "cuda.graph": (lambda: at.cuda.graph, AttributeError, "delete"),
    "a type on cuda": (
        lambda: at.set_default_tensor_type("torch.cuda.FloatTensor"), TypeError, "delete"
    ),
    "a type of integers": (
        lambda: at.set_default_tensor_type("torch.LongTensor"), TypeError, "DoubleTensor"
    ),
    "a misspelt option": (lambda: at.compile(modus="x"), TypeError, "modus"),
    "a debug mode": (lambda: at.set_deterministic_debug_mode("loud"), RuntimeError, "error"),
    "a device of no kind": (lambda: at.autocast("gpu"), RuntimeError, "gpu"),
    "autocast without a name": (lambda: at.autocast(at.float16), TypeError, "string"),
    "_assert": (lambda: at._assert(1 > 2, "too small"), AssertionError, "too small"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_says_what_to_do(name: str) -> None:
    call, kind, words = REFUSED[name]
    with pytest.raises(kind, match=words):
        call()


# -- GradScaler ------------------------------------------------------------------------------------


def scaled_training(lib: Any, network: Any, optim: Any) -> Iterator[tuple[float, float, float]]:
    """The weight, the scale and the gradient over steps, two of which have infinite gradients."""
    layer = network.Linear(1, 1, bias=False, dtype=lib.float64)
    with lib.no_grad():
        layer.weight.fill_(0.5)
    optimizer = optim.SGD(layer.parameters(), lr=0.1)
    scaler = lib.amp.GradScaler("cpu", init_scale=8.0, growth_interval=2, growth_factor=4.0)
    for step in range(12):
        optimizer.zero_grad()
        factor = math.inf if step in (3, 7) else 1.0 + step
        loss = (layer(lib.ones(1, 1, dtype=lib.float64)) * factor).square().sum()
        scaler.scale(loss).backward()
        if step % 2:
            scaler.unscale_(optimizer)
        scaler.step(optimizer)
        scaler.update()
        yield layer.weight.item(), scaler.get_scale(), layer.weight.grad.item()
    fresh = lib.amp.GradScaler("cpu")
    fresh.load_state_dict(scaler.state_dict())
    fresh.scale(lib.ones(1))
    fresh.update(16.0)
    yield fresh.get_scale(), fresh.get_growth_factor(), fresh.get_growth_interval()


def test_a_scaler_skips_steps_and_changes_its_scale_as_pytorchs(torch: ModuleType) -> None:
    ours = list(scaled_training(at, nn, nn.optim))
    theirs = list(scaled_training(torch, torch.nn, torch.optim))
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    scales = [scale for _, scale, _ in ours]
    assert max(scales) > 8 > min(scales)


@pytest.mark.parametrize("factor", [2.0, 4.0, 1e30])
def test_a_scale_grows_no_further_than_float32_goes(factor: float) -> None:
    parameter = at.ones(1, requires_grad=True)
    optimizer = nn.optim.SGD([parameter], lr=0.1)
    options: Any = {"growth_interval": 1, "growth_factor": factor, "init_scale": 2.0**126}
    scaler = at.amp.GradScaler("cpu", **options)
    largest = 2.0**127 if factor == 2 else 2.0**126  # 2¹²⁸ is infinite in float32
    for _ in range(3):
        parameter.grad = at.zeros(1)
        scaler.step(optimizer)
        scaler.update()
        assert scaler.get_scale() == largest
        assert scaler.state_dict()["_growth_tracker"] == 0
    parameter.grad = at.tensor([math.inf])
    scaler.step(optimizer)
    scaler.update()
    assert scaler.get_scale() == largest / 2


def test_a_scaler_refuses_the_wrong_order() -> None:
    layer = nn.Linear(1, 1)
    optimizer = nn.optim.SGD(layer.parameters(), lr=0.1)
    scaler = at.amp.GradScaler("cpu")
    with pytest.raises(RuntimeError, match="since the last"):
        scaler.update()
    scaler.scale(layer(at.ones(1, 1)).sum()).backward()
    scaler.unscale_(optimizer)
    with pytest.raises(RuntimeError, match="since the last"):
        scaler.unscale_(optimizer)
    scaler.step(optimizer)
    with pytest.raises(RuntimeError, match="since the last"):
        scaler.step(optimizer)
    with pytest.raises(RuntimeError, match="closure"):
        scaler.step(optimizer, closure=lambda: None)
    with pytest.raises(RuntimeError, match="disabled"):
        scaler.load_state_dict({})


def test_a_scaler_wants_gradients() -> None:
    """Without any the step would be left out, and the scale grow, without a word."""
    w = nn.Parameter(at.ones(2))
    scaler = at.amp.GradScaler("cpu", init_scale=4.0, growth_interval=1)
    optimizer = nn.optim.SGD([w], lr=0.1)
    with pytest.raises(RuntimeError, match=r"step: no parameter .* has a gradient"):
        scaler.step(optimizer)
    with pytest.raises(RuntimeError, match="no step"):
        scaler.update()
    assert scaler.get_scale() == 4


def test_a_scaler_without_a_gpu_only_steps() -> None:
    layer = nn.Linear(1, 1)
    optimizer = nn.optim.SGD(layer.parameters(), lr=1.0)
    scaler = at.cuda.amp.GradScaler()
    loss = layer(at.ones(1, 1)).sum()
    assert scaler.scale(loss) is loss
    loss.backward()
    before = layer.bias.item()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    assert layer.bias.item() == pytest.approx(before - 1)
    assert not scaler.is_enabled()


# -- networks and processes ------------------------------------------------------------------------


def test_a_network_on_all_devices_is_the_network(torch: ModuleType) -> None:
    x = np.linspace(-1, 1, 6).reshape(3, 2)

    def run(lib: Any, network: Any) -> tuple[list[str], Any]:
        layer = network.Linear(2, 3, dtype=lib.float64)
        with lib.no_grad():
            layer.weight.fill_(0.5)
            layer.bias.fill_(1.0)
        model = network.DataParallel(layer, device_ids=[0, 1])
        assert model.module is layer
        assert model.device_ids == []
        y = model(lib.from_numpy(x))
        return list(model.state_dict()), y.detach().numpy()

    ours, theirs = run(at, nn), run(torch, torch.nn)
    assert ours[0] == theirs[0] == ["module.weight", "module.bias"]
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-12)
    layer = nn.Linear(2, 3)
    assert nn.parallel.data_parallel(layer, at.ones(4, 2)).equal(layer(at.ones(4, 2)))


def test_something_else_is_not_spread() -> None:
    with pytest.raises(TypeError, match="Module"):
        nn.DataParallel(twice)  # type: ignore[arg-type]


def fill(number: int, folder: Any) -> None:
    (folder / f"{number}").write_text(str(float(at.ones(2).sum()) + number))


def test_processes_are_spawned(tmp_path: Any) -> None:
    at.multiprocessing.spawn(fill, (tmp_path,), nprocs=2)
    assert sorted(path.read_text() for path in tmp_path.iterdir()) == ["2.0", "3.0"]


def fail(number: int) -> None:
    raise SystemExit(number + 3)


def test_a_process_that_fails_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="process 0 ended with code 3"):
        at.multiprocessing.spawn(fail)


def test_its_other_names_are_pythons() -> None:
    import multiprocessing

    assert at.multiprocessing.Queue is multiprocessing.Queue
    assert at.multiprocessing.cpu_count() == multiprocessing.cpu_count()


def test_a_scaler_refuses_a_spoiled_state_whole() -> None:
    scaler = at.amp.GradScaler("cpu", init_scale=8.0)
    before = scaler.state_dict()
    for junk in (3, None, [1]):
        with pytest.raises(TypeError, match=r"GradScaler.load_state_dict: expected a dict, got"):
            scaler.load_state_dict(junk)
    for name in before:
        rest = {one: value for one, value in before.items() if one != name} | {"scale ": 2.0}
        with pytest.raises(ValueError, match=rf"GradScaler.load_state_dict: .* no '{name}', only"):
            scaler.load_state_dict(rest)
        for junk in ("x", None, at.ones(2)):
            with pytest.raises(TypeError, match=rf"GradScaler.load_state_dict: '{name}' must be"):
                scaler.load_state_dict({**before, "scale": 3.0, name: junk})
        assert scaler.state_dict() == before
    scaler.load_state_dict({**before, "scale": at.tensor(4.0), "enabled": False})
    assert scaler.is_enabled()
    assert scaler.get_scale() == 4.0
