"""Mixture density network of an inverse problem, with Tensor methods chained."""

import math

import numpy as np
import torch
import torch.nn as nn
from torch.autograd import Variable
from torch.distributions import Categorical

ONEOVERSQRT2PI = 1.0 / math.sqrt(2 * math.pi)


class MDN(nn.Module):
    def __init__(self, in_features, out_features, num_gaussians):
        super(MDN, self).__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.num_gaussians = num_gaussians
        self.pi = nn.Sequential(nn.Linear(in_features, num_gaussians), nn.Softmax(dim=1))
        self.sigma = nn.Linear(in_features, out_features * num_gaussians)
        self.mu = nn.Linear(in_features, out_features * num_gaussians)

    def forward(self, minibatch):
        pi = self.pi(minibatch)
        sigma = torch.exp(self.sigma(minibatch))
        sigma = sigma.view(-1, self.num_gaussians, self.out_features)
        mu = self.mu(minibatch)
        mu = mu.view(-1, self.num_gaussians, self.out_features)
        return pi, sigma, mu


def gaussian_probability(sigma, mu, target):
    target = target.unsqueeze(1).expand_as(sigma)
    ret = ONEOVERSQRT2PI * torch.exp(-0.5 * ((target - mu) / sigma) ** 2) / sigma
    return torch.prod(ret, 2)


def mdn_loss(pi, sigma, mu, target):
    prob = pi * gaussian_probability(sigma, mu, target)
    nll = -torch.log(torch.sum(prob, dim=1))
    return torch.mean(nll)


def sample(pi, sigma, mu):
    categorical = Categorical(pi)
    pis = list(categorical.sample().data)
    sample = Variable(sigma.data.new(sigma.size(0), sigma.size(2)).normal_())
    for i, idx in enumerate(pis):
        sample[i] = sample[i].mul(sigma[i, idx]).add(mu[i, idx])
    return sample


rng = np.random.RandomState(5)
y = rng.uniform(0, 1, (64, 1))
x = y + 0.3 * np.sin(2 * np.pi * y) + 0.05 * rng.randn(64, 1)
x, y = Variable(torch.from_numpy(x).float()), Variable(torch.from_numpy(y).float())
model = nn.Sequential(nn.Linear(1, 12), nn.Tanh(), nn.Dropout(0.1), MDN(12, 1, 3))
optimizer = torch.optim.Adagrad(model.parameters(), lr=0.1, lr_decay=1e-3)
for epoch in range(20):
    model.zero_grad()
    pi, sigma, mu = model(x)
    loss = mdn_loss(pi, sigma, mu, y)
    loss.backward()
    optimizer.step()
    if epoch % 5 == 4:
        print(f"{round(epoch / 20 * 100, 2)}% loss {loss.item():.6f}")
pi, sigma, mu = model.eval()(x[:5])
print(sample(pi, sigma, mu).data.numpy().ravel().round(6))
