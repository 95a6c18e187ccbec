"""Optimizers with groups, schedules one after the other, averages of weights, a closure."""

from __future__ import annotations

import math

import autotensor as at
import nn
from autotensor import Tensor
from nn import optim
from nn.optim import lr_scheduler
from nn.optim.swa_utils import AveragedModel


def warm_up(step: int) -> float:
    return min(1.0, (step + 1) / 5) * (0.5 + 0.5 * math.cos(step / 20))


def main() -> float:
    at.manual_seed(0)
    x, y = at.linspace(-1, 1, 16).unsqueeze(1), at.linspace(-1, 1, 16).pow(2).unsqueeze(1)
    model = nn.Sequential(nn.Linear(1, 8), nn.SiLU(), nn.Linear(8, 1))
    decayed = [p for name, p in model.named_parameters() if name.endswith("weight")]
    others = [p for name, p in model.named_parameters() if not name.endswith("weight")]
    optimizer = optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}],
        lr=1e-2,
    )
    first = lr_scheduler.LambdaLR(optimizer, lr_lambda=warm_up)
    second = lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.5)
    scheduler = lr_scheduler.SequentialLR(optimizer, [first, second], milestones=[5])
    average = AveragedModel(model)
    criterion = nn.MSELoss()
    for _ in range(10):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        average.update_parameters(model)
    for group in optimizer.param_groups:
        print(group["lr"], len(group["params"]))

    weights = at.zeros(2, requires_grad=True)
    lbfgs = optim.LBFGS([weights], lr=0.5, max_iter=5, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        lbfgs.zero_grad()
        loss = ((weights - at.tensor([1.0, 2.0])) ** 2).sum()
        loss.backward()
        return loss

    lbfgs.step(closure)
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, mode="min", patience=2)
    plateau.step(criterion(average(x), y).item())
    return weights.sum().item()


if __name__ == "__main__":
    print(main())
