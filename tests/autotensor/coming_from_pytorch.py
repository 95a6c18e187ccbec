"""Writes docs/coming/pytorch.md: what a script for PyTorch must change, and all that differs.

    python -m tests.autotensor.coming_from_pytorch

It needs PyTorch, whose names are compared with ours.  ``test_coming_from_pytorch.py`` holds the
page to what it says.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import re
import textwrap
import warnings
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import autotensor as at
from autotensor.left_out import REASONS
from tests.autotensor.differences import DIFFERENCES
from tests.running import IMPORTS, with_our_imports

PAGE = Path(__file__).parents[2] / "docs" / "coming" / "pytorch.md"

#: Modules whose public names are compared.
MODULES = """
torch torch.Tensor torch.nn torch.nn.functional torch.nn.init torch.nn.utils torch.nn.utils.rnn
torch.nn.utils.parametrize torch.nn.utils.parametrizations torch.optim torch.optim.lr_scheduler
torch.optim.swa_utils torch.utils.data torch.utils.checkpoint torch.autograd
torch.autograd.functional torch.autograd.graph torch.func torch.linalg torch.special
torch.distributions torch.distributions.transforms torch.distributions.constraints torch.cuda
torch.amp torch.jit torch.random torch.testing torch.backends
""".split()  # noqa: SIM905

#: What stands in PyTorch's namespaces although nobody is meant to call it.
INTERNAL = re.compile(
    r"""(cudnn|miopen|mkldnn|fbgemm|quantized|native|q|sym|import_ir|parse|has_torch|fake_quantize
    |autocast|batch_norm)_.*|.*(_copy|_for_size|_notes|Storage|Type|_type_list|_gather_stats\w*)
    |(u?int|bits?|float4|quint|qint)\d.*|[A-Z_]+|.*(Tracing|Script|PyTorchFile|Logger|Sym[BFI]).*
    |(get|set|is)_autocast_.*|fused_moving_.*|choose_qparams_.*|int_repr|unsafe_.*|merge_type_.*
    |.*_(cudagraph|spgraph)_.*|slice_(copy|inverse)|const_data_ptr|(map2?|module_load|reinforce)_?
    |compiled_with_.*|init_num_threads|.*_grad_stream_.*|.*_stale_capture_.*|record_stream""",
    re.VERBOSE,
)

#: More of the kind, by name.
INTERNAL_NAMES = """
Argument ArgumentSpec BenchmarkConfig BenchmarkExecutionStats Block CallStack Capsule Code
CompleteArgumentSpec ConcreteModuleTypeBuilder DeserializationStorageContext DisableTorchFunction
DisableTorchFunctionSubclass DispatchKey DispatchKeySet ErrorReport ExcludeDispatchKeyGuard
ExecutionPlan FatalError FunctionSchema Future Gradient Graph GraphExecutorState IODescriptor
JITException ModuleDict Node OperatorInfo ParameterDict BufferDict AliasDb
SerializationStorageContext
StaticModule Stream Event Tag ThroughputBenchmark Use Value AcceleratorError OutOfMemoryError
BroadcastingList1 BroadcastingList2 BroadcastingList3 Callable Optional assert_int_or_pair
boolean_dispatch handle_torch_function factory_kwargs common_types NestedIOFunction hash_tensor
argument_validation guaranteed_datapipes_determinism non_deterministic runtime_validation
runtime_validation_disabled functional_datapipe FileCheck Attribute Error export_opnames fork
rearrange debug_unwrap classproperty cpp builtins ctypes functools glob importlib inspect math os
platform sys textwrap threading torch warnings dataclasses np DType wait while_loop cond
thread_safe_generator torch_version to_dlpack prepare_multiprocessing_environment functional
swap_in_optimizer_params_and_state get_file_path return_types windows segment_reduce lstsq eig
symeig matrix_rank solve _initialize LinearCrossEntropyOptions Container grad_dtype name dim_order
is_conj is_neg is_inference is_vulkan is_vulkan_available is_xla is_ipu is_maia is_mkldnn is_mtia
ipu xpu mtia layout volatile is_distributed is_quantized conj_physical conj_physical_ resolve_conj
resolve_neg nonzero_static as_subclass untyped_storage storage_type DeepCopyMemoTable
CrossMapLRN2d region_activation_memory_budget enforce_grad_layout_policy SwizzleType ScalingType
cusparselt kleidiai m mha miopen nnpack python_native DefaultDeviceType GraphExecGroup
SAC_IGNORED_OPS CheckpointPolicy detach_variable check_backward_validity get_device_states
set_device_states noop_context_fn CheckpointFunction
""".split()  # noqa: SIM905

#: Lines of scripts, and what becomes of them: run by the tests.
ACCEPTED = {
    "device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')": "there is no CUDA",
    "torch.zeros(2).to('cpu', non_blocking=True)": "Tensors are on the CPU already",
    "torch.zeros(2).pin_memory()": "likewise",
    "torch.backends.cudnn.benchmark = True": "kept, and changes nothing",
    "torch.use_deterministic_algorithms(True)": "everything is",
    "torch.cuda.manual_seed_all(0)": "seeds no device",
    "torch.cuda.empty_cache()": "nothing is held",
    "model = torch.compile(model)": "gives `model` back",
    "scripted = torch.jit.script(model)": "likewise",
    "model = nn.DataParallel(model)": "calls the model it wraps",
    "from torch import distributed as d; d.init_process_group(); d.destroy_process_group()": (
        "several processes are started by `mpiexec -n 4 python …`, and exchange by MPI"
    ),
    "scaler = torch.amp.GradScaler('cuda', enabled=False)": "scales by 1",
    "torch.zeros(1, 3, 2, 2).to(memory_format=torch.channels_last)": "memory stays as it is",
    "optim.Adam(model.parameters(), fused=False, foreach=True)": "there is one implementation",
    "DataLoader(data, num_workers=2, pin_memory=True, persistent_workers=True)": (
        "batches are made in this process"
    ),
    "torch.load('weights.pt', map_location='cpu', weights_only=True)": "no file runs code",
}

#: Lines that are refused: the page shows the message, and what to do.
REFUSED = {
    "model.cuda()": "delete, or ask `torch.cuda.is_available()` first",
    "torch.zeros(2).to('cuda')": "likewise",
    "torch.zeros(2, dtype=torch.complex64)": "keep real and imaginary parts in two Tensors",
    "torch.zeros(2, dtype=torch.bfloat16)": "use float32",
    "torch.fft.rfft(torch.zeros(4))": "use `numpy.fft`, where no gradient is needed",
    "torch.save(model, 'model.pt')": "save `model.state_dict()`, and load it into a new model",
    "torch.hub.load('pytorch/vision', 'resnet18')": "build the model here",
    "np.asarray(torch.ones(2, requires_grad=True))": "`detach()` first, as in PyTorch",
}

HEAD = """# Coming from PyTorch

