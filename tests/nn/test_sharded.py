"""Optimizers whose state is shared out over processes, as far as one process can show it: who gets
what, and what a group of one does.  tests/tools/test_mpi_sharded.py has the rest."""

from __future__ import annotations

import copy
import importlib
import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from autotensor import distributed as dist
from autotensor.distributed.algorithms import Join, Joinable, JoinHook
from nn import optim
from nn.parallel import sharding
from nn.parallel.sharding import DividedBucket, GradientInParts, Piece, by_elements, by_parameters

Sharded = optim.ZeroRedundancyOptimizer


@pytest.fixture
def alone() -> Iterator[None]:
    dist.init_process_group()
    yield
    dist.destroy_process_group()


# -- who gets what ---------------------------------------------------------------------------------


def some_sizes(seed: int) -> list[int]:
    draw = np.random.default_rng(seed)
    return draw.choice([0, 1, 2, 3, 7, 20, 50, 99, 100, 101, 1000], draw.integers(1, 9)).tolist()


@pytest.mark.parametrize("ranks", [1, 2, 3, 4, 7, 64])
@pytest.mark.parametrize("seed", range(20))
def test_elements_are_shared_out_evenly_and_each_once(
    seed: int, ranks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharding, "LARGE", 100)
    sizes = some_sizes(seed)
    parts = by_elements(sizes, ranks)
    owners: list[list[int]] = [[-1] * size for size in sizes]
    for rank, part in enumerate(parts):
        positions = [piece.position for piece in part]
        assert positions == sorted(set(positions))  # at most one piece of each
        for position, start, stop in part:
            assert 0 <= start <= stop <= sizes[position]
            for element in range(start, stop):
                assert owners[position][element] == -1
                owners[position][element] = rank
    for size, own in zip(sizes, owners, strict=True):
        assert -1 not in own
        assert own == sorted(own)
        if size >= 100:
            counts = [own.count(rank) for rank in range(ranks)]
            assert max(counts) - min(counts) <= 1
    small = [sum(own.count(rank) for own in owners if len(own) < 100) for rank in range(ranks)]
    assert max(small) - min(small) <= 1
    empty = [position for position, size in enumerate(sizes) if not size]
    assert [one for one in parts[0] if one.size == 0] == [Piece(one, 0, 0) for one in empty]


@pytest.mark.parametrize("ranks", [1, 2, 3, 7])
@pytest.mark.parametrize("seed", range(20))
def test_whole_parameters_go_to_who_has_least(seed: int, ranks: int) -> None:
    sizes, before = some_sizes(seed), some_sizes(seed + 1)
    loads = [before[0]] * ranks
    parts = by_parameters(sizes, loads)
    assert sorted(piece for part in parts for piece in part) == [
        Piece(position, 0, size) for position, size in enumerate(sizes)
    ]
    assert loads == [before[0] + sum(piece.size for piece in part) for part in parts]
    # The textbook's bound for giving work to who has least.
    assert max(loads) - before[0] <= sum(sizes) / ranks + (1 - 1 / ranks) * max(sizes)
    by_parameters([3, 5, 3, 4, 3], largest_first := [0, 0])
    assert largest_first == [8, 10]


@pytest.mark.parametrize("ranks", [1, 2, 3, 5])
@pytest.mark.parametrize("divide", ["elements", "parameters"])
def test_each_process_gets_its_part_of_the_average(ranks: int, divide: str) -> None:
    """A bucket of every process, and in MPI's place a sum that is written out."""
    draw = np.random.default_rng(ranks)
    shapes = [(3, 4), (), (0,), (17,), (2, 2)]
    gradients: Any = [[draw.normal(size=shape) for shape in shapes] for _ in range(ranks)]
    for rank in range(ranks):
        gradients[rank][3] = None  # nobody uses it
        if rank:
            gradients[rank][0] = None
    everybodys = []
    for rank in range(ranks):
        params = [at.zeros(shape, dtype=at.float64, requires_grad=True) for shape in shapes]
        sizes = [one.numel() for one in params]
        if divide == "elements":
            parts = by_elements(sizes, ranks)
        else:
            parts = by_parameters(sizes, [0] * ranks)
        bucket = DividedBucket(params, parts, rank)
        bucket.lie_in([np.full(bucket.nbytes, 255, np.uint8)], 0)
        bucket.fill([(one, None) if rank else (None, one) for one in gradients[rank]], ranks)
        for param, gradient in zip(params, gradients[rank], strict=True):
            param.grad = None if gradient is None else at.tensor(gradient)
        everybodys.append(bucket)
    for bucket in everybodys:
        bucket.given = [one.values[bucket.section] for one in everybodys]
        if ranks == 1:
            bucket.received[:] = bucket.given[0]
        counts = bucket.counts()
        assert counts[-1] == ranks
        bucket.write(counts)
        assert bucket.parameters[3].grad is None
        for piece in bucket.own:
            given = [one[piece.position] for one in gradients if one[piece.position] is not None]
            if given:
                mean = np.asarray(sum(given) / ranks).reshape(-1)[piece.start : piece.stop]
                found = bucket.parameters[piece.position].grad
                assert isinstance(found, GradientInParts)
                assert found.part is not None
                assert found.part.dtype == np.float64
                np.testing.assert_allclose(found.part, mean, rtol=0, atol=1e-15)


