"""The import lines of PyTorch, `torch` being `autotensor`: they find the same modules."""

from __future__ import annotations

import importlib
import pickle
import re
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType

import pytest

import autotensor as at
import nn
import nn.data
import nn.modules
import nn.optim

ROOT = Path(__file__).resolve().parents[2]


def run(script: str, folder: Path, files: Mapping[str, str] = MappingProxyType({})) -> str:
    """What a script prints that stands in a folder with other files; warnings are errors."""
    for name, text in {"script.py": script, **files}.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(folder / "script.py")],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "SYSTEMROOT": "C:\\Windows"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# -- one module under two names --------------------------------------------------------------------

#: By PyTorch's name without `torch.`, ours.
HOMES = {
    "nn": "nn",
    "nn.functional": "nn.functional",
    "nn.init": "nn.init",
    "nn.modules.conv": "nn.modules.conv",
    "nn.parameter": "nn.parameter",
    "nn.utils.parametrizations": "nn.utils.parametrizations",
    "nn.utils.rnn": "nn.utils.rnn",
    "autograd.function": "autotensor.extend.function",
    "nn.attention": "nn.attention",
    "distributed.nn.functional": "autotensor.distributed.nn.functional",
    "distributed.optim": "nn.optim.sharded",
    "optim": "nn.optim",
    "optim.adamw": "nn.optim.adam",
    "optim.rmsprop": "nn.optim.adaptive",
    "optim.lr_scheduler": "nn.optim.lr_scheduler",
    "optim.optimizer": "nn.optim.optimizer",
    "utils.data": "nn.data",
    "utils.data._utils.collate": "nn.data.collate",
    "utils.data.dataloader": "nn.data.dataloader",
    "utils.data.dataset": "nn.data.dataset",
    "utils.data.sampler": "nn.data.sampler",
}


@pytest.mark.parametrize("name", HOMES)
def test_a_module_is_the_same_under_both_names(name: str) -> None:
    found = importlib.import_module(f"autotensor.{name}")
    assert found is importlib.import_module(HOMES[name])
    assert found.__spec__ is not None
    assert found.__spec__.name == HOMES[name]


def test_modules_are_there_without_being_imported(tmp_path: Path) -> None:
    """Each in a fresh interpreter, as attributes of what `import autotensor` gives."""
    script = """
        import autotensor as torch
        import sys
        assert not any(name.split(".")[0] == "nn" for name in sys.modules)
        torch.utils.data.DataLoader, torch.optim.lr_scheduler.StepLR
        torch.nn.functional.relu, torch.nn.utils.rnn.pad_sequence, torch.nn.init.zeros_
        assert torch.nn.modules.batchnorm._BatchNorm in torch.nn.BatchNorm2d.__mro__
        import nn
        assert torch.nn is nn and torch.optim is nn.optim
        print(nn.Linear.__module__)
    """
    assert run(script, tmp_path) == "nn.layers.linear\n"


@pytest.mark.parametrize("order", ["import nn, autotensor.nn", "import autotensor.nn, nn"])
def test_the_order_of_the_names_does_not_matter(tmp_path: Path, order: str) -> None:
    script = f"""
        import autotensor
        {order}
        assert autotensor.nn is nn, nn
        from autotensor.nn.layers.linear import Linear
        assert nn.Linear is Linear
    """
    run(script, tmp_path)


def test_everything_is_listed() -> None:
    assert {"nn", "optim"} <= set(dir(at))
    assert "data" in dir(at.utils)


def test_a_pickle_made_under_one_name_is_read_under_the_other(tmp_path: Path) -> None:
    written = pickle.dumps(nn.Linear).replace(b"nn.layers.linear", b"autotensor.nn.layers.linear")
    # The length of the name stands in front of it.
    written = written.replace(b"\x8c\x10autotensor", b"\x8c\x1bautotensor")
    start = written.index(b"\x8c\x1b")
    assert pickle.loads(b"\x80\x04" + written[start:]) is nn.Linear


