"""Spectral norm by hand, layers exchanged by ``_modules``, Grad-CAM, a drawn graph, packed values,
an optimizer that steps in backward, weights in and out of shape by a module's own state."""

import copy
from collections import OrderedDict

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.nn.modules.module as module_hooks
from torch.autograd import Variable
from torch.autograd.function import Function, once_differentiable
from torch.autograd.graph import register_multi_grad_hook, saved_tensors_hooks
from torch.nn import Parameter
from torch.utils.hooks import RemovableHandle


def l2normalize(v, eps=1e-12):
    return v / (v.norm() + eps)


class SpectralNorm(nn.Module):
    def __init__(self, module, name="weight", power_iterations=1):
        super(SpectralNorm, self).__init__()
        self.module = module
        self.name = name
        self.power_iterations = power_iterations
        if not self._made_params():
            self._make_params()

    def _update_u_v(self):
        u = getattr(self.module, self.name + "_u")
        v = getattr(self.module, self.name + "_v")
        w = getattr(self.module, self.name + "_bar")
        height = w.data.shape[0]
        for _ in range(self.power_iterations):
            v.data = l2normalize(torch.mv(torch.t(w.view(height, -1).data), u.data))
            u.data = l2normalize(torch.mv(w.view(height, -1).data, v.data))
        sigma = u.dot(w.view(height, -1).mv(v))
        setattr(self.module, self.name, w / sigma.expand_as(w))

    def _made_params(self):
        try:
            getattr(self.module, self.name + "_u")
            return True
        except AttributeError:
            return False

    def _make_params(self):
        w = getattr(self.module, self.name)
        height = w.data.shape[0]
        width = w.view(height, -1).data.shape[1]
        u = Parameter(w.data.new(height).normal_(0, 1), requires_grad=False)
        v = Parameter(w.data.new(width).normal_(0, 1), requires_grad=False)
        u.data = l2normalize(u.data)
        v.data = l2normalize(v.data)
        w_bar = Parameter(w.data)
        del self.module._parameters[self.name]
        self.module.register_parameter(self.name + "_u", u)
        self.module.register_parameter(self.name + "_v", v)
        self.module.register_parameter(self.name + "_bar", w_bar)

    def forward(self, *args):
        self._update_u_v()
        return self.module.forward(*args)


class Conv2dWS(nn.Conv2d):
    """Weight standardization."""

    def _conv_forward(self, x, weight, bias):
        mean = weight.mean(dim=(1, 2, 3), keepdim=True)
        std = weight.std(dim=(1, 2, 3), keepdim=True) + 1e-5
        return super()._conv_forward(x, (weight - mean) / std, bias)


class SwishImplementation(Function):
    @staticmethod
    def forward(ctx, i):
        result = i * torch.sigmoid(i)
        ctx.save_for_backward(i)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_output):
        (i,) = ctx.saved_tensors
        sigmoid_i = torch.sigmoid(i)
        return grad_output * (sigmoid_i * (1 + i * (1 - sigmoid_i)))


class Swish(nn.Module):
    def forward(self, x):
        return SwishImplementation.apply(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            OrderedDict(
                conv1=nn.Conv2d(1, 4, 3, padding=1, padding_mode="circular"),
                norm1=nn.BatchNorm2d(4),
                relu1=nn.ReLU(inplace=True),
                pool1=nn.MaxPool2d(2),
                conv2=nn.Conv2d(4, 6, 3),
                relu2=nn.ReLU(inplace=True),
            )
        )
        self.classifier = nn.Linear(6 * 2 * 2, 3)
        self.register_buffer("steps", torch.zeros(1), persistent=False)

    def forward(self, x):
        x = self.features(x)
        return self.classifier(x.view(x.size(0), -1))

    def _load_from_state_dict(self, state_dict, prefix, *args):
        for key in list(state_dict):
            if "head." in key:
                state_dict[key.replace("head.", "classifier.")] = state_dict.pop(key)
        super()._load_from_state_dict(state_dict, prefix, *args)


