"""Spiking neurons with a surrogate gradient, and other Functions: straight-through, reversal."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.autograd import Function

dtype = torch.float
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class SurrGradSpike(torch.autograd.Function):
    scale = 10.0

    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        out = torch.zeros_like(input)
        out[input > 0] = 1.0
        return out

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        grad_input = grad_output.clone()
        grad = grad_input / (SurrGradSpike.scale * torch.abs(input) + 1.0) ** 2
        return grad


spike_fn = SurrGradSpike.apply
nb_inputs, nb_hidden, nb_outputs, nb_steps, batch_size = 10, 8, 2, 12, 6
alpha, beta = float(np.exp(-0.2)), float(np.exp(-0.1))
weight_scale = 7 * (1.0 - beta)
w1 = torch.empty((nb_inputs, nb_hidden), device=device, dtype=dtype, requires_grad=True)
torch.nn.init.normal_(w1, mean=0.0, std=weight_scale / np.sqrt(nb_inputs))
w2 = torch.empty((nb_hidden, nb_outputs), device=device, dtype=dtype, requires_grad=True)
torch.nn.init.normal_(w2, mean=0.0, std=weight_scale / np.sqrt(nb_hidden))


def run_snn(inputs):
    h1 = torch.einsum("abc,cd->abd", (inputs, w1))
    syn = torch.zeros((batch_size, nb_hidden), device=device, dtype=dtype)
    mem = torch.zeros((batch_size, nb_hidden), device=device, dtype=dtype)
    mem_rec = []
    spk_rec = []
    for t in range(nb_steps):
        mthr = mem - 1.0
        out = spike_fn(mthr)
        rst = out.detach()  # We do not want to backprop through the reset
        new_syn = alpha * syn + h1[:, t]
        new_mem = (beta * mem + syn) * (1.0 - rst)
        mem_rec.append(mem)
        spk_rec.append(out)
        mem = new_mem
        syn = new_syn
    mem_rec = torch.stack(mem_rec, dim=1)
    spk_rec = torch.stack(spk_rec, dim=1)
    # Readout layer
    h2 = torch.einsum("abc,cd->abd", (spk_rec, w2))
    flt = torch.zeros((batch_size, nb_outputs), device=device, dtype=dtype)
    out = torch.zeros((batch_size, nb_outputs), device=device, dtype=dtype)
    out_rec = [out]
    for t in range(nb_steps):
        new_flt = alpha * flt + h2[:, t]
        new_out = beta * out + flt
        flt = new_flt
        out = new_out
        out_rec.append(out)
    return torch.stack(out_rec, dim=1), [mem_rec, spk_rec]


rng = np.random.RandomState(13)
y_data = torch.tensor(rng.randint(2, size=batch_size), device=device)
x_data = torch.tensor(
    (rng.rand(batch_size, nb_steps, nb_inputs) < 0.2 + 0.3 * y_data.numpy()[:, None, None]) * 1.0,
    device=device,
    dtype=dtype,
)
optimizer = torch.optim.Adamax([w1, w2], lr=2e-2, betas=(0.9, 0.999))
log_softmax_fn = nn.LogSoftmax(dim=1)
loss_fn = nn.NLLLoss()
loss_hist = []
for e in range(20):
    output, (_, spks) = run_snn(x_data)
    m, _ = torch.max(output, 1)
    log_p_y = log_softmax_fn(m)
    reg_loss = 1e-3 * torch.sum(spks) + 1e-3 * torch.mean(
        torch.sum(torch.sum(spks, dim=0), dim=0) ** 2
    )
    loss_val = loss_fn(log_p_y, y_data) + reg_loss
    optimizer.zero_grad()
    loss_val.backward()
    optimizer.step()
    loss_hist.append(loss_val.item())
print("loss %.6f spikes %d" % (np.mean(loss_hist[-5:]), spks.sum()))


class GradReverse(Function):
    @staticmethod
    def forward(ctx, x, lambd):
        ctx.lambd = lambd
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output.neg() * ctx.lambd, None


class BinarizeF(Function):
    @staticmethod
    def forward(cxt, input):
        output = input.new(input.size())
        output[input >= 0] = 1
        output[input < 0] = -1
        return output

    @staticmethod
    def backward(cxt, grad_output):
        return grad_output.clone()


class BinarizeConv2d(nn.Conv2d):
    def forward(self, input):
        if not hasattr(self.weight, "org"):
            self.weight.org = self.weight.data.clone()
        weight = BinarizeF.apply(self.weight)
        return F.conv2d(input, weight, self.bias, self.stride, self.padding)


class DANN(nn.Module):
    def __init__(self):
        super().__init__()
        self.feature = nn.Sequential(
            BinarizeConv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Hardtanh(inplace=True)
        )
        self.class_classifier = nn.Linear(4, 2)
        self.domain_classifier = nn.Linear(4, 2)

    def forward(self, input_data, alpha):
        feature = self.feature(input_data).mean((2, 3))
        reverse_feature = GradReverse.apply(feature, alpha)
        return self.class_classifier(feature), self.domain_classifier(reverse_feature)


net = DANN()
optimizer = torch.optim.ASGD(net.parameters(), lr=0.05)
for i in range(20):
    p = float(i) / 20
    alpha = 2.0 / (1.0 + np.exp(-10 * p)) - 1
    s = torch.tensor(rng.randn(6, 1, 5, 5) + y_data.numpy()[:, None, None, None], dtype=dtype)
    t = torch.tensor(0.5 * rng.randn(6, 1, 5, 5) + 1, dtype=dtype)
    net.zero_grad()
    s_class, s_domain = net(s, alpha)
    _, t_domain = net(input_data=t, alpha=alpha)
    err = F.cross_entropy(s_class, y_data) + F.cross_entropy(
        torch.cat((s_domain, t_domain)), torch.cat((torch.zeros(6), torch.ones(6))).long()
    )
    err.backward()
    optimizer.step()
    for m in net.modules():
        if isinstance(m, BinarizeConv2d):
            m.weight.data.clamp_(-1, 1)
print("%.8f" % err)
