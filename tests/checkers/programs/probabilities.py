"""A VAE with distributions, a normalizing flow, and Monte Carlo."""

from __future__ import annotations

import autotensor as torch
from autotensor import Tensor, nn, optim
from autotensor.distributions import Bernoulli, Normal, kl_divergence


class VAE(nn.Module):
    def __init__(self, inputs: int = 6, latent: int = 2) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(inputs, 8), nn.Softplus())
        self.mean = nn.Linear(8, latent)
        self.scale = nn.Linear(8, latent)
        self.decoder = nn.Sequential(nn.Linear(latent, 8), nn.ReLU(), nn.Linear(8, inputs))
        self.register_buffer("zero", torch.zeros(latent))

    def encode(self, x: Tensor) -> Normal:
        h = self.encoder(x)
        return Normal(self.mean(h), nn.functional.softplus(self.scale(h)) + 1e-3)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        posterior = self.encode(x)
        z = posterior.rsample()
        likelihood = Bernoulli(logits=self.decoder(z))
        prior = Normal(torch.zeros_like(z), torch.ones_like(z))
        return likelihood.log_prob(x).sum(-1), kl_divergence(posterior, prior).sum(-1)


class Planar(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(size) * 0.1)
        self.scale = nn.Parameter(torch.randn(size) * 0.1)
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        inner = torch.tanh(z @ self.weight + self.bias)
        slope = (1 - inner**2).unsqueeze(-1) * self.weight
        logdet = torch.log(torch.abs(1 + slope @ self.scale) + 1e-6)
        return z + self.scale * inner.unsqueeze(-1), logdet


def main() -> float:
    torch.manual_seed(0)
    data = (torch.rand(16, 6) > 0.5).float()
    model = VAE()
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    loss = torch.zeros(())
    for _ in range(3):
        log_likelihood, divergence = model(data)
        loss = (divergence - log_likelihood).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    base = Normal(torch.zeros(2), 1.0)
    flows = nn.ModuleList([Planar(2) for _ in range(3)])
    z = base.sample((32,))
    log_density = base.log_prob(z).sum(dim=-1)
    for flow in flows:
        z, logdet = flow(z)
        log_density = log_density - logdet
    print(log_density.mean().item(), base.entropy().sum().item())
    return loss.item()


if __name__ == "__main__":
    print(main())
