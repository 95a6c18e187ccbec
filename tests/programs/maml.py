"""MAML on sinusoids: inner steps on fast weights with create_graph, evaluation by deep copy."""

import argparse
from copy import deepcopy

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional as F


class Learner(nn.Module):
    def __init__(self, config):
        super(Learner, self).__init__()
        self.config = config
        self.vars = nn.ParameterList()
        for name, param in self.config:
            if name == "linear":
                w = nn.Parameter(torch.ones(*param))
                torch.nn.init.kaiming_normal_(w)
                self.vars.append(w)
                self.vars.append(nn.Parameter(torch.zeros(param[0])))
            elif name in ["tanh", "relu", "leakyrelu"]:
                continue
            else:
                raise NotImplementedError

    def extra_repr(self):
        info = ""
        for name, param in self.config:
            if name == "linear":
                info += "linear:(in:%d, out:%d)" % (param[1], param[0]) + "\n"
            else:
                info += name + ":" + str(tuple(param)) + "\n"
        return info

    def forward(self, x, vars=None):
        if vars is None:
            vars = self.vars
        idx = 0
        for name, param in self.config:
            if name == "linear":
                w, b = vars[idx], vars[idx + 1]
                x = F.linear(x, w, b)
                idx += 2
            elif name == "relu":
                x = F.relu(x, inplace=param[0])
            elif name == "tanh":
                x = F.tanh(x)
        assert idx == len(vars)
        return x

    def zero_grad(self, vars=None):
        with torch.no_grad():
            for p in self.vars if vars is None else vars:
                if p.grad is not None:
                    p.grad.zero_()

    def parameters(self):
        return self.vars


class Meta(nn.Module):
    def __init__(self, args, config):
        super(Meta, self).__init__()
        self.update_lr = args.update_lr
        self.update_step = args.update_step
        self.net = Learner(config)
        self.meta_optim = optim.Adam(self.net.parameters(), lr=args.meta_lr)

    def forward(self, x_spt, y_spt, x_qry, y_qry):
        task_num = x_spt.size(0)
        losses_q = [0 for _ in range(self.update_step + 1)]
        for i in range(task_num):
            fast_weights = None
            with torch.no_grad():
                losses_q[0] += F.mse_loss(self.net(x_qry[i], self.net.parameters()), y_qry[i])
            for k in range(self.update_step):
                loss = F.mse_loss(self.net(x_spt[i], fast_weights), y_spt[i])
                old = self.net.parameters() if fast_weights is None else fast_weights
                grad = torch.autograd.grad(loss, old, create_graph=True)
                fast_weights = list(map(lambda p: p[1] - self.update_lr * p[0], zip(grad, old)))
                losses_q[k + 1] += F.mse_loss(self.net(x_qry[i], fast_weights), y_qry[i])
        loss_q = losses_q[-1] / task_num
        self.meta_optim.zero_grad()
        loss_q.backward()
        self.meta_optim.step()
        return np.array([float(one) for one in losses_q]) / task_num

    def finetunning(self, x_spt, y_spt, x_qry, y_qry):
        net = deepcopy(self.net)
        optimizer = optim.SGD(net.parameters(), lr=self.update_lr)
        for _ in range(3):
            loss = F.mse_loss(net(x_spt), y_spt)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            result = F.mse_loss(net(x_qry), y_qry).item()
        del net
        return result


def tasks(rng, count, shots):
    amplitude = rng.uniform(0.1, 5.0, (count, 1, 1))
    phase = rng.uniform(0, np.pi, (count, 1, 1))
    x = rng.uniform(-5, 5, (count, 2 * shots, 1))
    y = amplitude * np.sin(x - phase)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    return x[:, :shots], y[:, :shots], x[:, shots:], y[:, shots:]


def main():
    argparser = argparse.ArgumentParser()
    argparser.add_argument("--epoch", type=int, help="epoch number", default=20)
    argparser.add_argument("--k_spt", type=int, help="k shot", default=5)
    argparser.add_argument("--task_num", type=int, help="meta batch size", default=3)
    argparser.add_argument("--meta_lr", type=float, default=1e-2)
    argparser.add_argument("--update_lr", type=float, default=0.01)
    argparser.add_argument("--update_step", type=int, default=3)
    args = argparser.parse_args()
    torch.manual_seed(222)
    config = [
        ("linear", [12, 1]),
        ("tanh", []),
        ("linear", [12, 12]),
        ("relu", [True]),
        ("linear", [1, 12]),
    ]
    device = torch.device("cpu")
    maml = Meta(args, config).to(device)
    tmp = filter(lambda x: x.requires_grad, maml.parameters())
    num = sum(map(lambda x: np.prod(x.shape), tmp))
    print(maml)
    print("Total trainable tensors:", num)
    rng = np.random.default_rng(222)
    for step in range(args.epoch):
        losses = maml(*tasks(rng, args.task_num, args.k_spt))
        if step % 5 == 0:
            print("step:", step, "\ttraining loss:", *["%.6f" % one for one in losses])
    one = tasks(rng, 1, args.k_spt)
    print("Test: %.8f" % maml.finetunning(*[t.squeeze(0) for t in one]))


if __name__ == "__main__":
    main()
