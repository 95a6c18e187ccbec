"""The losses against PyTorch: values, dtypes, two derivatives, errors."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autotensor as at
import nn
import nn.functional as F
from tests.helpers import agree, assert_same

KINDS = pytest.mark.parametrize("kind", ["float64", "float32"])
REDUCTIONS = pytest.mark.parametrize("reduction", ["mean", "sum", "none"])


def values(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape) * 2


def chances(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.05, 0.95, shape)


# -- classes ---------------------------------------------------------------------------------------

SHAPES = [(5,), (6, 5), (1, 5), (3, 5, 2), (2, 5, 3, 4)]
SHAPES_AND_KINDS = pytest.mark.parametrize(
    ("shape", "kind"), [(shape, "float64") for shape in SHAPES] + [((6, 5), "float32")]
)


def classes(shape: tuple[int, ...], ignore: int | None = None) -> np.ndarray:
    """Class numbers for scores of ``shape``; with ``ignore``, every third is that."""
    sizes = () if len(shape) == 1 else (shape[0], *shape[2:])
    count = shape[0 if len(shape) == 1 else 1]
    out = np.random.default_rng(3).integers(0, count, sizes)
    if ignore is not None and out.size > 1:
        out.reshape(-1)[::3] = ignore
    return out


@SHAPES_AND_KINDS
@REDUCTIONS
def test_cross_entropy(torch: Any, shape: tuple[int, ...], reduction: str, kind: str) -> None:
    """Every combination of weights, elements to ignore, and smoothing."""
    weight = chances(5, seed=1)
    for weighted, ignore, smoothing in itertools.product(
        (False, True), (None, -100, 2), (0.0, 0.3)
    ):

        def function(f: Any, x: Any, t: Any, w: Any, settings: Any) -> Any:
            weighted, ignore, smoothing = settings
            return f.cross_entropy(
                x, t, w if weighted else None, reduction=reduction, label_smoothing=smoothing,
                ignore_index=-100 if ignore is None else ignore,
            )  # fmt: skip

        now = (weighted, ignore, smoothing)
        agree(
            torch, lambda f, x, t, w, now=now: function(f, x, t, w, now), values(*shape),
            constants=(classes(shape, ignore), weight), kind=kind,
        )  # fmt: skip


@SHAPES_AND_KINDS
@REDUCTIONS
def test_cross_entropy_of_probabilities(
    torch: Any, shape: tuple[int, ...], reduction: str, kind: str
) -> None:
    for weighted, smoothing in itertools.product((False, True), (0.0, 0.3)):

        def function(f: Any, x: Any, t: Any, w: Any, settings: Any) -> Any:
            weighted, smoothing = settings
            return f.cross_entropy(
                x, t, w if weighted else None, reduction=reduction, label_smoothing=smoothing
            )

        now = (weighted, smoothing)
        agree(
            torch, lambda f, x, t, w, now=now: function(f, x, t, w, now), values(*shape),
            chances(*shape, seed=2), constants=(chances(5, seed=1),), kind=kind,
        )  # fmt: skip


@SHAPES_AND_KINDS
@REDUCTIONS
@pytest.mark.parametrize("ignore", [None, -100, 1])
def test_nll_loss(
    torch: Any, shape: tuple[int, ...], reduction: str, ignore: int | None, kind: str
) -> None:
    constants = classes(shape, ignore), chances(5, seed=1)
    index = -100 if ignore is None else ignore
    for weighted in (False, True):
        agree(
            torch,
            lambda f, x, t, w, weighted=weighted: f.nll_loss(
                x, t, w if weighted else None, ignore_index=index, reduction=reduction
            ),
            values(*shape),
            constants=constants,
            kind=kind,
        )


def test_cross_entropy_is_one_node() -> None:
    x = at.tensor(values(6, 5), requires_grad=True)
    loss = F.cross_entropy(x, at.tensor(classes((6, 5))))
    (leaf, _), *rest = loss.grad_fn.next_functions
    assert leaf.variable is x
    assert not any(parent for parent, _ in rest)


def test_cross_entropy_of_scores_far_apart(torch: Any) -> None:
    """No overflow, and the gradient of what is certain is 0."""
    scores = np.array([[1e4, 0.0, -1e4], [-1e4, 1e4, 0.0], [700.0, -700.0, 0.0]])
    agree(
        torch, lambda f, x, t: f.cross_entropy(x, t), scores, constants=(np.array([0, 0, 1]),)
    )  # fmt: skip


@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_what_is_ignored_may_be_infinite(name: str, reduction: str) -> None:
    x = at.tensor([[-np.inf, 0.0], [-np.inf, 0.0]], requires_grad=True)
    loss = getattr(F, name)(x, at.tensor([7, 1]), ignore_index=7, reduction=reduction)
    assert loss.item() == 0
    loss.backward()
    assert not x.grad[0].numpy().any()


@REDUCTIONS
def test_the_mean_of_nothing_is_nan(torch: Any, reduction: str) -> None:
    for shape, target in (((3, 4), [-100] * 3), ((0, 4), [])):
        x = values(*shape)
        t = np.array(target, np.int64)
        for name in ("cross_entropy", "nll_loss"):
            ours = getattr(F, name)(at.tensor(x), at.tensor(t), reduction=reduction)
            function = getattr(torch.nn.functional, name)
            assert_same(
                ours,
                function(torch.tensor(x), torch.tensor(t), reduction=reduction),
                tolerance=1e-12,
            )


@pytest.mark.parametrize("kind", ["uint8", "int32", "int64"])
def test_class_numbers_of_any_integer_dtype(kind: str) -> None:
    x = at.tensor(values(4, 5))
    target = np.array([4, 0, 2, 1])
    wanted = F.cross_entropy(x, at.tensor(target)).item()
    assert F.cross_entropy(x, at.tensor(target.astype(kind))).item() == wanted


@pytest.mark.parametrize("kind", ["plain", "weight", "ignored"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(("rows", "count"), [(1, 1), (1, 7), (9, 1), (9, 7), (3, 64), (5, 65)])
def test_cross_entropy_for_few_and_many_classes(
    rows: int, count: int, order: Any, kind: str
) -> None:
    """Scores lie class by class where classes are few; whatever the order of those given."""
    draw = np.random.default_rng(0)
    scores = at.from_numpy(np.asarray(draw.normal(size=(rows, count)), order=order))
    scores.requires_grad_()
    target = at.from_numpy(draw.integers(0, count, rows))
    weight = at.from_numpy(draw.uniform(0.5, 2, count)) if kind == "weight" else None
    ignored = 0 if kind == "ignored" and count > 1 else -100

    def alike(one: Any, other: Any) -> None:
        np.testing.assert_allclose(
            one.detach().numpy(), other.detach().numpy(), rtol=1e-9, atol=1e-12
        )

    (slope,) = at.autograd.grad(
        F.cross_entropy(scores, target, weight, ignore_index=ignored), scores, create_graph=True
    )
    loss = F.nll_loss(F.log_softmax(scores, 1), target, weight, ignore_index=ignored)
    (expected,) = at.autograd.grad(loss, scores, create_graph=True)
    alike(slope, expected)
    F.cross_entropy(scores, target, weight, ignore_index=ignored).backward()
    alike(scores.grad, expected)
    (curve,) = at.autograd.grad((slope**2).sum(), scores)
    (expected_curve,) = at.autograd.grad((expected**2).sum(), scores)
    alike(curve, expected_curve)


def test_targets_may_change_before_backward() -> None:
    for name in ("cross_entropy", "nll_loss"):
        x = at.tensor(values(4, 5), requires_grad=True)
        target = at.tensor([4, 0, 2, 1])
        loss = getattr(F, name)(x, target)
        (right,) = at.grad(loss, x, retain_graph=True)
        target.zero_()
        loss.backward()
        np.testing.assert_array_equal(x.grad.numpy(), right.numpy())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    rows=st.integers(1, 5),
    count=st.integers(1, 5),
    extra=st.lists(st.integers(1, 3), max_size=2),
    seed=st.integers(0, 99),
)
def test_cross_entropy_is_nll_of_log_softmax(
    rows: int, count: int, extra: list[int], seed: int
) -> None:
    """The fused operator and the two it fuses, in value and both derivatives; no other library."""
    rng = np.random.default_rng(seed)
    x = at.tensor(rng.standard_normal((rows, count, *extra)), requires_grad=True)
    target = at.tensor(rng.integers(0, count, (rows, *extra)))
    weight = at.tensor(rng.random(count) + 0.1)
    results = []
    for loss in (
        F.cross_entropy(x, target, weight),
        F.nll_loss(F.log_softmax(x, 1), target, weight),
    ):
        (first,) = at.grad(loss, x, create_graph=True)
        (second,) = at.grad((first**3).sum(), x)
        results.append([loss.item(), first.detach().numpy(), second.numpy()])
    for one, two in zip(*results, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-12)


# -- numbers ---------------------------------------------------------------------------------------

NUMBERS: dict[str, Callable[..., Any]] = {
    "mse_loss": lambda f, x, t, r: f.mse_loss(x, t, reduction=r),
    "l1_loss": lambda f, x, t, r: f.l1_loss(x, t, reduction=r),
    "smooth_l1_loss": lambda f, x, t, r: f.smooth_l1_loss(x, t, reduction=r),
    "smooth_l1_loss 0.5": lambda f, x, t, r: f.smooth_l1_loss(x, t, reduction=r, beta=0.5),
    "smooth_l1_loss 0": lambda f, x, t, r: f.smooth_l1_loss(x, t, reduction=r, beta=0.0),
    "huber_loss": lambda f, x, t, r: f.huber_loss(x, t, r),
    "huber_loss 2": lambda f, x, t, r: f.huber_loss(x, t, reduction=r, delta=2.0),
}


@KINDS
@REDUCTIONS
@pytest.mark.parametrize("name", NUMBERS)
def test_loss_of_numbers(torch: Any, name: str, reduction: str, kind: str) -> None:
    for shape in ((), (4,), (3, 2, 2)):
        agree(
            torch,
            lambda f, x, t: NUMBERS[name](f, x, t, reduction),
            values(*shape),
            values(*shape, seed=1),
            kind=kind,
        )


@REDUCTIONS
@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "huber_loss"])
def test_weighted_loss_of_numbers(torch: Any, name: str, reduction: str) -> None:
    agree(
        torch,
        lambda f, x, t, w: getattr(f, name)(x, t, reduction=reduction, weight=w),
        values(3, 4),
        values(3, 4, seed=1),
        constants=(chances(3, 4),),
    )


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
def test_shapes_that_are_broadcast_are_warned_about(torch: Any, name: str) -> None:
    x, t = values(4, 1), values(4, seed=1)
    message = rf"{name}: target of shape \(4,\) differs from input of shape \(4, 1\)"
    with pytest.warns(UserWarning, match=message) as caught:
        getattr(F, name)(at.tensor(x), at.tensor(t))
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        agree(torch, lambda f, x, t: getattr(f, name)(x, t), x, t)


def test_dtypes_are_promoted(torch: Any) -> None:
    for first, second in (("float32", "float64"), ("float32", "int64"), ("float64", "float32")):
        x, t = values(3).astype(first), values(3, seed=1).astype(second)
        ours = F.mse_loss(at.tensor(x), at.tensor(t))
        theirs = torch.nn.functional.mse_loss(torch.tensor(x), torch.tensor(t))
        assert_same(ours, theirs, tolerance=1e-6)


def test_mse_loss_of_odd_memory_and_of_nothing() -> None:
    x, t = values(6, 4), values(4, 6, seed=1)
    ours = F.mse_loss(at.tensor(x).T, at.tensor(t))
    assert ours.item() == pytest.approx(((x.T - t) ** 2).mean())
    assert np.isnan(F.mse_loss(at.ones(0), at.ones(0)).item())
    assert F.mse_loss(at.ones(0), at.ones(0), reduction="sum").item() == 0


# -- two classes -----------------------------------------------------------------------------------


@KINDS
@REDUCTIONS
@pytest.mark.parametrize("weight", [None, (3, 4), (4,)])
def test_binary_cross_entropy(torch: Any, weight: Any, reduction: str, kind: str) -> None:
    factors = chances(*weight, seed=2) if weight else np.ones(())
    agree(
        torch,
        lambda f, x, t, w: f.binary_cross_entropy(x, t, w if weight else None, reduction=reduction),
        chances(3, 4),
        chances(3, 4, seed=1),
        constants=(factors,),
        kind=kind,
    )


def test_binary_cross_entropy_of_certainties(torch: Any) -> None:
    """Logarithms of 0 count as -100, in values and gradients, without a warning."""
    x = np.array([0.0, 1.0, 0.0, 1.0, 1e-30])
    t = np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    ours = [at.tensor(one, requires_grad=True) for one in (x, t)]
    theirs = [torch.tensor(one, requires_grad=True) for one in (x, t)]
    out = F.binary_cross_entropy(*ours, reduction="none")
    expected = torch.nn.functional.binary_cross_entropy(*theirs, reduction="none")
    assert_same(out, expected, tolerance=1e-12)
    out.sum().backward()
    # PyTorch's bound for the divisor is the same 1e-12, but rounded to float32.
    np.testing.assert_array_equal(ours[0].grad.numpy(), [0, 0, -1e12, 1e12, -1e12])


@KINDS
@REDUCTIONS
@pytest.mark.parametrize(
    ("weight", "positive"), [(None, None), ((3, 4), None), (None, (4,)), ((4,), (3, 4))]
)
def test_binary_cross_entropy_with_logits(
    torch: Any, weight: Any, positive: Any, reduction: str, kind: str
) -> None:
    factors = [chances(*one, seed=2) if one else np.ones(()) for one in (weight, positive)]
    agree(
        torch,
        lambda f, x, t, w, p: f.binary_cross_entropy_with_logits(
            x, t, w if weight else None, reduction=reduction, pos_weight=p if positive else None
        ),
        values(3, 4),
        chances(3, 4, seed=1),
        constants=tuple(factors),
        kind=kind,
    )


def test_binary_cross_entropy_with_logits_far_away(torch: Any) -> None:
    agree(
        torch,
        lambda f, x, t: f.binary_cross_entropy_with_logits(x, t),
        np.array([800.0, -800.0, 800.0, -800.0, 40.0]),
        constants=(np.array([0.0, 0.0, 1.0, 1.0, 0.5]),),
    )


# -- divergence ------------------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize("reduction", ["batchmean", "sum", "none", "mean"])
@pytest.mark.parametrize("log_target", [False, True])
def test_kl_div(torch: Any, log_target: bool, reduction: str, kind: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns of its own 'mean'
        agree(
            torch,
            lambda f, x, t: f.kl_div(x, t, reduction=reduction, log_target=log_target),
            values(3, 4),
            chances(3, 4, seed=1),
            kind=kind,
        )


def test_kl_div_where_the_target_is_0() -> None:
    x = at.tensor([-1.0, -2.0], requires_grad=True)
    loss = F.kl_div(x, at.tensor([0.0, 1.0]), reduction="sum")
    loss.backward()
    assert loss.item() == 2.0
    np.testing.assert_array_equal(x.grad.numpy(), [0, -1])


# -- sequences of labels ---------------------------------------------------------------------------


def all_paths(chances: np.ndarray, target: list[int]) -> float:
    """The chance of ``target``, summed over every path one by one."""
    total = 0.0
    for path in itertools.product(range(chances.shape[1]), repeat=len(chances)):
        spelled = [label for label, _ in itertools.groupby(path) if label != 0]
        if spelled == target:
            total += math.prod(chances[at, label] for at, label in enumerate(path))
    return total


@pytest.mark.parametrize("target", [[], [1], [1, 1], [2, 1], [1, 2, 1]])
def test_ctc_loss_is_the_sum_over_all_paths(target: list[int]) -> None:
    chances = np.random.default_rng(2).dirichlet([1.0, 2, 3], 5)
    loss = F.ctc_loss(
        at.tensor(np.log(chances)), at.tensor(target, dtype=at.int64), at.tensor(5),
        at.tensor(len(target)), reduction="sum",
    )  # fmt: skip
    assert loss.item() == pytest.approx(-math.log(all_paths(chances, target)), rel=1e-12)


def test_ctc_loss_takes_whole_numbers_of_a_floating_dtype() -> None:
    x = F.log_softmax(at.tensor(np.random.default_rng(0).normal(size=(5, 2, 3))), 2)
    labels = np.array([[1, 2], [2, 2]])
    whole = F.ctc_loss(x, at.from_numpy(labels), [5, 4], [2, 1])
    assert F.ctc_loss(x, at.from_numpy(labels.astype(np.float32)), [5, 4], [2, 1]) == whole


def test_ctc_loss_of_what_is_impossible() -> None:
    """Infinite, and its gradient NaN; the other sample's is not touched.  Or both are 0."""
    x = at.tensor(values(3, 2, 4), requires_grad=True)
    given = (at.tensor([[1, 1, 2], [1, 2, 0]]), [3, 3], [3, 2])
    losses = F.ctc_loss(F.log_softmax(x, 2), *given, reduction="none")
    assert losses[0].item() == np.inf
    losses.sum().backward()
    assert np.isnan(x.grad.numpy()[:, 0]).all()
    assert np.isfinite(x.grad.numpy()[:, 1]).all()
    x.grad = None
    losses = F.ctc_loss(F.log_softmax(x, 2), *given, reduction="none", zero_infinity=True)
    assert losses[0].item() == 0
    losses.sum().backward()
    assert not x.grad.numpy()[:, 0].any()
    assert x.grad.numpy()[:, 1].any()


