"""nn.utils.prune: by the numbers that stay, and against PyTorch's."""

from __future__ import annotations

import copy
import pickle
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn import optim
from nn.utils import prune
from tests.helpers import assert_same

DRAW = np.random.default_rng(11)
WEIGHT = DRAW.normal(size=(6, 4, 3, 3))


def convolution(library: Any = nn, values: np.ndarray = WEIGHT) -> Any:
    layer = library.Conv2d(4, 6, 3).double()
    weight = layer.weight.data
    weight.copy_(at.tensor(values) if library is nn else __import__("torch").tensor(values))
    return layer


def mask_of(layer: Any) -> np.ndarray:
    return layer.weight_mask.detach().numpy()


def smallest(values: np.ndarray, count: int) -> np.ndarray:
    """A mask without the numbers of least absolute value, by sorting."""
    mask = np.ones(values.size)
    mask[np.argsort(np.abs(values).ravel())[:count]] = 0
    return mask.reshape(values.shape)


# -- which numbers stay ----------------------------------------------------------------------------


def test_the_smallest_go() -> None:
    layer = prune.l1_unstructured(convolution(), "weight", amount=0.3)
    mask = smallest(WEIGHT, round(0.3 * WEIGHT.size))
    assert_same(mask_of(layer), mask)
    assert_same(layer.weight.detach().numpy(), WEIGHT * mask)
    assert list(layer.state_dict()) == ["bias", "weight_orig", "weight_mask"]


def test_a_second_time_takes_of_what_is_left() -> None:
    layer = convolution()
    prune.l1_unstructured(layer, "weight", amount=16)
    prune.l1_unstructured(layer, "weight", amount=0.5)
    assert_same(mask_of(layer), smallest(WEIGHT, 16 + 100))
    (method,) = layer._forward_pre_hooks.values()
    assert [type(one).__name__ for one in method] == ["L1Unstructured", "L1Unstructured"]


@pytest.mark.parametrize("n", [1, 2, float("inf"), -float("inf"), "fro"])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_the_slices_of_least_norm_go(n: Any, dim: int) -> None:
    layer = prune.ln_structured(convolution(), "weight", amount=2, n=n, dim=dim)
    slices = np.moveaxis(WEIGHT, dim, 0).reshape(WEIGHT.shape[dim], -1)
    norms = np.linalg.norm(slices, 2 if n == "fro" else n, axis=1)
    mask = np.moveaxis(np.ones_like(WEIGHT), dim, 0).copy()
    mask[np.argsort(norms)[:2]] = 0
    assert_same(mask_of(layer), np.moveaxis(mask, 0, dim))


def test_channels_of_which_something_is_left_count_as_channels() -> None:
    layer = convolution()
    prune.ln_structured(layer, "weight", amount=3, n=1, dim=0)
    prune.ln_structured(layer, "weight", amount=2, n=1, dim=0)
    order = np.argsort(np.abs(WEIGHT).sum((1, 2, 3)))
    assert set(np.flatnonzero(mask_of(layer).sum((1, 2, 3)))) == {order[-1]}


def test_channels_of_which_only_parts_are_gone_can_go() -> None:
    layer = convolution()
    prune.l1_unstructured(layer, "weight", amount=40)
    prune.ln_structured(layer, "weight", amount=3, n=1, dim=1)
    order = np.argsort(np.abs(WEIGHT).sum((0, 2, 3)))
    left = smallest(WEIGHT, 40)
    left[:, order[:3]] = 0
    assert_same(mask_of(layer), left)