def test_reloading_keeps_one_module(tmp_path: Path) -> None:
    script = """
        import importlib, sys
        import autotensor, autotensor.nn, nn
        finders = len(sys.meta_path)
        assert importlib.reload(autotensor.nn) is nn
        assert importlib.reload(autotensor).nn is nn
        assert importlib.reload(autotensor.optim) is nn.optim
        assert len(sys.meta_path) == finders
    """
    run(script, tmp_path)


#: The first lines of programs of many kinds, as their authors wrote them.
HEADERS = {
    "GAN": """
        from __future__ import print_function
        import argparse
        import os
        import random
        import torch
        import torch.nn as nn
        import torch.nn.parallel
        import torch.backends.cudnn as cudnn
        import torch.optim as optim
        import torch.utils.data
        cudnn.benchmark = True
        device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
        netG = nn.Sequential(nn.ConvTranspose2d(3, 4, 4, 1, 0), nn.ReLU(True)).to(device)
        optim.Adam(netG.parameters(), lr=2e-4, betas=(0.5, 0.999))
    """,
    "MNIST": """
        import torch
        import torch.nn as nn
        import torch.nn.functional as F
        import torch.optim as optim
        from torch.optim.lr_scheduler import StepLR
        use_cuda = torch.cuda.is_available()
        use_mps = torch.backends.mps.is_available()
        use_accel = torch.accelerator.is_available()
        kwargs = {"num_workers": 1, "pin_memory": True} if use_cuda else {}
        data = torch.utils.data.TensorDataset(torch.rand(4, 2))
        loader = torch.utils.data.DataLoader(data, batch_size=2, **kwargs)
        F.log_softmax(next(iter(loader))[0], dim=1)
    """,
    "GPT": """
        import math
        import inspect
        from dataclasses import dataclass
        import torch
        import torch.nn as nn
        from torch.nn import functional as F
        from torch.utils.data.dataloader import DataLoader
        from contextlib import nullcontext
        torch.manual_seed(1337)
        torch.cuda.manual_seed(1337)
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
        device_type = "cpu"
        ctx = nullcontext() if device_type == "cpu" else torch.amp.autocast(device_type=device_type)
        scaler = torch.cuda.amp.GradScaler(enabled=False)
        flash = hasattr(torch.nn.functional, "scaled_dot_product_attention")
        fused = "fused" in inspect.signature(torch.optim.AdamW).parameters
        model = torch.compile(nn.Linear(2, 2))
        loss = model(torch.ones(1, 2)).sum()
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
    """,
    "agent": """
        from collections import namedtuple, deque
        from itertools import count
        import torch
        from torch import nn, optim
        import torch.nn.functional as F
        from torch.distributions import Categorical
        from torch.autograd import Variable
        import torch.multiprocessing as mp
        FloatType = torch.cuda.FloatTensor if torch.cuda.is_available() else torch.float
        if torch.backends.cudnn.enabled:
            torch.backends.cudnn.benchmark = False
            torch.backends.cudnn.deterministic = True
        Categorical(logits=torch.zeros(2)).sample()
        Variable(torch.ones(2), requires_grad=True).sum().backward()
    """,
    "vision models": """
        from typing import Any, Callable, List, Optional, Type, Union
        import torch
        import torch.nn as nn
        import torch.utils.model_zoo as model_zoo
        from torch import Tensor
        from torch.nn.modules.utils import _pair
        from torch.nn.modules.conv import _ConvNd
        from torch.nn.modules.batchnorm import _BatchNorm
        from torch.nn.init import trunc_normal_, kaiming_normal_

        class Conv(nn.Conv2d):
            pass

        @torch.jit.script
        def swish(x: Tensor) -> Tensor:
            return x * torch.sigmoid(x)

        @torch.jit.ignore
        def unused(x):
            return x

        torch.fx.wrap("swish")
        assert not torch.jit.is_scripting()
        assert issubclass(Conv, _ConvNd) and isinstance(nn.BatchNorm2d(3), _BatchNorm)
        torch._assert(_pair(3) == (3, 3), "a pair")
        model = torch.nn.DataParallel(Conv(1, 1, 3))
        model.module.weight.data.fill_(1.0)
    """,
    "an optimizer": """
        import math
        import torch
        from torch.optim.optimizer import Optimizer, required
        from torch.optim.lr_scheduler import _LRScheduler
        from torch.utils.data.sampler import SubsetRandomSampler
        from torch.utils.data._utils.collate import default_collate

        class Plain(Optimizer):
            def __init__(self, params, lr=required):
                super().__init__(params, dict(lr=lr))

            @torch.no_grad()
            def step(self, closure=None):
                for group in self.param_groups:
                    for p in group["params"]:
                        if p.grad is None:
                            continue
                        if p.grad.is_sparse:
                            raise RuntimeError("no sparse gradients")
                        p.add_(p.grad, alpha=-group["lr"])

        class Same(_LRScheduler):
            def get_lr(self):
                return self.base_lrs

        p = torch.nn.Parameter(torch.ones(2))
        try:
            Plain([p])
        except ValueError as error:
            assert "required" in str(error)
        optimizer = Plain([p], lr=0.5)
        (2 * p).sum().backward()
        optimizer.step()
        assert p.tolist() == [0.0, 0.0]
        Same(optimizer).step()
    """,
    "sequences": """
        import torch
        from torch import nn
        from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
        from torch.nn.utils import weight_norm, spectral_norm
        from torch.nn.modules.transformer import _get_clones
        from torch.nn import Transformer, LayerNorm
        from torch.utils.data import Dataset, random_split, Subset, get_worker_info
        from torch.cuda import amp
        from torch.cuda.amp import autocast, GradScaler
        from torch.nn.attention import sdpa_kernel, SDPBackend
        with autocast(enabled=False), sdpa_kernel(SDPBackend.MATH):
            pack_padded_sequence(torch.ones(3, 2, 1), [3, 1])
        assert len(_get_clones(nn.Linear(1, 1), 3)) == 3
        generator = torch.Generator(device="cpu").manual_seed(0)
        random_split(range(4), [2, 2], generator=generator)
        torch.set_default_device("cpu")
        torch.set_float32_matmul_precision("high")
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.testing.assert_close(torch.ones(1), torch.ones(1))
    """,
}


