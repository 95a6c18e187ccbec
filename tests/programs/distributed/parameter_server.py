import os

import torch
import torch.distributed as dist
import torch.nn as nn
import torch.nn.functional as F
import torch.multiprocessing as mp

STEPS = 15


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.out = nn.Linear(8, 2)

    def forward(self, x):
        return self.out(torch.sigmoid(self.hidden(x)))


def flatten(tensors):
    return torch.cat([t.reshape(-1) for t in tensors])


def unflatten_into(flat, params):
    offset = 0
    for p in params:
        p.data.copy_(flat[offset : offset + p.numel()].view_as(p))
        offset += p.numel()


def server(world_size):
    torch.manual_seed(0)
    model = Model()
    velocity = torch.zeros_like(flatten(model.parameters()))
    for step in range(STEPS):
        weights = flatten([p.data for p in model.parameters()])
        for worker in range(1, world_size):
            dist.send(weights, dst=worker)
        gradient = torch.zeros_like(weights)
        for _ in range(1, world_size):
            received = torch.zeros_like(weights)
            sender = dist.recv(received)
            assert 0 < sender < world_size
            gradient += received / (world_size - 1)
        velocity = 0.9 * velocity + gradient
        unflatten_into(weights - 0.1 * velocity, list(model.parameters()))
    print(f"server norm {flatten(model.parameters()).norm().item():.12f}")


def worker(rank):
    model = Model()
    flat = torch.zeros_like(flatten(model.parameters())).detach()
    torch.manual_seed(rank)
    x = torch.randn(24, 4)
    y = (x.sum(1) > 0).long()
    for step in range(STEPS):
        dist.recv(flat, src=0)
        unflatten_into(flat, list(model.parameters()))
        model.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        dist.send(flatten([p.grad for p in model.parameters()]), dst=0)
    print(f"worker {rank} loss {loss.item():.12f}")


def main(rank, world_size):
    address = f"tcp://127.0.0.1:{os.environ['PORT']}"
    dist.init_process_group("gloo", init_method=address, rank=rank, world_size=world_size)
    if rank == 0:
        server(world_size)
    else:
        worker(rank)
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    mp.spawn(main, args=(3,), nprocs=3)
