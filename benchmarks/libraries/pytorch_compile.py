"""PyTorch with the model given to ``torch.compile``; needs a C++ compiler on the machine."""

from __future__ import annotations

import torch

from benchmarks.data import Data
from benchmarks.libraries import Step
from benchmarks.libraries.pytorch import inference, model_of, optimizer_of, to_array, training
from benchmarks.workloads import Workload

__all__ = ["make", "to_array", "version"]

version = torch.__version__


def make(workload: Workload, data: Data, threads: int | None) -> Step:
    if threads is not None:
        torch.set_num_threads(threads)
    model = torch.compile(model_of(workload))
    if workload.kind == "train":
        return training(model, optimizer_of(workload, model), data.batches(workload))
    return inference(workload, data, model)
