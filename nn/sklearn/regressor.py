"""The estimator of numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from autotensor.extend import import_extra
from nn.arguments import refuse
from nn.functional import mse_loss
from nn.module import Module
from nn.optim import Optimizer
from nn.sklearn import parts
from nn.sklearn.estimator import Estimator, Made, Task, available_if, stops_not_early
from nn.training import Callback
from nn.training.reading import known

if TYPE_CHECKING:
    from sklearn.base import RegressorMixin

    from autotensor.types import DType
else:
    RegressorMixin = import_extra("sklearn.base", "sklearn", "nn.sklearn").RegressorMixin

__all__ = ["Regressor"]


class Regressor(RegressorMixin, Estimator):
    """A network that tells numbers, as one of scikit-learn's estimators.

    All is as with ``Classifier``, but that y is ``(N)`` or ``(N, K)``, the module gives ``(N, K)``,
    and of one number ``(N)`` as well, and the loss is ``mse_loss`` if None.  y is learned as it is:
    ``sklearn.compose.TransformedTargetRegressor`` scales it.

    Args:
        module: what gives scores ``(N, K)``; see ``Classifier``, also for all other arguments.

    Attributes:
        module_, criterion_, optimizer_, scheduler_: what is trained, and with what.
        history_: the ``nn.training.History`` of all epochs.
        n_iter_, loss_curve_: how many epochs, and the training loss of each.
        n_features_in_, feature_names_in_: of X, the latter for data frames.

    Raises:
        ModuleNotFoundError: scikit-learn is not installed.
        TypeError, ValueError: in ``fit``, a setting, X or y that does not do; names it.

    Example:

        >>> from nn.sklearn import Regressor  # doctest: +SKIP
        >>> X, y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
        >>> line = Regressor(hidden=(), optimizer="sgd", lr=0.1, max_epochs=500, random_state=0)
        ... # doctest: +SKIP
        >>> line.fit(X, y).predict([[10.0]]).round(2)  # doctest: +SKIP
        array([21.])
    """

    _of_numbers = True

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
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        min_delta: float = 0.0,
        callbacks: Iterable[Callback] = (),
        warm_start: bool = False,
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
        """Trains on X ``(N, *)`` and y ``(N)`` or ``(N, K)``; see ``Classifier.fit``.

        Example:

            >>> from nn.sklearn import Regressor
            >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [1.0, 3.0, 5.0, 7.0]
            >>> model = Regressor(hidden=(), lr=0.1, max_epochs=300, random_state=0)
            >>> round(model.fit(X, y).score(X, y), 2)
            1.0
        """
        going_on = bool(self.warm_start) and self.__sklearn_is_fitted__()
        held_out = (X_val, y_val, sample_weight_val)
        return self._train(X, y, sample_weight, held_out, going_on=going_on)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Trains for one epoch, going on where the last training ended."""
        going_on = self.__sklearn_is_fitted__()
        return self._train(X, y, sample_weight, epochs=1, going_on=going_on)

    if not TYPE_CHECKING:
        partial_fit = available_if(stops_not_early)(partial_fit)

    def predict(self, X: Any) -> np.ndarray:
        """The numbers for each sample, ``(N)`` or ``(N, K)`` as y was.

        Example:

            >>> from nn.sklearn import Regressor
            >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [1.0, 3.0, 5.0, 7.0]
            >>> model = Regressor(hidden=(), lr=0.1, max_epochs=300, random_state=0)
            >>> model.fit(X, y).predict([[10.0]]).round().tolist()
            [21.0]
        """
        scores = self._scores(X).numpy()
        return scores if self._task_.columns else scores[:, 0]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    # -- what y means ------------------------------------------------------------------------------

    def _task(self, X: np.ndarray, y: np.ndarray, classes: Any) -> Task:
        return Task(X.shape[1:], X.dtype, y.shape[1] if y.ndim > 1 else None)

    def _encoded(self, y: np.ndarray, task: Task) -> np.ndarray:
        columns = y.shape[1] if y.ndim > 1 else None
        if columns != task.columns and not (columns or 1) == (task.columns or 1) == 1:
            raise ValueError(
                f"Regressor: y must have {task.columns or 1} columns as in fit, got {columns or 1}"
            )
        return y.astype(task.dtype)

    def _loss(self, task: Task) -> tuple[Any, bool, int]:
        loss = parts.make_loss("Regressor", self.loss, self._settings_of("loss"), mse_loss)
        answers = getattr(known(loss), "answers", None)
        message = f"loss {parts.name_of(loss)} is one of classes; there is mse_loss"
        refuse("Regressor", answers is not None, message)
        return loss, False, task.columns or 1

    def _why(self, task: Task, n_outputs: int) -> str:
        return f": one for each of {n_outputs} columns of y"

    def _targets(self, encoded: np.ndarray, task: Task, made: Made) -> np.ndarray:
        return encoded.reshape(-1) if made.flat else encoded.reshape(-1, task.columns or 1)
