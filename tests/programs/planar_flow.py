"""Variational inference of a banana-shaped density with planar flows."""

import argparse
import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import ReduceLROnPlateau


def safe_log(z):
    return torch.log(z + 1e-7)


def target_density(z):
    z1, z2 = torch.chunk(z, chunks=2, dim=1)
    norm = torch.sqrt(z1**2 + z2**2)
    exp1 = torch.exp(-0.5 * ((z1 - 2) / 0.8) ** 2)
    exp2 = torch.exp(-0.5 * ((z1 + 2) / 0.8) ** 2)
    u = 0.5 * ((norm - 4) / 0.4) ** 2 - torch.log(exp1 + exp2)
    return torch.exp(-u)


class PlanarFlow(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.Tensor(1, dim))
        self.bias = nn.Parameter(torch.Tensor(1))
        self.scale = nn.Parameter(torch.Tensor(1, dim))
        self.tanh = nn.Tanh()
        self.reset_parameters()

    def reset_parameters(self):
        self.weight.data.uniform_(-0.01, 0.01)
        self.scale.data.uniform_(-0.01, 0.01)
        self.bias.data.uniform_(-0.01, 0.01)

    def forward(self, z):
        activation = F.linear(z, self.weight, self.bias)
        return z + self.scale * self.tanh(activation)


class PlanarFlowLogDetJacobian(nn.Module):
    """A helper class to compute the determinant of the gradient of the planar flow."""

    def __init__(self, affine):
        super().__init__()
        self.weight = affine.weight
        self.bias = affine.bias
        self.scale = affine.scale
        self.tanh = affine.tanh

    def forward(self, z):
        activation = F.linear(z, self.weight, self.bias)
        psi = (1 - self.tanh(activation) ** 2) * self.weight
        det_grad = 1 + torch.mm(psi, self.scale.t())
        return safe_log(det_grad.abs())


class NormalizingFlow(nn.Module):
    def __init__(self, dim, flow_length):
        super().__init__()
        self.transforms = nn.Sequential(*(PlanarFlow(dim) for _ in range(flow_length)))
        self.log_jacobians = nn.Sequential(*(PlanarFlowLogDetJacobian(t) for t in self.transforms))

    def forward(self, z):
        log_jacobians = []
        for transform, log_jacobian in zip(self.transforms, self.log_jacobians):
            log_jacobians.append(log_jacobian(z))
            z = transform(z)
        zk = z
        return zk, log_jacobians


class FreeEnergyBound(nn.Module):
    def __init__(self, density):
        super().__init__()
        self.density = density

    def forward(self, zk, log_jacobians):
        sum_of_log_jacobians = sum(log_jacobians)
        return (-sum_of_log_jacobians - safe_log(self.density(zk))).mean()


def main(flow_length=6, iterations=20, batch_size=32):
    torch.manual_seed(42)
    flow = NormalizingFlow(dim=2, flow_length=flow_length)
    bound = FreeEnergyBound(density=target_density)
    optimizer = torch.optim.RMSprop(flow.parameters(), lr=0.01)
    scheduler = ReduceLROnPlateau(optimizer, "min", patience=2, factor=0.5)
    for iteration in range(1, iterations + 1):
        samples = torch.empty(batch_size, 2).normal_()
        zk, log_jacobians = flow(samples)
        optimizer.zero_grad()
        loss = bound(zk, log_jacobians)
        loss.backward()
        optimizer.step()
        scheduler.step(loss)
        if iteration % 5 == 0:
            print(f"Loss on iteration {iteration}: {loss.tolist():.6f}")
            print(optimizer.param_groups[0]["lr"], scheduler.num_bad_epochs)
    assert math.isfinite(loss)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--flow_length", type=int, default=6)
    main(**vars(parser.parse_args()))
