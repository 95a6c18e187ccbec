"""State spaces: a selective scan with depthwise convolution, an S4D kernel and a Kalman filter."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Normal


@dataclass
class ModelArgs:
    d_model: int
    n_layer: int
    vocab_size: int
    d_state: int = 4
    expand: int = 2
    dt_rank: int | str = "auto"
    d_conv: int = 3
    conv_bias: bool = True
    bias: bool = False

    def __post_init__(self):
        self.d_inner = int(self.expand * self.d_model)
        if self.dt_rank == "auto":
            self.dt_rank = math.ceil(self.d_model / 16)


class RMSNorm(nn.Module):
    def __init__(self, d_model: int, eps: float = 1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(d_model))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


class MambaBlock(nn.Module):
    def __init__(self, args: ModelArgs):
        super().__init__()
        self.args = args
        self.in_proj = nn.Linear(args.d_model, args.d_inner * 2, bias=args.bias)
        self.conv1d = nn.Conv1d(
            in_channels=args.d_inner,
            out_channels=args.d_inner,
            bias=args.conv_bias,
            kernel_size=args.d_conv,
            groups=args.d_inner,
            padding=args.d_conv - 1,
        )
        self.x_proj = nn.Linear(args.d_inner, args.dt_rank + args.d_state * 2, bias=False)
        self.dt_proj = nn.Linear(args.dt_rank, args.d_inner, bias=True)
        A = torch.arange(1, args.d_state + 1).repeat(args.d_inner, 1)
        self.A_log = nn.Parameter(torch.log(A))
        self.D = nn.Parameter(torch.ones(args.d_inner))
        self.out_proj = nn.Linear(args.d_inner, args.d_model, bias=args.bias)

    def forward(self, x):
        (b, l, d) = x.shape
        x_and_res = self.in_proj(x)
        (x, res) = x_and_res.split(split_size=[self.args.d_inner, self.args.d_inner], dim=-1)
        x = x.permute(0, 2, 1)
        x = self.conv1d(x)[:, :, :l]
        x = x.permute(0, 2, 1)
        x = F.silu(x)
        y = self.ssm(x)
        y = y * F.silu(res)
        return self.out_proj(y)

    def ssm(self, x):
        (d_in, n) = self.A_log.shape
        A = -torch.exp(self.A_log.float())
        D = self.D.float()
        x_dbl = self.x_proj(x)
        (delta, B, C) = x_dbl.split(split_size=[self.args.dt_rank, n, n], dim=-1)
        delta = F.softplus(self.dt_proj(delta))
        return self.selective_scan(x, delta, A, B, C, D)

    def selective_scan(self, u, delta, A, B, C, D):
        (b, l, d_in) = u.shape
        n = A.shape[1]
        deltaA = torch.exp(torch.einsum("bld,dn->bldn", delta, A))
        deltaB_u = torch.einsum("bld,bln,bld->bldn", delta, B, u)
        x = torch.zeros((b, d_in, n), device=deltaA.device)
        ys = []
        for i in range(l):
            x = deltaA[:, i] * x + deltaB_u[:, i]
            y = torch.einsum("bdn,bn->bd", x, C[:, i, :])
            ys.append(y)
        y = torch.stack(ys, dim=1)
        y = y + u * D
        return y


class Mamba(nn.Module):
    def __init__(self, args: ModelArgs):
        super().__init__()
        self.args = args
        self.embedding = nn.Embedding(args.vocab_size, args.d_model)
        self.layers = nn.ModuleList([MambaBlock(args) for _ in range(args.n_layer)])
        self.norms = nn.ModuleList([RMSNorm(args.d_model) for _ in range(args.n_layer)])
        self.norm_f = RMSNorm(args.d_model)
        self.lm_head = nn.Linear(args.d_model, args.vocab_size, bias=False)
        self.lm_head.weight = self.embedding.weight  # Tie output projection to embedding weights.

    def forward(self, input_ids):
        x = self.embedding(input_ids)
        for layer, norm in zip(self.layers, self.norms):
            x = layer(norm(x)) + x
        return self.lm_head(self.norm_f(x))


class DiagonalSSM(nn.Module):
    """A diagonal state space as a long convolution, its kernel built from real poles."""

    def __init__(self, channels, states=4):
        super().__init__()
        self.log_dt = nn.Parameter(torch.rand(channels) * 0.5 - 2)
        self.register_parameter(
            "log_a", nn.Parameter(torch.log(0.5 + torch.rand(channels, states)))
        )
        self.c = nn.Parameter(torch.randn(channels, states))
        self.skip = nn.Parameter(torch.ones(channels))

    def forward(self, u):
        length = u.size(-1)
        dt = self.log_dt.exp().unsqueeze(-1)
        decay = -self.log_a.exp() * dt
        powers = decay.unsqueeze(-1) * torch.arange(length)
        kernel = (self.c.unsqueeze(-1) * torch.exp(powers) * dt.unsqueeze(-1)).sum(-2)
        padded = F.pad(u, (length - 1, 0))
        y = F.conv1d(padded, kernel.flip(-1).unsqueeze(1), groups=u.size(1))
        return F.gelu(y + self.skip.unsqueeze(-1) * u)


class KalmanFilter(nn.Module):
    def __init__(self):
        super().__init__()
        self.A = nn.Parameter(torch.eye(2) * 0.9)
        self.log_q = nn.Parameter(torch.zeros(2))
        self.log_r = nn.Parameter(torch.zeros(1))
        self.register_buffer("H", torch.tensor([[1.0, 0.0]]))
        self.register_buffer("P0", torch.eye(2), persistent=False)

    def forward(self, zs):
        x, P, nll = torch.zeros(2, 1), self.P0, 0.0
        for z in zs:
            x, P = self.A @ x, self.A @ P @ self.A.T + torch.diag_embed(self.log_q.exp())
            S = self.H @ P @ self.H.T + self.log_r.exp()
            mean = (self.H @ x).squeeze()
            nll = nll - Normal(mean, S.sqrt().squeeze()).log_prob(z)
            K = torch.linalg.solve(S, self.H @ P).transpose(0, 1)
            x = x + K * (z - mean)
            P = (torch.eye(2) - K @ self.H) @ P
        return nll / len(zs)


rng = np.random.default_rng(12)
torch.manual_seed(0)
model = Mamba(ModelArgs(d_model=12, n_layer=2, vocab_size=9))
optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
for _ in range(20):
    start = rng.integers(0, 9, size=(4, 1))
    ids = torch.from_numpy((start + np.arange(10) * (1 + start % 3)) % 9)
    logits = model(ids[:, :-1])
    loss = F.cross_entropy(logits.reshape(-1, 9), ids[:, 1:].reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
net = nn.Sequential(nn.Conv1d(1, 4, 1), DiagonalSSM(4), nn.Conv1d(4, 1, 1))
optimizer = torch.optim.RAdam(net.parameters(), lr=1e-2)
for _ in range(20):
    u = torch.from_numpy(rng.normal(size=(4, 1, 16))).float()
    loss = (net(u) - u.cumsum(-1) * 0.1).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
kalman = KalmanFilter()
print(sorted(kalman.state_dict()))
optimizer = torch.optim.Adamax(kalman.parameters(), lr=2e-2)
zs = torch.from_numpy(np.cumsum(rng.normal(size=20)) * 0.3).float()
for _ in range(20):
    loss = kalman(zs)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print("%.8f" % loss)
