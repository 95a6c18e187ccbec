"""Dynamic routing between capsules, a deep equilibrium layer, and a modern Hopfield layer."""

import numpy as np
import torch
import torch.autograd as autograd
import torch.nn as nn
import torch.nn.functional as F
from torch.autograd import Variable
from torch.optim import Adam

USE_CUDA = torch.cuda.is_available()


class PrimaryCaps(nn.Module):
    def __init__(self, num_capsules=4, in_channels=6, out_channels=4, kernel_size=3):
        super(PrimaryCaps, self).__init__()
        self.capsules = nn.ModuleList(
            [
                nn.Conv2d(in_channels, out_channels, kernel_size=kernel_size, stride=2, padding=0)
                for _ in range(num_capsules)
            ]
        )

    def forward(self, x):
        u = [capsule(x) for capsule in self.capsules]
        u = torch.stack(u, dim=1)
        u = u.view(x.size(0), 4 * 2 * 2, -1)
        return self.squash(u)

    def squash(self, input_tensor):
        squared_norm = (input_tensor**2).sum(-1, keepdim=True)
        output_tensor = (
            squared_norm * input_tensor / ((1.0 + squared_norm) * torch.sqrt(squared_norm))
        )
        return output_tensor


class DigitCaps(nn.Module):
    def __init__(self, num_capsules=3, num_routes=16, in_channels=4, out_channels=5):
        super(DigitCaps, self).__init__()
        self.in_channels = in_channels
        self.num_routes = num_routes
        self.num_capsules = num_capsules
        self.W = nn.Parameter(torch.randn(1, num_routes, num_capsules, out_channels, in_channels))

    def forward(self, x):
        batch_size = x.size(0)
        x = torch.stack([x] * self.num_capsules, dim=2).unsqueeze(4)
        W = torch.cat([self.W] * batch_size, dim=0)
        u_hat = torch.matmul(W, x)
        b_ij = Variable(torch.zeros(1, self.num_routes, self.num_capsules, 1))
        if USE_CUDA:
            b_ij = b_ij.cuda()
        num_iterations = 3
        for iteration in range(num_iterations):
            c_ij = F.softmax(b_ij, dim=1)
            c_ij = torch.cat([c_ij] * batch_size, dim=0).unsqueeze(4)
            s_j = (c_ij * u_hat).sum(dim=1, keepdim=True)
            v_j = self.squash(s_j)
            if iteration < num_iterations - 1:
                a_ij = torch.matmul(
                    u_hat.transpose(3, 4), torch.cat([v_j] * self.num_routes, dim=1)
                )
                b_ij = b_ij + a_ij.squeeze(4).mean(dim=0, keepdim=True)
        return v_j.squeeze(1)

    def squash(self, input_tensor):
        squared_norm = (input_tensor**2).sum(-1, keepdim=True)
        output_tensor = (
            squared_norm * input_tensor / ((1.0 + squared_norm) * torch.sqrt(squared_norm))
        )
        return output_tensor


class CapsNet(nn.Module):
    def __init__(self):
        super(CapsNet, self).__init__()
        self.conv_layer = nn.Conv2d(1, 6, kernel_size=3)
        self.primary_capsules = PrimaryCaps()
        self.digit_capsules = DigitCaps()
        self.reconstraction_layers = nn.Sequential(
            nn.Linear(5 * 3, 16), nn.ReLU(inplace=True), nn.Linear(16, 64), nn.Sigmoid()
        )
        self.mse_loss = nn.MSELoss()

    def forward(self, data):
        output = self.digit_capsules(self.primary_capsules(F.relu(self.conv_layer(data))))
        classes = torch.sqrt((output**2).sum(2))
        classes = F.softmax(classes, dim=-1)
        _, max_length_indices = classes.max(dim=1)
        masked = Variable(torch.eye(3))
        masked = masked.index_select(dim=0, index=max_length_indices.squeeze(1).data)
        reconstructions = self.reconstraction_layers(
            (output * masked[:, :, None, None]).view(output.size(0), -1)
        )
        return output, reconstructions.view(-1, 1, 8, 8), masked

    def loss(self, data, x, target, reconstructions):
        return self.margin_loss(x, target) + self.reconstruction_loss(data, reconstructions)

    def margin_loss(self, x, labels, size_average=True):
        batch_size = x.size(0)
        v_c = torch.sqrt((x**2).sum(dim=2, keepdim=True))
        left = F.relu(0.9 - v_c).view(batch_size, -1)
        right = F.relu(v_c - 0.1).view(batch_size, -1)
        loss = labels * left + 0.5 * (1.0 - labels) * right
        return loss.sum(dim=1).mean()

    def reconstruction_loss(self, data, reconstructions):
        loss = self.mse_loss(
            reconstructions.view(reconstructions.size(0), -1),
            data.view(reconstructions.size(0), -1),
        )
        return loss * 0.0005


