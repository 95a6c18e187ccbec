"""Code that docstrings show behind ``::``, without results: it runs, in a place where what it talks
about is there."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.data
import nn.functional as F
import nn.training
from autotensor import Tensor
from nn import optim
from tests.smoke import modules

BLOCK = re.compile(r"::\n\n((?:[ \t]+\S.*\n?|\n)+)")


def sketches() -> dict[str, str]:
    """By its text, whose docstring shows it; of what is Python, and no example with results."""
    found: dict[str, str] = {}
    finder = doctest.DocTestFinder(exclude_empty=False)
    for one in (one for module in modules() for one in finder.find(module)):
        for block in BLOCK.finditer(inspect.cleandoc(one.docstring or "") + "\n"):
            text = textwrap.dedent(block[1]).strip("\n")
            try:
                ast.parse(text)
            except SyntaxError:
                continue  # a formula, or files in folders
            if ">>>" not in text:
                found.setdefault(text, one.name)
    return found


class TwoInputs(nn.Module):
    """Takes two Tensors, as the examples of ``summary`` do."""

    def __init__(self) -> None:
        super().__init__()
        self.symbols = nn.Embedding(10, 4)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        return self.symbols(tokens) * lengths.unsqueeze(-1)


def a_place(code: str, folder: Path) -> dict[str, Any]:
    """The names that sketches take for granted."""
    at.manual_seed(0)
    names: dict[str, Any] = {"autotensor": at, "at": at, "nn": nn, "F": F, "optim": optim}
    names |= {"np": np, "Module": nn.Module, "lr_scheduler": optim.lr_scheduler}
    for space in (nn.data, nn.data.transforms, nn.training, optim.swa_utils):
        names |= {name: getattr(space, name) for name in dir(space) if name[0] != "_"}
    outputs = 20 if "tags" in code else 10
    model: Any = nn.Sequential(nn.Flatten(), nn.Linear(64, outputs))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    images, labels = at.randn(8, 1, 8, 8), at.randint(0, 10, (8,))
    tags = at.randint(0, 2, (8, 20))
    loader = [(images, tags if "tags" in code else labels)] * 2
    loss: Any = F.cross_entropy
    if "doctor.check" in code:
        loss = F.cross_entropy(model(images), labels)
        loss.backward()

    def fit(*given: Any, **more: Any) -> Any:
        """``fit(..., callbacks=…)`` stands for whatever was said before."""
        if given == (...,):
            binary = "Overall" in code
            targets = at.randint(0, 2 if binary else 10, (8,))
            net = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
            given = (net, [(images, targets)], F.cross_entropy, names["optimizer"], 1)
            if binary:  # both measures are defined for one score alone
                more["metrics"] = {name: more["metrics"][name] for name in ("f1",)}
        return nn.training.fit(*given, **more, verbose=False)

    names |= {"model": model, "optimizer": optimizer, "images": images, "labels": labels.numpy()}
    names |= {"loader": loader, "test": loader, "batches": [images], "loss": loss, "fit": fit}
    names |= {
        "train": lambda *_: optimizer.step(),
        "validation_loss": lambda: 1.0,
        "epochs": 2,
        "step": 1,
    }
    names |= {"doctor": nn.training.Doctor(verbose=False), "linear1": nn.Linear(4, 8)}
    names |= {"linear2": nn.Linear(8, 4), "norm1": nn.LayerNorm(4), "norm2": nn.LayerNorm(4)}
    names |= {"self_attn": nn.Identity(), "activation": F.relu, "x": at.ones(2, 3, 4)}
    if "onnx" in code:
        names["model"] = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
        names["images"] = at.zeros(8, 1, 28, 28)
    names["LeNet5"] = lambda: nn.Sequential(nn.Conv2d(1, 6, 5), nn.Tanh())
    if "lengths" in code:
        names |= {"model": TwoInputs(), "tokens": at.randint(0, 10, (8, 20))}
        names |= {"lengths": at.ones(8, 20)}
    if "best.npz" in code:
        at.save({"model": model.state_dict()}, folder / "best.npz")
    if "history" in code:
        names["history"] = fit(model, loader, loss, optimizer, 1)
    return names


def prepare_pictures(names: dict[str, Any], folder: Path) -> None:
    from PIL import Image

    names["Image"] = Image
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(folder / "cat.jpg")
    Image.fromarray(np.zeros((40, 40), np.uint8)).save(folder / "cat.png")


def prepare_axes(names: dict[str, Any], folder: Path) -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    _, names["axes"] = pyplot.subplots()


def prepare_einops(names: dict[str, Any], folder: Path) -> None:
    pytest.importorskip("einops")
    from nn.layers import einops

    names |= {"Rearrange": einops.Rearrange, "EinMix": einops.EinMix}
    names["images"] = at.randn(2, 3, 8, 8)


def prepare_ranks(names: dict[str, Any], folder: Path) -> None:
    if not at.distributed.is_initialized():
        at.distributed.init_process_group()


def prepare_features(names: dict[str, Any], folder: Path) -> None:
    prepare_ranks(names, folder)
    names |= {"features": at.randn(4, 3, requires_grad=True), "first": 0}


def prepare_joining(names: dict[str, Any], folder: Path) -> None:
    prepare_ranks(names, folder)
    model = nn.parallel.DistributedDataParallel(names["model"])
    names |= {"model": model, "Join": at.distributed.algorithms.Join}
    names["optimizer"] = optim.ZeroRedundancyOptimizer(model.parameters(), optim.SGD, lr=0.1)


PREPARED: dict[str, Callable[[dict[str, Any], Path], None]] = {
    "Image.open": prepare_pictures, "axes=axes": prepare_axes, "Rearrange(": prepare_einops,
    "EinMix(": prepare_einops, "from einops": prepare_einops, "Join([": prepare_joining,
    "model.join(": prepare_joining, "ZeroRedundancy": prepare_ranks,
    "all_gather(features)": prepare_features,
}  # fmt: skip


@pytest.mark.parametrize("code", [pytest.param(code, id=name) for code, name in sketches().items()])
def test_a_sketch_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = a_place(code, tmp_path)
    try:
        for sign, prepare in PREPARED.items():
            if sign in code:
                prepare(names, tmp_path)
        exec(compile(code, "<sketch>", "exec"), names)
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] in ("autotensor", "nn"):
            raise
        pytest.skip(f"{error.name} is not installed")  # what an extra brings
    finally:
        if at.distributed.is_initialized():
            at.distributed.destroy_process_group()


def test_sketches_are_found() -> None:
    assert len(sketches()) > 15
    assert any("StopWhenGood" in code for code in sketches())
