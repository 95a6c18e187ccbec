"""Adapters on a frozen model, a hypernetwork, mixture of experts, and an ensemble by torch.func."""

import copy
import math
from typing import Dict

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.nn.utils.parametrize as parametrize
from torch.func import functional_call, grad, jacrev, stack_module_state, vmap


class LoRALayer:
    def __init__(self, r: int, lora_alpha: int, lora_dropout: float):
        self.r = r
        self.lora_alpha = lora_alpha
        self.lora_dropout = nn.Dropout(p=lora_dropout) if lora_dropout > 0.0 else lambda x: x
        self.merged = False


class Linear(nn.Linear, LoRALayer):
    def __init__(self, in_features, out_features, r=0, lora_alpha=1, lora_dropout=0.0, **kwargs):
        nn.Linear.__init__(self, in_features, out_features, **kwargs)
        LoRALayer.__init__(self, r=r, lora_alpha=lora_alpha, lora_dropout=lora_dropout)
        if r > 0:
            self.lora_A = nn.Parameter(self.weight.new_zeros((r, in_features)))
            self.lora_B = nn.Parameter(self.weight.new_zeros((out_features, r)))
            self.scaling = self.lora_alpha / self.r
            self.weight.requires_grad = False
        self.reset_parameters()

    def reset_parameters(self):
        nn.Linear.reset_parameters(self)
        if hasattr(self, "lora_A"):
            nn.init.kaiming_uniform_(self.lora_A, a=math.sqrt(5))
            nn.init.zeros_(self.lora_B)

    def train(self, mode: bool = True):
        nn.Linear.train(self, mode)
        if mode == self.merged and self.r > 0:
            sign = -1 if mode else 1
            self.weight.data += sign * (self.lora_B @ self.lora_A) * self.scaling
            self.merged = not mode

    def forward(self, x: torch.Tensor):
        result = F.linear(x, self.weight, bias=self.bias)
        if self.r > 0 and not self.merged:
            result += (
                self.lora_dropout(x) @ self.lora_A.transpose(0, 1) @ self.lora_B.transpose(0, 1)
            ) * self.scaling
        return result


def mark_only_lora_as_trainable(model: nn.Module, bias: str = "none") -> None:
    for n, p in model.named_parameters():
        if "lora_" not in n:
            p.requires_grad = False
    if bias == "all":
        for n, p in model.named_parameters():
            if "bias" in n:
                p.requires_grad = True


def lora_state_dict(model: nn.Module) -> Dict[str, torch.Tensor]:
    my_state_dict = model.state_dict()
    return {k: my_state_dict[k] for k in my_state_dict if "lora_" in k}


class LowRank(nn.Module):
    """The same as a parametrization of the weight."""

    def __init__(self, rows, columns, rank=2):
        super().__init__()
        self.a = nn.Parameter(torch.randn(rank, columns) * 0.1)
        self.b = nn.Parameter(torch.zeros(rows, rank))

    def forward(self, weight):
        return weight + self.b @ self.a


class HyperNetwork(nn.Module):
    def __init__(self, z_dim=4, shapes=((8, 2), (8,), (1, 8), (1,))):
        super().__init__()
        self.shapes = shapes
        self.z = nn.Embedding(3, z_dim)
        self.w = nn.Linear(z_dim, sum(math.prod(s) for s in shapes))

    def forward(self, x, task):
        flat = self.w(self.z(task))
        parts = torch.split(flat, [math.prod(s) for s in self.shapes])
        w1, b1, w2, b2 = (p.view(s) for p, s in zip(parts, self.shapes))
        return F.linear(torch.tanh(F.linear(x, w1, b1)), w2, b2)


