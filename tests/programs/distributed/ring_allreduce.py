import torch
import torch.distributed as dist
import torch.nn as nn


def allreduce(send, recv):
    """Implementation of a ring-reduce with addition."""
    rank = dist.get_rank()
    size = dist.get_world_size()
    send_buff = send.clone()
    recv_buff = send.clone()
    accum = send.clone()

    left = ((rank - 1) + size) % size
    right = (rank + 1) % size

    for i in range(size - 1):
        if i % 2 == 0:
            # Send send_buff
            send_req = dist.isend(send_buff, right)
            dist.recv(recv_buff, left)
            accum[:] += recv_buff[:]
        else:
            # Send recv_buff
            send_req = dist.isend(recv_buff, right)
            dist.recv(send_buff, left)
            accum[:] += send_buff[:]
        send_req.wait()
    recv[:] = accum[:]


def ring_pass(tensor):
    """The same with a batch of letters."""
    rank, size = dist.get_rank(), dist.get_world_size()
    total, current = tensor.clone(), tensor.clone()
    for _ in range(size - 1):
        incoming = torch.empty_like(current)
        ops = [
            dist.P2POp(dist.isend, current, (rank + 1) % size),
            dist.P2POp(dist.irecv, incoming, (rank - 1) % size),
        ]
        for work in dist.batch_isend_irecv(ops):
            work.wait()
        total += incoming
        current = incoming
    return total


def main():
    dist.init_process_group(backend="gloo")
    rank, size = dist.get_rank(), dist.get_world_size()
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for step in range(24):
        x = torch.randn(16, 6)[rank::size]
        y = x.sum(dim=1, keepdim=True).sin()
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        for i, p in enumerate(model.parameters()):
            if i % 2:
                summed = torch.zeros_like(p.grad)
                allreduce(p.grad, summed)
            else:
                summed = ring_pass(p.grad)
            p.grad.copy_(summed / size)
        optimizer.step()
    print(f"rank {rank} has {loss.item():.12f}")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
