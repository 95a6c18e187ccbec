"""A score network by sliced score matching, and one with noise levels; Langevin samples."""

import numpy as np
import torch
import torch.autograd as autograd
import torch.nn as nn
from torch.optim.lr_scheduler import StepLR


class Swish(nn.Module):
    def __init__(self, dim=-1):
        super().__init__()
        if dim > 0:
            self.beta = nn.Parameter(torch.ones((dim,)))

    def forward(self, x):
        if len(x.size()) == 2:
            return x * torch.sigmoid(self.beta[None, :] * x)
        return x * torch.sigmoid(self.beta[None, :, None, None] * x)


def sliced_score_matching(energy_net, samples, n_particles=1):
    dup_samples = samples.unsqueeze(0).expand(n_particles, *samples.shape)
    dup_samples = dup_samples.contiguous().view(-1, *samples.shape[1:])
    dup_samples.requires_grad_(True)
    vectors = torch.randn_like(dup_samples)
    vectors = vectors / torch.norm(vectors, dim=-1, keepdim=True)
    logp = -energy_net(dup_samples).sum()
    grad1 = autograd.grad(logp, dup_samples, create_graph=True)[0]
    gradv = torch.sum(grad1 * vectors)
    loss1 = torch.norm(grad1, dim=-1) ** 2 * 0.5
    grad2 = autograd.grad(gradv, dup_samples, create_graph=True)[0]
    loss2 = torch.sum(vectors * grad2, dim=-1)
    loss1 = loss1.view(n_particles, -1).mean(dim=0)
    loss2 = loss2.view(n_particles, -1).mean(dim=0)
    loss = loss1 + loss2
    return loss.mean(), loss1.mean(), loss2.mean()


def anneal_dsm_score_estimation(scorenet, samples, labels, sigmas, anneal_power=2.0):
    used_sigmas = sigmas[labels].view(samples.shape[0], *([1] * len(samples.shape[1:])))
    perturbed_samples = samples + torch.randn_like(samples) * used_sigmas
    target = -1 / (used_sigmas**2) * (perturbed_samples - samples)
    scores = scorenet(perturbed_samples, labels)
    target = target.view(target.shape[0], -1)
    scores = scores.view(scores.shape[0], -1)
    loss = 0.5 * ((scores - target) ** 2).sum(dim=-1) * used_sigmas.squeeze() ** anneal_power
    return loss.mean(dim=0)


class CondScore(nn.Module):
    def __init__(self, levels):
        super().__init__()
        self.lin1, self.lin2 = nn.Linear(2, 24), nn.Linear(24, 2)
        self.embed = nn.Embedding(levels, 24)
        self.embed.weight.data.uniform_()
        self.act = nn.Softplus()

    def forward(self, x, y):
        return self.lin2(self.embed(y) * self.act(self.lin1(x)))


def main():
    rng = np.random.RandomState(0)
    centres = np.array([[2.0, 0.0], [-2.0, 0.0]])
    data = torch.tensor(centres[rng.randint(2, size=64)] + 0.3 * rng.randn(64, 2)).float()
    energy = nn.Sequential(
        nn.Linear(2, 16), Swish(16), nn.Linear(16, 16), Swish(16), nn.Linear(16, 1)
    )
    opt = torch.optim.Adam(energy.parameters(), lr=1e-2)
    for i in range(20):
        batch = data[torch.randperm(len(data))[:16]]
        loss, *_ = sliced_score_matching(energy, batch, n_particles=2)
        opt.zero_grad()
        loss.backward()
        opt.step()
    sigmas = torch.tensor(np.exp(np.linspace(np.log(1.0), np.log(0.1), 5))).float()
    score = CondScore(len(sigmas))
    opt = torch.optim.Adam(score.parameters(), lr=1e-2, betas=(0.9, 0.999), amsgrad=True)
    scheduler = StepLR(opt, step_size=8, gamma=0.5)
    for i in range(20):
        batch = data[torch.randint(0, len(data), (16,))]
        labels = torch.randint(0, len(sigmas), (batch.shape[0],), device=batch.device)
        loss = anneal_dsm_score_estimation(score, batch, labels, sigmas)
        opt.zero_grad()
        loss.backward()
        opt.step()
        scheduler.step()
    x_mod = torch.rand(4, 2)
    with torch.no_grad():
        for c, sigma in enumerate(sigmas):
            labels = torch.ones(x_mod.shape[0], device=x_mod.device) * c
            labels = labels.long()
            step_size = 2e-3 * (sigma / sigmas[-1]) ** 2
            for _ in range(3):
                noise = torch.randn_like(x_mod) * np.sqrt(step_size * 2)
                x_mod = x_mod + step_size * score(x_mod, labels) + noise
    print("langevin", x_mod.norm(dim=1).numpy().round(6), scheduler.get_last_lr())


if __name__ == "__main__":
    main()