def test_a_gradient_in_parts_says_so() -> None:
    param = at.zeros(2, requires_grad=True)
    param._grad = GradientInParts(np.ones(1, np.float32))
    assert repr(param.grad) == "<GradientInParts>"
    for read in (
        lambda: param.grad.norm(),  # type: ignore[union-attr]
        lambda: param.grad + 1,  # type: ignore[operator]
        lambda: nn.utils.clip_grad_norm_([param], 1.0),
        lambda: optim.SGD([param], lr=0.1).step(),
        lambda: param.sum().backward(),
    ):
        with pytest.raises(RuntimeError, match="are in parts, each in the process that changes"):
            read()


# -- one process -----------------------------------------------------------------------------------


@pytest.mark.parametrize("overlap", [False, True])
@pytest.mark.usefixtures("alone")
def test_a_group_of_one_does_what_the_optimizer_does(overlap: bool) -> None:
    at.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 1))
    model, other = nn.parallel.DistributedDataParallel(net), copy.deepcopy(net)
    optimizer = Sharded(model.parameters(), optim.Adam, lr=0.1, overlap_with_ddp=overlap)
    plain = optim.Adam(other.parameters(), lr=0.1)
    called = []
    optimizer.register_step_post_hook(lambda *_: called.append("step"))
    optimizer.register_load_state_dict_post_hook(lambda _: called.append("load"))
    for _ in range(3):
        for one, own in ((model, optimizer), (other, plain)):
            own.zero_grad()
            one(at.ones(2, 4)).sum().backward()
            own.step()
    for ours, theirs in zip(net.parameters(), other.parameters(), strict=True):
        assert ours.tolist() == theirs.tolist()
    state = optimizer.state_dict()
    assert str(state) == str(plain.state_dict())
    optimizer.step()
    optimizer.load_state_dict(state)
    assert str(optimizer.state_dict()["state"]) == str(state["state"])
    assert optimizer.state_dict()["param_groups"] == state["param_groups"]
    assert called == ["step"] * 4 + ["load"]
    optimizer.zero_grad()
    model(at.ones(2, 4)).sum().backward()
    optimizer.param_groups[0]["lr"] = 0.0
    weights = [one.tolist() for one in net.parameters()]
    optimizer.step()
    assert [one.tolist() for one in net.parameters()] == weights
    assert state["state"][0]["step"] == 3  # what was saved stays
    assert optimizer.state_dict()["state"][0]["step"] == 4


@pytest.mark.usefixtures("alone")
def test_a_rule_of_ones_own_gets_whole_parameters() -> None:
    """Unless its class says that it works by elements."""

    class Own(optim.Adam):
        def descend(self, param: Any, grad: Any, group: Any) -> None:
            assert grad.shape == (2, 3)
            super().descend(param, grad / np.linalg.norm(grad), group)

    class Named(optim.AdamW):
        pass

    class Said(Own):
        separable = "elements"

        def descend(self, param: Any, grad: Any, group: Any) -> None:
            assert grad.shape == (6,)

    for kind in (Own, Named, Said):
        param = at.ones(2, 3, requires_grad=True)
        optimizer = Sharded([param], kind)
        assert (optimizer.optim.param_groups[0]["params"][0] is param) == (kind is Own)
        param.grad = at.ones(2, 3)
        optimizer.step()


