"""A spiral fitted by an ODE net: RK4, and gradients by the adjoint in a Function of its own."""

import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor


def ode_solve(z0, t0, t1, f):
    """Runge-Kutta of order 4 with fixed steps."""
    h_max = 0.1
    n_steps = math.ceil((abs(t1 - t0) / h_max).max().item())
    h = (t1 - t0) / n_steps
    t = t0
    z = z0
    for _ in range(n_steps):
        k1 = h * f(z, t)
        k2 = h * f(z + k1 / 2, t + h / 2)
        k3 = h * f(z + k2 / 2, t + h / 2)
        k4 = h * f(z + k3, t + h)
        z = z + (k1 + 2 * k2 + 2 * k3 + k4) / 6
        t = t + h
    return z


class ODEF(nn.Module):
    def forward_with_grad(self, z, t, grad_outputs):
        """Compute f and a df/dz, a df/dp, a df/dt"""
        batch_size = z.shape[0]
        out = self.forward(z, t)
        a = grad_outputs
        adfdz, adfdt, *adfdp = torch.autograd.grad(
            (out,),
            (z, t) + tuple(self.parameters()),
            grad_outputs=(a),
            allow_unused=True,
            retain_graph=True,
        )
        # grad method automatically sums gradients for batch items, we have to expand them back
        if adfdp is not None:
            adfdp = torch.cat([p_grad.flatten() for p_grad in adfdp]).unsqueeze(0)
            adfdp = adfdp.expand(batch_size, -1) / batch_size
        if adfdt is not None:
            adfdt = adfdt.expand(batch_size, 1) / batch_size
        return out, adfdz, adfdt, adfdp

    def flatten_parameters(self):
        p_shapes = []
        flat_parameters = []
        for p in self.parameters():
            p_shapes.append(p.size())
            flat_parameters.append(p.flatten())
        return torch.cat(flat_parameters)


class ODEAdjoint(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z0, t, flat_parameters, func):
        assert isinstance(func, ODEF)
        bs, *z_shape = z0.size()
        time_len = t.size(0)
        with torch.no_grad():
            z = torch.zeros(time_len, bs, *z_shape).to(z0)
            z[0] = z0
            for i_t in range(time_len - 1):
                z0 = ode_solve(z0, t[i_t], t[i_t + 1], func)
                z[i_t + 1] = z0
        ctx.func = func
        ctx.save_for_backward(t, z.clone(), flat_parameters)
        return z

    @staticmethod
    def backward(ctx, dLdz):
        func = ctx.func
        t, z, flat_parameters = ctx.saved_tensors
        time_len, bs, *z_shape = z.size()
        n_dim = np.prod(z_shape)
        n_params = flat_parameters.size(0)

        def augmented_dynamics(aug_z_i, t_i):
            z_i, a = aug_z_i[:, :n_dim], aug_z_i[:, n_dim : 2 * n_dim]
            z_i = z_i.view(bs, *z_shape)
            a = a.view(bs, *z_shape)
            with torch.set_grad_enabled(True):
                t_i = t_i.detach().requires_grad_(True)
                z_i = z_i.detach().requires_grad_(True)
                func_eval, adfdz, adfdt, adfdp = func.forward_with_grad(z_i, t_i, grad_outputs=a)
                adfdz = adfdz.to(z_i) if adfdz is not None else torch.zeros(bs, *z_shape).to(z_i)
                adfdp = adfdp.to(z_i) if adfdp is not None else torch.zeros(bs, n_params).to(z_i)
                adfdt = adfdt.to(z_i) if adfdt is not None else torch.zeros(bs, 1).to(z_i)
            func_eval = func_eval.view(bs, n_dim)
            adfdz = adfdz.view(bs, n_dim)
            return torch.cat((func_eval, -adfdz, -adfdp, -adfdt), dim=1)

        dLdz = dLdz.view(time_len, bs, n_dim)
        with torch.no_grad():
            adj_z = torch.zeros(bs, n_dim).to(dLdz)
            adj_p = torch.zeros(bs, n_params).to(dLdz)
            adj_t = torch.zeros(time_len, bs, 1).to(dLdz)
            for i_t in range(time_len - 1, 0, -1):
                z_i = z[i_t]
                t_i = t[i_t]
                f_i = func(z_i, t_i).view(bs, n_dim)
                dLdz_i = dLdz[i_t]
                dLdt_i = torch.bmm(torch.transpose(dLdz_i.unsqueeze(-1), 1, 2), f_i.unsqueeze(-1))[
                    :, 0
                ]
                adj_z += dLdz_i
                adj_t[i_t] = adj_t[i_t] - dLdt_i
                aug_z = torch.cat(
                    (z_i.view(bs, n_dim), adj_z, torch.zeros(bs, n_params).to(z), adj_t[i_t]),
                    dim=-1,
                )
                aug_ans = ode_solve(aug_z, t_i, t[i_t - 1], augmented_dynamics)
                adj_z[:] = aug_ans[:, n_dim : 2 * n_dim]
                adj_p[:] += aug_ans[:, 2 * n_dim : 2 * n_dim + n_params]
                adj_t[i_t - 1] = aug_ans[:, 2 * n_dim + n_params :]
                del aug_z, aug_ans
            dLdz_0 = dLdz[0]
            adj_z += dLdz_0
        return adj_z.view(bs, *z_shape), adj_t.sum(1).view(-1), adj_p.sum(0), None


class NeuralODE(nn.Module):
    def __init__(self, func):
        super(NeuralODE, self).__init__()
        assert isinstance(func, ODEF)
        self.func = func

    def forward(self, z0, t=Tensor([0.0, 1.0]), return_whole_sequence=False):  # noqa: B008
        t = t.to(z0)
        z = ODEAdjoint.apply(z0, t, self.func.flatten_parameters(), self.func)
        if return_whole_sequence:
            return z
        else:
            return z[-1]


class SpiralF(ODEF):
    def __init__(self):
        super(SpiralF, self).__init__()
        self.lin1 = nn.Linear(3, 12)
        self.lin2 = nn.Linear(12, 2)

    def forward(self, x, t):
        tt = t.expand(x.shape[0], 1)
        return self.lin2(F.elu(self.lin1(torch.cat([x, tt], -1))))


ode = NeuralODE(SpiralF())
times = torch.linspace(0.0, 1.0, 4)
start = Tensor([[0.6, 0.3]])
angle = times.view(-1, 1, 1) * 2.5
target = torch.cat(
    [
        torch.cos(angle) * start[0, 0] - torch.sin(angle) * start[0, 1],
        torch.sin(angle) * start[0, 0] + torch.cos(angle) * start[0, 1],
    ],
    dim=-1,
)
optimizer = torch.optim.Adam(ode.parameters(), lr=0.02)
for i in range(20):
    z_ = ode(start, times, return_whole_sequence=True)
    loss = F.mse_loss(z_, target.detach())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print("%.8f" % loss.item(), ode(start).detach().numpy().round(6))
