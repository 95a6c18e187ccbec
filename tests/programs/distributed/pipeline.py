import os

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn as nn


def first_stage(steps):
    torch.manual_seed(0)
    stage = nn.Sequential(nn.Linear(5, 16), nn.Tanh())
    optimizer = torch.optim.SGD(stage.parameters(), lr=0.2)
    for step in range(steps):
        x = torch.randn(4, 5)
        activation = stage(x)
        dist.send(activation.detach(), 1, tag=step)
        dist.send(x.sum(1).sign(), 1, tag=1000 + step)
        grad = torch.empty_like(activation)
        dist.recv(grad, 1, tag=step)
        optimizer.zero_grad()
        activation.backward(grad)
        optimizer.step()
    print(f"first {sum(p.abs().sum().item() for p in stage.parameters()):.10f}")


def last_stage(steps):
    torch.manual_seed(1)
    stage = nn.Linear(16, 1)
    optimizer = torch.optim.SGD(stage.parameters(), lr=0.2)
    for step in range(steps):
        activation, target = torch.empty(4, 16), torch.empty(4)
        works = [dist.irecv(activation, 0, tag=step), dist.irecv(target, 0, tag=1000 + step)]
        for work in works:
            work.wait()
        activation.requires_grad_()
        loss = nn.functional.mse_loss(stage(activation)[:, 0], target)
        optimizer.zero_grad()
        loss.backward()
        dist.isend(activation.grad, 0, tag=step).wait()
        optimizer.step()
    print(f"last {loss.item():.10f}")


def run(rank, size, path):
    dist.init_process_group("gloo", init_method=f"file://{path}", rank=rank, world_size=size)
    (first_stage if rank == 0 else last_stage)(20)
    dist.destroy_process_group()


if __name__ == "__main__":
    mp.spawn(run, args=(2, os.path.abspath("meet")), nprocs=2)
