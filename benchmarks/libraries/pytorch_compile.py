"""PyTorch with the model given to ``torch.compile``; needs a C++ compiler on the machine."""

from __future__ import annotations

import torch

from benchmarks.data import Data
from benchmarks.libraries import Step
from benchmarks.libraries.pytorch import inference, model_of, to_array, training
from benchmarks.workloads import Workload

__all__ = ["make", "to_array", "version"]

version = torch.__version__


def make(workload: Workload, data: Data, threads: int) -> Step:
    torch.set_num_threads(threads)
    model = torch.compile(model_of(workload))
    return (training if workload.kind == "train" else inference)(workload, data, model)
