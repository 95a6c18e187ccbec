"""What is measured: a workload says what to do, a module of ``libraries`` how it is done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from benchmarks import models
from benchmarks.models import Dropout, Network, Shape

Kind = Literal["train", "infer", "load", "record", "import", "program"]


@dataclass(frozen=True)
class Workload:
    """One row of the table.

    Attributes:
        name: as in ``--only``.
        kind: ``train``: a whole training step, zero_grad, forward, loss, backward, optimizer.
            ``infer``: forward without recording. ``load``: an epoch through a DataLoader alone.
            ``record``: a small operator on two tensors that require gradients, or a chain of them
            with its backward. ``import``: a new process imports the library. ``program``: a whole
            training step of a net of ``benchmarks.programs``, by libraries with PyTorch's names.
        what: in a few words, for the table.
        model: ``lenet``, ``cnn``, ...
        batch: samples in a step.
        optimizer: ``nesterov`` (SGD, learning rate 0.01, momentum 0.9), ``adam`` (0.001) or
            ``sgd`` (0.5).
        batches: so many different batches are taken in turns.
        side: of the images, in pixels.
        operator: what ``record`` records: ``mul``, ``add`` or ``chain``.
        program: of ``benchmarks.programs``, the name of the net.
        depth: how many operators a chain has.
        repeats: how often a step does its work, so that short work can be timed; the times given
            are for one.
        rivals: the only peers that take part; None: all but the plain loops.
        patient: takes minutes; ``--quick`` leaves it out unless it is asked for.
        dropout: False: the network without its dropout, so that losses can be compared.
    """

    name: str
    kind: Kind
    what: str = ""
    model: str = ""
    batch: int = 1
    optimizer: str = ""
    batches: int = 4
    side: int = 28
    operator: str = ""
    program: str = ""
    depth: int = 1
    repeats: int = 1
    rivals: tuple[str, ...] | None = None
    patient: bool = False
    dropout: bool = True

    def network(self) -> Network:
        return tuple(
            layer for layer in self._layers() if self.dropout or not isinstance(layer, Dropout)
        )

    def _layers(self) -> Network:
        match self.model:
            case "lenet":
                return models.LENET
            case "cnn":
                return models.CNN
            case "smallcnn":
                return models.SMALL_CNN
            case "mlp":
                return models.MLP
            case "spiral":
                return models.SPIRAL
            case "any-size":
                return models.any_size(self.side)
        raise ValueError(f"no network is called {self.model!r}")

    def sample_shape(self) -> Shape:
        return (2,) if self.model == "spiral" else (1, self.side, self.side)


def training(name: str, model: str, batch: int, optimizer: str, batches: int = 4) -> Workload:
    rule = {"nesterov": "SGD nesterov", "adam": "Adam", "sgd": "SGD"}[optimizer]
    unit = "points" if model == "spiral" else "images"
    return Workload(
        name, "train", f"training step, {batch} {unit}, {rule}", model, batch, optimizer, batches
    )


def images(side: int) -> Workload:
    """Few images, but large ones: two convolutions of 8 filters."""
    return Workload(
        f"image-{side}", "train", f"training step, 4 images of {side} × {side}, SGD nesterov",
        "any-size", 4, "nesterov", side=side,
    )  # fmt: skip


def inference(model: str, batch: int) -> Workload:
    unit = "image" if batch == 1 else "images"
    return Workload(
        f"{model}-infer-{batch}", "infer", f"forward only, {batch:,} {unit}", model, batch
    )


def program(name: str, what: str) -> Workload:
    return Workload(
        f"net-{name}", "program", f"training step, {what}, Adam", batches=1, program=name,
        rivals=("pytorch",),
    )  # fmt: skip


WORKLOADS = (
    training("lenet-128", "lenet", 128, "nesterov"),
    training("lenet-32", "lenet", 32, "nesterov"),
    training("cnn-100", "cnn", 100, "adam"),
    training("smallcnn-32", "smallcnn", 32, "adam"),
    training("mlp-100", "mlp", 100, "adam"),
    training("spiral-600", "spiral", 600, "sgd", batches=1),
    training("spiral-64", "spiral", 64, "sgd", batches=1),
    images(16),
    images(64),
    images(256),
    inference("lenet", 1),
    inference("lenet", 1000),
    inference("cnn", 1),
    inference("cnn", 1000),
    Workload("loader", "load", "an epoch of shuffled, normalised MNIST", batch=128),
    Workload("record-mul", "record", "x * y, 2 elements", operator="mul", repeats=1000),
    Workload("record-add", "record", "x + y, 2 elements", operator="add", repeats=1000),
    Workload("record-chain", "record", "100 × mul, and backward", operator="chain", depth=100),
    Workload("import", "import", "import, above that of NumPy"),
    Workload(
        "lectures", "train", "training step, 128 images, SGD nesterov", "lenet", 128, "nesterov",
        batches=1, rivals=("lectures",), patient=True,
    ),
    program("batchnorm", "2 convolutions with BatchNorm, 64 images"),
    program("resnet", "2 residual blocks of 16 channels, 32 images of 32 × 32"),
    program("mobile", "2 depthwise separable blocks, 32 images of 32 × 32"),
    program("dense", "256-512-512-10 with LayerNorm and GELU, 128 samples"),
    program("signal", "2 convolutions in one dimension, 64 signals of 256"),
    program("decoder", "4 transposed convolutions, 32 images of 32 × 32"),
    program("transformer", "2 layers 128 wide, 16 texts of 64 letters"),
    program("lstm", "128 wide, 32 texts of 50 letters"),
)  # fmt: skip


def chosen(only: Iterable[str] | None, quick: bool) -> list[Workload]:
    """The workloads with these names; a name stands for all that begin with it and a dash.

    Raises:
        ValueError: no workload has such a name.
    """
    if only is None:
        return [workload for workload in WORKLOADS if not (quick and workload.patient)]
    wanted = set(only)
    found = [
        (name, workload)
        for workload in WORKLOADS
        for name in wanted
        if workload.name == name or workload.name.startswith(f"{name}-")
    ]
    if unknown := wanted - {name for name, _ in found}:
        raise ValueError(
            f"no workload is called {', '.join(sorted(unknown))}; there are "
            f"{', '.join(workload.name for workload in WORKLOADS)}"
        )
    names = {workload.name for _, workload in found}
    return [workload for workload in WORKLOADS if workload.name in names]
