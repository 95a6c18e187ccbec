"""What PyTorch has and this library leaves out on purpose: why, and what to do instead.

``hasattr`` is False for these names; who asks for one reads its reason.
"""

from __future__ import annotations

__all__ = ["REASONS"]

_COMPLEX = (
    "complex numbers are left out: no derivative rule here is written for them; keep real and "
    "imaginary parts in two Tensors"
)
_SPARSE = "sparse Tensors are left out: make a dense one, with zeros where nothing is"
_QUANTIZED = "quantization is left out: there are no kernels for it; train and run in float32"
_COMPILER = (
    "there is no compiler here, and no graph of a program to look into: delete this line; "
    "autotensor.compile and autotensor.jit.script return what they are given"
)
_PROFILER = "there is no profiler here: use Python's cProfile, or nn.summary"
_DISPATCH = (
    "there is no dispatcher here to hook into: declare operators of your own with "
    "autotensor.Function or autotensor.extend.operator"
)
_CUDA = "there is no CUDA device: delete this, or ask autotensor.cuda.is_available() first"

REASONS: dict[str, str] = {
    f"autotensor.{name}": reason
    for reason, names in {
        _COMPLEX: "complex polar view_as_complex view_as_real istft stft",
        "Fourier transforms are left out, for they are complex: use numpy.fft on x.numpy(), which "
        "no gradient passes": "fft",
        _SPARSE: "sparse sparse_coo sparse_coo_tensor sparse_csr sparse_csr_tensor sparse_csc "
        "sparse_csc_tensor sparse_bsr sparse_bsc sparse_compressed_tensor sparse_bsr_tensor "
        "sparse_bsc_tensor optim.SparseAdam optim.sparse_adam nn.modules.sparse.SparseLinear",
        _QUANTIZED: "quantization ao quint4x2 quint2x4 quantize_per_tensor "
        "quantize_per_channel quantize_per_tensor_dynamic per_tensor_affine per_channel_affine "
        "nn.quantized nn.qat nn.quantizable nn.intrinsic backends.quantized",
        _COMPILER: "_dynamo _inductor export package fx.GraphModule fx.Tracer fx.Graph fx.Node "
        "fx.Interpreter fx.Transformer fx.Proxy fx.symbolic_trace fx.passes fx.experimental "
        "jit.script_method jit.CompilationUnit",
        _PROFILER: "profiler autograd.profiler utils.bottleneck",
        _DISPATCH: "ops library overrides _C _ops utils.cpp_extension classes",
        "Tensors of memory layouts, names or nesting of their own are left out: give sequences of "
        "several lengths to nn.utils.rnn.pad_sequence or pack_sequence": "nested masked",
        "loading in stages is left out: a DataLoader takes any Dataset or IterableDataset, and "
        "transforms go into these": "utils.data.datapipes",
        "it is left out: use scipy.stats.qmc": "quasirandom",
        "it is left out: use Python's concurrent.futures": "futures",
        "it is left out: use Python's timeit": "utils.benchmark",
        "it is left out: ask autotensor.grad for these gradients": "nn.grad",
        "networks of which each process has a part are left out: use DistributedDataParallel, and "
        "ZeroRedundancyOptimizer for parts of an optimizer's state": "distributed.fsdp "
        "distributed.tensor distributed.device_mesh distributed.DeviceMesh "
        "distributed.init_device_mesh distributed.pipelining",
        "calls of functions in other processes are left out: send Tensors by distributed.send, "
        "objects by distributed.send_object_list": "distributed.rpc distributed.autograd",
        "checkpoints that several processes write are left out: rank 0 saves, by autotensor.save": (
            "distributed.checkpoint"
        ),
        "it is left out: give init_process_group rank, world_size and an address, MASTER_ADDR and "
        "MASTER_PORT in the environment or init_method": "distributed.Store distributed.TCPStore "
        "distributed.FileStore distributed.HashStore distributed.PrefixStore",
        _CUDA: "cuda.CUDAGraph cuda.graph cuda.graphs cuda.nccl cuda.comm cuda.nvtx cuda.profiler "
        "cuda.make_graphed_callables mtia",
    }.items()
    for name in names.split()
}
"""By PyTorch's name, with this package's for ``torch``."""
