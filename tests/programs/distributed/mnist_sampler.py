import argparse
import os

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
import torch.distributed as dist
from torch.distributed.elastic.multiprocessing.errors import record
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3)
        self.bn = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 8, 3)
        self.fc = nn.Linear(8 * 3 * 3, 10)

    def forward(self, x):
        x = F.relu(self.bn(self.conv1(x)))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return F.log_softmax(self.fc(torch.flatten(x, 1)), dim=1)


def digits(n, seed):
    torch.manual_seed(seed)
    labels = torch.arange(n) % 10
    prototypes = torch.randn(10, 1, 10, 10)
    return TensorDataset(prototypes[labels] + 0.5 * torch.randn(n, 1, 10, 10), labels)


def train(args, model, device, loader, optimizer, epoch):
    model.train()
    for batch_idx, (data, target) in enumerate(loader):
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        loss = F.nll_loss(model(data), target)
        loss.backward()
        optimizer.step()
        if batch_idx % args.log_interval == 0 and dist.get_rank() == 0:
            print(f"epoch {epoch} batch {batch_idx} loss {loss.item():.6f}")


def test(model, device, loader):
    model.eval()
    totals = torch.zeros(3)
    with torch.no_grad():
        for data, target in loader:
            data, target = data.to(device), target.to(device)
            output = model(data)
            totals[0] += F.nll_loss(output, target, reduction="sum")
            totals[1] += (output.argmax(dim=1) == target).sum()
            totals[2] += len(target)
    dist.all_reduce(totals, op=dist.ReduceOp.SUM)
    return (totals[0] / totals[2]).item(), (totals[1] / totals[2]).item()


@record
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch-size", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--lr", type=float, default=0.3)
    parser.add_argument("--gamma", type=float, default=0.7)
    parser.add_argument("--log-interval", type=int, default=4)
    args = parser.parse_args()

    local_rank = int(os.environ["LOCAL_RANK"])
    rank, world_size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    use_cuda = torch.cuda.is_available()
    dist.init_process_group(backend="nccl" if use_cuda else "gloo", init_method="env://")
    assert (rank, world_size) == (dist.get_rank(), dist.get_world_size())
    device = torch.device(f"cuda:{local_rank}" if use_cuda else "cpu")
    if use_cuda:
        torch.cuda.set_device(local_rank)

    train_set, test_set = digits(97, 0), digits(41, 1)
    sampler = DistributedSampler(train_set, num_replicas=world_size, rank=rank, shuffle=True)
    train_loader = DataLoader(train_set, batch_size=args.batch_size, sampler=sampler)
    test_loader = DataLoader(
        test_set, batch_size=20, sampler=DistributedSampler(test_set, shuffle=False, drop_last=True)
    )

    model = DDP(Net().to(device), device_ids=[local_rank] if use_cuda else None)
    optimizer = optim.Adadelta(model.parameters(), lr=args.lr)
    scheduler = StepLR(optimizer, step_size=1, gamma=args.gamma)
    for epoch in range(1, args.epochs + 1):
        sampler.set_epoch(epoch)
        train(args, model, device, train_loader, optimizer, epoch)
        loss, accuracy = test(model.module, device, test_loader)
        scheduler.step()
        if rank == 0:
            print(f"test loss {loss:.8f} accuracy {accuracy:.4f}")
    if rank == 0:
        torch.save(model.module.state_dict(), "mnist_cnn.pt")
    dist.barrier()
    again = Net()
    again.load_state_dict(torch.load("mnist_cnn.pt", map_location=device))
    print(f"rank {rank} {sum(p.sum().item() for p in again.parameters()):.10f}")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
