"""What travels between processes, without any: each has its part of one memory."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn import optim
from nn.parallel.buckets import FIRST, LARGE, LARGEST, Bucket, _in_buckets


def parameters(*shapes: tuple[int, ...], dtype: at.dtype = at.float32) -> list[nn.Parameter]:
    return [nn.Parameter(at.zeros(shape, dtype=dtype)) for shape in shapes]


def joined(of_all: list[list[nn.Parameter]], in_memory: bool) -> list[Bucket]:
    """The bucket of each process; in memory they see each other's, else everything is summed."""
    buckets = [Bucket(own) for own in of_all]
    memory = [np.zeros(buckets[0].nbytes, np.uint8) for _ in buckets]
    for rank, bucket in enumerate(buckets):
        bucket.lie_in(memory if in_memory else [memory[rank]], rank if in_memory else 0)
    return buckets


def exchange(buckets: list[Bucket], in_memory: bool) -> None:
    if not in_memory:
        total = sum(one.values for one in buckets)
        for one in buckets:
            one.values[...] = total
    for one in buckets:
        one.write(one.counts())


@pytest.mark.parametrize("in_memory", [True, False])
@pytest.mark.parametrize("processes", [2, 3, 4])
@pytest.mark.parametrize("dtype", [at.float16, at.float32, at.float64])
def test_everybody_gets_the_average(processes: int, dtype: at.dtype, in_memory: bool) -> None:
    """Of long, transposed and empty parameters, and those without a dimension."""
    draw = np.random.default_rng(0)
    shapes = ((), (3, 5), (2 * LARGE + 7,), (0, 2))
    of_all = [parameters(*shapes, dtype=dtype) for _ in range(processes)]
    kind = of_all[0][0].array.dtype
    gradients = [[np.asarray(draw.normal(size=one), kind) for one in shapes] for _ in of_all]
    for gradient in gradients:
        gradient[1] = np.asfortranarray(gradient[1])
    buckets = joined(of_all, in_memory)
    for own, given, bucket in zip(of_all, gradients, buckets, strict=True):
        for parameter, gradient in zip(own, given, strict=True):
            parameter.grad = at.from_numpy(gradient.copy("K"))
        bucket.fill([(gradient, None) for gradient in given], processes)
    exchange(buckets, in_memory)
    wider = np.float64 if kind == np.float64 else np.float32
    for position in range(len(shapes)):
        mean = gradients[0][position].astype(wider) / wider(processes)
        for more in gradients[1:]:
            mean = mean + more[position].astype(wider) / wider(processes)
        mean = mean.astype(kind)
        for own in of_all:
            assert own[position].grad.array.dtype == kind
            np.testing.assert_array_equal(own[position].grad.array, mean)


@pytest.mark.parametrize("in_memory", [True, False])
def test_who_has_not_used_a_parameter_gives_zeros(in_memory: bool) -> None:
    """One that nobody has used keeps its grad; one that only others have used gets one."""
    of_all = [parameters((2,), (2,), (2,)) for _ in range(2)]
    ones = np.ones(2, np.float32)
    kept = of_all[0][2].grad = at.full((2,), 7.0)
    buckets = joined(of_all, in_memory)
    buckets[0].fill([(ones, None), (None, None), (None, None)], 2)
    buckets[1].fill([(ones, 2 * ones), (None, 4 * ones), (None, None)], 2)
    exchange(buckets, in_memory)
    for own in of_all:
        assert own[0].grad.tolist() == [2, 2]  # with what had been added up before
        assert own[1].grad.tolist() == [2, 2]
    assert of_all[0][2].grad is kept
    assert kept.tolist() == [7, 7]
    assert of_all[1][2].grad is None


def test_a_grad_that_is_there_is_written_and_seen_as_written() -> None:
    of_all = [parameters((2,)) for _ in range(2)]
    before = of_all[0][0].grad = at.ones(2)
    saved = (before * at.ones(2, requires_grad=True)).sum()
    buckets = joined(of_all, True)
    for bucket in buckets:
        bucket.fill([(np.full(2, 3.0, np.float32), None)], 2)
    exchange(buckets, True)
    assert of_all[0][0].grad is before
    assert before.tolist() == [3, 3]
    with pytest.raises(RuntimeError, match="in-place"):
        saved.backward()


def test_a_backward_that_was_not_finished_is_counted() -> None:
    buckets = joined([parameters((2,)) for _ in range(3)], True)
    for rank, bucket in enumerate(buckets):
        bucket.fill([(None, None)], 3, finished=rank != 1)
    assert [bucket.counts() for bucket in buckets] == [[0, 2]] * 3


def sizes(shapes: list[int], cap: float | None) -> list[int]:
    made = parameters(*((one,) for one in shapes))
    return [sum(one.numel() for one in some) for some in _in_buckets(made, cap)]


def test_the_last_layers_fill_the_first_bucket() -> None:
    """LeNet: its large layers at the end leave while the convolutions still work."""
    lenet = [150, 6, 2400, 16, 48000, 120, 10080, 84, 840, 10]
    assert sizes(lenet, None) == [59134, 2572]
    assert sizes([10, 20, 30], 25e6) == [60]
    assert sizes([10, 20, 30], 1) == [30, 20, 10]


def test_buckets_of_a_large_network_are_a_sixteenth_of_it() -> None:
    equal = [FIRST] * 32  # 4 bytes each
    found = sizes(equal, None)
    assert sum(found) == sum(equal)
    assert found == [FIRST] + [2 * FIRST] * 15 + [FIRST]
    one = LARGEST // 16
    assert max(sizes([one] * 80, None)) * 4 == LARGEST


def test_each_dtype_has_its_own_buckets() -> None:
    mixed = [*parameters((3,)), *parameters((4,), dtype=at.float64), *parameters((5,))]
    found = [[one.numel() for one in some] for some in _in_buckets(mixed, None)]
    assert found == [[5, 3], [4]]


def test_one_process_exchanges_nothing() -> None:
    at.distributed.init_process_group()
    try:
        model = nn.parallel.DistributedDataParallel(nn.Linear(2, 3))
        model(at.ones(1, 2)).sum().backward()
        assert model.traffic() == (36, 0, 0, 0, 0, False)
        assert at.distributed.group.WORLD.handed_over == 0
        model.need_the_same_weights()
    finally:
        at.distributed.destroy_process_group()


def test_a_lazy_module_is_refused_by_name() -> None:
    at.distributed.init_process_group()
    try:
        with pytest.raises(RuntimeError, match=r"DistributedDataParallel: .* no shape yet"):
            nn.parallel.DistributedDataParallel(nn.LazyLinear(2))
    finally:
        at.distributed.destroy_process_group()


@pytest.mark.parametrize("make", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_learns_by_itself(make: Any) -> None:
    at.distributed.init_process_group()
    try:
        model = nn.parallel.DistributedDataParallel(nn.Linear(2, 1), bucket_cap_mb=1)
        twin = make(model)
        assert twin.process_group is at.distributed.group.WORLD
        twin(at.ones(1, 2)).sum().backward()
        assert twin.module.weight.grad is not None
        assert model.module.weight.grad is None
        assert list(twin.state_dict()) == list(model.state_dict())
        average = optim.swa_utils.AveragedModel(model)
        average.update_parameters(model)
        assert at.equal(average(at.ones(1, 2)), model(at.ones(1, 2)))
    finally:
        at.distributed.destroy_process_group()
    with pytest.raises(RuntimeError, match="init_process_group"):
        make(model)