def test_scores_take_the_place_of_the_numbers() -> None:
    scores = DRAW.normal(size=WEIGHT.shape)
    layer = convolution()
    prune.l1_unstructured(layer, "weight", 0.5, importance_scores=at.tensor(scores))
    assert_same(mask_of(layer), smallest(scores, WEIGHT.size // 2))


def test_several_as_if_they_were_one() -> None:
    net = nn.Sequential(convolution(), nn.Conv2d(6, 2, 3).double())
    second = net[1].weight.detach().numpy().copy()
    pairs = [(net[0], "weight"), (net[1], "weight")]
    prune.global_unstructured(pairs, prune.L1Unstructured, amount=0.25)
    prune.global_unstructured(iter(pairs), prune.L1Unstructured, amount=9)
    both = np.concatenate([WEIGHT.ravel(), second.ravel()])
    masks = np.concatenate([mask_of(layer).ravel() for layer in net])
    assert_same(masks, smallest(both, round(0.25 * both.size) + 9))


@pytest.mark.parametrize("by", ["numbers", "slices"])
def test_chance_takes_as_many_as_are_asked_and_others_each_time(by: str) -> None:
    masks = []
    for _ in range(2):
        layer = convolution()
        if by == "numbers":
            prune.random_unstructured(layer, "weight", amount=0.5)
        else:
            prune.random_structured(layer, "weight", amount=0.5, dim=1)
        masks.append(mask_of(layer))
        assert masks[-1].sum() == WEIGHT.size / 2
    assert by == "slices" or (masks[0] != masks[1]).any()
    assert by == "numbers" or set(masks[0].sum((0, 2, 3))) == {0, 54}


# -- training --------------------------------------------------------------------------------------


def test_the_pruned_do_not_learn() -> None:
    layer = prune.l1_unstructured(convolution(), "weight", amount=0.5)
    before = layer.weight_orig.detach().clone()
    step = optim.SGD(layer.parameters(), lr=0.1)
    for _ in range(2):
        step.zero_grad()
        layer(at.ones(1, 4, 5, 5, dtype=at.float64)).square().sum().backward()
        step.step()
    moved = (layer.weight_orig.detach() != before).numpy()
    assert_same(moved, mask_of(layer) == 1)
    kept = layer.weight_orig
    prune.remove(layer, "weight")
    assert layer.weight is kept
    assert not prune.is_pruned(layer)
    assert_same((layer.weight == 0).numpy(), ~moved)
    assert set(layer.state_dict()) == {"weight", "bias"}


def test_a_pruned_layer_is_saved_and_copied() -> None:
    layer = prune.l1_unstructured(convolution(), "weight", amount=0.5)
    twin = prune.identity(convolution(values=0 * WEIGHT), "weight")
    twin.load_state_dict(layer.state_dict())
    x = at.tensor(DRAW.normal(size=(1, 4, 5, 5)))
    with at.no_grad():
        layer(x)
        for other in (twin, copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
            assert_same(other(x).numpy(), layer(x).numpy())
            assert_same(other.weight.numpy(), layer.weight.numpy())


# -- a method of one's own -------------------------------------------------------------------------


class EveryOther(prune.BasePruningMethod):
    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: at.Tensor, default_mask: at.Tensor) -> at.Tensor:
        mask = default_mask.clone()
        mask.view(-1)[::2] = 0
        return mask


def test_a_method_of_ones_own() -> None:
    layer = nn.Linear(4, 2)
    EveryOther.apply(layer, "weight")
    assert layer.weight_mask.tolist() == [[0, 1, 0, 1], [0, 1, 0, 1]]
    EveryOther.apply(layer, "weight")
    assert layer.weight_mask.tolist() == [[0, 0, 0, 1], [0, 0, 0, 1]]


# -- refused, and nothing changed ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (lambda one: prune.l1_unstructured(one, "weight", 1.5), ValueError, "share from 0.0"),
        (lambda one: prune.l1_unstructured(one, "weight", -1), ValueError, "share from 0.0"),
        (lambda one: prune.l1_unstructured(one, "weight", "all"), TypeError, "must be a number"),
        (lambda one: prune.l1_unstructured(one, "weight", True), TypeError, "must be a number"),
        (lambda one: prune.l1_unstructured(one, "weight", 300), ValueError, "only 21. are"),
        (lambda one: prune.l1_unstructured(one, "weights", 1), ValueError, "no parameter"),
        (lambda one: prune.random_structured(one, "bias", 1, 0), ValueError, "2 dimensions"),
        (lambda one: prune.random_structured(one, "weight", 1, 4), IndexError, "dim is 4"),
        (lambda one: prune.custom_from_mask(one, "weight", at.ones(3)), ValueError, "mask has"),
        (lambda one: prune.remove(one, "weight"), ValueError, "not pruned"),
        (
            lambda one: prune.l1_unstructured(one, "weight", 1, at.ones(3)),
            ValueError,
            "importance_scores has shape",
        ),
        (
            lambda one: prune.global_unstructured([(one, "weight")], prune.LnStructured,
                                                  amount=1, n=1),
            TypeError,
            "LnStructured is structured",
        ),
        (lambda one: prune.global_unstructured(3, prune.Identity), TypeError, "pairs"),
    ],
)  # fmt: skip
def test_what_cannot_be_pruned_is_refused(act: Any, error: type[Exception], words: str) -> None:
    layer = convolution()
    weight = layer.weight
    with pytest.raises(error, match=words):
        act(layer)
    assert layer.weight is weight
    assert list(layer.state_dict()) == ["weight", "bias"]
    prune.l1_unstructured(layer, "weight", 1)
    state = {name: value.clone() for name, value in layer.state_dict().items()}
    if "remove" not in act.__code__.co_names:
        with pytest.raises(error, match=words):
            act(layer)
        for name, value in layer.state_dict().items():
            assert_same(value.numpy(), state[name].numpy())


# -- against PyTorch -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "acts",
    [
        [("l1_unstructured", {"amount": 0.37})],
        [("ln_structured", {"amount": 0.5, "n": 2, "dim": 0})],
        [("l1_unstructured", {"amount": 7}), ("ln_structured", {"amount": 1, "n": 1, "dim": 1})],
        [("ln_structured", {"amount": 0.4, "n": 2, "dim": 0}),
         ("l1_unstructured", {"amount": 0.4})],
        [("ln_structured", {"amount": 2, "n": 2, "dim": -1}),
         ("ln_structured", {"amount": 0.5, "n": 2, "dim": 0}),
         ("ln_structured", {"amount": 1, "n": 2, "dim": 0})],
        [("identity", {}), ("l1_unstructured", {"amount": 0.5})],
    ],
)  # fmt: skip
def test_the_same_as_pytorch(torch: ModuleType, acts: list[tuple[str, dict[str, Any]]]) -> None:
    theirs = __import__("torch.nn.utils.prune", fromlist=["prune"])
    ours, other = convolution(), convolution(torch.nn)
    for name, arguments in acts:
        getattr(prune, name)(ours, "weight", **arguments)
        getattr(theirs, name)(other, "weight", **arguments)
    assert_same(mask_of(ours), mask_of(other))
    assert_same(ours.weight.detach().numpy(), other.weight.detach().numpy())
    assert sorted(ours.state_dict()) == sorted(other.state_dict())
    kinds = [
        [type(one).__name__ for one in (hook if hasattr(hook, "__iter__") else [hook])]
        for layer in (ours, other)
        for hook in layer._forward_pre_hooks.values()
    ]
    assert kinds[0] == kinds[1]


@pytest.mark.usefixtures("torch")
def test_the_names_are_pytorchs() -> None:
    theirs = __import__("torch.nn.utils.prune", fromlist=["prune"])
    public = {
        name
        for name, value in vars(theirs).items()
        if getattr(value, "__module__", "") == theirs.__name__ and not name.startswith("_")
    }
    assert public == set(vars(prune)["__all__"])
