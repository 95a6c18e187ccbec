"""A classifier, its training loop and its checkpoint, as one writes them by hand."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import autotensor as torch
import nn
import nn.functional as F
from autotensor import Tensor
from nn import optim
from nn.data import DataLoader, TensorDataset, random_split


class Net(nn.Module):
    def __init__(self, inputs: int, hidden: int, classes: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.fc1 = nn.Linear(inputs, hidden)
        self.norm = nn.BatchNorm1d(hidden)
        self.fc2 = nn.Linear(hidden, classes, bias=False)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.fc1(x)))
        return self.fc2(self.dropout(x))


def train_one_epoch(
    model: nn.Module, loader: DataLoader, optimizer: optim.Optimizer, device: torch.device
) -> float:
    model.train()
    total, seen = 0.0, 0
    for inputs, targets in loader:
        inputs, targets = inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        loss: Tensor = F.cross_entropy(model(inputs), targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
        total += loss.item() * inputs.size(0)
        seen += len(inputs)
    return total / seen


@torch.no_grad()
def accuracy(model: nn.Module, loader: DataLoader) -> float:
    model.eval()
    right = 0
    count = 0
    for inputs, targets in loader:
        predicted = model(inputs).argmax(dim=1)
        right += (predicted == targets).sum().item()
        count += targets.numel()
    return right / count


def main() -> float:
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    points = torch.randn(64, 2)
    labels = (points[:, 0] * points[:, 1] > 0).long()
    train, test = random_split(TensorDataset(points, labels), [48, 16])
    loader = DataLoader(train, batch_size=16, shuffle=True, drop_last=True)
    model = Net(2, 16, 2).to(device)
    optimizer = optim.AdamW(model.parameters(), lr=1e-2, weight_decay=1e-4)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=3)
    best = float("inf")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "best.npz"
        for epoch in range(3):
            loss = train_one_epoch(model, loader, optimizer, device)
            scheduler.step()
            if loss < best:
                best = loss
                torch.save(model.state_dict(), path)
            print(f"epoch {epoch}: loss {loss:.3f}, rate {scheduler.get_last_lr()[0]:.4f}")
        model.load_state_dict(torch.load(path))
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    print(f"{count} parameters")
    return accuracy(model, DataLoader(test, batch_size=8))


if __name__ == "__main__":
    print(f"accuracy: {main():.2f}")