def test_ctc_loss_of_labels_that_cannot_be() -> None:
    """Classes without any chance, as a mask makes them, spoil nothing."""
    scores = values(4, 3)
    scores[:, 2] = -np.inf
    x = at.tensor(scores, requires_grad=True)
    logarithms = F.log_softmax(x, 1)
    loss = F.ctc_loss(logarithms, at.tensor([1, 1]), at.tensor(4), at.tensor(2))
    (first,) = at.grad(loss, x, create_graph=True)
    (second,) = at.grad((first**2).sum(), x)
    assert np.isfinite(loss.item())
    assert np.isfinite(first.detach().numpy()[:, :2]).all()
    assert np.isfinite(second.numpy()[:, :2]).all()
    chances = np.exp(logarithms.detach().numpy())
    assert loss.item() * 2 == pytest.approx(-math.log(all_paths(chances, [1, 1])))


def test_ctc_loss_of_long_sequences() -> None:
    x = at.tensor(values(600, 1, 5).astype(np.float32), requires_grad=True)
    loss = F.ctc_loss(F.log_softmax(x, 2), at.ones(1, 200, dtype=at.int64), [600], [200])
    loss.backward()
    assert np.isfinite(loss.item())
    np.testing.assert_allclose(x.grad.numpy().sum(2), 0, atol=1e-6)


