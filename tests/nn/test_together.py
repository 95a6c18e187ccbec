"""What several processes read and measure in ``fit``, without any: each is played in its turn."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.data.dataloader import batches_of
from nn.data.distributed import DistributedSampler
from nn.data.plans import Beginning, Part
from nn.training import ConfusionMatrix, MultilabelConfusion, Overall, fit
from nn.training.joined import JointMeasures, adds_up
from nn.training.measures import Measures
from nn.training.reading import Reading
from nn.training.shares import digest, empty, joined, part_of


@pytest.mark.parametrize("ranks", [1, 2, 3, 7])
@pytest.mark.parametrize("count", [0, 1, 5, 14, 100])
def test_parts_are_neighbours_and_make_the_whole(ranks: int, count: int) -> None:
    slices = [Part(rank, ranks).slice_of(count) for rank in range(ranks)]
    assert [one for part in slices for one in range(count)[part]] == list(range(count))
    lengths = [part.stop - part.start for part in slices]
    assert max(lengths) - min(lengths) <= 1
    assert lengths == sorted(lengths, reverse=True)  # the first rank has a sample if anybody has


class Noisy:
    """Changes its samples at random, each by its own seed."""

    def __len__(self) -> int:
        return 11

    def __getitem__(self, index: int) -> Any:
        from nn.data import sample_generator

        return index + at.rand(2, generator=sample_generator())


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("data", [Noisy(), TensorDataset(at.arange(11.0))])
def test_a_part_of_every_batch_is_fetched(workers: int, data: Any) -> None:
    def loader() -> DataLoader:
        at.manual_seed(0)
        return DataLoader(data, 4, shuffle=True, num_workers=workers)

    whole = list(loader())
    shares = [list(batches_of(loader(), Part(rank, 4))) for rank in range(4)]
    assert [len(one) for one in shares] == [3] * 4
    assert shares[3][2] is None  # of the last batch, which has three samples
    for number, batch in enumerate(whole):
        parts = [one[number] for one in shares if one[number] is not None]
        together, alone = (
            at.cat([tensor_of(part) for part in given]) for given in (parts, [batch])
        )
        assert at.equal(together, alone)


def tensor_of(batch: Any) -> at.Tensor:
    return batch if isinstance(batch, at.Tensor) else batch[0]


def test_a_loader_is_taken_up_in_the_middle_by_another_number_of_processes() -> None:
    at.manual_seed(1)
    loader = DataLoader(range(20), 6, shuffle=True)
    two = [iter(batches_of(loader, Part(0, 2)))]
    next(two[0])
    state, rest = loader.state_dict(), [one.tolist() for one in two[0]]
    again = DataLoader(range(20), 6, shuffle=True)
    again.load_state_dict(state)
    whole = [one.tolist() for one in again]
    assert [one[: len(part)] for one, part in zip(whole, rest, strict=True)] == rest
    assert [len(one) for one in whole] == [6, 6, 2]


def test_looking_ahead_takes_nothing_away() -> None:
    loader = DataLoader(range(5), 2)
    found = batches_of(loader, Part(1, 2))
    looked: Any = found.look_ahead()
    assert looked[1].tolist() == [0, 1]
    assert [None if one is None else one.tolist() for one in found] == [[1], [3], None]
    assert batches_of(DataLoader(range(0), 2)).look_ahead() is None
    skipped = batches_of(DataLoader(range(5), 2), None, 1)
    assert [one.tolist() for one in skipped] == [[2, 3], [4]]


def test_what_fills_up_a_share_can_be_left_out() -> None:
    for count in (1, 7, 8, 9):
        seen: list[int] = []
        for rank in range(4):
            sampler = DistributedSampler(range(count), 4, rank, shuffle=False)
            loader = DataLoader(range(count), 2, sampler=sampler)
            own = max(0, -(-(count - rank) // 4))
            for batch in batches_of(loader, Beginning(own)):
                seen += [] if batch is None else batch.tolist()
        assert sorted(seen) == list(range(count))


def test_content_is_told_apart_and_parts_are_joined_again() -> None:
    batch = {"x": at.arange(10.0).reshape(5, 2), "y": (np.arange(5), ["a", "b", "c", "d", "e"])}
    parts = [part_of(batch, Part(rank, 3).slice_of) for rank in range(3)]
    whole = joined(parts)
    assert digest(whole) == digest(batch)
    assert parts[0]["y"][1] == ["a", "b"]
    assert part_of(batch, Part(6, 7).slice_of) is None
    assert empty(batch)["x"].shape == (0, 2)
    other = {**batch, "x": batch["x"] + 0}
    assert digest(other) == digest(batch)
    other["x"][3, 1] += 1e-6
    assert digest(other) != digest(batch)
    assert (
        len({digest(range(3)), digest(range(4)), digest([0, 1]), digest((0, 1)), digest("a")}) == 5
    )
    cannot = (at.zeros(3), at.zeros(4))
    assert part_of(cannot, Part(0, 2).slice_of) is cannot
    for bad in ([at.zeros(2, 3), at.zeros(2, 4)], [1, 2], [at.zeros(()), at.zeros(())]):
        with pytest.raises(ValueError, match="parts"):
            joined(bad)


class Played:
    """A process of several: what the others give is known, because they came before."""

    idle = False

    def __init__(self, rank: int) -> None:
        self.first = rank == 0
        self.answers: list[list[Any]] = []

    def gather(self, own: Any) -> list[Any]:
        return self.answers.pop(0)


def measured(make: Callable[[], dict[str, Any]], ranks: int) -> tuple[Measures, list[Any]]:
    """One that saw everything; and several of which each saw its part."""
    rng = np.random.default_rng(0)
    scores, targets = at.tensor(rng.normal(size=(50, 2))), at.tensor(rng.integers(0, 2, size=50))
    reading = Reading(F.cross_entropy, "test")
    alone = Measures(reading, make())
    several = [JointMeasures(Played(rank), reading, make()) for rank in range(ranks)]
    for start in range(0, 50, 8):
        batch = scores[start : start + 8], targets[start : start + 8]
        alone.add(*batch, F.cross_entropy(*batch).item())
        parts = [part_of(batch, Part(rank, ranks).slice_of) for rank in range(ranks)]
        given = [None if part is None else (*part, len(part[0])) for part in parts]
        for one, part in zip(several, parts, strict=True):
            one.together.idle = part is None
            one.together.answers.append(given)
            one.add(*(part or (None, None)), 0.0 if part is None else F.cross_entropy(*part).item())
            one.together.answers.clear()
    return alone, several


def of_both() -> dict[str, Any]:
    return {
        "f1": Overall("f1_score", classes=2), "auc": Overall("average_precision"),
        "spread": lambda scores, targets: scores.max().item() * scores.min().item(),
    }  # fmt: skip


@pytest.mark.parametrize("ranks", [2, 4])
def test_joint_measures_are_those_of_one(ranks: int) -> None:
    alone, several = measured(of_both, ranks)
    states = copy.deepcopy([(one.state_dict() | {"metrics": {}}, one.adding) for one in several])
    states_saved = [one.state_dict() for one in several]
    saved = []
    for one in several:
        one.together.answers = copy.deepcopy([states, states])
        saved.append(one.joint_state())
        one.join()
        assert one.named() == pytest.approx(alone.named(), rel=1e-12)
        assert (one.samples, one.named()) == (50, several[0].named())
    # As a checkpoint has it: for one process, and for another number of them.
    again = Measures(alone.reading, of_both())
    again.take_joint_state(saved[0])
    assert again.named() == pytest.approx(alone.named(), rel=1e-12)
    others = [JointMeasures(Played(rank), alone.reading, of_both()) for rank in range(3)]
    for one in others:
        one.take_joint_state(saved[0])
    states = copy.deepcopy([(one.state_dict() | {"metrics": {}}, one.adding) for one in others])
    for one in others:
        one.together.answers = copy.deepcopy([states])
        one.join()
        assert one.samples == 50
        assert one.named() == pytest.approx(alone.named(), rel=1e-12)
    assert sum(one["samples"] for one in states_saved) == 50


def test_metrics_are_merged_only_by_those_who_can() -> None:
    class Counts(Overall):
        def update(self, predictions: Any, targets: Any) -> None:
            self.calls = getattr(self, "calls", 0) + 1
            super().update(predictions, targets)

    class Both(Counts):
        def merge(self, other: Any) -> None:
            """Knows what to do."""

    assert adds_up(Overall("roc_auc"))
    assert adds_up(Both("roc_auc"))
    assert not adds_up(Counts("roc_auc"))  # its merge knows nothing of the calls


def test_merging_is_counting_everything() -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(30, 1))
    targets = rng.integers(0, 2, size=(30, 1))
    scores[:10] = rng.uniform(size=(10, 1))  # which could be probabilities
    for make in (
        lambda: ConfusionMatrix(2),
        lambda: MultilabelConfusion(1),
        lambda: Overall("average_precision"),
        lambda: Overall("accuracy", classes=2),
    ):
        whole, first, second = (make() for _ in range(3))
        for one, rows in ((whole, slice(None)), (first, slice(10)), (second, slice(10, None))):
            one.update(at.tensor(scores[rows]), at.tensor(targets[rows]))
        first.merge(second)
        if isinstance(whole, Overall):
            assert first.compute() == whole.compute()
        else:
            assert repr(first) == repr(whole)
        with pytest.raises(ValueError, match="merge: expected"):
            first.merge(Overall("cohen_kappa", classes=3))


def test_fit_tells_a_sampler_of_every_epoch() -> None:
    told: list[int] = []

    class Told(DistributedSampler):
        def set_epoch(self, epoch: int) -> None:
            told.append(epoch)
            super().set_epoch(epoch)

    data = TensorDataset(at.ones(4, 1), at.ones(4, 1))
    model = nn.Linear(1, 1)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    loader = DataLoader(data, 2, sampler=Told(data))
    fit(model, loader, F.mse_loss, optimizer, 3, verbose=False)
    assert told == [0, 1, 2]
