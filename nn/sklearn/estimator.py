"""What Classifier and Regressor share: settings, data, and the loop of ``nn.training``."""

from __future__ import annotations

import copy
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from inspect import Parameter, Signature, signature
from numbers import Number
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

import autotensor as at
from autotensor import Tensor
from autotensor.extend import canonical, import_extra
from nn.arguments import need, number, refuse, whole
from nn.modes import in_mode
from nn.module import Module
from nn.sklearn import parts
from nn.training import Callback, EarlyStopping, History, Run, WeightedLoss, fit

validation: Any = import_extra("sklearn.utils.validation", "sklearn", "nn.sklearn")
arrays_only: Any = import_extra("sklearn", "sklearn", "nn.sklearn").config_context
available_if: Any = import_extra(
    "sklearn.utils.metaestimators", "sklearn", "nn.sklearn"
).available_if
if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
else:
    BaseEstimator = import_extra("sklearn.base", "sklearn", "nn.sklearn").BaseEstimator

__all__: list[str] = []  # Classifier and Regressor are what is shown

PREDICTED_AT_ONCE = 256
"""At least so many samples go through the module together where nothing is trained."""

_seeding = threading.RLock()
"""There is one default generator: who seeds it for a while is alone with it."""
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: globals().update(_seeding=threading.RLock()))


class Task(NamedTuple):
    """What is to be learned, as far as the first X and y say."""

    shape: tuple[int, ...]
    """That of a sample of X."""
    dtype: np.dtype[Any]
    columns: int | None
    """How many columns y has; None for ``(N)``."""
    classes: Any = None
    """An array of them in order; None for numbers."""


class Data(NamedTuple):
    """Samples to train with, or to test on."""

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray | None = None

    def taken(self, chosen: Any) -> Data:
        weights = None if self.weights is None else self.weights[chosen]
        return Data(self.inputs[chosen], self.targets[chosen], weights)

    def counting(self, owner: str, argument: str) -> Data:
        """Those that have a weight: a sample of weight 0 is none, it fills no place in a batch."""
        if self.weights is None or (self.weights > 0).all():
            return self
        refuse(owner, not self.weights.any(), f"{argument} has no weight above zero")
        return self.taken(self.weights > 0)


class Made(NamedTuple):
    """What is made for a training, and goes on in the next with ``warm_start``."""

    module: Module
    loss: Any
    label: bool
    """Whether each score is an answer by itself, and its target 0 or 1."""
    flat: bool
    """Whether the module gives ``(N)`` and not ``(N, 1)``."""


class _Begun(Callback):
    """Keeps the run: its history is there also if somebody stops it."""

    run: Run | None = None

    def on_fit_begin(self, run: Run) -> None:
        self.run = run


