"""A doctor for training: looks at a network while it learns and says what is wrong with it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Self

import numpy as np

from autotensor import Parameter, Tensor, is_grad_enabled
from autotensor.engine.graph import Node, parent_of
from nn.layers.convolution import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from nn.layers.dropout import (
    AlphaDropout,
    Dropout,
    Dropout1d,
    Dropout2d,
    Dropout3d,
    FeatureAlphaDropout,
)
from nn.layers.embedding import Embedding, EmbeddingBag
from nn.layers.linear import Linear
from nn.layers.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d, LayerNorm
from nn.module import Module
from nn.optim import Optimizer
from nn.training.callbacks import Callback, Run
from nn.training.stopping import whole_number

__all__ = ["Doctor", "Finding"]

DROPOUTS = (AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout)
BATCH_NORMS = (BatchNorm1d, BatchNorm2d, BatchNorm3d)
UNITS_LAST = (Linear, LayerNorm)
UNITS_SECOND = (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)
EMBEDDINGS = (Embedding, EmbeddingBag)
ACTIVATIONS = {"relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid"}
WINDOW = 8
"""How many samples of activations are remembered: the latest."""
ENOUGH = 200
"""How many values of a unit must have been looked at before it is called dead."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong; ``print`` shows it with its reason and its remedy."""

    sickness: str
    """Which, one of ``Doctor.sicknesses``: ``"dead ReLU"``…"""
    layer: str
    """The dotted name of the layer or parameter, or what else is concerned."""
    message: str
    """What was seen, with numbers."""
    numbers: dict[str, float] = field(default_factory=dict)
    """The same numbers by name."""

    @property
    def why(self) -> str:
        """Why it is bad, in a sentence."""
        return ADVICE[self.sickness][0]

    @property
    def remedy(self) -> str:
        """What to do."""
        return ADVICE[self.sickness][1]

    def __str__(self) -> str:
        return _case([self])


#: Each sickness, why it is bad, and what to do.
ADVICE = {
    "dead ReLU": (
        "a ReLU whose input is never positive passes on no gradient, so the weights before it "
        "never change again",
        "a smaller learning rate, He initialisation (nn.init.kaiming_normal_), or LeakyReLU",
    ),
    "saturated units": (
        "far from 0 sigmoid and tanh are flat: their derivative is nearly 0, and so is every "
        "gradient behind them",
        "smaller initial weights (nn.init.xavier_uniform_), inputs scaled to mean 0 and variance "
        "1, batch normalization, or ReLU",
    ),
    "vanishing gradient": (
        "backward multiplies a factor for every layer, and where most are below 1 the first layers "
        "get next to nothing and do not learn",
        "ReLU instead of sigmoid, He or Xavier initialisation, batch normalization, or "
        "connections that skip layers",
    ),
    "exploding gradient": (
        "backward multiplies a factor for every layer, and where most are above 1 the gradient "
        "grows until one step throws the weights away",
        "the callback GradientClipping, a smaller learning rate, or smaller initial weights",
    ),
    "updates too large": (
        "a step should change a weight by about a thousandth of itself; one that changes much more "
        "forgets what was learnt",
        "a smaller learning rate",
    ),
    "updates too small": (
        "a step should change a weight by about a thousandth of itself; with much less, learning "
        "takes for ever",
        "a larger learning rate, or a look at why the gradient is so small",
    ),
    "no gradient": (
        "the loss does not depend on it, or the path to it is cut, by detach(), no_grad() or a "
        "detour through NumPy; so it stays as it was drawn",
        "use it in forward, mend the path, or freeze it with requires_grad_(False)",
    ),
    "not in the optimizer": (
        "the optimizer changes only what it was given, and it was made without this, or before the "
        "layer was replaced",
        "make the optimizer after the model is complete, with model.parameters()",
    ),
    "forgotten zero_grad": (
        "backward() adds to the gradients that are there, so every step also goes along all the "
        "gradients before it",
        "optimizer.zero_grad() before every backward()",
    ),
    "forgotten eval": (
        "in training mode dropout switches units off at random and batch norm uses the batch and "
        "changes its statistics, so answers vary and the test data leak into the model",
        "model.eval() before testing, model.train() after it; nn.training.evaluate does both",
    ),
    "stray float64": (
        "NumPy makes float64 by itself, and a single one makes everything after it float64: twice "
        "the memory, half the speed, and no better network",
        "x.float() for data, astype(np.float32) where arrays are made, model.float() for a model",
    ),
    "equal units": (
        "units of a layer that begin equal get equal gradients, so they stay equal for ever: many "
        "of them can do no more than one",
        "random initial weights, as every layer of nn draws them, or nn.init",
    ),
    "first loss": (
        "who knows nothing gives each of C classes the probability 1/C, and the cross-entropy of "
        "that is ln C",
        "smaller initial weights in the last layer; scores rather than probabilities for "
        "cross_entropy; a look at the targets",
    ),
}


