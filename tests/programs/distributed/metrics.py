import torch
import torch.distributed as dist
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel


class AverageMeter:
    def __init__(self):
        self.sum, self.count = 0.0, 0

    def update(self, value, n=1):
        self.sum += value * n
        self.count += n

    def all_reduce(self):
        total = torch.tensor([self.sum, self.count], dtype=torch.float64)
        dist.all_reduce(total, dist.ReduceOp.SUM, async_op=False)
        self.sum, self.count = total.tolist()
        return self.sum / self.count


def is_main_process():
    return not dist.is_available() or not dist.is_initialized() or dist.get_rank() == 0


def reduce_dict(input_dict, average=True):
    world_size = dist.get_world_size()
    if world_size < 2:
        return input_dict
    with torch.no_grad():
        names, values = [], []
        for k in sorted(input_dict.keys()):
            names.append(k)
            values.append(input_dict[k])
        values = torch.stack(values, dim=0)
        dist.all_reduce(values)
        if average:
            values /= world_size
        return {k: v for k, v in zip(names, values)}


def main():
    dist.init_process_group("gloo")
    rank, world_size = dist.get_rank(), dist.get_world_size()
    torch.manual_seed(5)
    x, y = torch.randn(50, 6), torch.randint(0, 4, (50,))
    train = slice(rank * 20, rank * 20 + 20)
    valid = slice(40, 44) if rank == 0 else slice(44, 50)  # uneven

    model = DistributedDataParallel(nn.Sequential(nn.Linear(6, 20), nn.GELU(), nn.Linear(20, 4)))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    best, patience = float("inf"), 2
    for epoch in range(14):
        model.train()
        output = model(x[train])
        losses = {"ce": F.cross_entropy(output, y[train]), "l2": 1e-3 * output.pow(2).mean()}
        total = sum(losses.values())
        optimizer.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        reduced = reduce_dict({k: v.detach() for k, v in losses.items()})

        model.eval()
        meter = AverageMeter()
        with torch.no_grad():
            scores = model(x[valid])
            meter.update(F.cross_entropy(scores, y[valid]).item(), len(scores))
        value = meter.all_reduce()
        if is_main_process():
            print(epoch, *(f"{k} {v.item():.8f}" for k, v in reduced.items()), f"valid {value:.8f}")

        predictions = [None] * world_size
        dist.all_gather_object(predictions, scores.argmax(1).tolist())
        everything = [one for part in predictions for one in part]
        assert len(everything) == 10

        stop = torch.zeros(1)
        if is_main_process():
            if value < best - 1e-4:
                best, patience = value, 2
            else:
                patience -= 1
            stop[0] = float(patience == 0)
        dist.broadcast(stop, 0)
        if stop.item():
            break

    confusion = torch.zeros(4, 4, dtype=torch.int64)
    for p, t in zip(scores.argmax(1), y[valid]):
        confusion[t, p] += 1
    parts = [torch.zeros_like(confusion) for _ in range(world_size)] if rank == 0 else None
    dist.gather(confusion, gather_list=parts, dst=0)
    if rank == 0:
        print(torch.stack(parts).sum(0).tolist())
    config = [{"lr": 0.05, "epochs": epoch}] if rank == 0 else [None]
    dist.broadcast_object_list(config, src=0)
    print(rank, config)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
