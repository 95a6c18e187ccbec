"""nn.sklearn beside scikit-learn: its own checks, its tools around our estimators, its networks."""

# ruff: noqa: E402 -- what needs scikit-learn is imported once it is known to be there

from __future__ import annotations

import copy
import os
import pickle
import re
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any
from unittest import SkipTest

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.training import Callback, GradientClipping

sklearn = pytest.importorskip("sklearn", reason="needs the extra: pip install -e .[sklearn]")
pytestmark = pytest.mark.works_with(
    "scikit-learn",
    "`nn.sklearn.Classifier` and `Regressor`: all of its own checks; pipelines, searches, "
    "cross-validation, clones, pickles, processes",
)

import joblib
from sklearn import base, datasets, exceptions, model_selection, neural_network
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.inspection import permutation_importance
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from nn.sklearn import Classifier, Regressor

near = partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-12)
same = np.testing.assert_array_equal

X, y = datasets.load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)
LABELS = np.stack([y > 0, y > 1], 1).astype(int)
NAMES = np.array(["setosa", "versicolor", "virginica"])[y]
IMAGES = datasets.load_digits().images[:120, None]
DIGITS = datasets.load_digits().target[:120]


@pytest.fixture(autouse=True)
def _its_warnings_are_its_own() -> Iterator[None]:
    """scikit-learn and pandas warn of each other's versions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Net(nn.Module):
    """As a user of skorch writes one."""

    def __init__(self, n_features_in: int, n_outputs: int, width: int = 16) -> None:
        super().__init__()
        self.hidden = nn.Linear(n_features_in, width)
        self.out = nn.Linear(width, n_outputs)

    def forward(self, x: at.Tensor) -> at.Tensor:
        return self.out(self.hidden(x).tanh())


class Dropping(Net):
    """Draws random numbers at every step."""

    def forward(self, x: at.Tensor) -> at.Tensor:
        return super().forward(F.dropout(x, 0.2, self.training))


def quick(**more: Any) -> dict[str, Any]:
    return {"max_epochs": 20, "lr": 0.02, "random_state": 0, **more}


def convolutional() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(288, 10)
    )


def numbers_of(estimator: Any) -> np.ndarray:
    """What it says of X, before anything is rounded to a class."""
    has = hasattr(estimator, "predict_proba")
    return estimator.predict_proba(X) if has else estimator.predict(X)


# -- its own checks --------------------------------------------------------------------------------


@parametrize_with_checks(
    [
        Classifier(),
        Regressor(),
        Classifier(Net, module__width=24, optimizer=optim.AdamW, max_epochs=40, lr=0.02),
        Regressor(hidden=(30, 20), activation="tanh", loss="huber_loss", max_epochs=40, lr=0.01),
    ]
)
def test_scikit_learns_own_checks(estimator: Any, check: Callable[[Any], None]) -> None:
    """All of them, none is expected to fail."""
    try:
        check(estimator)
    except SkipTest as why:
        # Not installed here, or namespaces of arrays, which are not claimed.
        if not re.search("SCIPY_ARRAY_API|pandas|polars", str(why)):
            raise


def test_early_stopping_passes_all_checks_but_one() -> None:
    """Of samples that are repeated some are held out and some are not; a weighted one is one."""
    weights = "check_sample_weight_equivalence_on_dense_data"
    done = check_estimator(
        Classifier(early_stopping=True, patience=30, max_epochs=60, lr=0.01),
        expected_failed_checks={weights: "some of the repeated samples are held out"},
        on_skip=None,
    )
    assert {one["check_name"] for one in done if one["status"] == "xfail"} == {weights}
    assert len([one for one in done if one["status"] == "passed"]) > 50


# -- beside its own networks -----------------------------------------------------------------------


def with_weights_of(theirs: Any) -> nn.Module:
    """The same network as one of theirs, which has one hidden layer."""
    (into, out), (bias, last) = theirs.coefs_, theirs.intercepts_
    model = nn.Sequential(nn.Linear(*into.shape), nn.Tanh(), nn.Linear(*out.shape)).double()
    arrays = {"0.weight": into.T, "0.bias": bias, "2.weight": out.T, "2.bias": last}
    model.load_state_dict({name: at.tensor(array) for name, array in arrays.items()})
    return model


@pytest.mark.parametrize("weighted", [False, True], ids=["all alike", "weighted"])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize(
    ("case", "of_theirs"),
    # Their gradient of labels and of numbers is that of a sum over columns, of numbers by half.
    [("three classes", 1), ("two classes", 1), ("labels", 2), ("number", 0.5), ("numbers", 1)],
)
def test_steps_are_those_of_its_own_networks(
    case: str, of_theirs: float, momentum: float, weighted: bool
) -> None:
    """Five steps of gradient descent from the same weights: its arithmetic is not ours."""
    target = {
        "three classes": y, "two classes": y > 0, "labels": LABELS, "number": X[:, 0] * 2,
        "numbers": X[:, :2] ** 2,
    }[case]  # fmt: skip
    kind = neural_network.MLPRegressor if "number" in case else neural_network.MLPClassifier
    ours_kind: Any = Regressor if "number" in case else Classifier
    weights = {"sample_weight": np.arange(len(X)) % 4 + 0.5} if weighted else {}
    if weighted and "sample_weight" not in signature(kind.partial_fit).parameters:
        pytest.skip("scikit-learn before 1.7 has no weights there")
    theirs = kind(
        hidden_layer_sizes=(7,), activation="tanh", solver="sgd", alpha=0.0, momentum=momentum,
        nesterovs_momentum=False, batch_size=len(X), random_state=0, shuffle=False,
        learning_rate_init=1e-300,
    )  # fmt: skip
    classes = {} if "number" in case else {"classes": np.unique(target)}
    theirs.partial_fit(X, target, **classes)  # makes weights
    ours = ours_kind(
        with_weights_of(theirs), optimizer="sgd", lr=0.1 * of_theirs, batch_size=None,
        optimizer__momentum=momentum,
    )  # fmt: skip
    theirs._optimizer.learning_rate = theirs._optimizer.learning_rate_init = 0.1
    for _ in range(5):
        ours.partial_fit(X, target, **classes, **weights)
        theirs.partial_fit(X, target, **weights)
    near(ours.module_[0].weight.detach().numpy().T, theirs.coefs_[0])
    near(ours.module_[2].weight.detach().numpy().T, theirs.coefs_[1])
    near(numbers_of(ours), numbers_of(theirs))


def test_it_is_as_good_as_its_own_classifier() -> None:
    data = datasets.load_breast_cancer(return_X_y=True)
    scores = [
        model_selection.cross_val_score(make_pipeline(StandardScaler(), one), *data, cv=3).mean()
        for one in (
            Classifier(random_state=0, max_epochs=30),
            neural_network.MLPClassifier(random_state=0, max_iter=30),
        )
    ]
    assert scores[0] > scores[1] - 0.02 > 0.9


def test_it_is_as_good_as_its_own_regressor() -> None:
    data = datasets.load_diabetes(return_X_y=True)
    scores = []
    for one in (
        Regressor(random_state=0, max_epochs=60),
        neural_network.MLPRegressor(random_state=0, max_iter=60),
    ):
        scaled = TransformedTargetRegressor(
            make_pipeline(StandardScaler(), one), transformer=StandardScaler()
        )
        scores.append(model_selection.cross_val_score(scaled, *data, cv=3).mean())
    assert scores[0] > scores[1] - 0.02 > 0.4


# -- modules, losses, optimizers -------------------------------------------------------------------


@pytest.mark.parametrize(
    "module",
    [
        None,
        nn.Linear,
        Net,
        lambda n_features, num_classes: nn.Linear(n_features, num_classes),
        lambda input_shape: nn.Linear(*input_shape, 3),
        lambda: nn.Sequential(nn.LazyLinear(8), nn.LazyBatchNorm1d(), nn.ReLU(), nn.LazyLinear(3)),
        nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3)),
        nn.Sequential(nn.LazyLinear(8), nn.Tanh(), nn.LazyLinear(3)),
    ],
    ids=["none", "Linear", "class", "sizes", "shape", "lazy", "object", "lazy object"],
)
def test_a_module_may_be_given_in_several_ways(module: Any) -> None:
    model = Classifier(module, **quick()).fit(X, y)
    assert model.score(X, y) > 0.75
    near(model.predict_proba(X).sum(1), 1)
    same(model.predict(X), model.predict_proba(X).argmax(1))
    same(model.predict(X), model.decision_function(X).argmax(1))


def test_an_object_is_copied_and_every_fit_begins_with_its_weights() -> None:
    module = nn.Linear(4, 3)
    before = module.weight.detach().numpy().copy()
    model = Classifier(module, **quick())
    first, second = numbers_of(model.fit(X, y)), numbers_of(model.fit(X, y))
    same(first, second)
    same(module.weight.detach().numpy(), before)
    assert model.module_ is not module


@pytest.mark.parametrize(
    ("module", "loss"),
    [
        (None, None),
        (None, "cross_entropy"),
        (None, nn.BCEWithLogitsLoss),
        (None, F.binary_cross_entropy_with_logits),
        (None, nn.SoftMarginLoss()),
        (nn.Linear(4, 1), None),
        (nn.Sequential(nn.Linear(4, 1), nn.Flatten(0)), None),
        (nn.Sequential(nn.Linear(4, 1), nn.Sigmoid()), nn.BCELoss()),
        (nn.Sequential(nn.Linear(4, 2), nn.LogSoftmax(1)), "nll_loss"),
    ],
)
def test_two_classes(module: Any, loss: Any) -> None:
    said = np.where(y > 0, "yes", "no")
    model = Classifier(module, loss=loss, **quick(max_epochs=60)).fit(X, said)
    assert model.score(X, said) > 0.97
    chances, decided = model.predict_proba(X), model.decision_function(X)
    assert chances.shape == (150, 2)
    assert decided.shape == (150,)
    near(chances.sum(1), 1)
    same(model.predict(X) == "yes", chances[:, 1] > 0.5)
    same(model.predict(X) == "yes", decided > 0)
    near(model.predict_log_proba(X), np.log(chances))


def test_labels_of_which_several_are_right() -> None:
    model = Classifier(**quick(max_epochs=60)).fit(X, LABELS)
    assert model.score(X, LABELS) > 0.9
    same(model.predict(X), model.predict_proba(X) > 0.5)
    same(model.predict(X), model.decision_function(X) > 0)
    assert model.predict(X).shape == model.predict_proba(X).shape == (150, 2)


def test_numbers_in_one_column_and_in_several() -> None:
    for target in (X[:, 0], X[:, :1], X[:, :3]):
        model = Regressor(**quick(max_epochs=80)).fit(X, target)
        assert model.predict(X).shape == target.shape
        assert model.score(X, target) > 0.9
    flat = nn.Sequential(nn.Linear(4, 1), nn.Flatten(0))  # (N), not (N, 1)
    column = nn.Linear(4, 1)
    column.load_state_dict(flat[0].state_dict())
    one, other = (Regressor(one, **quick()).fit(X, X[:, 0]) for one in (flat, column))
    near(numbers_of(one), numbers_of(other))


def test_pictures() -> None:
    model = Classifier(convolutional, batch_size=32, **quick()).fit(IMAGES, DIGITS)
    assert model.score(IMAGES, DIGITS) > 0.9
    rows = IMAGES.reshape(len(IMAGES), -1)
    of_rows = Classifier(convolutional, batch_size=32, input_shape=(1, 8, 8), **quick())
    same(of_rows.fit(rows, DIGITS).predict_proba(rows), model.predict_proba(IMAGES))
    assert of_rows.n_features_in_ == 64
    with pytest.raises(ValueError, match=r"shape \(1, 8, 8\) as in fit, got \(1, 7, 8\)"):
        model.predict(IMAGES[:, :, :7])


def test_probabilities_are_there_where_the_loss_tells_how() -> None:
    for model in (Classifier(loss="multi_margin_loss", **quick()), Classifier(loss=own_loss)):
        assert not hasattr(model, "predict_proba")
        model.set_params(max_epochs=20, lr=0.02).fit(X, y)
        assert model.score(X, y) > 0.9
        assert not hasattr(model, "predict_log_proba")
        with pytest.raises(AttributeError, match="predict_proba") as caught:
            model.predict_proba(X)
        assert "predict_nonlinearity" in str(caught.value.__cause__)
    known = Classifier(
        loss=own_loss, predict_nonlinearity=lambda scores: scores.softmax(1), **quick()
    )
    near(known.fit(X, y).predict_proba(X), Classifier(**quick()).fit(X, y).predict_proba(X))


def own_loss(scores: at.Tensor, targets: at.Tensor) -> at.Tensor:
    return F.cross_entropy(scores, targets)


@pytest.mark.parametrize(
    ("settings", "rates"),
    [
        ({"scheduler": optim.lr_scheduler.StepLR, "scheduler__step_size": 1}, [1, 0.1, 0.01]),
        ({"scheduler": "ExponentialLR", "scheduler__gamma": 0.5}, [1, 0.5, 0.25]),
        ({"scheduler": lambda one: optim.lr_scheduler.LambdaLR(one, lambda t: t + 1)}, [1, 2, 3]),
        ({"scheduler": "ReduceLROnPlateau", "scheduler__mode": "max", "scheduler__patience": 0},
         [1, 1, 0.1]),
    ],
)  # fmt: skip
def test_a_schedule_steps_after_every_epoch(settings: dict[str, Any], rates: list[float]) -> None:
    model = Classifier(lr=1e-3, max_epochs=3, **settings).fit(X, y)
    near(model.history_["learning_rate"], [1e-3 * rate for rate in rates])


def test_optimizers_by_name_class_or_function() -> None:
    by = [
        "sgd",
        "SGD",
        optim.SGD,
        lambda parameters, lr, momentum: optim.SGD(parameters, lr, momentum=momentum),
    ]
    said = [
        numbers_of(Classifier(optimizer=one, optimizer__momentum=0.9, **quick()).fit(X, y))
        for one in by
    ]
    for one in said[1:]:
        same(one, said[0])
    lbfgs = Classifier(optimizer="lbfgs", **quick(lr=None), batch_size=None).fit(X, y)
    assert lbfgs.score(X, y) > 0.97


# -- dtypes, data ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "dtype", "computed"),
    [
        (np.float64, None, np.float64),
        (np.float32, None, np.float32),
        (np.int64, None, np.float64),
        (np.float64, "float32", np.float32),
        (np.float32, at.float64, np.float64),
    ],
)
def test_it_computes_in_the_dtype_of_x_unless_told(given: Any, dtype: Any, computed: Any) -> None:
    data = (X * 10).astype(given)
    for module in (None, Net, nn.Linear(4, 3)):
        model = Classifier(module, dtype=dtype, **quick()).fit(data, y)
        assert {one.array.dtype for one in model.module_.parameters()} == {np.dtype(computed)}
        assert model.predict_proba(data).dtype == computed
        assert model.predict_proba(data.astype(np.float64)).dtype == computed
    assert Regressor(dtype=dtype, **quick()).fit(data, y).predict(data).dtype == computed


def test_data_frames_of_pandas_and_polars() -> None:
    columns = [f"x{number}" for number in range(4)]
    for tool in ("pandas", "polars"):
        frames = pytest.importorskip(tool)
        frame = frames.DataFrame(dict(zip(columns, X.T, strict=True)))
        series = frames.Series(NAMES)
        model = Classifier(**quick()).fit(frame, series)
        same(model.classes_, np.unique(NAMES))
        same(model.predict_proba(frame), Classifier(**quick()).fit(X, NAMES).predict_proba(X))
        if tool == "pandas" or hasattr(StandardScaler().fit(frame), "feature_names_in_"):
            same(model.feature_names_in_, columns)
            with pytest.raises(ValueError, match="in the same order"):
                model.predict(frame[columns[::-1]])


def test_what_comes_before_it_may_give_data_frames() -> None:
    frames = pytest.importorskip("pandas")
    frame = frames.DataFrame(X, columns=list("abcd"))
    line = make_pipeline(StandardScaler(), Classifier(**quick())).set_output(transform="pandas")
    same(line.fit(frame, y)[-1].feature_names_in_, list("abcd"))


@pytest.mark.parametrize(
    "kinds", [NAMES, NAMES.astype(object), y - 7, y * 1.0, (y > 0), list(NAMES), at.tensor(y)]
)
def test_classes_of_any_kind(kinds: Any) -> None:
    model = Classifier(**quick()).fit(X, kinds)
    same(model.classes_, np.unique(np.asarray(kinds)))
    assert model.score(X, np.asarray(kinds)) > 0.9
    assert model.predict(X).dtype == np.asarray(kinds).dtype


def test_tensors_are_arrays_also_where_namespaces_are_dispatched() -> None:
    program = """
