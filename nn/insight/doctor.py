"""A doctor for training: looks at a network while it learns and says what is wrong with it."""

from __future__ import annotations

import math
import os
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Self

import numpy as np

from autotensor import Parameter, Tensor, is_grad_enabled
from autotensor.extend import Node, on_first_call, parent_of, type_name
from nn import layers
from nn.arguments import need, refuse, whole
from nn.insight.chart import Chart, Limits
from nn.insight.ends import last_operator, wrong_end
from nn.insight.findings import SICKNESSES, Finding, case_of
from nn.insight.gates import RECURRENT, gates_of
from nn.insight.heads import is_attention
from nn.insight.hidden import hidden_parameters
from nn.insight.steps import watch_steps
from nn.layers.convolution import TRANSPOSED
from nn.layers.dropout import DROPOUTS
from nn.layers.normalization import BATCH_NORMS
from nn.layers.recurrent import RNNBase
from nn.losses import CrossEntropyLoss
from nn.module import Module
from nn.optim import Optimizer
from nn.optim.blocks import largest
from nn.parameter import is_lazy
from nn.tensors import tensors_in
from nn.training.callbacks import Callback, Run
from nn.training.reading import known
from nn.training.saying import say

__all__ = ["Doctor"]

_draw = on_first_call("nn.seeing.training", "draw")
UNITS_LAST = (layers.Linear, layers.LayerNorm)
EMBEDDINGS = (layers.Embedding, layers.EmbeddingBag)
ACTIVATIONS = {"relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid"}
SHOWN = 24
"""Of so many units, and so many of their weights, a picture is kept."""


