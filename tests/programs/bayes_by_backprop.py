"""Weights with distributions: ELBO with a scale mixture prior, and MC dropout."""

import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.distributions import Normal, kl_divergence


class Gaussian(object):
    def __init__(self, mu, rho):
        super().__init__()
        self.mu = mu
        self.rho = rho
        self.normal = torch.distributions.Normal(0, 1)

    @property
    def sigma(self):
        return torch.log1p(torch.exp(self.rho))

    def sample(self):
        epsilon = torch.randn(self.rho.size()).to(self.mu.device)
        return self.mu + self.sigma * epsilon

    def log_prob(self, input):
        return (
            -math.log(math.sqrt(2 * math.pi))
            - torch.log(self.sigma)
            - ((input - self.mu) ** 2) / (2 * self.sigma**2)
        ).sum()


class ScaleMixtureGaussian(object):
    def __init__(self, pi, sigma1, sigma2):
        super().__init__()
        self.pi = pi
        self.gaussian1 = torch.distributions.Normal(0, sigma1)
        self.gaussian2 = torch.distributions.Normal(0, sigma2)

    def log_prob(self, input):
        prob1 = torch.exp(self.gaussian1.log_prob(input))
        prob2 = torch.exp(self.gaussian2.log_prob(input))
        return (torch.log(self.pi * prob1 + (1 - self.pi) * prob2)).sum()


SIGMA_1 = torch.FloatTensor([math.exp(-0)])
SIGMA_2 = torch.FloatTensor([math.exp(-3)])


class BayesianLinear(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.weight_mu = nn.Parameter(torch.Tensor(out_features, in_features).uniform_(-0.2, 0.2))
        self.weight_rho = nn.Parameter(torch.Tensor(out_features, in_features).uniform_(-5, -4))
        self.weight = Gaussian(self.weight_mu, self.weight_rho)
        self.bias_mu = nn.Parameter(torch.Tensor(out_features).uniform_(-0.2, 0.2))
        self.bias_rho = nn.Parameter(torch.Tensor(out_features).uniform_(-5, -4))
        self.bias = Gaussian(self.bias_mu, self.bias_rho)
        self.weight_prior = ScaleMixtureGaussian(0.5, SIGMA_1, SIGMA_2)
        self.bias_prior = ScaleMixtureGaussian(0.5, SIGMA_1, SIGMA_2)
        self.log_prior = 0
        self.log_variational_posterior = 0

    def forward(self, input, sample=False, calculate_log_probs=False):
        if self.training or sample:
            weight = self.weight.sample()
            bias = self.bias.sample()
        else:
            weight = self.weight.mu
            bias = self.bias.mu
        if self.training or calculate_log_probs:
            self.log_prior = self.weight_prior.log_prob(weight) + self.bias_prior.log_prob(bias)
            self.log_variational_posterior = self.weight.log_prob(weight) + self.bias.log_prob(bias)
        else:
            self.log_prior, self.log_variational_posterior = 0, 0
        return F.linear(input, weight, bias)


class BayesianNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = BayesianLinear(1, 12)
        self.l2 = BayesianLinear(12, 1)

    def forward(self, x, sample=False):
        return self.l2(torch.tanh(self.l1(x, sample)), sample)

    def log_prior(self):
        return self.l1.log_prior + self.l2.log_prior

    def log_variational_posterior(self):
        return self.l1.log_variational_posterior + self.l2.log_variational_posterior

    def sample_elbo(self, input, target, batches, samples=2):
        outputs = torch.zeros(samples, input.shape[0], 1)
        log_priors = torch.zeros(samples)
        log_variational_posteriors = torch.zeros(samples)
        for i in range(samples):
            outputs[i] = self(input, sample=True)
            log_priors[i] = self.log_prior()
            log_variational_posteriors[i] = self.log_variational_posterior()
        log_prior = log_priors.mean()
        log_variational_posterior = log_variational_posteriors.mean()
        nll = F.gaussian_nll_loss(
            outputs.mean(0), target, torch.full_like(target, 0.04), reduction="sum"
        )
        return (log_variational_posterior - log_prior) / batches + nll


class MeanField(nn.Module):
    """The same idea with distributions that are made anew, and their KL in closed form."""

    def __init__(self, width=8):
        super().__init__()
        shapes = {"w1": (width, 1), "b1": (width,), "w2": (1, width)}
        self.loc = nn.ParameterDict(
            {k: nn.Parameter(0.3 * torch.randn(s)) for k, s in shapes.items()}
        )
        self.scale = nn.ParameterDict(
            {k: nn.Parameter(torch.full(s, -3.0)) for k, s in shapes.items()}
        )

    def forward(self, x):
        q = {k: Normal(self.loc[k], F.softplus(self.scale[k])) for k in self.loc.keys()}
        w = {k: d.rsample() for k, d in q.items()}
        kl = sum(kl_divergence(d, Normal(torch.zeros_like(d.loc), 1.0)).sum() for d in q.values())
        return F.linear(torch.sin(F.linear(x, w["w1"], w["b1"])), w["w2"]), kl


rng = np.random.RandomState(9)
x = torch.from_numpy(rng.uniform(-2, 2, (32, 1))).float()
y = torch.from_numpy(np.sin(2 * x.numpy()) + 0.1 * rng.randn(32, 1)).float()
net = BayesianNetwork()
optimizer = optim.Adam(net.parameters(), lr=1e-2)
for _ in range(20):
    net.zero_grad()
    loss = net.sample_elbo(x, y, 10)
    loss.backward()
    optimizer.step()
print("%.6f %.6f" % (net.log_prior(), net.l1.weight.sigma.mean()))
net = MeanField()
optimizer = optim.Adam(net.parameters(), lr=1e-2)
for _ in range(20):
    optimizer.zero_grad()
    pred, kl = net(x)
    loss = F.mse_loss(pred, y, reduction="sum") + 0.01 * kl
    loss.backward()
    optimizer.step()
print([name for name, _ in net.named_parameters()])


def enable_dropout(model):
    for m in model.modules():
        if m.__class__.__name__.startswith("Dropout"):
            m.train()


mc = nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 1))
optimizer = optim.SGD(mc.parameters(), lr=1e-2, weight_decay=1e-3)
for _ in range(20):
    loss = nn.MSELoss()(mc(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
mc.eval()
enable_dropout(mc)
with torch.no_grad():
    draws = torch.stack([mc(x[:4]) for _ in range(5)])
print(
    "mean", draws.mean(0).squeeze().tolist(), "std", draws.std(0, unbiased=False).squeeze().tolist()
)
