"""The library's own loop: metrics, early stopping, a callback, the Doctor, a summary."""

from __future__ import annotations

import autotensor as at
import nn
import nn.functional as F
from nn import optim, training
from nn.data import DataLoader, TensorDataset
from nn.training import Callback, History, Run


class Printer(Callback):
    def on_epoch_end(self, run: Run) -> None:
        print("an epoch is over")


def main() -> History:
    at.manual_seed(0)
    points = at.randn(32, 2)
    labels = (points.sum(dim=1) > 0).long()
    loader = DataLoader(TensorDataset(points, labels), batch_size=8, shuffle=True)
    model = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
    history = training.fit(
        model,
        loader,
        F.cross_entropy,
        optim.Adam(model.parameters(), lr=1e-2),
        epochs=2,
        validation=loader,
        metrics={"best two": lambda scores, targets: training.top_k_accuracy(scores, targets, 2)},
        callbacks=[Printer(), training.EarlyStopping(patience=3)],
        verbose=False,
    )
    print(nn.summary(model, (8, 2)))
    return history


if __name__ == "__main__":
    main()