import numpy as np, sklearn, autotensor as at
from nn.sklearn import Classifier
X = np.random.default_rng(0).normal(size=(40, 3))
y, weights = (X[:, 0] > 0) * 2, np.arange(40) % 3
said = [
    Classifier(max_epochs=2, random_state=0).fit(*given).predict_proba(given[0])
    for given in ((X, y, weights), (at.tensor(X), at.tensor(y), at.tensor(weights)))
]
np.testing.assert_array_equal(*said)
"""
    for line in ("", "sklearn.set_config(array_api_dispatch=True)\n"):
        text = program.replace("X = np", f"{line}X = np")
        subprocess.run(
            [sys.executable, "-c", text],
            check=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "SCIPY_ARRAY_API": "1"},
        )


def test_mapped_and_read_only_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    same(
        numbers_of(Classifier(**quick()).fit(mapped, y)),
        numbers_of(Classifier(**quick()).fit(X, y)),
    )


# -- random numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Classifier, Regressor])
def test_the_same_seed_gives_the_same_bits_and_leaves_others_alone(kind: Any) -> None:
    settings = quick(batch_size=16, early_stopping=True)
    at.manual_seed(1)
    np.random.seed(1)
    of_numpy = np.random.get_state()[1].copy()
    first = numbers_of(kind(Dropping, **settings).fit(X, y))
    drawn = at.rand(3)
    second = numbers_of(kind(Dropping, **settings).fit(X, y))
    same(first, second)
    assert (first != numbers_of(kind(Dropping, **{**settings, "random_state": 1}).fit(X, y))).any()
    at.manual_seed(1)
    same(drawn.numpy(), at.rand(3).numpy())
    same(np.random.get_state()[1], of_numpy)


def test_without_a_seed_it_draws_from_the_default_generator() -> None:
    model = Classifier(Dropping, **quick(random_state=None))
    said = []
    for seed in (1, 1, 2):
        at.manual_seed(seed)
        said.append(numbers_of(model.fit(X, y)))
    same(said[0], said[1])
    assert (said[1] != said[2]).any()
    assert (said[2] != numbers_of(model.fit(X, y))).any()


def test_a_random_state_of_numpy() -> None:
    said = []
    for _ in range(2):
        state = np.random.RandomState(3)
        said.append([numbers_of(Classifier(Net, **quick(random_state=state)).fit(X, y))
                     for _ in range(2)])  # fmt: skip
    same(said[0], said[1])
    assert (said[0][0] != said[0][1]).any()


def test_fits_in_several_threads_do_not_see_each_other() -> None:
    expected = numbers_of(Classifier(Dropping, batch_size=16, **quick()).fit(X, y))
    found = joblib.Parallel(4, backend="threading")(
        joblib.delayed(
            lambda: numbers_of(Classifier(Dropping, batch_size=16, **quick()).fit(X, y))
        )()
        for _ in range(6)
    )
    for one in found:
        same(one, expected)


# -- going on --------------------------------------------------------------------------------------


def test_five_partial_fits_are_a_fit_of_five_epochs() -> None:
    settings = {"batch_size": 16, **quick()}
    whole = Classifier(Dropping, **{**settings, "max_epochs": 5}).fit(X, y)
    partly, pickled = (Classifier(Dropping, **settings) for _ in range(2))
    warm = Classifier(Dropping, **{**settings, "max_epochs": 1, "warm_start": True})
    for _ in range(5):
        partly.partial_fit(X, y, classes=[0, 1, 2])
        warm.fit(X, y)
        pickled = pickle.loads(pickle.dumps(pickled.partial_fit(X, y, classes=[0, 1, 2])))
    for one in (partly, warm, pickled):
        same(numbers_of(one), numbers_of(whole))
        assert one.n_iter_ == 5
        near(one.loss_curve_, whole.history_["train_loss"])


def test_partial_fit_of_parts_that_lack_classes() -> None:
    model = Classifier(**quick())
    with pytest.raises(ValueError, match="the first call of partial_fit needs classes"):
        model.partial_fit(X, y)
    for _ in range(30):
        for part in (slice(0, 100), slice(100, 150)):
            model.partial_fit(X[part], NAMES[part], classes=np.unique(NAMES))
    assert model.score(X, NAMES) > 0.8
    with pytest.raises(ValueError, match=r"y has \['rose'\], which are not among the classes"):
        model.partial_fit(X[:1], ["rose"])
    with pytest.raises(ValueError, match="classes must be those of the first call"):
        model.partial_fit(X, NAMES, classes=["rose", "tulip"])


def test_warm_start_keeps_the_optimizer_unless_another_is_asked_for() -> None:
    model = Classifier(warm_start=True, **quick(max_epochs=2)).fit(X, y)
    module, optimizer = model.module_, model.optimizer_
    assert model.fit(X, y).optimizer_ is optimizer
    assert model.set_params(lr=0.5).fit(X, y).optimizer_.param_groups[0]["lr"] == 0.5
    assert model.module_ is module
    assert model.n_iter_ == model.history_.epochs == 6
    with pytest.raises(ValueError, match=r"hidden was \(100,\) in the training that goes on"):
        model.set_params(hidden=(3,)).fit(X, y)
    with pytest.raises(ValueError, match="2 features"):
        model.set_params(hidden=(100,)).fit(X[:, :2], y)
    cold = model.set_params(warm_start=False, hidden=(3,)).fit(X[:100], y[:100])
    assert cold.n_iter_ == 2
    same(cold.classes_, [0, 1])


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_copies_say_the_same_and_learn_by_themselves(copied: Any) -> None:
    model = Classifier(Net, callbacks=[GradientClipping(1.0)], **quick()).fit(X, y)
    other = copied(model)
    before = numbers_of(model)
    same(numbers_of(other), before)
    other.partial_fit(X, y)
    same(numbers_of(model), before)
    same(numbers_of(other), numbers_of(model.partial_fit(X, y)))
    assert not hasattr(base.clone(model), "module_")


def test_joblib_keeps_it_also_mapped_to_memory(tmp_path: Path) -> None:
    model = Classifier(Net, **quick()).fit(X, y)
    joblib.dump(model, tmp_path / "model")
    mapped = joblib.load(tmp_path / "model", mmap_mode="r")
    same(numbers_of(mapped), numbers_of(model))
    same(numbers_of(mapped.partial_fit(X, y)), numbers_of(model.partial_fit(X, y)))


# -- weights ---------------------------------------------------------------------------------------

CASES = [
    (Classifier, {}, y),
    (Classifier, {}, LABELS),
    (Classifier, {"loss": nn.BCEWithLogitsLoss}, y > 0),
    (Classifier, {"loss": nn.CrossEntropyLoss, "loss__label_smoothing": 0.1}, y),
    (Classifier, {"loss": nn.CrossEntropyLoss(weight=at.tensor([1.0, 2.0, 3.0]))}, y),
    (Classifier, {"loss": "multi_margin_loss"}, y),
    (Regressor, {}, X[:, 0] ** 2),
    (Regressor, {"loss": "l1_loss"}, X[:, :2] ** 2),
    (Regressor, {"loss": nn.MSELoss(reduction="sum"), "lr": 0.001}, X[:, :2]),
]


@pytest.mark.parametrize(("kind", "settings", "target"), CASES)
def test_a_weight_counts_as_so_many_samples(kind: Any, settings: Any, target: Any) -> None:
    weights = np.random.default_rng(0).integers(0, 4, len(X))
    repeated = np.repeat(np.arange(len(X)), weights)
    settings = {"hidden": (9,), "batch_size": None, **quick(), **settings}
    weighed = kind(**settings).fit(X, target, weights)
    by_hand = kind(**settings).fit(X[repeated], target[repeated])
    near(weighed._scores(X).numpy(), by_hand._scores(X).numpy(), rtol=1e-7, atol=1e-9)
    assert weighed.history_.keys() == by_hand.history_.keys()
    for name, column in by_hand.history_.items():
        near(weighed.history_[name], column, rtol=1e-7)


def test_samples_of_weight_0_are_none_to_the_bit() -> None:
    weights = np.arange(len(X)) % 3 > 0
    settings = {"batch_size": 16, "early_stopping": True, **quick()}
    weighed = Classifier(Dropping, **settings).fit(X, y, weights)
    same(
        numbers_of(weighed),
        numbers_of(Classifier(Dropping, **settings).fit(X[weights], y[weights])),
    )
    same(
        numbers_of(Classifier(**quick()).fit(X, y, np.ones(150))),
        numbers_of(Classifier(**quick()).fit(X, y)),
    )


def test_class_weights_are_those_of_the_loss() -> None:
    settings = {"batch_size": 16, **quick()}
    by_class = Classifier(class_weight={0: 1, 1: 2, 2: 5}, **settings).fit(X, y)
    of_loss = Classifier(
        loss="cross_entropy", loss__weight=at.tensor([1.0, 2.0, 5.0]), **settings
    ).fit(X, y)
    near(numbers_of(by_class), numbers_of(of_loss))
    few = np.r_[0:50, 50:60, 100:105]
    balanced = Classifier(class_weight="balanced", **settings).fit(X[few], NAMES[few])
    counted = 65 / 3 / np.array([50, 10, 5])
    by_hand = dict(zip(np.unique(NAMES), counted, strict=True))
    near(
        numbers_of(balanced),
        numbers_of(Classifier(class_weight=by_hand, **settings).fit(X[few], NAMES[few])),
    )


# -- stopping, callbacks ---------------------------------------------------------------------------


def test_early_stopping_gives_the_weights_of_the_best_epoch() -> None:
    model = Classifier(
        early_stopping=True,
        patience=4,
        hidden=(50,),
        validation_fraction=0.2,
        **quick(max_epochs=500),
    )
    model.set_params(lr=0.1).fit(X, NAMES)
    losses = model.history_["validation_loss"]
    assert model.n_iter_ < 500
    assert model.n_iter_ - 1 - int(np.argmin(losses)) == 4
    assert len(model.history_["validation_accuracy"]) == model.n_iter_


def test_samples_to_measure_on_may_be_given() -> None:
    held = np.arange(len(X)) % 3 == 0
    model = Classifier(early_stopping=True, patience=3, **quick(max_epochs=300, lr=0.1))
    model.fit(X[~held], NAMES[~held], X_val=X[held], y_val=NAMES[held])
    best = min(model.history_["validation_loss"])
    near(-np.log(model.predict_proba(X[held])[np.arange(50), y[held]]).mean(), best)
    plain = Classifier(**quick()).fit(X[~held], y[~held], X_val=X[held], y_val=y[held])
    same(numbers_of(plain), numbers_of(Classifier(**quick()).fit(X[~held], y[~held])))
    assert "validation_accuracy" in plain.history_
    weighed = Classifier(**quick()).fit(
        X[~held], y[~held], X_val=X, y_val=y, sample_weight_val=held.astype(int)
    )
    near(weighed.history_["validation_loss"], plain.history_["validation_loss"])


@pytest.mark.usefixtures("as_in_a_terminal")
def test_callbacks_are_called_and_ctrl_c_leaves_what_was_learned() -> None:
    class Stop(Callback):
        def on_epoch_end(self, run: Any) -> None:
            if run.epoch == 3:
                os.kill(os.getpid(), signal.SIGINT)

    clip = GradientClipping(0.5)
    model = Classifier(callbacks=[clip, Stop()], **quick())
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert clip.norm > 0
    assert model.n_iter_ == 3
    same(
        numbers_of(model),
        numbers_of(Classifier(callbacks=[GradientClipping(0.5)], **quick(max_epochs=3)).fit(X, y)),
    )


def test_verbose_says_a_line_for_every_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    Classifier(max_epochs=2, verbose=1).fit(X, y)
    Classifier(max_epochs=2).fit(X, y)
    assert [line[:9] for line in capsys.readouterr().out.splitlines()] == ["epoch 1/2", "epoch 2/2"]


# -- its tools around our estimators ---------------------------------------------------------------


def test_a_grid_over_settings_of_parts() -> None:
    line = Pipeline([("scale", StandardScaler()), ("net", Classifier(Net, **quick()))])
    grid = {"net__module__width": [2, 8], "net__optimizer": [optim.SGD, "adam"]}
    search = model_selection.GridSearchCV(line, grid, cv=2, error_score="raise").fit(X, y)
    assert len(search.cv_results_["params"]) == 4
    assert search.best_params_["net__optimizer"] == "adam"
    best = search.best_estimator_["net"]
    assert (
        best.module_.hidden.out_features
        == best.module__width
        == search.best_params_["net__module__width"]
    )


def test_a_random_search_in_processes() -> None:
    choices = {
        "hidden": [(4,), (8, 8)],
        "lr": np.logspace(-3, -1, 4),
        "batch_size": np.array([10, 50]),
    }
    found = [
        model_selection.RandomizedSearchCV(
            Classifier(**quick()), choices, n_iter=3, cv=2, n_jobs=jobs, random_state=0,
            error_score="raise",
        ).fit(X, y).cv_results_["mean_test_score"]
        for jobs in (1, 2)
    ]  # fmt: skip
    same(found[0], found[1])


@pytest.mark.parametrize(
    "around",
    [
        lambda one: CalibratedClassifierCV(one, cv=2),
        lambda one: BaggingClassifier(one, 2, random_state=0),
        lambda one: VotingClassifier([("a", one), ("b", Classifier(nn.Linear))], voting="soft"),
        lambda one: StackingClassifier([("a", one)], cv=2),
        OneVsRestClassifier,
    ],
)
def test_estimators_made_of_estimators(around: Any) -> None:
    assert around(Classifier(**quick())).fit(X, y).score(X, y) > 0.9


def test_a_chain_of_labels_and_what_each_feature_is_worth() -> None:
    chain = ClassifierChain(Classifier(**quick())).fit(X, LABELS)
    assert chain.score(X, LABELS) > 0.8
    worth = permutation_importance(
        Classifier(**quick()).fit(X, y), X, y, n_repeats=2, random_state=0
    )
    assert worth.importances_mean[2:].min() > worth.importances_mean[:2].max()


def test_learning_curves() -> None:
    pytest.importorskip("matplotlib").use("agg")
    settings = {"cv": 3, "shuffle": True, "random_state": 0, "train_sizes": [0.2, 1.0]}
    sizes, train, test = model_selection.learning_curve(Classifier(**quick()), X, y, **settings)
    assert test.mean(1)[1] > test.mean(1)[0] > 0.5
    going_on = model_selection.learning_curve(
        Classifier(**quick()), X, y, exploit_incremental_learning=True, **settings
    )
    assert going_on[1].shape == train.shape == (2, 3)
    shown = model_selection.LearningCurveDisplay.from_estimator(
        Classifier(**quick()), X, y, **settings
    )
    near(shown.test_scores, test)
    same(shown.train_sizes, sizes)


def test_metadata_finds_its_way() -> None:
    weights = np.arange(len(X)) % 4
    with sklearn.config_context(enable_metadata_routing=True):
        net = Classifier(**quick()).set_fit_request(sample_weight=True, X_val=True, y_val=True)
        scale = StandardScaler().set_fit_request(sample_weight=False)
        line = Pipeline([("scale", scale), ("net", net)], transform_input=["X_val"])
        line.fit(X * 9, y, sample_weight=weights, X_val=X[::2] * 9, y_val=y[::2])
        by_hand = Classifier(**quick()).fit(X, y, weights, X_val=X[::2], y_val=y[::2])
        near(line.predict_proba(X * 9), numbers_of(by_hand), rtol=1e-6)
        assert line["net"].history_.keys() == by_hand.history_.keys()
        scored = (
            Classifier(**quick())
            .set_fit_request(sample_weight=True)
            .set_score_request(sample_weight=True)
        )
        found = model_selection.cross_validate(
            scored, X, y, cv=2, params={"sample_weight": weights}, error_score="raise"
        )
        assert found["test_score"].min() > 0.8


# -- settings --------------------------------------------------------------------------------------


def test_settings_of_parts_are_parameters() -> None:
    model = Classifier(Net, module__width=9, lr=0.5)
    assert repr(model) == f"Classifier(lr=0.5, module={Net!r},\n           module__width=9)"
    assert model.module__width == model.get_params()["module__width"] == 9
    assert base.clone(model).set_params(optimizer__eps=1e-3).get_params()["optimizer__eps"] == 1e-3
    assert "optimizer__eps" not in model.get_params()
    assert "module__width" in model._repr_html_()
    assert base.is_classifier(model)
    assert base.is_regressor(Regressor())


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"lr": -1}, ValueError, "lr must be a finite number above 0, got -1"),
        ({"max_epochs": 0}, ValueError, "max_epochs must be at least 1, got 0"),
        ({"max_epochs": 2.5}, TypeError, "max_epochs must be an int, got float 2.5"),
        ({"batch_size": "auto"}, TypeError, "batch_size must be an int, .* None for all of X"),
        ({"hidden": (3, 0)}, ValueError, "hidden must be at least 1, got 0"),
        ({"dropout": 1.0}, ValueError, "dropout must be below 1"),
        ({"activation": "rely"}, ValueError, "activation must be one of .*, got 'rely'"),
        ({"optimizer": "addam"}, ValueError, "optimizer must be one of adadelta.*, got 'addam'"),
        ({"optimizer": optim.SGD(nn.Linear(1, 1).parameters())}, TypeError, "must be a class"),
        ({"optimizer__betta": 3}, TypeError, "Adam was called as .*betta.*optimizer__name=value"),
        ({"loss": "cross_entropi"}, ValueError, "loss must be one of .*, got 'cross_entropi'"),
        ({"loss": nn.MSELoss}, ValueError, "MSELoss compares numbers"),
        ({"loss": nn.BCEWithLogitsLoss}, ValueError, "yes or no, but there are 3 classes"),
        ({"loss": nn.CrossEntropyLoss(), "loss__weight": 1}, ValueError, "is an object already"),
        ({"module": 3}, TypeError, "module must be None, an nn.Module.*got int"),
        ({"module": lambda: 3}, TypeError, "makes must be an nn.Module, got int"),
        ({"module": lambda width: 3}, TypeError, "missing a required argument: 'width'"),
        ({"module": nn.Linear(4, 5)}, ValueError, r"\('N', 5\).*\('N', 3\).*3 classes"),
        ({"module": nn.Linear(4, 3), "module__bias": True}, ValueError, "is an object already"),
        ({"module": nn.LSTM(4, 3)}, TypeError, "gives must be a Tensor of scores, got tuple"),
        ({"module__width": 3}, ValueError, "module__width needs a module"),
        ({"input_shape": (2, 2)}, ValueError, "input_shape needs a module"),
        ({"module": Net, "input_shape": (2, 3)}, ValueError, "takes 6 numbers, .* has 4"),
        ({"scheduler": 3}, TypeError, "scheduler must be None"),
        ({"callbacks": [3]}, TypeError, r"callbacks\[0\] must be a Callback"),
        ({"dtype": "int32"}, ValueError, "dtype must be a floating one"),
        ({"validation_fraction": 1.5}, ValueError, "between 0 and 1"),
        ({"predict_nonlinearity": "soft"}, ValueError, "must be 'auto' or a function"),
        ({"module": nn.Linear(4, 3).requires_grad_(False)}, ValueError, "no parameters to train"),
    ],
)  # fmt: skip
def test_a_bad_setting_is_named(settings: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Classifier(**settings).fit(X, y).predict_proba(X)


def test_names_that_are_no_settings() -> None:
    with pytest.raises(TypeError, match="unexpected argument 'hiden'; there are module, hidden"):
        Classifier(hiden=3)
    with pytest.raises(ValueError, match="Invalid parameter 'hiden'"):
        Classifier().set_params(hiden=3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Classifier().fit(X, X[:, 0]), ValueError, "Unknown label type: continuous"),
        (lambda: Classifier().fit(X, np.stack([y, y], 1)), ValueError, "must be 0 or 1 everywhere"),
        (lambda: Classifier().fit(X, LABELS).fit(IMAGES, DIGITS), ValueError, "dim 4"),
        (lambda: Classifier().fit(X, y, np.ones(3)), ValueError, r"sample_weight must be \(N\)"),
        (lambda: Classifier().fit(X, y, -y), ValueError, "must not be negative"),
        (lambda: Classifier().fit(X, y, 0 * y), ValueError, "no weight above zero"),
        (lambda: Classifier(loss=own_loss).fit(X, y, y), TypeError, "own_loss has no argument"),
        (lambda: Classifier().fit(X, y, X_val=X), ValueError, "X_val needs y_val"),
        (lambda: Classifier().fit(X, y, y_val=y), ValueError, "need X_val"),
        (lambda: Classifier(class_weight="balanced").fit(X, LABELS), ValueError, "several labels"),
        (lambda: Classifier(early_stopping=True).partial_fit(X, y), AttributeError, "partial"),
        (lambda: Classifier().predict(X), exceptions.NotFittedError, "not fitted"),
        (lambda: Regressor(loss="cross_entropy").fit(X, y), ValueError, "is one of classes"),
        (lambda: Regressor(nn.Linear(4, 2)).fit(X, X), ValueError, "4 columns of y"),
        (lambda: Regressor(lr=1e30, optimizer="sgd").fit(X, y), RuntimeError, "Try a smaller"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_fit_that_fails_leaves_no_half_of_it() -> None:
    model = Classifier(**quick()).fit(X, y)
    before = numbers_of(model)
    for settings in ({"lr": -1}, {"module": nn.Linear(4, 9)}):
        with pytest.raises(ValueError, match=r"must be|expected"):
            copy.copy(model).set_params(**settings).fit(X[:100], y[:100])
        same(numbers_of(model), before)
    with pytest.raises(RuntimeError, match="the loss is"):
        model.set_params(lr=1e30, optimizer="sgd").fit(X[:100], y[:100])
    with pytest.raises(exceptions.NotFittedError):
        model.predict(X)