@pytest.mark.parametrize("name", HEADERS)
def test_programs_begin_when_their_import_lines_change(tmp_path: Path, name: str) -> None:
    script = re.sub(r"^(\s*import) torch$", r"\1 autotensor as torch", HEADERS[name], flags=re.M)
    script = re.sub(r"^(\s*(?:import|from)) torch\b", r"\1 autotensor", script, flags=re.M)
    # What `import torch.x` makes of the name `torch`.
    script = script.replace("import autotensor.", "import autotensor as torch, autotensor.")
    script = re.sub(r"as torch, (autotensor\.\S+ as )", r"as torch\n        import \1", script)
    run(script, tmp_path)


# -- a file of the user's called nn ----------------------------------------------------------------

USER = """
    import autotensor.nn as nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = nn.Linear(2, 3)
            self.out = nn.Sequential(nn.BatchNorm1d(3), nn.Tanh(), nn.Linear(3, 1))

        def forward(self, x):
            return self.out(nn.functional.relu(self.hidden(x)))
"""

TRAINS = """
    import copy, pickle, sys
    import autotensor as torch
    {first}
    import autotensor.nn as nn
    import autotensor.nn.functional as F
    from autotensor.nn.modules.conv import Conv2d
    from autotensor.nn.training import Doctor
    from autotensor.optim import SGD, lr_scheduler
    from autotensor.utils.data import DataLoader, TensorDataset

    {model}
    assert nn is torch.nn and F is nn.functional and nn.Conv2d is Conv2d
    assert isinstance(model, nn.Module) and type(model.hidden) is torch.nn.Linear
    optimizer = SGD(model.parameters(), lr=0.1)
    schedule = lr_scheduler.StepLR(optimizer, 1)
    data = TensorDataset(torch.ones(8, 2), torch.zeros(8, 1))
    for x, y in DataLoader(data, batch_size=4, num_workers=2):
        optimizer.zero_grad()
        nn.MSELoss()(model(x), y).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    schedule.step()
    model = copy.deepcopy(model).eval()
    model.load_state_dict(model.state_dict())
    assert "Linear" in str(nn.summary(model, (1, 2)))
    assert "hidden" in repr(model) and nn.LSTM(1, 1) and nn.optim.LBFGS
    assert pickle.loads(pickle.dumps(nn.Linear)) is nn.Linear
    try:
        nn.Conv2d(1, 1, 3)(torch.zeros(2))
    except RuntimeError as error:
        assert "input must have shape" in str(error)
    import nn as theirs
    print(theirs.__file__, nn.Linear.__module__)
"""