def convert(module):
    for name, child in reversed(list(module._modules.items())):
        if len(list(child.children())) > 0:
            module._modules[name] = convert(child)
        if isinstance(child, nn.ReLU):
            module._modules[name] = Swish()
        elif isinstance(child, nn.Conv2d) and child._reversed_padding_repeated_twice == (
            0,
            0,
            0,
            0,
        ):
            new = Conv2dWS(child.in_channels, child.out_channels, child.kernel_size)
            new.load_state_dict(child.state_dict())
            module._modules[name] = new
    return module


class GradCam:
    def __init__(self, model, layer):
        self.model = model
        for name, module in model.features._modules.items():
            if name == layer:
                module.register_forward_hook(self.save_activation)
                module.register_full_backward_hook(self.save_gradient)

    def save_activation(self, module, input, output):
        self.activation = output.detach()

    def save_gradient(self, module, grad_input, grad_output):
        self.gradient = grad_output[0].detach()

    def __call__(self, x, category):
        output = self.model(x)
        self.model.zero_grad()
        one_hot = torch.zeros_like(output)
        one_hot[:, category] = 1
        output.backward(gradient=one_hot)
        weights = self.gradient.mean(dim=(2, 3), keepdim=True)
        return F.relu((weights * self.activation).sum(1))


def leaves_of(var, params):
    """The walk of those who draw graphs."""
    names = {id(p): n for n, p in params.items()}
    seen, found = set(), []

    def add_nodes(fn):
        if fn in seen:
            return
        seen.add(fn)
        if hasattr(fn, "variable"):
            found.append(names.get(id(fn.variable), "input"))
        if hasattr(fn, "next_functions"):
            for u in fn.next_functions:
                if u[0] is not None:
                    add_nodes(u[0])
        if hasattr(fn, "saved_tensors"):
            for t in fn.saved_tensors:
                seen.add(t)

    add_nodes(var.grad_fn)
    return sorted(found)


images = torch.randn(24, 1, 8, 8)
labels = torch.randint(0, 3, (24,))
images[labels == 1] += 1.0
images[labels == 2, :, ::2] -= 1.0

net = convert(Net())
print(net)
print(net._non_persistent_buffers_set, list(net._buffers), net._get_name())
print(leaves_of(F.cross_entropy(net(Variable(images)), labels), dict(net.named_parameters())))

old = OrderedDict((k.replace("classifier.", "head."), v) for k, v in net.state_dict().items())
twin = copy.deepcopy(net)
print(twin.load_state_dict(old))

# Each parameter is updated as soon as its gradient is there.
optimizers = {p: torch.optim.Adam([p], lr=0.01) for p in net.parameters()}


def step(p):
    optimizers[p].step()
    optimizers[p].zero_grad()


handles = [p.register_post_accumulate_grad_hook(step) for p in net.parameters()]
norms = []
every = register_multi_grad_hook(
    list(net.parameters()), lambda grads: norms.append(sum(g.norm().item() for g in grads))
)
for epoch in range(10):
    with saved_tensors_hooks(lambda t: [t.clone()], lambda packed: packed[0]):
        loss = F.cross_entropy(net(images), labels)
    loss.backward()
assert all(p.grad is None for p in net.parameters())
print("norms %.6f %.6f" % (norms[0], norms[-1]))
for handle in [*handles, every]:
    handle.remove()

cam = GradCam(net, "relu1")(images, 1)
print("cam %.6f" % cam.mean().item())

calls = []
handle = module_hooks.register_module_forward_hook(
    lambda module, input, output: calls.append(module._get_name())
)
assert isinstance(handle, RemovableHandle)
net(images)
handle.remove()
print(calls)

# A critic with normalized weights, trained as such.
critic = nn.Sequential(
    SpectralNorm(nn.Linear(6, 8)), nn.LeakyReLU(0.1), SpectralNorm(nn.Linear(8, 1))
)
print(sorted(critic.state_dict()))
print(nn.init._calculate_fan_in_and_fan_out(critic[0].module.weight_bar))
optimizer = torch.optim.Adam(filter(lambda p: p.requires_grad, critic.parameters()), lr=0.02)
real, fake = torch.randn(16, 6) + 1, torch.randn(16, 6) - 1
for epoch in range(12):
    optimizer.zero_grad()
    scores = critic(torch.cat([real, fake]))
    loss = F.relu(1 - scores[:16]).mean() + F.relu(1 + scores[16:]).mean()
    loss.backward()
    optimizer.step()
print("hinge %.6f" % loss.item())
