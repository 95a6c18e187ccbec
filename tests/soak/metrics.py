"""Metrics over batches of any sizes, against plain loops over all of the data at once."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

import autotensor as at
import nn
import nn.functional as F
from nn import training
from nn.training import Overall, evaluate
from tests.soak.table import Row

TITLE = "True numbers about a model"

CASES = 3000
"""How many random cases of each kind there are with effort 1."""


class Fixed(nn.Module):
    """Gives what it is given."""

    def forward(self, x: at.Tensor) -> at.Tensor:
        return x


def near(found: Any, expected: Any, digits: float = 1e-9) -> bool:
    """Whether both are the same, NaN and None included."""
    if found is None or expected is None:
        return found is expected
    return bool(np.allclose(found, expected, rtol=digits, atol=digits, equal_nan=True))


def cut(draw: np.random.Generator, *arrays: np.ndarray) -> list[tuple[at.Tensor, ...]]:
    """The same samples in batches of random sizes."""
    size = len(arrays[0])
    cuts = sorted({0, size, *draw.integers(0, size + 1, draw.integers(0, 5)).tolist()})
    return [tuple(at.tensor(one[a:b]) for one in arrays) for a, b in itertools.pairwise(cuts)]


def over(metric: Any, batches: list[tuple[at.Tensor, ...]]) -> Any:
    for scores, targets in batches:
        metric.update(scores, targets)
    return metric.compute()


def classes(draw: np.random.Generator) -> bool:
    """Loss, accuracy and shares with ignored targets, class weights and places."""
    count, size = int(draw.integers(2, 6)), int(draw.integers(1, 30))
    places = tuple(draw.integers(1, 4, draw.integers(0, 3)))
    dtype = draw.choice(["float32", "float64"])
    scores = (draw.integers(-4, 5, (size, count, *places)) / 2).astype(dtype)
    scores[draw.random(scores.shape) < draw.choice([0, 0.02])] = np.nan
    targets = draw.integers(0, count, (size, *places))
    ignored = int(draw.choice([-100, 0, 1]))
    if ignored == -100:
        targets[draw.random(targets.shape) < 0.2] = -100
    finite = np.nan_to_num(scores)
    weight = draw.choice([None, 1])
    if weight is not None:
        weight = at.tensor(draw.random(count).astype(dtype) + 0.1)
    settings = {
        "weight": weight,
        "ignore_index": ignored,
        "label_smoothing": float(draw.choice([0, 0.1])),
        "reduction": str(draw.choice(["mean", "mean", "sum"])),
    }
    loss: Any = nn.CrossEntropyLoss(**settings)
    if draw.random() < 0.5:
        loss = functools.partial(F.cross_entropy, **settings)
    batches = cut(draw, finite, targets)
    found = evaluate(Fixed(), batches, loss, verbose=False)
    good = near(found.loss, loss(at.tensor(finite), at.tensor(targets)).item(), 1e-5)

    right = total = 0
    table = np.zeros((count, count + 1), int)  # the last column: no answer
    for n, *place in np.ndindex(*targets.shape):
        target, row = int(targets[(n, *place)]), scores[(n, slice(None), *place)].tolist()
        if target != ignored:
            said = count if any(map(math.isnan, row)) else row.index(max(row))
            table[target, said] += 1
            total += 1
            right += said == target
    batches = cut(draw, scores, targets)
    judged = evaluate(Fixed(), batches, lambda x, y: x[:0].sum(), verbose=False)
    if ignored == -100:
        good &= near(judged.accuracy, right / total if total else None)
    options: Any = {"ignore_index": ignored}
    good &= near(over(Overall("accuracy", count, **options), batches),
                 right / total if total else math.nan)  # fmt: skip
    average = str(draw.choice(["macro", "weighted", "micro"]))
    f1 = over(Overall("f1_score", count, average=average, **options), batches)
    return bool(good) and near(f1, _f1(table, ignored, average))


def _f1(table: np.ndarray, ignored: int, average: str) -> float:
    counts = [
        (int(table[c, c]), int(table[:, c].sum()), int(table[c].sum())) for c in range(len(table))
    ]
    if average == "micro":
        below = sum(said + true for _, said, true in counts)
        return 2 * sum(tp for tp, _, _ in counts) / below if below else 0.0
    top = bottom = 0.0
    for c, (tp, said, true) in enumerate(counts):
        if c != ignored:
            weight = 1 if average == "macro" else true
            top += weight * (2 * tp / (said + true) if said + true else 0.0)
            bottom += weight
    return top / bottom if bottom else math.nan


def labels(draw: np.random.Generator) -> bool:
    """One score for each target: losses, thresholds, and the areas of ranks."""
    size = int(draw.integers(2, 40))
    places = tuple(draw.integers(1, 4, draw.integers(0, 3)))
    scores = draw.standard_normal((size, 1, *places)).round(int(draw.integers(1, 5)))
    logits = bool(draw.random() < 0.5)
    if not logits:
        scores = 1 / (1 + np.exp(-scores))
    yes = draw.random(scores.shape) < 0.4
    kind = draw.choice(["bool", "int64", "uint8", "float32", "float64"])
    single = yes[:, 0] if draw.random() < 0.5 else yes
    tp = tn = wins = pairs = 0
    ups, downs = scores[yes].tolist(), scores[~yes].tolist()
    middle = 0.0 if logits and ((scores < 0) | (scores > 1)).any() else 0.5
    tp, tn = sum(s > middle for s in ups), sum(s <= middle for s in downs)
    for a in ups:
        for b in downs:
            pairs += 1
            wins += (a > b) + 0.5 * (a == b)
    batches = cut(draw, scores, single.astype(kind))
    accuracy = over(Overall("accuracy", 2), batches)
    area = over(Overall("roc_auc"), batches)
    good = near(accuracy, (tp + tn) / yes.size) and near(area, wins / pairs if pairs else math.nan)

    loss: Callable[..., Any] = F.binary_cross_entropy_with_logits if logits else nn.BCELoss()
    floats = yes.astype("float64")
    found = evaluate(Fixed(), cut(draw, scores, floats), loss, verbose=False)
    at_loss = 0.0 if logits else 0.5
    right = sum(s > at_loss for s in ups) + sum(s <= at_loss for s in downs)
    whole = loss(at.tensor(scores), at.tensor(floats)).item()
    return good and near(found.loss, whole) and near(found.accuracy, right / yes.size)


def numbers(draw: np.random.Generator) -> bool:
    """Losses and shares of numbers."""
    size, outputs = int(draw.integers(2, 40)), int(draw.integers(1, 4))
    said = draw.standard_normal((size, outputs))
    true = said * draw.random() + draw.standard_normal((size, outputs))
    reduction = str(draw.choice(["mean", "sum"]))
    loss = functools.partial(
        [F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss][draw.integers(0, 4)],
        reduction=reduction,
    )
    batches = cut(draw, said, true)
    found = evaluate(Fixed(), batches, loss, verbose=False)
    r2 = 0.0
    for x, y in zip(said.T.tolist(), true.T.tolist(), strict=True):
        mean = sum(y) / size
        left = sum((a - b) ** 2 for a, b in zip(x, y, strict=True))
        r2 += (1 - left / sum((b - mean) ** 2 for b in y)) / outputs
    good = near(found.loss, loss(at.tensor(said), at.tensor(true)).item())
    return good and found.accuracy is None and near(over(Overall("r2_score"), batches), r2, 1e-7)


def beside_scikit_learn(draw: np.random.Generator, sk: Any) -> bool:
    """Whether each agrees with scikit-learn, of answers, ranks and labels."""
    count, size = int(draw.integers(2, 5)), int(draw.integers(8, 40))
    scores = draw.standard_normal((size, count)).round(1)
    true = draw.integers(0, count, size)
    true[:count] = np.arange(count)
    said = scores.argmax(1)
    chances = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    average = [None, "macro", "micro", "weighted"][draw.integers(0, 4)]
    known: Any = {"labels": range(count), "average": average, "zero_division": 0}
    hot = np.eye(count, dtype=int)[true]
    return all((
        near(training.precision(scores, true, average), sk.precision_score(true, said, **known)),
        near(training.recall(scores, true, average), sk.recall_score(true, said, **known)),
        near(training.f1_score(scores, true, average), sk.f1_score(true, said, **known)),
        near(training.balanced_accuracy(scores, true), sk.balanced_accuracy_score(true, said)),
        near(training.cohen_kappa(scores, true), sk.cohen_kappa_score(true, said)),
        near(training.matthews_corrcoef(scores, true), sk.matthews_corrcoef(true, said)),
        near(training.log_loss(chances, true), sk.log_loss(true, chances)),
        near(training.roc_auc(chances, hot, average),
             sk.roc_auc_score(hot, chances, average=average)),
        near(training.average_precision(chances, true, average),
             sk.average_precision_score(hot, chances, average=average)),
    ))  # fmt: skip


def run(effort: float, seed: int) -> list[Row]:
    kinds: list[tuple[str, str, Callable[[np.random.Generator], bool]]] = [
        ("classes: ignored, weighted, NaN, soft", "loss, accuracy and F1 of all at once", classes),
        ("one score a target, masks, any dtype", "loss, accuracy and ROC area of all", labels),
        ("numbers", "loss and R² of all at once", numbers),
    ]
    try:
        import sklearn.metrics as sk
    except ImportError:
        pass
    else:
        beside = functools.partial(beside_scikit_learn, sk=sk)
        kinds.append(("nine metrics", "as scikit-learn has them", beside))
    rows = []
    for what, must, case in kinds:
        tried, held = max(10, round(CASES * effort)), 0
        for number in range(tried):
            try:
                good = case(np.random.default_rng([seed, number]))
            except Exception as error:
                good = False
                print(f"{case}: {type(error).__name__}: {error}")
            held += good
            if not good:
                print(f"metrics: {what}: seed {seed}, case {number} failed")
        rows.append(Row(what, must, tried, held))
    return rows