Made by `python -m tests.autotensor.coming_from_pytorch`, not by hand; the tests hold it to what it
says, with PyTorch 2.13. A script needs `autotensor` for `torch` in its import lines, and nothing
else. The files in [tests/programs](../../tests/programs) are such scripts: agents, generators,
language models, flows, graph networks and others, each of which gives PyTorch's losses to nine
digits.
`python -m tests.running FILE` compares a script of yours, where PyTorch is installed.

## The import lines

| PyTorch | here |
| --- | --- |
"""

SAME = """
`autotensor.nn`, `autotensor.optim` and `autotensor.utils.data` are the packages `nn`, `nn.optim`
and `nn.data`: the same modules under both names.

## What is the same

Names, arguments, defaults, shapes, dtypes and their promotion, broadcasting, views and writes in
place, gradients of any order, what `state_dict` is called, and what a checkpoint of an optimizer
holds. Arguments may also be given by PyTorch's other names (`axis`, `keepdims`, `out`, …).

Files `.pt` and `.pth` are PyTorch's, both ways, and read without it: state dicts and checkpoints,
as with `weights_only=True`. What is saved under another suffix is in a format of this library's.

What is not: numbers drawn from a seed are those of NumPy's generator; errors are worded in another
way, but are of the same kind. `torch` below stands for either library.
"""


def outcome(line: str) -> str:
    """What a line of a script ends with here: ``""``, or its error in one line."""
    names: dict[str, Any] = {}
    script = with_our_imports(
        "import torch\nimport torch.nn as nn\nimport torch.optim as optim\nimport numpy as np\n"
        "from torch.utils.data import DataLoader, TensorDataset\n"
        "model = nn.Linear(2, 1)\ndata = TensorDataset(torch.zeros(4, 2))\n"
    )
    exec(script, names)
    if "load(" in line:
        at.save(at.zeros(1), "weights.pt")
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(with_our_imports(line), names)
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    return ""


def beginning(message: str) -> str:
    return textwrap.shorten(message, 100, placeholder=" …")


def names_of(module: str) -> list[str]:
    """The public names of a module of PyTorch's, or of its Tensor."""
    owner = found(module)
    names = dir(owner) if module in ("torch", "torch.Tensor") else vars(owner).get("__all__")
    return sorted(
        name
        for name in (names or dir(owner))
        if not name.startswith("_") and not INTERNAL.fullmatch(name) and name not in INTERNAL_NAMES
        if not inspect.ismodule(getattr(owner, name, None)) or _is_part(owner, name)
    )