# -- others ----------------------------------------------------------------------------------------


def test_soft_margin_loss_does_not_overflow() -> None:
    x = at.tensor([1000.0, -1000.0], requires_grad=True)
    loss = F.soft_margin_loss(x, at.tensor([-1.0, -1.0]), reduction="sum")
    loss.backward()
    assert loss.item() == 1000
    np.testing.assert_array_equal(x.grad.numpy(), [1, 0])


def test_poisson_nll_loss_of_no_counts() -> None:
    target = at.tensor([0.0, 1.0, 5.0], requires_grad=True)
    F.poisson_nll_loss(at.zeros(3), target, full=True, reduction="sum").backward()
    np.testing.assert_allclose(target.grad.numpy(), [0, 0, math.log(5) + 0.1], rtol=1e-6)


def test_outdated_arguments(torch: Any) -> None:
    x, t = values(3, 4), chances(3, 4)
    for size_average, reduce in itertools.product((None, True, False), repeat=2):
        if size_average is reduce is None:
            continue
        with pytest.warns(UserWarning, match="size_average and reduce are outdated"):
            ours = F.mse_loss(at.tensor(x), at.tensor(t), size_average, reduce)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = torch.nn.functional.mse_loss(
                torch.tensor(x), torch.tensor(t), size_average, reduce
            )
        assert_same(ours, theirs)
    with pytest.raises(TypeError, match=r"size_average must be a bool .* reduction='sum'"):
        F.mse_loss(at.tensor(x), at.tensor(t), "sum")


