"""The estimator of classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Self

import numpy as np

import autotensor as at
from autotensor import Tensor
from autotensor.extend import import_extra
from nn.arguments import refuse
from nn.functional import binary_cross_entropy_with_logits, cross_entropy
from nn.losses import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    MultiLabelSoftMarginLoss,
    NLLLoss,
    SoftMarginLoss,
)
from nn.module import Module
from nn.optim import Optimizer
from nn.sklearn import parts
from nn.sklearn.estimator import Estimator, Made, Task, available_if, stops_not_early
from nn.training import Callback
from nn.training.reading import known

multiclass: Any = import_extra("sklearn.utils.multiclass", "sklearn", "nn.sklearn")
column_or_1d = import_extra("sklearn.utils.validation", "sklearn", "nn.sklearn").column_or_1d
if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin

    from autotensor.types import DType
else:
    ClassifierMixin = import_extra("sklearn.base", "sklearn", "nn.sklearn").ClassifierMixin

__all__ = ["Classifier"]

PROBABILITIES: dict[type, Callable[[Tensor], Tensor]] = {
    CrossEntropyLoss: lambda scores: at.softmax(scores, 1),
    NLLLoss: at.exp,
    BCEWithLogitsLoss: at.sigmoid,
    BCELoss: lambda scores: scores,
    MultiLabelSoftMarginLoss: at.sigmoid,
    SoftMarginLoss: at.sigmoid,
}
"""By loss, what makes probabilities of scores."""


class Classifier(ClassifierMixin, Estimator):
    """A network that tells classes apart, as one of scikit-learn's estimators.

    It goes where they go: pipelines, grid searches, cross-validation, clones, pickles, processes
    of joblib.  ``fit`` makes module, loss and optimizer and calls ``nn.training.fit``.

    **Settings of parts.**  What is given as a class or function is called by ``fit``, with settings
    named after it: ``Classifier(Net, module__width=32, optimizer=optim.SGD,
    optimizer__momentum=0.9)`` makes ``Net(width=32)``.  They are parameters as all others are: for
    ``set_params``, and for a grid ``{"module__width": [16, 32]}``.  Parts are ``module``, ``loss``,
    ``optimizer``, ``scheduler`` and ``loader``, which is ``nn.data.DataLoader``.

    **y** holds two or more classes of any kind, strings too, ``(N)``; or 0 and 1 in a column for
    each label, ``(N, L)``, of which any number is right at once.

    Args:
        module: what gives scores ``(N, C)`` for C classes, ``(N, L)`` for L labels, and of two
            classes ``(N, 1)`` as well.  None for linear layers with ``activation`` between them.
            A Module is copied, and each ``fit`` begins with its weights.  A class, or a function
            that makes one, is given, if its signature names such arguments, the number of features
            (``n_features_in``, ``n_features``, ``in_features``, ``n_inputs``: ``X.shape[1]``), the
            number of scores (``n_outputs``, ``out_features``, ``n_classes``, ``num_classes``) and
            ``input_shape``.
        hidden: how wide the hidden layers are, for ``module=None``; ``()`` for none.
        activation: a name such as ``"relu"``, ``"tanh"``, ``"gelu"``, or a Module or its class.
        dropout: the share that is dropped after each hidden layer.
        input_shape: what each row of X is reshaped to, ``(1, 28, 28)`` for pictures in rows of 784.
            Without it X may have any number of dimensions if there is a ``module``.
        loss: a loss of scores and targets: a function such as ``F.cross_entropy`` or its name, a
            loss of ``nn`` or its class, one of your own.  None for ``cross_entropy``, and for
            ``binary_cross_entropy_with_logits`` where there are labels or a single score.
        optimizer: a class of ``nn.optim`` or its name.
        lr: its learning rate; None for its own default.
        scheduler: a class of ``nn.optim.lr_scheduler`` or its name, or a function of the optimizer;
            a step after every epoch.
        max_epochs: how often to go through the samples.
        batch_size: samples of one step; None for all.
        shuffle: whether every epoch has an order of its own.
        class_weight: how much a sample counts, by class; ``"balanced"`` for the inverse of how
            often its class comes.
        early_stopping: whether to hold out a ``validation_fraction`` of the samples and to stop
            when their loss has not fallen by more than ``min_delta`` for ``patience`` epochs.  The
            weights are then those of the best epoch.
        callbacks: of ``nn.training``.
        warm_start: whether ``fit`` goes on with the module and the optimizer of the last one.
        predict_nonlinearity: what makes probabilities of scores ``(N, C)``, a function of Tensors;
            ``"auto"`` for what the loss tells.
        dtype: that of all computation, float32 or float64; None for that of X, float64 where X is
            neither.
        random_state: an int: the same int gives the same bits, and the default generator stays
            where it is.  A ``RandomState`` of NumPy, which an int is drawn from.  None draws from
            autotensor's default generator.
        verbose: whether to print a line for every epoch.
        **settings: of parts, ``part__name=value``.

    Attributes:
        classes_: in the order of the columns of ``predict_proba``.
        module_, criterion_, optimizer_, scheduler_: what is trained, and with what.
        history_: the ``nn.training.History`` of all epochs.
        n_iter_, loss_curve_: how many epochs, and the training loss of each.
        n_features_in_, feature_names_in_: of X, the latter for data frames.

    Raises:
        ModuleNotFoundError: scikit-learn is not installed.
        TypeError, ValueError: in ``fit``, a setting, X or y that does not do; names it.

    Example:

        >>> from nn.sklearn import Classifier  # doctest: +SKIP
        >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"]
        >>> model = Classifier(hidden=(8,), lr=0.1, random_state=0).fit(X, y)  # doctest: +SKIP
        >>> model.predict([[0.2], [2.9]])  # doctest: +SKIP
        array(['low', 'high'], dtype='<U4')
    """

    _of_numbers = False

    def __init__(
        self,
        module: Module | Callable[..., Module] | None = None,
        *,
        hidden: int | Iterable[int] = (100,),
        activation: str | Module | Callable[[], Module] = "relu",
        dropout: float = 0.0,
        input_shape: tuple[int, ...] | None = None,
        loss: str | Callable[..., Any] | None = None,
        optimizer: str | Callable[..., Optimizer] = "adam",
        lr: float | None = 0.001,
        scheduler: str | Callable[..., Any] | None = None,
        max_epochs: int = 100,
        batch_size: int | None = 200,
        shuffle: bool = True,
        class_weight: dict[Any, float] | str | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        min_delta: float = 0.0,
        callbacks: Iterable[Callback] = (),
        warm_start: bool = False,
        predict_nonlinearity: str | Callable[[Tensor], Tensor] = "auto",
        dtype: DType | str | None = None,
        random_state: Any = None,
        verbose: bool | int = False,
        **settings: Any,
    ) -> None:
        self._keep(locals())

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Trains on X ``(N, *)`` and y ``(N)`` or ``(N, L)``.

        Args:
            sample_weight: ``(N)``: 2 counts as two such samples, 0 as none.
            X_val, y_val, sample_weight_val: samples to measure the loss on after every epoch; with
                ``early_stopping`` in place of a part of X.

        Raises:
            ValueError, TypeError: see ``Classifier``.
            RuntimeError: the loss is NaN or infinite.

        Example:

            >>> from nn.sklearn import Classifier
            >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"]
            >>> model = Classifier(hidden=(8,), lr=0.1, random_state=0)
            >>> model.fit(X, y).score(X, y)
            1.0
        """
        going_on = bool(self.warm_start) and self.__sklearn_is_fitted__()
        held_out = (X_val, y_val, sample_weight_val)
        return self._train(X, y, sample_weight, held_out, going_on=going_on)

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Trains for one epoch, going on where the last training ended; there is none with
        ``early_stopping``.

        Args:
            classes: all that there will be; needed in the first call, and only there.
            sample_weight: as in ``fit``.

        Raises:
            ValueError: no classes in the first call, others later, or a y that is none of them.
        """
        going_on = self.__sklearn_is_fitted__()
        if classes is None:
            message = "the first call of partial_fit needs classes: all that there will be"
            refuse("Classifier", not going_on, message)
        elif going_on and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(
                f"Classifier: classes must be those of the first call of partial_fit or of fit, "
                f"{self.classes_.tolist()}, got {np.unique(classes).tolist()}"
            )
        return self._train(X, y, sample_weight, epochs=1, going_on=going_on, classes=classes)

    def predict(self, X: Any) -> np.ndarray:
        """The class of each sample, ``(N)``; of labels 0 and 1, ``(N, L)``.

        Raises:
            sklearn.exceptions.NotFittedError: before ``fit``.
            ValueError: X is not as in ``fit``, or the module gives NaN.

        Example:

            >>> from nn.sklearn import Classifier
            >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"]
            >>> model = Classifier(hidden=(8,), lr=0.1, random_state=0)
            >>> list(map(str, model.fit(X, y).predict([[0.2], [2.9]])))
            ['low', 'high']
        """
        scores = self._scores(X).numpy()
        bad = int(np.isnan(scores).any(1).sum())
        refuse("Classifier", bad, f"the module gives NaN for {bad} of {len(scores)} samples")
        if not self._made_.label:
            return self.classes_[scores.argmax(1)]
        yes = (scores > self._threshold).astype(np.int64)
        return yes if self._task_.columns else self.classes_[yes[:, 0]]

    def decision_function(self, X: Any) -> np.ndarray:
        """The scores ``(N, C)``; of two classes ``(N)``, above 0 for the second.

        Example:

            >>> from nn.sklearn import Classifier
            >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"]
            >>> model = Classifier(hidden=(8,), lr=0.1, random_state=0)
            >>> model.fit(X, y).decision_function([[0.2], [2.9]]) > 0  # the second is "low"
            array([ True, False])
        """
        scores = self._scores(X).numpy()
        if self._made_.label:
            scores = scores - scores.dtype.type(self._threshold)
            return scores if self._task_.columns else scores[:, 0]
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities ``(N, C)``, or of each label ``(N, L)``.

        There is no such method, says ``hasattr``, where the loss does not tell what makes
        probabilities of scores and ``predict_nonlinearity`` is ``"auto"``.
        """
        found = self._nonlinearity()(self._scores(X)).numpy()
        if found.shape[1] == 1 and len(self.classes_) == 2:
            found = np.concatenate([1 - found, found], 1)
        return found

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """The logarithm of ``predict_proba``."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    if not TYPE_CHECKING:
        partial_fit = available_if(stops_not_early)(partial_fit)
        predict_proba = available_if(lambda self: callable(self._nonlinearity()))(predict_proba)
        predict_log_proba = available_if(lambda self: callable(self._nonlinearity()))(
            predict_log_proba
        )

    @property
    def classes_(self) -> np.ndarray:
        """The classes in the order of the columns of ``predict_proba``.

        Example:

            >>> from nn.sklearn import Classifier
            >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"]
            >>> model = Classifier(hidden=(8,), lr=0.1, random_state=0)
            >>> list(map(str, model.fit(X, y).classes_))
            ['high', 'low']
        """
        return self._task_.classes

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _check_settings(self) -> None:
        super()._check_settings()
        given = self.predict_nonlinearity
        message = f"predict_nonlinearity must be 'auto' or a function, got {given!r}"
        refuse("Classifier", given != "auto" and not callable(given), message)

    # -- what y means ------------------------------------------------------------------------------

    def _task(self, X: np.ndarray, y: np.ndarray, classes: Any) -> Task:
        multiclass.check_classification_targets(y)
        kind = multiclass.type_of_target(y, input_name="y")
        several = y.ndim == 2 and y.shape[1] > 1
        if kind == "multiclass-multioutput" or (several and not kind.startswith("multilabel")):
            raise ValueError(
                f"Classifier: y of several columns must be 0 or 1 everywhere, one column for each "
                f"label, got {kind} of shape {y.shape}"
            )
        if several:
            return Task(X.shape[1:], X.dtype, y.shape[1], np.arange(y.shape[1]))
        y = column_or_1d(y, warn=True)
        return Task(X.shape[1:], X.dtype, None, np.unique(y if classes is None else classes))

    def _encoded(self, y: np.ndarray, task: Task) -> np.ndarray:
        if task.columns:
            if y.ndim != 2 or y.shape[1] != task.columns or not np.isin(y, (0, 1)).all():
                raise ValueError(
                    f"Classifier: y must be 0 or 1 in each of {task.columns} columns, got shape "
                    f"{y.shape}"
                )
            return y
        y = column_or_1d(y, warn=True)
        places = np.searchsorted(task.classes, y).clip(max=len(task.classes) - 1)
        wrong = task.classes[places] != y
        if np.any(wrong):
            raise ValueError(
                f"Classifier: y has {np.unique(y[wrong]).tolist()}, which are not among the "
                f"classes {task.classes.tolist()}"
            )
        return places

    def _loss(self, task: Task) -> tuple[Any, bool, int]:
        default = binary_cross_entropy_with_logits if task.columns else cross_entropy
        loss = parts.make_loss("Classifier", self.loss, self._settings_of("loss"), default)
        understood = known(loss)
        answers = "unknown" if understood is None else getattr(understood, "answers", "unknown")
        label = answers == "label" or (answers == "unknown" and bool(task.columns))
        name = parts.name_of(loss)
        message = f"loss {name} compares numbers, it has no answers; there is cross_entropy"
        refuse("Classifier", answers is None, message)
        message = f"loss {name} knows one right class, but y has {task.columns} labels"
        refuse("Classifier", answers == "class" and task.columns, message)
        message = f"loss {name} says yes or no, but there are {len(task.classes)} classes"
        refuse("Classifier", label and not task.columns and len(task.classes) > 2, message)
        return loss, label, task.columns or (1 if label else len(task.classes))

    def _loss_of_one(
        self, task: Task, loss: Any, label: bool, n_outputs: int
    ) -> tuple[Any, bool, int]:
        if self.loss is None and len(task.classes) == 2 and not task.columns:
            return binary_cross_entropy_with_logits, True, 1
        return loss, label, n_outputs

    def _why(self, task: Task, n_outputs: int) -> str:
        if task.columns:
            return f": one for each of {n_outputs} labels"
        if n_outputs == 1:
            return ", for the loss says yes or no by a single score"
        return f": one for each of {n_outputs} classes"

    def _targets(self, encoded: np.ndarray, task: Task, made: Made) -> np.ndarray:
        if not made.label:
            return encoded.astype(np.int64)
        targets = encoded.astype(task.dtype)
        if isinstance(known(made.loss), SoftMarginLoss):
            targets = 2 * targets - 1
        return targets if task.columns or made.flat else targets.reshape(-1, 1)

    def _class_weights(self, y: np.ndarray, going_on: bool) -> np.ndarray | None:
        if self.class_weight is None:
            return None
        several = y.ndim == 2 and y.shape[1] > 1
        refuse("Classifier", several, "class_weight is of classes, but y has several labels")
        return import_extra(
            "sklearn.utils.class_weight", "sklearn", "Classifier"
        ).compute_sample_weight(self.class_weight, column_or_1d(y))

    @property
    def _threshold(self) -> float:
        return float(getattr(known(self.criterion_), "threshold", 0.0))

    def _nonlinearity(self) -> Callable[[Tensor], Tensor]:
        """What makes probabilities of scores; an AttributeError where nobody knows."""
        given = self.predict_nonlinearity
        if callable(given):
            return given
        if self.__sklearn_is_fitted__():
            loss = self.criterion_
        else:
            settings = self._settings_of("loss")
            loss = parts.make_loss("Classifier", self.loss, settings, cross_entropy)
        understood = known(loss)
        for kind, link in PROBABILITIES.items():
            if isinstance(understood, kind):
                return link
        raise AttributeError(
            f"Classifier: what makes probabilities of the scores that loss {parts.name_of(loss)} "
            "takes is not known; give it as predict_nonlinearity=lambda scores: …"
        )