@pytest.mark.usefixtures("alone")
def test_what_cannot_be_shared_out_is_refused() -> None:
    params = [at.zeros(2, requires_grad=True)]
    with pytest.raises(ValueError, match="LBFGS needs all parameters at once"):
        Sharded(params, optim.LBFGS)
    with pytest.raises(ValueError, match="ZeroRedundancyOptimizer needs all parameters at once"):
        Sharded(params, Sharded)
    for wrong in (params, optim.SGD(params), nn.Linear, "Adam"):
        with pytest.raises(TypeError, match=r"optimizer_class must be a class of optimizers"):
            Sharded(params, wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a parameter has no shape yet"):
        Sharded(nn.LazyLinear(2).parameters(), optim.SGD)
    with pytest.raises(TypeError, match="unexpected keyword argument 'momenta'"):
        Sharded(params, optim.SGD, momenta=0.9)
    with pytest.raises(TypeError, match="cannot be copied or pickled"):
        copy.deepcopy(Sharded(params, optim.SGD))
    with pytest.raises(ValueError, match=r"to must be a rank from 0 to 0, got -1"):
        Sharded(params, optim.SGD).consolidate_state_dict(-1)
    optimizer = Sharded(params, optim.SGD, lr=0.1)
    with pytest.raises(ValueError, match="appear in more than one parameter group"):
        optimizer.add_param_group({"params": params})
    assert len(optimizer.param_groups) == 1
    optimizer.step()


def test_before_init_process_group_there_is_nobody_to_share_with() -> None:
    with pytest.raises(RuntimeError, match=r"call init_process_group\(\) first"):
        Sharded([at.zeros(1, requires_grad=True)], optim.SGD)


# -- shares of different lengths -------------------------------------------------------------------


class Counting(Joinable):
    def __init__(self, group: Any = None) -> None:
        super().__init__()
        self.group = group or dist.group.WORLD
        self.ended: list[bool] = []

    def join_hook(self, **kwargs: Any) -> JoinHook:
        hook = JoinHook()
        hook.post_hook = self.ended.append  # type: ignore[method-assign]
        self.given = kwargs
        return hook

    @property
    def join_device(self) -> at.device:
        return at.device("cpu")

    @property
    def join_process_group(self) -> Any:
        return self.group


@pytest.mark.usefixtures("alone")
def test_joinables_of_ones_own() -> None:
    one, other = Counting(), Counting()
    assert Join.notify_join_context(one) is None
    with Join([one, other], weight=3):
        assert Join.notify_join_context(one).wait()  # type: ignore[union-attr]
        assert Join.notify_join_context(other) is None
    assert one.given == other.given == {"weight": 3}
    assert one.ended == other.ended == [True]
    assert Join.notify_join_context(one) is None
    with pytest.raises(ZeroDivisionError), Join([one]):
        1 / 0
    assert one.ended == [True]
    with Join([one], enable=False):
        assert Join.notify_join_context(one) is None
    assert one.ended == [True]


@pytest.mark.usefixtures("alone")
def test_what_cannot_join() -> None:
    with pytest.raises(ValueError, match="at least one joinable"):
        Join([])
    with pytest.raises(TypeError, match="must be a Joinable whose __init__"):
        Join([nn.Linear(1, 1)])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="of the same process group"):
        Join([Counting(), Counting(dist.new_group([0]))])
    with pytest.raises(TypeError, match="abstract"):
        Joinable()  # type: ignore[abstract]
    model = nn.parallel.DistributedDataParallel(nn.Sequential(nn.SyncBatchNorm(2)))
    with pytest.raises(RuntimeError, match="cannot take part in the exchanges of SyncBatchNorm"):
        model.join()


# -- as in PyTorch ---------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:`torch.jit.*` is deprecated")
def test_names_and_arguments_are_those_of_pytorch(torch: ModuleType) -> None:
    for module, name, methods in (
        ("distributed.optim", "ZeroRedundancyOptimizer",
         "__init__ add_param_group consolidate_state_dict step load_state_dict state_dict"),
        ("distributed.algorithms.join", "Join", "__init__ notify_join_context"),
        ("distributed.algorithms", "Joinable", "join_hook"),
        ("distributed.algorithms", "JoinHook", "main_hook post_hook"),
        ("nn.parallel", "DistributedDataParallel", "join join_hook"),
    ):  # fmt: skip
        ours, theirs = (
            getattr(importlib.import_module(f"{root}.{module}"), name)
            for root in ("autotensor", "torch")
        )
        for method in methods.split():
            given, wanted = (
                [
                    str(one.name)
                    for one in inspect.signature(getattr(kind, method)).parameters.values()
                ]
                for kind in (ours, theirs)
            )
            wanted = [one.replace("_kwargs", "kwargs") for one in wanted]
            assert given[: len(wanted)] == wanted, (name, method)
    assert (
        importlib.import_module("autotensor.distributed.optim").ZeroRedundancyOptimizer is Sharded
    )
