import os
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import nn, optim
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset


def average_model(model):
    size = float(dist.get_world_size())
    with torch.no_grad():
        works = [dist.all_reduce(p, async_op=True) for p in model.parameters()]
        for work, p in zip(works, model.parameters()):
            work.wait()
            assert work.is_completed()
            p.div_(size)


def sync_params(model, src=0):
    for tensor in model.state_dict().values():
        dist.broadcast(tensor, src=src)


def main():
    rank = int(os.environ.get("RANK", 0))
    world_size = int(os.environ.get("WORLD_SIZE", 1))
    dist.init_process_group("gloo", rank=rank, world_size=world_size, timeout=timedelta(seconds=60))
    torch.manual_seed(100 + rank)
    model = nn.Sequential(
        nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3)
    )
    if rank:
        for p in model.parameters():
            p.data.mul_(3)
    sync_params(model)

    x = torch.randn(60, 8)
    y = (x @ torch.randn(8, 3)).argmax(1)
    loader = DataLoader(
        TensorDataset(x, y), batch_size=5, sampler=DistributedSampler(range(60), world_size, rank)
    )
    optimizer = optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)
    step = 0
    for epoch in range(4):
        loader.sampler.set_epoch(epoch)
        for inputs, targets in loader:
            optimizer.zero_grad(set_to_none=True)
            loss = nn.functional.cross_entropy(model(inputs), targets)
            loss.backward()
            optimizer.step()
            step += 1
            if step % 4 == 0:
                average_model(model)
        mean = loss.detach().clone()
        dist.reduce(mean, dst=0, op=dist.ReduceOp.SUM)
        if rank == 0:
            print(f"epoch {epoch} mean loss {mean.item() / world_size:.10f}")
    flat = torch.cat([p.detach().reshape(-1) for p in model.parameters()])
    gathered = [torch.zeros_like(flat) for _ in range(world_size)]
    dist.all_gather(gathered, flat)
    print(f"rank {rank} apart {max((g - flat).abs().max().item() for g in gathered):.3f}")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