def forward_iteration(f, x0, max_iter=40, tol=1e-10):
    f0 = f(x0)
    res = []
    for k in range(max_iter):
        x = f0
        f0 = f(x)
        res.append((f0 - x).norm().item() / (1e-5 + f0.norm().item()))
        if res[-1] < tol:
            break
    return f0, res


class DEQFixedPoint(nn.Module):
    def __init__(self, f, solver, **kwargs):
        super().__init__()
        self.f = f
        self.solver = solver
        self.kwargs = kwargs

    def forward(self, x):
        with torch.no_grad():
            z, self.forward_res = self.solver(
                lambda z: self.f(z, x), torch.zeros_like(x), **self.kwargs
            )
        z = self.f(z, x)
        z0 = z.clone().detach().requires_grad_()
        f0 = self.f(z0, x)

        def backward_hook(grad):
            g, self.backward_res = self.solver(
                lambda y: autograd.grad(f0, z0, y, retain_graph=True)[0] + grad, grad, **self.kwargs
            )
            return g

        z.register_hook(backward_hook)
        return z


class Cell(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.w, self.norm = nn.Linear(width, width, bias=False), nn.LayerNorm(width)

    def forward(self, z, x):
        return torch.tanh(0.4 * self.norm(self.w(z)) + x)


class Hopfield(nn.Module):
    def __init__(self, patterns, width, beta=2.0):
        super().__init__()
        self.register_parameter("stored", nn.Parameter(torch.randn(patterns, width)))
        self.beta = beta

    def forward(self, state, steps=2):
        for _ in range(steps):
            attn = torch.softmax(self.beta * state @ self.stored.mT, dim=-1)
            state = attn @ self.stored
        energy = -torch.logsumexp(self.beta * state @ self.stored.mT, -1) / self.beta
        return state, energy + 0.5 * state.square().sum(-1)


rng = np.random.RandomState(14)
templates = rng.rand(3, 8, 8)
capsule_net = CapsNet()
if USE_CUDA:
    capsule_net = capsule_net.cuda()
optimizer = Adam(capsule_net.parameters(), lr=0.005)
for _ in range(20):
    y = rng.randint(0, 3, 5)
    data = torch.from_numpy(templates[y] + 0.1 * rng.randn(5, 8, 8)).unsqueeze(1).float()
    target = torch.eye(3).index_select(dim=0, index=torch.from_numpy(y))
    data, target = Variable(data), Variable(target)
    optimizer.zero_grad()
    output, reconstructions, masked = capsule_net(data)
    loss = capsule_net.loss(data, output, target, reconstructions)
    loss.backward()
    optimizer.step()
right = sum(np.argmax(masked.data.cpu().numpy(), 1) == np.argmax(target.data.cpu().numpy(), 1))
print("train accuracy:", right / float(5))

deq = nn.Sequential(nn.Linear(3, 8), DEQFixedPoint(Cell(8), forward_iteration), nn.Linear(8, 1))
optimizer = torch.optim.Adam(deq.parameters(), lr=1e-2)
for _ in range(20):
    x = torch.from_numpy(rng.randn(16, 3)).float()
    loss = F.mse_loss(deq(x).squeeze(-1), x.prod(dim=1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(deq[1].forward_res[-1] < 1e-8, deq[1].backward_res[-1] < 1e-8)
hopfield = Hopfield(4, 6)
optimizer = torch.optim.Adadelta(hopfield.parameters(), lr=1.0)
memories = torch.sign(torch.from_numpy(rng.randn(4, 6))).float()
for _ in range(20):
    noisy = memories * torch.from_numpy(np.where(rng.rand(4, 6) < 0.2, -1.0, 1.0)).float()
    state, energy = hopfield(noisy)
    loss = (state - memories).pow(2).sum(-1).mean() + 0.01 * energy.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print("%.8f" % loss.item())
