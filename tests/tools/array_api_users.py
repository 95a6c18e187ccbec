"""What SciPy and scikit-learn do with Tensors where their support of the standard is on.

    SCIPY_ARRAY_API=1 python -m tests.tools.array_api_users

They read that setting when they are imported, so this is a program of its own.  Each function below
is called with Tensors and with ndarrays; what comes back must be Tensors with the same numbers.
Prints, as JSON, what is wrong with each: nothing, if all is well.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import autotensor as at

Make = Callable[[np.ndarray], Any]

RANDOM = np.random.default_rng(0)
LINE = RANDOM.uniform(0.2, 2.0, 12)
TABLE = RANDOM.normal(size=(30, 4))
CLASSES = (TABLE[:, 0] + TABLE[:, 1] > 0).astype(np.int64)
TRUE = np.array([0, 1, 1, 0, 1])
GUESSED = np.array([0, 1, 0, 0, 1])


def in_scipy() -> dict[str, Callable[[Make], Any]]:
    from scipy import differentiate, integrate, ndimage, signal, special, stats

    return {
        "special.logsumexp": lambda make: special.logsumexp(make(LINE)),
        "special.softmax": lambda make: special.softmax(make(TABLE), axis=1),
        "special.expit": lambda make: special.expit(make(LINE)),
        "special.betainc": lambda make: special.betainc(make(LINE), make(LINE), make(LINE / 3)),
        "stats.zscore": lambda make: stats.zscore(make(TABLE)),
        "stats.skew": lambda make: stats.skew(make(TABLE)),
        "stats.kurtosis": lambda make: stats.kurtosis(make(LINE)),
        "stats.gmean": lambda make: stats.gmean(make(LINE)),
        "stats.pearsonr": lambda make: stats.pearsonr(make(LINE), make(LINE**2)).statistic,
        "stats.ttest_1samp": lambda make: stats.ttest_1samp(make(LINE), 1.0).pvalue,
        "stats.entropy": lambda make: stats.entropy(make(LINE)),
        "stats.variation": lambda make: stats.variation(make(TABLE)),
        "stats.rankdata": lambda make: stats.rankdata(make(LINE)),
        "ndimage.gaussian_filter": lambda make: ndimage.gaussian_filter(make(TABLE), 1.0),
        "signal.detrend": lambda make: signal.detrend(make(LINE)),
        "signal.convolve": lambda make: signal.convolve(make(LINE), make(LINE)),
        "integrate.cumulative_trapezoid": lambda make: integrate.cumulative_trapezoid(make(LINE)),
        "integrate.tanhsinh": lambda make: (
            integrate.tanhsinh(lambda x: x**3, make(np.array(0.0)), make(np.array(2.0))).integral
        ),
        "differentiate.derivative": lambda make: (
            differentiate.derivative(lambda x: x**3, make(np.array(2.0))).df
        ),
    }


def in_scikit_learn() -> dict[str, Callable[[Make], Any]]:
    from sklearn import decomposition, linear_model, metrics, model_selection, preprocessing
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.mixture import GaussianMixture
    from sklearn.naive_bayes import GaussianNB

    def transformed(estimator: Any) -> Callable[[Make], Any]:
        return lambda make: estimator.fit_transform(make(TABLE))

    def predicted(estimator: Any, target: np.ndarray) -> Callable[[Make], Any]:
        return lambda make: estimator.fit(make(TABLE), make(target)).predict(make(TABLE))

    return {
        "metrics.confusion_matrix": lambda make: metrics.confusion_matrix(
            make(TRUE), make(GUESSED)
        ),
        "metrics.accuracy_score": lambda make: metrics.accuracy_score(make(TRUE), make(GUESSED)),
        "metrics.f1_score": lambda make: metrics.f1_score(make(TRUE), make(GUESSED)),
        "metrics.r2_score": lambda make: metrics.r2_score(make(LINE), make(LINE**2)),
        "metrics.mean_squared_error": lambda make: metrics.mean_squared_error(
            make(LINE), make(LINE**2)
        ),
        "metrics.pairwise.rbf_kernel": lambda make: metrics.pairwise.rbf_kernel(make(TABLE)),
        "train_test_split": lambda make: model_selection.train_test_split(
            make(TABLE), random_state=0
        )[1],
        "MinMaxScaler": transformed(preprocessing.MinMaxScaler()),
        "StandardScaler": transformed(preprocessing.StandardScaler()),
        "Normalizer": transformed(preprocessing.Normalizer()),
        "PolynomialFeatures": transformed(preprocessing.PolynomialFeatures()),
        "PCA": transformed(decomposition.PCA(2, svd_solver="full")),
        "Ridge": predicted(linear_model.Ridge(solver="svd"), TABLE[:, 2] ** 2),
        "LinearDiscriminantAnalysis": predicted(LinearDiscriminantAnalysis(), CLASSES),
        "GaussianNB": predicted(GaussianNB(), CLASSES),
        "GaussianMixture": lambda make: (
            GaussianMixture(2, init_params="random", random_state=0)
            .fit(make(TABLE))
            .predict(make(TABLE))
        ),
    }


def wrong_with(call: Callable[[Make], Any]) -> str:
    """What differs between what comes of Tensors and what comes of ndarrays."""
    try:
        wanted, got = call(np.asarray), call(at.tensor)
    except Exception as error:
        return repr(error)
    if isinstance(wanted, (np.ndarray, np.generic)) and not isinstance(got, at.Tensor):
        return f"gives {type(got).__name__}, no Tensor"
    same = np.allclose(np.asarray(got), wanted, rtol=1e-6, atol=1e-9)
    return "" if same else f"gives {got}, not {wanted}"


def main(which: str) -> None:
    warnings.simplefilter("ignore")
    if which == "scipy":
        found = {name: wrong_with(call) for name, call in in_scipy().items()}
        found["gradients"] = wrong_gradients()
    else:
        import sklearn

        with sklearn.config_context(array_api_dispatch=True):
            found = {name: wrong_with(call) for name, call in in_scikit_learn().items()}
    print(json.dumps(found))


def wrong_gradients() -> str:
    """The gradient of ``logsumexp`` is ``softmax``, through SciPy."""
    from scipy import special

    x = at.tensor(LINE, requires_grad=True)
    special.logsumexp(x).backward()
    assert x.grad is not None
    same = np.allclose(x.grad.numpy(), special.softmax(LINE))
    return "" if same else f"gives {x.grad}"


if __name__ == "__main__":
    main(sys.argv[1])
