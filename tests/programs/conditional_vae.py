from __future__ import print_function

import numpy as np
import torch
import torch.utils.data
from torch import nn, optim
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset


class Blobs(Dataset):
    def __init__(self, n=80, seed=0):
        rng = np.random.RandomState(seed)
        self.targets = rng.randint(0, 4, size=n)
        grid = np.linspace(-1, 1, 8)
        centre = 0.5 * np.stack([np.cos(self.targets * 1.57), np.sin(self.targets * 1.57)], 1)
        centre = centre + 0.1 * rng.randn(n, 2)
        d = (grid[None, :, None] - centre[:, 0, None, None]) ** 2
        d = d + (grid[None, None, :] - centre[:, 1, None, None]) ** 2
        self.data = np.exp(-4 * d)

    def __len__(self):
        return len(self.data)

    def __getitem__(self, idx):
        if torch.is_tensor(idx):
            idx = idx.tolist()
        return torch.tensor(self.data[idx], dtype=torch.float32), int(self.targets[idx])


def one_hot(labels, class_size):
    targets = torch.zeros(labels.size(0), class_size)
    for i, label in enumerate(labels):
        targets[i, label] = 1
    return targets


class CVAE(nn.Module):
    def __init__(self, feature_size, latent_size, class_size):
        super(CVAE, self).__init__()
        self.feature_size = feature_size
        self.class_size = class_size
        self.fc1 = nn.Linear(feature_size + class_size, 32)
        self.fc21 = nn.Linear(32, latent_size)
        self.fc22 = nn.Linear(32, latent_size)
        self.fc3 = nn.Linear(latent_size + class_size, 32)
        self.fc4 = nn.Linear(32, feature_size)
        self.elu = nn.ELU()
        self.sigmoid = nn.Sigmoid()

    def encode(self, x, c):
        inputs = torch.cat([x, c], 1)
        h1 = self.elu(self.fc1(inputs))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z, c):
        inputs = torch.cat([z, c], 1)
        h3 = self.elu(self.fc3(inputs))
        return self.sigmoid(self.fc4(h3))

    def forward(self, x, c):
        mu, logvar = self.encode(x.view(-1, 64), c)
        z = self.reparameterize(mu, logvar)
        return self.decode(z, c), mu, logvar


def loss_function(recon_x, x, mu, logvar, beta=2.0):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 64), reduction="sum")
    # 0.5 * sum(1 + log(sigma^2) - mu^2 - sigma^2)
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return BCE + beta * KLD


torch.manual_seed(1)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
kwargs = {"num_workers": 1, "pin_memory": True} if torch.cuda.is_available() else {}
train_loader = DataLoader(Blobs(), batch_size=16, shuffle=True, drop_last=True, **kwargs)
test_loader = DataLoader(Blobs(24, seed=1), batch_size=12, shuffle=False, **kwargs)
model = CVAE(64, 3, 4).to(device)
optimizer = optim.Adam(model.parameters(), lr=1e-3)


def train(epoch):
    model.train()
    train_loss = 0
    for batch_idx, (data, labels) in enumerate(train_loader):
        data, labels = data.to(device), labels.to(device)
        labels = one_hot(labels, 4)
        recon_batch, mu, logvar = model(data, labels)
        optimizer.zero_grad()
        loss = loss_function(recon_batch, data, mu, logvar)
        loss.backward()
        train_loss += loss.detach().cpu().numpy()
        optimizer.step()
        if batch_idx % 2 == 0:
            print(
                "Train Epoch: {} [{}/{} ({:.0f}%)]\tLoss: {:.6f}".format(
                    epoch,
                    batch_idx * len(data),
                    len(train_loader.dataset),
                    100.0 * batch_idx / len(train_loader),
                    loss.item() / len(data),
                )
            )


def test(epoch):
    model.eval()
    test_loss = 0
    with torch.no_grad():
        for data, labels in test_loader:
            labels = one_hot(labels, 4)
            recon_batch, mu, logvar = model(data, labels)
            test_loss += loss_function(recon_batch, data, mu, logvar).item()
    test_loss /= len(test_loader.dataset)
    print("====> Test set loss: {:.4f}".format(test_loss))


for epoch in range(1, 5):
    train(epoch)
    test(epoch)
with torch.no_grad():
    c = torch.eye(4, 4)
    sample = torch.randn(4, 3).to(device)
    sample = model.decode(sample, c).cpu()
    print("brightest", sample.view(4, 1, 8, 8).amax(dim=(1, 2, 3)).numpy().round(6).tolist())