class Doctor(Callback):
    """Looks at training now and then, and reports what is wrong; silent when all is well.

    In ``fit`` it is a callback and prints its report at the end::

        fit(model, loader, F.cross_entropy, optimizer, epochs=5, callbacks=[doctor := Doctor()])
        for finding in doctor.findings: ...

    A loop of your own stays as it is::

        with Doctor().watch(model, optimizer) as doctor:
            for inputs, targets in loader: ...

    or has a line more, between ``backward()`` and ``step()``, that also shows it the loss::

        doctor.check(model, optimizer, loss)

    What it looks for is in ``Doctor.sicknesses``: dead ReLUs; saturated sigmoid and tanh units;
    gradients that vanish or explode; steps far from a thousandth of the weights; parameters without
    a gradient or without an optimizer; a forgotten ``zero_grad()`` or ``eval()``; stray float64;
    units that all begin equal; a first loss far from ln C.

    ReLU, tanh and sigmoid are found in the graph behind the model's output, as layers, functions or
    methods; those inside of ``nn.LSTM`` and its like are not seen.  Between its samples it costs a
    few microseconds a batch.

    Args:
        every: how many batches there are from one sample to the next; the first batch of an epoch
            is always one.
        verbose: print the report at the end, if there are findings.

    Attributes:
        dead, saturated: the share of a layer's units from which on it is reported.
        vanishing, exploding: the gradient of a layer relative to the largest of the layers after
            it.
        smallest_update, largest_update: a step's length relative to that of the weights.
        samples: how many batches were looked at.
        batches: how many went by.
    """

    sicknesses = tuple(ADVICE)
    dead = 0.2
    saturated = 0.5
    vanishing = 1e-3
    exploding = 1e3
    smallest_update = 1e-5
    largest_update = 1e-1
    loss_tolerance = 0.5
    """How far the first loss may be from ln C, relative to it."""

    def __init__(self, every: int = 100, verbose: bool = True) -> None:
        self.every = whole_number("Doctor", "every", every, 1)
        self.verbose = bool(verbose)
        self.model: Module | None = None
        self.optimizer: Optimizer | None = None
        self._handles: list[Any] = []
        self._part_handles: list[Any] = []
        self._forget()

    def _forget(self) -> None:
        self.batches = 0
        self.samples = 0
        self._due = True
        self._sampling = False
        self._stepped = False
        self._before: list[tuple[str, Parameter, np.ndarray]] = []
        self._places: dict[Any, tuple[str, Module]] = {}
        self._order: dict[Module, int] = {}
        self._units: dict[str, deque[tuple[np.ndarray, int]]] = {}
        self._shares: dict[str, deque[float]] = {}
        self._gradients: dict[str, list[float]] = {}  # relative to the layers after it
        self._strength: dict[str, list[float]] = {}  # relative to its own weight
        self._updates: dict[str, list[float]] = {}
        self._with_gradient: set[str] = set()
        self._gradient_samples = 0
        self._backwards = 0
        self._piled = 0
        self._awake: dict[str, int] = {}
        self._doubles: dict[str, str] = {}
        self._equal: dict[str, int] = {}
        self._left_out: list[str] = []
        self._trained_names: list[str] = []
        self._first: tuple[float, int] | None = None
        self._fresh = True
        self._classes = 0

    # -- in fit, around a loop, in a loop --------------------------------------------------------

    def on_fit_begin(self, run: Run) -> None:
        self._forget()
        self.attach(run.model, run.optimizer)

    def on_epoch_begin(self, run: Run) -> None:
        self._due = True

    def on_batch_end(self, run: Run) -> None:
        targets = run.targets
        if self._first is None and isinstance(targets, Tensor) and targets.dtype.kind in "iu":
            self._see_loss(run.loss)

    def on_fit_end(self, run: Run) -> None:
        self.detach()
        self._print()

    def watch(self, model: Module, optimizer: Optimizer) -> Self:
        """For ``with``: looks at everything inside, and prints the report at its end."""
        self._forget()
        self.attach(model, optimizer)
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.detach()
        self._print()

    def check(self, model: Module, optimizer: Optimizer, loss: Tensor | None = None) -> Self:
        """For a loop of your own: call it after ``backward()`` and before ``step()``.

        The first call attaches the doctor to ``model`` and ``optimizer``; ``detach`` lets them go.

        Args:
            loss: that of this batch; the first is compared with ln C, if it is a cross-entropy.
        """
        if self.model is not model or self.optimizer is not optimizer:
            self.detach()
            self._forget()
            self.attach(model, optimizer)
            self._sampling = True  # its gradients are there, and its step is yet to come
        if loss is not None and self._first is None:
            name = getattr(loss.grad_fn, "name", "")
            if name in ("cross_entropy", "nll_loss"):
                self._see_loss(loss.item())
        return self

    def attach(self, model: Module, optimizer: Optimizer) -> None:
        """Begins to look; ``detach`` ends it."""
        if not isinstance(model, Module):
            raise TypeError(f"Doctor: model must be an nn.Module, got {type(model).__name__}")
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"Doctor: optimizer must be one of nn.optim, got {type(optimizer).__name__}"
            )
        self.detach()
        self.model, self.optimizer = model, optimizer
        self._fresh = not optimizer.state
        self._paths = {module: path for path, module in model.named_modules()}
        self._restless = [
            (path, module)
            for module, path in self._paths.items()
            if isinstance(module, BATCH_NORMS) or (isinstance(module, DROPOUTS) and module.p > 0)
        ]
        self._trained_names = [name for name, one in model.named_parameters() if one.requires_grad]
        self._find_left_out()
        self._find_double_parameters()
        self._handles = [
            model.register_forward_pre_hook(self._forward_begins, prepend=True),
            model.register_forward_hook(self._forward_ends),
            optimizer.register_step_pre_hook(self._step_begins),
            optimizer.register_step_post_hook(self._step_ends),
        ]
        self._probe = next((one for one in model.parameters() if one.requires_grad), None)
        if self._probe is not None:
            self._handles.append(self._probe.register_hook(self._gradient_arrives))

    def detach(self) -> None:
        """Ends looking.  The findings stay."""
        for handle in [*self._handles, *self._part_handles]:
            handle.remove()
        self._handles, self._part_handles = [], []
        self._places, self._before = {}, []
        self.model = self.optimizer = None

    def _print(self) -> None:
        if self.verbose and (report := self.report()):
            print(report, flush=True)

    # -- what happens in a batch -----------------------------------------------------------------

    def _forward_begins(self, model: Module, args: tuple[Any, ...]) -> None:
        if not is_grad_enabled():
            for path, module in self._restless:
                if module.training:
                    self._awake[path] = self._awake.get(path, 0) + 1
            return
        if not model.training:
            return
        if self._due or self.batches % self.every == 0:
            self._due = False
            self._sampling = True
        if self._sampling:
            self._find_double_inputs(args)
            self._part_handles = [
                module.register_forward_hook(self._part_ends) for module in self._paths
            ]

    def _part_ends(self, module: Module, args: Any, output: Any) -> None:
        self._order.setdefault(module, len(self._order))
        path = self._paths[module]
        for one in _tensors(output):
            if one.requires_grad and module is not self.model:
                # The innermost module is the first to see its output, and keeps the name.
                self._places.setdefault(parent_of(one), (path, module))
            if one.dtype == np.float64:
                self._find_double_output(path, module, args)

    def _forward_ends(self, model: Module, args: Any, output: Any) -> None:
        if not self._part_handles:
            return
        for handle in self._part_handles:
            handle.remove()
        self._part_handles = []
        results = list(_tensors(output))
        if results and results[0].ndim >= 2:
            self._classes = results[0].shape[1]
        self._look_at_activations([one.grad_fn for one in results if one.grad_fn is not None])
        self._places = {}

    def _gradient_arrives(self, gradient: Tensor) -> None:
        """Before ``backward`` adds the gradient of the first parameter to what it has."""
        self._backwards += 1
        before = None if self._probe is None else self._probe.grad
        if self._stepped and before is not None and before.array.any():
            self._piled += 1
        self._stepped = False

    def _step_begins(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        if not self._sampling or self.model is None:
            return
        if not args and not kwargs:  # else a closure will compute the gradients during the step
            self._look_at_gradients()
        self._before = [(name, weight, weight.array.copy()) for name, _, weight in self._weights()]

    def _step_ends(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        self._stepped = True
        self.batches += 1
        if not self._sampling:
            return
        if args or kwargs:
            self._look_at_gradients()
        self._sampling = False
        self.samples += 1
        for name, weight, before in self._before:
            length = _length(before)
            if length > 0 and weight.grad is not None:
                change = _length(weight.array - before) / length
                self._updates.setdefault(name, []).append(change)
        self._before = []

    def _see_loss(self, loss: float) -> None:
        if self.batches <= 1 and self._fresh and self._classes >= 2:
            self._first = (loss, self._classes)

    # -- examinations ----------------------------------------------------------------------------

    def _weights(self) -> Iterator[tuple[str, Module, Parameter]]:
        """The matrices and kernels that are trained, in the order in which they are used."""
        modules: dict[str, Module] = {path: module for module, path in self._paths.items()}

        def when(module: Module) -> int:
            # One that is never called, such as a part of attention, goes with what it is in.
            path = self._paths[module]
            while module not in self._order and path:
                path = path.rpartition(".")[0]
                module = modules.get(path, module)
            return self._order.get(module, len(modules))

        for module in sorted(self._paths, key=when):
            path = self._paths[module]
            for name, parameter in module.named_parameters(prefix=path, recurse=False):
                if parameter.requires_grad and parameter.ndim >= 2:
                    yield name, module, parameter

    def _look_at_activations(self, roots: list[Node]) -> None:
        final = _final(roots)
        number = 0
        for node in sorted(_reached(roots), key=lambda one: one.number):
            kind = ACTIVATIONS.get(node.name)
            if kind is None or node.output is None:
                continue
            number += 1
            place, units_last = self._place(node)
            label = f"{place} ({kind})" if place else f"{kind} number {number}"
            if node.name == "relu":
                self._look_at_units(label, node.output > 0, units_last)
            elif node not in final:
                low, high = (-0.97, 0.97) if node.name == "tanh" else (0.03, 0.97)
                flat = (node.output < low) | (node.output > high)
                self._shares.setdefault(label, deque(maxlen=WINDOW)).append(float(flat.mean()))

    def _place(self, node: Node) -> tuple[str, bool]:
        """The layer that an activation belongs to or follows, and whether units come last."""
        found = ""
        while True:
            path, module = self._places.get(node, ("", None))
            found = found or path
            if module is not None and next(module.parameters(recurse=False), None) is not None:
                return found, isinstance(module, UNITS_LAST)
            parents = [parent for parent, _, _ in node.edges or () if isinstance(parent, Node)]
            if not parents:
                return found, False
            node = parents[0]

    def _look_at_units(self, label: str, alive: np.ndarray, units_last: bool) -> None:
        axis = alive.ndim - 1 if units_last or alive.ndim == 1 else 1
        others = tuple(one for one in range(alive.ndim) if one != axis)
        seen = alive.size // max(alive.shape[axis], 1)
        kept = self._units.setdefault(label, deque(maxlen=WINDOW))
        if kept and kept[-1][0].shape != (alive.shape[axis],):
            kept.clear()  # a size that changes from batch to batch is not that of units
        kept.append((np.asarray(alive.any(others)), seen))

    def _look_at_gradients(self) -> None:
        assert self.model is not None
        self._gradient_samples += 1
        self._with_gradient |= {
            name for name, one in self.model.named_parameters() if one.grad is not None
        }
        weights = [(name, one) for name, _, one in self._weights() if one.grad is not None]
        sizes = [_size_of_gradient(one.grad.array) for _, one in weights]
        after = 0.0
        for (name, weight), size in zip(weights[::-1], sizes[::-1], strict=True):
            if after > 0:
                self._gradients.setdefault(name, []).append(size / after)
            own = _length(weight.array)
            if own > 0:
                strength = _length(weight.grad.array) / own
                self._strength.setdefault(name, []).append(strength)
            after = max(after, size) if math.isfinite(size) else after
        if self.samples == 0:
            self._find_equal_units()

    def _find_equal_units(self) -> None:
        weights = [one for one in self._weights() if one[2].grad is not None]
        largest = max((_largest(one[2].grad.array) for one in weights), default=0.0)
        for name, module, weight in weights:
            if isinstance(module, EMBEDDINGS):
                continue
            axis = 1 if isinstance(module, UNITS_SECOND) else 0
            units, gradients = (
                np.moveaxis(one, axis, 0).reshape(one.shape[axis], -1)
                for one in (weight.array, weight.grad.array)
            )
            if len(units) < 2 or not (units == units[0]).all():
                continue
            spread = _largest(gradients - gradients[0])
            # Equal but for rounding, of this layer or of the sums it comes from.
            if spread <= 1e-4 * _largest(gradients) or spread <= 1e-6 * largest:
                self._equal[name] = len(units)

    def _find_left_out(self) -> None:
        assert self.model is not None
        assert self.optimizer is not None
        held = {id(one) for group in self.optimizer.param_groups for one in group["params"]}
        self._left_out = [
            name
            for name, one in self.model.named_parameters()
            if one.requires_grad and id(one) not in held
        ]

    def _find_double_parameters(self) -> None:
        assert self.model is not None
        found = [
            (name, one.dtype)
            for name, one in [*self.model.named_parameters(), *self.model.named_buffers()]
            if one.is_floating_point()
        ]
        doubles = [name for name, dtype in found if dtype == np.float64]
        self._double_model = bool(found) and len(doubles) == len(found)
        if not self._double_model:
            for name in doubles:
                self._doubles[name] = "is float64, where others are not"

    def _find_double_inputs(self, args: tuple[Any, ...]) -> None:
        if self._double_model:
            return
        for number, one in enumerate(args):
            if isinstance(one, Tensor) and one.dtype == np.float64:
                what = "the inputs" if len(args) == 1 else f"input {number}"
                self._doubles[what] = "are float64, and the model is not"

    def _find_double_output(self, path: str, module: Module, args: Any) -> None:
        """A module whose output is float64, although what it is made of is not."""
        if self._double_model or any(one.dtype == np.float64 for one in _tensors(args)):
            return
        inside = [one for one in self._doubles if not path or one.startswith(f"{path}.")]
        if not inside:
            own = type(module).__name__
            self._doubles[path or "the model"] = f"({own}) gives float64 for inputs that are not"

    # -- the report ------------------------------------------------------------------------------

    @property
    def findings(self) -> list[Finding]:
        """Everything that is wrong, as far as seen until now; most urgent kinds first."""
        return [*self._mistakes(), *self._start(), *self._life()]

    def report(self) -> str:
        """The findings in words, or ``""`` if there are none."""
        cases: dict[str, list[Finding]] = {}
        for finding in self.findings:
            cases.setdefault(finding.sickness, []).append(finding)
        if not cases:
            return ""
        count = sum(map(len, cases.values()))
        title = (
            f"Doctor: {count} finding{'s' if count > 1 else ''} in {self.samples} of "
            f"{self.batches} batches looked at"
        )
        return "\n".join([title, *map(_case, cases.values())])

    def _mistakes(self) -> Iterator[Finding]:
        """In the program."""
        if self._piled and 2 * self._piled >= self._backwards - 1:
            yield Finding(
                "forgotten zero_grad",
                "the loop",
                f"in {self._piled} of {self._backwards} backward() calls the gradients of an "
                "earlier step were still there",
                {"times": self._piled, "backwards": self._backwards},
            )
        for path, times in self._awake.items():
            yield Finding(
                "forgotten eval",
                path or "the model",
                f"in training mode in {times} calls without a graph",
                {"times": times},
            )
        for name in self._left_out:
            yield Finding("not in the optimizer", name, "requires a gradient, but no step takes it")
        if self._gradient_samples:
            for name in self._without_gradient():
                yield Finding(
                    "no gradient",
                    name,
                    f"None in each of {self._gradient_samples} batches looked at",
                    {"samples": self._gradient_samples},
                )
        for where, what in self._doubles.items():
            yield Finding("stray float64", where, what)

    def _without_gradient(self) -> list[str]:
        return [name for name in self._trained_names if name not in self._with_gradient]

    def _start(self) -> Iterator[Finding]:
        """In the beginning."""
        for name, units in self._equal.items():
            yield Finding(
                "equal units",
                name,
                f"all {units} units have equal weights and get equal gradients",
                {"units": units},
            )
        if self._first is not None:
            loss, classes = self._first
            expected = math.log(classes)
            if abs(loss - expected) > self.loss_tolerance * expected:
                yield Finding(
                    "first loss",
                    "the loss",
                    f"begins at {loss:.3g}, expected is about ln {classes} = {expected:.3g}",
                    {"loss": loss, "expected": expected, "classes": classes},
                )

    def _life(self) -> Iterator[Finding]:
        """In training."""
        for label, kept in self._units.items():
            seen = sum(count for _, count in kept)
            alive = np.logical_or.reduce([units for units, _ in kept])
            dead, units = int(alive.size - np.count_nonzero(alive)), alive.size
            if seen >= ENOUGH and dead and dead >= self.dead * units:
                yield Finding(
                    "dead ReLU",
                    label,
                    f"{dead} of {units} units gave 0 for all of {seen:,} values each",
                    {"dead": dead, "units": units, "seen": seen},
                )
        for label, shares in self._shares.items():
            share = float(np.mean(shares))
            if share >= self.saturated:
                yield Finding(
                    "saturated units",
                    label,
                    f"{share:.0%} of all values are within 3 % of a limit",
                    {"share": share},
                )
        for name, ratios in self._gradients.items():
            ratio = median(ratios)
            if ratio < self.vanishing:
                yield Finding(
                    "vanishing gradient",
                    name,
                    f"its gradient is {ratio:.1e} times that of later layers",
                    {"ratio": ratio},
                )
        for name, strengths in self._strength.items():
            ratio, strength = median(self._gradients.get(name, [1.0])), max(strengths)
            if ratio > self.exploding:
                yield Finding(
                    "exploding gradient",
                    name,
                    f"its gradient is {ratio:.1e} times that of later layers",
                    {"ratio": ratio},
                )
            elif not strength < self.exploding:  # infinite and NaN as well
                yield Finding(
                    "exploding gradient",
                    name,
                    f"its gradient is as long as {strength:.1e} times the weight itself",
                    {"strength": strength},
                )
        for name, changes in self._updates.items():
            change = median(changes)
            # Where no gradient comes, the step is not to blame.
            if change > self.largest_update or not math.isfinite(change):
                yield self._update("updates too large", name, change)
            elif change < self.smallest_update:
                yield self._update("updates too small", name, change)

    def _update(self, sickness: str, name: str, change: float) -> Finding:
        return Finding(
            sickness,
            name,
            f"a step changes it by {change:.1e} of itself; healthy is about 1e-3",
            {"ratio": change},
        )


def _case(findings: list[Finding]) -> str:
    """The findings of one sickness, with its reason and remedy."""
    first = findings[0]
    lines = [f"  {first.sickness}"]
    lines += [f"    {one.layer}: {one.message}" for one in findings[:5]]
    if len(findings) > 5:
        lines.append(f"    and {len(findings) - 5} more")
    return "\n".join([*lines, f"    why: {first.why}", f"    do:  {first.remedy}"])


# -- small tools -----------------------------------------------------------------------------------


def _tensors(value: Any) -> Iterator[Tensor]:
    """The Tensors in nested tuples, lists and dicts."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from _tensors(one)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))


def _reached(roots: list[Node]) -> set[Node]:
    """All nodes of the graph behind ``roots``."""
    reached = set(roots)
    stack = list(reached)
    while stack:
        for parent, _, _ in stack.pop().edges or ():
            if isinstance(parent, Node) and parent not in reached:
                reached.add(parent)
                stack.append(parent)
    return reached


def _final(roots: list[Node]) -> set[Node]:
    """The nodes after the last weights: a sigmoid there gives probabilities, and may be certain."""
    reached = set(roots)
    stack = list(reached)
    while stack:
        parents = [parent for parent, _, _ in stack.pop().edges or ()]
        if any(isinstance(parent, Tensor) for parent in parents):
            continue
        for parent in parents:
            if parent not in reached:
                reached.add(parent)
                stack.append(parent)
    return reached


def _largest(values: np.ndarray) -> float:
    return float(np.abs(values).max(initial=0))


def _length(values: np.ndarray) -> float:
    """√Σx², in float64 so that no square overflows."""
    return float(np.linalg.norm(values.astype(np.float64).reshape(-1)))


def _size_of_gradient(gradient: np.ndarray) -> float:
    """The root of the mean square of those numbers that are not 0.

    Zeros do not count: rows of an embedding that a batch does not use say nothing of the gradient.
    """
    used = int(np.count_nonzero(gradient))
    return _length(gradient) / math.sqrt(used) if used else 0.0
