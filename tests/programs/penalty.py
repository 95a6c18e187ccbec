"""A Wasserstein critic held to gradients of length one: a loss of gradients, so second order."""

import numpy as np
import torch
from torch import autograd, nn


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.utils.parametrizations.spectral_norm(nn.Conv1d(1, 4, 3, padding=1))
        self.norm = nn.GroupNorm(2, 4)
        self.pool = nn.MaxPool1d(2)
        self.out = nn.Linear(16, 1)

    def forward(self, x):
        x = torch.nn.functional.softplus(self.norm(self.conv(x)))
        return self.out(self.pool(x).flatten(1))


def calc_gradient_penalty(netD, real, fake, alpha):
    alpha = alpha.expand(real.size())
    interpolates = alpha * real + (1 - alpha) * fake
    interpolates.requires_grad_(True)
    score = netD(interpolates)
    gradients = autograd.grad(
        outputs=score,
        inputs=interpolates,
        grad_outputs=torch.ones(score.size()),
        create_graph=True,
        retain_graph=True,
        only_inputs=True,
    )[0]
    gradients = gradients.view(gradients.size(0), -1)
    return ((gradients.norm(2, dim=1) - 1) ** 2).mean() * 10


def losses(steps):
    draw = np.random.default_rng(7)
    critic = Critic()
    optimizer = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.0, 0.9))
    real = torch.tensor(draw.normal(size=(6, 1, 8))).cumsum(-1)
    for _ in range(steps):
        fake = torch.tensor(draw.normal(size=(6, 1, 8)))
        alpha = torch.tensor(draw.random((6, 1, 1)))
        optimizer.zero_grad()
        penalty = calc_gradient_penalty(critic, real, fake, alpha)
        loss = critic(fake).mean() - critic(real).mean() + penalty
        loss.backward()
        optimizer.step()
        yield loss.item()


if __name__ == "__main__":
    for loss in losses(50):
        print(loss)
