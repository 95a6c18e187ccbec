"""A variational autoencoder: convolutions down, transposed convolutions up, and a KL term."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


class VAE(nn.Module):
    def __init__(self, latent=3):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(4, 8, 3, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
        )
        self.mu = nn.Linear(8 * 2 * 2, latent)
        self.logvar = nn.Linear(8 * 2 * 2, latent)
        self.decoder = nn.Sequential(
            nn.Linear(latent, 8 * 2 * 2),
            nn.Unflatten(1, (8, 2, 2)),
            nn.ConvTranspose2d(8, 4, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
            nn.Conv2d(4, 1, 3, padding=1),
        )

    def reparameterize(self, mu, logvar, noise):
        std = torch.exp(0.5 * logvar)
        return mu + noise * std

    def forward(self, x, noise):
        h = self.encoder(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = self.reparameterize(mu, logvar, noise)
        return torch.sigmoid(self.decoder(z)), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    BCE = F.binary_cross_entropy(recon_x, x, reduction="sum")
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return BCE + KLD


def losses(steps):
    draw = np.random.default_rng(4)
    x = torch.tensor((draw.random((6, 1, 8, 8)) > 0.5).astype("float64"))
    model = VAE()
    optimizer = torch.optim.NAdam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        noise = torch.tensor(draw.normal(size=(6, 3)))
        optimizer.zero_grad()
        recon, mu, logvar = model(x, noise)
        loss = loss_function(recon, x, mu, logvar)
        loss.backward()
        optimizer.step()
        yield loss.item() / len(x)


if __name__ == "__main__":
    for loss in losses(50):
        print(loss)
