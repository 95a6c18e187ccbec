"""torchvision's ResNet-18, written here with ``nn`` as it is there: its weights fit."""

from __future__ import annotations

import importlib
import importlib.util
import io
import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from autotensor import Tensor

pytestmark = pytest.mark.works_with(
    "torchvision", "the weights of its ResNet-18, in the same classes written with nn"
)


@pytest.fixture(scope="module")
def torchvision(torch: ModuleType) -> ModuleType:
    """Its models, which are plain PyTorch: its operators need not fit the build of PyTorch."""
    if importlib.util.find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed: pip install torchvision")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("torchvision::nms", "torchvision::qnms"):
            try:
                return importlib.import_module("torchvision.models")
            except RuntimeError:  # it was built for PyTorch with CUDA, and looks for its operators
                torch.library.define(name, "(Tensor a, Tensor b, float c) -> Tensor")
    return importlib.import_module("torchvision.models")


class BasicBlock(nn.Module):
    def __init__(self, inplanes: int, planes: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = None
        if stride != 1 or inplanes != planes:
            self.downsample = nn.Sequential(
                nn.Conv2d(inplanes, planes, 1, stride, bias=False), nn.BatchNorm2d(planes)
            )

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


class ResNet18(nn.Module):
    def __init__(self, num_classes: int = 1000) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(BasicBlock(64, 64), BasicBlock(64, 64))
        self.layer2 = nn.Sequential(BasicBlock(64, 128, 2), BasicBlock(128, 128))
        self.layer3 = nn.Sequential(BasicBlock(128, 256, 2), BasicBlock(256, 256))
        self.layer4 = nn.Sequential(BasicBlock(256, 512, 2), BasicBlock(512, 512))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(at.flatten(self.avgpool(x), 1))


@pytest.fixture(scope="module")
def resnet(torchvision: ModuleType, torch: Any) -> Any:
    """Theirs, in float64, with statistics as of some training."""
    torch.manual_seed(0)
    model = torchvision.resnet18(num_classes=10).double()
    with torch.no_grad():
        model(torch.randn(2, 3, 64, 64).double())
    return model.eval()


@pytest.mark.parametrize("new", [True, False])
def test_resnet18_gives_the_same_outputs(torch: Any, resnet: Any, new: bool) -> None:
    file = io.BytesIO()
    torch.save(resnet.state_dict(), file, _use_new_zipfile_serialization=new)
    model = ResNet18(10).double()
    file.seek(0)
    model.load_state_dict(at.load(file))
    assert list(model.state_dict()) == list(resnet.state_dict())
    x = np.random.default_rng(0).standard_normal((2, 3, 64, 64))
    model.eval()
    with at.no_grad(), torch.no_grad():
        found, expected = model(at.tensor(x)), resnet(torch.from_numpy(x))
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-10, atol=1e-12)


def test_resnet18_goes_back(torch: Any, torchvision: ModuleType) -> None:
    file = io.BytesIO()
    file.name = "resnet18.pth"  # type: ignore[attr-defined]
    model = ResNet18(10)
    at.save(model.state_dict(), file)
    file.seek(0)
    theirs = torchvision.resnet18(num_classes=10)
    theirs.load_state_dict(torch.load(file, weights_only=True))
    for name, value in theirs.state_dict().items():
        assert value.numpy().tobytes() == model.state_dict()[name].numpy().tobytes()
