"""A GAN with a gradient penalty, weights drawn by a function, and convolutions."""

from __future__ import annotations

import autotensor as torch
from autotensor import Tensor, nn


def draw_weights(module: nn.Module) -> None:
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


class Generator(nn.Module):
    def __init__(self, latent: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(latent, 8, 4, stride=1, padding=0, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(True),
            nn.ConvTranspose2d(8, 1, kernel_size=4, stride=2, padding=1),
            nn.Tanh(),
        )

    def forward(self, z: Tensor) -> Tensor:
        return self.main(z)


class Critic(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.utils.parametrizations.spectral_norm(
            nn.Conv2d(1, 8, (3, 3), padding="same")
        )
        self.pool = nn.AvgPool2d(2)
        self.act = nn.LeakyReLU(0.2)
        self.fc = nn.Linear(8 * 4 * 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.pool(self.act(self.conv1(x)))
        return self.fc(h.flatten(start_dim=1)).view(-1)


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    mix = torch.rand(real.size(0), 1, 1, 1)
    between = (mix * real + (1 - mix) * fake).requires_grad_(True)
    score: Tensor = critic(between)
    (gradient,) = torch.autograd.grad(
        score, between, grad_outputs=torch.ones_like(score), create_graph=True
    )
    return ((gradient.flatten(1).norm(2, dim=1) - 1) ** 2).mean()


def main() -> float:
    torch.manual_seed(0)
    generator, critic = Generator(4).apply(draw_weights), Critic()
    slow = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    fast = torch.optim.Adam(critic.parameters(), lr=2e-4, betas=(0.5, 0.999))
    criterion = nn.BCEWithLogitsLoss()
    real = torch.randn(4, 1, 8, 8)
    loss = torch.tensor(0.0)
    for step in range(2):
        noise = torch.randn(4, 4, 1, 1)
        fake = generator(noise)
        loss = critic(fake.detach()).mean() - critic(real).mean()
        loss = loss + 10 * gradient_penalty(critic, real, fake.detach())
        fast.zero_grad()
        loss.backward()
        fast.step()
        if step % 2 == 1:
            ours: Tensor = criterion(critic(generator(noise)), torch.ones(4))
            slow.zero_grad()
            ours.backward()
            slow.step()
    return float(loss)


if __name__ == "__main__":
    print(main())
