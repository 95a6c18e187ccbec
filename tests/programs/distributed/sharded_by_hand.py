import os

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn


class Shard:
    """Weights that every rank holds a part of: gathered for forward, gradients scattered."""

    def __init__(self, full, group=None):
        self.shape, self.group = full.shape, group
        self.world_size, self.rank = dist.get_world_size(group), dist.get_rank(group)
        rows = full.reshape(-1)
        assert rows.numel() % self.world_size == 0
        self.part = rows.chunk(self.world_size)[self.rank].clone()
        self.state = torch.zeros_like(self.part)

    def gather(self):
        full = torch.empty(self.part.numel() * self.world_size, dtype=self.part.dtype)
        dist.all_gather_into_tensor(full, self.part, group=self.group)
        return full.view(self.shape).requires_grad_()

    def step(self, grad, lr=0.1, beta=0.9):
        mine = torch.empty_like(self.part)
        dist.reduce_scatter_tensor(mine, grad.reshape(-1), op=dist.ReduceOp.SUM, group=self.group)
        mine /= self.world_size
        self.state.mul_(beta).add_(mine)
        self.part -= lr * self.state


def main():
    dist.init_process_group(
        "gloo",
        init_method="env://",
        world_size=int(os.environ["WORLD_SIZE"]),
        rank=int(os.environ["RANK"]),
    )
    rank, size = dist.get_rank(), dist.get_world_size()
    everybody = dist.new_group(list(range(size)))
    pair = dist.new_group(ranks=[0, 1])
    torch.manual_seed(42)
    shards = [Shard(torch.randn(6, 12), everybody), Shard(torch.randn(12, 4), everybody)]
    w = torch.randn(6, 4)
    for step in range(16):
        x = torch.randn(8, 6)
        x = x[rank * 4 : rank * 4 + 4]
        y = (x @ w).argmax(1)
        full = [one.gather() for one in shards]
        loss = F.cross_entropy(torch.relu(x @ full[0]) @ full[1], y)
        loss.backward()
        for one, weights in zip(shards, full):
            one.step(weights.grad)

    # tokens to experts and back
    tokens = torch.arange(8.0).reshape(4, 2) + 100 * rank
    received = torch.empty_like(tokens)
    dist.all_to_all_single(received, tokens)
    back = [torch.empty(2, 2) for _ in range(size)]
    dist.all_to_all(back, list((received * 2).chunk(size)))
    assert torch.equal(torch.cat(back), tokens * 2)

    share = torch.empty(3)
    shares = [torch.full((3,), float(r)) for r in range(size)]
    dist.scatter(share, shares if rank == 0 else None, src=0)
    dist.all_reduce(share, op=dist.ReduceOp.MAX, group=pair)
    dist.monitored_barrier()
    print(f"rank {rank} {share.tolist()} {shards[0].part.sum().item():.10f} {loss.item():.10f}")
    assert dist.get_rank(pair) == rank and dist.get_world_size(pair) == 2
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