class MoE(nn.Module):
    def __init__(self, dim, experts=4, k=2):
        super().__init__()
        self.gate = nn.Linear(dim, experts, bias=False)
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(dim, dim), nn.Mish()) for _ in range(experts)
        )
        self.k = k

    def forward(self, x):
        weights, selected = torch.topk(self.gate(x), self.k)
        weights = F.softmax(weights, dim=1, dtype=torch.float).to(x.dtype)
        results = torch.zeros_like(x)
        for i, expert in enumerate(self.experts):
            batch_idx, nth_expert = torch.where(selected == i)
            results[batch_idx] += weights[batch_idx, nth_expert, None] * expert(x[batch_idx])
        load = F.one_hot(selected, len(self.experts)).sum((0, 1)).to(x.dtype)
        return results, load / load.sum()


rng = np.random.default_rng(15)
data = torch.from_numpy(rng.normal(size=(24, 6))).float()
labels = torch.from_numpy((rng.normal(size=(24, 6)) * 0.1 + data.numpy()).sum(1) > 0).long()
base = nn.Sequential(
    Linear(6, 12, r=2, lora_alpha=4, lora_dropout=0.1), nn.ReLU(), Linear(12, 2, r=2)
)
mark_only_lora_as_trainable(base, "all")
trainable = [p for p in base.parameters() if p.requires_grad]
print(sum(p.numel() for p in trainable), sorted(lora_state_dict(base)))
optimizer = torch.optim.AdamW(trainable, lr=2e-2)
for _ in range(20):
    loss = F.cross_entropy(base(data), labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
expected = base(data) if not isinstance(base[0].lora_dropout, nn.Dropout) else None
base.eval()
merged = base(data)
missing, unexpected = base.load_state_dict(lora_state_dict(base), strict=False)
print(len(missing), len(unexpected), base[0].merged, "%.6f" % F.cross_entropy(merged, labels))

frozen = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 2)).requires_grad_(False)
parametrize.register_parametrization(frozen[0], "weight", LowRank(12, 6))
print(
    parametrize.is_parametrized(frozen[0]),
    [n for n, p in frozen.named_parameters() if p.requires_grad],
)
optimizer = torch.optim.SGD(filter(lambda p: p.requires_grad, frozen.parameters()), lr=0.5)
for _ in range(20):
    loss = F.cross_entropy(frozen(data), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
parametrize.remove_parametrizations(frozen[0], "weight", leave_parametrized=True)

hyper = HyperNetwork()
optimizer = torch.optim.Adam(hyper.parameters(), lr=1e-2)
for step in range(20):
    task = torch.tensor(step % 3)
    x = torch.from_numpy(rng.normal(size=(16, 2))).float()
    target = (x[:, :1] * (1 - task) + x[:, 1:]).sin()
    loss = F.huber_loss(hyper(x, task), target, delta=0.5)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

moe = MoE(6)
head = nn.Linear(6, 2)
optimizer = torch.optim.Adam([*moe.parameters(), *head.parameters()], lr=1e-2)
for _ in range(20):
    hidden, load = moe(data)
    loss = F.cross_entropy(head(hidden), labels) + 0.01 * (load * torch.log(load + 1e-9)).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

models = [nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 2)) for _ in range(3)]
params, buffers = stack_module_state(models)
skeleton = copy.deepcopy(models[0])


def fmodel(params, buffers, x):
    return functional_call(skeleton, (params, buffers), (x,))


def compute_loss(params, sample, target):
    out = fmodel(params, {}, sample.unsqueeze(0))
    return F.cross_entropy(out, target.unsqueeze(0))


for _ in range(20):
    logits = vmap(fmodel, in_dims=(0, 0, None))(params, buffers, data)
    loss = F.cross_entropy(logits.flatten(0, 1), labels.repeat(3))
    loss.backward()
    with torch.no_grad():
        for p in params.values():
            p -= 0.5 * p.grad
            p.grad = None
single = {k: v.detach()[0] for k, v in params.items()}
per_sample = vmap(grad(compute_loss), in_dims=(None, 0, 0))(single, data, labels)
norms = torch.stack([g.flatten(1).norm(dim=1) for g in per_sample.values()]).norm(dim=0)
print("per sample", norms.shape, "%.8f" % norms.max().item())
jacobian = jacrev(lambda x: fmodel(single, {}, x))(data[0])
print("jacobian", tuple(jacobian.shape), "%.8f" % jacobian.norm().item())
