"""How long messages and sums take between processes, and what a training step is made of.

    mpiexec -n 2 python -m benchmarks.link
    mpiexec -n 2 -env MPIR_CVAR_NOLOCAL 1 -env UCX_TLS tcp,self python -m benchmarks.link --name TCP

writes ``benchmarks/link.json``: the constants of the model in docs/backward/5_many_processes.md.  A
second run under another name stands beside the first.  Ranks 0 and 1 send each other messages; all
ranks sum; rank 0 times the steps, on one thread, while the others sleep.  Times are medians of
many, the longest messages of at least five.

MPIR_CVAR_NOLOCAL has MPICH treat processes on one machine as if they were on two, so that messages
go through the software of the network, though no cable; and gradients are then summed by MPI only.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import autotensor as at
import nn
from autotensor import distributed as dist
from benchmarks import machine
from benchmarks.libraries.autotensor_ import model_of, optimizer_of
from benchmarks.workloads import WORKLOADS
from nn import functional as F
from nn.parallel import buckets

FILE = Path(__file__).with_suffix(".json")
SIZES = [1 << power for power in range(6, 25, 2)]
"""Bytes."""
LONG = 1 << 20
"""From here on bandwidth is all that counts."""
STEPS = {"LeNet, 128 images": "lenet-128", "CNN, 100 images": "cnn-100"}
Times = list[tuple[int, float]]
"""Bytes, seconds."""


def repeated(action: Callable[[], object], count: int) -> float:
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        action()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def counts(sizes: list[int], quick: bool) -> Iterator[tuple[int, int]]:
    for size in sizes:
        yield size, 3 if quick else max(5, min(2000, (1 << 27) // size))


def messages(group: dist.ProcessGroup, sizes: list[int], quick: bool) -> Times:
    """One way, between ranks 0 and 1."""
    comm: Any = group.comm
    found = []
    for size, count in counts(sizes, quick):
        content = np.zeros(size, np.uint8)

        def there_and_back(content: np.ndarray = content) -> None:
            if group.rank() == 0:
                comm.Send(content, 1)
                comm.Recv(content, 1)
            else:
                comm.Recv(content, 0)
                comm.Send(content, 0)

        comm.Barrier()
        if group.rank() < 2:
            found.append((size, repeated(there_and_back, count) / 2))
    return found


def sums(group: dist.ProcessGroup, sizes: list[int], quick: bool, near: int) -> Times:
    """Gradients averaged as DistributedDataParallel does at the end of a backward."""
    found: Times = []
    before, buckets.NEAR = buckets.NEAR, near
    for size, count in counts(sizes, quick):
        parameter = nn.Parameter(at.zeros(size // 4))
        parameter.grad = at.ones(size // 4)
        reducer = buckets.Reducer([parameter], group, None, "link")
        if near and reducer.way.moves_when_asked:
            break
        reducer.average()
        found.append((size, repeated(reducer.average, count)))
    buckets.NEAR = before
    return found


def fitted(times: Times) -> dict[str, float]:
    """Seconds for a message of no length, and bytes a second."""
    long = [one for one in times if one[0] >= LONG] or times
    (shorter, sooner), (longer, later) = long[0], long[-1]
    return {"latency": times[0][1], "bandwidth": (longer - shorter) / (later - sooner)}


def step(name: str, count: int) -> dict[str, Any]:
    """A training step's parts, and for each layer, from the last to the first, the bytes of its
    parameters and how far backward is when their gradients are there."""
    workload = next(one for one in WORKLOADS if one.name == name)
    model = model_of(workload)
    optimizer = optimizer_of(workload, model)
    images = at.randn(workload.batch, *workload.sample_shape())
    labels = at.randint(0, 10, (workload.batch,))
    layers = [one for one in model.modules() if list(one.parameters(recurse=False))][::-1]
    passed: dict[nn.Module, list[float]] = {one: [] for one in layers}
    begun = [0.0]
    for layer in layers[:-1]:  # nobody needs the gradient of the first one's input
        layer.register_full_backward_hook(
            lambda layer, *_: passed[layer].append(time.perf_counter() - begun[0])
        )
    parts: dict[str, list[float]] = {"forward": [], "backward": [], "update": []}
    for _ in range(count):
        marks = [time.perf_counter()]
        loss = F.cross_entropy(model(images), labels)
        marks.append(time.perf_counter())
        optimizer.zero_grad()
        begun[0] = marks[1]
        loss.backward()
        marks.append(time.perf_counter())
        optimizer.step()
        marks.append(time.perf_counter())
        for times, before, after in zip(parts.values(), marks, marks[1:], strict=False):
            times.append(after - before)
    medians: dict[str, Any] = {part: statistics.median(times) for part, times in parts.items()}
    passed[layers[-1]] = parts["backward"]
    medians["layers"] = [
        (sum(one.array.nbytes for one in layer.parameters()), statistics.median(passed[layer]))
        for layer in layers
    ]
    return medians


def main() -> None:
    parse = argparse.ArgumentParser(prog="python -m benchmarks.link", description=__doc__)
    parse.add_argument("--name", default="memory", help="of the link")
    parse.add_argument("--out", type=Path, default=FILE, metavar="FILE")
    parse.add_argument("--quick", action="store_true", help="shows that it runs, measures little")
    options = parse.parse_args()
    dist.init_process_group()
    group: Any = dist.group.WORLD
    if group.size() < 2:
        parse.error("start it by mpiexec -n 2 python -m benchmarks.link")
    sizes = [SIZES[0], LONG, 4 * LONG] if options.quick else SIZES
    one_way = messages(group, sizes, options.quick)
    link: dict[str, Any] = {
        "processes": group.size(),
        "messages": one_way,
        "sums": {"by MPI": sums(group, sizes, options.quick, 0)},
    }
    if in_memory := sums(group, sizes, options.quick, buckets.NEAR):
        link["sums"]["in common memory"] = in_memory
    dist.barrier()
    if group.rank() == 0:
        at.set_num_threads(1)
        known = json.loads(options.out.read_text("utf-8")) if options.out.exists() else {}
        known["date"] = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        known["machine"] = machine.describe(1)
        known.setdefault("links", {})[options.name] = {**fitted(one_way), **link}
        known["steps"] = {
            what: step(name, 3 if options.quick else 40)
            for what, name in list(STEPS.items())[: 1 if options.quick else None]
        }
        options.out.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
        print(f"written to {options.out}")
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
