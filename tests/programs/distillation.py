"""Knowledge distillation with hints by forward hooks, pruning by masks, SWA and label noise."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim.swa_utils import SWALR, AveragedModel, update_bn
from torch.utils.data import ConcatDataset, DataLoader, Subset, TensorDataset


def loss_fn_kd(outputs, labels, teacher_outputs, params):
    alpha, T = params["alpha"], params["temperature"]
    KD_loss = nn.KLDivLoss(reduction="batchmean")(
        F.log_softmax(outputs / T, dim=1), F.softmax(teacher_outputs / T, dim=1)
    ) * (alpha * T * T) + F.cross_entropy(outputs, labels) * (1.0 - alpha)
    return KD_loss


class FocalLoss(nn.Module):
    def __init__(self, gamma=2, weight=None):
        super().__init__()
        self.gamma, self.weight = gamma, weight

    def forward(self, inputs, targets):
        ce_loss = F.cross_entropy(inputs, targets, reduction="none", weight=self.weight)
        pt = torch.exp(-ce_loss)
        return (((1 - pt) ** self.gamma) * ce_loss).mean()


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 3, 1)
        self.bn = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1)
        self.dropout1 = nn.Dropout2d(0.25)
        self.fc1 = nn.Linear(width * 4, 4)

    def forward(self, x):
        x = F.relu(self.bn(self.conv1(x)))
        x = F.relu(self.conv2(x))
        x = F.max_pool2d(x, 2)
        x = self.dropout1(x)
        return self.fc1(torch.flatten(x, 1))


activation = {}


def get_activation(name):
    def hook(model, input, output):
        activation[name] = output.detach() if name == "teacher" else output

    return hook


rng = np.random.RandomState(4)
prototypes = rng.randn(4, 1, 8, 8)
labels = rng.randint(0, 4, 48)
images = torch.tensor(prototypes[labels] + 0.7 * rng.randn(48, 1, 8, 8)).float()
dataset = TensorDataset(images, torch.tensor(labels).long())
dataset = ConcatDataset([Subset(dataset, range(0, 24)), Subset(dataset, list(range(24, 48)))])
loader = DataLoader(dataset, batch_size=12, shuffle=True, drop_last=False)
print(len(dataset), len(loader))

teacher, student = Net(8), Net(4)
optimizer = torch.optim.SGD(teacher.parameters(), lr=0.05, momentum=0.9)
swa_model = AveragedModel(teacher)
swa_scheduler = SWALR(optimizer, swa_lr=0.02, anneal_epochs=2)
for epoch in range(5):
    for x, y in loader:
        optimizer.zero_grad()
        loss = FocalLoss(weight=torch.tensor([1.0, 2.0, 1.0, 0.5]))(teacher(x), y)
        loss.backward()
        optimizer.step()
    if epoch >= 2:
        swa_model.update_parameters(teacher)
        swa_scheduler.step()
update_bn(DataLoader(dataset, batch_size=12), swa_model)
print("averaged", swa_model.n_averaged.item(), swa_scheduler.get_last_lr())

handle_t = teacher.conv1.register_forward_hook(get_activation("teacher"))
handle_s = student.get_submodule("conv1").register_forward_hook(get_activation("student"))
connector = nn.Conv2d(4, 8, 1)
optimizer = torch.optim.Adam(list(student.parameters()) + list(connector.parameters()), lr=1e-2)
scheduler = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=3, T_mult=2)
teacher.eval()
gradients = []
student.fc1.register_full_backward_hook(lambda m, gi, go: gradients.append(go[0].norm().item()))
for epoch in range(5):
    student.train()
    for i, (x, y) in enumerate(loader):
        with torch.no_grad():
            teacher_output = teacher(x)
        output = student(x)
        loss = loss_fn_kd(output, y, teacher_output, {"alpha": 0.9, "temperature": 4.0})
        loss = loss + 0.1 * F.mse_loss(connector(activation["student"]), activation["teacher"])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(student.parameters(), clip_value=0.5)
        optimizer.step()
        scheduler.step(epoch + i / len(loader))
handle_t.remove()
handle_s.remove()
print("gradients", ["%.6f" % one for one in gradients[-2:]], "%.6f" % scheduler.get_last_lr()[0])

masks = {}
for name, module in student.named_modules():
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        flat = module.weight.data.abs().flatten()
        threshold = torch.quantile(flat, 0.5)
        masks[name] = (module.weight.data.abs() > threshold).float()
        module.weight.data.mul_(masks[name])
        module.weight.register_hook(lambda grad, mask=masks[name]: grad * mask)
optimizer = torch.optim.SGD(student.parameters(), lr=0.01)
for x, y in loader:
    optimizer.zero_grad()
    F.nll_loss(F.log_softmax(student(x), dim=-1), y).backward()
    optimizer.step()
zeros = sum((m.weight == 0).sum().item() for m in student.modules() if hasattr(m, "weight"))
total = sum(p.nelement() for p in student.parameters())
print("sparsity %d of %d" % (zeros, total))
student.eval()
correct = 0
with torch.no_grad():
    for data, target in DataLoader(dataset, batch_size=48):
        pred = student(data).argmax(dim=1, keepdim=True)  # get the index of the max log-probability
        correct += pred.eq(target.view_as(pred)).sum().item()
print("Accuracy: {}/{} ({:.0f}%)".format(correct, len(dataset), 100.0 * correct / len(dataset)))