@pytest.mark.parametrize("first", ["from nn import Net", ""])
@pytest.mark.parametrize("file", ["nn.py", "nn/__init__.py"])
def test_a_file_of_the_users_called_nn_keeps_its_name(
    tmp_path: Path, first: str, file: str
) -> None:
    """Imported before ours or after, a file or a package with files that ours has as well."""
    model = "from nn import Net; model = Net()"
    files = {file: USER}
    if file != "nn.py":
        files["nn/utils.py"] = files["nn/losses.py"] = "theirs = True"
        model += "; from nn.utils import theirs; import nn.losses; assert nn.losses.theirs"
        model += "; import autotensor.nn as nn"
    printed = run(TRAINS.format(first=first, model=model), tmp_path, files)
    path, home = printed.split()
    assert Path(path).resolve().is_relative_to(tmp_path.resolve())
    assert home == "autotensor.nn.layers.linear"


def test_a_script_that_is_called_nn_itself(tmp_path: Path) -> None:
    prints = "\nimport autotensor\nprint(Net()(autotensor.ones(4, 2)).shape)"
    script = "import runpy; runpy.run_path('nn.py', run_name='__main__')"
    assert "4, 1" in run(script, tmp_path, {"nn.py": textwrap.dedent(USER) + prints})


# -- PyTorch's places of layers --------------------------------------------------------------------


def test_a_layer_is_where_pytorch_has_it(torch: ModuleType) -> None:
    """Every class of PyTorch's that we have, in the module of `nn.modules` that defines it."""
    ours = set(dir(nn.modules))
    known = [name for name in dir(torch.nn) if isinstance(getattr(torch.nn, name), type)]
    places = {name: getattr(torch.nn, name).__module__ for name in known}
    count = 0
    for name, place in places.items():
        if place.startswith("torch.nn.modules.") and hasattr(nn, name):
            file = place.removeprefix("torch.nn.modules.")
            if file == "linear_cross_entropy":
                file = "loss"
            module = importlib.import_module(f"autotensor.nn.modules.{file}")
            assert getattr(module, name) is getattr(nn, name), name
            assert getattr(nn.modules, name) is getattr(nn, name), name
            assert file in ours
            count += 1
    assert count > 120


@pytest.mark.parametrize(
    "base",
    [
        "batchnorm._BatchNorm", "batchnorm._NormBase", "conv._ConvNd", "conv._ConvTransposeNd",
        "dropout._DropoutNd", "instancenorm._InstanceNorm", "loss._Loss", "loss._WeightedLoss",
    ],
)  # fmt: skip
def test_bases_that_scripts_ask_for_have_pytorchs_descendants(torch: ModuleType, base: str) -> None:
    file, _, name = base.partition(".")

    def descendants(modules: ModuleType, library: ModuleType) -> set[str]:
        of = getattr(importlib.import_module(f"{modules.__name__}.{file}"), name)
        found = {one: getattr(library, one) for one in dir(library)}
        return {
            one for one, kind in found.items() if isinstance(kind, type) and issubclass(kind, of)
        }

    expected = {one for one in descendants(torch.nn.modules, torch.nn) if hasattr(nn, one)}
    # That one has a weight as well, and PyTorch writes it out.
    assert descendants(nn.modules, nn) - {"BCEWithLogitsLoss"} == expected - {"BCEWithLogitsLoss"}
    assert expected