# -- errors ----------------------------------------------------------------------------------------

SCORES = at.ones(4, 3)
RIGHT = at.tensor([0, 1, 2, 0])


def ctc(**changed: Any) -> Any:
    given = {
        "log_probs": at.ones(4, 1, 3), "targets": at.tensor([[1]]), "input_lengths": [4],
        "target_lengths": [1], **changed,
    }  # fmt: skip
    return F.ctc_loss(**given)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda: F.cross_entropy(SCORES, at.tensor([0, 5, 1, 1])),
            IndexError,
            "cross_entropy: target 5 is out of bounds: there are 3 classes, numbered 0 to 2",
        ),
        (
            lambda: F.nll_loss(SCORES, at.tensor([0, -1, 1, 1])),
            IndexError,
            "nll_loss: target -1 is out of bounds: there are 3 classes",
        ),
        (
            lambda: F.cross_entropy(SCORES, at.tensor([0.0, 1.0, 1.0, 2.0])),
            ValueError,
            r"cross_entropy: target of a floating-point dtype .* \(4, 3\), got \(4,\); for class",
        ),
        (
            lambda: F.nll_loss(SCORES, at.ones(4)),
            TypeError,
            r"nll_loss: target must hold class numbers .* got float32; convert with .long\(\)",
        ),
        (lambda: F.cross_entropy(SCORES, at.tensor([True] * 4)), TypeError, "got bool"),
        (
            lambda: F.cross_entropy(SCORES, at.tensor([0, 1])),
            ValueError,
            r"cross_entropy: input of shape \(4, 3\) needs class numbers of shape \(4,\), got .*2",
        ),
        (lambda: F.cross_entropy(SCORES, [0, 1, 2, 0]), TypeError, "target must be a Tensor"),
        (lambda: F.cross_entropy(RIGHT, RIGHT), RuntimeError, "expected a floating-point Tensor"),
        (lambda: F.cross_entropy(at.tensor(1.0), RIGHT), RuntimeError, r"shape \(C\), \(N, C\)"),
        (
            lambda: F.cross_entropy(SCORES, RIGHT, at.ones(4)),
            RuntimeError,
            r"cross_entropy: weight must hold one factor for each of the 3 classes, .*\(4,\)",
        ),
        (
            lambda: F.cross_entropy(SCORES, RIGHT, at.ones(3, dtype=at.float64)),
            RuntimeError,
            "weight must have the dtype of input, float32, got float64",
        ),
        (
            lambda: F.cross_entropy(SCORES, RIGHT, label_smoothing=1.5),
            RuntimeError,
            "label_smoothing must be from 0 to 1, got 1.5",
        ),
        (
            lambda: F.cross_entropy(SCORES, SCORES, ignore_index=1),
            RuntimeError,
            "ignore_index is for class numbers",
        ),
        (
            lambda: F.cross_entropy(SCORES, RIGHT, reduction="avg"),
            ValueError,
            "cross_entropy: reduction must be one of 'mean', 'sum', 'none', got 'avg'",
        ),
        (lambda: F.kl_div(SCORES, SCORES, reduction="avg"), ValueError, "'batchmean', got 'avg'"),
        (lambda: F.huber_loss(SCORES, SCORES, delta=0), RuntimeError, "delta .* got 0"),
        (lambda: F.smooth_l1_loss(SCORES, SCORES, beta=-1), RuntimeError, "beta .* got -1"),
        (
            lambda: F.mse_loss(SCORES, SCORES, weight=at.ones(3)),
            ValueError,
            r"mse_loss: weight must have the shape of input, \(4, 3\), got \(3,\)",
        ),
        (lambda: F.mse_loss(SCORES, 1.0), TypeError, "mse_loss: target must be a Tensor"),
        (
            lambda: F.binary_cross_entropy(SCORES, SCORES * 2),
            RuntimeError,
            "target must be probabilities from 0 to 1, got 2.0",
        ),
        (
            lambda: F.multi_margin_loss(SCORES, at.tensor([0, 3, 1, 1])),
            IndexError,
            "multi_margin_loss: target 3 is out of bounds: there are 3 classes",
        ),
        (lambda: F.multi_margin_loss(SCORES, RIGHT, 3), ValueError, "p must be 1 or 2, got 3"),
        (lambda: F.multi_margin_loss(SCORES, RIGHT[:2]), RuntimeError, r"\(4,\), got .* \(2,\)"),
        (
            lambda: F.multi_margin_loss(SCORES, RIGHT, weight=at.ones(4)),
            RuntimeError,
            r"one factor for each of the 3 classes, got shape \(4,\)",
        ),
        (
            lambda: F.multilabel_margin_loss(SCORES, at.full((4, 3), -2)),
            IndexError,
            "multilabel_margin_loss: target -2 is out of bounds",
        ),
        (lambda: F.multilabel_margin_loss(SCORES, RIGHT), RuntimeError, r"the shape of input"),
        (lambda: F.multilabel_margin_loss(SCORES, SCORES), RuntimeError, r"got float32; convert"),
        (lambda: F.triplet_margin_loss(SCORES, SCORES, SCORES, 0), ValueError, "margin .* got 0"),
        (
            lambda: F.triplet_margin_loss(SCORES, SCORES[0], SCORES),
            RuntimeError,
            r"as many dimensions as each other, got shapes \(4, 3\), \(3,\) and \(4, 3\)",
        ),
        (
            lambda: F.margin_ranking_loss(SCORES, SCORES, at.ones(5, 3)),
            RuntimeError,
            r"do not broadcast: input1 \(4, 3\), input2 \(4, 3\), target \(5, 3\)",
        ),
        (
            lambda: F.cosine_embedding_loss(SCORES, SCORES, at.ones(4, 1)),
            RuntimeError,
            r"expected vectors \(N, D\) with target \(N\)",
        ),
        (
            lambda: F.gaussian_nll_loss(SCORES, SCORES, -1.0),
            ValueError,
            "gaussian_nll_loss: var must not be negative, got -1.0",
        ),
        (
            lambda: F.gaussian_nll_loss(SCORES, SCORES, at.ones(3)),
            ValueError,
            r"var must have the shape of input, \(4, 3\), .* got \(3,\)",
        ),
        (lambda: ctc(targets=at.tensor([[3]])), IndexError, "target 3 is out of bounds"),
        (lambda: ctc(targets=at.ones(1, 1) / 2), RuntimeError, "class numbers .* got float32"),
        (lambda: ctc(targets=at.tensor([[1], [1]])), RuntimeError, r"targets .* got \(2, 1\)"),
        (lambda: ctc(input_lengths=[5]), RuntimeError, "input_lengths must be from 0 to 4, got 5"),
        (lambda: ctc(target_lengths=[2]), RuntimeError, "target_lengths .* 0 to 1, got 2"),
        (lambda: ctc(target_lengths=[1, 1]), RuntimeError, r"each of the 1 samples, got .*\(2,\)"),
        (lambda: ctc(target_lengths=[1.0]), RuntimeError, "must be integers, got dtype float64"),
        (lambda: ctc(blank=3), RuntimeError, "blank must be from 0 to 2, got 3"),
        (lambda: ctc(log_probs=at.ones(3)), RuntimeError, r"log_probs \(T, N, C\) or \(T, C\)"),
        (
            lambda: F.binary_cross_entropy(SCORES * 2, SCORES),
            RuntimeError,
            "input must be probabilities from 0 to 1, got 2.0",
        ),
        (
            lambda: F.binary_cross_entropy_with_logits(SCORES, at.ones(4)),
            ValueError,
            r"target must have the shape of input, \(4, 3\), got \(4,\)",
        ),
    ],
)
def test_errors(call: Callable[[], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call()


def test_shapes_that_do_not_broadcast() -> None:
    with (
        pytest.warns(UserWarning, match="differs"),
        pytest.raises(RuntimeError, match=r"mse_loss: .* \(3,\) and .* \(4,\) do not broadcast"),
    ):
        F.mse_loss(at.ones(3), at.ones(4))


@pytest.mark.parametrize("more", [(), (2, 3)])
@pytest.mark.parametrize("probabilities", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_linear_cross_entropy(
    torch: Any, more: tuple[int, ...], probabilities: bool, bias: bool
) -> None:
    random = np.random.default_rng(0)
    ours = nn.LinearCrossEntropyLoss(4, 5, out_features=more, bias=bias, dtype=at.float64)
    theirs = torch.nn.LinearCrossEntropyLoss(
        4, 5, out_features=more, bias=bias, dtype=torch.float64
    )
    assert repr(ours) == repr(theirs)
    theirs.load_state_dict({k: torch.from_numpy(v.numpy()) for k, v in ours.state_dict().items()})
    x = random.standard_normal((3, 4))
    target = random.integers(0, 5, (3, *more))
    if probabilities:
        target = random.random((3, 5, *more))
        target /= target.sum(1, keepdims=True)
    mine = ours(at.tensor(x), at.tensor(target))
    other = theirs(torch.tensor(x), torch.tensor(target))
    mine.backward()
    other.backward()
    np.testing.assert_allclose(mine.item(), other.item(), rtol=1e-12)
    for one, two in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(one.grad.numpy(), two.grad.numpy(), rtol=1e-10, atol=1e-14)


def test_linear_cross_entropy_refuses_what_does_not_fit() -> None:
    weight = at.ones(5, 4)
    for wrong, match in (
        ({"input": at.ones(3, 2)}, "input has 2 features but linear_weight expects 4"),
        ({"linear_bias": at.ones(4)}, r"linear_bias must have shape \(5,\)"),
        ({"target": at.ones(3, 5) / 5, "ignore_index": 1}, "not for probabilities"),
    ):
        given = {"input": at.ones(3, 4), "target": at.tensor([0, 1, 2])} | wrong
        with pytest.raises(RuntimeError, match=match):
            F.linear_cross_entropy(linear_weight=weight, **given)  # type: ignore[arg-type]
