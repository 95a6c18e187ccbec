"""Two networks against each other, with detach and two optimizers; one has spectral norms."""

import numpy as np
import torch
import torch.nn as nn


def losses(steps):
    draw = np.random.default_rng(5)
    G = nn.Sequential(
        nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(True), nn.Linear(16, 2), nn.Tanh()
    )
    D = nn.Sequential(
        nn.Linear(2, 16), nn.LeakyReLU(0.2, inplace=True), nn.LayerNorm(16), nn.Linear(16, 1)
    )
    criterion = nn.BCEWithLogitsLoss()
    optimizerD = torch.optim.Adam(D.parameters(), lr=2e-3, betas=(0.5, 0.999))
    optimizerG = torch.optim.Adam(G.parameters(), lr=2e-3, betas=(0.5, 0.999))
    angle = torch.tensor(draw.uniform(0, 2 * np.pi, 32))
    real = torch.stack((angle.cos(), angle.sin()), dim=1) * 0.7
    for _ in range(steps):
        noise = torch.tensor(draw.normal(size=(32, 4)))
        D.zero_grad()
        label = torch.full((32, 1), 1.0, dtype=real.dtype)
        errD_real = criterion(D(real), label)
        errD_real.backward()
        fake = G(noise)
        label.fill_(0.0)
        errD_fake = criterion(D(fake.detach()), label)
        errD_fake.backward()
        optimizerD.step()

        G.zero_grad()
        for p in D.parameters():
            p.requires_grad_(False)
        errG = criterion(D(fake), torch.ones_like(label))
        errG.backward()
        optimizerG.step()
        for p in D.parameters():
            p.requires_grad_(True)
        yield (errD_real + errD_fake).item()
        yield errG.item()


if __name__ == "__main__":
    for loss in losses(50):
        print(loss)