def test_arguments_for_each_dimension(torch: ModuleType) -> None:
    import nn.modules.utils as ours

    theirs = torch.nn.modules.utils
    for name in ("_single", "_pair", "_triple", "_quadruple"):
        for value in (3, (1, 2, 3), [4, 5], range(2)):
            assert getattr(ours, name)(value) == getattr(theirs, name)(value)
    assert ours._reverse_repeat_tuple((1, 2), 2) == theirs._reverse_repeat_tuple((1, 2), 2)
    assert ours._ntuple(5)(0) == (0, 0, 0, 0, 0)


def test_a_prefix_is_taken_off_a_state_dict() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    state = nn.DataParallel(model).state_dict()
    assert set(state) == {f"module.{key}" for key in model.state_dict()}
    nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
    assert list(state) == list(model.state_dict())
    model.load_state_dict(state)


# -- what is left out ------------------------------------------------------------------------------

LEFT_OUT = {
    "sparse": "dense",
    "fft": "numpy.fft",
    "view_as_complex": "real and imaginary",
    "quantization": "float32",
    "profiler": "cProfile",
    "nn.quantized": "float32",
    "utils.data.datapipes": "DataLoader",
    "optim.SparseAdam": "dense",
}


def test_without_mpiexec_there_is_one_process() -> None:
    """Scripts import these at the top, and then ask whether there are several processes."""
    import autotensor.distributed as dist
    from autotensor.hub import load
    from autotensor.nn.parallel import DistributedDataParallel

    assert dist.is_available()
    assert not dist.is_initialized()
    assert not isinstance(nn.Linear(2, 1), DistributedDataParallel)
    with pytest.raises(
        RuntimeError, match=r"distributed.all_reduce: call init_process_group\(\) f"
    ):
        dist.all_reduce(at.ones(1), op=dist.ReduceOp.SUM)
    with pytest.raises(RuntimeError, match=r"DataParallel: call .*init_process_group"):
        DistributedDataParallel(nn.Linear(2, 1), device_ids=[0])
    with pytest.raises(ValueError, match=r"rank 0 of 4 has no address .*mpiexec -n 4"):
        dist.init_process_group(backend="nccl", world_size=4, rank=0)
    assert not dist.is_initialized()
    with pytest.raises(RuntimeError, match=r"hub.load: ready models are left out: build the mod"):
        load("pytorch/vision", "resnet18", pretrained=True)


def test_what_one_process_has_is_named_as_in_pytorch(torch: ModuleType) -> None:
    importlib.import_module("torch.distributed.nn")  # there it is a name only then
    for name in ("distributed", "hub"):
        ours, theirs = (
            importlib.import_module(f"{root}.{name}") for root in ("autotensor", "torch")
        )
        own = {"common_memory"}  # which PyTorch has in no such form
        assert not [one for one in ours.__all__ if not hasattr(theirs, one) and one not in own]


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_name_left_out_says_so_when_imported(name: str) -> None:
    with pytest.raises(ImportError, match=LEFT_OUT[name]) as caught:
        importlib.import_module(f"autotensor.{name}")
    assert not isinstance(caught.value, ModuleNotFoundError)
    above, _, last = f"autotensor.{name}".rpartition(".")
    with pytest.raises(ImportError, match=LEFT_OUT[name]):
        exec(f"from {above} import {last}")


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_name_left_out_says_so_as_an_attribute(name: str) -> None:
    above, _, last = f"autotensor.{name}".rpartition(".")
    module = importlib.import_module(above)
    assert not hasattr(module, last)
    if module.__name__ != "nn.data":
        with pytest.raises(AttributeError, match=LEFT_OUT[name]):
            getattr(module, last)


def test_other_names_that_are_not_there_are_not_explained() -> None:
    for name in ("autotensor.nonsense", "autotensor.nn.nonsense", "autotensor.utils.data.nonsense"):
        with pytest.raises(ModuleNotFoundError, match=f"No module named '{name}'"):
            importlib.import_module(name)


def test_what_is_left_out_is_not_there() -> None:
    """No reason stands for a name that has come since."""
    from autotensor.left_out import REASONS

    for name in REASONS:
        above, _, last = name.rpartition(".")
        try:
            module = importlib.import_module(above)
        except ImportError:
            continue
        assert not hasattr(module, last), name