class Doctor(Callback, Limits):
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
    a gradient or without an optimizer, or in a plain list, where no Module knows them; a forgotten
    ``zero_grad()`` or ``eval()``; stray float64; units that all begin equal; a first loss far from
    ln C; gates of LSTM and GRU that stay shut, and gradients that vanish on the way back through
    time; attention that looks at one place only, everywhere alike, or at nothing; softmax before a
    loss that takes scores, and a ReLU at the end.  For the last two it must
    know the loss: in ``fit``, of the losses that ``fit`` knows, and in ``check`` of cross_entropy.

    The optimizer may be one of your own, if only it has ``step`` and ``zero_grad``.

    ReLU, tanh and sigmoid are found in the graph behind the model's output, as layers, functions or
    methods.  The gates of ``nn.LSTM`` and its like are computed again, for a few sequences; the
    weights of attention are found in the graph, whoever computed them.  Between its samples it
    costs a few microseconds a batch.

    Each finding has a picture, which notebooks show; ``draw`` writes them all to a page.

    Args:
        every: how many batches there are from one sample to the next; the first batch of an epoch
            is always one.
        verbose: print the report at the end, if there are findings.

    Attributes:
        dead, saturated: the share of a layer's units from which on it is reported.
        dead_maps: the same of a convolution's channels.
        saturated_inside: the share of values inside of a recurrent layer, where many are certain in
            good health.
        shut: the share of a gate's units, stuck at the limit that lets nothing pass.
        one_place, everywhere: how evenly attention looks, from 0 to 1.
        vanishing, exploding: the gradient of a layer relative to the largest of the layers after
            it; it has vanished only if it has in all layers before as well.
        vanishing_in_time: the gradient at the first steps of a sequence relative to the last.
        smallest_update, largest_update: a step's length relative to that of the weights.
        samples: how many batches were looked at.
        batches: how many went by.

    Example:

        >>> from nn.training import Doctor, fit
        >>> model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), nn.Softmax(dim=1))
        >>> optimizer, doctor = optim.SGD(model.parameters(), lr=0.1), Doctor(verbose=False)
        >>> batches = [(at.randn(16, 4), at.arange(16) % 3)]
        >>> _ = fit(
        ...     model, batches, F.cross_entropy, optimizer, 1, callbacks=[doctor], verbose=False
        ... )
        >>> "softmax before the loss" in [finding.sickness for finding in doctor.findings]
        True
    """

    first_rank_only = True
    sicknesses = tuple(SICKNESSES)

    def __init__(self, every: int = 100, verbose: bool = True) -> None:
        self.every = whole("Doctor", "every", every, kind=int)
        self.verbose = bool(verbose)
        self.model: Module | None = None
        self.optimizer: Optimizer | None = None
        self._handles: list[Any] = []
        self._part_handles: list[Any] = []
        self._step_handles: list[Any] = []
        self._forget()

    def _forget(self) -> None:
        self.batches = 0
        self.samples = 0
        self._chart = Chart()
        self._due = True
        self._sampling = False
        self._stepped = False
        self._piled = False
        self._fresh = True
        self._classes = 0
        self._order: dict[str, int] = {}
        self._last = ""

    # -- in fit, around a loop, in a loop --------------------------------------------------------

    def on_fit_begin(self, run: Run) -> None:
        self.watch(run.model, run.optimizer)

    def on_epoch_begin(self, run: Run) -> None:
        self._due = True

    def on_batch_end(self, run: Run) -> None:
        targets = run.targets
        if isinstance(targets, Tensor) and targets.dtype.kind in "iu":
            self._see_loss(run.loss)
        if self._last and self._chart.end is None:
            self._chart.end = wrong_end(self._last, known(run.criterion), targets)
        self._last = ""

    def on_fit_end(self, run: Run) -> None:
        self.__exit__()

    def watch(self, model: Module, optimizer: Optimizer) -> Self:
        """For ``with``: looks at everything inside, and prints the report at its end."""
        self._forget()
        self.attach(model, optimizer)
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.detach()
        if self.verbose and (report := self.report()):
            say(report)

    def check(self, model: Module, optimizer: Optimizer, loss: Tensor | None = None) -> Self:
        """For a loop of your own: call it after ``backward()`` and before ``step()``.

        The first call attaches the doctor to ``model`` and ``optimizer``; ``detach`` lets them go.

        Args:
            loss: that of this batch; the first is compared with ln C, if it is a cross-entropy.
        """
        if self.model is not model or self.optimizer is not optimizer:
            self.detach()
            self.watch(model, optimizer)
            self._sampling = True  # its gradients are there, and its step is yet to come
        if loss is not None:
            made_by = parent_of(loss)
            if isinstance(made_by, Node) and made_by.name in ("cross_entropy", "nll_loss"):
                self._see_loss(loss.item())
            if isinstance(made_by, Node) and made_by.name == "cross_entropy" and self._last:
                self._chart.end = self._chart.end or wrong_end(self._last, CrossEntropyLoss(), None)
        return self

    def attach(self, model: Module, optimizer: Optimizer) -> None:
        """Begins to look; ``detach`` ends it."""
        need("Doctor", "model", model, Module, "an nn.Module")
        steps = callable(getattr(optimizer, "step", None)) and hasattr(optimizer, "zero_grad")
        message = f"optimizer must be one of nn.optim, got {type_name(optimizer)}"
        refuse("Doctor", not steps or isinstance(optimizer, type), message, TypeError)
        self.detach()
        self.model, self.optimizer = model, optimizer
        self._fresh = not getattr(optimizer, "state", None)
        self._paths = {module: path for path, module in model.named_modules()}
        self._restless = [
            (path, module)
            for module, path in self._paths.items()
            if isinstance(module, BATCH_NORMS) or (isinstance(module, DROPOUTS) and module.p > 0)
        ]
        self._chart.parts = {
            path: type(module).__name__ for module, path in self._paths.items() if path
        }
        trained = [(name, one) for name, one in model.named_parameters() if one.requires_grad]
        self._from_nothing = {id(one) for _, one in trained if one.ndim >= 2 and not _begun(one)}
        self._chart.trained = [name for name, _ in trained]
        groups = getattr(optimizer, "param_groups", None)  # one of your own may keep them elsewhere
        held = {id(one) for group in groups or () for one in group["params"]}
        if groups is not None:
            self._chart.left_out = [name for name, one in trained if id(one) not in held]
        self._chart.hidden = hidden_parameters(model, held)
        self._find_double_parameters(model)
        self._handles = [
            model.register_forward_pre_hook(self._forward_begins, prepend=True),
            model.register_forward_hook(self._forward_ends),
            *watch_steps(optimizer, self._step_begins, self._step_ends),
        ]
        if trained:
            _, self._probe = trained[0]
            self._handles.append(self._probe.register_hook(self._gradient_arrives))

    def detach(self) -> None:
        """Ends looking.  The findings stay."""
        for handle in [*self._handles, *self._part_handles]:
            handle.remove()
        for handle in self._step_handles:
            handle.remove()
        self._handles, self._part_handles, self._step_handles = [], [], []
        self._before: list[tuple[str, Parameter, np.ndarray]] = []
        self._places: dict[Any, tuple[str, Module]] = {}
        self.model = self.optimizer = None

    # -- what happens in a batch -----------------------------------------------------------------

    def _forward_begins(self, model: Module, args: tuple[Any, ...]) -> None:
        if not is_grad_enabled():
            for path, module in self._restless:
                if module.training:
                    self._chart.awake[path] += 1
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
        path = self._paths[module]
        self._order.setdefault(path, len(self._order))
        for one in tensors_in(output):
            if one.requires_grad and module is not self.model:
                # The innermost module is the first to see its output, and keeps the name.
                self._places.setdefault(parent_of(one), (path, module))
            if one.dtype == np.float64:
                self._find_double_output(path, module, args)
        if isinstance(module, RECURRENT):
            self._look_at_gates(module, args)

    def _forward_ends(self, model: Module, args: Any, output: Any) -> None:
        if not self._part_handles:
            return
        for handle in self._part_handles:
            handle.remove()
        self._part_handles = []
        if isinstance(model, RECURRENT):
            self._look_at_gates(model, args)
        results = list(tensors_in(output))
        if results and results[0].ndim >= 2:
            self._classes = results[0].shape[1]
        self._last = last_operator(results[0]) if results else ""
        self._look_at_activations([parent_of(one) for one in results if not one.is_leaf])
        self._places = {}

    def _gradient_arrives(self, gradient: Tensor) -> None:
        """Before ``backward`` adds the gradient of the first parameter to what it has."""
        self._chart.backwards += 1
        before = self._probe.grad
        if before is None or not before.array.any():
            self._piled = False
        elif self._stepped:
            self._piled = True  # which is a mistake if the next step goes along it
        self._stepped = False

    def _step_begins(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        self._chart.piled += self._piled
        self._piled = False
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
        for handle in self._step_handles:
            handle.remove()
        self._step_handles = []
        for name, weight, before in self._before:
            length = self._usual_length(weight, before)
            if length > 0 and weight.grad is not None:
                self._chart.updates[name].append(_length(weight.array - before) / length)
        self._before = []

    def _see_loss(self, loss: float) -> None:
        begun = self._chart.first_loss is not None or self.batches > 1
        if not begun and self._fresh and self._classes >= 2:
            self._chart.first_loss = (loss, self._classes)

    # -- examinations ----------------------------------------------------------------------------

    def _weights(self) -> Iterator[tuple[str, Module, Parameter]]:
        """The matrices and kernels that are trained, in the order in which they are used."""

        def when(place: tuple[Module, str]) -> int:
            # One that is never called, such as a part of attention, goes with what it is in.
            _, path = place
            while path and path not in self._order:
                path = path.rpartition(".")[0]
            return self._order.get(path, len(self._paths))

        for module, path in sorted(self._paths.items(), key=when):
            for name, parameter in module.named_parameters(prefix=path, recurse=False):
                if parameter.requires_grad and parameter.ndim >= 2:
                    yield name, module, parameter

    def _usual_length(self, weight: Parameter, values: np.ndarray) -> float:
        """The length of a weight's values, which steps and gradients are compared with.

        One that began as zeros on purpose (LoRA's B, the last factor of a residual branch) is as
        small as its first steps: as long as it is, it counts as the weights of a new Linear of its
        shape, √(n / 3·inputs).
        """
        length = _length(values)
        if id(weight) not in self._from_nothing:
            return length
        inputs = max(1, math.prod(values.shape[1:]))
        return max(length, math.sqrt(values.size / (3 * inputs)))

    def _look_at_gates(self, module: Module, args: tuple[Any, ...]) -> None:
        path = self._paths[module] or type(module).__name__
        for where, gates in gates_of(module, args):
            for name, values in gates.items():
                self._chart.note_gate(f"{path}{where} ({name})", name, values)
        given = args[0]
        if isinstance(module, RNNBase) and isinstance(given, Tensor) and given.requires_grad:
            steps = 1 if module.batch_first and given.ndim == 3 else 0
            handle = given.register_hook(
                lambda gradient: self._chart.note_steps(path, np.moveaxis(gradient.array, steps, 0))
            )
            self._step_handles.append(handle)

    def _look_at_attention(self, node: Node, weights: np.ndarray) -> None:
        assert self.model is not None
        # With weights that are NaN everything is; then no mask is to blame.
        masked = all(np.isfinite(one.array).all() for one in self.model.parameters())
        self._chart.note_attention(self._inside_of(node) or "attention", weights, masked)

    def _inside_of(self, node: Node) -> str:
        """The innermost module in whose call ``node`` was recorded."""
        latest, found = 0, ""
        for last in self._places:
            calls = getattr(last, "calls", None) if last.number >= node.number else None
            while calls is not None:
                (module, _), began, calls = calls
                if latest < began < node.number:
                    latest, found = began, self._paths.get(module(), "")
        return found

    def _look_at_activations(self, roots: list[Node]) -> None:
        # A sigmoid after the last weights gives probabilities, and may be certain.
        final = _reached(roots, to_weights=True)
        number = 0
        for node in sorted(_reached(roots), key=lambda one: one.number):
            kind = ACTIVATIONS.get(node.name)
            if node.output is not None and is_attention(node) and node not in final:
                self._look_at_attention(node, node.output)
            if kind is None or node.output is None:
                continue
            number += 1
            place, units_last = self._place(node)
            label = f"{place} ({kind})" if place else f"{kind} number {number}"
            if node.name == "relu":
                self._chart.note_units(label, node.output > 0, units_last)
            elif node not in final:
                self._chart.note_levels(label, node.output, -1 if node.name == "tanh" else 0)

    def _place(self, node: Node) -> tuple[str, bool]:
        """The layer that an activation belongs to or follows, and whether units come last."""
        found = ""
        while True:
            path, module = self._places.get(node, ("", None))
            found = found or path
            if module is not None and next(module.parameters(recurse=False), None) is not None:
                return found, isinstance(module, UNITS_LAST)
            parents = [parent for parent in node.parents if isinstance(parent, Node)]
            if not parents:
                return found, False
            node = parents[0]

    def _look_at_gradients(self) -> None:
        assert self.model is not None
        self._chart.gradient_samples += 1
        self._chart.with_gradient |= {
            name for name, one in self.model.named_parameters() if one.grad is not None
        }
        weights = [(name, one) for name, _, one in self._weights() if one.grad is not None]
        after = 0.0
        for name, weight in reversed(weights):
            size = _size_of_gradient(_gradient(weight))
            self._chart.sizes[name].append(size)
            if after > 0:
                self._chart.gradients[name].append(size / after)
            own = self._usual_length(weight, weight.array)
            if own > 0:
                self._chart.strength[name].append(_length(_gradient(weight)) / own)
            after = max(after, size) if math.isfinite(size) else after
        if self.samples == 0:
            self._find_equal_units()

    def _find_equal_units(self) -> None:
        weights = [one for one in self._weights() if one[2].grad is not None]
        of_all = max((largest(_gradient(one[2])) for one in weights), default=0.0)
        for name, module, weight in weights:
            if isinstance(module, EMBEDDINGS):
                continue
            axis = 1 if isinstance(module, TRANSPOSED) else 0
            units, gradients = (
                np.moveaxis(one, axis, 0).reshape(one.shape[axis], -1)
                for one in (weight.array, _gradient(weight))
            )
            # Equal but for rounding: some have been updated once, in sums of another order.
            if len(units) < 2 or not largest(units - units[0]) <= 1e-4 * largest(units):
                continue
            spread = largest(gradients - gradients[0])
            # The same, of this layer or of the sums it comes from.
            if spread <= 1e-4 * largest(gradients) or spread <= 1e-6 * of_all:
                self._chart.equal[name] = len(units)
                self._chart.rows[name] = units[:SHOWN, :SHOWN].copy()

    def _find_double_parameters(self, model: Module) -> None:
        both = [*model.named_parameters(), *model.named_buffers()]
        floating = {name: one.dtype for name, one in both if one.is_floating_point()}
        doubles = [name for name, dtype in floating.items() if dtype == np.float64]
        self._double_model = 0 < len(doubles) == len(floating)
        if not self._double_model:
            self._chart.doubles |= dict.fromkeys(doubles, "is float64, where others are not")

    def _find_double_inputs(self, args: tuple[Any, ...]) -> None:
        if self._double_model:
            return
        for number, one in enumerate(args):
            if isinstance(one, Tensor) and one.dtype == np.float64:
                what = "the inputs" if len(args) == 1 else f"input {number}"
                self._chart.doubles[what] = "are float64, and the model is not"

    def _find_double_output(self, path: str, module: Module, args: Any) -> None:
        """A module whose output is float64, although what it is made of is not."""
        if self._double_model or any(one.dtype == np.float64 for one in tensors_in(args)):
            return
        inside = [one for one in self._chart.doubles if not path or one.startswith(f"{path}.")]
        if not inside:
            message = f"({type(module).__name__}) gives float64 for inputs that are not"
            self._chart.doubles[path or "the model"] = message

    # -- the report ------------------------------------------------------------------------------

    @property
    def findings(self) -> list[Finding]:
        """Everything that is wrong, as far as seen until now; most urgent kinds first."""
        return self._chart.findings(self)

    _repr_html_ = on_first_call("nn.seeing.training", "doctor_page")

    def draw(self, path: str | os.PathLike[str] | None = None) -> str:
        """The findings with their pictures as a page of HTML; written to ``path``, if it is given.

        Raises:
            TypeError: ``path`` is no path.
            FileNotFoundError: its folder does not exist.

        Example:

            >>> model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), nn.ReLU())
            >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
            >>> with nn.training.Doctor(verbose=False).watch(model, optimizer) as doctor:
            ...     loss = F.cross_entropy(model(at.ones(2, 4)), at.tensor([0, 1]))
            ...     doctor.check(model, optimizer, loss).findings[0].sickness
            'ReLU at the end'
            >>> "<svg" in doctor.draw()
            True
        """
        return _draw(self, path, "Doctor.draw")

    def report(self) -> str:
        """The findings in words, or ``""`` if there are none."""
        cases: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in self.findings:
            cases[finding.sickness].append(finding)
        if not cases:
            return ""
        count = sum(map(len, cases.values()))
        looked_at = f"{self.samples} of {self.batches} batches looked at"
        title = f"Doctor: {count} finding{'s' if count > 1 else ''} in {looked_at}"
        return "\n".join([title, *map(case_of, cases.values())])


# -- small tools -----------------------------------------------------------------------------------


def _reached(roots: list[Node], to_weights: bool = False) -> set[Node]:
    """All nodes of the graph behind ``roots``; or only those up to the last weights."""
    reached = set(roots)
    stack = list(reached)
    while stack:
        parents = stack.pop().parents
        nodes = [parent for parent in parents if isinstance(parent, Node)]
        if to_weights and len(nodes) < len(parents):
            continue
        for node in nodes:
            if node not in reached:
                reached.add(node)
                stack.append(node)
    return reached


def _length(values: np.ndarray) -> float:
    """√Σx², in float64 so that no square overflows."""
    return float(np.linalg.norm(values.astype(np.float64).reshape(-1)))


def _begun(weight: Parameter) -> bool:
    """Whether it has numbers other than 0; one whose size is not known yet will have."""
    return is_lazy(weight) or bool(weight.array.any())


def _gradient(weight: Tensor) -> np.ndarray:
    assert weight.grad is not None
    return weight.grad.array


def _size_of_gradient(gradient: np.ndarray) -> float:
    """The root of the mean square of those numbers that are not 0.

    Zeros do not count: rows of an embedding that a batch does not use say nothing of the gradient.
    """
    used = int(np.count_nonzero(gradient))
    return _length(gradient) / math.sqrt(used) if used else 0.0