class Estimator(BaseEstimator):
    """All but the meaning of y."""

    _nested: dict[str, Any]

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        # scikit-learn takes every name here for a setting that it may set; **settings is none.
        given = [one for one in signature(cls.__init__).parameters.values() if one.name != "self"]
        named = [one for one in given if one.kind is not Parameter.VAR_KEYWORD]
        cls.__signature__ = Signature(named)

    # -- settings ----------------------------------------------------------------------------------

    def _keep(self, settings: dict[str, Any]) -> None:
        """Keeps what ``__init__`` was given, as it is: that is all it may do."""
        own = {name: one for name, one in settings.items() if name not in ("self", "__class__")}
        nested = own.pop("settings")
        for name in nested:
            if not _is_nested(name):
                raise TypeError(
                    f"{type(self).__name__}: unexpected argument {name!r}; there are "
                    f"{', '.join(own)}, and settings of parts such as module__width=32"
                )
        self.__dict__.update(own, _nested=nested)

    def __getattr__(self, name: str) -> Any:
        if name != "_nested" and name in vars(self).get("_nested", ()):
            return self._nested[name]
        return object.__getattribute__(self, name)  # which says why there is none

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings by name, those of parts such as ``module__width`` among them."""
        return {**super().get_params(deep=deep), **self._nested}

    def set_params(self, **params: Any) -> Self:
        """Changes settings by name, also such of parts as had not been given.

        Raises:
            ValueError: there is no such setting.
        """
        nested = {name: value for name, value in params.items() if _is_nested(name)}
        super().set_params(**{name: one for name, one in params.items() if name not in nested})
        self._nested = {**self._nested, **nested}
        return self

    def _settings_of(self, part: str) -> dict[str, Any]:
        start = f"{part}__"
        found = self._nested.items()
        return {name.removeprefix(start): one for name, one in found if name.startswith(start)}

    def _check_settings(self) -> None:
        owner = type(self).__name__
        whole(owner, "max_epochs", self.max_epochs)
        if self.batch_size is not None:
            whole(owner, "batch_size", self.batch_size, remedy="; None for all of X")
        need(owner, "callbacks", self.callbacks, Iterable, "a list of Callbacks")
        whole(owner, "patience", self.patience)
        number(owner, "min_delta", parts.plain(self.min_delta))
        share = number(owner, "validation_fraction", parts.plain(self.validation_fraction))
        wrong = not 0 < share < 1
        refuse(owner, wrong, f"validation_fraction must be between 0 and 1, got {share:g}")
        if self.dtype is not None:
            kind = canonical(self.dtype, owner).kind
            refuse(owner, kind != "f", f"dtype must be a floating one, got {self.dtype}")
        if self.input_shape is not None:
            need(owner, "input_shape", self.input_shape, Iterable, "a tuple of sizes")
            refuse(owner, self.module is None, "input_shape needs a module")

    @property
    def loss_curve_(self) -> list[float]:
        """The training loss of every epoch."""
        return self.history_["train_loss"]

    @property
    def n_iter_(self) -> int:
        """How many epochs the module was trained for, in all."""
        return self.history_.epochs

    def __sklearn_is_fitted__(self) -> bool:
        return "module_" in vars(self)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = self.module is not None
        return tags

    # -- what Classifier and Regressor say by themselves -------------------------------------------

    def _task(self, X: np.ndarray, y: np.ndarray, classes: Any) -> Task:
        raise NotImplementedError

    def _encoded(self, y: np.ndarray, task: Task) -> np.ndarray:
        """y as arrays that ``_targets`` makes the targets of the loss of."""
        raise NotImplementedError

    def _targets(self, encoded: np.ndarray, task: Task, made: Made) -> np.ndarray:
        raise NotImplementedError

    def _loss(self, task: Task) -> tuple[Any, bool, int]:
        """The loss, whether it takes each score for an answer, and how many scores it wants."""
        raise NotImplementedError

    def _class_weights(self, y: np.ndarray, going_on: bool) -> np.ndarray | None:
        return None

    # -- data --------------------------------------------------------------------------------------

    def _checked(self, X: Any, y: Any = None, *, new: bool = False, with_y: bool = False) -> Any:
        """X as an array, and y if ``with_y``; ``new`` if they are what X is to be like."""
        owner = type(self).__name__
        if self.dtype is not None:
            wanted: Any = canonical(self.dtype)
        else:
            wanted = [np.float64, np.float32] if new else self._task_.dtype
        options: dict[str, Any] = {
            "dtype": wanted,
            "allow_nd": self.module is not None,
            "reset": new,
        }
        if with_y:
            options |= {"y": y, "multi_output": True, "y_numeric": self._of_numbers}
        with arrays_only(array_api_dispatch=False):
            checked = validation.validate_data(self, X, **options)
        X = checked[0] if with_y else checked
        if not new and X.shape[1:] != self._task_.shape:
            raise ValueError(
                f"{owner}: each sample of X must have shape {self._task_.shape} as in fit, got "
                f"{X.shape[1:]}"
            )
        return checked

    def _shaped(self, X: np.ndarray) -> np.ndarray:
        """X as the module takes it."""
        if self.input_shape is None:
            return X
        shape = tuple(self.input_shape)
        if np.prod(shape) != np.prod(X.shape[1:]):
            raise ValueError(
                f"{type(self).__name__}: input_shape {shape} takes {np.prod(shape)} numbers, but "
                f"each sample of X has {np.prod(X.shape[1:])} (X has shape {X.shape})"
            )
        return X.reshape(len(X), *shape)

    def _weights(self, given: Any, name: str, y: np.ndarray, dtype: Any) -> np.ndarray | None:
        """``given`` as an array ``(N)``; None where all samples weigh 1."""
        if given is None:
            return None
        owner = type(self).__name__
        if isinstance(given, Number):
            given = np.full(len(y), given)
        with arrays_only(array_api_dispatch=False):
            weights = validation.check_array(given, ensure_2d=False, dtype=dtype, input_name=name)
        if weights.shape != (len(y),):
            raise ValueError(
                f"{owner}: {name} must be (N), one for each of N = {len(y)} samples, got shape "
                f"{weights.shape}"
            )
        refuse(owner, (weights < 0).any(), f"{name} must not be negative, got {weights.min()}")
        return None if (weights == 1).all() else weights

    def _data(self, X: Any, y: Any, weights: Any, name: str, task: Task, going_on: bool) -> Data:
        counted = self._weights(weights, name, y, task.dtype)
        by_class = self._class_weights(y, going_on)
        if by_class is not None:
            by_class = by_class.astype(task.dtype)
            counted = by_class if counted is None else counted * by_class
        data = Data(self._shaped(X), self._encoded(y, task), counted)
        return data.counting(type(self).__name__, name)

    def _split(self, data: Data, stratified: bool) -> tuple[Data, Data]:
        """Samples to train with, and those held out for early stopping."""
        owner = type(self).__name__
        n = len(data.inputs)
        refuse(owner, n < 2, f"early_stopping holds out samples, but there is only {n} sample")
        held = int(np.ceil(n * self.validation_fraction))
        kinds = None
        if stratified:
            _, kinds, counts = np.unique(data.targets, return_inverse=True, return_counts=True)
            if counts.min() < 2 or len(counts) > min(held, n - held):
                kinds = None
        seed = int(at.randint(2**31 - 1, (1,)))
        split = import_extra("sklearn.model_selection", "sklearn", owner).train_test_split
        chosen = split(np.arange(n), test_size=held, stratify=kinds, random_state=seed)
        train, test = (data.taken(one) for one in chosen)
        return train, test

    # -- random numbers ----------------------------------------------------------------------------

    @contextmanager
    def _drawing(self, going_on: bool) -> Iterator[None]:
        """Inside it the default generator is that of ``random_state``, or goes on where the last
        training left that; afterwards it is where it was.  Without one nothing changes."""
        if self.random_state is None:
            yield
            return
        before = getattr(self, "_random", None) if going_on else None
        with _seeding, at.random.fork_rng():
            if before is None:
                drawn = validation.check_random_state(self.random_state).randint(2**31 - 1)
                at.manual_seed(int(drawn))
            else:
                at.manual_seed(0)
                at.set_rng_state(at.tensor(before))
            yield
            self._random = at.get_rng_state().numpy().copy()

    # -- training ----------------------------------------------------------------------------------

    def _train(
        self,
        X: Any,
        y: Any,
        weights: Any,
        held_out: tuple[Any, Any, Any] = (None, None, None),
        *,
        epochs: int | None = None,
        going_on: bool,
        classes: Any = None,
    ) -> Self:
        self._check_settings()
        X, y = self._checked(X, y, new=not going_on, with_y=True)
        task = self._task_ if going_on else self._task(X, y, classes)
        data = self._data(X, y, weights, "sample_weight", task, going_on)
        with self._drawing(going_on):
            if going_on:
                made, optimizer, scheduler = self._going_on()
            else:
                made = self._make(data.inputs, task)
                optimizer, scheduler = self._make_optimizer(made.module)
                self._forget(task)
            test = self._held_out(*held_out, task)
            if test is None and self.early_stopping:
                stratified = task.classes is not None and task.columns is None
                data, test = self._split(data, stratified)
            self._run(made, data, test, task, optimizer, scheduler, epochs or self.max_epochs)
        return self

    def _held_out(self, X: Any, y: Any, weights: Any, task: Task) -> Data | None:
        owner = type(self).__name__
        if X is None:
            message = "y_val and sample_weight_val need X_val"
            refuse(owner, y is not None or weights is not None, message)
            return None
        refuse(owner, y is None, "X_val needs y_val")
        X, y = self._checked(X, y, with_y=True)
        return self._data(X, y, weights, "sample_weight_val", task, going_on=True)

    def _forget(self, task: Task) -> None:
        """What an earlier training left; from here on there is another task."""
        for name in ("module_", "criterion_", "optimizer_", "scheduler_", "history_", "_made_"):
            self.__dict__.pop(name, None)
        self._task_ = task

    def _make(self, inputs: np.ndarray, task: Task) -> Made:
        """Module and loss, which have seen that they go together."""
        owner = type(self).__name__
        loss, label, n_outputs = self._loss(task)
        names = ("hidden", "activation", "dropout")
        module = parts.make_module(
            owner, self.module, self._settings_of("module"), inputs.shape[1:], n_outputs,
            {name: getattr(self, name) for name in names},
        ).to(task.dtype)  # fmt: skip
        few = at.tensor(inputs[: parts.PROBED])
        shape = parts.tried(owner, module, few)
        expected = (len(few), n_outputs)
        if shape != expected and shape in ((len(few), 1), (len(few),)):
            loss, label, n_outputs = self._loss_of_one(task, loss, label, n_outputs)
        if shape not in ((len(few), n_outputs), (len(few),) * (n_outputs == 1)):
            raise ValueError(
                f"{owner}: the module gives scores of shape {('N', *shape[1:])} for inputs "
                f"{('N', *inputs.shape[1:])}, expected {('N', n_outputs)}"
                f"{self._why(task, n_outputs)}"
            )
        return Made(module, parts.loss_in(task.dtype, loss), label, len(shape) == 1)

    def _loss_of_one(
        self, task: Task, loss: Any, label: bool, n_outputs: int
    ) -> tuple[Any, bool, int]:
        """The same for a module that gives a single score."""
        return loss, label, n_outputs

    def _why(self, task: Task, n_outputs: int) -> str:
        return ""

    def _make_optimizer(self, module: Module) -> tuple[Any, Any]:
        owner = type(self).__name__
        optimizer = parts.make_optimizer(
            owner, self.optimizer, self.lr, self._settings_of("optimizer"), module
        )
        scheduler = parts.make_scheduler(
            owner, self.scheduler, self._settings_of("scheduler"), optimizer
        )
        return optimizer, scheduler

    def _going_on(self) -> tuple[Made, Any, Any]:
        """What the last training left; another optimizer if another is asked for by now."""
        (module, optimizer), (now_module, now_optimizer) = self._made_of, self._what_for()
        for name, one in now_module.items():
            if not parts.same(one, module.get(name)):
                raise ValueError(
                    f"{type(self).__name__}: {name} was {module.get(name)!r} in the training that "
                    f"goes on and cannot be {one!r} now; clone it, or set warm_start=False"
                )
        kept: Any = (self._made_, self.optimizer_, self.scheduler_)
        if not all(one.array.flags.writeable for one in self.module_.parameters()):
            kept = copy.deepcopy(kept)  # a file that joblib has mapped
        if parts.same(optimizer, now_optimizer):
            return kept
        return kept[0], *self._make_optimizer(kept[0].module)

    def _what_for(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What module and optimizer are made of."""
        module = ("module", "hidden", "activation", "dropout", "input_shape", "loss")
        optimizer = ("optimizer", "lr", "scheduler")
        found: list[dict[str, Any]] = []
        for names in (module, optimizer):
            given = {name: getattr(self, name) for name in names}
            nested = [name for name in self._nested if name.partition("__")[0] in names]
            found.append(given | {name: self._nested[name] for name in nested})
        return found[0], found[1]

    def _run(
        self,
        made: Made,
        data: Data,
        test: Data | None,
        task: Task,
        optimizer: Any,
        scheduler: Any,
        epochs: int,
    ) -> None:
        """The epochs, and what is there afterwards."""
        weighted = data.weights is not None or (test is not None and test.weights is not None)
        batches = self._batches(made, data, task, weighted, self.shuffle)
        tests = None if test is None else self._batches(made, test, task, weighted, None)
        begun = _Begun()
        callbacks = [*self.callbacks, begun]
        if self.early_stopping:
            patience, least = int(self.patience), float(self.min_delta)
            stop = EarlyStopping(patience=patience, min_delta=least, restore_best=True)
            callbacks.append(stop)
        callbacks, scheduler_of_fit = parts.with_schedule(callbacks, scheduler)
        loss = WeightedLoss(made.loss) if weighted else made.loss
        try:
            fit(
                made.module, batches, loss, optimizer, int(epochs), validation=tests,
                scheduler=scheduler_of_fit, callbacks=callbacks, verbose=bool(self.verbose),
            )  # fmt: skip
        except KeyboardInterrupt:
            self._finish(made, optimizer, scheduler, begun)
            raise
        self._finish(made, optimizer, scheduler, begun)

    def _batches(
        self, made: Made, data: Data, task: Task, weighted: bool, shuffle: bool | None
    ) -> Any:
        """``shuffle`` is None for batches to test on."""
        size = len(data.inputs) if self.batch_size is None else int(self.batch_size)
        settings = {} if shuffle is None else self._settings_of("loader")
        if shuffle is None:
            size = max(size, PREDICTED_AT_ONCE)
        arrays = [data.inputs, self._targets(data.targets, task, made)]
        if weighted:
            ones = np.ones(len(data.inputs), task.dtype)
            arrays.append(ones if data.weights is None else data.weights)
        tensors = [parts.as_tensor(one) for one in arrays]
        return parts.make_loader(type(self).__name__, tensors, size, bool(shuffle), settings)

    def _finish(self, made: Made, optimizer: Any, scheduler: Any, begun: _Begun) -> None:
        """What training leaves, also if somebody stopped it."""
        if begun.run is None:
            return
        past = vars(self).get("history_", History())
        for row in range(begun.run.history.epochs):
            past.append({name: column[row] for name, column in begun.run.history.items()})
        made.module.eval()
        made.module.zero_grad()
        self.module_, self.criterion_, self._made_ = made.module, made.loss, made
        self.optimizer_, self.scheduler_, self.history_ = optimizer, scheduler, past
        self._made_of = self._what_for()

    # -- predicting --------------------------------------------------------------------------------

    def _scores(self, X: Any) -> Tensor:
        """What the module gives for X, ``(N, n_outputs)``."""
        validation.check_is_fitted(self)
        inputs = self._shaped(self._checked(X))
        size = PREDICTED_AT_ONCE if self.batch_size is None else self.batch_size
        size = max(int(size), PREDICTED_AT_ONCE)
        with in_mode(self.module_, training=False), at.no_grad():
            found = [
                self.module_(at.tensor(inputs[start : start + size]))
                for start in range(0, len(inputs), size)
            ]
            scores = at.cat(found) if len(found) > 1 else found[0]
        return scores.reshape(-1, 1) if self._made_.flat else scores


def stops_not_early(estimator: Estimator) -> bool:
    """Whether it may learn epoch by epoch; an AttributeError says why not."""
    if estimator.early_stopping:
        raise AttributeError(
            "partial_fit learns one epoch, so early_stopping has nothing to stop; set it to False"
        )
    return True


def _is_nested(name: str) -> bool:
    part, _, setting = name.partition("__")
    return part in parts.PARTS and bool(setting)
