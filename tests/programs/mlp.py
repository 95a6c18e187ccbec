"""A classifier of points with dropout layers switched off, trained by Adam from a DataLoader."""

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset


class MLP(nn.Module):
    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, width), nn.ReLU(), nn.Dropout(0.0), nn.Linear(width, width), nn.GELU()
        )
        self.head = nn.Linear(width, 3)

    def forward(self, x):
        return self.head(self.layers(x))


def losses(steps):
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    draw = np.random.default_rng(0)
    x = torch.tensor(draw.normal(size=(100, 2)))
    y = torch.tensor(draw.integers(0, 3, 100))
    loader = DataLoader(TensorDataset(x, y), batch_size=20, shuffle=False)
    model = MLP().to(device)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    optimizer = optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.01)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.02, total_steps=steps)
    step = 0
    while step < steps:
        model.train()
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
            optimizer.step()
            scheduler.step()
            yield loss.item()
            step += 1
            if step == steps:
                break
    model.eval()
    with torch.no_grad():
        correct = (model(x).argmax(dim=1) == y).float().mean()
    yield correct.item()


if __name__ == "__main__":
    for loss in losses(50):
        print(loss)