def _is_part(owner: Any, name: str) -> bool:
    return getattr(owner, name).__name__.startswith("torch.") and name != "grad"


def found(module: str) -> Any:
    """A module by its name, or a class in it."""
    package, _, last = module.rpartition(".")
    if last[:1].isupper():
        return getattr(found(package), last)
    return import_module(module)


def missing(module: str) -> list[str]:
    """The names of a module of PyTorch's that there are not here."""
    try:
        ours: Any = found(module.replace("torch", "autotensor", 1))
    except ImportError:
        return names_of(module)
    return [name for name in names_of(module) if not hasattr(ours, name)]


def left_out(torch: ModuleType) -> str:
    """The tables of names that there are not here."""
    assert torch.__name__ == "torch"
    by_reason: dict[str, list[str]] = {}
    for name, reason in REASONS.items():
        by_reason.setdefault(reason, []).append(name.replace("autotensor", "torch", 1))
    text = "| names | why, and what to do instead |\n| --- | --- |\n"
    for reason, names in by_reason.items():
        text += f"| {', '.join(f'`{one}`' for one in names)} | {reason} |\n"
    text += (
        "\n### Others that there are not\n\nThey are rare. What is internal to PyTorch is not "
        "listed.\n\n| module | names |\n| --- | --- |\n"
    )
    for module in MODULES:
        prefix = module.replace("torch", "autotensor", 1)
        names = [one for one in missing(module) if not explained(f"{prefix}.{one}")]
        if names:
            text += f"| `{module}` | {', '.join(f'`{one}`' for one in names)} |\n"
    return text


def explained(name: str) -> bool:
    """Whether a name, or what it is in, has a reason among those left out on purpose."""
    parts = name.replace("Tensor.", "").split(".")
    return any(".".join(parts[:count]) in REASONS for count in range(2, len(parts) + 1))


def page(torch: ModuleType) -> str:
    """As Markdown."""
    text = HEAD + "".join(f"| `{line}` | `{ours}` |\n" for line, ours in IMPORTS.items()) + SAME
    text += "\n## What is accepted and changes nothing\n\n| line | why |\n| --- | --- |\n"
    text += "".join(f"| `{line}` | {what} |\n" for line, what in ACCEPTED.items())
    text += "\n## What is refused\n\n| line | the message | what to do |\n| --- | --- | --- |\n"
    for line, remedy in REFUSED.items():
        text += f"| `{line}` | {beginning(outcome(line))} | {remedy} |\n"
    text += (
        "\n## What gives another result on purpose\n\n[differences.md](../tables/differences.md) "
        "shows each with an example that the tests run in both libraries:\n\n"
    )
    text += "".join(f"- {one.what}\n" for one in DIFFERENCES)
    text += (
        "\n## Names that there are not\n\n### Left out on purpose\n\nWho asks for one reads its "
        "reason; `hasattr` is False.\n\n"
    )
    return text + left_out(torch)


if __name__ == "__main__":
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        PAGE.write_text(page(import_module("torch")), encoding="utf-8")
