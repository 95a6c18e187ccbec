"""DistributedDataParallel in real processes, where losses, graphs or ranks are not alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.mpi import passes

TRAINING = pytest.mark.works_with("MPI", "DistributedDataParallel in 2 and 4 processes")

ALIKE = """
import copy, time
from nn.parallel import buckets

at.set_default_dtype(at.float64)

def averaged(module, compute):
    '''What the gradients of ``compute(module)`` in each process are on the average.'''
    module.zero_grad()
    compute(module)
    found = []
    for one in module.parameters():
        mean = at.zeros_like(one) if one.grad is None else one.grad.detach().clone()
        dist.all_reduce(mean, dist.ReduceOp.AVG)
        found.append(mean)
    module.zero_grad()
    return found

def need_the_same(module, wanted, where):
    for (name, one), mean in zip(module.named_parameters(), wanted):
        got = at.zeros_like(one) if one.grad is None else one.grad
        away = (got - mean).abs().max().item()
        assert away <= 1e-12 * max(1.0, mean.abs().max().item()), (rank, where, name, away)
"""


@TRAINING
@pytest.mark.parametrize("cap", [None, 0.00001])
def test_a_loss_may_use_the_model_and_its_weights_in_any_way(
    cap: float | None, tmp_path: Path
) -> None:
    """Several forwards, older and younger terms of the weights, a graph that is kept, checkpoints:
    each time what one process learns from the whole batch."""
    program = f"""
    from nn.parallel import buckets
    from autotensor.utils.checkpoint import checkpoint

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(5, 6), nn.Linear(6, 6)
            self.third, self.scale = nn.Linear(6, 2), nn.Parameter(at.ones(6))

        def forward(self, x):
            hidden = self.first(x).tanh()
            return {{"hidden": hidden, "out": self.third(self.second(hidden).tanh() * self.scale)}}

    class WithScale(Net):
        def forward(self, x):
            return super().forward(x)["out"], self.scale

    def out(model, x):
        found = model(x)
        return found["out"] if isinstance(found, dict) else found[0]

    def mean(values):
        return (values**2).mean()

    def penalty(model):
        return sum((one**2).sum() for one in model.parameters())

    def two_forwards(model, x, y):
        mean(out(model, x) - out(model, y)).backward()

    def one_forward_unused(model, x, y):
        kept = out(model, y)
        mean(out(model, x)).backward()

    def two_backwards(model, x, y):
        one, other = out(model, x), out(model, y)
        mean(other).backward()
        mean(one).backward()

    def crossed(model, x, y):
        one, other = out(model, x), out(model, y)
        mean(one).backward()
        third = out(model, x + y)
        (mean(other) + mean(third)).backward()

    def term_before(model, x, y):
        term = penalty(model)
        (mean(out(model, x)) + term).backward()

    def term_after(model, x, y):
        found = out(model, x)
        (penalty(model) + mean(found)).backward()

    def term_by_itself(model, x, y):
        found = out(model, x)
        penalty(model).backward()
        mean(found).backward()

    def graph_kept(model, x, y):
        found = out(model, x)
        mean(found).backward(retain_graph=True)
        (mean(found) * 3).backward()

    def one_of_the_outputs(model, x, y):
        found = model(x)
        if isinstance(found, dict):
            mean(found["hidden"]).backward()
        else:
            (found[1] * x.mean()).sum().backward()

    def checkpointed(model, x, y):
        mean(checkpoint(lambda x: out(model, x), x)).backward()

    def accumulated(model, x, y):
        with getattr(model, "no_sync", contextlib.nullcontext)():
            left = out(model, x)
        (mean(left) + mean(out(model, y))).backward()

    def failed_once(model, x, y):
        with contextlib.suppress(ZeroDivisionError):
            found = out(model, x)
            found.register_hook(lambda gradient: 1 / 0)
            mean(found).backward()
        mean(out(model, y)).backward()

    import contextlib, copy
    draw = np.random.default_rng(0)
    xs, ys = (at.tensor(draw.normal(size=(4 * ranks, 5))) for _ in range(2))
    own = slice(4 * rank, 4 * rank + 4)
    uses = [
        two_forwards, one_forward_unused, two_backwards, crossed, term_before, term_after,
        term_by_itself, graph_kept, one_of_the_outputs, checkpointed, accumulated, failed_once,
    ]
    for near in (8, 0):
        buckets.NEAR = near
        for kind in (Net, WithScale):
            at.manual_seed(0)
            alone = kind().double()
            shared = copy.deepcopy(alone)
            model = DDP(shared, bucket_cap_mb={cap})
            for use in uses:
                for name, one in [("alone", alone), ("shared", model)]:
                    one.zero_grad()
                use(alone, xs, ys)
                before = model.process_group.exchanges
                use(model, xs[own], ys[own])
                if use is two_forwards:  # by a meeting, and one exchange for each bucket
                    assert model.process_group.exchanges - before == model.traffic().exchanges
                for (name, one), other in zip(alone.named_parameters(), shared.parameters()):
                    if one.grad is None:
                        assert other.grad is None, (use, name)
                    else:
                        away = (one.grad - other.grad).abs().max().item()
                        assert away < 1e-14, (near, kind, use.__name__, name, away)
    dist.destroy_process_group()
    """
    passes(2, program, tmp_path)


@TRAINING
@pytest.mark.parametrize("hooks", ["register_hook", "register_post_accumulate_grad_hook"])
@pytest.mark.parametrize("near", [8, 0])
def test_hooks_may_be_hung_on_in_one_rank_alone(hooks: str, near: int, tmp_path: Path) -> None:
    """As who logs gradients does: their buckets leave later than those of the others, between
    exchanges of other models and of SyncBatchNorm."""
    program = f"""
    {ALIKE.replace(chr(10), chr(10) + "    ")}
    buckets.NEAR = {near}
    at.manual_seed(0)
    def net():
        return nn.Sequential(
            nn.Linear(6, 6), nn.SyncBatchNorm(6), nn.Linear(6, 6), nn.Tanh(), nn.Linear(6, 6)
        )
    first, second = (DDP(net(), bucket_cap_mb=1e-6) for _ in range(2))
    both = nn.ModuleList([first.module, second.module])
    for step in range(4):
        if step == 1 and rank == 0:
            for one in second.parameters():
                one.{hooks}(lambda given: None)
        x = at.randn(5, 6, generator=at.Generator().manual_seed(10 * step + rank))
        wanted = averaged(both, lambda both: both[1](both[0](x)).pow(2).sum().backward())
        second(first(x)).pow(2).sum().backward()
        need_the_same(both, wanted, step)
    dist.destroy_process_group()
    """
    passes(2, program, tmp_path)


@TRAINING
@pytest.mark.parametrize("near", [8, 0])
def test_ranks_may_use_different_layers(near: int, tmp_path: Path) -> None:
    """Two models of one class, of which one is used in part; one rank is slow in between."""
    program = f"""
    {ALIKE.replace(chr(10), chr(10) + "    ")}
    buckets.NEAR = {near}
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.after, self.before = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x, use=True):
            return self.after(self.before(x) if use else x)

    class Slow(at.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            time.sleep(0.1 * (rank == 0))
            return g

    at.manual_seed(0)
    models = [DDP(Net(), bucket_cap_mb=1e-6) for _ in range(2)]
    both = nn.ModuleList([one.module for one in models])
    for step in range(3):
        x, use = at.full((3, 4), 1.0 + rank + step), step == 0 or rank == 0
        def compute(pair):
            pair[1](pair[1](Slow.apply(pair[0](x, use)))).pow(2).sum().backward()
        wanted = averaged(both, compute)
        compute(models)
        need_the_same(both, wanted, step)
    dist.destroy_process_group()
    """
    passes(2, program, tmp_path)


@TRAINING
@pytest.mark.parametrize("cap", [None, 1e-6])
def test_a_backward_need_not_come_through_an_output(cap: float | None, tmp_path: Path) -> None:
    """A loss of derivatives alone (a gradient penalty, an equation); outputs out of sight."""
    program = f"""
    {ALIKE.replace(chr(10), chr(10) + "    ")}
    from collections import deque

    class Linked:
        def __init__(self, first):
            self.first, self.me = first, self

    def penalty(model):
        at_these = x.clone().requires_grad_()
        slope = at.autograd.grad(model(at_these).sum(), at_these, create_graph=True)[0]
        ((slope.norm(dim=1) - 1) ** 2).mean().backward()

    def curvature(model):
        at_these = x.clone().requires_grad_()
        slope = at.autograd.grad(model(at_these).sum(), at_these, create_graph=True)[0]
        bend = at.autograd.grad(slope.sum(), at_these, create_graph=True)[0]
        bend.pow(2).mean().backward()

    def both(model):
        at_these = x.clone().requires_grad_()
        found = model(at_these)
        slope = at.autograd.grad(found.sum(), at_these, create_graph=True)[0]
        (found.mean() + slope.pow(2).mean()).backward()

    at.manual_seed(0)
    x = at.randn(6, 4, generator=at.Generator().manual_seed(rank))
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(
                nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1)
            )
            self.unused = nn.Linear(2, 2)  # the first buckets

        def forward(self, x):
            return self.layers(x)

    net = Net()
    model = DDP(net, bucket_cap_mb={cap})
    for compute in (penalty, curvature, both, penalty):
        wanted = averaged(net, compute)
        before = model.process_group.exchanges
        compute(model)  # the searches for gradients exchange nothing
        assert model.process_group.exchanges - before == model.traffic().exchanges
        need_the_same(net, wanted, compute.__name__)

    for wrap, first in (
        (lambda y: deque([y]), lambda out: out[0]), (lambda y: lambda: y, lambda out: out()),
        (lambda y: iter([y]), next), (Linked, lambda out: out.first),
    ):
        class Wrapping(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = nn.Linear(4, 3)

            def forward(self, x):
                return wrap(self.layer(x))

        module = Wrapping()
        wanted = averaged(module, lambda module: first(module(x)).pow(2).mean().backward())
        model = DDP(module, bucket_cap_mb={cap})
        first(model(x)).pow(2).mean().backward()
        need_the_same(module, wanted, "wrapped")
    dist.destroy_process_group()
    """
    passes(2, program, tmp_path)


WITH_GRADIENTS = """
import autotensor.distributed.nn.functional as exchange

at.set_default_dtype(at.float64)

def drawn(seed, *shape):
    return at.from_numpy(np.random.default_rng(seed).normal(size=shape))

everybody = range(ranks)
ROWS = 2 * ranks
inputs = [drawn(one, ROWS, 3).requires_grad_() for one in everybody]  # of all, for one process
sources = [[one[2 * part : 2 * part + 2] for part in everybody] for one in inputs]
own = inputs[rank].detach().clone().requires_grad_()
parts = [own[2 * part : 2 * part + 2] for part in everybody]
root, room = ranks - 1, at.zeros(2, 3)
total, zero = sum(inputs), at.zeros(ROWS, 3)
split = [[1 + (one + to) % 2 for to in everybody] for one in everybody]  # rows from one to another
starts = [[sum(row[:to]) for to in everybody] for row in split]
rows = [inputs[one][: sum(split[one])] for one in everybody]
piece = lambda one, to: rows[one][starts[one][to] : starts[one][to] + split[one][to]]

# What this process gets, and what each gets as one process computes it; several are a list.
cases = {
    "sum": (lambda: exchange.all_reduce(own), [total] * ranks),
    "mean": (lambda: exchange.all_reduce(own, dist.ReduceOp.AVG), [total / ranks] * ranks),
    "mean of one": (lambda: exchange.reduce(own, root, dist.ReduceOp.AVG),
                    [total / ranks if one == root else inputs[one].detach() for one in everybody]),
    "broadcast": (lambda: exchange.broadcast(own, root), [inputs[root]] * ranks),
    "all_gather": (lambda: exchange.all_gather(own), [inputs] * ranks),
    "one that is gathered": (lambda: exchange.all_gather(own)[(rank + 1) % ranks],
                             [inputs[(one + 1) % ranks] for one in everybody]),
    "gather": (lambda: exchange.gather(own, root),
               [inputs if one == root else [zero] * ranks for one in everybody]),
    "scatter": (lambda: exchange.scatter(parts, root), sources[root]),
    "reduce_scatter": (
        lambda: exchange.reduce_scatter(room.clone(), parts),
        [sum(one[place] for one in sources) for place in everybody]),
    "mean in parts": (
        lambda: exchange.reduce_scatter(room.clone(), parts, dist.ReduceOp.AVG),
        [sum(one[place] for one in sources) / ranks for place in everybody]),
    "all_to_all": (lambda: exchange.all_to_all([room.clone() for _ in everybody], parts),
                   [[one[place] for one in sources] for place in everybody]),
    "all_to_all_single": (
        lambda: exchange.all_to_all_single(
            at.zeros(sum(one[rank] for one in split), 3), own[: sum(split[rank])],
            [one[rank] for one in split], split[rank]),
        [at.cat([piece(one, to) for one in everybody]) for to in everybody]),
}

def loss_of(found, one):
    several = found if isinstance(found, (list, tuple)) else [found]
    return sum((drawn(100 + 10 * one + place, *each.shape) * each**3).sum()
               for place, each in enumerate(several))
"""


@TRAINING
@pytest.mark.parametrize("count", [2, 3])
def test_gradients_go_through_exchanges(count: int, tmp_path: Path) -> None:
    """As one process finds them that computes the losses of all; twice over."""
    program = f"""
    {WITH_GRADIENTS.replace(chr(10), chr(10) + "    ")}
    for name, (exchanged, wanted) in cases.items():
        found = exchanged()
        for ours, one in zip(*(x if isinstance(x, (list, tuple)) else [x]
                               for x in (found, wanted[rank]))):
            assert at.allclose(ours, one, rtol=1e-13), (rank, name, ours, one)
        alone = sum(loss_of(found, one) for one, found in enumerate(wanted))
        (slope,) = at.autograd.grad(
            alone, inputs[rank], retain_graph=True, create_graph=True, materialize_grads=True)
        (ours,) = at.autograd.grad(
            loss_of(found, rank), own, create_graph=True, materialize_grads=True)
        assert at.allclose(ours, slope, rtol=1e-12), (rank, name, ours, slope)
        if name in ("sum", "all_gather", "reduce_scatter", "all_to_all"):
            slopes = at.autograd.grad(alone, inputs, create_graph=True)
            bend = at.autograd.grad(
                sum((drawn(7, ROWS, 3) * one).sum() for one in slopes), inputs[rank],
                retain_graph=True)[0]
            ours = at.autograd.grad((drawn(7, ROWS, 3) * ours).sum(), own)[0]
            assert at.allclose(ours, bend, rtol=1e-12), (rank, name, ours, bend)

    found = exchange.all_reduce(own, dist.ReduceOp.MAX)
    assert at.equal(found, at.stack(inputs).amax(0))
    try:
        found.sum().backward()
    except RuntimeError as error:
        assert "all_reduce: only SUM and AVG have a gradient, got MAX" in str(error), error
    else:
        raise AssertionError
    dist.destroy_process_group()
    """
    passes(count, program, tmp_path)


@TRAINING
def test_a_loss_of_pairs_learns_from_those_of_all_processes(tmp_path: Path) -> None:
    """CLIP's and SimCLR's: each sample is told from those of all; with DistributedDataParallel the
    gradient is that of the mean over the whole batch."""
    passes(
        2,
        """
        import autotensor.distributed.nn as exchange

        at.set_default_dtype(at.float64)
        at.manual_seed(0)
        net = nn.Linear(5, 3)
        x = at.from_numpy(np.random.default_rng(0).normal(size=(8, 5)))
        features = net(x)
        F.cross_entropy(features @ features.T / 0.5, (at.arange(8) + 1) % 8).backward()
        wanted = [one.grad.clone() for one in net.parameters()]
        net.zero_grad()
        model = DDP(net)
        mine = at.arange(4 * rank, 4 * rank + 4)
        own = model(x[mine])
        everybodys = at.cat(exchange.all_gather(own))
        F.cross_entropy(own @ everybodys.T / 0.5, (mine + 1) % 8).backward()
        for one, grad in zip(net.parameters(), wanted):
            assert at.allclose(one.grad, grad, rtol=1e-12), (rank, one.grad, grad)
        assert model.device_ids is None and model.output_device is None
        assert model.device == at.device("cpu") and model.device_type == "cpu" and model.dim == 0
        dist.destroy_process_group()
        """,
        tmp_path,
    )


@TRAINING
def test_a_buffer_that_is_the_same_is_not_written(tmp_path: Path) -> None:
    """A graph that needs it goes back through two forwards; and models are many."""
    passes(
        2,
        """
        class Scaled(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = nn.Linear(4, 4)
                self.register_buffer("scale", at.ones(4) * 2)
                self.register_buffer("mine", at.ones(1) * rank)

            def forward(self, x):
                return self.layer(x * self.scale) * self.scale

        for _ in range(40):  # each has a communicator, of which there are 2,048
            for _ in range(60):
                model = DDP(nn.Linear(1, 1))
        model = DDP(Scaled())
        assert model.module.mine.item() == 0
        (model(at.ones(3, 4)).mean() + model(at.zeros(3, 4)).mean()).backward()
        model.module.mine.add_(rank)
        model(at.ones(3, 4))
        assert model.module.mine.item() == 0

        model = DDP(nn.Linear(2, 2))
        model.double()
        try:
            model(at.ones(1, 2).double()).sum().backward()
        except RuntimeError as error:
            assert "a parameter was float32 when it was made, and is now float64" in str(error)
        else:
            raise AssertionError
        dist.destroy_process_group()
        """,
        tmp_path,
    )


@TRAINING
@pytest.mark.parametrize("near", [8, 0])
def test_evaluation_is_of_the_same_network_everywhere(near: int, tmp_path: Path) -> None:
    """After a step all evaluate with the statistics of rank 0, which are those of its share alone;
    a process may do so by itself, and has until then, as in PyTorch, its own."""
    passes(
        2,
        f"""
        from nn.parallel import buckets
        buckets.NEAR = {near}
        at.manual_seed(0)
        model = DDP(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).double())
        alone = nn.BatchNorm1d(4).double()
        shares = [at.from_numpy(np.random.default_rng(one).normal(one, 1 + one, (8, 3)))
                  for one in range(ranks)]
        def step():
            alone(model.module[0](shares[0]).detach())
            model(shares[rank]).sum().backward()
        def need_those_of_rank_0(where):
            for name, one in alone.named_buffers():
                found = model.module[1].get_buffer(name)
                assert at.allclose(found, one, rtol=1e-12), (rank, where, name, found, one)

        for number in range(3):
            step()
            own = model.module[1].running_mean.clone()
            assert rank == 0 or not at.allclose(own, alone.running_mean)
            model.eval()(shares[0])
            need_those_of_rank_0(number)
            model.train()
        step()
        loaded = dict((name, at.full_like(one, rank)) for name, one in alone.named_buffers())
        model.module[1].load_state_dict(loaded, strict=False)
        model.eval()(shares[0])
        assert model.module[1].running_mean.tolist() == [float(rank)] * 4
        model.module[1].load_state_dict(dict(alone.named_buffers()), strict=False)
        model.train()
        step()
        model.eval()
        if rank == 0:  # alone
            model(shares[0])
        with at.no_grad():
            found = model(shares[1])
            wanted = F.batch_norm(
                model.module[0](shares[1]), alone.running_mean, alone.running_var,
                alone.weight, alone.bias,
            )
            assert at.allclose(found, wanted, rtol=1e-12)
        model.train()
        with model.no_sync():
            alone(model.module[0](shares[0]).detach())
            model(shares[rank]).sum().backward()
        with at.no_grad():
            alone(model.module[0](shares[0]).detach())
            model(shares[rank])
        step()
        model.eval()(shares[0])
        need_those_of_rank_0("after forwards of each by itself")
        model.train()
        before = dist.group.WORLD.handed_over, dist.group.WORLD.exchanges
        loss = model(shares[rank]).sum()
        between = dist.group.WORLD.handed_over, dist.group.WORLD.exchanges
        loss.backward()
        after = dist.group.WORLD.handed_over, dist.group.WORLD.exchanges
        traffic = model.traffic()
        assert after[0] - between[0] == traffic.handed_over
        assert after[1] - between[1] == traffic.exchanges == 3  # a bucket, a meeting, the buffers
        assert traffic.handed_over == 8 * (24 + 4 + 1) + 16 + 8 * (4 + 4 + 1)

        own = DDP(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)), broadcast_buffers=False)
        own(shares[rank].float()).sum().backward()
        everybodys = [None] * ranks
        dist.all_gather_object(everybodys, own.module[1].running_mean.tolist())
        assert everybodys[0] != everybodys[1]
        dist.destroy_process_group()
        """,
        tmp_path,
    )


@TRAINING
def test_buffers_that_a_graph_needs_are_left_to_it_until_the_next_forward(tmp_path: Path) -> None:
    """One that each process writes for itself, and multiplies by: a second way back needs it as it
    was."""
    passes(
        2,
        """
        class Scaled(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = nn.Linear(4, 4)
                self.register_buffer("scale", at.zeros(4))

            def forward(self, x):
                if self.training:
                    self.scale.copy_(at.full((4,), 2.0 + rank))
                return (self.layer(x) * self.scale).tanh()

        model = DDP(Scaled())
        x = at.ones(3, 4)
        found = model(x)
        found.sum().backward(retain_graph=True)
        found.sum().backward()
        assert model.module.scale.tolist() == [2.0 + rank] * 4
        model.eval()(x)
        assert model.module.scale.tolist() == [2.0] * 4
        dist.destroy_process_group()
        """,
        tmp_path,
    )


@TRAINING
def test_statistics_of_all_processes(tmp_path: Path) -> None:
    """In float16, of more values than that can count; of one alone; of other channels."""
    passes(
        2,
        """
        x = at.from_numpy(np.random.default_rng(0).normal(3, 2, (140, 3, 40, 40))).half()
        own = x[70 * rank : 70 * rank + 70]
        alone, layer = nn.BatchNorm2d(3).half(), nn.SyncBatchNorm(3).half()
        wanted, found = alone(x)[70 * rank : 70 * rank + 70], layer(own)
        assert found.dtype == at.float16
        assert (found - wanted).abs().max().item() < 5e-3
        # Statistics are kept in float16, whose last place is 5e-4 here.
        assert at.allclose(layer.running_mean, alone.running_mean, atol=1e-3)
        assert at.allclose(layer.running_var, alone.running_var, atol=1e-3)

        for given, message in ((at.ones(1 - rank, 3), "more than 1 value per channel of all"),
                               (at.ones(4, 2), "expected 3 channels, got input of shape")):
            layer = nn.SyncBatchNorm(3)
            try:
                layer(given)
            except ValueError as error:
                assert message in str(error), error
            else:
                raise AssertionError(message)
            assert not layer.running_var.isnan().any()
        dist.destroy_process_group()
        """,
        tmp_path,
    )


@TRAINING
def test_an_exchange_that_nobody_waits_for_keeps_its_memory(tmp_path: Path) -> None:
    passes(
        2,
        """
        other = 1 - rank
        dist.isend(at.full((300000,), 7.0 + rank), other)
        waste = [np.zeros(300000, np.float32) for _ in range(20)]
        dist.barrier()
        found = at.zeros(300000)
        dist.recv(found, other)
        assert found.unique().tolist() == [7.0 + other]
        kept = []
        for number in range(50):
            kept.append(at.full((5000,), float(rank + number)))
            dist.broadcast(kept[-1], 0, async_op=True)
            waste = [np.random.rand(5000) for _ in range(5)]
        dist.barrier()
        dist.barrier()
        assert [one.unique().tolist() for one in kept] == [[float(one)] for one in range(50)]

        try:
            into = [at.zeros(2) for _ in range(ranks)]
            dist.all_to_all(into, [at.arange(2.0 + 2 * rank) for _ in range(ranks)])
        except ValueError as error:
            assert "rank 1 sends 16 bytes to rank" in str(error), error
        else:
            raise AssertionError
        dist.destroy_process_group()
        """,
        tmp_path,
    )
